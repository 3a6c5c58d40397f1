"""The judge of clocks: devices most of whose real-time packets name a moment far from their arrival.

The gateway keeps the values of such packets apart from those that came in time, so that nothing is mixed; here it is told,
so that somebody sets the clock. Packets are looked at by their arrival, however wrong the moment is that they name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings

from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.points import points
from lantian.lake.engines import duck
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import stack_frames
from lantian.office.own_books import own_monitoring
from lantian.rules.monitoring.alarms.findings import Evidence, Finding
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import half_even

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
#: what the gateway writes on a packet whose moment is far from its arrival, and on one that names none that can be
OFF, NONE = "clock_off", "bad_time"
#: devices that are asked for at once
_PART = 500


def clocks_off(now: datetime) -> Iterator[Finding]:
    """Devices of whose real-time packets of the last day more than half named a wrong moment; one late packet was buffered."""
    rules = own_monitoring(Path(settings.DATA), "suspicion")
    bound = rules.entry("r16_minutes")
    devices = list(points().filter(seen_at__gte=now - DAY).order_by("mn"))
    for at in range(0, len(devices), _PART):
        part = {row.mn: row for row in devices[at : at + _PART]}
        try:
            counted = _counted(part, now)
        except (LakeError, OSError):
            logger.exception("the lake could not be read for clocks of %s devices", len(part))
            continue
        for row in counted:
            if 2 * (row["late"] + row["none"]) <= row["packets"]:
                continue
            yield Finding(
                AlarmCause.SUSPECT,
                row["first"],
                row["last"],
                device=part[row["mn"]].pk,
                rule="R16",
                why=[Reason("R16", Message(_("Suspected, to be looked into: %(what)s"), what=_said(row, str(bound.value))))],
                evidence=Evidence(
                    facts=[
                        (_("Real-time packets of the last day"), row["packets"]),
                        (_("Of these with a wrong moment"), row["late"] + row["none"]),
                    ],
                    books=[{**bound.told(), "label": bound.label}],
                ),
            )


def _said(row: dict[str, Any], bound: str) -> Message:
    if row["late"] < row["none"]:
        return Message(
            _("%(count)s real-time packets name a moment that cannot be; their values stand under their arrival"),
            count=row["none"],
        )
    minutes = half_even(Decimal(round(row["seconds"])) / 60, 1)
    return Message(
        _("the clock is off by %(minutes)s min (median of %(count)s values); %(bound)s are too many"),
        minutes=str(minutes), count=row["late"], bound=bound,
    )  # fmt: skip


def _counted(part: dict[str, Device], now: datetime) -> list[dict[str, Any]]:
    """By device: real-time packets, how many are off or without a moment, and the median of what they are off [s]."""
    with duck(readings.lake()) as engine:
        rows: Any = stack_frames(engine, now - DAY, now, mns=part)
        rows = rows.filter(rows.cn == COMMAND_OF[Period.MOMENT])
        words = rows["warnings"].fill_null("")
        late, none = words.contains(OFF), words.contains(NONE)
        apart = (rows["received"].epoch_seconds() - rows["start"].epoch_seconds()).abs()
        grouped = rows.group_by("mn").agg(
            packets=rows.count(),
            late=late.cast("int64").sum(),
            none=none.cast("int64").sum(),
            seconds=apart.quantile(0.5, where=late),
            first=rows["received"].min(where=late | none),
            last=rows["received"].max(where=late | none),
        )
        found: list[dict[str, Any]] = grouped.filter(grouped.late + grouped.none > 0).order_by("mn").to_pyarrow().to_pylist()
    return found
