"""Names in documents lead to organisations of the register."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lantian.apps.core.models import Organisation, OrganisationAlias, Region
from lantian.apps.core.queries.matching import SURE, match_organisations

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> dict[str, Any]:
    province = Region.objects.create(code="990000", name="华中省", level="province")
    prefecture = Region.objects.create(code="990100", name="晴川市", level="prefecture", parent=province)
    yun, he = (
        Region.objects.create(code=code, name=name, level="county", parent=prefecture)
        for code, name in (("990102", "云山区"), ("990103", "河东区"))
    )
    make = Organisation.objects.create
    rows = {
        "bureau": make(name="晴川市生态环境局", short_name="市生态环境局", region=prefecture),
        "housing": make(name="晴川市住房和城乡建设局", region=prefecture),
        "industry": make(name="晴川市工业和信息化局", region=prefecture),
        "reform": make(name="晴川市发展和改革委员会", short_name="市发改委", region=prefecture),
        "cityscape": make(name="晴川市城市管理局", region=prefecture),
        "yun_branch": make(name="晴川市生态环境局云山分局", region=yun),
        "yun_housing": make(name="云山区住房和城乡建设局", region=yun),
        "he_branch": make(name="晴川市生态环境局河东分局", region=he),
        "he_housing": make(name="河东区住建局", region=he),
        "town": make(name="青石镇人民政府", short_name="青石镇", kind="town", region=yun),
        "steel": make(name="晴川钢铁集团有限公司", kind="enterprise", region=he),
    }
    OrganisationAlias.objects.create(organisation=rows["steel"], name="晴钢", kind="short")
    OrganisationAlias.objects.create(organisation=rows["cityscape"], name="晴川市市容环卫局", kind="former")
    return {**rows, "prefecture": prefecture, "yun": yun, "he": he}


def best(city: dict[str, Any], name: str, region: str | None = "prefecture") -> tuple[str | None, str, bool]:
    found = match_organisations([name], city[region] if region else None)[name]
    if not found:
        return None, "", False
    key = next(k for k, row in city.items() if row == found[0].organisation)
    return key, found[0].reason, found[0].score >= SURE


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        ("晴川市生态环境局", "prefecture", ("bureau", "name", True)),
        ("晴川市生态环境局", "yun", ("bureau", "name", True)),
        ("市生态环境局", "prefecture", ("bureau", "short", True)),
        ("市 生态环境局", "prefecture", ("bureau", "short", True)),
        ("生态环境局", "prefecture", ("bureau", "prefixed", True)),
        ("市环保局", "prefecture", ("bureau", "variant", True)),
        ("环保局", "prefecture", ("bureau", "variant", True)),
        ("华中省晴川市环境保护局", "prefecture", ("bureau", "variant", True)),
        ("市住建局", "prefecture", ("housing", "variant", True)),
        ("市工信局", "prefecture", ("industry", "variant", True)),
        ("工信委", "prefecture", ("industry", "variant", True)),
        ("市发展改革委", "prefecture", ("reform", "variant", True)),
        ("市城管局", "prefecture", ("cityscape", "variant", True)),
        ("晴川市市容环卫局", "prefecture", ("cityscape", "former", True)),
        ("云山区住建局", "prefecture", ("yun_housing", "variant", True)),
        ("区住建局", "yun", ("yun_housing", "variant", True)),
        ("区住建局", "he", ("he_housing", "prefixed", True)),
        ("市住建局", "he", ("housing", "variant", True)),
        ("区生态环境局", "he", ("he_branch", "variant", True)),
        ("云山区环保局", "prefecture", ("yun_branch", "variant", True)),
        ("青石镇", "yun", ("town", "short", True)),
        ("晴钢", "he", ("steel", "short", True)),
        ("晴川钢铁集团", "he", ("steel", "similar", False)),
    ],
)
def test_a_name_finds_its_organisation(
    city: dict[str, Any], name: str, region: str, expected: tuple[str, str, bool]
) -> None:
    assert best(city, name, region) == expected


@pytest.mark.parametrize("name", ["通许县环保局", "河东区工信局", "省军区", "  ", "全体市民"])
def test_what_is_not_in_the_register_is_never_taken_for_certain(city: dict[str, Any], name: str) -> None:
    assert best(city, name)[2] is False


def test_a_department_of_another_district_is_no_candidate_of_this_one(city: dict[str, Any]) -> None:
    found = match_organisations(["云山区住建局"], city["prefecture"])["云山区住建局"]

    assert city["he_housing"] not in [
        candidate.organisation for candidate in found if candidate.score >= SURE
    ]


def test_without_a_region_an_unsaid_place_stays_open(city: dict[str, Any]) -> None:
    found = match_organisations(["住建局"])["住建局"]

    assert {candidate.organisation for candidate in found} >= {
        city["housing"],
        city["yun_housing"],
        city["he_housing"],
    }
    assert all(candidate.score < SURE for candidate in found if candidate.organisation != city["he_housing"])


def test_the_names_of_a_merged_organisation_lead_to_what_it_became(city: dict[str, Any]) -> None:
    Organisation.objects.create(name="晴川市房产中心", region=city["prefecture"], merged_into=city["housing"])

    assert best(city, "晴川市房产中心") == ("housing", "former", True)


def test_only_organisations_that_may_be_chosen_are_offered(city: dict[str, Any]) -> None:
    some = Organisation.objects.filter(pk=city["housing"].pk)

    assert match_organisations(["市环保局"], city["prefecture"], organisations=some)["市环保局"] == []


def test_three_hundred_names_meet_three_thousand_organisations_in_few_queries(
    django_assert_max_num_queries: Any,
) -> None:
    chance = random.Random(7)
    counties = Region.objects.bulk_create(
        Region(code=f"98{n:04d}", name=f"{a}{b}县", level="county", path=f"/{n}/")
        for n, (a, b) in enumerate((a, b) for a in "东西南北中上下" for b in "山河湖海川原林泉岭谷")
    )
    for county in counties:
        county.path = f"/{county.pk}/"
    Region.objects.bulk_update(counties, ["path"])
    heads = [
        "生态环境局",
        "住房和城乡建设局",
        "工业和信息化局",
        "公安局",
        "水利局",
        "财政局",
        "商务局",
        "气象局",
        "教育局",
    ]
    departments = [f"{county.name}{head}" for county in counties for head in heads]
    letters = "金木水火土日月星辰天地玄黄宇宙洪荒"
    firms = [
        f"{chance.choice(counties).name}{''.join(chance.choices(letters, k=4))}有限公司"
        for _ in range(3000 - len(departments))
    ]
    Organisation.objects.bulk_create(
        Organisation(name=name, region=next(c for c in counties if name.startswith(c.name)), path=f"/{n}/")
        for n, name in enumerate(departments + firms)
    )
    names = [
        name.replace("住房和城乡建设局", "住建局").replace("生态环境局", "环保局")
        for name in departments[:200]
    ]
    names += [name.replace("有限", "") for name in firms[:100]]
    names = list(dict.fromkeys(names))

    with django_assert_max_num_queries(4):
        found = match_organisations(names, counties[0])

    assert all(found[name] for name in names)
