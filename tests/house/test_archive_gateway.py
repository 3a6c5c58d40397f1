"""What the gateway has answered is in backups: copied while it receives, drained once after a restore."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from lantian.cli import archive
from lantian.cli.archive import ArchiveError
from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.draining import LAKE, Drainer, Pace
from lantian.integrations.hj212.framing import frames
from lantian.integrations.hj212.gate import judge
from lantian.integrations.hj212.landing import Landing, Reject
from lantian.integrations.hj212.registrations import InMemory, Registration
from lantian.lake.stacks.tables import STACK_FRAME, STACK_VALUE
from lantian.lake.store import Lake
from tests.integrations.stations import MN, upload

STATIONS = InMemory([Registration(MN)])
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages as they are written in the code."""
    monkeypatch.setattr(archive, "_", lambda text: text)


def file_of(data: Path) -> Path:
    return data / "gateway" / "landing.db"


def land(found: Landing, *numbers: int, answered: Callable[[int], None] = lambda _number: None) -> None:
    for number in numbers:
        content = f"DataTime=202603010{number // 3600}{number // 60 % 60:02d}{number % 60:02d};a21026-Rtd={number}"
        (frame,) = frames(iter([upload(number, content=content)]))
        verdict = judge(frame, "10.0.0.1", STATIONS, int(AT.timestamp()) * 1_000_000 + number, park=False)
        assert verdict.arrival is not None
        found.put(verdict.arrival, number)


def drained(data: Path) -> list[int]:
    """Drain what is left; the values that lie in the lake then."""
    lake = Lake(str(data / "lake"))
    with closing(landing.connect(file_of(data))) as db:
        drainer = Drainer(db, lake, STATIONS)
        while drainer.step():
            pass
        drainer.step(finish=True)
    return sorted(int(value) for value in lake.read(STACK_VALUE)["rtd"].to_pylist())


def restore(file: Path, data: Path) -> str:
    with archive.opened(file, data) as found:
        return found.put_in_place()


def test_a_backup_while_the_gateway_receives_and_drains_loses_nothing_answered_and_doubles_nothing(
    office: Path, tmp_path: Path
) -> None:
    answered: list[int] = []
    found = Landing(file_of(office), lambda tokens, failed: answered.extend([] if failed else tokens), gather=0.001)
    end, begun = Event(), Event()
    done = [0]

    def receive() -> None:
        number = 0
        while not end.is_set():
            # Not far ahead, so that all of it can be drained in the end.
            if number < done[0] + 400:
                land(found, *range(number, number + 20))
                number += 20
            else:
                end.wait(0.001)

    def drain() -> None:
        with closing(landing.connect(file_of(office))) as db:
            drainer = Drainer(db, Lake(str(office / "lake")), STATIONS, pace=Pace(every=0, at_once=50))
            while not end.is_set():
                drainer.step()
                done[0] = drainer.account.frames
                if drainer.account.frames > 100:
                    begun.set()

    threads = [Thread(target=receive), Thread(target=drain)]
    for thread in threads:
        thread.start()
    try:
        assert begun.wait(60)
        before = set(answered)
        file = archive.backup(office, tmp_path / "a.tar.gz").path
    finally:
        end.set()
        for thread in threads:
            thread.join()
        found.close()

    restore(file, office)
    values = drained(office)
    assert len(values) == len(set(values)) == Lake(str(office / "lake")).read(STACK_FRAME).num_rows
    assert before <= set(values)


def test_only_what_is_not_in_the_lake_is_copied_and_no_id_is_given_twice(office: Path, tmp_path: Path) -> None:
    found = Landing(file_of(office))
    land(found, 1, 2, 3)
    found.close()
    assert [1, 2, 3] == drained(office)
    found = Landing(file_of(office))
    land(found, 4)
    found.reject(Reject(1, "10.0.0.9", "", "garbage", "", b"?"))
    found.close()
    file = archive.backup(office, tmp_path / "a.tar.gz").path
    (office / "gateway" / "status.json").write_text("{}")
    kept = restore(file, office)

    with closing(landing.connect(file_of(office))) as db:
        assert [4] == [one.id for one in landing.frames_after(db, 0, 99)]
        assert 3 == landing.cursor(db, LAKE).done
        assert ["garbage"] == [reject.error for _number, reject in landing.rejects(db)]
        with closing(sqlite3.connect(file_of(Path(kept)))) as former:
            assert landing.identity(db) != landing.identity(former)
    assert {"landing.db", "landing-beside.db"} == {path.name for path in (office / "gateway").iterdir()}
    assert [1, 2, 3, 4] == drained(office)


def test_frames_after_a_restore_are_drained_although_their_ids_were_given_before(office: Path, tmp_path: Path) -> None:
    found = Landing(file_of(office))
    land(found, 1)
    found.close()
    assert [1] == drained(office)
    file = archive.backup(office, tmp_path / "a.tar.gz", lake=False).path
    for number in (2, 3):
        # The lake stays, and with it the record of the batch that had the same ids.
        found = Landing(file_of(office))
        land(found, number)
        found.close()
        assert number in drained(office)
        restore(file, office)


def test_a_folder_into_which_a_gateway_receives_is_not_exchanged(office: Path, tmp_path: Path) -> None:
    found = Landing(file_of(office))
    try:
        land(found, 1)
        file = archive.backup(office, tmp_path / "a.tar.gz").path
        with pytest.raises(ArchiveError, match="gateway is receiving"):
            restore(file, office)
        assert file_of(office).is_file()
    finally:
        found.close()
    restore(file, office)
    assert drained(office) in ([], [1])
