"""The pages about the workbook and the inventory say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from lantian.rules.sources.books import TIERS, books
from lantian.rules.sources.layout import SHEETS

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reference" / "inventory-workbook.md").read_text("utf-8")
SOURCE = ROOT / "src" / "lantian"
#: codes of profiles, spreads and books, which no workbook can have
_ELSEWHERE = {"profile_weights", "profile_length", "profile_missing", "deviation", "book"}


def test_every_sheet_and_column_is_on_the_page() -> None:
    for sheet in SHEETS:
        part = PAGE.split(f"## {sheet.name}\n")[1].split("\n## ")[0]
        for field in sheet.fields:
            line = next(line for line in part.split("\n") if line.startswith(f"| {field.heading} |"))
            assert field.required == ("| must |" in line)


def _behind_the_workbook() -> set[Path]:
    """The modules that read, check and compute a workbook: lists, admission and grades have pages of their own."""
    wanted = [
        SOURCE / "office" / "inventory_workbook.py",
        *(SOURCE / "rules" / "sources" / f"{name}.py" for name in ("checks", "inventory")),
    ]
    found: set[Path] = set()
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            text = path.read_text("utf-8")
            names = re.findall(r"lantian\.rules\.sources\.(\w+) import", text)
            for several in re.findall(r"lantian\.rules\.sources import ([\w, ]+)", text):
                names += several.split(", ")
            wanted += [SOURCE / "rules" / "sources" / f"{name}.py" for name in names]
    return found


def test_every_code_is_on_the_page() -> None:
    text = "\n".join(path.read_text("utf-8") for path in _behind_the_workbook())
    codes = set(re.findall(r'(?<!Book)Error\(\s*"([a-z0-9_]+)"', text))
    codes |= set(re.findall(r'"([a-z]+_[a-z_]+)", message', text)) | {
        "monitor_unfit",
        "source_twice",
        "permit_twice",
        "mn_twice",
    }
    assert len(codes) > 50
    assert set() == {code for code in codes - _ELSEWHERE if f"`{code}`" not in PAGE}


def test_the_page_of_the_inventory_names_what_is_not_settled() -> None:
    page = (ROOT / "docs" / "explanation" / "emission-inventory.md").read_text("utf-8")
    unsettled = [factor for factor in books().factors if len(factor.units) > 1]
    assert f"{len(unsettled)} factors wait for a person" in page
    assert {"guide", "literature", "abroad"} == {factor.tier for factor in books().factors} <= set(TIERS)
