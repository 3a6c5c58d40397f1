"""The inventory on the database: in, computed, shown, out."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client

from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.models import User
from lantian.apps.sources.emissions.files import file_of, write_file
from lantian.apps.sources.emissions.importing import ImportInventory
from lantian.apps.sources.emissions.rows import build
from lantian.apps.sources.emissions.running import (
    FinishRun,
    StartRun,
    compute,
    exact,
    message_json,
    message_of,
)
from lantian.apps.sources.models import Activity, Emission, InventoryRun, Source
from lantian.office.inventory_workbook import read_inventory, row_tables
from lantian.office.ledger import write_tables
from lantian.rules.sources.books import books
from lantian.rules.sources.errors import Message
from lantian.rules.sources.inventory import run
from lantian.rules.sources.rows import Row
from tests.fixtures.accounts import City

pytestmark = pytest.mark.django_db
COAL = {
    "source_id": "E001", "unit": "MF0001", "source_class": "电力热力源", "trade": "电力生产", "item": "煤炭",
    "technology": "煤粉炉", "activity": Decimal(50), "activity_unit": "万t", "size_mw": Decimal(200),
    "sulphur": Decimal("0.5"), "ash": Decimal(25),
}  # fmt: skip
PLANT = {
    "source_id": "E001", "name": "晴川热电厂", "uscc": "91130200699229617X", "permit": "91130200699229617X001P",
    "trade": "D4412", "region": "990102", "longitude": "113.6172", "latitude": "34.8676", "datum": "CGCS2000",
    "activity_grade": "B",
}  # fmt: skip
FARM = {"source_id": "A001", "name": "云山区农业面源", "region": "990102"}
PIGS = {
    "source_id": "A001", "animal": "生猪", "phase": "固态", "tan": Decimal(100), "other_loss": Decimal("0.05")
}  # fmt: skip
FILTER = {
    "source_id": "E001",
    "unit": "MF0001",
    "technology": "袋式除尘法",
    "running": Decimal("0.123456789012345678"),
}
TOTAL = {
    "item": "煤炭", "region": "990100", "total": Decimal(50), "total_unit": "万t", "grounds": "统计年鉴"
}  # fmt: skip
ROWS = [
    ("sources", PLANT), ("sources", FARM), ("activities", COAL), ("facilities", FILTER), ("animals", PIGS),
    ("totals", TOTAL),
]  # fmt: skip


def workbook(rows: list[tuple[str, dict[str, Any]]]) -> bytes:
    """A workbook of an inventory."""
    stream = io.BytesIO()
    write_tables(row_tables([Row(sheet, 0, values) for sheet, values in rows]), stream)
    return stream.getvalue()


def bring(actor: Actor, rows: list[tuple[str, dict[str, Any]]], **options: Any) -> Any:
    """Import rows for 2025."""
    return ImportInventory(actor, workbook(rows), "清单.xlsx", year="2025", **options).execute()


def done(actor: Actor, city: City) -> InventoryRun:
    """An inventory of 2025 that was computed."""
    row = StartRun(actor, 2025, city.prefecture).execute()
    return FinishRun(actor, row, compute(actor, 2025, city.prefecture, abroad=False)).execute()


@pytest.fixture
def office(actors: dict[str, Actor], small_city: City) -> Actor:
    """Who keeps the inventory."""
    return actors["campaign_office"]


def test_a_dry_run_tells_new_sources_and_writes_nothing(office: Actor) -> None:
    report = ImportInventory(office, workbook(ROWS), "a.xlsx", year="2025").examine()
    assert report.problems == []
    assert [change.kind for change in report.changes] == ["create", "create", "update"]
    assert (Source.objects.count(), Activity.objects.count()) == (0, 0)


def test_the_database_gives_the_same_numbers_as_the_workbook(office: Actor, small_city: City) -> None:
    bring(office, ROWS)
    found = read_inventory(workbook(ROWS), "a.xlsx")
    wanted = run(found.rows, found.problems, books(), 2025)
    here = compute(office, 2025, small_city.prefecture, abroad=False)
    assert _figures(here.inventory) == _figures(wanted)
    assert len(_figures(wanted)) > 5


def _figures(inventory: Any) -> list[tuple[Any, ...]]:
    return sorted((e.source_id, e.unit, str(e.pollutant), str(e.t), e.code) for e in inventory.emissions)


def test_what_is_exported_and_brought_in_again_changes_nothing(office: Actor, small_city: City) -> None:
    bring(office, ROWS)
    row = done(office, small_city)
    content = file_of("activities", compute(office, 2025, small_city.prefecture, abroad=False), row)
    before = build(Activity.objects.all(), 2025).digest
    report = ImportInventory(office, content, "b.xlsx", year="2025").execute()
    assert (report.unchanged, report.count("create")) == (2, 0)
    assert build(Activity.objects.all(), 2025).digest == before
    assert Source.objects.count() == 2


def test_rows_of_a_source_and_year_replace_those_that_were_there(office: Actor) -> None:
    bring(office, ROWS)
    bring(office, [("sources", PLANT), ("activities", COAL | {"activity": Decimal(60)})])
    plant = Activity.objects.filter(source__name="晴川热电厂").exclude(sheet="sources")
    assert [(row.sheet, row.values["activity"]) for row in plant] == [("activities", "60")]
    assert Activity.objects.filter(source__name="云山区农业面源", sheet="animals").count() == 1


def test_a_source_with_an_error_stays_out_with_all_of_its_rows(office: Actor) -> None:
    bad = [("sources", PLANT), ("sources", FARM), ("activities", COAL), ("animals", PIGS)]
    bad.append(("facilities", FILTER | {"efficiency": Decimal("1.5")}))
    with pytest.raises(ImportRefused):
        bring(office, bad)
    bring(office, bad, skip_errors=True)
    assert list(Source.objects.values_list("name", flat=True)) == ["云山区农业面源"]


def test_a_row_that_belongs_to_no_source_stops_the_whole_file(office: Actor) -> None:
    with pytest.raises(ImportRefused):
        bring(office, [*ROWS, ("animals", PIGS | {"source_id": None})], skip_errors=True)
    assert Activity.objects.count() == 0


def test_the_permit_finds_a_source_whose_name_has_changed_and_the_difference_is_told(office: Actor) -> None:
    bring(office, ROWS)
    renamed = [
        ("sources", PLANT | {"source_id": "X9", "name": "晴川热电有限公司"}),
        ("activities", COAL | {"source_id": "X9"}),
    ]
    report = bring(office, renamed)
    assert [note.code for note in report.notes] == ["differs"]
    assert Source.objects.filter(name="晴川热电厂").count() == 1
    bring(office, renamed, facts="take")
    assert Source.objects.filter(name="晴川热电有限公司").count() == 1
    assert Source.objects.count() == 2


def test_a_year_must_be_one(office: Actor) -> None:
    with pytest.raises(Invalid):
        ImportInventory(office, workbook(ROWS), "a.xlsx", year="25").execute()


def test_a_run_keeps_exact_totals_and_why_and_becomes_the_current_one(
    office: Actor, small_city: City
) -> None:
    bring(office, ROWS)
    first, second = done(office, small_city), done(office, small_city)
    first.refresh_from_db()
    assert (first.current, second.current) == (False, True)
    for pollutant, total in second.totals.items():
        rows = Emission.objects.filter(run=second, pollutant=pollutant)
        assert sum(float(Fraction(row.exact)) for row in rows) == pytest.approx(
            float(Fraction(total)), rel=1e-12
        )
    coal = Emission.objects.get(run=second, pollutant="SO2")
    assert (coal.level1, coal.method, coal.why["row"]) == ("电力热力源", "mass_balance", 4)
    assert Activity.objects.get(pk=coal.why["activity_row"]).values["item"] == "煤炭"
    assert coal.why["said"]


def test_a_gap_names_the_row_to_mend(office: Actor, small_city: City) -> None:
    bring(
        office,
        [("sources", PLANT), ("activities", COAL | {"sulphur": None}), ("sources", FARM), ("animals", PIGS)],
    )
    row = done(office, small_city)
    gap = next(gap for gap in row.gaps if gap["pollutant"] == "SO2")
    assert (gap["sheet"], gap["row"], gap["source"]) == (
        "活动水平",
        4,
        Source.objects.get(name="晴川热电厂").pk,
    )
    assert "NH3" in row.totals


def test_nothing_to_compute_from_is_said(office: Actor, small_city: City) -> None:
    with pytest.raises(Invalid):
        StartRun(office, 2025, small_city.prefecture).execute()


def test_who_may_only_look_computes_nothing(actors: dict[str, Actor], small_city: City) -> None:
    with pytest.raises(NotAllowed):
        StartRun(actors["leader"], 2025, small_city.prefecture).execute()


def test_a_file_of_activities_that_have_changed_since_is_refused(office: Actor, small_city: City) -> None:
    bring(office, ROWS)
    row = done(office, small_city)
    kept = write_file(office, row, "report")
    assert files.read(kept)[:2] == b"PK"
    bring(office, [("sources", FARM), ("animals", PIGS | {"tan": Decimal(90)})])
    with pytest.raises(Conflict):
        write_file(office, row, "report")


@pytest.mark.parametrize("kind", ["gpkg", "ff10"])
def test_files_for_maps_and_models_are_packed(kind: str, office: Actor, small_city: City) -> None:
    bring(office, ROWS)
    kept = write_file(office, done(office, small_city), kind)
    assert kept.name.endswith(".zip")


def test_messages_within_messages_come_back() -> None:
    message = Message("%(a)s and %(b)s", a=1, b=Message("%(c)s", c="x"))
    assert message_of(message_json(message)).text() == "1 and x"


def test_a_fraction_that_is_too_long_is_kept_as_a_decimal_of_sixty_figures() -> None:
    long = Fraction(10**50 + 1, 3**60)
    assert len(exact(long)) <= 80
    assert abs(Fraction(exact(long)) - long) < long / 10**58


def test_pages_open(
    office: Actor, small_city: City, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    bring(office, ROWS)
    row = done(office, small_city)
    client = client_of(staff["campaign_office"])
    assert client.get("/sources/inventories/").status_code == 200
    page = client.get(row.get_absolute_url(), {"pollutant": "SO2"}).content.decode()
    assert "晴川热电厂" in page
    emission = Emission.objects.get(run=row, pollutant="SO2")
    why = client.get(f"{row.get_absolute_url()}sources/{emission.source_id}/").content.decode()
    assert "50" in why
    source = client.get(f"/sources/{emission.source_id}/").content.decode()
    assert row.get_absolute_url() in source


def test_two_years_are_compared_and_the_parts_sum_to_the_change(
    office: Actor, small_city: City, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    bring(office, ROWS)
    new = done(office, small_city)
    ImportInventory(
        office,
        workbook([("sources", PLANT), ("activities", COAL | {"activity": Decimal(80)})]),
        "c.xlsx",
        year="2024",
    ).execute()
    row = StartRun(office, 2024, small_city.prefecture).execute()
    old = FinishRun(office, row, compute(office, 2024, small_city.prefecture, abroad=False)).execute()
    client = client_of(staff["campaign_office"])
    response = client.get(f"/sources/inventories/{new.pk}/comparison/", {"with": old.pk, "pollutant": "SO2"})
    assert response.status_code == 200
    sums = response.context["sums"]
    assert sums
    for line in sums:
        assert sum(part["t"] for part in line["parts"]) == pytest.approx(line["after"] - line["before"])
