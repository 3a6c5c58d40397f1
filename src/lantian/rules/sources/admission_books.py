"""Decision books of admission: which projects a plan bans, what it demands of others, and what an office adds.

A book is one JSON file: a head (document, place, days), entries (the figures, each with clause and grade), and rules. A
rule has one of five kinds:

===========  =================================================================================================
``forbid``   what it applies to is refused
``require``  ``test`` has to hold; what fails it is refused as proposed
``approve``  papers have to be at hand; without them nothing can be decided
``replace``  what is added has to be made up for elsewhere, ``ratio`` times (or by ``bands`` of the amount added)
``oblige``   a condition that the approval has to state
===========  =================================================================================================

Grades: H read in the text, M a settled reading of it, L the house's default, which an office sets otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any

from lantian.rules.region_codes import prefix
from lantian.rules.sources.admission_conditions import Condition, ConditionError, Industry, Reader
from lantian.rules.sources.admission_facts import FACTS, FLAG_GROUPS, REPLACEABLE, FactKind
from lantian.rules.sources.book_reading import (
    MARKS,
    choice_of,
    day_in,
    entries_of,
    place_of,
    set_entry,
    text_of,
)
from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError, _

KINDS = ("forbid", "require", "approve", "replace", "oblige")
STRENGTHS = ("must", "principle")
SHIPPED = (
    "admission-jiyuan-2016", "admission-huiji-2017", "admission-henan-2017", "admission-zhengzhou-2018",
    "admission-shanyang-2022",
)  # fmt: skip

#: papers that rules may ask for; local books declare further ones
APPROVALS: dict[str, str] = {
    "eia": _("approval of the EIA"),
    "re_evaluation": _("new evaluation of a project that lay still"),
    "joint_review": _("joint review of a project of high energy use and high emission"),
    "zoning": _("conformity with the zoning (三线一单)"),
    "industrial_policy": _("conformity with industrial plan and policy"),
    "planning_eia": _("conformity with the EIA of the area plan"),
    "total_amount": _("total amounts of pollutants and their reduction in the region"),
    "coal_source": _("statement of where the coal is saved"),
}


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the amount added [t/a], its lower bound left out, and the ratio that holds there."""

    above: Decimal
    up_to: Decimal | None
    ratio: Decimal


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a book.

    Attributes
    ----------
    regions
        Places inside the book's where it holds; empty: all of it.
    when
        Whom it is for; None: everybody.
    ratio, bands, of, strict, within, exclude
        Of ``replace``: how much, of which amount (``added`` or ``emissions``), whether exactly as much is too little,
        where replacements must lie, which kinds of reduction do not count.
    """

    book: str
    id: str
    clause: str
    grade: str
    label: str
    kind: str
    strength: str
    note: str
    regions: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    when: Condition | None
    test: Condition | None = None
    approvals: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    ratio: Decimal | None = None
    bands: tuple[Band, ...] = ()
    of: str = "added"
    strict: bool = False
    within: str = ""
    exclude: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Book and rule, as exceptions name it."""
        return f"{self.book}/{self.id}"

    def asks(self) -> Iterable[str]:
        """Keys of the facts that it may ask for."""
        for condition in (self.when, self.test):
            if condition is not None:
                yield from condition.facts()
        yield from (f"approvals.{kind}" for kind in self.approvals)
        for what in self.what:
            yield "coal_t" if what == "coal" else f"{self.of}.{what}"
            yield f"replacements.{what}"


@dataclass(frozen=True, slots=True)
class AdmissionBook:
    """The rules of one document.

    Attributes
    ----------
    series
        Editions of the same thing share it; they must not overlap in place and time.
    region
        Administrative code of the place.
    overrides
        Entries that the office set otherwise, with grounds.
    """

    id: str
    series: str
    title: str
    document: str
    document_key: str
    region: str
    valid_from: date
    valid_from_grade: str
    valid_to: date | None
    valid_to_grade: str
    note: str
    replaces: str
    grounds: str
    local: bool
    rules: tuple[Rule, ...]
    overrides: tuple[str, ...] = ()

    def holds_on(self, day: date) -> bool:
        """Whether the day is one of its days."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class AdmissionLibrary:
    """Books side by side, with what they ask for."""

    books: tuple[AdmissionBook, ...]
    industries: Mapping[str, Industry]
    facts: Mapping[str, FactKind]
    approvals: Mapping[str, str]
    _records: tuple[tuple[Mapping[str, Any], bool], ...] = field(default=(), compare=False, repr=False)

    def extended(self, records: Iterable[Mapping[str, Any]]) -> AdmissionLibrary:
        """With books that an office has written.

        Raises
        ------
        BookError
            A book is not sound, or does not fit the others.
        """
        return library_of((*self._records, *((record, True) for record in records)))

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> AdmissionLibrary:
        """With entries set otherwise by an office.

        Parameters
        ----------
        overrides
            Each ``{"book": id, "entry": name, "value": …, "grounds": text}``; ``valid_from`` and ``valid_to`` of the
            head are entries, too.

        Raises
        ------
        BookError
            The entry is unknown or read in the text (H), or grounds are missing.
        """
        records: list[tuple[Any, bool]] = [(deepcopy(record), local) for record, local in self._records]
        for number, override in enumerate(overrides, 1):
            set_entry([record for record, _local in records], override, f"override {number}")
        return library_of(records)

    def on(self, region: str, day: date) -> tuple[list[AdmissionBook], list[tuple[AdmissionBook, str]]]:
        """The books of a place on a day, and those of the place that do not hold, each with the reason.

        Reasons: ``not_yet``, ``ended``, ``replaced``, and ``finer_place`` where the book is for a part of the place.
        """
        here = prefix(region)
        holding, passed = [], []
        replaced = {
            book.replaces
            for book in self.books
            if book.replaces and book.holds_on(day) and here.startswith(prefix(book.region))
        }
        for book in self.books:
            there = prefix(book.region)
            if here.startswith(there):
                if book.id in replaced:
                    passed.append((book, "replaced"))
                elif book.holds_on(day):
                    holding.append(book)
                else:
                    passed.append((book, "not_yet" if day < book.valid_from else "ended"))
            elif there.startswith(here) and book.holds_on(day):
                passed.append((book, "finer_place"))
        return holding, passed

    def asked(self, region: str, day: date) -> tuple[str, ...]:
        """Keys of all that the books of a place may ask on a day: what a form has to hold.

        Besides facts these are papers (``approvals.…``), replacements (``replacements.…``), trade and industries.
        """
        holding, _passed = self.on(region, day)
        return tuple(dict.fromkeys(key for book in holding for rule in book.rules for key in rule.asks()))


# --- reading ---


def _ratio(value: object, book: str, place: str) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise BookError(book, place, f"{value!r} is no number") from None
    if not found.is_finite() or found <= 0:
        raise BookError(book, place, f"{value!r} is no number above 0")
    return found


def _bands(entries: Any, value_of: Callable[[Any, str], Any], book: str, place: str) -> tuple[Band, ...]:
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise BookError(book, place, "a list of bands is wanted")
    found = []
    for at, entry in enumerate(entries, 1):
        where = f"{place}[{at}]"
        if not isinstance(entry, Mapping) or set(entry) != {"above", "up_to", "ratio"}:
            raise BookError(book, where, "above, up_to and ratio are wanted")
        try:
            above = Decimal(str(value_of(entry["above"], where)))
            up_to = None if entry["up_to"] is None else Decimal(str(value_of(entry["up_to"], where)))
        except InvalidOperation:
            raise BookError(book, where, "a bound is no number") from None
        if up_to is not None and up_to <= above:
            raise BookError(book, where, "the bounds are not in order")
        found.append(Band(above, up_to, _ratio(value_of(entry["ratio"], where), book, f"{where}.ratio")))
    if found[0].above != 0:
        raise BookError(book, place, f"there is a gap between 0 and {found[0].above}")
    for at, (left, right) in enumerate(pairwise(found), 2):
        if left.up_to is None or right.above < left.up_to:
            raise BookError(book, f"{place}[{at}]", "it overlaps the band before it")
        if right.above > left.up_to:
            raise BookError(book, f"{place}[{at}]", f"there is a gap between {left.up_to} and {right.above}")
    if found[-1].up_to is not None:
        raise BookError(book, place, f"there is a gap above {found[-1].up_to}")
    return tuple(found)


_RULE_KEYS = {
    "id", "clause", "grade", "label", "kind", "strength", "note", "regions", "valid_from", "valid_to", "when",
}  # fmt: skip
_OWN_KEYS = {
    "forbid": set(),
    "oblige": set(),
    "require": {"test"},
    "approve": {"approvals"},
    "replace": {"what", "ratio", "bands", "of", "strict", "within", "exclude"},
}


def _rule(
    record: Any, place: str, book: str, region: str, reader: Reader, value: Callable[[str, str], Any]
) -> Rule:
    if not isinstance(record, Mapping):
        raise BookError(book, place, "an object is wanted")
    kind = choice_of(record.get("kind"), KINDS, book, f"{place}.kind")
    unknown = sorted(set(record) - _RULE_KEYS - _OWN_KEYS[kind])
    if unknown:
        raise BookError(book, place, f"{', '.join(unknown)} is not known of a rule of the kind {kind}")

    def of(given: Any, where: str) -> Any:
        return value(given[1:], where) if isinstance(given, str) and given.startswith("@") else given

    def condition(name: str) -> Condition | None:
        if name not in record:
            return None
        try:
            return reader.read(record[name], f"{place}.{name}")
        except ConditionError as error:
            raise BookError(book, error.place, error.problem) from None

    regions = tuple(place_of(code, book, f"{place}.regions") for code in record.get("regions", ()))
    for code in regions:
        if not prefix(code).startswith(prefix(region)):
            raise BookError(book, f"{place}.regions", f"{code} lies outside of {region}")
    found = Rule(
        book=book,
        id=text_of(record, "id", book, place),
        clause=text_of(record, "clause", book, place),
        grade=choice_of(record.get("grade"), MARKS, book, f"{place}.grade"),
        label=text_of(record, "label", book, place),
        kind=kind,
        strength=choice_of(record.get("strength", "must"), STRENGTHS, book, f"{place}.strength"),
        note=text_of(record, "note", book, place, empty=True),
        regions=regions,
        valid_from=day_in(record, "valid_from", book, place),
        valid_to=day_in(record, "valid_to", book, place),
        when=condition("when"),
    )
    if kind == "require":
        test = condition("test")
        if test is None:
            raise BookError(book, f"{place}.test", "a condition is wanted")
        return replace(found, test=test)
    if kind == "approve":
        kinds = record.get("approvals")
        if not isinstance(kinds, Sequence) or isinstance(kinds, str) or not kinds:
            raise BookError(book, f"{place}.approvals", "a list of kinds is wanted")
        for name in kinds:
            choice_of(name, tuple(reader.approvals), book, f"{place}.approvals")
        return replace(found, approvals=tuple(kinds))
    return _replacing(found, record, place, of) if kind == "replace" else found


def _replacing(found: Rule, record: Mapping[str, Any], place: str, of: Callable[[Any, str], Any]) -> Rule:
    book, what = found.book, record.get("what")
    if not isinstance(what, Sequence) or isinstance(what, str) or not what:
        raise BookError(book, f"{place}.what", "a list of pollutants is wanted")
    for name in what:
        choice_of(name, REPLACEABLE, book, f"{place}.what")
    if ("ratio" in record) == ("bands" in record):
        raise BookError(book, place, "either ratio or bands is wanted")
    within = of(record.get("within", ""), f"{place}.within")
    strict = record.get("strict", False)
    if not isinstance(strict, bool):
        raise BookError(book, f"{place}.strict", "true or false is wanted")
    return replace(
        found,
        what=tuple(what),
        ratio=_ratio(of(record["ratio"], place), book, f"{place}.ratio") if "ratio" in record else None,
        bands=_bands(record["bands"], of, book, f"{place}.bands") if "bands" in record else (),
        of=choice_of(record.get("of", "added"), ("added", "emissions"), book, f"{place}.of"),
        strict=strict,
        within=place_of(within, book, f"{place}.within") if within else "",
        exclude=tuple(str(one) for one in of(record.get("exclude", ()), f"{place}.exclude")),
    )


def _book(
    record: Mapping[str, Any], local: bool, kinds: Mapping[str, FactKind], industries: Mapping[str, Industry],
    approvals: Mapping[str, str],
) -> AdmissionBook:  # fmt: skip
    head = record["book"]
    name = str(head["id"])
    first = day_in(head, "valid_from", name, "book")
    last = day_in(head, "valid_to", name, "book")
    if first is None:
        raise BookError(name, "book.valid_from", "a day is wanted")
    if last is not None and last < first:
        raise BookError(name, "book.valid_to", "it ends before it begins")
    value = entries_of(record, name)
    reader = Reader(kinds, industries, frozenset(approvals), value)
    region = place_of(head.get("region"), name, "book.region")
    given = record.get("rules")
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise BookError(name, "rules", "a list of rules is wanted")
    rules = tuple(_rule(one, f"rules[{at}]", name, region, reader, value) for at, one in enumerate(given, 1))
    for left, right in combinations(rules, 2):
        if left.id == right.id:
            raise BookError(name, "rules", f"two rules are called {left.id!r}")
    replaces = text_of(head, "replaces", name, "book", empty=True)
    grounds = text_of(head, "grounds", name, "book", empty=True)
    if replaces and not grounds:
        raise BookError(name, "book.grounds", f"it replaces {replaces} without grounds")
    return AdmissionBook(
        id=name,
        series=text_of(head, "series", name, "book", empty=True) or name,
        title=text_of(head, "title", name, "book"),
        document=text_of(head, "document", name, "book"),
        document_key=text_of(head, "document_key", name, "book", empty=True),
        region=region,
        valid_from=first,
        valid_from_grade=choice_of(head.get("valid_from_grade", "H"), MARKS, name, "book.valid_from_grade"),
        valid_to=last,
        valid_to_grade=choice_of(head.get("valid_to_grade", "H"), MARKS, name, "book.valid_to_grade"),
        note=text_of(head, "note", name, "book", empty=True),
        replaces=replaces,
        grounds=grounds,
        local=local,
        rules=rules,
        overrides=tuple(record.get("_overrides", ())),
    )


def _shared(
    records: Sequence[tuple[Mapping[str, Any], bool]],
) -> tuple[dict[str, FactKind], dict[str, Industry], dict[str, str]]:
    """Facts, industries and papers of all books together."""
    kinds, industries, approvals = dict(FACTS), dict[str, Industry](), dict(APPROVALS)
    for record, _local in records:
        name = str(record["book"]["id"])
        for key, entry in record.get("facts", {}).items():
            if key.split(".")[0] not in FLAG_GROUPS or key.count(".") != 1:
                raise BookError(name, f"facts.{key}", f"it belongs to none of {', '.join(FLAG_GROUPS)}")
            kinds.setdefault(key, FactKind("flag", text_of(entry, "label", name, f"facts.{key}")))
        for kind, label in record.get("approvals", {}).items():
            approvals.setdefault(kind, str(label))
        for at, entry in enumerate(record.get("industries", ()), 1):
            where = f"industries[{at}]"
            industry = Industry(
                text_of(entry, "name", name, where),
                tuple(map(str, entry.get("trades", ()))),
                tuple(map(str, entry.get("maybe", ()))),
            )
            trades = (*industry.trades, *industry.maybe)
            if not trades or not all(figures.isdigit() and 2 <= len(figures) <= 4 for figures in trades):
                raise BookError(name, where, "classes of trade are wanted, as 2 to 4 figures of GB/T 4754")
            if industries.setdefault(industry.name, industry) != industry:
                raise BookError(name, where, f"{industry.name} is told otherwise in another book")
    return kinds, industries, approvals


def library_of(records: Iterable[tuple[Mapping[str, Any], bool]]) -> AdmissionLibrary:
    """Books side by side.

    Parameters
    ----------
    records
        Each book as it stands in its file, and whether an office wrote it.

    Raises
    ------
    BookError
        A book is not sound; two have the same id; editions of a series overlap; a replaced book is not there.
    """
    given = tuple(records)
    for record, _local in given:
        head = record.get("book") if isinstance(record, Mapping) else None
        if not isinstance(head, Mapping) or not head.get("id"):
            raise BookError("?", "book", "id is wanted")
        if head.get("kind") not in ("admission", "industries"):
            raise BookError(
                str(head["id"]), "book.kind", f"{head.get('kind')!r} is none of admission, industries"
            )
    kinds, industries, approvals = _shared(given)
    books = tuple(
        _book(record, local, kinds, industries, approvals)
        for record, local in given
        if record["book"]["kind"] == "admission"
    )
    for left, right in combinations(books, 2):
        if left.id == right.id:
            raise BookError(right.id, "book.id", "there are two books of this id")
        if left.series == right.series and left.id != right.replaces and right.id != left.replaces:
            if _overlap(left, right):
                raise BookError(right.id, "book.valid_from", f"it overlaps {left.id}")
    for book in books:
        if book.replaces and book.replaces not in {other.id for other in books}:
            raise BookError(book.id, "book.replaces", f"there is no book {book.replaces!r}")
    return AdmissionLibrary(books, industries, kinds, approvals, given)


def _overlap(left: AdmissionBook, right: AdmissionBook) -> bool:
    here, there = prefix(left.region), prefix(right.region)
    if not (here.startswith(there) or there.startswith(here)):
        return False
    last_left, last_right = left.valid_to or date.max, right.valid_to or date.max
    return left.valid_from <= last_right and right.valid_from <= last_left


@lru_cache(maxsize=1)
def admission_library() -> AdmissionLibrary:
    """The books of admission that come with LanTian."""
    return library_of((shipped(name), False) for name in ("industries", *SHIPPED))
