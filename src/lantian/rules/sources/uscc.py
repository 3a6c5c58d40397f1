"""The unified social credit code (统一社会信用代码, USCC) and the organisation code inside it.

Eighteen signs: registering body (1), kind (1), administrative code (6), organisation code (9), check sign (1).

References
----------
GB 32100-2015: signs and weights ``3^(i-1) mod 31``, check sign ``(31 - Σ mod 31) mod 31``.
GB 11714-1997: organisation code, weights 3 7 9 10 5 8 4 2 modulo 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import mul

from lantian.rules.region_codes import PROVINCES
from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.keys import cleaned, quoted

#: 31 signs; I, O, S, V and Z are not used
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_SIGNS = frozenset(ALPHABET)
_VALUES = {sign: value for value, sign in enumerate(ALPHABET)}
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_VALUES = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
#: signs that are never used, and what is usually meant by them
_MEANT = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}


@dataclass(frozen=True, slots=True)
class Uscc:
    """A code taken apart.

    Attributes
    ----------
    body, kind
        Registering body and kind of the unit.
    region
        Administrative code of the registering body, six digits.
    organisation
        Organisation code, nine signs.
    """

    code: str
    body: str
    kind: str
    region: str
    organisation: str


def check_sign(first: str) -> str:
    """The last sign for the first seventeen.

    >>> check_sign("91130200699229617"), check_sign("53640000MJX173680")
    ('X', 'A')
    """
    total = sum(map(mul, _WEIGHTS, map(_VALUES.__getitem__, first)))
    return ALPHABET[-total % 31]


def organisation_check_sign(first: str) -> str:
    """The last sign of an organisation code for the first eight: 10 is written X, 11 is written 0.

    >>> organisation_check_sign("69922961"), organisation_check_sign("MJX17368")
    ('7', '0')
    """
    total = sum(map(mul, _ORGANISATION_WEIGHTS, map(_ORGANISATION_VALUES.__getitem__, first)))
    check = 11 - total % 11
    return "X" if check == 10 else "0" if check == 11 else str(check)


@lru_cache(maxsize=1024)  # rows say it twice: alone, and inside the permit number
def parse_uscc(text: str) -> Uscc:
    """Check a code and take it apart.

    Raises
    ------
    IdentifierError
        ``uscc_length``, ``uscc_sign``, ``uscc_region``, ``uscc_organisation`` or ``uscc_check``.
    """
    code = cleaned(text).upper()
    if len(code) != LENGTH:
        raise IdentifierError(
            "uscc_length",
            Message(
                _("The credit code “%(code)s” has %(found)s signs; it must have 18. Copy it from the licence."),
                code=quoted(code), found=len(code),
            ),
        )  # fmt: skip
    if not _SIGNS.issuperset(code):
        place, sign = next((place, sign) for place, sign in enumerate(code, 1) if sign not in _SIGNS)
        raise _wrong_sign(code, place, sign)
    region = code[2:8]
    if not region.isdigit() or (region[:2] not in PROVINCES and region != "100000"):
        raise IdentifierError(
            "uscc_region",
            Message(
                _("Signs 3 to 8 of the credit code “%(code)s” are no administrative code: %(region)s."
                  " Compare it with the licence."),
                code=code, region=region,
            ),
        )  # fmt: skip
    found = Uscc(code, code[0], code[1], region, code[8:17])
    wanted = check_sign(code[:17])
    if code[17] != wanted:
        raise IdentifierError(
            "uscc_check",
            Message(
                _("The check sign of the credit code “%(code)s” is wrong: with these first 17 signs it would be"
                  " %(wanted)s. One of the signs is mistyped; compare them with the licence."),
                code=code, wanted=wanted,
            ),
        )  # fmt: skip
    if found.organisation[8] != organisation_check_sign(found.organisation[:8]):
        raise IdentifierError(
            "uscc_organisation",
            Message(
                _("The organisation code inside the credit code “%(code)s” does not check (sign 17)."
                  " Two mistakes may hide each other; compare it with the licence."),
                code=code,
            ),
        )  # fmt: skip
    return found


def _wrong_sign(code: str, place: int, sign: str) -> IdentifierError:
    meant = _MEANT.get(sign)
    if meant is None:
        return IdentifierError(
            "uscc_sign",
            Message(
                _("Sign %(place)s of the credit code “%(code)s” is “%(sign)s”; only figures and capital letters"
                  " are used."),
                code=quoted(code), place=place, sign=sign,
            ),
        )  # fmt: skip
    # Offered only where the exchange makes the whole code check: nothing is guessed.
    mended = "".join(_MEANT.get(other, other) for other in code)
    try:
        offer = parse_uscc(mended).code
    except IdentifierError:
        offer = ""
    return IdentifierError(
        "uscc_sign",
        Message(
            _("Sign %(place)s of the credit code “%(code)s” is %(sign)s, a letter that credit codes do not use;"
              " %(meant)s may be meant."),
            code=code, place=place, sign=sign, meant=meant,
        ),
        offer,
    )  # fmt: skip
