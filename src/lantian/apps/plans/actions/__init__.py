"""Every change of plans, tasks and targets; used by pages, API, command line and demo alike."""

from __future__ import annotations

from django.db import transaction

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region
from lantian.apps.plans.actions.adjusting import (
    ApproveAdjustment,
    AskAdjustment,
    RefuseAdjustment,
    WithdrawAdjustment,
)
from lantian.apps.plans.actions.comparing import ComparePlans, DecideFinding
from lantian.apps.plans.actions.cosigning import Cosign, open_cosigns
from lantian.apps.plans.actions.counting import ChooseCounted
from lantian.apps.plans.actions.deciding import (
    AcceptMilestone,
    AcceptTask,
    ReopenTask,
    ResumeTask,
    ReturnTask,
    SuspendTask,
)
from lantian.apps.plans.actions.doing import RecallTask, ReportProgress, StartTask, SubmitTask
from lantian.apps.plans.actions.editing import (
    EditDuty,
    EditPlan,
    EditSanction,
    EditTarget,
    EditTask,
    LinkUnit,
    WithdrawPlan,
)
from lantian.apps.plans.actions.entering import (
    CreateDuty,
    CreatePlan,
    CreateSanction,
    CreateTarget,
    CreateTask,
)
from lantian.apps.plans.actions.handing_down import HandDown, Part
from lantian.apps.plans.actions.handing_over import HandOver
from lantian.apps.plans.actions.imports import (
    AddEntry,
    ConfirmImport,
    CreateMissingUnits,
    DecideWarning,
    DiscardImport,
    EditEntry,
    EditMeta,
    MapUnits,
    ReadImport,
    RemoveEntry,
    UploadPlan,
    start_reading,
)
from lantian.apps.plans.actions.life import STEPS, evidence_of, possible_steps
from lantian.apps.plans.actions.revising import ChooseRevision, ConfirmNextYear, DecidePairs, RevisePlan
from lantian.apps.plans.models import Plan

__all__ = [
    "STEPS",
    "AcceptMilestone",
    "AcceptTask",
    "AddEntry",
    "ApproveAdjustment",
    "AskAdjustment",
    "ChooseCounted",
    "ChooseRevision",
    "ComparePlans",
    "ConfirmImport",
    "ConfirmNextYear",
    "Cosign",
    "CreateDuty",
    "CreateMissingUnits",
    "CreatePlan",
    "CreateSanction",
    "CreateTarget",
    "CreateTask",
    "DecideFinding",
    "DecidePairs",
    "DecideWarning",
    "DiscardImport",
    "EditDuty",
    "EditEntry",
    "EditMeta",
    "EditPlan",
    "EditSanction",
    "EditTarget",
    "EditTask",
    "HandDown",
    "HandOver",
    "LinkUnit",
    "MapUnits",
    "Part",
    "ReadImport",
    "RecallTask",
    "RefuseAdjustment",
    "RemoveEntry",
    "ReopenTask",
    "ReportProgress",
    "ResumeTask",
    "ReturnTask",
    "RevisePlan",
    "StartTask",
    "SubmitTask",
    "SuspendTask",
    "UploadPlan",
    "WithdrawAdjustment",
    "WithdrawPlan",
    "evidence_of",
    "import_plan_from_text",
    "open_cosigns",
    "possible_steps",
    "start_reading",
]


def import_plan_from_text(
    actor: Actor,
    data: bytes | str,
    filename: str,
    region: Region,
    mapping: str = "create_missing",
    *,
    year: int | None = None,
    again: bool = False,
) -> Plan:
    """Take a plan through the whole door at once: upload, read, map, confirm.

    Parameters
    ----------
    data
        Content of a file, or text.
    filename
        Its name; of a text, what the import is called.
    mapping
        ``create_missing`` creates an organisation for each name that the register does not know (not for collective
        names); ``keep_names`` leaves such names without an organisation.
    again
        Import a text that is already there a second time.

    Returns
    -------
    Plan
        The plan in force; warnings that nobody has decided stay with it.

    Raises
    ------
    CoreError
        Whatever one of the steps refuses; nothing is kept then.
    """
    if mapping not in {"create_missing", "keep_names"}:
        raise ValueError(f"unknown way to map units: {mapping}")
    with transaction.atomic():
        if isinstance(data, str):
            upload = UploadPlan(actor, region=region, text=data, name=filename, year=year, again=again)
        else:
            upload = UploadPlan(actor, region=region, data=data, filename=filename, year=year, again=again)
        row = ReadImport(actor, upload.execute()).execute()
        if mapping == "create_missing":
            CreateMissingUnits(actor, row).execute()
        MapUnits(actor, row, {}, finish=True).execute()
        plan: Plan = ConfirmImport(actor, row, with_open_warnings=True).execute()
    return plan
