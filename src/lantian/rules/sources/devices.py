"""The device number of a data logger (MN, 数采仪设备唯一标识).

References
----------
HJ 212-2017, HJ 212-2025: 24 hexadecimal figures (header 8 bits, maker 28, kind 24, serial 36).
HJ/T 212-2005: 14 signs, organisation code of the maker (7) and serial (7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.keys import cleaned, quoted


@dataclass(frozen=True, slots=True)
class DeviceNumber:
    """A device number and the edition of HJ 212 whose form it has."""

    number: str
    form: Literal["2017", "2005"]


def parse_mn(text: str) -> DeviceNumber:
    """Check a device number.

    Raises
    ------
    IdentifierError
        ``mn_length`` or ``mn_sign``.

    Examples
    --------
    >>> parse_mn("010000A8900016F000169DC0").form, parse_mn("88888880000001").form
    ('2017', '2005')
    """
    number = cleaned(text).upper().removeprefix("MN=").removesuffix(";")
    if len(number) == 24:
        if re.fullmatch("[0-9A-F]{24}", number):
            return DeviceNumber(number, "2017")
        wrong = next(place for place, sign in enumerate(number, 1) if sign not in "0123456789ABCDEF")
        mended = number.replace("O", "0").replace("I", "1")
        raise IdentifierError(
            "mn_sign",
            Message(
                _("Sign %(place)s of the device number “%(number)s” is “%(sign)s”; only 0-9 and A-F are used."),
                number=number, place=wrong, sign=number[wrong - 1],
            ),
            mended if re.fullmatch("[0-9A-F]{24}", mended) else "",
        )  # fmt: skip
    if len(number) == 14:
        if re.fullmatch("[0-9A-Z]{14}", number):
            return DeviceNumber(number, "2005")
        wrong = next(place for place, sign in enumerate(number, 1) if not re.match("[0-9A-Z]", sign))
        raise IdentifierError(
            "mn_sign",
            Message(
                _("Sign %(place)s of the device number “%(number)s” is “%(sign)s”; a number of 14 signs has figures and"
                  " letters only."),
                number=number, place=wrong, sign=number[wrong - 1],
            ),
        )  # fmt: skip
    raise IdentifierError(
        "mn_length",
        Message(
            _("The device number “%(number)s” has %(found)s signs; it must have 24 (HJ 212-2017) or 14 (HJ/T 212-2005)."
              " Copy it from the settings of the logger."),
            number=quoted(number), found=len(number),
        ),
    )  # fmt: skip
