"""A real demo on a real port, and a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lantian.web import assets

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: A new browser that talks to nobody but the page.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class Demo:
    """A demo that is being served."""

    address: str
    passwords: dict[str, str]
    organisations: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Load the demo city and serve it, as ``./lantian demo`` does."""
    if not assets.complete():
        pytest.fail("the libraries of the pages are missing; run ./lantian once")
    data = tmp_path_factory.mktemp("demo")
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("LANTIAN_", "DJANGO_"))
    }
    variables |= {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lantian.cli.main", "demo", "--port", "0", "--data", str(data)],
        env=variables,
        cwd=data,
        stdout=(data / "console.txt").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        yield wait_for(process, data)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(process: subprocess.Popen[bytes], data: Path) -> Demo:
    """Wait until the console has named the address and the site answers there."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        console = (data / "console.txt").read_text(encoding="utf-8")
        named = re.search(r"http://127\.0\.0\.1:\d+", console)
        if named:
            with suppress(OSError), urllib.request.urlopen(f"{named[0]}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    rows = json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))
                    return Demo(
                        named[0],
                        {row["username"]: row["password"] for row in rows},
                        {row["username"]: row["organisation"] for row in rows},
                    )
        time.sleep(0.1)
    pytest.fail("the demo did not start:\n" + (data / "console.txt").read_text(encoding="utf-8")[-3000:])


# Closed with the module: Playwright keeps an event loop running, beside which other tests could not start theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; install the package chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


Open = Callable[..., Any]


@pytest.fixture
def open_as(browser: Any, demo: Demo) -> Iterator[Open]:
    """Log in as somebody and give the page; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_as(username: str, viewport: dict[str, int] = DESKTOP) -> Any:
        context = browser.new_context(viewport=viewport, locale="zh-CN", base_url=demo.address)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        # An answer of 403 to a page is for the test to judge; a part of a page that is missing is a fault.
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and "Failed to load resource" not in message.text
                and complaints.append(f"{page.url}: {message.text}")
            ),
        )
        page.on(
            "response",
            lambda answer: (
                answer.status >= 400
                and answer.request.resource_type != "document"
                and complaints.append(f"{page.url}: {answer.url} {answer.status}")
            ),
        )
        page.goto("/login/")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", demo.passwords[username])
        with page.expect_navigation():
            page.click("form button[type=submit]:has-text('登录')")
        assert "/login/" not in page.url
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []
