"""Every address against every role: what the table says is what happens, and no address is without a row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from lantian.apps.core.models import ApiToken, Grant, LogEntry, LoginSession, Person, Role, User
from tests.access.table import ALL, API, PAGES, PUBLIC, ROLES
from tests.fixtures.accounts import City, give, make_account

pytestmark = pytest.mark.django_db

#: Rows that this test makes: their pages must open (200) for whom the table names. Other addresses with a key are
#: asked for a row that does not exist: whoever passes the door gets 404, everybody else 403.
MADE = {
    "core:user": "user",
    "core:user_edit": "user",
    "core:user_disable": "user",
    "core:user_enable": "user",
    "core:user_reset_password": "user",
    "core:grant_new": "user",
    "core:machine_token_new": "machine",
    "core:grant_take": "grant",
    "core:role": "role",
    "core:role_edit": "role",
    "core:role_delete": "role",
    "core:session_end": "session",
    "core:log_entry": "entry",
    "core:region": "region",
    "core:region-edit": "region",
    "core:organisation": "organisation",
    "core:organisation-edit": "organisation",
    "core:person": "person",
    "core:person-edit": "person",
}
#: Rows of their own, or of nobody: whoever is logged in gets "not found" for a key that is not theirs.
OWN = {
    "core:own_session_end",
    "core:token_revoke",
    "core:attachment",
    "core:attachment-preview",
    "core:notification",
    "core:import",
    "core:import-template",
    "core:imports",
}
MISSING = 987654


def addresses(resolver: Any = None, prefix: str = "/", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Names and patterns of all addresses outside of the API."""
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, prefix + str(entry.pattern), inner)
        elif not namespace.startswith("api:") and not prefix.startswith("/style/error"):
            yield f"{namespace}{entry.name}", prefix + str(entry.pattern)


@cache
def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Methods, addresses and descriptions of the API."""
    from lantian.web.api import api

    schema = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/"), default=str))
    return [
        (method, "/" + path.strip("/"), operation | {"parts": schema["components"]["schemas"]})
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.fixture
def rows(staff: dict[str, User], small_city: City) -> dict[str, int]:
    """One row of each kind that the pages are about."""
    role = Role.objects.create(code="own", name="自建角色", permissions=["core.region.view"])
    user = make_account("subject", small_city.bureau)
    grant = give(user, "town_officer")
    machine = make_account("machine", small_city.office, is_machine=True)
    give(machine, "town_officer")
    session = LoginSession.objects.create(user=user, session_key="a" * 32, last_seen_at=timezone.now())
    from lantian.apps.core.account_actions import ChangePolicy
    from lantian.apps.core.actions import Actor

    ChangePolicy(Actor.system(), {"password.history": 6}, reason="x").execute()
    return {
        "user": user.pk,
        "machine": machine.pk,
        "grant": grant.pk,
        "role": role.pk,
        "session": session.pk,
        "entry": LogEntry.objects.latest("id").pk,
        "region": small_city.districts[0].pk,
        "organisation": small_city.branches[0].pk,
        "person": Person.objects.create(name="何秋生", organisation=small_city.branches[0]).pk,
    }


def filled(pattern: str, key: int) -> str:
    """An address with its places filled."""

    def value(match: re.Match[str]) -> str:
        kind = match.group(1)
        return str(key) if kind.startswith("int:") else "tasks"

    return re.sub(r"<([^>]+)>", value, pattern)


def test_every_page_has_a_row_in_the_table_and_every_row_a_page() -> None:
    assert {name for name, _pattern in addresses()} == set(PAGES)


def test_every_operation_of_the_api_has_a_row_in_the_table_and_every_row_an_operation() -> None:
    assert {(method, path) for method, path, _operation in operations()} == set(API)


def test_strangers_see_public_pages_only(rows: dict[str, int]) -> None:
    for name, pattern in addresses():
        path = filled(pattern, rows.get(MADE.get(name, ""), MISSING))
        for method in ("get", "post"):
            response = getattr(Client(), method)(path)
            if PAGES[name] == PUBLIC:
                assert response.status_code in {200, 302, 405, 422}, (name, method, response.status_code)
            elif name == "core:setup":
                assert response.status_code == 404
            else:
                assert response.status_code == 302, (name, method, response.status_code)
                assert response["Location"].startswith("/login/"), (name, method)


@pytest.mark.parametrize("letter", ROLES)
def test_pages_open_for_the_roles_of_the_table_and_for_no_other(
    letter: str, rows: dict[str, int], staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    client = client_of(staff[ROLES[letter]])
    wrong = []
    for name, pattern in addresses():
        allowed = PAGES[name]
        if allowed == PUBLIC or name in {"core:setup", "core:logout"}:
            continue
        path = filled(pattern, rows.get(MADE.get(name, ""), MISSING))
        status = client.get(path).status_code
        has_key = "<" in pattern
        if letter not in allowed:
            expected = {403}
            posted = client.post(path, {}).status_code
            if posted not in {403, 405}:
                wrong.append((name, "post", posted, "refused"))
        elif name in MADE:
            expected = {200}
        elif name in OWN:
            expected = {200, 404, 403, 405}
        elif has_key:
            expected = {404, 405}
        else:
            expected = {200, 405}
        if status not in expected:
            wrong.append((name, "get", status, expected))
    assert wrong == []


def sample(schema: dict[str, Any], parts: dict[str, Any]) -> Any:
    """A value that a schema accepts."""
    if "$ref" in schema:
        return sample(parts[schema["$ref"].rsplit("/", 1)[-1]], parts)
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return sample(schema[key][0], parts)
    kind = schema.get("type")
    if kind == "object":
        return {name: sample(schema["properties"][name], parts) for name in schema.get("required", ())}
    return {
        "string": "2017-01-01" if schema.get("format") in {"date", "date-time"} else "x",
        "integer": schema.get("minimum", 1),
        "number": 1,
        "boolean": True,
        "array": [],
    }.get(kind or "")


def call(send: Any, method: str, path: str, operation: dict[str, Any], key: int) -> Any:
    """Call an operation with values that it accepts, so that rights and not forms decide."""
    path = re.sub(r"\{(key|warning)\}", str(key), path).replace("{kind}", "tasks").replace("{entry}", "1")
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        parts = operation["parts"]
        schema = content["multipart/form-data"]["schema"]
        schema = parts[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
        data = {
            name: SimpleUploadedFile("a.txt", "方案".encode())
            if field.get("format") == "binary"
            else sample(field, parts)
            for name, field in schema["properties"].items()
        }
        return send.client.post(f"/api/v1{path}", data, headers=send.headers)
    body = None
    if "application/json" in content:
        body = sample(content["application/json"]["schema"], operation["parts"])
        if isinstance(body, dict) and body == {}:
            body = {"reason": "x"} if method != "patch" else {}
    return send(method, path, body)


#: Which of the rows an operation is about.
ABOUT = {"/users/grants": "grant", "/users": "user", "/roles": "role", "/sessions": "session", "/log": "entry"}


def key_of(path: str, rows: dict[str, int]) -> int:
    return next((rows[kind] for start, kind in ABOUT.items() if path.startswith(start)), MISSING)


def test_the_api_answers_strangers_and_wrong_tokens_with_401(rows: dict[str, int], api_of: Any) -> None:
    send = api_of(User.objects.get(username="nobody"))
    for headers in ({}, {"Authorization": "Bearer lt_00000000_" + "0" * 48}, {"Authorization": "Bearer x"}):
        send.headers = headers
        for method, path, operation in operations():
            response = call(send, method, path, operation, key_of(path, rows))
            assert response.status_code in {401, 429}, (method, path, response.status_code)
            assert set(response.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize("letter", ROLES)
def test_the_api_serves_the_roles_of_the_table_and_no_other(
    letter: str, rows: dict[str, int], staff: dict[str, User], api_of: Any
) -> None:
    send = api_of(staff[ROLES[letter]])
    wrong = []
    for method, path, operation in sorted(operations(), key=lambda found: found[0] == "delete"):
        response = call(send, method, path, operation, key_of(path, rows))
        status = response.status_code
        # A row that is not there may also be "not found" for who could not touch it either.
        refused = {403} if key_of(path, rows) != MISSING or "{" not in path else {403, 404}
        good = status in ({200, 201, 204, 404, 409, 422} if letter in API[method, path] else refused)
        if letter in API[method, path] and method == "get" and key_of(path, rows) != MISSING:
            good = status == 200
        if not good:
            wrong.append((method, path, status, response.content[:200]))
    assert wrong == []


def test_a_token_of_one_scope_opens_nothing_else(rows: dict[str, int], staff: Any, api_of: Any) -> None:
    send = api_of(staff["system_admin"], "core.token.own")
    for method, path, operation in operations():
        response = call(send, method, path, operation, key_of(path, rows))
        missing = "{" in path and key_of(path, rows) == MISSING
        expected = {200} if path == "/me" else {403, 404} if missing else {403}
        assert response.status_code in expected, (method, path, response.content[:200])


# Rows that are not one's own -----------------------------------------------------------------------------------------


def test_keys_of_other_peoples_rows_answer_not_found(
    staff: dict[str, User], small_city: City, client_of: Any, api_of: Any
) -> None:
    """A system and a security administrator of one district try the rows of the other."""
    here, there = small_city.branches
    victim = make_account("victim", there)
    grant = give(victim, "town_officer")
    session = LoginSession.objects.create(user=victim, session_key="b" * 32, last_seen_at=timezone.now())
    machine = make_account("machine2", there, is_machine=True)
    api_of(victim)
    token = ApiToken.objects.get(user=victim)
    local = {
        code: make_account(f"local_{code}", here, code, "below")
        for code in ("system_admin", "security_admin", "auditor")
    }
    LogEntry.objects.all()
    from lantian.apps.core.account_actions import ChangeProfile
    from lantian.apps.core.actions import Actor

    ChangeProfile(Actor(victim), mobile="13800000000").execute()
    entry = LogEntry.objects.latest("id")
    tried = {
        "system_admin": [
            f"/users/{victim.pk}/",
            f"/users/{victim.pk}/edit/",
            f"/users/{victim.pk}/disable/",
            f"/users/{victim.pk}/enable/",
            f"/users/{victim.pk}/reset-password/",
            f"/users/{machine.pk}/tokens/new/",
            f"/sessions/{session.pk}/end/",
            f"/tokens/{token.pk}/revoke/",
        ],
        "security_admin": [f"/users/{victim.pk}/grants/new/", f"/grants/{grant.pk}/take/"],
        "auditor": [f"/log/{entry.pk}/", f"/users/{victim.pk}/"],
    }
    for code, paths in tried.items():
        client = client_of(local[code])
        for path in paths:
            assert client.get(path).status_code == 404, path
            assert client.post(path, {"reason": "x", "left": "on"}).status_code in {404, 405}, path
    send = api_of(local["system_admin"])
    for method, path in (
        ("get", f"/users/{victim.pk}"),
        ("patch", f"/users/{victim.pk}"),
        ("post", f"/users/{victim.pk}/disable"),
        ("post", f"/users/{victim.pk}/reset-password"),
        ("post", f"/sessions/{session.pk}/end"),
    ):
        assert send(method, path, {"reason": "x"} if method != "get" else None).status_code == 404, path
    assert api_of(local["security_admin"])("post", f"/users/grants/{grant.pk}/take", {"reason": "x"}).status_code == 404

    victim.refresh_from_db()
    assert victim.is_active
    assert Grant.objects.get(pk=grant.pk).revoked_at is None
    assert LoginSession.objects.get(pk=session.pk).ended_at is None
    assert ApiToken.objects.get(pk=token.pk).revoked_at is None
    for path in ("/users/", "/sessions/", "/log/"):
        listed = client_of(local["auditor"]).get(path).content.decode()
        assert "victim" not in listed, path


def test_own_things_of_somebody_else_answer_not_found(staff: dict[str, User], client_of: Any, api_of: Any) -> None:
    client_of(staff["auditor"])
    api_of(staff["auditor"])
    session = LoginSession.objects.get(user=staff["auditor"])
    token = ApiToken.objects.get(user=staff["auditor"])
    thief = client_of(staff["town_officer"])

    assert thief.post(f"/me/sessions/{session.pk}/end/").status_code == 404
    assert thief.get(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert thief.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    assert LoginSession.objects.get(pk=session.pk).ended_at is None
    assert ApiToken.objects.get(pk=token.pk).revoked_at is None


def test_the_table_knows_all_roles(staff: dict[str, User]) -> None:
    assert set(ROLES.values()) == set(staff)
    assert set("".join(PAGES.values()).replace(PUBLIC, "")) <= set(ALL)
    built_in = set(Role.objects.filter(built_in=True).values_list("code", flat=True))
    assert built_in == set(ROLES.values()) - {"nobody"}
