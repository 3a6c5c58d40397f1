"""Means, marks of means, capture and transmission rates."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.validity import (
    Part,
    capture_rate,
    day_mean,
    hour_mean,
    minute_mean,
    month_mean,
    rate,
    transmission,
)


def parts(valid: int, invalid: int = 0, value: str = "30") -> list[Part]:
    return [Part(Decimal(value))] * valid + [Part(Decimal(9999), valid=False)] * invalid


@pytest.mark.parametrize("count, valid", [(12, True), (11, False)])
def test_a_minute_needs_twelve_readings(count, valid):
    found = minute_mean(parts(count))
    assert found.valid is valid and (found.value == 30) is valid


@pytest.mark.parametrize("interval, count, valid", [(1, 45, True), (1, 44, False), (5, 9, True), (5, 8, False),
                                                     (10, 5, True), (10, 4, False), (15, 3, True), (30, 1, False)])  # fmt: skip
def test_an_hour_needs_forty_five_valid_minutes_whatever_the_interval(interval, count, valid):
    found = hour_mean(parts(count), interval=interval)
    assert found.valid is valid
    assert found.mark == ("N" if valid else "D")


@pytest.mark.parametrize("hours, mark, valid", [(20, "N", True), (19, "N", False), (18, "N", False), (17, "D", False)])
def test_the_mark_of_a_day_and_its_validity_are_two_rules(hours, mark, valid):
    found = day_mean(parts(hours, 24 - hours))
    assert (found.mark, found.valid) == (mark, valid)
    assert (found.value is None) is not valid


def test_invalid_values_enter_no_mean_however_high_they_are():
    assert hour_mean(parts(45, 15)).value == 30


def test_a_value_that_is_missing_does_not_count_as_valid():
    assert not hour_mean([*parts(44), Part(None)]).valid


def test_a_stopped_day_says_its_stopped_hours():
    assert "6 h stopped" in str(day_mean(parts(18), stopped_hours=6).reason)


@pytest.mark.parametrize("month, days, valid", [(2, 23, True), (2, 22, False), (3, 25, True), (3, 24, False)])
def test_a_month_needs_twenty_five_days_and_february_twenty_three(month, days, valid):
    assert month_mean(parts(days), month=month, days=28 if month == 2 else 31).valid is valid


def test_more_values_than_a_period_has_room_for_are_refused_and_so_is_an_unknown_interval():
    with pytest.raises(InputError):
        hour_mean(parts(61))
    with pytest.raises(InputError, match="not known"):
        hour_mean(parts(1), interval=7)


@given(st.lists(st.tuples(st.decimals(0, 1000, places=2), st.booleans()), max_size=60))
def test_the_mean_of_an_hour_is_that_of_its_valid_minutes_or_nothing(rows):
    found = hour_mean([Part(value, valid) for value, valid in rows])
    counted = [Fraction(value) for value, valid in rows if valid]
    assert found.count == len(counted)
    if len(counted) >= 45:
        assert found.value == sum(counted) / len(counted)
    else:
        assert found.value is None


def test_the_capture_rates_of_the_worked_example():
    assert [capture_rate(2184, 184, bad).percent(1) for bad in (150, 300, 520)] == [
        Decimal("92.5"), Decimal("85.0"), Decimal("74.0")]  # fmt: skip
    assert capture_rate(2184, 184, 520).enough is False
    assert capture_rate(2000, 0, 500).enough is True and capture_rate(2000, 0, 501).enough is False


def test_a_quarter_that_was_stopped_throughout_has_no_rate():
    found = capture_rate(2184, 2184, 0)
    assert found.value is None and found.reasons[0].code == "stopped"


@pytest.mark.parametrize("hours, stopped, bad", [(10, 6, 5), (10, -1, 0), (10, 0, 11)])
def test_hours_that_do_not_fit_are_refused(hours, stopped, bad):
    with pytest.raises(InputError):
        capture_rate(hours, stopped, bad)


def test_the_effective_rate_is_transmission_times_validity_without_hours_stopped_in_time():
    found = transmission(720, 648, 583, stopped=72)
    assert found.transmission.value == 1
    assert found.effective == Fraction(583, 648)
    assert transmission(720, 0, 0).effective == 0
    assert transmission(72, 0, 0, stopped=72).effective is None


def test_more_cannot_come_than_is_due():
    with pytest.raises(InputError):
        rate(11, 10)
    with pytest.raises(InputError):
        transmission(10, 6, 6, stopped=5)
