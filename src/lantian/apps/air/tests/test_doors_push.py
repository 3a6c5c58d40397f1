"""Hours that stations send: each row answered, the same message twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from lantian.apps.air import lake as lake_of_settings
from lantian.apps.air.actions.keys import MakeKey, RevokeKey
from lantian.apps.air.doors import push
from lantian.apps.air.models import Delivery, Doubt, StationKey
from lantian.apps.air.tests.doors_material import in_lake, stations
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import LogEntry

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test", via="cli")
URL = "/api/v1/air/hours"
ROW = {"station": "9901A", "time": "2026-03-01 15:00", "pm25": 35, "pm10": 60, "co": 0.6, "o3": "81"}


@pytest.fixture(autouse=True)
def _lake(tmp_path: Path, settings: Any) -> None:
    settings.LAKE = str(tmp_path / "lake")
    # Refused senders are counted there, those of other tests too.
    cache.clear()


@pytest.fixture
def secret(small_city: Any) -> str:
    stations(small_city.districts[0])
    return MakeKey(SYSTEM, name="云山站", region=small_city.districts[0]).execute().secret


@pytest.fixture
def send(secret: str) -> Callable[..., Any]:
    def go(*rows: dict[str, Any], delivery: str = "d1", key: str = secret, **more: Any) -> Any:
        body = json.dumps({"delivery": delivery, "rows": list(rows), **more})
        return Client().post(URL, body, content_type="application/json", headers={"X-Station-Key": key})

    return go


def stored() -> dict[tuple[str, str], dict[str, int]]:
    return in_lake(lake_of_settings())


def test_a_row_goes_into_the_lake(send: Callable[..., Any]) -> None:
    response = send(ROW)

    assert 200 == response.status_code, response.content
    assert [{"row": 0, "result": "stored", "held": []}] == response.json()["rows"]
    expected = {("9901A", "2026-03-01 15:00"): {"pm25": 35_000, "pm10": 60_000, "co": 600, "o3": 81_000}}
    assert expected == stored()


def test_the_same_delivery_is_answered_as_before(send: Callable[..., Any]) -> None:
    first, again = send(ROW).json(), send(ROW).json()

    assert not first["repeated"]
    assert {**first, "repeated": True} == again
    assert 1 == Delivery.objects.count()
    assert 1 == LogEntry.objects.filter(action="air.hours.receive").count()


def test_a_delivery_with_other_content_is_refused(send: Callable[..., Any]) -> None:
    send(ROW)
    response = send({**ROW, "pm25": 36})

    assert (409, "delivery_differs") == (response.status_code, response.json()["code"])
    assert 35_000 == stored()["9901A", "2026-03-01 15:00"]["pm25"]


def test_each_row_is_answered(send: Callable[..., Any]) -> None:
    send(ROW)
    later = (timezone.now() + timedelta(days=2)).strftime("%Y-%m-%d 10:00")
    response = send(
        ROW,
        {**ROW, "time": "2026-03-01T16:00:00+08:00"},
        {**ROW, "time": "2026-03-01 17:00", "pm25": -3},
        {**ROW, "station": "1001A"},
        {**ROW, "time": later},
        {"station": "9902A", "time": "2026-03-01 15:00", "pm25": None},
        {**ROW, "time": "2026-03-01 18:30"},
        delivery="d2",
    )

    answer = response.json()
    assert ["same", "stored", "partly", "held", "held", "empty", "held"] == [row["result"] for row in answer["rows"]]
    reasons = [[held["reason"] for held in row["held"]] for row in answer["rows"]]
    assert [[], [], ["negative"], ["unknown_station"], ["future"], [], ["half_hour"]] == reasons
    assert ["pm25"] == answer["rows"][2]["held"][0]["items"]
    assert {"stored": 1, "same": 1, "partly": 1, "held": 3, "empty": 1} == answer["results"]
    assert {"negative", "unknown_station", "future", "half_hour"} == set(Doubt.objects.values_list("reason", flat=True))


def test_utc_and_starts_are_said_in_the_message(send: Callable[..., Any]) -> None:
    send({**ROW, "time": "2026-03-01T06:00:00Z"}, label="start")

    assert [("9901A", "2026-03-01 15:00")] == list(stored())


def test_a_key_only_covers_the_stations_of_its_place(send: Callable[..., Any], small_city: Any) -> None:
    other = MakeKey(SYSTEM, name="河东站", region=small_city.districts[1]).execute().secret

    answer = send(ROW, key=other).json()

    assert ["out_of_scope"] == [held["reason"] for held in answer["rows"][0]["held"]]
    assert {} == stored()


def test_a_revoked_an_expired_and_a_wrong_key_open_nothing(send: Callable[..., Any], secret: str) -> None:
    key = StationKey.objects.get()
    assert key.digest not in secret and secret not in key.digest
    assert 401 == send(ROW, key="").status_code
    assert 401 == send(ROW, key=f"{secret[:-1]}{'0' if secret[-1] != '0' else '1'}").status_code
    StationKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert 401 == send(ROW).status_code
    StationKey.objects.update(expires_at=None)
    RevokeKey(SYSTEM, key, reason="lost").execute()
    assert (401, "unauthenticated") == (send(ROW).status_code, send(ROW).json()["code"])
    assert {} == stored()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 422, None),
        (b"[]", 422, None),
        (b'{"rows": [{"station": "a", "time": "b"}]}', 422, "delivery"),
        (b'{"delivery": "d", "rows": []}', 422, "rows"),
        (b'{"delivery": "d", "rows": [{"station": "a"}]}', 422, "rows.0"),
        (b'{"delivery": "d", "rows": [{"station": "a", "time": "b", "pm2.5": 3}]}', 422, "rows.0.pm2.5"),
        (b'{"delivery": "d", "label": "middle", "rows": [{"station": "a", "time": "b"}]}', 422, "label"),
        (b'{"delivery": "d", "rows": [{"station": "a", "time": "b", "pm25": [1]}]}', 422, "rows.0.pm25"),
    ],
    ids=["broken", "list", "nameless", "empty", "timeless", "unknown", "label", "nested"],
)
def test_a_message_of_another_form_says_where(secret: str, body: bytes, status: int, field: str | None) -> None:
    response = Client().post(URL, body, content_type="application/json", headers={"X-Station-Key": secret})

    assert status == response.status_code
    assert field is None or [field] == list(response.json()["fields"])
    assert not Delivery.objects.exists()


def test_a_message_that_is_too_large_is_refused(send: Callable[..., Any], secret: str) -> None:
    assert 413 == send(*[ROW] * (push.MOST_ROWS + 1)).status_code
    body = b" " * (push.MOST_BYTES + 1)
    response = Client().post(URL, body, content_type="application/json", headers={"X-Station-Key": secret})
    assert (413, "too_large") == (response.status_code, response.json()["code"])


def test_a_message_that_broke_off_is_taken_up_again(send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = push.ReceiveHours.perform

    def cut(self: Any) -> Any:
        raise RuntimeError("power cut")

    monkeypatch.setattr(push.ReceiveHours, "perform", cut)
    assert 500 == send(ROW).status_code
    assert 1 == len(stored())
    monkeypatch.setattr(push.ReceiveHours, "perform", whole)
    busy = send(ROW)
    assert (409, "still_busy") == (busy.status_code, busy.json()["code"])
    Delivery.objects.update(created_at=timezone.now() - 2 * push.ABANDONED)

    answer = send(ROW).json()

    assert (False, {"9901A"}) == (answer["repeated"], {station for station, _hour in stored()})
    assert 1 == len(stored())


def test_numbers_are_taken_as_they_are_written(send: Callable[..., Any], secret: str) -> None:
    body = '{"delivery": "d9", "rows": [{"station": "9901A", "time": "2026-03-01 15:00", "co": 0.30000000000000004, "pm25": 35.0005}]}'
    Client().post(URL, body, content_type="application/json", headers={"X-Station-Key": secret})

    assert {("9901A", "2026-03-01 15:00"): {"co": 300, "pm25": 35_000}} == stored()


def test_a_value_that_stands_still_is_seen_hour_by_hour(send: Callable[..., Any]) -> None:
    for hour in range(1, 11):
        send({"station": "9901A", "time": f"2026-03-01 {hour:02d}:00", "pm25": 33}, delivery=f"h{hour}")

    [doubt] = Doubt.objects.filter(reason="frozen")
    assert 10 == doubt.hours
