"""Units that merge or end, and people who leave, while their tasks are open."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, Organisation, Person
from lantian.apps.core.registry_actions import CloseOrganisation, LeavePerson, MergeOrganisation
from lantian.apps.plans import actions, orphans, queries
from lantian.apps.plans.choices import CosignStatus
from lantian.apps.plans.models import Plan, PlanParty, Task
from lantian.apps.plans.tests.material import Place
from lantian.apps.plans.tests.working import HOUSE, TODAY, bring

pytestmark = pytest.mark.django_db


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


def successor(place: Place) -> Organisation:
    return place.unit("云山区综合行政执法局")


def left(work: SimpleNamespace, name: str = "李明") -> Person:
    """The person of the lead unit has left."""
    work.task.units.filter(role="lead").update(person=name)
    person = Person.objects.create(name=name, organisation=work.place.bureau)
    LeavePerson(HOUSE, person, TODAY - timedelta(1), reason="调离").execute()
    return person


def test_open_tasks_go_on_with_the_organisation_that_another_was_merged_into(work: SimpleNamespace) -> None:
    place, task = work.place, bring(work.task, "submitted")
    heir = successor(place)
    part = Task.objects.create(plan=work.plan, parent=task, title="下达部分", order=6)
    part.units.create(role="lead", name="区生态环境局", organisation=place.bureau, principal=True)
    cosign = task.cosigns.create(organisation=place.bureau)
    own = task.cosigns.create(organisation=heir)
    wish = task.adjustments.create(organisation=place.bureau, reason="延期")
    events = list(task.events.values_list("pk", "organisation"))
    MergeOrganisation(HOUSE, place.bureau, heir, reason="机构改革").execute()
    heirs_officer = Actor(place.user("department_officer", heir, "department"))
    for row in (cosign, own, wish):
        row.refresh_from_db()

    assert set(queries.tasks(heirs_officer)) == {task, part}
    assert task.units.get(role="lead").name == "区生态环境局"
    assert (wish.organisation, cosign.organisation) == (heir, heir)
    assert (cosign.status, own.status) == (CosignStatus.LAPSED, CosignStatus.ASKED)
    assert list(task.events.values_list("pk", "organisation")) == events
    assert PlanParty.objects.filter(plan=work.plan, organisation=heir).exists()
    assert not PlanParty.objects.filter(plan=work.plan, organisation=place.bureau).exists()
    page = browser(heirs_officer).get(reverse("plans:task", args=[task.pk])).content.decode()
    assert reverse("plans:unit_tasks", args=[heir.pk]) in page


def test_the_page_of_a_merger_moves_open_tasks_and_they_are_worked_on(work: SimpleNamespace) -> None:
    place = work.place
    heir = successor(place)
    officer = Actor(place.user("department_officer", heir))
    office = Actor(place.user("campaign_office", place.office))
    done = browser(office).post(
        reverse("core:organisation-merge", args=[place.bureau.pk]),
        {"target": f"{heir.name} #{heir.pk}", "on": TODAY.isoformat(), "reason": "机构改革"},
    )
    assert done.status_code == 302
    assert work.task.units.get(role="lead").organisation == heir

    task = Task.objects.get(pk=work.task.pk)
    actions.StartTask(officer, task).execute()
    assert Task.objects.get(pk=task.pk).state == "in_progress"


def test_open_tasks_of_a_unit_that_ended_without_successor_are_listed(work: SimpleNamespace) -> None:
    place, office = work.place, work.office
    rows = queries.tasks(office)
    assert orphans.count(rows, TODAY) == {"person_gone": 0, "unit_closed": 0}
    type(office.user).objects.filter(organisation=place.bureau).update(is_active=False)
    CloseOrganisation(HOUSE, place.bureau, TODAY - timedelta(1), reason="撤销").execute()

    assert orphans.count(rows, TODAY) == {"person_gone": 0, "unit_closed": 1}
    [group] = orphans.groups(office, rows, orphans.UNIT, TODAY)
    assert (group.organisation, group.tasks) == (place.bureau, [work.task])
    client = browser(office)
    ledger = client.get(reverse("plans:tasks"), {"without": "unit_closed"}).content.decode()
    assert "淘汰燃煤锅炉" in ledger and "下一条" not in ledger
    assert "待移交任务" in client.get(reverse("home")).content.decode()
    assert client.get(reverse("plans:task", args=[work.task.pk])).status_code == 200
    bring(Task.objects.get(pk=work.task.pk), "accepted")
    assert orphans.count(rows, TODAY)["unit_closed"] == 0


def test_a_unit_is_still_there_on_its_last_day_and_one_that_merged_is_not_missed(
    work: SimpleNamespace,
) -> None:
    place, rows = work.place, queries.tasks(work.office)
    Organisation.objects.filter(pk=place.bureau.pk).update(valid_to=TODAY)
    assert orphans.count(rows, TODAY)["unit_closed"] == 0
    assert orphans.count(rows, TODAY + timedelta(1))["unit_closed"] == 1
    heir = successor(place)
    MergeOrganisation(HOUSE, place.bureau, heir, reason="x").execute()
    assert orphans.count(rows, TODAY + timedelta(1))["unit_closed"] == 0


def test_a_person_who_has_left_is_shown_as_left_and_listed(work: SimpleNamespace) -> None:
    place, rows = work.place, queries.tasks(work.office)
    left(work)
    page = browser(work.bureau).get(reverse("plans:task", args=[work.task.pk])).content.decode()
    assert "李明（已离任）" in page
    assert orphans.count(rows, TODAY)["person_gone"] == 1

    # Another of the same name is there, or the name is that of another unit.
    Person.objects.create(name="李明", organisation=place.bureau)
    assert orphans.count(rows, TODAY)["person_gone"] == 0
    Person.objects.filter(left_on=None).update(organisation=place.housing)
    assert orphans.count(rows, TODAY)["person_gone"] == 1


def test_one_action_hands_many_tasks_to_another_person(work: SimpleNamespace) -> None:
    left(work)
    work.after.units.create(role="lead", name="区生态环境局", organisation=work.place.bureau, person="李明")
    number = actions.HandOver(
        work.office,
        [work.task.pk, work.after.pk],
        work.place.bureau,
        person="李明",
        to_person="王芳",
        reason="李明调离",
    ).execute()
    entry = LogEntry.objects.filter(action="plans.task.hand_over").first()
    assert entry is not None

    assert number == 2
    assert {unit.person for task in (work.task, work.after) for unit in task.units.filter(role="lead")} == {
        "王芳"
    }
    assert (entry.before, entry.after, entry.reason) == ({"person": "李明"}, {"person": "王芳"}, "李明调离")
    assert LogEntry.objects.filter(action="plans.task.hand_over").count() == 2
    assert Task.objects.get(pk=work.task.pk).version == work.task.version + 1
    assert orphans.count(queries.tasks(work.office), TODAY)["person_gone"] == 0


def test_the_tasks_of_a_closed_unit_go_to_another_with_what_it_was_asked_to_sign(
    work: SimpleNamespace,
) -> None:
    place = work.place
    heir = successor(place)
    cosign = work.task.cosigns.create(organisation=place.bureau)
    signed = work.task.cosigns.create(organisation=place.bureau, status=CosignStatus.SIGNED)
    Organisation.objects.filter(pk=place.bureau.pk).update(valid_to=TODAY - timedelta(1))
    actions.HandOver(
        work.office, [work.task.pk], place.bureau, to=heir, to_person="赵强", reason="职能划转"
    ).execute()
    for row in (cosign, signed):
        row.refresh_from_db()
    unit = work.task.units.get(role="lead")

    assert (unit.organisation, unit.person, unit.name) == (heir, "赵强", "区生态环境局")
    assert (cosign.organisation, signed.organisation) == (heir, place.bureau)
    assert PlanParty.objects.filter(plan=work.plan, organisation=heir).exists()
    assert orphans.count(queries.tasks(work.office), TODAY)["unit_closed"] == 0


def test_what_cannot_be_handed_over_is_refused(work: SimpleNamespace) -> None:
    place, office, bureau = work.place, work.office, work.place.bureau
    gone = successor(place)
    Organisation.objects.filter(pk=gone.pk).update(valid_to=TODAY - timedelta(1))
    gone.refresh_from_db()
    for values in (
        {"to_person": ""},
        {"to": bureau},
        {"to": gone},
        {"to_person": "x" * 61},
    ):
        with pytest.raises(Invalid):
            actions.HandOver(office, [work.task.pk], bureau, reason="x", **values).execute()  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        actions.HandOver(office, [], bureau, to_person="王芳", reason="x").execute()
    with pytest.raises(NotFound):
        actions.HandOver(office, [work.task.pk, 10**6], bureau, to_person="王芳", reason="x").execute()
    with pytest.raises(NotAllowed):
        actions.HandOver(work.bureau, [work.task.pk], bureau, to_person="王芳", reason="x").execute()
    Plan.objects.update(status="withdrawn")
    with pytest.raises(NotFound):
        actions.HandOver(office, [work.task.pk], bureau, to_person="王芳", reason="x").execute()

    assert not LogEntry.objects.filter(action="plans.task.hand_over", result="done").exists()


def test_the_page_offers_colleagues_and_hands_the_chosen_tasks_over(work: SimpleNamespace) -> None:
    left(work)
    Person.objects.create(name="王芳", organisation=work.place.bureau)
    client, url = browser(work.office), reverse("plans:hand_over")
    page = client.get(url)
    [group] = page.context["groups"]
    assert (group["group"].people, group["group"].person) == (["王芳"], "李明")
    assert '<option value="王芳">' in page.content.decode()

    data = {"organisation": work.place.bureau.pk, "person": "李明", "reason": "调离"}
    assert client.post(url, {**data, "task": work.task.pk}).status_code == 422
    assert client.post(url, {**data, "to_person": "王芳"}).status_code == 422
    done = client.post(url, {**data, "task": work.task.pk, "to_person": "王芳"}, follow=True)
    assert "已移交1项任务" in done.content.decode()
    assert work.task.units.get(role="lead").person == "王芳"
    assert not done.context["groups"]


def test_others_see_neither_the_page_nor_the_card(work: SimpleNamespace) -> None:
    left(work)
    for actor in (work.bureau, work.leader, work.supervision):
        assert browser(actor).get(reverse("plans:hand_over")).status_code == 403
        assert "待移交任务" not in browser(actor).get(reverse("home")).content.decode()
