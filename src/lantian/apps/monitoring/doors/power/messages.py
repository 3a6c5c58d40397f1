"""Readings as JSON, as programs and brokers bring them: taken apart with bounds, every row a reading or a reason."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lantian.apps.monitoring.doors.power.storing import Judged
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.meters.readings import Kind, Reading, moment, number_of

MOST_ROWS, MOST_BYTES = 5_000, 2 * 1024 * 1024
FIELDS = ("meter", "start", "end", "kw", "kwh", "register_kwh")
_KINDS = {"kw": Kind.POWER, "kwh": Kind.ENERGY, "register_kwh": Kind.REGISTER}
_LONGEST = 60


class NotJson(ValueError):
    """The bytes are no JSON."""


def parse(body: bytes) -> Any:
    """JSON in which numbers stay the texts that they are: 0.1 is one tenth.

    Raises
    ------
    NotJson
        It is none, or nested too deeply.
    """
    try:
        return json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)[:200]) from error


def rows_of(rows: Sequence[Any], meter: str = "") -> list[Judged]:
    """The readings of a message, each with its place in it; what is no reading has its reason.

    Parameters
    ----------
    meter
        Number for rows that name none.
    """
    return [_row(number, row, meter) for number, row in enumerate(rows)]


def _row(number: int, row: Any, meter: str) -> Judged:
    text = json.dumps(row, ensure_ascii=False)[:500]
    if not isinstance(row, Mapping):
        return _wrong(number, meter, text, "form", Message(_("a JSON object is wanted")))
    unknown = sorted(str(name) for name in set(row) - set(FIELDS))
    name = _text(row.get("meter")) or meter
    if unknown:
        said = Message(_("the field “%(name)s” is unknown; known are %(names)s"), name=unknown[0][:40], names=", ".join(FIELDS))
        return _wrong(number, name, text, "form", said)
    if not name or len(name) > 40:
        return _wrong(number, name[:40], text, "no_meter", Message(_("the number of the meter is missing")))
    given = [(key, kind) for key, kind in _KINDS.items() if row.get(key) is not None]
    if len(given) != 1:
        said = Message(_("exactly one of kw, kwh and register_kwh is wanted"))
        return _wrong(number, name, text, "form", said)
    key, kind = given[0]
    try:
        value = number_of(_text(row[key]) or "?")
    except ValueError:
        value = None
    if value is None:
        said = Message(_("“%(text)s” is no number"), text=_text(row[key])[:40])
        return _wrong(number, name, text, "number_bad", said)
    end = _moment(row.get("end"))
    start = _moment(row.get("start"))
    if end is None or (start is None and kind is not Kind.REGISTER):
        said = Message(_("start and end are wanted, as 2026-03-01T15:15:00+08:00; a counter has an end only"))
        return _wrong(number, name, text, "time_bad", said)
    reading = Reading(name, None if kind is Kind.REGISTER else start, end, kind, value)
    return Judged(name, reading, row=number, text=text)


def _text(value: Any) -> str:
    """A text or number of a message; anything else is nothing."""
    return value.strip() if isinstance(value, str) and len(value) <= _LONGEST else ""


def _moment(value: Any) -> datetime | None:
    text = _text(value)
    return moment(text) if text else None


def _wrong(number: int, meter: str, text: str, code: str, message: Message) -> Judged:
    return Judged(meter, None, reason=Reason(code, message), row=number, text=text)
