"""Amounts of an outlet per hour, day, quarter and year, with substitutes for what is missing, against the permit.

Concentration is the measured dry one, not the folded one: folding corrects dilution in the concentration, while the flow
counts the dilution already. Substitutes fill amounts alone; nothing in here is held against a concentration limit.

References
----------
HJ 212-2017, Annex D (mass rate); HJ 75-2017 (substitutes, second-hand).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import InputError, Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even, ratio
from lantian.rules.monitoring.validity import capture_rate
from lantian.rules.sources.units import Quantity, product

#: document by which hours are filled, and the edition of what stands here: what was stored by another is worked out anew
RULE, VERSION = "HJ 75-2017", "1"


class HourState(StrEnum):
    """What an hour is for amounts."""

    VALID = "valid"
    #: a mark that holds says so: it emitted nothing, and it is no gap
    STOPPED = "stopped"
    #: missing or invalid: looks back from the failure
    MISSING = "missing"
    #: not sent, and its amount entered by hand: counts so, is no evidence, and no valid hour
    BY_HAND = "by_hand"
    #: out of control after a calibration that failed: looks back from the last one that passed
    OUT_OF_CONTROL = "out_of_control"


@dataclass(frozen=True, slots=True)
class HourAmount:
    """An hour of a factor.

    Attributes
    ----------
    kg
        Amount [kg]; None unless valid or entered by hand.
    """

    state: HourState
    kg: Fraction | None = None


@dataclass(frozen=True, slots=True)
class FilledHour:
    """An hour that counts.

    Attributes
    ----------
    kg
        [kg]; None where there is no rule for a substitute.
    substituted
        Whether `kg` was not measured: it is a substitute, or was entered by hand.
    """

    kg: Fraction | None
    substituted: bool
    reason: Reason


#: what an hour of 1 mg/m³ in 1 m³/h is [kg], the units multiplied out
_OF_ONE = product(Quantity.of(1, "mg/m3"), Quantity.of(1, "m3/h"), Quantity.of(1, "h"), wanted="kg")


def hour_kg(concentration: Number, flow: Number) -> Fraction:
    """C · Q · 1e-6 [kg].

    Parameters
    ----------
    concentration
        Dry, as measured, not folded [mg/m³].
    flow
        Dry, standard [m³/h].

    Examples
    --------
    >>> hour_kg(35, 100_000)
    Fraction(7, 2)

    Raises
    ------
    InputError
        ``negative``
    """
    if concentration < 0 or flow < 0:
        raise InputError("negative", Message(_("A concentration or a flow is not below zero.")))
    # Whole numbers, reduced once: there are as many of these as there are hours of all points.
    (above, below), (of_flow, by_flow) = ratio(concentration), ratio(flow)
    return Fraction(above * of_flow * _OF_ONE.numerator, below * by_flow * _OF_ONE.denominator)


@dataclass(frozen=True, slots=True)
class Filled:
    """The hours of a quarter with substitutes.

    Attributes
    ----------
    total_kg
        Sum of what counts [kg]; None where an hour has no substitute.
    known_kg
        Sum of the valid hours alone [kg].
    """

    hours: tuple[FilledHour, ...]
    total_kg: Fraction | None
    known_kg: Fraction
    substituted_kg: Fraction
    substituted: int
    open: int
    capture: Fraction | None
    reasons: tuple[Reason, ...]


def fill_quarter(
    hours: Sequence[HourAmount],
    before: Sequence[HourAmount] = (),
    *,
    last_calibration: int | None = None,
    rules: Book | None = None,
) -> Filled:
    """Fill what is missing in the hours of a quarter by the greatest of the last valid hourly amounts (HJ 75-2017).

    ==========================  ============  =============================================
    capture of the quarter      gap           greatest of the last
    ==========================  ============  =============================================
    at least 90 %               up to 24 h    180 valid hours before the failure
    at least 90 %               above 24 h    720 valid hours
    75 % to below 90 %          any           2160 valid hours
    below 75 %                  –             no rule
    ==========================  ============  =============================================

    Parameters
    ----------
    hours
        Every hour of the quarter in order.
    before
        Hours before the quarter in order, for looking back.
    last_calibration
        For hours out of control: number of the hour of the quarter at which the last calibration that passed ended; without
        it they look back from the failure, which is said.
    """
    rules = rules or book("amounts")
    every = [*before, *hours]
    offset = len(before)
    stopped = sum(one.state is HourState.STOPPED for one in hours)
    bad = sum(_is_bad(one) for one in hours)
    capture = capture_rate(len(hours), stopped, bad).value
    valid_at = [at for at, one in enumerate(every) if one.state is HourState.VALID]
    history = _History([every[at].kg or Fraction(0) for at in valid_at])
    lengths = _gaps(every)[offset:]
    filled: list[FilledHour] = []
    for at, one in enumerate(hours):
        if one.state is HourState.VALID:
            if one.kg is None:
                raise InputError("kg", Message(_("A valid hour needs its amount.")))
            filled.append(FilledHour(one.kg, False, Reason("measured", Message(_("measured")))))
        elif one.state is HourState.STOPPED:
            said = Message(_("stopped by a mark that holds: nothing was emitted"))
            filled.append(FilledHour(Fraction(0), False, Reason("stopped", said)))
        elif one.state is HourState.BY_HAND and one.kg is not None:
            filled.append(FilledHour(one.kg, True, Reason("by_hand", Message(_("entered by hand")))))
        else:
            begin = offset + at
            while begin > 0 and _is_bad(every[begin - 1]):
                begin -= 1
            if one.state is HourState.OUT_OF_CONTROL and last_calibration is not None:
                begin = min(begin, offset + last_calibration)
            filled.append(_substitute(history, bisect_left(valid_at, begin), lengths[at], capture, rules))
    known = sum((one.kg for one in filled if not one.substituted and one.kg is not None), Fraction(0))
    added = sum((one.kg for one in filled if one.substituted and one.kg is not None), Fraction(0))
    missing = sum(one.kg is None for one in filled)
    reasons: list[Reason] = []
    if any(one.state is HourState.OUT_OF_CONTROL for one in hours) and last_calibration is None:
        said = Message(_("the last calibration is not known: hours out of control look back from the failure"))
        reasons.append(Reason("calibration_unknown", said))
    if missing:
        said = Message(_("%(count)s hours have no substitute: the amount of the quarter is open"), count=missing)
        reasons.append(Reason("open", said))
    return Filled(
        tuple(filled),
        None if missing else known + added,
        known,
        added,
        sum(one.substituted for one in filled),
        missing,
        capture,
        (*reasons, *rules.defaults("short_history")) if bad else tuple(reasons),
    )


def _is_bad(one: HourAmount) -> bool:
    return one.state in (HourState.MISSING, HourState.OUT_OF_CONTROL, HourState.BY_HAND)


def _gaps(hours: Sequence[HourAmount]) -> list[int]:
    """For each hour, how many bad hours in a row it is one of; 0 of a good one."""
    lengths, at = [0] * len(hours), 0
    while at < len(hours):
        end = at
        while end < len(hours) and _is_bad(hours[end]):
            end += 1
        lengths[at:end] = [end - at] * (end - at)
        at = max(end, at + 1)
    return lengths


def _substitute(
    history: _History,
    end: int,
    gap: int,
    capture: Fraction | None,
    rules: Book,
) -> FilledHour:
    if capture is None or capture * 100 < exact(rules.number("low_percent")):
        said = Message(
            _("capture of the quarter is %(capture)s %%, below %(low)s %%: there is no rule for a substitute, another method"
              " of accounting is needed"),
            capture="—" if capture is None else str(half_even(capture * 100, 1)), low=str(rules.number("low_percent")),
        )  # fmt: skip
        return FilledHour(None, False, Reason("capture_low", said))
    if capture * 100 < exact(rules.number("high_percent")):
        name = "low_look_back"
    else:
        name = "short_look_back" if gap <= rules.whole("short_gap_hours") else "long_look_back"
    wanted = rules.whole(name)
    count = min(end, wanted)
    if not count or (count < wanted and rules.choice("short_history") == "refuse"):
        said = Message(
            _("only %(count)s valid hours lie before the gap; the greatest of %(wanted)s is wanted"),
            count=count, wanted=wanted,
        )  # fmt: skip
        return FilledHour(None, False, Reason("history_short", said))
    said = Message(
        _("substitute: the greatest of the last %(count)s valid hourly amounts, gap of %(gap)s h, capture %(capture)s %%"),
        count=count, gap=gap, capture=str(half_even(capture * 100, 1)),
    )  # fmt: skip
    return FilledHour(history.greatest(end, wanted), True, Reason("substitute", said))


class _History:
    """Valid hourly amounts in order, and the greatest of the last so many before each."""

    def __init__(self, kg: Sequence[Fraction]) -> None:
        self._kg = kg
        self._greatest: dict[int, list[Fraction]] = {}

    def greatest(self, end: int, width: int) -> Fraction:
        """The greatest of the last `width` amounts before number `end`, which is above 0."""
        if width not in self._greatest:
            found: list[Fraction] = []
            # Numbers of amounts that may still become the greatest, the greatest first.
            window: deque[int] = deque()
            for at, value in enumerate(self._kg):
                while window and self._kg[window[-1]] <= value:
                    window.pop()
                window.append(at)
                if window[0] <= at - width:
                    window.popleft()
                found.append(self._kg[window[0]])
            self._greatest[width] = found
        return self._greatest[width][end - 1]


# --- sums ---

#: decimals to which sums are kept [kg]: a milligram
KEPT_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Sum:
    """The hours of a day, or of any period, added up; two sums add up to that of both periods.

    Attributes
    ----------
    measured_kg, substituted_kg
        [kg], each kept to a milligram, half to even.
    measured, substituted, stopped, open
        Hours: valid ones, those with a substitute, those in which the source stood still by a mark that holds, and those
        that have no substitute.
    """

    measured_kg: Decimal = Decimal(0)
    substituted_kg: Decimal = Decimal(0)
    measured: int = 0
    substituted: int = 0
    stopped: int = 0
    open: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.measured_kg + other.measured_kg,
            self.substituted_kg + other.substituted_kg,
            self.measured + other.measured,
            self.substituted + other.substituted,
            self.stopped + other.stopped,
            self.open + other.open,
        )

    @property
    def kg(self) -> Decimal:
        """With substitutes, without open hours [kg]."""
        return self.measured_kg + self.substituted_kg

    @property
    def hours(self) -> int:
        """All hours."""
        return self.measured + self.substituted + self.stopped + self.open


def sum_of(hours: Sequence[FilledHour]) -> Sum:
    """Hours added up exactly and kept to a milligram, once.

    Parameters
    ----------
    hours
        As :func:`fill_quarter` gives them, those of one day for what is stored: months, quarters and years are sums of days.
    """
    measured, substituted = Fraction(0), Fraction(0)
    counts = {"measured": 0, "substituted": 0, "stopped": 0, "open": 0}
    for one in hours:
        if one.kg is None:
            counts["open"] += 1
        elif one.substituted:
            substituted += one.kg
            counts["substituted"] += 1
        elif one.reason.code == "stopped":
            counts["stopped"] += 1
        else:
            measured += one.kg
            counts["measured"] += 1
    return Sum(half_even(measured, KEPT_DIGITS), half_even(substituted, KEPT_DIGITS), **counts)


# --- against the permit ---


class AmountVerdict(StrEnum):
    """An amount held against what the permit allows."""

    WITHIN = "within"
    NEAR = "near"
    #: above only with substitutes, which are no evidence
    RECKONED = "reckoned"
    EXCEEDS = "exceeds"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class AgainstPermit:
    """The amount of a year so far, against the permit.

    Attributes
    ----------
    emitted_t, permitted_t
        [t]
    share
        Emitted over permitted.
    pace
        Share of the amount over share of the year; above 1 it will not last. None on the first day or without figures.
    """

    factor: str
    emitted_t: Fraction | None
    permitted_t: Decimal | None
    share: Fraction | None
    pace: Fraction | None
    verdict: AmountVerdict
    reason: Reason
    notes: tuple[Reason, ...] = ()


def against_permit(
    factor: str,
    emitted_kg: Number | None,
    permitted_t: Decimal | None,
    days_gone: int,
    days_of_year: int,
    *,
    substituted_kg: Number = 0,
    open_hours: int = 0,
    rules: Book | None = None,
) -> AgainstPermit:
    """The amount of a year so far, held against the permit.

    Only what was measured is evidence: an amount that is above the permit by its substitutes alone is told as reckoned.
    Hours without a substitute make the amount a lower bound: it may show that the permit is exceeded or nearly used up,
    never that it is kept.

    Parameters
    ----------
    emitted_kg
        With substitutes [kg]; None where nothing is known.
    substituted_kg
        How much of it is substituted [kg], which is said.
    open_hours
        Hours that have no substitute and are not in the amount.

    Examples
    --------
    >>> above = against_permit("nox", 90_000, Decimal(85), 181, 365, substituted_kg=6_000)
    >>> above.verdict, against_permit("nox", 90_000, Decimal(85), 181, 365).verdict
    (<AmountVerdict.RECKONED: 'reckoned'>, <AmountVerdict.EXCEEDS: 'exceeds'>)
    """
    rules = rules or book("amounts")
    if not 0 <= days_gone <= days_of_year:
        raise InputError("days", Message(_("More days are gone than the year has.")))
    if emitted_kg is None or permitted_t is None or permitted_t <= 0:
        if emitted_kg is None:
            said = Message(_("hours are missing that have no substitute: the amount is open"))
            reason = Reason("open", said)
        else:
            reason = Reason("no_permit_amount", Message(_("the permit has no amount of this factor: enter it")))
        emitted = None if emitted_kg is None else exact(emitted_kg) / 1000
        return AgainstPermit(factor, emitted, permitted_t, None, None, AmountVerdict.NOT_JUDGED, reason)
    emitted, permitted = exact(emitted_kg) / 1000, exact(permitted_t)
    measured = emitted - exact(substituted_kg) / 1000
    share = emitted / permitted
    pace = share / Fraction(days_gone, days_of_year) if days_gone else None
    digits = rules.whole("digits")
    figures = {
        "emitted": str(half_even(emitted, digits)), "permitted": str(permitted_t), "share": str(half_even(share * 100, 1)),
    }  # fmt: skip
    notes: tuple[Reason, ...] = ()
    if substituted_kg:
        said = Message(_("of it substituted: %(t)s t"), t=str(half_even(exact(substituted_kg) / 1000, digits)))
        notes = (Reason("substituted", said),)
    if open_hours:
        said = Message(_("%(count)s hours have no substitute and are not in it: it is at least so much"), count=open_hours)
        notes = (*notes, Reason("open_hours", said))
    if measured > permitted:
        said = Message(_("%(emitted)s t emitted, %(permitted)s t permitted: %(share)s %%, exceeded"), **figures)
        verdict, reason = AmountVerdict.EXCEEDS, Reason("exceeds", said)
    elif emitted > permitted:
        said = Message(
            _("%(emitted)s t emitted, %(permitted)s t permitted: %(share)s %%, above it only with substitutes, which are no"
              " evidence of an exceedance"),
            **figures,
        )  # fmt: skip
        verdict, reason = AmountVerdict.RECKONED, Reason("reckoned", said)
    elif share * 100 >= exact(rules.number("near_percent")):
        said = Message(_("%(emitted)s t emitted, %(permitted)s t permitted: %(share)s %%, nearly used up"), **figures)
        verdict, reason = AmountVerdict.NEAR, Reason("near", said)
        notes = (*notes, *rules.defaults("near_percent"))
    elif open_hours:
        said = Message(
            _("%(emitted)s t emitted, %(permitted)s t permitted: %(share)s %% without the hours that are open"), **figures
        )
        verdict, reason = AmountVerdict.NOT_JUDGED, Reason("open", said)
    else:
        said = Message(_("%(emitted)s t emitted, %(permitted)s t permitted: %(share)s %%"), **figures)
        verdict, reason = AmountVerdict.WITHIN, Reason("within", said)
    return AgainstPermit(factor, emitted, permitted_t, share, pace, verdict, reason, notes)


# --- totals that stations send ---


def check_totals(
    hour_total: Number,
    *,
    concentration: Number | None = None,
    flow: Number | None = None,
    minute_totals: Sequence[Number] = (),
    rules: Book | None = None,
) -> list[Reason]:
    """What is wrong with the total of an hour that a station sent [kg]; empty where nothing is.

    The total is held against mean × flow × 1e-6 and against the sum of the minutes, within 2 %.
    """
    rules = rules or book("amounts")
    allowed = exact(rules.number("minutes_percent")) / 100
    total = exact(hour_total)
    held: list[tuple[str, Fraction]] = []
    if concentration is not None and flow is not None:
        held.append(("product", hour_kg(concentration, flow)))
    if minute_totals:
        held.append(("minutes", sum((exact(one) for one in minute_totals), Fraction(0))))
    found: list[Reason] = []
    for code, other in held:
        if abs(total - other) > allowed * max(total, other):
            texts: Mapping[str, str] = {
                "product": _("the total of the hour is %(total)s kg; mean times flow gives %(other)s kg"),
                "minutes": _("the total of the hour is %(total)s kg; the minutes sum up to %(other)s kg"),
            }
            said = Message(texts[code], total=str(half_even(total, 3)), other=str(half_even(other, 3)))
            found.append(Reason(f"total_{code}", said))
    return found
