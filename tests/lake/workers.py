"""What other processes do with a lake while tests look on, or kill them."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from typing import Any

from lantian.lake import engines
from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from tests.lake.hours import hours

STATIONS = 20


def processes() -> ForkServerContext:
    """Processes that start at once: the libraries are loaded once, in a process that has used none of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tests.lake.workers", "pandas"])
    return context


Step = tuple[str, int]


def steps(first: int, *, compacting: bool) -> Any:
    """An endless life of a lake: an hour comes, the one before it is corrected, and so on."""
    hour = first
    while True:
        yield ("put", hour)
        yield ("correct", hour)
        if compacting:
            yield ("compact", hour)
        hour += 1


def do(lake: Lake, step: Step) -> None:
    """One step; to do it twice is to do it once."""
    kind, hour = step
    if kind == "put":
        lake.put(AIR_HOUR, hours([hour], STATIONS), batch=f"put-{hour}")
    elif kind == "correct":
        # Every third station of this hour, and one of an hour long ago.
        rows = hours([hour], STATIONS // 3, add=7)
        lake.put(AIR_HOUR, rows, batch=f"correct-{hour}")
    else:
        lake.compact(AIR_HOUR)


def live_on(root: str, first: int, compacting: bool, report: Connection) -> None:
    """Do step after step, saying so before and after each, until somebody ends it."""
    lake = Lake(root)
    for step in steps(first, compacting=compacting):
        report.send(("begins", step))
        do(lake, step)
        report.send(("done", step))


def put_same(root: str, number: int, together: Barrier, count: int, results: Any) -> None:
    """Put the same hours as others at the same moment, half of them with other values."""
    lake = Lake(root)
    together.wait()
    done = [
        lake.put(AIR_HOUR, hours([hour], STATIONS, add=number), batch=f"{number}-{hour}") for hour in range(count)
    ]
    results.put((sum(one.added for one in done), sum(one.corrected for one in done)))


def compact_often(root: str, together: Barrier, count: int, results: Any) -> None:
    """Compact and vacuum while others write."""
    lake = Lake(root)
    together.wait()
    for _ in range(count):
        lake.compact(AIR_HOUR)
        lake.vacuum(AIR_HOUR)
    results.put((0, 0))


def read_often(root: str, together: Barrier, count: int, results: Any) -> None:
    """Look at the table while others write: no key is ever there twice, and nothing that was there goes."""
    lake = Lake(root)
    together.wait()
    before = doubled = lost = 0
    for _ in range(count):
        with engines.duck(lake, threads=1) as duck:
            table = duck.table(AIR_HOUR)
            rows = table.count().execute()
            keys = table.select("station", "end").distinct().count().execute()
        doubled += rows - keys
        lost += rows < before
        before = rows
    results.put((-int(doubled), -int(lost)))
