"""What the pages of alarms draw: the evidence of one, and the figures of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.monitoring.alarm_words import factor_words, number
from lantian.apps.monitoring.models import Alarm

#: points with another mark than this are drawn as such
NORMAL = ("", "N")

#: so many names stand side by side below a chart
_UPRIGHT = 6


def evidence(alarm: Alarm) -> dict[str, Any] | None:
    """The curves of an alarm with its limits and its period; None where there are none."""
    kept = alarm.evidence
    curves = kept.get("series") or []
    if not curves:
        return None
    units = list(dict.fromkeys(one["unit"] for one in curves))[:2]
    series: list[dict[str, Any]] = []
    for one in curves:
        points = [[_local(at), number(value)] for at, value, _mark in one["points"]]
        series.append(
            {
                "name": _name(factor_words(one["name"]), one["unit"]),
                "type": "line",
                "yAxisIndex": units.index(one["unit"]) if one["unit"] in units else 0,
                "data": points,
                "showSymbol": len(points) < 60,
                "symbolSize": 5,
                "connectNulls": False,
            }
        )
    marked = [
        [_local(at), number(value), mark]
        for one in curves
        for at, value, mark in one["points"]
        if mark not in NORMAL and value is not None
    ]
    if marked:
        series.append(
            {
                "name": __("With a mark"),
                "type": "scatter",
                "symbol": "diamond",
                "symbolSize": 9,
                "data": [{"value": point[:2], "name": point[2]} for point in marked],
                "label": {"show": len(marked) < 30, "formatter": "{b}", "position": "top"},
            }
        )
    first = series[0]
    first["markArea"] = {
        "silent": True,
        "itemStyle": {"color": "rgba(214, 57, 57, 0.10)"},
        "data": [[{"xAxis": _local(alarm.begin.isoformat())}, {"xAxis": _end(alarm, curves)}]],
    }
    lines = [
        {"yAxis": number(value), "name": name, "label": {"formatter": "{b} {c}", "position": "insideStartTop"}}
        for name, value, unit in kept.get("limits") or []
        if number(value) is not None and (not unit or unit == curves[0]["unit"])
    ]
    if lines:
        first["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "#d63939", "type": "dashed"},
            "data": lines,
        }
    return {
        "save": f"{alarm.place_words} {display.campaign_date(alarm.begin)}",
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 40},
        "xAxis": {"type": "time", "axisLabel": {"hideOverlap": True}},
        # The unit stands in the legend beside each name.
        "yAxis": [{"type": "value", "scale": True} for _unit in units or [""]],
        "series": series,
    }


def _name(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _local(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(display.CAMPAIGN_TIME)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _end(alarm: Alarm, curves: Sequence[Mapping[str, Any]]) -> str:
    if alarm.end is not None:
        return _local(alarm.end.isoformat())
    last = max((one["points"][-1][0] for one in curves if one["points"]), default=alarm.begin.isoformat())
    return _local(last)


def rates(names: Sequence[str], series: Mapping[str, Sequence[float | None]], title: str) -> dict[str, Any]:
    """Shares side by side [%]; what is absent has no bar, and what has no share at all no place."""
    told = [place for place in range(len(names)) if any(values[place] is not None for values in series.values())]
    chosen = [names[place] for place in told]
    bars = [
        {"name": label, "type": "bar", "data": [values[place] for place in told], "barMaxWidth": 22}
        for label, values in series.items()
    ]
    found = {
        "save": title,
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 40},
        "series": bars,
    }
    shares = {"type": "value", "axisLabel": {"formatter": "{value}%"}, "min": 0, "max": 100}
    if len(chosen) <= _UPRIGHT:
        label = {"interval": 0, "rotate": 30, "width": 96, "overflow": "truncate"}
        return {**found, "xAxis": {"type": "category", "data": chosen, "axisLabel": label}, "yAxis": shares}
    # Many names lie one below the other, so that they can be read on a phone, too; so many are in sight at once.
    label = {"interval": 0, "width": 132, "overflow": "truncate"}
    return {
        **found,
        "xAxis": shares,
        "yAxis": {"type": "category", "inverse": True, "data": chosen, "axisLabel": label},
        "grid": {"left": 8, "right": 36, "top": 40, "bottom": 8, "containLabel": True},
        "dataZoom": [
            {
                "type": "slider", "yAxisIndex": 0, "right": 4, "width": 14, "startValue": 0, "endValue": _UPRIGHT,
                "showDetail": False, "brushSelect": False,
            }
        ],
    }  # fmt: skip
