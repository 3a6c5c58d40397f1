"""The landing file: what is told to be on disk is there, once; what fails is told; what is past its time goes."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.errors import LandingFailed, LandingRefused
from lantian.integrations.hj212.landing import DAY, Arrival, Cursor, Keeping, Landing, Reject, hash_of

NOW = 1_770_000_000_000_000


def arrival(number: int, received: int = NOW, size: int = 20) -> Arrival:
    raw = b"%08d" % number + bytes(size)
    return Arrival(hash_of(b"M", raw), received, "M", "2011", "10.0.0.1", "", raw)


class Told:
    """What the writer has told, and when it has told enough."""

    def __init__(self, wanted: int) -> None:
        self.tokens: list[Any] = []
        self.errors: list[LandingFailed] = []
        self._wanted = wanted
        self._enough = threading.Event()

    def __call__(self, tokens: Sequence[Any], error: LandingFailed | None) -> None:
        self.tokens += tokens
        if error is not None:
            self.errors.append(error)
        if len(self.tokens) >= self._wanted:
            self._enough.set()

    def wait(self) -> None:
        assert self._enough.wait(10)


def test_what_is_told_can_be_read_by_others_and_the_same_frame_again_is_counted(tmp_path: Path) -> None:
    told = Told(300)
    found = Landing(tmp_path / "l.db", told, gather=0.0)
    for number in range(300):
        found.put(arrival(number % 200), number)
    told.wait()

    db = landing.connect(tmp_path / "l.db")
    assert list(range(300)) == told.tokens
    assert [(200, 100)] == db.execute("SELECT count(*), sum(repeats) FROM frame").fetchall()
    assert [arrival(number).raw for number in range(200)] == [one.raw for one in landing.frames_after(db, 0, 1000)]
    assert [150, 151] == [one.id for one in landing.frames_after(db, 149, 2)]
    found.close()


def test_the_same_segment_of_another_station_is_another_frame() -> None:
    assert hash_of(b"A", b"x") != hash_of(b"B", b"x") != hash_of(b"B", b"y")


def test_a_full_disk_is_told_for_what_it_could_not_take_and_later_frames_are_taken_when_there_is_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told(1)
    found = Landing(tmp_path / "l.db", told, gather=0.0, most_pages=40)
    found.put(arrival(0, size=400_000), "too large")
    told.wait()

    assert (["too large"], 1) == (told.tokens, len(told.errors))
    assert "full" in str(told.errors[0]) and "nothing is answered" in caplog.text
    told.__init__(1)  # type: ignore[misc]
    found.put(arrival(1), "small")
    told.wait()
    assert (["small"], []) == (told.tokens, told.errors)
    found.close()
    assert [arrival(1).raw] == [one.raw for one in landing.frames_after(landing.connect(tmp_path / "l.db"), 0, 9)]


def test_a_second_gateway_is_refused_while_the_first_holds_the_file(tmp_path: Path) -> None:
    first = Landing(tmp_path / "l.db")
    with pytest.raises(LandingRefused, match="another gateway"):
        Landing(tmp_path / "l.db")
    first.close()
    Landing(tmp_path / "l.db").close()


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    Landing(tmp_path / "l.db").close()
    db = sqlite3.connect(tmp_path / "l.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LandingRefused, match="another version"):
        landing.connect(tmp_path / "l.db")
    with pytest.raises(LandingRefused, match="another version"):
        Landing(tmp_path / "l.db")
    with pytest.raises(LandingRefused, match="no landing file"):
        landing.connect(tmp_path / "none.db")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LandingFailed):
        Landing(tmp_path / "file" / "l.db")


def test_frames_go_after_their_time_and_only_when_all_readers_have_them_and_the_newest_stays(tmp_path: Path) -> None:
    found = Landing(tmp_path / "l.db", gather=0.0)
    for number in range(10):
        found.put(arrival(number, NOW - 10 * DAY))
    found.reject(Reject(NOW - 31 * DAY, "p", "", "crc_mismatch", "", b"old"))
    found.reject(Reject(NOW - 29 * DAY, "p", "", "crc_mismatch", "", b"x" * 50_000))
    found.close()
    db = landing.connect(tmp_path / "l.db")
    keeping = Keeping(frames=7, quarantine=30)

    landing.move(db, "lake", Cursor(10, 10))
    assert 1 == landing.prune(db, keeping, ["lake", "forward:x"], NOW)  # the old reject
    assert [16_384] == [len(one.raw) for _number, one in landing.rejects(db)]
    landing.move(db, "forward:x", Cursor(4, 4))
    landing.prune(db, keeping, ["lake", "forward:x"], NOW)
    assert [5, 6, 7, 8, 9, 10] == [one.id for one in landing.frames_after(db, 0, 99)]
    landing.move(db, "forward:x", Cursor(10, 10))
    landing.prune(db, keeping, ["lake", "forward:x"], NOW)
    assert [10] == [one.id for one in landing.frames_after(db, 0, 99)]
    assert Cursor(10, 10) == landing.cursor(db, "lake") and Cursor(0, 0) == landing.cursor(db, "nobody")


def test_more_rejects_than_are_kept_push_out_the_oldest(tmp_path: Path) -> None:
    found = Landing(tmp_path / "l.db", gather=0.0)
    for number in range(20):
        found.reject(Reject(NOW + number, "p", "", "bad_length", "", b"%d" % number))
    found.close()
    db = landing.connect(tmp_path / "l.db")
    landing.prune(db, Keeping(rejects=5), ["lake"], NOW)
    assert [b"19", b"18", b"17", b"16", b"15"] == [one.raw for _number, one in landing.rejects(db)]
