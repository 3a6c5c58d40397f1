"""The grid of an inventory: on a map, one cell with its greatest sources, and as GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.sources import access
from lantian.apps.sources.emissions import telling, telling_parts
from lantian.apps.sources.models import Prepared, Source
from lantian.apps.sources.views.inventory import OfRun
from lantian.apps.sources.views.inventory_tabs import Tab

WORDS = {"failed": _("The map could not be loaded."), "others": _("others"), "none": _("no sources to name")}


class _OnGrid(OfRun):
    """A page about a grid of an inventory."""

    @cached_property
    def grids(self) -> dict[int, Prepared]:
        """The grids by side [m]."""
        return telling_parts.sides_of(self.object)

    @cached_property
    def side(self) -> int:
        """The side of the address [m]."""
        return telling_parts.chosen_side(self.grids, self.request.GET.get("side", ""))

    def on_grid(self) -> str:
        """The pollutant of the address, if the grid has it."""
        names = list(self.grids[self.side].head.get("sums", {}))
        wanted = self.pollutant()
        return wanted if wanted in names or not names else names[0]


class InventoryGrid(_OnGrid, Tab):
    """The grid on a map, with what lies outside of it or has no place."""

    template_name = "sources/inventory_grid.html"

    def shown(self) -> dict[str, Any] | None:
        """Map, legend, sums, greatest cells and what has no place."""
        if not self.grids:
            return None
        row, held, chosen = self.object, self.grids[self.side], self.on_grid()
        context: dict[str, Any] = {
            "side": self.side,
            "sides": [(side, __("%(side)s km") % {"side": f"{side / 1000:g}"}) for side in sorted(self.grids)],
            "tiles": settings.MAP_TILES,
        }
        if "wrong" in held.head:
            return context | {"wrong": telling.words([held.head["wrong"]])}
        cells = telling_parts.part(row, "cells", f"{self.side}:{chosen}")
        nothing: dict[str, Any] = {"bounds": [], "most": 0.0, "count": 0, "greatest": []}
        head = cells.head if cells is not None else nothing
        lost = held.head["no_place"]
        keys = {one["source"] for one in lost if one["source"]}
        names = dict(self.visible().filter(pk__in=keys).values_list("pk", "name")) if keys else {}
        query = f"?side={self.side}&pollutant={chosen}"
        home = row.region if row.region is not None and self.user.may("core.region.view") else None
        return context | {
            "on_grid": chosen,
            "grid": held.head["grid"],
            "legend": telling_parts.legend(head["bounds"], head["most"]),
            "count": head["count"],
            "greatest": [
                {"name": name, "t": telling.tonnes(t), **self._named(cell, chosen)}
                for cell, name, t in head["greatest"][:10]
            ],
            "sums": telling_parts.balance_of_grid(held.head, chosen),
            "error": f"{held.head['error']:.1e}",
            "by_area": telling_parts.by_area(held.head),
            "lost": [
                {"source": one["source"], "name": names[one["source"]], "why": telling.words(one["said"])}
                for one in lost
                if one["source"] in names
            ],
            "map": {
                "cells": reverse("sources:inventory_cells", args=[row.pk]) + query,
                "cell": reverse("sources:inventory_cell", args=[row.pk]) + query,
                "outlines": reverse("core:region-map", args=[home.pk]) if home is not None else "",
                "words": {key: str(word) for key, word in WORDS.items()},
            },
            "geojson": f"{reverse('sources:inventory_geojson', args=[row.pk])}?side={self.side}",
        }

    def _named(self, cell: int, pollutant: str) -> dict[str, Any]:
        """The greatest visible source of a cell."""
        listed = self._tops.get(cell, ())
        found = next(((key, t) for key, t in listed if key in self._names), None)
        if found is None:
            return {"source": None}
        key, t = found
        return {"source": key, "of": self._names[key], "of_t": telling.tonnes(t)}

    @cached_property
    def _tops(self) -> dict[int, list[tuple[int, float]]]:
        """The greatest sources of the greatest cells."""
        row, chosen = self.object, self.on_grid()
        cells = telling_parts.part(row, "cells", f"{self.side}:{chosen}")
        wanted = [cell for cell, _name, _t in cells.head["greatest"][:10]] if cells is not None else []
        return telling_parts.tops_of_cells(row, self.side, chosen, wanted)

    @cached_property
    def _names(self) -> dict[int, str]:
        """Their names, of those that the account may see."""
        keys = {key for listed in self._tops.values() for key, _t in listed}
        return dict(self.visible().filter(pk__in=keys).values_list("pk", "name"))


class InventoryCells(_OnGrid, View):
    """What the map draws: corners of the grid, and the cells that hold something."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As JSON."""
        held = telling_parts.part(self.object, "grid", str(self.side), body=True) if self.grids else None
        if held is None or "grid" not in held.head:
            raise Http404
        cells = telling_parts.part(self.object, "cells", f"{self.side}:{self.on_grid()}", body=True)
        if cells is None:
            raise Http404
        return JsonResponse(
            {
                "columns": held.head["grid"]["columns"],
                "corners": held.body["corners"],
                "bounds": cells.head["bounds"],
                **cells.body,
            }
        )


class InventoryCell(_OnGrid, View):
    """One cell with its greatest sources."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """As JSON; sources that the account may not see are added up."""
        grid = self.grids[self.side].head.get("grid") if self.grids else None
        wanted = request.GET.get("cell", "")
        if grid is None or not (wanted.isdigit() and len(wanted) < 9):
            raise Http404
        cell, chosen = int(wanted), self.on_grid()
        cells = telling_parts.part(self.object, "cells", f"{self.side}:{chosen}", body=True)
        if cells is None or cell not in cells.body["cells"]:
            raise Http404
        whole = cells.body["t"][cells.body["cells"].index(cell)]
        listed = telling_parts.tops_of_cells(self.object, self.side, chosen, [cell])[cell]
        mine = Source.objects.all().visible_to(self.user, access.INVENTORY_VIEW)
        names = dict(mine.filter(pk__in=[key for key, _t in listed]).values_list("pk", "name"))
        shown = [(key, t) for key, t in listed if key in names]
        rest = whole - sum(t for _key, t in shown)
        return JsonResponse(
            {
                "name": telling_parts.cell_name(grid, cell),
                "t": f"{telling.tonnes(whole)} t/a",
                "sources": [
                    {
                        "name": names[key],
                        "t": telling.tonnes(t),
                        "url": reverse("sources:inventory_source", args=[self.object.pk, key]),
                    }
                    for key, t in shown
                ],
                "rest": telling.tonnes(rest) if rest > 1e-9 * abs(whole) else "",
            }
        )


class InventoryGeojson(_OnGrid, View):
    """The grid as a file, cell by cell."""

    def get(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """All pollutants [t], and beside them what lies outside or has no place."""
        row = self.object
        held = telling_parts.part(row, "grid", str(self.side), body=True) if self.grids else None
        if held is None or "grid" not in held.head:
            raise Http404
        head = {
            "type": "FeatureCollection", "name": row.name, "year": row.year, "unit": "t", "crs_of_cells": held.head["grid"]["crs"],
            **{
                part: {name: sums[part] for name, sums in held.head["sums"].items()}
                for part in ("outside", "unplaced")
            },
        }  # fmt: skip

        def written() -> Iterator[str]:
            yield json.dumps(head, ensure_ascii=False)[:-1] + ', "features": ['
            for number, feature in enumerate(telling_parts.geojson_features(row, held)):
                yield (",\n" if number else "\n") + json.dumps(feature, ensure_ascii=False)
            yield "\n]}\n"

        response = StreamingHttpResponse(written(), content_type="application/geo+json")
        name = f"{row.name}_{self.side / 1000:g}km.geojson"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response
