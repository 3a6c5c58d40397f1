"""Daily reports: which ones are due, the figures of their rows, their sums, and how two versions differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core import warning_port
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.models import Region
from lantian.apps.core.warning_port import Held
from lantian.apps.monitoring import daily
from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_daily import ReportState, Running
from lantian.apps.monitoring.models import DailyReport, DailyReportRow, Device
from lantian.apps.monitoring.power_books import office_book
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.daily_report import (
    DAY,
    PARTS,
    Clock,
    Difference,
    Span,
    asks_for,
    clock,
    differences,
)
from lantian.rules.monitoring.errors import BookError

#: how long what was missed is made up for: a machine that stood still for some days
BACK_DAYS = 7
#: monitors of stacks; what reports by them is what the clause calls an enterprise with automatic monitoring
KINDS = (DeviceKind.CEMS, DeviceKind.VOC)
#: counted figures of a row, in the order of the form
COUNTS = ("points", "due", "came", "normal", "stopped", "exceeded", "exceeded_days", "alarms")
#: figures of a row that a correction may change
FIGURES = (
    "state", "verified", "remark", *(f"{name}_{what}" for name in daily.POLLUTANTS for what in ("kg", "hours")),
    "exceeded", "exceeded_days", "came", "normal", "stopped",
)  # fmt: skip


def book() -> Book:
    """The book of the report, with what the office sets otherwise.

    Raises
    ------
    Conflict
        The file of the office is not sound, or its hours do not follow each other.
    """
    found = office_book("daily_report")
    try:
        for part in PARTS:
            clock(found, date(2000, 1, 1), part)
    except BookError as error:
        said = __("A book of the office cannot be used. Mend it or take it away: %(problem)s")
        raise Conflict(said % {"problem": str(error)}) from error
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that is due by a warning."""

    region: int
    day: date
    part: str
    hours: Clock
    warning: Held


def wanted(now: datetime, using: Book) -> Iterator[Wanted]:
    """Reports that are due by the warnings of the last days and whose time has ended, the oldest first.

    Where a warning holds at a place and another one at a place above it, the report of the place above takes it in.
    """
    today = now.astimezone(CAMPAIGN_TIME).date()
    held = warning_port.between(now - timedelta(days=BACK_DAYS + 2), now + timedelta(days=2))
    if not held:
        return
    places = {one.region_path: one.region for one in held}
    for day in (today - timedelta(days=n) for n in range(BACK_DAYS, -1, -1)):
        for part in PARTS:
            hours = clock(using, day, part)
            if now < hours.last:
                continue
            asked: dict[str, Held] = {}
            for path in places:
                spans = {Span(one.level, one.begin, one.end): one for one in held if path.startswith(one.region_path)}
                span = asks_for(using, day, part, spans)
                if span is not None:
                    asked[path] = spans[span]
            for path, warning in sorted(asked.items()):
                if not any(path != other and path.startswith(other) for other in asked):
                    yield Wanted(places[path], day, part, hours, warning)


def warning_of(region: Region, day: date, part: str, using: Book) -> Held | None:
    """The warning by which the report of a place is due, if one is."""
    hours = clock(using, day, part)
    held = warning_port.between(hours.first, max(hours.due, hours.last), region)
    spans = {Span(one.level, one.begin, one.end): one for one in held}
    span = asks_for(using, day, part, spans)
    return spans[span] if span is not None else None


def facts_of(warning: Held | None, using: Book, part: str) -> dict[str, Any]:
    """What a report keeps of why and by what it was made."""
    names = ["least_level", *(name for name in using.entries if name.startswith(f"{part}."))]
    found: dict[str, Any] = {"book": [using.entry(name).told() for name in names]}
    if warning is not None:
        found["warning"] = {
            "key": warning.key, "level": warning.level, "region": warning.region_name, "document": warning.document,
            "begin": warning.begin.isoformat(), "end": warning.end.isoformat() if warning.end is not None else None,
        }  # fmt: skip
    return found


def devices_of(region: Region) -> list[Device]:
    """Monitors of stacks of a place; one that is suspended counts, so that its enterprise does not drop out of the form."""
    rows = Device.objects.filter(
        kind__in=KINDS, state__in=[DeviceState.ACTIVE, DeviceState.SUSPENDED],
        source__region__path__startswith=region.path,
    )  # fmt: skip
    return list(rows.select_related("source__region", "unit").order_by("source", "mn"))


def figures_of(region: Region, day: date, part: str, last: datetime) -> list[daily.Row]:
    """The figures of all enterprises of a place.

    Raises
    ------
    LakeError
        The values cannot be read.
    """
    return daily.report(devices_of(region), day, None if part == DAY else last)


def row_of(report: DailyReport, figures: daily.Row) -> DailyReportRow:
    """A row with its frozen figures, not saved."""
    source = figures.source
    amounts = {
        key: value
        for name, amount in figures.amounts.items()
        for key, value in ((f"{name}_kg", amount.shown), (f"{name}_hours", amount.hours))
    }
    return DailyReportRow(
        report=report, source=source, name=source.name, place=source.region.name if source.region is not None else "",
        state=figures.state, **{name: getattr(figures, name) for name in COUNTS}, **amounts,
    )  # fmt: skip


def latest(region: int, day: date, part: str) -> DailyReport | None:
    """The newest version of a report."""
    return DailyReport.objects.filter(region=region, day=day, part=part).order_by("-version").first()


def whole(actor: Actor, report: DailyReport, permission: str) -> bool:
    """Whether an actor may use the whole of a report, not only rows of it."""
    if not actor.may(permission):
        return False
    if actor.user is None:
        return actor.is_system
    return bool(DailyReport.objects.filter(pk=report.pk).whole_to(actor.user, permission).exists())


@dataclass(slots=True)
class Sums:
    """What rows come to together."""

    enterprises: int = 0
    verified: int = 0
    running: int = 0
    stopped: int = 0
    exceeding: int = 0
    exceeded: int = 0
    silent: int = 0
    came: int = 0
    due: int = 0
    kg: dict[str, Decimal | None] | None = None

    @property
    def open(self) -> int:
        """Not verified."""
        return self.enterprises - self.verified


def sums(rows: Iterable[DailyReportRow]) -> Sums:
    """Add rows up; a pollutant of which no hour of any row tells has no sum."""
    found = Sums(kg=dict.fromkeys(daily.POLLUTANTS))
    assert found.kg is not None
    for row in rows:
        state = row.verified or row.state
        found.enterprises += 1
        found.verified += bool(row.verified)
        found.running += state in (Running.RUNNING, Running.PARTLY)
        found.stopped += state == Running.STOPPED
        found.exceeding += bool(row.exceeded or row.exceeded_days)
        found.exceeded += row.exceeded
        found.silent += row.state == Running.NONE
        found.came += row.came
        found.due += row.due
        for name in daily.POLLUTANTS:
            kg = getattr(row, f"{name}_kg")
            if kg is not None:
                found.kg[name] = (found.kg[name] or Decimal(0)) + kg
    return found


def figures_by_source(rows: Iterable[DailyReportRow]) -> dict[int, Mapping[str, object]]:
    """Enterprise → figures that a correction may change."""
    return {row.source_id: {name: getattr(row, name) for name in FIGURES} for row in rows}


def before(report: DailyReport) -> DailyReport | None:
    """The version that a correction corrects."""
    if report.version == 1:
        return None
    return DailyReport.objects.filter(
        region=report.region_id, day=report.day, part=report.part, version=report.version - 1
    ).first()


def changes(report: DailyReport, rows: Sequence[DailyReportRow], earlier: Iterable[DailyReportRow]) -> list[Difference]:
    """What a correction says otherwise than the version before it."""
    return differences(figures_by_source(earlier), figures_by_source(rows))


def open_drafts(now: datetime) -> Any:
    """Drafts of the last days that have not been sent, with their places."""
    since = now - timedelta(days=BACK_DAYS + 2)
    return DailyReport.objects.filter(state=ReportState.DRAFT, due_at__gte=since).select_related("region")
