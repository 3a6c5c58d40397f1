"""The pages, as a browser asks for them."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import LogEntry, Organisation
from lantian.apps.plans import actions
from lantian.apps.plans.choices import ImportStatus
from lantian.apps.plans.models import ImportContent, Plan, PlanImport, ReadingWarning, Task
from lantian.apps.plans.tests.material import PLAN, Place, as_docx

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(office: Actor) -> Client:
    """A browser of the campaign office."""
    client = Client()
    assert office.user is not None
    client.force_login(office.user)
    return client


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, view: str, /, *args: Any, **query: Any) -> str:
    response = client.get(reverse(f"plans:{view}", args=args), query)
    assert response.status_code == 200, (view, response.status_code)
    return response.content.decode()


def started(office: Actor, place: Place, text: str = PLAN) -> PlanImport:
    row: PlanImport = actions.start_reading(
        office, actions.UploadPlan(office, region=place.district, text=text).execute()
    )
    return row


def test_a_word_file_goes_through_the_guided_pages_into_the_ledger(place: Place, client: Client) -> None:
    file = SimpleUploadedFile("云山区方案.docx", as_docx(PLAN))
    response = client.post(
        reverse("plans:import_new"), {"file": file, "region": place.district.pk}, follow=True
    )
    row = PlanImport.objects.get()
    assert response.redirect_chain[-1][0] == reverse("plans:import_check", args=[row.pk])
    check = response.content.decode()
    assert "淘汰燃煤锅炉" in check
    assert 'data-goto="' in check
    assert "<mark" in check

    entry = reverse("plans:import_entry_edit", args=[row.pk, "task", "t1"])
    form = client.get(entry, headers=HTMX).content.decode()
    assert "淘汰燃煤锅炉" in form
    posted = fields_of(form)
    posted |= {"entry-title": "淘汰燃煤锅炉和炉灶", "entry-reason": "checked"}
    card = client.post(entry, posted, headers=HTMX).content.decode()
    assert "淘汰燃煤锅炉和炉灶" in card

    units = reverse("plans:import_units", args=[row.pk])
    table = client.get(units).content.decode()
    assert "区生态环境局" in table
    known = Organisation.objects.count()
    client.post(units, {**fields_of(table), "do": "create"})
    assert Organisation.objects.count() > known
    response = client.post(units, {**fields_of(client.get(units).content.decode()), "do": "finish"})
    assert response["Location"] == reverse("plans:import_confirm", args=[row.pk])

    confirm = reverse("plans:import_confirm", args=[row.pk])
    assert "3" in client.get(confirm).content.decode()
    response = client.post(confirm, {"with_open_warnings": "1"})
    plan = Plan.objects.get()
    assert response["Location"] == reverse("plans:plan", args=[plan.pk])
    task = plan.tasks.get(number="1")
    assert (task.title, task.units.filter(role="lead").get().organisation) == (
        "淘汰燃煤锅炉和炉灶",
        place.bureau,
    )
    assert task.deadlines.get().span_start is not None


def fields_of(html: str) -> dict[str, str]:
    """What a browser would send for the first form with fields in a piece of a page."""
    found: dict[str, str] = {}
    form = max(re.findall(r"<form[^>]*method=\"post\".*?</form>", html, re.S), key=len)
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)
        if name and not (kind and kind[1] == "checkbox" and " checked" not in tag):
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name] = body.lstrip("\n")
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', body)
        first = re.search(r'<option value="([^"]*)"', body)
        found[name] = (chosen or first)[1] if (chosen or first) else ""  # type: ignore[index]
    found.pop("csrfmiddlewaretoken", None)
    return {name: unescape(value) for name, value in found.items()}


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.docx", b"PK\x03\x04broken", "docx"),
        ("a.exe", b"MZ" + b"\x00" * 100, ""),
        ("a.txt", b"", ""),
    ],
)
def test_a_bad_file_is_told_on_the_page_and_nothing_is_kept(
    place: Place, client: Client, name: str, data: bytes, said: str
) -> None:
    response = client.post(
        reverse("plans:import_new"), {"file": SimpleUploadedFile(name, data), "region": place.district.pk}
    )

    assert response.status_code == 422
    assert "lt-error" in response.content.decode() or "lt-alert-danger" in response.content.decode()
    assert PlanImport.objects.count() == 0


def test_the_same_text_again_offers_the_plan_and_a_box_to_tick(
    place: Place, client: Client, plan: Plan
) -> None:
    data = {"text": PLAN, "region": place.district.pk}
    response = client.post(reverse("plans:import_new"), data)
    html = response.content.decode()

    assert response.status_code == 422
    assert reverse("plans:plan", args=[plan.pk]) in html
    assert 'name="again"' in html
    assert client.post(reverse("plans:import_new"), {**data, "again": "on"}).status_code == 302


EVIL = PLAN.replace(
    "2. 推进清洁取暖。", "2. <script>alert(1)</script><img src=x onerror=alert(2)>推进清洁取暖。"
).replace("云山区2024年大气污染防治攻坚方案", "云山区2024年<b onmouseover=alert(3)>大气</b>污染防治攻坚方案")


def test_scripts_in_a_plan_are_shown_as_text_on_every_page(
    place: Place, office: Actor, client: Client
) -> None:
    row = started(office, place, EVIL)
    pages = [page(client, "import_check", row.pk), page(client, "import_confirm", row.pk)]
    pages.append(client.get(reverse("plans:import_entry_edit", args=[row.pk, "task", "t2"])).content.decode())
    plan = actions.ConfirmImport(office, row, with_open_warnings=True).execute()
    task = plan.tasks.get(number="2")
    pages += [page(client, name, plan.pk) for name in ("plan", "plan_text", "plan_edit")]
    pages += [page(client, "task", task.pk), page(client, "task_edit", task.pk), page(client, "tasks")]
    pages += [page(client, "plans"), client.get("/").content.decode()]

    assert "<script>" in task.title
    for html in pages:
        assert "<script>alert" not in html  # the only scripts are those of the frame, by their addresses
        assert "<img src=x" not in html
        assert "<b onmouseover" not in html


def test_a_warning_is_decided_in_its_place(place: Place, office: Actor, client: Client) -> None:
    row = started(office, place, "关于水污染防治的通知\n\n请各单位加强巡查。\n")
    warning = row.warnings.first()
    assert warning is not None
    url = reverse("plans:import_warning", args=[row.pk, warning.pk])
    html = client.post(url, {"decision": "irrelevant", "reason": "水"}, headers=HTMX).content.decode()

    assert "水" in html
    assert 'id="open-warnings"' in html
    assert ReadingWarning.objects.get(pk=warning.pk).decided_by == office.user
    assert client.post(url, {"decision": "open"}).status_code == 302
    assert ReadingWarning.objects.get(pk=warning.pk).decision == "open"


def test_an_entry_is_left_out_added_and_cancelled_without_scripts_too(
    place: Place, office: Actor, client: Client
) -> None:
    row = started(office, place)
    remove = reverse("plans:import_entry_remove", args=[row.pk, "task", "t2"])
    assert client.post(remove, {"removed": "1"}).status_code == 302
    add = reverse("plans:import_entry_add", args=[row.pk, "target"])
    form = fields_of(client.get(add).content.decode())
    response = client.post(add, {**form, "entry-indicator": "PM10年均浓度", "entry-value": "70"})
    draft = ImportContent.objects.get(pk=row.pk).draft

    assert response.status_code == 302
    assert draft["tasks"][1]["removed"] is True
    assert draft["targets"][-1]["indicator"] == "PM10年均浓度"


def test_what_is_wrong_in_a_form_stands_beside_its_field(place: Place, office: Actor, client: Client) -> None:
    row = started(office, place)
    url = reverse("plans:import_entry_edit", args=[row.pk, "task", "t1"])
    form = fields_of(client.get(url).content.decode())
    html = client.post(url, {**form, "entry-title": "", "entry-reason": ""}, headers=HTMX).content.decode()

    assert html.count("is-invalid") == 2
    assert ImportContent.objects.get(pk=row.pk).draft["tasks"][0]["title"] == "淘汰燃煤锅炉"


def test_the_second_of_two_people_sees_both_versions(office: Actor, client: Client, plan: Plan) -> None:
    task = plan.tasks.get(number="1")
    url = reverse("plans:task_edit", args=[task.pk])
    form = fields_of(client.get(url).content.decode())
    actions.EditTask(office, task, {"title": "先改的"}, reason="first").execute()
    posted = {**form, "entry-title": "后改的", "entry-reason": "second"}
    response = client.post(url, posted)
    html = response.content.decode()

    assert response.status_code == 409
    assert "先改的" in html
    assert "后改的" in html
    again = client.post(url, {**fields_of(html), "entry-reason": "second"})
    assert again.status_code == 302
    assert Task.objects.get(pk=task.pk).title == "后改的"


def test_saving_a_form_untouched_changes_nothing(client: Client, plan: Plan) -> None:
    for task in plan.tasks.all():
        url = reverse("plans:task_edit", args=[task.pk])
        form = fields_of(client.get(url).content.decode())
        response = client.post(url, {**form, "entry-reason": "nothing"})
        assert response.status_code == 302, response.content.decode()

    assert list(Task.objects.values_list("version", flat=True)) == [1, 1, 1]


def test_the_ledger_filters_sorts_and_chooses_columns(place: Place, client: Client, plan: Plan) -> None:
    def titles(**query: Any) -> list[str]:
        return re.findall(r'class="pl-task-link" href="[^"]+">([^<]+)', page(client, "tasks", **query))

    chapter = plan.tasks.get(number="3").chapter_id
    assert len(titles()) == 3
    assert titles(search="双替代") == ["推进清洁取暖"]
    assert titles(plan=plan.pk, chapter=chapter) == ["管好建筑工地"]
    assert titles(unit=place.housing.pk, role="lead") == ["推进清洁取暖", "管好建筑工地"]
    assert titles(name="发改") == ["淘汰燃煤锅炉"]
    assert titles(due_from="2024-10-01") == ["推进清洁取暖"]
    assert titles(without="date") == ["管好建筑工地"]
    assert titles(sort="-next_deadline") == ["推进清洁取暖", "淘汰燃煤锅炉", "管好建筑工地"]
    assert titles(sort="nonsense", page="999", size="7") == titles()
    html = page(client, "tasks", columns=["text", "lead_name"])
    assert "云山区2024年大气污染防治攻坚方案</a></td>" not in html
    assert "lt-clamp" in page(client, "tasks")


def test_the_export_holds_the_filter_and_all_columns(client: Client, plan: Plan) -> None:
    response = client.get(reverse("plans:tasks"), {"export": "xlsx", "search": "取暖"})
    sheet = openpyxl.load_workbook(BytesIO(response.getvalue())).active
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0] == 1]

    assert len(rows) == 1
    assert "推进清洁取暖" in rows[0]
    assert "河口镇、柳林镇" in rows[0]
    assert LogEntry.objects.get(action="plans.ledger.export").after["filter"] == {"search": ["取暖"]}


def test_a_formula_in_a_plan_stays_text_in_excel(place: Place, office: Actor, client: Client) -> None:
    row = started(office, place)
    actions.EditEntry(
        office, row, "task", "t1", {"title": '=HYPERLINK("http://x","y")'}, reason="x"
    ).execute()
    actions.ConfirmImport(office, row, with_open_warnings=True).execute()
    response = client.get(reverse("plans:tasks"), {"export": "xlsx"})
    sheet = openpyxl.load_workbook(BytesIO(response.getvalue())).active

    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)


def test_the_task_page_shows_each_field_with_its_place(place: Place, client: Client, plan: Plan) -> None:
    task = plan.tasks.get(number="1")
    html = page(client, "task", task.pk)
    start, end = task.deadlines.get().span_start, task.deadlines.get().span_end

    assert f"{reverse('plans:plan_text', args=[plan.pk])}?at={start}-{end}" in html
    assert reverse("plans:unit_tasks", args=[place.bureau.pk]) in html
    assert "<mark>2024年9月底前</mark>" in html


def test_the_pages_of_a_plan_show_what_was_read(client: Client, plan: Plan) -> None:
    overview = page(client, "plan", plan.pk)
    text = page(client, "plan_text", plan.pk, at="5-9")

    assert "PM2.5" in overview
    assert "data-chart" in overview
    assert 'data-at="5-9"' in text
    assert "云政办〔2024〕7号" in text
    for name in ("targets", "duties", "sanctions", "imports", "plans"):
        page(client, name)
    target, duty = plan.target_rows.first(), plan.reportingduty_rows.first()
    assert target is not None and duty is not None
    assert "45" in page(client, "target", target.pk)
    assert "25" in page(client, "duty", duty.pk)


def test_an_officer_sees_the_own_unit_and_no_way_to_change(place: Place, plan: Plan) -> None:
    client = browser(place.user("department_officer", place.housing, "below"))
    first, second = plan.tasks.get(number="1"), plan.tasks.get(number="2")

    assert "推进清洁取暖" in page(client, "unit_tasks", place.housing.pk)
    assert "推进清洁取暖" in page(client, "task", second.pk)
    assert reverse("plans:task_edit", args=[second.pk]) not in page(client, "task", second.pk)
    for name, args, status in (
        ("task", [first.pk], 404),
        ("task_edit", [second.pk], 403),
        ("import_new", [], 403),
        ("imports", [], 403),
        ("plan_withdraw", [plan.pk], 403),
        ("plan_edit", [plan.pk], 403),
        ("import_check", [plan.source_import.pk], 403),
    ):
        assert client.get(reverse(f"plans:{name}", args=args)).status_code == status, name


def test_a_plan_of_another_place_is_not_there(place: Place, plan: Plan) -> None:
    client = browser(place.user("campaign_office", place.stranger, region=place.other))
    target = plan.target_rows.first()
    assert target is not None
    row = plan.source_import
    for name, args in (
        ("plan", [plan.pk]),
        ("plan_text", [plan.pk]),
        ("plan_edit", [plan.pk]),
        ("plan_withdraw", [plan.pk]),
        ("task", [plan.tasks.get(number="1").pk]),
        ("target", [target.pk]),
        ("import", [row.pk]),
        ("import_text", [row.pk]),
        ("import_entry", [row.pk, "task", "t1"]),
    ):
        assert client.get(reverse(f"plans:{name}", args=args)).status_code == 404, name
    assert "淘汰燃煤锅炉" not in page(client, "tasks")


def test_a_plan_is_withdrawn_from_its_page(client: Client, plan: Plan) -> None:
    url = reverse("plans:plan_withdraw", args=[plan.pk])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "wrong place"}).status_code == 302

    assert PlanImport.objects.get().status == ImportStatus.WITHDRAWN
    assert "淘汰燃煤锅炉" not in page(client, "tasks")


def test_an_import_is_discarded_from_its_page(place: Place, office: Actor, client: Client) -> None:
    row = started(office, place)
    assert client.post(reverse("plans:import_discard", args=[row.pk]), {"reason": ""}).status_code == 302

    assert PlanImport.objects.get().status == ImportStatus.DISCARDED
    assert client.get(reverse("plans:import_check", args=[row.pk])).status_code == 302
    page(client, "import", row.pk)


def test_a_long_text_comes_in_pieces(
    place: Place, office: Actor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lantian.apps.plans.sources.WHOLE", 100)
    monkeypatch.setattr("lantian.apps.plans.sources.CHUNK", 120)
    row = started(office, place)
    html = page(client, "import_check", row.pk)
    starts = re.findall(r'hx-get="[^"]*from=(\d+)"', html)
    pieces = "".join(page(client, "import_text", row.pk, **{"from": start}) for start in starts)
    text = re.sub(r"<[^>]*>", "", pieces)

    assert len(starts) >= 3
    assert PLAN.endswith(text.replace("&quot;", '"'))
    assert client.get(reverse("plans:import_text", args=[row.pk]), {"from": "7"}).status_code == 404


BUDGETS = {"plans": 14, "tasks": 18, "targets": 14, "duties": 14, "sanctions": 14, "imports": 14}


@pytest.mark.parametrize(("name", "budget"), BUDGETS.items())
def test_a_list_takes_the_same_number_of_queries_for_one_plan_and_for_five(
    place: Place,
    office: Actor,
    client: Client,
    plan: Plan,
    name: str,
    budget: int,
    django_assert_max_num_queries: Any,
) -> None:
    for _copy in range(4):
        actions.import_plan_from_text(office, PLAN, "方案", place.district, again=True)
    with django_assert_max_num_queries(budget):
        page(client, name)


def test_pages_of_one_row_have_a_budget_of_queries(
    client: Client, plan: Plan, django_assert_max_num_queries: Any
) -> None:
    task = plan.tasks.get(number="1")
    for name, key, budget in (("plan", plan.pk, 34), ("plan_text", plan.pk, 20), ("task", task.pk, 32)):
        with django_assert_max_num_queries(budget):
            page(client, name, key)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "tasks"),
    [
        ("huiji-2017", 51),
        ("jiyuan-2016", 65),
        ("shanyang-2022", 48),
        ("zhengzhou-2018-winter", 87),
        ("henan-2017", 119),
    ],
)
def test_a_real_plan_goes_through_the_whole_door(
    shared_dir: Path, place: Place, office: Actor, client: Client, name: str, tasks: int
) -> None:
    data = (shared_dir / "plans" / f"{name}.txt").read_bytes()
    plan = actions.import_plan_from_text(office, data, f"{name}.txt", place.district)

    # How many tasks there are is the reader's business and tested there; the door may lose none of them.
    assert plan.tasks.count() == len(plan.source_import.content.draft["tasks"])
    assert abs(plan.tasks.count() - tasks) <= 3
    assert not plan.tasks.filter(section__isnull=True).exists()
    assert plan.text.content[: plan.documents.first().span_end]
    for view in ("plan", "plan_text"):
        page(client, view, plan.pk)
    page(client, "tasks", plan=plan.pk)
    page(client, "task", plan.tasks.first().pk)
