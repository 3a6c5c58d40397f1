"""The books: chosen by the day of the data, proved sound, overridden only where they are unsure."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lantian.rules.air.aqi import evaluate, index_of, scheme_of
from lantian.rules.air.columns import table_of
from lantian.rules.air.errors import BookError, NoEdition
from lantian.rules.air.library import library, library_of, shipped
from lantian.rules.air.limits import all_limits, limit_on, read_limits, read_states, state_on
from lantian.rules.air.reading import read_aqi_book

NAMES = ("hj633-2012.json", "hj633-2026.json")


def changed(name: str, *path: Any, to: Any) -> dict[str, Any]:
    book = deepcopy(shipped(name))
    place: Any = book
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return book


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (date(2012, 2, 29), "2012"),
        (date(2015, 7, 1), "2012"),
        (date(2026, 2, 28), "2012"),
        (date(2026, 3, 1), "2026"),
        (date(2031, 1, 1), "2026"),
    ],
)
def test_the_day_of_the_data_chooses_the_edition(day: date, edition: str) -> None:
    assert edition == library().on(day).edition


def test_before_the_first_edition_there_is_none() -> None:
    with pytest.raises(NoEdition, match="2012-02-28"):
        library().on(date(2012, 2, 28))


def test_the_edition_of_2026_says_from_when_on_it_is_in_doubt() -> None:
    book = library().of_edition("2026")

    assert date(2031, 1, 1) == book.review_from
    assert "revision" in book.review_note


@pytest.mark.parametrize(
    ("path", "to", "where", "what"),
    [
        (
            ("tables", "pm25_day", "segments", 2),
            [61, 115, 100, 150],
            r"tables.pm25_day.segments\[3\]",
            "gap after 60",
        ),
        (
            ("tables", "pm25_day", "segments", 2),
            [59, 115, 100, 150],
            r"tables.pm25_day.segments\[3\]",
            "overlaps",
        ),
        (
            ("tables", "pm25_day", "segments", 2),
            [60, 115, 110, 150],
            r"tables.pm25_day.segments\[3\]",
            "gap after 60",
        ),
        (
            ("tables", "pm25_day", "segments", 0),
            [1, 35, 0, 50],
            r"tables.pm25_day.segments",
            "does not start at 0",
        ),
        (("tables", "pm25_day", "segments", 0), [35, 0, 0, 50], r"segments\[1\]", "does not rise"),
        (("tables", "pm25_day", "segments", 0), [0, 35.5, 0, 50], r"segments\[1\]", "four whole numbers"),
        (("tables", "pm25_day", "unit"), "ppb", "tables.pm25_day.unit", "'ppb' is none of"),
        (("tables", "pm25_day", "mark"), "X", "tables.pm25_day.mark", "'X' is none of"),
        (("tables", "pm25_day", "pollutant"), "PM1", "tables.pm25_day.pollutant", "unknown"),
        (("beyond", "so2_1h", "above"), 700, "beyond.so2_1h.above", "not the last node"),
        (("levels", 2, "from"), 102, r"levels\[3\].from", "a gap or an overlap"),
        (("levels", 5, "to"), 500, "levels", "has to be open"),
        (("valid_from",), "2026-13-01", "book.valid_from", "is no date"),
        (("valid_to",), "2025-01-01", "book.valid_from", "wrong order"),
        (("defaults", "highest_index", "value"), 5, "defaults.highest_index", "from 500 to 2000"),
        (("defaults", "lowest_index", "value"), "0", "defaults.lowest_index", "whole number"),
        (("schemes", "day", "missing"), "guess", "schemes.day.missing", "neither"),
        (("schemes", "day", "items", 0, "table"), "pm1", r"schemes.day.items\[1\]", "no table 'pm1'"),
    ],
)
def test_a_faulty_book_is_refused_and_the_place_is_named(path: Any, to: Any, where: str, what: str) -> None:
    with pytest.raises(BookError, match=f"HJ 633-2026, .*{where}.*: .*{what}"):
        read_aqi_book(changed("hj633-2026.json", *path, to=to))


def test_editions_that_overlap_or_leave_days_between_them_are_refused() -> None:
    for day, problem in (("2026-02-28", "overlaps"), ("2026-03-02", "gap")):
        with pytest.raises(BookError, match=problem):
            library_of([shipped("hj633-2012.json"), changed("hj633-2026.json", "valid_from", to=day)])


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_has_a_mark_and_every_unsure_one_a_note(name: str) -> None:
    book = shipped(name)
    entries = [
        *book["tables"].values(),
        *book["beyond"].values(),
        *book["levels"],
        *book["defaults"].values(),
    ]

    assert all(entry["mark"] in "STRIKU" for entry in entries)
    assert all(len(entry["note"]) > 20 for entry in book["defaults"].values())


def test_an_office_sets_an_unsure_entry_otherwise_and_the_book_says_so() -> None:
    overrides = [
        {"book": "HJ 633-2026", "entry": "lowest_index", "value": 1, "grounds": "letter of the station"}
    ]
    book = library().overridden(overrides).of_edition("2026")

    zero = {column: Decimal(0) for column in ("pm25", "pm10", "so2", "no2", "co", "o3_8h")}
    assert 0 == evaluate(zero, scheme_of(library().of_edition("2026"), "day")).aqi
    assert 1 == evaluate(zero, scheme_of(book, "day")).aqi
    assert 1 == table_of(book, "co_day")[0]
    assert "letter of the station" == book.defaults["lowest_index"].override


def test_an_overridden_cap_and_rounding_change_the_index() -> None:
    overrides = [
        {"book": "HJ 633-2012", "entry": "highest_index", "value": 999, "grounds": "x"},
        {"book": "HJ 633-2012", "entry": "digits_µg/m³", "value": 1, "grounds": "x"},
    ]
    book = library().overridden(overrides).of_edition("2012")

    assert (999, True) == index_of(book, book.tables["pm25_day"], Decimal("500.1"))
    assert (101, False) == index_of(book, book.tables["pm25_day"], Decimal("75.4"))
    assert 101 == table_of(book, "pm25_day")[754]


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ({"entry": "digits_µg/m³", "value": 1, "grounds": "x"}, "settled by the standard"),
        ({"entry": "nothing", "value": 1, "grounds": "x"}, "no entry 'nothing'"),
        ({"entry": "lowest_index", "value": 1}, "no grounds"),
        ({"entry": "lowest_index", "value": "1", "grounds": "x"}, "not of the kind"),
        ({"entry": "lowest_index", "value": 7, "grounds": "x"}, "from 0 to 1"),
        ({"book": "HJ 1", "entry": "lowest_index", "value": 1, "grounds": "x"}, "no book 'HJ 1'"),
        ("lowest_index", "an object is wanted"),
    ],
)
def test_an_override_that_does_not_fit_is_refused(override: Any, problem: str) -> None:
    given = {"book": "HJ 633-2026", **override} if isinstance(override, dict) else override
    with pytest.raises(BookError, match=problem):
        library().overridden([given])


def test_the_default_variant_can_be_set_and_an_unknown_one_is_refused() -> None:
    override = {"book": "HJ 633-2012", "entry": "hour_variant", "value": "clause", "grounds": "x"}

    assert "platform" == scheme_of(library().of_edition("2012"), "hour").layout.variant
    assert "clause" == scheme_of(library().overridden([override]).of_edition("2012"), "hour").layout.variant
    with pytest.raises(BookError, match="no variant 'other'"):
        library().overridden([{**override, "value": "other"}])


# --- limits ---


@pytest.mark.parametrize(
    ("day", "item", "averaging", "grade_1", "grade_2"),
    [
        (date(2026, 2, 28), "PM2.5", "day", "35", "75"),
        (date(2026, 3, 1), "PM2.5", "day", "35", "60"),
        (date(2030, 12, 31), "PM2.5", "day", "35", "60"),
        (date(2031, 1, 1), "PM2.5", "day", "25", "50"),
        (date(2026, 2, 28), "PM10", "year", "40", "70"),
        (date(2026, 3, 1), "PM10", "year", "40", "60"),
        (date(2031, 1, 1), "PM10", "year", "20", "50"),
        (date(2030, 12, 31), "SO2", "year", "20", "60"),
        (date(2031, 1, 1), "SO2", "year", "20", "20"),
        (date(2031, 1, 1), "NO2", "day", "50", "50"),
        (date(2031, 1, 1), "O3", "day_max_8h", "100", "160"),
        (date(2015, 6, 1), "CO", "day", "4", "4"),
        (date(2030, 12, 31), "NOx", "day", "100", "100"),
        (date(2031, 1, 1), "NOx", "day", "70", "70"),
        (date(2026, 3, 1), "BaP", "day", "0.0025", "0.0025"),
    ],
)
def test_a_limit_changes_on_its_day(day: date, item: str, averaging: str, grade_1: str, grade_2: str) -> None:
    found = limit_on(day, item, averaging)

    assert found is not None
    assert (Decimal(grade_1), Decimal(grade_2)) == (found.grade_1, found.grade_2)


def test_there_is_no_limit_before_the_standard_nor_for_an_hour_of_particles() -> None:
    assert limit_on(date(2012, 2, 28), "PM2.5", "day") is None
    assert limit_on(date(2026, 3, 1), "PM2.5", "1h") is None


def test_the_last_node_at_100_is_the_daily_limit_of_the_transition() -> None:
    book = library().of_edition("2026")
    for table, item, averaging in (
        ("pm25_day", "PM2.5", "day"),
        ("pm10_day", "PM10", "day"),
        ("so2_day", "SO2", "day"),
        ("no2_day", "NO2", "day"),
        ("co_day", "CO", "day"),
        ("o3_8h", "O3", "day_max_8h"),
        ("so2_1h", "SO2", "1h"),
        ("no2_1h", "NO2", "1h"),
        ("co_1h", "CO", "1h"),
        ("o3_1h", "O3", "1h"),
    ):
        found = limit_on(date(2026, 3, 1), item, averaging)
        assert found is not None
        assert 100 == index_of(book, book.tables[table], found.grade_2)[0]


def test_every_limit_has_a_clause_and_the_unit_of_its_item() -> None:
    assert 60 <= len(all_limits())
    assert all(limit.clause and (limit.unit == "mg/m³") == (limit.item == "CO") for limit in all_limits())


@pytest.mark.parametrize(
    ("path", "to", "problem"),
    [
        (("limits", 0, "valid_to"), "2030-12-30", "a gap or an overlap before 2031-01-01"),
        (("limits", 0, "valid_to"), "2031-01-01", "a gap or an overlap"),
        (("limits", 0, "valid_from"), "2026-03-02", "do not cover the validity"),
        (("limits", 0, "unit"), "mg", "none of"),
        (("limits", 0, "averaging"), "week", "unknown"),
        (("limits", 0, "grade_1"), "61", "not above grade 2"),
        (("limits", 0, "grade_2"), "sixty", "is no number"),
    ],
)
def test_faulty_limits_are_refused(path: Any, to: Any, problem: str) -> None:
    with pytest.raises(BookError, match=problem):
        read_limits(changed("gb3095-2026.json", *path, to=to))


@pytest.mark.parametrize(
    ("day", "kelvin", "as_monitored"),
    [
        (date(2018, 8, 31), "273.15", False),
        (date(2018, 9, 1), "298.15", True),
        (date(2026, 2, 28), "298.15", True),
        (date(2026, 3, 1), "298.15", True),
    ],
)
def test_the_state_of_concentrations_changes_on_its_day(day: date, kelvin: str, as_monitored: bool) -> None:
    found = state_on(day)

    assert found is not None
    assert (Decimal(kelvin), Decimal("1013.25")) == found.gases
    assert as_monitored == (found.particles is None)


def test_there_is_no_state_before_the_standard_and_none_may_be_left_out() -> None:
    assert state_on(date(2012, 2, 28)) is None
    for path, to, problem in (
        (("states", 1, "valid_from"), "2018-09-02", "2018-09-01 is wanted"),
        (("states", 1, "valid_to"), "2026-02-27", "do not cover"),
        (
            ("states", 1, "gases"),
            {"temperature_K": "warm", "pressure_hPa": "1"},
            "a temperature and a pressure",
        ),
        (("states", 1, "particles"), None, "a temperature and a pressure"),
    ):
        with pytest.raises(BookError, match=problem):
            read_states(changed("gb3095-2012.json", *path, to=to))
