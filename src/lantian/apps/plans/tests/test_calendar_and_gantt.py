"""Calendar and Gantt chart: the right days, the right places, the right lights, and the tasks behind them."""

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
from lantian.apps.core.models.access import DataScope
from lantian.apps.plans import boards, ledger, queries, standing
from lantian.apps.plans.models import Plan, Section, Task
from lantian.apps.plans.months import Month
from lantian.apps.plans.scales import LABELS, Scale
from tests.fixtures.accounts import make_account

HOUSE = Actor.system("test")
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))


@given(st.lists(DAYS, min_size=1, max_size=6))
def test_a_scale_holds_all_its_days_in_their_order_and_labels_only_what_has_room(days: list[date]) -> None:
    scale = Scale.over(days)
    assert scale is not None
    ordered = sorted(days)
    places = [scale.at(day) for day in ordered]
    assert places == sorted(places)
    assert all(0 <= place < 100 for place in places)
    assert (0, 100) == (scale.at(scale.first), scale.at(scale.last + timedelta(1)))
    months = scale.months()
    assert sum(1 for _month, _left, labelled in months if labelled) <= LABELS + 1
    assert (Month.of(ordered[0]), Month.of(ordered[-1])) == (months[0][0], months[-1][0])


def test_days_outside_a_scale_lie_at_its_ends_and_nothing_has_no_scale() -> None:
    scale = Scale(date(2017, 1, 1), date(2017, 12, 31))
    assert (0, 100) == (scale.at(date(2016, 5, 1)), scale.at(date(2018, 5, 1)))
    assert scale.span(date(2017, 6, 1), date(2017, 5, 1))[1] == 0
    assert None is Scale.over([])


class Year:
    """A plan with a task of two milestones, one suspended, one without a deadline, one of another unit."""

    def __init__(self, city: Any) -> None:
        self.city, self.today = city, campaign_today()
        self.plan = Plan.objects.create(
            title="方案", region=city.prefecture, status="active", issued_on=self.today - timedelta(100)
        )
        self.chapter = Section.objects.create(plan=self.plan, title="第一章", order=1)
        self.two = self.task("两步走", -5, 40)
        self.held = self.task("暂缓的", 3)
        self.free = self.task("长期坚持")
        self.foreign = self.task("分局的", 3, unit=city.branches[0])
        standing.record(self.held, "suspend", on=self.today, actor=HOUSE)
        ledger.refresh_parties([self.plan.pk])

    def task(self, title: str, *days: int, unit: Any = None) -> Task:
        task = Task.objects.create(
            plan=self.plan, title=title, chapter=self.chapter, order=self.plan.tasks.count() + 1
        )
        for order, day in enumerate(days):
            task.deadlines.create(end=self.today + timedelta(day), order=order)
        unit = unit or self.city.bureau
        task.units.create(role="lead", organisation=unit, name=unit.name, principal=True)
        standing.open_many([task], today=self.today - timedelta(90))
        return task


@pytest.fixture
def year(small_city: Any) -> Year:
    return Year(small_city)


@pytest.fixture
def client(small_city: Any) -> Client:
    found = Client()
    found.force_login(make_account("gongjian", small_city.office, "campaign_office"))
    return found


def items_of(page: str, day: date) -> list[tuple[str, str]]:
    """Light and task of each milestone of a day in the calendar."""
    cell = re.search(rf'<time datetime="{day:%Y-%m-%d}">.*?</td>', page, re.S)
    if cell is None:
        return []
    return [
        (light, words.strip())
        for light, words in re.findall(r'class="pc-item pc-(\w+)".*?class="pc-words">([^<]*)<', cell[0], re.S)
    ]


def calendar(client: Client, plan: Plan, day: date) -> str:
    response = client.get(reverse("plans:plan_calendar", args=[plan.pk]), {"month": Month.of(day).text})
    assert 200 == response.status_code
    return response.content.decode()


@pytest.mark.django_db
def test_each_milestone_stands_on_its_day_with_its_own_light(client: Client, year: Year) -> None:
    past, soon, later = (year.today + timedelta(n) for n in (-5, 3, 40))
    assert [("red", "两步走")] == items_of(calendar(client, year.plan, past), past)
    assert {("grey", "暂缓的"), ("yellow", "分局的")} == set(
        items_of(calendar(client, year.plan, soon), soon)
    )
    assert [("grey", "两步走")] == items_of(calendar(client, year.plan, later), later)
    standing.record(year.two, "milestone", on=year.today, actor=HOUSE, deadline=year.two.deadlines.first())
    assert [("green", "两步走")] == items_of(calendar(client, year.plan, past), past)
    # Half should be done by the first milestone, and nothing has been reported: behind the straight line.
    assert [("yellow", "两步走")] == items_of(calendar(client, year.plan, later), later)


@pytest.mark.django_db
def test_a_day_leads_to_exactly_its_tasks_in_the_ledger(client: Client, year: Year) -> None:
    soon = year.today + timedelta(3)
    page = calendar(client, year.plan, soon)
    url = re.search(rf'<a href="([^"]+)"><time datetime="{soon:%Y-%m-%d}"', page)
    assert url is not None
    ledger_page = client.get(unescape(url[1])).content.decode()
    assert {"暂缓的", "分局的"} == set(re.findall(r'class="pl-task-link"[^>]*>([^<]*)</a>', ledger_page))


@pytest.mark.django_db
def test_a_month_without_milestones_offers_those_that_have_some(client: Client, year: Year) -> None:
    page = calendar(client, year.plan, year.today + timedelta(400))
    assert f"month={Month.of(year.today + timedelta(40)).text}" in page
    assert "pc-item" not in page


@pytest.mark.django_db
def test_the_months_above_count_what_the_month_shows(client: Client, year: Year) -> None:
    rows = queries.tasks(HOUSE).filter(plan=year.plan)
    counted = dict(boards.months_of(boards.milestones(rows)))
    for first, number in counted.items():
        month = Month.of(first)
        assert number == boards.milestones(rows, month.first, month.last).count()
    assert 4 == sum(counted.values())


@pytest.mark.django_db
def test_bars_run_from_the_issue_to_the_last_deadline_and_say_so_in_words(client: Client, year: Year) -> None:
    page = client.get(reverse("plans:plan_gantt", args=[year.plan.pk])).content.decode()
    issued, last = year.today - timedelta(100), year.today + timedelta(40)
    assert f"{issued:%Y-%m-%d} – {last:%Y-%m-%d}，已逾期，0%" in page
    assert f"{issued:%Y-%m-%d} – 无时限，未开始，0%" in page
    assert 4 == page.count('class="pg-name" href')
    assert 4 == len(re.findall(r'class="pg-mark pg-(?:open|met)"><title>', page))
    assert "pg-today" in page
    scale = Scale.over([issued, last])
    assert scale is not None
    left, width = scale.span(issued, last)
    assert f'class="pg-bar pg-red" x="{left:.2f}%" width="{width:.2f}%"' in page


@pytest.mark.django_db
def test_chapters_of_a_large_plan_are_folded_until_somebody_unfolds_them(client: Client, year: Year) -> None:
    url = reverse("plans:plan_gantt", args=[year.plan.pk])
    assert '<details class="pg-chapter" open>' in client.get(url).content.decode()
    assert '<details class="pg-chapter" open>' not in client.get(f"{url}?open=0").content.decode()
    Task.objects.bulk_create(
        Task(plan=year.plan, chapter=year.chapter, title=f"{n}", order=10 + n) for n in range(60)
    )
    assert '<details class="pg-chapter" open>' not in client.get(url).content.decode()
    assert '<details class="pg-chapter" open>' in client.get(f"{url}?open=1").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["plan_calendar", "plan_gantt"])
def test_a_department_sees_its_own_tasks_only(year: Year, view: str) -> None:
    browser = Client()
    browser.force_login(
        make_account("fenju", year.city.branches[0], "department_officer", DataScope.DEPARTMENT)
    )
    month = Month.of(year.today + timedelta(3)).text
    page = browser.get(reverse(f"plans:{view}", args=[year.plan.pk]), {"month": month}).content.decode()
    assert "分局的" in page
    assert "暂缓的" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["plan_calendar", "plan_gantt"])
def test_titles_that_look_like_markup_are_shown_as_text(client: Client, year: Year, view: str) -> None:
    year.task('<script>alert("1")</script>', 3)
    month = Month.of(year.today + timedelta(3)).text
    page = client.get(reverse(f"plans:{view}", args=[year.plan.pk]), {"month": month}).content.decode()
    assert '<script>alert("1")' not in page
    assert "&lt;script&gt;" in page


@pytest.mark.django_db
@pytest.mark.parametrize("view", ["plan_calendar", "plan_gantt"])
def test_an_empty_plan_and_one_without_deadlines_say_the_next_step(
    client: Client, small_city: Any, view: str
) -> None:
    plan = Plan.objects.create(title="空方案", region=small_city.prefecture, status="active")
    url = reverse(f"plans:{view}", args=[plan.pk])
    assert reverse("plans:plan", args=[plan.pk]) in client.get(url).content.decode()
    Task.objects.create(plan=plan, title="长期", order=1)
    page = unescape(client.get(url).content.decode())
    assert f"plan={plan.pk}&without=date" in page


@pytest.mark.django_db
@pytest.mark.parametrize(("view", "most"), [("plan_calendar", 18), ("plan_gantt", 16)])
def test_the_number_of_queries_does_not_grow(
    client: Client, year: Year, view: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        year.task(f"{n}", n, n + 30)
    with django_assert_max_num_queries(most):
        client.get(reverse(f"plans:{view}", args=[year.plan.pk]))
