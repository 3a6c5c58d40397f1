"""Eight classes and ten: every emission has its place in both, and both add up to the same mass."""

from __future__ import annotations

import io
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.office.inventory_workbook import read_inventory, template_bytes
from lantian.rules.sources.books import Books, books, shipped
from lantian.rules.sources.classes import Category
from lantian.rules.sources.details import Detail, by_class, detailed
from lantian.rules.sources.errors import BookError
from lantian.rules.sources.inventory import run


@pytest.fixture(scope="module")
def example() -> tuple[Detail, ...]:
    found = read_inventory(io.BytesIO(template_bytes(books())).getvalue(), "t.xlsx")
    return detailed(run(found.rows, found.problems, books(), 2025), found.rows, books())


def test_there_are_eight_classes_and_ten_with_37_subsectors() -> None:
    book = books().classes
    assert (8, 10, 37) == (len(book.eight), len(book.ten), sum(map(len, book.ten.values())))


def test_every_entry_goes_to_a_subsector_of_its_class_and_every_subsector_has_an_entry() -> None:
    book = books().classes
    assert all(entry.to.subsector in book.ten[entry.to.name] for entry in book.entries)
    assert {name for names in book.ten.values() for name in names} == {e.to.subsector for e in book.entries}
    assert len(book.entries) == len({entry.id for entry in book.entries})


@given(
    st.sampled_from(shipped("classes")["eight"]),
    st.text(max_size=6),
    st.text(max_size=6),
    st.text(max_size=6),
)
def test_every_category_has_a_place_among_the_ten(name: str, part: str, level1: str, level2: str) -> None:
    book = books().classes
    found = book.ten_of(Category(name, part, level1, level2))
    assert found.subsector in book.ten[found.name]


@pytest.mark.parametrize(
    ("category", "ten"),
    [
        (Category("电力热力源", "", "D4411", "煤炭", "煤粉炉"), ("化石燃料固定燃烧源", "电力")),
        (Category("电力热力源", "", "电力生产", "生物质"), ("生物质燃烧源", "生物质燃料")),
        (Category("工业源", "化石燃料固定燃烧", "C3011", "天然气"), ("化石燃料固定燃烧源", "工业锅炉")),
        (Category("工业源", "工艺过程", "C3011", "熟料"), ("工艺过程源", "水泥")),
        (Category("工业源", "工艺过程", "C3041", "平板玻璃"), ("工艺过程源", "玻璃")),
        (Category("工业源", "工艺过程", "烟气脱硝", "脱硝烟气"), ("废弃物处理源", "烟气脱硝")),
        (Category("工业源", "工艺过程", "C3110", "烧结矿"), ("工艺过程源", "钢铁")),
        (Category("工业源", "工业溶剂使用", "C2311", "溶剂型凹版油墨"), ("溶剂使用源", "印刷印染")),
        (Category("移动源和油品储运销", "油品储运销", "加油站", "汽油"), ("储存运输源", "加油站")),
        (Category("移动源和油品储运销", "非道路移动源", "挖掘机"), ("移动源", "非道路移动机械")),
        (Category("生活源", "", "餐饮", "食用油"), ("其他排放源", "餐饮油烟")),
        (Category("农业源", "", "农药使用"), ("溶剂使用源", "农药使用")),
        (Category("农业源", "畜禽养殖", "生猪"), ("农业源", "畜禽养殖")),
    ],
)
def test_each_kind_of_source_goes_where_ten_classes_have_it(category: Category, ten: tuple[str, str]) -> None:
    found = books().classes.ten_of(category)
    assert ten == (found.name, found.subsector)


def test_both_systems_add_up_to_the_same_mass_exactly(example: tuple[Detail, ...]) -> None:
    def sums(system: int) -> dict[str, Fraction]:
        found: dict[str, Fraction] = {}
        for (_name, pollutant), t in by_class(example, system).items():
            found[pollutant] = found.get(pollutant, Fraction(0)) + t
        return found

    assert sums(8) == sums(10)
    assert (
        sum(by_class(example, 8).values()) == sum(by_class(example, 10).values()) == sum(d.t for d in example)
    )


def test_activity_times_factor_times_what_is_left_is_the_emission(example: tuple[Detail, ...]) -> None:
    assert {d.t for d in example} == {d.before * d.left if d.before else d.t for d in example}
    assert all(d.activity is not None and d.activity.value > 0 for d in example)


def test_a_monitored_pollutant_has_the_class_of_what_the_unit_burns(example: tuple[Detail, ...]) -> None:
    nox = next(d for d in example if d.emission.method == "monitored")
    assert ("电力热力源", ("D4412", "煤炭", "煤粉炉", "选择性催化还原法")) == (
        nox.category.name,
        nox.category.levels,
    )
    assert 60 * 7000 * 10**4 == nox.activity.value if nox.activity else None


def overridden(entry: str, value: object) -> Books:
    return books().overridden([{"book": "classes", "entry": entry, "value": value, "grounds": "市局 2025-3"}])


def test_an_office_decides_an_unsure_entry_otherwise() -> None:
    found = overridden("power.heat", ["化石燃料固定燃烧源", "工业锅炉"]).classes
    assert "工业锅炉" == found.ten_of(Category("电力热力源", "", "D4430")).subsector


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("power", ["移动源", "机动车"]),
        ("power.heat", ["移动源", "工业锅炉"]),
        ("power.heat", "工业锅炉"),
        ("nothing", ["移动源", "机动车"]),
    ],
)
def test_a_settled_or_unknown_entry_cannot_be_set(entry: str, value: object) -> None:
    with pytest.raises(BookError):
        overridden(entry, value)
