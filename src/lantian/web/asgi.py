"""The site as an ASGI application, with a bound on what a request may bring."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Mapping[bytes, bytes]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

REFUSAL = "提交的内容超过了系统允许的大小。\nWhat was sent is larger than this system accepts.\n"

#: of a body that a browser announces, so many times the limit is passed over for it to see the answer
_PATIENCE = 8


class BodyTooLarge(Exception):
    """More was sent than is accepted."""


class BodyLimit:
    """Refuse a request body over a size, announced or not, before the rest of it is taken in.

    Django stores a whole body on the disk before it looks at it; a sender without end would fill the disk.

    Parameters
    ----------
    app
        The application behind.
    limit
        Largest body [byte].
    page
        Gives the page that tells a browser of it, from the headers of the request; without one it is told in a line.
    """

    def __init__(self, app: App, limit: int, page: Callable[[Headers], bytes] | None = None) -> None:
        self.app, self.limit, self.page = app, limit, page

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on and count."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.limit:
            if self._by_browser(scope):
                # Browsers show no answer before they have sent everything: what is not kept is let through, up to a bound.
                await self._pass_over(receive, self.limit * _PATIENCE)
            await self._refuse(scope, send)
            return
        taken = 0
        begun = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self.limit:
                    raise BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, counted, watched)
        except BodyTooLarge:
            if not begun:
                await self._refuse(scope, send)

    def _by_browser(self, scope: MutableMapping[str, Any]) -> bool:
        return self.page is not None and b"text/html" in dict(scope["headers"]).get(b"accept", b"")

    @staticmethod
    async def _pass_over(receive: Receive, most: int) -> None:
        """Take in and forget what is sent."""
        taken, more = 0, True
        while more and taken <= most:
            message = await receive()
            taken += len(message.get("body", b""))
            more = message["type"] == "http.request" and bool(message.get("more_body"))

    async def _refuse(self, scope: MutableMapping[str, Any], send: Send) -> None:
        shown = self._by_browser(scope) and self.page is not None
        body = self.page(dict(scope["headers"])) if shown and self.page is not None else REFUSAL.encode()
        headers = [
            (b"content-type", b"text/html; charset=utf-8" if shown else b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", b"default-src 'self'"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _application() -> App:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
    django: Any = get_asgi_application()
    from django.conf import settings
    from django.urls import get_resolver

    from lantian.apps.air import warming

    # What is loaded now stays for ever: loaded before the first visitor comes, and not looked through at each
    # collection of garbage.
    get_resolver().url_patterns  # noqa: B018
    gc.collect()
    gc.freeze()
    # A page of a long list makes some hundred thousand objects, and hardly any in circles.
    gc.set_threshold(20_000, 20, 20)
    warming.start()
    return BodyLimit(django, settings.MAX_BODY_BYTES, too_large_page)


def too_large_page(headers: Headers) -> bytes:
    """The page of the house for a body over the limit, in the language that the browser has chosen here."""
    from http.cookies import CookieError, SimpleCookie

    from django.conf import settings
    from django.utils import translation

    from lantian.web import errors

    cookies: SimpleCookie = SimpleCookie()
    with contextlib.suppress(CookieError):
        cookies.load(headers.get(b"cookie", b"").decode("latin-1"))
    held = cookies.get(settings.LANGUAGE_COOKIE_NAME)
    known = dict(settings.LANGUAGES)
    with translation.override(held.value if held is not None and held.value in known else settings.LANGUAGE_CODE):
        return errors.body_too_large(settings.MAX_BODY_BYTES).content


application = _application()
