"""What the first visitor would wait for, done beforehand: tables of indices, and the days of this year and the last."""

from __future__ import annotations

import logging
import threading
from datetime import date

from django.utils import timezone

from lantian.apps.air import readings
from lantian.apps.air.books import BooksUnusable, office
from lantian.lake.errors import LakeError
from lantian.lake.schema import AIR_HOUR
from lantian.rules.air.aqi import scheme_of
from lantian.rules.air.columns import compiled
from lantian.rules.air.labels import BEIJING

logger = logging.getLogger(__name__)


def warm() -> None:
    """Read what most pages need; a lake that cannot be read is said by the pages themselves."""
    try:
        for book in office().aqi.books:
            for interval in ("hour", "day"):
                compiled(scheme_of(book, interval))
        now = timezone.now()
        readings.last_hour(now)
        readings.standing().listing.live(AIR_HOUR)
        today = now.astimezone(BEIJING).date()
        readings.standing().months(date(today.year - 1, 1, 1), today)
    except (LakeError, BooksUnusable, OSError):
        logger.warning("the lake could not be read beforehand", exc_info=True)


def start() -> threading.Thread:
    """Do it beside what the process does else; one that ends meanwhile waits the seconds that it still takes."""
    thread = threading.Thread(target=warm, name="air-warming")
    thread.start()
    return thread
