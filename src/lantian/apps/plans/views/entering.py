"""Entry without a document: a plan, and what stands in it, by form."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.pages import ActionView, Page, put_errors
from lantian.apps.plans import unit_names
from lantian.apps.plans.access import PLAN_EDIT, PLAN_IMPORT, TARGET_EDIT, TASK_EDIT
from lantian.apps.plans.actions import entering
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.entering_forms import MeaningForm, NewPlanForm, NewRowForm, NewTaskForm, meaning_forms
from lantian.apps.plans.models import Plan
from lantian.apps.plans.views.of_plan import PLANS, OfPlan


class PlanNew(ActionView):
    """A plan that has no document here."""

    permission = PLAN_IMPORT
    form_class = NewPlanForm
    template_name = "plans/plan_new.html"
    title = _("Enter a plan by hand")
    subtitle = _("For orders that come without a file: first the head, then its tasks and targets.")
    breadcrumbs = (PLANS,)
    cancel_url_name = "plans:plans"
    submit_label = _("Open the plan")
    success_message = _("The plan is open. Enter its tasks and targets now.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the places that the account may see."""
        return {
            **super().get_form_kwargs(),
            "regions": Region.objects.visible_to(self.user, "core.region.view"),
        }

    def get_initial(self) -> dict[str, Any]:
        """The place of the account's own organisation."""
        home = self.user.organisation
        return {"region": home.region_id if home is not None else None}

    def run(self, form: NewPlanForm) -> Plan:
        """Open it."""
        data = form.cleaned_data
        plan: Plan = entering.CreatePlan(
            self.actor, region=data["region"], head=form.head(), year=data["year"]
        ).execute()
        return plan

    def get_done_url(self, result: Plan) -> str:
        """To the plan."""
        return reverse("plans:plan", args=[result.pk])


class _New(OfPlan, Page):
    """What the forms of new entries of a plan share."""

    def get_queryset(self) -> Any:
        """Plans in force only."""
        return super().get_queryset().exclude(status=PlanStatus.WITHDRAWN)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return self.below_plan()

    def next_step(self, row: Any, url: str) -> HttpResponse:
        """To the row, or to an empty form for the next one."""
        messages.success(self.request, __("“%(name)s” is in the ledger.") % {"name": row})
        return HttpResponseRedirect(
            self.request.get_full_path() if self.request.POST.get("do") == "more" else url
        )


class TaskNew(_New):
    """A new task of a plan: words, heading, units, dates, amounts."""

    permission = TASK_EDIT
    template_name = "plans/task_new.html"
    title = _("New task")

    def visible(self) -> Any:
        """Organisations to choose from."""
        return Organisation.objects.filter(merged_into__isnull=True).visible_to(
            self.user, "core.organisation.view"
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An empty form, under the chapter that the address names."""
        chapter = request.GET.get("chapter", "")
        return self.answer(NewTaskForm(self.object, section=int(chapter) if chapter.isdecimal() else None))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask for names that nobody knows, then put the task into the plan."""
        form = NewTaskForm(self.object, request.POST)
        if not form.is_valid():
            return self.answer(form, status=422)
        rows = self.visible()
        meanings = meaning_forms(unit_names.unknown_in(self.object, form.names(), rows), rows, request.POST)
        if not all(meaning.is_bound for meaning in meanings) or not all(one.is_valid() for one in meanings):
            return self.answer(form, meanings, 422)
        place = form.place.cleaned_data
        try:
            task = entering.CreateTask(
                self.actor,
                self.object,
                form.values(),
                section=place.get("section"),
                chapter=place["chapter"],
                choices={meaning.cleaned_data["name"]: meaning.chosen for meaning in meanings},
                reason=form.reason,
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form.form, error)
            return self.answer(form, meanings, 422)
        return self.next_step(task, reverse("plans:task", args=[task.pk]))

    def answer(
        self, form: NewTaskForm, meanings: list[MeaningForm] | None = None, status: int = 200
    ) -> HttpResponse:
        """The page with the form."""
        context = self.get_context_data(
            form=form,
            meanings=meanings or [],
            cancel=reverse("plans:plan", args=[self.object.pk]),
        )
        return self.render_to_response(context, status=status)


class _RowNew(_New):
    """A new target, duty or sanction of a plan."""

    kind: ClassVar[str]
    action: ClassVar[Any]
    template_name = "plans/row_new.html"

    def extra(self, form: NewRowForm) -> dict[str, Any]:
        """Further values of the action."""
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An empty form."""
        return self.answer(NewRowForm(self.kind, place=self.object.region.name))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Put it into the plan, or show what was refused."""
        form = NewRowForm(self.kind, request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        try:
            row = self.action(
                self.actor, self.object, form.values(), reason=form.reason, **self.extra(form)
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form.form, error)
            return self.answer(form, 422)
        return self.next_step(row, reverse(f"plans:{self.kind}", args=[row.pk]))

    def answer(self, form: NewRowForm, status: int = 200) -> HttpResponse:
        """The page with the form."""
        context = self.get_context_data(form=form, cancel=reverse("plans:plan", args=[self.object.pk]))
        return self.render_to_response(context, status=status)


class TargetNew(_RowNew):
    """A new target."""

    permission = TARGET_EDIT
    kind = "target"
    action = entering.CreateTarget
    title = _("New target")

    def extra(self, form: NewRowForm) -> dict[str, Any]:
        """What it is measured as."""
        return {"measure": form.measure}


class DutyNew(_RowNew):
    """A new reporting duty."""

    permission = PLAN_EDIT
    kind = "duty"
    action = entering.CreateDuty
    title = _("New reporting duty")


class SanctionNew(_RowNew):
    """A new sanction."""

    permission = PLAN_EDIT
    kind = "sanction"
    action = entering.CreateSanction
    title = _("New sanction")


def entry_actions(plan: Plan) -> list[dict[str, Any]]:
    """Buttons for what can be put into a plan, for the head of its page."""
    return [
        {
            "label": __("Add a task"),
            "url": reverse("plans:task_new", args=[plan.pk]),
            "icon": "plus",
            "permission": TASK_EDIT,
        },
        {
            "label": __("Add a target"),
            "url": reverse("plans:target_new", args=[plan.pk]),
            "icon": "target",
            "permission": TARGET_EDIT,
        },
    ]
