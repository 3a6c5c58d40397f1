"""Dates of a plan: what is a deadline, a start, an interval, a duty that comes again, and what is none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.model import DateReading

PIECES = ["2019年", "3月", "底前", "15日", "前", "至", "次年", "每月", "每季度", "起", "。", "，", "（", "《", "》", "到", "年底", "1-9月", "上半年", "完成", "二〇一九年", "不少于2次", " "]


def deadlines(text: str, year: int | None = 2019) -> list[str]:
    return [d.on.isoformat() for d in read_dates(text, year=year).deadlines]


def starts(text: str) -> list[str]:
    return [d.on.isoformat() for d in read_dates(text, year=2019).starts]


def periods(text: str) -> list[tuple[str | None, str | None]]:
    return [
        (p.start.isoformat() if p.start else None, p.end.isoformat() if p.end else None)
        for p in read_dates(text, year=2019).periods
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年9月30日前清空料场", ["2019-09-30"]),
        ("9月30日之前清空料场", ["2019-09-30"]),
        ("务必于2020年2月底前拆完", ["2020-02-29"]),
        ("2月底完成登记", ["2019-02-28"]),
        ("4月底，建成两处站房", ["2019-04-30"]),
        ("2020年底前全部接入", ["2020-12-31"]),
        ("年底前全部接入", ["2019-12-31"]),
        ("今年年底前全部接入", ["2019-12-31"]),
        ("年内见效", ["2019-12-31"]),
        ("2019年内见效", ["2019-12-31"]),
        ("到2025年，热电全部改造", ["2025-12-31"]),
        ("到2021年底，热电全部改造", ["2021-12-31"]),
        ("三季度末清零", ["2019-09-30"]),
        ("第二季度前清零", ["2019-06-30"]),
        ("上半年完成一半", ["2019-06-30"]),
        ("老机组2020年3月停运", ["2020-03-31"]),
        ("老机组2020年10月份停运", ["2020-10-31"]),
        ("11月中旬前收尾", ["2019-11-20"]),
        ("10月31前收尾", ["2019-10-31"]),
        ("二〇二〇年六月底前收尾", ["2020-06-30"]),
        ("完成时限：2019年8月", ["2019-08-31"]),
        ("完成时限：2019.8.15", ["2019-08-15"]),
        ("2019-10-31", ["2019-10-31"]),
        ("到“十四五”末，全部达标", ["2025-12-31"]),
        ("4月15日17时前交齐", ["2019-04-15"]),
    ],
)
def test_an_end_date_is_read_as_a_day(text: str, expected: list[str]) -> None:
    assert deadlines(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6月底前查清，9月底前改完，12月底前验收", ["2019-06-30", "2019-09-30", "2019-12-31"]),
        ("9月底和12月底前各完成一半", ["2019-09-30", "2019-12-31"]),
        ("4月、8月、12月底前各完成三分之一", ["2019-04-30", "2019-08-31", "2019-12-31"]),
        ("10月1日前、12月31日前各报一次", ["2019-10-01", "2019-12-31"]),
        ("甲厂10月底前停产，乙厂10月底前停产", ["2019-10-31", "2019-10-31"]),
    ],
)
def test_several_end_dates_of_one_sentence_are_all_read(text: str, expected: list[str]) -> None:
    assert deadlines(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2019年煤炭用量控制到900万吨以下",
        "2019年，机扫率达到九成",
        "依据《2018—2020年工作方案》开展",
        "《关于2019年6月底前完成整改的通知》要求",
        "执行GB3095—2012和DB41/1066—2015",
        "云政〔2019〕12号",
        "编制2019—2021年替代方案",
        "三年内退出",
        "发现之日起15日内修复",
        "2016年底前注册的车辆",
        "一月一考核",
        "每年产生量在200吨以上的",
    ],
)
def test_a_year_a_title_a_number_and_a_span_of_time_are_no_deadlines(text: str) -> None:
    assert deadlines(text) == []


def test_a_month_without_a_year_belongs_to_the_year_that_opens_its_sentence() -> None:
    assert deadlines("2020年，6月底前立项。8月底前开工") == ["2020-06-30", "2019-08-31"]


def test_a_month_after_a_dated_month_stays_in_its_year_within_the_sentence() -> None:
    assert deadlines("2020年6月底前立项，9月底前开工") == ["2020-06-30", "2020-09-30"]


def test_the_next_year_counts_from_the_plan() -> None:
    assert deadlines("9月底前立项，次年1月15日前验收") == ["2019-09-30", "2020-01-15"]


def test_a_figure_of_an_item_is_not_read_into_the_date_after_it() -> None:
    assert deadlines("13.2019年12月底前淘汰") == ["2019-12-31"]
    assert deadlines("34.12月底前建成") == ["2019-12-31"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("自2019年7月1日起执行", ["2019-07-01"]),
        ("2020年1月1日起，全市供应国六油", ["2020-01-01"]),
        ("2020年起新建建筑执行绿色标准", ["2020-01-01"]),
        ("4月起实施", ["2019-04-01"]),
        ("10月1日以后禁止", ["2019-10-01"]),
    ],
)
def test_a_start_is_no_deadline(text: str, expected: list[str]) -> None:
    assert starts(text) == expected
    assert deadlines(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019年11月15日至2020年3月15日错峰", [("2019-11-15", "2020-03-15")]),
        ("2019年11月15日至次年3月15日错峰", [("2019-11-15", "2020-03-15")]),
        ("自10月1日起至3月31日止", [("2019-10-01", "2020-03-31")]),
        ("10月1日—15日", [("2019-10-01", "2019-10-15")]),
        ("6月1日~8月31日", [("2019-06-01", "2019-08-31")]),
        ("每年11月15日至次年3月15日", [("2019-11-15", "2020-03-15")]),
        ("2020年1—2月份免于停产", [("2020-01-01", "2020-02-29")]),
        ("公布之日起至2019年3月15日封土", [(None, "2019-03-15")]),
        ("实施时段：全年", [(None, None)]),
        ("实施时段：冬季采暖季", [(None, None)]),
        ("全年", [(None, None)]),
    ],
)
def test_an_interval_is_a_period(text: str, expected: list[tuple[str | None, str | None]]) -> None:
    assert periods(text) == expected


@pytest.mark.parametrize("text", ["力争全年外购电100亿千瓦时", "采暖季对铸造企业限产", "2018—2019年秋冬季攻坚"])
def test_a_season_in_running_text_is_no_period(text: str) -> None:
    assert periods(text) == []


@pytest.mark.parametrize(
    ("text", "every", "times", "comparator"),
    [
        ("每周开展一次大扫除", "每周", 1, "="),
        ("每月不少于4次", "每月", 4, ">="),
        ("每季度至少开展2次专项执法", "每季度", 2, ">="),
        ("每日会商", "每日", None, "="),
        ("每半年清洗一次", "每半年", 1, "="),
        ("每两个月评比", "每两个月", None, "="),
        ("每月20日前报送", "每月", None, "="),
        ("每季度最后一月的25日前报送", "每季度", None, "="),
    ],
)
def test_a_duty_that_comes_again_is_a_recurrence(text: str, every: str, times: int | None, comparator: str) -> None:
    found = read_dates(text, year=2019).recurrence
    assert [(r.every, r.times, r.comparator) for r in found] == [(every, times, comparator)]


def test_a_reporting_day_of_each_month_is_taken_and_no_deadline() -> None:
    text = "每月20日前报送"
    reading = read_dates(text, year=2019)
    assert [r.text for r in reading.recurrence] == ["每月20日前"]
    assert reading.deadlines == ()
    assert reading.taken == ((0, 6),)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2月30日前完成", "invalid_date"),
        ("13月底前完成", "invalid_date"),
        ("2019年冬季取暖季前关停", "date_unclear"),
        ("入冬前备足", "date_unclear"),
        ("春节前清理", "date_unclear"),
        ("6月前完成", "date_unclear"),
    ],
)
def test_what_cannot_be_decided_becomes_a_warning(text: str, code: str) -> None:
    reading = read_dates(text, year=2019)
    assert code in [w.code for w in reading.warnings]


def test_an_impossible_day_is_never_moved_to_another_one() -> None:
    assert deadlines("6月31日前完成") == []


def test_a_date_without_any_year_is_a_warning_and_not_a_guess() -> None:
    reading = read_dates("6月底前完成", year=None)
    assert reading.deadlines == ()
    assert [w.code for w in reading.warnings] == ["date_without_year"]


def test_the_day_of_a_deadline_is_a_date_object_with_its_words() -> None:
    deadline = read_dates("力争6月底前完成", year=2019).deadlines[0]
    assert (deadline.on, deadline.text, deadline.span) == (date(2019, 6, 30), "6月底前", (2, 6))


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.integers(min_value=0, max_value=5000))
def test_the_offset_moves_spans_and_nothing_else(text: str, offset: int) -> None:
    here, there = read_dates(text, year=2019), read_dates(text, year=2019, offset=offset)
    assert there == _moved(here, offset)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_every_span_shows_the_words_it_was_read_from(text: str) -> None:
    reading = read_dates(text, year=2019)
    for item in (*reading.deadlines, *reading.starts, *reading.periods, *reading.recurrence):
        assert text[slice(*item.span)] == item.text
    for start, end in reading.taken:
        assert 0 <= start < end <= len(text)


@given(st.text(max_size=200), st.one_of(st.none(), st.integers(min_value=1990, max_value=2090)))
def test_any_text_is_read_without_an_error(text: str, year: int | None) -> None:
    assert isinstance(read_dates(text, year=year), DateReading)


def _moved(reading: DateReading, offset: int) -> DateReading:
    def all_of(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(i, span=(i.span[0] + offset, i.span[1] + offset)) for i in items)

    return DateReading(
        all_of(reading.deadlines),
        all_of(reading.starts),
        all_of(reading.periods),
        all_of(reading.recurrence),
        tuple((a + offset, b + offset) for a, b in reading.taken),
        all_of(reading.warnings),
    )
