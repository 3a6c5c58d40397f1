"""A file from its look to the lake: complete, resumable, with everything doubtful kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lantian.apps.air.doors import reading, storing, whole
from lantian.apps.air.models import Delivery, DeliveryState, Door, Doubt, StationTail
from lantian.apps.air.tests.doors_material import csv, hours, in_lake, stations, written
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.models import LogEntry
from lantian.lake.store import Lake
from lantian.rules.air.doors.layout import Choices

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SYSTEM = Actor.system("test", via="cli")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


@pytest.fixture(autouse=True)
def _stations(small_city: Any) -> None:
    stations(small_city.districts[0])


def take(path: Path, lake: Lake, choices: Choices | None = None, **options: Any) -> whole.Outcome:
    source = reading.Source(path, path.name)
    return whole.take(
        source, choices or Choices(), door=Door.CONSOLE, actor=SYSTEM, lake=lake, now=NOW, **options
    )


def test_all_hours_of_a_file_are_in_the_lake(tmp_path: Path, lake: Lake) -> None:
    outcome = take(written(tmp_path, hours()), lake)

    row = outcome.delivery
    assert row is not None
    assert (DeliveryState.DONE, 60, 60, 0, 0) == (row.state, row.rows, row.added, row.corrected, row.held)
    stored = in_lake(lake)
    assert 60 == len(stored)
    expected = {"pm25": 21_000, "pm10": 50_000, "so2": 5_000, "no2": 30_000, "co": 500, "o3": 60_000}
    assert expected == stored["9902A", "2026-03-01 01:00"]
    entry = LogEntry.objects.get(action="air.delivery.done")
    assert (60, 60) == (entry.after["rows"], entry.after["added"])


def test_a_dry_run_writes_nothing(tmp_path: Path, lake: Lake) -> None:
    outcome = take(written(tmp_path, hours()), lake, dry_run=True)

    assert (360, None) == (outcome.preview["stored"], outcome.delivery)
    assert not Delivery.objects.exists()
    assert {} == in_lake(lake)


def test_what_is_held_and_flagged_waits_for_review(tmp_path: Path, lake: Lake) -> None:
    rows = hours()
    rows[4][2], rows[5][3] = "-1", "many"
    rows[9][2], rows[10][2] = "70", "71"
    rows.append(["2026-03-01 05:00", "7777A", "10", "20", "1", "1", "0.1", "1"])

    row = take(written(tmp_path, rows), lake).delivery

    assert row is not None
    found = {(doubt.reason, doubt.held, str(doubt.station or doubt.source_name)): doubt for doubt in Doubt.objects.all()}
    assert {
        ("negative", True, "市监测站"), ("not_a_number", True, "市监测站"), ("unknown_station", True, "7777A"),
        ("pm_order", False, "市监测站"),
    } == set(found)  # fmt: skip
    assert {"pm10": "many"} == found["not_a_number", True, "市监测站"].texts
    assert 2 == found["pm_order", False, "市监测站"].hours
    assert {"negative": 1, "not_a_number": 1, "unknown_station": 6, "pm_order": 2} == row.counts
    assert "pm25" not in in_lake(lake)["9901A", "2026-03-01 04:00"]


def test_the_same_file_again_changes_nothing(tmp_path: Path, lake: Lake) -> None:
    first = take(written(tmp_path, hours()), lake)
    again = take(written(tmp_path, hours()), lake)
    other = take(written(tmp_path, hours(), "other.csv"), lake)

    assert first.delivery is not None and other.delivery is not None
    assert again.repeated
    assert again.delivery == first.delivery
    assert (0, 60) == (other.delivery.added, other.delivery.same)


def test_an_audited_file_corrects_what_came_before(tmp_path: Path, lake: Lake) -> None:
    take(written(tmp_path, hours()), lake)
    audited = hours()
    audited[1][2] = "19.5"

    row = take(written(tmp_path, audited, "audited.csv"), lake).delivery

    assert row is not None
    assert (0, 1, 59) == (row.added, row.corrected, row.same)
    assert 19_500 == in_lake(lake)["9901A", "2026-03-01 01:00"]["pm25"]


def test_an_import_that_broke_off_goes_on_where_it_was(tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "PART_ROWS", 20)
    rows = hours()
    rows[4][2] = "-1"
    rows[50][2] = "-1"
    path = written(tmp_path, rows)
    whole_write = storing.Storing._write

    class PowerCut(Exception):
        pass

    def cut(self: Any, number: int, gathered: Any) -> None:
        if number == 1:
            # the part is in the lake and not yet in the ledger
            self.lake.put(self.table, self._arrow(gathered), batch=storing.batch_name(self.delivery, number))
            raise PowerCut
        whole_write(self, number, gathered)

    monkeypatch.setattr("lantian.rules.air.doors.run.Reader", _small_reader())
    monkeypatch.setattr(storing.Storing, "__init__", _with_part_rows(20))
    monkeypatch.setattr(storing.Storing, "_write", cut)
    with pytest.raises(PowerCut):
        take(path, lake)
    broken = Delivery.objects.get()
    assert (DeliveryState.STORING, 1) == (broken.state, broken.parts_done)

    monkeypatch.setattr(storing.Storing, "_write", whole_write)
    row = take(path, lake).delivery

    assert row == broken
    assert row is not None
    row.refresh_from_db()
    assert DeliveryState.DONE == row.state
    assert row.parts_done > 2
    assert 60 == len(in_lake(lake))
    assert 2 == Doubt.objects.filter(reason="negative").count()
    assert 2 == row.held


def _with_part_rows(rows: int) -> Any:
    original = storing.Storing.__init__

    def init(self: Any, delivery: Any, lake: Any, looked: Any, **_options: Any) -> None:
        original(self, delivery, lake, looked, part_rows=rows)

    return init


def _small_reader() -> Any:
    from lantian.rules.air.doors.chunks import Reader

    class Small(Reader):
        def chunks(self, parts: Any) -> Any:
            return super().chunks(
                (first + at, rows[at : at + 10]) for first, rows in parts for at in range(0, len(rows), 10)
            )

    return Small


def test_a_question_stops_the_import_until_it_is_answered(tmp_path: Path, lake: Lake) -> None:
    rows = [row if place == 0 else [*row[:6], str(round(float(row[6]) * 1000)), row[7]] for place, row in enumerate(hours())]
    path = written(tmp_path, rows)

    with pytest.raises(whole.QuestionsOpen) as caught:
        take(path, lake)
    assert ["co_unit:co"] == [question["name"] for question in caught.value.data["questions"]]
    assert not Delivery.objects.exists()

    take(path, lake, Choices(units={"co": "ug"}))
    assert 500 == in_lake(lake)["9901A", "2026-03-01 01:00"]["co"]


def test_more_than_anybody_can_look_at_is_refused_before_anything_is_written(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "MOST_HELD", 20)

    with pytest.raises(Invalid) as caught:
        take(written(tmp_path, hours(codes=["7777A"])), lake)

    assert "too_many_held" == caught.value.data["code"]
    assert {} == in_lake(lake)
    assert not Delivery.objects.exists()


def test_a_value_that_stands_still_is_one_row_for_review_however_many_files_it_spans(tmp_path: Path, lake: Lake) -> None:
    rows = hours(codes=["9901A"], count=24)
    for row in rows[1:]:
        row[2] = "33"
    take(written(tmp_path, rows[:11], "a.csv"), lake)
    take(written(tmp_path, [rows[0], *rows[11:]], "b.csv"), lake)

    [doubt] = Doubt.objects.filter(reason="frozen")
    assert (24, {"pm25": 33_000}) == (doubt.hours, doubt.values)
    assert 1 == StationTail.objects.count()


def test_days_of_cities_go_to_a_table_of_their_own(tmp_path: Path, lake: Lake) -> None:
    from lantian.lake.engines import duck
    from lantian.lake.given import AIR_CITY_DAY

    rows = [["date", "city", "pm25", "co", "o3_8h"], ["2026-03-01", "晴川", "35.5", "0.8", "120"]]

    row = take(written(tmp_path, rows), lake).delivery

    assert row is not None
    assert ("city", "day", 1) == (row.of, row.interval, row.added)
    with duck(lake) as engine:
        [stored] = engine.table(AIR_CITY_DAY).to_pyarrow().to_pylist()
    assert ("990100", 35_500, 800, 120_000) == (stored["city"], stored["pm25"], stored["co"], stored["o3_8h"])


def test_days_of_stations_are_refused_with_the_way_out(tmp_path: Path, lake: Lake) -> None:
    with pytest.raises(Invalid) as caught:
        take(written(tmp_path, [["date", "station", "pm25"], ["2026-03-01", "9901A", "35"]]), lake)

    assert "station_days" == caught.value.data["code"]


def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, lake: Lake) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv([["hello", "world"], ["1", "2"]]))

    with pytest.raises(Invalid):
        take(path, lake)


def test_a_lake_that_is_busy_is_no_failure_of_the_file(tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from lantian.lake.errors import Busy

    def busy(*_given: Any, **_options: Any) -> None:
        raise Busy("air_hour")

    path = written(tmp_path, hours())
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "put", busy)
        with pytest.raises(storing.LakeUnavailable):
            take(path, lake)
    assert DeliveryState.STORING == Delivery.objects.get().state

    row = take(path, lake).delivery

    assert row is not None
    assert (1, 60) == (Delivery.objects.count(), row.added)


def test_the_nightly_upkeep_makes_few_files_and_loses_nothing(tmp_path: Path, settings: Any) -> None:
    from lantian.apps.air import lake as of_settings
    from lantian.apps.air.tasks import keep_lake
    from lantian.lake.schema import AIR_HOUR

    settings.LAKE = str(tmp_path / "lake2")
    rows = hours()
    for number in range(4):
        take(written(tmp_path, [rows[0], *rows[1 + number :: 4]], f"{number}.csv"), of_settings())
    audited = hours()
    audited[1][2] = "19.5"
    take(written(tmp_path, audited, "audited.csv"), of_settings())
    before = in_lake(of_settings())

    keep_lake.call_local()

    assert before == in_lake(of_settings())
    assert 1 == len(of_settings().files(AIR_HOUR))
    assert [] == of_settings().changes_files(AIR_HOUR)
    assert [20_000] == [row["old_pm25"] for row in of_settings().history(AIR_HOUR).to_pylist()]
