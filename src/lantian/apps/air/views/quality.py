"""Data quality: capture by station and month, and what the checks have held."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access
from lantian.apps.air.doors import words
from lantian.apps.air.models import Doubt, Station
from lantian.apps.air.queries_quality import Row, capture, doubts_by_reason
from lantian.apps.air.tables import StationFilter
from lantian.apps.core import log, pages
from lantian.apps.core.display import campaign_today
from lantian.rules.air.doors.items import HOUR_ITEMS, NAMES

#: stations on one page
SHOWN = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class QualityView(pages.Page):
    """The heat map and the reasons."""

    permission = access.STATION_VIEW
    template_name = "air/doors/quality.html"
    title = _("Data quality")
    subtitle = _("Hours that are there, of all that could have been measured, by station and month.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or all of it as Excel."""
        rows = Station.objects.all().visible_to(self.user, access.STATION_VIEW).select_related("region")
        query = request.GET.get("q", "").strip()
        self.filter = StationFilter({"q": query}, queryset=rows)
        self.year = self._year(request.GET.get("year", ""))
        item = request.GET.get("item", "")
        self.item = item if item in HOUR_ITEMS else ""
        if request.GET.get("export") == "xlsx":
            return self._export()
        return super().get(request, *args, **kwargs)

    @staticmethod
    def _year(text: str) -> int:
        year = int(text) if text.isdecimal() and len(text) == 4 else campaign_today().year
        return min(max(year, 2000), campaign_today().year)

    def _rows(self, stations: Any) -> list[Row]:
        return capture(stations, self.year, campaign_today(), self.item)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The months of a page of stations, and the reasons."""
        page = Paginator(self.filter.qs.order_by("region__code", "code"), SHOWN).get_page(
            self.request.GET.get("page", 1)
        )
        today = campaign_today()
        doubts: list[dict[str, Any]] = []
        if self.user.may(access.DATA_REVIEW):
            visible = Doubt.objects.all().visible_to(self.user, access.DATA_REVIEW)
            doubts = [
                {**one, "word": words.reason_word(one["reason"]), "help": words.reason_help(one["reason"])}
                for one in doubts_by_reason(visible)
            ]
        return super().get_context_data(
            rows=[
                {"station": row.station, "cells": [_cell(one.percent) for one in row.months], "year": _cell(row.year.percent)}
                for row in self._rows(page.object_list)
            ],
            page_obj=page,
            months=[__("%(month)s m.") % {"month": month} for month in range(1, 13)],
            year=self.year,
            years=list(range(today.year, today.year - 12, -1)),
            item=self.item,
            items=[("", __("All pollutants")), *((name, NAMES[name]) for name in HOUR_ITEMS)],
            q=self.request.GET.get("q", ""),
            doubts=doubts,
            **kwargs,
        )  # fmt: skip

    def _export(self) -> HttpResponse:
        from lantian.office.ledger import write_table

        title = f"{__('Data quality')} {self.year}"
        heads = [
            __("Station code"),
            __("Name"),
            __("Region"),
            *(f"{self.year}-{m:02d}" for m in range(1, 13)),
            str(self.year),
        ]
        rows = [
            [
                row.station.code, row.station.name, str(row.station.region or row.station.city),
                *(_rounded(one.percent) for one in (*row.months, row.year)),
            ]
            for row in self._rows(self.filter.qs.order_by("region__code", "code"))
        ]  # fmt: skip
        stream = BytesIO()
        write_table(heads, iter(rows), title, stream)
        log.append([log.entry(self.actor, "core.list.export", label=title, after={"rows": len(rows)})])
        response = HttpResponse(stream.getvalue(), content_type=XLSX)
        name = f"{title.replace(' ', '_')}.xlsx"
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
        return response


def _rounded(percent: float | None) -> float | str:
    return "" if percent is None else round(percent, 1)


def _cell(percent: float | None) -> dict[str, Any]:
    """A share as text and the class of its colour."""
    if percent is None:
        return {"text": "", "tone": "none"}
    tone = next(name for least, name in _TONES if percent >= least)
    return {"text": f"{percent:.0f}", "tone": tone}


_TONES = ((95, "full"), (85, "good"), (75, "fair"), (50, "poor"), (0.0001, "bad"), (0, "nothing"))
