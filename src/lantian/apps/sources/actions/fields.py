"""Fields that an office adds to the dictionary of a list."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.sources.access import FIELD_MANAGE
from lantian.apps.sources.fields import field_of
from lantian.apps.sources.models import OwnField
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.fields import OWN_PREFIX
from lantian.rules.sources.lists import extend, list_book


class AddField(Action[OwnField]):
    """Add a field to a kind of list."""

    code = "sources.field.add"
    permission = FIELD_MANAGE

    def __init__(self, actor: Actor, type: str, **values: Any) -> None:
        super().__init__(actor)
        self.row = OwnField(type=type, **values)

    def validate(self) -> None:
        """It must be a sound definition, and clash with nothing that the list has."""
        super().validate()
        known = list_book().lists.get(self.row.type)
        if known is None:
            raise Invalid(fields={"type": __("There is no such kind of list. Choose one of those offered.")})
        mine = OwnField.objects.filter(type=self.row.type)
        if not self.row.key:
            number = 1
            taken = set(mine.values_list("key", flat=True))
            while f"{OWN_PREFIX}{number}" in taken or f"{OWN_PREFIX}f{number}" in taken:
                number += 1
            self.row.key = f"{OWN_PREFIX}f{number}"
        if mine.filter(key=self.row.key).exists():
            raise Invalid(
                fields={"key": __("The list has, or had, a field with this key. Choose another one.")}
            )
        try:
            extend(
                known, [*(field_of(row) for row in mine.filter(retired_at__isnull=True)), field_of(self.row)]
            )
        except SourcesError as error:
            name = {"field_key": "key", "field_options": "options", "field_scope": "scope"}.get(
                error.code, "label"
            )
            raise Invalid(fields={name: error.message.text(__)}) from error
        self.row.order = (mine.aggregate(most=Max("order"))["most"] or 0) + 1
        try:
            self.row.full_clean()
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error

    def perform(self) -> OwnField:
        """Keep it."""
        self.row.save()
        self.log(
            self.row,
            after={
                "type": self.row.type,
                "key": self.row.key,
                "label": self.row.label,
                "kind": self.row.kind,
                "options": self.row.options,
                "required": self.row.required,
            },
        )
        return self.row


class RetireField(Action[OwnField]):
    """Ask for a field no longer; what was written stays."""

    code = "sources.field.retire"
    permission = FIELD_MANAGE
    needs_reason = True

    def __init__(self, actor: Actor, row: OwnField, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def validate(self) -> None:
        """Only once."""
        super().validate()
        if self.row.retired_at is not None:
            raise Conflict(__("This field is not asked for any more already."))

    def perform(self) -> OwnField:
        """Mark it."""
        self.row.retired_at = timezone.now()
        self.row.save(update_fields=["retired_at"])
        self.log(self.row, after={"retired_at": self.row.retired_at})
        return self.row
