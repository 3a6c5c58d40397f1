"""Saved filters: kept, shared, deleted."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.models import SavedFilter


class SaveFilter(Action[SavedFilter]):
    """Keep a filter under a name; one's own of the same name is replaced."""

    code = "sources.filter.save"
    permission = SOURCE_VIEW

    def __init__(self, actor: Actor, page: str, name: str, query: str, *, shared: bool = False) -> None:
        super().__init__(actor)
        self.page, self.name, self.query, self.shared = page, name.strip(), query, shared

    def validate(self) -> None:
        """A name, and something to keep."""
        super().validate()
        if not self.name:
            raise Invalid(fields={"name": __("Give the filter a name.")})
        if not self.query:
            raise Invalid(__("Set a filter first, then save it."))
        if self.actor.user is None:
            raise NotFound

    def perform(self) -> SavedFilter:
        """Keep it."""
        row = SavedFilter.objects.filter(user=self.actor.user, page=self.page, name=self.name).first()
        row = row or SavedFilter(user=self.actor.user, page=self.page, name=self.name)
        row.query, row.shared = self.query, self.shared
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        row.save()
        self.log(row, after={"name": row.name, "query": row.query, "shared": row.shared})
        return row


class _OwnFilter(Action[SavedFilter]):
    permission = SOURCE_VIEW

    def __init__(self, actor: Actor, row: SavedFilter) -> None:
        super().__init__(actor)
        self.row = row

    def check(self) -> None:
        """Only one's own."""
        super().check()
        if self.actor.user is None or self.row.user_id != self.actor.user.pk:
            raise NotFound


class ShareFilter(_OwnFilter):
    """Show a filter to everybody who sees the list, or to oneself only again."""

    code = "sources.filter.share"

    def perform(self) -> SavedFilter:
        """Turn it round."""
        self.row.shared = not self.row.shared
        self.row.save(update_fields=["shared"])
        self.log(self.row, after={"shared": self.row.shared})
        return self.row


class DeleteFilter(_OwnFilter):
    """Delete a filter of one's own."""

    code = "sources.filter.delete"

    def perform(self) -> SavedFilter:
        """Delete it; the log keeps what it was."""
        self.log(self.row, before={"name": self.row.name, "query": self.row.query})
        self.row.delete()
        return self.row
