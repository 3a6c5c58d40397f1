"""Kinds of stations and of exclusions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.lake.schema import POLLUTANTS


class StationKind(models.TextChoices):
    """What a station is for (HJ 664)."""

    CITY = "city", _("City point")
    REGIONAL = "regional", _("Regional point")
    BACKGROUND = "background", _("Background or control point")
    SOURCE = "source", _("Source point")
    TRAFFIC = "traffic", _("Traffic point")
    MICRO = "micro", _("Micro station")


class ControlLevel(models.TextChoices):
    """Who runs a station and answers for its values."""

    NATIONAL = "national", _("State-controlled")
    PROVINCIAL = "provincial", _("Province-controlled")
    CITY = "city", _("City-controlled")
    COUNTY = "county", _("County-controlled")


#: the levels, the highest first
CONTROL_ORDER = (
    ControlLevel.NATIONAL,
    ControlLevel.PROVINCIAL,
    ControlLevel.CITY,
    ControlLevel.COUNTY,
)


class ExclusionKind(models.TextChoices):
    """Why values do not count."""

    SAND = "sand", _("Sand or dust weather")
    EVENT = "event", _("Exceptional event")
    STATION = "station", _("Station not representative")


#: pollutants as columns of the lake, with how they are written
POLLUTANT_WORDS: dict[str, str] = {
    "pm25": "PM2.5",
    "pm10": "PM10",
    "so2": "SO₂",
    "no2": "NO₂",
    "co": "CO",
    "o3": "O₃",
}
assert tuple(POLLUTANT_WORDS) == POLLUTANTS
#: column → unit
UNITS: dict[str, str] = {name: "mg/m³" if name == "co" else "µg/m³" for name in POLLUTANTS}
