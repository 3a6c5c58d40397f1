"""The page of a task and the forms of its steps, as a browser asks for them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.plans.actions import ReportProgress, SubmitTask
from lantian.apps.plans.choices import TaskState
from lantian.apps.plans.models import Task
from lantian.apps.plans.tests.working import HOUSE, TODAY, WAYS, ago, bring
from lantian.apps.plans.transitions import TRANSITIONS

pytestmark = pytest.mark.django_db


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


def address(step: str, task: Task, *more: Any) -> str:
    return reverse(f"plans:{step}", args=[task.pk, *more])


def page(client: Client, task: Task) -> str:
    response = client.get(address("task", task))
    assert response.status_code == 200
    return response.content.decode()


def offered(text: str, task: Task) -> set[str]:
    """The steps that a page has buttons for."""
    return {step for step in TRANSITIONS if f'href="{address(f"task_{step}", task)}"' in text}


@pytest.mark.parametrize("state", list(WAYS))
def test_the_page_offers_exactly_the_steps_that_its_reader_may_take(
    work: SimpleNamespace, state: str
) -> None:
    task = bring(work.task, state)
    doer = {
        "not_started": {"start", "report"},
        "in_progress": {"report", "submit"},
        "returned": {"report", "submit"},
        "submitted": {"recall"},
        "accepted": set(),
        "suspended": set(),
    }
    judge = {
        "not_started": {"suspend"},
        "in_progress": {"suspend"},
        "returned": {"suspend"},
        "submitted": {"accept", "return"},
        "accepted": {"reopen"},
        "suspended": {"resume"},
    }
    assert doer[state] == offered(page(browser(work.bureau), task), task)
    assert judge[state] == offered(page(browser(work.supervision), task), task)
    assert offered(page(browser(work.leader), task), task) == set()


def test_a_task_goes_from_begun_to_closed_out_through_the_forms(work: SimpleNamespace) -> None:
    task, boilers = work.task, work.boilers
    bureau, office = browser(work.bureau), browser(work.supervision)
    form = bureau.get(address("task_report", task)).content.decode()
    assert f'name="quantity_{boilers.pk}"' in form
    assert 'name="percent"' not in form
    photo = SimpleUploadedFile("拆除.jpg", b"\xff\xd8\xff\xe0" + bytes(100))
    data = {
        "on": ago(2),
        f"quantity_{boilers.pk}": "182",
        "note": "已拆除182台",
        "evidence": [photo],
        "version": task.version,
    }
    assert bureau.post(address("task_report", task), data).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.percent) == (TaskState.IN_PROGRESS, Decimal("91"))
    seen = page(bureau, task)
    assert "182 / 200" in seen
    assert "已拆除182台" in seen
    assert "拆除.jpg" in seen
    data = {"on": ago(1), f"quantity_{boilers.pk}": "200", "note": "全部完成", "version": task.version}
    data["cosign"] = [work.place.housing.pk]
    assert bureau.post(address("task_submit", task), data).status_code == 302
    task.refresh_from_db()
    assert task.state == TaskState.SUBMITTED
    assert "区住房和城乡建设局" in page(office, task)

    open_points = office.get(address("task_accept", task)).content.decode()
    assert 'name="override"' in open_points
    refused = office.post(address("task_accept", task), {"on": TODAY, "version": task.version})
    assert refused.status_code == 422
    sign = task.cosigns.get()
    housing = browser(work.housing)
    assert address("task_cosign", task, sign.pk) in page(housing, task)
    assert housing.post(address("task_cosign", task, sign.pk), {"agree": "yes"}).status_code == 302
    task.refresh_from_db()
    assert (
        office.post(address("task_accept", task), {"on": TODAY, "version": task.version}).status_code == 302
    )
    task.refresh_from_db()
    assert task.state == TaskState.ACCEPTED
    assert "lt-light-green" in page(office, task)


def test_who_comes_too_late_is_told_where_the_task_stands(work: SimpleNamespace) -> None:
    task = bring(work.task, "submitted")
    bureau = browser(work.bureau)
    response = bureau.get(address("task_report", task), follow=True)
    assert response.redirect_chain == [(address("task", task), 302)]
    assert "待验收" in response.content.decode()
    response = bureau.post(address("task_report", task), {"on": TODAY, "note": "又做了一些"})
    assert response.status_code == 422
    assert "又做了一些" in response.content.decode()
    task.refresh_from_db()
    assert task.state == TaskState.SUBMITTED


def test_the_second_of_two_people_sees_what_the_first_has_changed_and_may_save_over_it(
    work: SimpleNamespace,
) -> None:
    task, boilers = work.task, work.boilers
    version = task.version
    ReportProgress(
        work.colleague, task, on=TODAY, quantities={boilers.pk: Decimal(150)}, note="同事填报"
    ).execute()
    bureau = browser(work.bureau)
    data = {"on": TODAY, f"quantity_{boilers.pk}": "160", "note": "我的填报", "version": version}
    response = bureau.post(address("task_report", task), data)
    assert response.status_code == 409
    text = response.content.decode()
    assert "150台" in text
    assert "160台" in text
    task.refresh_from_db()
    assert f'name="version" value="{task.version}"' in text
    data["version"] = task.version
    assert bureau.post(address("task_report", task), data).status_code == 302
    boilers.refresh_from_db()
    assert boilers.done == 160


def test_wrong_values_stand_beside_their_fields_and_change_nothing(work: SimpleNamespace) -> None:
    task, boilers = work.task, work.boilers
    bureau = browser(work.bureau)
    before = task.version
    for data in (
        {"on": TODAY + timedelta(1), "note": "明天的事"},
        {"on": TODAY, f"quantity_{boilers.pk}": "-1"},
        {"on": TODAY, f"quantity_{boilers.pk}": "201"},
        {"on": TODAY, f"quantity_{boilers.pk}": "１２ 台"},
        {"on": TODAY},
        {"on": "昨天", "note": "x"},
        {"on": TODAY, "note": "长" * 2001},
        {"on": TODAY, "note": "x", "evidence": [SimpleUploadedFile("a.exe", b"MZ" + bytes(50))]},
    ):
        response = bureau.post(address("task_report", task), data)
        assert response.status_code == 422, data
        assert "lt-error" in response.content.decode() or "lt-alert" in response.content.decode()
    task.refresh_from_db()
    assert task.version == before
    assert not task.events.exists()


def test_a_judge_sends_back_with_a_reason_only(work: SimpleNamespace) -> None:
    task = bring(work.task, "submitted")
    judge = browser(work.supervision)
    assert judge.post(address("task_return", task), {"on": TODAY}).status_code == 422
    data = {"on": TODAY, "reason": "缺少拆除前照片", "version": task.version}
    assert judge.post(address("task_return", task), data).status_code == 302
    task.refresh_from_db()
    assert task.state == TaskState.RETURNED
    assert "缺少拆除前照片" in page(browser(work.bureau), task)


def test_the_doer_has_no_form_to_accept_the_own_work(work: SimpleNamespace) -> None:
    task = work.task
    ReportProgress(work.office, task, on=ago(5), note="代为填报").execute()
    task.refresh_from_db()
    SubmitTask(HOUSE, task, on=ago(4)).execute()
    office = browser(work.office)
    response = office.get(address("task_accept", task), follow=True)
    assert response.redirect_chain == [(address("task", task), 302)]
    assert office.post(address("task_accept", task), {"on": TODAY}).status_code == 422
    task.refresh_from_db()
    assert task.state == TaskState.SUBMITTED


def test_an_adjustment_is_asked_for_seen_and_decided(work: SimpleNamespace) -> None:
    task, boilers = work.task, work.boilers
    bureau, judge = browser(work.bureau), browser(work.supervision)
    later = work.last.end + timedelta(20)
    data = {
        "deadline": later,
        f"amount_{boilers.pk}": "190",
        "reason": "十台已由市里关停",
        "version": task.version,
    }
    assert bureau.post(address("task_adjust", task), {**data, "reason": ""}).status_code == 422
    unchanged = {"deadline": work.last.end, f"amount_{boilers.pk}": "200", "reason": "x"}
    assert bureau.post(address("task_adjust", task), unchanged).status_code == 422
    assert bureau.post(address("task_adjust", task), data).status_code == 302
    row = task.adjustments.get()
    approve, refuse = (address(name, task, row.pk) for name in ("adjustment_approve", "adjustment_refuse"))
    withdraw = address("adjustment_withdraw", task, row.pk)
    seen = page(judge, task)
    assert approve in seen
    assert refuse in seen
    assert withdraw not in seen
    assert later.isoformat() in seen
    mine = page(bureau, task)
    assert approve not in mine
    assert withdraw in mine
    assert judge.get(approve).status_code == 200
    assert judge.post(refuse, {}).status_code == 422
    task.refresh_from_db()
    assert judge.post(approve, {"note": "同意", "version": task.version}).status_code == 302
    boilers.refresh_from_db()
    task.refresh_from_db()
    assert (boilers.value, task.last_deadline) == (Decimal(190), later)
    assert judge.post(approve, {}).status_code == 422
    assert task.adjustments.get().status == "approved"


def test_a_task_is_handed_down_and_its_parts_must_add_up(work: SimpleNamespace) -> None:
    task, boilers = work.task, work.boilers
    bureau = browser(work.bureau)
    path = address("task_hand_down", task)
    assert "河口镇人民政府" in bureau.get(path, {"below": "1"}).content.decode()
    one, two = work.place.town_units
    data = {
        "lines": "4",
        "part-0-organisation": one.name,
        f"part-0-amount_{boilers.pk}": "120",
        "part-1-organisation": two.name,
        f"part-1-amount_{boilers.pk}": "70",
        "version": task.version,
    }
    short = bureau.post(path, data)
    assert short.status_code == 422
    assert "10台" in short.content.decode()
    unknown = bureau.post(path, {**data, "part-1-organisation": "没有这个镇"})
    assert unknown.status_code == 422
    nobody = bureau.post(path, {**data, "part-1-organisation": ""})
    assert nobody.status_code == 422
    more = bureau.post(path, {**data, "more": "1"})
    assert more.status_code == 200
    assert 'name="part-7-organisation"' in more.content.decode()
    late = bureau.post(
        path, {**data, f"kept_{boilers.pk}": "10", "part-0-deadline": work.last.end + timedelta(1)}
    )
    assert late.status_code == 422
    assert work.last.end.isoformat() in late.content.decode()
    assert bureau.post(path, {**data, f"kept_{boilers.pk}": "10"}).status_code == 302
    parts = list(task.parts.order_by("order"))
    assert [part.lead_name for part in parts] == [one.name, two.name]
    seen = page(bureau, task)
    assert all(address("task", part) in seen for part in parts)
    ReportProgress(
        work.town, parts[0], on=TODAY, quantities={parts[0].quantities.get().pk: Decimal(60)}
    ).execute()
    task.refresh_from_db()
    assert task.percent == Decimal("30")


def test_the_page_of_a_task_asks_a_bounded_number_of_questions(
    work: SimpleNamespace, django_assert_max_num_queries: Any
) -> None:
    task = work.task
    for day in range(30, 0, -1):
        ReportProgress(HOUSE, task, on=ago(day), note="进展").execute()
        task.refresh_from_db()
    client = browser(work.bureau)
    page(client, task)
    with django_assert_max_num_queries(75):
        page(client, task)


def test_the_office_chooses_which_amounts_count(work: SimpleNamespace) -> None:
    task, boilers = work.task, work.boilers
    steam = task.quantities.create(what="合计", value=1000, unit="蒸吨", order=1)
    ReportProgress(work.bureau, task, on=ago(3), quantities={boilers.pk: Decimal(100)}).execute()
    task.refresh_from_db()
    office = browser(work.office)
    path = address("task_counted", task)
    assert path in page(office, task)
    assert path not in page(browser(work.bureau), task)
    data = {"keys": [boilers.pk, steam.pk], "version": task.version}
    assert office.post(path, data).status_code == 302
    task.refresh_from_db()
    assert task.percent == 25
    assert office.post(path, {**data, "version": task.version}).status_code == 422
    assert office.post(path, {"keys": [boilers.pk + 1000]}).status_code == 422
    stale = office.post(path, {"keys": [boilers.pk], "version": 1})
    assert stale.status_code == 409
