"""Tables of the lake as Ibis expressions: DuckDB on one machine, Spark on a cluster, the same files.

Each call of ``table`` looks at what is committed at that moment; what the expression gives does not change afterwards.
Both engines read plain Parquet files that the log lists; neither needs to know the format of the log.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import ibis
import pyarrow as pa

from lantian.lake import sql
from lantian.lake.companions import changes_of
from lantian.lake.files import File, Live, live
from lantian.lake.schema import Table

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from lantian.lake.store import Lake


class Engine(Protocol):
    """What evaluations ask of an engine."""

    connection: Any

    def table(
        self, table: Table, *, months: Collection[str] | None = None, span: tuple[Any, Any] | None = None
    ) -> ir.Table:
        """Live rows with corrections applied."""
        ...

    def values(
        self, table: Table, *, months: Collection[str] | None = None, span: tuple[Any, Any] | None = None
    ) -> ir.Table:
        """The same without anything but keys, values and the partition."""
        ...


class _Engine:
    """What both engines share: which files there are and how the overlay lies above them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def table(
        self, table: Table, *, months: Collection[str] | None = None, span: tuple[Any, Any] | None = None
    ) -> ir.Table:
        """Live rows with corrections applied.

        Parameters
        ----------
        table
            Which table.
        months
            Only rows of these partitions; only their files are opened.
        span
            Only rows whose clock lies from the first to the second value, both included; files that cannot hold
            such rows are not opened.

        Returns
        -------
        ibis.expr.types.Table
            All columns of the schema, in its order.
        """
        return self._corrected(table, months, span, table.schema.names, self._resolved)

    def values(
        self, table: Table, *, months: Collection[str] | None = None, span: tuple[Any, Any] | None = None
    ) -> ir.Table:
        """Live rows with corrections applied, without anything but keys, values and the partition.

        Of a corrected row nothing else is looked up, so that this is several times cheaper for many rows.
        """
        columns = [*table.key, *table.values, table.partition]
        return self._corrected(table, months, span, columns, self._replaced)

    def _corrected(
        self,
        table: Table,
        months: Collection[str] | None,
        span: tuple[Any, Any] | None,
        columns: Sequence[str],
        correct: Callable[[Live, Sequence[File]], ir.Table],
    ) -> ir.Table:
        found = live(self.lake.place, table).narrowed(months, span)
        # Most months have no corrections: their rows need not be compared with any.
        touched = {file.month for file in found.changes} & {file.month for file in found.files}
        # Corrections of a month whose rows are gone, and they not yet, are corrections of nothing.
        found = replace(found, changes=tuple(file for file in found.changes if file.month in touched))
        plain = [file for file in found.files if file.month not in touched]
        below = [file for file in found.files if file.month in touched]
        parts = []
        if plain or not below:
            parts.append(self._rows(table, plain).select(*columns))
        if below:
            parts.append(correct(found, below))
        rows = parts[0] if len(parts) == 1 else parts[0].union(parts[1])
        if span is not None:
            rows = rows.filter(rows[table.clock].between(*(ibis.literal(value) for value in span)))
        return rows

    def changes(self, table: Table) -> ir.Table:
        """The rows of the overlay of a table."""
        overlay = changes_of(table)
        return self._rows(overlay, live(self.lake.place, table).changes)

    def _newest(self, found: Live) -> ir.Table:
        """The newest row of the overlay for each key."""
        above = self._rows(changes_of(found.table), found.changes)
        above = above.mutate(
            place=ibis.row_number().over(group_by=list(found.table.key), order_by=above.seq.desc())
        )
        return above.filter(above.place == 0)

    def _replaced(self, found: Live, below: Sequence[File]) -> ir.Table:
        table = found.table
        columns = [*table.key, *table.values, table.partition]
        rows = self._rows(table, below).select(*columns)
        above = self._newest(found).select(*columns)
        return rows.anti_join(above, list(table.key)).union(above)

    def _resolved(self, found: Live, below: Sequence[File]) -> ir.Table:
        table = found.table
        rows = self._rows(table, below)
        above = self._newest(found).select(*table.key, *table.values, "seq")
        above = above.rename({f"{column}_above": column for column in above.columns})
        joined = rows.left_join(above, [rows[column] == above[f"{column}_above"] for column in table.key])
        return joined.select(
            **{
                column: ibis.ifelse(joined["seq_above"].isnull(), joined[column], joined[f"{column}_above"])
                if column in table.values
                else joined[column]
                for column in table.schema.names
            }
        )

    def _rows(self, table: Table, files: Iterable[File]) -> ir.Table:
        raise NotImplementedError


class Duck(_Engine):
    """DuckDB in this process; closes with the block that it is used in."""

    def __init__(
        self, lake: Lake, memory: str = "1GB", threads: int | None = None, spill: Path | None = None
    ) -> None:
        super().__init__(lake)
        self.connection: Any = ibis.duckdb.connect(**sql.settings(lake.place, memory, threads, spill))
        sql.prepare(self.connection.con, lake.place)
        self._numbers = count()

    def _rows(self, table: Table, files: Iterable[File]) -> ir.Table:
        view = f"{table.name}_{next(self._numbers)}"
        select = sql.scan(self.connection.con, table, list(files))
        self.connection.con.execute(f"CREATE TEMP VIEW {sql.name(view)} AS {select}")
        return self.connection.table(view)

    def close(self) -> None:
        """Give the memory back."""
        self.connection.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Spark(_Engine):
    """A session of Spark, of which the caller keeps hold; its executors must reach the files."""

    _numbers = count()

    def __init__(self, lake: Lake, session: Any) -> None:
        super().__init__(lake)
        session.conf.set("spark.sql.session.timeZone", "UTC")
        self.session = session
        self.connection: Any = ibis.pyspark.connect(session)

    def _rows(self, table: Table, files: Iterable[File]) -> ir.Table:
        from pyspark.sql.pandas.types import from_arrow_schema

        schema = from_arrow_schema(pa.schema([field.with_nullable(True) for field in table.schema]))
        uris = [_hadoop(file.uri) for file in files]
        # With the schema given, no file is opened to find it out, and a file from before an evolution has empty columns.
        reader = self.session.read.schema(schema).option("basePath", _hadoop(self.lake.place.uri(table.name)))
        frame = reader.parquet(*uris) if uris else self.session.createDataFrame([], schema)
        view = f"lantian_{table.name}_{next(self._numbers)}"
        frame.createOrReplaceTempView(view)
        return self.connection.table(view)


def _hadoop(uri: str) -> str:
    """An address as Hadoop names it: a path without a scheme would be looked for in the cluster's own storage."""
    if uri.startswith("/"):
        return f"file:{uri}"
    return f"s3a://{uri.removeprefix('s3://')}" if uri.startswith("s3://") else uri


def duck(lake: Lake, memory: str = "1GB", threads: int | None = None, spill: Path | None = None) -> Duck:
    """DuckDB over a lake.

    Parameters
    ----------
    lake
        Where the tables are.
    memory
        What it may use; more than that is spilled.
    threads
        How many; None for as many as the machine has.
    spill
        Folder for what does not fit into the memory; one inside of a local lake if none is given.
    """
    return Duck(lake, memory, threads, spill)


def spark(lake: Lake, session: Any) -> Spark:
    """Spark over a lake; `session` is a ``pyspark.sql.SparkSession``."""
    return Spark(lake, session)
