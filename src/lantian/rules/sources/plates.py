"""Licence plates of vehicles, ordinary and new-energy ones. The colour belongs to the identity.

Ordinary plates have seven signs, new-energy plates eight: of a small vehicle with the kind of drive in place 3, of a
large one in place 8. The letters of the kind are A B C D E (pure electric) and F G H J K (other); D and F alone, as in
older checks, would refuse plates that are in use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.keys import cleaned, quoted

Colour = Literal["blue", "yellow", "green", "yellow_green", "white", "black"]

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
#: what is written for a colour → what is meant
COLOURS: dict[str, Colour] = {
    "蓝": "blue",
    "黄": "yellow",
    "绿": "green",
    "渐变绿": "green",
    "黄绿": "yellow_green",
    "黄绿双拼": "yellow_green",
    "白": "white",
    "黑": "black",
}
_SIGN = "A-HJ-NP-Z0-9"
_ORDINARY = re.compile(f"[{PROVINCES}][A-HJ-NP-Z][{_SIGN}]{{4}}[{_SIGN}挂学警港澳]")
_SMALL = re.compile(f"[{PROVINCES}][A-HJ-NP-Z][A-HJK][{_SIGN}][0-9]{{4}}")
_LARGE = re.compile(f"[{PROVINCES}][A-HJ-NP-Z][0-9]{{5}}[A-HJK]")
_ELECTRIC = "ABCDE"


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate.

    Attributes
    ----------
    form
        ``ordinary``, ``new_energy_small`` or ``new_energy_large``.
    drive
        Of new-energy plates: ``electric`` or ``other``.
    """

    number: str
    form: Literal["ordinary", "new_energy_small", "new_energy_large"]
    drive: Literal["electric", "other"] | None = None
    colour: Colour | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Identity of the vehicle: number and colour."""
        return self.number, self.colour or ""


def parse_plate(text: str, colour: str = "") -> Plate:
    """Check a plate, and that its colour can go with it.

    Parameters
    ----------
    colour
        蓝, 黄, 绿, 黄绿 … with or without 色 or 牌; empty where it is not known.

    Raises
    ------
    IdentifierError
        ``plate_length``, ``plate_province``, ``plate_letter``, ``plate_sign``, ``plate_energy``, ``plate_colour``.
    """
    number = re.sub("[·•.．・-]", "", cleaned(text).upper())
    if len(number) not in (7, 8):
        raise IdentifierError(
            "plate_length",
            Message(
                _("The plate “%(plate)s” has %(found)s signs; an ordinary one has 7, a new-energy one 8."),
                plate=quoted(number), found=len(number),
            ),
        )  # fmt: skip
    if number[0] not in PROVINCES:
        raise IdentifierError(
            "plate_province",
            Message(_("The plate “%(plate)s” must begin with the short name of a province, as in 豫A12345."),
                    plate=number),
        )  # fmt: skip
    if set("IO") & set(number):
        mended = number[:2] + number[2:].replace("I", "1").replace("O", "0")
        raise IdentifierError(
            "plate_letter",
            Message(_("The plate “%(plate)s” has the letter I or O, which plates do not use; 1 or 0 may be meant."),
                    plate=number),
            mended if _form(mended) else "",
        )  # fmt: skip
    form = _form(number)
    if form is None and len(number) == 8:
        raise IdentifierError(
            "plate_energy",
            Message(
                _("“%(plate)s” is no new-energy plate: place 3 or place 8 must be one of A B C D E F G H J K, the"
                  " last four or five of the others figures. Without a sign too many it would be an ordinary plate."),
                plate=number,
            ),
        )  # fmt: skip
    if form is None:
        raise IdentifierError(
            "plate_sign",
            Message(
                _("“%(plate)s” is no plate: province, a letter, then five figures or letters (the last may be 挂, 学,"
                  " 警, 港 or 澳)."),
                plate=number,
            ),
        )  # fmt: skip
    drive: Literal["electric", "other"] | None = None
    if form != "ordinary":
        drive = "electric" if number[2 if form == "new_energy_small" else 7] in _ELECTRIC else "other"
    return Plate(number, form, drive, _colour(colour, number, form))


def _form(number: str) -> Literal["ordinary", "new_energy_small", "new_energy_large"] | None:
    if _ORDINARY.fullmatch(number):
        return "ordinary"
    if _SMALL.fullmatch(number):
        return "new_energy_small"
    return "new_energy_large" if _LARGE.fullmatch(number) else None


def _colour(text: str, number: str, form: str) -> Colour | None:
    word = re.sub("[色牌]+$", "", cleaned(text))
    word = re.sub("[色牌]+$", "", word)
    if not word:
        return None
    found = COLOURS.get(word)
    if found is None:
        raise IdentifierError(
            "plate_colour",
            Message(_("“%(colour)s” is no colour of plates. Write one of %(colours)s."),
                    colour=quoted(text), colours="、".join(COLOURS)),
        )  # fmt: skip
    allowed = {
        "ordinary": {"blue", "yellow", "white", "black"},
        "new_energy_small": {"green"},
        "new_energy_large": {"yellow_green", "green"},
    }[form]
    if found not in allowed:
        raise IdentifierError(
            "plate_colour",
            Message(_("The plate “%(plate)s” cannot be %(colour)s: new-energy plates (8 signs) are green, others are"
                      " not."), plate=number, colour=word),
        )  # fmt: skip
    return found
