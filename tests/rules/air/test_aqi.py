"""The AQI by the standards: both sides of every node, rules for gaps, values out of range, properties."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.aqi import OUTSIDE, Absent, AqiResult, Scheme, evaluate, index_of, scheme_of
from lantian.rules.air.books import Table
from lantian.rules.air.columns import (
    MISSING,
    Columns,
    compiled,
    evaluate_floats,
    evaluate_grids,
    grid_of_floats,
    notes_of,
    pollutants_of,
    table_of,
)
from lantian.rules.air.exact import grid_of
from lantian.rules.air.library import library

SCHEMES = {
    f"{edition}-{interval}-{variant or 'only'}": scheme_of(library().of_edition(edition), interval, variant)
    for edition, interval, variant in [
        ("2012", "day", None),
        ("2012", "hour", "platform"),
        ("2012", "hour", "clause"),
        ("2026", "day", None),
        ("2026", "hour", None),
    ]
}
TABLES = [(book, table) for book in library().books for table in book.tables.values()]

#: the two editions as printed, written a second time as plain rows, to prove the books against
NODES = {
    "so2_day": (0, 50, 150, 475, 800, 1600, 2100, 2620),
    "so2_1h": (0, 150, 500, 650, 800),
    "no2_day": (0, 40, 80, 180, 280, 565, 750, 940),
    "no2_1h": (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    "co_day": (0, 2, 4, 14, 24, 36, 48, 60),
    "co_1h": (0, 5, 10, 35, 60, 90, 120, 150),
    "o3_8h": (0, 100, 160, 215, 265, 800),
    "o3_1h": (0, 160, 200, 300, 400, 800, 1000, 1200),
    "pm10_day": (0, 50, None, 250, 350, 420, 500, 600),
    "pm25_day": (0, 35, None, 115, 150, 250, 350, 500),
}
AT_100 = {
    ("2012", "pm10_day"): 150,
    ("2026", "pm10_day"): 120,
    ("2012", "pm25_day"): 75,
    ("2026", "pm25_day"): 60,
}
INDICES = (0, 50, 100, 150, 200, 300, 400, 500)


def values(**given: str | None) -> dict[str, Decimal | None]:
    return {column: None if text is None else Decimal(text) for column, text in given.items()}


CLEAN = values(pm25="20", pm10="30", so2="10", no2="15", co="0.5", o3="60", o3_8h="60")


def codes(result: AqiResult) -> set[tuple[str, str]]:
    return {(note.name, column) for note, column in result.notes}


@pytest.mark.parametrize(
    ("book", "table"), TABLES, ids=lambda value: getattr(value, "id", getattr(value, "name", ""))
)
def test_each_node_has_its_index_and_one_step_more_belongs_to_the_next_segment(
    book: Any, table: Table
) -> None:
    nodes = [AT_100[book.edition, table.name] if node is None else node for node in NODES[table.name]]
    step = Decimal(1).scaleb(-book.digits(table.unit))
    for place, node in enumerate(nodes):
        assert INDICES[place] == index_of(book, table, Decimal(node))[0]
        if place:
            # one step below: the segment on the left, rounded up, as a fraction computed another way
            width = Fraction(node - nodes[place - 1])
            share = (Fraction(Decimal(node) - step) - nodes[place - 1]) / width
            rise = INDICES[place] - INDICES[place - 1]
            assert INDICES[place - 1] + ceil(share * rise) == index_of(book, table, Decimal(node) - step)[0]
        if place < len(nodes) - 1:
            width = Fraction(nodes[place + 1] - node)
            rise = INDICES[place + 1] - INDICES[place]
            after = INDICES[place] + ceil(Fraction(step) / width * rise)
            assert after == index_of(book, table, Decimal(node) + step)[0]
            assert after > INDICES[place]


def test_above_the_last_node_each_edition_has_its_own_rule() -> None:
    for edition, so2, o3 in (("2012", Absent.BEYOND, Absent.BEYOND), ("2026", 200, 300)):
        book = library().of_edition(edition)
        for name in NODES:
            table = book.tables[name]
            found, capped = index_of(book, table, Decimal(table.top) + 1)
            assert {"so2_1h": so2, "o3_8h": o3}.get(name, 500) == found
            assert (name not in {"so2_1h", "o3_8h"}) == capped


def test_the_input_is_rounded_half_to_even_before_the_index() -> None:
    book = library().of_edition("2026")
    pm25, co = book.tables["pm25_day"], book.tables["co_day"]
    found = [index_of(book, pm25, Decimal(text))[0] for text in ("60.11", "60.5", "60.51", "61.5")]

    assert [100, 100, 101, 102] == found
    assert [100, 101, 55] == [index_of(book, co, Decimal(text))[0] for text in ("4.05", "4.15", "2.2")]
    # 800.4 is 800 and still on the table; 800.5 is 800, too; 801 is above
    so2 = book.tables["so2_1h"]
    assert [200, 200, 200] == [index_of(book, so2, Decimal(text))[0] for text in ("800.4", "800.5", "801")]
    old = library().of_edition("2012")
    on_table = [index_of(old, old.tables["so2_1h"], Decimal(text))[0] for text in ("800.4", "800.5", "801")]
    assert [200, 200, Absent.BEYOND] == on_table


def test_2012_skips_what_is_missing_and_2026_withholds_up_to_100() -> None:
    without = {**CLEAN, "pm10": None}
    old = evaluate(without, SCHEMES["2012-day-only"])
    new = evaluate(without, SCHEMES["2026-day-only"])

    assert (30, 1, {("MISSING", "pm10")}) == (old.aqi, old.level, codes(old) - {("MISSING", "o3")})
    assert (None, None, True) == (new.aqi, new.level, new.withheld)
    assert 29 == new.iaqi["pm25"]
    at_100 = evaluate({**without, "pm25": Decimal(60)}, SCHEMES["2026-day-only"])
    above = evaluate({**without, "pm25": Decimal(61)}, SCHEMES["2026-day-only"])
    assert (None, 101, 3, ("PM2.5",)) == (at_100.aqi, above.aqi, above.level, above.primary)


def test_an_item_outside_the_programme_keeps_nothing_back() -> None:
    outside = {**CLEAN, "so2": OUTSIDE, "co": OUTSIDE}
    found = evaluate(outside, SCHEMES["2026-day-only"])

    assert (30, False, set()) == (found.aqi, found.withheld, codes(found))
    assert Absent.OUTSIDE is found.iaqi["so2"]


def test_with_nothing_at_all_there_is_no_aqi_in_any_scheme() -> None:
    for scheme in SCHEMES.values():
        found = evaluate({}, scheme)
        assert (None, None, (), False) == (found.aqi, found.level, found.primary, found.withheld)


def test_the_variants_of_2012_read_other_items() -> None:
    row = {**CLEAN, "pm25": Decimal(200), "pm25_24h": Decimal(80), "o3_8h": Decimal(170)}
    platform = evaluate(row, SCHEMES["2012-hour-platform"])
    clause = evaluate(row, SCHEMES["2012-hour-clause"])

    assert (250, ("PM2.5",)) == (platform.aqi, platform.primary)
    assert "o3_8h" not in platform.iaqi
    assert (110, ("O3",)) == (clause.aqi, clause.primary)
    assert 107 == clause.iaqi["pm25"]


def test_the_daily_aqi_of_2012_has_seven_items_and_that_of_2026_six() -> None:
    row = {**CLEAN, "o3": Decimal(250), "o3_8h": Decimal(90)}
    old, new = evaluate(row, SCHEMES["2012-day-only"]), evaluate(row, SCHEMES["2026-day-only"])

    assert (125, ("O3",)) == (old.aqi, old.primary)
    assert 45 == new.aqi
    assert "o3" not in new.iaqi


def test_so2_above_800_in_an_hour_of_2012_goes_by_its_24_hour_mean() -> None:
    scheme = SCHEMES["2012-hour-platform"]
    with_mean = evaluate({**CLEAN, "so2": Decimal(801), "so2_24h": Decimal(476)}, scheme)
    alone = evaluate({**CLEAN, "so2": Decimal(801)}, scheme)

    assert (151, ("SO2",), {("BEYOND", "so2")}) == (with_mean.aqi, with_mean.primary, codes(with_mean))
    assert (30, {("BEYOND_ALONE", "so2")}) == (alone.aqi, codes(alone))
    assert Absent.BEYOND is alone.iaqi["so2"]


def test_o3_above_800_in_eight_hours_of_2012_goes_by_one_hour_which_counts_anyway() -> None:
    found = evaluate({**CLEAN, "o3_8h": Decimal(801), "o3": Decimal(900)}, SCHEMES["2012-day-only"])
    alone = evaluate({**CLEAN, "o3_8h": Decimal(801), "o3": None}, SCHEMES["2012-day-only"])

    assert (350, ("O3",), {("BEYOND", "o3_8h")}) == (found.aqi, found.primary, codes(found))
    assert (30, {("BEYOND_ALONE", "o3_8h")}) == (alone.aqi, codes(alone))


def test_pollutants_tied_at_the_top_are_joint_and_none_is_primary_at_50() -> None:
    tie = evaluate({**CLEAN, "pm25": Decimal(60), "pm10": Decimal(120)}, SCHEMES["2026-day-only"])
    at_50 = evaluate({**CLEAN, "pm25": Decimal(35), "pm10": Decimal(50)}, SCHEMES["2026-day-only"])
    ozone = evaluate({**CLEAN, "o3": Decimal(200), "o3_8h": Decimal(160)}, SCHEMES["2012-day-only"])

    assert (100, 2, ("PM10", "PM2.5")) == (tie.aqi, tie.level, tie.primary)
    assert (50, 1, ()) == (at_50.aqi, at_50.level, at_50.primary)
    assert (100, ("O3",)) == (ozone.aqi, ozone.primary)


@pytest.mark.parametrize(
    ("index", "level"),
    [
        (0, 1),
        (50, 1),
        (51, 2),
        (100, 2),
        (101, 3),
        (150, 3),
        (151, 4),
        (200, 4),
        (201, 5),
        (300, 5),
        (301, 6),
        (500, 6),
    ],
)
def test_a_class_ends_where_the_next_begins(index: int, level: int) -> None:
    assert [level, level] == [book.level_of(index).level for book in library().books]


# --- properties ---


def amounts(digits: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most * 10 ** (digits + 2)).map(lambda n: Decimal(n).scaleb(-digits - 2))


def rows(marks: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    gaps = [st.none(), st.just(OUTSIDE)] if marks else []

    def cell(digits: int, most: int) -> st.SearchStrategy[Any]:
        return st.one_of(amounts(digits, most), amounts(digits, most), *gaps)

    columns = {
        name: cell(0, most) for name, most in (("pm25", 600), ("pm10", 700), ("so2", 2700), ("no2", 3900))
    }
    columns |= {"co": cell(1, 160), "o3": cell(0, 1300), "o3_8h": cell(0, 900)}
    extra = {name: cell(0, 700) for name in ("pm25_24h", "pm10_24h", "so2_24h")}
    return st.fixed_dictionaries(columns, optional=extra)


def as_grids(row: dict[str, Any], scheme: Scheme) -> dict[str, Any]:
    grids = {}
    for column, digits in compiled(scheme).digits.items():
        if column in row:
            value = row[column]
            number = MISSING if value is None else 65_534 if value is OUTSIDE else grid_of(value, digits)
            grids[column] = np.array([number], dtype=np.uint16)
    return grids


def as_result(found: Columns, scheme: Scheme) -> tuple[Any, ...]:
    assert found.notes is not None
    aqi, level = int(found.aqi[0]), int(found.level[0])
    withheld, notes = notes_of(int(found.notes[0]), scheme)
    return (
        {column: int(index[0]) for column, index in found.iaqi.items()},
        None if aqi < 0 else aqi,
        level or None,
        pollutants_of(int(found.primary[0])),
        withheld,
        notes,
    )


def plain(result: AqiResult) -> tuple[Any, ...]:
    iaqi = {column: int(index) for column, index in result.iaqi.items()}
    return iaqi, result.aqi, result.level, result.primary, result.withheld, result.notes


@pytest.mark.parametrize("name", SCHEMES)
@given(row=rows())
def test_arrays_give_what_the_exact_arithmetic_of_a_row_gives(name: str, row: dict[str, Any]) -> None:
    scheme = SCHEMES[name]

    assert plain(evaluate(row, scheme)) == as_result(
        evaluate_grids(as_grids(row, scheme), scheme, details=True), scheme
    )


@pytest.mark.parametrize("name", SCHEMES)
@given(row=rows(marks=False))
def test_floats_are_read_as_the_decimals_that_they_stand_for(name: str, row: dict[str, Any]) -> None:
    scheme = SCHEMES[name]
    floats = {column: np.array([float(value)]) for column, value in row.items()}

    assert plain(evaluate(row, scheme)) == as_result(evaluate_floats(floats, scheme, details=True), scheme)


@pytest.mark.parametrize("name", SCHEMES)
@given(row=rows())
def test_the_aqi_is_the_greatest_single_index_and_the_primary_ones_have_it(
    name: str, row: dict[str, Any]
) -> None:
    scheme = SCHEMES[name]
    found = evaluate(row, scheme)
    present = [index for index in found.iaqi.values() if index >= 0]

    if found.aqi is None:
        assert found.withheld or not present
        assert not found.withheld or max(present) <= 100
    else:
        assert max(present) == found.aqi
        tables = {item.column: scheme.table(item.table).pollutant for item in scheme.layout.items}
        tied = {tables[column] for column, index in found.iaqi.items() if index == found.aqi}
        assert (tuple(sorted(tied)) if found.aqi > 50 else ()) == found.primary


@pytest.mark.parametrize(
    ("book", "table"), TABLES, ids=lambda value: getattr(value, "id", getattr(value, "name", ""))
)
def test_more_never_has_a_lower_index_and_every_value_of_the_grid_is_exact(book: Any, table: Table) -> None:
    digits = book.digits(table.unit)
    found = table_of(book, table.name)
    last = table.top * 10**digits
    # Computed a second time with fractions, over every value there is.
    nodes = [(segment.low, segment.high, segment.index_low, segment.index_high) for segment in table.segments]
    for low, high, first, end in nodes:
        for grid in range(low * 10**digits, high * 10**digits + 1):
            exact = first + (Fraction(grid, 10**digits) - low) * (end - first) / (high - low)
            assert ceil(exact) == found[grid]
    assert (np.diff(found[: last + 1]) >= 0).all()
    assert 1 == len(set(found[last + 1 : 65_534].tolist()))


def test_floats_a_hair_beside_a_half_count_as_the_half() -> None:
    third = 60.5 - 7e-15
    assert [60, 62, 60, 60, 61] == grid_of_floats([60.5, 61.5, third, 60.499, 60.501], 0).tolist()
    assert [40, 42, 4, 22] == grid_of_floats([4.05, 4.15, 0.35, 2.2], 1).tolist()
    assert [MISSING] * 4 == grid_of_floats([np.nan, -0.1, np.inf, -np.inf], 0).tolist()
    assert [0, 65_533] == grid_of_floats([0.0, 1e9], 0).tolist()


def test_many_rows_are_joined_in_order() -> None:
    scheme = SCHEMES["2026-hour-only"]
    pm25 = np.arange(70_000, dtype=np.float64) % 500
    columns = {column: np.full(70_000, 1.0) for column in ("pm10", "so2", "no2", "co", "o3")}
    found = evaluate_floats({**columns, "pm25": pm25}, scheme, details=True)
    single = table_of(scheme.book, "pm25_day")[pm25.astype(np.int64)]

    assert (np.maximum(single, 10) == found.aqi).all()
    assert found.notes is not None
    assert (70_000, 70_000, 0) == (len(found.level), len(found.iaqi["co"]), int(found.notes.max()))


def test_no_rows_give_no_results_and_columns_of_different_lengths_are_refused() -> None:
    scheme = SCHEMES["2026-day-only"]

    assert 0 == len(evaluate_floats({"pm25": []}, scheme).aqi)
    with pytest.raises(ValueError, match="of one length"):
        evaluate_floats({"pm25": [1.0], "pm10": [1.0, 2.0]}, scheme)


def test_a_whole_column_can_be_outside_the_programme() -> None:
    scheme = SCHEMES["2026-day-only"]
    columns = {"pm25": [40.0], "pm10": [60.0], "no2": [30.0], "o3_8h": [120.0]}

    assert [-1] == evaluate_floats(columns, scheme).aqi.tolist()
    assert [67] == evaluate_floats(columns, scheme, outside={"so2", "co"}).aqi.tolist()
