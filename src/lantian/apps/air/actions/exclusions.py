"""Hours that do not count, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.air.access import EXCLUSION_MANAGE
from lantian.apps.air.models import Exclusion, Station
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import Region

#: nothing lasts longer than this [days]
_LONGEST = 366


class AddExclusion(Action[Exclusion]):
    """Say which hours of a place or of a station do not count; the values stay as they are.

    Parameters
    ----------
    start, end
        The first hour begins and the last hour ends.
    source
        The document or message that says so.
    """

    code = "air.exclusion.add"
    permission = EXCLUSION_MANAGE
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        *,
        region: Region | None,
        station: Station | None,
        start: datetime,
        end: datetime,
        pollutants: Sequence[str],
        kind: str,
        source: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.region, self.station = region, station
        self.start, self.end, self.pollutants = start, end, list(pollutants)
        self.kind, self.source = kind, source

    def validate(self) -> None:
        """Refuse an empty or endless time, and a station without a place."""
        super().validate()
        if self.station is not None:
            if self.region is None:
                self.region = self.station.region
            elif self.station.region is None or not self.station.region.path.startswith(self.region.path):
                raise Invalid(fields={"station": __("This station does not lie in the place chosen.")})
        if self.region is None:
            raise Invalid(fields={"region": __("Choose a place or a station that lies in one.")})
        if self.end <= self.start:
            raise Invalid(fields={"last": __("The end lies before the beginning.")})
        if (self.end - self.start).days > _LONGEST:
            raise Invalid(fields={"last": __("This is longer than a year.")})

    def perform(self) -> Exclusion:
        """Write it."""
        row = Exclusion()
        self.save(
            row,
            region=self.region,
            station=self.station,
            start=self.start,
            end=self.end,
            pollutants=self.pollutants,
            kind=self.kind,
            source=self.source,
            reason=self.reason,
        )
        if not self.actor.rows(Exclusion.objects.filter(pk=row.pk), EXCLUSION_MANAGE).exists():
            raise Invalid(
                fields={"region": __("This place is outside of your data scope. Choose one within it.")}
            )
        return row


class WithdrawExclusion(Action[Exclusion]):
    """Let the hours count again; the entry stays."""

    code = "air.exclusion.withdraw"
    permission = EXCLUSION_MANAGE
    needs_reason = True

    def __init__(self, actor: Actor, row: Exclusion, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def subject(self) -> Exclusion:
        """The entry."""
        return self.row

    def check(self) -> None:
        """Ask for the right over this place."""
        super().check()
        self.check_row(self.row)

    def perform(self) -> Exclusion:
        """Mark it."""
        if self.row.withdrawn_at is not None:
            raise Conflict
        self.save(self.row, withdrawn_at=timezone.now())
        return self.row
