"""Whatever stands in the cells of a row, it is computed or becomes a gap; nothing else happens."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.sources.books import books
from lantian.rules.sources.calculations import CALCULATIONS
from lantian.rules.sources.checks import check
from lantian.rules.sources.inventory import run
from lantian.rules.sources.layout import SHEETS, Field, Kind, SheetLayout
from lantian.rules.sources.results import Emission
from lantian.rules.sources.rows import Row

BOOKS = books()
WORDS = [
    "", "E1", "NOx", "PM10", "颗粒物", "t", "万m3", "g/kg", "mg/m3", "煤炭", "熟料", "煤粉炉", "电力热力源", "工业源-工艺过程", "生猪", "固态",
    "铺装", "未铺装", "城市", "郊区", "NaN", "-1", "1e9", "秸秆产量", "火点数", "森林", "小麦秸秆", "汽油", "国四", "轻型货车", "袋式除尘法",
    "低氮燃烧技术", "%s", "%(x)s", "气体", "阀", "91130200699229617X", "豫A12345", "113.6", "34.8", "BD-09",
]  # fmt: skip


def cells(field: Field) -> st.SearchStrategy[Any]:
    """What a reader may give for a column."""
    number = {
        Kind.SHARE: st.decimals(0, 1, places=3),
        Kind.PERCENT: st.decimals(field.least or 0, 100, places=2),
        Kind.YEAR: st.just(Decimal(2025)),
    }.get(
        field.kind,
        st.one_of(
            st.decimals(0, 10**6, places=2), st.sampled_from([Decimal(0), Decimal("1e15"), Decimal("1e-15")])
        ),
    )
    kinds: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.TEXT: st.one_of(st.sampled_from(WORDS), st.text(max_size=30)),
        Kind.FLAG: st.booleans(),
        Kind.NUMBERS: st.lists(st.decimals(0, 100, places=1), max_size=3).map(tuple),
    }
    value = kinds.get(field.kind, number)
    return value if field.required else st.one_of(st.none(), value)


@st.composite
def rows(draw: st.DrawFn, sheet: SheetLayout) -> Row:
    values = {field.key: draw(cells(field)) for field in sheet.fields}
    return Row(
        sheet.key, draw(st.integers(2, 9)), {**values, "source_id": draw(st.sampled_from(["E1", "E1", "E2"]))}
    )


def _replaced(emissions: tuple[Emission, ...], sheet: str, number: int) -> bool:
    """Whether a better method names the row."""
    return any(sheet in str(said) and str(number) in str(said) for entry in emissions for said in entry.why)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(SHEETS).flatmap(rows), max_size=6), st.booleans())
def test_every_row_is_computed_or_a_gap(found: list[Row], abroad: bool) -> None:
    listed = [Row("sources", 1, {"source_id": "E1", "name": "某厂"}), *found]
    result = run(listed, (), BOOKS, 2025, abroad=abroad)
    for entry in result.emissions:
        assert (entry.t is None) == bool(entry.code)
        assert entry.why
        assert all(str(said) for said in entry.why)
        if entry.t is not None:
            assert 0 <= float(entry.t)
    answered = {(entry.sheet, entry.row) for entry in result.emissions}
    for row in found:
        shared = row.sheet == "activities" and row.text("pollutant") == "" and len(found) > 1
        if row.sheet in CALCULATIONS and not shared:
            name = next(sheet.name for sheet in SHEETS if sheet.key == row.sheet)
            assert (name, row.number) in answered or _replaced(result.emissions, name, row.number)
    check(listed, (), BOOKS)
