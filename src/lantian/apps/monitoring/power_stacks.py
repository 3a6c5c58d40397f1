"""What the monitor of its stack says of an enterprise whose electricity is judged (E8)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.models import Device, Load
from lantian.apps.monitoring.outlets import name_of
from lantian.apps.monitoring.points import VALID_FLAGS
from lantian.apps.monitoring.readings import series
from lantian.lake.errors import LakeError
from lantian.rules.monitoring.factors import STACK_CODES
from lantian.rules.monitoring.power.crosscheck import StackHour

logger = logging.getLogger(__name__)

_SIGNS = {"velocity", "temperature", "o2"}
_CODES = [code for code, name in STACK_CODES.items() if name in _SIGNS]


def stack_of(load: Load) -> Device | None:
    """The monitor of the stack that belongs to a load: that of its own unit, else the only one of the enterprise.

    Where an enterprise has several stacks and none is named, nobody knows which one the load feeds, and none is asked.
    """
    rows = list(
        Device.objects.filter(source=load.source_id, kind=DeviceKind.CEMS, state=DeviceState.ACTIVE).order_by("pk")
    )
    own = [row for row in rows if load.unit_id is not None and row.unit_id == load.unit_id]
    return own[0] if len(own) == 1 else rows[0] if len(rows) == 1 else None


def stack_hours(load: Load, first: datetime, last: datetime) -> Sequence[StackHour]:
    """Its hours in a time; values that the device itself does not call normal are left out, nothing where there is no stack."""
    device = stack_of(load)
    if device is None or last <= first:
        return ()
    begin = first.replace(minute=0, second=0, microsecond=0)
    try:
        read = series([device.mn], Period.HOUR, begin, last, factors=_CODES)[device.mn]
    except (LakeError, OSError):
        logger.warning("the hours of a stack could not be read", exc_info=True)
        return ()
    found: dict[datetime, dict[str, Decimal]] = {}
    for code, values in read.factors.items():
        for moment, one in values.items():
            if one.value is not None and one.flag in VALID_FLAGS:
                found.setdefault(moment, {})[name_of(code)] = one.value
    return [
        StackHour(moment, said.get("velocity"), said.get("temperature"), said.get("o2"))
        for moment, said in sorted(found.items())
    ]
