"""Electricity held against the monitor of the stack (E8): where they agree a suspicion is firm, else somebody goes and looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.verdict import Confidence, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class StackHour:
    """What the monitor of the stack says of an hour; None is missing.

    Attributes
    ----------
    start
        Beginning of the hour.
    velocity
        Of the flue gas [m/s].
    temperature
        Of the flue gas [°C].
    oxygen
        [%].
    """

    start: datetime
    velocity: Decimal | None = None
    temperature: Decimal | None = None
    oxygen: Decimal | None = None


def stack_runs(hour: StackHour, *, rules: Book | None = None) -> bool | None:
    """Whether the stack shows a source that runs; None where it cannot be told.

    It runs with velocity above 1 m/s and temperature above 60 °C (R9) and oxygen below that of idle air; it does not where
    one of velocity and temperature is not above its bound, or oxygen is at that of air.
    """
    rules = rules or book("power")
    signs: list[bool] = []
    if hour.velocity is not None:
        signs.append(hour.velocity > rules.number("cems_velocity"))
    if hour.temperature is not None:
        signs.append(hour.temperature > rules.number("cems_temperature"))
    if hour.oxygen is not None:
        signs.append(hour.oxygen < rules.number("cems_oxygen"))
    if len(signs) < 2:
        return None
    if all(signs):
        return True
    # One sign alone may be a hot stack that cools, or a fan that airs it.
    return False if signs.count(False) * 2 >= len(signs) else None


def cross_check(verdict: Verdict, hours: Sequence[StackHour], *, rules: Book | None = None) -> Verdict:
    """A suspicion of running (E3, E4) with what the stack says in the hours of its evidence (E8).

    Agreed in at least 75 % of the hours that can be told: firm. Else a visit to the site. Other outcomes come back as
    they are, but a stop that passed while the stack runs is sent to the site, too.
    """
    rules = rules or book("power")
    told = [
        runs_now
        for hour in hours
        if _concerns(verdict, hour.start) and (runs_now := stack_runs(hour, rules=rules)) is not None
    ]
    if not told or verdict.outcome is Outcome.CANNOT_JUDGE:
        return verdict
    running, share = sum(told), rules.number("cems_agree_percent")
    notes = (*verdict.notes, *rules.defaults("cems_agree_percent"))
    if verdict.outcome is Outcome.PASSED:
        if verdict.rule != "E3" or running * 100 < share * len(told):
            return verdict
        said = Message(
            _("the meter says stopped, but the stack shows a source that runs in %(running)s of %(hours)s hours: go and look"
              " whether another line feeds it or the meter was moved (E8)"),
            running=running, hours=len(told),
        )  # fmt: skip
        return replace(
            verdict, confidence=Confidence.SITE_VISIT, notes=(*notes, Reason("stack_runs", said))
        )
    if running * 100 >= share * len(told):
        said = Message(
            _("the stack shows a source that runs in %(running)s of %(hours)s hours, too (E8)"),
            running=running, hours=len(told),
        )  # fmt: skip
        return replace(verdict, confidence=Confidence.FIRM, notes=(*notes, Reason("stack_agrees", said)))
    said = Message(
        _("the stack shows a source that runs in only %(running)s of %(hours)s hours: go and look (E8)"),
        running=running, hours=len(told),
    )  # fmt: skip
    return replace(verdict, confidence=Confidence.SITE_VISIT, notes=(*notes, Reason("stack_disagrees", said)))


def _concerns(verdict: Verdict, start: datetime) -> bool:
    """Whether an hour lies in the evidence, or in the period where there is none."""
    end = start + timedelta(hours=1)
    periods = [(one.first, one.last) for one in verdict.evidence] or [(verdict.first, verdict.last)]
    return any(first < end and start < last for first, last in periods)
