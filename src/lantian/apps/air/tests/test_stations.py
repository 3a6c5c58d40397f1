"""The register of stations: import, rights, actions, pages."""

from __future__ import annotations

import gzip
from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from lantian.apps.air import actions
from lantian.apps.air.importers import ImportStations
from lantian.apps.air.models import Station
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.importers.boundaries import ImportBoundaries
from lantian.apps.core.importers.regions import ImportRegions
from lantian.apps.core.models import LogEntry, Region
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test", via="cli")


def square(region: Region, west: float, south: float, size: float = 1.0) -> None:
    from lantian.apps.core.models import RegionBoundary

    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    RegionBoundary.objects.create(
        region=region,
        geometry={"type": "Polygon", "coordinates": [ring]},
        west=west,
        south=south,
        east=west + size,
        north=south + size,
        declared_crs="wgs84",
    )


def csv(*rows: str) -> bytes:
    return "\n".join(rows).encode()


def test_the_national_list_is_imported_whole(shared_dir) -> None:
    content = (shared_dir / "data/geo/national_stations.csv").read_bytes()

    report = ImportStations(SYSTEM, content, "national_stations.csv").execute()

    assert (2026, 2026) == (report.count("create"), Station.objects.count())
    first = Station.objects.get(code="1013A")
    assert ("市监测中心", date(2015, 7, 1), False) == (first.name, first.closed, first.in_use)
    assert "background" == Station.objects.get(code="1002A").kind
    assert "city" == Station.objects.get(code="1001A").kind
    assert not Station.objects.filter(control="city").exists()
    again = ImportStations(SYSTEM, content, "national_stations.csv").execute()
    assert (2026, []) == (again.unchanged, again.changes)


def test_stations_of_henan_are_found_in_the_outlines_alone_as_the_list_says(shared_dir) -> None:
    geo = shared_dir / "data/geo"
    ImportRegions(SYSTEM, (geo / "henan_towns_2023.csv").read_bytes(), "henan_towns_2023.csv").execute()
    packed = (geo / "henan_counties.geojson.gz").read_bytes()
    ImportBoundaries(
        SYSTEM, gzip.decompress(packed), "henan_counties.geojson", crs="wgs84", source="test"
    ).execute()
    content = (geo / "henan_stations.csv").read_bytes()
    plain = content.decode("utf-8-sig").splitlines()
    head = plain[0].split(",")
    kept = [head.index(name) for name in ("station_code", "station_name", "lon", "lat")]
    cut = "\n".join(",".join(line.split(",")[place] for place in kept) for line in plain)

    ImportStations(SYSTEM, cut.encode(), "henan.csv").execute()

    wanted = {line.split(",")[0]: line.split(",")[head.index("county_code")] for line in plain[1:]}
    found = dict(Station.objects.values_list("code", "region__code"))
    assert wanted == found


def test_a_place_follows_from_code_then_name_then_outline_then_city(small_city) -> None:
    square(small_city.districts[0], 113, 34)
    content = csv(
        "站点编码,站点名称,区划代码,区县,城市,经度,纬度",
        "1A,甲,990103,,,113.5,34.5",
        "2A,乙,,河东区,晴川,113.5,34.5",
        "3A,丙,,,晴川,113.5,34.5",
        "4A,丁,,,晴川,120.5,34.5",
        "5A,戊,,,外地,120.5,34.5",
    )

    report = ImportStations(SYSTEM, content, "站点.csv").execute()

    names = dict(Station.objects.values_list("code", "region__name"))
    assert {"1A": "河东区", "2A": "河东区", "3A": "云山区", "4A": "晴川市", "5A": None} == names
    assert ["station_nowhere"] == [note.code for note in report.notes]


def test_what_is_wrong_with_a_row_is_told_and_nothing_is_imported(small_city) -> None:
    content = csv(
        "站点编码,站点名称,经度,纬度,启用日期,停用日期",
        "1 A,甲,113,34,,",
        "2A,乙,113,,,",
        "3A,丙,213,34,,",
        "4A,丁,113,34,2020-01-01,2019-01-01",
        "5A,戊,113,34,,",
        "5A,己,113,34,,",
    )

    with pytest.raises(ImportRefused) as refused:
        ImportStations(SYSTEM, content, "站点.csv").execute()

    codes = ["code_bad", "half_position", "position_bad", "time_backwards", "row_twice"]
    assert codes == [problem.code for problem in refused.value.data["report"].problems]
    assert not Station.objects.exists()


def test_an_excel_file_changes_only_the_columns_it_has(small_city) -> None:
    Station.objects.create(
        code="1A", name="甲", region=small_city.districts[0], lon=113, lat=34, kind="traffic"
    )
    book = Workbook()
    book.active.append(["站点编码", "站点名称", "站点类型"])
    book.active.append(["1A", "甲站", "城市点"])
    stream = BytesIO()
    book.save(stream)

    ImportStations(SYSTEM, stream.getvalue(), "站点.xlsx").execute()

    station = Station.objects.get(code="1A")
    assert ("甲站", "city", small_city.districts[0], 113) == (
        station.name,
        station.kind,
        station.region,
        station.lon,
    )


def test_an_office_of_a_district_sees_all_stations_and_changes_its_own(small_city, client_of) -> None:
    here, there = small_city.districts
    own = Station.objects.create(code="1A", name="甲", region=here)
    other = Station.objects.create(code="2A", name="乙", region=there)
    user = make_account("local", small_city.office, "campaign_office", region=here)
    client = client_of(user)

    listed = client.get("/air/stations/").content.decode()

    assert "甲" in listed and "乙" in listed
    assert 200 == client.get(f"/air/stations/{other.pk}/").status_code
    assert 200 == client.get(f"/air/stations/{own.pk}/edit/").status_code
    assert 404 == client.get(f"/air/stations/{other.pk}/edit/").status_code
    with pytest.raises(Invalid):
        actions.AddStation(Actor(user), code="3A", name="丙", region=there).execute()
    with pytest.raises(ImportRefused):
        ImportStations(Actor(user), csv("站点编码,站点名称,区划代码", "4A,丁,990103"), "站点.csv").execute()
    assert 2 == Station.objects.count()


def test_a_station_is_added_corrected_and_closed_with_an_entry_for_each(small_city, staff, client_of) -> None:
    client = client_of(staff["campaign_office"])
    given = {
        "code": "9901A",
        "name": "望江",
        "region": "990102",
        "kind": "city",
        "control": "national",
        "lon": "113.5",
        "lat": "34.7",
    }

    assert 302 == client.post("/air/stations/new/", given).status_code
    station = Station.objects.get(code="9901A")
    given |= {"name": "望江街道", "in_use": "on", "reason": "更名"}
    assert 302 == client.post(f"/air/stations/{station.pk}/edit/", given).status_code
    closing = {"on": "2026-06-30", "reason": "拆迁"}
    assert 302 == client.post(f"/air/stations/{station.pk}/close/", closing).status_code

    station.refresh_from_db()
    assert ("望江街道", date(2026, 6, 30)) == (station.name, station.closed)
    assert not station.is_open(date(2026, 7, 1)) and station.is_open(date(2026, 6, 30))
    done = ["air.station.add", "air.station.change", "air.station.close"]
    assert done == list(
        LogEntry.objects.filter(action__startswith="air.station")
        .order_by("pk")
        .values_list("action", flat=True)
    )
    assert 422 == client.post(f"/air/stations/{station.pk}/close/", closing).status_code


def test_the_list_is_filtered_by_place_kind_and_state_and_goes_to_excel(small_city, staff, client_of) -> None:
    Station.objects.create(code="1A", name="甲", region=small_city.districts[0])
    Station.objects.create(code="2A", name="乙", region=small_city.districts[1], closed=date(2020, 1, 1))
    Station.objects.create(code="3A", name="丙", city="外地市", kind="background")
    client = client_of(staff["leader"])

    def names(query: str) -> set[str]:
        text = client.get(f"/air/stations/?{query}").content.decode()
        return {name for name in ("甲", "乙", "丙") if f">{name}</a>" in text}

    assert {"甲", "乙"} == names("within=990100")
    assert {"丙"} == names("within=外地市")
    assert {"丙"} == names("kind=background")
    assert {"乙"} == names("state=closed")
    assert b"PK" == client.get("/air/stations/?export=xlsx").content[:2]
