"""Changes of sources themselves, outside of the life of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.core.models import Organisation
from lantian.apps.sources import keeping
from lantian.apps.sources.access import SOURCE_EDIT
from lantian.apps.sources.exceptions import SourceMerged
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


class SetOperator(Action[Source]):
    """Say which organisation runs a source, or that none does; the accounts of that organisation see it from then on.

    Parameters
    ----------
    operator
        The organisation; None takes it away.
    """

    code = "sources.source.operator"
    permission = SOURCE_EDIT

    def __init__(
        self, actor: Actor, source: Source, operator: Organisation | None, *, reason: str = ""
    ) -> None:
        super().__init__(actor, reason=reason)
        self.source, self.operator = source, operator

    def subject(self) -> Source:
        """The source."""
        return self.source

    @property
    def same_code(self) -> bool:
        """Whether the organisation has the credit code of the source."""
        return self.operator is not None and bool(self.source.uscc) and self.operator.code == self.source.uscc

    def check(self) -> None:
        """The source must be the actor's, and the organisation one that it sees, or the very one of the credit code."""
        super().check()
        self.check_row(self.source)
        if self.operator is not None and not self.same_code:
            self.check_row(self.operator, "core.organisation.view")

    def validate(self) -> None:
        """An organisation that goes on; another credit code needs a reason."""
        super().validate()
        if self.source.merged_into_id is not None:
            raise SourceMerged
        if self.operator is None:
            if self.source.operator_id is not None and not self.reason:
                raise Invalid(fields={"reason": __("Say why the enterprise no longer runs this source.")})
            return
        if self.operator.merged_into_id is not None or self.operator.valid_to is not None:
            raise Invalid(fields={"operator": __("This organisation is closed. Choose one that goes on.")})
        if self.source.uscc and self.operator.code and not self.same_code and not self.reason:
            raise Invalid(
                fields={
                    "reason": __(
                        "The credit code of the organisation (%(code)s) is not that of the source. Say why it runs it."
                    )
                    % {"code": self.operator.code}
                }
            )

    def perform(self) -> Source:
        """Write it; the entries repeat it."""
        before, after = keeping.change(
            self.source, {"operator": self.operator}, self.actor, reason=self.reason
        )
        if not after:
            self.unchanged = True
            return self.source
        self.log(self.source, before=before, after=after)
        return self.source
