"""Every hour of a year on a grid, month by month.

The emissions are added up by profile and cell first, so an hour is the product of its shares and these sums: shared
profiles as one product of matrices for each pollutant and month, sources with an hourly series of their own beside it.
Sums are kept in double precision. What a file holds is single precision; what rounding takes from one hour is given to
the next one in which something is emitted, so the hours of a month sum to the month.

Hours are those of campaign time (UTC+8, no summer time), counted by their start; months are months of campaign time.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from lantian.inventory.errors import SeriesError
from lantian.inventory.gridding import Emitters, Lot, Spread, lots
from lantian.inventory.grids import Floats, Grid, Ints
from lantian.rules.sources.errors import Message, _
from lantian.rules.sources.profiles import Shape

#: campaign time is so much ahead of UTC [h]
AHEAD = 8
#: a quarter of the hours of a season may be missing at most
VALID = 0.75
#: profiles of so many cells or more go into the product of matrices
_MANY = 64


def hours_of_year(year: int) -> int:
    """How many there are."""
    return 8784 if calendar.isleap(year) else 8760


def months_of(year: int) -> list[slice]:
    """The hours of each month."""
    ends = list(accumulate(calendar.monthrange(year, month)[1] * 24 for month in range(1, 13)))
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def first_hour(year: int) -> datetime:
    """The start of the first hour of a year of campaign time, in UTC."""
    return datetime(year, 1, 1, tzinfo=UTC) - timedelta(hours=AHEAD)


def hours_of_shape(shape: Shape, year: int) -> Floats:
    """The share of each hour in the year; they sum to 1."""
    of_day = np.array([float(share) for share in shape.hours])
    days = [
        float(month_share * day_share)
        for month, month_share in enumerate(shape.month_shares(year), 1)
        for day_share in shape.day_shares(year, month)
    ]
    found = np.outer(days, of_day).ravel()
    return np.asarray(found / found.sum(), dtype=np.float64)


def hours_of_series(values: npt.ArrayLike, year: int, name: str = "") -> tuple[Floats, int]:
    """The shares of a source's own series, and how many hours had to be filled.

    A missing hour gets the mean of the same hour of the day in its month, else of its month, else of its season. In each
    quarter three quarters of the hours must be there: a single hour says nothing about a season.

    Parameters
    ----------
    values
        Of each hour of the year, from 0; not a number where it is missing.
    name
        Of the source, for messages.

    Raises
    ------
    SeriesError
        ``series_length``, ``series_negative``, ``series_empty`` or ``series_gaps``.
    """
    found = np.array(values, dtype=np.float64)
    wanted = hours_of_year(year)
    if found.shape != (wanted,):
        raise SeriesError(
            "series_length",
            Message(
                _("The hourly series of “%(name)s” has %(found)s hours; %(year)s has %(wanted)s."),
                name=name, found=found.size, year=year, wanted=wanted,
            ),
        )  # fmt: skip
    if (found < 0).any() or np.isinf(found).any():
        raise SeriesError(
            "series_negative",
            Message(
                _("The hourly series of “%(name)s” has a value that is below zero or endless."), name=name
            ),
        )
    missing = np.isnan(found)
    months = months_of(year)
    for quarter in range(4):
        season = slice(months[quarter * 3].start, months[quarter * 3 + 2].stop)
        there = 1.0 - float(missing[season].mean())
        if there < VALID:
            raise SeriesError(
                "series_gaps",
                Message(
                    _("The hourly series of “%(name)s” has %(share)s %% of the hours of quarter %(quarter)s; %(wanted)s %%"
                      " are wanted. The profile of its class was taken."),
                    name=name, share=int(there * 100), quarter=quarter + 1, wanted=int(VALID * 100),
                ),
            )  # fmt: skip
        of_season = float(np.nanmean(found[season]))
        for month in months[quarter * 3 : quarter * 3 + 3]:
            days = found[month].reshape(-1, 24)
            held = ~np.isnan(days)
            sums, counts = np.where(held, days, 0.0).sum(axis=0), held.sum(axis=0)
            of_month = float(sums.sum() / counts.sum()) if counts.any() else of_season
            by_hour = np.where(counts > 0, sums / np.maximum(counts, 1), of_month)
            found[month] = np.where(held, days, by_hour).ravel()
    total = float(found.sum())
    if not total > 0:
        raise SeriesError(
            "series_empty",
            Message(
                _("The hourly series of “%(name)s” is zero in every hour, so it says nothing about when."), name=name
            ),
        )  # fmt: skip
    return found / total, int(missing.sum())


@dataclass(frozen=True)
class Layer:
    """Some hours of a pollutant and a sector, one after the other.

    Attributes
    ----------
    pollutant, sector
        Places in the lists of :class:`HourlyYear`.
    hour
        The first one, in the month.
    flux
        Hours × cells, single precision [kg m⁻² s⁻¹].
    tonnes
        Sum over hours and cells, from double precision [t].
    written
        The same sum over what `flux` holds [t].
    """

    pollutant: int
    sector: int
    hour: int
    flux: npt.NDArray[np.float32]
    tonnes: float
    written: float


@dataclass(frozen=True)
class HourlyYear:
    """The hours of a year on a grid, computed a month at a time.

    Attributes
    ----------
    sectors
        Names of the sector dimension; one name where sectors are added up.
    profiles
        Hours × profiles: the share of each hour.
    lots
        For each sector, the emissions by profile.
    """

    grid: Grid
    year: int
    pollutants: Sequence[str]
    sectors: Sequence[str]
    profiles: Floats
    lots: Sequence[Sequence[Lot]]

    @cached_property
    def _by_number(self) -> list[tuple[Ints, Ints]]:
        """Of each sector: profiles of many cells, and those of few."""
        found = []
        for of_sector in self.lots:
            sizes = np.array([len(lot.cells) for lot in of_sector])
            found.append((np.flatnonzero(sizes >= _MANY), np.flatnonzero((sizes > 0) & (sizes < _MANY))))
        return found

    @cached_property
    def _per_second(self) -> Floats:
        """From tonnes in an hour to kg m⁻² s⁻¹, by cell."""
        return np.asarray(1000.0 / 3600.0 / self.grid.areas.ravel(), dtype=np.float64)

    def total(self, pollutant: int) -> float:
        """What lies in the grid in the year [t]."""
        return float(sum(lot.tonnes[:, pollutant].sum() for of_sector in self.lots for lot in of_sector))

    def layers(self, month: int) -> Iterator[Layer]:
        """The layers of a month, pollutant by pollutant and sector by sector, each in order of the hours."""
        hours = months_of(self.year)[month - 1]
        for pollutant in range(len(self.pollutants)):
            for sector in range(len(self.sectors)):
                yield from self._layers(hours, pollutant, sector)

    def _layers(self, hours: slice, pollutant: int, sector: int) -> Iterator[Layer]:
        many, few = self._by_number[sector]
        of_sector = self.lots[sector]
        masses = np.zeros((len(many), self.grid.cells))
        for row, profile in enumerate(many):
            lot = of_sector[profile]
            masses[row, lot.cells] = lot.tonnes[:, pollutant]
        used = np.flatnonzero(masses.any(axis=1))
        masses, many = masses[used], many[used]
        left = np.zeros(self.grid.cells)
        # As many whole days at a time as memory likes.
        step = max(24, _AT_ONCE // self.grid.cells // 24 * 24)
        for start in range(hours.start, hours.stop, step):
            part = slice(start, min(start + step, hours.stop))
            if len(many):
                tonnes = self.profiles[part, many] @ masses
            else:
                tonnes = np.zeros((part.stop - part.start, self.grid.cells))
            self._add_few(tonnes, few, of_sector, part, pollutant)
            before = left.copy()
            flux = _rounded(tonnes, self._per_second, left)
            total = float(tonnes.sum())
            written = total - float(((left - before) / self._per_second).sum())
            yield Layer(pollutant, sector, start - hours.start, flux, total, written)

    def _add_few(
        self, tonnes: Floats, few: Ints, of_sector: Sequence[Lot], hours: slice, pollutant: int
    ) -> None:
        if not len(few):
            return
        cells = np.concatenate([of_sector[profile].cells for profile in few])
        mass = np.concatenate([of_sector[profile].tonnes[:, pollutant] for profile in few])
        profile = np.repeat(few, [len(of_sector[number].cells) for number in few])
        order = np.flatnonzero(mass)
        order = order[np.argsort(cells[order], kind="stable")]
        for start in range(0, len(order), _BLOCK):
            block = order[start : start + _BLOCK]
            single, first = np.unique(cells[block], return_index=True)
            parts = self.profiles[hours, profile[block]] * mass[block]
            tonnes[:, single] += np.add.reduceat(parts, first, axis=1)


#: columns, and hours × cells, that are computed at a time
_BLOCK, _AT_ONCE = 4096, 8_000_000


def _rounded(tonnes: Floats, factor: Floats, left: Floats) -> npt.NDArray[np.float32]:
    """Fluxes in single precision, each hour with what rounding left over from those before; `left` is carried on."""
    hours, cells = tonnes.shape
    found = np.empty((hours, cells), dtype=np.float32)
    wanted = np.empty(cells)
    for hour in range(hours):
        np.multiply(tonnes[hour], factor, out=wanted)
        nothing = wanted <= 0
        wanted += left
        row = found[hour]
        row[:] = wanted
        # Nothing is emitted in an hour without emissions, and never less than nothing.
        row[nothing] = 0.0
        np.maximum(row, np.float32(0), out=row)
        np.subtract(wanted, row, out=left)
    return found


def hourly_year(
    emitters: Emitters,
    grid: Grid,
    where: Spread,
    year: int,
    profiles: Mapping[str, Floats],
    *,
    by_sector: bool = False,
) -> HourlyYear:
    """Prepare the hours of a year.

    Parameters
    ----------
    profiles
        Name of each profile of the emitters → share of each hour; they sum to 1.
    by_sector
        Whether the sectors stay apart.

    Raises
    ------
    KeyError
        A profile of an emitter is not there.
    """
    shares = np.empty((hours_of_year(year), len(emitters.profiles)))
    for number, name in enumerate(emitters.profiles):
        shares[:, number] = profiles[name]
    sectors = tuple(emitters.sectors) if by_sector else ("",)
    count = len(emitters.profiles)
    group = emitters.profile + (emitters.sector * count if by_sector else 0)
    found = lots(emitters, where, group, count * len(sectors))
    return HourlyYear(
        grid,
        year,
        tuple(emitters.pollutants),
        sectors,
        shares,
        [found[number * count : (number + 1) * count] for number in range(len(sectors))],
    )
