"""What the pages of an inventory show beside its sums, computed once in the job: grids, times, the balance, the spread.

A part that cannot be computed (no outline, no position) is kept with the reason in its place, so that its page tells it.

::

    grid     1000           head: the grid, sums by pollutant, what has no place     body: corners of the cells [°]
    cells    1000:SO2       head: bounds of the classes, greatest cells              body: cells and what they hold [t]
    tops     1000:SO2:0     body: for a block of cells, the greatest sources of each
    times                   head: months by class, profiles and what follows them
    balance                 head: sums of activities against the statistics
    spread                  head: intervals, main contributors, shares of the grades
    sums     region, town   head: sums by place and pollutant
    top      SO2            head: the greatest sources
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, CoreError
from lantian.apps.core.models import Job
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.emissions.running import Computed, message_json
from lantian.apps.sources.emissions.spacing import SIDES, Spaced, released, spaced
from lantian.apps.sources.emissions.telling import MOST_POINTS
from lantian.apps.sources.models import InventoryRun, Prepared, Source
from lantian.rules.sources.balance import Balance, balances
from lantian.rules.sources.errors import Message, SourcesError
from lantian.rules.sources.months import ProfileUse, profiles_used
from lantian.rules.sources.profiles import LENGTHS, Shape
from lantian.rules.sources.quality import GRADES, grade_of
from lantian.rules.sources.uncertainty import uncertainty

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lantian.inventory.gridding import Gridded

PREPARE = "sources.inventory.prepare"
#: kind of part → what is said while it is computed
PARTS: dict[str, Any] = {
    "sums": _("Sums by place"),
    "grid": _("Grid"),
    "times": _("Times"),
    "balance": _("Check from above"),
    "spread": _("Uncertainty"),
}
#: sources that a cell names
TOP_OF_CELL = 5
#: cells of a block of `tops`, so that a click reads a small part only
BLOCK = 4096
#: digits of degrees of corners: a metre
_DIGITS = 5
_MOST_NAMED = 50
_TOP_CELLS = 20


# --- grids ---


def _grid_parts(found: Computed, row: InventoryRun) -> Iterator[Prepared]:
    releases = released(found, row)
    for side in SIDES:
        try:
            held = spaced(found, row, side, releases)
        except (SourcesError, CoreError) as error:
            yield Prepared(run=row, kind="grid", key=str(side), head={"wrong": _reason(error)})
            continue
        yield from _grid_of(found, row, held)


def _reason(error: SourcesError | CoreError) -> list[Any]:
    if isinstance(error, SourcesError):
        return message_json(error.message)
    return message_json(Message("%(said)s", said=str(error)))


def _grid_of(found: Computed, row: InventoryRun, held: Spaced) -> Iterator[Prepared]:
    import numpy as np

    from lantian.inventory.gridding import gridded
    from lantian.inventory.map_classes import class_bounds
    from lantian.inventory.releases import problems_of_places

    grid, emitters = held.grid, held.releases.emitters
    year = gridded(emitters, grid, held.where)
    names = list(year.pollutants)
    cells = year.cells.sum(axis=0)
    longitude, latitude = grid.corners
    corners = np.stack((longitude, latitude), axis=-1).round(_DIGITS)
    yield Prepared(
        run=row, kind="grid", key=str(grid.side),
        head={
            "grid": {name: getattr(grid, name) for name in ("crs", "side", "column", "row", "columns", "rows")},
            "sums": _sums(year, held, names),
            "error": float(year.errors().max(initial=0)),
            "by_area": [
                {"region": region, "asked": list(part.asked)}
                for region, part in zip(held.where.regions, held.where.parts, strict=True)
                if part.fallen_back
            ],
            "no_place": [
                {"source": found.built.sources.get(one.source_id), "said": [message_json(one.message)]}
                for one in problems_of_places(held.releases, held.where)[:_MOST_NAMED]
            ],
        },
        body={"corners": corners.reshape(-1).tolist()},
    )  # fmt: skip
    owners = np.array([found.built.sources[one.source_id] for one in held.releases.list], dtype=np.int64)
    for number, name in enumerate(names):
        mass = cells[number]
        filled = np.flatnonzero(mass != 0)
        greatest = filled[np.argsort(-mass[filled], kind="stable")][:_TOP_CELLS]
        yield Prepared(
            run=row, kind="cells", key=f"{grid.side}:{name}",
            head={
                "bounds": class_bounds(mass[filled].tolist()),
                "count": len(filled),
                "most": float(mass.max(initial=0)),
                "greatest": [[int(cell), grid.cell_id(int(cell)), float(mass[cell])] for cell in greatest],
            },
            body={"cells": filled.tolist(), "t": mass[filled].tolist()},
        )  # fmt: skip
        blocks: dict[int, dict[str, list[list[Any]]]] = {}
        for cell, listed in _tops(held, owners, number):
            blocks.setdefault(cell // BLOCK, {})[str(cell)] = listed
        for block, of_cell in blocks.items():
            yield Prepared(run=row, kind="tops", key=f"{grid.side}:{name}:{block}", body=of_cell)


def _sums(year: Gridded, held: Spaced, names: list[str]) -> dict[str, dict[str, float]]:
    """By pollutant [t]: in cells, of these from positions beyond the outline, outside of the grid, without a place."""
    import numpy as np
    import shapely

    emitters = held.releases.emitters
    beyond = np.zeros(len(names))
    if held.outline:
        shape = shapely.union_all(
            shapely.make_valid(
                np.asarray([shapely.Polygon(rings[0], rings[1:]) for rings in held.outline], dtype=object)
            )
        )
        inside = np.flatnonzero(held.where.cell >= 0)
        shapely.prepare(shape)
        within = shapely.intersects_xy(shape, emitters.longitude[inside], emitters.latitude[inside])
        beyond = emitters.tonnes[inside[~within]].sum(axis=0)
    return {
        name: {
            "sources": float(year.sources[:, at].sum()),
            "cells": float(year.cells[:, at].sum()),
            "beyond": float(beyond[at]),
            "outside": float(year.outside[:, at].sum()),
            "unplaced": float(year.unplaced[:, at].sum()),
        }
        for at, name in enumerate(names)
    }


def _tops(held: Spaced, owners: npt.NDArray[np.int64], number: int) -> Iterator[tuple[int, list[list[Any]]]]:
    """For each cell its greatest sources: those with a position in it, and those spread over places that meet it."""
    import numpy as np

    where, tonnes = held.where, held.releases.emitters.tonnes[:, number]
    found: dict[int, list[tuple[float, int]]] = {}
    points = np.flatnonzero((where.cell >= 0) & (tonnes != 0))
    for cell, owner, t in _greatest(where.cell[points], owners[points], tonnes[points]):
        found.setdefault(cell, []).append((t, owner))
    areas = np.flatnonzero((where.place >= 0) & (tonnes != 0))
    # Within one place the order of its sources is the same in every cell.
    for place, owner, t in _greatest(where.place[areas], owners[areas], tonnes[areas]):
        part = where.parts[place]
        for cell, share in zip(part.cells.tolist(), part.shares.tolist(), strict=True):
            found.setdefault(cell, []).append((t * share, owner))
    for cell, listed in found.items():
        of_owner: dict[int, float] = {}
        for t, owner in listed:
            of_owner[owner] = of_owner.get(owner, 0.0) + t
        best = sorted(of_owner.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_OF_CELL]
        yield cell, [[owner, t] for owner, t in best]


def _greatest(
    groups: npt.NDArray[np.int64], owners: npt.NDArray[np.int64], tonnes: npt.NDArray[np.float64]
) -> Iterator[tuple[int, int, float]]:
    """Of each group the owners with the greatest sums."""
    import numpy as np

    if not len(groups):
        return
    pairs, inverse = np.unique(np.column_stack((groups, owners)), axis=0, return_inverse=True)
    sums = np.zeros(len(pairs))
    np.add.at(sums, inverse.ravel(), tonnes)
    order = np.lexsort((-sums, pairs[:, 0]))
    group = pairs[order, 0]
    starts = np.flatnonzero(np.diff(group, prepend=group[0] - 1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    for at in order[rank < TOP_OF_CELL].tolist():
        yield int(pairs[at, 0]), int(pairs[at, 1]), float(sums[at])


# --- times ---


def _times(found: Computed, row: InventoryRun) -> Prepared:
    used, problems = profiles_used(found.details, found.built.rows, found.books)
    months: dict[str, dict[str, list[Fraction]]] = {}
    for one in used:
        shares = (
            one.shape.month_shares(row.year) if one.shape is not None else (Fraction(1, 12),) * LENGTHS["month"]
        )
        for (name, pollutant), t in one.tonnes.items():
            held = months.setdefault(pollutant, {}).setdefault(name, [Fraction(0)] * 12)
            for month, share in enumerate(shares):
                held[month] += t * share
    return Prepared(
        run=row, kind="times",
        head={
            "months": {
                pollutant: {name: [float(t) for t in shares] for name, shares in classes.items()}
                for pollutant, classes in months.items()
            },
            "profiles": [_profile(one, found, row.year) for one in used],
            "wrong": [{"row": one.row, "said": [message_json(one.message)]} for one in problems],
        },
    )  # fmt: skip


def _profile(one: ProfileUse, found: Computed, year: int) -> dict[str, Any]:
    sums: dict[str, float] = {}
    for (_name, pollutant), t in one.tonnes.items():
        sums[pollutant] = sums.get(pollutant, 0.0) + float(t)
    printed = [
        profile
        for profile in found.books.profiles
        if profile.source_class == one.curve
        and profile.kind not in one.own
        and (not profile.region or profile.region[:2] == one.province)
    ]
    return {
        "curve": one.curve,
        "source": found.built.sources.get(one.source_id),
        "unit": one.unit,
        "own": list(one.own),
        "clauses": list(dict.fromkeys(profile.clause for profile in printed)),
        "shares": None if one.shape is None else _shares(one.shape, year),
        "by_days": one.shape is None or one.shape.months is None,
        "t": sums,
    }


def _shares(shape: Shape, year: int) -> dict[str, list[float]]:
    return {
        "month": [float(share) for share in shape.month_shares(year)],
        "weekday": [float(share) for share in shape.weekdays],
        "hour": [float(share) for share in shape.hours],
    }


# --- balance and spread ---


def _balance(found: Computed, row: InventoryRun) -> Prepared:
    listed = balances(found.built.rows, found.books, row.year)
    return Prepared(
        run=row,
        kind="balance",
        head={"rows": [_balance_json(one, found) for one in listed]},
    )


def _balance_json(one: Balance, found: Computed) -> dict[str, Any]:
    return {
        "item": one.item,
        "region": one.region,
        "unit": one.unit,
        "listed": None if one.listed is None else float(one.listed),
        "total": None if one.total is None else float(one.total),
        "ratio": None if one.ratio is None else float(one.ratio),
        "tolerance": float(one.tolerance),
        "verdict": one.verdict,
        "said": [message_json(message) for message in one.why],
        "rows": one.rows,
        "activity": found.built.activities.get(("totals", one.row)),
    }


def _spread(found: Computed, row: InventoryRun) -> Prepared:
    seed = int(hashlib.sha256(found.built.digest.encode()).hexdigest()[:8], 16)
    drawn = uncertainty(found.details, found.built.rows, found.books, seed)
    grades: dict[str, dict[str, float]] = {}
    for detail in found.details:
        held = grades.setdefault(detail.pollutant, dict.fromkeys(GRADES, 0.0))
        held[grade_of(detail.emission) or "E"] += float(detail.t)
    return Prepared(
        run=row, kind="spread",
        head={
            "draws": drawn.draws, "stable": drawn.stable, "seed": drawn.seed, "grades": grades,
            "intervals": [
                {name: getattr(one, name) for name in ("name", "pollutant", "t", "mean", "deviation", "low", "high")}
                for one in drawn.intervals
            ],
            "contributors": [
                {name: getattr(one, name) for name in ("pollutant", "kind", "label", "grade", "share")}
                for one in drawn.contributors
            ],
        },
    )  # fmt: skip


def _places(found: Computed, row: InventoryRun) -> Iterator[Prepared]:
    """Sums by place, and the greatest sources of each pollutant."""
    of_source: dict[str, dict[int, float]] = {}
    for detail in found.details:
        sums = of_source.setdefault(detail.pollutant, {})
        key = found.built.sources[detail.emission.source_id]
        sums[key] = sums.get(key, 0.0) + float(detail.t)
    yield from places_of(row, of_source)


def places_of(row: InventoryRun, of_source: Mapping[str, Mapping[int, float]]) -> Iterator[Prepared]:
    """The same from sums by pollutant and source [t]."""
    keys = {key for sums in of_source.values() for key in sums}
    lies = {
        key: (region, town)
        for key, region, town in Source.objects.order_by().values_list("pk", "region", "town")
        if key in keys
    }
    for at, by in enumerate(("region", "town")):
        head: dict[str, list[list[Any]]] = {}
        for pollutant, sums in of_source.items():
            held: dict[int | None, float] = {}
            for key, t in sums.items():
                place = lies[key][at]
                held[place] = held.get(place, 0.0) + t
            head[pollutant] = [[place, t] for place, t in held.items()]
        yield Prepared(run=row, kind="sums", key=by, head=head)
    for pollutant, sums in of_source.items():
        best = heapq.nlargest(MOST_POINTS, sums.items(), key=lambda pair: (pair[1], -pair[0]))
        yield Prepared(run=row, kind="top", key=pollutant, head={"sources": [[key, t] for key, t in best]})


# --- kept ---


def parts_of(kind: str, found: Computed, row: InventoryRun) -> Iterable[Prepared]:
    """The rows of a part; for the grid those of its cells, too."""
    if kind == "grid":
        return _grid_parts(found, row)
    if kind == "sums":
        return _places(found, row)
    return [{"times": _times, "balance": _balance, "spread": _spread}[kind](found, row)]


class KeepPart(Action[int]):
    """Keep a part of an inventory in the place of what was there of it."""

    code = "sources.inventory.part"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, kind: str, parts: list[Prepared]) -> None:
        super().__init__(actor)
        self.row, self.kind, self.parts = row, kind, parts

    def check(self) -> None:
        """The right over this run."""
        super().check()
        self.check_row(self.row)

    def perform(self) -> int:
        """Write the rows."""
        kinds = {"grid": ("grid", "cells", "tops"), "sums": ("sums", "top")}.get(self.kind, (self.kind,))
        Prepared.objects.filter(run=self.row, kind__in=kinds).delete()
        Prepared.objects.bulk_create(self.parts, batch_size=50)
        self.log(self.row, after={"part": self.kind, "rows": len(self.parts)})
        return len(self.parts)


def prepare(
    actor: Actor, row: InventoryRun, found: Computed, told: Callable[[int, int, str], None] | None = None
) -> None:
    """Compute and keep every part, one after the other."""
    for at, (kind, words) in enumerate(PARTS.items()):
        if told is not None:
            told(at, len(PARTS), str(words))
        KeepPart(actor, row, kind, list(parts_of(kind, found, row))).execute()


class StartPrepare(Action[Job]):
    """Begin to compute the parts of an inventory that was computed without them."""

    code = "sources.inventory.prepare_start"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun) -> None:
        super().__init__(actor)
        self.row = row

    def check(self) -> None:
        """The right over this run."""
        super().check()
        self.check_row(self.row)

    def validate(self) -> None:
        """The run is done, and nobody is at it already."""
        super().validate()
        if self.row.state != "done":
            raise Conflict(_("This inventory has not been computed to its end."))
        if self.row.job is not None and not jobs.is_over(self.row.job):
            raise Conflict(_("The parts of this inventory are being computed already."))

    def perform(self) -> Job:
        """Start the job."""
        title = __("Grid, times and uncertainty of %(name)s") % {"name": self.row.name}
        job = jobs.start(PREPARE, {"run": self.row.pk}, title, self.actor)
        InventoryRun.objects.filter(pk=self.row.pk).update(job=job)
        self.log(self.row, after={"job": job.pk})
        return job
