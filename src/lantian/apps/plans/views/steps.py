"""Forms of what is done with a task: its steps, co-signatures, parts handed down, adjustments."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotFound
from lantian.apps.core.models import Organisation
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.core.pages import RowActionView
from lantian.apps.plans import access, actions, ledger, standing, values, words
from lantian.apps.plans.actions.adjusting import moved
from lantian.apps.plans.actions.handing_down import MANY_PARTS
from lantian.apps.plans.actions.steps import OnTask, Step
from lantian.apps.plans.exceptions import EditConflict
from lantian.apps.plans.models import Task, TaskAdjustment, TaskCosign
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.step_forms import (
    PART_LINES,
    STEP_FORMS,
    UNITS_LIST,
    AdjustForm,
    CosignForm,
    CountedForm,
    DecideForm,
    HandDownForm,
    PartForm,
    StepForm,
    amount_name,
)
from lantian.apps.plans.transitions import TRANSITIONS, Transition
from lantian.apps.plans.views.imports import conflict_lines
from lantian.apps.plans.views.ledger import PLANS

#: names that the lines of parts suggest
SUGGESTED = 1000


class OnTaskView(RowActionView):
    """A form on one task; who comes too late is told where the task stands, and who was overtaken sees by what."""

    model: ClassVar[Any] = Task
    template_name = "plans/step.html"
    breadcrumbs: ClassVar[Any] = (PLANS,)
    success_message: Any = ""

    def get_queryset(self) -> Any:
        """With its plan."""
        return super().get_queryset().select_related("plan")

    @property
    def task(self) -> Task:
        """The task."""
        found: Task = self.object
        return found

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the task."""
        plan = self.task.plan
        return [
            *super().get_breadcrumbs(),
            (plan.title, reverse("plans:plan", args=[plan.pk])),
            (str(self.task), self.task_url),
        ]

    @property
    def task_url(self) -> str:
        """The page of the task."""
        return reverse("plans:task", args=[self.task.pk])

    def get_cancel_url(self) -> str:
        """Back to the task, or to where the form was opened from."""
        return self.next_url or self.task_url

    def get_done_url(self, result: Any) -> str:
        """Back."""
        return self.get_cancel_url()

    def trial(self) -> OnTask:
        """The action without values, to ask whether it is possible."""
        raise NotImplementedError

    def refused(self) -> HttpResponse | None:
        """The way back where the step is not possible now; None where it is."""
        action = self.trial()
        try:
            action.check_state(self.task)
            action.check()
        except NotFound:
            raise
        except CoreError as error:
            messages.error(self.request, str(error))
            return HttpResponseRedirect(self.task_url)
        return None

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, if there is something to do."""
        return self.refused() or super().get(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Run the action; show the difference where somebody was faster."""
        try:
            result = self.run(form)
        except EditConflict as error:
            form.show_conflict(error.current_version)
            context = self.get_context_data(form=form, conflict=conflict_lines(error))
            return self.render_to_response(context, status=409)
        except NotFound:
            raise
        except CoreError as error:
            # Also where the step is no longer possible: what was written must not be lost.
            self.put_errors(form, error)
            return self.form_invalid(form)
        messages.success(self.request, self.get_success_message(result))
        return HttpResponseRedirect(self.get_done_url(result))

    def put_errors(self, form: Any, error: CoreError) -> None:
        """Put what was refused beside its fields."""
        for name, said in error.fields.items():
            form.add_error(name if name in form.fields else None, str(said))
        if not error.fields:
            form.add_error(None, str(error))


class StepView(OnTaskView):
    """One step of the table of transitions."""

    step = ""

    @property
    def transition(self) -> Transition:
        """Its row of the table."""
        return TRANSITIONS[self.step]

    @cached_property
    def action(self) -> type[Step]:
        """What carries it out."""
        return actions.STEPS[self.step]

    def get_title(self) -> Any:
        """What is done."""
        return self.transition.label

    def trial(self) -> OnTask:
        """The step without values."""
        return self.action(self.actor, self.task)

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The form of the step."""
        kind = STEP_FORMS.get(self.step, StepForm)
        kwargs = self.get_form_kwargs()
        kwargs.update(task=self.task, needs_reason=self.transition.needs_reason)
        accept = self.trial()
        if isinstance(accept, actions.AcceptTask):
            kwargs["open_points"] = accept.open_points(self.task)
        return kind(**kwargs)

    def run(self, form: Any) -> Any:
        """Take the step."""
        return self.action(self.actor, self.task, **form.values()).execute()

    def get_success_message(self, result: Any) -> Any:
        """What has happened, in the words of the log."""
        return words.ACTIONS[self.transition.permission]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the button says."""
        return super().get_context_data(
            submit_label=self.transition.label, tone=self.transition.tone, task=self.task, **kwargs
        )


class CosignView(OnTaskView):
    """Sign for a cooperating unit, or object."""

    permission = access.TASK_COSIGN
    form_class = CosignForm
    title = _("Co-sign")
    submit_label = _("Save")
    success_message = _("Your answer has been recorded.")

    @cached_property
    def cosign(self) -> TaskCosign:
        """The signature that is asked for."""
        rows = TaskCosign.objects.filter(task=self.task).select_related("organisation", "task__plan")
        return get_object_or_404(rows, pk=self.kwargs["cosign"])

    def get_initial(self) -> dict[str, Any]:
        """What the person sees."""
        return {"version": self.task.version}

    def trial(self) -> OnTask:
        """Signing."""
        return actions.Cosign(self.actor, self.cosign, agree=True)

    def run(self, form: Any) -> Any:
        """Sign or object."""
        return actions.Cosign(self.actor, self.cosign, **form.cleaned_data).execute()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """For whom."""
        return super().get_context_data(task=self.task, for_unit=self.cosign.organisation, **kwargs)


class CountedView(OnTaskView):
    """Choose which amounts count for progress."""

    permission = access.TASK_EDIT
    title = _("Amounts that count for progress")
    success_message = _("The share done has been computed anew.")

    def trial(self) -> OnTask:
        """Choosing none."""
        return actions.ChooseCounted(self.actor, self.task, [])

    def get_form(self, form_class: Any = None) -> forms.Form:
        """The amounts."""
        return CountedForm(**self.get_form_kwargs(), task=self.task)

    def run(self, form: Any) -> Any:
        """Choose them."""
        return actions.ChooseCounted(self.actor, self.task, **form.cleaned_data).execute()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Of which task."""
        return super().get_context_data(task=self.task, **kwargs)


class AdjustView(OnTaskView):
    """Ask for another deadline or amount."""

    permission = access.TASK_ADJUST
    title = _("Ask for an adjustment")
    submit_label = _("Ask for it")
    success_message = _("The adjustment has been asked for; whoever decides it has been told.")

    def trial(self) -> OnTask:
        """Asking for nothing."""
        return actions.AskAdjustment(self.actor, self.task, {})

    def get_form(self, form_class: Any = None) -> forms.Form:
        """Dates and amounts as they are."""
        return AdjustForm(**self.get_form_kwargs(), task=self.task)

    def run(self, form: Any) -> Any:
        """Ask, with what differs from now."""
        data = form.cleaned_data
        proposal: dict[str, Any] = {}
        if data["deadline"] and data["deadline"] != form.last:
            proposal["deadlines"] = moved(self.task, data["deadline"].isoformat())
        new = {row.pk: data.get(f"amount_{row.pk}") for row in form.rows}
        if any(value is not None and value != row.value for row in form.rows for value in [new[row.pk]]):
            listed = ledger.task_values(self.task)["quantities"]
            for item, row in zip(listed, form.rows, strict=True):
                value = new[row.pk]
                if value is not None and value != row.value:
                    # The printed words no longer say it.
                    item["value"], item["text"] = plain(value), ""
            proposal["quantities"] = listed
        return actions.AskAdjustment(
            self.actor, self.task, proposal, version=data["version"], reason=data["reason"]
        ).execute()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """On which task."""
        return super().get_context_data(task=self.task, **kwargs)


class _AdjustmentView(OnTaskView):
    """Decide what was asked for."""

    decide: ClassVar[Any]
    needs_reason = False

    @cached_property
    def adjustment(self) -> TaskAdjustment:
        """The wish."""
        rows = TaskAdjustment.objects.filter(task=self.task)
        rows = rows.select_related("asked_by", "organisation", "task__plan")
        return get_object_or_404(rows, pk=self.kwargs["adjustment"])

    def trial(self) -> OnTask:
        """The decision without words."""
        action: OnTask = self.decide(self.actor, self.adjustment)
        return action

    def get_form(self, form_class: Any = None) -> forms.Form:
        """A few words."""
        kwargs = self.get_form_kwargs()
        kwargs["initial"] = {"version": self.task.version}
        return DecideForm(**kwargs, needs_reason=self.needs_reason)

    def run(self, form: Any) -> Any:
        """Decide it."""
        return self.decide(self.actor, self.adjustment, **form.cleaned_data).execute()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What would change."""
        return super().get_context_data(
            task=self.task, adjustment=adjustment_lines(self.adjustment), wish=self.adjustment, **kwargs
        )


class AdjustmentApprove(_AdjustmentView):
    """Approve it."""

    permission = access.TASK_APPROVE
    decide = actions.ApproveAdjustment
    title = _("Approve the adjustment")
    submit_label = _("Approve")
    success_message = _("The adjustment has been approved and holds from today.")


class AdjustmentRefuse(_AdjustmentView):
    """Refuse it."""

    permission = access.TASK_APPROVE
    decide = actions.RefuseAdjustment
    needs_reason = True
    title = _("Refuse the adjustment")
    submit_label = _("Refuse")
    success_message = _("The adjustment has been refused.")


class AdjustmentWithdraw(_AdjustmentView):
    """Take it back."""

    permission = access.TASK_ADJUST
    decide = actions.WithdrawAdjustment
    title = _("Take the adjustment back")
    submit_label = _("Take back")
    success_message = _("The adjustment has been taken back.")


def adjustment_lines(row: TaskAdjustment) -> list[dict[str, Any]]:
    """What an adjustment changes, one line a field."""
    before, after = values.difference(row.before, row.proposal)
    return [
        {"label": values.LABELS.get(name, name), "before": before.get(name, ""), "after": after[name]}
        for name in after
    ]


class HandDownView(OnTaskView):
    """Give parts of a task to other units."""

    permission = access.TASK_HAND_DOWN
    template_name = "plans/hand_down.html"
    title = _("Hand down in parts")
    submit_label = _("Hand down")

    def trial(self) -> OnTask:
        """Handing down nothing."""
        return actions.HandDown(self.actor, self.task, [])

    @cached_property
    def counted(self) -> list[Any]:
        """The amounts that the parts must make up."""
        return standing.counted(self.task)

    @cached_property
    def known(self) -> Any:
        """The units that a part can be given to: the public bodies of the place of the plan and of those below it.

        Also those that the account does not see otherwise; their names stand in plans and notices.
        """
        rows = Organisation.objects.filter(merged_into__isnull=True).exclude(kind=OrganisationKind.ENTERPRISE)
        region = self.task.plan.region
        return rows.filter(region__path__startswith=region.path) if region is not None else rows

    @cached_property
    def candidates(self) -> list[Organisation]:
        """The units that tasks are mostly handed down to: governments, towns and zones of the level below."""
        kinds = [OrganisationKind.GOVERNMENT, OrganisationKind.TOWN, OrganisationKind.COMMITTEE]
        rows = self.known.filter(region__parent=self.task.plan.region_id, kind__in=kinds)
        given = self.task.parts.filter(dropped_on__isnull=True).values("units__organisation")
        leads = self.task.units.filter(principal=True).values("organisation")
        return list(rows.exclude(pk__in=leads).exclude(pk__in=given).order_by("region__code", "order")[:60])

    def lines(self) -> list[PartForm]:
        """One form for each part."""
        data = self.request.POST if self.request.method == "POST" else None
        wanted = self.candidates if self.request.GET.get("below") and data is None else []
        if data is not None:
            count = int(data.get("lines", "")) if data.get("lines", "").isdecimal() else PART_LINES
            count = min(count, MANY_PARTS) + (PART_LINES if "more" in data else 0)
        else:
            count = max(len(wanted), PART_LINES)
        return [
            PartForm(
                data,
                prefix=f"part-{number}",
                counted=self.counted,
                rows=self.known,
                initial={"organisation": wanted[number]} if number < len(wanted) else {},
            )
            for number in range(count)
        ]

    def get_form(self, form_class: Any = None) -> forms.Form:
        """What is kept."""
        return HandDownForm(**self.get_form_kwargs(), task=self.task, counted=self.counted)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """More lines, or hand down."""
        self._lines = self.lines()
        form: Any = self.get_form()
        if "more" in request.POST:
            return self.render_to_response(self.get_context_data(form=form), status=200)
        # Each of them, so that all errors are shown at once.
        valid = [line.is_valid() for line in self._lines] + [form.is_valid()]
        good = all(valid)
        return self.form_valid(form) if good else self.form_invalid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form again, also where only a line is wrong."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def run(self, form: Any) -> Any:
        """Make the parts."""
        self._used = [line for line in self._lines if line.cleaned_data.get("organisation")]
        parts = [
            actions.Part(
                line.cleaned_data["organisation"],
                deadline=line.cleaned_data["deadline"],
                amounts=line.amounts(line.cleaned_data),
            )
            for line in self._used
        ]
        return actions.HandDown(
            self.actor, self.task, parts, form.kept(), version=form.cleaned_data["version"]
        ).execute()

    def put_errors(self, form: Any, error: CoreError) -> None:
        """Errors of a part stand in its line."""
        for name, said in error.fields.items():
            field, _at, rest = name.partition("_")
            number, _at, key = rest.partition("_")
            if field in {"organisation", "deadline", "amount"} and number.isdecimal():
                self._used[int(number)].add_error(f"amount_{key}" if key else field, str(said))
            else:
                form.add_error(name if name in form.fields else None, str(said))
        if not error.fields:
            form.add_error(None, str(error))

    def get_success_message(self, result: Any) -> Any:
        """How many parts."""
        return __("Handed down in %(count)s parts; the units have been told.") % {"count": len(result)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The lines."""
        lines = getattr(self, "_lines", None) or self.lines()
        return super().get_context_data(
            task=self.task,
            lines=lines,
            amounts=[(amount_name(row), row) for row in self.counted],
            candidates=len(self.candidates),
            units_list=UNITS_LIST,
            units=list(
                self.known.order_by("kind", "region__code", "order").values_list("name", flat=True)[
                    :SUGGESTED
                ]
            ),
            **kwargs,
        )
