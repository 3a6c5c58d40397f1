"""Readings that a program sends as JSON: checked as those of a file, each row answered; what is refused is kept, too."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, TooLarge
from lantian.apps.monitoring.choices_power import PowerDoor
from lantian.apps.monitoring.doors.power import messages, rejects, storing
from lantian.apps.monitoring.doors.power.storing import NOT_YOURS, Judged
from lantian.apps.monitoring.models import MeterKey, PowerMessage
from lantian.apps.monitoring.words_power import said

#: a message that was begun and never answered is taken up again after this time
ABANDONED = timedelta(minutes=2)
#: how long answers are kept
KEPT = timedelta(days=30)
_NAME = re.compile(r"[0-9A-Za-z_.:@-]{1,80}")


class DeliveryDiffers(Conflict):
    """The same delivery id with other content."""

    code = "delivery_differs"
    message = _(
        "This delivery was received before with other content. Send new content under a new delivery id."
    )


class StillBusy(Conflict):
    """The same delivery is being received right now."""

    code = "still_busy"
    message = _("This delivery is being received at this moment. Ask again in a minute.")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, taken apart."""

    delivery: str
    items: tuple[Judged, ...]
    sha256: str


def read_message(body: bytes) -> Sent:
    """Take a message apart.

    Raises
    ------
    TooLarge
        More bytes or rows than the door takes.
    Invalid
        It is no JSON, or not of the form that is documented; the fields say where.
    """
    if len(body) > messages.MOST_BYTES:
        raise TooLarge(__("A message takes at most %(limit)s MB.") % {"limit": messages.MOST_BYTES // 1024 // 1024})
    try:
        given = messages.parse(body)
    except messages.NotJson as error:
        raise Invalid(__("The message is no JSON: %(error)s") % {"error": error}) from error
    if not isinstance(given, dict):
        raise Invalid(__("A JSON object with “delivery” and “rows” is wanted."))
    unknown = sorted(set(given) - {"delivery", "rows"})
    if unknown:
        raise Invalid(fields={unknown[0][:40]: __("This field is unknown.")})
    delivery = given.get("delivery")
    if not isinstance(delivery, str) or not _NAME.fullmatch(delivery):
        wanted = __("Name the delivery: up to 80 letters, figures and . _ : @ -, a new name for each content.")
        raise Invalid(fields={"delivery": wanted})
    rows = given.get("rows")
    if not isinstance(rows, list) or not rows:
        raise Invalid(fields={"rows": __("At least one row is wanted.")})
    if len(rows) > messages.MOST_ROWS:
        raise TooLarge(__("A message takes at most %(limit)s rows. Split it.") % {"limit": messages.MOST_ROWS})
    return Sent(delivery, tuple(messages.rows_of(rows)), hashlib.sha256(body).hexdigest())


class ReceiveReadings(Action[dict[str, Any]]):
    """Take the readings of a message in; a delivery that came before is answered as it was answered then."""

    code = "monitoring.readings.receive"
    permission = None

    def __init__(self, key: MeterKey, sent: Sent, *, ip: str | None, now: datetime) -> None:
        super().__init__(Actor(user=None, name=key.name, ip=ip, via="device"))
        self.key, self.sent, self.now = key, sent, now

    def execute(self) -> dict[str, Any]:
        """Begin, store, answer; each in a transaction of its own, so that a message that broke off can come again."""
        row, answer = self._begin()
        if answer is not None:
            return {**answer, "repeated": True}
        self.row = row
        self._answer = self._store(row)
        return super().execute()

    def perform(self) -> dict[str, Any]:
        """Keep the answer and note it in the log."""
        self.row.answer = self._answer
        self.row.save(update_fields=["answer"])
        self.log(self.key, label=self.sent.delivery, after=self._answer["results"])
        return {**self._answer, "repeated": False}

    def _begin(self) -> tuple[PowerMessage, dict[str, Any] | None]:
        sent = self.sent
        try:
            with transaction.atomic():
                row = PowerMessage.objects.create(
                    key=self.key, name=sent.delivery, sha256=sent.sha256, created_at=self.now
                )
                return row, None
        except IntegrityError:
            known = PowerMessage.objects.get(key=self.key, name=sent.delivery)
        if known.sha256 != sent.sha256:
            raise DeliveryDiffers
        if known.answer is None and self.now - known.created_at < ABANDONED:
            raise StillBusy
        return known, known.answer

    def _store(self, row: PowerMessage) -> dict[str, Any]:
        known = storing.known_meters({item.number for item in self.sent.items})
        allowed = frozenset(self.key.covered().filter(number__in=known).values_list("number", flat=True))
        strangers = {item.number for item in self.sent.items if item.number not in known}
        items = storing.judge(self.sent.items, known, self.now, allowed | strangers)
        storing.compare(items)
        batch = storing.batch_name("push", str(row.pk), self.sent.sha256)
        done = storing.store(
            items, known, door=PowerDoor.PUSH, batch=batch, now=self.now, actor=self.key.name
        )
        rejects.keep(
            items, {number: known[number] for number in allowed}, door=PowerDoor.PUSH, name=self.sent.delivery,
            now=self.now,
        )  # fmt: skip
        return self._answered(items, done)

    def _answered(self, items: Sequence[Judged], done: storing.Stored) -> dict[str, Any]:
        """What became of each row, in the order of the message."""
        rows: list[dict[str, Any]] = []
        for item in items:
            found: dict[str, Any] = {"row": item.row, "result": item.result}
            if item.reason is not None:
                # Of meters that the key is not for the answer tells nothing, not even whether there are such.
                reason = NOT_YOURS if item.reason.code == "unknown_meter" else item.reason
                found |= {"reason": reason.code, "message": said(reason)}
            rows.append(found)
        return {
            "delivery": self.sent.delivery,
            "results": dict(Counter(item.result for item in items)),
            "counters": dict(done.notes),
            "rows": rows,
        }


def forget(now: datetime) -> int:
    """Remove answers that have been kept long enough."""
    return int(PowerMessage.objects.filter(created_at__lt=now - KEPT).delete()[0])
