"""Observations in backups: copied while somebody writes, put back as a lake that goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

import pytest

from lantian.cli import archive
from lantian.cli.archive import ArchiveError
from lantian.lake.schema import AIR_HOUR
from lantian.lake.store import Lake
from tests.house.conftest import lantian
from tests.lake.hours import hours, value

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages as they are written in the code."""
    monkeypatch.setattr(archive, "_", lambda text: text)


def lake_of(data: Path) -> Lake:
    return Lake(str(data / "lake"))


def restore(file: Path, data: Path) -> str:
    with archive.opened(file, data) as found:
        return found.put_in_place()


def seen(data: Path) -> list[int]:
    return lake_of(data).read(AIR_HOUR)["pm25"].to_pylist()


def test_observations_come_back_with_their_corrections_and_their_history(office: Path, tmp_path: Path) -> None:
    lake = lake_of(office)
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")
    lake.put(AIR_HOUR, hours([1], add=1), batch="b")
    done = archive.backup(office, tmp_path / "a.tar.gz")
    lake.put(AIR_HOUR, hours([0], add=9), batch="c")
    lake.compact(AIR_HOUR)
    lake.vacuum(AIR_HOUR, keep_hours=0)

    kept = restore(done.path, office)

    assert "" == done.left_out
    assert [value(0, 0, 0), value(0, 1, 0) + 1] == seen(office)
    assert ["b"] == lake.history(AIR_HOUR)["batch"].to_pylist()
    assert lake.put(AIR_HOUR, hours([1]), batch="a").seen
    assert 1 == lake.put(AIR_HOUR, hours([2]), batch="d").added
    assert [value(0, 0, 0) + 9, value(0, 1, 0) + 1] == seen(Path(kept))
    assert [] == list((office / "tmp").glob("*")) if (office / "tmp").exists() else True


def test_a_backup_while_somebody_writes_and_compacts_holds_one_moment(office: Path, tmp_path: Path) -> None:
    lake, end, written = lake_of(office), Event(), Event()

    def write() -> None:
        hour = 0
        while not end.is_set():
            # A delivery and its correction; a third of the time both are folded in at once.
            lake.put(AIR_HOUR, hours([hour], 3), batch=f"a{hour}")
            lake.put(AIR_HOUR, hours([hour], 3, add=5), batch=f"b{hour}")
            if hour % 3 == 2:
                lake.compact(AIR_HOUR)
            hour += 1
            if hour == 3:
                written.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert written.wait(60)
        made = [archive.backup(office, tmp_path / f"{number}.tar.gz").path for number in range(3)]
    finally:
        end.set()
        writer.join()

    for file in made:
        restore(file, office)
        rows, history = lake.read(AIR_HOUR), lake.history(AIR_HOUR)
        count = rows.num_rows // 3
        assert count >= 3
        assert 3 * count == rows.num_rows
        # All hours are corrected but, at most, the last one that was there at that moment.
        assert history.num_rows in (3 * count, 3 * (count - 1))
        folded = [value(n, hour, 0) + 5 for n in range(3) for hour in range(count - 1)]
        assert folded == [
            row["pm25"] for row in rows.to_pylist() if row["end"] != max(rows["end"].to_pylist())
        ]
        lake.compact(AIR_HOUR)
        assert rows == lake.read(AIR_HOUR)


def test_a_backup_without_observations_leaves_those_that_are_there(office: Path, tmp_path: Path) -> None:
    lake_of(office).put(AIR_HOUR, hours([0]), batch="a")
    done = archive.backup(office, tmp_path / "a.tar.gz", lake=False)
    lake_of(office).put(AIR_HOUR, hours([1]), batch="b")

    kept = restore(done.path, office)

    assert str(office / "lake") == done.left_out
    assert [value(0, 0, 0), value(0, 1, 0)] == seen(office) == seen(Path(kept))


def test_a_house_without_observations_misses_none(office: Path, tmp_path: Path) -> None:
    assert "" == archive.backup(office, tmp_path / "a.tar.gz", lake=False).left_out


@pytest.mark.parametrize("place", ["s3://bucket/lake", "/srv/elsewhere/lake"])
def test_a_lake_elsewhere_is_not_in_the_file_and_that_is_said(office: Path, tmp_path: Path, place: str) -> None:
    lake_of(office).put(AIR_HOUR, hours([0]), batch="a")

    done = lantian(office, "backup", str(tmp_path / "a.tar.gz"), LANTIAN_LAKE=place)

    assert 0 == done.returncode, done.stderr
    assert f"The observations in {place} are not in it." in done.stdout
    with archive.opened(tmp_path / "a.tar.gz", office) as found:
        assert [] == [name for name in found.manifest.files if name.startswith("data/lake/")]


def test_the_command_leaves_observations_out_if_it_is_told_to(office: Path, tmp_path: Path) -> None:
    lake_of(office).put(AIR_HOUR, hours([0]), batch="a")

    with_them = lantian(office, "backup", str(tmp_path / "a.tar.gz"))
    without = lantian(office, "backup", str(tmp_path / "b.tar.gz"), "--without-lake")

    assert "are not in it" not in with_them.stdout
    assert f"The observations in {office / 'lake'} are not in it." in without.stdout


def test_a_table_that_cannot_be_read_stops_the_backup(
    office: Path, tmp_path: Path, no_patience: Callable[[], None]
) -> None:
    lake = lake_of(office)
    lake.put(AIR_HOUR, hours([0]), batch="a")
    no_patience()
    with lake.place.writing("air_hour", 1), pytest.raises(ArchiveError, match=r"The observations could not be copied: .*written"):
        archive.backup(office, tmp_path / "a.tar.gz")
    assert [] == list(tmp_path.glob("*.gz"))


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let every later lake wait for nobody."""

    def hurry() -> None:
        begin = Lake.__init__
        monkeypatch.setattr(Lake, "__init__", lambda self, root, options=None: begin(self, root, options, patience=0))

    return hurry
