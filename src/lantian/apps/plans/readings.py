"""What targets have come to: by hand, or from the rooms that measure it.

A room that measures something (air, sources, power) registers a provider, and the pages of targets then show its value
beside what people have entered::

    readings.register("air", progress_of_air)   # (target, day) -> Reading | None
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery, prefetch_related_objects

from lantian.apps.core import target_source
from lantian.apps.plans.models import Target, TargetReading
from lantian.rules.progress import targets


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of a target on a day, where it comes from, and why it is what it is."""

    on: date
    value: Decimal
    source: Any
    why: Any = ""


Provider = Callable[[Target, date], Reading | None]
_providers: dict[str, Provider] = {}


def register(code: str, provider: Provider) -> None:
    """Make a provider known; registering a code again replaces it."""
    _providers[code] = provider


def unregister(code: str) -> None:
    """Forget a provider."""
    _providers.pop(code, None)


def measured(target: Target, day: date) -> Reading | None:
    """The first value that a room offers for a target on a day."""
    for provider in _providers.values():
        found = provider(target, day)
        if found is not None:
            return found
    return None


def _of_rooms(rows: Sequence[Target], day: date) -> dict[int, Reading]:
    """What rooms that know nothing of plans have measured (`core.target_source`), all targets at once."""
    from lantian.apps.plans.set_targets import as_set

    # The plans of all rows with one query; rows of one plan often come without it.
    prefetch_related_objects(list(rows), "plan")
    found = target_source.measured([as_set(row) for row in rows], day)
    return {key: Reading(one.on, one.value, one.source, one.why) for key, one in found.items()}


def latest(target: Target, day: date) -> Reading | None:
    """What a target has come to by a day: measured, or else the last value that somebody has entered."""
    found = measured(target, day) or _of_rooms([target], day).get(target.pk)
    if found is not None:
        return found
    row = TargetReading.objects.filter(target=target, on__lte=day).order_by("-on", "-pk").first()
    return Reading(row.on, row.value, row.source, row.note) if row is not None else None


def latest_of(rows: Iterable[Target], day: date) -> dict[int, Reading]:
    """What several targets have come to by a day, by their keys; one query beside what the rooms measure."""
    listed = list(rows)
    found = {row.pk: known for row in listed if (known := measured(row, day)) is not None}
    found |= _of_rooms([row for row in listed if row.pk not in found], day)
    last = (
        TargetReading.objects.filter(target=OuterRef("target"), on__lte=day)
        .order_by("-on", "-pk")
        .values("pk")[:1]
    )
    open_ones = [row.pk for row in listed if row.pk not in found]
    for row in TargetReading.objects.filter(target__in=open_ones, pk=Subquery(last)):
        found[row.target_id] = Reading(row.on, row.value, row.source, row.note)
    return found


def verdict(target: Target, value: Decimal) -> targets.Verdict | None:
    """Whether a value meets a target; None where the target has no number."""
    if target.value is None:
        return None
    return targets.judge(
        value,
        target.value,
        indicator=target.indicator,
        comparator=target.comparator,
        kind=target.kind,
        from_end=target.from_end,
    )
