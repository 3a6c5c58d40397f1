"""The targets of the plans in force, offered to the rooms that measure them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from lantian.apps.core.target_source import SetTarget
from lantian.apps.plans.access import TARGET_VIEW
from lantian.apps.plans.choices import PlanStatus, TargetStrength
from lantian.apps.plans.models import Target
from lantian.apps.plans.tables import target_value


def of_plans(user: Any) -> Iterator[SetTarget]:
    """The targets of plans in force that an account may see."""
    rows = (
        Target.objects.all()
        .visible_to(user, TARGET_VIEW)
        .filter(plan__status=PlanStatus.ACTIVE)
        .select_related("plan")
        .order_by("plan_id", "order")
    )
    return map(as_set, rows)


def as_set(row: Target) -> SetTarget:
    """A target as other rooms see it."""
    return SetTarget(
        key=row.pk,
        indicator=row.indicator,
        place=row.region_name,
        region=row.region_id if row.region_id or row.region_name else row.plan.region_id,
        kind=row.kind,
        comparator=row.comparator,
        value=row.value,
        unit=row.unit,
        period=row.period,
        base=row.base,
        from_end=row.from_end,
        hoped=row.strength == TargetStrength.HOPED,
        asked=target_value(row),
        plan=row.plan.title,
        url=reverse("plans:target", args=[row.pk]),
    )
