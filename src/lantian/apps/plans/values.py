"""What people may enter for a task, a target, a duty or a sanction: checked, compared and put into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.exceptions import Invalid
from lantian.apps.plans import drafts
from lantian.apps.plans.choices import (
    ROLE_ORDER,
    Comparator,
    DeadlineKind,
    TargetKind,
    TargetStrength,
    UnitRole,
)

Values = dict[str, Any]

#: names of fields as people see them, in the order of the page
LABELS: dict[str, Any] = {
    "number": _("Number"),
    "part": _("Part"),
    "title": _("Title"),
    "subtitle": _("Subtitle"),
    "text": _("Text"),
    "section": _("Section"),
    **{str(role): label for role, label in UnitRole.choices},
    "persons": _("Persons"),
    "deadlines": _("Dates"),
    "quantities": _("Amounts"),
    "recurrence": _("Recurrence"),
    "covers": _("Covers"),
    "indicator": _("Indicator"),
    "place": _("Place"),
    "kind": _("Kind"),
    "comparator": _("Comparator"),
    "value": _("Value"),
    "unit": _("Unit"),
    "period": _("Period"),
    "base": _("Compared with"),
    "strength": _("Strength"),
    "from_end": _("Rank counted from the end"),
    "who": _("Who"),
    "what": _("What"),
    "to": _("To whom"),
    "when": _("When"),
    "problem": _("Problem"),
    "amount": _("Amount"),
    "issuer": _("Issued by"),
    "document_number": _("Document number"),
    "issued_on": _("Issued on"),
    "filing_deadline": _("Filing deadline"),
    "starts_on": _("In force from"),
    "ends_on": _("In force until"),
    "removed": _("Left out"),
    "decision": _("Decision"),
    "note": _("Note"),
    "copied_to": _("Copied to"),
    "status": _("Status"),
    "year": _("Year"),
}

LENGTHS = {
    "number": 40,
    "title": 400,
    "subtitle": 400,
    "text": 20000,
    "indicator": 120,
    "region": 120,
    "unit": 40,
    "period": 60,
    "base": 120,
    "who": 300,
    "what": 400,
    "to": 200,
    "when": 200,
    "problem": 600,
}
#: at most this many units, dates or amounts in one task
MANY = 300
REQUIRED = {"task": ("title",), "target": ("indicator",), "duty": ("what",), "sanction": ("problem",)}
CHOICES = {
    "comparator": Comparator.values,
    "kind": TargetKind.values,
    "strength": TargetStrength.values,
}


def clean(kind: str, values: Mapping[str, Any]) -> Values:
    """Check values that a person or a program entered; unknown fields are refused.

    Parameters
    ----------
    kind
        ``task``, ``target``, ``duty`` or ``sanction``.
    values
        Only the fields that shall change.

    Raises
    ------
    Invalid
        With one message for each field that is wrong.
    """
    errors: dict[str, Any] = {}
    result: Values = {}
    for name, value in values.items():
        if name not in drafts.FIELDS[kind]:
            errors[name] = __("There is no such field.")
            continue
        try:
            result[name] = _clean(kind, name, value)
        except ValueError as error:
            errors[name] = str(error)
    for name in REQUIRED[kind]:
        if name in result and not result[name]:
            errors[name] = __("This field must not be empty.")
    if errors:
        raise Invalid(fields=errors)
    return result


def _clean(kind: str, name: str, value: Any) -> Any:
    if name == "units":
        return _units(value)
    if name == "deadlines":
        return _dates(value)
    if name == "quantities":
        return _amounts(value)
    if name in {"section", "persons", "recurrence", "covers"}:
        if not isinstance(value, list) or len(value) > MANY:
            raise ValueError(__("This must be a list."))
        return [_text(item, 300) for item in value if str(item).strip()]
    if name in {"value", "amount"}:
        return _number(value)
    if name == "part":
        return _part(value)
    if name == "from_end":
        return bool(value)
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise ValueError(__("“%(value)s” is not one of the choices.") % {"value": value})
        return value
    return _text(value, LENGTHS[name])


def _text(value: Any, length: int) -> str:
    text = "" if value is None else str(value).replace("\x00", "").strip()
    if len(text) > length:
        raise ValueError(__("At most %(count)s characters.") % {"count": length})
    return text


def _part(value: Any) -> int | None:
    if value in {None, ""}:
        return None
    if not str(value).isdigit() or not 1 <= int(value) <= 999:
        raise ValueError(__("Enter a whole number."))
    return int(value)


def _number(value: Any) -> str | None:
    if value is None or str(value).strip() == "":
        return None
    number = drafts.decimal(str(value).strip().replace(",", "").replace("，", ""))
    if number is None:
        raise ValueError(__("“%(value)s” is not a number.") % {"value": value})
    if abs(number) >= 10**18:
        raise ValueError(__("This number is too large."))
    return format(number, "f")


def _list(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError(__("This must be a list."))
    if len(value) > MANY:
        raise ValueError(__("At most %(count)s entries.") % {"count": MANY})
    return value


def _units(value: Any) -> list[Values]:
    units: list[Values] = []
    for item in _list(value):
        name = _text(item.get("name"), 200)
        if not name:
            continue
        if item.get("role") not in ROLE_ORDER:
            raise ValueError(__("“%(value)s” is not one of the choices.") % {"value": item.get("role")})
        units.append(
            {
                "role": str(item["role"]),
                "name": name,
                "literal": _text(item.get("literal"), 1000),
                "from_default": bool(item.get("from_default")),
                "person": _text(item.get("person"), 60),
            }
        )
    return units


def _span(item: Mapping[str, Any]) -> list[int] | None:
    span = item.get("span")
    if isinstance(span, list) and len(span) == 2 and all(isinstance(end, int) for end in span):
        return span
    return None


def _dates(value: Any) -> list[Values]:
    dates: list[Values] = []
    for item in _list(value):
        start, end = drafts.day(item.get("start")), drafts.day(item.get("end"))
        text = _text(item.get("text"), 200)
        if not item.get("start") and not item.get("end") and not text:
            continue
        kind = item.get("kind") or DeadlineKind.DEADLINE
        if kind not in DeadlineKind.values:
            raise ValueError(__("“%(value)s” is not one of the choices.") % {"value": kind})
        for name in ("start", "end"):
            if item.get(name) and drafts.day(item[name]) is None:
                raise ValueError(__("“%(value)s” is not a date.") % {"value": item[name]})
        if kind == DeadlineKind.DEADLINE and end is None:
            raise ValueError(__("A deadline needs its last day."))
        if kind == DeadlineKind.START and start is None:
            raise ValueError(__("A start needs its day."))
        if start is not None and end is not None and start > end:
            raise ValueError(__("A period cannot end before it begins."))
        dates.append(
            {
                "kind": str(kind),
                "start": start.isoformat() if start else None,
                "end": end.isoformat() if end else None,
                "text": text,
                "span": _span(item),
            }
        )
    return dates


def _amounts(value: Any) -> list[Values]:
    amounts: list[Values] = []
    for item in _list(value):
        number, most = _number(item.get("value")), _number(item.get("value_max"))
        what, unit = _text(item.get("what"), 200), _text(item.get("unit"), 40)
        if number is None:
            if what or unit or most:
                raise ValueError(__("An amount needs a number."))
            continue
        comparator = item.get("comparator") or "="
        if comparator not in Comparator.values:
            raise ValueError(__("“%(value)s” is not one of the choices.") % {"value": comparator})
        amounts.append(
            {
                "what": what,
                "comparator": comparator,
                "value": number,
                "value_max": most,
                "unit": unit,
                "text": _text(item.get("text"), 300),
                "span": _span(item),
            }
        )
    return amounts


def in_words(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as one line a field, for the log and for showing two versions side by side."""
    words: dict[str, str] = {}
    for name, value in values.items():
        if name == "units":
            for role in ROLE_ORDER:
                named = [
                    f"{unit['name']}（{unit['person']}）" if unit.get("person") else str(unit["name"])
                    for unit in value
                    if unit["role"] == role
                ]
                words[role] = "、".join(named)
        elif name == "region":
            # Under a name of its own, because rows have a foreign key of this name and the log would look it up.
            words["place"] = str(value or "")
        elif name == "deadlines":
            words[name] = "；".join(date_in_words(item) for item in value)
        elif name == "quantities":
            words[name] = "；".join(amount_in_words(item) for item in value)
        elif isinstance(value, list):
            words[name] = "、".join(str(item) for item in value)
        elif isinstance(value, bool):
            words[name] = __("Yes") if value else __("No")
        else:
            words[name] = "" if value is None else str(value)
    return words


def date_in_words(item: Mapping[str, Any]) -> str:
    """A date of a task on one line."""
    kind, start, end, text = (
        item["kind"],
        item.get("start") or "",
        item.get("end") or "",
        item.get("text") or "",
    )
    day = f"{start}–{end}" if kind == DeadlineKind.PERIOD and (start or end) else (end or start)
    if kind == DeadlineKind.START:
        day = __("from %(day)s") % {"day": start}
    if not day:
        return str(text)
    return f"{day}（{text}）" if text else str(day)


def amount_in_words(item: Mapping[str, Any]) -> str:
    """An amount of a task on one line."""
    sign = dict(Comparator.choices).get(item.get("comparator") or "=", "")
    number = item["value"] if not item.get("value_max") else f"{item['value']}–{item['value_max']}"
    lead = f"{item['what']} " if item.get("what") else ""
    return f"{lead}{'' if sign == '=' else sign}{number}{item.get('unit') or ''}"


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What differs between two sets of values, in words; only fields of the new one are compared."""
    before, after = (
        in_words({name: old.get(name) for name in new if old.get(name) is not None}),
        in_words(new),
    )
    names = [name for name in after if before.get(name, "") != after[name]]
    return {name: before.get(name, "") for name in names}, {name: after[name] for name in names}


def worded_value(value: str, comparator: str, unit: str, *, kind: str, from_end: bool) -> str:
    """A target's value in words: ``≤42 µg/m³``, ``下降5%``, ``退出后20名``.

    Parameters
    ----------
    value
        The number as it is written.
    from_end
        Whether a rank is counted from the end of the list; above N from the end means out of the last N.
    """
    plain = f"{value}{display.unit_gap(unit)}{unit}"
    text = f"{display.COMPARATORS.get(comparator, comparator)}{plain}"
    if kind == TargetKind.REDUCTION:
        return __("down %(value)s") % {"value": text}
    if from_end and comparator == Comparator.ABOVE:
        return __("out of the last %(value)s") % {"value": plain}
    if from_end:
        return __("%(value)s from the end") % {"value": text if comparator != Comparator.EQUAL else plain}
    return text
