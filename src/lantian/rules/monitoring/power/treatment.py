"""Whether treatment runs with production (E6): off while it produces, started late, or falling while production rises.

Production off and treatment on is as it should be, for treatment stops later; both off is a works that rests.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.orders import kwh
from lantian.rules.monitoring.power.readings import MISSING, SLOT_MINUTES, SLOTS, slot_start
from lantian.rules.monitoring.power.states import Pair, State, Track, runs, sure
from lantian.rules.monitoring.power.verdict import Evidence, Outcome, Verdict

_EVIDENCE_MOST = 50


def judge_treatment(pair: Pair) -> Verdict:
    """Whether treatment was off while production ran (E6, R21), over the whole period of the pair."""
    rules, flat = pair.rules, pair.states.ravel()
    notes = rules.defaults("production_on_percent", "treatment_off_percent", "treatment_minutes")
    idle = list(runs(flat == State.IDLE_TREATMENT))
    if idle:
        minutes = sum(b - a for a, b in idle) * SLOT_MINUTES
        said = Message(
            _("treatment suspected of standing still while production ran: %(minutes)s min in %(count)s stretches (E6)"),
            minutes=minutes, count=len(idle),
        )  # fmt: skip
        evidence = tuple(_idle_evidence(pair, a, b) for a, b in idle[:_EVIDENCE_MOST])
        return _verdict(pair, "E6", Outcome.SUSPECTED, Reason("treatment_idle", said), evidence, notes)
    blind = _blind(pair)
    if blind is not None:
        return _verdict(pair, "E6", Outcome.CANNOT_JUDGE, blind, (), notes)
    said = Message(
        _("treatment ran whenever production ran (both may rest, and treatment may run on after production) (E6)")
    )
    return _verdict(pair, "E6", Outcome.PASSED, Reason("treatment_runs", said), (), notes)


def judge_lag(pair: Pair) -> Verdict:
    """Whether treatment started later than production by more than is allowed, at each start from standing still."""
    rules = pair.rules
    notes = rules.defaults("lag_minutes", "production_on_percent")
    on, off = pair.production_on.ravel(), pair.treatment_off.ravel()
    stopped = _all(pair.production, State.STOPPED, pair)
    known = _known(pair.treatment, pair)
    allowed, late = rules.whole("lag_minutes"), []
    starts = 0
    for begin, end in runs(on):
        if begin == 0 or not stopped[begin - 1] or not known[begin]:
            continue
        starts += 1
        waiting = 0
        while begin + waiting < end and off[begin + waiting]:
            waiting += 1
        if waiting and sure(begin, begin + waiting, pair.parts) * SLOT_MINUTES > allowed:
            late.append((begin, begin + waiting))
    if late:
        said = Message(
            _("treatment suspected of starting late: %(late)s of %(starts)s starts of production more than %(allowed)s min"
              " before it (longest %(longest)s min)"),
            late=len(late), starts=starts, allowed=allowed, longest=max(b - a for a, b in late) * SLOT_MINUTES,
        )  # fmt: skip
        evidence = tuple(_idle_evidence(pair, a, b) for a, b in late[:_EVIDENCE_MOST])
        return _verdict(pair, "E6-lag", Outcome.SUSPECTED, Reason("treatment_late", said), evidence, notes)
    if not starts:
        none = Message(_("production did not start from standing still in this period"))
        return _verdict(pair, "E6-lag", Outcome.CANNOT_JUDGE, Reason("no_start", none), (), notes)
    said = Message(
        _("treatment was on within %(allowed)s min at each of %(starts)s starts of production"),
        allowed=allowed, starts=starts,
    )  # fmt: skip
    return _verdict(pair, "E6-lag", Outcome.PASSED, Reason("treatment_in_time", said), (), notes)


def judge_contrary(pair: Pair) -> Verdict:
    """Whether treatment falls while production rises: a clear negative correlation of the paired curves while it produces."""
    rules = pair.rules
    notes = rules.defaults("pair_correlation", "pair_slots_least")
    production, treatment = _sum(pair.production, pair), _sum(pair.treatment, pair)
    both = pair.production_on.ravel() & (production != MISSING) & (treatment != MISSING)
    count, least = int(both.sum()), rules.whole("pair_slots_least")
    if count < least:
        said = Message(
            _("%(count)s quarter hours of production with readings of both; %(least)s are needed"), count=count, least=least
        )
        return _verdict(pair, "E6-contrary", Outcome.CANNOT_JUDGE, Reason("too_few", said), (), notes)
    x, y = production[both].astype(float), treatment[both].astype(float)
    if not x.std() or not y.std():
        said = Message(_("production or treatment does not vary: there is nothing to hold against each other"))
        return _verdict(pair, "E6-contrary", Outcome.CANNOT_JUDGE, Reason("constant", said), (), notes)
    found = float(np.corrcoef(x, y)[0, 1])
    bound, shown = rules.number("pair_correlation"), f"{found:.2f}"
    if found < bound:
        said = Message(
            _("treatment suspected of being turned down while production rises: correlation %(found)s over %(count)s quarter"
              " hours, below %(bound)s"),
            found=shown, count=count, bound=str(bound),
        )  # fmt: skip
        first, last = _span(pair)
        evidence = (Evidence(_name(pair.treatment), first, last, said, (("correlation", shown),)),)
        return _verdict(pair, "E6-contrary", Outcome.SUSPECTED, Reason("contrary", said), evidence, notes)
    said = Message(
        _("treatment does not go against production: correlation %(found)s over %(count)s quarter hours"),
        found=shown, count=count,
    )  # fmt: skip
    return _verdict(pair, "E6-contrary", Outcome.PASSED, Reason("not_contrary", said), (), notes)


def _span(pair: Pair) -> tuple[Any, Any]:
    origin = pair.first.toordinal() * SLOTS
    return slot_start(origin), slot_start(origin + pair.states.size)


def _name(tracks: tuple[Track, ...]) -> str:
    return "+".join(one.line.id for one in tracks)


def _verdict(
    pair: Pair,
    rule: str,
    outcome: Outcome,
    reason: Reason,
    evidence: tuple[Evidence, ...],
    notes: tuple[Reason, ...],
) -> Verdict:
    first, last = _span(pair)
    return Verdict(rule, _name(pair.treatment), outcome, first, last, reason, evidence, notes)


def _idle_evidence(pair: Pair, begin: int, end: int) -> Evidence:
    origin = pair.first.toordinal() * SLOTS
    production, treatment = _sum(pair.production, pair)[begin:end], _sum(pair.treatment, pair)[begin:end]
    p, t = int(production[production != MISSING].sum()), int(treatment[treatment != MISSING].sum())
    why = pair.why(slot_start(origin + begin).date(), begin % SLOTS)
    said = Message(
        _("production %(production)s kWh, treatment %(treatment)s kWh: %(why)s"),
        production=kwh(p), treatment=kwh(t), why=why.message,
    )  # fmt: skip
    return Evidence(
        _name(pair.treatment),
        slot_start(origin + begin),
        slot_start(origin + begin) + timedelta(minutes=(end - begin) * SLOT_MINUTES),
        said,
        (("production_wh", str(p)), ("treatment_wh", str(t))),
    )


def _placed(one: Track, pair: Pair, values: np.ndarray[Any, Any], fill: int) -> np.ndarray[Any, Any]:
    whole = np.full(pair.states.shape, fill, values.dtype)
    at = (one.first - pair.first).days
    whole[at : at + one.series.days] = values
    return whole.ravel()


def _sum(tracks: tuple[Track, ...], pair: Pair) -> np.ndarray[Any, Any]:
    """Energy of several lines; missing where one of them is."""
    total = np.zeros(pair.states.size, np.int64)
    missing = np.zeros(pair.states.size, bool)
    for one in tracks:
        wh = _placed(one, pair, one.series.wh, MISSING)
        missing |= wh == MISSING
        total += np.where(wh == MISSING, 0, wh)
    return np.where(missing, MISSING, total)


def _all(tracks: tuple[Track, ...], state: State, pair: Pair) -> np.ndarray[Any, Any]:
    """Where all lines are in a state."""
    found = np.ones(pair.states.size, bool)
    for one in tracks:
        found &= _placed(one, pair, one.states, State.LOST) == state
    return found


def _known(tracks: tuple[Track, ...], pair: Pair) -> np.ndarray[Any, Any]:
    found = np.ones(pair.states.size, bool)
    for one in tracks:
        found &= _placed(one, pair, one.states, State.LOST) > State.UNKNOWN
    return found


def _blind(pair: Pair) -> Reason | None:
    """Too little known of either side to say that treatment ran."""
    if not pair.treatment:
        said = Message(_("no treatment line is registered for this production"))
        return Reason("no_treatment", said)
    complete = pair.rules.number("complete_percent")
    known = _known(pair.production, pair) & _known(pair.treatment, pair)
    if int(known.sum()) * 100 >= complete * known.size:
        return None
    said = Message(
        _("%(known)s of %(due)s quarter hours have readings and a baseline on both sides; %(percent)s %% are needed"),
        known=int(known.sum()), due=known.size, percent=str(complete),
    )  # fmt: skip
    return Reason("readings_missing", said)
