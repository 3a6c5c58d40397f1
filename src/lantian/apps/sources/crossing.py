"""Lists held against each other on the database: which sources a check concerns, and why.

:func:`concerned` says it in SQL, so that a hundred thousand sources are counted while somebody waits; :func:`told` asks
the rules for the rows of a page: in which industry they are, and what has to be verified. Both say the same, which tests
hold them to.

A source stands on a list once its entry is listed; a proposed one does not yet. A unit stands on the lists of its own
kind by its own entry, and on all others by its source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from json import dumps
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Region
from lantian.apps.sources.choices import EntryState, SourceStatus
from lantian.apps.sources.facts import facts_of
from lantian.apps.sources.grading import GRADE_FACT
from lantian.apps.sources.models import Grade, ListEntry, Source, SourceList, Unit
from lantian.rules.sources.cells import recalled
from lantian.rules.sources.classification import SECTIONS
from lantian.rules.sources.fields import FieldKind, ListField, Scope
from lantian.rules.sources.list_checks import (
    Check,
    CheckLibrary,
    Condition,
    Consequence,
    Finding,
    Industry,
    Listed,
    find,
)
from lantian.rules.sources.lists import SOURCE_KINDS, UNIT_KINDS, list_book

CONSEQUENCES = {
    Consequence.STAGGERED_STOP: _("Into staggered production, stop"),
    Consequence.STAGGERED: _("Into staggered production"),
    Consequence.STOP_AND_VERIFY: _("Stop and verify"),
    Consequence.STOP_WORK: _("Stop the works and verify"),
    Consequence.CLOSE: _("Shut down for good"),
    Consequence.REMOVE_BOILER: _("Remove the boiler"),
    Consequence.RETIRE_FACILITY: _("Retire the facility"),
    Consequence.SEAL: _("Seal the machine"),
    Consequence.ADD_TO_LIST: _("Add to the list"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The same check in one document or several."""

    code: str
    checks: tuple[Check, ...]

    @property
    def first(self) -> Check:
        """The one whose words are shown."""
        return self.checks[0]


def groups_of(library: CheckLibrary, day: date, *, anywhere: bool = False) -> list[Group]:
    """The checks that hold here on a day, or all of them without regard to place and day."""
    if anywhere:
        checks: Iterable[Check] = [check.anywhere() for check in library.checks]
    else:
        codes = Region.objects.filter(valid_to__isnull=True).values_list("code", flat=True)
        checks = library.in_force(day, codes)
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.code, []).append(check)
    return [Group(code, tuple(some)) for code, some in found.items()]


def concerned_by(group: Group, sources: QuerySet[Source], day: date) -> QuerySet[Source]:
    """The sources that one of the checks of a group concerns."""
    # Documents that ask the same of the same sources are asked once.
    different = {
        replace(one, document="", clause="", consequence=Consequence.CLOSE, deduction_yuan=None): None
        for one in group.checks
    }
    parts = [part for check in different for part in _parts(check, sources, day)]
    if len(parts) == 1:
        return parts[0]
    either = Q()
    for part in parts:
        either |= Q(pk__in=part.order_by().values("pk"))
    return sources.filter(either) if parts else sources.none()


def concerned(check: Check, sources: QuerySet[Source], day: date) -> QuerySet[Source]:
    """The sources, of some, that a check concerns: themselves or one of their units."""
    return concerned_by(Group(check.code, (check,)), sources, day)


def _parts(check: Check, sources: QuerySet[Source], day: date) -> list[QuerySet[Source]]:
    found = []
    if check.subjects & set(SOURCE_KINDS):
        found.append(_sources(check, sources, day))
    if check.subjects & set(UNIT_KINDS):
        found.append(sources.filter(pk__in=_units(check, day).order_by().values("source")))
    return found


# --- in SQL ---


def _entries(codes: Iterable[str]) -> QuerySet[ListEntry]:
    """What stands on lists of some kinds."""
    keys = list(SourceList.objects.filter(type__in=codes).values_list("pk", flat=True))
    return ListEntry.objects.filter(list__in=keys, state=EntryState.LISTED).order_by()


def _sources(check: Check, rows: QuerySet[Source], day: date) -> QuerySet[Source]:
    rows = rows.filter(kind__in=check.subjects & set(SOURCE_KINDS))
    if check.on:
        rows = rows.filter(pk__in=_entries(check.on).values("source"))
    if check.not_on:
        rows = rows.filter(_without(_entries(check.not_on), "pk", "source"))
    rows = rows.filter(_places(check, "region"))
    for condition in check.conditions:
        rows = rows.filter(_condition(condition, check, day, unit=False))
    return rows.filter(_industries(check)) if check.industries else rows


def _units(check: Check, day: date) -> QuerySet[Unit]:
    rows = Unit.objects.filter(kind__in=check.subjects & set(UNIT_KINDS))
    if check.on:
        rows = rows.filter(_unit_on(check, check.on))
    if check.not_on:
        rows = rows.filter(_unit_off(check, check.not_on))
    rows = rows.filter(_places(check, "source__region"))
    for condition in check.conditions:
        rows = rows.filter(_condition(condition, check, day, unit=True))
    if check.industries:
        kinds = {kind for industry in check.industries for kind in industry.subjects}
        rows = rows.filter(kind__in=kinds)
    return rows


def _unit_on(check: Check, codes: Iterable[str]) -> Q:
    found = Q()
    for kind, own, others in _by_kind(check, codes):
        on = Q(pk__in=own.values("unit")) | Q(source__in=others.values("source"))
        found |= Q(kind=kind) & on
    return found


def _unit_off(check: Check, codes: Iterable[str]) -> Q:
    found = Q()
    for kind, own, others in _by_kind(check, codes):
        found |= Q(kind=kind) & _without(own, "pk", "unit") & _without(others, "source", "source")
    return found


def _by_kind(
    check: Check, codes: Iterable[str]
) -> Iterator[tuple[str, QuerySet[ListEntry], QuerySet[ListEntry]]]:
    """Entries that count for units of each kind: their own, and those of their sources."""
    book = list_book().lists
    for kind in sorted(check.subjects & set(UNIT_KINDS)):
        own = _entries(code for code in codes if book[code].subject == kind).filter(unit__isnull=False)
        yield kind, own, _entries(code for code in codes if book[code].subject != kind)


def _without(entries: QuerySet[ListEntry], column: str, of: str) -> Q:
    """Rows that none of some entries is of.

    SQLite is quicker with all keys at once, PostgreSQL with the entries of each row: a list too long for its memory it
    would search anew for every row.
    """
    if entries.query.is_empty():
        return Q()
    if connection.vendor == "sqlite":
        return ~Q(**{f"{column}__in": entries.values(of)})
    return ~Q(Exists(entries.filter(**{of: OuterRef(column)})))


def _places(check: Check, column: str) -> Q:
    """At a place of the check; a place that is not known has to be verified."""
    if check.region == ("",) and not check.not_region:
        return Q()
    keys = [
        key
        for key, code in Region.objects.values_list("pk", "code")
        if code.startswith(check.region) and not (check.not_region and code.startswith(check.not_region))
    ]
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__in": keys})


def _condition(condition: Condition, check: Check, day: date, *, unit: bool) -> Q:
    """Rows of which a condition is so, or may be so."""
    field = list_book().fields[condition.field]
    if condition.field == "state":
        return _state(condition, unit=unit)
    if field.scope is Scope.ENTRY:
        rows = _entries(check.on).filter(**{"unit" if unit else "source": OuterRef("pk")})
        so = Q(Exists(rows.filter(_fact(condition, field, "values"))))
        known = Q(Exists(rows.filter(_there(field.key, "values"))))
    else:
        column = "source__values" if unit and field.scope is Scope.SOURCE else "values"
        so, known = _fact(condition, field, column), _there(field.key, column)
    if condition.field == GRADE_FACT:
        grades = _grades(day).filter(source=OuterRef("source" if unit else "pk"))
        graded = Q(Exists(grades))
        wanted = grades.filter(grade__in=condition.among or ())
        if condition.not_among is not None:
            wanted = grades.exclude(grade__in=condition.not_among)
        so = (graded & Q(Exists(wanted))) | (~graded & so)
        known = graded | known
    return so if condition.unknown is False else so | ~known


def _state(condition: Condition, *, unit: bool) -> Q:
    if condition.among is not None:
        words, wanted = condition.among, True
    else:
        words, wanted = condition.not_among or (), False
    if not unit:
        found = Q(status__in=words)
        return found if wanted else ~found
    # A unit may be gone where its enterprise is not; where the enterprise does not work, no unit of it does.
    found = Q(status__in=words) & ~Q(status=SourceStatus.RUNNING)
    found |= Q(status=SourceStatus.RUNNING, source__status__in=words)
    return found if wanted else ~found


def _text(column: str) -> Any:
    return Cast(F(column), TextField())


def _held(column: str, text: str) -> Q:
    """JSON in whose text something stands; every database writes it alike, and looks quicker than it takes it apart."""
    return Q(GreaterThan(StrIndex(_text(column), Value(text)), 0))


def _there(key: str, column: str) -> Q:
    return _held(column, f'"{key}": ')


def _word(key: str, column: str, text: str) -> Q:
    """JSON in which a word stands in the text of a fact; most rows are ruled out without taking them apart."""
    anywhere = _held(column, text)
    if connection.vendor == "sqlite":
        # It keeps signs of other writings escaped.
        anywhere |= _held(column, dumps(text)[1:-1])
    return anywhere & Q(GreaterThan(StrIndex(KeyTextTransform(key, column), Value(text)), 0))


def _fact(condition: Condition, field: ListField, column: str) -> Q:
    there = _there(field.key, column)
    if condition.holds:
        word = Q()
        for text in condition.holds:
            word |= _word(field.key, column, text)
        return there & word
    if condition.among is not None:
        return _among(field, column, condition.among)
    if condition.not_among is not None:
        return there & ~_among(field, column, condition.not_among)
    # Only what is a number is taken as one; text stays to be verified, as the rules leave it.
    number = Case(
        When(
            **{f"{column}__{field.key}__regex": r'^"?-?[0-9]+(\.[0-9]+)?"?$'},
            then=Cast(KeyTextTransform(field.key, column), FloatField()),
        ),
        default=Value(None),
        output_field=FloatField(),
    )
    odd = ~Q(**{f"{column}__{field.key}__regex": r'^"?-?[0-9]+(\.[0-9]+)?"?$'})
    so = Q()
    if condition.least is not None:
        so &= Q(GreaterThan(number, float(condition.least) - 1e-9))
    if condition.most is not None:
        so &= ~Q(GreaterThan(number, float(condition.most) + 1e-9))
    return there & (odd | so)


def _among(field: ListField, column: str, values: Iterable[object]) -> Q:
    found = Q()
    for value in values:
        if isinstance(value, bool):
            found |= _held(column, f'"{field.key}": {"true" if value else "false"}')
        elif field.kind is FieldKind.CHOICES:
            # Codes stand as a list. The text rules most rows out first.
            found |= _held(column, f'"{value}"') & Q(**{f"{column}__{field.key}__icontains": f'"{value}"'})
        else:
            found |= _held(column, f'"{field.key}": "{value}"')
    return found


def _grades(day: date) -> QuerySet[Grade]:
    """Performance grades of whole sources that hold on a day."""
    return (
        Grade.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            annulled_at__isnull=True,
            unit__isnull=True,
            valid_from__lte=day,
        )
        .exclude(ended_by__valid_from__lte=day)
        .exclude(grade="")
        .order_by()
    )


def _industries(check: Check) -> Q:
    """Sources of one of the industries; enterprises of which neither trade nor industry is known have to be verified."""
    kinds = {kind for industry in check.industries for kind in industry.subjects}
    found = Q(kind__in=kinds)
    if "enterprise" not in check.subjects:
        return found
    trades = Q(trade="") & ~_there("industry", "values")
    for first, last in _ranges(check.industries):
        trades |= Q(trade__gte=first, trade__lt=last)
    words = Q()
    for industry in check.industries:
        for word in (industry.name, *industry.words):
            words |= _word("industry", "values", word)
    said = _there("industry", "values") & words
    return found | (Q(kind="enterprise") & (trades | said))


def _ranges(industries: Iterable[Industry]) -> list[tuple[str, str]]:
    """First code and the one behind the last of the trades of industries, with the letter of their section."""
    starts = sorted({start for industry in industries for start in industry.trades})
    kept = [one for one in starts if not any(one != other and one.startswith(other) for other in starts)]
    found = []
    for start in kept:
        division = int(start[:2])
        letter = next(key for key, (first, last) in SECTIONS.items() if first <= division <= last)
        found.append((f"{letter}{start}", f"{letter}{start}\uffff"))
    return found


# --- in words, for the rows of a page ---


@dataclass(frozen=True, slots=True)
class Told:
    """Why a check concerns a source: the finding, and the unit that it is of, if it is of one."""

    finding: Finding
    unit: Unit | None

    @property
    def subject(self) -> str:
        """Kind of what was found."""
        return self.unit.kind if self.unit is not None else ""


def told(keys: Sequence[int], group: Group, day: date) -> dict[int, list[Told]]:
    """What the rules say of some sources, by their keys."""
    kinds = {kind for check in group.checks for kind in check.subjects}
    listed = ListEntry.objects.filter(state=EntryState.LISTED).select_related("list").order_by("pk")
    rows = (
        Source.objects.filter(pk__in=keys)
        .select_related("region", "department")
        .prefetch_related(
            Prefetch("units", queryset=Unit.objects.filter(kind__in=kinds), to_attr="crossed"),
            Prefetch("entries", queryset=listed, to_attr="standing"),
        )
    )
    grades: dict[int, list[str]] = {}
    for key, grade in _grades(day).filter(source__in=keys).values_list("source_id", "grade"):
        grades.setdefault(key, []).append(grade)
    found: dict[int, list[Told]] = {}
    for source in rows:
        mine: Any = source
        some = grades.get(source.pk, [])
        if source.kind in kinds:
            one = Listed(
                str(source.pk),
                source.kind,
                frozenset(entry.list.type for entry in mine.standing),
                _facts(source, None, mine.standing, group, some),
            )
            found.setdefault(source.pk, []).extend(
                Told(finding, None) for finding in find([one], day, group.checks)
            )
        for unit in mine.crossed:
            entries = [entry for entry in mine.standing if _counts(entry, unit)]
            one = Listed(
                str(unit.pk),
                unit.kind,
                frozenset(entry.list.type for entry in entries),
                _facts(source, unit, entries, group, some),
            )
            found.setdefault(source.pk, []).extend(
                Told(finding, unit) for finding in find([one], day, group.checks)
            )
    return found


def _counts(entry: ListEntry, unit: Unit) -> bool:
    """Whether an entry of a source says that a unit stands on the list."""
    known = list_book().lists.get(entry.list.type)
    if known is not None and known.subject == unit.kind:
        return entry.unit_id == unit.pk
    return True


def _facts(
    source: Source, unit: Unit | None, entries: Iterable[ListEntry], group: Group, grades: Sequence[str]
) -> Mapping[str, Any]:
    """What is known of a source or unit, as the rules take it; a unit's with those of its source."""
    book = list_book().fields
    raw = facts_of(source, unit)
    wanted = {
        condition.field: check.on
        for check in group.checks
        for condition in check.conditions
        if book[condition.field].scope is Scope.ENTRY
    }
    for key, on in wanted.items():
        values = [
            entry.values[key]
            for entry in entries
            if entry.list.type in on and key in entry.values and (unit is None or entry.unit_id == unit.pk)
        ]
        if values:
            raw[key] = values
    facts: dict[str, Any] = {}
    for key, value in raw.items():
        field = book.get(key)
        if field is None:
            continue
        if key in wanted:
            facts[key] = tuple(recalled(field, one) for one in value)
        else:
            facts[key] = recalled(field, value)
            if facts[key] is None and value is not None:
                # What cannot be read is no reason to be silent: it stays to be verified.
                facts[key] = str(value)
    if grades:
        facts[GRADE_FACT] = tuple(grades)
    if unit is not None and unit.status != SourceStatus.RUNNING:
        facts["state"] = unit.status
    return facts


# --- what follows ---


def missing_kinds(check: Check, source: Source, unit: Unit | None) -> list[str]:
    """The kinds of lists on which something ought to stand: those of its own kind, else those of its source."""
    book = list_book().lists
    for kind in (unit.kind if unit is not None else source.kind, source.kind):
        codes = [code for code in book if code in check.not_on and book[code].subject == kind]
        if codes:
            return codes
    return []


def missing_lists(check: Check, source: Source, unit: Unit | None) -> list[SourceList]:
    """The lists of its place, the nearest first, on which a source or a unit of it ought to stand."""
    codes = missing_kinds(check, source, unit)
    path = source.region.path if source.region is not None else ""
    rows = [
        row
        for row in SourceList.objects.filter(type__in=codes).select_related("region").order_by("-term", "pk")
        if row.region is None or path.startswith(row.region.path)
    ]
    return sorted(
        rows, key=lambda row: (codes.index(row.type), -len(row.region.path) if row.region is not None else 0)
    )


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the sources of a place that are known stand on a list."""

    region: Region | None
    known: int
    listed: int

    @property
    def outside(self) -> int:
        """How many do not."""
        return self.known - self.listed

    @property
    def percent(self) -> Decimal:
        """Share on the list."""
        return (
            (Decimal(100) * self.listed / self.known).quantize(Decimal("0.1")) if self.known else Decimal(0)
        )


def coverage(code: str, sources: QuerySet[Source]) -> list[Share]:
    """How many of the live sources of a list's kind stand on it, by county; the whole comes last, without a place.

    Parameters
    ----------
    code
        Kind of a list of sources, not of units.
    """
    kind = list_book().lists[code].subject
    rows = sources.filter(kind=kind, merged_into__isnull=True).exclude(status=SourceStatus.REMOVED).order_by()
    known = dict(rows.values_list("region").annotate(Count("pk")))
    on = rows.filter(pk__in=_entries([code]).values("source"))
    listed = dict(on.values_list("region").annotate(Count("pk")))
    places = {one.pk: one for one in Region.objects.all()}
    counties = {one.path: one for one in places.values() if one.level == "county"}
    sums: dict[Region | None, list[int]] = {}
    for key, number in known.items():
        place = places.get(key) if key is not None else None
        county = None
        if place is not None:
            county = next((one for path, one in counties.items() if place.path.startswith(path)), place)
        some = sums.setdefault(county, [0, 0])
        some[0] += number
        some[1] += listed.get(key, 0)
    found = [
        Share(place, number, on_list)
        for place, (number, on_list) in sorted(
            sums.items(), key=lambda item: (item[0] is None, item[0].path if item[0] is not None else "")
        )
    ]
    return [*found, Share(None, sum(known.values()), sum(listed.values()))]
