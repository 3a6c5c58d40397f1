"""Patterns that nature does not draw: a period in small fluctuation (R3), last digits that are not uniform (R22)."""

from __future__ import annotations

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import POLLUTANTS, named
from lantian.rules.monitoring.suspicion.columns import Array, Observations
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown

_MOST_DECIMALS = 3


def regular_period(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R3: most of a small fluctuation lies in one period that repeats often."""
    bound, most, least = float(rules.number("r3_share")), float(rules.number("r3_cv")), rules.whole("r3_values")
    periods = rules.whole("r3_periods")
    found: list[Sign] = []
    for factor in POLLUTANTS:
        column = data.column(factor)
        if column is None:
            continue
        good = np.isfinite(column) & (column > 0) & data.normal(factor)
        for outlet, begin, end in data.groups():
            at = np.flatnonzero(good[begin:end]) + begin
            if len(at) < least or not _even(data.time[at]):
                continue
            values = column[at]
            spread = float(values.std() / values.mean())
            if not 0 < spread <= most:
                continue
            share, cycles = _strongest_line(values)
            if share < bound or cycles < periods:
                continue
            minutes = (int(data.time[at[-1]]) - int(data.time[at[0]])) / cycles / 60
            said = Message(
                _("%(share)s %% of the small fluctuation of %(factor)s is one period of %(minutes)s min, repeated %(cycles)s"
                  " times"),
                share=shown(round(share * 100, 1)), factor=named(factor), minutes=shown(round(minutes, 1)), cycles=cycles,
            )  # fmt: skip
            found.append(
                Sign(
                    "R3", (data.outlets[outlet],), factor, int(data.time[at[0]]), int(data.time[at[-1]]), share,
                    "r3_share", bound, said, (("cv", shown(round(spread, 4))), ("cycles", str(cycles))),
                )
            )  # fmt: skip
    return found


def _even(time: Array) -> bool:
    """Whether moments are evenly spaced, but for one in twenty."""
    gaps = np.diff(time)
    return bool((gaps == np.median(gaps)).mean() >= 0.95)


def _strongest_line(values: Array) -> tuple[float, int]:
    """Share of the power in the strongest line with its two neighbours, and how often it repeats."""
    at = np.arange(len(values))
    flat = values - np.polyval(np.polyfit(at, values, 1), at)
    power = np.abs(np.fft.rfft(flat * np.hanning(len(flat)))) ** 2
    power[0] = 0
    total = float(power.sum())
    if not total:
        return 0.0, 0
    peak = int(np.argmax(power))
    return float(power[max(1, peak - 1) : peak + 2].sum()) / total, peak


def last_digits(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R22: last digits as printed are not uniform, by chi-square; an analyser that reads in steps is left out."""
    bound, least = float(rules.number("r22_chi2")), rules.whole("r22_values")
    found: list[Sign] = []
    for factor in POLLUTANTS:
        column = data.column(factor)
        if column is None:
            continue
        good = np.isfinite(column) & (column > 0) & data.normal(factor)
        for outlet, begin, end in data.groups():
            at = np.flatnonzero(good[begin:end]) + begin
            values = column[at]
            if len(values) < least:
                continue
            whole = np.rint(values * 10.0 ** _decimals(values)).astype(np.int64)
            # Digits are uniform only where values range over many tens of their last place.
            if np.percentile(whole, 90) - np.percentile(whole, 10) < 50 or _in_steps(whole):
                continue
            counts = np.bincount(whole % 10, minlength=10)
            expected = len(whole) / 10
            chi2 = float(((counts - expected) ** 2 / expected).sum())
            if chi2 <= bound:
                continue
            top = int(np.argmax(counts))
            said = Message(
                _("the last digits of %(factor)s are not spread evenly (chi-square %(chi2)s, above %(bound)s): %(count)s of"
                  " %(values)s are %(digit)s"),
                factor=named(factor), chi2=shown(round(chi2, 1)), bound=str(rules.number("r22_chi2")), count=int(counts[top]),
                values=len(whole), digit=top,
            )  # fmt: skip
            found.append(
                Sign(
                    "R22", (data.outlets[outlet],), factor, int(data.time[at[0]]), int(data.time[at[-1]]), chi2,
                    "r22_chi2", bound, said,
                )
            )  # fmt: skip
    return found


def _decimals(values: Array) -> int:
    """Decimals that nearly all values were printed with."""
    for digits in range(_MOST_DECIMALS):
        scaled = values * 10.0**digits
        if float((np.abs(scaled - np.rint(scaled)) < 1e-6 * np.maximum(1, np.abs(scaled))).mean()) > 0.98:
            return digits
    return _MOST_DECIMALS


def _in_steps(whole: Array) -> bool:
    """Whether nearly all are multiples of a step above 1."""
    return any(float((whole % step == 0).mean()) > 0.98 for step in (2, 5))
