"""An empty project with everything that the books of a place ask on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from lantian.rules.sources.admission_books import AdmissionLibrary
from lantian.rules.sources.admission_facts import FLAG_GROUPS
from lantian.rules.sources.classification import parse_region

_GROUPS = ("emissions", "added", "zone", *FLAG_GROUPS)


def template_of(library: AdmissionLibrary, region: str, day: date) -> dict[str, Any]:
    """The project as JSON, unknown facts null.

    Raises
    ------
    IdentifierError
        The region is no administrative code.
    """
    found: dict[str, Any] = {
        "id": "", "name": "", "date": day.isoformat(), "region": parse_region(region), "trade": None,
        "industries": None, "nature": None,
    }  # fmt: skip
    for key in library.asked(found["region"], day):
        group, _dot, name = key.partition(".")
        if key.startswith("capacity."):
            found["capacity"] = None
        elif group in _GROUPS:
            found.setdefault(group, {})[name] = None
        elif group not in ("approvals", "replacements") and key not in found and key != "eia_years":
            found[key] = None
    found["replacements"], found["approvals"], found["exceptions"] = [], [], []
    return found
