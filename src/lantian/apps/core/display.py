"""How values are written on pages and in lists: numbers with units, campaign dates, lights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CAMPAIGN_TIME = ZoneInfo("Asia/Shanghai")

#: What stands for a value that is not there. Missing is not zero.
ABSENT = "—"


@dataclass(frozen=True, slots=True)
class Light:
    """One of the five states of a light; each has its own shape, because colour alone does not reach everybody."""

    code: str
    label: Any


LIGHTS = {
    light.code: light
    for light in (
        Light("grey", _("Not started")),
        Light("blue", _("Under way")),
        Light("yellow", _("Needs attention")),
        Light("red", _("Overdue")),
        Light("green", _("Finished")),
    )
}

COMPARATORS = {
    "<=": "≤",
    "le": "≤",
    ">=": "≥",
    "ge": "≥",
    "<": "<",
    "lt": "<",
    ">": ">",
    "gt": ">",
    "=": "",
    "==": "",
    "eq": "",
    "~": "≈",
}

# Units that stand against the number, without a space.
_CLOSE_UNITS = ("%", "％", "‰", "°", "℃")


def number(value: Any) -> str:
    """Write a number with thousands separated, keeping its digits after the point; text is left as it is.

    >>> number(12480)
    '12,480'
    >>> number(Decimal("0.50"))
    '0.50'
    """
    if value is None or value == "":
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, float):
        if value != value or value in {float("inf"), float("-inf")}:
            return ABSENT
        value = Decimal(repr(value))
        if value == value.to_integral_value():
            value = value.quantize(Decimal(1))
    if isinstance(value, Decimal) and not value.is_finite():
        return ABSENT
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"
    return text.replace("-", "\N{MINUS SIGN}")


def unit_gap(unit: str) -> str:
    """What stands between a number and its unit: nothing before % and Chinese counting words, else a thin gap."""
    if not unit or unit.startswith(_CLOSE_UNITS):
        return ""
    return "\N{NARROW NO-BREAK SPACE}"


def quantity(value: Any, unit: str = "", comparator: str = "", value_max: Any = None) -> str:
    """Write a quantity: comparator, number or interval, unit.

    >>> quantity(Decimal("95"), "%", ">=")
    '≥95%'
    """
    if value is None or value == "":
        return ABSENT
    unit = str(unit or "")
    sign = COMPARATORS.get(str(comparator or ""), str(comparator or ""))
    text = number(value)
    if value_max is not None and value_max != "":
        text = f"{text}–{number(value_max)}"
    return f"{sign}{text}{unit_gap(unit)}{unit}"


def campaign_date(value: date | datetime | None) -> str:
    """Write a day as ``2017-06-30`` and a moment as ``2017-06-30 14:05``, in campaign time."""
    if value is None or value == "":
        return ABSENT
    if isinstance(value, datetime):
        if timezone.is_aware(value):
            value = value.astimezone(CAMPAIGN_TIME)
        return value.strftime("%Y-%m-%d %H:%M")
    return value.strftime("%Y-%m-%d") if isinstance(value, date) else str(value)


def campaign_today() -> date:
    """The day of the campaign, which is not the day of the server's clock in UTC."""
    return timezone.now().astimezone(CAMPAIGN_TIME).date()


#: days that an address may name: with room for zones and spans at both ends, which the calendar of Python lacks
FIRST_DAY, LAST_DAY = date(1949, 1, 1), date(2199, 12, 31)


def day_of(text: str | None) -> date | None:
    """The day that an address or a filter names; None for what is no day, or one that no data can be of.

    >>> day_of("2026-11-26"), day_of("2026-02-30"), day_of("9999-12-31")
    (datetime.date(2026, 11, 26), None, None)
    """
    try:
        found = date.fromisoformat((text or "").strip()[:10])
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def begins(day: date) -> datetime:
    """The first moment of a day in campaign time; of a day beyond all data, of the nearest one that is not."""
    return datetime.combine(min(max(day, FIRST_DAY), LAST_DAY), time(), CAMPAIGN_TIME)


def ends(day: date) -> datetime:
    """The first moment after a day."""
    return begins(day) + timedelta(days=1)


def names(units: Any) -> list[str]:
    """The names of organisations that come as objects, as texts, as a related manager or as one text."""
    if units is None:
        return []
    if isinstance(units, str):
        return [units] if units else []
    if hasattr(units, "all"):
        units = units.all()
    return [str(unit) for unit in units] if isinstance(units, Iterable) else [str(units)]
