"""Stations and exclusions; the values themselves are in the lake."""

from lantian.apps.air.models.stations import Exclusion, Station

__all__ = ["Exclusion", "Station"]
