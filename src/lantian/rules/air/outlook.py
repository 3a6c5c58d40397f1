"""The outlook of a target: what is left, its parts by months and days, the control values, the probability; in one piece.

Pages and the command line show this; all of it comes from the daily values of an entity in this period and in the reference
years, by one book.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lantian.rules.air.attaining import DRAWS, SEED, Chance, chance
from lantian.rules.air.daily_control import Control, control_of_count, control_of_each_day, control_of_mean
from lantian.rules.air.decomposition import Decomposition, decompose_closely, decompose_count, decompose_mean
from lantian.rules.air.evaluation import AVAILABLE, STRICT, Reason, Scheme
from lantian.rules.air.periods import Period, same_period
from lantian.rules.air.remaining import (
    ATTAINED,
    IMPOSSIBLE,
    MET,
    MISSED,
    OPEN,
    Left,
    above_allowed,
    rest_days,
    validity_ahead,
    what_if,
    what_is_left,
)
from lantian.rules.air.seasonal import NoReference, Shape, on_year, shape_of
from lantian.rules.air.statistics import mean, percentile
from lantian.rules.air.targets import (
    CONCENTRATIONS,
    COUNTS,
    DAILY,
    JUDGED,
    MEAN,
    PERCENTILE,
    RATIOS,
    WANTED,
    AirTarget,
    Bound,
    bound,
    daily_values,
    decimals,
    judged_item,
    judged_reduction,
)
from lantian.rules.air.targets import STRICT as STRICTLY
from lantian.rules.air.validity import Days, days_needed, total_needed

Series = dict[date, int | Fraction]

GREEN, YELLOW, RED, GREY = "green", "yellow", "red", "grey"
#: probability from which the light is green, and below which it is red
_LIKELY, _UNLIKELY = Decimal("0.7"), Decimal("0.3")
#: decimals of the values of months and days
_DIGITS, _DIGITS_OF_CO = 1, 2
#: how far a month may lie from its share of the shape before it gets more decimals [µg/m³]
_WITHIN = Fraction(1, 4)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Base:
    """What a reduction is measured against.

    Attributes
    ----------
    value
        The statistic of the base period, exact; None where there is none.
    """

    period: Period
    value: Fraction | None
    valid: int
    required: int


@dataclass(frozen=True, slots=True)
class Assumption:
    """What comes out if the rest goes otherwise.

    Attributes
    ----------
    cut
        By how many per cent all concentrations of the rest lie below those of the reference years; None of a value.
    value
        The mean of the rest, or how many bad (heavy) days it has; None of a cut.
    result
        The statistic of the period; of a cut with the mean of the rest of the reference years.
    strict, judged
        Whether it attains.
    """

    cut: Decimal | None
    value: Fraction | None
    result: Fraction | None
    strict: bool | None
    judged: bool | None
    chance: Chance | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The outlook of a target.

    Attributes
    ----------
    target, absolute
        As it was given, and with a reduction turned into a value; None where there is no base.
    limit, judged_limit
        The bounds of both ways to look at it, in the unit of the target.
    strict, judged
        What is left by the unrounded statistic, and by the one rounded as the standard rounds it.
    budget
        Whether the parts are budgets of days (bad, heavy, above the value) and not values.
    usual
        The mean that the rest had in the reference years, or how many bad (heavy, exceeding) days.
    chance, chance_level
        Probability as the reference years were, and with their values brought to the level of this year so far.
    values
        What the days so far gave (`targets.daily_values`).
    """

    entity: str
    target: AirTarget
    absolute: AirTarget | None
    limit: Bound | None
    judged_limit: Bound | None
    period: Period
    until: date
    book: str
    strict: Left | None
    judged: Left | None
    base: Base | None
    budget: bool
    shape: Shape | None
    decomposition: Decomposition | None
    control: Control | None
    usual: Fraction | None
    chance: Chance | None
    chance_level: Chance | None
    reasons: tuple[Reason, ...]
    values: Mapping[date, int | Fraction] = field(default_factory=dict)

    @property
    def light(self) -> str:
        """Traffic light: green, yellow, red, grey where nothing can be told."""
        if self.strict is None:
            return GREY
        state = self.strict.state
        if state in (ATTAINED, MET):
            return GREEN
        if state in (IMPOSSIBLE, MISSED):
            return RED
        if state != OPEN or self.chance is None:
            return GREY if state != OPEN else YELLOW
        likely = self.chance.probability
        return GREEN if likely >= _LIKELY else RED if likely < _UNLIKELY else YELLOW


@dataclass(frozen=True, slots=True)
class Material:
    """What an outlook is made of.

    Attributes
    ----------
    days
        Daily values of the entity in this period, its reference years and its base period.
    years
        Reference years; of a period over New Year the year of its first day.
    validity
        ``strict`` or ``available``, as in `evaluation.evaluate_days`.
    """

    entity: str
    days: Days
    years: Sequence[int]
    scheme: Scheme
    validity: str = STRICT
    removed: Mapping[date, frozenset[str]] | None = None

    def series(self, target: AirTarget, factor: Fraction | None = None) -> Series:
        """What each day gives to a target; all concentrations times a factor."""
        days = self.days
        if factor is not None:
            days = {
                day: {column: value * factor for column, value in values.items()}
                for day, values in days.items()
            }
        # Days of reference years are judged by the edition of the period, or their good days would not be comparable.
        scheme = replace(self.scheme, aqi_edition=self.scheme.aqi_edition or self.scheme.book.edition)
        return daily_values(days, target, scheme, removed=self.removed, available=self.validity == AVAILABLE)


def base_period(target: AirTarget, period: Period) -> Period:
    """The period that a reduction is measured against: of the year that is named, else of last year."""
    found = _YEAR.search(target.base)
    return same_period(period, int(found[0]) - period.first.year if found else -1)


def outlook(
    material: Material,
    target: AirTarget,
    period: Period,
    until: date,
    *,
    digits: int | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Outlook:
    """The outlook of a target after a day.

    Parameters
    ----------
    digits
        Decimals of the values of months and days; by default one, of CO two, and not fewer than the target has. Months
        get more where they would lie off the shape (`decomposition.decompose_closely`).
    """
    reasons: list[Reason] = []
    base, absolute = None, target
    if target.reduction:
        base = base_of(material, target, base_period(target, period), reasons)
        if base.value is None:
            return _nothing(material, target, period, until, base, reasons)
        absolute = target.absolute(base.value)
    series = material.series(absolute)
    item = judged_item(absolute, material.scheme)
    limit = bound(absolute)
    rounded = _as_judged(target, absolute, base, material.scheme)
    strict = what_is_left(absolute, limit, series, period, until)
    judged = what_is_left(absolute, rounded, series, period, until)
    taken_out = [
        day
        for day, columns in (material.removed or {}).items()
        if item is not None and item.column in columns
    ]
    reasons += validity_ahead(absolute, series, period, until, material.scheme.book, taken_out)
    if absolute.measure not in (*CONCENTRATIONS, *COUNTS, *RATIOS, *DAILY):
        reasons.append(Reason("no_rest_of_" + absolute.measure))
    if digits is None:
        digits = _DIGITS_OF_CO if item is not None and item.pollutant == "CO" else _DIGITS
        if not absolute.derived:
            digits = max(digits, decimals(absolute.value))
    shape = _shape(material, absolute, limit, series, period, reasons)
    parts = _parts(absolute, limit, shape, period, digits)
    control = _control(absolute, strict, shape, period, until, digits)
    found = leveled = None
    if strict.rest and shape is not None:
        common = (absolute, limit, series, period, until, series, material.years)
        try:
            found = chance(*common, draws=draws, seed=seed)
            level = _level(absolute, series, period, until, shape.years)
            if found is not None and level is not None:
                leveled = chance(*common, scale=level, draws=draws, seed=seed)
        except NoReference:
            reasons.append(Reason("no_reference_rest"))
        if found is not None:
            reasons += [one for one in found.reasons if one not in reasons]
    return Outlook(
        material.entity,
        target,
        absolute,
        limit,
        rounded,
        period,
        until,
        material.scheme.book.id,
        strict,
        judged,
        base,
        absolute.measure not in (MEAN, *DAILY),
        shape,
        parts,
        control,
        _usual(absolute, limit, shape, series, period, until),
        found,
        leveled,
        _unique(reasons),
        {day: value for day, value in sorted(series.items()) if day in period and day <= until},
    )


def _as_judged(target: AirTarget, absolute: AirTarget, base: Base | None, scheme: Scheme) -> Bound:
    """The bound of a target after the rounding of the standard."""
    digits = _judged_digits(absolute, scheme)
    if base is not None and base.value is not None:
        item = judged_item(absolute, scheme)
        found = judged_reduction(target, base.value, item.attainment_digits if item is not None else 0)
        # Where no statistic is low enough, none attains.
        return found or Bound(Fraction(0), False, True)
    return bound(absolute, JUDGED, digits)


def _judged_digits(target: AirTarget, scheme: Scheme) -> int:
    item = judged_item(target, scheme)
    if target.measure in RATIOS:
        return 1
    return item.attainment_digits if item is not None and target.measure in CONCENTRATIONS else 0


def _unique(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    for reason in reasons:
        if reason not in found:
            found.append(reason)
    return tuple(found)


def _nothing(
    material: Material,
    target: AirTarget,
    period: Period,
    until: date,
    base: Base,
    reasons: Sequence[Reason],
) -> Outlook:
    book = material.scheme.book.id
    return Outlook(
        material.entity,
        target,
        None,
        None,
        None,
        period,
        until,
        book,
        None,
        None,
        base,
        False,
        None,
        None,
        None,
        None,
        None,
        None,
        tuple(reasons),
    )


def base_of(material: Material, target: AirTarget, period: Period, reasons: list[Reason]) -> Base:
    """The statistic of the base period, with the minimum of data unless what there is is used."""
    series = material.series(target)
    known = {day: value for day, value in series.items() if day in period}
    book = material.scheme.book
    required = total_needed(period, book)
    per_month: dict[tuple[int, int], int] = {}
    for day in known:
        per_month[day.year, day.month] = per_month.get((day.year, day.month), 0) + 1
    enough = len(known) >= required and all(
        per_month.get((part.year, part.month), 0) >= days_needed(part, book) for part in period.parts()
    )
    said: dict[str, str | int] = {"base": period.text, "valid": len(known), "required": required}
    if not known or not (enough or material.validity == AVAILABLE):
        reasons.append(Reason("no_base", said))
        return Base(period, None, len(known), required)
    if not enough:
        reasons.append(Reason("base_used_anyway", said))
    values = [known[day] for day in sorted(known)]
    found = percentile(values, target.percentile) if target.measure == PERCENTILE else mean(values)
    return Base(period, None if found is None else found / target.scale, len(known), required)


def _flags(target: AirTarget, limit: Bound, series: Series) -> Series:
    """1 for each day that takes of the budget: a bad day, a heavy day, one above the value."""
    if target.measure == PERCENTILE:
        scaled = limit.scaled(target.scale)
        return {day: int(not scaled.holds(value)) for day, value in series.items()}
    if target.measure in WANTED:
        return {day: 1 - value for day, value in series.items()}
    return series


def _highest(target: AirTarget, series: Series, period: Period, years: Sequence[int]) -> Series:
    """1 for each day above the percentile of its own reference year: when the highest days of a year usually are.

    Days above the value of the target would say it only where a reference year has as many of them as the budget.
    """
    found: Series = {}
    for year in years:
        other = same_period(period, year - period.first.year)
        inside = {day: value for day, value in series.items() if day in other}
        own = percentile(inside.values(), target.percentile)
        found.update({day: int(own is not None and value > own) for day, value in inside.items()})
    return found


def _shape(
    material: Material,
    target: AirTarget,
    limit: Bound,
    series: Series,
    period: Period,
    reasons: list[Reason],
) -> Shape | None:
    if target.measure not in (*CONCENTRATIONS, *COUNTS, *RATIOS):
        return None
    if target.measure == PERCENTILE:
        flags = _highest(target, series, period, material.years)
    else:
        flags = _flags(target, limit, series)
    try:
        shape = shape_of(period, flags, material.years)
    except NoReference:
        years = "|".join(str(year) for year in material.years)
        reasons.append(Reason("no_reference", {"years": years}))
        return None
    reasons += shape.reasons
    return shape


def budget_of(target: AirTarget, limit: Bound, days: int) -> int:
    """How many bad (heavy, exceeding) days a period of so many days may have, if all of them get a value."""
    if target.measure == PERCENTILE:
        return above_allowed(days, target.percentile)
    share = limit.scaled(Fraction(days, 100)) if target.measure in RATIOS else limit
    wanted = days - share.least() if target.measure in WANTED else share.most()
    return max(0, min(days, wanted))


def _parts(
    target: AirTarget, limit: Bound, shape: Shape | None, period: Period, digits: int
) -> Decomposition | None:
    if target.measure in DAILY:
        return decompose_mean(target.value, period, [1] * len(period.parts()), [1] * period.days, digits)
    if shape is None:
        return None
    if target.measure == MEAN:
        within = _WITHIN / 10 if target.pollutant == "CO" else _WITHIN
        return decompose_closely(target.value, period, shape.months, shape.days, digits, within)
    # A month has as many of such days as its share of them, times its days.
    months = [share * part.days for share, part in zip(shape.months, period.parts(), strict=True)]
    return decompose_count(budget_of(target, limit, period.days), period, months, shape.days)


def _control(
    target: AirTarget, left: Left, shape: Shape | None, period: Period, until: date, digits: int
) -> Control | None:
    if left.state != OPEN:
        return None
    days = rest_days(period, until)
    if target.measure in DAILY:
        return control_of_each_day(left.allowance or Fraction(0), days, period, digits)
    if shape is None:
        return None
    weights = shape.days[len(shape.days) - len(days) :]
    if target.measure == MEAN and left.allowance is not None:
        return control_of_mean(left.allowance, days, weights, period, digits, excluded=left.excluded)
    return control_of_count(left.days_left or 0, days, weights, period)


def _usual(
    target: AirTarget, limit: Bound, shape: Shape | None, series: Series, period: Period, until: date
) -> Fraction | None:
    """What the rest had in the reference years: the mean, or how many days that take of the budget."""
    coming = rest_days(period, until)
    if shape is None or not coming:
        return None
    given = series if target.measure == MEAN else _flags(target, limit, series)
    means = []
    for year in shape.years:
        same = dict.fromkeys(on_year(day, year - period.first.year) for day in coming)
        own = mean(given[day] for day in same if day in given)
        if own is not None:
            means.append(own)
    found = mean(means)
    if found is None:
        return None
    return found / target.scale if target.measure == MEAN else found * len(coming)


def _level(
    target: AirTarget, series: Series, period: Period, until: date, years: Sequence[int]
) -> Fraction | None:
    """How this year so far compares with the same days of the reference years; None without a concentration."""
    if target.measure not in CONCENTRATIONS:
        return None
    this, others = Fraction(0), Fraction(0)
    for day, value in series.items():
        if day not in period or day > until:
            continue
        same = [
            series[other] for year in years if (other := on_year(day, year - period.first.year)) in series
        ]
        if same:
            this, others = this + value, others + Fraction(sum(same)) / len(same)
    # A factor of four decimals says it, and can be printed whole.
    return Fraction(round(this / others * 10_000), 10_000) if this and others else None


# --- what if ---


def assume_value(material: Material, found: Outlook, value: Fraction | Decimal) -> Assumption:
    """The result if the rest has a mean, each of its days a value, or so many bad (heavy) days."""
    target = found.absolute
    if target is None:
        return Assumption(None, Fraction(value), None, None, None)
    rest = len(rest_days(found.period, found.until))
    coming = Fraction(value)
    if target.measure in WANTED:
        coming = max(Fraction(0), rest - coming)
    result = what_if(target, material.series(target), found.period, found.until, coming)
    return _assumption(found, None, Fraction(value), result, None)


def assume_cut(
    material: Material, found: Outlook, cut: Decimal, *, draws: int = DRAWS, seed: int = SEED
) -> Assumption:
    """The result if all concentrations of the rest lie below those of the reference years by so many per cent.

    A number below 0 means above.
    """
    target = found.absolute
    if target is None or found.usual is None:
        return Assumption(cut, None, None, None, None)
    factor = 1 - Fraction(cut) / 100
    series = material.series(target)
    known = {day: value for day, value in series.items() if day in found.period and day <= found.until}
    try:
        chances = chance(
            target,
            bound(target, STRICTLY),
            known,
            found.period,
            found.until,
            material.series(target, factor),
            material.years,
            draws=draws,
            seed=seed,
        )
    except NoReference:
        chances = None
    if target.measure == MEAN:
        result = what_if(target, known, found.period, found.until, found.usual * factor)
    else:
        # Of percentiles and counts the usual result is the middle one of the draws.
        result = chances.results[1] if chances is not None and chances.results else None
    return _assumption(found, cut, None, result, chances)


def _assumption(
    found: Outlook,
    cut: Decimal | None,
    value: Fraction | None,
    result: Fraction | None,
    chances: Chance | None,
) -> Assumption:
    if result is None or found.limit is None or found.judged_limit is None:
        return Assumption(cut, value, None, None, None, chances)
    return Assumption(
        cut, value, result, found.limit.holds(result), found.judged_limit.holds(result), chances
    )
