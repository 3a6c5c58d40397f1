"""Whether the lower plan is later or asks for less than the upper one."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from lantian.rules.conformity.clauses import Counted, Dated, Facts
from lantian.rules.conformity.model import Amount, DeadlineChange, QuantityChange, Reason, Side
from lantian.rules.conformity.places import stem
from lantian.rules.progress.amounts import COUNTED_UNITS

Weigh = Callable[[str], float]

#: Share of what a figure of the upper plan is about that must stand beside the one it is compared with.
SAME_THING = 0.5
#: Most figures of one duty that are told.
MOST_TOLD = 3
_LIMIT = re.compile(r"限值|浓度|积尘|降尘|不超过|不高于|超过|控制在|含量|负荷|排放")
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
    weigh: Weigh,
) -> tuple[DeadlineChange, tuple[Reason, ...]]:
    """Compare the dates of a duty with those of the items that carry it, the best match first.

    Each date of the upper plan is held against the date of the first item that has one for the same thing. One that
    is later is told before one that is earlier.
    """
    pairs: list[tuple[Dated, Dated]] = []
    for date_ in upper.dates:
        for facts, heading in zip(lower, headings, strict=True):
            other = _same_date(date_, facts.dates, focus, heading, weigh)
            if other is not None:
                pairs.append((date_, other))
                break
    if not pairs:
        if upper.dates:
            last = max(date_.on for date_ in upper.dates)
            return DeadlineChange.NONE, (Reason("deadline_not_named", {"upper": last.isoformat()}),)
        return DeadlineChange.NONE, ()
    late = [pair for pair in pairs if pair[1].on > pair[0].on]
    early = [pair for pair in pairs if pair[1].on < pair[0].on]
    if late:
        one, other = max(late, key=lambda pair: (pair[1].on - pair[0].on, pair[0].on))
        change = DeadlineChange.LATER
    elif early:
        one, other = max(early, key=lambda pair: (pair[0].on - pair[1].on, pair[0].on))
        change = DeadlineChange.EARLIER
    else:
        one, other = pairs[-1]
        change = DeadlineChange.SAME
    days = str(abs((other.on - one.on).days))
    params = {"upper": one.on.isoformat(), "lower": other.on.isoformat(), "days": days}
    return change, (Reason(f"deadline_{change}", params),)


def _same_date(
    date_: Dated, others: Sequence[Dated], focus: frozenset[str], heading: frozenset[str], weigh: Weigh
) -> Dated | None:
    if date_.general:
        fit = [
            d for d in others if d.general or focus & (d.about.sentence | d.about.clause) or focus & heading
        ]
        close = [d for d in fit if d.general or focus & d.about.clause] or fit
        same = [d for d in close if d.on == date_.on]
        return same[0] if same else max(close, key=lambda d: d.on, default=None)
    rated = [
        (
            _share(date_.about.clause, d.about.clause, weigh)
            + 0.3 * _share(date_.about.sentence, d.about.sentence, weigh),
            d,
        )
        for d in others
        if not d.general
    ]
    best = max((rate for rate, _d in rated), default=0.0)
    if best >= 0.2:
        close = [d for rate, d in rated if rate >= best - 1e-9]
    else:
        close = [d for d in others if d.general and focus & heading]
    same = [d for d in close if d.on == date_.on]
    return same[0] if same else max(close, key=lambda d: d.on, default=None)


def quantity_change(
    upper: Facts, lower: Sequence[Facts], sides: tuple[Side, Side], weigh: Weigh
) -> tuple[QuantityChange, tuple[Reason, ...], tuple[int, ...]]:
    """Compare the amounts and rhythms of a duty with those of the items that carry it; which of them is told last.

    Amounts are compared where they have one unit and are about one thing. What a place of another level has to do
    (902 boilers of a province) is no measure for the amount of a lower place, unless the plan says what its share is.
    """
    found: list[tuple[QuantityChange, Reason, int]] = []
    own = _own_amounts(upper.amounts, sides[1])
    for one in upper.amounts:
        if not _is_meant_for(one, sides) or (one.unit in own and one not in own[one.unit]):
            continue
        for at, facts in enumerate(lower):
            other = _same_thing(one, facts.amounts, weigh)
            if other is not None:
                found.append((*_compared(one, other), at))
                break
    for rhythm in upper.rhythms:
        for at, facts in enumerate(lower):
            alike = [
                r for r in facts.rhythms if _share(rhythm.about.clause, r.about.clause, weigh) >= SAME_THING
            ]
            if alike:
                other_rhythm = min(
                    alike, key=lambda r: (r.days != rhythm.days, abs(r.days - rhythm.days), r.text)
                )
                change = _sign(rhythm.days - other_rhythm.days)
                params = {"upper": rhythm.text, "lower": other_rhythm.text}
                found.append((change, Reason(f"rhythm_{change}", params), at))
                break
    for change in (QuantityChange.LOOSER, QuantityChange.STRICTER, QuantityChange.SAME):
        told = [(reason, at) for kind, reason, at in found if kind == change][:MOST_TOLD]
        if told:
            return (
                change,
                tuple(reason for reason, _at in told),
                tuple(dict.fromkeys(at for _reason, at in told)),
            )
    return QuantityChange.NONE, (), ()


def _own_amounts(amounts: Sequence[Counted], lower: Side) -> dict[str, list[Counted]]:
    """Amounts beside the name of the lower place, by unit: 郑州市80%，其他市60%."""
    own: dict[str, list[Counted]] = {}
    name = stem(lower.regions[0]) if lower.regions else ""
    for one in amounts:
        if name and name in one.clause:
            own.setdefault(one.unit, []).append(one)
    return own


def _is_meant_for(one: Counted, sides: tuple[Side, Side]) -> bool:
    upper, lower = sides
    counted = base_of(one.amount.unit) in COUNTED_UNITS or one.unit in COUNTED_UNITS
    if one.scope or not counted or upper.regions[:1] == lower.regions[:1]:
        return True
    own = stem(lower.regions[0]) if lower.regions else ""
    if own and own in one.clause:
        return True
    pattern = _PLACE_LEVEL.get(lower.level)
    return pattern is not None and re.search(pattern, one.clause) is not None


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
