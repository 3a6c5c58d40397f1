"""An outlook as tables and as a record: the months, the control values, the course of the allowance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lantian.rules.air.attaining import Chance
from lantian.rules.air.outlook import Assumption, Outlook
from lantian.rules.air.remaining import Left, down, up
from lantian.rules.air.statistics import rounded
from lantian.rules.air.target_words import reason_in_words
from lantian.rules.air.targets import COUNTS, MEAN, PERCENTILE, RATIOS, WANTED


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month of a target.

    Attributes
    ----------
    planned
        Its value, or how many bad (heavy, exceeding) days it may have.
    total
        The value times the days; of budgets the same as planned.
    actual
        What it came to, over the days that have a value; None before it.
    spent
        What its days add up to, or how many such days there were.
    known
        Days with a value.
    over
        Whether it holds more than planned.
    """

    year: int
    month: int
    first: date
    last: date
    days: int
    planned: Decimal
    total: Decimal
    actual: Fraction | None
    spent: Fraction | None
    known: int
    over: bool | None


def takes(found: Outlook, value: int | Fraction) -> int | Fraction:
    """What the value of a day takes of the allowance, in the unit of the target."""
    target, limit = found.absolute, found.limit
    if target is None or limit is None:
        return 0
    if target.measure == MEAN:
        return Fraction(value) / target.scale
    if target.measure == PERCENTILE:
        return int(not limit.scaled(target.scale).holds(value))
    return 1 - value if target.measure in WANTED else value


def month_rows(found: Outlook) -> list[MonthRow]:
    """The months of a target, with what they came to."""
    if found.decomposition is None:
        return []
    rows = []
    for month in found.decomposition.months:
        spent = [
            Fraction(takes(found, value))
            for day, value in found.values.items()
            if month.first <= day <= month.last
        ]
        total = sum(spent, Fraction(0))
        actual = None if not spent else total if found.budget else total / len(spent)
        rows.append(
            MonthRow(
                month.year,
                month.month,
                month.first,
                month.last,
                month.days,
                month.value,
                Decimal(month.total).scaleb(-month.digits),
                actual,
                total if spent else None,
                len(spent),
                None if actual is None else actual > Fraction(month.value),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class Course:
    """How the allowance of a period is used up, day by day.

    Attributes
    ----------
    days
        All days of the period.
    planned
        What is left after each day by the decomposition.
    actual
        What is left after each day so far. Of a mean a day without a value takes as much as the target allows it: it changes
        nothing.
    """

    days: tuple[date, ...]
    whole: Fraction
    planned: tuple[Fraction, ...]
    actual: tuple[Fraction, ...]


def course(found: Outlook) -> Course | None:
    """The course of the allowance; None without a decomposition."""
    parts, target = found.decomposition, found.absolute
    if parts is None or target is None:
        return None
    unit = 10**parts.digits
    whole = Fraction(parts.total, unit)
    missing = Fraction(target.value) if target.measure == MEAN else Fraction(0)
    days, planned, actual = [], [], []
    left, rest = whole, whole
    for place, units in enumerate(parts.per_day):
        day = found.period.first + timedelta(days=place)
        days.append(day)
        rest -= Fraction(units, unit)
        planned.append(rest)
        if day <= found.until:
            left -= takes(found, found.values[day]) if day in found.values else missing
            actual.append(left)
    return Course(tuple(days), whole, tuple(planned), tuple(actual))


# --- records ---


def _number(value: Fraction | Decimal | int | None, digits: int = 6) -> float | None:
    if value is None:
        return None
    return float(rounded(value, digits) if isinstance(value, Fraction) else value)


def _left(found: Left, digits: int) -> dict[str, Any]:
    return {
        "state": found.state,
        "allowance": None if found.allowance is None else float(down(found.allowance, digits)),
        "allowance_exact": None if found.allowance is None else str(found.allowance),
        "allowance_excluded": found.excluded,
        "days_left": found.days_left,
        "days_needed": found.days_needed,
        "used": found.used,
        "whole": found.whole,
    }


def _chance(found: Chance | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "probability": float(found.probability),
        "interval": [float(found.low), float(found.high)],
        "hits": found.hits,
        "draws": found.draws,
        "seed": found.seed,
        "block_days": found.block,
        "shift_days": found.shift,
        "scale": float(found.scale),
        "years": list(found.years),
        "result_5_50_95": [_number(one) for one in found.results],
        "replays": [
            {"year": one.year, "result": _number(one.result), "attains": one.holds} for one in found.replays
        ],
    }


def assumption_record(found: Assumption) -> dict[str, Any]:
    """An assumption as it stands in JSON."""
    return {
        "cut_percent": _number(found.cut),
        "value": _number(found.value),
        "result": _number(found.result),
        "attains_strictly": found.strict,
        "attains_as_judged": found.judged,
        "chance": _chance(found.chance),
    }


def as_record(
    found: Outlook, translate: Callable[[str], str] = str, assumptions: Sequence[Assumption] = ()
) -> dict[str, Any]:
    """An outlook as it stands in JSON; exact numbers are texts of a fraction beside the rounded ones."""
    target, parts, control = found.target, found.decomposition, found.control
    digits = 2 if target.pollutant == "CO" else 1
    one = found.strict
    return {
        "entity": found.entity,
        "target": {
            "text": target.text,
            "measure": target.measure,
            "pollutant": target.pollutant,
            "percentile": target.percentile or None,
            "comparator": target.comparator,
            "value": _number(target.value),
            "unit": target.unit,
            "reduction": target.reduction,
        },
        "period": found.period.text,
        "until": found.until.isoformat(),
        "light": found.light,
        "standard": found.book,
        "days": None
        if one is None
        else {
            "elapsed": one.elapsed,
            "valid": one.valid,
            "rest": one.rest,
            "coverage": None if one.coverage is None else float(one.coverage),
        },
        "to_date": None if one is None else _number(one.to_date),
        "base": None
        if found.base is None
        else {
            "period": found.base.period.text,
            "value": _number(found.base.value),
            "valid": found.base.valid,
            "required": found.base.required,
            "target_value": None if found.absolute is None else _number(found.absolute.value),
        },
        "strict": None if one is None else _left(one, digits),
        "judged": None if found.judged is None else _left(found.judged, digits),
        "usual_rest": _number(found.usual),
        "chance": _chance(found.chance),
        "chance_at_this_level": _chance(found.chance_level),
        "decomposition": None
        if parts is None
        else {
            "budget_of_days": found.budget,
            "digits": parts.digits,
            "total": str(Fraction(parts.total, 10**parts.digits)),
            "months": [
                {
                    "month": f"{row.year}-{row.month:02}",
                    "days": row.days,
                    "value": float(row.planned),
                    "total": float(row.total),
                    "actual": _number(row.actual),
                    "known_days": row.known,
                }
                for row in month_rows(found)
            ],
        },
        "control": None
        if control is None
        else {
            "digits": control.digits,
            "unused": str(control.unused),
            "spans": [
                {
                    "level": span.level,
                    "first": span.first.isoformat(),
                    "last": span.last.isoformat(),
                    "days": span.days,
                    "value": float(span.value),
                    "total": str(Fraction(span.total, 10**span.digits)),
                }
                for span in control.spans
            ],
            "days": [
                [day.isoformat(), float(Decimal(units).scaleb(-control.digits))]
                for day, units in control.days
            ],
        },
        "assumptions": [assumption_record(given) for given in assumptions],
        "reasons": [reason_in_words(reason, translate) for reason in found.reasons],
    }


def shown(value: Fraction | None, found: Outlook) -> Decimal | None:
    """A result of a target for people: one decimal, of CO two, of counts none; the worse side of two equal ones."""
    target = found.absolute or found.target
    if value is None:
        return None
    digits = 0 if target.measure in COUNTS else 2 if target.pollutant == "CO" else 1
    if target.measure in RATIOS or target.measure in COUNTS:
        return down(value, digits) if target.measure in WANTED else up(value, digits)
    return rounded(value, digits)
