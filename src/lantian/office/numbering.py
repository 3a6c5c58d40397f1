"""Automatic numbering of Word documents, as the text that Word prints in front of a paragraph.

References
----------
ISO/IEC 29500-1:2016, 17.9 (numbering) and 17.18.59 (number formats).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_DIGITS = "〇一二三四五六七八九"
_LEGAL_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


def chinese(
    number: int, *, digits: str = _DIGITS, units: str = "十百千", zero: str = "零", short: bool = True
) -> str:
    """A number below 10,000 in Chinese: 12 is 十二, 105 is 一百零五.

    Parameters
    ----------
    short
        Write 十 and not 一十 for the tens from 10 to 19.
    """
    if not 0 < number < 10_000:
        return zero if number == 0 else str(number)
    text = ""
    gap = False
    for power in (3, 2, 1, 0):
        figure = number // 10**power % 10
        if figure == 0:
            gap = bool(text)
            continue
        text += (zero if gap else "") + digits[figure] + (units[power - 1] if power else "")
        gap = False
    return text[1:] if short and 10 <= number < 20 else text


def roman(number: int) -> str:
    """A number in Roman figures, capital."""
    if not 0 < number < 4_000:
        return str(number)
    text = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        text += sign * (number // value)
        number %= value
    return text


def letter(number: int) -> str:
    """A, B, … Z, AA, BB, … as Word counts."""
    if not 0 < number <= 26 * 30:
        return str(number)
    return chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _from(first: str, count: int) -> Callable[[int], str]:
    """Signs that stand in a row in Unicode; plain figures beyond them."""
    return lambda number: chr(ord(first) + number - 1) if 1 <= number <= count else str(number)


def _circled(number: int) -> str:
    for start, first, base in ((1, 20, 0x2460), (21, 35, 0x3251), (36, 50, 0x32B1)):
        if start <= number <= first:
            return chr(base + number - start)
    return str(number)


def _positional(number: int) -> str:
    return "".join(_DIGITS[int(figure)] for figure in str(number))


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: str(number).translate({48 + n: 0xFF10 + n for n in range(10)}),
    "decimalFullWidth2": lambda number: str(number).translate({48 + n: 0xFF10 + n for n in range(10)}),
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _from("⑴", 20),
    "decimalEnclosedFullstop": _from("⒈", 20),
    "numberInDash": lambda number: f"- {number} -",
    "ordinal": _ordinal,
    "upperRoman": roman,
    "lowerRoman": lambda number: roman(number).lower(),
    "upperLetter": letter,
    "lowerLetter": lambda number: letter(number).lower(),
    "chineseCounting": lambda number: chinese(number) if number < 100 else _positional(number),
    "chineseCountingThousand": chinese,
    "chineseLegalSimplified": lambda number: chinese(
        number, digits=_LEGAL_DIGITS, units="拾佰仟", short=False
    ),
    "taiwaneseCounting": lambda number: chinese(number) if number < 100 else _positional(number),
    "taiwaneseCountingThousand": chinese,
    "taiwaneseDigital": _positional,
    "japaneseCounting": chinese,
    "japaneseDigitalTenThousand": _positional,
    "koreanDigital": str,
    "ideographDigital": _positional,
    "ideographEnclosedCircle": _from("㊀", 10),
    "ideographTraditional": lambda number: _STEMS[number - 1] if 1 <= number <= 10 else str(number),
    "ideographZodiac": lambda number: _BRANCHES[number - 1] if 1 <= number <= 12 else str(number),
    "none": lambda number: "",
}


def format_number(number: int, number_format: str, picture: str = "") -> str:
    """One figure of a label in a number format of WordprocessingML; unknown formats give plain figures."""
    if number < 0:
        return str(number)
    if number_format == "custom" and picture:
        first = picture.split(",")[0].strip()
        return str(number).zfill(len(first)) if first.isdigit() else str(number)
    return _FORMATS.get(number_format, str)(number)


@dataclass(slots=True)
class _Level:
    start: int = 1
    number_format: str = "decimal"
    picture: str = ""
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False
    style: str = ""


@dataclass(slots=True)
class _Numbering:
    """A numbering definition instance (w:num)."""

    abstract: str
    levels: dict[int, _Level] = field(default_factory=dict)
    starts: dict[int, int] = field(default_factory=dict)


def local(tag: Any) -> str:
    """Name of an element or attribute without its namespace; ``""`` for what is no element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def child(element: Any, name: str) -> Any:
    """First child of this local name; None if there is none."""
    if element is not None:
        for candidate in element:
            if local(candidate.tag) == name:
                return candidate
    return None


def attribute(element: Any, name: str, default: str = "") -> str:
    """Value of an attribute by its local name."""
    if element is not None:
        for key, value in element.attrib.items():
            if local(key) == name:
                return str(value)
    return default


def number_of(text: str, default: int = 0) -> int:
    """An integer from an attribute, bounded to what Word accepts."""
    try:
        return max(-(2**31), min(2**31 - 1, int(text)))
    except ValueError:
        return default


class Numbering:
    """Counts along a document and gives each numbered paragraph its label.

    Parameters
    ----------
    numbering_root, styles_root
        Root elements of ``numbering.xml`` and ``styles.xml``; None where the part is missing.
    """

    def __init__(self, numbering_root: Any, styles_root: Any) -> None:
        self._abstracts: dict[str, dict[int, _Level]] = {}
        self._numberings: dict[str, _Numbering] = {}
        self._styles: dict[str, tuple[str, str | None, int | None]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[tuple[str, int]] = set()
        self._read_styles(styles_root)
        self._read_numbering(numbering_root)

    def label(self, paragraph_properties: Any) -> str:
        """Label of the next paragraph, with a space where one belongs between it and the text; counts it.

        Parameters
        ----------
        paragraph_properties
            The ``w:pPr`` element, or None.
        """
        found = self._reference(paragraph_properties)
        if found is None:
            return ""
        numbering_id, depth = found
        numbering = self._numberings.get(numbering_id)
        if numbering is None or depth not in numbering.levels:
            return ""
        self._count(numbering_id, numbering, depth)
        return self._render(numbering, depth)

    # --- reading the definitions ---

    def _read_styles(self, root: Any) -> None:
        for style in root if root is not None else ():
            if local(style.tag) != "style":
                continue
            properties = child(child(style, "pPr"), "numPr")
            numbering_id = attribute(child(properties, "numId"), "val") or None
            depth = attribute(child(properties, "ilvl"), "val")
            self._styles[attribute(style, "styleId")] = (
                attribute(child(style, "basedOn"), "val"),
                numbering_id,
                number_of(depth) if depth else None,
            )

    def _read_numbering(self, root: Any) -> None:
        links: dict[str, str] = {}
        style_links: dict[str, str] = {}
        for element in root if root is not None else ():
            if local(element.tag) != "abstractNum":
                continue
            key = attribute(element, "abstractNumId")
            self._abstracts[key] = {
                number_of(attribute(level, "ilvl")): _read_level(level)
                for level in element
                if local(level.tag) == "lvl"
            }
            if link := attribute(child(element, "numStyleLink"), "val"):
                links[key] = link
            if link := attribute(child(element, "styleLink"), "val"):
                style_links[link] = key
        for key, style in links.items():
            target = style_links.get(style)
            if target is not None and not self._abstracts[key]:
                self._abstracts[key] = self._abstracts[target]
        for element in root if root is not None else ():
            if local(element.tag) != "num":
                continue
            abstract = attribute(child(element, "abstractNumId"), "val")
            numbering = _Numbering(abstract, dict(self._abstracts.get(abstract, {})))
            for override in element:
                if local(override.tag) != "lvlOverride":
                    continue
                depth = number_of(attribute(override, "ilvl"))
                level = child(override, "lvl")
                if level is not None:
                    numbering.levels[depth] = _read_level(level)
                start = attribute(child(override, "startOverride"), "val")
                if start:
                    numbering.starts[depth] = number_of(start, 1)
            self._numberings[attribute(element, "numId")] = numbering

    # --- counting ---

    def _reference(self, properties: Any) -> tuple[str, int] | None:
        """Numbering and depth of a paragraph: its own, else those of its style."""
        own = child(properties, "numPr")
        numbering_id = attribute(child(own, "numId"), "val") or None
        depth_text = attribute(child(own, "ilvl"), "val")
        depth = number_of(depth_text) if depth_text else None
        style = attribute(child(properties, "pStyle"), "val")
        if numbering_id is None:
            seen: set[str] = set()
            current = style
            while current and current not in seen:
                seen.add(current)
                current_based_on, style_numbering, style_depth = self._styles.get(current, ("", None, None))
                if style_numbering is not None:
                    numbering_id = style_numbering
                    if depth is None:
                        depth = self._depth_of_style(style_numbering, current, style_depth)
                    break
                current = current_based_on
        if numbering_id is None or numbering_id == "0":
            return None
        return numbering_id, min(max(depth or 0, 0), 8)

    def _depth_of_style(self, numbering_id: str, style: str, own: int | None) -> int:
        numbering = self._numberings.get(numbering_id)
        for depth, level in (numbering.levels if numbering else {}).items():
            if level.style == style:
                return depth
        return own or 0

    def _count(self, numbering_id: str, numbering: _Numbering, depth: int) -> None:
        counts = self._counts.setdefault(numbering.abstract, {})
        for upper in range(depth):
            if upper not in counts and upper in numbering.levels:
                counts[upper] = self._first(numbering, upper)
        if depth in numbering.starts and (numbering_id, depth) not in self._started:
            counts[depth] = numbering.starts[depth]
        elif depth in counts:
            counts[depth] += 1
        else:
            counts[depth] = self._first(numbering, depth)
        self._started.add((numbering_id, depth))
        for lower in [lower for lower in counts if lower > depth]:
            level = numbering.levels.get(lower)
            # w:lvlRestart: 0 counts on for ever, n starts again only after a paragraph of a level above or
            # at n
            if level is None or level.restart is None or 0 < depth + 1 <= level.restart:
                del counts[lower]

    @staticmethod
    def _first(numbering: _Numbering, depth: int) -> int:
        return numbering.starts.get(depth, numbering.levels[depth].start)

    def _render(self, numbering: _Numbering, depth: int) -> str:
        level = numbering.levels[depth]
        if level.number_format == "bullet" or not level.text:
            return ""
        counts = self._counts[numbering.abstract]
        text = level.text
        for upper in range(9):
            place = f"%{upper + 1}"
            if place not in text:
                continue
            shown = numbering.levels.get(upper, level)
            number_format = "decimal" if level.legal and upper != depth else shown.number_format
            text = text.replace(
                place, format_number(counts.get(upper, shown.start), number_format, shown.picture)
            )
        text = text.strip()
        if not text or level.suffix == "nothing":
            return text
        closed = text[-1] in "、，。．：；）】〕》」』 " or (level.suffix == "tab" and not text[-1].isascii())
        return text if closed else text + " "


def _read_level(element: Any) -> _Level:
    number_format = child(element, "numFmt")
    if number_format is None:
        # a format that older programs do not know is wrapped in mc:AlternateContent
        for alternative in element:
            if local(alternative.tag) == "AlternateContent":
                number_format = child(child(alternative, "Choice"), "numFmt")
    restart = attribute(child(element, "lvlRestart"), "val")
    legal = child(element, "isLgl")
    return _Level(
        start=number_of(attribute(child(element, "start"), "val", "0")),
        number_format=attribute(number_format, "val", "decimal"),
        picture=attribute(number_format, "format"),
        text=attribute(child(element, "lvlText"), "val"),
        suffix=attribute(child(element, "suff"), "val", "tab"),
        restart=number_of(restart) if restart else None,
        legal=legal is not None and attribute(legal, "val", "1") not in ("0", "false", "off"),
        style=attribute(child(element, "pStyle"), "val"),
    )
