"""Findings: what a judge hands to the desk, with its evidence kept within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.errors import InputError, Message, Parameter, Reason, _

#: bounds of what one alarm keeps
MOST_SERIES, MOST_POINTS, MOST_LIMITS, MOST_FACTS, MOST_REASONS = 8, 2000, 12, 40, 40
MOST_BYTES = 256 * 1024
LONGEST = 200
#: a rule or factor in a key
LONGEST_CODE = 24
#: no period lasts longer than this; one that does is a slip of a clock
LONGEST_PERIOD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Series:
    """A curve: moments and values, None for a gap; `mark` is the mark of the value in the data, or empty."""

    name: str
    unit: str
    points: Sequence[tuple[datetime, Decimal | int | None, str]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on.

    Attributes
    ----------
    series
        Curves around the period.
    limits
        Name and value of each line that the values are held against.
    facts
        Label (a message id) and value of what else was seen.
    books
        Entries of books as :meth:`Entry.told` gives them.
    frames
        Keys of raw frames, so that the bytes can be looked up.
    score
        Entry of the book that a rule held its figure against, and the figure: what verdicts are held against later.
    """

    series: Sequence[Series] = ()
    limits: Sequence[tuple[str, Decimal, str]] = ()
    facts: Sequence[tuple[str, Parameter | Message]] = ()
    books: Sequence[Mapping[str, str]] = ()
    frames: Sequence[str] = ()
    score: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a judge has found at an outlet or a device.

    Attributes
    ----------
    cause
        One of :data:`words.CAUSES`.
    rule
        What found it: R1 to R22, E1 to E9, the factor's limit; empty where the cause says it all.
    factor
        Code of the factor.
    begin, end
        The period, end excluded; no end while it lasts.
    unit, device, source, region
        Keys of what it is about; at least one of the first three.
    count
        Hours, days or values that it gathers.
    peak
        The highest value by its limit.
    severity
        As the judge says; empty: by the book.
    """

    cause: str
    begin: datetime
    end: datetime | None
    source: int | None = None
    unit: int | None = None
    device: int | None = None
    rule: str = ""
    factor: str = ""
    count: int = 1
    peak: Decimal | None = None
    severity: str = ""
    why: Sequence[Reason] = ()
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def key(self) -> str:
        """What makes findings one: outlet, cause, rule, factor."""
        return key_of(self.cause, self.rule, self.factor, unit=self.unit, device=self.device, source=self.source)


def key_of(
    cause: str,
    rule: str = "",
    factor: str = "",
    *,
    unit: int | None = None,
    device: int | None = None,
    source: int | None = None,
) -> str:
    """What makes findings one: outlet (or device), cause, rule, factor.

    Raises
    ------
    InputError
        It is about nothing.
    """
    outlet = (("d", device), ("u", unit), ("s", source))
    if cause not in words.OF_DEVICES:
        outlet = (("u", unit), ("d", device), ("s", source))
    for letter, number in outlet:
        if number is not None:
            return f"{letter}{number}|{cause}|{rule}|{factor}"
    raise InputError("about_nothing", Message(_("A finding names neither outlet nor device nor source.")))


def check(finding: Finding) -> None:
    """Refuse a finding that is not sound, or that would keep more than one alarm may.

    Raises
    ------
    InputError
        It says what.
    """
    if finding.cause not in words.CAUSES:
        raise InputError("cause", Message(_("“%(cause)s” is no cause of an alarm."), cause=finding.cause))
    if finding.severity and finding.severity not in words.SEVERITIES:
        raise InputError("severity", Message(_("“%(name)s” is no severity."), name=finding.severity))
    assert finding.key
    for moment in (finding.begin, finding.end):
        if moment is not None and moment.tzinfo is None:
            raise InputError("zone", Message(_("A period without time zone cannot be kept.")))
    if finding.end is not None and not finding.begin <= finding.end <= finding.begin + LONGEST_PERIOD:
        raise InputError(
            "period",
            Message(
                _("The period from %(begin)s to %(end)s ends before it begins or is longer than %(days)s days."),
                begin=finding.begin.isoformat(),
                end=finding.end.isoformat(),
                days=LONGEST_PERIOD.days,
            ),
        )
    if finding.count < 1 or len(finding.rule) > LONGEST_CODE or len(finding.factor) > LONGEST_CODE:
        raise InputError("finding", Message(_("Number, rule or factor of a finding cannot be.")))
    evidence = finding.evidence
    sizes = (
        (len(evidence.series), MOST_SERIES),
        (max((len(one.points) for one in evidence.series), default=0), MOST_POINTS),
        (len(evidence.limits), MOST_LIMITS),
        (len(evidence.facts), MOST_FACTS),
        (len(finding.why), MOST_REASONS),
        (len(evidence.books), MOST_FACTS),
        (len(evidence.frames), MOST_FACTS),
    )
    if any(size > most for size, most in sizes):
        raise InputError("too_much", Message(_("The evidence is larger than one alarm may keep.")))


def kept(message: Message) -> dict[str, Any]:
    """A message as it is kept, so that everybody reads it in the own language."""
    params = {
        name: kept(value) if isinstance(value, Message) else value for name, value in message.params.items()
    }
    return {"id": message.message_id, "params": params}


def record(finding: Finding) -> dict[str, Any]:
    """The evidence of a finding as JSON.

    Raises
    ------
    InputError
        It is larger than one alarm may keep.
    """
    given = finding.evidence
    found = {
        "why": [{"code": reason.code, **kept(reason.message)} for reason in finding.why],
        "series": [
            {
                "name": one.name[:LONGEST],
                "unit": one.unit[:LONGEST],
                "points": [
                    [moment.isoformat(), None if value is None else str(value), mark]
                    for moment, value, mark in one.points
                ],
            }
            for one in given.series
        ],
        "limits": [[name[:LONGEST], str(value), unit[:LONGEST]] for name, value, unit in given.limits],
        "facts": [
            [label, kept(value) if isinstance(value, Message) else value] for label, value in given.facts
        ],
        "books": [dict(entry) for entry in given.books],
        "frames": [str(frame)[:LONGEST] for frame in given.frames],
        "score": None if given.score is None else list(given.score),
        "peak": None if finding.peak is None else str(finding.peak),
    }
    if len(json.dumps(found, ensure_ascii=False)) > MOST_BYTES:
        raise InputError("too_much", Message(_("The evidence is larger than one alarm may keep.")))
    return found


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence of an alarm that grows: curves are joined and stay within bounds, the rest is that of the later one.

    The highest value by its limit is kept.
    """
    curves: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for part in (old, new):
        for one in part.get("series", ()):
            points = curves.setdefault((one["name"], one["unit"]), {})
            points |= {point[0]: point for point in one["points"]}
    series = [
        {"name": name, "unit": unit, "points": [points[at] for at in sorted(points)][-MOST_POINTS:]}
        for (name, unit), points in list(curves.items())[:MOST_SERIES]
    ]
    rest = {name: new.get(name) or old.get(name) for name in ("why", "limits", "facts", "books", "score")}
    frames = list(dict.fromkeys([*old.get("frames", ()), *new.get("frames", ())]))[-MOST_FACTS:]
    peaks = [Decimal(part["peak"]) for part in (old, new) if part.get("peak")]
    peak = str(max(peaks)) if peaks else None
    return {**old, **rest, "series": series, "frames": frames, "peak": peak}
