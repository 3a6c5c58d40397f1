"""The book of lists: each list that the plans order, what it must have, and what identifies its entries."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.sources.errors import BookError, DefinitionError
from lantian.rules.sources.fields import FieldKind, ListField, Option, Scope
from lantian.rules.sources.list_checks import list_checks
from lantian.rules.sources.lists import (
    SOURCE_KINDS,
    UNIT_KINDS,
    ListType,
    extend,
    list_book,
    natural_key_of,
    read_list_book,
)
from lantian.rules.sources.lists_page import page_of

BOOK = list_book()
LISTS = list(BOOK.lists.values())
USCC = "91130200699229617X"
DATA = json.loads(
    resources.files("lantian.rules.books.sources").joinpath("lists.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("one", LISTS, ids=[one.code for one in LISTS])
def test_a_list_has_a_key_owners_and_a_document_that_orders_it(one: ListType) -> None:
    assert one.natural_key and one.owners and one.named_in and one.name and one.english
    assert one.required
    assert {"list_number", "source_document"} <= {field.key for field in one.of_scope(Scope.ENTRY)}
    assert one.is_of_units == bool(one.of_scope(Scope.UNIT))
    for reference in one.named_in:
        assert re.fullmatch(r"(HN17 [NA]|HJ17 |JY16 |SY22 |ZZ18 )\S+", reference), reference


def test_names_of_lists_and_headings_of_fields_are_theirs_alone() -> None:
    names = [one.name for one in LISTS]
    labels = [field.label for field in BOOK.fields.values()]
    assert (len(names), len(labels)) == (len(set(names)), len(set(labels)))


def test_a_field_is_the_same_in_every_list_but_for_being_required() -> None:
    for one in LISTS:
        for field in one.fields:
            assert replace(BOOK.fields[field.key], required=field.required) == field


def test_every_subject_has_a_list_and_every_field_is_used() -> None:
    assert {*SOURCE_KINDS, *UNIT_KINDS} == {one.subject for one in LISTS}
    assert set(BOOK.fields) == {field.key for one in LISTS for field in one.fields}
    assert set(BOOK.groups) == {one.group for one in LISTS}


def test_the_staggered_lists_are_frozen_and_villages_have_quantities() -> None:
    assert {"staggered_enterprises", "staggered_lines"} == {
        one.code for one in LISTS if one.frozen_after_confirmation
    }
    quantities = {one.code for one in LISTS if one.quantity}
    assert {"clean_heating", "straw_ledger", "scattered_zero_ledger", "fertiliser_use"} == quantities
    assert all(BOOK.lists[code].subject == "village" for code in quantities)


def test_there_are_nine_types_of_kilns_and_limits_of_roads_name_their_document() -> None:
    assert 9 == len(BOOK.fields["kiln_type"].options)
    loads = BOOK.lists["road_dust_loads"]
    assert {"dust_limit", "limit_document"} <= {field.key for field in loads.required}


# --- the plans ---


def _items(row: str) -> list[str]:
    """The items of a row of the reference: ``HN17 N一(二)4(2), A四(四)2; HJ17 32``."""
    found = []
    for part in re.sub(r" \([^)]*\)| names .*", "", row).split(";"):
        document, rest = part.strip().split(" ", 1)
        before = ""
        for item in rest.split(","):
            item = item.strip()
            if document == "HN17" and re.fullmatch(r"[\d-]+", item):
                item = before + item  # A三(五)1, 4-6
            before = re.sub(r"[\d-]+$", "", item)
            found.append(f"{document} {item}")
    return found


@pytest.mark.shared
def test_every_item_of_the_plans_that_orders_a_list_is_in_the_book(shared_dir: Path) -> None:
    text = (shared_dir / "reference" / "inventory-and-sources.md").read_text("utf-8")
    part = text.split("### 4.2")[1].split("### 4.3")[0]
    rows = [line.split("|") for line in part.split("\n") if re.match(r"\| [^|-]", line)][1:]
    assert len(rows) >= 27
    wanted = {item for row in rows for item in _items(row[2])}
    assert len(wanted) >= 120
    named = {reference for one in LISTS for reference in one.named_in} | set(BOOK.elsewhere)
    assert set() == wanted - named


# --- keys ---


def test_a_permit_gives_the_credit_code_and_the_site() -> None:
    kilns = BOOK.lists["kilns"]
    written = {"permit_number": USCC + "002P", "kiln_number": "mf0001"}
    key = ("uscc+site_number+kiln_number", USCC, "002", "MF0001")
    assert key == natural_key_of(kilns, written)
    assert key == natural_key_of(kilns, {"uscc": USCC, "site_number": "2", "kiln_number": "ＭＦ 0001"})
    assert natural_key_of(kilns, {"kiln_number": "MF0001"}) is None


def test_the_first_site_is_meant_where_none_is_written() -> None:
    assert ("uscc+site_number", USCC, "001") == natural_key_of(BOOK.lists["enterprises"], {"uscc": USCC})


def test_a_unit_without_a_credit_code_is_known_by_the_stem_of_its_permit() -> None:
    lines = BOOK.lists["lines"]
    keys = {
        natural_key_of(lines, {"permit_number": f"H9410108000000001a001{mark}", "line_number": "1"})
        for mark in "PQ"
    }
    assert {("permit_number+line_number", "H9410108000000001A001", "1")} == keys


def test_another_permit_than_the_credit_code_does_not_name_the_site() -> None:
    written = {"uscc": "53640000MJX173680A", "permit_number": USCC + "002P"}
    assert ("uscc+site_number", "53640000MJX173680A", "001") == natural_key_of(
        BOOK.lists["enterprises"], written
    )


def test_a_key_of_name_and_address_does_not_mind_width_case_spaces_and_brackets() -> None:
    scattered = BOOK.lists["scattered_polluters"]
    one = natural_key_of(scattered, {"name": "云山（北）铸造 Ａ厂", "address": "云山路1号—2号"})
    other = natural_key_of(scattered, {"name": "云山(北)铸造a厂", "address": "云山路 １号-2号。"})
    assert (
        one == other != natural_key_of(scattered, {"name": "云山（南）铸造A厂", "address": "云山路1号-2号"})
    )


@pytest.mark.parametrize("one", LISTS, ids=[one.code for one in LISTS])
def test_each_key_of_a_list_is_found_and_nothing_is_found_in_nothing(one: ListType) -> None:
    for keys in (one.natural_key, *one.other_keys):
        found = natural_key_of(one, dict.fromkeys(keys, "7"))
        assert found is not None and ("+".join(keys), len(keys) + 1) == (found[0], len(found))
    assert natural_key_of(one, {}) is None


@settings(max_examples=50)
@given(st.text(max_size=20), st.text(max_size=20))
def test_a_key_is_the_same_for_a_key(name: str, address: str) -> None:
    scattered = BOOK.lists["scattered_polluters"]
    key = natural_key_of(scattered, {"name": name, "address": address})
    if key is not None:
        assert key == natural_key_of(scattered, {"name": key[1], "address": key[2]})


# --- fields of an office ---

OWN = ListField("x_kiln_door", "炉门数量", "Doors", FieldKind.INTEGER, Scope.UNIT)


def test_a_field_of_an_office_stands_behind_those_of_the_book() -> None:
    kilns = extend(BOOK.lists["kilns"], [OWN])
    assert OWN.label == kilns.fields[-1].label and kilns.fields[-1].own
    assert BOOK.lists["kilns"].fields == kilns.fields[:-1]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("field_key", {"key": "kiln_door"}),
        ("field_key", {"key": "x_Kiln"}),
        ("field_key", {"key": "x_"}),
        ("field_key", {"key": "x_" + "a" * 50}),
        ("field_label", {"label": "  "}),
        ("field_label", {"label": "炉" * 41}),
        ("field_clash", {"label": "炉窑 类型"}),
        ("field_options", {"kind": FieldKind.CHOICE}),
        ("field_options", {"options": (Option("a", "甲", "A"),)}),
        ("field_options", {"kind": FieldKind.CHOICE, "options": (Option("a", "甲", "A"), Option("a", "乙", "B"))}),
        ("field_options", {"kind": FieldKind.CHOICE, "options": (Option("a", "甲", "A"), Option("b", "甲", "B"))}),
        ("field_bounds", {"least": 5, "most": 4}),
        ("field_bounds", {"kind": FieldKind.DATE, "least": 5}),
        ("field_digits", {"digits": 2}),
        ("field_digits", {"kind": FieldKind.DECIMAL, "digits": 16}),
    ],
)  # fmt: skip
def test_a_field_of_an_office_that_cannot_be_is_refused(code: str, change: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError) as caught:
        extend(BOOK.lists["kilns"], [replace(OWN, **change)])
    assert code == caught.value.code


def test_two_own_fields_with_one_key_and_units_of_a_list_without_units_are_refused() -> None:
    with pytest.raises(DefinitionError) as caught:
        extend(BOOK.lists["kilns"], [OWN, replace(OWN, label="门")])
    assert "field_clash" == caught.value.code
    with pytest.raises(DefinitionError) as caught:
        extend(BOOK.lists["restaurants"], [OWN])
    assert "field_scope" == caught.value.code


# --- a book that is not sound ---


def _no_key(data: dict[str, Any]) -> None:
    data["lists"][0]["key"] = ["kiln_number"]


def _no_field(data: dict[str, Any]) -> None:
    data["lists"][0]["fields"].append("colour_of_the_gate")


def _twice(data: dict[str, Any]) -> None:
    data["lists"].append(data["lists"][0])


def _field_twice(data: dict[str, Any]) -> None:
    data["fields"].append(data["fields"][0])


def _no_kind(data: dict[str, Any]) -> None:
    data["fields"][0]["kind"] = "colour"


def _no_document(data: dict[str, Any]) -> None:
    data["lists"][0]["named_in"] = ["XX99 1"]


def _no_subject(data: dict[str, Any]) -> None:
    data["lists"][0]["subject"] = "cloud"


def _no_group(data: dict[str, Any]) -> None:
    data["lists"][0]["group"] = "clouds"


def _unit_of_nothing(data: dict[str, Any]) -> None:
    data["lists"][0]["fields"].append("kiln_type")


def _same_heading(data: dict[str, Any]) -> None:
    data["fields"][1]["label"] = data["fields"][0]["label"]


@pytest.mark.parametrize(
    "spoil",
    [_no_key, _no_field, _twice, _field_twice, _no_kind, _no_document, _no_subject, _no_group, _unit_of_nothing,
     _same_heading],
    ids=lambda spoil: spoil.__name__,
)  # fmt: skip
def test_a_book_that_is_not_sound_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    data = copy.deepcopy(DATA)
    spoil(data)
    with pytest.raises(BookError):
        read_list_book(data)


def test_the_page_of_reference_says_what_the_book_says() -> None:
    page = Path(__file__).resolve().parents[3] / "docs" / "reference" / "lists.md"
    wanted = page_of(BOOK, list_checks())
    assert wanted == page.read_text("utf-8"), "make it anew: python -m lantian.rules.sources.lists_page"
    assert all(f"`{one.code}`" in wanted for one in LISTS)
    rooms = [page.parents[2] / "src" / "lantian" / "rules" / "sources" / f"{name}.py" for name in
             ("cell_keys", "cell_numbers", "cell_words", "written_dates", "doubts", "list_rows")]  # fmt: skip
    text = "\n".join(room.read_text("utf-8") for room in rooms)
    codes = set(re.findall(r'(?:Error|Doubt|_form_doubt)\(\s*"([a-z_]+)"', text))
    codes |= set(re.findall(r'RowFinding\(\s*(?:"\w+"|[\w.\[\]]+),\s*"([a-z_]+)"', text))
    assert len(codes) >= 30
    assert set() == {code for code in codes if f"`{code}`" not in wanted}
