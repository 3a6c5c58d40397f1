"""The web API: tokens, scopes, refusals in one form, versions, pages of results, CSRF, the documentation."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from ninja import Router

from lantian.apps.core import api_registry
from lantian.apps.core.account_actions import CreateToken
from lantian.apps.core.actions import Actor
from lantian.apps.core.api_auth import FAILURES
from lantian.apps.core.models import ApiToken, LogEntry, Role, User
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
Staff = dict[str, User]


@pytest.fixture(autouse=True)
def _no_failures() -> None:
    cache.clear()


def test_a_made_token_works_until_it_is_revoked_over_or_its_account_closed(staff: Staff) -> None:
    user = staff["system_admin"]
    made = CreateToken(Actor(user), user, name="t", scopes=["core.user.view"], days=1).execute()

    def status() -> int:
        return Client().get("/api/v1/users", headers={"Authorization": f"Bearer {made.secret}"}).status_code

    assert status() == 200
    assert ApiToken.objects.get().last_used_ip == "127.0.0.1"
    for changed, back in (
        ({"revoked_at": timezone.now()}, {"revoked_at": None}),
        ({"expires_at": timezone.now()}, {"expires_at": timezone.now() + timedelta(days=1)}),
        ({"digest": "0" * 64}, {"digest": ApiToken.objects.get().digest}),
    ):
        ApiToken.objects.update(**changed)
        assert status() == 401
        ApiToken.objects.update(**back)
    assert status() == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert status() == 401


def test_a_token_is_the_narrower_of_its_scopes_and_its_account(staff: Staff, api_of: Any) -> None:
    user = staff["system_admin"]
    send = api_of(user, "core.user.view")
    assert send("get", "/users").status_code == 200
    assert send("get", "/roles").status_code == 403
    wider = api_of(staff["nobody"], "core.user.view")
    assert wider("get", "/users").status_code == 403
    assert send("get", "/me").json()["permissions"] == ["core.user.view"]


def test_a_wrong_token_is_not_saved_by_the_session_of_the_same_browser(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["system_admin"])
    assert client.get("/api/v1/users").status_code == 200
    assert client.get("/api/v1/users", headers={"Authorization": "Bearer lt_x"}).status_code == 401


def test_refused_tokens_are_noted_until_there_are_too_many(staff: Staff, api_of: Any) -> None:
    wrong = {"Authorization": "Bearer lt_00000000_" + "0" * 48}
    answers = [Client().get("/api/v1/me", headers=wrong).status_code for _try in range(FAILURES + 3)]

    assert answers == [401] * FAILURES + [429] * 3
    assert LogEntry.objects.filter(action="auth.token_failed").count() == FAILURES
    assert "0000000" not in str(list(LogEntry.objects.values_list("object_label", "after")))
    assert api_of(staff["leader"])("get", "/me").status_code == 200, "a good token passes all the same"


def test_a_change_through_a_session_needs_the_csrf_token(staff: Staff) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff["security_admin"])
    body = {"values": {"password.history": 7}, "reason": "x"}
    refused = client.patch("/api/v1/policy", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")

    client.get("/me/")
    token = client.cookies["lantian_csrf"].value
    done = client.patch(
        "/api/v1/policy", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert done.json()["password.history"] == 7


def test_refusals_have_one_form(staff: Staff, api_of: Any) -> None:
    send = api_of(staff["system_admin"])
    for response, status, code, fields in (
        (send("get", "/users/987654"), 404, "not_found", set()),
        (send("post", "/users", {}), 422, "invalid", {"username"}),
        (send("post", "/users", {"username": "新 人"}), 422, "invalid", {"username"}),
        (send("post", "/users", {"username": "neu", "name": "新人", "organisation": 987654}), 422, "invalid", {"organisation"}),
        (send("post", f"/users/{staff['leader'].pk}/disable", {}), 422, "reason_missing", {"reason"}),
        (send("get", "/users?size=100000"), 422, "invalid", {"size"}),
        (send("get", "/log"), 403, "not_allowed", set()),
    ):
        body = response.json()
        assert (response.status_code, body["code"], set(body["fields"])) == (status, code, fields), body
        assert body["message"]
    broken = send.client.post(
        "/api/v1/users", "{", content_type="application/json", headers=send.headers
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "bad_request")


def test_our_own_mistakes_tell_nothing_of_the_inside(staff: Staff, api_of: Any, monkeypatch: Any) -> None:
    from lantian.apps.core import api

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(api, "paged", broken)
    response = api_of(staff["system_admin"])("get", "/users")
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "secret" not in response.content.decode()


def test_an_older_version_is_refused(staff: Staff, api_of: Any) -> None:
    send = api_of(staff["system_admin"])
    path = f"/users/{staff['leader'].pk}"
    first = send("get", path)
    tag = first["ETag"]
    changed = send("patch", path, {"name": "陈明远", "language": "en"}, **{"If-Match": tag})
    assert (changed.status_code, changed.json()["name"]) == (200, "陈明远")
    assert changed["ETag"] != tag
    stale = send("patch", path, {"language": "zh-hans"}, **{"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert send("patch", path, {"language": "zh-hans"}, **{"If-Match": changed["ETag"]}).status_code == 200


def test_lists_come_in_parts_and_can_be_searched(staff: Staff, small_city: City, api_of: Any) -> None:
    for number in range(5):
        make_account(f"clerk{number}", small_city.bureau, name=f"科员{number}")
    send = api_of(staff["system_admin"])
    page = send("get", "/users?q=clerk&page=2&size=2").json()
    assert [user["username"] for user in page["items"]] == ["clerk2", "clerk3"]
    assert (page["total"], page["page"], page["size"]) == (5, 2, 2)
    below = send("get", f"/users?organisation={small_city.government.pk}&role=town_officer").json()
    assert [user["username"] for user in below["items"]] == ["town_officer"]
    assert send("get", "/users?role=nonsense").json()["total"] == 0


def test_a_list_takes_as_many_queries_for_fifty_accounts_as_for_five(
    staff: Staff, small_city: City, api_of: Any, client_of: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        make_account(f"clerk{number}", small_city.bureau, "town_officer", "department", name=f"科员{number}")
    send = api_of(staff["system_admin"])
    with django_assert_max_num_queries(10):
        assert len(send("get", "/users?size=100").json()["items"]) >= 50
    client = client_of(staff["system_admin"])
    client.get("/users/?size=100")
    with django_assert_max_num_queries(20):
        assert client.get("/users/?size=100").status_code == 200


def test_the_whole_life_of_an_account_goes_through_the_api(staff: Staff, small_city: City, api_of: Any) -> None:
    system, security = api_of(staff["system_admin"]), api_of(staff["security_admin"])
    made = system(
        "post", "/users", {"username": "sun", "name": "孙立行", "organisation": small_city.bureau.pk}
    )
    assert made.status_code == 201
    key = made.json()["user"]["id"]
    assert User.objects.get(pk=key).check_password(made.json()["password"])
    refused = system("post", f"/users/{key}/grants", {"role": "leader", "scope": "all", "reason": "x"})
    assert refused.status_code == 403
    given = security("post", f"/users/{key}/grants", {"role": "leader", "scope": "self", "reason": "分工"})
    assert (given.status_code, given.json()["role"]) == (201, "leader")
    wrong = security("post", f"/users/{key}/grants", {"role": "none", "scope": "self", "reason": "x"})
    assert wrong.json()["fields"].keys() == {"role"}
    grant = given.json()["id"]
    assert security("post", f"/users/grants/{grant}/take", {"reason": "x"}).json()["revoked_at"]
    assert system("post", f"/users/{key}/disable", {"reason": "x", "left": True}).json()["is_active"] is False
    assert system("post", f"/users/{key}/enable", {"reason": "x"}).json()["must_change_password"] is True
    assert {entry.via for entry in LogEntry.objects.filter(object_id=str(key), object_type="core.user")} == {"api"}


def test_roles_are_kept_through_the_api(staff: Staff, api_of: Any) -> None:
    security = api_of(staff["security_admin"])
    made = security("post", "/roles", {"name": "查看员", "permissions": ["core.region.view"], "reason": "x"})
    key = made.json()["id"]
    changed = security(
        "put", f"/roles/{key}", {"name": "查看员", "permissions": ["core.organisation.view"], "reason": "x"}
    )
    assert changed.json()["permissions"] == ["core.organisation.view"]
    built_in = Role.objects.get(code="leader")
    refused = security(
        "put", f"/roles/{built_in.pk}", {"name": "x", "permissions": ["core.region.view"], "reason": "x"}
    )
    assert refused.status_code == 403
    assert security("delete", f"/roles/{key}?reason=x").status_code == 204


def test_the_log_is_searched_through_the_api(staff: Staff, api_of: Any) -> None:
    security, auditor = api_of(staff["security_admin"]), api_of(staff["auditor"])
    security("patch", "/policy", {"values": {"password.history": 9}, "reason": "测评"})
    found = auditor("get", "/log?action=core.parameter.change&result=done").json()
    assert [(entry["reason"], entry["after"]) for entry in found["items"]] == [("测评", {"password.history": 9})]
    assert auditor("get", "/log?since=2999-01-01T00:00:00Z").json()["total"] == 0


def test_the_description_is_complete_and_for_known_callers_only(staff: Staff, api_of: Any, client_of: Any) -> None:
    assert Client().get("/api/v1/openapi.json").status_code == 401
    schema = api_of(staff["leader"])("get", "/openapi.json").json()
    assert {"/api/v1/users", "/api/v1/log", "/api/v1/me"} <= set(schema["paths"])
    page = client_of(staff["leader"]).get("/api/v1/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert all(path.replace("{", "{") in text for path in schema["paths"])
    assert "http://" not in text.replace("http://testserver", "").replace("http://www.w3.org", "")
    # A token made by chance may hold any three letters; what counts is from where the page loads.
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//(?!testserver)""", text)
    for operation in (op for methods in schema["paths"].values() for op in methods.values()):
        assert operation.get("description"), operation["operationId"]


def test_an_app_hangs_its_router_below_its_prefix() -> None:
    known = dict(api_registry._parts)
    try:
        router = Router()
        api_registry.register("/late", router, order=200)
        api_registry.register("/early", "lantian.apps.core.api.me_router", order=-1)
        parts = api_registry.parts()
        assert (parts[0].prefix, parts[-1].load()) == ("/early", router)
        with pytest.raises(ValueError, match="slash"):
            api_registry.register("late", router)
    finally:
        api_registry._parts.clear()
        api_registry._parts.update(known)


def test_names_come_out_as_they_are_written(staff: Staff, api_of: Any) -> None:
    response = api_of(staff["leader"])("get", "/me")
    assert "晴川市" in response.content.decode()
    assert json.loads(response.content)["user"]["organisation_name"] == "晴川市人民政府"
