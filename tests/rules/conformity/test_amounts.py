"""Amounts, shares and rhythms of a duty and of what carries it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lantian.rules.conformity.clauses import facts_of
from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import (
    Amount,
    DeadlineChange,
    Item,
    QuantityChange,
    Side,
    Status,
)
from lantian.rules.conformity.places import owners_of
from tests.rules.conformity.simple import city, district, item, one, target


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        ("道路机械化清扫率达到95%以上", "道路机械化清扫率达到90%以上", "looser"),
        ("道路机械化清扫率达到95%以上", "道路机械化清扫率达到98%以上", "stricter"),
        ("燃气锅炉氮氧化物排放浓度不高于30毫克/立方米", "燃气锅炉氮氧化物排放浓度不高于50mg/m³", "looser"),
        ("平均降尘量不超过9吨/月·平方公里", "平均降尘量不超过7吨/月·平方公里", "stricter"),
        (
            "建筑面积5000平方米以上的施工工地安装视频监控",
            "建筑面积1万平方米以上的施工工地安装视频监控",
            "looser",
        ),
        ("35蒸吨及以下的燃煤锅炉全部拆除", "10蒸吨及以下的燃煤锅炉全部拆除", "looser"),
        ("每周开展一次城市清洁行动", "每月开展一次城市清洁行动", "looser"),
        ("每月开展一次城市清洁行动", "每月开展两次城市清洁行动", "stricter"),
        ("每季度开展一次城市清洁行动", "每季度组织一次城市清洁行动", "same"),
        ("全市淘汰老旧车2600辆", "淘汰老旧车180辆", "none"),
        ("云山区淘汰老旧车200辆", "淘汰老旧车180辆", "looser"),
        ("每个县（市、区）建成2座空气监测站", "建成3座空气监测站", "stricter"),
        ("云山区清洁取暖率达到80%，其他县区达到60%", "清洁取暖率达到70%", "looser"),
        ("道路积尘不超过10克/平方米", "道路机械化清扫率达到90%以上", "none"),
    ],
)
def test_amounts_of_one_thing_are_compared_in_the_direction_of_their_kind(
    upper: str, lower: str, expected: str
) -> None:
    finding = one(f"一项任务。{upper}。", f"一项任务。{lower}。")

    assert expected == finding.quantity, finding.reasons


@pytest.mark.parametrize(
    ("words", "owners"),
    [
        ("完成电代煤、气代煤", []),
        ("其中临川县1.4万户、泽阳县", ["泽阳"]),
        ("其中临川县", ["临川"]),
        ("云山区完成气代煤、电代煤", ["云山"]),
        ("云山区、临川县各", ["临川", "云山"]),
        ("云山区、临川县等地完成", []),
        ("通道3个城市及云山区、临川县2个县区每个", []),
        ("城市建成区、工业园区、各县区完成", []),
    ],
)
def test_a_share_is_that_of_the_nearest_place_before_it(words: str, owners: list[str]) -> None:
    assert owners == sorted(owners_of(words, ("云山",)))


SHARES = "10月底前完成电代煤、气代煤3.2万户，其中临川县1.4万户、泽阳县1.1万户；替代完成的村庄划为禁煤区。"


@pytest.mark.parametrize(
    ("place", "below", "quantity", "told"),
    [
        ("云山区", "完成电代煤、气代煤0.6万户", "none", []),
        ("临川县", "完成电代煤、气代煤1.2万户", "looser", ["1.4万户"]),
        ("临川县", "完成电代煤、气代煤14000户", "same", []),
        ("泽阳县", "完成电代煤、气代煤1.2万户", "stricter", ["1.1万户"]),
    ],
)
@pytest.mark.parametrize("start", ["实施散煤替代。", ""], ids=["heading", "text"])
def test_the_share_of_a_place_is_its_measure_and_that_of_others_is_not(
    place: str, below: str, quantity: str, told: list[str], start: str
) -> None:
    upper = city(start + SHARES)
    lower = Side(
        "县方案", "county", (place, "晴川市"), date(2023, 2, 1), (item(f"散煤替代。10月底前{below}。"),)
    )

    (finding,) = compare(upper, lower)

    assert (Status.CARRIED, DeadlineChange.SAME) == (finding.status, finding.deadline)
    assert quantity == finding.quantity
    amounts = [reason.params["upper"] for reason in finding.reasons if reason.code == f"quantity_{quantity}"]
    assert all(any(amount in words for words in amounts) for amount in told) and len(told) <= len(amounts)


def test_a_duty_with_shares_of_other_places_applies_but_one_of_other_places_alone_does_not() -> None:
    others = (target("PM2.5", "40", "临川县"), target("PM2.5", "40", "泽阳县"))
    shares = "全部完成电代煤、气代煤3.2万户，其中临川县1.4万户、泽阳县1.1万户。"
    alone = "临川县、泽阳县完成电代煤、气代煤2.5万户。"

    findings = compare(city(shares, alone, targets=others), district())

    assert [Status.MISSING, Status.NOT_APPLICABLE] == [one.status for one in findings if not one.is_target]


def test_one_looser_amount_makes_the_finding_looser_and_the_others_are_told_too() -> None:
    upper = "道路清扫。主干道机械化清扫率达到90%以上，主干道积尘负荷不高于2克/平方米。"
    lower = "道路清扫。主干道机械化清扫率达到95%以上，主干道积尘负荷不高于3克/平方米。"

    finding = one(upper, lower)

    assert finding.quantity == QuantityChange.LOOSER
    assert ["quantity_looser", "quantity_stricter"] == [reason.code for reason in finding.reasons[1:]]


def test_limits_of_different_pollutants_are_not_compared() -> None:
    upper = "整治燃煤锅炉。燃煤锅炉颗粒物、二氧化硫、氮氧化物排放浓度分别不高于10、35、50毫克/立方米。"
    lower = "整治燃煤锅炉。燃煤锅炉颗粒物排放浓度不高于10毫克/立方米。"

    finding = one(upper, lower)

    assert finding.quantity == QuantityChange.SAME
    assert ["quantity_same"] == [reason.code for reason in finding.reasons[1:]]


def test_reports_and_rates_are_no_rhythm_of_a_duty() -> None:
    text = "调度。每月25日前将调度情况报送市攻坚办。每周调度一次。治理每年产生量在200吨以上的企业。"
    facts = facts_of(item(text), 2023, frozenset())

    assert [Decimal(7)] == [rhythm.days for rhythm in facts.rhythms]


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        ("8月底前完成散乱污企业整治，每季度复查1次", "looser"),
        ("8月底前完成散乱污企业整治，每半月复查1次", "stricter"),
        ("8月底前完成散乱污企业整治，每季度通报1次", "none"),
    ],
)
def test_a_rhythm_whose_clause_names_nothing_is_known_by_its_verb(lower: str, expected: str) -> None:
    upper = "整治散乱污企业。8月底前完成散乱污企业整治，此后每月至少复查1次，严防反弹。"

    finding = one(upper, f"整治散乱污企业。{lower}。")

    assert expected == finding.quantity, finding.reasons


def test_an_amount_without_a_text_is_compared_by_its_name() -> None:
    sides = [
        Side(
            s.title,
            s.level,
            s.regions,
            s.issued_on,
            (Item("0", "1", "", "道路清扫", "", quantities=(amount,)),),
        )
        for s, amount in (
            (city(), Amount(Decimal(95), "%", "机械化清扫率", ">=")),
            (district(), Amount(Decimal(90), "%", "机械化清扫率", ">=")),
        )
    ]

    assert compare(*sides)[0].quantity == QuantityChange.LOOSER
