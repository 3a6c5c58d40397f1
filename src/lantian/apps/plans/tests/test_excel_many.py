"""Many changes in one file: each is an action with its log entry, but they are read and written together."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lantian.apps.core import log
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import LogEntry
from lantian.apps.plans import standing
from lantian.apps.plans.models import Plan, Task, TaskEvent, TaskStanding
from lantian.apps.plans.tests.excel_material import Book, exported, imported, sheet_of

pytestmark = pytest.mark.django_db
MANY = 24


@pytest.fixture
def tasks(office: Actor, plan: Plan) -> list[str]:
    """The names of further tasks, each with a date and an amount."""
    titles = [f"整治第{n}处扬尘" for n in range(MANY)]
    head = ["主要任务", "牵头部门", "完成时间", "任务量", "单位"]
    rows = [[title, "区生态环境局", "2024年6月30日", 10, "台"] for title in titles]
    imported(office, sheet_of([head, *rows]), plan=plan.pk)
    return titles


def with_changes(actor: Actor, titles: list[str]) -> bytes:
    """The ledger with a change of each task: in turn its date, what is done, both."""
    book = Book(exported(actor))
    for n, title in enumerate(titles):
        if n % 3 != 1:
            book.put(title, "完成时限", f"2024年11月{n % 28 + 1}日前")
        if n % 3 != 0:
            book.put(title, "完成量", n % 9 + 1).put(title, "最近进展", f"第{n}次调度")
    return book.content()


def standings() -> list[Any]:
    columns = ("task", "clock", "start", "end", "state", "percent", "due_on", "red_from", "yellow_from", "behind_from")
    return sorted(TaskStanding.objects.values_list(*columns), key=str)


def columns() -> list[Any]:
    return list(Task.objects.order_by("pk").values_list("pk", "next_deadline", "last_deadline", *standing.TAKEN))


def test_three_times_as_many_changes_take_no_further_statements(office: Actor, tasks: list[str]) -> None:
    few, rest = tasks[:6], tasks[6:]
    counted = []
    for titles in (few, rest):
        content = with_changes(office, titles)
        with CaptureQueriesContext(connection) as captured:
            report = imported(office, content)
        assert len(titles) == report.count("update")
        counted.append(len(captured))

    assert counted[1] <= counted[0]


def test_each_of_many_changes_stands_in_the_log_whose_chain_holds(office: Actor, tasks: list[str]) -> None:
    before = LogEntry.objects.count()
    imported(office, with_changes(office, tasks))
    entries = LogEntry.objects.order_by("-id")[: LogEntry.objects.count() - before]
    said = [entry.action for entry in entries]

    assert (16, 16) == (said.count("plans.task.edit"), said.count("plans.task.report"))
    assert 16 == TaskEvent.objects.filter(task__title__in=tasks).count()
    assert [] == list(log.verify())


def test_what_is_written_together_is_what_events_and_dates_say(office: Actor, tasks: list[str]) -> None:
    imported(office, with_changes(office, tasks))
    stood, held = standings(), columns()
    standing.refresh_many([task.pk for task in Task.objects.filter(title__in=tasks)])

    assert (stood, held) == (standings(), columns())
    third = Task.objects.get(title=tasks[2])
    assert ("2024-11-03", 30, "第2次调度", 3) == (
        third.next_deadline.isoformat() if third.next_deadline else "",
        third.percent,
        third.last_note,
        third.version,
    )


def test_a_row_that_is_refused_while_writing_leaves_nothing_and_the_others_stand(
    office: Actor, tasks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lantian.apps.core.exceptions import Invalid
    from lantian.apps.plans.excel.held import ReportFromFile

    refused = Task.objects.get(title=tasks[2])
    taken = ReportFromFile.prepare

    def prepare(action: ReportFromFile, task: Task) -> Any:
        if task.pk == refused.pk:
            raise Invalid(fields={"note": "no"})
        return taken(action, task)

    monkeypatch.setattr(ReportFromFile, "prepare", prepare)
    report = imported(office, with_changes(office, tasks), skip_errors=True)
    now = Task.objects.get(pk=refused.pk)

    assert [1, MANY - 1] == [len(report.left_out), report.count("update")]
    assert (refused.version, refused.next_deadline, 0) == (now.version, now.next_deadline, now.events.count())
    assert not LogEntry.objects.filter(object_id=str(refused.pk), action="plans.task.edit").exists()
