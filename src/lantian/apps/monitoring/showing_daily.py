"""The daily report in words: for its page, for Word and for Excel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.monitoring import daily_reports
from lantian.apps.monitoring.choices_daily import Running, WarningLevel
from lantian.apps.monitoring.models import DailyReport, DailyReportRow
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.daily_report import DAY, Difference

POLLUTANTS: Mapping[str, Any] = {"dust": _("Particles"), "so2": "SO2", "nox": "NOx", "nmhc": _("Non-methane hydrocarbons")}
#: choices of the book in words
_CHOICES: dict[str, Any] = {
    "day_or_morning": _("either of them"),
    "day": _("only days with a warning"),
    "morning": _("only days on whose next morning it holds when the form is due"),
    "on": _("Yes"),
    "off": _("No"),
}
_LABELS: dict[str, Any] = {
    "state": _("By the data"),
    "verified": _("Verified"),
    "remark": _("Remark"),
    "exceeded": _("Hours above the limit"),
    "exceeded_days": _("Daily means above the limit"),
    "came": _("Hours transmitted"),
    "normal": _("Hours with normal values"),
    "stopped": _("Hours stopped"),
}


def field_label(name: str) -> str:
    """A figure of a row in words, with its unit."""
    if name in _LABELS:
        return str(_LABELS[name])
    pollutant, _underscore, what = name.partition("_")
    label = POLLUTANTS[pollutant]
    return f"{label} (kg)" if what == "kg" else __("%(factor)s: hours with an amount") % {"factor": label}


def _value(name: str, text: str) -> str:
    if name in ("state", "verified"):
        return str(dict(Running.choices).get(text, "")) or __("Not verified")
    return text or display.ABSENT


def told_differences(found: Iterable[Difference], rows: Sequence[DailyReportRow]) -> list[dict[str, str]]:
    """Differences of two versions as lines: enterprise, figure, before, after."""
    names = {row.source_id: row.name for row in rows}
    lines: list[dict[str, str]] = []
    for one in found:
        name = names.get(one.key, "")
        if one.field == "added":
            lines.append({"name": name, "field": __("Added"), "before": display.ABSENT, "after": display.ABSENT})
        elif one.field == "left_out":
            lines.append({"name": name, "field": __("Left out"), "before": display.ABSENT, "after": display.ABSENT})
        else:
            lines.append({
                "name": name, "field": field_label(one.field), "before": _value(one.field, one.before),
                "after": _value(one.field, one.after),
            })  # fmt: skip
    return lines


def period_words(report: DailyReport) -> str:
    """What time it covers."""
    if report.part == DAY:
        return __("%(day)s, 00:00 to 24:00") % {"day": report.day.isoformat()}
    until = report.last.astimezone(display.CAMPAIGN_TIME)
    return __("%(day)s, 00:00 to %(until)s") % {"day": report.day.isoformat(), "until": f"{until:%H:%M}"}


def warning_words(report: DailyReport) -> str:
    """The warning by which it is due; that it was made without one, where there was none."""
    warning = report.facts.get("warning")
    if not warning:
        return __("Made without a warning that asks for it")
    begin = parse_datetime(warning["begin"])
    return __("%(level)s of %(place)s since %(begin)s, %(document)s") % {
        "level": dict(WarningLevel.choices).get(warning["level"], warning["level"]),
        "place": warning["region"],
        "begin": display.campaign_date(begin),
        "document": warning["document"],
    }


def book_words(report: DailyReport) -> list[str]:
    """Entries of the book that it rests on and that no document settles."""
    using = book("daily_report")
    found = []
    for entry in report.facts.get("book", []):
        if entry["grade"] in "HM":
            continue
        how = __("set by the office: %(grounds)s") % {"grounds": entry["override"]} if entry["override"] else __("starting value")
        value = str(_CHOICES.get(entry["value"], entry["value"]))
        label = using.entries[entry["entry"]].label if entry["entry"] in using.entries else entry["entry"]
        found.append(f"{label}：{value} {entry['unit']}".strip() + f"（{how}）")
    return found


def notes() -> list[str]:
    """How the figures were worked out, sentence by sentence."""
    return [
        __(
            "The form lists enterprises with stack or VOC monitors that report to this house; key enterprises without "
            "automatic monitoring are not in it."
        ),
        __(
            "Amounts are those that the device has summed up, else measured concentration times flow, of hours that the "
            "device calls normal. The hours of outlets that an amount rests on stand beside it; nothing is filled in for "
            "hours that lack."
        ),
        __(
            "Hours above the limit are hourly means above the limit that holds for the outlet on this day and that no mark "
            "excepts; each outlet and factor counts by itself."
        ),
        __(
            "State by the data: an hour is a stop where the device or the enterprise has marked it so. Whether an "
            "enterprise ran is what people verified; where nobody did, the form says so."
        ),
    ]


def export_columns() -> list[str]:
    """Heads of the Excel table, with units."""
    return [
        __("Region"), __("Enterprise"), __("State by the data"), __("Verified state"), __("Verified by"), __("Verified at"),
        __("Remark"), f"{__('Hours above the limit')} (h)", __("Daily means above the limit"),
        *(f"{label} (kg)" for label in POLLUTANTS.values()),
        *(__("%(factor)s: hours with an amount") % {"factor": label} + " (h)" for label in POLLUTANTS.values()),
        f"{__('Hours due')} (h)", f"{__('Hours transmitted')} (h)", f"{__('Hours with normal values')} (h)",
        f"{__('Hours stopped')} (h)", __("Monitored points"), __("Open alarms"),
    ]  # fmt: skip


def export_row(row: DailyReportRow) -> list[Any]:
    """An enterprise for Excel."""
    at: datetime | None = row.verified_at
    return [
        row.place, row.name, str(row.get_state_display()),
        str(row.get_verified_display()) if row.verified else __("Not verified"),
        row.verified_by.display_name if row.verified_by is not None else "",
        at.astimezone(display.CAMPAIGN_TIME).replace(tzinfo=None) if at is not None else "",
        row.remark, row.exceeded, row.exceeded_days,
        *(_blank(getattr(row, f"{name}_kg")) for name in POLLUTANTS), *(getattr(row, f"{name}_hours") for name in POLLUTANTS),
        row.due, row.came, row.normal, row.stopped, row.points, row.alarms,
    ]  # fmt: skip


def _blank(value: Decimal | None) -> Any:
    return "" if value is None else value


def summary(found: daily_reports.Sums) -> str:
    """The form in one paragraph."""
    said = __(
            "%(n)s enterprises: %(running)s ran, %(stopped)s stood still, of %(silent)s no values came; %(exceeding)s were "
            "above a limit, for %(hours)s hours of outlets together."
        ) % {
        "n": found.enterprises, "running": found.running, "stopped": found.stopped, "silent": found.silent,
        "exceeding": found.exceeding, "hours": found.exceeded,
    }  # fmt: skip
    assert found.kg is not None
    known = [f"{POLLUTANTS[name]} {display.number(kg)} kg" for name, kg in found.kg.items() if kg is not None]
    return said + (__(" Emitted: %(amounts)s.") % {"amounts": "，".join(known)} if known else "")
