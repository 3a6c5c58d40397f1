"""Co-signatures of cooperating units (会签)."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotAllowed, ReasonMissing
from lantian.apps.plans import access, standing
from lantian.apps.plans.actions.people import accounts_of, belongs_to, doing
from lantian.apps.plans.actions.steps import OnTask
from lantian.apps.plans.choices import CosignStatus, EventKind, TaskState
from lantian.apps.plans.exceptions import WrongStep
from lantian.apps.plans.models import Task, TaskCosign

#: signatures that can still be given
OPEN = (CosignStatus.ASKED, CosignStatus.OBJECTED)


class Cosign(OnTask):
    """Sign what was handed in for a cooperating unit, or object to it."""

    code = "plans.task.cosign"
    permission = access.TASK_COSIGN
    states = frozenset({TaskState.SUBMITTED})

    def __init__(
        self, actor: Actor, cosign: TaskCosign, *, agree: bool, note: str = "", version: int | None = None
    ) -> None:
        super().__init__(actor, cosign.task, version=version)
        self.cosign, self.agree, self.note = cosign, agree, note.strip()

    def check_doer(self) -> None:
        """Only the unit that was asked."""
        if not self.actor.is_system and not belongs_to(self.actor, [self.cosign.organisation]):
            raise NotAllowed(
                __("Only %(unit)s can sign here.") % {"unit": self.cosign.organisation.name},
            )

    def validate(self) -> None:
        """Who objects says why."""
        super().validate()
        if not self.agree and not self.note:
            raise ReasonMissing(fields={"note": ReasonMissing.message})
        if len(self.note) > 500:
            raise Invalid(fields={"note": __("At most %(count)s characters.") % {"count": 500}})

    def perform(self) -> TaskCosign:
        """Record it, and tell who handed it in."""
        task = self.lock()
        row = TaskCosign.objects.select_for_update().get(pk=self.cosign.pk)
        if row.status not in OPEN:
            raise WrongStep(__("This signature is not asked for any more; load the page again."))
        before = row.status
        row.status = CosignStatus.SIGNED if self.agree else CosignStatus.OBJECTED
        row.user, row.decided_at, row.note = self.actor.user, timezone.now(), self.note
        row.save()
        standing.record(
            task,
            EventKind.COSIGN,
            on=campaign_today(),
            actor=self.actor,
            note=self.note,
            organisation=row.organisation,
            data={"cosign": row.pk, "status": row.status},
        )
        self.log(
            task,
            before={"cosign": CosignStatus(before).label},
            after={"cosign": row.get_status_display(), "unit": row.organisation.name, "note": self.note},
        )
        every, principal = doing(task)
        title = __("Co-signed: %(task)s") if self.agree else __("Co-signature refused: %(task)s")
        self.tell(accounts_of(principal or every, access.TASK_VIEW, task), title, task, self.note)
        return row


def open_cosigns(actor: Actor, task: Task) -> list[TaskCosign]:
    """Signatures that this account is asked for."""
    rows = task.cosigns.filter(status__in=OPEN)
    return [
        row
        for row in rows.select_related("organisation", "task__plan")
        if Cosign(actor, row, agree=True).is_possible()
    ]
