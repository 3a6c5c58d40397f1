"""What was read from a document, as a draft that people may correct before it enters the ledger.

A draft is plain JSON; its entries carry a ``key`` (``t1`` task, ``g1`` target, ``d1`` duty, ``s1`` sanction), the place
in the text and two marks: ``removed`` and ``edited``. The values of a task have the same shape as those of a task in
the ledger (:func:`lantian.apps.plans.ledger.task_values`), so one form edits both.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lantian.apps.plans.choices import ROLE_OF_FIELD, DeadlineKind, UnitRole
from lantian.rules.documents import model as reading

Draft = dict[str, Any]
Entry = dict[str, Any]

#: kind of entry → name of its list in the draft, prefix of its keys
KINDS = {
    "task": ("tasks", "t"),
    "target": ("targets", "g"),
    "duty": ("duties", "d"),
    "sanction": ("sanctions", "s"),
}

#: what a person may change, by kind of entry
FIELDS: dict[str, tuple[str, ...]] = {
    "task": (
        "number",
        "part",
        "title",
        "subtitle",
        "text",
        "section",
        "units",
        "deadlines",
        "quantities",
        "persons",
        "recurrence",
        "covers",
    ),
    "target": (
        "indicator",
        "region",
        "kind",
        "comparator",
        "value",
        "unit",
        "period",
        "base",
        "strength",
        "from_end",
        "text",
    ),
    "duty": ("who", "what", "to", "when", "text"),
    "sanction": ("problem", "amount", "unit", "text"),
}
META_FIELDS = ("title", "issuer", "document_number", "issued_on", "filing_deadline", "copied_to")


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def decimal(value: Any) -> Decimal | None:
    """A number of a draft; None where there is none."""
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def day(value: Any) -> date | None:
    """A day of a draft; None where there is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None


def _span(span: reading.Span | None) -> list[int] | None:
    return [span[0], span[1]] if span is not None else None


def _units(task: reading.Task) -> list[Entry]:
    units: list[Entry] = []
    for field, role in ROLE_OF_FIELD.items():
        added = set(task.from_default.get(field, ())) | set(task.from_default.get(role, ()))
        literal = task.literal.get(field) or task.literal.get(role) or ""
        for name in getattr(task, field):
            units.append(
                {
                    "role": str(role),
                    "name": name,
                    "literal": literal,
                    "from_default": name in added,
                    "person": "",
                }
            )
    _place_persons(units, task.persons)
    return units


def _place_persons(units: list[Entry], persons: tuple[str, ...]) -> None:
    """Put persons beside the units of the first role that has as many units as there are persons."""
    if not persons:
        return
    for role in (UnitRole.LEAD, UnitRole.SHARED, UnitRole.RESPONSIBLE):
        chosen = [unit for unit in units if unit["role"] == role and not unit["from_default"]]
        if len(chosen) == len(persons):
            for unit, person in zip(chosen, persons, strict=True):
                unit["person"] = person
            return


def _dates(task: reading.Task) -> list[Entry]:
    found: list[Entry] = []
    for item in task.deadlines:
        found.append(
            {
                "kind": str(DeadlineKind.DEADLINE),
                "start": None,
                "end": item.on.isoformat(),
                "text": item.text,
                "span": _span(item.span),
            }
        )
    for item in task.starts:
        found.append(
            {
                "kind": str(DeadlineKind.START),
                "start": item.on.isoformat(),
                "end": None,
                "text": item.text,
                "span": _span(item.span),
            }
        )
    for period in task.periods:
        found.append(
            {
                "kind": str(DeadlineKind.PERIOD),
                "start": period.start.isoformat() if period.start else None,
                "end": period.end.isoformat() if period.end else None,
                "text": period.text,
                "span": _span(period.span),
            }
        )
    found.sort(key=lambda entry: (entry["span"] or [0, 0])[0])
    return found


def _task(key: str, task: reading.Task) -> Entry:
    spans: dict[str, Any] = {}
    for name, span in task.role_spans.items():
        spans[str(ROLE_OF_FIELD.get(name, name))] = _span(span)
    if task.title_span is not None:
        spans["title"] = _span(task.title_span)
    return {
        "key": key,
        "removed": False,
        "edited": False,
        "number": task.number,
        "part": task.part,
        "section": list(task.section),
        "title": task.title,
        "subtitle": task.subtitle or "",
        "text": task.text,
        "span": _span(task.span),
        "spans": spans,
        "covers": list(task.covers),
        "persons": list(task.persons),
        "recurrence": [item.text for item in task.recurrence],
        "units": _units(task),
        "deadlines": _dates(task),
        "quantities": [
            {
                "what": item.what,
                "comparator": item.comparator or "=",
                "value": _number(item.value),
                "value_max": _number(item.value_max),
                "unit": item.unit,
                "text": item.text,
                "span": _span(item.span),
            }
            for item in task.quantities
        ],
    }


def from_reading(plan: reading.Plan) -> Draft:
    """Turn a plan that was read into a draft."""
    meta = plan.meta
    return {
        "meta": {
            "title": meta.title or (plan.documents[0].title if plan.documents else ""),
            "issuer": meta.issuer or "",
            "document_number": meta.document_number or "",
            "issued_on": meta.issued_on.isoformat() if meta.issued_on else None,
            "filing_deadline": meta.filing_deadline or "",
            "copied_to": list(meta.copied_to),
            "spans": {name: _span(span) for name, span in meta.spans.items()},
            "edited": False,
        },
        "documents": [
            {
                "title": item.title,
                "issuer": item.issuer or "",
                "document_number": item.document_number or "",
                "issued_on": item.issued_on.isoformat() if item.issued_on else None,
                "span": _span(item.span),
            }
            for item in plan.documents
        ],
        "headings": [
            {"level": item.level, "number": item.number, "title": item.title, "span": _span(item.span)}
            for item in plan.headings
        ],
        "tasks": [_task(f"t{order}", item) for order, item in enumerate(plan.tasks, 1)],
        "targets": [
            {
                "key": f"g{order}",
                "removed": False,
                "edited": False,
                "indicator": item.indicator,
                "region": item.region,
                "kind": item.kind,
                "comparator": item.comparator or "=",
                "value": _number(item.value),
                "unit": item.unit,
                "period": item.period,
                "base": item.base or "",
                "strength": item.strength,
                "from_end": item.from_end,
                "text": item.text,
                "span": _span(item.span),
            }
            for order, item in enumerate(plan.targets, 1)
        ],
        "duties": [
            {
                "key": f"d{order}",
                "removed": False,
                "edited": False,
                "who": item.who,
                "what": item.what,
                "to": item.to,
                "when": item.when,
                "text": item.text,
                "span": _span(item.span),
            }
            for order, item in enumerate(plan.duties, 1)
        ],
        "sanctions": [
            {
                "key": f"s{order}",
                "removed": False,
                "edited": False,
                "problem": item.problem,
                "amount": _number(item.amount),
                "unit": item.unit,
                "text": item.text,
                "span": _span(item.span),
            }
            for order, item in enumerate(plan.sanctions, 1)
        ],
        "blocks": [
            {"kind": item.kind, "title": item.title, "span": _span(item.span)} for item in plan.blocks
        ],
        "warnings": [
            {"code": item.code, "message": item.message, "span": _span(item.span)} for item in plan.warnings
        ],
    }


def kept(draft: Draft, kind: str) -> list[Entry]:
    """Entries of a kind that have not been removed."""
    return [entry for entry in draft[KINDS[kind][0]] if not entry["removed"]]


def find(draft: Draft, kind: str, key: str) -> Entry | None:
    """One entry by its key."""
    return next((entry for entry in draft[KINDS[kind][0]] if entry["key"] == key), None)


def next_key(draft: Draft, kind: str) -> str:
    """A key that no entry of this kind has had."""
    name, prefix = KINDS[kind]
    numbers = [int(entry["key"][1:]) for entry in draft[name] if entry["key"][1:].isdigit()]
    return f"{prefix}{max(numbers, default=0) + 1}"


def blank(kind: str) -> Entry:
    """Values of an entry that a person adds."""
    empty: Entry = {"removed": False, "edited": True, "span": None}
    if kind == "task":
        return {
            **empty,
            "number": "",
            "part": None,
            "section": [],
            "title": "",
            "subtitle": "",
            "text": "",
            "spans": {},
            "covers": [],
            "persons": [],
            "recurrence": [],
            "units": [],
            "deadlines": [],
            "quantities": [],
        }
    if kind == "target":
        return {
            **empty,
            "indicator": "",
            "region": "",
            "kind": "level",
            "comparator": "<=",
            "value": None,
            "unit": "",
            "period": "",
            "base": "",
            "strength": "firm",
            "from_end": False,
            "text": "",
        }
    if kind == "duty":
        return {**empty, "who": "", "what": "", "to": "", "when": "", "text": ""}
    return {**empty, "problem": "", "amount": None, "unit": "", "text": ""}


def unit_names(draft: Draft) -> dict[str, dict[str, int]]:
    """Every unit that the tasks name, in the order of the text, with how often it stands in which role."""
    found: dict[str, dict[str, int]] = {}
    for task in kept(draft, "task"):
        for unit in task["units"]:
            roles = found.setdefault(unit["name"], {})
            roles[unit["role"]] = roles.get(unit["role"], 0) + 1
    return found


def spans(draft: Draft) -> Iterator[tuple[int, int, str, str]]:
    """Every place that the draft points to: start, end, kind of field, key of the entry."""
    for name, span in draft["meta"]["spans"].items():
        if span:
            yield span[0], span[1], "meta", f"meta.{name}"
    for kind, (listed, _prefix) in KINDS.items():
        for entry in draft[listed]:
            if entry["removed"]:
                continue
            if entry.get("span"):
                yield entry["span"][0], entry["span"][1], kind, entry["key"]
            if kind != "task":
                continue
            for name, span in entry["spans"].items():
                if span:
                    yield span[0], span[1], "title" if name == "title" else "units", entry["key"]
            for part, field in (("deadlines", "deadline"), ("quantities", "quantity")):
                for item in entry[part]:
                    if item.get("span"):
                        yield item["span"][0], item["span"][1], field, entry["key"]
    for block in draft["blocks"]:
        yield block["span"][0], block["span"][1], "block", ""


def fold(text: str) -> str:
    """A heading as it is compared: letters and figures only, whatever their width."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum())
