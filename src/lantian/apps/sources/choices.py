"""States of sources, of their entries in lists, and of what is asked for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceStatus(models.TextChoices):
    """Whether a source or a unit of it works."""

    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    REMOVED = "removed", _("Removed or shut down")
    MOVED = "moved", _("Moved away")


class EntryState(models.TextChoices):
    """Where an entry of a list stands in its life."""

    PROPOSED = "proposed", _("Proposed")
    CHECKED = "checked", _("Checked")
    LISTED = "listed", _("Listed")
    REMOVED = "removed", _("Taken off the list")


class ListState(models.TextChoices):
    """Whether a list is being made, is public, or may no longer be changed freely."""

    DRAFT = "draft", _("Being drawn up")
    PUBLISHED = "published", _("Published")
    FROZEN = "frozen", _("Confirmed and frozen")


class KeyKind(models.TextChoices):
    """What a source is known by."""

    USCC = "uscc", _("Unified social credit code")
    PERMIT = "permit", _("Number of the discharge permit")
    MN = "mn", _("MN of the data logger")
    METER = "meter", _("Number of the electricity meter")
    EQUIPMENT = "equipment", _("Registration code of special equipment")
    PLATE = "plate", _("Number plate and its colour")
    MACHINE = "machine", _("Registration number of the machine")
    LICENCE = "licence", _("Number of the licence")
    CODE = "code", _("Code of the source in its trade")
    OLD_NAME = "old_name", _("Former name")
    LIST_NUMBER = "list_number", _("Number in a list")
    GRID = "grid", _("Grid")


#: what can belong to one source only; the same enterprise may have several premises, so the credit code is not here
EXCLUSIVE_KEYS = frozenset(
    {
        KeyKind.PERMIT,
        KeyKind.MN,
        KeyKind.METER,
        KeyKind.EQUIPMENT,
        KeyKind.PLATE,
        KeyKind.MACHINE,
        KeyKind.LICENCE,
    }
)


class Subject(models.TextChoices):
    """What a past state, or an asked-for change, is of."""

    SOURCE = "source", _("Pollution source")
    UNIT = "unit", _("Unit of a source")
    ENTRY = "entry", _("Entry of a list")


class ProposalState(models.TextChoices):
    """Where a change that somebody asked for stands."""

    WAITING = "waiting", _("Waits for the check")
    APPROVED = "approved", _("Accepted")
    PARTLY = "partly", _("Partly accepted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Taken back")


class ProposalOrigin(models.TextChoices):
    """Who asked for a change."""

    OFFICER = "officer", _("Officer")
    ENTERPRISE = "enterprise", _("Enterprise")


class PairState(models.TextChoices):
    """What has been decided of two sources that may be one."""

    OPEN = "open", _("To be decided")
    MERGED = "merged", _("Merged")
    DISTINCT = "distinct", _("Two different sources")


class GradeEventKind(models.TextChoices):
    """What happened to a performance grade."""

    GRANTED = "granted", _("Granted")
    RAISED = "raised", _("Raised")
    LOWERED = "lowered", _("Lowered")
    RENEWED = "renewed", _("Renewed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ApproverLevel(models.TextChoices):
    """Of which level an approver is; from the lowest to the highest."""

    COUNTY = "county", _("county authorities")
    CITY = "city", _("city authorities")
    PROVINCE = "province", _("provincial authorities")
    STATE = "state", _("state authorities")


class PaymentState(models.TextChoices):
    """Where a subsidy stands."""

    DUE = "due", _("Due")
    REQUESTED = "requested", _("Requested")
    APPROVED = "approved", _("Approved")
    PAID = "paid", _("Paid")
    REFUSED = "refused", _("Refused")
    RECOVERED = "recovered", _("Recovered")


class ImportState(models.TextChoices):
    """Where the import of a table stands."""

    STAGING = "staging", _("Being read")
    READY = "ready", _("Waits for your answer")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Not applied")


class RowOutcome(models.TextChoices):
    """What a row of an import does, or would do."""

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    SAME = "same", _("As before")
    INVALID = "invalid", _("With errors")


#: tone of each state in its box
TONES = {
    SourceStatus.RUNNING: "green",
    SourceStatus.STOPPED: "yellow",
    SourceStatus.REMOVED: "grey",
    SourceStatus.MOVED: "grey",
    EntryState.PROPOSED: "yellow",
    EntryState.CHECKED: "blue",
    EntryState.LISTED: "green",
}
