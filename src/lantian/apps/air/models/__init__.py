"""Stations and exclusions; the values themselves are in the lake."""

from lantian.apps.air.models.doors import (
    Delivery,
    DeliveryState,
    Door,
    Doubt,
    DoubtState,
    StationKey,
    StationTail,
)
from lantian.apps.air.models.stations import Exclusion, Station

__all__ = [
    "Delivery",
    "DeliveryState",
    "Door",
    "Doubt",
    "DoubtState",
    "Exclusion",
    "Station",
    "StationKey",
    "StationTail",
]
