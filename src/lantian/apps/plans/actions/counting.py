"""Which amounts of a task say how far it has come."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.plans import access, standing
from lantian.apps.plans.actions.steps import OnTask
from lantian.apps.plans.choices import EventKind
from lantian.apps.plans.models import Task, TaskQuantity
from lantian.apps.plans.transitions import OPEN_STATES


class ChooseCounted(OnTask):
    """Say which amounts count for the progress; the share done follows from them at once.

    Parameters
    ----------
    keys
        Keys of the amounts that count; all others of the task do not.
    """

    code = permission = access.TASK_EDIT
    states = OPEN_STATES

    def __init__(
        self,
        actor: Actor,
        task: Task,
        keys: Collection[int],
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, task, version=version, reason=reason)
        self.keys = set(keys)

    def perform(self) -> Task:
        """Mark them, and let the task stand anew."""
        task = self.lock()
        rows = list(task.quantities.all())
        strangers = self.keys - {row.pk for row in rows}
        if strangers:
            raise Invalid(fields={"keys": __("There is no such amount in this task.")})
        split = [row for row in rows if row.counts and row.pk not in self.keys and row.parts.exists()]
        if split:
            raise Invalid(
                fields={
                    "keys": __("“%(what)s” has been handed down in parts, so that it keeps counting.")
                    % {"what": split[0].what or str(split[0])}
                }
            )
        changed = [row for row in rows if row.counts != (row.pk in self.keys)]
        if not changed:
            raise Invalid(__("This changes nothing."))
        before = "；".join(str(row) for row in rows if row.counts)
        for row in changed:
            row.counts = row.pk in self.keys
        TaskQuantity.objects.bulk_update(changed, ["counts"])
        getattr(task, "_prefetched_objects_cache", {}).clear()
        percent = standing.percent_from_amounts(task)
        if percent is not None and percent != task.percent:
            last = task.events.order_by("-on").first()
            standing.record(
                task,
                EventKind.REPORT,
                on=last.on if last is not None else standing.campaign_today(),
                actor=self.actor,
                percent=percent,
                data={"recounted": True},
            )
        else:
            task.version += 1
            standing.refresh(task)
        self.log(
            task,
            before={"counted": before},
            after={"counted": "；".join(str(row) for row in rows if row.counts)},
        )
        return task
