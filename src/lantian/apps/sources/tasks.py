"""What the worker does for lists and inventories: imports, computing, files, the search for duplicates, tidying up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from lantian.apps.core import files, jobs
from lantian.apps.core.exceptions import CoreError
from lantian.apps.sources.access import INVENTORY_RUN, LIST_IMPORT, SOURCE_MERGE
from lantian.apps.sources.actions.duplicates import FIND
from lantian.apps.sources.actions.imports import APPLY, STAGE, UNDO, NoteImport
from lantian.apps.sources.bulk import applying, undoing
from lantian.apps.sources.bulk.staging import Staging
from lantian.apps.sources.choices import ImportState
from lantian.apps.sources.emissions.comparing import COMPARE, KeepComparison, compared
from lantian.apps.sources.emissions.files import FILE, forget_hours, write_file
from lantian.apps.sources.emissions.preparing import PARTS, PREPARE, prepare
from lantian.apps.sources.emissions.running import RUN, FailRun, FinishRun, compute, computed_again
from lantian.apps.sources.merging import finding
from lantian.apps.sources.models import InventoryRun, SourceList, StagedImport
from lantian.office.errors import OfficeError

__all__ = [
    "apply_import",
    "compare_inventories",
    "compute_inventory",
    "find_duplicates",
    "forget_left_hours",
    "prepare_inventory",
    "stage_import",
    "undo_import",
    "write_inventory_file",
]


def _staged(context: jobs.JobContext) -> StagedImport:
    row = StagedImport.objects.filter(pk=context.parameters.get("import")).first()
    if row is None:
        raise jobs.JobFailed(_("The import is not there any more."))
    return row


def _tick(context: jobs.JobContext, message: str) -> Any:
    def tick(done: int, total: int) -> None:
        context.progress(
            min(done, max(total - 1, 0)), max(total, 1), message % {"done": done, "total": total}
        )

    return tick


@jobs.job(STAGE, _("Read lists"), permission=LIST_IMPORT, notify=False)
def stage_import(context: jobs.JobContext) -> dict[str, Any]:
    """Read the workbook into staged rows."""
    staged = _staged(context)
    if staged.state not in (ImportState.STAGING, ImportState.FAILED):
        return {"url": staged.get_absolute_url()}
    chosen = SourceList.objects.filter(pk=context.parameters.get("list")).first()
    assert staged.attachment is not None
    path = files.content.path(staged.attachment.sha256)
    if not path.is_file():
        raise jobs.JobFailed(_("The uploaded file is not there any more. Upload it again."))
    try:
        Staging(context.actor, staged, chosen).run(
            path, _tick(context, __("%(done)s of %(total)s rows read"))
        )
    except OfficeError as error:
        NoteImport(
            context.actor, staged, ImportState.FAILED, error=__(error.message_id) % error.params
        ).execute()
        raise jobs.JobFailed(staged.error) from error
    NoteImport(context.actor, staged, ImportState.READY).execute()
    return {"url": staged.get_absolute_url()}


@jobs.job(APPLY, _("Apply lists"), permission=LIST_IMPORT)
def apply_import(context: jobs.JobContext) -> dict[str, Any]:
    """Apply staged rows part after part; a run that broke off goes on."""
    staged = _staged(context)
    if staged.state != ImportState.APPLYING:
        return {"url": staged.get_absolute_url()}
    try:
        applying.apply(context.actor, staged, _tick(context, __("%(done)s of %(total)s rows applied")))
    except CoreError as error:
        StagedImport.objects.filter(pk=staged.pk).update(error=str(error))
        raise
    NoteImport(context.actor, staged, ImportState.APPLIED).execute()
    return {"url": staged.get_absolute_url(), "label": staged.name}


@jobs.job(UNDO, _("Take lists back"), permission=LIST_IMPORT)
def undo_import(context: jobs.JobContext) -> dict[str, Any]:
    """Take an import back."""
    staged = _staged(context)
    if staged.state != ImportState.UNDOING:
        return {"url": staged.get_absolute_url()}
    try:
        undoing.undo(context.actor, staged, _tick(context, __("%(done)s of %(total)s rows taken back")))
    except CoreError as error:
        NoteImport(context.actor, staged, ImportState.APPLIED, error=str(error)).execute()
        raise
    NoteImport(context.actor, staged, ImportState.UNDONE).execute()
    return {"url": staged.get_absolute_url(), "label": staged.name}


@jobs.job(RUN, _("Compute an emission inventory"), permission=INVENTORY_RUN)
def compute_inventory(context: jobs.JobContext) -> dict[str, Any]:
    """Compute the inventory of a place and a year."""
    row = _run(context)
    if row.state == "done":
        # Broken off behind the sums: only what the pages lack is left to do.
        if set(PARTS) - set(row.prepared.values_list("kind", flat=True)):
            prepare(context.actor, row, computed_again(row), _told(context))
        return {"url": row.get_absolute_url()}
    try:
        context.progress(0, 3, __("Activities are read"), force=True)
        found = compute(context.actor, row.year, row.region, abroad=bool(row.basis.get("abroad")))
        context.progress(1, 3, __("Emissions are kept"), force=True)
        row = FinishRun(context.actor, row, found).execute()
    except CoreError as error:
        FailRun(context.actor, row, str(error)).execute()
        raise jobs.JobFailed(str(error)) from error
    prepare(context.actor, row, found, _told(context))
    return {"url": row.get_absolute_url(), "label": row.name}


@jobs.job(PREPARE, _("Compute grid, times and uncertainty of an inventory"), permission=INVENTORY_RUN)
def prepare_inventory(context: jobs.JobContext) -> dict[str, Any]:
    """Compute the parts of an inventory that was computed before."""
    row = _run(context)
    context.progress(0, len(PARTS), __("Activities are read"), force=True)
    try:
        prepare(context.actor, row, computed_again(row), _told(context))
    except CoreError as error:
        raise jobs.JobFailed(str(error)) from error
    return {"url": row.get_absolute_url(), "label": row.name}


@jobs.job(COMPARE, _("Compare two years of an inventory"), permission=INVENTORY_RUN)
def compare_inventories(context: jobs.JobContext) -> dict[str, Any]:
    """Compare two years and keep what has changed them."""
    row = _run(context)
    other = InventoryRun.objects.filter(pk=context.parameters.get("other")).select_related("region").first()
    if other is None:
        raise jobs.JobFailed(_("The inventory is not there any more."))
    context.progress(0, 2, __("Activities are read"), force=True)
    try:
        found = compared(other, row)
        context.progress(1, 2, force=True)
        KeepComparison(context.actor, row, other, found).execute()
    except CoreError as error:
        raise jobs.JobFailed(str(error)) from error
    address = reverse("sources:inventory_comparison", args=[row.pk])
    return {"url": f"{address}?with={other.pk}", "label": row.name}


def _told(context: jobs.JobContext) -> Any:
    def told(done: int, total: int, words: str) -> None:
        context.progress(done, total, words, force=True)

    return told


@jobs.job(FILE, _("Write a file of an emission inventory"), permission=INVENTORY_RUN)
def write_inventory_file(context: jobs.JobContext) -> dict[str, Any]:
    """Write a file and keep it at its inventory."""
    row = _run(context)
    try:
        write_file(context.actor, row, context.parameters["kind"], _told(context))
    except CoreError as error:
        raise jobs.JobFailed(str(error)) from error
    return {"url": row.get_absolute_url(), "label": row.name}


@db_periodic_task(crontab(hour="3", minute="50"))
@lock_task("inventory-hours")
def forget_left_hours() -> None:
    """Each night: remove what files with every hour have left that were given up."""
    forget_hours(timezone.now())


@jobs.job(FIND, _("Search for duplicates"), permission=SOURCE_MERGE)
def find_duplicates(context: jobs.JobContext) -> dict[str, Any]:
    """Search kind after kind; a run that was stopped goes on with the next kind."""
    scope = finding.Scope.of(context.parameters)
    over: dict[str, Any] = dict(context.checkpoint or {"kinds": [], "new": 0})

    def keep(kind: str, counts: Mapping[str, int]) -> None:
        over["kinds"] = [*over["kinds"], kind]
        over["new"] += counts["new"]
        context.save_checkpoint(over)

    def progress(done: int, total: int, words: str) -> None:
        context.progress(min(done, total - 1), total, __("Compared: %(kind)s") % {"kind": words})

    finding.search(context.actor, scope, progress, skip=over["kinds"], done=keep)
    return {
        "url": f"{reverse('sources:duplicates')}?state=open",
        "label": __("Suspected duplicates"),
        "summary": __("New pairs: %(n)s") % {"n": over["new"]},
    }


def _run(context: jobs.JobContext) -> InventoryRun:
    row = InventoryRun.objects.filter(pk=context.parameters.get("run")).select_related("region").first()
    if row is None:
        raise jobs.JobFailed(_("The inventory is not there any more."))
    return row
