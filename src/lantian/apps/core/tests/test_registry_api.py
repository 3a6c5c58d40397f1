"""Places, organisations, people, jobs and messages through the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from lantian.apps.core.models import Job, Notification, Organisation, OrganisationAlias, Person, Region
from lantian.apps.core.tests.test_foundation import make_user

pytestmark = pytest.mark.django_db
API = "/api/v1"
RIGHTS = (
    "core.region.view",
    "core.region.manage",
    "core.organisation.view",
    "core.organisation.manage",
    "core.person.manage",
    "core.job.view",
)


@pytest.fixture
def bureau() -> Organisation:
    city = Region.objects.create(code="990100", name="晴川市", level="prefecture")
    return Organisation.objects.create(name="晴川市生态环境局", region=city)


@pytest.fixture
def client(bureau: Organisation) -> Client:
    user = make_user(bureau, *RIGHTS, scope="all")
    user.must_change_password = False
    user.save()
    found = Client()
    found.force_login(user)
    return found


def send(client: Client, method: str, url: str, body: Any, **headers: str) -> Any:
    return getattr(client, method)(
        f"{API}{url}", json.dumps(body), content_type="application/json", headers=headers
    )


def test_places_are_made_found_and_renamed(client: Client) -> None:
    city = Region.objects.get(code="990100")
    made = send(
        client, "post", "/regions", {"code": "990102", "name": "云山区", "level": "county", "parent": city.pk}
    )
    assert made.status_code == 201
    again = send(
        client, "post", "/regions", {"code": "990102", "name": "云山区", "level": "county", "parent": city.pk}
    )
    assert (again.status_code, list(again.json()["fields"])) == (422, ["code"])
    url = f"/regions/{made.json()['id']}/rename"
    renamed = send(client, "post", url, {"on": "2024-07-01", "name": "云顶区", "reason": "批复"})

    assert renamed.status_code == 201
    names = [
        row["name"]
        for row in client.get(f"{API}/regions", {"within": city.pk, "on": "2024-07-02"}).json()["items"]
    ]
    assert names == ["晴川市", "云顶区"]


def test_a_change_from_an_older_version_is_refused(client: Client, bureau: Organisation) -> None:
    version = client.get(f"{API}/organisations/{bureau.pk}")["ETag"]
    body = {"short_name": "市环境局", "reason": "补简称"}
    first = send(client, "patch", f"/organisations/{bureau.pk}", body, if_match=version)
    second = send(
        client, "patch", f"/organisations/{bureau.pk}", {**body, "short_name": "乙"}, if_match=version
    )

    assert (first.status_code, second.status_code) == (200, 409)
    assert Organisation.objects.get(pk=bureau.pk).short_name == "市环境局"


def test_names_are_matched_added_and_removed(client: Client, bureau: Organisation) -> None:
    body = {"names": ["市环保局", "某某公司"], "region": bureau.region_id}
    found = send(client, "post", "/organisations/match", body).json()
    assert [candidate["organisation"] for candidate in found["市环保局"]] == [bureau.pk]
    assert found["某某公司"] == []
    added = send(client, "post", f"/organisations/{bureau.pk}/names", {"name": "老环保局", "kind": "former"})
    assert added.status_code == 201
    assert client.delete(f"{API}/organisations/names/{added.json()['id']}").status_code == 204
    assert OrganisationAlias.objects.count() == 0


def test_people_are_added_and_leave(client: Client, bureau: Organisation) -> None:
    made = send(client, "post", "/people", {"name": "张三", "organisation": bureau.pk, "post": "局长"}).json()
    assert [post["title"] for post in made["posts"]] == ["局长"]
    left = send(client, "post", f"/people/{made['id']}/leave", {"on": "2024-03-31"}).json()

    assert (left["left_on"], left["posts"][0]["valid_to"]) == ("2024-03-31", "2024-03-31")
    assert client.get(f"{API}/people", {"here": "true"}).json()["total"] == 0


def test_rows_of_others_are_not_there(bureau: Organisation) -> None:
    other = Organisation.objects.create(name="别的局")
    person = Person.objects.create(name="李四", organisation=bureau)
    user = make_user(other, *RIGHTS, scope="department")
    user.must_change_password = False
    user.save()
    stranger = Client()
    stranger.force_login(user)

    assert stranger.get(f"{API}/organisations/{bureau.pk}").status_code == 404
    assert stranger.get(f"{API}/people/{person.pk}").status_code == 404
    assert send(stranger, "post", f"/people/{person.pk}/leave", {"on": "2024-03-31"}).status_code == 404
    assert [row["id"] for row in stranger.get(f"{API}/organisations").json()["items"]] == [other.pk]


def test_jobs_are_stopped_and_messages_read(client: Client) -> None:
    user = client.session["_auth_user_id"]
    row = Job.objects.create(kind="core.import.check", title="查", user_id=user)
    Notification.objects.create(recipient_id=user, kind="x", title="消息")

    assert send(client, "post", f"/jobs/{row.pk}/stop", {}).json()["status"] == "stopped"
    assert client.get(f"{API}/notifications", {"unread": "true"}).json()["total"] == 1
    assert send(client, "post", "/notifications/read", {}).json() == {"marked": 1}
    assert Notification.objects.filter(read_at__isnull=True).count() == 0
