"""From sums and percentiles to statistics as the standard rounds them, single indices, composite index and rank.

Every rounding is exact. Of a station the sums and percentiles are whole numbers, which a float holds or from which it is so
little off that they are found again. Where a float may be off (several points, very large values), it decides only where it
lies clear of a half; the others are told by the exact arithmetic of `rules.air.statistics` from the daily values.

References
----------
HJ 663 table 3, 6.2 and annex A; GB/T 8170.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lantian.lake.air.scales import Scales, half_even
from lantian.rules.air.evaluation import AVAILABLE, STRICT, THOUSAND, Scheme
from lantian.rules.air.evaluation_books import PERCENTILE, ROUNDED, Judged
from lantian.rules.air.periods import Period
from lantian.rules.air.statistics import mean, percentile
from lantian.rules.air.validity import total_needed

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: A float closer to a half than this does not decide: ten thousand times what one can be off.
_NEAR = 1e-9
_WHOLE = 2.0**53
#: what a percentile may be off [parts of the greatest value, for each day]: the rank, and four roundings
_OFF = 2.0**-51
_ROUNDINGS = 8
_COVERAGE_DIGITS = 4
_DIGITS = 6


@dataclass(slots=True)
class _Rounded:
    """Whole numbers of the last place, and where they are in doubt."""

    values: Ints
    doubtful: Bools


#: row, column → its daily values in whole parts of a thousandth, and how many of these make one
Fetch = Callable[[Sequence[tuple[int, str]]], Mapping[tuple[int, str], tuple[Sequence[int], int]]]


def _filtered(values: Floats) -> _Rounded:
    lower = np.floor(values)
    doubtful = np.abs(values - lower - 0.5) <= _NEAR * (1 + np.abs(values))
    return _Rounded(np.rint(values).astype(np.int64), doubtful)


def _rounded(number: Floats, whole: Bools, by: Ints) -> _Rounded:
    """Quotients rounded half to even; `whole` says of which the number is exact."""
    found = _filtered(number / by)
    found.values[whole] = half_even(np.rint(number[whole]).astype(np.int64), by[whole])
    found.doubtful &= ~whole
    return found


def finished(
    gathered: pa.Table, periods: Sequence[Period], scheme: Scheme, validity: str, fetch: Fetch
) -> pa.Table:
    """The statistics of `by_period` as they are published, with index and rank, by kind, period and rank.

    Parameters
    ----------
    validity
        ``strict`` or ``available``, as in `rules.air.evaluation`.
    fetch
        Gives the daily values of rows and columns that a float cannot tell.

    Returns
    -------
    pyarrow.Table
        ``kind, entity, period, rank, composite_index, good_days, heavy_days, aqi_days, coverage, few`` and of each
        pollutant ``_mean``, ``_percentile``, ``_index``, ``_valid``, ``_required``, ``_sufficient``, and the floats
        ``_mean_unrounded``, ``_percentile_unrounded``. Decimals have the digits of their statistic, filled up with zeros.
    """
    if validity not in (STRICT, AVAILABLE):
        raise ValueError(f"{validity!r} is neither {STRICT!r} nor {AVAILABLE!r}.")
    book, scales = scheme.book, Scales.of(scheme.book)
    period = gathered["period"].to_numpy().astype(np.int64)
    parts = np.array([len(one.parts()) for one in periods], dtype=np.int64)[period]
    required = np.array([total_needed(one, book) for one in periods], dtype=np.int64)[period]
    lengths = np.array([one.days for one in periods], dtype=np.int64)[period]
    rows = gathered.num_rows
    digits_of_index, composite_digits = book.number("index_digits"), book.number("composite_digits")
    composite, has_index = np.zeros(rows, dtype=np.int64), np.ones(rows, dtype=np.bool_)
    values = np.zeros(rows, dtype=np.int64)
    columns: dict[str, pa.Array] = {}
    open_cells: list[tuple[Judged, npt.NDArray[np.intp], Ints, Ints, Ints]] = []
    told = {}
    for item in book.items:
        name, scale = item.column, scales.of_column(item.column)
        valid = gathered[f"{name}_valid"].to_numpy().astype(np.int64)
        values += valid
        sufficient = (valid >= required) & (gathered[f"{name}_full"].to_numpy() >= parts)
        shown = (valid > 0) & (sufficient | (validity == AVAILABLE))
        middle, high, index, doubtful = _statistics(gathered, item, valid, shown, scale, scheme)
        told[name] = middle, high, index
        open_cells.append((item, np.flatnonzero(doubtful & shown), middle, high, index))
        floats = {
            "mean": np.divide(_floats(gathered, f"{name}_total"), np.maximum(valid, 1)),
            "percentile": _floats(gathered, f"{name}_high"),
        }
        for kind, float_values in floats.items():
            columns[f"{name}_{kind}_unrounded"] = pa.array(float_values / (scale * THOUSAND), mask=~shown)
        columns |= {
            f"{name}_valid": pa.array(valid.astype(np.int32)),
            f"{name}_required": pa.array(required.astype(np.int32)),
            f"{name}_sufficient": pa.array(sufficient),
        }
        has_index &= shown
    _settle(open_cells, scheme, fetch)
    for item in book.items:
        name = item.column
        middle, high, index = told[name]
        shown = columns[f"{name}_mean_unrounded"].is_valid().to_numpy(zero_copy_only=False)
        columns[f"{name}_mean"] = decimals(middle, item.digits, shown)
        columns[f"{name}_percentile"] = decimals(high, item.digits, shown)
        columns[f"{name}_index"] = decimals(index, digits_of_index, shown)
        composite += index * book.number(f"weight_{item.pollutant}")
    ten = np.full(rows, 10, dtype=np.int64)
    composite = half_even(composite * ten**composite_digits, ten**digits_of_index)
    rank = ranks(gathered["kind"], period, composite, has_index)
    coverage = half_even(values * 10**_COVERAGE_DIGITS, len(book.items) * lengths)
    table = pa.table(
        {
            "kind": gathered["kind"],
            "entity": gathered["entity"],
            "period": pa.array([one.text for one in periods]).take(pa.array(period)),
            "rank": pa.array(rank.astype(np.int32), mask=~has_index),
            "composite_index": decimals(composite, composite_digits, has_index),
            **{name: gathered[name] for name in ("good_days", "heavy_days")},
            "aqi_days": gathered["told_days"],
            "few": gathered["few"],
            "coverage": decimals(coverage, _COVERAGE_DIGITS, np.ones(rows, dtype=np.bool_)),
            **{name: columns[name] for name in sorted(columns)},
            "number": pa.array(period),
        }
    )
    order = [("kind", "ascending"), ("number", "ascending"), ("rank", "ascending"), ("entity", "ascending")]
    return table.sort_by(order).drop_columns("number")


def _floats(gathered: pa.Table, name: str) -> Floats:
    return np.nan_to_num(gathered[name].to_numpy().astype(np.float64))


def _statistics(
    gathered: pa.Table, item: Judged, valid: Ints, shown: Bools, scale: int, scheme: Scheme
) -> tuple[Ints, Ints, Ints, Bools]:
    """Mean, percentile and single index of a pollutant in whole numbers of their last place, and where there is doubt."""
    book, name = scheme.book, item.column
    total, high = _floats(gathered, f"{name}_total"), _floats(gathered, f"{name}_high")
    peak = _floats(gathered, f"{name}_peak")
    alone = np.nan_to_num(gathered[f"{name}_points"].to_numpy().astype(np.float64)) <= 1
    days = np.maximum(valid, 1)
    unit = np.full(len(days), scale * THOUSAND // 10**item.digits, dtype=np.int64)
    middle = _rounded(total, alone & (total < _WHOLE), unit * days)
    # A hundred times a percentile of whole numbers is a whole number.
    found_again = alone & (100 * peak * (days + _ROUNDINGS) * _OFF < 0.4)
    percent = _rounded(np.where(found_again, np.rint(high * 100), high * 100), found_again, unit * 100)
    limit, digits = scheme.limit(item), book.number("index_digits")
    doubtful = middle.doubtful | percent.doubtful
    if book.entries["index_from"].value == ROUNDED:
        index = _index(percent.values if item.index_of == PERCENTILE else middle.values, item, limit, digits)
    else:
        number = high if item.index_of == PERCENTILE else total / days
        found = _filtered(number / (scale * THOUSAND) * (10**digits * limit.denominator / limit.numerator))
        index, doubtful = found.values, doubtful | found.doubtful
    return middle.values, percent.values, index, doubtful


def _index(counted: Ints, item: Judged, limit: Fraction, digits: int) -> Ints:
    by = np.full(len(counted), 10**item.digits * limit.numerator, dtype=np.int64)
    return half_even(counted * (10**digits * limit.denominator), by)


def _settle(
    open_cells: Sequence[tuple[Judged, npt.NDArray[np.intp], Ints, Ints, Ints]], scheme: Scheme, fetch: Fetch
) -> None:
    """Tell exactly what floats left in doubt."""
    book = scheme.book
    wanted = [(int(row), item.column) for item, rows, *_values in open_cells for row in rows]
    if not wanted:
        return
    daily = fetch(wanted)
    for item, rows, middle, high, index in open_cells:
        limit, digits = scheme.limit(item), book.number("index_digits")
        for row in rows:
            values, parts = daily[int(row), item.column]
            exact_mean, exact_high = mean(values), percentile(values, item.percentile)
            if exact_mean is None or exact_high is None:
                raise AssertionError("a cell in doubt has values")
            exact_mean, exact_high = exact_mean / parts, exact_high / parts
            middle[row] = round(exact_mean / THOUSAND * 10**item.digits)
            high[row] = round(exact_high / THOUSAND * 10**item.digits)
            counted = exact_high if item.index_of == PERCENTILE else exact_mean
            if book.entries["index_from"].value == ROUNDED:
                rounded = Fraction(
                    int((high if item.index_of == PERCENTILE else middle)[row]), 10**item.digits
                )
            else:
                rounded = counted / THOUSAND
            index[row] = round(rounded / limit * 10**digits)


def ranks(kind: pa.ChunkedArray, period: Ints, composite: Ints, has_index: Bools) -> Ints:
    """Place by composite index among the entities of a kind and period; equal ones share it (1, 1, 3). 0 without index."""
    kinds = kind.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    order = np.lexsort((composite, ~has_index, period, kinds))
    group = np.stack((kinds, period))[:, order]
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (group[:, 1:] != group[:, :-1]).any(axis=0)
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    new = first.copy()
    new[1:] |= composite[order][1:] != composite[order][:-1]
    shared = np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))
    found = np.zeros(len(order), dtype=np.int64)
    found[order] = shared - start + 1
    found[~has_index] = 0
    return found


def decimals(values: Ints, digits: int, there: Bools) -> pa.Array:
    """Whole numbers of a last place as decimals of one type for all statistics."""
    words = np.empty((len(values), 2), dtype=np.int64)
    words[:, 0] = values * 10 ** (_DIGITS - digits)
    words[:, 1] = words[:, 0] >> 63
    mask = pa.array(there).buffers()[1]
    return pa.Array.from_buffers(
        pa.decimal128(18, _DIGITS), len(values), [mask, pa.py_buffer(words.tobytes())]
    )
