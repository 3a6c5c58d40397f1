"""Whole numbers in expressions: what both engines give alike, to the last digit.

Neither engine's ``/`` is a division of whole numbers, and the sum of a column is wider on one of them; here is what serves
in their place. All numbers are whole and not negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count
from typing import TypeVar

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir

T = TypeVar("T")


@ibis.udf.scalar.builtin(name="unix_micros")
def unix_micros(moment: dt.Timestamp(timezone="UTC")) -> dt.int64:  # type: ignore[valid-type, empty-body]
    """Microseconds since 1970; a name of Spark's, made known to DuckDB by `ready`."""


@ibis.udf.agg.builtin(name="bit_or")
def bit_or(value: dt.int64) -> dt.int64:  # type: ignore[empty-body]
    """All bits of several numbers; both engines have it, though Ibis knows it of DuckDB only."""


def ready(table: ir.Table) -> ir.Table:
    """The table, once its engine knows all functions that are used here."""
    backend = table.get_backend()
    if backend.name == "duckdb":
        backend.raw_sql("CREATE MACRO IF NOT EXISTS unix_micros(moment) AS epoch_us(moment)")
    return table


def bigint(value: ir.Value) -> ir.IntegerValue:
    """A value with 64 bits, where the engine made more of a sum."""
    # The method would leave the cast away: to Ibis the value has 64 bits already.
    return ops.Cast(value, dt.int64).to_expr()


def whole(value: ir.NumericValue) -> ir.IntegerValue:
    """A float that is a whole number but for its last bits."""
    return (value + 0.5).floor().cast("int64")


def up_to_even(below: ir.IntegerValue, rest: ir.IntegerValue, by: ir.IntegerValue | int) -> ir.IntegerValue:
    """A whole quotient of which something remains, rounded half to even."""
    up = (rest * 2 > by) | ((rest * 2 == by) & (below % 2 == 1))
    return below + up.cast("int64")


def divided(number: ir.IntegerValue, by: ir.IntegerValue | int) -> ir.IntegerValue:
    """A quotient of which it is known that nothing remains.

    The float in it is within 4 in 10¹⁶ of a whole number, so that what comes out is exact below 10¹⁵.
    """
    return whole(number / by)


def chosen(case: ir.IntegerValue, values: Sequence[T], make: Callable[[T], ir.Value]) -> ir.Value:
    """What belongs to the case of a row (0, 1 …); one expression where all cases are alike."""
    if all(value == values[0] for value in values):
        return make(values[0])
    return ibis.cases(*((case == number, make(value)) for number, value in enumerate(values)))


def day_of(number: ir.IntegerValue) -> ir.DateValue:
    """The day that is so many days after 1970-01-01."""
    # The method would leave this cast away, too: DuckDB makes a time of the sum, which Ibis takes for a day.
    return ops.Cast(ibis.literal(date(1970, 1, 1)) + number.as_interval("D"), dt.date).to_expr()


_numbers = count()


@contextmanager
def kept(table: ir.Table) -> Iterator[ir.Table]:
    """What an expression gives, computed once and kept by its engine while the block runs."""
    backend = table.get_backend()
    if backend.name != "duckdb":
        # On Spark `cache` does not make the small tables known that an expression brings along.
        backend._run_pre_execute_hooks(table)
        with table.cache() as found:
            yield found
        return
    # Not `cache`: what is left of it when the process ends complains about the connection that is gone.
    name = f"lantian_kept_{next(_numbers)}"
    backend._run_pre_execute_hooks(table)
    # Not `create_table` either: it copies the statement several times, which takes longer than many a result.
    backend.raw_sql(f"CREATE TEMP TABLE {name} AS {backend.compile(table)}")
    try:
        yield backend.table(name)
    finally:
        # Not `drop_table`: in this version its statement lacks the name.
        backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
