"""Imports of lists: brought in, answered, applied, taken back."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.sources.access import ENTRY_APPROVE, LIST_IMPORT
from lantian.apps.sources.choices import ImportState, RowOutcome
from lantian.apps.sources.models import SourceList, StagedImport, StagedRow

STAGE, APPLY, UNDO = "sources.import.stage", "sources.import.apply", "sources.import.undo"
#: largest file that the page takes
MOST_BYTES = 200 * files.MEGABYTE
TYPES = ("xlsx", "xls", "ods")


class BringImport(Action[StagedImport]):
    """Keep a workbook and begin to read it into staged rows; the lists stay as they are."""

    code = "sources.import.bring"
    permission = LIST_IMPORT

    def __init__(
        self,
        actor: Actor,
        source: Any,
        name: str,
        *,
        listing: SourceList | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.source, self.name, self.listing = source, files.safe_name(name), listing

    def perform(self) -> StagedImport:
        """Store the file and start the reading."""
        staged = StagedImport.objects.create(name=self.name, user=self.actor.user, reason=self.reason)
        kept = files.store(
            self.source, self.name, actor=self.actor, target=staged, allowed=TYPES, max_bytes=MOST_BYTES
        )
        staged.attachment = kept
        staged.job = jobs.start(
            STAGE,
            {"import": staged.pk, "list": self.listing.pk if self.listing is not None else None},
            __("Read %(file)s") % {"file": self.name},
            self.actor,
        )
        staged.save(update_fields=["attachment", "job"])
        self.log(staged, after={"name": self.name, "sha256": kept.sha256})
        return staged


class _OnImport(Action[StagedImport]):
    permission = LIST_IMPORT

    def __init__(self, actor: Actor, staged: StagedImport, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.staged = staged

    def subject(self) -> StagedImport:
        """The import."""
        return self.staged

    def check(self) -> None:
        """The right over this row."""
        super().check()
        self.check_row(self.staged)

    def locked(self, *states: str) -> StagedImport:
        """The row as it is now, if it is in one of the states.

        Raises
        ------
        Conflict
        """
        fresh = StagedImport.objects.select_for_update().get(pk=self.staged.pk)
        if fresh.state not in states:
            raise Conflict
        return fresh


class ApplyImport(_OnImport):
    """Apply staged rows: all of them or none, or the right ones only; as proposals, or on the list at once.

    Parameters
    ----------
    listed
        Put new entries on the list at once, for lists that were approved on paper: asks for the right to approve.
    """

    code = "sources.import.apply"

    def __init__(
        self,
        actor: Actor,
        staged: StagedImport,
        *,
        all_or_nothing: bool = True,
        listed: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(actor, staged, reason=reason)
        self.all_or_nothing, self.listed = all_or_nothing, listed

    def check(self) -> None:
        """Putting on the list at once needs the right to approve."""
        super().check()
        if self.listed and not self.actor.may(ENTRY_APPROVE):
            raise NotAllowed(permission=ENTRY_APPROVE)

    def perform(self) -> StagedImport:
        """Start the work."""
        fresh = self.locked(ImportState.READY)
        rows = StagedRow.objects.filter(sheet__staged=fresh)
        if not rows.filter(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED)).exists():
            raise Conflict(_("There is nothing in the file that would change a list."))
        if self.all_or_nothing and rows.filter(outcome=RowOutcome.INVALID).exists():
            raise Conflict(
                _(
                    "The file has errors. Correct them and upload it again, or apply the rows without errors only."
                )
            )
        if self.listed and not self.reason:
            raise Invalid(fields={"reason": __("Say by which document the list was approved.")})
        fresh.all_or_nothing, fresh.listed = self.all_or_nothing, self.listed
        fresh.reason, fresh.state = self.reason or fresh.reason, ImportState.APPLYING
        fresh.job = jobs.start(
            APPLY, {"import": fresh.pk}, __("Apply %(file)s") % {"file": fresh.name}, self.actor
        )
        fresh.save()
        self.log(fresh, after={"all_or_nothing": self.all_or_nothing, "listed": self.listed})
        return fresh


class UndoImport(_OnImport):
    """Take an applied import back, while nobody has changed what it wrote."""

    code = "sources.import.undo"
    needs_reason = True

    def perform(self) -> StagedImport:
        """Start the work."""
        fresh = self.locked(ImportState.APPLIED, ImportState.APPLYING)
        if fresh.job is not None and not jobs.is_over(fresh.job):
            raise Conflict(_("The import is still at work. Stop it first."))
        fresh.state = ImportState.UNDOING
        fresh.job = jobs.start(
            UNDO, {"import": fresh.pk}, __("Take back %(file)s") % {"file": fresh.name}, self.actor
        )
        fresh.save()
        self.log(fresh)
        return fresh


class CancelImport(_OnImport):
    """Do not apply it."""

    code = "sources.import.cancel"

    def perform(self) -> StagedImport:
        """Throw the staged rows away."""
        fresh = self.locked(ImportState.READY, ImportState.FAILED)
        StagedRow.objects.filter(sheet__staged=fresh)._raw_delete("default")
        fresh.state = ImportState.CANCELLED
        fresh.save(update_fields=["state"])
        self.log(fresh)
        return fresh


class NoteImport(Action[StagedImport]):
    """What became of an import, told by the work on it."""

    code = "sources.import.note"
    permission = LIST_IMPORT

    def __init__(self, actor: Actor, staged: StagedImport, state: str, *, error: str = "") -> None:
        super().__init__(actor)
        self.staged, self.state, self.error = staged, state, error

    def perform(self) -> StagedImport:
        """Write it."""
        StagedImport.objects.filter(pk=self.staged.pk).update(
            state=self.state,
            error=self.error,
            **({"applied_at": timezone.now()} if self.state == ImportState.APPLIED else {}),
            **({"undone_at": timezone.now()} if self.state == ImportState.UNDONE else {}),
        )
        self.staged.refresh_from_db()
        self.log(self.staged, after={"state": self.state, "error": self.error[:200]})
        return self.staged
