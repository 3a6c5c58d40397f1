"""What rooms tell of a source in its file; a room registers a provider for a port of the book of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.sources import access, told
from lantian.apps.sources.choices import Subject
from lantian.apps.sources.emissions.telling import METHODS
from lantian.apps.sources.grading import grade_words
from lantian.apps.sources.models import Emission, ListEntry, Source, Unit
from lantian.apps.sources.tables_grades import STANDINGS, standing_of
from lantian.office.source_file import Block
from lantian.rules.sources.dossier import PORTS

#: of a source, or a unit of it, for an account
Provider = Callable[[Source, Unit | None, Any], Sequence[Block]]
_providers: dict[str, list[Provider]] = {}
#: earlier states in a file
_PAST = 200


def register(port: str, provider: Provider) -> None:
    """Let a room tell something under a port.

    Raises
    ------
    ValueError
        The book of files has no such port.
    """
    if port not in PORTS:
        raise ValueError(f"{port} is none of {', '.join(PORTS)}")
    found = _providers.setdefault(port, [])
    if provider not in found:
        found.append(provider)


def told_under(ports: Sequence[str], source: Source, unit: Unit | None, user: Any) -> list[Block]:
    """What all rooms tell under some ports."""
    return [
        block
        for port in ports
        for provider in _providers.get(port, ())
        for block in provider(source, unit, user)
    ]


def _day(value: Any) -> str:
    return display.campaign_date(value) if value else display.ABSENT


def grades(source: Source, unit: Unit | None, user: Any) -> list[Block]:
    """Performance grades, the latest first."""
    rows = source.grades.select_related("unit", "ended_by").order_by("-valid_from", "-pk")
    if unit is not None:
        rows = rows.filter(unit=unit)
    words = dict(STANDINGS)
    cells = [
        [
            grade_words(row.grade),
            "\n".join(part for part in (row.industry, str(row.unit or "")) if part) or display.ABSENT,
            f"{_day(row.valid_from)}\n{_day(row.valid_to)}",
            row.approver,
            "\n".join(part for part in (row.notice, row.downgraded_because) if part) or display.ABSENT,
            str(words[standing_of(row)]),
        ]
        for row in rows
    ]
    if not cells:
        return []
    header = [
        __("Performance grade"),
        __("Trade or unit"),
        __("From and to"),
        __("Approved by"),
        __("Notice or cause"),
        __("Standing"),
    ]
    return [Block(__("Performance grades"), header, cells, (20, 26, 32, 30, 28, 20))]


def subsidies(source: Source, unit: Unit | None, user: Any) -> list[Block]:
    """Subsidies with their states."""
    cells = [
        [
            row.clause,
            _day(row.due_on),
            display.number(row.amount),
            display.number(row.paid_amount),
            row.get_state_display(),
        ]
        for row in source.subsidies.order_by("-due_on", "-pk")
    ]
    if unit is not None or not cells:
        return []
    header = [__("Clause"), __("Due since"), __("Amount [yuan]"), __("Paid [yuan]"), __("State")]
    return [Block(__("Subsidies"), header, cells, (56, 30, 26, 24, 20))]


def emissions(source: Source, unit: Unit | None, user: Any) -> list[Block]:
    """Emissions of the current inventories, summed by pollutant."""
    if not user.may(access.INVENTORY_VIEW):
        return []
    rows = Emission.objects.filter(run__current=True, source=source).select_related("run", "unit")
    if unit is not None:
        rows = rows.filter(unit=unit)
    # One line for what a unit does: a plant has a dozen pollutants for each of its units.
    amounts: dict[tuple[str, str, str], list[Emission]] = {}
    for row in rows.order_by("-run__year", "unit", "level1", "level2", "pollutant", "pk"):
        of = " / ".join(part for part in (row.level1, row.level2, row.level3) if part) or display.ABSENT
        amounts.setdefault((f"{row.run.year}", str(row.unit or display.ABSENT), of), []).append(row)
    cells = [
        [
            year,
            device,
            of,
            "；".join(
                f"{one.pollutant} {display.number(None if one.t is None else round(one.t, 6))}"
                for one in some
            ),
            "、".join(
                dict.fromkeys(str(METHODS.get(one.method, one.method or display.ABSENT)) for one in some)
            ),
        ]
        for (year, device, of), some in amounts.items()
    ]
    if not cells:
        return []
    header = [__("Year"), __("Line or device"), __("Class"), __("Emission [t]"), __("Method")]
    return [Block(__("Emissions"), header, cells, (18, 26, 36, 56, 20))]


def history(source: Source, unit: Unit | None, user: Any) -> list[Block]:
    """How it was before."""
    entries = ListEntry.objects.visible_to(user, access.SOURCE_VIEW).filter(source=source)
    rows: list[Any] = [source, *source.units.all(), *entries] if unit is None else [unit]
    subjects = dict(Subject.choices)
    cells = [
        [
            _day(one.at),
            __("The source itself")
            if one.subject == Subject.SOURCE
            else f"{subjects[one.subject]}\n{one.label}",
            "\n".join(f"{label}：{before} → {after}" for label, before, after in one.lines),
            "\n".join(part for part in (one.actor, one.reason) if part),
        ]
        for one in told.past(rows, limit=_PAST)
    ]
    if not cells:
        return []
    header = [__("Day"), __("Of"), __("Before and after"), __("Who and why")]
    return [Block(__("Earlier states"), header, cells, (28, 34, 58, 36))]


def register_own() -> None:
    """What this room tells itself."""
    register("grades", grades)
    register("subsidies", subsidies)
    register("emissions", emissions)
    register("history", history)
