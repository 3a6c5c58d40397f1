"""What ``lantian sources`` and ``lantian inventory`` have in common: the workbook, the books, the template."""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

if TYPE_CHECKING:
    from lantian.office.inventory_workbook import InventoryBook
    from lantian.rules.sources.books import Books

#: in the data folder: entries set otherwise, and books of factors of the office
_OVERRIDES = Path("books", "sources-overrides.json")
_OWN_BOOKS = Path("books", "sources")


@lru_cache(maxsize=1024)
def spoken(message_id: str) -> str:
    """A message in the language of the console; looked up once, for results of many thousand rows."""
    return _(message_id)


def fail(message: str, status: int = 1) -> typer.Exit:
    """Say why it ends."""
    print(message, file=sys.stderr, flush=True)
    return typer.Exit(status)


def read(file: Path) -> InventoryBook:
    """The rows of a workbook."""
    from lantian.office.errors import OfficeError
    from lantian.office.inventory_workbook import read_inventory

    try:
        return read_inventory(file.read_bytes(), file.name)
    except OfficeError as error:
        raise fail(f"{file}: {_(error.message_id) % error.params}") from None
    except FileNotFoundError:
        raise fail(f"{file}: {_('There is no such file.')}") from None
    except OSError as error:
        reason = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{file}: {reason}") from None


def books_of(overrides: Path | None) -> Books:
    """The books, with those of the office and what it sets otherwise."""
    from lantian.rules.sources.books import books
    from lantian.rules.sources.errors import BookError
    from lantian.web import conf

    data = conf.data_path()
    found = books()
    path = data / _OWN_BOOKS
    try:
        for path in sorted((data / _OWN_BOOKS).glob("*.json")):
            found = found.extended([json.loads(path.read_text("utf-8-sig"))])
        path = overrides or data / _OVERRIDES
        if overrides is None and not path.is_file():
            return found
        given: Any = json.loads(path.read_text("utf-8-sig"))
        if not isinstance(given, list):
            raise fail(f"{path}: {_('a list of entries is wanted')}")
        return found.overridden(given)
    except BookError as error:
        raise fail(f"{path}: {error.message.text(_)}") from None
    except (OSError, ValueError) as error:
        raise fail(f"{path}: {getattr(error, 'strerror', None) or error}") from None


def write_template(file: Path, overrides: Path | None) -> None:
    """Write the example workbook; a file that is there stays."""
    from lantian.office.inventory_workbook import template_bytes

    try:
        with file.open("xb") as stream:
            stream.write(template_bytes(books_of(overrides)))
    except FileExistsError:
        raise fail(f"{file}: {_('This file is there already. Choose another name.')}") from None
    except OSError as error:
        reason = _("The file cannot be written: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{file}: {reason}") from None
    print(_("Example workbook written: %(file)s") % {"file": file}, file=sys.stderr)
