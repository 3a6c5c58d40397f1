"""Where everything must be there, a skip for want of a component is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lantian.cli import checks

ROOT = Path(__file__).resolve().parents[2]

TESTS = {
    "marked": "@pytest.mark.e2e\ndef test_a():\n    pytest.skip('no browser')\n",
    "fixture": "@pytest.fixture\ndef shared_dir():\n    pytest.skip('not there')\n\ndef test_a(shared_dir):\n    pass\n",
    "module": "pytest.importorskip('no_such_library')\n",
    "expected": "@pytest.mark.e2e\n@pytest.mark.xfail\ndef test_a():\n    assert False\n",
    "unrelated": "def test_a():\n    pytest.skip('only on Tuesdays')\n\ndef test_b():\n    pass\n",
}


def run(folder: Path, name: str, required: str) -> tuple[int, str]:
    project = folder / "project"
    project.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "tests" / "components.py", project / "conftest.py")
    (project / "pytest.ini").write_text("[pytest]\nmarkers =\n    e2e: x\n    shared: x\n    office_suite: x\n    postgres: x\n")
    (project / "test_it.py").write_text(f"import pytest\n\n{TESTS[name]}")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LANTIAN", "PYTEST", "DJANGO"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider"],
        cwd=project,
        env={**environment, "LANTIAN_REQUIRE_ALL": required},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", ["marked", "fixture", "module"])
def test_a_missing_component_is_a_skip_at_home_and_a_failure_in_ci(tmp_path: Path, name: str) -> None:
    at_home, in_ci = run(tmp_path, name, "0"), run(tmp_path, name, "1")

    # 5: pytest ran no test at all, as the module was skipped whole.
    assert at_home[0] in ({5} if name == "module" else {0}), at_home[1]
    assert in_ci[0] != 0
    assert "LANTIAN_REQUIRE_ALL=1 allows no missing component" in in_ci[1]


@pytest.mark.parametrize("name", ["expected", "unrelated"])
def test_other_reasons_stay_what_they_are(tmp_path: Path, name: str) -> None:
    assert (0, 0) == (run(tmp_path, name, "0")[0], run(tmp_path, name, "1")[0])


def test_the_ci_script_is_plain_and_asks_for_everything() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    done = subprocess.run(["sh", "-n", str(ROOT / ".ci" / "run")], capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert "export LANTIAN_REQUIRE_ALL=1" in script
    assert script.rstrip().endswith("exec ./lantian test")


def test_the_checks_name_what_they_run() -> None:
    names = [command[0] for _name, command in checks.checks()]

    assert ["ruff", "mypy", "importlinter.cli", "lantian.web.translations", "django"] == names
    assert int(checks.workers()) >= 1


def test_arguments_of_the_test_command_go_to_pytest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(checks, "_python", lambda *arguments, **_more: called.append(arguments) or 3)

    assert 3 == checks.run(["-k", "something"])

    assert [("pytest", "-k", "something")] == called


@pytest.mark.parametrize(("failing", "migrates", "expected"), [(None, True, 0), ("mypy", True, 1), ("pytest", True, 1), (None, False, 0)])
def test_every_check_is_made_and_both_databases_are_tested(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failing: str | None, migrates: bool, expected: int
) -> None:
    made: list[str] = []
    tested: list[dict[str, str]] = []

    def check(command: list[str], **_variables: str) -> checks._Done:
        made.append(command[0])
        status = int(not migrates) if command == checks.MIGRATE else int(command[0] == failing)
        return checks._Done(status, 1.0, f"{command[0]} speaks\n")

    def python(*arguments: str, **variables: str) -> int:
        assert ("pytest", "loadscope") == (arguments[0], arguments[arguments.index("--dist") + 1])
        tested.append(variables)
        return int(failing == "pytest")

    @contextmanager
    def server() -> Iterator[str]:
        yield "postgresql://x/postgres?host=y"

    monkeypatch.setattr(checks, "_check", check)
    monkeypatch.setattr(checks, "_python", python)
    monkeypatch.setattr(checks, "postgres", server)
    monkeypatch.setattr(checks, "_template", lambda *_arguments: migrates)

    assert expected == checks.run([])

    named = [command[0] for _name, command in checks.checks()]
    assert sorted([*named, checks.MIGRATE[0]]) == sorted(made)
    said = capsys.readouterr().out
    assert sorted(places := [said.index(f"{name} speaks") for name in named]) == places
    assert ["postgresql://x/postgres?host=y", None] == [found.get("LANTIAN_TEST_POSTGRES") for found in tested]
    copies = {"LANTIAN_TEST_LEDGER", "LANTIAN_TEST_TEMPLATE"}
    assert [copies if migrates else set()] * 2 == [copies & set(found) for found in tested]


def test_processes_of_the_tests_keep_what_they_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")

    done = checks._check(["lantian.cli.main", "version"], PYTHONPATH=str(ROOT / "src"))

    assert (0, True) == (done.status, "LanTian" in done.output)
    assert "PYTHONDONTWRITEBYTECODE" not in checks._environment()


def test_a_private_server_is_used_only_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTIAN_TEST_POSTGRES", "postgresql://x/y")
    with checks.postgres() as address:
        assert "postgresql://x/y" == address

    monkeypatch.delenv("LANTIAN_TEST_POSTGRES")
    monkeypatch.setattr(checks, "binaries", lambda: None)
    with checks.postgres() as address:
        assert address is None
