"""Point and area sources in the flat format FF10 that the SMOKE system reads, and back.

FF10 counts in US units: short tons, feet, °F, ft³/s, ft/s. Numbers of mass are written with all their figures, so reading
a file back gives the same mass. The twelve months are totals of the month by the hours of each source. A source without
a position is no point; the area sources of a place are added up by class and pollutant.

References
----------
SMOKE, subroutines RDDATAFF10PT and RDDATAFF10AR: positions of the fields. 1 short ton = 907.18474 kg, 1 ft = 0.3048 m.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lantian.inventory.errors import ExportError
from lantian.inventory.gridding import Emitters
from lantian.inventory.grids import Floats
from lantian.inventory.hours import months_of
from lantian.inventory.releases import Release
from lantian.rules.sources.errors import Message, _
from lantian.rules.sources.placing import SECTORS

#: kilograms in a short ton, metres in a foot: exact by definition
SHORT_TON, FOOT = 907.18474, 0.3048
POINT_FIELDS, AREA_FIELDS = 77, 45
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
POINT_HEADER = (
    "country_cd,region_cd,tribal_code,facility_id,unit_id,rel_point_id,process_id,agy_facility_id,agy_unit_id,"
    "agy_rel_point_id,agy_process_id,scc,poll,ann_value,ann_pct_red,facility_name,erptype,stkhgt,stkdiam,stktemp,stkflow,"
    "stkvel,naics,longitude,latitude,ll_datum,horiz_coll_mthd,design_capacity,design_capacity_units,reg_codes,"
    "fac_source_type,unit_type_code,control_ids,control_measures,current_cost,cumulative_cost,projection_factor,"
    "submitter_id,calc_method,data_set_id,facil_category_code,oris_facility_code,oris_boiler_id,ipm_yn,calc_year,"
    "date_updated,fug_height,fug_width_xdim,fug_length_ydim,fug_angle,zipcode,annual_avg_hours_per_year,"
    + ",".join(f"{name}_value" for name in _MONTHS) + "," + ",".join(f"{name}_pctred" for name in _MONTHS) + ",comment"
).split(",")  # fmt: skip
AREA_HEADER = (
    "country_cd,region_cd,tribal_code,census_tract_cd,shape_id,scc,emis_type,poll,ann_value,ann_pct_red,control_ids,"
    "control_measures,current_cost,cumulative_cost,projection_factor,reg_codes,calc_method,calc_year,date_updated,"
    "data_set_id,"
    + ",".join(f"{name}_value" for name in _MONTHS) + "," + ",".join(f"{name}_pctred" for name in _MONTHS) + ",comment"
).split(",")  # fmt: skip
#: names of the pollutants in US inventories
CODES = {"NOx": "NOX", "PM10": "PM10-PRI", "PM2.5": "PM25-PRI", "VOCs": "VOC"}
_BACK = {code: name for name, code in CODES.items()}
#: release point types: fugitive, vertical
_FUGITIVE, _VERTICAL = "01", "02"
_COUNTRY = "CN"


@dataclass(frozen=True, slots=True)
class Ff10Files:
    """What was written: the files, and the mass that has no place in either of them by pollutant [t]."""

    point: Path
    area: Path
    classes: Path
    left_out: Mapping[str, float]


def scc_of(sector: str) -> str:
    """A code of ten figures for a class of the guide; the classes are no classes of the US code list.

    >>> scc_of("电力热力源"), scc_of("生物质开放燃烧源")
    ('9000000001', '9000000008')
    """
    return f"{9_000_000_000 + SECTORS.index(sector) + 1}"


def write_ff10(
    folder: Path,
    emitters: Emitters,
    releases: Sequence[Release],
    profiles: Mapping[str, Floats],
    year: int,
    note: str = "",
) -> Ff10Files:
    """Write point and area sources into a folder; files that are there are not touched.

    Parameters
    ----------
    releases
        What each emitter is, in their order.
    profiles
        Name → share of each hour of the year.
    note
        A line of the head: from what, by which run.

    Raises
    ------
    ExportError
        ``file_exists``
    OSError
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}_{year}.csv" for name in ("ff10_point", "ff10_nonpoint", "scc_descriptions")]
    for path in files:
        if path.exists():
            raise ExportError(
                "file_exists", Message(_("%(file)s is there already. Choose another folder."), file=str(path))
            )
    monthly = {
        name: np.array([profiles[name][month].sum() for month in months_of(year)])
        for name in emitters.profiles
    }
    points = emitters.points
    left: dict[str, float] = {}
    _write(
        files[0],
        "FF10_POINT",
        POINT_HEADER,
        year,
        note,
        _point_lines(emitters, releases, monthly, points, year),
    )
    _write(
        files[1], "FF10_NONPOINT", AREA_HEADER, year, note, _area_lines(emitters, releases, monthly, points, year, left)
    )  # fmt: skip
    part = files[2].with_name(files[2].name + ".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows((scc_of(sector), sector) for sector in emitters.sectors)
    part.replace(files[2])
    return Ff10Files(files[0], files[1], files[2], left)


def _write(
    path: Path, kind: str, header: Sequence[str], year: int, note: str, lines: Iterable[Sequence[str]]
) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as stream:
        stream.write(f"#FORMAT={kind}\n#COUNTRY={_COUNTRY}\n#YEAR={year}\n")
        stream.write(
            "#DESC units: short tons, feet, degrees Fahrenheit, cubic feet per second, feet per second\n"
        )
        if note:
            stream.write("#DESC " + note.replace("\n", " ") + "\n")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def _tons(tonnes: float) -> float:
    return tonnes * 1000.0 / SHORT_TON


def _months(annual: float, shares: Floats) -> list[str]:
    return [repr(float(annual * share)) for share in shares]


def _point_lines(
    emitters: Emitters, releases: Sequence[Release], monthly: Mapping[str, Floats], points: npt.NDArray[np.bool_], year: int
) -> Iterator[list[str]]:  # fmt: skip
    taken: dict[tuple[str, ...], int] = {}
    for at in np.flatnonzero(points).tolist():
        release = releases[at]
        stack = release.stack
        outlet = "" if stack is None else stack.outlet
        # One unit and outlet may be there for several profiles: the process tells them apart.
        place = release.source_id, release.unit, outlet, release.sector
        process = taken[place] = taken.get(place, 0) + 1
        shares = monthly[emitters.profiles[emitters.profile[at]]]
        for number, pollutant in enumerate(emitters.pollutants):
            tonnes = float(emitters.tonnes[at, number])
            if not tonnes:
                continue
            annual = _tons(tonnes)
            line = [""] * POINT_FIELDS
            line[0:2] = _COUNTRY, release.region[:6] or "0"
            line[3:7] = release.source_id, release.unit or "1", outlet or "1", str(process)
            line[11:15] = scc_of(release.sector), CODES.get(pollutant, pollutant), repr(annual), "0"
            # The format is read by lines.
            line[15] = " ".join(release.name.split())
            line[16] = _FUGITIVE if stack is None else _VERTICAL
            if stack is not None:
                line[17:22] = _gas(
                    stack.height, stack.diameter, stack.temperature, stack.flow, stack.velocity
                )
            line[23:26] = f"{emitters.longitude[at]:.5f}", f"{emitters.latitude[at]:.5f}", "WGS84"
            line[44] = str(year)
            line[52:64] = _months(annual, shares)
            line[76] = f"GB/T 4754 {release.trade}" if release.trade else ""
            yield line


def _gas(height: float, diameter: float, temperature: float, flow: float, velocity: float) -> list[str]:
    """A stack in US units, short enough for fields of nine signs."""
    given = (
        height / FOOT, diameter / FOOT, temperature * 9 / 5 + 32, flow / FOOT**3, velocity / FOOT,
    )  # fmt: skip
    return [f"{value:.6g}" if abs(value) < 1e6 else f"{value:.3e}" for value in given]


def _area_lines(
    emitters: Emitters, releases: Sequence[Release], monthly: Mapping[str, Floats], points: npt.NDArray[np.bool_], year: int,
    left: dict[str, float],
) -> Iterator[list[str]]:  # fmt: skip
    sums: dict[tuple[str, str], tuple[Floats, Floats]] = {}
    for at in np.flatnonzero(~points).tolist():
        release = releases[at]
        if not release.region.isdigit():
            # The format knows no area source without a place.
            for number, pollutant in enumerate(emitters.pollutants):
                left[pollutant] = left.get(pollutant, 0.0) + float(emitters.tonnes[at, number])
            continue
        key = release.region[:6], release.sector
        if key not in sums:
            count = len(emitters.pollutants)
            sums[key] = np.zeros(count), np.zeros((count, 12))
        shares = monthly[emitters.profiles[emitters.profile[at]]]
        sums[key][0][:] += emitters.tonnes[at]
        sums[key][1][:] += emitters.tonnes[at][:, None] * shares
    for (region, sector), (annual, months) in sums.items():
        for number, pollutant in enumerate(emitters.pollutants):
            if not annual[number]:
                continue
            line = [""] * AREA_FIELDS
            line[0:2] = _COUNTRY, region
            line[5] = scc_of(sector)
            line[7:10] = CODES.get(pollutant, pollutant), repr(_tons(float(annual[number]))), "0"
            line[17] = str(year)
            line[20:32] = [repr(_tons(float(month))) for month in months[number]]
            yield line


@dataclass(frozen=True, slots=True)
class Ff10Record:
    """A line of a file, in metric units [t]."""

    region: str
    facility: str
    scc: str
    pollutant: str
    tonnes: float
    months: tuple[float, ...]
    longitude: float | None = None
    latitude: float | None = None


def read_ff10(path: Path) -> list[Ff10Record]:
    """The records of a file of point or area sources.

    Raises
    ------
    ExportError
        ``ff10_form``: it is no such file, or a line has another number of fields.
    OSError
    """
    found: list[Ff10Record] = []
    with path.open(encoding="utf-8", newline="") as stream:
        point = None
        for number, line in enumerate(csv.reader(stream), 1):
            if not line or line[0].startswith("#"):
                if line and line[0].startswith("#FORMAT"):
                    point = line[0].endswith("FF10_POINT")
                continue
            wanted = POINT_FIELDS if point else AREA_FIELDS
            if point is None or len(line) != wanted:
                raise ExportError(
                    "ff10_form",
                    Message(
                        _("%(file)s, line %(line)s: %(found)s fields; FF10 has %(wanted)s."),
                        file=str(path), line=number, found=len(line), wanted=wanted,
                    ),
                )  # fmt: skip
            if not line[1].isdigit():
                # The names of the columns.
                continue
            place = 12 if point else 7
            months = line[52:64] if point else line[20:32]
            found.append(
                Ff10Record(
                    line[1],
                    line[3] if point else "",
                    line[11] if point else line[5],
                    _BACK.get(line[place], line[place]),
                    float(line[place + 1]) * SHORT_TON / 1000.0,
                    tuple(float(month) * SHORT_TON / 1000.0 for month in months),
                    float(line[23]) if point else None,
                    float(line[24]) if point else None,
                )
            )
    return found
