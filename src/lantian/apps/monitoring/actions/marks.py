"""Marks of enterprises, their check, and limits of outlets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import files, parameters
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.monitoring.access import DEVICE_EDIT, MARK_CHECK, MARK_OWN
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import MarkKind, MarkState
from lantian.apps.monitoring.models import DataMark, Device, OutletLimit

#: a mark may begin so long before today, and end so long after it [d]
PAST_DAYS, FUTURE_DAYS = 366, 31
PROOFS = frozenset({"pdf", "jpg", "jpeg", "png", "webp", "docx", "xlsx"})
MOST_PROOFS = 5


def deadline(end: datetime) -> datetime:
    """Until when data up to a moment have to be marked, by the parameter of today."""
    return end + timedelta(hours=int(parameters.get("monitoring.mark_hours")))


class MakeMark(Action[DataMark]):
    """Mark data of the own enterprise; one that comes too late is taken and shown as late.

    Parameters
    ----------
    factors
        Codes; none means all.
    proofs
        Uploaded files.
    """

    code = "monitoring.mark.make"
    permission = MARK_OWN

    def __init__(
        self,
        actor: Actor,
        device: Device,
        *,
        kind: str,
        start: datetime,
        end: datetime,
        cause: str,
        factors: Sequence[str] = (),
        proofs: Sequence[Any] = (),
    ) -> None:
        super().__init__(actor, reason=cause)
        self.device, self.kind, self.start, self.end = device, kind, start, end
        self.factors, self.proofs = sorted(set(factors)), list(proofs)

    def subject(self) -> Device:
        """The device."""
        return self.device

    def check(self) -> None:
        """The device must be one of a source that the own enterprise runs."""
        super().check()
        if self.actor.is_system:
            return
        assert self.actor.user is not None
        if not Device.objects.filter(pk=self.device.pk).run_by(self.actor.user, MARK_OWN).exists():
            raise NotFound

    def validate(self) -> None:
        """Refuse periods that cannot be, and marks that say the same twice."""
        super().validate()
        if self.device.state not in {DeviceState.ACTIVE, DeviceState.SUSPENDED}:
            raise Conflict(__("Only data of a device in operation are marked."))
        if self.kind not in MarkKind.values:
            raise Invalid(fields={"kind": __("Choose one of the values.")})
        if not self.reason:
            raise Invalid(fields={"cause": __("Say why.")})
        if self.end <= self.start:
            raise Invalid(fields={"end": __("The end lies before the beginning.")})
        now = timezone.now()
        if self.start < now - timedelta(days=PAST_DAYS) or self.end > now + timedelta(days=FUTURE_DAYS):
            raise Invalid(
                fields={
                    "start": __("A mark reaches at most %(past)s days back and %(ahead)s days ahead.")
                    % {"past": PAST_DAYS, "ahead": FUTURE_DAYS}
                }
            )
        if len(self.proofs) > MOST_PROOFS:
            raise Invalid(fields={"proofs": __("At most %(count)s files.") % {"count": MOST_PROOFS}})
        if not self.proofs:
            raise Invalid(fields={"proofs": __("Add a proof: a photo, a record of work, a sheet.")})
        same = self.device.marks.filter(
            Q(state=MarkState.WAITING) | Q(state=MarkState.ACCEPTED),
            kind=self.kind,
            start__lt=self.end,
            end__gt=self.start,
        )
        if any(one.factors == self.factors for one in same):
            raise Conflict(__("These data are marked so already for a part of this period."))

    def perform(self) -> DataMark:
        """Write it with its proofs."""
        row = DataMark()
        self.save(
            row,
            device=self.device,
            kind=self.kind,
            factors=self.factors,
            start=self.start,
            end=self.end,
            cause=self.reason,
            made_by=self.actor.user,
            due_at=deadline(self.end),
        )
        for proof in self.proofs:
            files.store(proof, proof.name, actor=self.actor, target=row, allowed=PROOFS)
        return row


class _OnMark(Action[DataMark]):
    def __init__(self, actor: Actor, mark: DataMark, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.mark = mark

    def subject(self) -> DataMark:
        """The mark."""
        return self.mark

    def check(self) -> None:
        """Ask for the right over it."""
        super().check()
        self.check_row(self.mark)

    def validate(self) -> None:
        """Only one that waits."""
        super().validate()
        self.mark = DataMark.objects.select_for_update().get(pk=self.mark.pk)
        if self.mark.state != MarkState.WAITING:
            raise Conflict(__("This mark has been decided already."))


class CheckMark(_OnMark):
    """Accept or refuse a mark; who has made it does not check it."""

    code = "monitoring.mark.check"
    permission = MARK_CHECK

    def __init__(self, actor: Actor, mark: DataMark, *, accept: bool, words: str = "") -> None:
        super().__init__(actor, mark, reason=words)
        self.accept = accept

    def validate(self) -> None:
        """A refusal says why."""
        super().validate()
        if not self.accept and not self.reason:
            raise Invalid(fields={"words": __("Say why the mark is refused.")})
        if self.actor.user is not None and self.mark.made_by_id == self.actor.user.pk:
            raise NotAllowed

    def perform(self) -> DataMark:
        """Write the decision and tell the enterprise."""
        mark = self.mark
        self.save(
            mark,
            state=MarkState.ACCEPTED if self.accept else MarkState.REFUSED,
            checked_at=timezone.now(),
            checked_by=self.actor.user,
            verdict=self.reason,
        )
        if mark.made_by is not None:
            title = __("Mark accepted: %(what)s") if self.accept else __("Mark refused: %(what)s")
            self.notify(
                [mark.made_by], "monitoring.mark", title % {"what": str(mark)}, body=self.reason,
                url=mark.get_absolute_url(),
            )  # fmt: skip
        return mark


class WithdrawMark(_OnMark):
    """Take the own mark back."""

    code = "monitoring.mark.withdraw"
    permission = MARK_OWN
    needs_reason = True

    def check(self) -> None:
        """Of a source that the own enterprise runs."""
        if not self.actor.may(MARK_OWN):
            raise NotAllowed(permission=MARK_OWN)
        if self.actor.is_system:
            return
        assert self.actor.user is not None
        if not DataMark.objects.filter(pk=self.mark.pk).run_by(self.actor.user, MARK_OWN).exists():
            raise NotFound

    def perform(self) -> DataMark:
        """Mark it so."""
        self.save(self.mark, state=MarkState.WITHDRAWN, verdict=self.reason)
        return self.mark


class SetLimit(Action[OutletLimit]):
    """Set the limit of a factor from a day on; one that held until then ends the day before."""

    code = "monitoring.limit.set"
    permission = DEVICE_EDIT

    def __init__(self, actor: Actor, device: Device, *, valid_from: date, reason: str = "", **values: Any) -> None:
        super().__init__(actor, reason=reason)
        self.device, self.valid_from, self.values = device, valid_from, values

    def subject(self) -> Device:
        """The device."""
        return self.device

    def check(self) -> None:
        """Ask for the right over its device."""
        super().check()
        self.check_row(self.device)

    def validate(self) -> None:
        """Limits of one factor follow each other."""
        super().validate()
        end = self.values.get("valid_to")
        if end is not None and end < self.valid_from:
            raise Invalid(fields={"valid_to": __("The end lies before the beginning.")})
        later = self.device.limits.filter(factor=self.values.get("factor"), valid_from__gte=self.valid_from)
        if later.exists():
            raise Conflict(__("A limit from this day or from a later one is there already."))

    def perform(self) -> OutletLimit:
        """Write it, and end the one before."""
        for former in self.device.limits.filter(factor=self.values.get("factor")):
            if former.valid_to is None or former.valid_to >= self.valid_from:
                self.save(former, valid_to=self.valid_from - timedelta(days=1))
        row = OutletLimit()
        self.save(row, device=self.device, valid_from=self.valid_from, **self.values)
        return row


class EndLimit(Action[OutletLimit]):
    """The last day of a limit."""

    code = "monitoring.limit.end"
    permission = DEVICE_EDIT
    needs_reason = True

    def __init__(self, actor: Actor, limit: OutletLimit, on: date, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.limit, self.on = limit, on

    def subject(self) -> OutletLimit:
        """The limit."""
        return self.limit

    def check(self) -> None:
        """Ask for the right over its device."""
        super().check()
        self.check_row(self.limit)

    def validate(self) -> None:
        """Not before it began, and not later than it ends already."""
        super().validate()
        if self.on < self.limit.valid_from:
            raise Invalid(fields={"on": __("The end lies before the beginning.")})
        if self.limit.valid_to is not None and self.limit.valid_to <= self.on:
            raise Conflict(__("This limit ends by then already."))

    def perform(self) -> OutletLimit:
        """Write it."""
        self.save(self.limit, valid_to=self.on)
        return self.limit
