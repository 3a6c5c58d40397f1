"""States and words of plans: stored value, label and colour in one place."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PlanStatus(models.TextChoices):
    """Where a plan stands."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("In force")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ImportStatus(models.TextChoices):
    """Where the import of a document stands."""

    UPLOADED = "uploaded", _("Uploaded")
    READ = "read", _("Read")
    MAPPED = "mapped", _("Units mapped")
    CONFIRMED = "confirmed", _("Confirmed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DISCARDED = "discarded", _("Discarded")


#: Allowed steps of an import; whatever is not here is refused.
IMPORT_STEPS: dict[str, frozenset[str]] = {
    ImportStatus.UPLOADED: frozenset({ImportStatus.READ, ImportStatus.DISCARDED}),
    ImportStatus.READ: frozenset({ImportStatus.MAPPED, ImportStatus.CONFIRMED, ImportStatus.DISCARDED}),
    ImportStatus.MAPPED: frozenset({ImportStatus.READ, ImportStatus.CONFIRMED, ImportStatus.DISCARDED}),
    ImportStatus.CONFIRMED: frozenset({ImportStatus.WITHDRAWN}),
    ImportStatus.WITHDRAWN: frozenset(),
    ImportStatus.DISCARDED: frozenset(),
}

#: What was read may be corrected and units may be mapped in these states.
OPEN_FOR_CORRECTION = frozenset({ImportStatus.READ, ImportStatus.MAPPED})
#: An import in one of these states is still work in progress.
IN_PROGRESS = frozenset({ImportStatus.UPLOADED, ImportStatus.READ, ImportStatus.MAPPED})


class UnitRole(models.TextChoices):
    """What an organisation is in a task, in the order in which officials list it."""

    LEAD = "lead", _("Lead unit")
    RESPONSIBLE = "responsible", _("Responsible unit")
    SHARED = "shared", _("Shared by duties")
    COOPERATING = "cooperating", _("Cooperating unit")
    SUPERVISING = "supervising", _("Supervising unit")
    ACCEPTING = "accepting", _("Accepting unit")


ROLE_ORDER: tuple[str, ...] = tuple(UnitRole.values)

#: field of :class:`lantian.rules.documents.model.Task` → role
ROLE_OF_FIELD: dict[str, str] = {
    "leads": UnitRole.LEAD,
    "responsible": UnitRole.RESPONSIBLE,
    "shared": UnitRole.SHARED,
    "cooperating": UnitRole.COOPERATING,
    "supervising": UnitRole.SUPERVISING,
    "accepted_by": UnitRole.ACCEPTING,
}


#: roles whose units do the work
DOERS = (UnitRole.LEAD, UnitRole.RESPONSIBLE, UnitRole.SHARED)


class TaskState(models.TextChoices):
    """Where a task stands; overdue follows from the day and is no state."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("Under way")
    SUBMITTED = "submitted", _("Handed in")
    RETURNED = "returned", _("Returned")
    ACCEPTED = "accepted", _("Closed out")
    SUSPENDED = "suspended", _("Suspended")


class EventKind(models.TextChoices):
    """What happens to a task."""

    START = "start", _("Begun")
    REPORT = "report", _("Progress reported")
    SUBMIT = "submit", _("Handed in for close-out")
    RECALL = "recall", _("Taken back")
    ACCEPT = "accept", _("Close-out accepted")
    MILESTONE = "milestone", _("Milestone accepted")
    RETURN = "return", _("Sent back")
    SUSPEND = "suspend", _("Suspended")
    RESUME = "resume", _("Resumed")
    REOPEN = "reopen", _("Opened again")
    COSIGN = "cosign", _("Co-signed")
    ADJUST = "adjust", _("Adjusted")
    HAND_DOWN = "hand_down", _("Handed down")


class Clock(models.TextChoices):
    """What is asked when somebody asks how a task stood on a day."""

    RECORDED = "recorded", _("As recorded then")
    KNOWN = "known", _("As known now")


class CosignStatus(models.TextChoices):
    """Where a co-signature stands."""

    ASKED = "asked", _("Asked")
    SIGNED = "signed", _("Signed")
    OBJECTED = "objected", _("Objected")
    LAPSED = "lapsed", _("Lapsed")


class AdjustmentStatus(models.TextChoices):
    """Where an adjustment stands."""

    ASKED = "asked", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class DeadlineKind(models.TextChoices):
    """What a date in a task is."""

    DEADLINE = "deadline", _("Deadline")
    START = "start", _("Start")
    PERIOD = "period", _("Period")


class Comparator(models.TextChoices):
    """How a value is compared; stored as printed in the conventions of plans."""

    EQUAL = "=", "="
    AT_MOST = "<=", "≤"
    AT_LEAST = ">=", "≥"
    BELOW = "<", "<"
    ABOVE = ">", ">"
    ABOUT = "~", "≈"


class TargetKind(models.TextChoices):
    """What kind of value a target is."""

    LEVEL = "level", _("Value to reach")
    REDUCTION = "reduction", _("Reduction")
    RANK = "rank", _("Rank")
    RANK_GAIN = "rank_gain", _("Gain in rank")
    REFERENCE = "reference", _("By reference")


class TargetMeasure(models.TextChoices):
    """What a target is measured as."""

    CONCENTRATION = "concentration", _("Concentration")
    DAYS = "days", _("Days")
    RATIO = "ratio", _("Ratio")
    RANK = "rank", _("Rank")
    REDUCTION = "reduction", _("Reduction")
    QUANTITY = "quantity", _("Quantity")
    ELECTRICITY = "electricity", _("Electricity")
    EMISSION = "emission", _("Emission")
    OTHER = "other", _("Other")


class PlanSource(models.TextChoices):
    """How a plan came into the ledger."""

    DOCUMENT = "document", _("Document")
    FORM = "form", _("Form")
    EXCEL = "excel", _("Excel ledger")


class TargetStrength(models.TextChoices):
    """Whether a target binds."""

    FIRM = "firm", _("Binding")
    HOPED = "hoped", _("To strive for")


class BlockKind(models.TextChoices):
    """Stretches of text that are kept whole."""

    STAGGERED = "staggered_production", _("Staggered production")
    RESPONSE = "emergency_response", _("Emergency response")
    OTHER = "other", _("Other rules")


class Decision(models.TextChoices):
    """What a person decided about a warning of the reader."""

    OPEN = "open", _("Open")
    KEPT = "kept", _("Reading is right")
    CORRECTED = "corrected", _("Corrected by hand")
    IRRELEVANT = "irrelevant", _("Not relevant")


COLOURS: dict[str, str] = {
    PlanStatus.DRAFT: "secondary",
    PlanStatus.ACTIVE: "green",
    PlanStatus.WITHDRAWN: "red",
    ImportStatus.UPLOADED: "secondary",
    ImportStatus.READ: "azure",
    ImportStatus.MAPPED: "blue",
    ImportStatus.CONFIRMED: "green",
    ImportStatus.DISCARDED: "secondary",
    UnitRole.LEAD: "blue",
    UnitRole.RESPONSIBLE: "azure",
    UnitRole.SHARED: "cyan",
    UnitRole.COOPERATING: "teal",
    UnitRole.SUPERVISING: "purple",
    UnitRole.ACCEPTING: "indigo",
    Decision.OPEN: "yellow",
    Decision.KEPT: "green",
    Decision.CORRECTED: "green",
    Decision.IRRELEVANT: "secondary",
}
