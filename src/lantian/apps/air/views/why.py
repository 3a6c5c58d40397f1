"""Why a number is what it is: the rule with its book and clause, the values that went in, each step of the arithmetic."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.air import access, indices, periods, queries, statistics
from lantian.apps.air.books import footing, scheme_for
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.air.views.region import region_or_404, yesterday
from lantian.apps.core import pages
from lantian.rules.air.errors import NoEdition
from lantian.rules.air.evaluation import THOUSAND, Scheme
from lantian.rules.air.evaluation_books import PERCENTILE
from lantian.rules.air.periods import PeriodUnreadable, same_period
from lantian.rules.air.statistics import rounded

COMPOSITE, DAYS = "composite", "days"


class WhyPage(ReadsLake, pages.Page):
    """One number of a place and period, explained."""

    template_name = "air/why.html"
    permission = access.STATION_VIEW

    def get(self, request: HttpRequest, pk: int, item: str) -> HttpResponse:
        """Find what is asked about."""
        self.region = region_or_404(pk)
        self.item = item
        self.period, _wrong = periods.read(request.GET.get("period", ""), periods.year_to_date(yesterday()))
        self.excluding = request.GET.get("events", "") != "keep"
        self.scheme = self._scheme(request.GET.get("beside", ""))
        first = date(self.period.first.year - 1, 1, 1)
        self.place = queries.places([self.region], first, max(self.period.last, yesterday()))[0]
        known = {one.column: one for one in self.scheme.book.items}
        if not self.place.points or (item not in known and item not in (COMPOSITE, DAYS)):
            raise Http404
        self.judged = known.get(item)
        return super().get(request)

    def _scheme(self, beside: str) -> Scheme:
        """What holds in the period; beside a later one, what the later one is judged by."""
        if not beside:
            return scheme_for(self.period)
        later, wrong = periods.read(beside, self.period)
        try:
            base = None if wrong else footing(later, self.period).base
        except NoEdition:
            base = None
        return base or scheme_for(self.period)

    def get_title(self) -> Any:
        """What is explained."""
        names = {COMPOSITE: __("Composite index"), DAYS: __("Good and heavy days")}
        what = names.get(self.item) or indices.written(self.judged.pollutant)  # type: ignore[union-attr]
        return __("Why: %(what)s") % {"what": what}

    def get_subtitle(self) -> Any:
        """Of which place and period."""
        return f"{self.region.name} · {periods.words(self.period)}"

    def get_breadcrumbs(self) -> list[Any]:
        """Back to the place."""
        back = f"{reverse('air:region', args=[self.region.pk])}?period={self.period.text}"
        return [(__("Air quality now"), reverse("air:now")), (self.region.name, back)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The steps and the values."""
        found = queries.evaluation(
            self.place, self.period, scheme=self.scheme, excluding_events=self.excluding
        )
        days = queries.place_days(
            self.place,
            self.period.first,
            self.period.last,
            self.scheme,
            # Good and heavy days are those of all values.
            excluding_events=self.excluding and self.item != DAYS,
        )
        context: dict[str, Any] = {
            "region": self.region,
            "place": self.place,
            "period": self.period,
            "found": found,
            "reasons": statistics.reasons(found),
            "excluding": self.excluding,
            "removed": sorted(days.removed.items()),
            "few": days.few,
            "last_year": self._last_year(),
        }
        if self.judged is not None:
            context |= self._of_pollutant(found, days)
        elif self.item == COMPOSITE:
            context |= self._of_composite(found)
        else:
            context |= self._of_days(days)
        return super().get_context_data(**context, **kwargs)

    def _last_year(self) -> str:
        try:
            other = same_period(self.period)
        except PeriodUnreadable:
            return ""
        url = reverse("air:why", args=[self.region.pk, self.item])
        events = "" if self.excluding else "&events=keep"
        return f"{url}?period={other.text}&beside={self.period.text}{events}"

    def _of_pollutant(self, found: Any, days: queries.PlaceDays) -> dict[str, Any]:
        judged = self.judged
        assert judged is not None
        of = found.statistics[judged.pollutant]
        column = judged.column
        values = sorted(
            ((Fraction(row[column]), day) for day, row in days.days.items() if column in row),
            key=lambda pair: (pair[0], pair[1]),
        )
        unit = "mg/m³" if judged.pollutant == "CO" else "µg/m³"
        marks: set[int] = set()
        steps: list[dict[str, Any]] = [
            {
                "name": __("Daily values"),
                "sum": __("%(valid)d valid, %(required)d needed")
                % {"valid": of.valid, "required": of.required},
                "says": __(
                    "Each is the mean of the points of the place; of O3 the greatest mean of 8 hours of each point."
                )
                if len(self.place.points) > 1
                else __("Those of the only point."),
                "clause": self.scheme.book.id,
            }
        ]
        if values and of.mean_exact is not None:
            total = sum((value for value, _day in values), Fraction(0)) / THOUSAND
            steps.append(
                {
                    "name": __("Mean"),
                    "sum": f"{_short(total)} ÷ {len(values)} = {_short(of.mean_exact)} → {of.mean} {unit}",
                    "says": __("Rounded half to even to %(digits)d places.") % {"digits": judged.digits},
                    "clause": of.clauses[0],
                }
            )
        if values and of.percentile_exact is not None:
            rank = Fraction((len(values) - 1) * of.percentile_of, 100)
            below = rank.numerator // rank.denominator
            marks = {below, min(below + 1, len(values) - 1)}
            low, high = values[below][0] / THOUSAND, values[max(marks)][0] / THOUSAND
            steps.append(
                {
                    "name": __("Percentile %(of)d") % {"of": of.percentile_of},
                    "sum": f"k = 1 + ({len(values)} − 1) × {of.percentile_of}% = {_short(rank + 1)}；"
                    f"{_short(low)} + ({_short(high)} − {_short(low)}) × {_short(rank - below)}"
                    f" = {_short(of.percentile_exact)} → {of.percentile} {unit}",
                    "says": __("The values in ascending order; between two ranks in proportion."),
                    "clause": of.clauses[0],
                }
            )
        counted = statistics.counted(of, judged.index_of)
        if of.single_index is not None and counted is not None:
            steps.append(
                {
                    "name": __("Single index"),
                    "sum": f"{counted} ÷ {of.limit} = {of.single_index}",
                    "says": __("The percentile counts, held against the limit of a day.")
                    if judged.index_of == PERCENTILE
                    else __("The mean counts, held against the limit of a year."),
                    "clause": "；".join(of.clauses),
                }
            )
        return {
            "steps": steps,
            "statistic": of,
            "values": [
                {
                    "rank": number + 1,
                    "day": day,
                    "value": _short(value / THOUSAND),
                    "marked": number in marks,
                }
                for number, (value, day) in enumerate(values)
            ],
            "unit": unit,
        }

    def _of_composite(self, found: Any) -> dict[str, Any]:
        parts = []
        for item in self.scheme.book.items:
            of = found.statistics[item.pollutant]
            weight = self.scheme.book.number(f"weight_{item.pollutant}")
            parts.append(
                {
                    "label": indices.written(item.pollutant),
                    "url": f"{reverse('air:why', args=[self.region.pk, item.column])}?period={self.period.text}"
                    + ("" if self.excluding else "&events=keep"),
                    "value": statistics.counted(of, item.index_of),
                    "limit": of.limit,
                    "index": of.single_index,
                    "weight": weight,
                }
            )
        words = " + ".join(
            f"{part['index']}" if part["weight"] == 1 else f"{part['weight']} × {part['index']}"
            for part in parts
        )
        steps = []
        if found.composite_index is not None:
            steps = [
                {
                    "name": __("Composite index"),
                    "sum": f"{words} = {found.composite_index}",
                    "says": __("The sum of the single indices with their weights."),
                    "clause": found.book,
                }
            ]
        return {"steps": steps, "parts": parts}

    def _of_days(self, days: queries.PlaceDays) -> dict[str, Any]:
        of_days = indices.of_days(days.days, self.scheme.aqi_edition)
        listed = [
            {"day": day, "index": index}
            for day, index in sorted(of_days.items(), key=lambda pair: (-(pair[1].aqi or -1), pair[0]))
        ]
        steps = [
            {
                "name": __("Good days"),
                "sum": __("AQI not above 100"),
                "says": __(
                    "Days of which a pollutant is missing count only where the others alone make them bad."
                ),
                "clause": "；".join(sorted({index.book for index in of_days.values() if index.book})),
            },
            {"name": __("Heavy days"), "sum": __("AQI above 200"), "says": "", "clause": ""},
        ]
        return {"steps": steps, "listed": listed}


def _short(value: Fraction | int) -> str:
    """A number with six places at most."""
    text = f"{rounded(Fraction(value), 6):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
