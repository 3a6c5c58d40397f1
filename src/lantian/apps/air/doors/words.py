"""What the doors say to people: reasons, questions, errors, each with how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.rules.air.doors.errors import LayoutError, TooManyHeld
from lantian.rules.air.doors.items import NAMES, unit_text, value_text
from lantian.rules.air.doors.survey import Question

#: reason → short word, and what to do
REASONS: dict[str, tuple[Any, Any]] = {
    "bad_time": (
        _("Time unreadable"),
        _("Write times as 2026-03-01 15:00 and deliver again."),
    ),
    "half_hour": (
        _("No full hour"),
        _("Only means of full hours are taken. Send the mean of the hour."),
    ),
    "too_early": (_("Too early"), _("Correct the year.")),
    "future": (
        _("In the future"),
        _("The hour has not ended yet. Check the clock and the time zone of the sender."),
    ),
    "stale": (
        _("Left behind"),
        _(
            "Far older than all other rows: a page that did not move. Accept it only if it really belongs here."
        ),
    ),
    "unknown_station": (
        _("Unknown station"),
        _("Add the station to the register, then accept."),
    ),
    "ambiguous_station": (
        _("Station not clear"),
        _("Several stations are called so. Deliver it with the code of the station or with its city."),
    ),
    "out_of_scope": (
        _("Not the sender's station"),
        _("The key of the sender does not cover this station. Widen the key, or reject."),
    ),
    "repeated": (
        _("Same hour, other value"),
        _("The hour comes more than once with different values. Accept the right one and reject the other."),
    ),
    "not_a_number": (_("No number"), _("Correct it with the right number, or reject.")),
    "negative": (_("Negative"), _("No concentration is below zero. Correct or reject.")),
    "too_large": (_("Beyond all measure"), _("Correct or reject.")),
    "beyond": (
        _("Out of bounds"),
        _("Above what is believable. Is the unit right? The bounds can be set otherwise by the office."),
    ),
    "co_unit": (
        _("CO looks like µg/m³"),
        _("CO of this station is about a thousand times that of the others. Deliver it in mg/m³."),
    ),
    "o3_order": (
        _("O3 above its maximum"),
        _(
            "The greatest hour of the day so far is less than the hour itself. Are the columns of O3 exchanged?"
        ),
    ),
    "frozen": (
        _("Stands still"),
        _("One value for many hours. Was the instrument off? Reject takes the hours out."),
    ),
    "pm_order": (
        _("PM2.5 above PM10"),
        _("A sign of an instrument out of order, and no reason to edit by itself."),
    ),
}


def reason_word(code: str) -> str:
    """The short word for a reason."""
    return str(REASONS[code][0]) if code in REASONS else code


def reason_help(code: str) -> str:
    """What to do about it."""
    return str(REASONS[code][1]) if code in REASONS else ""


def values_words(values: Mapping[str, Any], texts: Mapping[str, str] | None = None) -> str:
    """Values in one line: ``PM2.5 35  CO 0.6``; a text in quotation marks where it is no number."""
    parts = []
    for item, value in values.items():
        text = value_text(value) if value is not None else f"“{(texts or {}).get(item, '')}”"
        parts.append(f"{NAMES.get(item, item)} {text}")
    return "  ".join(parts)


def question_words(question: Question) -> tuple[str, str]:
    """The question, and what its suggested answer is called."""
    item = NAMES.get(question.item, question.item)
    facts: dict[str, Any] = dict(question.facts)
    if question.code == "co_unit" and question.answer == "ug":
        said = __(
            "CO looks like µg/m³: its median would be %(median)s mg/m³, and nothing in ambient air reaches that."
        )
        return said % facts, __("CO is in µg/m³: divide by 1000")
    if question.code == "co_unit":
        said = __(
            "CO looks like mg/m³ although its heading says µg/m³: its median would be %(median)s µg/m³."
        )
        return said % facts, __("CO is in mg/m³")
    if question.code == "unit":
        said = __("%(item)s looks like mg/m³: its median would be %(median)s µg/m³.")
        return said % {**facts, "item": item}, __("%(item)s is in mg/m³: multiply by 1000") % {"item": item}
    if question.code == "o3_swapped":
        said = __(
            "The columns of O3 look exchanged: in %(rows)s of %(of)s cases the greatest hour is less than the hour."
        )
        return said % facts, __("Exchange O3 with O3 24h, and O3 8h with O3 8h 24h")
    return __("The table does not say which station it is of."), __("Choose the station")


def layout_words(error: LayoutError) -> str:
    """Why a table cannot be read, and how to mend it."""
    said = {
        "no_header": __(
            "No row of headings was found in the first rows. Name the columns: time, station, PM2.5, PM10, SO2, NO2, CO, O3."
        ),
        "twice": __("The column %(column)s stands twice. Rename or remove one."),
        "no_time": __("There is no column of times. Add one called “time”, or “date” and “hour”."),
        "no_station": __("There is no column of stations or cities."),
        "no_concentration": __(
            "There is no column of concentrations. Name them PM2.5, PM10, SO2, NO2, CO, O3 (or in Chinese)."
        ),
        "unit_unknown": __("The unit “%(column)s” is none of mass. Convert to µg/m³ (CO mg/m³) and retry."),
        "no_rows": __("There are headings and nothing below them."),
        "long_row": __(
            "Row %(row)s has %(column)s cells, more than there are headings. Is a comma too many?"
        ),
        "station_days": __(
            "These are days of stations. Days are worked out from hours here: deliver the hours."
        ),
        "too_many_repeated": __(
            "The same hours come again and again: it looks like several tables in one. Split them and retry."
        ),
    }[error.code]
    return said % {"column": error.column, "row": error.row}


def held_words(error: TooManyHeld) -> str:
    """Too much is held."""
    said = __(
        "More than %(most)s rows would be held, mostly for: %(reason)s. Mend the file, the register or the choices first."
    )
    return said % {"most": error.most, "reason": reason_word(error.reason)}


def unit_word(unit: str) -> str:
    """A unit as people write it."""
    return unit_text(unit)
