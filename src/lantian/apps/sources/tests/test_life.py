"""Entries from the proposal to the removal, with four eyes and what was before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.models import Region
from lantian.apps.sources.actions.entries import ChangeEntry, CheckEntry, ProposeEntry, PutOnList
from lantian.apps.sources.actions.lists import AnnounceChange, PublishList
from lantian.apps.sources.actions.proposals import REMOVE, Decide, Propose
from lantian.apps.sources.choices import EntryState, ListState, ProposalState
from lantian.apps.sources.exceptions import AlreadyListed, ListFrozen, OwnProposal, WithoutKey
from lantian.apps.sources.history import difference
from lantian.apps.sources.models import ListEntry, Revision, Source, SourceKey, SourceList, Unit
from lantian.apps.sources.tests.conftest import CEMENT
from tests.fixtures.accounts import City, give, make_account

pytestmark = pytest.mark.django_db


def listed(actors: dict[str, Actor], listing: SourceList, values: dict[str, Any]) -> ListEntry:
    """An entry on its list."""
    entry = ProposeEntry(actors["department_officer"], listing, values).execute()
    CheckEntry(actors["department_officer"], entry).execute()
    return PutOnList(actors["campaign_office"], entry).execute()


@pytest.fixture
def actors(actors: dict[str, Actor], small_city: City) -> dict[str, Actor]:
    """The department answers for everything in the city here."""
    user = actors["department_officer"].user
    assert user is not None
    give(user, "department_officer")
    return actors


def test_an_entry_goes_from_the_proposal_to_the_list_by_two_people(
    actors: dict[str, Actor], enterprises: SourceList
) -> None:
    entry = ProposeEntry(actors["department_officer"], enterprises, CEMENT).execute()
    assert entry.state == EntryState.PROPOSED
    assert entry.source.region == Region.objects.get(code="990102")
    CheckEntry(actors["department_officer"], entry).execute()
    entry = PutOnList(actors["campaign_office"], entry).execute()
    assert (entry.state, entry.listed_on, entry.name) == (
        EntryState.LISTED,
        timezone.localdate(),
        CEMENT["name"],
    )


def test_who_proposes_does_not_put_on_the_list(actors: dict[str, Actor], enterprises: SourceList) -> None:
    entry = ProposeEntry(actors["campaign_office"], enterprises, CEMENT).execute()
    CheckEntry(actors["campaign_office"], entry).execute()
    with pytest.raises(OwnProposal):
        PutOnList(actors["campaign_office"], entry).execute()


def test_a_town_neither_checks_nor_lists(actors: dict[str, Actor], enterprises: SourceList) -> None:
    entry = ProposeEntry(actors["department_officer"], enterprises, CEMENT).execute()
    with pytest.raises(NotAllowed):
        CheckEntry(actors["town_officer"], entry).execute()


def test_a_source_has_one_record_in_two_lists(
    actors: dict[str, Actor], enterprises: SourceList, kilns: SourceList
) -> None:
    first = listed(actors, enterprises, CEMENT)
    second = ProposeEntry(
        actors["department_officer"],
        kilns,
        {
            "uscc": CEMENT["uscc"],
            "name": CEMENT["name"],
            "kiln_number": "MF0001",
            "kiln_type": "calcining",
            "address": "石桥路1号甲",
        },
    ).execute()
    assert Source.objects.count() == 1
    assert second.source_id == first.source_id
    assert Unit.objects.get().number == "MF0001"
    assert Source.objects.get().address == "石桥路1号甲"


def test_what_has_no_key_is_refused(actors: dict[str, Actor], enterprises: SourceList) -> None:
    with pytest.raises(WithoutKey):
        ProposeEntry(actors["department_officer"], enterprises, {"name": "无名"}).execute()
    assert Source.objects.count() == 0


def test_the_same_key_is_not_listed_twice(actors: dict[str, Actor], enterprises: SourceList) -> None:
    listed(actors, enterprises, CEMENT)
    with pytest.raises(AlreadyListed):
        ProposeEntry(actors["department_officer"], enterprises, CEMENT).execute()


def test_what_the_list_needs_must_be_there_before_it_is_checked(
    actors: dict[str, Actor], kilns: SourceList
) -> None:
    entry = ProposeEntry(
        actors["department_officer"], kilns, {"uscc": CEMENT["uscc"], "name": "甲", "kiln_number": "1#"}
    ).execute()
    missing = {field.key for field in _type(kilns).required} - {"uscc", "site_number", "name", "kiln_number"}
    assert missing
    with pytest.raises(Invalid) as refused:
        CheckEntry(actors["department_officer"], entry).execute()
    assert missing == set(refused.value.fields)


def _type(listing: SourceList) -> Any:
    from lantian.apps.sources.fields import type_of

    return type_of(listing)


def test_a_listed_entry_changes_when_somebody_else_accepts_and_the_past_stays(
    actors: dict[str, Actor], enterprises: SourceList
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    before = timezone.now()
    proposal = Propose(
        actors["department_officer"], entry, {"name": "晴川新名水泥有限公司", "person": "王工"}, reason="更名"
    ).execute()
    entry.refresh_from_db()
    assert entry.name == CEMENT["name"]
    with pytest.raises(NotAllowed):
        Decide(actors["department_officer"], proposal).execute()
    proposal = Decide(
        actors["supervision"], proposal, verdicts={"person": "refuse"}, answer="联系人未变"
    ).execute()
    entry.refresh_from_db()
    assert (proposal.state, entry.name, entry.source.person) == (
        ProposalState.PARTLY,
        "晴川新名水泥有限公司",
        "李工",
    )
    found = difference(enterprises, before, timezone.now())
    assert [(one.kind, [(f.key, f.before, f.after) for f in one.fields], one.reason) for one in found] == [
        ("changed", [("name", CEMENT["name"], "晴川新名水泥有限公司")], "更名")
    ]


def test_the_proposer_cannot_decide_even_with_the_right(
    actors: dict[str, Actor], enterprises: SourceList
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    proposal = Propose(actors["campaign_office"], entry, step=REMOVE, reason="已拆除").execute()
    with pytest.raises(OwnProposal):
        Decide(actors["campaign_office"], proposal).execute()
    Decide(actors["supervision"], proposal).execute()
    entry.refresh_from_db()
    assert (entry.state, entry.removed_on) == (EntryState.REMOVED, timezone.localdate())


def test_a_frozen_list_changes_only_after_an_announcement(
    actors: dict[str, Actor], enterprises: SourceList
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    version = PublishList(
        actors["campaign_office"], enterprises, freeze=True, notice="晴环攻坚办〔2026〕9号"
    ).execute()
    assert (version.number, version.entries, version.frozen) == (1, 1, True)
    enterprises.refresh_from_db()
    assert enterprises.state == ListState.FROZEN
    with pytest.raises(ListFrozen):
        Propose(actors["department_officer"], entry, {"person": "王工"}, reason="换人").execute()
    with pytest.raises(ListFrozen):
        ProposeEntry(
            actors["department_officer"],
            enterprises,
            {**CEMENT, "uscc": "53640000MJX173680A", "address": "石桥路2号", "name": "晴川另一家有限公司"},
        ).execute()
    AnnounceChange(
        actors["campaign_office"],
        enterprises,
        announced_on=timezone.localdate(),
        filing="备2026-1",
        address="https://example.org/notice",
        until=timezone.localdate() + timedelta(days=3),
        reason="公示期满",
    ).execute()
    proposal = Propose(actors["department_officer"], entry, {"person": "王工"}, reason="换人").execute()
    assert proposal.announcement is not None
    Decide(actors["supervision"], proposal).execute()
    entry.refresh_from_db()
    assert entry.source.person == "王工"


def test_the_digest_of_a_version_tells_whether_the_list_is_another(
    actors: dict[str, Actor], enterprises: SourceList
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    first = PublishList(actors["campaign_office"], enterprises).execute()
    same = PublishList(actors["campaign_office"], enterprises).execute()
    proposal = Propose(actors["department_officer"], entry, {"state": "stopped"}, reason="停产").execute()
    Decide(actors["supervision"], proposal).execute()
    other = PublishList(actors["campaign_office"], enterprises).execute()
    assert first.digest == same.digest != other.digest


def test_a_diff_tells_what_came_and_went(actors: dict[str, Actor], enterprises: SourceList) -> None:
    start = timezone.now()
    entry = listed(actors, enterprises, CEMENT)
    middle = timezone.now()
    proposal = Propose(actors["department_officer"], entry, step=REMOVE, reason="已拆除").execute()
    Decide(actors["supervision"], proposal).execute()
    end = timezone.now()
    assert [one.kind for one in difference(enterprises, start, middle)] == ["added"]
    assert [(one.kind, one.reason) for one in difference(enterprises, middle, end)] == [("removed", "已拆除")]
    assert difference(enterprises, start, end) == []


def test_an_entry_that_was_checked_is_checked_again_after_a_correction(
    actors: dict[str, Actor], enterprises: SourceList
) -> None:
    entry = ProposeEntry(actors["department_officer"], enterprises, CEMENT).execute()
    CheckEntry(actors["department_officer"], entry).execute()
    ChangeEntry(actors["department_officer"], entry, {"uscc": "53640000MJX173680A"}).execute()
    entry.refresh_from_db()
    assert entry.state == EntryState.PROPOSED
    assert "53640000MJX173680A" in entry.key
    keys = SourceKey.objects.filter(source=entry.source, kind="uscc")
    assert {key.value: key.until is None for key in keys} == {
        CEMENT["uscc"]: False,
        "53640000MJX173680A": True,
    }
    assert Revision.objects.filter(subject="source", object_id=entry.source_id).count() == 1


def test_an_enterprise_outside_of_the_scope_is_not_touched(
    actors: dict[str, Actor], enterprises: SourceList, small_city: City
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    other = make_account(
        "hedong", small_city.branches[1], "department_officer", region=small_city.districts[1]
    )
    with pytest.raises(NotFound):
        CheckEntry(Actor(other), entry).execute()
    assert not ListEntry.objects.visible_to(other, "sources.source.view").exists()


def test_the_pages_of_a_proposal_lead_to_the_decision(
    actors: dict[str, Actor], enterprises: SourceList, client: Client
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    proposal = Propose(
        actors["department_officer"], entry, {"person": "王工", "phone": "0371-2"}, reason="换人"
    ).execute()
    client.force_login(actors["supervision"].user)  # type: ignore[arg-type]
    assert "换人" in client.get("/sources/proposals/?state=waiting").content.decode()
    page = client.get(proposal.get_absolute_url()).content.decode()
    assert "李工" in page and "王工" in page
    client.post(f"/sources/proposals/{proposal.pk}/decide/", {"verdict": "accept", "field_phone": "refuse"})
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WAITING
    client.post(
        f"/sources/proposals/{proposal.pk}/decide/",
        {"verdict": "accept", "field_phone": "refuse", "answer": "号码有误"},
    )
    proposal.refresh_from_db()
    entry.refresh_from_db()
    assert (proposal.state, entry.source.person, entry.source.phone) == (ProposalState.PARTLY, "王工", "")
    assert "号码有误" in client.get(proposal.get_absolute_url()).content.decode()


def test_one_takes_back_only_what_oneself_has_proposed(
    actors: dict[str, Actor], enterprises: SourceList, client: Client
) -> None:
    entry = listed(actors, enterprises, CEMENT)
    proposal = Propose(actors["department_officer"], entry, {"person": "王工"}, reason="换人").execute()
    client.force_login(actors["campaign_office"].user)  # type: ignore[arg-type]
    assert client.post(f"/sources/proposals/{proposal.pk}/withdraw/").status_code == 404
    client.force_login(actors["department_officer"].user)  # type: ignore[arg-type]
    client.post(f"/sources/proposals/{proposal.pk}/withdraw/")
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WITHDRAWN
