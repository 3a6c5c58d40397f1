"""The books by which electricity is received and judged, with what the office sets otherwise."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as __

from lantian.apps.core.exceptions import Conflict
from lantian.office.own_books import OwnBooksError, own_monitoring
from lantian.rules.monitoring.book import Book


def office_book(name: str) -> Book:
    """A book of monitoring with what the office sets otherwise.

    Raises
    ------
    Conflict
        The file of the office is not sound.
    """
    try:
        return own_monitoring(Path(settings.DATA), name)
    except OwnBooksError as error:
        raise Conflict(
            __("A book of the office cannot be used. Mend it or take it away: %(problem)s")
            % {"problem": f"{error.path.name}: {error.text(__).partition(': ')[2]}"}
        ) from error
