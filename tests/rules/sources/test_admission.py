"""Admission: both sides of every threshold, what is unknown, replacements to the gram, books that are refused."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.sources.admission import VERDICTS, Decision, Finding, judge
from lantian.rules.sources.admission_books import SHIPPED, AdmissionLibrary, admission_library, library_of
from lantian.rules.sources.admission_facts import FACTS
from lantian.rules.sources.admission_project import read_project
from lantian.rules.sources.admission_template import template_of
from lantian.rules.sources.admission_words import OTHER_LABELS, VALUES, as_json, fact_label, why
from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError, InputError

LIBRARY = admission_library()

#: a project of Shanyang to which nothing is objected
PLAIN: dict[str, Any] = {
    "id": "P-1", "region": "410811", "date": "2022-06-01", "trade": "C3311", "industries": ["工业"], "nature": "new",
    "catalogue_class": "permitted", "planned_grade": "A",
    "areas": {"park": True, "built_up": False, "heating_network": False, "fuel_ban": False},
    "activities": {"industrial_coating": False, "packaging_printing": False, "spray_painting": False},
    "standing": {"scattered": False, "two_high": False, "overcapacity": False, "graded_industry": False,
                 "area_frozen": False},
    "furnaces": [], "outlets": [], "coal_t": "0", "transport_t": "0", "capacity": [],
    "emissions": {"VOCs": "0.05", "SO2": "0", "NOx": "0", "PM": "0"},
    "approvals": [{"kind": kind, "document": "文", "date": "2022-05-01"}
                  for kind in ("industrial_policy", "zoning", "total_amount", "planning_eia")],
}  # fmt: skip


def project(base: dict[str, Any] = PLAIN, **changes: Any) -> dict[str, Any]:
    """The plain project with groups merged and values set; None takes a value away."""
    found = copy.deepcopy(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(found.get(key), dict):
            found[key].update(value)
        else:
            found[key] = value
    return found


def decide(record: dict[str, Any], library: AdmissionLibrary = LIBRARY) -> Decision:
    return judge(read_project(record, extra=library.facts), library)


def rule(decision: Decision, name: str, pollutant: str | None = None) -> Finding:
    found = [
        finding
        for finding in decision.findings
        if finding.rule.id == name
        and (pollutant is None or (finding.amounts is not None and finding.amounts.pollutant == pollutant))
    ]
    assert 1 == len(found)
    return found[0]


def state(name: str, record: dict[str, Any]) -> str:
    return rule(decide(record), name).state


def voc(**changes: Any) -> dict[str, Any]:
    return project(**{"emissions": {"VOCs": "0.3"}, **changes})


def offer(t: str, **named: Any) -> dict[str, Any]:
    return {"pollutant": "VOCs", "source_id": "E-17", "t": t, "region": "410811", **named}


def test_a_project_that_nothing_speaks_against_may_be_allowed() -> None:
    decision = decide(PLAIN)
    assert ("allowed", ()) == (decision.verdict, decision.missing)
    assert 28 == len(decision.findings)


# --- volatile organic compounds, Shanyang 2022, 31 ---


def test_replacement_is_twice_the_emission_and_what_is_lacking_is_exact() -> None:
    decision = decide(voc(replacements=[offer("0.5")]))
    amounts = rule(decision, "voc-double").amounts
    assert amounts is not None
    assert "refused" == decision.verdict
    assert (D("2"), D("0.6"), D("0.5"), D("0.1")) == (
        amounts.ratio,
        amounts.needed,
        amounts.offered,
        amounts.lacking,
    )
    assert "VOCs: needed 2 × 0.3 t/a = 0.6 t/a, offered 0.5 t/a; lacking 0.1 t/a" in why(
        rule(decision, "voc-double"), LIBRARY
    )


@pytest.mark.parametrize(
    ("offered", "verdict"), [("0.599999", "refused"), ("0.6", "conditional"), ("0.7", "conditional")]
)
def test_exactly_twice_is_enough(offered: str, verdict: str) -> None:
    decision = decide(voc(replacements=[offer(offered)]))
    assert verdict == decision.verdict


@pytest.mark.parametrize(
    ("emitted", "found"), [("0.1", "not_applicable"), ("0.100001", "unmet"), ("0", "not_applicable")]
)
def test_a_tenth_of_a_tonne_itself_needs_no_replacement(emitted: str, found: str) -> None:
    record = project(emissions={"VOCs": emitted}, areas={"park": False})
    assert (found, found) == (state("voc-double", record), state("voc-park", record))


def test_what_other_projects_have_used_is_not_counted_again() -> None:
    amounts = rule(decide(voc(replacements=[offer("0.8", used_t="0.3")])), "voc-double").amounts
    assert amounts is not None
    assert D("0.5") == amounts.offered


def test_a_replacement_from_another_place_is_named_and_not_counted() -> None:
    finding = rule(decide(voc(replacements=[offer("5", region="410802")])), "voc-double")
    assert finding.amounts is not None
    assert ("unmet", D(0), ["elsewhere"]) == (
        finding.state,
        finding.amounts.offered,
        [one.reason for one in finding.amounts.uncounted],
    )


def test_a_replacement_of_unknown_place_leaves_it_open_if_it_would_do_and_refused_if_not() -> None:
    enough = offer("5")
    del enough["region"]
    finding = rule(decide(voc(replacements=[enough])), "voc-double")
    assert ("missing", ("replacements.E-17.region",)) == (finding.state, finding.missing)
    assert "unmet" == state("voc-double", voc(replacements=[{**enough, "t": "0.5"}]))


def test_in_the_built_up_area_no_printing_plant_is_built_or_expanded_but_one_may_be_rebuilt() -> None:
    def found(nature: str, built_up: bool = True) -> str:
        return state("voc-built-up", project(trade="2319", nature=nature, areas={"built_up": built_up}))

    assert ["forbidden", "forbidden", "forbidden", "not_applicable", "not_applicable"] == [
        found("new"), found("expanded"), found("moved"), found("rebuilt"), found("new", False),
    ]  # fmt: skip


def test_a_rule_in_principle_gives_way_to_an_exception_on_paper_and_a_firm_one_does_not() -> None:
    def granted(name: str, day: str = "2022-05-20") -> list[dict[str, str]]:
        return [{"rule": f"admission-shanyang-2022/{name}", "document": "区政府批复", "date": day}]

    outside = voc(areas={"park": False})
    assert "unmet" == state("voc-park", outside)
    assert "excepted" == state("voc-park", {**outside, "exceptions": granted("voc-park")})
    assert "unmet" == state("voc-park", {**outside, "exceptions": granted("voc-park", "2022-06-02")})
    assert "unmet" == state("voc-double", {**outside, "exceptions": granted("voc-double")})


# --- other rules of Shanyang 2022 ---


@pytest.mark.parametrize(
    ("trade", "industries", "found"),
    [
        ("3110", None, "forbidden"),
        ("3391", None, "forbidden"),
        # alumina and aluminium share a class with others
        ("3216", None, "missing"),
        ("3216", ["电解铝"], "forbidden"),
        ("3216", ["再生铝"], "not_applicable"),
        # what the class says cannot be left out
        ("3041", [], "forbidden"),
        ("3311", None, "not_applicable"),
        (None, None, "missing"),
    ],
)
def test_named_industries_add_no_capacity(
    trade: str | None, industries: list[str] | None, found: str
) -> None:
    record = project(trade=trade, industries=industries, capacity=[{"product": "x", "added": "100"}])
    assert found == state("no-new-capacity", record)


@pytest.mark.parametrize(
    ("replaced", "found"), [("100", "not_applicable"), ("99.9", "forbidden"), ("120", "not_applicable")]
)
def test_capacity_that_is_replaced_is_not_added(replaced: str, found: str) -> None:
    record = project(trade="3391", capacity=[{"product": "铸件", "added": "100", "replaced": replaced}])
    assert found == state("no-new-capacity", record)


def test_surplus_of_one_product_does_not_make_up_for_another() -> None:
    capacity = [{"product": "甲", "added": "0", "replaced": "500"}, {"product": "乙", "added": "100"}]
    assert "forbidden" == state("no-new-capacity", project(trade="3391", capacity=capacity))


@pytest.mark.parametrize(("replaced", "found"), [("0", "forbidden"), ("1", "not_applicable")])
def test_refractories_do_not_merely_add_capacity(replaced: str, found: str) -> None:
    record = project(trade="3089", capacity=[{"product": "砖", "added": "100", "replaced": replaced}])
    assert found == state("no-mere-capacity", record)


@pytest.mark.parametrize(
    ("nature", "grade", "found"),
    [
        ("new", "A", "met"),
        ("new", "B", "unmet"),
        ("expanded", "B", "unmet"),
        ("new", None, "missing"),
        ("rebuilt", "B", "met"),
        ("rebuilt", "B-", "unmet"),
    ],
)
def test_graded_industries_reach_a_when_new_and_b_when_rebuilt(
    nature: str, grade: str | None, found: str
) -> None:
    record = project(nature=nature, planned_grade=grade, trade="3391", capacity=[])
    assert found == state("grade-rebuilt" if nature == "rebuilt" else "grade-new", record)


@pytest.mark.parametrize(
    ("furnace", "found"),
    [
        ({"kind": "boiler", "fuel": "coal", "purpose": "central_heating"}, "not_applicable"),
        ({"kind": "boiler", "fuel": "coal", "purpose": "process"}, "forbidden"),
        ({"kind": "boiler", "fuel": "biomass", "purpose": "own_use"}, "forbidden"),
        ({"kind": "boiler", "fuel": "gas", "purpose": "process"}, "not_applicable"),
        ({"kind": "boiler", "fuel": "coal", "purpose": "process", "added": False}, "not_applicable"),
        ({"kind": "boiler", "fuel": "coal"}, "missing"),
    ],
)
def test_only_central_heating_burns_coal_in_new_boilers(furnace: dict[str, Any], found: str) -> None:
    assert found == state("coal-boiler", project(furnaces=[furnace]))


@pytest.mark.parametrize(
    ("purpose", "fuel", "found"),
    [
        ("backup", "gas", "not_applicable"),
        ("backup", "oil", "forbidden"),
        ("process", "gas", "forbidden"),
    ],
)
def test_within_central_heating_only_backup_gas_boilers_are_built(
    purpose: str, fuel: str, found: str
) -> None:
    furnaces = [{"kind": "boiler", "fuel": fuel, "purpose": purpose}]
    assert found == state("boiler-in-network", project(furnaces=furnaces, areas={"heating_network": True}))


@pytest.mark.parametrize(
    ("park", "treatment", "found"),
    [(True, True, "met"), (False, True, "unmet"), (True, False, "unmet"), (True, None, "missing")],
)
def test_new_kilns_go_into_a_park_with_efficient_treatment(
    park: bool, treatment: bool | None, found: str
) -> None:
    record = project(
        furnaces=[{"kind": "kiln", "fuel": "gas", "type": "加热炉"}],
        areas={"park": park},
        activities={} if treatment is None else {"efficient_treatment": treatment},
    )
    assert found == state("kiln-park", record)


@pytest.mark.parametrize(("fuel", "found"), [("gas", "met"), ("electricity", "met"), ("coal", "unmet")])
def test_new_kilns_use_clean_energy(fuel: str, found: str) -> None:
    assert found == state("clean-kiln", project(furnaces=[{"kind": "kiln", "fuel": fuel}]))


@pytest.mark.parametrize(
    ("outlet", "dust", "other"),
    [
        ({"kind": "dust", "pm_mg_m3": "10"}, "met", "met"),
        ({"kind": "dust", "pm_mg_m3": "10.01"}, "unmet", "met"),
        ({"kind": "other", "pm_mg_m3": "10", "so2_mg_m3": "35", "nox_mg_m3": "50"}, "met", "met"),
        ({"kind": "other", "pm_mg_m3": "10", "so2_mg_m3": "35.1", "nox_mg_m3": "50"}, "met", "unmet"),
        ({"kind": "other", "pm_mg_m3": "10", "so2_mg_m3": "35", "nox_mg_m3": "50.1"}, "met", "unmet"),
        ({"kind": "other", "pm_mg_m3": "10.1", "so2_mg_m3": "35", "nox_mg_m3": "50"}, "met", "unmet"),
        ({"kind": "other", "pm_mg_m3": "10", "so2_mg_m3": "35"}, "met", "missing"),
    ],
)
def test_outlets_of_new_plants_stay_within_the_limits(outlet: dict[str, Any], dust: str, other: str) -> None:
    record = project(outlets=[outlet])
    assert (dust, other) == (state("dust-outlet", record), state("other-outlet", record))


@pytest.mark.parametrize(
    ("transport", "diesel", "found"),
    [
        ("200000", True, "not_applicable"),
        ("200000.1", True, "forbidden"),
        ("300000", False, "not_applicable"),
    ],
)
def test_more_than_two_hundred_thousand_tonnes_are_not_carried_by_diesel_trucks(
    transport: str, diesel: bool, found: str
) -> None:
    record = project(transport_t=transport, activities={"diesel_trucks_in_city": diesel})
    assert found == state("bulk-transport", record)


@pytest.mark.parametrize(
    ("approved", "found"),
    [("2017-06-01", "missing"), ("2017-06-02", "not_applicable"), (None, "not_applicable")],
)
def test_five_years_after_its_eia_an_idle_project_is_evaluated_anew(approved: str | None, found: str) -> None:
    papers = [*PLAIN["approvals"], {"kind": "joint_review", "document": "会审"}]
    if approved:
        papers.append({"kind": "eia", "document": "批复", "date": approved})
    record = project(standing={"two_high": True, "in_operation": False}, approvals=papers)
    assert found == state("stale-eia", record)


def test_high_energy_use_needs_a_joint_review_and_one_that_says_no_refuses() -> None:
    def reviewed(*papers: dict[str, Any]) -> Decision:
        return decide(project(standing={"two_high": True}, approvals=[*PLAIN["approvals"], *papers]))

    without = reviewed()
    assert ("undecidable", ("approvals.joint_review",)) == (without.verdict, without.missing)
    late = reviewed({"kind": "joint_review", "document": "会审", "date": "2022-06-02"})
    assert "undecidable" == late.verdict
    assert "allowed" == reviewed({"kind": "joint_review", "document": "会审", "date": "2022-06-01"}).verdict
    said_no = {"kind": "joint_review", "document": "会审", "date": "2022-05-31", "refused": True}
    assert "refused" == reviewed(said_no).verdict


def coal(*replaced: dict[str, Any]) -> dict[str, Any]:
    return project(
        coal_t="1000",
        replacements=[
            {"pollutant": "coal", "source_id": f"C{at}", **one} for at, one in enumerate(replaced, 1)
        ],
    )


def test_coal_is_replaced_by_more_than_is_burnt_and_petroleum_coke_does_not_count() -> None:
    def found(*replaced: dict[str, Any]) -> str:
        return state("coal", coal(*replaced))

    assert ["unmet", "unmet", "met"] == [
        found(),
        found({"t": "1000", "what": "煤"}),
        found({"t": "1001", "what": "煤"}),
    ]
    assert "unmet" == found({"t": "900", "what": "煤"}, {"t": "500", "what": "石油焦"})
    asked = rule(decide(coal({"t": "1001"})), "coal")
    assert ("missing", ("replacements.C1.what",)) == (asked.state, asked.missing)
    assert "more than that is wanted" in why(rule(decide(coal({"t": "1000", "what": "煤"})), "coal"), LIBRARY)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("eliminated", {"catalogue_class": "eliminated"}),
        ("scattered", {"standing": {"scattered": True}}),
        ("area-frozen", {"standing": {"area_frozen": True}}),
        ("gasifier", {"furnaces": [{"kind": "gasifier", "fuel": "coal", "purpose": "fuel_gas"}]}),
        ("own-coal-boiler", {"furnaces": [{"kind": "boiler", "fuel": "coal", "purpose": "own_use"}]}),
        ("small-open-pit", {"trade": "1011", "activities": {"open_pit_mine": True, "small_mine": True}}),
    ],
)
def test_what_is_banned_in_shanyang_is_refused_and_allowed_without_that(
    name: str, changes: dict[str, Any]
) -> None:
    assert "refused" == decide(project(**changes)).verdict
    assert "forbidden" == state(name, project(**changes))
    assert "not_applicable" == state(name, PLAIN)


def test_a_bigger_open_pit_is_strictly_controlled_and_not_banned() -> None:
    record = project(trade="1011", activities={"open_pit_mine": True, "small_mine": False})
    assert ("condition", "not_applicable") == (state("open-pit", record), state("small-open-pit", record))


def test_cement_that_replaces_capacity_carries_its_ore_on_a_closed_conveyor() -> None:
    def found(conveyor: bool) -> str:
        return state("cement-transport", project(
            trade="3011", industries=["水泥"], capacity=[{"product": "熟料", "added": "100", "replaced": "125"}],
            activities={"conveyor_and_clean_transport": conveyor},
        ))  # fmt: skip

    assert ["met", "unmet"] == [found(True), found(False)]


# --- the other plans ---

HENAN = project(
    region="410108", date="2017-02-01", areas={"chp_network": False, "gas_network": True, "fuel_ban": False}
)


def test_henan_wants_twice_of_each_of_four_pollutants_that_are_added() -> None:
    record = project(
        HENAN,
        emissions={"SO2": "1.5", "NOx": "2", "PM": "0.25", "VOCs": "0"},
        replacements=[
            {"pollutant": "SO2", "source_id": "a", "t": "3"},
            {"pollutant": "NOx", "source_id": "b", "t": "3.99"},
            {"pollutant": "PM", "source_id": "c", "t": "0.2"},
            {"pollutant": "PM", "source_id": "d", "t": "0.3"},
        ],
    )
    decision = decide(record)
    states = {
        finding.amounts.pollutant: (finding.state, finding.amounts.lacking)
        for finding in decision.findings
        if finding.rule.id == "double-replacement" and finding.amounts
    }
    assert {"SO2": ("met", D(0)), "NOx": ("unmet", D("0.01")), "PM": ("met", D(0))} == states


def test_of_a_rebuilt_project_it_has_to_be_told_what_is_added() -> None:
    record = project(HENAN, nature="rebuilt", emissions={"SO2": "1.5"}, replacements=[])
    assert "missing" == rule(decide(record), "double-replacement", "SO2").state
    less = project(record, added={"SO2": "0", "NOx": "0", "PM": "0", "VOCs": "0"})
    assert {"not_applicable"} == {
        finding.state for finding in decide(less).findings if finding.rule.id == "double-replacement"
    }


@pytest.mark.parametrize(
    ("chp", "gas", "fuel", "name", "found"),
    [
        (True, True, "gas", "heat-in-network", "forbidden"),
        (True, True, "electricity", "heat-in-network", "not_applicable"),
        (False, True, "gas", "heat-in-gas-network", "not_applicable"),
        (False, True, "biomass", "heat-in-gas-network", "forbidden"),
        (False, False, "biomass", "heat-outside", "unmet"),
        (False, False, "pulverised_coal", "heat-outside", "missing"),
        (False, False, "electricity", "heat-outside", "met"),
    ],
)
def test_sources_of_heat_in_henan_depend_on_the_networks(
    chp: bool, gas: bool, fuel: str, name: str, found: str
) -> None:
    record = project(
        HENAN,
        areas={"built_up": True, "chp_network": chp, "gas_network": gas},
        furnaces=[{"kind": "boiler", "fuel": fuel, "purpose": "own_use"}],
    )
    assert found == state(name, record)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("two-high", {"standing": {"two_high": True}, "capacity": [{"product": "x", "added": "1"}]}),
        ("overcapacity", {"standing": {"overcapacity": True}, "capacity": [{"product": "x", "added": "1"}]}),
        ("built-up", {"trade": "2611", "areas": {"built_up": True}}),
        ("applicant-frozen", {"standing": {"applicant_frozen": True}}),
        ("elimination-overdue", {"standing": {"elimination_overdue": True, "key_industry": True}}),
        ("fuel-ban", {"areas": {"fuel_ban": True}, "furnaces": [{"kind": "kiln", "fuel": "heavy_oil"}]}),
        (
            "raw-coal-boiler",
            {"furnaces": [{"kind": "boiler", "fuel": "raw_coal", "purpose": "own_use"}], "nature": "rebuilt"},
        ),
        (
            "home-heating",
            {"furnaces": [{"kind": "boiler", "fuel": "coal", "purpose": "residential_heating"}]},
        ),
    ],
)
def test_what_henan_bans(name: str, changes: dict[str, Any]) -> None:
    clear = {"standing": {"applicant_frozen": False, "elimination_overdue": False}}
    assert "not_applicable" == state(name, project(HENAN, **clear))
    assert "forbidden" == state(name, project(HENAN, **changes))


def test_only_the_ten_cities_have_the_coal_rule_of_the_notice() -> None:
    def names(region: str) -> set[str]:
        return {finding.rule.id for finding in decide(project(HENAN, region=region)).findings}

    assert "coal-key-cities" in names("410108")
    assert "coal-key-cities" not in names("411002")


HUIJI = project(HENAN, date="2017-03-01")


@pytest.mark.parametrize(("nox", "found"), [("30", "met"), ("30.1", "unmet"), (None, "missing")])
def test_new_gas_boilers_of_huiji_emit_thirty_milligrams_at_most(nox: str | None, found: str) -> None:
    boiler = {"kind": "boiler", "fuel": "gas", "purpose": "process", **({"nox_mg_m3": nox} if nox else {})}
    assert found == state("gas-boiler", project(HUIJI, furnaces=[boiler], activities={"low_nox": True}))


@pytest.mark.parametrize(
    ("name", "changes", "found"),
    [
        ("ring", {"areas": {"industry_ring": True}, "standing": {"against_area_plan": True}}, "forbidden"),
        ("ring", {"areas": {"industry_ring": True}, "standing": {"against_area_plan": False}}, "not_applicable"),
        ("yard", {"activities": {"bulk_yard": True, "yard_closed": False}}, "unmet"),
        ("yard", {"activities": {"bulk_yard": True, "yard_closed": True}}, "met"),
        ("restaurant", {"activities": {"cooking_fume": True}, "areas": {"residential_building": True}}, "forbidden"),
        ("restaurant", {"activities": {"cooking_fume": True}, "areas": {"residential_building": False}}, "not_applicable"),
        ("biomass-boiler", {"furnaces": [{"kind": "boiler", "fuel": "biomass"}]}, "condition"),
    ],
)  # fmt: skip
def test_what_huiji_says(name: str, changes: dict[str, Any], found: str) -> None:
    assert found == state(name, project(HUIJI, **changes))


@pytest.mark.parametrize(
    ("name", "changes", "found"),
    [
        ("high-voc", {"activities": {"high_voc_materials": True}}, "forbidden"),
        ("high-voc", {"activities": {"high_voc_materials": False}}, "not_applicable"),
        ("rail", {"activities": {"bulk_goods": True, "rail_siding": False}}, "unmet"),
        ("rail", {"activities": {"bulk_goods": True, "rail_siding": True}}, "met"),
    ],
)
def test_what_zhengzhou_says_in_the_winter_of_2018(name: str, changes: dict[str, Any], found: str) -> None:
    assert found == state(name, project(region="410108", date="2018-12-01", **changes))


@pytest.mark.parametrize(
    ("name", "changes", "found"),
    [
        ("two-high", {"trade": "2521", "capacity": [{"product": "焦", "added": "1"}]}, "condition"),
        ("capacity", {"standing": {"overcapacity": True}, "capacity": [{"product": "x", "added": "1", "replaced": "1"}]}, "met"),
        ("capacity", {"standing": {"overcapacity": True}, "capacity": [{"product": "x", "added": "1"}]}, "unmet"),
        ("coal-source", {"coal_t": "0.1"}, "missing"),
        ("coal-source", {"coal_t": "0"}, "not_applicable"),
        ("coal-power", {"trade": "4411", "industries": ["燃煤发电"]}, "condition"),
        ("coal-washing", {"trade": "0610", "activities": {"coal_washing": False}}, "unmet"),
        ("coal-washing", {"trade": "0610", "activities": {"coal_washing": True}}, "met"),
        ("ultra-low", {"industries": ["燃煤发电"], "trade": "4411",
                       "outlets": [{"kind": "other", "pm_mg_m3": "10", "so2_mg_m3": "35", "nox_mg_m3": "50"}]}, "met"),
        ("ultra-low", {"industries": ["燃煤发电"], "trade": "4411",
                       "outlets": [{"kind": "other", "pm_mg_m3": "10", "so2_mg_m3": "36", "nox_mg_m3": "50"}]}, "unmet"),
    ],
)  # fmt: skip
def test_what_jiyuan_says_in_2016(name: str, changes: dict[str, Any], found: str) -> None:
    assert found == state(name, project(region="419001", date="2016-06-01", **changes))


# --- place and time ---


@pytest.mark.parametrize(
    ("region", "day", "books"),
    [
        ("410811", "2022-01-01", ["shanyang-2022"]),
        ("410811", "2022-12-31", ["shanyang-2022"]),
        ("410811", "2023-01-01", []),
        ("410811", "2017-06-01", ["henan-2017"]),
        ("410108", "2017-02-24", ["henan-2017"]),
        ("410108", "2017-02-25", ["huiji-2017", "henan-2017"]),
        ("410108", "2018-09-30", []),
        ("410108", "2019-03-31", ["zhengzhou-2018"]),
        ("419001", "2016-04-05", ["jiyuan-2016"]),
        ("110101", "2022-06-01", []),
    ],
)
def test_books_are_chosen_by_the_place_and_day_of_the_project(
    region: str, day: str, books: list[str]
) -> None:
    decision = decide(project(region=region, date=day))
    assert [f"admission-{name}" for name in books] == [book.id for book in decision.books]


def test_where_no_book_holds_nothing_is_allowed_and_the_reason_is_told() -> None:
    decision = decide(project(date="2023-01-01"))
    assert ("undecidable", ("books",)) == (decision.verdict, decision.missing)
    assert ("admission-shanyang-2022", "ended") in [
        (book.id, why_not) for book, why_not in decision.passed_over
    ]


def test_a_project_of_a_city_has_to_name_the_county_where_books_of_counties_hold() -> None:
    decision = decide(project(region="410800"))
    assert "region" in decision.missing
    assert "undecidable" == decision.verdict


# --- facts ---


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"emisions": {}}, "project", "unknown_key"),
        ({"emissions": {"CO": 1}}, "emissions", "unknown_key"),
        ({"emissions": {"VOCs": -1}}, "emissions.VOCs", "negative"),
        ({"emissions": {"VOCs": "x"}}, "emissions.VOCs", "not_a_number"),
        ({"emissions": {"VOCs": "NaN"}}, "emissions.VOCs", "not_a_number"),
        ({"areas": {"moon": True}}, "areas", "unknown_key"),
        ({"added": {"VOCs": "0.01"}}, "added.VOCs", "added"),
        ({"areas": {"park": "yes"}}, "areas.park", "value"),
        ({"nature": "old"}, "nature", "value"),
        ({"date": "June"}, "date", "not_a_day"),
        ({"region": "41081"}, "region", "region_form"),
        ({"trade": "9999"}, "trade", "trade_section"),
        ({"furnaces": [{"kind": "boat"}]}, "furnaces[1].kind", "value"),
        ({"furnaces": {}}, "furnaces", "value"),
        ({"capacity": [{"product": "x"}]}, "capacity[1].added", "not_a_number"),
        ({"replacements": [{"pollutant": "CO", "source_id": "a", "t": 1}]}, "replacements[1].pollutant", "value"),
        ({"replacements": [{"pollutant": "SO2", "source_id": "a", "t": 1, "used_t": 2}]}, "replacements[1].used_t", "value"),
        ({"replacements": [{"pollutant": "SO2", "t": 1}]}, "replacements[1].source_id", "value"),
        ({"replacements": [{"pollutant": "SO2", "source_id": "a", "t": 1}] * 2}, "replacements[2]", "twice"),
        ({"approvals": [{"kind": "eia", "refused": "no"}]}, "approvals[1].refused", "value"),
        ({"industries": "铸造"}, "industries", "value"),
        ({"zone": {"colour": "red"}}, "zone", "unknown_key"),
    ],
)  # fmt: skip
def test_a_project_that_cannot_be_is_refused_at_its_place(
    changes: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_project(project(**changes))
    assert (field, code) == (caught.value.field, caught.value.code)


def test_the_day_and_the_place_have_to_be_told() -> None:
    for key in ("date", "region"):
        with pytest.raises(InputError) as caught:
            read_project({name: value for name, value in PLAIN.items() if name != key})
        assert (key, "missing") == (caught.value.field, caught.value.code)
    assert date(2022, 7, 1) == read_project(PLAIN, on=date(2022, 7, 1)).day


def test_null_is_unknown_and_not_zero() -> None:
    record = project(emissions={"VOCs": None})
    assert ("undecidable", ("emissions.VOCs",)) == (decide(record).verdict, decide(record).missing)


def test_every_fact_that_is_asked_has_a_label_and_a_place_in_the_template() -> None:
    labels = set(FACTS) | set(OTHER_LABELS)
    for book in LIBRARY.books:
        for one in book.rules:
            for key in one.asks():
                assert key in labels or key.startswith(("approvals.", "replacements."))
    record = template_of(LIBRARY, "410811", date(2022, 6, 1))
    decision = judge(read_project(record), LIBRARY)
    assert "undecidable" == decision.verdict
    assert all(fact_label(key, LIBRARY) for key in decision.missing)
    assert {"areas", "activities", "standing", "emissions", "furnaces", "outlets", "capacity"} <= set(record)


def test_every_choice_has_a_word() -> None:
    kinds = [*FACTS.values(), *(field for kind in FACTS.values() for field in (kind.fields or {}).values())]
    assert set() == {choice for kind in kinds for choice in kind.choices} - set(VALUES)


def test_json_names_document_clause_and_amounts_of_every_rule() -> None:
    found = as_json(decide(voc(replacements=[offer("0.5")])), LIBRARY)
    first = found["rules"][0]
    assert ("山环攻坚办〔2022〕7号", "SY22", "31", "refused") == (
        first["document"],
        first["document_key"],
        first["clause"],
        first["verdict"],
    )
    assert {"needed": "0.6", "offered": "0.5", "lacking": "0.1", "ratio": "2"} == {
        key: first["amounts"][key] for key in ("needed", "offered", "lacking", "ratio")
    }
    assert all(entry["clause"] and entry["label"] for entry in found["rules"])


# --- books ---


def own_book(**head: Any) -> dict[str, Any]:
    """A book as an office writes it: half as much again up to one tonne, twice as much above it."""
    return {
        "book": {"id": "own", "kind": "admission", "title": "本地", "document": "本地文件", "region": "410811",
                 "valid_from": "2022-01-01", **head},
        "entries": {"low": {"value": "1.5", "grade": "H"}},
        "facts": {"areas.lake": {"label": "湖区"}},
        "rules": [
            {"id": "lake", "clause": "1", "grade": "H", "label": "湖区不得新建", "kind": "forbid",
             "when": {"fact": "areas.lake", "is": True}},
            {"id": "bands", "clause": "2", "grade": "H", "label": "分档替代", "kind": "replace", "what": ["SO2"],
             "bands": [{"above": "0", "up_to": "1", "ratio": "@low"}, {"above": "1", "up_to": None, "ratio": "2"}]},
        ],
    }  # fmt: skip


def test_an_office_adds_a_book_with_facts_of_its_own_and_the_strictest_wins() -> None:
    library = LIBRARY.extended([own_book()])
    assert ["admission-shanyang-2022", "own"] == [
        book.id for book in library.on("410811", date(2022, 6, 1))[0]
    ]
    assert "undecidable" == decide(PLAIN, library).verdict
    assert "allowed" == decide(project(areas={"lake": False}), library).verdict
    refused = decide(project(areas={"lake": True}), library)
    assert ("refused", ["own/lake"]) == (refused.verdict, [one.rule.key for one in refused.of("forbidden")])


@pytest.mark.parametrize(("added", "needed"), [("1", "1.5"), ("1.001", "2.002"), ("0.5", "0.75")])
def test_a_band_leaves_out_its_lower_bound_and_holds_its_upper(added: str, needed: str) -> None:
    library = LIBRARY.extended([own_book()])
    amounts = rule(decide(project(emissions={"SO2": added}, areas={"lake": False}), library), "bands").amounts
    assert amounts is not None
    assert D(needed) == amounts.needed


def test_a_book_of_the_office_replaces_one_with_grounds() -> None:
    record = own_book(replaces="admission-shanyang-2022", grounds="区里另有规定")
    decision = decide(project(areas={"lake": False}), LIBRARY.extended([record]))
    assert ["own"] == [book.id for book in decision.books]
    assert ("admission-shanyang-2022", "replaced") in [
        (book.id, reason) for book, reason in decision.passed_over
    ]


def changed(**changes: Any) -> dict[str, Any]:
    record = own_book()
    record["rules"][1].update(changes)
    return record


@pytest.mark.parametrize(
    ("record", "place", "problem"),
    [
        (own_book(id=""), "book", "id is wanted"),
        (own_book(kind="other"), "book.kind", "none of"),
        (own_book(region="山阳"), "book.region", "no administrative code"),
        (own_book(valid_from="2022"), "book.valid_from", "no day"),
        (own_book(valid_to="2021-12-31"), "book.valid_to", "before it begins"),
        (own_book(id="admission-shanyang-2022"), "book.id", "two books"),
        (own_book(series="admission-shanyang-2022"), "book.valid_from", "overlaps"),
        (own_book(replaces="nothing", grounds="x"), "book.replaces", "no book"),
        (own_book(replaces="admission-shanyang-2022"), "book.grounds", "without grounds"),
        ({**own_book(), "rules": []}, "rules", "a list of rules"),
        ({**own_book(), "entries": {"low": {"value": 1.5, "grade": "H"}}}, "entries.low", "exact"),
        ({**own_book(), "entries": {"low": {"value": "1", "grade": "Z"}}}, "entries.low.grade", "none of"),
        ({**own_book(), "facts": {"sky.blue": {"label": "x"}}}, "facts.sky.blue", "belongs to none"),
        ({**own_book(), "industries": [{"name": "铸造", "trades": ["33"]}]}, "industries[1]", "told otherwise"),
        ({**own_book(), "industries": [{"name": "新", "trades": ["C33"]}]}, "industries[1]", "2 to 4 figures"),
        (changed(kind="hope"), "rules[2].kind", "none of"),
        (changed(grade="A"), "rules[2].grade", "none of"),
        (changed(id="lake"), "rules", "two rules"),
        (changed(clause=""), "rules[2].clause", "a text"),
        (changed(what=["CO"]), "rules[2].what", "none of"),
        (changed(ratio="2"), "rules[2]", "either ratio or bands"),
        (changed(within="郑州"), "rules[2].within", "no administrative code"),
        (changed(regions=["420000"]), "rules[2].regions", "outside"),
        (changed(speed=1), "rules[2]", "speed is not known"),
        (changed(bands=[{"above": "0", "up_to": "1", "ratio": "1"}, {"above": "2", "up_to": None, "ratio": "2"}]),
         "rules[2].bands[2]", "gap between 1 and 2"),
        (changed(bands=[{"above": "0", "up_to": "2", "ratio": "1"}, {"above": "1", "up_to": None, "ratio": "2"}]),
         "rules[2].bands[2]", "overlaps"),
        (changed(bands=[{"above": "1", "up_to": None, "ratio": "1"}]), "rules[2].bands", "gap between 0 and 1"),
        (changed(bands=[{"above": "0", "up_to": "1", "ratio": "1"}]), "rules[2].bands", "gap above 1"),
        (changed(bands=[{"above": "0", "up_to": None, "ratio": "0"}]), "rules[2].bands[1].ratio", "above 0"),
        (changed(bands=[{"above": "0", "up_to": None, "ratio": "@high"}]), "rules[2].bands[1]", "no entry"),
        (changed(when={"fact": "areas.sea", "is": True}), "rules[2].when.fact", "declare it"),
        (changed(when={"fact": "nature", ">": "1"}), "rules[2].when.>", "no number"),
        (changed(when={"fact": "nature", "is": "old"}), "rules[2].when.is", "none of"),
        (changed(when={"fact": "furnaces", "is": "x"}), "rules[2].when.fact", "use some or every"),
        (changed(when={"all": []}), "rules[2].when.all", "a list of conditions"),
        (changed(when={"industry": ["炼金"]}), "rules[2].when.industry", "no industry"),
        (changed(when={"approval": "blessing"}), "rules[2].when.approval", "no kind of approval"),
        (changed(when={"some": "nature", "where": {"fact": "kind", "is": "kiln"}}), "rules[2].when.some", "no list"),
        (changed(when={"some": "furnaces", "where": {"fact": "nature", "is": "new"}}), "rules[2].when.where.fact", "no fact"),
        (changed(when={"fact": "coal_t", ">": "much"}), "rules[2].when.>", "no number"),
        (changed(when={"maybe": 1}), "rules[2].when", "no condition"),
    ],
)  # fmt: skip
def test_a_book_that_is_not_sound_is_refused_with_its_place(
    record: dict[str, Any], place: str, problem: str
) -> None:
    with pytest.raises(BookError) as caught:
        LIBRARY.extended([record])
    assert place == caught.value.place
    assert problem in caught.value.problem


def test_editions_of_a_series_may_follow_each_other() -> None:
    later = own_book(series="admission-shanyang-2022", valid_from="2023-01-01")
    assert "own" in {book.id for book in LIBRARY.extended([later]).on("410811", date(2023, 1, 1))[0]}


def test_an_office_sets_unsure_entries_otherwise_with_grounds_and_settled_ones_not() -> None:
    def entry(name: str, value: Any, **more: Any) -> dict[str, Any]:
        return {
            "book": "admission-shanyang-2022",
            "entry": name,
            "value": value,
            "grounds": "市局答复",
            **more,
        }

    library = LIBRARY.overridden([entry("double", "3"), entry("valid_to", "2023-12-31")])
    amounts = rule(decide(voc(date="2023-06-01"), library), "voc-double").amounts
    assert amounts is not None
    assert D("0.9") == amounts.needed
    held = as_json(decide(voc(), library), library)["books"][0]
    assert ["double: 市局答复", "valid_to: 市局答复"] == held["set_otherwise"]
    for wrong in (entry("voc_threshold", "1"), entry("nothing", "1"), entry("double", "3", grounds=" "),
                  entry("double", "3", book="nowhere"), entry("double", "0"), {"book": "admission-shanyang-2022"}):  # fmt: skip
        with pytest.raises(BookError):
            LIBRARY.overridden([wrong])


def test_every_rule_has_a_clause_and_every_unsure_entry_a_note() -> None:
    for name in SHIPPED:
        record = shipped(name)
        for key, entry in record.get("entries", {}).items():
            assert entry["grade"] == "H" or entry.get("note") or entry.get("clause"), (name, key)
        assert all(one["clause"] for one in record["rules"])
    assert {"JY16", "HJ17", "HN17", "ZZ18", "SY22"} == {book.document_key for book in LIBRARY.books}


# --- properties ---


def test_a_book_that_replaces_another_does_so_in_its_own_place_only() -> None:
    record = own_book(replaces="admission-henan-2017", grounds="区里另有规定", valid_from="2017-01-01")
    library = LIBRARY.extended([record])
    assert ["own"] == [book.id for book in library.on("410811", date(2017, 2, 1))[0]]
    assert ["admission-henan-2017"] == [book.id for book in library.on("410802", date(2017, 2, 1))[0]]


def test_a_book_of_a_town_holds_in_the_town() -> None:
    library = LIBRARY.extended([own_book(region="410811001")])
    assert ["admission-shanyang-2022", "own"] == [
        book.id for book in decide(project(region="410811001000"), library).books
    ]
    assert "region" in decide(PLAIN, library).missing


@pytest.mark.parametrize("written", ["A", "A级", "引领性", "绩效引领性企业"])
def test_grades_are_read_as_officials_write_them(written: str) -> None:
    assert "met" == state("grade-new", project(planned_grade=written, trade="3391", capacity=[]))


amounts_t = st.decimals(min_value=0, max_value=3, places=3)
replacement = st.fixed_dictionaries(
    {"pollutant": st.sampled_from(["VOCs", "SO2"]), "t": amounts_t},
    optional={"region": st.sampled_from(["410811", "410802"]), "what": st.sampled_from(["", "石油焦"])},
)


def apart(offered: list[Any]) -> list[Any]:
    """Each from a source of its own."""
    return [{**one, "source_id": f"E{at}"} for at, one in enumerate(offered)]


def rank(decision: Decision) -> int:
    return VERDICTS.index(decision.verdict)


@given(
    emitted=amounts_t,
    offered=st.lists(replacement, max_size=4),
    more=replacement,
    park=st.none() | st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_more_replacement_never_makes_it_worse(
    emitted: D, offered: list[Any], more: Any, park: bool | None
) -> None:
    record = voc(emissions={"VOCs": emitted}, replacements=apart(offered), areas={"park": park})
    assert rank(decide({**record, "replacements": apart([*offered, more])})) <= rank(decide(record))


@given(
    ratio=st.decimals(min_value="0.1", max_value=3, places=1),
    stricter=st.decimals(min_value=0, max_value=3, places=1),
    emitted=amounts_t,
    offered=st.lists(replacement, max_size=4),
    lake=st.none() | st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_a_stricter_book_and_a_further_book_never_allow_more(
    ratio: D, stricter: D, emitted: D, offered: list[Any], lake: bool | None
) -> None:
    def book(wanted: D) -> dict[str, Any]:
        record = own_book()
        record["entries"]["low"]["value"] = str(wanted)
        record["rules"][1] = {"id": "r", "clause": "2", "grade": "H", "label": "替代", "kind": "replace",
                              "what": ["SO2"], "ratio": "@low"}  # fmt: skip
        return record

    record = project(emissions={"SO2": emitted}, replacements=apart(offered), areas={"lake": lake})
    mild = LIBRARY.extended([book(ratio)])
    strict = LIBRARY.extended([book(ratio + stricter)])
    without = {**record, "areas": {key: value for key, value in record["areas"].items() if key != "lake"}}
    assert rank(decide(without)) <= rank(decide(record, mild)) <= rank(decide(record, strict))


@given(st.sampled_from(sorted(key for key in PLAIN if key not in ("region", "date", "approvals"))))
def test_a_fact_that_is_taken_away_never_makes_the_plain_project_refused(key: str) -> None:
    assert decide(project(**{key: None})).verdict in ("allowed", "conditional", "undecidable")


def test_books_are_read_in_any_order() -> None:
    records = [(shipped(name), False) for name in (*reversed(SHIPPED), "industries")]
    assert {book.id for book in LIBRARY.books} == {book.id for book in library_of(records).books}
