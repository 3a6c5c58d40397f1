"""Imports: choose, upload, see what would happen, confirm, see what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import import_jobs, jobs, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.forms.registry import UploadForm
from lantian.apps.core.importers import registry
from lantian.apps.core.models import Attachment, Job
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.core.models.regions import CodeKind, RegionLevel
from lantian.apps.core.views.registry.operations import job_context

CRUMBS = ((_("Import"), "core:imports"),)
STEPS = (_("Upload"), _("Check"), _("Confirm"), _("Result"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


KINDS = {
    "create": (_("New"), "green"),
    "update": (_("Changed"), "blue"),
    "close": (_("Closed"), "yellow"),
    "succeed": (_("New period"), "blue"),
}
FIELDS = {
    "code": _("Code"),
    "name": _("Name"),
    "short_name": _("Short name"),
    "level": _("Level"),
    "parent": _("Parent"),
    "valid_from": _("Valid from"),
    "valid_to": _("Valid to (last day)"),
    "code_kind": _("Kind of code"),
    "kind": _("Kind"),
    "order": _("Order"),
    "aliases": _("Other names"),
    "organisation": _("Organisation"),
    "post": _("Post"),
    "title": _("Post"),
    "mobile": _("Mobile phone"),
    "email": _("E-mail"),
    "left_on": _("Left on"),
    "is_head": _("Head of the organisation"),
    "is_contact": _("Contact for the campaign"),
    "polygons": _("Areas"),
    "positions": _("Positions"),
}
CHOICES = {
    **dict(RegionLevel.choices),
    **dict(CodeKind.choices),
    **dict(OrganisationKind.choices),
}


def _told(change: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """A change of a report in words; a place is shown by the row's name, so code and name are not repeated."""
    before, after = change.get("before") or {}, change.get("after") or {}
    words = {**FIELDS, **fields}
    known = {"code", "name"} if change.get("kind") == "create" else set()
    parts = []
    for key in after:
        if key in words and key not in known and (after.get(key) or before.get(key)):
            old, new = _differing(_value(before.get(key)), _value(after.get(key)))
            parts.append({"label": words[key], "before": old, "after": new or "—"})
    label, tone = KINDS.get(str(change.get("kind")), (change.get("kind"), "grey"))
    return {**change, "kind_label": label, "tone": tone, "parts": parts}


#: texts from this length on are shown where they differ, with some signs around it
LONG, AROUND = 60, 12


def _alike(one: str, other: str) -> int:
    """How many signs two texts begin with together."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def _differing(before: str, after: str) -> tuple[str, str]:
    """Two texts; of long ones only the stretch in which they differ."""
    if len(before) < LONG or len(after) < LONG:
        return before, after
    start = _alike(before, after)
    rest = _alike(before[start:][::-1], after[start:][::-1])
    first, last = max(start - AROUND, 0), max(rest - AROUND, 0)

    def stretch(text: str) -> str:
        shown = text[first : len(text) - last]
        return f"{'…' if first else ''}{shown}{'…' if last else ''}"

    return stretch(before), stretch(after)


def _value(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return __("Yes") if value else __("No")
    return str(CHOICES.get(value, value))


class ImportIndex(pages.Page):
    """What can be imported."""

    template_name = "core/registry/imports.html"
    title = _("Import")
    subtitle = _("Lists from Excel or CSV and outlines from GeoJSON. Nothing is changed before you confirm.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The importers of this account, and what it has imported lately."""
        lately = Job.objects.filter(user=self.user, kind__in=[import_jobs.CHECK, import_jobs.APPLY]).defer(
            "parameters", "result", "checkpoint"
        )
        return super().get_context_data(
            importers=registry.offered(self.user.may), lately=lately.order_by("-pk")[:10], **kwargs
        )


class _ImporterMixin(pages.PageMixin):
    kwargs: dict[str, Any]

    @property
    def importer(self) -> registry.Importer:
        """The importer of the address, if the account may use it."""
        found = registry.get(self.kwargs["code"])
        if found is None:
            raise Http404
        if not self.user.may(found.permission):
            raise NotAllowed(permission=found.permission)
        return found


class UploadView(_ImporterMixin, pages.ActionView):
    """Upload a file for an importer."""

    template_name = "core/registry/import_upload.html"
    form_class = UploadForm
    breadcrumbs = CRUMBS
    submit_label = _("Upload and check")
    success_message = ""
    cancel_url_name = "core:imports"

    def get_title(self) -> Any:
        """What is imported."""
        return __("Import: %(what)s") % {"what": self.importer.label}

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form asks what the importer asks."""
        return {**super().get_form_kwargs(), "importer": self.importer, "actor": self.actor}

    def get_initial(self) -> dict[str, Any]:
        """Answers that the page one comes from knows already."""
        asked = {option.key: self.request.GET.get(option.key) for option in self.importer.options}
        return {**super().get_initial(), **{key: value for key, value in asked.items() if value}}

    def run(self, form: Any) -> Job:
        """Keep the file and begin the check."""
        data = dict(form.cleaned_data)
        uploaded = data.pop("file")
        return import_jobs.StartImport(self.actor, self.importer, uploaded, uploaded.name, **data).execute()

    def get_done_url(self, result: Job) -> str:
        """To the check."""
        return reverse("core:import-job", args=[result.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The importer and the steps."""
        return super().get_context_data(importer=self.importer, steps=STEPS, step=1, **kwargs)


class TemplateView(_ImporterMixin, View):
    """The Excel file to fill in."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """Make it in the language of the page."""
        importer = self.importer
        if not importer.has_template:
            raise Http404
        response = HttpResponse(registry.template(importer), content_type=XLSX)
        name = __("Template %(what)s") % {"what": importer.label}
        response["Content-Disposition"] = (
            content_disposition_header(True, f"{name}.xlsx".replace(" ", "_")) or "attachment"
        )
        return response


class ImportJobView(pages.RowMixin, pages.TemplateView):
    """A check or an import: progress, errors, what happens, confirmation, result."""

    model = Job
    permission = "core.job.view"
    template_name = "core/registry/import_job.html"
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """Imports only."""
        kinds = [import_jobs.CHECK, import_jobs.APPLY]
        return super().get_queryset().filter(kind__in=kinds).select_related("user", "user__person")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that the report says."""
        row: Job = self.object
        importer = import_jobs.importer_of(row)
        shown = job_context(row, self.user)
        result = shown["result"]
        checked = row.kind == import_jobs.CHECK
        clean = row.status == "done" and not result.get("problem_count")
        wrong_rows = {problem.get("row") for problem in result.get("problems", [])}
        changes = sum(result.get(kind, 0) for kind in ("create", "update", "close", "succeed"))
        try:
            done_url = reverse(importer.done_url_name) if importer.done_url_name else ""
        except NoReverseMatch:
            done_url = ""
        applied = row.parameters.get("applied_by")
        may_go_on = (
            bool(changes)
            and not applied
            and row.user_id == self.user.pk
            and self.user.may(importer.permission)
        )
        shown["sample"] = [_told(change, importer.fields) for change in result.get("sample", [])]
        return super().get_context_data(
            **shown,
            importer=importer,
            checked=checked,
            steps=STEPS,
            step=2 if checked and not clean else 3 if checked else 4,
            clean=clean,
            changes=changes,
            may_confirm=checked and clean and may_go_on,
            # Only where every error is one of a row, which can be left out.
            may_skip=checked
            and not clean
            and row.status == "done"
            and importer.run.partial
            and 0 not in wrong_rows
            and may_go_on,
            applied_url=reverse("core:import-job", args=[applied]) if applied else "",
            upload_url=reverse("core:import", args=[importer.code]),
            done_url=done_url,
            changes_attachment=Attachment.objects.filter(pk=result.get("changes_attachment") or 0).first(),
            **kwargs,
        )


class ImportStateView(pages.PageMixin, View):
    """The state of an import alone, for the page that waits."""

    permission = "core.job.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The fragment; when the job is over, the page is loaded once more."""
        row = get_object_or_404(Job.objects.all().visible_to(self.user, "core.job.view"), pk=pk)
        response = render(
            request,
            "core/registry/job_state.html",
            {**job_context(row, self.user), "state_url": reverse("core:import-state", args=[pk])},
        )
        if jobs.is_over(row):
            response["HX-Refresh"] = "true"
        return response


class ConfirmImportView(pages.PageMixin, View):
    """Import what was checked."""

    permission = "core.job.view"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start the import and go to its page."""
        row = get_object_or_404(Job.objects.all().visible_to(self.user, "core.job.view"), pk=pk)
        try:
            started = import_jobs.ConfirmImport(
                self.actor, row, skip_errors=bool(request.POST.get("skip_errors"))
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return redirect("core:import-job", pk)
        return redirect("core:import-job", started.pk)
