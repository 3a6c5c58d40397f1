"""Pages of proposed projects: the ledger, the form that the books make, the verdict and the decision."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.lists import ListView
from lantian.apps.core.models import Region
from lantian.apps.core.pages import ActionView, Page, RowActionView, RowMixin
from lantian.apps.sources import access
from lantian.apps.sources.actions.projects import DecideProject, JudgeProject
from lantian.apps.sources.forms_projects import DecideForm, PlaceForm, ProjectForm
from lantian.apps.sources.grading import admission_books
from lantian.apps.sources.models import Project
from lantian.apps.sources.tables_grades import DECISIONS, VERDICT_TONES, ProjectFilter, ProjectTable
from lantian.rules.sources.admission_words import STATES, VERDICTS

PROJECTS = (_("Admission of projects"), "sources:projects")
STATE_TONES = {
    "forbidden": "red",
    "unmet": "red",
    "missing": "yellow",
    "excepted": "blue",
    "condition": "blue",
    "met": "green",
    "not_applicable": "grey",
}


class ProjectLedger(ListView):
    """Projects that asked to be admitted."""

    model = Project
    permission = access.PROJECT_VIEW
    table_class = ProjectTable
    filterset_class = ProjectFilter
    title = _("Admission of projects")
    export_permission = access.LIST_EXPORT
    empty_title = _("No project has been judged yet.")
    empty_hint = _("Name place and day; the form then asks what the books of this place ask.")
    empty_url_name = "sources:project_new"
    empty_label = _("Judge a project")
    empty_permission = access.PROJECT_JUDGE

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return super().get_queryset().select_related("region")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Judge one."""
        return [
            {
                "label": __("Judge a project"),
                "url": reverse("sources:project_new"),
                "icon": "gavel",
                "tone": "primary",
                "permission": access.PROJECT_JUDGE,
            }
        ]


class _Judging:
    """What entering and correcting a project have in common."""

    request: HttpRequest

    def judged(self, form: Any, region: Region, on: date, project: Project | None) -> Project:
        """Judge what the form says; complaints go to their fields."""
        try:
            found: Project = JudgeProject(
                self.actor,  # type: ignore[attr-defined]
                name=form.cleaned_data["name"],
                region=region,
                on=on,
                values=form.given(),
                project=project,
            ).execute()
        except Invalid as error:
            fields: dict[str, Any] = {}
            for name, said in error.fields.items():
                fields.setdefault(form.field_of(name) or "__all__", said)
            raise Invalid(fields=fields) from error
        return found


class ProjectNew(_Judging, ActionView):
    """Judge a project: first place and day, then what their books ask."""

    permission = access.PROJECT_JUDGE
    title = _("Judge a project")
    breadcrumbs = (PROJECTS,)
    submit_label = _("Judge")
    success_message = _("The project has been judged.")

    @cached_property
    def place(self) -> Region | None:
        """The place that the address names."""
        code = self.request.GET.get("region", "")
        return get_object_or_404(Region, code=code, valid_to__isnull=True) if code else None

    @cached_property
    def on(self) -> date:
        """The day that the address names."""
        try:
            return date.fromisoformat(self.request.GET.get("on", ""))
        except ValueError:
            return campaign_today()

    def get_subtitle(self) -> str:
        """Place and day."""
        return f"{self.place.name} · {self.on}" if self.place is not None else ""

    def get_form_class(self) -> Any:
        """The place first."""
        return PlaceForm if self.place is None else ProjectForm

    def get_template_names(self) -> list[str]:
        """The plain form for the place."""
        return ["lantian/form.html" if self.place is None else "sources/grades_project_form.html"]

    def get_form_kwargs(self) -> dict[str, Any]:
        """What the books of the place ask."""
        kwargs = super().get_form_kwargs()
        if self.place is None:
            return kwargs | {"actor": self.actor}
        return kwargs | {"library": admission_books(), "region": self.place.code, "on": self.on}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The books that ask."""
        if self.place is not None:
            books, passed = admission_books().on(self.place.code, self.on)
            kwargs |= {"books": books, "passed": [book for book, _reason in passed]}
        return super().get_context_data(**kwargs)

    def run(self, form: Any) -> Any:
        """Go on to the form, or judge."""
        if self.place is None:
            return form.cleaned_data
        return self.judged(form, self.place, self.on, None)

    def form_valid(self, form: Any) -> Any:
        """The place only leads on to the form."""
        if self.place is None:
            data = form.cleaned_data
            query = urlencode({"region": data["region"].code, "on": data["on"].isoformat()})
            return HttpResponseRedirect(f"{reverse('sources:project_new')}?{query}")
        return super().form_valid(form)

    def get_cancel_url(self) -> str:
        """Back to the ledger."""
        return reverse("sources:projects")

    def get_done_url(self, result: Any) -> str:
        """On to the verdict."""
        return str(result.get_absolute_url())


class ProjectEdit(_Judging, RowActionView):
    """Correct or complete a project, and judge it again."""

    model = Project
    permission = access.PROJECT_JUDGE
    form_class = ProjectForm
    template_name = "sources/grades_project_form.html"
    submit_label = _("Judge")
    success_message = _("The project has been judged.")

    def get_queryset(self) -> Any:
        """With the place."""
        return super().get_queryset().select_related("region")

    def get_subtitle(self) -> str:
        """Place and day."""
        return f"{self.object.region.name} · {self.object.on}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """What the books ask, with what was told."""
        row = self.object
        return super().get_form_kwargs() | {
            "library": admission_books(),
            "region": row.region.code,
            "on": row.on,
            "known": row.values,
            "name": row.name,
        }

    def run(self, form: Any) -> Project:
        """Judge again."""
        return self.judged(form, self.object.region, self.object.on, self.object)

    def get_done_url(self, result: Any) -> str:
        """Back to the verdict."""
        return str(result.get_absolute_url())


class ProjectPage(RowMixin, Page):
    """The verdict on a project with every rule."""

    model = Project
    permission = access.PROJECT_VIEW
    template_name = "sources/grades_project.html"
    breadcrumbs = (PROJECTS,)

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return (
            super()
            .get_queryset()
            .select_related("region", "organisation", "created_by__person", "decided_by__person")
        )

    def get_subtitle(self) -> str:
        """Place and day."""
        return f"{self.object.region.name} · {self.object.on}"

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Complete it, or decide."""
        row = self.object
        if row.decision:
            return []
        return [
            {
                "label": __("Complete and judge again"),
                "url": reverse("sources:project_edit", args=[row.pk]),
                "icon": "pencil",
                "permission": access.PROJECT_JUDGE,
            },
            {
                "label": __("Decide on the project"),
                "url": reverse("sources:project_decide", args=[row.pk]),
                "icon": "gavel",
                "tone": "primary",
                "permission": access.PROJECT_DECIDE,
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rules by their states, the strictest first."""
        row = self.object
        groups: dict[str, list[dict[str, Any]]] = {}
        for rule in row.findings:
            groups.setdefault(rule["state"], []).append(rule)
        shown = [
            {"words": __(STATES[state]), "tone": STATE_TONES[state], "rules": rules}
            for state, rules in groups.items()
            if state != "not_applicable"
        ]
        return super().get_context_data(
            verdict=__(VERDICTS.get(row.verdict, row.verdict)),
            tone=VERDICT_TONES.get(row.verdict, "grey"),
            groups=shown,
            other=groups.get("not_applicable", []),
            amounts=[rule for rule in row.findings if rule.get("amounts") and rule["amounts"]["base"]],
            decision=__(DECISIONS[row.decision]) if row.decision else "",
            decision_tone=VERDICT_TONES.get(row.decision, "grey"),
            **kwargs,
        )


class ProjectDecide(RowActionView):
    """Decide on a project."""

    model = Project
    permission = access.PROJECT_DECIDE
    form_class = DecideForm
    template_name = "lantian/form.html"
    submit_label = _("Decide on the project")
    success_message = _("The project has been decided.")

    def get_subtitle(self) -> str:
        """What the books say."""
        return __("Verdict of the books: %(verdict)s") % {
            "verdict": __(VERDICTS.get(self.object.verdict, "—"))
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the verdict."""
        return super().get_form_kwargs() | {"verdict": self.object.verdict}

    def run(self, form: Any) -> Project:
        """Decide."""
        row: Project = DecideProject(
            self.actor, self.object, form.cleaned_data["decision"], note=form.cleaned_data["note"]
        ).execute()
        return row

    def get_done_url(self, result: Any) -> str:
        """Back to the project."""
        return str(result.get_absolute_url())
