"""What the inventory tells on the pages of others."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from lantian.apps.core import display
from lantian.apps.sources.access import INVENTORY_RUN, INVENTORY_VIEW
from lantian.apps.sources.emissions import telling
from lantian.apps.sources.models import Activity, InventoryRun

register = template.Library()


@register.inclusion_tag("sources/inventory_of_source.html", takes_context=True)
def emissions_of_source(context: Context, source: Any) -> dict[str, Any]:
    """The emissions of a source in the current inventories that the account may see."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated or not user.may(INVENTORY_VIEW):
        return {"runs": []}
    runs = (
        InventoryRun.objects.all()
        .visible_to(user, INVENTORY_VIEW)
        .filter(current=True, emissions__source=source)
    )
    last = Activity.objects.filter(source=source).order_by("-year").values_list("year", flat=True).first()
    return {
        "source": source,
        "may_enter": user.may(INVENTORY_RUN),
        "year": last or display.campaign_today().year - 1,
        "entered": last is not None,
        "runs": [
            {"run": run, "sums": telling.of_source(run, source.pk, user)}
            for run in runs.distinct().order_by("-year")[:3]
        ],
    }
