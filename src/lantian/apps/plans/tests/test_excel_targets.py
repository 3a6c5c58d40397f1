"""Targets to Excel and back."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import NotAllowed
from lantian.apps.core.importers.base import ImportRefused, Report
from lantian.apps.plans.importers_targets import ImportTargets, template
from lantian.apps.plans.models import Plan, Target
from lantian.apps.plans.tests.excel_material import sheet_of, told
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db


def exported(actor: Actor) -> bytes:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return b"".join(client.get(reverse("plans:targets"), {"export": "xlsx"}).streaming_content)


def changed(content: bytes, indicator: str, **cells: Any) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.active
    heads = {cell.value: cell.column for cell in sheet[3]}
    row = next(row for row in range(4, sheet.max_row + 1) if sheet.cell(row, heads["指标"]).value == indicator)
    for heading, value in cells.items():
        sheet.cell(row, heads[heading]).value = value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def checked(actor: Actor, content: bytes, **options: Any) -> Report:
    return ImportTargets(actor, content, "目标.xlsx", **options).examine()


def imported(actor: Actor, content: bytes, **options: Any) -> Report:
    report: Report = ImportTargets(actor, content, "目标.xlsx", **options).execute()
    return report


def test_what_nobody_touched_changes_nothing(office: Actor, plan: Plan) -> None:
    assert plan.target_rows.count() > 1
    report = checked(office, exported(office))

    assert (plan.target_rows.count(), [], []) == (report.unchanged, report.changes, report.problems)


def test_a_changed_target_is_shown_and_then_written(office: Actor, plan: Plan) -> None:
    target = plan.target_rows.get(indicator__contains="PM2.5")
    content = changed(exported(office), target.indicator, 目标值="≤42", 时期="2024年全年")
    report = imported(office, content)
    target.refresh_from_db()

    assert [("update", "42", "2024年全年")] == [
        (change.kind, change.after["value"], change.after["period"]) for change in report.changes
    ]
    assert (Decimal(42), "<=", "2024年全年", 2) == (target.value, target.comparator, target.period, target.version)
    assert [] == checked(office, exported(office)).changes


def test_the_second_of_two_is_told(office: Actor, plan: Plan) -> None:
    content = exported(office)
    target = plan.target_rows.get(indicator__contains="PM2.5")
    imported(office, changed(content, target.indicator, 目标值=40))
    late = checked(office, changed(content, target.indicator, 目标值=41))

    assert ["edit_conflict"] == [problem.code for problem in late.problems]
    assert "40" in late.problems[0].message
    assert [] == checked(office, changed(content, target.indicator, 目标值=40)).problems


def test_a_list_of_new_targets_enters_the_chosen_plan(office: Actor, place: Place) -> None:
    plan = Plan.objects.create(title="目标责任书", region=place.district, status="active", created_by=office.user)
    content = sheet_of(
        [
            ["2024年目标任务分解表"],
            ["县区", "考核指标", "年度目标", "计量单位"],
            ["云山区", "PM2.5年均浓度", "≤４２", "微克/立方米"],
            ["云山区", "优良天数", "不少于260天", None],
        ]
    )
    imported(office, content, plan=plan.pk)

    assert [("PM2.5年均浓度", "<=", 42, "微克/立方米", place.district.pk), ("优良天数", ">=", 260, "天", place.district.pk)] == list(
        plan.target_rows.order_by("order").values_list("indicator", "comparator", "value", "unit", "region")
    )
    assert {"target_exists"} == {problem.code for problem in checked(office, content, plan=plan.pk).problems}


def test_what_is_wrong_is_told_with_row_and_column_and_nothing_is_written(office: Actor, plan: Plan) -> None:
    content = sheet_of(
        [["指标", "目标值", "类型", "系统编号"], ["甲", "很低", "", ""], ["乙", 5, "奇怪", ""], ["丙", 5, "", "乱"], ["丁", 5, "", "G99999-v1"]]
    )
    report = checked(office, content, plan=plan.pk)

    assert [
        ("not_an_amount", "目标值"), ("not_a_choice", "类型"), ("not_a_number_of_the_system", "系统编号"), ("no_such_target", "系统编号"),
    ] == [(code, column) for code, _address, column in told(report)]  # fmt: skip
    before = Target.objects.count()
    with pytest.raises(ImportRefused):
        imported(office, content, plan=plan.pk)
    assert before == Target.objects.count()


def test_a_department_cannot_bring_targets(place: Place, plan: Plan, office: Actor) -> None:
    with pytest.raises(NotAllowed):
        checked(Actor(place.user("department_officer", place.bureau)), exported(office))


def test_the_template_has_the_headings() -> None:
    sheet = openpyxl.load_workbook(BytesIO(template())).active

    assert ["序号", "地区", "指标", "要求", "目标值"] == [cell.value for cell in sheet[3]][:5]
