"""The side of the ledger that the gateway reads and writes: who may send, commands that wait, what was said last.

The gateway belongs to an upper room and brings its own words; this module knows nothing of frames. Nothing here asks for a
right: who calls it is the house itself. It is called from a thread of its own, never for each frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.sealing import Unsealable
from lantian.apps.monitoring.actions.commands import SendCommand
from lantian.apps.monitoring.actions.devices import ParkDevice
from lantian.apps.monitoring.actions.new_passwords import SettlePassword, forget_unsent, may_settle_on_former
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import OVER, PERIOD_OF, CommandState, SecretKind
from lantian.apps.monitoring.models import (
    Device,
    DeviceCommand,
    DeviceSecret,
    GatewayState,
    LatestValue,
    NewPassword,
)
from lantian.rules.hj212.commands import TIME

ACTOR = "gateway"
#: numbers that a column holds
_MOST = Decimal(10) ** 12
#: a value may be of a moment so long after its arrival; beyond that the clock of the device is wrong
_AHEAD = timedelta(minutes=10)
#: devices that wait for approval; more are not noted, since anybody can invent numbers
MOST_PARKED = 500
#: answers of a command that are kept
_MOST_ANSWERS = 50


def _actor() -> Actor:
    return Actor.system(ACTOR, via="system")


# Who may send ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Registered:
    """A device as the gateway needs it.

    Attributes
    ----------
    state
        ``active``, ``parked`` or ``refused``.
    password, key
        Unsealed; never told, never logged.
    new_password, new_password_of
        What a command carries to it and may already hold there, and the name of that change.
    broken
        Whether a secret could not be opened: the device is refused then, since nobody can tell it from a stranger.
    """

    mn: str
    device: int
    state: str
    st: str = ""
    protocol: str = ""
    addresses: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    broken: bool = False
    new_password: str | None = field(default=None, repr=False)
    new_password_of: str = ""


#: what is another one once somebody has changed the register
Version = tuple[Any, ...]


def version() -> Version:
    """What tells in two small questions whether :func:`registrations` would give something else."""
    devices = Device.objects.aggregate(at=Max("changed_at"), count=Count("pk"), last=Max("pk"))
    secrets = DeviceSecret.objects.aggregate(at=Max("set_at"), count=Count("pk"))
    return (*devices.values(), *secrets.values())


_STATES = {DeviceState.ACTIVE.value: "active", DeviceState.PARKED.value: "parked"}


def registrations(numbers: Iterable[str] | None = None) -> dict[str, Registered]:
    """Devices by their numbers as they stand in the register; those out of use are refused.

    Parameters
    ----------
    numbers
        Those with these numbers; all if not given.
    """
    devices = Device.objects.order_by("pk")
    secret_rows, new_rows = DeviceSecret.objects.all(), NewPassword.objects.all()
    if numbers is not None:
        wanted = list(numbers)
        devices = devices.filter(mn__in=wanted)
        secret_rows = secret_rows.filter(device__mn__in=wanted)
        new_rows = new_rows.filter(device__mn__in=wanted)
    secrets: dict[int, dict[str, DeviceSecret]] = {}
    for row in secret_rows:
        secrets.setdefault(row.device_id, {})[row.kind] = row
    new = {row.device_id: row for row in new_rows}
    found: dict[str, Registered] = {}
    for device in devices:
        mine = secrets.get(device.pk, {})
        password = key = new_password = None
        broken = False
        try:
            if device.pk in new:
                new_password = new[device.pk].get()
            if SecretKind.PASSWORD in mine:
                password = mine[SecretKind.PASSWORD].get()
            if SecretKind.SM4 in mine:
                key = mine[SecretKind.SM4].get().encode()
        except Unsealable:
            broken = True
        found[device.mn] = Registered(
            device.mn,
            device.pk,
            "refused" if broken else _STATES.get(device.state, "refused"),
            device.st,
            device.protocol,
            tuple(device.addresses),
            dict(device.options),
            password,
            key,
            broken,
            new_password,
            str(new[device.pk].pk) if device.pk in new else "",
        )
    return found


def park(mn: str, *, st: str = "", protocol: str = "", peer: str = "") -> bool:
    """Note a device that reported without being known, so that somebody can say whose it is.

    Returns
    -------
    bool
        Whether it is new; False where it is known, its number cannot be one, or too many wait already.
    """
    if Device.objects.filter(mn__iexact=mn).exists():
        return False
    if Device.objects.filter(state=DeviceState.PARKED).count() >= MOST_PARKED:
        return False
    try:
        ParkDevice(_actor(), mn, st=st, protocol=protocol, peer=peer).execute()
    except CoreError:
        return False
    return True


# What was said last ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """What a device said of a factor.

    Attributes
    ----------
    cn
        The command with which it came; others than the four kinds of data are let go.
    time
        The moment, or the start of the period.
    """

    mn: str
    cn: str
    factor: str
    time: datetime
    received: datetime
    value: Decimal | None = None
    folded: Decimal | None = None
    flag: str = ""


def _number(value: Decimal | None) -> Decimal | None:
    if value is None or not value.is_finite() or abs(value) >= _MOST:
        return None
    return value.quantize(Decimal("0.000001"))


def write_latest(said: Iterable[Said], ids: Mapping[str, int] | None = None) -> int:
    """Write what was said last, and when each device was heard of; older values never take the place of newer ones.

    Parameters
    ----------
    ids
        Device number → key of its row; read from the register if not given.

    Returns
    -------
    int
        How many values were written.
    """
    newest: dict[tuple[int, str, str], Said] = {}
    heard: dict[int, datetime] = {}
    listed = list(said)
    keys = dict(ids) if ids is not None else _keys({one.mn for one in listed})
    for one in listed:
        device, period = keys.get(one.mn), PERIOD_OF.get(one.cn)
        if device is None:
            continue
        heard[device] = max(heard.get(device, one.received), one.received)
        if period is None or not one.factor or len(one.factor) > 20:
            continue
        place = (device, one.factor, period.value)
        known = newest.get(place)
        if known is None or _takes_the_place(one, known.time, known.received):
            newest[place] = one
    with transaction.atomic():
        written = _upsert(newest)
        _seen(heard)
    return written


def seen(heard: Mapping[str, datetime]) -> None:
    """Note when devices were heard of that told no values (heartbeats, answers)."""
    keys = _keys(heard)
    _seen({keys[mn]: at for mn, at in heard.items() if mn in keys})


def _keys(numbers: Iterable[str]) -> dict[str, int]:
    return dict(Device.objects.filter(mn__in=set(numbers)).values_list("mn", "pk"))


def _takes_the_place(one: Said, time: datetime, received: datetime) -> bool:
    """Whether a value is newer than the one that is known; a clock that ran ahead hides nothing that comes later."""
    return one.time >= time or (time > received + _AHEAD and one.received >= received)


def _upsert(newest: Mapping[tuple[int, str, str], Said]) -> int:
    known = {
        (row[0], row[1], row[2]): (row[3], row[4])
        for row in LatestValue.objects.filter(device__in={place[0] for place in newest}).values_list(
            "device_id", "factor", "period", "time", "received"
        )
    }
    rows = [
        LatestValue(
            device_id=device,
            factor=factor,
            period=period,
            time=one.time,
            value=_number(one.value),
            folded=_number(one.folded),
            flag=one.flag[:8],
            received=one.received,
        )
        for (device, factor, period), one in newest.items()
        if (device, factor, period) not in known or _takes_the_place(one, *known[device, factor, period])
    ]
    LatestValue.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["device", "factor", "period"],
        update_fields=["time", "value", "folded", "flag", "received"],
    )
    return len(rows)


def _seen(heard: Mapping[int, datetime]) -> None:
    # One statement for all that were heard of in the same second, which is nearly always all of them.
    by_second: dict[datetime, list[int]] = {}
    for device, at in heard.items():
        by_second.setdefault(at.replace(microsecond=0), []).append(device)
    for at, devices in by_second.items():
        for begin in range(0, len(devices), 500):
            rows = Device.objects.filter(pk__in=devices[begin : begin + 500])
            rows.filter(Q(seen_at__isnull=True) | Q(seen_at__lt=at)).update(seen_at=at)


# Commands --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command that waits; a field ``now`` is filled in when it is sent.

    Attributes
    ----------
    new_password_of
        Name of the change whose password it carries; empty nearly always. The password stands in the register alone.
    """

    id: int
    mn: str
    cn: str
    fields: Sequence[tuple[str, str]]
    st: str
    until: datetime
    new_password_of: str = ""


#: one that was sent and of which nothing more was heard (the gateway has ended meanwhile) is given up so long after its time
_GIVEN_UP = timedelta(hours=6)


def waiting(connected: Iterable[str] | None = None, *, now: datetime | None = None) -> list[Waiting]:
    """Commands that were not sent yet, the oldest first; those whose time is over are ended.

    Parameters
    ----------
    connected
        Only those of devices with these numbers; all if not given.
    """
    now = now or timezone.now()
    rows = DeviceCommand.objects.filter(state=CommandState.QUEUED)
    over = rows.filter(until__lt=now)
    ended = over.filter(sent_at__isnull=True).update(
        state=CommandState.TIMED_OUT, outcome="never_connected", ended_at=now
    )
    if ended:
        forget_unsent()
    silent = DeviceCommand.objects.filter(
        state__in=[CommandState.SENT, CommandState.ACCEPTED], until__lt=now - _GIVEN_UP
    )
    (over | silent).update(state=CommandState.TIMED_OUT, outcome="unanswered", ended_at=now)
    rows = rows.filter(device__state=DeviceState.ACTIVE).select_related("device", "new_password").order_by("pk")
    wanted = None if connected is None else set(connected)
    return [
        Waiting(
            row.pk,
            row.device.mn,
            row.cn,
            [(str(pair[0]), str(pair[1])) for pair in row.parameters],
            row.device.st,
            row.until,
            str(row.new_password.pk) if hasattr(row, "new_password") else "",
        )
        for row in rows[:5000]
        if wanted is None or row.device.mn in wanted
    ]


def claim(keys: Iterable[int], *, now: datetime | None = None) -> set[int]:
    """Take commands out of the queue that are about to be sent; from here on nobody can take them back.

    Returns
    -------
    set of int
        Those that still waited.
    """
    now = now or timezone.now()
    return {
        key
        for key in keys
        if DeviceCommand.objects.filter(pk=key, state=CommandState.QUEUED).update(
            state=CommandState.SENT, sent_at=Coalesce("sent_at", Value(now))
        )
    }


def password_used(mn: str, change: int, *, new: bool, at: datetime) -> bool:
    """A device has used one of its two passwords; settle on it if that says which one it has.

    Returns
    -------
    bool
        Whether it is settled now.
    """
    with transaction.atomic():
        rows = NewPassword.objects.select_for_update().filter(pk=change, device__mn=mn)
        row = rows.select_related("device", "command").first()
        if row is None or not (new or may_settle_on_former(row.command, at)):
            return False
        return _settled(row, holds=new, how="seen")


def _settled(new: NewPassword, *, holds: bool, how: str) -> bool:
    try:
        SettlePassword(_actor(), new, holds=holds, how=how).execute()
    except Unsealable:
        # Its device is refused until the secrets are sealed anew: then it is seen again.
        return False
    return True


def report_command(
    key: int,
    state: str,
    *,
    at: datetime,
    qn: str = "",
    code: str = "",
    outcome: str = "",
    answer: Mapping[str, str] | None = None,
    attempts: int | None = None,
) -> bool:
    """Take what became of a command.

    Parameters
    ----------
    state
        One of :class:`CommandState`.
    code
        Result code of the device (QnRtn, ExeRtn).
    outcome
        A stable word for why.
    answer
        What the device told: names and values.

    Returns
    -------
    bool
        Whether there is such a command that has not ended.
    """
    with transaction.atomic():
        row = DeviceCommand.objects.select_for_update().filter(pk=key).first()
        if row is None or row.state in OVER:
            return False
        row.state = CommandState(state)
        row.qn = qn or row.qn
        row.outcome = (outcome or row.outcome)[:40]
        if attempts is not None:
            row.attempts = min(attempts, 32_000)
        if row.state == CommandState.QUEUED:
            # It could not be sent, or has to be sent once more.
            row.sent_at = row.sent_at if row.attempts else None
        elif row.sent_at is None:
            row.sent_at = at
        if (code or answer) and len(row.answers) < _MOST_ANSWERS:
            row.answers = [
                *row.answers,
                {
                    "at": at.isoformat(),
                    "state": row.state,
                    "code": code[:8],
                    "refused": outcome == "refused",
                    "fields": {str(k)[:40]: str(v)[:400] for k, v in list((answer or {}).items())[:100]},
                },
            ]
        if row.state in OVER:
            row.ended_at = at
        row.save()
        new = NewPassword.objects.filter(command=row).select_related("device", "command").first()
        if new is not None and row.state == CommandState.DONE:
            _settled(new, holds=True, how="answered")
    return True


def request_again(
    mn: str, cn: str, first: datetime, last: datetime, *, keep: timedelta = timedelta(hours=24)
) -> int | None:
    """Let a device send data of a period again, unless the same waits already; what the gateway does by itself.

    Returns
    -------
    int or None
        The key of the command; None where the device takes none, or the same waits.
    """
    device = Device.objects.filter(mn=mn, state=DeviceState.ACTIVE).first()
    if device is None:
        return None
    given = {
        "BeginTime": first.astimezone(CAMPAIGN_TIME).strftime(TIME),
        "EndTime": last.astimezone(CAMPAIGN_TIME).strftime(TIME),
    }
    hours = max(1, int(keep.total_seconds() // 3600))
    try:
        return int(SendCommand(_actor(), device, cn, given, keep_hours=hours).execute().pk)
    except CoreError:
        return None


# How it stands ---------------------------------------------------------------------------------------------------------


def write_state(name: str, status: Mapping[str, Any], *, at: datetime | None = None) -> None:
    """Keep what a process of the gateway says of itself: connections, rates, what it refused, until when it has drained."""
    GatewayState.objects.update_or_create(
        name=name[:40], defaults={"at": at or timezone.now(), "status": dict(status)}
    )
