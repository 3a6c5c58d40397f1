"""Which columns a list has here: those of the book and those that the office has added."""

from __future__ import annotations

from lantian.apps.sources.models import OwnField, SourceList
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.fields import FieldKind, ListField, Option, Scope
from lantian.rules.sources.lists import ListType, extend, list_book


def field_of(own: OwnField) -> ListField:
    """A field as the rules take it."""
    return ListField(
        key=own.key,
        label=own.label,
        english=own.label,
        kind=FieldKind(own.kind),
        scope=Scope(own.scope),
        required=own.required,
        unit=own.unit,
        options=tuple(Option(str(word), str(word), str(word)) for word in own.options),
        note=own.note,
        own=True,
    )


def type_named(code: str) -> ListType:
    """A kind of list with the own fields of the office.

    Raises
    ------
    KeyError
        Where the book has none of this code.
    """
    known = list_book().lists[code]
    own = [field_of(row) for row in OwnField.objects.filter(type=code, retired_at__isnull=True)]
    try:
        return extend(known, own) if own else known
    except SourcesError:
        # A newer book brought the same label: the book goes first, and the page of own fields shows the clash.
        labels = {field.label for field in known.fields}
        return extend(known, [field for field in own if field.label not in labels])


def type_of(listing: SourceList) -> ListType:
    """The kind of a list with the own fields of the office."""
    return type_named(listing.type)
