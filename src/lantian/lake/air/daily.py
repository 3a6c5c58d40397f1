"""The AQI of each day of stations and cities, by the edition of the day.

A concentration enters an index rounded to a finite grid; the index of each concentration stands in the tables of
`rules.air.columns`, with which the days are joined.

References
----------
HJ 633-2012 6.2; HJ 633-2026 4.2, 5.3.
"""

from __future__ import annotations

from functools import reduce
from operator import add, and_, or_

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from lantian.lake.air.arithmetic import chosen, divided, up_to_even
from lantian.lake.air.scales import JUDGED, VALUES, Scales
from lantian.rules.air.aqi import Scheme as AqiScheme
from lantian.rules.air.aqi import scheme_of
from lantian.rules.air.books import POLLUTANTS, WITHHOLD
from lantian.rules.air.columns import MOST, compiled
from lantian.rules.air.evaluation import GOOD, NOT_HEAVY, THOUSAND, Scheme

#: column of daily values → column of the AQI
OF_AQI = {"o3": "o3_8h", "o3_1h": "o3"}
#: room for the grid of an item below the number of the edition
_STRIDE = 65_536
_DIGITS = 3


def with_aqi(values: ir.Table, scheme: Scheme, *, available: bool = False) -> ir.Table:
    """Daily values with ``aqi`` (-1 where there is none), ``level`` (0), ``primary`` (bit mask as in `rules.air.columns`).

    ``told`` says whether the AQI can be told: with a value missing it can only where the others alone make the day a bad
    one, unless what there is is used. ``good`` and ``heavy`` are days of which it can.
    """
    editions = _editions(scheme)
    layouts = [edition.layout for edition in editions]
    scales = Scales.of(scheme.book)
    edition = _edition_of(values.day, scheme)
    tables = {column: _table(editions, OF_AQI.get(column, column)) for column in VALUES}
    keyed = _gridded(values.mutate(edition=edition).view(), editions, scales)
    joined = keyed
    for column, table in tables.items():
        joined = joined.left_join(table, joined[f"{column}_key"] == table[f"{column}_grid"])
    found = joined.select(
        *values.columns,
        "edition",
        **{f"{column}_iaqi": joined[f"{column}_index"].fill_null(-1) for column in VALUES},
    ).view()
    greatest = ibis.greatest(
        ibis.literal(-1, type="int16"), *(found[f"{column}_iaqi"] for column in VALUES)
    ).cast("int16")
    withheld = chosen(
        found.edition,
        [
            (layout.withhold_up_to, tuple(item.column for item in layout.items if not item.supplement))
            if layout.missing == WITHHOLD
            else None
            for layout in layouts
        ],
        lambda rule: (
            ibis.literal(False) if rule is None else (greatest <= rule[0]) & _any_missing(found, rule[1])
        ),
    )
    found = found.mutate(aqi=withheld.ifelse(ibis.literal(-1, type="int16"), greatest)).view()
    complete = reduce(and_, [found[column].notnull() for column in JUDGED])
    told = (found.aqi >= 0) & (ibis.literal(available) | complete | (found.aqi > GOOD))
    return found.mutate(
        level=chosen(
            found.edition,
            [tuple((level.level, level.last) for level in one.book.levels) for one in editions],
            lambda levels: _level(found.aqi, levels),
        ).cast("int8"),
        primary=chosen(
            found.edition,
            [one.book.primary_above for one in editions],
            lambda above: (found.aqi > above).ifelse(_primary(found), ibis.literal(0)),
        ).cast("int16"),
        told=told,
        good=told & (found.aqi <= GOOD),
        heavy=told & (found.aqi > NOT_HEAVY),
    ).drop("edition")


def with_flags(values: ir.Table, scheme: Scheme, *, available: bool = False) -> ir.Table:
    """Daily values with ``told``, ``good`` and ``heavy`` as in `with_aqi`, without the AQI itself.

    Whether an index lies above a bound is told by comparing the concentration with the one at which it does: several times
    cheaper than the index.
    """
    editions = _editions(scheme)
    if any(one.layout.missing == WITHHOLD and one.layout.withhold_up_to > GOOD for one in editions):
        return with_aqi(values, scheme, available=available).select(*values.columns, *_FLAGS)
    edition = _edition_of(values.day, scheme)
    dated = values.mutate(edition=edition).view()
    scales = Scales.of(scheme.book)

    def above(column: str, bound: int) -> ir.BooleanValue:
        steps = [_compared(one, column, bound, scales) for one in editions]
        return chosen(dated.edition, steps, lambda of_edition: _at_steps(dated, column, of_edition))

    def any_above(bound: int) -> ir.BooleanValue:
        """Whether the index of a value lies above a bound."""
        return reduce(or_, [above(column, bound).fill_null(False) for column in VALUES])

    flagged = dated.mutate(
        known=any_above(-1),
        bad=any_above(GOOD),
        heavy=any_above(NOT_HEAVY),
        complete=reduce(and_, [dated[column].notnull() for column in JUDGED]),
        lacking=chosen(
            dated.edition,
            [
                tuple(item.column for item in one.layout.items if not item.supplement)
                if one.layout.missing == WITHHOLD
                else None
                for one in editions
            ],
            lambda read: ibis.literal(False) if read is None else _any_missing(dated, read),
        ),
    ).view()
    told = flagged.known & (flagged.bad | ~flagged.lacking)
    told = told & (ibis.literal(available) | flagged.complete | flagged.bad)
    return flagged.select(*values.columns, told=told, good=told & ~flagged.bad, heavy=told & flagged.heavy)


_FLAGS = ("told", "good", "heavy")
#: a range of the grid, the last value None where it is open, and what the grid is to the daily value
_Steps = tuple[int, int | None, int]


def _compared(edition: AqiScheme, column: str, bound: int, scales: Scales) -> _Steps | None:
    """Where on its grid the index of a column lies above a bound; None where nowhere."""
    read = OF_AQI.get(column, column)
    indices = _indices(edition, read)
    above = np.flatnonzero(indices > bound)
    if not above.size:
        return None
    first, last = int(above[0]), int(above[-1])
    if last - first + 1 != above.size:
        raise ValueError(f"{edition.book.id}: the index of {read} does not rise with the concentration.")
    unit = scales.of_column(column) * THOUSAND // 10 ** compiled(edition).digits[read]
    return first, None if last == len(indices) - 1 else last, unit


def _at_steps(days: ir.Table, column: str, steps: _Steps | None) -> ir.BooleanValue:
    if steps is None:
        return ibis.literal(False)
    first, last, unit = steps
    by = days[f"{column}_points"].cast("int64") * unit

    def reaches(grid: int) -> ir.BooleanValue:
        # A value half a step below is rounded to this one where it is even.
        return days[column] * 2 >= by * (2 * grid - 1) + grid % 2

    return reaches(first) if last is None else reaches(first) & ~reaches(last + 1)


def _gridded(days: ir.Table, editions: list[AqiScheme], scales: Scales) -> ir.Table:
    """Days with the key of each value in its table: the number of the edition, and the value rounded half to even.

    Step by step, as a quotient that is written out wherever it is used makes a text that takes longer than its result.
    """
    digits = [compiled(edition).digits for edition in editions]

    def literal(number: int) -> ir.IntegerValue:
        return ibis.literal(number, type="int64")

    units = {
        column: chosen(
            days.edition,
            [
                scales.of_column(column) * THOUSAND // 10 ** of_edition.get(OF_AQI.get(column, column), 0)
                for of_edition in digits
            ],
            literal,
        )
        for column in VALUES
    }
    parted = days.mutate(
        **{f"{column}_by": units[column] * days[f"{column}_points"].cast("int64") for column in VALUES}
    ).view()
    rest = parted.mutate(
        **{f"{column}_rest": parted[column] % parted[f"{column}_by"] for column in VALUES}
    ).view()
    below = rest.mutate(
        **{
            f"{column}_below": divided(rest[column] - rest[f"{column}_rest"], rest[f"{column}_by"])
            for column in VALUES
        }
    ).view()
    rounded = below.mutate(
        **{
            f"{column}_at": up_to_even(
                below[f"{column}_below"], below[f"{column}_rest"], below[f"{column}_by"]
            )
            for column in VALUES
        }
    ).view()
    keys = {}
    for column in VALUES:
        last = chosen(rounded.edition, _ends(editions, OF_AQI.get(column, column)), literal)
        at = rounded[f"{column}_at"]
        # Not the lesser of the two: of nothing and the last one that would be the last one.
        key = rounded.edition * _STRIDE + (at > last).ifelse(last, at)
        keys[f"{column}_key"] = key.cast("int32")
    return rounded.select(*days.columns, **keys).view()


def _editions(scheme: Scheme) -> list[AqiScheme]:
    """The schemes by which days are indexed, in their order."""
    books = scheme.aqi.books if scheme.aqi_edition is None else (scheme.aqi.of_edition(scheme.aqi_edition),)
    found = [scheme_of(book, "day") for book in books]
    for one in found:
        if any(part.by_table is not None for part in compiled(one).parts):
            raise ValueError(
                f"{one.book.id}: a daily index by another value that is no item of its own is not known here."
            )
    return found


def _edition_of(day: ir.DateValue, scheme: Scheme) -> ir.IntegerValue:
    """The number of the edition that holds on a day; empty before the first."""
    if scheme.aqi_edition is not None:
        return ibis.literal(0, type="int32")
    branches = []
    for number, book in enumerate(scheme.aqi.books):
        holds = day >= ibis.literal(book.early_from)
        if book.valid_to is not None:
            holds = holds & (day <= ibis.literal(book.valid_to))
        branches.append((holds, ibis.literal(number, type="int32")))
    return ibis.cases(*branches)


def _ends(editions: list[AqiScheme], read: str) -> list[int]:
    """For each edition the value of the grid from which on the index stays the same."""
    return [len(_indices(edition, read)) - 1 if _indices(edition, read).size else 0 for edition in editions]


def _indices(edition: AqiScheme, read: str) -> np.ndarray:
    """The index of each value of the grid of a column, up to where it stays the same; empty without the item."""
    for part in compiled(edition).parts:
        if part.column == read:
            changes = np.flatnonzero(np.diff(part.table[: MOST + 1]))
            return part.table[: int(changes[-1]) + 2 if changes.size else 1]
    return np.zeros(0, dtype=np.int16)


def _table(editions: list[AqiScheme], read: str) -> ir.Table:
    """Every possible value of a column with its index, for all editions."""
    column = next((name for name, of_aqi in OF_AQI.items() if of_aqi == read), read)
    indices = [_indices(edition, read) for edition in editions]
    keys = [np.arange(len(found), dtype=np.int32) + number * _STRIDE for number, found in enumerate(indices)]
    return ibis.memtable(
        pa.table({f"{column}_grid": np.concatenate(keys), f"{column}_index": np.concatenate(indices)})
    )


def _any_missing(days: ir.Table, read: tuple[str, ...]) -> ir.BooleanValue:
    names = {of_aqi: name for name, of_aqi in OF_AQI.items()}
    return reduce(or_, [days[names.get(column, column)].isnull() for column in read])


def _level(aqi: ir.IntegerValue, levels: tuple[tuple[int, int | None], ...]) -> ir.IntegerValue:
    branches = [(aqi < 0, ibis.literal(0))]
    branches += [(aqi <= last, ibis.literal(level)) for level, last in levels if last is not None]
    return ibis.cases(*branches, else_=ibis.literal(levels[-1][0]))


def _primary(days: ir.Table) -> ir.IntegerValue:
    """The pollutants whose index is the AQI, a bit for each."""
    columns = {name.replace(".", "").lower(): (name,) for name in POLLUTANTS}
    bits = []
    for place, column in enumerate(columns):
        read = ("o3", "o3_1h") if column == "o3" else (column,)
        has = reduce(or_, [days[f"{name}_iaqi"] == days.aqi for name in read])
        bits.append(has.ifelse(ibis.literal(1 << place), ibis.literal(0)))
    return reduce(add, bits)
