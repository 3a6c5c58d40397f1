"""What was let in goes into the lake part by part, what was held becomes rows for review.

A part is written under a name of its own, first into the lake and then, together with its held rows and the count of
parts, into the ledger. A run that breaks off anywhere is started again from the beginning of the file: parts that the
ledger knows are passed over, and one that only the lake knows is recognised there by its name.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.doors import words
from lantian.apps.air.doors.reading import Source, Tick, choices_of, limit_of, look_at
from lantian.apps.air.models import Delivery, DeliveryState, Doubt, DoubtState, Station, StationTail
from lantian.apps.core.exceptions import CoreError, Invalid
from lantian.apps.core.models import Region
from lantian.lake.errors import LakeError
from lantian.lake.given import AIR_CITY_DAY, AIR_CITY_HOUR
from lantian.lake.schema import AIR_HOUR, Table
from lantian.lake.store import Lake
from lantian.lake.writing import Put
from lantian.rules.air.doors.checks import FLAG_CODES, Checker, Flag, Held, Part, Tail
from lantian.rules.air.doors.errors import TooManyHeld
from lantian.rules.air.doors.items import ABSENT, CITY, HOUR, STATION
from lantian.rules.air.doors.run import Looked, check
from lantian.rules.air.doors.times import day_date, day_of, hour_time
from lantian.rules.air.labels import BEIJING

logger = logging.getLogger(__name__)
#: rows of one part
PART_ROWS = 250_000
#: more held rows than this nobody looks at: the file is to be mended first
MOST_HELD = 50_000


class LakeUnavailable(CoreError):
    """The lake cannot be written now; what was begun can be gone on with."""

    code = "lake_unavailable"
    status = 503
    permanent = False
    message = _("The store of observations cannot be used at this moment. Try again in some minutes.")


@contextmanager
def lake_errors() -> Iterator[None]:
    """Turn what the lake refuses into something that people can be told.

    Raises
    ------
    LakeUnavailable
    """
    try:
        yield
    except LakeError as error:
        logger.exception("the lake refused")
        said = __(
            "The store of observations cannot be used at this moment (%(error)s). Try again in some minutes."
        )
        raise LakeUnavailable(said % {"error": error.code}) from error


@dataclass(slots=True)
class _Gathered:
    """What makes up the next part."""

    station: list[Any] = field(default_factory=list)
    time: list[Any] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    rows: int = 0

    def add(self, part: Part) -> None:
        if len(part.accepted):
            self.station.append(part.accepted.station)
            self.time.append(part.accepted.time)
            self.values.append(part.accepted.values)
            self.rows += len(part.accepted)
        self.held += part.held
        self.flags += part.flags

    @property
    def anything(self) -> bool:
        return bool(self.rows or self.held or self.flags)


class Storing:
    """Writes one delivery.

    Parameters
    ----------
    delivery
        Its row; the parts that it counts are passed over.
    allowed
        Codes of the stations that the sender may report; None for all.
    """

    def __init__(self, delivery: Delivery, lake: Lake, looked: Looked, *, part_rows: int = PART_ROWS) -> None:
        self.delivery, self.lake, self.looked, self.part_rows = delivery, lake, looked, part_rows
        self.layout = looked.layout
        self.table = table_of(self.layout.of, self.layout.interval)
        self.days: set[int] = set()
        self._stations = dict(Station.objects.values_list("code", "pk")) if self.layout.of == STATION else {}
        self._cities = (
            {}
            if self.layout.of == STATION
            else dict(Region.objects.filter(valid_to__isnull=True).values_list("code", "pk"))
        )

    def run(self, parts: Iterator[Part], checker: Checker) -> None:
        """Write the parts."""
        gathered, number = _Gathered(), 0
        for part in parts:
            gathered.add(part)
            if gathered.rows >= self.part_rows:
                self._write(number, gathered)
                gathered, number = _Gathered(), number + 1
        if gathered.anything:
            self._write(number, gathered)
        self._keep_tails(checker)

    # --- a part ---

    def _write(self, number: int, gathered: _Gathered) -> None:
        days = self._days_of(gathered)
        self.days |= days
        if number < self.delivery.parts_done:
            return
        table = self._arrow(gathered)
        put = None if table is None else self._put(number, table)
        with transaction.atomic():
            self._keep_held(number, gathered.held)
            self._keep_flags(number, len(gathered.held), gathered.flags)
            Delivery.objects.filter(pk=self.delivery.pk).update(
                parts_done=number + 1,
                added=F("added") + (put.added if put else 0),
                corrected=F("corrected") + (put.corrected if put else 0),
                same=F("same") + (put.same if put else 0),
                held=F("held") + sum(len(one.values) for one in gathered.held),
                flagged=F("flagged") + sum(flag.hours for flag in gathered.flags),
            )
        self.delivery.parts_done = number + 1

    def _put(self, number: int, table: pa.Table) -> Put:
        batch = batch_name(self.delivery, number)
        with lake_errors():
            put = self.lake.put(
                self.table, table, batch=batch, reason=self.delivery.name, actor=self.delivery.sender
            )
            return self._of_record(batch) if put.seen else put

    def _of_record(self, batch: str) -> Put:
        """What a part came to that the lake had and the ledger not."""
        records = self.lake.batches(self.table, batch=batch).to_pylist()
        added, corrected, same = (
            sum(row[name] for row in records) for name in ("added", "corrected", "same")
        )
        return Put(added, corrected, same, True)

    def _days_of(self, gathered: _Gathered) -> set[int]:
        days: set[int] = set()
        for times in gathered.time:
            days |= set(np.unique(day_of(times) if self.layout.interval == HOUR else times).tolist())
        return days

    def _arrow(self, gathered: _Gathered) -> pa.Table | None:
        """The rows as the lake takes them: one for each station and time."""
        if not gathered.rows:
            return None
        station, time = np.concatenate(gathered.station), np.concatenate(gathered.time)
        values = np.concatenate(gathered.values)
        order = np.lexsort((time, station))
        station, time, values = station[order], time[order], values[order]
        first = np.ones(len(station), dtype=bool)
        first[1:] = (station[1:] != station[:-1]) | (time[1:] != time[:-1])
        starts = np.flatnonzero(first)
        # Rows of a table with a row for each pollutant may come in pieces.
        values = np.maximum.reduceat(values, starts, axis=0)
        station, time = station[starts], time[starts]
        codes = pa.array(self.looked.matching.codes, pa.string())
        entity = "station" if self.layout.of == STATION else "city"
        columns: dict[str, Any] = {entity: codes.take(pa.array(station))}
        if self.layout.interval == HOUR:
            ends = time.astype("datetime64[h]").astype("datetime64[us]")
            columns["start"] = _utc(ends - np.timedelta64(1, "h"))
            columns["end"] = _utc(ends)
        else:
            columns["day"] = pa.array(time.astype("datetime64[D]"), pa.date32())
        for at, item in enumerate(self.layout.stored):
            column = values[:, at]
            columns[item] = pa.array(column, pa.int32(), mask=column <= ABSENT)
        columns["source"] = pa.repeat(pa.scalar(self.delivery.door), len(station))
        return pa.table(columns)

    def _keep_held(self, number: int, held: list[Held]) -> None:
        rows = [
            Doubt(
                delivery=self.delivery, part=number, number=at, held=True, reason=one.reason,
                station_id=self._stations.get(one.station), city_id=self._cities.get(one.station),
                source_name=(one.station or one.key.text)[:120], interval=self.layout.interval,
                first=moment(self.layout.interval, one.time), last=moment(self.layout.interval, one.time),
                time_text=one.time_text[:40], row=one.row, values=dict(one.values), texts=dict(one.texts),
            )
            for at, one in enumerate(held)
        ]  # fmt: skip
        Doubt.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)

    def _keep_flags(self, number: int, at: int, flags: list[Flag]) -> None:
        """Flags of a run that was told before are drawn out, the others are new rows."""
        if not flags:
            return
        stations = {self._stations[flag.station] for flag in flags if flag.station in self._stations}
        earliest = hour_time(min(flag.first for flag in flags) - 1)
        known: dict[tuple[Any, ...], Doubt] = {}
        for row in Doubt.objects.filter(
            station__in=stations, held=False, state=DoubtState.OPEN, last__gte=earliest
        ):
            item = next(iter(row.values), "")
            known[row.station_id, row.reason, item, "first", row.first] = row
            known[row.station_id, row.reason, item, "last", row.last] = row
        new: list[Doubt] = []
        for flag in flags:
            station = self._stations.get(flag.station)
            first, last = hour_time(flag.first), hour_time(flag.last)
            item = flag.item
            told = known.get((station, flag.reason, item, "first", first)) or known.get(
                (station, flag.reason, item, "last", first - timedelta(hours=1))
            )
            if told is not None and told.last is not None and told.first is not None:
                if last > told.last:
                    told.last = last
                    told.hours = int((last - told.first) / timedelta(hours=1)) + 1
                    told.save(update_fields=["last", "hours"])
                continue
            new.append(
                Doubt(
                    delivery=self.delivery, part=number, number=at + len(new), held=False, reason=flag.reason,
                    station_id=station, city_id=self._cities.get(flag.station), source_name=flag.station[:120],
                    first=first, last=last, hours=flag.hours, values={item: flag.value},
                )
            )  # fmt: skip
        Doubt.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)

    def _keep_tails(self, checker: Checker) -> None:
        tails = checker.tails()
        if self.layout.of != STATION or not tails:
            return
        newest = dict(StationTail.objects.filter(code__in=tails).values_list("code", "hour"))
        StationTail.objects.bulk_create(
            [
                StationTail(code=code, hour=tail.hour, values=list(tail.values), starts=list(tail.starts))
                for code, tail in tails.items()
                if tail.hour > newest.get(code, 0)
            ],
            batch_size=500,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["hour", "values", "starts"],
        )


def store_file(
    delivery: Delivery, source: Source, lake: Lake, tick: Tick | None = None, looked: Looked | None = None
) -> None:
    """Import the file of a delivery, or go on with it.

    Parameters
    ----------
    looked
        The first look, where it has just been taken.

    Raises
    ------
    Invalid
        If the file cannot be read, a question is open, or too much would be held.
    """
    choices = choices_of(delivery.choices)
    if looked is None:
        looked = look_at(source, choices, None if tick is None else lambda at, size: tick(at, 2 * size))
    if looked.surveyed.questions:
        raise Invalid(words.question_words(looked.surveyed.questions[0])[0], code="question")
    with source.table() as table:
        checker, parts = check(
            looked,
            _ticking(table, tick),
            # the clock of the preview, so that a run that goes on decides as the one before
            now=limit_of(looked.layout, delivery.created_at, looked.book.number("future_minutes")),
            tails=tails_before(looked),
            most_held=MOST_HELD,
        )
        storing = Storing(delivery, lake, looked)
        try:
            storing.run(parts, checker)
        except TooManyHeld as error:
            raise Invalid(words.held_words(error), code=error.code) from error
    if looked.layout.of == STATION:
        refresh(lake, storing.days)
    delivery.refresh_from_db()
    finish(delivery, looked, checker)


def refuse_too_many(found: dict[str, Any]) -> None:
    """Refuse a preview of which more would be held than anybody can look at, before anything is written.

    Raises
    ------
    Invalid
    """
    if found["held_rows"] > MOST_HELD:
        held = {code: count for code, count in found["counts"].items() if code not in FLAG_CODES}
        error = TooManyHeld(MOST_HELD, max(held, key=lambda code: held[code]))
        raise Invalid(words.held_words(error), code=error.code, preview=found)


def finish(delivery: Delivery, looked: Looked, checker: Checker) -> None:
    """Note on the row what became of it."""
    surveyed, layout = looked.surveyed, looked.layout
    delivery.interval, delivery.of, delivery.rows = layout.interval, layout.of, surveyed.rows
    delivery.first = moment(layout.interval, checker.first)
    delivery.last = moment(layout.interval, checker.last)
    delivery.counts = dict(checker.counts)
    delivery.state, delivery.finished_at, delivery.error = DeliveryState.DONE, timezone.now(), ""
    delivery.save()


def refresh(lake: Lake, days: set[int]) -> None:
    """Work the station days anew that the hours belong to."""
    from lantian.lake.air.refresh import refresh as of_lake

    if days:
        with lake_errors():
            of_lake(lake, [day_date(day) for day in sorted(days)])


def tails_before(looked: Looked) -> dict[str, Tail]:
    """What came before, of the stations of a table."""
    if looked.layout.of == CITY or looked.layout.interval != HOUR or looked.surveyed.first is None:
        return {}
    # A table that begins later than the hour after the last one goes on with nothing.
    rows = StationTail.objects.filter(hour__gte=looked.surveyed.first - 1)
    return {row.code: Tail(row.hour, tuple(row.values), tuple(row.starts)) for row in rows}


def _ticking(table: Any, tick: Tick | None) -> Iterator[Any]:
    for part in table.parts():
        yield part
        if tick is not None:
            tick(table.size + table.position(), 2 * table.size)


def batch_name(delivery: Delivery, number: int) -> str:
    """The name of a part for ever; the moment keeps it apart from a delivery of a ledger that was restored."""
    return f"air-{delivery.pk}-{delivery.created_at:%Y%m%dT%H%M%S%f}-{number}"


def table_of(of: str, interval: str) -> Table:
    """The table of the lake."""
    if of == STATION:
        return AIR_HOUR
    return AIR_CITY_HOUR if interval == HOUR else AIR_CITY_DAY


def moment(interval: str, time: int | None) -> datetime | None:
    """The end of an hour, or the beginning of a day in campaign time."""
    if time is None:
        return None
    if interval == HOUR:
        return hour_time(time)
    day: date = day_date(time)
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def _utc(times: Any) -> pa.Array:
    return pa.array(times, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
