"""Labels of time, cells of concentrations, and what is said about a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lantian.rules.air.aqi import evaluate, scheme_of
from lantian.rules.air.errors import ValueUnusable
from lantian.rules.air.exact import concentration, grid_of
from lantian.rules.air.labels import day_of_day, day_of_hour
from lantian.rules.air.library import library
from lantian.rules.air.words import ADVICE, CLASSES, GROUPS, reasons_of


@pytest.mark.parametrize(
    ("label", "day"),
    [
        ("2026-03-01 00:00", date(2026, 2, 28)),
        ("2026-02-28 24:00", date(2026, 2, 28)),
        ("2026-03-01 01:00", date(2026, 3, 1)),
        ("2026-03-01T00:00:00", date(2026, 2, 28)),
        ("2026/3/1 0:00", date(2026, 2, 28)),
        ("2026-03-01 00", date(2026, 2, 28)),
        ("2026030100", date(2026, 2, 28)),
        ("202603010100", date(2026, 3, 1)),
        ("2026年3月1日 1时", date(2026, 3, 1)),
        ("2026-02-28T17:00:00Z", date(2026, 3, 1)),
        ("2026-02-28T16:00:00Z", date(2026, 2, 28)),
        ("2026-03-01T00:00:00+08:00", date(2026, 2, 28)),
        ("2026-01-01 00:00", date(2025, 12, 31)),
        ("2024-03-01 00:30", date(2024, 2, 29)),
    ],
)
def test_an_hour_belongs_to_the_day_of_its_label_minus_one_hour(label: str, day: date) -> None:
    assert day == day_of_hour(label)


@pytest.mark.parametrize(
    "label",
    [
        "",
        "2026-03-01",
        "20260301",
        "2026-02-30 01:00",
        "2026-03-01 24:30",
        "2026-03-01 25:00",
        "gestern",
        "0001-01-01 00:00",
    ],
)
def test_what_is_no_label_of_an_hour_has_no_day(label: str) -> None:
    assert day_of_hour(label) is None


@pytest.mark.parametrize(
    "label", ["2026-03-01", "2026/3/1", "20260301", "2026-03-01 00:00:00", "2026年3月1日"]
)
def test_a_day_is_read_in_the_usual_writings(label: str) -> None:
    assert date(2026, 3, 1) == day_of_day(label)


@pytest.mark.parametrize("label", ["2026-03-01 01:00", "2026-02-28 24:00", "2026-3", ""])
def test_a_time_of_day_is_no_day(label: str) -> None:
    assert day_of_day(label) is None


@pytest.mark.parametrize("cell", ["", " ", "NA", "na", "—", "-", "-9999", "-9999.0", "NaN", "null"])
def test_the_marks_of_a_missing_value_are_known(cell: str) -> None:
    assert concentration(cell) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("abc", "not_a_number"),
        ("12 µg", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1,5", "not_a_number"),
        ("inf", "not_a_number"),
        ("9" * 60, "not_a_number"),
        ("-1", "negative"),
        ("-0.001", "negative"),
        ("1e9", "too_large"),
    ],
)
def test_a_cell_that_cannot_be_used_says_why(cell: str, code: str) -> None:
    with pytest.raises(ValueUnusable) as caught:
        concentration(cell)

    assert (code, cell) == (caught.value.code, caught.value.text)


def test_numbers_are_read_exactly() -> None:
    assert [40, 42, 22, 0] == [
        grid_of(concentration(text) or Decimal(0), 1) for text in ("4.05", "4.15", " 2.2 ", "0e-999")
    ]


def test_every_level_has_a_class_and_advice_and_every_group_a_name() -> None:
    assert list(range(1, 7)) == sorted(CLASSES) == sorted(ADVICE)
    groups = {group for named in library().of_edition("2026").sensitive.values() for group in named}
    assert groups == set(GROUPS)


def test_the_reasons_of_a_row_name_the_items() -> None:
    day = scheme_of(library().of_edition("2026"), "day")
    row = {"pm25": Decimal(20), "so2": Decimal(1), "no2": Decimal(1), "o3_8h": Decimal(1)}
    found = evaluate(row, day)

    assert [
        "missing: PM10, CO",
        "AQI of the rest not above 100, so none is given (HJ 633-2026 5.3)",
    ] == reasons_of(found.withheld, found.notes, found.aqi is not None, day)
    nothing = evaluate({}, day)
    assert ["no concentration to compute from"] == reasons_of(False, nothing.notes, False, day)


def test_the_reasons_tell_what_happens_above_the_last_node() -> None:
    hour = scheme_of(library().of_edition("2012"), "hour")
    row = {column: Decimal(1) for column in ("pm25", "no2", "co", "o3")}
    found = evaluate({**row, "pm10": Decimal(601), "so2": Decimal(900)}, hour)

    assert [
        "above 800 the index of SO2 24 h counts, which is missing: SO2",
        "above the last node, index held at 500: PM10",
    ] == reasons_of(found.withheld, found.notes, True, hour)
