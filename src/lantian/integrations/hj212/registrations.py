"""Who may send: stations by their MN, with what the gate checks of them.

The gateway asks a :class:`Registrations` for each frame; where the registrations stand (a file, memory, the ledger) is
not its concern. ``lookup`` is called in the loop that receives: it must answer from memory.
"""

from __future__ import annotations

import csv
import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final, Protocol

from lantian.integrations.hj212.errors import RegistryRefused

Network = IPv4Network | IPv6Network

#: states: frames are taken; frames are kept aside until somebody has approved the station; nothing is taken
ACTIVE: Final = "active"
PARKED: Final = "parked"
REFUSED: Final = "refused"
STATES: Final = (ACTIVE, PARKED, REFUSED)
VERSIONS: Final = ("", "2005", "2017", "2025")
#: how the check of a station is computed: as the standard says; as Modbus; as Modbus with its two halves exchanged
CHECKS: Final = ("standard", "modbus", "modbus_swapped")
ENCODINGS: Final = ("", "utf-8", "gb18030")
#: minutes that HJ 212-2017 allows between minute data (CN 1063, 1064)
MINUTES: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password that a command carries to a station (CN 1072).

    Until it is known whether the station has taken it, both it and the former one are right: the answer of a station that
    did as it was told may have been lost.

    Attributes
    ----------
    ref
        Names the change, so that no command carries a password that is not its own.
    """

    ref: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """What is known of a station.

    Attributes
    ----------
    mn
        Identity of the device, as it sends it.
    st
        System codes that it may send; any if empty. 91 (exchange) is always allowed.
    password
        PW that it must send; None for any. Never logged, never told.
    version
        ``2005``, ``2017``, ``2025``; empty for whatever Flag says.
    addresses
        Networks from which it may connect; any if empty.
    encoding
        ``utf-8``, ``gb18030``; empty to try both, in this order.
    crc
        One of `CHECKS`.
    state
        One of `STATES`.
    lenient_length
        Take frames whose length is wrong but whose check is right over what stands before the end of the line.
    minute_interval
        Minutes between its minute data; None where that is not known.
    key
        Key of SM4, sixteen bytes, for contents in cipher (HJ 212-2025); None where there is none.
    edition
        Edition in which commands are written to it: by `version`, or the length of its MN, if empty.
    new_password
        What a command carries to it, or has carried without its being known whether it holds; None nearly always.
    """

    mn: str
    st: tuple[str, ...] = ()
    password: str | None = field(default=None, repr=False)
    version: str = ""
    addresses: tuple[Network, ...] = ()
    encoding: str = ""
    crc: str = "standard"
    state: str = ACTIVE
    lenient_length: bool = False
    minute_interval: int | None = None
    key: bytes | None = field(default=None, repr=False)
    edition: str = ""
    new_password: NewPassword | None = field(default=None, repr=False)

    def password_is(self, given: str | None) -> bool:
        """Whether a password is right; takes as long for a wrong one."""
        if self.password is None:
            return True
        former = hmac.compare_digest(self.password.encode(), (given or "").encode())
        return self.new_password_is(given) or former

    def new_password_is(self, given: str | None) -> bool:
        """Whether a password is the one that a command carries to the station."""
        new = self.new_password
        return new is not None and hmac.compare_digest(new.secret.encode(), (given or "").encode())

    def st_is(self, given: str | None) -> bool:
        """Whether a system code may come from this station."""
        return not self.st or given in self.st or given == "91"

    def may_connect_from(self, address: str) -> bool:
        """Whether an address of the network is allowed."""
        if not self.addresses:
            return True
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.addresses)


class Registrations(Protocol):
    """Where the gateway asks for stations."""

    def lookup(self, mn: str) -> Registration | None:
        """The station with an MN, or None; from memory, at once."""
        ...

    def password_used(self, mn: str, ref: str, *, new: bool) -> None:
        """A station to which a new password was sent has used it, or the former one; at once, like `lookup`."""
        ...


class InMemory:
    """Registrations that are given by program."""

    def __init__(self, stations: Iterable[Registration] = ()) -> None:
        self._stations = {station.mn: station for station in stations}
        #: what stations used of their two passwords, in order: MN, change, whether the new one
        self.used: list[tuple[str, str, bool]] = []

    def lookup(self, mn: str) -> Registration | None:
        """The station with an MN, or None."""
        return self._stations.get(mn)

    def password_used(self, mn: str, ref: str, *, new: bool) -> None:
        """Keep it."""
        self.used.append((mn, ref, new))

    def put(self, station: Registration) -> None:
        """Add a station or set it anew."""
        self._stations[station.mn] = station

    def __len__(self) -> int:
        return len(self._stations)


#: columns of a file, in any order; ``mn`` alone must be there
COLUMNS: Final = tuple(one.name for one in fields(Registration) if one.name not in ("edition", "new_password"))
_YES = {"1", "yes", "true", "是"}
_NO = {"", "0", "no", "false", "否"}
#: so often at most a file is looked at whether it has changed [s]
_LOOK = 1.0


class FromFile:
    """Registrations in a CSV file, read again when it has changed.

    Parameters
    ----------
    path
        The file; UTF-8, with or without a mark at its beginning. Its columns are `COLUMNS`; ``st`` and ``addresses`` take
        several values with a space between them, ``key`` is sixteen signs.
    problem
        Told when a changed file cannot be used; what was read before holds on.

    Raises
    ------
    RegistryRefused
        If the file cannot be used when it is read for the first time.
    """

    def __init__(self, path: Path, problem: Callable[[str], None] = lambda _text: None) -> None:
        self.path = path
        self._problem = problem
        self._read_at = 0.0
        self._stamp: tuple[int, int] | None = None
        self._stations: dict[str, Registration] = {}
        self._load()

    def lookup(self, mn: str) -> Registration | None:
        """The station with an MN, or None."""
        if time.monotonic() - self._read_at > _LOOK:
            try:
                self._load()
            except RegistryRefused as error:
                self._problem(str(error))
        return self._stations.get(mn)

    def password_used(self, mn: str, ref: str, *, new: bool) -> None:
        """Nothing: no command changes a file."""

    def __len__(self) -> int:
        return len(self._stations)

    def _load(self) -> None:
        self._read_at = time.monotonic()
        try:
            state = self.path.stat()
            stamp = state.st_mtime_ns, state.st_size
            if stamp == self._stamp:
                return
            # Whatever comes of it, this state of the file is told once.
            self._stamp = stamp
            text = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise RegistryRefused(f"{self.path}: not UTF-8. Save it as CSV UTF-8.") from None
        except OSError as error:
            raise RegistryRefused(f"{self.path}: {error.strerror or error}") from None
        self._stations = read_csv(text, str(self.path))


def read_csv(text: str, name: str = "registry") -> dict[str, Registration]:
    """Registrations of a table.

    Raises
    ------
    RegistryRefused
        If a column is unknown, a value is none that is allowed, or an MN stands twice; says which line.
    """
    reader = csv.DictReader(text.splitlines())
    columns = [column.strip() for column in reader.fieldnames or []]
    unknown = [column for column in columns if column not in COLUMNS]
    if "mn" not in columns or unknown:
        wrong = f"there is no column {', '.join(unknown)}" if unknown else "the column mn is missing"
        raise RegistryRefused(f"{name}, line 1: {wrong}; columns are {', '.join(COLUMNS)}.")
    found: dict[str, Registration] = {}
    for row in reader:
        values = {key.strip(): (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        if not any(values.values()):
            continue
        try:
            station = _station(values)
            if None in row:
                raise ValueError("there are more fields than columns")
        except ValueError as error:
            raise RegistryRefused(f"{name}, line {reader.line_num}: {error}.") from None
        if station.mn in found:
            raise RegistryRefused(f"{name}, line {reader.line_num}: the MN {station.mn} stands above already.")
        found[station.mn] = station
    return found


def _station(values: dict[str, str]) -> Registration:
    mn = values["mn"]
    if not mn or len(mn) > 64 or any(sign in mn for sign in ";,=&#") or not mn.isprintable():
        raise ValueError(f"“{mn}” is no MN")
    interval = values.get("minute_interval", "")
    if interval and (not interval.isdecimal() or int(interval) not in MINUTES):
        raise ValueError(f"minute_interval is one of {', '.join(map(str, MINUTES))}, not “{interval}”")
    lenient = values.get("lenient_length", "").lower()
    if lenient not in _YES | _NO:
        raise ValueError(f"lenient_length is yes or no, not “{lenient}”")
    key = values.get("key", "").encode()
    if len(key) not in (0, 16):
        raise ValueError("key has sixteen signs")
    return Registration(
        mn,
        tuple(values.get("st", "").split()),
        values.get("password") or None,
        _one_of("version", values.get("version", ""), VERSIONS),
        tuple(_network(text) for text in values.get("addresses", "").split()),
        _one_of("encoding", values.get("encoding", "").lower(), ENCODINGS),
        _one_of("crc", values.get("crc") or "standard", CHECKS),
        _one_of("state", values.get("state") or ACTIVE, STATES),
        lenient in _YES,
        int(interval) if interval else None,
        key or None,
    )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"{name} is one of {', '.join(filter(None, allowed))}, not “{value}”")
    return value


def _network(text: str) -> Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"“{text}” is no address and no network such as 10.1.0.0/16") from None
