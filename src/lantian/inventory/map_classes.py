"""Classes of values for a map: few, with round bounds, so that the many small cells and the few great ones both show."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

#: shares of the values below the lower bounds; the upper ones part what lies above them into equal factors
_SHARES, _UPPER = (0.35, 0.65, 0.9), 3
_ROUND = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)


def rounded(value: float) -> float:
    """The nearest round number: 1, 1.5, 2, 3, 5 or 7 with a power of ten.

    >>> rounded(0.0432), rounded(880), rounded(12)
    (0.05, 1000.0, 10.0)
    """
    if not value > 0 or not math.isfinite(value):
        return 0.0
    power = math.floor(math.log10(value))
    shown = value / 10.0**power
    best = min(_ROUND, key=lambda one: abs(math.log(one / shown)))
    return float(f"{best}e{power}")


def class_bounds(values: Sequence[float]) -> list[float]:
    """Bounds between classes of values above zero, rising; empty where all are alike. A value on a bound is above it.

    >>> class_bounds([5.0, 5.0]), class_bounds([0.5] * 30 + [1.0] * 60 + [50, 3000])
    ([], [1.0, 15.0, 200.0])
    """
    found = np.asarray([value for value in values if value > 0], dtype=np.float64)
    if not len(found):
        return []
    least, most = float(found.min()), float(found.max())
    lower = [float(value) for value in np.quantile(found, _SHARES)]
    step = (most / lower[-1]) ** (1 / _UPPER)
    bounds = {rounded(value) for value in (*lower, *(lower[-1] * step**at for at in range(1, _UPPER)))}
    return sorted(bound for bound in bounds if least < bound <= most)
