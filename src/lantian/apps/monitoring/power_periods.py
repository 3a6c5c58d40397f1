"""What an order or special time means for the loads that it touches: they are judged anew from its beginning."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from lantian.apps.monitoring.models import Load, PowerPeriod
from lantian.apps.monitoring.power_baselines import forget
from lantian.apps.sources.models import Source

#: how far back an enterprise is judged anew when its meters were corrected
AGAIN = timedelta(days=3)


def loads_of(row: PowerPeriod) -> list[int]:
    """The loads of the enterprises of a time."""
    chosen = list(row.sources.values_list("pk", flat=True))
    wanted = Q(source__in=chosen) if chosen else Q(source__region__path__startswith=row.region.path)
    return list(Load.objects.filter(wanted, in_use=True).values_list("pk", flat=True))


def touch_loads(row: PowerPeriod, since: datetime) -> int:
    """Have them judged anew, and their baselines made anew where they rest on these days."""
    loads = loads_of(row)
    forget(loads, since + timedelta(days=1))
    begin = min(since, timezone.now())
    Load.objects.filter(pk__in=loads).filter(Q(fresh_from__isnull=True) | Q(fresh_from__gt=begin)).update(
        fresh_from=begin
    )
    return len(loads)


def touch_source(source: Source) -> None:
    """Have an enterprise judged anew with baselines made anew: what is known of its meters has changed."""
    loads = list(Load.objects.filter(source=source, in_use=True).values_list("pk", flat=True))
    begin = timezone.now() - AGAIN
    forget(loads, begin)
    Load.objects.filter(pk__in=loads).filter(Q(fresh_from__isnull=True) | Q(fresh_from__gt=begin)).update(
        fresh_from=begin
    )
