"""A task from the street to the close-out, and a plan held against the plan above, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import PHONE, Open
from tests.e2e.test_demo import overflow

pytestmark = pytest.mark.e2e

#: the smallest JPEG head that a file check takes for a photo
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(64)


def open_task(page: Any, title: str) -> None:
    page.goto(f"/plans/tasks/?search={title}")
    page.wait_for_load_state("networkidle")
    page.locator(f"main a[href^='/plans/tasks/'][href$='/']:has-text('{title}')").first.click()
    page.wait_for_url("**/plans/tasks/*/")


def press(page: Any, words: str) -> None:
    page.click(f"main .pl-work-steps a:has-text('{words}')")
    page.wait_for_load_state("networkidle")


def test_an_officer_reports_from_a_phone_and_supervision_sends_back_and_accepts(
    open_as: Open, tmp_path: Path
) -> None:
    photo = tmp_path / "现场.jpg"
    photo.write_bytes(PHOTO)
    officer = open_as("huanjing", PHONE)
    open_task(officer, "控制降尘量")
    address = officer.url
    press(officer, "填报进展")
    assert overflow(officer) <= 0
    officer.fill("[name=percent]", "90")
    officer.fill("[name=note]", "本月平均降尘量6.4吨/月·平方公里")
    officer.set_input_files("[name=evidence]", photo)
    officer.click("main form button[type=submit]")
    officer.wait_for_url(address)
    text = officer.inner_text("main")
    assert "本月平均降尘量6.4吨/月·平方公里" in text
    assert "现场.jpg" in text
    assert overflow(officer) <= 0
    press(officer, "申请销号")
    officer.fill("[name=percent]", "100")
    officer.click("main form button[type=submit]")
    officer.wait_for_url(address)
    assert "待验收" in officer.inner_text("main .pl-work")
    assert officer.locator("main .pl-work-steps a:has-text('同意销号')").count() == 0

    judge = open_as("ducha")
    judge.goto(address)
    press(judge, "退回")
    judge.fill("[name=reason]", "请补充12月数据")
    judge.click("main form button[type=submit]")
    judge.wait_for_url(address)
    officer.goto(address)
    assert "请补充12月数据" in officer.inner_text("main")
    press(officer, "申请销号")
    officer.fill("[name=note]", "已补充")
    officer.click("main form button[type=submit]")
    officer.wait_for_url(address)
    judge.goto(address)
    press(judge, "同意销号")
    judge.click("main form button[type=submit]")
    judge.wait_for_url(address)
    assert judge.locator("main .pl-work .lt-light-green").count() == 1


def test_the_office_reads_both_plans_side_by_side_and_corrects_a_finding(open_as: Open) -> None:
    page = open_as("gongjian")
    page.goto("/plans/")
    page.wait_for_load_state("networkidle")
    page.click("main a[href^='/plans/']:has-text('攻坚实施方案')")
    page.wait_for_load_state("networkidle")
    page.click("main a:has-text('上级方案')")
    page.wait_for_load_state("networkidle")
    page.click("main form button:has-text('开始对照')")
    page.wait_for_url("**/plans/comparisons/*/")
    first = page.locator("article.pl-cmp").first
    assert first.locator(".pl-cmp-up").inner_text()
    first.locator("button:has-text('确认')").click()
    page.wait_for_load_state("networkidle")
    assert "已确认" in page.locator("article.pl-cmp").first.inner_text()
    page.locator("article.pl-cmp").nth(1).locator("a:has-text('更正')").click()
    page.wait_for_load_state("networkidle")
    page.select_option("[name=status]", "not_applicable")
    page.select_option("[name=deadline]", "none")
    page.select_option("[name=quantity]", "none")
    page.fill("[name=note]", "由市级直接落实")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/plans/comparisons/*/**")
    page.goto(page.url.split("?")[0].split("#")[0] + "?show=all")
    assert "由市级直接落实" in page.inner_text("main")
    with page.expect_download() as caught:
        page.click("a:has-text('Word报告')")
    assert Path(caught.value.path()).read_bytes()[:2] == b"PK"
