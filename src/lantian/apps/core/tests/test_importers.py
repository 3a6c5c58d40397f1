"""Lists and outlines come into the register whole or not at all, and a second time change nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from lantian.apps.core import files, import_jobs
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.importers import registry
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.importers.boundaries import ImportBoundaries
from lantian.apps.core.importers.organisations import ImportOrganisations
from lantian.apps.core.importers.people import ImportPeople
from lantian.apps.core.importers.regions import ImportRegions
from lantian.apps.core.models import (
    Attachment,
    Grant,
    LogEntry,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    Region,
    RegionBoundary,
    Role,
    User,
)
from lantian.apps.core.tests.test_foundation import make_user
from lantian.rules import geo

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def csv_of(*rows: tuple[Any, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def xlsx_of(*rows: tuple[Any, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def regions(*rows: tuple[Any, ...], name: str = "区划.csv") -> ImportRegions:
    return ImportRegions(SYSTEM, xlsx_of(*rows) if name.endswith("xlsx") else csv_of(*rows), name)


def codes(problems: Any) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in problems]


CITY = (
    ("代码", "名称", "级别"),
    ("4101", "甲市", "地级市"),
    ("410102", "乙区", "县级"),
    ("410102001", "丙街道", ""),
)


# --- regions ---


def test_a_list_of_places_gets_its_parents_from_the_national_codes() -> None:
    report = regions(*CITY).execute()

    assert report.counts() == {
        "rows": 3,
        "create": 4,
        "unchanged": 0,
        "groups": {"prefecture": 1, "county": 1, "town": 1, "province": 1},
    }
    town = Region.objects.get(code="410102001")
    assert [row.name for row in town.ancestors()] == ["河南省", "甲市", "乙区"]
    assert Region.objects.get(name="甲市").code == "410100"
    assert [note.code for note in report.notes] == ["province_added"]


def test_an_import_is_one_entry_of_the_log_with_a_file_of_all_changes() -> None:
    regions(*CITY).execute()
    entry = LogEntry.objects.get()

    assert (entry.action, entry.object_label, entry.after["create"]) == ("core.region.import", "区划.csv", 4)
    kept = Attachment.objects.get(pk=entry.after["attachment"])
    assert kept.sha256 == entry.after["sha256"]
    lines = list(csv.reader(io.StringIO(files.read(kept).decode("utf-8-sig"))))
    assert ["create", "4", "410102001 丙街道", "parent", "", "410102"] in lines


def test_the_same_file_again_changes_nothing_and_a_corrected_one_only_what_differs() -> None:
    regions(*CITY).execute()
    again = regions(*CITY).execute()
    corrected = regions(*CITY[:2], ("410102", "乙丙区", "县级")).execute()

    assert (again.changes, again.unchanged, LogEntry.objects.count()) == ([], 3, 2)
    assert [(change.before, change.after) for change in corrected.changes] == [
        ({"name": "乙区"}, {"name": "乙丙区"})
    ]
    assert Region.objects.count() == 4


def test_excel_with_titles_numbers_and_chinese_dates_is_understood() -> None:
    regions(
        ("某市行政区划表",),
        ("行政区划代码", "行政区划名称", "层级", "启用日期", "代码性质", "上级代码"),
        (410100, "甲市", "市级", "2001年3月1日", None, None),
        (410102.0, "乙区", "区县", date(2003, 5, 1), "国标", 410100),
        ("KFQ1", "甲经开区", "县级", "2015.6", "本地代码", "4101"),
        name="区划.xlsx",
    ).execute()
    zone = Region.objects.get(code="KFQ1")

    assert (zone.code_kind, zone.valid_from, zone.parent.name) == ("local", date(2015, 6, 1), "甲市")
    assert Region.objects.get(code="410102").valid_from == date(2003, 5, 1)


def test_codes_of_statistics_for_zones_count_as_local() -> None:
    regions(("code", "name"), ("410100", "甲市"), ("410173", "甲空港区"), ("410105", "乙区")).execute()

    assert dict(Region.objects.filter(level="county").values_list("code", "code_kind")) == {
        "410173": "local",
        "410105": "statutory",
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("410102", "乙区", "", "")], [(2, "parent_unknown")]),
        ([("4101", "", "", "")], [(2, "cell_empty")]),
        ([("", "甲市", "", "")], [(2, "cell_empty")]),
        ([("4101", "甲市", "县级", "")], [(2, "level_differs")]),
        ([("4101", "甲市", "星球", "")], [(2, "not_a_choice")]),
        ([("41012", "甲市", "", "")], [(2, "code_bad")]),
        ([("ABC", "开发区", "", "")], [(2, "code_bad")]),
        ([("ABC", "开发区", "县级", "")], [(2, "parent_missing")]),
        ([("4101", "甲市", "", "不存在省")], [(2, "parent_name")]),
        ([("4101", "甲市", "", ""), ("4101", "甲市", "", "")], [(3, "row_twice")]),
        ([("4101", "甲市", "", ""), ("410100", "乙市", "", "")], [(3, "code_twice")]),
        ([("999999", "某区", "", "")], [(2, "parent_unknown")]),
    ],
)
def test_a_wrong_row_is_told_with_its_place_and_nothing_is_imported(
    rows: list[Any], expected: list[tuple[int, str]]
) -> None:
    action = regions(("代码", "名称", "级别", "上级"), *rows)
    report = action.examine()

    assert codes(report.problems) == expected
    assert all(problem.message and "%(" not in problem.message for problem in report.problems)
    with pytest.raises(ImportRefused):
        action.execute()
    assert (Region.objects.count(), LogEntry.objects.count()) == (0, 0)


def test_a_file_without_a_list_or_of_another_kind_says_so() -> None:
    for content, name in (
        (b"hello", "a.csv"),
        (b"\x00\x01", "a.xlsx"),
        (b"", "a.csv"),
        (b"\x1f\x8bzz", "a.csv.gz"),
    ):
        with pytest.raises(Invalid) as refused:
            ImportRegions(SYSTEM, content, name).examine()
        assert "file" in refused.value.fields


def test_a_new_period_closes_the_old_one_and_takes_along_what_hangs_on_it() -> None:
    regions(*CITY).execute()
    old = Region.objects.get(code="410102")
    bureau = Organisation.objects.create(name="乙区环保局", region=old)
    grant = Grant.objects.create(
        user=User.objects.create(username="u"), role=Role.objects.create(code="r", name="r"), region=old
    )
    regions(("代码", "名称", "启用日期"), ("410102", "新乙区", "2020-07-01")).execute()

    old.refresh_from_db()
    new = Region.objects.get(code="410102", valid_to=None)
    assert (old.valid_to, new.name, new.valid_from) == (date(2020, 6, 30), "新乙区", date(2020, 7, 1))
    assert list(new.predecessors.all()) == [old]
    town = Region.objects.get(code="410102001")
    assert town.parent == new and town.path.startswith(new.path)
    assert Organisation.objects.get(pk=bureau.pk).region == new
    assert Grant.objects.get(pk=grant.pk).region == new


def test_periods_of_one_code_may_not_overlap() -> None:
    head = ("代码", "名称", "启用日期", "停用日期")
    good = regions(head, ("4101", "旧市", "1990-01-01", "1999-12-31"), ("4101", "新市", "2000-01-01", ""))
    bad = regions(head, ("4102", "旧市", "1990-01-01", "2000-12-31"), ("4102", "新市", "2000-01-01", ""))

    assert good.execute().count("create") == 3
    assert codes(bad.examine().problems) == [(3, "periods_overlap")]


def test_a_wide_list_names_cities_counties_and_towns_in_one_row() -> None:
    regions(
        ("city_code", "city", "county_code", "county", "town_code", "town"),
        ("4101", "甲市", "410102", "乙区", "410102001", "丙街道"),
        ("4101", "甲市", "410102", "乙区", "410102002", "丁街道"),
        ("4190", "戊市", "419001", "戊市", "419001001", "己街道"),
    ).execute()

    assert sorted(Region.objects.values_list("code", flat=True)) == [
        "410000", "410100", "410102", "410102001", "410102002", "419000", "419001", "419001001",
    ]  # fmt: skip
    assert Region.objects.get(code="410102002").parent.code == "410102"


def test_a_county_straight_under_its_province_needs_no_city() -> None:
    regions(("code", "name"), ("419001", "戊市"), ("110101", "东城区")).execute()

    assert {r.code: r.parent.code for r in Region.objects.filter(level="county")} == {
        "419001": "410000",
        "110101": "110000",
    }


def test_a_moved_county_takes_its_towns_along() -> None:
    regions(*CITY, ("4102", "丁市", "")).execute()
    regions(("代码", "名称", "上级代码"), ("410102", "乙区", "410200")).execute()
    town = Region.objects.get(code="410102001")

    assert [row.code for row in town.ancestors()] == ["410000", "410200", "410102"]


def test_only_who_may_manage_places_imports_them() -> None:
    reader = make_user(Organisation.objects.create(name="局"), "core.region.view", scope="all")

    with pytest.raises(NotAllowed):
        ImportRegions(Actor(reader), csv_of(*CITY), "a.csv").examine()
    with pytest.raises(NotAllowed):
        ImportRegions(Actor(reader), csv_of(*CITY), "a.csv").execute()


def test_the_towns_of_henan_come_in_within_ten_seconds(
    shared_dir: Path, django_assert_max_num_queries: Any
) -> None:
    path = shared_dir / "data" / "geo" / "henan_towns_2023.csv"
    start = time.perf_counter()
    with django_assert_max_num_queries(80):
        report = ImportRegions(SYSTEM, path.read_bytes(), path.name).execute()
    elapsed = time.perf_counter() - start

    levels = {level: Region.objects.filter(level=level).count() for level in ("prefecture", "county", "town")}
    assert levels == {"prefecture": 18, "county": 181, "town": 2586}
    assert report.groups == {**levels, "province": 1}
    assert Region.objects.filter(code_kind="local", level="county").count() == 24
    assert not Region.objects.filter(path="").exists()
    assert LogEntry.objects.count() == 1
    assert elapsed < 60, f"{elapsed:.1f} s"
    again = ImportRegions(SYSTEM, path.read_bytes(), path.name).execute()
    assert (again.changes, again.unchanged) == ([], 2785)


def test_the_counties_of_the_country_come_in_from_a_packed_file(shared_dir: Path) -> None:
    path = shared_dir / "data" / "geo" / "china_counties_2023.csv.gz"
    report = ImportRegions(SYSTEM, path.read_bytes(), path.name).execute()

    assert (report.rows, report.problems) == (2978, [])
    assert Region.objects.filter(level="province").count() == 31
    assert Region.objects.exclude(level="province").filter(parent__isnull=True).count() == 0


# --- organisations ---


def organisations(*rows: tuple[Any, ...], actor: Actor = SYSTEM) -> ImportOrganisations:
    return ImportOrganisations(actor, xlsx_of(*rows), "单位.xlsx")


ORGANISATIONS = (
    ("单位名称", "简称", "上级单位", "所属区划", "类型", "曾用名", "代码"),
    ("甲市人民政府", "市政府", "", "410100", "政府", "", "G1"),
    ("甲市生态环境局", "市生态环境局", "甲市人民政府", "甲市", "部门", "甲市环境保护局、市环保局", "B1"),
    ("乙区分局", "", "B1", "甲市乙区", "部门", "", ""),
)


def test_organisations_come_in_with_parents_places_and_former_names() -> None:
    regions(*CITY).execute()
    report = organisations(*ORGANISATIONS).execute()
    branch = Organisation.objects.get(name="乙区分局")

    assert report.counts() == {"rows": 3, "create": 3, "unchanged": 0}
    assert [row.code for row in branch.ancestors()] == ["G1", "B1"]
    assert (branch.region.name, branch.kind) == ("乙区", "department")
    assert set(OrganisationAlias.objects.values_list("name", "kind")) == {
        ("甲市环境保护局", "former"),
        ("市环保局", "former"),
    }
    assert organisations(*ORGANISATIONS).execute().changes == []


def test_an_organisation_known_by_its_code_is_renamed_and_moved_below_a_new_one() -> None:
    regions(*CITY).execute()
    organisations(*ORGANISATIONS).execute()
    report = organisations(
        ("代码", "名称", "上级"), ("N1", "甲市攻坚办", "G1"), ("B1", "甲市生态局", "甲市攻坚办")
    ).execute()
    bureau = Organisation.objects.get(code="B1")

    assert (report.count("create"), report.count("update")) == (1, 1)
    assert (bureau.name, bureau.short_name, bureau.parent.code) == ("甲市生态局", "市生态环境局", "N1")
    assert [row.code for row in Organisation.objects.get(name="乙区分局").ancestors()] == ["G1", "N1", "B1"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("甲", "无此上级", "", "")], [(2, "parent_unknown")]),
        ([("甲", "", "火星", "")], [(2, "region_unknown")]),
        ([("甲", "甲", "", "")], [(2, "parent_self")]),
        ([("甲", "乙", "", ""), ("乙", "甲", "", "")], [(2, "parent_circle"), (3, "parent_circle")]),
        ([("甲", "", "", ""), ("甲", "", "", "")], [(3, "row_twice")]),
        ([("甲", "", "", "A"), ("乙", "", "", "A")], [(3, "row_twice")]),
        ([("", "", "", "A")], [(2, "cell_empty")]),
        ([("长" * 121, "", "", "")], [(2, "name_long")]),
    ],
)
def test_a_wrong_organisation_is_told_with_its_row(rows: list[Any], expected: list[tuple[int, str]]) -> None:
    action = organisations(("名称", "上级", "区划", "代码"), *rows)

    assert codes(action.examine().problems) == expected
    with pytest.raises(ImportRefused):
        action.execute()
    assert Organisation.objects.count() == 0


def test_an_import_cannot_reach_beyond_the_data_scope() -> None:
    bureau = Organisation.objects.create(name="甲局", code="A")
    other = Organisation.objects.create(name="乙局", code="B")
    user = make_user(bureau, "core.organisation.manage", scope="below")
    head = ("名称", "代码", "上级")

    inside = organisations(head, ("甲局一科", "", "A"), actor=Actor(user))
    assert inside.execute().count("create") == 1
    for row, code in (
        (("乙局改名", "B", ""), "not_yours"),
        (("乙局一科", "", "B"), "not_yours"),
    ):
        assert codes(organisations(head, row, actor=Actor(user)).examine().problems) == [(2, code)]
    with pytest.raises(ImportRefused):
        organisations(head, ("无主单位", "", ""), actor=Actor(user)).execute()
    assert set(Organisation.objects.values_list("name", flat=True)) == {"甲局", "乙局", "甲局一科"}
    assert Organisation.objects.get(pk=other.pk).children.count() == 0


# --- people ---


def test_people_come_in_with_posts_and_a_second_time_change_nothing() -> None:
    bureau = Organisation.objects.create(name="甲局", short_name="局")
    OrganisationAlias.objects.create(organisation=bureau, name="老甲局", kind="former")
    rows = (
        ("姓名", "单位", "职务", "手机号", "负责人"),
        ("张三", "甲局", "局长", "138 0000 0000", "是"),
        ("李四", "老甲局", "科长", "13900000000", "否"),
    )
    first = ImportPeople(SYSTEM, xlsx_of(*rows), "人员.xlsx").execute()
    second = ImportPeople(SYSTEM, xlsx_of(*rows), "人员.xlsx").execute()

    assert (first.count("create"), second.changes) == (2, [])
    assert Post.objects.get(title="局长").is_head is True
    assert Person.objects.get(name="张三").mobile == "13800000000"
    assert "13800000000" not in json.dumps(first.as_json())


def test_leaving_in_a_list_ends_the_posts() -> None:
    bureau = Organisation.objects.create(name="甲局")
    person = Person.objects.create(name="张三", organisation=bureau)
    post = Post.objects.create(organisation=bureau, title="局长", person=person)
    ImportPeople(
        SYSTEM, xlsx_of(("姓名", "单位", "离任日期"), ("张三", "甲局", "2024-03-31")), "a.xlsx"
    ).execute()
    post.refresh_from_db()

    assert post.valid_to == date(2024, 3, 31)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("张三", "无此局", "", ""), "organisation_unknown"),
        (("张三", "甲局", "电话", ""), "mobile_bad"),
        (("张三", "甲局", "", "不是邮箱"), "email_bad"),
    ],
)
def test_a_wrong_person_is_told(row: tuple[str, ...], code: str) -> None:
    Organisation.objects.create(name="甲局")
    action = ImportPeople(SYSTEM, xlsx_of(("姓名", "单位", "手机", "邮箱"), row), "a.xlsx")

    assert codes(action.examine().problems) == [(2, code)]


# --- boundaries ---


SQUARE = [[113.0, 34.0], [114.0, 34.0], [114.0, 35.0], [113.0, 35.0], [113.0, 34.0]]


def feature(ring: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def boundaries(*features: Any, crs: str = "wgs84", **extra: Any) -> ImportBoundaries:
    content = json.dumps({"type": "FeatureCollection", "features": list(features), **extra}).encode()
    return ImportBoundaries(SYSTEM, content, "界线.geojson", crs=crs, source="测试")


def test_an_outline_is_kept_in_wgs84_whatever_it_came_in() -> None:
    regions(*CITY).execute()
    shifted = [list(geo.wgs84_to_gcj02(*point)) for point in SQUARE]
    boundaries(feature(shifted, code="410100"), feature(SQUARE, name="乙区"), crs="gcj02").execute()
    stored = RegionBoundary.objects.get(region__code="410100")

    assert stored.geometry["coordinates"][0][0] == SQUARE
    assert (stored.west, stored.south, stored.east, stored.north) == pytest.approx(
        (113, 34, 114, 35), abs=1e-9
    )
    assert (stored.declared_crs, stored.source) == ("gcj02", "测试")
    other = RegionBoundary.objects.get(region__name="乙区")
    assert other.west == pytest.approx(min(geo.gcj02_to_wgs84(113.0, y)[0] for y in (34.0, 35.0)), abs=1e-9)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (feature([[0, 0], [1, 0], [0, 0]], code="4101"), "ring_too_short"),
        (feature([[0, 0], [1, 0], [1, 1], [0, 1]], code="4101"), "ring_open"),
        (feature([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]], code="4101"), "ring_without_area"),
        (feature([[0, 0], [3, 2], [3, 0], [0, 1], [0, 0]], code="4101"), "ring_crosses_itself"),
        (feature([[0, 0], [200, 0], [1, 1], [0, 0]], code="4101"), "out_of_range"),
        (feature([[0, "x"], [1, 0], [1, 1], [0, 0]], code="4101"), "not_numbers"),
        (feature(SQUARE, code="999999"), "region_unknown"),
        ({"type": "Feature", "properties": {"code": "4101"}, "geometry": {"type": "Point"}}, "not_polygon"),
        ({"type": "Feature", "properties": {"code": "4101"}, "geometry": None}, "not_polygon"),
        ("text", "not_feature"),
    ],
)
def test_a_wrong_outline_is_told_and_nothing_is_imported(bad: Any, code: str) -> None:
    regions(*CITY).execute()
    action = boundaries(feature(SQUARE, code="410102"), bad)

    assert codes(action.examine().problems) == [(2, code)]
    with pytest.raises(ImportRefused):
        action.execute()
    assert RegionBoundary.objects.count() == 0


def test_files_that_are_no_geojson_or_in_projected_coordinates_are_refused() -> None:
    for content, crs in (
        (b"{", "wgs84"),
        (b"[" * 100_000, "wgs84"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "wgs84"),
        (b'{"type": "FeatureCollection", "features": []}', "wgs84"),
        (b'{"type":"FeatureCollection","features":[{}],"crs":{"properties":{"name":"EPSG:4549"}}}', "wgs84"),
        (b'{"type": "FeatureCollection", "features": [{}]}', ""),
    ):
        with pytest.raises(Invalid):
            ImportBoundaries(SYSTEM, content, "a.geojson", crs=crs).examine()


def test_the_outlines_of_henan_find_their_places(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "geo"
    ImportRegions(SYSTEM, (folder / "henan_towns_2023.csv").read_bytes(), "henan_towns_2023.csv").execute()
    for name, count in (("henan_prefectures.geojson.gz", 18), ("henan_counties.geojson.gz", 157)):
        report = ImportBoundaries(SYSTEM, (folder / name).read_bytes(), name, crs="wgs84").execute()
        assert (report.rows, report.problems) == (count, [])
    source = json.loads(gzip.decompress((folder / "henan_counties.geojson.gz").read_bytes()))["features"][0]
    stored = RegionBoundary.objects.get(region__code=source["properties"]["code"])

    assert stored.geometry["coordinates"] == source["geometry"]["coordinates"]
    assert RegionBoundary.objects.count() == 174


# --- templates and jobs ---


def test_every_template_is_understood_by_its_own_importer() -> None:
    for importer in registry._importers.values():
        if not importer.has_template:
            continue
        if any(callable(one.choices) and not one.offered(SYSTEM) for one in importer.options):
            # It is for a row of the register, and there is none: its own tests look at its template.
            continue
        book = load_workbook(io.BytesIO(registry.template(importer)))
        sheet = book.worksheets[0]
        sheet.append([None])
        if importer.template is None:
            assert sheet.max_column == len(importer.run.template_columns)
        # What is asked beside the file and has no default is a year, so far.
        asked = {option.key: "2025" for option in importer.options if not option.default and not option.choices}
        action = importer.make(SYSTEM, registry.template(importer), "模板.xlsx", **asked)
        report = action.examine()
        if importer.template is None:
            assert (report.rows, report.problems, report.changes) == (0, [], [])
        else:
            # It shows by examples how it is filled in; they name places and meters that this register does not have.
            assert {"region_unknown", "unknown_meter"} >= {problem.code for problem in report.problems}


def test_the_examples_of_the_templates_can_be_imported() -> None:
    regions(("代码", "名称", "级别"), ("990000", "华中省", "省级")).execute()
    for code in ("regions", "organisations", "people"):
        importer = registry.get(code)
        assert importer is not None
        heads = [
            next(column.names[0] for column in importer.run.columns if column.key == key)
            for key in importer.run.template_columns
        ]
        action = importer.make(SYSTEM, xlsx_of(tuple(heads), *importer.run.example), "例.xlsx")
        assert action.execute().problems == []


@pytest.fixture
def keeper() -> User:
    return make_user(
        Organisation.objects.create(name="局"), "core.region.manage", "core.job.view", scope="all"
    )


def test_an_upload_is_checked_confirmed_and_imported_by_jobs(
    keeper: User, django_capture_on_commit_callbacks: Any, at_once: None
) -> None:
    importer = registry.get("regions")
    assert importer is not None
    with django_capture_on_commit_callbacks(execute=True):
        checked = import_jobs.StartImport(Actor(keeper), importer, csv_of(*CITY), "区划.csv").execute()
    checked.refresh_from_db()
    assert (checked.status, checked.result["create"], Region.objects.count()) == ("done", 4, 0)
    with django_capture_on_commit_callbacks(execute=True):
        applied = import_jobs.ConfirmImport(Actor(keeper), checked).execute()
    applied.refresh_from_db()
    checked.refresh_from_db()

    assert (applied.status, applied.result["create"], Region.objects.count()) == ("done", 4, 4)
    assert files.may_see(Actor(keeper), Attachment.objects.get(pk=applied.result["changes_attachment"]))
    with pytest.raises(Conflict):
        import_jobs.ConfirmImport(Actor(keeper), checked).execute()


def test_a_file_with_errors_cannot_be_confirmed_and_strangers_confirm_nothing(
    keeper: User, django_capture_on_commit_callbacks: Any, at_once: None
) -> None:
    importer = registry.get("regions")
    assert importer is not None
    with django_capture_on_commit_callbacks(execute=True):
        bad = import_jobs.StartImport(
            Actor(keeper), importer, csv_of(("代码", "名称"), ("410102", "乙区")), "a.csv"
        ).execute()
        good = import_jobs.StartImport(Actor(keeper), importer, csv_of(*CITY), "b.csv").execute()
    bad.refresh_from_db()
    good.refresh_from_db()
    other = make_user(keeper.organisation, "core.region.manage", "core.job.view", scope="all")

    assert bad.result["problems"][0]["code"] == "parent_unknown"
    with pytest.raises(Conflict):
        import_jobs.ConfirmImport(Actor(keeper), bad).execute()
    with pytest.raises(NotFound):
        import_jobs.ConfirmImport(Actor(other), good).execute()


def test_the_door_takes_only_files_of_its_kind(keeper: User) -> None:
    boundaries_importer = registry.get("boundaries")
    assert boundaries_importer is not None
    with pytest.raises(files.FileRefused):
        import_jobs.StartImport(Actor(keeper), boundaries_importer, b"a,b", "a.csv", crs="wgs84").execute()
    with pytest.raises(Invalid):
        import_jobs.StartImport(Actor(keeper), boundaries_importer, b"{}", "a.json", crs="mars").execute()
