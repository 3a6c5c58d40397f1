"""Import, review, data quality and keys in the pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantian.apps.air import lake as lake_of_settings
from lantian.apps.air.models import Delivery, DeliveryState, Doubt, DoubtState, Station, StationKey
from lantian.apps.air.tests.doors_material import csv, hours, in_lake, stations
from lantian.apps.core.models import LogEntry
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _lake(tmp_path: Path, settings: Any) -> None:
    settings.LAKE = str(tmp_path / "lake")


@pytest.fixture
def office(small_city: Any, staff: Any, client_of: Any) -> Client:
    stations(small_city.districts[0])
    return client_of(staff["campaign_office"])


def upload(client: Client, content: bytes, run_jobs: Any, name: str = "hours.csv") -> Delivery:
    with run_jobs():
        response = client.post("/air/deliveries/new/", {"file": SimpleUploadedFile(name, content)})
    assert 302 == response.status_code, response.content.decode()[-2000:]
    return Delivery.objects.latest("pk")


@pytest.fixture
def run_jobs(django_capture_on_commit_callbacks: Any) -> Any:
    return lambda: django_capture_on_commit_callbacks(execute=True)


def stored() -> dict[tuple[str, str], dict[str, int]]:
    return in_lake(lake_of_settings())


def test_a_file_is_looked_at_and_then_imported(office: Client, run_jobs: Any) -> None:
    rows = hours()
    rows[4][2] = "-1"
    row = upload(office, csv(rows), run_jobs)

    assert DeliveryState.ASKING == row.state
    page = office.get(row.get_absolute_url()).content.decode()
    assert "359" in page
    assert "9901A" in page
    assert {} == stored()

    with run_jobs():
        office.post(f"/air/deliveries/{row.pk}/import/")

    row.refresh_from_db()
    assert (DeliveryState.DONE, 60, 1) == (row.state, row.added, row.held)
    assert 60 == len(stored())
    assert 200 == office.get(row.get_absolute_url()).status_code
    assert LogEntry.objects.filter(action="air.delivery.import").exists()
    assert row.name in office.get("/air/deliveries/").content.decode()


def test_a_question_is_answered_in_the_page(office: Client, run_jobs: Any) -> None:
    rows = [row if place == 0 else [*row[:6], str(round(float(row[6]) * 1000)), row[7]] for place, row in enumerate(hours())]
    row = upload(office, csv(rows), run_jobs)
    page = office.get(row.get_absolute_url()).content.decode()
    assert "µg/m³" in page
    with run_jobs():
        office.post(f"/air/deliveries/{row.pk}/import/")
    row.refresh_from_db()
    assert DeliveryState.ASKING == row.state
    assert {} == stored()

    with run_jobs():
        office.post(f"/air/deliveries/{row.pk}/choose/", {"unit_co": "ug", "unknown": "hold"})
    with run_jobs():
        office.post(f"/air/deliveries/{row.pk}/import/")

    assert 500 == stored()["9901A", "2026-03-01 01:00"]["co"]


def test_a_workbook_is_taken_as_well(office: Client, run_jobs: Any) -> None:
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    for row in hours(count=5):
        book.active.append(row)
    stream = BytesIO()
    book.save(stream)

    row = upload(office, stream.getvalue(), run_jobs, "小时数据.xlsx")

    assert (DeliveryState.ASKING, 60) == (row.state, row.preview["stored"])


def test_a_file_that_is_no_table_says_so(office: Client, run_jobs: Any) -> None:
    row = upload(office, b"hello,world\n1,2\n", run_jobs)

    assert DeliveryState.FAILED == row.state
    assert row.error in office.get(row.get_absolute_url()).content.decode()


def test_a_delivery_can_be_left(office: Client, run_jobs: Any) -> None:
    row = upload(office, csv(hours()), run_jobs)
    office.post(f"/air/deliveries/{row.pk}/cancel/")
    with run_jobs():
        office.post(f"/air/deliveries/{row.pk}/import/")

    row.refresh_from_db()
    assert DeliveryState.CANCELLED == row.state
    assert {} == stored()


@pytest.fixture
def doubts(office: Client, run_jobs: Any) -> dict[str, Doubt]:
    rows = hours()
    rows[4][2], rows[5][3] = "3500", "many"
    rows[9][2], rows[10][2] = "70", "71"
    rows.append(["2026-03-01 05:00", "7777A", "10", "20", "1", "1", "0.1", "1"])
    row = upload(office, csv(rows), run_jobs)
    with run_jobs():
        office.post(f"/air/deliveries/{row.pk}/import/")
    return {one.reason: one for one in Doubt.objects.all()}


def decide(client: Client, decision: str, *doubts: Doubt, reason: str = "checked with the station", **more: Any) -> str:
    data = {"decision": decision, "pick": [one.pk for one in doubts], "reason": reason, **more}
    return client.post("/air/review/decide/", data, follow=True).content.decode()


def test_a_held_value_is_accepted_with_a_reason(office: Client, doubts: dict[str, Doubt]) -> None:
    assert "pm25" not in stored()["9901A", "2026-03-01 04:00"]

    decide(office, "accept", doubts["beyond"], reason="")
    assert "pm25" not in stored()["9901A", "2026-03-01 04:00"]
    decide(office, "accept", doubts["beyond"])

    assert 3_500_000 == stored()["9901A", "2026-03-01 04:00"]["pm25"]
    found = Doubt.objects.get(pk=doubts["beyond"].pk)
    assert (DoubtState.ACCEPTED, "checked with the station") == (found.state, found.decision_reason)
    history = lake_of_settings().history(__import__("lantian.lake.schema", fromlist=["AIR_HOUR"]).AIR_HOUR).to_pylist()
    assert [("checked with the station", None, 3_500_000)] == [
        (row["reason"], row["old_pm25"], row["pm25"]) for row in history
    ]
    assert {"state": "accepted", "reasons": {"beyond": 1}, "rows": [found.pk]} == LogEntry.objects.get(action="air.doubt.accept").after


def test_what_is_no_number_cannot_be_accepted_but_corrected(office: Client, doubts: dict[str, Doubt]) -> None:
    held = doubts["not_a_number"]
    decide(office, "accept", held)
    held.refresh_from_db()
    assert DoubtState.OPEN == held.state

    response = office.post(held.get_absolute_url(), {"pm10": "55.5", "reason": "read from the instrument"})

    assert 302 == response.status_code, response.content.decode()[-3000:]
    held.refresh_from_db()
    assert (DoubtState.CORRECTED, {"pm10": 55_500}) == (held.state, held.decision)
    assert 55_500 == stored()["9901A", "2026-03-01 05:00"]["pm10"]


def test_a_flag_that_is_rejected_takes_the_hours_out_and_keeps_what_was(office: Client, doubts: dict[str, Doubt]) -> None:
    from lantian.lake.schema import AIR_HOUR

    assert 70_000 == stored()["9901A", "2026-03-01 09:00"]["pm25"]

    decide(office, "reject", doubts["pm_order"])

    for hour in ("09", "10"):
        assert {"so2", "no2", "co", "o3"} == set(stored()["9901A", f"2026-03-01 {hour}:00"])
    assert [70_000, 71_000] == sorted(row["old_pm25"] for row in lake_of_settings().history(AIR_HOUR).to_pylist())


def test_an_unknown_station_is_accepted_once_it_is_known(office: Client, doubts: dict[str, Doubt], small_city: Any) -> None:
    decide(office, "accept", doubts["unknown_station"])
    assert ("7777A", "2026-03-01 05:00") not in stored()

    Station.objects.create(code="7777A", name="新站", region=small_city.districts[0])
    decide(office, "accept", doubts["unknown_station"])

    assert 10_000 == stored()["7777A", "2026-03-01 05:00"]["pm25"]


def test_all_of_a_filter_are_rejected_at_once(office: Client, doubts: dict[str, Doubt]) -> None:
    decide(office, "reject", which="all", query="held=1")

    states = {one.reason: one.state for one in Doubt.objects.all()}
    assert {"beyond": "rejected", "not_a_number": "rejected", "unknown_station": "rejected", "pm_order": "open"} == states


def test_a_value_is_decided_once(office: Client, doubts: dict[str, Doubt]) -> None:
    decide(office, "reject", doubts["beyond"])
    decide(office, "accept", doubts["beyond"])

    assert DoubtState.REJECTED == Doubt.objects.get(pk=doubts["beyond"].pk).state
    assert "pm25" not in stored()["9901A", "2026-03-01 04:00"]


def test_the_review_shows_the_neighbours_and_exports(office: Client, doubts: dict[str, Doubt]) -> None:
    page = office.get(doubts["beyond"].get_absolute_url()).content.decode()
    assert "ad-held" in page
    assert "03-01 10:00" in page
    listed = office.get("/air/review/?state=open").content.decode()
    assert 4 == listed.count('name="pick"')
    assert 200 == office.get("/air/review/?export=xlsx").status_code


def test_only_values_of_ones_own_places_are_decided(small_city: Any, doubts: dict[str, Doubt], client_of: Any) -> None:
    there = make_account("there", small_city.branches[1], "supervision", region=small_city.districts[1])
    here = make_account("here", small_city.branches[0], "supervision", region=small_city.districts[0])

    assert 404 == client_of(there).get(doubts["beyond"].get_absolute_url()).status_code
    decide(client_of(there), "accept", doubts["beyond"])
    assert DoubtState.OPEN == Doubt.objects.get(pk=doubts["beyond"].pk).state
    decide(client_of(here), "accept", doubts["beyond"])
    assert DoubtState.ACCEPTED == Doubt.objects.get(pk=doubts["beyond"].pk).state


def test_a_stored_hour_is_corrected_and_its_past_is_shown(office: Client, doubts: dict[str, Doubt]) -> None:
    station = Station.objects.get(code="9902A")
    url = f"/air/stations/{station.pk}/correct/"
    data = {"end": "2026-03-01T03:00", "pm25": "12.5", "erase": ["co"], "reason": "calibration"}

    response = office.post(url, data)

    assert 302 == response.status_code, response.content.decode()[-3000:]
    assert {"pm25": 12_500, "pm10": 52_000, "so2": 7_000, "no2": 32_000, "o3": 62_000} == stored()["9902A", "2026-03-01 03:00"]
    page = office.get(response["Location"]).content.decode()
    assert "calibration" in page
    assert "→ 12.5" in page
    entry = LogEntry.objects.get(action="air.hour.correct")
    assert ({"pm25": 23_000, "co": 700}, {"pm25": 12_500, "co": None}) == (entry.before, entry.after)
    assert 422 == office.post(url, {**data, "end": "2026-05-01T03:00"}).status_code


def test_the_heat_map_counts_the_hours(office: Client, doubts: dict[str, Doubt]) -> None:
    from datetime import date

    from lantian.apps.air.queries_quality import capture

    rows = capture(Station.objects.filter(code__in=["9901A", "9902A"]), 2026, date(2026, 4, 1), "pm25")

    march = {row.station.code: row.months[2] for row in rows}
    # Of the 31 days of March; one value of 9901A is held.
    assert (29, 744) == (march["9901A"].there, march["9901A"].could)
    assert (30, 744) == (march["9902A"].there, march["9902A"].could)
    assert 0 == rows[0].months[5].could
    assert 200 == office.get("/air/quality/?year=2026&item=pm25").status_code
    assert 200 == office.get("/air/quality/?export=xlsx").status_code


def test_a_key_is_shown_once_and_revoked(office: Client, small_city: Any) -> None:
    response = office.post("/air/keys/new/", {"name": "云山站", "region": small_city.districts[0].code, "stations": "9901A"})
    page = response.content.decode()
    key = StationKey.objects.get()

    assert 200 == response.status_code
    assert f"lts_{key.prefix}_" in page
    assert frozenset({"9901A"}) == key.allowed()
    assert f"lts_{key.prefix}_" not in office.get("/air/keys/").content.decode()
    office.post(f"/air/keys/{key.pk}/revoke/", {"reason": "lost"})
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert key.digest not in str(LogEntry.objects.get(action="air.key.make").after)


def test_a_key_for_stations_elsewhere_is_refused(office: Client, small_city: Any) -> None:
    response = office.post("/air/keys/new/", {"name": "x", "region": small_city.districts[1].code, "stations": "9901A"})

    assert 422 == response.status_code
    assert not StationKey.objects.exists()


def test_the_folder_takes_complete_files_and_leaves_a_report(small_city: Any, tmp_path: Path) -> None:
    import json
    from datetime import UTC

    from lantian.apps.air.doors.folder import Folder

    stations(small_city.districts[0])
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    folder = Folder(inbox, now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    (inbox / "good.csv").write_bytes(csv(hours()))
    (inbox / "bad.csv").write_bytes(b"hello,world\n1,2\n")
    (inbox / "growing.csv").write_bytes(csv(hours())[:300])

    assert [] == folder.sweep()
    (inbox / "growing.csv").write_bytes(csv(hours())[:900])
    assert [("bad.csv", False), ("good.csv", True)] == folder.sweep()

    assert 60 == len(stored())
    report = json.loads((inbox / "done" / "good.csv.report.json").read_text())
    assert (60, 0, False) == (report["added"], report["held"], report["repeated"])
    assert "error" in json.loads((inbox / "failed" / "bad.csv.report.json").read_text())
    assert ["growing.csv"] == [file.name for file in inbox.glob("*.csv")]
    # The program ended after the import and before the file was moved: it is not imported again.
    (inbox / "good.csv").write_bytes(csv(hours()))
    Folder(inbox, now=folder.now).sweep()
    Folder(inbox, now=folder.now).sweep()
    assert json.loads((inbox / "done" / "good-2.csv.report.json").read_text())["repeated"]
    assert 1 == Delivery.objects.filter(name="good.csv").count()
