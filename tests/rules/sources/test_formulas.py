"""Each formula against a computation by hand; the traps that others have fallen into."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources import ammonia, burning, combustion, controls, dust, mobile, monitored, processes
from lantian.rules.sources.books import books
from lantian.rules.sources.errors import InputError
from lantian.rules.sources.units import Quantity

BOOKS = books()
PULVERISED = BOOKS.boiler("电力热力源", "电力生产", "煤粉炉")
value = BOOKS.value


# --- monitors ---


def test_monitored_milligrams_become_tonnes_with_1e9_and_not_1e6() -> None:
    # 35 mg/m³ × 100,000 m³/h × 8,000 h = 2.8e10 mg = 28 t; with the printed 1e-6 it would be 28,000
    t = monitored.stack_t(Quantity.of(35, "mg/m3"), Quantity.of(100_000, "m3/h"), 8_000)
    assert Fraction(28) == t
    assert Fraction(35 * 100_000 * 8_000, 10**9) == t


def test_a_day_of_18_hours_counts_for_24_and_one_of_17_does_not_count() -> None:
    least = int(value("monitor.valid_hours"))
    hours = [(50, 200_000)] * 18
    # 18 × 50 × 200,000 mg = 180 kg, × 24/18 = 240 kg
    assert Fraction(240, 1000) == monitored.day_t(hours, least)
    assert monitored.day_t(hours[:17], least) is None
    assert monitored.day_t([(50, 200_000)] * 25, least) is None


# --- coal ---


def test_coal_as_in_the_guide() -> None:
    assert PULVERISED is not None
    assert D("8.5") == combustion.coal_so2_t(1000, D("0.5"), PULVERISED, value("coal.so2_per_s"))
    found = combustion.coal_particles_t(1000, 25, PULVERISED)
    # 1000 × 0.25 × 0.75 = 187.5 t dust; × 0.23, × 0.06; BC 0.002 of PM2.5
    assert {
        "TSP": D("187.5"), "PM10": D("43.125"), "PM2.5": D("11.25"), "BC": D("0.0225"), "OC": 0,
    } == found  # fmt: skip


@pytest.mark.parametrize(("trade", "technology"), [("电力供应", "煤粉炉"), ("电力生产", "手动炉排层燃炉")])
def test_a_boiler_that_the_guide_does_not_have_has_no_shares_rather_than_zeros(
    trade: str, technology: str
) -> None:
    assert BOOKS.boiler("电力热力源", trade, technology) is None


@given(st.decimals(0, 100, places=2), st.integers(0, 10**7))
def test_no_more_particles_than_ash(ash: D, coal: int) -> None:
    assert PULVERISED is not None
    found = combustion.coal_particles_t(coal, ash, PULVERISED)
    assert 0 <= found["BC"] <= found["PM2.5"] <= found["PM10"] <= found["TSP"] <= coal * Fraction(ash) / 100


@pytest.mark.parametrize("sulphur", [D("-0.1"), D("100.1")])
def test_a_content_outside_of_0_to_100_percent_is_refused(sulphur: D) -> None:
    assert PULVERISED is not None
    with pytest.raises(InputError):
        combustion.coal_so2_t(1, sulphur, PULVERISED, 2)
    combustion.coal_so2_t(1, 0, PULVERISED, 2)
    combustion.coal_so2_t(1, 100, PULVERISED, 2)


# --- control ---


def test_pm10_behind_a_filter_is_counted_by_its_two_parts() -> None:
    # bag filter: 6 × 0.055 + 17 × 0.05 = 0.33 + 0.85; with the coarse efficiency for all it would be 1.15
    assert D("1.18") == controls.pm10_after(Fraction(6), Fraction(23), D("0.945"), D("0.95"))


def test_pm10_below_pm25_is_a_mistake() -> None:
    with pytest.raises(InputError) as caught:
        controls.pm10_after(Fraction(2), Fraction(1), 0, 0)
    assert "pm10_below_pm25" == caught.value.code


def test_removal_is_efficiency_times_operation_times_collection() -> None:
    # RTO 94 %, runs 90 % of the time, hood 40 %: 0.3384
    assert D("0.3384") == controls.effective(D("0.94"), D("0.9"), D("0.4"))


def _facility(name: str, **named: object) -> controls.Facility:
    return controls.Facility(name, **named)  # type: ignore[arg-type]


def test_low_nox_with_scr_takes_the_row_of_the_combination_and_not_the_product() -> None:
    both = [_facility("低氮燃烧技术"), _facility("选择性催化还原法")]
    assert D("0.64") == controls.removal(both, BOOKS.technologies, "NOx").share
    assert D("0.42") == controls.removal(both[1:], BOOKS.technologies, "NOx").share


def test_two_facilities_multiply_only_if_they_are_said_to_stand_in_series() -> None:
    first, second = _facility("袋式除尘法"), _facility("普通静电除尘法")
    assert D("0.945") == controls.removal([first, second], BOOKS.technologies, "PM2.5").share
    behind = _facility("普通静电除尘法", in_series=True)
    assert 1 - D("0.055") * D("0.07") == controls.removal([first, behind], BOOKS.technologies, "PM2.5").share


def test_dust_that_desulphurisation_takes_counts_only_if_stated() -> None:
    bag, wet = _facility("袋式除尘法"), _facility("石灰石/石膏法")
    assert D("0.945") == controls.removal([bag, wet], BOOKS.technologies, "PM2.5").share
    assert 0 == controls.removal([wet], BOOKS.technologies, "PM2.5").share
    stated = _facility("石灰石/石膏法", side_effect=True)
    assert 1 - D("0.055") * D("0.43") == controls.removal([bag, stated], BOOKS.technologies, "PM2.5").share
    assert D("0.8") == controls.removal([bag, wet], BOOKS.technologies, "SO2").share


@given(
    st.lists(st.sampled_from(sorted(BOOKS.technologies)), max_size=4),
    st.booleans(),
    st.sampled_from(["SO2", "NOx", "PM2.5", "VOCs"]),
)
def test_no_set_of_facilities_removes_less_than_nothing_or_more_than_all(
    names: list[str], series: bool, target: str
) -> None:
    facilities = [_facility(name, in_series=series, side_effect=series) for name in names]
    assert 0 <= controls.removal(facilities, BOOKS.technologies, target).share <= 1


@pytest.mark.parametrize("share", [D("-0.01"), D("1.01"), 95])
def test_a_share_outside_of_0_to_1_is_refused(share: D) -> None:
    with pytest.raises(InputError):
        controls.effective(share)
    assert [0, 1] == [controls.effective(0), controls.effective(1)]


# --- processes ---


def test_sinter_by_its_sulphur() -> None:
    # (100,000 × 0.0002 + 5,000 × 0.006) × 1.7 × 0.2 = 17 t
    assert 17 == processes.sinter_so2_t(
        100_000, D("0.02"), 5_000, D("0.6"), D("0.8"), value("sinter.so2_per_s")
    )


def test_solvent_by_balance() -> None:
    # 20 t × 55 % × (1 - 0.85 × 0.9 × 0.95) = 11 × 0.27325
    assert D("3.00575") == processes.solvent_t(20, D("0.55"), D("0.85"), D("0.9"), D("0.95"))


def test_tanks_leaks_and_flare() -> None:
    assert D("1.5") == processes.tank_t(10_000, D("0.2"), 4, 250, D("0.5"))
    assert D("19.304") == processes.leaks_t([(500, D("0.00403")), (20, D("0.0199"))], 8_000)
    assert D("2.75") == processes.ldar_t(30, 20, 1_000, value("ldar.leak_rate"))
    assert 10 == processes.flare_t(50, value("flare.destruction"))
    with pytest.raises(InputError):
        processes.ldar_t(20, 30, 1_000, value("ldar.leak_rate"))


# --- vehicles ---


def test_exhaust_evaporation_links_and_machines() -> None:
    assert D("8.16") == mobile.exhaust_t(1_000, 12_000, D("0.68"))
    driving, parked = value("vehicle.evaporation_driving"), value("vehicle.evaporation_parked")
    # (11.6 × 12000/30 + 0.5 × 365) g × 1,000
    assert D("4.8225") == mobile.evaporation_t(1_000, 12_000, 30, driving, parked, value("vehicle.days"))
    assert D("0.0012") == mobile.link_t(2_000, D("1.5"), D("0.4"))
    assert D("3.432") == mobile.machine_t(10, 110, value("nonroad.load_factor"), 1_200, 4)
    with pytest.raises(InputError):
        mobile.evaporation_t(1, 1, 0, driving, parked, 365)


# --- dust ---


def test_paved_road_as_in_the_reference() -> None:
    # 0.62 × 2^0.91 × 10^1.02 = 0.62 × 1.87905 × 10.47129
    assert 12.1991 == pytest.approx(float(dust.paved_factor_g_km("PM10", 2, 10, value)), abs=1e-4)
    # 10 g/km × 2 km × 3.65 million × 0.8
    assert D("58.4") == dust.road_t(10, 2, 3_650_000, 73)
    assert 0 == dust.road_t(10, 2, 3_650_000, 365)
    with pytest.raises(InputError):
        dust.road_t(10, 2, 1, 366)


def test_pile_handling_as_in_the_reference_and_not_631_times_as_much() -> None:
    factor = dust.handling_factor_kg_t("PM10", D("2.5"), 2, value)
    assert 6.6e-4 == pytest.approx(float(factor), rel=5e-3)
    # the moisture divided by 100 once more: (100)^1.4 = 631
    with pytest.raises(InputError) as caught:
        dust.handling_factor_kg_t("PM10", D("2.5"), D("0.02"), value)
    assert "percent_too_small" == caught.value.code
    dust.handling_factor_kg_t("PM10", D("2.5"), D("0.1"), value)
    with pytest.raises(InputError):
        dust.handling_factor_kg_t("PM10", D("2.5"), 0, value)


def test_erosion_by_wind_has_a_threshold() -> None:
    assert 27 == dust.erosion_potential_g_m2(D("1.5"), D("1.0"), value)
    assert 0 == dust.erosion_potential_g_m2(D("1.0"), D("1.0"), value)
    assert 0 < dust.erosion_potential_g_m2(D("1.0001"), D("1.0"), value)
    # 0.4 × 10 / ln(10/0.6) = 4 / 2.81341
    assert 1.42176 == pytest.approx(float(dust.friction_velocity_m_s(10, 10, D("0.6"), value)), abs=1e-5)
    assert D("0.0135") == dust.erosion_kg_m2("PM10", [27], 0, value)
    with pytest.raises(InputError):
        dust.friction_velocity_m_s(10, D("0.6"), D("0.6"), value)


def test_pile_in_all() -> None:
    # 0.00066 × 100,000 + 0.054 × 2,000 = 66 + 108 kg
    assert D("0.174") == dust.pile_t(D("0.00066"), 100_000, D("0.054"), 2_000)


def test_construction_sites() -> None:
    # 10,000 m² × 6 months × 2.69e-4 = 16.14 t
    found = [dust.construction_t(size, 10_000, 6, 0, value) for size in dust.SIZES]
    assert [D("16.14"), D("7.9086"), D("1.614")] == found
    with pytest.raises(InputError):
        dust.construction_t("TSP", 1, D("12.5"), 0, value)


def test_soil() -> None:
    # C = 0.504 × 27 / 400 = 0.03402; 0.30 × 8 × 0.5 × 0.7 × 0.9 × 0.03402 × 100
    found = dust.soil_t("PM10", 100, 8, D("0.5"), D("0.7"), D("0.9"), 3, 20, value)
    assert D("2.571912") == found


@given(st.decimals("0.1", "100", places=2), st.decimals("0.1", "30", places=1))
def test_wetter_piles_raise_less_dust(moisture: D, wind: D) -> None:
    drier = dust.handling_factor_kg_t("PM10", wind, moisture, value)
    wetter = dust.handling_factor_kg_t("PM10", wind, min(D(100), moisture * 2), value)
    assert wetter <= drier


# --- fields and fires ---


def test_livestock_follows_its_nitrogen() -> None:
    stages = BOOKS.animals["生猪"]["solid"]
    flow = ammonia.livestock(100, stages, D("0.05"), value("nh3.solid_to_organic"), value("nh3.from_n"))
    # 18.5; 81.5 × 0.9 = 73.35 in store; × 0.046 and × 0.05; 66.3084 × 0.81 on the field
    parts = flow.housing, flow.storage, flow.other_loss, flow.spreading
    assert (D("18.5"), D("3.3741"), D("3.6675"), D("53.709804")) == parts
    assert D("75.583904") * D("1.214") == flow.nh3


@given(
    st.integers(0, 10**6),
    *(st.decimals(0, 1, places=3) for _ in range(3)),
    st.decimals(0, 1, places=3),
    st.sampled_from([0, D("0.1")]),
)
def test_nitrogen_is_conserved(tan: int, house: D, store: D, field: D, other: D, organic: D) -> None:
    stages = {"housing": house, "storage": store, "spreading": field}
    try:
        flow = ammonia.livestock(tan, stages, other, organic, 1)
    except InputError:
        assert store + other > 1
        return
    total = flow.housing + flow.storage + flow.spreading + flow.other_loss + flow.to_organic + flow.left
    assert tan == total


def test_fertiliser_and_fires() -> None:
    assert D("235.516") == ammonia.fertiliser_t(1_000, D("0.194"), value("nh3.from_n"))
    straw = value("burning.straw")
    assert 234 == burning.straw_t(10_000, D("1.3"), D("0.02"), straw)
    assert 81 == burning.straw_by_area_t(10, 6, D("1.5"), straw)
    assert 1_740 == burning.straw_by_points_t(2, value("burning.fire_point"))
    assert 2_000 == burning.vegetation_t(100, 40, value("burning.forest"))
    assert 3_200 == burning.vegetation_t(100, 40, value("burning.grass"))
