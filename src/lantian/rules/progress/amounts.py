"""Shares done from amounts, and amounts that are handed down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

HUNDREDTH = Decimal("0.01")
WHOLE = Decimal(100)

#: Counting words and measures of things that are done one by one or stretch by stretch, as plans of the field use them.
#: An amount in one of these units is followed up; others (%, mg/m³, tonnes of steam an hour) say what kind or how good.
COUNTED_UNITS = frozenset(
    (
        *("台", "座", "家", "户", "万户", "辆", "万辆", "艘", "个", "处", "条", "套", "口", "块", "宗", "起", "所", "次"),
        *("人", "名", "公里", "千米", "米", "亩", "万亩", "平方米", "万平方米", "平方公里", "吨", "万吨", "台套"),
        *("台（套）", "蒸吨", "根", "棵", "万棵", "株", "万株", "批次", "项", "件", "张", "眼", "孔", "门", "栋"),
        *("万千瓦", "千瓦", "兆瓦", "家次", "辆次"),
    )
)

#: what is measured to say which things are meant (sites of 5,000 m² and more), not how many are to be done
_KIND_OF_THING = re.compile(r"建筑面积|运输量|使用量|产生量|消耗量|年销售|年产|产能|日均|距离|高度|宽度|^长度|间隔")
#: bounds that end a group of things
_BOUND = re.compile(r"及以上|及以下|[（(]含[）)]|以上的|以下的")
#: how much something makes or holds, which says what kind of thing it is
_RATING = re.compile(r"日产|时产|日处理|装机|单机")
#: how often something recurs, and what each case costs
_RECURRING = re.compile(r"每|扣|罚")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount to be done and how much of it is done, in the same unit; ``done`` is None before the first report."""

    value: Decimal
    done: Decimal | None = None


def is_counted(unit: str, comparator: str = "=", what: str = "", text: str = "") -> bool:
    """Whether an amount says how much is to be done.

    ``淘汰锅炉182台`` does; ``10蒸吨以下`` and ``≥95%`` say what kind or how good; ``建筑面积5000平方米及以上`` says which
    sites are meant; ``每周1次`` says how often.

    Parameters
    ----------
    what
        What the number stands with.
    text
        The number as printed.
    """
    if unit not in COUNTED_UNITS or comparator not in {"=", ">=", "~", ">"}:
        return False
    if _RECURRING.search(what) or _BOUND.search(text) or _RATING.search(what[-3:]):
        return False
    return comparator == "=" or not _KIND_OF_THING.search(what)


def percent_of(amounts: Iterable[Amount]) -> Decimal | None:
    """The share done over several amounts [%], each of them counting alike, rounded down to hundredths.

    What is over-fulfilled makes up for nothing else. 100 only where all of it is done. None where nothing is counted.

    >>> percent_of([Amount(Decimal(200), Decimal(182))])
    Decimal('91.00')
    """
    listed = [amount for amount in amounts if amount.value > 0]
    if not listed:
        return None
    total = sum(
        (min((amount.done or Decimal(0)) / amount.value, Decimal(1)) for amount in listed), Decimal(0)
    )
    done = all(amount.done is not None and amount.done >= amount.value for amount in listed)
    if done:
        return WHOLE
    share = (total * WHOLE / len(listed)).quantize(HUNDREDTH, rounding=ROUND_FLOOR)
    return min(share, WHOLE - HUNDREDTH)


def weighted(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal | None:
    """The share done of a whole from its parts ``(weight, share done [%])``, rounded down to hundredths."""
    weight = sum((part[0] for part in parts), Decimal(0))
    if weight <= 0:
        return None
    if all(share >= WHOLE for _weight, share in parts):
        return WHOLE
    total = sum((part * share for part, share in parts), Decimal(0)) / weight
    return min(total.quantize(HUNDREDTH, rounding=ROUND_FLOOR), WHOLE - HUNDREDTH)


@dataclass(frozen=True, slots=True)
class Split:
    """How an amount is handed down: the whole, its parts, and what is left (negative: too much was handed down)."""

    whole: Decimal
    parts: tuple[Decimal, ...]
    kept: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What nobody has been given."""
        return self.whole - sum(self.parts, Decimal(0)) - self.kept

    @property
    def adds_up(self) -> bool:
        """Whether the parts, with what is kept above, make the whole."""
        return self.left == 0
