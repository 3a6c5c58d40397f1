"""What stands in a cell of a list, as a value, and a value as a cell shows it.

:func:`read_value` gives the value or says what is wrong with the cell and how to mend it; :func:`show_value` writes it
so that it is read the same. :func:`~lantian.rules.sources.doubts.doubts_of` tells what looks wrong about a value that
was taken.

Readers are made once per field and keep what they have read: a list of 100,000 rows has few trades, towns and fuels.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from lantian.rules.sources.cell_keys import OF_KIND
from lantian.rules.sources.cell_numbers import number_reader
from lantian.rules.sources.cell_words import (
    NOTHING,
    Reader,
    choice_reader,
    choices_reader,
    flag_reader,
    text_reader,
)
from lantian.rules.sources.errors import InputError
from lantian.rules.sources.fields import NUMBERS, FieldKind, ListField, Value

#: values that a reader keeps
_KEPT = 8192
_READERS = {
    FieldKind.TEXT: text_reader,
    FieldKind.LONG_TEXT: text_reader,
    FieldKind.ORGANISATION: text_reader,
    FieldKind.PERSON: text_reader,
    FieldKind.CHOICE: choice_reader,
    FieldKind.CHOICES: choices_reader,
    FieldKind.FLAG: flag_reader,
    **dict.fromkeys(NUMBERS, number_reader),
}


def read_value(field: ListField, text: str | None) -> Value:
    """The value that a cell means; None where it is empty.

    Parameters
    ----------
    text
        What the cell shows; numbers and dates of Excel as text.

    Raises
    ------
    IdentifierError
        A key that cannot be right; ``offer`` is what may have been meant.
    InputError
        Anything else that the field does not take; ``field`` is the key of the field.
    UnitError
        A unit of another kind than the field is measured in.
    """
    reader = field._reader
    if reader is None:
        reader = _kept(_reader_of(field))
        object.__setattr__(field, "_reader", reader)
    return reader(text or "")


def show_value(field: ListField, value: Value) -> str:
    """A value as a cell shows it; reading that gives the value again.

    Examples
    --------
    >>> from lantian.rules.sources.lists import list_book
    >>> kiln = list_book().fields["kiln_type"]
    >>> show_value(kiln, "coking"), read_value(kiln, "焦炉")
    ('炼焦炉', 'coking')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(_label(field, code) for code in value)
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    return _label(field, value) if field.kind is FieldKind.CHOICE and isinstance(value, str) else str(value)


def _label(field: ListField, code: str) -> str:
    option = field.option(code)
    return code if option is None else option.label


def _kept(read: Reader) -> Reader:
    known: dict[str, Value] = {}

    def reader(text: str) -> Value:
        try:
            return known[text]
        except KeyError:
            pass
        value = read(text)
        if len(known) >= _KEPT:
            known.clear()
        known[text] = value
        return value

    return reader


def _reader_of(field: ListField) -> Reader:
    make = _READERS.get(field.kind)
    if make is not None:
        return make(field)
    read = OF_KIND[field.kind]

    def reader(text: str) -> Value:
        word = text.strip()
        if word in NOTHING:
            return None
        try:
            return read(word)
        except InputError as error:
            raise InputError(error.code, error.message, field.key) from error

    return reader


def kept(value: Value) -> str | int | bool | list[str] | None:
    """A value as JSON keeps it without losing a figure: decimals and dates as text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def recalled(field: ListField, raw: object) -> Value:
    """The value behind what :func:`kept` gave; None where it cannot be one of this field.

    >>> from lantian.rules.sources.lists import list_book
    >>> recalled(list_book().fields["boiler_capacity"], "10.5")
    Decimal('10.5')
    """
    if raw is None or raw == "":
        return None
    try:
        if field.kind is FieldKind.FLAG:
            return raw if isinstance(raw, bool) else None
        if field.kind in (FieldKind.INTEGER, FieldKind.YEAR):
            return int(str(raw))
        if field.kind in NUMBERS or field.kind in (FieldKind.LONGITUDE, FieldKind.LATITUDE):
            return Decimal(str(raw))
        if field.kind is FieldKind.DATE:
            return date.fromisoformat(str(raw))
    except (ValueError, ArithmeticError):
        return None
    if field.kind is FieldKind.CHOICES:
        return tuple(str(code) for code in raw) if isinstance(raw, list | tuple) else (str(raw),)
    return str(raw)
