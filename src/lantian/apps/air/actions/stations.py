"""Changes of stations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.air.access import STATION_MANAGE
from lantian.apps.air.models import Station
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid


class _OnStation(Action[Station]):
    permission = STATION_MANAGE

    def stay_inside(self, station: Station) -> None:
        """Refuse a place outside of the actor's own."""
        if not self.actor.rows(Station.objects.filter(pk=station.pk), STATION_MANAGE).exists():
            raise Invalid(
                fields={"region": __("This place is outside of your data scope. Choose one within it.")}
            )


class AddStation(_OnStation):
    """Add a station."""

    code = "air.station.add"

    def __init__(self, actor: Actor, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, reason=reason)
        self.values = values

    def perform(self) -> Station:
        """Make it."""
        station = Station()
        self.save(station, **self.values)
        self.stay_inside(station)
        return station


class ChangeStation(_OnStation):
    """Correct what is written about a station.

    Parameters
    ----------
    seen
        When the row was last changed as the person saw it.
    """

    code = "air.station.change"

    def __init__(
        self,
        actor: Actor,
        station: Station,
        *,
        seen: datetime | None = None,
        reason: str = "",
        **values: Any,
    ) -> None:
        super().__init__(actor, reason=reason)
        self.station, self.seen, self.values = station, seen, values

    def subject(self) -> Station:
        """The station."""
        return self.station

    def check(self) -> None:
        """Ask for the right over this station."""
        super().check()
        self.check_row(self.station)

    def perform(self) -> Station:
        """Correct it."""
        if self.seen is not None and self.station.updated_at != self.seen:
            raise Conflict
        if not self.save(self.station, **self.values):
            self.unchanged = True
        self.stay_inside(self.station)
        return self.station


class CloseStation(ChangeStation):
    """The last day on which a station measures; its values stay."""

    code = "air.station.close"
    needs_reason = True

    def __init__(self, actor: Actor, station: Station, on: date, *, reason: str = "") -> None:
        super().__init__(actor, station, reason=reason, closed=on)
        self.on = on

    def validate(self) -> None:
        """Refuse a day before the station was in use."""
        super().validate()
        if self.station.closed is not None:
            raise Invalid(fields={"on": __("This station is closed already.")})
        if self.station.opened is not None and self.on < self.station.opened:
            raise Invalid(fields={"on": __("The station was not yet in use on this day.")})
