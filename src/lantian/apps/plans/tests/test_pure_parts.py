"""Parts without a database: due days, marked text, values, names."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from lantian.apps.plans import due, sources, values
from lantian.apps.plans.mapping import is_collective, kind_of

TODAY = date(2017, 5, 10)


@pytest.mark.parametrize(
    ("when", "on", "rhythm"),
    [
        ("每月25日前", date(2017, 5, 25), "monthly"),
        ("每月5日、20日", date(2017, 5, 20), "monthly"),
        ("每月5、20日前", date(2017, 5, 20), "monthly"),
        ("每月二十五日前", date(2017, 5, 25), "monthly"),
        ("每月底", date(2017, 5, 31), "monthly"),
        ("每月", None, "monthly"),
        ("每季度最后一月的25日前", date(2017, 6, 25), "quarterly"),
        ("每季度首月5日前", date(2017, 7, 5), "quarterly"),
        ("每季度结束后10日内", date(2017, 7, 10), "quarterly"),
        ("每半年", date(2017, 6, 30), "half_yearly"),
        ("每年12月20日前", date(2017, 12, 20), "yearly"),
        ("每周五", date(2017, 5, 12), "weekly"),
        ("每周三前", date(2017, 5, 10), "weekly"),
        ("每日17时前", TODAY, "daily"),
        ("2017-02-28", None, "once"),
        ("2017-06-30", date(2017, 6, 30), "once"),
        ("6月底前", date(2017, 6, 30), "once"),
        ("11月20日前", date(2017, 11, 20), "once"),
        ("年底前", date(2017, 12, 31), "once"),
        ("及时", None, ""),
        ("", None, ""),
    ],
)
def test_the_next_day_of_a_duty_is_read_from_its_words(when: str, on: date | None, rhythm: str) -> None:
    assert due.next_due(when, TODAY, 2017) == due.Due(on, rhythm)


def test_the_31st_is_the_last_day_of_a_short_month() -> None:
    assert due.next_due("每月31日", date(2024, 2, 1)).on == date(2024, 2, 29)


@given(
    st.text(alphabet="每月季度年周日号前底末后初第一二三十0123456789、-半内个工作", max_size=30),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_a_next_day_is_never_in_the_past(when: str, today: date) -> None:
    found = due.next_due(when, today, today.year).on

    assert found is None or found >= today


def test_marked_text_is_escaped_and_keeps_every_character() -> None:
    html = sources.marked(
        "甲<script>alert(1)</script>乙 & 丙", [(1, 5, 'x"><b', '"><i>'), (8, 11, "task", "t1")]
    )

    assert "<script>" not in html
    assert "<i>" not in html
    assert 'class="pl-x&quot;&gt;&lt;b"' in html


@given(
    st.text(alphabet="abc<>&\"' \n", max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8),
)
def test_the_words_of_marked_text_are_the_words_of_the_text(text: str, pairs: list[tuple[int, int]]) -> None:
    import re
    from html import unescape

    spans = [(min(a, b), max(a, b), "task", f"t{n}") for n, (a, b) in enumerate(pairs)]
    html = str(sources.marked(text, spans))

    assert unescape(re.sub(r"<[^>]*>", "", html)) == text


@given(st.text(alphabet="ab\n", max_size=400))
def test_chunks_cover_a_text_without_gaps(text: str) -> None:
    whole, chunk = sources.WHOLE, sources.CHUNK
    sources.WHOLE, sources.CHUNK = 50, 20
    try:
        pieces = sources.chunks(text)
    finally:
        sources.WHOLE, sources.CHUNK = whole, chunk

    assert "".join(text[start:end] for start, end in pieces) == text


@pytest.mark.parametrize(
    ("name", "collective"),
    [
        ("各镇（街道）", True),
        ("有关部门", True),
        ("区直各部门", True),
        ("区生态环境局", False),
        ("河口镇", False),
    ],
)
def test_collective_names_are_known(name: str, collective: bool) -> None:
    assert is_collective(name) is collective


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("河口镇人民政府", "town"),
        ("长兴路街道办事处", "town"),
        ("高新区管委会", "committee"),
        ("济源供电公司", "enterprise"),
        ("惠济区人民政府", "government"),
        ("区攻坚办", "office"),
        ("区住建局（交通运输）", "department"),
    ],
)
def test_the_kind_of_a_new_organisation_is_guessed_from_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_values_are_told_apart_field_by_field() -> None:
    old = {"title": "甲", "units": [{"role": "lead", "name": "A", "person": ""}], "from_end": False}
    new = {"title": "甲", "units": [{"role": "lead", "name": "A", "person": "李"}], "from_end": True}
    before, after = values.difference(old, new)

    assert set(after) == {"lead", "from_end"}
    assert (before["lead"], after["lead"]) == ("A", "A（李）")


@pytest.mark.parametrize(
    ("value", "comparator", "unit", "kind", "from_end", "words"),
    [
        ("20", ">", "名", "rank", True, "退出后20名"),
        ("10", "=", "位", "rank", True, "倒数第10位"),
        ("3", ">=", "位", "rank_gain", False, "≥3位"),
        ("5", ">=", "%", "reduction", False, "下降≥5%"),
    ],
)
def test_the_value_of_a_target_reads_as_an_official_would_say_it(
    value: str, comparator: str, unit: str, kind: str, from_end: bool, words: str
) -> None:
    with translation.override("zh-hans"):
        said = values.worded_value(value, comparator, unit, kind=kind, from_end=from_end)

    assert said.replace("\u202f", "").replace(" ", "").replace("\xa0", "") == words
