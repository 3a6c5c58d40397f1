"""Hours that a station sends as JSON: checked as those of a file, each row answered."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.doors import storing, words
from lantian.apps.air.doors.reading import limit_of, office_overrides
from lantian.apps.air.doors.registers import station_register
from lantian.apps.air.models import Delivery, DeliveryState, Door, StationKey
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, TooLarge
from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from lantian.rules.air.doors.book import door_book
from lantian.rules.air.doors.checks import Part
from lantian.rules.air.doors.chunks import Reader
from lantian.rules.air.doors.items import HOUR_ITEMS
from lantian.rules.air.doors.layout import Choices, layout_of
from lantian.rules.air.doors.run import Looked, check, look
from lantian.rules.air.doors.times import hour_time

MOST_ROWS, MOST_BYTES = 5_000, 2 * 1024 * 1024
#: a message that was begun and never answered is taken up again after this time
ABANDONED = timedelta(minutes=2)
_NAME = re.compile(r"[0-9A-Za-z_.:@-]{1,80}")
_EXTRA = ("o3_24h", "o3_8h", "o3_8h_24h")
_FIELDS = ("station", "time", *HOUR_ITEMS, *_EXTRA)
#: station and number of an hour → item → thousandths
Values = dict[tuple[str, int], dict[str, int]]


class DeliveryDiffers(Conflict):
    """The same delivery id with other content."""

    code = "delivery_differs"
    message = _(
        "This delivery was received before with other content. Send new content under a new delivery id."
    )


class StillBusy(Conflict):
    """The same delivery is being received right now."""

    code = "still_busy"
    message = _("This delivery is being received at this moment. Ask again in a minute.")


@dataclass(frozen=True, slots=True)
class Message:
    """A message, taken apart.

    Attributes
    ----------
    rows
        Cells as they were written, a missing value as an empty text.
    """

    delivery: str
    label: str
    rows: tuple[tuple[str, ...], ...]
    sha256: str


def read_message(body: bytes) -> Message:
    """Take a message apart.

    Raises
    ------
    TooLarge
        More bytes or rows than the door takes.
    Invalid
        It is no JSON, or not of the form that is documented; the fields say where.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge(__("A message takes at most %(limit)s MB.") % {"limit": MOST_BYTES // 1024 // 1024})
    try:
        # Numbers stay the texts that they are: 0.1 is one tenth.
        given = json.loads(body, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise Invalid(__("The message is no JSON: %(error)s") % {"error": str(error)[:200]}) from error
    if not isinstance(given, dict):
        raise Invalid(__("A JSON object with “delivery” and “rows” is wanted."))
    unknown = sorted(set(given) - {"delivery", "label", "rows"})
    if unknown:
        raise Invalid(fields={unknown[0]: __("This field is unknown.")})
    delivery = given.get("delivery")
    if not isinstance(delivery, str) or not _NAME.fullmatch(delivery):
        wanted = __(
            "Name the delivery: up to 80 letters, figures and . _ : @ -, a new name for each content."
        )
        raise Invalid(fields={"delivery": wanted})
    label = given.get("label", "end")
    if label not in ("end", "start"):
        raise Invalid(fields={"label": __("“end” or “start” of the hour.")})
    rows = given.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Invalid(fields={"rows": __("At least one row is wanted.")})
    if len(rows) > MOST_ROWS:
        raise TooLarge(__("A message takes at most %(limit)s rows. Split it.") % {"limit": MOST_ROWS})
    cells = tuple(_cells(row, number) for number, row in enumerate(rows))
    return Message(delivery, label, cells, hashlib.sha256(body).hexdigest())


def _cells(row: Any, number: int) -> tuple[str, ...]:
    place = f"rows.{number}"
    if not isinstance(row, dict):
        raise Invalid(fields={place: __("A JSON object is wanted.")})
    unknown = sorted(set(row) - set(_FIELDS))
    if unknown:
        said = __("This field is unknown. Known are: %(names)s") % {"names": ", ".join(_FIELDS)}
        raise Invalid(fields={f"{place}.{unknown[0]}"[:80]: said})
    found = []
    for name in _FIELDS:
        value = row.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str) or len(value) > 60:
            raise Invalid(fields={f"{place}.{name}": __("A text or a number is wanted.")})
        found.append(value)
    if not found[0] or not found[1]:
        raise Invalid(fields={place: __("“station” and “time” are wanted.")})
    return tuple(found)


class ReceiveHours(Action[dict[str, Any]]):
    """Take the hours of a message in.

    The message is checked as a file is; a delivery that came before is answered as it was answered then.
    """

    code = "air.hours.receive"
    permission = None

    def __init__(
        self, key: StationKey, message: Message, lake: Lake, *, ip: str | None, now: datetime
    ) -> None:
        super().__init__(Actor(user=None, name=key.name, ip=ip, via="device"))
        self.key, self.message, self.lake, self.now = key, message, lake, now

    def execute(self) -> dict[str, Any]:
        """Begin, store, answer; each in a transaction of its own, so that a message that broke off can come again."""
        delivery, answer = self._begin()
        if answer is not None:
            return {**answer, "repeated": True}
        self.delivery = delivery
        self._answer = self._store(delivery)
        return super().execute()

    def perform(self) -> dict[str, Any]:
        """Keep the answer and note it in the log."""
        row = self.delivery
        row.refresh_from_db()
        row.answer, row.state, row.finished_at = self._answer, DeliveryState.DONE, timezone.now()
        row.counts, row.rows = self._answer["reasons"], len(self.message.rows)
        row.interval, row.of = "hour", "station"
        row.first, row.last = self._first, self._last
        row.save()
        self.log(
            row, after={"rows": row.rows, "added": row.added, "corrected": row.corrected, "held": row.held}
        )
        return {**self._answer, "repeated": False}

    def _begin(self) -> tuple[Delivery, dict[str, Any] | None]:
        message = self.message
        try:
            with transaction.atomic():
                return (
                    Delivery.objects.create(
                        door=Door.PUSH, name=message.delivery, sender_id=message.delivery, key=self.key,
                        sha256=message.sha256, state=DeliveryState.STORING,
                    ),
                    None,
                )  # fmt: skip
        except IntegrityError:
            known = Delivery.objects.get(key=self.key, sender_id=message.delivery)
        if known.sha256 != message.sha256:
            raise DeliveryDiffers
        if known.answer is None and self.now - known.created_at < ABANDONED:
            raise StillBusy
        return known, known.answer

    def _store(self, delivery: Delivery) -> dict[str, Any]:
        header = [*_FIELDS]
        table = [header, *map(list, self.message.rows)]
        layout = layout_of([header, ["", "2026-01-01 00:00", *[""] * (len(header) - 2)]])
        # The fields of a message have their units by definition: nothing is guessed from so few values.
        confirmed = frozenset({"co_unit:co", "unit:pm25", "unit:pm10", "unit:o3", "o3_swapped"})
        choices = Choices(label=self.message.label, confirmed=confirmed)
        book = door_book().overridden(office_overrides())
        looked = look(layout, choices, [(1, table)], station_register(), book)
        checker, parts = check(
            looked,
            [(1, table)],
            now=limit_of(layout, delivery.created_at, looked.book.number("future_minutes")),
            allowed=self.key.allowed(),
            tails=storing.tails_before(looked),
        )
        found = list(parts)
        before = self._known(found, looked.matching.codes)
        writing = storing.Storing(delivery, self.lake, looked)
        writing.run(iter(found), checker)
        storing.refresh(self.lake, writing.days)
        self._first = storing.moment("hour", checker.first)
        self._last = storing.moment("hour", checker.last)
        return self._answered(looked, found, before, checker.counts, table)

    def _known(self, parts: Sequence[Part], codes: Sequence[str | None]) -> Values:
        """What the lake knows of the hours of the message."""
        keys = {
            (codes[station], time)
            for part in parts
            for station, time in zip(part.accepted.station.tolist(), part.accepted.time.tolist(), strict=True)
        }
        if not keys:
            return {}
        first, last = hour_time(min(time for _c, time in keys)), hour_time(max(time for _c, time in keys))
        return known_hours(self.lake, [str(code) for code, _time in keys], first, last)

    def _answered(
        self,
        looked: Looked,
        parts: Sequence[Part],
        before: Values,
        counts: Counter[str],
        table: Sequence[Sequence[str]],
    ) -> dict[str, Any]:
        """What became of each row, in the order of the message."""
        codes = looked.matching.codes
        stored: Values = {}
        held: dict[int, dict[str, list[str]]] = {}
        for part in parts:
            accepted = part.accepted
            for at in range(len(accepted)):
                key = str(codes[int(accepted.station[at])]), int(accepted.time[at])
                values = dict(zip(HOUR_ITEMS, accepted.values[at].tolist(), strict=True))
                stored.setdefault(key, {}).update({item: v for item, v in values.items() if v >= 0})
            for one in part.held:
                held.setdefault(one.row, {}).setdefault(one.reason, []).extend(one.values)
        reader = Reader(looked.layout, looked.choices)
        rows: list[dict[str, Any]] = []
        for chunk in reader.chunks([(1, table)]):
            station = looked.matching.of_again(reader.keys, chunk.station)
            for at in range(len(chunk)):
                reasons = held.get(int(chunk.rows[at, 0]), {})
                key = str(codes[int(station[at])]), int(chunk.time[at])
                went_in = [
                    item
                    for item, value in zip(HOUR_ITEMS, chunk.values[at].tolist(), strict=False)
                    if value >= 0 and stored.get(key, {}).get(item) == value
                ]
                known = before.get(key, {})
                new = any(known.get(item) != stored[key][item] for item in went_in)
                if reasons:
                    result = "partly" if went_in else "held"
                else:
                    result = ("stored" if new else "same") if went_in else "empty"
                row: dict[str, Any] = {"row": at, "result": result}
                if reasons:
                    row["held"] = [
                        {
                            "items": items,
                            "reason": reason,
                            "message": f"{words.reason_word(reason)}。{words.reason_help(reason)}",
                        }
                        for reason, items in reasons.items()
                    ]
                rows.append(row)
        results = Counter(row["result"] for row in rows)
        return {
            "delivery": self.message.delivery,
            "results": {name: results[name] for name in ("stored", "same", "partly", "held", "empty")},
            "reasons": dict(counts),
            "rows": rows,
        }


def known_hours(lake: Lake, stations: Sequence[str], first: datetime, last: datetime) -> Values:
    """Values of stations and hours as the lake has them now, by code and number of the hour."""
    wanted = ["station", "end", *HOUR_ITEMS]
    rows = lake.read(AIR_HOUR, columns=wanted, span=(first, last), station=sorted(set(stations))).to_pylist()
    return {
        (row["station"], int(row["end"].timestamp()) // 3600): {
            item: row[item] for item in HOUR_ITEMS if row[item] is not None
        }
        for row in rows
    }
