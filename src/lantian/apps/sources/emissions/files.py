"""Files of an inventory: the workbook in four levels, what it was computed from, and files for maps and models."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian import __version__
from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import Job
from lantian.apps.core.models.jobs import JobStatus
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
    "hours": (_("Grid of every hour, 1 km (NetCDF)"), "nc"),
    "hours3": (_("Grid of every hour, 3 km (NetCDF)"), "nc"),
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


#: kinds of files with every hour → side of a cell [m]
HOURS = {"hours": SIDES[0], "hours3": SIDES[1]}
MONTHS = 12
#: of numbers before they are packed, beyond which a file is not written while the disk is shared [byte]
MOST_HOURS = 40 * 10**9


#: after which what a job has left is of no more use: whoever wants the file begins again
HOURS_KEPT = timedelta(days=7)


def _hours_folder() -> Path:
    return Path(settings.DATA) / "hours"


def forget_hours(now: datetime) -> int:
    """Remove the months that jobs have left which were stopped and not taken up again; gives how many folders."""
    folder = _hours_folder()
    if not folder.is_dir():
        return 0
    at_it = Job.objects.filter(kind=FILE, status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
    busy = {f"{one['run']}-{one['kind']}" for one in at_it.values_list("parameters", flat=True)}
    gone = 0
    for left in folder.iterdir():
        if left.name in busy or not left.is_dir():
            continue
        changed = max(path.stat().st_mtime for path in (left, *left.rglob("*")))
        if datetime.fromtimestamp(changed, UTC) < now - HOURS_KEPT:
            shutil.rmtree(left)
            gone += 1
    return gone


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
        if self.kind in HOURS:
            at_it = Job.objects.filter(kind=FILE, status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
            if at_it.filter(parameters__run=self.row.pk, parameters__kind=self.kind).exists():
                raise Conflict(_("This file is already being written."))

    def perform(self) -> Job:
        """Start the job."""
        title = f"{KINDS[self.kind][0]} · {self.row.name}"
        job = jobs.start(FILE, {"run": self.row.pk, "kind": self.kind}, title, self.actor)
        self.log(self.row, after={"kind": self.kind})
        return job


class KeepFile(Action[Any]):
    """Keep a file at its run; `content` may be a file on the disk, which is then not read into memory."""

    code = "sources.inventory.file"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, kind: str, content: bytes | Path, **told: Any) -> None:
        super().__init__(actor)
        self.row, self.kind, self.content, self.told = row, kind, content, told

    def perform(self) -> Any:
        """Store it."""
        words, end = KINDS[self.kind]
        name = f"{self.row.name}_{words}.{end}"
        if isinstance(self.content, Path):
            with self.content.open("rb") as stream:
                kept = files.store(
                    stream, name, actor=self.actor, target=self.row, max_bytes=self.content.stat().st_size
                )
        else:
            kept = files.store(self.content, name, actor=self.actor, target=self.row)
        self.log(self.row, after={"kind": self.kind, "sha256": kept.sha256, **self.told})
        return kept


def write_file(
    actor: Actor, row: InventoryRun, kind: str, told: Callable[[int, int, str], None] = lambda *_words: None
) -> Any:
    """Compute once more, write the file and keep it.

    Raises
    ------
    Conflict
    """
    found = computed_again(row)
    told(1, 2 if kind not in HOURS else MONTHS + 2, str(KINDS[kind][0]))
    try:
        if kind in HOURS:
            return _write_hours(actor, row, kind, found, told)
        content = file_of(kind, found, row)
    except SourcesError as error:
        raise Conflict(error.message.text(__)) from error
    return KeepFile(actor, row, kind, content).execute()


def _write_hours(
    actor: Actor, row: InventoryRun, kind: str, found: Computed, told: Callable[[int, int, str], None]
) -> Any:
    """Every hour on the grid; the months that are done are kept until the file is whole, so that a job goes on there."""
    from lantian.inventory.errors import ExportError
    from lantian.inventory.gridding import gridded
    from lantian.inventory.hourly_files import About, write_hours
    from lantian.inventory.hours import hourly_year, hours_of_year

    held = spaced(found, row, HOURS[kind])
    emitters = held.releases.emitters
    size = held.grid.cells * hours_of_year(row.year) * len(emitters.pollutants) * 4
    if size > MOST_HOURS:
        raise Conflict(
            _(
                "The file would be larger than %(limit)s GB. Choose cells of 3 km, or write it with “lantian inventory grid"
                " --hours” into a folder."
            )
            % {"limit": MOST_HOURS // 10**9}
        )
    hourly = hourly_year(emitters, held.grid, held.where, row.year, held.releases.profiles)
    year = gridded(emitters, held.grid, held.where)
    now = timezone.now()
    about = About(
        title=f"Emission inventory {row.year}",
        source=row.name,
        run=f"LanTian {__version__}, inventory {row.pk}, {row.finished_at:%Y-%m-%dT%H:%M:%SZ}",
        history=f"{now:%Y-%m-%dT%H:%M:%SZ} lantian {kind}",
        more={
            name: json.dumps(dict(zip(emitters.pollutants, mass.sum(axis=0).tolist(), strict=True)))
            for name, mass in (("mass_outside_t", year.outside), ("mass_without_place_t", year.unplaced))
        },
    )

    def on_month(month: int, there: bool) -> None:
        told(month + 1, MONTHS + 2, __("Month %(month)s of 12 is written") % {"month": month})

    folder = _hours_folder() / f"{row.pk}-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{row.year}.nc"
    target.unlink(missing_ok=True)
    try:
        written = write_hours(hourly, target, about, on_month=on_month)
    except ExportError as error:
        if error.code != "another_run":
            raise
        # What was left there is of another version of the system.
        shutil.rmtree(folder)
        folder.mkdir(parents=True)
        written = write_hours(hourly, target, about, on_month=on_month)
    errors = [
        abs(written.written[name] - hourly.total(at)) / (hourly.total(at) or 1.0)
        for at, name in enumerate(hourly.pollutants)
    ]
    kept = KeepFile(actor, row, kind, target, largest_error=f"{max(errors, default=0.0):.1e}").execute()
    shutil.rmtree(folder)
    return kept
