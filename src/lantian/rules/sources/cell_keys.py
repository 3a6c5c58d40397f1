"""Cells of keys, codes and other things that have a form: the readers of each kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

from lantian.rules.region_codes import PROVINCES, canonical, level_of
from lantian.rules.sources.classification import parse_region, parse_trade
from lantian.rules.sources.coordinates import parse_degrees
from lantian.rules.sources.devices import parse_mn
from lantian.rules.sources.errors import IdentifierError, InputError, Message, _
from lantian.rules.sources.fields import FieldKind, Value
from lantian.rules.sources.keys import cleaned, quoted
from lantian.rules.sources.permits import parse_permit
from lantian.rules.sources.plates import COLOURS, parse_plate
from lantian.rules.sources.uscc import parse_uscc
from lantian.rules.sources.written_dates import read_date, read_year

_SHORTENED = re.compile(r"\d(?:\.\d+)?E\+\d+", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Z\u4e00-\u9fff\-－_#＃.()（）/〔〕\[\]]{1,60}")
_LETTERS = re.compile("[0-9A-Z]{4,40}")


def _signs(word: str) -> str:
    """A key of which no form is settled: half-width capital letters without spaces.

    Raises
    ------
    InputError
        ``number_shortened`` or ``code_sign``.
    """
    if _SHORTENED.fullmatch(word):
        raise InputError(
            "number_shortened",
            Message(
                _("Excel has rounded this long number. Format the column as text and type the number again.")
            ),
        )
    code = cleaned(word).upper()
    code = re.sub(r"^(\d+)\.0+$", r"\1", code)
    if not _CODE.fullmatch(code):
        raise InputError(
            "code_sign",
            Message(
                _("“%(code)s” cannot be a number of this kind: write figures, letters and - _ # . ( ) / only, at most"
                  " 60 signs."),
                code=quoted(code),
            ),
        )  # fmt: skip
    return code


def _letters(word: str) -> str:
    """A key of figures and capital letters of which the rest is not settled.

    Raises
    ------
    InputError
        ``number_shortened`` or ``code_sign``.
    """
    code = _signs(word).replace("-", "").replace("－", "")
    if not _LETTERS.fullmatch(code):
        raise InputError(
            "code_sign",
            Message(
                _("“%(code)s” cannot be a number of this kind: it must have 4 to 40 figures and letters."),
                code=quoted(code),
            ),
        )
    return code


def _project_code(word: str) -> str:
    code = _signs(word)
    if not re.fullmatch("[0-9A-Z-]{4,40}", code):
        return _letters(code)  # which says what is wrong
    return code


def _disclosure(word: str) -> str:
    code = _letters(word)
    if len(code) != 24 or not code.startswith("CN"):
        raise IdentifierError(
            "disclosure_form",
            Message(
                _("“%(code)s” is no disclosure number of a machine: it begins with CN and has 24 signs. Copy it from"
                  " the label of the machine."),
                code=quoted(code),
            ),
        )  # fmt: skip
    return code


def _place_code(level: str, digits: int) -> Callable[[str], str]:
    def read(word: str) -> str:
        code = canonical(word)
        if level_of(code) != level or code[:2] not in PROVINCES or len(code) != digits:
            raise IdentifierError(
                f"{level}_form",
                Message(
                    _("“%(code)s” is no code of a town (9 figures)."),
                    code=quoted(code),
                ) if level == "town" else Message(
                    _("“%(code)s” is no code of a village (12 figures)."),
                    code=quoted(code),
                ),
            )  # fmt: skip
        return code

    return read


_PHONE = re.compile(r"\+?[0-9()（）\-－—]{5,24}(?:转\d{1,6})?")
_PHONES = re.compile("[、,，;；/／ ]+")


def _phone(word: str) -> str:
    if word.isascii() and word.isdigit() and 5 <= len(word) <= 20:
        return word
    found = []
    for part in _PHONES.split(unicodedata.normalize("NFKC", word)):
        number = re.sub("[—－]", "-", re.sub(r"\.0$", "", part))
        if not _PHONE.fullmatch(number) or not 5 <= sum(sign.isdigit() for sign in number) <= 20:
            raise InputError(
                "phone_form",
                Message(
                    _("“%(value)s” is no telephone number. Write it as in 0371-12345678 or 13800000000; part several"
                      " with 、."),
                    value=quoted(word),
                ),
            )  # fmt: skip
        found.append(number)
    return "、".join(found)


_DEGREES = re.compile(r"-?\d{1,9}(?:\.\d{1,12})?")


def _degrees(word: str) -> Decimal:
    """Degrees; whether the place can be is told by :func:`~lantian.rules.sources.coordinates.place`."""
    plain = cleaned(word)
    if _DEGREES.fullmatch(plain):
        return Decimal(plain)
    return Decimal(repr(round(parse_degrees(word), 9)))


def _plate(word: str) -> str:
    plain = cleaned(word)
    found = re.fullmatch(
        rf"(?P<number>.+?)[(（]?(?P<colour>{'|'.join(sorted(COLOURS, key=len, reverse=True))})[色牌]*[)）]?",
        plain,
    )
    return parse_plate(found["number"], found["colour"]).number if found else parse_plate(plain).number


_TRADE_WITH_NAME = re.compile(r"([A-Ta-t]?\d{4})[\s\-:：]*[\u4e00-\u9fff（(].*")


def _trade(word: str) -> str:
    found = _TRADE_WITH_NAME.fullmatch(word)
    return parse_trade(re.sub(r"\.0$", "", found[1] if found else word))


def _url(word: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+\.[^\s]{1,400}", word, re.IGNORECASE):
        raise InputError(
            "url_form",
            Message(
                _("“%(value)s” is no address of a page. It begins with http:// or https://."),
                value=quoted(word),
            ),
        )
    return word


def _uscc(word: str) -> str:
    return parse_uscc(word).code


#: reader of the cells of a kind; empty cells do not come to it
OF_KIND: dict[FieldKind, Callable[[str], Value]] = {
    FieldKind.DATE: read_date,
    FieldKind.YEAR: read_year,
    FieldKind.REGION: parse_region,
    FieldKind.TOWN: _place_code("town", 9),
    FieldKind.VILLAGE: _place_code("village", 12),
    FieldKind.PHONE: _phone,
    FieldKind.LONGITUDE: _degrees,
    FieldKind.LATITUDE: _degrees,
    FieldKind.USCC: _uscc,
    FieldKind.PERMIT: lambda word: parse_permit(word).number,
    FieldKind.MN: lambda word: parse_mn(word).number,
    FieldKind.TRADE: _trade,
    FieldKind.PLATE: _plate,
    FieldKind.VIN: _letters,
    FieldKind.MACHINE_NUMBER: _signs,
    FieldKind.DISCLOSURE_NUMBER: _disclosure,
    FieldKind.SPECIAL_EQUIPMENT_CODE: _letters,
    FieldKind.FOOD_LICENCE: _letters,
    FieldKind.FARM_CODE: _letters,
    FieldKind.WORKS_PERMIT: _letters,
    FieldKind.PROJECT_CODE: _project_code,
    FieldKind.CODE: _signs,
    FieldKind.URL: _url,
}
