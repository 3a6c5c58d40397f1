"""Meters from a list, and readings from a table, offered on the page of imports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.importers.base import Change, TableImport
from lantian.apps.core.importers.registry import Importer, Option
from lantian.apps.core.importers.registry import register as offer
from lantian.apps.monitoring.access import POWER_EDIT
from lantian.apps.monitoring.actions.power import hold_number, load_of, settle_loads
from lantian.apps.monitoring.choices_power import MeterRole
from lantian.apps.monitoring.doors.power.files import KINDS, LABELS, MINUTES, ImportReadings
from lantian.apps.monitoring.models import Meter
from lantian.apps.monitoring.models.power import METER_NUMBER
from lantian.apps.sources.models import Source, Unit
from lantian.office.sheets import Column, Record
from lantian.rules.names import normalised

ROLES = {
    "生产设施": MeterRole.PRODUCTION,
    "产污设施": MeterRole.PRODUCTION,
    "生产": MeterRole.PRODUCTION,
    "治污设施": MeterRole.TREATMENT,
    "治理设施": MeterRole.TREATMENT,
    "治污": MeterRole.TREATMENT,
    "治理": MeterRole.TREATMENT,
    "总表": MeterRole.TOTAL,
    "总用电": MeterRole.TOTAL,
    "自发电": MeterRole.GENERATION,
    "自备电厂": MeterRole.GENERATION,
    **{str(role): role for role in MeterRole},
}
_NUMBERS = ("ct", "pt", "holding_kw", "capacity_kw")
#: texts with their lengths
_PLAIN = {"name": 80, "account": 40, "note": 200, "holding_grounds": 200}


@dataclass
class _Wanted:
    row: int
    number: str
    values: dict[str, Any]
    serves: list[Unit] | None = None
    stored: Meter | None = None
    changed: dict[str, Any] = field(default_factory=dict)


class ImportMeters(TableImport):
    """Bring a list of meters into the register; a meter known by its number is updated."""

    code = "monitoring.meter.import"
    permission = POWER_EDIT
    subject_label = _("Electricity meters")
    partial = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column("number", ("电表号", "表号", "电表编号", "电能表编号", "meter_number"), required=True),
        Column("name", ("电表名称", "名称", "name")),
        Column("uscc", ("统一社会信用代码", "信用代码", "uscc")),
        Column("source", ("企业名称", "单位名称", "企业", "source")),
        Column("role", ("计量对象", "电表对应设备", "电表类型", "role"), "choice", required=True, choices=ROLES),
        Column("unit", ("生产线或治理设施编号", "设施编号", "生产线编号", "unit")),
        Column("serves", ("治理的生产线编号", "对应生产线编号", "对应生产线", "serves"), "list"),
        Column("ct", ("电流互感器变比", "电流变比", "CT", "ct"), "decimal"),
        Column("pt", ("电压互感器变比", "电压变比", "PT", "pt"), "decimal"),
        Column("multiplied", ("上传值已乘倍率", "已乘倍率", "multiplied"), "flag"),
        Column("holding_kw", ("保温等维持负荷(kW)", "维持负荷(kW)", "维持负荷", "holding_kw"), "decimal"),
        Column("holding_grounds", ("维持负荷认可依据", "维持负荷依据", "holding_grounds")),
        Column("stop_minutes", ("停产所需时间(分钟)", "停产所需时间", "stop_minutes"), "integer"),
        Column("capacity_kw", ("容量(kW)", "容量", "capacity_kw"), "decimal"),
        Column("register_digits", ("示数整数位数", "register_digits"), "integer"),
        Column("account", ("户号", "用电户号", "account")),
        Column("in_use", ("在用", "是否在用", "in_use"), "flag"),
        Column("note", ("备注", "note")),
    )
    needs_one_of = ("uscc", "source")
    template_columns = (
        "number", "name", "uscc", "source", "role", "unit", "serves", "ct", "pt", "multiplied", "holding_kw",
        "holding_grounds", "stop_minutes", "capacity_kw", "register_digits", "account", "note",
    )  # fmt: skip
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        (
            "3300000000001", "（示例）一线总开关", "", "（示例）水泥有限公司", "生产设施", "L1", "", "80", "100", "否",
            "", "", "60", "4000", "6", "", "",
        ),
    )  # fmt: skip

    def read(self) -> None:
        """Find each row's enterprise, unit and meter."""
        records = self.read_list()
        self.progress(1, 3, __("Finding enterprises"))
        mine = self.actor.rows(Source.objects.filter(merged_into__isnull=True), POWER_EDIT)
        self._find_sources(mine, records.rows)
        numbers = {record.values["number"].strip() for record in records.rows}
        self.known: dict[str, Meter] = {}
        listed = sorted(numbers)
        for start in range(0, len(listed), 500):
            for meter in Meter.objects.filter(number__in=listed[start : start + 500]).select_related("source", "unit"):
                self.known[meter.number] = meter
        self.mine = set(
            self.actor.rows(Meter.objects.filter(number__in=self.known), POWER_EDIT).values_list("number", flat=True)
        )
        self.wanted: list[_Wanted] = []
        rows: dict[str, int] = {}
        for record in records.rows:
            self._take(record, rows)
        self.progress(2, 3, __("Comparing"))
        for one in self.wanted:
            self._compare(one)

    def _find_sources(self, mine: Any, rows: Any) -> None:
        codes = {(record.values.get("uscc") or "").strip().upper() for record in rows} - {""}
        names = {normalised(record.values.get("source") or "") for record in rows} - {""}
        self.by_code: dict[str, list[Source]] = {}
        self.by_name: dict[str, list[Source]] = {}
        for source in self._in_parts(mine, "uscc", sorted(codes)):
            self.by_code.setdefault(source.uscc, []).append(source)
        for source in self._in_parts(mine, "name_key", sorted(names)):
            self.by_name.setdefault(source.name_key, []).append(source)
        found = {one.pk for group in (*self.by_code.values(), *self.by_name.values()) for one in group}
        self.units: dict[int, list[Unit]] = {}
        for unit in self._in_parts(Unit.objects.all(), "source_id", sorted(found)):
            self.units.setdefault(unit.source_id, []).append(unit)

    @staticmethod
    def _in_parts(rows: Any, name: str, values: list[Any]) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(values), 500):
            found += rows.filter(**{f"{name}__in": values[start : start + 500]})
        return found

    def _take(self, record: Record, rows: dict[str, int]) -> None:
        given, row = record.values, record.row
        number = given["number"].strip()
        if not re.fullmatch(METER_NUMBER, number):
            message = __("“%(text)s” is no number of a meter. Write letters, figures and . _ - only, 40 at most.")
            self.wrong(row, "number", "number_bad", message, text=number[:40])
            return
        if number in rows:
            message = __("“%(name)s” stands in row %(row)d already. Remove one of the rows.")
            self.wrong(row, "number", "row_twice", message, name=number, row=rows[number])
            return
        rows[number] = row
        stored = self.known.get(number)
        if stored is not None and number not in self.mine:
            message = __("“%(name)s” is a meter outside of your data scope. Remove the row.")
            self.wrong(row, "number", "not_yours", message, name=number)
            return
        source = self._source(row, given)
        if source is None:
            return
        values: dict[str, Any] = {"source": source, "role": given["role"]}
        unit = self._unit(row, "unit", source, given.get("unit"), given["role"])
        if unit is False:
            return
        if self.has("unit"):
            values["unit"] = unit
        serves: list[Unit] | None = None
        if self.has("serves"):
            serves = []
            for text in given.get("serves") or ():
                line = self._unit(row, "serves", source, text, MeterRole.PRODUCTION)
                if line is False:
                    return
                if isinstance(line, Unit):
                    serves.append(line)
            if serves and given["role"] != MeterRole.TREATMENT:
                self.wrong(row, "serves", "serves_role", __("Only meters of treatment equipment treat lines."))
                return
        if not self._numbers(row, given, values):
            return
        for key, length in _PLAIN.items():
            if self.has(key):
                values[key] = (given.get(key) or "")[:length]
        for key in ("multiplied", "in_use"):
            if self.has(key) and given.get(key) is not None:
                values[key] = bool(given[key])
        if values.get("holding_kw") and not values.get("holding_grounds", getattr(stored, "holding_grounds", "")):
            message = __("A holding load needs grounds: who accepted it, and for what.")
            self.wrong(row, "holding_kw", "holding_grounds", message)
            return
        self.wanted.append(_Wanted(row, number, values, serves, stored))

    def _source(self, row: int, given: Mapping[str, Any]) -> Source | None:
        code = (given.get("uscc") or "").strip().upper()
        name = normalised(given.get("source") or "")
        found = self.by_code.get(code, []) if code else []
        if len(found) != 1 and name:
            named = [one for one in self.by_name.get(name, []) if not found or one in found]
            found = named or found
        if len(found) == 1:
            return found[0]
        key = "source" if self.has("source") else "uscc"
        message = (
            __("Several of your enterprises are known so. Write credit code and name.")
            if found
            else __("None of your enterprises is known so. Add it to a list first, or correct name and credit code.")
        )
        self.wrong(row, key, "source_unknown", message)
        return None

    def _unit(self, row: int, key: str, source: Source, text: Any, role: str) -> Unit | bool | None:
        """The unit of a number or name; None where none is named, False where it is not found."""
        wanted = str(text or "").strip()
        if not wanted:
            return None
        units = self.units.get(source.pk, [])
        found = [one for one in units if one.number == wanted] or [one for one in units if one.name == wanted]
        if len(found) > 1:
            facility = role == MeterRole.TREATMENT
            found = [one for one in found if (one.kind == "facility") == facility] or found
        if len(found) == 1:
            return found[0]
        names = "、".join(one.number for one in units[:10])
        message = (
            __("“%(text)s” is the number of several units. Write the name.")
            if found
            else __("“%(text)s” is no line or facility of this enterprise. Known are: %(names)s")
        )
        self.wrong(row, key, "unit_unknown", message, text=wanted[:40], names=names or "—")
        return False

    def _numbers(self, row: int, given: Mapping[str, Any], values: dict[str, Any]) -> bool:
        limits = {"ct": 999_999, "pt": 999_999, "holding_kw": 999_999_999, "capacity_kw": 999_999_999}
        for key in _NUMBERS:
            if not self.has(key):
                continue
            value = given.get(key)
            if value is None:
                if key not in ("ct", "pt"):
                    values[key] = None
                continue
            least = Decimal("0.001") if key in ("ct", "pt") else Decimal(0)
            if not least <= value <= limits[key]:
                message = __("Write a number from %(least)s to %(most)s.")
                self.wrong(row, key, "out_of_range", message, least=least, most=limits[key])
                return False
            values[key] = value.quantize(Decimal("0.001") if key in ("ct", "pt") else Decimal("0.1"))
        for key, least_whole, most in (("stop_minutes", 0, 14 * 1440), ("register_digits", 3, 12)):
            value = given.get(key)
            if not self.has(key) or (value is None and key == "stop_minutes"):
                continue
            if value is not None and not least_whole <= value <= most:
                message = __("Write a number from %(least)s to %(most)s.")
                self.wrong(row, key, "out_of_range", message, least=least_whole, most=most)
                return False
            values[key] = value
        return True

    def _compare(self, one: _Wanted) -> None:
        shown = {self._label(key): _shown(value) for key, value in one.values.items() if value not in (None, "")}
        if one.serves:
            shown[self._label("serves")] = "、".join(str(line) for line in one.serves)
        if one.stored is None:
            self.report.changes.append(Change("create", one.row, one.number, {}, shown))
            return
        for key, value in one.values.items():
            if getattr(one.stored, key) != value:
                one.changed[key] = value
        before = {self._label(key): _shown(getattr(one.stored, key)) for key in one.changed}
        after = {self._label(key): _shown(value) for key, value in one.changed.items()}
        if one.serves is not None:
            old = sorted(one.stored.serves.values_list("pk", flat=True))
            if old != sorted(line.pk for line in one.serves):
                before[self._label("serves")] = len(old)
                after[self._label("serves")] = len(one.serves)
            else:
                one.serves = None
        if not after:
            self.report.unchanged += 1
            one.changed, one.serves = {}, None
            return
        self.report.changes.append(Change("update", one.row, one.number, before, after))

    @staticmethod
    def _label(key: str) -> str:
        return str(Meter._meta.get_field(key).verbose_name)  # type: ignore[union-attr]

    def write(self) -> None:
        """Write meters, their loads and keys."""
        sources: dict[int, Source] = {}
        for one in self.wanted:
            if one.stored is not None and not one.changed and one.serves is None:
                continue
            meter = one.stored or Meter(number=one.number)
            if meter.pk:
                sources[meter.source_id] = meter.source
            for key, value in (one.changed if one.stored is not None else one.values).items():
                setattr(meter, key, value)
            meter.load = load_of(meter.source, meter.unit, meter.role)
            meter.changed_at = timezone.now()
            meter.save()
            if one.serves is not None:
                meter.serves.set(one.serves)
            if meter.in_use:
                hold_number(meter)
            sources[meter.source_id] = meter.source
        for source in sources.values():
            settle_loads(source)


def _shown(value: Any) -> Any:
    if isinstance(value, bool):
        return __("Yes") if value else __("No")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, MeterRole):
        return str(value.label)
    return value if isinstance(value, int) else str(value if value is not None else "")


def export_headings() -> list[str]:
    """The headings of a list of meters that the import takes."""
    return [column.names[0] for column in ImportMeters.columns]


def export_row(meter: Meter) -> list[Any]:
    """A meter in the columns of the import."""
    roles = {meaning: word for word, meaning in reversed(ROLES.items())}
    values: dict[str, Any] = {
        **{key: getattr(meter, key) for key in ("number", *_PLAIN, *_NUMBERS, "stop_minutes", "register_digits")},
        "uscc": meter.source.uscc,
        "source": meter.source.name,
        "role": roles[MeterRole(meter.role)],
        "unit": meter.unit.number if meter.unit is not None else "",
        "serves": "、".join(unit.number for unit in meter.serves.all()),
        "multiplied": "是" if meter.multiplied else "否",
        "in_use": "是" if meter.in_use else "否",
    }
    return [values[column.key] for column in ImportMeters.columns]


def register() -> None:
    """Offer both imports."""
    offer(
        Importer(
            "power-meters",
            _("Electricity meters"),
            _(
                "A list of meters with their enterprise, what they measure, CT and PT. The enterprise and its lines must be"
                " in the lists of sources."
            ),
            ImportMeters,
            "monitoring:power_meters",
        )
    )
    offer(
        Importer(
            "power-readings",
            _("Readings of meters"),
            _(
                "Readings of power, energy or counters: a row for each reading, a row for each meter and day with 24, 48 or"
                " 96 points, or a column for each meter. Meters must be in the register."
            ),
            ImportReadings,
            "monitoring:power_meters",
            (
                Option("kind", _("Values are"), KINDS, required=False),
                Option("label", _("A time is the"), LABELS, required=False),
                Option("minutes", _("Length of a period"), MINUTES, required=False),
            ),
            template=readings_template,
        )
    )


def readings_template() -> bytes:
    """An Excel file to fill in: a row for each reading."""
    from io import BytesIO

    from lantian.office.ledger import write_table

    stream = BytesIO()
    rows = [["3300000000001", "2026-01-01 00:15", "35.2"], ["3300000000001", "2026-01-01 00:30", "34.8"]]
    write_table(["电表号", "采集时间", "用电量(kWh)"], iter(rows), __("Readings of meters"), stream)
    return stream.getvalue()
