"""What the targets of the demo plan have come to, month by month: most on course, some not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import User
from lantian.apps.plans.actions.readings import RecordReading
from lantian.apps.plans.choices import Comparator, TargetKind, TargetMeasure
from lantian.apps.plans.models import Plan, Target

SOURCE = "模拟监测数据"
MONTHS = 6
#: where the last value of a target lies beside what is asked, by the place of the target in the list [%]
LAST = (97, 102, 99, 94, 105, 98)
#: how far above the last value each earlier month lies, the last month first [%]
EARLIER = (0, 2, 5, 7, 11, 16)


def load(plan: Plan, today: date) -> int:
    """Enter a value for the end of each of the last months.

    Returns
    -------
    int
        How many values were entered.
    """
    office = User.objects.filter(username="gongjian").first()
    actor = Actor(user=office, via="web") if office is not None else Actor.system("demo", via="cli")
    days = month_ends(today)
    entered = 0
    # What is measured is the same for the binding value of an indicator and for the one to strive for.
    first: dict[tuple[str, str], tuple[Target, int]] = {}
    for number, target in enumerate(Target.objects.filter(plan=plan, value__isnull=False).order_by("order")):
        if target.kind != TargetKind.LEVEL:
            continue
        measured, place = first.setdefault((target.region_name, target.indicator), (target, number))
        for month, day in enumerate(days):
            value = value_of(measured, place, month, len(days), day)
            RecordReading(actor, target, on=day, value=value, source=SOURCE).execute()
            entered += 1
    return entered


def month_ends(today: date) -> list[date]:
    """The ends of the last months within the year of the last one, the oldest first."""
    found: list[date] = []
    day = today.replace(day=1) - timedelta(1)
    while len(found) < MONTHS and (not found or day.year == found[0].year):
        found.append(day)
        day = day.replace(day=1) - timedelta(1)
    return found[::-1]


def value_of(target: Target, number: int, month: int, months: int, day: date) -> Decimal:
    """The value of one month; counted days grow with the year, everything else comes near what is asked."""
    assert target.value is not None
    share = Decimal(LAST[number % len(LAST)])
    if target.measure == TargetMeasure.DAYS:
        counted = target.value * share / 100 * day.timetuple().tm_yday / 365
        return counted.to_integral_value(ROUND_HALF_EVEN)
    drift = EARLIER[months - 1 - month]
    better_high = target.comparator in {Comparator.AT_LEAST, Comparator.ABOVE}
    value = target.value * (share + (-drift if better_high else drift)) / 100
    return value.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
