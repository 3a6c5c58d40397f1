"""Whether the lower plan is later or asks for less than the upper one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from lantian.rules.conformity.clauses import Counted, Dated, Facts, Repeated
from lantian.rules.conformity.model import Amount, DeadlineChange, QuantityChange, Reason, Side
from lantian.rules.conformity.places import owners_of, stem
from lantian.rules.conformity.profile import Weights
from lantian.rules.progress.amounts import COUNTED_UNITS

Weigh = Callable[[str], float]

#: Share of what a figure of the upper plan is about that must stand beside the one it is compared with.
SAME_THING = 0.5
#: Share of what the step of a date is about, and likeness of its wording, from which on two dates are of one step.
SAME_ABOUT, SAME_WORDS = 0.2, 0.3
#: A date below that is this much liker another step of the duty is that step's.
ANOTHER_STEP = 0.5
#: Longest step of a date that is told in full [characters]
LONGEST_STEP = 20
#: Most figures of one duty that are told.
MOST_TOLD = 3
_TOLD_FIRST = ("deadline_later", "deadline_earlier", "deadline_same")
_LIMIT = re.compile(r"限值|浓度|积尘|降尘|不超过|不高于|超过|控制在|含量|负荷|排放")
_POLLUTANT = re.compile(
    r"PM2\.5|PM10|颗粒物|烟尘|粉尘|二氧化硫|二氧化氮|氮氧化物|一氧化碳|臭氧|氨|挥发性有机物|VOCs|非甲烷总烃|汞|林格曼",
    re.I,
)
_PLACE_LEVEL = {
    "prefecture": r"每个?(?:省辖)?市",
    "county": r"每个?(?:县|区|市县|县区)|每个?县（市、区）",
    "town": r"每个?(?:乡|镇|街道|办事处)",
}


def deadline_change(
    upper: Facts,
    lower: Sequence[Facts],
    focus: frozenset[str],
    headings: Sequence[frozenset[str]],
    scores: Sequence[float],
    weights: Weights,
) -> tuple[DeadlineChange, tuple[Reason, ...]]:
    """Compare the dates of a duty with those of the items that carry it, the best match first.

    Each date of the upper plan is held against the date of the same step below, whichever of the items has it; the
    more of the duty an item carries (``scores``), the more its dates count. The worst decides: one later date makes
    the finding later, whatever is done earlier. All of them are told.
    """
    found = [(one, _same_step(one, lower, focus, headings, scores, weights)) for one in upper.dates]
    taken = _taken_by_another(found, weights)
    pairs = [(one, other) for at, (one, other) in enumerate(found) if other is not None and at not in taken]
    open_ = [one for at, (one, other) in enumerate(found) if other is None or at in taken]
    if not pairs:
        if open_:
            last = max(open_, key=lambda one: one.on)
            return DeadlineChange.NONE, (Reason("deadline_not_named", {"upper": last.on.isoformat()}),)
        return DeadlineChange.NONE, ()
    worst, best = (edge((other.on - one.on).days for one, other in pairs) for edge in (max, min))
    change = (
        DeadlineChange.LATER if worst > 0 else DeadlineChange.EARLIER if best < 0 else DeadlineChange.SAME
    )
    several = len({one.on for one in upper.dates}) > 1
    told = [_dates_told(one, other, several) for one, other in pairs]
    told.sort(key=lambda reason: (_TOLD_FIRST.index(reason.code), -int(reason.params["days"])))
    told += [Reason("deadline_not_named", _step_params(one, several)) for one in open_[:MOST_TOLD]]
    seen: dict[tuple[str, str, str], Reason] = {}
    for reason in told:
        key = (reason.code, reason.params["upper"], reason.params.get("lower", ""))
        seen.setdefault(key, reason)
    return change, tuple(seen.values())


def _dates_told(one: Dated, other: Dated, several: bool) -> Reason:
    days = (other.on - one.on).days
    change = DeadlineChange.LATER if days > 0 else DeadlineChange.EARLIER if days else DeadlineChange.SAME
    params = {"lower": other.on.isoformat(), "days": str(abs(days))}
    return Reason(f"deadline_{change}", _step_params(one, several) | params)


def _step_params(one: Dated, several: bool) -> dict[str, str]:
    """The date above, and which of several steps it belongs to."""
    step = one.step if len(one.step) <= LONGEST_STEP else one.step[: LONGEST_STEP - 1] + "…"
    return {"upper": one.on.isoformat()} | ({"what": step} if several and step else {})


def _same_step(
    one: Dated,
    lower: Sequence[Facts],
    focus: frozenset[str],
    headings: Sequence[frozenset[str]],
    scores: Sequence[float],
    weights: Weights,
) -> Dated | None:
    """The date of the same step below; without one that of the first item that has a date for the whole of it."""
    if one.general:
        for facts, heading in zip(lower, headings, strict=True):
            other = _of_the_whole(one, facts.dates, focus, heading)
            if other is not None:
                return other
        return None
    rated = [
        (round(rate * score, 9), -at, other.on == one.on, other.on, other)
        for at, (facts, score) in enumerate(zip(lower, scores, strict=True))
        for other in facts.dates
        if not other.general and (rate := _same_rate(one, other, weights)) > 0
    ]
    if rated:
        return max(rated, key=lambda entry: entry[:4])[4]
    for facts, heading in zip(lower, headings, strict=True):
        whole = [other for other in facts.dates if other.general and focus & heading]
        if whole:
            return _nearest(one, whole)
    return None


def _of_the_whole(
    one: Dated, others: Sequence[Dated], focus: frozenset[str], heading: frozenset[str]
) -> Dated | None:
    fit = [d for d in others if d.general or focus & (d.about.sentence | d.about.clause) or focus & heading]
    close = [d for d in fit if d.general or focus & d.about.clause] or fit
    return _nearest(one, close) if close else None


def _nearest(one: Dated, others: Sequence[Dated]) -> Dated:
    """The same day if it is among them, else the last."""
    return next((other for other in others if other.on == one.on), max(others, key=lambda other: other.on))


def _same_rate(one: Dated, other: Dated, weights: Weights) -> float:
    """How much two dates are of one step, by what they speak of and by the wording; 0 where they are not."""
    about = _share(one.about.clause, other.about.clause, weights.concept)
    about += 0.3 * _share(one.about.sentence, other.about.sentence, weights.concept)
    words = _wording(one, other, weights)
    return about + words if about >= SAME_ABOUT or words >= SAME_WORDS else 0.0


def _wording(one: Dated, other: Dated, weights: Weights) -> float:
    """How alike a step is to the step of a date below, or to one of the clauses that follow it there."""
    return max(_likeness(one.pairs, pairs, weights) for pairs in (other.pairs, *other.more))


def _likeness(one: frozenset[str], other: frozenset[str], weights: Weights) -> float:
    shared = one & other
    if not shared:
        return 0.0
    common, *alone = (math.fsum(map(weights.idf, pairs)) for pairs in (shared, one, other))
    return 2 * common / math.fsum(alone)


def _taken_by_another(found: Sequence[tuple[Dated, Dated | None]], weights: Weights) -> set[int]:
    """Steps whose date below is plainly that of another step of the duty.

    One date below may be meant for two steps (排查 and 整治 together), but not where it names one of them only.
    """
    best: dict[Dated, float] = {}
    rates = [_wording(one, other, weights) if other is not None else 0.0 for one, other in found]
    for (_one, other), rate in zip(found, rates, strict=True):
        if other is not None:
            best[other] = max(best.get(other, 0.0), rate)
    return {
        at
        for at, ((one, other), rate) in enumerate(zip(found, rates, strict=True))
        if other is not None
        and not one.general
        and not other.general
        and best[other] >= SAME_WORDS
        and rate < best[other] * ANOTHER_STEP
    }


def quantity_change(
    upper: Facts,
    lower: Sequence[Facts],
    sides: tuple[Side, Side],
    others: frozenset[str],
    weights: Weights,
) -> tuple[QuantityChange, tuple[Reason, ...], tuple[int, ...]]:
    """Compare the amounts and rhythms of a duty with those of the items that carry it; which of them is told last.

    Amounts are compared where they have one unit and are about one thing. What a place of another level has to do
    (902 boilers of a province) is no measure for the amount of a lower place, unless the plan says what its share is;
    the share of another place is none either. The worst decides: one looser amount makes the finding looser.

    Parameters
    ----------
    upper, lower
        What can be compared in the duty, and in the items that have to do with it, the best match first.
    sides
        The plans.
    others
        Stems of the places other than the lower one that the upper plan knows.
    weights
        How much a term tells.
    """
    found: list[tuple[QuantityChange, Reason, int]] = []
    for one in _meant_for(upper.amounts, sides, others):
        for at, facts in enumerate(lower):
            other = _same_thing(one, facts.amounts, weights.concept)
            if other is not None:
                found.append((*_compared(one, other), at))
                break
    for rhythm in upper.rhythms:
        for at, facts in enumerate(lower):
            alike = [other for other in facts.rhythms if _same_rhythm(rhythm, other, weights)]
            if alike:
                other_rhythm = min(
                    alike, key=lambda r: (r.days != rhythm.days, abs(r.days - rhythm.days), r.text)
                )
                change = _sign(rhythm.days - other_rhythm.days)
                params = {"upper": rhythm.text, "lower": other_rhythm.text}
                found.append((change, Reason(f"rhythm_{change}", params), at))
                break
    told = [
        entry
        for change in (QuantityChange.LOOSER, QuantityChange.STRICTER, QuantityChange.SAME)
        for entry in [entry for entry in found if entry[0] == change][:MOST_TOLD]
    ]
    if not told:
        return QuantityChange.NONE, (), ()
    return (
        told[0][0],
        tuple(reason for _change, reason, _at in told),
        tuple(dict.fromkeys(at for _change, _reason, at in told)),
    )


def _same_rhythm(one: Repeated, other: Repeated, weights: Weights) -> bool:
    """Whether two rhythms are of one thing: by what they speak of, or by the verb where the clause names nothing."""
    if one.about.clause:
        return _share(one.about.clause, other.about.clause, weights.concept) >= SAME_THING
    same = _share(one.about.sentence, other.about.sentence, weights.concept) > 0
    return same and _likeness(one.pairs, other.pairs, weights) >= SAME_THING


def _meant_for(
    amounts: Sequence[Counted], sides: tuple[Side, Side], others: frozenset[str]
) -> Iterator[Counted]:
    """The amounts of the upper plan that are a measure for the lower place.

    Its own share, where there is one in a unit (郑州市80%，其他市60%); else what is asked of every place of its level;
    else what is no count. The share of another place never is.
    """
    upper, lower = sides
    if upper.regions[:1] == lower.regions[:1]:
        yield from amounts
        return
    chain = {stem(place) for place in lower.regions}
    own = stem(lower.regions[0]) if lower.regions else ""
    owners = [owners_of(one.before, others | chain) for one in amounts]
    shared = {one.unit for one, places in zip(amounts, owners, strict=True) if own in places}
    pattern = _PLACE_LEVEL.get(lower.level)
    for one, places in zip(amounts, owners, strict=True):
        if own in places:
            yield one
        elif one.unit in shared or (places and chain and not places & chain):
            continue
        elif one.scope or not _is_counted(one) or (pattern and re.search(pattern, one.clause)):
            yield one


def _is_counted(one: Counted) -> bool:
    return base_of(one.amount.unit) in COUNTED_UNITS or one.unit in COUNTED_UNITS


def base_of(unit: str) -> str:
    """A unit without what it is divided by."""
    return unit.partition("/")[0] if "/" not in unit else ""


def _same_thing(one: Counted, others: Iterable[Counted], weigh: Weigh) -> Counted | None:
    rated = [
        ((rate, named, -abs(other.value - one.value)), other)
        for other in others
        if other.unit == one.unit and other.scope == one.scope
        for rate, named in [_alike(one, other, weigh)]
        if rate >= SAME_THING
    ]
    return max(rated, key=lambda entry: entry[0])[1] if rated else None


def _alike(one: Counted, other: Counted, weigh: Weigh) -> tuple[float, float]:
    """How much two amounts are about one thing, and how alike the names are that stand beside them."""
    measured, others_measured = (set(_POLLUTANT.findall(a.amount.what)) for a in (one, other))
    if measured and others_measured and not measured & others_measured:
        return 0.0, 0.0
    words, others = _pairs(one.amount.what), _pairs(other.amount.what)
    named = 2 * len(words & others) / (len(words) + len(others)) if words and others else 0.0
    clause = one.about.clause or one.about.sentence
    about = _share(clause, other.about.sentence, weigh) if clause else 0.0
    return max(about, named), named


def _pairs(text: str) -> set[str]:
    return {text[at : at + 2] for at in range(len(text) - 1)}


def _share(one: frozenset[str], other: frozenset[str], weigh: Weigh) -> float:
    total = math.fsum(weigh(name) for name in one)  # exact, so that the order of a set does not matter
    return math.fsum(weigh(name) for name in one & other) / total if total else 0.0


def _compared(one: Counted, other: Counted) -> tuple[QuantityChange, Reason]:
    more_is_stricter = _more_is_stricter(one, other)
    difference = other.value - one.value
    change = _sign(difference if more_is_stricter else -difference)
    params = {"upper": amount_text(one.amount), "lower": amount_text(other.amount)}
    return change, Reason(f"quantity_{change}", params)


def _sign(difference: Decimal) -> QuantityChange:
    if difference == 0:
        return QuantityChange.SAME
    return QuantityChange.STRICTER if difference > 0 else QuantityChange.LOOSER


def _more_is_stricter(one: Counted, other: Counted) -> bool:
    sign = one.amount.comparator if one.amount.comparator not in {"=", "~"} else other.amount.comparator
    at_least, at_most = sign in {">=", ">"}, sign in {"<=", "<"}
    if one.scope:
        return at_most
    if at_least or at_most:
        return at_least
    return not _LIMIT.search(one.clause)


def amount_text(amount: Amount) -> str:
    """An amount as a reader writes it: ≥1万平方米, 5–10万户."""
    sign = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "~": "约"}.get(amount.comparator, "")
    value = plain_number(amount.value)
    if amount.value_max is not None:
        value += f"–{plain_number(amount.value_max)}"
    return (
        f"{amount.what}{sign}{value}{amount.unit}"
        if len(amount.what) <= 12
        else f"{sign}{value}{amount.unit}"
    )


def plain_number(value: Decimal) -> str:
    """A number without zeros at its end and without an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
