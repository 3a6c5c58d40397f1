"""Curves of monitored points: concentrations with limits and marks above, the gas and the load below, on one time axis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring.choices_devices import MarkKind
from lantian.apps.monitoring.points import VALID_FLAGS
from lantian.apps.monitoring.readings import Reading

_SHADES = {
    MarkKind.STOP.value: "rgba(120,135,150,0.18)",
    MarkKind.FAULT.value: "rgba(232,116,30,0.16)",
    MarkKind.MAINTENANCE.value: "rgba(22,118,201,0.14)",
}
#: more than the six of other charts: a stack has three pollutants, measured and folded, and the gas
_COLOURS = (
    "#1676c9", "#9cc3e6", "#e8741e", "#f3b98e", "#7a6fd0", "#bdb7e8", "#35b0a7", "#c2417c", "#5a9e2f", "#8c6d46",
    "#7b8794", "#f0ad1c",
)  # fmt: skip


@dataclass(slots=True)
class Line:
    """One curve.

    Attributes
    ----------
    limit
        Drawn as a dashed line, in the unit of the curve.
    step
        Whether a value holds until the next one (states).
    """

    name: str
    points: Sequence[tuple[datetime, Decimal | float | None]]
    limit: Decimal | None = None
    step: bool = False
    hidden: bool = False
    #: what the dashed line is called; with %(name)s and %(value)s, empty: a limit
    bound: str = ""
    #: values that the device itself does not call normal
    doubtful: Sequence[tuple[datetime, Decimal]] = ()


@dataclass(slots=True)
class Strip:
    """One part of a page on the common time axis, from this room or another one.

    Attributes
    ----------
    unit
        Of its axis.
    judged
        Whether its values are held against limits: it gets more room.
    """

    title: str
    lines: list[Line] = field(default_factory=list)
    unit: str = ""
    judged: bool = False


def valid_points(values: Mapping[datetime, Reading], gap: timedelta, *, folded: bool = False) -> Line:
    """The values of a factor as a curve that breaks where periods are missing or not normal."""
    points: list[tuple[datetime, Decimal | float | None]] = []
    doubtful: list[tuple[datetime, Decimal]] = []
    last: datetime | None = None
    for moment in sorted(values):
        one = values[moment]
        value = one.folded if folded else one.value
        if last is not None and moment - last > gap * 1.5:
            points.append((last + gap, None))
        last = moment
        if one.flag in VALID_FLAGS:
            points.append((moment, value))
        else:
            points.append((moment, None))
            if value is not None:
                doubtful.append((moment, value))
    return Line("", points, doubtful=doubtful)


def option(
    strips: Sequence[Strip],
    first: datetime,
    last: datetime,
    marks: Sequence[Any],
    name: str,
) -> dict[str, Any]:
    """What ECharts draws: strips below each other with one time axis, zoomed together.

    Parameters
    ----------
    marks
        Rows of :class:`DataMark`, shaded in all strips: what is judged, the gas and the load alike; named in the first.
    """
    shown = [strip for strip in strips if strip.lines]
    count = max(1, len(shown))
    top, bottom, between = 9.0, 13.0, 7.0
    # What is judged gets the most room.
    judged = [strip.judged for strip in shown] if any(strip.judged for strip in shown) else [True] + [False] * (count - 1)
    shares = [1.5 if one else 1.0 for one in judged]
    heights = [(100 - top - bottom - between * (count - 1)) * share / sum(shares) for share in shares]
    grids, x_axes, y_axes, series = [], [], [], []
    names: list[str] = []
    at = top
    for number, strip in enumerate(shown):
        grids.append(
            {
                "left": 56, "right": 18, "top": f"{at:.1f}%", "height": f"{heights[number]:.1f}%",
                "containLabel": False,
            }
        )  # fmt: skip
        at += heights[number] + between
        x_axes.append(
            {
                "type": "time",
                "gridIndex": number,
                "min": _written(first),
                "max": _written(last),
                "axisLabel": {"show": number == count - 1, "hideOverlap": True},
                "axisPointer": {"show": True, "label": {"show": False}},
            }
        )
        y_axes.append(
            {
                "type": "value",
                "gridIndex": number,
                "name": strip.unit,
                "nameGap": 9,
                "nameTextStyle": {"fontSize": 11, "align": "left", "padding": [0, 0, 0, -44]},
                **_reach(strip),
                "splitNumber": 4 if judged[number] and count < 5 else 2,
                "scale": False,
            }
        )
        for line in strip.lines:
            colour = _COLOURS[len(names) % len(_COLOURS)]
            names.append(line.name)
            series.append({**_series(line, number), "itemStyle": {"color": colour}})
            if line.doubtful:
                series.append(
                    {
                        "name": __("%(factor)s, not normal") % {"factor": line.name},
                        "type": "scatter",
                        "xAxisIndex": number,
                        "yAxisIndex": number,
                        "symbolSize": 6,
                        "symbol": "emptyCircle",
                        "itemStyle": {"color": colour},
                        "data": [[_written(moment), float(value)] for moment, value in line.doubtful],
                    }
                )
    for number in range(len(shown)) if marks else ():
        at_strip = next(one for one in series if one["xAxisIndex"] == number)
        at_strip["markArea"] = _shaded(marks, first, last, named=number == 0)
    hidden = {line.name: False for strip in shown for line in strip.lines if line.hidden}
    axes = list(range(count))
    return {
        "save": name,
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 40, "selected": hidden, "data": names},
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "tooltip": {"trigger": "axis", "confine": True},
        "dataZoom": [
            {"type": "inside", "xAxisIndex": axes, "zoomOnMouseWheel": "ctrl", "moveOnMouseWheel": False},
            {"type": "slider", "xAxisIndex": axes, "height": 16, "bottom": 6},
        ],
        "grid": grids,
        "xAxis": x_axes,
        "yAxis": y_axes,
        "series": series,
    }


def _shaded(marks: Sequence[Any], first: datetime, last: datetime, *, named: bool) -> dict[str, Any]:
    return {
        "silent": True,
        "label": {"position": "insideTop", "fontSize": 10},
        "data": [
            [
                {
                    "name": f"{mark.get_kind_display()}",
                    "xAxis": _written(max(mark.start.astimezone(CAMPAIGN_TIME), first)),
                    "itemStyle": {"color": _SHADES.get(mark.kind, "rgba(120,135,150,0.16)")},
                    # A word wider than its shade would lie over the curve; the list beside names all marks.
                    "label": {
                        "show": named and min(mark.end, last) - max(mark.start, first) > (last - first) / 7
                    },
                },
                {"xAxis": _written(min(mark.end.astimezone(CAMPAIGN_TIME), last))},
            ]
            for mark in marks
        ],
    }


def _reach(strip: Strip) -> dict[str, Any]:
    """The upper end of an axis, where a limit lies above all values."""
    shown = [line for line in strip.lines if not line.hidden]
    limits = [float(line.limit) for line in shown if line.limit is not None]
    values = [float(value) for line in shown for _at, value in line.points if value is not None]
    if not limits or (values and max(values) >= max(limits)):
        return {}
    step = 10 ** math.floor(math.log10(max(limits) or 1)) / 2
    return {"max": math.ceil(max(limits) * 1.05 / step) * step}


def _series(line: Line, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": line.name,
        "type": "line",
        "xAxisIndex": number,
        "yAxisIndex": number,
        "showSymbol": len(line.points) < 3,
        "connectNulls": False,
        "lineStyle": {"width": 1.6},
        "data": [[_written(at), None if value is None else float(value)] for at, value in line.points],
    }
    if line.step:
        found["step"] = "end"
    if line.limit is not None:
        found["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"type": "dashed", "width": 1.4},
            "label": {
                "formatter": (line.bound or __("limit of %(name)s %(value)s"))
                % {"name": line.name, "value": f"{line.limit.normalize():f}"},
                "position": "insideEndTop",
                "fontSize": 10,
            },
            "data": [{"yAxis": float(line.limit)}],
        }
    return found


def _written(moment: datetime) -> str:
    """Campaign time without its zone: every browser shows the same."""
    return moment.astimezone(CAMPAIGN_TIME).strftime("%Y-%m-%dT%H:%M:%S")
