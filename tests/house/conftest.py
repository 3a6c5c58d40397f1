"""A data folder with a real, migrated ledger, made once by the real command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import put_ledger

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a command of an office in a data folder."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("LANTIAN", "DJANGO"))}
    return {**plain, "PYTHONPATH": str(ROOT / "src"), "LANTIAN_DATA": str(data), "LANTIAN_LANGUAGE": "en", **more}


def lantian(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the real command line."""
    return subprocess.run(
        [sys.executable, "-m", "lantian.cli.main", *arguments],
        env=environment(data, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of an office that has just begun; copy it, do not change it."""
    data = tmp_path_factory.mktemp("house") / "office"
    put_ledger(data)
    # What the first `serve` does before it listens: the ledger, the static files, the token.
    done = subprocess.run(
        [sys.executable, "-c", "from lantian.cli import prepare; prepare.prepare()"],
        env=environment(data),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return data


@pytest.fixture
def office(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of one's own, which the functions of this process also use."""
    data = tmp_path / "place" / "office"
    shutil.copytree(migrated, data)
    monkeypatch.setenv("LANTIAN_DATA", str(data))
    monkeypatch.delenv("LANTIAN_DATABASE_URL", raising=False)
    yield data
