"""A file looked at: its layout, what it holds, what would be held, and the questions that it raises."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as __

from lantian.apps.air.doors import words
from lantian.apps.air.doors.registers import register_for
from lantian.apps.core.exceptions import Invalid
from lantian.office.air_files import AirTable, open_air_table
from lantian.office.errors import OfficeError
from lantian.rules.air.doors.book import door_book
from lantian.rules.air.doors.checks import Held, Part
from lantian.rules.air.doors.errors import LayoutError
from lantian.rules.air.doors.items import DAY, HOUR, MISSING, STATION
from lantian.rules.air.doors.layout import Choices, Layout, layout_of, units_of
from lantian.rules.air.doors.run import Looked, check, look
from lantian.rules.air.doors.times import day_date, day_number, hour_number, hour_text
from lantian.rules.air.labels import BEIJING

#: held rows that a preview tells one by one, and rows that it shows
SHOWN_HELD, SHOWN_ROWS, SHOWN_NAMES = 30, 8, 60
Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file and what it is called."""

    path: Path
    name: str
    overrides: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)

    @contextmanager
    def table(self) -> Iterator[AirTable]:
        """Its table.

        Raises
        ------
        Invalid
            If it cannot be read, with the words for it.
        """
        try:
            with open_air_table(self.path, name=self.name, suits=_suits) as table:
                yield table
        except OfficeError as error:
            raise Invalid(__(error.message_id) % error.params) from error
        except LayoutError as error:
            raise Invalid(words.layout_words(error), code=error.code) from error
        except OSError as error:
            raise _closed(error) from error

    def sha256(self) -> str:
        """The hash of its content.

        Raises
        ------
        Invalid
            If it cannot be opened.
        """
        try:
            with self.path.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise _closed(error) from error


def _closed(error: OSError) -> Invalid:
    return Invalid(__("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error})


def office_overrides() -> tuple[Mapping[str, Any], ...]:
    """Figures of the checks that the office sets otherwise: ``books/air-doors.json`` in the data folder.

    Raises
    ------
    Invalid
        If the file is there and no list of entries, each with its grounds.
    """
    path = Path(settings.DATA) / "books" / "air-doors.json"
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
            raise ValueError("a list of objects is wanted")
        door_book().overridden(given)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise Invalid(__("%(path)s cannot be used: %(error)s") % {"path": path, "error": error}) from error
    return tuple(given)


def _suits(rows: list[list[str]]) -> bool:
    try:
        layout_of(rows)
    except LayoutError:
        return False
    return True


def limit_of(layout: Layout, now: datetime, minutes: int) -> int:
    """The last hour (or day) that may have ended."""
    local = now.astimezone(BEIJING).replace(tzinfo=None)
    if layout.interval == DAY:
        return day_number(local.date())
    return hour_number(local.replace(minute=0, second=0, microsecond=0)) + (60 - local.minute <= minutes)


def look_at(source: Source, choices: Choices, tick: Tick | None = None) -> Looked:
    """The first look at a file: its layout and what it holds.

    Raises
    ------
    Invalid
        If the file cannot be read.
    """
    with source.table() as table:
        layout = layout_of(table.head, source.name)
        if layout.of == STATION and layout.interval == DAY:
            raise LayoutError("station_days")
        return look(
            layout,
            choices,
            table.parts(),
            register_for(layout.of),
            door_book().overridden(source.overrides),
            None if tick is None else lambda _rows: tick(table.position(), table.size),
        )


def preview(
    source: Source, choices: Choices, now: datetime, tick: Tick | None = None
) -> tuple[Looked, dict[str, Any]]:
    """Both looks, and what they found as plain values for the page, the console and a report; nothing is written."""
    half = None if tick is None else lambda at, size: tick(at, 2 * size)
    looked = look_at(source, choices, half)
    if looked.surveyed.too_many_repeated:
        raise Invalid(words.layout_words(LayoutError("too_many_repeated")))
    held: list[Held] = []
    rows: list[dict[str, Any]] = []
    flags: dict[str, int] = {}
    with source.table() as table:
        checker, parts = check(
            looked, table.parts(), now=limit_of(looked.layout, now, looked.book.number("future_minutes")), details=5_000
        )  # fmt: skip
        for part in parts:
            held += _of_each(part.held, held)
            rows += _sample(part, looked, SHOWN_ROWS - len(rows))
            for flag in part.flags:
                flags[flag.reason] = flags.get(flag.reason, 0) + 1
            if tick is not None:
                tick(table.size + table.position(), 2 * table.size)
    layout, surveyed = looked.layout, looked.surveyed
    units = units_of(layout, choices)
    cells = {
        item: surveyed.present[item] + surveyed.missing[item] + surveyed.unusable[item]
        for item in layout.stored
    }
    unknown = looked.unknown
    found = {
        "layout": {
            "shape": layout.shape,
            "of": layout.of,
            "interval": layout.interval,
            "header_row": layout.header_row,
            "unread": list(layout.unread)[:SHOWN_NAMES],
            "zone": choices.zone or layout.zone,
            "zone_said": layout.zone_said,
            "label": choices.label or layout.label,
            "label_said": layout.label_said,
            "station": choices.station or layout.station,
            "names_stations": layout.names_stations,
            "has_o3_pairs": bool(surveyed.present.get("o3") and surveyed.present.get("o3_24h")),
        },
        "items": [
            {
                "item": item,
                "unit": units[item],
                "heading_unit": layout.units.get(item, ""),
                "present": surveyed.present[item],
                "missing": surveyed.missing[item],
                "unusable": surveyed.unusable[item],
                "median": surveyed.medians.get(item),
            }
            for item in layout.stored
            if cells[item]
        ],
        "rows": surveyed.rows,
        "first": time_text(layout.interval, checker.first),
        "last": time_text(layout.interval, checker.last),
        "known": len(looked.known),
        "unknown": unknown[:SHOWN_NAMES],
        "unknown_count": len(unknown),
        "stored": checker.stored,
        "empty": checker.empty,
        "skipped": checker.skipped,
        "not_items": looked.not_items,
        "held_rows": checker.held_rows,
        "counts": dict(checker.counts),
        "flags": flags,
        "questions": [
            {
                "name": question.name,
                "code": question.code,
                "item": question.item,
                "answer": question.answer,
                "said": words.question_words(question)[0],
                "remedy": words.question_words(question)[1],
            }
            for question in surveyed.questions
        ],
        "held": [as_record(one, layout.interval) for one in held],
        "sample": rows,
    }
    return looked, found


def as_record(one: Held, interval: str) -> dict[str, Any]:
    """A held row as plain values."""
    return {
        "row": one.row,
        "reason": one.reason,
        "station": one.station or one.key.text,
        "time": time_text(interval, one.time) or one.time_text,
        "values": dict(one.values),
        "texts": dict(one.texts),
    }


def time_text(interval: str, time: int | None) -> str:
    """An hour or a day as people write it."""
    if time is None:
        return ""
    return hour_text(time) if interval == HOUR else day_date(time).isoformat()


def _of_each(new: list[Held], had: list[Held]) -> list[Held]:
    """Some of each reason, so that a frequent one does not hide the others."""
    counts: dict[str, int] = {}
    for one in had:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    taken: list[Held] = []
    for one in new:
        counts[one.reason] = counts.get(one.reason, 0) + 1
        if counts[one.reason] <= SHOWN_HELD // 3 and len(had) + len(taken) < SHOWN_HELD:
            taken.append(one)
    return taken


def _sample(part: Part, looked: Looked, most: int) -> list[dict[str, Any]]:
    found = []
    accepted = part.accepted
    for at in range(min(most, len(accepted))):
        found.append(
            {
                "station": looked.matching.codes[int(accepted.station[at])],
                "name": looked.matching.keys[int(accepted.station[at])].name,
                "time": time_text(looked.layout.interval, int(accepted.time[at])),
                "values": {
                    item: value
                    for item, value in zip(looked.layout.stored, accepted.values[at].tolist(), strict=True)
                    if value != MISSING
                },
            }
        )
    return found


def choices_of(given: Mapping[str, Any]) -> Choices:
    """The choices as they are kept in a delivery."""
    return Choices(
        units=dict(given.get("units") or {}),
        zone=str(given.get("zone") or ""),
        label=str(given.get("label") or ""),
        station=str(given.get("station") or ""),
        swap_o3=bool(given.get("swap_o3")),
        unknown=str(given.get("unknown") or "hold"),
        confirmed=frozenset(given.get("confirmed") or ()),
    )


def choices_record(choices: Choices) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "units": dict(choices.units),
        "zone": choices.zone,
        "label": choices.label,
        "station": choices.station,
        "swap_o3": choices.swap_o3,
        "unknown": choices.unknown,
        "confirmed": sorted(choices.confirmed),
    }
