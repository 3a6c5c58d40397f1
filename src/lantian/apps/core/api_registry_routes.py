"""The web API of places, organisations, people, jobs, files and messages: the same actions and queries as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_noop as _
from ninja import Field, File, Form, Query, Router, Schema, Status, UploadedFile

from lantian.apps.core import files, import_jobs, jobs
from lantian.apps.core import registry_actions as actions
from lantian.apps.core.api_base import (
    Paging,
    Results,
    actor_of,
    check_version,
    need,
    one,
    paged,
    rows,
    with_version,
)
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.importers import registry as importers
from lantian.apps.core.models import Job, Notification, Organisation, OrganisationAlias, Person, Region
from lantian.apps.core.queries import registry as queries
from lantian.apps.core.queries.matching import match_organisations
from lantian.rules import region_codes as codes

REGION_VIEW, REGION_MANAGE = "core.region.view", "core.region.manage"
VIEW, MANAGE = "core.organisation.view", "core.organisation.manage"

regions_router = Router()
organisations_router = Router()
people_router = Router()
jobs_router = Router()
imports_router = Router()
files_router = Router()
notifications_router = Router()


def _of_key(request: HttpRequest, model: Any, key: int | None, field: str, permission: str) -> Any:
    """The row that a body names by its key."""
    if key is None:
        return None
    found = actor_of(request).rows(model.objects.filter(pk=key), permission).first()
    if found is None:
        raise Invalid(fields={field: [str(NotFound.message)]})
    return found


# --- places ---


class RegionOut(Schema):
    """A place in one period."""

    id: int
    code: str
    name: str
    short_name: str
    level: str
    code_kind: str
    parent: int | None = Field(None, alias="parent_id")
    valid_from: date | None
    valid_to: date | None


class RegionQuery(Paging):
    """Filters."""

    q: str = ""
    code: str = ""
    level: str = ""
    within: int | None = Field(None, description="key of a place; everything below it")
    on: date | None = Field(None, description="only what existed on this day")


@regions_router.get("", response=Results[RegionOut], summary=_("Regions"))
def region_list(request: HttpRequest, query: Query[RegionQuery]) -> dict[str, Any]:
    """Needs ``core.region.view``."""
    found = rows(request, Region.objects.order_by("code", "valid_from", "pk"), REGION_VIEW)
    for word in query.q.split():
        found = found.filter(
            Q(name__icontains=word) | Q(short_name__icontains=word) | Q(code__startswith=word)
        )
    if query.code:
        found = found.filter(code__in={query.code, codes.canonical(query.code), codes.prefix(query.code)})
    if query.level:
        found = found.filter(level=query.level)
    if query.within is not None:
        found = found.filter(
            path__startswith=one(request, Region.objects.all(), REGION_VIEW, query.within).path
        )
    if query.on is not None:
        found = found.filter(queries.on_day(query.on))
    return paged(found, query)


class RegionIn(Schema):
    """A new place."""

    code: str
    name: str
    level: Literal["province", "prefecture", "county", "town", "village"]
    short_name: str = ""
    code_kind: Literal["", "statutory", "local"] = ""
    parent: int | None = None
    valid_from: date | None = None
    reason: str = ""


@regions_router.post("", response={201: RegionOut}, summary=_("New region"))
def region_create(request: HttpRequest, body: RegionIn) -> Any:
    """Needs ``core.region.manage``."""
    need(request, REGION_MANAGE)
    values = body.dict()
    values["parent"] = _of_key(request, Region, body.parent, "parent", REGION_MANAGE)
    return Status(201, actions.CreateRegion(actor_of(request), **values).execute())


@regions_router.get("/{int:key}", response=RegionOut, summary=_("A region"))
def region_get(request: HttpRequest, key: int, response: HttpResponse) -> Region:
    """Needs ``core.region.view``."""
    found = one(request, Region.objects.all(), REGION_VIEW, key)
    with_version(response, found)
    return found  # type: ignore[no-any-return]


class RegionPatch(Schema):
    """A correction; what is left out stays."""

    code: str | None = None
    name: str | None = None
    short_name: str | None = None
    level: Literal["province", "prefecture", "county", "town", "village"] | None = None
    code_kind: Literal["statutory", "local"] | None = None
    parent: int | None = None
    valid_from: date | None = None
    reason: str


@regions_router.patch("/{int:key}", response=RegionOut, summary=_("Correct a region"))
def region_change(request: HttpRequest, key: int, body: RegionPatch, response: HttpResponse) -> Region:
    """Needs ``core.region.manage`` and a reason; with ``If-Match`` an older version is refused."""
    found = one(request, Region.objects.all(), REGION_MANAGE, key)
    check_version(request, found)
    sent = body.dict(exclude_unset=True)
    if "parent" in sent:
        sent["parent"] = _of_key(request, Region, sent["parent"], "parent", REGION_MANAGE)
    optional = {"parent", "valid_from"}
    values = {name: value for name, value in sent.items() if value is not None or name in optional}
    changed = actions.ChangeRegion(actor_of(request), found, **values).execute()
    with_version(response, changed)
    return changed  # type: ignore[no-any-return]


class DayIn(Schema):
    """A day and the reason."""

    on: date
    reason: str = ""


@regions_router.post("/{int:key}/close", response=RegionOut, summary=_("Close a region"))
def region_close(request: HttpRequest, key: int, body: DayIn) -> Region:
    """Needs ``core.region.manage`` and a reason."""
    found = one(request, Region.objects.all(), REGION_MANAGE, key)
    return actions.CloseRegion(actor_of(request), found, body.on, reason=body.reason).execute()  # type: ignore[no-any-return]


class RenameIn(DayIn):
    """What holds from the day on."""

    name: str
    short_name: str = ""
    code: str = ""
    parent: int | None = None


@regions_router.post("/{int:key}/rename", response={201: RegionOut}, summary=_("Rename or transfer a region"))
def region_rename(request: HttpRequest, key: int, body: RenameIn) -> Any:
    """Needs ``core.region.manage`` and a reason; answers with the new entry."""
    found = one(request, Region.objects.all(), REGION_MANAGE, key)
    return Status(
        201,
        actions.RenameRegion(
            actor_of(request),
            found,
            body.on,
            name=body.name,
            short_name=body.short_name,
            code=body.code,
            parent=_of_key(request, Region, body.parent, "parent", REGION_MANAGE),
            reason=body.reason,
        ).execute(),
    )


class PartIn(Schema):
    """A new place of a split."""

    code: str
    name: str
    short_name: str = ""
    children: list[int] = []


class SplitIn(DayIn):
    """New places; ``heir`` counts from 0 and takes the organisations over."""

    parts: list[PartIn]
    heir: int = 0


@regions_router.post("/{int:key}/split", response={201: list[RegionOut]}, summary=_("Split a region"))
def region_split(request: HttpRequest, key: int, body: SplitIn) -> Any:
    """Needs ``core.region.manage`` and a reason."""
    found = one(request, Region.objects.all(), REGION_MANAGE, key)
    below = {child.pk: child for child in found.children.all()}
    parts = []
    for part in body.parts:
        if not set(part.children) <= set(below):
            raise Invalid(fields={"parts": [str(NotFound.message)]})
        children = [below[child] for child in part.children]
        parts.append(actions.RegionPart(part.code, part.name, part.short_name, children))
    return Status(
        201,
        actions.SplitRegion(
            actor_of(request), found, body.on, parts, heir=body.heir, reason=body.reason
        ).execute(),
    )


class MergeRegionsIn(DayIn):
    """Places that end; either ``into`` goes on or a new one begins."""

    regions: list[int]
    into: int | None = None
    name: str = ""
    code: str = ""


@regions_router.post("/merge", response=RegionOut, summary=_("Merge regions"))
def region_merge(request: HttpRequest, body: MergeRegionsIn) -> Region:
    """Needs ``core.region.manage`` and a reason."""
    need(request, REGION_MANAGE)
    ending = [_of_key(request, Region, key, "regions", REGION_MANAGE) for key in body.regions]
    into = _of_key(request, Region, body.into, "into", REGION_MANAGE)
    return actions.MergeRegions(  # type: ignore[no-any-return]
        actor_of(request), ending, body.on, into=into, name=body.name, code=body.code, reason=body.reason
    ).execute()


@regions_router.get("/{int:key}/boundary", summary=_("Outlines of a region and the places in it (GeoJSON)"))
def region_boundary(request: HttpRequest, key: int) -> dict[str, Any]:
    """Needs ``core.region.view``; simplified for display, WGS-84."""
    found = queries.map_of(one(request, Region.objects.all(), REGION_VIEW, key))
    if found is None:
        raise NotFound
    return found


# --- organisations ---


class OrganisationOut(Schema):
    """An organisation."""

    id: int
    name: str
    short_name: str
    code: str
    kind: str
    parent: int | None = Field(None, alias="parent_id")
    region: int | None = Field(None, alias="region_id")
    valid_from: date | None
    valid_to: date | None
    merged_into: int | None = Field(None, alias="merged_into_id")
    order: int


class AliasOut(Schema):
    """Another name."""

    id: int
    name: str
    kind: str


class OrganisationDetail(OrganisationOut):
    """An organisation with its other names."""

    aliases: list[AliasOut]

    @staticmethod
    def resolve_aliases(row: Organisation) -> list[Any]:
        """Read them."""
        return list(row.aliases.order_by("pk"))


class OrganisationQuery(Paging):
    """Filters."""

    q: str = ""
    kind: str = ""
    region: int | None = Field(None, description="key of a place; it and everything below it")
    under: int | None = Field(None, description="key of an organisation; it and everything below it")
    open: bool | None = None


@organisations_router.get("", response=Results[OrganisationOut], summary=_("Organisations"))
def organisation_list(request: HttpRequest, query: Query[OrganisationQuery]) -> dict[str, Any]:
    """Needs ``core.organisation.view``; within the data scope."""
    found = rows(request, Organisation.objects.order_by("path"), VIEW)
    for word in query.q.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(short_name__icontains=word)
            | Q(code__istartswith=word)
            | Q(pk__in=Organisation.objects.filter(aliases__name__icontains=word).values("pk"))
        )
    if query.kind:
        found = found.filter(kind=query.kind)
    if query.region is not None:
        place = one(request, Region.objects.all(), REGION_VIEW, query.region)
        found = found.filter(region__path__startswith=place.path)
    if query.under is not None:
        found = found.filter(
            path__startswith=one(request, Organisation.objects.all(), VIEW, query.under).path
        )
    if query.open is not None:
        is_open = Q(merged_into__isnull=True) & Q(valid_to__isnull=True)
        found = found.filter(is_open if query.open else ~is_open)
    return paged(found, query)


class OrganisationIn(Schema):
    """A new organisation."""

    name: str
    short_name: str = ""
    code: str = ""
    kind: Literal[
        "government", "office", "department", "town", "committee", "enterprise", "team", "other"
    ] = "department"
    parent: int | None = None
    region: int | None = None
    valid_from: date | None = None
    order: int = Field(0, ge=0, le=2_000_000_000)
    aliases: list[str] = []
    reason: str = ""


@organisations_router.post("", response={201: OrganisationDetail}, summary=_("New organisation"))
def organisation_create(request: HttpRequest, body: OrganisationIn) -> Any:
    """Needs ``core.organisation.manage`` over the parent, or over everything for one without a parent."""
    need(request, MANAGE)
    values = body.dict()
    values["parent"] = _of_key(request, Organisation, body.parent, "parent", MANAGE)
    values["region"] = _of_key(request, Region, body.region, "region", REGION_VIEW)
    values["aliases"] = [(name[:120], "other") for name in dict.fromkeys(values["aliases"]) if name.strip()]
    return Status(201, actions.CreateOrganisation(actor_of(request), **values).execute())


class MatchIn(Schema):
    """Names as a document writes them."""

    names: list[str] = Field(max_length=1_000)
    region: int | None = None


class CandidateOut(Schema):
    """An organisation that may be meant."""

    organisation: int
    name: str
    score: float
    reason: str


@organisations_router.post(
    "/match", response=dict[str, list[CandidateOut]], summary=_("Which organisations names stand for")
)
def organisation_match(request: HttpRequest, body: MatchIn) -> dict[str, Any]:
    """Needs ``core.organisation.view``; reads only."""
    seen = rows(request, Organisation.objects.all(), VIEW)
    region = _of_key(request, Region, body.region, "region", REGION_VIEW)
    found = match_organisations([name[:200] for name in body.names], region, organisations=seen)
    return {
        name: [
            {
                "organisation": candidate.organisation.pk,
                "name": candidate.organisation.name,
                "score": candidate.score,
                "reason": candidate.reason,
            }
            for candidate in candidates
        ]
        for name, candidates in found.items()
    }


@organisations_router.get("/{int:key}", response=OrganisationDetail, summary=_("An organisation"))
def organisation_get(request: HttpRequest, key: int, response: HttpResponse) -> Organisation:
    """Needs ``core.organisation.view``."""
    found = one(request, Organisation.objects.all(), VIEW, key)
    with_version(response, found)
    return found  # type: ignore[no-any-return]


class OrganisationPatch(Schema):
    """A change; what is left out stays."""

    name: str | None = None
    short_name: str | None = None
    code: str | None = None
    kind: (
        Literal["government", "office", "department", "town", "committee", "enterprise", "team", "other"]
        | None
    ) = None
    parent: int | None = None
    region: int | None = None
    valid_from: date | None = None
    order: int | None = Field(None, ge=0, le=2_000_000_000)
    keep_former_name: bool = True
    reason: str


@organisations_router.patch("/{int:key}", response=OrganisationDetail, summary=_("Edit an organisation"))
def organisation_change(
    request: HttpRequest, key: int, body: OrganisationPatch, response: HttpResponse
) -> Organisation:
    """Needs ``core.organisation.manage`` and a reason; with ``If-Match`` an older version is refused."""
    found = one(request, Organisation.objects.all(), MANAGE, key)
    check_version(request, found)
    sent = body.dict(exclude_unset=True)
    if "parent" in sent:
        sent["parent"] = _of_key(request, Organisation, sent["parent"], "parent", MANAGE)
    if "region" in sent:
        sent["region"] = _of_key(request, Region, sent["region"], "region", REGION_VIEW)
    optional = {"parent", "region", "valid_from"}
    values = {name: value for name, value in sent.items() if value is not None or name in optional}
    changed = actions.ChangeOrganisation(actor_of(request), found, **values).execute()
    with_version(response, changed)
    return changed  # type: ignore[no-any-return]


class MergeIn(Schema):
    """What goes on."""

    target: int
    on: date | None = None
    reason: str


@organisations_router.post(
    "/{int:key}/merge", response=OrganisationDetail, summary=_("Merge an organisation")
)
def organisation_merge(request: HttpRequest, key: int, body: MergeIn) -> Organisation:
    """Needs ``core.organisation.manage`` over both and a reason; answers with what goes on."""
    found = one(request, Organisation.objects.all(), MANAGE, key)
    target = _of_key(request, Organisation, body.target, "target", MANAGE)
    return actions.MergeOrganisation(  # type: ignore[no-any-return]
        actor_of(request), found, target, on=body.on, reason=body.reason
    ).execute()


@organisations_router.post("/{int:key}/close", response=OrganisationOut, summary=_("Close an organisation"))
def organisation_close(request: HttpRequest, key: int, body: DayIn) -> Organisation:
    """Needs ``core.organisation.manage`` and a reason."""
    found = one(request, Organisation.objects.all(), MANAGE, key)
    return actions.CloseOrganisation(actor_of(request), found, body.on, reason=body.reason).execute()  # type: ignore[no-any-return]


class AliasIn(Schema):
    """Another name."""

    name: str
    kind: Literal["short", "former", "full", "other"] = "other"


@organisations_router.post("/{int:key}/names", response={201: AliasOut}, summary=_("Add a name"))
def alias_create(request: HttpRequest, key: int, body: AliasIn) -> Any:
    """Needs ``core.organisation.manage``."""
    found = one(request, Organisation.objects.all(), MANAGE, key)
    return Status(201, actions.AddAlias(actor_of(request), found, body.name, body.kind).execute())


@organisations_router.delete("/names/{int:key}", response={204: None}, summary=_("Remove a name"))
def alias_delete(request: HttpRequest, key: int) -> Any:
    """Needs ``core.organisation.manage``."""
    mine = rows(request, Organisation.objects.all(), MANAGE).order_by()
    found = OrganisationAlias.objects.filter(pk=key, organisation__in=mine.values("pk")).first()
    if found is None:
        raise NotFound
    actions.RemoveAlias(actor_of(request), found).execute()
    return Status(204, None)


# --- people ---


class PostOut(Schema):
    """A post."""

    id: int
    organisation: int = Field(alias="organisation_id")
    title: str
    is_head: bool
    is_contact: bool
    valid_from: date | None
    valid_to: date | None


class PersonOut(Schema):
    """Somebody."""

    id: int
    name: str
    organisation: int | None = Field(None, alias="organisation_id")
    mobile: str
    email: str
    left_on: date | None
    posts: list[PostOut]

    @staticmethod
    def resolve_posts(row: Person) -> list[Any]:
        """All posts, those of the past too."""
        return sorted(row.posts.all(), key=lambda post: post.pk)


class PersonQuery(Paging):
    """Filters."""

    q: str = ""
    organisation: int | None = None
    here: bool | None = Field(None, description="only who has not left")


@people_router.get("", response=Results[PersonOut], summary=_("People"))
def person_list(request: HttpRequest, query: Query[PersonQuery]) -> dict[str, Any]:
    """Needs ``core.organisation.view``; within the data scope."""
    found = rows(request, Person.objects.order_by("name", "pk").prefetch_related("posts"), VIEW)
    for word in query.q.split():
        found = found.filter(Q(name__icontains=word) | Q(mobile__startswith=word))
    if query.organisation is not None:
        found = found.filter(organisation=query.organisation)
    if query.here is not None:
        found = found.filter(left_on__isnull=query.here)
    return paged(found, query)


class PersonIn(Schema):
    """Somebody new."""

    name: str
    organisation: int | None = None
    mobile: str = ""
    email: str = ""
    post: str = ""
    reason: str = ""


@people_router.post("", response={201: PersonOut}, summary=_("New person"))
def person_create(request: HttpRequest, body: PersonIn) -> Any:
    """Needs ``core.person.manage``."""
    need(request, "core.person.manage")
    values = body.dict()
    values["organisation"] = _of_key(request, Organisation, body.organisation, "organisation", VIEW)
    return Status(201, actions.CreatePerson(actor_of(request), **values).execute())


@people_router.get("/{int:key}", response=PersonOut, summary=_("A person"))
def person_get(request: HttpRequest, key: int, response: HttpResponse) -> Person:
    """Needs ``core.organisation.view``."""
    found = one(request, Person.objects.all(), VIEW, key)
    with_version(response, found)
    return found  # type: ignore[no-any-return]


class PersonPatch(Schema):
    """A change; what is left out stays."""

    name: str | None = None
    organisation: int | None = None
    mobile: str | None = None
    email: str | None = None
    reason: str = ""


@people_router.patch("/{int:key}", response=PersonOut, summary=_("Edit a person"))
def person_change(request: HttpRequest, key: int, body: PersonPatch, response: HttpResponse) -> Person:
    """Needs ``core.person.manage``; with ``If-Match`` an older version is refused."""
    found = one(request, Person.objects.all(), "core.person.manage", key)
    check_version(request, found)
    sent = body.dict(exclude_unset=True)
    if "organisation" in sent:
        sent["organisation"] = _of_key(request, Organisation, sent["organisation"], "organisation", VIEW)
    else:
        sent["organisation"] = found.organisation
    values = {name: value for name, value in sent.items() if value is not None or name == "organisation"}
    changed = actions.ChangePerson(actor_of(request), found, **values).execute()
    with_version(response, changed)
    return changed  # type: ignore[no-any-return]


@people_router.post("/{int:key}/leave", response=PersonOut, summary=_("A person leaves"))
def person_leave(request: HttpRequest, key: int, body: DayIn) -> Person:
    """Needs ``core.person.manage``; open posts end."""
    found = one(request, Person.objects.all(), "core.person.manage", key)
    return actions.LeavePerson(actor_of(request), found, body.on, reason=body.reason).execute()  # type: ignore[no-any-return]


# --- jobs, imports, files ---


class JobOut(Schema):
    """Long work."""

    id: int
    kind: str
    title: str
    status: str
    done: int
    total: int
    message: str
    error: str
    error_code: str
    result: dict[str, Any] | None
    stop_requested: bool
    attempts: int
    user: int | None = Field(None, alias="user_id")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobQuery(Paging):
    """Filters."""

    kind: str = ""
    status: str = ""


@jobs_router.get("", response=Results[JobOut], summary=_("Jobs"))
def job_list(request: HttpRequest, query: Query[JobQuery]) -> dict[str, Any]:
    """Needs ``core.job.view``; within the data scope."""
    found = rows(request, Job.objects.order_by("-created_at", "-pk"), "core.job.view")
    for name in ("kind", "status"):
        if getattr(query, name):
            found = found.filter(**{name: getattr(query, name)})
    return paged(found, query)


@jobs_router.get("/{int:key}", response=JobOut, summary=_("A job"))
def job_get(request: HttpRequest, key: int) -> Job:
    """Needs ``core.job.view``."""
    return one(request, Job.objects.all(), "core.job.view", key)  # type: ignore[no-any-return]


@jobs_router.post("/{int:key}/stop", response=JobOut, summary=_("Stop a job"))
def job_stop(request: HttpRequest, key: int) -> Job:
    """One's own jobs, or those of others under ``core.job.stop``."""
    found = one(request, Job.objects.all(), "core.job.view", key)
    return jobs.StopJob(actor_of(request), found).execute()


@jobs_router.post("/{int:key}/resume", response=JobOut, summary=_("Resume a job"))
def job_resume(request: HttpRequest, key: int) -> Job:
    """One's own jobs, or those of others under ``core.job.stop``."""
    found = one(request, Job.objects.all(), "core.job.view", key)
    return jobs.ResumeJob(actor_of(request), found).execute()


class ImporterOut(Schema):
    """What can be imported."""

    code: str
    label: str
    permission: str
    accepts: list[str]
    options: list[str]


@imports_router.get("", response=list[ImporterOut], summary=_("What can be imported"))
def importer_list(request: HttpRequest) -> list[dict[str, Any]]:
    """The importers that the account may use."""
    found = importers.offered(actor_of(request).may)
    if not found:
        raise NotAllowed
    return [
        {
            "code": importer.code,
            "label": str(importer.label),
            "permission": importer.permission,
            "accepts": sorted(importer.run.accepts),
            "options": [option.key for option in importer.options],
        }
        for importer in found
    ]


@imports_router.post("/{slug:kind}", response={202: JobOut}, summary=_("Upload a file for an import"))
def import_upload(
    request: HttpRequest,
    kind: str,
    file: File[UploadedFile],
    crs: Form[str] = "",
    source: Form[str] = "",
    plan: Form[str] = "",
    units: Form[str] = "",
    reason: Form[str] = "",
) -> Any:
    """Needs the right of the import; answers with the job that checks the file. Nothing is imported yet."""
    importer = importers.get(kind)
    if importer is None:
        raise NotFound
    if not actor_of(request).may(importer.permission):
        raise NotAllowed(permission=importer.permission)
    given = {"crs": crs, "source": source, "plan": plan, "units": units, "reason": reason}
    options = {option.key: given.get(option.key) or option.default for option in importer.options}
    started = import_jobs.StartImport(actor_of(request), importer, file, file.name or "", **options).execute()
    return Status(202, started)


@imports_router.post("/jobs/{int:key}/confirm", response={202: JobOut}, summary=_("Confirm an import"))
def import_confirm(request: HttpRequest, key: int, skip_errors: bool = False) -> Any:
    """A check of one's own; answers with the job that imports.

    With ``skip_errors``, rows with errors are left out where the import allows it; without it there must be none.
    """
    found = one(request, Job.objects.all(), "core.job.view", key)
    return Status(202, import_jobs.ConfirmImport(actor_of(request), found, skip_errors=skip_errors).execute())


@files_router.get("/{int:key}", summary=_("Download a file"))
def file_get(request: HttpRequest, key: int) -> FileResponse:
    """Whoever may see what the file hangs on."""
    kept = files.get(actor_of(request), key)
    try:
        stream = files.content.open(kept.sha256)
    except FileNotFoundError:
        raise NotFound from None
    response = FileResponse(stream, content_type=kept.media_type)
    response["Content-Disposition"] = content_disposition_header(True, kept.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- messages ---


class NotificationOut(Schema):
    """A message."""

    id: int
    kind: str
    title: str
    body: str
    url: str
    created_at: datetime
    read_at: datetime | None


class NotificationQuery(Paging):
    """Filters."""

    unread: bool | None = None


def _recipient(request: HttpRequest) -> Any:
    """Messages are for the person at the screen: no permission names them, so no token opens them."""
    actor = actor_of(request)
    if actor.user is None or actor.scopes is not None:
        raise NotAllowed
    return actor.user


@notifications_router.get("", response=Results[NotificationOut], summary=_("Notifications"))
def notification_list(request: HttpRequest, query: Query[NotificationQuery]) -> dict[str, Any]:
    """One's own messages, newest first."""
    found = Notification.objects.filter(recipient=_recipient(request)).order_by("-created_at", "-pk")
    if query.unread is not None:
        found = found.filter(read_at__isnull=query.unread)
    return paged(found, query)


class ReadIn(Schema):
    """Which messages; all of them without keys."""

    ids: list[int] | None = None


class ReadOut(Schema):
    """How many were marked."""

    marked: int


@notifications_router.post("/read", response=ReadOut, summary=_("Mark messages as read"))
def notification_read(request: HttpRequest, body: ReadIn) -> dict[str, int]:
    """One's own messages only."""
    return {"marked": actions.mark_read(_recipient(request), body.ids)}
