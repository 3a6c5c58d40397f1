"""The gateway on the ledger of an office: its register of devices, its commands, its latest values, its pages.

The gateway runs in two processes, each with a register of its own (`office.seams`). What is asked for each frame is answered from memory; a
thread looks every few seconds whether somebody has changed the register. Where the ledger cannot be reached, what was known
holds on, and what is to be written waits.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from django.db import DatabaseError, close_old_connections, connection

from lantian.apps.monitoring import gateway_ports as ports
from lantian.integrations.hj212 import landing, registrations, requests
from lantian.integrations.hj212.latest import LatestValue
from lantian.integrations.hj212.registrations import NewPassword, Registration
from lantian.integrations.hj212.running import DRAINED, LANDING, STATUS

log = logging.getLogger("lantian.hj212")

#: so often it is looked whether the register has changed, and the state is written [s]
LOOK: Final = 2.0
TELL: Final = 5.0
_STATES: Final = {
    "active": registrations.ACTIVE,
    "parked": registrations.PARKED,
    "refused": registrations.REFUSED,
}
#: state that the gateway reports → state of the command in the ledger, and why
_REPORTS: Final[Mapping[str, tuple[str, str]]] = {
    # The connection went before the answer: it is asked again when the device is back.
    requests.WAITING: ("queued", ""),
    requests.SENT: ("sent", ""),
    requests.ACCEPTED: ("accepted", ""),
    requests.DONE: ("done", ""),
    requests.REFUSED: ("failed", "refused"),
    requests.FAILED: ("failed", ""),
    requests.UNANSWERED: ("timed_out", "unanswered"),
    requests.EXPIRED: ("timed_out", "never_connected"),
}


def _connect_anew() -> None:
    """Let go of a connection that is broken or too old; a transaction that is under way keeps its own."""
    if not connection.in_atomic_block:
        close_old_connections()


def registration_of(found: ports.Registered) -> Registration:
    """A device of the register as the gateway wants it."""
    options = found.options
    interval = options.get("minute_interval")
    return Registration(
        found.mn,
        (found.st,) if found.st else (),
        found.password,
        # Frames say by Flag which edition they are of; many send another one than the plate says.
        "",
        tuple(ip_network(text, strict=False) for text in found.addresses),
        str(options.get("encoding") or ""),
        str(options.get("crc") or "standard"),
        _STATES[found.state],
        bool(options.get("lenient_length")),
        interval if isinstance(interval, int) else None,
        found.key,
        found.protocol,
        NewPassword(found.new_password_of, found.new_password) if found.new_password is not None else None,
    )


class LedgerRegistrations:
    """The register of devices, in memory."""

    def __init__(self) -> None:
        self._version: ports.Version | None = None
        self._stations: dict[str, Registration] = {}
        self._used: dict[tuple[str, str], tuple[bool, datetime]] = {}
        self.ids: dict[str, int] = {}

    def lookup(self, mn: str) -> Registration | None:
        """The station with an MN, or None."""
        return self._stations.get(mn)

    def password_used(self, mn: str, ref: str, *, new: bool) -> None:
        """Note it for the next look; once the new one was used, the former one says nothing any more."""
        if new or not self._used.get((mn, ref), (False,))[0]:
            self._used[mn, ref] = new, datetime.now(UTC)

    def settle(self) -> int:
        """Tell the ledger which of their two passwords stations have used; how many it has settled."""
        # What is noted while this runs goes into the new one.
        used, self._used = self._used, {}
        try:
            return sum(ports.password_used(mn, int(ref), new=new, at=at) for (mn, ref), (new, at) in used.items())
        except DatabaseError:
            self._used = used | self._used
            raise

    def refresh(self) -> bool:
        """Read the register anew if somebody has changed it; whether that was so."""
        version = ports.version()
        if version == self._version:
            return False
        found = ports.registrations()
        self._stations = {mn: registration_of(one) for mn, one in found.items()}
        self.ids = {mn: one.device for mn, one in found.items()}
        self._version = version
        broken = sum(one.broken for one in found.values())
        if broken:
            log.error("The secrets of %d devices cannot be opened; they are refused. Run lantian devices reseal.", broken)
        return True

    def __len__(self) -> int:
        return len(self._stations)


class LedgerCommands:
    """Commands that wait in the ledger."""

    def poll(self, connected: frozenset[str]) -> Iterable[requests.Command]:
        """Those of devices that are connected."""
        _connect_anew()
        return [self._command(one) for one in ports.waiting(connected)] if connected else []

    @staticmethod
    def _command(one: ports.Waiting) -> requests.Command:
        now = requests.written(datetime.now(UTC))
        fields = {key: now if value == "now" else value for key, value in one.fields}
        if one.new_password_of:
            # The password itself is known to the register alone.
            fields["NewPW"] = one.new_password_of
        return requests.Command(str(one.id), one.mn, one.cn, fields, one.st, one.until)

    def claim(self, ids: Sequence[str]) -> Collection[str]:
        """Those that nobody has taken back."""
        _connect_anew()
        return {str(key) for key in ports.claim([int(one) for one in ids if one.isdecimal()])}

    def report(self, found: requests.Report) -> None:
        """Write what became of a command."""
        if found.state not in _REPORTS or not found.id.isdecimal():
            return
        _connect_anew()
        state, outcome = _REPORTS[found.state]
        if found.state == requests.FAILED and not found.code:
            outcome = "no_result" if found.detail == "timeout" else "command_refused"
        ports.report_command(
            int(found.id),
            state,
            at=found.at,
            code=found.code,
            outcome=outcome,
            answer=found.answer,
            attempts=found.tries or None,
        )


class LedgerLatest:
    """The latest values, into the ledger."""

    def __init__(self, ids: Callable[[], Mapping[str, int]]) -> None:
        self._ids = ids

    def write(self, values: Mapping[Any, LatestValue]) -> None:
        """Write them; what cannot be written is told by an exception and comes again."""
        _connect_anew()
        ports.write_latest(
            [
                ports.Said(
                    one.mn,
                    one.cn,
                    one.factor,
                    one.start,
                    one.received,
                    one.value,
                    one.zs,
                    one.flag or "",
                )
                for one in values.values()
            ],
            self._ids(),
        )


class Keeper:
    """What is looked at and told every few seconds: the register, unknown devices, the state of the gateway.

    Parameters
    ----------
    folder
        Where the gateway keeps its files; None for a process that tells nothing.
    """

    def __init__(self, register: LedgerRegistrations, folder: Path | None, clock: Callable[[], float]) -> None:
        self.register, self.folder, self._clock = register, folder, clock
        self._told = float("-inf")
        self._before: tuple[float, Mapping[str, Any]] | None = None
        self._parked: set[str] = set()

    def step(self) -> None:
        """Look once."""
        self.register.settle()
        self.register.refresh()
        now = self._clock()
        if self.folder is not None and now - self._told >= TELL:
            self._told = now
            self.park()
            self.tell(now)

    def park(self) -> int:
        """Put devices that reported without being known into the register; how many were new."""
        assert self.folder is not None
        path = self.folder / LANDING
        if not path.is_file():
            return 0
        new = 0
        with closing(landing.connect(path)) as db:
            for mn, _count, _first, _last in landing.parked_stations(db):
                if mn in self._parked:
                    continue
                self._parked.add(mn)
                if self.register.lookup(mn) is not None:
                    continue
                (_number, reject), *_more = landing.parked_of(db, mn)[:1]
                st = _field(reject.raw, b"ST")
                flag = _field(reject.raw, b"Flag")
                edition = {0: "2005", 1: "2017", 2: "2025"}.get(int(flag) >> 2 if flag.isdecimal() else 1, "2017")
                new += ports.park(mn, st=st, protocol=edition, peer=reject.peer)
        return new

    def tell(self, now: float, *, note: str = "") -> None:
        """Write what the gateway says of itself, with rates since the last time, and a note for whoever reads it."""
        assert self.folder is not None
        status = _read(self.folder / STATUS)
        if not status:
            return
        drained = _read(self.folder / DRAINED)
        told: dict[str, Any] = {
            "connections": status.get("connections"),
            "since": status.get("started"),
            "frames": status.get("frames"),
            "rejects": sum((status.get("rejected") or {}).values()),
            "cut_off": sum((status.get("cut_off") or {}).values()),
            "undrained": max(0, int(status.get("frames") or 0) - int(drained.get("frames") or 0)),
        }
        if self._before is not None and now > self._before[0]:
            seconds = now - self._before[0]
            for name, of in (("frames_per_second", "frames"), ("answered_per_second", "answered"), ("bytes_per_second", "bytes")):
                change = int(status.get(of) or 0) - int(self._before[1].get(of) or 0)
                # After a restart it counts from the beginning.
                if change >= 0:
                    told[name] = round(change / seconds, 1)
        self._before = (now, status)
        told = {key: value for key, value in told.items() if value is not None}
        if note:
            told["note"] = note
        at = status.get("at")
        ports.write_state(
            "HJ 212", told, at=datetime.fromisoformat(at) if isinstance(at, str) else datetime.now(UTC)
        )

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop; a ledger that cannot be reached is tried again."""
        while not stop.wait(LOOK):
            try:
                _connect_anew()
                self.step()
            except (DatabaseError, OSError):
                log.exception("The ledger could not be asked; what was known holds on.")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _field(raw: bytes, name: bytes) -> str:
    """A field of a frame's head, as text."""
    for item in raw[6:400].split(b";"):
        key, equals, value = item.partition(b"=")
        if equals and key.strip().upper() == name.upper():
            return value.decode("ascii", "replace").strip()
    return ""

