"""Small reads: some rows, what was corrected in them, and which deliveries came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from lantian.lake import sql
from lantian.lake.companions import batches_of, changes_of, history_of
from lantian.lake.errors import RowsRefused
from lantian.lake.files import list_files, live, narrow
from lantian.lake.place import Place
from lantian.lake.schema import Table

MEMORY = "512MB"
Span = tuple[Any, Any] | None


def read(
    place: Place,
    table: Table,
    columns: Sequence[str] | None,
    months: Collection[str] | None,
    span: Span,
    equal: Mapping[str, Any],
) -> pa.Table:
    """Live rows with corrections applied, sorted by key."""
    _refuse_unknown(table, equal, table.key)
    _refuse_unknown(table, columns or (), table.schema.names)
    wanted = list(columns) if columns is not None else table.schema.names
    # The condition and the order need these, whether they are asked for or not.
    needed = list(dict.fromkeys((*wanted, *table.key, *((table.clock,) if span is not None else ()))))
    found = live(place, table).narrowed(months, span)
    connection = sql.connect(place, memory=MEMORY)
    try:
        source = sql.resolved(connection, found, needed, _condition(table, span, equal))
        query = f"SELECT {sql.names(wanted)} FROM ({source}) ORDER BY {sql.names(table.key)}"
        return _typed(connection.sql(query), table, wanted)
    finally:
        connection.close()


def corrections(
    place: Place, table: Table, months: Collection[str] | None, span: Span, equal: Mapping[str, Any]
) -> pa.Table:
    """Rows of overlay and history, each once, oldest first.

    The overlay is listed first: a row leaves it only after it is in the history. One that is met in both is one row.
    """
    overlay, folded = changes_of(table), history_of(table)
    _refuse_unknown(overlay, equal, (*overlay.key, "batch", "actor"))
    connection = sql.connect(place, memory=MEMORY)
    try:
        where = _condition(overlay, span, equal)
        sources = [
            f"SELECT * FROM ({sql.scan(connection, one, files)}) WHERE {where}"
            for one in (overlay, folded)
            if (files := list(narrow(list_files(place, one)[0], months, span)))
        ]
        if not sources:
            return overlay.schema.empty_table()
        key = sql.names(overlay.key)
        query = (
            f"SELECT * FROM ({' UNION ALL '.join(sources)})"
            f" QUALIFY row_number() OVER (PARTITION BY {key}) = 1 ORDER BY seq, {sql.names(table.key)}"
        )
        return _typed(connection.sql(query), overlay, overlay.schema.names)
    finally:
        connection.close()


def batches(place: Place, table: Table, months: Collection[str] | None, equal: Mapping[str, Any]) -> pa.Table:
    """The record of deliveries, oldest first."""
    records = batches_of(table)
    _refuse_unknown(records, equal, records.schema.names)
    files = list(narrow(list_files(place, records)[0], months, None))
    connection = sql.connect(place, memory=MEMORY)
    try:
        source = sql.scan(connection, records, files)
        query = (
            f"SELECT * FROM ({source}) WHERE {_condition(records, None, equal)} ORDER BY made, batch, month"
        )
        return _typed(connection.sql(query), records, records.schema.names)
    finally:
        connection.close()


def _condition(table: Table, span: Span, equal: Mapping[str, Any]) -> str:
    terms = []
    if span is not None:
        low, high = (_constant(table, table.clock, value) for value in span)
        terms.append(f"{sql.name(table.clock)} BETWEEN {low} AND {high}")
    for column, value in equal.items():
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        listed = ", ".join(_constant(table, column, one) for one in values)
        terms.append(f"{sql.name(column)} IN ({listed})" if values else "false")
    return " AND ".join(terms) or "true"


def _constant(table: Table, column: str, value: Any) -> str:
    written = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"CAST({sql.text(written)} AS {sql.type_of(table.schema.field(column).type)})"


def _refuse_unknown(table: Table, asked: Collection[str], allowed: Collection[str]) -> None:
    unknown = [name for name in asked if name not in allowed]
    if unknown:
        raise RowsRefused(
            f"{table.name} cannot be asked by {', '.join(unknown)}; it can by {', '.join(allowed)}."
        )


def _typed(relation: Any, table: Table, columns: Sequence[str]) -> pa.Table:
    schema = pa.schema([table.schema.field(name) for name in columns])
    found = relation.to_arrow_table()
    return pa.Table.from_arrays(
        [column.cast(field.type) for column, field in zip(found.columns, schema, strict=True)], schema=schema
    )
