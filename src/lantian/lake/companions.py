"""The tables that stand beside a table of the lake: its overlay, its history and the record of its deliveries.

A row of the overlay ``<table>_changes`` is complete: all values as they are after the change, and all as they were
before (``old_…``). So the newest row of a key is what holds, whichever columns it changed, and a row that is moved to
``<table>_history`` can be understood alone. ``seq`` is the version of the overlay by which the row was committed:
it grows with every commit and two commits never share it.
"""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from lantian.lake.schema import UTC, Table

OLD = "old_"


def old(column: str) -> str:
    """The column that holds what a value was before a change."""
    return f"{OLD}{column}"


@cache
def changes_of(table: Table) -> Table:
    """The overlay of a table: corrections that are not folded in yet."""
    return _changes(table, f"{table.name}_changes")


@cache
def history_of(table: Table) -> Table:
    """What was corrected and is folded in; rows stay for ever."""
    return _changes(table, f"{table.name}_history")


def _changes(table: Table, name: str) -> Table:
    schema = table.schema
    kept = dict.fromkeys((*table.key, *((table.clock,) if table.clock else ())))
    return Table(
        name,
        pa.schema(
            [
                *(schema.field(column) for column in kept),
                pa.field("seq", pa.int64(), nullable=False),
                pa.field("made", UTC, nullable=False),
                pa.field("batch", pa.string(), nullable=False),
                pa.field("reason", pa.string()),
                pa.field("actor", pa.string()),
                *(schema.field(column).with_nullable(True) for column in table.values),
                *(pa.field(old(column), schema.field(column).type) for column in table.values),
                schema.field(table.partition),
            ]
        ),
        (*table.key, "seq"),
        (),
        table.partition,
        table.clock,
        table.shift,
    )


@cache
def batches_of(table: Table) -> Table:
    """Which deliveries were written, by the month they wrote to, and what came of them."""
    return Table(
        f"{table.name}_batches",
        pa.schema(
            [
                pa.field("batch", pa.string(), nullable=False),
                pa.field("made", UTC, nullable=False),
                pa.field("kind", pa.string()),
                pa.field("added", pa.int64()),
                pa.field("corrected", pa.int64()),
                pa.field("same", pa.int64()),
                pa.field("reason", pa.string()),
                pa.field("actor", pa.string()),
                table.schema.field(table.partition),
            ]
        ),
        ("batch", table.partition),
        (),
        table.partition,
        "batch",
    )
