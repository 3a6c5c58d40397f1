"""The same air in each layout comes to the same numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.doors.errors import LayoutError
from lantian.rules.air.doors.layout import Choices
from lantian.rules.air.doors.stations import Cities, Known, Register
from lantian.rules.air.doors.times import hour_number
from tests.rules.air.doors.made_up import Through, china_sites, hours_of, value_at

DAY = date(2020, 1, 1)


def test_an_hour_of_the_archive_is_labelled_by_its_end() -> None:
    through = Through(china_sites(DAY, ["1001A", "1002A"], hours=[0, 5]))

    expected = {
        "pm25": int(value_at("PM2.5", "1002A", DAY, 5)) * 1000,
        "pm10": int(value_at("PM10", "1002A", DAY, 5)) * 1000,
        "so2": int(value_at("SO2", "1002A", DAY, 5)) * 1000,
        "no2": int(value_at("NO2", "1002A", DAY, 5)) * 1000,
        "co": round(float(value_at("CO", "1002A", DAY, 5)) * 1000),
        "o3": int(value_at("O3", "1002A", DAY, 5)) * 1000,
    }
    assert expected == through.at("1002A", "2020-01-01 05:00")
    assert {("1001A", hour_number(datetime(2020, 1, 1))), ("1001A", hour_number(datetime(2020, 1, 1, 5)))} == {
        key for key in through.stored if key[0] == "1001A"
    }


def test_stations_may_differ_from_day_to_day_and_be_empty() -> None:
    def value(kind: str, station: str, day: date, hour: int) -> str:
        return "" if station == "1002A" else value_at(kind, station, day, hour)

    through = Through(china_sites(DAY, ["1001A", "1002A", "9999A"], value=value))

    assert {"1001A", "9999A"} == {station for station, _hour in through.stored}
    assert 24 == through.checker.empty
    assert not through.held


def test_cities_are_told_by_their_short_names() -> None:
    cities = Cities([Known("410100", "郑州市"), Known("411000", "许昌市")])

    through = Through(china_sites(DAY, ["郑州", "许昌", "火星"], hours=[1]), register=cities)

    assert {"410100", "411000"} == {code for code, _hour in through.stored}
    assert {"unknown_station"} == {held.reason for held in through.held}


def as_long(rows: list[list[str]]) -> list[list[str]]:
    names = rows[0]
    return [
        ["监测时间", "站点编号", "监测项目", "浓度"],
        *([row[0], row[1], names[at], row[at]] for row in rows[1:] for at in range(2, len(names))),
    ]


def as_sites(rows: list[list[str]]) -> list[list[str]]:
    names, stations = rows[0], sorted({row[1] for row in rows[1:]})
    cells = {(row[0], row[1], names[at]): row[at] for row in rows[1:] for at in range(2, len(names))}
    return [
        ["date", "hour", "type", *stations],
        *(
            [time[:10].replace("-", ""), str(int(time[11:13])), name, *(cells.get((time, one, name), "") for one in stations)]
            for time in sorted({row[0] for row in rows[1:]})
            for name in names[2:]
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [3, 50, 1_000])
def test_wide_long_and_archive_tables_of_the_same_air_are_the_same(size: int) -> None:
    wide = hours_of(["1316A", "1317A", "3591A"], datetime(2025, 12, 31, 20), 30)

    expected = Through(wide, size=size).stored

    assert 90 == len(expected)
    assert expected == Through(as_long(wide), size=size).stored
    assert expected == Through(as_sites(wide), size=size).stored


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_the_size_of_the_parts_changes_nothing(size: int, seed: int) -> None:
    rows = hours_of(["1316A", "1317A"], datetime(2025, 3, 1) + timedelta(hours=seed % 700), 25)
    rows += [rows[3], [*rows[4][:2], "999", *rows[4][3:]]]

    one, many = Through(rows, size=10_000), Through(rows, size=size)

    assert one.stored == many.stored
    assert sorted(map(str, one.reasons())) == sorted(map(str, many.reasons()))
    assert one.checker.counts == many.checker.counts


def test_the_year_month_day_and_hour_may_stand_apart() -> None:
    through = Through(
        [["No", "year", "month", "day", "hour", "PM2.5", "PM10", "station"], ["1", "2013", "3", "1", "0", "4", "5", "Dongsi"]]
    )

    assert {"pm25": 4000, "pm10": 5000} == through.at("Dongsi", "2013-03-01 00:00")


@pytest.mark.parametrize(
    ("time", "choices", "expected"),
    [
        ("2018-01-31 16:00", Choices(zone="utc"), "2018-02-01 00:00"),
        ("2018-01-31 16:00", Choices(label="start"), "2018-01-31 17:00"),
        ("2018-01-31T16:00:00Z", Choices(), "2018-02-01 00:00"),
        ("2018-01-31T16:00:00+08:00", Choices(zone="utc"), "2018-01-31 16:00"),
        ("2018年1月31日 16时", Choices(), "2018-01-31 16:00"),
        ("2018-01-31 24:00", Choices(), "2018-02-01 00:00"),
    ],
)
def test_the_zone_and_the_label_come_from_the_text_or_by_choice(time: str, choices: Choices, expected: str) -> None:
    through = Through([["time", "station", "pm25"], [time, "1001A", "7"]], choices)

    assert {"pm25": 7000} == through.at("1001A", expected)


def test_a_column_called_utc_is_read_as_utc() -> None:
    through = Through([["utc_time", "station", "pm25"], ["2018-01-31 16:00:00", "a", "7"]])

    assert {"pm25": 7000} == through.at("a", "2018-02-01 00:00")


def test_a_column_of_starts_is_read_as_starts() -> None:
    through = Through([["开始时间", "站点", "PM2.5"], ["2018-01-31 16:00:00", "a", "7"]])

    assert {"pm25": 7000} == through.at("a", "2018-01-31 17:00")


@pytest.mark.parametrize("mark", ["NA", "—", "-", "/", "", "-9999", "-9999.0", " nan ", "NULL"])
def test_marks_for_missing_values_are_not_zero(mark: str) -> None:
    through = Through([["time", "station", "pm25", "pm10"], ["2018-01-31 16:00", "a", mark, "9"]])

    assert {"pm10": 9000} == through.at("a", "2018-01-31 16:00")
    assert not through.held


def test_units_come_from_headings_columns_and_choices() -> None:
    wide = Through([["time", "station", "CO(µg/m³)", "PM10(mg/m³)"], ["2018-01-31 16:00", "a", "900", "0.085"]])
    long = Through(
        [["time", "station", "item", "value", "unit"], ["2018-01-31 16:00", "a", "CO", "900", "ug/m3"],
         ["2018-01-31 16:00", "a", "PM10", "85", "µg/m³"]]
    )  # fmt: skip
    chosen = Through(
        [["time", "station", "CO", "PM10"], ["2018-01-31 16:00", "a", "900", "85"]], Choices(units={"co": "ug"})
    )

    expected = {"co": 900, "pm10": 85_000}
    assert [expected] * 3 == [one.at("a", "2018-01-31 16:00") for one in (wide, long, chosen)]


def test_the_station_of_a_table_without_one_comes_from_its_name_or_by_choice() -> None:
    rows = [["time", "pm25"], ["2018-01-31 16:00", "7"]]

    assert {"pm25": 7000} == Through(rows, file_name="haikou_1410A_2014.csv").at("1410A", "2018-01-31 16:00")
    assert {"pm25": 7000} == Through(rows, Choices(station="1316A")).at("1316A", "2018-01-31 16:00")
    assert ["station"] == Through(rows).questions


def test_notes_in_names_do_not_make_another_station() -> None:
    register = Register([Known("1318A", "岗李水库", "郑州市"), Known("1319A", "市监测站", "郑州市"), Known("1827A", "市监测站", "焦作市")])
    rows = [
        ["time", "city", "station_name", "pm25"],
        ["2020-04-02 01:00", "郑州", "岗李水库(对照点)", "7"],
        ["2020-04-02 02:00", "郑州", "岗李水库", "8"],
        ["2020-04-02 02:00", "焦作", "市监测站(启用200107)", "9"],
    ]

    through = Through(rows, register=register)

    assert {"pm25": 7000} == through.at("1318A", "2020-04-02 01:00")
    assert {"pm25": 8000} == through.at("1318A", "2020-04-02 02:00")
    assert {"pm25": 9000} == through.at("1827A", "2020-04-02 02:00")


def test_a_name_that_two_cities_have_is_not_guessed() -> None:
    register = Register([Known("1319A", "市监测站", "郑州市"), Known("1827A", "市监测站", "焦作市")])

    through = Through([["time", "站点", "pm25"], ["2020-04-02 01:00", "市监测站", "7"]], register=register)

    assert [("ambiguous_station", "2020-04-02 01:00", {"pm25": 7000})] == through.reasons()


ODD = st.sampled_from(
    ["", "NA", "-9999", "35", "0.6", "-1", "1e9", "∞", "三十", "'5", "5 ", "１２", "0x1F", "1,5", "—", "99999", "/", "\x00", "1_0"]
)
WHEN = st.sampled_from(
    ["2026-03-01 01:00", "2026-03-01 02:00", "2026/3/1 3:00", "2026-03-01 24:00", "2026-03-01 01:30", "", "昨天", "9999-99-99 01:00",
     "2026-03-01T05:00:00Z", "1900-01-01 01:00", "2099-01-01 00:00"]
)  # fmt: skip


@given(st.lists(st.tuples(WHEN, st.sampled_from(["a", "b", "", "c d"]), ODD, ODD, ODD), min_size=1, max_size=40), st.integers(1, 9))
def test_whatever_stands_in_a_table_is_stored_held_or_missing(rows: list[tuple[str, ...]], size: int) -> None:
    from lantian.rules.air.doors.items import MISSING

    table = [["time", "station", "pm25", "co", "o3"], *map(list, rows)]
    through = Through(table, Choices(confirmed=frozenset({"co_unit:co", "unit:pm25", "unit:o3"})), size=size)

    surveyed = through.looked.surveyed
    given_values = sum(surveyed.present.values()) + sum(surveyed.unusable.values())
    stored = sum(len(values) for values in through.stored.values())
    held = sum(len(one.values) for one in through.held)
    assert len(through.stored) <= len(rows)
    assert stored == through.checker.stored
    assert held == sum(count for code, count in through.checker.counts.items() if code not in ("frozen", "pm_order"))
    assert stored + held <= given_values
    if not len(surveyed.repeated):
        assert stored + held == given_values
    assert MISSING not in {value for values in through.stored.values() for value in values.values()}
    assert not through.twice


def test_a_row_that_is_longer_than_the_headings_is_refused_with_its_number() -> None:
    with pytest.raises(LayoutError) as caught:
        Through([["time", "station", "pm25"], ["2020-04-02 01:00", "a", "7", "8"]])

    assert ("long_row", 2) == (caught.value.code, caught.value.row)


def test_days_of_cities_are_read_with_the_greatest_8_h() -> None:
    rows = [["日期", "城市", "PM2.5", "CO", "O3_8h"], ["2026-03-01", "郑州", "35.5", "0.8", "120"]]

    through = Through(rows, now=30_000)

    [values] = through.stored.values()
    assert {"pm25": 35_500, "co": 800, "o3_8h": 120_000} == values
