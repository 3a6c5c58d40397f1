"""Files nobody needs, months past their time, columns that come later, days made anew, copies."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from lantian.lake import engines
from lantian.lake.errors import LakeError, RowsRefused, SchemaRefused
from lantian.lake.files import months_between
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY, Table
from lantian.lake.store import Lake
from tests.lake.hours import end_of, hours, station, value

#: The same table when it will measure more.
LATER = replace(
    AIR_HOUR,
    schema=pa.schema([*list(AIR_HOUR.schema)[:-1], pa.field("voc", pa.int32()), AIR_HOUR.schema.field("month")]),
    values=(*AIR_HOUR.values, "voc"),
)


def with_voc(rows: pa.Table, voc: int) -> pa.Table:
    return rows.append_column("voc", pa.array([voc] * rows.num_rows, pa.int32()))


def data_files(lake: Lake) -> set[str]:
    return {str(path) for path in Path(lake.root).rglob("*.parquet") if "_delta_log" not in path.parts}


def test_vacuum_removes_what_is_replaced_and_what_never_came_to_be(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    lake.put(AIR_HOUR, hours([0, 1], add=1), batch="b")
    lake.compact(AIR_HOUR)
    # What a writer leaves that is killed before its commit.
    orphan = Path(lake.files(AIR_HOUR)[0]).with_name("part-00000-never-committed.parquet")
    orphan.write_bytes(b"PAR1")
    rows, history = lake.read(AIR_HOUR), lake.history(AIR_HOUR)
    before = data_files(lake)

    assert 0 == lake.vacuum(AIR_HOUR)
    assert before == data_files(lake)
    assert 0 < lake.vacuum(AIR_HOUR, keep_hours=0)

    assert not orphan.exists()
    # Rows, history, the record of deliveries: one file each.
    assert 3 == len(data_files(lake))
    assert (rows, history) == (lake.read(AIR_HOUR), lake.history(AIR_HOUR))


def test_vacuum_removes_what_a_killed_process_has_spilled(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    nobody = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
    dead, alive = (Path(lake.root, ".spill", f"spill-{process}-ab") for process in (nobody, os.getpid()))
    for folder in (dead, alive):
        folder.mkdir(parents=True)
        (folder / "duckdb_temp_storage-0.tmp").write_bytes(b"x")

    lake.vacuum(AIR_HOUR)

    assert (False, True) == (dead.exists(), alive.exists())


def test_what_does_not_fit_into_the_memory_is_spilled_beside_the_data(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    with engines.duck(lake, memory="24MB", threads=1) as duck:
        rows = ibis.range(1_500_000).unnest().name("n").as_table().mutate(t=lambda t: (t.n * 7919 % 1_500_007).cast("string"))
        first = duck.connection.execute(rows.order_by("t").mutate(r=ibis.row_number()).filter(lambda t: t.r % 750_000 == 0))
        assert 2 == len(first)
        assert [] != list(Path(lake.root, ".spill").glob("spill-*"))
    assert [] == list(Path(lake.root, ".spill").glob("spill-*"))


def test_a_reader_that_has_begun_is_not_disturbed_by_compaction(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")
    lake.put(AIR_HOUR, hours([1], add=1), batch="b")
    with engines.duck(lake, threads=1) as duck:
        table = duck.table(AIR_HOUR)
        lake.compact(AIR_HOUR)
        lake.put(AIR_HOUR, hours([1], add=2), batch="c")
        lake.compact(AIR_HOUR)
        lake.vacuum(AIR_HOUR)

        assert [value(0, 0, 0), value(0, 1, 0) + 1] == table.order_by("end").pm25.to_pyarrow().to_pylist()


def test_a_month_without_corrections_and_with_one_file_is_left_alone(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 800]), batch="a")
    lake.put(AIR_HOUR, hours([801]), batch="b")
    january = lake.files(AIR_HOUR, months=["2026-01"])

    assert [] == lake.compact(AIR_HOUR, months=["2026-01", "2030-01"])
    assert [("2026-02", 2, 1, 2, 0)] == [
        (one.month, one.files_before, one.files_after, one.rows, one.folded) for one in lake.compact(AIR_HOUR)
    ]
    assert january == lake.files(AIR_HOUR, months=["2026-01"])


def test_months_past_their_time_are_taken_out_but_for_the_history(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 800]), batch="a")
    lake.put(AIR_HOUR, hours([0, 800], add=1), batch="b")

    assert [] == lake.retain(AIR_HOUR, 2, until=date(2026, 2, 28))
    assert ["2026-01"] == lake.retain(AIR_HOUR, 2, until=date(2026, 3, 1))
    assert ["2026-02"] == lake.months(AIR_HOUR)
    assert [value(0, 800, 0) + 1] == lake.read(AIR_HOUR)["pm25"].to_pylist()
    assert 2 == lake.history(AIR_HOUR).num_rows
    # A delivery of that month would be a new one.
    assert 1 == lake.put(AIR_HOUR, hours([0]), batch="a").added
    assert ["2026-01"] == lake.retain(AIR_HOUR, 1, until=date(2026, 2, 1), history=True)
    assert ["2026-02"] == lake.history(AIR_HOUR)["month"].to_pylist()


def test_retention_keeps_at_least_one_month(lake: Lake) -> None:
    with pytest.raises(LakeError, match="At least one month must be kept, not 0"):
        lake.retain(AIR_HOUR, 0)


def test_a_column_that_comes_later_is_empty_in_older_rows_and_can_be_filled_in(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1, 2]), batch="a")
    lake.put(AIR_HOUR, hours([1], add=1), batch="b")

    added = lake.evolve(LATER)

    assert ["air_hour.voc", "air_hour_changes.voc", "air_hour_changes.old_voc"] == added
    assert [] == lake.evolve(LATER)
    lake.put(LATER, with_voc(hours([3]), 8), batch="c")
    lake.put(LATER, with_voc(hours([2]), 9), batch="d")
    expected = [(value(0, 0, 0), None), (value(0, 1, 0) + 1, None), (value(0, 2, 0), 9), (value(0, 3, 0), 8)]

    def seen() -> list[tuple[Any, Any]]:
        rows = lake.read(LATER).to_pylist()
        with engines.duck(lake, threads=1) as duck:
            assert rows == duck.table(LATER).order_by("end").to_pyarrow().cast(LATER.schema).to_pylist()
        return [(row["pm25"], row["voc"]) for row in rows]

    assert expected == seen()
    lake.compact(LATER)
    assert expected == seen()
    assert [(None, None), (None, 9)] == [(row["old_voc"], row["voc"]) for row in lake.history(LATER).to_pylist()]


def test_a_write_with_a_column_that_comes_later_adds_it_by_itself(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    lake.put(LATER, with_voc(hours([1]), 8), batch="b")
    assert [None, 8] == lake.read(LATER)["voc"].to_pylist()


def test_an_older_version_reads_what_a_newer_one_wrote_but_does_not_write(lake: Lake) -> None:
    lake.put(LATER, with_voc(hours([0]), 8), batch="a")

    assert [value(0, 0, 0)] == lake.read(AIR_HOUR)["pm25"].to_pylist()
    with pytest.raises(SchemaRefused, match=r"does not know \(voc, old_voc\): a newer version has written it"):
        lake.put(AIR_HOUR, hours([1]), batch="b")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (pa.field("voc", pa.int32(), nullable=False), "air_hour.voc is new and must be allowed to be empty"),
        (pa.field("pm25", pa.float64()), "air_hour.pm25 is stored as int32, not as double"),
    ],
    ids=["required", "type"],
)
def test_columns_are_only_added_and_may_be_empty(lake: Lake, field: pa.Field, message: str) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    fields = [one for one in AIR_HOUR.schema if one.name not in (field.name, "month")]
    other = replace(AIR_HOUR, schema=pa.schema([*fields, field, AIR_HOUR.schema.field("month")]))

    with pytest.raises(SchemaRefused, match=message):
        lake.evolve(other)


def day_rows(days: list[date], total: int, stations: int = 1) -> pa.Table:
    pairs = [(station(number), day) for day in days for number in range(stations)]
    return pa.table(
        {
            "station": [name for name, _ in pairs],
            "day": pa.array([day for _, day in pairs], pa.date32()),
            "pm25_sum": pa.array([total] * len(pairs), pa.int64()),
        }
    )


def totals(lake: Lake, table: Table = AIR_STATION_DAY) -> list[tuple[str, date, int]]:
    return [(row["station"], row["day"], row["pm25_sum"]) for row in lake.read(table).to_pylist()]


def test_days_of_a_derived_table_are_made_anew_and_the_others_stay(lake: Lake) -> None:
    first, second, third = date(2026, 1, 30), date(2026, 1, 31), date(2026, 2, 1)
    lake.replace(AIR_STATION_DAY, day_rows([first, second, third], 1, 2), where={"day": [first, second, third]})

    # Station 1 has no row on the second day any more.
    lake.replace(AIR_STATION_DAY, day_rows([second, third], 5), where={"day": [second, third]})

    assert [
        (station(0), first, 1),
        (station(0), second, 5),
        (station(0), third, 5),
        (station(1), first, 1),
    ] == totals(lake)
    lake.replace(AIR_STATION_DAY, day_rows([first], 7), where={"day": [first], "station": [station(0)]})
    assert [7, 5, 5, 1] == [total for _, _, total in totals(lake)]
    lake.replace(AIR_STATION_DAY, day_rows([], 0), where={"month": ["2026-01"]})
    assert [(station(0), third, 5)] == totals(lake)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({}, "names which rows it replaces"),
        ({"day": []}, "names which rows it replaces"),
        ({"hour": [1]}, "has no column hour"),
        ({"day": [date(2026, 1, 2)]}, "some rows have another day"),
    ],
    ids=["nothing", "no-value", "unknown", "outside"],
)
def test_a_replacement_says_what_it_replaces(lake: Lake, where: dict[str, list[Any]], message: str) -> None:
    with pytest.raises(RowsRefused, match=message):
        lake.replace(AIR_STATION_DAY, day_rows([date(2026, 1, 1)], 1), where=where)


def test_what_was_observed_is_never_replaced(lake: Lake) -> None:
    with pytest.raises(RowsRefused, match="its rows are put and corrected, never replaced"):
        lake.replace(AIR_HOUR, hours([0]), where={"end": [end_of(0)]})


def test_a_copy_is_a_lake_and_stays_as_it_was(lake: Lake, tmp_path: Path) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")
    lake.put(AIR_HOUR, hours([1], add=1), batch="b")
    lake.replace(AIR_STATION_DAY, day_rows([date(2026, 1, 1)], 1), where={"month": ["2026-01"]})
    rows, history = lake.read(AIR_HOUR), lake.history(AIR_HOUR)

    count = lake.snapshot(tmp_path / "copy")
    lake.compact(AIR_HOUR)
    lake.put(AIR_HOUR, hours([0, 1, 2], add=9), batch="c")
    lake.vacuum(AIR_HOUR, keep_hours=0)

    copy = Lake(str(tmp_path / "copy"))
    assert count == sum(path.is_file() for path in (tmp_path / "copy").rglob("*"))
    assert (rows, history) == (copy.read(AIR_HOUR), copy.history(AIR_HOUR))
    assert [1] == [total for _, _, total in totals(copy)]
    # It lives on as a lake of its own.
    assert copy.put(AIR_HOUR, hours([1], add=1), batch="b").seen
    copy.put(AIR_HOUR, hours([5]), batch="z")
    copy.compact(AIR_HOUR)
    assert [value(0, 0, 0), value(0, 1, 0) + 1, value(0, 5, 0)] == copy.read(AIR_HOUR)["pm25"].to_pylist()
    assert value(0, 0, 0) + 9 == lake.read(AIR_HOUR)["pm25"].to_pylist()[0]


def test_a_copy_without_links_between_disks_is_a_copy_all_the_same(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_disk(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", other_disk)
    lake.put(AIR_HOUR, hours([0]), batch="a")
    lake.snapshot(tmp_path / "copy")
    assert lake.read(AIR_HOUR) == Lake(str(tmp_path / "copy")).read(AIR_HOUR)


def test_months_between_two_days_are_counted_over_the_years() -> None:
    assert ["2025-12", "2026-01"] == months_between(date(2025, 12, 31), date(2026, 1, 1))
    assert 25 == len(months_between(date(2024, 1, 1), date(2026, 1, 31)))
    assert [] == months_between(date(2026, 2, 1), date(2026, 1, 1))
