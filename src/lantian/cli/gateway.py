"""``lantian gateway``: receives what monitors of pollution sources send, until it is told to stop."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

gateway_app = typer.Typer(
    help=_("Receive what monitors of pollution sources send (HJ 212)."), add_completion=False
)


@gateway_app.callback(
    invoke_without_command=True,
    help=_(
        "Receive what monitors of pollution sources send (HJ 212), answer it when it is on disk, and drain it into the lake,"
        " until Ctrl-C."
    ),
)
def gateway(
    registry: Annotated[
        Path,
        typer.Option("--registry", metavar="FILE.csv", help=_("The stations that may send, a CSV file; read again when it changes.")),
    ],
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help=_("Address to listen on; 0.0.0.0 means every network."))
    ] = "0.0.0.0:9002",
    data: Annotated[
        Path | None,
        typer.Option("--data", help=_("The data folder; by default LANTIAN_DATA, else data/office."), show_default=False),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--tls-cert", help=_("Certificate (PEM): the connections are in TLS."), show_default=False)
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--tls-key", help=_("Key of the certificate (PEM), if it is in another file."), show_default=False)
    ] = None,
    unknown: Annotated[
        str,
        typer.Option(
            "--unknown",
            metavar="park|refuse",
            help=_("Frames of stations that are not registered: keep them until somebody registers the station, or refuse them."),
        ),
    ] = "park",
    forward: Annotated[
        Path | None,
        typer.Option(
            "--forward",
            metavar="FILE.json",
            help=_("Platforms to forward to: a list of name, host, port, password, tls."),
            show_default=False,
        ),
    ] = None,
    limits: Annotated[
        list[str] | None,
        typer.Option(
            "--limit",
            metavar="NAME=NUMBER",
            help=_("Another limit than the default, such as per_address=200."),
            show_default=False,
        ),
    ] = None,
    drain_every: Annotated[
        float, typer.Option("--drain-every", min=0.1, max=3600, help=_("Seconds between two deliveries to the lake."))
    ] = 30.0,
) -> None:  # fmt: skip
    """Run the gateway."""
    import asyncio
    import ssl

    from lantian.integrations.hj212 import running
    from lantian.integrations.hj212.errors import GatewayError
    from lantian.web import conf

    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise _fail(_("--listen is an address such as 0.0.0.0:9002, not %(given)s.") % {"given": listen}, 2)
    if unknown not in ("park", "refuse"):
        raise _fail(_("--unknown is park or refuse, not %(given)s.") % {"given": unknown}, 2)
    if key is not None and certificate is None:
        raise _fail(_("A key without a certificate: give --tls-cert, too."), 2)
    if data is not None:
        os.environ["LANTIAN_DATA"] = str(data.expanduser().absolute())
    try:
        folder = conf.data_folder()
        lake, options = conf.lake(str(folder / "lake")), conf.pairs("LANTIAN_LAKE_OPTIONS")
    except conf.ConfigurationError as error:
        raise _fail(_("The settings are not right: %(error)s") % {"error": error}) from None
    config = running.Config(
        folder=str(folder / "gateway"),
        lake=lake,
        lake_options=options or None,
        host=host.strip("[]"),
        port=int(port),
        registry=str(registry.expanduser().absolute()),
        certificate=str(certificate.expanduser().absolute()) if certificate else "",
        key=str(key.expanduser().absolute()) if key else "",
        park=unknown == "park",
        limits=_limits(limits or []),
        drain_every=drain_every,
        superiors=_superiors(forward) if forward is not None else [],
    )

    def ready(host: str, port: int) -> None:
        print(_("The gateway listens on %(host)s:%(port)d.") % {"host": host, "port": port}, flush=True)

    running.log_to_stderr()
    try:
        asyncio.run(running.receive(config, ready))
    except GatewayError as error:
        raise _fail(str(error)) from None
    except ssl.SSLError as error:
        raise _fail(_("Certificate or key cannot be used: %(error)s") % {"error": error}) from None
    except OSError as error:
        raise _fail(
            _("The address %(address)s or the certificate cannot be used: %(error)s")
            % {"address": listen, "error": error.strerror or error}
        ) from None
    print(_("The gateway has ended; everything that was answered is stored."))


def _limits(given: list[str]) -> dict[str, float]:
    from dataclasses import fields

    from lantian.integrations.hj212.server import Limits

    names = [one.name for one in fields(Limits)]
    found: dict[str, float] = {}
    for text in given:
        name, _equals, number = text.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            name = ""
        if name not in names or not 0 < found[name] < 1e9:
            raise _fail(
                _("--limit is one of %(names)s with a number, not %(given)s.")
                % {"names": ", ".join(names), "given": text},
                2,
            )
    return found


def _superiors(path: Path) -> list[dict[str, Any]]:
    from lantian.integrations.hj212.forwarding import Superior

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise ValueError("a list of objects is wanted")
        for one in found:
            superior = Superior(**one)
            if not (superior.name and superior.host and 0 < int(superior.port) < 65536):
                raise ValueError("name, host and port are wanted")
        names = [one["name"] for one in found]
        if len(set(names)) != len(names):
            raise ValueError("two have the same name")
    except (OSError, ValueError, TypeError) as error:
        raise _fail(
            _("The file of platforms %(path)s cannot be used: %(error)s") % {"path": path, "error": error}, 2
        ) from None
    return found


def _fail(message: str, status: int = 1) -> typer.Exit:
    print(message, file=sys.stderr, flush=True)
    return typer.Exit(status)
