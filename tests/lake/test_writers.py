"""Several processes and threads write, compact and read one table at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier
from typing import Any

import pytest

from lantian.lake import commits
from lantian.lake.place import Place
from lantian.lake.schema import AIR_HOUR, Table
from lantian.lake.store import Lake
from tests.lake.hours import end_of, hours, value
from tests.lake.workers import STATIONS, compact_often, processes, put_same, read_often

HOURS = 6


def check(lake: Lake, added: int, corrected: int, writers: int) -> None:
    """Each key is there once, with a value that some writer gave, and every change is in the history."""
    rows = lake.read(AIR_HOUR, span=(end_of(0), end_of(HOURS - 1))).to_pylist()
    assert {1} == set(Counter((row["station"], row["end"]) for row in rows).values())
    assert HOURS * STATIONS == len(rows) == added
    history = lake.history(AIR_HOUR).to_pylist()
    assert corrected == len(history)
    # Each key has been through a chain of values that begins with the one that was added and ends with what is there.
    chains: dict[tuple[object, object], list[int]] = {}
    for change in history:
        chain = chains.setdefault((change["station"], change["end"]), [change["old_pm25"]])
        assert chain[-1] == change["old_pm25"]
        chain.append(change["pm25"])
    for row in rows:
        chain = chains[(row["station"], row["end"])]
        assert row["pm25"] == chain[-1]
        assert writers == len(chain) == len(set(chain))


def test_processes_that_put_the_same_keys_at_once_do_not_double_them(lake: Lake) -> None:
    context = processes()
    writers, others = 3, 2
    together, results = context.Barrier(writers + others), context.Queue()
    started = [
        *(context.Process(target=put_same, args=(lake.root, n, together, HOURS, results)) for n in range(writers)),
        context.Process(target=compact_often, args=(lake.root, together, 4, results)),
        context.Process(target=read_often, args=(lake.root, together, 8, results)),
    ]
    for process in started:
        process.start()
    found = [results.get(timeout=120) for _ in started]
    for process in started:
        process.join()

    assert [0] * len(started) == [process.exitcode for process in started]
    # What the reader has seen doubled or lost would be less than nothing.
    assert [] == [one for one in found if min(one) < 0]
    check(lake, sum(added for added, _ in found), sum(corrected for _, corrected in found), writers)
    lake.compact(AIR_HOUR)
    check(lake, sum(added for added, _ in found), sum(corrected for _, corrected in found), writers)


def test_threads_exclude_each_other_as_processes_do(lake: Lake) -> None:
    writers = 3
    together = Barrier(writers)

    def write(number: int) -> tuple[int, int]:
        together.wait()
        done = [
            lake.put(AIR_HOUR, hours([hour], STATIONS, add=number), batch=f"{number}-{hour}") for hour in range(HOURS)
        ]
        return sum(one.added for one in done), sum(one.corrected for one in done)

    with ThreadPoolExecutor(writers) as pool:
        found = list(pool.map(write, range(writers)))

    check(lake, sum(added for added, _ in found), sum(corrected for _, corrected in found), writers)


def test_a_batch_that_two_threads_deliver_at_once_is_written_once(lake: Lake) -> None:
    together = Barrier(2)

    def write(_: int) -> int:
        together.wait()
        return lake.put(AIR_HOUR, hours([0], STATIONS), batch="a").added

    with ThreadPoolExecutor(2) as pool:
        assert [0, STATIONS] == sorted(pool.map(write, range(2)))
    assert [value(n, 0, 0) for n in range(STATIONS)] == lake.read(AIR_HOUR)["pm25"].to_pylist()
    assert 1 == lake.batches(AIR_HOUR).num_rows


def test_without_locks_conditional_commits_keep_writers_apart(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on object storage, which knows no locks.
    monkeypatch.setattr(Place, "writing", lambda *_: nullcontext())
    raced = []
    decided_again = commits.decided_again

    def counted(table: Table, decide: Callable[[], Any]) -> Any:
        def counting() -> Any:
            try:
                return decide()
            except commits.Raced:
                raced.append(table.name)
                raise

        return decided_again(table, counting)

    monkeypatch.setattr(commits, "decided_again", counted)
    lake.put(AIR_HOUR, hours([100], STATIONS), batch="first")
    writers = 3
    together = Barrier(writers + 1)

    def write(number: int) -> tuple[int, int]:
        together.wait()
        done = [
            lake.put(AIR_HOUR, hours([hour], STATIONS, add=number), batch=f"{number}-{hour}") for hour in range(HOURS)
        ]
        return sum(one.added for one in done), sum(one.corrected for one in done)

    def compact(_: int) -> tuple[int, int]:
        together.wait()
        for _ in range(3):
            lake.compact(AIR_HOUR)
        return 0, 0

    with ThreadPoolExecutor(writers + 1) as pool:
        found = [*pool.map(lambda number: write(number) if number else compact(number), range(writers + 1))]

    assert raced
    rows = lake.read(AIR_HOUR, span=(end_of(0), end_of(HOURS - 1)))
    assert HOURS * STATIONS == rows.num_rows
    assert HOURS * STATIONS == sum(added for added, _ in found)
    lake.compact(AIR_HOUR)
    check(lake, HOURS * STATIONS, sum(corrected for _, corrected in found), writers)
