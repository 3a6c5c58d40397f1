"""The sources of the demo city: what is loaded, and that its lists go out to Excel and in again without a difference."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import User
from lantian.apps.monitoring import alarm_charts, alarm_figures, readings
from lantian.apps.monitoring.alarm_words import alarm_book
from lantian.apps.monitoring.models import Alarm
from lantian.apps.sources.bulk.staging import Staging
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.crossing import concerned_by, groups_of
from lantian.apps.sources.emissions.preparing import PARTS
from lantian.apps.sources.exporting import cells_of, headings
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.grading import check_books
from lantian.apps.sources.models import (
    DuplicatePair,
    Grade,
    InventoryRun,
    ListEntry,
    Merge,
    Project,
    Source,
    SourceList,
    StagedImport,
    StagedSheet,
    Subsidy,
)
from lantian.demo import alarms, city, duplicates, emissions, grading, load, monitoring, own_books, sources
from lantian.lake.store import Lake
from lantian.office.ledger import Table, write_tables

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The part of the demo city that sources need, once for all tests here."""
    from django.db import transaction
    from django.test import override_settings

    data = tmp_path_factory.mktemp("demo")
    with (
        django_db_blocker.unblock(),
        override_settings(DATA=data),
        transaction.atomic(),
        pytest.MonkeyPatch.context() as patch,
    ):
        lake = Lake(str(data / "lake"))
        patch.setattr(readings, "lake", lambda: lake)
        actor, today = Actor.system("demo", via="cli"), campaign_today()
        regions = load.load_regions(actor)
        load.load_accounts(actor, regions, load.load_organisations(actor, regions))
        own_books.write(data, today.year)
        sources.load(actor, regions, today)
        grading.load(regions, today)
        emissions.load(regions[city.CITY], today)
        duplicates.load()
        monitoring.load(actor, today, timezone.now())
        alarms.load(timezone.now())
        yield regions
        transaction.set_rollback(True)


def test_grades_subsidies_projects_and_an_inventory_are_there(demo: Any) -> None:
    assert {"A", "B", "C", "D", "leading"} <= set(Grade.objects.values_list("grade", flat=True))
    assert "lowered" in set(Grade.objects.values_list("kind", flat=True))
    assert {"due", "requested", "approved", "paid", "refused", "recovered"} == set(
        Subsidy.objects.values_list("state", flat=True)
    )
    assert Project.objects.filter(decision="").exists()
    assert Project.objects.filter(decision="refused").exists()
    last = campaign_today().year - 1
    assert set(InventoryRun.objects.filter(current=True).values_list("year", flat=True)) == {last - 1, last}
    run = InventoryRun.objects.get(year=last)
    assert run.state == "done"
    assert set(PARTS) <= set(run.prepared.values_list("kind", flat=True))
    assert {"SO2", "NOx", "CO", "PM10", "PM2.5", "BC", "OC", "VOCs", "NH3"} == set(run.totals)


def test_every_check_of_the_city_finds_something(demo: Any) -> None:
    today = campaign_today()
    found = {
        group.code: concerned_by(group, Source.objects.live(), today).count()
        for group in groups_of(check_books(), today)
    }
    assert len(found) == 6
    assert all(found.values()), found


def test_a_search_has_found_what_was_entered_twice_and_two_pairs_are_decided(demo: Any) -> None:
    twice = {name for _number, name, *_rest in sources.TWICE}
    pairs = DuplicatePair.objects.select_related("first", "second")
    assert twice <= {side.name for pair in pairs for side in (pair.first, pair.second)}
    assert Merge.objects.get().absorbed.name == duplicates.MERGED
    states = {state: pairs.filter(state=state).count() for state in ("open", "merged", "distinct")}
    assert (states["merged"], states["distinct"]) == (1, 1)
    assert states["open"] >= 3
    assert all(pair.decided_by is not None and pair.note for pair in pairs.exclude(state="open"))


def test_the_enterprise_sees_its_two_sources_and_no_other(demo: Any) -> None:
    user = User.objects.get(username="qiye")
    seen = Source.objects.visible_to(user, "sources.source.view")
    assert {"晴川钢铁有限公司", "晴川钢铁原料场"} == set(seen.values_list("name", flat=True))


def test_every_list_goes_out_and_in_again_without_a_difference(demo: Any, tmp_path: Path) -> None:
    tables = []
    for listing in SourceList.objects.order_by("pk"):
        type_ = type_of(listing)
        entries = (
            ListEntry.objects.filter(list=listing)
            .exclude(state=EntryState.REMOVED)
            .select_related("source__region", "source__department", "unit")
        )
        tables.append(
            Table(type_.name, listing.name, headings(type_), [cells_of(type_, entry) for entry in entries])
        )
    stream = BytesIO()
    write_tables(tables, stream)
    path = tmp_path / "清单.xlsx"
    path.write_bytes(stream.getvalue())
    staged = StagedImport.objects.create(name=path.name)
    Staging(Actor.system("demo"), staged).run(path, lambda _done, _total: None)
    told = {
        sheet.name: {key: number for key, number in sheet.counts.items() if key not in ("same", "codes")}
        for sheet in StagedSheet.objects.filter(staged=staged)
    }
    assert {sheet: {} for sheet in told} == told, [
        (sheet.name, sheet.problems[:3]) for sheet in StagedSheet.objects.filter(staged=staged)
    ]
    assert len(tables) == len(told)
    assert ListEntry.objects.exclude(state=EntryState.REMOVED).count() == sum(
        sheet.rows for sheet in StagedSheet.objects.filter(staged=staged)
    )


# --- alarms of the same sources ---


def test_there_is_a_month_of_alarms_in_every_state_that_somebody_can_reach(demo: Any) -> None:
    rows = Alarm.objects.filter(folded_into=None)
    # the outage, a point that is silent today and one above its limit
    assert rows.count() == len(alarms.CASES) + 3
    # turned over is what a room of issues does
    assert set(rows.values_list("state", flat=True)) == {"open", "acknowledged", "answered", "closed", "reopened"}
    verdicts = set(rows.exclude(verdict="").values_list("verdict", flat=True))
    assert verdicts == {"confirmed", "false_alarm", "device_fault", "explained"}
    assert len(set(rows.values_list("cause", flat=True))) == 8


def test_the_outage_of_a_county_is_one_alarm_and_the_judges_find_what_is_wrong_today(demo: Any) -> None:
    storm = Alarm.objects.get(storm=True)
    assert storm.region is not None
    assert (storm.region.name, storm.members.count(), storm.state) == ("青原区", 5, "closed")
    assert storm.end is not None
    assert list(Alarm.objects.filter(end=None).values_list("device__name", flat=True)) == ["熔窑"]
    above = Alarm.objects.filter(cause="exceed_hour", evidence__peak__isnull=False).latest("pk")
    assert above.device is not None
    assert (above.device.name, above.factor) == (monitoring.EXCEEDING, "a21002")
    assert len(above.evidence["series"][0]["points"]) > 20


def test_figures_and_curves_can_be_read(demo: Any) -> None:
    today = campaign_today()
    rows = alarm_figures.within(Alarm.objects.all(), today - timedelta(days=40), today)
    lines, whole = alarm_figures.figures(rows, "rule", alarm_book())
    assert len(lines) > 8
    assert None not in whole.percents
    drawn = [row for row in rows if alarm_charts.evidence(row) is not None]
    assert len(drawn) > 20
