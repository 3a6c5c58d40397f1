"""Which place of the register a point lies in."""

from __future__ import annotations

from lantian.apps.core.models import Region, RegionBoundary
from lantian.rules import geo

#: levels whose outlines are asked, the smallest places first; a station belongs to a county rather than to its city
_LEVELS = ("county", "prefecture", "province")


class Places:
    """The outlines of the open places, read once for many points."""

    def __init__(self) -> None:
        found = (
            RegionBoundary.objects.filter(region__level__in=_LEVELS, region__valid_to__isnull=True)
            .select_related("region")
            .only("west", "south", "east", "north", "region")
        )
        self._boxes = sorted(found, key=lambda row: _LEVELS.index(row.region.level))
        self._outlines: dict[int, list[geo.Polygon]] = {}

    def _polygons(self, row: RegionBoundary) -> list[geo.Polygon]:
        if row.pk not in self._outlines:
            whole = RegionBoundary.objects.values_list("geometry", flat=True).get(pk=row.pk)
            self._outlines[row.pk] = geo.read_polygons(whole)
        return self._outlines[row.pk]

    def at(self, lon: float, lat: float) -> Region | None:
        """The smallest place that a point (WGS-84) lies in, no smaller than a county; None outside of all outlines."""
        for row in self._boxes:
            if row.west <= lon <= row.east and row.south <= lat <= row.north:
                if geo.inside(self._polygons(row), lon, lat):
                    return row.region
        return None
