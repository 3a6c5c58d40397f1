"""Declare a warning of heavy pollution, change its level, lift it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import display, duties
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import Region
from lantian.apps.monitoring.access import DAILY_SEND, WARNING_DECLARE, WARNING_VIEW
from lantian.apps.monitoring.choices_daily import WarningLevel
from lantian.apps.monitoring.models import PollutionWarning
from lantian.apps.monitoring.places import may_act_for, office_of

#: how far ahead something may be entered [d]
AHEAD_DAYS = 7
#: accounts that are told of a warning at most
MOST_TOLD = 500


class _WarningStep(Action[PollutionWarning]):
    permission = WARNING_DECLARE

    def not_far_ahead(self, name: str, moment: datetime) -> None:
        """A moment that is typed wrongly is mostly far away."""
        if moment > timezone.now() + timedelta(days=AHEAD_DAYS):
            said = __("At most %(days)s days ahead.") % {"days": AHEAD_DAYS}
            raise Invalid(fields={name: said})

    def tell(self, row: PollutionWarning, title: str) -> None:
        """Who sends the daily report of the place, the actor left out."""
        place = PollutionWarning.objects.filter(pk=row.pk)
        users = [
            user
            for user in duties.holders(DAILY_SEND, without=self.actor.user)[:MOST_TOLD]
            if place.visible_to(user, DAILY_SEND).exists()
        ]
        self.notify(users, "monitoring.warning", title, body=row.document, url=row.get_absolute_url())


class DeclareWarning(_WarningStep):
    """Enter a warning, or a past one with its end.

    Parameters
    ----------
    end
        Not included; None while it holds.
    """

    code = "monitoring.warning.declare"

    def __init__(
        self, actor: Actor, *, region: Region, level: str, begin: datetime, document: str,
        end: datetime | None = None, end_document: str = "", reason: str = "",
    ) -> None:  # fmt: skip
        super().__init__(actor, reason=reason)
        self.region, self.level, self.begin, self.end = region, level, begin, end
        self.document, self.end_document = document.strip(), end_document.strip()

    def check(self) -> None:
        """The office of the place."""
        super().check()
        if not may_act_for(self.actor, WARNING_DECLARE, self.region):
            raise NotAllowed(permission=WARNING_DECLARE)

    def validate(self) -> None:
        """At one place one warning holds at a time."""
        super().validate()
        if self.level not in WarningLevel.values:
            raise Invalid(fields={"level": __("Choose one of the values.")})
        if not self.document:
            raise Invalid(fields={"document": __("Write the number of the document.")})
        if self.end is not None and self.end <= self.begin:
            raise Invalid(fields={"end": __("The end lies before the beginning.")})
        self.not_far_ahead("begin", self.begin)
        # Who declares at the same place at the same moment waits, and then finds the other one.
        Region.objects.select_for_update().get(pk=self.region.pk)
        rows = PollutionWarning.objects.filter(region=self.region).filter(Q(end__isnull=True) | Q(end__gt=self.begin))
        other = (rows if self.end is None else rows.filter(begin__lt=self.end)).order_by("begin").first()
        if other is not None:
            said = __("A warning holds there already since %(begin)s (%(document)s). Change its level or lift it.")
            raise Conflict(said % {"begin": display.campaign_date(other.begin), "document": other.document})

    def perform(self) -> PollutionWarning:
        """Write it and tell who reports."""
        row = PollutionWarning()
        self.save(
            row, region=self.region, level=self.level, begin=self.begin, end=self.end, document=self.document,
            end_document=self.end_document, organisation=office_of(self.region), entered_by=self.actor.user,
        )  # fmt: skip
        if self.end is None or self.end > timezone.now():
            said = __("%(level)s declared: %(place)s") % {"level": row.get_level_display(), "place": str(row.region)}
            self.tell(row, said)
        return row


class _OnWarning(_WarningStep):
    def __init__(self, actor: Actor, row: PollutionWarning, *, at: datetime, document: str, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row, self.at, self.document = row, at, document.strip()

    def subject(self) -> PollutionWarning:
        """The warning."""
        return self.row

    def check(self) -> None:
        """The office of the place; who does not see it learns nothing of it."""
        super().check()
        self.check_row(self.row, WARNING_VIEW)
        if not may_act_for(self.actor, WARNING_DECLARE, self.row.region):
            raise NotAllowed(permission=WARNING_DECLARE)

    def validate(self) -> None:
        """Only one that still holds, and forward in time."""
        super().validate()
        fresh = PollutionWarning.objects.select_for_update().filter(pk=self.row.pk).first()
        if fresh is None:
            raise NotFound
        self.row = fresh
        if fresh.end is not None:
            raise Conflict(__("This level has ended already at %(end)s.") % {"end": display.campaign_date(fresh.end)})
        if not self.document:
            raise Invalid(fields={"document": __("Write the number of the document.")})
        if self.at <= fresh.begin:
            said = __("It holds since %(begin)s; give a later moment.") % {"begin": display.campaign_date(fresh.begin)}
            raise Invalid(fields={"at": said})
        self.not_far_ahead("at", self.at)


class ChangeWarningLevel(_OnWarning):
    """Raise or lower the level from a moment on: the row ends, and the next one of the episode begins."""

    code = "monitoring.warning.change_level"

    def __init__(self, actor: Actor, row: PollutionWarning, *, level: str, **values: Any) -> None:
        super().__init__(actor, row, **values)
        self.level = level

    def validate(self) -> None:
        """To another level."""
        super().validate()
        if self.level not in WarningLevel.values:
            raise Invalid(fields={"level": __("Choose one of the values.")})
        if self.level == self.row.level:
            raise Invalid(fields={"level": __("It has this level already.")})

    def perform(self) -> PollutionWarning:
        """End the one and begin the other."""
        self.save(self.row, end=self.at)
        row = PollutionWarning()
        self.save(
            row, region=self.row.region, level=self.level, begin=self.at, document=self.document, follows=self.row,
            organisation=self.row.organisation, entered_by=self.actor.user,
        )  # fmt: skip
        said = __("Now %(level)s: %(place)s") % {"level": row.get_level_display(), "place": str(row.region)}
        self.tell(row, said)
        return row


class LiftWarning(_OnWarning):
    """Lift a warning from a moment on."""

    code = "monitoring.warning.lift"

    def perform(self) -> PollutionWarning:
        """End it."""
        self.save(self.row, end=self.at, end_document=self.document)
        said = __("%(level)s lifted: %(place)s") % {"level": self.row.get_level_display(), "place": str(self.row.region)}
        self.tell(self.row, said)
        return self.row
