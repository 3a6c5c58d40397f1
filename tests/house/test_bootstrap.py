"""The script ``./lantian``, with a stand-in for Python that writes down what it was asked to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STAND_IN = """#!/bin/sh
# Stands in for Python: makes an environment with itself inside, and writes down what is installed and built.
case "$*" in
    "-c import ensurepip, venv"*) [ -z "${STAND_IN_NO_ENSUREPIP:-}" ] || exit 1; exit 0 ;;
    "-c import pip"*) exit 0 ;;
    -V) echo "Python 3.11.99"; exit 0 ;;
    "-m venv --clear -- "*)
        for last in "$@"; do :; done
        echo venv >>"$STAND_IN_LOG"
        rm -rf "$last"; mkdir -p "$last/bin"; cp "$0" "$last/bin/python"; exit 0 ;;
    "-m pip install "*)
        for last in "$@"; do :; done
        echo "pip $(basename "$last")" >>"$STAND_IN_LOG"
        case "$*" in *--require-hashes*) ;; *) exit 9 ;; esac
        sleep "${STAND_IN_SLOW:-0}"
        [ -z "${STAND_IN_FAIL:-}" ] || { echo "no such release" >&2; exit 1; }
        exit 0 ;;
    "-m lantian.web.assets") echo assets >>"$STAND_IN_LOG"; mkdir -p "$STAND_IN_ROOT/src/lantian/web/static/vendor"; exit 0 ;;
    "-m lantian.web.translations") echo catalogue >>"$STAND_IN_LOG"; exit 0 ;;
    "-m lantian.cli.main"*) shift 2; echo "CLI in $PWD with $*"; exit 0 ;;
    *sysconfig*) exit 0 ;;
    *) exec REAL_PYTHON "$@" ;;
esac
"""


class House:
    """A copy of the script with what it reads, beside a stand-in for Python."""

    def __init__(self, root: Path, outside: Path) -> None:
        self.root, self.outside = root, outside
        self.log = outside / "log"
        self.python = outside / "python3.11"
        self.python.write_text(STAND_IN.replace("REAL_PYTHON", sys.executable), encoding="utf-8")
        self.python.chmod(0o755)
        shutil.copy(ROOT / "lantian", root / "lantian")
        for name in ("package.json", "package-lock.json", "src/lantian/web/assets.py"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
        for name in ("requirements/main.txt", "requirements/test.txt", "src/lantian/web/locale/messages/a.po"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(f"{name}\n", encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("LANTIAN")}
        return {
            **plain,
            "LANTIAN_PYTHON": str(self.python),
            "STAND_IN_LOG": str(self.log),
            "STAND_IN_ROOT": str(self.root),
            **more,
        }

    def start(self, *arguments: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.root / "lantian"), *arguments],
            cwd=cwd or self.outside,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def steps(self) -> list[str]:
        found = self.log.read_text(encoding="utf-8").split("\n")[:-1] if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return found


@pytest.fixture
def house(tmp_path: Path) -> House:
    root, outside = tmp_path / "the house", tmp_path / "elsewhere"
    root.mkdir()
    outside.mkdir()
    return House(root, outside)


ALL = ["venv", "pip main.txt", "assets", "catalogue"]


def test_the_first_start_installs_everything_and_the_second_nothing(house: House) -> None:
    first = house.start("version")

    assert (first.returncode, first.stdout) == (0, f"CLI in {house.outside} with version\n"), first.stderr
    assert ALL == house.steps()
    second = house.start("plan", "parse", "a file.txt")
    assert f"CLI in {house.outside} with plan parse a file.txt\n" == second.stdout
    assert [] == house.steps()
    assert "" == second.stderr


def test_the_second_start_is_quick(house: House) -> None:
    house.start("version")

    began = time.monotonic()
    house.start("version")

    # A bound against doing the steps again; the time itself is measured, not asserted.
    assert time.monotonic() - began < 10


def test_it_works_through_a_link_and_from_any_folder(house: House) -> None:
    link = house.outside / "lt"
    link.symlink_to(house.root / "lantian")

    done = subprocess.run([str(link), "version"], cwd="/", env=house.environment(), capture_output=True, text=True, check=True)

    assert "CLI in / with version\n" == done.stdout
    assert (house.root / ".venv" / "bin" / "python").is_file()


def test_only_what_has_changed_is_done_again(house: House) -> None:
    house.start("version")
    house.steps()

    (house.root / "requirements" / "main.txt").write_text("other\n", encoding="utf-8")
    house.start("version")
    assert ["pip main.txt"] == house.steps()

    (house.root / "src/lantian/web/locale/messages/b.po").write_text("new\n", encoding="utf-8")
    house.start("version")
    assert ["catalogue"] == house.steps()

    shutil.rmtree(house.root / "src/lantian/web/static/vendor")
    house.start("version")
    assert ["assets"] == house.steps()


def test_the_test_command_installs_its_own_requirements_once(house: House) -> None:
    house.start("version")
    house.steps()

    house.start("test")
    assert ["pip test.txt"] == house.steps()
    house.start("test")
    house.start("version")
    assert [] == house.steps()


def test_a_failed_installation_says_so_and_the_next_start_begins_anew(house: House) -> None:
    failed = house.start("version", STAND_IN_FAIL="1")

    assert 1 == failed.returncode
    assert "" == failed.stdout
    assert "no such release" in failed.stderr
    assert "安装依赖失败" in failed.stderr
    house.steps()
    assert 0 == house.start("version").returncode
    assert ALL == house.steps()


def test_an_installation_that_was_killed_is_begun_anew(house: House) -> None:
    running = subprocess.Popen([str(house.root / "lantian"), "version"], env=house.environment(STAND_IN_SLOW="30"), start_new_session=True)
    unfinished = house.root / ".venv" / "unfinished"
    for _attempt in range(200):
        if unfinished.exists():
            break
        time.sleep(0.05)
    os.killpg(running.pid, 9)
    running.wait()
    house.steps()

    assert 0 == house.start("version").returncode
    assert ALL == house.steps()
    assert not unfinished.exists()


def test_two_starts_at_once_install_once(house: House) -> None:
    environment = house.environment(STAND_IN_SLOW="1")
    both = [
        subprocess.Popen([str(house.root / "lantian"), "version"], env=environment, stdout=subprocess.PIPE, text=True)
        for _number in range(2)
    ]
    answers = [process.communicate(timeout=60)[0] for process in both]

    assert [0, 0] == [process.returncode for process in both]
    assert all(answer.endswith("with version\n") for answer in answers)
    assert ALL == house.steps()


def test_a_python_without_ensurepip_is_named_with_the_package_to_install(house: House) -> None:
    done = house.start("version", STAND_IN_NO_ENSUREPIP="1")

    assert 1 == done.returncode
    assert f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in done.stderr
    assert [] == house.steps()


def test_without_a_fitting_python_it_says_which_ones_fit(house: House) -> None:
    tools = house.outside / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "cat", "cksum", "readlink", "mkdir", "tail"):
        (tools / name).symlink_to(shutil.which(name) or name)
    environment = {"PATH": str(tools)}

    done = subprocess.run([str(house.root / "lantian")], env=environment, capture_output=True, text=True, check=False)
    assert (1, "") == (done.returncode, done.stdout)
    assert "没有找到 Python 3.11、3.12 或 3.13" in done.stderr

    english = {**environment, "LANTIAN_LANGUAGE": "en", "LANTIAN_PYTHON": "/nowhere/python"}
    done = subprocess.run([str(house.root / "lantian")], env=english, capture_output=True, text=True, check=False)
    assert 1 == done.returncode
    assert 'LANTIAN_PYTHON names "/nowhere/python"' in done.stderr


def test_the_script_is_plain_posix_shell() -> None:
    checker = shutil.which("dash") or shutil.which("sh") or "sh"

    done = subprocess.run([checker, "-n", str(ROOT / "lantian")], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    script = (ROOT / "lantian").read_text(encoding="utf-8")
    assert script.startswith("#!/bin/sh\n")
    for word in (r"\[\[", r"(?m)^\s*(local|function|source|declare) ", "<<<", "&>", r"\$'", r"==\s"):
        assert re.search(word, script) is None, f"{word} is not POSIX"
    assert os.access(ROOT / "lantian", os.X_OK)
