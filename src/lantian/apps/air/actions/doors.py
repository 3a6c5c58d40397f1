"""Deliveries: brought in, looked at, imported or given up."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.access import DATA_IMPORT
from lantian.apps.air.doors import storing
from lantian.apps.air.models import Delivery, DeliveryState, Door
from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict

LOOK, STORE = "air.delivery.look", "air.delivery.store"
#: largest file that the page takes; the console and the folder take any
MOST_BYTES = 200 * files.MEGABYTE


class BringDelivery(Action[Delivery]):
    """Keep a file with observations and begin to look at it."""

    code = "air.delivery.bring"
    permission = DATA_IMPORT

    def __init__(
        self, actor: Actor, source: Any, name: str, *, choices: dict[str, Any] | None = None
    ) -> None:
        super().__init__(actor)
        self.source, self.name, self.choices = source, files.safe_name(name), choices or {}

    def perform(self) -> Delivery:
        """Store the file and start the look."""
        delivery = Delivery.objects.create(
            door=Door.FILE, name=self.name, choices=self.choices, user=self.actor.user
        )
        kept = files.store(
            self.source, self.name, actor=self.actor, target=delivery, allowed=files.TABLES, max_bytes=MOST_BYTES
        )  # fmt: skip
        delivery.sha256 = kept.sha256
        delivery.job = jobs.start(
            LOOK, {"delivery": delivery.pk}, __("Look at %(file)s") % {"file": self.name}, self.actor
        )
        delivery.save(update_fields=["sha256", "job"])
        self.log(delivery, after={"name": self.name, "sha256": kept.sha256})
        return delivery


class _OnDelivery(Action[Delivery]):
    permission = DATA_IMPORT

    def __init__(self, actor: Actor, delivery: Delivery, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.delivery = delivery

    def subject(self) -> Delivery:
        """The delivery."""
        return self.delivery

    def check(self) -> None:
        """The right over this row."""
        super().check()
        self.check_row(self.delivery)

    def locked(self, *states: str) -> Delivery:
        """The row as it is now, if it is in one of the states.

        Raises
        ------
        Conflict
            If somebody has gone on with it.
        """
        fresh = Delivery.objects.select_for_update().get(pk=self.delivery.pk)
        if fresh.state not in states:
            raise Conflict
        return fresh


class ChooseForDelivery(_OnDelivery):
    """Say what the table itself does not, and look again."""

    code = "air.delivery.choose"

    def __init__(self, actor: Actor, delivery: Delivery, choices: dict[str, Any]) -> None:
        super().__init__(actor, delivery)
        self.choices = choices

    def perform(self) -> Delivery:
        """Keep the choices and start the look."""
        fresh = self.locked(DeliveryState.ASKING, DeliveryState.FAILED)
        before = fresh.choices
        fresh.choices, fresh.state, fresh.error = self.choices, DeliveryState.LOOKING, ""
        fresh.job = jobs.start(
            LOOK, {"delivery": fresh.pk}, __("Look at %(file)s") % {"file": fresh.name}, self.actor
        )
        fresh.save(update_fields=["choices", "state", "error", "job"])
        self.log(fresh, before={"choices": before}, after={"choices": self.choices})
        return fresh


class ImportDelivery(_OnDelivery):
    """Import what was looked at."""

    code = "air.delivery.import"

    def perform(self) -> Delivery:
        """Start the import."""
        fresh = self.locked(DeliveryState.ASKING)
        if fresh.preview.get("questions"):
            raise Conflict(_("Answer the questions first."))
        if not fresh.preview.get("stored") and not fresh.preview.get("held_rows"):
            raise Conflict(_("There is nothing in the file that could be imported."))
        storing.refuse_too_many(fresh.preview)
        fresh.state = DeliveryState.STORING
        fresh.job = jobs.start(
            STORE, {"delivery": fresh.pk}, __("Import %(file)s") % {"file": fresh.name}, self.actor
        )
        fresh.save(update_fields=["state", "job"])
        self.log(fresh, after={"choices": fresh.choices, "rows": fresh.preview.get("rows")})
        return fresh


class CancelDelivery(_OnDelivery):
    """Do not import it."""

    code = "air.delivery.cancel"

    def perform(self) -> Delivery:
        """Mark it; nothing of it is in the lake."""
        fresh = self.locked(DeliveryState.ASKING, DeliveryState.FAILED, DeliveryState.LOOKING)
        if fresh.parts_done:
            raise Conflict(_("Parts of it are in already. Resume the import."))
        self.save(fresh, state=DeliveryState.CANCELLED, finished_at=timezone.now())
        return fresh


class NoteDelivery(Action[Delivery]):
    """Note in the log what became of a delivery; run by the job, the console or the folder that has imported it."""

    code = "air.delivery.done"
    permission = DATA_IMPORT

    def __init__(self, actor: Actor, delivery: Delivery) -> None:
        super().__init__(actor)
        self.delivery = delivery

    def perform(self) -> Delivery:
        """Write the numbers."""
        row = self.delivery
        self.log(
            row,
            after={
                "rows": row.rows, "added": row.added, "corrected": row.corrected, "same": row.same,
                "held": row.held, "flagged": row.flagged, "counts": row.counts, "sha256": row.sha256,
            },
        )  # fmt: skip
        return row
