"""Judging by electricity: states of loads, what rules suspect, and whether orders were kept, as rows with their reasons."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantian.apps.monitoring.choices_power import LETTERS, CheckOutcome, Demand, LoadState, MeterRole
from lantian.apps.monitoring.models import Load, PowerCheck, PowerFinding, PowerPeriod, PowerSpan
from lantian.apps.monitoring.power_baselines import OfLoads, baselines, month_of, next_month
from lantian.apps.monitoring.power_books import office_book
from lantian.apps.monitoring.power_series import (
    Days,
    Site,
    day_of,
    days_of,
    midnight,
    periods_of,
    quarter_before,
    sent_any,
    series_of,
    sites,
    used_series,
)
from lantian.apps.monitoring.power_stacks import stack_hours
from lantian.apps.monitoring.words_power import message_json, written
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.baseline import Baselines
from lantian.rules.monitoring.power.crosscheck import cross_check
from lantian.rules.monitoring.power.night import judge_night
from lantian.rules.monitoring.power.orders import judge_limit, judge_stop
from lantian.rules.monitoring.power.readings import MISSING, SLOT_MINUTES, SLOTS, Series, slot_number, window
from lantian.rules.monitoring.power.states import State, Stretch, Track, pair, track
from lantian.rules.monitoring.power.treatment import judge_contrary, judge_lag, judge_treatment
from lantian.rules.monitoring.power.verdict import Evidence, Outcome, Verdict

logger = logging.getLogger(__name__)
QUARTER = timedelta(minutes=SLOT_MINUTES)
STATES = {
    State.LOST: LoadState.LOST,
    State.UNKNOWN: LoadState.UNKNOWN,
    State.STOPPED: LoadState.STOPPED,
    State.LIMITED: LoadState.LIMITED,
    State.NORMAL: LoadState.NORMAL,
    State.IDLE_TREATMENT: LoadState.IDLE,
}
#: a stretch of idle treatment, and why it is one
Idle = tuple[Stretch, dict[str, Any]]
#: days that are judged in one go at most
MOST_DAYS = 400


@dataclass(slots=True)
class Found:
    """Something that a rule suspects of a load in a time."""

    start: datetime
    end: datetime
    why: dict[str, Any]
    period: PowerPeriod | None = None


@dataclass(slots=True)
class Outcomes:
    """What was written."""

    loads: int = 0
    spans: int = 0
    findings: int = 0
    checks: int = 0
    new: list[PowerFinding] = field(default_factory=list)

    def __iadd__(self, other: Outcomes) -> Outcomes:
        self.loads += other.loads
        self.spans += other.spans
        self.findings += other.findings
        self.checks += other.checks
        self.new += other.new
        return self


def judge_due(now: datetime, limit: int = 500) -> Outcomes:
    """Judge enterprises with new readings, and those whose meters have fallen silent."""
    late = timedelta(minutes=office_book("meters").whole("late_minutes"))
    fresh = Load.objects.filter(in_use=True, fresh_from__isnull=False)
    silent = Load.objects.filter(in_use=True, judged_to__lt=quarter_before(now - late))
    due = sorted({*fresh.values_list("source_id", flat=True), *silent.values_list("source_id", flat=True)})[:limit]
    done = Outcomes()
    for at in range(0, len(due), 20):
        for site in sites(due[at : at + 20]):
            done += judge_site(site, now)
    return done


def judge_site(site: Site, now: datetime, since: date | None = None) -> Outcomes:
    """Judge an enterprise from a day on, or from where something has changed.

    Parameters
    ----------
    since
        The first day; by default that of the first new reading, or of the last quarter that was judged.
    """
    loads = [load for load in site.loads if load.in_use]
    if not loads:
        return Outcomes()
    until = quarter_before(now)
    last = day_of(until - QUARTER)
    first = min(since or _since(loads, now), last - timedelta(days=1))
    first = max(first, last - timedelta(days=MOST_DAYS))
    series = series_of(site, first, last)
    days = days_of(periods_of(site.source, first, last))
    ends = {load.pk: _end_of(load, series[load.pk], until, now) for load in loads}
    energies = {load.pk: used_series(site, load, series)[0] for load in loads}
    done = Outcomes(loads=len(loads))
    tracks: dict[int, list[Track]] = {load.pk: [] for load in loads}
    idle: dict[int, list[Idle]] = {load.pk: [] for load in loads}
    suspected: dict[tuple[int, str], list[Found]] = {}
    usual_of: dict[str, OfLoads] = {}
    rules = office_book("power")
    for begin, end in _months(first, last):
        usual = usual_of[month_of(begin)] = baselines(site, month_of(begin), day_of(now))
        for load in loads:
            energy = energies[load.pk]
            part = _part(energy if energy is not None else series[load.pk], begin, end)
            of_load = usual.get(load.pk, {}) if energy is not None else {}
            tracks[load.pk].append(track(site.line(load), part, of_load, days.calendar, rules=rules))
        _treatment(site, {pk: found[-1] for pk, found in tracks.items()}, idle, suspected)
        _nights(site, energies, usual, days, (begin, end), until, suspected)
    for load in loads:
        _lost(site, load, tracks[load.pk], ends[load.pk], suspected)
    with transaction.atomic():
        for load in loads:
            done.spans += _write_states(load, tracks[load.pk], idle[load.pk], first, ends[load.pk])
        done.checks = _orders(site, energies, usual_of, days, first, until, now, suspected)
        _write_findings(loads, suspected, first, until, done)
    return done


def _since(loads: Sequence[Load], now: datetime) -> date:
    """The day of the first reading that is new, or of the last quarter that was judged."""
    moments = [load.fresh_from for load in loads if load.fresh_from is not None]
    moments += [load.judged_to for load in loads if load.judged_to is not None]
    return day_of(min(moments)) if moments else day_of(now)


def _months(first: date, last: date) -> list[tuple[date, date]]:
    """Days month by month."""
    found = []
    begin = first
    while begin <= last:
        end = min(last, next_month(begin) - timedelta(days=1))
        found.append((begin, end))
        begin = end + timedelta(days=1)
    return found


def _part(series: Series, first: date, last: date) -> Series:
    at = (first - series.first).days
    rows = slice(at, at + (last - first).days + 1)
    return Series(series.line, first, series.wh[rows], None if series.parts is None else series.parts[rows])


def _end_of(load: Load, series: Series, until: datetime, now: datetime) -> datetime:
    """Up to when a load is judged: to its last reading, and on to now where what lacks is late."""
    late = timedelta(minutes=office_book("meters").whole("late_minutes"))
    flat = series.wh.ravel()
    there = (flat != MISSING).nonzero()[0]
    # A reading of an hour ends up to three quarters of an hour after a quarter hour of its own.
    longer = int(series.parts.ravel()[there[-1]]) - 1 if series.parts is not None and there.size else 0
    waiting = quarter_before(now - late - QUARTER * longer)
    known = midnight(series.first) + QUARTER * (int(there[-1]) + 1) if there.size else waiting
    return min(until, max(known, waiting))


# Rules -------------------------------------------------------------------------------------------------------------------


def _treatment(
    site: Site,
    tracks: dict[int, Track],
    idle: dict[int, list[Idle]],
    suspected: dict[tuple[int, str], list[Found]],
) -> None:
    """E6: each facility with the lines that it serves."""
    for load in site.of(MeterRole.TREATMENT):
        lines = [tracks[pk] for pk in site.serves.get(load.pk, ()) if pk in tracks]
        if not lines:
            continue
        beside = pair(lines, [tracks[load.pk]], rules=tracks[load.pk].rules)
        for one in beside.stretches():
            if one.state is State.IDLE_TREATMENT:
                why = beside.why(day_of(one.first), slot_number(one.first) % SLOTS)
                idle[load.pk].append((one, written(why)))
        for verdict in (judge_treatment(beside), judge_lag(beside)):
            _add(suspected, load.pk, verdict)
        # Whole weeks, so that a week is told once.
        at, last = beside.first, beside.first + timedelta(days=beside.states.shape[0] - 1)
        at += timedelta(days=-at.weekday() % 7)
        while at + timedelta(days=6) <= last:
            week = [_week(one, at) for one in lines]
            _add(suspected, load.pk, judge_contrary(pair(week, [_week(tracks[load.pk], at)], rules=tracks[load.pk].rules)))
            at += timedelta(days=7)


def _week(one: Track, first: date) -> Track:
    part = _part(one.series, first, first + timedelta(days=6))
    return track(one.line, part, one.baselines, one.calendar, rules=one.rules)


def _nights(
    site: Site,
    energies: dict[int, Series | None],
    usual: OfLoads,
    days: Days,
    span: tuple[date, date],
    until: datetime,
    suspected: dict[tuple[int, str], list[Found]],
) -> None:
    """E7: each night that is over."""
    rules = office_book("power")
    over = rules.whole("night_to")
    for load in site.judged:
        energy = energies.get(load.pk)
        if energy is None:
            continue
        line, day = site.line(load), span[0]
        while day <= span[1]:
            # Where an order ends by day, the line comes back because it may.
            came_back = any(day_of(period.end) == day for period in days.periods)
            if not came_back and midnight(day + timedelta(days=1)) + timedelta(hours=over) <= until:
                kinds = usual.get(load.pk, {})
                wanted = Baselines(kinds, days.calendar)
                _add(suspected, load.pk, judge_night(line, energy, day, wanted, rules=rules))
            day += timedelta(days=1)


def _lost(
    site: Site, load: Load, tracks: Sequence[Track], end: datetime, suspected: dict[tuple[int, str], list[Found]]
) -> None:
    """Meters that sent nothing for long; those that sent longer periods than quarter hours have sent something."""
    least = office_book("meters").whole("lost_minutes")
    stretches = _joined(stretch for one in tracks for stretch in one.stretches())
    for stretch in stretches:
        last = min(stretch.last, end)
        minutes = (last - stretch.first) // timedelta(minutes=1)
        if stretch.state is not State.LOST or minutes < least or sent_any(site, load, stretch.first, last):
            continue
        said = Message(
            _("the meter sent nothing for %(minutes)s min; from %(least)s min on it is told"),
            minutes=minutes, least=least,
        )  # fmt: skip
        why = {"reason": written(Reason("lost", said)), "notes": [], "values": {}, "book": "meters"}
        suspected.setdefault((load.pk, "LOST"), []).append(Found(stretch.first, last, why))


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of one state that follow each other as one."""
    found: list[Stretch] = []
    for one in stretches:
        if found and found[-1].state is one.state and found[-1].last == one.first:
            found[-1] = Stretch(one.state, found[-1].first, one.last)
        else:
            found.append(one)
    return found


def _add(suspected: dict[tuple[int, str], list[Found]], load: int, verdict: Verdict) -> None:
    if verdict.outcome is not Outcome.SUSPECTED:
        return
    for one in verdict.evidence:
        suspected.setdefault((load, verdict.rule), []).append(Found(one.first, one.last, _why(verdict, one)))


def _why(verdict: Verdict, one: Evidence | None = None) -> dict[str, Any]:
    """Why, as a row keeps it: the sentence, what it rests on, figures, the book."""
    reason = {"code": verdict.reason.code, **message_json(one.message)} if one is not None else written(verdict.reason)
    return {
        "reason": reason,
        "notes": [written(note) for note in verdict.notes],
        "values": dict(one.values) if one is not None else {},
        "confidence": str(verdict.confidence),
        "book": "power",
    }


# Orders ------------------------------------------------------------------------------------------------------------------


def _orders(
    site: Site,
    energies: dict[int, Series | None],
    usual_of: dict[str, OfLoads],
    days: Days,
    first: date,
    until: datetime,
    now: datetime,
    suspected: dict[tuple[int, str], list[Found]],
) -> int:
    """E3 to E5: each order that touches the days, from its beginning."""
    count = 0
    for period in days.periods:
        if period.demand == Demand.NONE or period.start >= until:
            continue
        begin = day_of(period.start)
        read = energies
        if begin < first:
            last = min(day_of(period.end), day_of(until))
            series = series_of(site, begin, last)
            read = {load.pk: used_series(site, load, series)[0] for load in site.loads}
        month = month_of(begin)
        if month not in usual_of:
            usual_of[month] = baselines(site, month, day_of(now))
        for load in site.judged:
            found = check_order(site, load, period, read.get(load.pk), usual_of[month], until)
            PowerCheck.objects.update_or_create(period=period, load=load, defaults=found.values)
            count += 1
            if found.verdict.outcome is Outcome.SUSPECTED:
                rule = found.verdict.rule
                end = max(min(period.end, until), found.verdict.first + QUARTER)
                why = {**_why(found.verdict), "evidence": found.values["why"]["evidence"]}
                suspected.setdefault((load.pk, rule), []).append(
                    Found(found.verdict.first, end, why, period)
                )
    return count


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether an order was kept."""

    verdict: Verdict
    values: dict[str, Any]


def check_order(
    site: Site,
    load: Load,
    period: PowerPeriod,
    energy: Series | None,
    usual: OfLoads,
    until: datetime,
) -> Checked:
    """Hold a load against an order, up to a moment (E2 to E5), and what comes of it against the stack (E8)."""
    end = min(period.end, until)
    line = site.line(load)
    grace = max(line.stop_minutes, period.grace_minutes)
    if grace != line.stop_minutes:
        line = replace(line, stop_minutes=grace)
    days = [day_of(period.start) + timedelta(days=at) for at in range((day_of(end) - day_of(period.start)).days + 1)]
    calendar = days_of(periods_of(site.source, days[0], days[-1])).calendar
    base = Baselines(usual.get(load.pk, {}), calendar)
    rules = office_book("power")
    if period.demand == Demand.STOP:
        verdict = judge_stop(line, energy, base, period.start, end, rules=rules)
    else:
        verdict = judge_limit(line, energy, base, int(period.percent or 0), period.start, end, rules=rules)
    if verdict.outcome is not Outcome.CANNOT_JUDGE:
        verdict = cross_check(verdict, stack_hours(load, verdict.first, min(verdict.last, end)), rules=rules)
    due, present, used_wh, usual_wh = 0, 0, None, None
    if energy is not None and end > verdict.first:
        seen = window(energy, verdict.first, end)
        due, present = int(seen.wh.size), int(seen.present.sum())
        used_wh = int(seen.wh[seen.present].sum())
        expected = base.at(seen.slots)
        if base.usable and not (expected == MISSING).any():
            usual_wh = int(expected[seen.present].sum())
    outcome = str(verdict.outcome)
    if verdict.outcome is Outcome.CANNOT_JUDGE and verdict.reason.code == "readings_missing":
        outcome = CheckOutcome.LOST
    why = _why(verdict)
    why["evidence"] = [
        {
            "first": one.first.isoformat(),
            "last": one.last.isoformat(),
            **message_json(one.message),
        }
        for one in verdict.evidence
    ]
    values = {
        "outcome": outcome,
        "why": why,
        "used_kwh": _kwh(used_wh),
        "usual_kwh": _kwh(usual_wh),
        "due": due,
        "present": present,
        "judged_to": end,
    }
    return Checked(verdict, values)


def _kwh(wh: int | None) -> Decimal | None:
    return None if wh is None else (Decimal(wh) / 1000).quantize(Decimal("0.1"))


# Rows --------------------------------------------------------------------------------------------------------------------


def _write_states(
    load: Load, tracks: Sequence[Track], idle: Sequence[Idle], first: date, end: datetime
) -> int:
    """Write the states of a load from the first day on, and what it does now."""
    begin = midnight(first)
    labelled = _labelled(tracks, idle, end)
    PowerSpan.objects.filter(load=load, start__gte=begin).delete()
    PowerSpan.objects.filter(load=load, start__lt=begin, end__gt=begin).update(end=begin)
    rows = [
        PowerSpan(load=load, state=state, start=start, end=last, why=_span_why(tracks, idle, state, start, last))
        for state, start, last in labelled
    ]
    before = PowerSpan.objects.filter(load=load, end=begin).order_by("-start").first()
    if before is not None and rows and before.state == rows[0].state:
        PowerSpan.objects.filter(pk=before.pk).update(end=rows[0].end)
        since = before.start if len(rows) == 1 else rows[-1].start
        now_why = before.why if len(rows) == 1 else rows[-1].why
        rows = rows[1:]
        state = rows[-1].state if rows else before.state
    elif rows:
        since, now_why, state = rows[-1].start, rows[-1].why, rows[-1].state
    else:
        since, now_why, state = None, {}, LoadState.UNKNOWN
    PowerSpan.objects.bulk_create(rows, batch_size=200)
    kw, usual_kw = _latest(tracks, end)
    values = {
        "state": state,
        "since": since,
        "why": now_why,
        "strip": _strip(labelled, end),
        "judged_to": end,
        "kw": kw,
        "usual_kw": usual_kw,
    }
    Load.objects.filter(pk=load.pk).update(**values)
    # What came while this was at work is judged the next time.
    Load.objects.filter(pk=load.pk, fresh_from=load.fresh_from).update(fresh_from=None)
    return len(rows)


Labelled = tuple[str, datetime, datetime]


def _labelled(tracks: Sequence[Track], idle: Sequence[Idle], end: datetime) -> list[Labelled]:
    """States with idle treatment laid over them, up to a moment, those that follow each other joined."""
    pieces: list[Labelled] = []
    for stretch in _joined(one for part in tracks for one in part.stretches()):
        at, last = stretch.first, min(stretch.last, end)
        for over, _why in idle:
            if over.last <= at or over.first >= last:
                continue
            if over.first > at:
                pieces.append((STATES[stretch.state], at, over.first))
            pieces.append((LoadState.IDLE, max(at, over.first), min(over.last, last)))
            at = min(over.last, last)
        if at < last:
            pieces.append((STATES[stretch.state], at, last))
    found: list[Labelled] = []
    for state, start, last in pieces:
        if found and found[-1][0] == state and found[-1][2] == start:
            found[-1] = (state, found[-1][1], last)
        else:
            found.append((state, start, last))
    return found


def _span_why(
    tracks: Sequence[Track], idle: Sequence[Idle], state: str, start: datetime, end: datetime
) -> dict[str, Any]:
    """Why a stretch is in its state, by its first quarter; and its energy."""
    one = next((part for part in tracks if part.first <= day_of(start) <= part.series.last), None)
    if one is None:
        return {}
    number = slot_number(start)
    seen = window(one.series, start, min(end, midnight(one.series.last + timedelta(days=1))))
    wh = int(seen.wh[seen.present].sum()) if seen.present.any() else None
    over = [why for stretch, why in idle if stretch.first <= start < stretch.last]
    return {
        "reason": over[0] if state == LoadState.IDLE and over else written(one.why(day_of(start), number % SLOTS)),
        "kwh": None if wh is None else str(_kwh(wh)),
        "book": "power",
    }


def _latest(tracks: Sequence[Track], end: datetime) -> tuple[Decimal | None, Decimal | None]:
    """Power of the last quarter that was judged, and what is usual then [kW]."""
    at = end - QUARTER
    for one in tracks:
        if one.first <= day_of(at) <= one.series.last:
            slot = slot_number(at) % SLOTS
            wh = int(one.series.day(day_of(at))[slot])
            base = one.baseline_of(day_of(at))
            usual = None if base is None else int(base.medians()[slot])
            return (None if wh == MISSING else _kw(wh)), (None if usual is None else _kw(usual))
    return None, None


def _kw(wh: int) -> Decimal:
    return (Decimal(wh) * 60 / SLOT_MINUTES / 1000).quantize(Decimal("0.1"))


def _strip(labelled: Sequence[Labelled], end: datetime) -> str:
    """A letter for each quarter of the last day."""
    found = []
    begin = end - QUARTER * 96
    for state, start, last in labelled:
        count = (min(last, end) - max(start, begin)) // QUARTER
        if count > 0:
            found.append(LETTERS[LoadState(state)] * count)
    return "".join(found)[-96:]


def _write_findings(
    loads: Sequence[Load],
    suspected: dict[tuple[int, str], list[Found]],
    first: date,
    until: datetime,
    done: Outcomes,
) -> None:
    """Write what is suspected; a suspicion that goes on is one row, and one that does not hold any more goes.

    An alarm that was raised of it stays with its evidence: people close it.
    """
    begin, now = midnight(first), timezone.now()
    kept = list(PowerFinding.objects.filter(load__in=loads, end__gt=begin, start__lt=until).order_by("start"))
    used: set[int] = set()
    for (load, rule), found in suspected.items():
        mine = [row for row in kept if row.load_id == load and row.rule == rule]
        for one in _merged(found):
            row = next(
                (
                    old
                    for old in mine
                    if old.pk not in used
                    and (
                        old.period_id == one.period.pk
                        if one.period is not None
                        else old.start <= one.end and old.end >= one.start
                    )
                ),
                None,
            )
            if row is None:
                fresh = PowerFinding.objects.create(
                    load_id=load, rule=rule, start=one.start, end=one.end, why=one.why, period=one.period,
                    found_at=now, changed_at=now,
                )  # fmt: skip
                done.new.append(fresh)
                used.add(fresh.pk)
            else:
                used.add(row.pk)
                start = min(row.start, one.start) if row.start < begin else one.start
                if (row.start, row.end, row.why) != (start, one.end, one.why):
                    row.untold = row.untold or (row.start, row.end) != (start, one.end)
                    row.start, row.end, row.why, row.changed_at = start, one.end, one.why, now
                    row.save(update_fields=["start", "end", "why", "changed_at", "untold"])
            done.findings += 1
    gone = [row.pk for row in kept if row.pk not in used and row.start >= begin]
    PowerFinding.objects.filter(pk__in=gone).delete()


def _merged(found: Sequence[Found]) -> list[Found]:
    """Those that touch as one."""
    merged: list[Found] = []
    for one in sorted(found, key=lambda item: item.start):
        last = merged[-1] if merged else None
        if last is not None and last.period == one.period and one.start <= last.end:
            last.end = max(last.end, one.end)
        else:
            merged.append(one)
    return merged
