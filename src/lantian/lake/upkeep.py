"""What keeps a table small and sound: files nobody needs, months past their time, new columns, days made anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from lantian.lake import commits, rows, sql
from lantian.lake.companions import batches_of, changes_of, history_of
from lantian.lake.errors import LakeError, RowsRefused
from lantian.lake.files import live, open_table
from lantian.lake.folding import Folder, found_months
from lantian.lake.place import SPILL, Place
from lantian.lake.schema import Table

_COMPANIONS = ("_changes", "_history", "_batches")
_LOG = "_delta_log"


def family(table: Table) -> list[Table]:
    """A table and what stands beside it."""
    return [table, batches_of(table), *((changes_of(table), history_of(table)) if table.values else ())]


def vacuum(place: Place, table: Table, patience: float, keep_hours: float) -> int:
    """Remove files that are in no version any more, or never came to be in one.

    Returns
    -------
    int
        How many files were removed.
    """
    removed = 0
    _clear_spilled(place)
    with place.writing(table.name, patience):
        for one in family(table):
            opened = open_table(place, one.name)
            if opened is not None:
                removed += len(
                    opened.vacuum(
                        # Whole hours; a part of one counts as one, so that nothing goes too early.
                        retention_hours=int(-(-keep_hours // 1)),
                        dry_run=False,
                        enforce_retention_duration=False,
                        full=True,
                    )
                )
    return removed


def _clear_spilled(place: Place) -> None:
    """Remove what engines have spilled whose process is no more."""
    if place.remote:
        return
    for folder in (Path(place.root) / ".spill").glob(f"{SPILL}*"):
        process = folder.name.removeprefix(SPILL).split("-")[0]
        if not Path(f"/proc/{process}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def evolve(place: Place, table: Table, patience: float) -> list[str]:
    """Add the columns that a table's schema has and the stored one lacks.

    Returns
    -------
    list of str
        The columns that were added, as ``table.column``.
    """
    added = []
    with place.writing(table.name, patience):
        for one in family(table):
            opened = open_table(place, one.name)
            if opened is not None:
                added += [f"{one.name}.{field.name}" for field in commits.missing_columns(one, opened)]
                commits.decided_again(one, partial(commits.ensured, place, one))
    return added


def retain(
    place: Place, table: Table, patience: float, keep: int, until: date, *, history: bool
) -> list[str]:
    """Take out the months before the last `keep` ones, of which `until` is in the last.

    Returns
    -------
    list of str
        The months that were taken out.
    """
    if keep < 1:
        raise LakeError(f"At least one month must be kept, not {keep}.")
    last = until.year * 12 + until.month - 1 - (keep - 1)
    first = f"{last // 12:04d}-{last % 12 + 1:02d}"
    gone = []
    for month in sorted(found_months(live(place, table))):
        if month < first:
            with place.writing(table.name, patience):
                commits.decided_again(table, partial(_take_out, place, table, month, patience, history))
            gone.append(month)
    return gone


def _take_out(place: Place, table: Table, month: str, patience: float, history: bool) -> None:
    """The rows before the overlay, so that no reader sees rows without their corrections."""
    found = live(place, table).narrowed([month])
    folder = Folder(place, table, patience)
    if found.changes and not history:
        folder.to_history(month, found)
    predicate = f"{table.partition} = {sql.text(month)}"
    wanted = [table, *((changes_of(table),) if table.values else ()), batches_of(table)]
    if history and table.values:
        wanted.append(history_of(table))
    for one in wanted:
        opened = open_table(place, one.name)
        if opened is not None:
            commits.delete(place, one, opened, predicate)


def replace(
    place: Place, table: Table, patience: float, given: pa.Table, where: Mapping[str, Sequence[Any]]
) -> None:
    """Put rows in the place of those of which each named column has one of the values, in one commit."""
    if table.values:
        raise RowsRefused(f"{table.name} is observed: its rows are put and corrected, never replaced.")
    if not where or not all(where.values()):
        raise RowsRefused("A replacement names which rows it replaces.")
    unknown = [name for name in where if name not in table.schema.names]
    if unknown:
        raise RowsRefused(f"{table.name} has no column {', '.join(unknown)}.")
    fitted = rows.fitted(table, given)
    rows.refuse_repeated(table, fitted)
    fitted = rows.in_order(table, fitted)
    terms = dict(where)
    if table.partition not in terms and table.clock in terms:
        # Only the files of these months need to be opened.
        clock = pa.array(list(terms[table.clock]), table.schema.field(table.clock).type)
        terms[table.partition] = sorted(set(rows.months(table, clock).to_pylist()))
    predicate = " AND ".join(
        f"{sql.name(name)} IN ({', '.join(constant(value) for value in values)})"
        for name, values in terms.items()
    )
    _refuse_outside(table, fitted, where)

    def decide() -> None:
        opened = commits.ensured(place, table)
        names = commits.stored_schema(opened).names
        commits.overwrite(place, table, opened, fitted.select(names), predicate)

    with place.writing(table.name, patience):
        commits.decided_again(table, decide)


def _refuse_outside(table: Table, fitted: pa.Table, where: Mapping[str, Sequence[Any]]) -> None:
    import pyarrow.compute as pc

    for name, values in where.items():
        allowed = pa.array(list(values), table.schema.field(name).type)
        if not pc.all(pc.is_in(fitted[name], allowed)).as_py() and fitted.num_rows:
            raise RowsRefused(f"{table.name}: some rows have another {name} than those that are replaced.")


def constant(value: Any) -> str:
    """A value as SQL writes it.

    >>> constant(date(2026, 1, 2)), constant("a'b"), constant(3)
    ("DATE '2026-01-02'", "'a''b'", '3')
    """
    if isinstance(value, datetime):
        return f"TIMESTAMP {sql.text(value.isoformat())}"
    if isinstance(value, date):
        return f"DATE {sql.text(value.isoformat())}"
    if isinstance(value, int):
        return str(value)
    return sql.text(str(value))


# Copies ----------------------------------------------------------------------------------------------------------------


def table_folders(place: Place) -> list[str]:
    """The tables of a local lake, with what stands beside them."""
    root = Path(place.root)
    return sorted(path.parent.name for path in root.glob(f"*/{_LOG}")) if root.is_dir() else []


@contextmanager
def held(place: Place, names: Iterable[str], patience: float) -> Iterator[None]:
    """Hold the right to write several tables; always in the same order, so that two who do it never wait for each other."""
    with ExitStack() as stack:
        for name in sorted(set(names)):
            stack.enter_context(place.writing(name, patience))
        yield


def snapshot(place: Place, target: Path, patience: float) -> int:
    """Lay a copy of a local lake, as it is at one moment, into a folder; by links where the disk allows it.

    Returns
    -------
    int
        How many files it has.
    """
    if place.remote:
        raise LakeError("A lake on object storage is copied by the means of that storage.")
    names = table_folders(place)
    files = 0
    with held(place, (_owner(name) for name in names), patience):
        for name in names:
            opened = open_table(place, name)
            if opened is None:
                continue
            source = Path(place.uri(name))
            actions = pa.table(opened.get_add_actions(flatten=True))
            wanted = [source / path for path in actions["path"].to_pylist()]
            wanted += [path for path in sorted((source / _LOG).iterdir()) if path.is_file()]
            for path in wanted:
                copy = target / name / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                _link(path, copy)
                files += 1
    return files


def _owner(name: str) -> str:
    """The table beside which another one stands."""
    for ending in _COMPANIONS:
        name = name.removesuffix(ending)
    return name


def _link(path: Path, copy: Path) -> None:
    # Files of the lake are written once and never changed: a second name is as good as a copy.
    try:
        os.link(path, copy)
    except OSError:
        shutil.copyfile(path, copy)
