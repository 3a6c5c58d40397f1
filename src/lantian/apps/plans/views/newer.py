"""Which plan a text may be a newer text of."""

from __future__ import annotations

from typing import Any

from lantian.apps.plans import revisions
from lantian.apps.plans.actions.revising import choice_of, plans_to_revise
from lantian.apps.plans.revisions import Mode


def choices_for(view: Any) -> dict[str, Any]:
    """What the last step of an import offers: plans that a text may be a newer text of, the probable ones first."""
    row, draft = view.object, view.draft
    rows = list(plans_to_revise(view.actor).order_by("-issued_on", "-pk"))
    found = revisions.suggestions(row, draft["meta"], rows)
    choice = choice_of(draft)
    return {
        "revision": choice,
        "revised": next((plan for plan in rows if choice and plan.pk == choice["plan"]), None),
        "revisable": rows,
        "suggested": found[0] if found else None,
        "modes": Mode.choices,
        "revision_mode": dict(Mode.choices).get(choice["mode"]) if choice else "",
    }
