"""The books of emissions: factors, removal, coal, parameters, profiles, ammonia; and what an office sets otherwise.

A factor says where it comes from: document, table, region, year and grade (H read in the source, M read in part or in a
secondary source, L not verified). Books from abroad are there, but not used unless asked for. An office adds books of
its own, which come first, and sets parameters and unsettled units otherwise, with grounds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib import resources
from typing import Any

from lantian.rules.sources.classes import ClassBook, read_classes
from lantian.rules.sources.errors import BookError, FactorError, Message, UnitError, _
from lantian.rules.sources.units import parse_unit

#: the pollutants of the guide; TSP is computed on the way, CO2 only with a factor of one's own
POLLUTANTS = ("SO2", "NOx", "CO", "PM10", "PM2.5", "BC", "OC", "VOCs", "NH3")
EXTRA_POLLUTANTS = ("CO2", "TSP")
#: order of preference of the kinds of books, the best first
TIERS = ("local", "handbook", "guide", "literature", "abroad")
GRADES = ("H", "M", "L")
_FILES = ("factors-guide-2024", "factors-road-2014", "factors-literature", "factors-emep-2023")


@dataclass(frozen=True, slots=True)
class Factor:
    """An emission factor.

    Attributes
    ----------
    source_class, trade, item, technology
        What it is for: class of sources, trade or kind, fuel or product, process.
    size_mw
        Lower and upper bound of the unit's size [MW] where the factor depends on it.
    units
        One unit, or several where the source does not settle which; then a person must.
    zero_where_absent
        The table leaves out cells that are zero.
    expected
        Pollutants that such a source emits, whether a factor is known or not.
    doubt
        What to check before official use.
    """

    book: str
    document: str
    clause: str
    tier: str
    year: int
    region: str
    grade: str
    abroad: bool
    control_included: bool
    source_class: str
    trade: str
    item: str
    technology: str
    pollutant: str
    value: Decimal
    units: tuple[str, ...]
    size_mw: tuple[int | None, int | None] | None = None
    zero_where_absent: bool = False
    expected: tuple[str, ...] = ()
    doubt: str = ""
    override: str = ""

    @property
    def key(self) -> str:
        """Name of the entry in overrides."""
        size = "" if self.size_mw is None else "{}-{}MW".format(*(bound or "" for bound in self.size_mw))
        parts = (self.source_class, self.trade, self.item, self.technology + size, self.pollutant)
        return "/".join(parts)

    @property
    def name(self) -> str:
        """What it is called where one factor is chosen: book, entry, place, year and clause."""
        return "|".join((self.book, self.key, self.region, str(self.year), self.clause))


@dataclass(frozen=True, slots=True)
class Technology:
    """What a kind of facility removes, in shares; `family` is the pollutant that it is built for."""

    name: str
    family: str
    efficiency: Mapping[str, Decimal]
    combines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Boiler:
    """Where sulphur and ash of coal go in a kind of boiler."""

    source_class: str
    technology: str
    trades: tuple[str, ...]
    sulphur_retained: Decimal
    ash_retained: Decimal
    pm25_of_tsp: Decimal
    pm10_of_tsp: Decimal
    bc_of_pm25: Decimal
    oc_of_pm25: Decimal


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constant of a formula; None where an office must give it."""

    id: str
    label: str
    value: Decimal | None
    unit: str
    grade: str
    clause: str
    override: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of a class by weekday, hour or month, as they were printed."""

    source_class: str
    kind: str
    shares: tuple[Decimal, ...]
    region: str
    clause: str


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that an inventory is computed with."""

    factors: tuple[Factor, ...]
    technologies: Mapping[str, Technology]
    boilers: tuple[Boiler, ...]
    coal_fuels: frozenset[str]
    parameters: Mapping[str, Parameter]
    profiles: tuple[Profile, ...]
    #: animal → phase (liquid, solid) → stage → share of TAN that goes as NH3-N
    animals: Mapping[str, Mapping[str, Mapping[str, Decimal]]]
    #: crop → share of nitrogen that goes as NH3-N
    fertilisers: Mapping[str, Decimal]
    classes: ClassBook
    _by_item: dict[tuple[str, str], list[Factor]] = field(default_factory=dict, compare=False, repr=False)

    def of_item(self, source_class: str, item: str) -> Sequence[Factor]:
        """Factors of a class and a fuel or product."""
        if not self._by_item:
            for factor in self.factors:
                self._by_item.setdefault((factor.source_class, factor.item), []).append(factor)
        return self._by_item.get((source_class, item), ())

    def value(self, name: str) -> Decimal:
        """A parameter.

        Raises
        ------
        FactorError
            ``parameter_unset``
        """
        parameter = self.parameters[name]
        if parameter.value is None:
            raise FactorError(
                "parameter_unset",
                Message(
                    _("The parameter “%(label)s” (%(name)s) has no value: its source was not read. Set it in the"
                      " overrides, with grounds."),
                    label=parameter.label, name=name,
                ),
            )  # fmt: skip
        return parameter.value

    def boiler(self, source_class: str, trade: str, technology: str) -> Boiler | None:
        """Where sulphur and ash go, or None where the guide says nothing about such a boiler."""
        for boiler in self.boilers:
            if boiler.source_class == source_class and boiler.technology == technology:
                if not boiler.trades or trade in boiler.trades:
                    return boiler
        return None

    def extended(self, records: Iterable[Mapping[str, Any]]) -> Books:
        """With books of factors that an office has written, before those that come with LanTian.

        Raises
        ------
        BookError
            A book is not sound.
        """
        added = [factor for record in records for factor in read_factors(record)]
        return replace(self, factors=(*added, *self.factors), _by_item={})

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> Books:
        """With entries set otherwise by an office.

        Parameters
        ----------
        overrides
            Each ``{"book": id, "entry": name, "value": …, "unit": …, "grounds": text}``; a factor's name is its
            :attr:`Factor.key`, and ``unit`` settles an unsettled unit.

        Raises
        ------
        BookError
            The entry is unknown, settled, has no grounds, or its value cannot be.
        """
        parameters, factors, classes = dict(self.parameters), list(self.factors), self.classes
        for number, override in enumerate(overrides, 1):
            where = f"override {number}"
            if not isinstance(override, Mapping):
                raise BookError("overrides", where, "an object is wanted")
            book, name = str(override.get("book", "")), str(override.get("entry", ""))
            grounds = override.get("grounds")
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(book or "overrides", where, "it has no grounds")
            if book == "parameters":
                parameters[name] = _set_parameter(parameters.get(name), override, where, grounds.strip())
                continue
            if book == "classes":
                classes = classes.set_otherwise(override, where, grounds.strip())
                continue
            places = [at for at, factor in enumerate(factors) if factor.book == book and factor.key == name]
            if not places:
                raise BookError(book or "overrides", where, f"there is no entry {name!r}")
            for at in places:
                factors[at] = _set_factor(factors[at], override, where, grounds.strip())
        return replace(self, parameters=parameters, factors=tuple(factors), classes=classes, _by_item={})


def _set_parameter(
    found: Parameter | None, override: Mapping[str, Any], where: str, grounds: str
) -> Parameter:
    if found is None:
        raise BookError("parameters", where, f"there is no entry {override.get('entry')!r}")
    if found.grade == "H":
        raise BookError(
            "parameters", where, f"{found.id} is settled by {found.clause} and cannot be overridden"
        )
    return replace(found, value=_number(override.get("value"), "parameters", where), override=grounds)


def _set_factor(found: Factor, override: Mapping[str, Any], where: str, grounds: str) -> Factor:
    value = found.value
    if "value" in override:
        value = _number(override["value"], found.book, where)
    units = found.units
    if "unit" in override:
        unit = str(override["unit"])
        if len(found.units) > 1 and unit not in found.units:
            raise BookError(found.book, where, f"{unit!r} is none of {', '.join(found.units)}")
        _check_unit(unit, found.book, where)
        units = (unit,)
    return replace(found, value=value, units=units, override=grounds)


# --- reading ---


def read_factors(record: Mapping[str, Any]) -> list[Factor]:
    """The factors of a book.

    Raises
    ------
    BookError
        An entry lacks something, its unit is unknown, its value is no number or below zero, or two entries say
        different things about the same.
    """
    head = record.get("book")
    if not isinstance(head, Mapping) or not head.get("id"):
        raise BookError("?", "book", "id is wanted")
    book = str(head["id"])
    tier = str(head.get("tier", "local"))
    if tier not in TIERS:
        raise BookError(book, "book.tier", f"{tier!r} is none of {', '.join(TIERS)}")
    zero = frozenset(head.get("zero_where_absent", ()))
    found: list[Factor] = []
    seen: dict[tuple[str, str, str], str] = {}
    for number, entry in enumerate(record.get("factors", ()), 1):
        where = f"factors[{number}]"
        missing = [name for name in ("class", "trade", "item", "technology", "values") if name not in entry]
        if missing:
            raise BookError(book, where, f"{', '.join(missing)} is wanted")
        units = tuple(entry["units"]) if "units" in entry else (str(entry.get("unit", "")),)
        for unit in units:
            _check_unit(unit, book, where)
        grade = str(entry.get("grade", "L"))
        if grade not in GRADES:
            raise BookError(book, where, f"grade {grade!r} is none of H, M, L")
        size = entry.get("size_mw")
        if size is not None and None not in size and not size[0] < size[1]:
            raise BookError(book, where, "the bounds of the size are not in order")
        for pollutant, value in entry["values"].items():
            if pollutant not in POLLUTANTS + EXTRA_POLLUTANTS:
                raise BookError(book, where, f"{pollutant!r} is no pollutant")
            factor = Factor(
                book=book,
                document=str(head.get("document", book)),
                clause=str(entry.get("clause", "")),
                tier=tier,
                year=int(entry.get("year", head.get("year", 0))),
                region=str(entry.get("region", head.get("region", ""))),
                grade=grade,
                abroad=bool(head.get("abroad", False)),
                control_included=bool(entry.get("control_included", head.get("control_included", False))),
                source_class=entry["class"],
                trade=entry["trade"],
                item=entry["item"],
                technology=entry["technology"],
                pollutant=pollutant,
                value=_number(value, book, where),
                units=units,
                size_mw=None if size is None else (size[0], size[1]),
                zero_where_absent=str(entry.get("clause", "")) in zero,
                expected=tuple(entry.get("expected", ())),
                doubt=str(entry.get("doubt", "")),
            )
            key = factor.key, factor.region, factor.clause + str(factor.year)
            if key in seen:
                raise BookError(book, where, f"it says the same thing twice: {factor.key} ({seen[key]})")
            seen[key] = where
            found.append(factor)
    return found


def _check_unit(unit: str, book: str, where: str) -> None:
    try:
        parse_unit(unit)
    except UnitError:
        raise BookError(book, where, f"the unit {unit!r} is not known") from None


def _number(value: object, book: str, where: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise BookError(book, where, f"{value!r} is no number") from None
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise BookError(book, where, f"{value!r} is no number from 0 upwards")
    return number


def shipped(name: str) -> dict[str, Any]:
    """A book that comes with LanTian, as it stands in its file."""
    text = resources.files("lantian.rules.books").joinpath("sources", f"{name}.json").read_text("utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


def _shares(values: Mapping[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(value) / 100 for name, value in values.items()}


@lru_cache(maxsize=1)
def books() -> Books:
    """The books that come with LanTian."""
    removal, coal, ammonia = shipped("removal-2024"), shipped("coal-2024"), shipped("ammonia")
    return Books(
        factors=tuple(factor for name in _FILES for factor in read_factors(shipped(name))),
        technologies={
            entry["technology"]: Technology(
                entry["technology"],
                entry["family"],
                _shares(entry["efficiency_pct"]),
                tuple(entry.get("combines", ())),
            )
            for entry in removal["technologies"]
        },
        boilers=tuple(
            Boiler(
                entry["class"],
                entry["technology"],
                tuple(entry.get("trades", ())),
                *(
                    Decimal(entry[name])
                    for name in (
                        "sulphur_retained",
                        "ash_retained",
                        "pm25_of_tsp",
                        "pm10_of_tsp",
                        "bc_of_pm25",
                        "oc_of_pm25",
                    )
                ),
            )
            for entry in coal["boilers"]
        ),
        coal_fuels=frozenset(coal["book"]["fuels"]),
        parameters={
            entry["id"]: Parameter(
                entry["id"],
                entry["label"],
                None if entry["value"] is None else Decimal(entry["value"]),
                entry["unit"],
                entry["grade"],
                entry["clause"],
            )
            for entry in shipped("parameters")["parameters"]
        },
        profiles=tuple(
            Profile(
                entry["class"],
                entry["kind"],
                tuple(map(Decimal, entry["shares"])),
                entry.get("region", ""),
                entry["clause"],
            )
            for entry in shipped("profiles-2024")["profiles"]
        ),
        animals={
            entry["animal"]: {phase: _shares(stages) for phase, stages in entry["nh3_n_pct_of_tan"].items()}
            for entry in ammonia["animals"]
        },
        fertilisers={
            entry["crop"]: Decimal(entry["nh3_n_pct_of_n"]) / 100 for entry in ammonia["fertilisers"]
        },
        classes=read_classes(shipped("classes")),
    )
