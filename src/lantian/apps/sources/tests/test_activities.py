"""Activities by hand: judged like the workbook, computed at once, one record with it; and another factor in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import LogEntry, User
from lantian.apps.sources.actions.activities import (
    ChooseFactor,
    Facility,
    RemoveActivity,
    SaveActivity,
    SaveTotal,
)
from lantian.apps.sources.emissions import by_hand
from lantian.apps.sources.emissions.files import file_of
from lantian.apps.sources.emissions.importing import ImportInventory
from lantian.apps.sources.emissions.rows import inventory_books
from lantian.apps.sources.emissions.running import FinishRun, StartRun, compute
from lantian.apps.sources.models import Activity, InventoryRun, Source
from lantian.rules.sources.choosing import Wanted
from tests.fixtures.accounts import City, give, make_account, make_city, make_staff

pytestmark = pytest.mark.django_db
YEAR = 2025
COAL = {
    "unit": "MF0001", "source_class": "电力热力源", "trade": "电力生产", "item": "煤炭", "technology": "煤粉炉",
    "activity": "50", "activity_unit": "万t", "size_mw": "200", "sulphur": "0.5", "ash": "25",
}  # fmt: skip
FILTER = {"technology": "袋式除尘法", "running": "0.95"}
OIL = {"source_class": "生活源", "trade": "餐饮", "item": "食用油", "activity": "3", "activity_unit": "t"}


@dataclass
class World:
    """A plant without activities, and the accounts of its city."""

    city: City
    staff: dict[str, User]
    plant: Source

    @property
    def office(self) -> Actor:
        """Who keeps the inventory."""
        return Actor(self.staff["campaign_office"])

    def save(self, texts: dict[str, str], **more: Any) -> Activity:
        """Enter an activity of the plant."""
        return SaveActivity(self.office, self.plant, YEAR, more.pop("sheet", "activities"), texts, **more).execute()

    def computed(self) -> dict[str, dict[str, Any]]:
        """What the plant emits, by pollutant."""
        found = by_hand.computed(by_hand.rows_of(self.office, self.plant, YEAR), YEAR)
        return {one["emission"].pollutant: one for one in found.all_told}


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        city = make_city()
        plant = Source.objects.create(
            kind="enterprise", name="晴川热电厂", name_key="晴川热电厂", region=city.districts[0], trade="D4412"
        )
        yield World(city, make_staff(city), plant)
        transaction.set_rollback(True)


def tonnes(told: dict[str, Any]) -> Fraction:
    """The exact emission."""
    return Fraction(told["emission"].exact)


def test_an_activity_is_computed_at_once_with_method_factor_and_reason(world: World) -> None:
    world.save(COAL)
    found = world.computed()
    # 2 × 0.5 % × (1 - 0.15) × 500,000 t
    assert (tonnes(found["SO2"]), found["SO2"]["emission"].method) == (4250, "mass_balance")
    # 8.19 g/kg of the class 100-300 MW
    assert tonnes(found["NOx"]) == 4095
    assert "8.19" in found["NOx"]["factor"]
    assert found["NOx"]["said"]


def test_a_unit_of_another_dimension_is_refused_at_its_field_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        world.save(COAL | {"activity_unit": "万m3"})
    assert set(refused.value.fields) == {"activity_unit"}
    with pytest.raises(Invalid) as refused:
        world.save(COAL | {"activity_unit": "桶"})
    assert set(refused.value.fields) == {"activity_unit"}
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"activity": "-1"}, "activity"), ({"sulphur": "120"}, "sulphur"), ({"activity": "很多"}, "activity"), ({"item": ""}, "item")],
)  # fmt: skip
def test_a_wrong_field_is_told_by_the_rules_of_the_workbook(
    world: World, changed: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.save(COAL | changed)
    assert set(refused.value.fields) == {field}


def test_a_missing_sulphur_is_a_gap_of_so2_and_the_rest_is_computed(world: World) -> None:
    action = SaveActivity(world.office, world.plant, YEAR, "activities", COAL | {"sulphur": ""})
    action.check()
    action.validate()
    _found, told, gaps = action.computed()
    assert [gap.pollutant for gap in gaps] == ["SO2"]
    assert "NOx" in {one["emission"].pollutant for one in told}
    assert not Activity.objects.exists()


def test_facilities_of_the_unit_are_entered_changed_and_taken_away_with_it(world: World) -> None:
    row = world.save(COAL, facilities=[Facility(0, FILTER)])
    # 11.25 kg/t × 500,000 t, and the filter leaves 1 - 0.945 × 0.95
    assert tonnes(world.computed()["PM2.5"]) == 5625 * (1 - Fraction("0.945") * Fraction("0.95"))
    held = Activity.objects.get(sheet="facilities")
    assert held.values["unit"] == "MF0001"
    world.save(COAL, row=row, facilities=[Facility(held.pk, FILTER | {"running": "1"})])
    assert tonnes(world.computed()["PM2.5"]) == 5625 * (1 - Fraction("0.945"))
    world.save(COAL, row=row, facilities=[Facility(held.pk, None)])
    assert tonnes(world.computed()["PM2.5"]) == 5625
    with pytest.raises(Invalid) as refused:
        world.save(COAL, row=row, facilities=[Facility(0, {"technology": "除尘", "efficiency": "1.5"})])
    assert set(refused.value.fields) == {"facilities-0-efficiency"}


def test_each_change_stands_in_the_log_of_the_source(world: World) -> None:
    row = world.save(COAL)
    world.save(COAL | {"activity": "60"}, row=row)
    entry = LogEntry.objects.filter(action="sources.activity.save").latest("id")
    assert entry.object_id == str(world.plant.pk)
    assert (entry.before["activity"], entry.after["activity"]) == ("50", "60")


def test_another_factor_of_the_books_is_taken_with_its_grounds_and_given_back(world: World) -> None:
    row = world.save(COAL)
    wanted = by_hand.wanted_of(row.values, world.plant, YEAR)
    candidates = by_hand.factors_of(inventory_books(), wanted, "NOx", "")
    assert [one["value"] for one in candidates if one["usual"]] == ["8.19 g/kg"]
    other = next(one for one in candidates if one["value"] == "7.21 g/kg" and one["factor"].technology == "煤粉炉")
    assert other["why_not"]
    ChooseFactor(world.office, row, "NOx", name=other["name"], reason="机组已扩容").execute()
    found = world.computed()
    assert tonnes(found["NOx"]) == 3605
    assert "机组已扩容" in found["NOx"]["said"]
    assert "8.19" in found["NOx"]["said"]
    assert not found["NOx"]["own"]
    # what is entered anew of the activity holds for the row of the factor, too
    world.save(COAL | {"activity": "100"}, row=Activity.objects.get(pk=row.pk))
    assert tonnes(world.computed()["NOx"]) == 7210
    assert LogEntry.objects.filter(action="sources.activity.factor", reason="机组已扩容").count() == 1
    ChooseFactor(world.office, Activity.objects.get(pk=row.pk), "NOx", reason="核实有误").execute()
    assert tonnes(world.computed()["NOx"]) == 8190
    with pytest.raises(Conflict):
        ChooseFactor(world.office, row, "NOx", reason="再次").execute()


def test_an_own_factor_needs_grounds_and_a_unit_that_gives_a_mass(world: World) -> None:
    row = world.save(COAL)
    with pytest.raises(ReasonMissing):
        ChooseFactor(world.office, row, "NOx", value="5.5", unit="kg/t").execute()
    with pytest.raises(Invalid) as refused:
        ChooseFactor(world.office, row, "NOx", value="5.5", unit="kg/m3", reason="实测").execute()
    assert set(refused.value.fields) == {"unit"}
    with pytest.raises(Invalid):
        ChooseFactor(world.office, row, "NOx", name="没有这个", reason="实测").execute()
    ChooseFactor(world.office, row, "NOx", value="5.5", unit="kg/t", reason="2025 年性能测试").execute()
    found = world.computed()["NOx"]
    assert (tonnes(found), found["own"]) == (2750, True)


def test_a_factor_from_abroad_is_out_of_the_order_and_marked_where_it_is_chosen(world: World) -> None:
    books = inventory_books()
    factor = next(
        one for one in books.factors
        if one.abroad and len(one.units) == 1 and "t" in by_hand.units_for(books, Wanted(one.source_class, one.item, abroad=True))
    )  # fmt: skip
    texts = {
        "source_class": factor.source_class, "trade": factor.trade, "item": factor.item, "technology": factor.technology,
        "activity": "10", "activity_unit": "t",
    }  # fmt: skip
    row = world.save(texts)
    assert factor.pollutant not in world.computed()
    wanted = by_hand.wanted_of(row.values, world.plant, YEAR)
    candidate = next(
        one for one in by_hand.factors_of(books, wanted, factor.pollutant, "") if one["name"] == factor.name
    )
    assert candidate["why_not"]
    ChooseFactor(world.office, row, factor.pollutant, name=factor.name, reason="无国内系数").execute()
    found = world.computed()[factor.pollutant]
    assert found["abroad"]
    assert found["quality"] == "E"


def test_rows_by_hand_and_rows_of_the_workbook_are_one_record(world: World) -> None:
    row = world.save(COAL, facilities=[Facility(0, FILTER)])
    wanted = by_hand.wanted_of(row.values, world.plant, YEAR)
    other = by_hand.factors_of(inventory_books(), wanted, "NOx", "")[1]
    ChooseFactor(world.office, row, "NOx", name=other["name"], reason="机组已扩容").execute()
    run = StartRun(world.office, YEAR, world.city.prefecture).execute()
    found = compute(world.office, YEAR, world.city.prefecture, abroad=False)
    run = FinishRun(world.office, run, found).execute()
    by_hand_sums = {name: tonnes(one) for name, one in world.computed().items()}
    assert {name: Fraction(t) for name, t in run.totals.items()} == by_hand_sums
    content = file_of("activities", found, run)
    report = ImportInventory(world.office, content, "a.xlsx", year=str(YEAR)).execute()
    assert report.problems == []
    assert {name: tonnes(one) for name, one in world.computed().items()} == by_hand_sums
    assert Source.objects.count() == 1


def test_to_take_an_activity_away_needs_a_reason_and_takes_its_factors_with_it(world: World) -> None:
    row = world.save(COAL)
    ChooseFactor(world.office, row, "NOx", value="5.5", unit="kg/t", reason="实测").execute()
    with pytest.raises(ReasonMissing):
        RemoveActivity(world.office, row).execute()
    RemoveActivity(world.office, row, reason="设施已拆除").execute()
    assert not Activity.objects.exists()


def test_readers_enter_nothing_and_nobody_enters_for_sources_of_another_place(world: World) -> None:
    with pytest.raises(NotAllowed):
        SaveActivity(Actor(world.staff["leader"]), world.plant, YEAR, "activities", COAL).execute()
    user = make_account("east", world.city.office)
    give(user, "campaign_office", region=world.city.districts[1])
    with pytest.raises(NotFound):
        SaveActivity(Actor(User.objects.get(pk=user.pk)), world.plant, YEAR, "activities", COAL).execute()
    row = world.save(COAL)
    with pytest.raises(NotFound):
        RemoveActivity(Actor(User.objects.get(pk=user.pk)), row, reason="x").execute()


def test_a_total_of_the_statistics_replaces_that_of_the_same_item_and_place(world: World) -> None:
    run = InventoryRun.objects.create(year=YEAR, region=world.city.prefecture, user=world.staff["campaign_office"])
    texts = {"item": "煤炭", "region": "990100", "total": "50", "total_unit": "万t", "grounds": "统计年鉴"}
    SaveTotal(world.office, run, texts).execute()
    SaveTotal(world.office, run, texts | {"total": "52"}).execute()
    assert [row.values["total"] for row in Activity.objects.filter(sheet="totals")] == ["52"]
    with pytest.raises(Invalid) as refused:
        SaveTotal(world.office, run, texts | {"region": "410100"}).execute()
    assert set(refused.value.fields) == {"region"}


def test_levels_offer_what_the_books_hold_below_what_was_chosen() -> None:
    books = inventory_books()
    offered = by_hand.levels(books, {"source_class": "电力热力源", "trade": "电力生产", "item": "煤炭"})
    assert "煤粉炉" in offered["technology"]
    assert by_hand.units_for(books, Wanted("电力热力源", "煤炭", "电力生产", "煤粉炉"))[:2] == ["t", "万t"]
    gas = Wanted("工业源-化石燃料固定燃烧", "天然气", "采矿业和制造业", "燃气锅炉")
    assert "万m3" in by_hand.units_for(books, gas)
    assert by_hand.needs(books, gas) == frozenset()


def test_the_form_chooses_levels_shows_the_result_and_keeps_the_row(
    world: World, client_of: Callable[[User], Client], django_assert_max_num_queries: Any
) -> None:
    client = client_of(world.staff["campaign_office"])
    address = f"/sources/{world.plant.pk}/activities/{YEAR}/new/activities/"
    chosen = {key: COAL[key] for key in ("source_class", "trade", "item", "technology")}
    page = client.post(address, {**chosen, "levels": "1", "facilities": "1"})
    assert page.status_code == 200
    assert 'name="sulphur"' in page.content.decode()
    facility = {f"facilities-0-{key}": value for key, value in FILTER.items()}
    looked = client.post(address, {**COAL, **facility, "facilities": "1", "preview": "1"})
    assert looked.status_code == 200
    assert "4,095" in looked.content.decode()
    assert not Activity.objects.exists()
    wrong = client.post(address, {**COAL, "activity_unit": "m3", "facilities": "0"})
    assert wrong.status_code == 422
    kept = client.post(address, {**COAL, **facility, "facilities": "1"})
    row = Activity.objects.get(sheet="activities")
    assert kept["Location"] == f"/sources/activities/{row.pk}/"
    with django_assert_max_num_queries(20):
        told = client.get(kept["Location"]).content.decode()
    assert "4,095" in told
    for path in ("edit/", "remove/", "factor/?pollutant=NOx"):
        with django_assert_max_num_queries(20):
            assert client.get(f"{kept['Location']}{path}").status_code == 200
    chosen_now = client.post(f"{kept['Location']}factor/?pollutant=NOx", {"value": "5", "unit": "kg/t", "reason": "实测"})
    assert chosen_now.status_code == 302
    assert "2,500" in client.get(kept["Location"]).content.decode()
    listed = client.get("/sources/activities/", {"year": YEAR}).content.decode()
    assert world.plant.name in listed
    reader = client_of(world.staff["leader"])
    seen = reader.get(kept["Location"]).content.decode()
    assert "factor/?pollutant" not in seen
