"""How many days before a milestone the lights of a plan turn yellow."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.models import LogEntry
from lantian.apps.plans import standing
from lantian.apps.plans.actions.warning import SetWarnDays
from lantian.apps.plans.models import Task
from lantian.apps.plans.tests.working import TODAY, ago

pytestmark = pytest.mark.django_db


def lights(key: int, clock: str) -> list[str]:
    """The light of a task yesterday and today."""
    rows = [standing.with_light(Task.objects.filter(pk=key), day, clock) for day in (ago(1), TODAY)]
    return [light for found in rows for light in found.values_list("light", flat=True)]


def test_they_hold_from_the_day_on_which_they_are_set_and_earlier_records_stay(work: SimpleNamespace) -> None:
    key = work.task.pk
    assert lights(key, "recorded") == ["grey", "grey"]
    SetWarnDays(work.office, work.plan, 30).execute()
    assert lights(key, "recorded") == ["grey", "yellow"]
    work.plan.refresh_from_db()
    SetWarnDays(work.office, work.plan, 29).execute()
    assert lights(key, "recorded") == ["grey", "grey"]
    # As known now, the days that hold now are applied to every day.
    work.plan.refresh_from_db()
    SetWarnDays(work.office, work.plan, 31).execute()
    assert lights(key, "known") == ["yellow", "yellow"]
    assert LogEntry.objects.filter(action="plans.plan.warn_days").latest("id").after == {"warn_days": 31}


@pytest.mark.parametrize("days", [0, 61, 7])
def test_days_that_do_not_warn_or_change_nothing_are_refused(work: SimpleNamespace, days: int) -> None:
    with pytest.raises(Invalid):
        SetWarnDays(work.office, work.plan, days).execute()


def test_only_who_keeps_the_plan_sets_them_on_a_page(work: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        SetWarnDays(work.bureau, work.plan, 10).execute()
    client = Client()
    client.force_login(work.office.user)
    path = reverse("plans:plan_warning", args=[work.plan.pk])
    assert path in client.get(reverse("plans:plan", args=[work.plan.pk])).content.decode()
    assert client.post(path, {"days": "many"}).status_code == 422
    assert client.post(path, {"days": "10"}).status_code == 302
    work.plan.refresh_from_db()
    assert work.plan.warn_days == 10
