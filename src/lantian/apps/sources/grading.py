"""Performance grades and subsidies as the rules see them: the office's books, events of sources, who has to rise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import Conflict
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.models import Grade, Source
from lantian.office.own_books import (
    OwnBooksError,
    own_admission,
    own_checks,
    own_grades,
    own_subsidies,
)
from lantian.rules.sources.admission_books import AdmissionLibrary
from lantian.rules.sources.errors import Message
from lantian.rules.sources.grade_books import GradeLibrary
from lantian.rules.sources.grades import GradeEvent, GradeStanding, expiring, grade_on
from lantian.rules.sources.list_checks import CheckLibrary
from lantian.rules.sources.subsidies import SubsidyLibrary

Library = TypeVar("Library")

#: the fact that the ledger of grades keeps, not the record of the source
GRADE_FACT = "performance_grade"
#: grades in words; A to D stay as they are
GRADE_WORDS = {
    "leading": _("leading"),
    "non_leading": _("non-leading"),
    "encouraged": _("encouraged class"),
    "general": _("general class"),
    "restricted": _("restricted class"),
}
GRADE_TONES = {
    "A": "green",
    "leading": "green",
    "encouraged": "green",
    "B": "blue",
    "B-": "blue",
    "general": "blue",
    "C": "yellow",
    "D": "red",
    "non_leading": "yellow",
    "restricted": "red",
}


def grade_words(grade: str) -> str:
    """A grade as people write it."""
    if not grade:
        return __("no grade")
    return str(GRADE_WORDS.get(grade, __("grade %(letter)s") % {"letter": grade}))


def _read(reader: Callable[[Path], Library]) -> Library:
    try:
        return reader(Path(settings.DATA))
    except OwnBooksError as error:
        raise Conflict(
            __("A book of the office cannot be used. Mend it or take it away: %(problem)s")
            % {"problem": f"{error.path.name}: {error.text(__).partition(': ')[2]}"}
        ) from error


def admission_books() -> AdmissionLibrary:
    """The books of admission with those of the office.

    Raises
    ------
    Conflict
        A book of the office is not sound.
    """
    return _read(own_admission)


def grade_books() -> GradeLibrary:
    """The books of grades with those of the office.

    Raises
    ------
    Conflict
    """
    return _read(own_grades)


def subsidy_books() -> SubsidyLibrary:
    """The books of subsidies with those of the office.

    Raises
    ------
    Conflict
    """
    return _read(own_subsidies)


def check_books() -> CheckLibrary:
    """The checks of lists against each other with those of the office.

    Raises
    ------
    Conflict
        A book of the office is not sound.
    """
    return _read(own_checks)


def event_of(row: Grade) -> GradeEvent:
    """A grade as an event of the rules."""
    kind: Any = row.kind
    return GradeEvent(
        kind=kind,
        grade=row.grade,
        effective_from=row.valid_from,
        valid_to=row.valid_to,
        published_on=row.published_on,
        approver=row.approver,
        approver_level=row.approver_level,
        document=row.notice,
        evidence=row.evidence,
        cause=row.cause or row.downgraded_because,
        industry=row.industry,
        annulled=row.annulled_at is not None,
    )


def of_units(rows: Iterable[Grade]) -> dict[int | None, list[Grade]]:
    """Grades of a source by the unit that they are of (None: the whole source), in the order of entry."""
    found: dict[int | None, list[Grade]] = {}
    for row in sorted(rows, key=lambda one: (one.valid_from, one.pk or 1 << 62)):
        found.setdefault(row.unit_id, []).append(row)
    return found


def standings(rows: Iterable[Grade], day: date) -> list[tuple[int | None, str, GradeStanding]]:
    """The grade of each unit and trade on a day."""
    found = []
    for unit, grades in of_units(rows).items():
        events = [event_of(row) for row in grades]
        for industry in dict.fromkeys(event.industry for event in events if not event.annulled):
            found.append((unit, industry, grade_on(events, day, industry)))
    return found


def ending(user: Any, day: date, days: int) -> list[Grade]:
    """Grades that an account may see, that end within some days and that nothing follows; the first to end first."""
    last = day + timedelta(days=days)
    seen = Grade.objects.visible_to(user, SOURCE_VIEW).filter(annulled_at__isnull=True)
    near = seen.filter(valid_to__gte=day, valid_to__lte=last).order_by().values("source")
    by_source: dict[int, list[Grade]] = {}
    for row in Grade.objects.filter(source__in=near).select_related("source", "unit").order_by("pk"):
        by_source.setdefault(row.source_id, []).append(row)
    found: list[Grade] = []
    for rows in by_source.values():
        for grades in of_units(rows).values():
            events = [event_of(row) for row in grades]
            soon = {id(event) for event in expiring(events, day, last)}
            found += [row for row, event in zip(grades, events, strict=True) if id(event) in soon]
    return sorted(found, key=lambda row: (row.valid_to or date.max, row.pk))


def trades_of(library: GradeLibrary) -> list[str]:
    """Trades that the books of grades name."""
    named = [name for scheme in library.schemes for name in scheme.industries]
    named += [name for rule in library.rules for name in rule.industries]
    return list(dict.fromkeys(named))


def industries_of(source: Source, grades: Iterable[Grade] = ()) -> tuple[str, ...]:
    """Trades of the grading that a source belongs to: as its record and its grades name them."""
    given = source.values.get("industry") or []
    names = [given] if isinstance(given, str) else list(given)
    names += [row.industry for row in grades if row.industry]
    return tuple(dict.fromkeys(name for name in names if name))


def region_code(source: Source) -> str:
    """The code of the place whose rules hold for a source."""
    return source.region.code if source.region is not None else ""


# --- reasons, kept as message ids so that everybody reads them in the own language ---


def kept(message: Message) -> dict[str, Any]:
    """A reason as it is kept."""
    return {
        "id": message.message_id,
        "params": {
            key: kept(value) if isinstance(value, Message) else value for key, value in message.params.items()
        },
    }


def told(reason: Mapping[str, Any] | str) -> str:
    """A kept reason in words."""
    if isinstance(reason, str):
        return reason
    params = {
        key: told(value)
        if isinstance(value, Mapping)
        else str(GRADE_WORDS.get(value, value))
        if key == "grade"
        else value
        for key, value in reason["params"].items()
    }
    return Message(reason["id"], **params).text(__)
