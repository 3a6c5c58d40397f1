"""Options of the charts; `web/static/lantian/charts.js` draws them and offers each as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as __

from lantian.apps.air.choices import POLLUTANT_WORDS, UNITS
from lantian.apps.air.indices import Index
from lantian.rules.air.library import library
from lantian.rules.air.words import CLASSES


def colours() -> dict[int, str]:
    """Class → the colour that the newest edition gives it."""
    return {level.level: level.hex for level in library().books[-1].levels}


def _pieces() -> list[dict[str, Any]]:
    """The classes as the pieces of a scale."""
    found = []
    for level in library().books[-1].levels:
        piece: dict[str, Any] = {
            "gte": level.first,
            "label": __(CLASSES[level.level]),
            "color": level.hex,
        }
        if level.last is not None:
            piece["lte"] = level.last
        found.append(piece)
    return found


def calendar(year: int, days: Mapping[date, Index], name: str) -> dict[str, Any]:
    """The AQI of each day of a year as a calendar."""
    chinese = (get_language() or "").startswith("zh")
    return {
        "save": name,
        "grid": None,
        "tooltip": {"trigger": "item", "formatter": "{c}", "confine": True},
        "visualMap": {
            "type": "piecewise",
            "pieces": _pieces(),
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemGap": 8,
            "itemWidth": 14,
            "itemHeight": 12,
            "dimension": 1,
            "textStyle": {"fontSize": 11},
        },
        "calendar": {
            "range": str(year),
            "left": 36,
            "right": 8,
            "top": 40,
            "cellSize": ["auto", 22],
            "splitLine": {"lineStyle": {"color": "#888", "width": 1}},
            "itemStyle": {
                "color": "transparent",
                "borderWidth": 0.5,
                "borderColor": "rgba(128,128,128,0.35)",
            },
            "yearLabel": {"show": False},
            "dayLabel": {"firstDay": 1, "nameMap": "ZH" if chinese else "EN"},
            "monthLabel": {"nameMap": "ZH" if chinese else "EN"},
        },
        "series": [
            {
                "type": "heatmap",
                "coordinateSystem": "calendar",
                "data": [
                    {"value": [day.isoformat(), index.aqi], "name": f"{day} {index.word}"}
                    for day, index in sorted(days.items())
                    if day.year == year and index.aqi is not None
                ],
                "tooltip": {"formatter": "{b}<br>{c}"},
            }
        ],
    }


def lines(
    times: Sequence[datetime | date],
    series: Mapping[str, Sequence[float | int | None]],
    name: str,
    hidden: Sequence[str] = (),
) -> dict[str, Any]:
    """Values over hours or days; a gap stays a gap."""
    words = [
        moment.strftime("%m-%d %H:%M") if isinstance(moment, datetime) else moment.strftime("%Y-%m-%d")
        for moment in times
    ]
    return {
        "save": name,
        "legend": {
            "type": "scroll",
            "top": 0,
            "left": 0,
            "right": 40,
            "selected": dict.fromkeys(hidden, False),
        },
        "xAxis": {"type": "category", "data": words, "boundaryGap": False},
        "yAxis": {"type": "value"},
        "series": [
            {
                "name": label,
                "type": "line",
                "data": list(values),
                "showSymbol": False,
                "connectNulls": False,
                "lineStyle": {"width": 2},
            }
            for label, values in series.items()
        ],
    }


def rose(values: Mapping[tuple[int, int], float], column: str, name: str) -> dict[str, Any]:
    """The mean of each hour of the day in each month."""
    shown = list(values.values())
    return {
        "save": name,
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 8, "right": 12, "top": 36, "bottom": 64, "containLabel": True},
        "xAxis": {
            "type": "category",
            "name": "",
            "data": [str(hour) for hour in range(1, 25)],
            "splitArea": {"show": False},
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [__("%(month)d (month)") % {"month": month} for month in range(1, 13)],
        },
        "visualMap": {
            "min": 0,
            "max": max(shown, default=1),
            "calculable": True,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "itemHeight": 160,
            "itemWidth": 12,
            "inRange": {"color": ["#eef6ff", "#9cc9f0", "#f5d76e", "#e8741e", "#99004c"]},
            "text": [UNITS[column], ""],
        },
        "series": [
            {
                "name": POLLUTANT_WORDS[column],
                "type": "heatmap",
                "data": [[hour - 1, month - 1, value] for (month, hour), value in sorted(values.items())],
            }
        ],
    }


def bars(
    names: Sequence[str], series: Mapping[str, Sequence[float | int | None]], name: str, unit: str = ""
) -> dict[str, Any]:
    """Bars side by side."""
    return {
        "save": name,
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 40},
        "xAxis": {"type": "category", "data": list(names)},
        "yAxis": {"type": "value", "name": unit},
        "series": [
            {"name": label, "type": "bar", "data": list(values), "barMaxWidth": 28}
            for label, values in series.items()
        ],
    }


def word_of(level: int) -> str:
    """A class in words."""
    return __(CLASSES[level])
