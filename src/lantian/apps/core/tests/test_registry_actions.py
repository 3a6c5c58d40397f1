"""Places and organisations change in time, and everything that hangs on them goes along."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from lantian.apps.core import merging
from lantian.apps.core import registry_actions as actions
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound, ReasonMissing
from lantian.apps.core.models import (
    LogEntry,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    Region,
    RegionBoundary,
    User,
)
from lantian.apps.core.queries.matching import match_organisations
from lantian.apps.core.tests.test_foundation import make_user

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
DAY = date(2024, 7, 1)


@pytest.fixture
def places() -> dict[str, Region]:
    make = actions.CreateRegion
    province = make(SYSTEM, code="99", name="华中省", level="province").execute()
    city = make(SYSTEM, code="9901", name="晴川市", level="prefecture", parent=province).execute()
    yun = make(SYSTEM, code="990102", name="云山区", level="county", parent=city).execute()
    he = make(SYSTEM, code="990103", name="河东区", level="county", parent=city).execute()
    towns = [
        make(SYSTEM, code=f"99010200{n}", name=name, level="town", parent=yun).execute()
        for n, name in ((1, "青石镇"), (2, "白水乡"))
    ]
    return {"province": province, "city": city, "yun": yun, "he": he, "qing": towns[0], "bai": towns[1]}


def test_codes_are_kept_as_the_standards_write_them(places: dict[str, Region]) -> None:
    assert [places[key].code for key in ("province", "city", "yun", "qing")] == [
        "990000",
        "990100",
        "990102",
        "990102001",
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "990102", "level": "county"}, "code"),
        ({"code": "990199", "level": "town"}, "level"),
        ({"code": "12345", "level": "county"}, "code"),
        ({"code": "", "level": "county"}, "code"),
        ({"code": "990199", "level": "county", "parent": None}, "parent"),
        ({"code": "990199", "level": "county", "parent": "qing"}, "parent"),
        ({"code": "ZONE", "level": "county", "code_kind": "statutory"}, "code_kind"),
        ({"code": "990199", "level": "county", "name": ""}, "name"),
    ],
)
def test_a_place_with_contradicting_values_is_refused(
    places: dict[str, Region], values: dict[str, Any], field: str
) -> None:
    parent = values.get("parent", "city")
    given = {"name": "新区", **values, "parent": places[parent] if parent else None}
    with pytest.raises(Invalid) as refused:
        actions.CreateRegion(SYSTEM, **given).execute()

    assert field in refused.value.fields


def test_a_zone_gets_a_local_code(places: dict[str, Region]) -> None:
    zone = actions.CreateRegion(
        SYSTEM, code="QCJK", name="经开区", level="county", parent=places["city"]
    ).execute()
    statistical = actions.CreateRegion(
        SYSTEM, code="990171", name="空港区", level="county", parent=places["city"]
    ).execute()

    assert (zone.code_kind, statistical.code_kind) == ("local", "local")


def test_a_renamed_place_is_followed_by_a_new_entry_that_takes_all_along(places: dict[str, Region]) -> None:
    bureau = Organisation.objects.create(name="云山局", region=places["yun"])
    RegionBoundary.objects.create(
        region=places["yun"], geometry={"x": 1}, west=1, south=1, east=2, north=2, declared_crs="wgs84"
    )
    new = actions.RenameRegion(SYSTEM, places["yun"], DAY, name="云顶区", reason="国务院批复").execute()
    places["yun"].refresh_from_db()
    places["qing"].refresh_from_db()
    bureau.refresh_from_db()

    assert (places["yun"].valid_to, new.valid_from, new.code) == (DAY - timedelta(days=1), DAY, "990102")
    assert list(new.predecessors.all()) == [places["yun"]]
    assert places["qing"].parent == new and places["qing"].path.startswith(new.path)
    assert bureau.region == new
    assert (new.boundary.geometry, places["yun"].boundary.geometry) == ({"x": 1}, {"x": 1})
    assert set(Region.objects.valid_on(DAY).filter(level="county").values_list("name", flat=True)) == {
        "云顶区",
        "河东区",
    }
    before = Region.objects.valid_on(DAY - timedelta(days=1)).filter(level="county")
    assert set(before.values_list("name", flat=True)) == {"云山区", "河东区"}


def test_a_rename_without_a_difference_or_outside_of_its_time_is_refused(places: dict[str, Region]) -> None:
    with pytest.raises(Invalid):
        actions.RenameRegion(SYSTEM, places["yun"], DAY, name="云山区", reason="x").execute()
    actions.RenameRegion(SYSTEM, places["yun"], DAY, name="云顶区", reason="x").execute()
    with pytest.raises(Invalid):
        actions.RenameRegion(SYSTEM, places["yun"], DAY, name="云上区", reason="x").execute()
    with pytest.raises(ReasonMissing):
        actions.RenameRegion(SYSTEM, places["he"], DAY, name="河西区").execute()


def test_a_split_shares_out_the_places_below(places: dict[str, Region]) -> None:
    bureau = Organisation.objects.create(name="云山局", region=places["yun"])
    parts = [
        actions.RegionPart("990104", "云东区", children=[places["qing"]]),
        actions.RegionPart("990105", "云西区", children=[places["bai"]]),
    ]
    east, west = actions.SplitRegion(SYSTEM, places["yun"], DAY, parts, heir=1, reason="批复").execute()
    places["qing"].refresh_from_db()
    places["bai"].refresh_from_db()
    bureau.refresh_from_db()

    assert (places["qing"].parent, places["bai"].parent, bureau.region) == (east, west, west)
    assert set(places["yun"].successors.all()) == {east, west}
    places["yun"].refresh_from_db()
    assert places["yun"].valid_to == DAY - timedelta(days=1)


def test_a_split_that_forgets_a_place_is_refused(places: dict[str, Region]) -> None:
    parts = [
        actions.RegionPart("990104", "云东区", children=[places["qing"]]),
        actions.RegionPart("990105", "云西区"),
    ]
    with pytest.raises(Invalid) as refused:
        actions.SplitRegion(SYSTEM, places["yun"], DAY, parts, reason="批复").execute()

    assert "白水乡" in str(refused.value.fields["parts"])
    assert Region.objects.filter(level="county").count() == 2


def test_a_merger_into_one_of_the_places_and_into_a_new_one(places: dict[str, Region]) -> None:
    goes_on = actions.MergeRegions(SYSTEM, [places["he"]], DAY, into=places["yun"], reason="撤并").execute()
    assert goes_on == places["yun"]
    places["he"].refresh_from_db()
    assert places["he"].valid_to == DAY - timedelta(days=1)

    new = actions.MergeRegions(
        SYSTEM, [places["qing"], places["bai"]], DAY, name="青白镇", code="990102003", reason="撤并"
    ).execute()
    assert set(new.predecessors.all()) == {places["qing"], places["bai"]}
    assert new.parent == places["yun"]
    with pytest.raises(Invalid):
        actions.MergeRegions(SYSTEM, [new], DAY, into=places["yun"], reason="x").execute()


def test_a_place_is_closed_only_when_nothing_open_lies_in_it(places: dict[str, Region]) -> None:
    with pytest.raises(Conflict):
        actions.CloseRegion(SYSTEM, places["yun"], DAY, reason="撤销").execute()
    Organisation.objects.create(name="青石镇政府", region=places["qing"])
    with pytest.raises(Conflict):
        actions.CloseRegion(SYSTEM, places["qing"], DAY, reason="撤销").execute()
    actions.CloseRegion(SYSTEM, places["bai"], DAY, reason="撤销").execute()

    assert Region.objects.get(pk=places["bai"].pk).valid_to == DAY


# --- organisations ---


@pytest.fixture
def offices(places: dict[str, Region]) -> dict[str, Organisation]:
    make = actions.CreateOrganisation
    government = make(SYSTEM, name="晴川市人民政府", kind="government", region=places["city"]).execute()
    old = make(
        SYSTEM, name="晴川市环境保护局", short_name="市环保局", parent=government, region=places["city"]
    ).execute()
    new = make(SYSTEM, name="晴川市生态环境局", parent=government, region=places["city"]).execute()
    branch = make(SYSTEM, name="云山监测站", parent=old, region=places["yun"]).execute()
    return {"government": government, "old": old, "new": new, "branch": branch}


def test_a_merged_organisation_leaves_its_names_people_and_accounts_to_the_other(
    offices: dict[str, Organisation], places: dict[str, Region]
) -> None:
    old, new = offices["old"], offices["new"]
    OrganisationAlias.objects.create(organisation=old, name="环保局")
    OrganisationAlias.objects.create(organisation=old, name="环境局")
    OrganisationAlias.objects.create(organisation=new, name="环境局")
    person = Person.objects.create(name="张三", organisation=old)
    user = User.objects.create(username="z", organisation=old)
    post = Post.objects.create(organisation=old, title="局长", person=person)
    actions.MergeOrganisation(SYSTEM, old, new, on=DAY, reason="机构改革").execute()
    for row in (old, person, user, post, offices["branch"]):
        row.refresh_from_db()

    assert (old.merged_into, old.valid_to) == (new, DAY)
    assert {person.organisation, user.organisation, post.organisation, offices["branch"].parent} == {new}
    assert offices["branch"].path.startswith(new.path)
    assert set(new.aliases.values_list("name", flat=True)) == {
        "环保局",
        "环境局",
        "晴川市环境保护局",
        "市环保局",
    }
    found = match_organisations(["市环保局"], places["city"])["市环保局"][0]
    assert (found.organisation, found.reason) == (new, "former")


def test_other_rooms_move_their_rows_when_organisations_merge(
    offices: dict[str, Organisation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "_moves", {key: dict(value) for key, value in merging._moves.items()})
    seen: list[Any] = []

    def move(source: Organisation, target: Organisation) -> int:
        seen.append((source, target))
        return 7

    merging.register(Organisation, "test.room", move)
    actions.MergeOrganisation(SYSTEM, offices["old"], offices["new"], reason="改革").execute()

    assert seen == [(offices["old"], offices["new"])]
    entry = LogEntry.objects.filter(action="core.organisation.merge", object_id=str(offices["new"].pk)).last()
    assert entry is not None
    assert {**entry.after}["moved"]["test.room"] == 7


def test_an_organisation_can_be_merged_into_one_below_it(offices: dict[str, Organisation]) -> None:
    actions.MergeOrganisation(SYSTEM, offices["old"], offices["branch"], reason="下沉").execute()
    offices["branch"].refresh_from_db()

    assert offices["branch"].parent == offices["government"]
    assert [row.pk for row in offices["branch"].ancestors()] == [offices["government"].pk]


def test_a_merger_is_refused_into_itself_twice_or_into_what_is_merged(
    offices: dict[str, Organisation],
) -> None:
    with pytest.raises(Invalid):
        actions.MergeOrganisation(SYSTEM, offices["old"], offices["old"], reason="x").execute()
    actions.MergeOrganisation(SYSTEM, offices["old"], offices["new"], reason="x").execute()
    offices["old"].refresh_from_db()
    with pytest.raises(Conflict):
        actions.MergeOrganisation(SYSTEM, offices["old"], offices["government"], reason="x").execute()
    with pytest.raises(Invalid):
        actions.MergeOrganisation(SYSTEM, offices["new"], offices["old"], reason="x").execute()


def test_a_new_name_keeps_the_old_one_unless_it_was_a_slip(offices: dict[str, Organisation]) -> None:
    actions.ChangeOrganisation(SYSTEM, offices["new"], name="晴川市环境局", reason="更名").execute()
    actions.ChangeOrganisation(
        SYSTEM, offices["old"], name="晴川市环保总局", keep_former_name=False, reason="错字"
    ).execute()

    assert set(OrganisationAlias.objects.values_list("organisation", "name", "kind")) == {
        (offices["new"].pk, "晴川市生态环境局", "former")
    }


def test_a_change_that_was_begun_before_anothers_is_refused(offices: dict[str, Organisation]) -> None:
    row = offices["new"]
    seen = row.updated_at
    actions.ChangeOrganisation(SYSTEM, row, seen=seen, short_name="甲", reason="x").execute()
    row.refresh_from_db()
    with pytest.raises(Conflict):
        actions.ChangeOrganisation(SYSTEM, row, seen=seen, short_name="乙", reason="x").execute()

    assert Organisation.objects.get(pk=row.pk).short_name == "甲"


def test_an_organisation_cannot_stand_below_itself(offices: dict[str, Organisation]) -> None:
    with pytest.raises(Invalid) as refused:
        actions.MoveOrganisation(SYSTEM, offices["old"], offices["branch"], reason="x").execute()

    assert "parent" in refused.value.fields
    assert Organisation.objects.get(pk=offices["old"].pk).parent == offices["government"]


def test_nobody_moves_a_row_out_of_or_into_what_is_not_theirs(offices: dict[str, Organisation]) -> None:
    user = make_user(offices["old"], "core.organisation.manage", scope="below")
    actor = Actor(user)

    made = actions.CreateOrganisation(actor, name="监察大队", parent=offices["old"]).execute()
    assert made.parent == offices["old"]
    with pytest.raises(Invalid):
        actions.CreateOrganisation(actor, name="别人的", parent=offices["new"]).execute()
    with pytest.raises(Invalid):
        actions.CreateOrganisation(actor, name="无主的").execute()
    with pytest.raises(NotFound):
        actions.ChangeOrganisation(actor, offices["new"], name="抢来的", reason="x").execute()
    with pytest.raises(Invalid):
        actions.MoveOrganisation(actor, made, None, reason="x").execute()
    with pytest.raises(NotFound):
        actions.MergeOrganisation(actor, made, offices["new"], reason="x").execute()
    assert Organisation.objects.filter(name__in=["别人的", "无主的", "抢来的"]).count() == 0
    assert Organisation.objects.get(pk=made.pk).parent == offices["old"]


def test_an_organisation_with_open_rows_is_not_closed(offices: dict[str, Organisation]) -> None:
    with pytest.raises(Conflict):
        actions.CloseOrganisation(SYSTEM, offices["old"], DAY, reason="撤销").execute()
    User.objects.create(username="z", organisation=offices["branch"])
    with pytest.raises(Conflict):
        actions.CloseOrganisation(SYSTEM, offices["branch"], DAY, reason="撤销").execute()
    User.objects.update(is_active=False)
    actions.CloseOrganisation(SYSTEM, offices["branch"], DAY, reason="撤销").execute()

    assert Organisation.objects.get(pk=offices["branch"].pk).valid_to == DAY


def test_names_are_added_once_and_removed_with_a_trace(offices: dict[str, Organisation]) -> None:
    alias = actions.AddAlias(SYSTEM, offices["new"], "环境局", "short").execute()
    with pytest.raises(Invalid):
        actions.AddAlias(SYSTEM, offices["new"], "环境局").execute()
    actions.RemoveAlias(SYSTEM, alias).execute()

    assert offices["new"].aliases.count() == 0
    entry = LogEntry.objects.first()
    assert entry is not None and entry.before["alias"] == "环境局"


# --- people ---


def test_somebody_who_leaves_gives_up_all_posts(offices: dict[str, Organisation]) -> None:
    person = actions.CreatePerson(SYSTEM, name="张三", organisation=offices["new"], post="局长").execute()
    later = actions.AssignPost(
        SYSTEM, person, organisation=offices["new"], title="顾问", valid_from=DAY + timedelta(days=30)
    ).execute()
    actions.LeavePerson(SYSTEM, person, DAY).execute()

    assert set(Post.objects.values_list("title", "valid_to")) == {("局长", DAY), ("顾问", later.valid_from)}
    with pytest.raises(Conflict):
        actions.AssignPost(SYSTEM, person, organisation=offices["new"], title="局长").execute()


def test_people_of_others_are_out_of_reach(offices: dict[str, Organisation]) -> None:
    user = make_user(offices["old"], "core.person.manage", "core.organisation.view", scope="department")
    stranger = Person.objects.create(name="李四", organisation=offices["new"])

    with pytest.raises(NotFound):
        actions.ChangePerson(Actor(user), stranger, name="王五").execute()
    with pytest.raises(Invalid):
        actions.CreatePerson(Actor(user), name="王五", organisation=offices["new"]).execute()
    mine = actions.CreatePerson(Actor(user), name="王五", organisation=offices["old"]).execute()
    with pytest.raises(Invalid):
        actions.ChangePerson(Actor(user), mine, organisation=offices["new"]).execute()


def test_a_post_does_not_end_before_it_began(offices: dict[str, Organisation]) -> None:
    person = Person.objects.create(name="张三", organisation=offices["new"])
    post = Post.objects.create(organisation=offices["new"], title="局长", person=person, valid_from=DAY)

    with pytest.raises(Invalid):
        actions.EndPost(SYSTEM, post, DAY - timedelta(days=1)).execute()
    assert actions.EndPost(SYSTEM, post, DAY).execute().valid_to == DAY
