"""Pages of places, organisations, people, imports, jobs, files and messages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import (
    Job,
    Notification,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    Region,
    RegionBoundary,
    User,
)
from lantian.apps.core.tests.test_foundation import make_user

pytestmark = pytest.mark.django_db
EVERYTHING = (
    "core.region.view",
    "core.region.manage",
    "core.organisation.view",
    "core.organisation.manage",
    "core.person.manage",
    "core.job.view",
    "core.user.view",
)
SQUARE = {
    "type": "MultiPolygon",
    "coordinates": [[[[113, 34], [114, 34], [114, 35], [113, 35], [113, 34]]]],
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def world() -> dict[str, Any]:
    province = Region.objects.create(code="990000", name="华中省", level="province")
    city = Region.objects.create(code="990100", name="晴川市", level="prefecture", parent=province)
    districts = [
        Region.objects.create(code=f"9901{n:02d}", name=f"第{n}区", level="county", parent=city)
        for n in range(2, 42)
    ]
    RegionBoundary.objects.create(
        region=districts[0], geometry=SQUARE, west=113, south=34, east=114, north=35, declared_crs="wgs84"
    )
    bureau = Organisation.objects.create(name="晴川市生态环境局", short_name="市环境局", region=city)
    branches = [
        Organisation.objects.create(name=f"第{n}分局", parent=bureau, region=district)
        for n, district in enumerate(districts)
    ]
    people = [Person.objects.create(name=f"人{n}", organisation=branches[n % 3]) for n in range(60)]
    for person in people[:30]:
        Post.objects.create(organisation=person.organisation, title="科长", person=person)
    return {"city": city, "districts": districts, "bureau": bureau, "branches": branches, "people": people}


def enter(client: Client, user: User) -> Client:
    user.must_change_password = False
    user.password_changed_at = timezone.now()
    user.save()
    client.force_login(user)
    return client


@pytest.fixture
def keeper(client: Client, world: dict[str, Any]) -> Client:
    return enter(client, make_user(world["bureau"], *EVERYTHING, scope="all"))


def person_of(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("regions", 14),
        ("region-tree", 12),
        ("organisations", 14),
        ("organisation-tree", 12),
        ("people", 15),
        ("jobs", 14),
        ("notifications", 13),
        ("imports", 12),
    ],
)
def test_a_list_needs_a_fixed_number_of_queries(
    keeper: Client, name: str, budget: int, django_assert_max_num_queries: Any
) -> None:
    user = person_of(keeper)
    for n in range(30):
        Job.objects.create(kind="core.import.check", title=f"作业{n}", user=user)
        Notification.objects.create(recipient=user, kind="x", title=f"消息{n}")
    keeper.get(reverse(f"core:{name}"))
    with django_assert_max_num_queries(budget):
        response = keeper.get(reverse(f"core:{name}"), {"size": 50})

    assert response.status_code == 200


@pytest.mark.parametrize(
    ("name", "row", "budget"),
    [("region", "city", 25), ("organisation", "bureau", 28), ("person", "person", 20)],
)
def test_a_page_of_a_row_needs_a_fixed_number_of_queries(
    keeper: Client,
    world: dict[str, Any],
    name: str,
    row: str,
    budget: int,
    django_assert_max_num_queries: Any,
) -> None:
    world["person"] = world["people"][0]
    url = reverse(f"core:{name}", args=[world[row].pk])
    keeper.get(url)
    with django_assert_max_num_queries(budget):
        response = keeper.get(url)

    assert response.status_code == 200


def test_filters_find_places_by_level_place_and_day(keeper: Client, world: dict[str, Any]) -> None:
    closed = world["districts"][1]
    closed.valid_to = date(2020, 1, 1)
    closed.save()

    def codes(**query: str) -> set[str]:
        table = keeper.get(reverse("core:regions"), {**query, "size": "100"}).context["table"]
        return {row.record.code for row in table.rows}

    assert codes(level="prefecture") == {"990100"}
    assert len(codes(within="晴川市")) == len(codes(within="9901")) == 41
    assert codes(state="closed") == {closed.code}
    assert closed.code in codes(on="2019-12-31") and closed.code not in codes(on="2020-01-02")
    assert codes(q="第7区") == {"990107"}
    assert codes(within="火星") == set()


def test_a_branch_of_the_tree_is_read_when_it_is_opened(keeper: Client, world: dict[str, Any]) -> None:
    text = keeper.get(reverse("core:region-children", args=[world["city"].pk])).content.decode()
    assert "第2区" in text and "<html" not in text
    text = keeper.get(reverse("core:organisation-children", args=[world["bureau"].pk])).content.decode()
    assert "第0分局" in text


def test_the_tree_of_organisations_begins_where_the_own_part_begins(
    client: Client, world: dict[str, Any]
) -> None:
    user = make_user(world["branches"][0], "core.organisation.view", scope="department")
    enter(client, user)
    text = client.get(reverse("core:organisation-tree")).content.decode()

    assert "第0分局" in text and "第1分局" not in text
    assert client.get(reverse("core:organisation", args=[world["bureau"].pk])).status_code == 404
    assert client.get(reverse("core:organisation-children", args=[world["bureau"].pk])).status_code == 404


def test_the_map_shows_what_lies_in_a_place(keeper: Client, world: dict[str, Any]) -> None:
    response = keeper.get(reverse("core:region-map", args=[world["city"].pk]))

    assert response["Content-Type"] == "application/geo+json"
    assert [f["properties"]["code"] for f in response.json()["features"]] == ["990102"]


def test_a_place_without_an_outline_borrows_that_of_its_only_part(
    keeper: Client, world: dict[str, Any]
) -> None:
    province = Region.objects.get(code="990000")
    direct = Region.objects.create(code="999000", name="直管", level="prefecture", parent=province)
    county = Region.objects.create(code="999001", name="直管市", level="county", parent=direct)
    RegionBoundary.objects.create(
        region=county, geometry=SQUARE, west=113, south=34, east=114, north=35, declared_crs="wgs84"
    )
    found = keeper.get(reverse("core:region-map", args=[province.pk])).json()

    assert [f["properties"]["name"] for f in found["features"]] == ["直管"]


def test_suggestions_and_fields_understand_codes_and_names(keeper: Client, world: dict[str, Any]) -> None:
    offered = keeper.get(
        reverse("core:region-suggest"), {"field": "parent", "parent": "晴川"}
    ).content.decode()
    assert 'value="990100 晴川市"' in offered
    response = keeper.post(
        reverse("core:organisation-new"),
        {"name": "新局", "kind": "department", "parent": "市环境局", "region": "9901", "order": "3"},
    )
    made = Organisation.objects.get(name="新局")

    assert response.status_code == 302
    assert (made.parent, made.region, made.order) == (world["bureau"], world["city"], 3)
    refused = keeper.post(
        reverse("core:organisation-new"), {"name": "又一局", "kind": "department", "parent": "无"}
    )
    assert refused.status_code == 422 and "parent" in refused.context["form"].errors


def test_an_organisation_is_edited_moved_merged_and_closed_through_pages(
    keeper: Client, world: dict[str, Any]
) -> None:
    first, second, third = world["branches"][:3]
    page = keeper.get(reverse("core:organisation-edit", args=[first.pk]))
    initial = {
        name: page.context["form"].get_initial_for_field(field, name)
        for name, field in page.context["form"].fields.items()
    }
    data = {
        "name": "改名分局", "kind": "department", "parent": f"x #{world['bureau'].pk}", "region": "990102",
        "order": "0", "keep_former_name": "on", "seen": initial["seen"], "reason": "更名",
    }  # fmt: skip
    assert keeper.post(reverse("core:organisation-edit", args=[first.pk]), data).status_code == 302
    assert keeper.post(reverse("core:organisation-edit", args=[first.pk]), data).status_code == 422
    moved = {"parent": f"#{second.pk}", "reason": "调整"}
    assert keeper.post(reverse("core:organisation-move", args=[first.pk]), moved).status_code == 302
    merged = {"target": f"#{third.pk}", "on": "2024-01-01", "reason": "合并"}
    assert keeper.post(reverse("core:organisation-merge", args=[first.pk]), merged).status_code == 302
    closed = {"on": "2024-01-01", "reason": "撤销"}
    assert keeper.post(reverse("core:organisation-close", args=[second.pk]), closed).status_code == 302
    for row in (first, second):
        row.refresh_from_db()

    assert (first.name, first.parent, first.merged_into, second.valid_to) == (
        "改名分局",
        second,
        third,
        date(2024, 1, 1),
    )
    assert set(third.aliases.values_list("name", flat=True)) >= {"改名分局", "第0分局"}


def test_names_are_added_and_removed_on_the_page(keeper: Client, world: dict[str, Any]) -> None:
    bureau = world["bureau"]
    keeper.post(reverse("core:alias-new", args=[bureau.pk]), {"name": "环保局", "kind": "former"})
    alias = OrganisationAlias.objects.get()
    assert keeper.get(reverse("core:alias-remove", args=[alias.pk])).status_code == 200
    keeper.post(reverse("core:alias-remove", args=[alias.pk]), {"reason": ""})

    assert OrganisationAlias.objects.count() == 0


def test_places_are_made_corrected_renamed_split_merged_and_closed_through_pages(
    keeper: Client, world: dict[str, Any]
) -> None:
    first, second, third = world["districts"][:3]
    town = Region.objects.create(code="990102001", name="甲镇", level="town", parent=first)

    def post(name: str, /, *args: int, **data: str) -> int:
        return keeper.post(reverse(f"core:region-{name}", args=args), {"reason": "批复", **data}).status_code

    assert post("new", name="新区", level="county", code="990160", parent="晴川市") == 302
    assert post("new", name="新区", level="county", code="990160", parent="晴川市") == 422
    base = {"name": "第2区", "level": "county", "code": "990102", "parent": "990100"}
    assert post("edit", first.pk, **base, short_name="二区") == 302
    assert post("rename", second.pk, on="2024-07-01", name="改名区", code="990103", parent="990100") == 302
    split = {
        "on": "2024-07-01",
        "name_1": "东",
        "code_1": "990151",
        "name_2": "西",
        "code_2": "990152",
        "heir": "1",
    }
    assert post("split", first.pk, **split, **{f"child_{town.pk}": "2"}) == 302
    assert post("merge", third.pk, on="2024-07-01", others="990105", into="self") == 302
    assert post("close", Region.objects.get(code="990160").pk, on="2024-07-01") == 302
    town.refresh_from_db()

    assert town.parent.code == "990152"
    assert Region.objects.get(code="990103", valid_to=None).name == "改名区"
    assert Region.objects.get(code="990105").valid_to == date(2024, 6, 30)
    for row in Region.objects.filter(level="county")[:45:6]:
        assert keeper.get(reverse("core:region", args=[row.pk])).status_code == 200


def test_people_are_added_changed_given_posts_and_leave_through_pages(
    keeper: Client, world: dict[str, Any]
) -> None:
    bureau = world["bureau"]
    keeper.post(
        reverse("core:person-new"),
        {"name": "张三", "organisation": bureau.name, "mobile": "138 0000 0000", "post": "局长"},
    )
    person = Person.objects.get(name="张三")
    assert (person.mobile, person.posts.get().title) == ("13800000000", "局长")
    new_post = {"title": "书记", "organisation": f"#{bureau.pk}", "valid_from": "2024-01-01", "is_head": "on"}
    keeper.post(reverse("core:post-new", args=[person.pk]), new_post)
    keeper.post(reverse("core:post-end", args=[person.posts.get(title="局长").pk]), {"on": "2024-02-01"})
    edit = keeper.get(reverse("core:person-edit", args=[person.pk]))
    assert edit.status_code == 200
    keeper.post(
        reverse("core:person-edit", args=[person.pk]),
        {"name": "张山", "organisation": f"#{bureau.pk}", "reason": ""},
    )
    keeper.post(reverse("core:person-leave", args=[person.pk]), {"on": "2024-03-31"})
    person.refresh_from_db()

    assert (person.name, person.left_on) == ("张山", date(2024, 3, 31))
    assert dict(person.posts.values_list("title", "valid_to")) == {
        "局长": date(2024, 2, 1),
        "书记": date(2024, 3, 31),
    }
    assert keeper.get(reverse("core:person", args=[person.pk])).status_code == 200


def test_a_reader_sees_no_buttons_and_opens_no_forms(client: Client, world: dict[str, Any]) -> None:
    enter(client, make_user(world["bureau"], "core.region.view", "core.organisation.view", scope="all"))
    for name in ("region-new", "organisation-new", "person-new"):
        assert client.get(reverse(f"core:{name}")).status_code == 403
    for name, row in (("region-edit", world["city"]), ("organisation-merge", world["bureau"])):
        assert client.get(reverse(f"core:{name}", args=[row.pk])).status_code == 403
    assert client.get(reverse("core:import", args=["regions"])).status_code == 403
    text = client.get(reverse("core:organisation", args=[world["bureau"].pk])).content.decode()
    assert reverse("core:organisation-edit", args=[world["bureau"].pk]) not in text


def test_without_a_log_in_every_page_leads_to_it(client: Client, world: dict[str, Any]) -> None:
    from lantian.apps.core.urls.registry import urlpatterns

    for pattern in urlpatterns:
        args = {name: 1 if name == "pk" else "regions" for name in pattern.pattern.converters}
        response = client.get(reverse(f"core:{pattern.name}", kwargs=args))
        assert response.status_code == 302 and "login" in response["Location"], pattern.name


def test_a_list_goes_into_excel(keeper: Client, world: dict[str, Any]) -> None:
    response = keeper.get(reverse("core:organisations"), {"export": "xlsx", "q": "分局"})
    book = load_workbook(io.BytesIO(response.content))
    values = [cell.value for row in book.active.iter_rows() for cell in row]

    assert (
        "第7分局" in values
        and "晴川市生态环境局" not in [v for v in values if v and "分局" not in str(v)][:1]
    )


# --- imports ---


@pytest.fixture
def upload(keeper: Client, at_once: None, django_capture_on_commit_callbacks: Any) -> Callable[..., Any]:
    def send(text: str, name: str = "单位.csv", code: str = "organisations") -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            response = keeper.post(
                reverse("core:import", args=[code]), {"file": SimpleUploadedFile(name, text.encode())}
            )
        return keeper.get(response["Location"]) if response.status_code == 302 else response

    return send


def test_an_import_goes_from_the_upload_to_the_result(
    keeper: Client, upload: Any, django_capture_on_commit_callbacks: Any
) -> None:
    assert keeper.get(reverse("core:import", args=["organisations"])).status_code == 200
    page = upload("名称,上级\n新一局,晴川市生态环境局\n")
    assert page.context["may_confirm"] is True
    assert not Organisation.objects.filter(name="新一局").exists()
    with django_capture_on_commit_callbacks(execute=True):
        keeper.post(reverse("core:import-confirm", args=[page.context["job"].pk]))
    assert Organisation.objects.filter(name="新一局").exists()
    result = keeper.get(reverse("core:import-job", args=[Job.objects.latest("pk").pk]))

    assert result.status_code == 200 and result.context["clean"] is True
    kept = result.context["changes_attachment"]
    download = keeper.get(reverse("core:attachment", args=[kept.pk]))
    assert "新一局" in b"".join(download.streaming_content).decode("utf-8-sig")
    again = keeper.post(reverse("core:import-confirm", args=[page.context["job"].pk]), follow=True)
    assert Organisation.objects.filter(name="新一局").count() == 1
    assert [str(message) for message in again.context["messages"]]


def test_errors_of_an_upload_stand_in_a_table_with_their_cells(upload: Any) -> None:
    page = upload("名称,上级\n新一局,无此单位\n")
    text = page.content.decode()

    assert page.context["may_confirm"] is False
    assert "无此单位" in text and "core-problems" in text


def test_a_file_of_another_kind_is_refused_at_the_field(upload: Any) -> None:
    page = upload("<html>", "单位.html")

    assert page.status_code == 422 and "file" in page.context["form"].errors


def test_templates_are_downloaded(keeper: Client) -> None:
    response = keeper.get(reverse("core:import-template", args=["people"]))

    assert load_workbook(io.BytesIO(response.content)).active["A1"].value == "姓名*"
    assert keeper.get(reverse("core:import-template", args=["boundaries"])).status_code == 404


# --- jobs, files, messages ---


def test_a_running_job_is_asked_again_until_it_is_over(keeper: Client) -> None:
    row = Job.objects.create(
        kind="core.import.check", title="检查", user=person_of(keeper), status="running", done=3, total=10
    )
    page = keeper.get(reverse("core:job", args=[row.pk])).content.decode()
    assert reverse("core:job-state", args=[row.pk]) in page and "every 1s" in page
    assert "HX-Refresh" not in keeper.get(reverse("core:job-state", args=[row.pk]))
    keeper.post(reverse("core:job-stop", args=[row.pk]))
    row.refresh_from_db()
    assert row.stop_requested is True
    Job.objects.filter(pk=row.pk).update(status="stopped")
    response = keeper.get(reverse("core:job-state", args=[row.pk]))

    assert response["HX-Refresh"] == "true" and "every 1s" not in response.content.decode()


def test_a_stopped_job_is_resumed_and_one_of_others_is_out_of_sight(
    keeper: Client, world: dict[str, Any], at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    jobs.job("test.page")(lambda context: {"summary": "好"})
    mine = Job.objects.create(kind="test.page", title="停", user=person_of(keeper), status="stopped")
    with django_capture_on_commit_callbacks(execute=True):
        keeper.post(reverse("core:job-resume", args=[mine.pk]))
    mine.refresh_from_db()
    assert mine.status == "done"
    del jobs._kinds["test.page"]
    other = enter(Client(), make_user(world["branches"][0], "core.job.view", scope="self"))

    for name in ("job", "job-state"):
        assert other.get(reverse(f"core:{name}", args=[mine.pk])).status_code == 404
    assert other.post(reverse("core:job-stop", args=[mine.pk])).status_code == 404


def test_a_job_cannot_send_people_to_another_site(keeper: Client) -> None:
    row = Job.objects.create(
        kind="x", title="坏", user=person_of(keeper), status="done", result={"url": "//evil.example/"}
    )

    assert "evil.example" not in keeper.get(reverse("core:job", args=[row.pk])).content.decode()


def test_files_are_handed_out_as_downloads_and_only_pictures_and_pdf_are_shown(keeper: Client) -> None:
    user = person_of(keeper)
    text = files.store(b"hello", "说明.txt", actor=Actor(user))
    pdf = files.store(b"%PDF-1.7", "方案.pdf", actor=Actor(user))
    download = keeper.get(reverse("core:attachment", args=[text.pk]))
    shown = keeper.get(reverse("core:attachment-preview", args=[pdf.pk]))

    assert download["Content-Disposition"].startswith("attachment")
    assert download["X-Content-Type-Options"] == "nosniff"
    assert shown["Content-Disposition"].startswith("inline") and shown["Content-Type"] == "application/pdf"
    assert keeper.get(reverse("core:attachment-preview", args=[text.pk])).status_code == 404
    other = enter(Client(), make_user(user.organisation, *EVERYTHING, scope="all"))
    assert other.get(reverse("core:attachment", args=[text.pk])).status_code == 404


def test_messages_are_counted_opened_and_read_by_their_recipient_alone(
    keeper: Client, world: dict[str, Any]
) -> None:
    user = person_of(keeper)
    mine = [
        Notification.objects.create(recipient=user, kind="x", title=f"消息{n}", url="/regions/")
        for n in range(3)
    ]
    evil = Notification.objects.create(recipient=user, kind="x", title="外", url="//evil.example/")
    other = enter(Client(), make_user(world["bureau"], scope="all"))

    assert keeper.get(reverse("core:notifications-unread")).json()["unread"] == 4
    assert keeper.get(reverse("core:notification", args=[mine[0].pk]))["Location"] == "/regions/"
    assert keeper.get(reverse("core:notification", args=[evil.pk]))["Location"] == reverse(
        "core:notifications"
    )
    assert keeper.get(reverse("core:notifications-unread")).json()["unread"] == 2
    assert other.get(reverse("core:notification", args=[mine[1].pk])).status_code == 404
    other.post(reverse("core:notifications-read"))
    assert keeper.get(reverse("core:notifications-unread")).json()["unread"] == 2
    keeper.post(reverse("core:notifications-read"))
    assert Notification.objects.filter(recipient=user, read_at__isnull=True).count() == 0
