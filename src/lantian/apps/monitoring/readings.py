"""What monitored points sent, out of the lake: series for curves and tables, and how much of what was due has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lantian.apps.air import lake as lake_of_office
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period

if TYPE_CHECKING:
    from lantian.lake.engines import Engine
    from lantian.lake.store import Lake

#: where the lake says that the moment of an hour entered by hand is from
HAND = "hand"
#: rows of the lake that a page reads at most
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of a factor.

    Attributes
    ----------
    value, folded
        As printed, in the unit of the station.
    hand
        Whether it was entered by hand, not sent.
    """

    value: Decimal | None
    folded: Decimal | None
    flag: str
    least: Decimal | None = None
    most: Decimal | None = None
    total: Decimal | None = None
    hand: bool = False


@dataclass(slots=True)
class Series:
    """What a device sent in a span: factor → moment → reading; moments in campaign time."""

    factors: dict[str, dict[datetime, Reading]] = field(default_factory=dict)

    @property
    def times(self) -> list[datetime]:
        """All moments in order."""
        return sorted({moment for values in self.factors.values() for moment in values})

    def __bool__(self) -> bool:
        return any(self.factors.values())


def lake() -> Lake:
    """The lake of this office."""
    return lake_of_office()


_RTD = ("rtd", "zs_rtd")
_MEAN = ("avg", "zs_avg")


def series(
    mns: Collection[str],
    period: Period,
    first: datetime,
    last: datetime,
    *,
    factors: Collection[str] | None = None,
    most: int | None = None,
    by_hand: bool = False,
) -> dict[str, Series]:
    """What devices sent of one kind of period, by device number.

    Parameters
    ----------
    first, last
        Starts of periods from one to the other, both included.
    most
        So many rows at most, the first ones: for pages, which show what they can. Who judges leaves nothing out.
    by_hand
        Whether hours that were entered by hand fill what the device did not send; they carry the mark ``S``.
    """
    from lantian.lake.stacks.reading import read_values

    found = {mn: Series() for mn in mns}
    value, folded = _RTD if period == Period.MOMENT else _MEAN
    columns = ["mn", "factor", "start", value, folded, "flag", "min", "max", "cou", "data", "rs", "received"]
    columns += ["off", "clock"]
    rows = read_values(
        lake(), first, last, mns=mns, cns=[COMMAND_OF[period]], factors=factors, off=by_hand, columns=columns
    )
    for row in rows.slice(0, most).to_pylist():
        if row["off"] and row["clock"] != HAND:
            continue
        said = row[value]
        for other in ("data", "rs"):
            said = row[other] if said is None else said
        moment = row["start"].astimezone(CAMPAIGN_TIME)
        found[row["mn"]].factors.setdefault(row["factor"], {})[moment] = Reading(
            _plain(said),
            _plain(row[folded]),
            row["flag"] or "",
            _plain(row["min"]),
            _plain(row["max"]),
            _plain(row["cou"]),
            row["clock"] == HAND,
        )
    return found


def states(
    mns: Collection[str], first: datetime, last: datetime
) -> dict[str, dict[str, dict[datetime, Decimal]]]:
    """States of equipment that loggers sent (CN 2021): device number → equipment → moment → code."""
    from lantian.lake.stacks.reading import read_values

    found: dict[str, dict[str, dict[datetime, Decimal]]] = {}
    rows = read_values(lake(), first, last, mns=mns, cns=["2021"], columns=["mn", "factor", "start", "rs"])
    for row in rows.slice(0, MOST_ROWS).to_pylist():
        if row["rs"] is not None:
            moment = row["start"].astimezone(CAMPAIGN_TIME)
            found.setdefault(row["mn"], {}).setdefault(row["factor"], {})[moment] = row["rs"]
    return found


def _plain(value: Decimal | None) -> Decimal | None:
    """A number without the zeros that its column adds."""
    if value is None:
        return None
    shown = value.normalize()
    exponent = shown.as_tuple().exponent
    return shown.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else shown


@dataclass(frozen=True, slots=True)
class Came:
    """How much of a device's hourly data has come.

    Attributes
    ----------
    hours
        Hours of which anything came, whether due or not.
    values, valid
        Values, and those of them that the device itself calls normal, by the hour.
    """

    hours: frozenset[datetime]
    values: Mapping[datetime, int]
    valid: Mapping[datetime, int]


@dataclass(frozen=True, slots=True)
class Total:
    """How much of a device's hourly data has come in a span.

    Attributes
    ----------
    first
        The first hour of which anything came.
    hours, values, valid
        Hours of which anything came, values, and those of them that the device itself calls normal.
    """

    first: datetime
    hours: int
    values: int
    valid: int


def totals(mns: Collection[str], first: datetime, last: datetime) -> dict[str, Total]:
    """How much hourly data of devices has come in all, whole hours only; devices of which nothing came are left out.

    Parameters
    ----------
    first, last
        Starts of hours from one to the other, both included.
    """
    from lantian.lake.engines import duck

    if not mns:
        return {}
    with duck(lake()) as engine:
        rows = _of_hours(engine, mns, first, last)
        rows = rows.filter(rows.start == rows.start.truncate("h"))
        grouped = rows.group_by("mn").agg(
            first=rows.start.min(), hours=rows.start.nunique(), values=rows.count(), valid=rows.good.sum()
        )
        return {
            row["mn"]: Total(row["first"], row["hours"], row["values"], row["valid"])
            for row in grouped.to_pyarrow().to_pylist()
        }


def _of_hours(engine: Engine, mns: Collection[str], first: datetime, last: datetime) -> Any:
    from lantian.lake.stacks.reading import stack_values

    rows: Any = stack_values(engine, first, last, mns=mns, cns=[COMMAND_OF[Period.HOUR]])
    rows = rows.filter(rows.clock == "data")
    return rows.mutate(good=(rows.flag.isnull() | (rows.flag == "N") | (rows.flag == "")).cast("int64"))


def came(mns: Collection[str], first: datetime, last: datetime) -> dict[str, Came]:
    """How much hourly data of devices has come.

    Parameters
    ----------
    first, last
        Starts of hours from one to the other, both included.
    """
    from lantian.lake.engines import duck

    counted: dict[str, tuple[dict[datetime, int], dict[datetime, int]]] = {}
    if mns:
        with duck(lake()) as engine:
            rows = _of_hours(engine, mns, first, last)
            grouped = rows.group_by("mn", "start").agg(values=rows.count(), valid=rows.good.sum())
            for row in grouped.to_pyarrow().to_pylist():
                values, valid = counted.setdefault(row["mn"], ({}, {}))
                values[row["start"]], valid[row["start"]] = row["values"], row["valid"]
    return {
        mn: Came(frozenset(values), values, valid)
        for mn, (values, valid) in ((mn, counted.get(mn, ({}, {}))) for mn in mns)
    }
