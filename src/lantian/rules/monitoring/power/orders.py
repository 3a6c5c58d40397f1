"""Whether a line kept an order to stop or to limit (E3, E4, E5); the verdict names the load, the level and the quarter hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import InputError, Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even
from lantian.rules.monitoring.power.baseline import Usual
from lantian.rules.monitoring.power.readings import (
    MISSING,
    SLOT_MINUTES,
    Line,
    Role,
    Series,
    Window,
    kw,
    slot_start,
    window,
)
from lantian.rules.monitoring.power.states import runs, stop_level, sure
from lantian.rules.monitoring.power.verdict import Evidence, Outcome, Verdict

#: stretches of evidence that a verdict carries at most; the reason counts all of them
_EVIDENCE_MOST = 50


def kwh(wh: Number) -> str:
    """Watt-hours as kilowatt-hours with two decimals."""
    return str(half_even(exact(wh) / 1000, 2))


def judge_stop(
    line: Line,
    series: Series | None,
    usual: Usual,
    effective: datetime,
    until: datetime,
    *,
    rules: Book | None = None,
) -> Verdict:
    """Whether a line stopped as ordered (E3), from the time that the order holds plus the time that it needs to stop (E5).

    Passed where no stretch of 30 minutes or more lies above max(25 % of the running load, base load of rest days, accepted
    holding load).

    Parameters
    ----------
    series
        The energy used; None where own generation is not known (E2).
    usual
        Its baseline before the order, or those of several kinds of days.
    """
    rules = rules or book("power")
    start = effective + timedelta(minutes=line.stop_minutes)
    notes = [*usual.reasons, *_grace(line), *rules.defaults("stop_percent", "stop_minutes")]
    refused = _refused("E3", line, series, usual, start, until, notes)
    if refused is not None:
        return refused
    assert series is not None
    seen = window(series, start, until)
    notes += _longer(seen)
    level = stop_level(line, usual, rules)
    least = -(-rules.whole("stop_minutes") // SLOT_MINUTES)
    above = [(a, b) for a, b in runs(seen.present & (seen.wh > level.wh)) if sure(a, b, seen.parts) >= least]
    evidence = tuple(
        Evidence(
            line.id,
            slot_start(int(seen.slots[a])),
            slot_start(int(seen.slots[b - 1]) + 1),
            Message(
                _("%(energy)s kWh, at most %(load)s kW; a stop is up to %(level)s kW (%(of)s)"),
                energy=kwh(int(seen.wh[a:b].sum())), load=kw(int(seen.wh[a:b].max())), level=kw(level.wh), of=level.said,
            ),
            (("wh", str(int(seen.wh[a:b].sum()))), ("most_wh", str(int(seen.wh[a:b].max()))), ("level_wh", str(level.wh))),
        )
        for a, b in above[:_EVIDENCE_MOST]
    )  # fmt: skip
    share = _share_of_usual(seen, usual)
    if above and line.role is Role.WHOLE and usual.rest_base_wh is None and not line.holding_wh:
        said = Message(
            _("the meter of the whole works lies above %(level)s kW, and what stays on while it rests (lighting,"
              " heating, treatment, cold stores) is not known: meters of the lines are needed, or an accepted load (E3)"),
            level=kw(level.wh),
        )  # fmt: skip
        return Verdict(
            "E3", line.id, Outcome.CANNOT_JUDGE, start, until, Reason("whole_works", said), evidence, tuple(notes)
        )
    if above:
        minutes = sum(b - a for a, b in above) * SLOT_MINUTES
        said = Message(
            _("suspected of not having stopped: above %(level)s kW (%(of)s) for %(minutes)s min in"
              " %(count)s stretches; energy %(share)s %% of usual (E3)"),
            level=kw(level.wh), of=level.said, minutes=minutes, count=len(above), share=share,
        )  # fmt: skip
        return Verdict(
            "E3", line.id, Outcome.SUSPECTED, start, until, Reason("not_stopped", said), evidence, tuple(notes)
        )
    thin = _too_thin(seen, rules)
    if thin is not None:
        return Verdict("E3", line.id, Outcome.CANNOT_JUDGE, start, until, thin, (), tuple(notes))
    said = Message(
        _("stopped: no %(minutes)s min above %(level)s kW (%(of)s); energy %(share)s %% of usual (E3)"),
        minutes=rules.whole("stop_minutes"), level=kw(level.wh), of=level.said, share=share,
    )  # fmt: skip
    return Verdict("E3", line.id, Outcome.PASSED, start, until, Reason("stopped", said), (), tuple(notes))


def judge_limit(
    line: Line,
    series: Series | None,
    usual: Usual,
    limit_percent: Number,
    effective: datetime,
    until: datetime,
    *,
    rules: Book | None = None,
) -> Verdict:
    """Whether a line was limited by the share that was ordered (E4).

    Passed where energy ≤ (1 − x) · baseline · (1 + tolerance), over the quarter hours that have readings.

    Parameters
    ----------
    limit_percent
        By how much it was to be limited [%], above 0 and up to 100.

    Raises
    ------
    InputError
        ``limit``: the share is not above 0 and up to 100 %.
    """
    rules = rules or book("power")
    cut = exact(limit_percent)
    if not 0 < cut <= 100:
        said = Message(_("A limit is above 0 and at most 100 %% (%(given)s)."), given=str(limit_percent))
        raise InputError("limit", said)
    start = effective + timedelta(minutes=line.stop_minutes)
    notes = [*usual.reasons, *_grace(line), *rules.defaults("limit_tolerance_percent")]
    refused = _refused("E4", line, series, usual, start, until, notes)
    if refused is not None:
        return refused
    assert series is not None
    seen = window(series, start, until)
    notes += _longer(seen)
    thin = _too_thin(seen, rules)
    if thin is not None:
        return Verdict("E4", line.id, Outcome.CANNOT_JUDGE, start, until, thin, (), tuple(notes))
    expected = usual.at(seen.slots)
    if (expected == MISSING).any():
        said = Message(_("some days of the period have no baseline of their kind (E1)"))
        return Verdict(
            "E4", line.id, Outcome.CANNOT_JUDGE, start, until, Reason("no_baseline", said), (), tuple(notes)
        )
    energy = int(seen.wh[seen.present].sum())
    base = int(expected[seen.present].sum())
    if not base:
        said = Message(_("the line usually takes nothing in this period: there is nothing to limit"))
        return Verdict(
            "E4", line.id, Outcome.CANNOT_JUDGE, start, until, Reason("nothing_usual", said), (), tuple(notes)
        )
    tolerance = exact(rules.number("limit_tolerance_percent"))
    allowed = base * (100 - cut) / 100 * (100 + tolerance) / 100
    reached = half_even((1 - Fraction(energy, base)) * 100, 1)
    figures = {
        "energy": kwh(energy), "allowed": kwh(allowed), "base": kwh(base), "reached": str(reached),
        "ordered": str(limit_percent), "tolerance": str(rules.number("limit_tolerance_percent")),
    }  # fmt: skip
    values = (("wh", str(energy)), ("allowed_wh", str(half_even(allowed, 1))), ("usual_wh", str(base)))
    if energy <= allowed:
        said = Message(
            _("limited as ordered: %(energy)s kWh of %(base)s kWh usual, %(reached)s %% less; ordered %(ordered)s %%, so up"
              " to %(allowed)s kWh with a tolerance of %(tolerance)s %% (E4)"),
            **figures,
        )  # fmt: skip
        return Verdict("E4", line.id, Outcome.PASSED, start, until, Reason("limited", said), (), tuple(notes))
    said = Message(
        _("suspected of not having limited enough: %(energy)s kWh of %(base)s kWh usual, %(reached)s %% less; ordered"
          " %(ordered)s %%, so up to %(allowed)s kWh with a tolerance of %(tolerance)s %% (E4)"),
        **figures,
    )  # fmt: skip
    evidence = (Evidence(line.id, start, until, said, values),)
    return Verdict(
        "E4", line.id, Outcome.SUSPECTED, start, until, Reason("not_limited", said), evidence, tuple(notes)
    )


def _longer(seen: Window) -> tuple[Reason, ...]:
    """That readings go over more than a quarter hour, where they do."""
    parts = int(seen.parts[seen.present].max(initial=1))
    if parts == 1:
        return ()
    said = Message(
        _("the meter gives one reading for %(minutes)s min: what is shorter cannot be told"), minutes=parts * SLOT_MINUTES
    )
    return (Reason("long_readings", said),)


def _grace(line: Line) -> tuple[Reason, ...]:
    if not line.stop_minutes:
        return ()
    said = Message(_("judged from %(minutes)s min after the order, the time that the process needs to stop (E5)"),
                   minutes=line.stop_minutes)  # fmt: skip
    return (Reason("grace", said),)


def _refused(
    rule: str,
    line: Line,
    series: Series | None,
    usual: Usual,
    start: datetime,
    until: datetime,
    notes: list[Reason],
) -> Verdict | None:
    """Why nothing can be judged, where that is so."""

    def refuse(code: str, said: Message) -> Verdict:
        return Verdict(rule, line.id, Outcome.CANNOT_JUDGE, start, until, Reason(code, said), (), tuple(notes))

    if series is None:
        return refuse("own_generation_unknown", Message(_("own generation is not known: it cannot be judged (E2)")))
    if until <= start:
        return refuse("within_grace", Message(_("the time to stop is not over yet (E5)")))
    if not usual.usable:
        return refuse("no_baseline", Message(_("there is no baseline to hold the load against (E1)")))
    return None


def _too_thin(seen: Window, rules: Book) -> Reason | None:
    """Too many readings missing to clear anybody."""
    present, due = int(seen.present.sum()), seen.wh.size
    complete = rules.number("complete_percent")
    if due and present * 100 >= complete * due:
        return None
    said = Message(
        _("%(present)s of %(due)s quarter hours have readings; %(percent)s %% are needed: ask for what is missing"),
        present=present, due=due, percent=str(complete),
    )  # fmt: skip
    return Reason("readings_missing", said)


def _share_of_usual(seen: Window, usual: Usual) -> str:
    expected = usual.at(seen.slots)
    both = seen.present & (expected != MISSING)
    base = int(expected[both].sum())
    if not base:
        return "—"
    return str(half_even(Fraction(int(seen.wh[both].sum()), base) * 100, 1))
