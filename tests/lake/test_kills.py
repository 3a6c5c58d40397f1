"""kill -9, fifty times, while a process appends, corrects and compacts: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from tests.lake.hours import end_of, station, value
from tests.lake.workers import STATIONS, Step, do, live_on, processes

KILLS = 25
CORRECTED = STATIONS // 3


def run_until_killed(lake: Lake, first: int, chance: random.Random, *, compacting: bool) -> tuple[list[Step], Step]:
    """Start a process, kill it in the middle of something; what it had done, and what it was doing."""
    context = processes()
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=live_on, args=(lake.root, first, compacting, there))
    process.start()
    there.close()
    done: list[Step] = []
    doing: Step = ("put", first)
    # It dies somewhere after the beginning of a step of its life: a step takes some ten milliseconds.
    begun, limit = 0, chance.randint(1, 5)
    moment = chance.uniform(0, 0.05)
    try:
        while begun < limit:
            said, step = here.recv()
            if said == "begins":
                begun += 1
                doing = step
            else:
                done.append(step)
        here.poll(moment)
        process.kill()
        process.join()
        # What it had said before it died still counts.
        while here.poll():
            said, step = here.recv()
            if said == "begins":
                doing = step
            else:
                done.append(step)
    except EOFError:
        pass
    finally:
        process.kill()
        process.join()
        here.close()
    assert -9 == process.exitcode
    return done, doing


def rows_between(lake: Lake, first: int, last: int) -> dict[int, list[dict[str, Any]]]:
    """The rows of each hour."""
    rows = lake.read(AIR_HOUR, columns=["station", "end", "pm25"], span=(end_of(first), end_of(last))).to_pylist()
    ends = {end_of(hour): hour for hour in range(first, last + 1)}
    found: dict[int, list[dict[str, Any]]] = {hour: [] for hour in ends.values()}
    for row in rows:
        found[ends[row["end"]]].append({"station": row["station"], "pm25": row["pm25"]})
    return found


def expected(hour: int, corrected: bool) -> list[dict[str, Any]]:
    return [
        {"station": station(n), "pm25": value(n, hour, 0) + (7 if corrected and n < CORRECTED else 0)}
        for n in range(STATIONS)
    ]


@pytest.mark.parametrize("compacting", [False, True], ids=["appending", "compacting"])
def test_a_writer_that_is_killed_at_any_moment_leaves_what_it_has_committed(lake: Lake, compacting: bool) -> None:
    chance = random.Random(f"kill {compacting}")
    first = 0
    put: set[int] = set()
    corrected: set[int] = set()
    for _ in range(KILLS):
        done, doing = run_until_killed(lake, first, chance, compacting=compacting)
        put |= {hour for kind, hour in done if kind == "put"}
        corrected |= {hour for kind, hour in done if kind == "correct"}
        # What was done is there, what was being done is there as a whole or not at all.
        for hour, rows in rows_between(lake, first, doing[1]).items():
            states = [expected(hour, True)] if hour in corrected else [expected(hour, False)]
            if doing == ("put", hour):
                states.append([])
            elif doing == ("correct", hour) and hour not in corrected:
                states.append(expected(hour, True))
            assert rows in states
        # The next process begins with the hour that this one may not have finished.
        first = doing[1]

    for step in (("put", first), ("correct", first), ("compact", first)):
        do(lake, step)
    everything = lake.read(AIR_HOUR, columns=["station", "end", "pm25"]).to_pylist()
    assert sorted(
        ({"end": end_of(hour), **row} for hour in range(first + 1) for row in expected(hour, True)),
        key=lambda row: (row["station"], row["end"]),
    ) == [{"end": row["end"], "station": row["station"], "pm25": row["pm25"]} for row in everything]
    history = lake.history(AIR_HOUR)
    assert (first + 1) * CORRECTED == history.num_rows
    assert {(value(n, hour, 0), value(n, hour, 0) + 7) for hour in range(first + 1) for n in range(CORRECTED)} == set(
        zip(history["old_pm25"].to_pylist(), history["pm25"].to_pylist(), strict=True)
    )
    assert first >= KILLS // 3
