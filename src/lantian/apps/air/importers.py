"""Stations from lists, such as the national one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.access import STATION_MANAGE
from lantian.apps.air.choices import ControlLevel, StationKind
from lantian.apps.air.models import Station
from lantian.apps.air.places import Places
from lantian.apps.core.importers.base import Change, TableImport, first_day, last_day
from lantian.apps.core.importers.registry import Importer
from lantian.apps.core.importers.registry import register as offer
from lantian.apps.core.models import Region
from lantian.office.sheets import Column, Record
from lantian.rules import region_codes as codes

KINDS = {
    "城市点": StationKind.CITY,
    "评价点": StationKind.CITY,
    "区域点": StationKind.REGIONAL,
    "背景点": StationKind.BACKGROUND,
    "对照点": StationKind.BACKGROUND,
    "清洁对照点": StationKind.BACKGROUND,
    "污染监控点": StationKind.SOURCE,
    "路边交通点": StationKind.TRAFFIC,
    "交通点": StationKind.TRAFFIC,
    "微型站": StationKind.MICRO,
    "微站": StationKind.MICRO,
    **{str(kind): kind for kind in StationKind},
}
CONTROLS = {
    "国控": ControlLevel.NATIONAL,
    "省控": ControlLevel.PROVINCIAL,
    "市控": ControlLevel.CITY,
    "县控": ControlLevel.COUNTY,
    "区控": ControlLevel.COUNTY,
    "县区控": ControlLevel.COUNTY,
    **{str(level): level for level in ControlLevel},
}
#: what a list adds to a name: (停运150702), (20190322停运), （已停运）, (停用200107), (对照点)
_ADDED = re.compile(r"[(（](?P<text>[^()（）]*(?:停运|停用|对照)[^()（）]*)[)）]\s*$")
_STOPPED_ON = re.compile(r"(?P<y>(?:20)?\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_NATIONAL = re.compile(r"\d{4}A")
_FIELDS = ("name", "region", "city", "kind", "control", "lon", "lat", "opened", "closed", "in_use")


def name_parts(text: str) -> tuple[str, bool, date | None, bool]:
    """A name without what a list has added to it: name, whether it stopped, its last day, whether it is a control point.

    >>> name_parts("市监测中心(停运150702)")
    ('市监测中心', True, datetime.date(2015, 7, 1), False)
    >>> name_parts("岗李水库(对照点)"), name_parts("二轻机（已停运）")
    (('岗李水库', False, None, True), ('二轻机', True, None, False))
    """
    found = _ADDED.search(text)
    if found is None:
        return text.strip(), False, None, False
    stopped = "停" in found["text"]
    day = None
    said = _STOPPED_ON.search(found["text"]) if stopped else None
    if said is not None:
        try:
            day = date(int(said["y"][-2:]) + 2000, int(said["m"]), int(said["d"])) - timedelta(days=1)
        except ValueError:
            day = None
    return text[: found.start()].strip(), stopped, day, "对照" in found["text"]


@dataclass
class _Wanted:
    row: int
    code: str
    values: dict[str, Any]
    stored: Station | None = None


class ImportStations(TableImport):
    """Bring a list of stations into the register; a station known by its code is updated."""

    code = "air.station.import"
    permission = STATION_MANAGE
    subject_label = _("Stations")
    partial = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "code",
            ("站点编码", "监测点编码", "点位编码", "站点代码", "编码", "代码", "station_code", "code"),
            required=True,
        ),
        Column(
            "name",
            ("站点名称", "监测点名称", "点位名称", "名称", "station_name", "name"),
            required=True,
        ),
        Column("region_code", ("区县代码", "行政区划代码", "区划代码", "county_code", "region_code")),
        Column("region", ("区县", "所属区县", "县区", "pip_county", "region")),
        Column("prefecture", ("地市", "地级市", "prefecture")),
        Column("city", ("城市", "所在城市", "city")),
        Column("kind", ("站点类型", "点位类型", "类型", "kind"), "choice", choices=KINDS),
        Column(
            "control",
            ("管控级别", "控制级别", "站点级别", "监测级别", "control_level"),
            "choice",
            choices=CONTROLS,
        ),
        Column("contrast", ("对照点", "是否对照点", "control"), "flag"),
        Column("background", ("背景点", "background"), "flag"),
        Column("lon", ("经度", "lon", "lng", "longitude"), "decimal"),
        Column("lat", ("纬度", "lat", "latitude"), "decimal"),
        Column("opened", ("启用日期", "opened"), "date"),
        Column("closed_on", ("停用日期", "停运日期", "closed_on"), "date"),
        Column("stopped", ("停用", "停运", "closed"), "flag"),
    )
    template_columns = (
        "code",
        "name",
        "region_code",
        "region",
        "city",
        "kind",
        "control",
        "lon",
        "lat",
        "opened",
        "closed_on",
    )
    example: ClassVar[tuple[tuple[str, ...], ...]] = (
        (
            "9901A",
            "（示例）市监测站",
            "990102",
            "云山区",
            "晴川市",
            "城市点",
            "国控",
            "113.50000",
            "34.70000",
            "",
            "",
        ),
    )

    def read(self) -> None:
        """Find each row's place and station."""
        records = self.read_list()
        self.progress(1, 3, __("Finding places"))
        self.places = Places()
        self.by_code: dict[str, Region] = {}
        self.by_name: dict[str, list[Region]] = {}
        for region in Region.objects.filter(
            valid_to__isnull=True, level__in=("province", "prefecture", "county", "town")
        ):
            self.by_code[codes.canonical(region.code)] = region
            for name in {region.name, region.short_name} - {""}:
                self.by_name.setdefault(name, []).append(region)
        self.known = {station.code: station for station in Station.objects.select_related("region")}
        self.wanted: list[_Wanted] = []
        rows: dict[str, int] = {}
        for record in records.rows:
            self._take(record, rows)
        self.progress(2, 3, __("Comparing"))
        nowhere = sum(one.values.get("region", "") is None for one in self.wanted)
        if nowhere:
            self.report.note(
                "station_nowhere",
                __("%(count)d stations lie in no place of the register; they are kept with their city."),
                count=nowhere,
            )
        for one in self.wanted:
            self._compare(one)

    def _take(self, record: Record, rows: dict[str, int]) -> None:
        given = record.values
        code = given["code"].strip()
        if not re.fullmatch(r"[0-9A-Za-z_.-]{1,30}", code):
            message = __("“%(text)s” is no code of a station. Write letters and figures only.")
            self.wrong(record.row, "code", "code_bad", message, text=code[:40])
            return
        if code in rows:
            message = __("“%(name)s” stands in row %(row)d already. Remove one of the rows.")
            self.wrong(record.row, "code", "row_twice", message, name=code, row=rows[code])
            return
        rows[code] = record.row
        name, stopped, last, contrast = name_parts(given["name"])
        if not name or len(name) > 60:
            message = __("The name is longer than %(limit)d characters.")
            self.wrong(record.row, "name", "name_long", message, limit=60)
            return
        values: dict[str, Any] = {"name": name}
        lon, lat = given.get("lon"), given.get("lat")
        if (lon is None) != (lat is None):
            message = __("Longitude and latitude belong together. Fill in both or none.")
            self.wrong(record.row, "lon", "half_position", message)
            return
        if lon is not None and lat is not None:
            if not (-180 <= lon <= 180 and -90 <= lat <= 90):
                message = __("This is no place on the earth. Write degrees, longitude and latitude.")
                self.wrong(record.row, "lon", "position_bad", message)
                return
            values["lon"], values["lat"] = float(lon), float(lat)
        values["kind"] = self._kind(given, contrast, stopped)
        if given.get("control"):
            values["control"] = given["control"]
        elif code not in self.known:
            # Four figures and an A is how the national network counts its stations.
            values["control"] = ControlLevel.NATIONAL if _NATIONAL.fullmatch(code) else ControlLevel.CITY
        if given.get("city"):
            values["city"] = given["city"][:60]
        if self.has("opened"):
            values["opened"] = first_day(given.get("opened"))
        closed = last_day(given.get("closed_on")) or last
        if closed is not None or self.has("closed_on"):
            values["closed"] = closed
        if stopped or self.has("stopped"):
            values["in_use"] = not (stopped or bool(given.get("stopped")))
        if values.get("opened") and values.get("closed") and values["closed"] < values["opened"]:
            message = __("The last day lies before the first. Correct one of them.")
            self.wrong(record.row, "closed_on", "time_backwards", message)
            return
        region = self._region(given, values)
        if region is not None or code not in self.known:
            values["region"] = region
        self.wanted.append(_Wanted(record.row, code, values, self.known.get(code)))

    @staticmethod
    def _kind(given: Any, contrast: bool, stopped: bool) -> str:
        if given.get("kind"):
            return str(given["kind"])
        # A list marks stations that stopped as control points, too.
        marked = bool(given.get("contrast")) and not stopped and not given.get("stopped")
        return StationKind.BACKGROUND if contrast or given.get("background") or marked else StationKind.CITY

    def _region(self, given: Any, values: dict[str, Any]) -> Region | None:
        code = given.get("region_code")
        if code and codes.canonical(code) in self.by_code:
            return self.by_code[codes.canonical(code)]
        upper = given.get("prefecture") or given.get("city") or ""
        above = [
            region
            for name in (upper, f"{upper}市")
            for region in self.by_name.get(name, [])
            if region.level == "prefecture"
        ]
        if given.get("region"):
            named = self.by_name.get(given["region"], [])
            inside = [r for r in named if not above or r.path.startswith(above[0].path)]
            if len(inside) == 1:
                return inside[0]
        if "lon" in values:
            found = self.places.at(values["lon"], values["lat"])
            if found is not None:
                return found
        return above[0] if above else None

    def _compare(self, one: _Wanted) -> None:
        label = f"{one.code} {one.values['name']}"
        shown = {key: _shown(key, value) for key, value in one.values.items() if value not in (None, "")}
        if one.stored is None:
            self.report.changes.append(Change("create", one.row, label, {}, {"code": one.code, **shown}))
            return
        old = {key: getattr(one.stored, key) for key in one.values}
        one.values = {key: value for key, value in one.values.items() if old[key] != value}
        if not one.values:
            self.report.unchanged += 1
            return
        before = {key: _shown(key, old[key]) for key in one.values}
        after = {key: _shown(key, value) for key, value in one.values.items()}
        self.report.changes.append(Change("update", one.row, label, before, after))

    def write(self) -> None:
        """Write the new ones, then the changed ones."""
        fresh = [one for one in self.wanted if one.stored is None]
        changed = [one for one in self.wanted if one.stored is not None and one.values]
        Station.objects.bulk_create([Station(code=one.code, **one.values) for one in fresh], batch_size=500)
        for one in changed:
            for key, value in one.values.items():
                setattr(one.stored, key, value)
        Station.objects.bulk_update([one.stored for one in changed if one.stored], _FIELDS, batch_size=100)
        touched = {one.code: one for one in (*fresh, *changed)}
        mine: set[str] = set()
        keys = list(touched)
        for start in range(0, len(keys), 500):
            part = Station.objects.filter(code__in=keys[start : start + 500])
            mine |= set(self.actor.rows(part, self.permission).values_list("code", flat=True))
        for code, one in touched.items():
            if code not in mine:
                message = __("“%(name)s” would lie outside of your data scope. Remove the row.")
                self.report.problem("not_yours", message, one.row, name=code)


def _shown(key: str, value: Any) -> Any:
    if key == "kind":
        return str(StationKind(value).label)
    if key == "control":
        return str(ControlLevel(value).label)
    return value.name if isinstance(value, Region) else value


def register() -> None:
    """Offer the import of stations."""
    offer(
        Importer(
            "air-stations",
            _("Air stations"),
            _(
                "A list of stations with code, name and coordinates (WGS-84). The place follows from the code of the"
                " district, else from the outlines of the register."
            ),
            ImportStations,
            "air:stations",
            fields={
                "region": _("Region"),
                "city": _("City"),
                "kind": _("Kind of station"),
                "control": _("Controlled by"),
                "lon": _("Longitude"),
                "lat": _("Latitude"),
                "opened": _("In use since"),
                "closed": _("In use until (last day)"),
                "in_use": _("In use"),
            },
        )
    )
