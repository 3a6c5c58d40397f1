"""From the rows of a workbook and its computed emissions to emitters: one for each source, unit, outlet, class and profile.

What is wrong with a place or a profile takes no emission away: the mass stays in the sums, as unplaced or with the
profile of its class, and the reason is told with sheet and row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lantian.inventory.errors import SeriesError
from lantian.inventory.gridding import Emitters, Spread
from lantian.inventory.grids import Floats
from lantian.inventory.hours import hours_of_series, hours_of_shape
from lantian.rules.sources.books import POLLUTANTS, Books
from lantian.rules.sources.coordinates import Area
from lantian.rules.sources.errors import Message, SourcesError, _
from lantian.rules.sources.inventory import source_unknown
from lantian.rules.sources.layout import BY_KEY
from lantian.rules.sources.placing import (
    DEFAULT_PROXIES,
    SECTORS,
    Stack,
    curve_of,
    own_shares,
    position_of,
    sector_of,
    stack_of,
)
from lantian.rules.sources.profiles import shape_of
from lantian.rules.sources.results import Emission
from lantian.rules.sources.rows import Problem, Row

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Release:
    """What an emitter is, beside its columns in :class:`~lantian.inventory.gridding.Emitters`."""

    source_id: str
    unit: str
    name: str
    region: str
    trade: str
    sector: str
    stack: Stack | None


@dataclass(frozen=True)
class Releases:
    """The emitters of a workbook in a year.

    Attributes
    ----------
    emitters
        Their columns; `list` says what each of them is.
    profiles
        Name → share of each hour of the year.
    problems
        What is wrong with places and profiles.
    rows
        Number of the source → its row, for messages about its place.
    """

    emitters: Emitters
    list: Sequence[Release]
    profiles: Mapping[str, Floats]
    problems: Sequence[Problem]
    rows: Mapping[str, Row]


@dataclass
class _Draft:
    release: Release
    position: tuple[float, float]
    proxies: tuple[str, ...]
    profile: str
    tonnes: dict[str, float] = field(default_factory=dict)


def releases_of(
    rows: Sequence[Row],
    emissions: Iterable[Emission],
    books: Books,
    year: int,
    area: Area,
    series: Mapping[str, Floats] | None = None,
) -> Releases:
    """The emitters of a workbook.

    Parameters
    ----------
    rows
        Of the workbook.
    emissions
        What was computed from them; gaps are passed over.
    area
        Where the sources should lie: positions that do so when they are read otherwise are told.
    series
        Number of a source → values of its own for each hour of the year, not a number where one is missing.
    """
    problems: list[Problem] = []
    sources = {row.source_id: row for row in rows if row.sheet == "sources"}
    places = _positions(sources.values(), area, problems)
    stacks = _stacks(rows, sources, area, problems)
    shares = _shares(rows, sources, problems)
    profiles = _Profiles(books, year, shares, problems)
    own = _series(series or {}, sources, year, problems)
    drafts: dict[tuple[str, ...], _Draft] = {}
    by_row = {(BY_KEY[row.sheet].name, row.number): row for row in rows}
    classes = _classes(rows)
    for entry in emissions:
        if entry.t is None or entry.pollutant is None or entry.source_id not in sources:
            continue
        source = sources[entry.source_id]
        row = by_row.get((entry.sheet, entry.row))
        sheet = row.sheet if row is not None else ""
        given = row.text("source_class") if row is not None else ""
        if sheet == "monitors":
            given = classes.get((entry.source_id, entry.unit)) or classes.get((entry.source_id, ""), "")
        sector = sector_of(sheet, given, source.text("trade"))
        subject = (row.text("trade") if row is not None else "") or source.text("trade")
        curve = curve_of(sector, given, subject, sheet)
        if entry.source_id in own:
            profile = f"series:{entry.source_id}"
            profiles.found[profile] = own[entry.source_id]
        else:
            profile = profiles.name(entry.source_id, entry.unit, curve, source.text("region"))
        proxies = _proxies(source.text("proxy"), sector)
        by_stack = entry.stack or sheet == "monitors"
        for stack, part in _outlets(stacks, entry.source_id, entry.unit) if by_stack else ((None, 1.0),):
            key = entry.source_id, entry.unit, "" if stack is None else stack.outlet, sector, profile
            draft = drafts.get(key)
            if draft is None:
                where = places.get(entry.source_id, (np.nan, np.nan))
                if stack is not None and stack.position is not None:
                    where = stack.position.longitude, stack.position.latitude
                release = Release(
                    entry.source_id, entry.unit, source.text("name"), source.text("region"), source.text("trade"),
                    sector, stack,
                )  # fmt: skip
                draft = drafts[key] = _Draft(release, where, proxies, profile)
            draft.tonnes[entry.pollutant] = draft.tonnes.get(entry.pollutant, 0.0) + float(entry.t) * part
    return Releases(
        _columns(list(drafts.values())), [draft.release for draft in drafts.values()], profiles.found, problems, sources
    )  # fmt: skip


def _columns(drafts: Sequence[_Draft]) -> Emitters:
    there = {name for draft in drafts for name in draft.tonnes}
    pollutants = [*(name for name in POLLUTANTS if name in there), *sorted(there - set(POLLUTANTS))]
    sectors = [name for name in SECTORS if any(draft.release.sector == name for draft in drafts)]
    profiles = list(dict.fromkeys(draft.profile for draft in drafts))
    sector_number = {name: at for at, name in enumerate(sectors)}
    profile_number = {name: at for at, name in enumerate(profiles)}
    positions = np.array([draft.position for draft in drafts], dtype=np.float64).reshape(-1, 2)
    lost = np.isinf(positions[:, 0])
    positions[lost] = np.nan
    return Emitters(
        ids=[draft.release.source_id for draft in drafts],
        sectors=sectors,
        sector=np.array([sector_number[draft.release.sector] for draft in drafts], dtype=np.int64),
        profiles=profiles,
        profile=np.array([profile_number[draft.profile] for draft in drafts], dtype=np.int64),
        longitude=positions[:, 0],
        latitude=positions[:, 1],
        region=["" if gone else draft.release.region for draft, gone in zip(drafts, lost, strict=True)],
        proxies=[draft.proxies for draft in drafts],
        pollutants=pollutants,
        tonnes=np.array(
            [[draft.tonnes.get(name, 0.0) for name in pollutants] for draft in drafts], dtype=np.float64
        ).reshape(len(drafts), len(pollutants)),
    )


def _proxies(given: str, sector: str) -> tuple[str, ...]:
    named = tuple(
        part.strip() for part in given.replace(";", "、").replace("；", "、").split("、") if part.strip()
    )
    return named or DEFAULT_PROXIES.get(sector, ())


def _problem(row: Row, error: SourcesError, key: str) -> Problem:
    return Problem.of(error, row, BY_KEY[row.sheet].name, getattr(error, "field", "") or key)


def _positions(sources: Iterable[Row], area: Area, problems: list[Problem]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for row in sources:
        try:
            placed = position_of(row, area)
        except SourcesError as error:
            problems.append(_problem(row, error, "longitude"))
            # Neither the position nor the region is taken: it is a point that nobody knows.
            found[row.source_id] = (np.inf, np.inf)
            continue
        if placed is not None:
            found[row.source_id] = placed.longitude, placed.latitude
    return found


def _stacks(
    rows: Sequence[Row], sources: Mapping[str, Row], area: Area, problems: list[Problem]
) -> dict[Place, list[Stack]]:
    found: dict[Place, list[Stack]] = {}
    for row in rows:
        if row.sheet != "stacks":
            continue
        try:
            if row.source_id not in sources:
                raise source_unknown(row)
            found.setdefault((row.source_id, row.unit), []).append(stack_of(row, area))
        except SourcesError as error:
            problems.append(_problem(row, error, "longitude"))
    return found


def _outlets(
    stacks: Mapping[Place, Sequence[Stack]], source_id: str, unit: str
) -> list[tuple[Stack | None, float]]:
    """The outlets of a unit with their parts of its emissions; they sum to 1."""
    held = stacks.get((source_id, unit)) or stacks.get((source_id, ""), ())
    if not held:
        return [(None, 1.0)]
    # Without a share of its own an outlet counts like the mean of the others.
    given = [stack.share for stack in held if stack.share is not None]
    usual = sum(given) / len(given) if sum(given) > 0 else 1.0
    weights = [usual if stack.share is None else stack.share for stack in held]
    total = sum(weights)
    if not total > 0:
        return [(stack, 1.0 / len(held)) for stack in held]
    return [(stack, weight / total) for stack, weight in zip(held, weights, strict=True) if weight > 0]


def _shares(
    rows: Sequence[Row], sources: Mapping[str, Row], problems: list[Problem]
) -> dict[Place, tuple[Row, Mapping[str, Sequence[object]]]]:
    found: dict[Place, tuple[Row, Mapping[str, Sequence[object]]]] = {}
    for row in rows:
        if row.sheet != "shares":
            continue
        try:
            if row.source_id not in sources:
                raise source_unknown(row)
            found[row.source_id, row.unit] = row, own_shares(row)
        except SourcesError as error:
            problems.append(_problem(row, error, "source_id"))
    return found


def _series(
    given: Mapping[str, Floats], sources: Mapping[str, Row], year: int, problems: list[Problem]
) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    for source_id, values in given.items():
        source = sources.get(source_id)
        number = 0 if source is None else source.number
        sheet = BY_KEY["sources"].name
        if source is None:
            message = Message(
                _("There is an hourly series of “%(source)s”, which is no source of the workbook."), source=source_id
            )  # fmt: skip
            problems.append(Problem(sheet, 0, 0, "series_unknown", message, source_id))
            continue
        try:
            found[source_id], filled = hours_of_series(values, year, source_id)
        except SeriesError as error:
            problems.append(Problem(sheet, number, 0, error.code, error.message, source_id))
            continue
        if filled:
            message = Message(
                _("%(count)s missing hours of the series of “%(source)s” were filled with means of the month."),
                count=filled, source=source_id,
            )  # fmt: skip
            problems.append(Problem(sheet, number, 0, "series_filled", message, source_id))
    return found


def _classes(rows: Sequence[Row]) -> dict[Place, str]:
    """The class of each unit, and of each source, by the first activity that has one."""
    found: dict[Place, str] = {}
    for row in rows:
        if row.sheet == "activities" and row.text("source_class"):
            found.setdefault((row.source_id, row.unit), row.text("source_class"))
            found.setdefault((row.source_id, ""), row.text("source_class"))
    return found


class _Profiles:
    """The shares of the hours, each kind of them once."""

    def __init__(
        self, books: Books, year: int, own: Mapping[Place, tuple[Row, Mapping[str, Sequence[object]]]],
        problems: list[Problem],
    ) -> None:  # fmt: skip
        self.books, self.year, self.own, self.problems = books, year, own, problems
        self.found: dict[str, Floats] = {}
        self._told: set[int] = set()

    def name(self, source_id: str, unit: str, curve: str, region: str) -> str:
        """The name of the profile of a unit."""
        held = self.own.get((source_id, unit)) or self.own.get((source_id, ""))
        if held is not None:
            row, given = held
            name = f"own:{row.number}:{curve}"
            if name not in self.found:
                shape = shape_of(self.books, curve, region, own=given)  # type: ignore[arg-type]
                self.found[name] = hours_of_shape(shape, self.year)
            return name
        # Shares of a province hold there only.
        name = f"{curve}:{region[:2]}"
        if name not in self.found:
            self.found[name] = hours_of_shape(shape_of(self.books, curve, region), self.year)
        return name


def problems_of_places(releases: Releases, where: Spread) -> list[Problem]:
    """The sources whose mass has no place, and why; each source once."""
    found: list[Problem] = []
    seen: set[str] = set()
    told = {
        problem.source_id for problem in releases.problems if problem.code.startswith(("coordinate", "datum"))
    }
    for at in np.flatnonzero(where.unplaced > 0).tolist():
        release = releases.list[at]
        if release.source_id in seen or release.source_id in told:
            continue
        seen.add(release.source_id)
        row = releases.rows[release.source_id]
        sheet = BY_KEY["sources"].name
        if release.region in where.wrong:
            error = where.wrong[release.region]
            found.append(Problem.of(error, row, sheet, "region"))
        elif release.region:
            message = Message(
                _("There is no outline of the place %(region)s, so its emissions are on no cell. Add it to the outlines."),
                region=release.region,
            )  # fmt: skip
            found.append(
                Problem(sheet, row.number, row.columns.get("region", 0), "outline_missing", message, release.source_id)
            )  # fmt: skip
        else:
            message = Message(
                _("“%(source)s” has neither a position nor an administrative code, so its emissions are on no cell."),
                source=release.source_id,
            )  # fmt: skip
            found.append(
                Problem(sheet, row.number, row.columns.get("longitude", 0), "place_missing", message, release.source_id)
            )  # fmt: skip
    return found
