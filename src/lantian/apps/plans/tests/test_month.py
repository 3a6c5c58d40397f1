"""What a unit has to do this month: every part of the page, and the ledger behind it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import Organisation
from lantian.apps.core.models.access import DataScope
from lantian.apps.plans import boards, ledger, queries, standing
from lantian.apps.plans.models import Plan, Task, TaskUnit
from lantian.apps.plans.months import Month
from tests.fixtures.accounts import make_account

HOUSE = Actor.system("test")


@given(st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_a_month_reads_what_it_writes_and_leafs_there_and_back(day: date) -> None:
    month = Month.of(day)
    assert month == Month.read(month.text, date(2020, 1, 1))
    assert month == month.after.before
    assert month.first <= day <= month.last
    assert month.last + timedelta(1) == month.after.first
    weeks = month.weeks()
    assert month.first in weeks[0]
    assert month.last in weeks[-1]
    assert {0} == {week[0].weekday() for week in weeks}


@pytest.mark.parametrize(
    "text", ["", "2017-00", "2017-13", "0001-01", "9999-12", "2017-6", "x", "２０１７-06"]
)
def test_what_is_no_month_is_the_month_of_today(text: str) -> None:
    assert Month(2026, 5) == Month.read(text, date(2026, 5, 9))


class Desk:
    """A bureau with one task of each kind; another unit with one of its own."""

    def __init__(self, city: Any) -> None:
        self.today = today = campaign_today()
        self.plan = Plan.objects.create(
            title="方案", region=city.prefecture, status="active", issued_on=today - timedelta(100)
        )
        self.unit, self.other = city.bureau, city.branches[0]
        self.late = self.task("迟到", today - timedelta(40))
        self.now = self.task("今天到期", today)
        self.next = self.task("下月到期", Month.of(today).after.first + timedelta(3))
        self.back = self.task("被退回", today + timedelta(70))
        self.given = self.task("已报送", today + timedelta(71))
        self.done = self.task("已销号", today + timedelta(72))
        self.helped = self.task("配合的", today + timedelta(73), role="cooperating")
        self.foreign = self.task("别人的", today, unit=self.other)
        for task, kinds in (
            (self.back, ("submit", "return")),
            (self.given, ("submit",)),
            (self.done, ("accept",)),
        ):
            for kind in kinds:
                standing.record(task, kind, on=today, actor=HOUSE)
        self.helped.cosigns.create(organisation=self.unit)
        ledger.refresh_parties([self.plan.pk])

    def task(self, title: str, end: date, role: str = "lead", unit: Any = None) -> Task:
        task = Task.objects.create(plan=self.plan, title=title, order=self.plan.tasks.count() + 1)
        task.deadlines.create(end=end)
        unit = unit or self.unit
        task.units.create(role=role, organisation=unit, name=unit.name, principal=role == "lead")
        standing.open_many([task], today=self.today - timedelta(90))
        return task


@pytest.fixture
def desk(small_city: Any) -> Desk:
    return Desk(small_city)


@pytest.fixture
def client(small_city: Any) -> Client:
    found = Client()
    found.force_login(make_account("gongjian", small_city.office, "campaign_office"))
    return found


def month_page(client: Client, unit: Organisation, **query: str) -> str:
    response = client.get(reverse("plans:unit_month", args=[unit.pk]), query)
    assert 200 == response.status_code
    return response.content.decode()


def part(page: str, key: str) -> tuple[list[str], str]:
    """The titles of a part of the page, and the address of all of it."""
    found = re.search(rf'<section class="card lt-card" id="{key}">(.*?)</section>', page, re.S)
    if found is None:
        return [], ""
    url = re.search(r'class="lt-card-more" href="([^"]+)"', found[1])
    titles = re.findall(r'<a href="/plans/tasks/\d+/">([^<]*)</a>', found[1])
    return [title.strip() for title in titles], unescape(url[1]) if url else ""


@pytest.mark.django_db
def test_each_part_holds_its_tasks_and_leads_to_exactly_these_in_the_ledger(
    client: Client, desk: Desk
) -> None:
    page = month_page(client, desk.unit)
    expected = {
        "overdue": ["迟到"],
        "due": ["今天到期"],
        "returned": ["被退回"],
        "submitted": ["已报送"],
        "cosign": ["配合的"],
        "closed": ["已销号"],
    }
    assert expected == {key: part(page, key)[0] for key in expected}
    for key in ("overdue", "due", "returned", "submitted"):
        titles = re.findall(
            r'class="pl-task-link"[^>]*>([^<]*)</a>', client.get(part(page, key)[1]).content.decode()
        )
        assert expected[key] == titles


@pytest.mark.django_db
def test_another_month_shows_its_milestones_and_nothing_of_today(client: Client, desk: Desk) -> None:
    page = month_page(client, desk.unit, month=Month.of(desk.today).after.text)
    assert ["下月到期"] == part(page, "due")[0]
    assert ([], []) == (part(page, "overdue")[0], part(page, "returned")[0])


@pytest.mark.django_db
def test_the_role_decides_which_tasks_are_shown(client: Client, desk: Desk) -> None:
    month = Month.of(desk.helped.deadlines.get().end).text
    assert ([], ["配合的"], ["配合的"]) == (
        [title for title in part(month_page(client, desk.unit, month=month), "due")[0] if title == "配合的"],
        part(month_page(client, desk.unit, month=month, role="cooperating"), "due")[0],
        [
            title
            for title in part(month_page(client, desk.unit, month=month, role=""), "due")[0]
            if title == "配合的"
        ],
    )


@pytest.mark.django_db
def test_a_month_without_milestones_names_the_next_one(client: Client, desk: Desk) -> None:
    quiet = Month.of(desk.today - timedelta(400))
    page = month_page(client, desk.unit, month=quiet.text)
    assert f"month={Month.of(desk.today).text}" in page
    assert f"{desk.today:%Y-%m-%d}" in page


@pytest.mark.django_db
def test_a_unit_that_no_task_names_is_told_the_next_step(client: Client, desk: Desk) -> None:
    nobody = Organisation.objects.create(name="新设的局")
    page = month_page(client, nobody)
    assert "尚无任务涉及本单位" in page
    assert f'href="{reverse("plans:tasks")}"' in page


@pytest.mark.django_db
def test_a_department_sees_its_own_month_and_no_other(desk: Desk) -> None:
    browser = Client()
    browser.force_login(make_account("fenju", desk.other, "department_officer", DataScope.DEPARTMENT))
    assert ["别人的"] == part(month_page(browser, desk.other), "due")[0]
    assert 404 == browser.get(reverse("plans:unit_month", args=[desk.unit.pk])).status_code


@pytest.mark.django_db
def test_the_page_of_an_organisation_leads_to_its_month_where_it_has_tasks(
    client: Client, desk: Desk
) -> None:
    url = reverse("plans:unit_month", args=[desk.unit.pk])
    assert url in client.get(reverse("core:organisation", args=[desk.unit.pk])).content.decode()
    nobody = Organisation.objects.create(name="新设的局")
    page = client.get(reverse("core:organisation", args=[nobody.pk])).content.decode()
    assert reverse("plans:unit_month", args=[nobody.pk]) not in page


@pytest.mark.django_db
def test_milestones_in_the_database_are_those_of_the_rule(desk: Desk) -> None:
    """A start is none, a period is one only where there is no deadline."""
    today = desk.today
    both = desk.task("两样", today + timedelta(5))
    both.deadlines.create(kind="period", start=today, end=today + timedelta(9))
    both.deadlines.create(kind="start", end=today + timedelta(1))
    season = Task.objects.create(plan=desk.plan, title="只有时段", order=99)
    season.deadlines.create(kind="period", start=today, end=today + timedelta(9))
    season.deadlines.create(kind="period", text="采暖季")
    for task in (both, season):
        wanted = [row.pk for row in standing.milestone_rows(task.deadlines.all())]
        assert wanted == [row.pk for row in boards.milestones(Task.objects.filter(pk=task.pk))]


@pytest.mark.django_db
def test_the_month_asks_a_fixed_number_of_queries(
    client: Client, desk: Desk, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        desk.task(f"{n}", desk.today + timedelta(n - 15))
    assert 30 < queries.with_unit(queries.tasks(HOUSE), desk.unit.pk).count()
    assert TaskUnit.objects.count() > 30
    with django_assert_max_num_queries(19):
        month_page(client, desk.unit)
