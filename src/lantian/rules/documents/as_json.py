"""A plan as plain values, in the shape that ``lantian plan parse --json`` prints."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lantian.rules.documents.model import Duty, Period, Plan, Quantity, Task

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def plan_as_dict(plan: Plan, source: str = "") -> dict[str, Any]:
    """Return `plan` as dictionaries, lists, strings and numbers.

    Parameters
    ----------
    plan
        A plan as :func:`lantian.rules.documents.parse.parse_plan` returns it.
    source
        Name of the file that it was read from; becomes ``file`` when given.
    """
    head: dict[str, Any] = {"file": source} if source else {}
    return head | {
        "meta": {
            "title": plan.meta.title,
            "issuer": plan.meta.issuer,
            "document_number": plan.meta.document_number,
            "issued_on": _iso(plan.meta.issued_on),
            "filing_deadline": plan.meta.filing_deadline,
            "copied_to": list(plan.meta.copied_to),
        },
        "documents": [
            {
                "title": d.title,
                "issuer": d.issuer,
                "document_number": d.document_number,
                "issued_on": _iso(d.issued_on),
                "span": list(d.span),
            }
            for d in plan.documents
        ],
        "headings": [
            {"level": h.level, "number": h.number, "title": h.title, "span": list(h.span)}
            for h in plan.headings
        ],
        "targets": [
            {
                "indicator": t.indicator,
                "region": t.region,
                "comparator": t.comparator,
                "value": _number(t.value),
                "unit": t.unit,
                "period": t.period,
                "text": t.text,
                "kind": t.kind,
                "base": t.base,
                "strength": t.strength,
                "from_end": t.from_end,
                "span": list(t.span),
            }
            for t in plan.targets
        ],
        "tasks": [_task(t, plan.duties) for t in plan.tasks],
        "duties": [
            {"who": d.who, "what": d.what, "to": d.to, "when": d.when, "text": d.text, "span": list(d.span)}
            for d in plan.duties
        ],
        "sanctions": [
            {
                "problem": s.problem,
                "amount": _number(s.amount),
                "unit": s.unit,
                "text": s.text,
                "span": list(s.span),
            }
            for s in plan.sanctions
        ],
        "blocks": [{"kind": b.kind, "title": b.title, "span": list(b.span)} for b in plan.blocks],
        "warnings": [{"code": w.code, "message": w.message, "span": list(w.span)} for w in plan.warnings],
    }


def _task(task: Task, duties: Iterable[Duty]) -> dict[str, Any]:
    return {
        "number": task.number,
        "section": list(task.section),
        "title": task.title,
        "subtitle": task.subtitle,
        "text": task.text,
        "part": task.part,
        "covers": list(task.covers),
        "leads": list(task.leads),
        "responsible": list(task.responsible),
        "cooperating": list(task.cooperating),
        "supervising": list(task.supervising),
        "shared": list(task.shared),
        "persons": list(task.persons),
        "accepted_by": list(task.accepted_by),
        "from_default": {role: list(units) for role, units in task.from_default.items()},
        "literal": dict(task.literal),
        "deadlines": _deadlines(task, duties),
        "starts": [_iso(d.on) for d in task.starts],
        "periods": [_period(p) for p in task.periods],
        "recurrence": [r.text for r in task.recurrence],
        "quantities": [_quantity(q) for q in task.quantities],
        "span": list(task.span),
    }


def _deadlines(task: Task, duties: Iterable[Duty]) -> list[str]:
    """End dates, and the recurring dates of the reports that the task asks for (每月20日前)."""
    entries = [(d.span[0], _iso(d.on) or "") for d in task.deadlines]
    for duty in duties:
        inside = task.span[0] <= duty.span[0] and duty.span[1] <= task.span[1]
        if inside and duty.when and not _ISO.fullmatch(duty.when):
            entries.append((duty.span[0], duty.when))
    return [text for _, text in sorted(entries, key=lambda e: e[0])]


def _period(period: Period) -> dict[str, Any]:
    return {"start": _iso(period.start), "end": _iso(period.end), "text": period.text}


def _quantity(quantity: Quantity) -> dict[str, Any]:
    return {
        "value": _number(quantity.value),
        "value_max": _number(quantity.value_max),
        "unit": quantity.unit,
        "comparator": quantity.comparator,
        "what": quantity.what,
        "text": quantity.text,
    }


def _iso(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def _number(value: Decimal | None) -> int | float | None:
    """A JSON number: whole numbers without a point."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
