"""Hours of stations folded to natural days.

One pass that groups by station and day: of each pollutant the sum and number of its hours, of O3 each hour on its own, from
which the means of 8 hours follow without a look at other rows.

References
----------
GB 3095 table 4; HJ 663 6.1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import count
from math import lcm
from operator import add
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from lantian.lake.air.arithmetic import bigint, bit_or, day_of, divided, ready, unix_micros
from lantian.lake.files import months_between
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY, POLLUTANTS
from lantian.rules.air.errors import NoEdition
from lantian.rules.air.evaluation_books import EvaluationBook, EvaluationLibrary, evaluation_library
from lantian.rules.air.labels import BEIJING

if TYPE_CHECKING:
    from lantian.lake.engines import Engine

_HOUR_US, _DAY_US = 3_600_000_000, 86_400_000_000
#: An hour belongs to the day of its label minus one hour.
_SHIFT_US = int((BEIJING.utcoffset(None) - timedelta(hours=1)) / timedelta(microseconds=1))
#: room for a count of hours below a sum of them
_ROOM = 32
#: room for the O3 of one hour below that of the next one: two hours stand in one number
_HALF = 2**32


@dataclass(frozen=True, slots=True)
class Windows:
    """What the means of 8 hours of a day depend on."""

    hours: int
    first: int

    @classmethod
    def of(cls, book: EvaluationBook) -> Windows:
        """Those of an edition."""
        return cls(book.number("window_hours"), max(book.number("first_window"), 8))

    @property
    def scale(self) -> int:
        """What the numbers of hours of a mean that counts divide."""
        return lcm(*range(self.hours, 9))


def hours_of(first: date, last: date) -> tuple[datetime, datetime]:
    """The first and the last end of an hour that belongs to days."""
    start = datetime(first.year, first.month, first.day, tzinfo=BEIJING) + timedelta(microseconds=1)
    end = datetime(last.year, last.month, last.day, tzinfo=BEIJING) + timedelta(days=1)
    return start.astimezone(UTC), end.astimezone(UTC)


def fold(hours: ir.Table, windows: Windows) -> ir.Table:
    """Rows of `AIR_HOUR` as rows of `AIR_STATION_DAY`."""
    moment = unix_micros(hours.end) + _SHIFT_US
    rows = hours.select("station", *POLLUTANTS, of_day=moment % _DAY_US, moment=moment).view()
    hour = (rows.of_day / _HOUR_US).floor().cast("int8")
    timed = rows.select(
        "station",
        *POLLUTANTS,
        number=((rows.moment - rows.of_day) / _DAY_US).cast("int32"),
        slot=(hour / 2).floor().cast("int8"),
        ozone=(rows.o3.cast("int64") + 1) * (hour % 2 == 0).ifelse(1, _HALF),
    ).view()
    sums = {f"{name}_sum": bigint(timed[name].sum()) for name in POLLUTANTS}
    counts = {f"{name}_count": timed[name].count().cast("int16") for name in POLLUTANTS}
    none = ibis.null("int64")
    slots = {
        f"s{slot}": bit_or((timed.slot == ibis.literal(slot, type="int8")).ifelse(timed.ozone, none))
        for slot in range(12)
    }
    # Each `view` is a step of its own: put together, the expressions would be repeated within each other.
    days = timed.group_by("station", "number").agg(**sums, **counts, o3_max=timed.o3.max(), **slots).view()
    found = _eight_hours(days, windows)
    found = found.mutate(day=day_of(found.number))
    found = found.mutate(month=found.day.strftime("%Y-%m"))
    return found.select(AIR_STATION_DAY.schema.names)


def _eight_hours(days: ir.Table, windows: Windows) -> ir.Table:
    """The days with the greatest mean of 8 hours as the sum and number of its hours, and how many means count.

    Means are compared over a common denominator; below that each carries the number of its hours, so that the greatest one
    still tells it.
    """
    hours = []
    for slot in range(12):
        both = days[f"s{slot}"].fill_null(0)
        hours += [both % _HALF, both >> 32]
    # An hour that is there stands one higher than its value, so that 0 is none.
    single = days.mutate(
        **{f"h{hour}": (value > 0).ifelse((value - 1) * _ROOM + 1, 0) for hour, value in enumerate(hours)}
    ).view()
    hours = [single[f"h{hour}"] for hour in range(24)]
    ends = range(windows.first, 25)
    summed = single.mutate(**{f"w{end}": reduce(add, hours[end - 8 : end]) for end in ends}).view()
    valid = [(summed[f"w{end}"] % _ROOM >= windows.hours).cast("int16") for end in ends]
    means = [
        ibis.cases(
            *(
                (
                    summed[f"w{end}"] % _ROOM == number,
                    (summed[f"w{end}"] - number) * (windows.scale // number) + number,
                )
                for number in range(8, windows.hours - 1, -1)
            )
        )
        for end in ends
    ]
    found = summed.mutate(
        best=ibis.greatest(*means) if len(means) > 1 else means[0],
        o3_8h_windows=reduce(add, valid).cast("int16"),
    ).view()
    count = found.best % _ROOM
    return found.mutate(
        o3_8h_sum=divided((found.best - count) * count, _ROOM * windows.scale),
        o3_8h_count=count.cast("int16"),
    )


def station_days_of_hours(
    engine: Engine, first: date, last: date, library: EvaluationLibrary | None = None
) -> ir.Table:
    """The days of all stations from their live hours, as rows of `AIR_STATION_DAY`; by the book of the day."""
    spans: list[tuple[Windows, date, date]] = []
    for book in (library or evaluation_library()).books:
        start = max(first, book.early_from)
        end = last if book.valid_to is None else min(last, book.valid_to)
        if start <= end:
            windows = Windows.of(book)
            # Editions follow on each other: two that fold alike are one span.
            if spans and spans[-1][0] == windows:
                start = spans.pop()[1]
            spans.append((windows, start, end))
    if not spans:
        raise NoEdition(last)
    pieces = [
        folded(engine.values(AIR_HOUR, months=months_between(start, end), span=hours_of(start, end)), windows)
        for windows, start, end in spans
    ]
    return reduce(ir.Table.union, pieces)


def folded(hours: ir.Table, windows: Windows) -> ir.Table:
    """What `fold` gives, as a view whose text is made once in a process.

    To put the expression into words takes longer than to fold a day of thousands of stations.
    """
    backend = ready(hours).get_backend()
    key = (backend.name, windows, hours.schema())
    if key not in _texts:
        _texts[key] = backend.compile(fold(ibis.table(hours.schema(), name=_INPUT), windows))
    name = f"lantian_days_{next(_numbers)}"
    backend.raw_sql(
        f"CREATE TEMPORARY VIEW {name} AS WITH {_INPUT} AS ({backend.compile(hours)}) {_texts[key]}"
    )
    return backend.table(name)


_INPUT = "lantian_hours"
_texts: dict[tuple[str, Windows, ibis.Schema], str] = {}
_numbers = count()
