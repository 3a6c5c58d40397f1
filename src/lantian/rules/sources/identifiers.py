"""The keys of sources in one place: each check takes what was written and gives what is meant, or says how to mend it.

========================  ==========================================================
:func:`parse_uscc`        unified social credit code, GB 32100
:func:`parse_permit`      number of a discharge permit, HJ 608
:func:`parse_mn`          device number of a data logger, HJ 212
:func:`parse_plate`       licence plate, ordinary and new-energy, with its colour
:func:`parse_trade`       class of trade, GB/T 4754
:func:`parse_region`      administrative code, GB/T 2260
:func:`place`             position in its place; mistaken systems are told and a reading is offered
========================  ==========================================================
"""

from __future__ import annotations

from lantian.rules.sources.classification import parse_region, parse_trade
from lantian.rules.sources.coordinates import Area, Placed, parse_datum, parse_degrees, place
from lantian.rules.sources.datums import Datum, same_place_in
from lantian.rules.sources.devices import DeviceNumber, parse_mn
from lantian.rules.sources.errors import IdentifierError
from lantian.rules.sources.permits import Permit, parse_permit
from lantian.rules.sources.plates import Plate, parse_plate
from lantian.rules.sources.uscc import Uscc, parse_uscc

__all__ = [
    "Area",
    "Datum",
    "DeviceNumber",
    "IdentifierError",
    "Permit",
    "Placed",
    "Plate",
    "Uscc",
    "parse_datum",
    "parse_degrees",
    "parse_mn",
    "parse_permit",
    "parse_plate",
    "parse_region",
    "parse_trade",
    "parse_uscc",
    "place",
    "same_place_in",
]
