"""Performance grades (绩效分级): which one holds on a day, what is wrong with its record, who has to rise.

A grade comes by an event (granted, raised, lowered, renewed, withdrawn) with the day it takes effect, the last day it
holds, who decided, and the paper. The latest event that has taken effect counts; after its last day there is no grade,
and none falls back to an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lantian.rules.sources.errors import Message, _
from lantian.rules.sources.grade_books import LEVEL_WORDS, LEVELS, GradeLibrary, GradeRule, Scheme

EventKind = Literal["granted", "raised", "lowered", "renewed", "withdrawn"]
EVENT_KINDS: tuple[EventKind, ...] = ("granted", "raised", "lowered", "renewed", "withdrawn")


@dataclass(frozen=True, slots=True)
class GradeEvent:
    """A decision about a grade.

    Attributes
    ----------
    grade
        The grade from then on; empty of a withdrawal.
    effective_from, valid_to
        First and last day; None: until another decision.
    published_on
        Day on which it was made public by the approver.
    approver_level
        ``county``, ``city``, ``province`` or ``state``.
    cause
        Of a lowering or withdrawal: row of a book (``book/id``) or words.
    industry
        Industry of the grading, where an enterprise is graded in several.
    annulled
        Struck out, as if it had never been.
    """

    kind: EventKind
    grade: str
    effective_from: date
    valid_to: date | None = None
    published_on: date | None = None
    approver: str = ""
    approver_level: str = ""
    document: str = ""
    evidence: str = ""
    cause: str = ""
    industry: str = ""
    annulled: bool = False


GradeReason = Literal["graded", "none_yet", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True)
class GradeStanding:
    """The grade on a day, with the event behind it, or why there is none."""

    grade: str | None
    reason: GradeReason
    event: GradeEvent | None = None

    @property
    def until(self) -> date | None:
        """The last day of the grade, where it has one."""
        return self.event.valid_to if self.event else None


#: what is said of a standing
REASONS: dict[GradeReason, str] = {
    "graded": _("graded"),
    "none_yet": _("not graded yet"),
    "expired": _("the grade has expired"),
    "withdrawn": _("the grade was withdrawn"),
}


def in_order(events: Iterable[GradeEvent], industry: str | None = None) -> list[GradeEvent]:
    """Events that count, by the day they take effect; of the same day in the order given."""
    return sorted(
        (event for event in events if not event.annulled and industry in (None, event.industry)),
        key=lambda event: event.effective_from,
    )


def grade_on(events: Iterable[GradeEvent], day: date, industry: str | None = None) -> GradeStanding:
    """The grade on a day.

    Parameters
    ----------
    industry
        Only events of this industry of the grading.

    Examples
    --------
    >>> events = [GradeEvent("granted", "B", date(2021, 1, 1), date(2022, 12, 31)),
    ...           GradeEvent("lowered", "C", date(2022, 6, 1))]
    >>> [grade_on(events, day).grade for day in (date(2020, 12, 31), date(2022, 5, 31), date(2023, 1, 1))]
    [None, 'B', 'C']
    """
    past = [event for event in in_order(events, industry) if event.effective_from <= day]
    if not past:
        return GradeStanding(None, "none_yet")
    last = past[-1]
    if last.kind == "withdrawn":
        return GradeStanding(None, "withdrawn", last)
    if last.valid_to is not None and last.valid_to < day:
        return GradeStanding(None, "expired", last)
    return GradeStanding(last.grade, "graded", last)


def expiring(events: Iterable[GradeEvent], first: date, last: date) -> list[GradeEvent]:
    """Grades whose last day lies between two days and that nothing follows on the day after."""
    found = list(events)
    days = {event.industry: event for event in in_order(found)}
    return [
        event
        for industry, event in days.items()
        if event.kind != "withdrawn" and event.valid_to is not None and first <= event.valid_to <= last
        and grade_on(found, event.valid_to, industry).event is event
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class GradeProblem:
    """What is wrong with an event; ``code`` is stable."""

    event: GradeEvent
    code: str
    message: Message
    rule: GradeRule | None = None


def check_events(events: Sequence[GradeEvent], library: GradeLibrary, region: str) -> list[GradeProblem]:
    """What is wrong with the events of a source, by the scheme and the rules of place and day.

    Codes: ``no_scheme``, ``unknown_grade``, ``not_of_industry``, ``period``, ``approver_level``, ``no_evidence``,
    ``no_cause``, ``unknown_cause``, ``not_better``, ``not_worse``, ``not_same``, ``order_unsettled``.
    """  # fmt: skip
    found: list[GradeProblem] = []
    for event in in_order(events):
        scheme = library.scheme_on(region, event.effective_from)
        if scheme is None:
            found.append(_problem(event, "no_scheme", _("There were no performance grades on %(day)s."),
                                  day=event.effective_from.isoformat()))  # fmt: skip
            continue
        found += _of_grade(event, scheme)
        if event.valid_to is not None and event.valid_to < event.effective_from:
            found.append(_problem(event, "period", _("The last day lies before the first.")))
        if not event.document and not event.evidence:
            found.append(
                _problem(event, "no_evidence", _("Name the paper of the decision, or other evidence."))
            )
        found += _of_approver(event, library, region, scheme)
        found += _of_change(event, events, scheme)
        found += _of_cause(event, events, library, region)
    return found


def _problem(
    event: GradeEvent, code: str, message_id: str, rule: GradeRule | None = None, **params: str | Message
) -> GradeProblem:
    return GradeProblem(event, code, Message(message_id, **params), rule)


def _of_grade(event: GradeEvent, scheme: Scheme) -> Iterable[GradeProblem]:
    if event.kind == "withdrawn":
        return
    if event.grade not in scheme.grades:
        yield _problem(
            event, "unknown_grade", _("%(grade)s is no grade of %(document)s; its grades are %(grades)s."),
            grade=event.grade or "—", document=scheme.document, grades=", ".join(scheme.grades),
        )  # fmt: skip
    elif event.grade not in scheme.of_industry(event.industry):
        yield _problem(
            event, "not_of_industry", _("%(industry)s has no grade %(grade)s; its grades are %(grades)s."),
            industry=event.industry, grade=event.grade, grades=", ".join(scheme.of_industry(event.industry)),
        )  # fmt: skip


def _of_approver(
    event: GradeEvent, library: GradeLibrary, region: str, scheme: Scheme
) -> Iterable[GradeProblem]:
    if event.kind in ("lowered", "withdrawn"):
        return
    for rule in library.of("approver", region, event.effective_from):
        if (
            rule.scheme in ("", scheme.id)
            and event.grade in rule.grades
            and (
                event.approver_level not in LEVELS
                or LEVELS.index(event.approver_level) < LEVELS.index(rule.level)
            )
        ):
            yield _problem(
                event, "approver_level", _("Grade %(grade)s is decided by %(level)s or above (%(document)s %(clause)s)."),
                rule, grade=event.grade, level=Message(LEVEL_WORDS[rule.level]), document=rule.head.document, clause=rule.clause,
            )  # fmt: skip
            return


def _before(event: GradeEvent, events: Sequence[GradeEvent]) -> GradeEvent | None:
    ordered = in_order(events, event.industry)
    place = next(at for at, one in enumerate(ordered) if one is event)
    return ordered[place - 1] if place else None


def _of_change(event: GradeEvent, events: Sequence[GradeEvent], scheme: Scheme) -> Iterable[GradeProblem]:
    before = _before(event, events)
    if before is None or before.kind == "withdrawn" or event.kind in ("granted", "withdrawn"):
        return
    found = scheme.compare(event.grade, before.grade)
    if found is None:
        # Across schemes, or within an unsettled pair, nothing is claimed.
        if {event.grade, before.grade} <= set(scheme.grades):
            yield _problem(
                event, "order_unsettled", _("No document says which of %(left)s and %(right)s is the better."),
                left=before.grade, right=event.grade,
            )  # fmt: skip
    elif event.kind == "raised" and found <= 0:
        yield _problem(
            event, "not_better", _("%(grade)s is no better than %(before)s before it."),
            grade=event.grade, before=before.grade,
        )  # fmt: skip
    elif event.kind == "lowered" and found >= 0:
        yield _problem(
            event, "not_worse", _("%(grade)s is no worse than %(before)s before it."),
            grade=event.grade, before=before.grade,
        )  # fmt: skip
    elif event.kind == "renewed" and found != 0:
        yield _problem(
            event, "not_same", _("A renewal keeps the grade; it was %(before)s."), before=before.grade
        )


def _of_cause(
    event: GradeEvent, events: Sequence[GradeEvent], library: GradeLibrary, region: str
) -> Iterable[GradeProblem]:
    if event.kind not in ("lowered", "withdrawn"):
        return
    if not event.cause:
        yield _problem(event, "no_cause", _("Say why the grade was taken away."))
        return
    rules = {rule.key: rule for rule in library.of("downgrade", region, event.effective_from)}
    rule = rules.get(event.cause)
    before = _before(event, events)
    if "/" in event.cause and rule is None:
        yield _problem(
            event, "unknown_cause", _("No book has the cause %(cause)s on this day."), cause=event.cause
        )
    elif rule is not None and before is not None and before.grade not in rule.grades:
        yield _problem(
            event, "unknown_cause", _("“%(label)s” is a cause for %(grades)s only."), rule,
            label=rule.label, grades=", ".join(rule.grades),
        )  # fmt: skip


# --- who has to rise ---

RaiseReason = Literal["below_floor", "order_unsettled", "ungraded", "assisted"]

RAISE_REASONS: dict[RaiseReason, str] = {
    "below_floor": _("below the grade that is wanted"),
    "order_unsettled": _("whether the grade is enough is not settled"),
    "ungraded": _("no grade that holds"),
    "assisted": _("to be helped"),
}


@dataclass(frozen=True, slots=True)
class Graded:
    """An enterprise as the list of those to be raised needs it: industries by name, events."""

    source_id: str
    industries: tuple[str, ...]
    events: tuple[GradeEvent, ...]


@dataclass(frozen=True, slots=True)
class ToRaise:
    """An entry of the list of enterprises to be raised (提升培育企业清单).

    Attributes
    ----------
    floor
        The grade to be reached; empty where only help is ordered.
    overdue
        Whether the day by which it had to be reached is past.
    season_control
        Whether it stands in the control of the season by the rule on the day.
    """

    source_id: str
    industry: str
    standing: GradeStanding
    floor: str
    reason: RaiseReason
    rule: GradeRule
    overdue: bool
    season_control: bool = False


def to_raise(enterprises: Iterable[Graded], library: GradeLibrary, region: str, day: date) -> list[ToRaise]:
    """Enterprises that have to rise on a day, by each rule that says so; the overdue first.

    Nothing is said where no scheme or no rule of the place holds on the day.
    """
    scheme = library.scheme_on(region, day)
    if scheme is None:
        return []
    floors, assisted = library.of("floor", region, day), library.of("assisted", region, day)
    found: list[ToRaise] = []
    for enterprise in enterprises:
        for rule in floors:
            industry = next((name for name in rule.industries if name in enterprise.industries), None)
            if industry is not None:
                found += _below(enterprise, industry, rule, scheme, day)
        for industry in dict.fromkeys(event.industry for event in enterprise.events):
            standing = grade_on(enterprise.events, day, industry)
            for rule in assisted:
                if standing.grade in rule.grades:
                    control = rule.season_from is not None and rule.season_from <= day
                    found.append(
                        ToRaise(
                            enterprise.source_id, industry, standing, "", "assisted", rule, False, control
                        )
                    )
    return sorted(found, key=lambda one: (not one.overdue, one.source_id))


def _below(
    enterprise: Graded, industry: str, rule: GradeRule, scheme: Scheme, day: date
) -> Iterable[ToRaise]:
    # A grade that names no industry is that of the whole enterprise.
    own = any(event.industry == industry for event in enterprise.events)
    standing = grade_on(enterprise.events, day, industry if own else "")
    floor = rule.grades[0]
    enough = None if standing.grade is None else scheme.at_least(standing.grade, floor)
    if enough:
        return
    reason: RaiseReason = (
        "ungraded" if standing.grade is None else "order_unsettled" if enough is None else "below_floor"
    )
    overdue = rule.due is not None and rule.due < day
    yield ToRaise(enterprise.source_id, industry, standing, floor, reason, rule, overdue)
