"""Values of targets: by hand, from other rooms, and beside the target above."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.models import LogEntry, Region
from lantian.apps.plans import readings
from lantian.apps.plans.actions.readings import LinkUpperTarget, RecordReading
from lantian.apps.plans.models import Plan, Target

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def targets(db: None) -> tuple[Target, Target]:
    place = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    upper, lower = (Plan.objects.create(title=title, region=place, status="active") for title in ("省", "市"))
    return tuple(  # type: ignore[return-value]
        Target.objects.create(
            plan=plan, indicator="PM2.5年均浓度", unit="微克/立方米", value=value, measure="concentration"
        )
        for plan, value in ((upper, 42), (lower, 43))
    )


def test_the_last_value_up_to_a_day_counts(targets: tuple[Target, Target]) -> None:
    target = targets[1]
    for day, value in ((1, 50), (20, 44), (10, 47)):
        RecordReading(HOUSE, target, on=date(2026, 3, day), value=Decimal(value)).execute()
    assert Decimal(47) == getattr(readings.latest(target, date(2026, 3, 19)), "value", None)
    found = readings.latest(target, date(2026, 3, 20))
    assert found is not None
    verdict = readings.verdict(target, found.value)
    assert verdict is not None
    assert (False, Decimal(1)) == (verdict.met, verdict.gap)
    assert 3 == LogEntry.objects.filter(action="plans.target.reading").count()


def test_a_room_that_measures_comes_before_what_was_entered(targets: tuple[Target, Target]) -> None:
    RecordReading(HOUSE, targets[1], on=date(2026, 3, 1), value=Decimal(50)).execute()
    readings.register("air", lambda target, day: readings.Reading(day, Decimal(41), "国控站点"))
    try:
        assert Decimal(41) == getattr(readings.latest(targets[1], date(2026, 3, 2)), "value", None)
    finally:
        readings.unregister("air")


def test_a_value_of_a_day_to_come_is_refused(targets: tuple[Target, Target]) -> None:
    with pytest.raises(Invalid) as refused:
        RecordReading(HOUSE, targets[1], on=campaign_today() + timedelta(1), value=Decimal(1)).execute()
    assert ["on"] == list(refused.value.fields)


def test_a_target_serves_one_of_another_plan(targets: tuple[Target, Target]) -> None:
    upper, lower = targets
    assert upper == LinkUpperTarget(HOUSE, lower, upper).execute().upper
    with pytest.raises(Invalid):
        LinkUpperTarget(HOUSE, lower, lower).execute()


def test_a_leader_reads_and_enters_nothing(targets: tuple[Target, Target], small_city: Any) -> None:
    from tests.fixtures.accounts import make_account

    user = make_account("lingdao", small_city.government, "leader")
    with pytest.raises(NotAllowed):
        RecordReading(Actor(user=user), targets[1], on=date(2026, 1, 1), value=Decimal(1)).execute()
