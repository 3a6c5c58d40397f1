"""Keys of sources: the official samples, both sides of every boundary, and what a slip of the hand gives."""

from __future__ import annotations

import math
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lantian.rules.geo import Box
from lantian.rules.region_codes import PROVINCES
from lantian.rules.sources import plates, uscc
from lantian.rules.sources.coordinates import Area, parse_datum, parse_degrees, place
from lantian.rules.sources.datums import (
    Datum,
    bd09_to_gcj02,
    distance,
    from_wgs84,
    gcj02_to_bd09,
    plane_to_degrees,
    same_place_in,
    to_wgs84,
)
from lantian.rules.sources.identifiers import (
    IdentifierError,
    parse_mn,
    parse_permit,
    parse_plate,
    parse_region,
    parse_trade,
    parse_uscc,
)

SAMPLES = ("91130200699229617X", "53640000MJX173680A")


def refused(call: object, *arguments: object, **named: object) -> IdentifierError:
    with pytest.raises(IdentifierError) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    return caught.value


# --- credit codes ---


@pytest.mark.parametrize("sample", SAMPLES)
def test_samples_of_the_standard_check(sample: str) -> None:
    found = parse_uscc(sample)
    assert (sample, sample[2:8], sample[8:17]) == (found.code, found.region, found.organisation)


def test_a_code_is_read_through_spaces_width_and_small_letters() -> None:
    assert SAMPLES[0] == parse_uscc(" ９１130200 699229617x\u200b").code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("uscc_length", SAMPLES[0][:-1]),
        ("uscc_length", SAMPLES[0] + "0"),
        ("uscc_length", ""),
        ("uscc_check", SAMPLES[0][:-1] + "0"),
        ("uscc_check", "91130200699229671X"),
        ("uscc_region", "91A30200699229617X"),
        ("uscc_region", "91990000699229617X"),
        ("uscc_sign", "91130200699229617-"),
    ],
)
def test_what_is_wrong_with_a_code_has_a_name(code: str, text: str) -> None:
    assert code == refused(parse_uscc, text).code


def test_a_letter_that_is_never_used_offers_the_figure_only_if_the_code_then_checks() -> None:
    first = "91410100" + "MA400000"
    good = first + uscc.organisation_check_sign(first[8:16])
    good += uscc.check_sign(good)
    mistaken = refused(parse_uscc, good.replace("0", "O", 1))
    assert ("uscc_sign", good) == (mistaken.code, mistaken.offer)
    assert "" == refused(parse_uscc, "9O130200699229617X").offer


def test_an_error_of_the_inner_organisation_code_is_found_behind_a_right_check_sign() -> None:
    first = SAMPLES[0][:16] + "8"
    assert "uscc_organisation" == refused(parse_uscc, first + uscc.check_sign(first)).code


organisations = st.text(string.digits + "ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)


@st.composite
def codes(draw: st.DrawFn) -> str:
    organisation = draw(organisations)
    first = (
        draw(st.sampled_from(["91", "92", "12", "53"])) + draw(st.sampled_from(sorted(PROVINCES))) + "0100"
    )
    first += organisation + uscc.organisation_check_sign(organisation)
    return first + uscc.check_sign(first)


@given(codes(), st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_no_single_wrong_sign_passes(code: str, place_: int, sign: str) -> None:
    assert code == parse_uscc(code).code
    assume(code[place_] != sign)
    refused(parse_uscc, code[:place_] + sign + code[place_ + 1 :])


@given(codes(), st.integers(8, 15))
def test_no_exchange_of_neighbours_passes(code: str, place_: int) -> None:
    assume(code[place_] != code[place_ + 1])
    refused(parse_uscc, code[:place_] + code[place_ + 1] + code[place_] + code[place_ + 2 :])


@given(codes())
def test_the_sum_of_all_weighted_signs_is_a_multiple_of_31(code: str) -> None:
    total = sum(pow(3, at, 31) * uscc.ALPHABET.index(sign) for at, sign in enumerate(code[:17]))
    assert 0 == (total + uscc.ALPHABET.index(code[17])) % 31


def test_a_sum_that_is_a_multiple_of_31_has_the_check_sign_zero() -> None:
    # body 1, the rest chosen so that 1·1 + 3·10 = 31
    assert "0" == uscc.check_sign("1A" + "0" * 15)
    assert "Y" == uscc.check_sign("2A" + "0" * 15)
    assert "1" == uscc.check_sign("0A" + "0" * 15)


def test_both_edges_of_the_organisation_code() -> None:
    assert "X" == uscc.organisation_check_sign("40000000")  # 4·3 = 12, 12 mod 11 = 1, 11 - 1 = 10
    assert "0" == uscc.organisation_check_sign("00000000")  # 0 mod 11 = 0, 11 - 0 = 11


# --- permits ---


def test_a_permit_is_unit_site_and_mark() -> None:
    found = parse_permit("91130200699229617X001P")
    assert ("91130200699229617X", "001", "P", True) == (found.unit, found.site, found.mark, found.has_uscc)
    assert "91130200699229617X001" == found.stem
    assert "002" == parse_permit("91130200699229617x002p").site


def test_units_without_a_credit_code_have_their_own_form() -> None:
    assert not parse_permit("H9410100" + "0000" + "12345" + "a" + "001P").has_uscc
    assert "H9410100699229617b" == parse_permit("H9410100" + "699229617" + "b" + "001P").unit


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("permit_length", "91130200699229617X001"),
        ("permit_length", "91130200699229617X0001P"),
        ("permit_site", "91130200699229617X000P"),
        ("permit_site", "91130200699229617X0A1P"),
        ("permit_mark", "91130200699229617X001*"),
        ("uscc_check", "911302006992296170001P"),
        ("permit_unit", "H9410100" + "0000" + "12345" + "i" + "001P"),
        ("permit_unit", "H9410100" + "0000" + "12345" + "A" + "001P"),
        ("permit_unit", "H9410100" + "699229618" + "b" + "001P"),
        ("permit_unit", "H9990100" + "0000" + "12345" + "a" + "001P"),
    ],
)
def test_what_is_wrong_with_a_permit_has_a_name(code: str, number: str) -> None:
    assert code == refused(parse_permit, number).code


def test_the_sites_001_and_999_are_the_first_and_the_last() -> None:
    assert ["001", "999"] == [parse_permit(f"91130200699229617X{site}P").site for site in ("001", "999")]


# --- device numbers ---


def test_device_numbers_of_both_editions() -> None:
    assert "2017" == parse_mn("010000a8900016f000169dc0").form
    assert ("2005", "88888880000001") == (
        parse_mn("88888880000001").form,
        parse_mn("MN=88888880000001;").number,
    )


@pytest.mark.parametrize(
    ("code", "number", "offer"),
    [
        ("mn_length", "", ""),
        ("mn_length", "010000A8900016F000169DC", ""),
        ("mn_length", "010000A8900016F000169DC00", ""),
        ("mn_length", "8888888000001", ""),
        ("mn_sign", "O10000A8900016F000169DC0", "010000A8900016F000169DC0"),
        ("mn_sign", "G10000A8900016F000169DC0", ""),
        ("mn_sign", "8888888_000001", ""),
    ],
)
def test_what_is_wrong_with_a_device_number_has_a_name(code: str, number: str, offer: str) -> None:
    error = refused(parse_mn, number)
    assert (code, offer) == (error.code, error.offer)


# --- plates ---


@pytest.mark.parametrize(
    ("number", "form", "drive"),
    [
        ("豫A12345", "ordinary", None),
        ("豫A·1234挂", "ordinary", None),
        ("粤Z1234港", "ordinary", None),
        ("豫AD12345", "new_energy_small", "electric"),
        ("豫AA12345", "new_energy_small", "electric"),
        ("豫AFA2345", "new_energy_small", "other"),
        ("豫AK12345", "new_energy_small", "other"),
        ("豫A12345D", "new_energy_large", "electric"),
        ("豫A12345G", "new_energy_large", "other"),
        ("豫ａ12345", "ordinary", None),
    ],
)
def test_plates_in_use_are_taken(number: str, form: str, drive: str | None) -> None:
    found = parse_plate(number)
    assert (form, drive) == (found.form, found.drive)


@pytest.mark.parametrize(
    ("code", "number", "colour"),
    [
        ("plate_length", "豫A1234", ""),
        ("plate_length", "豫A1234567", ""),
        ("plate_province", "XA12345", ""),
        ("plate_letter", "豫AI2345", ""),
        ("plate_letter", "豫OB1234", ""),
        ("plate_energy", "豫AL12345", ""),
        ("plate_energy", "豫A1234DD", ""),
        ("plate_energy", "豫ADAB345", ""),
        ("plate_sign", "豫112345", ""),
        ("plate_sign", "豫A1234门", ""),
        ("plate_colour", "豫A12345", "绿"),
        ("plate_colour", "豫AD12345", "蓝牌"),
        ("plate_colour", "豫A12345", "紫"),
    ],
)
def test_what_is_wrong_with_a_plate_has_a_name(code: str, number: str, colour: str) -> None:
    assert code == refused(parse_plate, number, colour).code


def test_the_letters_i_and_o_offer_the_figures() -> None:
    assert "豫A12340" == refused(parse_plate, "豫AI234O").offer


def test_the_colour_belongs_to_the_identity_of_a_vehicle() -> None:
    assert ("豫A12345", "yellow") == parse_plate("豫A12345", "黄色").key
    assert parse_plate("豫A12345", "蓝牌").key != parse_plate("豫A12345", "黄牌").key


@given(
    st.sampled_from(plates.PROVINCES), st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=4, max_size=5)
)
def test_a_plate_read_is_a_plate_read_again(province: str, rest: str) -> None:
    number = f"{province}A{rest.rjust(5, '0')}"
    assert number == parse_plate(parse_plate(number).number).number


# --- trades and places ---


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("3011", "C3011"), ("C3011", "C3011"), ("4411", "D4411"), ("0111", "A0111"), ("１３２０", "C1320")],
)
def test_trades_get_their_section(text: str, wanted: str) -> None:
    assert wanted == parse_trade(text)


@pytest.mark.parametrize(
    ("code", "text", "offer"),
    [
        ("trade_form", "水泥", ""),
        ("trade_form", "111", "0111"),
        ("trade_form", "001", ""),
        ("trade_section", "D3011", "C3011"),
        ("trade_section", "9811", ""),
        ("trade_section", "0011", ""),
    ],
)
def test_what_is_wrong_with_a_trade_has_a_name(code: str, text: str, offer: str) -> None:
    error = refused(parse_trade, text)
    assert (code, offer) == (error.code, error.offer)


def test_a_trade_that_is_not_on_the_list_held_is_refused() -> None:
    assert "C3011" == parse_trade("C3011", {"3011"})
    assert "trade_unknown" == refused(parse_trade, "C3019", {"3011"}).code


@pytest.mark.parametrize("code", ["410000", "410100", "410108", "410811", "419001"])
def test_places_of_henan_are_taken(code: str) -> None:
    assert code == parse_region(code, within="41")


@pytest.mark.parametrize(
    ("code", "text", "offer"),
    [
        ("region_form", "41010", ""),
        ("region_form", "4101", "410100"),
        ("region_form", "410108001", "410108"),
        ("region_form", "郑州", ""),
        ("region_province", "990100", ""),
        ("region_province", "410001", ""),
        ("region_outside", "370100", ""),
    ],
)
def test_what_is_wrong_with_a_place_has_a_name(code: str, text: str, offer: str) -> None:
    error = refused(parse_region, text, within="41")
    assert (code, offer) == (error.code, error.offer)


def test_a_place_that_is_not_on_the_list_held_is_refused() -> None:
    assert "region_unknown" == refused(parse_region, "410100", {"410108"}).code


# --- positions ---

#: a town-sized square about Zhengzhou, WGS-84
WEST, EAST, SOUTH, NORTH = 113.60, 113.70, 34.70, 34.80
SQUARE = [[(WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH), (WEST, SOUTH)]]
TOWN = Area("郑州", Box(110.3, 31.3, 116.7, 36.4), [SQUARE])

inner = st.tuples(st.floats(113.61, 113.69), st.floats(34.71, 34.79))


@given(inner, st.sampled_from(Datum))
def test_a_position_comes_back_from_every_system(position: tuple[float, float], datum: Datum) -> None:
    there = from_wgs84(*position, datum)
    found = place(*there, TOWN, datum)
    assert datum == found.given
    assert distance(position, (found.longitude, found.latitude)) < 0.001


@given(inner)
def test_the_wave_of_baidu_is_undone(position: tuple[float, float]) -> None:
    back = bd09_to_gcj02(*gcj02_to_bd09(*position))
    assert math.dist(position, back) < 1e-9


def test_both_sides_of_the_outline() -> None:
    assert WEST + 1e-9 == pytest.approx(place(WEST + 1e-9, 34.75, TOWN, Datum.WGS84).longitude)
    assert "coordinate_outside" == refused(place, WEST - 0.05, 34.75, TOWN, Datum.WGS84).code


@given(inner)
def test_exchanged_degrees_are_told_and_offered(position: tuple[float, float]) -> None:
    error = refused(place, position[1], position[0], TOWN, Datum.WGS84)
    assert "coordinate_swapped" == error.code
    offered = tuple(map(float, error.offer.split(", ")))
    assert distance(position, offered) < 0.2  # type: ignore[arg-type]


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_system_that_was_not_stated_is_told_at_the_edge(datum: Datum) -> None:
    # just inside of the eastern border: the shift to the east carries it out
    true = (EAST - 0.0005, 34.75)
    error = refused(place, *from_wgs84(*true, datum), TOWN, Datum.CGCS2000)
    assert "coordinate_datum" == error.code
    offered = tuple(map(float, error.offer.split(", ")))
    assert TOWN.holds(offered)  # type: ignore[arg-type]


def test_wgs84_and_cgcs2000_are_not_held_for_a_mistake() -> None:
    assert "coordinate_outside" == refused(place, 113.80, 34.75, TOWN, Datum.WGS84).code


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_two_positions_of_one_source_tell_the_system_of_the_second(datum: Datum) -> None:
    right = (113.665, 34.7578)
    assert datum == same_place_in(right, from_wgs84(*right, datum))
    assert same_place_in(right, right) is None
    assert same_place_in(right, (113.70, 34.70)) is None


def test_plane_coordinates_are_told_and_offered() -> None:
    # on the central meridian 114° the easting is 500 km whatever the latitude; 3° zone 38
    assert plane_to_degrees(38_500_000, 0.0) is None
    found = plane_to_degrees(38_500_000, 3_847_000)
    assert found is not None
    assert (114.0, True) == (round(found[0], 9), 34.7 < found[1] < 34.8)
    error = refused(place, 38_470_000, 3_847_000, TOWN, Datum.CGCS2000)
    assert "coordinate_plane" == error.code
    assert "coordinate_plane" == refused(place, 3_847_000, 38_470_000, TOWN, Datum.CGCS2000).code
    assert "coordinate_range" == refused(place, 500_000, 3_847_000, TOWN, Datum.CGCS2000).code


@given(st.floats(-1.4, 1.4), st.floats(31.5, 36.3))
def test_the_way_back_from_the_plane_agrees_with_a_series_of_another_kind(
    offset: float, latitude: float
) -> None:
    easting, northing = _krueger(offset, latitude)
    found = plane_to_degrees(38_000_000 + easting, northing)
    assert found is not None
    assert distance((114.0 + offset, latitude), found) < 0.005


def _krueger(offset: float, latitude: float) -> tuple[float, float]:
    """Gauss-Krüger forward by the series in powers of the difference of longitude (textbook form)."""
    a, f = 6378137.0, 1 / 298.257222101
    e2 = f * (2 - f)
    ep2 = e2 / (1 - e2)
    phi, el = math.radians(latitude), math.radians(offset)
    n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    t, c = math.tan(phi) ** 2, ep2 * math.cos(phi) ** 2
    big = el * math.cos(phi)
    m = a * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * math.sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * math.sin(4 * phi)
        - 35 * e2**3 / 3072 * math.sin(6 * phi)
    )
    x = n * (big + (1 - t + c) * big**3 / 6 + (5 - 18 * t + t**2 + 72 * c - 58 * ep2) * big**5 / 120)
    y = m + n * math.tan(phi) * (
        big**2 / 2 + (5 - t + 9 * c + 4 * c**2) * big**4 / 24
        + (61 - 58 * t + t**2 + 600 * c - 330 * ep2) * big**6 / 720
    )  # fmt: skip
    return x + 500_000, y


@pytest.mark.parametrize(("west", "code"), [(181.0, "coordinate_range"), (math.nan, "coordinate_range")])
def test_what_is_no_degree_is_refused(west: float, code: str) -> None:
    assert code == refused(place, west, 34.75, TOWN).code


@pytest.mark.parametrize("text", ["113.665", "113°39′54″", "113度39分54秒", "E113°39'54\"", "１１３.665"])
def test_degrees_are_read_in_every_common_form(text: str) -> None:
    assert 113.665 == pytest.approx(parse_degrees(text))


@pytest.mark.parametrize("text", ["", "abc", "113°61′", "1e3", "113,665"])
def test_what_is_no_angle_is_refused(text: str) -> None:
    assert "coordinate_form" == refused(parse_degrees, text).code


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("CGCS2000", Datum.CGCS2000),
        ("wgs-84", Datum.WGS84),
        ("GCJ02坐标系", Datum.GCJ02),
        ("百度", Datum.BD09),
    ],
)
def test_names_of_systems(text: str, datum: Datum) -> None:
    assert datum == parse_datum(text)


def test_an_unknown_system_is_refused() -> None:
    assert "datum_unknown" == refused(parse_datum, "北京54").code


@given(inner)
def test_gcj02_moves_a_place_by_some_hundred_metres(position: tuple[float, float]) -> None:
    assert 100 < distance(position, from_wgs84(*position, Datum.GCJ02)) < 1000
    assert distance(position, to_wgs84(*from_wgs84(*position, Datum.BD09), Datum.BD09)) < 0.001
