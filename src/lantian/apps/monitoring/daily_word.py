"""A daily report as the Word document that is sent."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import daily, daily_reports, showing_daily
from lantian.apps.monitoring.choices_daily import WarningLevel
from lantian.apps.monitoring.models import DailyReport, DailyReportRow
from lantian.office.daily_report import DailyForm, Enterprise, to_bytes
from lantian.office.word import chinese_date

LANGUAGE = "zh-hans"


def write(report: DailyReport) -> bytes:
    """The document, in Chinese whatever language the page is in."""
    rows = list(report.rows.order_by("-exceeded_days", "-exceeded", "name", "pk"))
    with translation.override(LANGUAGE):
        return to_bytes(form_of(report, rows))


def _period(report: DailyReport) -> str:
    until = report.last.astimezone(CAMPAIGN_TIME)
    return f"{chinese_date(report.day)}0时至{until.hour or 24}时"


def _warning(report: DailyReport) -> str:
    warning = report.facts.get("warning")
    if not warning:
        return ""
    begin = datetime.fromisoformat(warning["begin"]).astimezone(CAMPAIGN_TIME)
    level = dict(WarningLevel.choices)[warning["level"]]
    return f"{warning['region']}{level}（{warning['document']}，{chinese_date(begin.date())}{begin.hour}时启动）"


def form_of(report: DailyReport, rows: list[DailyReportRow]) -> DailyForm:
    """What the document is made of."""
    found = daily_reports.sums(rows)
    assert found.kg is not None
    earlier = daily_reports.before(report)
    lines: list[dict[str, str]] = []
    if earlier is not None:
        old = list(earlier.rows.all())
        lines = showing_daily.told_differences(daily_reports.changes(report, rows, old), [*old, *rows])
    issuer = report.organisation.name if report.organisation is not None else ""
    return DailyForm(
        place=report.region.name,
        day=report.day,
        period=_period(report),
        warning=_warning(report),
        summary=showing_daily.summary(found),
        rows=[
            Enterprise(
                name=row.name, place=row.place, state=str(row.get_state_display()), verified=str(row.get_verified_display()),
                amounts=[(getattr(row, f"{name}_kg"), getattr(row, f"{name}_hours")) for name in daily.POLLUTANTS],
                exceeded=row.exceeded, exceeded_days=row.exceeded_days, came=row.came, due=row.due, remark=row.remark,
            )
            for row in rows
        ],
        totals=[found.kg[name] for name in daily.POLLUTANTS],
        notes=showing_daily.notes(),
        issuer=issuer,
        addressee=report.addressee,
        version=report.version,
        sent_at=report.sent_at.astimezone(CAMPAIGN_TIME) if report.sent_at is not None else None,
        due_at=report.due_at.astimezone(CAMPAIGN_TIME),
        by_house=report.by_house,
        late=report.sent_at is not None and report.late,
        cause=report.cause,
        differences=[(one["name"], one["field"], one["before"], one["after"]) for one in lines],
        simulated=bool(getattr(settings, "DEMO", False)),
    )  # fmt: skip
