"""Values of monitors in the lake: what a repeat and another value do, clocks that are off, months of campaign time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from lantian.lake.engines import duck, spark
from lantian.lake.schema import UTC as STAMP
from lantian.lake.stacks.reading import read_frame, read_values, starts
from lantian.lake.stacks.tables import NUMBER, STACK_FRAME, STACK_VALUE
from lantian.lake.store import Lake
from lantian.lake.writing import Put

#: 1 April 00:00 in China
START = datetime(2026, 3, 31, 16, tzinfo=UTC)


def rows(*values: dict[str, Any]) -> pa.Table:
    """Rows of hours of one outlet."""
    found: list[dict[str, Any]] = []
    for value in values:
        row = {"mn": "M1", "st": "31", "cn": "2061", "factor": "a21026", "start": START, "off": False, "clock": "data"}
        row |= {"end": START + timedelta(hours=1), "flag": "N", "received": START + timedelta(hours=1), "frame": "aa"} | value
        found.append(row)
    names = list(dict.fromkeys(name for row in found for name in row))
    return pa.Table.from_pylist(found, schema=pa.schema([STACK_VALUE.schema.field(name) for name in names]))


def test_the_same_value_from_another_frame_is_a_repeat_and_another_value_is_a_correction_that_names_its_frame(
    lake: Lake,
) -> None:
    first = lake.put(STACK_VALUE, rows({"avg": Decimal("1.25")}), batch="1")
    repeat = lake.put(STACK_VALUE, rows({"avg": Decimal("1.250"), "frame": "bb"}), batch="2")
    other = lake.put(STACK_VALUE, rows({"avg": Decimal("1.5"), "frame": "cc"}), batch="3")

    assert (Put(added=1), Put(same=1), Put(corrected=1)) == (first, repeat, other)
    (row,) = read_values(lake, START, START).to_pylist()
    assert (Decimal("1.5"), "cc", "2026-04") == (row["avg"], row["frame"], row["month"])
    (old,) = lake.history(STACK_VALUE).to_pylist()
    assert (Decimal("1.25"), "aa", "cc") == (old["old_avg"], old["old_frame"], old["frame"])
    lake.compact(STACK_VALUE)
    assert [row["avg"]] == read_values(lake, START, START, columns=["avg"])["avg"].to_pylist()


def test_a_value_whose_clock_is_off_never_takes_the_place_of_one_that_came_in_time(lake: Lake) -> None:
    later = START + timedelta(hours=2)
    lake.put(STACK_VALUE, rows({"cn": "2011", "rtd": Decimal(7)}), batch="1")
    lake.put(
        STACK_VALUE,
        rows(
            {"cn": "2011", "rtd": Decimal(9), "off": True},
            {"cn": "2011", "rtd": Decimal(8), "off": True, "start": later},
        ),
        batch="2",
    )

    in_time = read_values(lake, START, later, mns=["M1"], cns=["2011"], factors=["a21026"])
    both = read_values(lake, START, later, off=True)

    assert [Decimal(7)] == in_time["rtd"].to_pylist()
    assert [(Decimal(7), False), (Decimal(8), True)] == [(row["rtd"], row["off"]) for row in both.to_pylist()]
    assert 0 == read_values(lake, START, later, mns=[]).num_rows


def of_two_among_many(count: int) -> list[str]:
    """Numbers of devices of which two have rows."""
    return ["M1", "M2", *(f"N{number:05d}" for number in range(count))]


@pytest.mark.parametrize("count", [0, 198, 199, 5000])
def test_of_many_devices_the_same_is_given_as_of_few(lake: Lake, count: int) -> None:
    lake.put(STACK_VALUE, rows({"avg": Decimal(1)}, {"mn": "M2"}, {"mn": "M3"}), batch="1")
    found = read_values(lake, START, START, mns=of_two_among_many(count))
    assert (["M1", "M2"], STACK_VALUE.schema.names) == (found["mn"].to_pylist(), found.column_names)
    assert 2 == read_values(lake, START, START, mns=of_two_among_many(count), off=True).num_rows


def test_of_many_devices_a_cluster_gives_the_same(lake: Lake, spark_session: Any) -> None:
    lake.put(STACK_VALUE, rows({"avg": Decimal(1)}, {"mn": "M2"}, {"mn": "M3"}), batch="1")
    found = read_values(spark(lake, spark_session), START, START, mns=of_two_among_many(400))
    assert read_values(lake, START, START, mns=["M1", "M2"]).equals(found)


def test_the_periods_that_are_there_are_told_once_whatever_the_number_of_factors(lake: Lake) -> None:
    lake.put(
        STACK_VALUE,
        rows({"factor": "a"}, {"factor": "b"}, {"factor": "a", "start": START + timedelta(hours=1)}, {"mn": "M2"}),
        batch="1",
    )

    with duck(lake) as engine:
        found = starts(engine, "2061", START, START + timedelta(hours=5), ["M1"]).to_pyarrow()

    assert [START, START + timedelta(hours=1)] == sorted(found["start"].to_pylist())


@pytest.mark.parametrize("raw", [b"##0001\xff\x00", b""])
def test_a_frame_is_kept_byte_for_byte(lake: Lake, raw: bytes) -> None:
    columns = {"mn": ["M1"], "received": pa.array([START], STAMP), "frame": ["aa"], "raw": pa.array([raw], pa.binary())}
    lake.put(STACK_FRAME, pa.table(columns), batch="1")

    assert Put(same=1) == lake.put(STACK_FRAME, pa.table(columns), batch="2")
    assert raw == read_frame(lake, "M1", START, "aa")
    assert read_frame(lake, "M1", START, "bb") is None


def test_a_number_with_more_figures_than_fit_is_refused_and_not_rounded(lake: Lake) -> None:
    with pytest.raises(pa.ArrowInvalid):
        pa.array([Decimal("0.1234567")], NUMBER)


def test_a_frame_that_comes_again_is_known_although_the_log_tells_moments_in_milliseconds(lake: Lake) -> None:
    at = START.replace(microsecond=1_999)
    columns = {"mn": ["M1"], "received": pa.array([at], STAMP), "frame": ["aa"], "raw": pa.array([b"##"], pa.binary())}
    lake.put(STACK_FRAME, pa.table(columns), batch="1")

    assert Put(same=1) == lake.put(STACK_FRAME, pa.table(columns), batch="2")
    assert b"##" == read_frame(lake, "M1", at, "aa")
