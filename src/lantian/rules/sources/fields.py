"""Columns of the lists of sources: what a fact is called, what it holds, and whom it is a fact of.

A fact has one key in every list, so that a source has one record and no second list: who writes the credit code of an
enterprise into the list of kilns writes it into the same place as who writes it into the list of staggered production.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lantian.rules.sources.errors import DefinitionError, Message, _

#: what a cell comes to; choices are codes
Value = str | int | bool | Decimal | date | tuple[str, ...] | None


class FieldKind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    #: in per cent: 95 is 95 %
    PERCENT = "percent"
    #: from 0 to 1: 0.95 is 95 %
    SHARE = "share"
    #: yuan
    MONEY = "money"
    DATE = "date"
    YEAR = "year"
    FLAG = "flag"
    CHOICE = "choice"
    CHOICES = "choices"
    #: six figures, GB/T 2260
    REGION = "region"
    #: nine figures
    TOWN = "town"
    #: twelve figures
    VILLAGE = "village"
    ORGANISATION = "organisation"
    PERSON = "person"
    PHONE = "phone"
    #: degrees
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    USCC = "uscc"
    PERMIT = "permit"
    MN = "mn"
    TRADE = "trade"
    PLATE = "plate"
    VIN = "vin"
    #: environmental registration number of a machine
    MACHINE_NUMBER = "machine_number"
    #: disclosure number of a machine, 24 signs
    DISCLOSURE_NUMBER = "disclosure_number"
    SPECIAL_EQUIPMENT_CODE = "special_equipment_code"
    FOOD_LICENCE = "food_licence"
    FARM_CODE = "farm_code"
    WORKS_PERMIT = "works_permit"
    PROJECT_CODE = "project_code"
    #: a code of which only the signs can be checked
    CODE = "code"
    URL = "url"


class Scope(StrEnum):
    """Whom a fact is a fact of."""

    SOURCE = "source"
    #: the unit of the source that the list is about: line, kiln, boiler …
    UNIT = "unit"
    #: this list only: its number in it, its window, what was decided
    ENTRY = "entry"


#: kinds of which more than a unit of measure can be said
NUMBERS = frozenset(
    {FieldKind.INTEGER, FieldKind.DECIMAL, FieldKind.PERCENT, FieldKind.SHARE, FieldKind.MONEY}
)
WITH_OPTIONS = frozenset({FieldKind.CHOICE, FieldKind.CHOICES})
#: keys that an office makes begin so; those of the book never do, so a newer book cannot clash with them
OWN_PREFIX = "x_"
_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST_KEY, _LONGEST_LABEL = 48, 40


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: the code that is kept, the word of officials, and other words for it."""

    code: str
    label: str
    english: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListField:
    """A column.

    Attributes
    ----------
    key
        The same in every list.
    label, english
        Heading as officials write it, and in English.
    scope
        Whom it is a fact of.
    required
        An entry of this list must have it before it can be listed.
    unit
        Unit of a number; what a cell writes in another unit of the same kind is turned into it.
    least, most
        Smallest and largest value that can be.
    digits
        Places behind the point at most; None for any.
    unsure
        What is not settled about it; empty where the reference has it.
    own
        An office has added it.
    """

    key: str
    label: str
    english: str
    kind: FieldKind = FieldKind.TEXT
    scope: Scope = Scope.SOURCE
    required: bool = False
    unit: str = ""
    options: tuple[Option, ...] = ()
    note: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    digits: int | None = None
    unsure: str = ""
    own: bool = False
    #: reader of cells, made when it is first needed
    _reader: Callable[[str], Value] | None = field(default=None, init=False, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[ListField], tuple[object, ...]]:
        # for other processes: the reader stays behind, it is made again there
        return ListField, tuple(getattr(self, one.name) for one in fields(self) if one.init)

    def option(self, code: str) -> Option | None:
        """What a code stands for."""
        return next((option for option in self.options if option.code == code), None)


def check_field(one: ListField) -> None:
    """Refuse a definition that cannot be.

    Raises
    ------
    DefinitionError
        ``field_key``, ``field_label``, ``field_options``, ``field_bounds`` or ``field_digits``.
    """
    if (
        not _KEY.fullmatch(one.key)
        or len(one.key) > _LONGEST_KEY
        or one.own != one.key.startswith(OWN_PREFIX)
    ):
        raise DefinitionError(
            "field_key",
            Message(
                _("“%(key)s” is no key of a field. Write x_ and small letters, figures and single underscores, as in"
                  " x_kiln_door."),
                key=one.key[:60],
            ),
        )  # fmt: skip
    if not one.label.strip() or len(one.label) > _LONGEST_LABEL:
        raise DefinitionError(
            "field_label",
            Message(_("The field %(key)s needs a heading of at most %(most)s signs."), key=one.key,
                    most=_LONGEST_LABEL),
        )  # fmt: skip
    codes = [option.code for option in one.options]
    words = [word for option in one.options for word in {option.label, *option.also}]
    if bool(codes) != (one.kind in WITH_OPTIONS) or len({*codes}) < len(codes) or len({*words}) < len(words):
        raise DefinitionError(
            "field_options",
            Message(
                _("The field “%(label)s” must have options, each with a code and words of its own, if something is to"
                  " be chosen, and none otherwise."),
                label=one.label,
            ),
        )  # fmt: skip
    bounded = one.least is not None or one.most is not None
    crossed = one.least is not None and one.most is not None and one.least > one.most
    if (bounded and one.kind not in NUMBERS) or crossed:
        raise DefinitionError(
            "field_bounds",
            Message(
                _("The bounds of the field “%(label)s” cannot be: only numbers have bounds, and the smallest value must"
                  " not be above the largest."),
                label=one.label,
            ),
        )  # fmt: skip
    if one.digits is not None and not (0 <= one.digits <= 15 and one.kind in NUMBERS - {FieldKind.INTEGER}):
        raise DefinitionError(
            "field_digits",
            Message(
                _("The field “%(label)s” can have 0 to 15 places behind the point, and only if it is a number."),
                label=one.label,
            ),
        )  # fmt: skip
