"""What the tabs of an inventory show of its prepared parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.sources.emissions.preparing import BLOCK
from lantian.apps.sources.emissions.spacing import SIDES
from lantian.apps.sources.emissions.telling import COLOURS, pollutants_of, tonnes, words
from lantian.apps.sources.models import InventoryRun, Prepared
from lantian.rules.sources.quality import GRADES

#: cells up to which the map begins with the small ones
MANY_CELLS = 20_000
MONTHS = tuple(range(1, 13))
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
KINDS = {"month": _("months"), "weekday": _("weekdays"), "hour": _("hours")}
INPUTS = {"activity": _("Activity"), "factor": _("Factor"), "left": _("Control")}
VERDICTS: dict[str, tuple[Any, str]] = {
    "fits": (_("fits"), "green"),
    "short": (_("below the total"), "orange"),
    "over": (_("above the total"), "orange"),
    "unit": (_("units do not fit"), "red"),
    "no_activity": (_("no activity"), "red"),
    "no_total": (_("no total"), "grey"),
}
#: profiles that a chart shows, those first that most follows
_MOST_LINES = 8


def part(run: InventoryRun, kind: str, key: str = "", *, body: bool = False) -> Prepared | None:
    """A part of an inventory, or None where it has not been prepared."""
    rows = run.prepared.filter(kind=kind, key=key)
    found: Prepared | None = (rows if body else rows.defer("body")).first()
    return found


# --- grid ---


def sides_of(run: InventoryRun) -> dict[int, Prepared]:
    """The grids of an inventory by side [m]."""
    rows = run.prepared.filter(kind="grid").defer("body")
    return {int(one.key): one for one in rows if one.key in map(str, SIDES)}


def chosen_side(grids: Mapping[int, Prepared], wanted: str) -> int:
    """The side that was asked for, else the smallest that a map shows quickly."""
    if wanted.isdigit() and int(wanted) in grids:
        return int(wanted)
    for side in sorted(grids):
        shape = grids[side].head.get("grid")
        if shape and shape["columns"] * shape["rows"] <= MANY_CELLS:
            return side
    return max(grids)


def legend(bounds: Sequence[float], most: float) -> list[dict[str, Any]]:
    """The classes of a map in words."""
    if not bounds:
        return [{"at": 0, "text": f"≤ {tonnes(most)}"}] if most else []
    found = [{"at": 0, "text": f"< {bounds[0]:,g}"}]
    for at, (low, high) in enumerate(zip(bounds, [*bounds[1:], 0.0], strict=True), 1):
        found.append({"at": at, "text": f"{low:,g} – {f'{high:,g}' if high else tonnes(most)}"})
    return found


def balance_of_grid(head: Mapping[str, Any], pollutant: str) -> list[dict[str, Any]]:
    """Where the mass of a pollutant is: the lines sum to the inventory."""
    sums = head["sums"].get(pollutant)
    if sums is None:
        return []
    lines = (
        (__("In the cells"), sums["cells"], __("of this from positions beyond the outline of the place: %(t)s t")
         % {"t": tonnes(sums["beyond"])} if sums["beyond"] else ""),
        (__("Outside of the grid"), sums["outside"], ""),
        (__("Without a place"), sums["unplaced"], ""),
        (__("Total of the inventory"), sums["sources"], ""),
    )  # fmt: skip
    whole = sums["sources"] or 1
    return [
        {"name": name, "t": tonnes(t), "share": f"{100 * t / whole:.2f} %", "note": note}
        for name, t, note in lines
    ]


def by_area(head: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Which proxies say nothing where, so that the area stands in for them."""
    codes = {one["region"] for one in head["by_area"]}
    names = dict(Region.objects.filter(code__in=codes, valid_to__isnull=True).values_list("code", "name"))
    found: dict[str, list[str]] = {}
    for one in head["by_area"]:
        found.setdefault("、".join(one["asked"]), []).append(names.get(one["region"], one["region"]))
    return [{"asked": asked, "places": places} for asked, places in found.items()]


def tops_of_cells(
    run: InventoryRun, side: int, pollutant: str, cells: Sequence[int]
) -> dict[int, list[tuple[int, float]]]:
    """Key and emission of the greatest sources of cells."""
    keys = {f"{side}:{pollutant}:{cell // BLOCK}" for cell in cells}
    blocks = {one.key: one.body for one in run.prepared.filter(kind="tops", key__in=keys)}
    return {
        cell: [
            (int(key), float(t))
            for key, t in blocks.get(f"{side}:{pollutant}:{cell // BLOCK}", {}).get(str(cell), ())
        ]
        for cell in cells
    }


def ring(corners: Sequence[float], columns: int, cell: int) -> list[list[float]]:
    """The closed ring of a cell, against the clock [°]."""
    row, column = divmod(cell, columns)
    wide = columns + 1
    at = row * wide + column
    return [
        [corners[2 * one], corners[2 * one + 1]]
        for one in (at, at + 1, at + wide + 1, at + wide, at)
    ]  # fmt: skip


def cell_name(grid: Mapping[str, Any], cell: int) -> str:
    """The id of a cell, as :class:`lantian.inventory.grids.Grid` gives it."""
    row, column = divmod(cell, grid["columns"])
    return f"{grid['side'] / 1000:g}km_{grid['column'] + column}_{grid['row'] + row}"


def geojson_features(run: InventoryRun, held: Prepared) -> Iterator[dict[str, Any]]:
    """The cells that hold something, with every pollutant [t]."""
    grid = held.head["grid"]
    cells: dict[int, dict[str, float]] = {}
    for one in run.prepared.filter(kind="cells", key__startswith=f"{grid['side']}:"):
        name = one.key.partition(":")[2]
        for cell, t in zip(one.body["cells"], one.body["t"], strict=True):
            cells.setdefault(cell, {})[name] = t
    names = [name for name in pollutants_of(run) if name in held.head["sums"]]
    for cell in sorted(cells):
        name = cell_name(grid, cell)
        yield {
            "type": "Feature",
            "id": name,
            "geometry": {
                "type": "Polygon",
                "coordinates": [ring(held.body["corners"], grid["columns"], cell)],
            },
            "properties": {"cell": name, **{one: cells[cell].get(one, 0.0) for one in names}},
        }


# --- places ---


def places(run: InventoryRun, by: str, names: Sequence[str]) -> list[dict[str, Any]] | None:
    """Sums of every pollutant by place; None where they have not been prepared."""
    held = part(run, "sums", by)
    if held is None:
        return None
    model: Any = Region if by == "region" else Organisation
    sums: dict[int | None, dict[str, float]] = {}
    for pollutant, rows in held.head.items():
        for key, t in rows:
            sums.setdefault(key, {})[pollutant] = t
    known = dict(model.objects.filter(pk__in=[key for key in sums if key]).values_list("pk", "name"))
    found = [
        {"name": known.get(key, "") if key else "", "t": held_sums, "cells": _cells(held_sums, names)}
        for key, held_sums in sums.items()
    ]
    return sorted(found, key=lambda one: (not one["name"], -one["t"].get(names[0], 0.0) if names else 0.0))


def _cells(sums: Mapping[str, float], names: Sequence[str]) -> list[str]:
    return [tonnes(sums[name]) if name in sums else "" for name in names]


def places_chart(rows: Sequence[Mapping[str, Any]], pollutant: str) -> dict[str, Any]:
    """Bars by place for a pollutant."""
    shown = sorted(rows, key=lambda one: -one["t"].get(pollutant, 0.0))[:20]
    return {
        "xAxis": {"type": "value", "name": "t"},
        "yAxis": {
            "type": "category", "inverse": True,
            "data": [one["name"] or __("not known") for one in shown],
        },
        "grid": {"left": 8, "right": 40, "top": 12, "bottom": 8, "containLabel": True},
        "series": [{"type": "bar", "data": [_plain(one["t"].get(pollutant, 0.0)) for one in shown]}],
    }  # fmt: skip


def _plain(value: float) -> float:
    return float(f"{value:.4g}")


# --- times ---


def months_chart(head: Mapping[str, Any], pollutant: str) -> dict[str, Any]:
    """Months of a pollutant by class, stacked [t]."""
    classes = head["months"].get(pollutant, {})
    return {
        "color": COLOURS,
        "xAxis": {"type": "category", "data": [__("month %(number)s") % {"number": month} for month in MONTHS]},
        "yAxis": {"type": "value", "name": "t"},
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 12, "top": 56, "bottom": 8, "containLabel": True},
        "series": [
            {"name": name, "type": "bar", "stack": "all", "data": [_plain(t) for t in months]}
            for name, months in classes.items()
        ],
    }


def profiles(head: Mapping[str, Any], pollutant: str, visible: Any) -> list[dict[str, Any]]:
    """The profiles that a pollutant follows, those first that most follows; own ones with their source if it is visible."""
    listed = [one for one in head["profiles"] if one["t"].get(pollutant)]
    whole = sum(one["t"][pollutant] for one in listed) or 1
    keys = {one["source"] for one in listed if one["source"]}
    names = dict(visible.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [
        {
            **one,
            "of": names.get(one["source"], ""),
            "name": one["curve"] if not one["own"] else f"{names.get(one['source']) or __('own shares')} {one['unit']}",
            "own_words": "、".join(str(KINDS[kind]) for kind in one["own"]),
            "mass": tonnes(one["t"][pollutant]),
            "weight": one["t"][pollutant] / whole,
            "part": f"{100 * one['t'][pollutant] / whole:.1f} %",
        }
        for one in sorted(listed, key=lambda one: -one["t"][pollutant])
    ]


def shares_chart(listed: Sequence[Mapping[str, Any]], kind: str) -> dict[str, Any]:
    """Shares by weekday or hour: the mean of the pollutant, and each profile [%]."""
    held = [one for one in listed if one["shares"]]
    count = 7 if kind == "weekday" else 24
    whole = sum(one["weight"] for one in held) or 1
    mean = [
        sum(one["weight"] * one["shares"][kind][at] for one in held) / whole for at in range(count)
    ]
    labels = [str(day) for day in WEEKDAYS] if kind == "weekday" else [f"{hour}:00" for hour in range(24)]
    lines: dict[str, list[float]] = {}
    for one in held[:_MOST_LINES]:
        lines.setdefault(one["name"].strip(), one["shares"][kind])
    return {
        "color": COLOURS,
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "name": "%"},
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "grid": {"left": 8, "right": 12, "top": 56, "bottom": 8, "containLabel": True},
        "series": [
            {
                "name": __("all sources"), "type": "bar", "data": [round(100 * share, 3) for share in mean],
                "itemStyle": {"opacity": 0.45},
            },
            *(
                {"name": name, "type": "line", "symbol": "none", "data": [round(100 * share, 3) for share in shares]}
                for name, shares in lines.items()
            ),
        ],
    }  # fmt: skip


# --- spread ---


def spread(head: Mapping[str, Any], names: Sequence[str], pollutant: str) -> dict[str, Any]:
    """Intervals of all pollutants, and of one by class, with what contributes most."""
    intervals = head["intervals"]
    whole = {one["pollutant"]: one for one in intervals if not one["name"]}
    classes = [one for one in intervals if one["name"] and one["pollutant"] == pollutant]
    return {
        "sums": [_interval(whole[name], name) for name in names if name in whole],
        "classes": [_interval(one, one["name"]) for one in classes],
        "chart": _ranges(sorted(classes, key=lambda one: -one["t"])),
        "contributors": [
            {
                "kind": INPUTS[one["kind"]],
                "label": one["label"],
                "grade": one["grade"],
                "share": f"{100 * one['share']:.1f} %",
            }
            for one in head["contributors"]
            if one["pollutant"] == pollutant
        ],
        "grades": _grades(head["grades"], names),
    }


def _interval(one: Mapping[str, Any], name: str) -> dict[str, Any]:
    def against(bound: float) -> str:
        return f"{100 * (bound / one['t'] - 1):+.0f} %" if one["t"] else ""

    return {
        "name": name,
        "t": tonnes(one["t"]),
        "mean": tonnes(one["mean"]),
        "deviation": f"{100 * one['deviation']:.0f} %",
        "range": f"{tonnes(one['low'])} – {tonnes(one['high'])}",
        "around": f"{against(one['low'])} … {against(one['high'])}",
    }


def _ranges(classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Bars from the lower to the upper bound of each class."""
    return {
        "xAxis": {"type": "value", "name": "t"},
        "yAxis": {"type": "category", "inverse": True, "data": [one["name"] for one in classes]},
        "legend": {"top": 0, "left": 0, "data": [__("inner 95 %"), __("computed")]},
        "grid": {"left": 8, "right": 40, "top": 36, "bottom": 8, "containLabel": True},
        "tooltip": {"show": False},
        "series": [
            {
                "name": "", "type": "bar", "stack": "range", "silent": True, "itemStyle": {"color": "transparent"},
                "data": [_plain(one["low"]) for one in classes],
            },
            {
                "name": __("inner 95 %"), "type": "bar", "stack": "range", "barWidth": 10,
                "data": [_plain(one["high"] - one["low"]) for one in classes],
            },
            {
                "name": __("computed"), "type": "scatter", "symbol": "diamond", "symbolSize": 12, "z": 5,
                "itemStyle": {"color": "#e8741e", "borderColor": "#fff", "borderWidth": 1},
                "data": [[_plain(one["t"]), one["name"]] for one in classes],
            },
        ],
    }  # fmt: skip


def _grades(grades: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> dict[str, Any]:
    """Shares of the grades in each pollutant [%]."""
    shown = [name for name in names if sum(grades.get(name, {}).values())]
    return {
        "color": ["#1f9254", "#86b817", "#f0ad1c", "#e8741e", "#d63a32"],
        "xAxis": {"type": "category", "data": shown},
        "yAxis": {"type": "value", "max": 100, "name": "%"},
        "legend": {"top": 0, "left": 0},
        "grid": {"left": 8, "right": 12, "top": 56, "bottom": 8, "containLabel": True},
        "series": [
            {
                "name": grade,
                "type": "bar",
                "stack": "all",
                "data": [
                    round(100 * grades[name].get(grade, 0.0) / sum(grades[name].values()), 2)
                    for name in shown
                ],
            }
            for grade in GRADES
        ],
    }


# --- balance ---


def balance(head: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Fuels and products: the sum of the sources against the total of the statistics."""
    codes = {row["region"] for row in head["rows"] if row["region"]}
    names = dict(Region.objects.filter(code__in=codes, valid_to__isnull=True).values_list("code", "name"))
    return [
        {
            **row,
            "place": names.get(row["region"], row["region"]) if row["region"] else __("all sources"),
            "sum": tonnes(row["listed"]),
            "whole": tonnes(row["total"]),
            "percent": "" if row["ratio"] is None else f"{100 * row['ratio']:.1f} %",
            "within": f"±{100 * row['tolerance']:.3g} %",
            "words": VERDICTS[row["verdict"]][0],
            "tone": VERDICTS[row["verdict"]][1],
            "why": words(row["said"]),
        }
        for row in head["rows"]
    ]
