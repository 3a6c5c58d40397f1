"""Bring a data folder up to date before anything is served from it, and say on the console what is there."""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lantian.cli.text import gettext as _

#: Copies of the ledger from before an upgrade that are kept.
KEPT_COPIES = 3


class NotReady(Exception):
    """The data folder cannot be served; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """What was done.

    Attributes
    ----------
    migrations
        Number of changes of the database that were applied.
    collected
        Whether static files were collected anew.
    """

    migrations: int
    collected: bool


def django_setup() -> None:
    """Load Django with the settings of this data folder.

    Raises
    ------
    NotReady
        If the environment holds something that cannot be used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
    import django

    from lantian.web.conf import ConfigurationError

    try:
        django.setup()
    except ConfigurationError as error:
        raise NotReady(_("The settings are not right: %(error)s") % {"error": error}) from error


def prepare() -> State:
    """Apply changes of the database and collect static files.

    Raises
    ------
    NotReady
        If the database cannot be reached or was written by a newer version.
    """
    django_setup()
    return State(migrations=migrate(), collected=collect_static())


def migrate() -> int:
    """Apply pending changes of the database; SQLite is copied before, where it holds anything.

    Returns
    -------
    int
        Number of changes that were applied.

    Raises
    ------
    NotReady
        If the database cannot be reached or was written by a newer version.
    """
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        raise NotReady(
            _(
                "The database cannot be reached: %(error)s\nCheck LANTIAN_DATABASE_URL and whether the server runs."
            )
            % {"error": error}
        ) from error
    unknown = unknown_migrations(executor.loader, executor.loader.applied_migrations)
    if unknown:
        raise NotReady(
            _(
                "The data were written by a newer version of LanTian (%(names)s). Start that version, or restore a backup."
            )
            % {"names": ", ".join(unknown[:5])}
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return 0
    if executor.loader.applied_migrations and connection.vendor == "sqlite":
        _copy_before_upgrade(Path(connection.settings_dict["NAME"]))
    connection.close()
    call_command("migrate", interactive=False, verbosity=0)
    return len(plan)


def unknown_migrations(loader: Any, applied: Iterable[tuple[str, str]]) -> list[str]:
    """Changes that a database has been through and this version does not know, among the apps that it knows.

    Parameters
    ----------
    loader
        Django's loader of migrations.
    applied
        App and name of each change.
    """
    # A change that was merged into another one is still known by its name there.
    replaced = {pair for migration in loader.disk_migrations.values() for pair in migration.replaces}
    return sorted(
        f"{app}.{name}"
        for app, name in applied
        if app in loader.migrated_apps and (app, name) not in loader.disk_migrations and (app, name) not in replaced
    )


def _copy_before_upgrade(ledger: Path) -> None:
    folder = ledger.parent / "before-upgrade"
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / f"ledger-{datetime.now():%Y%m%d-%H%M%S}.sqlite3"
    source, copy = sqlite3.connect(ledger), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    for old in sorted(folder.glob("ledger-*.sqlite3"))[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)


def collect_static() -> bool:
    """Collect the static files into the data folder if they have changed.

    Returns
    -------
    bool
        Whether they were collected anew.
    """
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    from lantian.web.assets import complete

    if settings.DEBUG:
        return False
    if not complete():
        raise NotReady(
            _("The libraries of the pages are missing. Start ./lantian once with access to the npm registry.")
        )
    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda pair: pair[0]):
            stat = Path(storage.path(name)).stat()
            found.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == found.hexdigest():
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(found.hexdigest(), encoding="ascii")
    return True


def setup_address() -> str:
    """The path of the set-up page with a fresh token, or nothing when an account exists."""
    from django.urls import NoReverseMatch, reverse

    from lantian.apps.core import setup

    if not setup.is_needed():
        setup.forget_token()
        return ""
    token = setup.issue_token()
    try:
        return reverse("core:setup", args=[token])
    except NoReverseMatch:
        return f"{reverse('core:setup')}?token={token}"


def load_demo() -> None:
    """Fill an empty data folder with the demo city, or say again who may log in.

    Raises
    ------
    NotReady
        If the folder holds data of an office.
    """
    from django.conf import settings
    from django.utils import translation

    from lantian.demo.load import NotEmpty, load

    with translation.override(settings.LANGUAGE_CODE):
        try:
            load()
        except NotEmpty:
            raise NotReady(
                _("The data folder %(folder)s holds data of an office. Choose another one for the demo with --data.")
                % {"folder": settings.DATA}
            ) from None
    print(flush=True)


def addresses(host: str, port: int) -> list[str]:
    """Addresses to open, for a person: a listener on all addresses is reached by the machine's names."""
    if host in {"0.0.0.0", "::", ""}:
        return [f"http://{name}:{port}" for name in ["127.0.0.1", *own_addresses()]]
    shown = f"[{host}]" if ":" in host else host
    return [f"http://{shown}:{port}"]


def own_addresses() -> list[str]:
    """Addresses of this machine, as far as it knows them itself."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(entry[4][0]) for entry in found} - {"127.0.0.1", "127.0.1.1"})


def greet(host: str, port: int, setup_path: str) -> None:
    """Print the address, and for the first start the way to the first account.

    Parameters
    ----------
    setup_path
        From :func:`setup_address`.
    """
    shown = addresses(host, port)
    lines = [_("LanTian is running: %(address)s") % {"address": shown[0] + "/"}]
    lines += [f"    {address}/" for address in shown[1:]]
    if setup_path:
        lines += [
            _(
                "There is no account yet. Open this address to make the first administrator (valid for 24 hours):"
            ),
            f"    {shown[0]}{setup_path}",
            _("Or make one at the console: ./lantian create-admin"),
        ]
    lines.append(_("Ctrl-C stops it."))
    print("\n".join(lines), flush=True)
