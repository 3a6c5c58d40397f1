"""``lantian test``: every check of the house, each with its own verdict.

Style, types, import contracts, the Chinese catalogue, migrations, two at a time, and beside them the ledgers from which
the tests begin; then the tests that touch the database on PostgreSQL, on the server that ``LANTIAN_TEST_POSTGRES`` names
or on a private one that is started for the purpose and removed afterwards; then all tests on SQLite, in parallel.

With ``LANTIAN_REQUIRE_ALL=1`` a missing component (PostgreSQL, a browser, LibreOffice) is a failure, not a skip.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lantian.cli.text import gettext as _

ROOT = Path(__file__).resolve().parents[3]
MIGRATE = ["lantian.cli.main", "manage", "migrate", "-v0"]
#: Name of the migrated database on the private server.
TEMPLATE = "lantian_template"


def _say(text: str) -> None:
    print(text, flush=True)


def _environment(**variables: str) -> dict[str, str]:
    # Tests start hundreds of processes: what is compiled once must not be compiled in each of them.
    return {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    } | variables


def _python(*arguments: str, **variables: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=_environment(**variables), check=False
    ).returncode


@dataclass(frozen=True, slots=True)
class _Done:
    """A check that has been made."""

    status: int
    seconds: float
    output: str


def _check(command: list[str], **variables: str) -> _Done:
    """Run a check beside others and keep what it says."""
    began = time.monotonic()
    program = ["-m", *command]
    if command == ["importlinter.cli"]:
        program = [
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ]
    done = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env=_environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return _Done(done.returncode, time.monotonic() - began, done.stdout)


def workers() -> str:
    """Number of parallel test processes."""
    return os.environ.get("LANTIAN_TEST_WORKERS") or str(max(2, len(os.sched_getaffinity(0))))


def binaries() -> Path | None:
    """The folder with the programs of a PostgreSQL server, if one is installed."""
    newest = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres() -> Iterator[str | None]:
    """The address of a PostgreSQL server for the tests, or None where there is no way to one."""
    given = os.environ.get("LANTIAN_TEST_POSTGRES")
    if given:
        yield given
        return
    programs = binaries()
    if programs is None:
        yield None
        return
    # A server refuses to run as root; CI runs as root.
    as_owner: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="lantian-pg-"))
    try:
        if os.geteuid() == 0:
            try:
                owner = pwd.getpwnam("postgres")
            except KeyError:
                owner = pwd.getpwnam("nobody")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            as_owner = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        data = folder / "cluster"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": folder}
        subprocess.run(
            [
                *as_owner,
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "lantian",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            check=True,
            **quiet,  # type: ignore[call-overload]
        )
        # A socket in the private folder and no port: nobody else can reach it, and no port can be taken.
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        control = [*as_owner, str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
        subprocess.run(
            [*control, "-l", str(folder / "server.log"), "-o", options, "start"],
            check=True,
            **quiet,  # type: ignore[call-overload]
        )
        try:
            yield f"postgresql://lantian@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet)  # type: ignore[call-overload]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def checks() -> list[tuple[str, list[str]]]:
    """Name and module with arguments of each check that is not a test."""
    return [
        (_("Style"), ["ruff", "check", "--no-cache", "."]),
        (_("Types"), ["mypy", "src/lantian"]),
        (_("Import contracts"), ["importlinter.cli"]),
        (_("Chinese catalogue"), ["lantian.web.translations", "--check"]),
        (_("Migrations"), ["django", "makemigrations", "--check", "--dry-run", "--settings=tests.settings"]),
    ]


def _template(address: str | None, path: str) -> bool:
    """Make a migrated database on the private server, of which each worker of the tests gets a copy."""
    if address is None or os.environ.get("LANTIAN_TEST_POSTGRES"):
        return False
    import psycopg

    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
    except psycopg.Error:
        return False
    with tempfile.TemporaryDirectory(prefix="lantian-template-") as folder:
        url = address.replace("/postgres?", f"/{TEMPLATE}?")
        return _check(MIGRATE, PYTHONPATH=path, LANTIAN_DATA=folder, LANTIAN_DATABASE_URL=url).status == 0


def run(arguments: list[str]) -> int:
    """Run everything, or with arguments only pytest with these.

    Returns
    -------
    int
        0 when everything passed.
    """
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(
        os.pathsep
    )
    if arguments:
        return _python("pytest", *arguments, PYTHONPATH=path)
    failed: list[str] = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lantian-ledger-"))
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=2))
        # Types take longest and begin first; the verdicts come in the order of the list.
        wanted = checks()
        begun = {
            name: pool.submit(_check, command, PYTHONPATH=path)
            for name, command in sorted(wanted, key=lambda check: check[1][0] != "mypy")
        }
        sqlite = pool.submit(_check, MIGRATE, PYTHONPATH=path, LANTIAN_DATA=folder, LANTIAN_DATABASE_URL="")
        address = stack.enter_context(postgres())
        template = pool.submit(_template, address, path)
        for name, _command in wanted:
            done = begun[name].result()
            _say(f"── {name}\n{done.output.rstrip()}")
            _say(f"   {_('passed') if done.status == 0 else _('FAILED')} ({done.seconds:.1f} s)")
            if done.status:
                failed.append(name)
        # Tests begin from copies of these; without them each worker applies the migrations, and says what is wrong.
        ledgers = {"PYTHONPATH": path}
        if sqlite.result().status == 0:
            ledgers["LANTIAN_TEST_LEDGER"] = str(Path(folder) / "ledger.sqlite3")
        if template.result():
            ledgers["LANTIAN_TEST_TEMPLATE"] = TEMPLATE
        # Modules stay whole: what is dear to set up belongs to a module. See tests/distribution.py.
        options = ("-q", "-n", workers(), "--dist", "loadscope", "-p", "no:cacheprovider")
        if address is None and os.environ.get("LANTIAN_REQUIRE_ALL") == "1":
            failed.append(_("PostgreSQL is not installed"))
        if address is not None:
            _say("── " + _("Tests on PostgreSQL"))
            # conftest.py keeps the tests that touch the database; the others have nothing new to say here.
            status = _python("pytest", *options, "--tb=short", LANTIAN_TEST_POSTGRES=address, **ledgers)
            if status:
                failed.append(_("Tests on PostgreSQL"))
        _say("── " + _("Tests on SQLite"))
        # Last, so that the last line is the count of the whole set.
        if failed:
            _say(_("Failed so far: %(names)s") % {"names": ", ".join(failed)})
        status = _python("pytest", *options, **ledgers)
    return 1 if status or failed else 0
