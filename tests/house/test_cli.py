"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import lantian as package
from tests.house.conftest import environment, lantian

COMMANDS = ["serve", "demo", "create-admin", "backup", "restore", "manage", "test", "version", "plan", "air"]

LOADED = """
import sys
from lantian.cli.main import run
sys.argv = ["lantian", *sys.argv[1:]]
try:
    run()
except SystemExit as end:
    assert end.code in (0, None), end.code
print("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules} & {"django", "babel", "uvicorn", "psycopg"})))
"""


def loaded(tmp_path: Path, *arguments: str) -> str:
    """Which heavy libraries a command has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        env=environment(tmp_path / "office"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.rsplit("\n", 2)[-2]


def test_help_lists_every_command_and_touches_no_data(tmp_path: Path) -> None:
    done = lantian(tmp_path / "office", "--help")

    assert 0 == done.returncode
    assert [] == [name for name in COMMANDS if name not in done.stdout]
    assert not (tmp_path / "office").exists()


def test_the_console_speaks_chinese_unless_told_otherwise(tmp_path: Path) -> None:
    chinese = lantian(tmp_path / "office", "--help", LANTIAN_LANGUAGE="zh-hans")
    unset = lantian(tmp_path / "office", "--help", LANTIAN_LANGUAGE="")

    assert "大气污染防治攻坚指挥平台" in chinese.stdout
    assert chinese.stdout == unset.stdout
    assert "选项" in chinese.stdout


@pytest.mark.parametrize("arguments", [["version"], ["--help"], ["plan", "--help"], ["air", "--help"], ["serve", "--help"]])
def test_nothing_heavy_is_loaded_for_what_needs_no_database(tmp_path: Path, arguments: list[str]) -> None:
    assert "" == loaded(tmp_path, *arguments)


def test_a_plan_is_read_without_django_and_without_a_data_folder(tmp_path: Path) -> None:
    plan = tmp_path / "plan.txt"
    plan.write_text("晴川市大气污染防治攻坚方案\n\n一、主要任务\n（一）清洁取暖。\n1.完成双替代。责任单位：市发改委\n", encoding="utf-8")

    assert "" == loaded(tmp_path, "plan", "parse", str(plan), "--json")
    assert not (tmp_path / "office").exists()


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert lantian(tmp_path / "office", "version").stdout.startswith(f"LanTian {package.__version__} ")


def test_django_is_reached_through_manage(tmp_path: Path) -> None:
    done = lantian(tmp_path / "office", "manage", "check", "--deploy", "--fail-level", "ERROR", LANTIAN_HTTPS="1")

    assert 0 == done.returncode, done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_the_office_can_be_set_up_at_the_console(office: Path) -> None:
    # The password is asked for without echo; without a terminal it is read from standard input with a warning.
    answers = [
        "晴川市", "2", "", "晴川市大气污染防治攻坚办公室", "张三", "zhangsan", "Qk7-blue-Sky-42x", "Qk7-blue-Sky-42x",
        "n", "李四", "lisi", "y", "王五", "wangwu",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "lantian.cli.main", "create-admin"],
        env=environment(office),
        input="\n".join(answers) + "\n",
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
        check=False,
    )
    again = lantian(office, "create-admin")

    assert 0 == done.returncode, done.stderr
    shown = done.stdout.split("One-time passwords", 1)[1]
    assert ["zhangsan", "lisi", "wangwu"] == [line.split()[0] for line in shown.split("\n")[1:] if line.strip()]
    assert "Qk7-blue-Sky-42x" not in done.stdout
    assert not (office / "setup-token.json").exists()
    assert 1 == again.returncode
    assert "has accounts already" in again.stderr


def test_a_backup_of_nothing_is_refused_in_words(tmp_path: Path) -> None:
    done = lantian(tmp_path / "office", "backup", str(tmp_path / "a.tar.gz"))

    assert (1, "") == (done.returncode, done.stdout)
    assert "There is nothing to back up" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_restore_asks_first_and_a_check_changes_nothing(office: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "a.tar.gz")
    assert 0 == lantian(office, "backup", file).returncode
    key = (office / "secret-key").stat().st_ino

    checked = lantian(office, "restore", "--check", file)
    unasked = lantian(office, "restore", file)

    assert 0 == checked.returncode
    assert "Verified: backup of" in checked.stdout
    assert 0 != unasked.returncode
    assert key == (office / "secret-key").stat().st_ino
