"""Targets of the upper plan beside those of the lower one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from lantian.rules.conformity.changes import plain_number
from lantian.rules.conformity.clauses import base_unit
from lantian.rules.conformity.model import Finding, Item, Measure, QuantityChange, Reason, Side, Status
from lantian.rules.conformity.places import stem
from lantian.rules.conformity.words import folded
from lantian.rules.progress.targets import more_is_better

_FAMILIES = (
    ("pm2.5", ("pm2.5", "细颗粒物", "pm2|5")),
    ("pm10", ("pm10", "可吸入颗粒物")),
    ("rank", ("排名", "位次", "名次")),
    ("good_days", ("优良",)),
    ("heavy_days", ("重污染天", "重度及以上", "重度污染", "重污染")),
    ("ozone", ("臭氧", "o3")),
    ("so2", ("二氧化硫", "so2")),
    ("no2", ("二氧化氮", "no2")),
    ("nox", ("氮氧化物", "nox")),
    ("co", ("一氧化碳",)),
    ("vocs", ("挥发性有机物", "vocs")),
    ("index", ("综合指数",)),
    ("dustfall", ("降尘",)),
)
_WHOLE = re.compile(
    r"^(?:全|本|我)[省市区县州镇乡]|^(?:城区|中心城区|市区|建成区|辖区|区域|全域|主城区|市内)"
)
_GROUP = re.compile(r"\d+个|[一二三四五六七八九十]+个|各|全(?:省|市|区|县)\d|省辖市|直管县")
#: The targets of the lower plan that measure one thing, with their places in it.
Same = Sequence[tuple[int, Item, Measure]]


@lru_cache(maxsize=4096)
def family_of(indicator: str) -> str:
    """What an indicator measures, whatever it is called.

    >>> family_of("PM10年均浓度控制值"), family_of("可吸入颗粒物浓度")
    ('pm10', 'pm10')
    """
    plain = folded(indicator).replace(" ", "")
    return next((name for name, words in _FAMILIES if any(word in plain for word in words)), plain)


def compare_targets(upper: Side, lower: Side) -> list[Finding]:
    """One finding for each target of the upper plan, in its order.

    A target for a place of the lower plan's chain is its business, the nearest place first; an average of a whole
    region or group only where the upper plan has nothing nearer for the same thing. Other places' targets are not.
    """
    nearest: dict[str, int] = {}
    for item in upper.targets:
        rank = _nearness(item.measure, upper, lower)
        if rank is not None and item.measure is not None:
            family = family_of(item.measure.indicator)
            nearest[family] = min(nearest.get(family, rank), rank)
    same: dict[tuple[str, str], list[tuple[int, Item, Measure]]] = defaultdict(list)
    for order, item in enumerate(lower.targets):
        if item.measure is not None:
            same[family_of(item.measure.indicator), _kind(item.measure)].append((order, item, item.measure))
    return [_finding(item, upper, lower, nearest, same) for item in upper.targets]


def _nearness(measure: Measure | None, upper: Side, lower: Side) -> int | None:
    """How far above the lower place a target's place is; None where it is another place."""
    if measure is None:
        return None
    region = measure.region
    if upper.regions[:1] == lower.regions[:1]:
        return 0
    bare = stem(re.sub(r"(?:\d+个|各).*$", "", region)) if region else ""
    chain = [stem(place) for place in lower.regions]
    own = stem(upper.regions[0]) if upper.regions else ""
    if region and bare in chain and not (bare == own and own != chain[0]) and not _GROUP.search(region):
        return chain.index(bare)
    if region and _GROUP.search(region):
        return 90
    if not region or bare == own or _WHOLE.match(region):
        return 50
    return None


def _finding(
    item: Item, upper: Side, lower: Side, nearest: Mapping[str, int], same: Mapping[tuple[str, str], Same]
) -> Finding:
    measure = item.measure
    rank = _nearness(measure, upper, lower)
    if measure is None or rank is None:
        place = measure.region if measure else ""
        return Finding(
            item,
            True,
            (),
            Status.NOT_APPLICABLE,
            reasons=(Reason("target_of_other_place", {"place": place}),),
        )
    best = nearest[family_of(measure.indicator)]
    if rank > best and rank >= 50:
        reason = Reason("target_of_the_whole", {"place": measure.region or upper.title})
        return Finding(item, True, (), Status.NOT_APPLICABLE, reasons=(reason,))
    found = _counterpart(measure, lower, same.get((family_of(measure.indicator), _kind(measure)), ()))
    if found is None:
        reason = Reason("target_missing", {"indicator": measure.indicator})
        return Finding(item, True, (), Status.MISSING, reasons=(reason,))
    return _compared(item, measure, found)


def _counterpart(measure: Measure, lower: Side, same: Same) -> Item | None:
    """The target of the lower plan for the same thing, for the place itself, in the same period if there is one."""
    chain = [stem(place) for place in lower.regions]
    unit, words = base_unit(measure.unit)[1], _plain(measure.indicator)
    rated: list[tuple[tuple[int, ...], Item]] = []
    for order, item, other in same:
        bare = stem(other.region) if other.region else ""
        if other.region == measure.region:
            place = 0
        elif bare and bare in chain:
            place = 1 + chain.index(bare)
        elif not other.region or _WHOLE.match(other.region):
            place = 1
        else:
            continue
        same_unit = base_unit(other.unit)[1] == unit
        same_words = _plain(other.indicator) == words
        same_value = other.value == measure.value
        rated.append(
            (
                (
                    other.period != measure.period,
                    not same_unit,
                    other.strength != measure.strength,
                    place,
                    not same_words,
                    not same_value,
                    order,
                ),
                item,
            )
        )
    return min(rated, key=lambda entry: entry[0])[1] if rated else None


@lru_cache(maxsize=4096)
def _plain(indicator: str) -> str:
    return folded(indicator)


def _kind(measure: Measure) -> str:
    return "rank" if measure.kind.startswith("rank") else measure.kind


def _compared(item: Item, measure: Measure, found: Item) -> Finding:
    other = found.measure
    assert other is not None
    reasons: list[Reason] = []
    status, quantity = Status.CARRIED, QuantityChange.NONE
    factor, unit = base_unit(measure.unit)
    other_factor, other_unit = base_unit(other.unit)
    if other.period != measure.period:
        status = Status.PARTLY
        reasons.append(Reason("target_of_other_period", {"upper": measure.period, "lower": other.period}))
    elif unit != other_unit or measure.kind != other.kind or measure.from_end != other.from_end:
        status = Status.PARTLY
        reasons.append(
            Reason("target_in_other_measure", {"upper": measure_text(measure), "lower": measure_text(other)})
        )
    elif measure.value is not None and other.value is not None:
        comparator = measure.comparator if measure.comparator not in {"=", "~"} else other.comparator
        more = more_is_better(measure.indicator, comparator, measure.kind) or (
            measure.kind == "rank" and measure.from_end
        )
        difference = other.value * other_factor - measure.value * factor
        if difference == 0:
            quantity = QuantityChange.SAME
        else:
            quantity = QuantityChange.STRICTER if (difference > 0) == more else QuantityChange.LOOSER
        reasons.append(
            Reason(f"quantity_{quantity}", {"upper": measure_text(measure), "lower": measure_text(other)})
        )
    if measure.strength == "firm" and other.strength == "hoped":
        reasons.append(Reason("target_only_hoped", {}))
        quantity = (
            QuantityChange.LOOSER if quantity in {QuantityChange.SAME, QuantityChange.NONE} else quantity
        )
    return Finding(
        item,
        True,
        (found,),
        status,
        quantity=quantity,
        reasons=tuple(reasons),
        score=1.0 if status == Status.CARRIED else 0.5,
    )


def measure_text(measure: Measure) -> str:
    """A target in a few words: 郑州市PM10 ≤122微克/立方米."""
    sign = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "~": "约", "=": " "}.get(measure.comparator, " ")
    value = plain_number(measure.value) if measure.value is not None else "—"
    return f"{measure.region}{measure.indicator}{sign}{value}{measure.unit}"
