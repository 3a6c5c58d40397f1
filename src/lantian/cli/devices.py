"""``lantian devices …``: what is done with the register of devices at the console of the server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

devices_app = typer.Typer(help=_("Keep the register of devices."), no_args_is_help=True, add_completion=False)


@devices_app.callback()
def devices() -> None:
    """Group of the commands for devices."""


@devices_app.command(
    help=_(
        "Seal the passwords and keys of devices with the present secret key of the office, after it was exchanged. The"
        " former one stands in secret-key-former."
    )
)
def reseal(
    data: Annotated[
        Path | None,
        typer.Option("--data", help=_("The data folder; by default LANTIAN_DATA, else data/office."), show_default=False),
    ] = None,
) -> None:
    """Seal everything anew."""
    if data is not None:
        os.environ["LANTIAN_DATA"] = str(data.expanduser().absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
    import django

    django.setup()
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.exceptions import CoreError
    from lantian.apps.monitoring.actions.secrets import ResealSecrets

    try:
        done = ResealSecrets(Actor.system("console", via="cli"), reason=_("The secret key was exchanged.")).execute()
    except CoreError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    print(_("%(resealed)d of %(of)d were sealed anew.") % done)
