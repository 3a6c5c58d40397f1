"""The TCP server: stations connect, send frames, and are answered when what they sent is on disk.

One loop receives; the landing file's thread writes. A connection is cut off, and that is told, when it sends more than a
station can mean, when a frame does not end, when nothing can be read from it, or when it does not take its answers. Others
do not notice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sqlite3
import ssl
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lantian.integrations.hj212 import gate, landing
from lantian.integrations.hj212.commands import Commander, Patience
from lantian.integrations.hj212.errors import LandingFailed
from lantian.integrations.hj212.framing import Frame, Framer
from lantian.integrations.hj212.landing import Keeping, Landing, Reject, now_us
from lantian.integrations.hj212.registrations import ACTIVE, Registrations
from lantian.integrations.hj212.requests import CommandSource

log = logging.getLogger("lantian.hj212")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may do. Times in seconds.

    Attributes
    ----------
    connections, per_address
        At most so many, in all and from one address.
    longest
        Longest data segment [bytes].
    rate, burst
        Frames per second in the long run, and at once; beyond that the connection is cut off.
    garbage
        Bytes that belong to no frame, in a row without a good frame, before the connection is cut off.
    rejected
        Frames in a row that are no data before the connection is cut off.
    quiet
        After so much silence a frame is taken that lacks only CR LF.
    partial
        So long a frame may take from its first byte to its last.
    first
        So long a connection may be open before its first frame that can be read.
    idle
        So long a connection may be silent.
    unread
        Bytes of answers that a station has not taken.
    pending
        Frames that wait for the disk before the gateway reads no more from the network.
    """

    connections: int = 20_000
    per_address: int = 1_000
    longest: int = 8_192
    rate: float = 100.0
    burst: float = 1_000.0
    garbage: int = 65_536
    rejected: int = 200
    quiet: float = 1.0
    partial: float = 60.0
    first: float = 900.0
    idle: float = 7_200.0
    unread: int = 262_144
    pending: int = 50_000


@dataclass(slots=True)
class Stats:
    """What the gateway has done since it was started."""

    started: float = field(default_factory=time.time)
    opened: int = 0
    taken: int = 0
    answered: int = 0
    unstored: int = 0
    received: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    cut_off: Counter[str] = field(default_factory=Counter)


#: all connections read into this one: what is in it is used up before anything else is read
_BUFFER: Final = 65_536
_TICK: Final = 0.25
#: the clock of this machine was set back, if it is so far behind itself [µs]
_SET_BACK: Final = 1_000_000
_REPORT: Final = 5.0


class Connection(asyncio.BufferedProtocol):
    """One connection of a station."""

    __slots__ = (
        "allowance",
        "deaf",
        "framer",
        "gateway",
        "good",
        "last",
        "mns",
        "opened",
        "partial",
        "peer",
        "refused",
        "seen",
        "transport",
    )

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.framer = Framer(gateway.limits.longest)
        self.transport: Any = None
        self.peer = ""
        self.mns: set[str] = set()
        self.opened = self.last = self.seen = gateway.clock()
        self.partial = 0.0
        self.allowance = gateway.limits.burst
        self.refused = 0
        self.good = False
        self.deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, or close it at once where there are too many."""
        self.transport = transport
        name = transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        self.gateway.opened(self)

    def connection_lost(self, error: Exception | None) -> None:
        """What is left of a frame is told as damaged."""
        self.gateway.lost(self)
        self.deaf = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to read into."""
        return self.gateway.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Cut what came into frames."""
        if not self.deaf:
            self.gateway.read(self, bytes(self.gateway.buffer[:nbytes]))

    def eof_received(self) -> bool:
        """The other side sends no more, but may wait for answers; TLS knows no half of a connection."""
        self.gateway.ended(self)
        if self.deaf or self.transport.get_extra_info("sslcontext") is not None:
            return False
        self.gateway.landing.after((self, None))
        return True

    def cut_off(self) -> None:
        """End it without waiting for anything."""
        self.deaf = True
        self.transport.abort()


class Gateway:
    """The server and what belongs to it.

    Parameters
    ----------
    registrations
        Who may send.
    path
        The landing file.
    park
        Keep frames of stations that nobody knows aside until they are approved; otherwise refuse them.
    commands
        Where commands to stations wait; None for no commands.
    readers
        Names of the cursors of those who drain the landing file: frames stay until all have taken them.
    status
        File into which the gateway writes what it does, every few seconds; None for no file.
    """

    def __init__(
        self,
        registrations: Registrations,
        path: Path,
        *,
        park: bool = False,
        limits: Limits | None = None,
        commands: CommandSource | None = None,
        patience: Patience | None = None,
        keeping: Keeping | None = None,
        readers: Sequence[str] = ("lake",),
        status: Path | None = None,
        gather: float = 0.01,
        most_pages: int | None = None,
    ) -> None:
        self.registrations = registrations
        self.limits = limits or Limits()
        self.park = park
        self.keeping = keeping or Keeping()
        self.readers = tuple(readers)
        self.status = status
        self.stats = Stats()
        self.clock = time.monotonic
        self.buffer = memoryview(bytearray(_BUFFER))
        self.connections: set[Connection] = set()
        self.stations: dict[str, Connection] = {}
        self._by_address: Counter[str] = Counter()
        self._partial: set[Connection] = set()
        self._paused = False
        self._servers: list[asyncio.Server] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()
        self._parked: Counter[str] = Counter()
        self._stopping = False
        self._received = 0
        self.landing = Landing(path, self._told, gather=gather, keeping=self.keeping, most_pages=most_pages)
        # For what is not on the way of a frame: keeping, and stations that were approved.
        self._db: sqlite3.Connection | None = landing.connect(path)
        self._db_lock = threading.Lock()
        for mn, count, _first, _last in landing.parked_stations(self._db):
            self._parked[mn] = count
        self.commander = (
            Commander(commands, registrations, self.send, patience=patience, clock=self.clock)
            if commands is not None
            else None
        )

    # Beginning and end -------------------------------------------------------------------------------------------------

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Accept connections; the address that is listened on."""
        _allow_files(self.limits.connections + 200)
        server = await self._loop.create_server(
            lambda: Connection(self), host, port, ssl=tls, backlog=4096, **_handshake(tls)
        )
        self._servers.append(server)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._keep())]
            if self.commander is not None:
                self._tasks.append(asyncio.create_task(self._command()))
        found = server.sockets[0].getsockname()
        return str(found[0]), int(found[1])

    async def close(self) -> None:
        """Take nothing more, bring to the disk what was taken, answer it, and end the connections."""
        self._stopping = True
        for server in self._servers:
            server.close()
        for connection in self.connections:
            connection.deaf = True
            with suppress(RuntimeError):
                connection.transport.pause_reading()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.landing.close)
        # What the writer has told is in the loop's queue before this.
        await asyncio.sleep(0)
        for connection in list(self.connections):
            connection.transport.close()
        for _turn in range(20):
            if not self.connections:
                break
            await asyncio.sleep(0.05)
        for connection in list(self.connections):
            connection.transport.abort()
        if self.commander is not None:
            await self.commander.tell()
        await asyncio.to_thread(self._close_db)
        self._write_status()

    def _close_db(self) -> None:
        # A thread that was tidying when its task was cancelled goes on to its end.
        with self._db_lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    # Connections -------------------------------------------------------------------------------------------------------

    def opened(self, connection: Connection) -> None:
        """A connection was made."""
        self.connections.add(connection)
        self._by_address[connection.peer] += 1
        self.stats.opened += 1
        if len(self.connections) > self.limits.connections or self._stopping:
            self._cut_off(connection, "too_many_connections")
        elif self._by_address[connection.peer] > self.limits.per_address:
            self._cut_off(connection, "too_many_of_address")
        elif self._paused:
            connection.transport.pause_reading()

    def lost(self, connection: Connection) -> None:
        """A connection is gone."""
        self.ended(connection)
        self.connections.discard(connection)
        self._partial.discard(connection)
        self._by_address[connection.peer] -= 1
        if self._by_address[connection.peer] <= 0:
            del self._by_address[connection.peer]
        for mn in connection.mns:
            if self.stations.get(mn) is connection:
                del self.stations[mn]

    def ended(self, connection: Connection) -> None:
        """Nothing more comes."""
        if not connection.deaf and connection.framer.waiting:
            self._take_all(connection, connection.framer.flush(), now_us())

    def _cut_off(self, connection: Connection, why: str, mn: str = "", raw: bytes = b"") -> None:
        if connection.deaf:
            return
        self.stats.cut_off[why] += 1
        log.warning("Connection from %s %s was cut off: %s.", connection.peer, mn, why)
        if why not in ("too_many_connections", "too_many_of_address", "idle", "silent"):
            self.landing.reject(Reject(now_us(), connection.peer, mn, f"cut_off_{why}", "", raw[:1024]))
        connection.cut_off()

    # Frames ------------------------------------------------------------------------------------------------------------

    def read(self, connection: Connection, data: bytes) -> None:
        """Bytes have come."""
        self.stats.received += len(data)
        now = self.clock()
        frames = connection.framer.feed(data)
        connection.seen = now
        if frames:
            self._take_all(connection, frames, now_us())
        framer = connection.framer
        if framer.waiting:
            if not connection.partial or frames:
                connection.partial = now
                self._partial.add(connection)
        elif connection.partial:
            connection.partial = 0.0
            self._partial.discard(connection)
        if framer.skipped > self.limits.garbage:
            self._cut_off(connection, "garbage", raw=data)

    def _take_all(self, connection: Connection, frames: list[Frame], received: int) -> None:
        limits = self.limits
        now = self.clock()
        allowance = min(connection.allowance + (now - connection.last) * limits.rate, limits.burst)
        connection.last = now
        connection.allowance = allowance - len(frames)
        if connection.allowance < 0:
            # It may flood before anything of it was taken: then it is whoever it says it is.
            mn = next(iter(connection.mns), "") or gate.text(gate.read_head(frames[-1].segment).mn)
            self._cut_off(connection, "flood", mn, frames[-1].raw)
            return
        # No two have the same moment: where a station's own is none, it is what tells them apart.
        if received < self._received - _SET_BACK:
            self._received = received
        received = max(received, self._received + 1)
        self._received = received + len(frames) - 1
        for number, frame in enumerate(frames):
            verdict = gate.judge(frame, connection.peer, self.registrations, received + number, park=self.park)
            if verdict.arrival is not None:
                self._taken(connection, verdict)
            else:
                self._refused(connection, verdict)
                if connection.deaf:
                    return
        if self.landing.waiting > limits.pending and not self._paused:
            self._pause()

    def _taken(self, connection: Connection, verdict: gate.Verdict) -> None:
        arrival = verdict.arrival
        assert arrival is not None
        connection.good = True
        connection.refused = 0
        connection.framer.skipped = 0
        mn = arrival.mn
        if self.stations.get(mn) is not connection:
            self.stations[mn] = connection
            connection.mns.add(mn)
        self.stats.taken += 1
        if verdict.station is not None and verdict.station.new_password is not None:
            self._password_seen(mn, verdict)
        # A frame that wants no answer has a token, too: what is not on disk is counted.
        self.landing.put(arrival, (connection, verdict.answer))
        if self.commander is not None and self.commander.busy:
            self.commander.heard(verdict)

    def _password_seen(self, mn: str, verdict: gate.Verdict) -> None:
        """One of the two passwords of a station that is being given a new one was used."""
        assert verdict.station is not None and verdict.station.new_password is not None and verdict.head is not None
        ref = verdict.station.new_password.ref
        new = verdict.station.new_password_is(gate.text(verdict.head.pw))
        if new and self.commander is not None:
            self.commander.uses_new(mn, ref)
        self.registrations.password_used(mn, ref, new=new)

    def _refused(self, connection: Connection, verdict: gate.Verdict) -> None:
        reject = verdict.reject
        assert reject is not None
        answer = verdict.answer
        if reject.error == landing.PARKED:
            connection.good = True
            waiting = self._parked.get(reject.mn, 0)
            if waiting >= self.keeping.parked or (not waiting and len(self._parked) >= self.keeping.stations):
                self.stats.rejected["parked_full"] += 1
                return
            self._parked[reject.mn] = waiting + 1
        else:
            connection.refused += 1
        self.stats.rejected[reject.error] += 1
        self.landing.reject(reject, (connection, answer) if answer else None)
        if verdict.cut_off:
            self._cut_off(connection, reject.error, reject.mn, reject.raw)
        elif connection.refused > self.limits.rejected:
            self._cut_off(connection, "nothing_right", reject.mn, reject.raw)

    def _told(self, tokens: Sequence[Any], failed: LandingFailed | None) -> None:
        """In the writer's thread: a group is on disk, or is not."""
        self._loop.call_soon_threadsafe(self._answer, tokens, failed)

    def _answer(self, tokens: Sequence[tuple[Connection, bytes | None]], failed: LandingFailed | None) -> None:
        if failed is not None:
            self.stats.unstored += sum(answer is not None for _connection, answer in tokens)
        else:
            answers: dict[Connection, list[bytes]] = {}
            for connection, answer in tokens:
                if answer:
                    answers.setdefault(connection, []).append(answer)
            for connection, parts in answers.items():
                transport = connection.transport
                if transport.is_closing():
                    continue
                transport.write(parts[0] if len(parts) == 1 else b"".join(parts))
                self.stats.answered += len(parts)
                if transport.get_write_buffer_size() > self.limits.unread:
                    self._cut_off(connection, "takes_no_answers")
        for connection, answer in tokens:
            if answer is None:
                connection.transport.close()
        if self._paused and self.landing.waiting < self.limits.pending // 2:
            self._resume()

    def _pause(self) -> None:
        self._paused = True
        for connection in self.connections:
            with suppress(RuntimeError):
                connection.transport.pause_reading()

    def _resume(self) -> None:
        self._paused = False
        if not self._stopping:
            for connection in self.connections:
                with suppress(RuntimeError):
                    connection.transport.resume_reading()

    def send(self, mn: str, data: bytes) -> bool:
        """Send bytes to a station; False if it is not connected."""
        connection = self.stations.get(mn)
        if connection is None or connection.transport.is_closing():
            return False
        connection.transport.write(data)
        return True

    # By the clock ------------------------------------------------------------------------------------------------------

    def look_at_partial(self, now: float) -> None:
        """Take frames that lack only the end of their line; end connections whose frames do not end."""
        for connection in list(self._partial):
            if now - connection.seen >= self.limits.quiet:
                self._take_all(connection, connection.framer.settle(), now_us())
            if not connection.framer.waiting:
                connection.partial = 0.0
                self._partial.discard(connection)
            elif now - connection.partial >= self.limits.partial and not connection.deaf:
                left = connection.framer.flush()
                self._take_all(connection, left, now_us())
                connection.partial = 0.0
                self._partial.discard(connection)
                if now - connection.seen < self.limits.partial:
                    # It goes on sending, but too slowly to mean it.
                    self._cut_off(connection, "slow", next(iter(connection.mns), ""), left[-1].raw if left else b"")

    def look_at_idle(self, now: float) -> None:
        """End connections that say nothing."""
        for connection in list(self.connections):
            if now - connection.seen > self.limits.idle:
                self._cut_off(connection, "idle")
            elif not connection.good and now - connection.opened > self.limits.first:
                self._cut_off(connection, "silent")

    async def _watch(self) -> None:
        looked = reported = self.clock()
        while True:
            await asyncio.sleep(_TICK)
            now = self.clock()
            try:
                self.look_at_partial(now)
                if now - looked > 30:
                    looked = now
                    self.look_at_idle(now)
                if now - reported > _REPORT:
                    reported = now
                    self._write_status()
            except Exception:
                log.exception("Connections could not be looked at; they are looked at again.")

    async def _keep(self) -> None:
        while True:
            await asyncio.to_thread(self._keep_once)
            await asyncio.sleep(10)

    def _keep_once(self) -> None:
        try:
            with self._db_lock:
                if self._db is not None:
                    landing.prune(self._db, self.keeping, self.readers, now_us())
            self.release_approved()
        except Exception:
            log.exception("The landing file could not be tidied; it is tried again.")

    def release_approved(self) -> int:
        """Take the frames of stations that were approved meanwhile; the number of stations."""
        released = 0
        for mn in list(self._parked):
            station = self.registrations.lookup(mn)
            if station is None or station.state != ACTIVE:
                continue
            with self._db_lock:
                if self._db is None:
                    break
                self._release(self._db, mn)
            self._parked.pop(mn, None)
            released += 1
        return released

    def _release(self, db: sqlite3.Connection, mn: str) -> None:
        taken, refused = [], []
        for number, reject in landing.parked_of(db, mn):
            framer = Framer(self.limits.longest)
            for frame in (framer.feed(reject.raw) or framer.flush())[:1]:
                found = gate.judge(frame, reject.peer, self.registrations, reject.received, park=False)
                if found.arrival is not None:
                    taken.append((number, found.arrival))
                elif found.reject is not None:
                    refused.append((number, found.reject.error, found.reject.hint))
        landing.settle_parked(db, taken, refused)
        log.info("Station %s was approved: %d frames that waited were taken.", mn, len(taken))

    async def _command(self) -> None:
        assert self.commander is not None
        while True:
            try:
                await self.commander.step(frozenset(self.stations))
            except Exception:
                log.exception("Commands could not be carried on; it is tried again.")
            await asyncio.sleep(self.commander.patience.poll)

    # What is told ------------------------------------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """What the gateway does, for its page."""
        stats = self.stats
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "started": datetime.fromtimestamp(stats.started, UTC).isoformat(timespec="seconds"),
            "process": os.getpid(),
            "connections": len(self.connections),
            "stations": len(self.stations),
            "opened": stats.opened,
            "bytes": stats.received,
            "frames": stats.taken,
            "answered": stats.answered,
            "not_stored": stats.unstored,
            "waiting": self.landing.waiting,
            "groups": self.landing.groups,
            "slowest_group_ms": round(self.landing.slowest * 1000),
            "rejected": dict(stats.rejected),
            "cut_off": dict(stats.cut_off),
            "commands": self.commander.busy if self.commander is not None else 0,
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "connected": sorted(self.stations)[:20_000],
        }

    def _write_status(self) -> None:
        if self.status is None:
            return
        beside = self.status.with_suffix(".new")
        try:
            beside.write_text(json.dumps(self.report()), encoding="utf-8")
            beside.replace(self.status)
        except OSError as error:
            log.warning("The state of the gateway cannot be written to %s: %s", self.status, error)


def _handshake(tls: ssl.SSLContext | None) -> dict[str, Any]:
    return {"ssl_handshake_timeout": 15.0, "ssl_shutdown_timeout": 5.0} if tls is not None else {}


def tls_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """TLS with the certificate of this gateway.

    Raises
    ------
    OSError, ssl.SSLError
        If certificate or key cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def _allow_files(wanted: int) -> None:
    """Allow as many open connections as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        if most < wanted:
            log.warning("This process may open %d files; %d connections will not fit.", most, wanted)
