"""Marks of enterprises: made for the own points, in time or late, checked by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from lantian.apps.core import files, parameters
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, Notification, Parameter, User
from lantian.apps.monitoring.actions.devices import AddDevice
from lantian.apps.monitoring.actions.marks import CheckMark, MakeMark, WithdrawMark
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.tests.conftest import OTHER_MN, SYSTEM, Works

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def proof(name: str = "现场.png", content: bytes = PNG) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def make(actor: Actor, device: Device, *, begin: float = 5, end: float = 2, **more: Any) -> DataMark:
    now = timezone.now()
    given = {"kind": "fault", "cause": "采样探头堵塞", "proofs": [proof()]} | more
    return MakeMark(
        actor, device, start=now - timedelta(hours=begin), end=now - timedelta(hours=end), **given
    ).execute()


def test_an_enterprise_marks_its_own_point_with_a_proof_and_nobody_elses(
    device: Device, works: Works, actors: dict[str, Actor], client_of: Any
) -> None:
    mark = make(Actor(works.owner), device)
    assert (False, "waiting", 1) == (mark.late, mark.state, files.of(mark).count())
    other = AddDevice(SYSTEM, mn=OTHER_MN, kind="cems", source=works.elsewhere).execute()
    with pytest.raises(NotFound):
        make(Actor(works.owner), other)
    with pytest.raises(NotAllowed):
        make(actors["campaign_office"], device)
    attachment = files.of(mark).get()
    assert client_of(works.owner).get(f"/files/{attachment.pk}/").status_code == 200


def test_a_mark_after_its_deadline_is_taken_and_shown_as_late(
    device: Device, works: Works, staff: dict[str, User], client_of: Any
) -> None:
    mark = make(Actor(works.owner), device, begin=40, end=30)
    assert mark.late
    assert "逾期" in client_of(staff["campaign_office"]).get(f"/monitoring/marks/{mark.pk}/").content.decode()
    Parameter.objects.create(key="monitoring.mark_hours", value=48)
    parameters.forget()
    assert not make(Actor(works.owner), device, begin=40, end=30, kind="maintenance").late
    assert mark.late


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"cause": ""}, "cause"),
        ({"proofs": []}, "proofs"),
        ({"kind": "holiday"}, "kind"),
        ({"begin": 1, "end": 3}, "end"),
        ({"begin": 24 * 400}, "start"),
        ({"proofs": [proof("a.exe", b"MZ123")]}, "file"),
        ({"proofs": [proof("a.png", b"no picture")]}, "file"),
        ({"proofs": [proof()] * 6}, "proofs"),
    ],
)
def test_what_is_missing_or_cannot_be_is_told_at_its_field(
    device: Device, works: Works, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as told:
        make(Actor(works.owner), device, **more)
    assert {field} == set(told.value.fields)
    assert not DataMark.objects.exists()


def test_the_same_is_not_marked_twice(device: Device, works: Works) -> None:
    make(Actor(works.owner), device)
    with pytest.raises(Conflict):
        make(Actor(works.owner), device, begin=3, end=1)
    make(Actor(works.owner), device, begin=3, end=1, factors=["a21026"])


def test_another_checks_it_the_enterprise_is_told_and_a_refusal_says_why(
    device: Device, works: Works, actors: dict[str, Actor], django_capture_on_commit_callbacks: Any
) -> None:
    mark = make(Actor(works.owner), device)
    with pytest.raises(NotAllowed):
        CheckMark(Actor(works.owner), mark, accept=True).execute()
    office = actors["campaign_office"]
    with pytest.raises(Invalid):
        CheckMark(office, mark, accept=False).execute()
    with django_capture_on_commit_callbacks(execute=True):
        CheckMark(office, mark, accept=False, words="照片与时段不符").execute()
    mark.refresh_from_db()
    assert ("refused", office.user) == (mark.state, mark.checked_by)
    assert Notification.objects.get(recipient=works.owner).body == "照片与时段不符"
    with pytest.raises(Conflict):
        CheckMark(office, mark, accept=True).execute()
    assert LogEntry.objects.filter(action="monitoring.mark.check", result="done").count() == 1


def test_the_enterprise_takes_back_what_waits_and_only_that(
    device: Device, works: Works, actors: dict[str, Actor]
) -> None:
    first, second = make(Actor(works.owner), device), make(Actor(works.owner), device, kind="stop")
    with pytest.raises(NotAllowed):
        WithdrawMark(actors["campaign_office"], first, reason="x").execute()
    WithdrawMark(Actor(works.owner), first, reason="填错").execute()
    CheckMark(actors["campaign_office"], second, accept=True).execute()
    with pytest.raises(Conflict):
        WithdrawMark(Actor(works.owner), second, reason="填错").execute()
    first.refresh_from_db()
    assert first.state == "withdrawn"


def test_the_pages_take_a_mark_from_the_form_to_the_check(
    device: Device, works: Works, staff: dict[str, User], client_of: Any
) -> None:
    owner, office = client_of(works.owner), client_of(staff["campaign_office"])
    now = timezone.now().astimezone(CAMPAIGN_TIME)
    values = {
        "device": device.pk,
        "kind": "maintenance",
        "start": f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M}",
        "end": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}",
        "cause": "季度校准",
    }
    assert owner.get("/monitoring/marks/new/").status_code == 200
    assert owner.post("/monitoring/marks/new/", values).status_code == 422
    answer = owner.post("/monitoring/marks/new/", values | {"proofs": [proof(), proof("记录.pdf", b"%PDF-1.4 x")]})
    assert answer.status_code == 302
    mark = DataMark.objects.get()
    assert (answer.url, 2) == (mark.get_absolute_url(), files.of(mark).count())
    home = office.get("/").content.decode()
    assert mark.get_absolute_url() in home
    assert works.source.name in office.get("/monitoring/marks/?state=waiting").content.decode()
    checked = office.post(f"/monitoring/marks/{mark.pk}/check/", {"accept": "yes", "words": ""})
    assert checked.status_code == 302
    mark.refresh_from_db()
    assert mark.state == "accepted"
    assert mark.get_absolute_url() not in office.get("/").content.decode()
