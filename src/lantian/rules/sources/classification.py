"""Codes of trades (GB/T 4754) and of places (GB/T 2260): their form, and their being on the list that is held.

The form can be told without a list: four figures of a trade, with or without the letter of its section, which must be
that of the division. Whether a class exists is for the list to say (`known`), which an office loads.

References
----------
GB/T 4754-2017: sections A to T and their divisions.
"""

from __future__ import annotations

import re
from collections.abc import Container

from lantian.rules.region_codes import PROVINCES
from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.keys import cleaned, quoted

#: first and last division of each section
SECTIONS = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip


def parse_trade(text: str, known: Container[str] | None = None) -> str:
    """A class of trade as letter and four figures.

    Parameters
    ----------
    known
        The classes that exist, as four figures; None where no list is held.

    Raises
    ------
    IdentifierError
        ``trade_form``, ``trade_section`` or ``trade_unknown``.

    Examples
    --------
    >>> parse_trade("3011"), parse_trade("C3011"), parse_trade("d4411")
    ('C3011', 'C3011', 'D4411')
    """
    code = cleaned(text).upper()
    found = re.fullmatch(r"([A-Z]?)(\d{3,4})", code)
    if found is None or len(found[2]) == 3:
        offer = f"0{found[2]}" if found is not None and _section(f"0{found[2]}") in ("A", "B") else ""
        raise IdentifierError(
            "trade_form",
            Message(
                _("“%(code)s” is no class of trade. Write four figures of GB/T 4754, as in 3011 or C3011; a zero at the"
                  " front belongs to the code."),
                code=quoted(code),
            ),
            offer,
        )  # fmt: skip
    letter, figures = found[1], found[2]
    section = _section(figures)
    if section is None:
        raise IdentifierError(
            "trade_section",
            Message(
                _("There is no division %(division)s in GB/T 4754 (“%(code)s”)."),
                code=code,
                division=figures[:2],
            ),
        )
    if letter and letter != section:
        raise IdentifierError(
            "trade_section",
            Message(
                _("“%(code)s”: division %(division)s belongs to section %(section)s, not to %(letter)s."),
                code=code, division=figures[:2], section=section, letter=letter,
            ),
            section + figures,
        )  # fmt: skip
    if known is not None and figures not in known:
        raise IdentifierError(
            "trade_unknown",
            Message(
                _("There is no class %(code)s on the list of trades that is held."), code=section + figures
            ),
        )
    return section + figures


def _section(figures: str) -> str | None:
    division = int(figures[:2])
    return next((letter for letter, (first, last) in SECTIONS.items() if first <= division <= last), None)


def parse_region(text: str, known: Container[str] | None = None, within: str = "") -> str:
    """A code of a county or above, six figures.

    Parameters
    ----------
    known
        The codes that exist or did exist; None where no list is held.
    within
        Figures that the code must begin with: those of the office's own place.

    Raises
    ------
    IdentifierError
        ``region_form``, ``region_province``, ``region_unknown`` or ``region_outside``.

    Examples
    --------
    >>> parse_region("410108"), parse_region("410108.0"), parse_region("419001", within="41")
    ('410108', '410108', '419001')
    """
    code = re.sub(r"\.0+$", "", cleaned(text))
    if re.fullmatch(r"\d{9}|\d{12}", code):
        offer = code[:6]
    elif re.fullmatch(r"\d{4}", code):
        offer = code + "00"
    else:
        offer = ""
    if not re.fullmatch(r"[0-9]{6}", code):
        raise IdentifierError(
            "region_form",
            Message(_("“%(code)s” is no administrative code. Write the six figures of GB/T 2260, as in 410108."),
                    code=quoted(code)),
            offer,
        )  # fmt: skip
    if code[:2] not in PROVINCES or (code[2:4] == "00" and code[4:] != "00"):
        raise IdentifierError(
            "region_province",
            Message(_("There is no place with the administrative code %(code)s. Look it up in the list of places."),
                    code=code),
        )  # fmt: skip
    if known is not None and code not in known:
        raise IdentifierError(
            "region_unknown",
            Message(_("The administrative code %(code)s is not on the list that is held. If it was abolished, write the"
                      " code of the place that took its area."), code=code),
        )  # fmt: skip
    if not code.startswith(within):
        raise IdentifierError(
            "region_outside",
            Message(_("The administrative code %(code)s lies outside of %(within)s."), code=code,
                    within=within.ljust(6, "0")),
        )  # fmt: skip
    return code
