"""Files of an inventory: the workbook in four levels, what it was computed from, and files for maps and models."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import Job
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.emissions.running import Computed, computed_again
from lantian.apps.sources.emissions.spacing import SIDES, released, spaced
from lantian.apps.sources.models import InventoryRun
from lantian.office.inventory_report import Report, write_report
from lantian.office.inventory_workbook import row_tables
from lantian.office.ledger import write_tables
from lantian.rules.sources.balance import balances
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.months import by_month

FILE = "sources.inventory.file"
#: code → words, ending
KINDS: dict[str, tuple[Any, str]] = {
    "report": (_("Inventory in four levels (Excel)"), "xlsx"),
    "report10": (_("Inventory in ten classes (Excel)"), "xlsx"),
    "activities": (_("Workbook of activities (Excel)"), "xlsx"),
    "gpkg": (_("Grid and sources (GeoPackage)"), "zip"),
    "ff10": (_("Point and area sources for SMOKE (FF10)"), "zip"),
}


def file_of(kind: str, found: Computed, row: InventoryRun) -> bytes:
    """The content of a file."""
    if kind == "activities":
        stream = io.BytesIO()
        write_tables(row_tables(found.built.rows), stream)
        return stream.getvalue()
    if kind in ("report", "report10"):
        return _report(found, row.year, 10 if kind == "report10" else 8)
    return _spread(kind, found, row)


def _report(found: Computed, year: int, system: int) -> bytes:
    rows, books = found.built.rows, found.books
    months, _problems = by_month(found.details, rows, books, year, system)
    held = balances(rows, books, year)
    report = Report(
        year, system, found.details, found.inventory.gaps, books, months,
        held if any(one.row for one in held) else (), None, row_tables(rows), None,
    )  # fmt: skip
    stream = io.BytesIO()
    write_report(report, stream, __)
    return stream.getvalue()


def _spread(kind: str, found: Computed, row: InventoryRun) -> bytes:
    """A grid or FF10, packed."""
    from lantian.inventory.ff10 import write_ff10
    from lantian.inventory.gridding import gridded
    from lantian.inventory.map_files import write_geopackage

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / f"{kind}_{row.year}"
        folder.mkdir()
        if kind == "ff10":
            releases = released(found, row)
            write_ff10(
                folder, releases.emitters, releases.list, releases.profiles, row.year, f"{row.name}, LanTian"
            )
        else:
            held = spaced(found, row, SIDES[0])
            emitters = held.releases.emitters
            write_geopackage(
                folder / f"inventory_{row.year}.gpkg",
                gridded(emitters, held.grid, held.where),
                emitters,
                held.releases.list,
            )
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.iterdir()):
                packed.write(path, path.name)
        return stream.getvalue()


class StartFile(Action[Job]):
    """Begin to write a file of an inventory."""

    code = "sources.inventory.file_start"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, kind: str) -> None:
        super().__init__(actor)
        self.row, self.kind = row, kind

    def check(self) -> None:
        """The right over this run."""
        super().check()
        self.check_row(self.row)

    def validate(self) -> None:
        """A file that there is, of a run that is done."""
        super().validate()
        if self.kind not in KINDS:
            raise Invalid(fields={"kind": __("Choose one.")})
        if self.row.state != "done":
            raise Conflict(_("This inventory has not been computed to its end."))

    def perform(self) -> Job:
        """Start the job."""
        title = f"{KINDS[self.kind][0]} · {self.row.name}"
        job = jobs.start(FILE, {"run": self.row.pk, "kind": self.kind}, title, self.actor)
        self.log(self.row, after={"kind": self.kind})
        return job


class KeepFile(Action[Any]):
    """Keep a file at its run."""

    code = "sources.inventory.file"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, kind: str, content: bytes) -> None:
        super().__init__(actor)
        self.row, self.kind, self.content = row, kind, content

    def perform(self) -> Any:
        """Store it."""
        words, end = KINDS[self.kind]
        kept = files.store(self.content, f"{self.row.name}_{words}.{end}", actor=self.actor, target=self.row)
        self.log(self.row, after={"kind": self.kind, "sha256": kept.sha256})
        return kept


def write_file(
    actor: Actor, row: InventoryRun, kind: str, told: Callable[[str], None] = lambda words: None
) -> Any:
    """Compute once more, write the file and keep it.

    Raises
    ------
    Conflict
    """
    found = computed_again(row)
    told(str(KINDS[kind][0]))
    try:
        content = file_of(kind, found, row)
    except SourcesError as error:
        raise Conflict(error.message.text(__)) from error
    return KeepFile(actor, row, kind, content).execute()
