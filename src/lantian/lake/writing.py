"""What a delivery and a correction do: new keys are appended, other values for a known key go to the overlay.

Within one month a writer holds the lock of the table and commits, in this order, the overlay, the rows, and the record
of the delivery. A delivery that was interrupted is not recorded; when it comes again, what it had written before is
recognised by its batch and left alone, even if it has been corrected since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import dataset

from lantian.lake import commits, rows, sql
from lantian.lake.companions import batches_of, changes_of, history_of, old
from lantian.lake.errors import KeysUnknown, RowsRefused
from lantian.lake.files import Live, files_of, list_files, live, narrow
from lantian.lake.place import Place
from lantian.lake.schema import Table

#: What the comparison of a delivery with what is there may use; the rest is spilled.
MEMORY = "512MB"
#: So many small files of records of deliveries are put together.
MANY_RECORDS = 64


@dataclass(frozen=True, slots=True)
class Put:
    """What came of a delivery.

    Attributes
    ----------
    added, corrected, same
        How many rows were new, changed a value, or said what was known.
    seen
        Whether the whole batch had been written before, so that nothing was done.
    """

    added: int = 0
    corrected: int = 0
    same: int = 0
    seen: bool = False

    def __add__(self, other: Put) -> Put:
        return Put(
            self.added + other.added,
            self.corrected + other.corrected,
            self.same + other.same,
            self.seen and other.seen,
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """Rows that come together, and how they are to be taken.

    Attributes
    ----------
    batch
        Names the delivery for ever.
    kind
        ``put`` or ``correct``.
    columns
        The values that may change.
    erase
        Whether an empty value erases the one that is there.
    """

    batch: str
    kind: str
    columns: tuple[str, ...]
    erase: bool
    reason: str
    actor: str
    made: datetime


@dataclass(slots=True)
class _SoFar:
    """What has been committed of a month before somebody else was faster with one of the tables."""

    added: int = 0
    corrected: int = 0


class Writer:
    """Writes deliveries to one table."""

    def __init__(self, place: Place, table: Table, patience: float, memory: str = MEMORY) -> None:
        self.place = place
        self.table = table
        self.patience = patience
        self.memory = memory

    def put(self, given: pa.Table, delivery: Delivery) -> Put:
        """Write a delivery, month by month."""
        constants: dict[str, Any] = {}
        if "batch" in self.table.schema.names:
            constants["batch"] = delivery.batch
            given = given.drop_columns("batch") if "batch" in given.column_names else given
        if "received" in self.table.schema.names:
            constants["received"] = delivery.made
        fitted = rows.fitted(self.table, given, **constants)
        rows.refuse_repeated(self.table, fitted)
        return self._by_month(fitted, delivery)

    def correct(self, given: pa.Table, delivery: Delivery) -> Put:
        """Change values of rows that are there.

        Raises
        ------
        RowsRefused
            If a column is none that a correction may change.
        KeysUnknown
            If a row is not there; nothing is written then.
        """
        fixed = [name for name in delivery.columns if name not in self.table.values]
        if fixed or not delivery.columns:
            raise RowsRefused(
                f"{self.table.name}: a correction may change {', '.join(self.table.values)},"
                f" not {', '.join(fixed) or 'nothing'}."
            )
        wanted = [*self._keys(), *delivery.columns]
        missing = [name for name in wanted if name not in given.column_names]
        if missing:
            raise RowsRefused(f"A correction of {self.table.name} needs the columns {', '.join(missing)}.")
        fitted = rows.fitted(self.table, given.select([*dict.fromkeys(wanted)]), wanted)
        rows.refuse_repeated(self.table, fitted)
        self._refuse_unknown(fitted)
        return self._by_month(fitted, delivery)

    def _keys(self) -> list[str]:
        return list(dict.fromkeys((*self.table.key, self.table.clock)))

    def _by_month(self, fitted: pa.Table, delivery: Delivery) -> Put:
        found: Put | None = None
        for month in sorted(pc.unique(fitted[self.table.partition]).to_pylist()):
            part = fitted.filter(pc.equal(fitted[self.table.partition], month))
            part = rows.in_order(self.table, part)
            with self.place.writing(self.table.name, self.patience):
                so_far = _SoFar()
                done = commits.decided_again(self.table, partial(self._month, month, part, delivery, so_far))
            found = done if found is None else found + done
        return found or Put()

    def _month(self, month: str, part: pa.Table, delivery: Delivery, so_far: _SoFar) -> Put:
        records_table = batches_of(self.table)
        records = commits.ensured(self.place, records_table)
        if self._seen(records, month, delivery.batch):
            return Put(seen=True)
        # The overlay is opened before the rows, as every reader does; see `Live`.
        overlay = commits.ensured(self.place, changes_of(self.table))
        base = commits.ensured(self.place, self.table)
        span = _span(part[self.table.clock])
        found = Live(
            self.table,
            files_of(self.place, changes_of(self.table), overlay),
            overlay.version(),
            files_of(self.place, self.table, base),
            base.version(),
        ).narrowed([month], span)
        if found.files:
            new, corrections = self._compared(month, part, found, span, delivery)
        else:
            new, corrections = part, None
        if corrections is not None and corrections.num_rows:
            commits.append(self.place, changes_of(self.table), overlay, corrections)
            so_far.corrected += corrections.num_rows
        if new.num_rows and delivery.kind == "put":
            commits.append(self.place, self.table, base, new)
            so_far.added += new.num_rows
        done = Put(so_far.added, so_far.corrected, part.num_rows - so_far.added - so_far.corrected)
        record = pa.Table.from_pylist(
            [
                {
                    "batch": delivery.batch,
                    "made": delivery.made,
                    "kind": delivery.kind,
                    "added": done.added,
                    "corrected": done.corrected,
                    "same": done.same,
                    "reason": delivery.reason,
                    "actor": delivery.actor,
                    self.table.partition: month,
                }
            ],
            schema=records_table.schema,
        )
        commits.append(self.place, records_table, records, record)
        return done

    def _seen(self, records: Any, month: str, batch: str) -> bool:
        table = batches_of(self.table)
        of_month = list(narrow(files_of(self.place, table, records), [month], None))
        if len(of_month) > MANY_RECORDS:
            commits.put_together(self.place, table, records, month)
            of_month = list(narrow(files_of(self.place, table, records), [month], None))
        # The log knows the least and the greatest batch of each file: mostly none is opened.
        files = [file for file in of_month if file.may_hold(batch, batch)]
        if not files:
            return False
        storage = self.place.filesystem() if self.place.remote else None
        found = dataset.dataset([file.uri for file in files], format="parquet", filesystem=storage)
        return bool(found.count_rows(filter=pc.field("batch") == batch))

    def _compared(
        self, month: str, part: pa.Table, found: Live, span: tuple[Any, Any], delivery: Delivery
    ) -> tuple[pa.Table, pa.Table | None]:
        """The rows whose keys are not there, and the complete rows of the overlay for those that change something."""
        table, clock = self.table, sql.name(self.table.clock)
        values = list(table.values)
        connection = sql.connect(self.place, memory=self.memory)
        try:
            connection.register("given", part)
            keys = sql.names(table.key)
            known = list(dict.fromkeys((*self._keys(), *values)))
            batch = ["batch"] if "batch" in table.schema.names else []
            where = f"{clock} BETWEEN (SELECT min({clock}) FROM given) AND (SELECT max({clock}) FROM given)"
            source = sql.resolved(connection, found, [*known, *batch], where)
            connection.execute(
                f"CREATE TEMP TABLE known AS SELECT there.* FROM ({source}) AS there SEMI JOIN given USING ({keys})"
            )
            new = connection.sql(f"SELECT given.* FROM given ANTI JOIN known USING ({keys}) ORDER BY {keys}")
            new = _arrow(new, part.schema)
            news = {column: self._new_value(column, part, delivery) for column in values}
            telling = [column for column in values if column not in table.carried]
            differs = " OR ".join(f"{news[c]} IS DISTINCT FROM known.{sql.name(c)}" for c in telling)
            # What this very delivery has written before it was interrupted is not written again.
            own = f"known.batch = {sql.text(delivery.batch)}" if batch and delivery.kind == "put" else "false"
            if not values:
                return new, None
            connection.execute(
                f"CREATE TEMP TABLE differing AS SELECT {sql.names(self._keys(), 'known.')},"
                f" {', '.join(f'{news[c]} AS {sql.name(c)}' for c in values)},"
                f" {', '.join(f'known.{sql.name(c)} AS {sql.name(old(c))}' for c in values)}"
                f" FROM given JOIN known USING ({keys}) WHERE ({differs}) AND ({own}) IS NOT TRUE"
            )
            if not connection.execute("SELECT count(*) FROM differing").fetchall()[0][0]:
                return new, None
            self._forget_written(connection, month, span, delivery.batch)
            differing = connection.sql(f"SELECT * FROM differing ORDER BY {keys}").to_arrow_table()
        finally:
            connection.close()
        return new, rows.fitted(
            changes_of(table),
            differing,
            seq=found.changes_version + 1,
            made=delivery.made,
            batch=delivery.batch,
            reason=delivery.reason,
            actor=delivery.actor,
        )

    def _new_value(self, column: str, part: pa.Table, delivery: Delivery) -> str:
        there, given = f"known.{sql.name(column)}", f"given.{sql.name(column)}"
        if column not in delivery.columns or column not in part.column_names:
            return there
        return given if delivery.erase else f"coalesce({given}, {there})"

    def _forget_written(self, connection: Any, month: str, span: tuple[Any, Any], batch: str) -> None:
        """Leave out what an interrupted delivery of this batch has corrected already, folded in or not."""
        for table in (changes_of(self.table), history_of(self.table)):
            files = list(narrow(list_files(self.place, table)[0], [month], span))
            if not files:
                continue
            keys = sql.names(self.table.key)
            written = (
                f"SELECT {keys} FROM ({sql.scan(connection, table, files)}) WHERE batch = {sql.text(batch)}"
            )
            on = " AND ".join(f"w.{sql.name(k)} = differing.{sql.name(k)}" for k in self.table.key)
            connection.execute(
                f"DELETE FROM differing WHERE EXISTS (SELECT 1 FROM ({written}) AS w WHERE {on})"
            )

    def _refuse_unknown(self, fitted: pa.Table) -> None:
        table = self.table
        found = live(self.place, table)
        for month in pc.unique(fitted[table.partition]).to_pylist():
            part = fitted.filter(pc.equal(fitted[table.partition], month))
            files = narrow(found.files, [month], _span(part[table.clock]))
            connection = sql.connect(self.place, memory=self.memory)
            try:
                connection.register("given", part)
                keys = sql.names(table.key)
                clock = sql.name(table.clock)
                there = (
                    f"SELECT {keys} FROM ({sql.scan(connection, table, list(files))})"
                    f" WHERE {clock} BETWEEN (SELECT min({clock}) FROM given) AND (SELECT max({clock}) FROM given)"
                )
                query = f"SELECT {keys} FROM given ANTI JOIN ({there}) AS there USING ({keys}) LIMIT 1"
                unknown = connection.execute(query).fetchall()
            finally:
                connection.close()
            if unknown:
                named = ", ".join(
                    f"{name} {rows.shown(value)}" for name, value in zip(table.key, unknown[0], strict=True)
                )
                raise KeysUnknown(
                    f"{table.name} has no row with {named}: there is nothing to correct. Put it instead."
                )


def _span(clock: Any) -> tuple[Any, Any]:
    found = pc.min_max(clock).as_py()
    return found["min"], found["max"]


def _arrow(result: Any, schema: pa.Schema) -> pa.Table:
    found = result.to_arrow_table().select(schema.names)
    return pa.Table.from_arrays(
        [column.cast(field.type) for column, field in zip(found.columns, schema, strict=True)], schema=schema
    )
