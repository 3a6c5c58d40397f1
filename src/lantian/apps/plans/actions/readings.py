"""Values that people enter for targets, and the target of the plan above that one serves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.plans.access import TARGET_EDIT, TARGET_VIEW
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.exceptions import WrongStep
from lantian.apps.plans.models import Target, TargetReading
from lantian.apps.plans.models.tasks import plain


class RecordReading(Action[TargetReading]):
    """Enter what a target has come to by a day; earlier values stay."""

    code = "plans.target.reading"
    permission = TARGET_EDIT

    def __init__(
        self, actor: Actor, target: Target, *, on: date, value: Decimal, source: str = "", note: str = ""
    ) -> None:
        super().__init__(actor)
        self.target, self.on, self.value, self.source, self.note = target, on, value, source, note

    def subject(self) -> Target:
        """The target."""
        return self.target

    def check(self) -> None:
        """Refuse targets of others."""
        super().check()
        self.check_row(self.target)

    def validate(self) -> None:
        """A value of a day that has come."""
        super().validate()
        wrong: dict[str, str] = {}
        if self.on > campaign_today():
            wrong["on"] = __("This day has not come yet.")
        if not self.value.is_finite() or abs(self.value) >= Decimal(10) ** 12:
            wrong["value"] = __("Enter a number.")
        if wrong:
            raise Invalid(fields=wrong)

    def perform(self) -> TargetReading:
        """Add the value."""
        target = Target.objects.select_related("plan").get(pk=self.target.pk)
        if target.plan.status == PlanStatus.WITHDRAWN:
            raise WrongStep(__("This plan has been withdrawn; nothing in it can be changed any more."))
        row = TargetReading.objects.create(
            target=target,
            on=self.on,
            value=self.value,
            source=self.source[:60],
            note=self.note[:500],
            user=self.actor.user,
        )
        self.log(
            target, after={"on": self.on.isoformat(), "value": plain(self.value), "source": self.source[:60]}
        )
        return row


class LinkUpperTarget(Action[Target]):
    """Say which target of the plan above a target serves."""

    code = "plans.target.upper"
    permission = TARGET_EDIT

    def __init__(self, actor: Actor, target: Target, upper: Target | None, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.target, self.upper = target, upper

    def subject(self) -> Target:
        """The target."""
        return self.target

    def check(self) -> None:
        """Refuse targets of others; the one above must be seen, not changed."""
        super().check()
        self.check_row(self.target)
        if self.upper is not None:
            self.check_row(self.upper, TARGET_VIEW)

    def validate(self) -> None:
        """A target serves one of another plan."""
        super().validate()
        if self.upper is not None and self.upper.plan_id == self.target.plan_id:
            raise Invalid(fields={"upper": __("Choose a target of another plan.")})

    def perform(self) -> Target:
        """Link it."""
        target: Target | None = Target.objects.select_for_update().filter(pk=self.target.pk).first()
        if target is None:
            raise NotFound
        before = str(target.upper) if target.upper_id else ""
        target.upper = self.upper
        target.version += 1
        target.save()
        self.log(target, before={"upper": before}, after={"upper": str(self.upper or "")})
        return target
