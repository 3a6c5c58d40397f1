"""Deadlines of a duty and of what carries it."""

from __future__ import annotations

from datetime import date

import pytest

from lantian.rules.conformity.clauses import facts_of
from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import (
    DeadlineChange,
    Side,
)
from lantian.rules.conformity.profile import profile_of
from lantian.rules.conformity.reasons import say_all
from lantian.rules.conformity.sides import years_of
from tests.rules.conformity.simple import city, dates_told, district, item, one


@pytest.mark.parametrize(
    ("upper", "lower", "expected"),
    [
        (
            "取缔散乱污企业。6月底前取缔散乱污企业。",
            "取缔散乱污企业。2023年6月30日前取缔散乱污企业。",
            "same",
        ),
        ("取缔散乱污企业。6月底前取缔散乱污企业。", "取缔散乱污企业。8月底前取缔散乱污企业。", "later"),
        ("取缔散乱污企业。6月底前取缔散乱污企业。", "取缔散乱污企业。5月中旬前取缔散乱污企业。", "earlier"),
        ("取缔散乱污企业。6月底前取缔散乱污企业。", "取缔散乱污企业。取缔一家销号一家。", "none"),
        ("取缔散乱污企业。取缔一家销号一家。", "取缔散乱污企业。8月底前取缔散乱污企业。", "none"),
    ],
)
def test_deadlines_are_compared_to_the_day(upper: str, lower: str, expected: str) -> None:
    assert expected == one(upper, lower).deadline


def test_each_step_of_a_task_has_its_own_date() -> None:
    upper = "整治散乱污企业。2月底前完成排查，建立台账；6月底前完成散乱污企业取缔。"
    lower = "整治散乱污企业。3月底前完成散乱污企业排查，建立台账；5月底前完成散乱污企业取缔。"

    finding = one(upper, lower)

    assert finding.deadline == DeadlineChange.LATER
    assert [
        ("deadline_later", "2023-02-28", "2023-03-31"),
        ("deadline_earlier", "2023-06-30", "2023-05-31"),
    ] == dates_told(finding)


def test_of_several_measures_the_one_that_is_taken_up_below_is_compared_by_its_date() -> None:
    upper = "化解过剩产能。5月底前关停2家砖瓦窑的隧道窑，9月底前拆除1条日产1000吨玻璃生产线，全年压减过剩产能20万吨以上。"
    lower = "拆除玻璃生产线。9月底前拆除1条日产1000吨玻璃生产线，设备就地解体。"

    finding = one(upper, lower)

    assert finding.deadline == DeadlineChange.SAME
    assert [
        ("deadline_same", "2023-09-30", "2023-09-30"),
        ("deadline_not_named", "2023-05-31", ""),
    ] == dates_told(finding)
    assert "“拆除1条日产1000吨玻璃生产线”: both by 2023-09-30." in say_all(finding.reasons)


def test_one_later_date_makes_the_finding_later_whatever_comes_earlier() -> None:
    upper = "整治散乱污企业。建立台账，5月底前完成拉网式排查，7月底前完成分类整治，此后每月复查。"
    lower = "整治散乱污企业。5月10日前完成全区拉网式排查，11月底前完成分类整治，防止死灰复燃。"

    finding = one(upper, lower)

    assert finding.deadline == DeadlineChange.LATER
    assert [
        ("deadline_later", "2023-07-31", "2023-11-30"),
        ("deadline_earlier", "2023-05-31", "2023-05-10"),
    ] == dates_told(finding)


def test_a_date_below_for_two_steps_together_is_compared_with_both() -> None:
    upper = "整治散乱污企业。5月底前完成企业排查，7月底前完成企业整治。"
    lower = "整治散乱污企业。8月底前完成企业排查和企业整治。"

    assert ["2023-05-31", "2023-07-31"] == sorted(
        upper for _code, upper, _lower in dates_told(one(upper, lower))
    )


def test_a_date_below_that_names_one_step_is_not_that_of_another() -> None:
    upper = "修订应急预案。8月20日前完成市县两级应急预案修订，10月底前完成应急减排清单更新。"
    lower = "应急预案。10月底前更新应急减排清单，做到一厂一策。"

    assert [
        ("deadline_same", "2023-10-31", "2023-10-31"),
        ("deadline_not_named", "2023-08-20", ""),
    ] == dates_told(one(upper, lower))


def test_the_date_comes_from_the_lower_task_that_has_the_step() -> None:
    upper = city("治理扬尘。6月底前施工工地安装视频监控。")
    lower = district(
        "治理扬尘。施工工地扬尘治理达到要求。", "视频监控。8月底前施工工地安装视频监控，治理扬尘。"
    )

    assert [("deadline_later", "2023-06-30", "2023-08-31")] == dates_told(compare(upper, lower)[0])


@pytest.mark.parametrize(
    ("deadlines", "told"),
    [
        ((), [("deadline_later", "2023-06-30", "2023-08-31")]),
        ((date(2023, 8, 31),), [("deadline_later", "2023-06-30", "2023-08-31")]),
        ((date(2023, 6, 15),), [("deadline_earlier", "2023-06-30", "2023-06-15")]),
    ],
)
def test_a_deadline_that_was_corrected_counts_and_what_the_text_says_does_not(
    deadlines: tuple[date, ...], told: list[tuple[str, str, str]]
) -> None:
    text = "取缔散乱污企业。8月底前取缔散乱污企业。"
    lower = Side("区方案", "county", ("云山区",), date(2023, 2, 1), (item(text, deadlines=deadlines),))

    (finding,) = compare(city("取缔散乱污企业。6月底前取缔散乱污企业。"), lower)

    assert told == dates_told(finding)


def test_of_two_dates_the_corrected_one_keeps_the_place_of_the_one_that_was_misread() -> None:
    text = "整治散乱污企业。5月底前完成拉网式排查，7月底前完成分类整治。"
    task = item(text, deadlines=(date(2023, 5, 31), date(2023, 9, 15)))

    facts = facts_of(task, 2023, frozenset())

    assert [("完成拉网式排查", date(2023, 5, 31)), ("完成分类整治", date(2023, 9, 15))] == [
        (dated.step, dated.on) for dated in facts.dates
    ]


def test_a_step_of_another_place_has_no_date_for_the_own_one() -> None:
    upper = "整治散乱污企业。临川县6月底前取缔散乱污企业，云山区8月底前取缔散乱污企业。"
    lower = "整治散乱污企业。8月底前取缔散乱污企业。"

    assert [("deadline_same", "2023-08-31", "2023-08-31")] == dates_told(one(upper, lower))


def test_a_deadline_that_the_text_lacks_holds_for_the_whole_task_beside_those_of_its_steps() -> None:
    text = "整治散乱污企业。5月底前完成拉网式排查。\n完成时限：2023年12月20日"
    task = item(text, deadlines=(date(2023, 5, 31), date(2023, 12, 20)))

    assert [(date(2023, 5, 31), False), (date(2023, 12, 20), True)] == [
        (dated.on, dated.general) for dated in facts_of(task, 2023, frozenset()).dates
    ]


def test_the_end_of_a_period_is_no_deadline_of_another_measure() -> None:
    upper = "治理挥发性有机物。7月底前完成80家企业治理设施升级；每年6月至9月开展夏季错时错峰检查。"
    seasonal = item(
        "落实错峰生产。水泥行业自11月15日至次年3月15日停窑错峰，治理挥发性有机物。",
        deadlines=(date(2024, 3, 15),),
    )
    own = item("治理挥发性有机物。7月底前完成18家企业治理设施升级。", key="1", number="2")
    lower = Side("区方案", "county", ("云山区", "晴川市"), date(2023, 2, 1), (seasonal, own))

    (finding,) = compare(city(upper), lower)

    assert [("deadline_same", "2023-07-31", "2023-07-31")] == dates_told(finding)
    alone = compare(city(upper), Side("区方案", "county", ("云山区",), date(2023, 2, 1), (seasonal,)))[0]
    assert alone.deadline == DeadlineChange.NONE


def test_a_deadline_under_a_label_does_not_take_the_place_of_a_date_that_was_struck_out() -> None:
    text = "整治散乱污企业。5月底前完成拉网式排查。\n完成时限：2023年12月20日"
    task = item(text, deadlines=(date(2023, 12, 20),))

    assert [(date(2023, 12, 20), True)] == [
        (dated.on, dated.general) for dated in facts_of(task, 2023, frozenset()).dates
    ]


def test_a_sub_item_has_its_own_dates_alone() -> None:
    text = "整治工业。\n（1）治理工业炉窑，5月底前完成炉窑改造。\n（2）治理挥发性有机物，7月底前完成企业治理设施升级。"
    task = item(text, deadlines=(date(2023, 5, 31), date(2023, 7, 31)))
    part = next(segment.text for segment in profile_of(task).segments[1:] if "升级" in segment.text)

    assert [date(2023, 7, 31)] == [dated.on for dated in facts_of(task, 2023, frozenset(), part).dates]


def test_the_year_of_a_plan_that_was_issued_the_year_before_is_that_of_its_deadlines() -> None:
    task = item("取缔散乱污企业。3月底前取缔散乱污企业。", deadlines=(date(2024, 3, 31),))

    (dated,) = facts_of(task, 2023, frozenset()).dates

    assert (date(2024, 3, 31), False, "取缔散乱污企业") == (dated.on, dated.general, dated.step)


def test_a_date_of_something_else_in_the_lower_task_is_no_deadline_of_the_duty() -> None:
    upper = "建设充电桩。6月底前建成新能源汽车充电桩。"
    lower = "建设充电桩。建成新能源汽车充电桩。12月底前完成黄标车拆解报废。"

    assert one(upper, lower).deadline == DeadlineChange.NONE


def test_deadlines_that_stand_beside_the_text_hold_for_the_whole_task() -> None:
    upper = city("取缔散乱污企业。")
    lower = district("取缔散乱污企业。")
    dated = [
        Side(
            side.title,
            side.level,
            side.regions,
            side.issued_on,
            (item("取缔散乱污企业。", deadlines=(day,)),),
        )
        for side, day in ((upper, date(2023, 6, 30)), (lower, date(2023, 7, 15)))
    ]

    assert compare(*dated)[0].deadline == DeadlineChange.LATER


def test_of_two_tasks_with_one_wording_the_one_with_the_same_date_is_meant() -> None:
    days = (date(2023, 3, 31), date(2023, 9, 30))
    tasks = tuple(item("取缔散乱污企业。", key=str(at), deadlines=(day,)) for at, day in enumerate(days))
    side = Side("方案", "county", ("云山区",), date(2023, 1, 1), tasks)

    assert [DeadlineChange.SAME] * 2 == [finding.deadline for finding in compare(side, side)]


@pytest.mark.parametrize(
    ("title", "years"),
    [
        ("晴川市2024年蓝天保卫方案", [2024]),
        ("晴川市2024年度攻坚方案", [2024]),
        ("晴川市 2018—2019 年秋冬季攻坚行动方案", [2018, 2019]),
        ("晴川市蓝天保卫战三年行动计划（2018-2020年）", [2018, 2019, 2020]),
        ("晴川市攻坚方案", [2023]),
    ],
)
def test_the_years_of_a_plan_stand_in_its_title_else_it_is_that_of_its_issue(
    title: str, years: list[int]
) -> None:
    assert years == sorted(years_of(Side(title, issued_on=date(2023, 1, 1))))
    assert frozenset() == years_of(Side("攻坚方案"))


@pytest.mark.parametrize(
    ("upper_title", "lower_title", "lower_year", "deadline", "told"),
    [
        ("市2023年方案", "区2024年方案", 2024, "later", {"upper": "2023", "lower": "2024"}),
        ("市2023年方案", "区2022年方案", 2022, "earlier", {"upper": "2023", "lower": "2022"}),
        ("市2023年方案", "区2023年方案", 2023, "same", None),
        ("市2023-2025年方案", "区2024年方案", 2024, "later", None),
        ("市方案", "区方案", 2024, "later", {"upper": "2023", "lower": "2024"}),
    ],
)
def test_a_plan_of_another_year_is_said_to_be_one_beside_the_days(
    upper_title: str, lower_title: str, lower_year: int, deadline: str, told: dict[str, str] | None
) -> None:
    task = item("取缔散乱污企业。6月底前取缔散乱污企业。")
    upper = Side(upper_title, "prefecture", ("晴川市",), date(2023, 1, 1), (task,))
    lower = Side(lower_title, "county", ("云山区",), date(lower_year, 1, 1), (task,))

    (finding,) = compare(upper, lower)

    assert deadline == finding.deadline
    found = [dict(reason.params) for reason in finding.reasons if reason.code == "other_year"]
    assert ([told] if told else []) == found
