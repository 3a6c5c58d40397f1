"""Headings in Chinese and English, and the layouts that they make."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from lantian.rules.air.doors.errors import LayoutError
from lantian.rules.air.doors.headings import heading_of
from lantian.rules.air.doors.layout import layout_of
from tests.rules.air.doors.made_up import china_sites, hours_of


@pytest.mark.parametrize(
    ("text", "role", "item", "unit"),
    [
        ("PM2.5", "item", "pm25", ""),
        ("PM2_5", "item", "pm25", ""),
        ("ＰＭ２．５", "item", "pm25", ""),
        ("细颗粒物", "item", "pm25", ""),
        ("细颗粒物(PM2.5)", "item", "pm25", ""),
        ("PM10浓度(μg/m³)", "item", "pm10", "ug"),
        ("CO(µg/m³)", "item", "co", "ug"),
        ("CO mg/m3", "item", "co", "mg"),
        ("co_ug", "item", "co", "ug"),
        ("一氧化碳（毫克/立方米）", "item", "co", "mg"),
        ("SO2(ppb)", "item", "so2", "unknown"),
        ("二氧化硫小时均值", "item", "so2", ""),
        ("O₃", "item", "o3", ""),
        ("臭氧8小时滑动平均", "item", "o3_8h", ""),
        ("O3_8h_24h", "item", "o3_8h_24h", ""),
        ("O3_24h", "item", "o3_24h", ""),
        ("PM10_24h", "item", "pm10_24h", ""),
        ("监测时间", "time", "", ""),
        ("TimePoint", "time", "", ""),
        ("时间(UTC)", "utc_time", "", ""),
        ("站点编号", "code", "", ""),
        ("PositionName", "name", "", ""),
        ("Area", "city", "", ""),
        ("AQI", "", "", ""),
        ("PM2.5_IAQI", "", "", ""),
        ("首要污染物", "", "", ""),
    ],
)
def test_a_heading_is_told_with_its_unit(text: str, role: str, item: str, unit: str) -> None:
    found = heading_of(text)

    assert (role, item, unit) == (found.role, found.item, found.unit)


def test_a_file_of_the_archive_has_a_column_for_each_station() -> None:
    layout = layout_of(china_sites(date(2020, 1, 1), ["1001A", "1002A"])[:20], "china_sites_20200101.csv")

    assert ("sites", "station", "hour") == (layout.shape, layout.of, layout.interval)
    assert [(3, "1001A"), (4, "1002A")] == list(layout.entities)


def test_a_file_of_cities_of_the_archive_is_one_of_cities() -> None:
    layout = layout_of(china_sites(date(2020, 1, 1), ["北京", "郑州"])[:20])

    assert ("sites", "city", "hour") == (layout.shape, layout.of, layout.interval)


def test_a_title_may_stand_above_the_headings() -> None:
    rows = [["2026年3月监测数据", "", ""], [], *hours_of(["1316A"], datetime(2026, 3, 1, 1), 3)]

    assert 3 == layout_of(rows).header_row


def test_a_table_of_three_columns_is_a_long_one() -> None:
    rows = [["监测时间", "站点编号", "监测项目", "浓度", "单位"], ["2026-03-01 01:00", "1316A", "PM2.5", "35", "µg/m³"]]

    assert ("long", "station", "hour") == (layout_of(rows).shape, layout_of(rows).of, layout_of(rows).interval)


@pytest.mark.parametrize(
    ("rows", "interval"),
    [
        ([["date", "city", "pm25"], ["2026-03-01", "郑州", "3"], ["2026-03-02", "郑州", "3"]], "day"),
        ([["时间", "city", "pm25"], ["2026-03-01 00:00:00", "郑州", "3"], ["2026-03-02 00:00:00", "郑州", "3"]], "day"),
        ([["date", "city", "pm25"], ["2026-03-01 05:00", "郑州", "3"]], "hour"),
        ([["date", "hour", "city", "pm25"], ["2026-03-01", "5", "郑州", "3"]], "hour"),
        ([["year", "month", "day", "hour", "station", "pm25"], ["2013", "3", "1", "0", "Dongsi", "3"]], "hour"),
    ],
    ids=["date", "midnights", "time in the date", "hour", "parts"],
)
def test_hours_are_told_from_days(rows: list[list[str]], interval: str) -> None:
    assert interval == layout_of(rows).interval


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (["a", "b", "c"], "no_header"),
        (["station", "pm25", "pm10"], "no_time"),
        (["time", "station", "humidity"], "no_concentration"),
        (["time", "station", "CO(ppm)", "pm25"], "unit_unknown"),
        (["time", "station", "PM2.5", "细颗粒物"], "twice"),
    ],
)
def test_a_table_that_does_not_serve_says_what_is_missing(header: list[str], code: str) -> None:
    with pytest.raises(LayoutError) as caught:
        layout_of([header, ["2026-03-01 01:00", "1", "1", "1"]])

    assert code == caught.value.code
