"""Tables of an outlook: months with what they came to, the course of the allowance; periods as plans have them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest

from lantian.rules.air.evaluation import scheme_for
from lantian.rules.air.outlook import Material, outlook
from lantian.rules.air.periods import PeriodUnreadable, period_of
from lantian.rules.air.target_periods import period_of_target
from lantian.rules.air.target_tables import as_record, course, month_rows
from lantian.rules.air.targets import read_target

YEAR = period_of("2015")
CLEAN = {"so2": 9_000, "no2": 14_000, "pm10": 60_000, "co": 1_100, "o3": 90_000, "pm25": 40_000}
UNTIL = date(2015, 9, 30)


def material() -> Material:
    """40 µg/m³ on all days but three of March; ten bad days in January of either year."""
    days = {}
    for number in range(638):
        day = date(2014, 1, 1) + timedelta(days=number)
        days[day] = {**CLEAN, "pm25": 100_000} if day.month == 1 and day.day <= 10 else CLEAN
    for number in range(3):
        del days[date(2015, 3, 1) + timedelta(days=number)]
    return Material("x", days, [2014], scheme_for(YEAR))


def test_months_show_what_they_came_to_over_the_days_with_a_value() -> None:
    rows = month_rows(outlook(material(), read_target("PM2.5<=43"), YEAR, UNTIL, draws=10))
    assert Fraction(10 * 100 + 21 * 40, 31) == rows[0].actual
    assert (Fraction(40), 28) == (rows[2].actual, rows[2].known)
    assert (None, 0, None) == (rows[11].actual, rows[11].known, rows[11].over)
    assert 43 * 365 == sum(row.total for row in rows)


def test_the_course_of_a_mean_ends_at_nothing_and_missing_days_change_nothing() -> None:
    found = course(outlook(material(), read_target("PM2.5<=43"), YEAR, UNTIL, draws=10))
    assert found is not None
    assert (365, 273, 0) == (len(found.planned), len(found.actual), found.planned[-1])
    spent = 10 * 100 + 260 * 40
    assert 43 * 365 - spent - 3 * 43 == found.actual[-1]


def test_the_course_of_good_days_counts_bad_ones() -> None:
    found = course(outlook(material(), read_target("优良天数>=350"), YEAR, UNTIL, draws=10))
    assert found is not None
    assert (15, 5, 0) == (found.whole, found.actual[-1], found.planned[-1])


def test_a_record_of_a_target_without_a_base_is_whole() -> None:
    found = outlook(material(), read_target("PM2.5较2010年下降5%"), YEAR, UNTIL, draws=10)
    record = as_record(found)
    assert (None, None, "grey") == (record["strict"], record["decomposition"], record["light"])
    assert record["reasons"]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026年", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-10/2027-03", date(2026, 10, 1), date(2027, 3, 31)),
        ("2026-10-15/2027-02-10", date(2026, 10, 15), date(2027, 2, 10)),
        ("2026年秋冬季", date(2026, 10, 1), date(2027, 3, 31)),
        ("2026-2027年秋冬季", date(2026, 10, 1), date(2027, 3, 31)),
        ("2026年采暖季", date(2026, 11, 15), date(2027, 3, 15)),
        ("2026Q3", date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_the_period_of_a_target_as_plans_write_it(text: str, first: date, last: date) -> None:
    found = period_of_target(text)
    assert (first, last) == (found.first, found.last)


@pytest.mark.parametrize("text", ["", "近期", "秋冬季", "2026-2028年秋冬季", "2027-03/2026-10"])
def test_a_period_that_cannot_be_told_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnreadable):
        period_of_target(text)
