"""Which limit holds for an outlet on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lantian.rules.monitoring.errors import BookError
from lantian.rules.monitoring.folding import kinds
from lantian.rules.monitoring.limits import (
    CLAIMS,
    FACTORS,
    FEATURES,
    Binds,
    Outlet,
    PermitLimit,
    Tier,
    applicable,
    read_limits,
    shipped_limits,
)

WINTER = date(2018, 12, 1)


def outlet(kind, region, *permit, **more) -> Outlet:
    limits = tuple(PermitLimit(factor, Decimal(value), "P-1") for factor, value in permit)
    return Outlet("o1", kind, region, limits, **more)


def of(kind, region, factor, day, *permit, **more):
    return applicable(outlet(kind, region, *permit, **more), factor, day)


@pytest.mark.parametrize("day, value", [(date(2017, 9, 30), None), (date(2017, 10, 1), 30), (date(2017, 12, 31), 30), (date(2018, 1, 1), None)])
def test_the_special_limit_of_henan_holds_from_the_day_after_the_last_to_comply_to_the_end_of_the_plan(day, value):
    found = of("boiler_coal", "410100", "dust", day)
    assert found.value == value
    if value is None:
        assert found.reasons[-1].code == "no_limit"


def test_the_limits_of_henan_are_those_of_the_notice():
    got = [of("steel_sinter", "410500", factor, date(2017, 10, 1)).value for factor in ("dust", "so2", "nox")]
    assert got == [30, 200, 200]


def test_other_cities_follow_by_reference_which_is_a_target_and_does_not_bind():
    found = of("boiler_coal", "411300", "dust", date(2017, 10, 1))
    assert found.value is None
    (one,) = [candidate for candidate in found.candidates if candidate.value]
    assert (one.value, one.binds, one.reason.code) == (30, Binds.TARGET, "target")


def test_a_stricter_permit_comes_before_the_plan_and_a_milder_one_behind_it():
    day = date(2017, 10, 1)
    strict = of("boiler_coal", "410100", "nox", day, ("nox", "100"))
    assert (strict.value, strict.chosen.tier) == (100, Tier.PERMIT)
    mild = of("boiler_coal", "410100", "nox", day, ("nox", "400"))
    assert (mild.value, mild.chosen.clause) == (200, "A三(一)5")
    assert {one.reason.code for one in mild.candidates} >= {"chosen", "milder"}


def test_of_two_alike_the_permit_is_named():
    assert of("boiler_coal", "410100", "nox", date(2017, 10, 1), ("nox", "200")).chosen.document == "P-1"


def test_ultra_low_without_figures_is_asked_for_and_the_permit_is_to_hold_the_figure():
    found = of("boiler_coal", "410100", "dust", date(2017, 11, 1), size_t_h=Decimal(65))
    assert found.value == 30
    assert "no_figure" in [reason.code for reason in found.reasons]


@pytest.mark.parametrize("size, code", [(None, "size_unknown"), ("64.9", "smaller"), ("65", "no_figure")])
def test_a_limit_for_large_boilers_asks_for_the_size(size, code):
    found = of("boiler_coal", "410100", "dust", date(2017, 11, 1), size_t_h=size and Decimal(size))
    assert code in [one.reason.code for one in found.candidates]


def test_a_w_flame_boiler_for_own_use_has_its_own_limit_in_jiyuan():
    day = date(2016, 12, 1)
    assert of("power_coal", "419001", "nox", day).value == 50
    assert of("power_coal", "419001", "nox", day, features=frozenset({"w_flame_own_use"})).value == 100


@pytest.mark.parametrize("kind, wanted", [("cement_kiln", "100"), ("carbon", "50"), ("steel_sinter", "50"), ("steel_other", "200")])
def test_a_condition_of_an_exemption_is_told_only_to_whom_it_concerns(kind, wanted):
    claims = frozenset({"milder_cut", "exempt_stagger"})
    with_claim = of(kind, "410100", "nox", WINTER, ("nox", "320"), claims=claims)
    assert with_claim.value == 320 and with_claim.exemption.value == Decimal(wanted)
    without = of(kind, "410100", "nox", WINTER, ("nox", "320"))
    assert without.exemption is None
    assert "not_claimed" in [one.reason.code for one in without.candidates]


def test_gas_boilers_in_zhengzhou_only_after_their_retrofit():
    assert of("boiler_gas", "410102", "nox", WINTER, ("nox", "80")).value == 80
    retrofit = of("boiler_gas", "410102", "nox", WINTER, ("nox", "80"), features=frozenset({"low_nox_retrofit"}))
    assert retrofit.value == 30


def test_hydrogen_sulphide_must_lie_below_its_limit():
    found = of("coke_oven_gas", "410100", "h2s", date(2019, 1, 1))
    assert found.value == 20 and found.strictly_below


def test_a_kiln_without_a_standard_of_its_own():
    assert [of("kiln_other", "410100", factor, WINTER).value for factor in ("dust", "so2", "nox")] == [30, 200, 300]


def test_new_sources_of_shanyang_are_asked_in_principle():
    new = frozenset({"new"})
    found = of("dust_outlet", "410811", "dust", date(2022, 5, 1), ("dust", "20"), features=new)
    assert found.value == 20 and [c.value for c in found.candidates if c.binds is Binds.TARGET] == [10]


def test_a_limit_of_the_season_in_the_permit_holds_on_its_days_only():
    season = PermitLimit("nox", Decimal(50), "P-1", Tier.ULTRA_LOW, date(2018, 11, 15), date(2019, 3, 15), season="采暖季")
    whole = PermitLimit("nox", Decimal(100), "P-1")
    one = Outlet("o1", "kiln", "410100", (whole, season))
    assert applicable(one, "nox", date(2018, 11, 14)).value == 100
    assert applicable(one, "nox", date(2018, 11, 15)).value == 50
    assert applicable(one, "nox", date(2019, 3, 16)).value == 100


def test_another_province_has_none_of_these():
    found = of("boiler_coal", "130100", "dust", date(2017, 10, 1))
    assert found.candidates == () and {reason.code for reason in found.reasons} == {"no_permit_limit", "no_limit"}


def test_a_smaller_place_comes_first_where_two_documents_ask_the_same():
    rows = [
        {"id": f"r{region}", "document": f"D{region}", "label": "x", "kinds": ["*"], "tier": "special", "from": "2020-01-01",
         "grade": "H", "regions": [region], "limits": {"dust": "10"}}
        for region in ("41", "4101", "410102")
    ]  # fmt: skip
    found = applicable(outlet("any", "410102"), "dust", date(2021, 1, 1), rows=read_limits(rows, local=True))
    assert found.chosen.document == "D410102"


def test_every_row_that_ships_names_its_document_clause_and_days():
    for row in shipped_limits():
        assert row.document and row.clause and row.plan and row.factors <= set(FACTORS)
        assert row.last is not None and row.last >= row.first
        assert row.limits or row.factors


def test_every_kind_feature_and_exemption_of_the_book_has_a_name():
    for row in shipped_limits():
        assert (row.kinds | row.not_kinds) - {"*"} <= set(kinds())
        assert row.features | row.not_features <= set(FEATURES)
        assert not row.claim or row.claim in CLAIMS


def test_nothing_ever_chosen_is_milder_than_something_that_binds():
    for row in shipped_limits():
        for factor in row.factors:
            day = row.first + timedelta(days=1)
            one = outlet(next(iter(row.kinds)), row.regions[0].ljust(6, "0"), (factor, "45"), features=row.features)
            found = applicable(one, factor, day)
            binding = [c.value for c in found.candidates if c.binds is Binds.LIMIT and c.reason.code in ("chosen", "milder")]
            assert found.value == min(binding)


@pytest.mark.parametrize(
    "change",
    [{"grade": "Z"}, {"limits": {"gold": "1"}}, {"limits": {"dust": 10.5}}, {"limits": {"dust": "-1"}}, {"limits": {}},
     {"from": "2020-02-30"}, {"from": None}, {"from": None, "by": "soon"}, {"from": None}, {"from": None, "by": "soon"}, {"to": "2019-01-01"}, {"binds": "exemption"}, {"tier": "huge"}, {"kinds": []}, {"regions": "41"}],
)  # fmt: skip
def test_a_row_that_is_not_sound_is_refused_with_its_place(change):
    row = {"id": "a", "document": "D", "label": "x", "kinds": ["*"], "tier": "special", "from": "2020-01-01", "grade": "H",
           "limits": {"dust": "10"}}  # fmt: skip
    read_limits([row])
    with pytest.raises(BookError, match=r"rows\[1\]"):
        read_limits([{**row, **change}])
    with pytest.raises(BookError, match="two of the id"):
        read_limits([row, row])
