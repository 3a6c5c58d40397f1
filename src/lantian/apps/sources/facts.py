"""From facts under the keys of the field dictionary to the columns and values of rows, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.sources.models import ListEntry, Source, Unit
from lantian.rules.names import normalised
from lantian.rules.sources.datums import Datum, to_wgs84
from lantian.rules.sources.fields import ListField, Scope
from lantian.rules.sources.lists import ListType, key_fields, list_book, natural_key_of, natural_keys_of

#: key of the dictionary → column of the source
SOURCE_COLUMN: dict[str, str] = {
    "name": "name",
    "uscc": "uscc",
    "permit_number": "permit",
    "trade": "trade",
    "region_code": "region",
    "village": "village",
    "address": "address",
    "longitude": "lon",
    "latitude": "lat",
    "state": "status",
    "department": "department",
    "person": "person",
    "phone": "phone",
}
#: key of the dictionary → column of the entry
ENTRY_COLUMN: dict[str, str] = {"list_number": "number"}
#: kind of unit → the field with its number within the source
UNIT_NUMBER: dict[str, str] = {
    "line": "line_number",
    "process": "process_number",
    "kiln": "kiln_number",
    "boiler": "boiler_number",
    "facility": "facility_number",
    "outlet": "outlet_number",
    "tank": "tank_number",
    "storage": "storage_number",
    "material": "material_name",
    "cems": "mn",
    "meter": "meter_number",
}
#: where a unit has no number of its own, this tells it from the others
UNIT_NUMBER_ELSE: dict[str, str] = {"boiler": "boiler_code", "cems": "outlet_number"}
#: kind of unit → the field with its name
UNIT_NAME: dict[str, str] = {
    "line": "line_name",
    "process": "process_name",
    "kiln": "kiln_type",
    "boiler": "boiler_type",
    "facility": "facility_name",
    "outlet": "outlet_name",
    "tank": "tank_content",
    "storage": "material",
    "material": "material_name",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is given of a source, a unit and an entry, each by columns and keys of values."""

    source: dict[str, Any] = field(default_factory=dict)
    unit: dict[str, Any] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=dict)
    #: as they were given, under the keys of the dictionary
    given: dict[str, Any] = field(default_factory=dict)

    def whole(self) -> dict[str, Any]:
        """All of it under the keys of the dictionary."""
        return dict(self.given)


class Places:
    """Regions by code and organisations by name, looked up once."""

    def __init__(self) -> None:
        self._regions: dict[str, Region] | None = None
        self._organisations: dict[str, Organisation | None] | None = None
        self._towns: dict[str, list[Organisation]] | None = None

    def region(self, code: str) -> Region | None:
        """The place that has a code today."""
        if self._regions is None:
            self._regions = {region.code: region for region in Region.objects.filter(valid_to__isnull=True)}
        return self._regions.get(code)

    def region_for(self, code: str) -> Region | None:
        """The place of a code, or the nearest one above it that is kept here."""
        while code:
            found = self.region(code)
            if found is not None:
                return found
            code = code[: -3 if len(code) > 6 else -2] if len(code) > 2 else ""
            if len(code) in (2, 4):
                padded = self.region(code.ljust(6, "0"))
                if padded is not None:
                    return padded
        return None

    def organisation(self, name: str) -> Organisation | None:
        """The organisation of this name; None where none, or more than one, has it."""
        if self._organisations is None:
            found: dict[str, Organisation | None] = {}
            rows = Organisation.objects.filter(merged_into__isnull=True).prefetch_related("aliases")
            for row in rows:
                for text in {row.name, row.short_name, *(alias.name for alias in row.aliases.all())}:
                    if text:
                        word = normalised(text)
                        found[word] = None if word in found and found[word] != row else row
            self._organisations = found
        return self._organisations.get(normalised(name))

    def town(self, street: str, region: Region | None) -> Organisation | None:
        """The town or street office of this name in (or below, or above) a place."""
        if self._towns is None:
            self._towns = {}
            towns = Organisation.objects.filter(
                kind=OrganisationKind.TOWN, merged_into__isnull=True
            ).select_related("region")
            for row in towns:
                for text in {row.name, row.short_name}:
                    word = _town_word(text)
                    if word:
                        self._towns.setdefault(word, []).append(row)
        found = self._towns.get(_town_word(street), [])
        if region is not None and len(found) > 1:
            found = [row for row in found if row.region is not None and _near(row.region, region)]
        return found[0] if len(found) == 1 else None


def _near(one: Region, other: Region) -> bool:
    return one.path.startswith(other.path) or other.path.startswith(one.path)


def _town_word(name: str) -> str:
    word = normalised(name or "")
    for end in ("人民政府", "办事处", "街道办", "街道", "镇", "乡"):
        word = word.removesuffix(end)
    return word


def split(type_: ListType, values: Mapping[str, Any], places: Places | None = None) -> Facts:
    """Sort facts by what they are facts of, and turn codes and names into rows.

    Parameters
    ----------
    values
        Key of the dictionary → value as the cells and forms give it; organisations and regions may be rows already.
        Keys that the list does not have are left out.
    """
    places = places or Places()
    source: dict[str, Any] = {}
    unit: dict[str, Any] = {}
    entry: dict[str, Any] = {}
    given: dict[str, Any] = {}
    scopes = _scopes(type_)
    for key, value in values.items():
        scope = scopes.get(key)
        if scope is None:
            continue
        given[key] = value
        if scope is Scope.ENTRY:
            entry[ENTRY_COLUMN.get(key, key)] = value
        elif scope is Scope.UNIT:
            unit[key] = value
        elif key == "datum":
            continue
        elif key == "region_code":
            source["region"] = places.region_for(value) if isinstance(value, str) else value
        elif key == "department":
            found = places.organisation(value) if isinstance(value, str) else value
            source["department"] = found
            # A name that is not in the register stays as words, so that nothing is lost.
            source["department_name"] = value if isinstance(value, str) and found is None else None
        else:
            source[SOURCE_COLUMN.get(key, key)] = value
    if source.get("lon") is not None and source.get("lat") is not None:
        datum = Datum(values.get("datum") or Datum.CGCS2000)
        lon, lat = to_wgs84(float(source["lon"]), float(source["lat"]), datum)
        source["lon"], source["lat"] = round(lon, 7), round(lat, 7)
    elif source.get("lon") is not None or source.get("lat") is not None:
        # Half of a position, as a change of one of the two gives it: the other half stays.
        for column in ("lon", "lat"):
            if column in source and source[column] is None:
                del source[column]
            elif column in source:
                source[column] = round(float(source[column]), 7)
    elif "lon" in source or "lat" in source:
        source["lon"] = source["lat"] = None
    if source.get("street"):
        source["town"] = places.town(source["street"], source.get("region"))
    if unit:
        number = unit.get(UNIT_NUMBER.get(type_.subject, "")) or unit.get(
            UNIT_NUMBER_ELSE.get(type_.subject, "")
        )
        if number:
            unit["number"] = str(number)[:40]
        name = unit.get(UNIT_NAME.get(type_.subject, ""))
        if name:
            option = type_.field(UNIT_NAME[type_.subject]).option(str(name))
            unit["name"] = (option.label if option else str(name))[:120]
    return Facts(source, unit, entry, given)


_scope_cache: dict[int, tuple[ListType, dict[str, Scope]]] = {}


def _scopes(type_: ListType) -> dict[str, Scope]:
    known = _scope_cache.get(id(type_))
    if known is None or known[0] is not type_:
        if len(_scope_cache) > 500:
            _scope_cache.clear()
        known = (type_, {one.key: one.scope for one in type_.fields})
        _scope_cache[id(type_)] = known
    return known[1]


def plain(value: Any) -> Any:
    """A fact as JSON keeps it: numbers as text with their digits, days as they are written."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, bool | str | int | list | dict):
        return value
    if isinstance(value, tuple):
        return [plain(one) for one in value] or None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def facts_of(source: Source, unit: Unit | None = None, entry: ListEntry | None = None) -> dict[str, Any]:
    """What is known, under the keys of the dictionary; regions as codes and organisations as names."""
    found: dict[str, Any] = dict(source.values)
    found.pop("department_name", None)
    for key, column in SOURCE_COLUMN.items():
        value = getattr(source, column)
        if key == "region_code":
            value = source.region.code if source.region is not None else None
        elif key == "department":
            value = source.department.name if source.department else source.values.get("department_name")
        if value not in (None, ""):
            found[key] = value
    if unit is not None:
        found.update(unit.values)
    if entry is not None:
        found.update(entry.values)
        if entry.number:
            found["list_number"] = entry.number
    return found


def key_of(type_: ListType, known: Mapping[str, Any]) -> str:
    """The natural key of an entry as one text; empty where nothing identifies it."""
    parts = natural_key_of(type_, {key: plain(known[key]) for key in key_fields(type_) if key in known})
    return "|".join(parts)[:255] if parts else ""


def missing_of(type_: ListType, facts: Facts) -> list[ListField]:
    """The fields that the list must have and that are not there.

    A field of the natural key may lack where another key identifies the entry.
    """
    known = facts.given
    lacking = [one for one in type_.required if known.get(one.key) in (None, "", ())]
    if lacking and natural_key_of(type_, known):
        lacking = [one for one in lacking if one.key not in type_.natural_key]
    return lacking


@lru_cache(maxsize=64)
def home_of(kind: str) -> ListType | None:
    """The list whose keys identify sources of a kind."""
    return next((one for one in list_book().lists.values() if one.subject == kind and not one.quantity), None)


def source_keys(kind: str, known: Mapping[str, Any]) -> list[str]:
    """Everything that identifies a source of a kind, the best first, as texts.

    Parameters
    ----------
    kind
        Kind of source, such as ``enterprise``.
    known
        Facts under the keys of the dictionary.
    """
    home = home_of(kind)
    if home is None:
        return []
    return list(dict.fromkeys("|".join(parts)[:160] for parts in natural_keys_of(home, known)))


def kind_of(type_: ListType) -> str:
    """The kind of the sources of a list."""
    return "enterprise" if type_.is_of_units else type_.subject
