"""The probability of attaining, and the outlook of a target in one piece."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.attaining import Chance, chance, wilson
from lantian.rules.air.evaluation import scheme_for
from lantian.rules.air.outlook import Material, assume_cut, assume_value, outlook
from lantian.rules.air.periods import period_of
from lantian.rules.air.remaining import what_if
from lantian.rules.air.seasonal import NoReference
from lantian.rules.air.target_words import REASONS, reason_in_words
from lantian.rules.air.targets import AirTarget, bound, read_target

YEAR = period_of("2015")
MEAN = AirTarget("mean", Decimal(60), "<=", "PM2.5")
CLEAN = {"so2": 9_000, "no2": 14_000, "pm10": 60_000, "co": 1_100, "o3": 90_000, "pm25": 30_000}


def year_of(year: int, level: int, swing: int = 0) -> dict[date, int | Fraction]:
    first = date(year, 1, 1)
    return {first + timedelta(days=n): level + (n * 7919) % (swing + 1) for n in range(365)}


def drawn(**given_values: object) -> Chance:
    reference = year_of(2013, 55_000, 20_000) | year_of(2014, 50_000, 20_000)
    values = year_of(2015, 60_000)
    found = chance(
        MEAN,
        bound(MEAN),
        values,
        YEAR,
        date(2015, 6, 30),
        reference,
        [2013, 2014],
        draws=300,
        **given_values,  # type: ignore[arg-type]
    )
    assert found is not None
    return found


def test_the_same_seed_gives_the_same_draws_and_another_one_others() -> None:
    assert drawn(seed=1) == drawn(seed=1)
    assert drawn(seed=1).results != drawn(seed=2).results


def test_the_draws_lie_about_what_the_reference_years_would_give() -> None:
    found = drawn()
    low, high = (replay.result for replay in sorted(found.replays, key=lambda one: one.result or 0))
    assert low is not None and high is not None
    assert low - 1 < found.results[1] < high + 1
    assert found.low <= found.probability <= found.high
    assert [2013, 2014] == [replay.year for replay in found.replays]


@pytest.mark.parametrize(("level", "wanted"), [(30_000, 1), (90_000, 0)])
def test_years_that_always_or_never_attain_give_certainty(level: int, wanted: int) -> None:
    found = chance(
        MEAN,
        bound(MEAN),
        year_of(2015, 60_000),
        YEAR,
        date(2015, 6, 30),
        year_of(2014, level),
        [2014],
        draws=100,
    )
    assert found is not None
    assert Decimal(wanted) == found.probability
    assert ["few_years"] == [reason.code for reason in found.reasons]


def test_a_replay_is_the_rest_of_that_year_day_by_day() -> None:
    reference = year_of(2014, 40_000, 50_000)
    values = year_of(2015, 60_000)
    found = chance(MEAN, bound(MEAN), values, YEAR, date(2015, 10, 31), reference, [2014], draws=10)
    rest = [value for day, value in reference.items() if day > date(2014, 10, 31)]
    mean_of_rest = Fraction(sum(rest), len(rest)) / 1000
    assert found is not None
    assert what_if(MEAN, values, YEAR, date(2015, 10, 31), mean_of_rest) == found.replays[0].result


def test_a_block_keeps_to_days_that_the_year_has() -> None:
    # the reference year ends with December; blocks near its end move back and are not half empty
    target = AirTarget("heavy_days", Decimal(40), "<=")
    reference = dict.fromkeys(year_of(2014, 0), 1)
    found = chance(target, bound(target), {}, YEAR, date(2015, 11, 30), reference, [2014], draws=50)
    assert found is not None
    assert (Fraction(31),) * 3 == found.results


def test_percentiles_of_draws_count_the_days_so_far() -> None:
    target = AirTarget("percentile", Decimal(100), "<=", "O3", 90)
    values = {day: value for day, value in year_of(2015, 80_000).items() if day <= date(2015, 6, 30)}
    found = chance(
        target, bound(target), values, YEAR, date(2015, 6, 30), year_of(2014, 95_000), [2014], draws=20
    )
    assert found is not None
    assert (Fraction(95),) * 3 == found.results


def test_without_a_usable_year_there_is_no_probability() -> None:
    with pytest.raises(NoReference):
        chance(MEAN, bound(MEAN), {}, YEAR, date(2015, 6, 30), {date(2014, 12, 1): 5}, [2014])


def test_a_winter_draws_from_the_winters_of_the_reference_years() -> None:
    winter = period_of("2014-11-15:2015-03-15")
    reference = year_of(2013, 40_000) | year_of(2014, 45_000)
    found = chance(MEAN, bound(MEAN), {}, winter, date(2014, 12, 31), reference, [2013], draws=9, shift=0)
    assert found is not None
    assert (Fraction(45),) * 3 == found.results
    assert (2013,) == found.years


@given(draws=st.integers(1, 5000), data=st.data())
def test_the_interval_holds_the_share_and_lies_between_0_and_1(draws: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, draws))
    low, high = wilson(hits, draws)
    assert 0 <= low <= Decimal(hits) / draws + Decimal("0.0001")
    assert Decimal(hits) / draws - Decimal("0.0001") <= high <= 1


# --- in one piece ---


def material(
    pm25_before: int = 50_000, pm25_now: int = 40_000, through: date = date(2015, 9, 30)
) -> Material:
    days = {}
    for n in range(730):
        day = date(2014, 1, 1) + timedelta(days=n)
        if day <= through:
            days[day] = {**CLEAN, "pm25": pm25_before if day.year == 2014 else pm25_now}
    return Material("x", days, [2014], scheme_for(YEAR))


def test_an_outlook_holds_together() -> None:
    found = outlook(material(), read_target("PM2.5<=43"), YEAR, date(2015, 9, 30), draws=50)
    assert found.strict is not None and found.judged is not None
    # (43 × 365 − 40 × 273) / 92, and up to 43.5 as judged, which is itself rounded to 44
    assert Fraction(43 * 365 - 40 * 273, 92) == found.strict.allowance
    assert Fraction(87 * 365 - 80 * 273, 184) == found.judged.allowance
    assert found.judged.excluded
    assert found.decomposition is not None and found.decomposition.recombines
    assert found.control is not None and found.chance is not None
    assert Fraction(50) == found.usual
    # the rest at 50 as in 2014, and at 40 as this year so far
    assert found.chance.replays[0].result == (40 * 273 + 50 * 92) / Fraction(365)
    assert found.chance_level is not None
    assert Fraction(40) == found.chance_level.replays[0].result
    assert ("green", "few_years") == (found.light, found.reasons[0].code)


def test_a_target_that_the_reference_years_miss_is_red() -> None:
    found = outlook(material(), read_target("PM2.5<=42"), YEAR, date(2015, 9, 30), draws=50)
    assert found.chance is not None
    assert ("red", 0) == (found.light, found.chance.hits)


def test_a_reduction_is_measured_against_the_same_period_of_last_year() -> None:
    found = outlook(material(), read_target("PM2.5下降10%"), YEAR, date(2015, 9, 30), draws=50)
    assert found.base is not None and found.strict is not None
    assert ("2014", Fraction(50)) == (found.base.period.text, found.base.value)
    assert Fraction(45 * 365 - 40 * 273, 92) == found.strict.allowance


def test_a_reduction_without_a_base_says_so() -> None:
    found = outlook(material(), read_target("PM2.5较2012年下降10%"), YEAR, date(2015, 9, 30))
    assert (None, "grey", "no_base") == (found.strict, found.light, found.reasons[0].code)


def test_good_days_are_a_budget_of_bad_ones() -> None:
    days = dict(material().days)
    for n in range(20):
        days[date(2014, 12, 1) + timedelta(days=n)] = {**CLEAN, "pm25": 90_000}
    found = outlook(
        replace(material(), days=days), read_target("优良天数>=350"), YEAR, date(2015, 9, 30), draws=50
    )
    assert found.strict is not None and found.decomposition is not None
    assert (273, 15, 77) == (found.strict.to_date, found.strict.days_left, found.strict.days_needed)
    assert [0] * 11 + [15] == [month.units for month in found.decomposition.months]


def test_an_index_is_not_shared_out_and_it_is_said() -> None:
    found = outlook(material(), read_target("综合指数<=4"), YEAR, date(2015, 9, 30))
    assert (None, "grey") == (found.decomposition, found.light)
    assert "no_rest_of_composite_index" in [reason.code for reason in found.reasons]


def test_a_value_assumed_for_the_rest_gives_the_result() -> None:
    given_material = material()
    found = outlook(given_material, read_target("PM2.5<=43"), YEAR, date(2015, 9, 30), draws=50)
    assumed = assume_value(given_material, found, Decimal(52))
    assert (40 * 273 + 52 * 92) / Fraction(365) == assumed.result
    assert (False, True) == (assumed.strict, assumed.judged)


def test_a_cut_lowers_the_rest_of_the_reference_years() -> None:
    given_material = material()
    found = outlook(given_material, read_target("PM2.5<=42"), YEAR, date(2015, 9, 30), draws=50)
    assumed = assume_cut(given_material, found, Decimal(10), draws=50)
    assert (40 * 273 + 45 * 92) / Fraction(365) == assumed.result
    assert assumed.strict and assumed.chance is not None
    assert Decimal(1) == assumed.chance.probability


def test_every_reason_has_its_words() -> None:
    short = material(through=date(2015, 9, 1))
    days = {day: values for day, values in short.days.items() if day.month != 3}
    found = outlook(replace(short, days=days), read_target("PM2.5<=43"), YEAR, date(2015, 10, 31), draws=20)
    assert found.reasons
    for reason in found.reasons:
        assert reason.code in REASONS
        assert "%(" not in reason_in_words(reason)
