"""Two years of an inventory beside each other: what changed, and what has done it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.sources import access
from lantian.apps.sources.emissions import telling, telling_parts
from lantian.apps.sources.emissions.comparing import StartComparison, compared, is_large
from lantian.apps.sources.models import InventoryRun, Source
from lantian.apps.sources.views.inventory import OfRun
from lantian.rules.sources.comparison import PARTS

WORDS = {
    "opened": _("New sources"),
    "closed": _("Closed sources"),
    "units": _("Within sources"),
    "activity": _("Activity"),
    "factor": _("Factor"),
    "removal": _("Control"),
    "method": _("Method"),
    "gap": _("Gaps"),
}


class InventoryComparison(OfRun, pages.Page):
    """The comparison with another inventory of the same place."""

    template_name = "sources/inventory_comparison.html"
    title = _("Comparison of two years")

    def get_subtitle(self) -> str:
        """The later one."""
        return str(self.object)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below its inventory."""
        return [*super().get_breadcrumbs(), (str(self.object), self.object.get_absolute_url())]

    def others(self) -> Any:
        """Other inventories of the same place."""
        row = self.object
        return self.get_queryset().filter(region=row.region, state="done").exclude(pk=row.pk)[:50]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sums by class and the greatest changes, where another inventory is chosen."""
        row, others = self.object, self.others()
        wanted = self.request.GET.get("with", "")
        other = next((one for one in others if str(one.pk) == wanted), None)
        chosen = self.pollutant()
        context: dict[str, Any] = {
            "others": others, "other": other, "chosen": chosen, "names": telling.pollutants_of(row), "sums": [],
            "parts": [WORDS[part] for part in PARTS],
        }  # fmt: skip
        if self.user.may(access.INVENTORY_RUN):
            context |= {"new_url": reverse("sources:inventory_new"), "new_label": _("Compute an inventory")}
        if other is not None:
            context |= self._newer(other)
        if other is not None and row.state == "done":
            held = telling_parts.part(row, "years", str(other.pk))
            if held is not None:
                context |= self._told(held.head.get(chosen))
            elif is_large(other, row):
                context |= {"by_job": True, "may_run": self.user.may(access.INVENTORY_RUN)}
            else:
                try:
                    context |= self._told(compared(other, row).get(chosen))
                except CoreError as error:
                    context["refused"] = str(error)
        return super().get_context_data(**context, **kwargs)

    def _newer(self, other: InventoryRun) -> dict[str, Any]:
        """Which of the two has been replaced by a newer one of its year since, and where those in force are compared."""
        runs = [self.object, other]
        stale = [run for run in runs if not run.current]
        if not stale:
            return {}
        current = {
            run.year: run
            for run in self.get_queryset().filter(
                region=self.object.region, year__in=[run.year for run in runs], current=True, state="done"
            )
        }
        newer = [(run, current[run.year]) for run in stale if run.year in current]
        row, against = (current.get(run.year, run) for run in runs)
        if not newer or row == against:
            return {}
        query = urlencode({"with": against.pk, "pollutant": self.pollutant()})
        return {"newer": newer, "newer_url": f"{reverse('sources:inventory_comparison', args=[row.pk])}?{query}"}

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the comparison of large years."""
        if not self.user.may(access.INVENTORY_RUN):
            raise NotAllowed(permission=access.INVENTORY_RUN)
        wanted = request.POST.get("with", "")
        other = next((one for one in self.others() if str(one.pk) == wanted), None)
        if other is None:
            raise Http404
        try:
            job = StartComparison(self.actor, self.object, other).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return redirect(f"{request.path}?with={other.pk}")
        return redirect("core:job", job.pk)

    def _told(self, found: dict[str, Any] | None) -> dict[str, Any]:
        """Sums and the greatest changes in words; changes of sources that the account may see."""
        if found is None:
            return {"sums": [], "changes": []}
        sums = [
            {
                **one,
                "texts": [
                    telling.tonnes(one["before"]), telling.tonnes(one["after"]), _signed(one["after"] - one["before"])
                ],
                "parts": [{"t": t, "text": _signed(t)} for t in one["parts"]],
            }
            for one in found["sums"]
        ]  # fmt: skip
        keys = {one["source"] for one in found["changes"] if one["source"]}
        mine = Source.objects.all().visible_to(self.user, access.INVENTORY_VIEW).filter(pk__in=keys)
        visible = set(mine.values_list("pk", flat=True))
        changes = [
            {
                **one,
                "texts": [
                    telling.tonnes(one["before"]), telling.tonnes(one["after"]), _signed(one["after"] - one["before"])
                ],
                "why": telling.words(one["said"]),
            }
            for one in found["changes"]
            if one["source"] in visible
        ]  # fmt: skip
        return {"sums": sums, "changes": changes[: telling.TOP]}


def _signed(value: Any) -> str:
    text = telling.tonnes(value)
    return f"+{text}" if value > 0 else "" if not value else text
