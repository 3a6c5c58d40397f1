"""Warnings: declared, changed, lifted by the office of their place; and what other rooms are answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from lantian.apps.core import warning_port
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import LogEntry, Notification, Region, User
from lantian.apps.monitoring.actions.warnings import ChangeWarningLevel, DeclareWarning, LiftWarning
from lantian.apps.monitoring.models import PollutionWarning
from lantian.apps.monitoring.tests.conftest import SYSTEM
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=CAMPAIGN_TIME)


def declare(region: Region, level: str = "orange", begin: datetime | None = None, **more: Any) -> PollutionWarning:
    return DeclareWarning(SYSTEM, region=region, level=level, begin=begin or at(18, 12), document="晴环委〔2026〕8号", **more).execute()


def test_an_episode_is_declared_raised_and_lifted_and_each_level_keeps_its_document(small_city: City) -> None:
    orange = declare(small_city.prefecture)
    red = ChangeWarningLevel(SYSTEM, orange, level="red", at=at(19, 18), document="晴环委〔2026〕9号").execute()
    LiftWarning(SYSTEM, red, at=at(21, 6), document="晴环委〔2026〕10号").execute()
    orange.refresh_from_db()
    red.refresh_from_db()
    assert (at(19, 18), at(21, 6), orange) == (orange.end, red.end, red.follows)
    assert ("晴环委〔2026〕9号", "晴环委〔2026〕10号", "") == (red.document, red.end_document, orange.end_document)
    actions = LogEntry.objects.filter(action__startswith="monitoring.warning").values_list("action", flat=True)
    assert {"monitoring.warning.declare", "monitoring.warning.change_level", "monitoring.warning.lift"} == set(actions)
    with pytest.raises(Conflict):
        LiftWarning(SYSTEM, red, at=at(22), document="x").execute()
    with pytest.raises(Conflict):
        ChangeWarningLevel(SYSTEM, orange, level="yellow", at=at(22), document="x").execute()


def test_what_cannot_be_is_refused(small_city: City) -> None:
    row = declare(small_city.prefecture)
    with pytest.raises(Conflict, match="8号"):
        declare(small_city.prefecture, "red", at(19))
    with pytest.raises(Conflict):
        declare(small_city.prefecture, "red", at(17), end=at(18, 13))
    declare(small_city.prefecture, "red", at(17), end=at(18, 12))
    for wrong in (
        {"level": "orange", "at": at(19), "document": "x"},
        {"level": "purple", "at": at(19), "document": "x"},
        {"level": "red", "at": at(18, 12), "document": "x"},
        {"level": "red", "at": at(19), "document": " "},
        {"level": "red", "at": timezone.now() + timedelta(days=30), "document": "x"},
    ):
        with pytest.raises(Invalid):
            ChangeWarningLevel(SYSTEM, row, **wrong).execute()
    with pytest.raises(Invalid):
        declare(small_city.districts[0], begin=at(18), end=at(17))
    assert 2 == PollutionWarning.objects.count()


def test_other_rooms_ask_whether_orange_or_red_is_in_force_at_a_place_on_a_day(small_city: City) -> None:
    here, there = small_city.districts
    declare(small_city.prefecture, "yellow", at(18, 12))
    orange = declare(here, "orange", at(19, 20), end=at(21, 1))
    assert warning_port.on_day(here, date(2026, 11, 18)) is None
    found = warning_port.on_day(here, date(2026, 11, 19))
    assert found is not None
    assert (orange.pk, "orange") == (found.key, found.level)
    assert warning_port.on_day(here, date(2026, 11, 21)) is not None
    assert warning_port.on_day(here, date(2026, 11, 22)) is None
    assert warning_port.on_day(there, date(2026, 11, 20)) is None
    assert warning_port.on_day(there, date(2026, 11, 20), "yellow") is not None
    at_noon = warning_port.at(here, at(20, 12))
    assert at_noon is not None
    assert "orange" == at_noon.level
    # What ends at one o'clock does not hold at one o'clock any more; the yellow of the city still does.
    at_one = warning_port.at(here, at(21, 1))
    assert at_one is not None
    assert "yellow" == at_one.level


def test_only_the_office_of_the_place_declares(small_city: City, staff: dict[str, User]) -> None:
    county = make_account("yunshan", small_city.branches[0], "campaign_office", "all", region=small_city.districts[0])
    values: dict[str, Any] = {"level": "orange", "begin": at(18), "document": "x"}
    own = DeclareWarning(Actor(county), region=small_city.districts[0], **values).execute()
    for user, region in (
        (county, small_city.prefecture),
        (county, small_city.districts[1]),
        (staff["department_officer"], small_city.prefecture),
        (staff["leader"], small_city.prefecture),
    ):
        with pytest.raises(NotAllowed):
            DeclareWarning(Actor(user), region=region, **values).execute()
    city = declare(small_city.prefecture)
    with pytest.raises(NotAllowed):
        LiftWarning(Actor(county), city, at=at(20), document="x").execute()
    LiftWarning(Actor(staff["campaign_office"]), own, at=at(20), document="x").execute()


def test_who_sends_the_report_of_the_place_is_told_after_the_commit(
    small_city: City, staff: dict[str, User], django_capture_on_commit_callbacks: Any
) -> None:
    county = make_account("yunshan", small_city.branches[0], "campaign_office", "all", region=small_city.districts[0])
    with django_capture_on_commit_callbacks(execute=True):
        declare(small_city.prefecture)
    told = Notification.objects.filter(kind="monitoring.warning")
    assert [staff["campaign_office"]] == [one.recipient for one in told]
    assert "橙色预警" in told[0].title
    with django_capture_on_commit_callbacks(execute=True):
        declare(small_city.districts[0])
    assert told.filter(recipient=county).exists()
    # A past one that is entered later calls nobody.
    count = told.count()
    with django_capture_on_commit_callbacks(execute=True):
        declare(small_city.districts[1], begin=at(1), end=at(2))
    assert count == told.count()


def test_pages_show_what_holds_and_take_the_three_steps(
    small_city: City, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    client = client_of(staff["campaign_office"])
    assert "当前没有预警" in client.get("/monitoring/warnings/").content.decode()
    sent = client.post(
        "/monitoring/warnings/new/",
        {"region": small_city.prefecture.code, "level": "orange", "begin": "2026-11-18T12:00", "document": "晴环委〔2026〕8号"},
    )
    assert 302 == sent.status_code
    row = PollutionWarning.objects.get()
    assert sent["Location"] == row.get_absolute_url()
    assert (at(18, 12), small_city.office) == (row.begin, row.organisation)
    level = client.post(f"{row.get_absolute_url()}level/", {"level": "red", "at": "2026-11-19T08:00", "document": "9号"})
    red = PollutionWarning.objects.get(follows=row)
    assert level["Location"] == red.get_absolute_url()
    assert 422 == client.post(f"{red.get_absolute_url()}lift/", {"at": "2026-11-19T07:00", "document": "10号"}).status_code
    page = client.get("/monitoring/warnings/").content.decode()
    assert "红色预警" in page and "晴川市" in page
    assert "9号" in client.get(row.get_absolute_url()).content.decode()
    client.post(f"{red.get_absolute_url()}lift/", {"at": "2026-11-20T07:00", "document": "10号"})
    assert 0 == PollutionWarning.objects.filter(end=None).count()
    book = load_workbook(BytesIO(client.get("/monitoring/warnings/?export=xlsx&level=red").content))
    cells = [[cell.value for cell in line] for line in book.active.iter_rows()]
    (line,) = [line for line in cells if "晴川市" in line]
    assert datetime(2026, 11, 19, 8) in line and "10号" in line and "红色预警" in line
    # Others see it and have no buttons.
    page = client_of(staff["leader"]).get(red.get_absolute_url()).content.decode()
    assert "10号" in page and "/lift/" not in page
