"""The lake: tables of observations that are appended to, corrected, folded together, and never lose a value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from lantian.lake.companions import changes_of
from lantian.lake.files import list_files, live
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
