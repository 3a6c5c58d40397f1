"""Every statistical row of the reference's examples."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lantian.rules.air.dustfall import dust_book, dustfall
from lantian.rules.air.evaluation import evaluate_days, scheme_for
from lantian.rules.air.evaluation_books import evaluation_library
from lantian.rules.air.periods import period_of
from lantian.rules.air.statistics import (
    change_percent,
    exceedance_multiple,
    percentile,
    ratio_percent,
    rounded,
)
from lantian.rules.air.validity import daily_max_8h, daily_mean

pytestmark = pytest.mark.shared

KINDS = {"percentile", "composite", "change_rate", "exceedance", "attainment", "validity", "dustfall"}


@pytest.fixture(scope="module")
def rows(shared_dir: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {kind: [] for kind in KINDS}
    with (shared_dir / "reference" / "aqi-examples.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] in KINDS:
                found[row["kind"]].append(row)
    return found


def parts(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split(";"))


def series(text: str) -> Iterator[Decimal]:
    if " step " not in text:
        yield from map(Decimal, text.split("|"))
        return
    span, step = text.split(" step ")
    value, last = map(Decimal, span.split(".."))
    while value <= last:
        yield value
        value += Decimal(step)


def test_every_percentile_is_reproduced(rows: dict[str, list[dict[str, str]]]) -> None:
    assert 8 == len(rows["percentile"])
    for row in rows["percentile"]:
        extra, expected = parts(row["extra"]), parts(row["expected_value"])
        values = list(series(extra["series"]))
        assert int(extra["n"]) == len(values), row["id"]
        found = percentile(values, int(extra["p"]))
        assert found is not None
        digits = len(expected["rounded"].partition(".")[2])
        assert (Decimal(expected["raw"]), Decimal(expected["rounded"])) == (
            rounded(found, 6),
            rounded(found, digits),
        ), row["id"]


def test_every_composite_index_is_reproduced(rows: dict[str, list[dict[str, str]]]) -> None:
    checked = 0
    for row in rows["composite"]:
        if row["standard"] == "unverified weighting":
            continue
        columns = ("so2", "no2", "co", "o3", "pm10", "pm25")
        values = {name: int(Decimal(row[name]) * 1000) for name in columns}
        edition = "2026" if "2026" in row["standard"] else "2012"
        period = period_of("2026-07" if edition == "2026" else "2019-07")
        days = {period.first + timedelta(days=number): values for number in range(31)}
        expected = parts(row["expected_value"])
        found = evaluate_days("x", days, period, scheme_for(period))
        assert Decimal(expected["sum_of_singles_rounded_to_2"]) == found.composite_index, row["id"]
        limits = dict(
            zip(
                ("SO2", "NO2", "CO", "O3", "PM10", "PM2.5"),
                parts(row["extra"])["limits"].split("|"),
                strict=True,
            )
        )
        assert {name: Decimal(limit) for name, limit in limits.items()} == {
            name: one.limit for name, one in found.statistics.items()
        }
        exact = evaluation_library().overridden(
            {"book": found.book, "entry": entry, "value": value, "grounds": "unrounded"}
            for entry, value in (("index_digits", 6), ("composite_digits", 4))
        )
        unrounded = evaluate_days("x", days, period, scheme_for(period, books=exact))
        assert unrounded.composite_index is not None
        assert abs(Decimal(expected["sum_of_unrounded"]) - unrounded.composite_index) <= Decimal("0.0001")
        checked += 1
    assert 3 == checked


def test_changes_exceedances_and_ratios_are_reproduced(rows: dict[str, list[dict[str, str]]]) -> None:
    for row in rows["change_rate"]:
        given = parts(row["extra"])
        assert row["expected_value"] == f"{change_percent(Decimal(given['this']), Decimal(given['last']))}%"
    for row in rows["exceedance"]:
        found = exceedance_multiple(Decimal(row["pm25"]), Decimal(parts(row["extra"])["limit"]))
        assert row["expected_value"] == f"multiple={found}"
    for row in rows["attainment"]:
        given = parts(row["extra"])
        found = ratio_percent(int(given["good_days"]), int(given["valid_days"]))
        assert row["expected_value"] == f"{found}%"
    assert 3 == sum(len(rows[kind]) for kind in ("change_rate", "exceedance", "attainment"))


def test_every_case_of_validity_is_reproduced(rows: dict[str, list[dict[str, str]]]) -> None:
    book = evaluation_library().of_edition("2012")
    assert 5 == len(rows["validity"])
    for row in rows["validity"]:
        given = {name: int(value) for name, value in parts(row["extra"]).items()}
        if "daily_hours" in given:
            hours = given["daily_hours"]
            valid = daily_mean([1] * hours + [None] * (24 - hours), book) is not None
        elif "o3_window_hours" in given:
            # a single stretch of hours above the limit: valid exactly where a window is
            hours = given["o3_window_hours"]
            valid = daily_max_8h([None] * 16 + [170] * hours + [None] * (8 - hours), 160, book) is not None
        elif "valid_8h_windows" in given:
            missing = 24 - given["valid_8h_windows"] - 5
            value = int(row["o3"])
            valid = daily_max_8h([None] * missing + [value] * (24 - missing), 160, book) is not None
        else:
            first = date(2015, 1, 1)
            days = {
                first + timedelta(days=number): {"so2": 1_000}
                for number in range(365)
                if (first + timedelta(days=number)).month != 4
                or (first + timedelta(days=number)).day <= given["month_min_days"]
            }
            days = dict(
                sorted(days.items(), key=lambda pair: (pair[0].month != 4, pair[0]))[: given["year_days"]]
            )
            period = period_of("2015")
            found = evaluate_days("x", days, period, scheme_for(period)).statistics["SO2"]
            assert given["year_days"] == found.valid
            valid = found.sufficient
        assert row["expected_value"] == ("valid" if valid else "invalid"), row["id"]


def test_dustfall_is_reproduced(rows: dict[str, list[dict[str, str]]]) -> None:
    assert 1 == len(rows["dustfall"])
    for row in rows["dustfall"]:
        given = {name: Decimal(value) for name, value in parts(row["extra"]).items()}
        found = dustfall(given["net_mass_g"], [given["inner_diameter_cm"]], given["days"])
        assert row["expected_value"] == f"{rounded(found, dust_book().digits)} t/(km2*30d)", row["id"]


def test_every_kind_of_example_is_tested(shared_dir: Path) -> None:
    with (shared_dir / "reference" / "aqi-examples.csv").open(encoding="utf-8", newline="") as file:
        kinds = {row["kind"] for row in csv.DictReader(file)}
    assert kinds == KINDS | {"aqi", "iaqi"}
