"""Grid, places, times, spread and balance of a run: prepared by its job, shown in tabs, and equal to the run's totals."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, NotAllowed
from lantian.apps.core.models import Job, User
from lantian.apps.core.models.regions import RegionBoundary
from lantian.apps.sources.emissions import comparing, preparing, telling
from lantian.apps.sources.emissions import files as files_of_runs
from lantian.apps.sources.emissions.files import StartFile
from lantian.apps.sources.emissions.importing import ImportInventory
from lantian.apps.sources.emissions.preparing import KeepPart, parts_of, prepare
from lantian.apps.sources.emissions.running import FinishRun, StartRun, compute
from lantian.apps.sources.models import InventoryRun, Prepared, Source
from lantian.apps.sources.tests.test_inventory import COAL, FARM, PIGS, PLANT, TOTAL, bring, workbook
from tests.fixtures.accounts import City, give, make_account, make_city, make_staff

pytestmark = pytest.mark.django_db
#: two counties beside each other; the farm is spread over the first one, the plant stands in the second
WEST, EAST = (113.50, 34.80, 113.56, 34.86), (113.56, 34.80, 113.64, 34.90)
LOST = {"source_id": "A002", "name": "无边界面源", "region": "990100"}
SHARES = {
    "source_id": "E001", "month": tuple(Decimal(one) for one in (0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)),
    "grounds": "错峰生产方案",
}  # fmt: skip


def outline(region: Any, box: tuple[float, float, float, float]) -> None:
    """A rectangle as the outline of a place."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    RegionBoundary.objects.create(
        region=region, geometry={"type": "Polygon", "coordinates": [ring]}, west=west, south=south, east=east,
        north=north, declared_crs="wgs84",
    )  # fmt: skip


@dataclass
class World:
    """A city, its accounts, and a run whose parts are prepared."""

    city: City
    staff: dict[str, User]
    run: InventoryRun

    @property
    def office(self) -> Actor:
        """Who keeps the inventory."""
        return Actor(self.staff["campaign_office"])


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Made once: a plant, a farm, and a farm in a place without an outline."""
    with django_db_blocker.unblock(), transaction.atomic():
        city = make_city()
        staff = make_staff(city)
        for region, box in zip(city.districts, (WEST, EAST), strict=True):
            outline(region, box)
        rows = [
            ("sources", PLANT | {"region": "990103"}), ("sources", FARM), ("sources", LOST), ("activities", COAL),
            ("animals", PIGS), ("animals", PIGS | {"source_id": "A002", "tan": Decimal(7)}), ("shares", SHARES),
            ("totals", TOTAL), ("totals", TOTAL | {"item": "熟料"}),
        ]  # fmt: skip
        office = Actor(staff["campaign_office"])
        bring(office, rows)
        row = StartRun(office, 2025, city.prefecture).execute()
        found = compute(office, 2025, city.prefecture, abroad=False)
        row = FinishRun(office, row, found).execute()
        prepare(office, row, found)
        yield World(city, staff, row)
        transaction.set_rollback(True)


@pytest.fixture
def run(world: World) -> InventoryRun:
    """The run as it is kept."""
    return InventoryRun.objects.get(pk=world.run.pk)


@pytest.fixture
def client(world: World, client_of: Callable[[User], Client]) -> Client:
    """The campaign office in its browser."""
    return client_of(world.staff["campaign_office"])


def head(row: InventoryRun, kind: str, key: str = "") -> Any:
    """What a part tells."""
    return Prepared.objects.get(run=row, kind=kind, key=key).head


@pytest.mark.parametrize("side", [1000, 3000])
def test_cells_outside_and_without_a_place_sum_to_the_totals_of_the_run(run: InventoryRun, side: int) -> None:
    sums = head(run, "grid", str(side))["sums"]
    assert set(sums) == set(run.totals)
    for name, parts in sums.items():
        cells = Prepared.objects.get(run=run, kind="cells", key=f"{side}:{name}").body
        assert sum(cells["t"]) == pytest.approx(parts["cells"], rel=1e-12)
        whole = parts["cells"] + parts["outside"] + parts["unplaced"]
        assert whole == pytest.approx(float(Fraction(run.totals[name])), rel=1e-12)
    lost = Source.objects.get(name="无边界面源")
    assert sums["NH3"]["unplaced"] > 0
    assert [one["source"] for one in head(run, "grid", str(side))["no_place"]] == [lost.pk]


def test_the_cell_of_a_plant_names_it_and_the_farm_is_in_every_cell_of_its_county(
    run: InventoryRun, client: Client
) -> None:
    address = f"{run.get_absolute_url()}grid/"
    drawn = client.get(f"{address}cells/", {"side": 1000, "pollutant": "SO2"}).json()
    assert len(drawn["cells"]) == 1
    found = client.get(f"{address}cell/", {"side": 1000, "pollutant": "SO2", "cell": drawn["cells"][0]}).json()
    assert [one["name"] for one in found["sources"]] == ["晴川热电厂"]
    farm = client.get(f"{address}cells/", {"side": 1000, "pollutant": "NH3"}).json()
    assert len(farm["cells"]) > 20
    one = client.get(f"{address}cell/", {"side": 1000, "pollutant": "NH3", "cell": farm["cells"][5]}).json()
    assert [entry["name"] for entry in one["sources"]] == ["云山区农业面源"]
    assert client.get(f"{address}cell/", {"side": 1000, "pollutant": "SO2", "cell": 0}).status_code == 404


def test_the_greatest_sources_of_a_group_are_those_with_the_greatest_sums() -> None:
    import numpy as np

    groups = np.array([3, 3, 3, 3, 3, 3, 3, 7])
    owners = np.array([1, 2, 3, 4, 5, 6, 1, 9])
    found = list(preparing._greatest(groups, owners, np.array([1.0, 5, 4, 3, 2, 1.5, 1.0, 8])))
    assert found == [(3, 2, 5.0), (3, 3, 4.0), (3, 4, 3.0), (3, 1, 2.0), (3, 5, 2.0), (7, 9, 8.0)]


def test_the_download_holds_every_pollutant_in_closed_cells(run: InventoryRun, client: Client) -> None:
    answer = client.get(f"{run.get_absolute_url()}grid/geojson/", {"side": 3000})
    found = json.loads(answer.content)
    assert (found["unit"], found["year"]) == ("t", 2025)
    sums = {
        name: sum(one["properties"][name] for one in found["features"]) + found["outside"][name] + found["unplaced"][name]
        for name in run.totals
    }  # fmt: skip
    for name, t in run.totals.items():
        assert sums[name] == pytest.approx(float(Fraction(t)), rel=1e-12)
    ring = found["features"][0]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 5


def test_months_follow_own_shares_and_sum_to_the_year(run: InventoryRun) -> None:
    times = head(run, "times")
    coal = times["months"]["SO2"]["电力热力源"]
    assert coal[:2] == [0, 0]
    assert coal[2] > 0
    for name, classes in times["months"].items():
        assert sum(map(sum, classes.values())) == pytest.approx(float(Fraction(run.totals[name])), rel=1e-12)
    own = [one for one in times["profiles"] if one["own"]]
    assert [(one["own"], one["source"]) for one in own] == [
        (["month"], Source.objects.get(name="晴川热电厂").pk)
    ]
    for one in times["profiles"]:
        for kind in ("month", "weekday", "hour"):
            assert sum(one["shares"][kind]) == pytest.approx(1, rel=1e-12)


def test_the_spread_is_drawn_again_alike_and_grades_sum_to_the_totals(
    run: InventoryRun, world: World
) -> None:
    spread = head(run, "spread")
    again = list(parts_of("spread", compute(world.office, 2025, world.city.prefecture, abroad=False), run))
    assert again[0].head == spread
    whole = {one["pollutant"]: one for one in spread["intervals"] if not one["name"]}
    assert set(whole) == {name for name, t in run.totals.items() if Fraction(t)}
    for name, one in whole.items():
        assert one["low"] < one["t"] < one["high"]
        assert sum(spread["grades"][name].values()) == pytest.approx(float(Fraction(run.totals[name])))


def test_places_sum_to_the_totals_and_the_balance_judges_each_total(run: InventoryRun) -> None:
    for by in ("region", "town"):
        sums = head(run, "sums", by)
        for name, t in run.totals.items():
            assert sum(one[1] for one in sums[name]) == pytest.approx(float(Fraction(t)), rel=1e-12)
    rows = {row["item"]: row for row in head(run, "balance")["rows"]}
    assert (rows["煤炭"]["verdict"], rows["熟料"]["verdict"]) == ("fits", "no_activity")


PAGES = ("", "grid/", "places/", "times/", "uncertainty/", "check/", "comparison/", "gaps/")


@pytest.mark.parametrize("page", PAGES)
def test_every_tab_opens_with_few_questions_to_the_database(
    run: InventoryRun, client: Client, page: str, django_assert_max_num_queries: Any
) -> None:
    address = f"{run.get_absolute_url()}{page}"
    client.get(address)
    with django_assert_max_num_queries(20):
        answer = client.get(address, {"pollutant": "NH3"})
    assert answer.status_code == 200
    assert "lt-tabs" in answer.content.decode()


def test_a_run_without_parts_offers_to_prepare_them_and_the_job_does(
    run: InventoryRun, client: Client, at_once: Iterator[None], django_capture_on_commit_callbacks: Any
) -> None:
    Prepared.objects.all().delete()
    InventoryRun.objects.filter(pk=run.pk).update(job=None)
    page = client.get(f"{run.get_absolute_url()}times/").content.decode()
    assert f"{run.get_absolute_url()}prepare/" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{run.get_absolute_url()}prepare/")
    run.refresh_from_db()
    assert run.job is not None
    assert run.job.status == "done"
    assert set(preparing.PARTS) <= set(run.prepared.values_list("kind", flat=True))


def test_a_reader_neither_prepares_nor_keeps_parts(run: InventoryRun, world: World) -> None:
    with pytest.raises(NotAllowed):
        KeepPart(Actor(world.staff["leader"]), run, "times", []).execute()


def test_who_sees_one_district_is_told_of_no_source_of_another(
    run: InventoryRun, world: World, client_of: Callable[[User], Client]
) -> None:
    user = make_account("west", world.city.office)
    give(user, "leader", region=world.city.prefecture)
    Source.objects.filter(name="晴川热电厂").update(region=None)
    client = client_of(User.objects.get(pk=user.pk))
    address = f"{run.get_absolute_url()}grid/"
    drawn = client.get(f"{address}cells/", {"side": 1000, "pollutant": "SO2"}).json()
    found = client.get(f"{address}cell/", {"side": 1000, "pollutant": "SO2", "cell": drawn["cells"][0]}).json()
    assert found["sources"] == []
    assert found["rest"]
    assert "晴川热电厂" not in client.get(address, {"pollutant": "SO2"}).content.decode()
    assert "晴川热电厂" not in client.get(run.get_absolute_url(), {"pollutant": "SO2"}).content.decode()


def test_every_hour_is_written_as_a_file_by_a_job_with_progress_and_sums_to_the_cells(
    run: InventoryRun, client: Client, at_once: Iterator[None], django_capture_on_commit_callbacks: Any
) -> None:
    import netCDF4

    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{run.get_absolute_url()}file/", {"kind": "hours3"})
    job = Job.objects.get(kind="sources.inventory.file")
    assert (job.status, job.total) == ("done", 14)
    kept = files.of(run).get()
    assert kept.name.endswith(".nc")
    with netCDF4.Dataset("inmemory", memory=files.read(kept)) as book:
        flux = book["SO2"][:].astype("f8")
        assert flux.shape[0] == 8760
        tonnes = float((flux.sum(axis=0) * book["cell_area"][:]).sum()) * 3600 / 1000
    assert tonnes == pytest.approx(head(run, "grid", "3000")["sums"]["SO2"]["cells"], rel=1e-6)
    assert not list((Path(settings.DATA) / "hours").iterdir())


def test_the_same_hours_are_not_written_twice_at_a_time(run: InventoryRun, world: World) -> None:
    StartFile(world.office, run, "hours3").execute()
    with pytest.raises(Conflict):
        StartFile(world.office, run, "hours3").execute()


def test_months_that_a_job_has_left_are_removed_after_a_week_unless_it_waits_to_go_on(
    run: InventoryRun, world: World
) -> None:
    folder = Path(settings.DATA) / "hours"
    now = timezone.now()
    waiting = f"{run.pk}-hours3"
    for name in (waiting, "99999-hours", "99999-hours3"):
        (folder / name).mkdir(parents=True)
        (folder / name / "2025-01.nc").write_bytes(b"x")
        old = (now - files_of_runs.HOURS_KEPT * (2 if name != "99999-hours3" else 0.5)).timestamp()
        for path in (folder / name / "2025-01.nc", folder / name):
            os.utime(path, (old, old))
    StartFile(world.office, run, "hours3").execute()
    try:
        assert files_of_runs.forget_hours(now) == 1
        assert {path.name for path in folder.iterdir()} == {waiting, "99999-hours3"}
    finally:
        shutil.rmtree(folder)


def test_the_list_of_sources_shows_what_they_emit_and_its_export_holds_the_numbers(
    run: InventoryRun, world: World, client: Client, client_of: Callable[[User], Client]
) -> None:
    page = client.get("/sources/", {"pollutant": "NH3"}).content.decode()
    assert "NH3（t/a，2025 年）" in page
    sums = client.get("/sources/", {"pollutant": "NH3"}).context["table"].columns["emitted"].column.sums
    farm = Source.objects.get(name="云山区农业面源")
    assert sums[farm.pk] == pytest.approx(float(Fraction(run.totals["NH3"])) * 100 / 107)
    answer = client.get("/sources/", {"pollutant": "NH3", "export": "xlsx"})
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert pytest.approx(sums[farm.pk]) in [cell for cell in cells if isinstance(cell, float)]
    # A town officer sees sources, but no inventory.
    assert "t/a" not in client_of(world.staff["town_officer"]).get("/sources/").content.decode()


def test_the_page_of_a_source_leads_to_its_activities(run: InventoryRun, client: Client) -> None:
    plant = Source.objects.get(name="晴川热电厂")
    page = client.get(plant.get_absolute_url()).content.decode()
    assert f"/sources/{plant.pk}/activities/2025/" in page
    assert run.get_absolute_url() in page


def test_large_years_are_compared_by_a_job_and_give_what_the_page_would(
    run: InventoryRun, world: World, client: Client, client_of: Callable[[User], Client], at_once: Iterator[None],
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    rows = [("sources", PLANT | {"region": "990103"}), ("activities", COAL | {"activity": Decimal(80)})]
    ImportInventory(world.office, workbook(rows), "c.xlsx", year="2024").execute()
    row = StartRun(world.office, 2024, world.city.prefecture).execute()
    old = FinishRun(world.office, row, compute(world.office, 2024, world.city.prefecture, abroad=False)).execute()
    address = f"{run.get_absolute_url()}comparison/"
    small = client.get(address, {"with": old.pk, "pollutant": "SO2"}).context
    monkeypatch.setattr(comparing, "MOST_ROWS", 1)
    assert client.get(address, {"with": old.pk}).context["by_job"]
    assert client_of(world.staff["leader"]).post(address, {"with": old.pk}).status_code == 403
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address, {"with": old.pk})
    large = client.get(address, {"with": old.pk, "pollutant": "SO2"}).context
    assert "by_job" not in large
    assert (large["sums"], large["changes"]) == (small["sums"], small["changes"])
    assert large["changes"]


def test_a_comparison_says_which_inventory_is_no_longer_in_force(
    run: InventoryRun, world: World, client: Client
) -> None:
    rows = [("sources", PLANT | {"region": "990103"}), ("activities", COAL | {"activity": Decimal(80)})]
    ImportInventory(world.office, workbook(rows), "c.xlsx", year="2024").execute()

    def computed() -> InventoryRun:
        row = StartRun(world.office, 2024, world.city.prefecture).execute()
        found = compute(world.office, 2024, world.city.prefecture, abroad=False)
        return FinishRun(world.office, row, found).execute()

    old = computed()
    address = f"{run.get_absolute_url()}comparison/"
    assert not client.get(address).context["other"]
    assert "请选择要对比的排放清单" in client.get(address).content.decode()
    assert "newer" not in client.get(address, {"with": old.pk}).context
    now = computed()
    context = client.get(address, {"with": old.pk, "pollutant": "NOx"}).context
    assert context["newer"] == [(old, now)]
    assert context["newer_url"] == f"{address}?with={now.pk}&pollutant=NOx"
    assert "newer" not in client.get(address, {"with": now.pk}).context


def test_gaps_are_paged(run: InventoryRun, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "GAPS_OF_PAGE", 2)
    InventoryRun.objects.filter(pk=run.pk).update(
        gaps=[{"source": Source.objects.get(name="晴川热电厂").pk, "source_id": "A001", "unit": f"MF{n}", "pollutant": "SO2",
               "sheet": "活动水平", "row": n, "column": "", "activity": None, "code": "x", "said": []} for n in range(5)],
        basis=run.basis | {"gaps": 7},
    )  # fmt: skip
    address = f"{run.get_absolute_url()}gaps/"
    page = client.get(address, {"page": "3"})
    assert [gap["unit"] for gap in page.context["page_obj"]] == ["MF4"]
    assert page.context["left_out"] == 2
    assert "另有 2 条" in page.content.decode()
    assert [gap["unit"] for gap in client.get(address).context["page_obj"]] == ["MF0", "MF1"]
