"""Monitored points of the demo city: devices, limits, three days of values, marks, and what goes wrong every day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pyarrow as pa

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.models import User
from lantian.apps.monitoring import gateway_ports, readings
from lantian.apps.monitoring.actions.commands import CancelCommand, SendCommand
from lantian.apps.monitoring.actions.devices import AddDevice, SuspendDevice
from lantian.apps.monitoring.actions.marks import CheckMark, MakeMark, SetLimit
from lantian.apps.monitoring.actions.new_passwords import SendNewPassword
from lantian.apps.monitoring.actions.secrets import SetSecret
from lantian.apps.monitoring.models import Device, DeviceCommand
from lantian.apps.sources.models import Source, Unit
from lantian.demo import amounts
from lantian.demo.stacks import Factor, Monitor, rows_of
from lantian.lake.stacks.tables import STACK_VALUE
from lantian.rules.hj212.commands import TIME

REASON = "演示数据"
BATCH = "demo"
#: hourly values of stacks reach back so far, so that there are months and amounts to add up
HISTORY = timedelta(days=20)
_GAS = (
    Factor("a19001", 11.2, 0.04, -0.10),
    Factor("a01012", 92, 0.05, 0.10),
    Factor("a01011", 11.5, 0.08, 0.60),
    Factor("a01014", 8.4, 0.05),
    Factor("a00000", 38, 0.08, 0.60),
)


def _stack(
    number: int, source: str, unit: str, name: str, dust: float, so2: float, nox: float, oxygen: float | None,
    o2: float = 11.2, stopped: tuple[int, int] | None = None,
) -> Monitor:  # fmt: skip
    gas = tuple(Factor("a19001", o2, 0.04, -0.10) if one.code == "a19001" else one for one in _GAS)
    pollutants = (Factor("a34013", dust), Factor("a21026", so2, 0.2), Factor("a21002", nox, 0.1, 0.3))
    return Monitor(
        f"010000A8900016F0990{number:05X}", source, unit, name, "cems", pollutants + gas, oxygen, stopped=stopped
    )


def _voc(number: int, source: str, name: str, level: float) -> Monitor:
    factors = (Factor("a24088", level, 0.25), Factor("a01011", 9.2, 0.08, 0.6), Factor("a01012", 41, 0.05))
    return Monitor(f"010000A8900016F0990{number:05X}", source, "L1", name, "voc", factors)


def _dust(number: int, source: str, level: float) -> Monitor:
    factors = (
        Factor("a34002", level, 0.3),
        Factor("a34004", level * 0.45, 0.3),
        Factor("a01007", 2.1, 0.5),
        Factor("a01002", 48, 0.1),
    )
    return Monitor(f"010000A8900016F0990{number:05X}", source, "", "围挡西侧", "dust", factors, st="39")


#: monitors; what goes wrong with some of them is told below
MONITORS: tuple[Monitor, ...] = (
    _stack(1, "晴川钢铁有限公司", "MF0101", "烧结机头", 5.1, 18, 32, 16, 16.4),
    _stack(2, "晴川钢铁有限公司", "MF0103", "加热炉", 4.2, 14, 68, 8, 9.1),
    _stack(3, "晴川热电有限公司", "L1", "1号机组净烟气", 3.8, 16, 31, 6, 6.6),
    _stack(4, "晴川热电有限公司", "L2", "2号机组净烟气", 4.1, 18, 33, 6, 6.4),
    _stack(5, "云山水泥有限公司", "MF0201", "窑尾", 5.6, 12, 61, 10, 10.3),
    _stack(6, "泽阳陶瓷集团有限公司", "MF0301", "辊道窑", 8.4, 12, 82, 18, 17.4),
    _stack(7, "晴川青原焦化有限公司", "MF0401", "焦炉烟囱", 5.9, 15, 74, 8, 8.4),
    _stack(8, "临川新型墙材有限公司", "MF0501", "隧道窑", 12.2, 41, 68, 18, 17.6, stopped=(30, 18)),
    _stack(9, "晴川玻璃有限公司", "MF0901", "熔窑", 9.4, 31, 142, 8, 8.8),
    _stack(10, "河东双河轧钢有限公司", "MF0801", "加热炉", 4.0, 11, 61, 8, 9.2),
    _voc(11, "晴川印刷包装有限公司", "RTO 出口", 11),
    _voc(12, "晴川制药有限公司", "RTO 出口", 18),
    _voc(13, "晴川汽车零部件涂装有限公司", "喷涂废气出口", 22),
    _dust(14, "望江花园二期", 92),
    _dust(15, "青原老厂区拆迁", 138),
)
#: limits: source, name of the point, factor, limit [mg/m³]
LIMITS: tuple[tuple[str, str, str, str], ...] = (
    *(
        (one.source, one.name, code, value)
        for one in MONITORS
        if one.kind == "cems"
        for code, value in (
            ("a34013", {"隧道窑": "20", "熔窑": "20"}.get(one.name, "10")),
            ("a21026", {"隧道窑": "100", "熔窑": "50"}.get(one.name, "35")),
            ("a21002", {"1号机组净烟气": "50", "2号机组净烟气": "50", "熔窑": "200"}.get(one.name, "100")),
        )
    ),
    *((one.source, one.name, "a24088", "50") for one in MONITORS if one.kind == "voc"),
)
#: name of the point → kind of outlet
KINDS = {
    "烧结机头": "steel_sinter", "1号机组净烟气": "power_coal", "2号机组净烟气": "power_coal", "窑尾": "cement_kiln",
    "焦炉烟囱": "coke_oven", "隧道窑": "brick_kiln", "辊道窑": "kiln_other", "加热炉": "steel_other",
}  # fmt: skip
#: hours ago since when nothing comes any more
SILENT = {"晴川玻璃有限公司": 26.0, "河东双河轧钢有限公司": 1.6}
#: suspended, and reported without being known
SUSPENDED, UNKNOWN = "晴川制药有限公司", "010000A8900016F09900FFFF"
#: monitors whose hours are marked as out of order by the device itself: from and to, hours ago
FAULTY = {"窑尾": (20, 16)}
#: the point whose last hours are above its limit
EXCEEDING = "辊道窑"


def password_of(number: int) -> str:
    """The password of the monitor at a place of `MONITORS`; that of a demo, which anybody may read here."""
    return f"{(number * 7919 + 104729) % 1_000_000:06d}"


def load(actor: Actor, today: date, now: datetime) -> None:
    """Enter devices and limits, write three days of values, let people mark and check."""
    sources = {row.name: row for row in Source.objects.filter(name__in={one.source for one in MONITORS})}
    devices: dict[tuple[str, str], Device] = {}
    for monitor in MONITORS:
        source = sources[monitor.source]
        unit = Unit.objects.filter(source=source, number=monitor.unit).order_by("pk").first() if monitor.unit else None
        devices[monitor.source, monitor.name] = AddDevice(
            actor,
            mn=monitor.mn,
            name=monitor.name,
            kind=monitor.kind,
            st=monitor.st,
            source=source,
            unit=unit,
            units={"a34002": "µg/m³", "a34004": "µg/m³"} if monitor.kind == "dust" else {},
            options={"minute_interval": 10} | ({"outlet_kind": KINDS[monitor.name]} if monitor.name in KINDS else {}),
            reason=REASON,
        ).execute()
    for name, point, factor, value in LIMITS:
        monitor = next(one for one in MONITORS if (one.source, one.name) == (name, point))
        SetLimit(
            actor,
            devices[name, point],
            factor=factor,
            limit_mg_m3=Decimal(value),
            reference_oxygen_percent=None if monitor.oxygen is None else Decimal(str(monitor.oxygen)),
            basis="排污许可证（演示数据）",
            valid_from=date(today.year - 1, 1, 1),
            reason=REASON,
        ).execute()
    for number, device in enumerate(devices.values()):
        SetSecret(actor, device, "pw", password_of(number), reason=REASON).execute()
    write_values(now)
    amounts.load(actor, today, now)
    gateway_ports.park(UNKNOWN, st="31", protocol="2017", peer="10.20.8.14")
    SuspendDevice(actor, devices[SUSPENDED, "RTO 出口"], reason="监测设备更换，验收前暂停接收。").execute()
    _marks(actor, devices, now)
    _commands(actor, devices, now)


def _marks(actor: Actor, devices: dict[tuple[str, str], Device], now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    office = User.objects.filter(username="huanjing").first()
    checker = Actor(user=office, via="web") if office is not None else actor
    owner = User.objects.filter(username="qiye").first()
    enterprise = Actor(user=owner, via="web") if owner is not None else actor

    def mark(who: Actor, device: Device, kind: str, begin: int, end: int, cause: str) -> Any:
        return MakeMark(
            who, device, kind=kind, start=hour - timedelta(hours=begin), end=hour - timedelta(hours=end), cause=cause,
            proofs=[_proof()],
        ).execute()  # fmt: skip

    kiln = devices["临川新型墙材有限公司", "隧道窑"]
    CheckMark(checker, mark(actor, kiln, "stop", 30, 18, "原料不足，隧道窑停产保温。"), accept=True, words="与用电记录一致。").execute()
    mark(enterprise, devices["晴川钢铁有限公司", "烧结机头"], "maintenance", 3, -2, "季度校准，更换采样探头滤芯。")
    mark(actor, devices["云山水泥有限公司", "窑尾"], "fault", 45, 41, "采样管线堵塞，已反吹疏通。")


def _commands(actor: Actor, devices: dict[tuple[str, str], Device], now: datetime) -> None:
    office = User.objects.filter(username="gongjian").first()
    who = Actor(user=office, via="web") if office is not None else actor
    device = devices["云山水泥有限公司", "窑尾"]
    asked = SendCommand(who, device, "1061", {}).execute()
    sent = now - timedelta(minutes=4)
    gateway_ports.report_command(asked.pk, "sent", at=sent, qn=f"{sent:%Y%m%d%H%M%S}001", attempts=1)
    gateway_ports.report_command(asked.pk, "accepted", at=sent + timedelta(seconds=1), code="1")
    gateway_ports.report_command(
        asked.pk, "done", at=sent + timedelta(seconds=2), code="1", answer={"RtdInterval": "300"}
    )
    SendCommand(who, devices["晴川玻璃有限公司", "熔窑"], "1011", {}).execute()

    def over(cn: str, given: dict[str, str], minutes: int, state: str, *, reason: str = "", **end: Any) -> DeviceCommand:
        """A command that was sent some minutes ago, and its end."""
        row: DeviceCommand = SendCommand(who, device, cn, given, reason=reason).execute()
        at = now - timedelta(minutes=minutes)
        gateway_ports.claim([row.pk], now=at)
        DeviceCommand.objects.filter(pk=row.pk).update(created_at=at - timedelta(seconds=2))
        gateway_ports.report_command(row.pk, "sent", at=at, attempts=1)
        if end.pop("accepted", True):
            gateway_ports.report_command(row.pk, "accepted", at=at + timedelta(seconds=1), code="1")
        if state != "accepted":
            gateway_ports.report_command(row.pk, state, at=at + timedelta(seconds=45), **end)
        return row

    hour = now.replace(minute=0, second=0, microsecond=0).astimezone(CAMPAIGN_TIME)
    span = {"BeginTime": f"{hour - timedelta(hours=5):{TIME}}", "EndTime": f"{hour - timedelta(hours=1):{TIME}}"}
    over("1012", {}, 300, "done", code="1")
    over("2051", span, 180, "failed", code="100", attempts=1)
    over("1062", {"RtdInterval": "60"}, 120, "failed", code="2", outcome="refused", accepted=False, attempts=1)
    over("3012", {"PolId": "a21026"}, 60, "timed_out", outcome="unanswered", accepted=False, attempts=4, reason="比对监测留样。")
    over("2061", span, 2, "accepted")
    CancelCommand(who, SendCommand(who, device, "1063", {}).execute()).execute()
    SendCommand(
        who, device, "3021", {"PolId": "a21026", "InfoId": "i13007", "Info": "0.12"}, reason="比对监测后修正截距。"
    ).execute()
    _new_passwords(actor, devices, now)


def _new_passwords(actor: Actor, devices: dict[tuple[str, str], Device], now: datetime) -> None:
    """One that the device has taken, and one of which nobody knows."""
    keeper = User.objects.filter(username="xitong").first()
    who = Actor(user=keeper, via="web") if keeper is not None else actor
    for place, secret, state in (
        (("晴川印刷包装有限公司", "RTO 出口"), "Qy7c2K", "done"),
        (("晴川钢铁有限公司", "加热炉"), "Hd4m9S", "timed_out"),
    ):
        device = devices[place]
        row = SendNewPassword(who, device, secret, reason="密码满一年，定期更换。").execute()
        at = now - timedelta(minutes=2)
        DeviceCommand.objects.filter(pk=row.pk).update(created_at=at - timedelta(seconds=2))
        gateway_ports.claim([row.pk], now=at)
        gateway_ports.report_command(row.pk, "sent", at=at, attempts=1)
        gateway_ports.report_command(
            row.pk, state, at=now - timedelta(minutes=1), code="1" if state == "done" else "",
            outcome="" if state == "done" else "unanswered", attempts=1 if state == "done" else 4,
        )  # fmt: skip


def _proof() -> Any:
    """A photograph of a kind: a picture that the browser shows."""
    from PIL import Image

    out = BytesIO()
    out.name = "现场照片.png"
    Image.new("RGB", (320, 200), (120, 150, 170)).save(out, "PNG")
    out.seek(0)
    return out


# Values ----------------------------------------------------------------------------------------------------------------


def top_up(now: datetime) -> int:
    """Add what has come since, for a demo that is started again later.

    Returns
    -------
    int
        How many values were added.
    """
    if not Device.objects.filter(mn=MONITORS[0].mn).exists():
        return 0
    added = write_values(now)
    amounts.top_up(now)
    return added


def write_values(now: datetime) -> int:
    """Write a day of moments, and hours of three days (of stacks: 20 days) up to now, as the gateway would.

    What is there already stays as it is.

    Returns
    -------
    int
        How many values were added.
    """
    rows: list[dict[str, Any]] = []
    said: list[gateway_ports.Said] = []
    for monitor in MONITORS:
        silent = SILENT.get(monitor.source)
        last = now if silent is None else now - timedelta(hours=silent)
        for cn, step, length in (
            ("2011", timedelta(minutes=5), timedelta(hours=24)),
            ("2061", timedelta(hours=1), HISTORY if monitor.kind == "cems" else timedelta(hours=72)),
        ):
            rows += _rows(monitor, cn, step, length, last, now, said)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    schema = pa.schema([STACK_VALUE.schema.field(name) for name in columns])
    put = readings.lake().put(
        STACK_VALUE, pa.Table.from_pylist(rows, schema=schema), batch=f"{BATCH}-stacks-{now:%Y%m%d%H%M}", reason="simulated"
    )
    gateway_ports.write_latest(said)
    return put.added


def _rows(
    monitor: Monitor, cn: str, step: timedelta, length: timedelta, last: datetime, now: datetime, said: list[Any]
) -> list[dict[str, Any]]:
    seconds = int(step.total_seconds())
    # A period is sent when it is over, a moment at once.
    end = last if cn == "2011" else last - step
    at = datetime.fromtimestamp(int(end.timestamp()) // seconds * seconds, UTC)
    first = datetime.fromtimestamp(int((now - length).timestamp()) // seconds * seconds, UTC)
    faulty = FAULTY.get(monitor.name)
    found: list[dict[str, Any]] = []
    newest: dict[str, gateway_ports.Said] = {}
    value_name, folded_name = ("rtd", "zs_rtd") if cn == "2011" else ("avg", "zs_avg")
    for start, code, value, folded in rows_of(monitor, first, at, step, now):
        flag = "N"
        if faulty is not None and now - timedelta(hours=faulty[0]) <= start < now - timedelta(hours=faulty[1]):
            flag = "D"
        if monitor.name == EXCEEDING and code == "a21002" and start >= now - timedelta(hours=3):
            value, folded = value * 2, None if folded is None else folded * 2
        if _lost(monitor, start, cn):
            continue
        received = start + (timedelta(seconds=8) if cn == "2011" else step + timedelta(seconds=50))
        row: dict[str, Any] = {
            "mn": monitor.mn, "st": monitor.st, "cn": cn, "factor": code, "start": start, "off": False,
            "clock": "data", "end": start if cn == "2011" else start + step, value_name: value, folded_name: folded,
            "flag": flag, "received": received,
        }  # fmt: skip
        found.append(row)
        newest[code] = gateway_ports.Said(monitor.mn, cn, code, start, min(received, now), value, folded, flag)
    said += newest.values()
    return found


def _lost(monitor: Monitor, start: datetime, cn: str) -> bool:
    """Hours that never came."""
    return cn == "2061" and monitor.kind == "dust" and start.hour in {3, 4, 19}
