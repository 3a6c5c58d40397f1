"""Old Word files through LibreOffice."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from lantian.office import convert
from lantian.office.errors import OfficeError
from lantian.office.limits import Deadline, Limits
from lantian.office.text import extract_text
from tests.office.conftest import make_docx, paragraph

RTF = rb"{\rtf1\ansi\ansicpg936 \u36131?\u20219?\u21333?\u20301?: A\par \u23436?\u25104?\par}"


def script(folder: Path, lines: str) -> str:
    """A program that stands in for LibreOffice."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    return str(program)


def test_without_libreoffice_the_user_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "find_converter", lambda: None)

    with pytest.raises(OfficeError, match=r"\.rtf need LibreOffice") as caught:
        extract_text(RTF, "方案.doc")

    assert caught.value.code == "converter_missing"


def test_a_conversion_that_hangs_is_ended_with_all_its_processes(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = script(tmp_path, f"sleep 60 & echo $! > {pid_file}; wait")
    started = time.monotonic()
    with pytest.raises(OfficeError) as caught:
        convert.to_docx(RTF, "rtf", Limits(), Deadline(0.5), converter=program)

    assert caught.value.code == "timeout"
    assert time.monotonic() - started < 60
    child = int(pid_file.read_text())
    for _attempt in range(50):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child of the converter is still running")


def test_a_conversion_without_result_is_a_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(OfficeError) as caught:
        convert.to_docx(RTF, "rtf", Limits(), Deadline(5), converter=script(tmp_path, "exit 0"))

    assert caught.value.code == "corrupt"


def test_nothing_is_left_behind_and_the_environment_is_not_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(convert.tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("LANTIAN_SECRET_KEY", "hush")
    program = script(tmp_path, f"env > {tmp_path}/environment")
    with pytest.raises(OfficeError):
        convert.to_docx(RTF, "rtf", Limits(), Deadline(5), converter=program)

    assert list(temporary.iterdir()) == []
    assert "LANTIAN_SECRET_KEY" not in (tmp_path / "environment").read_text()


@pytest.mark.office_suite
def test_an_old_word_file_is_read_with_its_tables(soffice: str, tmp_path: Path) -> None:
    table = "".join(
        f"<w:tr><w:tc>{paragraph(left)}</w:tc><w:tc>{paragraph(right)}</w:tc></w:tr>"
        for left, right in (("任务", "责任单位"), ("拆改锅炉", "市环保局"))
    )
    (tmp_path / "plan.docx").write_bytes(
        make_docx(f"{paragraph('一、工作目标')}<w:tbl>{table}</w:tbl>{paragraph('尾')}")
    )
    subprocess.run(
        [soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "doc:MS Word 97", "--outdir", str(tmp_path), str(tmp_path / "plan.docx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    data = (tmp_path / "plan.doc").read_bytes()

    extracted = extract_text(data, "方案.wps")

    assert data.startswith(b"\xd0\xcf\x11\xe0")
    assert extracted.format == "doc"
    assert [line for line in extracted.text.split("\n") if line] == [
        "一、工作目标",
        "任务\t责任单位",
        "拆改锅炉\t市环保局",
        "尾",
    ]


@pytest.mark.office_suite
def test_rich_text_that_is_called_doc_is_read(soffice: str) -> None:
    extracted = extract_text(RTF, "方案.doc")

    assert extracted.format == "rtf"
    assert extracted.text.split("\n")[:2] == ["责任单位: A", "完成"]


@pytest.mark.office_suite
def test_what_only_looks_like_an_old_word_file_is_refused(soffice: str) -> None:
    from tests.office.test_files import compound_file

    with pytest.raises(OfficeError) as caught:
        extract_text(compound_file("WordDocument", word=b"\xec\xa5\xc1\x00" + bytes(100)), "方案.doc")

    assert caught.value.code in ("corrupt", "empty")
