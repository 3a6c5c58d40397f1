"""DuckDB over the files of the lake: connections that load nothing from outside, and the text of scans."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lantian.lake.companions import changes_of
from lantian.lake.files import File, Live
from lantian.lake.place import SPILL, Place
from lantian.lake.schema import Table

_TYPES = {
    pa.string(): "VARCHAR",
    pa.int16(): "SMALLINT",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.decimal128(18, 6): "DECIMAL(18, 6)",
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
}


def settings(
    place: Place, memory: str, threads: int | None = None, spill: Path | None = None
) -> dict[str, Any]:
    """How a DuckDB over a lake is opened: nothing is downloaded, what does not fit into `memory` is spilled."""
    # Two that spill into one folder would overwrite each other.
    folder = spill or place.spill()
    found: dict[str, Any] = {
        "memory_limit": memory,
        "temp_directory": str(folder / f"{SPILL}{os.getpid()}-{secrets.token_hex(4)}"),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        found["threads"] = threads
    return found


def connect(place: Place, *, memory: str, threads: int | None = None) -> Any:
    """A DuckDB of its own in memory, ready for the files of a lake."""
    connection = duckdb.connect(config=settings(place, memory, threads))
    prepare(connection, place)
    return connection


def prepare(connection: Any, place: Place) -> None:
    """Make a fresh connection ready for the files of a lake."""
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    if place.remote:
        connection.register_filesystem(place.filesystem())


def text(value: str) -> str:
    """A constant of SQL."""
    return "'" + value.replace("'", "''") + "'"


def name(value: str) -> str:
    """A name of SQL."""
    return '"' + value.replace('"', '""') + '"'


def names(values: Iterable[str], prefix: str = "") -> str:
    """Several names of SQL, each with a prefix."""
    return ", ".join(prefix + name(value) for value in values)


def type_of(kind: pa.DataType) -> str:
    """What DuckDB calls a type of the lake."""
    return _TYPES[kind]


def scan(connection: Any, table: Table, files: Sequence[File], columns: Sequence[str] | None = None) -> str:
    """A SELECT over files of a table, with every column, in the order and type of its schema.

    A file from before an evolution lacks columns; such files are read by name, which opens all of them first, and the
    others are not.
    """
    wanted = list(columns if columns is not None else table.schema.names)
    complete = [file.uri for file in files if file.complete]
    partial = [file.uri for file in files if not file.complete]
    parts = []
    if complete:
        parts.append(_select(table, wanted, _source(complete, by_name=False), set(table.schema.names)))
    if partial:
        source = _source(partial, by_name=True)
        present = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        parts.append(_select(table, wanted, source, present))
    if not parts:
        empty = ", ".join(f"CAST(NULL AS {_type(table, column)}) AS {name(column)}" for column in wanted)
        return f"SELECT {empty} WHERE false"
    return " UNION ALL ".join(parts)


def _source(uris: Sequence[str], *, by_name: bool) -> str:
    listed = ", ".join(text(uri) for uri in uris)
    return f"read_parquet([{listed}], hive_partitioning = true, hive_types_autocast = false, union_by_name = {str(by_name).lower()})"


def _type(table: Table, column: str) -> str:
    return type_of(table.schema.field(column).type)


def _select(table: Table, wanted: Sequence[str], source: str, present: set[str]) -> str:
    columns = ", ".join(
        f"{name(column) if column in present else 'NULL'}::{_type(table, column)} AS {name(column)}"
        for column in wanted
    )
    return f"SELECT {columns} FROM {source}"


def newest(table: Table, source: str, columns: Sequence[str]) -> str:
    """A SELECT of the newest row of each key out of an overlay."""
    return (
        f"SELECT {names((*table.key, *columns))} FROM ({source})"
        f" QUALIFY row_number() OVER (PARTITION BY {names(table.key)} ORDER BY seq DESC) = 1"
    )


def resolved(connection: Any, found: Live, columns: Sequence[str] | None = None, where: str = "true") -> str:
    """A SELECT of live rows with the overlay applied; `where` narrows both by columns of the key."""
    table = found.table
    wanted = list(columns if columns is not None else table.schema.names)
    rows = f"SELECT * FROM ({scan(connection, table, found.files, wanted)}) WHERE {where}"
    if not found.changes:
        return rows
    overlay = changes_of(table)
    values = [column for column in wanted if column in table.values]
    above = f"SELECT * FROM ({scan(connection, overlay, found.changes)}) WHERE {where}"
    above = newest(table, above, [*values, "seq"])
    chosen = ", ".join(
        f"CASE WHEN above.seq IS NULL THEN below.{name(column)} ELSE above.{name(column)} END AS {name(column)}"
        if column in values
        else f"below.{name(column)}"
        for column in wanted
    )
    on = " AND ".join(f"below.{name(column)} = above.{name(column)}" for column in table.key)
    return f"SELECT {chosen} FROM ({rows}) AS below LEFT JOIN ({above}) AS above ON {on}"
