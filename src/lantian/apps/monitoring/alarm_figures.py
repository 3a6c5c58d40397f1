"""Figures of the desk, counted in the database and divided by the rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.regions import RegionLevel
from lantian.apps.monitoring.alarm_words import rule_words
from lantian.apps.monitoring.choices_alarms import AlarmCause, Verdict
from lantian.rules.monitoring.alarms.book import AlarmBook
from lantian.rules.monitoring.alarms.figures import Counts, Rates, percent, rates

#: by what the figures are told
GROUPS: dict[str, Any] = {
    "rule": _("Cause and rule"),
    "region": _("Region"),
    "unit": _("Responsible department"),
    "month": _("Month"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Figures of a group.

    Attributes
    ----------
    query
        The filter of the list that shows what was counted.
    """

    label: str
    query: dict[str, str]
    counts: Counts
    rates: Rates

    @property
    def percents(self) -> list[Any]:
        """The rates in percent, in the order of the table."""
        found = self.rates
        return [percent(one) for one in (found.feedback, found.on_time, found.hit, found.false)]

    @property
    def verdicts(self) -> list[int]:
        """How many by verdict, in their order."""
        return [self.counts.of(code) for code in Verdict.values]


def within(rows: Any, first: date, last: date) -> Any:
    """Alarms that were raised in a period of days, the folded ones left out."""
    start, end = display.begins(first), display.ends(last)
    return rows.filter(opened_at__gte=start, opened_at__lt=end, folded_into__isnull=True)


def _counted(now: datetime) -> dict[str, Any]:
    asked = Q(due_at__isnull=False)
    answered = asked & Q(answered_at__isnull=False)
    closed = Q(state="closed")
    return {
        "raised": Count("pk"),
        "asked": Count("pk", filter=asked),
        "due": Count("pk", filter=answered | asked & Q(due_at__lt=now)),
        "answered": Count("pk", filter=answered),
        "on_time": Count("pk", filter=answered & Q(answered_at__lte=F("due_at"))),
        "closed": Count("pk", filter=closed),
        **{f"verdict_{code}": Count("pk", filter=closed & Q(verdict=code)) for code in Verdict.values},
    }


def _counts(row: dict[str, Any]) -> Counts:
    plain = {one.name: row[one.name] for one in fields(Counts) if one.name != "verdicts"}
    return Counts(**plain, verdicts={code: row[f"verdict_{code}"] for code in Verdict.values})


def _sum(found: Sequence[Counts]) -> Counts:
    plain = {
        one.name: sum(getattr(counts, one.name) for counts in found)
        for one in fields(Counts)
        if one.name != "verdicts"
    }
    return Counts(**plain, verdicts={code: sum(one.of(code) for one in found) for code in Verdict.values})


def figures(rows: Any, by: str, book: AlarmBook) -> tuple[list[Line], Line]:
    """Figures of some alarms by a group, and those of all together.

    Parameters
    ----------
    rows
        Alarms, as :func:`within` gives them.
    by
        One of :data:`GROUPS`.
    """
    grouping: dict[str, Callable[[Any, dict[str, Any]], list[tuple[str, dict[str, str], Counts]]]] = {
        "rule": _by_rule,
        "region": _by_region,
        "unit": _by_unit,
        "month": _by_month,
    }
    found = grouping[by](rows.order_by(), _counted(timezone.now()))
    lines = [Line(label, query, counts, rates(counts, book)) for label, query, counts in found]
    whole = _sum([one.counts for one in lines])
    return lines, Line(__("All together"), {}, whole, rates(whole, book))


def _by_rule(rows: Any, counted: dict[str, Any]) -> list[tuple[str, dict[str, str], Counts]]:
    words = dict(AlarmCause.choices)
    return [
        (
            " · ".join(filter(None, (str(words.get(row["cause"], row["cause"])), rule_words(row["rule"])))),
            {"cause": row["cause"], **({"rule": row["rule"]} if row["rule"] else {})},
            _counts(row),
        )
        for row in rows.values("cause", "rule").annotate(**counted).order_by("cause", "rule")
    ]


def _by_region(rows: Any, counted: dict[str, Any]) -> list[tuple[str, dict[str, str], Counts]]:
    """By county; what lies in a town counts for its county, what lies wider for itself."""
    found = {row["region"]: _counts(row) for row in rows.values("region").annotate(**counted)}
    regions = {row.pk: row for row in Region.objects.filter(pk__in=[key for key in found if key])}
    above = {key for row in regions.values() for key in _keys(row)}
    counties = {
        row.pk: row for row in Region.objects.filter(pk__in=above, level=RegionLevel.COUNTY)
    }
    gathered: dict[Any, list[Counts]] = {}
    for key, counts in found.items():
        region = regions.get(key)
        if region is not None:
            region = next((counties[one] for one in _keys(region) if one in counties), region)
        gathered.setdefault(region, []).append(counts)
    ordered = sorted(gathered.items(), key=lambda pair: (pair[0] is None, pair[0].path if pair[0] else ""))
    return [
        (
            region.name if region is not None else __("place not known"),
            {"region": str(region.pk)} if region is not None else {},
            _sum(counts),
        )
        for region, counts in ordered
    ]


def _keys(region: Region) -> list[int]:
    """The keys of a place and of those that it lies in."""
    return [int(key) for key in region.path.split("/") if key]


def _by_unit(rows: Any, counted: dict[str, Any]) -> list[tuple[str, dict[str, str], Counts]]:
    found = {
        row["source__department"]: _counts(row)
        for row in rows.values("source__department").annotate(**counted)
    }
    units = {row.pk: row for row in Organisation.objects.filter(pk__in=[key for key in found if key])}
    ordered = sorted(found, key=lambda key: (key is None, units[key].path if key in units else ""))
    return [
        (
            units[key].name if key in units else __("no department named"),
            {"department": str(key)} if key in units else {},
            found[key],
        )
        for key in ordered
    ]


def _by_month(rows: Any, counted: dict[str, Any]) -> list[tuple[str, dict[str, str], Counts]]:
    months = TruncMonth("opened_at", tzinfo=display.CAMPAIGN_TIME)
    return [
        (row["month"].strftime("%Y-%m"), _month(row["month"].date()), _counts(row))
        for row in rows.annotate(month=months).values("month").annotate(**counted).order_by("month")
    ]


def _month(first: date) -> dict[str, str]:
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return {"since": first.isoformat(), "until": last.isoformat()}
