"""Whether a position can be that of a source of a place, and what was meant where it cannot.

A position must lie in the outline of its place. Where it does not, but would if it were read otherwise (longitude and
latitude exchanged, another system, metres instead of degrees), that reading is offered; it is never taken by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lantian.rules.geo import Box, Polygon, Position, inside
from lantian.rules.sources.datums import NAMES, Datum, plane_to_degrees, to_wgs84
from lantian.rules.sources.errors import IdentifierError, Message, _
from lantian.rules.sources.keys import cleaned, quoted

#: digits behind the point that are offered: about a decimetre
_DIGITS = 6
_DMS = re.compile(
    r"(?P<degrees>\d{1,3})[°度](?:(?P<minutes>\d{1,2}(?:\.\d+)?)['′’分])?(?:(?P<seconds>\d{1,2}(?:\.\d+)?)(?:[\"″”秒]|''))?"
)


@dataclass(frozen=True, slots=True)
class Area:
    """Where the sources of an office are.

    Attributes
    ----------
    name
        Shown in messages.
    box
        Outside of it no position is taken.
    polygons
        The outline, in WGS-84; empty where none is held.
    """

    name: str
    box: Box
    polygons: Sequence[Polygon] = ()

    def holds(self, position: Position) -> bool:
        """Whether a WGS-84 position lies in it."""
        lon, lat = position
        if not (self.box.west <= lon <= self.box.east and self.box.south <= lat <= self.box.north):
            return False
        return inside(self.polygons, lon, lat) if self.polygons else True


@dataclass(frozen=True, slots=True)
class Placed:
    """A position that was accepted, in WGS-84 [°]."""

    longitude: float
    latitude: float
    given: Datum


def parse_datum(text: str) -> Datum:
    """The system that a word names.

    Raises
    ------
    IdentifierError
        ``datum_unknown``
    """
    word = re.sub("[-_ ]|坐标系?$", "", cleaned(text).upper())
    found = NAMES.get(word) or NAMES.get(cleaned(text).upper())
    if found is None:
        raise IdentifierError(
            "datum_unknown",
            Message(
                _("“%(name)s” is no system of coordinates. Write CGCS2000, WGS-84, GCJ-02 or BD-09."),
                name=quoted(text),
            ),
        )
    return found


def parse_degrees(text: str) -> float:
    """Degrees with decimals, or degrees, minutes and seconds.

    Raises
    ------
    IdentifierError
        ``coordinate_form``

    Examples
    --------
    >>> parse_degrees("113.665"), parse_degrees("113°39′54″"), parse_degrees("E113度39分54秒")
    (113.665, 113.665, 113.665)
    """
    word = re.sub("^(?:[EN]|东经|北纬)|[EN]$", "", cleaned(text))
    found = _DMS.fullmatch(word.replace("′′", "″"))
    if found is not None:
        parts = [Decimal(found[name] or 0) for name in ("degrees", "minutes", "seconds")]
        if parts[1] < 60 and parts[2] < 60:
            return float(parts[0] + parts[1] / 60 + parts[2] / 3600)
    elif re.fullmatch(r"[-+]?\d{1,9}(\.\d{1,15})?", word):
        return float(word)
    raise IdentifierError(
        "coordinate_form",
        Message(
            _("“%(value)s” is no longitude or latitude. Write degrees with decimals, as in 113.6650."),
            value=quoted(text),
        ),
    )


def place(longitude: float, latitude: float, area: Area, datum: Datum = Datum.CGCS2000) -> Placed:
    """Check a position.

    Parameters
    ----------
    longitude, latitude
        As they were given [°].
    area
        Where it must lie.
    datum
        System that was stated.

    Raises
    ------
    IdentifierError
        ``coordinate_range``, ``coordinate_swapped``, ``coordinate_plane``, ``coordinate_datum`` or
        ``coordinate_outside``; ``offer`` holds longitude and latitude in WGS-84 where a reading was found.
    """
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        raise _range(longitude, latitude)
    if abs(longitude) <= 180 and abs(latitude) <= 90:
        here = to_wgs84(longitude, latitude, datum)
        if area.holds(here):
            return Placed(*here, given=datum)
    if abs(latitude) <= 180 and abs(longitude) <= 90:
        swapped = to_wgs84(latitude, longitude, datum)
        if area.holds(swapped):
            raise IdentifierError(
                "coordinate_swapped",
                Message(
                    _("Longitude %(longitude)s and latitude %(latitude)s are exchanged: the other way round the place"
                      " lies in %(area)s."),
                    longitude=_text(longitude), latitude=_text(latitude), area=area.name,
                ),
                _offer(swapped),
            )  # fmt: skip
    for easting, northing in ((longitude, latitude), (latitude, longitude)):
        plane = plane_to_degrees(easting, northing) if abs(easting) > 180 else None
        if plane is not None and area.holds(plane):
            raise IdentifierError(
                "coordinate_plane",
                Message(
                    _("%(longitude)s, %(latitude)s are metres of the plane CGCS2000 system, not degrees. In degrees"
                      " they are %(offer)s."),
                    longitude=_text(longitude), latitude=_text(latitude), offer=_offer(plane),
                ),
                _offer(plane),
            )  # fmt: skip
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise _range(longitude, latitude)
    readings = {
        other: to_wgs84(longitude, latitude, other)
        for other in (Datum.CGCS2000, Datum.GCJ02, Datum.BD09)
        if other is not datum and {other, datum} != {Datum.WGS84, Datum.CGCS2000}
    }
    fitting = [other for other, position in readings.items() if area.holds(position)]
    if fitting:
        # Two readings that both fit are not told apart here; the first one is named and the person decides.
        raise IdentifierError(
            "coordinate_datum",
            Message(
                _("%(longitude)s, %(latitude)s lie outside of %(area)s as %(datum)s, but inside as %(other)s. Check the"
                  " system of coordinates; as %(other)s the place is %(offer)s in CGCS2000."),
                longitude=_text(longitude), latitude=_text(latitude), area=area.name,
                datum=datum.upper(), other=fitting[0].upper(), offer=_offer(readings[fitting[0]]),
            ),
            _offer(readings[fitting[0]]),
        )  # fmt: skip
    raise IdentifierError(
        "coordinate_outside",
        Message(
            _("%(longitude)s, %(latitude)s lie outside of %(area)s. Look the place up on the map."),
            longitude=_text(longitude), latitude=_text(latitude), area=area.name,
        ),
    )  # fmt: skip


def _range(longitude: float, latitude: float) -> IdentifierError:
    return IdentifierError(
        "coordinate_range",
        Message(
            _("%(longitude)s, %(latitude)s are no degrees: a longitude lies within ±180, a latitude within ±90."),
            longitude=_text(longitude), latitude=_text(latitude),
        ),
    )  # fmt: skip


def _text(value: float) -> str:
    return f"{value:.8f}".rstrip("0").rstrip(".") if math.isfinite(value) else str(value)


def _offer(position: Position) -> str:
    return f"{position[0]:.{_DIGITS}f}, {position[1]:.{_DIGITS}f}"
