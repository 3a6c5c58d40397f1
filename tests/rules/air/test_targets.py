"""Targets of the air: texts, types, bounds strictly and as judged."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.statistics import rounded
from lantian.rules.air.targets import (
    JUDGED,
    STRICT,
    AirTarget,
    TargetUnreadable,
    bound,
    judged_reduction,
    read_target,
    typed,
)


@pytest.mark.parametrize(
    ("text", "measure", "pollutant", "percentile", "comparator", "value"),
    [
        ("PM2.5<=52", "mean", "PM2.5", 0, "<=", "52"),
        ("PM2.5 ≤ 52 µg/m³", "mean", "PM2.5", 0, "<=", "52"),
        ("PM2.5年均浓度不高于52微克/立方米", "mean", "PM2.5", 0, "<=", "52"),
        ("PM10年均浓度控制在95微克/立方米以下", "mean", "PM10", 0, "<=", "95"),
        ("可吸入颗粒物<=90", "mean", "PM10", 0, "<=", "90"),
        ("细颗粒物<50", "mean", "PM2.5", 0, "<", "50"),
        ("O3<=160", "percentile", "O3", 90, "<=", "160"),
        ("O3-90per<=160", "percentile", "O3", 90, "<=", "160"),
        ("PM2.5第95百分位数浓度<=75", "percentile", "PM2.5", 95, "<=", "75"),
        ("CO第95百分位数不超过2.0毫克/立方米", "percentile", "CO", 95, "<=", "2.0"),
        ("CO<=2000微克/立方米", "percentile", "CO", 95, "<=", "2"),
        ("优良天数>=200", "good_days", "", 0, ">=", "200"),
        ("good_days>=200", "good_days", "", 0, ">=", "200"),
        ("优良天数达到200天以上", "good_days", "", 0, ">=", "200"),
        ("优良天数比例达到65%以上", "good_ratio", "", 0, ">=", "65"),
        ("重污染天数<=15天", "heavy_days", "", 0, "<=", "15"),
        ("综合指数不高于4.5", "composite_index", "", 0, "<=", "4.5"),
        ("日用电量不高于30000千瓦时", "electricity", "", 0, "<=", "30000"),
        ("二氧化硫日排放量不超过3.5吨", "emission", "SO2", 0, "<=", "3.5"),
    ],
)
def test_a_text_gives_a_target_with_its_type(
    text: str, measure: str, pollutant: str, percentile: int, comparator: str, value: str
) -> None:
    found = read_target(text, 2026)
    assert (measure, pollutant, percentile, comparator, Decimal(value)) == (
        found.measure,
        found.pollutant,
        found.percentile,
        found.comparator,
        found.value,
    )


@pytest.mark.parametrize(
    ("text", "value", "base"),
    [
        ("PM2.5年均浓度较2015年下降15%", "15", "2015年"),
        ("PM2.5平均浓度同比下降5%", "5", "同比"),
        ("PM2.5-5%", "5", ""),
        ("PM2.5较2015年下降>=15%", "15", "2015年"),
    ],
)
def test_a_reduction_keeps_what_it_is_measured_against(text: str, value: str, base: str) -> None:
    found = read_target(text)
    assert (True, "mean", Decimal(value), base) == (
        found.reduction,
        found.measure,
        found.value,
        found.base,
    )


def test_a_rank_from_the_end_is_kept_as_one() -> None:
    found = read_target("空气质量综合指数全国排名退出后20位")
    assert ("rank", True, Decimal(20)) == (found.measure, found.from_end, found.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_target"),
        ("hello", "no_target"),
        ("PM2.5>=52", "direction"),
        ("优良天数<=200", "direction"),
        ("PM2.5下降<=5%", "direction"),
        ("PM2.5不高于52微克/立方米，PM10不高于90微克/立方米", "several"),
        ("PM2.5<=52吨标准煤", "unit"),
        ("PM2.5下降120%", "range"),
        ("优良天数比例>=120%", "range"),
        ("煤炭消费总量<=300万吨", "unknown"),
    ],
)
def test_what_is_no_target_of_the_air_says_why(text: str, code: str) -> None:
    with pytest.raises(TargetUnreadable) as caught:
        read_target(text)
    assert code == caught.value.code


def test_a_ledger_target_without_a_number_is_refused() -> None:
    with pytest.raises(TargetUnreadable) as caught:
        typed("PM2.5年均浓度", "<=", None, "微克/立方米", "reference")
    assert "no_value" == caught.value.code


@pytest.mark.parametrize(
    ("value", "mean", "holds"),
    [
        # half to even: 35.5 becomes 36, 52.5 becomes 52
        ("35", "35.499", True),
        ("35", "35.5", False),
        ("52", "52.5", True),
        ("52", "52.501", False),
    ],
)
def test_as_judged_a_mean_is_rounded_half_to_even(value: str, mean: str, holds: bool) -> None:
    target = AirTarget("mean", Decimal(value), "<=", "PM2.5")
    assert holds == bound(target, JUDGED, 0).holds(Fraction(mean))
    assert not bound(target, STRICT).holds(Fraction(mean))


tenths = st.decimals(min_value=0, max_value=500, places=1)
signs = st.sampled_from(["<=", "<", ">=", ">"])


@given(value=tenths, sign=signs, digits=st.integers(0, 2), x=st.fractions(0, 600, max_denominator=400))
def test_as_judged_is_the_rounded_value_held_against_the_target(
    value: Decimal, sign: str, digits: int, x: Fraction
) -> None:
    target = AirTarget("mean", value, sign, "PM2.5")
    places = max(digits, 0 if value == value.to_integral_value() else 1)
    printed = rounded(x, places)
    wanted = {"<=": printed <= value, "<": printed < value, ">=": printed >= value, ">": printed > value}[
        sign
    ]
    assert wanted == bound(target, JUDGED, digits).holds(x)


@given(
    cut=st.integers(0, 60),
    base=st.fractions(5, 200, max_denominator=90),
    x=st.fractions(0, 200, max_denominator=90),
)
def test_a_reduction_is_judged_by_rounded_means_and_a_change_of_one_decimal(
    cut: int, base: Fraction, x: Fraction
) -> None:
    target = AirTarget("mean", Decimal(cut), ">=", "PM2.5", reduction=True)
    before, after = rounded(base, 0), rounded(x, 0)
    wanted = -rounded((Fraction(after) - Fraction(before)) / Fraction(before) * 100, 1) >= cut
    limit = judged_reduction(target, base, 0)
    assert wanted == (limit is not None and limit.holds(x))


@given(cut=st.integers(0, 100), base=st.fractions(0, 300, max_denominator=365))
def test_a_reduction_never_promises_more_than_the_base_allows(cut: int, base: Fraction) -> None:
    found = AirTarget("mean", Decimal(cut), ">=", "PM2.5", reduction=True).absolute(base)
    exact = base * (100 - cut) / 100
    assert 0 <= exact - Fraction(found.value) < Fraction(1, 10**10)
    assert "<=" == found.comparator
