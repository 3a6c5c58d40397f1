"""Own records of enterprises: seen, confirmed and filled in by them, decided fact by fact by the bureau; who runs a source."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, Organisation, User
from lantian.apps.sources import own
from lantian.apps.sources.actions.entries import ChangeEntry, CheckEntry, ProposeEntry, PutOnList
from lantian.apps.sources.actions.lists import PublishList
from lantian.apps.sources.actions.own import OwnAddUnit, OwnChangeEntry, OwnChangeSource, OwnConfirm
from lantian.apps.sources.actions.proposals import (
    ACCEPT,
    CONFIRM,
    REFUSE,
    REMOVE,
    Decide,
    OwnPropose,
    Propose,
)
from lantian.apps.sources.actions.sources import SetOperator
from lantian.apps.sources.choices import EntryState, ProposalState
from lantian.apps.sources.exceptions import WrongStep
from lantian.apps.sources.models import ListEntry, Proposal, Source, SourceList
from lantian.apps.sources.tests.conftest import CEMENT
from tests.fixtures.accounts import City, give, make_account

pytestmark = pytest.mark.django_db

KILN: dict[str, Any] = {"kiln_number": "MF0001", "kiln_type": "roasting", "unit_fuel": "coal"}
OTHER_CODE = "53640000MJX173680A"


@pytest.fixture
def plant(small_city: City) -> Organisation:
    """The enterprise in the register of organisations."""
    return Organisation.objects.create(
        name=CEMENT["name"], code=CEMENT["uscc"], kind="enterprise", region=small_city.districts[0]
    )


@pytest.fixture
def actors(actors: dict[str, Actor], plant: Organisation) -> dict[str, Actor]:
    """The bureau answers for everything here; the plant has an account of its own, with the narrowest grant."""
    user = actors["department_officer"].user
    assert user is not None
    give(user, "department_officer")
    actors["plant"] = Actor(make_account("plant", plant, "enterprise", "self"))
    return actors


def put_on(actors: dict[str, Actor], listing: SourceList, values: dict[str, Any], **more: Any) -> ListEntry:
    """An entry on its list."""
    entry = ProposeEntry(actors["department_officer"], listing, values, **more).execute()
    CheckEntry(actors["department_officer"], entry).execute()
    return PutOnList(actors["campaign_office"], entry).execute()


@pytest.fixture
def entry(actors: dict[str, Actor], enterprises: SourceList, plant: Organisation) -> ListEntry:
    """The cement works on the list of enterprises, run by the plant."""
    found = put_on(actors, enterprises, {**CEMENT, "phone": "03901234567"})
    SetOperator(actors["department_officer"], found.source, plant).execute()
    return ListEntry.objects.get(pk=found.pk)


@pytest.fixture
def kiln(actors: dict[str, Actor], kilns: SourceList, entry: ListEntry) -> ListEntry:
    """Its kiln on the list of kilns."""
    return put_on(actors, kilns, {**KILN, "name": CEMENT["name"]}, source=entry.source)


def part(entry: ListEntry) -> own.Part:
    """An entry as the enterprise looks at it today."""
    found = own.parts_of([entry.source], timezone.localdate())[entry.source_id]
    return next(one for one in found if one.entry.pk == entry.pk)


def test_an_enterprise_sees_its_own_sources_and_no_others_however_wide_its_grant(
    actors: dict[str, Actor], entry: ListEntry, enterprises: SourceList, plant: Organisation, small_city: City
) -> None:
    other = put_on(actors, enterprises, {**CEMENT, "uscc": OTHER_CODE, "name": "别家铸造厂"})
    wide = make_account("wide", plant, "enterprise")
    stranger = make_account("stranger", small_city.office, "enterprise")
    user = actors["plant"].user
    assert user is not None

    assert [entry.source] == list(own.sources_of(user))
    assert [entry.source] == list(own.sources_of(wide))
    assert [] == list(own.sources_of(stranger))
    assert [entry.source] == list(Source.objects.visible_to(user, "sources.source.view"))
    with pytest.raises(NotFound):
        OwnPropose(Actor(wide), other, {"phone": "1"}).execute()
    with pytest.raises(NotFound):
        OwnConfirm(Actor(stranger), entry.source).execute()


def test_the_bureau_takes_over_some_facts_and_leaves_others_out_with_reasons(
    actors: dict[str, Actor], entry: ListEntry
) -> None:
    [asked] = OwnChangeSource(
        actors["plant"], entry.source, {"phone": "03907654321", "person": "王工", "department": "别的局"}
    ).execute()

    assert {"phone", "person"} == {one["key"] for one in asked.fields}
    assert part(entry).waiting == asked
    with pytest.raises(NotAllowed):
        Decide(actors["town_officer"], asked).execute()
    with pytest.raises(Invalid):
        Decide(actors["department_officer"], asked, verdicts={"person": REFUSE}).execute()
    Decide(
        actors["department_officer"],
        asked,
        verdicts={"phone": ACCEPT, "person": REFUSE},
        whys={"person": "法定代表人未变更", "phone": "多余"},
    ).execute()

    entry.source.refresh_from_db()
    asked.refresh_from_db()
    assert ("03907654321", "李工") == (entry.source.phone, entry.source.person)
    assert ProposalState.PARTLY == asked.state
    assert {"phone": ("accept", ""), "person": ("refuse", "法定代表人未变更")} == {
        one["key"]: (one["verdict"], one["why"]) for one in asked.fields
    }
    assert part(entry).waiting is None


def test_only_what_an_enterprise_says_of_itself_is_decided_by_who_merely_checks(
    actors: dict[str, Actor], entry: ListEntry
) -> None:
    bureau, office = actors["department_officer"].user, actors["campaign_office"].user
    assert bureau is not None
    assert office is not None
    officers = Propose(actors["town_officer"], entry, {"phone": "1"}, reason="核实")
    officers.check = lambda: None  # type: ignore[method-assign]
    asked = officers.execute()

    assert [] == list(own.to_decide(bureau))
    assert [asked] == list(own.to_decide(office))
    with pytest.raises(NotAllowed):
        Decide(actors["department_officer"], asked).execute()


def test_confirming_is_a_word_that_the_bureau_takes_with_the_day_on_which_it_was_given(
    actors: dict[str, Actor], entry: ListEntry, kiln: ListEntry, client_of: Callable[[User], Client]
) -> None:
    assert part(entry).stale
    made = OwnConfirm(actors["plant"], entry.source).execute()

    assert {entry.pk, kiln.pk} == {one.entry_id for one in made}
    with pytest.raises(Conflict):
        OwnConfirm(actors["plant"], entry.source).execute()
    before = timezone.now() - timedelta(days=3)
    Proposal.objects.update(created_at=before)
    bureau = actors["department_officer"].user
    assert bureau is not None
    browser = client_of(bureau)
    shown = browser.get(made[0].get_absolute_url())
    assert [made[1]] == shown.context["beside"]
    browser.post(reverse("sources:proposal_decide", args=[made[0].pk]), {"verdict": "accept", "beside": "on"})

    assert {"approved"} == set(Proposal.objects.values_list("state", flat=True))
    entry.refresh_from_db()
    assert timezone.localdate(before) == own.confirmed_on(entry)
    assert not part(entry).stale
    later = timezone.localdate() + timedelta(days=own.CONFIRM_DAYS)
    assert own.parts_of([entry.source], later)[entry.source_id][0].stale


def test_what_lacks_a_fact_is_not_confirmed(
    actors: dict[str, Actor], entry: ListEntry, kiln: ListEntry
) -> None:
    assert kiln.unit is not None
    kiln.unit.values = {key: value for key, value in kiln.unit.values.items() if key != "unit_fuel"}
    kiln.unit.save()

    assert ["unit_fuel"] == [one.key for one in part(kiln).missing]
    with pytest.raises(Invalid, match=r"燃料|fuel|Fill|补全"):
        OwnConfirm(actors["plant"], entry.source, [kiln.pk]).execute()
    made = OwnConfirm(actors["plant"], entry.source).execute()
    assert [entry.pk] == [one.entry_id for one in made]


def test_facts_are_asked_for_where_nothing_waits_and_no_list_is_frozen(
    actors: dict[str, Actor], entry: ListEntry, kiln: ListEntry, enterprises: SourceList, kilns: SourceList
) -> None:
    PublishList(actors["campaign_office"], enterprises, notice="1号").execute()
    SourceList.objects.filter(pk=enterprises.pk).update(state="frozen")

    [asked] = OwnChangeSource(actors["plant"], entry.source, {"name": "晴川新水泥有限公司"}).execute()
    assert kiln == asked.entry
    with pytest.raises(Conflict):
        OwnChangeSource(actors["plant"], entry.source, {"name": "又一个名字"}).execute()
    assert part(entry).closed
    assert not part(kiln).changeable


def test_a_unit_of_its_own_is_proposed_corrected_and_put_on_the_list_by_others(
    actors: dict[str, Actor], entry: ListEntry, kiln: ListEntry, kilns: SourceList
) -> None:
    added = OwnAddUnit(
        actors["plant"], entry.source, kilns, {**KILN, "kiln_number": "MF0002", "name": "别的名字"}
    ).execute()

    assert (EntryState.PROPOSED, CEMENT["name"]) == (added.state, added.source.name)
    with pytest.raises(Invalid):
        OwnAddUnit(actors["plant"], entry.source, kilns, KILN).execute()
    OwnChangeEntry(actors["plant"], added, {"unit_fuel": "natural_gas", "name": "别的名字"}).execute()
    added.refresh_from_db()
    assert added.unit is not None
    assert ("natural_gas", CEMENT["name"]) == (added.unit.values["unit_fuel"], added.name)
    with pytest.raises(NotAllowed):
        CheckEntry(actors["plant"], added).execute()
    with pytest.raises(NotAllowed):
        ChangeEntry(actors["plant"], added, {"unit_fuel": "coal"}).execute()
    CheckEntry(actors["department_officer"], added).execute()
    with pytest.raises(WrongStep):
        OwnChangeEntry(actors["plant"], added, {"unit_fuel": "coal"}).execute()
    PutOnList(actors["campaign_office"], added).execute()
    assert part(added).listed


def test_an_enterprise_takes_nothing_off_a_list(actors: dict[str, Actor], entry: ListEntry) -> None:
    with pytest.raises(WrongStep):
        OwnPropose(actors["plant"], entry, step=REMOVE, reason="停产").execute()


def test_the_pages_of_an_enterprise_show_its_records_and_lead_through_a_change(
    actors: dict[str, Actor],
    entry: ListEntry,
    kiln: ListEntry,
    kilns: SourceList,
    client_of: Callable[[User], Client],
) -> None:
    user = actors["plant"].user
    assert user is not None
    browser, source = client_of(user), entry.source_id

    assert CEMENT["name"] in browser.get(reverse("sources:own")).content.decode()
    page = browser.get(reverse("sources:own_source", args=[source]))
    assert [entry, kiln] == [one["entry"] for one in page.context["parts"]]
    assert 2 == page.context["confirmable"]
    assert reverse("sources:own_source", args=[source]) in browser.get("/").content.decode()

    form = browser.get(reverse("sources:own_facts", args=[source]))
    assert "department" not in form.context["form"].fields
    sent = {name: form.context["form"].initial.get(name, "") for name in form.context["form"].fields}
    answer = browser.post(reverse("sources:own_facts", args=[source]), {**sent, "phone": "03907654321"})
    assert 302 == answer.status_code
    asked = Proposal.objects.get()
    assert [("phone", "03901234567", "03907654321")] == [
        (one["key"], one["before"], one["after"]) for one in asked.fields
    ]
    page = browser.get(reverse("sources:own_source", args=[source])).content.decode()
    assert asked.get_absolute_url() in page
    assert "03907654321" in page

    wrong = browser.post(reverse("sources:own_entry", args=[source, kiln.pk]), {"unit_fuel": "不存在的燃料"})
    assert 422 == wrong.status_code
    browser.post(reverse("sources:own_entry", args=[source, kiln.pk]), {**KILN, "unit_fuel": "natural_gas"})
    assert "unit_fuel" in [one["key"] for one in Proposal.objects.latest("pk").fields]
    new = reverse("sources:own_unit_new", args=[source, kilns.pk])
    assert 422 == browser.post(new, {"kiln_number": "MF0009"}).status_code
    assert 302 == browser.post(new, {**KILN, "kiln_number": "MF0009"}).status_code
    assert 404 == browser.get(reverse("sources:own_unit_new", args=[source, entry.list_id])).status_code

    home = client_of(actors["department_officer"].user).get("/").content.decode()  # type: ignore[arg-type]
    assert asked.get_absolute_url() in home
    decided = client_of(actors["department_officer"].user).post(  # type: ignore[arg-type]
        reverse("sources:proposal_decide", args=[asked.pk]),
        {"verdict": "accept", "field_phone": "refuse", "why_phone": "号码有误"},
    )
    assert 302 == decided.status_code
    asked.refresh_from_db()
    assert ProposalState.REFUSED == asked.state
    assert "号码有误" in browser.get(reverse("sources:own_source", args=[source])).content.decode()
    assert "号码有误" in browser.get(asked.get_absolute_url()).content.decode()


def test_other_peoples_sources_have_no_own_page(
    actors: dict[str, Actor], entry: ListEntry, enterprises: SourceList, client_of: Callable[[User], Client]
) -> None:
    other = put_on(actors, enterprises, {**CEMENT, "uscc": OTHER_CODE, "name": "别家铸造厂"})
    browser = client_of(actors["plant"].user)  # type: ignore[arg-type]

    for name in ("own_source", "own_facts"):
        assert 404 == browser.get(reverse(f"sources:{name}", args=[other.source_id])).status_code
    assert 404 == browser.post(reverse("sources:own_confirm", args=[other.source_id])).status_code
    mixed = reverse("sources:own_entry", args=[entry.source_id, other.pk])
    assert 404 == browser.get(mixed).status_code
    assert 0 == Proposal.objects.count()


def test_the_operator_is_found_by_its_credit_code_logged_and_repeated_by_the_entries(
    actors: dict[str, Actor],
    entry: ListEntry,
    plant: Organisation,
    small_city: City,
    client_of: Callable[[User], Client],
) -> None:
    assert plant == entry.operator
    logged = LogEntry.objects.filter(action="sources.source.operator").latest("id")
    assert {"operator": plant.pk} == logged.after
    address = reverse("sources:source_operator", args=[entry.source_id])
    bureau = client_of(actors["department_officer"].user)  # type: ignore[arg-type]
    other = Organisation.objects.create(name="某集团", code=OTHER_CODE, kind="enterprise")

    assert 422 == bureau.post(address, {"operator": ""}).status_code
    assert 302 == bureau.post(address, {"operator": "", "reason": "转让"}).status_code
    assert plant == bureau.get(address).context["proposed"]
    give(actors["department_officer"].user, "campaign_office")  # type: ignore[arg-type]
    assert 422 == bureau.post(address, {"operator": other.code}).status_code
    assert 302 == bureau.post(address, {"operator": other.code, "reason": "委托运营"}).status_code
    entry.refresh_from_db()
    assert other == entry.operator
    assert [] == list(own.sources_of(actors["plant"].user))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        SetOperator(actors["plant"], entry.source, plant).execute()


def test_an_office_enters_the_enterprise_that_lacks_and_comes_back(
    actors: dict[str, Actor], enterprises: SourceList, client_of: Callable[[User], Client]
) -> None:
    found = put_on(actors, enterprises, {**CEMENT, "uscc": OTHER_CODE, "name": "新厂"})
    office = client_of(actors["campaign_office"].user)  # type: ignore[arg-type]
    address = reverse("sources:source_operator", args=[found.source_id])

    new = office.get(address).context["new_url"]
    form = office.get(new).context["form"]
    given = {name: form[name].value() or "" for name in form.fields}
    assert ("新厂", OTHER_CODE, "enterprise") == (given["name"], given["code"], given["kind"])
    answer = office.post(new, given)
    assert address == answer["Location"]
    assert "新厂" == office.get(address).context["proposed"].name


def test_what_waits_stands_first_and_each_sees_what_is_theirs_to_decide(
    actors: dict[str, Actor], entry: ListEntry, kiln: ListEntry, client_of: Callable[[User], Client]
) -> None:
    [first] = OwnChangeSource(actors["plant"], entry.source, {"phone": "1111111"}).execute()
    second = OwnPropose(actors["plant"], kiln, step=CONFIRM).execute()
    Decide(actors["department_officer"], second).execute()
    bureau = client_of(actors["department_officer"].user)  # type: ignore[arg-type]

    def shown(query: str = "") -> list[Proposal]:
        page = bureau.get(reverse("sources:proposals") + query)
        return [row.record for row in page.context["table"].paginated_rows]

    assert [first, second] == shown()
    assert [first] == shown("?turn=mine")
    assert [second] == shown("?step=confirm")
    assert [second] == shown(f"?list={kiln.list_id}")
