"""Changes of sources themselves, outside of the life of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.sources import keeping
from lantian.apps.sources.access import SOURCE_EDIT
from lantian.apps.sources.models import Source


class ChangeSource(Action[Source]):
    """Correct what is known of a source, by columns and keys of its values.

    Parameters
    ----------
    given
        Columns of the source, and keys of the dictionary for its other facts.
    seen
        When it was last changed as the person saw it.
    """

    code = "sources.source.change"
    permission = SOURCE_EDIT

    def __init__(
        self,
        actor: Actor,
        source: Source,
        given: Mapping[str, Any],
        *,
        seen: Any = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.source, self.given, self.seen = source, dict(given), seen

    def subject(self) -> Source:
        """The source."""
        return self.source

    def check(self) -> None:
        """Ask for the right over this source."""
        super().check()
        self.check_row(self.source)

    def perform(self) -> Source:
        """Write it, with what was before."""
        if self.seen is not None and self.source.changed_at != self.seen:
            raise Conflict
        name = self.source.name
        before, after = keeping.change(self.source, self.given, self.actor, reason=self.reason)
        if not after:
            self.unchanged = True
            return self.source
        try:
            self.source.full_clean(validate_constraints=False)
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        if not self.actor.rows(Source.objects.filter(pk=self.source.pk), SOURCE_EDIT).exists():
            raise NotFound
        if self.source.name != name:
            keeping.old_name(self.source, name)
        self.log(self.source, before=before, after=after)
        return self.source
