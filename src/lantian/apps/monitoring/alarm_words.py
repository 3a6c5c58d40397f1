"""The book of alarms as this office has it, and kept reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as __

from lantian.apps.monitoring import gateway_pages
from lantian.apps.monitoring.choices_power import RULES as POWER
from lantian.apps.monitoring.power_books import office_book
from lantian.rules.hj212.factors import factor_of
from lantian.rules.monitoring.alarms.book import BOOK, AlarmBook
from lantian.rules.monitoring.errors import Message
from lantian.rules.monitoring.factors import NAMES
from lantian.rules.monitoring.suspicion.run import BY_ID as SUSPICION


def alarm_book() -> AlarmBook:
    """The book of alarms with what the office sets otherwise.

    Raises
    ------
    Conflict
        The file of the office is not sound.
    """
    return AlarmBook(office_book(BOOK))


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


def reasons() -> list[tuple[str, str]]:
    """Reasons that an enterprise may give, for a choice."""
    chinese = _chinese()
    return [(row.code, row.label if chinese else row.english) for row in alarm_book().reasons.values()]


def reason_words(code: str) -> str:
    """A reason in words; one that is in no book any more stays as it is."""
    return dict(reasons()).get(code, code)


def factor_words(code: str) -> str:
    """A factor as people call it, by its code or by its name in the rules; what no table has stays as it is."""
    if code in NAMES:
        return __(NAMES[code])
    known = factor_of(code) if code else None
    if known is None:
        return code
    return known.name if _chinese() else known.english or known.name


def rule_words(rule: str) -> str:
    """A rule of suspicious data with its title; another one as it is."""
    if rule == "unit":
        return __("Unit of the values")
    if rule in POWER:
        return f"{POWER[rule]} ({rule})" if rule != "LOST" else str(POWER[rule])
    known = SUSPICION.get(rule)
    if known is None and "_" in rule:
        return gateway_pages.words(rule)
    return f"{rule} {__(known.title)}" if known is not None else rule


def told(kept: Mapping[str, Any] | str | int) -> str:
    """A kept message in the language of the page; under ``factor`` it names a factor by its code."""
    if not isinstance(kept, Mapping):
        return str(kept)
    params = {
        name: told(value) if isinstance(value, Mapping) else factor_words(value) if name == "factor" else value
        for name, value in kept["params"].items()
    }
    return Message(kept["id"], **params).text(__)


def number(text: str | None) -> float | None:
    """A kept number as a chart takes it."""
    if text is None:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return float(value) if value.is_finite() else None
