"""The file of a source: everything known of it, in the sections of the book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.sources import access, told
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.dossier_ports import told_under
from lantian.apps.sources.facts import facts_of
from lantian.apps.sources.fields import field_of
from lantian.apps.sources.grading import GRADE_FACT
from lantian.apps.sources.kinds import source_kind, unit_kind
from lantian.apps.sources.models import ListEntry, OwnField, Source, Unit
from lantian.apps.sources.showing import shown
from lantian.office.source_file import Block, Part, lead_of, write_source_file
from lantian.rules.sources.dossier import Dossier, Filled, dossiers, fill
from lantian.rules.sources.fields import FieldKind, ListField
from lantian.rules.sources.lists import list_book


def kind_of_file(source: Source, unit: Unit | None) -> Dossier:
    """One furnace, one mine, or one plant; what is none of them is written in the sections of a plant."""
    book = dossiers()
    wanted = unit.kind if unit is not None else source.kind
    return next((one for one in book.values() if one.subject == wanted), book["enterprise"])


def file_name(source: Source, unit: Unit | None) -> str:
    """Name of the document without its ending."""
    label = kind_of_file(source, unit).label
    return f"{label}_{source.name}{f'_{unit}' if unit is not None else ''}"


def parts_of(source: Source, user: Any, unit: Unit | None = None) -> list[Part]:
    """The sections with what the account may see."""
    kind, book = kind_of_file(source, unit), list_book()
    own = [field_of(row) for row in OwnField.objects.order_by("key")]
    known = {**book.fields, **{field.key: field for field in own}}
    given = {key: value for key, value in facts_of(source, unit).items() if value not in (None, "", [], ())}
    strange = {key: value for key, value in given.items() if key not in known}
    units = _grouped(source.units.order_by("kind", "number"), "kind") if unit is None else {}
    entries = ListEntry.objects.visible_to(user, access.SOURCE_VIEW).filter(source=source)
    if unit is not None:
        entries = entries.filter(unit=unit)
    lists = _grouped(entries.select_related("list", "unit").order_by("list", "pk"), "list.type")
    filled = fill(
        kind,
        {key: value for key, value in given.items() if key in known},
        units=units,
        entries=lists,
        own_fields=own,
    )
    region = source.region.name if source.region is not None else ""
    parts = [
        _part(
            one,
            region,
            known,
            told_under(one.section.ports, source, unit, user),
            _keys(source) if not at else [],
        )
        for at, one in enumerate(filled)
    ]
    if strange:
        parts.append(
            Part(__("Facts that no field describes"), [(key, str(value)) for key, value in strange.items()])
        )
    return parts


def _grouped(rows: Iterable[Any], name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        key: Any = row
        for step in name.split("."):
            key = getattr(key, step)
        found.setdefault(key, []).append(row)
    return found


def _words(field: ListField, value: Any, region: str) -> str:
    words = told.with_unit(field, shown(field, value))
    return f"{words} {region}" if field.kind is FieldKind.REGION and region else words


def _part(
    one: Filled, region: str, known: dict[str, ListField], told_blocks: Sequence[Block], keys: Sequence[Block]
) -> Part:
    blocks: list[Block] = list(keys)
    for kind, rows in one.units.items():
        if rows:
            blocks.append(_units(kind, rows, known))
    for code, rows in one.entries.items():
        if rows:
            blocks.append(_entries(code, rows, known))
    blocks += told_blocks
    empty: tuple[Any, ...] = (None, "", [], ())
    # The ledger of grades keeps the grade: where its table stands, the source's own record of it does not lack.
    kept = {GRADE_FACT} if told_blocks and "grades" in one.section.ports else set()
    return Part(
        one.section.label or __("Other"),
        [(field.label, _words(field, value, region)) for field, value in one.facts if value not in empty],
        [field.label for field, value in one.facts if value in empty and field.key not in kept],
        blocks,
    )


def _units(kind: str, rows: Sequence[Unit], known: dict[str, ListField]) -> Block:
    cells = []
    for row in rows:
        said = [
            f"{known[key].label}：{told.with_unit(known[key], shown(known[key], value))}"
            if key in known
            else f"{key}：{value}"
            for key, value in row.values.items()
            if value not in (None, "", [], ())
        ]
        cells.append([row.number, row.name or display.ABSENT, row.get_status_display(), "；".join(said)])
    header = [__("No."), __("Name"), __("Status"), __("Facts")]
    return Block(unit_kind(kind), header, cells, (26, 34, 20, 76))


def _entries(code: str, rows: Sequence[ListEntry], known: dict[str, ListField]) -> Block:
    book = list_book().lists
    cells = []
    for row in rows:
        said = [
            f"{known[key].label}：{told.with_unit(known[key], shown(known[key], value))}"
            if key in known
            else f"{key}：{value}"
            for key, value in row.values.items()
            if value not in (None, "", [], ())
        ]
        state = row.get_state_display()
        if row.listed_on:
            state = f"{state}\n{display.campaign_date(row.listed_on)}"
        cells.append(
            [
                row.list.name,
                row.number or display.ABSENT,
                row.unit_name or display.ABSENT,
                state,
                "；".join(said) or display.ABSENT,
            ]
        )
    header = [__("List"), __("No."), __("Line or device"), __("State"), __("Facts")]
    widths: tuple[int, ...] = (34, 20, 24, 28, 50)
    name = book[code].name if code in book else code
    if {row.list.name for row in rows} == {name}:
        # The caption says which list it is.
        cells, header, widths = [cell[1:] for cell in cells], header[1:], (22, 34, 28, 72)
    return Block(name, header, cells, widths)


def _keys(source: Source) -> list[Block]:
    kinds = dict(KeyKind.choices)
    cells = [
        [
            str(kinds.get(key.kind, key.kind)),
            key.value,
            __("until %(day)s") % {"day": key.until} if key.until else __("valid"),
        ]
        for key in source.keys.exclude(kind=KeyKind.CODE)
    ]
    if not cells:
        return []
    return [
        Block(__("Known by"), [__("Kind of key"), __("Code or name"), __("Standing")], cells, (50, 76, 30))
    ]


def document(source: Source, user: Any, unit: Unit | None = None) -> bytes:
    """The file as a Word document."""
    kind = kind_of_file(source, unit)
    subject = source.name if unit is None else f"{source.name} {unit}"
    region = source.region.name if source.region is not None else ""
    lead = lead_of(source_kind(source.kind), subject, region, display.campaign_today())
    stream = BytesIO()
    issuer = user.organisation.name if getattr(user, "organisation", None) is not None else ""
    title = f"{subject}\n{kind.label}"
    write_source_file(title, lead, parts_of(source, user, unit), display.campaign_today(), issuer, stream)
    return stream.getvalue()
