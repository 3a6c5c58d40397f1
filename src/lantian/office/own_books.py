"""Books that an office has put into its data folder, beside those that come with LanTian.

===========  ===========================  =====================================
books        folder                       entries set otherwise
===========  ===========================  =====================================
admission    ``books/admission/*.json``   ``books/admission-overrides.json``
grades       ``books/grades/*.json``      —
subsidies    ``books/subsidies/*.json``   ``books/subsidies-overrides.json``
checks       ``books/checks/*.json``      —
monitoring   —                            ``books/monitoring-overrides.json``
limits       ``books/limits/*.json``      —
===========  ===========================  =====================================

What is read stays in memory until a file changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.limits import LimitRow, read_limits, shipped_limits
from lantian.rules.sources.admission_books import AdmissionLibrary, admission_library
from lantian.rules.sources.errors import BookError, Message, SourcesError, Translate, _
from lantian.rules.sources.grade_books import GradeLibrary, grade_library
from lantian.rules.sources.list_checks import CheckLibrary, check_library
from lantian.rules.sources.subsidies import SubsidyLibrary, subsidy_library

Library = TypeVar("Library", AdmissionLibrary, GradeLibrary, SubsidyLibrary, CheckLibrary)
Set = TypeVar("Set", AdmissionLibrary, SubsidyLibrary, Book)
#: path, time of its last change [ns] and size of each file that was read
Signature = tuple[tuple[str, int, int], ...]


class OwnBooksError(Exception):
    """A file of the office cannot be read, or is not sound.

    Attributes
    ----------
    path
        The file, or the folder where the books do not fit together.
    """

    def __init__(self, path: Path, problem: Message | str) -> None:
        super().__init__(str(path), problem)
        self.path, self.problem = path, problem

    def text(self, translate: Translate) -> str:
        """File and problem in words."""
        said = self.problem.text(translate) if isinstance(self.problem, Message) else self.problem
        return f"{self.path}: {said}"


def own_admission(data: Path, folder: Path | None = None) -> AdmissionLibrary:
    """The books of admission, with those of the office and what it sets otherwise.

    Parameters
    ----------
    data
        The data folder.
    folder
        Another folder with books of the office.

    Raises
    ------
    OwnBooksError
    """
    place = folder or data / "books" / "admission"
    return _admission(_signed(place), _signed_file(data / "books" / "admission-overrides.json"), place)


def own_grades(data: Path) -> GradeLibrary:
    """The books of performance grades, with those of the office.

    Raises
    ------
    OwnBooksError
    """
    place = data / "books" / "grades"
    return _grades(_signed(place), place)


def own_subsidies(data: Path) -> SubsidyLibrary:
    """The books of subsidies, with those of the office and what it sets otherwise.

    Raises
    ------
    OwnBooksError
    """
    place = data / "books" / "subsidies"
    return _subsidies(_signed(place), _signed_file(data / "books" / "subsidies-overrides.json"), place)


def own_checks(data: Path) -> CheckLibrary:
    """The checks of lists against each other, with those of the office.

    Raises
    ------
    OwnBooksError
    """
    place = data / "books" / "checks"
    return _checks(_signed(place), place)


def own_monitoring(data: Path, name: str) -> Book:
    """A book of monitoring with what the office sets otherwise.

    Raises
    ------
    OwnBooksError
    """
    return _monitoring(name, _signed_file(data / "books" / "monitoring-overrides.json"))


def own_limits(data: Path) -> tuple[LimitRow, ...]:
    """Emission limits of documents, with those of the office: files with the key ``rows``, written like those that are shipped.

    Raises
    ------
    OwnBooksError
    """
    return _limits(_signed(data / "books" / "limits"))


@lru_cache(maxsize=4)
def _limits(files: Signature) -> tuple[LimitRow, ...]:
    found = shipped_limits()
    for name, _time, _size in files:
        path = Path(name)
        given = _read(path)
        rows = given.get("rows") if isinstance(given, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise OwnBooksError(path, "rows: a list of objects is wanted")
        try:
            own = read_limits(rows, local=True)
        except SourcesError as error:
            raise OwnBooksError(path, error.message) from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise OwnBooksError(path, f"{type(error).__name__}: {error}") from None
        twice = {row.id for row in found} & {row.id for row in own}
        if twice:
            raise OwnBooksError(path, f"rows: there are two of the id {min(twice)!r}")
        found = (*found, *own)
    return found


@lru_cache(maxsize=32)
def _monitoring(name: str, overrides: Signature) -> Book:
    found = book(name)
    return _set_otherwise(found.overridden, overrides) if overrides else found


@lru_cache(maxsize=4)
def _admission(files: Signature, overrides: Signature, place: Path) -> AdmissionLibrary:
    found = _extended(admission_library(), files, place)
    return _set_otherwise(found.overridden, overrides) if overrides else found


@lru_cache(maxsize=4)
def _grades(files: Signature, place: Path) -> GradeLibrary:
    return _extended(grade_library(), files, place)


@lru_cache(maxsize=4)
def _subsidies(files: Signature, overrides: Signature, place: Path) -> SubsidyLibrary:
    found = _extended(subsidy_library(), files, place)
    return _set_otherwise(found.overridden, overrides) if overrides else found


@lru_cache(maxsize=4)
def _checks(files: Signature, place: Path) -> CheckLibrary:
    return _extended(check_library(), files, place)


def _signed(place: Path) -> Signature:
    return tuple(one for path in sorted(place.glob("*.json")) for one in _signed_file(path))


def _signed_file(path: Path) -> Signature:
    try:
        state = path.stat()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise OwnBooksError(path, error.strerror or str(error)) from None
    return ((str(path), state.st_mtime_ns, state.st_size),)


def _extended(library: Library, files: Signature, place: Path) -> Library:
    records = [_read(Path(name)) for name, _time, _size in files]
    if not records:
        return library
    try:
        return library.extended(records)
    except SourcesError as error:
        raise OwnBooksError(place, error.message) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OwnBooksError(place, f"{type(error).__name__}: {error}") from None


def _set_otherwise(set_otherwise: Callable[[Any], Set], overrides: Signature) -> Set:
    path = Path(overrides[0][0])
    given = _read(path)
    if not isinstance(given, list):
        raise OwnBooksError(path, Message(_("a list of entries is wanted")))
    try:
        return set_otherwise(given)
    except BookError as error:
        raise OwnBooksError(path, error.message) from None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise OwnBooksError(path, error.strerror or str(error)) from None
    except ValueError as error:
        raise OwnBooksError(path, str(error)) from None
