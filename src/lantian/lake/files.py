"""The live Parquet files of a table, as its log lists them, and which of them can hold what is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from lantian.lake.companions import changes_of
from lantian.lake.errors import StorageFailed
from lantian.lake.place import Place
from lantian.lake.schema import Table


@dataclass(frozen=True, slots=True)
class File:
    """A live file.

    Attributes
    ----------
    uri
        Its address.
    month
        The value of its partition.
    rows, size
        How many rows and bytes.
    low, high
        Least and greatest value of the table's clock, in whole milliseconds; None where the log does not say.
    complete
        Whether it surely has every column of the table; one from before an evolution has not.
    """

    uri: str
    month: str
    rows: int
    size: int
    low: Any
    high: Any
    complete: bool

    def may_hold(self, low: Any, high: Any) -> bool:
        """Whether a row with a clock from `low` to `high` may be in it."""
        return (self.high is None or low <= _at_most(self.high)) and (self.low is None or self.low <= high)


@dataclass(frozen=True, slots=True)
class Live:
    """What a reader sees: the rows of a table and the corrections that lie above them.

    The overlay is listed before the rows. A correction leaves the overlay only after it is in the rows, so whoever
    lists in this order misses none; one that is met in both places is applied twice, which changes nothing.
    """

    table: Table
    changes: tuple[File, ...]
    changes_version: int
    files: tuple[File, ...]
    version: int

    def months(self) -> list[str]:
        """The months that have rows."""
        return sorted({file.month for file in self.files})

    def narrowed(self, months: Collection[str] | None = None, span: tuple[Any, Any] | None = None) -> Live:
        """Only the files that can hold rows of these months and of this span of the clock, both ends included."""
        return Live(
            self.table,
            tuple(narrow(self.changes, months, span)),
            self.changes_version,
            tuple(narrow(self.files, months, span)),
            self.version,
        )


def narrow(
    files: Iterable[File], months: Collection[str] | None, span: tuple[Any, Any] | None
) -> Iterable[File]:
    """Files that can hold rows of these months and this span."""
    if months is not None:
        wanted = frozenset(months)
        files = (file for file in files if file.month in wanted)
    if span is not None:
        low, high = (_comparable(value) for value in span)
        files = (file for file in files if file.may_hold(low, high))
    return files


def open_table(place: Place, name: str) -> DeltaTable | None:
    """A table at its newest version; None where there is none yet.

    Raises
    ------
    StorageFailed
        If it cannot be read.
    """
    try:
        return DeltaTable(place.uri(name), storage_options=place.options)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as error:
        raise StorageFailed(f"The table {name} could not be read at {place.root}: {error}") from error


def live(place: Place, table: Table) -> Live:
    """What is there now."""
    changes, overlay = list_files(place, changes_of(table)) if table.values else ((), -1)
    files, version = list_files(place, table)
    return Live(table, changes, overlay, files, version)


def list_files(place: Place, table: Table) -> tuple[tuple[File, ...], int]:
    """The live files of a table, and its version; none and -1 where there is no table."""
    opened = open_table(place, table.name)
    if opened is None:
        return (), -1
    return files_of(place, table, opened), opened.version()


def files_of(place: Place, table: Table, opened: DeltaTable) -> tuple[File, ...]:
    """The live files of an opened table, in the order of their months and their clock."""
    actions = pa.table(opened.get_add_actions(flatten=True))
    if actions.num_rows == 0:
        return ()
    stored = [name for name in table.schema.names if name != table.partition]
    names = set(actions.column_names)
    counts = [f"null_count.{name}" for name in stored]
    complete: Any = pa.array([all(name in names for name in counts)] * actions.num_rows)
    for name in counts:
        if name in names:
            complete = pc.and_(complete, pc.is_valid(actions[name]))

    def column(name: str) -> Sequence[Any]:
        return actions[name].to_pylist() if name in names else [None] * actions.num_rows

    found = [
        File(place.uri(table.name, path), month, rows or 0, size, _comparable(low), _comparable(high), whole)
        for path, month, rows, size, low, high, whole in zip(
            column("path"),
            column(f"partition.{table.partition}"),
            column("num_records"),
            column("size_bytes"),
            column(f"min.{table.clock}"),
            column(f"max.{table.clock}"),
            complete.to_pylist(),
            strict=True,
        )
    ]
    return tuple(sorted(found, key=lambda file: (file.month, str(file.low), file.uri)))


def _comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return value


#: the log tells moments in whole milliseconds and drops what is behind them
_FINEST = timedelta(microseconds=999)


def _at_most(value: Any) -> Any:
    """What no value of a file is above, whose greatest the log tells."""
    return value + _FINEST if isinstance(value, datetime) else value


def months_between(first: date, last: date) -> list[str]:
    """The months, as partitions name them, from one day to another.

    >>> months_between(date(2025, 11, 30), date(2026, 1, 1))
    ['2025-11', '2025-12', '2026-01']
    """
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [
        f"{first.year + (first.month - 1 + step) // 12:04d}-{(first.month - 1 + step) % 12 + 1:02d}"
        for step in range(count)
    ]
