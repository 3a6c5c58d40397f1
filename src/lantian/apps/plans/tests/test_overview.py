"""The first page of a plan: lights, amounts, what comes next, what targets have come to."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models.access import DataScope
from lantian.apps.plans import boards, ledger, queries, readings, standing
from lantian.apps.plans.models import Plan, Section, Target, TargetReading, Task
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def plan(small_city: Any) -> Plan:
    """Boilers in three tasks, one of which was handed down; deadlines on both sides of today."""
    today = campaign_today()
    row = Plan.objects.create(
        title="方案", region=small_city.prefecture, status="active", issued_on=today - timedelta(100)
    )
    chapter = Section.objects.create(plan=row, title="治煤", order=1)
    tasks = [
        Task.objects.create(plan=row, title=title, order=n, chapter=chapter if n < 3 else None)
        for n, title in enumerate(("锅炉一", "锅炉二", "锅炉三", "无期任务"))
    ]
    part = Task.objects.create(plan=row, title="锅炉一（云山）", order=9, parent=tasks[0])
    for task, days in zip(tasks[:3], (-5, 30, 31), strict=True):
        task.deadlines.create(end=today + timedelta(days))
    for task, value, done in ((tasks[0], 100, 60), (tasks[1], 80, 80), (tasks[2], 20, None), (part, 40, 40)):
        task.quantities.create(what="燃煤锅炉", value=value, unit="台", counts=True, done=done)
    tasks[2].quantities.create(what="排放浓度", value=10, unit="毫克/立方米", comparator="<=")
    tasks[3].quantities.create(what="", value=Decimal("3.5"), unit="万户", counts=True, done=Decimal("1.2"))
    for task in (*tasks, part):
        unit = small_city.branches[0] if task is part else small_city.bureau
        task.units.create(role="lead", organisation=unit, name=unit.name, principal=True)
    ledger.refresh_parties([row.pk])
    standing.open_many([*tasks, part], today=today - timedelta(90))
    return row


@pytest.fixture
def client(small_city: Any) -> Client:
    found = Client()
    found.force_login(make_account("gongjian", small_city.office, "campaign_office"))
    return found


def test_amounts_are_summed_by_what_and_unit_and_parts_are_not_counted_twice(plan: Plan) -> None:
    found = boards.amounts_done(queries.tasks(HOUSE).filter(plan=plan))
    assert [
        ("燃煤锅炉", "台", "200", "140", 3, 2, Decimal(70)),
        ("无期任务", "万户", "3.5", "1.2", 1, 1, Decimal(34)),
    ] == [
        (row.what, row.unit, row.whole_text, row.done_text, row.tasks, row.reported, row.percent)
        for row in found
    ]


def test_who_sees_a_part_alone_counts_the_part(plan: Plan, small_city: Any) -> None:
    user = make_account("fenju", small_city.branches[0], "department_officer", DataScope.DEPARTMENT)
    found = boards.amounts_done(queries.tasks(Actor(user)).filter(plan=plan))
    assert [("燃煤锅炉", "40", "40")] == [(row.what, row.whole_text, row.done_text) for row in found]
    assert [{"grey": 1}] == [
        row.lights for row in boards.chapters(queries.tasks(Actor(user)).filter(plan=plan))
    ]


def test_a_milestone_of_the_thirtieth_day_is_within_thirty_days_and_that_of_the_next_is_not(
    plan: Plan,
) -> None:
    rows = boards.due_within(queries.tasks(HOUSE).filter(plan=plan), campaign_today(), 30)
    assert ["锅炉二"] == [task.title for task in rows]


def test_the_number_of_the_next_thirty_days_leads_to_exactly_these_tasks(client: Client, plan: Plan) -> None:
    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()
    url = unescape(re.findall(r'href="([^"]+due=30)"', page)[0])
    ledger_page = client.get(url).content.decode()
    assert ["锅炉二"] == re.findall(r'class="pl-task-link"[^>]*>([^<]*)</a>', ledger_page)


def test_the_overview_shows_lights_amounts_and_what_is_overdue(client: Client, plan: Plan) -> None:
    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()
    assert "<b>140</b> / 200 台" in page
    assert "1 项任务已逾期" in page
    assert page.count("pb-bar-svg") == 3  # the whole, the chapter, tasks without a chapter


def test_targets_stand_beside_the_last_value_that_somebody_has_entered(client: Client, plan: Plan) -> None:
    today = campaign_today()
    rows = [
        Target.objects.create(
            plan=plan, indicator=name, value=value, unit="天", comparator=">=", measure="days", order=n
        )
        for n, (name, value) in enumerate((("优良天数", 260), ("重污染天数", 9), ("没有读数", 1)))
    ]
    for row, day, value in ((rows[0], 20, 100), (rows[0], 3, 240), (rows[0], -2, 999), (rows[1], 1, 9)):
        TargetReading.objects.create(target=row, on=today - timedelta(day), value=value)
    found = readings.latest_of(rows, today)
    assert {rows[0].pk: Decimal(240), rows[1].pk: Decimal(9)} == {
        key: row.value for key, row in found.items()
    }
    page = client.get(reverse("plans:plan", args=[plan.pk])).content.decode()
    assert "尚未达标" in page
    assert display.quantity(240, "天") in page
    assert "999" not in page


def test_a_room_that_measures_goes_before_what_was_entered(plan: Plan) -> None:
    today = campaign_today()
    row = Target.objects.create(plan=plan, indicator="PM2.5", value=40, unit="µg/m³")
    TargetReading.objects.create(target=row, on=today, value=50)
    readings.register("test", lambda target, day: readings.Reading(day, Decimal(41), "air"))
    try:
        assert Decimal(41) == readings.latest_of([row], today)[row.pk].value
    finally:
        readings.unregister("test")


def test_an_empty_plan_has_an_overview(client: Client, small_city: Any) -> None:
    row = Plan.objects.create(title="空方案", region=small_city.prefecture, status="active")
    assert 200 == client.get(reverse("plans:plan", args=[row.pk])).status_code
    assert 200 == client.get(reverse("plans:plan_board", args=[row.pk])).status_code


def test_the_overview_asks_a_fixed_number_of_queries(
    client: Client, plan: Plan, django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        Target.objects.create(plan=plan, indicator=f"指标{n}", value=n, unit="天", order=n)
        task = Task.objects.create(plan=plan, title=f"任务{n}", order=20 + n, due_on=campaign_today())
        task.quantities.create(what=f"工程{n}", value=9, unit="座", counts=True)
    with django_assert_max_num_queries(40):
        client.get(reverse("plans:plan", args=[plan.pk]))
