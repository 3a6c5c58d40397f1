"""Commands to devices by API: the same rights, checks and rows as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from lantian.apps.core.models import LogEntry, User
from lantian.apps.monitoring import gateway_ports as ports
from lantian.apps.monitoring.actions.devices import AddDevice
from lantian.apps.monitoring.actions.new_passwords import SendNewPassword
from lantian.apps.monitoring.actions.secrets import SetSecret
from lantian.apps.monitoring.models import Device, DeviceCommand
from lantian.apps.monitoring.tests.conftest import MN, OTHER_MN, SYSTEM, Works
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
URL = "/device-commands"
SPAN = {"BeginTime": "20260504000000", "EndTime": "20260504050000"}


def test_a_program_asks_reads_until_it_is_over_and_takes_back(device: Device, staff: dict[str, User], api_of: Any) -> None:
    api = api_of(staff["campaign_office"])
    made = api("post", URL, {"mn": MN, "cn": "2061", "fields": SPAN, "keep_hours": 48})
    assert made.status_code == 201
    body = made.json()
    assert (MN, "queued", False, [{"name": k, "value": v} for k, v in SPAN.items()]) == (
        body["mn"], body["state"], body["over"], body["parameters"],
    )  # fmt: skip
    row = DeviceCommand.objects.get()
    assert round((row.until - row.created_at).total_seconds() / 3600) == 48
    assert LogEntry.objects.filter(action="monitoring.command.send", via="api").count() == 1
    ports.claim([row.pk])
    ports.report_command(row.pk, "failed", at=timezone.now(), code="3", outcome="refused", attempts=1)
    told = api("get", f"{URL}/{row.pk}").json()
    assert ("failed", True, "设备拒绝执行", "PW 错误") == (
        told["state"], told["over"], told["outcome_words"], told["answers"][0]["words"],
    )  # fmt: skip
    second = api("post", URL, {"device": device.pk, "cn": "1011"}).json()
    gone = api("post", f"{URL}/{second['id']}/cancel", {}).json()
    assert ("cancelled", "taken_back") == (gone["state"], gone["outcome"])
    assert api("post", f"{URL}/{second['id']}/cancel", {}).status_code == 409
    assert [second["id"], row.pk] == [one["id"] for one in api("get", f"{URL}?mn={MN}").json()["items"]]
    assert [row.pk] == [one["id"] for one in api("get", f"{URL}?state=failed&cn=2061").json()["items"]]
    assert api("get", f"{URL}?state=nonsense").status_code == 422
    assert api("get", f"{URL}?size=501").status_code == 422


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"mn": MN, "cn": "1062", "fields": {"RtdInterval": "5"}}, 422, "RtdInterval"),
        ({"mn": MN, "cn": "1062", "fields": {"RtdInterval": "30;CN=1072"}}, 422, "RtdInterval"),
        ({"mn": MN, "cn": "1062", "fields": {"RtdInterval": 30}}, 422, "fields.RtdInterval"),
        ({"mn": MN, "cn": "3012", "fields": {"PolId": "a21026"}}, 422, "reason"),
        ({"mn": MN, "cn": "3022", "fields": {"PolId": "a21026"}, "reason": "x"}, 422, "cn"),
        ({"mn": MN, "cn": "1011", "fields": {"x" * 100_000: "1"}}, 422, "cn"),
        ({"mn": MN, "cn": "1011", "fields": {"PolId": "a\u0000<script>"}}, 422, "PolId"),
        ({"mn": MN, "cn": "1072", "fields": {"NewPW": "zQ7kX9"}, "reason": "x"}, 422, "cn"),
        ({"mn": MN, "cn": "1011", "keep_hours": 169}, 422, "keep_hours"),
        ({"mn": MN, "cn": "1011", "keep_hours": 0}, 422, "keep_hours"),
        ({"cn": "1011"}, 422, "device"),
        ({"mn": MN, "device": 1, "cn": "1011"}, 422, "device"),
        ({"mn": "NOBODY", "cn": "1011"}, 404, ""),
        ({"mn": "A\u0000B", "cn": "1011"}, 422, "mn"),
        ({"mn": MN, "cn": "3012", "fields": {"PolId": "a21026"}, "reason": "a\u0000b"}, 422, "reason"),
        ({"device": 10**30, "cn": "1011"}, 404, ""),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field_and_nothing_is_sent(
    device: Device, staff: dict[str, User], api_of: Any, body: dict[str, Any], status: int, field: str
) -> None:
    answer = api_of(staff["campaign_office"])("post", URL, body)
    assert (status, True) == (answer.status_code, not field or field in answer.json()["fields"]), answer.content
    assert len(answer.content) < 2000 and b"zQ7kX9" not in answer.content
    assert not DeviceCommand.objects.exists()


def test_a_device_elsewhere_is_not_there_and_a_token_without_the_right_gets_nothing(
    device: Device, works: Works, staff: dict[str, User], small_city: City, api_of: Any
) -> None:
    there = AddDevice(SYSTEM, mn=OTHER_MN, name="熔窑", kind="cems", st="31", source=works.elsewhere).execute()
    one = make_account("quxian", small_city.branches[0], "campaign_office", "organisation")
    api = api_of(one)
    visible = {row.mn for row in Device.objects.visible_to(one, "monitoring.device.command")}
    assert OTHER_MN not in visible
    assert api("post", URL, {"mn": OTHER_MN, "cn": "1011"}).status_code == 404
    row = api_of(staff["campaign_office"])("post", URL, {"device": there.pk, "cn": "1011"}).json()
    assert api("get", f"{URL}/{row['id']}").status_code == 404
    assert api("post", f"{URL}/{row['id']}/cancel", {}).status_code == 404
    assert api("get", URL).json()["total"] == 0
    narrow = api_of(staff["campaign_office"], "monitoring.device.view")
    assert 403 == narrow("post", URL, {"mn": MN, "cn": "1011"}).status_code == narrow("get", URL).status_code
    assert narrow("get", f"{URL}/kinds").status_code == 403
    assert api_of(staff["department_officer"])("get", URL).status_code == 403
    assert Client().get(f"/api/v1{URL}").status_code == 401


def test_the_kinds_are_those_of_the_edition_and_a_new_password_is_seen_but_not_read_or_taken_back(
    device: Device, staff: dict[str, User], api_of: Any
) -> None:
    api = api_of(staff["campaign_office"])
    kinds = {one["cn"]: one for one in api("get", f"{URL}/kinds?version=2017").json()}
    assert "1072" not in kinds and "3022" not in kinds and kinds["3012"]["needs_reason"]
    assert [("RtdInterval", 30, 3600)] == [(f["name"], f["least"], f["most"]) for f in kinds["1062"]["fields"]]
    assert "3022" in {one["cn"] for one in api("get", f"{URL}/kinds?version=2025").json()}
    SetSecret(SYSTEM, device, "pw", "a1B2c3").execute()
    row = SendNewPassword(SYSTEM, device, "zQ7kX9", reason="定期更换").execute()
    told = api("get", f"{URL}/{row.pk}")
    assert [{"name": "NewPW", "value": "sealed"}] == told.json()["parameters"] and b"zQ7kX9" not in told.content
    assert api("post", f"{URL}/{row.pk}/cancel", {}).status_code == 409
