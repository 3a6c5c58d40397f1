"""The exported ledger, changed in Excel and brought back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.models import LogEntry, OrganisationAlias
from lantian.apps.plans import queries, standing
from lantian.apps.plans.actions import EditTask, HandDown, Part, ReportProgress
from lantian.apps.plans.choices import EventKind, UnitRole
from lantian.apps.plans.importers import ImportTasks
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.tests.excel_material import Book, checked, exported, imported, told
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
BOILERS, HEATING, SITES = "淘汰燃煤锅炉", "推进清洁取暖", "管好建筑工地"


@pytest.fixture
def book(office: Actor, plan: Plan) -> Book:
    return Book(exported(office))


def task(title: str) -> Task:
    return Task.objects.get(title=title)


def test_a_ledger_that_nobody_touched_changes_nothing(office: Actor, book: Book) -> None:
    report = checked(office, book.content())

    assert (3, 3, [], [], []) == (report.rows, report.unchanged, report.changes, report.problems, report.notes)


def test_the_dry_run_shows_old_and_new_and_writes_nothing(office: Actor, book: Book) -> None:
    book.put(HEATING, "完成时限", "2024年11月15日前").put(BOILERS, "完成量", 3).put(HEATING, "任务", "推进清洁取暖改造")
    report = checked(office, book.content())

    assert [
        ("update", {"done": ""}, {"done": "3"}),
        (
            "update",
            {"title": HEATING, "dates": "2024-10-31"},
            {"title": "推进清洁取暖改造", "dates": "2024年11月15日前"},
        ),
    ] == [(change.kind, change.before, change.after) for change in report.changes]
    assert Task.objects.filter(title=HEATING, version=1).exists()
    assert 1 == report.unchanged


def test_the_import_writes_what_the_dry_run_showed_and_comes_back_without_difference(
    office: Actor, place: Place, book: Book
) -> None:
    book.put(HEATING, "完成时限", "2024年11月15日前").put(HEATING, "任务量", "３５００户").put(HEATING, "责任人", "张三，李四")
    book.put(SITES, "配合单位", "区生态环境局；河口镇").put(SITES, "完成率", 0.4)
    imported(office, book.content())
    heating, sites = task(HEATING), task(SITES)
    cooperating = sites.units.filter(role=UnitRole.COOPERATING)

    assert "2024-11-15" == heating.deadlines.get().end.isoformat()
    assert [(Decimal(3500), "户", True)] == list(heating.quantities.values_list("value", "unit", "counts"))
    assert ["张三", "李四"] == heating.persons
    assert [place.bureau.pk, place.town_units[0].pk] == [unit.organisation_id for unit in cooperating]
    assert Decimal(40) == sites.percent
    again = checked(office, exported(office))
    assert ([], [], 3) == (again.changes, again.problems, again.unchanged)


def test_progress_is_recorded_as_a_report_with_its_day_and_words(office: Actor, book: Book) -> None:
    day = campaign_today() - timedelta(5)
    book.put(BOILERS, "完成量", "９台").put(BOILERS, "最近进展", "拆除9台").put(BOILERS, "进展日期", day)
    imported(office, book.content())
    event = task(BOILERS).events.get(kind=EventKind.REPORT)

    assert (day, "拆除9台", Decimal(75)) == (event.on, event.note, event.percent)
    assert "in_progress" == event.state
    entry = LogEntry.objects.filter(action="plans.task.report", object_id=str(event.task_id)).get()
    assert office.user is not None
    assert office.user.pk == entry.user_id


def test_an_edit_says_in_the_log_which_file_it_came_from(office: Actor, book: Book) -> None:
    book.put(SITES, "工作要求", "六个百分之百，一个不少。")
    imported(office, book.content(), "三月台账.xlsx")

    assert "三月台账.xlsx" in LogEntry.objects.get(action="plans.task.edit").reason


def test_columns_that_are_missing_leave_values_as_they_are(office: Actor, book: Book) -> None:
    book.drop("配合单位").drop("任务量").put(HEATING, "责任人", "张三")
    report = imported(office, book.content())

    assert 1 == report.count("update")
    assert {"“配合单位”", "“任务量”"} == {
        note.message.split("“")[1].split("”")[0].join("“”") for note in report.notes if note.code == "column_missing"
    }
    assert task(BOILERS).units.filter(role=UnitRole.COOPERATING).exists()
    assert Decimal(12) == task(BOILERS).quantities.get(counts=True).value


def test_a_required_column_that_was_renamed_is_named_with_what_it_should_be(office: Actor, book: Book) -> None:
    book.sheet.cell(book.head, book.column("任务")).value = "任务们"
    with pytest.raises(Invalid) as refused:
        checked(office, book.content())

    assert "任务们" in str(refused.value)
    assert "“任务”" in str(refused.value)


def test_a_renamed_column_of_system_numbers_is_known_by_what_stands_in_it(office: Actor, book: Book) -> None:
    book.sheet.cell(book.head, book.column("系统编号")).value = "编码"
    with pytest.raises(Invalid) as refused:
        checked(office, book.content())

    assert "系统编号" in str(refused.value)


def test_without_its_numbers_a_ledger_does_not_become_a_second_one(office: Actor, book: Book) -> None:
    report = checked(office, book.drop("系统编号").content())

    assert {"task_exists"} == {problem.code for problem in report.problems}
    assert [] == report.changes


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        ("状态", "已销号", "not_changed_here"),
        ("计划", "别的方案", "not_changed_here"),
        ("章节", "别的章", "not_changed_here"),
        ("任务", None, "cell_empty"),
        ("完成时限", "2024年2月30日", "no_such_day"),
        ("完成时限", "尽快", "not_a_date"),
        ("任务量", "很多", "not_an_amount"),
        ("完成量", "全部", "not_a_number"),
        ("完成量", -3, "negative"),
        ("完成量", "3户", "other_unit"),
        ("完成量", 13, "more_than_asked"),
        ("完成率", 0.5, "follows_from_done"),
        ("牵头单位", "火星局", "no_such_organisation"),
        ("系统编号", "乱写", "not_a_number_of_the_system"),
        ("系统编号", "T999999-v1", "no_such_task"),
        ("进展日期", "昨天", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_with_its_cell(
    office: Actor, book: Book, heading: str, value: Any, code: str
) -> None:
    row, letter = book.row(BOILERS), book.sheet.cell(book.head, book.column(heading)).column_letter
    book.put(BOILERS, heading, value)
    report = checked(office, book.content())

    wanted = [(code or "not_a_date", f"{letter}{row}", heading)]
    assert wanted == told(report)
    assert report.problems[0].message
    assert [] == report.changes
    with pytest.raises(ImportRefused):
        imported(office, book.content())


def test_an_unknown_unit_is_told_with_names_that_resemble_it(office: Actor, book: Book) -> None:
    book.put(HEATING, "牵头单位", "云山区生态环保局")
    report = checked(office, book.content())

    assert ["no_such_organisation"] == [problem.code for problem in report.problems]
    assert "云山区生态环境局" in report.problems[0].message


def test_unknown_units_are_kept_as_names_where_that_was_chosen(office: Actor, book: Book) -> None:
    book.put(HEATING, "牵头单位", "火星局")
    imported(office, book.content(), units="keep")

    assert [("火星局", None)] == list(
        task(HEATING).units.filter(role=UnitRole.LEAD).values_list("name", "organisation")
    )


def test_units_are_known_by_their_other_names(office: Actor, place: Place, book: Book) -> None:
    OrganisationAlias.objects.create(organisation=place.housing, name="云山区建设局")
    book.put(SITES, "配合单位", "云山区建设局（李工）")
    imported(office, book.content())
    unit = task(SITES).units.get(role=UnitRole.COOPERATING)

    assert (place.housing.pk, "云山区建设局", "李工") == (unit.organisation_id, unit.name, unit.person)


def test_the_second_of_two_is_told_who_was_faster_and_what_differs(office: Actor, place: Place, book: Book) -> None:
    other = Actor(place.user("campaign_office", place.office))
    EditTask(other, task(HEATING), {"title": "清洁取暖"}, reason="更正").execute()
    book.put(HEATING, "完成时限", "2024-12-31")
    report = checked(office, book.content())

    assert ["edit_conflict"] == [problem.code for problem in report.problems]
    message = report.problems[0].message
    assert other.user is not None
    for part in (other.user.display_name, campaign_today().isoformat(), HEATING, "清洁取暖", "2024-12-31", "2024-10-31"):
        assert part in message


def test_rows_that_others_changed_and_this_person_did_not_stand_in_nobodys_way(office: Actor, book: Book) -> None:
    ReportProgress(HOUSE, task(BOILERS), quantities={task(BOILERS).quantities.get(counts=True).pk: Decimal(5)}).execute()
    book.put(HEATING, "责任人", "张三")
    report = imported(office, book.content())

    assert (1, 2) == (report.count("update"), report.unchanged)
    assert Decimal(5) == task(BOILERS).quantities.get(counts=True).done


def test_the_same_file_twice_changes_nothing_the_second_time(office: Actor, book: Book) -> None:
    book.put(BOILERS, "完成量", 4).put(HEATING, "完成时限", "2024年11月15日前")
    imported(office, book.content())
    report = checked(office, book.content())

    assert ([], [], 3) == (report.problems, report.changes, report.unchanged)


def test_a_row_that_stands_twice_is_an_error_of_the_second(office: Actor, book: Book) -> None:
    book.sheet.append([cell.value for cell in book.sheet[book.row(SITES)]])
    report = checked(office, book.content())

    assert [("row_twice", book.sheet.max_row)] == [(problem.code, problem.row) for problem in report.problems]


def test_lights_are_not_read_and_only_an_impossible_one_is_mentioned(office: Actor, book: Book) -> None:
    book.put(SITES, "灯", "已逾期")
    report = checked(office, book.content())

    assert ([], 3) == (report.problems, report.unchanged)
    assert [] == report.notes
    book.put(SITES, "责任人", "张三")
    assert ["light_not_read"] == [note.code for note in checked(office, book.content()).notes]


def test_what_is_done_counts_what_the_parts_have_done(place: Place, office: Actor, plan: Plan) -> None:
    boilers = task(BOILERS)
    whole = boilers.quantities.get(counts=True)
    HandDown(
        HOUSE, boilers, [Part(organisation=place.town_units[0], amounts={whole.pk: Decimal(8)})], kept={whole.pk: Decimal(4)}
    ).execute()
    part = boilers.parts.get()
    ReportProgress(HOUSE, part, quantities={part.quantities.get().pk: Decimal(6)}).execute()
    content = exported(office)
    line = next(cell for cell in Book(content).sheet.iter_rows(values_only=True) if cell[4] == BOILERS and cell[3] == "1")
    assert 6 in line
    book = Book(content)
    row = book.row(BOILERS)
    book.sheet.cell(row, book.column("完成量")).value = 7
    imported(office, book.content())
    whole.refresh_from_db()

    assert Decimal(7) == whole.done
    book = Book(exported(office))
    book.sheet.cell(book.row(BOILERS), book.column("完成量")).value = 2
    assert ["less_than_the_parts"] == [problem.code for problem in checked(office, book.content()).problems]


def test_several_amounts_and_dates_stand_in_one_cell_each_and_come_back(office: Actor, plan: Plan) -> None:
    sites = task(SITES)
    sites.quantities.create(what="工地", value=30, unit="家", counts=True)
    sites.quantities.create(what="道路", value=12, unit="公里", counts=True, order=1)
    sites.deadlines.create(end="2024-06-30", text="上半年；第一批")
    sites.deadlines.create(kind="period", start="2024-10-01", end="2025-03-31", text="采暖季", order=1)
    sites.deadlines.create(kind="start", start="2024-03-01", order=2)
    standing.refresh(sites)
    book = Book(exported(office))

    assert "2024-06-30（上半年；第一批）；2024-10-01至2025-03-31（采暖季）；2024-03-01起" == book.get(SITES, "完成时限")
    assert ("工地 30家；道路 12公里", "—；—") == (book.get(SITES, "任务量"), book.get(SITES, "完成量"))
    assert [] == checked(office, book.content()).changes
    book.put(SITES, "完成量", "15家；—").put(SITES, "完成时限", book.get(SITES, "完成时限").replace("03-01起", "04-01起"))
    book.put(SITES, "任务量", "工地 40家；道路 12公里")
    imported(office, book.content())
    sites.refresh_from_db()
    assert [("工地", 40, 15), ("道路", 12, None)] == list(sites.quantities.values_list("what", "value", "done"))
    assert ["上半年；第一批", "采暖季", ""] == list(sites.deadlines.values_list("text", flat=True))
    assert "2024-04-01" == sites.deadlines.get(kind="start").start.isoformat()
    assert [] == checked(office, exported(office)).changes


# Rights --------------------------------------------------------------------------------------------------------------


def test_rows_of_others_are_no_such_tasks_and_the_columns_have_their_own_rights(
    office: Actor, place: Place, book: Book
) -> None:
    housing = Actor(place.user("department_officer", place.housing, scope="department"))
    book.put(HEATING, "完成量", 100)
    seen = set(queries.tasks(housing).values_list("title", flat=True))
    assert {BOILERS, HEATING, SITES} - seen
    strange = [problem for problem in checked(housing, book.content()).problems if problem.code == "no_such_task"]
    assert {book.row(title) for title in {BOILERS, HEATING, SITES} - seen} == {problem.row for problem in strange}
    mine = Book(exported(housing)).put(HEATING, "完成量", 100)
    assert [] == checked(housing, mine.content()).problems
    mine.put(HEATING, "完成时限", "2025-12-31")
    problem = checked(housing, mine.content()).problems[0]
    assert ("not_allowed", "完成时限") == (problem.code, problem.column)


def test_who_does_not_do_the_work_cannot_report_it_by_excel_either(place: Place, office: Actor, book: Book) -> None:
    other = Actor(place.user("department_officer", place.housing))
    report = checked(other, Book(exported(other)).put(BOILERS, "完成量", 3).content())

    assert ["not_allowed"] == [problem.code for problem in report.problems]
    assert [] == report.changes


@pytest.mark.parametrize("role", ["leader", "supervision"])
def test_readers_and_judges_cannot_bring_a_ledger(place: Place, book: Book, role: str) -> None:
    with pytest.raises(NotAllowed):
        checked(Actor(place.user(role, place.office)), book.content())


def test_a_closed_task_takes_no_progress(office: Actor, plan: Plan) -> None:
    Task.objects.filter(title=SITES).update(state="accepted")
    book = Book(exported(office)).put(SITES, "最近进展", "又有进展")

    assert ["wrong_step"] == [problem.code for problem in checked(office, book.content()).problems]


# Half-done -----------------------------------------------------------------------------------------------------------


def test_one_wrong_row_keeps_all_out_unless_somebody_says_to_leave_it_out(office: Actor, book: Book) -> None:
    book.put(BOILERS, "责任人", "张三").put(HEATING, "责任人", "李四").put(SITES, "牵头单位", "火星局")
    with pytest.raises(ImportRefused):
        imported(office, book.content())
    assert not Task.objects.exclude(persons=[]).exists()
    report = imported(office, book.content(), skip_errors=True)

    assert (2, 1, []) == (report.count("update"), len(report.left_out), report.problems)
    assert {BOILERS, HEATING} == set(Task.objects.exclude(persons=[]).values_list("title", flat=True))


def test_what_is_refused_while_writing_takes_everything_back(
    office: Actor, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.put(BOILERS, "责任人", "张三").put(SITES, "最近进展", "有进展")
    action = ImportTasks(office, book.content(), "台账.xlsx")
    action.examine()
    # Between the look and the writing somebody closes the task.
    Task.objects.filter(title=SITES).update(state="accepted")
    with pytest.raises(ImportRefused):
        action.execute()

    assert not Task.objects.exclude(persons=[]).exists()


def test_a_past_day_cannot_come_back(office: Actor, plan: Plan) -> None:
    from io import BytesIO

    from lantian.apps.plans import exporters, queries

    day = campaign_today() - timedelta(0)
    target = BytesIO()
    exporters.write_ledger(standing.with_light(queries.tasks(office), day), "台账", target, day=day)
    report = checked(office, target.getvalue())

    assert {"a_past_day"} == {problem.code for problem in report.problems}
