"""Words for what the log keeps of sources and lists."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history

ACTIONS: dict[str, Any] = {
    "sources.list.open": _("List opened"),
    "sources.list.edit": _("List described anew"),
    "sources.list.publish": _("List published"),
    "sources.list.freeze": _("List confirmed and frozen"),
    "sources.list.announce": _("Change of a frozen list announced"),
    "sources.list.unfreeze": _("List no longer frozen"),
    "sources.entry.propose": _("Entry proposed"),
    "sources.entry.check": _("Entry checked"),
    "sources.entry.list": _("Entry put on the list"),
    "sources.entry.return": _("Entry sent back"),
    "sources.entry.change": _("Entry changed"),
    "sources.entry.remove": _("Entry taken off the list"),
    "sources.source.change": _("Source changed"),
    "sources.proposal.make": _("Change proposed"),
    "sources.proposal.decide": _("Proposed change decided"),
    "sources.proposal.withdraw": _("Proposed change taken back"),
}


def register() -> None:
    """Make them known."""
    history.register(ACTIONS)
