"""How many frames the gateway takes and answers, with everything on: durable answers, draining, newest values.

::

    python benchmarks/gateway.py --connections 10000 --seconds 20 --rate 9000 --folder /tmp
    python benchmarks/gateway.py --stream hour.h212.gz --folder /tmp
    python benchmarks/gateway.py --only decoding --peer "theirs=/opt/theirs/driver --rounds 3"

The server and the process that drains are held to one core together; the stations are another process on another core. All
of it on the loopback. The bar: 10,000 connections open, 8,000 answered frames a second, an answer for 99 of 100 within
200 ms, less than 1 GB of memory.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import multiprocessing
import os
import resource
import select
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import gateway_peers

PASSWORD = "b1enc6"
#: what a stack sends each few seconds: gases, dust, and what is needed to fold them
FACTORS = (
    ("a21026", "Rtd", "ZsRtd"),
    ("a21002", "Rtd", "ZsRtd"),
    ("a34013", "Rtd", "ZsRtd"),
    ("a19001", "Rtd"),
    ("a01011", "Rtd"),
    ("a01012", "Rtd"),
    ("a01013", "Rtd"),
    ("a01014", "Rtd"),
)
#: bytes of a page, to be asked of /proc
_PAGE = os.sysconf("SC_PAGE_SIZE")


def mn(number: int) -> str:
    """The identity of a made-up station."""
    return f"{number:024d}"


def content(turn: int, number: int, at: str) -> str:
    """What a station says, other values each time."""
    values = []
    for place, (factor, *suffixes) in enumerate(FACTORS):
        value = (turn * 7 + number * 13 + place * 101) % 9973 / 100
        values.append(
            ",".join(f"{factor}-{suffix}={value + shift:.2f}" for shift, suffix in enumerate(suffixes))
            + f",{factor}-Flag=N"
        )
    return f"DataTime={at};" + ";".join(values)


# The stations ----------------------------------------------------------------------------------------------------------


def stations(port: int, connections: int, rate: float, seconds: float, core: int | None, out: Any) -> None:
    """Open connections, send frames at a rate, and measure how long answers take."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    poll = select.epoll()
    lines: list[socket.socket] = []
    waiting: dict[int, deque[float]] = {}
    of_number: dict[int, socket.socket] = {}
    began = time.perf_counter()
    for number in range(connections):
        line = socket.socket()
        # A few addresses of the loopback: one alone has too few ports for more than 28,000.
        line.bind((f"127.0.0.{2 + number % 8}", 0))
        line.connect(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.setblocking(False)
        lines.append(line)
        of_number[line.fileno()] = line
        waiting[line.fileno()] = deque()
        poll.register(line, select.EPOLLIN)
    opened = time.perf_counter() - began
    out.put({"opened": opened, "connections": len(lines)})
    began_at = time.time() + 8 * 3600
    # Whoever has connected reports: from then on the server has accepted all. It is told apart, not measured with the rest.
    first = _sent(poll, lines, of_number, waiting, _frames(connections, began_at), rate, most=connections)
    out.put({"answered": first.answered, "seconds": first.until_last, "most": max(first.late, default=0.0)})
    found = _sent(poll, lines, of_number, waiting, _frames(connections, began_at + 1), rate, seconds=seconds)
    out.put(
        {
            "sent": found.sent,
            "answered": found.answered,
            "seconds": found.seconds,
            "until_last": found.until_last,
            "late": found.late,
            "cpu": time.process_time(),
        }
    )
    # Nobody hangs up before the server was looked at.
    time.sleep(0.5)


def _frames(connections: int, began_at: float) -> Iterator[tuple[int, bytes]]:
    """Station after station, without an end; each time a station has its turn another moment, so that none is a correction."""
    from lantian.integrations.hj212.encoding import frame

    at = ""
    for made in count():
        turn, number = divmod(made, connections)
        if number == 0:
            at = time.strftime("%Y%m%d%H%M%S", time.gmtime(began_at + turn))
        qn = f"{at}{made % 1000:03d}"
        head = f"QN={qn};ST=31;CN=2011;PW={PASSWORD};MN={mn(number)};Flag=5;CP=&&"
        yield number, frame(f"{head}{content(turn, made, at)}&&")


@dataclass
class _Sent:
    """Frames that were sent at a rate, and how long each waited for its answer [s]."""

    sent: int = 0
    answered: int = 0
    seconds: float = 0.0
    until_last: float = 0.0
    late: list[float] = field(default_factory=list)


def _sent(
    poll: Any,
    lines: list[socket.socket],
    of_number: dict[int, socket.socket],
    waiting: dict[int, deque[float]],
    ahead: Iterator[tuple[int, bytes]],
    rate: float,
    *,
    seconds: float = math.inf,
    most: int = sys.maxsize,
) -> _Sent:
    found = _Sent()
    start = time.perf_counter()
    kept: tuple[int, bytes] | None = None
    while (now := time.perf_counter()) - start < seconds and found.sent < most:
        due = min(round((now - start) * rate), most)
        while found.sent < due:
            number, data = kept or next(ahead)
            kept = None
            line = lines[number]
            try:
                line.send(data)
            except BlockingIOError:
                kept = number, data
                break
            waiting[line.fileno()].append(time.perf_counter())
            found.sent += 1
        found.answered += _answers(poll, of_number, waiting, found.late, 0.001)
    stop = time.perf_counter()
    while found.answered < found.sent and time.perf_counter() - stop < 10:
        found.answered += _answers(poll, of_number, waiting, found.late, 0.05)
    found.seconds, found.until_last = stop - start, time.perf_counter() - start
    return found


def _answers(
    poll: Any,
    lines: dict[int, socket.socket],
    waiting: dict[int, deque[float]],
    late: list[float],
    wait: float,
) -> int:
    found = 0
    for number, _event in poll.poll(wait):
        try:
            data = lines[number].recv(65536)
        except BlockingIOError:
            continue
        if not data:
            poll.unregister(number)
            continue
        count = data.count(b"CN=9014;")
        now = time.perf_counter()
        queue = waiting[number]
        for _answer in range(count):
            late.append(now - queue.popleft())
        found += count
    return found


# The server ------------------------------------------------------------------------------------------------------------


class Server:
    """A gateway in processes of its own."""

    def __init__(
        self,
        folder: Path,
        names: list[str],
        core: int | None,
        *limits: str,
        password: str = "",
        drain_every: float = 3.0,
    ) -> None:
        self.folder = folder
        registry = folder / "stations.csv"
        with registry.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["mn", "password"])
            writer.writerows([name, password] for name in names)
        command = [
            sys.executable, "-m", "lantian.cli.main", "gateway", "--registry", str(registry), "--listen", "127.0.0.1:0",
            "--data", str(folder), "--drain-every", str(drain_every),
        ]  # fmt: skip
        for limit in limits:
            command += ["--limit", limit]
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "src"),
            "LANTIAN_LANGUAGE": "en",
        }
        self.log = (folder / "log").open("w")

        def pinned() -> None:
            if core is not None:
                os.sched_setaffinity(0, {core})

        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True, preexec_fn=pinned
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if ":" not in said:
            raise SystemExit((folder / "log").read_text())
        self.port = int(said.rstrip(".\n").rpartition(":")[2])
        self.peak = 0

    def memory(self) -> int:
        """What server and drainer hold now [bytes]; the greatest is kept."""
        found = 0
        for pid in (self.process.pid, *self.children()):
            try:
                found += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
            except OSError:
                continue
        self.peak = max(self.peak, found)
        return found

    def children(self) -> list[int]:
        """The process that drains."""
        try:
            listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        except OSError:
            return []
        return [int(one) for one in listed]

    def cpu(self) -> tuple[float, float]:
        """Seconds of the processor: receiving, draining."""

        def of(pid: int) -> float:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                return 0.0
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        return of(self.process.pid), sum(of(one) for one in self.children())

    def lying(self) -> int:
        """How many frames lie in the lake."""
        db = sqlite3.connect(self.folder / "gateway" / "landing-beside.db")
        try:
            found = db.execute("SELECT done FROM cursor WHERE name = 'lake'").fetchone()
        finally:
            db.close()
        return int(found[0]) if found else 0

    def drained(self) -> dict[str, Any]:
        """What the process that drains has told last."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "gateway" / "drained.json").read_text())
        except (OSError, ValueError):
            return {"frames": 0, "added": 0}
        return found

    def stop(self) -> float:
        """End it in peace; how long that took [s]."""
        began = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(180)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.log.close()
        return time.perf_counter() - began

    def status(self, name: str) -> int:
        """A number that the gateway has told at its end."""
        return int(json.loads((self.folder / "gateway" / "status.json").read_text())[name])

    def newest(self) -> int:
        """Of how many factors of how many stations the newest value is known."""
        db = sqlite3.connect(self.folder / "gateway" / "latest.db")
        try:
            (found,) = db.execute("SELECT count(*) FROM (SELECT DISTINCT mn, factor FROM latest)").fetchone()
        finally:
            db.close()
        return int(found)

    def landed(self) -> tuple[int, int, Counter[str]]:
        """Frames, repeats, and what lies in the quarantine by its word."""
        db = sqlite3.connect(self.folder / "gateway" / "landing.db")
        try:
            frames, repeats = db.execute("SELECT count(*), coalesce(sum(repeats), 0) FROM frame").fetchone()
            bad = Counter(
                dict(db.execute("SELECT error, count(*) FROM quarantine GROUP BY error").fetchall())
            )
        finally:
            db.close()
        return frames, repeats, bad


def percentile(sorted_values: list[float], share: float) -> float:
    """The value that a share of all is not above."""
    return (
        sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))] if sorted_values else 0.0
    )


def load(arguments: argparse.Namespace, folder: Path) -> bool:
    """Many connections at once."""
    cores = sorted(os.sched_getaffinity(0))
    own, theirs = (cores[0], cores[-1]) if len(cores) > 1 else (None, None)
    server = Server(
        folder,
        [mn(number) for number in range(arguments.connections)],
        own,
        "per_address=20000",
        password=PASSWORD,
    )
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(
        target=_run_stations,
        args=(server.port, arguments.connections, arguments.rate, arguments.seconds, theirs, out),
    )
    process.start()
    try:
        opened = out.get(timeout=120)
        print(
            f"connections open              {opened['connections']:>10,}   in {opened['opened']:.1f} s",
            flush=True,
        )
        began = out.get(timeout=120)
        slowest = began["most"] * 1000
        print(f"each has reported once        {began['answered']:>10,}   in {began['seconds']:.1f} s, none waited {slowest:.0f} ms")
        before, lay = server.cpu(), server.lying()
        found = None
        while found is None:
            server.memory()
            try:
                found = out.get(timeout=0.5)
            except Exception:
                if not process.is_alive():
                    raise SystemExit("The stations have ended before their time.") from None
        after = server.cpu()
        lies = server.lying()
    finally:
        process.join(30)
    stopped = server.stop()
    late = sorted(found["late"])
    rate = found["answered"] / found["until_last"]
    frames, repeats, bad = server.landed()
    finally_drained = server.drained()
    median = statistics.median(late) * 1000 if late else 0.0
    print(
        f"frames sent, answered         {found['sent']:>10,} {found['answered']:>10,}   in {found['until_last']:.1f} s"
    )
    print(f"answered frames a second      {rate:>10,.0f}")
    high, most = percentile(late, 0.99) * 1000, late[-1] * 1000 if late else 0.0
    print(f"answer after [ms]: median     {median:>10.1f}   p99 {high:.1f}   greatest {most:.1f}")
    receiving, draining = after[0] - before[0], after[1] - before[1]
    print(f"processor [s]: receiving      {receiving:>10.1f}   draining {draining:.1f}   stations {found['cpu']:.1f}")
    print(f"answered for each second of the processor that receiving took {found['answered'] / max(receiving, 0.01):,.0f}")
    pace = (lies - lay) / max(draining, 0.01)
    print(f"drained while it ran          {lies - lay:>10,}   {pace:,.0f} for each second of the processor that it took")
    print(f"drained when it was stopped   {finally_drained['frames']:>10,}   in {stopped:.1f} s")
    print(f"values added to the lake      {finally_drained['added']:>10,}   newest values kept {server.newest():,}")
    print(f"in the landing file           {frames:>10,}   repeats {repeats}, quarantine {dict(bad)}")
    print(f"groups, the slowest [ms]      {server.status('groups'):>10,}   {server.status('slowest_group_ms')}")
    print(f"memory [MB], both processes   {server.peak / 1e6:>10.0f}")
    good = (
        found["answered"] == found["sent"] == frames - began["answered"]
        and frames == finally_drained["frames"]
        and percentile(late, 0.99) < 0.2
        and server.peak < 1e9
        and rate >= arguments.wanted
    )
    print(
        "every answered frame is stored and drained once"
        if found["answered"] + began["answered"] == frames == finally_drained["frames"]
        else "FRAMES ARE MISSING"
    )
    return good


def _run_stations(
    port: int, connections: int, rate: float, seconds: float, core: int | None, out: Any
) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    stations(port, connections, rate, seconds, core, out)


def replay(arguments: argparse.Namespace, folder: Path) -> bool:
    """A real stream, faster than it was."""
    from lantian.integrations.hj212.decoding import decode
    from lantian.integrations.hj212.framing import frames

    packed = arguments.stream.read_bytes()
    data = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    found = list(frames(iter([data])))
    told = [decode(frame) for frame in found]
    names = {str(one["mn"]) for one in told if one["mn"]}
    good = sum(one["ok"] for one in told)
    distinct = len({frame.segment for frame, one in zip(found, told, strict=True) if one["ok"]})
    server = Server(folder, sorted(names), None)
    command = [
        sys.executable, "-m", "lantian.cli.main", "hj212", "replay", str(arguments.stream), "--to",
        f"127.0.0.1:{server.port}", "--speed", str(arguments.speed),
    ]  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1] / "src"),
        "LANTIAN_LANGUAGE": "en",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    server.memory()
    time.sleep(0.5)
    stopped = server.stop()
    frames_, repeats, bad = server.landed()
    drained = server.drained()
    wrong = len(found) - good
    print(f"the stream                    {len(found):>10,} frames of {len(names)} stations")
    print(f"right, and of these differing {good:>10,}   {distinct:,}; not right {wrong}")
    print(f"replayed x {arguments.speed:<6g}             {done.stdout.strip() or done.stderr.strip()}")
    print(f"in the landing file           {frames_:>10,}   and {repeats} repeats; quarantine {dict(bad)}")
    print(f"in the lake                   {drained['frames']:>10,}   stopped in {stopped:.1f} s")
    print(f"values added, corrected, same {drained['added']:>10,}   {drained['corrected']} {drained['same']}")
    right = (frames_, frames_ + repeats, sum(bad.values()), drained["frames"]) == (
        distinct,
        good,
        len(found) - good,
        distinct,
    )
    print(
        "every right frame is stored, every other one accounted for"
        if right
        else "THE ACCOUNT DOES NOT BALANCE"
    )
    return right


def decoding(arguments: argparse.Namespace) -> bool:
    """Frames a second of one core, in memory: cutting, check, reading; and what others do with the same frames there."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        return _decoding(arguments)
    finally:
        os.sched_setaffinity(0, allowed)


def _decoding(arguments: argparse.Namespace) -> bool:
    from lantian.integrations.hj212.crc import crc
    from lantian.integrations.hj212.decoding import decode
    from lantian.integrations.hj212.encoding import frame
    from lantian.integrations.hj212.framing import Framer

    if arguments.stream is not None:
        packed = arguments.stream.read_bytes()
        data = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    else:
        head = f"QN=20260101000000000;ST=31;CN=2011;PW={PASSWORD};MN={mn(1)};Flag=5;CP=&&"
        data = b"".join(frame(f"{head}{content(turn, turn, '20260101000000')}&&") for turn in range(9_000))
    best: dict[str, float] = {}
    for _round in range(3):
        framer = Framer()
        began = time.perf_counter()
        found = [
            one for place in range(0, len(data), 1460) for one in framer.feed(data[place : place + 1460])
        ]
        cut = time.perf_counter()
        for one in found:
            decode(one)
        read = time.perf_counter()
        for one in found:
            crc(one.segment)
        checked = time.perf_counter()
        for one in found[:2000]:
            _by_the_letter(one.segment)
        letter = (time.perf_counter() - checked) * len(found) / len(found[:2000])
        for name, seconds in (
            ("cut", cut - began),
            ("read", read - cut),
            ("both", read - began),
            ("check", checked - read),
            ("letter", letter),
        ):
            best[name] = min(best.get(name, seconds), seconds)
    count = len(found)
    told = {name: f"{count / seconds:,.0f}" for name, seconds in best.items()}
    print(f"frames a second of one core   {told['both']:>10}   cut {told['cut']}, read {told['read']} ({len(data) / count:.0f} bytes each)")
    print(f"the check alone               {told['check']:>10}   bit by bit, as the standard prints it, {told['letter']}")
    if not arguments.peer:
        return True
    right = sum(decode(one)["ok"] for one in found)
    print(f"frames that are right         {right:>10,}   of {count:,}")
    return _peers(arguments, [one.raw for one in found], count / best["both"])


def _peers(arguments: argparse.Namespace, frames: list[bytes], ours: float) -> bool:
    """What others do with the same frames; whether all of them could be measured."""
    measured = True
    folder = Path(tempfile.mkdtemp(prefix="bench-gateway-", dir=arguments.folder))
    try:
        path = folder / "frames.h212"
        gateway_peers.write(frames, path)
        for peer in arguments.peer:
            try:
                told = gateway_peers.measure(peer, path)
            except gateway_peers.PeerError as error:
                print(f"{peer.name:<29} NOT MEASURED: it {error}", flush=True)
                measured = False
                continue
            print(
                f"{peer.name:<29} {told.rate:>10,.0f}   {told.rate / ours:.2f} times ours; took {told.ok:,} of"
                f" {told.frames:,} for right",
                flush=True,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return measured


def _by_the_letter(segment: bytes) -> int:
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _bit in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= 0xA001
    return register


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=8_500, help="frames a second that are sent")
    parser.add_argument(
        "--wanted", type=float, default=8_000, help="answered frames a second below which it has failed"
    )
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--stream", type=Path, help="a file of real frames, to be replayed")
    parser.add_argument("--speed", type=float, default=100)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--only", choices=("decoding", "load", "replay"))
    parser.add_argument(
        "--peer", type=gateway_peers.peer, action="append", default=[], metavar="NAME=COMMAND",
        help="another reader of frames; it gets a file of them and prints frames, seconds, ok as JSON",
    )  # fmt: skip
    arguments = parser.parse_args()
    right = True
    if arguments.only in (None, "decoding"):
        right = decoding(arguments)
    for name, measure in (("load", load), ("replay", replay)):
        if arguments.only not in (None, name) or (name == "replay" and arguments.stream is None):
            continue
        folder = Path(tempfile.mkdtemp(prefix="bench-gateway-", dir=arguments.folder))
        try:
            right = measure(arguments, folder) and right
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
