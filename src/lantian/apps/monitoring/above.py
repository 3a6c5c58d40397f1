"""Which points the judge of each minute found above their limit, so that lists, maps and the home page need not judge by themselves.

What the last look found holds for some minutes. Where nobody looks (no worker), the pages judge for themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from lantian.apps.monitoring.models import AboveLimit, Look
from lantian.apps.monitoring.points import Exceeding, exceeding, thresholds

LOOK = "above"
#: so long a look holds; the judge looks each minute
HOLDS = timedelta(minutes=3)
_MOST = 2000


def keep(found: Mapping[int, Iterable[Exceeding]], now: datetime) -> None:
    """Keep what a look found; only what has changed is written."""
    wanted = {(one.device, one.factor): one.time for rows in found.values() for one in rows}
    with transaction.atomic():
        known = {
            (device, factor): (key, time)
            for key, device, factor, time in AboveLimit.objects.values_list("pk", "device", "factor", "time")
        }
        gone = [key for pair, (key, time) in known.items() if wanted.get(pair) != time]
        for at in range(0, len(gone), _MOST):
            AboveLimit.objects.filter(pk__in=gone[at : at + _MOST]).delete()
        new = [
            AboveLimit(device_id=device, factor=factor, time=time)
            for (device, factor), time in wanted.items()
            if known.get((device, factor), (0, None))[1] != time
        ]
        AboveLimit.objects.bulk_create(new, batch_size=_MOST)
        Look.objects.update_or_create(name=LOOK, defaults={"at": now})


def above(now: datetime, rows: Any) -> dict[int, set[str]]:
    """Points above their limit, with the factors; by the last look where there is one, else judged here.

    Parameters
    ----------
    rows
        Devices, as a query.
    """
    if not Look.objects.filter(name=LOOK, at__gt=now - HOLDS, at__lte=now + HOLDS).exists():
        return {key: {one.factor for one in several} for key, several in exceeding(now, rows).items()}
    _late, offline = thresholds(now)
    listed = AboveLimit.objects.filter(
        device__in=rows.order_by().values("pk"), time__gte=offline - timedelta(hours=1)
    )
    found: dict[int, set[str]] = {}
    for device, factor in listed.values_list("device", "factor"):
        found.setdefault(device, set()).add(factor)
    return found
