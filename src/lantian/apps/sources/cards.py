"""Cards of the home page: what waits for the word of who checks, what an enterprise has to confirm, grades that end."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.sources import access, own
from lantian.apps.sources.grading import GRADE_TONES, ending, grade_words
from lantian.apps.sources.models import DuplicatePair
from lantian.apps.sources.tables_grades import SOON_DAYS

#: lines of a card
LINES = 5
STYLES = ("sources/lists.css", "sources/own.css")


def proposals(request: HttpRequest) -> DashboardCard | None:
    """Proposed changes that wait for the account's own word, the oldest first."""
    from lantian.apps.sources.views.proposals import STEPS

    actor = Actor.of(request)
    if actor.user is None or not (actor.may(access.ENTRY_APPROVE) or actor.may(access.ENTRY_CHECK)):
        return None
    waiting = own.to_decide(actor.user)
    count = waiting.count()
    if not count:
        return None
    rows = list(waiting.select_related("source", "entry__list").order_by("created_at", "pk")[:LINES])
    for row in rows:
        row.step_words = STEPS.get(row.step, row.step)
    return DashboardCard(
        __("Proposed changes that wait for your word: %(n)s") % {"n": count},
        "sources/cards_decide.html",
        {"rows": rows, "more": count - len(rows)},
        icon="file-diff",
        url=f"{reverse('sources:proposals')}?turn=mine",
        styles=STYLES,
    )


def own_records(request: HttpRequest) -> DashboardCard | None:
    """The sources of an enterprise with what waits for its confirmation."""
    from lantian.apps.sources.views.own import numbers

    actor = Actor.of(request)
    if actor.user is None or not actor.may(access.OWN_CONFIRM):
        return None
    sources = list(own.sources_of(actor.user).order_by("name", "pk")[: LINES * 2])
    parts = own.parts_of(sources, timezone.localdate())
    return DashboardCard(
        __("Records of your enterprise"),
        "sources/cards_own.html" if sources else "sources/cards_own_none.html",
        {"rows": [{"source": source, **numbers(parts[source.pk])} for source in sources]},
        icon="clipboard-check",
        url=reverse("sources:own"),
        styles=STYLES,
    )


def duplicates(request: HttpRequest) -> DashboardCard | None:
    """Suspected duplicates that wait for who may merge, the surest first."""
    actor = Actor.of(request)
    if actor.user is None or not actor.may(access.SOURCE_MERGE):
        return None
    waiting = DuplicatePair.objects.visible_to(actor.user, access.SOURCE_MERGE).waiting()
    count = waiting.count()
    if not count:
        return None
    rows = list(waiting.select_related("first", "second").order_by("-score", "pk")[:LINES])
    for row in rows:
        row.percent = round(row.score * 100)
    return DashboardCard(
        __("Suspected duplicates that wait to be decided: %(n)s") % {"n": count},
        "sources/cards_duplicates.html",
        {"rows": rows, "more": count - len(rows)},
        icon="copy",
        url=f"{reverse('sources:duplicates')}?state=open",
        styles=STYLES,
    )


def grades(request: HttpRequest) -> DashboardCard | None:
    """Grades that end soon and that nothing follows, for who enters grades and for the enterprise itself."""
    actor = Actor.of(request)
    if actor.user is None or not (actor.may(access.GRADE_MANAGE) or actor.may(access.OWN_CONFIRM)):
        return None
    rows = ending(actor.user, display.campaign_today(), SOON_DAYS)
    if not rows:
        return None
    for row in rows[:LINES]:
        row.words, row.tone = grade_words(row.grade), GRADE_TONES.get(row.grade, "grey")  # type: ignore[attr-defined]
    return DashboardCard(
        __("Performance grades that end within %(days)s days: %(n)s") % {"days": SOON_DAYS, "n": len(rows)},
        "sources/cards_grades.html",
        {"rows": rows[:LINES], "more": len(rows) - len(rows[:LINES])},
        icon="award",
        url=f"{reverse('sources:grades')}?standing=soon",
        styles=STYLES,
    )
