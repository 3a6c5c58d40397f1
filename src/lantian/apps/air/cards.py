"""The card of the home page."""

from __future__ import annotations

import logging

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.air import indices, now, periods, queries
from lantian.apps.air.access import STATION_VIEW
from lantian.apps.air.books import BooksUnusable, scheme_for
from lantian.apps.air.views.region import yesterday
from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.lake.errors import LakeError

logger = logging.getLogger(__name__)


def air(request: HttpRequest) -> DashboardCard | None:
    """The last hour and the year of the own place; nothing where the lake cannot be read, which its own pages say."""
    try:
        return _card(request)
    except (LakeError, BooksUnusable):
        logger.exception("the card of the air could not be made")
        return None


def _card(request: HttpRequest) -> DashboardCard | None:
    if not Actor.of(request).may(STATION_VIEW):
        return None
    region = queries.home_region(request.user)
    if region is None:
        return None
    day = yesterday()
    period = periods.year_to_date(day)
    place = queries.places([region], period.first, day)[0]
    found = now.look(region, timezone.now())
    here = found.of(region)
    if here is None or not place.points:
        return None
    evaluated = queries.evaluation(place, period)
    days = queries.place_days(place, period.first, day, scheme_for(period), excluding_events=False)
    last = indices.of_days({day: days.days[day]}).get(day) if day in days.days else None
    context = {
        "region": region,
        "hour": found.hour,
        "here": here,
        "day": day,
        "last": last,
        "evaluation": evaluated,
        "pm25": evaluated.statistics["PM2.5"],
        "rows": [row for row in found.places if row.place.pk != region.pk][:8],
    }
    return DashboardCard(
        __("Air of %(place)s") % {"place": region.name},
        "air/card.html",
        context,
        icon="cloud",
        url=reverse("air:now"),
        styles=("air/air.css",),
    )
