"""A plan of the ledger against the plan above it: findings, decisions, reports, rights."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import docx
import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, Organisation, Region
from lantian.apps.plans import actions
from lantian.apps.plans.actions.comparing import ComparePlans, DecideFinding, mark_of
from lantian.apps.plans.exceptions import EditConflict, WrongStep
from lantian.apps.plans.models import ComparisonFinding, Plan, PlanComparison, Target
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db

CITY_PLAN = """晴川市人民政府办公室
关于印发晴川市2024年大气污染防治攻坚方案的通知

各县（区）人民政府：

现将方案印发给你们，请认真贯彻执行。

2024年2月10日

晴川市2024年大气污染防治攻坚方案

一、工作目标

2024年，云山区PM2.5年均浓度不高于42微克/立方米。

二、重点任务

（一）治理燃煤污染

1. 淘汰燃煤锅炉。2024年6月底前，全市淘汰35蒸吨/小时以下燃煤锅炉，云山区淘汰12台。

责任单位：各县（区）人民政府

2. 推进清洁取暖。2024年10月31日前完成“双替代”改造。

责任单位：各县（区）人民政府

（二）管控移动源

3. 淘汰老旧柴油货车。2024年12月底前，淘汰国三及以下排放标准柴油货车。

责任单位：各县（区）人民政府

4. 治理河东区矿山。河东区2024年8月底前关闭露天矿山3处。

责任单位：河东区人民政府
"""


@pytest.fixture
def upper(place: Place) -> Plan:
    """The plan of the city above the district."""
    return actions.import_plan_from_text(
        Actor.system("test"), CITY_PLAN, "晴川市方案", place.city, mapping="keep_names"
    )


@pytest.fixture
def both(place: Place, plan: Plan, upper: Plan) -> tuple[Actor, Plan, Plan]:
    """Somebody who sees both plans and works on the lower one."""
    city_office = Organisation.objects.create(name="晴川市攻坚办", kind="office", region=place.city)
    return Actor(place.user("campaign_office", city_office, region=place.city)), plan, upper


def compared(both: tuple[Actor, Plan, Plan]) -> PlanComparison:
    actor, lower, upper = both
    made: PlanComparison = ComparePlans(actor, lower, upper).execute()
    return made


def of(comparison: PlanComparison, number: str) -> ComparisonFinding:
    return comparison.findings.get(task__number=number)


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


def test_each_task_and_target_of_the_upper_plan_has_a_finding(both: tuple[Actor, Plan, Plan]) -> None:
    comparison = compared(both)
    boilers, heating, trucks, mines = (of(comparison, number) for number in "1234")
    lower = {task.pk: task.number for task in both[1].tasks.all()}
    assert [lower[key] for key in boilers.lower_tasks] == ["1"]
    assert (boilers.status, boilers.deadline) == ("carried", "later")
    assert [lower[key] for key in heating.lower_tasks] == ["2"]
    assert (heating.status, heating.deadline) == ("carried", "same")
    assert (trucks.status, trucks.lower_tasks) == ("missing", [])
    assert mines.status == "not_applicable"
    target = comparison.findings.get(target__isnull=False)
    assert (target.status, target.quantity) == ("carried", "looser")
    both[1].refresh_from_db()
    assert both[1].upper == both[2]
    entry = LogEntry.objects.filter(action="plans.plan.compare").latest("id")
    assert entry.after["missing"] == 1
    page = browser(both[0]).get(reverse("plans:plan", args=[both[1].pk])).content.decode()
    assert both[2].title in page


def test_decisions_stay_when_the_plans_are_compared_again(both: tuple[Actor, Plan, Plan]) -> None:
    actor, lower, upper = both
    comparison = compared(both)
    DecideFinding(actor, of(comparison, "1")).execute()
    trucks = {
        "status": "partly",
        "deadline": "none",
        "quantity": "none",
        "lower_tasks": [lower.tasks.get(number="3").pk],
    }
    DecideFinding(actor, of(comparison, "3"), trucks, note="由工地管控一并落实").execute()
    again = ComparePlans(actor, lower, upper).execute()
    assert again.pk == comparison.pk
    assert of(again, "1").decision == "confirmed"
    corrected = of(again, "3")
    assert (corrected.decision, corrected.status, corrected.found["status"]) == (
        "corrected",
        "partly",
        "missing",
    )
    assert of(again, "2").decision == "open"
    # What was confirmed and is found otherwise now is open again.
    task = lower.tasks.get(number="1")
    task.deadlines.update(end="2024-05-31")
    task.text = task.text.replace("9月底前", "5月底前")
    task.save()
    third = ComparePlans(actor, lower, upper).execute()
    assert (of(third, "1").decision, of(third, "1").deadline) == ("open", "earlier")
    DecideFinding(actor, of(third, "3"), reopen=True).execute()
    reopened = of(third, "3")
    assert (reopened.decision, reopened.status, reopened.lower_tasks) == ("open", "missing", [])


def test_a_date_that_was_corrected_in_the_ledger_counts_and_the_end_of_a_period_does_not(
    both: tuple[Actor, Plan, Plan],
) -> None:
    task = both[1].tasks.get(number="1")
    task.deadlines.update(end="2024-06-15")
    task.deadlines.create(kind="period", start="2024-11-15", end="2025-03-15", order=9)
    finding = of(compared(both), "1")
    assert finding.deadline == "earlier"
    assert ("2024-06-15" in finding.reason, "2024-09-30" in finding.reason, "2025" in finding.reason) == (
        True,
        False,
        False,
    )


def test_confirming_a_target_links_it_to_the_target_above(both: tuple[Actor, Plan, Plan]) -> None:
    comparison = compared(both)
    finding = comparison.findings.get(target__isnull=False)
    DecideFinding(both[0], finding).execute()
    assert Target.objects.get(pk=finding.lower_targets[0]).upper_id == finding.target_id


def test_a_correction_must_make_sense(both: tuple[Actor, Plan, Plan]) -> None:
    actor, _lower, upper = both
    finding = of(compared(both), "3")
    good = {"status": "carried", "deadline": "none", "quantity": "none"}
    for values, note in (
        (good, ""),
        ({**good, "lower_tasks": [upper.tasks.get(number="1").pk]}, ""),
        ({**good, "status": "perhaps"}, "x"),
        ({**good, "status": "missing", "deadline": "later"}, ""),
        (good, "长" * 501),
    ):
        with pytest.raises(Invalid):
            DecideFinding(actor, finding, values, note=note).execute()
    DecideFinding(actor, finding, good, note="由另发的专项方案落实").execute()


def test_the_second_of_two_people_is_told(both: tuple[Actor, Plan, Plan]) -> None:
    actor = both[0]
    finding = of(compared(both), "1")
    seen = mark_of(finding)
    DecideFinding(actor, finding, seen=seen).execute()
    with pytest.raises(EditConflict):
        DecideFinding(actor, finding, seen=seen).execute()


def test_who_does_not_see_both_plans_sees_no_comparison(
    place: Place, both: tuple[Actor, Plan, Plan], office: Actor
) -> None:
    comparison = compared(both)
    finding = of(comparison, "1")
    # The office of the district does not see the plan of the city.
    with pytest.raises(NotFound):
        ComparePlans(office, both[1], both[2]).execute()
    with pytest.raises(NotFound):
        DecideFinding(office, finding).execute()
    assert browser(office).get(reverse("plans:comparison", args=[comparison.pk])).status_code == 404
    assert browser(office).get(reverse("plans:finding", args=[comparison.pk, finding.pk])).status_code == 404
    leader = Actor(place.user("leader", place.government, region=place.city))
    assert browser(leader).get(reverse("plans:comparison", args=[comparison.pk])).status_code == 200
    with pytest.raises(NotAllowed):
        DecideFinding(leader, finding).execute()
    start = reverse("plans:plan_comparisons", args=[both[1].pk])
    assert browser(leader).post(start, {"upper": both[2].pk}).status_code == 403


def test_a_plan_is_not_compared_with_itself_or_a_withdrawn_one(both: tuple[Actor, Plan, Plan]) -> None:
    actor, lower, upper = both
    with pytest.raises(Invalid):
        ComparePlans(actor, lower, lower).execute()
    upper.status = "withdrawn"
    upper.save()
    with pytest.raises(WrongStep):
        ComparePlans(actor, lower, upper).execute()


def test_the_pages_compare_filter_confirm_and_correct(
    both: tuple[Actor, Plan, Plan], django_assert_max_num_queries: Any
) -> None:
    actor, lower, upper = both
    client = browser(actor)
    start = reverse("plans:plan_comparisons", args=[lower.pk])
    form = client.get(start).content.decode()
    assert f'value="{upper.pk}" selected' in form
    assert client.post(start, {"upper": ""}).status_code == 422
    response = client.post(start, {"upper": upper.pk})
    comparison = PlanComparison.objects.get()
    url = reverse("plans:comparison", args=[comparison.pk])
    assert response["Location"] == url
    with django_assert_max_num_queries(26):
        page = client.get(url, {"show": "all"}).content.decode()
    assert "缺失" in page or "未承接" in page
    assert "<mark>" in page
    attention = client.get(url).content.decode()
    assert "淘汰老旧柴油货车" in attention
    assert "河东区矿山" not in attention
    trucks = of(comparison, "3")
    confirm = reverse("plans:finding_confirm", args=[comparison.pk, trucks.pk])
    assert client.get(confirm).status_code == 405
    back = client.post(confirm, {"next": f"{url}?show=missing", "seen": mark_of(trucks)})
    assert back["Location"] == f"{url}?show=missing#f{trucks.order}"
    assert of(comparison, "3").decision == "confirmed"
    edit = reverse("plans:finding", args=[comparison.pk, trucks.pk])
    assert "管好建筑工地" in client.get(edit).content.decode()
    wrong = {"status": "carried", "deadline": "none", "quantity": "none"}
    assert client.post(edit, wrong).status_code == 422
    right = {**wrong, "lower": [lower.tasks.get(number="3").pk], "seen": "0:open:missing:"}
    conflict = client.post(edit, right)
    assert conflict.status_code == 409
    seen = mark_of(of(comparison, "3"))
    assert f'value="{seen}"' in conflict.content.decode()
    assert client.post(edit, {**right, "seen": seen, "next": "https://evil.example/"})["Location"].startswith(
        url
    )
    assert of(comparison, "3").decision == "corrected"


def test_the_reports_open_in_word_and_excel(both: tuple[Actor, Plan, Plan]) -> None:
    comparison = compared(both)
    client = browser(both[0])
    url = reverse("plans:comparison", args=[comparison.pk])
    word = client.get(url, {"export": "docx"})
    assert zipfile.is_zipfile(BytesIO(word.content))
    document = docx.Document(BytesIO(word.content))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "未承接的要求（1项）" in text
    assert "时限晚于上级的要求（1项）" in text
    assert any("淘汰老旧柴油货车" in cell.text for table in document.tables for cell in table._cells)
    book = openpyxl.load_workbook(BytesIO(client.get(url, {"export": "xlsx"}).content))
    assert book.sheetnames == ["任务", "目标"]
    cells = [cell.value for row in book["任务"].iter_rows() for cell in row]
    assert "未承接" in cells
    assert "推迟" in cells


def test_a_plan_entered_without_a_text_is_compared_by_its_rows(
    both: tuple[Actor, Plan, Plan], place: Place
) -> None:
    actor, lower, _upper = both
    bare = Plan.objects.create(
        title="市里的台账", region=Region.objects.get(pk=place.city.pk), status="active"
    )
    bare.tasks.create(title="淘汰燃煤锅炉", number="1", text="淘汰燃煤锅炉12台。", order=1)
    comparison = ComparePlans(actor, lower, bare).execute()
    assert comparison.findings.get().status == "carried"
