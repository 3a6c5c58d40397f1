"""What pages of electricity show: strips of states, charts, reasons in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __

from lantian.apps.monitoring.choices_power import LETTERS, LoadState, MeterRole
from lantian.apps.monitoring.models import Load, PowerSpan
from lantian.apps.monitoring.power_baselines import KINDS, month_of, read_back
from lantian.apps.monitoring.power_series import Site, midnight
from lantian.apps.monitoring.words_power import said, told
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.power.baseline import Baseline, Calendar, DayKind
from lantian.rules.monitoring.power.readings import MISSING, SLOT_MINUTES, SLOTS, Series

STATES = {letter: state for state, letter in LETTERS.items()}
#: state → its place on the strip of the chart and its colour
_COLOURS = (
    (LoadState.LOST, "#d6d6d6"),
    (LoadState.UNKNOWN, "#eef0f2"),
    (LoadState.STOPPED, "#8a94a0"),
    (LoadState.LIMITED, "#e5b93c"),
    (LoadState.NORMAL, "#3f83c8"),
    (LoadState.IDLE, "#c92a2a"),
)
_NUMBERS = {state: number for number, (state, _colour) in enumerate(_COLOURS)}


def runs_of(strip: str) -> list[tuple[str, int, int]]:
    """Letters in a row: letter, place, length."""
    found: list[tuple[str, int, int]] = []
    for at, letter in enumerate(strip):
        if found and found[-1][0] == letter:
            found[-1] = (letter, found[-1][1], found[-1][2] + 1)
        else:
            found.append((letter, at, 1))
    return found


def strip_svg(load: Load) -> SafeString | str:
    """The states of the last day as a strip; on pointing at it, what it is from when to when."""
    strip = load.strip
    if not strip or load.judged_to is None:
        return "—"
    begin = timezone.localtime(load.judged_to) - timedelta(minutes=SLOT_MINUTES * len(strip))
    shift = 96 - len(strip)
    pieces, words = [], []
    for letter, at, length in runs_of(strip):
        state = STATES.get(letter, LoadState.UNKNOWN)
        first = begin + timedelta(minutes=SLOT_MINUTES * at)
        last = first + timedelta(minutes=SLOT_MINUTES * length)
        title = f"{first:%H:%M}–{last:%H:%M} {LoadState(state).label}"
        words.append(title)
        pieces.append((f"pw-{letter}", shift + at, length, title))
    rects = format_html_join(
        "", '<rect class="{}" x="{}" y="0" width="{}" height="10"><title>{}</title></rect>', pieces
    )
    return format_html(
        '<svg class="pw-strip" viewBox="0 0 96 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        "；".join(words[-8:]),
        rects,
    )


def why_words(kept: Mapping[str, Any]) -> str:
    """The sentence of why."""
    return told(kept.get("reason")) if kept else ""


def notes_of(kept: Mapping[str, Any]) -> list[str]:
    """What a result rests on."""
    return [told(note) for note in kept.get("notes") or ()]


def book_words(kept: Mapping[str, Any]) -> str:
    """The book of a result, by its title."""
    name = str(kept.get("book") or "")
    return f"{book(name).title} ({name})" if name in ("power", "meters") else ""


def evidence_of(kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Stretches that speak for a result."""
    return [
        {
            "first": datetime.fromisoformat(one["first"]),
            "last": datetime.fromisoformat(one["last"]),
            "words": told(one),
        }
        for one in kept.get("evidence") or ()
    ]


@dataclass(frozen=True, slots=True)
class Axis:
    """Whole days as quarter hours."""

    first: date
    days: int

    @property
    def words(self) -> list[str]:
        """The beginning of each quarter hour."""
        begin = midnight(self.first)
        return [
            f"{begin + timedelta(minutes=SLOT_MINUTES * at):%m-%d %H:%M}" for at in range(self.days * SLOTS)
        ]


def _kw(values: Any) -> list[float | None]:
    """Energy of quarter hours as mean power [kW]."""
    return [None if wh == MISSING else round(wh * 60 / SLOT_MINUTES / 1000, 2) for wh in values.tolist()]


def band(baselines: Mapping[str, Mapping[DayKind, Baseline]], axis: Axis, calendar: Calendar) -> Any:
    """The usual power of each quarter hour: p10, p50 and p90 [kW]; gaps where there is no baseline."""
    low: list[float | None] = []
    middle: list[float | None] = []
    high: list[float | None] = []
    for number in range(axis.days):
        day = axis.first + timedelta(days=number)
        kind = calendar.kind(day)
        kind = DayKind.REST_DAY if kind is DayKind.HOLIDAY else kind
        found = baselines.get(month_of(day), {}).get(kind)
        if found is None or not found.usable:
            for values in (low, middle, high):
                values += [None] * SLOTS
            continue
        for values, array in ((low, found.p10), (middle, found.p50), (high, found.p90)):
            assert array is not None
            values += _kw(array)
    return low, middle, high


def kept_baselines(load: Load, axis: Axis) -> dict[str, dict[DayKind, Baseline]]:
    """Month → kind of day → baseline, as far as they are kept."""
    last = axis.first + timedelta(days=axis.days - 1)
    rows = load.baselines.filter(month__gte=month_of(axis.first), month__lte=month_of(last))
    return {row.month: read_back(row.values) for row in rows}


def chart(
    site: Site,
    series: Mapping[int, Series],
    axis: Axis,
    chosen: Load | None,
    calendar: Calendar,
    spans: Mapping[int, Sequence[PowerSpan]],
    name: str,
) -> dict[str, Any]:
    """Power of production, treatment and plant on one axis of time, the usual band, and the states below."""
    loads = [load for load in site.loads if load.in_use and load.role != MeterRole.GENERATION]
    lines: list[dict[str, Any]] = []
    if chosen is not None:
        low, middle, high = band(kept_baselines(chosen, axis), axis, calendar)
        width = [None if a is None or b is None else round(b - a, 2) for a, b in zip(low, high, strict=True)]
        invisible = {"lineStyle": {"opacity": 0}, "symbol": "none", "stack": "band", "silent": True, "tooltip": {"show": False}}
        lines += [
            {"name": "p10", "type": "line", "data": low, **invisible},
            {
                "name": __("Usual (p10 to p90)"), "type": "line", "data": width, **invisible,
                "areaStyle": {"color": "#3f83c8", "opacity": 0.14}, "itemStyle": {"color": "#a9c8e6"},
            },
            {
                "name": __("Usual (median)"), "type": "line", "data": middle, "symbol": "none",
                "lineStyle": {"type": "dashed", "width": 1}, "itemStyle": {"color": "#6c97c0"},
            },
        ]  # fmt: skip
    for load in loads:
        style: dict[str, Any] = {"width": 2 if load.role == MeterRole.PRODUCTION else 1.4}
        if load.role == MeterRole.TREATMENT:
            style["type"] = "dotted"
        lines.append(
            {
                "name": label(load), "type": "line", "data": _kw(series[load.pk].wh.ravel()), "showSymbol": False,
                "connectNulls": False, "lineStyle": style,
            }
        )  # fmt: skip
    cells = []
    begin = midnight(axis.first)
    for row, load in enumerate(loads):
        for span in spans.get(load.pk, ()):
            start = max(0, int((span.start - begin) / timedelta(minutes=SLOT_MINUTES)))
            end = min(axis.days * SLOTS, int((span.end - begin) / timedelta(minutes=SLOT_MINUTES)))
            cells += [[at, row, _NUMBERS[LoadState(span.state)]] for at in range(start, end)]
    words = axis.words
    height = 18 * max(len(loads), 1)
    return {
        "save": name,
        "legend": {
            "type": "scroll", "top": 0, "left": 0, "right": 40,
            "data": [one["name"] for one in lines if one["name"] != "p10"],
        },
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "grid": [
            {"left": 56, "right": 12, "top": 56, "bottom": height + 56},
            {"left": 56, "right": 12, "height": height, "bottom": 24},
        ],
        "xAxis": [
            {"type": "category", "data": words, "boundaryGap": True, "gridIndex": 0, "axisLabel": {"show": False}},
            {"type": "category", "data": words, "boundaryGap": True, "gridIndex": 1},
        ],
        "yAxis": [
            {"type": "value", "name": "kW", "gridIndex": 0},
            {
                "type": "category", "data": [short(load) for load in loads], "gridIndex": 1, "inverse": True,
                "axisLabel": {"fontSize": 10, "width": 48, "overflow": "truncate"}, "splitArea": {"show": False},
            },
        ],
        "dataZoom": [{"type": "inside", "xAxisIndex": [0, 1]}],
        "visualMap": {
            "type": "piecewise", "seriesIndex": len(lines), "dimension": 2, "show": False,
            "pieces": [
                {"value": number, "label": str(state.label), "color": colour}
                for number, (state, colour) in enumerate(_COLOURS)
            ],
        },
        "series": [
            *lines,
            {
                "name": __("State"), "type": "heatmap", "xAxisIndex": 1, "yAxisIndex": 1, "data": cells,
                "tooltip": {"show": False}, "progressive": 0, "itemStyle": {"borderWidth": 0},
            },
        ],
    }  # fmt: skip


def legend() -> list[dict[str, Any]]:
    """What the colours of the strips mean."""
    return [{"label": state.label, "css": f"pw-{LETTERS[state]}"} for state, _colour in _COLOURS]


def label(load: Load) -> str:
    """A load with what it measures."""
    role = str(load.get_role_display())
    return role if load.unit is None else f"{load.unit} · {role}"


def short(load: Load) -> str:
    """A load as the strip of a chart names it."""
    return load.unit.number if load.unit is not None else str(load.get_role_display())


def baseline_facts(load: Load, month: str) -> list[dict[str, Any]]:
    """What the baselines of a load for a month rest on."""
    row = load.baselines.filter(month=month).first()
    if row is None:
        return []
    kinds = {DayKind.WORKDAY: __("Working days"), DayKind.REST_DAY: __("Rest days")}
    found = []
    read = read_back(row.values)
    for kind in KINDS:
        one = read.get(kind)
        if one is None:
            continue
        found.append(
            {
                "kind": kinds[kind],
                "usable": one.usable,
                "running_kw": round(one.running_wh * 60 / SLOT_MINUTES / 1000, 1) if one.usable else None,
                "day_kwh": round(one.day_p50 / 1000) if one.usable else None,
                "reasons": [said(reason) for reason in one.reasons],
            }
        )
    return found
