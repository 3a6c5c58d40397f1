"""Codes of administrative places: GB/T 2260 (six digits), GB/T 10114 (nine digits) and the twelve-digit
village codes.

A code is two digits for each level down to the county, three for the town and three for the village;
missing lower
parts are zeros. Statistical offices write the same place with its zeros left off (``4101``) or filled up
to twelve
digits (``410102001000``); here the form of the standards is used: 6, 6, 6, 9 and 12 digits.

References
----------
GB/T 2260-2007, GB/T 10114-2003. The county part 71 to 79 is not given by GB/T 2260; statistics uses it for
development
zones and other places that are no administrative division, so such codes count as local.
"""

from __future__ import annotations

import re

LEVELS = ("province", "prefecture", "county", "town", "village")
#: Digits that carry meaning at each level.
_DIGITS = {"province": 2, "prefecture": 4, "county": 6, "town": 9, "village": 12}
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")

#: The provincial codes of GB/T 2260 with the names that go with them.
PROVINCES = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
    "71": "台湾省",
    "81": "香港特别行政区",
    "82": "澳门特别行政区",
}


def clean(text: str) -> str:
    """A code as it was meant: no spaces, half-width digits, no ``.0`` of a spreadsheet.

    >>> clean(" ４１０１００.0 ")
    '410100'
    """
    text = re.sub(r"\s+", "", str(text)).translate(_WIDE)
    return re.sub(r"^(\d+)\.0+$", r"\1", text)


def is_numeric(code: str) -> bool:
    """Whether a code has the form of the standards, in any of the lengths that are in use."""
    return bool(re.fullmatch(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}", code))


def level_of(code: str) -> str | None:
    """The level that the form of a code says, or None for other codes.

    >>> level_of("410000"), level_of("4101"), level_of("410102001"), level_of("410102001000")
    ('province', 'prefecture', 'town', 'town')
    """
    if not is_numeric(code):
        return None
    full = code.ljust(12, "0")
    if full[9:] != "000":
        return "village"
    if full[6:9] != "000":
        return "town"
    if full[4:6] != "00":
        return "county"
    return "prefecture" if full[2:4] != "00" else "province"


def canonical(code: str) -> str:
    """The code as the standards write it; codes of another form are returned as they are.

    >>> canonical("41"), canonical("4101"), canonical("410102001000"), canonical("HKG-01")
    ('410000', '410100', '410102001', 'HKG-01')
    """
    code = clean(code)
    level = level_of(code)
    if level is None:
        return code
    digits = _DIGITS[level]
    return code.ljust(12, "0")[: max(6, digits)]


def parent_code(code: str) -> str | None:
    """The code of the place above, in canonical form; None for provinces and for codes of another form.

    >>> parent_code("410102001"), parent_code("410102"), parent_code("410100"), parent_code("410000")
    ('410102', '410100', '410000', None)
    """
    code = canonical(code)
    level = level_of(code)
    if level is None or level == "province":
        return None
    above = LEVELS[LEVELS.index(level) - 1]
    return canonical(code[: _DIGITS[above]])


def prefix(code: str) -> str:
    """The digits that carry meaning: what the codes of all places below begin with.

    >>> prefix("410100"), prefix("410102")
    ('4101', '410102')
    """
    code = canonical(code)
    level = level_of(code)
    return code if level is None else code[: _DIGITS[level]]


def is_local(code: str) -> bool:
    """Whether a code was not given by the national standards.

    >>> is_local("410173"), is_local("410173001"), is_local("410122"), is_local("HKG")
    (True, True, False, True)
    """
    code = canonical(code)
    level = level_of(code)
    if level is None:
        return True
    return level in {"county", "town", "village"} and "71" <= code[4:6] <= "79"
