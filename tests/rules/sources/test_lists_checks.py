"""Lists against each other: what each check finds, where and when it holds, and what it leaves to be verified."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib import resources
from typing import Any

import pytest

from lantian.rules.sources.errors import BookError
from lantian.rules.sources.fields import Value
from lantian.rules.sources.list_checks import Listed, check_library, find, list_checks, read_list_checks

WINTER = date(2018, 11, 20)
ZHENGZHOU, SHANYANG = "410108", "410811"
CHECKS = list_checks()
DATA = json.loads(
    resources.files("lantian.rules.books.sources").joinpath("list-checks.json").read_text("utf-8")
)


def one(subject: str, *lists: str, region: str = ZHENGZHOU, **facts: Value) -> Listed:
    return Listed("s1", subject, frozenset(lists), {"region_code": region, **facts})


def found(source: Listed, day: date = WINTER) -> list[tuple[str, str, str]]:
    return [(f.check.code, f.check.reference, f.check.consequence) for f in find([source], day) if f.certain]


ON_ALL = ("permits", "enterprises", "emergency_enterprises")


@pytest.mark.parametrize(
    ("source", "day", "wanted"),
    [
        (
            one("enterprise", "permits", "enterprises", trade="C1411"),
            WINTER,
            ("permit_without_emergency", "ZZ18 一(二)4", "stop_and_verify"),
        ),
        (
            one("enterprise", "permits", "enterprises", region="410502"),
            date(2017, 5, 1),
            ("permit_without_emergency", "HN17 N一(三)8", "add_to_list"),
        ),
        (
            one("enterprise", "permits", "emergency_enterprises", trade="C1411"),
            WINTER,
            ("permit_without_ledger", "ZZ18 一(二)4", "stop_and_verify"),
        ),
        (one("kiln", "emergency_lines"), WINTER, ("kiln_unlisted", "ZZ18 24(1)", "staggered_stop")),
        (
            one("kiln", region=SHANYANG),
            date(2022, 6, 1),
            ("kiln_unlisted", "SY22 25", "add_to_list"),
        ),
        (one("site", "emergency_sites"), WINTER, ("site_unlisted", "ZZ18 45", "stop_work")),
        (
            one("facility", technology="旋风除尘器"),
            WINTER,
            ("weak_facility_unlisted", "ZZ18 24(3)", "retire_facility"),
        ),
        (
            one("facility", technology="简易碱法脱硫", region=SHANYANG),
            date(2022, 5, 10),
            ("weak_facility_unlisted", "SY22 26", "add_to_list"),
        ),
        (
            one("facility", technology="UV光解+低温等离子", region=SHANYANG),
            date(2022, 5, 10),
            ("weak_voc_facility_unlisted", "SY22 28", "add_to_list"),
        ),
        (
            one("enterprise", performance_grade="D", region=SHANYANG),
            date(2022, 11, 15),
            ("grade_d_not_staggered", "SY22 24", "staggered"),
        ),
        (
            one("enterprise", *ON_ALL, "voc_enterprises", voc_emission=Decimal(200)),
            date(2019, 1, 1),
            ("voc_not_key", "ZZ18 67", "add_to_list"),
        ),
        (
            one("vehicle", haul_goods=("coal", "slag"), region=SHANYANG),
            date(2022, 6, 1),
            ("truck_unlisted", "SY22 五(二)", "stop_and_verify"),
        ),
        (
            one("enterprise", "scattered_polluters", scattered_class="close", state="running", trade="C1411"),
            WINTER,
            ("scattered_revived", "ZZ18 15", "close"),
        ),
        (
            one("machine", "non_road_machines", collected_card=False, region=SHANYANG),
            date(2022, 6, 1),
            ("machine_without_card", "SY22 14", "seal"),
        ),
        (
            one("boiler", unit_fuel="coal", boiler_capacity=Decimal(10), region="410502"),
            date(2017, 9, 30),
            ("boiler_should_be_gone", "HN17 A三(三)3", "remove_boiler"),
        ),
        (
            one("boiler", unit_fuel="coal", boiler_capacity=Decimal(35), region=SHANYANG),
            date(2022, 6, 1),
            ("boiler_should_be_gone", "SY22 五(二)", "remove_boiler"),
        ),
        (
            one("boiler", unit_fuel="coal", boiler_capacity=Decimal(4), region="419001", in_heat_area=True),
            date(2016, 10, 31),
            ("boiler_should_be_gone", "JY16 14", "remove_boiler"),
        ),
    ],
)
def test_a_check_finds_what_its_document_means(
    source: Listed, day: date, wanted: tuple[str, str, str]
) -> None:
    assert [wanted] == found(source, day)


@pytest.mark.parametrize(
    "trade",
    ["D4411", "C3120", "C3011", "C3031", "C3212", "C2614", "C2521", "C3089", "O8111", "C2319", "C2110"],
)
def test_an_enterprise_of_a_named_trade_goes_into_staggered_production(trade: str) -> None:
    source = one("enterprise", "permits", "enterprises", trade=trade)
    assert ("trade_without_emergency", "ZZ18 60", "staggered") in found(source)
    assert [] == found(replace(source, lists=frozenset(ON_ALL)))


def test_the_fifteen_trades_of_the_document_are_fifteen_and_kinds_of_sources_count() -> None:
    check = next(check for check in CHECKS if check.code == "trade_without_emergency")
    assert 15 == len({industry.name for industry in check.industries})
    for subject, name in (
        ("kiln", "工业窑炉"),
        ("site", "施工工地"),
        ("mixing_plant", "混凝土搅拌站"),
        ("repair_shop", "汽修"),
    ):
        assert [name] == [f.industry for f in find([one(subject)], WINTER, [check])]
    assert [] == list(find([one("enterprise", trade="C1411", industry="饼干制造")], WINTER, [check]))


def test_the_words_of_an_industry_count_where_the_trade_does_not_tell() -> None:
    assert ["耐材"] == [
        f.industry for f in find([one("enterprise", industry="耐火材料制品")], WINTER) if f.industry
    ]


@pytest.mark.parametrize(
    ("source", "day"),
    [
        (one("kiln", "kilns", "emergency_lines"), WINTER),
        (one("kiln", "emergency_lines", state="removed"), WINTER),
        (one("kiln", "emergency_lines"), date(2018, 10, 30)),
        (one("kiln", "emergency_lines"), date(2019, 4, 1)),
        (one("kiln", "emergency_lines", region="410502"), WINTER),
        (one("boiler", unit_fuel="coal", boiler_capacity=Decimal("10.1")), WINTER),
        (one("boiler", unit_fuel="natural_gas", boiler_capacity=Decimal(4)), WINTER),
        (one("boiler", unit_fuel="coal", boiler_capacity=Decimal(4), state="removed"), WINTER),
        (one("boiler", unit_fuel="coal", boiler_capacity=Decimal(4), region="411002", built_up_area=False), WINTER),
        (one("facility", technology="袋式除尘"), WINTER),
        (one("enterprise", *ON_ALL, "voc_enterprises", voc_emission=Decimal("199.9")), date(2019, 1, 1)),
    ],
)  # fmt: skip
def test_a_check_does_not_reach_beyond_its_words_its_place_and_its_time(source: Listed, day: date) -> None:
    assert [] == list(find([source], day))


def test_what_is_not_known_is_left_to_be_verified() -> None:
    boiler = one("boiler", unit_fuel="coal", region="411002", boiler_capacity=Decimal(4))
    assert [("built_up_area",)] == [f.lacking for f in find([boiler], WINTER)]
    nowhere = Listed("s1", "site", frozenset({"emergency_sites"}))
    assert [("region_code",)] == [f.lacking for f in find([nowhere], WINTER)]
    plant = one("enterprise", "enterprises")
    assert [("trade",)] == [f.lacking for f in find([plant], WINTER)]
    odd = one("boiler", unit_fuel="coal", boiler_capacity="大")
    assert [("boiler_capacity",)] == [f.lacking for f in find([odd], WINTER)]


def test_only_the_documents_asked_for_are_gone_by() -> None:
    boiler = one("boiler", unit_fuel="coal", boiler_capacity=Decimal(4), region=SHANYANG)
    day = date(2022, 6, 1)
    assert {"HN17", "SY22"} == {f.check.document for f in find([boiler], day)}
    assert [("SY22", 100000)] == [
        (f.check.document, f.check.deduction_yuan) for f in find([boiler], day, documents="SY22 ZZ18")
    ]


OWN: dict[str, Any] = {
    "documents": {"OWN26": "某环攻坚办〔2026〕3号"},
    "checks": [
        {"code": "furniture_without_voc", "title": "家具企业未列入VOCs清单", "english": "Furniture without VOC list",
         "document": "OWN26", "clause": "7", "region": ["9901"], "from": "2026-01-01", "until": "2026-12-31",
         "subjects": ["enterprise"], "industries": ["家具"], "not_on": ["voc_enterprises"], "consequence": "add_to_list"}
    ],
}  # fmt: skip


def test_an_office_adds_checks_of_its_own_documents() -> None:
    library = check_library().extended([OWN])
    assert "某环攻坚办〔2026〕3号" == library.documents["OWN26"]
    assert len(CHECKS) + 1 == len(library.checks)
    plant = one("enterprise", region="990102", trade="C2110")
    day = date(2026, 3, 1)
    assert [("furniture_without_voc", "家具")] == [
        (f.check.code, f.industry) for f in find([plant], day, library.checks)
    ]
    assert ["OWN26"] == [check.document for check in library.in_force(day, ["990000", "990102"])]
    assert [] == list(library.in_force(date(2027, 1, 1), ["990102"]))


def test_a_check_of_an_office_must_be_of_a_document_that_it_names_anew() -> None:
    with pytest.raises(BookError):
        check_library().extended([{**OWN, "documents": {}}])
    with pytest.raises(BookError):
        check_library().extended([{**OWN, "documents": {"ZZ18": "x", "OWN26": "y"}}])


def test_a_check_may_be_looked_by_anywhere() -> None:
    kiln = one("kiln", region="990102")
    here = [check.anywhere() for check in CHECKS if check.code == "kiln_unlisted"]
    assert 2 == len(list(find([kiln], date(2026, 3, 1), here)))
    assert [] == list(find([kiln], date(2026, 3, 1)))


def test_every_check_of_the_book_can_find_something_and_says_what() -> None:
    assert all(check.title and check.english and check.clause for check in CHECKS)
    assert len(CHECKS) == len({(c.code, c.document, c.clause, c.region, c.not_region) for c in CHECKS})
    titles = {(check.code, check.title, check.english) for check in CHECKS}
    assert len(titles) == len({code for code, _title, _english in titles})


def _no_list(check: dict[str, Any]) -> None:
    check["not_on"] = ["clouds"]


def _no_fact(check: dict[str, Any]) -> None:
    check["when"] = [{"field": "cloud", "is": [1]}]


def _odd_condition(check: dict[str, Any]) -> None:
    check["when"] = [{"field": "state", "was": ["running"]}]


def _no_place(check: dict[str, Any]) -> None:
    check["region"] = []


def _no_consequence(check: dict[str, Any]) -> None:
    check["consequence"] = "rain"


def _backwards(check: dict[str, Any]) -> None:
    check["until"] = "2000-01-01"


def _no_document(check: dict[str, Any]) -> None:
    check["document"] = "XX"


@pytest.mark.parametrize(
    "spoil",
    [_no_list, _no_fact, _odd_condition, _no_place, _no_consequence, _backwards, _no_document],
    ids=lambda spoil: spoil.__name__,
)
def test_checks_that_are_not_sound_are_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    data = copy.deepcopy(DATA)
    spoil(data["checks"][0])
    with pytest.raises(BookError):
        read_list_checks(data)
