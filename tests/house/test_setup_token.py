"""The token that opens the page for the first administrator."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from lantian.apps.core import setup
from lantian.apps.core.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    return tmp_path


def test_the_token_that_was_issued_opens_and_another_does_not() -> None:
    token = setup.issue_token()

    assert setup.check_token(token)
    assert not setup.check_token(token[:-1])
    assert not setup.check_token(token + "x")
    assert not setup.check_token("")
    assert not setup.check_token("ключ\0\udcff".encode("utf-8", "ignore").decode())


def test_only_a_hash_is_stored_and_only_the_owner_reads_it(folder: Path) -> None:
    token = setup.issue_token()
    stored = folder / "setup-token.json"

    assert token not in stored.read_text(encoding="ascii")
    assert 0o600 == stat.S_IMODE(stored.stat().st_mode)
    assert ["setup-token.json"] == [path.name for path in folder.iterdir()]
    assert len(token) >= 43


def test_a_new_token_ends_the_former_one() -> None:
    first, second = setup.issue_token(), setup.issue_token()

    assert (False, True) == (setup.check_token(first), setup.check_token(second))


def test_a_token_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    token = setup.issue_token()
    issued = json.loads((Path(setup.settings.DATA) / "setup-token.json").read_text())["expires"] - setup.LIFETIME_SECONDS

    monkeypatch.setattr(setup.time, "time", lambda: issued + setup.LIFETIME_SECONDS - 1)
    assert setup.check_token(token)
    monkeypatch.setattr(setup.time, "time", lambda: issued + setup.LIFETIME_SECONDS)
    assert not setup.check_token(token)


def test_no_token_opens_anything_once_there_is_an_account() -> None:
    token = setup.issue_token()
    assert setup.is_needed()

    User.objects.create(username="somebody")

    assert not setup.is_needed()
    assert not setup.check_token(token)


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"sha256": 1}', '{"sha256": "x", "expires": "never"}', "{"])
def test_a_damaged_file_opens_nothing(folder: Path, content: str) -> None:
    (folder / "setup-token.json").write_text(content, encoding="ascii")

    assert not setup.check_token("anything")


def test_without_a_file_nothing_opens_and_forgetting_twice_is_no_error() -> None:
    token = setup.issue_token()
    setup.forget_token()
    setup.forget_token()

    assert not setup.check_token(token)
