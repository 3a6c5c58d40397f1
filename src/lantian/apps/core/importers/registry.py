"""The importers that the import pages offer; rooms above add their own.

``register(Importer("plans.tasks", …))`` is all that a room does: upload, dry run, table of errors, confirmation, job and
result come from the pages of the foundation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from lantian.apps.core.actions import Actor
from lantian.apps.core.importers.base import FileImport, TableImport, one_word_each
from lantian.apps.core.importers.boundaries import CRS, ImportBoundaries
from lantian.apps.core.importers.organisations import ImportOrganisations
from lantian.apps.core.importers.people import ImportPeople
from lantian.apps.core.importers.regions import ImportRegions

#: Rows of a template that are formatted and checked by Excel.
TEMPLATE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Option:
    """A question beside the file: ``choices`` as pairs (or what gives them for an account), or free text without."""

    key: str
    label: Any
    choices: Sequence[tuple[str, Any]] | Callable[[Actor], Sequence[tuple[str, Any]]] = ()
    required: bool = True
    help: Any = ""
    default: str = ""

    def offered(self, actor: Actor) -> Sequence[tuple[str, Any]]:
        """The choices of an account."""
        return self.choices(actor) if callable(self.choices) else self.choices


@dataclass(frozen=True, slots=True)
class Importer:
    """A kind of import.

    Attributes
    ----------
    run
        The action; called with actor, content, file name and the options.
    done_url_name
        Page that shows what was imported.
    fields
        Words for the fields of its changes, beside those that the foundation knows.
    template
        Makes the file to fill in, where it is no plain list of columns.
    """

    code: str
    label: Any
    hint: Any
    run: type[FileImport]
    done_url_name: str = ""
    options: Sequence[Option] = field(default_factory=tuple)
    fields: Mapping[str, Any] = field(default_factory=dict)
    template: Callable[[], bytes] | None = None

    @property
    def permission(self) -> str:
        """The right that the import asks for."""
        return self.run.permission or ""

    @property
    def has_template(self) -> bool:
        """Whether there is an Excel file to fill in."""
        return self.template is not None or issubclass(self.run, TableImport)

    def make(self, actor: Actor, content: bytes, filename: str, **options: Any) -> FileImport:
        """The action for a file."""
        return self.run(actor, content, filename, **options)


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make an importer known."""
    _importers[importer.code] = importer


def get(code: str) -> Importer | None:
    """Look an importer up."""
    return _importers.get(code)


def offered(may: Callable[[str], bool]) -> list[Importer]:
    """The importers that somebody may use."""
    return [importer for importer in _importers.values() if may(importer.permission)]


def template(importer: Importer) -> bytes:
    """An Excel file to fill in: headings, choices and formats, and a second sheet that explains each column."""
    if importer.template is not None:
        return importer.template()
    run = importer.run
    if not issubclass(run, TableImport):
        raise LookupError(importer.code)
    wanted = getattr(run, "template_columns", None) or [column.key for column in run.columns]
    columns = [next(column for column in run.columns if column.key == key) for key in wanted]
    book = Workbook()
    sheet = book.active
    sheet.title = str(importer.label)[:31]
    head = Font(bold=True, color="FFFFFF")
    for place, column in enumerate(columns, 1):
        cell = sheet.cell(1, place, f"{column.names[0]}*" if column.required else column.names[0])
        cell.font = head
        cell.fill = PatternFill("solid", fgColor="B42318" if column.required else "1F4E79")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(14, 2 * len(column.names[0]) + 6)
        if column.kind in {"text", "list"}:
            # Text, so that Excel leaves the zeros of codes and the figures of telephone numbers alone.
            for row in range(2, TEMPLATE_ROWS + 2):
                sheet.cell(row, place).number_format = "@"
        if column.kind == "date":
            for row in range(2, TEMPLATE_ROWS + 2):
                sheet.cell(row, place).number_format = "yyyy-mm-dd"
        choices = one_word_each(column)
        if choices:
            check = DataValidation(
                type="list", formula1=f'"{",".join(choices)}"', allow_blank=not column.required
            )
            check.add(f"{letter}2:{letter}{TEMPLATE_ROWS + 1}")
            sheet.add_data_validation(check)
    sheet.freeze_panes = "A2"
    notes = book.create_sheet(__("How to fill in")[:31])
    rows = [[__("Column"), __("Required"), __("What belongs there"), __("Also understood as")]]
    for column in columns:
        rows.append(
            [
                column.names[0],
                __("Yes") if column.required else "",
                _explained(column),
                "、".join(column.names[1:5]),
            ]
        )
    rows += [[], [__("Example (copy nothing from here that is not yours)")], [c.names[0] for c in columns]]
    rows += [list(example) for example in getattr(run, "example", ())]
    for line in rows:
        notes.append(line)
    for cell in notes[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHIJK", (22, 18, 48, 48, *[18] * 7), strict=True):
        notes.column_dimensions[letter].width = width
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _explained(column: Any) -> str:
    kinds = {
        "text": __("Text"),
        "integer": __("A whole number"),
        "decimal": __("A number"),
        "date": __("A day, such as 2024-01-31 or 2024年1月31日"),
        "list": __("Several, parted by 、 or ；"),
    }
    choices = one_word_each(column)
    if choices:
        return __("One of: %(choices)s") % {"choices": "、".join(choices)}
    return kinds.get(column.kind, "")


def register_core() -> None:
    """The importers of the foundation."""
    register(
        Importer(
            "regions",
            _("Regions"),
            _(
                "A list of places with code and name, or a wide list with the columns of city, county and town."
                " The parent follows from the national code where the file does not say it."
            ),
            ImportRegions,
            "core:regions",
        )
    )
    register(
        Importer(
            "boundaries",
            _("Boundaries"),
            _(
                "Outlines as GeoJSON, matched to places by code, else by name. Say which coordinates they are in."
            ),
            ImportBoundaries,
            "core:regions",
            (
                Option("crs", _("Coordinates of the file"), tuple(CRS.items())),
                Option("source", _("Source"), required=False, help=_("Shown beside the map.")),
            ),
        )
    )
    register(
        Importer(
            "organisations",
            _("Organisations"),
            _(
                "A list of departments, towns and enterprises with their parents, places, other and former names."
            ),
            ImportOrganisations,
            "core:organisations",
        )
    )
    register(
        Importer(
            "people",
            _("People and posts"),
            _("A list of people with their organisations, posts and telephone numbers."),
            ImportPeople,
            "core:people",
        )
    )
