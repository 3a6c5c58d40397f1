"""Changes in the ledger."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lantian.apps.core import files, history
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import LogEntry, Organisation
from lantian.apps.core.registry_actions import MergeOrganisation
from lantian.apps.plans import actions, exceptions, queries, work
from lantian.apps.plans.choices import ImportStatus, PlanStatus
from lantian.apps.plans.models import Plan, PlanImport, PlanParty, ReportingDuty, Target, Task
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db


def first(plan: Plan) -> Task:
    found: Task = plan.tasks.get(number="1")
    return found


def test_a_task_is_changed_with_reason_before_and_after(office: Actor, plan: Plan) -> None:
    actions.EditTask(
        office,
        first(plan),
        {"title": "淘汰锅炉", "deadlines": [{"kind": "deadline", "end": "2024-10-31", "text": "10月底前"}]},
        version=1,
        reason="deadline moved by the city",
    ).execute()
    task = first(plan)
    entry = LogEntry.objects.get(action="plans.task.edit")

    assert (task.title, task.next_deadline, task.version) == ("淘汰锅炉", date(2024, 10, 31), 2)
    assert entry.before == {"title": "淘汰燃煤锅炉", "deadlines": "2024-09-30（2024年9月底前）"}
    assert entry.after == {"title": "淘汰锅炉", "deadlines": "2024-10-31（10月底前）"}
    assert "淘汰锅炉" in history.of_object(task)[0].after.values()


def test_a_change_without_reason_or_without_difference_changes_nothing(office: Actor, plan: Plan) -> None:
    with pytest.raises(ReasonMissing):
        actions.EditTask(office, first(plan), {"title": "x"}).execute()
    actions.EditTask(office, first(plan), {"title": "淘汰燃煤锅炉"}, reason="same").execute()

    assert first(plan).version == 1
    assert not LogEntry.objects.filter(action="plans.task.edit").exists()


def test_the_second_of_two_people_is_told_and_shown_the_difference(office: Actor, plan: Plan) -> None:
    actions.EditTask(office, first(plan), {"title": "甲"}, version=1, reason="x").execute()
    with pytest.raises(exceptions.EditConflict) as caught:
        actions.EditTask(office, first(plan), {"title": "乙", "number": "1"}, version=1, reason="x").execute()

    assert caught.value.differences == {"title": ("乙", "甲")}
    assert caught.value.current_version == 2
    assert first(plan).title == "甲"


def test_new_units_open_the_task_and_the_plan_to_them(place: Place, office: Actor, plan: Plan) -> None:
    weather = place.unit("云山区气象局")
    officer = place.user("department_officer", weather, "department")
    assert not queries.tasks(Actor(officer)).exists()
    units = [
        {"role": "lead", "name": "区生态环境局"},
        {"role": "responsible", "name": "各镇（街道）"},
        {"role": "cooperating", "name": "区气象局", "person": "李明"},
    ]
    actions.EditTask(office, first(plan), {"units": units}, reason="weather joins").execute()

    assert queries.tasks(Actor(officer)).get() == first(plan)
    assert PlanParty.objects.filter(plan=plan, organisation=weather).exists()
    assert first(plan).units.filter(name="各镇（街道）").count() == 2
    assert first(plan).units.get(name="区气象局").person == "李明"


def test_a_unit_can_be_linked_to_another_organisation(place: Place, office: Actor, plan: Plan) -> None:
    unit = first(plan).units.get(name="区发改委")
    actions.LinkUnit(office, first(plan), unit, place.office, reason="moved").execute()

    assert first(plan).units.get(name="区发改委").organisation == place.office


def test_targets_duties_and_plans_are_changed_the_same_way(office: Actor, plan: Plan) -> None:
    target = Target.objects.filter(plan=plan).first()
    duty = ReportingDuty.objects.filter(plan=plan).first()
    assert target is not None and duty is not None
    actions.EditTarget(office, target, {"value": "44.5", "comparator": "<="}, version=1, reason="x").execute()
    actions.EditDuty(office, duty, {"when": "每月20日前"}, version=1, reason="x").execute()
    actions.EditPlan(
        office, plan, {"document_number": "云政办〔2024〕8号", "ends_on": "2024-12-31"}, version=1, reason="x"
    ).execute()

    assert Target.objects.get(pk=target.pk).number == "44.5"
    assert ReportingDuty.objects.get(pk=duty.pk).when == "每月20日前"
    changed = Plan.objects.get(pk=plan.pk)
    assert (changed.document_number, changed.ends_on, changed.version) == (
        "云政办〔2024〕8号",
        date(2024, 12, 31),
        2,
    )
    with pytest.raises(exceptions.EditConflict):
        actions.EditTarget(office, target, {"value": "43"}, version=1, reason="x").execute()


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        (actions.EditPlan, {"title": ""}),
        (actions.EditPlan, {"year": 1066}),
        (actions.EditPlan, {"starts_on": "2024-05-01", "ends_on": "2024-01-01"}),
        (actions.EditPlan, {"nothing": "x"}),
    ],
)
def test_a_plan_refuses_what_makes_no_sense(
    office: Actor, plan: Plan, action: Any, changes: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        action(office, plan, changes, reason="x").execute()


def test_readers_and_strangers_change_nothing(place: Place, plan: Plan) -> None:
    reader = Actor(place.user("leader", place.office))
    stranger = Actor(place.user("campaign_office", place.stranger, region=place.other))
    target = Target.objects.filter(plan=plan).first()
    for actor, refusal in ((reader, NotAllowed), (stranger, NotFound)):
        for action in (
            actions.EditTask(actor, first(plan), {"title": "x"}, reason="x"),
            actions.EditTarget(actor, target, {"value": "1"}, reason="x"),
            actions.EditPlan(actor, plan, {"title": "x"}, reason="x"),
            actions.WithdrawPlan(actor, plan, reason="x"),
        ):
            with pytest.raises(refusal):
                action.execute()

    assert Plan.objects.get().status == PlanStatus.ACTIVE


def test_a_withdrawn_plan_leaves_every_list_and_is_closed(office: Actor, plan: Plan) -> None:
    with pytest.raises(ReasonMissing):
        actions.WithdrawPlan(office, plan).execute()
    actions.WithdrawPlan(office, plan, reason="superseded").execute()

    assert Plan.objects.get().status == PlanStatus.WITHDRAWN
    assert PlanImport.objects.get().status == ImportStatus.WITHDRAWN
    assert not queries.tasks(office).exists()
    assert not queries.targets(office).exists()
    assert Task.objects.count() == 3
    with pytest.raises(exceptions.WrongStep):
        actions.EditTask(office, first(plan), {"title": "x"}, reason="x").execute()
    with pytest.raises(exceptions.WrongStep):
        actions.WithdrawPlan(office, plan, reason="again").execute()


def test_a_plan_with_work_on_it_cannot_be_withdrawn(
    office: Actor, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.AddAttachment(office, first(plan), b"proof", "proof.txt").execute()
    with pytest.raises(exceptions.WorkHangsOnIt):
        actions.WithdrawPlan(office, plan, reason="x").execute()

    assert Plan.objects.get().status == PlanStatus.ACTIVE
    monkeypatch.setattr(work, "_checks", {"test": lambda plan: "a warning runs on it."})
    with pytest.raises(exceptions.WorkHangsOnIt, match=r"a warning runs on it\."):
        actions.WithdrawPlan(office, plan, reason="x").execute()


def test_a_merged_organisation_hands_its_tasks_over(place: Place, plan: Plan) -> None:
    target = place.unit("云山区城市建设局")
    MergeOrganisation(Actor.system(), place.housing, target, reason="reform").execute()
    officer = Actor(place.user("department_officer", target, "department"))

    assert sorted(queries.tasks(officer).values_list("number", flat=True)) == ["2", "3"]
    assert PlanParty.objects.filter(plan=plan, organisation=target).exists()
    assert not PlanParty.objects.filter(plan=plan, organisation=place.housing).exists()


def test_two_merged_towns_stand_once_in_a_collective_name(place: Place, plan: Plan) -> None:
    source, target = place.town_units
    MergeOrganisation(Actor.system(), source, target, reason="reform").execute()
    rows = first(plan).units.filter(name="各镇（街道）")

    assert [row.organisation for row in rows] == [Organisation.objects.get(pk=target.pk)]
