"""What merges and suspected duplicates tell on the page of a source."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Q
from django.template import Context

from lantian.apps.sources.access import SOURCE_EDIT
from lantian.apps.sources.models import DuplicatePair, Merge

register = template.Library()


@register.inclusion_tag("sources/duplicates_of_source.html", takes_context=True)
def merges_of_source(context: Context, source: Any) -> dict[str, Any]:
    """The sources that have become part of one, what it became part of, and pairs that wait to be decided."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {}
    merges = Merge.objects.standing().filter(Q(kept=source) | Q(absorbed=source))
    pairs = DuplicatePair.objects.visible_to(user, SOURCE_EDIT).waiting()
    waiting = pairs.filter(first=source) | pairs.filter(second=source)
    return {
        "source": source,
        "merges": list(merges.select_related("kept", "absorbed", "done_by__person").order_by("done_at", "pk")),
        "may_open": user.may(SOURCE_EDIT),
        "waiting": waiting.count(),
        "first": waiting.order_by("-score", "pk").first(),
    }
