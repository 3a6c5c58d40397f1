"""The web API of accounts, roles, sessions, the policy and the action log: the same actions and queries as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema, Status

from lantian.apps.core import history, parameters, permissions
from lantian.apps.core.account_actions import (
    ChangePolicy,
    CreateUser,
    DeleteRole,
    DisableUser,
    EditUser,
    EnableUser,
    EndSession,
    GiveGrant,
    ResetPassword,
    SaveRole,
    TakeGrant,
)
from lantian.apps.core.account_actions.sessions import alive
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
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.core.models import Grant, LogEntry, LoginSession, Organisation, Region, Role, User
from lantian.apps.core.queries import accounts as queries

me_router = Router()
users_router = Router()
roles_router = Router()
log_router = Router()
sessions_router = Router()
policy_router = Router()


def _organisation(key: int | None, field: str = "organisation") -> Organisation | None:
    if key is None:
        return None
    found = Organisation.objects.filter(pk=key).first()
    if found is None:
        raise Invalid(fields={field: [str(NotFound.message)]})
    return found


class GrantOut(Schema):
    """A role over a data scope."""

    id: int
    role: str
    scope: str
    organisations: list[int]
    region: int | None
    valid_from: date | None
    valid_to: date | None
    granted_at: datetime
    revoked_at: datetime | None

    @staticmethod
    def resolve_role(row: Grant) -> str:
        """Its code."""
        return row.role.code

    @staticmethod
    def resolve_organisations(row: Grant) -> list[int]:
        """Their keys."""
        return [organisation.pk for organisation in row.organisations.all()]

    @staticmethod
    def resolve_region(row: Grant) -> int | None:
        """Its key."""
        return row.region_id


class UserOut(Schema):
    """An account."""

    id: int
    username: str
    name: str
    organisation: int | None
    organisation_name: str
    is_active: bool
    is_machine: bool
    must_change_password: bool
    language: str
    created_at: datetime
    last_login: datetime | None
    roles: list[str]

    @staticmethod
    def resolve_name(row: User) -> str:
        """The person's."""
        return row.display_name

    @staticmethod
    def resolve_organisation(row: User) -> int | None:
        """Its key."""
        return row.organisation_id

    @staticmethod
    def resolve_organisation_name(row: User) -> str:
        """Its full name."""
        return row.organisation.name if row.organisation else ""

    @staticmethod
    def resolve_roles(row: Any) -> list[str]:
        """Codes of the roles that hold now or later."""
        grants = getattr(row, "open_grants", None)
        if grants is None:
            grants = queries.accounts(User.objects.filter(pk=row.pk)).get().open_grants
        return sorted({grant.role.code for grant in grants})


class MeOut(Schema):
    """The account behind the request and what it may do through it."""

    user: UserOut
    permissions: list[str]
    via_token: bool


@me_router.get("", response=MeOut, summary=_("Who am I"))
def me(request: HttpRequest) -> dict[str, Any]:
    """The account, and the permissions that hold for this request (those of the token, if there is one)."""
    actor = actor_of(request)
    assert actor.user is not None
    return {
        "user": actor.user,
        "permissions": sorted(code for code in actor.user.permissions if code in _known() and actor.may(code)),
        "via_token": actor.scopes is not None,
    }


def _known() -> set[str]:
    return {permission.code for permission in permissions.known()}


class UserQuery(Paging):
    """Filters of the list of accounts."""

    q: str = ""
    organisation: int | None = Field(None, description="with everything below it")
    role: str = Field("", description="code of a role")
    active: bool | None = None


@users_router.get("", response=Results[UserOut], summary=_("Accounts"))
def users(request: HttpRequest, query: Query[UserQuery]) -> dict[str, Any]:
    """Accounts within the data scope of ``core.user.view``."""
    found = queries.accounts(rows(request, User.objects.all(), "core.user.view")).order_by("username")
    for word in query.q.split():
        found = found.filter(Q(username__icontains=word) | Q(person__name__icontains=word))
    if query.organisation is not None:
        unit = Organisation.objects.filter(pk=query.organisation).first()
        found = found.filter(organisation__path__startswith=unit.path) if unit else found.none()
    if query.role:
        role = Role.objects.filter(code=query.role).first()
        found = queries.with_role(found, role) if role else found.none()
    if query.active is not None:
        found = found.filter(is_active=query.active)
    return paged(found, query)


def _user(request: HttpRequest, permission: str, key: int) -> User:
    user: User = one(request, User.objects.select_related("person", "organisation"), permission, key)
    return user


@users_router.get("/{int:key}", response=UserOut, summary=_("One account"))
def user(request: HttpRequest, key: int, response: HttpResponse) -> User:
    """One account; its version comes as ETag."""
    found = _user(request, "core.user.view", key)
    with_version(response, found)
    return found


class UserIn(Schema):
    """A new account."""

    username: str
    name: str = ""
    organisation: int | None = None
    mobile: str = ""
    email: str = ""
    language: str = ""
    is_machine: bool = False
    reason: str = ""


class NewUserOut(Schema):
    """A new account with its one-time password, which is shown only here."""

    user: UserOut
    password: str


@users_router.post("", response={201: NewUserOut}, summary=_("Make an account"))
def create_user(request: HttpRequest, body: UserIn) -> Any:
    """Needs ``core.user.create``."""
    values = body.dict()
    values["organisation"] = _organisation(values["organisation"])
    return Status(201, CreateUser(actor_of(request), **values).execute())


class UserPatch(Schema):
    """What is to change; fields that are left out stay."""

    name: str | None = None
    organisation: int | None = None
    mobile: str | None = None
    email: str | None = None
    language: str | None = None
    reason: str = ""


@users_router.patch("/{int:key}", response=UserOut, summary=_("Change an account"))
def edit_user(request: HttpRequest, key: int, body: UserPatch, response: HttpResponse) -> User:
    """Needs ``core.user.create``; with ``If-Match`` an older version is refused."""
    found = _user(request, "core.user.create", key)
    check_version(request, found)
    person = found.person
    sent = body.dict(exclude_unset=True)
    unit = _organisation(sent["organisation"]) if "organisation" in sent else found.organisation

    def value(name: str, old: str) -> str:
        new = sent.get(name)
        return old if new is None else str(new)

    changed = EditUser(
        actor_of(request),
        found,
        organisation=unit,
        name=value("name", person.name if person else ""),
        mobile=value("mobile", person.mobile if person else ""),
        email=value("email", person.email if person else ""),
        language=value("language", found.language),
        reason=body.reason,
    ).execute()
    with_version(response, changed)
    return changed


class ReasonIn(Schema):
    """Why."""

    reason: str = ""


class DisableIn(ReasonIn):
    """Why, and whether the person has left."""

    left: bool = False


@users_router.post("/{int:key}/disable", response=UserOut, summary=_("Disable an account"))
def disable_user(request: HttpRequest, key: int, body: DisableIn) -> User:
    """Needs ``core.user.disable`` and a reason."""
    found = _user(request, "core.user.disable", key)
    return DisableUser(actor_of(request), found, left=body.left, reason=body.reason).execute()


@users_router.post("/{int:key}/enable", response=UserOut, summary=_("Enable an account"))
def enable_user(request: HttpRequest, key: int, body: ReasonIn) -> User:
    """Needs ``core.user.disable`` and a reason."""
    found = _user(request, "core.user.disable", key)
    return EnableUser(actor_of(request), found, reason=body.reason).execute()


@users_router.post("/{int:key}/reset-password", response=NewUserOut, summary=_("Reset a password"))
def reset_password(request: HttpRequest, key: int, body: ReasonIn) -> dict[str, Any]:
    """Needs ``core.user.reset_password``; the one-time password is shown only here."""
    action = ResetPassword(
        actor_of(request), _user(request, "core.user.reset_password", key), reason=body.reason
    )
    return {"user": action.execute(), "password": action.password}


@users_router.get("/{int:key}/grants", response=list[GrantOut], summary=_("Roles of an account"))
def grants(request: HttpRequest, key: int) -> Any:
    """All grants, those that were taken back too."""
    return queries.grants_of(_user(request, "core.user.view", key))


class GrantIn(Schema):
    """A role to give."""

    role: str = Field(description="code of the role")
    scope: Literal["all", "custom", "department", "below", "self"]
    organisations: list[int] = []
    region: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    reason: str = ""


@users_router.post("/{int:key}/grants", response={201: GrantOut}, summary=_("Give a role"))
def give_grant(request: HttpRequest, key: int, body: GrantIn) -> Any:
    """Needs ``core.role.grant`` and a reason; roles that exclude each other are refused."""
    found = _user(request, "core.role.grant", key)
    role = Role.objects.filter(code=body.role).first()
    region = Region.objects.filter(pk=body.region).first() if body.region is not None else None
    units = list(Organisation.objects.filter(pk__in=body.organisations))
    wrong = {
        name: [str(NotFound.message)]
        for name, is_wrong in (
            ("role", role is None),
            ("region", body.region is not None and region is None),
            ("organisations", len(units) != len(set(body.organisations))),
        )
        if is_wrong
    }
    if wrong or role is None:
        raise Invalid(fields=wrong)
    return Status(
        201,
        GiveGrant(
            actor_of(request),
            found,
            role,
            body.scope,
            organisations=units,
            region=region,
            valid_from=body.valid_from,
            valid_to=body.valid_to,
            reason=body.reason,
        ).execute(),
    )


@users_router.post("/grants/{int:key}/take", response=GrantOut, summary=_("Take a role back"))
def take_grant(request: HttpRequest, key: int, body: ReasonIn) -> Grant:
    """Needs ``core.role.grant`` and a reason."""
    actor = need(request, "core.role.grant")
    grant = Grant.objects.select_related("user").filter(pk=key).first()
    if grant is None or not actor.rows(User.objects.filter(pk=grant.user_id), "core.role.grant").exists():
        raise NotFound
    return TakeGrant(actor, grant, reason=body.reason).execute()


class RoleOut(Schema):
    """A role."""

    id: int
    code: str
    name: str
    description: str
    permissions: list[str]
    built_in: bool
    exclusive_group: str


class PermissionOut(Schema):
    """A permission that a role can carry."""

    code: str
    label: str
    group: str


@roles_router.get("", response=Results[RoleOut], summary=_("Roles"))
def roles(request: HttpRequest, query: Query[Paging]) -> dict[str, Any]:
    """All roles; names of built-in roles are in English."""
    return paged(rows(request, Role.objects.all(), "core.role.view"), query)


@roles_router.get("/permissions", response=list[PermissionOut], summary=_("Permissions that exist"))
def known_permissions(request: HttpRequest) -> list[dict[str, str]]:
    """What roles and tokens can carry."""
    need(request, "core.role.view")
    return [
        {"code": known.code, "label": str(known.label), "group": str(known.group)} for known in permissions.known()
    ]


@roles_router.get("/{int:key}", response=RoleOut, summary=_("One role"))
def role(request: HttpRequest, key: int, response: HttpResponse) -> Role:
    """One role; its version comes as ETag."""
    found: Role = one(request, Role.objects.all(), "core.role.view", key)
    with_version(response, found)
    return found


class RoleIn(Schema):
    """A role of the office's own."""

    name: str
    description: str = ""
    permissions: list[str]
    reason: str = ""


@roles_router.post("", response={201: RoleOut}, summary=_("Make a role"))
def create_role(request: HttpRequest, body: RoleIn) -> Any:
    """Needs ``core.role.manage`` and a reason."""
    return Status(
        201,
        SaveRole(
            actor_of(request),
            Role(),
            name=body.name,
            description=body.description,
            carried=body.permissions,
            reason=body.reason,
        ).execute(),
    )


@roles_router.put("/{int:key}", response=RoleOut, summary=_("Change a role"))
def edit_role(request: HttpRequest, key: int, body: RoleIn, response: HttpResponse) -> Role:
    """Needs ``core.role.manage`` and a reason; built-in roles cannot be changed."""
    found: Role = one(request, Role.objects.all(), "core.role.manage", key)
    check_version(request, found)
    changed = SaveRole(
        actor_of(request),
        found,
        name=body.name,
        description=body.description,
        carried=body.permissions,
        reason=body.reason,
    ).execute()
    with_version(response, changed)
    return changed


@roles_router.delete("/{int:key}", response={204: None}, summary=_("Delete a role"))
def delete_role(request: HttpRequest, key: int, reason: str = "") -> Any:
    """Only a role that was never given to anybody."""
    found: Role = one(request, Role.objects.all(), "core.role.manage", key)
    DeleteRole(actor_of(request), found, reason=reason).execute()
    return Status(204, None)


class LogOut(Schema):
    """An entry of the action log."""

    id: int
    at: datetime
    action: str
    label: str
    result: str
    actor: str
    organisation_name: str
    ip: str | None
    via: str
    object_type: str
    object_id: str
    object_label: str
    before: Any
    after: Any
    reason: str
    previous_hash: str
    hash: str

    @staticmethod
    def resolve_label(row: LogEntry) -> str:
        """The action in words."""
        return history.label_of(row.action)


class LogQuery(Paging):
    """Filters of the log."""

    since: datetime | None = None
    until: datetime | None = None
    action: str = ""
    result: Literal["", "done", "denied", "failed"] = ""
    actor: str = ""
    object_type: str = ""
    object_id: str = ""


@log_router.get("", response=Results[LogOut], summary=_("Action log"))
def log_entries(request: HttpRequest, query: Query[LogQuery]) -> dict[str, Any]:
    """Entries within the data scope of ``core.log.view``, newest first."""
    found = rows(request, LogEntry.objects.all(), "core.log.view").order_by("-id")
    if query.since is not None:
        found = found.filter(at__gte=query.since)
    if query.until is not None:
        found = found.filter(at__lt=query.until)
    for name in ("action", "result", "object_type", "object_id"):
        wanted = getattr(query, name)
        if wanted:
            found = found.filter(**{name: wanted})
    if query.actor:
        found = found.filter(actor__icontains=query.actor)
    return paged(found, query)


@log_router.get("/{int:key}", response=LogOut, summary=_("One entry"))
def log_entry(request: HttpRequest, key: int) -> LogEntry:
    """One entry with its place in the chain."""
    found: LogEntry = one(request, LogEntry.objects.all(), "core.log.view", key)
    return found


class SessionOut(Schema):
    """An open session."""

    id: int
    username: str
    ip: str | None
    agent: str
    started_at: datetime
    last_seen_at: datetime

    @staticmethod
    def resolve_username(row: LoginSession) -> str:
        """Whose."""
        return row.user.username


@sessions_router.get("", response=Results[SessionOut], summary=_("Online users"))
def sessions(request: HttpRequest, query: Query[Paging]) -> dict[str, Any]:
    """Open sessions within the data scope of ``core.session.view``."""
    return paged(rows(request, alive().select_related("user"), "core.session.view"), query)


@sessions_router.post("/{int:key}/end", response={204: None}, summary=_("End a session"))
def end_session(request: HttpRequest, key: int, body: ReasonIn) -> Any:
    """Needs ``core.session.end``."""
    found: LoginSession = one(request, LoginSession.objects.select_related("user"), "core.session.end", key)
    EndSession(actor_of(request), found, reason=body.reason).execute()
    return Status(204, None)


class PolicyIn(Schema):
    """Parameters to set, and why."""

    values: dict[str, int | str]
    reason: str = ""


@policy_router.get("", response=dict[str, int | str], summary=_("Security policy"))
def policy(request: HttpRequest) -> dict[str, Any]:
    """All parameters."""
    need(request, "core.parameter.view")
    return parameters.everything()


@policy_router.patch("", response=dict[str, int | str], summary=_("Change the security policy"))
def change_policy(request: HttpRequest, body: PolicyIn) -> dict[str, Any]:
    """Needs ``core.parameter.change`` and a reason; answers with all parameters."""
    ChangePolicy(actor_of(request), body.values, reason=body.reason).execute()
    return parameters.everything()
