"""Several places or years beside each other: the mean from the first day on, and a table."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, charts, exporting, periods, queries, statistics
from lantian.apps.air.choices import POLLUTANT_WORDS, UNITS
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.air.views.region import yesterday
from lantian.apps.core import pages
from lantian.apps.core.models import Region
from lantian.lake.schema import POLLUTANTS
from lantian.rules.air.evaluation import THOUSAND
from lantian.rules.air.periods import Period, PeriodUnreadable, same_period

#: places and years side by side
MOST_PLACES, MOST_YEARS = 8, 5


class Compare(ReadsLake, pages.Page):
    """The comparison."""

    template_name = "air/compare.html"
    permission = access.STATION_VIEW
    title = _("Comparison")
    subtitle = _("Several places, or one place over several years.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the table in Excel."""
        self.day = yesterday()
        self.period, self.wrong = periods.read(request.GET.get("period", ""), periods.year_to_date(self.day))
        column = request.GET.get("pollutant", "pm25")
        self.column = column if column in POLLUTANTS else "pm25"
        years = request.GET.get("years", "2")
        self.years = min(int(years), MOST_YEARS) if years.isdigit() and int(years) else 1
        self.regions = queries.measured_regions()
        chosen = {int(key) for key in request.GET.getlist("region") if key.isdigit() and len(key) < 19}
        picked = [one for one in self.regions if one.pk in chosen][:MOST_PLACES]
        home = queries.home_region(self.user)
        self.picked: list[Region] = picked or ([home] if home is not None else [])
        self.rows = self._rows()
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    def _periods(self) -> list[Period]:
        found = [self.period]
        for number in range(1, self.years):
            try:
                found.append(same_period(self.period, -number))
            except PeriodUnreadable:
                break
        return found

    def _rows(self) -> list[dict[str, Any]]:
        """A row for each place and year; all are judged by what holds in the latest period."""
        scheme = statistics.one_scheme(self.period)
        spans = self._periods()
        found = []
        places = queries.places(self.picked, min(span.first for span in spans), self.day)
        for place in places:
            for span in spans:
                if not place.points:
                    continue
                evaluated = queries.evaluation(place, span, scheme=scheme)
                days = queries.place_days(place, span.first, span.last, scheme)
                if not days.days:
                    continue
                found.append(
                    {
                        "place": place,
                        "period": span,
                        "label": f"{place.name} {span.first.year}" if len(spans) > 1 else place.name,
                        "evaluation": evaluated,
                        "values": [
                            statistics.counted(evaluated.statistics[item.pollutant], item.index_of)
                            for item in scheme.book.items
                        ],
                        "cumulative": _cumulative(days, span, self.column),
                    }
                )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The chart and the table."""
        scheme = statistics.one_scheme(self.period)
        length = max((span.days for span in self._periods()), default=0)
        days = [self.period.first + timedelta(days=number) for number in range(length)]
        option = charts.lines(
            days,
            {row["label"]: row["cumulative"] for row in self.rows},
            __("Cumulative mean of %(what)s") % {"what": POLLUTANT_WORDS[self.column]},
        )
        option["xAxis"]["data"] = [day.strftime("%m-%d") for day in days]
        return super().get_context_data(
            rows=self.rows,
            chart=option,
            regions=self.regions,
            picked={one.pk for one in self.picked},
            period=self.period,
            offered=periods.offered(self.day),
            wrong=self.wrong,
            column=self.column,
            unit=UNITS[self.column],
            pollutants=POLLUTANT_WORDS,
            years=self.years,
            year_choices=range(1, MOST_YEARS + 1),
            heads=statistics.heads(scheme),
            book=scheme.book.id,
            period_words=periods.words(self.period),
            most=MOST_PLACES,
            **kwargs,
        )

    def _excel(self) -> HttpResponse:
        scheme = statistics.one_scheme(self.period)
        columns = [
            __("Place"),
            __("Period"),
            *statistics.heads(scheme),
            __("Composite index"),
            __("Good days"),
            __("Heavy days"),
            __("Days with an AQI"),
            __("Coverage"),
        ]
        rows = [
            [
                row["place"].name,
                periods.words(row["period"]),
                *row["values"],
                row["evaluation"].composite_index,
                row["evaluation"].good_days,
                row["evaluation"].heavy_days,
                row["evaluation"].aqi_days,
                row["evaluation"].coverage,
            ]
            for row in self.rows
        ]
        return exporting.excel(self.actor, str(__("Comparison")), columns, rows)


def _cumulative(days: queries.PlaceDays, span: Period, column: str) -> list[float | None]:
    """The mean of the daily values up to each day; a day without a value keeps that of the day before."""
    total, count = Fraction(0), 0
    last: date = max(days.days)
    digits = 3 if column == "co" else 1
    found: list[float | None] = []
    for number in range(span.days):
        day = span.first + timedelta(days=number)
        if day > last:
            break
        value = days.days.get(day, {}).get(column)
        if value is not None:
            total, count = total + value, count + 1
        found.append(round(float(total / count / THOUSAND), digits) if count else None)
    return found
