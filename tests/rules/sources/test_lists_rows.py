"""A row as a whole: what is missing, and what does not go together."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from lantian.rules.sources.cells import kept, read_value, recalled, show_value
from lantian.rules.sources.fields import FieldKind, Value
from lantian.rules.sources.list_rows import check_row
from lantian.rules.sources.lists import list_book

BOOK = list_book()
USCC = "91130200699229617X"
KILN: dict[str, Value] = {
    "name": "晴川水泥", "uscc": USCC, "site_number": "001", "kiln_number": "MF0001", "kiln_type": "roasting",
    "unit_fuel": "coal",
}  # fmt: skip


def codes(code: str, values: dict[str, Value], **more: bool) -> list[tuple[str, str, str]]:
    found = check_row(BOOK.lists[code], values, **more)
    assert all(str(one.message) for one in found)
    return [(one.field, one.code, one.level) for one in found]


def test_a_whole_row_has_nothing_wrong() -> None:
    assert [] == codes("kilns", KILN)


def test_what_is_missing_is_an_error_and_of_a_draft_a_warning() -> None:
    values = {key: value for key, value in KILN.items() if key != "unit_fuel"}
    assert [("unit_fuel", "required", "error")] == codes("kilns", values)
    assert [("unit_fuel", "required", "warning")] == codes("kilns", values, draft=True)


def test_a_row_without_a_key_is_an_error_even_of_a_draft() -> None:
    values = {key: value for key, value in KILN.items() if key != "kiln_number"}
    assert [("uscc", "key_incomplete", "error")] == codes("kilns", values, draft=True)


@pytest.mark.parametrize(
    ("code", "values", "wanted"),
    [
        ("kilns", {"permit_number": "53640000MJX173680A001P"}, ("permit_number", "permit_of_another", "error")),
        ("kilns", {"permit_number": USCC + "002P"}, ("site_number", "permit_site", "error")),
        ("kilns", {"permit_number": USCC}, ("permit_number", "permit_length", "error")),
        ("kilns", {"longitude": Decimal(113)}, ("latitude", "position_half", "error")),
        ("kilns", {"latitude": Decimal(34)}, ("longitude", "position_half", "error")),
        ("enterprises", {"region_code": "410108", "town_code": "410105001"}, ("town_code", "place_above", "error")),
        ("enterprises", {"region_code": "410108", "village_code": "410105001001"}, ("village_code", "place_above", "error")),
        ("slag_trucks", {"plate": "豫A12345", "plate_colour": "green"}, ("plate_colour", "plate_colour", "error")),
        ("slag_trucks", {"vin": "1M8GDM9A1KP042788"}, ("vin", "vin_check", "warning")),
        (
            "staggered_enterprises",
            {"window_start": date(2018, 11, 15), "window_end": date(2018, 3, 15)},
            ("window_end", "dates_crossed", "error"),
        ),
        (
            "clean_heating",
            {"households": 10, "heated_power": 8, "heated_gas": 3},
            ("households", "shares_above_whole", "warning"),
        ),
        (
            "straw_ledger",
            {"straw_yield": Decimal(5), "straw_feed": Decimal("5.1")},
            ("straw_yield", "shares_above_whole", "warning"),
        ),
        ("kilns", {"removal": Decimal("0.95")}, None),
        ("treatment_facilities", {"removal": Decimal("0.95")}, ("removal", "percent_small", "warning")),
        ("enterprises", {"region_code": "410100", "town_code": "410108001"}, None),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(
    code: str, values: dict[str, Value], wanted: tuple[str, str, str] | None
) -> None:
    found = [one for one in codes(code, KILN | values) if one[1] not in ("required", "key_incomplete")]
    assert ([] if wanted is None else [wanted]) == found


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("decimal", "0.10"), ("integer", "12"), ("money", "10"), ("date", "2018-11-15"), ("year", "2018"),
        ("flag", "否"), ("longitude", "113.665"), ("text", "晴川"), ("uscc", USCC), ("percent", "95"),
    ],
)  # fmt: skip
def test_what_json_keeps_of_a_value_is_the_value_again(kind: str, text: str) -> None:
    field = next(field for field in BOOK.fields.values() if field.kind is FieldKind(kind))
    value = read_value(field, text)
    assert value == recalled(field, json.loads(json.dumps(kept(value))))


def test_json_keeps_what_is_chosen_and_nothing_is_made_of_what_cannot_be() -> None:
    fuels, on = BOOK.fields["fuels"], BOOK.fields["found_on"]
    value = read_value(fuels, "煤、天然气")
    assert value == recalled(fuels, json.loads(json.dumps(kept(value)))) == ("coal", "natural_gas")
    assert "煤、天然气" == show_value(fuels, value)
    assert [None, None, None] == [recalled(on, raw) for raw in (None, "", "近日")]
    assert recalled(BOOK.fields["boiler_capacity"], "大") is recalled(BOOK.fields["purifier"], "也许") is None
