"""What a target is measured as, and whether a value meets it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: what a unit says about the measure, in the order in which it is asked
_ELECTRICITY = ("千瓦时", "度", "kWh")
_CONCENTRATION = ("微克", "毫克", "µg", "μg", "ug/m", "mg/m")
_EMISSION_WORDS = ("排放量", "排放总量")
#: indicators that are better when they are higher; all others of the air are better when they are lower
_MORE_IS_BETTER = ("优良", "达标率", "利用率", "覆盖率", "清扫率", "完成率", "合格率", "绿化", "占比提高")


def measure_of(indicator: str, unit: str, kind: str) -> str:
    """What a target is measured as.

    Parameters
    ----------
    indicator, unit
        As the plan names them.
    kind
        ``level``, ``reduction``, ``rank``, ``rank_gain`` or ``reference``, as the plan's reader found it.

    Returns
    -------
    str
        ``concentration``, ``days``, ``ratio``, ``rank``, ``reduction``, ``quantity``, ``electricity``, ``emission`` or
        ``other``.

    >>> measure_of("PM2.5年均浓度", "微克/立方米", "level")
    'concentration'
    """
    if kind in {"rank", "rank_gain"} or "排名" in indicator:
        return "rank"
    if kind == "reduction":
        return "reduction"
    if kind == "reference":
        return "other"
    if any(word in unit for word in _ELECTRICITY) or "用电量" in indicator:
        return "electricity"
    if any(word in unit for word in _CONCENTRATION):
        return "concentration"
    if any(word in indicator for word in _EMISSION_WORDS):
        return "emission"
    if unit == "天":
        return "days"
    if unit in {"%", "％", "‰"}:
        return "ratio"
    return "quantity" if unit else "other"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a value meets a target, and by how much it misses it (0 where it is met), in the unit of the target."""

    met: bool
    gap: Decimal


def more_is_better(indicator: str, comparator: str, kind: str) -> bool:
    """In which direction a target without a sign is meant."""
    if comparator in {">=", ">"}:
        return True
    if comparator in {"<=", "<"}:
        return False
    return kind in {"reduction", "rank_gain"} or any(word in indicator for word in _MORE_IS_BETTER)


def judge(
    value: Decimal,
    target: Decimal,
    *,
    indicator: str = "",
    comparator: str = "=",
    kind: str = "level",
    from_end: bool = False,
) -> Verdict:
    """Compare a value with its target.

    A sign holds as printed. Without one, concentrations, bad days and ranks are met at or below the value, good days,
    ratios of what is wished, reductions and gains at or above it. A rank that is counted from the end is met when it
    is at least so far from the end.

    >>> judge(Decimal(53), Decimal(52), indicator="PM2.5年均浓度")
    Verdict(met=False, gap=Decimal('1'))
    """
    more = more_is_better(indicator, comparator, kind)
    if kind == "rank" and from_end:
        more = True
    if comparator == ">" or comparator == "<":
        met = value > target if more else value < target
    else:
        met = value >= target if more else value <= target
    return Verdict(met, Decimal(0) if met else abs(target - value))
