"""Plans in force: lists, overview, text, tasks, targets, duties."""

from __future__ import annotations

import re
from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, log
from lantian.apps.core import history as core_history
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.lists import EXPORT_LIMIT, ListView
from lantian.apps.core.models import Organisation
from lantian.apps.core.pages import ConfirmView, DetailView, Page, RowMixin, put_errors
from lantian.apps.plans import actions, due, exporters, ledger, queries, sources, work
from lantian.apps.plans.access import (
    EXPORT,
    IMPORT,
    PLAN_EDIT,
    PLAN_IMPORT,
    PLAN_VIEW,
    PLAN_WITHDRAW,
    TARGET_EDIT,
    TARGET_VIEW,
    TASK_EDIT,
    TASK_VIEW,
)
from lantian.apps.plans.choices import Clock, PlanStatus, UnitRole
from lantian.apps.plans.exceptions import EditConflict
from lantian.apps.plans.forms import EntryForm, HeadForm
from lantian.apps.plans.importers_targets import write_targets
from lantian.apps.plans.models import Plan, PlanText, ReportingDuty, Sanction, Target, Task
from lantian.apps.plans.tables import (
    DutyFilter,
    DutyTable,
    PagedRows,
    PlanFilter,
    PlanTable,
    SanctionFilter,
    SanctionTable,
    TargetFilter,
    TargetTable,
    TaskFilter,
    TaskTable,
    target_value,
)
from lantian.apps.plans.views.imports import conflict_lines
from lantian.apps.plans.views.links import span_url, text_url
from lantian.apps.plans.views.of_plan import PLANS, OfPlan, plan_tabs


class PlanList(ListView):
    """All plans."""

    model = Plan
    permission = PLAN_VIEW
    table_class = PlanTable
    filterset_class = PlanFilter
    title = _("Action plans")
    export_permission = EXPORT
    empty_title = _("There is no plan yet.")
    empty_hint = _("Import an action plan, or enter it by hand; its tasks and targets then stand in the ledger.")
    empty_url_name = "plans:import_new"
    empty_label = _("Import a plan")
    empty_permission = PLAN_IMPORT

    def get_queryset(self) -> Any:
        """With the number of tasks and targets."""
        return queries.plans(self.actor)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The ways in."""
        return [
            {
                "label": __("Imports of plans"),
                "url": reverse("plans:imports"),
                "icon": "inbox",
                "permission": PLAN_IMPORT,
            },
            {
                "label": __("Enter a plan by hand"),
                "url": reverse("plans:plan_new"),
                "icon": "pencil-plus",
                "permission": PLAN_IMPORT,
            },
            {
                "label": __("Import a plan"),
                "url": reverse("plans:import_new"),
                "icon": "file-import",
                "tone": "primary",
                "permission": PLAN_IMPORT,
            },
        ]


class PlanTextView(OfPlan, Page):
    """The text of a plan with the places of everything that was read from it."""

    template_name = "plans/plan_text.html"

    @cached_property
    def text(self) -> str:
        """The text; a plan that was typed in has none."""
        row = PlanText.objects.filter(plan=self.object).first()
        return row.content if row is not None else ""

    def spans(self) -> tuple[list[sources.Span], list[Task]]:
        """Places, and the tasks that the actor may see."""
        plan = self.object
        tasks = list(
            self.actor.rows(Task.objects.filter(plan=plan), TASK_VIEW)
            .prefetch_related("deadlines", "quantities")
            .order_by("order")
        )
        found: list[sources.Span] = [(span[0], span[1], "meta", "") for span in plan.spans.values() if span]
        for task in tasks:
            key = f"t{task.pk}"
            if task.span_start is not None:
                found.append((task.span_start, task.span_end or 0, "task", key))
            for name, span in task.spans.items():
                if span:
                    found.append((span[0], span[1], "title" if name == "title" else "units", key))
            for kind, rows in (("deadline", task.deadlines.all()), ("quantity", task.quantities.all())):
                found.extend(
                    (row.span_start, row.span_end, kind, key) for row in rows if row.span_start is not None
                )
        for kind, model, prefix in (
            ("target", Target, "g"),
            ("duty", ReportingDuty, "d"),
            ("sanction", Sanction, "s"),
        ):
            rows = model.objects.filter(plan=plan, span_start__isnull=False)
            found.extend((row.span_start, row.span_end, kind, f"{prefix}{row.pk}") for row in rows)
        found.extend((block.span_start, block.span_end, "block", "") for block in plan.blocks.all())
        return found, tasks

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or one piece of a long text."""
        start = request.GET.get("from", "")
        if start:
            piece = next((piece for piece in sources.chunks(self.text) if str(piece[0]) == start), None)
            if piece is None:
                raise Http404
            return HttpResponse(sources.marked(self.text, self.spans()[0], *piece))
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Text in chunks and the headings beside it."""
        spans, tasks = self.spans()
        match = re.fullmatch(r"(\d{1,9})-(\d{1,9})", self.request.GET.get("at", ""))
        return super().get_context_data(
            chunks=[
                {
                    "start": start,
                    "end": end,
                    "html": sources.marked(self.text, spans, start, end) if number < 2 else None,
                }
                for number, (start, end) in enumerate(sources.chunks(self.text))
            ],
            text_length=len(self.text),
            sections=self.object.sections.all(),
            tasks=tasks,
            at=match.group() if match else "",
            **kwargs,
        )


class PlanEditView(OfPlan, Page):
    """Change the head of a plan."""

    permission = PLAN_EDIT
    template_name = "plans/head_edit.html"
    title = _("Edit the plan")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return [*super().get_breadcrumbs(), (self.object.title, reverse("plans:plan", args=[self.object.pk]))]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        plan = self.object
        names = (
            "title",
            "issuer",
            "document_number",
            "issued_on",
            "year",
            "filing_deadline",
            "starts_on",
            "ends_on",
        )
        initial = {name: getattr(plan, name) for name in names}
        initial |= {"copied_to": "\n".join(plan.copied_to), "version": plan.version}
        return self.answer(HeadForm(initial=initial))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change it, or show what was refused."""
        form = HeadForm(request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        changes = form.changes()
        if form.cleaned_data["year"]:
            changes["year"] = form.cleaned_data["year"]
        try:
            actions.EditPlan(
                self.actor,
                self.object,
                changes,
                version=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
            ).execute()
        except EditConflict as error:
            form.data = form.data.copy()
            form.data["version"] = str(error.current_version)
            return self.answer(form, 409, conflict_lines(error))
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form, error)
            return self.answer(form, 422)
        return redirect(reverse("plans:plan", args=[self.object.pk]))

    def answer(self, form: HeadForm, status: int = 200, conflict: Any = None) -> HttpResponse:
        """The page with the form."""
        cancel = reverse("plans:plan", args=[self.object.pk])
        return self.render_to_response(
            self.get_context_data(form=form, conflict=conflict, cancel=cancel), status=status
        )


def redirect(url: str) -> HttpResponse:
    """On to another page."""
    response = HttpResponse(status=302)
    response["Location"] = url
    return response


class PlanWithdrawView(ConfirmView):
    """Take a plan out of the ledger."""

    model = Plan
    permission = PLAN_WITHDRAW
    title = _("Withdraw the plan")
    question = _("Do you want to take this plan out of the ledger?")
    consequences = (
        _("Its tasks, targets and duties disappear from all lists."),
        _("The rows and the log stay; the document can be imported again."),
    )
    submit_label = _("Withdraw")
    success_message = _("The plan has been withdrawn.")
    cancel_url_name = "plans:plans"
    breadcrumbs = (PLANS,)

    def get_consequences(self) -> Any:
        """What hangs on it is said before somebody tries."""
        return [*self.consequences, *work.hanging_on(self.object)]

    def run(self, form: Any) -> Plan:
        """Withdraw it."""
        plan: Plan = actions.WithdrawPlan(
            self.actor, self.object, reason=form.cleaned_data["reason"]
        ).execute()
        return plan

    def get_done_url(self, result: Any) -> str:
        """Back to the plans."""
        return reverse("plans:plans")


class TaskList(ListView):
    """The ledger of tasks."""

    model = Task
    permission = TASK_VIEW
    table_class = TaskTable
    filterset_class = TaskFilter
    template_name = "plans/tasks.html"
    results_template_name = "plans/tasks_results.html"
    title = _("Task ledger")
    page_sizes = (20, 50, 100, 200)
    export_permission = EXPORT
    empty_title = _("There is no task yet.")
    empty_hint = _("Tasks come from action plans that are imported, and can be entered by hand on the page of a plan.")
    empty_url_name = "plans:import_new"
    empty_label = _("Import a plan")
    empty_permission = PLAN_IMPORT
    SESSION_KEY = "plans.tasks.columns"

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The way back from Excel."""
        plan = self.request.GET.get("plan", "")
        return [
            {
                "label": __("Import from Excel"),
                "url": reverse("core:import", args=["tasks"]) + (f"?plan={plan}" if plan.isdigit() else ""),
                "icon": "file-import",
                "permission": IMPORT,
            }
        ]

    def get_queryset(self) -> Any:
        """Tasks of plans in force."""
        return queries.tasks_ever(self.actor)

    def get_table(self, rows: Any) -> Any:
        """Table in the order of the address; only the rows of the page are fetched with what a line shows."""
        return super().get_table(PagedRows(rows, self.lines))

    def lines(self, keys: Sequence[int]) -> list[Task]:
        """The rows of the page; their keys come from a list that the account may see."""
        assert self.filterset is not None
        rows = self.filterset.lit(Task._base_manager.filter(pk__in=keys))
        return queries.for_ledger(rows, text="text" not in self.hidden)

    @cached_property
    def hidden(self) -> list[str]:
        """Columns that this account does not want to see; a choice lasts as long as the login."""
        if "columns" in self.request.GET:
            wanted = set(self.request.GET.getlist("columns"))
            self.request.session[self.SESSION_KEY] = [
                name for name in TaskTable.OPTIONAL if name not in wanted
            ]
        kept = self.request.session.get(self.SESSION_KEY)
        return list(TaskTable.HIDDEN_AT_FIRST) if kept is None else list(kept)

    def get_table_kwargs(self) -> dict[str, Any]:
        """Without the hidden columns; the plan is not repeated once it is chosen."""
        hidden = list(self.hidden)
        if self.request.GET.get("plan") and "plan" not in hidden:
            hidden.append("plan")
        return {"exclude": tuple(hidden)}

    def export(self) -> Any:
        """All columns that officials use, whatever the page shows; row by row, so that memory stays flat."""
        # The rows of the table: filtered, in the order of the address, but with what the file needs.
        rows = self.table.data.data
        count = rows.count()
        if count > EXPORT_LIMIT:
            said = __(
                "This list has %(count)s rows, more than the %(limit)s that one file takes. Set a filter first."
            )
            return HttpResponse(
                said % {"count": count, "limit": EXPORT_LIMIT},
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        title = self.get_export_title()
        asked = self.filterset.form.cleaned_data if self.filterset is not None else {}
        day = asked.get("day")
        stream = TemporaryFile()  # noqa: SIM115 (the response closes it)
        exporters.write_ledger(
            rows,
            title,
            stream,
            day=day if day != display.campaign_today() else None,
            clock=asked.get("clock") or Clock.RECORDED,
            made_on=timezone.now().astimezone(display.CAMPAIGN_TIME),
        )
        stream.seek(0)
        query = {
            key: self.request.GET.getlist(key)
            for key in self.request.GET
            if key not in {"export", "page", "size"}
        }
        log.append(
            [
                log.entry(
                    self.actor, "plans.ledger.export", label=title, after={"rows": count, "filter": query}
                )
            ]
        )
        response = FileResponse(
            stream, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
        response["Content-Disposition"] = content_disposition_header(
            as_attachment=True, filename=f"{title}-{display.campaign_today():%Y%m%d}.xlsx"
        )
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the choice of columns and the tabs of the plan that is chosen."""
        plan = None
        if self.filterset is not None:
            plan = self.filterset.form.cleaned_data.get("plan")
        base = self.table_class.base_columns
        return super().get_context_data(
            columns=[
                (
                    name,
                    base[name].verbose_name or Task._meta.get_field(name).verbose_name,
                    name not in self.hidden,
                )
                for name in TaskTable.OPTIONAL
            ],
            tabs=plan_tabs(plan) if plan else [],
            chosen_plan=plan,
            **kwargs,
        )


class UnitTasks(TaskList):
    """The tasks of one organisation."""

    title = ""

    @cached_property
    def organisation(self) -> Organisation:
        """The organisation in the address."""
        rows = Organisation.objects.all().visible_to(self.user, "core.organisation.view")
        found: Organisation = get_object_or_404(rows, pk=self.kwargs["pk"])
        return found

    def get_title(self) -> Any:
        """Whose tasks."""
        return __("Tasks of %(unit)s") % {"unit": self.organisation.name}

    def get_queryset(self) -> Any:
        """Only tasks in which it stands."""
        return queries.with_unit(super().get_queryset(), self.organisation.pk)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What presses."""
        return [
            {
                "label": __("Tasks of this month"),
                "url": reverse("plans:unit_month", args=[self.organisation.pk]),
                "icon": "calendar-check",
                "tone": "primary",
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add in which roles."""
        counted = queries.tasks_of_organisation(self.actor, self.organisation)
        labels = dict(UnitRole.choices)
        return super().get_context_data(
            organisation=self.organisation,
            roles=[(role, labels[role], number) for role, number in counted.items()],
            **kwargs,
        )


class _RowEdit(RowMixin, Page):
    """Change one row of the ledger: form at the left, the words of the plan at the right."""

    kind: str
    action: Any
    template_name = "plans/row_edit.html"
    breadcrumbs = (PLANS,)

    def get_queryset(self) -> Any:
        """With its plan."""
        return super().get_queryset().select_related("plan")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the row."""
        return [
            *super().get_breadcrumbs(),
            (self.object.plan.title, reverse("plans:plan", args=[self.object.plan_id])),
            (str(self.object), self.done_url()),
        ]

    def done_url(self) -> str:
        """The page of the row."""
        return reverse(f"plans:{self.kind}", args=[self.object.pk])

    def values(self) -> dict[str, Any]:
        """Values as they are now."""
        row = self.object
        return ledger.task_values(row) if isinstance(row, Task) else ledger.row_values(row)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form."""
        return self.answer(EntryForm(self.kind, self.values(), version=self.object.version))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Change it, or show what was refused."""
        form = EntryForm(self.kind, self.values(), request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        try:
            self.action(
                self.actor, self.object, form.values(), version=form.version, reason=form.reason
            ).execute()
        except EditConflict as error:
            form.show_conflict(error.current_version)
            return self.answer(form, 409, conflict_lines(error))
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form.form, error)
            return self.answer(form, 422)
        return redirect(self.done_url())

    def answer(self, form: EntryForm, status: int = 200, conflict: Any = None) -> HttpResponse:
        """The page with the form."""
        row = self.object
        text = PlanText.objects.filter(plan_id=row.plan_id).first()
        original = text.content[row.span_start : row.span_end] if text and row.span_start is not None else ""
        return self.render_to_response(
            self.get_context_data(
                form=form,
                kind=self.kind,
                conflict=conflict,
                original=original,
                cancel=self.done_url(),
                source_url=span_url(row, (row.span_start, row.span_end)),
            ),
            status=status,
        )


class TaskEditView(_RowEdit):
    """Change a task."""

    model = Task
    permission = TASK_EDIT
    kind = "task"
    action = actions.EditTask
    title = _("Edit the task")


class TargetEditView(_RowEdit):
    """Change a target."""

    model = Target
    permission = TARGET_EDIT
    kind = "target"
    action = actions.EditTarget
    title = _("Edit the target")


class DutyEditView(_RowEdit):
    """Change a reporting duty."""

    model = ReportingDuty
    permission = PLAN_EDIT
    kind = "duty"
    action = actions.EditDuty
    title = _("Edit the reporting duty")


class SanctionEditView(_RowEdit):
    """Change a sanction."""

    model = Sanction
    permission = PLAN_EDIT
    kind = "sanction"
    action = actions.EditSanction
    title = _("Edit the sanction")


class _PlanRows(ListView):
    """Lists below plans: with the tabs of the plan that is chosen, and the way to a new row of it."""

    export_permission = EXPORT
    #: address, label and permission of the form for a new row
    new: tuple[str, Any, str]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """A new row of the plan that is chosen."""
        plan = self.request.GET.get("plan", "")
        url_name, label, permission = self.new
        if not re.fullmatch("[0-9]{1,15}", plan):
            return []
        return [
            {"label": label, "url": reverse(url_name, args=[plan]), "icon": "plus", "permission": permission}
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tabs."""
        plan = self.filterset.form.cleaned_data.get("plan") if self.filterset is not None else None
        return super().get_context_data(tabs=plan_tabs(plan) if plan else [], chosen_plan=plan, **kwargs)


class TargetList(_PlanRows):
    """All targets."""

    model = Target
    permission = TARGET_VIEW
    table_class = TargetTable
    filterset_class = TargetFilter
    template_name = "plans/rows.html"
    title = _("Targets")
    new = ("plans:target_new", _("Add a target"), TARGET_EDIT)
    empty_title = _("There is no target yet.")
    empty_hint = _("Targets come from action plans that are imported.")

    def export(self) -> Any:
        """In columns that can be changed and imported again."""
        title = self.get_export_title()
        rows = self.table.data.data
        stream = TemporaryFile()  # noqa: SIM115 (the response closes it)
        write_targets(rows, title, stream)
        stream.seek(0)
        log.append([log.entry(self.actor, "core.list.export", label=title, after={"rows": rows.count()})])
        return FileResponse(
            stream, as_attachment=True, filename=f"{title}-{display.campaign_today():%Y%m%d}.xlsx"
        )

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The way back from Excel, beside the form."""
        plan = self.request.GET.get("plan", "")
        return [
            {
                "label": __("Import from Excel"),
                "url": reverse("core:import", args=["targets"]) + (f"?plan={plan}" if plan.isdigit() else ""),
                "icon": "file-import",
                "permission": TARGET_EDIT,
            },
            *super().get_page_actions(),
        ]

    def get_queryset(self) -> Any:
        """Of plans in force."""
        return queries.targets(self.actor)


class DutyList(_PlanRows):
    """All reporting duties, the next first."""

    model = ReportingDuty
    permission = PLAN_VIEW
    table_class = DutyTable
    filterset_class = DutyFilter
    template_name = "plans/rows.html"
    title = _("Reporting duties")
    new = ("plans:duty_new", _("Add a reporting duty"), PLAN_EDIT)
    empty_title = _("There is no reporting duty yet.")
    empty_hint = _("Reporting duties come from action plans that are imported.")

    def get_queryset(self) -> Any:
        """Of plans in force."""
        return queries.duties(self.actor)

    def get_table(self, rows: Any) -> Any:
        """With the next days."""
        return super().get_table(queries.due_duties(rows, display.campaign_today()))


class SanctionList(_PlanRows):
    """All sanctions."""

    model = Sanction
    permission = PLAN_VIEW
    table_class = SanctionTable
    filterset_class = SanctionFilter
    template_name = "plans/rows.html"
    title = _("Sanctions")
    new = ("plans:sanction_new", _("Add a sanction"), PLAN_EDIT)
    empty_title = _("There is no sanction yet.")
    empty_hint = _("Sanctions come from action plans that are imported.")

    def get_queryset(self) -> Any:
        """Of plans in force."""
        return queries.sanctions(self.actor)


class _RowPage(DetailView):
    """A target, duty or sanction with its place and its history."""

    template_name = "plans/row.html"
    edit_permission: str
    kind: str
    breadcrumbs = (PLANS,)

    def get_queryset(self) -> Any:
        """With its plan."""
        return super().get_queryset().select_related("plan")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return [
            *super().get_breadcrumbs(),
            (self.object.plan.title, reverse("plans:plan", args=[self.object.plan_id])),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change it, see it in the text."""
        row = self.object
        found: list[dict[str, Any]] = []
        if row.span_start is not None:
            found.append(
                {
                    "label": __("In the text"),
                    "url": text_url(row, row.span_start, row.span_end),
                    "icon": "file-text",
                }
            )
        if row.plan.status != PlanStatus.WITHDRAWN:
            found.append(
                {
                    "label": __("Edit"),
                    "url": reverse(f"plans:{self.kind}_edit", args=[row.pk]),
                    "icon": "edit",
                    "tone": "primary",
                    "permission": self.edit_permission,
                }
            )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add place and history."""
        row = self.object
        text = PlanText.objects.filter(plan_id=row.plan_id).first()
        return super().get_context_data(
            source=sources.excerpt(text.content, row.span_start, row.span_end, 80) if text else None,
            source_url=span_url(row, (row.span_start, row.span_end)),
            history=core_history.of_object(row, 50),
            **kwargs,
        )


class TargetView(_RowPage):
    """One target."""

    model = Target
    permission = TARGET_VIEW
    edit_permission = TARGET_EDIT
    kind = "target"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What it asks."""
        row = self.object
        return [
            (__("Indicator"), row.indicator),
            (__("Place"), row.region_name),
            (__("Value"), target_value(row)),
            (__("Kind"), row.get_kind_display()),
            (__("Compared with"), row.base),
            (__("Period"), row.period),
            (__("Strength"), row.get_strength_display()),
        ]


class DutyView(_RowPage):
    """One reporting duty."""

    model = ReportingDuty
    permission = PLAN_VIEW
    edit_permission = PLAN_EDIT
    kind = "duty"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """Who, what, to whom, when."""
        row = self.object
        found = queries.due_duties([row], display.campaign_today())[0].due
        return [
            (__("What"), row.what),
            (__("Who"), row.who),
            (__("To whom"), row.to),
            (__("When"), row.when),
            (__("Rhythm"), RHYTHMS.get(found.rhythm, "")),
            (__("Next due"), found.on),
        ]


class SanctionView(_RowPage):
    """One sanction."""

    model = Sanction
    permission = PLAN_VIEW
    edit_permission = PLAN_EDIT
    kind = "sanction"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What it costs."""
        row = self.object
        return [(__("Problem"), row.problem), (__("Amount"), f"{row.number}{row.unit}" if row.number else "")]


RHYTHMS: dict[str, Any] = {
    due.DAILY: _("every day"),
    due.WEEKLY: _("every week"),
    due.MONTHLY: _("every month"),
    due.QUARTERLY: _("every quarter"),
    due.HALF_YEARLY: _("every half-year"),
    due.YEARLY: _("every year"),
    due.ONCE: _("once"),
}
