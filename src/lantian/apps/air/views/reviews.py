"""Review of values: the list, decisions on many at once, one value with its neighbours, stored hours corrected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.air import access, forms_doors, lake, tables_doors
from lantian.apps.air.actions.reviews import AcceptDoubts, CorrectDoubt, CorrectHour, RejectDoubts
from lantian.apps.air.doors import words
from lantian.apps.air.doors.push import known_hours
from lantian.apps.air.models import Doubt, DoubtState, Station
from lantian.apps.core import lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.rules.air.doors.items import HOUR_ITEMS, NAMES, value_text

CRUMBS = ((_("Review of air data"), "air:doubts"),)
_DECISIONS: dict[str, Any] = {"accept": AcceptDoubts, "reject": RejectDoubts}
#: hours before and after that are shown beside a value
_AROUND = 6


class DoubtList(lists.ListView):
    """Values that were held or flagged."""

    model = Doubt
    permission = access.DATA_REVIEW
    template_name = "air/doors/doubts.html"
    results_template_name = "air/doors/doubts_results.html"
    title = _("Review of air data")
    subtitle = _(
        "Held values are not in the lake; flagged ones are. Every decision needs a reason, and what was there stays."
    )
    table_class = tables_doors.DoubtTable
    filterset_class = tables_doors.DoubtFilter
    page_sizes = (50, 100, 20)
    empty_title = _("Nothing is to be reviewed.")
    empty_hint = _("What a check at the door holds or flags is listed here.")

    def get_queryset(self) -> Any:
        """With what the list shows."""
        return super().get_queryset().select_related("station", "city", "delivery")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The rows that a decision on all of the filter would touch."""
        rows = self.filterset.qs if self.filterset is not None else self.get_queryset()
        return super().get_context_data(
            open_count=rows.filter(state=DoubtState.OPEN).count(),
            bulk_query=self.request.GET.urlencode(),
            **kwargs,
        )


class DoubtDecide(pages.PageMixin, View):
    """Accept or reject many values with one reason."""

    permission = access.DATA_REVIEW

    def post(self, request: HttpRequest) -> HttpResponse:
        """Decide and go back to the list."""
        query = request.POST.get("query", "")
        rows = Doubt.objects.all().visible_to(self.user, access.DATA_REVIEW)
        if request.POST.get("which") == "all":
            data = QueryDict(query)
            rows = tables_doors.DoubtFilter(data, queryset=rows).qs.filter(state=DoubtState.OPEN)
        else:
            keys = [key for key in request.POST.getlist("pick") if key.isdecimal()]
            rows = rows.filter(pk__in=keys)
        decision = _DECISIONS.get(request.POST.get("decision", ""))
        try:
            if decision is None:
                raise NotFound
            count = decision(self.actor, rows, lake(), reason=request.POST.get("reason", "")).execute()
            messages.success(request, __("%(count)s values decided.") % {"count": count})
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            said = [
                str(text)
                for texts in error.fields.values()
                for text in (texts if isinstance(texts, list) else [texts])
            ]
            messages.error(request, " ".join(said) or str(error))
        back = reverse("air:doubts")
        return redirect(f"{back}?{query}" if query else back)


class DoubtView(pages.RowActionView):
    """One value with the hours around it; corrected here."""

    model = Doubt
    permission = access.DATA_REVIEW
    template_name = "air/doors/doubt.html"
    breadcrumbs = CRUMBS
    submit_label = _("Correct")
    success_message = _("Corrected.")
    form_class = forms_doors.ValuesForm

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return (
            super()
            .get_queryset()
            .select_related("station", "city", "delivery", "decided_by", "decided_by__person")
        )

    def get_title(self) -> Any:
        """Whose value."""
        return f"{self.object.who} · {tables_doors.when(self.object)}"

    def get_subtitle(self) -> Any:
        """Why."""
        return words.reason_word(self.object.reason)

    def get_form_kwargs(self) -> dict[str, Any]:
        """The values that were held."""
        return {
            **super().get_form_kwargs(),
            "items": dict(self.object.values) or {"pm25": None, "pm10": None},
        }

    def run(self, form: Any) -> Any:
        """Correct it."""
        values = {item: value for item, value in form.values().items() if value is not None}
        return CorrectDoubt(
            self.actor, self.object, values, lake(), reason=form.cleaned_data["reason"]
        ).execute()

    def get_done_url(self, result: Any) -> str:
        """Stay."""
        return str(self.object.get_absolute_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The neighbours and the decision."""
        row: Doubt = self.object
        facts = [
            (_("Station"), f"{row.station} ({row.station.code})" if row.station else row.who),
            (_("Time"), tables_doors.when(row)),
            (_("Values"), tables_doors.shown(row)),
            (_("Kind"), __("Held") if row.held else __("Flagged")),
            (_("Row"), row.row or ""),
        ]
        decided = []
        if row.state != DoubtState.OPEN:
            decided = [
                (_("State"), row.get_state_display()),
                (_("By"), str(row.decided_by or "")),
                (
                    _("Decided at"),
                    f"{timezone.localtime(row.decided_at):%Y-%m-%d %H:%M}" if row.decided_at else "",
                ),
                (_("Grounds"), row.decision_reason),
                (_("Stored"), words.values_words(row.decision) if row.decision and row.held else ""),
            ]
        return super().get_context_data(
            row=row,
            facts=facts,
            decided=decided,
            help=words.reason_help(row.reason),
            open=row.state == DoubtState.OPEN,
            correctable=row.state == DoubtState.OPEN and row.hours == 1 and row.first is not None,
            around=self._around(row),
            **kwargs,
        )

    @staticmethod
    def _around(row: Doubt) -> dict[str, Any]:
        """What the lake has of the hours around."""
        if row.station is None or row.first is None or row.interval != "hour":
            return {}
        first = row.first - timedelta(hours=_AROUND)
        last = min(row.last or row.first, row.first + timedelta(hours=24)) + timedelta(hours=_AROUND)
        known = known_hours(lake(), [row.station.code], first, last)
        rows = []
        at = first
        while at <= last:
            values = known.get((row.station.code, int(at.timestamp()) // 3600), {})
            inside = row.first <= at <= (row.last or row.first)
            rows.append(
                {
                    "time": f"{timezone.localtime(at):%m-%d %H:%M}",
                    "inside": inside,
                    "cells": [_cell(item, values, row if inside else None) for item in HOUR_ITEMS],
                }
            )
            at += timedelta(hours=1)
        return {"heads": [NAMES[item] for item in HOUR_ITEMS], "rows": rows}


def _cell(item: str, values: dict[str, int], row: Doubt | None) -> dict[str, Any]:
    """A value of an hour; of the doubtful hour what was held, where nothing is stored."""
    stored = values.get(item)
    held = row.values.get(item) if row is not None and row.held else None
    if stored is not None:
        return {"text": value_text(stored), "held": False, "marked": row is not None and item in row.values}
    return {"text": "" if held is None else value_text(held), "held": held is not None, "marked": False}


class DoubtOne(pages.RowMixin, View):
    """Accept or reject one value."""

    model = Doubt
    permission = access.DATA_REVIEW

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide and stay."""
        decision = _DECISIONS.get(request.POST.get("decision", ""))
        if decision is None:
            raise NotFound
        rows = Doubt.objects.filter(pk=self.object.pk)
        try:
            decision(self.actor, rows, lake(), reason=request.POST.get("reason", "")).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        return redirect(self.object.get_absolute_url())


class HourCorrect(pages.RowActionView):
    """Correct or take out stored values of one hour of a station."""

    model = Station
    permission = access.DATA_REVIEW
    template_name = "air/doors/hour.html"
    title = _("Correct a stored hour")
    breadcrumbs = CRUMBS
    form_class = forms_doors.HourForm
    submit_label = _("Correct")
    success_message = _("Corrected; what was there stays in the history.")

    def get_subtitle(self) -> Any:
        """Of which station."""
        return f"{self.object.name} · {self.object.code}"

    @property
    def end(self) -> datetime | None:
        """The hour of the address, if it names one."""
        found = parse_datetime(self.request.GET.get("end", "")[:40])
        if found is None:
            return None
        return found if found.tzinfo else timezone.make_aware(found)

    def get_initial(self) -> dict[str, Any]:
        """The hour of the address."""
        return {"end": timezone.localtime(self.end)} if self.end else {}

    def run(self, form: Any) -> Any:
        """Correct it."""
        data = form.cleaned_data
        self._end = data["end"]
        return CorrectHour(
            self.actor, self.object, data["end"], form.values(), lake(), reason=data["reason"]
        ).execute()

    def get_done_url(self, result: Any) -> str:
        """Show the hour again."""
        url = reverse("air:hour_correct", args=[self.object.pk])
        return f"{url}?end={timezone.localtime(self._end):%Y-%m-%dT%H:%M}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is stored, and what was."""
        end = self.end
        stored: dict[str, int] = {}
        history: list[dict[str, Any]] = []
        if end is not None:
            code = self.object.code
            stored = known_hours(lake(), [code], end, end).get((code, int(end.timestamp()) // 3600), {})
            history = history_of(code, end)
        return super().get_context_data(
            end=end,
            stored=words.values_words(stored) if stored else "",
            history=history,
            form_columns=2,
            **kwargs,
        )


def history_of(code: str, end: datetime) -> list[dict[str, Any]]:
    """Corrections of an hour, the newest first."""
    from lantian.lake.schema import AIR_HOUR

    found = []
    for row in reversed(lake().history(AIR_HOUR, span=(end, end), station=code).to_pylist()):
        parts = []
        for item in AIR_HOUR.values:
            old, new = row[f"old_{item}"], row[item]
            if old != new:
                before = "—" if old is None else value_text(old)
                parts.append(f"{NAMES[item]} {before} → {'—' if new is None else value_text(new)}")
        found.append({**row, "words": "  ".join(parts)})
    return found
