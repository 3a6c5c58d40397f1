"""Books of emissions: sound, as they were read, and chosen for reasons that are said."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from lantian.rules.sources.books import books, read_factors, shipped
from lantian.rules.sources.choosing import Wanted, choose
from lantian.rules.sources.errors import BookError, FactorError

BOOKS = books()


def refused(wanted: Wanted, pollutant: str, held: Any = BOOKS) -> FactorError:
    with pytest.raises(FactorError) as caught:
        choose(held, wanted, pollutant)
    return caught.value


def clinker(**named: Any) -> Wanted:
    return Wanted("工业源-工艺过程", "熟料", technology="新型干法", **named)


def test_every_factor_of_the_guide_is_in_its_book_as_it_was_read(shared_dir: Path) -> None:
    with (shared_dir / "reference" / "emission-factors.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["source"].startswith("T/CSES")]
    wanted = sorted(
        (row["category"], row["subcategory"], row["fuel_or_product"], row["pollutant"], D(row["ef"]))
        for row in rows
    )
    found = sorted(
        (factor.source_class, factor.trade, factor.item, factor.pollutant, factor.value)
        for factor in BOOKS.factors
        if factor.book == "factors-guide-2024"
    )
    assert 825 == len(wanted)
    assert wanted == found


def test_every_efficiency_is_in_its_book_as_it_was_read(shared_dir: Path) -> None:
    with (shared_dir / "reference" / "removal-efficiencies.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = [
        BOOKS.technologies[row["technology"]].efficiency[row["pollutant"]] * 100 == D(row["efficiency_pct"])
        for row in rows
    ]
    assert [True] * 167 == found


def test_factors_from_abroad_are_not_used_unless_they_are_allowed_and_then_marked() -> None:
    abroad = next(factor for factor in BOOKS.factors if factor.abroad and factor.pollutant == "NOx")
    wanted = Wanted(abroad.source_class, abroad.item, abroad.trade, abroad.technology)
    assert "factor_missing" == refused(wanted, "NOx").code
    allowed = Wanted(abroad.source_class, abroad.item, abroad.trade, abroad.technology, abroad=True)
    choice = choose(BOOKS, allowed, "NOx")
    assert choice.factor.abroad
    assert any("ABROAD" in str(why) for why in choice.why)


def test_no_kind_of_vehicle_has_been_given_the_row_of_another_without_a_word() -> None:
    """A public table gives small cars the numbers of medium buses; such rows are left out, or marked as doubtful."""
    rows: dict[tuple[str, str], dict[tuple[str, str], D]] = defaultdict(dict)
    doubtful = set()
    for factor in BOOKS.factors:
        if factor.book == "factors-road-2014":
            rows[factor.trade, factor.item][factor.technology, factor.pollutant] = factor.value
            if factor.doubt:
                doubtful.add((factor.trade, factor.item))
    medium = {fuel: rows["中型客车", fuel] for fuel in ("汽油", "柴油")}
    same = {key for key, row in rows.items() if key[0] != "中型客车" and row == medium.get(key[1])}
    assert set() == same - doubtful
    assert D("0.68") == rows["微型、小型客车", "汽油"]["国四", "CO"]
    assert D("0.032") == rows["微型、小型客车", "汽油"]["国四", "NOx"]


def test_no_vehicle_emits_hundreds_of_grams_of_nox() -> None:
    values = [
        factor.value
        for factor in BOOKS.factors
        if factor.book == "factors-road-2014" and factor.pollutant == "NOx"
    ]
    assert max(values) < 50
    assert "国六" not in {factor.technology for factor in BOOKS.factors}


# --- choice ---


def test_the_choice_says_where_the_factor_is_from() -> None:
    choice = choose(BOOKS, clinker(), "NOx")
    assert (D("1.88"), "H", "guide") == (choice.factor.value, choice.factor.grade, choice.factor.tier)
    assert "T/CSES 144-2024" in str(choice.why[0])
    assert "表 E.1" in str(choice.why[0])


@pytest.mark.parametrize(("size", "value"), [(50, "8.96"), (200, "8.19"), (600, "7.21")])
def test_nox_of_power_stations_goes_by_size(size: int, value: str) -> None:
    wanted = Wanted("电力热力源", "煤炭", "电力生产", "煤粉炉", D(size))
    assert D(value) == choose(BOOKS, wanted, "NOx").factor.value


@pytest.mark.parametrize("size", [D(100), D(300), None])
def test_at_the_edges_that_two_classes_claim_the_row_is_asked_to_say_more(size: D | None) -> None:
    assert "factor_ambiguous" == refused(Wanted("电力热力源", "煤炭", "电力生产", "煤粉炉", size), "NOx").code


def test_the_class_may_be_named_in_the_process() -> None:
    wanted = Wanted("电力热力源", "煤炭", "电力生产", "煤粉炉 ≥300MW", D(300))
    assert D("7.21") == choose(BOOKS, wanted, "NOx").factor.value


def test_a_gas_whose_unit_the_guide_does_not_settle_waits_for_a_person() -> None:
    wanted = Wanted("工业源-化石燃料固定燃烧", "天然气", "采矿业和制造业", "燃气锅炉")
    assert "factor_unit_unsettled" == refused(wanted, "NOx").code
    entry = "工业源-化石燃料固定燃烧/采矿业和制造业/天然气/燃气锅炉/NOx"
    override = {"book": "factors-guide-2024", "entry": entry, "unit": "g/m3", "grounds": "与表 D.1 一致"}
    choice = choose(BOOKS.overridden([override]), wanted, "NOx")
    assert ("g/m3",) == choice.factor.units
    assert any("与表 D.1 一致" in str(why) for why in choice.why)
    with pytest.raises(BookError):
        BOOKS.overridden([{**override, "unit": "g/t"}])
    with pytest.raises(BookError):
        BOOKS.overridden([{**override, "grounds": " "}])


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (Wanted("工业源-工艺过程", "熟料", technology="湿法"), "新型干法"),
        (Wanted("工业源-工艺过程", "熟料", trade="水泥业"), "非金属矿物制品业"),
        (Wanted("工业源-工业溶剂使用", "油墨"), "水性凸版油墨"),
        (Wanted("工业", "熟料"), "工业"),
    ],
)
def test_a_hint_names_what_is_held(wanted: Wanted, named: str) -> None:
    error = refused(wanted, "NOx")
    assert "factor_missing" == error.code
    assert named in str(error.message.params["hint"])


LOCAL: dict[str, Any] = {
    "book": {"id": "local", "document": "本地实测", "year": 2023},
    "factors": [
        {"class": "工业源-工艺过程", "trade": "非金属矿物制品业", "item": "熟料", "technology": "新型干法", "unit": "g/kg", "grade": "H",
         "region": region, "year": year, "clause": clause, "values": {"NOx": value}}
        for region, year, clause, value in (
            ("410100", 2023, "市", "1.5"), ("410000", 2023, "省", "1.6"), ("110000", 2023, "京", "0.9"), ("410100", 2015, "旧", "2.5"),
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("region", "year", "value"),
    [("410108", 2023, "1.5"), ("410108", 2016, "2.5"), ("410811", 2023, "1.6"), ("110105", 2023, "0.9")],
)
def test_the_nearest_place_comes_first_and_then_the_nearest_year(region: str, year: int, value: str) -> None:
    held = BOOKS.extended([LOCAL])
    assert D(value) == choose(held, clinker(region=region, year=year), "NOx").factor.value


def test_a_book_of_the_office_comes_before_the_guide_only_for_what_it_has() -> None:
    held = BOOKS.extended([LOCAL])
    assert "local" == choose(held, clinker(region="410108", year=2023), "NOx").factor.book
    assert "factors-guide-2024" == choose(held, clinker(region="410108", year=2023), "SO2").factor.book


# --- soundness ---


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"unit": "g/kq"}, "unit"),
        ({"values": {"NOx": "-1"}}, "number"),
        ({"values": {"NOx": "x"}}, "number"),
        ({"values": {"NO": "1"}}, "pollutant"),
        ({"grade": "A"}, "grade"),
        ({"size_mw": [300, 100]}, "size"),
    ],
)
def test_a_book_that_is_not_sound_is_refused_and_says_where(change: dict[str, Any], problem: str) -> None:
    record = {**LOCAL, "factors": [{**LOCAL["factors"][0], **change}]}
    with pytest.raises(BookError) as caught:
        read_factors(record)
    assert "factors[1]" in str(caught.value)
    assert problem in str(caught.value)


def test_a_book_that_says_a_thing_twice_is_refused() -> None:
    with pytest.raises(BookError):
        read_factors({**LOCAL, "factors": [LOCAL["factors"][0]] * 2})


def test_parameters_that_are_settled_stay_and_others_need_grounds() -> None:
    set_ = {"book": "parameters", "entry": "nonroad.load_factor", "value": "0.6", "grounds": "本地调查"}
    assert D("0.6") == BOOKS.overridden([set_]).value("nonroad.load_factor")
    for wrong in (
        {**set_, "entry": "coal.so2_per_s"},
        {**set_, "entry": "x"},
        {**set_, "grounds": ""},
        {**set_, "value": "x"},
    ):
        with pytest.raises(BookError):
            BOOKS.overridden([wrong])


def test_a_parameter_that_was_not_read_has_no_value_until_an_office_sets_it() -> None:
    with pytest.raises(FactorError) as caught:
        BOOKS.value("unpaved.a")
    assert "parameter_unset" == caught.value.code
    set_ = {"book": "parameters", "entry": "unpaved.a", "value": "0.3", "grounds": "指南原文"}
    assert D("0.3") == BOOKS.overridden([set_]).value("unpaved.a")


def test_every_grade_is_one_of_three_and_every_parameter_has_a_clause() -> None:
    assert {"H", "M", "L"} >= {factor.grade for factor in BOOKS.factors}
    assert all(entry["clause"] and entry["grade"] in "HML" for entry in shipped("parameters")["parameters"])
