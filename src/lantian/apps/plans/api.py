"""The web API of plans: the same actions and queries as the pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import gettext as __
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from lantian.apps.core.api_base import Paging, Results, actor_of, need, one, paged, rows
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import CoreError, Invalid, NotFound
from lantian.apps.core.models import Region
from lantian.apps.plans import actions, drafts, queries
from lantian.apps.plans.access import (
    PLAN_IMPORT,
    PLAN_VIEW,
    TARGET_EDIT,
    TARGET_VIEW,
    TASK_EDIT,
    TASK_VIEW,
)
from lantian.apps.plans.choices import Decision
from lantian.apps.plans.models import (
    ImportContent,
    Plan,
    PlanImport,
    PlanText,
    ReadingWarning,
    ReportingDuty,
    Target,
    Task,
)
from lantian.apps.plans.models.tasks import plain

plans_router = Router()
tasks_router = Router()
targets_router = Router()
duties_router = Router()
imports_router = Router()

Span = list[int] | None


def _place(row: Any) -> Span:
    return [row.span_start, row.span_end] if row.span_start is not None else None


class PlanOut(Schema):
    """A plan."""

    id: int
    title: str
    issuer: str
    document_number: str
    issued_on: date | None
    filing_deadline: str
    copied_to: list[str]
    region: int = Field(alias="region_id")
    region_name: str = Field(alias="region.name")
    year: int | None
    starts_on: date | None
    ends_on: date | None
    status: str
    version: int
    task_count: int = 0
    target_count: int = 0


class PlanQuery(Paging):
    """Filters of the list of plans."""

    q: str = Field("", description="words of title or document number")
    year: int | None = None
    region: int | None = Field(None, description="a place, with everything below it")
    status: str = Field("active", description="draft, active, withdrawn; empty for all")


@plans_router.get("", response=Results[PlanOut], summary="Plans")
def plans(request: HttpRequest, query: Query[PlanQuery]) -> dict[str, Any]:
    """Plans within the data scope of ``plans.plan.view``."""
    found = queries.plans(need(request, PLAN_VIEW)).order_by("-issued_on", "-pk")
    for word in query.q.split():
        found = found.filter(title__icontains=word) | found.filter(document_number__icontains=word)
    if query.year is not None:
        found = found.filter(year=query.year)
    if query.region is not None:
        place = Region.objects.filter(pk=query.region).first()
        found = found.filter(region__path__startswith=place.path) if place else found.none()
    if query.status:
        found = found.filter(status=query.status)
    return paged(found, query)


@plans_router.get("/{int:key}", response=PlanOut, summary="One plan")
def plan(request: HttpRequest, key: int) -> Plan:
    """One plan."""
    found: Plan = one(request, queries.plans(need(request, PLAN_VIEW)), PLAN_VIEW, key)
    return found


class TextOut(Schema):
    """The text that all spans point into, as Unicode code-point offsets."""

    text: str


@plans_router.get("/{int:key}/text", response=TextOut, summary="Text of a plan")
def plan_text(request: HttpRequest, key: int) -> dict[str, str]:
    """The text as it came out of the file; empty for plans that were typed in."""
    found = one(request, Plan.objects.all(), PLAN_VIEW, key)
    row = PlanText.objects.filter(plan=found).first()
    return {"text": row.content if row is not None else ""}


class ReasonIn(Schema):
    """Why something is done; the log keeps it."""

    reason: str = ""


@plans_router.post("/{int:key}/withdraw", response=PlanOut, summary="Withdraw a plan")
def withdraw(request: HttpRequest, key: int, body: ReasonIn) -> Plan:
    """Needs ``plans.plan.withdraw``; refused while work hangs on it."""
    found = Plan.objects.filter(pk=key).first()
    if found is None:
        raise NotFound
    actions.WithdrawPlan(actor_of(request), found, reason=body.reason).execute()
    return plan(request, key)


class UnitOut(Schema):
    """A unit in a role; a collective name comes once for each organisation that it stands for."""

    role: str
    name: str
    organisation: int | None = Field(alias="organisation_id")
    collective: bool
    from_default: bool
    person: str


class DateOut(Schema):
    """A date of a task."""

    kind: str
    start: date | None
    end: date | None
    text: str
    span: Span = None

    @staticmethod
    def resolve_span(row: Any) -> Span:
        """Its place in the text."""
        return _place(row)


class AmountOut(Schema):
    """An amount of a task; numbers come as texts, so that nothing is rounded on the way."""

    what: str
    comparator: str
    value: str
    value_max: str | None
    unit: str
    text: str
    span: Span = None

    @staticmethod
    def resolve_value(row: Any) -> str:
        """Without the zeros of the column."""
        return _number(row.value) or ""

    @staticmethod
    def resolve_value_max(row: Any) -> str | None:
        """Without the zeros of the column."""
        return _number(row.value_max)

    @staticmethod
    def resolve_span(row: Any) -> Span:
        """Its place in the text."""
        return _place(row)


def _number(value: Decimal | None) -> str | None:
    return plain(value) or None


class TaskOut(Schema):
    """A task."""

    id: int
    plan: int = Field(alias="plan_id")
    plan_title: str = Field(alias="plan.title")
    chapter: int | None = Field(None, alias="chapter_id")
    chapter_title: str = ""
    order: int
    number: str
    part: int | None
    title: str
    subtitle: str
    text: str
    lead_name: str
    next_deadline: date | None
    last_deadline: date | None
    persons: list[str]
    recurrence: list[str]
    covers: list[str]
    version: int
    span: Span = None
    spans: dict[str, Span]
    units: list[UnitOut]
    deadlines: list[DateOut]
    quantities: list[AmountOut]

    @staticmethod
    def resolve_chapter_title(row: Task) -> str:
        """Its heading."""
        return row.chapter.title if row.chapter is not None else ""

    @staticmethod
    def resolve_span(row: Task) -> Span:
        """Its place in the text."""
        return _place(row)

    @staticmethod
    def resolve_units(row: Task) -> list[Any]:
        """In the order of officials."""
        return list(row.units.all())

    @staticmethod
    def resolve_deadlines(row: Task) -> list[Any]:
        """In the order of the text."""
        return list(row.deadlines.all())

    @staticmethod
    def resolve_quantities(row: Task) -> list[Any]:
        """In the order of the text."""
        return list(row.quantities.all())


SORTS: dict[str, tuple[Any, ...]] = {
    "order": ("plan_id", "order"),
    "deadline": (F("next_deadline").asc(nulls_last=True), "plan_id", "order"),
    "-deadline": (F("next_deadline").desc(nulls_last=True), "plan_id", "order"),
    "lead": ("lead_name", "plan_id", "order"),
}


class TaskQuery(Paging):
    """Filters of the ledger."""

    q: str = Field("", description="words of number, title or text")
    plan: int | None = None
    chapter: int | None = None
    unit: int | None = Field(None, description="an organisation that stands in the task")
    role: str = Field("", description="lead, responsible, shared, cooperating, supervising, accepting")
    due_from: date | None = None
    due_to: date | None = None
    sort: Literal["order", "deadline", "-deadline", "lead"] = "order"


@tasks_router.get("", response=Results[TaskOut], summary="Tasks of plans in force")
def tasks(request: HttpRequest, query: Query[TaskQuery]) -> dict[str, Any]:
    """Tasks within the data scope of ``plans.task.view``."""
    found = queries.for_export(queries.tasks(need(request, TASK_VIEW)))
    for word in query.q.split():
        found = found.filter(_in_words(word))
    if query.plan is not None:
        found = found.filter(plan_id=query.plan)
    if query.chapter is not None:
        found = found.filter(chapter_id=query.chapter)
    if query.unit is not None or query.role:
        found = queries.with_unit(found, query.unit, query.role or None)
    if query.due_from is not None or query.due_to is not None:
        found = queries.with_deadline(found, query.due_from, query.due_to)
    return paged(found.order_by(*SORTS[query.sort]), query)


def _in_words(word: str) -> Q:
    return (
        Q(number__icontains=word)
        | Q(title__icontains=word)
        | Q(subtitle__icontains=word)
        | Q(text__icontains=word)
    )


def _task(request: HttpRequest, key: int) -> Task:
    found: Task = one(request, queries.for_export(Task.objects.all()), TASK_VIEW, key)
    return found


@tasks_router.get("/{int:key}", response=TaskOut, summary="One task")
def task(request: HttpRequest, key: int) -> Task:
    """One task."""
    return _task(request, key)


class UnitIn(Schema):
    """A unit in a role, by its name in the plan."""

    role: str
    name: str
    person: str = ""


class DateIn(Schema):
    """A date of a task."""

    kind: str = "deadline"
    start: date | None = None
    end: date | None = None
    text: str = ""


class AmountIn(Schema):
    """An amount of a task."""

    what: str = ""
    comparator: str = "="
    value: str
    value_max: str | None = None
    unit: str = ""
    text: str = ""


class TaskPatch(Schema):
    """What is to change; fields that are left out stay. Lists are replaced as a whole."""

    version: int = Field(
        description="the version that the change was made from; an older one is refused with 409"
    )
    reason: str
    number: str | None = None
    title: str | None = None
    subtitle: str | None = None
    text: str | None = None
    recurrence: list[str] | None = None
    units: list[UnitIn] | None = None
    deadlines: list[DateIn] | None = None
    quantities: list[AmountIn] | None = None


def _changes(body: Schema) -> dict[str, Any]:
    sent: dict[str, Any] = body.dict(exclude_unset=True)
    for name in ("version", "reason"):
        sent.pop(name, None)
    for item in sent.get("deadlines") or ():
        for end in ("start", "end"):
            if item.get(end) is not None:
                item[end] = item[end].isoformat()
    return {name: value for name, value in sent.items() if value is not None}


@tasks_router.patch("/{int:key}", response=TaskOut, summary="Change a task")
def edit_task(request: HttpRequest, key: int, body: TaskPatch) -> Task:
    """Needs ``plans.task.edit`` and a reason."""
    found = one(request, Task.objects.all(), TASK_EDIT, key)
    actions.EditTask(
        actor_of(request), found, _changes(body), version=body.version, reason=body.reason
    ).execute()
    return _task(request, key)


class TargetOut(Schema):
    """A target; its value comes as text, so that nothing is rounded on the way."""

    id: int
    plan: int = Field(alias="plan_id")
    plan_title: str = Field(alias="plan.title")
    indicator: str
    region: str = Field(alias="region_name")
    region_id: int | None
    kind: str
    comparator: str
    value: str | None
    unit: str
    period: str
    base: str
    strength: str
    from_end: bool
    text: str
    version: int
    span: Span = None

    @staticmethod
    def resolve_value(row: Target) -> str | None:
        """Without the zeros of the column."""
        return row.number or None

    @staticmethod
    def resolve_span(row: Target) -> Span:
        """Its place in the text."""
        return _place(row)


class TargetQuery(Paging):
    """Filters of the targets."""

    q: str = ""
    plan: int | None = None
    kind: str = ""


@targets_router.get("", response=Results[TargetOut], summary="Targets of plans in force")
def targets(request: HttpRequest, query: Query[TargetQuery]) -> dict[str, Any]:
    """Targets within the data scope of ``plans.target.view``."""
    found = queries.targets(need(request, TARGET_VIEW)).order_by("plan_id", "order")
    for word in query.q.split():
        found = found.filter(indicator__icontains=word) | found.filter(region_name__icontains=word)
    if query.plan is not None:
        found = found.filter(plan_id=query.plan)
    if query.kind:
        found = found.filter(kind=query.kind)
    return paged(found, query)


class TargetPatch(Schema):
    """What is to change; fields that are left out stay."""

    version: int
    reason: str
    indicator: str | None = None
    region: str | None = None
    kind: str | None = None
    comparator: str | None = None
    value: str | None = None
    unit: str | None = None
    period: str | None = None
    base: str | None = None
    strength: str | None = None


@targets_router.patch("/{int:key}", response=TargetOut, summary="Change a target")
def edit_target(request: HttpRequest, key: int, body: TargetPatch) -> Target:
    """Needs ``plans.target.edit`` and a reason."""
    found = one(request, Target.objects.all(), TARGET_EDIT, key)
    actions.EditTarget(
        actor_of(request), found, _changes(body), version=body.version, reason=body.reason
    ).execute()
    changed: Target = one(request, Target.objects.select_related("plan"), TARGET_VIEW, key)
    return changed


class DutyOut(Schema):
    """A reporting duty with the day on which it is due next."""

    id: int
    plan: int
    plan_title: str
    who: str
    what: str
    to: str
    when: str
    text: str
    span: Span
    rhythm: str
    next_due: date | None


class DutyQuery(Paging):
    """Filters of the reporting duties."""

    plan: int | None = None


@duties_router.get("", response=Results[DutyOut], summary="Reporting duties of plans in force")
def duties(request: HttpRequest, query: Query[DutyQuery]) -> dict[str, Any]:
    """Reporting duties within the data scope of ``plans.plan.view``, the next first."""
    found = queries.duties(need(request, PLAN_VIEW))
    if query.plan is not None:
        found = found.filter(plan_id=query.plan)
    listed = queries.due_duties(found, campaign_today())
    start = (query.page - 1) * query.size
    return {
        "items": [_duty(item) for item in listed[start : start + query.size]],
        "total": len(listed),
        "page": query.page,
        "size": query.size,
    }


def _duty(item: queries.DueDuty) -> dict[str, Any]:
    row: ReportingDuty = item.duty
    return {
        **{name: getattr(row, name) for name in ("id", "who", "what", "to", "when", "text")},
        "plan": row.plan_id,
        "plan_title": row.plan.title,
        "span": _place(row),
        "rhythm": item.due.rhythm,
        "next_due": item.due.on,
    }


class ImportOut(Schema):
    """Where an import stands."""

    id: int
    name: str
    status: str
    region: int = Field(alias="region_id")
    year: int | None
    length: int
    plan: int | None = Field(None, alias="plan_id")
    job: int | None = Field(None, alias="job_id")
    error_code: str
    error: str
    created_at: datetime
    counts: dict[str, int] = {}
    open_warnings: int = 0
    undecided_units: list[str] = []

    @staticmethod
    def resolve_counts(row: PlanImport) -> dict[str, int]:
        """How much was read; empty before."""
        draft = _draft(row)
        if draft is None:
            return {}
        return {listed: len(drafts.kept(draft, kind)) for kind, (listed, _prefix) in drafts.KINDS.items()}

    @staticmethod
    def resolve_open_warnings(row: PlanImport) -> int:
        """Warnings that nobody has decided."""
        return row.warnings.filter(decision=Decision.OPEN).count()

    @staticmethod
    def resolve_undecided_units(row: PlanImport) -> list[str]:
        """Names of units without a decision."""
        draft = _draft(row)
        return [name for name in drafts.unit_names(draft) if name not in row.mapping] if draft else []


def _draft(row: PlanImport) -> drafts.Draft | None:
    content = ImportContent.objects.filter(pk=row.pk).only("draft").first()
    return content.draft if content is not None else None


def _region(request: HttpRequest, key: int) -> Region:
    # The right first: who may not import learns nothing about places either.
    need(request, PLAN_IMPORT)
    found = rows(request, Region.objects.all(), "core.region.view").filter(pk=key).first()
    if found is None:
        raise Invalid(fields={"region": [__("There is no such place.")]})
    region: Region = found
    return region


def _import(request: HttpRequest, key: int) -> PlanImport:
    found: PlanImport = one(request, PlanImport.objects.all(), PLAN_IMPORT, key)
    return found


def _start(request: HttpRequest, **values: Any) -> PlanImport:
    actor = need(request, PLAN_IMPORT)
    row = actions.UploadPlan(actor, **values).execute()
    try:
        return actions.start_reading(actor, row)
    except CoreError as error:
        PlanImport.objects.filter(pk=row.pk).update(error_code=error.code, error=str(error)[:500])
        raise


class TextIn(Schema):
    """A plan as text."""

    text: str
    region: int
    name: str = ""
    year: int | None = None
    again: bool = Field(False, description="import a text that is already there a second time")


@imports_router.post("", response={201: ImportOut}, summary="Import a text")
def import_text(request: HttpRequest, body: TextIn) -> Any:
    """Upload and read; needs ``plans.plan.import``."""
    region = _region(request, body.region)
    return Status(
        201, _start(request, text=body.text, region=region, name=body.name, year=body.year, again=body.again)
    )


@imports_router.post("/file", response={201: ImportOut}, summary="Import a file")
def import_file(
    request: HttpRequest,
    file: UploadedFile = File(...),
    region: int = Form(...),
    year: int | None = Form(None),
    again: bool = Form(False),
) -> Any:
    """Upload and read; needs ``plans.plan.import``. Long texts are read by the worker: ask for the status."""
    place = _region(request, region)
    return Status(
        201, _start(request, data=file.read(), filename=file.name or "", region=place, year=year, again=again)
    )


@imports_router.get("", response=Results[ImportOut], summary="Imports")
def imports(request: HttpRequest, query: Query[Paging]) -> dict[str, Any]:
    """Imports within the data scope of ``plans.plan.import``, newest first."""
    return paged(rows(request, PlanImport.objects.all(), PLAN_IMPORT), query)


@imports_router.get("/{int:key}", response=ImportOut, summary="Status of an import")
def import_status(request: HttpRequest, key: int) -> PlanImport:
    """Where it stands, how much was read, what is not decided."""
    return _import(request, key)


@imports_router.get("/{int:key}/draft", summary="What was read")
def import_draft(request: HttpRequest, key: int) -> dict[str, Any]:
    """The draft as corrected so far; spans point into the text."""
    row = _import(request, key)
    draft = _draft(row)
    if draft is None:
        raise NotFound
    return draft


class WarningOut(Schema):
    """Something that the reader could not decide."""

    id: int
    code: str
    message: str
    span: list[int]
    decision: str
    note: str

    @staticmethod
    def resolve_span(row: ReadingWarning) -> list[int]:
        """Its place in the text."""
        return [row.span_start, row.span_end]


@imports_router.get("/{int:key}/warnings", response=list[WarningOut], summary="Warnings of an import")
def import_warnings(request: HttpRequest, key: int) -> Any:
    """In the order of the text."""
    return list(_import(request, key).warnings.order_by("order"))


class DecisionIn(Schema):
    """What becomes of a warning: ``kept``, ``corrected``, ``irrelevant`` or ``open``."""

    decision: str
    reason: str = ""


@imports_router.post("/{int:key}/warnings/{int:warning}", response=WarningOut, summary="Decide a warning")
def decide(request: HttpRequest, key: int, warning: int, body: DecisionIn) -> ReadingWarning:
    """Keep the decision with name and time."""
    found = _import(request, key).warnings.filter(pk=warning).first()
    if found is None:
        raise NotFound
    decided: ReadingWarning = actions.DecideWarning(
        actor_of(request), found, body.decision, reason=body.reason
    ).execute()
    return decided


class EntryPatch(Schema):
    """Values of an entry of the draft, in the shape in which the draft gives them."""

    changes: dict[str, Any]
    reason: str
    version: int | None = None


@imports_router.patch("/{int:key}/draft/{kind}/{entry}", summary="Correct an entry of the draft")
def edit_entry(request: HttpRequest, key: int, kind: str, entry: str, body: EntryPatch) -> dict[str, Any]:
    """``kind`` is task, target, duty or sanction; ``entry`` its key in the draft."""
    changed: dict[str, Any] = actions.EditEntry(
        actor_of(request),
        _import(request, key),
        kind,
        entry,
        body.changes,
        version=body.version,
        reason=body.reason,
    ).execute()
    return changed


class MapIn(Schema):
    """Which organisations the names mean."""

    units: dict[str, list[int]] = Field({}, description="name → organisations; an empty list keeps it a name")
    create_missing: bool = False


@imports_router.post("/{int:key}/units", response=ImportOut, summary="Map units")
def map_units(request: HttpRequest, key: int, body: MapIn) -> PlanImport:
    """Keep the choices; with ``create_missing`` create an organisation for every name that stays undecided."""
    row, actor = _import(request, key), actor_of(request)
    actions.MapUnits(actor, row, body.units).execute()
    if body.create_missing:
        actions.CreateMissingUnits(actor, row).execute()
    return _import(request, key)


class ConfirmIn(Schema):
    """Whether warnings that nobody has decided go along."""

    with_open_warnings: bool = False


@imports_router.post("/{int:key}/confirm", response={201: PlanOut}, summary="Confirm an import")
def confirm(request: HttpRequest, key: int, body: ConfirmIn) -> Any:
    """Write the draft into the ledger."""
    made = actions.ConfirmImport(
        actor_of(request), _import(request, key), with_open_warnings=body.with_open_warnings
    ).execute()
    return Status(201, queries.plans(actor_of(request)).get(pk=made.pk))


@imports_router.post("/{int:key}/discard", response=ImportOut, summary="Discard an import")
def discard(request: HttpRequest, key: int, body: ReasonIn) -> PlanImport:
    """Give an import up before it has entered the ledger."""
    actions.DiscardImport(actor_of(request), _import(request, key), reason=body.reason).execute()
    return _import(request, key)
