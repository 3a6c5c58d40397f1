"""``lantian plan compare``: the contract of its output, its errors and its files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.cli.plan import plan_app
from lantian.office.sheets import read_tables
from tests.office.conftest import make_docx, paragraph
from tests.rules.conformity.made_up import LOWER, UPPER


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "upper.txt").write_text(UPPER, encoding="utf-8")
    (tmp_path / "lower.docx").write_bytes(make_docx("".join(map(paragraph, LOWER.split("\n")))))
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "picture.txt").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "letter.txt").write_text("同志们：\n大家好。\n", encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(plan_app, ["compare", *map(str, arguments)], prog_name="lantian plan")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def compared(*arguments: str | Path) -> list[dict[str, Any]]:
    status, out, err = run(*arguments, "--json")
    assert (0, "") == (status, err)
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_the_json_holds_one_entry_for_each_task_and_target_of_the_upper_plan(folder: Path) -> None:
    found = compared(folder / "upper.txt", folder / "lower.docx")

    tasks = [entry["upper"] for entry in found if "number" in entry["upper"]]
    targets = [entry["upper"] for entry in found if "target" in entry["upper"]]
    assert [str(number) for number in range(1, 13)] == [task["number"] for task in tasks]
    assert 5 == len(targets)
    assert len(tasks) + len(targets) == len(found)


def test_an_entry_has_the_keys_of_the_contract_and_no_others(folder: Path) -> None:
    found = compared(folder / "upper.txt", folder / "lower.docx")

    first, target = found[0], next(entry for entry in found if "target" in entry["upper"])
    assert ["upper", "lower", "status", "deadline", "quantity", "reason"] == list(first)
    assert {
        "number": "1",
        "section": ["二、主要任务", "（一）减少燃煤"],
        "title": "清零小锅炉",
    } == first["upper"]
    assert [{"number": "1", "section": ["二、重点工作"], "title": "拆除燃煤锅炉"}] == first["lower"]
    assert ("carried", "later", "same") == (first["status"], first["deadline"], first["quantity"])
    assert "2024-11-30" in first["reason"]
    assert ["target", "section", "title"] == list(target["upper"])
    assert "云山区PM2.5" in target["upper"]["target"]


def test_the_table_counts_and_gives_the_grounds(folder: Path) -> None:
    status, out, err = run(folder / "upper.txt", folder / "lower.docx")

    assert (0, "") == (status, err)
    assert "任务 12：已承接 9，部分承接 0，未承接 1，不适用 2，时限推迟 1，要求放宽 3" in out
    assert "[已承接、时限推迟] 1 清零小锅炉" in out
    assert "→ 1 拆除燃煤锅炉" in out
    assert "完成时限由 2024-09-30 推迟至 2024-11-30，晚 61 天。" in out


@pytest.mark.parametrize("bad", ["empty.txt", "picture.txt", "nothing.txt", "."])
def test_a_file_that_cannot_be_read_is_named_with_what_to_do(folder: Path, bad: str) -> None:
    status, out, err = run(folder / bad, folder / "lower.docx", "--json")

    assert (1, "") == (status, out)
    assert err.startswith(f"{folder / bad}: ")


def test_both_files_are_read_before_giving_up(folder: Path) -> None:
    _status, _out, err = run(folder / "empty.txt", folder / "picture.txt")

    assert 2 == len(err.strip().splitlines())


def test_a_text_that_is_too_long_is_refused(folder: Path) -> None:
    (folder / "long.txt").write_text("一、任务\n1. 治理扬尘。\n" * 90_000, encoding="utf-8")

    status, out, err = run(folder / "long.txt", folder / "lower.docx", "--json")

    assert (1, "") == (status, out)
    assert "拆分" in err


def test_a_file_without_tasks_is_said_and_carries_nothing(folder: Path) -> None:
    status, out, err = run(folder / "upper.txt", folder / "letter.txt", "--json")

    assert 0 == status
    assert "letter.txt" in err
    assert {"missing", "not_applicable"} == {entry["status"] for entry in json.loads(out)}


def test_the_findings_are_written_to_excel_and_word(folder: Path) -> None:
    status, _out, _err = run(
        folder / "upper.txt",
        folder / "lower.docx",
        "--xlsx",
        folder / "out.xlsx",
        "--docx",
        folder / "out.docx",
    )

    assert 0 == status
    tasks = read_tables((folder / "out.xlsx").read_bytes(), "out.xlsx").sheets[0]
    text = json.dumps([list(map(str, row)) for row in tasks.rows], ensure_ascii=False)
    assert "清零小锅炉" in text and "未承接" in text
    assert (folder / "out.docx").read_bytes().startswith(b"PK")


def test_a_report_that_cannot_be_written_fails_after_the_findings_are_printed(folder: Path) -> None:
    status, out, err = run(folder / "upper.txt", folder / "lower.docx", "--xlsx", folder / "no" / "out.xlsx")

    assert 1 == status
    assert "清零小锅炉" in out
    assert "out.xlsx" in err


def test_neither_django_nor_a_database_is_needed(folder: Path) -> None:
    program = (
        "import sys\n"
        "from lantian.cli.plan import plan_app\n"
        f"plan_app(['compare', {str(folder / 'upper.txt')!r}, {str(folder / 'lower.docx')!r}, '--json'],"
        " standalone_mode=False)\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django'], 'django was loaded'\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert 0 == done.returncode, done.stderr.decode()
