"""Means of monitors at construction sites held against what the office has set; no limit of them was found that holds everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even

#: code of the factor → entry of the book
ENTRIES = {"a34001": "tsp_hour", "a34002": "pm10_hour"}
HUMIDITY = "a01002"


@dataclass(frozen=True, slots=True)
class DustJudged:
    """An hour of a site monitor above what is set.

    Attributes
    ----------
    value, level
        Mean and set value [mg/m³].
    multiple
        The mean by the set value, three decimals.
    """

    entry: str
    value: Decimal
    level: Decimal
    multiple: Decimal
    reasons: tuple[Reason, ...]


def judge_dust(
    factor: str, mean: Number, humidity: Number | None = None, *, rules: Book | None = None
) -> DustJudged | None:
    """An hourly mean held against what is set; None where it is not above, or nothing is set.

    Parameters
    ----------
    factor
        Code, ``a34001`` (TSP) or ``a34002`` (PM10).
    mean
        Of the hour [mg/m³].
    humidity
        Relative humidity of the hour [%]; None where it is not measured.

    Examples
    --------
    >>> judge_dust("a34001", Decimal("0.8")) is None, str(judge_dust("a34001", Decimal("1.2")).multiple)
    (True, '1.500')
    """
    rules = rules or book("dust")
    name = ENTRIES.get(factor)
    if name is None or rules.entry(name).value is None:
        return None
    level, value = rules.number(name), exact(mean)
    if value <= exact(level):
        return None
    shown = half_even(value, 3)
    said = Message(_("an hourly mean of %(value)s mg/m³ is above the set %(level)s mg/m³"), value=str(shown), level=str(level))
    reasons = [Reason("above", said), *rules.defaults(name)]
    if humidity is not None and exact(humidity) > exact(rules.number("humid")):
        said = Message(
            _("the air was humid (%(humidity)s %%): instruments that scatter light may read too high"),
            humidity=str(half_even(humidity, 0)),
        )
        reasons += [Reason("humid", said), *rules.defaults("humid")]
    return DustJudged(name, shown, level, half_even(value / exact(level), 3), tuple(reasons))
