"""Shares done from amounts, and parts that make a whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.progress.amounts import Amount, Split, is_counted, percent_of, weighted

amounts = st.builds(
    Amount, st.decimals("0.001", 10**6, places=3), st.none() | st.decimals(0, 10**6, places=3)
)


def test_182_of_200_boilers_are_91_percent() -> None:
    assert Decimal("91.00") == percent_of([Amount(Decimal(200), Decimal(182))])


@pytest.mark.parametrize(
    ("done", "expected"), [(None, "0.00"), (0, "0.00"), (19999, "99.99"), (20000, "100"), (20001, "100")]
)
def test_only_the_whole_is_a_hundred(done: int | None, expected: str) -> None:
    given_done = None if done is None else Decimal(done)
    assert Decimal(expected) == percent_of([Amount(Decimal(20000), given_done)])


def test_a_last_one_of_a_hundred_thousand_keeps_the_share_below_a_hundred() -> None:
    assert Decimal("99.99") == percent_of([Amount(Decimal(100000), Decimal(99999))])


def test_too_much_of_one_makes_up_for_nothing_of_another() -> None:
    assert Decimal("50.00") == percent_of([Amount(Decimal(10), Decimal(30)), Amount(Decimal(10), Decimal(0))])


def test_nothing_counted_gives_no_share() -> None:
    assert None is percent_of([])
    assert None is percent_of([Amount(Decimal(0), Decimal(1))])


@given(st.lists(amounts, min_size=1, max_size=6))
def test_a_share_lies_between_nothing_and_all_and_is_all_only_when_all_is_done(listed: list[Amount]) -> None:
    share = percent_of(listed)
    assert share is not None
    assert 0 <= share <= 100
    assert (share == 100) == all(amount.done is not None and amount.done >= amount.value for amount in listed)


@given(st.lists(st.tuples(st.decimals("0.1", 1000, places=1), st.decimals(0, 100, places=2)), min_size=1))
def test_a_whole_lies_between_its_worst_and_its_best_part(parts: list[tuple[Decimal, Decimal]]) -> None:
    share = weighted(parts)
    assert share is not None
    assert min(part[1] for part in parts) - Decimal("0.01") <= share <= max(part[1] for part in parts)


@pytest.mark.parametrize(
    ("parts", "kept", "left"), [((60, 40), 0, 0), ((60, 30), 0, 10), ((60, 30), 10, 0), ((60, 50), 0, -10)]
)
def test_parts_make_the_whole_or_say_what_is_left(parts: tuple[int, ...], kept: int, left: int) -> None:
    split = Split(Decimal(100), tuple(map(Decimal, parts)), Decimal(kept))
    assert Decimal(left) == split.left
    assert (left == 0) == split.adds_up


@pytest.mark.parametrize(
    ("unit", "comparator", "expected"),
    [("台", "=", True), ("户", ">=", True), ("台", "<=", False), ("%", ">=", False), ("mg/m³", "<=", False)],
)
def test_things_are_counted_and_qualities_are_not(unit: str, comparator: str, expected: bool) -> None:
    assert expected == is_counted(unit, comparator)


@pytest.mark.parametrize(
    ("unit", "comparator", "what", "text", "counted"),
    [
        ("台", "=", "燃煤锅炉", "46台", True),
        ("辆", ">=", "新购置公交车", "650辆以上", True),
        ("公里", ">", "总长度", "大于10公里", True),
        ("蒸吨", ">=", "", "65蒸吨（含）以上", False),
        ("平方米", ">=", "建筑面积", "5000平方米及以上", False),
        ("平方米", ">", "单体建筑面积", "超过2万平方米", False),
        ("吨", ">=", "水泥使用量", "500吨以上", False),
        ("米", ">=", "围挡高度", "不得低于1.8米", False),
        ("平方米", "=", "新增绿色建筑面积", "15万平方米", True),
        ("吨", "=", "日产", "2000吨", False),
        ("条", "=", "日产2000吨水泥熟料线", "2条", True),
        ("次", "=", "每周通报", "1次", False),
        ("次", "=", "联合检查", "12次", True),
        ("个", "=", "每发现火点扣缴资金", "1个", False),
    ],
)
def test_what_is_to_be_done_is_counted_and_what_says_which_or_how_often_is_not(
    unit: str, comparator: str, what: str, text: str, counted: bool
) -> None:
    assert counted == is_counted(unit, comparator, what, text)
