"""``lantian test``: every check of the house, one after the other, each with its own verdict.

Style, types, import contracts, the Chinese catalogue, migrations; then the tests on SQLite, in parallel; then the
tests that touch the database once more on PostgreSQL, on the server that ``LANTIAN_TEST_POSTGRES`` names or on a
private one that is started for the purpose and removed afterwards.

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
from contextlib import contextmanager
from pathlib import Path

from lantian.cli.text import gettext as _

ROOT = Path(__file__).resolve().parents[3]


def _say(text: str) -> None:
    print(text, flush=True)


def _python(*arguments: str, **variables: str) -> int:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


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
    for name, command in checks():
        began = time.monotonic()
        _say(f"── {name}")
        if command == ["importlinter.cli"]:
            status = subprocess.run(
                [
                    sys.executable,
                    "-c",
                    "from importlinter.cli import lint_imports_command; lint_imports_command()",
                    "--no-cache",
                ],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": path},
                check=False,
            ).returncode
        else:
            status = _python(*command, PYTHONPATH=path)
        _say(f"   {_('passed') if status == 0 else _('FAILED')} ({time.monotonic() - began:.1f} s)")
        if status:
            failed.append(name)
    with postgres() as address:
        if address is None and os.environ.get("LANTIAN_REQUIRE_ALL") == "1":
            failed.append(_("PostgreSQL is not installed"))
        if address is not None:
            _say("── " + _("Tests on PostgreSQL"))
            # conftest.py keeps the tests that touch the database; the others have nothing new to say here.
            status = _python(
                "pytest",
                "-q",
                "-n",
                workers(),
                "--tb=short",
                "-p",
                "no:cacheprovider",
                PYTHONPATH=path,
                LANTIAN_TEST_POSTGRES=address,
            )
            if status:
                failed.append(_("Tests on PostgreSQL"))
        _say("── " + _("Tests on SQLite"))
        # Last, so that the last line is the count of the whole set.
        if failed:
            _say(_("Failed so far: %(names)s") % {"names": ", ".join(failed)})
        # One session of Spark is enough: its tests go to one worker.
        run = ("-q", "-n", workers(), "--dist", "loadgroup", "-p", "no:cacheprovider")
        status = _python("pytest", *run, PYTHONPATH=path)
    return 1 if status or failed else 0
