"""Imports of lists: upload, look at what each row would do, apply, take back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import display, jobs, lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Job
from lantian.apps.core.views.registry.operations import job_context
from lantian.apps.sources import access
from lantian.apps.sources.actions.imports import (
    TYPES,
    ApplyImport,
    BringImport,
    CancelImport,
    UndoImport,
)
from lantian.apps.sources.bulk.staging import missing_columns
from lantian.apps.sources.choices import ImportState, RowOutcome
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.models import SourceList, StagedImport, StagedRow
from lantian.rules.sources.fields import FieldKind

CRUMBS = ((_("Lists"), "sources:lists"), (_("Import of lists"), "sources:imports"))
STEPS = (_("Upload"), _("Look"), _("Apply"), _("Result"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: rows with errors that one file tells
MOST_ERRORS = 100_000


class ImportTable(lists.LedgerTable):
    """Imports."""

    name = tables.Column(linkify=True, verbose_name=_("File"))
    state = lists.BadgeColumn(
        {
            ImportState.READY: "yellow",
            ImportState.APPLIED: "green",
            ImportState.FAILED: "red",
            ImportState.STAGING: "blue",
            ImportState.APPLYING: "blue",
        },
        verbose_name=_("State"),
    )
    user = tables.Column(verbose_name=_("By"), accessor="user__display_name", orderable=False)
    created_at = lists.DateColumn(verbose_name=_("Begun at"))
    applied_at = lists.DateColumn(verbose_name=_("Applied at"))

    class Meta:
        model = StagedImport
        fields = ("name", "state", "user", "created_at", "applied_at")
        order_by = "-created_at"


class ImportList(lists.ListView):
    """What was brought in for the lists."""

    model = StagedImport
    permission = access.LIST_IMPORT
    title = _("Import of lists")
    subtitle = _(
        "Workbooks with one sheet for each list: read, looked at, applied, and taken back if need be."
    )
    breadcrumbs = CRUMBS[:1]
    table_class = ImportTable
    empty_title = _("No list has been imported yet.")
    empty_hint = _("Upload a workbook: every row is checked first, and no list changes before you say so.")
    empty_url_name = "sources:import_new"
    empty_label = _("Upload a workbook")

    def get_queryset(self) -> Any:
        """With who brought it."""
        return super().get_queryset().select_related("user", "user__person")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Upload."""
        return [
            {
                "label": _("Upload a workbook"),
                "url": reverse("sources:import_new"),
                "icon": "upload",
                "tone": "primary",
            }
        ]


class UploadForm(forms.Form):
    """A workbook, and the list of a sheet that is not named after one."""

    file = forms.FileField(
        label=_("Workbook"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{end}" for end in TYPES)}),
        help_text=_("Excel (.xlsx, .xls) or .ods, up to 200 MB; one sheet for each list, named after it."),
    )
    list = forms.ModelChoiceField(
        label=_("List of sheets with other names"),
        queryset=SourceList.objects.none(),
        required=False,
        help_text=_("Only needed where a sheet is not named after its list."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list"].queryset = SourceList.objects.order_by("name")  # type: ignore[attr-defined]
        wanted = self.initial.get("list")
        if wanted and not str(wanted).isdigit():
            self.initial.pop("list")


class ImportNew(pages.ActionView):
    """Upload a workbook."""

    permission = access.LIST_IMPORT
    template_name = "sources/imports_upload.html"
    title = _("Upload a workbook")
    breadcrumbs = CRUMBS
    form_class = UploadForm
    submit_label = _("Upload and look")
    cancel_url_name = "sources:imports"
    success_message = ""

    def get_initial(self) -> dict[str, Any]:
        """The list from whose page it begins."""
        return {**super().get_initial(), "list": self.request.GET.get("list") or None}

    def run(self, form: Any) -> StagedImport:
        """Keep it and begin to read."""
        uploaded = form.cleaned_data["file"]
        return BringImport(self.actor, uploaded, uploaded.name, listing=form.cleaned_data["list"]).execute()

    def get_done_url(self, result: StagedImport) -> str:
        """To the look."""
        return result.get_absolute_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The steps, and the templates."""
        return super().get_context_data(
            steps=STEPS, step=1, lists=SourceList.objects.order_by("name"), **kwargs
        )


class ImportView(pages.RowMixin, pages.TemplateView):
    """An import: what each sheet would do, its errors, and what became of it."""

    model = StagedImport
    permission = access.LIST_IMPORT
    template_name = "sources/imports_import.html"
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With its job."""
        return super().get_queryset().select_related("job", "job__user", "user", "user__person", "attachment")

    def get_subtitle(self) -> Any:
        """Its state."""
        return self.object.get_state_display()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sheets with their counts and first problems."""
        row: StagedImport = self.object
        sheets = []
        totals = dict.fromkeys((outcome.value for outcome in RowOutcome), 0)
        for sheet in row.sheets.select_related("list", "list__region"):
            counts = {outcome.value: sheet.counts.get(outcome.value, 0) for outcome in RowOutcome}
            for outcome, count in counts.items():
                totals[outcome] += count
            sheets.append(
                {
                    "sheet": sheet,
                    "counts": counts,
                    "problems": sheet.problems[:50],
                    "more": max(0, counts["invalid"] - 50),
                    "missing": missing_columns(sheet),
                    "columns": len(sheet.columns),
                    "sample": list(self._sample(sheet)) if row.state == ImportState.READY else [],
                }
            )
        waiting = row.job is not None and not jobs.is_over(row.job)
        job = job_context(row.job, self.user) if row.job is not None else {}
        job.pop("result", None)
        done = row.state in (ImportState.APPLIED, ImportState.UNDONE)
        return super().get_context_data(
            **job,
            row=row,
            sheets=sheets,
            totals=totals,
            steps=STEPS,
            step={"staging": 2, "ready": 3, "applying": 3}.get(row.state, 4),
            waiting=waiting,
            broken=row.job is not None and row.job.status in ("failed", "stopped") and not done,
            asking=row.state == ImportState.READY,
            work=totals["new"] + totals["changed"],
            may_list=self.user.may(access.ENTRY_APPROVE),
            may_undo=row.state == ImportState.APPLIED or (row.state == ImportState.APPLYING and not waiting),
            **kwargs,
        )

    @staticmethod
    def _sample(sheet: Any) -> Iterator[dict[str, Any]]:
        if sheet.list is None:
            return
        type_ = type_of(sheet.list)
        for row in sheet.staged_rows.exclude(outcome=RowOutcome.INVALID)[:3]:
            yield {
                "row": row.row,
                "outcome": row.get_outcome_display(),
                "words": "；".join(
                    f"{one.label} {row.values[one.key]}" for one in type_.fields if one.key in row.values
                )[:300],
            }


class ImportStateView(pages.PageMixin, View):
    """The state of the work alone, for the page that waits."""

    permission = access.LIST_IMPORT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The fragment; when the work is over, the page is loaded once more."""
        row = StagedImport.objects.all().visible_to(self.user, self.permission or "").filter(pk=pk).first()
        if row is None:
            raise NotFound
        job = Job.objects.filter(pk=row.job_id).select_related("user", "user__person").first()
        if job is None:
            raise NotFound
        context = {**job_context(job, self.user), "state_url": reverse("sources:import_state", args=[pk])}
        response = render(request, "core/registry/job_state.html", context)
        if jobs.is_over(job):
            response["HX-Refresh"] = "true"
        return response


class ImportErrors(pages.RowMixin, View):
    """All rows with errors as an Excel table: sheet, row, column, what is wrong, how to mend it."""

    model = StagedImport
    permission = access.LIST_IMPORT

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file."""
        from lantian.office.ledger import write_table

        rows = (
            StagedRow.objects.filter(sheet__staged=self.object, outcome=RowOutcome.INVALID)
            .select_related("sheet")
            .order_by("sheet__order", "row")[:MOST_ERRORS]
        )
        stream = BytesIO()
        write_table(
            [__("Sheet"), __("Row"), __("Column"), __("Code"), __("What is wrong and how to mend it")],
            (
                [row.sheet.name, row.row, problem["column"], problem["code"], problem["message"]]
                for row in rows.iterator(chunk_size=2000)
                for problem in row.problems
            ),
            __("Errors of %(file)s") % {"file": self.object.name},
            stream,
        )
        return _file(stream.getvalue(), f"{__('Errors')}_{self.object.pk}.xlsx")


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


class ImportTemplate(pages.PageMixin, View):
    """Empty sheets of lists to fill in, with what each column takes."""

    permission = access.LIST_IMPORT

    def get(self, request: HttpRequest) -> HttpResponse:
        """The file, for the lists named in the address or for all that are open."""
        from lantian.office.ledger import LedgerColumn, Table, write_tables

        wanted = [int(key) for key in request.GET.getlist("list") if key.isdigit()]
        rows = SourceList.objects.order_by("type", "pk")
        chosen = list(rows.filter(pk__in=wanted) if wanted else rows)[:60]
        if not chosen:
            # Nothing is kept yet: the lists that every office keeps, so that one can begin.
            chosen = [SourceList(type=code) for code in ("enterprises", "lines", "kilns")]
        found = []
        notes: list[list[Any]] = []
        seen: set[str] = set()
        for listing in chosen:
            type_ = type_of(listing)
            if type_.code in seen:
                continue
            seen.add(type_.code)
            columns = [
                LedgerColumn(
                    one.label + (f" ({one.unit})" if one.unit else "") + ("*" if one.required else "")
                )
                for one in type_.fields
            ]
            found.append(Table(type_.name, type_.name, columns, [], __("Columns with * must be filled in.")))
            for one in type_.fields:
                notes.append(
                    [
                        type_.name,
                        one.label,
                        __("Yes") if one.required else "",
                        _kind_words(one.kind),
                        "、".join(option.label for option in one.options)[:500],
                        one.note or one.unsure,
                    ]
                )
        head = [__("List"), __("Column"), __("Must be filled in"), __("Takes"), __("Options"), __("Note")]
        found.append(Table(__("Notes"), __("What each column takes"), head, notes))
        stream = BytesIO()
        write_tables(found, stream)
        day = display.campaign_today().strftime("%Y%m%d")
        return _file(stream.getvalue(), f"{__('Template of lists')}_{day}.xlsx")


def _kind_words(kind: FieldKind) -> str:
    words = {
        FieldKind.INTEGER: __("Whole number"),
        FieldKind.DECIMAL: __("Number"),
        FieldKind.PERCENT: __("Per cent, as in 95"),
        FieldKind.SHARE: __("Share from 0 to 1"),
        FieldKind.MONEY: __("Yuan"),
        FieldKind.DATE: __("Day, as in 2026-11-15"),
        FieldKind.YEAR: __("Year"),
        FieldKind.FLAG: __("Yes or no"),
        FieldKind.CHOICE: __("One of the options"),
        FieldKind.CHOICES: __("Some of the options, parted by 、"),
        FieldKind.LONGITUDE: __("Degrees"),
        FieldKind.LATITUDE: __("Degrees"),
        FieldKind.REGION: __("Code of the place"),
    }
    return words.get(kind, __("Text"))


class _ImportPost(pages.RowMixin, View):
    model = StagedImport
    permission = access.LIST_IMPORT

    def act(self, request: HttpRequest) -> None:
        """What is done."""
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it and go back to the import."""
        try:
            self.act(request)
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            texts = [str(text) for text in error.fields.values()]
            messages.error(request, "；".join(texts) or str(error))
        return redirect(self.object.get_absolute_url())


class ImportApply(_ImportPost):
    """Apply it."""

    def act(self, request: HttpRequest) -> None:
        """As the form says."""
        ApplyImport(
            self.actor,
            self.object,
            all_or_nothing=request.POST.get("rows") != "valid",
            listed=request.POST.get("listed") == "on",
            reason=request.POST.get("reason", ""),
        ).execute()


class ImportCancel(_ImportPost):
    """Do not apply it."""

    def act(self, request: HttpRequest) -> None:
        """Throw it away."""
        CancelImport(self.actor, self.object).execute()


class ImportUndo(_ImportPost):
    """Take it back."""

    def act(self, request: HttpRequest) -> None:
        """With the reason."""
        UndoImport(self.actor, self.object, reason=request.POST.get("reason", "")).execute()
