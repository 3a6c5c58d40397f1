"""The warning and the daily reports of the demo city: one sent in time, one that waits."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lantian.apps.core import warning_port
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.models import DailyReport, PollutionWarning
from lantian.apps.monitoring.tasks_daily import tick
from lantian.apps.sources.models import Source, Unit
from lantian.demo import city, daily, monitoring
from lantian.lake.store import Lake
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hour", [1, 12])
def test_an_orange_warning_holds_with_one_form_sent_and_one_that_waits(
    hour: int, small_city: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    monkeypatch.setattr(readings, "lake", lambda: lake)
    small_city.office.name = city.OFFICE
    small_city.office.save()
    for name, where, role, scope, region in (
        ("gongjian", small_city.office, "campaign_office", "all", None),
        ("yunshan", small_city.branches[0], "campaign_office", "all", small_city.districts[0]),
        ("huanjing", small_city.bureau, "department_officer", "below", None),
        ("lingdao", small_city.government, "leader", "all", None),
        ("ducha", small_city.office, "supervision", "all", None),
    ):
        make_account(name, where, role, scope, region=region)
    for monitor in monitoring.MONITORS:
        source, _new = Source.objects.get_or_create(
            name=monitor.source,
            defaults={"kind": "enterprise", "region": small_city.districts[0], "department": small_city.branches[0]},
        )
        if monitor.unit:
            Unit.objects.get_or_create(source=source, kind="kiln", number=monitor.unit)
    today = timezone.now().astimezone(CAMPAIGN_TIME).date()
    now = datetime.combine(today, time(hour), CAMPAIGN_TIME)
    monitoring.load(Actor.system("demo", via="cli"), today, now)

    daily.load(small_city.prefecture, now)

    held = warning_port.at(small_city.prefecture, now)
    assert held is not None
    assert ("orange", 4) == (held.level, PollutionWarning.objects.count())
    sent, waiting = DailyReport.objects.order_by("day")
    assert (today - timedelta(days=2), "sent", False, 0) == (sent.day, sent.state, sent.late, sent.rows.filter(verified="").count())
    assert (today - timedelta(days=1), "draft") == (waiting.day, waiting.state)
    assert 1 == waiting.rows.exclude(verified="").count()
    # The house finds both where it looks for them and makes no others.
    tick(now)
    assert 2 == DailyReport.objects.count()
