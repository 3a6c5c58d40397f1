"""Maps of sources: single ones where few are in sight, clusters by cells of a grid where there are many."""

from __future__ import annotations

import math
import re
from typing import Any

from django.conf import settings
from django.db.models import Avg, Count, F, FloatField, IntegerField, Max, Min, Value
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from lantian.apps.core.models import Region
from lantian.apps.core.pages import Page, PageMixin
from lantian.apps.sources import access
from lantian.apps.sources.filters_lists import EntryFilter, SourceFilter
from lantian.apps.sources.kinds import source_kind
from lantian.apps.sources.models import ListEntry, Source
from lantian.apps.sources.views.entries import SOURCES
from lantian.apps.sources.views.lists import OfList

#: single sources that a map shows at most; more are clusters
SINGLE = 300
#: pixels of a cell of the grid
_CELL = 72


def box_of(text: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north out of an address; None where it is no box."""
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"-?\d{1,3}(\.\d{1,12})?", part) for part in parts):
        return None
    west, south, east, north = (float(part) for part in parts)
    return (west, south, east, north) if west < east and south < north else None


def cell_size(zoom: int) -> float:
    """Degrees of a cell at a zoom: the whole world is 256 pixels wide at zoom 0."""
    return 360 / 2**zoom * _CELL / 256


def features(rows: Any, prefix: str, box: Any, zoom: int) -> dict[str, Any]:
    """What lies in a box as GeoJSON: points with a name, or clusters with a number.

    Parameters
    ----------
    rows
        Sources, or entries whose sources are meant.
    prefix
        Lookup from a row to its source.
    """
    lon, lat = f"{prefix}lon", f"{prefix}lat"
    if box is not None:
        west, south, east, north = box
        rows = rows.filter(**{f"{lon}__range": (west, east), f"{lat}__range": (south, north)})
    else:
        rows = rows.filter(**{f"{lon}__isnull": False})
    rows = rows.order_by()
    single = list(rows.values_list("pk", lon, lat, "name", f"{prefix}kind", "status")[: SINGLE + 1])
    if len(single) <= SINGLE:
        return _collection([_point(*row) for row in single], len(single))
    size = cell_size(zoom)
    # A cast is the same on every database but for rounding, which only shifts the grid.
    cells = (
        rows.annotate(
            cell_x=Cast((F(lon) + Value(180.0, FloatField())) / Value(size, FloatField()), IntegerField()),
            cell_y=Cast((F(lat) + Value(90.0, FloatField())) / Value(size, FloatField()), IntegerField()),
        )
        .values("cell_x", "cell_y")
        .annotate(number=Count("pk"), x=Avg(lon), y=Avg(lat), w=Min(lon), e=Max(lon), s=Min(lat), n=Max(lat))
        .values_list("number", "x", "y", "w", "s", "e", "n")
    )
    found, total = [], 0
    for number, x, y, west, south, east, north in cells:
        total += number
        found.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [round(x, 5), round(y, 5)]},
                "properties": {"count": number, "box": [round(v, 5) for v in (west, south, east, north)]},
            }
        )
    return _collection(found, total)


def _point(key: int, lon: float, lat: float, name: str, kind: str, status: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"key": key, "name": name, "kind": source_kind(kind), "status": status},
    }


def _collection(found: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return {"type": "FeatureCollection", "total": total, "features": found}


class _Points(PageMixin, View):
    """Points of a map as GeoJSON."""

    permission = access.SOURCE_VIEW
    url_name = ""
    prefix = ""

    def rows(self) -> Any:
        """The rows of the filter in the address."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Points or clusters in the box of the address."""
        zoom = request.GET.get("zoom", "")
        level = min(max(int(zoom), 1), 19) if zoom.isdigit() and len(zoom) < 3 else 9
        found = features(self.rows(), self.prefix, box_of(request.GET.get("box", "")), level)
        for one in found["features"]:
            key = one["properties"].pop("key", None)
            if key is not None:
                one["properties"]["url"] = reverse(self.url_name, args=[key])
        return JsonResponse(found)


class SourcesPoints(_Points):
    """Sources."""

    url_name = "sources:source"

    def rows(self) -> Any:
        """Sources of the filter."""
        rows = Source.objects.listed_to(self.user, access.SOURCE_VIEW).live()
        return SourceFilter(self.request.GET, queryset=rows, request=self.request).qs


class ListPoints(OfList, _Points):
    """Entries of a list where their sources lie."""

    url_name = "sources:entry"
    prefix = "source__"

    def rows(self) -> Any:
        """Entries of the filter."""
        rows = ListEntry.objects.listed_to(self.user, access.SOURCE_VIEW).filter(list=self.listing)
        return EntryFilter(self.request.GET, queryset=rows, request=self.request, type_=self.type).qs


class _Map(Page):
    permission = access.SOURCE_VIEW
    template_name = "sources/lists_map.html"
    title: Any = _("Map of sources")

    def extent(self) -> list[float] | None:
        """West, south, east, north of everything that the account may see."""
        found = (
            Source.objects.listed_to(self.user, access.SOURCE_VIEW)
            .order_by()
            .aggregate(w=Min("lon"), s=Min("lat"), e=Max("lon"), n=Max("lat"))
        )
        return None if found["w"] is None else [found["w"], found["s"], found["e"], found["n"]]

    def context(self, points: str, filterset: Any, words: dict[str, Any]) -> dict[str, Any]:
        """What the script needs."""
        extent = self.extent()
        if extent is not None and math.isclose(extent[0], extent[2]) and math.isclose(extent[1], extent[3]):
            extent = [extent[0] - 0.05, extent[1] - 0.05, extent[2] + 0.05, extent[3] + 0.05]
        place = self.place()
        given = {
            "points": points,
            "extent": extent,
            "outlines": reverse("core:region-map", args=[place.pk]) if place is not None else "",
            "words": {name: str(word) for name, word in words.items()},
        }
        return {"filterset": filterset, "tiles": settings.MAP_TILES, "extent": extent, "map": given}

    def place(self) -> Region | None:
        """The place whose outlines lie below the points."""
        home = self.user.organisation
        region: Region | None = home.region if home is not None else None
        return region if self.user.may("core.region.view") else None


WORDS = {"sources": _("sources"), "failed": _("The map could not be loaded."), "in_sight": _("in sight:")}


class SourcesMap(_Map):
    """All sources on a map."""

    breadcrumbs = (SOURCES,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the filter of the list."""
        filterset = SourceFilter(self.request.GET, queryset=Source.objects.none(), request=self.request)
        return super().get_context_data(
            **self.context(reverse("sources:sources_points"), filterset, WORDS), **kwargs
        )


class ListMap(OfList, _Map):
    """The entries of a list on a map."""

    def place(self) -> Region | None:
        """The place of the list."""
        return self.listing.region if self.user.may("core.region.view") else None

    def get_subtitle(self) -> str:
        """The list."""
        return str(self.listing)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return self.list_crumbs()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the filter of the list."""
        filterset = EntryFilter(
            self.request.GET, queryset=ListEntry.objects.none(), request=self.request, type_=self.type
        )
        points = reverse("sources:list_points", args=[self.listing.pk])
        return super().get_context_data(**self.context(points, filterset, WORDS), **kwargs)
