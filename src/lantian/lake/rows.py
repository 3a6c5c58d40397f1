"""Rows as a table of the lake takes them: every column, its type, the month, and no key twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lantian.lake.errors import RowsRefused
from lantian.lake.schema import UTC, Table


def months(table: Table, clock: Any) -> Any:
    """The partition of each value of the clock.

    Parameters
    ----------
    table
        Says which column the clock is and how it is shifted.
    clock
        Times or days, an Arrow array.

    Returns
    -------
    pyarrow.ChunkedArray or pyarrow.Array
        Texts such as ``2026-01``.
    """
    if table.shift:
        clock = pc.add(clock, pa.scalar(table.shift, pa.duration("us")))
    number = pc.add(pc.multiply(pc.year(clock), 12), pc.subtract(pc.month(clock), 1))
    # A delivery has few months: their texts are made once.
    found = pc.unique(number)
    texts = pa.array([f"{value // 12:04d}-{value % 12 + 1:02d}" for value in found.to_pylist()], pa.string())
    return texts.take(pc.index_in(number, found)) if len(texts) else pa.array([], pa.string())


def fitted(table: Table, rows: pa.Table, columns: Sequence[str] | None = None, **constants: Any) -> pa.Table:
    """Rows with the columns of the table in its order and types.

    Parameters
    ----------
    table
        Where they shall go.
    rows
        The partition may be missing: it is derived. A column that may be empty may be missing.
    columns
        Only these columns (and the partition); all of them if not given.
    constants
        Values of columns that are the same in all rows; a column that is there already is kept.

    Raises
    ------
    RowsRefused
        If a column is unknown or missing, a value does not fit its type, a key is empty or stands twice, a time has no
        zone, or the month is not that of the time.
    """
    schema = table.schema
    wanted = [*(columns if columns is not None else schema.names)]
    if table.partition not in wanted:
        wanted.append(table.partition)
    unknown = [name for name in rows.column_names if name not in schema.names]
    if unknown:
        raise RowsRefused(
            f"{table.name} has no column {', '.join(unknown)}; it has {', '.join(schema.names)}."
        )
    arrays, fields = [], []
    for name in wanted:
        field = schema.field(name)
        if name == table.partition:
            continue
        if name in rows.column_names:
            array = _cast(table, field, rows[name])
        elif name in constants:
            array = pa.chunked_array([pa.repeat(pa.scalar(constants[name], field.type), rows.num_rows)])
        elif field.nullable:
            array = pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
        else:
            raise RowsRefused(f"{table.name} needs the column {name}.")
        if not field.nullable and array.null_count:
            raise RowsRefused(f"{table.name}.{name} must not be empty; {array.null_count} rows are.")
        arrays.append(array)
        fields.append(field)
    derived = months(table, arrays[[field.name for field in fields].index(table.clock)])
    if table.partition in rows.column_names:
        differing = pc.not_equal(
            rows[table.partition].combine_chunks().cast(pa.string()), pc.cast(derived, pa.string())
        )
        if pc.any(pc.fill_null(differing, True)).as_py():
            raise RowsRefused(
                f"{table.name}.{table.partition} is not the month of {table.clock} in some rows; leave it out."
            )
    arrays.append(derived)
    fields.append(schema.field(table.partition))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _cast(table: Table, field: pa.Field, array: Any) -> Any:
    if pa.types.is_timestamp(field.type):
        if not pa.types.is_timestamp(array.type) or array.type.tz is None:
            if array.null_count != len(array):
                raise RowsRefused(f"{table.name}.{field.name} must be times with a zone, not {array.type}.")
    try:
        return array.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise RowsRefused(f"{table.name}.{field.name} must be {field.type}: {error}") from error


def refuse_repeated(table: Table, rows: pa.Table) -> None:
    """No key may stand twice in one delivery: nothing says which of the two is the newer.

    Raises
    ------
    RowsRefused
        If one does; the message names it.
    """
    counted = (
        rows.select(list(table.key))
        .group_by(list(table.key), use_threads=False)
        .aggregate([([], "count_all")])
    )
    if counted.num_rows == rows.num_rows:
        return
    twice = counted.filter(pc.greater(counted["count_all"], 1)).slice(0, 1).to_pylist()[0]
    named = ", ".join(f"{name} {shown(twice[name])}" for name in table.key)
    raise RowsRefused(
        f"{rows.num_rows - counted.num_rows} rows have a key that stands in the delivery already, for example {named}."
    )


def shown(value: Any) -> str:
    """A part of a key for people."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def in_order(table: Table, rows: pa.Table) -> pa.Table:
    """Sorted by key: what belongs together lies together, and readers skip the rest."""
    return rows.sort_by([(name, "ascending") for name in table.key])


def stamp(moment: datetime) -> pa.Scalar:
    """A moment as the lake stores it."""
    return pa.scalar(moment, UTC)
