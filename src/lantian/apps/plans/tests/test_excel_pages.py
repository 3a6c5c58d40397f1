"""From the ledger to Excel and back through the pages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import Job
from lantian.apps.plans import standing
from lantian.apps.plans.actions import ReportProgress
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.tests.excel_material import Book, checked, exported
from lantian.apps.plans.tests.material import Place

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
BOILERS, HEATING, SITES = "淘汰燃煤锅炉", "推进清洁取暖", "管好建筑工地"


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client


@pytest.fixture
def client(office: Actor) -> Client:
    return browser(office)


def upload(client: Client, content: bytes, run: Any, **options: str) -> Any:
    """Upload a file and give the page of its check."""
    file = SimpleUploadedFile("台账.xlsx", content)
    with run(execute=True):
        answer = client.post(reverse("core:import", args=["tasks"]), {"file": file, "units": "refuse", **options})
    assert 302 == answer.status_code, answer.content.decode()[:2000]
    return client.get(answer["Location"])


def test_the_ledger_leads_to_the_import_with_its_plan(client: Client, plan: Plan, place: Place) -> None:
    html = client.get(reverse("plans:tasks"), {"plan": plan.pk}).content.decode()
    link = f"{reverse('core:import', args=['tasks'])}?plan={plan.pk}"

    assert link in html
    page = client.get(link)
    assert f'<option value="{plan.pk}" selected>' in page.content.decode()
    leader = browser(Actor(place.user("leader", place.government)))
    assert reverse("core:import", args=["tasks"]) not in leader.get(reverse("plans:tasks")).content.decode()
    assert 403 == leader.get(link).status_code


def test_a_file_goes_through_check_and_confirmation(
    client: Client, office: Actor, plan: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    book = Book(exported(office)).put(HEATING, "完成时限", "2024年11月15日前").put(BOILERS, "最近进展", "已拆除3台")
    page = upload(client, book.content(), django_capture_on_commit_callbacks)
    html = page.content.decode()

    for said in ("完成时限", "<del>2024-10-31</del>", "2024年11月15日前", "已拆除3台", HEATING):
        assert said in html
    assert Task.objects.filter(version=1).count() == 3
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("core:import-confirm", args=[page.context["job"].pk]))
    result = client.get(answer["Location"])
    assert "done" == Job.objects.latest("pk").status
    assert 2 == result.context["result"]["update"]
    assert "2024-11-15" == Task.objects.get(title=HEATING).next_deadline.isoformat()


def test_errors_are_shown_with_their_cells_and_the_rest_can_be_taken_on_purpose(
    client: Client, office: Actor, plan: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    book = Book(exported(office)).put(HEATING, "牵头单位", "火星局").put(BOILERS, "责任人", "张三")
    row, letter = book.row(HEATING), book.sheet.cell(3, book.column("牵头单位")).column_letter
    page = upload(client, book.content(), django_capture_on_commit_callbacks)

    assert f"{letter}{row}" in page.content.decode()
    assert "火星局" in page.content.decode()
    assert page.context["may_skip"] is True
    confirm = reverse("core:import-confirm", args=[page.context["job"].pk])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(confirm)
    assert not Task.objects.exclude(persons=[]).exists()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(confirm, {"skip_errors": "1"})
    result = client.get(answer["Location"])
    assert [BOILERS] == list(Task.objects.exclude(persons=[]).values_list("title", flat=True))
    assert 1 == result.context["result"]["left_out_count"]
    assert "火星局" in result.content.decode()


def test_a_file_whose_headings_are_wrong_cannot_be_taken_in_part(
    client: Client, office: Actor, plan: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    book = Book(exported(office))
    book.sheet.cell(book.head, book.column("任务")).value = "任务们"
    page = upload(client, book.content(), django_capture_on_commit_callbacks)

    assert "failed" == page.context["job"].status
    assert "“任务”" in page.content.decode()
    assert not page.context["may_skip"]


def test_an_order_goes_into_the_chosen_plan(
    client: Client, plan: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    book = openpyxl.Workbook()
    for line in (["主要任务", "牵头部门", "整改时限"], ["拆除散煤点", "区生态环境局", "6月底前"]):
        book.active.append(line)
    target = BytesIO()
    book.save(target)
    page = upload(client, target.getvalue(), django_capture_on_commit_callbacks, plan=str(plan.pk))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("core:import-confirm", args=[page.context["job"].pk]))

    assert "2024-06-30" == plan.tasks.get(title="拆除散煤点").next_deadline.isoformat()


def test_a_plan_of_others_cannot_be_chosen(client: Client, place: Place, plan: Plan) -> None:
    strange = Plan.objects.create(title="别区方案", region=place.other, status="active")
    officer = browser(Actor(place.user("campaign_office", place.office, scope="department")))
    file = SimpleUploadedFile("台账.xlsx", b"PK")
    answer = officer.post(
        reverse("core:import", args=["tasks"]), {"file": file, "units": "refuse", "plan": str(strange.pk)}
    )

    assert 302 != answer.status_code
    assert not Job.objects.exists()


def test_the_template_can_be_had(client: Client, db: Any) -> None:
    answer = client.get(reverse("core:import-template", args=["tasks"]))

    assert ["任务台账", "填写说明"] == openpyxl.load_workbook(BytesIO(answer.content)).sheetnames


def test_a_past_day_shows_what_was_known_then(client: Client, plan: Plan) -> None:
    task = Task.objects.get(title=BOILERS)
    amount = task.quantities.get(counts=True)
    today = campaign_today()
    standing.open_many(list(Task.objects.all()), today=today - timedelta(30))
    for days, done in ((20, 3), (2, 9)):
        ReportProgress(
            HOUSE, task, on=today - timedelta(days), quantities={amount.pk: Decimal(done)}, note=f"拆{done}台"
        ).execute()
    day = (today - timedelta(10)).isoformat()
    answer = client.get(reverse("plans:tasks"), {"export": "xlsx", "day": day, "clock": "known"})
    sheet = openpyxl.load_workbook(BytesIO(answer.getvalue())).worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[3]}
    line = next(row for row in sheet.iter_rows(min_row=4) if row[heads["任务"] - 1].value == BOILERS)
    cells = {heading: line[column - 1].value for heading, column in heads.items()}

    assert (3, "拆3台", 0.25) == (cells["完成量"], cells["最近进展"], cells["完成率"])
    assert f"T{task.pk}@{day}" == cells["系统编号"]


def test_an_export_takes_as_many_statements_for_many_tasks_as_for_few(client: Client, plan: Plan) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            b"".join(client.get(reverse("plans:tasks"), {"export": "xlsx"}).streaming_content)
        return len(found)

    statements()
    few = statements()
    for number in range(60):
        task = plan.tasks.create(order=100 + number, title=f"任务{number}", section=plan.sections.first())
        task.units.create(role="lead", name=f"单位{number}")
        task.deadlines.create(end="2024-06-30")
        task.quantities.create(value=number, unit="台", counts=True)

    assert few == statements()


_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(_WORDS, min_size=4, max_size=4), numbers=st.lists(st.decimals(0, 10**9, places=3), max_size=3))
def test_any_task_comes_back_as_it_went(office: Actor, plan: Plan, words: list[str], numbers: list[Decimal]) -> None:
    task = plan.tasks.filter(number="随机").first() or plan.tasks.create(order=50, number="随机", title="甲")
    title, text, note, person = words
    Task.objects.filter(pk=task.pk).update(title=title.strip() or "甲", text=text, last_note=note, persons=[person])
    task.quantities.all().delete()
    for order, number in enumerate(numbers):
        task.quantities.create(what=text[:20], value=number, unit="台", counts=True, done=number / 3, order=order)
    report = checked(office, exported(office))

    assert ([], []) == (report.problems, report.changes)
