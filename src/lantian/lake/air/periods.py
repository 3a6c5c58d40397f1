"""Daily values gathered by period: counts, sums, percentiles and the days by their AQI, of all entities at once.

What comes out here are counts, which are exact, and two floats for each pollutant, of which `results` knows how far they may
be off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from lantian.lake.air.scales import JUDGED
from lantian.rules.air.evaluation_books import EvaluationBook
from lantian.rules.air.periods import Period
from lantian.rules.air.validity import days_needed


def by_period(days: ir.Table, periods: Sequence[Period], book: EvaluationBook) -> ir.Table:
    """Statistics of each entity and period that has a day; ``period`` is the number of it in the sequence.

    Of each pollutant: ``_valid`` days, ``_total`` of the values, ``_high`` their percentile of rank ``1 + (n - 1) p``,
    ``_peak`` the greatest one, all in the parts that `Scales` tells; ``_points`` the most points of a value; ``_full`` the
    months, or parts of a month, with enough of them. Further ``good``, ``heavy``, ``told``, ``few``.

    Parameters
    ----------
    days
        Daily values with their AQI.
    periods
        May overlap.
    """
    percents = {item.column: item.percentile for item in book.items}
    floats = {f"{column}_value": days[column].cast("float64") / days[f"{column}_points"] for column in JUDGED}
    dated = days.mutate(**floats).view().join(_calendar(periods, book), "day").view()
    aggregates: dict[str, ir.Value] = {}
    for column in JUDGED:
        value = dated[f"{column}_value"]
        aggregates |= {
            f"{column}_valid": value.count().cast("int32"),
            f"{column}_total": value.sum(),
            f"{column}_high": value.quantile(percents[column] / 100),
            f"{column}_peak": value.max(),
            f"{column}_points": dated[f"{column}_points"].max(),
        }
    for name in ("good", "heavy", "told"):
        aggregates[f"{name}_days"] = dated[name].cast("int32").sum().cast("int32")
    gathered = dated.group_by("kind", "entity", "period").agg(**aggregates, few=dated.few.sum().cast("int32"))
    months = _full_months(dated)
    keys = ("kind", "entity", "period")
    return gathered.join(months, [gathered[key] == months[f"{key}_of"] for key in keys]).drop(
        *(f"{key}_of" for key in keys)
    )


def _full_months(dated: ir.Table) -> ir.Table:
    parts = dated.group_by("kind", "entity", "period", "part").agg(
        **{f"{column}_days": dated[f"{column}_value"].count() for column in JUDGED}, needed=dated.needed.max()
    )
    return parts.group_by(kind_of=parts.kind, entity_of=parts.entity, period_of=parts.period).agg(
        **{
            f"{column}_full": (parts[f"{column}_days"] >= parts.needed).cast("int32").sum().cast("int32")
            for column in JUDGED
        }
    )


def _calendar(periods: Sequence[Period], book: EvaluationBook) -> ir.Table:
    """Each day of each period, with the part of it that lies in its month."""
    days, of_period, of_part, needed = [], [], [], []
    for number, period in enumerate(periods):
        day = period.first
        for place, part in enumerate(period.parts()):
            days += [day + timedelta(days=after) for after in range(part.days)]
            day += timedelta(days=part.days)
            of_period += [number] * part.days
            of_part += [place] * part.days
            needed += [days_needed(part, book)] * part.days
    return ibis.memtable(
        pa.table(
            {
                "day": pa.array(days, pa.date32()),
                "period": np.array(of_period, dtype=np.int32),
                "part": np.array(of_part, dtype=np.int32),
                "needed": np.array(needed, dtype=np.int32),
            }
        )
    )
