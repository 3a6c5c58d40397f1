"""The parts of a comparison: words, places, targets, reasons."""

from __future__ import annotations

import re
from datetime import date

import pytest

from lantian.rules.conformity.applies import Scope
from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import (
    Item,
    Reason,
    Side,
    Status,
)
from lantian.rules.conformity.places import groups_in, listed_in, stem
from lantian.rules.conformity.profile import MOST_TEXT, body_of, profile_of
from lantian.rules.conformity.reasons import MESSAGES, say, say_all
from lantian.rules.conformity.targets import family_of
from lantian.rules.conformity.words import folded, lexicon
from tests.rules.conformity.simple import city, dates_told, district, item, one, target

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


# --- targets ---


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
