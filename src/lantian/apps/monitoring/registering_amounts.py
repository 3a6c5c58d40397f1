"""What amounts make known when the room is loaded."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring import access

ACTIONS: dict[str, Any] = {
    "monitoring.permitted.set": _("Permitted amount set"),
    "monitoring.permitted.correct": _("Permitted amount corrected"),
    "monitoring.permitted.import": _("Permitted amounts imported"),
}


def register() -> None:
    """Page, words for the log, the import, the judge, and what follows when sources merge."""
    from lantian.apps.core import history, navigation
    from lantian.apps.monitoring import importers_amounts, judges
    from lantian.apps.monitoring.amounts_above import amounts_above
    from lantian.apps.sources.merging import ports

    navigation.register(
        "monitoring", _("Amounts against the permit"), "monitoring:amounts", "scale", access.MONITORING_VIEW, 19
    )
    history.register(ACTIONS)
    importers_amounts.register()
    # What it looks at changes once a night.
    judges.register("amounts", amounts_above, every=60)
    ports.register("monitoring.PermittedAmount", source="source", unit="unit")
