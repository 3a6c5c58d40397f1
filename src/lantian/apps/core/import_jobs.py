"""Imports as jobs: the dry run of an uploaded file, and the import itself after it was confirmed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.importers import registry
from lantian.apps.core.models import Attachment, Job
from lantian.apps.core.models.jobs import JobStatus

CHECK, APPLY = "core.import.check", "core.import.apply"


def importer_of(row: Job) -> registry.Importer:
    """The importer of an import job.

    Raises
    ------
    NotFound
        If this is no import, or no room offers it any more.
    """
    found = registry.get(str(row.parameters.get("importer", "")))
    if row.kind not in {CHECK, APPLY} or found is None:
        raise NotFound
    return found


class StartImport(Action[Job]):
    """Keep an uploaded file and begin its dry run."""

    code = "core.import.upload"
    permission = None

    def __init__(
        self, actor: Actor, importer: registry.Importer, source: Any, filename: str, **options: Any
    ) -> None:
        super().__init__(actor)
        self.importer, self.source, self.filename, self.options = importer, source, filename, options

    def check(self) -> None:
        """The right is that of the import."""
        if not self.actor.may(self.importer.permission):
            raise NotAllowed(permission=self.importer.permission)

    def validate(self) -> None:
        """Every question beside the file needs an answer."""
        super().validate()
        for option in self.importer.options:
            value = self.options.get(option.key, "")
            known = {str(key) for key, _label in option.offered(self.actor)}
            if (option.required and not value) or (value and known and value not in known):
                raise Invalid(fields={option.key: __("Choose one.") if known else __("Fill this in.")})

    def perform(self) -> Job:
        """Store the file on the job that reads it."""
        title = __("Check %(what)s: %(file)s") % {
            "what": self.importer.label,
            "file": files.safe_name(self.filename),
        }
        parameters = {"importer": self.importer.code, "options": self.options}
        row = jobs.start(CHECK, parameters, title, self.actor)
        kept = files.store(
            self.source,
            self.filename,
            actor=self.actor,
            target=row,
            allowed=self.importer.run.accepts,
        )
        row.parameters = {**parameters, "attachment": kept.pk, "file": kept.name}
        row.save(update_fields=["parameters"])
        self.log(row, label=kept.name, after={"importer": self.importer.code, "sha256": kept.sha256})
        return row


class ConfirmImport(Action[Job]):
    """Import what a dry run has shown to be free of errors.

    Parameters
    ----------
    skip_errors
        Import the rows without errors and leave the others out, where the import allows it.
    """

    code = "core.import.confirm"
    permission = None

    def __init__(self, actor: Actor, checked: Job, *, skip_errors: bool = False) -> None:
        super().__init__(actor)
        self.checked, self.skip_errors = checked, skip_errors
        self.importer = importer_of(checked)

    def subject(self) -> Job:
        """The dry run."""
        return self.checked

    def check(self) -> None:
        """The right of the import, on a dry run of one's own."""
        if not self.actor.may(self.importer.permission):
            raise NotAllowed(permission=self.importer.permission)
        if self.actor.user is not None and self.checked.user_id != self.actor.user.pk:
            raise NotFound

    def validate(self) -> None:
        """Only a dry run that found no errors is confirmed, and once."""
        super().validate()
        if self.checked.kind != CHECK or self.checked.status != JobStatus.DONE:
            raise Conflict(_("Only a finished check can be confirmed."))
        result = self.checked.result or {}
        if result.get("problem_count") and not (self.skip_errors and self.importer.run.partial):
            raise Conflict(_("The file has errors. Correct them and upload it again."))
        if self.checked.parameters.get("applied_by"):
            raise Conflict(_("This file has been confirmed already."))

    def perform(self) -> Job:
        """Start the import."""
        fresh = Job.objects.select_for_update().get(pk=self.checked.pk)
        if fresh.parameters.get("applied_by"):
            raise Conflict(_("This file has been confirmed already."))
        parameters = {key: fresh.parameters[key] for key in ("importer", "options", "attachment", "file")}
        title = __("Import %(what)s: %(file)s") % {
            "what": self.importer.label,
            "file": parameters["file"],
        }
        if self.skip_errors:
            parameters["skip_errors"] = True
        row = jobs.start(APPLY, {**parameters, "checked_by": fresh.pk}, title, self.actor)
        fresh.parameters = {**fresh.parameters, "applied_by": row.pk}
        fresh.save(update_fields=["parameters"])
        self.log(row, label=str(parameters["file"]), after={"importer": self.importer.code})
        return row


def _action(context: jobs.JobContext) -> Any:
    importer = importer_of(context.job)
    kept = Attachment.objects.filter(pk=context.parameters.get("attachment")).first()
    if kept is None:
        raise jobs.JobFailed(_("The uploaded file is not there any more. Upload it again."))
    options = dict(context.parameters.get("options") or {})
    if context.parameters.get("skip_errors"):
        options["skip_errors"] = True
    return importer.make(
        context.actor,
        files.read(kept),
        kept.name,
        target=context.job,
        progress=lambda done, total, message: context.progress(done, total, message),
        **options,
    )


@jobs.job(CHECK, _("Check of an import"), notify=False)
def check_import(context: jobs.JobContext) -> dict[str, Any]:
    """Read the file and say what would happen."""
    report = _action(context).examine()
    return {
        **report.as_json(),
        "summary": report.summary,
        "url": reverse("core:import-job", args=[context.job.pk]),
    }


@jobs.job(APPLY, _("Import"))
def apply_import(context: jobs.JobContext) -> dict[str, Any]:
    """Import the file: all of it or nothing."""
    action = _action(context)
    with transaction.atomic():
        report = action.execute()
    kept = action.report_file
    return {
        **report.as_json(),
        "summary": report.summary,
        "changes_attachment": kept.pk if kept is not None else None,
        "url": reverse("core:import-job", args=[context.job.pk]),
    }
