"""Books of performance grades: which grades there are and when, who decides, what takes one away, what must be reached.

The set of grades is open and goes by the date: A, B, C in 2019; A, B, B-, C, D or leading and non-leading since 2020. Some
pairs are not settled by any document that was read (``unsettled``): they are never compared, only sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations
from typing import Any

from lantian.rules.region_codes import prefix
from lantian.rules.sources.book_reading import (
    MARKS,
    Head,
    choice_of,
    day_in,
    names_of,
    place_of,
    read_head,
    rows_of,
    text_of,
)
from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError, _

#: from the lowest to the highest
LEVELS = ("county", "city", "province", "state")
LEVEL_WORDS: dict[str, str] = {
    "county": _("county authorities"),
    "city": _("city authorities"),
    "province": _("provincial authorities"),
    "state": _("state authorities"),
}
SHIPPED = ("grades-national", "grades-shanyang-2022")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A set of grades that holds for a time.

    Attributes
    ----------
    grades
        The best first.
    unsettled
        Pairs of which no document says which is the better.
    industries
        Industries that are graded; empty where the list is not known.
    industry_grades
        Grades of an industry, where they are known to be fewer.
    """

    id: str
    document: str
    clause: str
    mark: str
    region: str
    valid_from: date
    valid_to: date | None
    grades: tuple[str, ...]
    unsettled: frozenset[frozenset[str]]
    industries: tuple[str, ...]
    industry_grades: Mapping[str, tuple[str, ...]]

    def compare(self, left: str, right: str) -> int | None:
        """1 where `left` is the better, -1 where `right` is, 0 where they are the same, None where nobody knows.

        Examples
        --------
        >>> scheme = grade_library().scheme_of("2020")
        >>> scheme.compare("A", "B"), scheme.compare("B-", "B"), scheme.compare("non_leading", "C")
        (1, -1, None)
        """
        if left not in self.grades or right not in self.grades:
            return None
        if left == right:
            return 0
        if frozenset((left, right)) in self.unsettled:
            return None
        return 1 if self.grades.index(left) < self.grades.index(right) else -1

    def at_least(self, grade: str, wanted: str) -> bool | None:
        """Whether a grade is as good as is wanted; None where nobody knows."""
        found = self.compare(grade, wanted)
        return None if found is None else found >= 0

    def of_industry(self, industry: str) -> tuple[str, ...]:
        """The grades that an industry may have."""
        return self.industry_grades.get(industry, self.grades)

    def holds(self, region: str, day: date) -> bool:
        """Whether it holds at a place on a day."""
        here = not self.region or prefix(region).startswith(prefix(self.region))
        return here and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class GradeRule:
    """A row of a book about grades, with document and clause.

    Attributes
    ----------
    kind
        ``approver`` (who decides), ``downgrade`` (what takes a grade away), ``floor`` (what must be reached) or
        ``assisted`` (who is helped to rise).
    grades
        The grades that it is about; of a floor the one that must be reached.
    level
        Of an approver: the lowest that may decide.
    due, season_from
        Day by which the floor must be reached; first day of control in the season.
    """

    head: Head
    kind: str
    id: str
    clause: str
    mark: str
    label: str
    grades: tuple[str, ...]
    note: str = ""
    scheme: str = ""
    level: str = ""
    industries: tuple[str, ...] = ()
    due: date | None = None
    consequence: str = ""
    season_from: date | None = None

    @property
    def key(self) -> str:
        """Book and row."""
        return f"{self.head.id}/{self.id}"


@dataclass(frozen=True, slots=True)
class GradeLibrary:
    """Schemes and rules side by side."""

    schemes: tuple[Scheme, ...]
    rules: tuple[GradeRule, ...]
    _records: tuple[tuple[Mapping[str, Any], bool], ...] = ()

    def scheme_of(self, name: str) -> Scheme:
        """A scheme by its id.

        Raises
        ------
        KeyError
            There is none.
        """
        return next((scheme for scheme in self.schemes if scheme.id == name), None) or _no_scheme(name)

    def scheme_on(self, region: str, day: date) -> Scheme | None:
        """The scheme of a place on a day; that of a smaller place first; None where there was none."""
        found = [scheme for scheme in self.schemes if scheme.holds(region, day)]
        return max(found, key=lambda scheme: len(prefix(scheme.region)) if scheme.region else 0, default=None)

    def of(self, kind: str, region: str, day: date) -> list[GradeRule]:
        """The rules of a kind that hold at a place on a day."""
        return [rule for rule in self.rules if rule.kind == kind and rule.head.holds(region, day)]

    def extended(self, records: Iterable[Mapping[str, Any]]) -> GradeLibrary:
        """With books that an office has written.

        Raises
        ------
        BookError
            A book is not sound, or does not fit the others.
        """
        return grade_library_of((*self._records, *((record, True) for record in records)))


def _no_scheme(name: str) -> Scheme:
    raise KeyError(name)


def _scheme(row: Mapping[str, Any], book: str, place: str) -> Scheme:
    grades = names_of(row, "grades", book, place)
    if len(set(grades)) != len(grades):
        raise BookError(book, f"{place}.grades", "a grade stands twice")
    pairs = [frozenset(pair) for pair in row.get("unsettled", ())]
    by_industry = {name: tuple(some) for name, some in row.get("industry_grades", {}).items()}
    for group in (*pairs, *map(frozenset, by_industry.values())):
        unknown = sorted(group - set(grades))
        if unknown:
            raise BookError(book, place, f"{', '.join(unknown)} is none of its grades")
    if any(len(pair) != 2 for pair in pairs):
        raise BookError(book, f"{place}.unsettled", "pairs of grades are wanted")
    first, last = day_in(row, "valid_from", book, place), day_in(row, "valid_to", book, place)
    if first is None:
        raise BookError(book, f"{place}.valid_from", "a day is wanted")
    if last is not None and last < first:
        raise BookError(book, f"{place}.valid_to", "it ends before it begins")
    region = row.get("region", "")
    return Scheme(
        id=text_of(row, "id", book, place),
        document=text_of(row, "document", book, place),
        clause=text_of(row, "clause", book, place),
        mark=choice_of(row.get("grade"), MARKS, book, f"{place}.grade"),
        region=place_of(region, book, f"{place}.region") if region else "",
        valid_from=first,
        valid_to=last,
        grades=grades,
        unsettled=frozenset(pairs),
        industries=names_of(row, "industries", book, place, empty=True),
        industry_grades=by_industry,
    )


#: section → kind of its rows, key that names their grades, further keys
_SECTIONS = {
    "approvers": ("approver", "grades"),
    "downgrades": ("downgrade", "from"),
    "floors": ("floor", "floor"),
    "assisted": ("assisted", "grades"),
}


def _rule(head: Head, section: str, row: Mapping[str, Any], place: str, known: frozenset[str]) -> GradeRule:
    kind, key = _SECTIONS[section]
    book = head.id
    grades = (text_of(row, key, book, place),) if kind == "floor" else names_of(row, key, book, place)
    for grade in grades:
        choice_of(grade, sorted(known), book, f"{place}.{key}")
    return GradeRule(
        head=head,
        kind=kind,
        id=text_of(row, "id", book, place),
        clause=text_of(row, "clause", book, place),
        mark=choice_of(row.get("grade"), MARKS, book, f"{place}.grade"),
        label=text_of(row, "label", book, place),
        grades=grades,
        note=text_of(row, "note", book, place, empty=True),
        scheme=text_of(row, "scheme", book, place, empty=True),
        level=choice_of(row.get("level"), LEVELS, book, f"{place}.level") if kind == "approver" else "",
        industries=names_of(row, "industries", book, place) if kind == "floor" else (),
        due=day_in(row, "due", book, place),
        consequence=text_of(row, "consequence", book, place, empty=True),
        season_from=day_in(row, "season_from", book, place),
    )


def grade_library_of(records: Iterable[tuple[Mapping[str, Any], bool]]) -> GradeLibrary:
    """Books side by side.

    Parameters
    ----------
    records
        Each book as it stands in its file, and whether an office wrote it.

    Raises
    ------
    BookError
        A book is not sound; two have the same id; schemes of a place overlap; a grade is in no scheme.
    """
    given = tuple(records)
    heads = [read_head(record, "grades", local) for record, local in given]
    schemes = [
        (head, place, _scheme(row, head.id, place))
        for head, (record, _local) in zip(heads, given, strict=True)
        for place, row in rows_of(record, "schemes", head.id)
    ]
    for (_one, _at, left), (head, place, right) in combinations(schemes, 2):
        if left.id == right.id:
            raise BookError(head.id, place, f"there are two schemes of the id {right.id!r}")
        if left.region == right.region and _overlap(left, right):
            raise BookError(head.id, place, f"it overlaps the scheme {left.id}")
    for left_head, right_head in combinations(heads, 2):
        if left_head.id == right_head.id:
            raise BookError(right_head.id, "book.id", "there are two books of this id")
    names = [scheme.id for _head, _place, scheme in schemes]
    known = frozenset(grade for _head, _place, scheme in schemes for grade in scheme.grades)
    rules = []
    for head, (record, _local) in zip(heads, given, strict=True):
        for section in _SECTIONS:
            for place, row in rows_of(record, section, head.id):
                if "scheme" in row:
                    choice_of(row["scheme"], names, head.id, f"{place}.scheme")
                rules.append(_rule(head, section, row, place, known))
    return GradeLibrary(tuple(scheme for _head, _place, scheme in schemes), tuple(rules), given)


def _overlap(left: Scheme, right: Scheme) -> bool:
    last_left, last_right = left.valid_to or date.max, right.valid_to or date.max
    return left.valid_from <= last_right and right.valid_from <= last_left


@lru_cache(maxsize=1)
def grade_library() -> GradeLibrary:
    """The books of grades that come with LanTian."""
    return grade_library_of((shipped(name), False) for name in SHIPPED)
