"""Reporting duties, sanction schedules and the blocks that are kept whole."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.documents.blocks import find_blocks
from lantian.rules.documents.duties import read_duties
from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.sanctions import read_sanctions

CONTEXT = PlanContext(place="云山市", year=2019)
PIECES = ["各县区", "要", "于", "6月底前", "每月20日前", "将", "工作方案", "报", "报送", "市大气办", "备案", "，", "。", "；", "（", "）", "并", "发现一起", "扣缴", "10万元", "罚款", "的", "按照《办法》处罚"]


def body(text: str, start: int = 0) -> Paragraph:
    return Paragraph(text, start, start + len(text))


def duties(text: str) -> list[tuple[str, str, str, str]]:
    return [(d.who, d.what, d.to, d.when) for d in read_duties([body(text)], CONTEXT)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "各县区要于2019年4月15日前将实施方案报市大气办。",
            ("各县区", "实施方案", "市大气办", "2019-04-15"),
        ),
        (
            "各乡镇、各部门按照要求，每月25日前将工作开展情况报区大气办。",
            ("各乡镇、各部门", "工作开展情况", "区大气办", "每月25日前"),
        ),
        (
            "各牵头单位每季度末月25日前向市生态环境局报送重点任务进展情况。",
            ("各牵头单位", "重点任务进展情况", "市生态环境局", "每季度末月25日前"),
        ),
        (
            "各县（市、区）应将年度总结于12月10日前报送至市攻坚办。",
            ("各县（市、区）", "年度总结", "市攻坚办", "2019-12-10"),
        ),
        (
            "2月20日前，各地要完成“一区一策”方案编制工作，并报至市领导小组办公室备案。",
            ("各地", "“一区一策”方案", "市领导小组办公室", "2019-02-20"),
        ),
    ],
)
def test_a_report_has_its_sender_content_recipient_and_time(text: str, expected: tuple[str, str, str, str]) -> None:
    assert duties(text) == [expected]


def test_the_recipient_and_the_sender_hold_on_through_a_sentence() -> None:
    text = "各有关单位要于4月15日前将方案报送市联席会议办公室，每月20日前报送工作进展情况，11月20日前报送年度工作总结。"
    assert duties(text) == [
        ("各有关单位", "方案", "市联席会议办公室", "2019-04-15"),
        ("各有关单位", "工作进展情况", "市联席会议办公室", "每月20日前"),
        ("各有关单位", "年度工作总结", "市联席会议办公室", "2019-11-20"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "启动备用锅炉时须报区环保部门备案。",
        "加强预报预警，畅通举报渠道，处理投诉举报。",
        "6月底前报废老旧车辆200辆。",
        "3月底前通过日报和网站向社会公布结果。",
        "10月底前报市政府批准。",
        "及时上报信息。",
    ],
)
def test_a_filing_without_a_time_and_words_that_only_contain_the_verb_are_no_duties(text: str) -> None:
    assert duties(text) == []


def test_a_duty_shows_the_words_it_was_read_from() -> None:
    text = "请各单位4月1日前将名单报市大气办。"
    (duty,) = read_duties([body(text, 50)], CONTEXT)
    assert text[duty.span[0] - 50 : duty.span[1] - 50] == duty.text == "4月1日前将名单报市大气办"


def test_a_schedule_of_sanctions_gives_each_problem_its_amount() -> None:
    text = (
        "其中，对未落实湿法作业的，发现一起扣缴相关镇财政10万元；露天焚烧落叶的，按照《焚烧行为处罚办法》（云办〔2019〕3号）规定处罚问责；"
        "禁放区内燃放爆竹的，发现一起扣缴相关镇财政5万元。"
    )
    found = read_sanctions([body(text)], CONTEXT)
    assert [(s.problem, s.amount, s.unit) for s in found] == [
        ("未落实湿法作业", Decimal(10), "万元"),
        ("露天焚烧落叶", None, ""),
        ("禁放区内燃放爆竹", Decimal(5), "万元"),
    ]
    assert all(text[slice(*s.span)] == s.text for s in found)


def test_a_sum_for_each_fire_point_is_a_sanction() -> None:
    (found,) = read_sanctions([body("继续执行秸秆焚烧100万元/每火点的扣减地方财力规定。")], CONTEXT)
    assert (found.problem, found.amount, found.unit) == ("秸秆焚烧", Decimal(100), "万元/火点")


@pytest.mark.parametrize("text", ["A级企业补助10万元，B级企业奖励5万元。", "总投资3000万元，处理垃圾20吨。", "对扣缴情况进行通报。"])
def test_money_that_is_given_or_invested_is_no_sanction(text: str) -> None:
    assert read_sanctions([body(text)], CONTEXT) == ()


def item(text: str, start: int, level: int, number: str = "1", kind: str = "body") -> Paragraph:
    return Paragraph(text, start, start + len(text), kind, level, number)  # type: ignore[arg-type]


def test_a_block_reaches_to_the_next_item_of_its_level() -> None:
    paragraphs = [
        item("（八）科学实施错峰生产", 0, 2, "（八）", "heading"),
        item("64.钢铁企业限产50%。", 20, 3),
        body("铸造企业停产。", 40),
        item("（九）完善监测体系", 60, 2, "（九）", "heading"),
        item("66.强化重污染天气应急响应。启动预案。", 80, 3, "66"),
    ]
    found = find_blocks(paragraphs, CONTEXT)
    assert [(b.kind, b.span) for b in found] == [
        ("staggered_production", (0, paragraphs[2].end)),
        ("emergency_response", (80, paragraphs[4].end)),
    ]
    assert found[1].title == "强化重污染天气应急响应"


def test_a_block_inside_a_block_of_its_kind_is_not_given_again() -> None:
    paragraphs = [
        item("（七）强化重污染天气应急管控", 0, 2, "（七）", "heading"),
        item("1.完善应急响应清单。分级管理。", 30, 3),
    ]
    assert [b.span for b in find_blocks(paragraphs, CONTEXT)] == [(0, paragraphs[1].end)]


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_every_span_shows_the_words_it_was_read_from(text: str) -> None:
    for found in (*read_duties([body(text)], CONTEXT), *read_sanctions([body(text)], CONTEXT)):
        assert text[slice(*found.span)] == found.text


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert isinstance(read_duties([body(text)], CONTEXT), tuple)
    assert isinstance(read_sanctions([body(text)], CONTEXT), tuple)
    assert isinstance(find_blocks([item(text, 0, 1)], CONTEXT), tuple)


def test_the_name_of_an_office_is_kept_whole() -> None:
    [(_who, _what, to, _when)] = duties("各县每月25日前将工作进展情况报市大气污染防治攻坚办公室。")

    assert to == "市大气污染防治攻坚办公室"


@pytest.mark.parametrize(
    ("text", "problem", "amount"),
    [
        ("工地未落实扬尘防治要求的，每处扣缴2万元。", "工地未落实扬尘防治要求", Decimal(2)),
        ("发现1个火点扣缴财政资金20万元。", "发现1个火点", Decimal(20)),
    ],
    ids=["a place is no verb", "the finding is the problem"],
)
def test_a_problem_keeps_the_words_that_name_it(text: str, problem: str, amount: Decimal) -> None:
    [sanction] = read_sanctions([body(text)], CONTEXT)

    assert (sanction.problem, sanction.amount) == (problem, amount)
