"""Temperature in the furnace of a waste incinerator: five-minute means held against what the ministerial order asks for.

What the station does not call normal makes no mean, and a mean under a mark of the enterprise that excepts is not judged: it
is no evidence of too cold a furnace, and none of a hot one.

References
----------
Ministerial order 10 (in force 2020-01-01), second-hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even
from lantian.rules.monitoring.marks import JudgedClaim

FACTOR = "furnace"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FiveMinutes:
    """A mean of five minutes by the clock.

    Attributes
    ----------
    mean
        [°C], unrounded; None where there are too few values.
    """

    start: datetime
    mean: Fraction | None
    count: int


@dataclass(frozen=True, slots=True)
class TooCold:
    """Five-minute means in a row that lie below what is asked for.

    Attributes
    ----------
    begin, end
        The end excluded.
    count
        How many means.
    lowest
        [°C]
    """

    begin: datetime
    end: datetime
    count: int
    lowest: Fraction
    reasons: tuple[Reason, ...]


def holds(kind: str, day: date, *, rules: Book | None = None) -> bool:
    """Whether a kind of outlet is judged by the temperature of its furnace on a day."""
    rows = (rules or book("furnace")).rows
    return any(row["kind"] == kind and date.fromisoformat(row["from"]) <= day for row in rows)


def length(rules: Book | None = None) -> timedelta:
    """How long a mean lasts."""
    return timedelta(minutes=(rules or book("furnace")).whole("minutes"))


def window_of(moment: datetime, *, rules: Book | None = None) -> datetime:
    """The start of the five minutes by the clock in which a moment lies, in its own zone."""
    return moment - (moment - _EPOCH) % length(rules)


def five_minute_means(
    values: Iterable[tuple[datetime, Number]], *, rules: Book | None = None
) -> list[FiveMinutes]:
    """Means by the clock of valid values, in order; of times without a value there is none.

    Parameters
    ----------
    values
        Moments, or starts of minutes, with their temperature [°C].

    Examples
    --------
    >>> at = datetime(2026, 11, 20, 8, 3, tzinfo=UTC)
    >>> [(one.start.minute, one.mean) for one in five_minute_means([(at, 840), (at + timedelta(minutes=1), 861)])]
    [(0, Fraction(1701, 2))]
    """
    rules = rules or book("furnace")
    found: dict[datetime, list[Fraction]] = {}
    for moment, value in values:
        found.setdefault(window_of(moment, rules=rules), []).append(exact(value))
    least = rules.whole("least_values")
    return [
        FiveMinutes(start, sum(listed, Fraction(0)) / len(listed) if len(listed) >= least else None, len(listed))
        for start, listed in sorted(found.items())
    ]


def judge_furnace(
    means: Sequence[FiveMinutes], claims: Sequence[JudgedClaim] = (), *, rules: Book | None = None
) -> list[TooCold]:
    """Means below what is asked for, those in a row as one; exactly as much is enough.

    Parameters
    ----------
    claims
        Marks that the enterprise filed, judged; those that except leave a mean out that they touch.
    """
    rules = rules or book("furnace")
    least, step = exact(rules.number("least_c")), length(rules)
    runs: list[list[FiveMinutes]] = []
    for one in means:
        end = one.start + step
        if one.mean is None or one.mean >= least or any(c.excepts and c.touches(one.start, end, FACTOR) for c in claims):
            continue
        if runs and runs[-1][-1].start + step == one.start:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [_told(run, step, rules) for run in runs]


def _told(run: Sequence[FiveMinutes], step: timedelta, rules: Book) -> TooCold:
    lowest = min(one.mean for one in run if one.mean is not None)
    # Down, so that what lies below is never printed as what is asked for.
    shown = half_even(Fraction(lowest * 10 // 1, 10), 1)
    said = Message(
        _("%(count)s five-minute means of the furnace below %(least)s °C, the lowest %(lowest)s °C (%(document)s)"),
        count=len(run), least=str(rules.number("least_c")), lowest=str(shown), document=rules.entry("least_c").document,
    )  # fmt: skip
    reasons = (Reason("too_cold", said), *rules.defaults("least_values"))
    return TooCold(run[0].start, run[-1].start + step, len(run), lowest, reasons)
