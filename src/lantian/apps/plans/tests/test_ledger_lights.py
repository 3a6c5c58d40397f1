"""The ledger shows how tasks stand, today and on any other day."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.plans import ledger, standing
from lantian.apps.plans.actions import EditTask
from lantian.apps.plans.choices import TaskState
from lantian.apps.plans.models import Plan, Task
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def tasks(small_city: Any) -> list[Task]:
    """One task that is overdue and one that goes well."""
    today = campaign_today()
    plan = Plan.objects.create(
        title="方案", region=small_city.prefecture, status="active", issued_on=today - timedelta(100)
    )
    rows = [
        Task.objects.create(plan=plan, title=title, order=n)
        for n, title in enumerate(("迟到任务", "正常任务"))
    ]
    for row, days in zip(rows, (-5, 60), strict=True):
        row.deadlines.create(end=today + timedelta(days))
        row.units.create(role="lead", name="甲局", principal=True)
    standing.open_many(rows, today=today - timedelta(90))
    standing.record(
        rows[1],
        "report",
        on=today - timedelta(3),
        actor=HOUSE,
        percent=Decimal(90),
        today=today - timedelta(3),
    )
    return rows


@pytest.fixture
def client(small_city: Any) -> Client:
    found = Client()
    found.force_login(make_account("gongjian", small_city.office, "campaign_office"))
    return found


def test_the_ledger_is_filtered_by_light(client: Client, tasks: list[Task]) -> None:
    page = client.get("/plans/tasks/?light=red").content.decode()
    assert "迟到任务" in page
    assert "正常任务" not in page


def test_the_ledger_of_another_day_shows_how_it_stood_then(client: Client, tasks: list[Task]) -> None:
    before = campaign_today() - timedelta(20)
    page = client.get(f"/plans/tasks/?light=grey&day={before:%Y-%m-%d}").content.decode()
    assert "迟到任务" in page
    assert "正常任务" in page
    long_ago = campaign_today() - timedelta(95)
    assert "迟到任务" not in client.get(f"/plans/tasks/?day={long_ago:%Y-%m-%d}").content.decode()
    known = client.get(f"/plans/tasks/?clock=known&day={long_ago:%Y-%m-%d}").content.decode()
    assert "迟到任务" in known


def test_a_day_that_is_no_day_is_told_and_breaks_nothing(client: Client, tasks: list[Task]) -> None:
    assert 200 == client.get("/plans/tasks/?day=2026-13-45&clock=x&light=violet").status_code


@pytest.mark.parametrize("sort", ["light", "-light", "shown_percent", "-shown_percent"])
def test_the_ledger_sorts_by_light_and_by_share(client: Client, tasks: list[Task], sort: str) -> None:
    assert 200 == client.get(f"/plans/tasks/?sort={sort}").status_code


def test_the_export_takes_what_is_filtered(client: Client, tasks: list[Task]) -> None:
    answer = client.get("/plans/tasks/?light=red&export=xlsx")
    assert 200 == answer.status_code
    assert answer.getvalue()[:2] == b"PK"


def test_an_edit_keeps_what_was_done_and_moves_the_light(tasks: list[Task]) -> None:
    task = tasks[0]
    task.quantities.create(what="锅炉", value=200, unit="台", counts=True, done=182)
    later = campaign_today() + timedelta(30)
    EditTask(
        HOUSE,
        task,
        {
            "deadlines": [{"kind": "deadline", "start": None, "end": later.isoformat(), "text": ""}],
            "quantities": [
                {
                    "what": "锅炉",
                    "comparator": "=",
                    "value": "210",
                    "value_max": None,
                    "unit": "台",
                    "text": "",
                }
            ],
        },
        reason="更正",
    ).execute()
    task.refresh_from_db()
    assert later == task.due_on
    assert "grey" == standing.light_of(task).code
    assert [(Decimal(210), Decimal(182), True)] == list(
        task.quantities.values_list("value", "done", "counts")
    )


def test_the_ledger_is_filtered_by_region_of_plans_and_of_the_units_that_do_the_work(
    client: Client, tasks: list[Task], small_city: Any
) -> None:
    district = small_city.districts[0]
    branch = small_city.branches[0]
    assert branch.region_id == district.pk
    tasks[0].units.create(role="responsible", name=branch.name, organisation=branch, order=1)
    tasks[1].units.create(role="cooperating", name=branch.name, organisation=branch, order=1)
    plan = Plan.objects.create(title="区方案", region=district, status="active")
    standing.open_many([Task.objects.create(plan=plan, title="区里任务")])
    ledger.refresh_parties([tasks[0].plan_id])

    def titles(key: int) -> set[str]:
        page = client.get("/plans/tasks/", {"place": key}).content.decode()
        return {title for title in ("迟到任务", "正常任务", "区里任务") if title in page}

    assert titles(district.pk) == {"迟到任务", "区里任务"}
    assert titles(small_city.prefecture.pk) == {"迟到任务", "正常任务", "区里任务"}
    offered = client.get("/plans/tasks/").content.decode()
    assert district.name in offered
    assert client.get("/plans/tasks/", {"place": 10**9}).status_code == 200


def test_the_condition_of_each_light_means_what_its_expression_says(tasks: list[Task]) -> None:
    """Every state with every order of the days from which a light holds, on today's columns and on those of a past day."""
    today = campaign_today()
    days = [None, *(today + timedelta(n) for n in (-9, -5, 0, 1))]
    model = tasks[0]
    made = Task.objects.bulk_create(
        Task(plan=model.plan, title=f"{state}-{red}-{yellow}", state=state, red_from=red, yellow_from=yellow)
        for state in TaskState.values
        for red in days
        for yellow in days
    )
    standing.open_begun(made, today=today - timedelta(9))
    for day in (None, today - timedelta(5)):
        lit = standing.with_light(Task.objects.filter(plan=model.plan), day)
        for code in display.LIGHTS:
            expected = set(lit.filter(light=code).values_list("pk", flat=True))
            assert expected == set(lit.filter(standing.light_is(code, day)).values_list("pk", flat=True))
            assert expected


@pytest.mark.parametrize("day", ["", "&day=past"])
def test_a_page_of_the_ledger_holds_its_rows_in_the_order_of_the_list(
    client: Client, tasks: list[Task], day: str
) -> None:
    """Whatever the number of its rows, the page asks the same number of queries."""
    past = f"{campaign_today() - timedelta(20):%Y-%m-%d}"
    rows = Task.objects.bulk_create(
        Task(
            plan=tasks[0].plan, title=f"第{n}项", order=10 + n, lead_name=f"{n % 3}局", text="正文" * 9, persons=["张三"]
        )
        for n in range(45)
    )
    standing.open_many(rows, today=campaign_today() - timedelta(90))
    wanted = [row.title for row in sorted(rows, key=lambda row: (row.lead_name, row.pk))]
    asked: list[int] = []
    titles: list[str] = []
    for number in (1, 2, 3):
        address = f"/plans/tasks/?sort=lead_name&page={number}&columns=text&columns=lead_name{day}".replace("past", past)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address).content.decode()
        asked.append(len(captured))
        titles += re.findall(r'class="pl-task-link"[^>]*>([^<]*)</a>', page)
        assert "正文" in page
    assert ["迟到任务", "正常任务", *wanted] == titles
    assert asked[1] == asked[2]
