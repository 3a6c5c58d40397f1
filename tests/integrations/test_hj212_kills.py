"""``kill -9`` of the gateway at any moment: what was answered is in the landing file, once."""

from __future__ import annotations

import os
import random
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lantian.integrations.hj212 import landing
from tests.integrations.stations import MN, upload

ROUNDS = 4
#: a program that listens until it is killed
PROGRAM = """
import asyncio, sys
from pathlib import Path
from lantian.integrations.hj212.registrations import InMemory, Registration
from lantian.integrations.hj212.server import Gateway, Limits

async def run():
    limits = Limits(rate=1e6, burst=1e6)
    gateway = Gateway(InMemory([Registration(sys.argv[2])]), Path(sys.argv[1]), limits=limits)
    print((await gateway.listen("127.0.0.1", 0))[1], flush=True)
    await asyncio.Event().wait()

asyncio.run(run())
"""


def under_load(port: int, number: int, answers: int) -> tuple[set[str], int]:
    """Send frames on several connections until so many answers have come; the numbers that were answered, and the next one."""
    lines = [socket.create_connection(("127.0.0.1", port), 10) for _line in range(4)]
    answered: set[str] = set()
    left = dict.fromkeys(lines, b"")
    end = time.monotonic() + 20
    while len(answered) < answers and time.monotonic() < end:
        for line in lines:
            # Each frame twice: the repeat must not become a second one.
            data = upload(qn=f"{number:017d}", content=f"DataTime=20260301080000;a-Rtd={number}")
            line.sendall(data * (2 if number % 3 == 0 else 1))
            number += 1
        for line in select.select(lines, [], [], 0.05)[0]:
            received = left[line] + line.recv(65536)
            *whole, left[line] = received.split(b"\r\n")
            answered |= {one[9:26].decode() for one in whole if b"CN=9014" in one}
    for line in lines:
        line.close()
    return answered, number


def test_every_answered_frame_outlives_kill_9_and_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "landing.db"
    chance = random.Random(20260301)
    answered: set[str] = set()
    number = 1
    for _round in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(path), MN], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "src"}
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        found, number = under_load(port, number, chance.randint(1, 400))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        answered |= found

    db = landing.connect(path)
    rows = [one.raw[9:26].decode() for one in landing.frames_after(db, 0, 1_000_000)]
    assert answered and answered <= set(rows)
    assert len(rows) == len(set(rows))
    assert [("ok",)] == sqlite3.connect(path).execute("PRAGMA integrity_check").fetchall()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_the_commit_answers_nothing_that_is_not_on_disk(tmp_path: Path, when: str) -> None:
    path = tmp_path / "landing.db"
    step = "os._exit(9)" if when == "before" else "(real(self, a, r), os._exit(9))"
    patch = f"""
import os
from lantian.integrations.hj212.landing import Landing
real = Landing._commit
Landing._commit = lambda self, a, r: {step}
"""
    process = subprocess.Popen(
        [sys.executable, "-c", patch + PROGRAM, str(path), MN], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "src"}
    )
    assert process.stdout is not None
    line = socket.create_connection(("127.0.0.1", int(process.stdout.readline())), 10)
    line.sendall(upload(1))
    try:
        answer = line.recv(4096)
    except ConnectionError:
        answer = b""
    assert (b"", 9) == (answer, process.wait())
    assert (0 if when == "before" else 1) == len(landing.frames_after(landing.connect(path), 0, 9))
    line.close()
    process.stdout.close()
