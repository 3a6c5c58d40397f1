"""Orders that arrive as Excel ledgers: not made here, with the headings and habits of other offices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.models import Notification
from lantian.apps.plans.choices import DeadlineKind, UnitRole
from lantian.apps.plans.importers import template
from lantian.apps.plans.ledger import refresh_parties
from lantian.apps.plans.models import Plan, Section, Task
from lantian.apps.plans.tests.excel_material import checked, exported, imported, sheet_of, told
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(place: Place, office: Actor) -> Plan:
    """A plan of 2017 without tasks."""
    return Plan.objects.create(
        title="云山区2017年整改任务", region=place.district, status="active", year=2017, created_by=office.user
    )


def tasks(plan: Plan) -> list[Task]:
    return list(plan.tasks.order_by("order"))


def test_an_order_with_title_rows_two_header_rows_and_merged_cells_becomes_tasks(
    place: Place, office: Actor, order: Plan
) -> None:
    def merge(sheet: Any) -> None:
        for area in ("A1:I1", "A2:I2", "D3:E3", "G3:H3", "A3:A4", "B3:B4", "C3:C4", "F3:F4", "I3:I4", "B5:B6", "F5:F6", "A7:I7"):
            sheet.merge_cells(area)

    content = sheet_of(
        [
            ["云山区大气污染防治突出问题整改任务台账"],
            ["填报单位：云山区攻坚办            2017年3月1日"],
            ["序号", "工作任务", "整改措施", "责任单位", None, "整改时限", "任务量", None, "责任领导"],
            [None, None, None, "牵头部门", "配合部门", None, "数量", "单位", None],
            [1, "燃煤锅炉拆改", "拆除10蒸吨以下燃煤锅炉", "区生态环境局", "区住建局；河口镇", "2017年6月30日", "２００", "台", "王某某、李某某"],
            [2, None, "燃气锅炉低氮改造", "区生态环境局", "柳林镇", None, "12座", None, "王某某"],
            ["二、扬尘治理"],
            [3, "工地围挡", "所有工地设置围挡", "区住建局", "各镇（街道）", "长期坚持", None, None, None],
            ["注：完成时限以区政府文件为准。"],
        ],
        merge,
    )
    report = imported(office, content, plan=order.pk)
    first, second, third = tasks(order)

    assert ([], 3) == (report.problems, report.count("create"))
    assert ("燃煤锅炉拆改", "拆除10蒸吨以下燃煤锅炉", ["王某某", "李某某"]) == (first.title, first.text, first.persons)
    assert "燃煤锅炉拆改" == second.title
    assert [date(2017, 6, 30)] * 2 == [first.next_deadline, second.next_deadline]
    assert [(Decimal(200), "台", True)] == list(first.quantities.values_list("value", "unit", "counts"))
    assert [(Decimal(12), "座")] == list(second.quantities.values_list("value", "unit"))
    units = {(unit.role, unit.name): unit.organisation_id for unit in first.units.all()}
    assert {
        (UnitRole.LEAD, "区生态环境局"): place.bureau.pk,
        (UnitRole.COOPERATING, "区住建局"): place.housing.pk,
        (UnitRole.COOPERATING, "河口镇"): place.town_units[0].pk,
    } == units
    assert (None, "二、扬尘治理") == (first.chapter, third.chapter.title if third.chapter else "")
    assert [(DeadlineKind.PERIOD, "长期坚持")] == list(third.deadlines.values_list("kind", "text"))
    assert 2 == third.units.filter(role=UnitRole.COOPERATING).count()
    assert ["not_started"] * 3 == [task.state for task in tasks(order)]
    assert first.due_on == date(2017, 6, 30)
    again = checked(office, exported(office, plan=order))
    assert ([], [], 3) == (again.changes, again.problems, again.unchanged)


#: ways in which offices write the same day
SAME_DAY = (
    "2017年6月30日", "2017.6.30", "2017-6-30", "2017/06/30", "6月底前", "2017年6月", "二〇一七年六月三十日", "20170630", 20170630,
    42916, "42916", date(2017, 6, 30), "6月30日", "6月30日前", "2017年6月30日前完成", "２０１７年６月３０日", "上半年", "2017年二季度",
    "6月下旬",
)  # fmt: skip


@pytest.mark.parametrize("written", SAME_DAY, ids=[f"{number}" for number in range(len(SAME_DAY))])
def test_the_same_day_is_read_however_it_is_written(office: Actor, order: Plan, written: Any) -> None:
    imported(office, sheet_of([["主要任务", "完成时间"], ["拆除锅炉", written]]), plan=order.pk)

    assert date(2017, 6, 30) == tasks(order)[0].next_deadline


def test_years_end_and_whole_years_are_the_plans(office: Actor, order: Plan) -> None:
    content = sheet_of([["主要任务", "完成时间"], ["甲任务", "年底前"], ["乙任务", "全年"], ["丙任务", "2016年11月至2017年3月"]])
    imported(office, content, plan=order.pk)
    first, second, third = (task.deadlines.get() for task in tasks(order))

    assert (DeadlineKind.DEADLINE, date(2017, 12, 31)) == (first.kind, first.end)
    assert (DeadlineKind.PERIOD, date(2017, 1, 1), date(2017, 12, 31)) == (second.kind, second.start, second.end)
    assert (DeadlineKind.PERIOD, date(2016, 11, 1), date(2017, 3, 31)) == (third.kind, third.start, third.end)


def test_numbers_as_text_units_in_cells_and_in_headings_are_amounts(office: Actor, order: Plan) -> None:
    content = sheet_of([["主要任务", "任务量（户）", "完成量（户）"], ["双替代改造", "１，２００", "300户"], ["锅炉拆改", "35台", ""]])
    imported(office, content, plan=order.pk)
    heating, boilers = tasks(order)

    assert [(Decimal(1200), "户", Decimal(300))] == list(heating.quantities.values_list("value", "unit", "done"))
    assert (Decimal(25), "in_progress") == (heating.percent, heating.state)
    assert [(Decimal(35), "台", None)] == list(boilers.quantities.values_list("value", "unit", "done"))


def test_progress_of_a_new_task_follows_the_rules_of_the_page(office: Actor, order: Plan) -> None:
    content = sheet_of([["任务", "任务量", "单位", "完成量", "最近进展"], ["甲", 10, "台", 12, ""], ["乙", 10, "台", 12, "超额完成"]])

    assert [("more_than_asked", "D2", "完成量")] == told(checked(office, content, plan=order.pk))


def test_a_ledger_that_only_has_texts_takes_the_first_clause_as_the_name(office: Actor, order: Plan) -> None:
    imported(office, sheet_of([["序号", "工作内容", "责任单位"], [1, "1.拆除燃煤锅炉。6月底前全部拆除。", "区生态环境局"]]), plan=order.pk)
    task = tasks(order)[0]

    assert ("拆除燃煤锅炉", "1.拆除燃煤锅炉。6月底前全部拆除。") == (task.title, task.text)


def test_rows_may_name_their_plan_and_chapters_are_made_once(office: Actor, order: Plan, plan: Plan) -> None:
    content = sheet_of(
        [["计划", "章节", "任务"], [order.title, "一、燃煤", "甲"], [order.title, "一、燃煤", "乙"], [plan.title, "（一）治理燃煤污染", "丙"]]
    )
    imported(office, content)

    assert ["甲", "乙"] == [task.title for task in tasks(order)]
    assert 1 == Section.objects.filter(plan=order).count()
    assert plan.tasks.get(title="淘汰燃煤锅炉").chapter_id == plan.tasks.get(title="丙").chapter_id
    assert 4 == plan.tasks.get(title="丙").order


def test_a_new_task_needs_a_plan_into_which_the_person_may_write(place: Place, office: Actor, order: Plan) -> None:
    content = sheet_of([["任务", "完成时限"], ["甲", "2017-06-30"]])
    assert [("which_plan", 2)] == [(problem.code, problem.row) for problem in checked(office, content).problems]
    officer = Actor(place.user("department_officer", place.bureau))
    assert ["which_plan"] == [problem.code for problem in checked(officer, content, plan=order.pk).problems]
    stranger = Actor(place.user("campaign_office", place.stranger, scope="department"))
    assert ["which_plan"] == [problem.code for problem in checked(stranger, content, plan=order.pk).problems]


def test_whose_rights_do_not_reach_a_new_task_cannot_make_it(place: Place, office: Actor, order: Plan) -> None:
    order.tasks.create(title="已有", number="0").units.create(role="lead", name="区攻坚办", organisation=place.office)
    refresh_parties([order.pk])
    narrow = Actor(place.user("campaign_office", place.office, scope="department"))
    content = sheet_of([["任务", "牵头单位"], ["甲", "云山区大气污染防治攻坚办公室"], ["乙", "区住建局"]])
    with pytest.raises(ImportRefused) as refused:
        imported(narrow, content, plan=order.pk)

    assert [("invalid", "B3", "牵头单位")] == told(refused.value.data["report"])
    assert ["已有"] == [task.title for task in tasks(order)]
    imported(narrow, content, plan=order.pk, skip_errors=True)
    assert {"已有", "甲"} == {task.title for task in tasks(order)}


def test_who_answers_for_new_tasks_is_told_once(
    place: Place, office: Actor, order: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    officer = place.user("department_officer", place.bureau)
    place.user("department_officer", place.housing)
    with django_capture_on_commit_callbacks(execute=True):
        imported(office, sheet_of([["任务", "牵头单位"], ["甲", "区生态环境局"], ["乙", "区生态环境局"]]), plan=order.pk)

    assert [officer] == [message.recipient for message in Notification.objects.filter(kind="plans.task")]


def test_all_that_is_wrong_in_an_order_is_told_at_once_with_row_and_column(office: Actor, order: Plan) -> None:
    content = sheet_of(
        [
            ["关于整改的台账"],
            ["主要任务", "牵头部门", "完成时间", "数量"],
            ["甲", "区环宝局", "2017-06-30", 1],
            ["乙", "区生态环境局", "2月30日", 1],
            ["丙", "区生态环境局", "2017-06-30", "若干"],
            [None, "区生态环境局", "2017-06-30", 1],
            ["丁", "区生态环境局", "2017-06-30", 1],
            ["丁", "区生态环境局", "2017-06-30", 1],
        ]
    )
    report = checked(office, content, plan=order.pk)

    assert [
        ("no_such_organisation", "B3", "牵头部门"),
        ("no_such_day", "C4", "完成时间"),
        ("not_an_amount", "D5", "数量"),
        ("cell_empty", "A6", "主要任务"),
        ("row_twice", "A8", "主要任务"),
    ] == told(report)
    assert ["丁"] == [change.label for change in report.changes]


def test_ten_thousand_rows_with_one_error_in_the_last_leave_nothing_half_done(office: Actor, order: Plan) -> None:
    rows: list[list[Any]] = [["任务编号", "任务", "牵头单位", "完成时限"]]
    rows += [[number, f"任务{number}", "区生态环境局", "2017年6月30日"] for number in range(1, 10_000)]
    rows.append([10_000, "任务10000", "火星局", "2017年6月30日"])
    content = sheet_of(rows)
    with pytest.raises(ImportRefused) as refused:
        imported(office, content, plan=order.pk)
    report = refused.value.data["report"]

    assert [("no_such_organisation", "C10001", "牵头单位")] == told(report)
    assert (10_000, 9_999, 0) == (report.rows, report.count("create"), order.tasks.count())
    assert 500 == len(report.as_json()["sample"])
    report = imported(office, content, plan=order.pk, skip_errors=True)
    assert (9_999, 1) == (order.tasks.count(), len(report.left_out))


def test_a_formula_gives_the_value_that_was_saved_and_is_never_computed(office: Actor, order: Plan) -> None:
    def formulas(sheet: Any) -> None:
        sheet["B2"] = "=100+100"

    content = sheet_of([["任务", "任务量", "单位"], ["甲", None, "台"]], formulas)
    report = checked(office, content, plan=order.pk)

    # The library writes formulas without values, as a file does that nobody has opened.
    assert [("formula_without_value", "B2", "任务量")] == told(report)


def test_text_that_looks_like_a_formula_comes_back_as_text(office: Actor, order: Plan) -> None:
    for number, title in enumerate(("=1+1", "+附件", "-附件", "@某人", '=HYPERLINK("http://x","y")')):
        order.tasks.create(title=title, order=number, text=f"{title}\n第二行")
    content = exported(office, plan=order)
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]

    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    assert ([], [], 5) == ((report := checked(office, content)).changes, report.problems, report.unchanged)


def test_a_file_without_a_ledger_is_refused_with_what_it_needs(office: Actor, order: Plan) -> None:
    with pytest.raises(Invalid) as refused:
        checked(office, sheet_of([["姓名", "电话"], ["张三", "123"]]), plan=order.pk)

    assert "“任务”" in str(refused.value)


def test_several_sheets_are_one_ledger_and_problems_name_the_sheet(office: Actor, order: Plan) -> None:
    book = openpyxl.Workbook()
    for name, day in (("燃煤", "2017-06-30"), ("扬尘", "尽快")):
        sheet = book.active if name == "燃煤" else book.create_sheet()
        sheet.title = name
        sheet.append(["任务", "完成时限"])
        sheet.append([f"{name}治理", day])
    target = BytesIO()
    book.save(target)
    report = checked(office, target.getvalue(), plan=order.pk)

    assert [("not_a_date", "扬尘!B2", "完成时限")] == told(report)
    assert ["燃煤治理"] == [change.label for change in report.changes]


def test_a_column_of_units_is_not_taken_for_units_of_measure(place: Place, office: Actor, order: Plan) -> None:
    imported(office, sheet_of([["任务", "单位"], ["甲", "区生态环境局"], ["乙", "区住建局"]]), plan=order.pk)

    assert [place.bureau.pk, place.housing.pk] == [task.units.get().organisation_id for task in tasks(order)]


def test_csv_is_a_ledger_too(office: Actor, order: Plan) -> None:
    content = "任务名称,完成时限,牵头单位\n甲,6月底前,区生态环境局\n".encode("gb18030")
    imported(office, content, "台账.csv", plan=order.pk)

    assert date(2017, 6, 30) == tasks(order)[0].next_deadline


def test_the_template_is_an_empty_ledger_that_can_be_filled_in(office: Actor, order: Plan) -> None:
    book = openpyxl.load_workbook(BytesIO(template()))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[3]}
    for heading, value in (("任务", "甲"), ("牵头单位", "区生态环境局"), ("完成时限", "2017.10"), ("任务量", "5台")):
        assert "@" == sheet.cell(4, heads[heading]).number_format
        sheet.cell(4, heads[heading]).value = value
    target = BytesIO()
    book.save(target)
    report = imported(office, target.getvalue(), plan=order.pk)

    assert (1, []) == (report.rows, report.problems)
    assert date(2017, 10, 31) == tasks(order)[0].next_deadline
    assert "填写说明" == book.worksheets[1].title
