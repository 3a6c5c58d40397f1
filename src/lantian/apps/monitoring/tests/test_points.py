"""Monitored points: how they stand, what their pages show, and how much of what was due has come."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.models import User
from lantian.apps.monitoring import axis, gateway_ports, rates, readings
from lantian.apps.monitoring.actions.devices import AddDevice, ChangeDevice
from lantian.apps.monitoring.actions.marks import SetLimit
from lantian.apps.monitoring.curves import Line, Strip
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.points import exceeding, points, with_standing
from lantian.apps.monitoring.tests.conftest import MN, OTHER_MN, SYSTEM, Works

pytestmark = pytest.mark.django_db


def standing(device: Device, now: datetime) -> str:
    found = with_standing(points(), now).get(pk=device.pk).standing
    assert isinstance(found, str)
    return found


def limit(device: Device, value: str = "10", oxygen: str | None = None, factor: str = "a34013") -> None:
    SetLimit(
        SYSTEM,
        device,
        factor=factor,
        limit_mg_m3=Decimal(value),
        reference_oxygen_percent=None if oxygen is None else Decimal(oxygen),
        basis="排污许可证",
        valid_from=date(2020, 1, 1),
    ).execute()


def say(device: Device, now: datetime, value: str, folded: str | None = None, **more: Any) -> None:
    given: dict[str, Any] = {"cn": "2061", "factor": "a34013", "flag": "N"} | more
    gateway_ports.write_latest(
        [
            gateway_ports.Said(
                device.mn, time=now - timedelta(hours=1), received=now, value=Decimal(value),
                folded=None if folded is None else Decimal(folded), **given,
            )
        ]
    )  # fmt: skip


# How they stand ------------------------------------------------------------------------------------------------------------


def test_a_point_reports_is_late_and_goes_off_line_by_when_it_was_heard_of(device: Device) -> None:
    now = timezone.now()
    seen = {}
    for minutes in (1, 66, 181):
        Device.objects.update(seen_at=now - timedelta(minutes=minutes))
        seen[minutes] = standing(device, now)
    Device.objects.update(seen_at=None)
    assert {1: "reporting", 66: "late", 181: "offline"} == seen and standing(device, now) == "offline"


def test_a_valid_hour_above_its_limit_exceeds_and_what_is_no_evidence_does_not(device: Device) -> None:
    now = timezone.now()
    say(device, now, "10.001")
    assert exceeding(now) == {}
    limit(device)
    (found,) = exceeding(now)[device.pk]
    assert (Decimal("10.001"), Decimal(10), False) == (found.value_mg_m3, found.limit_mg_m3, found.folded)
    assert standing(device, now) == "exceeding"
    for value, flag in (("10", "N"), ("99", "D"), ("99", "M")):
        say(device, now, value, flag=flag)
        assert exceeding(now) == {}, (value, flag)


def test_where_the_limit_is_of_folded_values_only_a_folded_value_is_held_against_it(device: Device) -> None:
    now = timezone.now()
    limit(device, oxygen="9")
    say(device, now, "50")
    assert exceeding(now) == {}
    say(device, now, "8", "10.5")
    assert exceeding(now)[device.pk][0].value_mg_m3 == Decimal("10.5")


def test_a_value_in_micrograms_is_held_against_the_limit_as_milligrams(device: Device) -> None:
    now = timezone.now()
    limit(device)
    ChangeDevice(SYSTEM, device, units={"a34013": "µg/m³"}).execute()
    say(device, now, "9000")
    assert exceeding(now) == {}
    say(device, now, "10001")
    assert exceeding(now)[device.pk][0].value_mg_m3 == Decimal("10.001")


def test_a_mark_that_covers_this_moment_stands_before_everything_else(device: Device) -> None:
    now = timezone.now()
    limit(device)
    say(device, now, "99")
    mark = DataMark.objects.create(
        device=device, kind="stop", start=now - timedelta(hours=2), end=now + timedelta(hours=2),
        cause="停产", due_at=now + timedelta(days=1),
    )  # fmt: skip
    assert standing(device, now) == "marked"
    DataMark.objects.filter(pk=mark.pk).update(state="refused")
    assert standing(device, now) == "exceeding"


def test_limits_of_one_factor_follow_each_other(device: Device) -> None:
    limit(device)
    SetLimit(
        SYSTEM, device, factor="a34013", limit_mg_m3=Decimal(5), basis="超低排放", valid_from=date(2024, 1, 1)
    ).execute()
    assert [(date(2024, 1, 1), None), (date(2020, 1, 1), date(2023, 12, 31))] == list(
        device.limits.values_list("valid_from", "valid_to")
    )
    with pytest.raises(Conflict):
        limit(device)


# Pages -----------------------------------------------------------------------------------------------------------------


def test_the_list_counts_states_filters_and_shows_the_last_means(
    device: Device, works: Works, staff: dict[str, User], client_of: Any
) -> None:
    other = AddDevice(SYSTEM, mn=OTHER_MN, kind="dust", source=works.elsewhere).execute()
    limit(device)
    say(device, timezone.now(), "12.5")
    client = client_of(staff["leader"])
    page = client.get("/monitoring/points/")
    assert [1, 1, 0, 0, 0] == [item["count"] for item in page.context["stats"]]
    text = page.content.decode()
    assert "12.5" in text and "mo-over" in text
    narrowed = client.get("/monitoring/points/?standing=offline").content.decode()
    assert works.elsewhere.name in narrowed and f"points/{device.pk}/" not in narrowed
    here = client.get(f"/monitoring/points/?region={works.source.region_id}").context["stats"]
    assert [1, 0] == [item["count"] for item in here[:2]]
    sheet = load_workbook(BytesIO(client.get("/monitoring/points/?export=xlsx").content)).active
    assert any("12.5" in str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    geo = json.loads(client.get("/monitoring/points/geo/?box=112,33,113,34").content)
    assert (1, "exceeding") == (geo["total"], geo["features"][0]["properties"]["status"])
    assert other.mn not in client_of(works.owner).get("/monitoring/points/").content.decode()


def test_the_list_asks_a_fixed_number_of_questions(
    device: Device, works: Works, staff: dict[str, User], client_of: Any, django_assert_max_num_queries: Any
) -> None:
    Device.objects.bulk_create(Device(mn=f"BULK{n:08}", kind="cems", source=works.source) for n in range(19))
    client = client_of(staff["campaign_office"])
    client.get("/monitoring/points/")
    with django_assert_max_num_queries(24):
        client.get("/monitoring/points/")


@pytest.fixture
def two_days(device: Device, put: Any) -> datetime:
    """Hours of two days up to the last full hour: one is missing, one is not normal, one is above the limit."""
    last = timezone.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    start = last - timedelta(hours=48)
    dust: list[Any] = [(Decimal("4.2"), Decimal("6.3"), "N")] * 48
    dust[5], dust[7], dust[9] = None, (Decimal(90), Decimal(99), "D"), (Decimal(20), Decimal("31.5"), "N")
    oxygen = ["12.1"] * 48
    oxygen[5] = None  # type: ignore[call-overload]
    put(MN, start, {"a34013": dust, "a19001": oxygen, "a01011": ["8.5"] * 5 + [None] + ["8.5"] * 42})
    return start


def test_the_page_of_a_point_shows_gaps_marks_limits_and_folded_values(
    device: Device, two_days: datetime, staff: dict[str, User], client_of: Any
) -> None:
    limit(device, "10", "9")
    DataMark.objects.create(
        device=device, kind="fault", start=two_days + timedelta(hours=7), end=two_days + timedelta(hours=8),
        cause="探头堵塞", due_at=two_days + timedelta(days=2),
    )  # fmt: skip
    client = client_of(staff["leader"])
    page = client.get(f"/monitoring/points/{device.pk}/?period=hour&hours=72")
    option = page.context["chart"]
    series = {one["name"]: one for one in option["series"]}
    folded = series["烟尘折算"]
    values = [value for _at, value in folded["data"]]
    # 47 hours that came, one of them not normal and so a gap, and a gap for the hour that is missing
    assert (48, 2, 31.5) == (len(values), values.count(None), max(value for value in values if value))
    assert folded["markLine"]["data"] == [{"yAxis": 10.0}]
    assert [[pytest.approx(99.0)]] == [[value] for _at, value in series["烟尘折算（非正常）"]["data"]]
    assert "故障" in option["series"][0]["markArea"]["data"][0][0]["name"]
    assert option["legend"]["selected"] == {"烟尘": False}
    assert len(option["grid"]) == 3
    text = page.content.decode()
    assert text.count("mo-over") == 1 and "探头堵塞" in text
    sheet = list(load_workbook(BytesIO(client.get(f"/monitoring/points/{device.pk}/?export=xlsx").content)).active)
    assert len(sheet) >= 48
    nothing = client.get(f"/monitoring/points/{device.pk}/?period=day")
    assert (200, None) == (nothing.status_code, nothing.context["chart"])


def test_values_of_a_moment_beside_each_other_are_not_mixed_up_between_devices(
    device: Device, works: Works, two_days: datetime, put: Any, staff: dict[str, User], client_of: Any
) -> None:
    other = AddDevice(SYSTEM, mn=OTHER_MN, kind="cems", source=works.elsewhere).execute()
    put(OTHER_MN, two_days, {"a34013": ["777"] * 48})
    client = client_of(staff["leader"])
    assert "777" not in client.get(f"/monitoring/points/{device.pk}/").content.decode()
    assert "777" in client.get(f"/monitoring/points/{other.pk}/").content.decode()


def test_the_page_of_an_enterprise_puts_states_outlets_and_other_rooms_on_one_axis(
    device: Device, works: Works, two_days: datetime, put: Any, staff: dict[str, User], client_of: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    AddDevice(SYSTEM, mn=OTHER_MN, kind="state", name="工况仪", source=works.source).execute()
    put(OTHER_MN, two_days, {"SB1": [1] * 20 + [0] * 28}, cn="2021")
    monkeypatch.setattr(axis, "_providers", {place: list(one) for place, one in axis._providers.items()})
    axis.register(
        "power", lambda _source, first, last, _user: [Strip("总电表", [Line("kW", [(first, 100), (last, 120)])], "kW")]
    )
    page = client_of(staff["leader"]).get(f"/monitoring/enterprises/{works.source.pk}/")
    names = [one["name"] for one in page.context["chart"]["series"]]
    assert ["工况仪 SB1", "窑尾 烟尘", "窑尾 烟尘（非正常）", "kW"] == names
    axes = {(one["min"], one["max"]) for one in page.context["chart"]["xAxis"]}
    assert len(axes) == 1 and len(page.context["chart"]["grid"]) == 3
    with pytest.raises(ValueError, match="none of"):
        axis.register("elsewhere", lambda *_given: [])


# Rates -----------------------------------------------------------------------------------------------------------------


def test_transmission_valid_and_effective_rates_of_a_device(device: Device, two_days: datetime) -> None:
    Device.objects.update(created_at=two_days)
    device.refresh_from_db()
    last = two_days + timedelta(hours=48)
    first_day = two_days.astimezone(CAMPAIGN_TIME).date()
    counts = rates.of_devices([device], first_day, last.astimezone(CAMPAIGN_TIME).date(), last)[device.pk]
    # 48 hours due, one missing; 47 hours of three values, of which one is not normal
    assert (48, 47, 0) == (counts.due, counts.transmitted, counts.stopped)
    assert (141, 140) == (counts.values, counts.valid)
    assert (Decimal("97.9"), Decimal("99.3"), Decimal("97.2")) == (
        counts.transmission_percent,
        counts.valid_percent,
        counts.effective_percent,
    )


def test_hours_stopped_by_a_mark_in_time_are_not_due_and_by_a_late_one_they_are(
    device: Device, two_days: datetime
) -> None:
    last = two_days + timedelta(hours=48)
    mark = DataMark.objects.create(
        device=device, kind="stop", state="accepted", start=two_days + timedelta(hours=5),
        end=two_days + timedelta(hours=6, minutes=30), cause="停产", due_at=last, made_at=last - timedelta(hours=1),
    )  # fmt: skip
    days = [moment.astimezone(CAMPAIGN_TIME).date() for moment in (two_days, last)]
    found = rates.of_devices([device], *days, last)[device.pk]
    # The half hour at its end stays due.
    assert (47, 47, 1, Decimal("100.0")) == (found.due, found.transmitted, found.stopped, found.transmission_percent)
    DataMark.objects.filter(pk=mark.pk).update(made_at=last + timedelta(hours=1))
    assert rates.of_devices([device], *days, last)[device.pk].due == 48


@pytest.mark.parametrize("entered", [-100, 0, 7, 7.5, 47, 200])
def test_counting_in_the_lake_gives_what_counting_by_the_hour_gives(
    device: Device, put: Any, two_days: datetime, entered: float
) -> None:
    device.created_at = two_days + timedelta(hours=entered)
    last = two_days + timedelta(hours=60)
    days = [moment.astimezone(CAMPAIGN_TIME).date() for moment in (two_days, last)]
    hours = rates.hours_between(*days, last)
    read = readings.came([device.mn], hours[0], hours[-1])[device.mn]
    expected = rates.counts_of(device, hours, set(), read, online=False)
    assert expected == rates.of_devices([device], *days, last)[device.pk]
    assert expected.due >= expected.transmitted == 47
    silent = Device(mn="010000A8900016F000169DC9", kind="cems", created_at=device.created_at, pk=999)
    assert rates.counts_of(silent, hours, set(), readings.Came(frozenset(), {}, {}), online=False) == (
        rates.of_devices([silent], *days, last)[999]
    )


def test_what_was_never_due_has_no_rate_and_what_never_came_is_zero() -> None:
    assert rates.Counts().effective_percent is None
    assert rates.Counts(due=5).effective_percent == Decimal("0.0")


def test_the_page_of_rates_groups_by_district_and_kind(
    device: Device, works: Works, two_days: datetime, staff: dict[str, User], client_of: Any
) -> None:
    AddDevice(SYSTEM, mn=OTHER_MN, kind="dust", source=works.elsewhere).execute()
    Device.objects.update(created_at=two_days)
    client = client_of(staff["campaign_office"])
    page = client.get("/monitoring/rates/?span=week")
    rows = {item["label"]: item["row"] for item in page.context["by_region"]}
    assert {"云山区", "河东区"} == set(rows)
    assert rows["河东区"].effective_percent == Decimal("0.0") and rows["云山区"].transmitted > 20
    assert len(page.context["by_kind"]) == 2
    sheet = list(load_workbook(BytesIO(client.get("/monitoring/rates/?export=xlsx").content)).active)
    assert len(sheet) >= 4
    only = client.get(f"/monitoring/rates/?region={works.source.region_id}")
    assert only.context["total"].devices == 1


ODD_DAYS = ("9999-12-31", "0001-01-01", "0001-01-02", "2026-02-30", "99999-01-01", "昨天", "²")


def test_days_that_no_data_can_be_of_are_passed_over(works: Works, device: Device, lake: Any, client_of: Any) -> None:
    """Python's calendar ends at such days, and a zone or a span reaches beyond it."""
    client = client_of(works.owner)
    point = reverse("monitoring:point", args=[device.pk])
    for day in ODD_DAYS:
        for address, given in (
            (point, {"until": day}),
            (point, {"until": day, "period": "day", "hours": "8784", "export": "xlsx"}),
            (reverse("monitoring:alarms"), {"since": day, "until": day}),
            (reverse("monitoring:alarm_figures"), {"since": day, "until": day}),
            (reverse("monitoring:alarm_figures"), {"since": "0001-01-01", "until": day}),
            (reverse("monitoring:daily"), {"day": day}),
            (reverse("monitoring:rates"), {"from": day, "to": day}),
            (reverse("monitoring:power_source", args=[works.source.pk]), {"until": day, "days": day}),
        ):
            assert client.get(address, given).status_code in {200, 404}, (address, given)


def test_values_of_a_wrong_clock_are_told_and_not_shown_among_others(
    works: Works, device: Device, lake: Any, client_of: Any
) -> None:
    import pyarrow as pa

    from lantian.apps.monitoring.models import Alarm, LatestValue
    from lantian.lake.stacks.tables import STACK_VALUE

    now = timezone.now().replace(microsecond=0)
    row = {
        "mn": MN, "st": "31", "cn": "2011", "factor": "a34013", "start": now - timedelta(hours=3), "off": True,
        "clock": "data", "rtd": Decimal("7.77"), "flag": "N",
    }  # fmt: skip
    schema = pa.schema([STACK_VALUE.schema.field(name) for name in row])
    lake.put(STACK_VALUE, pa.Table.from_pylist([row], schema=schema), batch="off")
    LatestValue.objects.create(
        device=device, factor="a34013", period="rtd", time=now - timedelta(hours=3), value=Decimal("7.77"), received=now
    )
    alarm = Alarm.objects.create(cause="suspect", severity=2, rule="R16", source=works.source, device=device, begin=now)
    address = reverse("monitoring:point", args=[device.pk])
    page = client_of(works.owner).get(address, {"period": "rtd"}).content.decode()
    assert "收到 1 个数据，但数据时间与接收时间相差过大" in page and "设备时钟偏差" in page
    assert alarm.get_absolute_url() in page and "未办结的报警" in page
    Alarm.objects.update(state="closed", verdict="confirmed", closed_at=now)
    assert "未办结的报警" not in client_of(works.owner).get(address).content.decode()


def test_an_empty_list_tells_the_next_step_to_who_may_take_it(
    works: Works, staff: dict[str, User], client_of: Any
) -> None:
    for name in ("points", "devices", "power", "power_periods"):
        address = reverse(f"monitoring:{name}")
        assert "由主管部门登记" in client_of(works.owner).get(address).content.decode(), name
        assert "由主管部门登记" not in client_of(staff["campaign_office"]).get(address).content.decode(), name


def test_particles_of_a_site_have_an_axis_each_and_marks_are_shaded_in_every_strip(device: Device) -> None:
    from lantian.apps.monitoring import curves, readings
    from lantian.apps.monitoring.models import DataMark
    from lantian.apps.monitoring.views.points import strips_of

    device.units = {"a34002": "µg/m³", "a34004": "µg/m³"}
    at = datetime(2026, 11, 20, 8, tzinfo=CAMPAIGN_TIME)
    one = readings.Reading(Decimal(90), None, "N")
    read = readings.Series({code: {at: one} for code in ("a34002", "a34004", "a01002", "a00000")})
    strips = strips_of(device, read, timedelta(hours=1), {}, {"a34002": Decimal("0.15")})
    assert ["a34002", "a34004"] == [code for code in read.factors if code.startswith("a34")]
    own = [strip for strip in strips if strip.judged]
    assert 2 == len(own) and all(1 == len(strip.lines) and strip.unit.endswith("µg/m³") for strip in own)
    # The limit is drawn in the unit of the axis.
    assert Decimal(150) == own[0].lines[0].limit and own[1].lines[0].limit is None
    mark = DataMark(device=device, kind="maintenance", start=at, end=at + timedelta(hours=1))
    drawn = curves.option(strips, at, at + timedelta(hours=2), [mark], "x")
    shaded = {one["xAxisIndex"] for one in drawn["series"] if "markArea" in one}
    assert set(range(len(strips))) == shaded and len(strips) > 2
