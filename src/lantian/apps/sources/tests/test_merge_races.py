"""Two people merge a pair at the same moment, an import runs beside them, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.sources.actions.duplicates import MergeSources, NamePair
from lantian.apps.sources.actions.lists import OpenList
from lantian.apps.sources.actions.proposals import Propose
from lantian.apps.sources.bulk import applying
from lantian.apps.sources.bulk.staging import Staging
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.models import ListEntry, Merge, Proposal, Source, SourceList, StagedImport
from lantian.apps.sources.tests.test_duplicates_imports import ABSORBED, KEPT, rows
from lantian.apps.sources.tests.test_imports import named, workbook

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(works: list[Callable[[], Any]]) -> list[str]:
    """Do all of it at the same moment; gives how each ended."""
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> str:
        try:
            start.wait(30)
            work()
            return "done"
        except Conflict:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result() for one in [pool.submit(run, work) for work in works]]


def test_of_two_merges_at_once_one_is_done_and_an_import_beside_them_attaches_nothing_to_the_absorbed(
    enterprises: SourceList, actors: dict[str, Actor], tmp_path: Path
) -> None:
    office = actors["campaign_office"]
    other = OpenList(office, "key_monitored", name="", region=enterprises.region).execute()

    def stage(name: str) -> StagedImport:
        path = workbook(tmp_path / "清单.xlsx", {name: rows()})
        staged = StagedImport.objects.create(name=path.name, user=office.user, listed=True, reason="文号")
        Staging(office, staged).run(path, lambda _done, _total: None)
        return staged

    applying.apply(office, stage(named("enterprises")), lambda _done, _total: None)
    staged = stage(other.name)
    one, two = Source.objects.get(name=KEPT), Source.objects.get(name=ABSORBED)
    pair = NamePair(office, one, two).execute()
    entry = ListEntry.objects.select_related("source", "list").get(source=two)
    ended = together(
        [
            lambda: MergeSources(office, pair, one, reason="x").execute(),
            lambda: MergeSources(office, pair, two, reason="x").execute(),
            lambda: applying.apply(office, staged, lambda _done, _total: None),
            lambda: Propose(office, entry, {"person": "王工"}, reason="x").execute(),
        ]
    )
    # A proposal that was quicker stands in the way of both merges.
    waits = Proposal.objects.filter(state="waiting").select_related("source").first()
    assert ended[2] == "done"
    if waits is not None and not Merge.objects.exists():
        assert ended[:2] == ["refused", "refused"]
        return
    assert sorted(ended[:2]) == ["done", "refused"]
    merge = Merge.objects.get()
    assert Source.objects.live().get() == merge.kept
    live = ListEntry.objects.exclude(state=EntryState.REMOVED)
    assert set(live.values_list("source", flat=True)) == {merge.kept_id}
    assert live.filter(list=other).count() == 1
    assert waits is None or waits.source == merge.kept
