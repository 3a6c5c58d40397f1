"""Trees, row rights, actions and the chain of the log."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from lantian.apps.core import log
from lantian.apps.core.actions import Action, ActionLoggedNothing, Actor
from lantian.apps.core.exceptions import NotAllowed, NotFound
from lantian.apps.core.models import Attachment, Grant, LogEntry, Organisation, Region, Role, User
from lantian.apps.core.models.access import DataScope
from lantian.apps.core.models.log import AppendOnlyError
from lantian.apps.core.permissions import UnknownPermission
from lantian.apps.core.querysets import ScopedQuerySet, ScopeNotDeclared

pytestmark = pytest.mark.django_db
VIEW = "core.organisation.view"


class Rename(Action[Organisation]):
    """An action of the tests."""

    code = "test.rename"
    permission = "core.organisation.manage"

    def __init__(self, actor: Actor, organisation: Organisation, name: str, silent: bool = False) -> None:
        super().__init__(actor)
        self.organisation, self.name, self.silent = organisation, name, silent

    def check(self) -> None:
        super().check()
        self.check_row(self.organisation)

    def perform(self) -> Organisation:
        if self.silent:
            self.organisation.name = self.name
            self.organisation.save()
        else:
            self.save(self.organisation, name=self.name)
        return self.organisation


@pytest.fixture
def city() -> dict[str, Any]:
    """Two districts with a bureau each under a city."""
    prefecture = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    districts = [
        Region.objects.create(code=f"99010{n}", name=name, level="county", parent=prefecture)
        for n, name in ((2, "云山区"), (3, "河东区"))
    ]
    government = Organisation.objects.create(name="晴川市人民政府", kind="government", region=prefecture)
    bureau = Organisation.objects.create(name="晴川市生态环境局", parent=government, region=prefecture)
    branches = [Organisation.objects.create(name=f"{d.name}分局", parent=bureau, region=d) for d in districts]
    return {
        "prefecture": prefecture,
        "districts": districts,
        "bureau": bureau,
        "branches": branches,
        "government": government,
    }


def make_user(organisation: Organisation | None, *permissions: str, scope: str, **grant: Any) -> User:
    role = Role.objects.create(code=f"r{Role.objects.count()}", name="role", permissions=list(permissions))
    user = User.objects.create(username=f"u{User.objects.count()}", organisation=organisation)
    chosen = grant.pop("organisations", [])
    row = Grant.objects.create(user=user, role=role, scope=scope, **grant)
    row.organisations.set(chosen)
    return user


def names(user: User, permission: str = VIEW) -> set[str]:
    return set(Organisation.objects.all().visible_to(user, permission).values_list("name", flat=True))


def test_a_moved_branch_takes_its_subtree_along(city: dict[str, Any]) -> None:
    bureau = city["bureau"]
    bureau.parent = None
    bureau.save()

    assert bureau.path == f"/{bureau.pk}/"
    assert {row.pk for row in bureau.subtree()} == {bureau.pk, *(b.pk for b in city["branches"])}
    assert [row.pk for row in Organisation.objects.get(pk=city["branches"][0].pk).ancestors()] == [bureau.pk]


def test_each_scope_opens_its_own_rows(city: dict[str, Any]) -> None:
    bureau, branches = city["bureau"], city["branches"]
    every = {"晴川市人民政府", "晴川市生态环境局", "云山区分局", "河东区分局"}

    assert names(make_user(bureau, VIEW, scope=DataScope.ALL)) == every
    assert names(make_user(bureau, VIEW, scope=DataScope.DEPARTMENT)) == {"晴川市生态环境局"}
    assert names(make_user(bureau, VIEW, scope=DataScope.DEPARTMENT_AND_BELOW)) == every - {"晴川市人民政府"}
    assert names(make_user(bureau, VIEW, scope=DataScope.CUSTOM, organisations=[branches[1]])) == {
        "河东区分局"
    }
    assert names(make_user(bureau, VIEW, scope=DataScope.CUSTOM)) == set()
    assert names(make_user(bureau, VIEW, scope=DataScope.SELF)) == set()
    assert names(make_user(None, VIEW, scope=DataScope.DEPARTMENT_AND_BELOW)) == set()


def test_a_region_narrows_every_scope(city: dict[str, Any]) -> None:
    user = make_user(city["bureau"], VIEW, scope=DataScope.ALL, region=city["districts"][0])

    assert names(user) == {"云山区分局"}


def test_rights_of_another_permission_or_of_another_time_open_nothing(city: dict[str, Any]) -> None:
    other = make_user(city["bureau"], "core.user.view", scope=DataScope.ALL)
    past = make_user(city["bureau"], VIEW, scope=DataScope.ALL, valid_to=date(2000, 1, 1))

    assert names(other) == set()
    assert names(past) == set()


def test_a_model_without_a_declared_scope_fails_instead_of_showing_everything(city: dict[str, Any]) -> None:
    user = make_user(city["bureau"], VIEW, scope=DataScope.ALL)

    with pytest.raises(ScopeNotDeclared):
        ScopedQuerySet(Attachment).visible_to(user, VIEW)


def test_an_unregistered_permission_is_refused_loudly(city: dict[str, Any]) -> None:
    with pytest.raises(UnknownPermission):
        Actor.system().may("core.nothing.do")


def test_an_action_changes_and_logs_the_difference_in_one_step(city: dict[str, Any]) -> None:
    user = make_user(city["bureau"], "core.organisation.manage", scope=DataScope.DEPARTMENT)
    Rename(Actor(user, ip="10.0.0.7"), city["bureau"], "晴川市环保局").execute()
    entry = LogEntry.objects.get(action="test.rename")

    assert (entry.before, entry.after) == ({"name": "晴川市生态环境局"}, {"name": "晴川市环保局"})
    assert (entry.actor, entry.ip, entry.object_type) == (user.username, "10.0.0.7", "core.organisation")


def test_a_refused_action_leaves_the_row_and_is_logged_as_denied(city: dict[str, Any]) -> None:
    reader = make_user(city["bureau"], VIEW, scope=DataScope.ALL)
    outsider = make_user(city["branches"][0], "core.organisation.manage", scope=DataScope.DEPARTMENT)

    with pytest.raises(NotAllowed):
        Rename(Actor(reader), city["bureau"], "x").execute()
    with pytest.raises(NotFound):
        Rename(Actor(outsider), city["bureau"], "x").execute()

    assert Organisation.objects.get(pk=city["bureau"].pk).name == "晴川市生态环境局"
    assert list(LogEntry.objects.values_list("result", flat=True)) == ["denied", "denied"]


def test_an_action_that_says_nothing_is_rolled_back(city: dict[str, Any]) -> None:
    with pytest.raises(ActionLoggedNothing):
        Rename(Actor.system(), city["bureau"], "x", silent=True).execute()

    assert Organisation.objects.get(pk=city["bureau"].pk).name == "晴川市生态环境局"


def test_a_token_carries_no_more_than_its_scopes(city: dict[str, Any]) -> None:
    user = make_user(city["bureau"], VIEW, "core.organisation.manage", scope=DataScope.ALL)
    actor = Actor(user, via="api", scopes=frozenset({VIEW}))

    assert actor.may(VIEW)
    with pytest.raises(NotAllowed):
        Rename(actor, city["bureau"], "x").execute()


def test_the_log_can_only_grow(city: dict[str, Any]) -> None:
    Rename(Actor.system(), city["bureau"], "甲").execute()
    entry = LogEntry.objects.get()

    with pytest.raises(AppendOnlyError):
        entry.delete()
    with pytest.raises(AppendOnlyError):
        LogEntry.objects.all().update(actor="x")
    for statement in ("UPDATE core_logentry SET actor = 'x'", "DELETE FROM core_logentry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_chain_shows_what_was_tampered_with(city: dict[str, Any]) -> None:
    for name in "甲乙丙":
        Rename(Actor.system(), city["bureau"], name).execute()
    _first, second, third = LogEntry.objects.order_by("id")
    assert list(log.verify()) == []

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_logguard (open, reason) VALUES (%s, 'test')", [True])
        cursor.execute("UPDATE core_logentry SET actor = 'x' WHERE id = %s", [second.pk])
    assert list(log.verify()) == [(second.pk, "changed")]

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_logentry WHERE id = %s", [third.pk])
    assert (0, "end") in list(log.verify())
