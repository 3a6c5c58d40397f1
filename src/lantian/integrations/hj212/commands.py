"""Commands down to stations: sent, repeated, matched with what comes back by QN, and reported to where they came from.

A station is asked one thing at a time. The forms of exchange are those of HJ 212-2017, chapter 6.3: a request is answered
by 9011 (will be done or not), perhaps by data with its own CN, and ended by 9012; a notice is ended by 9013.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from lantian.integrations.hj212.crc import WAYS
from lantian.integrations.hj212.decoding import CHINA, read_segment
from lantian.integrations.hj212.encoding import frame as framed
from lantian.integrations.hj212.encoding import segment as written_segment
from lantian.integrations.hj212.errors import CommandRefused
from lantian.integrations.hj212.gate import Verdict, text
from lantian.integrations.hj212.landing import changing, now_us
from lantian.integrations.hj212.registrations import Registration, Registrations
from lantian.integrations.hj212.requests import (
    ACCEPTED,
    DONE,
    EXE_RTN,
    EXPIRED,
    FAILED,
    FINAL,
    KINDS,
    NEW_PASSWORD,
    QN_RTN,
    REFUSED,
    SECRETS,
    SENT,
    UNANSWERED,
    WAITING,
    Command,
    CommandSource,
    Report,
    content,
)

log = logging.getLogger("lantian.hj212")

_FLAGS: Final = {"2005": 1, "2017": 5, "2025": 9}
#: most of what a station tells in one exchange that is kept for the report
_MOST_ANSWERS: Final = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited.

    Attributes
    ----------
    answer
        For 9011 or 9013, before the command is sent again [s]; HJ 212-2017 has 10.
    repeats
        How often it is sent again; HJ 212-2017 has 3.
    result
        For 9012 after 9011, counted anew with each frame of data [s].
    poll
        Between two looks for new commands [s].
    """

    answer: float = 10.0
    repeats: int = 3
    result: float = 300.0
    poll: float = 2.0


@dataclass(slots=True)
class _Exchange:
    command: Command
    qn: str
    # Holds passwords.
    data: bytes = field(repr=False)
    deadline: float
    tries: int = 1
    state: str = SENT
    answer: dict[str, str] = field(default_factory=dict)
    frames: int = 0


class Commander:
    """Carries commands to stations.

    Parameters
    ----------
    source
        Where commands wait, and where is told what became of them.
    registrations
        For password, system code, edition and check of a station.
    send
        Sends bytes to a station; False if it is not connected.
    clock
        Seconds that only grow.
    now
        The present, with a zone.
    """

    def __init__(
        self,
        source: CommandSource,
        registrations: Registrations,
        send: Callable[[str, bytes], bool],
        *,
        patience: Patience | None = None,
        clock: Callable[[], float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.source = source
        self.registrations = registrations
        self.patience = patience or Patience()
        self._send = send
        self._clock = clock
        self._now = now
        self._running: dict[str, _Exchange] = {}
        self._queues: dict[str, deque[Command]] = {}
        self._known: set[str] = set()
        self._reports: deque[Report] = deque()
        self._last_qn = ""
        #: station → the change of password that is known to hold there, though the register does not say so yet
        self._new: dict[str, str] = {}

    @property
    def busy(self) -> int:
        """How many commands are under way or wait for their turn."""
        return len(self._running) + sum(len(queue) for queue in self._queues.values())

    # By the clock ------------------------------------------------------------------------------------------------------

    async def step(self, connected: frozenset[str]) -> None:
        """Look for new commands, send what is due, and hand on what became of the others."""
        self.tick(connected)
        found = await asyncio.to_thread(self._asked, connected)
        self.take(found, connected)
        await self.begin()
        await self.tell()

    def _asked(self, connected: frozenset[str]) -> list[Command]:
        try:
            return list(self.source.poll(connected))
        except Exception:
            log.exception("Commands could not be looked for.")
            return []

    async def tell(self) -> None:
        """Hand on the reports; what cannot be told now is told later, in the same order."""
        while self._reports:
            report = self._reports[0]
            try:
                await asyncio.to_thread(self.source.report, report)
            except Exception:
                log.exception("What became of a command could not be told; it is tried again.")
                return
            self._reports.popleft()
            if report.state in FINAL:
                self._known.discard(report.id)

    def take(self, commands: Iterable[Command], connected: frozenset[str]) -> None:
        """Put new commands of connected stations into their queues."""
        now = self._now()
        for command in commands:
            if command.id in self._known:
                continue
            if command.not_after is not None and command.not_after < now:
                self._known.add(command.id)
                self._report(command, EXPIRED)
            elif command.mn in connected:
                self._known.add(command.id)
                self._queues.setdefault(command.mn, deque()).append(command)

    def tick(self, connected: frozenset[str]) -> None:
        """Send again what has not been answered, give up what never was."""
        now = self._clock()
        for mn, exchange in list(self._running.items()):
            if now < exchange.deadline:
                continue
            if exchange.state == ACCEPTED:
                self._end(mn, exchange, FAILED, detail="timeout")
            elif exchange.tries <= self.patience.repeats:
                exchange.deadline = now + self.patience.answer
                if self._send(mn, exchange.data):
                    exchange.tries += 1
                elif mn not in connected:
                    # Whoever is gone is asked again from the beginning after it has come back.
                    self._forget(mn, exchange)
            else:
                self._end(mn, exchange, UNANSWERED)

    async def begin(self) -> None:
        """Send what is next to each station that is not busy, unless it was taken back meanwhile."""
        while True:
            due: list[Command] = []
            for mn, queue in list(self._queues.items()):
                if queue and mn not in self._running:
                    due.append(queue[0])
                elif not queue:
                    del self._queues[mn]
            if not due:
                return
            ready = [command for command in due if self._ready(command)]
            try:
                claimed = await asyncio.to_thread(self.source.claim, [one.id for one in ready]) if ready else ()
            except Exception:
                log.exception("Commands could not be claimed; it is tried again.")
                return
            for command in due:
                self._queues[command.mn].popleft()
                if command.id in claimed:
                    self._begin(command)
                else:
                    # What waits still is given again at the next poll.
                    self._known.discard(command.id)

    def _ready(self, command: Command) -> bool:
        """Whether the gate knows the password that the command carries: else it would refuse what answers with it."""
        if command.cn != NEW_PASSWORD:
            return True
        station = self.registrations.lookup(command.mn)
        new = station.new_password if station is not None else None
        return new is not None and new.ref == command.fields.get("NewPW")

    def uses_new(self, mn: str, ref: str) -> None:
        """A station has used the password that a command has brought it."""
        self._new[mn] = ref

    def _password(self, station: Registration) -> str:
        """What a command to a station must carry."""
        new = station.new_password
        if new is None:
            self._new.pop(station.mn, None)
        elif self._new.get(station.mn) == new.ref:
            return new.secret
        return station.password or ""

    def _begin(self, command: Command) -> None:
        station = self.registrations.lookup(command.mn)
        if station is None:
            self._report(command, FAILED, detail="unknown_mn")
            return
        qn = self._next_qn()
        try:
            data = request(command, station, qn, self._password(station))
        except CommandRefused as error:
            self._report(command, FAILED, detail=str(error))
            return
        if not self._send(command.mn, data):
            self._known.discard(command.id)
            self._report(command, WAITING, detail="connection_lost")
            return
        self._running[command.mn] = _Exchange(command, qn, data, self._clock() + self.patience.answer)
        self._report(command, SENT, tries=1)

    def _next_qn(self) -> str:
        found = self._now().astimezone(CHINA).strftime("%Y%m%d%H%M%S%f")[:17]
        # Unique even when two are made in the same thousandth of a second, or the clock is set back.
        if found <= self._last_qn:
            found = str(int(self._last_qn) + 1)
        self._last_qn = found
        return found

    # By what comes in --------------------------------------------------------------------------------------------------

    def heard(self, verdict: Verdict) -> bool:
        """Take a frame of a station into account.

        Returns
        -------
        bool
            Whether it belongs to an exchange that is under way.
        """
        if not self._running or verdict.arrival is None or verdict.head is None:
            return False
        mn, cn = verdict.arrival.mn, verdict.arrival.cn
        exchange = self._running.get(mn)
        if exchange is None:
            return False
        qn = text(verdict.head.qn)
        answer = cn in ("9011", "9012", "9013")
        if qn != exchange.qn and (qn or not answer):
            return False
        if answer:
            self._answered(mn, exchange, cn, verdict)
            return True
        if cn == exchange.command.cn:
            said = read_segment(verdict.segment)
            exchange.frames += 1
            for name, value in said.fields.items():
                if len(exchange.answer) < _MOST_ANSWERS and name not in ("QN", "CN") and self._told(cn, name):
                    exchange.answer[name] = value
            for factor, values in said.values.items():
                if not cn.startswith("2") and len(exchange.answer) < _MOST_ANSWERS and self._told(cn, factor):
                    exchange.answer |= {f"{factor}-{suffix}": value for suffix, value in values.items()}
            exchange.deadline = self._clock() + self.patience.result
            return True
        return False

    @staticmethod
    def _told(cn: str, name: str) -> bool:
        """Whether what a station said may stand in a report: of a new password it may repeat nothing, under no name."""
        return cn != NEW_PASSWORD and name not in SECRETS

    def _answered(self, mn: str, exchange: _Exchange, cn: str, verdict: Verdict) -> None:
        fields = read_segment(verdict.segment).fields
        if cn == "9013":
            if KINDS[exchange.command.cn].ends_with == "9013":
                self._end(mn, exchange, DONE)
        elif cn == "9011":
            code = fields.get("QnRtn", "")
            if code == "1":
                if exchange.state == SENT:
                    exchange.state = ACCEPTED
                    self._report(exchange.command, ACCEPTED, code, QN_RTN["1"], tries=exchange.tries)
                exchange.deadline = self._clock() + self.patience.result
            else:
                self._end(mn, exchange, REFUSED, code, QN_RTN.get(code, "unknown"))
        else:
            code = fields.get("ExeRtn", "")
            self._end(mn, exchange, DONE if code == "1" else FAILED, code, EXE_RTN.get(code, "unknown"))

    def _end(self, mn: str, exchange: _Exchange, state: str, code: str = "", detail: str = "") -> None:
        self._running.pop(mn, None)
        if exchange.frames:
            exchange.answer["frames"] = str(exchange.frames)
        if state == DONE and exchange.command.cn == NEW_PASSWORD:
            self.uses_new(mn, exchange.command.fields["NewPW"])
        self._report(exchange.command, state, code, detail, answer=exchange.answer, tries=exchange.tries)

    def _forget(self, mn: str, exchange: _Exchange) -> None:
        self._running.pop(mn, None)
        self._known.discard(exchange.command.id)
        self._report(exchange.command, WAITING, detail="connection_lost", tries=exchange.tries)

    def _report(
        self,
        command: Command,
        state: str,
        code: str = "",
        detail: str = "",
        *,
        answer: Mapping[str, str] | None = None,
        tries: int = 0,
    ) -> None:
        self._reports.append(Report(command.id, state, self._now(), code, detail, dict(answer or {}), tries))


def request(command: Command, station: Registration, qn: str, password: str) -> bytes:
    """A command as bytes for a station.

    Parameters
    ----------
    password
        The one that holds at the station.

    Raises
    ------
    CommandRefused
        If its content is none that the standard has; says nothing of passwords.
    """
    edition = station.version or station.edition or ("2017" if len(station.mn) > 14 else "2005")
    fields = dict(command.fields)
    if command.cn == NEW_PASSWORD:
        new = station.new_password
        if new is None or new.ref != fields.get("NewPW"):
            raise CommandRefused("The new password is not known any more.")
        fields["NewPW"] = new.secret
    data = written_segment(
        command.cn,
        st=command.st or (station.st[0] if station.st else "31"),
        mn=station.mn,
        pw=password,
        qn=qn,
        flag=_FLAGS[edition],
        content=content(command.cn, fields),
    )
    return framed(data, WAYS[station.crc])


# Commands that wait in the landing file ----------------------------------------------------------------------------------


class LandingCommands:
    """Commands in the landing file: those that the gateway makes itself (missing periods), and those of the console."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def put(self, commands: Iterable[Command]) -> int:
        """Add commands; one whose id is there already stays as it is.

        Returns
        -------
        int
            How many were new.
        """
        now = now_us()
        rows = [
            (
                command.id,
                command.mn,
                command.cn,
                json.dumps(dict(command.fields)),
                command.st,
                now,
                _us(command.not_after),
                WAITING,
                now,
            )
            for command in commands
        ]
        before = self._db.total_changes
        with changing(self._db, frames=False):
            self._db.executemany(
                "INSERT OR IGNORE INTO command (id, mn, cn, fields, st, made, not_after, state, changed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        return self._db.total_changes - before

    def poll(self, connected: frozenset[str]) -> Iterable[Command]:
        """What waits, and what a gateway that is gone has begun."""
        rows = self._db.execute(
            "SELECT id, mn, cn, fields, st, not_after FROM command WHERE state IN ('waiting', 'sent', 'accepted')"
            " ORDER BY made, id LIMIT 10000"
        )
        return [
            Command(number, mn, cn, json.loads(fields), st, _moment(until))
            for number, mn, cn, fields, st, until in rows
            if mn in connected or until is not None
        ]

    def claim(self, ids: Sequence[str]) -> Collection[str]:
        """All: here nothing is taken back."""
        return ids

    def report(self, found: Report) -> None:
        """Write down what became of a command."""
        self._db.execute(
            "UPDATE command SET state = ?, code = ?, detail = ?, answer = ?, tries = ?, changed = ? WHERE id = ?",
            (
                found.state,
                found.code,
                found.detail,
                json.dumps(dict(found.answer), ensure_ascii=False),
                found.tries,
                _us(found.at),
                found.id,
            ),
        )

    def state(self, number: str) -> tuple[str, str, str] | None:
        """State, code and detail of a command; None if there is no such one."""
        found = self._db.execute("SELECT state, code, detail FROM command WHERE id = ?", (number,)).fetchone()
        return None if found is None else (found[0], found[1], found[2])


class Several:
    """Several sources as one; each keeps its own ids."""

    def __init__(self, sources: Sequence[CommandSource]) -> None:
        self._sources = sources

    def poll(self, connected: frozenset[str]) -> Iterable[Command]:
        """What waits in any of them."""
        found = []
        for number, source in enumerate(self._sources):
            found += [
                Command(f"{number}/{one.id}", one.mn, one.cn, one.fields, one.st, one.not_after)
                for one in source.poll(connected)
            ]
        return found

    def claim(self, ids: Sequence[str]) -> Collection[str]:
        """What each of them lets be sent."""
        found: set[str] = set()
        for number, source in enumerate(self._sources):
            mine = [one.partition("/")[2] for one in ids if one.partition("/")[0] == str(number)]
            if mine:
                found |= {f"{number}/{one}" for one in source.claim(mine)}
        return found

    def report(self, found: Report) -> None:
        """Tell the one that it came from."""
        number, _slash, own = found.id.partition("/")
        source = self._sources[int(number)]
        source.report(Report(own, found.state, found.at, found.code, found.detail, found.answer, found.tries))


def _us(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def _moment(us: int | None) -> datetime | None:
    return None if us is None else _EPOCH + timedelta(microseconds=us)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
