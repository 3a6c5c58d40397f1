"""Values and frames of monitors as Ibis expressions, and as rows for pages.

::

    with duck(lake) as engine:
        rows = stack_values(engine, first, last, mns=["…"], cns=["2061"], factors=["a21026"])
        hourly = rows.group_by("factor").agg(mean=rows["avg"].mean())
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from lantian.lake.engines import duck
from lantian.lake.files import months_between
from lantian.lake.schema import Table
from lantian.lake.stacks.tables import STACK_FRAME, STACK_VALUE
from lantian.lake.store import Lake

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from lantian.lake.engines import Engine

_CHINA = timedelta(hours=8)
_MEMORY = "512MB"
#: so many values are written into the question itself
_MOST_LITERALS = 200


def _months(first: datetime, last: datetime) -> list[str]:
    return months_between((first + _CHINA).date(), (last + _CHINA).date())


def _chosen(table: ir.Table, column: str, wanted: Collection[str] | None) -> ir.Table:
    if wanted is None:
        return table
    listed = sorted(set(wanted))
    if len(listed) <= _MOST_LITERALS:
        return table.filter(table[column].isin(listed))
    # Each literal is an expression of its own to build and to translate; a table of them is one.
    return table.semi_join(ibis.memtable(pa.table({column: listed})), column)


def stack_values(
    engine: Engine,
    first: datetime,
    last: datetime,
    *,
    mns: Collection[str] | None = None,
    cns: Collection[str] | None = None,
    factors: Collection[str] | None = None,
    off: bool = False,
) -> ir.Table:
    """Live rows of `STACK_VALUE`, corrections applied.

    Parameters
    ----------
    engine
        DuckDB or Spark over a lake.
    first, last
        Moments with a zone; rows whose ``start`` lies from one to the other, both included.
    mns, cns, factors
        Only these; all of them if not given. An empty collection gives nothing.
    off
        Give rows, too, whose clock was off or which came late as real-time values; where the same moment also came in
        time, that one alone.

    Returns
    -------
    ibis.expr.types.Table
        All columns. ``min`` and ``max`` are names of methods, too: write ``rows["min"]``.
    """
    rows = engine.table(STACK_VALUE, months=_months(first, last), span=(first, last))
    for column, wanted in (("mn", mns), ("cn", cns), ("factor", factors)):
        rows = _chosen(rows, column, wanted)
    if not off:
        return rows.filter(~rows.off)
    same = [rows[name] for name in ("mn", "st", "cn", "factor", "start")]
    rows = rows.mutate(place=ibis.row_number().over(group_by=same, order_by=rows.off))
    return rows.filter(rows.place == 0).drop("place")


def starts(engine: Engine, cn: str, first: datetime, last: datetime, mns: Collection[str]) -> ir.Table:
    """The periods of which anything came: ``mn, start``, each once; what is not among them is missing."""
    rows = stack_values(engine, first, last, mns=mns, cns=[cn])
    rows = rows.filter(rows.clock == "data")
    return rows.select("mn", "start").distinct()


def arrivals(
    lake: Lake | Engine,
    first: datetime,
    last: datetime,
    after: datetime | None = None,
    *,
    mns: Collection[str],
    cns: Collection[str] | None = None,
    factors: Collection[str] | None = None,
) -> pa.Table:
    """What has arrived since a moment, by device, command, factor and day of campaign time.

    Parameters
    ----------
    first, last
        As for `stack_values`; rows with a wrong clock are counted, too.
    after
        Only what was received later.

    Returns
    -------
    pyarrow.Table
        ``mn, st, cn, factor, day`` (days since 1970), ``first`` and ``last`` start, ``received`` (the latest), ``values``,
        ``plain`` (those of which device and gate say nothing bad) and ``off`` (those whose clock was off).
    """
    with _engine(lake) as engine:
        rows = engine.table(STACK_VALUE, months=_months(first, last), span=(first, last))
        for column, wanted in (("mn", mns), ("cn", cns), ("factor", factors)):
            rows = _chosen(rows, column, wanted)
        if after is not None:
            rows = rows.filter(rows.received > after)
        good = (rows.flag.isnull() | (rows.flag == "N") | (rows.flag == "")) & ~rows.off
        day = (rows.start.epoch_seconds() + int(_CHINA.total_seconds())) // 86_400
        rows = rows.mutate(day=day, good=good.cast("int64"), bad=rows.off.cast("int64"))
        found = rows.group_by("mn", "st", "cn", "factor", "day").agg(
            first=rows.start.min(),
            last=rows.start.max(),
            received=rows.received.max(),
            values=rows.count(),
            plain=rows.good.sum(),
            off=rows.bad.sum(),
        )
        return found.order_by("mn", "st", "cn", "factor", "day").to_pyarrow()


def stack_frames(
    engine: Engine, first: datetime, last: datetime, *, mns: Collection[str] | None = None
) -> ir.Table:
    """Frames that arrived from one moment to another; ``raw`` holds passwords and is masked before it is shown."""
    rows = engine.table(STACK_FRAME, months=_months(first, last), span=(first, last))
    return _chosen(rows, "mn", mns)


def read_values(
    lake: Lake | Engine,
    first: datetime,
    last: datetime,
    *,
    mns: Collection[str] | None = None,
    cns: Collection[str] | None = None,
    factors: Collection[str] | None = None,
    off: bool = False,
    columns: Collection[str] | None = None,
) -> pa.Table:
    """The same as `stack_values`, as rows sorted by device, factor and time: what pages and rules take.

    Parameters
    ----------
    lake
        A lake, or an engine that is open already.
    columns
        Which columns; all if not given.
    """
    with _engine(lake) as engine:
        rows = stack_values(engine, first, last, mns=mns, cns=cns, factors=factors, off=off)
        rows = rows.order_by("mn", "st", "cn", "factor", "start")
        wanted = list(columns) if columns is not None else STACK_VALUE.schema.names
        return _typed(rows.select(*wanted).to_pyarrow(), STACK_VALUE)


def read_frame(lake: Lake | Engine, mn: str, received: datetime, frame: str) -> bytes | None:
    """The bytes of a frame as they came; None where it is not there."""
    with _engine(lake) as engine:
        rows = stack_frames(engine, received, received, mns=[mn])
        found = rows.filter(rows.frame == frame).select("raw").limit(1).to_pyarrow()
    raw = found["raw"].to_pylist()
    return raw[0] if raw else None


def _typed(found: pa.Table, table: Table) -> pa.Table:
    schema = pa.schema([table.schema.field(name) for name in found.column_names])
    return pa.Table.from_arrays(
        [column.cast(field.type) for column, field in zip(found.columns, schema, strict=True)], schema=schema
    )


@contextmanager
def _engine(lake: Lake | Engine) -> Iterator[Engine]:
    if isinstance(lake, Lake):
        with duck(lake, _MEMORY) as engine:
            yield engine
    else:
        yield lake
