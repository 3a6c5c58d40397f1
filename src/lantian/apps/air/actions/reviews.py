"""Decisions on values that were held or flagged, and corrections of stored ones; what was there stays in the history."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.air.access import DATA_REVIEW
from lantian.apps.air.doors import registers, storing, words
from lantian.apps.air.doors.push import known_hours
from lantian.apps.air.models import Doubt, DoubtState, Station
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.core.models import Region
from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from lantian.rules.air.doors.items import CITY, HOUR, HOUR_ITEMS, STATION
from lantian.rules.air.doors.stations import Key
from lantian.rules.air.doors.times import day_of

#: so many are decided at once
MOST = 5_000
_HOUR = timedelta(hours=1)
#: reasons after which nothing can be accepted as it stands
NO_VALUE = frozenset({"not_a_number", "negative", "too_large"})
NO_TIME = frozenset({"bad_time", "half_hour"})


class _Deciding(Action[int]):
    permission = DATA_REVIEW
    needs_reason = True

    def __init__(self, actor: Actor, doubts: QuerySet[Doubt], lake: Lake, *, reason: str) -> None:
        super().__init__(actor, reason=reason)
        self.keys, self.lake = list(doubts.values_list("pk", flat=True)[: MOST + 1]), lake

    def check(self) -> None:
        """The right over every one of the rows."""
        super().check()
        seen = self.actor.rows(Doubt.objects.filter(pk__in=self.keys), DATA_REVIEW).count()
        if seen != len(self.keys):
            raise NotFound

    def validate(self) -> None:
        """A reason, and neither none nor too many."""
        super().validate()
        if not self.keys:
            raise Invalid(__("Choose at least one value."))
        if len(self.keys) > MOST:
            raise Invalid(__("At most %(limit)s values are decided at once.") % {"limit": MOST})

    def open_rows(self) -> list[Doubt]:
        """The rows, locked, if all of them are open still.

        Raises
        ------
        Conflict
            If somebody has decided one in the meantime.
        """
        rows = list(Doubt.objects.select_for_update().filter(pk__in=self.keys).order_by("pk"))
        if any(row.state != DoubtState.OPEN for row in rows):
            raise Conflict(__("Some of these values have been decided already. Load the list again."))
        return rows

    def decide(self, rows: Sequence[Doubt], state: str) -> int:
        """Keep the decision and log it once, with the keys of the rows."""
        now = timezone.now()
        for row in rows:
            row.state, row.decided_by, row.decided_at = state, self.actor.user, now
            row.decision_reason = self.reason[:500]
        fields = ["state", "decided_by", "decided_at", "decision_reason", "decision", "station", "city"]
        Doubt.objects.bulk_update(rows, fields, batch_size=200)
        counts: dict[str, int] = defaultdict(int)
        for row in rows:
            counts[row.reason] += 1
        self.log(
            rows[0] if len(rows) == 1 else None,
            label=__("%(count)s values under review") % {"count": len(rows)},
            after={"state": state, "reasons": dict(counts), "rows": [row.pk for row in rows][:500]},
        )
        return len(rows)

    def put(self, wanted: Iterable[tuple[Doubt, Mapping[str, int | None]]]) -> None:
        """Values into the lake, those that are there already corrected; then their days anew."""
        tables: dict[tuple[str, str], dict[tuple[str, datetime], dict[str, int | None]]] = defaultdict(dict)
        for row, values in wanted:
            assert row.first is not None
            of = CITY if row.city_id else STATION
            code = row.city.code if row.city else row.station.code  # type: ignore[union-attr]
            merged = tables[of, row.interval].setdefault((code, row.first), {})
            for item, value in values.items():
                if item in merged and merged[item] != value:
                    said = __("Two different values for one hour: %(station)s %(item)s. Accept one of them.")
                    raise Invalid(said % {"station": code, "item": item})
                merged[item] = value
        batch = f"review-{uuid.uuid4()}"
        for (of, interval), found in tables.items():
            table = storing.table_of(of, interval)
            columns: dict[str, list[Any]] = defaultdict(list)
            for (code, moment), values in found.items():
                columns["station" if of == STATION else "city"].append(code)
                if interval == HOUR:
                    columns["start"].append(moment - _HOUR)
                    columns["end"].append(moment)
                else:
                    columns["day"].append(timezone.localtime(moment).date())
                for item in table.values:
                    columns[item].append(values.get(item))
            columns["source"] = ["review"] * len(found)
            schema = pa.schema([table.schema.field(name) for name in columns])
            with storing.lake_errors():
                self.lake.put(
                    table,
                    pa.table(dict(columns), schema=schema),
                    batch=batch,
                    reason=self.reason,
                    actor=self.who,
                )
            if of == STATION:
                storing.refresh(self.lake, {_day(moment) for _code, moment in found})

    @property
    def who(self) -> str:
        """Who decides, for the history of the lake."""
        return str(self.actor.user or self.actor.name)


class AcceptDoubts(_Deciding):
    """Held values go into the lake as they stand; flagged ones stay there."""

    code = "air.doubt.accept"

    def perform(self) -> int:
        """Write them."""
        rows = self.open_rows()
        held = [row for row in rows if row.held]
        resolve(held)
        for row in held:
            self._refuse(row)
        self.put((row, row.values) for row in held)
        for row in held:
            row.decision = row.values
        return self.decide(rows, DoubtState.ACCEPTED)

    @staticmethod
    def _refuse(row: Doubt) -> None:
        named = f"{row.source_name} {words.values_words(row.values, row.texts)}"
        if row.station_id is None and row.city_id is None:
            said = __("The station is not in the register yet: %(named)s. Add it, then accept.")
            raise Invalid(said % {"named": named})
        if row.first is None or row.reason in NO_TIME:
            raise Invalid(
                __("Without the time of a full hour it cannot be stored: %(named)s. Reject it.")
                % {"named": named}
            )
        if row.reason in NO_VALUE or any(value is None for value in row.values.values()):
            raise Invalid(
                __("There is no number to be accepted: %(named)s. Correct or reject it.") % {"named": named}
            )


class RejectDoubts(_Deciding):
    """Held values stay out; flagged ones are taken out of the lake, their history stays."""

    code = "air.doubt.reject"

    def perform(self) -> int:
        """Take the flagged ones out."""
        rows = self.open_rows()
        batch = f"review-{uuid.uuid4()}"
        by_items: dict[tuple[str, ...], set[tuple[str, datetime]]] = defaultdict(set)
        for row in rows:
            if row.held or row.station is None or row.first is None:
                continue
            items = ("pm25", "pm10") if row.reason == "pm_order" else tuple(sorted(row.values))
            hour = row.first
            while row.last is not None and hour <= row.last:
                by_items[items].add((row.station.code, hour))
                hour += _HOUR
            row.decision = dict.fromkeys(items)
        for items, keys in by_items.items():
            erase(
                self.lake, items, keys, batch=f"{batch}-{'-'.join(items)}", reason=self.reason, actor=self.who
            )
        days = {_day(hour) for keys in by_items.values() for _code, hour in keys}
        storing.refresh(self.lake, days)
        return self.decide(rows, DoubtState.REJECTED)


class CorrectDoubt(_Deciding):
    """Other values in the place of those that were held or flagged.

    Parameters
    ----------
    values
        Item → thousandths.
    """

    code = "air.doubt.correct"

    def __init__(
        self, actor: Actor, doubt: Doubt, values: Mapping[str, int], lake: Lake, *, reason: str
    ) -> None:
        super().__init__(actor, Doubt.objects.filter(pk=doubt.pk), lake, reason=reason)
        self.values = dict(values)

    def validate(self) -> None:
        """At least one value, and only of what was observed."""
        super().validate()
        known = set(storing.table_of(STATION, HOUR).values) | {"o3_8h"}
        if not self.values or not set(self.values) <= known or min(self.values.values()) < 0:
            raise Invalid(__("Give at least one value; none below zero."))

    def perform(self) -> int:
        """Write them."""
        rows = self.open_rows()
        resolve(rows)
        [row] = rows
        if row.hours > 1 or row.first is None or (row.station_id is None and row.city_id is None):
            raise Invalid(__("Only the values of one known station and hour can be corrected."))
        row.decision = self.values
        self.put([(row, self.values)])
        return self.decide(rows, DoubtState.CORRECTED)


class CorrectHour(Action[dict[str, Any]]):
    """Correct or take out stored values of one station and hour.

    Parameters
    ----------
    values
        Item → thousandths, or None to take the value out.
    """

    code = "air.hour.correct"
    permission = DATA_REVIEW
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        station: Station,
        end: datetime,
        values: Mapping[str, int | None],
        lake: Lake,
        *,
        reason: str,
    ) -> None:
        super().__init__(actor, reason=reason)
        self.station, self.end, self.values, self.lake = station, end, dict(values), lake

    def subject(self) -> Station:
        """The station."""
        return self.station

    def check(self) -> None:
        """The right over the station."""
        super().check()
        self.check_row(self.station)

    def validate(self) -> None:
        """Something to change, and a full hour."""
        super().validate()
        if self.end.minute or self.end.second or self.end.microsecond:
            raise Invalid(fields={"end": __("Write a full hour.")})
        if not self.values or not set(self.values) <= set(HOUR_ITEMS):
            raise Invalid(__("There is nothing to change."))

    def perform(self) -> dict[str, Any]:
        """Correct it; the lake keeps what was there."""
        code = self.station.code
        before = known_hours(self.lake, [code], self.end, self.end).get(
            (code, int(self.end.timestamp()) // 3600)
        )
        if before is None:
            raise Invalid(fields={"end": __("Nothing is stored of this hour.")})
        schema = pa.schema([AIR_HOUR.schema.field(name) for name in ("station", "end", *self.values)])
        row = {"station": code, "end": self.end, **self.values}
        with storing.lake_errors():
            self.lake.correct(
                AIR_HOUR,
                pa.Table.from_pylist([row], schema=schema),
                columns=list(self.values),
                batch=f"correct-{uuid.uuid4()}",
                reason=self.reason,
                actor=str(self.actor.user or self.actor.name),
            )
        storing.refresh(self.lake, {_day(self.end)})
        was = {item: before.get(item) for item in self.values}
        self.log(
            self.station, before=was, after=dict(self.values),
            label=f"{self.station} {timezone.localtime(self.end):%Y-%m-%d %H:%M}",
        )  # fmt: skip
        return was


def resolve(rows: Sequence[Doubt]) -> None:
    """Look unknown stations up once more: the register may have them by now."""
    unknown = [row for row in rows if row.station_id is None and row.city_id is None]
    if not unknown:
        return
    stations = registers.station_register()
    cities = registers.city_register()
    codes = dict(Station.objects.values_list("code", "pk"))
    regions = dict(Region.objects.filter(valid_to__isnull=True).values_list("code", "pk"))
    for row in unknown:
        if row.delivery.of == CITY:
            found, _reason = cities.find(Key(name=row.source_name))
            row.city_id = regions.get(found or "")
            continue
        parts = row.source_name.split(" ")
        keys = [Key(code=parts[0]), Key(name=row.source_name)]
        if len(parts) > 1:
            keys += [Key(code=parts[0], name=parts[-1]), Key(city=parts[-2], name=parts[-1])]
        for key in keys:
            found, _reason = stations.find(key)
            if found is not None:
                row.station_id = codes.get(found)
                break


def erase(
    lake: Lake,
    items: Sequence[str],
    keys: Iterable[tuple[str, datetime]],
    *,
    batch: str,
    reason: str,
    actor: str,
) -> None:
    """Take values out of the lake; hours that are not there are passed over."""
    wanted = sorted(keys)
    stations = [code for code, _hour in wanted]
    there = known_hours(lake, stations, min(h for _c, h in wanted), max(h for _c, h in wanted))
    rows = [
        {"station": code, "end": hour, **dict.fromkeys(items)}
        for code, hour in wanted
        if (code, int(hour.timestamp()) // 3600) in there
    ]
    if not rows:
        return
    schema = pa.schema([AIR_HOUR.schema.field(name) for name in ("station", "end", *items)])
    table = pa.Table.from_pylist(rows, schema=schema)
    with storing.lake_errors():
        lake.correct(AIR_HOUR, table, columns=list(items), batch=batch, reason=reason, actor=actor)


def _day(end: datetime) -> int:
    return int(day_of(int(end.timestamp()) // 3600))
