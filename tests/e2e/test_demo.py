"""What a campaign office does on its first day, in a real browser against the real server."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from tests.e2e.conftest import DESKTOP, PHONE, Demo, Open

pytestmark = pytest.mark.e2e

#: who looks at what; the first is the office that runs the campaign
PAGES = {
    "gongjian": [
        "/",
        "/plans/",
        "/plans/1/",
        "/plans/1/board/",
        "/plans/1/board/?wall=1",
        "/plans/1/calendar/",
        "/plans/1/gantt/",
        "/plans/1/text/",
        "/plans/tasks/",
        "/plans/tasks/1/",
        "/plans/units/3/month/",
        "/plans/targets/",
        "/plans/duties/",
        "/plans/imports/",
        "/plans/imports/new/",
        "/sources/checks/",
        "/sources/checks/trade_without_emergency/",
        "/sources/subsidies/",
        "/organisations/",
        "/organisations/1/",
        "/people/",
        "/notifications/",
        "/jobs/",
        "/me/",
    ],
    "xitong": ["/", "/users/", "/users/1/", "/roles/", "/sessions/", "/regions/", "/imports/", "/jobs/"],
    "anquan": ["/users/1/", "/roles/", "/policy/", "/sessions/"],
    "shenji": ["/log/", "/log/1/", "/roles/"],
    "shiqiao": ["/", "/plans/tasks/", "/plans/targets/"],
    "qiye": ["/", "/sources/", "/sources/checks/"],
    "lingdao": ["/", "/plans/1/", "/plans/1/board/", "/plans/tasks/"],
}


def overflow(page: Any) -> int:
    """How many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("username", list(PAGES))
def test_every_page_of_a_role_opens_fits_the_window_and_speaks_chinese(
    open_as: Open, username: str, viewport: dict[str, int]
) -> None:
    page = open_as(username, viewport)
    wrong = []
    for address in PAGES[username]:
        answer = page.goto(address)
        page.wait_for_load_state("networkidle")
        heading = page.inner_text("h1")
        if (
            answer.status != 200
            or overflow(page) > 0
            or not any("\u4e00" <= sign <= "\u9fff" for sign in heading)
        ):
            wrong.append((address, answer.status, overflow(page), heading))

    assert wrong == []


def small_plan() -> bytes:
    """A plan in Word with two tasks, one target and something that tries to be a script."""
    document = docx.Document()
    for text in (
        "晴川市2026年秋季扬尘治理专项方案",
        "一、工作目标",
        "2026年，全市PM10年均浓度不高于70微克/立方米。",
        "二、重点任务",
        "1. 排查裸露土地<script>alert(1)</script>。9月底前完成120处裸露土地覆盖。",
        "牵头单位：市城市管理局",
        "责任单位：市水利局、市档案馆",
        "2. 冲洗主干道路。每日冲洗不少于3次，10月15日前更新洗扫车15辆。",
        "牵头单位：市住房和城乡建设局",
    ):
        document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_a_word_plan_goes_through_the_whole_door_and_comes_out_as_a_ledger(
    open_as: Open, tmp_path: Path
) -> None:
    path = tmp_path / "专项方案.docx"
    path.write_bytes(small_plan())
    page = open_as("gongjian")

    page.goto("/plans/imports/new/")
    page.set_input_files("input[type=file]", path)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/check/")
    text = page.inner_text("main")
    assert "<script>alert(1)</script>" in text
    assert "市档案馆" in text

    page.goto(page.url.replace("/check/", "/units/"))
    page.click("button[value=finish]")
    page.wait_for_load_state("networkidle")
    if "/confirm/" not in page.url:
        page.on("dialog", lambda dialog: dialog.accept())
        page.click("button[value=create]")
        confirmed = page.locator(".modal.show button.btn-primary, dialog[open] button.btn-primary")
        if confirmed.count():
            confirmed.first.click()
        page.wait_for_load_state("networkidle")
        if "/confirm/" not in page.url:
            page.click("button[value=finish]")
    page.wait_for_url("**/confirm/")
    page.click("main button:has-text('确认入账')")
    page.wait_for_url("**/plans/*/")

    assert "晴川市2026年秋季扬尘治理专项方案" in page.inner_text("h1")
    page.goto("/plans/tasks/?search=裸露土地")
    page.wait_for_load_state("networkidle")
    row = page.inner_text("main table tbody")
    assert "市城市管理局" in row
    assert "2026-09-30" in row

    with page.expect_download() as caught:
        page.click("a:has-text('导出')")
    book = openpyxl.load_workbook(io.BytesIO(Path(caught.value.path()).read_bytes()))
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row if cell is not None]
    assert any("排查裸露土地" in cell for cell in cells)
    assert not any("冲洗主干道路" in cell for cell in cells)


def test_a_department_sees_its_own_tasks_only(open_as: Open, demo: Demo) -> None:
    office, department = open_as("gongjian"), open_as("zhujian")
    office.goto("/plans/tasks/?page_size=100")
    department.goto("/plans/tasks/?page_size=100")
    every, own = (
        office.locator("main table tbody tr").count(),
        department.locator("main table tbody tr").count(),
    )
    answer = department.goto("/users/")

    assert 0 < own < every
    assert answer.status == 403
    assert demo.organisations["zhujian"] == "晴川市住房和城乡建设局"


def test_a_wrong_file_is_answered_in_chinese_and_nothing_is_kept(open_as: Open, tmp_path: Path) -> None:
    page = open_as("gongjian")
    page.goto("/plans/imports/")
    before = page.locator("main table tbody tr").count()
    path = tmp_path / "方案.docx"
    path.write_bytes(b"\x00\x01" * 5000)

    page.goto("/plans/imports/new/")
    page.set_input_files("input[type=file]", path)
    page.click("main form button[type=submit]")
    page.wait_for_load_state("networkidle")
    answer = page.inner_text("main")
    page.goto("/plans/imports/")

    assert "损坏" in answer or "无法识别" in answer or "不符" in answer
    assert page.locator("main table tbody tr").count() == before


def test_the_language_can_be_switched_to_english_and_back(open_as: Open) -> None:
    page = open_as("gongjian")
    with page.expect_navigation():
        page.click("button:has-text('English'), button[aria-label='English']")
    page.goto("/plans/tasks/")
    english = page.inner_text("h1")
    with page.expect_navigation():
        page.click("button:has-text('中文'), button[aria-label='中文'], button:has-text('简体中文')")
    page.goto("/plans/tasks/")

    assert english == "Task ledger"
    assert page.inner_text("h1") == "任务台账"


def test_a_town_officer_finds_the_tasks_that_the_plan_gives_to_all_towns(open_as: Open) -> None:
    page = open_as("shiqiao", PHONE)
    page.goto("/plans/tasks/")
    listed = page.inner_text("main")

    assert "禁止露天焚烧" in listed
    assert "严格新建项目准入" not in listed
