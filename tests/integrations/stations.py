"""Stations and frames that tests share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from lantian.integrations.hj212.encoding import frame
from lantian.integrations.hj212.framing import Framer
from lantian.integrations.hj212.registrations import InMemory, Registration
from lantian.integrations.hj212.server import Gateway, Limits

MN = "010000A8900016F000169DC0"
OTHER = "010000A8900016F000169DC1"
OLD = "88888880000001"
#: no test waits longer for something that should happen at once [s]
SOON = 10.0


def upload(
    number: int = 1, *, mn: str = MN, cn: str = "2011", flag: int | None = 5, pw: str = "123456", st: str = "31",
    content: str = "DataTime=20260301080000;a21026-Rtd=18.5,a21026-Flag=N", qn: str | None = None,
) -> bytes:  # fmt: skip
    """A frame of a station; each number has a QN of its own."""
    named = qn if qn is not None else f"20260301080000{number:03d}"
    head = f"QN={named};" if named else ""
    flagged = f"Flag={flag};" if flag is not None else ""
    return frame(f"{head}ST={st};CN={cn};PW={pw};MN={mn};{flagged}CP=&&{content}&&")


def registered(*stations: Registration) -> InMemory:
    """Registrations; without any, those of the usual station."""
    return InMemory(stations or (Registration(MN, ("31",), "123456"),))


class Line:
    """A connection of a station."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.framer = Framer()
        self._found: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)

    async def answer(self) -> str:
        """The next frame from the gateway; empty if it has ended the connection."""
        while not self._found:
            try:
                data = await asyncio.wait_for(self.reader.read(65536), SOON)
            except ConnectionError:
                return ""
            if not data:
                return ""
            self._found += [one.segment for one in self.framer.feed(data)]
        return self._found.pop(0).decode()


class House:
    """A gateway that listens on the loopback."""

    def __init__(self, gateway: Gateway, port: int) -> None:
        self.gateway, self.port = gateway, port

    async def line(self, **options: Any) -> Line:
        """A new connection."""
        return Line(*await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port, **options), SOON))

    async def until(self, holds: Any) -> None:
        """Let the loop go on until something holds that is about to."""
        async with asyncio.timeout(SOON):
            while not holds():
                await asyncio.sleep(0.002)


def with_gateway(
    path: Path, test: Any, *stations: Registration, register: Any = None, tls: Any = None, **options: Any
) -> Gateway:
    """Run a test against a gateway, which knows stations or has a register; gives the gateway after it has ended."""

    async def run() -> Gateway:
        known = register if register is not None else registered(*stations)
        gateway = Gateway(known, path / "landing.db", gather=0.0, **options)
        _host, port = await gateway.listen("127.0.0.1", 0, tls)
        try:
            await test(House(gateway, port))
        finally:
            await gateway.close()
        return gateway

    return run_async(run())


def run_async(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it to its end."""
    return asyncio.run(work)


__all__ = ["MN", "OLD", "OTHER", "SOON", "House", "Limits", "Line", "registered", "run_async", "upload", "with_gateway"]
