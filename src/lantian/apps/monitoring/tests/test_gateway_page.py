"""Refused packets on the page of the gateway: readable, escaped, whatever somebody has sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lantian.apps.monitoring import gateway_pages
from lantian.apps.monitoring.views.gateway import shown

pytestmark = pytest.mark.django_db


def test_texts_of_both_encodings_are_read_and_signs_that_nobody_sees_are_shown() -> None:
    assert "##泵停␍␊" == shown("##泵停\r\n".encode("gb18030"))["text"]
    assert "##泵停␍␊␀" == shown("##泵停\r\n\0".encode())["text"]
    assert "23 23 0d 0a" == shown(b"##\r\n")["lines"][0]["hex"]


def test_what_a_packet_holds_is_shown_and_never_run(staff: Any, client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = '<script>alert("1")</script>'
    row = gateway_pages.Rejected(
        1, datetime(2026, 11, 26, tzinfo=UTC), hostile, hostile, "bad_length", hostile, f"##9999{hostile}".encode()
    )
    found = gateway_pages.Rejects([row], 1, {"bad_length": 1})
    monkeypatch.setitem(gateway_pages._lent, "rejects", lambda *_given: found)
    page = client_of(staff["campaign_office"]).get("/monitoring/gateway/").content.decode()
    assert "&lt;script&gt;alert(" in page
    assert hostile not in page
