"""Readings that were not taken: kept with their reason, and taken after all once what was in the way is mended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lantian.apps.monitoring.doors.power.storing import Judged, Known
from lantian.apps.monitoring.models import PowerReject
from lantian.apps.monitoring.words_power import written
from lantian.rules.monitoring.meters.readings import Kind, Reading

#: how long they are kept
KEPT = timedelta(days=30)
#: kept of one file or message
MOST = 2_000


def keep(items: Iterable[Judged], known: Mapping[str, Known], *, door: str, name: str, now: datetime) -> int:
    """Keep what was not taken; the same content is kept once.

    Returns
    -------
    int
        How many rows are new.
    """
    rows: dict[str, PowerReject] = {}
    for item in items:
        if item.reason is None or len(rows) >= MOST:
            continue
        meter = known.get(item.number)
        content = f"{door}\n{item.number}\n{item.text}\n{item.reason.code}\n{as_json(item.reading)}"
        digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
        rows[digest] = PowerReject(
            door=door,
            name=_clean(name)[:200],
            row=item.row,
            number=_clean(item.number)[:40],
            meter_id=meter.pk if meter is not None else None,
            text=_clean(item.text)[:500],
            reason=item.reason.code[:20],
            places=written(item.reason),
            reading=as_json(item.reading),
            digest=digest,
            received_at=now,
        )
    known_already = set(PowerReject.objects.filter(digest__in=list(rows)).values_list("digest", flat=True))
    fresh = [row for digest, row in rows.items() if digest not in known_already]
    PowerReject.objects.bulk_create(fresh, batch_size=200, ignore_conflicts=True)
    return len(fresh)


def _clean(text: str) -> str:
    """A text that every database takes."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def as_json(reading: Reading | None) -> dict[str, Any] | None:
    """A reading as JSON keeps it."""
    if reading is None:
        return None
    return {
        "start": reading.start.isoformat() if reading.start else None,
        "end": reading.end.isoformat(),
        "kind": str(reading.kind),
        "value": str(reading.value),
    }


def readings_of(rows: Sequence[PowerReject]) -> list[Judged]:
    """What rows said, to be judged once more; the row of each is its key."""
    found = []
    for row in rows:
        kept = row.reading
        if not kept:
            continue
        start = datetime.fromisoformat(kept["start"]) if kept["start"] else None
        reading = Reading(
            row.number, start, datetime.fromisoformat(kept["end"]), Kind(kept["kind"]), Decimal(kept["value"])
        )
        found.append(Judged(row.number, reading, row=row.pk, text=row.text))
    return found


def forget(now: datetime) -> int:
    """Remove what has been kept long enough."""
    return int(PowerReject.objects.filter(received_at__lt=now - KEPT).delete()[0])
