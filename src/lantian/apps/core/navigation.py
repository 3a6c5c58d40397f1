"""The side navigation: each app registers its pages when it is loaded; the frame shows what the account may open."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the navigation."""

    code: str
    label: Any
    order: int


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the navigation.

    Attributes
    ----------
    icon
        Name of a Tabler icon without its prefix, such as ``list-check``.
    permission
        Code that the account must carry, or None for everybody who is logged in.
    """

    section: str
    label: Any
    url_name: str
    icon: str
    permission: str | None
    order: int


@dataclass(frozen=True, slots=True)
class Link:
    """An item as one request sees it."""

    label: Any
    url: str
    icon: str
    active: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A heading with the links below it."""

    code: str
    label: Any
    links: tuple[Link, ...]


_sections: dict[str, Section] = {}
_items: dict[str, Item] = {}


def register_section(code: str, label: Any, order: int) -> None:
    """Make a heading known."""
    _sections[code] = Section(code, label, order)


register_section("home", "", 0)
register_section("plans", _("Plans and tasks"), 10)
register_section("air", _("Air quality"), 20)
register_section("sources", _("Sources under control"), 30)
register_section("monitoring", _("Source monitoring"), 35)
register_section("response", _("Warning and response"), 40)
register_section("supervision", _("Supervision"), 50)
register_section("assessment", _("Assessment"), 60)
register_section("base", _("Places and organisations"), 80)
register_section("admin", _("Administration"), 90)


def register(
    section: str,
    label: Any,
    url_name: str,
    icon: str,
    permission: str | None = None,
    order: int = 100,
) -> None:
    """Put a page into the navigation; registering a URL name again replaces the earlier entry.

    Raises
    ------
    KeyError
        If nobody has registered the section.
    """
    if section not in _sections:
        raise KeyError(f"the navigation has no section {section!r}")
    _items[url_name] = Item(section, label, url_name, icon, permission, order)


def items() -> list[Item]:
    """Everything that is registered, in the order of the page."""
    return sorted(_items.values(), key=lambda item: (_sections[item.section].order, item.order))


def _resolve(item: Item) -> str | None:
    try:
        return reverse(item.url_name)
    except NoReverseMatch:
        logger.warning("the navigation names the page %s, which has no address", item.url_name)
        return None


def groups_for(request: HttpRequest) -> list[Group]:
    """The navigation as the account behind a request may use it, with the current page marked."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    allowed = [item for item in items() if item.permission is None or user.may(item.permission)]
    placed = [(item, url) for item in allowed if (url := _resolve(item)) is not None]
    # The deepest address that the page lies under is the current one: /plans/tasks/3/ belongs to /plans/tasks/.
    under = [url for _, url in placed if request.path == url or (url != "/" and request.path.startswith(url))]
    current = max(under, key=len, default=None)
    found: dict[str, list[Link]] = {}
    for item, url in placed:
        found.setdefault(item.section, []).append(Link(item.label, url, item.icon, url == current))
    return [Group(code, _sections[code].label, tuple(links)) for code, links in found.items()]
