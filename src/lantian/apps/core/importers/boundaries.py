"""Outlines of regions from GeoJSON, in WGS-84 or in GCJ-02 that is declared as such."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers.base import Change, FileImport, unpacked
from lantian.apps.core.models import Region, RegionBoundary
from lantian.rules import geo
from lantian.rules import region_codes as codes

MAX_FEATURES = 5_000
MAX_VERTICES = 200_000
MAX_VERTICES_OF_FILE = 2_000_000
#: The display copy leaves out what is smaller than this share of the place.
DISPLAY_STEPS = 1_500
CRS = {"wgs84": _("WGS-84 / CGCS2000"), "gcj02": _("GCJ-02 (AMap, Tencent)")}
_CODE_KEYS = ("code", "adcode", "gb", "区划代码", "行政区划代码", "代码", "xzqdm", "district_code")
_NAME_KEYS = ("name", "名称", "district", "county", "city", "区划名称", "xzqmc", "town", "province")

PROBLEMS = {
    "not_polygon": _("This is not an area: only Polygon and MultiPolygon can be an outline."),
    "not_numbers": _("A position is not a pair of numbers (ring %(detail)s)."),
    "out_of_range": _("A position lies outside of longitude ±180 and latitude ±90 (ring %(detail)s)."),
    "ring_too_short": _("A ring has fewer than four positions (ring %(detail)s)."),
    "ring_open": _("A ring does not end where it begins (ring %(detail)s)."),
    "ring_without_area": _("A ring encloses no area (ring %(detail)s)."),
    "ring_crosses_itself": _(
        "A ring crosses itself (ring %(detail)s). Mend it in the map program and export again."
    ),
    "too_many_vertices": _("The outline has more than %(detail)s positions. Simplify it and export again."),
    "empty": _("The outline is empty."),
}


@dataclass
class _Wanted:
    row: int
    region: Region
    polygons: list[geo.Polygon]
    stored: RegionBoundary | None


class ImportBoundaries(FileImport):
    """Bring outlines into the register; each feature is matched by its code, else by its name."""

    code = "core.boundary.import"
    permission = "core.region.manage"
    subject_label = _("Boundaries")
    accepts = frozenset({"json", "geojson", "gz"})

    def __init__(
        self, actor: Actor, content: bytes, filename: str, *, crs: str = "", source: str = "", **options: Any
    ) -> None:
        super().__init__(actor, content, filename, **options)
        self.crs, self.source = crs, source.strip()[:200]

    def read(self) -> None:
        """Read, check, match."""
        if self.crs not in CRS:
            message = __("Say in which coordinates the file is: WGS-84 or GCJ-02.")
            raise Invalid(message, fields={"crs": message})
        features = self._features()
        self.report.rows = len(features)
        regions = list(Region.objects.order_by("pk"))
        self._by_code: dict[str, list[Region]] = {}
        self._by_name: dict[str, list[Region]] = {}
        for region in regions:
            self._by_code.setdefault(codes.canonical(region.code), []).append(region)
            if region.valid_to is None:
                for name in {region.name, region.short_name} - {""}:
                    self._by_name.setdefault(name, []).append(region)
        stored = {row.region_id: row for row in RegionBoundary.objects.defer("geometry", "simplified")}
        self.wanted: list[_Wanted] = []
        taken: dict[int, int] = {}
        vertices = 0
        for number, feature in enumerate(features, 1):
            self.progress(number, len(features), __("Reading"))
            one = self._one(number, feature, stored)
            if one is None:
                continue
            vertices += geo.vertices(one.polygons)
            if vertices > MAX_VERTICES_OF_FILE:
                message = __("The file has more than %(limit)d positions. Simplify it or split it.") % {
                    "limit": MAX_VERTICES_OF_FILE
                }
                raise Invalid(message, fields={"file": message})
            if one.region.pk in taken:
                self.report.problem(
                    "region_twice",
                    __("“%(name)s” has an outline in entry %(other)d already. Remove one of them."),
                    number,
                    name=one.region.name,
                    other=taken[one.region.pk],
                )
                continue
            taken[one.region.pk] = number
            self.wanted.append(one)
            kind = "create" if one.stored is None else "update"
            self.report.changes.append(
                Change(
                    kind,
                    number,
                    f"{one.region.code} {one.region.name}",
                    {},
                    {"polygons": len(one.polygons), "positions": geo.vertices(one.polygons)},
                )
            )

    def _features(self) -> list[Any]:
        content, _name = unpacked(self.content, self.filename)

        def refuse(message: str) -> Invalid:
            return Invalid(message, fields={"file": message})

        def no_constant(text: str) -> float:
            raise ValueError(text)

        try:
            found = json.loads(content.decode("utf-8-sig"), parse_constant=no_constant)
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise refuse(__("This is no GeoJSON file. Export the outlines as GeoJSON in UTF-8.")) from error
        if not isinstance(found, dict) or found.get("type") not in {"FeatureCollection", "Feature"}:
            raise refuse(
                __("This is no GeoJSON file with features. Export the outlines as a FeatureCollection.")
            )
        declared = found.get("crs")
        if isinstance(declared, dict):
            name = (
                str((declared.get("properties") or {}).get("name", ""))
                if isinstance(declared.get("properties"), dict)
                else ""
            )
            if name and not any(known in name.upper() for known in ("CRS84", "4326", "4490")):
                raise refuse(
                    __(
                        "The file says that its coordinates are %(crs)s. Export it in longitude and latitude (EPSG:4326)."
                    )
                    % {"crs": name[:60]}
                )
        features = [found] if found["type"] == "Feature" else found.get("features")
        if not isinstance(features, list) or not features:
            raise refuse(__("The file has no features."))
        if len(features) > MAX_FEATURES:
            raise refuse(__("The file has more than %(limit)d features. Split it.") % {"limit": MAX_FEATURES})
        return features

    def _one(self, number: int, feature: Any, stored: dict[int, RegionBoundary]) -> _Wanted | None:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(feature, dict) or not isinstance(properties, dict | None):
            self.report.problem("not_feature", __("This entry is no feature."), number)
            return None
        region = self._match(number, {str(k).lower(): v for k, v in (properties or {}).items()})
        if region is None:
            return None
        try:
            polygons = geo.read_polygons(feature.get("geometry"), max_vertices=MAX_VERTICES)
            for place, polygon in enumerate(polygons, 1):
                for ring_number, ring in enumerate(polygon, 1):
                    if geo.crossing(ring) is not None:
                        raise geo.GeometryError("ring_crosses_itself", f"{place}.{ring_number}")
        except geo.GeometryError as error:
            self.report.problem(error.code, PROBLEMS[error.code], number, region.name, detail=error.detail)
            return None
        return _Wanted(number, region, polygons, stored.get(region.pk))

    def _match(self, number: int, properties: dict[str, Any]) -> Region | None:
        code = next((str(properties[key]) for key in _CODE_KEYS if properties.get(key)), "")
        if code:
            rows = self._by_code.get(codes.canonical(code), [])
            if rows:
                return max(rows, key=lambda row: (row.valid_to is None, row.pk))
        names = [str(properties[key]) for key in _NAME_KEYS if properties.get(key)]
        rows = self._by_name.get(names[0], []) if names else []
        if len(rows) == 1:
            if code:
                self.report.note(
                    "matched_by_name",
                    __("The code %(code)s is not in the register; “%(name)s” was found by its name."),
                    number,
                    code=code[:20],
                    name=names[0],
                )
            return rows[0]
        if len(rows) > 1:
            self.report.problem(
                "name_ambiguous",
                __("There are several places called “%(name)s”. Add the code to the properties."),
                number,
                name=names[0],
            )
            return None
        self.report.problem(
            "region_unknown",
            __(
                "No place of the register has the code “%(code)s” or the name “%(name)s”. Import the places first."
            ),
            number,
            code=code[:20],
            name=names[0][:60] if names else "",
        )
        return None

    def write(self) -> None:
        """Convert and write."""
        rows: list[RegionBoundary] = []
        for number, one in enumerate(self.wanted, 1):
            polygons = geo.moved_to_wgs84(one.polygons) if self.crs == "gcj02" else one.polygons
            box = geo.bounds(polygons)
            row = one.stored or RegionBoundary(region=one.region)
            row.geometry = geo.to_geojson(polygons)
            size = max(box.east - box.west, box.north - box.south)
            row.simplified = geo.to_geojson(geo.simplify(polygons, size / DISPLAY_STEPS), digits=5)
            row.west, row.south, row.east, row.north = box.west, box.south, box.east, box.north
            row.declared_crs, row.source = self.crs, self.source or self.filename
            rows.append(row)
            self.progress(number, len(self.wanted), __("Writing"))
        RegionBoundary.objects.bulk_create([row for row in rows if row.pk is None], batch_size=50)
        fields = ["geometry", "simplified", "west", "south", "east", "north", "declared_crs", "source"]
        RegionBoundary.objects.bulk_update([row for row in rows if row.pk], fields, batch_size=20)
