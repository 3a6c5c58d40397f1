"""Lines whose task somebody else has changed since the file was taken."""

from __future__ import annotations

from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.models import LogEntry
from lantian.apps.plans.excel.columns import HEADINGS
from lantian.apps.plans.excel.compare import Wanted
from lantian.apps.plans.excel.telling import Teller

#: changes and columns that one message names
_ENTRIES, _COLUMNS, _SIGNS = 3, 6, 60


def tell(teller: Teller, rows: list[Wanted]) -> None:
    """Say who changed the tasks, when, and what is different now."""
    if not rows:
        return
    entries: dict[str, list[LogEntry]] = {}
    keys = [str(one.task.pk) for one in rows]
    for entry in LogEntry.objects.filter(object_type="plans.task", object_id__in=keys, result="done").order_by("-id"):
        entries.setdefault(entry.object_id, []).append(entry)
    for one in rows:
        assert one.line.number is not None
        since = entries.get(str(one.task.pk), [])[: max(one.task.version - one.line.number.version, 1)]
        who = "；".join(
            f"{entry.actor or entry.organisation_name} {display.campaign_date(entry.at)}" for entry in since[:_ENTRIES]
        )
        differing = "；".join(
            __("%(heading)s: in the file “%(file)s”, now “%(now)s”")
            % {"heading": HEADINGS[key], "file": one.after[key][:_SIGNS], "now": one.before[key][:_SIGNS]}
            for key in list(one.after)[:_COLUMNS]
        )
        teller.tell(
            one.line,
            next(iter(one.after)),
            "edit_conflict",
            __(
                "This task was changed after the file was taken (%(who)s). %(differing)s. Export it again and enter"
                " what is still to be changed."
            )
            % {"who": who or __("by somebody"), "differing": differing},
        )
