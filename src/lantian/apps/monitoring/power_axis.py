"""Power of production and treatment on the common axis of time of an enterprise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.monitoring import access
from lantian.apps.monitoring.choices_power import MeterRole
from lantian.apps.monitoring.curves import Line, Strip
from lantian.apps.monitoring.models import Load
from lantian.apps.monitoring.power_series import day_of, midnight, series_of, sites
from lantian.apps.monitoring.showing_power import label
from lantian.apps.sources.models import Source
from lantian.rules.monitoring.power.readings import MISSING, SLOT_MINUTES


def strips(source: Source, first: datetime, last: datetime, user: Any) -> Iterator[Strip]:
    """Mean power of each quarter of an hour of the loads that an account may see [kW]."""
    visible = set(
        Load.objects.all().visible_to(user, access.MONITORING_VIEW).filter(source=source).values_list("pk", flat=True)
    )
    found = sites([source.pk]) if visible else []
    if not found:
        return
    site = found[0]
    begin = day_of(first)
    series = series_of(site, begin, day_of(last))
    strip = Strip(__("Electricity supervision"), unit="kW")
    for load in site.loads:
        if load.pk not in visible or not load.in_use or load.role == MeterRole.GENERATION:
            continue
        points: list[tuple[datetime, float | None]] = []
        for at, wh in enumerate(series[load.pk].wh.ravel().tolist()):
            moment = midnight(begin) + timedelta(minutes=SLOT_MINUTES * at)
            if first <= moment <= last:
                points.append((moment, None if wh == MISSING else round(wh * 60 / SLOT_MINUTES / 1000, 2)))
        strip.lines.append(Line(label(load), points, step=True))
    if strip.lines:
        yield strip
