"""The dates, amounts and rhythms of a text, each with what it is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lantian.rules.conformity.model import Amount, Item
from lantian.rules.conformity.profile import MOST_TEXT, body_of
from lantian.rules.conformity.words import GENERAL, folded, lexicon
from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.model import DateReading, Quantity, Span
from lantian.rules.documents.numbers import parse_number
from lantian.rules.documents.quantities import read_quantities

_SENTENCE = re.compile(r"[。；;\n]+")
_COMMA = re.compile(r"[，,]")
#: marks at the edges of a clause, and the number of the sub-item that it begins
_EDGE = re.compile(
    r"^[\s，,。；;、：:]*(?:[（(][\d一二三四五六七八九十]{1,3}[)）]|\d{1,3}[.．、](?!\d))?[\s，,。；;、：:]*|[\s，,。；;、：:]+$"
)
#: what stands between a step and its date, and quotation marks
_BEFORE_DATE = re.compile(r"(?:不迟于|不晚于|截至|截止到?|于|在|到|至)$")
#: what every step may say
_ANY_STEP = re.compile(r"[\d.]+|完成|全部|全面|确保|力争|开展|实施|进行|工作|任务|其中|以上|以下|基本|及")
_QUOTES = re.compile(r"[“”‘’「」『』\"]")
#: words that stand for the whole item and not for the clause they are in
_ALL_OF_IT = re.compile(r"此项|该项|上述|以上(?:任务|工作|措施)|本项")
_AFTER_AMOUNT = re.compile(r"(?:[（(]?[及含][）)]?)?(?:以上|以下|以内|之内|以后|左右)?(?:[（(]含[）)])?")
_ACHIEVED = re.compile(
    r"(?:达到|完成|提高到?|不低于|不少于|下降|减少|控制在|降[到至低]|增加|建成|安装|淘汰|实现|力争|确保|缴纳|奖励|处)[^，。；]{0,12}$"
)
_EVERY = re.compile(
    r"每(?:(?P<n>\d{1,2}|[一二两三四五六七八九十半])个?)?(?P<unit>日|天|周|星期|旬|月|季度|季|年)"
    r"(?!\w{0,8}?\d{1,2}日前)(?P<rest>[^。；，,]{0,24})"
)
#: 每年产生量200吨 says how much, not how often
_RATE = re.compile(r"[一-龥]{0,4}(?:量|额|产值)(?!\w{0,8}[次轮遍])")
_HOW_OFTEN = re.compile(
    r"此后|其后|每(?:[\d一二两三四五六七八九十半]*个?)?(?:日|天|周|星期|旬|月|季度|季|年)|至少|不少于|不低于|[\d一二两三四五六七八九十]+[次轮遍]"
)
_TIMES = re.compile(r"(\d{1,3}|[一二两三四五六七八九十]{1,2})[次轮遍]")
_DAYS = {"日": 1, "天": 1, "周": 7, "星期": 7, "旬": 10, "月": 30, "季度": 91, "季": 91, "年": 365}
_REPORT = re.compile(r"报[送至告到]?|上报|备案|报[省市区县]")
_SCALES = {"百万": 1_000_000, "千万": 10_000_000, "万": 10_000, "亿": 100_000_000, "百": 100, "千": 1_000}
_SAME_UNIT = {
    "mg/m³": "毫克/立方米", "mg/m3": "毫克/立方米", "μg/m³": "微克/立方米", "μg/m3": "微克/立方米", "µg/m³": "微克/立方米",
    "ug/m³": "微克/立方米", "ug/m3": "微克/立方米", "㎡": "平方米", "m²": "平方米", "m2": "平方米", "公里": "千米", "km": "千米",
    "公斤": "千克", "kg": "千克", "％": "%", "天": "日", "台（套）": "台套", "个小时": "小时", "g/m²": "克/平方米", "g/m2": "克/平方米",
    "吨/小时": "蒸吨", "t/h": "蒸吨",
}  # fmt: skip
#: an amount that covers what is larger or smaller than it, such as sites of 10,000 m² and more
_SIZES = re.compile(r"平方米|立方米|蒸吨|吨|千瓦|月|日|年|米|级|人口|蒸发量|元|小时")

#: Fewer pairs of characters say nothing.
FEW_PAIRS = 2


@dataclass(frozen=True, slots=True)
class About:
    """What a clause is about: the concepts beside a figure, and those of its whole sentence."""

    clause: frozenset[str]
    sentence: frozenset[str]


@dataclass(frozen=True, slots=True)
class Dated:
    """An end date; ``general`` where it holds for the whole item.

    Otherwise ``step`` is what is to be done by it, ``pairs`` the pairs of characters of that, ``more`` those of each
    clause that follows without a date of its own.
    """

    on: date
    about: About
    general: bool = False
    step: str = ""
    pairs: frozenset[str] = frozenset()
    more: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """An amount in a base unit; ``scope`` where it says which things are meant, not how much is to be done.

    ``before`` is what stands before it in its clause.
    """

    amount: Amount
    value: Decimal
    unit: str
    about: About
    scope: bool
    clause: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """How often something is done; ``pairs`` are the pairs of characters of what is done."""

    days: Decimal
    text: str
    about: About
    pairs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that can be compared in an item or a segment of it."""

    dates: tuple[Dated, ...]
    amounts: tuple[Counted, ...]
    rhythms: tuple[Repeated, ...]


def facts_of(item: Item, year: int | None, heading: frozenset[str], text: str | None = None) -> Facts:
    """Read an item, or the text of one of its segments.

    Parameters
    ----------
    item
        The item; its own deadlines and amounts count where the text does not have them.
    year
        The year of dates without one.
    heading
        Concepts of the heading, which whatever holds for the whole item is about.
    text
        The text of a segment; the whole wording where it is None.
    """
    whole = body_of(item.text)[:MOST_TEXT]
    body = whole if text is None else text[:MOST_TEXT]
    start = max(whole.find(body), 0)
    if year is None and item.deadlines:
        year = item.deadlines[0].year
    reading = read_dates(whole, year=year)
    places = _Places(body)
    own = About(heading, heading)
    here, general = _dates(item, reading, year, (start, start + len(body)))
    begins = [first - start for first, _end in here]
    dates = [
        _dated(on, (first - start, end - start), places, own, begins) for (first, end), on in here.items()
    ]
    dates += [Dated(on, own, True) for on in general]
    quantities = read_quantities(
        body, taken=tuple((a - start, b - start) for a, b in reading.taken if a >= start)
    )
    amounts = [_counted(quantity, body, places) for quantity in quantities]
    if not body or not quantities:
        amounts = [_plain(amount, heading) for amount in item.quantities if text is None]
    return Facts(tuple(dates), tuple(amounts), tuple(_rhythms(body, places)))


def _dates(
    item: Item, reading: DateReading, year: int | None, within: Span
) -> tuple[Mapping[Span, date], Sequence[date]]:
    """The dates of a stretch by their places, and those that hold for the whole item.

    The item's own deadlines are right: a person may have corrected them. A date of the text that is not among them
    does not count; where as many of them are not in the text (nor under its labels), they stand in the places of those
    that were misread.
    The end of a period that the caller holds for a deadline is one of that period's clause alone.
    """
    if not item.deadlines:
        placed = {found.span: found.on for found in reading.deadlines}
        return {span: on for span, on in placed.items() if within[0] <= span[0] < within[1]}, ()
    placed = {found.span: found.on for found in reading.deadlines if found.on in item.deadlines}
    wrong = [found.span for found in reading.deadlines if found.span not in placed]
    for period in reading.periods:
        if period.end in item.deadlines and period.end not in placed.values() and period.end is not None:
            placed[period.span] = period.end
    unread = [on for on in dict.fromkeys(item.deadlines) if on not in placed.values()]
    if unread and wrong:
        labelled = {found.on for found in read_dates(item.text[:MOST_TEXT], year=year).deadlines}
        amended = [on for on in unread if on not in labelled]
        if len(amended) == len(wrong):
            placed |= dict(zip(wrong, amended, strict=True))
            unread = [on for on in unread if on in labelled]
    return {span: placed[span] for span in sorted(placed) if within[0] <= span[0] < within[1]}, unread


def _dated(on: date, span: Span, places: _Places, own: About, others: Sequence[int]) -> Dated:
    start = span[0]
    words = places.from_clause(start, min((other for other in others if other > start), default=None))
    if _ALL_OF_IT.search(words):
        return Dated(on, own, True)
    about = About(concepts_in(words), concepts_in(places.sentence(start)))
    return Dated(on, about, False, *places.step(span, words, others))


def _trimmed(clause: str) -> str:
    return _QUOTES.sub("", _EDGE.sub("", clause))


def _pairs(clause: str) -> frozenset[str]:
    plain = _ANY_STEP.sub("|", folded(clause))
    return frozenset(pair for at in range(len(plain) - 1) if "|" not in (pair := plain[at : at + 2]))


class _Places:
    """Where the sentences and clauses of a text begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._sentences = [0, *(found.end() for found in _SENTENCE.finditer(text))]
        self._clauses = sorted({*self._sentences, *(found.end() for found in _COMMA.finditer(text))})

    def sentence(self, at: int) -> str:
        return self._piece(self._sentences, at)

    def clause(self, at: int) -> str:
        return self._piece(self._clauses, at)

    def before(self, at: int) -> str:
        """What stands before a place in its clause."""
        return self.text[self._clauses[bisect_right(self._clauses, at) - 1] : at]

    def _piece(self, starts: list[int], at: int) -> str:
        index = bisect_right(starts, at) - 1
        end = starts[index + 1] if index + 1 < len(starts) else len(self.text)
        return self.text[starts[index] : end]

    def from_clause(self, at: int, stop: int | None) -> str:
        """The clause at a place and what follows in its sentence, up to the clause of the next date."""
        start = self._clauses[bisect_right(self._clauses, at) - 1]
        index = bisect_right(self._sentences, at)
        end = self._sentences[index] if index < len(self._sentences) else len(self.text)
        if stop is not None and stop < end:
            last = self._clauses[bisect_right(self._clauses, stop) - 1]
            end = last if last > start else stop
        return self.text[start:end]

    def step(
        self, span: Span, words: str, others: Sequence[int]
    ) -> tuple[str, frozenset[str], tuple[frozenset[str], ...]]:
        """What is to be done by a date, its pairs of characters, and those of each clause that follows.

        Parameters
        ----------
        span
            Where the date stands.
        words
            The clause of the date and what follows, as :meth:`from_clause` gives it.
        others
            Where dates begin.
        """
        start, end = span
        first = self._clauses[bisect_right(self._clauses, start) - 1]
        before = _BEFORE_DATE.sub("", self.text[first:start])
        clauses = _COMMA.split(before + self.text[end : first + len(words)])
        said, pairs = "", frozenset[str]()
        while clauses and len(pairs) < FEW_PAIRS:
            said = _trimmed(f"{said}，{clauses.pop(0)}")
            pairs = _pairs(said)
        if len(pairs) < FEW_PAIRS and first and first not in self._sentences:
            clause = self.clause(first - 1)
            if not any(first - len(clause) <= other < first for other in others):
                said = _trimmed(f"{_trimmed(clause)}，{said}")
            pairs = _pairs(said)
        return said, pairs, tuple(found for clause in clauses if len(found := _pairs(clause)) >= FEW_PAIRS)

    def about(self, at: int) -> About:
        return About(concepts_in(self.clause(at)), concepts_in(self.sentence(at)))


def concepts_in(text: str) -> frozenset[str]:
    """What a clause speaks of, without words that are so wide that they tell little."""
    book = lexicon()
    return frozenset(name for _at, name in book.mentions(folded(text)) if book.concepts[name].kind != GENERAL)


def base_unit(unit: str) -> tuple[Decimal, str]:
    """A unit without its scale, and the factor: 万户 is 10,000 户.

    >>> base_unit("万平方米")
    (Decimal('10000'), '平方米')
    """
    factor = Decimal(1)
    for scale, times in _SCALES.items():
        if (
            unit.startswith(scale)
            and len(unit) > len(scale)
            and not unit.startswith(("千克", "千米", "千瓦", "百分", "千卡", "千伏"))
        ):
            unit, factor = unit[len(scale) :], Decimal(times)
            break
    return factor, _SAME_UNIT.get(unit, unit)


def _counted(quantity: Quantity, body: str, places: _Places) -> Counted:
    amount = Amount(quantity.value, quantity.unit, quantity.what, quantity.comparator, quantity.value_max)
    factor, unit = base_unit(quantity.unit)
    start, end = quantity.span
    rest = body[end:]
    after = _AFTER_AMOUNT.match(rest)
    follows = rest[after.end() : after.end() + 1] if after else rest[:1]
    before = body[max(0, start - 16) : start]
    scope = (
        bool(_SIZES.search(unit))
        and quantity.comparator not in {"=", "~"}
        and re.match(r"[\u4e00-\u9fff（“]", follows) is not None
        and not _ACHIEVED.search(before)
        and "/" not in unit
    )
    return Counted(
        amount,
        quantity.value * factor,
        unit,
        places.about(start),
        scope,
        places.clause(start),
        places.before(start),
    )


def _plain(amount: Amount, heading: frozenset[str]) -> Counted:
    factor, unit = base_unit(amount.unit)
    what = concepts_in(amount.what) or heading
    return Counted(amount, amount.value * factor, unit, About(what, what), False, amount.what)


def _rhythms(body: str, places: _Places) -> Iterator[Repeated]:
    for found in _EVERY.finditer(body):
        if _REPORT.search(found["rest"]) or _RATE.match(found["rest"]):
            continue
        count = found["n"]
        every = Decimal("0.5") if count == "半" else (parse_number(count) if count else None) or Decimal(1)
        times = _TIMES.search(found["rest"])
        often = (parse_number(times[1]) if times else None) or Decimal(1)
        about = places.about(found.start())
        pairs = _pairs(_HOW_OFTEN.sub("|", places.clause(found.start())))
        if often > 0 and (about.clause or pairs):
            yield Repeated(every * _DAYS[found["unit"]] / often, found[0].strip()[:30], about, pairs)
