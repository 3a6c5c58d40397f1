"""The report of nine o'clock: amounts with the hours that they rest on, hours above the limit, running or stopped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import daily
from lantian.apps.monitoring.actions.marks import SetLimit
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.tests.conftest import SYSTEM

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
FIRST = datetime(2026, 11, 20, tzinfo=CAMPAIGN_TIME)
HOUR = timedelta(hours=1)


def report() -> daily.Row:
    (row,) = daily.report(list(Device.objects.select_related("source__region", "unit")), DAY)
    return row


def test_amounts_rest_on_normal_hours_of_concentration_and_flow(device: Device, put: Any) -> None:
    device.units = {"a00000": "m³/h"}
    device.save(update_fields=["units"])
    put(
        device.mn,
        FIRST - HOUR,
        {
            # The hour before midnight belongs to the report before.
            "a21002": [(50, 60, "N"), (35, 40, "N"), (35, 40, "N"), (500, 500, "D"), (35, 40, "N")],
            "a00000": [100_000, 100_000, 200_000, 100_000, None],
        },
    )
    row = report()
    # 35 mg/m³ in 100,000 m³/h are 3.5 kg; measured, not folded. Without flow the last hour has no amount.
    assert (Decimal("10.50"), 2) == (row.amounts["nox"].shown, row.amounts["nox"].hours)
    assert (None, 0) == (row.amounts["dust"].shown, row.amounts["dust"].hours)
    assert (24, 4, 4, 0, "running") == (row.due, row.came, row.normal, row.stopped, row.state)


def test_the_report_is_about_the_day_from_midnight_to_midnight(device: Device, put: Any) -> None:
    assert (FIRST, FIRST + 24 * HOUR) == daily.span_of(DAY)
    put(device.mn, FIRST - HOUR, {"a21002": [10] * 26})
    assert 24 == report().came


def test_hours_above_the_limit_are_counted_and_those_under_a_mark_are_not(device: Device, put: Any) -> None:
    SetLimit(
        SYSTEM, device, factor="a21002", limit_mg_m3=Decimal(50), reference_oxygen_percent=None, basis="许可证",
        valid_from=date(2020, 1, 1),
    ).execute()  # fmt: skip
    Device.objects.update(seen_at=FIRST + 24 * HOUR)
    put(device.mn, FIRST, {"a21002": [(60, None, "N")] * 3 + [(50, None, "N")]})
    assert 3 == report().exceeded
    mark = DataMark.objects.create(
        device=device, kind="maintenance", start=FIRST, end=FIRST + HOUR, cause="校准", made_at=FIRST, due_at=FIRST + 24 * HOUR
    )
    assert 2 == report().exceeded
    DataMark.objects.filter(pk=mark.pk).update(made_at=FIRST + 30 * HOUR)
    assert 3 == report().exceeded


def test_a_source_that_stands_still_is_stopped_and_one_of_which_nothing_came_has_no_data(device: Device, put: Any) -> None:
    assert "none" == report().state
    put(device.mn, FIRST, {"a21002": [(1, None, "F")] * 24})
    row = report()
    assert ("stopped", 24, 0) == (row.state, row.stopped, row.amounts["nox"].hours)
    put(device.mn, FIRST, {"a21002": [(1, None, "N")] * 12})
    row = report()
    assert ("partly", 12) == (row.state, row.stopped)
    DataMark.objects.create(
        device=device, kind="stop", start=FIRST, end=FIRST + 12 * HOUR, cause="停产", made_at=FIRST, due_at=FIRST + 48 * HOUR
    )
    assert "stopped" == report().state


def test_the_page_and_its_excel_show_whom_the_account_may_see(
    device: Device, works: Any, put: Any, staff: Any, client_of: Any
) -> None:
    Device.objects.create(mn="LT0777", kind="cems", source=works.elsewhere, seen_at=FIRST)
    put(device.mn, FIRST, {"a21002": [(35, 40, "N")]})
    office = client_of(staff["campaign_office"])
    page = office.get("/monitoring/daily/?day=2026-11-20").content.decode()
    assert works.source.name in page and works.elsewhere.name in page and "无数据" in page
    owner = client_of(works.owner).get("/monitoring/daily/?day=2026-11-20").content.decode()
    assert works.source.name in owner and works.elsewhere.name not in owner
    book = load_workbook(BytesIO(office.get("/monitoring/daily/?day=2026-11-20&export=xlsx").content))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert any(works.source.name in row for row in cells)
    assert 200 == office.get("/monitoring/daily/?day=nonsense").status_code
