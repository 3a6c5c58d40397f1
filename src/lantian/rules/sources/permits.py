"""The number of a discharge permit (排污许可证编号): the key of a site.

Twenty-two signs: the credit code of the unit (18), the number of the site within it (3), and one mark. A unit without
a credit code has a code that begins with ``H9``.

References
----------
HJ 608-2017: …617X001P is the first site of its example, …617X002P the second. The trial rule of 2016-2017 had a check
sign in place 22, and older permits may carry it, so any figure or letter is taken there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lantian.rules.region_codes import PROVINCES
from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.keys import cleaned, quoted
from lantian.rules.sources.uscc import organisation_check_sign, parse_uscc

LENGTH = 22
_WITHOUT_USCC = re.compile(
    r"H9(?P<region>\d{6})(?:0000(?P<serial>\d{5})|(?P<organisation>[0-9A-Z]{9}))(?P<letter>[a-z])"
)


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit number taken apart.

    Attributes
    ----------
    unit
        The credit code, or the code of a unit without one.
    site
        Number of the site, ``001`` the first.
    has_uscc
        Whether `unit` is a credit code.
    """

    number: str
    unit: str
    site: str
    mark: str
    has_uscc: bool

    @property
    def stem(self) -> str:
        """Unit and site: the key of the site, whatever the mark."""
        return self.unit + self.site


def parse_permit(text: str) -> Permit:
    """Check a number and take it apart.

    Raises
    ------
    IdentifierError
        ``permit_length``, ``permit_unit``, ``permit_site``, ``permit_mark``, or an error of the credit code.
    """
    number = cleaned(text)
    if len(number) != LENGTH:
        raise IdentifierError(
            "permit_length",
            Message(
                _("The permit number “%(number)s” has %(found)s signs; it must have 22: credit code, three figures of"
                  " the site, one mark."),
                number=quoted(number), found=len(number),
            ),
        )  # fmt: skip
    unit, site, mark = number[:18], number[18:21], number[21].upper()
    without = unit[:2].upper() == "H9"
    unit = _unit_without_uscc(unit, number) if without else parse_uscc(unit).code
    if not site.isdecimal() or site == "000":
        raise IdentifierError(
            "permit_site",
            Message(
                _("Signs 19 to 21 of the permit number “%(number)s” are the number of the site, 001 to 999;"
                  " “%(site)s” is none."),
                number=number, site=site,
            ),
        )  # fmt: skip
    if not re.fullmatch("[0-9A-Z]", mark):
        raise IdentifierError(
            "permit_mark",
            Message(
                _("The last sign of the permit number “%(number)s” must be a letter, P as a rule."),
                number=number,
            ),
        )
    return Permit(unit + site + mark, unit, site, mark, not without)


def _unit_without_uscc(unit: str, number: str) -> str:
    unit = unit[:17].upper() + unit[17]
    found = _WITHOUT_USCC.fullmatch(unit)
    good = found is not None and found["letter"] not in "io" and found["region"][:2] in PROVINCES
    if good and found is not None and found["organisation"]:
        organisation = found["organisation"]
        good = organisation[8] == organisation_check_sign(organisation[:8])
    if not good:
        raise IdentifierError(
            "permit_unit",
            Message(
                _("The permit number “%(number)s” begins with H9, so six figures of the place, 0000 with five figures"
                  " or an organisation code, and a small letter (not i, o) must follow."),
                number=number,
            ),
        )  # fmt: skip
    return unit
