"""Performance grades, and the subsidies that follow from them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, ReasonMissing
from lantian.apps.core.models import Region
from lantian.apps.sources.actions.grades import AnnulGrade, EnterGrade, LowerGrade
from lantian.apps.sources.actions.subsidies import FindDue, StepSubsidy, look, totals
from lantian.apps.sources.exceptions import OwnProposal
from lantian.apps.sources.grading import event_of, told
from lantian.apps.sources.models import Grade, Source, Subsidy
from lantian.rules.names import normalised
from lantian.rules.sources.grades import grade_on
from tests.fixtures.accounts import City

pytestmark = pytest.mark.django_db

#: a grade as the province made it public
BETTER: dict[str, Any] = {
    "industry": "铸造",
    "valid_from": date(2022, 4, 1),
    "valid_to": date(2023, 3, 31),
    "approver": "省生态环境厅",
    "approver_level": "province",
    "published_on": date(2022, 3, 20),
    "notice": "公告〔2022〕9号",
}


@pytest.fixture
def foundry(small_city: City) -> Source:
    """A foundry in the place whose plan of 2022 speaks of grades."""
    region = small_city.districts[0]
    Region.objects.filter(pk=region.pk).update(code="410811")
    return Source.objects.create(
        kind="enterprise",
        name="晴川示例铸造有限公司",
        name_key=normalised("晴川示例铸造有限公司"),
        uscc="91130200699229617X",
        region=Region.objects.get(pk=region.pk),
        values={"industry": "铸造"},
    )


@pytest.fixture
def office(actors: dict[str, Actor]) -> Actor:
    """The campaign office."""
    return actors["campaign_office"]


def test_a_grade_is_granted_raised_renewed_and_lowered_by_what_held_before(
    office: Actor, foundry: Source
) -> None:
    first = EnterGrade(office, foundry, grade="B", **BETTER).execute()
    second = EnterGrade(office, foundry, grade="A", **(BETTER | {"valid_from": date(2022, 9, 1)})).execute()
    third = EnterGrade(office, foundry, grade="A", **(BETTER | {"valid_from": date(2022, 10, 1)})).execute()
    fourth = LowerGrade(
        office,
        foundry,
        grade="C",
        industry="铸造",
        valid_from=date(2022, 11, 1),
        approver="市生态环境局",
        cause="grades-shanyang-2022/requirements-not-kept",
        evidence="现场检查记录",
    ).execute()
    assert [one.kind for one in (first, second, third, fourth)] == ["granted", "raised", "renewed", "lowered"]
    first.refresh_from_db()
    assert first.ended_by == second
    events = [event_of(row) for row in Grade.objects.filter(source=foundry)]
    assert [
        grade_on(events, day).grade for day in (date(2022, 3, 31), date(2022, 8, 1), date(2022, 12, 1))
    ] == [
        None,
        "B",
        "C",
    ]


@pytest.mark.parametrize(
    ("grade", "changes", "field"),
    [
        ("A", {"approver_level": "city"}, "approver_level"),
        ("E", {}, "grade"),
        ("B", {"notice": ""}, "evidence"),
        ("B", {"valid_to": date(2022, 3, 31)}, "valid_to"),
        ("B", {"valid_from": date(2017, 1, 1)}, "valid_from"),
    ],
)
def test_a_grade_against_the_books_is_refused_at_its_field(
    office: Actor, foundry: Source, grade: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        EnterGrade(office, foundry, grade=grade, **(BETTER | changes)).execute()
    assert field in refused.value.fields
    assert not Grade.objects.exists()


def test_a_worse_grade_is_no_entry_but_a_downgrade_with_a_cause(office: Actor, foundry: Source) -> None:
    EnterGrade(office, foundry, grade="A", **BETTER).execute()
    with pytest.raises(Invalid) as refused:
        EnterGrade(office, foundry, grade="B", **(BETTER | {"valid_from": date(2022, 9, 1)})).execute()
    assert "grade" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        LowerGrade(
            office,
            foundry,
            grade="B",
            industry="铸造",
            valid_from=date(2022, 9, 1),
            approver="市局",
            notice="通报1",
        ).execute()
    assert "cause" in refused.value.fields


def test_a_grade_struck_out_counts_no_more_and_takes_what_was_only_due_with_it(
    office: Actor, foundry: Source
) -> None:
    first = EnterGrade(office, foundry, grade="B", **BETTER).execute()
    second = EnterGrade(office, foundry, grade="A", **(BETTER | {"valid_from": date(2022, 9, 1)})).execute()
    assert FindDue(office, until=date(2022, 12, 31)).execute() == (2, 0)
    with pytest.raises(ReasonMissing):
        AnnulGrade(office, second).execute()
    AnnulGrade(office, second, reason="录入错误").execute()
    first.refresh_from_db()
    assert first.ended_by is None
    assert list(Subsidy.objects.values_list("grade", flat=True)) == [first.pk]


def test_what_is_due_is_found_once_with_clause_and_reason(office: Actor, foundry: Source) -> None:
    EnterGrade(office, foundry, grade="B", **BETTER).execute()
    assert FindDue(office, until=date(2022, 12, 31)).execute() == (1, 0)
    assert FindDue(office, until=date(2022, 12, 31)).execute() == (0, 0)
    row = Subsidy.objects.get()
    assert (row.amount, row.state, row.due_on, row.clause) == (
        Decimal("50000"),
        "due",
        date(2022, 3, 20),
        "山环攻坚办〔2022〕7号 24",
    )
    assert any("24" in told(reason) for reason in row.why)


def test_a_grade_that_is_entered_anew_is_due_anew_only_where_nothing_was_given_for_it(
    actors: dict[str, Actor], office: Actor, foundry: Source
) -> None:
    first = EnterGrade(office, foundry, grade="B", **BETTER).execute()
    FindDue(office, until=date(2022, 12, 31)).execute()
    row = StepSubsidy(office, Subsidy.objects.get(), "requested").execute()
    StepSubsidy(actors["supervision"], row, "refused", reason="材料不全").execute()
    AnnulGrade(office, first, reason="录入错误").execute()
    second = EnterGrade(office, foundry, grade="B", **BETTER).execute()
    assert FindDue(office, until=date(2022, 12, 31)).execute() == (1, 0)
    assert Subsidy.objects.get(state="due").grade == second
    Subsidy.objects.filter(state="refused").update(state="paid")
    Subsidy.objects.filter(state="due").delete()
    assert FindDue(office, until=date(2022, 12, 31)).execute() == (0, 0)


def test_a_grade_of_the_city_is_told_as_not_due_with_the_reason(office: Actor, foundry: Source) -> None:
    Grade.objects.create(source=foundry, grade="B", **(BETTER | {"approver_level": "city"}))
    due, declined = look(Source.objects.values("pk"), date(2022, 12, 31))
    assert (due, [one.claim.declined for one in declined]) == ([], ["not_by_province"])


def test_who_requests_does_not_approve_and_money_goes_its_way(
    actors: dict[str, Actor], office: Actor, foundry: Source
) -> None:
    EnterGrade(office, foundry, grade="A", **BETTER).execute()
    FindDue(office, until=date(2022, 12, 31)).execute()
    row = Subsidy.objects.get()
    control = actors["supervision"]
    with pytest.raises(NotAllowed):
        StepSubsidy(office, row, "approved", amount=Decimal(100000)).execute()
    with pytest.raises(Conflict):
        StepSubsidy(control, row, "paid", amount=Decimal(100000)).execute()
    StepSubsidy(office, row, "requested").execute()
    with pytest.raises(Invalid) as refused:
        StepSubsidy(control, row, "approved", amount=Decimal(100001)).execute()
    assert "amount" in refused.value.fields
    StepSubsidy(control, row, "approved", amount=Decimal(90000)).execute()
    StepSubsidy(control, row, "paid", amount=Decimal(90000), document="凭证1").execute()
    with pytest.raises(Invalid) as refused:
        StepSubsidy(control, row, "recovered", amount=Decimal(40000)).execute()
    assert "document" in refused.value.fields
    row = StepSubsidy(control, row, "recovered", amount=Decimal(40000), document="追缴决定1").execute()
    assert [step["state"] for step in row.steps] == ["requested", "approved", "paid", "recovered"]
    assert totals(Subsidy.objects.all()) == {
        "due": 0,
        "requested": 0,
        "approved": 0,
        "paid": Decimal(90000),
        "recovered": Decimal(40000),
    }


def test_the_one_who_requested_cannot_approve_even_with_the_right(
    actors: dict[str, Actor], foundry: Source
) -> None:
    from tests.fixtures.accounts import give

    both = actors["supervision"]
    assert both.user is not None
    EnterGrade(actors["campaign_office"], foundry, grade="A", **BETTER).execute()
    FindDue(actors["campaign_office"], until=date(2022, 12, 31)).execute()
    give(both.user, "campaign_office")
    user = type(both.user).objects.get(pk=both.user.pk)
    StepSubsidy(Actor(user), Subsidy.objects.get(), "requested").execute()
    with pytest.raises(OwnProposal):
        StepSubsidy(Actor(user), Subsidy.objects.get(), "approved", amount=Decimal(1)).execute()


def test_the_pages_show_grades_payments_and_who_has_to_rise(
    client: Client, office: Actor, actors: dict[str, Actor], foundry: Source
) -> None:
    assert office.user is not None and actors["supervision"].user is not None
    client.force_login(office.user)
    answer = client.post(
        f"/sources/grades/new/?source={foundry.pk}",
        {
            "industry": "铸造",
            "grade": "C",
            "valid_from": "2022-04-01",
            "approver": "市生态环境局",
            "approver_level": "city",
            "notice": "通知1",
        },
    )
    assert (answer.status_code, answer.get("Location")) == (302, f"/sources/{foundry.pk}/grades/")
    grade = Grade.objects.get()
    assert "市生态环境局" in client.get(f"/sources/{foundry.pk}/grades/").content.decode()
    raised = client.get("/sources/grades/raise/?day=2022-07-01").content.decode()
    assert foundry.name in raised and "5(1)" in raised
    assert foundry.name not in client.get("/sources/grades/raise/?day=2021-07-01").content.decode()
    ledger = client.get("/sources/grades/?standing=holds").content.decode()
    assert foundry.name in ledger
    assert client.get("/sources/grades/?export=xlsx").content[:2] == b"PK"
    assert client.get(f"/sources/grades/{grade.pk}/annul/").status_code == 200
    assert client.get(f"/sources/{foundry.pk}/grades/lower/").status_code == 200
    EnterGrade(office, foundry, grade="B", **(BETTER | {"valid_from": date(2022, 6, 1)})).execute()
    assert foundry.name in client.get("/sources/subsidies/find/").content.decode()
    assert client.post("/sources/subsidies/find/", {}).status_code == 302
    row = Subsidy.objects.get()
    assert "山环攻坚办〔2022〕7号 24" in client.get("/sources/subsidies/").content.decode()
    assert client.get("/sources/subsidies/?export=xlsx").content[:2] == b"PK"
    assert client.post(f"/sources/subsidies/{row.pk}/request/", {"on": "2022-07-01"}).status_code == 302
    client.force_login(actors["supervision"].user)
    assert "/approve/" in client.get(f"/sources/subsidies/{row.pk}/").content.decode()
    assert (
        client.post(
            f"/sources/subsidies/{row.pk}/approve/",
            {"on": "2022-07-02", "amount": "50000", "document": "批复1"},
        ).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.state, row.approved_amount) == ("approved", Decimal(50000))


def test_a_typed_name_finds_the_source_and_an_unknown_one_is_told(
    client: Client, office: Actor, foundry: Source
) -> None:
    assert office.user is not None
    client.force_login(office.user)
    sent = {
        "source": "晴川示例铸造有限公司",
        "grade": "C",
        "valid_from": "2022-04-01",
        "approver": "市局",
        "approver_level": "city",
        "evidence": "记录",
    }
    assert client.post("/sources/grades/new/", sent | {"source": "没有这家"}).status_code == 422
    assert not Grade.objects.exists()
    assert client.post("/sources/grades/new/", sent).status_code == 302
    assert Grade.objects.get().source == foundry
