"""Targets offered to the rooms that measure: those of plans in force, and only what an account may see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lantian.apps.core import target_source
from lantian.apps.core.target_source import Measured
from lantian.apps.plans import readings
from lantian.apps.plans.access import TARGET_VIEW
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.models import Plan, Target, TargetReading

pytestmark = pytest.mark.django_db


def test_an_account_gets_the_targets_that_it_may_see_with_place_and_value(
    place: Any, office: Any, plan: Plan
) -> None:
    user = office.user
    seen = Target.objects.all().visible_to(user, TARGET_VIEW).filter(plan=plan).order_by("order")
    offered = target_source.visible_to(user)
    assert list(seen.values_list("pk", flat=True)) == [one.key for one in offered]
    assert offered
    first, row = offered[0], seen[0]
    assert (row.indicator, row.value, row.unit, row.kind, plan.title) == (
        first.indicator,
        first.value,
        first.unit,
        first.kind,
        first.plan,
    )
    assert str(row.number) in first.asked
    assert f"/{row.pk}/" in first.url


def test_an_account_without_the_right_gets_none(place: Any, plan: Plan) -> None:
    user = place.user("system_admin", place.office)
    assert [] == target_source.visible_to(user)


def test_a_plan_that_was_withdrawn_sets_no_targets(office: Any, plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(status=PlanStatus.WITHDRAWN)
    assert [] == target_source.visible_to(office.user)


def test_a_target_without_a_place_is_that_of_its_plan(office: Any, plan: Plan) -> None:
    Target.objects.filter(plan=plan).update(region=None, region_name="")
    assert {plan.region_id} == {one.region for one in target_source.visible_to(office.user)}
    Target.objects.filter(plan=plan).update(region_name="别处")
    assert {None} == {one.region for one in target_source.visible_to(office.user)}


def test_what_a_room_has_measured_comes_before_what_was_entered(plan: Plan) -> None:
    rows = list(Target.objects.filter(plan=plan))
    for row in rows[:2]:
        TargetReading.objects.create(target=row, on=date(2026, 3, 1), value=Decimal(50))
    target_source.register_values(
        "test", lambda targets, day: {targets[0].key: Measured(day, Decimal(41), "国控站点")}
    )
    try:
        found = readings.latest_of(rows[:2], date(2026, 3, 2))
        alone = readings.latest(rows[0], date(2026, 3, 2))
    finally:
        target_source.unregister_values("test")
    assert [(Decimal(41), "国控站点"), (Decimal(50), "")] == [
        (found[row.pk].value, found[row.pk].source) for row in rows[:2]
    ]
    assert alone is not None
    assert Decimal(41) == alone.value
