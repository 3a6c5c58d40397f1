"""Targets of the air: what is measured, the value, and the bounds that the value sets.

A target is read from its text by the reader of plans (`lantian.rules.documents.targets`); here its fields are given a
type. A concentration is held against a target twice: *strictly*, and *as judged*, after the rounding of the book.

References
----------
HJ 663 table 3 (decimals of what is held against a limit), GB/T 8170 (half to even).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from lantian.rules.air.errors import AirError
from lantian.rules.air.evaluation import GOOD, NOT_HEAVY, THOUSAND, Scheme, aqi_of_days
from lantian.rules.air.evaluation_books import Judged
from lantian.rules.air.statistics import change_percent, rounded
from lantian.rules.air.validity import Days
from lantian.rules.progress.targets import more_is_better

MEAN, PERCENTILE = "mean", "percentile"
GOOD_DAYS, HEAVY_DAYS, GOOD_RATIO, HEAVY_RATIO = "good_days", "heavy_days", "good_ratio", "heavy_ratio"
INDEX, RANK, EMISSION, ELECTRICITY = "composite_index", "rank", "emission", "electricity"
CONCENTRATIONS = (MEAN, PERCENTILE)
COUNTS = (GOOD_DAYS, HEAVY_DAYS)
RATIOS = (GOOD_RATIO, HEAVY_RATIO)
#: measures that hold for each day by itself
DAILY = (EMISSION, ELECTRICITY)
#: measures of which more is better
WANTED = (GOOD_DAYS, GOOD_RATIO)

STRICT, JUDGED = "strict", "judged"

_POLLUTANTS = (
    ("PM2.5", re.compile(r"PM2\.?5|细颗粒物", re.I)),
    ("PM10", re.compile(r"PM10|可吸入颗粒物", re.I)),
    ("SO2", re.compile(r"SO2|SO₂|二氧化硫", re.I)),
    ("NO2", re.compile(r"NO2|NO₂|二氧化氮", re.I)),
    ("O3", re.compile(r"O3|O₃|臭氧", re.I)),
    ("CO", re.compile(r"(?<![A-Za-z])CO(?![A-Za-z0-9])|一氧化碳", re.I)),
)
_PERCENTILE = re.compile(r"第?\s?(\d{2})\s?(?:百分位|per|th)", re.I)
_RATIO = re.compile(r"比例|比率|占比|率")
_MILLIGRAM = re.compile(r"毫克|mg/m")
_MICROGRAM = re.compile(r"微克|[µμu]g/m", re.I)


class TargetUnreadable(AirError):
    """A text that is no target of the air; ``code`` says why.

    ``no_target``: nothing was read; ``several``: more than one; ``unknown``: not a measure of the air; ``direction``: the
    sign asks for worse air; ``no_value``: there is no number; ``unit``: the unit does not fit; ``range``: the value cannot be.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{text!r}: {code}")
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Bound:
    """What a statistic has to keep: at most (or at least) a value, the value itself counted or not."""

    value: Fraction
    more: bool = False
    open: bool = False

    def holds(self, value: int | Fraction) -> bool:
        """Whether a value keeps it."""
        if value == self.value:
            return not self.open
        return value > self.value if self.more else value < self.value

    def scaled(self, factor: int | Fraction) -> Bound:
        """The bound in another unit."""
        return Bound(self.value * factor, self.more, self.open)

    def most(self) -> int:
        """The greatest whole number that keeps an upper bound."""
        return ceil(self.value) - 1 if self.open else floor(self.value)

    def least(self) -> int:
        """The least whole number that keeps a lower bound."""
        return floor(self.value) + 1 if self.open else ceil(self.value)


@dataclass(frozen=True, slots=True)
class AirTarget:
    """A target with its type.

    Attributes
    ----------
    measure
        ``mean``, ``percentile``, ``good_days``, ``heavy_days``, ``good_ratio``, ``heavy_ratio``, ``composite_index``,
        ``rank``, ``emission`` or ``electricity`` (both of a day).
    value
        In µg/m³ (CO: mg/m³), days, per cent, places, or the unit of the quantity; of a reduction in per cent.
    comparator
        ``<=``, ``<``, ``>=`` or ``>``.
    reduction
        Whether the value is a reduction against a base period.
    base
        The base as the text names it.
    from_end
        Whether a rank is counted from the end.
    derived
        Whether the value comes from a reduction and a base.
    """

    measure: str
    value: Decimal
    comparator: str
    pollutant: str = ""
    percentile: int = 0
    reduction: bool = False
    base: str = ""
    from_end: bool = False
    unit: str = ""
    text: str = ""
    derived: bool = False

    @property
    def more(self) -> bool:
        """Whether more is better."""
        return self.comparator in (">=", ">")

    @property
    def scale(self) -> int:
        """How many units of the daily values make one unit of the target."""
        return THOUSAND if self.measure in CONCENTRATIONS else 1

    def absolute(self, base: Fraction) -> AirTarget:
        """The target of a reduction as a value, from the statistic of the base period.

        The value is exact to ten decimals, rounded down, so that nothing is promised that is not there.
        """
        whole = base * (1 - Fraction(self.value) / 100)
        value = Decimal(floor(whole * 10**10)).scaleb(-10)
        sign = "<" if self.comparator == ">" else "<="
        return AirTarget(
            self.measure,
            value,
            sign,
            self.pollutant,
            self.percentile,
            unit=self.unit,
            text=self.text,
            derived=True,
        )


def bound(target: AirTarget, way: str = STRICT, digits: int = 0) -> Bound:
    """The bound that a target sets, in its own unit.

    Parameters
    ----------
    way
        ``strict``: the unrounded statistic; ``judged``: the statistic rounded half to even to `digits` decimals, or to as
        many as the target itself has if these are more and printed.

    >>> target = AirTarget("mean", Decimal(35), "<=", "PM2.5")
    >>> bound(target, "judged"), bound(target, "judged").holds(Fraction(355, 10))
    (Bound(value=Fraction(71, 2), more=False, open=True), False)
    """
    value, more = Fraction(target.value), target.more
    if way == STRICT:
        return Bound(value, more, target.comparator in ("<", ">"))
    unit = 10 ** (digits if target.derived else max(digits, decimals(target.value)))
    exact = Bound(value * unit, more, target.comparator in ("<", ">"))
    last = exact.least() if more else exact.most()
    half = Fraction(2 * last - 1, 2) if more else Fraction(2 * last + 1, 2)
    return Bound(half / unit, more, last % 2 != 0)


def judged_reduction(target: AirTarget, base: Fraction, digits: int) -> Bound | None:
    """The bound of a reduction as it is judged: this statistic and that of the base rounded, the change to one decimal.

    None where no statistic is low enough.

    >>> judged_reduction(AirTarget("mean", Decimal(5), ">=", "PM2.5", reduction=True), Fraction(604, 10), 0)
    Bound(value=Fraction(115, 2), more=False, open=True)
    """
    from_base = rounded(base, digits)
    least = Fraction(target.value)
    unit = 10**digits
    # The change is rounded, so the greatest statistic may lie a little above the exact share.
    number = floor(Fraction(from_base) * unit * (1 - (least - 1) / 100)) if from_base else -1
    while number >= 0:
        change = change_percent(Fraction(number, unit), from_base)
        falls = -change if change is not None else None
        if falls is not None and (falls > least if target.comparator == ">" else falls >= least):
            return Bound(Fraction(2 * number + 1, 2 * unit), False, number % 2 != 0)
        number -= 1
    return None


def decimals(value: Decimal) -> int:
    """How many decimals a number has, zeros at its end not counted."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


# --- types ---


def typed(
    indicator: str,
    comparator: str,
    value: Decimal | None,
    unit: str,
    kind: str = "level",
    *,
    base: str = "",
    from_end: bool = False,
    text: str = "",
) -> AirTarget:
    """The fields of a target, as a plan or a ledger has them, with their type.

    Raises
    ------
    TargetUnreadable
        It is no target of the air, or asks for worse air.

    >>> typed("PM2.5年均浓度", "<=", Decimal(52), "微克/立方米").measure
    'mean'
    """
    said = text or f"{indicator}{comparator}{value}{unit}"
    if value is None:
        raise TargetUnreadable("no_value", said)
    if value < 0:
        raise TargetUnreadable("range", said)
    pollutant = next((name for name, pattern in _POLLUTANTS if pattern.search(indicator)), "")
    sign = comparator if comparator in ("<=", "<", ">=", ">") else ""
    if not sign:
        sign = ">=" if more_is_better(indicator, comparator, kind) else "<="
    if kind == "rank_gain":
        raise TargetUnreadable("unknown", said)
    if kind == "rank" or "排名" in indicator or "位次" in indicator:
        if sign in (">=", ">") and not from_end:
            raise TargetUnreadable("direction", said)
        return AirTarget(RANK, value, sign, pollutant, from_end=from_end, unit=unit, text=said)
    if kind == "reduction":
        return _reduction(indicator, value, sign, pollutant, base, said)
    measure = _measure(indicator, unit, pollutant)
    if measure is None:
        raise TargetUnreadable("unknown", said)
    if (sign in (">=", ">")) != (measure in WANTED):
        raise TargetUnreadable("direction", said)
    if measure in RATIOS and value > 100:
        raise TargetUnreadable("range", said)
    if measure in CONCENTRATIONS:
        return _concentration(indicator, value, sign, pollutant, unit, said)
    named = pollutant if measure == EMISSION else ""
    return AirTarget(measure, value, sign, named, unit=unit, text=said)


def _measure(indicator: str, unit: str, pollutant: str) -> str | None:
    if "用电" in indicator or "电量" in indicator or unit in ("千瓦时", "万千瓦时", "kWh", "度"):
        return ELECTRICITY
    if "排放" in indicator:
        return EMISSION if "日" in indicator or "天" in unit or "日" in unit else None
    if "综合指数" in indicator or "综合污染指数" in indicator:
        return INDEX
    if re.search(r"重度及以上|重度以上|重污染|重度污染", indicator):
        return HEAVY_RATIO if unit == "%" or _RATIO.search(indicator) else HEAVY_DAYS
    if re.search(r"优良|达标(?:天|率)|蓝天|二级及以上|空气质量达标", indicator) and not pollutant:
        return GOOD_RATIO if unit == "%" or _RATIO.search(indicator) else GOOD_DAYS
    if pollutant and unit not in ("%", "天", "吨"):
        return MEAN
    return None


def _percentile_of(indicator: str, pollutant: str) -> int:
    """The percentile that an indicator names; of CO and O3 the one they are judged by, 0 of the others: the mean."""
    found = _PERCENTILE.search(indicator)
    if found:
        return int(found[1])
    # 年均/月均 of O3 and CO are not statistics of the standard, but a text may ask for them.
    return {"O3": 90, "CO": 95}.get(pollutant, 0) if not re.search(r"均值|平均|年均|月均", indicator) else 0


def _concentration(
    indicator: str, value: Decimal, sign: str, pollutant: str, unit: str, text: str
) -> AirTarget:
    if not pollutant:
        raise TargetUnreadable("unknown", text)
    wanted = _MILLIGRAM if pollutant == "CO" else _MICROGRAM
    if unit and not wanted.search(unit):
        other = _MICROGRAM if pollutant == "CO" else _MILLIGRAM
        if not other.search(unit):
            raise TargetUnreadable("unit", text)
        value = value / 1000 if pollutant == "CO" else value * 1000
    percent = _percentile_of(indicator, pollutant)
    own = "mg/m³" if pollutant == "CO" else "µg/m³"
    measure = PERCENTILE if percent else MEAN
    return AirTarget(measure, value, sign, pollutant, percent, unit=own, text=text)


def _reduction(indicator: str, value: Decimal, sign: str, pollutant: str, base: str, text: str) -> AirTarget:
    if not pollutant or "排放" in indicator:
        raise TargetUnreadable("unknown", text)
    if sign in ("<=", "<"):
        raise TargetUnreadable("direction", text)
    if value > 100:
        raise TargetUnreadable("range", text)
    percent = _percentile_of(indicator, pollutant)
    own = "mg/m³" if pollutant == "CO" else "µg/m³"
    measure = PERCENTILE if percent else MEAN
    return AirTarget(measure, value, sign, pollutant, percent, True, base, unit=own, text=text)


# --- reading ---

#: short forms that people type, as the reader of plans knows them
_SHORT = (
    (re.compile(r"good[_ ]?(?:days?)?[_ ]?ratio", re.I), "优良天数比例"),
    (re.compile(r"good[_ ]?days?", re.I), "优良天数"),
    (re.compile(r"heavy[_ ]?days?", re.I), "重污染天数"),
    (re.compile(r"composite[_ ]?index", re.I), "综合指数"),
    (re.compile(r"rank", re.I), "空气质量排名"),
    (re.compile(r"[-_ ]?(\d{2})[-_ ]?per(?:centile)?", re.I), r"第\1百分位数浓度"),
)
_SIGNED = re.compile(
    r"^(?P<name>.+?)\s*(?P<sign><=|>=|=<|=>|[≤≥≦≧<>＜＞=＝])\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>\D*)$"
)
_FALLS = re.compile(r"^(?P<name>.+?)\s*(?:[-−]\s*|↓\s*)(?P<number>\d+(?:\.\d+)?)\s*[%％]$")
_SIGNS = {"≤": "<=", "≦": "<=", "=<": "<=", "≥": ">=", "≧": ">=", "=>": ">=", "＜": "<", "＞": ">", "＝": "="}
_ELECTRIC = re.compile(r"用电|电量")


def read_target(text: str, year: int | None = None) -> AirTarget:
    """Read one target: as a plan writes it (``PM2.5年均浓度不高于52微克/立方米``), or in short (``PM2.5<=52``).

    Raises
    ------
    TargetUnreadable
        It is none, or more than one.

    >>> read_target("PM2.5<=52").value, read_target("优良天数比例≥65%").measure, read_target("PM2.5-5%").reduction
    (Decimal('52'), 'good_ratio', True)
    """
    from lantian.rules.documents.layout import Paragraph, PlanContext
    from lantian.rules.documents.targets import read_targets

    given = text.strip()
    for pattern, words in _SHORT:
        given = pattern.sub(words, given)
    falls = _FALLS.match(given)
    if falls:
        given = f"{falls['name']}下降{falls['number']}%"
    signed = _SIGNED.match(given)
    if signed:
        sign = _SIGNS.get(signed["sign"], signed["sign"])
        return _short(signed["name"], sign, Decimal(signed["number"]), signed["unit"].strip(), text)
    found, _warnings = read_targets(
        [Paragraph(given, 0, len(given), section=("工作目标",))], PlanContext(year=year)
    )
    if not found:
        return _of_quantity(given, text)
    if len(found) > 1:
        raise TargetUnreadable("several", text)
    one = found[0]
    return typed(
        one.indicator,
        one.comparator,
        one.value,
        one.unit,
        one.kind,
        base=one.base or "",
        from_end=one.from_end,
        text=text.strip(),
    )


def _short(name: str, sign: str, value: Decimal, unit: str, text: str) -> AirTarget:
    change = re.search(r"(?:下降|降低|减少|削减|降幅|reduction)", name)
    if change:
        if unit not in ("", "%", "％"):
            raise TargetUnreadable("unit", text)
        return typed(name, sign, value, "%", "reduction", base=_base_in(name), text=text.strip())
    if re.search(r"排名|位次", name):
        return typed(name, sign, value, unit or "位", "rank", from_end="倒数" in name, text=text.strip())
    return typed(name, sign, value, unit.replace("％", "%"), text=text.strip())


def _base_in(name: str) -> str:
    found = re.search(r"(?:较|比)(.{0,12}?)(?:下降|降低|减少|削减)", name)
    return found[1] if found else ("同比" if "同比" in name else "")


def _of_quantity(given: str, text: str) -> AirTarget:
    """A quantity of each day (``日用电量不高于30000千瓦时``), which a chapter on goals seldom has."""
    from lantian.rules.documents.quantities import read_quantities

    found = [one for one in read_quantities(given) if one.value_max is None]
    if not found:
        raise TargetUnreadable("no_target", text)
    if len(found) > 1:
        raise TargetUnreadable("several", text)
    if not _ELECTRIC.search(given) and "排放" not in given:
        raise TargetUnreadable("unknown", text)
    head = given[: found[0].span[0]]
    return typed(head or found[0].what, found[0].comparator, found[0].value, found[0].unit, text=text.strip())


# --- the daily values of a target ---


def judged_item(target: AirTarget, scheme: Scheme) -> Judged | None:
    """How the book judges the pollutant of a target."""
    return next((item for item in scheme.book.items if item.pollutant == target.pollutant), None)


def daily_values(
    days: Days,
    target: AirTarget,
    scheme: Scheme,
    *,
    removed: Mapping[date, frozenset[str]] | None = None,
    available: bool = False,
) -> dict[date, int | Fraction]:
    """What each day gives to a target: its concentration in thousandths, or 1 where it is a good (a heavy) day and else 0.

    Days of which that cannot be told are not there.
    """
    if target.measure in CONCENTRATIONS:
        item = judged_item(target, scheme)
        column = item.column if item else ""
        return {day: values[column] for day, values in days.items() if column in values}
    if target.measure in (*COUNTS, *RATIOS):
        told = aqi_of_days(days, scheme, removed=removed, available=available)
        if target.measure in (GOOD_DAYS, GOOD_RATIO):
            return {day: int(aqi <= GOOD) for day, aqi in told.items()}
        return {day: int(aqi > NOT_HEAVY) for day, aqi in told.items()}
    return {}
