"""``lantian plan parse``: the contract of its output, its errors and its files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.cli.plan import plan_app
from lantian.office.sheets import read_tables
from lantian.rules.documents import parse as parser
from tests.office.conftest import draw_picture, make_docx, make_pdf, make_zip, paragraph

PLAN = """云山区2017年大气污染防治攻坚方案

云攻坚办〔2017〕5号

一、工作目标
2017年，全区PM10年均浓度控制在98微克/立方米以下。

二、主要任务
（一）治理工业污染
1. 拆改燃煤锅炉。2017年10月底前，拆改燃煤锅炉120台。
责任单位：区环保局、区工信局
2. 治理扬尘。2017年12月底前，工地扬尘治理全部达标。
责任单位：区住建局
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.txt").write_text(PLAN, encoding="utf-8")
    (tmp_path / "plan.docx").write_bytes(make_docx("".join(map(paragraph, PLAN.split("\n")))))
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 broken")
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(plan_app, ["parse", *map(str, arguments)], prog_name="lantian plan")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def parsed(*arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    status, out, _err = run(*arguments, "--json")
    return status, json.loads(out)


def test_the_json_holds_one_object_for_each_file_in_order(folder: Path) -> None:
    status, found = parsed(folder / "plan.docx", folder / "plan.txt")

    assert status == 0
    assert [entry["file"] for entry in found] == [str(folder / "plan.docx"), str(folder / "plan.txt")]
    for entry in found:
        assert {
            "file",
            "meta",
            "documents",
            "targets",
            "tasks",
            "duties",
            "sanctions",
            "blocks",
            "warnings",
        } <= set(entry)
        assert entry["meta"]["document_number"] == "云攻坚办〔2017〕5号"
        assert [task["responsible"] for task in entry["tasks"]] == [["区环保局", "区工信局"], ["区住建局"]]
        assert [task["deadlines"] for task in entry["tasks"]] == [["2017-10-31"], ["2017-12-31"]]


def test_files_that_cannot_be_read_are_named_and_the_others_are_printed(folder: Path) -> None:
    status, found = parsed(
        folder / "broken.docx", folder / "plan.txt", folder / "empty.txt", folder / "absent.txt", folder
    )

    assert status == 1
    assert [entry.get("error", {}).get("code") for entry in found] == [
        "corrupt",
        None,
        "empty",
        "not_found",
        "not_a_file",
    ]
    assert all(
        set(entry) == {"file", "error"} and entry["error"]["message"] for entry in found if "error" in entry
    )
    assert len(found[1]["tasks"]) == 2


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.pdf", make_pdf(draw_picture), "scanned_pdf"),
        ("a.html", b"<html></html>", "unsupported_type"),
        ("a.ofd", make_zip({"OFD.xml": "x"}), "unsupported_type"),
        ("a.txt", ("任务" * 900_000).encode(), "too_large"),
        ("a.txt", bytes(range(256)) * 20_000, "corrupt"),
    ],
)
def test_bad_input_ends_in_its_code_within_ten_seconds(
    tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(data)
    started = time.monotonic()
    status, found = parsed(tmp_path / name)

    assert (status, found[0]["error"]["code"]) == (1, code)
    assert time.monotonic() - started < 60


def test_an_endless_file_is_too_large() -> None:
    _status, found = parsed("/dev/zero")

    assert found[0]["error"]["code"] == "too_large"


def test_a_file_without_right_to_read_is_unreadable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    _status, found = parsed(folder / "plan.txt")

    assert found[0]["error"]["code"] == "unreadable"


def test_a_failure_of_the_reader_does_not_keep_other_files_from_being_printed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_text: str, **_options: object) -> None:
        raise RuntimeError("broken rule")

    monkeypatch.setattr(parser, "parse_plan", fail)
    status, found = parsed(folder / "plan.txt", folder / "empty.txt")

    assert status == 1
    assert [entry["error"]["code"] for entry in found] == ["internal", "empty"]
    assert "broken rule" in found[0]["error"]["message"]


def test_a_reader_that_hangs_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import lantian.cli.plan as command

    monkeypatch.setattr(command, "_PARSE_SECONDS", 0.2)
    monkeypatch.setattr(parser, "parse_plan", lambda _text, **_options: time.sleep(30))
    started = time.monotonic()
    _status, found = parsed(folder / "plan.txt")

    assert found[0]["error"]["code"] == "timeout"
    assert time.monotonic() - started < 60


def test_spans_count_in_the_text_that_is_written_out(folder: Path) -> None:
    (folder / "windows.txt").write_bytes(b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode())
    out = folder / "out.txt"
    _status, found = parsed(folder / "windows.txt", "--text-out", out)
    with out.open(encoding="utf-8", newline="") as stream:
        text = stream.read()

    assert text == PLAN
    start, end = found[0]["tasks"][1]["span"]
    assert "治理扬尘" in text[start:end]
    assert "锅炉" not in text[start:end]


def test_texts_of_several_files_go_into_a_folder_under_names_of_their_own(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "plan.txt").write_text(PLAN.replace("云山区", "河口县"), encoding="utf-8")
    texts = folder / "texts"
    status, _found = parsed(
        folder / "plan.txt", folder / "sub" / "plan.txt", folder / "empty.txt", "--text-out", texts
    )

    assert status == 1
    assert sorted(path.name for path in texts.iterdir()) == ["plan (2).txt", "plan.txt"]
    assert (texts / "plan (2).txt").read_text(encoding="utf-8").startswith("河口县")


def test_one_text_file_for_several_files_is_refused(folder: Path) -> None:
    taken = folder / "taken.txt"
    taken.write_text("mine")
    status, out, err = run(folder / "plan.txt", folder / "plan.docx", "--json", "--text-out", taken)

    assert status == 2
    assert out == ""
    assert "--text-out" in err
    assert taken.read_text() == "mine"


def test_the_ledger_is_written_as_an_excel_file(folder: Path) -> None:
    out = folder / "台账.xlsx"
    status, _found = parsed(folder / "plan.txt", "--xlsx", out)
    sheets = read_tables(out.read_bytes(), out.name).sheets

    assert status == 0
    assert [sheet.name for sheet in sheets] == ["任务台账", "目标", "报送要求", "提示"]
    assert [row[6] for row in sheets[0].rows[2:]] == ["区环保局、区工信局", "区住建局"]
    assert out.stat().st_mode & 0o444


def test_no_ledger_is_written_when_no_plan_was_read(folder: Path) -> None:
    out = folder / "out.xlsx"
    status, _found = parsed(folder / "empty.txt", "--xlsx", out)

    assert status == 1
    assert not out.exists()


@pytest.mark.parametrize("option", ["--xlsx", "--text-out"])
def test_a_file_that_cannot_be_written_fails_after_the_json_was_printed(folder: Path, option: str) -> None:
    status, out, err = run(folder / "plan.txt", "--json", option, folder / "absent" / "out")

    assert status == 1
    assert len(json.loads(out)[0]["tasks"]) == 2
    assert "absent" in err


def test_without_json_people_get_a_summary(folder: Path) -> None:
    status, out, err = run(folder / "plan.txt", folder / "empty.txt")

    assert status == 1
    assert "云攻坚办〔2017〕5号" in out
    assert "拆改燃煤锅炉" in out and "区环保局、区工信局；2017-10-31" in out
    assert "empty.txt" in err and "empty.txt" not in out


def test_json_is_alone_on_standard_output_in_utf8_whatever_the_locale(folder: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", "from lantian.cli.plan import plan_app; plan_app()", "parse", "plan.txt", "empty.txt", "--json"],
        cwd=folder, capture_output=True, timeout=60,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip

    assert finished.returncode == 1
    assert json.loads(finished.stdout.decode("utf-8"))[0]["meta"]["document_number"] == "云攻坚办〔2017〕5号"


def test_the_command_starts_without_django(folder: Path) -> None:
    script = (
        "import sys\nfrom lantian.cli.plan import plan_app\n"
        "try: plan_app(['parse', 'plan.docx', '--json', '--xlsx', 'o.xlsx'])\n"
        "except SystemExit: pass\nprint([name for name in sys.modules if name.partition('.')[0] == 'django'], file=sys.stderr)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, timeout=60, text=True, check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"},
    )  # fmt: skip

    assert finished.stderr.strip() == "[]"
    assert (folder / "o.xlsx").exists()
