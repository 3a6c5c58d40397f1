"""Devices that fall silent: each an alarm, many at once one alarm of their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lantian.apps.core import display, parameters
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region
from lantian.apps.monitoring.actions.alarm_storms import FoldStorms, StormChanges
from lantian.apps.monitoring.actions.alarms import MOST_FINDINGS, Raised, raise_alarms
from lantian.apps.monitoring.alarm_words import alarm_book
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_alarms import AlarmCause, AlarmState
from lantian.apps.monitoring.models import Alarm, Device
from lantian.apps.monitoring.points import thresholds
from lantian.rules.monitoring.alarms import storms
from lantian.rules.monitoring.alarms.book import AlarmBook
from lantian.rules.monitoring.alarms.findings import Finding
from lantian.rules.monitoring.alarms.storms import EVERYWHERE, Silent
from lantian.rules.monitoring.errors import Message, Reason, _

#: bounds of an interval that a device can have been set to [s], HJ 212-2017 CN 1062
SHORTEST, LONGEST = 30, 3600


@dataclass(frozen=True, slots=True)
class Watched:
    """A device as far as its silence is concerned."""

    device: int
    source: int | None
    kind: str
    seen_at: datetime
    interval: timedelta
    places: tuple[str, ...]

    def silent(self, now: datetime) -> bool:
        """Whether it has been silent for longer than a device may: as on the pages of monitored points."""
        return self.seen_at < thresholds(now)[1]

    def as_silent(self) -> Silent:
        """As the rules of storms take it."""
        return Silent(self.device, self.source, self.places, self.seen_at, self.seen_at + self.interval)


def interval_of(kind: str, options: Any, book: AlarmBook) -> timedelta:
    """How often a device reports: as its register says in seconds, else as its kind does."""
    said = options.get("interval") if isinstance(options, dict) else None
    if isinstance(said, int) and not isinstance(said, bool) and SHORTEST <= said <= LONGEST:
        return timedelta(seconds=said)
    return book.interval(kind)


def watched(book: AlarmBook) -> list[Watched]:
    """All devices in operation that have ever reported."""
    rows = Device.objects.filter(state=DeviceState.ACTIVE, seen_at__isnull=False).values_list(
        "pk", "source", "kind", "seen_at", "options", "source__region__path"
    )
    found = []
    for key, source, kind, seen_at, options, path in rows.order_by("pk"):
        found.append(Watched(key, source, kind, seen_at, interval_of(kind, options, book), _places(path)))
    return found


def _places(path: str | None) -> tuple[str, ...]:
    """The places that a device lies in, the widest first."""
    parts = [part for part in (path or "").split("/") if part]
    return (EVERYWHERE, *("/" + "/".join(parts[: at + 1]) + "/" for at in range(len(parts))))


def judge_silence(now: datetime) -> Raised:
    """Raise alarms of devices that are silent, end those of devices that are back, fold what belongs together."""
    book = alarm_book()
    devices = {one.device: one for one in watched(book)}
    lasting = {
        row.device_id: row
        for row in Alarm.objects.filter(cause=AlarmCause.OFFLINE, storm=False, end__isnull=True)
        .exclude(device=None)
        .order_by("begin", "pk")
    }
    batch: list[Finding] = []
    for key, row in lasting.items():
        one = devices.get(key or 0)
        if one is None or (one.seen_at > row.begin):
            batch.append(_back(row, min(one.seen_at, now) if one is not None else now))
    for key, one in devices.items():
        known = lasting.get(key)
        if one.silent(now) and (known is None or one.seen_at > known.begin):
            batch.append(_finding(one))
    new: list[Alarm] = []
    grown: list[Alarm] = []
    same = 0
    for at in range(0, len(batch), MOST_FINDINGS):
        raised = raise_alarms(batch[at : at + MOST_FINDINGS], at=now)
        new += raised.new
        grown += raised.grown
        same += raised.same
    fold(now, devices, book)
    return Raised(tuple(new), tuple(grown), same)


def _finding(one: Watched) -> Finding:
    said = Message(
        _("Nothing has come since %(since)s; a device is offline when nothing came for %(allowed)s minutes (a parameter"
          " of source monitoring)."),
        since=display.campaign_date(one.seen_at),
        allowed=int(parameters.get("monitoring.offline_minutes")),
    )  # fmt: skip
    return Finding(
        AlarmCause.OFFLINE, one.seen_at, None, source=one.source, device=one.device, why=[Reason("silent", said)]
    )


def _back(row: Alarm, at: datetime) -> Finding:
    said = Message(_("Frames came again at %(at)s."), at=display.campaign_date(at))
    return Finding(
        AlarmCause.OFFLINE,
        row.begin,
        max(at, row.begin),
        source=row.source_id,
        unit=row.unit_id,
        device=row.device_id,
        count=row.count,
        why=[Reason("back", said)],
    )


def fold(now: datetime, devices: dict[int, Watched], book: AlarmBook) -> list[Alarm]:
    """Fold lasting alarms of silent devices into outages of places, and end outages that are over."""
    changes = StormChanges()
    known = list(
        Alarm.objects.filter(storm=True, end__isnull=True).select_related("region").order_by("begin", "pk")
    )
    left = {
        row.device_id: row
        for row in Alarm.objects.filter(
            cause=AlarmCause.OFFLINE, storm=False, end__isnull=True, folded_into__isnull=True
        ).exclude(state=AlarmState.CLOSED)
        if row.device_id in devices and devices[row.device_id].silent(now)
    }
    for storm in known:
        place = storm.region.path if storm.region is not None else EVERYWHERE
        joining = [
            row
            for key, row in left.items()
            if storms.joins(devices[key or 0].as_silent(), place, storm.begin, book)
        ]
        for row in joining:
            del left[row.device_id]
        if joining:
            changes.joined.append((storm, joining))
    silent = [devices[key or 0].as_silent() for key in left]
    totals = storms.totals_of(one.places for one in devices.values())
    changes.begun = [
        (storm, [left[key] for key in storm.members]) for storm in storms.storms(silent, totals, book)
    ]
    for storm in known:
        members = list(storm.members.select_related("source"))
        back = [row for row in members if row.end is not None]
        if storms.is_over(len(members), len(back), book):
            changes.ended.append((storm, max(row.end for row in back if row.end is not None)))
            changes.released += [row for row in members if row.end is None]
    if not changes:
        return []
    return FoldStorms(
        Actor.system("judge", via="job"), changes, book, _regions([one for one, _m in changes.begun]), at=now
    ).execute()


def _regions(found: Sequence[storms.Storm]) -> dict[str, Region]:
    paths = [one.place for one in found if one.place != EVERYWHERE]
    return {row.path: row for row in Region.objects.filter(path__in=paths)}
