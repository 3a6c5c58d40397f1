"""A file from look to end in one go, for the console and the folder; nobody is there to answer questions on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as __

from lantian.apps.air.actions.doors import NoteDelivery
from lantian.apps.air.doors import reading, storing
from lantian.apps.air.models import Delivery, DeliveryState
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError, Invalid
from lantian.lake.store import Lake
from lantian.rules.air.doors.layout import Choices
from lantian.rules.air.doors.run import Looked


class QuestionsOpen(Invalid):
    """The table raises questions that nobody has answered; ``data["questions"]`` are the records of the preview."""

    code = "questions_open"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file."""

    preview: dict[str, Any]
    delivery: Delivery | None
    repeated: bool = False


def take(
    source: reading.Source,
    choices: Choices,
    *,
    door: str,
    actor: Actor,
    lake: Lake,
    now: datetime,
    dry_run: bool = False,
    look_tick: reading.Tick | None = None,
    store_tick: reading.Tick | None = None,
) -> Outcome:
    """Look at a file and import it.

    A file that was begun through the same door and broke off is gone on with; one that was finished is not read again.

    Raises
    ------
    QuestionsOpen
        If the table raises questions that the choices do not answer.
    Invalid
        If it cannot be read, or too much would be held.
    """
    sha256 = source.sha256()
    begun = (
        None if dry_run else Delivery.objects.filter(sha256=sha256, door=door, name=source.name[:200]).order_by("-pk").first()
    )  # fmt: skip
    if (
        begun is not None
        and begun.state == DeliveryState.DONE
        and reading.choices_of(begun.choices) == choices
    ):
        return Outcome(begun.preview, begun, repeated=True)
    if begun is not None and begun.state == DeliveryState.STORING:
        return Outcome(begun.preview, _finish(begun, source, actor, lake, store_tick))
    looked, found = reading.preview(source, choices, now, look_tick)
    if found["questions"]:
        message = " ".join(question["said"] for question in found["questions"])
        raise QuestionsOpen(message, questions=found["questions"], preview=found)
    if dry_run:
        return Outcome(found, None)
    storing.refuse_too_many(found)
    if not found["stored"] and not found["held_rows"]:
        raise Invalid(__("There is nothing in the file that could be imported."), preview=found)
    delivery = Delivery.objects.create(
        door=door, name=source.name[:200], state=DeliveryState.STORING, sha256=sha256, preview=found,
        choices=reading.choices_record(choices), user=actor.user,
    )  # fmt: skip
    return Outcome(found, _finish(delivery, source, actor, lake, store_tick, looked))


def _finish(
    delivery: Delivery,
    source: reading.Source,
    actor: Actor,
    lake: Lake,
    tick: reading.Tick | None,
    looked: Looked | None = None,
) -> Delivery:
    try:
        storing.store_file(delivery, source, lake, tick, looked)
    except CoreError as error:
        if error.permanent:
            Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.FAILED, error=str(error))
        raise
    with transaction.atomic():
        NoteDelivery(actor, delivery).execute()
    return delivery
