"""How tasks stand on any day, by both clocks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region
from lantian.apps.plans import standing
from lantian.apps.plans.models import Plan, Task, TaskDeadline, TaskStanding

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("test")


@pytest.fixture
def task(db: None) -> Task:
    place = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    plan = Plan.objects.create(title="方案", region=place, status="active", issued_on=date(2026, 1, 1))
    row = Task.objects.create(plan=plan, title="淘汰锅炉", order=1, number="1")
    TaskDeadline.objects.create(task=row, end=date(2026, 9, 30))
    standing.open_many([row], today=date(2026, 1, 10))
    return row


def seen(day: date, clock: str = "recorded") -> list[Any]:
    return list(
        standing.with_light(Task.objects.all(), day, clock).values_list(
            "light", "shown_state", "shown_percent"
        )
    )


def test_a_late_report_changes_what_is_known_now_and_not_what_was_recorded_then(task: Task) -> None:
    standing.record(
        task, "report", on=date(2026, 2, 1), actor=ACTOR, percent=Decimal(90), today=date(2026, 3, 1)
    )
    assert [("grey", "not_started", Decimal(0))] == seen(date(2026, 2, 15))
    assert [("blue", "in_progress", Decimal(90))] == seen(date(2026, 2, 15), "known")
    assert [("blue", "in_progress", Decimal(90))] == seen(date(2026, 3, 1))


def test_before_it_was_in_the_ledger_nothing_was_recorded_but_the_plan_was_in_force(task: Task) -> None:
    assert [] == seen(date(2026, 1, 9))
    assert [("grey", "not_started", Decimal(0))] == seen(date(2026, 1, 9), "known")


def test_overdue_on_a_day_stays_true_after_it_was_closed_out(task: Task) -> None:
    standing.record(
        task, "report", on=date(2026, 5, 1), actor=ACTOR, percent=Decimal(40), today=date(2026, 5, 1)
    )
    day = date(2026, 10, 10)
    standing.record(task, "submit", on=day, actor=ACTOR, percent=Decimal(100), today=day)
    standing.record(
        task, "accept", on=date(2026, 10, 12), actor=ACTOR, percent=Decimal(100), today=date(2026, 10, 12)
    )
    for clock in ("recorded", "known"):
        assert ["yellow", "red", "red", "red", "green"] == [
            seen(d, clock)[0][0]
            for d in (date(2026, 9, 30), date(2026, 10, 1), day, date(2026, 10, 11), date(2026, 10, 12))
        ]


def test_an_approved_adjustment_counts_from_its_day(task: Task) -> None:
    standing.record(
        task, "report", on=date(2026, 9, 1), actor=ACTOR, percent=Decimal(99), today=date(2026, 9, 1)
    )
    before = {"deadlines": [{"kind": "deadline", "end": "2026-09-30"}]}
    task.deadlines.update(end=date(2026, 12, 31))
    day = date(2026, 10, 5)
    standing.record(task, "adjust", on=day, actor=ACTOR, data={"before": before}, today=day)
    for clock in ("recorded", "known"):
        assert ["red", "blue"] == [seen(d, clock)[0][0] for d in (date(2026, 10, 4), day)]


def test_what_is_recorded_of_a_day_that_is_over_never_changes(task: Task) -> None:
    standing.record(task, "start", on=date(2026, 2, 1), actor=ACTOR, today=date(2026, 2, 1))
    closed = TaskStanding.objects.filter(clock="recorded", end__lte=date(2026, 2, 1))
    kept = list(closed.values())
    standing.record(
        task, "report", on=date(2026, 1, 20), actor=ACTOR, percent=Decimal(5), today=date(2026, 6, 1)
    )
    assert kept == list(closed.values())
    assert 1 == TaskStanding.objects.filter(clock="recorded", end=standing.OPEN_END).count()


def test_the_database_gives_the_light_of_the_rule(task: Task) -> None:
    standing.record(
        task, "report", on=date(2026, 3, 1), actor=ACTOR, percent=Decimal(30), today=date(2026, 3, 1)
    )
    for day in (date(2026, 3, 1), date(2026, 3, 22), date(2026, 3, 23), date(2026, 3, 24), date(2026, 10, 1)):
        assert standing.light_of(task, day).code == seen(day)[0][0]


def test_milestones_of_many_tasks_are_opened_in_a_fixed_number_of_queries(
    task: Task, django_assert_max_num_queries: Any
) -> None:
    rows = Task.objects.bulk_create(Task(plan=task.plan, title=f"{n}", order=n) for n in range(300))
    with django_assert_max_num_queries(12):
        standing.open_many(rows, today=date(2026, 1, 10))
    assert 2 * 301 == TaskStanding.objects.count()


def test_tasks_of_an_older_version_are_opened_once(task: Task) -> None:
    old = Task.objects.create(plan=task.plan, title="旧任务", order=2)
    old.units.create(role="responsible", name="甲局")
    old.units.create(role="cooperating", name="乙局")
    old.quantities.create(value=200, unit="台")
    old.quantities.create(value=95, unit="%", comparator=">=")
    assert 1 == standing.open_missing()
    assert 0 == standing.open_missing()
    assert ["甲局"] == list(old.units.filter(principal=True).values_list("name", flat=True))
    assert ["台"] == list(old.quantities.filter(counts=True).values_list("unit", flat=True))
    assert 2 == old.standings.count()
