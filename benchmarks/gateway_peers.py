"""Other readers of HJ 212, measured in the same run as ours: the same frames on the same core.

None of them is part of this tree. Each is a command that gets the path of a file of frames as its last argument, reads all
of them as often as it likes, and prints of its best round, on its last line::

    {"frames": 9133, "seconds": 0.31, "ok": 9127}
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

#: how long a command may take for all its rounds [s]
PATIENCE = 600


class PeerError(Exception):
    """A command that has not measured anything."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's reader."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command says of its best round."""

    frames: int
    seconds: float
    ok: int

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


def peer(text: str) -> Peer:
    """Read ``NAME=COMMAND``; the command is taken apart as a shell would, and no shell runs it."""
    name, equals, command = text.partition("=")
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
    if not equals or not name.strip() or not words:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=COMMAND")
    return Peer(name.strip(), words)


def write(frames: Iterable[bytes], path: Path) -> None:
    """Frames into a file, each with the CR LF that some readers insist on."""
    with path.open("wb") as file:
        for frame in frames:
            file.write(frame.rstrip(b"\r\n") + b"\r\n")


def measure(peer: Peer, path: Path, *, patience: float = PATIENCE) -> Told:
    """Run a command on a file of frames; it stays on the cores that this process is held to."""
    try:
        done = subprocess.run(
            [*peer.command, str(path)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except OSError as error:
        raise PeerError(f"could not be started: {error}") from None
    except subprocess.TimeoutExpired:
        raise PeerError(f"has not ended within {patience:g} s") from None
    if done.returncode:
        raise PeerError(f"has ended with {done.returncode}")
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    try:
        said = json.loads(lines[-1] if lines else "")
        told = Told(int(said["frames"]), float(said["seconds"]), int(said["ok"]))
    except (ValueError, TypeError, KeyError):
        raise PeerError('has not printed {"frames": …, "seconds": …, "ok": …}') from None
    if not (told.frames >= told.ok >= 0 and told.frames > 0 and 0 < told.seconds < float("inf")):
        raise PeerError(f"has printed what cannot be: {lines[-1]}")
    return told
