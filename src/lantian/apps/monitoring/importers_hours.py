"""Missing hourly data that an enterprise enters by hand from a table: they stay marked as such wherever they are shown.

They lie in the lake beside what devices send, not in its place (``off``, clock ``hand``): what the device has sent, or sends
later, is shown instead of them; nothing that judges, counts or asks for what is missing sees them unless it asks for them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import parameters
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.core.importers import registry as importers
from lantian.apps.core.importers.base import Change, TableImport
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.access import MARK_OWN
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.forms_devices import factor_words
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.points import KINDS
from lantian.apps.monitoring.registry import unit_of_factor
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import read_values
from lantian.lake.stacks.tables import STACK_VALUE
from lantian.office.sheets import Column, Record
from lantian.rules.hj212.factors import GAS, POLLUTANTS, factor_of, factors, order_of

#: mark of HJ 212 for what was set by hand
BY_HAND = "S"
HOUR = timedelta(hours=1)
#: suffix of the key of a column of folded values
FOLDED = ".zs"
#: the column holds twelve figures before the point
_MOST = Decimal(10) ** 12
_BELOW_ZERO = frozenset({"℃", "kPa", "Pa", "MPa"})
#: what people write beside the names of the standard
_ALSO: Mapping[str, tuple[str, ...]] = {
    "a34013": ("颗粒物", "烟尘浓度"),
    "a21026": ("SO2", "二氧化硫浓度"),
    "a21002": ("NOx", "氮氧化物浓度"),
    "a21005": ("CO",),
    "a24088": ("NMHC",),
    "a19001": ("氧含量", "含氧量", "O2"),
    "a01011": ("流速",),
    "a01012": ("烟温", "温度"),
    "a01013": ("烟压", "压力"),
    "a01014": ("湿度", "含湿量"),
    "a00000": ("流量", "标干流量", "废气流量", "烟气流量"),
}
_TIME = ("时间", "小时起始时间", "数据时间", "监测时间", "time")


def own_points(user: Any) -> Any:
    """Points of sources that the account's own enterprise runs."""
    rows = Device.objects.all().run_by(user, MARK_OWN)
    return rows.filter(kind__in=KINDS, state__in=[DeviceState.ACTIVE, DeviceState.SUSPENDED]).select_related(
        "source", "unit"
    )


def offered_points(actor: Actor) -> list[tuple[str, str]]:
    """The points to choose from."""
    if actor.user is None:
        return []
    rows = own_points(actor.user).order_by("source", "name", "mn")
    return [(str(row.pk), f"{row.source or ''} · {row.name or row.mn}") for row in rows]


def columns_of(codes: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a table: the hour, then measured and folded values of each factor, found by name or code."""
    found = [Column("start", _TIME, required=True)]
    for code in codes:
        known = factor_of(code)
        also = _ALSO.get(known.code, ()) if known is not None else ()
        names = [code] if known is None else [known.name, code, *filter(None, (known.english,)), *also]
        found.append(Column(code, tuple(names), "decimal"))
        found.append(
            Column(
                code + FOLDED,
                tuple(f"{name}{word}" for name in names for word in ("折算", " folded")),
                "decimal",
            )
        )
    return tuple(found)


def hour_at(text: str) -> datetime:
    """The beginning of an hour out of a cell, in campaign time.

    Raises
    ------
    ValueError
        It is no full hour.

    >>> hour_at("2026年11月25日 8时").isoformat()
    '2026-11-25T08:00:00+08:00'
    """
    written = re.sub(r"[年月/.]", "-", text.strip())
    written = (
        re.sub(r"[日T\s]+", " ", written).replace("时", ":00").replace("点", ":00").replace("：", ":").strip()
    )
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):00(?::00(?:-0+)?)?)?", written)
    if found is None:
        raise ValueError(text)
    year, month, day, hour = (int(part or 0) for part in found.groups())
    return datetime(year, month, day, hour, tzinfo=CAMPAIGN_TIME)


@dataclass
class _Wanted:
    row: int
    start: datetime
    #: code → measured, folded
    values: dict[str, tuple[Decimal | None, Decimal | None]] = field(default_factory=dict)


class SupplyHours(TableImport):
    """Enter missing hourly means of a monitored point of the own enterprise; they stay marked as entered by hand.

    Parameters
    ----------
    device
        Key of the point.
    grounds
        Where the values are from: the record of the analyser, a comparison by hand.
    """

    code = "monitoring.hours.supply"
    permission = MARK_OWN
    subject_label = _("Hours entered by hand")
    columns: ClassVar[Sequence[Column]] = columns_of([*POLLUTANTS, *GAS])
    template_columns = (
        "start",
        *(f"{code}{part}" for code in ("a34013", "a21026", "a21002") for part in ("", FOLDED)),
        *GAS,
    )
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        (
            "2026-11-25 08:00",
            "5.2",
            "5.6",
            "18.1",
            "19.5",
            "31.2",
            "33.6",
            "9.1",
            "95.3",
            "12.1",
            "8.3",
            "",
            "36.5",
        ),
    )

    def __init__(
        self, actor: Actor, content: bytes, filename: str, *, device: str = "", grounds: str = "", **more: Any
    ) -> None:
        super().__init__(actor, content, filename, **{**more, "reason": grounds})
        found = (
            Device.objects.filter(pk=int(device)).select_related("source")
            if device.isdecimal()
            else Device.objects.none()
        )
        self.device = found.first()
        self.now = timezone.now()
        codes = {*POLLUTANTS, *GAS}
        if self.device is not None:
            sent = set(self.device.latest.values_list("factor", flat=True))
            # A station of 2005 sends the same factor under another code: what it sends is what is entered.
            replaced = {
                one.code for code in sent if (one := factor_of(code)) is not None and one.code != code
            }
            codes = (codes - replaced) | sent
        self.columns = columns_of(sorted(codes, key=order_of))  # type: ignore[misc]

    def subject(self) -> Any:
        """The point."""
        return self.device

    def check(self) -> None:
        """The point must be one of a source that the own enterprise runs, however wide the grant is."""
        super().check()
        if self.device is None:
            raise NotFound
        if not self.actor.is_system:
            assert self.actor.user is not None
            if not own_points(self.actor.user).filter(pk=self.device.pk).exists():
                raise NotFound
        if not self.reason:
            raise Invalid(fields={"grounds": __("Say where the values are from.")})

    def read(self) -> None:
        """Read the hours and hold them against what the device sent."""
        records = self.read_list()
        self.given = [column.key for column in self.columns[1:] if self.has(column.key)]
        if not self.given:
            message = __("The table has no column of a factor. The template shows them.")
            raise Invalid(message, fields={"file": message})
        self._check_units(records.header.last_row if records.header is not None else 0)
        self.wanted: list[_Wanted] = []
        taken: dict[datetime, int] = {}
        for record in records.rows:
            one = self._take(record, taken)
            if one is not None:
                self.wanted.append(one)
        self.progress(1, 2, __("Comparing"))
        self._compare()

    def _check_units(self, row: int) -> None:
        """A heading that names another unit than that of the device is refused, not converted."""
        for key in self.given:
            code = key.removesuffix(FOLDED)
            unit = unit_of_factor(self._device, code)
            named = re.search(r"[(（\[【]([^)）\]】]*)[)）\]】]\s*$", self.headings[key])
            written = _plain_unit(named.group(1)) if named else ""
            if written and unit and written != _plain_unit(unit):
                self.report.problem(
                    "unit_differs",
                    __("The heading says %(written)s, the device sends %(unit)s. Convert the values and write the unit of the device."),
                    row, self.headings[key], written=named.group(1) if named else "", unit=unit,
                )  # fmt: skip
        units = dict.fromkeys(key.removesuffix(FOLDED) for key in self.given)
        told = "、".join(
            f"{factor_words(code)} {unit_of_factor(self._device, code)}".strip() for code in units
        )
        self.report.note(
            "units", __("The values are taken in the units of the device: %(units)s."), row, units=told
        )

    @property
    def _device(self) -> Device:
        assert self.device is not None
        return self.device

    def _take(self, record: Record, taken: dict[datetime, int]) -> _Wanted | None:
        text, row = str(record.values["start"]), record.row
        try:
            start = hour_at(text)
        except ValueError:
            message = __("“%(text)s” is no full hour. Write its beginning, such as 2026-11-25 08:00.")
            self.wrong(row, "start", "hour_bad", message, text=text[:40])
            return None
        if start + HOUR > self.now:
            self.wrong(row, "start", "hour_open", __("This hour is not over yet. Remove the row."))
            return None
        days = int(parameters.get("monitoring.by_hand_days"))
        if start < self.now - timedelta(days=days):
            message = __("Hours are entered at most %(days)d days back.")
            self.wrong(row, "start", "hour_old", message, days=days)
            return None
        if start in taken:
            message = __("“%(name)s” stands in row %(row)d already. Remove one of the rows.")
            self.wrong(row, "start", "row_twice", message, name=_written(start), row=taken[start])
            return None
        taken[start] = row
        one = _Wanted(row, start)
        for key in self.given:
            code, folded = key.removesuffix(FOLDED), key.endswith(FOLDED)
            value = record.values.get(key)
            if value is None:
                continue
            unit = unit_of_factor(self._device, code)
            if (
                abs(value) >= _MOST
                or (value < 0 and unit not in _BELOW_ZERO)
                or (unit == "%" and value > 100)
            ):
                self.wrong(
                    row,
                    key,
                    "value_bad",
                    __("%(value)s %(unit)s cannot be."),
                    value=f"{value:f}"[:30],
                    unit=unit,
                )
                return None
            value = value.quantize(Decimal("0.000001"))
            measured, second = one.values.get(code, (None, None))
            one.values[code] = (measured, value) if folded else (value, second)
        lone = next((code for code, (value, _second) in one.values.items() if value is None), None)
        if lone is not None:
            self.wrong(
                row, lone + FOLDED, "folded_alone", __("A folded value needs the measured one beside it.")
            )
            return None
        if not one.values:
            self.wrong(row, "start", "row_empty", __("The row has no value. Remove it."))
            return None
        return one

    def _compare(self) -> None:
        """What the lake has of these hours: what was sent stays; what was entered before may be corrected."""
        if not self.wanted:
            return
        first, last = min(one.start for one in self.wanted), max(one.start for one in self.wanted)
        try:
            rows = read_values(
                readings.lake(), first, last, mns=[self._device.mn], cns=[COMMAND_OF[Period.HOUR]],
                off=True, columns=["factor", "start", "avg", "zs_avg", "clock"],
            )  # fmt: skip
        except LakeError as error:
            raise Conflict(
                __("The store of observations cannot be read now. Try again in a few minutes.")
            ) from error
        there = {(row["factor"], row["start"]): row for row in rows.to_pylist()}
        for one in self.wanted:
            before: dict[str, Any] = {}
            after: dict[str, Any] = {}
            for code, pair in one.values.items():
                old = there.get((code, one.start.astimezone(UTC)))
                if old is not None and old["clock"] != readings.HAND:
                    message = __(
                        "The device sent a value of %(factor)s for this hour. Only what is missing is entered by hand."
                    )
                    self.wrong(one.row, code, "not_missing", message, factor=factor_words(code))
                    continue
                known = (None, None) if old is None else (old["avg"], old["zs_avg"])
                for key, was, now in zip((code, code + FOLDED), known, pair, strict=True):
                    if now is None or was == now:
                        continue
                    unit = unit_of_factor(self._device, code)
                    after[key] = _shown(now, unit)
                    if was is not None:
                        before[key] = _shown(was, unit)
            if after:
                kind = "update" if before else "create"
                self.report.changes.append(Change(kind, one.row, _written(one.start), before, after))
            else:
                self.report.unchanged += 1

    def write(self) -> None:
        """Put them into the lake with their mark."""
        rows = [
            {
                "mn": self._device.mn,
                "st": self._device.st or "31",
                "cn": COMMAND_OF[Period.HOUR],
                "factor": code,
                "start": one.start.astimezone(UTC),
                "end": (one.start + HOUR).astimezone(UTC),
                "off": True,
                "clock": readings.HAND,
                "avg": value,
                "zs_avg": folded,
                "flag": BY_HAND,
            }
            for one in self.wanted
            for code, (value, folded) in one.values.items()
        ]
        schema = pa.schema([STACK_VALUE.schema.field(name) for name in rows[0]])
        batch = hashlib.sha256(
            f"{self._device.mn} {self.now.isoformat()} ".encode() + self.content
        ).hexdigest()
        actor = self.actor.name or str(self.actor.user or "")
        try:
            readings.lake().put(
                STACK_VALUE, pa.Table.from_pylist(rows, schema=schema), batch=f"hand-{batch}",
                reason=self.reason, actor=actor, now=self.now,
            )  # fmt: skip
        except LakeError as error:
            raise Conflict(
                __("The store of observations cannot be written now. Try again in a few minutes.")
            ) from error


def _plain_unit(text: str) -> str:
    return (
        re.sub(r"\s", "", text)
        .lower()
        .replace("³", "3")
        .replace("μ", "µ")
        .replace("ug/", "µg/")
        .replace("°c", "℃")
    )


def _written(start: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M}"


def _shown(value: Decimal, unit: str) -> str:
    return f"{value.normalize():f} {unit}".strip()


def _words(code: str, folded: bool) -> str:
    words = factor_words(code)
    return __("%(factor)s folded") % {"factor": words} if folded else words


def register() -> None:
    """Offer the import on the pages of imports."""
    later = lazy(_words, str)
    importers.register(
        importers.Importer(
            "monitoring-hours",
            _("Missing hourly data of a monitored point"),
            _(
                "Hourly means that the device could not send, from the record of the analyser or from comparison by hand."
                " They stay marked as entered by hand, are no evidence of keeping a limit, and do not count as transmitted."
            ),
            SupplyHours,
            "monitoring:points",
            (
                importers.Option("device", _("Monitored point"), offered_points),
                importers.Option(
                    "grounds",
                    _("Where the values are from"),
                    help=_("Such as: record of the analyser while the line was down, from 8 to 11 o'clock."),
                ),
            ),
            fields={
                key: later(code, folded)
                for code in factors()
                for key, folded in ((code, False), (code + FOLDED, True))
            },
        )
    )
