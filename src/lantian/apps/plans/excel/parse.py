"""What people write into the cells of the ledger, as values of a task.

Nothing is guessed: a cell that cannot be understood raises :class:`lantian.office.cells.CellError` with a message that
says how to mend it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop as _

from lantian.apps.plans.choices import DeadlineKind
from lantian.office.cells import CellError, DateValue, read_date, read_decimal, shown
from lantian.rules.documents.dates import read_dates

Values = dict[str, Any]

_OPEN, _CLOSE = "（(《“【[", "）)》”】]"
_WIDE = str.maketrans("０１２３４５６７８９．％＜＞＝－＋", "0123456789.%<>=-+")
_SIGNS: tuple[tuple[str, str], ...] = (
    ("不少于", ">="), ("不低于", ">="), ("不小于", ">="), ("至少", ">="), ("达到", ">="), ("不超过", "<="), ("不高于", "<="),
    ("不大于", "<="), ("低于", "<"), ("高于", ">"), ("约", "~"), ("≥", ">="), ("≤", "<="), (">=", ">="), ("<=", "<="),
    (">", ">"), ("<", "<"), ("≈", "~"), ("=", "="),
)  # fmt: skip
_SIGN = "|".join(re.escape(word) for word, _sign in _SIGNS)
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?P<what>.*?)\s*(?P<sign>{_SIGN})?\s*(?P<value>{_FIGURE})(?:\s*[-–—~～至]\s*(?P<most>{_FIGURE}))?"
    r"\s*(?P<unit>[^\d\s,，;；]{0,20}?(?:[23](?:[·/][^\d\s]{1,8})?)?)(?P<tail>以上|及以上|以下|及以下|左右)?",
    re.DOTALL,
)
_TAILS = {"以上": ">=", "及以上": ">=", "以下": "<=", "及以下": "<=", "左右": "~"}
_NOTHING = frozenset({"", "—", "-", "——", "--", "/", "无"})
#: words that stand where a task has no day
_STANDING = re.compile(
    r"(?:.*(?:长期|常年|持续|日常|经常|常态|随时|立即|即时|即知即改|立行立改|实时|适时|按要求|按照|按时序|采暖|供暖|取暖|供热"
    r"|秋冬季|冬春季|冬季|夏季|春季|秋季|冬防|全过程|每[年季月周日天旬]|每个).*)"
)
_JOINTS = re.compile(r"\s*(?:至|到|—{1,2}|－{1,2}|–|~|～|-{1,2})\s*")


def figures(text: str) -> str:
    """Text with figures and signs of half width; ``１，２００`` is 1,200."""
    return re.sub(r"(?<=\d)，(?=\d{3}(?!\d))", ",", text.translate(_WIDE))


def split(text: str, marks: str = "；;\n") -> list[str]:
    """Parts of a cell, parted by the marks outside of brackets; empty parts are left out."""
    parts: list[str] = [""]
    depth = 0
    for sign in text:
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth = max(depth - 1, 0)
        if sign in marks and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def names(text: str, known: Iterable[str] = ()) -> list[str]:
    """Names of units in a cell; one that stood there before is taken whole, whatever signs are in it."""
    marks = "、，,；;\n"
    found: list[str] = []
    before = sorted((name for name in known if any(mark in name for mark in marks)), key=len, reverse=True)
    left = text.strip()
    while left:
        whole = next((name for name in before if left.startswith(name)), "")
        rest = left[len(whole) :]
        if whole and (not rest or rest.lstrip()[:1] in marks):
            found.append(whole)
            left = rest.lstrip().lstrip(marks).lstrip()
            continue
        first = split(left, marks)[:1]
        if not first:
            break
        found.append(first[0])
        left = left[left.index(first[0]) + len(first[0]) :].lstrip().lstrip(marks).lstrip()
    return list(dict.fromkeys(found))


def person_of(name: str) -> tuple[str, str]:
    """A unit with the person in brackets behind it: ``区环保局（王某）``."""
    found = re.fullmatch(r"(.{2,}?)[（(]([^（）()]{2,20})[）)]", name)
    return (found[1].strip(), found[2].strip()) if found else (name, "")


# --- dates ---


def dates(text: str, stored: Mapping[str, Values], year: int | None) -> list[Values]:
    """The dates of a task.

    Parameters
    ----------
    stored
        Words of the dates that the task has → their values, which are kept as they are.
    year
        The year of dates without one.

    Raises
    ------
    CellError
        ``not_a_date``, ``year_missing``, ``no_such_day`` or ``year_unlikely``
    """
    found: list[Values] = []
    left = text.strip()
    # What the task has may itself hold the signs that part dates.
    whole = sorted(stored, key=len, reverse=True)
    while left:
        same = next(
            (words for words in whole if words and left.startswith(words) and left[len(words) :].lstrip()[:1] in ("", "；", ";", "\n")), ""
        )  # fmt: skip
        if same:
            found.append(dict(stored[same]))
            left = left[len(same) :].lstrip("；;\n ")
            continue
        parts = split(left)
        if not parts:
            break
        first = parts[0]
        found.extend(_dates(first, year))
        left = left[left.index(first) + len(first) :].lstrip("；;\n ")
    return found


def value(kind: str, start: date | None, end: date | None, text: str = "") -> Values:
    """A date in the shape of the values of a task."""
    return {
        "kind": str(kind),
        "start": start.isoformat() if start else None,
        "end": end.isoformat() if end else None,
        "text": text,
        "span": None,
    }


def _printed(item: str) -> str:
    """The words of a date, where they say more than its day."""
    return "" if re.fullmatch(r"[\d./:\s-]+", item.translate(_WIDE)) else item[:200]


def _dates(item: str, year: int | None) -> list[Values]:
    bracket = re.fullmatch(r"(.+?)[（(](.+)[）)]", item, re.DOTALL)
    if bracket and re.search(r"\d", bracket[1]):
        try:
            inner = _dates(bracket[1].strip(), year)
        except CellError:
            inner = []
        if len(inner) == 1:
            return [{**inner[0], "text": bracket[2].strip()[:200]}]
    if item in _NOTHING:
        return []
    if re.fullmatch(r"(?:\d{4}年度?)?全年", item.translate(_WIDE)) and (at := _year_of(item, year)):
        return [value(DeadlineKind.PERIOD, date(at, 1, 1), date(at, 12, 31), item)]
    error: CellError
    try:
        day = read_date(item, default_year=year)
    except CellError as wrong:
        error = wrong
    else:
        return [value(DeadlineKind.DEADLINE, None, day.on, _printed(item))] if day is not None else []
    if error.code == "no_such_day":
        raise error
    begun = re.fullmatch(r"(?:自|从)?(.+?)(?:起|开始|以后|之后)", item)
    if begun and (day := _try(begun[1], year)) is not None:
        return [value(DeadlineKind.START, _first(day), None, _printed(item.removesuffix("起")))]
    period = _period(item, year)
    if period is not None:
        return [period]
    if error.code != "not_a_date":
        raise error
    read = read_dates(item if re.search("前|底|末|完成", item) else f"{item}完成", year=year)
    listed = [
        *(value(DeadlineKind.DEADLINE, None, one.on, one.text) for one in read.deadlines),
        *(value(DeadlineKind.START, one.on, None, one.text) for one in read.starts),
        *(value(DeadlineKind.PERIOD, one.start, one.end, one.text) for one in read.periods),
    ]
    if listed:
        if len(listed) == 1:
            listed[0]["text"] = item[:200]
        return listed
    if _STANDING.fullmatch(item) and len(item) <= 60:
        return [value(DeadlineKind.PERIOD, None, None, item)]
    raise CellError(
        "not_a_date",
        _(
            "“%(value)s” is not a date. Write it like 2017-06-30, 2017年6月底前 or 6月30日; a period like"
            " 2017-03-01至2017-05-31; “长期坚持” where there is no day."
        ),
        value=shown(item),
    )


def _try(text: str, year: int | None) -> DateValue | None:
    try:
        return read_date(text, default_year=year)
    except CellError:
        return None


def _year_of(text: str, year: int | None) -> int | None:
    found = re.match(r"\d{4}", text.translate(_WIDE))
    return int(found[0]) if found else year


def _first(day: DateValue) -> date:
    """The first day of what was said."""
    on = day.on
    if day.precision == "year":
        return on.replace(month=1, day=1)
    if day.precision == "quarter":
        return on.replace(month=on.month - 2, day=1)
    if day.precision == "month":
        return on.replace(day=1)
    if day.precision == "ten_days":
        return (on.replace(day=1) if on.day <= 10 else on.replace(day=11)) if on.day <= 20 else on.replace(day=21)
    return on


def _period(item: str, year: int | None) -> Values | None:
    for joint in _JOINTS.finditer(item):
        left, right = item[: joint.start()], item[joint.end() :]
        if not left or not right:
            continue
        # 3月至5月, 3—5月, 3月1日至15日: what one side leaves out stands on the other
        if re.fullmatch(r"\d{1,2}|[一二三四五六七八九十]{1,2}", left) and "月" in right:
            left += "月"
        month = re.search(r"(\d{1,2}|十?[一二三四五六七八九十])月", left)
        if re.fullmatch(r"\d{1,2}[日号].*", right.translate(_WIDE)) and month:
            right = month[0] + right
        end_year = _try(right, None)
        start = _try(left, year) or (_try(left, end_year.on.year) if end_year else None)
        if start is None:
            continue
        end = end_year or _try(right, start.on.year)
        if end is None:
            continue
        first, last = _first(start), end.on
        if last < first and end_year is None:
            again = _try(right, start.on.year + 1)
            last = again.on if again is not None else last
        if last < first or last - first > timedelta(3660):
            continue
        plain = re.fullmatch(r"[\d./\s至-]+", item)
        return value(DeadlineKind.PERIOD, first, last, "" if plain else item)
    return None


# --- amounts ---


def amount(item: str, unit: str = "") -> Values:
    """One amount: ``200``, ``200台``, ``淘汰燃煤锅炉200台``, ``≥95%``, ``10–20家``.

    Parameters
    ----------
    unit
        The unit where the cell has none.

    Raises
    ------
    CellError
        ``not_an_amount``
    """
    text = figures(item).strip()
    found = _AMOUNT.fullmatch(text)
    if found is None or re.search(r"[-−]\s*$", found["what"]):
        raise CellError(
            "not_an_amount",
            _("“%(value)s” is not an amount. Write a number, with its unit where there is one: 200台; part several by ；."),
            value=shown(item),
        )
    sign = dict(_SIGNS).get(found["sign"] or "") or _TAILS.get(found["tail"] or "", "=")
    return {
        "what": found["what"].strip(" ，,：:")[:200],
        "comparator": sign,
        "value": found["value"].replace(",", ""),
        "value_max": found["most"].replace(",", "") if found["most"] else None,
        "unit": (found["unit"] or unit)[:40],
        "text": "",
        "span": None,
    }


def amounts(text: str, stored: Mapping[str, Values], unit: str = "") -> list[Values]:
    """Several amounts; those whose words stand there already are kept as they are."""
    parts = split(text)
    if len(parts) == 1 and parts[0] not in stored:
        several = split(text, "、；;\n")
        # 锅炉12台、窑炉3座, but not 1、2、3号锅炉
        if len(several) > 1 and all(_AMOUNT.fullmatch(figures(part)) for part in several):
            parts = several
    return [dict(stored[part]) if part in stored else amount(part, unit) for part in parts if part not in _NOTHING]


def done(text: str, units: Sequence[str]) -> list[Decimal | None]:
    """What is done of the amounts of a task, in their order; None where nothing is said.

    Raises
    ------
    CellError
        ``not_a_number`` or ``other_count``
    """
    parts = split(text, "；;\n、") if len(units) > 1 else [text.strip()]
    if len(parts) != len(units):
        raise CellError(
            "other_count",
            _("The task has %(wanted)d amounts, but %(found)d numbers stand here. Write them in the same order, parted by ；."),
            wanted=len(units), found=len(parts),
        )  # fmt: skip
    found: list[Decimal | None] = []
    for part, unit in zip(parts, units, strict=True):
        bare = figures(part).strip()
        if bare in _NOTHING:
            found.append(None)
            continue
        read = _AMOUNT.fullmatch(bare)
        if bare.startswith(("-", "−")):
            raise CellError("negative", _("“%(value)s” is less than nothing. Write what is done until now."), value=shown(part))
        if read is not None and read["most"] is None and not read["tail"]:
            # Another unit would be another amount.
            if read["unit"] and unit and read["unit"] != unit.translate(_WIDE):
                raise CellError(
                    "other_unit",
                    _("The unit of “%(value)s” is not that of the task (%(unit)s). Convert the number."),
                    value=shown(part), unit=unit,
                )  # fmt: skip
            bare = read["value"] if not re.search(r"\d", read["what"]) else bare
        found.append(read_decimal(bare))
    return found


def share(text: str) -> Decimal | None:
    """A share done [%]: ``0.91`` as Excel keeps 91 %, ``91%`` or ``91``; numbers up to 1 are shares of 1.

    Raises
    ------
    CellError
        ``not_a_number``
    """
    bare = figures(text).strip()
    if bare in {"已完成", "完成", "全部完成"}:
        return Decimal(100)
    number = read_decimal(bare)
    if number is None:
        return None
    return number * 100 if bare.endswith("%") or number <= 1 else number
