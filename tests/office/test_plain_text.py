"""Plain text in the encodings that offices use."""

from __future__ import annotations

import codecs

import pytest

from lantian.office.errors import OfficeError
from lantian.office.limits import Limits
from lantian.office.text import extract_text

PROSE = "一、工作目标\n2017年，PM10年均浓度控制在98微克/立方米以下，优良天数不低于200天。\n责任单位：市环保局、市住建局\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PROSE.encode(), "utf-8"),
        (codecs.BOM_UTF8 + PROSE.encode(), "utf-8"),
        (PROSE.encode("gb18030"), "gb18030"),
        (codecs.BOM_UTF16_LE + PROSE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + PROSE.encode("utf-16-be"), "utf-16-be"),
        (PROSE.encode("utf-16-le"), "utf-16-le"),
        (PROSE.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + PROSE.encode("utf-32-le"), "utf-32-le"),
    ],
)
def test_the_encoding_is_found(data: bytes, encoding: str) -> None:
    extracted = extract_text(data, "方案.txt")

    assert extracted.text == PROSE
    assert extracted.encoding == encoding


def test_traditional_text_in_big5_is_not_read_as_gb18030() -> None:
    prose = "為改善空氣品質，環境保護局應於六月底前完成揚塵整治。責任單位：環境保護局、工務局。\n"

    assert extract_text(prose.encode("big5"), "方案.txt").text == prose


def test_utf16_without_mark_and_without_line_ends_is_read() -> None:
    prose = "各县区人民政府要严格落实属地责任，加强扬尘治理，确保完成目标任务。"

    assert extract_text(prose.encode("utf-16-le"), "方案.txt").text == prose


def test_windows_and_old_mac_line_ends_become_line_feeds() -> None:
    assert extract_text("甲\r\n乙\r丙\n".encode(), "a.md").text == "甲\n乙\n丙\n"


def test_a_text_without_line_changes_keeps_every_character() -> None:
    text = "PM₁₀ $\\leq$ 70，全角　空格、\f换页和<script>alert(1)</script>\n"

    extracted = extract_text(text.encode(), "a.txt")

    assert extracted.text == text
    assert extracted.page_starts == (0, text.index("\f") + 1)


def test_a_broken_byte_in_a_long_text_is_noted_and_the_rest_is_read() -> None:
    data = bytearray((PROSE * 20).encode())
    data[100:101] = b"\xff"

    extracted = extract_text(bytes(data), "a.txt")

    assert extracted.text.startswith("一、工作目标")
    assert [note.code for note in extracted.notes] == ["bytes_replaced"]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "empty"),
        (b"", "a.docx", "empty"),
        (b" \r\n\t ", "a.txt", "empty"),
        (codecs.BOM_UTF8, "a.txt", "empty"),
        (bytes(range(256)) * 50, "a.txt", "corrupt"),
        (b"\x7fELF\x02\x01\x01" + bytes(900), "a.txt", "corrupt"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "a.md", "corrupt"),
        ("甲乙".encode("gb18030") * 50 + b"\xff\xff\xff" * 40, "a.txt", "encoding_unknown"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "a.txt", "unsupported_type"),
        (b"some text", "a.htm", "unsupported_type"),
        (b"print(1)", "a.py", "unsupported_type"),
        ("序号,任务\n1,甲\n".encode(), "a.csv", "unsupported_type"),
        (b"only text", "a.docx", "corrupt"),
        (b"only text", "a.pdf", "corrupt"),
        (b"only text", "a.wps", "corrupt"),
    ],
)
def test_what_is_no_plain_text_is_refused(data: bytes, name: str, code: str) -> None:
    with pytest.raises(OfficeError) as caught:
        extract_text(data, name)

    assert caught.value.code == code


def test_a_web_page_is_refused_with_the_advice_to_paste() -> None:
    with pytest.raises(OfficeError, match="paste"):
        extract_text(b"<html><body>text</body></html>", "plan.html")


def test_a_text_over_the_limit_is_too_large() -> None:
    with pytest.raises(OfficeError) as caught:
        extract_text(("大气" * 1_000_000).encode(), "a.txt")

    assert caught.value.code == "too_large"
    assert "2 MB" in str(caught.value)


def test_a_file_over_the_limit_is_too_large() -> None:
    with pytest.raises(OfficeError) as caught:
        extract_text(b"x" * 2048, "a.txt", limits=Limits(file_bytes=1024))

    assert caught.value.code == "too_large"
    assert "1 kB" in str(caught.value)
