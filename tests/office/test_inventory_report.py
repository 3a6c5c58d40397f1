"""The workbook of an inventory: its sums, its charts, and that it is read and computed again to the same numbers."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import pytest
from openpyxl import load_workbook

from lantian.office.inventory_report import Report, write_comparison, write_report
from lantian.office.inventory_workbook import input_tables, read_inventory, template_bytes
from lantian.rules.sources.balance import balances
from lantian.rules.sources.books import books
from lantian.rules.sources.comparison import Year, compare
from lantian.rules.sources.details import Detail, detailed
from lantian.rules.sources.inventory import Inventory, run
from lantian.rules.sources.months import by_month
from lantian.rules.sources.rows import Row
from lantian.rules.sources.uncertainty import uncertainty


@lru_cache(maxsize=8)
def computed(data: bytes) -> tuple[tuple[Row, ...], Inventory, tuple[Detail, ...]]:
    found = read_inventory(data, "清单.xlsx")
    inventory = run(found.rows, found.problems, books(), 2025)
    return found.rows, inventory, detailed(inventory, found.rows, books())


@pytest.fixture(scope="module")
def template() -> bytes:
    return template_bytes(books())


@pytest.fixture(scope="module", params=[8, 10])
def written(request: Any, template: bytes) -> tuple[int, bytes]:
    rows, inventory, details = computed(template)
    inputs, places = input_tables(template, "t.xlsx")
    months, _problems = by_month(details, rows, books(), 2025, request.param)
    report = Report(
        2025, request.param, details, inventory.gaps, books(), months, balances(rows, books(), 2025),
        uncertainty(details, rows, books(), 1, request.param), inputs, places,
    )  # fmt: skip
    stream = io.BytesIO()
    write_report(report, stream, str)
    return request.param, stream.getvalue()


def table(data: bytes, sheet: str) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(data))[sheet].iter_rows(min_row=3, values_only=True))


def test_the_workbook_computes_to_the_same_numbers_for_the_same_reasons(
    written: tuple[int, bytes], template: bytes
) -> None:
    def told(data: bytes) -> list[tuple[Any, ...]]:
        _rows, inventory, _details = computed(data)
        return [
            (entry.source_id, entry.unit, entry.pollutant, entry.t, entry.code, *map(str, entry.why))
            for entry in inventory.emissions
        ]

    assert told(template) == told(written[1])


def test_totals_are_those_of_the_inventory_in_either_system(
    written: tuple[int, bytes], template: bytes
) -> None:
    system, data = written
    _rows, inventory, details = computed(template)
    for sheet in ("排放汇总", "分类排放"):
        head, *lines = table(data, sheet)
        for column, pollutant in enumerate(head):
            if pollutant in {detail.pollutant for detail in details}:
                values = [line[column] or 0 for line in lines if line[0] != "合计"]
                assert float(inventory.total(pollutant)) == pytest.approx(sum(values), rel=1e-12)
    wanted = ("源类", "环节", "一级", "二级", "三级", "四级（治理）") if system == 8 else ("源类", "子类")
    assert wanted == table(data, "分类排放")[0][: len(wanted)]
    names = [line[0] for line in table(data, "排放汇总")[1:] if line[0]]
    assert [*(books().classes.eight if system == 8 else books().classes.ten), "合计"] == names


def test_every_emission_has_its_classes_factor_reason_and_the_row_of_this_workbook(
    written: tuple[int, bytes],
) -> None:
    _system, data = written
    head, *lines = table(data, "排放明细")
    _rows, inventory, details = computed(data)
    assert len(details) == len(lines)
    entries = [dict(zip(head, line, strict=True)) for line in lines]
    assert {(d.emission.sheet, d.emission.row) for d in details} == {(e["工作表"], e["行"]) for e in entries}
    nox = entries[0]
    assert ("电力热力源", "D4412", "煤炭", "煤粉炉", "化石燃料固定燃烧源", "电力") == tuple(
        nox[name] for name in ("八类", "一级", "二级", "三级", "十类", "子类")
    )
    assert all(entry["理由"] and entry["方法"] for entry in entries)
    assert len(inventory.gaps) == len(table(data, "计算缺口")) - 1


def test_months_of_a_line_sum_to_its_year(written: tuple[int, bytes]) -> None:
    _head, *lines = table(written[1], "月度排放")
    assert all(line[14] == pytest.approx(sum(line[2:14]), rel=1e-12) for line in lines)
    _head, *shares = table(written[1], "月度占比")
    months = [line for line in shares if line[0]]
    assert 12 == len(months)
    assert all(1 == pytest.approx(sum(values)) for values in list(zip(*months, strict=True))[1:])


def test_charts_point_at_the_cells_of_their_tables(written: tuple[int, bytes]) -> None:
    workbook = load_workbook(io.BytesIO(written[1]))
    for sheet in ("排放汇总", "月度占比"):
        [chart] = workbook[sheet]._charts
        assert all(f"'{sheet}'!" in series.val.numRef.f for series in chart.series)
        assert 1 == workbook[sheet].page_setup.fitToHeight


def test_the_comparison_has_sums_parts_and_reasons(template: bytes) -> None:
    workbook = load_workbook(io.BytesIO(template))
    sheet = workbook["活动水平"]
    column = next(c.column for c in sheet[3] if c.value == "活动量")
    sheet.cell(5, column, 120)
    stream = io.BytesIO()
    workbook.save(stream)
    years = [
        Year(2025, rows, inventory, details)
        for rows, inventory, details in (computed(template), computed(stream.getvalue()))
    ]
    target = io.BytesIO()
    write_comparison(compare(*years), (2024, 2025), 8, target, str)
    head, *lines = table(target.getvalue(), "变化汇总")
    for line in lines:
        entry = dict(zip(head, line, strict=True))
        assert entry["变化（t）"] == pytest.approx(sum(line[6:]), abs=1e-9)
    _head, *changes = table(target.getvalue(), "变化明细")
    assert {"E002"} == {line[0] for line in changes}
    assert all("activity" in line[-1] for line in changes)
