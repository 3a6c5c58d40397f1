"""Kinds of sources, units and lists in words."""

from __future__ import annotations

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.rules.sources.lists import SOURCE_KINDS, ListType, list_book

SOURCES = {
    "enterprise": _("Enterprise"),
    "site": _("Construction site"),
    "yard": _("Yard"),
    "gas_station": _("Gas station"),
    "oil_depot": _("Oil depot"),
    "restaurant": _("Restaurant"),
    "mixing_plant": _("Mixing plant"),
    "mine": _("Mine"),
    "repair_shop": _("Repair shop"),
    "coal_seller": _("Coal seller"),
    "coal_depot": _("Clean coal depot"),
    "livestock_farm": _("Livestock farm"),
    "vehicle": _("Vehicle"),
    "machine": _("Machine"),
    "road": _("Road"),
    "land": _("Land"),
    "village": _("Village"),
    "project": _("Project"),
    "vendor": _("Service provider"),
    "trade": _("Trade"),
}
UNITS = {
    "line": _("Production line"),
    "process": _("Process"),
    "kiln": _("Kiln or furnace"),
    "boiler": _("Boiler"),
    "facility": _("Treatment facility"),
    "outlet": _("Outlet"),
    "tank": _("Tank"),
    "storage": _("Storage yard"),
    "material": _("Material"),
    "cems": _("Monitor of emissions"),
    "meter": _("Electricity meter"),
}


def source_kinds() -> list[tuple[str, str]]:
    """Codes and words of the kinds of sources."""
    return [(code, source_kind(code)) for code in SOURCE_KINDS]


def source_kind(code: str) -> str:
    """A kind of source in words."""
    return str(SOURCES.get(code, code))


def unit_kind(code: str) -> str:
    """A kind of unit in words."""
    return str(UNITS.get(code, code))


def document_words(reference: str) -> str:
    """Document and item that order a list: the number of the document for its key in the book."""
    key, _space, item = reference.partition(" ")
    number = list_book().documents.get(key, key)
    return f"{number} {item}" if item else number


def list_kinds() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of the book with the lists in them, as a choice."""
    book = list_book()
    return [
        (name, [(one.code, one.name) for one in book.lists.values() if one.group == code])
        for code, (name, _english) in book.groups.items()
    ]


def subject_words(type_: ListType) -> str:
    """What an entry of a list is."""
    if type_.quantity:
        return __("Quantities by place and time")
    return unit_kind(type_.subject) if type_.is_of_units else source_kind(type_.subject)
