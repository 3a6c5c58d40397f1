"""How many days before a milestone the lights of a plan turn yellow."""

from __future__ import annotations

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.plans import standing
from lantian.apps.plans.access import PLAN_EDIT
from lantian.apps.plans.choices import PlanStatus, TaskState
from lantian.apps.plans.exceptions import WrongStep
from lantian.apps.plans.models import Plan

MOST_DAYS = 60


class SetWarnDays(Action[Plan]):
    """Set it, and let the open tasks of the plan stand anew from today; how they were recorded before stays."""

    code = "plans.plan.warn_days"
    permission = PLAN_EDIT

    def __init__(self, actor: Actor, plan: Plan, days: int) -> None:
        super().__init__(actor)
        self.plan, self.days = plan, days

    def subject(self) -> Plan:
        """The plan."""
        return self.plan

    def check(self) -> None:
        """Refuse plans of others."""
        super().check()
        self.check_row(self.plan)

    def validate(self) -> None:
        """A number of days that warns."""
        super().validate()
        if not 1 <= self.days <= MOST_DAYS:
            said = __("Give a whole number from %(low)s to %(high)s.") % {"low": 1, "high": MOST_DAYS}
            raise Invalid(fields={"days": said})

    def perform(self) -> Plan:
        """Set it."""
        plan = Plan.objects.select_for_update().get(pk=self.plan.pk)
        if plan.status == PlanStatus.WITHDRAWN:
            raise WrongStep(__("This plan has been withdrawn; nothing in it can be changed any more."))
        before = plan.warn_days
        if before == self.days:
            raise Invalid(__("This changes nothing."))
        plan.warn_days = self.days
        plan.save(update_fields=["warn_days", "updated_at"])
        for task in plan.tasks.exclude(state=TaskState.ACCEPTED):
            task.plan = plan
            standing.refresh(task)
        self.log(plan, before={"warn_days": before}, after={"warn_days": self.days})
        return plan
