"""Outlines of a place and of the places in it, for maps of the air."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views import View

from lantian.apps.air.access import STATION_VIEW
from lantian.apps.core import pages
from lantian.apps.core.models import Region
from lantian.apps.core.queries.registry import map_of


class Outlines(pages.PageMixin, View):
    """GeoJSON; it changes seldom and may be kept by the browser for an hour."""

    permission = STATION_VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The outlines."""
        region = get_object_or_404(Region.objects.all(), pk=pk)
        found = map_of(region) or {"type": "FeatureCollection", "features": []}
        response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
        response["Content-Type"] = "application/geo+json"
        response["Cache-Control"] = "private, max-age=3600"
        return response
