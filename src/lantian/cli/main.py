"""The command line: ``lantian …``. Every command is thin; what it does is loaded when it is called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer
from typer.core import TyperGroup
from typer.main import get_group

import lantian

ROOT = Path(__file__).resolve().parents[3]


class _Commands(TyperGroup):
    """The commands below, and groups whose modules are loaded only when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands."""
        groups = ("plan", "air", "sources", "inventory", "hj212", "gateway", "devices", "power", "bench")
        return [*super().list_commands(ctx), *groups]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by its name."""
        if cmd_name == "plan":
            from lantian.cli.plan import plan_app

            return _group(plan_app, cmd_name, _("Read action plans into tables; no database is needed."))
        if cmd_name == "air":
            from lantian.cli import air_import, air_rank, air_targets, air_years  # noqa: F401
            from lantian.cli.air_evaluate import air_app

            return _group(air_app, cmd_name, _("Evaluate tables of air data; no database is needed."))
        if cmd_name == "sources":
            from lantian.cli import sources_admit  # noqa: F401
            from lantian.cli.sources_check import sources_app

            return _group(sources_app, cmd_name, _("Check lists of pollution sources; no database is needed."))
        if cmd_name == "inventory":
            from lantian.cli import inventory_grid  # noqa: F401
            from lantian.cli.inventory_run import inventory_app

            return _group(inventory_app, cmd_name, _("Compute emission inventories; no database is needed."))
        if cmd_name == "hj212":
            from lantian.cli.hj212 import hj212_app

            return _group(hj212_app, cmd_name, _("Read frames of HJ 212; no database is needed."))
        if cmd_name == "gateway":
            from lantian.cli.gateway import gateway_app

            return _group(gateway_app, cmd_name, _("Receive what monitors of pollution sources send (HJ 212)."))
        if cmd_name == "devices":
            from lantian.cli.devices import devices_app

            return _group(devices_app, cmd_name, _("Keep the register of devices."))
        if cmd_name == "power":
            from lantian.cli.power import power_app

            return _group(power_app, cmd_name, _("Readings of electricity meters from a broker."))
        if cmd_name == "bench":
            from lantian.cli.bench import bench_app

            return _group(bench_app, cmd_name, _("Measure how fast this machine is, on made-up data."))
        return super().get_command(ctx, cmd_name)


def _group(application: typer.Typer, name: str, help_text: str) -> Any:
    found = get_group(application)
    found.name = name
    found.short_help = found.short_help or help_text
    return found


app = typer.Typer(
    cls=_Commands,
    help=_("LanTian: the open command platform for air-pollution campaigns."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", help=_("The data folder; by default LANTIAN_DATA, else data/office."), show_default=False
    ),
]


def _use(data: Path | None, default: Path | None = None) -> Path:
    """Choose the data folder before anything reads the settings."""
    from lantian.web import conf

    chosen = data or default
    if chosen is not None:
        os.environ["LANTIAN_DATA"] = str(chosen.expanduser().absolute())
    return conf.data_path()


def _fail(message: str, status: int = 1) -> typer.Exit:
    print(message, file=sys.stderr, flush=True)
    return typer.Exit(status)


def _serve(data: Path, host: str, port: int, mode: str) -> None:
    from lantian.cli.house import Busy, House
    from lantian.cli.supervisor import Supervisor
    from lantian.web import conf

    if "LANTIAN_HOSTS" not in os.environ:
        from lantian.cli.prepare import own_addresses

        reachable = {"localhost", "127.0.0.1", "[::1]"}
        if host in {"0.0.0.0", "::", ""}:
            import socket

            reachable |= {*own_addresses(), socket.gethostname()}
        else:
            reachable.add(f"[{host}]" if ":" in host else host)
        os.environ["LANTIAN_HOSTS"] = ",".join(sorted(reachable))
    house = House(data)
    try:
        conf.data_folder()
        status = Supervisor(house, host, port, mode).run()
    except conf.ConfigurationError as error:
        raise _fail(_("The settings are not right: %(error)s") % {"error": error}) from None
    except Busy:
        running = house.server() or {}
        raise _fail(
            _("This data folder is being served already: %(address)s (process %(pid)s).")
            % {
                "address": f"http://{running.get('host', '?')}:{running.get('port', '?')}/",
                "pid": running.get("pid", "?"),
            }
        ) from None
    except OSError as error:
        raise _fail(
            _(
                "The address %(host)s:%(port)s cannot be used: %(error)s\nChoose another one with --host and --port."
            )
            % {"host": host, "port": port, "error": error.strerror or error}
        ) from None
    raise typer.Exit(status)


HostOption = Annotated[
    str, typer.Option("--host", help=_("Address to listen on; 0.0.0.0 means every network."))
]
PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help=_("Port to listen on."))]


@app.command(help=_("Serve the site and do its jobs, until Ctrl-C."))
def serve(host: HostOption = "127.0.0.1", port: PortOption = 8000, data: DataOption = None) -> None:
    """Serve an office."""
    _serve(_use(data), host, port, "office")


@app.command(help=_("Load the simulated city into a data folder of its own and serve it."))
def demo(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    data: Annotated[
        Path | None,
        typer.Option("--data", help=_("The data folder; by default data/demo."), show_default=False),
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help=_("Load the data only."))] = False,
) -> None:
    """Serve the demo."""
    # The office's own folder and database are never filled with simulated data.
    os.environ.pop("LANTIAN_DATA", None)
    os.environ.pop("LANTIAN_DATABASE_URL", None)
    os.environ.pop("LANTIAN_DATABASE_URL_FILE", None)
    os.environ["LANTIAN_DEMO"] = "1"
    given = os.environ.get("LANTIAN_DEMO_DATA")
    folder = _use(data, Path(given) if given else ROOT / "data" / "demo")
    if not no_serve:
        _serve(folder, host, port, "demo")
    from lantian.cli import prepare

    try:
        prepare.prepare()
        prepare.load_demo()
    except prepare.NotReady as error:
        raise _fail(str(error)) from None


@app.command(
    name="create-admin",
    help=_("Set up the office at the console: the place, the office, its administrators."),
)
def create_admin(data: DataOption = None) -> None:
    """Set up without a browser."""
    _use(data)
    from lantian.cli import first

    raise typer.Exit(first.create_admin())


@app.command(help=_("Write everything that the office has stored into one file; the site may go on running."))
def backup(
    file: Annotated[
        Path, typer.Argument(metavar=_("FILE"), help=_("The file to write, for example office.tar.gz."))
    ],
    force: Annotated[bool, typer.Option("--force", help=_("Replace a file that is there."))] = False,
    without_lake: Annotated[
        bool,
        typer.Option(
            "--without-lake", help=_("Leave the observations out; copy their folder by other means.")
        ),
    ] = False,
    data: DataOption = None,
) -> None:
    """Back up."""
    folder = _use(data)
    from lantian.cli import archive

    try:
        done = archive.backup(folder, file.expanduser().absolute(), replace=force, lake=not without_lake)
    except archive.ArchiveError as error:
        raise _fail(str(error)) from None
    print(
        _("Backup written: %(file)s (%(files)d files, %(size)s).")
        % {"file": done.path, "files": done.files, "size": archive.readable(done.size)}
    )
    if done.left_out:
        print(_("The observations in %(place)s are not in it.") % {"place": done.left_out})
    print(_("It holds the accounts and the secret key: keep it where only the office can read it."))


@app.command(help=_("Put a backup in the place of what is stored; what was there is kept beside it."))
def restore(
    file: Annotated[
        Path, typer.Argument(metavar=_("FILE"), help=_("A file that the command backup has written."))
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
    check: Annotated[bool, typer.Option("--check", help=_("Only verify the file."))] = False,
    data: DataOption = None,
) -> None:
    """Restore."""
    folder = _use(data)
    from lantian.cli import archive

    try:
        with archive.opened(file.expanduser().absolute(), folder) as found:
            print(
                _("Verified: backup of %(at)s, LanTian %(version)s, %(files)d files, %(size)s.")
                % {
                    "at": found.manifest.created,
                    "version": found.manifest.version,
                    "files": len(found.manifest.files),
                    "size": archive.readable(found.manifest.size),
                }
            )
            if check:
                return
            if not yes and not typer.confirm(
                _("Put it in the place of the data in %(folder)s?") % {"folder": folder}
            ):
                raise typer.Exit(1)
            kept = found.put_in_place()
    except archive.ArchiveError as error:
        raise _fail(str(error)) from None
    print(_("Restored. Everybody has to log in again."))
    if kept:
        print(_("What was there before is kept at: %(place)s") % {"place": kept})


@app.command(
    help=_("Django's own management commands, for the people who run the system."),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def manage(ctx: typer.Context) -> None:
    """Pass everything on to Django."""
    from lantian.cli import prepare

    try:
        prepare.django_setup()
    except prepare.NotReady as error:
        raise _fail(str(error)) from None
    from django.core.management import execute_from_command_line

    execute_from_command_line(["lantian manage", *ctx.args])


@app.command(
    help=_("Run every check and test: style, types, imports, catalogue, tests on SQLite and PostgreSQL."),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def test(ctx: typer.Context) -> None:
    """Check everything; further arguments go to pytest."""
    from lantian.cli import checks

    raise typer.Exit(checks.run(ctx.args))


@app.command(help=_("Show the version."))
def version() -> None:
    """Print the version."""
    print(f"LanTian {lantian.__version__} (Python {sys.version.split()[0]})")


def run() -> None:
    """The entry point."""
    try:
        app(prog_name="lantian")
    except BrokenPipeError:
        # The reader of a pipe went away (… | head): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(141)


if __name__ == "__main__":
    run()
