"""Pairs of sources that may be one: found by key, name and place; never merged."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.sources.duplicates import Candidate, candidates_of, core_of, suspected

USCC = "91130200699229617X"
OTHER = "53640000MJX173680A"


def pair(left: dict[str, Any], right: dict[str, Any]) -> list[tuple[float, list[str]]]:
    first = {"names": ("晴川市宏达新型建材有限公司",), "region": "410108", **left}
    second = {"names": ("云山铝业有限公司",), "region": "410108", **right}
    found = suspected([Candidate("A", **first), Candidate("B", **second)])
    assert all(("A", "B") == (entry.left, entry.right) for entry in found)
    return [(entry.score, [reason.code for reason in entry.reasons]) for entry in found]


@pytest.mark.parametrize(
    ("left", "right", "codes"),
    [
        ({"uscc": USCC}, {"uscc": USCC.lower() + " "}, ["uscc"]),
        ({"permit": USCC + "001P"}, {"permit": USCC + "001Q"}, ["permit"]),
        ({"mn": ("010000A8900016F000169DC0",)}, {"mn": ("x", "010000a8900016f000169dc0")}, ["mn"]),
        ({}, {"names": ("宏达新型建材厂",)}, ["name"]),
        ({}, {"names": ("云山铝业", "晴川宏达新型建材有限公司")}, ["similar_name"]),
        ({}, {"names": ("宏达（新型）健材有限公司",)}, ["similar_name"]),
        (
            {"longitude": 113.6, "latitude": 34.8, "trade": "C3011"},
            {"longitude": 113.6012, "latitude": 34.8, "trade": "3011"},
            ["near"],
        ),
        (
            {"longitude": 113.6, "latitude": 34.8, "trade": "C3011", "address": "建设路12号"},
            {"longitude": 113.6, "latitude": 34.8, "trade": "C3099", "address": "建设路 12 号"},
            [],
        ),
    ],
)
def test_each_kind_of_evidence_is_found_alone(
    left: dict[str, Any], right: dict[str, Any], codes: list[str]
) -> None:
    assert ([codes] if codes else []) == [found for _score, found in pair(left, right)]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        # another site of the same unit
        ({"uscc": USCC, "permit": USCC + "001P"}, {"uscc": USCC, "permit": USCC + "002P"}),
        # one name in two cities
        ({}, {"names": ("宏达新型建材厂",), "region": "410781"}),
        # the numbers say that they are two
        (
            {"names": ("晴川市第三加油站有限公司",)},
            {"names": ("晴川市第五加油站有限公司",)},
        ),
        # 210 m
        (
            {"longitude": 113.6, "latitude": 34.8, "trade": "C3011"},
            {"longitude": 113.6, "latitude": 34.80189, "trade": "C3011"},
        ),
        # short names that differ in one sign
        ({"names": ("宏达水泥厂",)}, {"names": ("宏远水泥厂",)}),
    ],
)
def test_what_is_two_is_not_suspected(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert [] == pair(left, right)


def test_two_credit_codes_lower_the_score_and_are_said() -> None:
    place = {"longitude": 113.6, "latitude": 34.8, "trade": "C3011"}
    same = {**place, "names": ("宏达新型建材厂",)}
    [(sure, _codes)] = pair({**place, "uscc": USCC}, same)
    [(doubtful, codes)] = pair({**place, "uscc": USCC}, {**same, "uscc": OTHER})
    assert doubtful < sure
    assert ["name", "near", "other_uscc"] == codes


def test_several_reasons_are_surer_than_one_and_the_surest_pair_comes_first() -> None:
    found = suspected(
        [
            Candidate("A", ("宏达水泥厂",), region="410108"),
            Candidate("B", ("宏达水泥有限公司",), region="410108", uscc=USCC),
            Candidate("C", ("宏达水泥公司",), region="410108", uscc=USCC),
        ]
    )
    assert ("B", "C") == (found[0].left, found[0].right)
    assert [("A", "B"), ("A", "C"), ("B", "C")] == sorted((pair.left, pair.right) for pair in found)


def test_a_source_without_a_code_of_its_place_is_compared_with_all() -> None:
    found = suspected([Candidate("A", ("宏达水泥厂",)), Candidate("B", ("宏达水泥公司",), region="410108")])
    assert [0.75] == [pair.score for pair in found]


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("河南省晴川市云山区宏达新型建材有限责任公司", "宏达新型建材"),
        ("城市燃气集团有限公司", "城市燃气"),
        ("工业园区供热有限公司", "工业园区供热"),
        ("公司", "公司"),
        ("", ""),
    ],
)
def test_place_and_kind_of_firm_are_no_part_of_a_name(name: str, core: str) -> None:
    assert core == core_of(name)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_near_pairs_of_the_grid_are_those_of_comparing_all_with_all(seed: int) -> None:
    draw = random.Random(seed)
    latitude = draw.choice([0.0, 34.8, -34.8, 60.0])
    candidates = [
        Candidate(
            str(number), (f"{number}",), longitude=113.6 + draw.uniform(0, 0.012),
            latitude=latitude + draw.uniform(-0.006, 0.006), trade="C3011",
        )
        for number in range(25)
    ]  # fmt: skip
    from lantian.rules.sources.duplicates import NEAR_M, _Places

    places = _Places(candidates)
    wanted = {
        (str(a), str(b)) for a in range(25) for b in range(a + 1, 25) if (places.metres(a, b) or 0.0) < NEAR_M
    }
    assert wanted == {(pair.left, pair.right) for pair in suspected(candidates)}


def test_a_block_that_is_full_is_compared_with_its_first_member_only() -> None:
    found = suspected([Candidate(str(number), ("宏达水泥厂",), region="410108") for number in range(200)])
    assert 199 <= len(found) <= 2 * 199
    assert {str(number) for number in range(1, 200)} == {pair.right for pair in found}


def test_candidates_come_from_rows_of_text() -> None:
    rows = [
        {
            "source_id": "E1",
            "name": "甲",
            "old_names": "乙、丙",
            "longitude": "113.6",
            "latitude": "x",
            "mn": "1、2",
        }
    ]
    assert [Candidate("E1", ("甲", "乙", "丙"), mn=("1", "2"), longitude=113.6)] == candidates_of(rows)
