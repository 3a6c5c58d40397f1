"""Outlines, proxies and hourly series out of files. What is wrong with a feature or a line takes only that away."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from lantian.inventory.allocation import Proxy, proxy_of_geometries
from lantian.inventory.errors import OutlineError, SeriesError
from lantian.inventory.grids import Floats, Grid
from lantian.inventory.hours import AHEAD, first_hour, hours_of_year
from lantian.rules.geo import GeometryError, Polygon, read_polygons
from lantian.rules.sources.errors import Message, SourcesError, _

#: what the code of a place may be called
CODES = ("code", "adcode", "region", "region_code", "行政区划代码")
_PROXIES = ("proxy", "指标")
_VALUES = ("value", "数值")
_FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M",
)


@dataclass(frozen=True)
class Read:
    """What is wrong with a file, as (where, error); the rest was read."""

    problems: list[tuple[str, SourcesError]] = field(default_factory=list)


@dataclass(frozen=True)
class Outlines(Read):
    """Code of a place → its outline in WGS-84."""

    places: dict[str, list[Polygon]] = field(default_factory=dict)


@dataclass(frozen=True)
class Features(Read):
    """Name of a proxy → geometries in WGS-84 with their values."""

    proxies: dict[str, list[tuple[BaseGeometry, float]]] = field(default_factory=dict)

    def on(self, grid: Grid) -> dict[str, Proxy]:
        """The proxies in the plane of a grid."""
        return {
            name: proxy_of_geometries(name, [geometry for geometry, _value in found], [value for _g, value in found], grid)
            for name, found in self.proxies.items()
        }  # fmt: skip


@dataclass(frozen=True)
class Series(Read):
    """Number of a source → its value in each hour of the year."""

    sources: dict[str, Floats] = field(default_factory=dict)


def _features(path: Path) -> Sequence[Any]:
    try:
        given = json.loads(path.read_text("utf-8-sig"))
        features = given["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        features = None
    if not isinstance(features, list):
        raise OutlineError("geojson_form", Message(_("This is no GeoJSON FeatureCollection.")))
    return features


def _property(properties: Mapping[str, Any], names: Sequence[str]) -> str:
    value = next((properties[name] for name in names if properties.get(name) not in (None, "")), "")
    return str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()


def read_outlines(path: Path) -> Outlines:
    """Places of a GeoJSON file; several features of one code are one place.

    Raises
    ------
    OutlineError
        ``geojson_form``
    OSError
    """
    found = Outlines()
    for number, feature in enumerate(_features(path), 1):
        where = f"features[{number}]"
        try:
            properties = feature.get("properties") or {}
            code = _property(properties, CODES)
            if not code:
                raise OutlineError(
                    "outline_code",
                    Message(
                        _("The outline has no code. Give it a property “code” with the administrative code.")
                    ),
                )
            found.places.setdefault(code, []).extend(read_polygons(feature.get("geometry")))
        except GeometryError as error:
            message = Message(_("The outline cannot be used: %(reason)s."), reason=str(error))
            found.problems.append((where, OutlineError("outline_form", message)))
        except AttributeError:
            found.problems.append(
                (where, OutlineError("geojson_form", Message(_("This is no GeoJSON feature."))))
            )
        except OutlineError as error:
            found.problems.append((where, error))
    return found


def read_proxies(path: Path) -> Features:
    """Proxies of a GeoJSON file: each feature has the properties ``proxy`` (name) and ``value``.

    Raises
    ------
    OutlineError
        ``geojson_form``
    OSError
    """
    found = Features()
    for number, feature in enumerate(_features(path), 1):
        where = f"features[{number}]"
        try:
            properties = feature.get("properties") or {}
            name = _property(properties, _PROXIES)
            value = float(_property(properties, _VALUES))
            geometry = shape(feature["geometry"])
            if not name or geometry.is_empty or not math.isfinite(value) or value < 0:
                raise ValueError
            if not np.isfinite(shapely.get_coordinates(geometry)).all():
                raise ValueError
        except (AttributeError, KeyError, TypeError, ValueError, ShapelyError):
            message = Message(
                _(
                    "The feature is no part of a proxy: it needs a geometry, a name (proxy), and a value from 0 upwards."
                )
            )
            found.problems.append((where, OutlineError("proxy_feature", message)))
            continue
        found.proxies.setdefault(name, []).append((geometry, value))
    return found


def read_series(path: Path, year: int) -> Series:
    """Hourly series of a CSV file with the columns ``source_id``, ``time`` (start of the hour, campaign time), ``value``.

    Raises
    ------
    SeriesError
        ``series_columns``
    OSError
    """
    found = Series()
    start, count = first_hour(year), hours_of_year(year)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        header = [name.strip() for name in next(reader, [])]
        if not {"source_id", "time", "value"} <= set(header):
            raise SeriesError(
                "series_columns",
                Message(_("The file of hourly series needs the columns source_id, time and value.")),
            )
        places = [header.index(name) for name in ("source_id", "time", "value")]
        for number, line in enumerate(reader, 2):
            if not any(cell.strip() for cell in line):
                continue
            try:
                source_id, time, value = (line[place].strip() for place in places)
                hour = _hour(time, start)
                amount = float(value) if value else math.nan
                if not source_id or math.isinf(amount) or amount < 0:
                    raise ValueError
            except (ValueError, IndexError):
                message = Message(
                    _("The line is no value of a series: it needs a source, an hour, and a value from 0.")
                )
                found.problems.append((f"{number}", SeriesError("series_line", message)))
                continue
            if 0 <= hour < count:
                values = found.sources.setdefault(source_id, np.full(count, np.nan))
                if not math.isnan(values[hour]):
                    message = Message(_("The hour stands in the file already; the first value counts."))
                    found.problems.append((f"{number}", SeriesError("series_twice", message)))
                    continue
                values[hour] = amount
    return found


def _hour(text: str, start: datetime) -> int:
    for form in _FORMS:
        try:
            read = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int((read - timedelta(hours=AHEAD) - start) / timedelta(hours=1) // 1)
    raise ValueError(text)
