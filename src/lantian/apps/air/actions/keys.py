"""Keys with which stations send their values: made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.air.access import KEY_MANAGE
from lantian.apps.air.models import Station, StationKey
from lantian.apps.core.account_actions.tokens import digest
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import Region
from lantian.apps.core.sender_auth import end_of, new_secret

MARK = "lts_"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its secret, which is shown once."""

    key: StationKey
    secret: str


class MakeKey(Action[NewKey]):
    """Make a key for a sender."""

    code = "air.key.make"
    permission = KEY_MANAGE

    def __init__(
        self,
        actor: Actor,
        *,
        name: str,
        region: Region,
        stations: Sequence[Station] = (),
        until: date | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.name, self.region, self.stations, self.until = name.strip(), region, list(stations), until

    def validate(self) -> None:
        """Refuse stations outside of the place, and an end that has passed."""
        super().validate()
        outside = [
            str(station) for station in self.stations
            if station.region is None or not station.region.path.startswith(self.region.path)
        ]  # fmt: skip
        if outside:
            message = __("Not in this place: %(names)s") % {"names": "、".join(outside[:5])}
            raise Invalid(fields={"stations": message})
        if self.until is not None and self.until < timezone.localdate():
            raise Invalid(fields={"until": __("This day has passed.")})

    def perform(self) -> NewKey:
        """Write the digest, give the secret back."""
        prefix, secret = new_secret(MARK)
        row = StationKey()
        self.save(
            row, name=self.name, region=self.region, prefix=prefix, digest=digest(secret), expires_at=end_of(self.until),
            created_by=self.actor.user,
        )  # fmt: skip
        row.stations.set(self.stations)
        self.check_row(row)
        return NewKey(row, secret)


class RevokeKey(Action[StationKey]):
    """Make a key worthless at once."""

    code = "air.key.revoke"
    permission = KEY_MANAGE
    needs_reason = True

    def __init__(self, actor: Actor, key: StationKey, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.key = key

    def subject(self) -> StationKey:
        """The key."""
        return self.key

    def check(self) -> None:
        """The right over this key."""
        super().check()
        self.check_row(self.key)

    def perform(self) -> StationKey:
        """Mark it."""
        if self.key.revoked_at is not None:
            raise Conflict(__("This key has been revoked already."))
        self.save(self.key, revoked_at=timezone.now())
        return self.key
