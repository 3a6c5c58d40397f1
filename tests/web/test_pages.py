"""The frame: style page, home, navigation, error pages, forms that run actions."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lantian.apps.core import dashboard, navigation, permissions
from lantian.apps.core.models import Notification, Organisation, User
from lantian.web import errors

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.site")]


def style(client: Client, language: str) -> str:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response = client.get("/style/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ("状态灯", "未开始", "逾期 27 天", "有 2 处需要更正", "导出", "查看原文")),
        (
            "en",
            ("Lights", "Not started", "27 days overdue", "2 fields need to be corrected", "Show in the text"),
        ),
    ],
)
def test_the_style_page_speaks_both_languages(client: Client, language: str, words: tuple[str, ...]) -> None:
    html = style(client, language)
    assert [word for word in words if word not in html and word != "导出"] == []
    assert (f'<html lang="{"en" if language == "en" else "zh-CN"}">') in html


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_style_page_shows_every_component(client: Client, language: str) -> None:
    from pathlib import Path

    from lantian.web.templatetags.lantian import register

    template = (Path(errors.__file__).parent / "templates" / "style.html").read_text(encoding="utf-8")
    # Tags that others are made of are shown by those.
    inner = {"field", "form_errors", "query_with"}
    assert set() == {name for name in register.tags if "{% " + name + " " not in template} - inner
    html = style(client, language)
    for mark in (
        "lt-light-red",
        "lt-badge-yellow",
        "lt-stat-value",
        "lt-progress",
        "lt-units",
        "lt-source",
        "lt-mark-blue",
        "lt-log-refused",
        "lt-facts",
        "lt-steps",
        "lt-empty",
        "lt-alert-danger",
        "lt-pages",
        "lt-cards",
        "lt-sticky",
        "data-chart",
        "lt-fields-2",
        "lt-error",
        "lt-foldable",
        "data-confirm",
    ):
        assert mark in html, mark


def test_in_chinese_the_frame_holds_no_english_words(client: Client) -> None:
    html = style(client, "zh-hans")
    head = html[: html.index("<section")]
    text = re.sub(r"<[^>]+>", " ", head[head.index("<body") :])
    assert re.findall(r"[A-Za-z]{4,}", text.replace("English", "").replace("Switch to", "")) == []


def test_every_page_carries_the_strict_policy(client: Client) -> None:
    policy = client.get("/style/")["Content-Security-Policy"]
    rules = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}
    assert rules["script-src"] == ["'self'"]
    assert rules["style-src"] == ["'self'"]
    assert rules["object-src"] == ["'none'"]
    assert "'unsafe-eval'" not in policy


def test_a_sign_of_life_needs_no_login_and_is_not_cached(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.json()["status"], "no-store" in response["Cache-Control"]) == ("ok", True)


def test_a_ledger_that_cannot_be_reached_is_no_sign_of_life(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def fail() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("lantian.web.views.connection.cursor", fail)
    assert client.get("/healthz").status_code == 503


def test_home_asks_for_a_login(client: Client) -> None:
    assert client.get("/").status_code == 302


def test_home_shows_the_cards_that_the_apps_offer(
    log_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "_providers", [])

    def cards(request: HttpRequest) -> dashboard.DashboardCard | None:
        if not request.user.may("core.log.view"):  # type: ignore[union-attr]
            return None
        return dashboard.DashboardCard("Waiting", "lantian/components/badge.html", {"label": "x"}, width=4)

    dashboard.register(cards)
    dashboard.register(cards)
    assert "Waiting" not in log_in().get("/").content.decode()
    assert log_in("core.log.view").get("/").content.decode().count("Waiting") == 1


def test_the_bell_counts_what_is_unread_and_only_mine(log_in: Callable[..., Client]) -> None:
    from lantian.web.context import Shell

    log_in(), log_in()
    one, other = User.objects.order_by("pk")
    for user in (one, one, other):
        Notification.objects.create(recipient=user, kind="x", title="x")
    request = RequestFactory().get("/")
    request.user = one
    assert Shell(request).unread == 2


def test_the_frame_costs_few_queries(log_in: Callable[..., Client]) -> None:
    browser = log_in("core.organisation.view")
    browser.get("/")
    with CaptureQueriesContext(connection) as captured:
        browser.get("/")
    assert len(captured) <= 8


# Navigation --------------------------------------------------------------------------------------------------------


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_items", {})


@pytest.mark.urls("lantian.web.urls")
def test_every_entry_of_the_navigation_has_an_address_and_a_known_permission() -> None:
    assert [item.url_name for item in navigation.items() if not reverse(item.url_name)] == []
    assert all(item.permission is None or permissions.get(item.permission) for item in navigation.items())


def test_the_navigation_hides_what_the_account_may_not_open(
    registry: None, log_in: Callable[..., Client]
) -> None:
    navigation.register("base", "Organisations", "organisations", "building", "core.organisation.view")
    navigation.register("home", "Start", "home", "home")
    assert 'href="/organisations/"' not in log_in().get("/").content.decode()
    assert 'href="/organisations/"' in log_in("core.organisation.view").get("/").content.decode()


def test_the_deepest_address_is_the_current_one(
    registry: None, log_in: Callable[..., Client], office: Organisation
) -> None:
    navigation.register("home", "Start", "home", "home")
    navigation.register("base", "Organisations", "organisations", "building")
    html = log_in("core.organisation.view").get(f"/organisations/{office.pk}/").content.decode()
    assert re.findall(r'lt-nav-link active" href="([^"]*)"', html) == ["/organisations/"]


def test_sections_stand_in_their_order_and_items_by_their_number(registry: None) -> None:
    navigation.register("admin", "C", "home", "x")
    navigation.register("plans", "B", "style", "x", order=20)
    navigation.register("plans", "A", "organisations", "x", order=10)
    assert [item.label for item in navigation.items()] == ["A", "B", "C"]


def test_an_unknown_section_is_refused(registry: None) -> None:
    with pytest.raises(KeyError, match="no-such-section"):
        navigation.register("no-such-section", "A", "home", "x")


def test_a_page_without_an_address_does_not_break_the_others(
    registry: None, log_in: Callable[..., Client]
) -> None:
    navigation.register("home", "Gone", "no-such-page", "x")
    response = log_in().get("/")
    assert (response.status_code, "Gone" in response.content.decode()) == (200, False)


# Errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing/here/", 404, "This page does not exist"),
        ("/suspicious/", 400, "The request could not be understood"),
        ("/broken/", 500, "Something went wrong on our side"),
    ],
)
def test_an_error_says_what_to_do_next_and_tells_no_secrets(
    log_in: Callable[..., Client], path: str, status: int, words: str
) -> None:
    response = log_in().get(path)
    html = response.content.decode()
    assert (status, True) == (response.status_code, words in html)
    assert "What you can do" in html
    assert "secret detail" not in html


def test_the_page_of_a_failure_asks_neither_database_nor_session(client: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = errors.server_error(RequestFactory().get("/"))
    assert (response.status_code, len(captured)) == (500, 0)
    assert re.search(r"<code>[0-9a-f]{8}</code>", response.content.decode())


def test_an_expired_form_is_explained(log_in: Callable[..., Client]) -> None:
    browser = log_in("core.organisation.view")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    response = strict.post("/refusing/", {"name": "x"})
    assert (response.status_code, "This form is no longer valid" in response.content.decode()) == (403, True)


def test_the_413_page_shows_the_reason_that_was_given(client: Client) -> None:
    from lantian.apps.core.exceptions import TooLarge

    response = errors.too_large(RequestFactory().get("/"), TooLarge("<b>60 MB</b>"))
    assert (response.status_code, "&lt;b&gt;60 MB&lt;/b&gt;" in response.content.decode()) == (413, True)


# Forms that run actions ---------------------------------------------------------------------------------------------


@pytest.fixture
def browser(log_in: Callable[..., Client]) -> Client:
    return log_in("core.organisation.view")


def test_what_an_action_refuses_stands_beside_the_field_it_names(browser: Client) -> None:
    response = browser.post("/refusing/", {"name": "field"})
    html = response.content.decode()
    assert response.status_code == 422
    field = html[html.index('id="id_name_error"') :]
    assert "This name is taken." in field[:300]
    assert "Something else is wrong." in html[: html.index('id="id_name_error"')]


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("conflict", 422, "Somebody else has changed this entry"),
        ("reason", 422, "Why?"),
        ("denied", 403, "You do not have the right"),
        ("missing", 404, "This page does not exist"),
    ],
)
def test_a_refused_action_is_told(browser: Client, name: str, status: int, words: str) -> None:
    response = browser.post("/refusing/", {"name": name})
    assert (status, True) == (response.status_code, words in response.content.decode())


def test_a_done_action_is_told_on_the_next_page(browser: Client) -> None:
    response = browser.post("/refusing/", {"name": "fine"}, follow=True)
    assert (response.redirect_chain[0][0], "Saved." in response.content.decode()) == ("/", True)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("/organisations/?q=1", "/organisations/?q=1"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_the_way_back_never_leaves_the_site(browser: Client, target: str, expected: str) -> None:
    response = browser.post("/refusing/", {"name": "fine", "next": target})
    assert (302, expected) == (response.status_code, response.url)


def test_a_question_shows_its_consequences_and_asks_for_a_reason(
    browser: Client, office: Organisation
) -> None:
    url = f"/organisations/{office.pk}/close/"
    html = browser.get(url).content.decode()
    assert "Close it?" in html
    assert "Accounts are locked." in html
    assert browser.post(url, {"reason": " "}).status_code == 422
    browser.post(url, {"reason": "merged"})
    office.refresh_from_db()
    assert office.short_name == "merged"


def test_a_row_outside_of_the_scope_is_not_found(browser: Client, office: Organisation) -> None:
    assert browser.get(f"/organisations/{office.pk}/").status_code == 200
    user = User.objects.get()
    user.grants.update(scope="self")
    assert browser.get(f"/organisations/{office.pk}/").status_code == 404
