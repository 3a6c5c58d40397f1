"""Two processes that live and die together: the web server and the worker of the jobs.

The supervisor itself loads no Django. It opens the port once and hands it to the web process, so that a web process
which has to be started again finds the callers waiting in the same queue. Each child holds the end of a pipe whose
other end is the supervisor's: should the supervisor be killed, its children notice and end as well.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from types import FrameType

from lantian.cli.house import House
from lantian.cli.text import gettext as _

#: How long children may take to finish what they are doing [s].
PATIENCE = 20.0
#: Ends sooner than this after the start count as failures in a row [s].
SHORT_LIFE = 20.0
MAX_FAILURES = 5


def tell(message: str) -> None:
    """Say something on the console at once."""
    print(message, flush=True)


def open_port(host: str, port: int) -> socket.socket:
    """Open the port on which the site is served.

    Raises
    ------
    OSError
        If the address is taken or does not belong to this machine.
    """
    family, kind, protocol, _name, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


@dataclass
class Child:
    """One process of the pair."""

    name: str
    arguments: list[str]
    stop_signal: signal.Signals
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started: float = 0.0
    start_again_at: float | None = None
    ready: int | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Start the pair, keep it running, stop it cleanly.

    Parameters
    ----------
    house
        The data folder that is served.
    host, port
        Where to listen.
    mode
        ``office`` or ``demo``.
    """

    def __init__(self, house: House, host: str, port: int, mode: str = "office") -> None:
        self.house, self.host, self.port, self.mode = house, host, port, mode
        self._ending = 0
        self._restore_asked = False
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)

    # Signals ---------------------------------------------------------------------------------------------------------

    def _asked_to_end(self, number: int, _frame: FrameType | None) -> None:
        self._ending += 1
        self._wake()

    def _asked_to_pause(self, _number: int, _frame: FrameType | None) -> None:
        self._restore_asked = True
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b".")

    def _wait(self, seconds: float, *more: int) -> set[int]:
        """Wait for a signal, for something to read, or for the time to pass."""
        found, _w, _x = select.select([self._wake_read, *more], [], [], seconds)
        if self._wake_read in found:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, 4096)
        return set(found)

    # Children --------------------------------------------------------------------------------------------------------

    def _start(self, child: Child) -> None:
        ready_read, ready_write = os.pipe()
        descriptors = (self._lifeline_read, ready_write, *child.pass_fds)
        try:
            child.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "lantian.cli.child",
                    child.name,
                    f"--lifeline={self._lifeline_read}",
                    f"--ready={ready_write}",
                    *child.arguments,
                ],
                stdin=subprocess.DEVNULL,
                pass_fds=descriptors,
                # Ctrl-C at the terminal is for the supervisor, which then ends the children in order.
                start_new_session=True,
                env={**os.environ, "LANTIAN_PROCESS": child.name, "LANTIAN_DATA": str(self.house.data)},
            )
        finally:
            os.close(ready_write)
        child.ready, child.started, child.start_again_at = ready_read, time.monotonic(), None

    def _wait_until_ready(self, child: Child) -> bool:
        """Wait until the child says that it works; False when it ended or the end was asked for."""
        assert child.ready is not None
        try:
            while not self._ending:
                if child.ready in self._wait(1.0, child.ready):
                    return os.read(child.ready, 16) == b"ready"
                if not child.running:
                    return False
            return False
        finally:
            os.close(child.ready)
            child.ready = None

    def _stop(self, children: list[Child]) -> None:
        for child in children:
            if child.running and child.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    child.process.send_signal(child.stop_signal)
        asked = self._ending
        deadline = time.monotonic() + PATIENCE
        while any(child.running for child in children):
            # A second Ctrl-C: do not wait any longer.
            if time.monotonic() > deadline or self._ending > max(asked, 1):
                for child in children:
                    if child.running and child.process is not None:
                        with contextlib.suppress(ProcessLookupError):
                            os.killpg(child.process.pid, signal.SIGKILL)
            self._wait(0.1)
        for child in children:
            if child.ready is not None:
                os.close(child.ready)
                child.ready = None

    # The loop --------------------------------------------------------------------------------------------------------

    def run(self) -> int:
        """Serve until asked to stop.

        Returns
        -------
        int
            Exit status: 0 after a stop that was asked for, 1 when the site could not be kept running.
        """
        serving = self.house.serving
        serving.acquire()
        try:
            listener = open_port(self.host, self.port)
        except OSError:
            serving.release()
            raise
        self.port = listener.getsockname()[1]
        self._lifeline_read, lifeline_write = os.pipe()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # Under nohup the end of the terminal is not the end of the server.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._asked_to_end)
        signal.signal(signal.SIGUSR1, self._asked_to_pause)
        try:
            serving.note({"pid": os.getpid(), "host": self.host, "port": self.port})
            while True:
                status = self._serve(listener)
                if status is not None:
                    return status
                # A restore asked for the folder: let go of it, and come back when it has been exchanged.
                serving.release()
                tell(_("Paused: the data are being restored…"))
                restoring = self.house.restoring
                restoring.acquire(timeout=3600)
                restoring.release()
                serving.acquire(timeout=10)
                serving.note({"pid": os.getpid(), "host": self.host, "port": self.port})
        finally:
            serving.release()
            listener.close()
            os.close(lifeline_write)
            os.close(self._lifeline_read)

    def _serve(self, listener: socket.socket) -> int | None:
        """Run the pair; None when a restore wants the folder."""
        descriptor = listener.fileno()
        web = Child(
            "web",
            [f"--socket={descriptor}", f"--host={self.host}", f"--port={self.port}", f"--mode={self.mode}"],
            signal.SIGTERM,
            (descriptor,),
        )
        worker = Child("worker", [], signal.SIGINT)
        pair = [web, worker]
        self._restore_asked = False
        try:
            self._start(web)
            if not self._wait_until_ready(web):
                if self._ending:
                    return 0
                return (web.process.wait() if web.process is not None else 0) or 1
            self._start(worker)
            while not self._ending and not self._restore_asked:
                self._wait(1.0)
                for child in pair:
                    if not self._look_after(child):
                        return 1
            return 0 if self._ending else None
        finally:
            self._stop(pair)
            if self._ending:
                tell(_("LanTian has stopped."))

    def _look_after(self, child: Child) -> bool:
        """Start a child again that ended by itself; False when it keeps failing."""
        if child.running:
            return True
        now = time.monotonic()
        if child.start_again_at is None:
            if child.ready is not None:
                os.close(child.ready)
                child.ready = None
            status = child.process.returncode if child.process is not None else 0
            child.failures = child.failures + 1 if now - child.started < SHORT_LIFE else 1
            names = {"web": _("web server"), "worker": _("worker of the jobs")}
            tell(
                _("The %(name)s ended unexpectedly (status %(status)s); it is started again.")
                % {"name": names[child.name], "status": status}
            )
            if child.failures >= MAX_FAILURES:
                tell(
                    _(
                        "It failed %(count)d times in a row. The reason is in the log files of the data folder."
                    )
                    % {"count": child.failures}
                )
                return False
            child.start_again_at = now + min(2.0 ** (child.failures - 1) - 1, 30.0)
        if now >= child.start_again_at:
            self._start(child)
        return True
