"""Pages of subsidies: the ledger with its sums, what the books say is due, a payment and its steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import ListView
from lantian.apps.core.pages import ActionView, OptionalReasonForm, Page, RowActionView, RowMixin
from lantian.apps.sources import access
from lantian.apps.sources.actions.subsidies import FindDue, StepSubsidy, look, totals
from lantian.apps.sources.choices import PaymentState
from lantian.apps.sources.forms_grades import StepForm
from lantian.apps.sources.grading import grade_words, kept, told
from lantian.apps.sources.models import Source, Subsidy
from lantian.apps.sources.tables_grades import PAYMENT_TONES, SubsidyFilter, SubsidyTable

SUBSIDIES = (_("Subsidies"), "sources:subsidies")


class SubsidyLedger(ListView):
    """All subsidies with their states."""

    model = Subsidy
    permission = access.SOURCE_VIEW
    table_class = SubsidyTable
    filterset_class = SubsidyFilter
    title = _("Subsidies")
    export_permission = access.LIST_EXPORT
    template_name = "sources/grades_subsidies.html"
    empty_title = _("No subsidy has been found yet.")
    empty_hint = _("Enter performance grades, then let the books find what is due.")
    empty_url_name = "sources:subsidies_find"
    empty_label = _("Find what is due")
    empty_permission = access.SUBSIDY_REQUEST

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return super().get_queryset().select_related("source__region", "grade")

    def get_table_kwargs(self) -> dict[str, Any]:
        """The latest first."""
        return {"order_by": ("-due_on",)}

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Find what is due."""
        return [
            {
                "label": __("Find what is due"),
                "url": reverse("sources:subsidies_find"),
                "icon": "zoom-money",
                "tone": "primary",
                "permission": access.SUBSIDY_REQUEST,
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the sums of what the filter shows."""
        sums = totals(self.filterset.qs if self.filterset is not None else self.get_queryset())
        labels = {
            "due": __("Due"),
            "requested": __("Requested"),
            "approved": __("Approved, not paid yet"),
            "paid": __("Paid"),
            "recovered": __("Recovered"),
        }
        return super().get_context_data(
            sums=[(labels[key], value.normalize() if value else value) for key, value in sums.items()],
            **kwargs,
        )


class SubsidiesFind(ActionView):
    """What the books say is due and what not, each with clause and reason; entered in one step."""

    permission = access.SUBSIDY_REQUEST
    form_class = OptionalReasonForm
    template_name = "sources/grades_find.html"
    title = _("Find what is due")
    subtitle = _("The books of subsidies are held against the performance grades of your sources.")
    submit_label = _("Enter what is due")
    breadcrumbs = (SUBSIDIES,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Look before entering."""
        sources = Source.objects.visible_to(self.user, access.SUBSIDY_REQUEST).live()
        due, declined = look(sources.order_by().values("pk"), display.campaign_today())
        known = set(Subsidy.objects.values_list("source_id", "rule", "grade_id"))

        def shown(found: Any) -> dict[str, Any]:
            claim = found.claim
            return {
                "source": found.source,
                "grade": grade_words(found.grade.grade),
                "clause": f"{claim.rule.head.document} {claim.rule.clause}",
                "amount": claim.amount,
                "due_on": claim.due_on,
                "why": [told(kept(message)) for message in claim.why],
                "entered": (found.source.pk, claim.rule.key, found.grade.pk) in known,
            }

        return super().get_context_data(
            due=[shown(one) for one in due], declined=[shown(one) for one in declined], **kwargs
        )

    def run(self, form: Any) -> tuple[int, int]:
        """Enter them."""
        found: tuple[int, int] = FindDue(self.actor, reason=form.cleaned_data.get("reason", "")).execute()
        return found

    def get_success_message(self, result: Any) -> Any:
        """How many."""
        new, corrected = result
        return __("%(new)s entered, %(corrected)s corrected.") % {"new": new, "corrected": corrected}

    def get_cancel_url(self) -> str:
        """Back to the ledger."""
        return reverse("sources:subsidies")

    def get_done_url(self, result: Any) -> str:
        """Back to the ledger."""
        return reverse("sources:subsidies")


#: step → words, name of its address, icon, tone, states from which it leads
STEPS: dict[str, tuple[Any, str, str, str, tuple[str, ...]]] = {
    "requested": (_("Request"), "subsidy_request", "send", "primary", ("due", "refused")),
    "approved": (_("Approve"), "subsidy_approve", "check", "primary", ("requested",)),
    "paid": (_("Enter the payment"), "subsidy_pay", "cash", "primary", ("approved",)),
    "refused": (_("Refuse"), "subsidy_refuse", "x", "danger", ("requested", "approved")),
    "recovered": (_("Recover"), "subsidy_recover", "cash-off", "danger", ("paid",)),
}


class SubsidyPage(RowMixin, Page):
    """A subsidy: amount, clause, reasons and steps."""

    model = Subsidy
    permission = access.SOURCE_VIEW
    template_name = "sources/grades_subsidy.html"
    breadcrumbs = (SUBSIDIES,)

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return super().get_queryset().select_related("source__region", "grade")

    def get_title(self) -> Any:
        """The source."""
        return self.object.source.name

    def get_subtitle(self) -> str:
        """The clause."""
        return str(self.object.clause)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The steps that may follow."""
        row = self.object
        return [
            {
                "label": label,
                "url": reverse(f"sources:{name}", args=[row.pk]),
                "icon": icon,
                "tone": tone,
                "permission": access.SUBSIDY_REQUEST if state == "requested" else access.SUBSIDY_APPROVE,
            }
            for state, (label, name, icon, tone, before) in STEPS.items()
            if row.state in before
            and not (state in {"approved", "refused"} and row.requested_by_id == self.user.pk)
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Reasons and steps in words."""
        row = self.object
        states = dict(PaymentState.choices)
        pairs = [
            (__("Name of the source"), row.source.name),
            (__("Region"), row.source.region.name if row.source.region is not None else display.ABSENT),
            (__("Performance grade"), grade_words(row.grade.grade) if row.grade else display.ABSENT),
            (__("Clause"), row.clause),
            (__("Due since"), row.due_on),
            (__("Amount [yuan]"), display.number(row.amount)),
            (__("Approved [yuan]"), display.number(row.approved_amount)),
            (__("Paid [yuan]"), display.number(row.paid_amount)),
            (__("Recovered [yuan]"), display.number(row.recovered_amount)),
        ]
        return super().get_context_data(
            pairs=pairs,
            why=[told(reason) for reason in row.why],
            tone=PAYMENT_TONES.get(row.state, "grey"),
            steps=[{**step, "words": states.get(step["state"], step["state"])} for step in row.steps],
            **kwargs,
        )


class _Step(RowActionView):
    """A step of a payment."""

    model = Subsidy
    form_class = StepForm
    template_name = "lantian/form.html"
    state: ClassVar[str]
    with_amount: ClassVar[bool] = False
    needs_reason: ClassVar[bool] = False

    def get_queryset(self) -> Any:
        """With the source."""
        return super().get_queryset().select_related("source")

    def get_title(self) -> Any:
        """The step."""
        return STEPS[self.state][0]

    def get_subtitle(self) -> str:
        """Source and clause."""
        return f"{self.object.source.name} · {self.object.clause}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the amount of the step before."""
        row = self.object
        amount = {"approved": row.amount, "paid": row.approved_amount, "recovered": row.paid_amount}
        kwargs = super().get_form_kwargs()
        kwargs["initial"] = {**kwargs.get("initial", {}), "amount": amount.get(self.state)}
        return kwargs | {"with_amount": self.with_amount, "needs_reason": self.needs_reason}

    def run(self, form: Any) -> Subsidy:
        """Take the step."""
        values = form.cleaned_data
        row: Subsidy = StepSubsidy(
            self.actor,
            self.object,
            self.state,
            on=values["on"],
            amount=values.get("amount"),
            document=values["document"],
            reason=values["reason"],
        ).execute()
        return row

    def get_done_url(self, result: Any) -> str:
        """Back to the payment."""
        return str(result.get_absolute_url())


class SubsidyRequest(_Step):
    """Request it."""

    permission = access.SUBSIDY_REQUEST
    state = "requested"


class SubsidyApprove(_Step):
    """Approve it."""

    permission = access.SUBSIDY_APPROVE
    state = "approved"
    with_amount = True


class SubsidyPay(_Step):
    """Enter that it was paid."""

    permission = access.SUBSIDY_APPROVE
    state = "paid"
    with_amount = True


class SubsidyRefuse(_Step):
    """Refuse it."""

    permission = access.SUBSIDY_APPROVE
    state = "refused"
    needs_reason = True


class SubsidyRecover(_Step):
    """Take it back."""

    permission = access.SUBSIDY_APPROVE
    state = "recovered"
    with_amount = True
    needs_reason = True
