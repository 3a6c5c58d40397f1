"""Newer texts of plans that are in the ledger already: corrected ones and next year's."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import NotAllowed
from lantian.apps.core.models import LogEntry
from lantian.apps.plans import actions, exceptions, queries, revisions, standing
from lantian.apps.plans.actions.revising import choice_of
from lantian.apps.plans.choices import CosignStatus, TaskState
from lantian.apps.plans.models import (
    ImportContent,
    Plan,
    PlanImport,
    ReportingDuty,
    Section,
    Target,
    TargetReading,
    Task,
)
from lantian.apps.plans.tests.material import PLAN, Place
from lantian.apps.plans.tests.working import HOUSE, TODAY

pytestmark = pytest.mark.django_db

NEW_ITEM = """4. 淘汰老旧柴油货车。2024年11月底前，淘汰国三及以下柴油货车80辆。

牵头单位：区生态环境局

责任单位：各镇（街道）

三、保障措施"""

#: a boiler more, two months later; the item on building sites is gone and one on trucks is new
CORRECTED = (
    PLAN.replace(
        "2024年9月底前，淘汰35蒸吨/小时以下燃煤锅炉12台", "2024年11月底前，淘汰35蒸吨/小时以下燃煤锅炉15台"
    )
    .replace("不高于45微克", "不高于44微克")
    .replace(PLAN[PLAN.index("3. 管好建筑工地") : PLAN.index("三、保障措施")] + "三、保障措施", NEW_ITEM)
)


def imported(actor: Actor, place: Place, text: str, mode: str = "", plan: Plan | None = None) -> PlanImport:
    """A text that is read and mapped, and said to be something."""
    row = actions.ReadImport(
        actor, actions.UploadPlan(actor, region=place.district, text=text, name="新文本").execute()
    ).execute()
    actions.MapUnits(actor, row, {}, finish=True).execute()
    if mode:
        actions.ChooseRevision(actor, row, mode, plan).execute()
    return PlanImport.objects.get(pk=row.pk)


def compared(row: PlanImport) -> revisions.Comparison:
    draft = ImportContent.objects.get(pk=row.pk).draft
    assert draft is not None
    choice = choice_of(draft)
    assert choice is not None
    return revisions.compare(Plan.objects.get(pk=choice["plan"]), draft, choice)


def revised(actor: Actor, place: Place, plan: Plan, text: str = CORRECTED, **values: Any) -> Plan:
    row = imported(actor, place, text, "corrected", plan)
    found: Plan = actions.RevisePlan(actor, row, with_open_warnings=True, **values).execute()
    return found


def number(plan: Plan, wanted: str) -> Task:
    found: Task = plan.tasks.get(number=wanted, parent=None)
    return found


def statuses(found: revisions.Comparison) -> list[tuple[str, str]]:
    return [
        (pair.status, (pair.entry or {}).get("number") or pair.row.number) for pair in found.pairs["task"]
    ]


def test_each_task_is_the_same_or_changed_or_new_or_left_out(place: Place, office: Actor, plan: Plan) -> None:
    found = compared(imported(office, place, CORRECTED, "corrected", plan))
    first = found.pairs["task"][0]

    assert statuses(found) == [("changed", "1"), ("same", "2"), ("new", "4"), ("left", "3")]
    assert {change.name for change in first.changes} == {"text", "deadlines", "quantities"}
    assert [(change.before, change.after) for change in first.changes if change.name == "deadlines"] == [
        ("2024-09-30（2024年9月底前）", "2024-11-30（2024年11月底前）")
    ]
    assert [pair.status for pair in found.pairs["target"]].count("changed") == 1
    assert found.head == []


def test_a_corrected_text_changes_what_it_changes_and_keeps_the_work(
    place: Place, office: Actor, plan: Plan
) -> None:
    task = number(plan, "1")
    boilers = task.quantities.get(unit="台")
    doer = Actor(place.user("department_officer", place.bureau))
    actions.ReportProgress(doer, task, quantities={boilers.pk: Decimal(6)}, note="拆除6台").execute()
    task.refresh_from_db()
    assert task.percent == 50
    events = list(task.events.values_list("pk", flat=True))
    revised(office, place, plan)
    plan.refresh_from_db()
    changed = number(plan, "1")
    kept = changed.quantities.get(unit="台")

    assert (changed.pk, changed.state, changed.percent) == (task.pk, TaskState.IN_PROGRESS, Decimal(40))
    assert (kept.pk, kept.value, kept.done) == (boilers.pk, 15, 6)
    assert (changed.next_deadline, changed.due_on) == (date(2024, 11, 30), date(2024, 11, 30))
    assert set(events) <= set(changed.events.values_list("pk", flat=True))
    assert [row.number for row in plan.tasks.order_by("order")] == ["1", "2", "4", "3"]
    assert number(plan, "4").standings.count() == 2
    assert plan.text.content.count("柴油货车") >= 2
    assert plan.text.content[changed.span_start : changed.span_end].startswith("1. 淘汰燃煤锅炉")
    assert plan.text.content[kept.span_start : kept.span_end] == kept.text


def test_a_task_that_is_left_out_stays_readable_and_leaves_lights_and_counts(
    place: Place, office: Actor, plan: Plan
) -> None:
    gone = number(plan, "3")
    cosign = gone.cosigns.create(organisation=place.housing)
    revised(office, place, plan)
    gone.refresh_from_db()
    cosign.refresh_from_db()
    seen = queries.tasks(office)

    assert (gone.dropped_on, cosign.status) == (TODAY, CosignStatus.LAPSED)
    assert str(gone.chapter) == "（二）治理扬尘污染"
    assert gone in Task.objects.filter(plan=plan)
    assert gone not in standing.with_light(seen) and gone not in standing.with_light(seen, date(2100, 1, 1))
    assert list(standing.with_light(queries.tasks_ever(office), dropped=True)) == [gone]
    assert queries.overview(office, plan).tasks == 3
    with pytest.raises(exceptions.WrongStep):
        actions.StartTask(office, gone).execute()
    assert LogEntry.objects.filter(action="plans.task.drop", object_id=str(gone.pk)).exists()


def test_what_people_changed_in_the_ledger_outlives_a_text_that_says_nothing_new_of_it(
    place: Place, office: Actor, plan: Plan
) -> None:
    second = number(plan, "2")
    later = [{"kind": "deadline", "end": "2024-12-15", "text": ""}]
    actions.EditTask(office, second, {"deadlines": later}, reason="区长同意延期").execute()
    unit = second.units.get(role="lead")
    actions.LinkUnit(office, second, unit, place.office, reason="x").execute()
    found = compared(imported(office, place, CORRECTED, "corrected", plan))
    [pair] = [pair for pair in found.pairs["task"] if pair.row == second]
    assert [(change.name, change.kept, change.by_hand) for change in pair.changes] == [
        ("deadlines", True, True)
    ]
    PlanImport.objects.filter(plan=None).delete()
    revised(office, place, plan)
    second.refresh_from_db()

    assert second.next_deadline == date(2024, 12, 15)
    assert second.units.get(role="lead").organisation == place.office


def test_where_both_have_changed_the_text_wins_unless_a_person_says_no(
    place: Place, office: Actor, plan: Plan
) -> None:
    later = [{"kind": "deadline", "end": "2024-12-15", "text": "延期"}]
    actions.EditTask(office, number(plan, "1"), {"deadlines": later}, reason="x").execute()
    row = imported(office, place, CORRECTED, "corrected", plan)
    [change] = [one for one in compared(row).pairs["task"][0].changes if one.name == "deadlines"]
    assert (change.kept, change.by_hand) == (False, True)

    actions.DecidePairs(office, row, fields={"task": {"t1": ["deadlines"]}}).execute()
    actions.RevisePlan(office, row, with_open_warnings=True).execute()
    task = number(plan, "1")

    assert task.next_deadline == date(2024, 12, 15)
    assert task.quantities.get(unit="台").value == 15


def test_a_person_pairs_and_parts_tasks(place: Place, office: Actor, plan: Plan) -> None:
    row = imported(office, place, CORRECTED, "corrected", plan)
    entry = next(pair.entry for pair in compared(row).pairs["task"] if pair.status == "new")
    assert entry is not None
    actions.DecidePairs(office, row, pairs={"task": {entry["key"]: number(plan, "3").pk, "t1": 0}}).execute()
    assert statuses(compared(row)) == [("new", "1"), ("same", "2"), ("changed", "4"), ("left", "1")]

    actions.DecidePairs(office, row, pairs={"task": {"t1": None}}).execute()
    third = number(plan, "3").pk
    actions.RevisePlan(office, row, with_open_warnings=True).execute()

    assert Task.objects.get(pk=third).title.startswith("淘汰老旧柴油货车")
    assert not Task.objects.exclude(dropped_on=None).exists()


def test_what_was_typed_stays_though_no_text_has_it_and_others_stay_on_request(
    place: Place, office: Actor, plan: Plan
) -> None:
    typed = actions.CreateTask(office, plan, {"title": "临时管控"}).execute()
    row = imported(office, place, CORRECTED, "corrected", plan)
    third = number(plan, "3")
    actions.DecidePairs(office, row, stay={"task": {third.pk: True}}).execute()
    assert compared(row).counts()["stays"] == 2
    actions.DecidePairs(office, row, stay={"task": {typed.pk: False}}).execute()
    actions.RevisePlan(office, row, with_open_warnings=True).execute()
    for task in (typed, third):
        task.refresh_from_db()

    assert (typed.dropped_on, third.dropped_on) == (TODAY, None)
    assert third.span_start is None


def test_a_task_that_comes_back_is_the_old_one_again(place: Place, office: Actor, plan: Plan) -> None:
    third = number(plan, "3")
    revised(office, place, plan)
    found = revised(office, place, plan, PLAN + "\n")
    third.refresh_from_db()

    assert (third.dropped_on, found.tasks.filter(number="3").count()) == (None, 1)
    assert number(plan, "4").dropped_on == TODAY
    assert [row.number for row in plan.tasks.order_by("order")] == ["1", "2", "3", "4"]


def test_it_still_stood_on_the_days_before(place: Place, office: Actor, plan: Plan) -> None:
    gone = number(plan, "3")
    standing.refresh(gone, today=TODAY - timedelta(30))
    gone.standings.filter(clock="recorded").update(start=TODAY - timedelta(30))
    revised(office, place, plan)
    before = standing.with_light(queries.tasks_ever(office), TODAY - timedelta(1))

    assert gone in before
    assert gone not in standing.with_light(queries.tasks_ever(office))


def test_parts_go_with_their_whole(place: Place, office: Actor, plan: Plan) -> None:
    wholes = {wanted: number(plan, wanted) for wanted in ("1", "3")}
    parts = {
        wanted: Task.objects.create(plan=plan, parent=whole, title="河口镇部分", order=whole.order)
        for wanted, whole in wholes.items()
    }
    standing.open_many(list(parts.values()))
    revised(office, place, plan)
    for part in parts.values():
        part.refresh_from_db()

    assert parts["1"].section == number(plan, "1").section
    assert (parts["1"].dropped_on, parts["3"].dropped_on) == (None, TODAY)
    orders = list(plan.tasks.order_by("order").values_list("title", flat=True))
    assert orders.index("河口镇部分") == 1


@pytest.mark.parametrize(("given", "refused"), [(8, False), (9, True)])
def test_an_amount_below_what_is_handed_down_of_it_is_asked_about(
    place: Place, office: Actor, plan: Plan, client: Client, given: int, refused: bool
) -> None:
    whole = number(plan, "1")
    amount = whole.quantities.get(unit="台")
    part = Task.objects.create(plan=plan, parent=whole, title="河口镇部分", order=whole.order)
    part.quantities.create(what=amount.what, unit="台", value=given, part_of=amount)
    standing.open_many([part])
    text = PLAN.replace("燃煤锅炉12台", "燃煤锅炉8台")
    row = imported(office, place, text, "corrected", plan)

    assert [(one.given, one.left) for one in compared(row).excesses] == ([(9, 8)] if refused else [])
    assert office.user is not None
    client.force_login(office.user)
    page = client.get(reverse("plans:import_compare", args=[row.pk])).content.decode()
    assert ('name="with_excess"' in page) == refused
    if refused:
        with pytest.raises(exceptions.MoreHandedDown, match="9台"):
            actions.RevisePlan(office, row, with_open_warnings=True).execute()
        assert whole.quantities.get(unit="台").value == 12
    actions.RevisePlan(office, row, with_open_warnings=True, with_excess=refused).execute()
    assert whole.quantities.get(unit="台").value == 8
    said = LogEntry.objects.filter(action="plans.task.revise").exclude(after__excess=None)
    assert said.count() == refused


def test_targets_are_matched_and_one_with_values_is_not_taken_away(
    place: Place, office: Actor, plan: Plan
) -> None:
    listed = list(Target.objects.filter(plan=plan).order_by("order"))
    for target in listed:
        TargetReading.objects.create(target=target, on=TODAY, value=50)
    revised(office, place, plan, CORRECTED.replace("，优良天数比例达到72%以上", ""))
    left = {target.pk: target for target in Target.objects.filter(plan=plan)}

    assert set(left) == {target.pk for target in listed}
    assert left[listed[0].pk].number == "44"
    TargetReading.objects.all().delete()
    row = imported(
        office, place, CORRECTED.replace("，优良天数比例达到72%以上", "") + "\n\n", "corrected", plan
    )
    assert compared(row).counts("target") == {"changed": 0, "new": 0, "left": 0, "stays": 1, "same": 1}
    actions.DecidePairs(office, row, stay={"target": {listed[1].pk: False}}).execute()
    actions.RevisePlan(office, row, with_open_warnings=True).execute()
    assert set(Target.objects.filter(plan=plan)) == {listed[0]}


def test_headings_are_made_anew_without_doubles(place: Place, office: Actor, plan: Plan) -> None:
    before = list(Section.objects.filter(plan=plan).order_by("order").values_list("title", flat=True))
    duties = list(ReportingDuty.objects.filter(plan=plan).values_list("pk", flat=True))
    revised(office, place, plan)

    assert list(Section.objects.filter(plan=plan).order_by("order").values_list("title", flat=True)) == before
    assert list(ReportingDuty.objects.filter(plan=plan).values_list("pk", flat=True)) == duties
    assert plan.documents.count() >= 1


def test_who_edits_between_comparison_and_change_stops_it(place: Place, office: Actor, plan: Plan) -> None:
    row = imported(office, place, CORRECTED, "corrected", plan)
    seen = compared(row).versions
    actions.EditTask(office, number(plan, "1"), {"subtitle": "改"}, reason="x").execute()
    with pytest.raises(exceptions.TextMoved) as caught:
        actions.RevisePlan(office, row, seen=seen, with_open_warnings=True).execute()

    assert "淘汰燃煤锅炉" in str(caught.value)
    assert number(plan, "1").quantities.get(unit="台").value == 12
    actions.RevisePlan(office, row, seen=compared(row).versions, with_open_warnings=True).execute()
    assert number(plan, "1").subtitle == "改"


def test_next_years_text_is_a_plan_of_its_own_that_goes_on(place: Place, office: Actor, plan: Plan) -> None:
    text = CORRECTED.replace("2024年", "2025年").replace("〔2024〕7号", "〔2025〕5号")
    row = imported(office, place, text, "next", plan)
    assert compared(row).counts() == {"changed": 2, "new": 1, "left": 1, "stays": 0, "same": 0}
    later = actions.ConfirmNextYear(office, row, with_open_warnings=True).execute()

    assert (later.previous, later.year, later.status) == (plan, 2025, "active")
    assert number(later, "1").continues == number(plan, "1")
    assert number(later, "4").continues is None
    assert number(plan, "3").dropped_on is None
    assert queries.earlier(office, number(later, "2")) == [number(plan, "2")]
    assert list(queries.later(office, number(plan, "2"))) == [number(later, "2")]


def test_a_newer_text_is_recognised_by_number_title_and_year(place: Place, office: Actor, plan: Plan) -> None:
    corrected = imported(office, place, CORRECTED)
    later = imported(
        office, place, CORRECTED.replace("2024年", "2026年").replace("〔2024〕7号", "〔2026〕2号")
    )
    other = imported(office, place, "关于加强秸秆禁烧工作的通知\n\n一、各镇做好巡查。\n责任单位：各镇")

    def best(row: PlanImport) -> list[tuple[Plan, str]]:
        meta = ImportContent.objects.get(pk=row.pk).draft["meta"]  # type: ignore[index]
        return [(one.plan, one.mode) for one in revisions.suggestions(row, meta, Plan.objects.all())]

    assert best(corrected) == [(plan, "corrected")]
    assert best(later) == [(plan, "next")]
    assert best(other) == []


def test_others_may_neither_choose_nor_take_in(place: Place, office: Actor, plan: Plan) -> None:
    row = imported(office, place, CORRECTED, "corrected", plan)
    officer = Actor(place.user("department_officer", place.bureau))
    for action in (
        actions.ChooseRevision(officer, row, "next", plan),
        actions.DecidePairs(officer, row, pairs={"task": {"t1": 0}}),
        actions.RevisePlan(officer, row, with_open_warnings=True),
        actions.ConfirmNextYear(officer, row, with_open_warnings=True),
    ):
        with pytest.raises(NotAllowed):
            action.execute()
    Plan.objects.filter(pk=plan.pk).update(status="withdrawn")
    with pytest.raises(exceptions.WrongStep):
        actions.RevisePlan(office, row, with_open_warnings=True).execute()


def test_open_warnings_stop_it_and_the_older_import_leads_to_the_plan(
    place: Place, office: Actor, plan: Plan
) -> None:
    older = PlanImport.objects.get(plan=plan)
    row = imported(office, place, CORRECTED, "corrected", plan)
    row.warnings.create(code="date_unclear", message="?", span_start=0, span_end=1)
    with pytest.raises(exceptions.StillOpen):
        actions.RevisePlan(office, row).execute()
    actions.RevisePlan(office, row, with_open_warnings=True).execute()

    assert PlanImport.objects.get(plan=plan) == row
    assert ImportContent.objects.get(pk=older.pk).draft["became"] == plan.pk  # type: ignore[index]
    assert list(plan.warnings.values_list("plan_import", flat=True).distinct()) == [row.pk]


def test_the_number_of_statements_does_not_grow_with_the_plan(place: Place, office: Actor) -> None:
    def text(tasks: int, amount: int) -> str:
        items = "\n\n".join(
            f"{at}. 整治第{at}批燃煤设施。2024年{at % 9 + 1}月底前，完成第{at}批燃煤设施整治{amount + at}台。\n\n"
            f"牵头单位：区生态环境局\n\n责任单位：河口镇、柳林镇"
            for at in range(1, tasks + 1)
        )
        start = PLAN.index("1. 淘汰燃煤锅炉")
        return PLAN[:start] + items + "\n\n" + PLAN[PLAN.index("三、保障措施") :]

    counted = []
    for tasks in (5, 60):
        plan = actions.import_plan_from_text(office, text(tasks, 10), f"方案{tasks}", place.district)
        row = imported(office, place, text(tasks, 20), "corrected", plan)
        with CaptureQueriesContext(connection) as caught:
            actions.RevisePlan(HOUSE, row, with_open_warnings=True).execute()
        # The log is a chain: each of its entries is written after the one before.
        counted.append(sum("core_logentry" not in query["sql"] for query in caught))
        assert number(plan, "3").quantities.get(unit="台").value == 23
        assert plan.tasks.count() == tasks
        # The text of the other size is a plan of its own.
        Plan.objects.filter(pk=plan.pk).update(status="withdrawn")

    assert counted[1] <= counted[0] + 4


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


def test_the_last_step_of_an_import_suggests_the_plan_and_leads_to_the_comparison(
    place: Place, office: Actor, plan: Plan
) -> None:
    client, row = browser(office), imported(office, place, CORRECTED)
    last = client.get(reverse("plans:import_confirm", args=[row.pk]))
    assert last.context["suggested"].plan == plan
    assert "修订文本" in last.content.decode()

    choose = reverse("plans:import_revision", args=[row.pk])
    compare = reverse("plans:import_compare", args=[row.pk])
    assert client.get(compare)["Location"] == reverse("plans:import_confirm", args=[row.pk])
    assert (
        client.post(choose, {"mode": "corrected", "plan": "999999"})["Location"] == last.request["PATH_INFO"]
    )
    assert client.post(choose, {"mode": "corrected", "plan": plan.pk})["Location"] == compare
    refused = client.post(reverse("plans:import_confirm", args=[row.pk]), {"with_open_warnings": "1"})
    assert refused.status_code == 302 and Plan.objects.count() == 1
    page = client.get(compare).content.decode()

    assert "淘汰燃煤锅炉" in page and "<ins" in page and "<del" in page
    for show in ("new", "left", "stays", "same", "others", "nonsense"):
        assert client.get(compare, {"show": show}).status_code == 200
    assert client.post(choose, {"mode": ""})["Location"] == reverse("plans:import_confirm", args=[row.pk])


def test_pairs_are_corrected_on_the_page_and_the_text_is_taken_in(
    place: Place, office: Actor, plan: Plan
) -> None:
    client, row = browser(office), imported(office, place, CORRECTED, "corrected", plan)
    url = reverse("plans:import_compare", args=[row.pk])
    third = number(plan, "3")
    [key] = [pair.key for pair in compared(row).pairs["task"] if pair.status == "new"]
    client.post(url, {"do": "save", f"task-same-{key}": f"#{third.pk} 3 管好建筑工地"})
    assert compared(row).counts()["new"] == 0
    client.post(url, {"do": "save", f"task-part-{key}": "1", "task-shown-t1": "1", "task-keep-t1": "text"})
    client.post(url, {"do": "save", f"task-stay-{third.pk}": "1"})
    found = compared(row)
    assert (found.counts()["new"], found.counts()["stays"]) == (1, 1)
    assert [change.name for change in found.pairs["task"][0].kept] == ["text"]

    page = client.get(url)
    stale = client.post(url, {"do": "apply", "seen": "{}", "with_open_warnings": "1"}, follow=True)
    assert "请重新核对" in stale.content.decode() and number(plan, "1").version == 1
    done = client.post(
        url, {"do": "apply", "seen": page.context["seen"], "with_open_warnings": "1"}, follow=True
    )
    assert done.redirect_chain[-1][0] == reverse("plans:plan", args=[plan.pk])
    third.refresh_from_db()
    assert (third.dropped_on, number(plan, "1").quantities.get(unit="台").value) == (None, 15)
    assert client.get(url)["Location"] == reverse("plans:import", args=[row.pk])


def test_next_year_is_taken_in_on_the_page_and_the_old_import_leads_on(
    place: Place, office: Actor, plan: Plan
) -> None:
    client = browser(office)
    older = PlanImport.objects.get(plan=plan)
    revised(office, place, plan)
    assert client.get(reverse("plans:import", args=[older.pk]))["Location"] == reverse(
        "plans:plan", args=[plan.pk]
    )
    row = imported(office, place, CORRECTED.replace("2024年", "2025年"), "next", plan)
    url = reverse("plans:import_compare", args=[row.pk])
    assert client.get(url).status_code == 200
    client.post(url, {"do": "apply", "with_open_warnings": "1"})
    later = Plan.objects.get(previous=plan)
    for one, other in ((plan, later), (later, plan)):
        page = client.get(reverse("plans:plan", args=[one.pk])).content.decode()
        assert f'href="{reverse("plans:plan", args=[other.pk])}"' in page

    assert later.tasks.exclude(continues=None).count() == 3
    for task, other in ((number(later, "1"), number(plan, "1")), (number(plan, "1"), number(later, "1"))):
        page = client.get(reverse("plans:task", args=[task.pk])).content.decode()
        assert f'href="{reverse("plans:task", args=[other.pk])}"' in page


def test_dates_and_units_are_marked_whole_and_texts_by_their_signs() -> None:
    dates = revisions.Change(
        "deadlines", "2024-09-30（9月底前）；2024-12-31", "2024-10-31（10月底前）；2024-12-31"
    )
    text = revisions.Change("text", "淘汰锅炉12台", "淘汰燃煤锅炉15台")

    assert revisions.marked(dates) == [
        ("-", "2024-09-30（9月底前）"),
        ("+", "2024-10-31（10月底前）"),
        ("=", "；2024-12-31"),
    ]
    assert revisions.marked(text) == [
        ("=", "淘汰"),
        ("+", "燃煤"),
        ("=", "锅炉"),
        ("-", "12"),
        ("+", "15"),
        ("=", "台"),
    ]


def test_a_newer_text_is_taken_in_through_the_api(place: Place, office: Actor, plan: Plan) -> None:
    client, row = browser(office), imported(office, place, CORRECTED)
    url = f"/api/v1/plan-imports/{row.pk}"

    def send(path: str, body: dict[str, Any]) -> Any:
        return client.post(f"{url}/{path}", json.dumps(body), content_type="application/json")

    assert client.get(f"{url}/comparison").status_code == 404
    assert send("revision", {"mode": "corrected", "plan": plan.pk + 1}).status_code == 422
    assert send("revision", {"mode": "corrected", "plan": plan.pk}).status_code == 200
    found = client.get(f"{url}/comparison").json()
    first = found["tasks"][0]
    assert (found["counts"]["changed"], first["status"], first["task"]) == (
        1,
        "changed",
        number(plan, "1").pk,
    )
    assert {change["name"] for change in first["changes"]} == {"text", "deadlines", "quantities"}

    assert send("confirm", {"with_open_warnings": True}).status_code == 409
    assert send("revise", {"with_open_warnings": True}).status_code == 409
    done = send("revise", {"seen": found["seen"], "with_open_warnings": True})
    assert (done.status_code, done.json()["id"], done.json()["task_count"]) == (200, plan.pk, 3)
