"""Formulas that were saved without a value."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile

import openpyxl
import pytest

from lantian.office.errors import OfficeError
from lantian.office.formulas import formulas_without_value
from lantian.office.sheets import read_tables


def workbook(rows: list[list[object]], *changes: tuple[str, str]) -> bytes:
    """A workbook whose sheet is changed as text, because the library saves no values of formulas."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active.title = "台账"
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name).decode() if name.endswith(("xml", "rels")) else ""
            if name.endswith("sheet1.xml"):
                for old, new in changes:
                    content, found = re.subn(old, new, content)
                    assert found
            target.writestr(name, content.encode())
    return changed.getvalue()


def test_a_formula_with_its_value_gives_the_value() -> None:
    content = workbook([["=100+100"]], (r"<v ?/>|<v></v>", "<v>200</v>"))

    assert {} == formulas_without_value(content)
    assert 200 == read_tables(content, "a.xlsx").sheets[0].value(1, 1)


def test_a_formula_without_value_is_named_by_its_cell() -> None:
    assert {"台账": {"B2": "", "C3": ""}} == formulas_without_value(workbook([["a"], [1, "=A1"], [1, 2, "=B2"]]))


def test_an_error_is_named_with_what_it_says() -> None:
    content = workbook([["=A9"]], (r'<c r="A1">', '<c r="A1" t="e">'), (r"<v ?/>|<v></v>", "<v>#REF!</v>"))

    assert {"台账": {"A1": "#REF!"}} == formulas_without_value(content)


def test_a_formula_that_gives_an_empty_text_has_a_value() -> None:
    content = workbook([['=IF(1,"","")']], (r'<c r="A1">', '<c r="A1" t="str">'))

    assert {} == formulas_without_value(content)


def test_formulas_far_down_a_long_sheet_are_found() -> None:
    rows: list[list[object]] = [["甲" * 200, number] for number in range(5000)]
    rows[0].append("=A1")
    rows[4321].append("=A2")
    rows.append(["=A3"])

    assert {"台账": {"C1": "", "C4322": "", "A5001": ""}} == formulas_without_value(workbook(rows))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_workbook_is_an_error_of_files_or_has_no_formulas(content: bytes) -> None:
    with contextlib.suppress(OfficeError):
        assert {} == formulas_without_value(content)
