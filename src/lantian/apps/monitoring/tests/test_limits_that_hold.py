"""Which limit an hour is held against, hours that came late, days, sites, units, and devices that are refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import gateway_pages, gateway_ports
from lantian.apps.monitoring.actions.alarms import raise_alarms
from lantian.apps.monitoring.actions.marks import SetLimit
from lantian.apps.monitoring.models import Alarm, DataMark, Device
from lantian.apps.monitoring.past_hours import days_above, hours_again
from lantian.apps.monitoring.points import exceeding
from lantian.apps.monitoring.sites_and_senders import dust_above, refused, units_confused
from lantian.apps.monitoring.tests.conftest import SYSTEM

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def kept(device: Device, value: str, oxygen: str | None = None, factor: str = "a21002") -> None:
    SetLimit(
        SYSTEM, device, factor=factor, limit_mg_m3=Decimal(value), basis="许可证",
        reference_oxygen_percent=None if oxygen is None else Decimal(oxygen), valid_from=date(2020, 1, 1),
    ).execute()  # fmt: skip


def of_kind(device: Device, kind: str, **more: Any) -> None:
    device.options = {**device.options, "outlet_kind": kind, **more}
    device.seen_at = NOW
    device.save(update_fields=["options", "seen_at"])


def said(device: Device, code: str, value: str, folded: str | None = None, flag: str = "N") -> None:
    gateway_ports.write_latest(
        [
            gateway_ports.Said(
                device.mn, cn="2061", factor=code, time=NOW - HOUR, received=NOW, value=Decimal(value),
                folded=None if folded is None else Decimal(folded), flag=flag,
            )
        ]
    )  # fmt: skip


@pytest.fixture
def own_limits(settings: Any, tmp_path: Path) -> Path:
    """A book of the office: 30 mg/m³ of NOx for cement kilns of the region, from 2026-11-15 to 2027-03-15."""
    settings.DATA = str(tmp_path)
    folder = tmp_path / "books" / "limits"
    folder.mkdir(parents=True)
    row = {
        "id": "own-winter", "document": "某政办〔2026〕1号", "clause": "3", "label": "冬季水泥窑", "kinds": ["cement_kiln"],
        "limits": {"nox": "30"}, "tier": "ultra_low", "from": "2026-11-15", "to": "2027-03-15", "grade": "H",
    }  # fmt: skip
    (folder / "winter.json").write_text(json.dumps({"rows": [row]}), "utf-8")
    return folder


def test_an_hour_is_held_against_the_strictest_limit_of_its_day_permit_or_document(
    device: Device, own_limits: Path
) -> None:
    kept(device, "100")
    of_kind(device, "cement_kiln")
    said(device, "a21002", "50", folded="30")
    assert {} == exceeding(NOW)
    said(device, "a21002", "50", folded="30.001")
    (one,) = exceeding(NOW)[device.pk]
    assert (Decimal(30), "某政办〔2026〕1号 3 冬季水泥窑") == (one.limit_mg_m3, one.basis)
    # Of another kind the document says nothing, and the permit holds.
    of_kind(device, "boiler_coal")
    assert {} == exceeding(NOW)
    said(device, "a21002", "50", folded="100.5")
    assert "许可证" == exceeding(NOW)[device.pk][0].basis


def test_without_kind_and_permit_nothing_is_judged_and_the_page_says_what_is_missing(
    device: Device, own_limits: Path, staff: Any, client_of: Any, put: Any
) -> None:
    said(device, "a21002", "5000", folded="5000")
    assert {} == exceeding(NOW)
    put(device.mn, NOW.replace(minute=0), {"a21002": [(20, 25, "N")]})
    page = client_of(staff["campaign_office"]).get(f"/monitoring/points/{device.pk}/?period=hour&until=2026-11-20").content.decode()
    assert "未填写排放口类型" in page


def test_a_value_that_was_not_sent_folded_is_folded_here_or_not_judged(device: Device) -> None:
    kept(device, "100", oxygen="10")
    of_kind(device, "cement_kiln")
    said(device, "a21002", "100")
    assert {} == exceeding(NOW)
    # (21 − 10) / (21 − 11) = 1.1
    said(device, "a19001", "11")
    (one,) = exceeding(NOW)[device.pk]
    assert (Decimal(110), True) == (one.value_mg_m3, one.folded)
    said(device, "a19001", "10")
    assert {} == exceeding(NOW)


def test_hours_that_came_late_are_judged_once_and_again_without_a_second_alarm(device: Device, put: Any) -> None:
    kept(device, "100")
    of_kind(device, "cement_kiln")
    start = NOW.replace(minute=0) - 30 * HOUR
    put(device.mn, start, {"a21002": [(90, 99, "N"), (90, 101, "N"), (90, 180, "N"), (90, 400, "D"), (90, 100, "N")]})
    found = list(hours_again(NOW))
    assert [start + HOUR, start + 2 * HOUR] == [one.begin for one in found]
    assert 1 == len(raise_alarms(found, at=NOW).new)
    again = raise_alarms(list(hours_again(NOW + HOUR)), at=NOW + HOUR)
    assert (0, 2) == (len(again.new), again.same)
    assert (2, start + HOUR) == ((row := Alarm.objects.get()).count, row.begin)
    DataMark.objects.create(
        device=device, kind="maintenance", start=start, end=start + 2 * HOUR, cause="校准", made_at=start, due_at=NOW
    )
    assert [start + 2 * HOUR] == [one.begin for one in hours_again(NOW)]


def test_an_incinerator_is_judged_by_the_mean_of_twenty_valid_hours_of_the_day(device: Device, put: Any) -> None:
    kept(device, "80")
    of_kind(device, "waste_incinerator")
    day = NOW.astimezone(CAMPAIGN_TIME).replace(hour=0, minute=0) - timedelta(days=1)
    put(device.mn, day, {"a21002": [(70, 70, "N")] * 4 + [(83, 83, "N")] * 20})
    assert [] == list(hours_again(NOW))
    (found,) = days_above(NOW)
    assert ("exceed_day", day, day + timedelta(days=1)) == (found.cause, found.begin, found.end)
    # 4 · 70 + 20 · 83 = 1940; / 24 = 80.83
    assert "80.83" in str(found.why[0])
    assert 1 == len(raise_alarms([found], at=NOW).new)


def test_a_day_of_nineteen_valid_hours_is_no_evidence(device: Device, put: Any) -> None:
    kept(device, "80")
    of_kind(device, "waste_incinerator")
    day = NOW.astimezone(CAMPAIGN_TIME).replace(hour=0, minute=0) - timedelta(days=1)
    put(device.mn, day, {"a21002": [(90, 90, "D")] * 5 + [(90, 90, "N")] * 19})
    assert [] == list(days_above(NOW))


def test_a_site_is_held_against_what_is_set_and_humid_air_is_told(device: Device) -> None:
    Device.objects.filter(pk=device.pk).update(kind="dust", units={"a34001": "µg/m³"})
    said(device, "a34001", "800")
    assert [] == list(dust_above(NOW))
    said(device, "a34001", "801")
    said(device, "a01002", "85.1")
    (found,) = dust_above(NOW)
    assert ("dust", Decimal("1.001")) == (found.cause, found.peak)
    assert ["above", "starting_value", "humid", "starting_value"] == [one.code for one in found.why]
    assert 1 == len(raise_alarms([found], at=NOW).new)


def test_particles_in_micrograms_under_a_register_of_milligrams_are_found(device: Device, put: Any) -> None:
    of_kind(device, "cement_kiln")
    put(device.mn, NOW - 20 * HOUR, {"a34013": [8000 + 10 * n for n in range(16)]})
    (found,) = units_confused(NOW)
    assert ("suspect", "unit", "a34013") == (found.cause, found.rule, found.factor)
    assert 1 == len(raise_alarms([found], at=NOW).new)
    Device.objects.filter(pk=device.pk).update(units={"a34013": "µg/m³"})
    assert [] == list(units_confused(NOW))


def test_a_device_that_floods_is_told_once_and_a_few_refused_packets_are_not(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    def provider(counts: dict[str, int]) -> Any:
        return lambda since: [
            gateway_pages.Refused(device.mn, error, count, NOW - HOUR, NOW, "10.0.0.9") for error, count in counts.items()
        ]

    monkeypatch.setitem(gateway_pages._lent, "refused", provider({"wrong_password": 19}))
    assert [] == list(refused(NOW))
    monkeypatch.setitem(gateway_pages._lent, "refused", provider({"wrong_password": 20, "cut_off_flood": 1}))
    found = list(refused(NOW))
    assert ["wrong_password", "cut_off_flood"] == [one.rule for one in found]
    assert 2 == len(raise_alarms(found, at=NOW).new)
    assert 2 == raise_alarms(list(refused(NOW)), at=NOW).same


def test_the_page_of_a_point_names_the_limit_that_holds_and_why_others_do_not(
    device: Device, own_limits: Path, staff: Any, client_of: Any, put: Any
) -> None:
    kept(device, "100")
    of_kind(device, "cement_kiln")
    start = datetime(2026, 11, 20, tzinfo=UTC)
    put(device.mn, start, {"a21002": [(20, 25, "N")]})
    page = client_of(staff["campaign_office"]).get(f"/monitoring/points/{device.pk}/?period=hour&until=2026-11-20").content.decode()
    assert "某政办〔2026〕1号 3 冬季水泥窑" in page
    assert "许可证" in page
