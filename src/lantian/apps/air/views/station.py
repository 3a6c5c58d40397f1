"""The page of a station: last hours, days, calendar of the year, hours by month, data capture."""

from __future__ import annotations

import calendar
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, charts, exporting, indices, periods, readings
from lantian.apps.air.books import scheme_for
from lantian.apps.air.choices import POLLUTANT_WORDS, UNITS
from lantian.apps.air.models import Station
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.air.views.now import number_of
from lantian.apps.air.views.region import yesterday
from lantian.apps.air.views.stations import CRUMBS
from lantian.apps.core import pages
from lantian.lake.schema import POLLUTANTS
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.periods import period_of
from lantian.rules.air.statistics import ratio_percent

#: hours of the chart, and days of the table
HOURS, DAYS = 72, 14
#: below this share of valid hours a month is marked [%]
FEW = 75


class StationView(ReadsLake, pages.DetailView):
    """A station."""

    model = Station
    permission = access.STATION_VIEW
    breadcrumbs = CRUMBS
    template_name = "air/station.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or one of its tables in Excel."""
        self.day = yesterday()
        given = request.GET.get("year", "")
        self.year = self.day.year
        if given.isdigit() and len(given) == 4 and periods.first_year() <= int(given) <= self.day.year:
            self.year = int(given)
        column = request.GET.get("pollutant", "pm25")
        self.column = column if column in POLLUTANTS else "pm25"
        if request.GET.get("export") == "days":
            return self._days_excel()
        if request.GET.get("export") == "hours":
            return self._hours_excel()
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        """With its place."""
        return super().get_queryset().select_related("region")

    def get_subtitle(self) -> Any:
        """Code, kind and who runs it."""
        station: Station = self.object
        return f"{station.code} · {station.get_kind_display()} · {station.get_control_display()}"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is written about it."""
        station: Station = self.object
        position = "" if station.lon is None else f"{station.lon:.5f}, {station.lat:.5f}"
        return [
            (_("Station code"), station.code),
            (_("Region"), station.region or station.city),
            (_("Kind of station"), station.get_kind_display()),
            (_("Controlled by"), station.get_control_display()),
            (_("Position (WGS-84)"), position),
            (_("In use since"), station.opened),
            (_("In use until (last day)"), station.closed or ("" if station.in_use else __("Not known"))),
            (_("Note"), station.note),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Correct and close, for who may."""
        station: Station = self.object
        if not self.actor.rows(Station.objects.filter(pk=station.pk), access.STATION_MANAGE).exists():
            return []
        found = [
            {"label": _("Correct"), "url": reverse("air:station_edit", args=[station.pk]), "icon": "edit"}
        ]
        if station.closed is None:
            url = reverse("air:station_close", args=[station.pk])
            found.append({"label": _("Take out of use"), "url": url, "icon": "circle-off", "tone": "danger"})
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that the page shows."""
        station: Station = self.object
        hour = readings.last_hour(timezone.now())
        days, of_days = self._of_year()
        shown = [self.day - timedelta(days=number) for number in range(DAYS)]
        here = __("%(name)s %(year)d") % {"name": station.name, "year": self.year}
        context: dict[str, Any] = {
            "year": self.year,
            "years": range(self.day.year, self.day.year - 4, -1),
            "column": self.column,
            "pollutants": POLLUTANT_WORDS,
            "day_pollutants": {**POLLUTANT_WORDS, "o3": f"{POLLUTANT_WORDS['o3']} 8h"},
            "has_days": bool(days),
            "calendar": charts.calendar(self.year, of_days, f"AQI {here}"),
            "days": [(day, days.get(day, {}), of_days.get(day)) for day in shown if day.year == self.year],
            "capture": self._capture(),
            "rose": charts.rose(self._rose(), self.column, f"{POLLUTANT_WORDS[self.column]} {here}"),
        }
        if hour is not None:
            context |= self._last_hours(hour)
        return super().get_context_data(**context, **kwargs)

    def _last_hours(self, hour: datetime) -> dict[str, Any]:
        station: Station = self.object
        read = readings.hours([station.code], hour - timedelta(hours=HOURS - 1), hour)
        by_end = {end: row for row, end in enumerate(read.end)}
        ends = [hour - timedelta(hours=number) for number in range(HOURS - 1, -1, -1)]

        def values(name: str) -> list[float | int | None]:
            return [
                number_of(read.values[name][by_end[end]], name) if end in by_end else None for end in ends
            ]

        rows = [(end - timedelta(hours=1)).date() for end in ends]
        of_hours = indices.of_rows(
            [
                (day, {name: read.values[name][by_end[end]] for name in POLLUTANTS} if end in by_end else {})
                for day, end in zip(rows, ends, strict=True)
            ],
            "hour",
        )
        series: dict[str, list[float | int | None]] = {"AQI": [index.aqi for index in of_hours]}
        for name in ("pm25", "pm10", "o3", "no2", "so2"):
            series[POLLUTANT_WORDS[name]] = values(name)
        option = charts.lines(ends, series, f"{station.name} {hour:%Y-%m-%d %H}", hidden=("SO₂",))
        return {
            "hour": hour,
            "last": of_hours[-1],
            "last_values": [
                {
                    "label": POLLUTANT_WORDS[name],
                    "value": indices.shown(read.values[name][by_end[hour]], name) if hour in by_end else "",
                    "unit": UNITS[name],
                    "iaqi": of_hours[-1].iaqi.get(name),
                    "primary": False,
                }
                for name in POLLUTANT_WORDS
            ],
            "hours": option,
            "any_hours": bool(len(read)),
        }

    def _of_year(self) -> tuple[readings.Days, dict[date, indices.Index]]:
        first, last = date(self.year, 1, 1), min(self.day, date(self.year, 12, 31))
        scheme = scheme_for(period_of(f"{first}:{last}"))
        code = self.object.code
        days = readings.station_days(code, first, last, scheme)
        return days, indices.of_days(days)

    def _rose(self) -> dict[tuple[int, int], float]:
        """(month, hour of the label) → mean of the hours of the year."""
        code, column = self.object.code, self.column
        begin = datetime(self.year, 1, 1, 1, tzinfo=BEIJING)
        end = datetime(self.year + 1, 1, 1, tzinfo=BEIJING)
        read = readings.hours(
            [code],
            begin,
            min(end, timezone.now().astimezone(BEIJING).replace(minute=0, second=0, microsecond=0)),
        )
        totals: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        for moment, value in zip(read.end, read.values[column], strict=True):
            if value is not None:
                start = moment - timedelta(hours=1)
                of = totals[start.month, start.hour + 1]
                of[0] += value
                of[1] += 1
        digits = 2 if column == "co" else 0
        return {
            key: round(total / count / 1000, digits) if digits else round(total / count / 1000)
            for key, (total, count) in totals.items()
        }

    def _capture(self) -> list[dict[str, Any]]:
        """Of each month: the share of its hours that are valid, for each pollutant."""
        code = self.object.code
        now = timezone.now().astimezone(BEIJING).replace(minute=0, second=0, microsecond=0)
        counted = {
            one.month: {name: int(one.columns[f"{name}_count"][one.rows[code]].sum()) for name in POLLUTANTS}
            for one in readings.standing().months(date(self.year, 1, 1), date(self.year, 12, 31))
            if code in one.rows
        }
        rows = []
        for month in range(1, 13):
            begin = datetime(self.year, month, 1, tzinfo=BEIJING)
            length = calendar.monthrange(self.year, month)[1] * 24
            hours = min(length, int((now - begin).total_seconds() // 3600))
            if hours <= 0:
                break
            of = counted.get(f"{self.year}-{month:02}", dict.fromkeys(POLLUTANTS, 0))
            shares = [(of[name], ratio_percent(of[name], hours)) for name in POLLUTANTS]
            rows.append(
                {
                    "month": f"{self.year}-{month:02}",
                    "hours": hours,
                    "shares": [
                        {"count": count, "percent": percent, "few": percent is not None and percent < FEW}
                        for count, percent in shares
                    ],
                }
            )
        return rows

    # --- Excel ---

    def _days_excel(self) -> HttpResponse:
        days, of_days = self._of_year()
        words = {**POLLUTANT_WORDS, "o3": f"{POLLUTANT_WORDS['o3']} 8h"}
        columns = [
            __("Day"),
            "AQI",
            __("Class"),
            __("Primary pollutant"),
            *(f"{word} ({UNITS[name]})" for name, word in words.items()),
        ]
        rows = [
            [
                day,
                of_days[day].aqi,
                of_days[day].word,
                of_days[day].pollutants,
                *(number_of(values.get(name), name) for name in words),
            ]
            for day, values in sorted(days.items())
        ]
        title = __("Days of %(place)s %(year)d") % {"place": self.object.name, "year": self.year}
        return exporting.excel(self.actor, title, columns, rows)

    def _hours_excel(self) -> HttpResponse:
        code = self.object.code
        begin = datetime(self.year, 1, 1, 1, tzinfo=BEIJING)
        read = readings.hours([code], begin, datetime(self.year + 1, 1, 1, tzinfo=BEIJING))
        columns = [__("Time"), *(f"{word} ({UNITS[name]})" for name, word in POLLUTANT_WORDS.items())]
        rows = [
            [end.replace(tzinfo=None), *(number_of(read.values[name][row], name) for name in POLLUTANTS)]
            for row, end in enumerate(read.end)
        ]
        title = __("Hours of %(place)s %(year)d") % {"place": self.object.name, "year": self.year}
        return exporting.excel(self.actor, title, columns, rows)
