"""Pages of the air as an officer opens them."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from lantian.apps.air import actions, lake
from lantian.apps.air.models import Exclusion
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import LogEntry
from lantian.lake.errors import StorageFailed
from lantian.rules.air.labels import BEIJING

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test", via="cli")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows_of(response) -> list[list]:
    sheet = load_workbook(BytesIO(response.content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_now_shows_the_hour_its_age_and_who_moved(filled, staff, client_of) -> None:
    client = client_of(staff["town_officer"])

    response = client.get("/air/")

    said = text_of(response)
    assert "2026-06-10 09:00" in said and "10 分钟前" in said
    # The city is the mean of its three points: (140 + 30 + 30) / 3.
    rows = {row.station.code: row for row in response.context["rows"]}
    assert rows["A1"].index.level > rows["A2"].index.level
    assert ["A1"] == [row.station.code for row in response.context["worse"]]
    assert [] == response.context["better"]
    assert {"pm25": "67"} == {"pm25": response.context["values"][0]["value"]}
    drawn = json.loads(
        re.search(r'id="air-now" type="application/json">(.*?)</script>', response.content.decode())[1]
    )
    assert {"990102", "990103", "990100"} == set(drawn["places"])
    assert 5 == len(drawn["stations"])


def test_old_data_are_marked_and_an_empty_lake_says_so(air, staff, client_of) -> None:
    client = client_of(staff["leader"])
    assert "还没有数据" in text_of(client.get("/air/"))

    air.hours("A1", date(2026, 6, 8), date(2026, 6, 8))

    assert "数据不是最近几小时的" in text_of(client.get("/air/"))


def test_a_page_asks_the_ledger_no_more_for_more_stations(filled, staff, client_of) -> None:
    client = client_of(staff["leader"])
    client.get("/air/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/air/")
    from lantian.apps.air.models import Station

    for number in range(20):
        Station.objects.create(
            code=f"Z{number}", name=f"站{number}", region=filled.districts[1], kind="micro"
        )
    with CaptureQueriesContext(connection) as many:
        client.get("/air/")
    assert len(few) == len(many)


def test_a_place_shows_its_period_beside_last_year_with_a_way_to_each_reason(
    filled, staff, client_of
) -> None:
    client = client_of(staff["department_officer"])

    response = client.get(f"/air/regions/{filled.city.pk}/?period=2026-06-01:2026-06-09")

    found = response.context["found"]
    row = found.rows[0]
    assert ("PM2.5", "30.0", "50.0", "-40.0") == (row.label, str(row.value), str(row.before), str(row.change))
    assert 9 == found.now.good_days
    page = response.content.decode()
    for item in ("pm25", "pm10", "so2", "no2", "co", "o3", "composite", "days"):
        assert f"/air/regions/{filled.city.pk}/why/{item}/" in page
    assert "不是有效时段" in text_of(client.get(f"/air/regions/{filled.city.pk}/?period=nonsense"))


@pytest.mark.parametrize("item", ["pm25", "co", "o3", "composite", "days"])
def test_why_names_book_clause_inputs_and_each_step(filled, staff, client_of, item) -> None:
    client = client_of(staff["leader"])

    response = client.get(f"/air/regions/{filled.city.pk}/why/{item}/?period=2026-06-01:2026-06-09")

    assert 200 == response.status_code
    said = text_of(response)
    assert "HJ 663-2026" in said or "HJ 633-2026" in said
    assert "望江" in said and "东关" in said
    if item == "pm25":
        assert "270 ÷ 9 = 30 → 30.0 µg/m³" in said
        assert "30.0 ÷ 30 = 1.00" in said
    if item == "o3":
        assert "k = 1 + (9 − 1) × 90% = 8.2" in said
    if item == "composite":
        steps = response.context["steps"]
        assert steps[0]["sum"].endswith(f"= {response.context['found'].composite_index}")
    if item == "days":
        assert 9 == len(response.context["listed"])


def test_why_of_something_unknown_is_not_found(filled, staff, client_of) -> None:
    client = client_of(staff["leader"])
    assert 404 == client.get(f"/air/regions/{filled.city.pk}/why/nonsense/").status_code
    assert 404 == client.get("/air/regions/987654/").status_code


def test_a_place_without_a_city_point_says_so(filled, small_city, staff, client_of) -> None:
    from lantian.apps.core.models import Region

    empty = Region.objects.create(code="990104", name="青原区", level="county", parent=small_city.prefecture)
    assert "没有城市点" in text_of(client_of(staff["leader"]).get(f"/air/regions/{empty.pk}/"))


def test_a_station_shows_hours_days_calendar_and_capture(filled, staff, client_of) -> None:
    client = client_of(staff["leader"])

    response = client.get(f"/air/stations/{filled.stations['A1'].pk}/?pollutant=pm10")

    context = response.context
    assert 72 == len(context["hours"]["xAxis"]["data"])
    assert 190 == context["hours"]["series"][2]["data"][-1]
    assert 9 == len(context["calendar"]["series"][0]["data"])
    june = context["capture"][5]
    assert ("2026-06", 225, "100.0") == (june["month"], june["hours"], str(june["shares"][0]["percent"]))
    # Hours 1 to 24 of June; the hour that ended at nine today has one value of 190 among ten.
    assert [8, 5, 73] in context["rose"]["series"][0]["data"]
    assert "气象" in text_of(response)
    assert "该年没有日数据" in text_of(client.get(f"/air/stations/{filled.stations['A1'].pk}/?year=2020"))


def test_rankings_give_place_movement_and_arithmetic(filled, staff, client_of) -> None:
    client = client_of(staff["leader"])

    response = client.get("/air/rankings/?period=2026-06-01:2026-06-09&list=pm25")

    rows = response.context["rows"]
    assert [(1, "30.0"), (1, "30.0")] == [(row.placed.place, str(row.value)) for row in rows]
    assert [0, 0] == [row.moved for row in rows]
    assert "并列" in text_of(response)
    change = client.get("/air/rankings/?period=2026-06-01:2026-06-09&list=change-pm25")
    assert "(30.0 − 50.0) ÷ 50.0 = -40.0 %" in text_of(change)
    for name in ("national-level", "county", "nonsense", "henan-2018-cities"):
        assert 200 == client.get(f"/air/rankings/?list={name}&period=2026-06-01:2026-06-09").status_code


def test_rankings_show_what_an_exclusion_changes(filled, staff, client_of) -> None:
    filled.hours("B1", date(2026, 6, 5), date(2026, 6, 5), {"pm10": 600})
    actions.AddExclusion(
        SYSTEM,
        region=filled.city,
        station=None,
        start=datetime(2026, 6, 5, tzinfo=BEIJING),
        end=datetime(2026, 6, 6, tzinfo=BEIJING),
        pollutants=["pm10"],
        kind="sand",
        reason="沙尘",
    ).execute()
    client = client_of(staff["leader"])
    url = "/air/rankings/?period=2026-06-01:2026-06-09&list=pm10"

    response = client.get(url)

    assert ["60", "60"] == [str(row.value) for row in response.context["rows"]]
    assert {"990103"} == set(response.context["others"])
    kept = client.get(f"{url}&events=keep").context
    assert ["60", "120"] == [str(row.value) for row in kept["rows"]]
    assert [1, 2] == [row.placed.place for row in kept["rows"]]


def test_places_and_years_are_compared_by_one_book(filled, staff, client_of) -> None:
    client = client_of(staff["leader"])
    keys = f"region={filled.city.pk}&region={filled.districts[0].pk}"

    response = client.get(f"/air/compare/?{keys}&period=2026-06-01:2026-06-09&years=2")

    rows = response.context["rows"]
    assert ["晴川市 2026", "晴川市 2025", "云山区 2026", "云山区 2025"] == [row["label"] for row in rows]
    assert 1 == len({row["evaluation"].limits for row in rows})
    assert 9 == len(rows[0]["cumulative"])
    assert 30.0 == rows[0]["cumulative"][-1] and 50.0 == rows[1]["cumulative"][-1]


def test_tables_go_to_excel_with_numbers_and_the_log_keeps_it(filled, staff, client_of) -> None:
    client = client_of(staff["leader"])
    city, station = filled.city.pk, filled.stations["A1"].pk
    span = "period=2026-06-01:2026-06-09"

    now = rows_of(client.get("/air/?export=xlsx"))
    assert any(row[1] == "A1" and row[7] == 140 for row in now)
    statistics = rows_of(client.get(f"/air/regions/{city}/?{span}&export=statistics"))
    assert any(row[0] == "PM2.5" and row[3] == 30 and row[4] == 50 for row in statistics)
    days = rows_of(client.get(f"/air/regions/{city}/?{span}&export=days"))
    assert 9 == sum(isinstance(row[0], datetime) for row in days)
    hours = rows_of(client.get(f"/air/stations/{station}/?export=hours"))
    assert 225 == sum(isinstance(row[0], datetime) for row in hours)
    assert b"PK" == client.get(f"/air/stations/{station}/?export=days").content[:2]
    assert b"PK" == client.get(f"/air/rankings/?{span}&export=xlsx").content[:2]
    assert b"PK" == client.get(f"/air/compare/?{span}&export=xlsx").content[:2]
    assert 7 == LogEntry.objects.filter(action="core.list.export").count()


def test_an_exclusion_is_entered_shown_with_its_effect_and_withdrawn(filled, staff, client_of) -> None:
    filled.hours(("A1", "A2", "B1"), date(2026, 6, 5), date(2026, 6, 5), {"pm10": 600})
    client = client_of(staff["campaign_office"])
    given = {
        "region": "990100",
        "first": "2026-06-05",
        "first_hour": "0",
        "last": "2026-06-05",
        "last_hour": "24",
        "pollutants": ["pm10"],
        "kind": "sand",
        "reason": "沙尘过境",
        "source": "省站函",
    }

    response = client.post("/air/exclusions/new/", given)

    row = Exclusion.objects.get()
    assert f"/air/exclusions/{row.pk}/" == response["Location"]
    assert timedelta(days=1) == row.end - row.start
    shown = client.get(response["Location"])
    lines = shown.context["effects"][0]["lines"]
    assert ("120.0", "60.0", "-60.0") == tuple(str(lines[1][key]) for key in ("before", "after", "change"))
    assert "沙尘过境" in text_of(client.get("/air/exclusions/"))
    assert 302 == client.post(f"/air/exclusions/{row.pk}/withdraw/", {"reason": "误录"}).status_code
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert [] == client.get(f"/air/exclusions/{row.pk}/").context["effects"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"region": "", "station": ""}, "region"),
        ({"station": "nobody"}, "station"),
        ({"last": "2026-06-04"}, "last"),
        ({"last": "2028-06-04"}, "last"),
        ({"reason": ""}, "reason"),
        ({"pollutants": []}, "pollutants"),
        ({"region": "990103", "station": "A1"}, "station"),
    ],
    ids=["nowhere", "unknown-station", "backwards", "endless", "no-reason", "nothing", "elsewhere"],
)
def test_an_exclusion_that_cannot_be_is_refused_at_its_field(air, staff, client_of, changed, field) -> None:
    given = {
        "region": "990100",
        "first": "2026-06-05",
        "first_hour": "0",
        "last": "2026-06-05",
        "last_hour": "24",
        "pollutants": ["pm10"],
        "kind": "sand",
        "reason": "沙尘",
    }

    response = client_of(staff["campaign_office"]).post("/air/exclusions/new/", {**given, **changed})

    assert 422 == response.status_code
    assert [field] == list(response.context["form"].errors)
    assert not Exclusion.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "1990",
        "2005-07",
        "2999",
        "0001",
        "2013-01-01:2099-12-31",
        "2026-13",
        "x" * 500,
        "2026-07-01:2026-06-01",
    ],
)
def test_a_period_that_cannot_be_evaluated_is_said_and_breaks_no_page(air, staff, client_of, text) -> None:
    client = client_of(staff["leader"])
    for path in (
        f"/air/regions/{air.city.pk}/",
        f"/air/regions/{air.city.pk}/why/pm25/",
        "/air/rankings/",
        "/air/compare/",
    ):
        response = client.get(path, {"period": text})
        assert 200 == response.status_code, path
        if "why" not in path:
            assert "invalid" in response.content.decode() or "text-danger" in response.content.decode(), path
    for year in ("1990", "2999", "x", "99999999999"):
        assert 200 == client.get(f"/air/stations/{air.stations['A1'].pk}/?year={year}").status_code
    for query in ("region=99999999999999999999&region=x&years=0", "years=999", "pollutant=lead"):
        assert 200 == client.get(f"/air/compare/?{query}").status_code


def test_a_lake_that_cannot_be_read_is_said_and_the_home_page_stands(
    air, staff, client_of, monkeypatch
) -> None:
    client = client_of(staff["leader"])

    def broken(_now):
        raise StorageFailed("the disk is gone")

    monkeypatch.setattr("lantian.apps.air.readings.last_hour", broken)

    response = client.get("/air/")

    assert 503 == response.status_code
    assert "监测数据暂时无法读取" in response.content.decode()
    assert 200 == client.get("/").status_code


def test_the_home_page_has_a_card_of_the_air(filled, staff, client_of) -> None:
    said = text_of(client_of(staff["leader"]).get("/"))
    assert "晴川市空气质量" in said and "今年优良天数" in said
    assert "空气质量" not in text_of(client_of(staff["nobody"]).get("/"))


def test_the_lake_of_a_test_is_not_that_of_an_office(air, settings) -> None:
    assert settings.LAKE == lake().root


def test_the_page_of_now_asks_for_newer_values_and_gets_only_its_age_while_there_are_none(
    filled, staff, client_of
) -> None:
    client = client_of(staff["leader"])
    page = client.get("/air/")
    seen = page.context["seen"]
    assert f"seen={seen}" in page.content.decode()

    same = client.get(f"/air/?seen={seen}", headers={"HX-Request": "true"})
    assert "#air-time" == same.headers["HX-Retarget"] == same.headers["HX-Reselect"]
    assert 'id="air-time"' in same.content.decode()
    assert "air-now-page" not in same.content.decode()

    filled.hours("A1", date(2026, 6, 10), date(2026, 6, 10), {"pm25": 99}, until=datetime(2026, 6, 10, 9, tzinfo=BEIJING))
    newer = client.get(f"/air/?seen={seen}", headers={"HX-Request": "true"})
    assert "HX-Retarget" not in newer.headers
    assert seen != newer.context["seen"]
    assert 'id="air-now-page"' in newer.content.decode()
