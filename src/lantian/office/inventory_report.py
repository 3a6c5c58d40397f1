"""An inventory as a workbook: totals by class, every emission with its reason, months, checks, charts; and what it was
computed from, so that the workbook can be read and computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.utils import get_column_letter

from lantian.office.ledger import CellInput, LedgerColumn, Table, Target, write_tables
from lantian.rules.sources.balance import Balance
from lantian.rules.sources.books import EXTRA_POLLUTANTS, POLLUTANTS, Books
from lantian.rules.sources.comparison import PARTS, Change, summed
from lantian.rules.sources.details import Detail, by_class
from lantian.rules.sources.quality import grade_of
from lantian.rules.sources.results import Emission
from lantian.rules.sources.uncertainty import Uncertainty

Translate = Callable[[str], str]
#: tonnes: three places, and what is smaller as a power of ten
_TONNES = "[=0]0;[<0.001]0.00E+00;#,##0.000"
#: nothing where nothing changed
_CHANGE = "#,##0.000;[Red]-#,##0.000;"
_SHARE = "0.0%"
#: rows of a sheet of Excel, title and heading taken off
_ROWS = 1_048_500
_TOP = 20
_METHODS = {"monitored": "在线监测", "mass_balance": "物料衡算", "factor": "系数法"}
_KINDS = {"activity": "活动量", "factor": "排放系数", "left": "治理效率"}
_VERDICTS = {
    "fits": "相符", "short": "清单偏小", "over": "清单偏大", "unit": "单位不能换算", "no_activity": "清单中没有",
    "no_total": "没有统计总量",
}  # fmt: skip
_PARTS = {
    "opened": "新增源", "closed": "关停源", "units": "源内增减", "activity": "活动量", "factor": "系数", "removal": "治理",
    "method": "方法", "gap": "缺口",
}  # fmt: skip
_COLOURS = (
    "4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646", "7F7F7F", "1F497D", "948A54", "D99694",
)  # fmt: skip
_VERDICT_FILLS = {"清单偏小": "F8CBAD", "清单偏大": "F8CBAD", "单位不能换算": "F8CBAD", "相符": "C6E0B4"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a workbook shows.

    Attributes
    ----------
    system
        Classes of 8 or 10.
    months
        By class, sub-class and pollutant.
    inputs, places
        Sheets that it was computed from, and the row that each row of them has now.
    """

    year: int
    system: int
    details: Sequence[Detail]
    gaps: Sequence[Emission]
    books: Books
    months: Mapping[tuple[str, str, str], Sequence[Fraction]]
    balances: Sequence[Balance] = ()
    uncertainty: Uncertainty | None = None
    inputs: Sequence[Table] = ()
    places: Mapping[tuple[str, int], int] | None = None


def write_report(report: Report, target: Target, translate: Translate) -> None:
    """Write the workbook of an inventory."""
    tables = [_summary(report), _by_subclass(report), *_list(report, translate), _months(report)]
    tables += [_month_shares(report), _top(report), _classes(report)]
    if report.uncertainty is not None:
        tables += [_uncertainty(report, report.uncertainty), _contributors(report.uncertainty)]
    if report.balances:
        tables.append(_balances(report.balances, translate))
    if report.gaps:
        tables.append(_gaps(report, translate))
    write_tables([*tables, *report.inputs], target)


def _pollutants(details: Sequence[Detail]) -> list[str]:
    found = {detail.pollutant for detail in details}
    return [name for name in (*POLLUTANTS, *EXTRA_POLLUTANTS) if name in found or name in POLLUTANTS]


def _system(report: Report) -> str:
    return "八类四级（T/CSES 144-2024）" if report.system == 8 else "十类 37 子类"


def _class_names(report: Report) -> tuple[str, ...]:
    return report.books.classes.eight if report.system == 8 else tuple(report.books.classes.ten)


def _summary(report: Report) -> Table:
    pollutants = _pollutants(report.details)
    sums = by_class(report.details, report.system)
    names = _class_names(report)
    rows: list[Sequence[CellInput]] = [
        (name, *(float(sums.get((name, pollutant), Fraction(0))) for pollutant in pollutants))
        for name in names
    ]
    whole = [sum((sums.get((name, p), Fraction(0)) for name in names), start=Fraction(0)) for p in pollutants]
    rows.append(("合计", *map(float, whole)))
    columns = [LedgerColumn("源类", 26), *(LedgerColumn(p, 13, "right", _TONNES) for p in pollutants)]
    subtitle = f"单位：t；氮氧化物以 NO2 计；{_system(report)}；未算出的 {len(report.gaps)} 项不在合计内"
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "col", "percentStacked", 100
    chart.title = "各源类占比"
    last = get_column_letter(len(pollutants) + 1)
    for number, name in enumerate(names):
        if any(sums.get((name, pollutant)) for pollutant in pollutants):
            row = 4 + number
            series = Series(_reference("排放汇总", f"$B${row}:${last}${row}"), title=name)
            _fill(series, _COLOURS[number % len(_COLOURS)])
            chart.series.append(series)
    chart.set_categories(_reference("排放汇总", f"$B$3:${last}$3"))
    _axes(chart, "0%")
    chart.width, chart.height = 30.0, 11.0
    return Table(
        "排放汇总",
        f"{report.year} 年大气污染物排放清单 汇总",
        columns,
        rows,
        subtitle,
        [(chart, f"A{len(rows) + 6}")],
    )


def _reference(sheet: str, cells: str) -> Reference:
    return Reference(range_string=f"'{sheet}'!{cells}")


def _fill(series: Any, colour: str) -> None:
    series.graphicalProperties.solidFill = colour
    series.graphicalProperties.line.solidFill = colour


def _axes(chart: Any, number_format: str) -> None:
    # charts of newer versions hide the axes unless told otherwise
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.number_format = number_format
    chart.legend.position = "r"


def _by_subclass(report: Report) -> Table:
    """Sums at the finest level: four levels of the guide, or the sub-sectors of the older classes."""
    pollutants = _pollutants(report.details)
    order = {name: at for at, name in enumerate(_class_names(report))}
    sums: dict[tuple[str, ...], dict[str, Fraction]] = {}
    for detail in report.details:
        category, ten = detail.category, detail.ten
        key = (
            (category.name, category.part, *category.levels)
            if report.system == 8
            else (ten.name, ten.subsector)
        )
        held = sums.setdefault(key, {})
        held[detail.pollutant] = held.get(detail.pollutant, Fraction(0)) + detail.t
    rows: list[Sequence[CellInput]] = [
        (*key, *(float(sums[key][p]) if p in sums[key] else None for p in pollutants))
        for key in sorted(sums, key=lambda key: (order.get(key[0], 99), key))
    ]
    if report.system == 8:
        widths = {"源类": 22, "环节": 16, "一级": 16, "二级": 16, "三级": 14, "四级（治理）": 22}
    else:
        widths = {"源类": 24, "子类": 30}
    columns = [
        *(LedgerColumn(name, width) for name, width in widths.items()),
        *(LedgerColumn(p, 12, "right", _TONNES) for p in pollutants),
    ]
    return Table(
        "分类排放",
        f"{report.year} 年分类排放量",
        columns,
        rows,
        f"单位：t；{_system(report)}；空白为没有计算",
    )


def _list(report: Report, translate: Translate) -> Iterator[Table]:
    columns = [
        LedgerColumn("源编号", 12), LedgerColumn("名称", 22), LedgerColumn("行政区划代码", 9, "center"),
        LedgerColumn("设施编号", 10), LedgerColumn("八类", 16), LedgerColumn("环节", 14), LedgerColumn("一级", 14),
        LedgerColumn("二级", 14), LedgerColumn("三级", 13), LedgerColumn("四级（治理）", 18), LedgerColumn("十类", 16),
        LedgerColumn("子类", 14), LedgerColumn("污染物", 8, "center"), LedgerColumn("排放量（t）", 13, "right", _TONNES),
        LedgerColumn("治理前（t）", 13, "right", _TONNES), LedgerColumn("方法", 10, "center"),
        LedgerColumn("系数", 11, "right"), LedgerColumn("系数单位", 10), LedgerColumn("系数来源", 24),
        LedgerColumn("系数等级", 6, "center"), LedgerColumn("质量等级", 6, "center", fills={"E": "F8CBAD", "D": "FCE4D6"}),
        LedgerColumn("理由", 54), LedgerColumn("工作表", 11), LedgerColumn("行", 6, "right"),
    ]  # fmt: skip
    details = report.details
    for start in range(0, max(len(details), 1), _ROWS):
        rows = (_line(detail, report, translate) for detail in details[start : start + _ROWS])
        subtitle = "工作表和行指本文件中的填报表；系数来源标 境外 的是补缺系数；十类归法不定的见“分类对应”"
        yield Table("排放明细", f"{report.year} 年排放明细", columns, rows, subtitle)


def _line(detail: Detail, report: Report, translate: Translate) -> list[CellInput]:
    entry, factor, category = detail.emission, detail.emission.factor, detail.category
    source = (
        ""
        if factor is None
        else ("境外：" if factor.abroad else "自定：" if factor.own else "") + factor.source
    )
    return [
        entry.source_id, detail.name, detail.region, entry.unit, category.name, category.part, *category.levels,
        detail.ten.name, detail.ten.subsector, detail.pollutant, float(detail.t), float(detail.before),
        _METHODS[entry.method or "factor"], None if factor is None else _six(factor.value),
        "" if factor is None else factor.unit, source, "" if factor is None else factor.grade, grade_of(entry) or "",
        "；".join(said.text(translate) for said in entry.why), entry.sheet, _row(entry, report),
    ]  # fmt: skip


def _six(value: Fraction) -> float:
    return float(f"{float(value):.6g}")


def _row(entry: Emission, report: Report) -> int | None:
    return (report.places or {}).get((entry.sheet, entry.row), entry.row) or None


def _months(report: Report) -> Table:
    order = {name: at for at, name in enumerate(_class_names(report))}
    pollutants = _pollutants(report.details)
    merged: dict[tuple[str, str], list[Fraction]] = {}
    for (name, _sub, pollutant), months in report.months.items():
        held = merged.setdefault((name, pollutant), [Fraction(0)] * 12)
        for at, t in enumerate(months):
            held[at] += t
    keys = sorted(merged, key=lambda key: (order.get(key[0], 99), pollutants.index(key[1])))
    rows: list[Sequence[CellInput]] = [
        (*key, *map(float, merged[key]), float(sum(merged[key]))) for key in keys
    ]
    columns = [
        LedgerColumn("源类", 24),
        LedgerColumn("污染物", 9, "center"),
        *(LedgerColumn(f"{month}月", 11, "right", _TONNES) for month in range(1, 13)),
        LedgerColumn("全年", 13, "right", _TONNES),
    ]
    return Table(
        "月度排放",
        f"{report.year} 年各月排放量",
        columns,
        rows,
        "单位：t；按源类曲线或源自己的时间分配，各月之和等于全年",
    )


def _month_shares(report: Report) -> Table:
    pollutants = _pollutants(report.details)
    sums = {pollutant: [Fraction(0)] * 12 for pollutant in pollutants}
    for (_name, _sub, pollutant), months in report.months.items():
        for at, t in enumerate(months):
            sums[pollutant][at] += t
    held = [pollutant for pollutant in pollutants if any(sums[pollutant])]
    rows: list[Sequence[CellInput]] = [
        (f"{month + 1}月", *(float(sums[p][month] / sum(sums[p], start=Fraction(0))) for p in held))
        for month in range(12)
    ]
    columns = [LedgerColumn("月份", 9, "center"), *(LedgerColumn(p, 11, "right", "0.00%") for p in held)]
    chart = LineChart()
    chart.title = "各月占全年比重"
    for number, pollutant in enumerate(held):
        letter = get_column_letter(number + 2)
        series = Series(_reference("月度占比", f"${letter}$4:${letter}$15"), title=pollutant)
        series.graphicalProperties.line.solidFill = _COLOURS[number % len(_COLOURS)]
        series.smooth = False
        chart.series.append(series)
    chart.set_categories(_reference("月度占比", "$A$4:$A$15"))
    _axes(chart, "0%")
    chart.width, chart.height = 26.0, 10.0
    charts = [(chart, "A18")] if held else []
    return Table("月度占比", f"{report.year} 年各月占全年比重", columns, rows, "全部源类合计", charts)


def _top(report: Report) -> Table:
    rows: list[Sequence[CellInput]] = []
    for pollutant in _pollutants(report.details):
        sums: dict[str, list[Any]] = {}
        for detail in report.details:
            if detail.pollutant == pollutant and detail.t:
                held = sums.setdefault(detail.emission.source_id, [Fraction(0), detail])
                held[0] += detail.t
        whole = sum((t for t, _detail in sums.values()), start=Fraction(0))
        running = Fraction(0)
        ranked = sorted(sums.items(), key=lambda entry: (-entry[1][0], entry[0]))[:_TOP]
        for rank, (source_id, (t, detail)) in enumerate(ranked, 1):
            running += t
            name = detail.ten.name if report.system == 10 else detail.category.name
            rows.append(
                (
                    pollutant,
                    rank,
                    source_id,
                    detail.name,
                    detail.region,
                    name,
                    float(t),
                    float(t / whole),
                    float(running / whole),
                )
            )
    columns = [
        LedgerColumn("污染物", 9, "center"), LedgerColumn("位次", 6, "center"), LedgerColumn("源编号", 14),
        LedgerColumn("名称", 28), LedgerColumn("行政区划代码", 10, "center"), LedgerColumn("源类", 24),
        LedgerColumn("排放量（t）", 14, "right", _TONNES), LedgerColumn("占比", 9, "right", _SHARE),
        LedgerColumn("累计占比", 10, "right", _SHARE),
    ]  # fmt: skip
    return Table(
        "重点排放源", f"{report.year} 年重点排放源", columns, rows, f"每种污染物排放量最大的 {_TOP} 个源"
    )


def _classes(report: Report) -> Table:
    used = {detail.ten.entry for detail in report.details}
    rows: list[Sequence[CellInput]] = [
        (
            entry.name, entry.part, "、".join(entry.trades), "、".join(entry.words), entry.to.name, entry.to.subsector,
            "不定" if entry.to.unsure else "", entry.to.unsure, "是" if entry.id in used else "", entry.id,
        )
        for entry in report.books.classes.entries
    ]  # fmt: skip
    columns = [
        LedgerColumn("八类", 20), LedgerColumn("环节", 16), LedgerColumn("行业代码", 16), LedgerColumn("字样", 30),
        LedgerColumn("十类", 18), LedgerColumn("子类", 16), LedgerColumn("是否确定", 9, "center", fills={"不定": "FCE4D6"}),
        LedgerColumn("说明", 44), LedgerColumn("本清单用到", 8, "center"), LedgerColumn("条目", 18),
    ]  # fmt: skip
    return Table(
        "分类对应", "八类与十类的对应", columns, rows, "按次序取第一条相符的；不定的条目可由使用单位改定"
    )


def _uncertainty(report: Report, found: Uncertainty) -> Table:
    rows: list[Sequence[CellInput]] = [
        (
            entry.name or "合计", entry.pollutant, entry.t, entry.mean, entry.deviation, entry.low, entry.high,
            entry.low / entry.t - 1 if entry.t else None, entry.high / entry.t - 1 if entry.t else None,
        )
        for entry in found.intervals
    ]  # fmt: skip
    columns = [
        LedgerColumn("源类", 26), LedgerColumn("污染物", 9, "center"), LedgerColumn("排放量（t）", 13, "right", _TONNES),
        LedgerColumn("抽样均值（t）", 13, "right", _TONNES), LedgerColumn("相对标准差", 9, "right", _SHARE),
        LedgerColumn("95%下限（t）", 13, "right", _TONNES), LedgerColumn("95%上限（t）", 13, "right", _TONNES),
        LedgerColumn("下限偏离", 9, "right", _SHARE), LedgerColumn("上限偏离", 9, "right", "+0.0%"),
    ]  # fmt: skip
    steady = "均值已稳定" if found.stable else "均值未达到稳定要求"
    subtitle = f"蒙特卡洛抽样 {found.draws} 次，{steady}，种子 {found.seed}；各级相对标准差是未核实的默认值，可由使用单位改定"
    return Table("不确定性", f"{report.year} 年排放量不确定性", columns, rows, subtitle)


def _contributors(found: Uncertainty) -> Table:
    rows = [
        (entry.pollutant, _KINDS[entry.kind], entry.label, entry.grade, entry.share)
        for entry in found.contributors
    ]
    columns = [
        LedgerColumn("污染物", 9, "center"), LedgerColumn("来自", 10, "center"), LedgerColumn("哪一项", 60),
        LedgerColumn("等级", 7, "center"), LedgerColumn("占方差", 9, "right", _SHARE),
    ]  # fmt: skip
    return Table(
        "不确定性来源", "不确定性的主要来源", columns, rows, "按一阶方差贡献排列；共用的系数算作一项"
    )


def _balances(found: Sequence[Balance], translate: Translate) -> Table:
    rows: list[Sequence[CellInput]] = [
        (
            entry.item, entry.region, entry.unit, None if entry.listed is None else float(entry.listed),
            None if entry.total is None else float(entry.total), None if entry.ratio is None else float(entry.ratio),
            float(entry.tolerance), _VERDICTS[entry.verdict], "；".join(said.text(translate) for said in entry.why),
            entry.rows,
        )
        for entry in found
    ]  # fmt: skip
    columns = [
        LedgerColumn("能源或产品", 18), LedgerColumn("行政区划代码", 10, "center"), LedgerColumn("单位", 8, "center"),
        LedgerColumn("清单合计", 14, "right", "#,##0.###"), LedgerColumn("统计总量", 14, "right", "#,##0.###"),
        LedgerColumn("清单/统计", 10, "right", _SHARE), LedgerColumn("允许偏差", 9, "right", _SHARE),
        LedgerColumn("结果", 14, "center", fills=_VERDICT_FILLS), LedgerColumn("说明", 48), LedgerColumn("行数", 7, "right"),
    ]  # fmt: skip
    return Table(
        "总量校核", "能源与产品总量校核", columns, rows, "自上而下校核：偏差超过允许值的须说明或调整"
    )


def _gaps(report: Report, translate: Translate) -> Table:
    rows = (
        (
            gap.source_id, gap.unit, gap.pollutant or "全部", "；".join(said.text(translate) for said in gap.why),
            gap.sheet, _row(gap, report), get_column_letter(gap.column) if gap.column else "", gap.code,
        )
        for gap in report.gaps[:_ROWS]
    )  # fmt: skip
    columns = [
        LedgerColumn("源编号", 14), LedgerColumn("设施编号", 12), LedgerColumn("污染物", 9, "center"), LedgerColumn("原因", 72),
        LedgerColumn("工作表", 14), LedgerColumn("行", 7, "right"), LedgerColumn("列", 6, "center"), LedgerColumn("代码", 26),
    ]  # fmt: skip
    return Table("计算缺口", "没有算出的排放", columns, rows, "不在合计内；按说明改正后重算")


# --- two years ---


def write_comparison(
    changes: Sequence[Change], years: tuple[int, int], system: int, target: Target, translate: Translate
) -> None:
    """Write the comparison of two years."""
    old, new = years
    sums = summed(changes, system)
    heads = [LedgerColumn(_PARTS[part], 12, "right", _CHANGE) for part in PARTS]
    names = [f"{old} 年（t）", f"{new} 年（t）", "变化（t）", "变化率"]
    middle = [
        LedgerColumn(names[0], 13, "right", _TONNES), LedgerColumn(names[1], 13, "right", _TONNES),
        LedgerColumn(names[2], 13, "right", _CHANGE), LedgerColumn(names[3], 9, "right", "+0.0%;[Red]-0.0%;0.0%"),
    ]  # fmt: skip

    def figures(before: Fraction, after: Fraction, parts: Mapping[str, Fraction]) -> list[CellInput]:
        rate = float((after - before) / before) if before else None
        return [
            float(before),
            float(after),
            float(after - before),
            rate,
            *(float(parts[part]) for part in PARTS),
        ]

    zero = Fraction(0)
    whole: list[Sequence[CellInput]] = []
    pollutants = [p for p in (*POLLUTANTS, *EXTRA_POLLUTANTS) if any(key[1] == p for key in sums)]
    for pollutant in pollutants:
        mine = [part for key, part in sums.items() if key[1] == pollutant]
        parts = {part: sum((entry.parts[part] for entry in mine), start=zero) for part in PARTS}
        before = sum((entry.before for entry in mine), start=zero)
        after = sum((entry.after for entry in mine), start=zero)
        whole.append(["合计", pollutant, *figures(before, after, parts)])
    rows = [
        [name, pollutant, *figures(entry.before, entry.after, entry.parts)]
        for (name, pollutant), entry in sorted(
            sums.items(), key=lambda item: (item[0][0], pollutants.index(item[0][1]))
        )
    ]
    columns = [LedgerColumn("源类", 24), LedgerColumn("污染物", 9, "center"), *middle, *heads]
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap = "col", "stacked", 100
    chart.title = "变化的构成（占前一年）"
    shares = [LedgerColumn(_PARTS[part], 10, "right", "+0.0%;[Red]-0.0%;") for part in PARTS]
    relative: list[Sequence[CellInput]] = [
        [row[1], *(float(value) / float(row[2]) if row[2] else None for value in row[6:])]  # type: ignore[arg-type]
        for row in whole
    ]
    for number, part in enumerate(PARTS):
        if not any(entry.parts[part] for entry in sums.values()):
            continue
        letter = get_column_letter(number + 2)
        series = Series(_reference("变化构成", f"${letter}$4:${letter}${len(whole) + 3}"), title=_PARTS[part])
        _fill(series, _COLOURS[number])
        chart.series.append(series)
    chart.set_categories(_reference("变化构成", f"$A$4:$A${len(whole) + 3}"))
    _axes(chart, "0%")
    chart.x_axis.tickLblPos = "low"
    chart.width, chart.height = 24.0, 11.0
    said = "活动量、系数、治理三者按各种次序的平均（沙普利）分解，各部分之和等于变化；方法、缺口不是实际变化"
    detail_columns = [
        LedgerColumn("源编号", 12), LedgerColumn("名称", 24), LedgerColumn("设施编号", 10), LedgerColumn("源类", 20),
        LedgerColumn("燃料或产品", 14), LedgerColumn("污染物", 8, "center"), *middle, *heads, LedgerColumn("原因", 56),
    ]  # fmt: skip
    lines = (
        [
            change.source_id, change.name, change.unit,
            change.example.ten.name if system == 10 else change.example.category.name, change.example.category.level2,
            change.pollutant, *figures(change.before, change.after, change.parts),
            "；".join(message.text(translate) for message in change.why),
        ]
        for change in changes[:_ROWS] if change.change
    )  # fmt: skip
    write_tables(
        [
            Table("变化汇总", f"{old} 年与 {new} 年排放量比较", columns, [*whole, *rows], f"单位：t；{said}"),
            Table(
                "变化构成", "变化的构成", [LedgerColumn("污染物", 10, "center"), *shares], relative,
                "占前一年排放量的比重", [(chart, f"A{len(relative) + 6}")],
            ),
            Table("变化明细", "逐源变化，按变化量排列", detail_columns, lines, "没有变化的不列"),
        ],
        target,
    )  # fmt: skip
