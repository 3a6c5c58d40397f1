"""Compaction: the overlay is folded into the rows, its own rows go to the history, small files become one.

For one month, under the lock of the table:

1. The rows of the overlay are appended to the history. The commit carries the version of the overlay that was read; a
   compaction that comes after a crash appends only what is newer than that.
2. The rows of the month are written anew, sorted, with the newest row of the overlay applied, in one commit. To apply
   the same row again later changes nothing.
3. The rows of the overlay, up to the version that was read, are taken out of it.

After a crash between two steps a reader sees what it saw before, and the next compaction goes on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from deltalake import DeltaTable, Transaction

from lantian.lake import commits, sql
from lantian.lake.companions import batches_of, changes_of, history_of
from lantian.lake.files import Live, files_of, live, open_table
from lantian.lake.place import Place
from lantian.lake.schema import Table

#: What the sorting of a month may use; the rest is spilled.
MEMORY = "1GB"
#: Rows that go from the engine to the writer at once.
BATCH = 131_072


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction has done.

    Attributes
    ----------
    month
        Which partition.
    files_before, files_after
        How many files its rows had and have.
    rows
        How many rows it has.
    folded
        How many rows of the overlay were folded in.
    """

    month: str
    files_before: int
    files_after: int
    rows: int
    folded: int


class Folder:
    """Compacts one table."""

    def __init__(self, place: Place, table: Table, patience: float, memory: str = MEMORY) -> None:
        self.place = place
        self.table = table
        self.patience = patience
        self.memory = memory

    def compact(self, months: Collection[str] | None) -> list[Compacted]:
        """Compact months that have corrections or several files; all of them if none are named."""
        found = live(self.place, self.table)
        wanted = sorted(
            {file.month for file in (*found.files, *found.changes)} & set(months or found_months(found))
        )
        done = []
        for month in wanted:
            with self.place.writing(self.table.name, self.patience):
                result = commits.decided_again(self.table, partial(self._month, month))
            if result is not None:
                done.append(result)
        self._companions(wanted)
        return done

    def _month(self, month: str) -> Compacted | None:
        found = live(self.place, self.table).narrowed([month])
        changes = sum(file.rows for file in found.changes)
        if not found.changes and len(found.files) < 2:
            return None
        if found.changes:
            self.to_history(month, found)
        if found.files:
            self._rewrite(month, found)
        if found.changes:
            self.drop_changes(month, found.changes_version)
        after = live(self.place, self.table).narrowed([month])
        return Compacted(month, len(found.files), len(after.files), sum(f.rows for f in after.files), changes)

    def to_history(self, month: str, found: Live) -> None:
        """Step 1: append the rows of the overlay that are not in the history yet."""
        history = history_of(self.table)
        opened = commits.ensured(self.place, history)
        mark = mark_of(month)
        done = opened.transaction_version(mark)
        after = -1 if done is None else done
        connection = sql.connect(self.place, memory=self.memory)
        try:
            source = f"({sql.scan(connection, changes_of(self.table), found.changes)}) WHERE seq > {after}"
            if connection.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0]:
                names = sql.names(commits.stored_schema(opened).names)
                moved = connection.sql(f"SELECT {names} FROM {source} ORDER BY {sql.names(history.key)}")
                marks = [Transaction(mark, found.changes_version)]
                commits.append(self.place, history, opened, moved.to_arrow_reader(BATCH), marks)
        finally:
            connection.close()

    def _rewrite(self, month: str, found: Live) -> None:
        """Step 2: the rows of the month, sorted and with the overlay applied."""
        opened = self._at(self.table, found.version)
        connection = sql.connect(self.place, memory=self.memory)
        try:
            names = commits.stored_schema(opened).names
            source = sql.resolved(connection, found)
            ordered = connection.sql(
                f"SELECT {sql.names(names)} FROM ({source}) ORDER BY {sql.names(self.table.key)}"
            )
            reader = ordered.to_arrow_reader(BATCH)
            commits.overwrite(self.place, self.table, opened, reader, self._is(month))
        finally:
            connection.close()

    def drop_changes(self, month: str, version: int) -> None:
        """Step 3: take out of the overlay what is folded in."""
        overlay = changes_of(self.table)
        opened = open_table(self.place, overlay.name)
        if opened is not None:
            commits.delete(self.place, overlay, opened, f"{self._is(month)} AND seq <= {version}")

    def _is(self, month: str) -> str:
        return f"{self.table.partition} = {sql.text(month)}"

    def _at(self, table: Table, version: int) -> DeltaTable:
        opened = open_table(self.place, table.name)
        if opened is None or opened.version() != version:
            raise commits.Raced
        return opened

    def _companions(self, months: Collection[str]) -> None:
        """Small files of the history and of the records become one for each month."""
        for table in (history_of(self.table), batches_of(self.table)):
            with self.place.writing(self.table.name, self.patience):
                opened = open_table(self.place, table.name)
                if opened is None:
                    continue
                for month in months:
                    if len([file for file in files_of(self.place, table, opened) if file.month == month]) > 1:
                        commits.put_together(self.place, table, opened, month)


def mark_of(month: str) -> str:
    """By which name the history remembers up to which version of the overlay a month has been folded."""
    return f"fold-{month}"


def found_months(found: Live) -> set[str]:
    """All months of rows and overlay."""
    return {file.month for file in (*found.files, *found.changes)}
