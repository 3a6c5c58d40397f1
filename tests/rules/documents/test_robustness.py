"""Nothing that can be typed makes the reader hang or fall over."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.documents.as_json import plan_as_dict
from lantian.rules.documents.errors import DocumentError, PlanTooLarge
from lantian.rules.documents.parse import parse_plan

_WORDS = st.sampled_from(
    ["一、", "二、", "（一）", "（二）", "1.", "2.", "（1）", "(2)", "①", "第一章", "牵头单位：", "责任单位：", "责任人：", "完成时限：", "市环保局",
     "、科工局", "，各镇", "各县（市、区）政府", "、", "，", "。", "；", "\n", "\n", "\n\n", "\t", " ", "（", "）", "〔", "〕", "市局牵头", "按职责分工负责",
     "以下均需各镇落实，不再列出", "PM2.5", "10月底前", "2017年", "不高于", "35微克/立方米", "附件", "关于印发", "《", "》", "方案", "的通知", "序号",
     "重点任务", "主责单位", "协办单位", "12", "和", "会同", "由", "每月25日前报", "|", "#", "**", "陈明", "\f"]
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(_WORDS, max_size=120).map("".join) | st.text(max_size=300))
def test_any_text_gives_a_plan_whose_spans_lie_in_it(source):
    plan = plan_as_dict(parse_plan(source), "file.txt")

    json.dumps(plan, ensure_ascii=False, allow_nan=False)
    for kind in ("documents", "headings", "targets", "tasks", "duties", "sanctions", "blocks", "warnings"):
        for entry in plan[kind]:
            start, end = entry["span"]
            assert 0 <= start <= end <= len(source)


@pytest.mark.parametrize(
    "unit",
    ["、", "（", "）", "1", "：", "，", "。", "《", "市", "局", "责任单位：", "牵头", "负责", "按", "市公安局、", "（市公安局牵头，", "市公安局和", "（1）", "1.",
     " ", "\t", "?", "*", "#", "|", "<", "<p ", "_{", "$", "2017年", "以下均需", "第一", "a b ", "各镇、", "PM2", "10月底前", "35微克", "每月", "和"],
)  # fmt: skip
def test_a_long_run_of_one_thing_is_read_in_linear_time(unit):
    start = time.process_time()
    parse_plan(unit * (100_000 // len(unit)))

    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    "line", ["一、\n", "（一）治理\n", "责任单位：市局\n", "云河市方案\n", "附件\n", "县\t1\t2\n", "1\n"]
)
def test_many_short_lines_are_read_in_linear_time(line):
    start = time.process_time()
    parse_plan(line * 10_000)

    assert time.process_time() - start < 60


def test_a_text_over_two_megabytes_is_refused_with_its_code():
    with pytest.raises(PlanTooLarge) as caught:
        parse_plan("云" * 700_000)

    assert caught.value.code == "too_large"
    assert isinstance(caught.value, DocumentError)


def test_the_limit_is_a_parameter():
    with pytest.raises(PlanTooLarge):
        parse_plan("云河市大气污染防治方案", max_bytes=10)


def test_more_lines_than_any_plan_has_are_refused():
    with pytest.raises(PlanTooLarge) as caught:
        parse_plan("\n" * 100_000)

    assert caught.value.unit == "lines"


def test_an_empty_text_is_a_plan_without_tasks():
    plan = parse_plan("")

    assert plan.tasks == ()
    assert {w.code for w in plan.warnings} >= {"no_tasks"}
