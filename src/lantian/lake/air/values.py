"""The daily values of stations and of cities, as whole numbers over a known denominator.

The value of a station's day is ``sum / count`` [thousandths]. With `Scales` it is a whole number of equal parts of a
thousandth, whatever the count, and the value of a city is the sum of those of its points over their number: nothing is
divided before the end.

References
----------
GB 3095 table 4; HJ 663 6.1.2 and table A.2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from lantian.lake.air.arithmetic import bigint, divided
from lantian.lake.air.scales import JUDGED, MEANS, VALUES, Scales, ozone_limit
from lantian.rules.air.evaluation import Scheme
from lantian.rules.air.validity import points_needed

STATION, CITY = "station", "city"

_LARGEST = 2**31
_ROOM = 2**63


def station_values(days: ir.Table, scheme: Scheme) -> ir.Table:
    """Rows of `AIR_STATION_DAY` as daily values: ``kind, entity, day``, the values, and ``<value>_points`` (1).

    What has too few hours is empty. A day with fewer means of 8 hours than wanted counts if its greatest one exceeds the
    limit.
    """
    book, scales = scheme.book, Scales.of(scheme.book)
    hours, limit = book.number("day_hours"), ozone_limit(scheme)
    values: dict[str, ir.Value] = {}
    for column in MEANS:
        count = days[f"{column}_count"].cast("int64")
        mean = days[f"{column}_sum"] * divided(ibis.literal(scales.mean, type="int64"), count)
        values[column] = (count >= hours).ifelse(mean, ibis.null("int64"))
    total, count = days.o3_8h_sum, days.o3_8h_count.cast("int64")
    counts = (days.o3_8h_windows >= book.number("windows")) | (
        total * limit.denominator > count * limit.numerator
    )
    greatest = total * divided(ibis.literal(scales.window, type="int64"), count)
    values["o3"] = counts.ifelse(greatest, ibis.null("int64"))
    values["o3_1h"] = (days.o3_count >= hours).ifelse(days.o3_max.cast("int64"), ibis.null("int64"))
    one = ibis.literal(1, type="int32")
    return days.select(
        kind=ibis.literal(STATION),
        entity=days.station,
        day=days.day,
        **values,
        **{f"{column}_points": one for column in VALUES},
        few=ibis.literal(0, type="int32"),
    )


def city_values(
    stations: ir.Table,
    cities: Mapping[str, Collection[str]],
    scheme: Scheme,
    *,
    available: bool = False,
) -> ir.Table:
    """Daily values of cities from those of their points; a station may belong to several.

    Parameters
    ----------
    cities
        City → its points.
    available
        Use the points there are, however few.

    Returns
    -------
    ibis.expr.types.Table
        As `station_values`; ``few`` says how many of the six values had fewer points than needed.
    """
    most = max((len(points) for points in cities.values()), default=0)
    if most * _LARGEST * max(Scales.of(scheme.book).of_column(column) for column in VALUES) >= _ROOM:
        raise ValueError(f"The values of {most} points cannot be added in 64 bits.")
    members = [(city, point) for city, points in cities.items() for point in sorted(set(points))]
    needed = {city: points_needed(len(set(points)), scheme.book) for city, points in cities.items()}
    table = ibis.memtable(
        pa.table(
            {
                "city": pa.array([city for city, _point in members], pa.string()),
                "point": pa.array([point for _city, point in members], pa.string()),
                "needed": pa.array([needed[city] for city, _point in members], pa.int32()),
            }
        )
    )
    points = stations.join(table, stations.entity == table.point)
    found = points.group_by("city", "day").agg(
        **{column: bigint(points[column].sum()) for column in VALUES},
        **{f"{column}_points": points[column].count().cast("int32") for column in VALUES},
        needed=points.needed.max(),
    )
    few = [
        ((found[f"{column}_points"] < found.needed) & (found[f"{column}_points"] > 0)).cast("int32")
        for column in JUDGED
    ]
    enough = {
        column: found[column]
        if available
        else (found[f"{column}_points"] >= found.needed).ifelse(found[column], ibis.null("int64"))
        for column in VALUES
    }
    return found.select(
        kind=ibis.literal(CITY),
        entity=found.city,
        day=found.day,
        **enough,
        **{f"{column}_points": found[f"{column}_points"] for column in VALUES},
        few=reduce(add, few).cast("int32"),
    )
