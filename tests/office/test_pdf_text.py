"""PDF documents: text, furniture of the pages, scans, passwords."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from lantian.office import worker
from lantian.office.errors import OfficeError
from lantian.office.limits import Deadline, Limits
from lantian.office.text import extract_text
from tests.office.conftest import draw_lines, draw_picture, make_pdf


def code_of(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(OfficeError) as caught:
        extract_text(data, "方案.pdf", limits=limits or Limits())
    return caught.value.code


def report(
    sheet: canvas.Canvas, pages: int, *, head: str = "某市大气污染防治攻坚方案", foot: str = "— {} —"
) -> None:
    for number in range(1, pages + 1):
        draw_lines(sheet, [f"{number}．严格控制PM10，完成{number}00台。", "责任单位：市环保局"])
        if head:
            sheet.drawString(200, 815, head)
        sheet.drawString(280, 30, foot.format(number))
        sheet.showPage()


def test_text_is_read_page_by_page_in_order() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        draw_lines(sheet, ["一、工作目标", "优良天数不低于200天。"])
        sheet.showPage()
        draw_lines(sheet, ["二、主要任务"])

    extracted = extract_text(make_pdf(draw), "方案.pdf")

    assert extracted.text == "一、工作目标\n优良天数不低于200天。\n二、主要任务"
    assert extracted.page_starts == (0, len("一、工作目标\n优良天数不低于200天。\n"))
    assert extracted.notes == ()


def test_page_numbers_and_running_heads_are_left_out_but_the_first_head_stays() -> None:
    extracted = extract_text(make_pdf(lambda sheet: report(sheet, 4)), "方案.pdf")

    assert "— 2 —" not in extracted.text
    assert extracted.text.count("某市大气污染防治攻坚方案") == 1
    assert extracted.text.count("责任单位：市环保局") == 4
    assert [note.code for note in extracted.notes] == ["page_furniture_left_out"]


def test_figures_at_the_edge_that_do_not_count_with_the_pages_stay() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        for figure in (98, 55, 200, 7):
            draw_lines(sheet, ["全市目标值如下。", "责任单位：市环保局"])
            sheet.drawString(280, 30, str(figure))
            sheet.showPage()

    extracted = extract_text(make_pdf(draw), "方案.pdf")

    assert [line for line in extracted.text.split("\n") if line.isdigit()] == ["98", "55", "200", "7"]


def test_a_line_repeated_in_the_middle_of_the_pages_stays() -> None:
    extracted = extract_text(make_pdf(lambda sheet: report(sheet, 5)), "方案.pdf")

    assert extracted.text.count("责任单位：市环保局") == 5


def test_a_scan_is_refused_and_points_to_pasting() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        for number in range(3):
            draw_picture(sheet)
            sheet.drawString(280, 30, str(number))
            sheet.showPage()

    with pytest.raises(OfficeError, match="paste") as caught:
        extract_text(make_pdf(draw), "扫描件.pdf")

    assert caught.value.code == "scanned_pdf"


def test_text_made_into_outlines_is_refused_like_a_scan() -> None:
    assert code_of(make_pdf(lambda sheet: sheet.rect(100, 100, 200, 200))) == "scanned_pdf"


def test_a_scanned_page_among_others_is_noted() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        draw_picture(sheet)
        sheet.showPage()
        for _number in range(2):
            draw_lines(sheet, ["一、工作目标：全年优良天数不低于二百天，力争二百一十天。"])
            sheet.showPage()

    extracted = extract_text(make_pdf(draw), "方案.pdf")

    assert extracted.text.count("工作目标") == 2
    assert [(note.code, note.params) for note in extracted.notes] == [("pages_without_text", {"pages": "1"})]


def test_blank_pages_are_empty() -> None:
    assert code_of(make_pdf(lambda sheet: sheet.showPage())) == "empty"


def test_a_pdf_with_a_password_is_told_apart_from_a_damaged_one() -> None:
    encrypted = make_pdf(lambda sheet: report(sheet, 1), encrypt=StandardEncryption("secret", canPrint=0))

    assert code_of(encrypted) == "password_protected"


def test_a_pdf_that_only_restricts_printing_is_read() -> None:
    restricted = make_pdf(
        lambda sheet: report(sheet, 1), encrypt=StandardEncryption("", ownerPassword="x", canPrint=0)
    )

    assert "责任单位：市环保局" in extract_text(restricted, "方案.pdf").text


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n" + bytes(range(256)) * 40])
def test_a_damaged_pdf_is_corrupt(data: bytes) -> None:
    assert code_of(data) == "corrupt"


def test_too_many_pages_are_too_large() -> None:
    assert code_of(make_pdf(lambda sheet: report(sheet, 3)), Limits(pages=2)) == "too_large"


def test_too_much_text_is_too_large() -> None:
    assert code_of(make_pdf(lambda sheet: report(sheet, 3)), Limits(text_bytes=100)) == "too_large"


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr(worker.sys, "executable", str(sleeper))
    started = time.monotonic()
    with pytest.raises(OfficeError) as caught:
        worker.call("pdf", b"%PDF-1.4", Limits(), Deadline(0.2))

    assert caught.value.code == "timeout"
    assert time.monotonic() - started < 60


def test_a_reader_that_dies_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.sys, "executable", "/bin/false")

    with pytest.raises(OfficeError) as caught:
        worker.call("pdf", b"%PDF-1.4", Limits(), Deadline(5))

    assert caught.value.code == "corrupt"


def test_a_reader_gets_no_secrets_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    class Spy(worker.subprocess.Popen):
        def __init__(self, *arguments: object, **options: dict[str, str]) -> None:
            seen.update(options["env"])
            super().__init__(*arguments, **options)

    monkeypatch.setenv("LANTIAN_SECRET_KEY", "hush")
    monkeypatch.setattr(worker.subprocess, "Popen", Spy)
    extract_text(make_pdf(lambda sheet: report(sheet, 1)), "方案.pdf")

    assert "PYTHONPATH" in seen
    assert "LANTIAN_SECRET_KEY" not in seen
