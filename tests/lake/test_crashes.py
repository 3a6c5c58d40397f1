"""A crash right after each single commit: a reader sees what is right, and the repeated step neither loses nor doubles."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lantian.lake import engines
from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from tests.lake.crashes import Crash, crash_after, crashed
from tests.lake.hours import hours

JANUARY, FEBRUARY = 0, 31 * 24


Told = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A lake with two months, corrected twice, and all that it says. To be copied, not to be written."""
    root = tmp_path_factory.mktemp("crashes") / "数据 lake"
    lake = Lake(str(root))
    for number in range(3):
        lake.put(AIR_HOUR, hours([JANUARY + number, FEBRUARY + number], stations=2), batch=f"a{number}")
    lake.put(AIR_HOUR, hours([JANUARY, FEBRUARY], stations=2, add=5), batch="b")
    lake.correct(AIR_HOUR, hours([JANUARY], add=9), columns=["o3"], batch="c", reason="x")
    return root, told(lake)


@pytest.fixture
def lake(made: tuple[Path, Told], tmp_path: Path) -> Lake:
    """A copy of it."""
    return Lake(str(shutil.copytree(made[0], tmp_path / "数据 lake")))


@pytest.fixture
def before(made: tuple[Path, Told]) -> Told:
    """What it says before anything happens."""
    return made[1]


def told(lake: Lake) -> Told:
    """All that a lake says: its rows, from both ways of reading, and its history."""
    rows = lake.read(AIR_HOUR).to_pylist()
    with engines.duck(lake, threads=1) as duck:
        assert rows == duck.table(AIR_HOUR).order_by("station", "end").to_pyarrow().cast(AIR_HOUR.schema).to_pylist()
        values = duck.values(AIR_HOUR).order_by("station", "end").to_pyarrow()
        assert [{name: row[name] for name in values.column_names} for row in rows] == values.to_pylist()
    return rows, lake.history(AIR_HOUR).to_pylist()


def test_a_compaction_of_two_months_is_six_commits(lake: Lake) -> None:
    with crash_after(99) as commits:
        lake.compact(AIR_HOUR)
    assert [6] == commits


@pytest.mark.parametrize("commits", range(7))
def test_a_compaction_that_crashes_is_taken_up_again(lake: Lake, before: Told, commits: int) -> None:
    # The sixth commit is the last: after that there is nothing left to crash.
    assert crashed(commits, lambda: lake.compact(AIR_HOUR))
    assert before == told(lake)
    # Writers go on before anybody has tidied up.
    lake.correct(AIR_HOUR, hours([JANUARY], add=20), columns=["o3"], batch="d", reason="y")
    corrected = told(lake)
    assert len(before[1]) + 1 == len(corrected[1])
    lake.compact(AIR_HOUR)

    assert corrected == told(lake)
    assert [] == lake.changes_files(AIR_HOUR)
    assert 2 == len(lake.files(AIR_HOUR))
    assert [] == lake.compact(AIR_HOUR)
    lake.vacuum(AIR_HOUR, keep_hours=0)
    assert corrected == told(lake)


@pytest.mark.parametrize("commits", [1, 2])
def test_a_compaction_that_crashes_again_and_again_gets_through(lake: Lake, before: Told, commits: int) -> None:
    for count in (commits, 1, commits, 2, commits):
        crashed(count, lambda: lake.compact(AIR_HOUR))
        assert before == told(lake)
    lake.compact(AIR_HOUR)
    assert before == told(lake)
    assert [] == lake.changes_files(AIR_HOUR)


@pytest.mark.parametrize("commits", range(5))
def test_months_past_their_time_go_without_showing_their_uncorrected_values(
    lake: Lake, before: Told, commits: int
) -> None:
    rows, history = before
    kept = [row for row in rows if row["month"] == "2026-02"]

    crashed(commits, lambda: lake.retain(AIR_HOUR, 1, until=date(2026, 2, 1)))
    assert told(lake)[0] in (rows, kept)
    lake.retain(AIR_HOUR, 1, until=date(2026, 2, 1))

    assert (kept, history) == told(lake)


def test_a_crash_is_no_error_that_somebody_may_catch() -> None:
    assert not issubclass(Crash, Exception)
