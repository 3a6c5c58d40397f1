"""What the pages of an inventory show: sums, shares, the greatest sources, places, gaps, and why each number is what it is."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.sources.access import INVENTORY_VIEW
from lantian.apps.sources.emissions.running import message_of
from lantian.apps.sources.models import Emission, InventoryRun, Source
from lantian.rules.sources.books import EXTRA_POLLUTANTS, POLLUTANTS
from lantian.rules.sources.errors import Message

METHODS = {"monitored": _("Monitored"), "mass_balance": _("Mass balance"), "factor": _("Factor")}
TOP = 20
#: points that the map of an inventory shows, the greatest first
MOST_POINTS = 1000
GAPS_OF_PAGE = 100
#: of series, where a chart has more of them than the page has colours
COLOURS = [
    "#1676c9", "#35b0a7", "#f0ad1c", "#7a6fd0", "#e8741e", "#7b8794", "#c2418c", "#6a9a2d", "#8c5a3c", "#3f51a3"
]  # fmt: skip


def tonnes(value: Fraction | float | None) -> str:
    """Tonnes for people: as many figures as say something."""
    if value is None:
        return ""
    number = float(value)
    if number == 0:
        return "0"
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:,.2f}" if abs(number) >= 1 else f"{number:.3g}"


def pollutants_of(run: InventoryRun) -> list[str]:
    """The pollutants that it has, in their usual order."""
    return [name for name in (*POLLUTANTS, *EXTRA_POLLUTANTS) if name in run.totals]


def table_of(run: InventoryRun, system: int) -> dict[str, Any]:
    """Classes by pollutants, with the exact totals below, and the same as shares for the chart."""
    names = pollutants_of(run)
    sums: dict[str, dict[str, Fraction]] = {}
    for name, pollutant, t in run.basis.get("ten" if system == 10 else "classes", ()):
        sums.setdefault(name, {})[pollutant] = Fraction(t)
    totals = {name: Fraction(run.totals[name]) for name in names}
    rows = [
        {"name": name, "cells": [tonnes(found[p]) if p in found else "" for p in names]}
        for name, found in sums.items()
    ]
    series = [
        {
            "name": name,
            "type": "bar",
            "stack": "all",
            "data": [
                round(float(100 * found.get(p, Fraction(0)) / totals[p]), 2) if totals[p] else 0
                for p in names
            ],
        }
        for name, found in sums.items()
    ]
    chart = {
        "color": COLOURS,
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "max": 100, "name": "%"},
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 12, "top": 56, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "series": series,
    }
    return {"names": names, "rows": rows, "totals": [tonnes(totals[name]) for name in names], "chart": chart}


def _mine(run: InventoryRun, user: Any) -> Any:
    return Emission.objects.all().visible_to(user, INVENTORY_VIEW).filter(run=run)


def top(run: InventoryRun, pollutant: str, user: Any) -> list[dict[str, Any]]:
    """The sources that emit most of a pollutant, with their share of all."""
    whole = float(Fraction(run.totals.get(pollutant, "0")))
    held = run.prepared.filter(kind="top", key=pollutant).first()
    rows: Any = None
    if held is not None:
        sums = {int(key): float(t) for key, t in held.head["sources"]}
        mine = Source.objects.all().visible_to(user, INVENTORY_VIEW).filter(pk__in=sums)
        found = mine.values("pk", "name", "lon", "lat", place=F("region__name"))
        rows = sorted(
            ({**row, "source": row["pk"], "sum": sums[row["pk"]]} for row in found),
            key=lambda row: (-row["sum"], row["pk"]),
        )
        if len(rows) < len(sums) == MOST_POINTS:
            # Some of the greatest are not for this account: its own have to be looked for.
            rows = None
    if rows is None:
        rows = _top_of(run, pollutant, user)[:MOST_POINTS]
    return [
        {**row, "t": tonnes(row["sum"]), "share": f"{100 * row['sum'] / whole:.1f} %" if whole else ""}
        for row in rows
    ]


def _top_of(run: InventoryRun, pollutant: str, user: Any) -> Any:
    return (
        _mine(run, user)
        .filter(pollutant=pollutant)
        .order_by()
        .values(
            "source",
            name=F("source__name"),
            place=F("source__region__name"),
            lon=F("source__lon"),
            lat=F("source__lat"),
        )
        .annotate(sum=Sum("t"))
        .order_by("-sum", "source")
    )


def points(rows: Sequence[dict[str, Any]], address: Any) -> list[dict[str, Any]]:
    """The sources with a position for the map; the size goes with the root of the emission."""
    placed = [row for row in rows if row["lon"] is not None]
    most = max((row["sum"] for row in placed), default=0) or 1
    return [
        {
            "at": [row["lat"], row["lon"]],
            "name": row["name"],
            "t": f"{row['t']} t",
            "size": round(4 + 18 * (max(row["sum"], 0) / most) ** 0.5, 1),
            "url": address(row["source"]),
        }
        for row in placed
    ]


def of_source(run: InventoryRun, source: int, user: Any) -> list[dict[str, Any]]:
    """Sums of a source by pollutant."""
    rows = _mine(run, user).filter(source=source).order_by().values("pollutant").annotate(sum=Sum("t"))
    sums = {row["pollutant"]: row["sum"] for row in rows}
    return [
        {"pollutant": name, "t": tonnes(sums[name])}
        for name in (*POLLUTANTS, *EXTRA_POLLUTANTS)
        if name in sums
    ]


def words(said: Sequence[Any]) -> str:
    """Reasons in the language of the page."""
    return "；".join(message_of(one).text(__) for one in said)


def words_of(said: Sequence[Message]) -> str:
    """The same of reasons that were not kept yet."""
    return "；".join(one.text(__) for one in said)


def explained(emission: Emission) -> dict[str, Any]:
    """An emission with everything that it was made from."""
    why = emission.why
    factor, activity = why.get("factor"), why.get("activity")
    before = Fraction(why["before"])
    return {
        "emission": emission,
        "t": tonnes(emission.t),
        "exact": emission.exact,
        "method": METHODS.get(emission.method, emission.method),
        "unit": why.get("unit", ""),
        "classes": " › ".join(
            word for word in (emission.level1, emission.level2, emission.level3, emission.level4) if word
        ),
        "activity": f"{tonnes(Fraction(activity['value']))} {activity['unit']}" if activity else "",
        "factor": f"{float(Fraction(factor['value'])):.6g} {factor['unit']}" if factor else "",
        "factor_of": factor["source"] if factor else "",
        "abroad": bool(factor and factor["abroad"]),
        "own": bool(factor and factor["own"]),
        "removed": f"{100 * (1 - float(Fraction(emission.exact) / before)):.4g} %" if before else "",
        "quality": why.get("quality", ""),
        "at": f"{why['sheet']} {why['row']}",
        "said": words(why.get("said", ())),
    }


def gaps(run: InventoryRun, visible: Any) -> list[dict[str, Any]]:
    """What could not be computed, as it is kept; only of sources that the account may see, with their names."""
    found = run.gaps
    keys = {gap["source"] for gap in found if gap["source"]}
    names = dict(visible.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [{**gap, "name": names[gap["source"]]} for gap in found if gap["source"] in names]
