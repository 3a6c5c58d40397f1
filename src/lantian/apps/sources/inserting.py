"""Many new rows of one model at once, without what an ORM does for each of their fields.

The keys are drawn before the rows are written, so that rows which point to each other can be made together. To be called
inside of a transaction: on SQLite the writer is alone then, on PostgreSQL the keys come from the sequence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models


def draw_keys(model: type[models.Model], count: int) -> list[int]:
    """Keys that no row has, in order."""
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        first = (found[0] if found else 0) + 1
        return list(range(first, first + count))


def insert(model: type[models.Model], rows: Sequence[Any]) -> None:
    """Write rows that have no key yet; afterwards they have one.

    Parameters
    ----------
    rows
        Unsaved rows of the model; signals and ``save`` are not called, and nothing is validated.
    """
    if not rows:
        return
    for row, key in zip(rows, draw_keys(model, len(rows)), strict=True):
        row.pk = key
    fields = model._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column or field.name) for field in fields)
    places = ", ".join("%s::jsonb" if _is_json(field) else "%s" for field in fields)
    turns = [_turn(field) for field in fields]
    names = [field.attname for field in fields]
    pairs = list(zip(names, turns, strict=True))
    values = [
        tuple(row.__dict__[name] if turn is None else turn(row.__dict__[name]) for name, turn in pairs)
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES ({places})",
            values,
        )
    for row in rows:
        row._state.adding = False
        row._state.db = "default"


def insert_values(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write rows given as values by the names of columns (``list_id``, not ``list``); gives their keys, in order.

    What a row does not name gets the field's default. This is for rows that nobody needs as objects.
    """
    keys = draw_keys(model, len(rows))
    if not rows:
        return keys
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    own = model._meta.pk
    columns = ", ".join(connection.ops.quote_name(field.column or field.name) for field in (own, *fields))
    places = ", ".join("%s::jsonb" if _is_json(field) else "%s" for field in (own, *fields))
    named = rows[0].keys()
    parts = [
        (field.attname, _turn(field), None if field.attname in named else _default(field)) for field in fields
    ]
    values = [
        (
            key,
            *(
                fixed if name not in named else (row[name] if turn is None else turn(row[name]))
                for name, turn, fixed in parts
            ),
        )
        for key, row in zip(keys, rows, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES ({places})",
            values,
        )
    return keys


def _default(field: models.Field[Any, Any]) -> Any:
    value, turn = field.get_default(), _turn(field)
    return value if turn is None else turn(value)


def _is_json(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.JSONField) and connection.vendor == "postgresql"


def _turn(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """What makes a value one of the database; None where it is one already."""
    if isinstance(field, models.JSONField):
        return _as_json
    if isinstance(field, models.DateTimeField):
        adapt = connection.ops.adapt_datetimefield_value
        kept: dict[datetime, Any] = {}

        def moment(value: datetime | None) -> Any:
            if value is None:
                return None
            if value not in kept:
                kept[value] = adapt(value)
            return kept[value]

        return moment
    if isinstance(field, models.DateField):
        to_date = connection.ops.adapt_datefield_value

        def day(value: date | None) -> Any:
            return None if value is None else to_date(value)

        return day
    if isinstance(field, models.DecimalField):
        return lambda value: field.get_db_prep_save(value, connection)
    if isinstance(field, models.CharField | models.TextField) and field.choices:
        # A choice is a text that knows its label.
        return lambda value: str(value) if type(value) is not str and value is not None else value
    return None


def _as_json(value: Any) -> str | None:
    if value is None:
        return None
    if not value and isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return json.dumps(value, cls=DjangoJSONEncoder)
