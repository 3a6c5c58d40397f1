"""What the doors make of real tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from lantian.office.air_files import open_air_table
from lantian.rules.air.doors.checks import Checker, Flag, Held
from lantian.rules.air.doors.items import MISSING
from lantian.rules.air.doors.layout import Choices, Layout, layout_of
from lantian.rules.air.doors.run import Looked, check, look
from lantian.rules.air.doors.stations import Known, Register
from lantian.rules.air.doors.times import day_number, hour_text

pytestmark = pytest.mark.shared
NOW = 10_000_000


class Real:
    """A file that went through the door, or was only looked at."""

    def __init__(
        self, path: Path, choices: Choices | None = None, register: Register | None = None, *, only_look: bool = False
    ) -> None:
        with open_air_table(path) as table:
            self.layout: Layout = layout_of(table.head, path.name)
            self.looked: Looked = look(self.layout, choices or Choices(), table.parts(), register)
        self.held: list[Held] = []
        self.flags: list[Flag] = []
        self.values: dict[str, int] = dict.fromkeys(self.layout.stored, 0)
        self.rows = 0
        if only_look:
            return
        with open_air_table(path) as table:
            self.checker: Checker
            self.checker, parts = check(self.looked, table.parts(), now=NOW)
            for part in parts:
                self.rows += len(part.accepted)
                self.held += part.held
                self.flags += part.flags
                for at, item in enumerate(self.layout.stored):
                    self.values[item] += int((part.accepted.values[:, at] != MISSING).sum())


@pytest.fixture(scope="module")
def through(shared_dir: Path) -> Callable[..., Real]:
    def go(name: str, choices: Choices | None = None, register: Register | None = None) -> Real:
        return Real(shared_dir / "data" / name, choices, register)

    return go


def test_the_hours_of_2020_come_in_but_for_the_rows_of_earlier_years(through: Callable[..., Real]) -> None:
    real = through("air/station_hour_2020_published_aqi.csv.gz")
    surveyed = real.looked.surveyed

    assert 125_451 == surveyed.rows
    shares = {item: surveyed.missing[item] / surveyed.rows for item in real.layout.stored}
    assert all(0.12 < share < 0.20 for share in shares.values())
    assert day_number(date(2020, 4, 2)) == surveyed.stale_before
    assert {"stale"} == {held.reason for held in real.held}
    assert {"2017-01-04 10:00", "2017-06-16 17:00", "2017-08-16 16:00", "2019-03-11 10:00"} <= {
        hour_text(held.time) for held in real.held if held.time is not None
    }
    assert sum(surveyed.present[item] for item in real.layout.stored) == real.checker.stored + real.checker.counts["stale"]
    assert () == surveyed.questions


def test_the_notes_in_names_of_2020_meet_the_stations_of_the_list(through: Callable[..., Real], shared_dir: Path) -> None:
    lines = (shared_dir / "data/geo/henan_stations.csv").read_text("utf-8").splitlines()
    register = Register([Known(*line.split(",")[:3]) for line in lines[1:]])

    real = through("air/station_hour_2020_published_aqi.csv.gz", Choices(unknown="skip"), register)

    codes = set(real.looked.known)
    assert {"1316A", "1317A", "1318A"} <= codes
    assert len(codes) > 60
    assert not [held for held in real.held if held.reason == "unknown_station"]
    assert real.checker.skipped > 500_000


def test_the_national_hour_of_2019_is_in_order(through: Callable[..., Real]) -> None:
    real = through("air/station_hour_2019-07-18T12_published_aqi.csv.gz")

    assert ("wide", "station", "hour") == (real.layout.shape, real.layout.of, real.layout.interval)
    assert [] == real.held
    assert 1_499 == len(real.looked.known)
    assert real.values == {item: real.looked.surveyed.present[item] for item in real.layout.stored}


def test_the_same_hour_with_its_ozone_columns_exchanged_is_seen(shared_dir: Path, tmp_path: Path) -> None:
    import gzip

    text = gzip.decompress((shared_dir / "data/air/station_hour_2019-07-18T12_published_aqi.csv.gz").read_bytes())
    head, rest = text.split(b"\n", 1)
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(
        head.replace(b"o3,o3_24h,o3_8h,o3_8h_24h", b"o3_24h,o3,o3_8h_24h,o3_8h") + b"\n" + rest
    )

    asked = Real(wrong, only_look=True)
    put_back = Real(wrong, Choices(swap_o3=True))

    assert ["o3_swapped"] == [question.code for question in asked.looked.surveyed.questions]
    assert [] == put_back.held
    assert 1_398 == put_back.values["o3"]


def test_co_of_beijing_is_seen_to_stand_in_micrograms(through: Callable[..., Real], shared_dir: Path) -> None:
    name = "forecast/prsa_beijing12_2013-03_2016-02.csv.gz"

    [question] = Real(shared_dir / "data" / name, only_look=True).looked.surveyed.questions
    real = through(name, Choices(units={"co": "ug"}))

    assert ("co_unit", "co", "ug") == (question.code, question.item, question.answer)
    assert () == real.looked.surveyed.questions
    assert 297_542 == real.values["co"]
    assert [] == real.held


def test_hours_in_utc_become_campaign_time(through: Callable[..., Real]) -> None:
    real = through("forecast/kdd2018_beijing35_2018-02_03.csv.gz")
    first, last = real.looked.surveyed.first, real.looked.surveyed.last

    assert ("utc", True) == (real.layout.zone, real.layout.zone_said)
    assert first is not None and last is not None
    assert ("2018-02-01 00:00", "2018-03-31 23:00") == (hour_text(first), hour_text(last))


def test_the_station_of_a_table_is_told_from_its_name(through: Callable[..., Real]) -> None:
    assert ["1410A"] == through("forecast/haikou_1410A_2014-05_2019.csv.gz").looked.known


@pytest.mark.parametrize(("name", "rows", "cities"), [("city_day_2013-12_2015-12", 205_903, 366), ("capital_day_2025", 11_315, 31)])
def test_days_of_cities_come_in_whole(through: Callable[..., Real], name: str, rows: int, cities: int) -> None:
    real = through(f"air/{name}.csv.gz")

    assert ("city", "day", rows, cities) == (real.layout.of, real.layout.interval, real.rows, len(real.looked.known))
    assert [] == real.held
