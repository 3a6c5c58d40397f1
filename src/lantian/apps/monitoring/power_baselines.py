"""Baselines as they are kept: worked out for a month from the days before it, and read back for the rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from lantian.apps.monitoring.models import Load, PowerBaseline
from lantian.apps.monitoring.power_books import office_book
from lantian.apps.monitoring.power_series import Days, Site, days_of, periods_of, series_of, used_series
from lantian.apps.monitoring.words_power import reason_of, written
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.baseline import Baseline, DayKind, Exclusion, baseline

KINDS = (DayKind.WORKDAY, DayKind.REST_DAY)
#: load → kind of day → baseline
OfLoads = dict[int, dict[DayKind, Baseline]]


def month_of(day: date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def first_of(month: str) -> date:
    """The first day of a month."""
    return date.fromisoformat(f"{month}-01")


def next_month(day: date) -> date:
    """The first day of the month after that of a day."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def baselines(site: Site, month: str, today: date) -> OfLoads:
    """The baselines of an enterprise for a month; worked out where they are not kept yet.

    Each is made of the days before the month and then stays. A line that had too few usual days then gets one during the
    month, which says so and is made anew each day.
    """
    kept = {row.load_id: row for row in PowerBaseline.objects.filter(load__in=site.loads, month=month)}
    found: OfLoads = {}
    lacking: list[Load] = []
    for load in site.loads:
        row = kept.get(load.pk)
        if row is None or _open(row, month, today):
            lacking.append(load)
        else:
            found[load.pk] = read_back(row.values)
    if lacking:
        found |= _made(site, lacking, month, today)
    return found


def _open(row: PowerBaseline, month: str, today: date) -> bool:
    """Whether it was made during its month and may be better known by now."""
    if not row.values.get("during"):
        return False
    made = row.computed_at.astimezone(timezone.get_default_timezone()).date()
    return made < today and made < next_month(first_of(month))


def _made(site: Site, loads: list[Load], month: str, today: date) -> OfLoads:
    rules = office_book("power")
    first = first_of(month)
    latest = min(today, next_month(first))
    begin = first - timedelta(days=rules.whole("baseline_reach_days"))
    end = max(latest, first) - timedelta(days=1)
    series = series_of(site, begin, max(end, begin))
    days = days_of(periods_of(site.source, begin, max(end, begin)))
    found: OfLoads = {}
    for load in loads:
        energy, reasons = used_series(site, load, series)
        values: dict[str, Any] = {"during": False, "own": [written(one) for one in reasons], "kinds": {}}
        of_kinds: dict[DayKind, Baseline] = {}
        for kind in KINDS:
            made = None
            if energy is not None:
                made = baseline(energy, first, days.calendar, excluded=days.excluded, kind=kind, rules=rules)
                if not made.usable and latest > first:
                    made = _during(energy, latest, days, kind)
                    values["during"] = True
            if made is not None:
                of_kinds[kind] = made
                values["kinds"][str(kind)] = as_json(made)
        found[load.pk] = of_kinds
        PowerBaseline.objects.update_or_create(
            load=load, month=month, defaults={"values": values, "computed_at": timezone.now()}
        )
    return found


def _during(energy: Any, latest: date, days: Days, kind: DayKind) -> Baseline:
    made = baseline(energy, latest, days.calendar, excluded=days.excluded, kind=kind, rules=office_book("power"))
    if not made.usable:
        return made
    said = Message(_("made during the month, for there were too few usual days before it"))
    values = {name: getattr(made, name) for name in Baseline.__dataclass_fields__}
    return Baseline(**{**values, "reasons": (*made.reasons, Reason("during", said))})


def as_json(made: Baseline) -> dict[str, Any]:
    """A baseline as JSON keeps it [Wh in a quarter hour]."""

    def listed(values: Any) -> list[int] | None:
        return None if values is None else values.tolist()

    return {
        "kind": str(made.kind),
        "on": made.on.isoformat(),
        "days": [day.isoformat() for day in made.days],
        "p10": listed(made.p10),
        "p50": listed(made.p50),
        "p90": listed(made.p90),
        "running_wh": made.running_wh,
        "day_p10": made.day_p10,
        "day_p50": made.day_p50,
        "day_p90": made.day_p90,
        "rest_base_wh": made.rest_base_wh,
        "excluded": {day.isoformat(): str(why) for day, why in made.excluded.items()},
        "reasons": [written(one) for one in made.reasons],
    }


def read_back(values: Mapping[str, Any]) -> dict[DayKind, Baseline]:
    """Baselines out of what is kept of them."""
    found: dict[DayKind, Baseline] = {}
    for kind, kept in (values.get("kinds") or {}).items():
        p10, p50, p90 = (
            None if kept[name] is None else np.array(kept[name], np.int64) for name in ("p10", "p50", "p90")
        )
        found[DayKind(kind)] = Baseline(
            line="",
            kind=DayKind(kept["kind"]),
            on=date.fromisoformat(kept["on"]),
            days=tuple(date.fromisoformat(day) for day in kept["days"]),
            p10=p10,
            p50=p50,
            p90=p90,
            running_wh=kept["running_wh"],
            day_p10=kept["day_p10"],
            day_p50=kept["day_p50"],
            day_p90=kept["day_p90"],
            rest_base_wh=kept["rest_base_wh"],
            excluded={date.fromisoformat(day): Exclusion(why) for day, why in kept["excluded"].items()},
            reasons=tuple(reason_of(one) for one in kept["reasons"]),
        )
    return found


def forget(loads: Any, since: datetime) -> None:
    """Baselines that rest on days from a moment on are made anew when they are wanted."""
    month = month_of(since.astimezone(timezone.get_default_timezone()).date())
    PowerBaseline.objects.filter(load__in=loads, month__gte=month).delete()
