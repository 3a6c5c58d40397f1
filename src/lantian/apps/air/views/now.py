"""The air now: map, list, movers, advice."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django_htmx.http import reselect, retarget

from lantian.apps.air import access, exporting, indices, now, queries
from lantian.apps.air.choices import POLLUTANT_WORDS, UNITS
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.core import pages
from lantian.apps.core.models import Region

#: data older than this are marked [h]
STALE = 3


def chosen_region(request: HttpRequest, user: Any) -> Region | None:
    """The place that the address names, or else the account's own."""
    given = request.GET.get("region", "")
    if given.isdigit() and len(given) < 19:
        found = Region.objects.filter(pk=int(given), valid_to__isnull=True).first()
        if found is not None:
            return found
    return queries.home_region(user)


class NowPage(ReadsLake, pages.Page):
    """The last hour."""

    template_name = "air/now.html"
    permission = access.STATION_VIEW
    title = _("Air quality now")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or its table in Excel."""
        self.region = chosen_region(request, self.user)
        self.found = now.look(self.region, timezone.now())
        if request.GET.get("export") == "xlsx":
            return self._excel()
        if request.headers.get("HX-Request") and request.GET.get("seen") == self._seen():
            # Nothing has come since: only the age of what is shown is told anew.
            if self.found.hour is None:
                return HttpResponse(status=204)
            response = render(request, "air/now_time.html", self._time())
            return retarget(reselect(response, "#air-time"), "#air-time")
        return super().get(request, *args, **kwargs)

    def _seen(self) -> str:
        """What is another text once the page would show other values."""
        values = [(row.station.pk, row.index.aqi, *row.values.values()) for row in self.found.stations]
        return blake2b(repr((self.found.hour, values)).encode(), digest_size=12).hexdigest()

    def _time(self) -> dict[str, Any]:
        """The hour and its age."""
        hour = self.found.hour
        age = None if hour is None else timezone.now() - hour
        return {
            "hour": hour,
            "minutes": None if age is None else max(0, int(age.total_seconds() // 60)),
            "stale": age is not None and age.total_seconds() > STALE * 3600,
        }

    def get_subtitle(self) -> Any:
        """Which place."""
        return self.region.name if self.region is not None else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The hour, its age, stations, places, movers and what the map shows."""
        worse, better = self.found.movers
        here = self.found.of(self.region) if self.region is not None else None
        return super().get_context_data(
            region=self.region,
            regions=self._offered(),
            seen=self._seen(),
            **self._time(),
            here=here,
            values=[] if here is None else self._values(here),
            rows=self.found.stations,
            places=[
                row for row in self.found.places if self.region is None or row.place.pk != self.region.pk
            ],
            worse=worse,
            better=better,
            silent=sum(row.index.aqi is None for row in self.found.stations),
            map=self._map(),
            tiles=settings.MAP_TILES,
            pollutants=POLLUTANT_WORDS,
            **kwargs,
        )

    @staticmethod
    def _offered() -> list[Region]:
        """Cities to choose from, and their province where there are several."""
        cities = queries.measured_regions("prefecture")
        return [*(queries.measured_regions("province") if len(cities) > 1 else ()), *cities]

    @staticmethod
    def _values(here: now.PlaceNow) -> list[dict[str, Any]]:
        return [
            {
                "label": POLLUTANT_WORDS[name],
                "value": indices.shown(here.values.get(name), name),
                "unit": UNITS[name],
                "iaqi": here.index.iaqi.get(name),
                "primary": POLLUTANT_WORDS[name].replace("₃", "3").replace("₂", "2") in here.index.primary,
            }
            for name in POLLUTANT_WORDS
        ]

    def _map(self) -> dict[str, Any]:
        """What the script draws: places by their codes, and stations with coordinates."""
        return {
            "outlines": "" if self.region is None else reverse("air:outlines", args=[self.region.pk]),
            "places": {
                row.place.code: {
                    "level": row.index.level,
                    "aqi": row.index.aqi,
                    "word": row.index.word,
                    "url": reverse("air:region", args=[row.place.pk]),
                }
                for row in self.found.places
            },
            "stations": [
                {
                    "name": row.station.name,
                    "lon": row.station.lon,
                    "lat": row.station.lat,
                    "aqi": row.index.aqi,
                    "level": row.index.level,
                    "word": row.index.word,
                    "kind": str(row.station.get_kind_display()),
                    "sign": now.SIGNS.get(row.station.kind, "diamond"),
                    "primary": row.index.pollutants,
                    "values": [
                        f"{POLLUTANT_WORDS[name]} {indices.shown(row.values.get(name), name)} {UNITS[name]}"
                        for name in POLLUTANT_WORDS
                        if row.values.get(name) is not None
                    ],
                    "url": row.station.get_absolute_url(),
                }
                for row in reversed(self.found.stations)
                if row.station.lon is not None
            ],
            "words": {"primary": __("Primary pollutant"), "none": __("No AQI")},
        }

    def _excel(self) -> HttpResponse:
        columns = [
            __("Station"),
            __("Station code"),
            __("Region"),
            __("Time"),
            "AQI",
            __("Class"),
            __("Primary pollutant"),
            *(f"{word} ({UNITS[name]})" for name, word in POLLUTANT_WORDS.items()),
        ]
        hour = self.found.hour.replace(tzinfo=None) if self.found.hour is not None else None
        rows = [
            [
                row.station.name,
                row.station.code,
                str(row.station.region or row.station.city),
                hour,
                row.index.aqi,
                row.index.word,
                row.index.pollutants,
                *(number_of(row.values.get(name), name) for name in POLLUTANT_WORDS),
            ]
            for row in self.found.stations
        ]
        return exporting.excel(self.actor, __("Air quality of the last hour"), columns, rows)


def number_of(value: Any, column: str) -> float | int | None:
    """A concentration as Excel takes it."""
    text = indices.shown(value, column)
    if not text:
        return None
    return float(text) if "." in text else int(text)
