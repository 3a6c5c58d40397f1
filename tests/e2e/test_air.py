"""The air of the demo city in a real browser: from the map to a station, from a number to its reasons."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import DESKTOP, PHONE, Open
from tests.e2e.test_demo import overflow

pytestmark = pytest.mark.e2e


def ready(page: Any, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert overflow(page) <= 0, path


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_the_map_to_a_station_and_from_a_number_to_its_reasons(open_as: Open, size: Any) -> None:
    page = open_as("lingdao", size)
    ready(page, "/air/")
    assert page.locator(".air-pin").count() == 11
    assert page.locator("path.air-area").count() == 6
    page.locator(".air-pin").first.click(force=True)
    page.locator(".air-pop a").click()
    page.wait_for_url("**/air/stations/*/")
    page.wait_for_load_state("networkidle")
    assert page.locator(".lt-chart svg").count() == 3
    assert overflow(page) <= 0

    ready(page, "/air/")
    page.click(".air-head a.air-big")
    page.wait_for_url("**/air/regions/*/")
    page.click("main table a:has-text('依据') >> nth=0")
    page.wait_for_load_state("networkidle")
    said = page.inner_text("main")
    assert "HJ 663-2026" in said
    assert "÷" in said
    assert overflow(page) <= 0


def test_rankings_open_their_arithmetic_and_charts_are_saved_as_pictures(open_as: Open) -> None:
    page = open_as("gongjian")
    ready(page, "/air/rankings/?list=change")
    assert page.locator(".air-ranks > li").count() == 6
    page.locator(".air-ranks summary").first.click()
    assert "÷" in page.locator(".air-ranks details[open] .air-arithmetic").inner_text()
    for path in ("/air/compare/", "/air/exclusions/", "/air/exclusions/new/", "/air/stations/"):
        ready(page, path)

    ready(page, "/air/compare/")
    box = page.locator(".lt-chart").first.bounding_box()
    with page.expect_download() as saved:
        # The sign of the chart is drawn, not an element of the page.
        page.mouse.click(box["x"] + box["width"] - 25, box["y"] + 25)
    assert saved.value.suggested_filename.endswith(".png")
