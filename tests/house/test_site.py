"""What every answer of the site carries, and what a request may bring."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from lantian.web.asgi import BodyLimit, too_large_page
from lantian.web.middleware import PrivacyMiddleware
from lantian.web.validators import PolicyValidator


@pytest.mark.django_db
def test_the_policy_of_contents_allows_no_foreign_and_no_inline_script() -> None:
    header = Client().get("/healthz").headers["Content-Security-Policy"]
    policy = {part.split()[0]: part.split()[1:] for part in header.split(";")}

    assert ["'self'"] == policy["script-src"] == policy["default-src"] == policy["style-src"] == policy["form-action"]
    assert ["'none'"] == policy["object-src"] == policy["frame-ancestors"]
    assert "'unsafe-inline'" not in header.replace("style-src-attr 'unsafe-inline'", "")
    assert "unsafe-eval" not in header
    assert "http" not in header


@pytest.mark.django_db
def test_the_other_headers_of_protection_are_there() -> None:
    headers = Client().get("/login/").headers

    assert {"nosniff", "DENY", "same-origin"} == {
        headers["X-Content-Type-Options"],
        headers["X-Frame-Options"],
        headers["Referrer-Policy"],
    }
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "no-store" in headers["Cache-Control"]


def test_pages_that_asked_who_it_is_stay_out_of_caches_and_others_do_not() -> None:
    request = RequestFactory().get("/")
    answer = PrivacyMiddleware(lambda _request: HttpResponse("x"))

    assert "Cache-Control" not in answer(request).headers
    request.session = type("Session", (), {"accessed": True})()
    assert "private, no-store" == answer(request).headers["Cache-Control"]


def test_a_page_may_set_its_own_rule_for_caches() -> None:
    request = RequestFactory().get("/")
    request.session = type("Session", (), {"accessed": True})()
    answer = PrivacyMiddleware(lambda _request: HttpResponse("x", headers={"Cache-Control": "max-age=60"}))

    assert "max-age=60" == answer(request).headers["Cache-Control"]


def test_cookies_cannot_be_read_by_scripts_nor_sent_by_other_sites() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert "Lax" == settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE


def test_no_password_is_stored_by_anything_weaker_than_argon2() -> None:
    # The settings under test put a quick one in front of the real list.
    assert "Argon2" in settings.PASSWORD_HASHERS[1]


@pytest.mark.django_db
def test_djangos_own_commands_obey_the_password_policy() -> None:
    with pytest.raises(ValidationError) as caught:
        PolicyValidator().validate("abc")

    assert "password_policy" == caught.value.error_list[0].code
    PolicyValidator().validate("Qk7-blue-Sky-42x")


def call(app: Any, parts: list[bytes], headers: list[tuple[bytes, bytes]] = []) -> tuple[int, bytes, int]:  # noqa: B006
    """Send a request in parts; status, body, and how many parts were taken in."""
    taken = 0
    answer: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        nonlocal taken
        part = parts[taken]
        taken += 1
        return {"type": "http.request", "body": part, "more_body": taken < len(parts)}

    async def send(message: MutableMapping[str, Any]) -> None:
        answer.append(message)

    asyncio.run(app({"type": "http", "headers": headers}, receive, send))
    return answer[0]["status"], b"".join(m.get("body", b"") for m in answer[1:]), taken


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Answer with the number of bytes."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def test_a_body_up_to_the_limit_is_taken() -> None:
    assert (200, b"10", 2) == call(BodyLimit(echo, 10), [b"12345", b"67890"])


def test_a_body_that_is_announced_as_too_large_is_not_read() -> None:
    status, body, taken = call(BodyLimit(echo, 10), [b"x" * 11], [(b"content-length", b"11")])

    assert (413, 0) == (status, taken)
    assert "超过" in body.decode()


def test_a_browser_gets_the_page_of_the_house_after_its_body_was_passed_over() -> None:
    html = (b"accept", b"text/html,*/*")
    limited = BodyLimit(echo, 10, too_large_page)
    status, body, taken = call(limited, [b"x" * 6, b"x" * 6], [(b"content-length", b"12"), html])
    assert (413, 2) == (status, taken)
    assert "60 MB" in body.decode()
    assert "不能" in body.decode() or "最多" in body.decode()
    english = (b"cookie", b"django_language=en; a=b")
    _status, body, _taken = call(limited, [b"x" * 12], [(b"content-length", b"12"), html, english])
    assert "At most 60 MB" in body.decode()
    # A sender without end is not listened to for ever.
    _status, _body, taken = call(limited, [b"x" * 10] * 200, [(b"content-length", b"2000"), html])
    assert taken < 12


def test_a_body_that_grows_too_large_is_cut_off_at_once() -> None:
    status, _body, taken = call(BodyLimit(echo, 10), [b"12345", b"67890", b"1", *[b"x" * 1000] * 50])

    assert (413, 3) == (status, taken)


def test_an_announced_size_that_is_a_lie_helps_nobody() -> None:
    status, _body, taken = call(BodyLimit(echo, 10), [b"x" * 8, b"x" * 8], [(b"content-length", b"8")])

    assert (413, 2) == (status, taken)
