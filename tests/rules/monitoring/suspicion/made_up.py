"""Made-up outlets for the tests of suspicious data."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.suspicion.columns import Observations, observations
from lantian.rules.monitoring.suspicion.run import examine
from lantian.rules.monitoring.suspicion.sign import Context, Sign

#: midnight of a day, campaign time
START = int(datetime(2026, 3, 2, tzinfo=BEIJING).timestamp())
FIVE, HOUR = 300, 3600


def make(step: int = FIVE, start: int = START, marks=None, received=None, **outlets) -> Observations:
    """Outlets with their columns: ``make(A={"so2": [1, 2]}, B=…)``; all begin at the same time."""
    names: list[str] = []
    times: list[int] = []
    columns: dict[str, list[float]] = {}
    every = sorted({name for one in outlets.values() for name in one})
    flags: dict[str, list[int]] = {name: [] for name in (marks or {})}
    for outlet, one in outlets.items():
        rows = max(len(values) for values in one.values())
        names += [outlet] * rows
        times += [start + step * n for n in range(rows)]
        for name in every:
            columns.setdefault(name, []).extend(one.get(name, [np.nan] * rows))
        for name, text in (marks or {}).items():
            flags[name] += [ord(letter) if letter != "-" else 0 for letter in (text * rows)[:rows]]
    return observations(
        names, np.array(times, np.int64), {name: np.array(v, float) for name, v in columns.items()},
        marks={name: np.array(v, np.uint8) for name, v in flags.items()},
        received=None if received is None else np.array(times, np.int64) + received,
    )  # fmt: skip


def wavy(rows: int, level: float = 30.0, spread: float = 5.0, seed: int = 1, digits: int = 2) -> np.ndarray:
    """Values as an analyser sends them: correlated noise around a level."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 1, rows)
    for at in range(1, rows):
        steps[at] += 0.8 * steps[at - 1]
    return np.round(np.maximum(level + spread * steps / 1.7, 0.01), digits)


def look(rule: str, data: Observations, period: str = "realtime", context: Context | None = None, **entries) -> list[Sign]:
    """The signs of one rule, with entries of the book set otherwise."""
    overrides = [
        {"book": "suspicion", "entry": name, "value": str(value), "grounds": "test"} for name, value in entries.items()
    ]
    found = examine(data, period, context, only=[rule], rules=book("suspicion").overridden(overrides))
    assert found.looked == (rule,), found.skipped
    return list(found.signs)
