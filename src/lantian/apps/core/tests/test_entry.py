"""Log-in, lock-out, sessions, password changes, redirects and the first set-up, through the pages."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantian.apps.core import parameters, setup
from lantian.apps.core.account_actions import ChangePolicy, DisableUser, EndSession, ResetPassword
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import LogEntry, LoginSession, Organisation, Parameter, Region, Role, User
from tests.fixtures.accounts import PASSWORD, City, make_account

pytestmark = pytest.mark.django_db
Staff = dict[str, User]
LOGIN = "/login/"
HOME = "/"
INSIDE = "/me/"


def log_in(client: Client, username: str = "leader", password: str = PASSWORD, **values: str) -> Any:
    return client.post(LOGIN, {"username": username, "password": password, **values})


def said(response: Any) -> str:
    """The words of the answer, whatever the language of the page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


# Log-in ------------------------------------------------------------------------------------------------------------


def test_a_right_password_opens_a_session_and_is_noted(staff: Staff) -> None:
    client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/130"})
    response = log_in(client)

    assert (response.status_code, response["Location"]) == (302, HOME)
    row = LoginSession.objects.get()
    assert (row.user, row.ip, row.ended_at) == (staff["leader"], "127.0.0.1", None)
    entry = LogEntry.objects.get(action="auth.login")
    assert (entry.user, entry.ip, entry.result) == (staff["leader"], "127.0.0.1", "done")
    assert client.get(INSIDE).status_code == 200


def test_the_name_may_be_typed_in_any_case_and_width(staff: Staff) -> None:
    assert log_in(Client(), " ＬeaDer ").status_code == 302


@pytest.mark.parametrize("username", ["leader", "nosuchname"])
def test_a_wrong_password_and_a_wrong_name_answer_alike(staff: Staff, username: str) -> None:
    client = Client()
    response = log_in(client, username, "wrong")
    other = log_in(Client(), "leader" if username != "leader" else "nosuchname", "wrong")

    def shape(answer: Any, name: str) -> str:
        text = answer.content.decode().replace(name, "NAME")
        return re.sub(r'(csrfmiddlewaretoken" value|X-CSRFToken)[^>]+', "", text)

    assert response.status_code == other.status_code == 422
    names = ("leader", "nosuchname") if username == "leader" else ("nosuchname", "leader")
    assert shape(response, names[0]) == shape(other, names[1])


def test_a_disabled_account_and_a_machine_answer_like_a_wrong_password(staff: Staff, small_city: City) -> None:
    User.objects.filter(username="leader").update(is_active=False)
    make_account("robot", small_city.office, password=PASSWORD, is_machine=True)
    wrong = said(log_in(Client(), "nosuchname"))
    for name in ("leader", "robot"):
        assert said(log_in(Client(), name)).replace(name, "") == wrong.replace("nosuchname", "")
    assert not LoginSession.objects.exists()


def test_failures_are_noted_but_not_what_was_typed_as_an_unknown_name(staff: Staff) -> None:
    log_in(Client(), "leader", "wrong")
    log_in(Client(), "MyPassw0rd!secret", "wrong")

    first, second = LogEntry.objects.filter(action="auth.login_failed").order_by("id")
    assert (first.object_id, first.result, first.after) == (
        str(staff["leader"].pk),
        "failed",
        {"failures": 1, "locked": False},
    )
    assert second.actor == "my***"
    assert "secret" not in str(list(LogEntry.objects.values()))


def test_five_failures_lock_the_account_for_ten_minutes_also_for_the_right_password(staff: Staff) -> None:
    for _try in range(5):
        response = log_in(Client(), "Leader", "wrong")
    assert response.status_code == 429
    assert "10" in said(response)

    locked = log_in(Client(), "leader")
    assert locked.status_code == 429
    assert not LoginSession.objects.exists()
    assert [e.after["locked"] for e in LogEntry.objects.filter(action="auth.login_failed").order_by("id")] == [
        False,
        False,
        False,
        False,
        True,
    ]
    assert log_in(Client(), "auditor").status_code == 302, "others are not locked with it"


@pytest.mark.parametrize("who", ["system_admin", "security_admin", "nosuchname"])
def test_nobody_is_exempt_from_the_lock_and_unknown_names_lock_alike(staff: Staff, who: str) -> None:
    for _try in range(5):
        log_in(Client(), who, "wrong")
    assert log_in(Client(), who).status_code == 429


def test_a_lock_ends_by_itself_and_tries_during_it_do_not_make_it_longer(staff: Staff) -> None:
    from axes.models import AccessAttempt

    for _try in range(5):
        log_in(Client(), "leader", "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=9, seconds=50))
    assert log_in(Client(), "leader").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=10, seconds=1))
    assert log_in(Client(), "leader").status_code == 302


def test_the_lock_follows_the_policy(staff: Staff) -> None:
    ChangePolicy(Actor.system(), {"login.failures": 3, "login.lock_minutes": 30}, reason="x").execute()
    parameters.forget()
    for _try in range(3):
        response = log_in(Client(), "leader", "wrong")
    assert response.status_code == 429
    assert "30" in said(response)


def test_a_reset_password_lifts_the_lock(staff: Staff, django_capture_on_commit_callbacks: Any) -> None:
    for _try in range(5):
        log_in(Client(), "leader", "wrong")
    action = ResetPassword(Actor.system(), staff["leader"])
    with django_capture_on_commit_callbacks(execute=True):
        action.execute()
    assert log_in(Client(), "leader", action.password).status_code == 302


def test_the_answer_takes_as_long_for_a_name_that_nobody_has(staff: Staff, settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    staff["leader"].set_password(PASSWORD)
    staff["leader"].save()
    ChangePolicy(Actor.system(), {"login.failures": 20}, reason="x").execute()
    parameters.forget()

    def best(name: str) -> float:
        spent = []
        for _try in range(5):
            start = time.perf_counter()
            log_in(Client(), name, "wrong")
            spent.append(time.perf_counter() - start)
        return min(spent)

    best("warm")
    known, unknown = best("leader"), best("nosuchname")
    # Without the dummy hash an unknown name would answer several times faster.
    assert 0.5 < known / unknown < 2


@pytest.mark.parametrize(
    ("wanted", "lands"),
    [
        ("/users/?q=x", "/users/?q=x"),
        ("https://evil.example/", HOME),
        ("//evil.example/", HOME),
        ("/\\evil.example", HOME),
        ("javascript:alert(1)", HOME),
        ("http:///evil.example", HOME),
        ("http://testserver/me/", "http://testserver/me/"),
    ],
)
def test_the_way_on_stays_on_our_own_site(staff: Staff, wanted: str, lands: str) -> None:
    assert log_in(Client(), next=wanted)["Location"] == lands
    logged_in = Client()
    log_in(logged_in)
    assert logged_in.get(LOGIN, {"next": wanted})["Location"] == lands


def test_a_page_asks_for_the_log_in_and_is_opened_afterwards(staff: Staff) -> None:
    client = Client()
    response = client.get("/users/?q=a")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=%2Fusers%2F%3Fq%3Da"
    part = client.get("/users/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/users/?q=b"})
    assert part["HX-Redirect"] == "/login/?next=%2Fusers%2F%3Fq%3Db"


def test_the_key_of_the_session_changes_at_log_in(staff: Staff) -> None:
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    log_in(client)

    assert client.session.session_key != planted
    assert not Session.objects.filter(session_key=planted).exists()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_forms_without_a_csrf_token_are_refused(staff: Staff) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert log_in(strict).status_code == 403
    strict.force_login(staff["leader"])
    for path in (reverse("core:logout"), reverse("core:password"), reverse("core:profile")):
        assert strict.post(path, {}).status_code == 403
    assert LoginSession.objects.get().ended_at is None


def test_log_out_ends_the_session_and_is_no_link(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    assert client.get(reverse("core:logout")).status_code == 405
    client.post(reverse("core:logout"))

    assert LoginSession.objects.get().end_reason == "logout"
    assert LogEntry.objects.filter(action="auth.logout", user=staff["leader"]).count() == 1
    assert client.get(INSIDE).status_code == 302


# Sessions ----------------------------------------------------------------------------------------------------------


def test_the_oldest_session_ends_when_there_are_too_many(staff: Staff) -> None:
    browsers = [Client() for _number in range(3)]
    for browser in browsers:
        log_in(browser)

    assert [browser.get(INSIDE).status_code for browser in browsers] == [302, 200, 200]
    assert LoginSession.objects.filter(ended_at__isnull=True).count() == 2
    assert LoginSession.objects.get(ended_at__isnull=False).end_reason == "replaced"


def test_the_policy_may_refuse_a_further_session_instead(staff: Staff) -> None:
    Parameter.objects.create(key="session.when_full", value="refuse")
    browsers = [Client() for _number in range(3)]
    assert [log_in(browser).status_code for browser in browsers] == [302, 302, 409]
    assert browsers[0].get(INSIDE).status_code == 200


def test_an_ended_session_ends_with_the_next_page(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    assert client.get(INSIDE).status_code == 200
    EndSession(Actor(staff["system_admin"]), LoginSession.objects.get(user=staff["leader"])).execute()

    response = client.get("/me/")
    assert response["Location"].startswith(LOGIN)
    assert client.get(INSIDE).status_code == 302
    api = client_of(staff["leader"])
    EndSession(Actor(staff["system_admin"]), LoginSession.objects.get(ended_at=None)).execute()
    assert api.get("/api/v1/me").status_code == 401


def test_a_session_ends_when_its_row_says_so_even_if_the_stored_session_is_left(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    LoginSession.objects.update(ended_at=timezone.now(), end_reason="ended")
    assert client.get(INSIDE).status_code == 302


def test_a_session_ends_after_idle_time_and_at_its_longest(staff: Staff, client_of: Any) -> None:
    now = timezone.now()
    idle, long_ = client_of(staff["leader"]), client_of(staff["auditor"])
    rows = LoginSession.objects.filter(user=staff["leader"])
    rows.update(last_seen_at=now - timedelta(minutes=29))
    assert idle.get(INSIDE).status_code == 200
    rows.update(last_seen_at=now - timedelta(minutes=31))
    assert idle.get(INSIDE).status_code == 302
    assert rows.get().end_reason == "idle"

    LoginSession.objects.filter(user=staff["auditor"]).update(started_at=now - timedelta(hours=12, minutes=1))
    assert long_.get(INSIDE).status_code == 302
    assert LoginSession.objects.get(user=staff["auditor"]).end_reason == "lifetime"


def test_signs_of_life_are_written_at_most_once_a_minute(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    before = LoginSession.objects.get().last_seen_at
    client.get(INSIDE)
    assert LoginSession.objects.get().last_seen_at == before
    LoginSession.objects.update(last_seen_at=before - timedelta(seconds=61))
    client.get(INSIDE)
    assert LoginSession.objects.get().last_seen_at > before - timedelta(seconds=1)


def test_a_disabled_account_is_out_at_once(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    DisableUser(Actor(staff["system_admin"]), staff["leader"], reason="x").execute()
    assert client.get(INSIDE).status_code == 302


# Passwords ---------------------------------------------------------------------------------------------------------


def test_a_one_time_password_opens_only_the_page_that_changes_it(staff: Staff) -> None:
    action = ResetPassword(Actor(staff["system_admin"]), staff["leader"])
    action.execute()
    client = Client()
    log_in(client, "leader", action.password)
    for path in (HOME, INSIDE, "/users/", "/api/v1/me"):
        response = client.get(path)
        assert response.status_code in {302, 403}
        assert response.status_code == 403 or response["Location"] == "/password/"
    key = client.session.session_key

    body = {"current": action.password, "password": "Qing+Feng*5106", "again": "Qing+Feng*5106"}
    assert client.post("/password/", {**body, "again": "other"}).status_code == 422
    assert client.post("/password/", body).status_code == 302
    assert client.session.session_key != key
    assert client.get(INSIDE).status_code == 200
    assert LoginSession.objects.filter(ended_at__isnull=True).count() == 1


def test_a_password_that_is_too_old_must_be_changed(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    User.objects.filter(username="leader").update(password_changed_at=timezone.now() - timedelta(days=91))
    assert client.get(INSIDE)["Location"] == "/password/"
    Parameter.objects.create(key="password.days", value=0)
    parameters.forget()
    assert client.get(INSIDE).status_code == 200


def test_a_new_password_ends_the_other_sessions(staff: Staff) -> None:
    here, there = Client(), Client()
    log_in(here)
    log_in(there)
    here.post("/password/", {"current": PASSWORD, "password": "Qing+Feng*5106", "again": "Qing+Feng*5106"})
    assert here.get(INSIDE).status_code == 200
    assert there.get(INSIDE).status_code == 302


def test_an_open_screen_is_no_way_to_guess_the_password(staff: Staff, client_of: Any) -> None:
    client = client_of(staff["leader"])
    for _try in range(5):
        client.post("/password/", {"current": "x", "password": "Qing+Feng*5106", "again": "Qing+Feng*5106"})
    body = {"current": PASSWORD, "password": "Qing+Feng*5106", "again": "Qing+Feng*5106"}
    assert client.post("/password/", body).status_code == 422
    assert log_in(Client()).status_code == 429


# Set-up ------------------------------------------------------------------------------------------------------------

SET_UP = {
    "place": "晴川市",
    "level": "prefecture",
    "place_code": "",
    "office": "晴川市大气污染防治攻坚办公室",
    "office_short": "市攻坚办",
    "mode": "strict",
    "system_name": "林一帆",
    "system_username": "lin",
    "password": "Qing+Feng*5106",
    "again": "Qing+Feng*5106",
    "security_name": "高思远",
    "security_username": "gao",
    "auditor_name": "沈如是",
    "auditor_username": "shen",
    "officer_name": "",
    "officer_username": "",
}


def test_the_set_up_makes_three_administrators_and_closes_for_good(db: None) -> None:
    token = setup.issue_token()
    client = Client()
    assert client.get("/setup/", {"token": token}).status_code == 200
    response = client.post("/setup/", {**SET_UP, "token": token})

    assert response.status_code == 200
    assert {user.username: [g.role.code for g in user.active_grants] for user in User.objects.all()} == {
        "lin": ["system_admin"],
        "gao": ["security_admin"],
        "shen": ["auditor"],
    }
    shown = re.findall(r'lt-secret">([^<]+)<', response.content.decode())
    assert len(shown) == 2
    assert User.objects.get(username="gao").check_password(shown[0].replace("&#x27;", "'").replace("&amp;", "&"))
    assert not User.objects.get(username="lin").must_change_password
    assert User.objects.get(username="gao").must_change_password
    office = Organisation.objects.get()
    assert (office.name, office.region) == (SET_UP["office"], Region.objects.get())
    assert not setup._path().exists()
    assert client.get("/setup/", {"token": token}).status_code == 404
    assert client.post("/setup/", {**SET_UP, "token": token}).status_code == 404
    assert log_in(Client(), "lin", "Qing+Feng*5106").status_code == 302
    assert LogEntry.objects.filter(action="core.user.create", object_type="core.user").count() == 3


def test_a_small_office_lets_one_person_keep_accounts_and_rights(db: None) -> None:
    token = setup.issue_token()
    body = {**SET_UP, "mode": "relaxed", "security_name": "", "security_username": "", "token": token}
    assert Client().post("/setup/", body).status_code == 200

    lin = User.objects.get(username="lin")
    assert {grant.role.code for grant in lin.active_grants} == {"system_admin", "security_admin"}
    assert parameters.fresh("account.separation") == "relaxed"
    assert {u.username for u in User.objects.all()} == {"lin", "shen"}


@pytest.mark.parametrize("token", ["", "wrong", "é中"])
def test_without_the_token_there_is_no_set_up_page(db: None, token: str) -> None:
    setup.issue_token()
    assert Client().get("/setup/", {"token": token}).status_code == 404
    assert Client().post("/setup/", {**SET_UP, "token": token}).status_code == 404
    assert not User.objects.exists()


def test_a_refused_set_up_leaves_nothing_behind(db: None) -> None:
    token = setup.issue_token()
    client = Client()
    for wrong in (
        {"password": "short", "again": "short"},
        {"auditor_username": "LIN"},
        {"place_code": "12"},
        {"security_username": ""},
        {"officer_name": "周"},
    ):
        assert client.post("/setup/", {**SET_UP, "token": token, **wrong}).status_code == 422
    assert not User.objects.exists()
    assert not Region.objects.exists()
    assert Role.objects.filter(built_in=False).count() == 0
    assert client.post("/setup/", {**SET_UP, "token": token}).status_code == 200


def test_two_set_ups_at_once_make_one_office(db: None) -> None:
    from lantian.apps.core.account_actions import SetUpOffice
    from lantian.apps.core.account_actions.office import DONE, AlreadySetUp, NewAdministrator

    # The other one has just written its mark and not yet its accounts.
    Parameter.objects.create(key=DONE, value=True)
    with pytest.raises(AlreadySetUp):
        SetUpOffice(
            Actor(None, name="set-up"),
            place="晴川市",
            level="prefecture",
            office="攻坚办",
            system=NewAdministrator("林", "lin"),
            password="Qing+Feng*5106",
            security=NewAdministrator("高", "gao"),
            auditor=NewAdministrator("沈", "shen"),
        ).execute()
    assert not User.objects.exists()
