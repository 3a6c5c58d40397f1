"""The cards of the home page: how one's own tasks stand, and how the units stand for who watches over them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models.access import DataScope
from lantian.apps.plans import boards, ledger, queries, standing
from lantian.apps.plans.models import Plan, Task
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def plan(small_city: Any) -> Plan:
    """The bureau is late with one task and has one ahead; the branch has two ahead."""
    today = campaign_today()
    row = Plan.objects.create(title="方案", region=small_city.prefecture, status="active")
    for n, (unit, days) in enumerate(
        (
            (small_city.bureau, -3),
            (small_city.bureau, 20),
            (small_city.branches[0], 50),
            (small_city.branches[0], 60),
        )
    ):
        task = Task.objects.create(plan=row, title=f"任务{n}", order=n)
        task.deadlines.create(end=today + timedelta(days))
        task.units.create(role="lead", organisation=unit, name=unit.name, principal=True)
        standing.open_many([task], today=today - timedelta(90))
    ledger.refresh_parties([row.pk])
    return row


def home(user: Any) -> tuple[Client, str]:
    browser = Client()
    browser.force_login(user)
    return browser, browser.get(reverse("home")).content.decode()


def titles(browser: Client, url: str) -> list[str]:
    return re.findall(r'class="pl-task-link"[^>]*>([^<]*)</a>', browser.get(unescape(url)).content.decode())


def test_a_department_sees_the_lights_of_its_own_tasks_and_its_next_milestone(
    plan: Plan, small_city: Any
) -> None:
    user = make_account("huanjing", small_city.bureau, "department_officer", DataScope.DEPARTMENT)
    browser, page = home(user)
    red = re.search(r'href="([^"]+light=red)"[^>]*>(?:(?!</a>).)*<b>1</b>', page, re.S)
    assert red is not None
    assert ["任务0"] == titles(browser, red[1])
    assert reverse("plans:unit_month", args=[small_city.bureau.pk]) in page
    assert "任务1" in page
    assert "任务2" not in page
    assert "plans/boards.css" in page


def test_a_leader_sees_the_units_with_most_overdue_first(plan: Plan, small_city: Any) -> None:
    _browser, page = home(make_account("lingdao", small_city.government, "leader"))
    late = page.index(reverse("plans:unit_month", args=[small_city.bureau.pk]))
    assert late < page.index(reverse("plans:unit_month", args=[small_city.branches[0].pk]))
    assert [
        (small_city.bureau, {"red": 1, "grey": 1}),
        (small_city.branches[0], {"grey": 2}),
    ] == boards.by_unit(queries.tasks(HOUSE), 8)
    assert [small_city.bureau] == [unit for unit, _lights in boards.by_unit(queries.tasks(HOUSE), 1)]


def test_units_that_one_may_not_open_lead_to_their_tasks_in_the_ledger(plan: Plan, small_city: Any) -> None:
    """The office of a district sees a task of the city's bureau that its branch shares, but not the bureau's page."""
    branch, bureau = small_city.branches[0], small_city.bureau
    plan.tasks.get(title="任务0").units.create(role="cooperating", organisation=branch, name=branch.name)
    user = make_account("fenju", branch, "supervision", DataScope.DEPARTMENT)
    browser, page = home(user)
    assert reverse("plans:unit_month", args=[bureau.pk]) not in page
    url = f"{reverse('plans:tasks')}?unit={bureau.pk}&role=principal"
    assert url in unescape(page)
    assert ["任务0"] == titles(browser, url)


def test_what_waits_for_a_unit_is_named(plan: Plan, small_city: Any) -> None:
    task = plan.tasks.get(title="任务1")
    standing.record(task, "submit", on=campaign_today(), actor=HOUSE)
    standing.record(task, "return", on=campaign_today(), actor=HOUSE)
    user = make_account("huanjing", small_city.bureau, "department_officer", DataScope.DEPARTMENT)
    _browser, page = home(user)
    assert "#returned" in page
    assert "#cosign" not in page
    task.cosigns.create(organisation=small_city.bureau)
    assert "#cosign" in home(user)[1]


def test_the_numbers_lead_to_what_they_count(plan: Plan, small_city: Any) -> None:
    browser, page = home(make_account("gongjian", small_city.office, "campaign_office"))
    urls = {unescape(url) for url in re.findall(r'href="(/plans/tasks/\?[^"]+)"', page)}
    assert ["任务0"] == titles(browser, next(url for url in urls if url.endswith("?light=red")))
    assert ["任务1"] == titles(browser, next(url for url in urls if "due=30" in url))


def test_who_has_no_right_to_tasks_has_no_card_of_them(plan: Plan, small_city: Any) -> None:
    _browser, page = home(make_account("shenji", small_city.bureau, "auditor"))
    assert "plans/boards.css" not in page


def test_the_home_page_asks_a_fixed_number_of_queries(
    plan: Plan, small_city: Any, django_assert_max_num_queries: Any
) -> None:
    browser = Client()
    browser.force_login(make_account("gongjian", small_city.office, "campaign_office"))
    browser.get(reverse("home"))
    # one of them asks whether there are stations of the air, two what waits for the account in the lists of sources, one
    # whether there are devices, one counts alarms, one asks for sources that may be one
    with django_assert_max_num_queries(30):
        browser.get(reverse("home"))
