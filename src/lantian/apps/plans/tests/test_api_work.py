"""The work on tasks through the API."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.plans.models import Task
from lantian.apps.plans.tests.working import TODAY, ago, bring

pytestmark = pytest.mark.django_db
API = "/api/v1/task-work"


def send(actor: Actor, method: str, url: str, body: Any = None) -> Any:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    if body is None:
        return getattr(client, method)(f"{API}{url}")
    return getattr(client, method)(f"{API}{url}", json.dumps(body), content_type="application/json")


def test_a_task_goes_to_its_close_out_through_the_api(work: SimpleNamespace) -> None:
    key, boilers = work.task.pk, work.boilers.pk
    now = send(work.bureau, "get", f"/{key}").json()
    assert (now["state"], now["light"], set(now["steps"])) == ("not_started", "grey", {"start", "report"})
    body = {
        "on": ago(3).isoformat(),
        "quantities": {boilers: "200"},
        "note": "完成",
        "version": now["version"],
    }
    told = send(work.bureau, "post", f"/{key}/steps/report", body)
    assert told.status_code == 201
    assert (told.json()["percent"], told.json()["counted"][0]["done"]) == ("100", "200")
    body = {"cosign": [work.place.housing.pk], "on": ago(2).isoformat()}
    handed = send(work.bureau, "post", f"/{key}/steps/submit", body).json()
    (sign,) = handed["cosigns"]
    refused = send(work.office, "post", f"/{key}/steps/accept", {})
    assert refused.status_code == 422
    assert "override" in refused.json()["fields"]
    assert send(work.town, "post", f"/{key}/cosigns/{sign['id']}", {"agree": True}).status_code == 403
    assert send(work.housing, "post", f"/{key}/cosigns/{sign['id']}", {"agree": True}).status_code == 200
    done = send(work.office, "post", f"/{key}/steps/accept", {})
    assert done.status_code == 201
    assert (done.json()["state"], done.json()["light"]) == ("accepted", "green")
    events = send(work.leader, "get", f"/{key}/events").json()
    assert ["accept", "cosign", "submit", "report"] == [event["kind"] for event in events["items"]]


def test_a_step_refuses_what_it_does_not_take_where_it_is_not_possible_and_an_old_version(
    work: SimpleNamespace,
) -> None:
    task = bring(work.task, "in_progress")
    key = task.pk
    assert send(work.bureau, "post", f"/{key}/steps/fly", {}).status_code == 404
    assert send(work.bureau, "post", f"/{key}/steps/accept", {}).status_code == 403
    wrong = send(work.office, "post", f"/{key}/steps/suspend", {"reason": "x", "percent": 5})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["percent"])
    assert send(work.office, "post", f"/{key}/steps/resume", {}).status_code == 409
    stale = send(work.bureau, "post", f"/{key}/steps/report", {"note": "x", "version": task.version - 1})
    assert stale.status_code == 409
    stranger = Actor(work.place.user("campaign_office", work.place.stranger, region=work.place.other))
    assert send(stranger, "get", f"/{key}").status_code == 404
    assert send(stranger, "post", f"/{key}/steps/suspend", {"reason": "x"}).status_code == 404


def test_parts_and_adjustments_go_through_the_api(work: SimpleNamespace) -> None:
    key, boilers = work.task.pk, work.boilers.pk
    towns = [unit.pk for unit in work.place.town_units]
    parts = [{"organisation": one, "amounts": {boilers: "90"}} for one in towns]
    short = send(work.bureau, "post", f"/{key}/parts", {"parts": parts})
    assert short.status_code == 422
    unknown = send(work.bureau, "post", f"/{key}/parts", {"parts": [{"organisation": 10**6}]})
    assert list(unknown.json()["fields"]) == ["organisation_0"]
    made = send(work.bureau, "post", f"/{key}/parts", {"parts": parts, "kept": {boilers: "20"}})
    assert len(made.json()["parts"]) == 2
    later = work.last.end.replace(year=work.last.end.year + 1).isoformat()
    proposal = {"deadlines": [{"kind": "deadline", "start": None, "end": later, "text": ""}]}
    body = {"proposal": proposal, "reason": "设备到货晚"}
    asked = send(work.bureau, "post", f"/{key}/adjustments", body)
    assert asked.status_code == 201
    (wish,) = asked.json()["adjustments"]
    decide = f"/{key}/adjustments/{wish['id']}"
    assert send(work.bureau, "post", decide, {"decision": "approve"}).status_code == 403
    assert send(work.supervision, "post", decide, {"decision": "dream"}).status_code == 404
    assert send(work.supervision, "post", decide, {"decision": "refuse"}).status_code == 422
    assert send(work.supervision, "post", decide, {"decision": "approve"}).status_code == 200
    assert Task.objects.get(pk=key).last_deadline.isoformat() == later
    assert TODAY.isoformat() <= later
