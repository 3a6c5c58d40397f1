"""Targets: what they are measured as, and both sides of each value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.progress.targets import judge, measure_of


@pytest.mark.parametrize(
    ("indicator", "unit", "kind", "expected"),
    [
        ("PM2.5年均浓度", "微克/立方米", "level", "concentration"),
        ("CO第95百分位", "毫克/立方米", "level", "concentration"),
        ("优良天数", "天", "level", "days"),
        ("优良天数比例", "%", "level", "ratio"),
        ("空气质量排名", "名", "rank", "rank"),
        ("PM10排名提高", "位", "rank_gain", "rank"),
        ("PM10年均浓度下降", "%", "reduction", "reduction"),
        ("电代煤", "万户", "level", "quantity"),
        ("月用电量", "万千瓦时", "level", "electricity"),
        ("二氧化硫排放量", "吨", "level", "emission"),
        ("环境空气质量", "", "reference", "other"),
    ],
)
def test_a_target_is_measured_as_its_unit_and_its_words_say(
    indicator: str, unit: str, kind: str, expected: str
) -> None:
    assert expected == measure_of(indicator, unit, kind)


@pytest.mark.parametrize(
    ("value", "target", "words", "met", "gap"),
    [
        ("52", "52", {"indicator": "PM2.5年均浓度"}, True, "0"),
        ("52.1", "52", {"indicator": "PM2.5年均浓度"}, False, "0.1"),
        ("52", "52", {"indicator": "PM2.5", "comparator": "<"}, False, "0"),
        ("200", "200", {"indicator": "优良天数"}, True, "0"),
        ("199", "200", {"indicator": "优良天数"}, False, "1"),
        ("6", "6", {"indicator": "重污染天数", "comparator": "<="}, True, "0"),
        ("7", "6", {"indicator": "重污染天数"}, False, "1"),
        ("15.5", "15.6", {"indicator": "PM10下降", "kind": "reduction"}, False, "0.1"),
        ("20", "20", {"indicator": "排名", "kind": "rank"}, True, "0"),
        ("19", "20", {"indicator": "排名", "kind": "rank", "from_end": True}, False, "1"),
    ],
)
def test_a_value_meets_its_target_up_to_the_value_itself(
    value: str, target: str, words: dict[str, Any], met: bool, gap: str
) -> None:
    verdict = judge(Decimal(value), Decimal(target), **words)
    assert (met, Decimal(gap)) == (verdict.met, verdict.gap)


@given(st.decimals(0, 500, places=1), st.decimals(0, 500, places=1), st.sampled_from(["<=", ">=", "="]))
def test_a_gap_is_there_exactly_when_the_target_is_missed(
    value: Decimal, target: Decimal, comparator: str
) -> None:
    verdict = judge(value, target, indicator="PM10", comparator=comparator)
    assert verdict.met == (verdict.gap == 0)
