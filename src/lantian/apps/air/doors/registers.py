"""The stations and cities of the office as the rules know them by."""

from __future__ import annotations

from lantian.apps.air.models import Station
from lantian.apps.core.models import Region
from lantian.rules.air.doors.items import CITY
from lantian.rules.air.doors.stations import Cities, Known, Register


def register_for(of: str) -> Register:
    """The register that tells the stations, or the cities, of a table."""
    return city_register() if of == CITY else station_register()


def station_register() -> Register:
    """All stations, each with the name of its city."""
    cities = _cities_of_regions()
    return Register(
        Known(code, name, cities.get(region or 0, "") or city)
        for code, name, region, city in Station.objects.values_list("code", "name", "region_id", "city")
    )


def city_register() -> Cities:
    """Provinces, prefectures and counties by code and name; prefectures win over counties of the same short name."""
    rows = Region.objects.filter(
        valid_to__isnull=True, level__in=("province", "prefecture", "county")
    ).values_list("code", "name", "level")
    prefectures = [Known(code, name) for code, name, level in rows if level != "county"]
    taken = {one.name.removesuffix("市") for one in prefectures}
    counties = [
        Known(code, name)
        for code, name, level in rows
        if level == "county" and name.removesuffix("市").removesuffix("县") not in taken
    ]
    return Cities([*prefectures, *counties])


def _cities_of_regions() -> dict[int, str]:
    """Region → name of its prefecture (of the province, for what lies in a municipality)."""
    rows = {
        key: (level, parent, name)
        for key, level, parent, name in Region.objects.values_list("pk", "level", "parent_id", "name")
    }
    found: dict[int, str] = {}
    for key in rows:
        at: int | None = key
        name = ""
        while at is not None and at in rows:
            level, parent, own = rows[at]
            if level in ("prefecture", "province"):
                name = own
                break
            at = parent
        found[key] = name
    return found
