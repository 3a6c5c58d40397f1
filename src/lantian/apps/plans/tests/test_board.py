"""The wall-map board: what it counts, for whom, on which day, and where its numbers lead."""

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
from lantian.apps.core.models import Organisation
from lantian.apps.core.models.access import DataScope
from lantian.apps.plans import boards, ledger, queries, standing
from lantian.apps.plans.models import Plan, Section, Task, TaskUnit
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db


class Wall:
    """A plan of two chapters with three units, a bare name and a task that nobody answers for."""

    def __init__(self, city: Any) -> None:
        self.city, self.today = city, campaign_today()
        self.plan = Plan.objects.create(
            title="方案", region=city.prefecture, status="active", issued_on=self.today - timedelta(100)
        )
        self.chapters = [Section.objects.create(plan=self.plan, title=f"第{n}章", order=n) for n in (1, 2)]
        self.first = self.task("迟到", self.chapters[0], -5, city.bureau)
        self.shared = self.task("共担", self.chapters[0], 60, city.bureau, city.branches[0])
        self.named = self.task("各镇任务", self.chapters[1], 60, "各镇")
        self.longer = self.task("各镇街任务", self.chapters[1], 60, "各镇（街道）")
        self.orphan = self.task("无主任务", None, None)
        ledger.refresh_parties([self.plan.pk])
        standing.open_many([*self.plan.tasks.order_by("order")], today=self.today - timedelta(90))

    def task(self, title: str, chapter: Section | None, days: int | None, *units: Organisation | str) -> Task:
        """A task with its answering units and, where days are given, a deadline."""
        task = Task.objects.create(
            plan=self.plan, title=title, chapter=chapter, order=self.plan.tasks.count() + 1
        )
        if days is not None:
            task.deadlines.create(end=self.today + timedelta(days))
        for unit in units:
            organisation = unit if isinstance(unit, Organisation) else None
            task.units.create(
                role="lead",
                organisation=organisation,
                name=organisation.name if organisation is not None else unit,
                principal=True,
            )
        task.units.create(role="cooperating", organisation=self.city.government, name="市政府", order=9)
        return task


@pytest.fixture
def wall(small_city: Any) -> Wall:
    return Wall(small_city)


@pytest.fixture
def client(small_city: Any) -> Client:
    found = Client()
    found.force_login(make_account("gongjian", small_city.office, "campaign_office"))
    return found


def rows_of(wall: Wall, actor: Actor | None = None) -> Any:
    house = actor or Actor.system("test")
    return queries.tasks(house).filter(plan=wall.plan)


def titles(page: str) -> set[str]:
    return set(re.findall(r'class="pl-task-link"[^>]*>([^<]*)</a>', page))


def test_the_worst_light_is_red_before_yellow_before_grey_before_blue_before_green() -> None:
    assert ["red", "yellow", "grey", "blue", "green", ""] == [
        boards.worst(dict.fromkeys(boards.SEVERITY[n:], 1)) for n in range(6)
    ]


def test_a_task_of_two_units_stands_in_both_columns_and_counts_once_in_its_row(wall: Wall) -> None:
    found = boards.board(rows_of(wall))
    bureau, branch = (wall.city.bureau.pk, ""), (wall.city.branches[0].pk, "")
    row = found.rows[0]
    assert {"red": 1, "grey": 1} == row.cells[bureau]
    assert {"grey": 1} == row.cells[branch]
    assert {"red": 1, "grey": 1} == row.total
    assert {"red": 1, "grey": 4} == found.total
    assert 5 == found.tasks


def test_columns_are_organisations_then_bare_names_then_nobody(wall: Wall) -> None:
    found = boards.board(rows_of(wall))
    assert [
        (wall.city.bureau.pk, ""),
        (wall.city.branches[0].pk, ""),
        (0, "各镇"),
        (0, "各镇（街道）"),
        (0, ""),
    ] == [column.key for column in found.columns]
    assert [wall.chapters[0], wall.chapters[1], None] == [row.chapter for row in found.rows]


def test_every_number_of_the_board_leads_to_exactly_these_tasks(client: Client, wall: Wall) -> None:
    page = client.get(reverse("plans:plan_board", args=[wall.plan.pk])).content.decode()
    cells = re.findall(r'<a href="([^"]+)"[^>]*>(?:(?!</a>).)*?aria-label="([^"]+)"', page, re.S)
    assert len(cells) >= 12
    for url, words in cells:
        ledger = client.get(unescape(url)).content.decode()
        count = sum(int(number) for number in re.findall(r"\d+", words))
        assert count == len(titles(ledger)), (url, words)
    exact = next(unescape(url) for url, _words in cells if "%3D%E5%90%84%E9%95%87&" in f"{url}&")
    assert {"各镇任务"} == titles(client.get(exact).content.decode())


def test_the_lights_above_the_board_lead_to_their_tasks(client: Client, wall: Wall) -> None:
    page = client.get(reverse("plans:plan_board", args=[wall.plan.pk])).content.decode()
    url = unescape(re.findall(r'href="([^"]+light=red)"', page)[0])
    assert {"迟到"} == titles(client.get(url).content.decode())


def test_the_board_of_another_day_shows_how_it_stood_and_keeps_the_day_in_its_links(
    client: Client, wall: Wall
) -> None:
    day = wall.today - timedelta(30)
    page = client.get(
        reverse("plans:plan_board", args=[wall.plan.pk]), {"day": f"{day:%Y-%m-%d}", "clock": "known"}
    ).content.decode()
    assert "pb-red" not in page
    assert f"day={day:%Y-%m-%d}&amp;clock=known" in page
    found = boards.board(rows_of(wall), wall.today - timedelta(95), "recorded")
    assert ([], 0) == (found.columns, found.tasks)
    assert 5 == boards.board(rows_of(wall), wall.today - timedelta(95), "known").tasks


@pytest.mark.parametrize("query", ["day=2026-13-45", "day=x&clock=violet", "wall=1", "day=0001-01-01"])
def test_whatever_the_address_says_there_is_a_board(client: Client, wall: Wall, query: str) -> None:
    assert 200 == client.get(f"{reverse('plans:plan_board', args=[wall.plan.pk])}?{query}").status_code


def test_an_empty_day_says_the_next_step(client: Client, wall: Wall) -> None:
    day = wall.today - timedelta(95)
    page = client.get(
        reverse("plans:plan_board", args=[wall.plan.pk]), {"day": f"{day:%Y-%m-%d}"}
    ).content.decode()
    assert f"?day={day:%Y-%m-%d}&amp;clock=known" in page


def test_a_department_counts_only_the_tasks_that_it_may_see(wall: Wall) -> None:
    branch = wall.city.branches[0]
    user = make_account("fenju", branch, "department_officer", DataScope.DEPARTMENT)
    found = boards.board(rows_of(wall, Actor(user)))
    assert {"grey": 1} == found.total
    browser = Client()
    browser.force_login(user)
    page = browser.get(reverse("plans:plan_board", args=[wall.plan.pk])).content.decode()
    assert "共担" not in page
    # The bureau leads the same task: its column is there, and leads to this task and no other.
    urls = [unescape(url) for url in re.findall(r'href="([^"]+role=principal[^"]*)"', page)]
    theirs = [url for url in urls if f"unit={wall.city.bureau.pk}&" in url]
    assert theirs
    assert {"共担"} == titles(browser.get(theirs[0]).content.decode())


def test_who_may_not_see_the_plan_sees_no_board(wall: Wall) -> None:
    stranger = Organisation.objects.create(name="别处的局")
    browser = Client()
    browser.force_login(make_account("bieren", stranger, "department_officer", DataScope.DEPARTMENT))
    assert 404 == browser.get(reverse("plans:plan_board", args=[wall.plan.pk])).status_code


def test_the_board_asks_the_same_number_of_queries_whatever_the_size(
    client: Client, wall: Wall, django_assert_max_num_queries: Any
) -> None:
    units = [Organisation.objects.create(name=f"局{n}") for n in range(12)]
    for n in range(20):
        chapter = Section.objects.create(plan=wall.plan, title=f"附加{n}", order=10 + n)
        for unit in units[n % 6 :]:
            wall.task(f"{n}", chapter, 30, unit)
    with django_assert_max_num_queries(4):
        boards.board(rows_of(wall))
    with django_assert_max_num_queries(14):
        client.get(reverse("plans:plan_board", args=[wall.plan.pk]))
    assert TaskUnit.objects.filter(principal=True).count() > 100
