"""Positions on their way in, judged by the outline of the place that a source is said to lie in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lantian.apps.core.models import Region, RegionBoundary
from lantian.rules import geo
from lantian.rules.sources.coordinates import Area, place
from lantian.rules.sources.datums import Datum

_WORLD = geo.Box(-180.0, -90.0, 180.0, 90.0)


class Areas:
    """Where sources of places can lie, each outline read once.

    The widest outline that the register holds from a place upwards counts, as a rule that of the city: outlines are not
    survey-grade, and a plant at the border of two counties is not told to lie wrongly.

    Parameters
    ----------
    exact
        By the outline itself. Tables of hundreds of thousands of rows are judged by its box, which finds exchanged
        degrees, metres and other cities alike, at a thousandth of the cost.
    """

    def __init__(self, *, exact: bool) -> None:
        self.exact = exact
        self._held: dict[int | None, Area] = {}

    def of(self, region: Region | None) -> Area:
        """The area for a place; the whole world where no outline is held."""
        key = region.pk if region is not None else None
        if key not in self._held:
            self._held[key] = self._area(region)
        return self._held[key]

    def _area(self, region: Region | None) -> Area:
        if region is None:
            return Area("", _WORLD)
        above = [region.path[:end] for end in range(1, len(region.path) + 1)]
        row = (
            RegionBoundary.objects.filter(region__path__in=above)
            .select_related("region")
            .defer("simplified", *(() if self.exact else ("geometry",)))
            .order_by("region__depth")
            .first()
        )
        if row is None:
            return Area(region.name, _WORLD)
        polygons = geo.read_polygons(row.geometry) if self.exact else ()
        return Area(row.region.name, geo.Box(row.west, row.south, row.east, row.north), polygons)

    def refuse_outside(self, values: Mapping[str, Any], region: Region | None) -> None:
        """Refuse the position of some facts where it cannot be right.

        Raises
        ------
        IdentifierError
            Its message offers another reading where one lies within the area.
        """
        lon, lat = values.get("longitude"), values.get("latitude")
        if lon in (None, "") or lat in (None, ""):
            return
        datum = Datum(str(values.get("datum") or Datum.CGCS2000))
        place(float(str(lon)), float(str(lat)), self.of(region), datum)
