"""The life of an entry: proposed, checked, put on the list, changed with approval, taken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.log import snapshot
from lantian.apps.sources import keeping
from lantian.apps.sources.access import ENTRY_APPROVE, ENTRY_CHECK, ENTRY_PROPOSE
from lantian.apps.sources.actions.lists import open_announcement
from lantian.apps.sources.choices import EntryState, ListState
from lantian.apps.sources.exceptions import (
    AlreadyListed,
    ListFrozen,
    OwnProposal,
    WithoutKey,
    WrongStep,
)
from lantian.apps.sources.facts import Facts, facts_of, key_of, kind_of, missing_of, source_keys, split
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.identity import by_keys, inherited, is_led, lacking, refuse_merged
from lantian.apps.sources.models import Announcement, ListEntry, Source, SourceList, Unit
from lantian.rules.sources import list_life
from lantian.rules.sources.list_life import Need


def refuse_frozen(listing: SourceList) -> Announcement | None:
    """The announcement that allows a change of a list; None for lists that are not frozen.

    Raises
    ------
    ListFrozen
    """
    if listing.state != ListState.FROZEN:
        return None
    found = open_announcement(listing)
    if found is None:
        raise ListFrozen
    return found


def refuse_missing(listing: SourceList, facts: Facts) -> None:
    """Refuse facts without what the list must have.

    Raises
    ------
    Invalid
    """
    missing = missing_of(type_of(listing), facts)
    if missing:
        raise Invalid(fields={field.key: __("The list needs this. Fill it in.") for field in missing})


class _Entry(Action[ListEntry]):
    """A step of one entry, or of many in one transaction."""

    #: name of the step in the table of the life of entries, which says from where it leads and what it needs
    step: ClassVar[str] = ""
    #: states from which the step leads
    sources_of_step: Sequence[str] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.sources_of_step = tuple(state.value for state in list_life.before(cls.step))
            cls.needs_reason = Need.REASON in list_life.needs(cls.step)

    def __init__(self, actor: Actor, entry: ListEntry, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.entry = entry

    def subject(self) -> ListEntry:
        """The entry."""
        return self.entry

    def check(self) -> None:
        """Ask for the right over this entry."""
        super().check()
        self.check_row(self.entry)

    def validate(self) -> None:
        """Refuse a step that the state does not allow."""
        super().validate()
        self.entry = ListEntry.objects.select_related("list", "source", "unit").get(pk=self.entry.pk)
        if self.sources_of_step and self.entry.state not in self.sources_of_step:
            raise WrongStep
        needs = list_life.needs(self.step, frozen=True) if self.step else frozenset()
        proposer = self.entry.proposed_by_id
        if Need.APPROVAL in needs and self.actor.user is not None and proposer == self.actor.user.pk:
            raise OwnProposal
        if Need.ANNOUNCEMENT in needs:
            refuse_frozen(self.entry.list)

    def write(self, **given: Any) -> None:
        """Set facts of the entry and log them."""
        before, after = keeping.change(self.entry, given, self.actor, reason=self.reason)
        self.log(self.entry, before=before, after=after)


class ProposeEntry(Action[ListEntry]):
    """Propose a source, or a unit of one, for a list: a known source is taken, a new one is made.

    Parameters
    ----------
    values
        Facts by the keys of the field dictionary, as the forms and importers give them.
    source
        The source, where it has been chosen; otherwise it is found by the keys in the values.
    """

    code = "sources.entry.propose"
    permission = ENTRY_PROPOSE

    def __init__(
        self,
        actor: Actor,
        listing: SourceList,
        values: Mapping[str, Any],
        *,
        source: Source | None = None,
        unit: Unit | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.listing, self.values, self.source, self.unit = listing, dict(values), source, unit
        self.type = type_of(listing)
        self.facts = split(self.type, self.values)

    def subject(self) -> SourceList:
        """The list."""
        return self.listing

    def check(self) -> None:
        """A source that is known must be the actor's own."""
        super().check()
        if self.source is not None:
            self.check_row(self.source)

    def validate(self) -> None:
        """Something must identify the entry, and the list must not have it."""
        super().validate()
        refuse_frozen(self.listing)
        known = dict(self.facts.whole())
        if self.source is not None:
            known = {**facts_of(self.source, self.unit), **known}
        self.key = key_of(self.type, known)
        if not self.key:
            raise WithoutKey(fields=dict.fromkeys(self.type.natural_key, WithoutKey.message))
        if (
            ListEntry.objects.filter(list=self.listing, key=self.key)
            .exclude(state=EntryState.REMOVED)
            .exists()
        ):
            raise AlreadyListed(fields={self.type.natural_key[0]: AlreadyListed.message})

    def perform(self) -> ListEntry:
        """Find or make source and unit, and propose them."""
        if self.source is None:
            self.source = by_keys(self.type, self.facts)
            if (
                self.source is not None
                and not self.actor.rows(Source.objects.filter(pk=self.source.pk), ENTRY_PROPOSE).exists()
            ):
                raise Invalid(
                    fields={
                        self.type.natural_key[0]: __(
                            "This key belongs to a source outside of your data scope. Ask the campaign office."
                        )
                    }
                )
        if self.source is not None:
            refuse_merged(self.source.pk)
            self._lead_on()
        if self.source is None:
            self.source = make_source(self.type, self.facts)
            self.check_row(self.source)
            self.log(self.source, action="sources.source.make", after=snapshot(self.source))
        elif self.facts.source:
            before, after = keeping.change(self.source, self.facts.source, self.actor, reason=self.reason)
            if after:
                self.log(self.source, action="sources.source.change", before=before, after=after)
        if self.type.is_of_units and self.unit is None:
            self.unit = find_or_make_unit(self.source, self.type, self.facts)
        entry = ListEntry(
            list=self.listing,
            source=self.source,
            unit=self.unit,
            key=self.key,
            state=EntryState.PROPOSED,
            proposed_by=self.actor.user,
        )
        keeping.put(entry, self.facts.entry)
        keeping.copy(entry)
        try:
            entry.full_clean()
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        entry.save()
        keeping.keep_keys([self.source])
        self.log(entry, after={"list": self.listing.pk, "key": self.key, **self.facts.entry})
        return entry


    def _lead_on(self) -> None:
        """Facts that speak of an absorbed source stand under the key of the one that stays, and only add to it."""
        assert self.source is not None
        own = is_led(self.type, self.source, self.values, self.key)
        if not own or not inherited(self.source.kind, source_keys(self.source.kind, self.facts.whole())):
            return
        self.key, self.facts = own, lacking(self.facts, self.type, self.source)
        if (
            ListEntry.objects.filter(list=self.listing, key=own)
            .exclude(state=EntryState.REMOVED)
            .exists()
        ):
            raise AlreadyListed(fields={self.type.natural_key[0]: AlreadyListed.message})


def make_source(type_: Any, facts: Facts) -> Source:
    """A source out of facts, saved.

    Raises
    ------
    Invalid
    """
    source = Source(kind=kind_of(type_))
    keeping.put(source, facts.source)
    try:
        source.full_clean()
    except ValidationError as error:
        raise Invalid(fields=error.message_dict) from error
    source.save()
    return source


def find_or_make_unit(source: Source, type_: Any, facts: Facts) -> Unit:
    """The unit that facts speak of, made if the source does not have it."""
    number = str(facts.unit.get("number") or "").strip()
    if not number:
        raise Invalid(fields={type_.natural_key[-1]: __("The list needs this. Fill it in.")})
    unit = Unit.objects.filter(source=source, kind=type_.subject, number=number).first()
    unit = unit or Unit(source=source, kind=type_.subject, number=number)
    keeping.put(unit, facts.unit)
    unit.save()
    return unit


class CheckEntry(_Entry):
    """Say that a proposed entry has been looked at and is right."""

    code = "sources.entry.check"
    permission = ENTRY_CHECK
    step = "check"

    def validate(self) -> None:
        """What the list must have must be there."""
        super().validate()
        facts = split(type_of(self.entry.list), facts_of(self.entry.source, self.entry.unit, self.entry))
        refuse_missing(self.entry.list, facts)

    def perform(self) -> ListEntry:
        """Mark it."""
        self.entry.checked_by = self.actor.user
        self.write(state=EntryState.CHECKED)
        return self.entry


class PutOnList(_Entry):
    """Put a checked entry on the list; who proposed it does not."""

    code = "sources.entry.list"
    permission = ENTRY_APPROVE
    step = "list"

    def perform(self) -> ListEntry:
        """List it from today on."""
        self.write(state=EntryState.LISTED, listed_on=timezone.localdate())
        if self.entry.proposed_by is not None:
            self.notify(
                [self.entry.proposed_by],
                "sources.entry",
                __("%(entry)s is now on the list %(list)s.") % {"entry": self.entry, "list": self.entry.list},
                url=self.entry.get_absolute_url(),
            )
        return self.entry


class ReturnEntry(_Entry):
    """Send a checked or proposed entry back to who proposed it."""

    code = "sources.entry.return"
    permission = ENTRY_CHECK
    step = "send_back"

    def perform(self) -> ListEntry:
        """It waits again, with the reason in its history."""
        self.entry.checked_by = None
        if self.entry.state == EntryState.CHECKED:
            self.write(state=EntryState.PROPOSED)
        else:
            self.log(self.entry)
        if self.entry.proposed_by is not None:
            self.notify(
                [self.entry.proposed_by],
                "sources.entry",
                __("%(entry)s was sent back: %(reason)s") % {"entry": self.entry, "reason": self.reason},
                url=self.entry.get_absolute_url(),
            )
        return self.entry


class ChangeEntry(_Entry):
    """Correct an entry that is not yet on the list, or facts of its source and unit."""

    code = "sources.entry.change"
    permission = ENTRY_PROPOSE
    sources_of_step: Sequence[str] = (EntryState.PROPOSED, EntryState.CHECKED)

    def __init__(
        self, actor: Actor, entry: ListEntry, values: Mapping[str, Any], *, reason: str = ""
    ) -> None:
        super().__init__(actor, entry, reason=reason)
        self.values = dict(values)

    def perform(self) -> ListEntry:
        """Write what differs; a corrected entry has to be checked again."""
        changed = apply_facts(self, self.entry, self.values)
        if changed and self.entry.state == EntryState.CHECKED:
            self.entry.checked_by = None
            self.write(state=EntryState.PROPOSED)
        self.unchanged = not changed
        return self.entry


def apply_facts(action: Action[Any], entry: ListEntry, values: Mapping[str, Any]) -> bool:
    """Write facts of an entry, its unit and its source, and log each row; whether anything changed.

    Raises
    ------
    Invalid
        Where the key would be that of another entry, or the values are refused.
    """
    type_ = type_of(entry.list)
    facts = split(type_, values)
    changed = False
    try:
        with transaction.atomic():
            for row, given in ((entry.source, facts.source), (entry.unit, facts.unit), (entry, facts.entry)):
                if row is None or not given:
                    continue
                before, after = keeping.change(row, given, action.actor, reason=action.reason)
                if after:
                    row.full_clean(validate_constraints=False)
                    action.log(row, before=before, after=after)
                    changed = True
            entry.refresh_from_db()
            key = key_of(type_, facts_of(entry.source, entry.unit, entry))
            if not key:
                raise WithoutKey(fields=dict.fromkeys(type_.natural_key, WithoutKey.message))
            if key != entry.key:
                clash = ListEntry.objects.filter(list=entry.list, key=key).exclude(state=EntryState.REMOVED)
                if clash.exclude(pk=entry.pk).exists():
                    raise AlreadyListed(fields={type_.natural_key[0]: AlreadyListed.message})
                entry.key = key
                entry.save(update_fields=["key"])
    except ValidationError as error:
        raise Invalid(fields=error.message_dict) from error
    return changed


class RemoveEntry(_Entry):
    """Take an entry off the list without a proposal: only those that are not on it yet."""

    code = "sources.entry.remove"
    permission = ENTRY_PROPOSE
    step = "refuse"

    def perform(self) -> ListEntry:
        """It stays, marked."""
        self.write(state=EntryState.REMOVED, removed_on=timezone.localdate())
        return self.entry
