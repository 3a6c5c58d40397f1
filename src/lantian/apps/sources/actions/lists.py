"""Opening, publishing, freezing lists, and announcing a change of a frozen one."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.sources.access import LIST_MANAGE
from lantian.apps.sources.choices import EntryState, ListState
from lantian.apps.sources.models import Announcement, ListEntry, ListVersion, SourceList
from lantian.rules.sources.lists import list_book


class _OnList(Action[Any]):
    """A change of a list itself: the right, over the place that the list is of."""

    permission = LIST_MANAGE

    def __init__(self, actor: Actor, listing: SourceList, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.listing = listing

    def subject(self) -> SourceList:
        """The list."""
        return self.listing

    def check(self) -> None:
        """Ask for the right over the place of the list."""
        super().check()
        self.stay_inside()

    def stay_inside(self) -> None:
        """Refuse a list of a place that is not the actor's.

        Raises
        ------
        NotFound
        """
        user = self.actor.user
        if user is None:
            return
        for grant in user.active_grants:
            if LIST_MANAGE not in grant.role.permissions:
                continue
            if grant.region is None or (
                self.listing.region is not None and self.listing.region.path.startswith(grant.region.path)
            ):
                return
        raise NotFound

    def refresh(self) -> None:
        """Take the list as it is now, and let nobody else change it meanwhile."""
        self.listing = SourceList.objects.select_for_update().get(pk=self.listing.pk)


class OpenList(_OnList):
    """Begin a list of a place."""

    code = "sources.list.open"

    def __init__(self, actor: Actor, type: str, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, SourceList(type=type, **values), reason=reason)

    def subject(self) -> SourceList:
        """The list that is to be."""
        return self.listing

    def validate(self) -> None:
        """Only kinds of lists that the book knows; each place has one per kind and term."""
        super().validate()
        known = list_book().lists.get(self.listing.type)
        if known is None:
            raise Invalid(fields={"type": __("There is no such kind of list. Choose one of those offered.")})
        self.listing.name = self.listing.name.strip() or known.name
        if SourceList.objects.filter(
            type=self.listing.type, region=self.listing.region, term=self.listing.term
        ).exists():
            raise Invalid(fields={"type": __("This place has this list already. Open that one.")})

    def perform(self) -> SourceList:
        """Make it."""
        try:
            self.listing.full_clean()
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        self.listing.save()
        self.log(self.listing, after={"type": self.listing.type, "region": self.listing.region_id})
        return self.listing


class EditList(_OnList):
    """Name a list anew, or say who keeps it."""

    code = "sources.list.edit"

    def __init__(self, actor: Actor, listing: SourceList, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, listing, reason=reason)
        self.values = values

    def perform(self) -> SourceList:
        """Write it."""
        self.unchanged = not self.save(self.listing, **self.values)
        return self.listing


def digest_of(listing: SourceList) -> tuple[int, str]:
    """How many entries stand on a list, and a hash over all that they say.

    Returns
    -------
    tuple of int and str
        SHA-256 over one line of JSON per entry, in the order of the keys.
    """
    found, count = hashlib.sha256(), 0
    rows = (
        ListEntry.objects.filter(list=listing, state=EntryState.LISTED)
        .order_by("key", "pk")
        .values_list(
            "key", "number", "name", "unit_name", "status", "values", "source__values", "unit__values"
        )
    )
    for row in rows.iterator(chunk_size=2000):
        count += 1
        line = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        found.update(line.encode() + b"\n")
    return count, found.hexdigest()


class PublishList(_OnList):
    """Publish what stands on a list now as its next version; with `freeze`, confirm it so that it stays."""

    code = "sources.list.publish"

    def __init__(
        self,
        actor: Actor,
        listing: SourceList,
        *,
        notice: str = "",
        address: str = "",
        note: str = "",
        freeze: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(actor, listing, reason=reason)
        self.notice, self.address, self.note, self.freeze = notice, address, note, freeze

    def perform(self) -> ListVersion:
        """Count, hash and keep."""
        self.refresh()
        entries, digest = digest_of(self.listing)
        if not entries:
            raise Conflict(
                __(
                    "Nothing stands on this list yet. Check entries and put them on the list before publishing it."
                )
            )
        if self.freeze and self.listing.state == ListState.FROZEN:
            raise Conflict(__("This list is frozen already."))
        self.listing.version = F("version") + 1
        if self.listing.state == ListState.DRAFT:
            self.listing.state = ListState.PUBLISHED
        if self.freeze:
            self.listing.state, self.listing.frozen_at = ListState.FROZEN, timezone.now()
        self.listing.save()
        self.listing.refresh_from_db()
        version = ListVersion(
            list=self.listing,
            number=self.listing.version,
            entries=entries,
            digest=digest,
            notice=self.notice,
            address=self.address,
            note=self.note,
            frozen=self.listing.state == ListState.FROZEN,
            published_by=self.actor.user,
        )
        try:
            version.full_clean()
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        version.save()
        self.log(
            self.listing,
            action="sources.list.freeze" if self.freeze else None,
            after={"version": version.number, "entries": entries, "digest": digest, "notice": self.notice},
        )
        return version


class AnnounceChange(_OnList):
    """Enter that a change of a frozen list has been announced and filed; until its last day changes can be proposed."""

    code = "sources.list.announce"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        listing: SourceList,
        *,
        announced_on: date,
        filing: str,
        address: str = "",
        until: date | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, listing, reason=reason)
        self.announcement = Announcement(
            list=listing,
            announced_on=announced_on,
            filing=filing.strip(),
            address=address.strip(),
            until=until,
            reason=self.reason,
            created_by=actor.user,
        )

    def validate(self) -> None:
        """Where and when it was announced, and under which number it was filed."""
        super().validate()
        found: dict[str, Any] = {}
        if self.announcement.announced_on > timezone.localdate():
            found["announced_on"] = __(
                "This day has not come yet. Enter the announcement when it has been made."
            )
        if self.announcement.until is not None and self.announcement.until < self.announcement.announced_on:
            found["until"] = __("The last day lies before the announcement.")
        if self.listing.state != ListState.FROZEN:
            raise Conflict(__("This list is not frozen; it can be changed without an announcement."))
        try:
            self.announcement.full_clean(exclude=["list", "created_by"])
        except ValidationError as error:
            found = {**error.message_dict, **found}
        if found:
            raise Invalid(fields=found)

    def perform(self) -> Announcement:
        """Keep it."""
        self.announcement.save()
        self.log(
            self.listing,
            after={
                "announced_on": self.announcement.announced_on,
                "filing": self.announcement.filing,
                "address": self.announcement.address,
                "until": self.announcement.until,
            },
        )
        return self.announcement


def open_announcement(listing: SourceList, day: date | None = None) -> Announcement | None:
    """The announcement under which a frozen list may be changed on a day, if there is one."""
    today = day or timezone.localdate()
    for found in listing.announcements.filter(closed_at__isnull=True, announced_on__lte=today):
        if found.until is None or found.until >= today:
            return found
    return None


def is_closed(listing: SourceList) -> bool:
    """Whether a list is frozen and no announcement allows to change it today."""
    return listing.state == ListState.FROZEN and open_announcement(listing) is None
