"""Words for what the log keeps of plans."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history
from lantian.apps.plans import values

ACTIONS: dict[str, Any] = {
    "plans.plan.create": _("Taken into the ledger"),
    "plans.plan.edit": _("Plan changed"),
    "plans.plan.revise": _("Corrected text taken in"),
    "plans.plan.next_year": _("Next year's text taken in"),
    "plans.plan.warn_days": _("Days of warning changed"),
    "plans.plan.withdraw": _("Plan withdrawn"),
    "plans.task.create": _("Task entered"),
    "plans.plan.compare": _("Compared with the plan above"),
    "plans.plan.compare_decide": _("Finding of a comparison decided"),
    "plans.task.revise": _("Changed by a corrected text"),
    "plans.task.drop": _("Left out by a corrected text"),
    "plans.task.edit": _("Task changed"),
    "plans.task.link_unit": _("Organisation of a unit changed"),
    "plans.task.start": _("Task begun"),
    "plans.task.report": _("Progress reported"),
    "plans.task.submit": _("Handed in for close-out"),
    "plans.task.recall": _("Taken back"),
    "plans.task.accept": _("Close-out accepted"),
    "plans.task.milestone": _("Milestone accepted"),
    "plans.task.return": _("Sent back"),
    "plans.task.suspend": _("Suspended"),
    "plans.task.resume": _("Resumed"),
    "plans.task.reopen": _("Opened again"),
    "plans.task.cosign": _("Co-signed"),
    "plans.task.hand_down": _("Handed down"),
    "plans.task.hand_over": _("Handed over"),
    "plans.task.adjust": _("Adjustment asked for"),
    "plans.task.approve": _("Adjustment approved"),
    "plans.task.refuse": _("Adjustment refused"),
    "plans.task.adjust_withdraw": _("Adjustment taken back"),
    "plans.target.create": _("Target entered"),
    "plans.target.revise": _("Changed by a corrected text"),
    "plans.target.edit": _("Target changed"),
    "plans.target.reading": _("Value of a target entered"),
    "plans.target.upper": _("Target above chosen"),
    "plans.duty.create": _("Reporting duty entered"),
    "plans.duty.revise": _("Changed by a corrected text"),
    "plans.duty.edit": _("Reporting duty changed"),
    "plans.sanction.create": _("Sanction entered"),
    "plans.sanction.revise": _("Changed by a corrected text"),
    "plans.sanction.edit": _("Sanction changed"),
    "plans.import.upload": _("Document uploaded"),
    "plans.import.read": _("Document read"),
    "plans.import.decide": _("Warning decided"),
    "plans.import.edit": _("Reading corrected"),
    "plans.import.edit_head": _("Head of the plan corrected"),
    "plans.import.add": _("Entry added"),
    "plans.import.remove": _("Entry left out or taken in again"),
    "plans.import.map": _("Units mapped"),
    "plans.import.create_units": _("Missing organisations created"),
    "plans.import.revision": _("Said what plan the text belongs to"),
    "plans.import.pair": _("Entries paired by hand"),
    "plans.import.confirm": _("Import confirmed"),
    "plans.ledger.export": _("Ledger exported"),
    "plans.import.discard": _("Import discarded"),
}

#: values of the log that are not fields of a row
VALUES: dict[str, Any] = {
    **values.LABELS,
    "tasks": _("Tasks"),
    "targets": _("Targets"),
    "duties": _("Reporting duties"),
    "sanctions": _("Sanctions"),
    "units": _("Units"),
    "warnings": _("Warnings"),
    "open_warnings": _("Warnings that are not decided"),
    "created": _("Created organisations"),
    "revision": _("Kind of text"),
    "pairs": _("Pairs"),
    "changed": _("Tasks changed"),
    "new": _("Tasks added"),
    "left": _("Tasks left out"),
    "excess": _("More handed down than the text leaves"),
    "same": _("Tasks unchanged"),
    "continued": _("Tasks that go on"),
    "length": _("Characters"),
    "notes": _("Remarks of the file reader"),
    "import": _("Import of a plan"),
    "on": _("Day"),
    "part": _("Part"),
    "person": _("Person"),
    "cosign": _("Co-signature"),
    "under": _("Chapter"),
    "source": _("Came as"),
    "upper": _("Plan above"),
    "decision": _("Decision"),
    "amount": _("Quantity"),
    "carried": _("Carried"),
    "partly": _("Carried in part"),
    "missing": _("Missing"),
    "not_applicable": _("Does not apply"),
    "counted": _("Amounts that count for progress"),
}


def register() -> None:
    """Make them known to the log."""
    # Names that rows have as fields keep the names of the fields.
    history.register(
        ACTIONS, {name: label for name, label in VALUES.items() if name not in {"kind", "status"}}
    )
