"""Lists against each other: what stands on one list and is missing on another, and what follows from that.

The book ``list-checks.json`` says for each document whom a check is about, on which lists he must or must not stand,
which facts make it so, and the consequence. A check holds in the place and time of its document. Where a fact is not
known that would decide, the finding says so and decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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


@lru_cache(maxsize=1)
def list_checks() -> tuple[Check, ...]:
    """The checks that come with the house.

    Raises
    ------
    BookError
    """
    text = resources.files("lantian.rules.books.sources").joinpath("list-checks.json").read_text("utf-8")
    return read_list_checks(json.loads(text))


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


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what is known elsewhere stands on a list.

    Attributes
    ----------
    known
        How many are known on the list or elsewhere.
    listed
        How many of them stand on the list.
    outside
        What does not: key → where it is known from, in the order of the origins.
    """

    known: int
    listed: int
    outside: Mapping[str, tuple[str, ...]]


def coverage(listed: Iterable[str], origins: Mapping[str, Iterable[str]]) -> Coverage:
    """What is known from permits, statistics, users of power, patrols … but does not stand on a list.

    Parameters
    ----------
    listed
        Keys of the entries of the list.
    origins
        Name of an origin → keys of what it knows.

    Examples
    --------
    >>> coverage(["a", "b"], {"permits": ["b", "c"], "patrols": ["c"]}).outside
    {'c': ('permits', 'patrols')}
    """
    on = frozenset(listed)
    outside: dict[str, list[str]] = {}
    for origin, keys in origins.items():
        for key in dict.fromkeys(keys):
            if key not in on:
                outside.setdefault(key, []).append(origin)
    return Coverage(len(on) + len(outside), len(on), {key: tuple(names) for key, names in outside.items()})


def read_list_checks(data: Mapping[str, Any]) -> tuple[Check, ...]:
    """Checks out of their data.

    Raises
    ------
    BookError
    """
    book = list_book()
    industries = {
        name: Industry(
            name,
            tuple(row.get("trades", ())),
            frozenset(row.get("subjects", ())),
            tuple(row.get("words", ())),
        )
        for name, row in data["industries"].items()
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
        if check.document not in book.documents or not check.subjects <= {*SOURCE_KINDS, *UNIT_KINDS}:
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
