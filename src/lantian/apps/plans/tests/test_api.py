"""Plans through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from lantian.apps.core.models import LogEntry
from lantian.apps.plans.models import Plan, PlanImport, Task
from lantian.apps.plans.tests.material import PLAN, Place, as_docx

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def client(office: Any) -> Client:
    """A browser of the campaign office."""
    client = Client()
    client.force_login(office.user)
    return client


def send(client: Client, method: str, url: str, body: Any) -> Any:
    return getattr(client, method)(f"{API}{url}", json.dumps(body), content_type="application/json")


def test_tasks_are_listed_with_units_dates_amounts_and_places(client: Client, plan: Plan) -> None:
    answer = client.get(f"{API}/tasks", {"plan": plan.pk, "q": "锅炉"})
    (task,) = answer.json()["items"]

    assert answer.json()["total"] == 1
    assert (task["number"], task["lead_name"], task["next_deadline"]) == ("1", "区生态环境局", "2024-09-30")
    assert {unit["role"] for unit in task["units"]} == {"lead", "responsible", "cooperating"}
    assert [amount["value"] for amount in task["quantities"]] == ["35", "12"]
    text = client.get(f"{API}/plans/{plan.pk}/text").json()["text"]
    assert text[slice(*task["deadlines"][0]["span"])] == "2024年9月底前"


def test_the_filters_of_the_ledger_hold(place: Place, client: Client, plan: Plan) -> None:
    def numbers(**query: Any) -> list[str]:
        return [task["number"] for task in client.get(f"{API}/tasks", query).json()["items"]]

    assert numbers(unit=place.housing.pk) == ["2", "3"]
    assert numbers(unit=place.town_units[0].pk, role="lead") == []
    assert numbers(due_from="2024-10-01", due_to="2024-10-31") == ["2"]
    assert numbers(sort="deadline") == ["1", "2", "3"]
    assert numbers(sort="-deadline") == ["2", "1", "3"]
    assert numbers(size=1, page=2) == ["2"]


def test_plans_targets_and_duties_are_listed(client: Client, plan: Plan) -> None:
    (listed,) = client.get(f"{API}/plans").json()["items"]
    targets = client.get(f"{API}/targets", {"plan": plan.pk}).json()
    duties = client.get(f"{API}/reporting-duties").json()

    assert (listed["task_count"], listed["target_count"]) == (3, targets["total"])
    assert "45" in {target["value"] for target in targets["items"]}
    assert duties["items"][0]["rhythm"] == "monthly"


def test_a_file_goes_through_the_door_in_four_requests(place: Place, client: Client) -> None:
    file = SimpleUploadedFile("方案.docx", as_docx(PLAN))
    made = client.post(f"{API}/plan-imports/file", {"file": file, "region": place.district.pk})
    key = made.json()["id"]
    assert (made.status_code, made.json()["status"], made.json()["counts"]["tasks"]) == (201, "read", 3)
    assert made.json()["undecided_units"]

    mapped = send(client, "post", f"/plan-imports/{key}/units", {"create_missing": True})
    assert mapped.json()["undecided_units"] == []
    draft = client.get(f"{API}/plan-imports/{key}/draft").json()
    edited = send(
        client, "patch", f"/plan-imports/{key}/draft/task/t1", {"changes": {"title": "新"}, "reason": "x"}
    )
    assert (draft["tasks"][0]["title"], edited.json()["title"]) == ("淘汰燃煤锅炉", "新")
    confirmed = send(client, "post", f"/plan-imports/{key}/confirm", {"with_open_warnings": True})

    assert (confirmed.status_code, confirmed.json()["task_count"]) == (201, 3)
    assert client.get(f"{API}/plan-imports/{key}").json()["plan"] == confirmed.json()["id"]


def test_a_task_is_changed_with_version_and_reason(client: Client, plan: Plan) -> None:
    key = plan.tasks.get(number="1").pk
    body = {"version": 1, "reason": "later", "deadlines": [{"end": "2024-10-31"}]}
    first = send(client, "patch", f"/tasks/{key}", body)
    second = send(client, "patch", f"/tasks/{key}", {**body, "deadlines": [{"end": "2024-11-30"}]})

    assert (first.status_code, first.json()["next_deadline"], first.json()["version"]) == (
        200,
        "2024-10-31",
        2,
    )
    assert (second.status_code, second.json()["code"]) == (409, "edit_conflict")
    assert LogEntry.objects.get(action="plans.task.edit").reason == "later"
    assert LogEntry.objects.get(action="plans.task.edit").via == "api"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "", "region": "district"}, 422, "nothing_to_read"),
        ({"text": PLAN, "region": 0}, 422, "invalid"),
        ({"region": "district"}, 422, "invalid"),
    ],
)
def test_refusals_have_one_form(
    place: Place, client: Client, body: dict[str, Any], status: int, code: str
) -> None:
    if body["region"] == "district":
        body = {**body, "region": place.district.pk}
    answer = send(client, "post", "/plan-imports", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert PlanImport.objects.count() == 0


def test_the_same_text_is_refused_and_taken_on_purpose(place: Place, client: Client, plan: Plan) -> None:
    body = {"text": PLAN, "region": place.district.pk}

    assert send(client, "post", "/plan-imports", body).json()["code"] == "same_content"
    assert send(client, "post", "/plan-imports", {**body, "again": True}).status_code == 201


def test_an_officer_reads_the_own_tasks_and_changes_none(place: Place, plan: Plan) -> None:
    client = Client()
    client.force_login(place.user("department_officer", place.housing, "below"))
    first = plan.tasks.get(number="1").pk
    own = plan.tasks.get(number="2").pk

    assert [task["number"] for task in client.get(f"{API}/tasks").json()["items"]] == ["2", "3"]
    assert client.get(f"{API}/tasks/{first}").status_code == 404
    assert (
        send(client, "patch", f"/tasks/{own}", {"version": 1, "reason": "x", "title": "x"}).status_code == 403
    )
    assert client.get(f"{API}/plan-imports").status_code == 403
    assert Task.objects.get(pk=own).version == 1


def test_nobody_reads_without_logging_in(plan: Plan) -> None:
    for path in ("plans", "tasks", "targets", "reporting-duties", "plan-imports"):
        assert Client().get(f"{API}/{path}").status_code == 401


def test_a_list_of_tasks_takes_the_same_number_of_queries_however_long(
    client: Client, plan: Plan, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16):
        client.get(f"{API}/tasks", {"size": 1})
    with django_assert_max_num_queries(16):
        client.get(f"{API}/tasks", {"size": 50})
