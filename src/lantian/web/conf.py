"""Where the settings come from: the environment, and a secret kept in the data folder.

A value that cannot be understood stops the start with a message; nothing is silently replaced by a default.
All variables are described in ``docs/reference/settings.md``.
"""

from __future__ import annotations

import json
import logging as logs
import os
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parents[3]

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"", "0", "false", "no", "off"})


class ConfigurationError(ValueError):
    """A variable of the environment cannot be used; the message names it and says what is wanted."""


def data_path() -> Path:
    """The folder that holds everything an office must back up (``LANTIAN_DATA``, else ``data/office``)."""
    return Path(os.environ.get("LANTIAN_DATA") or ROOT / "data" / "office").expanduser().resolve()


def data_folder() -> Path:
    """The data folder, made if it is not there; nobody but the owner may look into it.

    Raises
    ------
    ConfigurationError
        If the folder cannot be made or written.
    """
    folder = data_path()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "logs").mkdir(exist_ok=True, mode=0o700)
        (folder / "tmp").mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"LANTIAN_DATA: the data folder {folder} cannot be used: {error.strerror}") from error
    return folder


def secret_key(folder: Path) -> str:
    """Read the signing key of this data folder; the first start makes it, readable by the owner only.

    Raises
    ------
    ConfigurationError
        If the file is there but holds no key.
    """
    path = folder / "secret-key"
    if not path.exists():
        # Written beside and linked into place: whoever finds the file finds all of it, and of two processes that
        # start at once, the second reads what the first wrote.
        draft = folder / f"secret-key.{os.getpid()}-{secrets.token_hex(4)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(64))
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink(missing_ok=True)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 50:
        raise ConfigurationError(
            f"{path} holds no usable key. Bring it back from a backup; if there is none, delete the file:"
            " everybody will have to log in again."
        )
    return key


def former_keys(folder: Path) -> list[str]:
    """Signing keys that were exchanged, one a line in ``secret-key-former``: they open what they have sealed, and seal nothing."""
    path = folder / "secret-key-former"
    if not path.exists():
        return []
    return [line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip()]


def text(name: str, default: str = "") -> str:
    """Read a variable, or the file that ``<name>_FILE`` names (for secrets).

    Raises
    ------
    ConfigurationError
        If the file cannot be read, or both are given.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if path is None:
        return default if value is None else value.strip()
    if value is not None:
        raise ConfigurationError(f"{name} and {name}_FILE are both set; give one of them")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name}_FILE: {path} cannot be read: {error}") from error


def flag(name: str, default: bool = False) -> bool:
    """Read a yes/no variable.

    Raises
    ------
    ConfigurationError
        If it is neither yes nor no.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ConfigurationError(f"{name} must be 1 or 0 (also true/false, yes/no, on/off), not {value!r}")


def number(name: str, default: int, lowest: int, highest: int) -> int:
    """Read a whole number within limits.

    Raises
    ------
    ConfigurationError
        If it is no number or out of the limits.
    """
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        found = int(value)
    except ValueError:
        found = lowest - 1
    if not lowest <= found <= highest:
        raise ConfigurationError(f"{name} must be a whole number from {lowest} to {highest}, not {value!r}")
    return found


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Read one of several words.

    Raises
    ------
    ConfigurationError
        If it is none of them.
    """
    value = os.environ.get(name, default).strip() or default
    for word in allowed:
        if value.lower() == word.lower():
            return word
    raise ConfigurationError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def names(name: str, default: str = "") -> list[str]:
    """Read a comma-separated variable."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def pairs(name: str) -> dict[str, str]:
    """Read a variable that holds a JSON object of texts, or names a file with one.

    Raises
    ------
    ConfigurationError
        If it is neither.
    """
    given = text(name)
    if not given:
        return {}
    wanted = f"{name} must be a JSON object of texts, or the path of a file with one"
    try:
        found = json.loads(given if given.startswith("{") else Path(given).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        # The text may hold a password and is not repeated.
        raise ConfigurationError(wanted) from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ConfigurationError(wanted)
    return found


def lake(default: str) -> str:
    """Where the lake of observations lies: ``LANTIAN_LAKE``, a folder or an address of object storage.

    Raises
    ------
    ConfigurationError
        If no lake can lie there.
    """
    from lantian.lake.errors import PlaceUnusable
    from lantian.lake.place import Place

    given = text("LANTIAN_LAKE")
    if not given:
        return default
    try:
        Place(given)
    except PlaceUnusable as error:
        raise ConfigurationError(f"LANTIAN_LAKE: {error}") from error
    return given


def origins(tiles: str) -> list[str]:
    """The origin of an address of map tiles, for the rules of what a page may load; none without an address.

    Raises
    ------
    ConfigurationError
        If it is not of the form ``https://…/{z}/{x}/{y}.png``.

    >>> origins("https://tiles.office.cn/{z}/{x}/{y}.png"), origins("")
    (['https://tiles.office.cn'], [])
    """
    if not tiles:
        return []
    parts = urlsplit(tiles)
    places = all(place in tiles for place in ("{z}", "{x}", "{y}"))
    if parts.scheme not in {"http", "https"} or not parts.netloc or not places:
        raise ConfigurationError("LANTIAN_MAP_TILES must look like https://tiles.example/{z}/{x}/{y}.png")
    if "{s}" in parts.netloc:
        raise ConfigurationError("LANTIAN_MAP_TILES: write the address of one server instead of {s}")
    return [f"{parts.scheme}://{parts.netloc}"]


def database(folder: Path) -> dict[str, Any]:
    """The ledger: SQLite in the data folder, or PostgreSQL by ``LANTIAN_DATABASE_URL``.

    Raises
    ------
    ConfigurationError
        When the address is not of the form ``postgresql://user:password@host:port/name``.
    """
    url = text("LANTIAN_DATABASE_URL")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "ledger.sqlite3",
            "OPTIONS": {
                # Writers queue at BEGIN instead of failing in the middle of a transaction.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
                    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000; PRAGMA journal_size_limit=67108864;"
                ),
            },
            "TEST": {"NAME": os.environ.get("LANTIAN_TEST_SQLITE") or None},
        }
    wanted = "LANTIAN_DATABASE_URL must look like postgresql://user:password@host:port/name"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        # The address itself may hold a password and is not repeated.
        raise ConfigurationError(wanted) from error
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ConfigurationError(wanted)
    options: dict[str, Any] = {"connect_timeout": "10", "application_name": "lantian", **dict(parse_qsl(parts.query))}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(port or options.pop("port", "")),
        "OPTIONS": options,
        # Under ASGI each request has its own thread: a connection kept by the thread would never be used again.
        "CONN_MAX_AGE": 0,
    }


def log_lines(folder: Path, process: str, level: str, console: bool) -> dict[str, Any]:
    """Where the log lines go: one file per process in the data folder, turned over at 10 MB, ten kept.

    Parameters
    ----------
    folder
        The data folder.
    process
        ``web``, ``worker`` or ``cli``: two processes never write to one file, as they would turn it over under
        each other.
    level
        The lowest level that is written.
    console
        Whether the lines also go to standard error.
    """
    handlers: dict[str, Any] = {
        "file": {
            "class": "logging.handlers.RotatingFileHandler",
            "filename": str(folder / "logs" / f"{process}.log"),
            "maxBytes": 10_000_000,
            "backupCount": 10,
            "encoding": "utf-8",
            "delay": True,
            "formatter": "line",
        }
    }
    if console:
        handlers["console"] = {"class": "logging.StreamHandler", "formatter": "line"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "lantian.web.conf.LineFormatter",
                "format": "{asctime} {levelname} {name} [{process:d}] {message}",
                "style": "{",
            }
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # Each scheduled run would be a line.
            "huey": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "uvicorn.access": {"level": "WARNING"},
        },
    }


class LineFormatter(logs.Formatter):
    """One line per record, with a time that says its zone; a line break in a message cannot fake a second record."""

    def formatTime(self, record: logs.LogRecord, datefmt: str | None = None) -> str:
        """Local time with its distance to UTC."""
        return time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))

    def formatMessage(self, record: logs.LogRecord) -> str:
        """The line without the traceback, which may have lines of its own."""
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)
