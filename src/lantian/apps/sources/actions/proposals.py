"""Changes that wait for somebody else's word, and the word itself, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.sources import keeping, own
from lantian.apps.sources.access import ENTRY_APPROVE, ENTRY_CHECK, ENTRY_PROPOSE, OWN_CONFIRM
from lantian.apps.sources.actions.entries import apply_facts, refuse_frozen
from lantian.apps.sources.choices import EntryState, ProposalOrigin, ProposalState
from lantian.apps.sources.exceptions import OwnProposal, WrongStep
from lantian.apps.sources.facts import facts_of, plain
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.identity import refuse_merged
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
        refuse_merged(self.entry.source_id)
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

    def check(self) -> None:
        """Only for what it runs itself."""
        super().check()
        own.refuse_foreign(self.actor, self.entry.source_id)

    def validate(self) -> None:
        """An enterprise need not give a reason for what it knows best; it takes nothing off a list."""
        if self.step == REMOVE:
            raise WrongStep
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

    What an enterprise says of itself is decided by whoever checks entries, too: the bureau is not who has asked.

    Parameters
    ----------
    verdicts
        Key of the dictionary → ``accept`` or ``refuse``; keys that are not named are accepted if `accept` is true.
    whys
        Key of the dictionary → why it is refused; where each refused fact has one, no answer for the whole is needed.
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
        whys: Mapping[str, str] | None = None,
        answer: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason or answer)
        self.proposal, self.accept, self.verdicts = proposal, accept, dict(verdicts or {})
        self.whys, self.answer = dict(whys or {}), answer.strip()

    def subject(self) -> Proposal:
        """The proposal."""
        return self.proposal

    def check(self) -> None:
        """Ask for the right over this source."""
        if self.proposal.origin == ProposalOrigin.ENTERPRISE and self.actor.may(ENTRY_CHECK):
            rows = Proposal.objects.filter(pk=self.proposal.pk)
            if self.actor.rows(rows, ENTRY_CHECK).exists():
                return
        super().check()
        self.check_row(self.proposal)

    def validate(self) -> None:
        """It must wait, be somebody else's, and a refusal must say why."""
        super().validate()
        # Locked, so that two people do not decide the same at once.
        Proposal.objects.select_for_update().get(pk=self.proposal.pk)
        self.proposal = Proposal.objects.select_related("entry__list", "entry__source", "entry__unit").get(
            pk=self.proposal.pk
        )
        if self.proposal.state != ProposalState.WAITING:
            raise WrongStep
        if self.actor.user is not None and self.proposal.created_by_id == self.actor.user.pk:
            raise OwnProposal
        for one in self.proposal.fields:
            one["verdict"] = self.verdicts.get(one["key"], ACCEPT if self.accept else REFUSE)
            one["why"] = self.whys.get(one["key"], "").strip()[:200] if one["verdict"] == REFUSE else ""
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
        told = bool(self.refused) and all(one["why"] for one in self.refused)
        if self.state != ProposalState.APPROVED and not self.answer and not told:
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
                    entry,
                    # The day on which the enterprise said so, not the one on which this was read.
                    {"confirmed_on": timezone.localdate(proposal.created_at)},
                    self.actor,
                    reason=self.reason,
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
                body="；".join(
                    filter(
                        None,
                        [
                            *(f"{one['label']}：{one['why']}" for one in self.refused if one["why"]),
                            self.answer,
                        ],
                    )
                ),
                url=proposal.get_absolute_url(),
            )
        return proposal


class DecideConfirmations(Action[int]):
    """Agree, or not, to all that an enterprise has confirmed of one source at once."""

    code = "sources.proposal.decide"
    permission = None

    def __init__(self, actor: Actor, proposal: Proposal, *, accept: bool = True, answer: str = "") -> None:
        super().__init__(actor, reason=answer)
        self.proposal, self.accept = proposal, accept

    def subject(self) -> Proposal:
        """The proposal whose page was open."""
        return self.proposal

    def check(self) -> None:
        """Each of them asks for its own right; here only what the account may decide is taken."""
        if self.actor.user is None:
            raise NotAllowed

    def perform(self) -> int:
        """Decide each that waits; what cannot be decided meanwhile stays."""
        assert self.actor.user is not None
        rows = own.confirmations_beside(self.proposal, self.actor.user, itself=True)
        done = 0
        for row in rows:
            inner = Decide(self.actor, row, accept=self.accept, answer=self.reason)
            inner.check()
            inner.validate()
            inner.perform_in(self)
            done += 1
        if not done:
            raise WrongStep
        return done


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
