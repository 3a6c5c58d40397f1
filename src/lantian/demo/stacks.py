"""What the monitors of the demo city measure: values that follow from the time alone, so that they can be made again."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lantian.rules.air.labels import BEIJING

#: factor → figures behind the point
_PLACES = {"a19001": 2, "a01012": 1, "a01011": 2, "a01014": 2, "a34001": 3}


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a monitor.

    Attributes
    ----------
    level
        Its usual value, dry and not folded for pollutants.
    swing
        How much of it is noise.
    load
        How much of it follows the load of the works.
    """

    code: str
    level: float
    swing: float = 0.12
    load: float = 0.15


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitored point of the demo.

    Attributes
    ----------
    oxygen
        Reference oxygen to which pollutants are folded [%]; None where nothing is folded.
    stopped
        Hours before now at which the works was stopped, and when it went on.
    """

    mn: str
    source: str
    unit: str
    name: str
    kind: str
    factors: tuple[Factor, ...]
    oxygen: float | None = None
    st: str = "31"
    stopped: tuple[int, int] | None = None


def _noise(*parts: object) -> float:
    """Between -1 and 1, the same for the same parts."""
    return zlib.crc32("|".join(map(str, parts)).encode()) / 2**31 - 1


def load_of(monitor: Monitor, at: datetime) -> float:
    """How much the works runs at a moment, as a share of full load: less at night, with its own rhythm."""
    local = at.astimezone(BEIJING)
    hour = local.hour + local.minute / 60
    day = 0.86 + 0.10 * math.sin((hour - 9) / 24 * 2 * math.pi)
    return day + 0.04 * _noise(monitor.mn, local.date(), local.hour)


def value_of(monitor: Monitor, factor: Factor, at: datetime, load: float) -> float:
    """What a monitor measures at a moment."""
    slot = int(at.timestamp() // 300)
    share = (load - 0.86) / 0.86 * factor.load
    noise = factor.swing * (0.6 * _noise(monitor.mn, factor.code, slot) + 0.4 * _noise(factor.code, monitor.mn, slot // 12))
    return max(0.0, factor.level * (1 + share + noise))


def rows_of(
    monitor: Monitor, first: datetime, last: datetime, step: timedelta, now: datetime
) -> Iterator[tuple[datetime, str, Decimal, Decimal | None]]:
    """Moments or periods from one to another: start, factor, value, and what the station itself has folded it to."""
    at = first
    while at <= last:
        load = load_of(monitor, at)
        if monitor.stopped is not None:
            begin, end = (now - timedelta(hours=hours) for hours in monitor.stopped)
            load = 0.0 if begin <= at < end else load
        measured = {
            factor.code: (value_of(monitor, factor, at, load) if load else factor.level * 0.01)
            for factor in monitor.factors
        }
        if not load and "a19001" in measured:
            measured["a19001"] = 20.7
        oxygen = measured.get("a19001")
        for code, value in measured.items():
            folded = None
            if monitor.oxygen is not None and code in FOLDED and oxygen is not None and oxygen < 19:
                folded = _printed(code, value * (21 - monitor.oxygen) / (21 - oxygen))
            yield at, code, _printed(code, value), folded
        at += step


#: pollutants that are folded
FOLDED = frozenset({"a34013", "a21026", "a21002", "a21005"})


def _printed(code: str, value: float) -> Decimal:
    return Decimal(f"{value:.{_PLACES.get(code, 2)}f}")
