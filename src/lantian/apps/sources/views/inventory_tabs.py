"""Tabs of an inventory: places, times, uncertainty, the check from above, gaps; and the job that prepares them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import jobs, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.views.registry.operations import job_context
from lantian.apps.sources import access
from lantian.apps.sources.emissions import telling, telling_parts
from lantian.apps.sources.emissions.preparing import StartPrepare
from lantian.apps.sources.models import Activity, Source
from lantian.apps.sources.views.inventory import OfRun


class Tab(OfRun, pages.Page):
    """A tab: what it shows, or how it is got where it was not prepared."""

    def get_title(self) -> str:
        """The inventory."""
        return str(self.object)

    def get_subtitle(self) -> str:
        """Place and year."""
        row = self.object
        return " · ".join(word for word in (str(row.region or ""), str(row.year)) if word)

    def visible(self) -> Any:
        """The sources that the account may see."""
        return Source.objects.all().visible_to(self.user, access.INVENTORY_VIEW)

    def shown(self) -> dict[str, Any] | None:
        """The context of the tab; None where its part has not been prepared."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The part, or the job that prepares it."""
        row = self.object
        context: dict[str, Any] = {
            "row": row,
            "names": telling.pollutants_of(row),
            "chosen": self.pollutant(),
            "may_run": self.user.may(access.INVENTORY_RUN),
        }
        found = self.shown() if row.state == "done" else None
        if found is None:
            waiting = row.job is not None and not jobs.is_over(row.job)
            context |= {"unprepared": True, "waiting": waiting}
            if waiting:
                held = job_context(row.job, self.user)
                held.pop("result", None)
                context |= held
        return super().get_context_data(**context, **(found or {}), **kwargs)


class InventoryPlaces(Tab):
    """Sums by region and by town or street."""

    template_name = "sources/inventory_places.html"

    def shown(self) -> dict[str, Any] | None:
        """Both, with a chart of the regions."""
        names = telling.pollutants_of(self.object)
        regions = telling_parts.places(self.object, "region", names)
        towns = telling_parts.places(self.object, "town", names)
        if regions is None or towns is None:
            return None
        charts = {
            by: telling_parts.places_chart(rows, self.pollutant())
            for by, rows in (("regions", regions), ("towns", towns))
        }
        return {"regions": regions, "towns": towns, "charts": charts}


class InventoryTimes(Tab):
    """Months, weekdays and hours, and the profiles that they come from."""

    template_name = "sources/inventory_times.html"

    def shown(self) -> dict[str, Any] | None:
        """Charts and profiles of a pollutant."""
        held = telling_parts.part(self.object, "times")
        if held is None:
            return None
        chosen = self.pollutant()
        listed = telling_parts.profiles(held.head, chosen, self.visible())
        return {
            "months": telling_parts.months_chart(held.head, chosen),
            "weekdays": telling_parts.shares_chart(listed, "weekday"),
            "hours": telling_parts.shares_chart(listed, "hour"),
            "profiles": listed[:50],
            "wrong": [{"row": one["row"], "why": telling.words(one["said"])} for one in held.head["wrong"]],
        }


class InventorySpread(Tab):
    """How far the sums may lie from the truth."""

    template_name = "sources/inventory_spread.html"

    def shown(self) -> dict[str, Any] | None:
        """Intervals, contributors and grades."""
        held = telling_parts.part(self.object, "spread")
        if held is None:
            return None
        names = telling.pollutants_of(self.object)
        return {"head": held.head, **telling_parts.spread(held.head, names, self.pollutant())}


class InventoryBalance(Tab):
    """Energy and products: the sources against the statistics."""

    template_name = "sources/inventory_balance.html"

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Enter a total."""
        return [
            {
                "label": _("Enter a total"), "icon": "plus", "tone": "primary", "permission": access.INVENTORY_RUN,
                "url": reverse("sources:inventory_total", args=[self.object.pk]),
            }
        ]  # fmt: skip

    def shown(self) -> dict[str, Any] | None:
        """The lines, those with a total first."""
        held = telling_parts.part(self.object, "balance")
        if held is None:
            return None
        rows = telling_parts.balance(held.head)
        return {
            "told": [row for row in rows if row["verdict"] != "no_total"],
            "untold": [row for row in rows if row["verdict"] == "no_total"],
        }


class InventoryGaps(Tab):
    """What could not be computed, and the row to mend."""

    template_name = "sources/inventory_gaps.html"

    def shown(self) -> dict[str, Any]:
        """A page of the gaps of sources that the account may see; a way to mend those whose row it may change."""
        found = telling.gaps(self.object, self.visible())
        page = Paginator(found, telling.GAPS_OF_PAGE).get_page(self.request.GET.get("page"))
        keys = [gap["activity"] for gap in page if gap["activity"]]
        mine = set(
            self.actor.rows(Activity.objects.filter(pk__in=keys), access.INVENTORY_RUN).values_list(
                "pk", flat=True
            )
        )
        for gap in page:
            gap["why"] = telling.words(gap["said"])
            gap["mends"] = gap["activity"] in mine
        counted = self.object.basis.get("gaps", 0)
        kept = len(self.object.gaps)
        return {"page_obj": page, "left_out": max(counted - kept, 0), "kept": kept}


class InventoryPrepare(OfRun, View):
    """Ask for the parts of an inventory."""

    permission = access.INVENTORY_RUN

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin to prepare them."""
        try:
            job = StartPrepare(self.actor, self.object).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return redirect(self.object.get_absolute_url())
        return redirect("core:job", job.pk)
