"""Accounts, grants, roles, tokens and the policy: who may do what, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from lantian.apps.core import duties, parameters, passwords
from lantian.apps.core.account_actions import (
    ChangePassword,
    ChangePolicy,
    CreateToken,
    CreateUser,
    DeleteRole,
    DisableUser,
    EditUser,
    EnableUser,
    GiveGrant,
    ResetPassword,
    RevokeToken,
    SaveRole,
    TakeGrant,
)
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import (
    ApiToken,
    DataScope,
    Grant,
    LogEntry,
    LoginSession,
    Parameter,
    Person,
    Role,
    User,
)
from tests.fixtures.accounts import PASSWORD, City, give, make_account

pytestmark = pytest.mark.django_db
Staff = dict[str, User]


def as_(user: User, **values: Any) -> Actor:
    """An actor with nothing remembered of earlier grants."""
    return Actor(User.objects.get(pk=user.pk), ip="10.0.0.5", **values)


# Accounts ----------------------------------------------------------------------------------------------------------


def test_a_new_account_gets_a_one_time_password_that_is_nowhere_in_the_log(staff: Staff, small_city: City) -> None:
    made = CreateUser(
        as_(staff["system_admin"]), username=" ＺhangSan ", name="张三", organisation=small_city.bureau
    ).execute()

    assert made.user.username == "zhangsan"
    assert made.user.check_password(made.password)
    assert made.user.must_change_password
    assert passwords.problems(made.password, made.user) != [], "the password in use may not be chosen again"
    written = str(list(LogEntry.objects.values_list("before", "after", "object_label", "reason")))
    assert made.password not in written
    assert made.user.password not in written


def test_names_that_differ_only_in_how_they_are_typed_are_one_name(staff: Staff, small_city: City) -> None:
    with pytest.raises(Invalid) as caught:
        CreateUser(
            as_(staff["system_admin"]), username="NOBODY", name="某人", organisation=small_city.bureau
        ).execute()

    assert list(caught.value.fields) == ["username"]


def test_an_administrator_of_a_branch_makes_accounts_only_there(staff: Staff, small_city: City) -> None:
    local = make_account("local", small_city.branches[0], "system_admin", DataScope.DEPARTMENT_AND_BELOW)

    CreateUser(as_(local), username="inside", name="内", organisation=small_city.branches[0]).execute()
    with pytest.raises(Invalid):
        CreateUser(as_(local), username="outside", name="外", organisation=small_city.branches[1]).execute()
    with pytest.raises(Invalid):
        CreateUser(as_(local), username="nowhere", name="无", organisation=None).execute()
    with pytest.raises(NotFound):
        DisableUser(as_(local), staff["nobody"], reason="x").execute()


def test_nobody_widens_their_own_data_by_moving_their_account(staff: Staff, small_city: City) -> None:
    admin = staff["system_admin"]
    with pytest.raises(Invalid) as caught:
        EditUser(as_(admin), admin, organisation=small_city.government, name="管理员").execute()

    assert list(caught.value.fields) == ["organisation"]
    assert User.objects.get(pk=admin.pk).organisation == small_city.office


def test_a_disabled_account_loses_sessions_and_tokens_and_keeps_its_history(staff: Staff, api_of: Any) -> None:
    user = staff["campaign_office"]
    api_of(user)
    LoginSession.objects.create(user=user, session_key="k", last_seen_at=timezone.now())

    DisableUser(as_(staff["system_admin"]), user, left=True, reason="调离").execute()

    user.refresh_from_db()
    assert not user.is_active
    assert LoginSession.objects.get(session_key="k").end_reason == "disabled"
    assert not ApiToken.objects.filter(user=user, revoked_at__isnull=True).exists()
    assert Grant.objects.get(user=user).revoked_at is not None
    assert user.person is not None
    assert user.person.left_on == timezone.localdate()

    EnableUser(as_(staff["system_admin"]), user, reason="调回").execute()
    user.refresh_from_db()
    assert user.is_active
    assert user.must_change_password
    assert not ApiToken.objects.filter(user=user, revoked_at__isnull=True).exists()


def test_the_last_who_can_make_accounts_cannot_be_disabled(staff: Staff, small_city: City) -> None:
    second = make_account("second", small_city.office, "system_admin")
    DisableUser(as_(second), staff["system_admin"], reason="x").execute()
    third = make_account("third", small_city.office, "system_admin", DataScope.ALL)
    Grant.objects.filter(user=second).update(valid_to=timezone.localdate() - timedelta(days=1))

    with pytest.raises(Invalid):
        DisableUser(Actor.system(), third, reason="x").execute()
    assert User.objects.get(pk=third.pk).is_active


def test_disabling_needs_a_reason_and_never_hits_oneself(staff: Staff) -> None:
    with pytest.raises(ReasonMissing):
        DisableUser(as_(staff["system_admin"]), staff["nobody"]).execute()
    with pytest.raises(Invalid):
        DisableUser(as_(staff["system_admin"]), staff["system_admin"], reason="x").execute()


# Passwords ---------------------------------------------------------------------------------------------------------


def test_a_reset_password_is_shown_once_and_ends_all_sessions(staff: Staff) -> None:
    user = staff["leader"]
    LoginSession.objects.create(user=user, session_key="k", last_seen_at=timezone.now())
    action = ResetPassword(as_(staff["system_admin"]), user)
    action.execute()

    user.refresh_from_db()
    assert user.check_password(action.password)
    assert user.must_change_password
    assert LoginSession.objects.get(session_key="k").ended_at is not None


@pytest.mark.parametrize("other", ["security_admin", "auditor"])
def test_the_system_administrator_cannot_take_over_another_duty_by_a_new_password(staff: Staff, other: str) -> None:
    with pytest.raises(NotAllowed):
        ResetPassword(as_(staff["system_admin"]), staff[other]).execute()

    assert User.objects.get(pk=staff[other].pk).check_password(PASSWORD)
    assert LogEntry.objects.filter(action="core.user.reset_password", result="denied").count() == 1
    ResetPassword(Actor.system("cli", via="cli"), staff[other]).execute()


def test_the_last_passwords_may_not_come_back(staff: Staff) -> None:
    user = staff["leader"]
    current = PASSWORD
    used = [current]
    for number in range(5):
        new = f"Bai-Yun#{number}Lan{number}Tian"
        ChangePassword(as_(user), current=current, password=new).execute()
        current = new
        used.append(new)

    for old in used[1:]:
        with pytest.raises(Invalid):
            ChangePassword(as_(user), current=current, password=old).execute()
    ChangePassword(as_(user), current=current, password=used[0]).execute()


def test_the_wrong_current_password_changes_nothing(staff: Staff) -> None:
    with pytest.raises(Invalid) as caught:
        ChangePassword(as_(staff["leader"]), current="x", password="Bai-Yun#1Lan1Tian").execute()

    assert list(caught.value.fields) == ["current"]
    assert User.objects.get(pk=staff["leader"].pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Aa1-aaaa", False),
        ("abcdefghijkl", False),
        ("Admin@123456", False),
        ("P@ssw0rd2024!", False),
        ("Xy-12345-zz", False),
        ("Leader-8842x", False),
        ("Qing1Chuan" + "x" * 120, False),
        ("清风-Lan-2048", True),
        ("Lan+Tian*7392", True),
    ],
)
def test_passwords_are_judged_by_the_policy(staff: Staff, password: str, good: bool) -> None:
    assert (passwords.problems(password, staff["leader"]) == []) is good


@given(st.integers(8, 40), st.integers(1, 4))
def test_one_time_passwords_satisfy_every_policy(length: int, classes: int) -> None:
    for key, value in (("password.length", length), ("password.classes", classes)):
        Parameter.objects.update_or_create(key=key, defaults={"value": value})
    parameters.forget()
    password = passwords.random_password()

    assert passwords.problems(password) == []
    assert len(password) >= max(14, length)
    assert not set(password) & set("0O1lI")


# Grants ------------------------------------------------------------------------------------------------------------


def role(code: str) -> Role:
    return Role.objects.get(code=code)


def test_a_role_given_opens_rows_and_one_taken_back_closes_them(staff: Staff, small_city: City) -> None:
    user = staff["nobody"]
    grant = GiveGrant(
        as_(staff["security_admin"]), user, role("department_officer"), DataScope.DEPARTMENT, reason="分工"
    ).execute()
    assert User.objects.get(pk=user.pk).may("plans.task.view")
    entry = LogEntry.objects.get(action="core.grant.give")
    assert (entry.after["role"], entry.reason) == ("Department liaison", "分工")

    TakeGrant(as_(staff["security_admin"]), grant, reason="调整").execute()
    assert not User.objects.get(pk=user.pk).may("plans.task.view")
    with pytest.raises(Conflict):
        TakeGrant(as_(staff["security_admin"]), grant, reason="调整").execute()


def test_nobody_gives_a_role_to_themself(staff: Staff) -> None:
    with pytest.raises(NotAllowed):
        GiveGrant(
            as_(staff["security_admin"]), staff["security_admin"], role("leader"), DataScope.ALL, reason="x"
        ).execute()


@pytest.mark.parametrize("who", ["system_admin", "auditor", "campaign_office", "leader", "nobody"])
def test_only_the_security_administrator_gives_roles(staff: Staff, who: str) -> None:
    with pytest.raises(NotAllowed):
        GiveGrant(as_(staff[who]), staff["nobody"], role("leader"), DataScope.SELF, reason="x").execute()


@pytest.mark.parametrize(
    ("held", "given_"),
    [
        ("system_admin", "security_admin"),
        ("system_admin", "auditor"),
        ("security_admin", "system_admin"),
        ("security_admin", "auditor"),
        ("auditor", "system_admin"),
        ("auditor", "security_admin"),
    ],
)
def test_the_three_administrators_exclude_each_other(
    staff: Staff, small_city: City, held: str, given_: str
) -> None:
    giver = make_account("giver", small_city.office, "security_admin")
    with pytest.raises(Conflict):
        GiveGrant(as_(giver), staff[held], role(given_), DataScope.ALL, reason="x").execute()

    Parameter.objects.create(key="account.separation", value="relaxed")
    GiveGrant(as_(giver), staff[held], role(given_), DataScope.ALL, reason="x").execute()


def test_a_role_of_ones_own_is_no_way_around_the_separation(staff: Staff, small_city: City) -> None:
    giver = make_account("giver", small_city.office, "security_admin")
    own = SaveRole(
        as_(giver), Role(), name="改头换面", carried=["core.user.create", "core.user.view"], reason="x"
    ).execute()
    with pytest.raises(Conflict):
        GiveGrant(as_(giver), staff["auditor"], own, DataScope.ALL, reason="x").execute()
    with pytest.raises(Invalid):
        SaveRole(
            as_(giver), Role(), name="都要", carried=["core.user.create", "core.role.grant"], reason="x"
        ).execute()
    GiveGrant(as_(giver), staff["nobody"], own, DataScope.ALL, reason="x").execute()
    harmless = SaveRole(as_(giver), Role(), name="看看", carried=["core.user.view"], reason="x").execute()
    GiveGrant(as_(giver), staff["nobody"], harmless, DataScope.ALL, reason="x").execute()
    with pytest.raises(Invalid):
        SaveRole(as_(giver), harmless, name="看看", carried=["core.log.export"], reason="x").execute()


def test_grants_that_never_overlap_do_not_exclude_each_other(staff: Staff) -> None:
    today = timezone.localdate()
    Grant.objects.filter(user=staff["auditor"]).update(valid_to=today + timedelta(days=10))
    give_later = {"valid_from": today + timedelta(days=11)}

    GiveGrant(
        as_(staff["security_admin"]),
        staff["auditor"],
        role("system_admin"),
        DataScope.ALL,
        reason="轮岗",
        **give_later,
    ).execute()
    with pytest.raises(Conflict):
        GiveGrant(
            as_(staff["security_admin"]),
            staff["auditor"],
            role("system_admin"),
            DataScope.ALL,
            reason="轮岗",
            valid_from=today + timedelta(days=5),
        ).execute()


def test_a_security_administrator_of_a_district_gives_nothing_beyond_it(staff: Staff, small_city: City) -> None:
    district, other = small_city.districts
    local = make_account("local", small_city.branches[0], "security_admin", DataScope.ALL, region=district)
    inside = make_account("inside", small_city.branches[0])
    outside = make_account("outside", small_city.branches[1])

    GiveGrant(
        as_(local), inside, role("town_officer"), DataScope.DEPARTMENT, region=district, reason="x"
    ).execute()
    with pytest.raises(NotAllowed):
        GiveGrant(as_(local), inside, role("town_officer"), DataScope.ALL, reason="x").execute()
    with pytest.raises(NotAllowed):
        GiveGrant(as_(local), inside, role("town_officer"), DataScope.ALL, region=other, reason="x").execute()
    with pytest.raises(NotFound):
        GiveGrant(
            as_(local), outside, role("town_officer"), DataScope.ALL, region=district, reason="x"
        ).execute()


@pytest.mark.parametrize(
    ("own", "asked", "allowed"),
    [
        (DataScope.DEPARTMENT_AND_BELOW, DataScope.ALL, False),
        (DataScope.DEPARTMENT_AND_BELOW, DataScope.DEPARTMENT_AND_BELOW, True),
        (DataScope.DEPARTMENT_AND_BELOW, DataScope.DEPARTMENT, True),
        (DataScope.DEPARTMENT_AND_BELOW, DataScope.SELF, True),
        (DataScope.DEPARTMENT, DataScope.DEPARTMENT, True),
        (DataScope.DEPARTMENT, DataScope.DEPARTMENT_AND_BELOW, False),
        (DataScope.DEPARTMENT, DataScope.ALL, False),
        (DataScope.DEPARTMENT, DataScope.SELF, True),
    ],
)
def test_a_data_scope_that_is_given_lies_within_ones_own(
    staff: Staff, small_city: City, own: str, asked: str, allowed: bool
) -> None:
    local = make_account("local", small_city.bureau, "security_admin", own)
    colleague = make_account("colleague", small_city.bureau)
    action = GiveGrant(as_(local), colleague, role("town_officer"), asked, reason="x")

    if allowed:
        assert action.execute().scope == asked
    else:
        with pytest.raises(NotAllowed):
            action.execute()


def test_who_grants_by_an_own_role_gives_no_rights_they_lack(staff: Staff, small_city: City) -> None:
    granting = Role.objects.create(
        code="deputy", name="授权员", permissions=["core.role.grant", "core.user.view", "core.region.view"]
    )
    deputy = make_account("deputy", small_city.office, granting)
    small = Role.objects.create(code="small", name="小", permissions=["core.region.view"])

    GiveGrant(as_(deputy), staff["nobody"], small, DataScope.ALL, reason="x").execute()
    with pytest.raises(NotAllowed):
        GiveGrant(as_(deputy), staff["nobody"], role("leader"), DataScope.ALL, reason="x").execute()


def test_grants_that_would_show_nothing_or_are_over_are_refused(staff: Staff) -> None:
    security = as_(staff["security_admin"])
    today = timezone.localdate()
    for values, field in (
        ({"scope": DataScope.CUSTOM}, "organisations"),
        ({"scope": "everything"}, "scope"),
        ({"scope": DataScope.ALL, "valid_to": today - timedelta(days=1)}, "valid_to"),
        ({"scope": DataScope.ALL, "valid_from": today, "valid_to": today - timedelta(days=9)}, "valid_to"),
    ):
        with pytest.raises(Invalid) as caught:
            GiveGrant(security, staff["nobody"], role("leader"), reason="x", **values).execute()
        assert field in caught.value.fields
    GiveGrant(security, staff["nobody"], role("leader"), DataScope.ALL, reason="x").execute()
    with pytest.raises(Conflict):
        GiveGrant(security, staff["nobody"], role("leader"), DataScope.ALL, reason="x").execute()


def test_the_last_who_can_give_roles_keeps_the_role(staff: Staff) -> None:
    grant = Grant.objects.get(user=staff["security_admin"])
    with pytest.raises(Invalid):
        TakeGrant(Actor.system(), grant, reason="x").execute()


# Roles -------------------------------------------------------------------------------------------------------------


def test_built_in_roles_stay_as_they_are(staff: Staff) -> None:
    with pytest.raises(NotAllowed):
        SaveRole(
            as_(staff["security_admin"]), role("leader"), name="x", carried=["core.region.view"], reason="x"
        ).execute()
    with pytest.raises(NotAllowed):
        DeleteRole(as_(staff["security_admin"]), role("leader"), reason="x").execute()


def test_nobody_changes_a_role_that_they_hold(staff: Staff) -> None:
    own = Role.objects.create(code="own", name="自用", permissions=["core.region.view"])
    give(staff["security_admin"], own)
    with pytest.raises(NotAllowed):
        SaveRole(
            as_(staff["security_admin"]), own, name="自用", carried=["plans.plan.edit"], reason="x"
        ).execute()


def test_a_role_with_unknown_permissions_or_a_taken_name_is_refused(staff: Staff) -> None:
    security = as_(staff["security_admin"])
    with pytest.raises(Invalid) as caught:
        SaveRole(security, Role(), name="Leader", carried=["no.such.right"], reason="x").execute()
    assert set(caught.value.fields) == {"permissions", "name"}


def test_a_role_that_was_given_once_is_not_deleted(staff: Staff) -> None:
    security = as_(staff["security_admin"])
    own = SaveRole(security, Role(), name="临时", carried=["core.region.view"], reason="x").execute()
    give(staff["nobody"], own, revoked_at=timezone.now())
    with pytest.raises(Conflict):
        DeleteRole(security, own, reason="x").execute()
    Grant.objects.filter(role=own).delete()
    DeleteRole(security, own, reason="x").execute()
    assert not Role.objects.filter(name="临时").exists()


# Tokens ------------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_stored_as_a_digest(staff: Staff) -> None:
    user = staff["campaign_office"]
    made = CreateToken(as_(user), user, name="表格", scopes=["plans.task.view"], days=30).execute()

    row = ApiToken.objects.get()
    assert made.secret.startswith(f"lt_{row.prefix}_")
    assert made.secret not in str(list(ApiToken.objects.values())) + str(list(LogEntry.objects.values()))
    with pytest.raises(Invalid):
        CreateToken(as_(user), user, name="多", scopes=["core.role.grant"], days=30).execute()
    with pytest.raises(Invalid):
        CreateToken(as_(user), user, name="长", scopes=["plans.task.view"], days=366).execute()
    with pytest.raises(Invalid):
        CreateToken(as_(user), user, name="钥匙", scopes=["core.token.own"], days=3).execute()


def test_tokens_are_made_only_for_oneself_or_for_machines(staff: Staff, small_city: City) -> None:
    admin = staff["system_admin"]
    with pytest.raises(NotAllowed):
        CreateToken(
            as_(admin), staff["campaign_office"], name="借", scopes=["plans.task.view"], days=3
        ).execute()
    machine = CreateUser(
        as_(admin), username="gateway", organisation=small_city.office, is_machine=True
    ).execute()
    assert machine.password == ""
    give(machine.user, "town_officer")
    made = CreateToken(as_(admin), machine.user, name="网关", scopes=["plans.task.view"], days=3).execute()
    assert made.token.kind == "machine"
    with pytest.raises(NotAllowed):
        CreateToken(
            as_(staff["leader"]), machine.user, name="网关", scopes=["plans.task.view"], days=3
        ).execute()
    scoped = as_(admin, via="api", scopes=frozenset({"core.token.manage"}))
    with pytest.raises(NotAllowed):
        CreateToken(scoped, machine.user, name="再", scopes=["plans.task.view"], days=3).execute()


def test_machines_keep_no_accounts_rights_or_audit(staff: Staff, small_city: City) -> None:
    machine = CreateUser(
        as_(staff["system_admin"]), username="gateway", organisation=small_city.office, is_machine=True
    ).execute()
    for code in ("system_admin", "security_admin", "auditor"):
        with pytest.raises(Invalid):
            GiveGrant(
                as_(staff["security_admin"]), machine.user, role(code), DataScope.ALL, reason="x"
            ).execute()


def test_a_token_of_somebody_else_cannot_be_revoked_without_the_right(staff: Staff, api_of: Any) -> None:
    api_of(staff["campaign_office"])
    token = ApiToken.objects.get()
    with pytest.raises(NotAllowed):
        RevokeToken(as_(staff["leader"]), token).execute()
    RevokeToken(as_(staff["campaign_office"]), token).execute()
    with pytest.raises(Conflict):
        RevokeToken(as_(staff["campaign_office"]), token).execute()


# Policy ------------------------------------------------------------------------------------------------------------


def test_the_policy_changes_with_a_reason_and_within_its_limits(
    staff: Staff, django_capture_on_commit_callbacks: Any
) -> None:
    security = as_(staff["security_admin"])
    with pytest.raises(ReasonMissing):
        ChangePolicy(security, {"login.failures": 3}).execute()
    with pytest.raises(Invalid) as caught:
        ChangePolicy(security, {"login.failures": 99, "nonsense": 1, "session.idle_minutes": "x"}, reason="x").execute()
    assert set(caught.value.fields) == {"login.failures", "nonsense", "session.idle_minutes"}
    with pytest.raises(NotAllowed):
        ChangePolicy(as_(staff["system_admin"]), {"login.failures": 3}, reason="x").execute()

    assert parameters.get("login.failures") == 5
    with django_capture_on_commit_callbacks(execute=True):
        ChangePolicy(security, {"login.failures": "３", "password.days": 90}, reason="检查要求").execute()
    assert parameters.get("login.failures") == 3
    entry = LogEntry.objects.get(action="core.parameter.change", result="done")
    assert (entry.before, entry.after) == ({"login.failures": 5}, {"login.failures": 3})


def test_separation_becomes_strict_only_when_nobody_holds_two_duties(staff: Staff) -> None:
    Parameter.objects.create(key="account.separation", value="relaxed")
    give(staff["security_admin"], "system_admin")
    with pytest.raises(Invalid) as caught:
        ChangePolicy(as_(staff["security_admin"]), {"account.separation": "strict"}, reason="x").execute()
    assert "security_admin" in str(caught.value.fields["account.separation"])

    Grant.objects.filter(user=staff["security_admin"], role__code="system_admin").update(revoked_at=timezone.now())
    ChangePolicy(as_(staff["security_admin"]), {"account.separation": "strict"}, reason="x").execute()
    assert duties.is_strict()


def test_a_value_written_past_the_page_falls_back_to_the_safe_default(staff: Staff) -> None:
    Parameter.objects.create(key="login.failures", value=1000000)
    assert parameters.get("login.failures") == 5


def test_hashes_of_old_passwords_are_kept_and_never_logged(staff: Staff) -> None:
    user = staff["leader"]
    ChangePassword(as_(user), current=PASSWORD, password="Bai-Yun#1Lan1Tian").execute()
    user.refresh_from_db()

    assert check_password(PASSWORD, user.password_history[0])
    assert user.password_history[0] not in str(list(LogEntry.objects.values()))


def test_a_person_has_one_account(staff: Staff, small_city: City) -> None:
    person = Person.objects.create(name="李四", organisation=small_city.bureau)
    admin = as_(staff["system_admin"])
    CreateUser(admin, username="lisi", person=person, organisation=small_city.bureau).execute()
    with pytest.raises(Invalid) as caught:
        CreateUser(admin, username="lisi2", person=person, organisation=small_city.bureau).execute()
    assert list(caught.value.fields) == ["person"]


def test_the_server_resets_the_password_that_no_other_administrator_may(staff: Staff) -> None:
    from io import StringIO

    from django.core.management import CommandError, call_command

    shown = StringIO()
    call_command("reset_password", "Auditor", reason="遗失", stdout=shown)
    user = User.objects.get(username="auditor")

    assert user.check_password(shown.getvalue().strip())
    assert user.must_change_password
    entry = LogEntry.objects.get(action="core.user.reset_password")
    assert (entry.via, entry.reason, entry.object_id) == ("cli", "遗失", str(user.pk))
    with pytest.raises(CommandError):
        call_command("reset_password", "nosuchname")
