"""Positions in the systems of Chinese maps: WGS-84 and CGCS2000, GCJ-02, BD-09, and CGCS2000 in metres.

WGS-84 and CGCS2000 differ by centimetres and count as one. GCJ-02 is shifted by some hundred metres, BD-09 by a further
constant and a small wave. Plane coordinates are Gauss-Krüger in zones of 3° (central meridian in the number before the
easting, 25 to 45) or 6° (13 to 23), false easting 500 km.

References
----------
CGCS2000 ellipsoid: a = 6378137 m, 1/f = 298.257222101 (GB 22021-2008). The shift of BD-09 is public as that of GCJ-02.
"""

from __future__ import annotations

import math
from enum import StrEnum

from lantian.rules.geo import Position, gcj02_to_wgs84, wgs84_to_gcj02

_X_PI = math.pi * 3000.0 / 180.0
_A, _F = 6378137.0, 1.0 / 298.257222101
_EARTH = 6371008.8


class Datum(StrEnum):
    """System of a position."""

    WGS84 = "wgs84"
    CGCS2000 = "cgcs2000"
    GCJ02 = "gcj02"
    BD09 = "bd09"


#: what people write for a system, in capital letters without spaces and hyphens
NAMES = {
    "WGS84": Datum.WGS84,
    "CGCS2000": Datum.CGCS2000,
    "国家2000": Datum.CGCS2000,
    "2000国家大地坐标系": Datum.CGCS2000,
    "GCJ02": Datum.GCJ02,
    "火星坐标": Datum.GCJ02,
    "高德": Datum.GCJ02,
    "BD09": Datum.BD09,
    "百度": Datum.BD09,
}


def gcj02_to_bd09(longitude: float, latitude: float) -> Position:
    """Shift a GCJ-02 position as Baidu does [°]."""
    z = math.hypot(longitude, latitude) + 0.00002 * math.sin(latitude * _X_PI)
    theta = math.atan2(latitude, longitude) + 0.000003 * math.cos(longitude * _X_PI)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def bd09_to_gcj02(longitude: float, latitude: float) -> Position:
    """The GCJ-02 position behind one of Baidu, by iteration, to better than 1e-9°."""
    lon, lat = longitude - 0.0065, latitude - 0.006
    for _step in range(20):
        there = gcj02_to_bd09(lon, lat)
        step = longitude - there[0], latitude - there[1]
        lon, lat = lon + step[0], lat + step[1]
        if max(map(abs, step)) < 1e-11:
            break
    return lon, lat


def to_wgs84(longitude: float, latitude: float, datum: Datum) -> Position:
    """A position of any system in WGS-84 [°]."""
    if datum is Datum.BD09:
        longitude, latitude = bd09_to_gcj02(longitude, latitude)
    if datum in (Datum.BD09, Datum.GCJ02):
        return gcj02_to_wgs84(longitude, latitude)
    return longitude, latitude


def from_wgs84(longitude: float, latitude: float, datum: Datum) -> Position:
    """A WGS-84 position in another system [°]."""
    if datum in (Datum.BD09, Datum.GCJ02):
        longitude, latitude = wgs84_to_gcj02(longitude, latitude)
    return gcj02_to_bd09(longitude, latitude) if datum is Datum.BD09 else (longitude, latitude)


def distance(here: Position, there: Position) -> float:
    """Distance of two positions on the sphere [m].

    >>> round(distance((113.0, 34.0), (113.0, 35.0)))
    111195
    """
    lat1, lat2 = math.radians(here[1]), math.radians(there[1])
    dlon = math.radians(there[0] - here[0])
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(dlon / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(h)))


def same_place_in(right: Position, doubtful: Position, tolerance: float = 30.0) -> Datum | None:
    """The system in which a second position of one source is the first one, if it is not WGS-84.

    Parameters
    ----------
    right
        WGS-84.
    doubtful
        What another list has for the same source.
    tolerance
        Distance that two readings of one map may have [m].
    """
    if distance(right, doubtful) <= tolerance:
        return None
    for datum in (Datum.GCJ02, Datum.BD09):
        if distance(from_wgs84(*right, datum), doubtful) <= tolerance:
            return datum
    return None


def central_meridian(easting: float) -> float | None:
    """The central meridian of a zone number before an easting [°], or None where there is no such zone."""
    zone = int(easting // 1_000_000)
    if 25 <= zone <= 45:
        return zone * 3.0
    return zone * 6.0 - 3.0 if 13 <= zone <= 23 else None


def plane_to_degrees(easting: float, northing: float) -> Position | None:
    """A CGCS2000 Gauss-Krüger position with its zone number, in degrees; None where it is none.

    Good to a millimetre inside of a zone.
    """
    meridian = central_meridian(easting)
    if meridian is None or not 1_500_000 < northing < 6_200_000:
        return None
    x = easting % 1_000_000 - 500_000.0
    if abs(x) > 400_000:
        return None
    n = _F / (2.0 - _F)
    radius = _A / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    beta = (
        n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96,
        n**2 / 48 + n**3 / 15,
        17 * n**3 / 480,
    )
    delta = (2 * n - 2 * n**2 / 3 - 2 * n**3, 7 * n**2 / 3 - 8 * n**3 / 5, 56 * n**3 / 15)
    xi, eta = northing / radius, x / radius
    xi_, eta_ = xi, eta
    for order, factor in enumerate(beta, 1):
        xi_ -= factor * math.sin(2 * order * xi) * math.cosh(2 * order * eta)
        eta_ -= factor * math.cos(2 * order * xi) * math.sinh(2 * order * eta)
    chi = math.asin(math.sin(xi_) / math.cosh(eta_))
    latitude = chi + sum(factor * math.sin(2 * order * chi) for order, factor in enumerate(delta, 1))
    longitude = math.radians(meridian) + math.atan2(math.sinh(eta_), math.cos(xi_))
    return math.degrees(longitude), math.degrees(latitude)
