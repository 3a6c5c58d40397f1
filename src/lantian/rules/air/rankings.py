"""Places in order: by level or by change, with ties, with those who are left out and why, and the arithmetic of each.

References
----------
See :mod:`lantian.rules.air.ranking_lists`. Equal ones share a place and the next is skipped (1, 1, 3): notes of bulletins
and practice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from lantian.rules.air.attainment import Attainment
from lantian.rules.air.evaluation import Evaluation, Reason
from lantian.rules.air.evaluation_books import MEAN, PERCENTILE, UNSET
from lantian.rules.air.measures import OF_PERCENTILE, Key, figure_of, value_of
from lantian.rules.air.ranking_lists import (
    COMBINED,
    COMPETITION,
    GRADE_2_ALL,
    NONE,
    PLACES,
    RankingList,
)

BEST, WORST = "best", "worst"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may stand in a list.

    Attributes
    ----------
    base
        The same place in the period that is compared with; None where there is none.
    verdict
        Its verdicts, for lists that leave those out which attain.
    raw, raw_base
        The evaluations with nothing taken out for sand or exceptional events; None where nothing was.
    left_out
        Why it does not stand in the list although it could, in the words of who said so; empty: it stands.
    """

    entity: str
    this: Evaluation
    base: Evaluation | None = None
    verdict: Attainment | None = None
    left_out: str = ""
    raw: Evaluation | None = None
    raw_base: Evaluation | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One figure of an order, with what it was made of."""

    key: Key
    value: Decimal | None
    this: Decimal | None
    base: Decimal | None


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate in a list.

    Attributes
    ----------
    place
        None where it has none; `reasons` say why.
    tied
        Those who share the place.
    named
        ``best`` or ``worst`` where the list publishes it as such; empty else.
    level_place, change_place, score
        Of lists that weigh both.
    raw_place
        The place if nothing had been taken out for sand or exceptional events; None where nothing was of anybody.
    """

    candidate: Candidate
    place: int | None
    steps: tuple[Step, ...]
    tied: tuple[str, ...] = ()
    named: str = ""
    reasons: tuple[Reason, ...] = ()
    level_place: int | None = None
    change_place: int | None = None
    score: Fraction | None = None
    raw_place: int | None = None

    @property
    def entity(self) -> str:
        """Who it is."""
        return self.candidate.entity


@dataclass(frozen=True, slots=True)
class Ranking:
    """A list in order: places first, then those without one, by name."""

    list: RankingList
    rows: tuple[Placed, ...]
    reasons: tuple[Reason, ...] = ()

    def of(self, entity: str) -> Placed | None:
        """The row of somebody."""
        return next((row for row in self.rows if row.entity == entity), None)


def rank(candidates: Sequence[Candidate], by: RankingList) -> Ranking:
    """Put candidates in the order of a list."""
    found = _rank(candidates, by)
    if all(one.raw is None and one.raw_base is None for one in candidates):
        return found
    raw = _rank(
        [replace(one, this=one.raw or one.this, base=one.raw_base or one.base) for one in candidates], by
    )
    places = {row.entity: row.place for row in raw.rows}
    return replace(found, rows=tuple(replace(row, raw_place=places[row.entity]) for row in found.rows))


def _rank(candidates: Sequence[Candidate], by: RankingList) -> Ranking:
    steps = {one.entity: _steps(one, by) for one in candidates}
    if len(steps) != len(candidates):
        raise ValueError("A candidate stands twice.")
    if by.kind == COMBINED:
        return _combined(candidates, steps, by)
    inside: list[Candidate] = []
    without: list[tuple[Candidate, tuple[Reason, ...]]] = []
    for one in candidates:
        lacking = _lacking(one, steps[one.entity][:1])
        if lacking:
            without.append((one, lacking))
        else:
            inside.append(one)
    orders = {one.entity: _order(steps[one.entity]) for one in inside}
    return _ranking(by, inside, without, steps, orders)


def _steps(one: Candidate, by: RankingList) -> tuple[Step, ...]:
    digits, source = by.number("change_digits"), by.word("change_from")
    return tuple(
        Step(
            key,
            value_of(one.this, one.base, key, digits=digits, source=source),
            figure_of(one.this, key.figure),
            figure_of(one.base, key.figure) if key.change and one.base is not None else None,
        )
        for key in by.keys
    )


def _lacking(one: Candidate, steps: Sequence[Step]) -> tuple[Reason, ...]:
    """Why somebody has no place; empty: it has one."""
    if one.left_out:
        return (Reason("left_out", {"why": one.left_out}),)
    found = []
    for step in steps:
        if step.value is not None:
            continue
        if step.this is None:
            found.append(Reason("no_figure", {"figure": step.key.figure}))
        else:
            found.append(Reason("no_base", {"figure": step.key.figure}))
    return tuple(found)


#: least first; a missing later figure comes after all others
Order = tuple[tuple[bool, Fraction], ...]


def _signed(step: Step) -> Fraction:
    assert step.value is not None
    return Fraction(-step.value if step.key.descending else step.value)


def _order(steps: Sequence[Step]) -> Order:
    return tuple((True, Fraction(0)) if step.value is None else (False, _signed(step)) for step in steps)


def _combined(
    candidates: Sequence[Candidate], steps: dict[str, tuple[Step, ...]], by: RankingList
) -> Ranking:
    without: list[tuple[Candidate, tuple[Reason, ...]]] = []
    inside: list[Candidate] = []
    for one in candidates:
        lacking = _lacking(one, steps[one.entity])
        if lacking:
            without.append((one, lacking))
        else:
            inside.append(one)
    weights, how = by.weights, by.word("combine")
    if weights is None or how == UNSET:
        reason = Reason("weights_unset", {"list": by.id})
        nobody = [(one, (reason,)) for one in inside]
        ranking = _ranking(by, [], [*nobody, *without], steps, {})
        return Ranking(by, ranking.rows, (reason,))
    level, change = (
        _places({one.entity: ((False, _signed(steps[one.entity][at])),) for one in inside}, by.word("ties"))
        for at in (0, 1)
    )
    scores: dict[str, Fraction] = {}
    for one in inside:
        of_one = (
            [Fraction(level[one.entity]), Fraction(change[one.entity])]
            if how == PLACES
            else [_signed(step) for step in steps[one.entity]]
        )
        scores[one.entity] = (weights[0] * of_one[0] + weights[1] * of_one[1]) / 100
    orders: dict[str, Order] = {name: ((False, score),) for name, score in scores.items()}
    ranking = _ranking(by, inside, without, steps, orders)
    rows = tuple(
        Placed(
            row.candidate,
            row.place,
            row.steps,
            row.tied,
            row.named,
            row.reasons,
            level.get(row.entity),
            change.get(row.entity),
            scores.get(row.entity),
        )
        for row in ranking.rows
    )
    return Ranking(by, rows)


def _places(orders: dict[str, Order], ties: str) -> dict[str, int]:
    found: dict[str, int] = {}
    distinct = 0
    last: Order | None = None
    for number, (name, order) in enumerate(sorted(orders.items(), key=lambda item: (item[1], item[0])), 1):
        if order != last:
            distinct, last = (number if ties == COMPETITION else distinct + 1), order
        found[name] = distinct
    return found


def _ranking(
    by: RankingList,
    inside: Sequence[Candidate],
    without: Sequence[tuple[Candidate, tuple[Reason, ...]]],
    steps: dict[str, tuple[Step, ...]],
    orders: dict[str, Order],
) -> Ranking:
    places = _places(orders, by.word("ties"))
    together: dict[Order, list[str]] = {}
    for name, order in orders.items():
        together.setdefault(order, []).append(name)
    named, said = _named(by, inside, orders)
    rows = [
        Placed(
            one,
            places[one.entity],
            steps[one.entity],
            tuple(sorted(name for name in together[orders[one.entity]] if name != one.entity)),
            named.get(one.entity, ""),
            said.get(one.entity, ()),
        )
        for one in inside
    ]
    rows.sort(key=lambda row: (row.place or 0, row.entity))
    rest = [Placed(one, None, steps[one.entity], reasons=reasons) for one, reasons in without]
    rest.sort(key=lambda row: row.entity)
    return Ranking(by, (*rows, *rest))


def _named(
    by: RankingList, inside: Sequence[Candidate], orders: dict[str, Order]
) -> tuple[dict[str, str], dict[str, tuple[Reason, ...]]]:
    """Whom the list publishes as the best and the worst: as many as it says, and those who are equal to the last of them."""
    said: dict[str, tuple[Reason, ...]] = {}
    eligible = []
    for one in inside:
        if by.word("left_out_of_worst") != NONE and _attains(one, by.word("left_out_of_worst")):
            said[one.entity] = (Reason("not_among_worst", {"list": by.id}),)
        else:
            eligible.append(one)
    found: dict[str, str] = {}
    best, worst = by.number("best"), by.number("worst")
    every = [orders[one.entity] for one in inside]
    those = [orders[one.entity] for one in eligible]
    for one in eligible:
        if worst and sum(order > orders[one.entity] for order in those) < worst:
            found[one.entity] = WORST
    for one in inside:
        if best and sum(order < orders[one.entity] for order in every) < best:
            # In a list shorter than those it names somebody would be both, which says nothing.
            found[one.entity] = "" if one.entity in found else BEST
    return found, said


def _attains(one: Candidate, reading: str) -> bool:
    """Whether all six pollutants attain grade 2: by all statistics, or by those that the index is made of."""
    if one.verdict is None:
        return False
    if reading == GRADE_2_ALL:
        return one.verdict.attains is True
    for name, item in one.verdict.items.items():
        statistic = PERCENTILE if name in OF_PERCENTILE else MEAN
        verdicts = [verdict for verdict in item.verdicts if verdict.statistic == statistic]
        if not verdicts or not all(verdict.attains for verdict in verdicts):
            return False
    return True
