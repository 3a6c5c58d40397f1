"""Plans, tasks, targets, duties and sanctions that people type in."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, Notification, OrganisationAlias
from lantian.apps.plans import actions, exceptions, queries, unit_names
from lantian.apps.plans.choices import Clock, PlanSource, TargetKind, TargetMeasure
from lantian.apps.plans.models import Plan, PlanParty, ReportingDuty, Sanction, Section, Target, Task
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db

TASK = {
    "number": "4",
    "title": "淘汰老旧柴油货车",
    "text": "年底前淘汰国三及以下柴油货车120辆。",
    "units": [
        {"role": "lead", "name": "区生态环境局", "person": "李明"},
        {"role": "responsible", "name": "各镇（街道）"},
    ],
    "deadlines": [{"kind": "deadline", "end": "2025-12-31", "text": "年底前"}],
    "quantities": [{"what": "柴油货车", "value": "120", "unit": "辆"}],
    "recurrence": ["每月"],
}


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


def typed(place: Place, office: Actor, **head: Any) -> Plan:
    values = {"title": "云山区2025年夏季攻坚令", "issued_on": "2025-06-01", **head}
    plan: Plan = actions.CreatePlan(office, region=place.district, head=values).execute()
    return plan


def posted(**values: Any) -> dict[str, Any]:
    """What a browser sends from the form of a new task."""
    data: dict[str, Any] = {"entry-title": "新任务", "place-chapter": ""}
    for prefix, total in (("dates", 3), ("amounts", 2)):
        data |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": 0}
    return {**data, **values}


def test_a_plan_is_opened_by_form_with_its_year_and_says_how_it_came(place: Place, office: Actor) -> None:
    plan = typed(place, office, issuer="云山区人民政府", document_number="云政〔2025〕3号")
    entry = LogEntry.objects.get(action="plans.plan.create")

    assert (plan.source, plan.status, plan.year) == (PlanSource.FORM, "active", 2025)
    assert plan.issuer_organisation == place.government
    assert PlanParty.objects.filter(plan=plan, organisation=place.office).exists()
    assert entry.after["document_number"] == "云政〔2025〕3号"
    assert list(queries.plans(office)) == [plan]


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "方案", "issued_on": "2025-02-30"}, "issued_on"),
        ({"title": "方案", "starts_on": "2025-03-01", "ends_on": "2025-02-01"}, "ends_on"),
    ],
)
def test_a_head_that_cannot_be_is_refused(
    place: Place, office: Actor, head: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        actions.CreatePlan(office, region=place.district, head=head).execute()

    assert set(caught.value.fields) == {field}
    assert not Plan.objects.exists()


def test_nobody_opens_a_plan_where_rights_do_not_reach(place: Place) -> None:
    officer = Actor(place.user("department_officer", place.bureau))
    near = Actor(place.user("campaign_office", place.office, region=place.district))
    with pytest.raises(NotAllowed):
        actions.CreatePlan(officer, region=place.district, head={"title": "方案"}).execute()
    with pytest.raises(Invalid) as caught:
        actions.CreatePlan(near, region=place.other, head={"title": "方案"}).execute()

    assert set(caught.value.fields) == {"region"}
    assert not Plan.objects.exists()


def test_a_task_stands_with_its_units_dates_and_amounts_and_has_a_light(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    task = actions.CreateTask(office, plan, TASK, chapter="移动源污染治理", reason="区长办公会").execute()
    task.refresh_from_db()

    assert (task.lead_name, task.next_deadline, task.due_on) == (
        "区生态环境局",
        date(2025, 12, 31),
        date(2025, 12, 31),
    )
    assert str(task.chapter) == "移动源污染治理"
    assert {unit.organisation for unit in task.units.filter(name="各镇（街道）")} == set(place.town_units)
    assert task.units.get(role="lead").person == "李明"
    assert task.quantities.get().counts
    assert sorted(task.standings.values_list("clock", flat=True)) == sorted(Clock.values)
    entry = LogEntry.objects.get(action="plans.task.create")
    assert (entry.reason, entry.after["under"]) == ("区长办公会", "移动源污染治理")
    assert queries.tasks(Actor(place.user("town_officer", place.town_units[0], "department"))).get() == task


def test_a_new_task_follows_the_last_of_its_chapter_and_the_rest_moves_on(office: Actor, plan: Plan) -> None:
    section = plan.tasks.get(number="1").section
    assert section is not None
    chapter = plan.tasks.get(number="1").chapter
    task = actions.CreateTask(office, plan, {**TASK, "number": "2a"}, section=section).execute()

    assert [row.number for row in plan.tasks.order_by("order")] == ["1", "2", "2a", "3"]
    assert (task.section, task.chapter) == (section, chapter)
    assert len(set(plan.tasks.values_list("order", flat=True))) == 4


def test_a_heading_that_is_there_is_not_made_again(office: Actor, plan: Plan) -> None:
    before = Section.objects.filter(plan=plan).count()
    task = actions.CreateTask(office, plan, TASK, chapter="（二） 治理扬尘污染").execute()

    assert Section.objects.filter(plan=plan).count() == before
    assert task.section == plan.tasks.get(number="3").section


def test_who_answers_for_a_new_task_hears_of_it_and_others_do_not(
    place: Place, office: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    bureau = place.user("department_officer", place.bureau, "department")
    place.user("department_officer", place.housing, "department")
    plan = typed(place, office)
    with django_capture_on_commit_callbacks(execute=True):
        task = actions.CreateTask(office, plan, TASK).execute()

    told = Notification.objects.get(kind="plans.task")
    assert (told.recipient, told.url) == (bureau, reverse("plans:task", args=[task.pk]))


def test_names_mean_what_they_mean_in_the_plan_and_the_register_knows_other_names(
    place: Place, office: Actor, plan: Plan
) -> None:
    OrganisationAlias.objects.create(organisation=place.housing, name="区建设局")
    unit = plan.tasks.get(number="1").units.get(name="区发改委")
    actions.LinkUnit(office, unit.task, unit, place.office, reason="x").execute()
    names = ["区发改委", "区建设局", "区某某局", "各园区"]

    assert unit_names.known_in(plan, names) == {
        "区发改委": ([place.office.pk], False),
        "区建设局": ([place.housing.pk], False),
    }
    unknown = unit_names.unknown_in(plan, names, type(place.office).objects.all())
    assert [item.name for item in unknown] == ["区某某局"]


def test_organisations_that_are_not_to_be_seen_and_headings_of_other_plans_are_refused(
    place: Place, office: Actor, plan: Plan
) -> None:
    other = typed(place, office)
    foreign = Section.objects.create(plan=plan, title="别处", order=99)
    with pytest.raises(NotFound):
        actions.CreateTask(office, other, TASK, section=foreign).execute()
    with pytest.raises(Invalid):
        actions.CreateTask(office, other, TASK, choices={"区生态环境局": [10**6]}).execute()
    with pytest.raises(Invalid):
        actions.CreateTask(office, other, {**TASK, "title": " "}).execute()

    assert not other.tasks.exists()


def test_a_withdrawn_plan_takes_nothing_and_others_may_not_enter_anything(
    place: Place, office: Actor
) -> None:
    plan = typed(place, office)
    officer = Actor(place.user("department_officer", place.bureau))
    for action, entry in (
        (actions.CreateTask, TASK),
        (actions.CreateTarget, {"indicator": "PM2.5", "value": "40"}),
        (actions.CreateDuty, {"what": "月报"}),
        (actions.CreateSanction, {"problem": "瞒报"}),
    ):
        with pytest.raises(NotAllowed):
            action(officer, plan, entry).execute()
        Plan.objects.filter(pk=plan.pk).update(status="withdrawn")
        with pytest.raises(exceptions.WrongStep):
            action(office, plan, entry).execute()
        Plan.objects.filter(pk=plan.pk).update(status="active")

    assert not Task.objects.exists() and not Target.objects.exists()


@pytest.mark.parametrize(
    ("measure", "entry", "stored"),
    [
        (
            "concentration",
            {"indicator": "PM2.5年均浓度", "comparator": "<=", "value": "42"},
            ("level", "微克/立方米"),
        ),
        ("days", {"indicator": "优良天数", "comparator": ">=", "value": "260"}, ("level", "天")),
        ("ratio", {"indicator": "优良天数比例", "value": "72.5"}, ("level", "%")),
        ("rank", {"indicator": "综合指数", "value": "10", "from_end": True}, ("rank", "名")),
        ("reduction", {"indicator": "SO2", "value": "5"}, ("reduction", "%")),
        ("quantity", {"indicator": "淘汰锅炉", "value": "200", "unit": "台"}, ("level", "台")),
        ("electricity", {"indicator": "用电", "value": "300"}, ("level", "万千瓦时")),
        ("emission", {"indicator": "VOCs控制量", "value": "900"}, ("level", "吨")),
    ],
)
def test_targets_are_typed_and_get_the_kind_and_the_unit_of_their_measure(
    place: Place, office: Actor, measure: str, entry: dict[str, Any], stored: tuple[str, str]
) -> None:
    plan = typed(place, office)
    values = {**entry, "region": "河口镇", "period": "2025年", "text": "第三条"}
    target = actions.CreateTarget(office, plan, values, measure=measure).execute()

    assert (target.kind, target.unit, target.measure) == (*stored, measure)
    assert target.region == place.towns[0]


@pytest.mark.parametrize(
    ("measure", "entry", "field"),
    [
        ("", {"indicator": "PM2.5"}, "value"),
        ("days", {"indicator": "优良天数", "value": "260", "unit": "%"}, "unit"),
        ("ratio", {"indicator": "优良率", "value": "70", "unit": "天"}, "unit"),
        ("rank", {"indicator": "排名", "value": "3", "kind": "reduction"}, "kind"),
        ("speed", {"indicator": "排名", "value": "3"}, "measure"),
    ],
)
def test_targets_that_do_not_fit_their_measure_are_refused(
    place: Place, office: Actor, measure: str, entry: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        actions.CreateTarget(office, typed(place, office), entry, measure=measure).execute()

    assert set(caught.value.fields) == {field}


def test_a_measure_that_was_chosen_outlives_changes_of_other_fields(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    values = {"indicator": "VOCs控制量", "value": "900", "unit": "吨"}
    target = actions.CreateTarget(office, plan, values, measure=TargetMeasure.EMISSION).execute()
    actions.EditTarget(office, target, {"value": "800"}, reason="x").execute()
    target.refresh_from_db()
    assert target.measure == TargetMeasure.EMISSION

    actions.EditTarget(office, target, {"unit": "%", "kind": TargetKind.REDUCTION}, reason="x").execute()
    target.refresh_from_db()
    assert target.measure == TargetMeasure.REDUCTION


def test_duties_and_sanctions_are_entered_too(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    actions.CreateDuty(office, plan, {"who": "各镇", "what": "月报", "when": "每月25日前"}).execute()
    actions.CreateSanction(office, plan, {"problem": "瞒报", "amount": "5", "unit": "万元"}).execute()

    assert (ReportingDuty.objects.get().when, Sanction.objects.get().number) == ("每月25日前", "5")


def test_the_form_of_a_plan_leads_to_the_plan(place: Place, office: Actor) -> None:
    client = browser(office)
    url = reverse("plans:plan_new")
    assert client.get(url).status_code == 200
    refused = client.post(url, {"title": "", "region": place.district.pk})
    done = client.post(
        url, {"title": "夏季攻坚令", "region": place.district.pk, "copied_to": "区纪委\n区委办"}
    )
    plan = Plan.objects.get()

    assert refused.status_code == 422
    assert (done.status_code, done["Location"]) == (302, reverse("plans:plan", args=[plan.pk]))
    assert plan.copied_to == ["区纪委", "区委办"]
    page = client.get(done["Location"]).content.decode()
    assert reverse("plans:task_new", args=[plan.pk]) in page
    assert reverse("plans:target_new", args=[plan.pk]) in page


def test_the_form_of_a_task_asks_what_unknown_names_mean(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    client, url = browser(office), reverse("plans:task_new", args=[plan.pk])
    data = posted(
        **{
            "entry-lead": "区生态环境局、区园林中心",
            "place-chapter": "面源治理",
            "dates-0-kind": "deadline",
            "dates-0-end": "2025-09-30",
        }
    )
    asked = client.post(url, data)
    assert asked.status_code == 422
    [meaning] = asked.context["meanings"]
    assert (meaning.unknown.name, Task.objects.count()) == ("区园林中心", 0)

    named = {f"{meaning.prefix}-name": "区园林中心", f"{meaning.prefix}-meant": ""}
    assert client.post(url, {**data, **named}).status_code == 422
    chosen = {**named, f"{meaning.prefix}-other": place.housing.name}
    done = client.post(url, {**data, **chosen})
    task = Task.objects.get()

    assert (done.status_code, done["Location"]) == (302, reverse("plans:task", args=[task.pk]))
    assert task.units.get(name="区园林中心").organisation == place.housing
    assert (task.next_deadline, str(task.chapter)) == (date(2025, 9, 30), "面源治理")
    assert client.get(done["Location"]).status_code == 200


def test_a_name_may_stay_a_name_and_the_next_task_follows_at_once(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    client, url = browser(office), reverse("plans:task_new", args=[plan.pk])
    data = posted(**{"entry-lead": "区园林中心", "do": "more"})
    [meaning] = client.post(url, data).context["meanings"]
    kept = {f"{meaning.prefix}-name": "区园林中心", f"{meaning.prefix}-meant": "name"}
    done = client.post(url, {**data, **kept})

    assert (done.status_code, done["Location"]) == (302, url)
    assert Task.objects.get().units.get().organisation is None


def test_the_form_keeps_what_was_typed_where_something_is_wrong(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    client, url = browser(office), reverse("plans:task_new", args=[plan.pk])
    answer = client.post(url, posted(**{"dates-0-kind": "deadline", "dates-0-text": "年底前"}))
    twice = Section.objects.create(plan=plan, title="旧章", order=1)
    both = client.post(url, posted(**{"place-section": twice.pk, "place-chapter": "新章"}))

    assert answer.status_code == 422 and "年底前" in answer.content.decode()
    assert both.status_code == 422 and both.context["form"].place.errors
    assert not Task.objects.exists()


def test_the_forms_of_targets_duties_and_sanctions_lead_to_their_rows(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    client = browser(office)
    posts = {
        "target": {"indicator": "综合排名", "measure": "rank", "kind": "level", "comparator": "<=", "value": "5",
                   "strength": "firm"},
        "duty": {"what": "月报"},
        "sanction": {"problem": "瞒报"},
    }  # fmt: skip
    for kind, values in posts.items():
        url = reverse(f"plans:{kind}_new", args=[plan.pk])
        assert client.get(url).status_code == 200
        done = client.post(url, {f"entry-{name}": value for name, value in values.items()})
        assert done.status_code == 302, kind
        assert client.get(done["Location"]).status_code == 200
        assert client.post(url, {}).status_code == 422

    assert (Target.objects.get().kind, Target.objects.get().measure) == ("rank", "rank")


def test_the_lists_of_a_plan_lead_to_the_forms(place: Place, office: Actor) -> None:
    plan = typed(place, office)
    officer = Actor(place.user("department_officer", place.bureau))
    for kind, listed in (("target", "targets"), ("duty", "duties"), ("sanction", "sanctions")):
        url, form = reverse(f"plans:{listed}"), reverse(f"plans:{kind}_new", args=[plan.pk])
        assert form in browser(office).get(url, {"plan": plan.pk}).content.decode()
        assert form not in browser(office).get(url).content.decode()
        assert form not in browser(officer).get(url, {"plan": plan.pk}).content.decode()


def test_plans_tasks_and_targets_enter_through_the_api(place: Place, office: Actor) -> None:
    client = browser(office)

    def send(url: str, body: dict[str, Any]) -> Any:
        return client.post(f"/api/v1{url}", json.dumps(body), content_type="application/json")

    opened = send("/plans", {"title": "夏季攻坚令", "region": place.district.pk, "issued_on": "2025-06-01"})
    key = opened.json()["id"]
    task = send(
        f"/plans/{key}/tasks",
        {
            "title": "淘汰柴油货车",
            "chapter": "移动源",
            "units": [{"role": "lead", "name": "区生态环境局"}],
            "deadlines": [{"end": "2025-12-31"}],
            "quantities": [{"what": "货车", "value": "120", "unit": "辆"}],
        },
    )
    target = send(f"/plans/{key}/targets", {"indicator": "综合排名", "value": "5", "measure": "rank"})

    assert (opened.status_code, task.status_code, target.status_code) == (201, 201, 201)
    assert (task.json()["next_deadline"], task.json()["chapter_title"]) == ("2025-12-31", "移动源")
    assert (target.json()["kind"], target.json()["unit"]) == ("rank", "名")
    refused = send(
        f"/plans/{key}/targets", {"indicator": "优良天数", "value": "5", "unit": "%", "measure": "days"}
    )
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"unit"})
    assert send(f"/plans/{key + 1}/tasks", {"title": "x"}).status_code == 404
