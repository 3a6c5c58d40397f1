"""Rankings: level, period and list to choose, movement, and the arithmetic of each place."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, exporting, periods, queries, ranking, readings
from lantian.apps.air.views.base import ReadsLake
from lantian.apps.air.views.region import yesterday
from lantian.apps.core import pages
from lantian.rules.air.measures import figure_of
from lantian.rules.air.periods import Period, PeriodUnreadable, same_period

#: memory of a row as it is written, nearly [bytes]
_OF_ROW = 1_200


class Rankings(ReadsLake, pages.Page):
    """Places in order."""

    template_name = "air/rankings.html"
    permission = access.STATION_VIEW
    title = _("Rankings")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the list in Excel."""
        self.day = yesterday()
        self.period, self.wrong = periods.read(request.GET.get("period", ""), periods.month_to_date(self.day))
        self.excluding = request.GET.get("events", "") != "keep"
        self.list = request.GET.get("list", "index")
        level = request.GET.get("level", "")
        regions = queries.measured_regions()
        self.regions = {one: [row for row in regions if row.level == one] for one in ranking.LEVELS}
        self.levels = [one for one in ranking.LEVELS if self.regions[one]]
        # A city ranks its counties; a province with several cities ranks those.
        several = len(self.regions["prefecture"]) > 1
        self.level = level if level in ranking.LEVELS else ("prefecture" if several else "county")
        first = date(self.period.first.year - 1, 1, 1)
        last = max(self.day, self.period.last)
        self.places = [
            place for place in queries.places(self.regions[self.level], first, last) if place.points
        ]
        self.found = self._table(self.excluding)
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    def _base(self) -> Period | None:
        try:
            return same_period(self.period)
        except PeriodUnreadable:
            return None

    def _table(self, excluding: bool) -> ranking.Table:
        return ranking.table(
            self.places, self.period, self._base(), ranking.list_of(self.list), excluding_events=excluding
        )

    def _rows_html(self, names: dict[str, str], **shown: Any) -> SafeString:
        """The rows, which take longest to write: written once for the same table."""
        key = ("ranking rows", self.found.key, self.period.text, *shown.values())
        rows = self.found.rows
        context = {"rows": rows, "names": names, "period": self.period, **shown}
        return readings.kept(
            key,
            lambda: render_to_string("air/ranking_rows.html", context),
            size=_OF_ROW * max(len(rows), 1),
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table and what can be chosen."""
        found = self.found
        key = found.ranking.list.keys[0]
        others = {} if not self.excluding else self._differences()
        movement = not found.ranking.list.changes and found.base is not None
        names = {place.code: place.name for place in self.places}
        return super().get_context_data(
            found=found,
            rows=found.rows,
            key_words=ranking.key_words(key),
            unit=ranking.unit_of(key),
            rows_html=self._rows_html(names, excluding=self.excluding, shows_movement=movement),
            otherwise=[
                (book.id, name, entry)
                for book in (found.footing.this.book, found.ranking.list)
                for name, entry in book.entries.items()
                if entry.override
            ],
            period=self.period,
            period_words=periods.words(self.period),
            base_words=periods.words(found.base) if found.base is not None else "",
            wrong=self.wrong,
            offered=periods.offered(self.day),
            lists=ranking.lists_offered(),
            list=self.list,
            level=self.level,
            levels=[
                (one, __("Cities") if one == "prefecture" else __("Districts and counties"))
                for one in self.levels
            ],
            excluding=self.excluding,
            others=others,
            **kwargs,
        )

    def _differences(self) -> dict[str, tuple[int | None, Any]]:
        """Code → place and value with everything counted, where they are other ones."""
        whole = self._table(False)
        if whole is self.found:
            return {}
        mine = {row.placed.entity: row for row in self.found.rows}
        return {
            row.placed.entity: (row.placed.place, row.value)
            for row in whole.rows
            if (row.placed.place, row.value)
            != (mine[row.placed.entity].placed.place, mine[row.placed.entity].value)
        }

    def _excel(self) -> HttpResponse:
        found = self.found
        key = found.ranking.list.keys[0]
        columns = [
            __("Place in the list"),
            __("Place"),
            f"{ranking.key_words(key)} {ranking.unit_of(key)}".strip(),
            __("Change against last year"),
            __("Place last year"),
            __("Composite index"),
            "PM2.5",
            "PM10",
            "O₃",
            __("Good days"),
            __("Heavy days"),
            __("Coverage"),
            __("Reasons"),
        ]
        rows = [
            [
                row.placed.place,
                row.place.name,
                row.value,
                row.change,
                row.before,
                row.evaluation.composite_index,
                *(figure_of(row.evaluation, name) for name in ("PM2.5", "PM10", "O3")),
                row.evaluation.good_days,
                row.evaluation.heavy_days,
                row.evaluation.coverage,
                "；".join(row.reasons),
            ]
            for row in found.rows
        ]
        title = f"{__('Rankings')} {ranking.key_words(key)} {periods.words(self.period)}"
        return exporting.excel(self.actor, title, columns, rows)
