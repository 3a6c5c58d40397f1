"""The gateway of the demo city: loggers send to a real one over the loopback, good packets and bad ones."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lantian.demo.monitoring import MONITORS, SUSPENDED, UNKNOWN, password_of
from lantian.integrations.hj212.crc import modbus
from lantian.integrations.hj212.encoding import frame, segment
from lantian.integrations.hj212.ledger import Keeper, LedgerRegistrations
from lantian.integrations.hj212.requests import written
from lantian.integrations.hj212.running import LANDING, STATUS
from lantian.integrations.hj212.server import Gateway, Limits

#: of the demo: so narrow that a few hundred packets are a flood
LIMITS = Limits(rate=5, burst=40, garbage=2048)
#: the demo does not wait longer for an answer, or for the end of a connection [s]
_PATIENCE = 10.0
NOTE = "演示数据：一批监测设备向网关发送报文后，网关已停止。用 lantian gateway 启动后继续接收。"


def load(folder: Path, now: datetime) -> None:
    """Let a gateway run for a moment, and write how it stood.

    Parameters
    ----------
    folder
        Where the gateway of this office keeps its files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    register = LedgerRegistrations()
    register.refresh()
    status = folder / STATUS
    with _Running(register, folder, park=True, status=status) as port:
        for script in (_good, _bad_check, _bad_length, _wrong_password, _flood, _suspended, _scanner, _unknown):
            _connection(port, script(now))
    # One who is not let in at all, as on the open internet.
    with _Running(register, folder, park=False, status=None) as port:
        _connection(port, [_upload(now, 90, 1, mn="010000A8900016F09900FFFE", pw="000000")])
    keeper = Keeper(register, folder, time.monotonic)
    keeper.park()
    keeper.tell(time.monotonic(), note=NOTE)


class _Running:
    """A gateway in a thread of its own: the ledger belongs to the thread that loads the demo."""

    def __init__(self, register: LedgerRegistrations, folder: Path, *, park: bool, status: Path | None) -> None:
        self._make: Callable[[], Gateway] = lambda: Gateway(
            register, folder / LANDING, park=park, limits=LIMITS, status=status, gather=0.0
        )
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="demo-gateway")
        self._port = 0

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        gateway = self._make()
        _host, self._port = await gateway.listen("127.0.0.1", 0)
        self._ready.set()
        await self._stop.wait()
        await gateway.close()

    def __enter__(self) -> int:
        self._thread.start()
        if not self._ready.wait(_PATIENCE):
            raise RuntimeError("The gateway of the demo does not start.")
        return self._port

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_PATIENCE)


def _connection(port: int, frames: list[bytes]) -> None:
    """Send on a connection of its own, then wait until the gateway has ended it, too."""
    with socket.create_connection(("127.0.0.1", port), _PATIENCE) as line:
        try:
            line.sendall(b"".join(frames))
            line.shutdown(socket.SHUT_WR)
            while line.recv(65536):
                pass
        except OSError:
            # Cut off: that is what some of them are here for.
            return


def _upload(
    now: datetime, number: int, monitor: int, *, mn: str = "", pw: str = "", cn: str = "2011", content: str | None = None
) -> bytes:
    """A packet of a monitor with a QN of its own."""
    at = written(now)
    one = MONITORS[monitor]
    values = ";".join(f"{factor.code}-Rtd={factor.level},{factor.code}-Flag=N" for factor in one.factors[:4])
    said = f"DataTime={at};{values}" if content is None else content
    return frame(
        segment(
            cn, st=one.st, mn=mn or one.mn, pw=pw or password_of(monitor), qn=f"{at}{number:03d}", flag=5, content=said
        )
    )


def _good(now: datetime) -> list[bytes]:
    return [*(_upload(now, number, number) for number in range(8)), _upload(now, 8, 0, cn="9015", content="")]


def _bad_check(now: datetime) -> list[bytes]:
    """A byte that was changed on the way, and a logger that computes the check as Modbus."""
    changed = _upload(now, 11, 2).replace(b"Flag=N", b"Flag=D", 1)
    other = _upload(now, 12, 5)
    return [changed, frame(other[6:-6], modbus)]


def _bad_length(now: datetime) -> list[bytes]:
    """A length with a letter in it, and one that counts the check and the end of the line."""
    good = _upload(now, 21, 4)
    return [b"##0O" + good[4:], b"##%04d" % (int(good[2:6]) + 6) + good[6:]]


def _wrong_password(now: datetime) -> list[bytes]:
    return [_upload(now, 31, 6, pw="888888")]


def _flood(now: datetime) -> list[bytes]:
    return [_upload(now, number, 9) for number in range(100, 400)]


def _suspended(now: datetime) -> list[bytes]:
    return [_upload(now, 41, next(n for n, one in enumerate(MONITORS) if one.source == SUSPENDED))]


def _scanner(_now: datetime) -> list[bytes]:
    return [b"GET /login HTTP/1.1\r\nHost: 10.20.1.6:9002\r\nUser-Agent: scanner\r\n\r\n" * 40]


def _unknown(now: datetime) -> list[bytes]:
    return [_upload(now, number, 1, mn=UNKNOWN, pw="123456") for number in range(51, 54)]
