"""Targets at work: what they have come to, and the target above."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import DayInput
from lantian.apps.core.pages import RowActionView
from lantian.apps.plans import readings
from lantian.apps.plans.access import TARGET_EDIT, TARGET_VIEW
from lantian.apps.plans.actions.readings import LinkUpperTarget, RecordReading
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.models import Target, TargetReading
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.tables import target_value
from lantian.apps.plans.views.ledger import PLANS, TargetView

#: values that the chart of a target shows
CHARTED = 60


class TargetPage(TargetView):
    """One target with what it has come to."""

    template_name = "plans/target.html"

    def get_queryset(self) -> Any:
        """With the target above."""
        return super().get_queryset().select_related("upper", "upper__plan")

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What it asks and what it is measured as."""
        return [*super().get_facts(), (__("Measured as"), self.object.get_measure_display())]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Enter a value, choose the target above."""
        found = super().get_page_actions()
        if self.object.plan.status == PlanStatus.WITHDRAWN:
            return found
        for label, name, icon in (
            (__("Target above"), "plans:target_upper", "arrow-up"),
            (__("Enter a value"), "plans:target_reading", "pencil-plus"),
        ):
            found.insert(
                -1,
                {
                    "label": label,
                    "url": reverse(name, args=[self.object.pk]),
                    "icon": icon,
                    "permission": TARGET_EDIT,
                },
            )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the values."""
        target = self.object
        day = display.campaign_today()
        rows = list(TargetReading.objects.filter(target=target, on__lte=day).order_by("-on", "-pk")[:CHARTED])
        now = readings.latest(target, day)
        upper = target.upper
        if upper is not None and not Target.objects.filter(pk=upper.pk).visible_to(self.user, TARGET_VIEW):
            upper = None
        return super().get_context_data(
            readings=[(row, in_words(row.value, target.unit)) for row in rows],
            now=now,
            now_text=in_words(now.value, target.unit) if now else "",
            verdict=self.verdict(now),
            asked=target_value(target),
            upper=upper,
            upper_value=target_value(upper) if upper is not None else "",
            chart=reading_chart(target, list(reversed(rows))) if len(rows) > 1 else None,
            **kwargs,
        )

    def verdict(self, now: readings.Reading | None) -> tuple[str, str] | None:
        """Light and words of the last value; None without a value or without a number to hold it against."""
        found = readings.verdict(self.object, now.value) if now is not None else None
        if found is None:
            return None
        if found.met:
            return "green", __("met so far")
        return "red", __("missed by %(gap)s") % {"gap": in_words(found.gap, self.object.unit)}


def in_words(value: Decimal, unit: str) -> str:
    """A value with its unit, without the zeros of the column."""
    return display.quantity(Decimal(plain(value)), unit)


def reading_chart(target: Target, rows: list[TargetReading]) -> dict[str, Any]:
    """The values through time, with the target as a line across."""
    series: dict[str, Any] = {
        "type": "line",
        "name": target.indicator,
        "data": [[row.on.isoformat(), float(row.value)] for row in rows],
        "symbolSize": 6,
    }
    if target.value is not None and target.kind != "rank":
        series["markLine"] = {
            "symbol": "none",
            "data": [{"yAxis": float(target.value), "name": __("Target")}],
            "label": {"formatter": "{b} {c}", "position": "insideEndTop"},
        }
    return {
        "grid": {"left": 8, "right": 20, "top": 40, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "scale": True, "name": target.unit},
        "series": [series],
    }


class ReadingForm(forms.Form):
    """A value of a day."""

    on = forms.DateField(label=_("Day"), widget=DayInput())
    value = forms.DecimalField(label=_("Value"), max_digits=18, decimal_places=6)
    source = forms.CharField(
        label=_("Source"), max_length=60, required=False, help_text=_("Where the value comes from.")
    )
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class _OfTarget(RowActionView):
    """Forms on one target."""

    model = Target
    permission = TARGET_EDIT
    breadcrumbs: ClassVar[Any] = (PLANS, (_("Targets"), "plans:targets"))

    def get_cancel_url(self) -> str:
        """Back to the target."""
        return reverse("plans:target", args=[self.object.pk])

    def get_done_url(self, result: Any) -> str:
        """Back to the target."""
        return reverse("plans:target", args=[self.object.pk])


class ReadingNew(_OfTarget):
    """Enter what a target has come to."""

    form_class = ReadingForm
    title = _("Enter a value")
    submit_label = _("Save")
    success_message = _("The value has been entered.")

    def get_initial(self) -> dict[str, Any]:
        """Today."""
        return {"on": display.campaign_today()}

    def run(self, form: Any) -> TargetReading:
        """Enter it."""
        return RecordReading(self.actor, self.object, **form.cleaned_data).execute()


class UpperForm(forms.Form):
    """The target of the plan above."""

    upper = forms.ModelChoiceField(
        label=_("Target above"), queryset=Target.objects.none(), required=False, empty_label=_("None")
    )


class TargetUpper(_OfTarget):
    """Choose the target of the plan above that this one serves."""

    form_class = UpperForm
    title = _("Target above")
    submit_label = _("Save")
    success_message = _("The target above has been chosen.")

    def get_initial(self) -> dict[str, Any]:
        """As it is."""
        return {"upper": self.object.upper_id}

    def get_form(self, form_class: Any = None) -> Any:
        """Offer targets of other plans in force, those of the same measure first."""
        form = super().get_form(form_class)
        target = self.object
        rows = (
            Target.objects.all()
            .visible_to(self.user, TARGET_VIEW)
            .filter(plan__status=PlanStatus.ACTIVE, measure=target.measure)
            .exclude(plan=target.plan_id)
            .select_related("plan")
            .order_by("-plan__issued_on", "plan_id", "order")
        )
        field = form.fields["upper"]
        field.queryset = rows
        field.label_from_instance = lambda row: f"{row.plan.title}：{row} {target_value(row)}"
        return form

    def run(self, form: Any) -> Target:
        """Link it."""
        return LinkUpperTarget(self.actor, self.object, form.cleaned_data["upper"]).execute()
