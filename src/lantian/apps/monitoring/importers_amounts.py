"""Permitted amounts from a list, and as a list: what was exported is read again without a difference."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.importers.base import Change
from lantian.apps.monitoring import registry
from lantian.apps.monitoring.access import DEVICE_EDIT
from lantian.apps.monitoring.actions.permitted import CorrectPermitted, SetPermitted
from lantian.apps.monitoring.choices_amounts import LABELS
from lantian.apps.monitoring.importers import OfSourcesImport
from lantian.apps.monitoring.models import PermittedAmount
from lantian.apps.sources.models import Source, Unit
from lantian.office.sheets import Column, Record

#: words of a file → pollutant; the first of each is what is written
WORDS = {
    "dust": ("颗粒物", "烟尘", "粉尘"),
    "so2": ("二氧化硫", "SO2"),
    "nox": ("氮氧化物", "NOx"),
    "co": ("一氧化碳", "CO"),
    "h2s": ("硫化氢", "H2S"),
    "hcl": ("氯化氢", "HCl"),
    "nh3": ("氨", "氨气", "NH3"),
    "nmhc": ("非甲烷总烃", "NMHC"),
}
COLUMNS: tuple[Column, ...] = (
    Column("source_key", ("污染源序号", "source_id"), "integer"),
    Column("uscc", ("统一社会信用代码", "信用代码", "uscc")),
    Column("source_name", ("污染源名称", "企业名称", "单位名称", "source")),
    Column("unit_number", ("排放口编号", "排放口", "unit")),
    Column(
        "factor",
        ("污染物", "污染物种类", "factor"),
        "choice",
        required=True,
        choices={word: name for name, words in WORDS.items() for word in (*words, name)},
    ),
    Column("tonnes", ("许可年排放量(t/a)", "许可年排放量", "许可排放量(t/a)", "许可排放量", "tonnes"), "decimal", required=True),
    Column("first_year", ("起始年度", "年度", "first_year"), "integer", required=True),
    Column("last_year", ("截止年度", "last_year"), "integer"),
    Column("basis", ("依据文件和条款", "排污许可证编号", "许可证编号", "依据", "basis"), required=True),
)
TEMPLATE = tuple(column.key for column in COLUMNS)
#: kinds of units that a number may name, the first that fits
_KINDS = registry.WATCHED


def headings() -> list[str]:
    """The headings of an export, which are those that an import reads."""
    return [column.names[0] for column in COLUMNS]


def cells_of(row: PermittedAmount) -> list[Any]:
    """A permitted amount as a row; without an outlet it is that of the whole enterprise."""
    return [
        row.source_id,
        row.source.uscc,
        row.source.name,
        row.unit.number if row.unit is not None else "",
        WORDS[row.factor][0],
        row.tonnes.normalize(),
        row.first_year,
        row.last_year if row.last_year is not None else "",
        row.basis,
    ]


@dataclass
class _Wanted:
    row: int
    source: Source
    unit: Unit | None
    values: dict[str, Any]
    stored: PermittedAmount | None = None


class ImportPermitted(OfSourcesImport):
    """Bring a list of permitted amounts in; one of the same place, pollutant and first year is corrected."""

    code = "monitoring.permitted.import"
    permission = DEVICE_EDIT
    subject_label = _("Permitted amounts")
    partial = True
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    template_columns = TEMPLATE
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("", "91130200699229617X", "（示例）水泥有限公司", "", "氮氧化物", "85", "2026", "2030", "（示例）许可证副本 表3"),
    )

    def read(self) -> None:
        """Find each row's source, outlet and what stands already."""
        records = self.read_list()
        found = self.find_sources(records.rows, DEVICE_EDIT)
        self.units: dict[tuple[int, str], list[Unit]] = {}
        for unit in Unit.objects.filter(source__in=found, kind__in=_KINDS).order_by("pk"):
            self.units.setdefault((unit.source_id, unit.number.upper()), []).append(unit)
        self.known = {
            (row.source_id, row.unit_id, row.factor, row.first_year): row
            for row in PermittedAmount.objects.filter(source__in=found).select_related("source", "unit")
        }
        self.wanted: list[_Wanted] = []
        self.taken: dict[Any, int] = {}
        for number, record in enumerate(records.rows):
            if number % 500 == 0:
                self.progress(number, len(records.rows))
            self._take(record)
        # Years of one place follow each other, whatever the order of the rows.
        self.wanted.sort(key=lambda one: (one.values["first_year"], one.row))

    def _take(self, record: Record) -> None:
        given = record.values
        source = self.source_of(record)
        if source is None:
            return
        unit, number = None, str(given.get("unit_number") or "").strip()
        if number:
            units = sorted(self.units.get((source.pk, number.upper()), ()), key=lambda one: _KINDS.index(one.kind))
            if not units:
                self.wrong(
                    record.row, "unit_number", "unit_unknown",
                    __("“%(source)s” has no outlet %(number)s. Enter it in the lists first."), source=source.name, number=number,
                )  # fmt: skip
                return
            unit = units[0]
        tonnes: Decimal = given["tonnes"]
        if not Decimal("0.0001") <= tonnes < Decimal(10) ** 10:
            self.wrong(record.row, "tonnes", "tonnes_bad", __("A permitted amount lies above zero."))
            return
        key = (source.pk, unit.pk if unit is not None else None, given["factor"], given["first_year"])
        if key in self.taken:
            self.wrong(
                record.row, "factor", "row_twice", __("This amount stands in row %(row)d already. Remove one of the rows."),
                row=self.taken[key],
            )  # fmt: skip
            return
        self.taken[key] = record.row
        values = {
            "factor": given["factor"], "tonnes": tonnes.quantize(Decimal("0.0001")), "first_year": given["first_year"],
            "last_year": given.get("last_year"), "basis": str(given["basis"]).strip()[:200],
        }  # fmt: skip
        one = _Wanted(record.row, source, unit, values, self.known.get(key))
        label = f"{source.name} {number} {LABELS[given['factor']]}".replace("  ", " ")
        told = {"tonnes": str(tonnes.normalize()), "last_year": values["last_year"], "basis": values["basis"]}
        if one.stored is None:
            self.report.changes.append(Change("create", record.row, label, {}, {**told, "first_year": given["first_year"]}))
            self.wanted.append(one)
            return
        stored = one.stored
        changed = {name for name in ("tonnes", "last_year", "basis") if getattr(stored, name) != values[name]}
        if not changed:
            self.report.unchanged += 1
            return
        before = {"tonnes": str(stored.tonnes.normalize()), "last_year": stored.last_year, "basis": stored.basis}
        self.report.changes.append(
            Change(
                "update", record.row, label, {name: before[name] for name in changed}, {name: told[name] for name in changed}
            )
        )
        self.wanted.append(one)

    def write(self) -> None:
        """Write each row by the action that a form takes."""
        for number, one in enumerate(self.wanted):
            if number % 100 == 0:
                self.progress(number, len(self.wanted))
            values = dict(one.values)
            action: Any
            if one.stored is None:
                action = SetPermitted(self.actor, one.source, unit=one.unit, reason=self.reason, **values)
            else:
                wanted = {name: values[name] for name in ("tonnes", "last_year", "basis")}
                action = CorrectPermitted(self.actor, one.stored, reason=self.reason, **wanted)
            try:
                action.check()
                action.validate()
                action.perform_in(self)
            except CoreError as error:
                said = "；".join(str(text) for text in error.fields.values()) or str(error)
                self.report.problem("row_refused", "%(said)s", one.row, said=said)


def register() -> None:
    """Offer the import on the pages of imports."""
    from lantian.apps.core.importers import registry as importers

    importers.register(
        importers.Importer(
            "monitoring-permitted",
            _("Permitted amounts"),
            _("A list of what discharge permits allow enterprises and outlets in a year."),
            ImportPermitted,
            "monitoring:permitted",
            fields={
                "tonnes": _("Permitted amount (t/a)"),
                "first_year": _("First year"),
                "last_year": _("Last year"),
                "basis": _("Document and clause"),
            },
        )
    )
