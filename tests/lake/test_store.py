"""What a delivery and a correction do to a table, and what the lake refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lantian.lake import commits, engines, writing
from lantian.lake.errors import Busy, KeysUnknown, LakeError, PlaceUnusable, RowsRefused, StorageFailed
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY, POLLUTANTS
from lantian.lake.store import Lake
from lantian.lake.writing import Put
from tests.lake.crashes import crashed
from tests.lake.hours import end_of, hours, station, value

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def with_values(rows: pa.Table, **values: int | None) -> pa.Table:
    """The same rows with other values."""
    for name, one in values.items():
        column = pa.array([one] * rows.num_rows, pa.int32())
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def seen(lake: Lake, column: str = "pm25", **equal: Any) -> list[int | None]:
    return lake.read(AIR_HOUR, columns=[column], **equal)[column].to_pylist()


def test_a_delivery_is_added_with_its_month_its_batch_and_the_time_it_was_received(lake: Lake) -> None:
    done = lake.put(AIR_HOUR, hours([0, 1], stations=2), batch="a", now=NOW)

    assert Put(added=4) == done
    rows = lake.read(AIR_HOUR).to_pylist()
    assert [(station(0), end_of(0)), (station(0), end_of(1)), (station(1), end_of(0)), (station(1), end_of(1))] == [
        (row["station"], row["end"]) for row in rows
    ]
    assert {("a", NOW, "2026-01")} == {(row["batch"], row["received"], row["month"]) for row in rows}
    assert AIR_HOUR.schema == lake.read(AIR_HOUR).schema


def test_the_last_hour_of_a_month_is_labelled_with_the_first_of_the_next_one(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([31 * 24 - 1, 31 * 24]), batch="a")

    rows = lake.read(AIR_HOUR).to_pylist()

    # In campaign time 1 February 00:00 and 01:00.
    assert [datetime(2026, 1, 31, 16, tzinfo=UTC), datetime(2026, 1, 31, 17, tzinfo=UTC)] == [row["end"] for row in rows]
    assert ["2026-01", "2026-02"] == [row["month"] for row in rows]
    assert ["2026-01", "2026-02"] == lake.months(AIR_HOUR)


def test_the_newer_value_of_a_known_key_wins_and_the_old_one_is_in_the_history(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")

    done = lake.put(AIR_HOUR, hours([1, 2], add=500), batch="b", reason="republished", actor="li", now=NOW)

    assert Put(added=1, corrected=1) == done
    assert [value(0, 0, 0), value(0, 1, 0) + 500, value(0, 2, 0) + 500] == seen(lake)
    (change,) = lake.history(AIR_HOUR).to_pylist()
    assert ("b", "republished", "li", NOW) == (change["batch"], change["reason"], change["actor"], change["made"])
    assert [value(0, 1, place) for place in range(6)] == [change[f"old_{name}"] for name in POLLUTANTS]
    assert [value(0, 1, place) + 500 for place in range(6)] == [change[name] for name in POLLUTANTS]
    # Which delivery a row first came with does not change.
    assert ["a", "a", "b"] == [row["batch"] for row in lake.read(AIR_HOUR).to_pylist()]


def test_the_same_values_again_change_nothing(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")

    assert Put(same=2) == lake.put(AIR_HOUR, hours([0, 1]), batch="b")
    assert 0 == lake.history(AIR_HOUR).num_rows


def test_an_empty_value_of_a_delivery_says_nothing_unless_it_shall_erase(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    without = with_values(hours([0]), pm25=None, o3=7)

    assert Put(corrected=1) == lake.put(AIR_HOUR, without, batch="b")
    assert [value(0, 0, 0)] == seen(lake)
    assert [7] == seen(lake, "o3")
    assert Put(corrected=1) == lake.put(AIR_HOUR, without, batch="c", erase=True)
    assert [None] == seen(lake)


def test_a_value_that_was_missing_is_filled_in_and_that_is_a_correction(lake: Lake) -> None:
    lake.put(AIR_HOUR, with_values(hours([0]), pm25=None), batch="a")

    assert Put(corrected=1) == lake.put(AIR_HOUR, hours([0]), batch="b")
    assert [(None, value(0, 0, 0))] == [(row["old_pm25"], row["pm25"]) for row in lake.history(AIR_HOUR).to_pylist()]


def test_a_batch_that_was_written_is_skipped_even_if_it_has_been_corrected_since(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    lake.put(AIR_HOUR, hours([0]), batch="b")
    lake.put(AIR_HOUR, hours([0], add=5), batch="c")

    for batch in "abc":
        assert Put(seen=True) == lake.put(AIR_HOUR, hours([0], add=9), batch=batch)
    assert [value(0, 0, 0) + 5] == seen(lake)


def test_a_batch_is_known_by_month_and_after_many_others(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MANY_RECORDS", 5)
    lake.put(AIR_HOUR, hours([0]), batch="first")
    for number in range(14):
        lake.put(AIR_HOUR, hours([1]), batch=f"other-{number:02d}")

    assert Put(seen=True) == lake.put(AIR_HOUR, hours([0], add=9), batch="first")
    assert Put(seen=True) == lake.put(AIR_HOUR, hours([0], add=9), batch="other-03")
    assert Put(added=1) == lake.put(AIR_HOUR, hours([800]), batch="first")
    assert 16 == lake.batches(AIR_HOUR).num_rows


@pytest.mark.parametrize("count", [1, 2])
def test_a_delivery_that_was_interrupted_is_finished_and_does_not_undo_a_later_correction(
    lake: Lake, count: int
) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")
    delivery = hours([0, 2], add=5)

    assert crashed(count, lambda: lake.put(AIR_HOUR, delivery, batch="b"))
    lake.correct(AIR_HOUR, with_values(hours([0]), pm25=1), columns=["pm25"], batch="c", reason="auditor")
    if count == 2:
        lake.correct(AIR_HOUR, with_values(hours([2]), pm25=2), columns=["pm25"], batch="d", reason="auditor")
        # What it had written is recognised wherever it lies by now.
        lake.compact(AIR_HOUR)
    lake.put(AIR_HOUR, delivery, batch="b")

    assert [1, value(0, 1, 0), 2 if count == 2 else value(0, 2, 0) + 5] == seen(lake)
    assert [value(0, 0, 5) + 5, value(0, 1, 5), value(0, 2, 5) + 5] == seen(lake, "o3")


def test_a_correction_changes_the_named_columns_only_and_may_erase(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")
    rows = hours([1]).select(["station", "end"]).append_column("o3", pa.array([None], pa.int32()))

    done = lake.correct(AIR_HOUR, rows, columns=["o3"], batch="b", reason="instrument was being calibrated", actor="wang")

    assert Put(corrected=1) == done
    assert [value(0, 0, 5), None] == seen(lake, "o3")
    assert [value(0, 0, 0), value(0, 1, 0)] == seen(lake)


def test_a_correction_of_a_row_that_is_not_there_is_refused_whole(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 800]), batch="a")

    with pytest.raises(KeysUnknown, match=r"no row with station 0000A, end 2026-02-03T02:00:00\+00:00"):
        lake.correct(AIR_HOUR, hours([0, 801], add=1), columns=["o3"], batch="b", reason="x")

    assert [value(0, 0, 5), value(0, 800, 5)] == seen(lake, "o3")
    assert Put(corrected=2) == lake.correct(AIR_HOUR, hours([0, 800], add=1), columns=["o3"], batch="b", reason="x")


def test_the_history_of_a_row_tells_every_step_in_order_before_and_after_compaction(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1], stations=2), batch="a")
    for number, batch in enumerate("bcd"):
        lake.correct(AIR_HOUR, hours([0], add=number + 1), columns=["o3"], batch=batch, reason=batch)
        if batch == "c":
            lake.compact(AIR_HOUR)

    steps = lake.history(AIR_HOUR, station=station(0), span=(end_of(0), end_of(0))).to_pylist()

    first = value(0, 0, 5)
    assert [("b", first, first + 1), ("c", first + 1, first + 2), ("d", first + 2, first + 3)] == [
        (step["batch"], step["old_o3"], step["o3"]) for step in steps
    ]
    assert 0 == lake.history(AIR_HOUR, station=station(1)).num_rows
    assert 1 == lake.history(AIR_HOUR, batch="c", actor="").num_rows


def test_engines_give_the_same_rows_as_reads_whatever_is_asked(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0, 1, 2, 800, 801], stations=3), batch="a")
    lake.put(AIR_HOUR, hours([1, 801], stations=2, add=3), batch="b")

    with engines.duck(lake, threads=1) as duck:
        for given in ({}, {"months": ["2026-02"]}, {"span": (end_of(1), end_of(800))}, {"months": ["2025-01"]}):
            table = duck.table(AIR_HOUR, **given)
            assert lake.read(AIR_HOUR, **given) == table.order_by("station", "end").to_pyarrow().cast(AIR_HOUR.schema)
            assert tuple(AIR_HOUR.schema.names) == table.columns
        assert 4 == duck.changes(AIR_HOUR).count().execute()


def test_only_files_that_can_hold_what_is_asked_are_opened(lake: Lake) -> None:
    for hour in range(5):
        lake.put(AIR_HOUR, hours([hour]), batch=str(hour))
    lake.put(AIR_HOUR, hours([800]), batch="later")

    assert 6 == len(lake.files(AIR_HOUR))
    assert 1 == len(lake.files(AIR_HOUR, months=["2026-02"]))
    assert 2 == len(lake.files(AIR_HOUR, span=(end_of(3), end_of(4))))
    assert 1 == len(lake.files(AIR_HOUR, span=(end_of(3) - timedelta(minutes=30), end_of(3) + timedelta(minutes=30))))


def test_a_lake_that_has_nothing_yet_reads_as_empty(lake: Lake) -> None:
    assert 0 == lake.read(AIR_HOUR).num_rows == lake.history(AIR_HOUR).num_rows == lake.batches(AIR_HOUR).num_rows
    assert [] == lake.files(AIR_HOUR) == lake.changes_files(AIR_HOUR) == lake.months(AIR_HOUR) == lake.compact(AIR_HOUR)
    assert 0 == lake.vacuum(AIR_HOUR)
    with engines.duck(lake) as duck:
        assert 0 == duck.table(AIR_HOUR).count().execute() == duck.table(AIR_STATION_DAY).count().execute()
    assert not Path(lake.root).joinpath("air_hour").exists()
    assert Put() == lake.put(AIR_HOUR, hours([]), batch="nothing")


def changed(name: str, array: Any) -> pa.Table:
    rows = hours([0, 1])
    return rows.set_column(rows.column_names.index(name), name, array)


NAIVE = pa.array([datetime(2026, 1, 1), datetime(2026, 1, 1, 1)], pa.timestamp("us"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (hours([0, 1, 0]), r"1 rows have a key that stands in the delivery already, for example station 0000A, end"),
        (hours([0]).drop_columns("start"), "air_hour needs the column start"),
        (hours([0]).append_column("pm1", pa.array([1])), "air_hour has no column pm1; it has station, start"),
        (hours([0]).append_column("month", pa.array(["2026-02"])), "air_hour.month is not the month of end"),
        (changed("station", pa.array(["a", None])), "air_hour.station must not be empty; 1 rows are"),
        (changed("end", NAIVE), r"air_hour.end must be times with a zone, not timestamp\[us\]"),
        (changed("o3", pa.array(["1", "-"])), "air_hour.o3 must be int32"),
        (changed("o3", pa.array([1.5, 2.0])), "air_hour.o3 must be int32"),
        (changed("o3", pa.array([2**40, 2])), "air_hour.o3 must be int32"),
    ],
    ids=["twice", "missing", "unknown", "month", "empty-key", "no-zone", "text", "fraction", "too-large"],
)
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(lake: Lake, rows: pa.Table, message: str) -> None:
    with pytest.raises(RowsRefused, match=message):
        lake.put(AIR_HOUR, rows, batch="a")
    assert [] == lake.files(AIR_HOUR)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["source"], "may change pm25, pm10, so2, no2, co, o3, not source"),
        ([], "not nothing"),
        (["voc"], "not voc"),
    ],
    ids=["fixed", "none", "unknown"],
)
def test_a_correction_changes_values_only(lake: Lake, columns: list[str], message: str) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    with pytest.raises(RowsRefused, match=message):
        lake.correct(AIR_HOUR, hours([0]), columns=columns, batch="b", reason="x")


def test_a_correction_needs_the_key_and_the_columns_it_names(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    with pytest.raises(RowsRefused, match="needs the columns end, o3"):
        lake.correct(AIR_HOUR, hours([0]).select(["station"]), columns=["o3"], batch="b", reason="x")


def test_reads_are_asked_by_the_columns_that_a_table_has(lake: Lake) -> None:
    with pytest.raises(RowsRefused, match="cannot be asked by batch"):
        lake.read(AIR_HOUR, batch="a")
    with pytest.raises(RowsRefused, match="cannot be asked by reason"):
        lake.history(AIR_HOUR, reason="a")


@pytest.mark.parametrize("sign", list("[*?#%'"))
def test_a_folder_whose_name_would_be_a_pattern_is_refused(tmp_path: Path, sign: str) -> None:
    with pytest.raises(PlaceUnusable, match="Choose another folder"):
        Lake(str(tmp_path / f"lake{sign}1"))


def test_who_waits_too_long_for_another_writer_is_told_so(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    hurried = Lake(lake.root, patience=0)

    with lake.place.writing("air_hour", 1), pytest.raises(Busy, match="being written by another process") as found:
        hurried.put(AIR_HOUR, hours([1]), batch="b")

    assert found.value.temporary
    assert Put(added=1) == hurried.put(AIR_HOUR, hours([1]), batch="b")


def test_a_log_that_cannot_be_read_is_an_error_of_the_lake(lake: Lake) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")
    (entry,) = Path(lake.root).glob("air_hour/_delta_log/*1.json")
    entry.write_text("no log")

    with pytest.raises(StorageFailed, match=r"The table air_hour could not be read at .*lake: ") as found:
        lake.read(AIR_HOUR)
    assert found.value.temporary


def test_what_cannot_be_written_is_an_error_of_the_lake_and_not_a_race(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.put(AIR_HOUR, hours([0]), batch="a")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(commits, "write_deltalake", full)
    with pytest.raises(StorageFailed, match=r"The table air_hour could not be written at .*No space left"):
        lake.put(AIR_HOUR, hours([1]), batch="b")
    monkeypatch.undo()
    assert Put(added=1) == lake.put(AIR_HOUR, hours([1]), batch="b")


def test_a_place_where_nothing_can_be_made_is_an_error_of_the_lake(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "air_hour_batches").write_text("a file in the way")
    with pytest.raises(StorageFailed, match="air_hour_batches could not be"):
        Lake(str(tmp_path / "lake")).put(AIR_HOUR, hours([0]), batch="a")


def test_every_error_of_the_lake_has_a_code_of_its_own() -> None:
    kinds = LakeError.__subclasses__()
    assert len(kinds) + 1 == len({LakeError.code, *(kind.code for kind in kinds)})
