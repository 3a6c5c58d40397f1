"""Lists against each other: what stands on one list and is missing on another, and what follows from that.

The book ``list-checks.json`` says for each document whom a check is about, on which lists he must or must not stand,
which facts make it so, and the consequence. A check holds in the place and time of its document. Where a fact is not
known that would decide, the finding says so and decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from lantian.rules.sources.errors import BookError
from lantian.rules.sources.fields import Value
from lantian.rules.sources.lists import SOURCE_KINDS, UNIT_KINDS, list_book


class Consequence(StrEnum):
    """What follows."""

    #: into staggered production, and stop
    STAGGERED_STOP = "staggered_stop"
    #: into staggered production of the heating season
    STAGGERED = "staggered"
    STOP_AND_VERIFY = "stop_and_verify"
    #: a site stops at once and is verified
    STOP_WORK = "stop_work"
    CLOSE = "close"
    REMOVE_BOILER = "remove_boiler"
    RETIRE_FACILITY = "retire_facility"
    #: a machine is sealed and not used
    SEAL = "seal"
    ADD_TO_LIST = "add_to_list"


@dataclass(frozen=True, slots=True)
class Listed:
    """A source or unit: on which lists it stands, and what is known of it.

    Attributes
    ----------
    key
        What identifies it to the caller.
    subject
        Its kind.
    lists
        Codes of the lists on which it is listed.
    facts
        Key of a field → value; of a unit with those of its source (region, state, trade).
    """

    key: str
    subject: str
    lists: frozenset[str]
    facts: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be so of a fact; ``unknown`` is what counts where it is not known (None: not decided)."""

    field: str
    among: tuple[object, ...] | None = None
    not_among: tuple[object, ...] | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    holds: tuple[str, ...] = ()
    unknown: bool | None = None

    def of(self, facts: Mapping[str, Value]) -> bool | None:
        """Whether it is so; None where that cannot be told."""
        value = facts.get(self.field)
        if value in (None, "", ()):
            return self.unknown
        several = value if isinstance(value, tuple) else (value,)
        if self.among is not None:
            return any(one in self.among for one in several)
        if self.not_among is not None:
            return not any(one in self.not_among for one in several)
        if self.holds:
            return any(word in str(one) for one in several for word in self.holds)
        if not isinstance(value, Decimal | int):
            return None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry as a document names it: classes of trade (beginnings of GB/T 4754), kinds of sources, words."""

    name: str
    trades: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    def of(self, one: Listed) -> bool | None:
        """Whether a source belongs to it; None where neither trade nor industry is known."""
        if one.subject in self.subjects:
            return True
        if one.subject != "enterprise":
            return False
        trade, said = one.facts.get("trade"), one.facts.get("industry")
        if isinstance(trade, str) and trade.lstrip("ABCDEFGHIJKLMNOPQRST").startswith(self.trades or ("-",)):
            return True
        if isinstance(said, str) and any(word in said for word in (self.name, *self.words)):
            return True
        return False if trade or said else None


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a document.

    Attributes
    ----------
    code
        The same for the same check in several documents.
    title, english
        What is wrong.
    document, clause
        Key and item of the document.
    region, not_region
        Beginnings of the administrative codes where it holds, and where it does not.
    first, last
        First and last day on which it holds; None without an end.
    on, not_on
        It must stand on one of the first, and on none of the second.
    deduction_yuan
        What the document deducts from the town [yuan].
    """

    code: str
    title: str
    english: str
    document: str
    clause: str
    region: tuple[str, ...]
    first: date
    last: date | None
    subjects: frozenset[str]
    consequence: Consequence
    on: frozenset[str] = frozenset()
    not_on: frozenset[str] = frozenset()
    not_region: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    industries: tuple[Industry, ...] = ()
    deduction_yuan: int | None = None

    @property
    def reference(self) -> str:
        """Document and item."""
        return f"{self.document} {self.clause}"

    def anywhere(self) -> Check:
        """The same for every place and day, to look by it where its document does not hold."""
        return replace(self, region=("",), not_region=(), first=date.min, last=None)


@dataclass(frozen=True, slots=True)
class Finding:
    """A source that a check finds.

    Attributes
    ----------
    industry
        The industry of the document to which it belongs, if the check is about industries.
    lacking
        Keys of the facts that would decide; empty where it is certain.
    """

    key: str
    check: Check
    industry: str = ""
    lacking: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether nothing is left to be verified."""
        return not self.lacking


@dataclass(frozen=True, slots=True)
class CheckLibrary:
    """Checks, and the numbers of the documents that they are of.

    Attributes
    ----------
    checks
        Those of the house first, then those of the office.
    documents
        Key of a document → its number.
    """

    checks: tuple[Check, ...]
    documents: Mapping[str, str]

    def extended(self, records: Iterable[Mapping[str, Any]]) -> CheckLibrary:
        """With books that an office has written; they name their documents themselves.

        Raises
        ------
        BookError
            A book is not sound.
        """
        checks, documents = list(self.checks), dict(self.documents)
        for record in records:
            own = {str(key): str(number) for key, number in record.get("documents", {}).items()}
            taken = sorted(set(own) & set(documents))
            if taken:
                raise BookError("list-checks", taken[0], "another document has this key")
            documents |= own
            checks += read_list_checks({"industries": {}, **record}, own)
        return CheckLibrary(tuple(checks), documents)

    def in_force(self, day: date, places: Iterable[str]) -> tuple[Check, ...]:
        """The checks that hold on a day at one of the places (administrative codes), or in a part of one."""
        codes = list(places)
        return tuple(
            check
            for check in self.checks
            if check.first <= day
            and (check.last is None or day <= check.last)
            and any(
                code.startswith(check.region)
                and not (check.not_region and code.startswith(check.not_region))
                for code in codes
            )
        )


@lru_cache(maxsize=1)
def check_library() -> CheckLibrary:
    """The checks that come with the house, with the numbers of their documents.

    Raises
    ------
    BookError
    """
    return CheckLibrary(list_checks(), list_book().documents)


@lru_cache(maxsize=1)
def list_checks() -> tuple[Check, ...]:
    """The checks that come with the house.

    Raises
    ------
    BookError
    """
    return read_list_checks(_shipped())


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    text = resources.files("lantian.rules.books.sources").joinpath("list-checks.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


def find(
    sources: Iterable[Listed], day: date, checks: Iterable[Check] | None = None, documents: str = ""
) -> Iterator[Finding]:
    """What the checks find on a day, source by source.

    Parameters
    ----------
    checks
        By default those that come with the house.
    documents
        Keys of the documents to go by, parted by spaces; empty for all.
    """
    chosen = documents.split()
    by_subject: dict[str, list[Check]] = {}
    for check in list_checks() if checks is None else checks:
        if check.first <= day and (check.last is None or day <= check.last):
            if not chosen or check.document in chosen:
                for subject in check.subjects:
                    by_subject.setdefault(subject, []).append(check)
    for one in sources:
        for check in by_subject.get(one.subject, ()):
            finding = _finding(one, check)
            if finding is not None:
                yield finding


def _finding(one: Listed, check: Check) -> Finding | None:
    if (check.on and not check.on & one.lists) or check.not_on & one.lists:
        return None
    lacking: list[str] = []
    region = one.facts.get("region_code")
    if not isinstance(region, str) or not region:
        lacking.append("region_code")
    elif not region.startswith(check.region) or (check.not_region and region.startswith(check.not_region)):
        return None
    for condition in check.conditions:
        answer = condition.of(one.facts)
        if answer is False:
            return None
        if answer is None:
            lacking.append(condition.field)
    industry = ""
    if check.industries:
        answers = [(industry.of(one), industry.name) for industry in check.industries]
        industry = next((name for answer, name in answers if answer), "")
        if not industry:
            if all(answer is False for answer, _name in answers):
                return None
            lacking.append("trade")
    return Finding(one.key, check, industry, tuple(lacking))


def read_list_checks(
    data: Mapping[str, Any], documents: Mapping[str, str] | None = None
) -> tuple[Check, ...]:
    """Checks out of their data.

    Parameters
    ----------
    documents
        Documents that the checks may be of; by default those of the book of lists. Industries of the house serve where
        these are given.

    Raises
    ------
    BookError
    """
    book = list_book()
    own = documents is not None
    known = book.documents if documents is None else documents
    industries = {
        name: Industry(
            name,
            tuple(row.get("trades", ())),
            frozenset(row.get("subjects", ())),
            tuple(row.get("words", ())),
        )
        for name, row in {**(_shipped()["industries"] if own else {}), **data["industries"]}.items()
    }
    found = []
    for row in data["checks"]:
        try:
            check = _check(row, industries)
        except (KeyError, ValueError, ArithmeticError) as error:
            raise BookError("list-checks", str(row.get("code")), str(error)) from error
        place = f"{check.code} {check.reference}"
        for name in (*check.on, *check.not_on):
            if name not in book.lists:
                raise BookError("list-checks", place, f"there is no list {name}")
        for condition in check.conditions:
            if condition.field not in book.fields:
                raise BookError("list-checks", place, f"there is no field {condition.field}")
        if check.document not in known or not check.subjects <= {*SOURCE_KINDS, *UNIT_KINDS}:
            raise BookError("list-checks", place, "document or subject is not known")
        if not check.region or (check.last is not None and check.last < check.first):
            raise BookError(
                "list-checks", place, "a check needs its place, and must not end before it begins"
            )
        found.append(check)
    return tuple(found)


def _check(row: Mapping[str, Any], industries: Mapping[str, Industry]) -> Check:
    return Check(
        code=row["code"],
        title=row["title"],
        english=row["english"],
        document=row["document"],
        clause=row["clause"],
        region=tuple(row["region"]),
        first=date.fromisoformat(row["from"]),
        last=date.fromisoformat(row["until"]) if "until" in row else None,
        subjects=frozenset(row["subjects"]),
        consequence=Consequence(row["consequence"]),
        on=frozenset(row.get("on", ())),
        not_on=frozenset(row.get("not_on", ())),
        not_region=tuple(row.get("not_region", ())),
        conditions=tuple(_condition(condition) for condition in row.get("when", ())),
        industries=tuple(industries[name] for name in row.get("industries", ())),
        deduction_yuan=row.get("deduction_yuan"),
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    unknown = set(row) - {"field", "is", "is_not", "least", "most", "holds", "else"}
    if unknown:
        raise ValueError(f"a condition has no {min(unknown)}")
    return Condition(
        field=row["field"],
        among=tuple(row["is"]) if "is" in row else None,
        not_among=tuple(row["is_not"]) if "is_not" in row else None,
        least=Decimal(row["least"]) if "least" in row else None,
        most=Decimal(row["most"]) if "most" in row else None,
        holds=tuple(row.get("holds", ())),
        unknown=row.get("else"),
    )
