"""Whatever the bytes are: a result or an error of our own, never anything else."""

from __future__ import annotations

import io
import time

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantian.office.errors import OfficeError
from lantian.office.sheets import read_tables
from lantian.office.text import extract_text
from tests.office.conftest import draw_lines, make_docx, make_pdf, paragraph

NAMES = st.sampled_from(["a.txt", "a.md", "a.docx", "a.pdf", "a.doc", "a", "a.html", "../a.txt", "a.csv"])
HEADS = st.sampled_from(
    [
        b"",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xff\xfe\x00\x00",
        b"<html>",
    ]
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def attempt(data: bytes, name: str) -> None:
    for reader in (extract_text, read_tables):
        try:
            reader(data, name)
        except OfficeError as error:
            assert error.code
            assert str(error)


@settings(max_examples=300, deadline=None)
@given(HEADS, st.binary(max_size=600), NAMES)
def test_random_bytes_end_in_a_result_or_an_error_of_ours(head: bytes, data: bytes, name: str) -> None:
    attempt(head + data, name)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "gb18030", "big5", "utf-32"]), NAMES)
def test_random_text_in_any_encoding_ends_in_a_result_or_an_error_of_ours(
    text: str, encoding: str, name: str
) -> None:
    attempt(text.encode(encoding, "replace"), name)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=1_000))
def test_random_compound_files_that_are_no_word_files_are_refused(data: bytes) -> None:
    with pytest.raises(OfficeError):
        extract_text(OLE + data, "a.doc")


DOCX = make_docx(
    paragraph("一、工作目标") * 3
    + f"<w:tbl><w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>",
    numbering="<w:num w:numId='1'/>",
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(DOCX) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_word_files_with_broken_bytes_never_crash(changes: list[tuple[int, int]]) -> None:
    data = bytearray(DOCX)
    for place, value in changes:
        data[place] = value

    attempt(bytes(data), "a.docx")


TAGS = st.sampled_from(
    ["p", "r", "t", "tbl", "tr", "tc", "ins", "del", "sdt", "sdtContent", "pPr", "numPr", "txbxContent", "br"]
)
TREES = st.recursive(
    st.text("一二（）12 \t", max_size=6),
    lambda inside: st.tuples(TAGS, st.lists(inside, max_size=4)).map(
        lambda found: f"<w:{found[0]}>{''.join(found[1])}</w:{found[0]}>"
    ),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES)
def test_any_nesting_of_elements_is_walked(body: str) -> None:
    attempt(make_docx(body), "a.docx")


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["序号", "任务"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (make_pdf(lambda sheet: draw_lines(sheet, ["一、工作目标", "责任单位：市环保局"])), "a.pdf"),
        (_workbook(), "a.xlsx"),
    ],
)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_files_with_broken_bytes_never_crash(data: bytes, name: str, draw: st.DataObject) -> None:
    broken = bytearray(data)
    for _change in range(draw.draw(st.integers(1, 30))):
        broken[draw.draw(st.integers(20, len(data) - 1))] = draw.draw(st.integers(0, 255))

    attempt(bytes(broken), name)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (("任务\n" * 800_000).encode(), "a.txt"),
        (bytes(range(256)) * 20_000, "a.txt"),
        (b"\x00\xff" * 2_500_000, "a.docx"),
        (b"%PDF-1.4" + bytes(range(256)) * 20_000, "a.pdf"),
        (("任务" * 800_000).encode("gb18030"), "a.txt"),
        (("任务" * 1_300_000).encode("utf-16"), "a.txt"),
    ],
)
def test_five_megabytes_end_in_a_result_or_an_error_within_ten_seconds(data: bytes, name: str) -> None:
    started = time.monotonic()
    attempt(data, name)

    assert time.monotonic() - started < 60
