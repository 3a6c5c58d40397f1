"""Files of readings: looked at first, with what would be stored and what is wrong row by row; then imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import get_column_letter

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers.base import Change, FileImport, said, unpacked
from lantian.apps.monitoring.access import POWER_EDIT
from lantian.apps.monitoring.choices_power import PowerDoor
from lantian.apps.monitoring.doors.power import rejects, storing
from lantian.apps.monitoring.models import Meter
from lantian.apps.monitoring.words_power import said as reason_said
from lantian.office.cells import read_text
from lantian.office.errors import OfficeError
from lantian.office.sheets import Sheet, read_tables
from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.meters import tables
from lantian.rules.monitoring.meters.readings import Kind

KINDS = (
    ("", _("As found")),
    (str(Kind.POWER), _("Power (kW)")),
    (str(Kind.ENERGY), _("Energy (kWh)")),
    (str(Kind.REGISTER), _("Counter (kWh)")),
)
LABELS = (("", _("As found")), ("end", _("End of the period")), ("start", _("Beginning of the period")))
MINUTES = (
    ("", _("As found")),
    ("1", _("1 minute")),
    ("5", _("5 minutes")),
    ("15", _("15 minutes")),
    ("30", _("30 minutes")),
    ("60", _("60 minutes")),
)
SHAPES = {
    tables.Shape.LONG: _("a row for each reading"),
    tables.Shape.DAYS: _("a row for each meter and day"),
    tables.Shape.METERS: _("a column for each meter"),
}
COUNTER_NOTES = {
    "turned_over": _("A counter turned over %(count)d times; its energy goes on."),
    "reset": _("A counter was set back %(count)d times; the energy of these periods is not known."),
    "gap": _("Counters too far apart: %(count)d; the energy between them is not known."),
}


class ImportReadings(FileImport):
    """Bring a table of readings into the lake."""

    code = "monitoring.readings.import"
    permission = POWER_EDIT
    subject_label = _("Readings of meters")
    partial: ClassVar[bool] = True

    def __init__(
        self,
        actor: Actor,
        content: bytes,
        filename: str,
        *,
        kind: str = "",
        label: str = "",
        minutes: str = "",
        **more: Any,
    ) -> None:
        super().__init__(actor, content, filename, **more)
        self.choices = tables.Choices(Kind(kind) if kind else None, label, int(minutes or 0))
        self.now = timezone.now()

    def read(self) -> None:
        """Read the table, check each reading, and compare with what is stored."""
        sheet = self._sheet()
        rows = [[read_text(cell, check=False) for cell in row] for row in sheet.rows]
        self.known = storing.known_meters(rows=self.actor.rows(Meter.objects.all(), POWER_EDIT))
        try:
            layout = tables.layout_of(rows, self.known, self.choices)
            found = list(tables.readings(layout, rows))
        except InputError as error:
            text = error.message.text(__)
            raise Invalid(text, fields={"file": text}) from error
        self.progress(1, 3, __("Checking"))
        self.items = storing.judge(
            (
                storing.Judged(one.meter, one.reading, None, one.reason, one.row, one.column, one.text)
                for one in found
            ),
            self.known,
            self.now,
        )
        self.progress(2, 3, __("Comparing"))
        storing.compare(self.items)
        self.report.rows = len(found)
        self._tell_layout(layout)
        for item in self.items:
            if item.reason is not None:
                place = f"{get_column_letter(max(item.column, 1))}{item.row}"
                self.report.problem(
                    item.reason.code, "%(said)s", item.row, item.number, place, said=reason_said(item.reason)
                )
        self._tell_meters()

    def _sheet(self) -> Sheet:
        content, name = unpacked(self.content, self.filename)
        try:
            sheets = read_tables(content, name).sheets
        except OfficeError as error:
            raise Invalid(said(error), fields={"file": said(error)}) from error
        filled = [sheet for sheet in sheets if not sheet.hidden and sheet.rows]
        if not filled:
            text = __("The file holds no table.")
            raise Invalid(text, fields={"file": text})
        return filled[0].unmerged()

    def _tell_layout(self, layout: tables.Layout) -> None:
        kind, row = dict(KINDS)[str(layout.kind)], layout.header + 1
        message = __("Read as: %(shape)s; %(kind)s, a unit of the table is %(factor)s of it.")
        factor = f"{layout.factor.normalize():f}"
        self.report.note("layout", message, row, shape=SHAPES[layout.shape], kind=kind, factor=factor)
        if layout.kind is not Kind.REGISTER and layout.minutes:
            message = __("A time is read as: %(label)s, %(minutes)d minutes long. If that is wrong, say so above.")
            label = dict(LABELS)[layout.label]
            self.report.note("periods", message, row, label=label, minutes=layout.minutes)
        if not layout.unit_said:
            message = __("The headings name no unit: the values are taken for %(kind)s.")
            self.report.note("unit", message, row, kind=kind)

    def _tell_meters(self) -> None:
        """One change for each meter: how many readings, of when, and how much energy."""
        by_meter: dict[str, list[storing.Judged]] = {}
        for item in self.items:
            if item.good is not None:
                by_meter.setdefault(item.number, []).append(item)
        for number, items in by_meter.items():
            results = Counter(item.result for item in items)
            meter = self.known[number]
            if results["same"] == len(items):
                self.report.unchanged += 1
                continue
            ends = [item.good.end for item in items if item.good is not None]
            after: dict[str, Any] = {
                __("Readings"): len(items),
                __("New readings"): results["new"],
                __("Corrected readings"): results["corrected"],
                __("As before"): results["same"],
                __("First reading"): _local(min(ends)),
                __("Last reading"): _local(max(ends)),
                __("Multiplier"): f"{meter.rule.multiplier.normalize():f}",
                **_energy(items),
            }
            kind = "update" if results["corrected"] else "create"
            self.report.changes.append(Change(kind, items[0].row, f"{number} {meter.name}".strip(), {}, after))

    def write(self) -> None:
        """Store what may be; what may not is kept with its reason."""
        done = storing.store(
            self.items,
            self.known,
            door=PowerDoor.FILE,
            # Named after the moment, too: a file that comes again after a multiplier was mended is another delivery.
            batch=storing.batch_name("file", self.now.isoformat(), self.content),
            now=self.now,
            actor=self.actor.name or str(self.actor.user or ""),
            reason=self.filename,
        )
        rejects.keep(self.items, self.known, door=PowerDoor.FILE, name=self.filename, now=self.now)
        for note, message in COUNTER_NOTES.items():
            if done.notes[note]:
                self.report.note(note, message, count=done.notes[note])


def _local(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _energy(items: Sequence[storing.Judged]) -> dict[str, Any]:
    total = sum(item.good.energy_wh or 0 for item in items if item.good is not None)
    if not total:
        return {}
    return {__("Energy (kWh)"): f"{(Decimal(total) / 1000).quantize(Decimal('0.1')):f}"}
