"""The life of a task: steps, rights, day and amounts, co-signatures, parts, adjustments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import DataScope, LogEntry, Notification, Organisation, Role, User
from lantian.apps.core.registry_actions import MergeOrganisation
from lantian.apps.plans import access, standing
from lantian.apps.plans.actions import (
    STEPS,
    AcceptMilestone,
    AcceptTask,
    ApproveAdjustment,
    AskAdjustment,
    Cosign,
    EditTask,
    HandDown,
    Part,
    RecallTask,
    RefuseAdjustment,
    ReopenTask,
    ReportProgress,
    ResumeTask,
    ReturnTask,
    StartTask,
    SubmitTask,
    SuspendTask,
    WithdrawAdjustment,
)
from lantian.apps.plans.actions.life import possible_steps
from lantian.apps.plans.choices import TaskState
from lantian.apps.plans.exceptions import EditConflict, OwnWork, WrongStep
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.tests.material import Place
from lantian.apps.plans.tests.working import HOUSE, TODAY, WAYS, ago, bring
from lantian.apps.plans.transitions import TRANSITIONS

pytestmark = pytest.mark.django_db


def values_of(step: str) -> dict[str, Any]:
    values: dict[str, Any] = {"reason": "因为"}
    if step == "report":
        values["note"] = "有进展"
    return values


# The table -----------------------------------------------------------------------------------------------------------

#: Written by hand from the order of the office, not taken from the program: where each step leads from each state.
EXPECTED: dict[str, dict[str, str]] = {
    "start": {"not_started": "in_progress"},
    "report": {"not_started": "in_progress", "in_progress": "in_progress", "returned": "in_progress"},
    "submit": {"in_progress": "submitted", "returned": "submitted"},
    "recall": {"submitted": "in_progress"},
    "accept": {"submitted": "accepted"},
    "milestone": {"submitted": "in_progress"},
    "return": {"submitted": "returned"},
    "suspend": {"not_started": "suspended", "in_progress": "suspended", "returned": "suspended"},
    "resume": {"suspended": "in_progress"},
    "reopen": {"accepted": "in_progress"},
}


def test_the_table_has_exactly_these_steps() -> None:
    assert set(EXPECTED) == set(TRANSITIONS) == set(STEPS)
    assert {"return", "suspend", "reopen"} == {step for step, row in TRANSITIONS.items() if row.needs_reason}


@pytest.mark.parametrize("state", list(WAYS))
@pytest.mark.parametrize("step", list(EXPECTED))
def test_each_step_works_from_the_states_of_the_table_and_from_no_other(
    work: SimpleNamespace, state: str, step: str
) -> None:
    task = bring(work.task, state)
    events = task.events.count()
    target = EXPECTED[step].get(state)
    if target is None:
        with pytest.raises(WrongStep):
            STEPS[step](HOUSE, task, **values_of(step)).execute()
        task.refresh_from_db()
        assert (state, events) == (task.state, task.events.count())
    else:
        STEPS[step](HOUSE, task, **values_of(step)).execute()
        task.refresh_from_db()
        assert (target, events + 1) == (task.state, task.events.count())


def test_a_task_that_was_suspended_before_anything_was_reported_is_resumed_as_not_started(
    work: SimpleNamespace,
) -> None:
    SuspendTask(work.office, work.task, reason="政策调整").execute()
    ResumeTask(work.office, work.task).execute()
    work.task.refresh_from_db()
    assert "not_started" == work.task.state


@pytest.mark.parametrize("step", sorted(step for step, row in TRANSITIONS.items() if row.needs_reason))
def test_steps_that_ask_for_a_reason_are_refused_without_one(work: SimpleNamespace, step: str) -> None:
    bring(work.task, next(iter(TRANSITIONS[step].sources)))
    with pytest.raises(ReasonMissing):
        STEPS[step](work.office, work.task).execute()


def test_nothing_happens_to_tasks_of_a_withdrawn_plan_or_left_out_by_a_newer_text(work: SimpleNamespace) -> None:
    work.after.dropped_on = TODAY
    work.after.save()
    with pytest.raises(WrongStep):
        StartTask(HOUSE, work.after).execute()
    Plan.objects.filter(pk=work.plan.pk).update(status="withdrawn")
    with pytest.raises(WrongStep):
        StartTask(HOUSE, Task.objects.get(pk=work.task.pk)).execute()


# Rights --------------------------------------------------------------------------------------------------------------

ROOMS = ("campaign_office", "department_officer", "town_officer", "supervision", "leader")
#: Which roles carry the right to which step; written from the duties of the roles.
RIGHTS: dict[str, set[str]] = {
    "start": {"campaign_office", "department_officer", "town_officer"},
    "report": {"campaign_office", "department_officer", "town_officer"},
    "submit": {"campaign_office", "department_officer", "town_officer"},
    "recall": {"campaign_office", "department_officer", "town_officer"},
    "accept": {"campaign_office", "supervision"},
    "milestone": {"campaign_office"},
    "return": {"campaign_office", "supervision"},
    "suspend": {"campaign_office", "supervision"},
    "resume": {"campaign_office", "supervision"},
    "reopen": {"campaign_office", "supervision"},
}


def test_each_role_carries_the_rights_of_its_duties(place: Place) -> None:
    carried = {code: set(Role.objects.get(code=code).permissions) for code in ROOMS}
    for step, roles in RIGHTS.items():
        assert roles == {code for code in ROOMS if f"plans.task.{step}" in carried[code]}, step
    assert {"campaign_office", "supervision"} == {c for c in ROOMS if access.TASK_APPROVE in carried[c]}
    assert {"department_officer", "town_officer"} == {c for c in ROOMS if access.TASK_ADJUST in carried[c]}
    reads = {access.PLAN_VIEW, access.TASK_VIEW, access.TARGET_VIEW, access.EXPORT}
    assert reads == {code for code in carried["leader"] if code.startswith("plans.")}


@pytest.mark.parametrize(
    ("step", "role"), [(step, role) for step, roles in RIGHTS.items() for role in ROOMS if role not in roles]
)
def test_a_step_is_refused_to_roles_without_its_right_and_the_refusal_is_logged(
    work: SimpleNamespace, step: str, role: str
) -> None:
    bring(work.task, next(iter(sorted(TRANSITIONS[step].sources))))
    actor = Actor(work.place.user(role, work.place.bureau))
    with pytest.raises(NotAllowed):
        STEPS[step](actor, work.task, **values_of(step)).execute()
    assert LogEntry.objects.filter(action=f"plans.task.{step}", result="denied").exists()


def test_reporting_is_for_units_of_the_task_and_handing_in_for_those_who_answer_for_it(
    work: SimpleNamespace,
) -> None:
    StartTask(work.town, work.task).execute()
    for actor in (work.housing, work.other_town):
        with pytest.raises(NotAllowed):
            ReportProgress(actor, work.task, note="x").execute()
    with pytest.raises(NotAllowed, match="云山区生态环境局"):
        SubmitTask(work.town, work.task).execute()
    with pytest.raises(NotAllowed):
        SubmitTask(work.office, work.task).execute()
    SubmitTask(work.bureau, work.task).execute()
    with pytest.raises(NotAllowed):
        RecallTask(work.town, work.task).execute()


def test_an_account_of_a_branch_below_the_unit_may_report(work: SimpleNamespace) -> None:
    branch = Organisation.objects.create(name="大气科", parent=work.place.bureau, region=work.place.district)
    StartTask(Actor(work.place.user("department_officer", branch)), work.task).execute()


def test_rows_outside_of_the_data_scope_are_not_found(work: SimpleNamespace) -> None:
    stranger = Actor(work.place.user("department_officer", work.place.stranger, DataScope.DEPARTMENT))
    with pytest.raises(NotFound):
        StartTask(stranger, work.task).execute()


def test_the_office_reports_for_a_unit_and_the_event_says_so(work: SimpleNamespace) -> None:
    event = ReportProgress(work.office, work.task, quantities={work.boilers.pk: Decimal(20)}).execute()
    assert (work.office.user, work.place.bureau) == (event.user, event.organisation)
    assert event.data["on_behalf"]


def test_a_task_without_a_known_unit_is_handed_in_by_whoever_has_the_right(work: SimpleNamespace) -> None:
    work.task.units.update(organisation=None)
    StartTask(work.office, work.task).execute()
    SubmitTask(work.office, work.task).execute()
    with pytest.raises(OwnWork):
        AcceptTask(work.office, work.task).execute()
    AcceptTask(work.supervision, work.task).execute()


# The doer cannot accept ----------------------------------------------------------------------------------------------


def both_roles(work: SimpleNamespace, organisation: Organisation) -> Actor:
    from lantian.apps.core.models import Grant

    user = work.place.user("department_officer", organisation)
    Grant.objects.create(user=user, role=Role.objects.get(code="supervision"), scope=DataScope.ALL)
    return Actor(User.objects.get(pk=user.pk))


@pytest.mark.parametrize("action", [AcceptTask, AcceptMilestone])
def test_the_doer_cannot_accept(work: SimpleNamespace, action: Any) -> None:
    if action is AcceptMilestone:
        doer = Actor(work.place.user("campaign_office", work.place.office))
        below = Actor(work.place.user("campaign_office", work.place.bureau))
    else:
        doer, below = both_roles(work, work.place.town_units[0]), both_roles(work, work.place.bureau)
    ReportProgress(doer, work.task, note="动工").execute()
    SubmitTask(work.bureau, work.task).execute()
    with pytest.raises(OwnWork):
        action(doer, work.task).execute()
    with pytest.raises(OwnWork, match="云山区生态环境局"):
        action(below, work.task).execute()
    work.task.refresh_from_db()
    assert "submitted" == work.task.state
    action(work.office, work.task).execute()


def test_after_it_was_opened_again_only_the_work_of_the_new_round_counts(work: SimpleNamespace) -> None:
    doer = Actor(work.place.user("campaign_office", work.place.office))
    ReportProgress(doer, work.task, note="代报").execute()
    SubmitTask(work.bureau, work.task).execute()
    AcceptTask(work.supervision, work.task).execute()
    ReopenTask(work.supervision, work.task, reason="反弹").execute()
    SubmitTask(work.bureau, work.task).execute()
    AcceptTask(doer, work.task).execute()
    work.task.refresh_from_db()
    assert "accepted" == work.task.state


# Day, share and amounts ----------------------------------------------------------------------------------------------


def test_a_day_lies_neither_in_the_future_nor_before_what_it_follows_on(work: SimpleNamespace) -> None:
    with pytest.raises(Invalid) as refused:
        StartTask(work.bureau, work.task, on=TODAY + timedelta(1)).execute()
    assert {"on"} == set(refused.value.fields)
    StartTask(work.bureau, work.task, on=ago(20)).execute()
    with pytest.raises(Invalid) as refused:
        ReportProgress(work.bureau, work.task, on=ago(21), note="早").execute()
    assert ago(20).isoformat() in refused.value.fields["on"]
    ReportProgress(work.bureau, work.task, on=ago(20), note="同日").execute()
    with pytest.raises(Invalid):
        SubmitTask(work.bureau, work.task, on=ago(21)).execute()


def test_amounts_make_the_share_and_are_kept(work: SimpleNamespace) -> None:
    ReportProgress(work.bureau, work.task, quantities={work.boilers.pk: Decimal(182)}, note="已拆").execute()
    work.task.refresh_from_db()
    work.boilers.refresh_from_db()
    assert (Decimal("91.00"), Decimal(182), "已拆") == (work.task.percent, work.boilers.done, work.task.last_note)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"percent": Decimal("100.01")}, "percent"),
        ({"percent": Decimal("-0.01")}, "percent"),
        ({"percent": Decimal("NaN")}, "percent"),
        ({"quantities": {"boilers": Decimal("-1")}}, "quantity"),
        ({"quantities": {"boilers": Decimal("Infinity")}}, "quantity"),
        ({"quantities": {"boilers": Decimal(201)}}, "quantity"),
        ({"quantities": {"nothing": Decimal(1)}}, "quantity"),
        ({"quantities": {"boilers": Decimal(100)}, "percent": Decimal(60)}, "percent"),
    ],
    ids=["over", "under", "nan", "negative", "infinite", "more", "unknown", "contradiction"],
)
def test_wrong_shares_and_amounts_are_refused_and_nothing_is_kept(
    work: SimpleNamespace, values: dict[str, Any], field: str
) -> None:
    keys = {"boilers": work.boilers.pk, "nothing": 987654}
    if "quantities" in values:
        values = {**values, "quantities": {keys[name]: done for name, done in values["quantities"].items()}}
    with pytest.raises(Invalid) as refused:
        ReportProgress(work.bureau, work.task, **values).execute()
    assert all(name.startswith(field) for name in refused.value.fields)
    work.boilers.refresh_from_db()
    work.task.refresh_from_db()
    assert (None, 0, "not_started") == (work.boilers.done, work.task.events.count(), work.task.state)


def test_more_than_ordered_is_taken_with_a_note(work: SimpleNamespace) -> None:
    ReportProgress(work.bureau, work.task, quantities={work.boilers.pk: Decimal(205)}, note="新排查5台").execute()
    work.task.refresh_from_db()
    assert Decimal(100) == work.task.percent


def test_a_share_is_never_rounded_up_to_the_whole(work: SimpleNamespace) -> None:
    task = work.after
    ReportProgress(HOUSE, task, percent=Decimal("99.999")).execute()
    task.refresh_from_db()
    assert Decimal("99.99") == task.percent


def test_a_report_says_something(work: SimpleNamespace) -> None:
    with pytest.raises(Invalid):
        ReportProgress(work.bureau, work.task).execute()


def test_a_backdated_report_fills_the_past_and_leaves_the_present(work: SimpleNamespace) -> None:
    key = work.boilers.pk
    ReportProgress(work.bureau, work.task, on=ago(30), quantities={key: Decimal(40)}).execute()
    ReportProgress(work.bureau, work.task, on=ago(5), quantities={key: Decimal(120)}).execute()
    late = ReportProgress(work.bureau, work.task, on=ago(15), quantities={key: Decimal(80)}).execute()
    work.task.refresh_from_db()
    work.boilers.refresh_from_db()
    assert (Decimal(40), Decimal(60), Decimal(120)) == (late.percent, work.task.percent, work.boilers.done)

    def share(day: date, clock: str) -> Any:
        rows = standing.with_light(Task.objects.filter(pk=work.task.pk), day, clock)
        return rows.values_list("shown_percent", flat=True).get()

    assert (Decimal(20), Decimal(40)) == (share(ago(16), "known"), share(ago(14), "known"))
    assert Decimal(0) == share(ago(14), "recorded")


def test_evidence_hangs_on_the_task_and_is_named_by_the_event(work: SimpleNamespace) -> None:
    from lantian.apps.core import files

    event = ReportProgress(
        work.bureau, work.task, note="照片", evidence=[(SimpleUploadedFile("锅炉.txt", b"x" * 20), "锅炉.txt")]
    ).execute()
    kept = files.of(work.task).get()
    assert ([kept.pk], "锅炉.txt") == (event.data["files"], kept.name)


def test_an_accepted_task_stays_as_counted_and_others_are_wholly_done(work: SimpleNamespace) -> None:
    ReportProgress(work.bureau, work.task, quantities={work.boilers.pk: Decimal(182)}).execute()
    SubmitTask(work.bureau, work.task).execute()
    AcceptTask(work.office, work.task).execute()
    ReportProgress(HOUSE, work.after, percent=Decimal(70)).execute()
    SubmitTask(HOUSE, work.after).execute()
    AcceptTask(work.office, work.after).execute()
    for row in (work.task, work.after):
        row.refresh_from_db()
    assert (Decimal(91), Decimal(100)) == (work.task.percent, work.after.percent)
    assert TODAY == work.task.accepted_on


def test_a_milestone_is_met_and_the_last_one_is_the_close_out(work: SimpleNamespace) -> None:
    StartTask(work.bureau, work.task).execute()
    SubmitTask(work.bureau, work.task).execute()
    AcceptMilestone(work.office, work.task).execute()
    work.task.refresh_from_db()
    assert [TODAY, None] == list(work.task.deadlines.values_list("met_on", flat=True))
    assert ("in_progress", work.last.end) == (work.task.state, work.task.due_on)
    SubmitTask(work.bureau, work.task).execute()
    with pytest.raises(WrongStep):
        AcceptMilestone(work.office, work.task).execute()


# Two people at once --------------------------------------------------------------------------------------------------


def test_the_second_of_two_people_is_told_and_shown_the_difference(work: SimpleNamespace) -> None:
    seen = Task.objects.get(pk=work.task.pk)
    key = work.boilers.pk
    ReportProgress(work.bureau, work.task, quantities={key: Decimal(50)}, version=seen.version).execute()
    with pytest.raises(EditConflict) as refused:
        ReportProgress(
            work.colleague, seen, quantities={key: Decimal(30)}, note="重报", version=seen.version
        ).execute()
    work.task.refresh_from_db()
    assert work.task.version == refused.value.current_version
    assert ("30台", "50台") == refused.value.differences["燃煤锅炉"]
    assert Decimal(25) == work.task.percent
    ReportProgress(
        work.colleague, seen, quantities={key: Decimal(60)}, version=refused.value.current_version
    ).execute()


# Co-signing and messages ---------------------------------------------------------------------------------------------


def test_a_close_out_waits_for_signatures_unless_it_is_said_why_not(work: SimpleNamespace) -> None:
    StartTask(work.bureau, work.task).execute()
    SubmitTask(work.bureau, work.task, cosign=[work.place.housing]).execute()
    row = work.task.cosigns.get()
    with pytest.raises(Invalid, match="云山区住房和城乡建设局"):
        AcceptTask(work.office, work.task).execute()
    with pytest.raises(NotAllowed):
        Cosign(work.town, row, agree=True).execute()
    with pytest.raises(ReasonMissing):
        Cosign(work.housing, row, agree=False).execute()
    Cosign(work.housing, row, agree=False, note="台账不全").execute()
    with pytest.raises(Invalid):
        AcceptTask(work.office, work.task).execute()
    with pytest.raises(ReasonMissing):
        AcceptTask(work.office, work.task, override=True).execute()
    event = AcceptTask(work.office, work.task, override=True, reason="现场已核实").execute()
    assert 1 == len(event.data["overridden"])
    work.task.refresh_from_db()
    assert "accepted" == work.task.state


def test_a_signed_close_out_is_accepted(work: SimpleNamespace) -> None:
    StartTask(work.bureau, work.task).execute()
    SubmitTask(work.bureau, work.task, cosign=[work.place.housing]).execute()
    Cosign(work.housing, work.task.cosigns.get(), agree=True).execute()
    AcceptTask(work.office, work.task).execute()
    with pytest.raises(WrongStep):
        Cosign(work.housing, work.task.cosigns.get(), agree=False, note="x").execute()


def test_what_was_sent_back_asks_for_new_signatures(work: SimpleNamespace) -> None:
    StartTask(work.bureau, work.task).execute()
    SubmitTask(work.bureau, work.task, cosign=[work.place.housing]).execute()
    ReturnTask(work.office, work.task, reason="缺照片").execute()
    assert "lapsed" == work.task.cosigns.get().status
    with pytest.raises(Invalid):
        SubmitTask(work.bureau, work.task, cosign=[work.place.town_units[1]]).execute()


def test_the_other_side_is_told_once_it_is_committed(
    work: SimpleNamespace, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    StartTask(work.bureau, work.task).execute()
    with django_capture_on_commit_callbacks(execute=True):
        SubmitTask(work.bureau, work.task).execute()
    told = set(Notification.objects.values_list("recipient", flat=True))
    assert {work.office.user.pk, work.supervision.user.pk} == told
    Notification.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        ReturnTask(work.office, work.task, reason="缺照片").execute()
    assert {work.bureau.user.pk, work.colleague.user.pk} == set(
        Notification.objects.values_list("recipient", flat=True)
    )
    assert "缺照片" == Notification.objects.first().body


# Handing down --------------------------------------------------------------------------------------------------------


def parts(work: SimpleNamespace, *amounts: int, **values: Any) -> list[Part]:
    return [
        Part(town, amounts={work.boilers.pk: Decimal(amount)}, **values)
        for town, amount in zip(work.place.town_units, amounts, strict=True)
    ]


@pytest.mark.parametrize(
    ("given", "kept", "left"), [((120, 70), 0, "10台"), ((120, 80), 5, "5台"), ((150, 60), 0, "10台")]
)
def test_parts_must_add_up(work: SimpleNamespace, given: tuple[int, int], kept: int, left: str) -> None:
    with pytest.raises(Invalid, match=left) as refused:
        HandDown(work.bureau, work.task, parts(work, *given), {work.boilers.pk: Decimal(kept)}).execute()
    assert {f"kept_{work.boilers.pk}"} == set(refused.value.fields)
    assert not work.task.parts.exists()


def test_parts_become_tasks_behind_the_whole(work: SimpleNamespace) -> None:
    made = HandDown(work.bureau, work.task, parts(work, 120, 70), {work.boilers.pk: Decimal(10)}).execute()
    rows = list(work.plan.tasks.order_by("order"))
    assert ["12", "12-1", "12-2", "13"] == [row.number for row in rows]
    assert ["河口镇人民政府", "柳林镇人民政府"] == [row.lead_name for row in made]
    assert [Decimal(120), Decimal(70)] == [row.quantities.get().value for row in made]
    assert {work.boilers.pk} == {row.quantities.get().part_of_id for row in made}
    assert [work.first.end, work.last.end] == [row.end for row in made[0].deadlines.all()]
    assert work.first.end == made[0].due_on
    assert 2 == made[0].standings.count()
    # Who answers for the whole sees the parts, and each town its own.
    town = work.place.user("town_officer", work.place.town_units[0], DataScope.DEPARTMENT)
    bureau = work.place.user("department_officer", work.place.bureau, DataScope.DEPARTMENT)
    below = Task.objects.filter(parent=work.task)
    assert [made[0]] == list(below.visible_to(town, access.TASK_VIEW))
    assert 2 == below.visible_to(bureau, access.TASK_VIEW).count()


def test_a_part_is_not_due_later_than_the_whole(work: SimpleNamespace) -> None:
    late = parts(work, 120, 80, deadline=work.last.end + timedelta(1))
    with pytest.raises(Invalid) as refused:
        HandDown(work.bureau, work.task, late).execute()
    assert {"deadline_0", "deadline_1"} == set(refused.value.fields)
    made = HandDown(work.bureau, work.task, parts(work, 120, 80, deadline=work.last.end)).execute()
    assert [work.last.end] == [row.end for row in made[0].deadlines.all()]


def test_what_parts_have_done_is_done_of_the_whole(work: SimpleNamespace) -> None:
    first, _second = HandDown(
        work.bureau, work.task, parts(work, 120, 70), {work.boilers.pk: Decimal(10)}
    ).execute()
    ReportProgress(work.town, first, quantities={first.quantities.get().pk: Decimal(60)}).execute()
    work.task.refresh_from_db()
    work.boilers.refresh_from_db()
    assert (Decimal(60), Decimal(30), "in_progress") == (
        work.boilers.done,
        work.task.percent,
        work.task.state,
    )
    # What is kept above comes on top, and a second report of the part replaces its first.
    ReportProgress(work.bureau, work.task, quantities={work.boilers.pk: Decimal(10)}).execute()
    ReportProgress(work.town, first, quantities={first.quantities.get().pk: Decimal(100)}).execute()
    work.task.refresh_from_db()
    work.boilers.refresh_from_db()
    assert (Decimal(110), Decimal(55)) == (work.boilers.done, work.task.percent)


def test_parts_of_parts_reach_the_top(work: SimpleNamespace) -> None:
    first, _second = HandDown(work.bureau, work.task, parts(work, 120, 80)).execute()
    village = Organisation.objects.create(
        name="河口村", parent=work.place.town_units[0], region=work.place.towns[0]
    )
    amount = first.quantities.get()
    (below,) = HandDown(
        work.town, first, [Part(village, amounts={amount.pk: Decimal(20)})], {amount.pk: Decimal(100)}
    ).execute()
    assert "12-1-1" == below.number
    villager = Actor(work.place.user("town_officer", village))
    ReportProgress(villager, below, quantities={below.quantities.get().pk: Decimal(20)}).execute()
    work.boilers.refresh_from_db()
    assert Decimal(20) == work.boilers.done


def test_the_share_of_a_whole_without_amounts_is_that_of_its_parts(work: SimpleNamespace) -> None:
    made = HandDown(work.office, work.after, [Part(town) for town in work.place.town_units]).execute()
    ReportProgress(work.town, made[0], percent=Decimal(50)).execute()
    work.after.refresh_from_db()
    assert Decimal(25) == work.after.percent
    with pytest.raises(Invalid):
        ReportProgress(HOUSE, work.after, percent=Decimal(90)).execute()


def test_a_whole_is_not_closed_out_before_its_parts(work: SimpleNamespace) -> None:
    HandDown(work.bureau, work.task, parts(work, 120, 80)).execute()
    StartTask(work.bureau, work.task).execute()
    SubmitTask(work.bureau, work.task).execute()
    with pytest.raises(Invalid, match="12-1"):
        AcceptTask(work.office, work.task).execute()


def test_only_who_answers_for_a_task_hands_it_down(work: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        HandDown(work.town, work.task, parts(work, 120, 80)).execute()
    with pytest.raises(Invalid):
        HandDown(work.bureau, work.task, []).execute()
    twice = [Part(work.place.town_units[0], amounts={work.boilers.pk: Decimal(100)})] * 2
    with pytest.raises(Invalid):
        HandDown(work.bureau, work.task, twice).execute()


# Adjustments ---------------------------------------------------------------------------------------------------------


def asked(work: SimpleNamespace, **proposal: Any) -> Any:
    proposal = proposal or {"deadlines": [{"kind": "deadline", "end": (TODAY + timedelta(200)).isoformat()}]}
    return AskAdjustment(work.bureau, work.task, proposal, reason="管网未通").execute()


def test_an_adjustment_is_decided_by_somebody_else(work: SimpleNamespace) -> None:
    with pytest.raises(ReasonMissing):
        AskAdjustment(work.bureau, work.task, {"deadlines": []}).execute()
    doer = both_roles(work, work.place.bureau)
    row = AskAdjustment(
        doer, work.task, {"deadlines": [{"kind": "deadline", "end": "2099-12-31"}]}, reason="管网未通"
    ).execute()
    for action in (ApproveAdjustment, RefuseAdjustment):
        with pytest.raises(OwnWork):
            action(doer, row, reason="x").execute()
        with pytest.raises(OwnWork):
            action(both_roles(work, work.place.bureau), row, reason="x").execute()
        with pytest.raises(NotAllowed):
            action(work.colleague, row, reason="x").execute()
    ApproveAdjustment(work.office, row, note="同意").execute()
    with pytest.raises(WrongStep):
        RefuseAdjustment(work.office, row, reason="x").execute()


def test_an_approved_deadline_counts_from_today_and_the_old_one_stays_known(work: SimpleNamespace) -> None:
    work.task.deadlines.all().delete()
    work.task.deadlines.create(end=ago(3), text="旧")
    standing.refresh(work.task)
    assert "red" == standing.light_of(Task.objects.get(pk=work.task.pk)).code
    ApproveAdjustment(work.office, asked(work)).execute()
    work.task.refresh_from_db()
    assert TODAY + timedelta(200) == work.task.due_on == work.task.next_deadline
    event = work.task.events.get(kind="adjust")
    assert [ago(3).isoformat()] == [item["end"] for item in event.data["before"]["deadlines"]]
    rows = standing.with_light(Task.objects.filter(pk=work.task.pk), ago(1), "known")
    assert ["red"] == list(rows.values_list("light", flat=True))


def test_an_approved_amount_changes_the_share(work: SimpleNamespace) -> None:
    ReportProgress(work.bureau, work.task, quantities={work.boilers.pk: Decimal(50)}).execute()
    row = asked(work, quantities=[{"what": "燃煤锅炉", "value": "100", "unit": "台"}])
    work.task.refresh_from_db()
    assert Decimal(25) == work.task.percent
    ApproveAdjustment(work.supervision, row).execute()
    work.task.refresh_from_db()
    work.boilers.refresh_from_db()
    assert (Decimal(50), Decimal(100), Decimal(50)) == (work.task.percent, work.boilers.value, work.boilers.done)


def test_a_refused_or_withdrawn_adjustment_changes_nothing(work: SimpleNamespace) -> None:
    before = list(work.task.deadlines.values_list("end", flat=True))
    row = asked(work)
    with pytest.raises(WrongStep):
        asked(work)
    with pytest.raises(ReasonMissing):
        RefuseAdjustment(work.office, row).execute()
    RefuseAdjustment(work.office, row, reason="时间足够").execute()
    WithdrawAdjustment(work.colleague, asked(work)).execute()
    assert ["refused", "withdrawn"] == sorted(work.task.adjustments.values_list("status", flat=True))
    assert before == list(work.task.deadlines.values_list("end", flat=True))


def test_an_adjustment_that_was_overtaken_by_a_correction_is_not_applied(work: SimpleNamespace) -> None:
    row = asked(work)
    EditTask(
        work.office,
        work.task,
        {"deadlines": [{"kind": "deadline", "end": (TODAY + timedelta(60)).isoformat()}]},
        reason="识别有误",
    ).execute()
    with pytest.raises(EditConflict):
        ApproveAdjustment(work.office, row).execute()


def test_adjustments_keep_parts_within_the_whole(work: SimpleNamespace) -> None:
    first, _second = HandDown(work.bureau, work.task, parts(work, 120, 80)).execute()
    with pytest.raises(Invalid):
        asked(work, quantities=[{"what": "燃煤锅炉", "value": "150", "unit": "台"}])
    with pytest.raises(Invalid):
        AskAdjustment(
            work.town, first, {"quantities": [{"what": "燃煤锅炉", "value": "130", "unit": "台"}]}, reason="x"
        ).execute()
    late = {"deadlines": [{"kind": "deadline", "end": (work.last.end + timedelta(1)).isoformat()}]}
    row = AskAdjustment(work.town, first, late, reason="x").execute()
    with pytest.raises(Invalid):
        ApproveAdjustment(work.office, row).execute()


# Corrections and mergers ---------------------------------------------------------------------------------------------


def test_a_correction_keeps_what_is_known_of_dates_and_amounts_that_stay(work: SimpleNamespace) -> None:
    first, _second = HandDown(work.bureau, work.task, parts(work, 120, 80)).execute()
    ReportProgress(work.town, first, quantities={first.quantities.get().pk: Decimal(60)}).execute()
    work.task.deadlines.filter(pk=work.first.pk).update(met_on=ago(1), share=40)
    work.task.refresh_from_db()
    stored = {
        "deadlines": [
            {"kind": "deadline", "end": row.end.isoformat(), "text": f"{row.text}改"}
            for row in (work.last, work.first)
        ],
        "quantities": [
            {"what": "新增", "value": "3", "unit": "家"},
            {"what": "燃煤锅炉", "value": "240", "unit": "台"},
        ],
    }
    EditTask(work.office, work.task, stored, reason="识别有误").execute()
    work.task.refresh_from_db()
    kept = work.task.deadlines.get(pk=work.first.pk)
    boilers = work.task.quantities.get(pk=work.boilers.pk)
    assert (ago(1), Decimal(40)) == (kept.met_on, kept.share)
    assert (Decimal(240), Decimal(60), True) == (boilers.value, boilers.done, boilers.counts)
    assert boilers == first.quantities.get().part_of
    assert work.task.quantities.get(what="新增").counts
    assert work.last.end == work.task.due_on


def test_a_merger_keeps_open_tasks_open_under_the_new_unit(work: SimpleNamespace) -> None:
    StartTask(work.bureau, work.task).execute()
    SubmitTask(work.bureau, work.task, cosign=[work.place.housing]).execute()
    urban = work.place.unit("云山区城市管理局")
    MergeOrganisation(HOUSE, work.place.housing, urban, reason="机构改革").execute()
    Cosign(Actor(work.place.user("department_officer", urban)), work.task.cosigns.get(), agree=True).execute()
    RecallTask(work.bureau, work.task).execute()
    climate = work.place.unit("云山区生态环境和气候局")
    MergeOrganisation(HOUSE, work.place.bureau, climate, reason="机构改革").execute()
    work.task.refresh_from_db()
    assert "in_progress" == work.task.state
    unit = work.task.units.get(role="lead")
    assert (climate, True) == (unit.organisation, unit.principal)
    heir = Actor(User.objects.get(pk=work.bureau.user.pk))
    assert climate == heir.user.organisation
    SubmitTask(heir, work.task).execute()


# Buttons -------------------------------------------------------------------------------------------------------------


def test_buttons_are_the_steps_that_an_account_may_take_now(work: SimpleNamespace) -> None:
    def offered(actor: Actor) -> set[str]:
        task = Task.objects.select_related("plan").get(pk=work.task.pk)
        return {row.step for row in possible_steps(actor, task)}

    assert {"start", "report"} == offered(work.bureau)
    assert {"start", "report", "suspend"} == offered(work.office)
    assert set() == offered(work.leader) == offered(work.housing)
    StartTask(work.bureau, work.task).execute()
    assert {"report"} == offered(work.town)
    SubmitTask(work.bureau, work.task).execute()
    assert {"recall"} == offered(work.bureau)
    assert {"accept", "milestone", "return"} == offered(work.office)
    assert {"accept", "return"} == offered(work.supervision)
    assert not LogEntry.objects.filter(result="denied").exists()


def test_states_of_the_table_are_all_states() -> None:
    assert set(WAYS) == set(TaskState.values)
