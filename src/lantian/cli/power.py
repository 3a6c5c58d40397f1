"""``lantian power listen``: readings of meters from an MQTT broker into the lake of an office."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.main import DataOption, _use

power_app = typer.Typer(help=_("Electricity supervision."), no_args_is_help=True, add_completion=False)


@power_app.callback()
def _group() -> None:
    """A group, even with one command."""


@power_app.command(
    help=_(
        "Listen at an MQTT broker for readings of meters. The password stands in a file, or in"
        " LANTIAN_MQTT_PASSWORD_FILE."
    )
)
def listen(
    broker: Annotated[
        str,
        typer.Option(
            "--broker",
            envvar="LANTIAN_MQTT",
            metavar="ADDRESS",
            help=_("mqtt://user@host:1883 or mqtts://host:8883."),
            show_default=False,
        ),
    ],
    topic: Annotated[
        str, typer.Option("--topic", envvar="LANTIAN_MQTT_TOPIC", help=_("Topics to listen to."))
    ] = "lantian/power/#",
    client_id: Annotated[
        str,
        typer.Option("--client-id", help=_("Name of the session at the broker; one for each listener.")),
    ] = "lantian-power",
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            envvar="LANTIAN_MQTT_PASSWORD_FILE",
            help=_("File with the password."),
            show_default=False,
        ),
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option("--ca", help=_("Certificates that sign the broker's."), show_default=False),
    ] = None,
    data: DataOption = None,
) -> None:
    """Listen until Ctrl-C."""
    from lantian.integrations.electricity.listener import BadAddress, Broker, Listener, Refused

    try:
        password = password_file.read_text(encoding="utf-8").strip() if password_file else ""
        chosen = Broker.of(
            broker, password=password, topic=topic, client_id=client_id, ca_file=str(ca_file or "")
        )
    except (BadAddress, OSError, UnicodeError) as error:
        raise _fail(_("The address of the broker cannot be used: %(error)s") % {"error": error}) from None
    _office(data)
    from django.utils import timezone

    from lantian.apps.monitoring.doors.power import broker as door

    def store(messages: Sequence[tuple[str, bytes]]) -> None:
        done = door.take(messages, timezone.now())
        said = _("%(messages)s messages: %(added)s new, %(corrected)s corrected, %(same)s as before, %(refused)s refused")
        _say(
            said
            % {
                "messages": done.messages, "added": done.stored.added, "corrected": done.stored.corrected,
                "same": done.stored.same, "refused": done.refused,
            }
        )  # fmt: skip

    where = {"address": f"{chosen.host}:{chosen.port}", "topic": chosen.topic}
    listener = Listener(
        chosen, store, ready=lambda: _say(_("Listening at %(address)s to %(topic)s; Ctrl-C ends it.") % where)
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_given: listener.stop())
    try:
        listener.run()
    except (OSError, Refused) as error:
        raise _fail(_("The broker at %(address)s does not let us in: %(error)s") % {**where, "error": error}) from None


def _office(data: Path | None) -> None:
    from lantian.cli import prepare
    from lantian.web import conf

    _use(data)
    try:
        conf.data_folder()
        prepare.django_setup()
        prepare.migrate()
    except (prepare.NotReady, conf.ConfigurationError) as error:
        raise _fail(str(error)) from None


def _say(text: str) -> None:
    print(text, flush=True)


def _fail(message: str) -> typer.Exit:
    print(message, file=sys.stderr, flush=True)
    return typer.Exit(1)
