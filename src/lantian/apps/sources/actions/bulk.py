"""One step for many entries, in one transaction of at most a thousand; what one of them refuses does not stop the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import CoreError, Invalid
from lantian.apps.sources.access import ENTRY_APPROVE, ENTRY_CHECK, ENTRY_PROPOSE
from lantian.apps.sources.actions.entries import ChangeEntry, CheckEntry, PutOnList
from lantian.apps.sources.actions.proposals import REMOVE, Propose
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.models import ListEntry, SourceList

#: rows of one transaction; a person waits for it
LIMIT = 1000
SET, CHECK, PUT, REMOVAL = "set", "check", "put", "remove"
#: step → permission
PERMISSIONS = {SET: ENTRY_PROPOSE, CHECK: ENTRY_CHECK, PUT: ENTRY_APPROVE, REMOVAL: ENTRY_PROPOSE}


@dataclass(slots=True)
class Report:
    """What was done with how many rows, and which were refused, with the words for it."""

    step: str
    done: int = 0
    #: nothing differed
    same: int = 0
    #: proposed and not changed at once, because they stand on the list
    proposed: int = 0
    refused: list[tuple[ListEntry, str]] = field(default_factory=list)


class BulkStep(Action[Report]):
    """Do one step with many entries of a list.

    Parameters
    ----------
    step
        ``set``, ``check``, ``put`` or ``remove``.
    keys
        Entries; at most :data:`LIMIT`.
    values
        For ``set``: facts. What stands on the list already gets a proposal; the rest is changed.
    """

    code = "sources.entry.bulk"

    def __init__(
        self,
        actor: Actor,
        listing: SourceList,
        step: str,
        keys: Sequence[int],
        *,
        values: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.listing, self.step, self.keys = listing, step, list(dict.fromkeys(keys))
        self.values = dict(values or {})

    @property
    def permission(self) -> str:  # type: ignore[override]
        """The permission of the step."""
        return PERMISSIONS[self.step]

    def subject(self) -> SourceList:
        """The list."""
        return self.listing

    def validate(self) -> None:
        """Rows, not too many, and a reason where each of them needs one."""
        super().validate()
        if not self.keys:
            raise Invalid(__("Choose at least one row."))
        if len(self.keys) > LIMIT:
            raise Invalid(
                __("At most %(limit)s rows at once. Set a filter, or choose fewer.") % {"limit": LIMIT}
            )
        if self.step == REMOVAL and not self.reason:
            raise Invalid(fields={"reason": __("Say why the list is to be changed.")})
        if self.step == SET and not self.values:
            raise Invalid(__("Fill in the new value."))

    def inner(self, entry: ListEntry) -> Action[Any]:
        """The action for one entry."""
        if self.step == CHECK:
            return CheckEntry(self.actor, entry, reason=self.reason)
        if self.step == PUT:
            return PutOnList(self.actor, entry, reason=self.reason)
        if self.step == REMOVAL:
            return Propose(self.actor, entry, step=REMOVE, reason=self.reason)
        if entry.state == EntryState.LISTED:
            return Propose(self.actor, entry, self.values, reason=self.reason)
        return ChangeEntry(self.actor, entry, self.values, reason=self.reason)

    def perform(self) -> Report:
        """Each row with its own rights and rules, and a savepoint of its own."""
        report = Report(self.step)
        rows = self.actor.rows(ListEntry.objects.filter(list=self.listing), self.permission)
        found = rows.select_related("list", "source", "unit").in_bulk(self.keys)
        for key in self.keys:
            entry = found.get(key)
            if entry is None:
                continue
            action = self.inner(entry)
            try:
                with transaction.atomic():
                    action.check()
                    action.validate()
                    action.perform_in(self)
            except CoreError as error:
                report.refused.append((entry, words_of(entry, error)))
                continue
            if action.unchanged:
                report.same += 1
            else:
                report.done += 1
                report.proposed += isinstance(action, Propose)
        self.log(
            self.listing,
            after={"step": self.step, "rows": report.done, "refused": len(report.refused), **self.values},
        )
        return report


def words_of(entry: ListEntry, error: CoreError) -> str:
    """What an action refused, with the names of the fields."""
    if not error.fields:
        return str(error)
    type_ = type_of(entry.list)
    labels = {one.key: one.label for one in type_.fields}
    parts: dict[str, list[str]] = {}
    for key, said in error.fields.items():
        text = "；".join(str(one) for one in said) if isinstance(said, list | tuple) else str(said)
        parts.setdefault(text, []).append(labels.get(key, ""))
    return "；".join(
        "、".join(filter(None, names)) + ("：" if any(names) else "") + text for text, names in parts.items()
    )
