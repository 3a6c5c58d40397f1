"""Numbers as plans print them: figures with and without grouping, Chinese numerals, shares as 百分之."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_PLACES = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}

#: Characters that a Chinese numeral may consist of, for use inside a character class.
CHINESE_DIGITS = "零〇○一二两三四五六七八九"
CHINESE_NUMERALS = CHINESE_DIGITS + "十百千"

#: Figures: at most twelve digits before the point, grouped by threes or not.
FIGURES = r"\d{1,3}(?:[,，]\d{3}){1,3}(?:\.\d{1,6})?(?![\d])|\d{1,12}(?:\.\d{1,6})?"

_LONGEST = 40


def parse_number(text: str) -> Decimal | None:
    """Read figures (``1,550``, ``4.35``) or a Chinese numeral (``二十五``, ``一百零三``, ``二〇一七``, ``三点五``).

    Returns
    -------
    Decimal or None
        None where `text` is no number.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if text[0].isdigit() and text[0] in "0123456789":
        return _figures(text)
    if text[0] == "半" and len(text) == 1:
        return Decimal("0.5")
    whole, point, fraction = text.partition("点")
    value = _chinese_integer(whole)
    if value is None:
        return None
    if not point:
        return Decimal(value)
    if not fraction or any(c not in _DIGITS for c in fraction):
        return None
    return Decimal(f"{value}." + "".join(str(_DIGITS[c]) for c in fraction))


def _figures(text: str) -> Decimal | None:
    text = text.replace(",", "").replace("，", "")
    if text.count(".") > 1 or text.endswith(".") or not all(c in "0123456789." for c in text):
        return None
    return Decimal(text)


def _chinese_integer(text: str) -> int | None:
    if not text:
        return None
    if all(c in _DIGITS for c in text):
        # Digit by digit: a single digit, or a year such as 二〇一七.
        return int("".join(str(_DIGITS[c]) for c in text))
    total = section = 0
    digit: int | None = None
    last_place = 10**16
    for c in text:
        if c in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[c]
        elif c in _PLACES:
            if digit == 0 or (digit is None and section):
                return None
            place = _PLACES[c]
            if place >= last_place:
                return None
            section += (1 if digit is None else digit) * place
            digit, last_place = None, place
        elif c in _MYRIADS:
            section += digit or 0
            if not section:
                return None
            total = (total + section) * _MYRIADS[c] if c == "亿" else total + section * _MYRIADS[c]
            section, digit, last_place = 0, None, 10**16
        else:
            return None
    return total + section + (digit or 0)
