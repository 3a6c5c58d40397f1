"""Hours and days held against their limit, and hours in a row merged into one event; each says by how much, or why not judged.

Values are held against the limit unrounded. An hour that is not valid, excepted by a mark, or not measured is not judged:
it is no evidence of exceedance, and none of keeping the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even
from lantian.rules.monitoring.limits import Applies
from lantian.rules.monitoring.marks import MEANINGS, JudgedClaim, Means, is_valid
from lantian.rules.monitoring.validity import Mean, Origin, Part, day_mean

HOUR = timedelta(hours=1)


class Verdict(StrEnum):
    """What an hour or a day is."""

    WITHIN = "within"
    #: from the share of the limit at which it is warned
    NEAR = "near"
    EXCEEDS = "exceeds"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class HourValue:
    """An hour of a factor as it is judged.

    Attributes
    ----------
    start
        Beginning of the hour, with its offset.
    folded
        Concentration folded to reference oxygen [mg/m³], unrounded; None where it is missing or cannot be folded.
    valid
        Whether the mean is valid (45 minutes).
    why_absent
        Why it is missing, not folded or not valid.
    """

    start: datetime
    folded: Number | None
    valid: bool = True
    mark: Means = Means.NORMAL
    origin: Origin = Origin.SENT
    why_absent: Reason | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """An hour or a day held against its limit.

    Attributes
    ----------
    multiple
        By how many times it exceeds, (C − limit) / limit, two decimals half to even; None unless it exceeds.
    exemption_exceeded
        Whether it exceeds what an exemption asks for that the outlet enjoys.
    """

    factor: str
    start: datetime
    end: datetime
    value: Fraction | None
    limit: Decimal | None
    verdict: Verdict
    multiple: Decimal | None
    reason: Reason
    exemption_exceeded: bool | None = None
    notes: tuple[Reason, ...] = ()


def judge_hour(
    factor: str,
    hour: HourValue,
    limit: Applies,
    claims: Sequence[JudgedClaim] = (),
    *,
    marks: Book | None = None,
    rules: Book | None = None,
) -> Judged:
    """An hour held against the limit of its day.

    Parameters
    ----------
    claims
        Marks that the enterprise filed, judged; those that except leave an hour out that they touch.
    """
    rules, marks = rules or book("limits"), marks or book("marks")
    end = hour.start + HOUR
    why = _why_not(factor, hour, end, claims, marks)
    if why is None and limit.value is None:
        why = next((one for one in limit.reasons if one.code == "no_limit"), limit.reasons[0] if limit.reasons else None)
        why = why or Reason("no_limit", Message(_("no limit is known")))
    late = tuple(
        Reason("claim_without_worth", Message(_("a mark “%(label)s” lies on it and excepts nothing: %(why)s"),
               label=one.label, why=one.reasons[0].message))
        for one in claims
        if not one.excepts and one.reasons and one.touches(hour.start, end, factor)
    )  # fmt: skip
    value = None if hour.folded is None else exact(hour.folded)
    if why is not None or value is None or limit.value is None:
        said = why or Reason("missing", Message(_("there is no value")))
        return Judged(factor, hour.start, end, value, limit.value, Verdict.NOT_JUDGED, None, said, None, late)
    return _held(factor, hour.start, end, value, limit, rules, late)


def _why_not(
    factor: str, hour: HourValue, end: datetime, claims: Sequence[JudgedClaim], marks: Book
) -> Reason | None:
    for one in claims:
        if one.excepts and one.touches(hour.start, end, factor):
            said = Message(
                _("excepted by the mark “%(label)s” (%(reason)s), filed in time"),
                label=one.label, reason=one.claim.reason.strip(),
            )  # fmt: skip
            return Reason("excepted", said)
    if not is_valid(hour.mark, rules=marks):
        if hour.mark is Means.OVER_RANGE:
            said = Message(_("over the range of the analyser: not judged, and the true value is not known to be lower"))
        else:
            said = Message(_("mark of the station: %(mark)s; invalid data are no evidence"), mark=Message(MEANINGS[hour.mark]))
        return Reason("mark", said)
    if hour.origin is Origin.SUBSTITUTE:
        return Reason("substitute", Message(_("a substitute fills amounts and is never held against a limit")))
    if hour.origin is Origin.BY_HAND and marks.choice("hand_counts") == "no":
        return Reason("by_hand", Message(_("entered by hand: stays marked and fills amounts only")))
    if hour.folded is None:
        return hour.why_absent or Reason("missing", Message(_("there is no value")))
    if not hour.valid:
        return hour.why_absent or Reason("not_valid", Message(_("the mean of the hour is not valid")))
    return None


def _held(
    factor: str,
    start: datetime,
    end: datetime,
    value: Fraction,
    limit: Applies,
    rules: Book,
    notes: tuple[Reason, ...],
) -> Judged:
    assert limit.value is not None
    bound = Fraction(limit.value)
    beyond = value >= bound if limit.strictly_below else value > bound
    costs = None
    if limit.exemption is not None and limit.exemption.value is not None:
        costs = value > Fraction(limit.exemption.value)
    shown = str(half_even(value, 2))
    if beyond:
        multiple = half_even((value - bound) / bound, 2)
        said = Message(
            _("%(value)s mg/m³ against %(limit)s mg/m³, exceeded %(multiple)s times"),
            value=shown, limit=str(limit.value), multiple=str(multiple),
        )  # fmt: skip
        return Judged(
            factor, start, end, value, limit.value, Verdict.EXCEEDS, multiple, Reason("exceeds", said), costs, notes
        )
    share = exact(rules.number("warn_share"))
    if value >= share * bound:
        said = Message(
            _("%(value)s mg/m³ against %(limit)s mg/m³: from %(share)s of the limit it is warned"),
            value=shown, limit=str(limit.value), share=str(rules.number("warn_share")),
        )  # fmt: skip
        notes = (*notes, *rules.defaults("warn_share"))
        return Judged(factor, start, end, value, limit.value, Verdict.NEAR, None, Reason("near", said), costs, notes)
    said = Message(_("%(value)s mg/m³ against %(limit)s mg/m³"), value=shown, limit=str(limit.value))
    return Judged(factor, start, end, value, limit.value, Verdict.WITHIN, None, Reason("within", said), costs, notes)


def judged_by(kind: str, *, rules: Book | None = None) -> str:
    """``hour`` or ``day``: what exceedance of a kind of outlet is judged by."""
    rules = rules or book("limits")
    name = f"judged_by_{kind}"
    return rules.choice(name if name in rules.entries else "judged_by_default")


def judge_day(
    factor: str,
    start: datetime,
    hours: Sequence[HourValue],
    limit: Applies,
    claims: Sequence[JudgedClaim] = (),
    *,
    marks: Book | None = None,
    rules: Book | None = None,
    validity: Book | None = None,
) -> Judged:
    """The mean of the valid hours of a day held against its limit; fewer than 20 valid hours give no day mean.

    Parameters
    ----------
    start
        Beginning of the day, with its offset.
    hours
        Its hours; those of other days are not looked at.
    """
    rules, marks = rules or book("limits"), marks or book("marks")
    end = start + timedelta(days=1)
    parts: list[Part] = []
    stopped = 0
    for hour in hours:
        if not start <= hour.start < end:
            continue
        why = _why_not(factor, hour, hour.start + HOUR, claims, marks)
        stopped += hour.mark is Means.STOPPED or (
            why is not None and why.code == "excepted" and _is_stop(factor, hour, claims)
        )
        parts.append(Part(hour.folded, valid=why is None))
    mean: Mean = day_mean(parts, stopped_hours=stopped, rules=validity)
    if mean.value is None:
        return Judged(factor, start, end, None, limit.value, Verdict.NOT_JUDGED, None, mean.reason)
    if limit.value is None:
        why = next((one for one in limit.reasons if one.code == "no_limit"), None)
        why = why or Reason("no_limit", Message(_("no limit is known")))
        return Judged(factor, start, end, mean.value, None, Verdict.NOT_JUDGED, None, why)
    return _held(factor, start, end, mean.value, limit, rules, (mean.reason,))


def _is_stop(factor: str, hour: HourValue, claims: Sequence[JudgedClaim]) -> bool:
    return any(
        one.excepts and one.claim.kind == "stopped" and one.touches(hour.start, hour.start + HOUR, factor)
        for one in claims
    )


@dataclass(frozen=True, slots=True)
class Event:
    """Hours in a row of one factor that exceed: one event, one alarm.

    Attributes
    ----------
    hours
        How many.
    worst
        The highest value [mg/m³], and its multiple.
    """

    factor: str
    first: datetime
    last: datetime
    hours: int
    worst: Fraction
    multiple: Decimal
    limit: Decimal


def events(judged: Sequence[Judged]) -> list[Event]:
    """Neighbouring hours that exceed, merged; an hour that is not judged between them parts them."""
    exceeding = sorted(
        (one for one in judged if one.verdict is Verdict.EXCEEDS), key=lambda one: (one.factor, one.start)
    )
    found: list[list[Judged]] = []
    for one in exceeding:
        if found and found[-1][-1].factor == one.factor and found[-1][-1].end == one.start:
            found[-1].append(one)
        else:
            found.append([one])
    return sorted((_event(group) for group in found), key=lambda event: (event.first, event.factor))


def _event(group: Sequence[Judged]) -> Event:
    worst = max(group, key=lambda one: (one.multiple or Decimal(0), one.value or Fraction(0)))
    assert worst.value is not None and worst.limit is not None and worst.multiple is not None
    return Event(
        worst.factor, group[0].start, group[-1].end, len(group), worst.value, worst.multiple, worst.limit
    )
