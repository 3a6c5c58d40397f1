"""What is left of a target: what the rest of the period may have, exactly.

Missing days do not count: a mean, a percentile or a ratio is that of the days that have a value. Of the days that are still
to come each is taken to get one.

References
----------
HJ 663 annex A (percentile, rank ``1 + (n - 1) p``), table 3; GB 3095 table 4 (minimum of data).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from lantian.rules.air.evaluation import Reason
from lantian.rules.air.evaluation_books import EvaluationBook
from lantian.rules.air.periods import YEAR, Period
from lantian.rules.air.statistics import percentile
from lantian.rules.air.targets import (
    CONCENTRATIONS,
    COUNTS,
    DAILY,
    MEAN,
    PERCENTILE,
    RATIOS,
    AirTarget,
    Bound,
)
from lantian.rules.air.validity import days_needed, total_needed

#: nothing that may still happen changes it any more
ATTAINED, IMPOSSIBLE = "attained", "impossible"
OPEN = "open"
#: the period is over
MET, MISSED = "met", "missed"
#: nothing can be said of the rest from this series alone
UNTOLD = "untold"

Values = Mapping[date, int | Fraction]


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a target.

    Attributes
    ----------
    state
        ``attained``: whatever comes; ``impossible``: whatever comes; ``open``; ``met`` or ``missed`` when the period is over.
    elapsed, valid, rest
        Days that have passed, those of them with a value, and days to come.
    to_date
        The statistic of the days so far, in the unit of the target; None without a value.
    allowance
        Of a mean the highest mean that the rest may have; of a quantity of each day the highest value; None elsewhere.
    days_left
        Of a count or ratio, how many bad (heavy) days may still come; of a percentile, how many days above the value, whatever
        these are.
    days_needed
        Of good days, how many have to come.
    used
        Bad (heavy) days so far, or days above the value.
    whole
        How many of these the whole period may have, if each day to come gets a value.
    excluded
        Whether the allowance itself is already too much.
    """

    state: str
    elapsed: int
    valid: int
    rest: int
    to_date: Fraction | None
    allowance: Fraction | None = None
    days_left: int | None = None
    days_needed: int | None = None
    used: int | None = None
    whole: int | None = None
    excluded: bool = False

    @property
    def coverage(self) -> Decimal | None:
        """The share of the days so far that have a value, to four decimals, rounded down."""
        if not self.elapsed:
            return None
        return down(Fraction(self.valid, self.elapsed), 4)


def down(value: Fraction | int, digits: int) -> Decimal:
    """A value rounded down: an allowance never shows more than there is."""
    return Decimal(floor(Fraction(value) * 10**digits)).scaleb(-digits)


def up(value: Fraction | int, digits: int) -> Decimal:
    """A value rounded up."""
    return Decimal(ceil(Fraction(value) * 10**digits)).scaleb(-digits)


def rest_days(period: Period, until: date) -> list[date]:
    """The days of a period after a day."""
    first = max(period.first, until + timedelta(days=1))
    return [first + timedelta(days=place) for place in range(max(0, (period.last - first).days + 1))]


def what_is_left(target: AirTarget, limit: Bound, values: Values, period: Period, until: date) -> Left:
    """What is left of a target after a day.

    Parameters
    ----------
    target
        Of a reduction the absolute target (`AirTarget.absolute`).
    limit
        The bound of the target in its own unit (`targets.bound`).
    values
        What each day gives (`targets.daily_values`); days after `until` or outside the period do not count.
    until
        The last day that is known.

    Raises
    ------
    ValueError
        The day lies before the period.
    """
    if until < period.first - timedelta(days=1):
        raise ValueError(f"{until} lies before the period.")
    known = [value for day, value in sorted(values.items()) if day in period and day <= until]
    rest = len(rest_days(period, until))
    frame = Left(UNTOLD, period.days - rest, len(known), rest, None)
    if target.measure == MEAN:
        return _of_mean(frame, limit.scaled(target.scale), known, target.scale)
    if target.measure == PERCENTILE:
        return _of_percentile(frame, limit.scaled(target.scale), known, target)
    if target.measure in COUNTS:
        return _of_count(frame, limit, known)
    if target.measure in RATIOS:
        return _of_ratio(frame, limit, known)
    if target.measure in DAILY:
        return _of_each_day(frame, limit, known)
    return frame


def _of_mean(frame: Left, limit: Bound, known: Sequence[int | Fraction], scale: int) -> Left:
    total, count = Fraction(sum(known)), len(known)
    frame = replace(frame, to_date=total / count / scale if count else None)
    if not frame.rest:
        return replace(frame, state=_over(count > 0 and limit.holds(total / count)))
    room = (limit.value * (count + frame.rest) - total) / frame.rest
    attainable = room > 0 or (room == 0 and not limit.open)
    return replace(
        frame, state=OPEN if attainable else IMPOSSIBLE, allowance=room / scale, excluded=limit.open
    )


def above_allowed(count: int, percent: int) -> int:
    """How many of a number of values may lie above a value that their percentile must not exceed, whatever they are.

    >>> above_allowed(365, 90), above_allowed(365, 95)
    (36, 18)
    """
    return count - ceil(1 + Fraction((count - 1) * percent, 100)) if count else 0


def _of_percentile(frame: Left, limit: Bound, known: Sequence[int | Fraction], target: AirTarget) -> Left:
    so_far = percentile(known, target.percentile)
    used = sum(not limit.holds(value) for value in known)
    whole = above_allowed(len(known) + frame.rest, target.percentile)
    frame = replace(
        frame,
        to_date=None if so_far is None else so_far / target.scale,
        used=used,
        whole=whole,
        days_left=max(0, min(whole - used, frame.rest)),
    )
    if not frame.rest:
        return replace(frame, state=_over(so_far is not None and limit.holds(so_far)))
    best = percentile([*known, *[0] * frame.rest], target.percentile)
    if best is None or not limit.holds(best):
        return replace(frame, state=IMPOSSIBLE)
    return replace(frame, state=ATTAINED if used + frame.rest <= whole else OPEN)


def _of_count(frame: Left, limit: Bound, known: Sequence[int | Fraction]) -> Left:
    count = int(sum(known))
    frame = replace(frame, to_date=Fraction(count))
    if limit.more:
        wanted = limit.least()
        return _wanted(frame, wanted, count, frame.elapsed + frame.rest, frame.elapsed - count)
    return _unwanted(frame, limit.most(), count)


def _of_ratio(frame: Left, limit: Bound, known: Sequence[int | Fraction]) -> Left:
    count, told = int(sum(known)), len(known)
    whole = told + frame.rest
    frame = replace(frame, to_date=Fraction(100 * count, told) if told else None)
    share = limit.scaled(Fraction(whole, 100))
    if limit.more:
        return _wanted(frame, share.least(), count, whole, told - count)
    return _unwanted(frame, share.most(), count)


def _wanted(frame: Left, wanted: int, count: int, whole: int, bad: int) -> Left:
    """Good days of which at least so many are wanted; days that cannot be told are none."""
    need = max(0, wanted - count)
    frame = replace(
        frame,
        used=bad,
        whole=max(0, whole - wanted),
        days_needed=need,
        days_left=max(0, frame.rest - need),
    )
    if not frame.rest:
        return replace(frame, state=_over(frame.valid > 0 and count >= wanted))
    if need > frame.rest:
        return replace(frame, state=IMPOSSIBLE)
    return replace(frame, state=OPEN if need else ATTAINED)


def _unwanted(frame: Left, most: int, count: int) -> Left:
    """Days of which there may be at most so many."""
    frame = replace(frame, used=count, whole=max(0, most), days_left=max(0, min(most - count, frame.rest)))
    if not frame.rest:
        return replace(frame, state=_over(frame.valid > 0 and count <= most))
    if count > most:
        return replace(frame, state=IMPOSSIBLE)
    return replace(frame, state=ATTAINED if count + frame.rest <= most else OPEN)


def _of_each_day(frame: Left, limit: Bound, known: Sequence[int | Fraction]) -> Left:
    """A quantity that no day may exceed: what one day saves is not given to another."""
    used = sum(not limit.holds(value) for value in known)
    frame = replace(
        frame,
        to_date=Fraction(max(known)) if known else None,
        allowance=limit.value,
        excluded=limit.open,
        used=used,
        whole=0,
    )
    if not frame.rest:
        return replace(frame, state=_over(bool(known) and not used))
    return replace(frame, state=IMPOSSIBLE if used else OPEN)


def _over(met: bool) -> str:
    return MET if met else MISSED


# --- whether a statistic can become valid ---


def validity_ahead(
    target: AirTarget,
    values: Values,
    period: Period,
    until: date,
    book: EvaluationBook,
    taken_out: Collection[date] = (),
) -> list[Reason]:
    """Why the statistic of the period cannot reach the minimum of data any more; empty where it can.

    Only concentrations have a minimum; each day to come is taken to get a value.

    Parameters
    ----------
    taken_out
        Days whose valid value was taken out, for sand or an exceptional event; they count where the book says so.
    """
    if target.measure not in CONCENTRATIONS:
        return []
    there = set(values) | (set(taken_out) if book.number("removed_days_count") else set())
    known = [day for day in there if day in period and day <= until]
    coming = rest_days(period, until)
    per_month: dict[tuple[int, int], int] = {}
    for day in (*known, *coming):
        per_month[day.year, day.month] = per_month.get((day.year, day.month), 0) + 1
    reasons = []
    reachable, required = len(known) + len(coming), total_needed(period, book)
    if reachable < required:
        clause = book.clause("year_days" if period.kind == YEAR else "month_days")
        said: dict[str, str | int] = {"valid": reachable, "required": required, "clause": clause}
        reasons.append(Reason("days_out_of_reach", said))
    short = [
        f"{part.year}-{part.month:02}"
        for part in period.parts()
        if per_month.get((part.year, part.month), 0) < days_needed(part, book)
    ]
    if short:
        clause = book.clause("month_days")
        reasons.append(Reason("months_out_of_reach", {"months": "|".join(short), "clause": clause}))
    return reasons


# --- what if ---


def what_if(
    target: AirTarget, values: Values, period: Period, until: date, rest_value: Fraction | int
) -> Fraction | None:
    """The statistic of the whole period if the rest comes as assumed, in the unit of the target; None of nothing.

    Parameters
    ----------
    rest_value
        Of a mean the mean of the rest, of a percentile the value of each day to come, in the unit of the target; of counts
        and ratios how many such days come.
    """
    known = [value for day, value in sorted(values.items()) if day in period and day <= until]
    rest = len(rest_days(period, until))
    if not known and not rest:
        return None
    if target.measure == MEAN:
        total = Fraction(sum(known)) / target.scale + Fraction(rest_value) * rest
        return total / (len(known) + rest)
    if target.measure == PERCENTILE:
        given = [*known, *[Fraction(rest_value) * target.scale] * rest]
        found = percentile(given, target.percentile)
        return None if found is None else found / target.scale
    coming = Fraction(rest_value)
    count = Fraction(sum(known)) + (coming if coming < rest else rest)
    if target.measure in RATIOS:
        return 100 * count / (len(known) + rest)
    return count if target.measure in COUNTS else None
