"""Cells and form fields on their way in: read by the rules, with what this office's own registers know besides."""

from __future__ import annotations

from typing import Any

from lantian.apps.sources.facts import Places
from lantian.rules.sources.cells import read_value
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.fields import FieldKind, ListField


def read(field: ListField, text: str, places: Places) -> Any:
    """What a cell says; None where it is empty. :func:`~lantian.apps.sources.facts.plain` makes of it what is kept.

    Places that the office's own register has are taken, whatever their code.

    Raises
    ------
    SourcesError
    """
    try:
        return read_value(field, text)
    except SourcesError:
        if field.kind is FieldKind.REGION and places.region(text.strip()) is not None:
            return text.strip()
        raise
