"""The home page: each app offers cards, and the frame lays them out for the account that looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class DashboardCard:
    """One card of the home page.

    Attributes
    ----------
    title
        Heading, in the language of the page; empty for a card that is its template alone.
    template
        Template of the body.
    context
        What the template is given, under the name ``card``.
    width
        Columns out of twelve on a wide screen; a phone shows every card at full width.
    url
        Page that says more.
    styles
        Static files with the styles of the body, beyond those of every page.
    """

    title: Any
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    width: int = 6
    icon: str = ""
    url: str = ""
    styles: tuple[str, ...] = ()


Provider = Callable[[HttpRequest], "DashboardCard | Iterable[DashboardCard] | None"]

_providers: list[tuple[int, Provider]] = []


def register(provider: Provider, order: int = 100) -> None:
    """Make a provider known: it is called with the request and gives a card, several, or None for nothing."""
    if all(known is not provider for _, known in _providers):
        _providers.append((order, provider))
        _providers.sort(key=lambda pair: pair[0])


def cards_for(request: HttpRequest) -> list[DashboardCard]:
    """The cards that the account behind a request is shown."""
    cards: list[DashboardCard] = []
    for _, provider in _providers:
        offered = provider(request)
        if offered is None:
            continue
        cards.extend([offered] if isinstance(offered, DashboardCard) else offered)
    return cards
