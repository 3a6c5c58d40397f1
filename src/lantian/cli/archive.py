"""Backups: everything an office has stored, in one file, written and put back while the site runs.

The file is a gzipped tar. Its first member, ``manifest.json``, lists every other member with its size and SHA-256, and
says which version wrote it and which changes its database has been through. It holds

- ``database/ledger.sqlite3`` (a snapshot by SQLite's online backup) or ``database/ledger.pgdump`` (``pg_dump -Fc``),
- ``data/secret-key``, ``data/files/…`` and ``data/books/…`` (local rule books),
- ``data/lake/…``: the tables of observations as they are at one moment, if they lie in the data folder.

What can be made again is left out: static files, log files, the queue of the jobs (jobs have rows in the ledger, and
those that had not begun are queued again).

A restore unpacks into a fresh folder beside the data folder, verifies every member, and then exchanges the two.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import lantian
from lantian.cli.house import Busy, House
from lantian.cli.text import gettext as _

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
SQLITE_MEMBER = "database/ledger.sqlite3"
POSTGRES_MEMBER = "database/ledger.pgdump"
#: What of the data folder belongs to a backup.
KEPT_FILES = ("secret-key", "secret-key-former")
KEPT_FOLDERS = ("files", "books")
LAKE = "lake"
#: The gateway's files, below its folder: what is answered and not yet in the lake. All others there can be made again.
GATEWAY = "gateway"
GATEWAY_FILES = ("landing.db", "landing-beside.db")
CHUNK = 1024 * 1024
#: How long a restore waits for the running server to let go of the folder [s].
PATIENCE = 60.0


class ArchiveError(Exception):
    """A backup cannot be written or put back; the message is for the person at the console."""


@dataclass(frozen=True, slots=True)
class Written:
    """A backup that has been written.

    Attributes
    ----------
    path, files, size
        The file, how many members it has, its size [byte].
    left_out
        Where observations are that are not in it; nothing if it has all.
    """

    path: Path
    files: int
    size: int
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member: its size [byte] and SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    created: str
    database: str
    migrations: tuple[tuple[str, str], ...]
    files: dict[str, Entry]

    @property
    def size(self) -> int:
        """All members together, unpacked [byte]."""
        return sum(entry.size for entry in self.files.values())

    def dump(self) -> bytes:
        """As it stands in the file."""
        content = {
            "format": FORMAT,
            "product": "lantian",
            "version": self.version,
            "created": self.created,
            "database": self.database,
            "migrations": [list(pair) for pair in self.migrations],
            "files": {name: {"size": e.size, "sha256": e.sha256} for name, e in self.files.items()},
        }
        return json.dumps(content, ensure_ascii=False, indent=1).encode()

    @classmethod
    def load(cls, content: bytes) -> Manifest:
        """Read and check what another machine may have written.

        Raises
        ------
        ArchiveError
            If it is not a manifest of ours, or of a format that this version does not know.
        """
        damaged = ArchiveError(
            _("The file is not a backup of LanTian, or it is damaged: its list of contents is unreadable.")
        )
        try:
            found = json.loads(content)
            if found["product"] != "lantian":
                raise damaged
            if found["format"] != FORMAT:
                raise ArchiveError(
                    _(
                        "The backup has format %(found)s; this version reads format %(known)s. Use the version that wrote it: %(version)s."
                    )
                    % {"found": found["format"], "known": FORMAT, "version": found.get("version", "?")}
                )
            files = {}
            for name, entry in found["files"].items():
                check_name(name)
                size, digest = entry["size"], entry["sha256"]
                if not isinstance(size, int) or size < 0 or len(digest) != 64:
                    raise damaged
                files[name] = Entry(size, digest)
            return cls(
                version=str(found["version"]),
                created=str(found["created"]),
                database=str(found["database"]),
                migrations=tuple((str(app), str(name)) for app, name in found["migrations"]),
                files=files,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged from error


def check_name(name: str) -> None:
    """Refuse a member that would be written anywhere but inside the fresh folder, or that no backup has.

    Raises
    ------
    ArchiveError
        If the name is absolute, climbs, or is none of the known places.
    """
    path = PurePosixPath(name)
    parts = path.parts
    plain = name == path.as_posix() and "\\" not in name and "\0" not in name
    inside = plain and not path.is_absolute() and ".." not in parts
    known = name in {SQLITE_MEMBER, POSTGRES_MEMBER} or (
        len(parts) > 1
        and parts[0] == "data"
        and (
            (len(parts) == 2 and parts[1] in KEPT_FILES)
            or (len(parts) > 2 and parts[1] in (*KEPT_FOLDERS, LAKE))
            or (len(parts) == 3 and parts[1] == GATEWAY and parts[2] in GATEWAY_FILES)
        )
    )
    if not inside or not known:
        raise ArchiveError(
            _("The backup holds a file that does not belong in one: %(name)s. Nothing was changed.")
            % {"name": repr(name)}
        )


def readable(size: int) -> str:
    """A number of bytes for people."""
    amount, units = float(size), ["B", "kB", "MB", "GB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Writing ---------------------------------------------------------------------------------------------------------------


def database_settings() -> dict[str, Any]:
    """Which database this house uses, by the same settings as the site.

    Raises
    ------
    ArchiveError
        If they cannot be understood.
    """
    from lantian.web import conf

    try:
        return conf.database(conf.data_path())
    except conf.ConfigurationError as error:
        raise ArchiveError(_("The settings are not right: %(error)s") % {"error": error}) from error


def is_postgres(settings: dict[str, Any]) -> bool:
    """Whether the ledger is on a PostgreSQL server."""
    return str(settings["ENGINE"]).endswith("postgresql")


def lake_place(data: Path) -> str:
    """Where this house keeps its observations, by the same setting as the site.

    Raises
    ------
    ArchiveError
        If it cannot be understood.
    """
    from lantian.web import conf

    try:
        given = conf.text("LANTIAN_LAKE") or str(data / LAKE)
        return given if "://" in given else str(Path(given).expanduser().absolute())
    except conf.ConfigurationError as error:
        raise ArchiveError(_("The settings are not right: %(error)s") % {"error": error}) from error


def _has_lake(data: Path) -> bool:
    return any((data / LAKE).glob("*/_delta_log"))


def _copy_lake(data: Path, target: Path) -> None:
    """The tables of the data folder as they are at one moment: by links, so that it takes no room and hardly any time."""
    # Here and not above: the libraries of the lake are heavy.
    from lantian.lake.errors import LakeError
    from lantian.lake.store import Lake

    try:
        Lake(str(data / LAKE)).snapshot(target)
    except LakeError as error:
        raise ArchiveError(_("The observations could not be copied: %(error)s") % {"error": error}) from error


@contextmanager
def _copying_landing(data: Path, folder: Path) -> Iterator[None]:
    """What the gateway has received; the lake is copied meanwhile."""
    from lantian.integrations.hj212 import copies
    from lantian.integrations.hj212.errors import GatewayError

    name = GATEWAY_FILES[0]
    try:
        with copies.copying(data / GATEWAY / name, folder / GATEWAY / name):
            yield
    except GatewayError as error:
        raise ArchiveError(
            _("What the gateway has received could not be copied: %(error)s") % {"error": error}
        ) from error


def _begin_anew(landed: Path) -> None:
    from lantian.integrations.hj212 import copies

    copies.begin_anew(landed)


@contextmanager
def _without_gateway(data: Path) -> Iterator[None]:
    """No gateway receives into a folder while it is exchanged: what it answers would lie in the former one."""
    from lantian.integrations.hj212 import copies
    from lantian.integrations.hj212.errors import LandingRefused

    try:
        with copies.let_go(data / GATEWAY / GATEWAY_FILES[0]):
            yield
    except LandingRefused as error:
        raise ArchiveError(
            _("A gateway is receiving into this folder. Stop it, then restore again. Nothing was changed.")
        ) from error


def backup(data: Path, target: Path, *, replace: bool = False, lake: bool = True) -> Written:
    """Write a backup.

    Parameters
    ----------
    data
        The data folder.
    target
        The file to write; it appears only when it is complete.
    replace
        Whether a file that is there may be replaced.
    lake
        Whether the observations go into it, if they lie in the data folder; those that lie elsewhere never do.

    Raises
    ------
    ArchiveError
        If there is nothing to back up, the target exists or cannot be written, or the database cannot be read.
    """
    settings = database_settings()
    place = lake_place(data)
    inside = place == str(data / LAKE)
    with_lake = lake and inside
    if not data.is_dir() or not (data / "secret-key").is_file():
        raise ArchiveError(
            _("There is nothing to back up: %(folder)s is not a data folder of LanTian.") % {"folder": data}
        )
    if target.exists() and not replace:
        raise ArchiveError(
            _("%(file)s is there already. Choose another name, or replace it with --force.")
            % {"file": target}
        )
    if not target.parent.is_dir():
        raise ArchiveError(_("There is no folder %(folder)s.") % {"folder": target.parent})
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        (data / "tmp").mkdir(exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix="backup-", dir=data / "tmp") as folder:
            members = dict(_members(data, settings, Path(folder), with_lake=with_lake))
            manifest = Manifest(
                version=lantian.__version__,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                database="postgresql" if is_postgres(settings) else "sqlite",
                migrations=_applied(
                    members[POSTGRES_MEMBER if is_postgres(settings) else SQLITE_MEMBER], settings
                ),
                files={name: Entry(path.stat().st_size, digest_of(path)) for name, path in members.items()},
            )
            _write(part, manifest, members)
        part.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(_("The backup could not be written: %(error)s") % {"error": error}) from error
    finally:
        part.unlink(missing_ok=True)
    left_out = "" if with_lake or (inside and not _has_lake(data)) else place
    return Written(target, len(manifest.files), target.stat().st_size, left_out)


def _members(
    data: Path, settings: dict[str, Any], folder: Path, *, with_lake: bool
) -> Iterator[tuple[str, Path]]:
    # The ledger first: files that are added afterwards do no harm, while a row whose file is missing would.
    if is_postgres(settings):
        dump = folder / "ledger.pgdump"
        _run_postgres(
            settings,
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--exclude-schema=before_restore_*",
            f"--file={dump}",
        )
        yield POSTGRES_MEMBER, dump
    else:
        ledger = Path(settings["NAME"])
        if not ledger.is_file():
            raise ArchiveError(
                _("There is no ledger in %(folder)s yet. Start the site once.") % {"folder": data}
            )
        snapshot = folder / "ledger.sqlite3"
        with (
            closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True, timeout=60)) as source,
            closing(sqlite3.connect(snapshot)) as copy,
        ):
            # All pages in one step: one read transaction, which in WAL mode holds up no writer.
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        yield SQLITE_MEMBER, snapshot
    for name in KEPT_FILES:
        if (data / name).is_file():
            yield f"data/{name}", data / name
    for name in KEPT_FOLDERS:
        for path in sorted((data / name).rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield f"data/{path.relative_to(data).as_posix()}", path
    with _copying_landing(data, folder):
        if with_lake and _has_lake(data):
            # After the ledger, too: a delivery that the ledger does not know yet is skipped when it comes again.
            _copy_lake(data, folder / LAKE)
    for part in (GATEWAY, LAKE):
        for path in sorted((folder / part).rglob("*")):
            if path.is_file():
                yield f"data/{part}/{path.relative_to(folder / part).as_posix()}", path


def _applied(dump: Path, settings: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if is_postgres(settings):
        with _postgres_connection(settings) as connection:
            rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
    else:
        with closing(sqlite3.connect(dump)) as connection:
            rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
    return tuple((str(app), str(name)) for app, name in rows)


def _write(part: Path, manifest: Manifest, members: dict[str, Path]) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    content = manifest.dump()
    with os.fdopen(handle, "wb") as file:
        with (
            gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as zipped,
            tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            tar.addfile(_tar_info(MANIFEST, len(content)), io.BytesIO(content))
            for name, path in members.items():
                with path.open("rb") as source:
                    tar.addfile(_tar_info(name, manifest.files[name].size), source)
        file.flush()
        os.fsync(file.fileno())


def _tar_info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Putting back ----------------------------------------------------------------------------------------------------------


@dataclass
class Opened:
    """A backup that has been unpacked into a fresh folder and verified to the last byte."""

    manifest: Manifest
    fresh: Path
    data: Path
    settings: dict[str, Any]

    def put_in_place(self) -> str:
        """Exchange the data folder for the fresh one; a running server lets go of it and comes back by itself.

        Returns
        -------
        str
            Where the former data are, or nothing if there were none.

        Raises
        ------
        ArchiveError
            If the running server does not let go, or the folder cannot be exchanged; the former data then stand.
        """
        house = House(self.data)
        restoring, serving = house.restoring, house.serving
        try:
            restoring.acquire()
        except Busy:
            raise ArchiveError(_("Another restore of this folder is running.")) from None
        with restoring:
            running = house.server()
            if running is not None and running.get("pid"):
                with suppress(ProcessLookupError):
                    os.kill(int(running["pid"]), signal.SIGUSR1)
            try:
                serving.acquire(timeout=PATIENCE)
            except Busy:
                raise ArchiveError(
                    _(
                        "The running server did not let go of the data. Stop it, then restore again. Nothing was changed."
                    )
                ) from None
            with serving, _without_gateway(self.data):
                landed = self.fresh / "data" / GATEWAY / GATEWAY_FILES[0]
                if landed.is_file():
                    _begin_anew(landed)
                held = any(name.startswith(f"data/{LAKE}/") for name in self.manifest.files)
                if not held and _has_lake(self.data):
                    # A backup without observations says nothing of them: those that are there stay.
                    _copy_lake(self.data, self.fresh / "data" / LAKE)
                return self._exchange()

    def _exchange(self) -> str:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
        old = self.data.with_name(f"{self.data.name}.before-restore-{stamp}")
        schema = ""
        if self.manifest.database == "postgresql":
            schema = _restore_postgres(self.settings, self.fresh / POSTGRES_MEMBER, stamp.replace("-", "_"))
        fresh = self.fresh / "data"
        try:
            existed = self.data.exists()
            if existed:
                self.data.rename(old)
            try:
                fresh.rename(self.data)
            except OSError:
                if existed:
                    old.rename(self.data)
                raise
        except OSError as error:
            if schema:
                _take_back_postgres(self.settings, schema)
            raise ArchiveError(
                _("The folder %(folder)s could not be exchanged (%(error)s). Nothing was changed.")
                % {"folder": self.data, "error": error.strerror}
            ) from error
        _sync(self.data.parent)
        places = [str(old)] if existed else []
        if schema:
            places.append(_("schema %(schema)s of the database") % {"schema": schema})
        return ", ".join(places)


@contextmanager
def opened(file: Path, data: Path) -> Iterator[Opened]:
    """Unpack and verify a backup beside the data folder; what is not put in place is removed.

    Parameters
    ----------
    file
        The backup.
    data
        The data folder that it is for.

    Raises
    ------
    ArchiveError
        If the file is no backup, is damaged, does not fit this version or this database, or there is no room.
    """
    settings = database_settings()
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{data.name}-restore-", dir=data.parent))
    try:
        with file.open("rb") as source:
            manifest = _unpack(source, fresh)
        _check_fits(manifest, settings)
        if manifest.database == "sqlite":
            _check_ledger(fresh / SQLITE_MEMBER, manifest)
            (fresh / SQLITE_MEMBER).rename(fresh / "data" / Path(settings["NAME"]).name)
        (fresh / "data").chmod(0o700)
        yield Opened(manifest, fresh, data, settings)
    except OSError as error:
        raise ArchiveError(_("The backup could not be read: %(error)s") % {"error": error}) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _unpack(source: IO[bytes], fresh: Path) -> Manifest:
    damaged = _("The file is damaged or is not a backup of LanTian (%(reason)s). Nothing was changed.")
    (fresh / "data").mkdir()
    (fresh / "database").mkdir()
    try:
        with tarfile.open(fileobj=source, mode="r|gz") as tar:
            first = tar.next()
            if (
                first is None
                or first.name != MANIFEST
                or not first.isreg()
                or first.size > MAX_MANIFEST_BYTES
            ):
                raise ArchiveError(damaged % {"reason": _("it does not begin with a list of contents")})
            manifest = Manifest.load(_content(tar, first).read())
            room = shutil.disk_usage(fresh).free
            if manifest.size > room:
                raise ArchiveError(
                    _("The backup needs %(need)s and there are %(room)s left on the disk.")
                    % {"need": readable(manifest.size), "room": readable(room)}
                )
            missing = set(manifest.files)
            while (member := tar.next()) is not None:
                entry = manifest.files.get(member.name)
                # Links, devices and a second file of one name are none of ours.
                if (
                    entry is None
                    or member.name not in missing
                    or not member.isreg()
                    or member.size != entry.size
                ):
                    raise ArchiveError(
                        damaged
                        % {
                            "reason": _("%(name)s is not in its list of contents")
                            % {"name": repr(member.name)}
                        }
                    )
                missing.discard(member.name)
                _unpack_member(_content(tar, member), fresh / member.name, entry, member.name)
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ArchiveError(damaged % {"reason": error}) from error
    if missing:
        raise ArchiveError(damaged % {"reason": _("%(name)s is missing") % {"name": sorted(missing)[0]}})
    return manifest


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    assert content is not None  # regular files have content
    return content


def _unpack_member(content: IO[bytes], path: Path, entry: Entry, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while chunk := content.read(CHUNK):
            found.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if found.hexdigest() != entry.sha256:
        raise ArchiveError(
            _(
                "%(name)s was changed after the backup was written: its checksum is wrong. Nothing was changed."
            )
            % {"name": name}
        )


def _check_fits(manifest: Manifest, settings: dict[str, Any]) -> None:
    here = "postgresql" if is_postgres(settings) else "sqlite"
    member = {"postgresql": POSTGRES_MEMBER, "sqlite": SQLITE_MEMBER}.get(manifest.database)
    if member is None or member not in manifest.files or "data/secret-key" not in manifest.files:
        raise ArchiveError(
            _("The backup is not complete: the ledger or the secret key is missing. Nothing was changed.")
        )
    if manifest.database != here:
        raise ArchiveError(
            _(
                "The backup holds a %(found)s database; this house uses %(here)s. Set LANTIAN_DATABASE_URL accordingly."
            )
            % {"found": manifest.database, "here": here}
        )
    unknown = unknown_changes(manifest)
    if unknown:
        raise ArchiveError(
            _(
                "The backup was written by a newer version (%(version)s; unknown here: %(names)s). Install that version first."
            )
            % {"version": manifest.version, "names": ", ".join(unknown[:5])}
        )


def unknown_changes(manifest: Manifest) -> list[str]:
    """Changes of the database that the backup has been through and this version does not know."""
    from lantian.cli import prepare

    try:
        prepare.django_setup()
    except prepare.NotReady as error:
        raise ArchiveError(str(error)) from error
    from django.db.migrations.loader import MigrationLoader

    return prepare.unknown_migrations(MigrationLoader(None), manifest.migrations)


def _check_ledger(ledger: Path, manifest: Manifest) -> None:
    try:
        with closing(sqlite3.connect(ledger)) as connection:
            found = connection.execute("PRAGMA quick_check").fetchone()[0]
            if found != "ok":
                raise ArchiveError(
                    _("The ledger in the backup is damaged (%(reason)s). Nothing was changed.")
                    % {"reason": found}
                )
            # Who was logged in when the backup was made is not logged in today.
            connection.execute("DELETE FROM django_session")
            connection.commit()
    except sqlite3.Error as error:
        raise ArchiveError(
            _("The ledger in the backup is damaged (%(reason)s). Nothing was changed.") % {"reason": error}
        ) from error


# PostgreSQL ------------------------------------------------------------------------------------------------------------


def _postgres_environment(settings: dict[str, Any]) -> dict[str, str]:
    names = {
        "HOST": "PGHOST",
        "PORT": "PGPORT",
        "USER": "PGUSER",
        "PASSWORD": "PGPASSWORD",
        "NAME": "PGDATABASE",
    }
    found = {variable: str(settings[key]) for key, variable in names.items() if settings.get(key)}
    for option in ("sslmode", "sslrootcert", "sslcert", "sslkey"):
        if settings.get("OPTIONS", {}).get(option):
            found[f"PG{option.upper()}"] = str(settings["OPTIONS"][option])
    # The password goes by the environment: arguments can be read by everybody on the machine.
    return {**{k: v for k, v in os.environ.items() if not k.startswith("PG")}, **found, "LC_ALL": "C.UTF-8"}


def _run_postgres(settings: dict[str, Any], program: str, *arguments: str) -> None:
    found = shutil.which(program) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)),
        None,
    )
    if found is None:
        raise ArchiveError(
            _(
                "The program %(name)s is not on this machine. Install the PostgreSQL client of the server's version."
            )
            % {"name": program}
        )
    done = subprocess.run(
        [found, "--no-password", *arguments],
        env=_postgres_environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ArchiveError(
            _("%(name)s failed: %(error)s") % {"name": program, "error": done.stderr.strip()[-1500:]}
        )


@contextmanager
def _postgres_connection(settings: dict[str, Any]) -> Iterator[Any]:
    import psycopg

    options = {key: value for key, value in settings.get("OPTIONS", {}).items() if key != "pool"}
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    given = {name: settings[key] for key, name in names.items() if settings.get(key)}
    try:
        with psycopg.connect(**given, **options) as connection:
            yield connection
    except psycopg.Error as error:
        raise ArchiveError(_("The database answered: %(error)s") % {"error": str(error).strip()}) from error


def _restore_postgres(settings: dict[str, Any], dump: Path, stamp: str) -> str:
    """Move the former tables into a schema of their own and fill a new one; on failure the former ones come back.

    Returns
    -------
    str
        Name of the schema that holds the former tables.
    """
    schema = f"before_restore_{stamp}"
    with _postgres_connection(settings) as connection:
        connection.execute(f"ALTER SCHEMA public RENAME TO {schema}")
        connection.execute("CREATE SCHEMA public")
    try:
        _run_postgres(
            settings,
            "pg_restore",
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            "--no-privileges",
            f"--dbname={settings['NAME']}",
            str(dump),
        )
        with _postgres_connection(settings) as connection:
            connection.execute("DELETE FROM public.django_session")
    except ArchiveError:
        _take_back_postgres(settings, schema)
        raise
    return schema


def _take_back_postgres(settings: dict[str, Any], schema: str) -> None:
    with _postgres_connection(settings) as connection:
        connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
        connection.execute(f"ALTER SCHEMA {schema} RENAME TO public")
