"""The parts of ``serve`` that need no site: locks, restarts, addresses, copies before an upgrade."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from lantian.cli import prepare, supervisor
from lantian.cli.house import Busy, FileLock, House
from lantian.cli.supervisor import Child, Supervisor


def test_a_lock_is_held_by_one_and_let_go_at_the_end_of_its_process(tmp_path: Path) -> None:
    path = tmp_path / "office.lock"
    code = f"""
import sys, time
sys.path[:0] = {sys.path!r}
from pathlib import Path
from lantian.cli.house import FileLock
lock = FileLock(Path({str(path)!r})); lock.acquire(); print("held", flush=True); time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert "held\n" == holder.stdout.readline()
    lock = FileLock(path)

    with pytest.raises(Busy):
        lock.acquire()
    began = time.monotonic()
    with pytest.raises(Busy):
        lock.acquire(timeout=0.2)
    assert time.monotonic() - began >= 0.2
    holder.kill()
    holder.wait()
    holder.stdout.close()

    lock.acquire(timeout=5)
    lock.release()


def test_who_serves_is_written_where_the_lock_is(tmp_path: Path) -> None:
    house = House(tmp_path / "office")
    assert house.server() is None

    with house.serving as lock:
        lock.note({"pid": 1, "host": "127.0.0.1", "port": 8000})
        assert {"pid": 1, "host": "127.0.0.1", "port": 8000} == house.server()
        lock.note({"pid": 2})
        assert {"pid": 2} == house.server()

    assert house.server() is None
    assert ["office.lock"] == [path.name for path in tmp_path.iterdir()]


def test_a_child_that_keeps_failing_ends_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Supervisor(House(tmp_path / "office"), "127.0.0.1", 0)
    said: list[str] = []
    monkeypatch.setattr(supervisor, "tell", said.append)
    started = []

    def start(child: Child) -> None:
        started.append(time.monotonic())
        child.process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
        child.process.wait()
        child.started, child.start_again_at = time.monotonic(), None

    monkeypatch.setattr(watched, "_start", start)
    child = Child("worker", [], signal.SIGINT)
    start(child)
    while watched._look_after(child):
        assert len(started) < 20
        # The waits between the tries are not waited for here, but they grow.
        if child.start_again_at is not None:
            assert child.start_again_at - time.monotonic() <= 30
            child.start_again_at = 0.0

    assert supervisor.MAX_FAILURES == len(started) == child.failures
    assert any("status 3" in line or "状态 3" in line for line in said)


def test_a_child_that_lived_long_is_forgiven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Supervisor(House(tmp_path / "office"), "127.0.0.1", 0)
    monkeypatch.setattr(supervisor, "tell", lambda _text: None)
    child = Child("worker", [], signal.SIGINT)
    child.process = subprocess.Popen([sys.executable, "-c", ""])
    child.process.wait()
    child.failures, child.started = 4, time.monotonic() - supervisor.SHORT_LIFE - 1
    monkeypatch.setattr(watched, "_start", lambda _child: None)

    assert watched._look_after(child)
    assert 1 == child.failures


def test_addresses_are_written_so_that_a_browser_understands_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "own_addresses", lambda: ["10.1.2.3"])

    assert ["http://127.0.0.1:8000"] == prepare.addresses("127.0.0.1", 8000)
    assert ["http://[::1]:8000"] == prepare.addresses("::1", 8000)
    assert ["http://127.0.0.1:80", "http://10.1.2.3:80"] == prepare.addresses("0.0.0.0", 80)


def test_the_last_copies_before_an_upgrade_are_kept(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite3"
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE a (n INTEGER)")
        connection.execute("INSERT INTO a VALUES (7)")
        connection.commit()
        folder = tmp_path / "before-upgrade"
        folder.mkdir()
        for number in range(5):
            (folder / f"ledger-2020010{number}-000000.sqlite3").write_text("old")

        # The writer is still there: what it has committed is in the copy all the same.
        prepare._copy_before_upgrade(ledger)

    copies = sorted(folder.iterdir())
    assert prepare.KEPT_COPIES == len(copies)
    assert ["ledger-20200103-000000.sqlite3", "ledger-20200104-000000.sqlite3"] == [path.name for path in copies[:2]]
    with closing(sqlite3.connect(copies[-1])) as connection:
        assert [(7,)] == connection.execute("SELECT n FROM a").fetchall()


def test_an_office_is_copied_before_its_ledger_is_changed(office: Path) -> None:
    """A ledger that lacks the last change is copied first, then brought up to date."""
    from tests.house.conftest import lantian

    assert 0 == lantian(office, "manage", "migrate", "axes", "0009", "--verbosity=0").returncode
    code = "from lantian.cli import prepare; print(prepare.prepare().migrations); print(prepare.prepare().migrations)"
    from tests.house.conftest import environment

    done = subprocess.run([sys.executable, "-c", code], env=environment(office), capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    first, second = done.stdout.split()
    assert (True, "0") == (int(first) > 0, second)
    assert 1 == len(list((office / "before-upgrade").iterdir()))
