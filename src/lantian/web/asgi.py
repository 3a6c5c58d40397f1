"""The site as an ASGI application, with a bound on what a request may bring."""

from __future__ import annotations

import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

REFUSAL = "提交的内容超过了系统允许的大小。\nWhat was sent is larger than this system accepts.\n"


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
    """

    def __init__(self, app: App, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass a request on and count."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"")
        if announced.isdigit() and int(announced) > self.limit:
            await self._refuse(send)
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
                await self._refuse(send)

    @staticmethod
    async def _refuse(send: Send) -> None:
        body = REFUSAL.encode()
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
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
    return BodyLimit(django, settings.MAX_BODY_BYTES)


application = _application()
