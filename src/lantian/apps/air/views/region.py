"""The air of a place: yesterday, a period beside last year's, the calendar of a year, the days; and why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import (
    access,
    charts,
    excluding,
    exporting,
    indices,
    now,
    periods,
    queries,
    readings,
    statistics,
)
from lantian.apps.air.books import scheme_for
from lantian.apps.air.choices import POLLUTANT_WORDS, UNITS
from lantian.apps.air.models import Exclusion
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.air.views.now import number_of
from lantian.apps.core import pages
from lantian.apps.core.models import Region
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.periods import period_of

CRUMBS = ((_("Air quality now"), "air:now"),)
#: days of the table
DAYS = 14


def yesterday() -> date:
    """The last day that is over: that of the newest hour, unless the hour ends it."""
    hour = readings.last_hour(timezone.now())
    if hour is None:
        return timezone.now().astimezone(BEIJING).date() - timedelta(days=1)
    return hour.astimezone(BEIJING).date() - timedelta(days=1)


def region_or_404(pk: int) -> Region:
    """A place by its key; the air of every place may be seen."""
    return get_object_or_404(Region.objects.select_related("parent"), pk=pk)


class RegionPage(ReadsLake, pages.Page):
    """A place."""

    template_name = "air/region.html"
    permission = access.STATION_VIEW
    breadcrumbs = CRUMBS

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page, or one of its tables in Excel."""
        self.region = region_or_404(pk)
        self.day = yesterday()
        default = periods.year_to_date(self.day)
        self.period, self.wrong = periods.read(request.GET.get("period", ""), default)
        self.excluding = request.GET.get("events", "") != "keep"
        # Points of the whole time that the page shows, so that a station that closed last spring counts in last winter.
        first = date(self.period.first.year - 1, 1, 1)
        self.place = queries.places([self.region], first, max(self.day, self.period.last))[0]
        if self.place.points and request.GET.get("export") == "statistics":
            return self._statistics_excel()
        if self.place.points and request.GET.get("export") == "days":
            return self._days_excel()
        return super().get(request)

    def get_title(self) -> Any:
        """The place."""
        return __("Air of %(place)s") % {"place": self.region.name}

    def get_subtitle(self) -> Any:
        """Who stands for it."""
        if not self.place.points:
            return ""
        return __("%(count)d points stand for this place: %(names)s") % {
            "count": len(self.place.points),
            "names": "、".join(point.name for point in self.place.points[:8])
            + ("…" if len(self.place.points) > 8 else ""),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that the page shows."""
        if not self.place.points:
            return super().get_context_data(place=None, region=self.region, **kwargs)
        found = self._compared()
        year = self.period.last.year if self.period.last <= self.day else self.day.year
        of_year = self._days(date(year, 1, 1), min(self.day, date(year, 12, 31)))
        of_days = indices.of_days(of_year.days)
        removed = self._removed(date(year, 1, 1), min(self.day, date(year, 12, 31))) if self.excluding else {}
        last = of_days.get(self.day)
        here = now.look(self.region, timezone.now()).of(self.region)
        shown = [self.day - timedelta(days=number) for number in range(DAYS)]
        return super().get_context_data(
            region=self.region,
            place=self.place,
            period=self.period,
            period_words=periods.words(self.period),
            wrong=self.wrong,
            offered=periods.offered(self.day),
            excluding=self.excluding,
            exclusions=self._exclusions(),
            day=self.day,
            last=last,
            before=of_days.get(self.day - timedelta(days=1)),
            here=here,
            hour=readings.last_hour(timezone.now()),
            found=found,
            year=year,
            calendar=charts.calendar(
                year,
                of_days,
                __("AQI calendar of %(place)s %(year)d") % {"place": self.region.name, "year": year},
            ),
            months=self._months(of_days, year),
            days=[
                (day, of_year.days.get(day, {}), of_days.get(day), removed.get(day))
                for day in shown
                if day.year == year
            ],
            pollutants={**POLLUTANT_WORDS, "o3": f"{POLLUTANT_WORDS['o3']} 8h"},
            below=[one for one in queries.measured_regions() if one.parent_id == self.region.pk],
            **kwargs,
        )

    def _compared(self) -> statistics.Compared:
        return statistics.compared(self.place, self.period, excluding_events=self.excluding)

    def _days(self, first: date, last: date, *, excluding: bool = False) -> queries.PlaceDays:
        """The daily values, those that are excluded with the others unless it is asked otherwise."""
        scheme = scheme_for(period_of(f"{first}:{last}"))
        return queries.place_days(self.place, first, last, scheme, excluding_events=excluding)

    def _removed(self, first: date, last: date) -> Mapping[date, frozenset[str]]:
        return self._days(first, last, excluding=True).removed

    def _exclusions(self) -> list[Exclusion]:
        """Exclusions that change this period."""
        spans = [
            span
            for span in excluding.spans_in(self.period.first, self.period.last)
            if any(span.covers(point.code, point.path) for point in self.place.points)
        ]
        return list(
            Exclusion.objects.filter(pk__in=[span.pk for span in spans]).select_related("region", "station")
        )

    def _months(self, days: dict[date, indices.Index], year: int) -> dict[str, Any]:
        """Days of each class in each month."""
        counts = {level: [0] * 12 for level in range(1, 7)}
        for day, index in days.items():
            if index.level:
                counts[index.level][day.month - 1] += 1
        option = charts.bars(
            [__("%(month)d (month)") % {"month": month} for month in range(1, 13)],
            {charts.word_of(level): values for level, values in counts.items() if any(values)},
            __("Days by class, %(place)s %(year)d") % {"place": self.region.name, "year": year},
        )
        colours = charts.colours()
        by_word = {charts.word_of(level): colours[level] for level in counts}
        for series in option["series"]:
            series |= {"stack": "days", "itemStyle": {"color": by_word[series["name"]]}}
        return option

    # --- Excel ---

    def _statistics_excel(self) -> HttpResponse:
        found = self._compared()
        columns = [
            __("Pollutant"),
            __("Statistic"),
            __("Unit"),
            __("This period"),
            __("Same period last year"),
            __("Change in per cent"),
            __("Limit"),
            __("Single index"),
            __("Valid days"),
            __("Needed days"),
            __("Book and clause"),
        ]
        rows: list[list[Any]] = [
            [
                row.label,
                row.kind,
                row.unit,
                row.value,
                row.before,
                row.change,
                row.limit,
                row.index,
                row.valid,
                row.required,
                "；".join(found.now.statistics[row.name].clauses),
            ]
            for row in found.rows
        ]
        before = found.before
        rows += [
            [
                __("Composite index"),
                "",
                "",
                found.now.composite_index,
                before.composite_index if before else None,
                found.composite_change,
                None,
                None,
                None,
                None,
                found.now.book,
            ],
            [
                __("Good days"),
                "",
                __("days"),
                found.now.good_days,
                before.good_days if before else None,
                *[None] * 6,
            ],
            [
                __("Heavy days"),
                "",
                __("days"),
                found.now.heavy_days,
                before.heavy_days if before else None,
                *[None] * 6,
            ],
        ]
        title = f"{self.region.name} {periods.words(self.period)}"
        return exporting.excel(self.actor, title, columns, rows)

    def _days_excel(self) -> HttpResponse:
        year = self.period.last.year if self.period.last <= self.day else self.day.year
        span = date(year, 1, 1), min(self.day, date(year, 12, 31))
        found, removed = self._days(*span), self._removed(*span)
        of_days = indices.of_days(found.days)
        words = {**POLLUTANT_WORDS, "o3": f"{POLLUTANT_WORDS['o3']} 8h"}
        columns = [
            __("Day"),
            "AQI",
            __("Class"),
            __("Primary pollutant"),
            *(f"{word} ({UNITS[name]})" for name, word in words.items()),
            __("Excluded"),
        ]
        rows = [
            [
                day,
                of_days[day].aqi,
                of_days[day].word,
                of_days[day].pollutants,
                *(number_of(values.get(name), name) for name in words),
                "、".join(words.get(name, name) for name in words if name in removed.get(day, ())),
            ]
            for day, values in sorted(found.days.items())
        ]
        return exporting.excel(
            self.actor,
            __("Days of %(place)s %(year)d") % {"place": self.region.name, "year": year},
            columns,
            rows,
        )
