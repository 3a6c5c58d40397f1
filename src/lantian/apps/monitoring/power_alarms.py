"""Suspicions by electricity told to the desk of alarms, with the curves around them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from lantian.apps.core.exceptions import CoreError
from lantian.apps.monitoring.actions.alarms import raise_alarms
from lantian.apps.monitoring.choices_power import MeterRole
from lantian.apps.monitoring.models import Alarm, PowerFinding
from lantian.apps.monitoring.power_books import office_book
from lantian.apps.monitoring.power_series import Site, day_of, midnight, series_of, sites
from lantian.apps.monitoring.showing_power import label
from lantian.apps.monitoring.words_power import reason_of
from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.readings import MISSING, SLOT_MINUTES

logger = logging.getLogger(__name__)
#: what is older when it is found is no alarm any more
RECENT = timedelta(days=45)
#: shown before and after
AROUND = timedelta(hours=3)
#: of a long suspicion only the latest part is drawn
LONGEST = timedelta(days=3)
#: rule → the entries of books that decide, by book
RESTS_ON: dict[str, tuple[tuple[str, str], ...]] = {
    "E3": (("power", "stop_percent"), ("power", "stop_minutes")),
    "E4": (("power", "limit_tolerance_percent"),),
    "E6": (("power", "production_on_percent"), ("power", "treatment_off_percent"), ("power", "treatment_minutes")),
    "E6-lag": (("power", "lag_minutes"), ("power", "production_on_percent"), ("power", "treatment_off_percent")),
    "E6-contrary": (("power", "pair_correlation"), ("power", "pair_slots_least")),
    "E7": (("power", "night_ratio"), ("power", "rise_factor"), ("power", "night_from"), ("power", "night_to")),
    "LOST": (("meters", "lost_minutes"), ("meters", "late_minutes")),
}
#: rule → the rule whose alarm tells of the same minutes: a late start of treatment is treatment that stands still
WITHIN = {"E6-lag": "E6"}
#: told in one go
PART = 200


def tell(now: datetime, limit: int = 2_000) -> int:
    """Tell the desk what is new or has grown; what fails is told the next time.

    What another alarm tells of already (a late start, within treatment that stands still) is told there, as a reason of it,
    and makes no alarm of its own.

    Returns
    -------
    int
        How many alarms are new.
    """
    rows = list(
        PowerFinding.objects.filter(untold=True, end__gte=now - RECENT)
        .select_related("load__source", "load__unit")
        .order_by("load__source_id", "start")[:limit]
    )
    new = 0
    for at in range(0, len(rows), PART):
        part = rows[at : at + PART]
        try:
            new += len(raise_alarms(_findings(_not_within(part)), at=now).new)
        except CoreError:
            logger.exception("suspicions by electricity were not told")
            return new
        for row in part:
            # What has grown meanwhile is told again.
            PowerFinding.objects.filter(pk=row.pk, start=row.start, end=row.end).update(untold=False)
    return new


def _not_within(rows: list[PowerFinding]) -> list[PowerFinding]:
    """Those that no other suspicion of the same load and minutes tells of."""
    wider = _of_rules(rows, WITHIN.values())
    return [
        row
        for row in rows
        if not any(other.load_id == row.load_id and other.rule == WITHIN.get(row.rule) and _holds(other, row) for other in wider)
    ]


def _of_rules(rows: list[PowerFinding], rules: Collection[str]) -> list[PowerFinding]:
    """Suspicions of some rules of the same loads, in the time of these."""
    if not rows:
        return []
    first, last = min(row.start for row in rows), max(row.end for row in rows)
    loads = {row.load_id for row in rows}
    return list(PowerFinding.objects.filter(load__in=loads, rule__in=set(rules), end__gte=first, start__lte=last))


def _late() -> Reason:
    """That treatment which stands still does so from a start of production on."""
    said = Message(
        _("production started from standing still, and treatment did not follow within %(minutes)s min"),
        minutes=office_book("power").whole("lag_minutes"),
    )
    return Reason("treatment_late", said)


def _holds(wider: PowerFinding, row: PowerFinding) -> bool:
    return wider.start <= row.start and row.end <= wider.end


def _findings(rows: list[PowerFinding]) -> Iterator[Finding]:
    known = {site.source.pk: site for site in sites({row.load.source_id for row in rows})}
    narrower = _of_rules(rows, WITHIN)
    for row in rows:
        late = any(
            other.load_id == row.load_id and WITHIN.get(other.rule) == row.rule and _holds(row, other) for other in narrower
        )
        load = row.load
        site = known.get(load.source_id)
        yield Finding(
            words.POWER,
            row.start,
            row.end,
            source=load.source_id,
            unit=load.unit_id,
            rule=row.rule,
            count=max(1, (row.end - row.start) // timedelta(minutes=SLOT_MINUTES)),
            why=[reason_of(row.why["reason"]), *([_late()] if late else []), *(reason_of(note) for note in row.why.get("notes") or ())],
            evidence=Evidence(
                series=list(_series(site, row)) if site is not None else (),
                books=[office_book(name).entry(entry).told() for name, entry in RESTS_ON.get(row.rule, ())],
            ),
        )


def _series(site: Site, row: PowerFinding) -> Iterator[Series]:
    """Power of the loads of the enterprise around a suspicion [kW], its own first."""
    last = row.end + AROUND
    first = max(row.start - AROUND, last - LONGEST)
    found = series_of(site, day_of(first), day_of(last))
    begin = midnight(day_of(first))
    loads = [load for load in site.loads if load.in_use and load.role != MeterRole.GENERATION]
    for load in sorted(loads, key=lambda one: one.pk != row.load_id)[:4]:
        points: list[tuple[datetime, Decimal | int | None, str]] = []
        for at, wh in enumerate(found[load.pk].wh.ravel().tolist()):
            moment = begin + timedelta(minutes=SLOT_MINUTES * at)
            if first <= moment < last:
                kw = None if wh == MISSING else (Decimal(wh) * 60 / SLOT_MINUTES / 1000).quantize(Decimal("0.1"))
                points.append((moment, kw, ""))
        yield Series(label(load), "kW", points)


def alarm_of(row: PowerFinding) -> Alarm | None:
    """The alarm at the desk that a suspicion went into: of its own rule, else of the one that tells of the same minutes."""
    rules = [rule for rule in (row.rule, WITHIN.get(row.rule)) if rule]
    for rule in rules:
        found = _alarm_of(row, rule)
        if found is not None:
            return found
    return None


def _alarm_of(row: PowerFinding, rule: str) -> Alarm | None:
    rows = Alarm.objects.filter(source=row.load.source_id, unit=row.load.unit_id, cause=words.POWER, rule=rule)
    found: Alarm | None = (
        rows.filter(begin__lte=row.end).filter(Q(end__isnull=True) | Q(end__gte=row.start)).order_by("-begin").first()
    )
    return found
