"""Targets: goal chapters read clause by clause, and tables by place."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.model import Target, Warning_
from lantian.rules.documents.targets import read_targets

CONTEXT = PlanContext(title="云山市2020年大气污染防治方案", place="云山市", year=2020)
PIECES = ["2020年，", "全市", "甲县、乙区", "PM2.5年均浓度", "优良天数", "分别", "不高于", "45", "微克/立方米", "下降", "10%", "较2019年", "力争", "，", "；", "。", "排名", "退出后20名", "（", "）", "完成市定目标", "其中"]


def goal(text: str) -> Paragraph:
    return Paragraph(text, 100, 100 + len(text), "body", section=("二、工作目标",))


def row(cells: list[str], start: int) -> Paragraph:
    text, places, at = "\t".join(cells), [], start
    for cell in cells:
        places.append((cell, at, at + len(cell)))
        at += len(cell) + 1
    return Paragraph(text, start, start + len(text), "table_row", cells=tuple(places))


def table(*rows: list[str], caption: str = "各县区空气质量改善目标") -> list[Paragraph]:
    paragraphs = [Paragraph(caption, 0, len(caption), "body")]
    for cells in rows:
        paragraphs.append(row(cells, paragraphs[-1].end + 1))
    return paragraphs


def lines(*texts: str) -> list[Paragraph]:
    paragraphs: list[Paragraph] = []
    at = 0
    for text in texts:
        paragraphs.append(Paragraph(text, at, at + len(text), "body"))
        at += len(text) + 1
    return paragraphs


def targets(text: str) -> tuple[Target, ...]:
    return read_targets([goal(text)], CONTEXT)[0]


def short(found: tuple[Target, ...]) -> list[str]:
    return [f"{t.region} {t.indicator} {t.comparator} {t.value} {t.unit}" for t in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020年，PM10平均浓度不高于95微克/立方米。", ["云山市 PM10平均浓度 <= 95 微克/立方米"]),
        (
            "可吸入颗粒物（PM10）年均浓度下降到每立方米95微克，细颗粒物浓度控制在50微克/立方米以下。",
            ["云山市 PM10年均浓度 <= 95 微克/立方米", "云山市 PM2.5浓度 <= 50 微克/立方米"],
        ),
        ("城区优良天数达到210天以上；重污染天数不超过9天。", ["城区 优良天数 >= 210 天", "城区 重污染天数 <= 9 天"]),
        ("优良天数比例不低于62.5%，5-9月臭氧超标率控制在30%以下。", ["云山市 优良天数比例 >= 62.5 %", "云山市 臭氧超标率 <= 30 %"]),
        ("PM10年均浓度降到0.098mg/m³。", ["云山市 PM10年均浓度 <= 0.098 mg/m³"]),
        ("环境空气综合指数降到5.5以下。", ["云山市 环境空气综合指数 <= 5.5 "]),
        ("平均降尘量不得高于8吨/月·平方公里。", ["云山市 平均降尘量 <= 8 吨/月·平方公里"]),
    ],
)
def test_a_level_has_its_indicator_place_value_and_unit(text: str, expected: list[str]) -> None:
    assert short(targets(text)) == expected


def test_places_that_share_a_value_get_one_target_each() -> None:
    found = targets("平川区、河口县、青石县PM2.5年均浓度不高于55微克/立方米。")
    assert [t.region for t in found] == ["平川区", "河口县", "青石县"]
    assert {t.value for t in found} == {Decimal(55)}


def test_names_without_their_ending_are_read_when_their_number_closes_the_list() -> None:
    found = targets("东河、西岭、新乡3市PM2.5年均浓度下降4%。")
    assert [t.region for t in found] == ["东河", "西岭", "新乡"]


def test_values_are_dealt_out_to_places_and_to_indicators() -> None:
    assert short(targets("平川区、河口县PM10年均浓度分别不高于90、95微克/立方米。")) == [
        "平川区 PM10年均浓度 <= 90 微克/立方米",
        "河口县 PM10年均浓度 <= 95 微克/立方米",
    ]
    assert short(targets("全市PM10、PM2.5年均浓度分别控制在90、45微克/立方米以内。")) == [
        "云山市 PM10年均浓度 <= 90 微克/立方米",
        "云山市 PM2.5年均浓度 <= 45 微克/立方米",
    ]


def test_a_firm_and_a_hoped_for_value_stand_side_by_side() -> None:
    found = targets("PM2.5平均浓度不高于50微克/立方米，力争控制在48微克/立方米以内，优良天数达到250天。")
    assert [(t.value, t.strength) for t in found] == [
        (Decimal(50), "firm"),
        (Decimal(48), "hoped"),
        (Decimal(250), "firm"),
    ]


@pytest.mark.parametrize(
    ("text", "indicator", "value", "base"),
    [
        ("PM10年均浓度较2019年下降8%以上。", "PM10年均浓度下降", 8, "2019年"),
        ("与2013年相比，PM10年均浓度下降12%。", "PM10年均浓度下降", 12, "2013年"),
        ("PM2.5平均浓度同比下降5%。", "PM2.5平均浓度下降", 5, "同比"),
        ("重污染天数比上年减少4天。", "重污染天数减少", 4, "2019年"),
        ("二氧化硫排放总量比2015年削减20%。", "二氧化硫排放总量削减", 20, "2015年"),
        ("优良天数同比增加10天。", "优良天数增加", 10, "同比"),
    ],
)
def test_a_change_names_its_direction_and_base(text: str, indicator: str, value: int, base: str) -> None:
    (found,) = targets(text)
    assert (found.indicator, found.value, found.base, found.kind) == (indicator, Decimal(value), base, "reduction")


def test_a_decrease_to_a_value_is_a_level() -> None:
    (found,) = targets("PM2.5年均浓度下降到45微克/立方米。")
    assert (found.kind, found.comparator) == ("level", "<=")


def test_level_and_change_of_one_indicator_are_two_targets() -> None:
    found = targets("PM2.5平均浓度不高于74微克/立方米，同比下降10.8%，较2019年均值（83微克/立方米）下降9微克/立方米。")
    assert [(t.kind, t.value) for t in found] == [
        ("level", Decimal(74)),
        ("reduction", Decimal("10.8")),
        ("reduction", Decimal(9)),
    ]


def test_a_change_by_last_years_band_belongs_to_the_places_of_the_band() -> None:
    found = targets("2019年PM2.5年均浓度高于60微克/立方米的乡镇，下降10%；50—60微克/立方米的，下降6%。")
    assert [(t.region, t.value, t.kind) for t in found] == [
        ("2019年PM2.5年均浓度高于60微克/立方米的乡镇", Decimal(10), "reduction"),
        ("50—60微克/立方米", Decimal(6), "reduction"),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "value", "unit", "comparator", "from_end"),
    [
        ("空气质量排名在全国168个城市退出后20名。", "rank", 20, "名", ">", True),
        ("全省空气质量排名前进3位。", "rank_gain", 3, "位", "=", False),
        ("在全省排名中稳定在前5名以内。", "rank", 5, "名", "<=", False),
        ("年度排名提高2个以上位次。", "rank_gain", 2, "位", ">=", False),
        ("退出全国重点城市综合排名后十位。", "rank", 10, "位", ">", True),
        ("退出全省排名倒二十。", "rank", 20, "位", ">", True),
    ],
)
def test_a_rank_is_counted_from_its_end(text: str, kind: str, value: int, unit: str, comparator: str, from_end: bool) -> None:
    (found,) = targets(text)
    assert (found.kind, found.value, found.unit, found.comparator, found.from_end) == (kind, Decimal(value), unit, comparator, from_end)


def test_the_size_of_a_ranking_is_no_target() -> None:
    assert targets("综合指数在全国168个重点城市中排名前移。") == ()


def test_the_period_comes_from_the_clause_then_from_the_plan() -> None:
    found = targets("到2018年，PM10年均浓度比2013年下降15%；到2022年，下降20%。优良天数达到250天，2020年10月1日至2021年3月31日，PM2.5平均浓度不高于70微克/立方米。")
    assert [t.period for t in found] == ["2018", "2022", "2022", "2020-10-01/2021-03-31"]
    assert [t.period for t in targets("优良天数达到250天。")] == ["2020"]


def test_a_part_of_the_area_named_after_qizhong_ends_with_the_semicolon() -> None:
    found = targets("全市优良天数达到250天，其中市区达到240天；重污染天数控制在10天以内。")
    assert [t.region for t in found] == ["云山市", "市区", "云山市"]


def test_a_reference_has_no_value_and_gives_way_to_a_number() -> None:
    (found,) = targets("PM2.5平均浓度完成市定目标。")
    assert (found.kind, found.value, found.comparator) == ("reference", None, "=")
    assert [t.kind for t in targets("PM2.5平均浓度完成市定目标，力争PM2.5平均浓度达到45微克/立方米。")] == ["level"]


@pytest.mark.parametrize(
    "text",
    [
        "空气质量明显改善，重污染天气大幅减少。",
        "淘汰黄标车5000辆，完成双替代3万户。",
        "工业涉气信访量比2019年下降10%以上。",
        "优良天数明显增加，工业信访量下降10%。",
        "各县区目标见附件1。",
    ],
)
def test_nothing_is_invented_where_no_indicator_has_a_value(text: str) -> None:
    assert targets(text) == ()


def test_only_goal_chapters_set_targets() -> None:
    text = "完成改造后，氮氧化物排放浓度不高于30毫克/立方米。"
    task = Paragraph(text, 0, len(text), "body", number="8", section=("三、主要任务", "（一）锅炉整治"))
    aim = goal("优良天数达到250天。")
    found, _ = read_targets([aim, task], CONTEXT)
    assert short(found) == ["云山市 优良天数 = 250 天"]


def test_a_run_in_heading_opens_a_goal_paragraph() -> None:
    text = "（二）工作目标。2020年，优良天数达到250天。"
    paragraph = Paragraph(text, 0, len(text), "body", level=2, number="（二）", section=("一、总体要求",))
    found, _ = read_targets([paragraph], CONTEXT)
    assert short(found) == ["云山市 优良天数 = 250 天"]


def test_without_a_goal_chapter_the_introduction_is_read() -> None:
    text = "到2020年，全市PM2.5年均浓度控制在45微克/立方米以下。"
    found, _ = read_targets([Paragraph(text, 0, len(text), "body", section=("一、总体要求",))], CONTEXT)
    assert short(found) == ["云山市 PM2.5年均浓度 <= 45 微克/立方米"]


def test_a_table_gives_each_place_its_values() -> None:
    paragraphs = table(
        ["辖区", "2020年目标", ""],
        ["", "PM2.5", "重污染天数"],
        ["平川区", "48", "9"],
        ["河口县、青石县", "≤46", ""],
    )
    assert short(read_targets(paragraphs, CONTEXT)[0]) == [
        "平川区 PM2.5 = 48 微克/立方米",
        "平川区 重污染天数 = 9 天",
        "河口县 PM2.5 <= 46 微克/立方米",
        "青石县 PM2.5 <= 46 微克/立方米",
    ]


def test_what_was_reached_before_is_no_target_of_a_table() -> None:
    paragraphs = table(
        ["序号", "县区", "2019年实际", "2020年目标", "下降比例（%）"],
        ["1", "平川区", "52", "48", "7.7"],
        ["2", "河口县", "50", "47", "6"],
        caption="各县区PM2.5年均浓度目标（单位：微克/立方米）",
    )
    assert short(read_targets(paragraphs, CONTEXT)[0]) == [
        "平川区 PM2.5年均浓度 = 48 微克/立方米",
        "平川区 PM2.5年均浓度下降 = 7.7 %",
        "河口县 PM2.5年均浓度 = 47 微克/立方米",
        "河口县 PM2.5年均浓度下降 = 6 %",
    ]


def test_ranks_in_a_table_are_read_out_of_their_words() -> None:
    paragraphs = table(
        ["城市", "PM10（微克/立方米）", "年度排名"],
        ["云山市", "104", "在全国338个城市PM10排名后44位以上、PM2.5排名后38位以上"],
        ["晴川市", "110", "退出全国74个重点城市综合排名后10位"],
    )
    found = [t for t in read_targets(paragraphs, CONTEXT)[0] if t.kind == "rank"]
    assert short(tuple(found)) == [
        "云山市 PM10排名 >= 44 位",
        "云山市 PM2.5排名 >= 38 位",
        "晴川市 空气质量排名 > 10 位",
    ]
    assert all(t.from_end for t in found)


def test_a_table_of_tasks_sets_no_targets() -> None:
    paragraphs = table(["序号", "任务", "责任单位", "完成时限"], ["1", "淘汰锅炉12台", "市生态环境局", "2020年6月底"], caption="任务分解表")
    assert read_targets(paragraphs, CONTEXT) == ((), ())


def test_a_table_that_lost_its_rows_is_read_row_by_row() -> None:
    paragraphs = lines(
        "各县区目标值", "县区", "PM2.5", "（微克/立方米）", "优良天数", "平川区", "48", "240", "河口县", "47", "250"
    )
    assert short(read_targets(paragraphs, CONTEXT)[0]) == [
        "平川区 PM2.5 = 48 微克/立方米",
        "平川区 优良天数 = 240 天",
        "河口县 PM2.5 = 47 微克/立方米",
        "河口县 优良天数 = 250 天",
    ]


def test_a_table_that_lost_its_rows_is_read_column_by_column() -> None:
    paragraphs = lines("各县区目标值", "县区", "平川区", "河口县", "PM2.5", "48", "47", "优良天数", "240", "250")
    assert short(read_targets(paragraphs, CONTEXT)[0]) == [
        "平川区 PM2.5 = 48 微克/立方米",
        "河口县 PM2.5 = 47 微克/立方米",
        "平川区 优良天数 = 240 天",
        "河口县 优良天数 = 250 天",
    ]


def test_a_flat_table_with_a_missing_cell_warns_and_guesses_nothing() -> None:
    paragraphs = lines("各县区目标值", "县区", "PM2.5", "优良天数", "平川区", "48", "河口县", "47", "250")
    found, warnings = read_targets(paragraphs, CONTEXT)
    assert [t.region for t in found] == ["河口县", "河口县"]
    assert [w.code for w in warnings] == ["targets_unclear"]


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_every_span_shows_the_words_it_was_read_from(text: str) -> None:
    found, warnings = read_targets([goal(text)], CONTEXT)
    for t in found:
        assert text[t.span[0] - 100 : t.span[1] - 100] == t.text
    assert all(isinstance(w, Warning_) for w in warnings)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert len(read_targets([goal(text)], CONTEXT)) == 2
    read_targets(lines(*text.split("0")), CONTEXT)
