"""Pages of lists, entries and sources: what they show, whom they let do what, and that tables are read again."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import DataScope, LogEntry, RegionBoundary, User
from lantian.apps.sources.actions.bulk import LIMIT, BulkStep
from lantian.apps.sources.actions.entries import CheckEntry, ProposeEntry, PutOnList
from lantian.apps.sources.actions.fields import AddField, RetireField
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.exporting import cells_of, headings
from lantian.apps.sources.facts import facts_of, plain
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.models import ListEntry, OwnField, Proposal, SavedFilter, Source, SourceList
from lantian.apps.sources.tests.conftest import CEMENT
from lantian.rules.sources.cells import read_value
from tests.fixtures.accounts import City, give

pytestmark = pytest.mark.django_db

KEYS = ("91130200699229617X", "53640000MJX173680A")


@pytest.fixture
def city_wide(staff: dict[str, User]) -> None:
    """The department answers for everything here."""
    give(staff["department_officer"], "department_officer")


@pytest.fixture
def entries(actors: dict[str, Actor], enterprises: SourceList, city_wide: None) -> list[ListEntry]:
    """A listed and a proposed enterprise."""
    values = {
        **CEMENT,
        "longitude": "113.7",
        "latitude": "34.8",
        "datum": "wgs84",
        "has_cems": True,
        "fuels": ("coal", "natural_gas"),
        "coal_use": "1200.50",
    }
    first = ProposeEntry(actors["department_officer"], enterprises, values).execute()
    CheckEntry(actors["department_officer"], first).execute()
    PutOnList(actors["campaign_office"], first).execute()
    second = ProposeEntry(
        actors["department_officer"],
        enterprises,
        {**CEMENT, "uscc": KEYS[1], "name": "晴川示例铸造厂", "address": "石桥路9号", "trade": "C3391"},
    ).execute()
    return [ListEntry.objects.get(pk=row.pk) for row in (first, second)]


@pytest.fixture
def office(staff: dict[str, User], client_of: Callable[[User], Client]) -> Client:
    """The browser of the campaign office."""
    return client_of(staff["campaign_office"])


@pytest.fixture
def bureau(staff: dict[str, User], client_of: Callable[[User], Client]) -> Client:
    """The browser of the department."""
    return client_of(staff["department_officer"])


def names(response: Any) -> list[str]:
    """The names of the rows that a list shows."""
    return [row.record.name for row in response.context["table"].paginated_rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["晴川示例水泥有限公司", "晴川示例铸造厂"]),
        ("?search=铸造", ["晴川示例铸造厂"]),
        ("?state=listed", ["晴川示例水泥有限公司"]),
        ("?state=removed", []),
        ("?trade=C30", ["晴川示例水泥有限公司"]),
        ("?field=has_cems&value=yes", ["晴川示例水泥有限公司"]),
        ("?field=has_cems&value=none", ["晴川示例铸造厂"]),
        ("?field=fuels&value=coal", ["晴川示例水泥有限公司"]),
        ("?since=2000-01-01&sort=-name", ["晴川示例铸造厂", "晴川示例水泥有限公司"]),
        ("?status=stopped", []),
    ],
)
def test_a_list_is_filtered_by_what_its_rows_say(
    query: str, expected: list[str], office: Client, enterprises: SourceList, entries: list[ListEntry]
) -> None:
    response = office.get(enterprises.get_absolute_url() + query)
    assert sorted(names(response)) == sorted(expected)
    if "sort" in query:
        assert names(response) == expected


def test_a_list_asks_the_database_as_often_with_many_rows_as_with_few(
    office: Client,
    enterprises: SourceList,
    entries: list[ListEntry],
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = enterprises.get_absolute_url()
    office.get(url)
    with CaptureQueriesContext(connection) as few:
        office.get(url)
    for number in range(12):
        source = Source.objects.create(kind="enterprise", name=f"厂{number}", region=entries[0].region)
        ListEntry.objects.create(
            list=enterprises, source=source, key=f"k{number}", name=source.name, status="running"
        )
    with django_assert_num_queries(len(few)):
        office.get(url)


def test_every_cell_of_an_export_is_read_as_what_was_kept(
    enterprises: SourceList, entries: list[ListEntry]
) -> None:
    type_ = type_of(enterprises)
    entry = ListEntry.objects.select_related("source__region", "source__department", "unit").get(
        pk=entries[0].pk
    )
    facts = facts_of(entry.source, entry.unit, entry)
    read = {
        field.key: plain(read_value(field, str(cell)))
        for field, cell in zip(type_.fields, cells_of(type_, entry), strict=True)
        if cell != "" and field.key != "region_code"  # the codes of the small city are of no real place
    }
    assert read.pop("datum") == "wgs84"
    assert {key: str(value) for key, value in read.items()} == {
        key: str(value) if key != "coal_use" else "1200.50"
        for key, value in facts.items()
        if key in {field.key for field in type_.fields} - {"region_code"}
    }


def test_the_excel_file_has_all_columns_of_the_list(
    office: Client, enterprises: SourceList, entries: list[ListEntry]
) -> None:
    from openpyxl import load_workbook

    response = office.get(enterprises.get_absolute_url() + "?export=xlsx&search=水泥")
    rows = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    head = next(row for row in rows if "名称" in row)
    assert [one for one in head if one] == headings(type_of(enterprises))
    assert [row for row in rows if "晴川示例水泥有限公司" in row]
    assert not [row for row in rows if "晴川示例铸造厂" in row]


def test_the_excel_file_of_all_sources_names_their_lists(
    office: Client, entries: list[ListEntry], django_assert_max_num_queries: Any
) -> None:
    from openpyxl import load_workbook

    with django_assert_max_num_queries(20):
        response = office.get("/sources/?export=xlsx")
    rows = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    place = next(row.index("所在清单") for row in rows if "所在清单" in row)
    name = entries[0].source.name
    wanted = {entry.list.name for entry in entries if entry.source_id == entries[0].source_id}
    assert next(set(row[place].split("、")) for row in rows if row[0] == name) == wanted


def test_the_form_of_an_entry_offers_the_reading_of_a_position_that_was_meant(
    bureau: Client, enterprises: SourceList, city_wide: None, small_city: City
) -> None:
    square = [[[113.0, 34.0], [114.0, 34.0], [114.0, 35.0], [113.0, 35.0], [113.0, 34.0]]]
    RegionBoundary.objects.create(
        region=small_city.prefecture, geometry={"type": "Polygon", "coordinates": square},
        west=113.0, south=34.0, east=114.0, north=35.0, declared_crs="wgs84",
    )  # fmt: skip
    url = reverse("sources:entry_new", args=[enterprises.pk])
    known = {"uscc": KEYS[0], "name": "甲厂", "region_code": "990102"}
    response = bureau.post(url, known | {"longitude": "34.5", "latitude": "113.5"})
    assert response.status_code == 422
    assert "经度 34.5 与纬度 113.5 填反了" in response.content.decode()
    response = bureau.post(url, known | {"longitude": "113.5", "latitude": "34.5"})
    assert response.status_code == 302
    entry = ListEntry.objects.get(list=enterprises)
    # What stands there is not judged anew where it is left as it is.
    RegionBoundary.objects.update(west=113.9)
    url = reverse("sources:entry_edit", args=[entry.pk])
    shown = bureau.get(url).context["form"].initial
    facts = {key: value for key, value in shown.items() if value not in (None, "")} | {"address": "一号"}
    refused = bureau.post(url, facts | {"state": ""})
    assert list(refused.context["form"].errors) == ["state"]
    assert bureau.post(url, facts).status_code == 302


def test_the_form_of_an_entry_says_beside_the_field_what_is_wrong(
    bureau: Client, enterprises: SourceList, city_wide: None
) -> None:
    url = reverse("sources:entry_new", args=[enterprises.pk])
    response = bureau.post(url, {"uscc": "91130200699229617Y", "name": "甲厂", "region_code": "990102"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["uscc"]
    response = bureau.post(url, {"uscc": KEYS[0], "name": "", "region_code": "990102"})
    assert list(response.context["form"].errors) == ["name"]
    response = bureau.post(
        url,
        {
            "uscc": KEYS[0],
            "name": "甲厂",
            "region_code": "990102",
            "fuels": ["coal", "natural_gas"],
            "has_cems": "是",
        },
    )
    entry = ListEntry.objects.get()
    assert response["Location"] == entry.get_absolute_url()
    assert (entry.source.values["fuels"], entry.source.values["has_cems"]) == (["coal", "natural_gas"], True)


def test_a_proposed_change_holds_only_what_was_changed_in_the_form(
    bureau: Client, entries: list[ListEntry]
) -> None:
    url = reverse("sources:entry_propose", args=[entries[0].pk])
    form = bureau.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "", [], ())}
    assert bureau.post(url, {**data, "reason": "换人"}).status_code == 422
    response = bureau.post(url, {**data, "person": "王工", "reason": "换人"})
    assert response.status_code == 302
    assert [one["key"] for one in Proposal.objects.get().fields] == ["person"]


def test_buttons_stand_where_the_state_and_the_right_allow_the_step(
    bureau: Client, office: Client, entries: list[ListEntry]
) -> None:
    def urls(client: Client, entry: ListEntry) -> set[str]:
        actions = client.get(entry.get_absolute_url()).context["page_actions"]
        return {action["url"].rstrip("/").rsplit("/", 1)[1] for action in actions}

    listed, proposed = entries
    assert urls(bureau, listed) == {"propose", "propose-removal"}
    assert urls(bureau, proposed) == {"check", "return", "edit", "remove"}
    bureau.post(reverse("sources:entry_check", args=[proposed.pk]), {"reason": ""})
    assert "put" in urls(office, proposed)
    assert "put" not in urls(bureau, proposed)
    office.post(reverse("sources:entry_put", args=[proposed.pk]), {"reason": ""})
    proposed.refresh_from_db()
    assert proposed.state == EntryState.LISTED


def test_the_page_of_a_source_shows_units_lists_and_its_past(
    office: Client, kilns: SourceList, entries: list[ListEntry], actors: dict[str, Actor]
) -> None:
    ProposeEntry(
        actors["department_officer"],
        kilns,
        {"uscc": KEYS[0], "name": CEMENT["name"], "kiln_number": "MF0001", "address": "石桥路2号"},
    ).execute()
    context = office.get(entries[0].source.get_absolute_url()).context
    assert [row["unit"].number for kind in context["units"] for row in kind["rows"]] == ["MF0001"]
    assert {entry.list_id for entry in context["entries"]} == {entries[0].list_id, kilns.pk}
    assert ("地址", "石桥路1号", "石桥路2号") in [line for one in context["past"] for line in one.lines]


def test_many_sources_come_as_clusters_and_few_as_points(
    office: Client, entries: list[ListEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantian.apps.sources.views import maps

    url = reverse("sources:sources_points")
    found = office.get(url, {"box": "113,34,115,36", "zoom": "9"}).json()
    assert [one["properties"]["name"] for one in found["features"]] == [CEMENT["name"]]
    assert office.get(url, {"box": "100,34,101,36"}).json()["total"] == 0
    for number in range(4):
        Source.objects.create(kind="enterprise", name=f"厂{number}", lon=113.7 + number / 1e5, lat=34.8)
    monkeypatch.setattr(maps, "SINGLE", 3)
    found = office.get(url, {"box": "113,34,115,36", "zoom": "9"}).json()
    assert (found["total"], [one["properties"]["count"] for one in found["features"]]) == (5, [5])
    listed = reverse("sources:list_points", args=[entries[0].list_id])
    assert office.get(listed, {"zoom": "9"}).json()["total"] == 1


def test_sources_are_found_by_key_and_by_whether_a_list_has_them(
    office: Client, entries: list[ListEntry]
) -> None:
    alone = Source.objects.create(kind="mine", name="云山石料厂", name_key="云山石料厂")
    url = reverse("sources:sources")
    assert names(office.get(url, {"on": "none"})) == [alone.name]
    assert len(names(office.get(url, {"on": "any"}))) == 2
    assert names(office.get(url, {"search": KEYS[1]})) == ["晴川示例铸造厂"]
    assert names(office.get(url, {"kind": "mine"})) == [alone.name]


def test_a_step_for_several_rows_reports_those_that_it_refuses(
    actors: dict[str, Actor], enterprises: SourceList, entries: list[ListEntry]
) -> None:
    keys = [entry.pk for entry in entries]
    report = BulkStep(actors["department_officer"], enterprises, "check", keys).execute()
    assert (report.done, [entry.pk for entry, _why in report.refused]) == (1, [entries[0].pk])
    report = BulkStep(
        actors["department_officer"], enterprises, "set", keys, values={"person": "钱工"}, reason="统一更换"
    ).execute()
    assert (report.done, report.proposed, report.refused) == (2, 1, [])
    entries[1].source.refresh_from_db()
    assert entries[1].source.person == "钱工"
    assert Proposal.objects.get().entry_id == entries[0].pk
    assert LogEntry.objects.filter(action="sources.entry.bulk").count() == 2


def test_several_rows_are_worked_on_from_the_page_of_the_list(
    bureau: Client, enterprises: SourceList, entries: list[ListEntry]
) -> None:
    url = reverse("sources:list_bulk", args=[enterprises.pk])
    rows = [str(entry.pk) for entry in entries]
    assert bureau.post(url, {"row": rows}).context["count"] == 2
    assert bureau.post(url, {"all": "1", "query": "search=铸造"}).context["count"] == 1
    page = bureau.post(url, {"row": rows, "step": "set", "field": "built_up_area"})
    assert page.context["form"].fields["built_up_area"].label == "是否在建成区"
    done = bureau.post(
        url,
        {"row": rows[1:], "step": "set", "field": "built_up_area", "built_up_area": "是", "confirm": "1"},
    )
    assert done.context["report"].done == 1
    assert Source.objects.get(pk=entries[1].source_id).values["built_up_area"] is True
    too_many = BulkStep(Actor.system(), enterprises, "check", range(1, LIMIT + 2))
    with pytest.raises(Exception, match=str(LIMIT)):
        too_many.execute()


def test_a_filter_is_saved_shared_and_deleted_by_its_owner_alone(
    bureau: Client, office: Client, enterprises: SourceList, entries: list[ListEntry]
) -> None:
    url = enterprises.get_absolute_url()
    save = reverse("sources:filter_save", args=[enterprises.pk])
    bureau.post(save, {"name": "在产水泥", "query": "search=水泥&state=&page=3"})
    row = SavedFilter.objects.get()
    assert row.query == "search=%E6%B0%B4%E6%B3%A5"
    assert office.get(url).context["saved"] == []
    assert office.post(reverse("sources:filter_share", args=[row.pk])).status_code == 404
    bureau.post(reverse("sources:filter_share", args=[row.pk]), {"next": url})
    assert office.get(url).context["saved"] == [row]
    assert office.post(reverse("sources:filter_delete", args=[row.pk])).status_code == 404
    bureau.post(reverse("sources:filter_delete", args=[row.pk]), {"next": url})
    assert not SavedFilter.objects.exists()


def test_a_field_of_the_office_is_asked_for_until_it_is_retired(
    actors: dict[str, Actor], office: Client, enterprises: SourceList
) -> None:
    response = office.post(
        reverse("sources:field_new"),
        {"type": "enterprises", "label": "网格长", "kind": "choice", "scope": "source", "options": "甲\n乙"},
    )
    assert response.status_code == 302
    field = OwnField.objects.get()
    form = office.get(reverse("sources:entry_new", args=[enterprises.pk])).context["form"]
    assert form.fields[field.key].label == "网格长"
    with pytest.raises(Exception, match=r".+"):
        AddField(
            actors["campaign_office"], "enterprises", label="名称", kind="text", scope="source"
        ).execute()
    RetireField(actors["campaign_office"], field, reason="不再需要").execute()
    form = office.get(reverse("sources:entry_new", args=[enterprises.pk])).context["form"]
    assert field.key not in form.fields


def test_versions_are_published_and_any_two_days_compared(
    office: Client, enterprises: SourceList, entries: list[ListEntry]
) -> None:
    key = [enterprises.pk]
    response = office.post(reverse("sources:list_publish", args=key), {"notice": "晴环攻坚办〔2026〕1号"})
    assert response["Location"] == reverse("sources:list_versions", args=key)
    versions = office.get(response["Location"]).context["versions"]
    assert [(one.number, one.entries) for one in versions] == [(1, 1)]
    url = reverse("sources:list_diff", args=key)
    lines = office.get(url, {"from": "2020-01-01"}).context["lines"]
    assert [(line["kind"], line["entry"].pk) for line in lines] == [("added", entries[0].pk)]
    assert office.get(url, {"from": "2020-01-01", "to": "2020-02-01"}).context["lines"] == []
    assert office.get(url, {"from": "nonsense", "to": "2020-13-45"}).status_code == 200
    assert office.get(url, {"from": "2020-01-01", "export": "xlsx"})["Content-Type"].endswith("sheet")


def test_the_overview_counts_the_entries_of_each_list_by_their_state(
    office: Client, small_city: City, entries: list[ListEntry]
) -> None:
    context = office.get(reverse("sources:lists")).context
    kinds = {kind["type"].code: kind for group in context["groups"] for kind in group["kinds"]}
    (one,) = kinds["enterprises"]["lists"]
    assert (one["listed"], one["proposed"], one["checked"]) == (1, 1, 0)
    assert kinds["kilns"]["lists"] == []
    assert (context["listed"], context["waiting"]) == (1, 1)


@pytest.mark.parametrize("scope", list(DataScope))
def test_a_long_list_shows_the_very_rows_that_an_account_may_see(
    scope: DataScope, staff: dict[str, User], small_city: City, enterprises: SourceList, kilns: SourceList
) -> None:
    user = staff["department_officer"]
    home, region = user.organisation, small_city.prefecture
    for number in range(8):
        whose = {
            "department": home if number & 1 else None,
            "town": home if number & 2 else staff["town_officer"].organisation,
            "region": region if number & 4 else None,
        }
        source = Source.objects.create(kind="enterprise", name=f"厂{number}", **whose)
        for listing in (enterprises, kilns):
            ListEntry.objects.create(
                list=listing, source=source, key=str(number), name=source.name, status="running", **whose
            )
    SourceList.objects.filter(pk=kilns.pk).update(owner=home)
    user.grants.all().delete()
    give(user, "department_officer", scope=scope)
    user = User.objects.get(pk=user.pk)
    for rows in (Source.objects, ListEntry.objects):
        seen = set(rows.visible_to(user, "sources.source.view").values_list("pk", flat=True))
        assert set(rows.listed_to(user, "sources.source.view").values_list("pk", flat=True)) == seen
        if scope == DataScope.DEPARTMENT:
            # Six of eight by department or town; of the list that it keeps, all.
            assert len(seen) == (6 if rows is Source.objects else 14)
        assert not rows.listed_to(user, "sources.list.manage").exists()
