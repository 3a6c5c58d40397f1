"""A list filters, sorts, pages and exports what its address says, in a fixed number of queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import django_tables2 as tables
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import conditional_escape
from openpyxl import load_workbook

from lantian.apps.core import lists
from lantian.apps.core.models import LogEntry, Organisation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.site")]

LIST = "/organisations/"


@pytest.fixture
def browser(log_in: Callable[..., Client]) -> Client:
    return log_in("core.organisation.view")


def names(response: object) -> list[str]:
    html = response.content.decode()  # type: ignore[attr-defined]
    return re.findall(r'data-label="Name"><div class="lt-cell">([^<]*)<', html)


def test_a_visitor_is_sent_to_the_login(client: Client, office: Organisation) -> None:
    response = client.get(LIST)
    assert (response.status_code, response.url) == (302, "/account/login/?next=%2Forganisations%2F")


def test_an_account_without_the_permission_is_refused(log_in: Callable[..., Client]) -> None:
    response = log_in("core.user.view").get(LIST)
    assert response.status_code == 403
    assert "What you can do" in response.content.decode()


def test_a_list_without_a_permission_shows_nothing_at_all(browser: Client) -> None:
    assert browser.get("/forgotten/").status_code == 500


def test_the_number_of_queries_does_not_grow_with_the_rows(browser: Client, office: Organisation) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(LIST + "?size=100").status_code == 200
        return len(captured)

    count()  # content types and the like are read once
    few = count()
    for number in range(60):
        Organisation.objects.create(name=f"单位{number}", parent=office, region=office.region)
    assert few == count()
    assert few <= 10


def test_pages_have_the_size_that_was_chosen(browser: Client, rows: list[Organisation]) -> None:
    assert len(names(browser.get(LIST))) == 20
    assert len(names(browser.get(LIST + "?size=50"))) == 48
    assert len(names(browser.get(LIST + "?size=100000"))) == 20


@pytest.mark.parametrize(("page", "count"), [("3", 8), ("99", 8), ("x", 20), ("-1", 8), ("0", 8)])
def test_a_page_that_does_not_exist_is_mended(
    browser: Client, rows: list[Organisation], page: str, count: int
) -> None:
    assert count == len(names(browser.get(f"{LIST}?page={page}")))


def test_sorting_follows_the_address_both_ways(browser: Client, rows: list[Organisation]) -> None:
    assert names(browser.get(LIST + "?sort=-order"))[0] == "单位46"
    html = browser.get(LIST + "?sort=order").content.decode()
    assert 'aria-sort="ascending"' in html
    assert "sort=-order" in html


@pytest.mark.parametrize("sort", ["password", "-parent__path", "'; DROP TABLE", "actions"])
def test_a_column_that_does_not_sort_is_ignored(browser: Client, rows: list[Organisation], sort: str) -> None:
    response = browser.get(LIST, {"sort": sort})
    assert (response.status_code, len(names(response))) == (200, 20)


def test_each_word_of_the_search_must_be_found(browser: Client, rows: list[Organisation]) -> None:
    assert names(browser.get(LIST, {"q": "单位 07"})) == ["单位07"]
    assert names(browser.get(LIST, {"q": "单位 攻坚"})) == []


def test_a_filter_that_is_set_stands_as_a_chip_that_removes_it(
    browser: Client, rows: list[Organisation]
) -> None:
    html = browser.get(LIST, {"q": "单位", "kind": "town", "size": "50", "page": "2"}).content.decode()
    chips = re.findall(r'<a class="lt-chip" href="([^"]*)"', html)
    assert chips == ["?kind=town&amp;size=50", "?q=%E5%8D%95%E4%BD%8D&amp;size=50"]


def test_a_wrong_value_in_a_filter_is_said_and_does_not_narrow_the_list(
    browser: Client, rows: list[Organisation]
) -> None:
    response = browser.get(LIST, {"order": "abc", "kind": "no-such-kind"})
    html = response.content.decode()
    assert (response.status_code, len(names(response))) == (200, 20)
    assert html.count('aria-invalid="true"') == 2
    assert "lt-chip" not in html.split('id="ledger"')[1]


def test_nothing_found_offers_to_remove_the_filters(browser: Client, rows: list[Organisation]) -> None:
    html = browser.get(LIST, {"q": "没有这个"}).content.decode()
    assert "Nothing matches these filters." in html
    assert 'href="/organisations/">Remove all filters' in html


def test_an_empty_list_offers_the_next_step_to_who_may_take_it(log_in: Callable[..., Client]) -> None:
    reader, keeper = (
        log_in("core.organisation.view"),
        log_in("core.organisation.view", "core.organisation.manage"),
    )
    for browser, offered in ((reader, False), (keeper, True)):
        html = browser.get("/none/").content.decode()
        assert "No organisations yet." in html
        assert (">Import</a>" in html) is offered


def test_htmx_gets_the_results_alone_and_caches_know_the_difference(
    browser: Client, rows: list[Organisation]
) -> None:
    headers = {"HX-Request": "true", "HX-Target": "ledger"}
    part = browser.get(LIST, headers=headers)
    assert part.content.decode().lstrip().startswith('<div id="ledger"')
    assert "HX-Request" in part["Vary"]
    assert "<html" in browser.get(LIST).content.decode()
    restored = browser.get(LIST, headers={**headers, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_buttons_of_the_head_follow_the_permissions(log_in: Callable[..., Client]) -> None:
    html = log_in("core.organisation.view").get(LIST).content.decode()
    assert "For everybody" in html
    assert "Make one" not in html
    assert (
        "Make one" in log_in("core.organisation.view", "core.organisation.manage").get(LIST).content.decode()
    )


def test_the_export_holds_all_rows_of_the_filter_in_order_with_typed_values(
    browser: Client, rows: list[Organisation]
) -> None:
    response = browser.get(LIST, {"q": "单位", "sort": "-order", "page": "2", "export": "xlsx"})
    assert response.status_code == 200
    assert "filename*=utf-8''Organisations_" in response["Content-Disposition"] or (
        'filename="Organisations_' in response["Content-Disposition"]
    )
    sheet = load_workbook(BytesIO(response.content)).active
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    head = next(index for index, line in enumerate(lines) if line[0] == "Name")
    assert lines[head][:5] == ["Name", "Kind", "Region", "Order (件)", "Made"]
    body = lines[head + 1 : head + 48]
    assert [f"单位{number:02}" for number in range(46, -1, -1)] == [line[0] for line in body]
    assert (body[0][3], body[0][2]) == (46, "示例市")
    assert isinstance(body[0][4], datetime)


def test_the_log_keeps_who_exported_what(browser: Client, rows: list[Organisation]) -> None:
    browser.get(LIST, {"kind": "town", "export": "xlsx"})
    entry = LogEntry.objects.get(action="core.list.export")
    assert (entry.object_label, entry.after) == ("Organisations", {"rows": 16, "filter": {"kind": ["town"]}})


def test_an_export_with_a_permission_of_its_own_is_neither_offered_nor_given(
    browser: Client, rows: list[Organisation]
) -> None:
    response = browser.get("/closed/", {"export": "xlsx"})
    html = response.content.decode()
    assert response["Content-Type"].startswith("text/html")
    assert "export=xlsx" not in html.split('id="ledger"')[1]
    assert LogEntry.objects.filter(action="core.list.export").count() == 0


def test_too_many_rows_are_not_written_into_one_file(
    browser: Client, rows: list[Organisation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lantian.apps.core.lists.EXPORT_LIMIT", 10)
    response = browser.get(LIST, {"export": "xlsx"})
    assert response.status_code == 413
    assert "Set a filter first" in response.content.decode()


class Mixed(lists.LedgerTable):
    """A column of each kind: attribute, choices, step to another row, method, link, absent."""

    name = tables.Column(linkify=lambda record: f"/{record.pk}/")
    short_name = tables.Column()
    kind = tables.Column()
    parent = tables.Column(accessor="parent__name")
    text = tables.Column(accessor="__str__")
    counted = tables.Column(accessor="get_absolute_url")
    nothing = tables.Column(accessor="no_such_thing")
    marked = tables.Column(accessor="name")

    def render_marked(self, value: str, record: Organisation) -> str:
        """With a number, and a sign that must be escaped."""
        return f"<{value} {len(str(record))}>"

    class Meta(lists.LedgerTable.Meta):
        model = Organisation
        fields = ("name", "short_name", "kind")


def test_cells_are_written_as_the_library_of_tables_writes_them(rows: list[Organisation]) -> None:
    child = rows[1]
    child.parent, child.short_name = rows[0], ""
    given: list[object] = [*rows[:3], {"name": "a dictionary", "short_name": "of words"}]
    kept = Mixed(given, exclude=("text", "counted", "name"))
    whole = Mixed(rows[:3])
    for table in (kept, whole):
        body = table.body_html()
        cells = re.findall('<div class="lt-cell[^"]*">(.*?)</div></td>', body, re.DOTALL)
        expected = [str(conditional_escape(cell)) for row in table.rows for _column, cell in row.items()]
        assert cells == expected
        assert len(cells) >= 3 * 6
    assert "&lt;" in whole.body_html()
