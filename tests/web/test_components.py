"""The components escape what they are given and write numbers, dates and lights as agreed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from lantian.apps.core import display
from lantian.apps.core.lists import unit_list_context

EVIL = '"><script>alert(1)</script>'
TAG = "<script>alert(1)"


def render(source: str, **values: Any) -> str:
    with translation.override("en"):
        return Template("{% load lantian %}" + source).render(Context(values))


class EvilForm(forms.Form):
    name = forms.CharField(label=EVIL, help_text="plain", initial=EVIL)
    choice = forms.MultipleChoiceField(choices=[("a", EVIL)], widget=forms.CheckboxSelectMultiple, label=EVIL)
    tick = forms.BooleanField(label=EVIL)
    secret = forms.CharField(widget=forms.PasswordInput, label=EVIL)
    file = forms.FileField(label=EVIL)


def evil_entry() -> SimpleNamespace:
    return SimpleNamespace(
        action=EVIL,
        result="denied",
        at=datetime(2026, 4, 1, tzinfo=UTC),
        actor=EVIL,
        organisation_name=EVIL,
        ip="192.0.2.1",
        object_label=EVIL,
        before={EVIL: EVIL},
        after={EVIL: [EVIL], "more": {"deep": EVIL}},
        reason=EVIL,
        get_result_display=EVIL,
    )


def evil_form() -> EvilForm:
    form = EvilForm({"name": "", "choice": EVIL, "secret": ""})
    form.add_error(None, EVIL)
    return form


@pytest.mark.parametrize(
    "source",
    [
        "{% icon evil evil %}",
        "{% light evil evil %}",
        "{% badge evil evil evil %}",
        "{% quantity evil evil evil evil %}",
        "{% date_cn evil evil %}",
        "{% due day finished=evil %}",
        "{% progress 3 7 label=evil tone=evil %}",
        "{% unit_list names role=evil %}",
        "{% stat evil evil evil hint=evil url=evil icon=evil tone=evil %}",
        "{% empty evil hint=evil url=evil label=evil icon=evil %}",
        "{% steps evil 1 %}",
        "{% tabs tabs %}",
        "{% facts pairs %}",
        "{% source_span evil url=evil %}",
        "{% source_span evil 1 5 url=evil %}",
        "{% marked_text evil spans anchor=evil %}",
        "{% log_entry entry evil %}",
        "{% card evil subtitle=evil icon=evil url=evil id=evil %}{{ evil }}{% endcard %}",
        "{% alert evil title=evil %}{{ evil }}{% endalert %}",
        "{% foldable evil %}{{ evil }}{% endfoldable %}",
        "{% buttons %}{{ evil }}{% endbuttons %}",
        "{% action_button label=evil url=evil icon=evil tone=evil %}",
        "{% post_button evil evil icon=evil tone=evil question=evil %}",
        "{% chart option evil height=evil %}",
        "{% query_with a=evil %}",
        "{% pagination page target=evil %}",
        "{% render_form form %}",
        "{% field form.name label=evil placeholder=evil %}",
        "{% form_errors form %}",
    ],
)
def test_a_component_escapes_what_it_is_given(source: str) -> None:
    request = RequestFactory().get("/", {"q": EVIL, EVIL: "1"})
    html = render(
        source,
        evil=EVIL,
        day=date(2026, 6, 30),
        names=[EVIL] * 9,
        tabs=[(EVIL, EVIL, EVIL)],
        pairs=[(EVIL, EVIL)],
        spans=[(0, 3, EVIL, EVIL)],
        entry=evil_entry(),
        option={"name": EVIL},
        page=Paginator(range(100), 10).page(2),
        form=evil_form(),
        request=request,
    )
    assert html.strip() != ""
    assert TAG not in html
    assert '=""><' not in html


def test_every_component_is_tested_for_escaping() -> None:
    from lantian.web.templatetags.lantian import register

    source = (__import__("pathlib").Path(__file__)).read_text(encoding="utf-8")
    missing = [name for name in register.tags if "{% " + name + " " not in source]
    assert missing == []


@pytest.mark.parametrize(
    ("expected", "values"),
    [
        ("≥95%", (95, "%", ">=")),
        ("≤46.0\u202fµg/m³", (Decimal("46.0"), "µg/m³", "<=")),
        ("12,480\u202f辆", (12480, "辆")),
        ("40–50\u202f台", (40, "台", "", 50)),
        ("\u22120.5℃", (-0.5, "℃")),
        ("0\u202f天", (0, "天")),
        ("—", (None, "天")),
        ("—", (float("nan"), "")),
        ("前20名", ("前20名",)),
    ],
)
def test_a_quantity_carries_comparator_interval_and_unit(expected: str, values: tuple[Any, ...]) -> None:
    assert expected == display.quantity(*values)


def test_the_tag_writes_a_quantity_as_the_function_does() -> None:
    html = render("{% quantity 12480 '辆' '>=' 13000 %}")
    assert html == '<span class="lt-quantity">≥12,480–13,000\u202f<span class="lt-unit">辆</span></span>'


@pytest.mark.parametrize("digits", ["0.10", "1E+3", "1234567.50", "-1", "0"])
def test_a_decimal_keeps_its_digits(digits: str) -> None:
    value = Decimal(digits)
    written = display.number(value).replace(",", "").replace("\N{MINUS SIGN}", "-")
    assert format(value, "f") == written


def test_a_moment_is_written_in_campaign_time() -> None:
    assert display.campaign_date(datetime(2017, 6, 30, 16, 5, tzinfo=UTC)) == "2017-07-01 00:05"
    assert display.campaign_date(date(2017, 6, 30)) == "2017-06-30"
    assert display.campaign_date(None) == "—"


@pytest.mark.parametrize(
    ("expected", "day"),
    [("1 day left", 28), ("2 days overdue", 25), ("due today", 27), ("3 days left", 30)],
)
def test_a_deadline_says_how_far_it_is(expected: str, day: int) -> None:
    html = render("{% due day today=today %}", day=date(2026, 6, day), today=date(2026, 6, 27))
    assert expected in html


def test_a_finished_deadline_is_never_overdue() -> None:
    html = render("{% due day True today=today %}", day=date(2026, 6, 1), today=date(2026, 6, 27))
    assert "overdue" not in html


def test_each_light_has_a_shape_and_words_of_its_own() -> None:
    drawn = {code: render("{% light code %}", code=code) for code in display.LIGHTS}
    shapes = {html.split("<svg")[1].split("</svg>")[0] for html in drawn.values()}
    assert len(shapes) == 5
    assert len({str(light.label) for light in display.LIGHTS.values()}) == 5


def test_a_bare_light_keeps_its_words_for_screen_readers() -> None:
    assert '<span class="visually-hidden">Overdue</span>' in render("{% light 'red' bare=True %}")


def test_long_lists_of_organisations_are_folded_but_not_for_a_single_one() -> None:
    assert len(unit_list_context(["a", "b", "c", "d"], 3)["shown"]) == 4
    folded = unit_list_context(["a", "b", "c", "d", "e"], 3)
    assert (folded["shown"], folded["more"]) == (["a", "b", "c"], ["d", "e"])


def test_marked_text_keeps_every_character_of_the_text() -> None:
    text = "一、<b>任务</b>\n128 台 & 95%"
    html = render(
        "{% marked_text text spans %}", text=text, spans=[(3, 6, "blue"), (4, 9), (12, 15), (90, 99)]
    )
    import html as entities
    import re

    assert text == entities.unescape(re.sub(r"<[^>]+>", "", html))
    assert 'id="span-3-6"' in html
    assert 'id="span-4-9"' in html


def test_a_source_span_shows_the_words_with_some_text_around() -> None:
    html = render("{% source_span text 10 12 context=3 %}", text="0123456789ABCDEFGH")
    assert "…789<mark>AB</mark>CDE…" in html


def test_a_field_tells_screen_readers_what_is_wrong() -> None:
    html = render("{% field form.name %}", form=evil_form())
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html


def test_a_choice_that_is_open_says_what_to_do() -> None:
    class Choices(forms.Form):
        must = forms.ChoiceField(choices=[("", "---------"), ("a", "A")])
        may = forms.ChoiceField(choices=[("", "---------"), ("a", "A")], required=False)

    assert ">Please choose</option>" in render("{% field form.must %}", form=Choices())
    assert ">Not chosen</option>" in render("{% field form.may %}", form=Choices())


def test_a_button_is_left_out_without_the_permission() -> None:
    user = SimpleNamespace(may=lambda code: code == "core.user.view")
    source = "{% action_button label='x' url='/x/' permission=code %}"
    assert "/x/" in render(source, user=user, code="core.user.view")
    assert render(source, user=user, code="core.user.create").strip() == ""
    assert render(source, code="core.user.view").strip() == ""


def test_a_number_of_charts_on_one_page_have_data_of_their_own() -> None:
    html = render("{% chart a 'A' %}{% chart b 'B' %}", a={"x": 1}, b={"x": 2})
    assert 'data-chart="chart-1"' in html
    assert '<script id="chart-2" type="application/json">{"x": 2}</script>' in html


def test_pages_keep_the_other_parameters() -> None:
    request = RequestFactory().get("/list/", {"q": "锅炉", "page": "3", "export": "xlsx"})
    html = render("{% pagination page %}", page=Paginator(range(100), 10).page(3), request=request)
    assert "?q=%E9%94%85%E7%82%89&amp;page=4" in html
    assert "export" not in html
