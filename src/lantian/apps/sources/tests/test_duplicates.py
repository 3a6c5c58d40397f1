"""Sources that may be one: found, told apart, merged with everything that hangs on them, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from lantian.apps.core import jobs
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import Job, LogEntry, User
from lantian.apps.sources import keeping
from lantian.apps.sources.actions.duplicates import (
    MergeSources,
    NamePair,
    ReopenPair,
    StartSearch,
    TellApart,
    UndoMerge,
)
from lantian.apps.sources.actions.entries import ProposeEntry
from lantian.apps.sources.actions.lists import AnnounceChange, OpenList, PublishList
from lantian.apps.sources.actions.proposals import Propose
from lantian.apps.sources.actions.sources import ChangeSource
from lantian.apps.sources.choices import EntryState, PairState
from lantian.apps.sources.exceptions import AlreadyListed, ListFrozen, SourceMerged, WrongStep
from lantian.apps.sources.history import difference
from lantian.apps.sources.identity import find
from lantian.apps.sources.merging import finding, moving, ports
from lantian.apps.sources.merging.finding import Scope, search
from lantian.apps.sources.merging.sides import as_they_stand
from lantian.apps.sources.models import (
    Activity,
    DuplicatePair,
    Emission,
    Grade,
    InventoryRun,
    ListEntry,
    Merge,
    Proposal,
    Revision,
    Source,
    SourceKey,
    SourceList,
    Subsidy,
    Unit,
)
from lantian.rules.sources.uscc import check_sign, organisation_check_sign
from tests.fixtures.accounts import City, give, make_account

pytestmark = pytest.mark.django_db


#: two credit codes keep a pair below 70 %
SCOPE = Scope(likeness=60)


def code(number: int) -> str:
    """A credit code with right check signs."""
    organisation = f"DU{number:06d}"
    body = f"91100000{organisation}{organisation_check_sign(organisation)}"
    return body + check_sign(body)


def enterprise(number: int, name: str, **more: Any) -> dict[str, Any]:
    """An enterprise as a row gives it."""
    return {
        "uscc": code(number),
        "name": name,
        "trade": "C3391",
        "region_code": "990102",
        "street": "石桥街道",
        "address": f"石桥路{number}号",
        "longitude": 113.6 + number * 0.0002,
        "latitude": 34.8,
        "datum": "wgs84",
        "state": "running",
        **more,
    }


def put(listing: SourceList, values: dict[str, Any], state: str = EntryState.LISTED) -> ListEntry:
    """An entry on its list, past the steps before."""
    entry = ProposeEntry(Actor.system("test"), listing, values).execute()
    ListEntry.objects.filter(pk=entry.pk).update(state=state, listed_on=timezone.localdate())
    return ListEntry.objects.select_related("source", "unit", "list").get(pk=entry.pk)


@pytest.fixture
def two(enterprises: SourceList) -> tuple[Source, Source]:
    """A foundry that was entered twice, under a short name and another code."""
    first = put(enterprises, enterprise(1, "晴川白马铸造有限公司", phone="0990-1"))
    second = put(enterprises, enterprise(2, "晴川白马铸造厂", person="李工"))
    return first.source, second.source


@pytest.fixture
def office(actors: dict[str, Actor]) -> Actor:
    """Who may merge."""
    return actors["campaign_office"]


@pytest.fixture
def pair(two: tuple[Source, Source], office: Actor) -> DuplicatePair:
    """The two as a search finds them."""
    search(office, SCOPE)
    return DuplicatePair.objects.get()


def merge(actor: Actor, pair: DuplicatePair, *, kept: str = "first", **more: Any) -> Merge:
    """Merge a pair."""
    more.setdefault("reason", "同一厂区，现场核实")
    return MergeSources(actor, pair, getattr(pair, kept), **more).execute()


def hang(source: Source, number: str = "L1") -> dict[str, Any]:
    """Something of each kind that hangs on a source."""
    unit = Unit.objects.create(source=source, kind="line", number=number, values={"mn": f"MN{source.pk}{number}"})
    grade = Grade.objects.create(source=source, unit=unit, grade="B", valid_from=date(2026, 1, 1), approver="省厅")
    run = InventoryRun.objects.create(year=2025)
    keeping.keep_keys([source])
    return {
        "unit": unit,
        "grade": grade,
        "subsidy": Subsidy.objects.create(
            source=source, grade=grade, rule="b", clause="9", amount=50000, due_on=date(2026, 2, 1)
        ),
        "activity": Activity.objects.create(source=source, unit=unit, year=2025, sheet="activities", values={"a": 1}),
        "emission": Emission.objects.create(run=run, source=source, unit=unit, pollutant="SO2", t=1.5),
    }


# --- the search ---


def test_a_search_keeps_each_pair_once_with_its_reasons(two: tuple[Source, Source], office: Actor) -> None:
    told = search(office, SCOPE)
    pair = DuplicatePair.objects.get()
    assert (pair.first_id, pair.second_id, pair.state) == (two[0].pk, two[1].pk, PairState.OPEN)
    assert {reason["code"] for reason in pair.reasons} == {"name", "near", "other_uscc"}
    assert [words for words in finding.told(pair.reasons) if "C" not in words and "3391" in words]
    assert (told["searched"], told["new"]) == (2, 1)
    again = search(office, SCOPE)
    assert (again["new"], again["again"], DuplicatePair.objects.count()) == (0, 1, 1)


def test_what_was_decided_stays_decided_and_what_was_mended_goes(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor
) -> None:
    TellApart(office, pair, reason="两个厂区").execute()
    search(office, SCOPE)
    pair.refresh_from_db()
    assert (pair.state, pair.note, pair.decided_by) == (PairState.DISTINCT, "两个厂区", office.user)
    ReopenPair(office, pair, reason="重新核实").execute()
    keeping.change(Source.objects.get(pk=two[1].pk), {"name": "河东木器厂", "trade": "C2110"}, office)
    SourceKey.objects.filter(kind="old_name").delete()
    assert search(office, SCOPE)["gone"] == 1
    assert not DuplicatePair.objects.exists()
    named = NamePair(office, *two).execute()
    search(office, SCOPE)
    assert DuplicatePair.objects.get().pk == named.pk


def test_a_search_looks_only_where_it_is_asked_to(
    two: tuple[Source, Source], office: Actor, small_city: City, kilns: SourceList
) -> None:
    assert search(office, Scope(region=small_city.districts[1]))["searched"] == 0
    assert search(office, Scope(listing=kilns))["searched"] == 0
    assert search(office, Scope(kind="restaurant"))["searched"] == 0
    assert search(office, Scope(likeness=99))["new"] == 0
    assert search(office, Scope(kind="enterprise", region=small_city.districts[0], likeness=60))["new"] == 1


def test_a_search_finds_only_pairs_of_which_both_are_the_actors(
    two: tuple[Source, Source], small_city: City
) -> None:
    Source.objects.filter(pk=two[1].pk).update(region=small_city.districts[1])
    local = make_account("yunshan", small_city.office, "campaign_office", region=small_city.districts[0])
    assert search(Actor(local), SCOPE) == {"searched": 1, "new": 0, "again": 0, "gone": 0}
    search(Actor.system("test"), SCOPE)
    pair = DuplicatePair.objects.get()
    assert not DuplicatePair.objects.visible_to(local, "sources.source.view").exists()
    for action in (TellApart(Actor(local), pair, reason="x"), MergeSources(Actor(local), pair, two[0], reason="x")):
        with pytest.raises(NotFound):
            action.execute()
    with pytest.raises(NotFound):
        NamePair(Actor(local), *two).execute()


def test_a_stopped_search_goes_on_with_the_next_kind(
    two: tuple[Source, Source], office: Actor, at_once: None, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    seen: list[str] = []
    known = finding.candidates

    def watched(rows: Any) -> Any:
        kind = rows.query.where.children[-1].rhs
        if kind == "site" and "site" not in seen:
            seen.append(kind)
            Job.objects.update(stop_requested=True)
            raise jobs.JobStopped
        seen.append(kind)
        return known(rows)

    monkeypatch.setattr(finding, "candidates", watched)
    with django_capture_on_commit_callbacks(execute=True):
        job = StartSearch(office, SCOPE).execute()
    job.refresh_from_db()
    assert (job.status, job.checkpoint["kinds"]) == ("stopped", ["enterprise"])
    assert DuplicatePair.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        jobs.ResumeJob(office, job).execute()
    job.refresh_from_db()
    assert (job.status, seen.count("enterprise"), seen.count("site")) == ("done", 1, 2)
    assert job.result["url"] == "/sources/duplicates/?state=open"


def test_a_search_is_refused_where_it_makes_no_sense(two: tuple[Source, Source], office: Actor) -> None:
    with pytest.raises(Invalid):
        StartSearch(office, Scope(likeness=10)).execute()
    with pytest.raises(Invalid):
        StartSearch(office, Scope(kind="mine")).execute()
    Job.objects.create(kind="sources.duplicates.find", title="x", status="running")
    with pytest.raises(Conflict):
        StartSearch(office, SCOPE).execute()


# --- the merge ---


def test_every_row_that_points_to_a_source_or_unit_is_moved_by_a_merge() -> None:
    """A new table that points to sources must be thought of in `merging.moving`, or register itself in `merging.ports`."""
    handled = {
        "duplicatepair.first", "duplicatepair.second", "merge.kept", "merge.absorbed", "source.merged_into", "unit.source",
        "sourcekey.source", "listentry.source", "listentry.unit", "grade.source", "grade.unit", "subsidy.source",
        "proposal.source", "proposal.unit", "activity.source", "activity.unit", "emission.source", "emission.unit",
    }  # fmt: skip
    handled = {f"sources.{name}" for name in handled} | {
        f"{one.holder.lower()}.{field}" for one in ports.registered() for field in (one.source, one.unit) if field
    }
    found = {
        f"{one.related_model._meta.label_lower}.{one.field.name}"
        for model in (Source, Unit)
        for one in model._meta.get_fields(include_hidden=True)
        # The rows of the table between many and many are met by themselves.
        if one.auto_created and not one.concrete and one.is_relation and not one.many_to_many
    }
    assert found == handled


def test_everything_moves_to_the_one_that_stays(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, kilns: SourceList
) -> None:
    kept, absorbed = two
    things = hang(absorbed)
    put(kilns, {"uscc": absorbed.uscc, "name": absorbed.name, "kiln_number": "MF01", "kiln_type": "melting"})
    other = hang(kept, "L2")
    merge(office, pair, taken=["person"])
    kept.refresh_from_db()
    absorbed.refresh_from_db()
    assert (absorbed.merged_into, kept.merged_into) == (kept, None)
    assert (kept.name, kept.person, kept.phone) == ("晴川白马铸造有限公司", "李工", "0990-1")
    for name in ("unit", "grade", "subsidy", "emission"):
        things[name].refresh_from_db()
        assert things[name].source == kept, name
    # Both have activities of the year: those of the one that stays count.
    things["activity"].refresh_from_db()
    assert (things["activity"].source, other["activity"].source) == (absorbed, kept)
    entries = {entry.list.type: entry for entry in ListEntry.objects.select_related("list", "source", "unit")
               if entry.state != EntryState.REMOVED}  # fmt: skip
    assert {entry.source for entry in entries.values()} == {kept}
    assert (entries["kilns"].name, entries["kilns"].unit.source) == (kept.name, kept)
    assert kept.uscc in entries["kilns"].key
    keys = {(key.kind, key.value) for key in SourceKey.objects.filter(source=kept, until__isnull=True)}
    assert {("uscc", code(1)), ("uscc", code(2)), ("mn", f"MN{absorbed.pk}L1")} <= keys
    assert SourceKey.objects.filter(source=kept, kind="old_name", value="晴川白马铸造厂").exists()
    assert find("enterprise", {"uscc": code(2), "name": "晴川白马铸造厂"}) == kept
    assert Revision.objects.filter(subject="source", object_id__in=(kept.pk, absorbed.pk)).count() == 2
    log = LogEntry.objects.filter(action="sources.merge")
    assert {(entry.object_type, entry.reason) for entry in log} == {
        ("sources.source", "同一厂区，现场核实"), ("sources.duplicatepair", "同一厂区，现场核实"),
    }  # fmt: skip
    # Later changes of its own facts do not end what came with the other.
    ChangeSource(office, kept, {"phone": "0990-9"}).execute()
    assert SourceKey.objects.filter(source=kept, kind="uscc", value=code(2), until__isnull=True).exists()


def test_the_activities_of_both_count_where_somebody_says_so(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor
) -> None:
    hang(two[0])
    things = hang(two[1])
    merge(office, pair, both_years=True)
    things["activity"].refresh_from_db()
    assert things["activity"].source == two[0]
    # The same kind and number is one unit.
    assert things["activity"].unit == Unit.objects.get(source=two[0])


def test_of_two_entries_in_one_list_one_stays_and_the_other_is_closed_with_the_reason(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, enterprises: SourceList
) -> None:
    before = timezone.now()
    old = {entry.source_id: entry for entry in ListEntry.objects.filter(list=enterprises)}
    merge(office, pair)
    closed = ListEntry.objects.get(pk=old[two[1].pk].pk)
    assert (closed.state, closed.removed_on) == (EntryState.REMOVED, timezone.localdate())
    assert ListEntry.objects.get(pk=old[two[0].pk].pk).state == EntryState.LISTED
    found = difference(enterprises, before, timezone.now())
    assert [(one.kind, one.reason) for one in found] == [("removed", "同一厂区，现场核实")]


def test_the_entry_that_is_further_in_its_life_stays(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, enterprises: SourceList
) -> None:
    ListEntry.objects.filter(source=two[0]).update(state=EntryState.PROPOSED)
    merge(office, pair)
    entry = ListEntry.objects.exclude(state=EntryState.REMOVED).get()
    assert (entry.state, entry.source, entry.name) == (EntryState.LISTED, two[0], two[0].name)
    assert code(1) in entry.key


def test_what_a_moved_entry_was_before_the_merge_stays_its_history(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, kilns: SourceList
) -> None:
    put(kilns, {"uscc": code(2), "name": two[1].name, "kiln_number": "MF01", "kiln_type": "melting"})
    before = timezone.now()
    merge(office, pair)
    changes = difference(kilns, before, timezone.now())
    assert [(field.before, field.after) for one in changes for field in one.fields if field.key == "name"] == [
        ("晴川白马铸造厂", "晴川白马铸造有限公司")
    ]


def test_a_frozen_list_is_changed_only_after_an_announcement(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, enterprises: SourceList
) -> None:
    PublishList(office, enterprises, freeze=True).execute()
    with pytest.raises(ListFrozen, match=enterprises.name):
        merge(office, pair)
    assert not Merge.objects.exists()
    AnnounceChange(
        office,
        SourceList.objects.get(pk=enterprises.pk),
        announced_on=timezone.localdate(),
        filing="备1",
        address="https://example.org/1",
        until=timezone.localdate() + timedelta(days=1),
        reason="公示",
    ).execute()
    merge(office, pair)
    assert ListEntry.objects.filter(state=EntryState.LISTED).count() == 1


def test_a_change_that_waits_is_decided_before_the_merge(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, actors: dict[str, Actor]
) -> None:
    entry = ListEntry.objects.get(source=two[1])
    proposal = Propose(office, entry, {"person": "王工"}, reason="换人").execute()
    with pytest.raises(Conflict, match=entry.name):
        merge(office, pair)
    Proposal.objects.filter(pk=proposal.pk).update(state="withdrawn")
    merge(office, pair)
    proposal.refresh_from_db()
    assert proposal.source == two[0]


def test_a_third_record_under_the_same_key_is_told(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, enterprises: SourceList
) -> None:
    other = OpenList(office, "emergency_enterprises", name="", region=enterprises.region).execute()
    put(other, enterprise(2, "晴川白马铸造厂"))
    third = Source.objects.create(kind="enterprise", name="另一条", name_key="另一条")
    key = ListEntry.objects.get(list=other).key.replace(code(2), code(1))
    ListEntry.objects.create(
        list=other, source=third, key=key, name=third.name, status="running", state=EntryState.LISTED
    )
    with pytest.raises(Conflict, match="另一条"):
        merge(office, pair)


def test_who_has_not_the_right_does_not_merge(
    pair: DuplicatePair, two: tuple[Source, Source], actors: dict[str, Actor]
) -> None:
    for role in ("department_officer", "town_officer", "supervision", "leader", "enterprise", "nobody"):
        with pytest.raises((NotAllowed, NotFound)):
            merge(actors[role], pair)
        with pytest.raises((NotAllowed, NotFound)):
            TellApart(actors[role], pair, reason="x").execute()
    assert LogEntry.objects.filter(action="sources.merge", result="denied").count() == 6
    assert DuplicatePair.objects.get().state == PairState.OPEN


def test_a_merge_needs_a_reason_facts_that_exist_and_two_of_a_kind(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor
) -> None:
    with pytest.raises(ReasonMissing):
        merge(office, pair, reason=" ")
    with pytest.raises(Invalid, match="nonsense"):
        merge(office, pair, taken=["nonsense"])
    with pytest.raises(Invalid):
        NamePair(office, two[0], two[0]).execute()
    Source.objects.filter(pk=two[1].pk).update(kind="restaurant")
    with pytest.raises(Invalid):
        merge(office, pair)


def test_who_looked_at_another_state_is_told(pair: DuplicatePair, two: tuple[Source, Source], office: Actor) -> None:
    seen = as_they_stand(two[0].pk, two[1].pk)
    hang(two[1])
    with pytest.raises(Conflict):
        merge(office, pair, seen=seen)
    merge(office, pair, seen=as_they_stand(two[1].pk, two[0].pk))
    with pytest.raises(SourceMerged):
        merge(office, pair)


def test_nothing_is_hung_on_a_source_that_has_been_absorbed(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, kilns: SourceList, enterprises: SourceList
) -> None:
    stale, entry = Source.objects.get(pk=two[1].pk), ListEntry.objects.select_related("source").get(source=two[1])
    merge(office, pair)
    refused: list[Any] = [
        ChangeSource(office, stale, {"phone": "1"}),
        ProposeEntry(office, kilns, {"kiln_number": "1#"}, source=stale),
        NamePair(office, stale, two[0]),
    ]
    for action in refused:
        with pytest.raises(SourceMerged):
            action.execute()
    with pytest.raises(Conflict):
        keeping.change(entry, {"number": "7"}, office)
    assert Source.objects.get(pk=two[1].pk).merged_into == two[0]


def test_an_entry_proposed_under_an_old_key_is_one_of_the_source_that_stays(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, kilns: SourceList, enterprises: SourceList
) -> None:
    merge(office, pair)
    with pytest.raises(AlreadyListed):
        ProposeEntry(office, enterprises, enterprise(2, "晴川白马铸造厂")).execute()
    entry = ProposeEntry(
        office, kilns, {"uscc": code(2), "name": "晴川白马铸造厂", "kiln_number": "MF9", "kiln_type": "melting"}
    ).execute()
    assert (entry.source_id, Source.objects.get(pk=two[0].pk).name) == (two[0].pk, "晴川白马铸造有限公司")
    assert code(1) in entry.key and code(2) not in entry.key


def test_decisions_about_the_absorbed_hold_of_the_one_that_stays(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, enterprises: SourceList
) -> None:
    third = put(enterprises, enterprise(3, "晴川黑马铸造有限公司")).source
    apart = NamePair(office, two[1], third).execute()
    TellApart(office, apart, reason="两家").execute()
    done = merge(office, pair)
    copy = DuplicatePair.objects.get(first=two[0], second=third)
    assert (copy.state, copy.note) == (PairState.DISTINCT, "两家")
    UndoMerge(office, done, reason="误并").execute()
    assert not DuplicatePair.objects.filter(pk=copy.pk).exists()


# --- the way back ---


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of the room that a merge may touch, without the moments of their changes."""
    models = (Source, Unit, ListEntry, SourceKey, Grade, Subsidy, Proposal, Activity, Emission)
    return {
        model.__name__: [
            {key: value for key, value in row.items() if key not in ("changed_at", "updated_at")}
            for row in model.objects.order_by("pk").values()
        ]
        for model in models
    }


def test_a_merge_that_is_taken_back_leaves_everything_as_it_was(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, kilns: SourceList
) -> None:
    hang(two[0])
    hang(two[1])
    hang(two[1], "L7")
    Unit.objects.filter(source=two[0]).update(values={})
    put(kilns, {"uscc": code(2), "name": two[1].name, "kiln_number": "MF01", "kiln_type": "melting"})
    ListEntry.objects.filter(source=two[1]).update(values={"ledger_kept": True}, number="9")
    before = everything()
    done = merge(office, pair, taken=["name", "uscc", "person", "position", "street", "address"], both_years=True)
    assert (done.kept.name, done.kept.uscc) == ("晴川白马铸造厂", code(2))
    assert everything() != before
    UndoMerge(office, done, reason="误并").execute()
    after = everything()
    for name, rows in before.items():
        assert after[name] == rows, name
    done.refresh_from_db()
    pair.refresh_from_db()
    assert (done.undone_by, done.undone_because, pair.state) == (office.user, "误并", PairState.OPEN)
    with pytest.raises(WrongStep):
        UndoMerge(office, done, reason="x").execute()
    merge(office, pair, kept="second")
    assert Merge.objects.standing().get().absorbed == two[0]


@pytest.mark.parametrize("what", ["source", "entry", "grade", "activity"])
def test_a_merge_of_which_something_has_changed_since_is_not_taken_back(
    what: str, pair: DuplicatePair, two: tuple[Source, Source], office: Actor
) -> None:
    things = hang(two[1])
    done = merge(office, pair)
    if what == "source":
        ChangeSource(office, Source.objects.get(pk=two[0].pk), {"phone": "5"}).execute()
    elif what == "entry":
        entry = ListEntry.objects.select_related("source").filter(state=EntryState.LISTED).get()
        keeping.change(entry, {"number": "5"}, office)
    elif what == "grade":
        Grade.objects.create(source=two[0], grade="A", valid_from=date(2026, 5, 1), approver="省厅")
    else:
        things["activity"].delete()
    with pytest.raises(Conflict):
        UndoMerge(office, done, reason="x").execute()
    assert Source.objects.get(pk=two[1].pk).merged_into == two[0]


def test_merges_one_after_the_other_are_taken_back_from_the_last(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, enterprises: SourceList
) -> None:
    third = put(enterprises, enterprise(3, "晴川白马铸造总厂")).source
    before = everything()
    first = merge(office, pair)
    second = merge(office, NamePair(office, two[0], third).execute(), kept="second")
    assert find("enterprise", {"uscc": code(2)}) == third
    with pytest.raises(Conflict):
        UndoMerge(office, first, reason="x").execute()
    UndoMerge(office, second, reason="x").execute()
    with pytest.raises(Conflict):
        # Taking the second back has changed the source again.
        UndoMerge(office, first, reason="x").execute()
    rows = everything()
    assert len(rows["Source"]) == len(before["Source"])


def test_only_who_may_merge_takes_back(pair: DuplicatePair, office: Actor, actors: dict[str, Actor]) -> None:
    done = merge(office, pair)
    for role in ("department_officer", "supervision", "nobody"):
        with pytest.raises((NotAllowed, NotFound)):
            UndoMerge(actors[role], done, reason="x").execute()
    with pytest.raises(ReasonMissing):
        UndoMerge(office, done).execute()


def test_a_failure_half_way_leaves_both_as_they_were(
    pair: DuplicatePair, two: tuple[Source, Source], office: Actor, monkeypatch: Any
) -> None:
    before = everything()
    monkeypatch.setattr(moving.Moving, "_pairs", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        merge(office, pair)
    assert everything() == before
    assert not Merge.objects.exists()


# --- the pages ---


@pytest.fixture
def browser(staff: dict[str, User], client_of: Callable[[User], Client]) -> Client:
    """The browser of the campaign office."""
    return client_of(staff["campaign_office"])


def decision(page: Any, **more: Any) -> dict[str, Any]:
    """What the form of a pair would send."""
    form = page.context["form"]
    values = {name: field.initial for name, field in form.fields.items() if field.initial}
    return {**values, "seen": form.initial["seen"], "reason": "同一厂区", **more}


def test_a_pair_is_merged_on_its_page_and_taken_back_there(
    pair: DuplicatePair, two: tuple[Source, Source], browser: Client
) -> None:
    hang(two[0])
    hang(two[1])
    page = browser.get(pair.get_absolute_url())
    text = page.content.decode()
    assert "晴川白马铸造厂" in text and code(2) in text and "两者都有活动水平" in text and "data-two-map" in text
    values = decision(page, stays="second", fact_name="first")
    assert browser.post(pair.get_absolute_url(), {**values, "reason": ""}).status_code == 422
    assert browser.post(pair.get_absolute_url(), {**values, "fact_name": "third"}).status_code == 422
    assert browser.post(pair.get_absolute_url(), {**values, "seen": "0"}).status_code == 409
    assert not Merge.objects.exists()
    assert browser.post(pair.get_absolute_url(), values).status_code == 302
    done = Merge.objects.get()
    assert (done.kept, done.kept.name) == (two[1], "晴川白马铸造有限公司")
    assert "撤销合并" in browser.get(pair.get_absolute_url()).content.decode()
    # Once more: somebody was quicker.
    assert browser.post(pair.get_absolute_url(), values).status_code == 409
    old = browser.get(two[0].get_absolute_url()).content.decode()
    assert f'href="/sources/{two[1].pk}/"' in old and "/edit/" not in old
    assert "已并入本污染源" in browser.get(two[1].get_absolute_url()).content.decode()
    assert browser.post(f"/sources/duplicates/{pair.pk}/undo/", {"reason": ""}).status_code == 422
    assert browser.post(f"/sources/duplicates/{pair.pk}/undo/", {"reason": "误并"}).status_code == 302
    assert Source.objects.get(pk=two[0].pk).merged_into is None
    assert browser.get(f"/sources/duplicates/{pair.pk}/undo/").status_code == 200
    assert browser.post(f"/sources/duplicates/{pair.pk}/undo/", {"reason": "误并"}).status_code == 404


def test_a_pair_is_told_apart_and_opened_again_on_its_page(pair: DuplicatePair, browser: Client) -> None:
    assert browser.post(f"/sources/duplicates/{pair.pk}/distinct/", {"reason": " "}).status_code == 422
    browser.post(f"/sources/duplicates/{pair.pk}/distinct/", {"reason": "两个厂区"})
    page = browser.get(pair.get_absolute_url()).content.decode()
    assert "两个厂区" in page and 'name="stays"' not in page
    assert browser.post(f"/sources/duplicates/{pair.pk}/distinct/", {"reason": "x"}).status_code == 422
    browser.post(f"/sources/duplicates/{pair.pk}/reopen/", {"reason": "再看"})
    assert 'name="stays"' in browser.get(pair.get_absolute_url()).content.decode()


def test_the_list_is_filtered_and_bears_wrong_words(pair: DuplicatePair, browser: Client) -> None:
    queries = {
        "": True, "state=open": True, "state=merged": False, "least=60": True, "least=95": False, "kind=enterprise": True,
        "kind=mine": False, "why=near": True, "why=permit": False, "search=白马 铸造厂": True, "search=黑马": False,
        "sort=-score": True, "sort=names": True, "sort=region": True, "page=99": True,
        # What makes no sense is not an error.
        "state=x&least=x&kind=x&why=x&region=x&page=x&sort=x&size=x": True,
    }  # fmt: skip
    found = {}
    for query in queries:
        response = browser.get(f"/sources/duplicates/?{query}")
        assert response.status_code == 200, query
        found[query] = "晴川白马铸造厂" in response.content.decode()
    assert found == queries


def test_the_list_goes_to_excel_with_both_codes(pair: DuplicatePair, browser: Client) -> None:
    content = browser.get("/sources/duplicates/?state=open&export=xlsx").content
    rows = list(openpyxl.load_workbook(BytesIO(content)).active.values)
    text = [str(cell) for row in rows for cell in row if cell is not None]
    assert {"晴川白马铸造有限公司", "晴川白马铸造厂", code(1), code(2)} <= set(text)


def test_the_pages_show_only_pairs_of_which_both_are_the_accounts_own(
    pair: DuplicatePair, two: tuple[Source, Source], client_of: Any, small_city: City
) -> None:
    here, there = small_city.districts
    local = make_account("yunshan", small_city.branches[0], "campaign_office", region=here)
    branch = make_account("fenju", small_city.branches[0], "department_officer", "department")
    for user, seen in ((local, True), (branch, False)):
        client = client_of(user)
        assert ("晴川白马铸造厂" in client.get("/sources/duplicates/").content.decode()) is seen
        assert client.get(pair.get_absolute_url()).status_code == (200 if seen else 404)
    Source.objects.all().update(department=small_city.branches[0])
    assert "晴川白马铸造厂" in client_of(branch).get("/sources/duplicates/").content.decode()
    Source.objects.filter(pk=two[1].pk).update(region=there, department=small_city.branches[1])
    for user in (local, branch):
        client = client_of(user)
        assert "晴川白马" not in client.get("/sources/duplicates/").content.decode()
        assert client.get(pair.get_absolute_url()).status_code == 404
        assert "疑似重复污染源：" not in client.get("/").content.decode()
        assert client.get(f"/sources/{two[0].pk}/merge/", {"search": "白马"}).content.decode().count("铸造厂") == 0


def test_pairs_that_wait_stand_on_the_home_page_and_on_the_page_of_the_source(
    pair: DuplicatePair, two: tuple[Source, Source], browser: Client, client_of: Any, staff: dict[str, User]
) -> None:
    assert "疑似重复污染源：1对" in browser.get("/").content.decode()
    assert pair.get_absolute_url() in browser.get(two[0].get_absolute_url()).content.decode()
    assert "疑似重复污染源：" not in client_of(staff["supervision"]).get("/").content.decode()
    assert pair.get_absolute_url() not in client_of(staff["supervision"]).get(two[0].get_absolute_url()).content.decode()


def test_the_other_record_is_chosen_by_search_and_the_department_names_while_the_office_decides(
    two: tuple[Source, Source], staff: dict[str, User], client_of: Any, enterprises: SourceList
) -> None:
    give(staff["department_officer"], "department_officer")
    client = client_of(staff["department_officer"])
    page = f"/sources/{two[0].pk}/merge/"
    for query in ("白马", code(2), code(2).lower()):
        assert "晴川白马铸造厂" in client.get(page, {"search": query}).content.decode(), query
    assert client.get(page, {"search": "没有的" * 100}).status_code == 200
    assert client.post(page, {"other": "x"}).status_code == 404
    assert client.post(page, {"other": "987654"}).status_code == 404
    assert client.post(page, {"other": two[0].pk}).status_code == 302
    assert not DuplicatePair.objects.exists()
    response = client.post(page, {"other": two[1].pk})
    pair = DuplicatePair.objects.get()
    assert response["Location"] == pair.get_absolute_url()
    assert (pair.named_by, pair.score > 0.5) == (staff["department_officer"], True)
    text = client.get(pair.get_absolute_url()).content.decode()
    assert 'name="stays"' not in text and "晴川白马铸造厂" in text
    assert client.post(pair.get_absolute_url(), {"stays": "first", "reason": "x"}).status_code in {403, 404, 422}
    assert not Merge.objects.exists()


def test_the_search_begins_on_its_page_and_the_wrong_form_is_told(
    two: tuple[Source, Source], browser: Client, at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    assert browser.get("/sources/duplicates/search/").status_code == 200
    for wrong in ({"likeness": "7"}, {"likeness": "x"}, {"likeness": "70", "kind": "x"}, {"likeness": "70", "list": "x"}):
        assert browser.post("/sources/duplicates/search/", wrong).status_code == 422, wrong
    with django_capture_on_commit_callbacks(execute=True):
        response = browser.post("/sources/duplicates/search/", {"likeness": "60", "kind": "enterprise"})
    job = Job.objects.get()
    assert (response["Location"], job.status) == (f"/jobs/{job.pk}/", "done")
    assert DuplicatePair.objects.count() == 1
