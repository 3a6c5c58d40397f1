"""The real server on a real port: the pair, the signals, a restore while it runs."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from lantian.cli.house import House
from lantian.web import assets
from tests.house.conftest import environment, lantian


def until(condition: Callable[[], Any], seconds: float = 40.0) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


class Running:
    """A server that was started in a data folder."""

    def __init__(self, data: Path, process: subprocess.Popen[str]) -> None:
        self.data, self.process = data, process

    @property
    def address(self) -> str:
        found = House(self.data).server() or {}
        return f"http://127.0.0.1:{found['port']}"

    def answers(self) -> bool:
        with suppress(urllib.error.URLError, ConnectionError, KeyError, TimeoutError):
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        return False

    def children(self) -> dict[str, int]:
        """Process numbers of the two children, by their role."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = {}
        for number in listed:
            with suppress(FileNotFoundError, ProcessLookupError):
                words = Path(f"/proc/{number}/cmdline").read_text().split("\0")
                if "lantian.cli.child" in words:
                    found[words[words.index("lantian.cli.child") + 1]] = int(number)
        return found


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@contextmanager
def serving(data: Path) -> Iterator[Running]:
    if not assets.complete():
        pytest.fail("the libraries of the pages are missing; run ./lantian once")
    process = subprocess.Popen(
        [sys.executable, "-m", "lantian.cli.main", "serve", "--port", "0"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(data, process)
    try:
        until(lambda: running.answers() or process.poll() is not None)
        if process.poll() is not None:
            pytest.fail(f"the server did not start:\n{process.stdout.read()}")  # type: ignore[union-attr]
        until(lambda: len(running.children()) == 2)
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
        assert process.stdout is not None
        process.stdout.close()


def test_it_serves_tells_the_way_in_and_stops_cleanly(office: Path) -> None:
    with serving(office) as running:
        children = running.children()
        address = running.address
        second = lantian(office, "serve", "--port", "0")
        running.process.send_signal(signal.SIGTERM)
        output, _errors = running.process.communicate(timeout=40)

        assert 0 == running.process.returncode, output
        assert all(gone(pid) for pid in children.values())
    assert 1 == second.returncode
    assert f"being served already: {address}/" in second.stderr
    assert f"LanTian is running: {address}/" in output
    assert f"{address}/setup/?token=" in output
    assert "LanTian has stopped." in output
    assert House(office).server() is None
    assert 0o600 == (office / "setup-token.json").stat().st_mode & 0o777


def test_a_backup_is_restored_under_the_running_server(office: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    with serving(office) as running:
        address, children = running.address, running.children()
        made = lantian(office, "backup", str(file))
        assert 0 == made.returncode, made.stderr
        with closing(sqlite3.connect(office / "ledger.sqlite3", timeout=20)) as connection:
            connection.execute("CREATE TABLE added_later (n INTEGER)")
            connection.commit()

        done = lantian(office, "restore", "--yes", str(file))

        assert 0 == done.returncode, done.stderr
        assert "Restored." in done.stdout
        until(running.answers)
        until(lambda: len(running.children()) == 2)
        assert address == running.address
        assert not set(children.values()) & set(running.children().values())
        with closing(sqlite3.connect(office / "ledger.sqlite3", timeout=20)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE name = 'added_later'").fetchall()
        assert [] == found
    assert 0 == running.process.returncode


def test_a_child_that_dies_is_started_again(office: Path) -> None:
    with serving(office) as running:
        for name in ("worker", "web"):
            former = running.children()[name]
            os.kill(former, signal.SIGKILL)

            now = until(lambda name=name, former=former: running.children().get(name, former) != former)

            assert now
        until(running.answers)
    assert 0 == running.process.returncode


def test_no_child_outlives_a_server_that_was_killed(office: Path) -> None:
    with serving(office) as running:
        children = list(running.children().values())
        running.process.kill()
        running.process.wait()

        until(lambda: all(gone(pid) for pid in children))


def test_files_of_the_site_are_sent_compressed_and_for_good(office: Path) -> None:
    with serving(office) as running:
        names = json.loads((office / "static" / "staticfiles.json").read_text())["paths"]
        request = urllib.request.Request(
            f"{running.address}/static/{names['vendor/htmx/htmx.min.js']}", headers={"Accept-Encoding": "gzip"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            headers = dict(answer.headers)

    assert "gzip" == headers["Content-Encoding"]
    assert "immutable" in headers["Cache-Control"]


def test_a_port_that_is_taken_is_named(office: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = lantian(office, "serve", "--port", port)

    assert 1 == done.returncode
    assert f"The address 127.0.0.1:{port} cannot be used" in done.stderr


def test_settings_that_cannot_be_understood_stop_the_start(office: Path) -> None:
    done = lantian(office, "serve", "--port", "0", LANTIAN_HTTPS="maybe")

    assert 2 == done.returncode
    assert "LANTIAN_HTTPS must be 1 or 0" in done.stderr + done.stdout


def test_data_of_a_newer_version_are_not_touched(office: Path) -> None:
    with closing(sqlite3.connect(office / "ledger.sqlite3")) as connection:
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_of_tomorrow', '2026-01-01')")
        connection.commit()

    done = lantian(office, "serve", "--port", "0")

    assert 2 == done.returncode
    assert "written by a newer version of LanTian (core.9999_of_tomorrow)" in done.stderr + done.stdout
