"""Changes that wait for somebody else's word, and the word itself, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.sources import keeping
from lantian.apps.sources.access import ENTRY_APPROVE, ENTRY_PROPOSE, OWN_CONFIRM
from lantian.apps.sources.actions.entries import apply_facts, refuse_frozen
from lantian.apps.sources.choices import EntryState, ProposalOrigin, ProposalState
from lantian.apps.sources.exceptions import OwnProposal, WrongStep
from lantian.apps.sources.facts import facts_of, plain
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.models import ListEntry, Proposal

#: what a proposal asks for
CHANGE, REMOVE, CONFIRM = "change", "remove", "confirm"
ACCEPT, REFUSE = "accept", "refuse"


class Propose(Action[Proposal]):
    """Ask for other facts of a listed entry, or for taking it off; nothing changes before somebody else has approved.

    Parameters
    ----------
    values
        Facts by the keys of the field dictionary; those that are as before are left out.
    step
        ``change``, ``remove``, or ``confirm``: the enterprise says that its record is right.
    """

    code = "sources.proposal.make"
    permission = ENTRY_PROPOSE
    origin = ProposalOrigin.OFFICER

    def __init__(
        self,
        actor: Actor,
        entry: ListEntry,
        values: Mapping[str, Any] | None = None,
        *,
        step: str = CHANGE,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.entry, self.values, self.step = entry, dict(values or {}), step

    def subject(self) -> ListEntry:
        """The entry."""
        return self.entry

    def check(self) -> None:
        """Ask for the right over this entry."""
        super().check()
        self.check_row(self.entry)

    def validate(self) -> None:
        """A reason, a difference, one waiting proposal at a time, and no frozen list."""
        super().validate()
        self.entry = ListEntry.objects.select_related("list", "source", "unit").get(pk=self.entry.pk)
        if self.entry.state != EntryState.LISTED:
            raise WrongStep
        if self.step != CONFIRM and not self.reason:
            raise Invalid(fields={"reason": __("Say why the list is to be changed.")})
        if Proposal.objects.filter(entry=self.entry, state=ProposalState.WAITING).exists():
            raise Conflict(
                __("A change of this entry already waits to be decided. Decide it, or take it back first.")
            )
        self.announcement = None if self.step == CONFIRM else refuse_frozen(self.entry.list)
        self.fields = differences(self.entry, self.values) if self.step == CHANGE else []
        if self.step == CHANGE and not self.fields:
            raise Invalid(__("Nothing differs from what is on the list. Change at least one field."))

    def perform(self) -> Proposal:
        """Keep it."""
        proposal = Proposal.objects.create(
            source=self.entry.source,
            unit=self.entry.unit,
            entry=self.entry,
            origin=self.origin,
            step=self.step,
            fields=self.fields,
            reason=self.reason,
            announcement=self.announcement,
            created_by=self.actor.user,
        )
        self.log(
            self.entry,
            after={"step": self.step, **{one["key"]: one["after"] for one in self.fields}},
        )
        return proposal


class OwnPropose(Propose):
    """The enterprise fills in its own record, or confirms that it is right."""

    permission = OWN_CONFIRM
    origin = ProposalOrigin.ENTERPRISE

    def validate(self) -> None:
        """An enterprise need not give a reason for what it knows best."""
        if self.step == CHANGE and not self.reason:
            self.reason = __("Filled in by the enterprise")
        super().validate()


def differences(entry: ListEntry, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Which given facts differ from what is known, with the words for both."""
    from lantian.apps.sources.showing import shown

    type_ = type_of(entry.list)
    known = facts_of(entry.source, entry.unit, entry)
    found = []
    for field in type_.fields:
        if field.key not in values:
            continue
        old, new = plain(known.get(field.key)), plain(values[field.key])
        if old == new or shown(field, old) == shown(field, new):
            continue
        found.append(
            {
                "scope": field.scope.value,
                "key": field.key,
                "label": field.label,
                "before": old,
                "after": new,
                "before_words": shown(field, old),
                "after_words": shown(field, new),
                "verdict": "",
                "why": "",
            }
        )
    return found


class Decide(Action[Proposal]):
    """Accept or refuse a proposed change, field by field; who asked does not decide.

    Parameters
    ----------
    verdicts
        Key of the dictionary → ``accept`` or ``refuse``; keys that are not named are accepted if `accept` is true.
    """

    code = "sources.proposal.decide"
    permission = ENTRY_APPROVE

    def __init__(
        self,
        actor: Actor,
        proposal: Proposal,
        *,
        accept: bool = True,
        verdicts: Mapping[str, str] | None = None,
        answer: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason or answer)
        self.proposal, self.accept, self.verdicts = proposal, accept, dict(verdicts or {})
        self.answer = answer.strip()

    def subject(self) -> Proposal:
        """The proposal."""
        return self.proposal

    def check(self) -> None:
        """Ask for the right over this source."""
        super().check()
        self.check_row(self.proposal)

    def validate(self) -> None:
        """It must wait, be somebody else's, and a refusal must say why."""
        super().validate()
        self.proposal = Proposal.objects.select_related("entry__list", "entry__source", "entry__unit").get(
            pk=self.proposal.pk
        )
        if self.proposal.state != ProposalState.WAITING:
            raise WrongStep
        if self.actor.user is not None and self.proposal.created_by_id == self.actor.user.pk:
            raise OwnProposal
        for one in self.proposal.fields:
            one["verdict"] = self.verdicts.get(one["key"], ACCEPT if self.accept else REFUSE)
        self.refused = [one for one in self.proposal.fields if one["verdict"] == REFUSE]
        everything = not self.accept or (
            self.proposal.fields and len(self.refused) == len(self.proposal.fields)
        )
        self.state = (
            ProposalState.REFUSED
            if everything
            else ProposalState.PARTLY
            if self.refused
            else ProposalState.APPROVED
        )
        if self.state != ProposalState.APPROVED and not self.answer:
            raise Invalid(fields={"answer": __("Say why it is refused; whoever asked reads this.")})
        if self.state != ProposalState.REFUSED and self.proposal.step != CONFIRM:
            refuse_frozen(self.proposal.entry.list)

    def perform(self) -> Proposal:
        """Write what was accepted, each fact with what it was before."""
        proposal, entry = self.proposal, self.proposal.entry
        self.reason = proposal.reason or self.reason
        if self.state != ProposalState.REFUSED:
            if proposal.step == REMOVE:
                before, after = keeping.change(
                    entry,
                    {"state": EntryState.REMOVED, "removed_on": timezone.localdate()},
                    self.actor,
                    reason=self.reason,
                )
                self.log(entry, action="sources.entry.remove", before=before, after=after)
            elif proposal.step == CONFIRM:
                before, after = keeping.change(
                    entry, {"confirmed_on": timezone.localdate()}, self.actor, reason=self.reason
                )
                self.log(entry, before=before, after=after)
            else:
                wanted = {one["key"]: one["after"] for one in proposal.fields if one["verdict"] == ACCEPT}
                apply_facts(self, entry, wanted)
        proposal.state, proposal.answer = self.state, self.answer
        proposal.decided_by, proposal.decided_at = self.actor.user, timezone.now()
        proposal.save()
        self.log(
            proposal,
            after={"state": proposal.state, "refused": [one["key"] for one in self.refused]},
            label=str(entry),
        )
        if proposal.created_by is not None:
            self.notify(
                [proposal.created_by],
                "sources.proposal",
                __("Your change of %(entry)s: %(state)s")
                % {"entry": entry, "state": proposal.get_state_display()},
                body=self.answer,
                url=proposal.get_absolute_url(),
            )
        return proposal


class Withdraw(Action[Proposal]):
    """Take back what oneself has asked for."""

    code = "sources.proposal.withdraw"
    permission = None

    def __init__(self, actor: Actor, proposal: Proposal, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.proposal = proposal

    def subject(self) -> Proposal:
        """The proposal."""
        return self.proposal

    def check(self) -> None:
        """Only one's own."""
        from lantian.apps.core.exceptions import NotFound

        if self.actor.user is None or self.proposal.created_by_id != self.actor.user.pk:
            raise NotFound

    def validate(self) -> None:
        """Only what waits."""
        super().validate()
        self.proposal.refresh_from_db()
        if self.proposal.state != ProposalState.WAITING:
            raise WrongStep

    def perform(self) -> Proposal:
        """Mark it."""
        self.proposal.state, self.proposal.decided_at = ProposalState.WITHDRAWN, timezone.now()
        self.proposal.save()
        self.log(self.proposal)
        return self.proposal
