"""Values just below the limit, far more often than in the outlet's own past (R5)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import POLLUTANTS, named
from lantian.rules.monitoring.suspicion.columns import Array, Observations
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown


def limit_hugging(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R5: the share of hours in 0.9 to 1.0 of the limit lies far above that of the outlet's own past; folded values count."""
    low, least = float(rules.number("r5_low")), rules.whole("r5_values")
    rise = Fraction(rules.number("r5_rise"))
    found: list[Sign] = []
    if context.past is None:
        return found
    for factor in POLLUTANTS:
        now, before = _values(data, factor), _values(context.past, factor)
        if now is None or before is None:
            continue
        past = {context.past.outlets[one]: before[a:b] for one, a, b in context.past.groups()}
        for outlet, begin, end in data.groups():
            name = data.outlets[outlet]
            limit, own = context.limits.get((name, factor)), past.get(name)
            if limit is None or own is None:
                continue
            share, count = _share(now[begin:end], limit, low)
            past_share, past_count = _share(own, limit, low)
            if min(count, past_count) < least or share - past_share <= rise:
                continue
            said = Message(
                _("%(share)s %% of the hours of %(factor)s lie at %(low)s to 1 of the limit of %(limit)s; in the outlet's own past"
                  " %(past)s %%"),
                share=shown(round(float(share) * 100, 1)), factor=named(factor), low=str(rules.number("r5_low")),
                limit=shown(limit), past=shown(round(float(past_share) * 100, 1)),
            )  # fmt: skip
            found.append(
                Sign(
                    "R5", (name,), factor, int(data.time[begin]), int(data.time[end - 1]), float(share - past_share),
                    "r5_rise", float(rise), said, (("share", shown(float(share))), ("past_share", shown(float(past_share)))),
                )
            )  # fmt: skip
    return found


def _values(data: Observations, factor: str) -> Array | None:
    """Folded values where there are any, else measured ones; NaN where the mark is not normal."""
    column = data.column(f"{factor}.zs")
    column = data.column(factor) if column is None else column
    return None if column is None else np.where(data.normal(factor), column, np.nan)


def _share(values: Array, limit: float, low: float) -> tuple[Fraction, int]:
    known = values[np.isfinite(values)]
    if not len(known):
        return Fraction(0), 0
    return Fraction(int(((known >= low * limit) & (known <= limit)).sum()), len(known)), len(known)
