"""Two years of an inventory beside each other: what changed, and what has done it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import pages
from lantian.apps.core.exceptions import CoreError
from lantian.apps.sources import access
from lantian.apps.sources.emissions import telling
from lantian.apps.sources.emissions.running import Computed, computed_again
from lantian.apps.sources.models import InventoryRun, Source
from lantian.apps.sources.views.inventory import OfRun
from lantian.rules.sources.comparison import PARTS, Year, compare, summed

#: rows of a year up to which the page computes it again
MOST_ROWS = 20_000
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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sums by class and the greatest changes, where another inventory is chosen."""
        row = self.object
        others = self.get_queryset().filter(region=row.region, state="done").exclude(pk=row.pk)[:50]
        wanted = self.request.GET.get("with", "")
        other = next((one for one in others if str(one.pk) == wanted), None)
        chosen = self.pollutant()
        context: dict[str, Any] = {
            "others": others, "other": other, "chosen": chosen, "names": telling.pollutants_of(row), "sums": [],
            "parts": [WORDS[part] for part in PARTS],
        }  # fmt: skip
        if other is not None and row.state == "done":
            try:
                context |= self._compared(other, row, chosen)
            except CoreError as error:
                context["refused"] = str(error)
        return super().get_context_data(**context, **kwargs)

    def _compared(self, old: InventoryRun, new: InventoryRun, pollutant: str) -> dict[str, Any]:
        if max(int(run.basis.get("rows", 0)) for run in (old, new)) > MOST_ROWS:
            return {
                "refused": __(
                    "These years are too large for a page. Write the workbooks of activities and compare them with"
                    " “lantian inventory compare”."
                )
            }
        again = [(run, computed_again(run)) for run in (old, new)]
        changes = [
            one for one in compare(*(_year(run, found) for run, found in again)) if one.pollutant == pollutant
        ]
        keys = {**again[0][1].built.sources, **again[1][1].built.sources}
        mine = Source.objects.all().visible_to(self.user, access.INVENTORY_VIEW).filter(pk__in=keys.values())
        visible = set(mine.values_list("pk", flat=True))
        sums = [
            {
                "name": name,
                "before": float(one.before),
                "after": float(one.after),
                "texts": [
                    telling.tonnes(one.before),
                    telling.tonnes(one.after),
                    _signed(one.after - one.before),
                ],
                "parts": [{"t": float(one.parts[part]), "text": _signed(one.parts[part])} for part in PARTS],
            }
            for (name, _pollutant), one in summed(changes, 8).items()
        ]
        greatest = [
            {
                "name": one.name,
                "unit": one.unit,
                "source": keys.get(one.source_id),
                "texts": [telling.tonnes(one.before), telling.tonnes(one.after), _signed(one.change)],
                "why": "；".join(message.text(__) for message in one.why),
            }
            for one in changes
            if one.change and keys.get(one.source_id) in visible
        ][: telling.TOP]
        return {"sums": sums, "changes": greatest}


def _year(run: InventoryRun, found: Computed) -> Year:
    return Year(run.year, found.built.rows, found.inventory, found.details)


def _signed(value: Any) -> str:
    text = telling.tonnes(value)
    return f"+{text}" if value > 0 else "" if not value else text
