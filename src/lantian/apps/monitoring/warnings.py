"""Warnings of heavy pollution as this room keeps them, and the answer that it gives to the others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from lantian.apps.core.warning_port import Held
from lantian.apps.monitoring.models import PollutionWarning


def held_between(first: datetime, last: datetime) -> Iterator[Held]:
    """What :mod:`lantian.apps.core.warning_port` asks for."""
    rows = PollutionWarning.objects.filter(Q(end__isnull=True) | Q(end__gt=first), begin__lt=last)
    for row in rows.select_related("region").order_by("begin", "pk"):
        yield Held(
            key=row.pk, level=row.level, region=row.region_id, region_path=row.region.path, region_name=row.region.name,
            begin=row.begin, end=row.end, document=row.document, url=row.get_absolute_url(),
        )  # fmt: skip


def episode(row: PollutionWarning) -> list[PollutionWarning]:
    """All levels of the episode that a row belongs to, the first one first."""
    first = row
    while first.follows is not None:
        first = first.follows
    found = [first]
    while (after := PollutionWarning.objects.filter(follows=found[-1]).select_related("region").first()) is not None:
        found.append(after)
    return found
