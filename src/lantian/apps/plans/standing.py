"""How tasks stand: from events to the columns that ledgers sort and filter by, for today and for any other day.

Two clocks answer "how did it stand on that day": as recorded then (what the house knew at the end of that day) and as
known now (what it knows today about that day, late reports included). Corrections of a misread plan count from the
beginning in the second; adjustments that were approved count from their day in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Exists, F, FilteredRelation, OuterRef, Q, Value, When

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME, campaign_today
from lantian.apps.core.models import Organisation
from lantian.apps.plans import drafts
from lantian.apps.plans.choices import Clock, DeadlineKind, EventKind, TaskState, UnitRole
from lantian.apps.plans.models import (
    OPEN_END,
    Plan,
    Task,
    TaskDeadline,
    TaskEvent,
    TaskQuantity,
    TaskStanding,
    TaskUnit,
)
from lantian.rules.progress import amounts, lights

BATCH = 500
HUNDREDTH = Decimal("0.01")
#: where a task goes by an event; events that are not here leave it where it is
STATE_AFTER: dict[str, str] = {
    EventKind.START: TaskState.IN_PROGRESS,
    EventKind.SUBMIT: TaskState.SUBMITTED,
    EventKind.RECALL: TaskState.IN_PROGRESS,
    EventKind.ACCEPT: TaskState.ACCEPTED,
    EventKind.MILESTONE: TaskState.IN_PROGRESS,
    EventKind.RETURN: TaskState.RETURNED,
    EventKind.SUSPEND: TaskState.SUSPENDED,
    EventKind.REOPEN: TaskState.IN_PROGRESS,
}
#: events that say how much is done
WITH_PERCENT = frozenset({EventKind.REPORT, EventKind.SUBMIT, EventKind.ACCEPT})
_COLUMNS = ("state", "percent", "due_on", "yellow_from", "red_from", "behind_from")
#: columns of a task that follow from its events and dates
TAKEN = (*_COLUMNS, "submitted_on", "accepted_on", "reported_on", "last_note")


def milestone_rows(rows: Iterable[TaskDeadline]) -> list[TaskDeadline]:
    """The dates that are milestones: deadlines, or where there are none the ends of periods."""
    listed = list(rows)
    for kind in (DeadlineKind.DEADLINE, DeadlineKind.PERIOD):
        found = [row for row in listed if row.kind == kind and row.end is not None]
        if found:
            return sorted(found, key=lambda row: (row.end, row.pk or 0))
    return []


def milestones(task: Task) -> list[lights.Milestone]:
    """The milestones of a task as they are now."""
    return [_milestone(row) for row in milestone_rows(task.deadlines.all())]


def _milestone(row: TaskDeadline) -> lights.Milestone:
    assert row.end is not None
    return lights.Milestone(row.end, row.share, row.met_on)


def _earlier_milestones(values: Sequence[dict[str, Any]]) -> list[lights.Milestone]:
    """Milestones from the values that an adjustment has replaced."""
    for kind in (DeadlineKind.DEADLINE, DeadlineKind.PERIOD):
        found = [
            lights.Milestone(end, drafts.decimal(item.get("share")), drafts.day(item.get("met_on")))
            for item in values
            if item.get("kind") == kind and (end := drafts.day(item.get("end"))) is not None
        ]
        if found:
            return found
    return []


def line_start(task: Task) -> date:
    """Where the straight line of a task starts: the day of issue; of a part, the day on which it was handed down."""
    return line_from(task.plan, task.created_at, is_part=bool(task.parent_id))


def line_from(plan: Plan, created_at: datetime, *, is_part: bool) -> date:
    """The same from the values that it follows from."""
    begins = None if is_part else plan.issued_on or plan.starts_on
    return begins or created_at.astimezone(CAMPAIGN_TIME).date()


def percent_from_amounts(task: Task) -> Decimal | None:
    """The share done from the amounts that count [%]; None where none counts or nothing has been reported of any."""
    return percent_of_amounts(task.quantities.all())


def percent_of_amounts(rows: Iterable[TaskQuantity]) -> Decimal | None:
    """The share done from those of the amounts that count [%]; None where nothing has been reported of any."""
    counted = [row for row in rows if row.counts]
    if not any(row.done is not None for row in counted):
        return None
    return amounts.percent_of(amounts.Amount(row.value, row.done) for row in counted)


def state_after(event: TaskEvent, state: str) -> str:
    """Where an event leaves a task that stood in a state."""
    if event.kind == EventKind.REPORT:
        opened = state in {TaskState.NOT_STARTED, TaskState.RETURNED}
        return TaskState.IN_PROGRESS if opened else state
    if event.kind == EventKind.RESUME:
        return event.state
    return STATE_AFTER.get(event.kind, state)


def in_order(events: Iterable[TaskEvent]) -> list[TaskEvent]:
    """Events as they happened; one that is not written yet is the last of its day."""
    return sorted(events, key=lambda event: (event.on, event.pk is None, event.pk or 0))


def timeline(task: Task, events: Sequence[TaskEvent]) -> list[tuple[date, lights.Standing]]:
    """From which day on a task stood how, as known now; one entry a day at most, the first from its beginning."""
    ordered = in_order(events)
    now = milestones(task)
    # Before an adjustment held what it replaced.
    at_event: list[list[lights.Milestone]] = [now] * (len(ordered) + 1)
    for index in range(len(ordered) - 1, -1, -1):
        before = ordered[index].data.get("before") if ordered[index].kind == EventKind.ADJUST else None
        replaced = (before or {}).get("deadlines")
        at_event[index] = _earlier_milestones(replaced) if replaced is not None else at_event[index + 1]
    start = line_start(task)
    state, percent, submitted = str(TaskState.NOT_STARTED), Decimal(0), None
    first = min([start, *(event.on for event in ordered[:1])])

    def stood(day: date, known: list[lights.Milestone]) -> lights.Standing:
        met = [
            lights.Milestone(one.on, one.share, one.met_on if one.met_on and one.met_on <= day else None)
            for one in known
        ]
        return lights.standing(
            lights.State(state),
            percent,
            met,
            line_start=start,
            submitted_on=submitted,
            warn_days=task.plan.warn_days,
        )

    found: list[tuple[date, lights.Standing]] = [(first, stood(first, at_event[0]))]
    for index, event in enumerate(ordered):
        state = str(state_after(event, state))
        if event.kind in WITH_PERCENT or (event.data or {}).get("percent_changed"):
            percent = event.percent
        if event.kind == EventKind.SUBMIT:
            submitted = event.on
        entry = (event.on, stood(event.on, at_event[index + 1]))
        if found[-1][0] == event.on:
            found[-1] = entry
        else:
            found.append(entry)
    return found


def event_of(
    task: Task,
    kind: str,
    *,
    on: date,
    actor: Actor,
    state: str | None = None,
    percent: Decimal | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
    deadline: TaskDeadline | None = None,
    organisation: Organisation | None = None,
) -> TaskEvent:
    """An event as :func:`record` adds it, not written yet.

    Parameters
    ----------
    state
        Where the task goes by ``resume``; other kinds know it themselves.
    percent
        The share done [%] as reported; what it was before by default.
    deadline
        The milestone that was accepted.
    organisation
        For whom it is recorded, where that is not the organisation of the account.
    """
    user = actor.user
    if organisation is None and user is not None:
        organisation = user.organisation
    event = TaskEvent(
        task=task,
        kind=kind,
        on=on,
        user=user,
        organisation=organisation,
        state=state or task.state,
        percent=task.percent if percent is None else percent,
        deadline=deadline,
        note=note,
        data=data or {},
    )
    event.state = state_after(event, task.state)
    return event


def record(
    task: Task,
    kind: str,
    *,
    on: date,
    deadline: TaskDeadline | None = None,
    today: date | None = None,
    **values: Any,
) -> TaskEvent:
    """Add an event and bring the task in line with it; inside the transaction of an action that holds the row.

    The further values are those of :func:`event_of`.
    """
    event = event_of(task, kind, on=on, deadline=deadline, **values)
    event.save()
    if deadline is not None:
        TaskDeadline.objects.filter(pk=deadline.pk).update(met_on=on)
    if kind == EventKind.ACCEPT:
        task.deadlines.filter(met_on__isnull=True).update(met_on=on)
    if kind == EventKind.REOPEN:
        last = milestone_rows(task.deadlines.all())[-1:]
        TaskDeadline.objects.filter(pk__in=[row.pk for row in last]).update(met_on=None)
    task.version += 1
    refresh(task, today=today)
    return event


def reckon(task: Task, events: Sequence[TaskEvent]) -> list[tuple[date, lights.Standing]]:
    """Bring a task in line with its events and dates, and give how it stood from when on; writes nothing."""
    found = timeline(task, events)
    _take(task, found[-1][1], events)
    return found


def refresh(task: Task, *, today: date | None = None) -> None:
    """Bring a task and its standings in line with its events and dates, and save it."""
    today = today or campaign_today()
    # What was fetched before may be older than the change.
    getattr(task, "_prefetched_objects_cache", {}).clear()
    found = reckon(task, list(task.events.all()))
    task.save()
    _write_known(task, found)
    _write_recorded(task, found[-1][1], today)


def _take(task: Task, now: lights.Standing, events: Sequence[TaskEvent]) -> None:
    for name in _COLUMNS:
        setattr(task, name, getattr(now, name))
    task.state = TaskState(now.state)
    ordered = in_order(events)
    handed_in = [event.on for event in ordered if event.kind == EventKind.SUBMIT]
    accepted = [event.on for event in ordered if event.kind == EventKind.ACCEPT]
    said = [event for event in ordered if event.kind in {EventKind.REPORT, EventKind.SUBMIT}]
    task.submitted_on = handed_in[-1] if handed_in else None
    task.accepted_on = accepted[-1] if accepted and task.state == TaskState.ACCEPTED else None
    task.reported_on = said[-1].on if said else None
    noted = [event.note for event in said if event.note]
    task.last_note = noted[-1][:500] if noted else ""


def _row(task: Task, clock: str, start: date, end: date, found: lights.Standing) -> TaskStanding:
    return TaskStanding(
        task=task, clock=clock, start=start, end=end, **{name: getattr(found, name) for name in _COLUMNS}
    )


def _write_known(task: Task, found: Sequence[tuple[date, lights.Standing]]) -> None:
    TaskStanding.objects.filter(task=task, clock=Clock.KNOWN).delete()
    ends = [start for start, _standing in found[1:]] + [OPEN_END]
    TaskStanding.objects.bulk_create(
        _row(task, Clock.KNOWN, start, end, standing)
        for (start, standing), end in zip(found, ends, strict=True)
    )


def _write_recorded(task: Task, now: lights.Standing, today: date) -> None:
    """Close what held until yesterday and open what holds from today; entries of earlier days never change."""
    held = TaskStanding.objects.filter(task=task, clock=Clock.RECORDED, end=OPEN_END).first()
    values = {name: getattr(now, name) for name in _COLUMNS}
    if held is not None and held.start >= today:
        TaskStanding.objects.filter(pk=held.pk).update(**values)
        return
    if held is not None:
        if all(getattr(held, name) == value for name, value in values.items()):
            return
        TaskStanding.objects.filter(pk=held.pk).update(end=today)
    TaskStanding.objects.create(task=task, clock=Clock.RECORDED, start=today, end=OPEN_END, **values)


def begin(task: Task, dates: Iterable[TaskDeadline]) -> None:
    """Let a new task without events stand, before it is written or after; does not save."""
    known = [_milestone(row) for row in milestone_rows(dates)]
    now = lights.standing(
        lights.State.NOT_STARTED, Decimal(0), known, line_start=line_start(task), warn_days=task.plan.warn_days
    )
    _take(task, now, [])


def open_begun(tasks: Sequence[Task], *, today: date | None = None) -> None:
    """Write the standings of new tasks that have begun and been written."""
    today = today or campaign_today()
    standings: list[TaskStanding] = []
    for task in tasks:
        now = lights.Standing(
            lights.State(task.state), task.percent, task.due_on, task.yellow_from, task.red_from, task.behind_from
        )
        standings.append(_row(task, Clock.KNOWN, min(line_start(task), today), OPEN_END, now))
        standings.append(_row(task, Clock.RECORDED, today, OPEN_END, now))
    TaskStanding.objects.bulk_create(standings, batch_size=BATCH)


def open_many(tasks: Sequence[Task], *, today: date | None = None) -> None:
    """Let many new tasks without events stand; a fixed number of statements for each batch."""
    dates: dict[int, list[TaskDeadline]] = {}
    for row in TaskDeadline.objects.filter(task__in=[task.pk for task in tasks]):
        dates.setdefault(row.task_id, []).append(row)
    for task in tasks:
        begin(task, dates.get(task.pk, []))
    Task.objects.bulk_update(tasks, _COLUMNS, batch_size=BATCH)
    open_begun(tasks, today=today)


def refresh_many(keys: Sequence[int], *, today: date | None = None) -> None:
    """Bring many tasks and their standings in line with their events and dates; a fixed number of statements a batch."""
    today = today or campaign_today()
    listed = list(keys)
    for at in range(0, len(listed), BATCH):
        tasks = list(
            Task._base_manager.filter(pk__in=listed[at : at + BATCH])
            .select_related("plan")
            .prefetch_related("deadlines", "events")
        )
        found = [(task, reckon(task, list(task.events.all()))) for task in tasks]
        Task.objects.bulk_update(tasks, TAKEN, batch_size=BATCH)
        write_standings(found, today=today)


def write_standings(
    stood: Sequence[tuple[Task, Sequence[tuple[date, lights.Standing]]]], *, today: date | None = None
) -> None:
    """Write how tasks stand by both clocks, as :func:`reckon` gives it; five statements for some hundred tasks."""
    today = today or campaign_today()
    known: list[TaskStanding] = []
    recorded: list[TaskStanding] = []
    changed: list[TaskStanding] = []
    closed: list[int] = []
    keys = [task.pk for task, _found in stood]
    held = {
        row.task_id: row
        for row in TaskStanding.objects.filter(task__in=keys, clock=Clock.RECORDED, end=OPEN_END).order_by()
    }
    for task, found in stood:
        now = found[-1][1]
        ends = [start for start, _standing in found[1:]] + [OPEN_END]
        known.extend(
            _row(task, Clock.KNOWN, start, end, one) for (start, one), end in zip(found, ends, strict=True)
        )
        before = held.get(task.pk)
        if before is not None:
            if all(getattr(before, name) == getattr(now, name) for name in _COLUMNS):
                continue
            if before.start >= today:
                for name in _COLUMNS:
                    setattr(before, name, getattr(now, name))
                changed.append(before)
                continue
            closed.append(before.pk)
        recorded.append(_row(task, Clock.RECORDED, today, OPEN_END, now))
    TaskStanding.objects.filter(task__in=keys, clock=Clock.KNOWN).delete()
    TaskStanding.objects.filter(pk__in=closed).update(end=today)
    TaskStanding.objects.bulk_update(changed, _COLUMNS, batch_size=BATCH)
    TaskStanding.objects.bulk_create([*known, *recorded], batch_size=BATCH)


def open_missing(**_kwargs: Any) -> int:
    """Let tasks stand that a version without standings has written; runs after each migration, and finds none mostly.

    Returns
    -------
    int
        How many tasks it has opened.
    """
    rows = Task.objects.filter(~Exists(TaskStanding.objects.filter(task=OuterRef("pk")))).select_related("plan")
    keys = list(rows.order_by().values_list("pk", flat=True))
    for at in range(0, len(keys), BATCH):
        batch = keys[at : at + BATCH]
        units = TaskUnit.objects.filter(task__in=batch)
        taken: set[int] = set()
        for role in (UnitRole.LEAD, UnitRole.SHARED, UnitRole.RESPONSIBLE):
            mine = units.filter(role=role).exclude(task__in=taken)
            found = set(mine.values_list("task", flat=True))
            mine.update(principal=True)
            taken |= found
        TaskQuantity.objects.filter(
            task__in=batch, unit__in=amounts.COUNTED_UNITS, comparator__in=("=", ">=", ">", "~")
        ).update(counts=True)
        open_many(list(rows.filter(pk__in=batch)))
    return len(keys)


def _light(prefix: str, day: date) -> Case:
    """The light as an expression; the same order as :func:`lantian.rules.progress.lights.light`."""
    state, red, yellow = f"{prefix}state", f"{prefix}red_from", f"{prefix}yellow_from"
    return Case(
        When(**{state: TaskState.ACCEPTED}, then=Value("green")),
        When(**{state: TaskState.SUSPENDED}, then=Value("grey")),
        When(**{f"{red}__lte": day}, then=Value("red")),
        When(**{f"{yellow}__lte": day}, then=Value("yellow")),
        When(**{state: TaskState.NOT_STARTED}, then=Value("grey")),
        default=Value("blue"),
        output_field=CharField(),
    )


def with_light(
    rows: Any, day: date | None = None, clock: str = Clock.RECORDED, *, dropped: bool | None = False
) -> Any:
    """Tasks with ``light``, ``shown_state``, ``shown_percent``, ``shown_due`` (and what the light follows from) on a day.

    Today's come from the columns of the tasks. On another day, tasks that did not stand in the ledger then (by the
    clock) are left out.

    Parameters
    ----------
    dropped
        Whether only tasks are wanted that a newer text of their plan had left out by then; False leaves them out, None
        does not ask.
    """
    today = campaign_today()
    if dropped is not None:
        asked = day or today
        stays = Q(dropped_on__isnull=True) | Q(dropped_on__gt=asked)
        rows = rows.filter(dropped_on__lte=asked) if dropped else rows.filter(stays)
    if day is None or day == today:
        return rows.annotate(light=_light("", today), **_shown(""))
    holds = Q(standings__clock=clock, standings__start__lte=day, standings__end__gt=day)
    return (
        rows.annotate(stood=FilteredRelation("standings", condition=holds))
        # A column of the index of days and not the key: so the index alone says who stood there.
        .filter(stood__start__isnull=False)
        .annotate(light=_light("stood__", day), **_shown("stood__"))
    )


def _shown(prefix: str) -> dict[str, F]:
    return {
        "shown_state": F(f"{prefix}state"),
        "shown_percent": F(f"{prefix}percent"),
        "shown_due": F(f"{prefix}due_on"),
        "shown_red": F(f"{prefix}red_from"),
        "shown_yellow": F(f"{prefix}yellow_from"),
    }


def light_is(code: str, day: date | None = None) -> Q:
    """Whether a task of :func:`with_light` (for the same day) has one light.

    Conditions on columns and not on the expression of the light: a database knows how many rows meet these, and has
    indexes of them.
    """
    on = day or campaign_today()
    decided = Q(shown_state__in=(TaskState.ACCEPTED, TaskState.SUSPENDED))
    red, yellow = Q(shown_red__lte=on), Q(shown_yellow__lte=on)
    not_red = Q(shown_red__isnull=True) | Q(shown_red__gt=on)
    neither = not_red & (Q(shown_yellow__isnull=True) | Q(shown_yellow__gt=on))
    not_started = Q(shown_state=TaskState.NOT_STARTED)
    return {
        "green": Q(shown_state=TaskState.ACCEPTED),
        "grey": Q(shown_state=TaskState.SUSPENDED) | not_started & neither,
        "red": red & ~decided,
        "yellow": yellow & not_red & ~decided,
        "blue": neither & ~decided & ~not_started,
    }[code]


def light_of(task: Task, day: date | None = None) -> lights.Light:
    """The light of a task as it is now, with its reason."""
    return lights.light(
        lights.Standing(
            lights.State(task.state),
            task.percent,
            task.due_on,
            task.yellow_from,
            task.red_from,
            task.behind_from,
        ),
        day or campaign_today(),
    )


def counted(task: Task) -> list[TaskQuantity]:
    """The amounts of a task that say how far it has come."""
    return [row for row in task.quantities.all() if row.counts]
