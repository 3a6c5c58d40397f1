"""The lake: tables of observations that are appended to, corrected, folded together, and never lose a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from lantian.lake import reads, upkeep
from lantian.lake.companions import changes_of
from lantian.lake.files import list_files, live
from lantian.lake.folding import Compacted, Folder
from lantian.lake.place import Place
from lantian.lake.schema import Table
from lantian.lake.writing import Delivery, Put, Writer


class Lake:
    """All tables below one root.

    An object holds no connection and no state: it may be shared by threads, made anew at will, and taken to another
    process.

    Parameters
    ----------
    root
        A folder, or an address such as ``s3://bucket/prefix``.
    storage_options
        Options of the object storage as ``deltalake`` names them.
    patience
        How long a writer waits for another one [s].

    Raises
    ------
    PlaceUnusable
        If the root cannot be used.
    """

    def __init__(
        self, root: str, storage_options: Mapping[str, str] | None = None, *, patience: float = 300.0
    ) -> None:
        self.place = Place(str(root), storage_options)
        self.patience = patience

    @property
    def root(self) -> str:
        """Where the tables are."""
        return self.place.root

    # Writing -----------------------------------------------------------------------------------------------------------

    def put(
        self,
        table: Table,
        rows: pa.Table,
        *,
        batch: str,
        reason: str = "",
        actor: str = "",
        erase: bool = False,
        now: datetime | None = None,
    ) -> Put:
        """Write a delivery: what is new is added, what differs is a correction, what is the same is skipped.

        Parameters
        ----------
        table
            Where it goes.
        rows
            Columns of the table. ``month`` is derived, ``batch`` is set, ``received`` is now if it is not given.
        batch
            Names this delivery for ever: a batch that was written before is skipped whole, month by month. Parts of
            one file need names of their own.
        reason, actor
            Why, and by whom, for the history of what it corrects.
        erase
            Whether an empty value erases the one that is there; otherwise it says nothing.
        now
            When; the present if not given.

        Returns
        -------
        Put
            How many rows were added, corrected, the same.

        Raises
        ------
        RowsRefused
            If the rows do not fit; nothing is written.
        SchemaRefused, Busy, Conflict
            If the table is another, or others write it all the time.
        """
        delivery = Delivery(batch, "put", table.values, erase, reason, actor, now or datetime.now(UTC))
        return Writer(self.place, table, self.patience).put(rows, delivery)

    def correct(
        self,
        table: Table,
        rows: pa.Table,
        *,
        columns: Sequence[str],
        batch: str,
        reason: str,
        actor: str = "",
        now: datetime | None = None,
    ) -> Put:
        """Give values of rows that are there anew; an empty value erases. What was there stays in the history.

        Parameters
        ----------
        table, batch, reason, actor, now
            As for :meth:`put`.
        rows
            The columns of the key, and those of `columns`.
        columns
            Which values change.

        Raises
        ------
        KeysUnknown
            If a row is not there; nothing is written.
        RowsRefused, SchemaRefused, Busy, Conflict
            As for :meth:`put`.
        """
        delivery = Delivery(batch, "correct", tuple(columns), True, reason, actor, now or datetime.now(UTC))
        return Writer(self.place, table, self.patience).correct(rows, delivery)

    # Reading -----------------------------------------------------------------------------------------------------------

    def files(
        self, table: Table, *, months: Collection[str] | None = None, span: tuple[Any, Any] | None = None
    ) -> list[str]:
        """Addresses of the live Parquet files, without what lies above them in the overlay."""
        return [file.uri for file in live(self.place, table).narrowed(months, span).files]

    def changes_files(self, table: Table) -> list[str]:
        """Addresses of the live Parquet files of the overlay."""
        return [file.uri for file in list_files(self.place, changes_of(table))[0]]

    def months(self, table: Table) -> list[str]:
        """The months that have rows."""
        return sorted({file.month for file in list_files(self.place, table)[0]})

    def read(
        self,
        table: Table,
        *,
        columns: Sequence[str] | None = None,
        months: Collection[str] | None = None,
        span: tuple[Any, Any] | None = None,
        **equal: Any,
    ) -> pa.Table:
        """Live rows with corrections applied, sorted by key; for few rows: queries go through an engine.

        Parameters
        ----------
        table
            Which table.
        columns
            Which columns; all if not given.
        months, span
            Only these partitions, and only rows whose clock lies in the span, both ends included.
        equal
            Values, or lists of values, of columns of the key.
        """
        return reads.read(self.place, table, columns, months, span, equal)

    def history(
        self,
        table: Table,
        *,
        months: Collection[str] | None = None,
        span: tuple[Any, Any] | None = None,
        **equal: Any,
    ) -> pa.Table:
        """What was corrected, folded in or not, oldest first.

        Parameters
        ----------
        table, months, span
            As for :meth:`read`.
        equal
            Values, or lists of values, of columns of the key, ``batch`` or ``actor``.

        Returns
        -------
        pyarrow.Table
            The key, ``seq`` (grows with each correction), ``made``, ``batch``, ``reason``, ``actor``, each value as it
            became, and as ``old_<value>`` what it was.
        """
        return reads.corrections(self.place, table, months, span, equal)

    def batches(self, table: Table, *, months: Collection[str] | None = None, **equal: Any) -> pa.Table:
        """The record of deliveries: ``batch``, ``made``, ``kind``, how many rows were added, corrected, the same, and why."""
        return reads.batches(self.place, table, months, equal)

    # Keeping -----------------------------------------------------------------------------------------------------------

    def compact(self, table: Table, months: Collection[str] | None = None) -> list[Compacted]:
        """Fold the overlay into the rows and make one file of many, month by month.

        Writers of the table wait while a month is written (seconds); readers do not.
        """
        return Folder(self.place, table, self.patience).compact(months)

    def vacuum(self, table: Table, *, keep_hours: float = 24.0) -> int:
        """Remove files that no version needs any more, and those of writers that were killed.

        Parameters
        ----------
        table
            Which table.
        keep_hours
            How long a file is kept for readers that have begun before it was replaced, and, on object storage, for
            writers that have not committed yet [h].

        Returns
        -------
        int
            How many files were removed.
        """
        return upkeep.vacuum(self.place, table, self.patience, keep_hours)

    def retain(
        self, table: Table, months: int, *, until: date | None = None, history: bool = False
    ) -> list[str]:
        """Take out all months but the last ones.

        Parameters
        ----------
        table
            Which table.
        months
            How many months are kept.
        until
            A day of the last of them; today if not given. It does not follow from the data: one row of a wrong year
            would take everything out.
        history
            Whether the history of corrections goes, too.

        Returns
        -------
        list of str
            The months that were taken out. Their files go with the next :meth:`vacuum`.
        """
        day = until or datetime.now(UTC).date()
        return upkeep.retain(self.place, table, self.patience, months, day, history=history)

    def evolve(self, table: Table) -> list[str]:
        """Add the columns that the stored table lacks; older rows have them empty. Every write does so by itself.

        Raises
        ------
        SchemaRefused
            If a column has another type, or a newer version has added columns that this one does not know.
        """
        return upkeep.evolve(self.place, table, self.patience)

    def replace(self, table: Table, rows: pa.Table, *, where: Mapping[str, Sequence[Any]]) -> None:
        """Put rows in the place of others, in one commit; only for tables that are derived from others.

        Parameters
        ----------
        table
            A table without correctable values.
        rows
            What shall be there.
        where
            Which rows are replaced: those of which every named column has one of the values, for example
            ``{"day": [date(2026, 1, 1)]}``. The month follows from the clock.

        Raises
        ------
        RowsRefused
            If a row is none of those that are replaced, or the table is not derived.
        """
        upkeep.replace(self.place, table, self.patience, rows, where)

    def snapshot(self, target: Path) -> int:
        """Lay a copy of all tables, as they are at one moment, into a folder of the same disk at no cost of room.

        Returns
        -------
        int
            How many files it has.
        """
        return upkeep.snapshot(self.place, target, self.patience)
