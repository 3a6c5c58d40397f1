"""The facts of a proposed project that a decision book may ask for.

Groups of yes-or-no facts (`areas`, `activities`, `standing`) are open: a local book declares further ones under ``facts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantian.rules.sources.errors import _

NATURES = ("new", "rebuilt", "expanded", "moved")
POLLUTANTS = ("SO2", "NOx", "PM", "VOCs")
#: what a replacement may stand for: an emission [t/a], or coal [t/a]
REPLACEABLE = (*POLLUTANTS, "coal")
FUELS = (
    "raw_coal", "coal", "pulverised_coal", "raw_biomass", "biomass", "heavy_oil", "oil", "gas", "electricity",
    "waste_heat", "other",
)  # fmt: skip
FLAG_GROUPS = ("areas", "activities", "standing")


@dataclass(frozen=True, slots=True)
class FactKind:
    """What a fact is.

    Attributes
    ----------
    kind
        ``number``, ``choice``, ``flag``, ``text`` or ``list``.
    label
        Message id.
    unit
        Of a number.
    choices
        Of a choice.
    fields
        Of the items of a list.
    """

    kind: str
    label: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    fields: Mapping[str, FactKind] | None = None


def _amounts(group: str, label: str) -> dict[str, FactKind]:
    return {f"{group}.{name}": FactKind("number", label, "t/a") for name in POLLUTANTS}


_FURNACE = {
    "kind": FactKind("choice", _("kind"), choices=("boiler", "kiln", "heater", "gasifier", "power_unit")),
    "type": FactKind("text", _("type")),
    "fuel": FactKind("choice", _("fuel"), choices=FUELS),
    "purpose": FactKind(
        "choice", _("purpose"),
        choices=("central_heating", "residential_heating", "own_use", "backup", "process", "power", "fuel_gas"),
    ),
    "added": FactKind("flag", _("newly built")),
    "t_h": FactKind("number", _("capacity"), "t/h"),
    "nox_mg_m3": FactKind("number", _("NOx at the outlet"), "mg/m³"),
}  # fmt: skip
_OUTLET = {
    "kind": FactKind("choice", _("kind"), choices=("dust", "other")),
    "pm_mg_m3": FactKind("number", _("particles at the outlet"), "mg/m³"),
    "so2_mg_m3": FactKind("number", _("SO2 at the outlet"), "mg/m³"),
    "nox_mg_m3": FactKind("number", _("NOx at the outlet"), "mg/m³"),
}

#: what LanTian knows; flags of local books come on top
FACTS: dict[str, FactKind] = {
    "nature": FactKind("choice", _("kind of project"), choices=NATURES),
    "zone.unit": FactKind("text", _("control unit of the zoning")),
    "zone.class": FactKind("choice", _("control class of the zoning"), choices=("priority", "key", "general")),
    "catalogue_class": FactKind(
        "choice", _("class in the catalogue of industries"),
        choices=("encouraged", "permitted", "restricted", "eliminated"),
    ),
    "planned_grade": FactKind("text", _("performance grade that the design meets")),
    "capacity.net": FactKind("number", _("capacity added less capacity replaced")),
    "capacity.replaced": FactKind("number", _("capacity replaced")),
    "coal_t": FactKind("number", _("coal burnt in a year, added"), "t/a"),
    "transport_t": FactKind("number", _("bulk goods carried in a year"), "t/a"),
    "eia_years": FactKind("number", _("full years since the approval of the EIA"), "a"),
    "furnaces": FactKind("list", _("furnaces, boilers and kilns"), fields=_FURNACE),
    "outlets": FactKind("list", _("outlets"), fields=_OUTLET),
    **_amounts("emissions", _("emission of the project")),
    **_amounts("added", _("emission added")),
    "areas.park": FactKind("flag", _("inside an industrial park")),
    "areas.built_up": FactKind("flag", _("inside the built-up area of the city")),
    "areas.heating_network": FactKind("flag", _("within reach of central heating")),
    "areas.chp_network": FactKind("flag", _("within reach of the network of a heat and power plant")),
    "areas.fuel_ban": FactKind("flag", _("inside the zone where polluting fuels are banned")),
    "areas.gas_network": FactKind("flag", _("within reach of the gas network")),
    "areas.industry_ring": FactKind("flag", _("inside the ring that industry leaves")),
    "areas.residential_building": FactKind("flag", _("inside a residential building")),
    "activities.spray_painting": FactKind("flag", _("vehicle repair with spray painting")),
    "activities.industrial_coating": FactKind("flag", _("industrial coating")),
    "activities.packaging_printing": FactKind("flag", _("packaging and printing")),
    "activities.high_voc_materials": FactKind("flag", _("makes or uses solvent-borne materials rich in VOCs")),
    "activities.diesel_trucks_in_city": FactKind("flag", _("carried by diesel trucks in the city")),
    "activities.rail_siding": FactKind("flag", _("a railway siding is built along")),
    "activities.bulk_goods": FactKind("flag", _("carries bulk goods")),
    "activities.open_pit_mine": FactKind("flag", _("open-pit mine")),
    "activities.small_mine": FactKind("flag", _("small mine")),
    "activities.coal_washing": FactKind("flag", _("coal washing is built along")),
    "activities.bulk_yard": FactKind("flag", _("yard of bulk materials or waste")),
    "activities.yard_closed": FactKind("flag", _("the yard is a closed store")),
    "activities.cooking_fume": FactKind("flag", _("restaurant with cooking fume")),
    "activities.conveyor_and_clean_transport": FactKind(
        "flag", _("closed conveyor for the ore, clean transport of bulk goods")
    ),
    "activities.low_nox": FactKind("flag", _("low-NOx burners and flue gas recirculation")),
    "activities.efficient_treatment": FactKind("flag", _("efficient treatment of the furnaces' gas")),
    "activities.treatment_and_monitor": FactKind(
        "flag", _("dust removal, desulphurisation, denitrification and an online monitor")
    ),
    "standing.two_high": FactKind("flag", _("high energy use and high emission (两高)")),
    "standing.overcapacity": FactKind("flag", _("industry of serious overcapacity")),
    "standing.graded_industry": FactKind("flag", _("key industry with performance grades")),
    "standing.scattered": FactKind("flag", _("scattered, chaotic, polluting (散乱污)")),
    "standing.area_frozen": FactKind("flag", _("approvals of the area are frozen (区域限批)")),
    "standing.applicant_frozen": FactKind("flag", _("the applicant refuses treatment; its projects are frozen")),
    "standing.elimination_overdue": FactKind("flag", _("the county has not done its elimination in time")),
    "standing.key_industry": FactKind("flag", _("project of a key industry")),
    "standing.against_area_plan": FactKind(
        "flag", _("against the area's development plan, its industries or environmental demands")
    ),
    "standing.in_operation": FactKind("flag", _("built and in operation")),
}  # fmt: skip
