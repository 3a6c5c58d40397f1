"""An inventory on a grid: the outlines that the database keeps, the grid around them, and where each source lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.models.regions import RegionBoundary
from lantian.apps.sources.emissions.running import Computed
from lantian.apps.sources.models import InventoryRun
from lantian.rules.geo import Box, bounds, read_polygons
from lantian.rules.sources.checks import default_area

if TYPE_CHECKING:
    from lantian.inventory.gridding import Spread
    from lantian.inventory.grids import Grid
    from lantian.inventory.releases import Releases

#: sides of cells [m]
SIDES = (1000, 3000)
#: around the sources where no outline is kept [°]
_EDGE = 0.01


@dataclass(frozen=True, slots=True)
class Spaced:
    """Emitters, a grid, and where the emitters lie in it; `outline` is that of the place of the inventory, or empty."""

    releases: Releases
    grid: Grid
    where: Spread
    outline: list[Any]


def released(found: Computed, row: InventoryRun) -> Releases:
    """The emitters of an inventory."""
    from lantian.inventory.releases import releases_of

    return releases_of(
        found.built.rows, found.inventory.emissions, found.books, row.year, default_area(found.books)
    )


def spaced(found: Computed, row: InventoryRun, side: int, releases: Releases | None = None) -> Spaced:
    """The emitters on a grid over the place of the inventory, or over its sources where no outline is kept.

    Raises
    ------
    Conflict
        There is neither an outline nor a position.
    SourcesError
        The grid cannot be, or an outline cannot be used.
    """
    import numpy as np

    from lantian.inventory.gridding import proxies_of_points, spread
    from lantian.inventory.grids import grid_over

    releases = releases or released(found, row)
    emitters = releases.emitters
    codes = {one.text("region") for one in found.built.rows if one.sheet == "sources"}
    home = row.region.code if row.region is not None else ""
    kept = RegionBoundary.objects.filter(region__code__in=codes | {home}).select_related("region")
    places = {one.region.code: read_polygons(one.geometry) for one in kept}
    points = emitters.points
    if places:
        domain = bounds([polygon for polygons in places.values() for polygon in polygons])
    elif points.any():
        x, y = emitters.longitude[points], emitters.latitude[points]
        domain = Box(
            float(np.min(x)) - _EDGE, float(np.min(y)) - _EDGE, float(np.max(x)) + _EDGE, float(np.max(y)) + _EDGE
        )  # fmt: skip
    else:
        raise Conflict(
            _("No source has a position, and no place has an outline. Import one of them first.")
        )
    grid = grid_over(domain, side=side)
    where = spread(emitters, grid, places, proxies_of_points(emitters, grid))
    return Spaced(releases, grid, where, places.get(home, []))
