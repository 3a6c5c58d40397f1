"""Commands that the host sends to stations: which there are, what they carry, and where they wait.

References
----------
HJ 212-2017, tables 9 and C; HJ/T 212-2005 for QN inside of CP; HJ 212-2025 for CalibrationType.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from lantian.integrations.hj212.decoding import CHINA, moment
from lantian.integrations.hj212.errors import CommandRefused
from lantian.integrations.hj212.registrations import MINUTES

#: states of a command: waits for the station to be connected or for its turn; sent, no answer yet; the station has said
#: that it will; it has done so; it has refused, or failed; it has not answered after all repeats; its time is over
WAITING: Final = "waiting"
SENT: Final = "sent"
ACCEPTED: Final = "accepted"
DONE: Final = "done"
REFUSED: Final = "refused"
FAILED: Final = "failed"
UNANSWERED: Final = "unanswered"
EXPIRED: Final = "expired"
#: states after which nothing more happens
FINAL: Final = frozenset((DONE, REFUSED, FAILED, UNANSWERED, EXPIRED))

#: QnRtn and ExeRtn (HJ 212-2017, tables 7 and 6)
QN_RTN: Final = {
    "1": "ready",
    "2": "refused",
    "3": "wrong_password",
    "4": "wrong_mn",
    "5": "wrong_st",
    "6": "wrong_flag",
    "7": "wrong_qn",
    "8": "wrong_cn",
    "9": "wrong_crc",
    "100": "unknown",
}
EXE_RTN: Final = {
    "1": "done",
    "2": "failed",
    "3": "wrong_condition",
    "4": "timeout",
    "5": "busy",
    "6": "fault",
    "100": "no_data",
}


@dataclass(frozen=True, slots=True)
class Command:
    """Something that a station shall be told.

    Attributes
    ----------
    id
        Names it for ever, within its source.
    mn
        Which station.
    cn
        Which command.
    fields
        What it carries, checked by :func:`content`.
    st
        System code it is sent with; that of the station if empty.
    not_after
        When it is no longer worth sending; None for never.
    """

    id: str
    mn: str
    cn: str
    fields: Mapping[str, str] = field(default_factory=dict)
    st: str = ""
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a command.

    Attributes
    ----------
    state
        One of the words above.
    code
        QnRtn or ExeRtn as the station sent it, or empty.
    detail
        In words of this module (``QN_RTN``, ``EXE_RTN``), or empty.
    answer
        What the station told with the same CN: names and values, such as ``RtdInterval``.
    tries
        How often it was sent.
    """

    id: str
    state: str
    at: datetime
    code: str = ""
    detail: str = ""
    answer: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0


class CommandSource(Protocol):
    """Where commands wait and where is told what became of them. Called in a thread, one call at a time."""

    def poll(self, connected: frozenset[str]) -> Iterable[Command]:
        """Commands that wait, of any station; those of stations that are not connected may be left out.

        A command is given again at each poll until something is reported of it.
        """
        ...

    def claim(self, ids: Sequence[str]) -> Collection[str]:
        """Those of some commands that may be sent now: what was taken back since it was given may not."""
        ...

    def report(self, found: Report) -> None:
        """Take what became of a command."""
        ...


class InMemoryCommands:
    """Commands that are given by program."""

    def __init__(self, commands: Iterable[Command] = ()) -> None:
        self._commands = {command.id: command for command in commands}
        #: everything that was reported, in order
        self.reports: list[Report] = []

    def put(self, command: Command) -> None:
        """Add a command."""
        self._commands[command.id] = command

    def poll(self, connected: frozenset[str]) -> Iterable[Command]:
        """What waits."""
        return list(self._commands.values())

    def claim(self, ids: Sequence[str]) -> Collection[str]:
        """All that wait."""
        return [number for number in ids if number in self._commands]

    def report(self, found: Report) -> None:
        """Keep it; what has come to its end waits no longer."""
        if found.state in FINAL:
            self._commands.pop(found.id, None)
        self.reports.append(found)


# What commands carry ---------------------------------------------------------------------------------------------------

_FACTOR = re.compile(r"[A-Za-z0-9_]{1,20}")
_INFO = re.compile(r"i[0-9]{5}-Info")


@dataclass(frozen=True, slots=True)
class Kind:
    """A command of the standard.

    Attributes
    ----------
    needed, allowed
        Names of fields that must and that may be there.
    ends_with
        What ends it: ``9012`` (a result), ``9013`` (a notice is confirmed).
    """

    name: str
    needed: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    ends_with: str = "9012"


_SPAN = ("BeginTime", "EndTime")
#: fields that carry what nobody may read: they stand in no report, no error and no log
SECRETS: Final = frozenset(("PW", "NewPW", "NewSK"))
#: commands that carry a new password
NEW_PASSWORD: Final = "1072"
KINDS: Final[dict[str, Kind]] = {
    "1000": Kind("set time-out and repeats", ("OverTime", "ReCount")),
    "1011": Kind("read time", (), ("PolId",)),
    "1012": Kind("set time", ("SystemTime",), ("PolId",)),
    "1061": Kind("read interval of real-time data"),
    "1062": Kind("set interval of real-time data", ("RtdInterval",)),
    "1063": Kind("read interval of minute data"),
    "1064": Kind("set interval of minute data", ("MinInterval",)),
    # Its password is never among the fields of a command: see `Registration.new_password`.
    "1072": Kind("set password", ("NewPW",)),
    "2011": Kind("start real-time data", (), _SPAN),
    "2012": Kind("stop real-time data", ends_with="9013"),
    "2021": Kind("start states of devices"),
    "2022": Kind("stop states of devices", ends_with="9013"),
    "2031": Kind("read day data", _SPAN),
    "2041": Kind("read running times of devices", _SPAN),
    "2051": Kind("read minute data", _SPAN),
    "2061": Kind("read hour data", _SPAN),
    "3011": Kind("calibrate zero and span", ("PolId",), ("CalibrationType",)),
    "3012": Kind("sample now", ("PolId",)),
    "3013": Kind("clean or blow back", ("PolId",)),
    "3014": Kind("sample for comparison", ("PolId",)),
    "3015": Kind("keep a sample", ()),
    "3016": Kind("set cycle of sampling", ("PolId", "CstartTime", "Ctime")),
    "3017": Kind("read cycle of sampling", ("PolId",)),
    "3018": Kind("read time of a sample", ("PolId",)),
    "3019": Kind("read serial number", ("PolId",)),
    "3020": Kind("read field information", ("PolId", "InfoId", *_SPAN)),
    "3021": Kind("set field parameter", ("PolId",)),
    "3022": Kind("retain a sample now", ("PolId",)),
    "3024": Kind("start a standard check", ("PolId",)),
}


def content(cn: str, values: Mapping[str, str]) -> str:
    """The content of a command, in the order of the standard.

    Raises
    ------
    CommandRefused
        If there is no such command, a field is missing or unknown, or a value is out of bounds.

    Examples
    --------
    >>> content("1062", {"RtdInterval": "30"})
    'RtdInterval=30'
    """
    kind = KINDS.get(cn)
    if kind is None:
        raise CommandRefused(f"CN {cn} is no command that a host sends.")
    missing = [name for name in kind.needed if not values.get(name)]
    if missing:
        raise CommandRefused(f"CN {cn} ({kind.name}) needs {', '.join(missing)}.")
    known = (*kind.needed, *kind.allowed)
    infos = [name for name in values if cn == "3021" and _INFO.fullmatch(name)]
    unknown = [name for name in values if name not in known and name not in infos]
    if unknown:
        raise CommandRefused(
            f"CN {cn} ({kind.name}) has no {', '.join(unknown)}; it has {', '.join(known) or 'nothing'}."
        )
    if cn == "3021" and not infos:
        raise CommandRefused("CN 3021 needs a parameter such as i13007-Info.")
    for name, value in values.items():
        _check(name, value)
    if values.get("BeginTime", "") > values.get("EndTime", "9"):
        raise CommandRefused("BeginTime must not be later than EndTime.")
    # Polutant and identity of the information go together, the rest are items of their own (HJ 212-2017, annex C).
    separator = "," if cn in ("3020", "3021", "3016", "3011") else ";"
    return separator.join(f"{name}={values[name]}" for name in (*known, *infos) if values.get(name))


def _check(name: str, value: str) -> None:
    if any(sign in value for sign in ";,=&#\r\n") or not value.isascii():
        # What must not be read stands in no error.
        raise CommandRefused(f"{name} must not hold {'what it does' if name in SECRETS else f'“{value}”'}.")
    bounds = {"OverTime": (1, 3600), "ReCount": (0, 99), "RtdInterval": (30, 3600), "Ctime": (1, 24)}
    if name in bounds:
        low, high = bounds[name]
        if not value.isdecimal() or not low <= int(value) <= high:
            raise CommandRefused(f"{name} is a whole number from {low} to {high}, not “{value}”.")
    elif name == "MinInterval" and (not value.isdecimal() or int(value) not in MINUTES):
        raise CommandRefused(f"{name} is one of {', '.join(map(str, MINUTES))} minutes, not “{value}”.")
    elif name in ("SystemTime", *_SPAN) and (len(value) != 14 or moment(value) is None):
        raise CommandRefused(f"{name} is a moment written YYYYMMDDhhmmss, not “{value}”.")
    elif name == "NewPW" and not re.fullmatch(r"[0-9A-Za-z]{6}", value):
        raise CommandRefused("NewPW has six letters or figures.")
    elif name == "CstartTime" and not re.fullmatch(r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]", value):
        raise CommandRefused(f"{name} is a time of day written hhmmss, not “{value}”.")
    elif name == "CalibrationType" and value not in ("0", "1"):
        raise CommandRefused("CalibrationType is 0 (zero) or 1 (span).")
    elif name in ("PolId", "InfoId") and not _FACTOR.fullmatch(value):
        raise CommandRefused(f"{name} is a code such as a21026, not “{value}”.")


def written(at: datetime) -> str:
    """A moment as HJ 212 writes it, in the time of China."""
    return at.astimezone(CHINA).strftime("%Y%m%d%H%M%S")


def span(first: datetime, last: datetime) -> dict[str, str]:
    """The fields of a request for data of a time."""
    return {"BeginTime": written(first), "EndTime": written(last)}


# Gaps ------------------------------------------------------------------------------------------------------------------

DAY = timedelta(days=1)
#: length of the periods of a command; that of minute data is a setting of the station
PERIODS: Final = {"2061": timedelta(hours=1), "2031": DAY}


def period_of(cn: str, minute_interval: int | None) -> timedelta | None:
    """The length of the periods of a command; None where it is not known or it has none."""
    if cn == "2051":
        return timedelta(minutes=minute_interval) if minute_interval else None
    return PERIODS.get(cn)


def gaps(
    have: Iterable[datetime], period: timedelta, first: datetime, last: datetime
) -> list[tuple[datetime, datetime]]:
    """Periods that are missing, as spans of their starts.

    Parameters
    ----------
    have
        Starts of the periods that are there.
    period
        Their length; periods begin at midnight of China.
    first, last
        Starts of periods from one (included) to the other (not included) are wanted.

    Returns
    -------
    list of (datetime, datetime)
        The first and the last start of each row of missing periods, in order.
    """
    known = {at.astimezone(CHINA).replace(second=0, microsecond=0) for at in have}
    midnight = first.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + -((midnight - first) // period) * period
    found: list[tuple[datetime, datetime]] = []
    while at < last:
        if at not in known:
            if found and found[-1][1] + period == at:
                found[-1] = found[-1][0], at
            else:
                found.append((at, at))
        at += period
    return found
