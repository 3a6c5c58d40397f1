"""Workbooks into the lists: staged, told, applied in parts, resumed, taken back."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.models import RegionBoundary, User
from lantian.apps.sources import identity, keeping
from lantian.apps.sources.bulk import applying, undoing
from lantian.apps.sources.bulk.staging import Staging
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.exceptions import ListFrozen, NeedsApproval
from lantian.apps.sources.models import (
    ListEntry,
    Source,
    SourceKey,
    SourceList,
    StagedImport,
    StagedRow,
    Unit,
)
from lantian.apps.sources.tests.conftest import CEMENT
from tests.fixtures.accounts import give, make_account

pytestmark = pytest.mark.django_db
SECOND = "53640000MJX173680A"
HEAD = [
    "统一社会信用代码",
    "名称*",
    "行业代码",
    "行政区划代码",
    "街道（乡镇）",
    "地址",
    "经度（°）",
    "纬度",
    "坐标系",
    "状态",
    "别的栏",
]


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """An Excel file."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def enterprise_rows() -> list[list[Any]]:
    """A title, a heading, and two enterprises."""
    return [
        ["云山区涉气企业清单"],
        HEAD,
        [
            CEMENT["uscc"],
            CEMENT["name"],
            "C3011",
            "990102",
            "石桥街道",
            "石桥路1号",
            113.6,
            34.8,
            "WGS-84",
            "在产",
            "x",
        ],
        [SECOND, "晴川示例家具厂", "C2110", 990102, "石桥街道", "石桥路2号", None, None, None, "停产", None],
    ]


def line_rows() -> list[list[Any]]:
    """Three lines of them."""
    return [
        ["统一社会信用代码", "名称", "生产线编号", "生产线名称", "设计生产能力", "能力单位"],
        [CEMENT["uscc"], CEMENT["name"], "L1", "熟料线", 2500, "t/d"],
        [CEMENT["uscc"], CEMENT["name"], "L2", "粉磨线", 100, "t/h"],
        [SECOND, "晴川示例家具厂", "L1", "喷漆线", 5, "件/h"],
    ]


@pytest.fixture
def lines(enterprises: SourceList, actors: dict[str, Actor]) -> SourceList:
    """The list of lines of the city, beside that of enterprises."""
    from lantian.apps.sources.actions.lists import OpenList

    return OpenList(actors["campaign_office"], "lines", name="", region=enterprises.region).execute()


@pytest.fixture
def stage(actors: dict[str, Actor], tmp_path: Path) -> Callable[..., StagedImport]:
    """Reads sheets into a staged import."""

    def run(sheets: dict[str, list[list[Any]]], who: str = "campaign_office", **values: Any) -> StagedImport:
        path = workbook(tmp_path / "清单.xlsx", sheets)
        staged = StagedImport.objects.create(name=path.name, user=actors[who].user, **values)
        Staging(actors[who], staged).run(path, lambda _done, _total: None)
        return staged

    return run


def run(actor: Actor, staged: StagedImport, part_size: int = 2) -> int:
    """Apply all of it."""
    return applying.apply(actor, staged, lambda _done, _total: None, part_size=part_size)


def outcomes(staged: StagedImport) -> list[str]:
    """What each row would do."""
    return list(
        StagedRow.objects.filter(sheet__staged=staged)
        .order_by("sheet__order", "row")
        .values_list("outcome", flat=True)
    )


def test_two_sheets_become_sources_with_units_and_one_record_each(
    actors: dict[str, Actor], lines: SourceList, stage: Callable[..., StagedImport]
) -> None:
    staged = stage({"涉气企业清单": enterprise_rows(), "生产线": line_rows()}, listed=True)
    sheets = list(staged.sheets.all())
    names = {row.type: row.name for row in SourceList.objects.all()}
    if sheets[0].list is None or sheets[1].list is None:
        staged = stage({names["enterprises"]: enterprise_rows(), names["lines"]: line_rows()}, listed=True)
    assert outcomes(staged) == ["new"] * 5
    assert Source.objects.count() == 0
    assert run(actors["campaign_office"], staged) == 5
    assert (Source.objects.count(), Unit.objects.count(), ListEntry.objects.count()) == (2, 3, 5)
    cement = Source.objects.get(uscc=CEMENT["uscc"])
    assert (cement.lon, cement.region.code, cement.units.count()) == (113.6, "990102", 2)
    assert set(ListEntry.objects.values_list("state", flat=True)) == {EntryState.LISTED}
    assert SourceKey.objects.filter(source=cement, kind="uscc", value=CEMENT["uscc"]).exists()
    assert Unit.objects.get(source=cement, number="L1").values["design_rate"] == "2500"


def named(kind: str) -> str:
    """How the list of a kind is called."""
    return SourceList.objects.get(type=kind).name


def test_an_import_again_changes_nothing_and_a_change_is_told(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    rows = enterprise_rows()
    run(actors["campaign_office"], stage({named("enterprises"): rows}))
    again = stage({named("enterprises"): rows})
    assert outcomes(again) == ["same", "same"]
    rows[3][1] = "晴川示例家具有限公司"
    changed = stage({named("enterprises"): rows})
    assert outcomes(changed) == ["same", "changed"]
    run(actors["campaign_office"], changed)
    source = Source.objects.get(uscc=SECOND)
    assert source.name == "晴川示例家具有限公司"
    assert ListEntry.objects.get(source=source).name == "晴川示例家具有限公司"


def test_errors_stand_with_row_and_column_and_the_other_rows_go_on(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    rows = enterprise_rows()
    rows.append(["91130200699229617Y", "错码厂", "C9999", "990102", "", "某路", 1, 2, None, "在产", None])
    rows.append([CEMENT["uscc"], "重复", None, "990102", None, None, None, None, None, None, None])
    rows.append([None, None, None, None, None, None, None, None, None, "在产", None])
    staged = stage({named("enterprises"): rows})
    assert outcomes(staged) == ["new", "new", "invalid", "invalid", "invalid"]
    found = [
        {problem["code"] for problem in row.problems}
        for row in StagedRow.objects.filter(sheet__staged=staged, outcome="invalid").order_by("row")
    ]
    assert "uscc_check" in found[0] or any(code.startswith("uscc") for code in found[0])
    assert found[1] == {"twice"}
    assert found[2] == {"without_key"}
    assert run(actors["campaign_office"], staged) == 2


def test_a_run_that_broke_off_goes_on_where_it_stopped(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    staged = stage({named("enterprises"): enterprise_rows()})

    class Stop(Exception):
        pass

    def broken(done: int, _total: int) -> None:
        if done == 1:
            raise Stop

    with pytest.raises(Stop):
        applying.apply(actors["campaign_office"], staged, broken, part_size=1)
    assert Source.objects.count() == 1
    assert run(actors["campaign_office"], staged) == 2
    assert Source.objects.count() == 2


def test_an_import_is_taken_back_while_untouched(
    actors: dict[str, Actor], lines: SourceList, stage: Callable[..., StagedImport]
) -> None:
    actor = actors["campaign_office"]
    rows = enterprise_rows()
    run(actor, stage({named("enterprises"): rows[:3]}))
    before = list(Source.objects.values("name", "values", "uscc"))
    rows[2][1] = "改名后的水泥厂"
    staged = stage({named("enterprises"): rows, named("lines"): line_rows()})
    run(actor, staged)
    assert Unit.objects.count() == 3
    undoing.undo(actor, staged, lambda _done, _total: None)
    assert Unit.objects.count() == 0
    assert list(Source.objects.values("name", "values", "uscc")) == before
    assert ListEntry.objects.count() == 1


def test_an_import_whose_rows_were_changed_since_is_not_taken_back(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    actor = actors["campaign_office"]
    staged = stage({named("enterprises"): enterprise_rows()})
    run(actor, staged)
    keeping.change(Source.objects.get(uscc=SECOND), {"phone": "1"}, actor)
    with pytest.raises(Conflict, match="晴川示例家具厂"):
        undoing.undo(actor, staged, lambda _done, _total: None)
    assert Source.objects.count() == 2


def test_rows_outside_of_the_scope_are_refused(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    staged = stage({named("enterprises"): enterprise_rows()}, who="department_officer")
    assert outcomes(staged) == ["invalid", "invalid"]


def test_a_row_that_names_a_source_of_another_place_is_told_before_anything_is_applied(
    actors: dict[str, Actor], enterprises: SourceList, small_city: Any, stage: Callable[..., StagedImport]
) -> None:
    run(actors["campaign_office"], stage({named("enterprises"): enterprise_rows()[:3]}))
    ListEntry.objects.update(state=EntryState.REMOVED)
    east = make_account("east", small_city.office)
    give(east, "campaign_office", region=small_city.districts[1])
    actor = actors["east"] = Actor(User.objects.get(pk=east.pk))
    rows = enterprise_rows()
    for row in rows[2:]:
        row[3] = small_city.districts[1].code
    staged = stage({named("enterprises"): rows}, who="east")
    assert outcomes(staged) == ["invalid", "new"]
    (problem,) = StagedRow.objects.get(sheet__staged=staged, outcome="invalid").problems
    assert problem["code"] == "not_yours"
    assert run(actor, staged) == 1
    assert Source.objects.get(uscc=CEMENT["uscc"]).region == small_city.districts[0]


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (113.6, 34.8, ""),
        (500, -99, "coordinate_range"),
        (34.8, 113.6, "coordinate_swapped"),
        (115.0, 34.8, "coordinate_outside"),
        (None, 34.8, "position_half"),
    ],
)
def test_a_position_that_cannot_be_is_told_with_its_row(
    lon: Any, lat: Any, code: str, enterprises: SourceList, small_city: Any, stage: Callable[..., StagedImport]
) -> None:
    square = [[[113.0, 34.0], [114.0, 34.0], [114.0, 35.0], [113.0, 35.0], [113.0, 34.0]]]
    RegionBoundary.objects.create(
        region=small_city.prefecture, geometry={"type": "Polygon", "coordinates": square},
        west=113.0, south=34.0, east=114.0, north=35.0, declared_crs="wgs84",
    )  # fmt: skip
    rows = enterprise_rows()[:3]
    rows[2][6:8] = [lon, lat]
    staged = stage({named("enterprises"): rows})
    (row,) = StagedRow.objects.filter(sheet__staged=staged)
    assert [problem["code"] for problem in row.problems] == ([code] if code else [])


def test_a_permit_of_another_enterprise_is_told_with_its_row(
    enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    rows = enterprise_rows()
    rows[1] = [*HEAD, "排污许可证编号"]
    rows[2].append(f"{SECOND}001P")
    staged = stage({named("enterprises"): rows})
    assert outcomes(staged) == ["invalid", "new"]
    assert StagedRow.objects.get(sheet__staged=staged, outcome="invalid").problems[0]["code"] == "permit_of_another"


def test_a_sheet_that_is_no_list_is_told(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    staged = stage({"别的表": [["甲", "乙"], [1, 2]]})
    assert [problem["code"] for problem in staged.sheets.get().problems] == ["no_list"]


def test_the_pages_lead_from_the_upload_to_the_result(
    staff: dict[str, User],
    enterprises: SourceList,
    client: Client,
    tmp_path: Path,
    at_once: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.force_login(staff["campaign_office"])
    path = workbook(tmp_path / "清单.xlsx", {named("enterprises"): enterprise_rows()})
    content = BytesIO(path.read_bytes())
    content.name = "清单.xlsx"
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sources/imports/new/", {"file": content})
    staged = StagedImport.objects.get()
    assert staged.state == "ready"
    response = client.get(staged.get_absolute_url())
    assert "晴川示例家具厂" in response.content.decode() or "别的栏" in response.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            f"/sources/imports/{staged.pk}/apply/",
            {"rows": "all", "listed": "on", "reason": "晴环〔2026〕1号"},
        )
    staged.refresh_from_db()
    assert (staged.state, ListEntry.objects.filter(state="listed").count()) == ("applied", 2)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/sources/imports/{staged.pk}/undo/", {"reason": "误传"})
    staged.refresh_from_db()
    assert (staged.state, Source.objects.count()) == ("undone", 0)


def test_a_broken_workbook_is_told(
    staff: dict[str, User],
    enterprises: SourceList,
    client: Client,
    at_once: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.force_login(staff["campaign_office"])
    content = BytesIO(b"PK\x03\x04 no workbook")
    content.name = "坏.xlsx"
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sources/imports/new/", {"file": content})
    row = StagedImport.objects.get()
    assert (row.state, bool(row.error)) == ("failed", True)
    assert row.error in client.get(row.get_absolute_url()).content.decode()


def test_who_may_not_approve_does_not_change_a_listed_entry_by_a_table(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    user = actors["department_officer"].user
    assert user is not None
    give(user, "department_officer")
    rows = enterprise_rows()
    run(actors["campaign_office"], stage({named("enterprises"): rows}, listed=True))
    rows[3][1] = "晴川示例家具有限公司"
    staged = stage({named("enterprises"): rows}, who="department_officer")
    assert outcomes(staged) == ["same", "invalid"]
    allowed = stage({named("enterprises"): rows})
    assert outcomes(allowed) == ["same", "changed"]
    with pytest.raises(NeedsApproval):
        run(actors["department_officer"], allowed)
    assert Source.objects.get(uscc=SECOND).name == "晴川示例家具厂"


def test_a_list_that_was_frozen_meanwhile_takes_no_rows(
    actors: dict[str, Actor], enterprises: SourceList, stage: Callable[..., StagedImport]
) -> None:
    staged = stage({named("enterprises"): enterprise_rows()})
    SourceList.objects.filter(pk=enterprises.pk).update(state="frozen")
    with pytest.raises(ListFrozen):
        run(actors["campaign_office"], staged)
    assert Source.objects.count() == 0
    assert outcomes(stage({named("enterprises"): enterprise_rows()})) == ["invalid", "invalid"]


def test_natural_keys_are_looked_up_not_searched_for_along_the_whole_list(enterprises: SourceList) -> None:
    rows = identity.under_keys(enterprises, [f"uscc|{number}" for number in range(1000)])
    assert not rows.ordered
    # The plan of an empty table says nothing on PostgreSQL.
    assert connection.vendor != "sqlite" or "entry_key_once_per_list" in rows.explain()
