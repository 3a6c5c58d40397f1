"""Judging proposed projects by the books of admission, and deciding on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import Region
from lantian.apps.sources.access import PROJECT_DECIDE, PROJECT_JUDGE
from lantian.apps.sources.grading import admission_books
from lantian.apps.sources.models import Project
from lantian.rules.sources.admission import judge
from lantian.rules.sources.admission_project import read_project
from lantian.rules.sources.admission_words import as_json
from lantian.rules.sources.errors import SourcesError

#: language of the record: verdicts are kept as officials file them
RECORD_LANGUAGE = "zh-hans"
#: a code that the rules read; the place itself comes from the register
_ANY_PLACE = "110000"


class JudgeProject(Action[Project]):
    """Hold a project against the books of its place and day, and keep the verdict with every rule.

    Parameters
    ----------
    values
        The project as ``lantian sources admit`` reads it, without region and day.
    project
        One that is judged again; None for a new one.
    """

    code = "sources.project.judge"
    permission = PROJECT_JUDGE

    def __init__(
        self,
        actor: Actor,
        *,
        name: str,
        region: Region,
        on: date,
        values: dict[str, Any],
        project: Project | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        user = actor.user
        self.project = project or Project(
            created_by=user, organisation=user.organisation if user is not None else None
        )
        self.name, self.region, self.on, self.values = name.strip(), region, on, values

    def subject(self) -> Project:
        """The project."""
        return self.project

    def check(self) -> None:
        """Only projects of the actor's."""
        super().check()
        if self.project.pk:
            self.check_row(self.project)

    def validate(self) -> None:
        """What has been decided stays; what is told must be readable."""
        super().validate()
        if self.project.pk:
            self.project = Project.objects.get(pk=self.project.pk)
        if self.project.decision:
            raise Conflict(
                __("This project has been decided. Enter it as a new one if it is to be judged again.")
            )
        self.library = admission_books()
        # The place is one of the register, whatever its code: development zones have codes of their own.
        offered = [dict(one) for one in self.values.get("replacements") or ()]
        own = set(
            Region.objects.filter(code__in=[str(one.get("region", "")) for one in offered]).values_list(
                "code", flat=True
            )
        )
        codes = [str(one.get("region", "")) for one in offered]
        for one, code in zip(offered, codes, strict=True):
            if code in own:
                one["region"] = _ANY_PLACE
        given = {**self.values, "name": self.name, "region": _ANY_PLACE}
        if offered:
            given["replacements"] = offered
        try:
            read = read_project(given, on=self.on, extra=self.library.facts)
        except SourcesError as error:
            field = getattr(error, "field", "") or "trade"
            raise Invalid(fields={field: error.message.text(__)}) from error
        replacements = tuple(
            replace(one, region=code) if code in own else one
            for one, code in zip(read.replacements, codes, strict=True)
        )
        self.read = replace(read, region=self.region.code, replacements=replacements)

    def perform(self) -> Project:
        """Judge and keep."""
        if self.project.pk:
            # Validation runs before the transaction: what it found is asked again under the lock.
            Project.objects.select_for_update().get(pk=self.project.pk)
            self.validate()
        with translation.override(RECORD_LANGUAGE):
            said = as_json(judge(self.read, self.library), self.library, __)
        row, before = self.project, self.project.verdict
        row.name, row.region, row.on, row.values = self.name, self.region, self.on, self.values
        row.verdict, row.findings, row.books = said["verdict"], said["rules"], said["books"]
        row.missing, row.passed_over, row.judged_at = said["missing"], said["passed_over"], timezone.now()
        try:
            row.full_clean(exclude=["values", "findings", "books", "missing", "passed_over"])
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        row.save()
        # A place that is not the actor's: the row would be out of sight at once.
        self.check_row(row)
        self.log(
            row,
            before={"verdict": before} if before else None,
            after={"verdict": row.verdict, "on": row.on, "books": [book["book"] for book in row.books]},
        )
        return row


class DecideProject(Action[Project]):
    """Decide on a project; who decides otherwise than the verdict says why."""

    code = "sources.project.decide"
    permission = PROJECT_DECIDE

    def __init__(self, actor: Actor, project: Project, decision: str, *, note: str = "") -> None:
        super().__init__(actor, reason=note)
        self.project, self.decision, self.note = project, decision, note.strip()

    def subject(self) -> Project:
        """The project."""
        return self.project

    def check(self) -> None:
        """Only projects of the actor's."""
        super().check()
        self.check_row(self.project)

    def validate(self) -> None:
        """Once, and with a note where it is not what the books say."""
        super().validate()
        self.project = Project.objects.get(pk=self.project.pk)
        if self.project.decision:
            raise Conflict(__("This project has been decided already."))
        if self.decision not in {"allowed", "conditional", "refused"}:
            raise Invalid(fields={"decision": __("There is no such decision.")})
        if self.decision != self.project.verdict and not self.note:
            raise Invalid(fields={"note": __("This is not what the books say. Write why it is decided so.")})

    def perform(self) -> Project:
        """Keep it."""
        # Validation runs before the transaction: what it found is asked again under the lock.
        Project.objects.select_for_update().get(pk=self.project.pk)
        self.validate()
        row = self.project
        row.decision, row.note = self.decision, self.note
        row.decided_at, row.decided_by = timezone.now(), self.actor.user
        row.save(update_fields=["decision", "note", "decided_at", "decided_by", "updated_at"])
        self.log(row, before={"verdict": row.verdict}, after={"decision": row.decision, "note": row.note})
        return row
