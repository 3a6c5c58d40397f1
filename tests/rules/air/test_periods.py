"""Periods beside months and years: ten days, the year to a day, and the same period of another year."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.evaluation_books import evaluation_library
from lantian.rules.air.periods import TEN_DAYS, TO_DATE, YEAR, PeriodUnreadable, period_of, same_period
from lantian.rules.air.validity import total_needed

BOOK = evaluation_library().of_edition("2012")


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("2026-11-上旬", "2026-11-01", "2026-11-10", TEN_DAYS),
        ("2026-11-T2", "2026-11-11", "2026-11-20", TEN_DAYS),
        ("2026-11下旬", "2026-11-21", "2026-11-30", TEN_DAYS),
        ("2026-12-下旬", "2026-12-21", "2026-12-31", TEN_DAYS),
        ("2025-02-T3", "2025-02-21", "2025-02-28", TEN_DAYS),
        ("2024-02-T3", "2024-02-21", "2024-02-29", TEN_DAYS),
        ("2026YTD-11-25", "2026-01-01", "2026-11-25", TO_DATE),
        ("2026YTD-01-01", "2026-01-01", "2026-01-01", TO_DATE),
        ("2026YTD-12-31", "2026-01-01", "2026-12-31", YEAR),
    ],
)
def test_a_text_names_its_days(text: str, first: str, last: str, kind: str) -> None:
    found = period_of(text)
    assert (date.fromisoformat(first), date.fromisoformat(last), kind, text) == (
        found.first,
        found.last,
        found.kind,
        found.text,
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-T4",
        "2026-11-T",
        "2026-13-T1",
        "2026-11-中",
        "2025YTD-02-29",
        "2025YTD",
        "2025YTD-13-01",
        "T1",
    ],
)
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnreadable):
        period_of(text)


@given(st.integers(1990, 2100), st.integers(1, 12))
def test_the_thirds_of_a_month_are_the_month(year: int, month: int) -> None:
    whole = period_of(f"{year}-{month:02}")
    thirds = [period_of(f"{year}-{month:02}-T{third}") for third in (1, 2, 3)]
    assert (whole.first, whole.last, whole.days) == (
        thirds[0].first,
        thirds[2].last,
        sum(third.days for third in thirds),
    )
    assert all(one.last + timedelta(days=1) == other.first for one, other in pairwise(thirds))


@pytest.mark.parametrize(
    ("text", "days"), [("2026-11-T1", 9), ("2025-02-T3", 7), ("2026YTD-03-31", 79), ("2026YTD-03-30", 79)]
)
def test_ten_days_need_nine_and_a_year_to_date_what_its_months_need(text: str, days: int) -> None:
    assert days == total_needed(period_of(text), BOOK)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("2026-07", "2025-07"),
        ("2026-11-上旬", "2025-11-上旬"),
        ("2026Q1", "2025Q1"),
        ("2026", "2025"),
        ("2026-winter", "2025-winter"),
        ("2026YTD-11-25", "2025YTD-11-25"),
        ("2024YTD-02-29", "2023YTD-02-28"),
        ("2025YTD-02-28", "2024YTD-02-29"),
        ("2025-01-01:2025-02-28", "2024-01-01:2024-02-29"),
        ("2024-02-20:2024-02-29", "2023-02-20:2023-02-28"),
        ("2025-02-20:2025-02-28", "2024-02-20:2024-02-28"),
        ("2025-11-15:2026-03-15", "2024-11-15:2025-03-15"),
        ("2025-01-01:2025-12-31", "2024-01-01:2024-12-31"),
    ],
)
def test_the_same_period_of_last_year(text: str, other: str) -> None:
    assert other == same_period(period_of(text)).text


def test_before_the_first_year_there_is_no_period() -> None:
    for text in ("0001-01", "0001-01-01:0001-01-05"):
        with pytest.raises(PeriodUnreadable):
            same_period(period_of(text))
