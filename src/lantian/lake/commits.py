"""Commits that hold only if the table is still at the version that was read.

A writer reads a table at a version, decides what to write, and commits the next version; if somebody else has
committed it, nothing was written and the writer decides again. That makes writers safe where there are no locks.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Field, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from lantian.lake.errors import Conflict, SchemaRefused, StorageFailed
from lantian.lake.files import open_table
from lantian.lake.place import Place
from lantian.lake.schema import Table

#: How often a writer decides again before it gives up; each time somebody else has succeeded.
TRIES = 60
#: Rows in a group of a file: what a reader can skip as one.
GROUP = 122_880
#: A writer reads the log from the last checkpoint on: short stretches keep a delivery quick, however many there were.
_CONFIGURATION: dict[str, str | None] = {
    "delta.logRetentionDuration": "interval 7 days",
    "delta.checkpointInterval": "20",
}

T = TypeVar("T")


class Raced(Exception):
    """Somebody else has committed since the table was read."""


def decided_again(table: Table, decide: Callable[[], T]) -> T:
    """Run a writer until nobody was faster.

    Raises
    ------
    Conflict
        If others were faster each time.
    """
    for attempt in range(TRIES):
        try:
            return decide()
        except Raced:
            # Whoever is refused waits a little, each a different time, so that one gets through.
            time.sleep(random.uniform(0, min(0.01 * 2 ** min(attempt, 6), 0.5)))
    raise Conflict(
        f"The table {table.name} could not be written: other writers were faster {TRIES} times. Try again."
    )


def ensured(place: Place, table: Table) -> DeltaTable:
    """The table at its newest version, made if it is not there and with all columns that this version knows.

    Raises
    ------
    SchemaRefused
        If the stored columns have other types or a newer version has added some.
    """
    opened = open_table(place, table.name) or _created(place, table)
    missing = missing_columns(table, opened)
    if missing:
        fields = [Field.from_arrow(field) for field in missing]
        add = opened.alter.add_columns
        conditional(place, table.name, opened, lambda properties: add(fields, commit_properties=properties))
        opened = DeltaTable(place.uri(table.name), storage_options=place.options)
    return opened


def _created(place: Place, table: Table) -> DeltaTable:
    try:
        DeltaTable.create(
            place.uri(table.name),
            table.schema,
            mode="ignore",
            partition_by=[table.partition],
            name=table.name,
            configuration=_CONFIGURATION,
            storage_options=place.options,
        )
    except (DeltaError, OSError) as error:
        if open_table(place, table.name) is not None:
            raise Raced from error  # somebody else has made it in this moment
        raise StorageFailed(f"The table {table.name} could not be made at {place.root}: {error}") from error
    return DeltaTable(place.uri(table.name), storage_options=place.options)


def stored_schema(opened: DeltaTable) -> pa.Schema:
    """The columns of a table as they are stored."""
    return pa.schema(opened.schema().to_arrow())


def missing_columns(table: Table, opened: DeltaTable) -> list[pa.Field]:
    """Columns of the schema that the stored table lacks.

    Raises
    ------
    SchemaRefused
        If columns differ in another way than that the table lacks columns that may be empty.
    """
    stored = stored_schema(opened)
    unknown = [name for name in stored.names if name not in table.schema.names]
    if unknown:
        raise SchemaRefused(
            f"The table {table.name} has columns that this version does not know ({', '.join(unknown)}):"
            " a newer version has written it. Update this installation."
        )
    missing = []
    for field in table.schema:
        if field.name not in stored.names:
            if not field.nullable:
                raise SchemaRefused(
                    f"{table.name}.{field.name} is new and must be allowed to be empty in older rows."
                )
            missing.append(field)
        elif stored.field(field.name).type != field.type:
            raise SchemaRefused(
                f"{table.name}.{field.name} is stored as {stored.field(field.name).type}, not as {field.type}."
                " Columns keep their types: add one with a new name."
            )
    return missing


def conditional(
    place: Place,
    name: str,
    opened: DeltaTable,
    write: Callable[[CommitProperties], Any],
    marks: Iterable[Transaction] = (),
) -> None:
    """Commit the version after the one that was opened, or nothing.

    Raises
    ------
    Raced
        If that version is somebody else's.
    StorageFailed
        If it cannot be written for another reason.
    """
    before = opened.version()
    try:
        write(CommitProperties(max_commit_retries=0, app_transactions=list(marks)))
    except (DeltaError, OSError) as error:
        now = open_table(place, name)
        if now is not None and now.version() > before:
            raise Raced from error
        raise StorageFailed(f"The table {name} could not be written at {place.root}: {error}") from error
    if not place.remote:
        _to_disk(Path(place.uri(name)), before + 1)


def append(
    place: Place, table: Table, opened: DeltaTable, rows: Any, marks: Iterable[Transaction] = ()
) -> None:
    """Append rows, a table or a reader of batches, in one commit, or nothing.

    Raises
    ------
    Raced
        If somebody else has committed since the table was opened.
    """
    if isinstance(rows, pa.Table):
        rows = rows.select(stored_schema(opened).names)
    conditional(
        place,
        table.name,
        opened,
        lambda properties: write_deltalake(
            opened, rows, mode="append", writer_properties=WRITER, commit_properties=properties
        ),
        marks,
    )


WRITER = WriterProperties(compression="ZSTD", compression_level=3, max_row_group_size=GROUP)


def overwrite(place: Place, table: Table, opened: DeltaTable, rows: Any, predicate: str) -> None:
    """Put rows in the place of those that a predicate holds for, in one commit, or do nothing.

    Raises
    ------
    Raced
        If somebody else has committed since the table was opened.
    """
    conditional(
        place,
        table.name,
        opened,
        lambda properties: write_deltalake(
            opened,
            rows,
            mode="overwrite",
            predicate=predicate,
            writer_properties=WRITER,
            commit_properties=properties,
        ),
    )


def delete(place: Place, table: Table, opened: DeltaTable, predicate: str) -> None:
    """Take out the rows that a predicate holds for.

    Raises
    ------
    Raced
        If somebody else has committed since the table was opened.
    """
    conditional(
        place,
        table.name,
        opened,
        lambda properties: opened.delete(predicate, writer_properties=WRITER, commit_properties=properties),
    )


def put_together(place: Place, table: Table, opened: DeltaTable, month: str) -> None:
    """Make one file of the small files of a month; appends that happen meanwhile are kept."""
    opened.optimize.compact(partition_filters=[(table.partition, "=", month)], writer_properties=WRITER)
    if not place.remote:
        _to_disk(Path(place.uri(table.name)), opened.version())


def _to_disk(folder: Path, version: int) -> None:
    """Wait until a commit and its files are on the disk, so that what was acknowledged outlives a power failure."""
    entry = folder / "_delta_log" / f"{version:020d}.json"
    if not entry.exists():
        return  # a step that had nothing to do
    paths = [entry, entry.parent, folder]
    for line in entry.read_text(encoding="utf-8").splitlines():
        added = json.loads(line).get("add")
        if added:
            path = folder / unquote(added["path"])
            paths += [path, path.parent]
    for path in dict.fromkeys(paths):
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
