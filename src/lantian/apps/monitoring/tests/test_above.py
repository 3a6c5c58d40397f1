"""Which hours are chosen to be judged exactly, and which points the pages show above their limit between two looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from lantian.apps.monitoring.above import above
from lantian.apps.monitoring.exceedances import hours_above
from lantian.apps.monitoring.models import AboveLimit, Device, Look
from lantian.apps.monitoring.outlets import points_of
from lantian.apps.monitoring.past_hours import exceeding_between
from lantian.apps.monitoring.points import held, hour_of
from lantian.apps.monitoring.tests.test_limits_that_hold import HOUR, NOW, kept, of_kind, said

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stack(device: Device) -> Device:
    """A kiln with a limit of values that were sent folded."""
    kept(device, "100")
    of_kind(device, "cement_kiln")
    return device


def test_pages_show_what_the_last_look_found_until_the_next(stack: Device) -> None:
    said(stack, "a21002", "50", folded="101")
    hours_above(NOW)
    assert {stack.pk: {"a21002"}} == above(NOW + MINUTE, Device.objects.all())
    said(stack, "a21002", "50", folded="99")
    assert {stack.pk: {"a21002"}} == above(NOW + MINUTE, Device.objects.all())
    hours_above(NOW + MINUTE)
    assert {} == above(NOW + MINUTE, Device.objects.all())
    assert not AboveLimit.objects.exists()


def test_where_nobody_looks_the_pages_judge_for_themselves(stack: Device) -> None:
    said(stack, "a21002", "50", folded="101")
    assert {stack.pk: {"a21002"}} == above(NOW, Device.objects.all())
    assert not AboveLimit.objects.exists()
    hours_above(NOW)
    said(stack, "a21002", "50", folded="99")
    assert {} == above(NOW + 4 * MINUTE, Device.objects.all())


def test_a_look_that_finds_the_same_writes_no_point_anew(stack: Device) -> None:
    said(stack, "a21002", "50", folded="101")
    hours_above(NOW)
    first = AboveLimit.objects.get().pk
    hours_above(NOW + MINUTE)
    assert (first, NOW + MINUTE) == (AboveLimit.objects.get().pk, Look.objects.get().at)


def test_only_points_that_were_asked_for_are_shown_above(stack: Device) -> None:
    said(stack, "a21002", "50", folded="101")
    hours_above(NOW)
    assert {} == above(NOW, Device.objects.exclude(pk=stack.pk))


def test_a_look_shows_no_hour_of_a_point_that_went_silent(stack: Device) -> None:
    said(stack, "a21002", "50", folded="101")
    hours_above(NOW)
    later = NOW + 12 * HOUR
    Look.objects.update(at=later)
    assert {} == above(later, Device.objects.all())


@pytest.mark.parametrize("unit", ["mg/m³", "µg/m³"])
@pytest.mark.parametrize("reference", [None, "9", "10"])
def test_no_hour_above_its_limit_is_left_out_before_it_is_judged(
    device: Device, put: Any, unit: str, reference: str | None
) -> None:
    """Every value with every oxygen, on both sides of the limit, judged one by one and chosen by columns."""
    kept(device, "50", oxygen=reference)
    of_kind(device, "cement_kiln")
    device.units = {"a21002": unit}
    device.save(update_fields=["units"])
    per = 1000 if unit == "µg/m³" else 1
    values = [Decimal(text) * per for text in ("-1", "0", "41.666666", "41.666667", "45.4545", "45.4546", "49.999999", "50", "50.000001", "60")]
    oxygens = [None, "-0.5", "0", "8.999999", "9", "10", "10.000001", "11", "17.9", "18.999999", "19", "20.9", "21", "22"]
    cases = list(product(values, oxygens, (False, True)))
    start = datetime(2026, 11, 1, tzinfo=UTC)
    put(
        device.mn,
        start,
        {
            "a21002": [(value, value if folded else None, "N") for value, _oxygen, folded in cases],
            "a19001": [oxygen for _value, oxygen, _folded in cases],
        },
    )
    known = points_of([device])
    found = {one.time: one.value_mg_m3 for one in exceeding_between(known, start, start + HOUR * len(cases))}
    point = known[device.pk]
    expected = {}
    for number, (value, oxygen, folded) in enumerate(cases):
        hour = hour_of(
            point, "a21002", start + number * HOUR, value, value if folded else None, "N",
            None if oxygen is None else Decimal(oxygen),
        )  # fmt: skip
        one = held(point, "a21002", hour, folded=folded)
        if one is not None:
            expected[start + number * HOUR] = one.value_mg_m3
    assert expected == found
    assert 20 < len(found) < len(cases) - 20


def test_oxygen_that_differs_between_days_chooses_no_hour_by_the_wrong_day(device: Device, put: Any) -> None:
    from lantian.apps.monitoring.actions.marks import EndLimit, SetLimit
    from lantian.apps.monitoring.models import OutletLimit
    from lantian.apps.monitoring.tests.conftest import SYSTEM

    kept(device, "50", oxygen="3")
    of_kind(device, "cement_kiln")
    EndLimit(SYSTEM, OutletLimit.objects.get(), date(2026, 11, 10), reason="新许可证").execute()
    SetLimit(SYSTEM, device, factor="a21002", limit_mg_m3=Decimal(50), basis="新许可证", valid_from=date(2026, 11, 11)).execute()
    start = datetime(2026, 11, 10, 14, tzinfo=UTC)
    # 22:00 on the 10th is folded from 12 % to 3 %, twice its value; 00:00 on the 11th is not.
    put(device.mn, start, {"a21002": [(26, None, "N")] * 4, "a19001": ["12"] * 4})
    found = list(exceeding_between(points_of([device]), start, start + 4 * HOUR))
    assert [(start, Decimal(52)), (start + HOUR, Decimal(52))] == [(one.time, one.value_mg_m3) for one in found]
