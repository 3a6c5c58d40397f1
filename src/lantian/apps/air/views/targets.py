"""The board of targets: what is left of each, how likely it is, and what the rest of the year may have."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, aims, charts, exporting, periods, queries
from lantian.apps.air.views.region import yesterday
from lantian.apps.core import pages
from lantian.apps.core.models import Region
from lantian.rules.air.remaining import OPEN, UNTOLD
from lantian.rules.air.target_phrases import (
    chance_lines,
    left_words,
    month_heads,
    month_table,
    percent_words,
    result_words,
    what_if_words,
)
from lantian.rules.air.target_tables import course
from lantian.rules.air.target_words import BUDGETS, PROSPECTS, SPANS, STATES, reason_in_words
from lantian.rules.air.targets import MEAN

CRUMBS = ((_("Targets of the air"), "air:targets"),)
#: the slider: from this much below the reference years to this much above [%]
LEAST, MOST = -30, 60


def _look(aim: aims.Aim, region: Region | None) -> aims.Look:
    return aims.look(aim, region, yesterday())


class Targets(pages.Page):
    """The targets of a place, each with its light."""

    template_name = "air/targets.html"
    permission = access.STATION_VIEW
    title = _("Targets of the air")
    subtitle = _("What is left of each target of the plans, and how likely it is to be attained.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The board, or its table in Excel."""
        self.aims = aims.aims_of(self.user)
        self.regions = aims.regions_of(self.aims)
        self.region = self._region(request.GET.get("region", ""))
        chosen = [aim for aim in self.aims if self.region is not None and aim.set.region == self.region.pk]
        self.rows = [_row(_look(aim, self.region)) for aim in chosen]
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    def _region(self, key: str) -> Region | None:
        """The place that was asked for, or the account's own, or the first."""
        for region in self.regions:
            if str(region.pk) == key:
                return region
        home = queries.home_region(self.user)
        own = [region for region in self.regions if home is not None and region.pk == home.pk]
        return next(iter([*own, *self.regions]), None)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The cards, and the targets that cannot be looked at."""
        known = {region.pk for region in self.regions}
        return super().get_context_data(
            rows=self.rows,
            regions=self.regions,
            region=self.region,
            unplaced=[aim for aim in self.aims if aim.set.region not in known],
            day=yesterday(),
            **kwargs,
        )

    def _excel(self) -> HttpResponse:
        columns = [
            __("Target"),
            __("Plan"),
            __("Period"),
            __("So far"),
            __("What is left"),
            __("Next day"),
            __("Probability of attaining"),
            __("Days with a value"),
        ]
        rows = []
        for row in self.rows:
            left = row["left"]
            rows.append(
                [
                    row["name"],
                    row["look"].aim.set.plan,
                    row["period"],
                    row["so_far"],
                    row["says"],
                    row["next_day"],
                    row["probability"],
                    None if left is None else left.valid,
                ]
            )
        name = self.region.name if self.region is not None else ""
        title = __("Targets of the air: %(place)s") % {"place": name}
        return exporting.excel(self.actor, title, columns, rows)


def _row(look: aims.Look) -> dict[str, Any]:
    """What a card shows."""
    aim, found = look.aim, look.outlook
    row: dict[str, Any] = {
        "look": look,
        "key": aim.set.key,
        "name": f"{aim.set.indicator} {aim.set.asked}",
        "period": aim.set.period if aim.period is None else periods.words(aim.period),
        "light": "grey",
        "label": look.why,
        "left": None,
        "so_far": "",
        "says": look.why,
        "next_day": "",
        "probability": "",
        "share": None,
        "reasons": [],
    }
    if found is None:
        return row
    row["light"] = found.light
    row["reasons"] = [reason_in_words(one, __) for one in found.reasons]
    if found.strict is None:
        row["label"] = row["says"] = "；".join(row["reasons"])
        return row
    left = found.strict
    row.update(
        left=left,
        label=__(PROSPECTS[found.light] if left.state == OPEN else STATES[left.state]),
        so_far=result_words(left.to_date, found, __) if left.to_date is not None else "",
        says=left_words(left, found, __),
        judged=left_words(found.judged, found, __) if found.judged and found.judged != left else "",
    )
    if left.state == UNTOLD:
        row["says"] = "；".join(row["reasons"])
        row["reasons"] = []
    if left.used is not None and left.whole:
        row["share"] = min(100, round(100 * left.used / left.whole))
    if found.control is not None and found.control.spans:
        span = found.control.spans[0]
        row["next_day"] = str(span.value)
        row["spans"] = [
            {"label": __(SPANS[one.level]), "span": one, "value": one.value} for one in found.control.spans
        ]
        row["next_unit"] = __(BUDGETS[aim.target.measure]) if span.counts else aim.target.unit
    if found.chance is not None:
        row["probability"] = percent_words(found.chance.probability)
        row["interval"] = f"{percent_words(found.chance.low)}–{percent_words(found.chance.high)}"
    return row


class TargetPage(pages.Page):
    """A target: what is left, its course, its parts, its probability, and what if."""

    template_name = "air/target.html"
    permission = access.STATION_VIEW
    breadcrumbs = CRUMBS

    def get(self, request: HttpRequest, key: int) -> HttpResponse:
        """The page, its table of months in Excel, or what the slider asks for."""
        self.aim, self.region = _aim_or_404(self.user, key)
        self.seen = _look(self.aim, self.region)
        if request.GET.get("export") == "xlsx" and self.seen.outlook is not None:
            found = self.seen.outlook
            title = f"{self._place()} {self.aim.set.indicator} {self.aim.set.asked}"
            rows = [[None if cell in ("—", "") else cell for cell in row] for row in month_table(found, __)]
            return exporting.excel(self.actor, title, month_heads(found, __), rows)
        return super().get(request)

    def _place(self) -> str:
        return self.region.name if self.region is not None else self.aim.set.place

    def get_title(self) -> Any:
        """The place and the target."""
        return f"{self._place()} {self.aim.set.indicator} {self.aim.set.asked}"

    def get_subtitle(self) -> Any:
        """The period and the plan."""
        return f"{_row(self.seen)['period']} · {self.aim.set.plan}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that the page shows."""
        row, found = _row(self.seen), self.seen.outlook
        return super().get_context_data(
            row=row,
            look=self.seen,
            found=found,
            day=yesterday(),
            chart=_burn_down(found) if found is not None else None,
            chances=[line.strip() for line in chance_lines(found, __)] if found is not None else [],
            heads=month_heads(found, __) if found is not None and found.decomposition else [],
            months=month_table(found, __) if found is not None else [],
            **_assumed(self.request, self.aim, self.seen),
            **kwargs,
        )


class TargetWhatIf(pages.Page):
    """The answer of the slider alone."""

    permission = access.STATION_VIEW

    def get(self, request: HttpRequest, key: int) -> HttpResponse:
        """The answer."""
        aim, region = _aim_or_404(self.user, key)
        return render(request, "air/target_what_if.html", _assumed(request, aim, _look(aim, region)))


def _aim_or_404(user: Any, key: int) -> tuple[aims.Aim, Region | None]:
    """A target among those that the account may see, with its place."""
    for aim in aims.aims_of(user):
        if aim.set.key == key:
            return aim, next(iter(aims.regions_of([aim])), None)
    raise Http404


def _assumed(request: HttpRequest, aim: aims.Aim, seen: aims.Look) -> dict[str, Any]:
    """How far the slider stands, and what comes of it."""
    text = request.GET.get("cut", "")
    number = int(text) if text.lstrip("-").isdigit() and len(text) < 4 else 0
    cut = max(LEAST, min(MOST, number))
    values: dict[str, Any] = {"cut": cut, "least": LEAST, "most": MOST, "key": aim.set.key, "answer": ""}
    found = seen.outlook
    if found is None or found.strict is None or found.strict.state != OPEN or found.usual is None:
        return values
    assumption = aims.what_if(aim, seen, Decimal(cut))
    if assumption is not None and found is not None:
        values["answer"] = what_if_words(assumption, found, __)
        values["attains"] = assumption.strict
    return values


def _burn_down(found: Any) -> dict[str, Any] | None:
    """How the allowance of the period is used up."""
    shown = course(found)
    if shown is None:
        return None
    target = found.absolute
    actual: list[float | None] = [round(float(one), 1) for one in shown.actual]
    series: dict[str, list[float | None]] = {
        __("Left by the plan"): [round(float(one), 1) for one in shown.planned],
        __("Left so far"): actual + [None] * (len(shown.days) - len(actual)),
    }
    option = charts.lines(shown.days, series, __("What is left of the allowance"))
    unit = f"{target.unit}·{__('days')}" if target.measure == MEAN else __(BUDGETS[target.measure])
    option["yAxis"] = {"type": "value", "name": unit, "nameTextStyle": {"align": "left"}}
    option["grid"] = {"left": 8, "right": 16, "top": 56, "bottom": 8, "containLabel": True}
    return option
