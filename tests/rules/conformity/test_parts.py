"""The parts of a comparison: words, places, dates, amounts, reasons."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from lantian.rules.conformity.applies import Scope
from lantian.rules.conformity.clauses import facts_of
from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import (
    Amount,
    DeadlineChange,
    Finding,
    Item,
    Measure,
    QuantityChange,
    Reason,
    Side,
    Status,
)
from lantian.rules.conformity.places import groups_in, listed_in, owners_of, stem
from lantian.rules.conformity.profile import MOST_TEXT, body_of, profile_of
from lantian.rules.conformity.reasons import MESSAGES, say, say_all
from lantian.rules.conformity.sides import years_of
from lantian.rules.conformity.targets import family_of
from lantian.rules.conformity.words import folded, lexicon


def item(text: str, **fields: object) -> Item:
    title = re.split("[。，]", text)[0]
    values: dict[str, object] = {"key": "0", "number": "1", "section": "", "title": title, "text": text}
    return Item(**(values | fields))  # type: ignore[arg-type]


def city(*texts: str, **fields: object) -> Side:
    tasks = tuple(item(text, key=str(at), number=str(at + 1)) for at, text in enumerate(texts))
    return Side("市方案", "prefecture", ("晴川市",), date(2023, 1, 1), tasks, **fields)  # type: ignore[arg-type]


def district(*texts: str, **fields: object) -> Side:
    tasks = tuple(item(text, key=str(at), number=str(at + 1)) for at, text in enumerate(texts))
    return Side("区方案", "county", ("云山区", "晴川市"), date(2023, 2, 1), tasks, **fields)  # type: ignore[arg-type]


def one(upper: str, lower: str) -> Finding:
    (finding,) = compare(city(upper), district(lower))
    return finding


def dates_told(finding: Finding) -> list[tuple[str, str, str]]:
    return [
        (reason.code, reason.params["upper"], reason.params.get("lower", ""))
        for reason in finding.reasons
        if reason.code.startswith("deadline")
    ]


# --- words ---


def test_no_word_of_the_book_belongs_to_two_concepts() -> None:
    owners: dict[str, set[str]] = {}
    for words in lexicon().by_head.values():
        for word, name in words:
            owners.setdefault(word, set()).add(name)

    assert [(word, names) for word, names in owners.items() if len(names) > 1] == []


def test_a_word_inside_a_longer_one_does_not_count() -> None:
    found = [name for _at, name in lexicon().mentions(folded("非煤矿山整治"))]

    assert ["矿山"] == found


def test_synonyms_of_another_year_and_place_are_one_concept() -> None:
    names = {
        name
        for words in ("推进“双替代”", "煤改电工程", "清洁取暖工程", "以气代煤")
        for _at, name in lexicon().mentions(folded(words))
    }

    assert {"气代煤电代煤"} == names


def test_units_and_dates_under_labels_are_not_what_a_task_speaks_of() -> None:
    text = "1.治理扬尘。工地全部达标。\n责任单位：市公安局、市财政局\n完成时限：2023年6月30日"

    assert "1.治理扬尘。工地全部达标。" == body_of(text)


def test_on_what_grounds_something_is_done_is_not_what_is_done() -> None:
    concepts = profile_of(item("发布预警。根据预测预报结果，及时发布预警。")).whole.concepts

    assert "预报会商" not in concepts


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    profile = profile_of(item("治理扬尘。" + "施工工地全部安装视频监控。" * 100_000))

    assert len(profile.whole.text) <= MOST_TEXT


def test_what_is_meant_for_one_sort_of_places_is_not_carried_by_what_is_done_elsewhere() -> None:
    upper = "居民小区保洁。居民小区每日清扫保洁。"

    assert one(upper, "道路吸尘。主干道机械化吸尘作业。").status == Status.MISSING
    assert one(upper, "小区保洁。居民小区每日清扫保洁。").status == Status.CARRIED


def test_a_sub_item_whose_heading_names_nothing_is_about_what_its_parent_is_about() -> None:
    part = item(
        "提升收集和处理效率。7月底前完成80家企业治理设施升级；每年6月至9月开展夏季错时错峰检查。",
        title="治理挥发性有机物",
        subtitle="提升收集和处理效率",
    )
    upper = Side("市方案", "prefecture", ("晴川市",), date(2023, 1, 1), (part,))
    lower = district(
        "落实错峰生产。水泥行业自11月15日至次年3月15日停窑错峰。",
        "治理挥发性有机物。8月底前完成18家企业治理设施升级。",
    )

    (finding,) = compare(upper, lower)

    assert ["2"] == [one.number for one in finding.lower]
    assert [("deadline_later", "2023-07-31", "2023-08-31")] == dates_told(finding)


# --- places ---


def test_a_name_for_a_group_of_places_is_read_with_the_places() -> None:
    text = "以通道甲川、乙阳、丙安 3市和丁宁、戊州2市为重点（以下简称“3+2”城市），其他市参照执行。"

    assert (("3+2", ("甲川", "乙阳", "丙安", "丁宁", "戊州")),) == groups_in(text)


def test_places_are_compared_without_the_word_for_their_kind() -> None:
    assert ["晴川", "滑县", "云山"] == [stem(place) for place in ("晴川市", "滑县", "云山区")]
    assert ["甲川", "乙阳"] == listed_in("对甲川、乙阳2市实行限批")


@pytest.mark.parametrize(
    ("leads", "code"),
    [
        (("市财政局", "市生态环境局"), "above_only"),
        (("市财政局", "各县（市、区）政府"), None),
        (("河阳县政府",), "others_only"),
        (("云山区政府",), None),
        (("有关企业",), None),
        ((), None),
    ],
)
def test_a_duty_applies_where_a_unit_below_answers_for_it(leads: tuple[str, ...], code: str | None) -> None:
    reason = Scope(city(), district()).against(item("治理扬尘。", leads=leads))

    assert code == (reason.code if reason else None)


def test_units_of_the_own_level_do_answer_where_both_plans_are_of_one_place() -> None:
    side = city("治理扬尘。")

    assert Scope(side, side).against(item("治理扬尘。", leads=("市财政局",))) is None


def test_a_duty_for_named_places_applies_to_these_alone() -> None:
    upper = city(groups=(("2+1", ("河阳", "平林", "石桥")),))

    found = Scope(upper, district()).against(item("“2+1”县区实施限产。“2+1”县区水泥企业限产50%。"))
    everywhere = Scope(upper, district()).against(item("“2+1”县区实施限产。其他县区参照执行。"))

    assert found is not None and found.code == "other_places" and "河阳" in found.params["places"]
    assert everywhere is None


# --- dates ---


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


# --- amounts ---


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


# --- targets ---


def target(indicator: str, value: str, region: str = "", **fields: object) -> Item:
    unit = str(fields.pop("unit", "微克/立方米"))
    measure = Measure(indicator, region, value=Decimal(value), unit=unit, **({"period": "2023"} | fields))  # type: ignore[arg-type]
    return Item(indicator + region, None, "", indicator, "", measure=measure)


@pytest.mark.parametrize(
    ("upper", "lower", "status", "quantity"),
    [
        (target("PM2.5", "45", "云山区"), target("细颗粒物浓度", "44", "全区"), "carried", "stricter"),
        (target("PM2.5", "45", "云山区"), target("PM2.5", "46", "云山区"), "carried", "looser"),
        (target("PM2.5", "45", "全市"), target("PM2.5", "45", "云山区"), "carried", "same"),
        (
            target("优良天数", "250", "云山区", unit="天"),
            target("优良天数", "240", "", unit="天"),
            "carried",
            "looser",
        ),
        (target("PM2.5", "45", "云山区"), target("PM10", "45", "云山区"), "missing", "none"),
        (target("PM2.5", "45", "云山区"), target("PM2.5", "45", "云山区", period="2024"), "partly", "none"),
        (
            target("PM2.5", "45", "云山区"),
            target("PM2.5", "5", "云山区", kind="reduction", unit="%"),
            "missing",
            "none",
        ),
        (target("PM2.5", "45", "河阳县"), target("PM2.5", "45", "云山区"), "not_applicable", "none"),
        (
            target("PM2.5", "45", "云山区"),
            target("PM2.5", "45", "云山区", strength="hoped"),
            "carried",
            "looser",
        ),
        (
            target("排名", "10", "云山区", kind="rank", from_end=True, comparator=">", unit="位"),
            target("排名", "20", "云山区", kind="rank", from_end=True, comparator=">", unit="位"),
            "carried",
            "stricter",
        ),
    ],
)
def test_targets_are_matched_by_what_they_measure_where_and_when(
    upper: Item, lower: Item, status: str, quantity: str
) -> None:
    (finding,) = compare(city(targets=(upper,)), district(targets=(lower,)))

    assert (status, quantity) == (finding.status, finding.quantity), finding.reasons


def test_the_average_of_the_city_is_not_asked_where_the_district_has_a_value_of_its_own() -> None:
    whole, own = target("PM2.5", "50", "全市"), target("PM2.5", "45", "云山区")

    findings = compare(city(targets=(whole, own)), district(targets=(target("PM2.5", "45", "云山区"),)))

    assert [Status.NOT_APPLICABLE, Status.CARRIED] == [finding.status for finding in findings]
    assert findings[0].reasons[0].code == "target_of_the_whole"


def test_an_indicator_is_known_by_each_of_its_names() -> None:
    names = ("PM₂.₅年均浓度", "细颗粒物（PM2.5）平均浓度", "PM2.5")

    assert {"pm2.5"} == {family_of(name) for name in names}


# --- reasons ---


def test_every_reason_says_something_and_its_parameters_fit() -> None:
    for code, message in MESSAGES.items():
        params = dict.fromkeys(re.findall(r"%\((\w+)\)s", message), "X")
        assert say(Reason(code, params))


def test_reasons_are_said_in_the_language_of_the_catalogue() -> None:
    chinese = {
        "Both speak of %(terms)s.": "两文均涉及：%(terms)s。",
        "Both by %(upper)s.": "时限一致：%(upper)s。",
    }
    reasons = (
        Reason("shared", {"terms": "散煤"}),
        Reason("deadline_same", {"upper": "2023-06-30", "lower": "", "days": "0"}),
    )

    assert "两文均涉及：散煤。时限一致：2023-06-30。" == say_all(reasons, lambda message: chinese[message])
    assert "Both speak of 散煤. Both by 2023-06-30." == say_all(reasons)
