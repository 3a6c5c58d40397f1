"""How many days before a milestone the lights of a plan turn yellow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.pages import RowActionView
from lantian.apps.plans.access import PLAN_EDIT
from lantian.apps.plans.actions.warning import MOST_DAYS, SetWarnDays
from lantian.apps.plans.models import Plan
from lantian.apps.plans.views.of_plan import PLANS


class WarnForm(forms.Form):
    """The days."""

    days = forms.IntegerField(
        label=_("Days of warning"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("So many days before a milestone the light of its task turns yellow."),
    )


class WarnDays(RowActionView):
    """Set them."""

    model = Plan
    permission = PLAN_EDIT
    form_class = WarnForm
    title = _("Days of warning")
    breadcrumbs = (PLANS,)

    def get_initial(self) -> dict[str, Any]:
        """As they are."""
        return {"days": self.object.warn_days}

    def get_cancel_url(self) -> str:
        """Back to the plan."""
        return reverse("plans:plan", args=[self.object.pk])

    def run(self, form: Any) -> Plan:
        """Set them."""
        return SetWarnDays(self.actor, self.object, form.cleaned_data["days"]).execute()
