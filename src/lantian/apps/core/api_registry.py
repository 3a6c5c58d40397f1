"""Routers of the web API: each app registers its own when it is loaded; the site puts them together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Part:
    """A router with the place where it hangs."""

    prefix: str
    router: Any
    order: int
    tag: str

    def load(self) -> Any:
        """The router itself; a dotted path is imported now and not when the app is loaded."""
        return import_string(self.router) if isinstance(self.router, str) else self.router


_parts: dict[str, Part] = {}


def register(prefix: str, router: Any, *, order: int = 100, tag: str = "") -> None:
    """Hang a router below ``/api/v1`` + prefix; registering a prefix again replaces the earlier router.

    Parameters
    ----------
    prefix
        Such as ``/plans``; it begins with a slash.
    router
        A :class:`ninja.Router`, or the dotted path of one.
    tag
        Heading in the documentation; the prefix without its slash if empty.
    """
    if not prefix.startswith("/"):
        raise ValueError(f"the prefix {prefix!r} must begin with a slash")
    _parts[prefix] = Part(prefix.rstrip("/") or "/", router, order, tag or prefix.strip("/"))


def parts() -> list[Part]:
    """All routers in their order."""
    return sorted(_parts.values(), key=lambda part: (part.order, part.prefix))
