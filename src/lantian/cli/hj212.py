"""``lantian hj212 …``: frames of data loggers, read without a database."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Annotated

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

#: bytes that are read at a time
_CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"

hj212_app = typer.Typer(
    help=_("Read frames of HJ 212; no database is needed."), no_args_is_help=True, add_completion=False
)


@hj212_app.callback()
def hj212() -> None:
    """Group of the commands for HJ 212."""


@hj212_app.command(help=_("Print what each frame of a file says, one line of JSON for each."))
def decode(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help=_("Bytes as they came, also packed with gzip; - reads standard input."))
    ],
) -> None:  # fmt: skip
    """Decode the frames of a file."""
    from lantian.integrations.hj212.decoding import decode as told
    from lantian.integrations.hj212.framing import frames

    good = bad = 0
    dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
            for frame in frames(_chunks(source)):
                record = told(frame)
                good, bad = (good + 1, bad) if record["ok"] else (good, bad + 1)
                print(dump(record))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read this has seen enough.
        sys.stderr.close()
        raise typer.Exit(0) from None
    except FileNotFoundError:
        raise _fail(f"{file}: {_('There is no such file.')}") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _fail(f"{file}: {_('The packed file is damaged or ends too early; what could be read was printed.')}") from None
    except OSError as error:
        reason = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error}
        raise _fail(f"{file}: {reason}") from None
    print(_("%(good)d frames are right, %(bad)d are not.") % {"good": good, "bad": bad}, file=sys.stderr)


@hj212_app.command(
    help=_(
        "Send the frames of a file to a gateway as stations would, and tell what came of them. Each station gets a"
        " connection of its own."
    )
)
def replay(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=_("Bytes as they came, also packed with gzip."))
    ],
    to: Annotated[str, typer.Option("--to", metavar="HOST:PORT", help=_("The gateway."))],
    speed: Annotated[
        float,
        typer.Option(
            "--speed", min=0, help=_("How many times faster than it happened; 0 for as fast as it goes.")
        ),
    ] = 1.0,
    lasted: Annotated[
        float,
        typer.Option("--lasted", min=0.001, help=_("How long it took in truth [s]; frames are spread evenly.")),
    ] = 3600.0,
    ask: Annotated[
        bool, typer.Option("--ask", help=_("Ask for an answer to each right frame; its Flag and check change."))
    ] = False,
) -> None:
    """Replay a file."""
    import asyncio

    from lantian.integrations.hj212.framing import frames
    from lantian.integrations.hj212.replaying import Replay

    host, colon, port = to.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise _fail(_("--to is an address such as 127.0.0.1:9002, not %(given)s.") % {"given": to})
    try:
        with file.open("rb") as source:
            found = list(frames(_chunks(source)))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _fail(f"{file}: {_('The packed file is damaged or ends too early.')}") from None
    except OSError as error:
        reason = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error}
        raise _fail(f"{file}: {reason}") from None
    run = Replay(found, host.strip("[]"), int(port), lasted / speed if speed else 0.0, ask=ask)
    try:
        account = asyncio.run(run.run())
    except OSError as error:
        raise _fail(
            _("%(to)s cannot be reached: %(error)s") % {"to": to, "error": error.strerror or error}
        ) from None
    print(
        _(
            "%(sent)d frames sent in %(seconds).1f s on %(connections)d connections: %(good)d right, %(bad)d not."
            " %(asked)d wanted an answer, %(answered)d got one. %(lost)d were not sent because the connection was ended."
        )
        % account
    )


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    """The bytes, unpacked if they are packed."""
    first = source.read(_CHUNK)
    if not first.startswith(_GZIP):
        while first:
            yield first
            first = source.read(_CHUNK)
        return
    # Member after member, as gzip files may have several; never more than a chunk of what comes out is held.
    packed = first
    while packed:
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            if not packed:
                packed = source.read(_CHUNK)
                if not packed:
                    raise EOFError
            yield unpacker.decompress(packed, _CHUNK)
            packed = unpacker.unconsumed_tail
        packed = unpacker.unused_data or source.read(_CHUNK)
        packed = packed.lstrip(b"\0")


def _fail(message: str) -> typer.Exit:
    sys.stdout.flush()
    print(message, file=sys.stderr, flush=True)
    return typer.Exit(1)
