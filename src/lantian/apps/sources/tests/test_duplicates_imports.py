"""Imports and merges: old tables lead to the source that stays, and neither undoes the other unawares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.sources.actions.duplicates import MergeSources, NamePair, UndoMerge
from lantian.apps.sources.actions.lists import OpenList
from lantian.apps.sources.bulk import applying, undoing
from lantian.apps.sources.bulk.staging import Staging
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.models import (
    ListEntry,
    Merge,
    Source,
    SourceList,
    StagedImport,
    StagedRow,
    Unit,
)
from lantian.apps.sources.tests.conftest import CEMENT
from lantian.apps.sources.tests.test_imports import HEAD, SECOND, named, workbook
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
KEPT, ABSORBED = "晴川示例水泥有限公司", "晴川示例水泥厂"


def row(uscc: str, name: str, *, person: str | None = None, address: str = "石桥路1号") -> list[Any]:
    """A row of the list of enterprises."""
    return [uscc, name, "C3011", "990102", "石桥街道", address, None, None, None, "在产", person]


def rows() -> list[list[Any]]:
    """The two records of one plant, and the person in charge, whom only the second names."""
    head = [*HEAD[:-1], "责任人"]
    return [head, row(CEMENT["uscc"], KEPT), row(SECOND, ABSORBED, person="李工", address="石桥路乙1号")]


@pytest.fixture
def office(actors: dict[str, Actor]) -> Actor:
    """Who imports and merges."""
    return actors["campaign_office"]


@pytest.fixture
def bring(office: Actor, tmp_path: Path) -> Callable[..., StagedImport]:
    """Stages sheets, and applies them unless it is told not to."""

    def run(sheets: dict[str, list[list[Any]]], *, apply: bool = True, who: Actor = office) -> StagedImport:
        path = workbook(tmp_path / "清单.xlsx", sheets)
        staged = StagedImport.objects.create(name=path.name, user=who.user, listed=True, reason="文号")
        Staging(who, staged).run(path, lambda _done, _total: None)
        if apply:
            applying.apply(who, staged, lambda _done, _total: None)
        return staged

    return run


@pytest.fixture
def first(enterprises: SourceList, bring: Callable[..., StagedImport]) -> StagedImport:
    """The import that brought the plant in twice."""
    return bring({named("enterprises"): rows()})


def merged(office: Actor) -> Merge:
    """The second record becomes part of the first."""
    kept, absorbed = Source.objects.get(name=KEPT), Source.objects.get(name=ABSORBED)
    return MergeSources(office, NamePair(office, kept, absorbed).execute(), kept, reason="同一企业").execute()


def outcomes(staged: StagedImport) -> list[str]:
    """What each row would do."""
    found = StagedRow.objects.filter(sheet__staged=staged).order_by("sheet__order", "row")
    return list(found.values_list("outcome", flat=True))


def test_the_old_table_again_adds_what_was_lacking_and_overwrites_nothing(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport]
) -> None:
    merged(office)
    again = bring({named("enterprises"): rows()})
    assert outcomes(again) == ["same", "changed"]
    kept = Source.objects.get(name=KEPT)
    assert (kept.uscc, kept.address, kept.person) == (CEMENT["uscc"], "石桥路1号", "李工")
    entry = ListEntry.objects.exclude(state=EntryState.REMOVED).get()
    assert (entry.source, entry.name) == (kept, KEPT)
    assert outcomes(bring({named("enterprises"): rows()}, apply=False)) == ["same", "same"]
    assert Source.objects.count() == 2


def test_a_list_that_has_neither_gets_one_entry_from_both_rows(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport], small_city: City
) -> None:
    merged(office)
    other = OpenList(office, "key_monitored", name="", region=small_city.prefecture).execute()
    for _time in range(2):
        bring({other.name: [*rows()]})
    entry = ListEntry.objects.get(list=other)
    assert (entry.source.name, CEMENT["uscc"] in entry.key) == (KEPT, True)
    only_old = OpenList(office, "emergency_enterprises", name="", region=small_city.prefecture).execute()
    table = rows()
    bring({only_old.name: [table[0], table[2]]})
    bring({only_old.name: table})
    assert ListEntry.objects.get(list=only_old).source.name == KEPT
    assert Source.objects.live().count() == 1


def test_units_of_an_old_table_become_units_of_the_source_that_stays(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport], small_city: City
) -> None:
    lines = OpenList(office, "lines", name="", region=small_city.prefecture).execute()
    table = [
        ["统一社会信用代码", "名称", "生产线编号", "生产线名称"],
        [CEMENT["uscc"], KEPT, "L1", "熟料线"],
        [SECOND, ABSORBED, "L1", "一号线"],
        [SECOND, ABSORBED, "L2", "粉磨线"],
    ]
    bring({lines.name: table})
    merged(office)
    again = bring({lines.name: table})
    assert outcomes(again) == ["same", "same", "same"]
    live = ListEntry.objects.filter(list=lines).exclude(state=EntryState.REMOVED)
    assert sorted(live.values_list("source__name", "unit__number")) == [(KEPT, "L1"), (KEPT, "L2")]
    table.append([SECOND, ABSORBED, "L3", "新线"])
    bring({lines.name: table})
    assert Unit.objects.get(number="L3").source.name == KEPT
    assert live.count() == 3


def test_an_import_that_has_been_merged_since_is_not_taken_back(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport]
) -> None:
    done = merged(office)
    with pytest.raises(Conflict, match=ABSORBED):
        undoing.undo(office, first, lambda _done, _total: None)
    UndoMerge(office, done, reason="误并").execute()
    with pytest.raises(Conflict, match=ABSORBED):
        undoing.undo(office, first, lambda _done, _total: None)
    assert Source.objects.count() == 2


def test_an_import_after_the_merge_keeps_it_from_being_taken_back_until_it_is_undone(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport]
) -> None:
    done = merged(office)
    bring({named("enterprises"): rows()})
    with pytest.raises(Conflict):
        UndoMerge(office, done, reason="误并").execute()


def test_rows_of_a_source_that_stays_with_others_are_not_ones_own(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport], small_city: City
) -> None:
    merged(office)
    there = small_city.districts[1]
    Source.objects.filter(name=KEPT).update(region=there)
    ListEntry.objects.filter(source__name=KEPT).update(region=there)
    local = Actor(make_account("yunshan", small_city.office, "campaign_office", region=small_city.districts[0]))
    other = OpenList(office, "key_monitored", name="", region=small_city.districts[0]).execute()
    table = rows()
    staged = bring({other.name: [table[0], table[2]]}, apply=False, who=local)
    assert outcomes(staged) == ["invalid"]
    assert StagedRow.objects.get(sheet__staged=staged).problems[0]["code"] == "not_yours"


def test_a_row_that_names_a_source_of_others_changes_nothing_of_it(
    first: StagedImport, bring: Callable[..., StagedImport], small_city: City, office: Actor
) -> None:
    """The row says that the source lies in the own district; the source itself does not."""
    local = Actor(make_account("yunshan", small_city.office, "campaign_office", region=small_city.districts[0]))
    other = OpenList(office, "key_monitored", name="", region=small_city.districts[0]).execute()
    table = rows()
    staged = bring({other.name: table[:2]}, apply=False, who=local)
    assert outcomes(staged) == ["new"]
    # It moves to another district between staging and applying.
    Source.objects.filter(name=KEPT).update(region=small_city.districts[1])
    ListEntry.objects.filter(source__name=KEPT).update(region=small_city.districts[1])
    assert outcomes(bring({other.name: table[:2]}, apply=False, who=local)) == ["invalid"]
    with pytest.raises(Conflict, match="2"):
        applying.apply(local, staged, lambda _done, _total: None)
    assert Source.objects.get(name=KEPT).region == small_city.districts[1]
    assert not ListEntry.objects.filter(list=other).exists()


def test_a_source_that_is_absorbed_while_rows_are_applied_gets_no_entry(
    first: StagedImport, office: Actor, bring: Callable[..., StagedImport], small_city: City, monkeypatch: Any
) -> None:
    """The merge is committed after the rows were looked up and before their sources are held."""
    other = OpenList(office, "key_monitored", name="", region=small_city.prefecture).execute()
    table = rows()
    staged = bring({other.name: [table[0], table[2]]}, apply=False)
    hold, asked = applying.hold, []

    def late(keys: Any) -> Any:
        if not asked:
            asked.append(1)
            merged(office)
        return hold(keys)

    monkeypatch.setattr(applying, "hold", late)
    applying.apply(office, staged, lambda _done, _total: None)
    assert ListEntry.objects.get(list=other).source.name == KEPT
    assert not ListEntry.objects.filter(source__name=ABSORBED).exists()

