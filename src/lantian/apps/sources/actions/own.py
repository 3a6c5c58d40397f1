"""What an enterprise does with its own records: fill in, confirm, add a unit. The bureau has the last word on each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.sources import own
from lantian.apps.sources.access import OWN_CONFIRM
from lantian.apps.sources.actions.entries import ChangeEntry, ProposeEntry
from lantian.apps.sources.actions.proposals import CONFIRM, OwnPropose
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.exceptions import WrongStep
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.forms_facts import POSITION
from lantian.apps.sources.models import ListEntry, Proposal, Source, SourceList, Unit
from lantian.rules.sources.lists import ListType


class _OfOwnSource(Action[Any]):
    """Something with a source that the actor's organisation runs."""

    code = "sources.proposal.make"
    permission = OWN_CONFIRM

    def __init__(self, actor: Actor, source: Source, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.source = source

    def subject(self) -> Source:
        """The source."""
        return self.source

    def check(self) -> None:
        """Only what it runs itself."""
        super().check()
        own.refuse_foreign(self.actor, self.source.pk)

    def parts(self) -> list[own.Part]:
        """Its entries as they stand now."""
        return own.parts_of([self.source], timezone.localdate())[self.source.pk]

    def ask(self, entry: ListEntry, values: Mapping[str, Any] | None = None, *, step: str) -> Proposal:
        """Ask for one entry, within this transaction."""
        inner = OwnPropose(self.actor, entry, values, step=step, reason=self.reason)
        inner.check()
        inner.validate()
        return inner.perform_in(self)


class OwnChangeSource(_OfOwnSource):
    """Ask for other facts of the enterprise itself; they are carried by an entry of a list that asks for them."""

    def __init__(self, actor: Actor, source: Source, values: Mapping[str, Any], *, reason: str = "") -> None:
        super().__init__(actor, source, reason=reason)
        self.values = {key: value for key, value in values.items() if key not in own.OFFICE_KEYS}

    def perform(self) -> list[Proposal]:
        """One proposal for each entry that carries some of the facts."""
        if not self.values:
            raise Invalid(__("Nothing differs from what is on the list. Change at least one field."))
        found = own.carriers(self.parts(), self.values)
        without = [key for key in self.values if key not in found and key != "datum"]
        if without:
            said = __(
                "A change of this already waits to be decided, or the list is frozen. Try again after that."
            )
            raise Conflict(said, fields=dict.fromkeys(without, said))
        # A position is one fact in three fields.
        place = next((found[key] for key in POSITION if key in self.values and key in found), None)
        by_entry: dict[int, tuple[ListEntry, dict[str, Any]]] = {}
        for key, value in self.values.items():
            part = place if key in POSITION and place is not None else found.get(key)
            if part is not None:
                by_entry.setdefault(part.entry.pk, (part.entry, {}))[1][key] = value
        return [self.ask(entry, values, step="change") for entry, values in by_entry.values()]


class OwnConfirm(_OfOwnSource):
    """Say that entries are right as they stand.

    Parameters
    ----------
    entries
        Keys of the entries; None for all that can be confirmed.
    """

    def __init__(self, actor: Actor, source: Source, entries: Sequence[int] | None = None) -> None:
        super().__init__(actor, source)
        self.entries = entries

    def perform(self) -> list[Proposal]:
        """A confirmation for each; what lacks a fact is not right yet."""
        parts = self.parts()
        if self.entries is not None:
            parts = [part for part in parts if part.entry.pk in self.entries]
            lacking = [one.label for part in parts if part.listed for one in part.missing]
            if lacking:
                raise Invalid(
                    __("Fill in first what the list needs: %(fields)s")
                    % {"fields": "、".join(dict.fromkeys(lacking))}
                )
        else:
            parts = [part for part in parts if part.stale]
        found = [self.ask(part.entry, step=CONFIRM) for part in parts if part.confirmable]
        if not found:
            raise Conflict(
                __("There is nothing to confirm: it waits to be decided, lacks facts, or is confirmed.")
            )
        return found


def _own_facts(type_: ListType, values: Mapping[str, Any]) -> dict[str, Any]:
    """Without the facts of the source and of the office: those are asked for by a proposal, or not at all."""
    allowed = set(own.part_keys(type_))
    return {key: value for key, value in values.items() if key in allowed}


class OwnAddUnit(ProposeEntry):
    """Propose a unit that the list does not have yet; the bureau checks it and puts it on the list."""

    permission = OWN_CONFIRM

    def __init__(
        self,
        actor: Actor,
        source: Source,
        listing: SourceList,
        values: Mapping[str, Any],
        *,
        reason: str = "",
    ) -> None:
        super().__init__(actor, listing, _own_facts(type_of(listing), values), source=source, reason=reason)

    def check(self) -> None:
        """Only of what it runs itself."""
        super().check()
        assert self.source is not None
        own.refuse_foreign(self.actor, self.source.pk)

    def validate(self) -> None:
        """A list of units, and a unit that is not known."""
        if not self.type.is_of_units:
            raise WrongStep
        super().validate()
        number = str(self.facts.unit.get("number") or "").strip()
        if Unit.objects.filter(source=self.source, kind=self.type.subject, number=number).exists():
            said = __("A unit with this number is known already. Change it, or ask the bureau to list it.")
            raise Invalid(fields={self.type.natural_key[-1]: said})


class OwnChangeEntry(ChangeEntry):
    """Correct a unit that one has proposed oneself and that is not on the list yet."""

    permission = OWN_CONFIRM
    sources_of_step = (EntryState.PROPOSED,)

    def check(self) -> None:
        """Only what somebody of the own organisation has proposed."""
        super().check()
        own.refuse_foreign(self.actor, self.entry.source_id)
        by, user = self.entry.proposed_by, self.actor.user
        if user is not None and (by is None or by.organisation_id != user.organisation_id):
            raise WrongStep

    def validate(self) -> None:
        """Only facts of the unit and of the entry."""
        super().validate()
        self.values = _own_facts(type_of(self.entry.list), self.values)
