"""The gateway as it runs: a process that receives, and beside it one that drains.

The two share nothing but the landing file and the settings. If the one that drains dies, it is started again and goes on where
it was; receiving does not notice.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.commands import LandingCommands, Several
from lantian.integrations.hj212.draining import LAKE, Drainer, Pace
from lantian.integrations.hj212.errors import GatewayError
from lantian.integrations.hj212.forwarding import Forwarder, Superior
from lantian.integrations.hj212.latest import Coalesced, Latest, LatestFile
from lantian.integrations.hj212.missing import Finder, described
from lantian.integrations.hj212.registrations import FromFile, Registrations
from lantian.integrations.hj212.requests import CommandSource
from lantian.integrations.hj212.server import Gateway, Limits, tls_context
from lantian.lake.errors import LakeError
from lantian.lake.store import Lake

log = logging.getLogger("lantian.hj212")

#: names of files below the folder of the gateway
LANDING: Final = "landing.db"
STATUS: Final = "status.json"
DRAINED: Final = "drained.json"
LATEST: Final = "latest.db"


@dataclass(frozen=True, slots=True)
class Seams:
    """What the gateway takes from elsewhere.

    Attributes
    ----------
    registrations
        Who may send.
    commands
        Where commands wait, beside those of the gateway itself; None for nowhere else.
    latest
        Where newest values go; None for nowhere.
    """

    registrations: Registrations
    commands: CommandSource | None = None
    latest: Latest | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """How a gateway is run; plain values, so that they can be handed to the other process.

    Attributes
    ----------
    folder
        Where its files are.
    lake, lake_options
        As `Lake` takes them.
    registry
        A file of registrations; empty if `seams` gives them.
    seams
        ``module:function`` that gives `Seams` for this configuration; empty for a file.
    limits
        What differs from the defaults of `Limits`.
    drain_every
        Between two deliveries to the lake [s].
    missing_every
        Between two looks for missing periods [s]; 0 for none.
    superiors
        Platforms that are forwarded to, as fields of `Superior`.
    """

    folder: str
    lake: str
    lake_options: dict[str, str] | None = None
    host: str = "0.0.0.0"
    port: int = 9002
    registry: str = ""
    seams: str = ""
    certificate: str = ""
    key: str = ""
    park: bool = True
    limits: dict[str, float] = field(default_factory=dict)
    drain_every: float = 30.0
    missing_every: float = 600.0
    superiors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def landing(self) -> Path:
        """The landing file."""
        return Path(self.folder) / LANDING

    def given(self) -> Seams:
        """Registrations, commands and the sink of newest values."""
        Path(self.folder).mkdir(parents=True, exist_ok=True)
        if self.seams:
            module, _colon, name = self.seams.partition(":")
            found: Seams = getattr(import_module(module), name)(self)
            return found
        return Seams(FromFile(Path(self.registry), log.error), latest=LatestFile(Path(self.folder) / LATEST))


# The process that receives ---------------------------------------------------------------------------------------------


async def receive(config: Config, ready: Callable[[str, int], None] = lambda _host, _port: None) -> None:
    """Run until SIGTERM or SIGINT; then take nothing more, answer what is on disk, drain, and end.

    Raises
    ------
    GatewayError
        If the registrations or the landing file cannot be used.
    OSError
        If the address or the certificate cannot be used.
    """
    # The thread that writes needs its turn in the interpreter a few times for each group; each turn may take so long [s].
    sys.setswitchinterval(0.001)
    # Frames come and go without circles; looking for some among thousands of connections would hold up all of them.
    gc.set_threshold(50_000, 20, 100)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    seams = config.given()
    superiors = [Superior(**one) for one in config.superiors]
    limits = Limits(**{name: type(getattr(Limits(), name))(value) for name, value in config.limits.items()})
    gateway = _gateway(config, seams, limits, superiors)
    drainer: asyncio.Task[None] | None = None
    tasks: list[asyncio.Task[None]] = []
    try:
        tls = tls_context(Path(config.certificate), Path(config.key) if config.key else None) if config.certificate else None
        host, port = await gateway.listen(config.host, config.port, tls)
        drained = asyncio.Event()
        drainer = asyncio.create_task(_drainer(config, stop, drained))
        tasks = [asyncio.create_task(Forwarder(config.landing, one).run()) for one in superiors]
        log.info("Listening on %s:%d%s.", host, port, " with TLS" if tls else "")
        ready(host, port)
        await stop.wait()
        log.info("Stopping: nothing more is taken.")
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await gateway.close()
        if drainer is not None:
            drained.set()
            await drainer


def _gateway(config: Config, seams: Seams, limits: Limits, superiors: list[Superior]) -> Gateway:
    sources: list[CommandSource] = [seams.commands] if seams.commands is not None else []
    gateway = Gateway(
        seams.registrations,
        config.landing,
        park=config.park,
        limits=limits,
        commands=(waiting := _Sources(sources)),
        readers=(LAKE, *(one.cursor for one in superiors)),
        status=Path(config.folder) / STATUS,
    )
    # The landing file is there from here on.
    waiting.add(LandingCommands(landing.connect(config.landing)))
    return gateway


class _Sources(Several):
    """Sources of commands that come to be one after the other."""

    def __init__(self, sources: list[CommandSource]) -> None:
        self._own = sources
        super().__init__(self._own)

    def add(self, source: CommandSource) -> None:
        self._own.append(source)


async def _drainer(config: Config, stop: asyncio.Event, drained: asyncio.Event) -> None:
    """Keep a process that drains; at the end let it take what is left."""
    pause = 1.0
    while True:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            # A group of its own, so that Ctrl-C does not end it too early; not a session: the weight of `nice` ends there.
            sys.executable, "-m", "lantian.integrations.hj212.running", stdin=asyncio.subprocess.PIPE, process_group=0
        )  # fmt: skip
        # Not as an argument: everybody on the machine could read the passwords in it.
        assert process.stdin is not None
        process.stdin.write(json.dumps(asdict(config)).encode() + b"\n")
        with suppress(ConnectionError):
            await process.stdin.drain()
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(drained.wait())
        await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if drained.is_set():
            # The end of its input tells it to finish; a signal could come before it knows what to do with one.
            process.stdin.close()
            await ended
            return
        pause = 1.0 if time.monotonic() - began > 60 else min(pause * 2, 60.0)
        log.error("The process that drains has ended (%s); it is started again in %.0f s.", ended.result(), pause)
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(drained.wait(), pause)
        if drained.is_set() and stop.is_set():
            return


# The process that drains -----------------------------------------------------------------------------------------------


def drain(config: Config, stop: threading.Event) -> None:
    """Drain until told to stop, then what is left."""
    seams = config.given()
    db = landing.connect(config.landing)
    lake = Lake(config.lake, config.lake_options)
    latest = Coalesced(seams.latest, time.monotonic) if seams.latest is not None else None
    drainer = Drainer(db, lake, seams.registrations, latest, pace=Pace(every=config.drain_every))
    finder = Finder(lake, seams.registrations)
    own = LandingCommands(db)
    looked = told = time.monotonic()
    pause = 1.0
    while not stop.is_set():
        try:
            found = drainer.step()
            pause = 1.0
        except LakeError as error:
            log.error("The lake cannot take what has landed: %s It is tried again in %.0f s.", error, pause)
            stop.wait(pause)
            pause = min(pause * 2, 60.0)
            continue
        now = time.monotonic()
        if config.missing_every and now - looked >= config.missing_every:
            looked = now
            _ask(finder, own)
        if now - told >= 5:
            told = now
            gc.collect(1)
            _tell(config, drainer)
        if not found:
            stop.wait(0.25)
    try:
        while drainer.step():
            pass
        drainer.step(finish=True)
    except LakeError as error:
        log.error("The lake cannot take what has landed: %s It stays in the landing file.", error)
    _tell(config, drainer)


def _ask(finder: Finder, own: LandingCommands) -> None:
    try:
        commands = finder.commands(datetime.now(UTC))
        if commands:
            log.info("Asked for again: %s.", described(commands))
            own.put(commands)
    except Exception:
        log.exception("Missing periods could not be looked for; it is tried again.")


def _tell(config: Config, drainer: Drainer) -> None:
    account = drainer.account
    found = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "frames": account.frames,
        "batches": account.batches,
        "added": account.values.added,
        "corrected": account.values.corrected,
        "same": account.values.same,
        "clock_off": account.skewed,
    }
    path = Path(config.folder) / DRAINED
    with suppress(OSError):
        path.with_suffix(".new").write_text(json.dumps(found), encoding="utf-8")
        path.with_suffix(".new").replace(path)


def log_to_stderr() -> None:
    """Log lines with time on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)


def _main() -> int:
    log_to_stderr()
    # Receiving comes first: draining takes what time is left.
    with suppress(OSError):
        os.nice(19)
    # What is read is let go of by itself; looking for circles among so many values costs more than they could.
    gc.disable()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    given = json.loads(sys.stdin.readline())

    def wait_for_the_end() -> None:
        # It ends with the process that receives, however that ends.
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    try:
        drain(Config(**given), stop)
    except GatewayError as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
