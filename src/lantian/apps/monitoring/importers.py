"""The register of devices from a list, and as a list: what was exported is read again without a difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.importers.base import Change, TableImport
from lantian.apps.monitoring import outlets, registry
from lantian.apps.monitoring.access import DEVICE_EDIT
from lantian.apps.monitoring.actions.devices import AddDevice, ApproveDevice, ChangeDevice
from lantian.apps.monitoring.choices import DeviceKind, DeviceState, Protocol
from lantian.apps.monitoring.models import Device
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.kinds import UNITS
from lantian.apps.sources.models import Source, Unit
from lantian.office.sheets import Column, Record
from lantian.rules.monitoring.folding import kinds

#: words of a file → what is meant; the first of each is what is written
KIND_WORDS = {
    DeviceKind.CEMS: ("烟气", "烟气在线", "废气", "CEMS"),
    DeviceKind.VOC: ("挥发性有机物", "VOCs", "VOC"),
    DeviceKind.FUME: ("餐饮油烟", "油烟"),
    DeviceKind.VAPOUR: ("油气回收",),
    DeviceKind.DUST: ("施工扬尘", "扬尘"),
    DeviceKind.METER: ("用电", "电表", "电力"),
    DeviceKind.STATE: ("工况",),
}
UNIT_WORDS = {
    "outlet": "排放口",
    "cems": "自动监控设施",
    "line": "生产线",
    "process": "工序",
    "kiln": "炉窑",
    "boiler": "锅炉",
    "facility": "治理设施",
    "tank": "储罐",
    "storage": "堆场",
    "meter": "电表",
}
PROTOCOL_WORDS = {
    Protocol.V2005: ("HJ/T 212-2005", "2005", "HJ212-2005"),
    Protocol.V2017: ("HJ 212-2017", "2017", "HJ212-2017"),
    Protocol.V2025: ("HJ 212-2025", "2025", "HJ212-2025"),
}
#: what limits depend on, as a file writes it
FEATURE_WORDS = {"new": "新建源", "low_nox_retrofit": "已完成低氮改造的锅炉", "w_flame_own_use": "W型火焰自备锅炉"}
CLAIM_WORDS = {
    "milder_cut": "错峰生产减轻限产",
    "exempt_stagger": "豁免错峰生产",
    "exempt_stagger_scr": "以SCR深度治理豁免错峰生产",
}
#: options of a device that a file may say, and how
DECISIVE = (outlets.KIND, outlets.FEATURES, outlets.CLAIMS, outlets.SIZE)
#: nobody knows of a larger boiler [t/h of steam]
_LARGEST = Decimal(10_000)
COLUMNS: tuple[Column, ...] = (
    Column("mn", ("数采仪编号", "MN", "MN号", "设备编号", "数采仪MN", "mn"), required=True),
    Column("name", ("监控点名称", "设备名称", "点位名称", "name")),
    Column(
        "kind",
        ("设备类型", "监控类型", "kind"),
        "choice",
        required=True,
        choices={word: kind.value for kind, words in KIND_WORDS.items() for word in words},
    ),
    Column("st", ("系统编码", "ST", "st")),
    Column(
        "protocol",
        ("协议版本", "传输标准", "protocol"),
        "choice",
        choices={word: one.value for one, words in PROTOCOL_WORDS.items() for word in words},
    ),
    Column("source_key", ("污染源序号", "source_id"), "integer"),
    Column("uscc", ("统一社会信用代码", "信用代码", "uscc")),
    Column("source_name", ("污染源名称", "企业名称", "单位名称", "source")),
    Column(
        "unit_kind",
        ("监控单元类型", "单元类型", "unit_kind"),
        "choice",
        choices={word: kind for kind, word in UNIT_WORDS.items()},
    ),
    Column("unit_number", ("监控单元编号", "排放口编号", "单元编号", "unit")),
    Column("addresses", ("允许接入地址", "接入地址", "addresses"), "list"),
    Column("units", ("因子单位", "units"), "list"),
    Column(
        outlets.KIND,
        ("排放口类型", "outlet_kind"),
        "choice",
        choices={word: code for code, row in kinds().items() for word in (str(row["label"]), code)},
    ),
    Column(outlets.FEATURES, ("限值相关特征", "outlet_features"), "list"),
    Column(outlets.CLAIMS, ("享受的豁免", "outlet_claims"), "list"),
    Column(outlets.SIZE, ("锅炉规模（蒸吨/小时）", "锅炉规模", "boiler_t_h"), "decimal"),
)
#: what names the source of a row
_SOURCE = ("source_key", "uscc", "source_name", "unit_number")
TEMPLATE = tuple(column.key for column in COLUMNS)


def headings() -> list[str]:
    """The headings of an export, which are those that an import reads."""
    by_key = {column.key: column.names[0] for column in COLUMNS}
    return [*(by_key[key] for key in TEMPLATE), "状态", "最近上报"]


def cells_of(device: Device) -> list[Any]:
    """A device as a row; its secrets are never in it."""
    source, unit = device.source, device.unit
    return [
        device.mn,
        device.name,
        KIND_WORDS[DeviceKind(device.kind)][0],
        device.st,
        PROTOCOL_WORDS[Protocol(device.protocol)][0],
        source.pk if source is not None else "",
        source.uscc if source is not None else "",
        source.name if source is not None else "",
        UNIT_WORDS.get(unit.kind, "") if unit is not None else "",
        unit.number if unit is not None else "",
        "、".join(device.addresses),
        "、".join(f"{code}={unit_}" for code, unit_ in sorted(device.units.items())),
        str(kinds()[kind]["label"]) if (kind := str(device.options.get(outlets.KIND) or "")) in kinds() else "",
        "、".join(FEATURE_WORDS[one] for one in device.options.get(outlets.FEATURES) or () if one in FEATURE_WORDS),
        "、".join(CLAIM_WORDS[one] for one in device.options.get(outlets.CLAIMS) or () if one in CLAIM_WORDS),
        Decimal(str(device.options[outlets.SIZE])) if device.options.get(outlets.SIZE) else "",
        str(device.get_state_display()),
        display.campaign_date(device.seen_at) if device.seen_at is not None else "",
    ]


@dataclass
class _Wanted:
    row: int
    mn: str
    values: dict[str, Any]
    stored: Device | None = None
    difference: dict[str, Any] = field(default_factory=dict)


class OfSourcesImport(TableImport):
    """A table whose rows name a source: by its number, its credit code, or its name."""

    def find_sources(self, records: Sequence[Record], permission: str) -> set[int]:
        """Look up the sources of all rows among those that the actor may use under a permission; gives their keys."""
        seen = self.actor.rows(Source.objects.filter(merged_into__isnull=True), permission)
        keys = {record.values.get("source_key") for record in records} - {None}
        names = {record.values.get("source_name") for record in records} - {None, ""}
        codes = {str(record.values.get("uscc") or "").upper() for record in records} - {""}
        self.by_key = {row.pk: row for row in seen.filter(pk__in=keys)}
        self.by_name: dict[str, list[Source]] = {}
        for row in seen.filter(name__in=names):
            self.by_name.setdefault(row.name, []).append(row)
        self.by_code: dict[str, list[Source]] = {}
        for row in seen.filter(uscc__in=codes):
            self.by_code.setdefault(row.uscc, []).append(row)
        found = set(self.by_key)
        return found | {row.pk for rows in (*self.by_name.values(), *self.by_code.values()) for row in rows}

    def source_of(self, record: Record) -> Source | None:
        """The source of a row; where it is not plain, the report says so."""
        given = record.values
        key, code, name = given.get("source_key"), str(given.get("uscc") or "").upper(), given.get("source_name")
        if key:
            found = [self.by_key[key]] if key in self.by_key else []
            where = "source_key"
        elif code:
            found = self.by_code.get(code, [])
            if name and len(found) > 1:
                found = [row for row in found if row.name == name] or found
            where = "uscc"
        else:
            found, where = self.by_name.get(name or "", []), "source_name"
        if len(found) == 1:
            return found[0]
        message = (
            __("Several sources fit. Write their number in the column “污染源序号”.")
            if found
            else __("There is no such source that you may see. Enter it in the lists first.")
        )
        self.wrong(record.row, where, "source_unknown", message)
        return None


class ImportDevices(OfSourcesImport):
    """Bring a list of devices into the register; one that is known by its number is corrected."""

    code = "monitoring.device.import"
    permission = DEVICE_EDIT
    subject_label = _("Devices")
    partial = True
    columns: ClassVar[tuple[Column, ...]] = COLUMNS
    template_columns = TEMPLATE
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        (
            "（示例）010000A8900016F000169DC0",
            "1号锅炉总排口",
            "烟气",
            "31",
            "HJ 212-2017",
            "",
            "91130200699229617X",
            "晴川示例水泥有限公司",
            "排放口",
            "DA001",
            "10.20.0.0/16",
            "a34013=mg/m³",
            "水泥窑",
            "",
            "",
            "",
        ),
    )

    def read(self) -> None:
        """Find each row's source, unit and device."""
        records = self.read_list()
        self.known = {
            device.mn.upper(): device
            for device in Device.objects.select_related("source", "unit").exclude(state=DeviceState.RETIRED)
        }
        mine = self.actor.rows(Device.objects.all(), DEVICE_EDIT).values_list("pk", flat=True)
        self.mine = set(mine)
        found = self.find_sources(records.rows, SOURCE_VIEW)
        self.units: dict[tuple[int, str, str], Unit] = {
            (unit.source_id, unit.kind, unit.number.upper()): unit
            for unit in Unit.objects.filter(source__in=found, kind__in=registry.WATCHED)
        }
        self.wanted: list[_Wanted] = []
        self.taken: dict[str, int] = {}
        for number, record in enumerate(records.rows):
            if number % 500 == 0:
                self.progress(number, len(records.rows))
            one = self._take(record)
            if one is not None:
                self._compare(one)

    def _take(self, record: Record) -> _Wanted | None:
        given = record.values
        try:
            mn = registry.mn_of(given["mn"])
        except CoreError as error:
            self.wrong(record.row, "mn", "mn_bad", "%(said)s", said=error.fields["mn"])
            return None
        if mn.upper() in self.taken:
            self.wrong(
                record.row, "mn", "row_twice", __("“%(mn)s” stands in row %(row)d already. Remove one of the rows."),
                mn=mn, row=self.taken[mn.upper()],
            )  # fmt: skip
            return None
        self.taken[mn.upper()] = record.row
        values: dict[str, Any] = {"mn": mn, "kind": given["kind"]}
        for key in ("name", "st"):
            if self.has(key):
                values[key] = str(given.get(key) or "").strip()
                most = getattr(Device._meta.get_field(key), "max_length", None) or 0
                if len(values[key]) > most:
                    message = __("Use at most %(most)s characters.")
                    self.wrong(record.row, key, "text_long", message, most=most)
                    return None
        if self.has("protocol") and given.get("protocol"):
            values["protocol"] = given["protocol"]
        for key, reader in (("addresses", registry.networks_of), ("units", registry.units_of)):
            if self.has(key):
                try:
                    values[key] = reader(given.get(key) or ())
                except CoreError as error:
                    self.wrong(record.row, key, f"{key}_bad", "%(said)s", said=error.fields[key])
                    return None
        stored = self.known.get(mn.upper())
        if stored is not None and stored.state == DeviceState.PARKED and not any(given.get(key) for key in _SOURCE):
            # An export lists those that wait for approval; who says nothing of one leaves it waiting.
            self.report.unchanged += 1
            return None
        options = self._options(record, self.known.get(mn.upper()))
        if options is None:
            return None
        if options:
            values["options"] = options
        source = self.source_of(record)
        if source is None:
            return None
        values["source"] = source
        if self.has("unit_number"):
            values["unit"] = None
            number = str(given.get("unit_number") or "").strip()
            if number:
                kind = given.get("unit_kind") or "outlet"
                unit = self.units.get((source.pk, kind, number.upper()))
                if unit is None:
                    self.wrong(
                        record.row, "unit_number", "unit_unknown",
                        __("“%(source)s” has no unit %(number)s of this kind. Enter it in the lists first."),
                        source=source.name, number=number,
                    )  # fmt: skip
                    return None
                values["unit"] = unit
        return _Wanted(record.row, mn, values)

    def _options(self, record: Record, stored: Device | None) -> dict[str, Any] | None:
        """The options of a device with what the row says of its limits; empty where the file has no such column."""
        given = record.values
        if not any(self.has(key) for key in DECISIVE):
            return {}
        found = dict(stored.options) if stored is not None else {}
        for key, words in ((outlets.FEATURES, FEATURE_WORDS), (outlets.CLAIMS, CLAIM_WORDS)):
            if not self.has(key):
                continue
            meant = {word: code for code, word in words.items()} | {code: code for code in words}
            listed = [str(one).strip() for one in given.get(key) or ()]
            unknown = next((one for one in listed if one not in meant), None)
            if unknown is not None:
                message = __("“%(text)s” is none of these: %(known)s")
                self.wrong(record.row, key, "unknown_word", message, text=unknown[:40], known="、".join(words.values()))
                return None
            codes = dict.fromkeys(meant[one] for one in listed)
            # In the order of the rules, as a form keeps them.
            _put(found, key, [code for code in words if code in codes])
        if self.has(outlets.KIND):
            _put(found, outlets.KIND, given.get(outlets.KIND))
        if self.has(outlets.SIZE):
            size = given.get(outlets.SIZE)
            if size is not None and not 0 <= size <= _LARGEST:
                message = __("Write a number from %(least)s to %(most)s.")
                self.wrong(record.row, outlets.SIZE, "out_of_range", message, least=0, most=_LARGEST)
                return None
            former = found.get(outlets.SIZE)
            if size is None or former is None or Decimal(str(former)) != size:
                _put(found, outlets.SIZE, None if not size else f"{size.normalize():f}")
        return found

    def _compare(self, one: _Wanted) -> None:
        one.stored = self.known.get(one.mn.upper())
        if one.stored is not None and one.stored.pk not in self.mine:
            self.wrong(one.row, "mn", "not_yours", __("This device is outside of your data scope."))
            return
        if one.stored is None or one.stored.state == DeviceState.PARKED:
            try:
                registry.check_free(one.mn, one.stored or Device(), one.values["source"], self.actor)
            except CoreError as error:
                self.wrong(one.row, "mn", "mn_taken", "%(said)s", said=error.fields["mn"])
                return
        self.wanted.append(one)
        label = one.values.get("name") or one.mn
        if one.stored is None:
            self.report.changes.append(Change("create", one.row, label, {}, _told(one.values)))
            return
        one.difference = {
            key: value
            for key, value in one.values.items()
            if key != "mn" and getattr(one.stored, key) != value
        }
        if one.stored.state == DeviceState.PARKED:
            one.difference["state"] = DeviceState.ACTIVE
        if one.difference:
            before = {key: getattr(one.stored, key) for key in one.difference}
            self.report.changes.append(
                Change("update", one.row, label, _told(before), _told(one.difference))
            )
        else:
            self.report.unchanged += 1

    def write(self) -> None:
        """Write each row by the action that a form takes, so that keys of sources follow."""
        for number, one in enumerate(self.wanted):
            if number % 100 == 0:
                self.progress(number, len(self.wanted))
            if one.stored is not None and not one.difference:
                continue
            action: Any
            if one.stored is None:
                action = AddDevice(self.actor, reason=self.reason, **one.values)
            elif "state" in one.difference:
                action = ApproveDevice(self.actor, one.stored, reason=self.reason, **one.values)
            else:
                action = ChangeDevice(self.actor, one.stored, reason=self.reason, **one.difference)
            try:
                action.check()
                action.validate()
                action.perform_in(self)
            except CoreError as error:
                said = "；".join(str(text) for text in error.fields.values()) or str(error)
                self.report.problem("row_refused", "%(said)s", one.row, said=said)


def _put(options: dict[str, Any], key: str, value: Any) -> None:
    """Set an option, or take it away where nothing is said."""
    if value:
        options[key] = value
    else:
        options.pop(key, None)


def _limits_told(options: dict[str, Any]) -> str:
    """What limits depend on, in the words of a file."""
    found = [str(kinds()[options[outlets.KIND]]["label"])] if options.get(outlets.KIND) in kinds() else []
    found += [FEATURE_WORDS.get(one, one) for one in options.get(outlets.FEATURES) or ()]
    found += [CLAIM_WORDS.get(one, one) for one in options.get(outlets.CLAIMS) or ()]
    return "、".join([*found, *([f"{options[outlets.SIZE]} t/h"] if options.get(outlets.SIZE) else [])])


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """Values as the report shows them."""
    words: dict[str, Any] = {}
    labels = {"kind": DeviceKind, "protocol": Protocol, "state": DeviceState}
    for key, value in values.items():
        if key in labels and value:
            words[key] = str(labels[key](value).label)
        elif isinstance(value, Source):
            words[key] = value.name
        elif key == "options":
            words[key] = _limits_told(value)
        elif isinstance(value, Unit):
            words[key] = f"{UNITS.get(value.kind, value.kind)} {value.number}"
        elif isinstance(value, list):
            words[key] = "、".join(value)
        elif isinstance(value, dict):
            words[key] = "、".join(f"{code}={unit}" for code, unit in sorted(value.items()))
        else:
            words[key] = value if value is None else str(value)
    return words


def register() -> None:
    """Offer the import on the pages of imports."""
    from lantian.apps.core.importers import registry as importers

    importers.register(
        importers.Importer(
            "monitoring-devices",
            _("Register of devices"),
            _("A list of data loggers and monitors with the sources and outlets that they watch."),
            ImportDevices,
            "monitoring-devices",
            fields={
                "mn": _("Device number (MN)"),
                "kind": _("Kind of device"),
                "st": _("System code (ST)"),
                "protocol": _("Protocol"),
                "source": _("Pollution source"),
                "unit": _("Unit of the source"),
                "addresses": _("Allowed addresses"),
                "units": _("Units of its factors"),
                "options": _("What its limits depend on"),
                "state": _("State"),
            },
        )
    )
