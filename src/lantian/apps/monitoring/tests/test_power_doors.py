"""Readings at the doors: files, programs, brokers; what is refused is kept and can be taken after all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.models import User
from lantian.apps.monitoring.actions.power import (
    AddMeter,
    ChangeMeter,
    MakeMeterKey,
    RevokeMeterKey,
    TakeRejects,
)
from lantian.apps.monitoring.doors.power import broker, rejects
from lantian.apps.monitoring.doors.power.files import ImportReadings
from lantian.apps.monitoring.models import Load, Meter, PowerReject
from lantian.apps.monitoring.tests.power_city import NOW, Works
from lantian.lake.power.reading import readings
from lantian.lake.power.tables import POWER_READING
from lantian.rules.air.labels import BEIJING

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
DAY = date(2026, 11, 25)


def table(*rows: list[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def stored(*meters: str) -> list[tuple[str, str, int | None, int | None]]:
    """Meter, end in campaign time, energy and counter of all readings."""
    found = readings(lake(), meters or ("P1", "P2", "T1", "W1"), NOW - timedelta(days=90), NOW)
    return [
        (row["meter"], f"{row['end'].astimezone(BEIJING):%d %H:%M}", row["energy_wh"], row["register_wh"])
        for row in found.to_pylist()
    ]


def bring(content: bytes, **options: Any) -> Any:
    return ImportReadings(SYSTEM, content, "用电.csv", **options).execute()


# Files -------------------------------------------------------------------------------------------------------------------


def test_a_file_is_shown_first_and_stored_once(mill: Works) -> None:
    content = table(
        ["电表号", "采集时间", "功率(kW)"],
        ["P1", "2026-11-25 00:15", "400"],
        ["P1", "2026-11-25 00:30", "404.4"],
        ["P2", "2026-11-25 00:15", "200"],
    )
    seen = ImportReadings(SYSTEM, content, "用电.csv").examine()

    assert (3, ["create", "create"]) == (seen.rows, [change.kind for change in seen.changes])
    assert any("15" in note.message for note in seen.notes)
    assert not stored()

    bring(content)
    assert [("P1", "25 00:15", 100_000, None), ("P1", "25 00:30", 101_100, None), ("P2", "25 00:15", 50_000, None)] == stored()
    assert (0, 2) == ((again := bring(content)).count("create"), again.unchanged)
    meter = Meter.objects.get(number="P1")
    assert datetime(2026, 11, 25, 0, 30, tzinfo=BEIJING) == meter.seen_at
    assert Load.objects.get(pk=meter.load_id).fresh_from <= datetime(2026, 11, 25, 0, 0, tzinfo=BEIJING)


def test_another_value_corrects_and_the_old_one_stays_in_the_history(mill: Works) -> None:
    bring(table(["表号", "时间", "电量(kWh)"], ["P1", "2026-11-25 00:15", "100"]))

    report = bring(table(["表号", "时间", "电量(kWh)"], ["P1", "2026-11-25 00:15", "90"]))

    assert 1 == report.count("update")
    assert [("P1", "25 00:15", 90_000, None)] == stored()
    (old,) = lake().history(POWER_READING).to_pylist()
    assert (100_000, 90_000, "用电.csv") == (old["old_energy_wh"], old["energy_wh"], old["reason"])


def test_ct_and_pt_multiply_what_the_meter_shows(mill: Works) -> None:
    ChangeMeter(SYSTEM, mill.meters["P1"], ct=Decimal(80), pt=Decimal(100)).execute()

    bring(table(["表号", "时间", "电量(kWh)"], ["P1", "2026-11-25 00:15", "0.0125"]))

    assert [("P1", "25 00:15", 100_000, None)] == stored()


def test_errors_are_told_row_by_row_and_only_the_good_rows_go_in_when_somebody_says_so(mill: Works) -> None:
    content = table(
        ["表号", "时间", "电量(kWh)"],
        ["P1", "2026-11-25 00:15", "100"],
        ["P9", "2026-11-25 00:15", "1"],
        ["P1", "gestern", "1"],
        ["P1", "2026-11-25 00:30", "-4"],
        ["P1", "2026-11-25 00:15", "101"],
    )
    with pytest.raises(ImportRefused) as refused:
        bring(content)
    found = refused.value.data["report"].problems
    assert [(3, "unknown_meter"), (4, "time_bad"), (5, "negative"), (6, "twice")] == [(one.row, one.code) for one in found]
    assert ["C3", "B4", "C5", "C6"] == [one.address for one in found]
    assert not stored()

    bring(content, skip_errors=True)

    assert [("P1", "25 00:15", 100_000, None)] == stored()
    assert {"unknown_meter", "time_bad", "negative", "twice"} == set(PowerReject.objects.values_list("reason", flat=True))


def test_a_day_of_96_points_and_a_column_for_each_meter_are_read_as_well(mill: Works) -> None:
    points = [f"{n // 4:02}:{n % 4 * 15:02}" for n in range(1, 97)]
    bring(table(["表号", "数据日期", *points], ["P1", "2026-11-24", *["400"] * 96]))
    bring(table(["时间", "P2(kWh)", "T1(kWh)"], ["2026-11-24 00:15", "50", "15"]))

    found = stored()
    assert (96, "24 00:15", "25 00:00") == (len(of := [row for row in found if row[0] == "P1"]), of[0][1], of[-1][1])
    assert [("P2", "24 00:15", 50_000, None), ("T1", "24 00:15", 15_000, None)] == found[96:]


def test_counters_become_energy_with_what_stands_before_and_behind_them_in_any_order(mill: Works) -> None:
    ChangeMeter(SYSTEM, mill.meters["P1"], ct=Decimal(40), register_digits=6).execute()

    def counters(*rows: tuple[str, str]) -> Any:
        return bring(table(["表号", "抄表时间", "示数"], *(["P1", f"2026-11-25 {time}", shown] for time, shown in rows)))

    counters(("00:00", "999998"), ("00:15", "999999.5"))
    counters(("01:00", "4.5"))
    assert [None, 60_000, 200_000] == [row[2] for row in stored()]

    # One that comes late divides the period, and the sum stays.
    report = counters(("00:30", "1.5"))
    assert [None, 60_000, 80_000, 120_000] == [row[2] for row in stored()]
    assert any("翻转" in note.message for note in report.notes)

    # A new meter begins at nothing: its first period has no energy.
    report = counters(("01:15", "0"), ("01:30", "2"))
    assert [None, 80_000] == [row[2] for row in stored()][-2:]
    assert any("回退" in note.message for note in report.notes)


@pytest.mark.parametrize("content", [b"", b"\x00\xff", table(["a", "b"], ["1", "2"])])
def test_a_file_without_readings_is_refused_with_what_it_needs(mill: Works, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        ImportReadings(SYSTEM, content, "x.csv").examine()
    assert "file" in refused.value.fields


def test_meters_of_others_are_unknown_to_an_officer(mill: Works, staff: dict[str, User]) -> None:
    officer = staff["department_officer"]
    officer.organisation.path  # noqa: B018  the bureau above the branch
    Meter.objects.filter(number="P1").update(source=mill.source)
    mill.source.department = None
    mill.source.save()

    content = table(["表号", "时间", "电量(kWh)"], ["P1", "2026-11-25 00:15", "1"])
    with pytest.raises(ImportRefused) as refused:
        ImportReadings(Actor(officer), content, "x.csv").execute()
    assert ["unknown_meter"] == [one.code for one in refused.value.data["report"].problems]


# Programs ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def send(mill: Works) -> Callable[..., Any]:
    """Send a message with a key for the district."""
    made = MakeMeterKey(SYSTEM, name="云山采集", region=mill.source.region).execute()
    client = Client()

    def post(body: Any, key: str = made.secret) -> Any:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return client.post(
            "/api/v1/power/readings", data, content_type="application/json", headers={"X-Meter-Key": key}
        )

    post.made = made  # type: ignore[attr-defined]
    return post


def reading(meter: str, quarter: int, **value: Any) -> dict[str, Any]:
    begin = datetime(2026, 11, 25, tzinfo=BEIJING) + timedelta(minutes=15 * quarter)
    return {
        "meter": meter, "start": begin.isoformat(), "end": (begin + timedelta(minutes=15)).isoformat(), **value,
    }  # fmt: skip


def test_a_message_is_answered_row_by_row_and_a_repeated_one_as_before(send: Callable[..., Any]) -> None:
    body = {"delivery": "d1", "rows": [reading("P1", 0, kw=400), reading("P1", 1, kwh="99.5"), reading("P2", 0, kw=-3)]}
    first = send(body)

    assert 200 == first.status_code, first.content
    assert {"new": 2, "held": 1} == first.json()["results"]
    assert [("new", ""), ("new", ""), ("held", "negative")] == [
        (row["result"], row["reason"]) for row in first.json()["rows"]
    ]
    assert [("P1", "25 00:15", 100_000, None), ("P1", "25 00:30", 99_500, None)] == stored()
    again = send(body)
    assert (200, True) == (again.status_code, again.json()["repeated"])
    assert 409 == send({"delivery": "d1", "rows": [reading("P1", 0, kw=1)]}).status_code
    other = send({"delivery": "d2", "rows": [reading("P1", 0, kw=400), reading("P1", 1, kw=1)]})
    assert {"same": 1, "corrected": 1} == other.json()["results"]


def test_a_key_reaches_its_own_place_only_and_learns_nothing_of_others(send: Callable[..., Any], mill: Works) -> None:
    elsewhere = mill.source.region.parent.children.exclude(pk=mill.source.region_id).first() if hasattr(
        mill.source.region, "children"
    ) else None
    from lantian.apps.core.models import Region

    elsewhere = elsewhere or Region.objects.exclude(pk=mill.source.region_id).filter(level="county").first()
    mill.source.region = elsewhere
    mill.source.save()

    rows = send({"delivery": "d1", "rows": [reading("P1", 0, kw=1), reading("X9", 0, kw=1)]}).json()["rows"]

    assert [("held", "not_yours", rows[0]["message"])] * 2 == [(row["result"], row["reason"], row["message"]) for row in rows]
    assert not stored()
    # Mending the register does not let in what was sent for somebody else's meter.
    assert 0 == TakeRejects(SYSTEM, list(PowerReject.objects.filter(number="P1"))).execute()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 422),
        ("[]", 422),
        ({"delivery": "x", "rows": []}, 422),
        ({"delivery": "a b", "rows": [{}]}, 422),
        ({"delivery": "x", "rows": [{}], "more": 1}, 422),
        ({"delivery": "x", "rows": [{"meter": "P1"}] * 5_001}, 413),
        (b"[" * 100_000, 422),
    ],
)
def test_a_message_of_another_form_is_refused_whole(send: Callable[..., Any], body: Any, status: int) -> None:
    answer = send(body)
    assert status == answer.status_code
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "row", [7, {"meter": "P1"}, {"meter": "P1", "kw": 1}, {"meter": "P1", "kw": 1, "kwh": 1}, {"meter": ["P1"]}, {"x": 1}]
)
def test_a_row_of_another_form_is_held_with_its_reason(send: Callable[..., Any], row: Any) -> None:
    answer = send({"delivery": "x", "rows": [row]})
    assert (200, "held") == (answer.status_code, answer.json()["rows"][0]["result"])
    assert answer.json()["rows"][0]["message"]


def test_a_revoked_or_wrong_key_opens_nothing(send: Callable[..., Any]) -> None:
    body = {"delivery": "d1", "rows": [reading("P1", 0, kw=1)]}
    assert 401 == send(body, "ltm_00000000_" + "0" * 48).status_code
    RevokeMeterKey(SYSTEM, send.made.key, reason="换机").execute()  # type: ignore[attr-defined]
    assert 401 == send(body).status_code
    assert not stored()


# Brokers, and what was refused -------------------------------------------------------------------------------------------


def payload(**row: Any) -> bytes:
    return json.dumps(row).encode()


def test_messages_of_a_broker_are_stored_together_and_unreadable_ones_are_kept(mill: Works) -> None:
    done = broker.take(
        [
            ("lantian/power/P1", payload(**{k: v for k, v in reading("P1", 0, kw=400).items() if k != "meter"})),
            ("lantian/power/all", json.dumps([reading("P1", 1, kw=400), reading("P2", 0, kw=200)]).encode()),
            ("lantian/power/P1", b"\xff\x00 no json"),
            ("lantian/power/P7", payload(**reading("P7", 0, kw=1))),
            ("lantian/power/P1", b"1" * 300_000),
        ],
        NOW,
    )

    assert (3, 3) == (done.stored.added, done.refused)
    assert 3 == len(stored())
    assert {("lantian/power/P1", "form"), ("lantian/power/P7", "unknown_meter"), ("lantian/power/P1", "too_large")} == set(
        PowerReject.objects.values_list("name", "reason")
    )
    # The same messages again change nothing and keep nothing twice.
    again = broker.take([("lantian/power/P7", payload(**reading("P7", 0, kw=1)))], NOW)
    assert (0, 0) == (again.stored.added, again.refused)


def test_what_was_refused_is_taken_once_its_meter_is_known_and_forgotten_after_thirty_days(mill: Works) -> None:
    broker.take([("t/P7", payload(**reading("P7", 0, kw=100)))], NOW)
    assert 0 == TakeRejects(SYSTEM, list(PowerReject.objects.all())).execute()

    AddMeter(SYSTEM, number="P7", source=mill.source, role="production", unit=None, serves=[]).execute()
    assert 1 == TakeRejects(SYSTEM, list(PowerReject.objects.all())).execute()

    assert [("P7", "25 00:15", 25_000, None)] == stored("P7")
    assert PowerReject.objects.get().taken_at is not None
    assert (0, 1) == (rejects.forget(NOW), rejects.forget(NOW + timedelta(days=31)))
