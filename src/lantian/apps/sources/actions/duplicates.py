"""Sources that may be one: looked for, named, told apart, merged, and taken apart again. Nothing is merged silently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.core.log import snapshot
from lantian.apps.core.models import Job, User
from lantian.apps.core.models.jobs import TERMINAL
from lantian.apps.sources import keeping
from lantian.apps.sources.access import SOURCE_EDIT, SOURCE_MERGE
from lantian.apps.sources.choices import PairState
from lantian.apps.sources.exceptions import WrongStep
from lantian.apps.sources.identity import hold, refuse_merged
from lantian.apps.sources.kinds import source_kind
from lantian.apps.sources.merging.finding import LEAST, MOST, Scope, likeness_of, reasons_of
from lantian.apps.sources.merging.moving import Back, Moving
from lantian.apps.sources.merging.sides import (
    as_they_stand,
    clashes,
    fact_names,
    parts_as_they_stand,
    waiting_proposals,
)
from lantian.apps.sources.models import DuplicatePair, Merge, Source

FIND = "sources.duplicates.find"


class StartSearch(Action[Job]):
    """Begin to look for duplicates."""

    code = "sources.duplicates.start"
    permission = SOURCE_MERGE

    def __init__(self, actor: Actor, scope: Scope, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.scope = scope

    def validate(self) -> None:
        """Something to search, and one search at a time: two would only do the same work twice."""
        super().validate()
        if not LEAST <= self.scope.likeness <= MOST:
            said = __("Between %(least)s and %(most)s.") % {"least": LEAST, "most": MOST}
            raise Invalid(fields={"likeness": said})
        if Job.objects.filter(kind=FIND).exclude(status__in=TERMINAL).exists():
            raise Conflict(__("A search for duplicates is at work already. Wait for its end, or stop it."))
        if len(self.scope.rows(self.actor).filter(kind__in=self.scope.kinds())[:2]) < 2:
            raise Invalid(__("There are not two sources to be compared here. Choose a wider place or kind."))

    def perform(self) -> Job:
        """Make the job."""
        job = jobs.start(
            FIND, self.scope.kept(), __("Search for duplicates: %(where)s") % {"where": self.scope.words()}, self.actor
        )
        self.log(job, after=self.scope.kept())
        return job


def in_order(one: Source, other: Source) -> tuple[Source, Source]:
    """The two sources of a pair, the one with the smaller key first."""
    return (one, other) if one.pk < other.pk else (other, one)


class NamePair(Action[DuplicatePair]):
    """Say that two sources seem to be one, though no search has found them; whoever may merge decides it."""

    code = "sources.duplicates.name"
    permission = SOURCE_EDIT

    def __init__(self, actor: Actor, one: Source, other: Source, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.first, self.second = in_order(one, other)

    def subject(self) -> Source:
        """The first of them."""
        return self.first

    def check(self) -> None:
        """Both must be the actor's."""
        super().check()
        self.check_row(self.first)
        self.check_row(self.second)

    def validate(self) -> None:
        """Two live sources of one kind."""
        super().validate()
        if self.first.pk == self.second.pk:
            raise Invalid(__("A source cannot be merged with itself. Choose another one."))
        refuse_merged(self.first.pk, self.second.pk)
        refuse_kinds(self.first, self.second)

    def perform(self) -> DuplicatePair:
        """Make the pair, or take the one that is there."""
        pair = DuplicatePair.objects.filter(first=self.first, second=self.second).first()
        if pair is not None:
            self.unchanged = True
            return pair
        alike = likeness_of(self.first, self.second)
        pair = DuplicatePair.objects.create(
            first=self.first,
            second=self.second,
            score=alike.score if alike is not None else 0,
            reasons=reasons_of(alike) if alike is not None else [],
            named_by=self.actor.user,
        )
        self.log(pair, after={"first": self.first.pk, "second": self.second.pk, "score": pair.score})
        return pair


def refuse_kinds(one: Source, other: Source) -> None:
    """Refuse two sources of different kinds: the lists of each kind know their sources by other keys.

    Raises
    ------
    Invalid
    """
    if one.kind != other.kind:
        raise Invalid(
            __(
                "“%(one)s” is of the kind %(kind)s and “%(other)s” of the kind %(otherkind)s. Only sources of one kind are"
                " merged."
            )
            % {
                "one": one,
                "kind": source_kind(one.kind),
                "other": other,
                "otherkind": source_kind(other.kind),
            }
        )


class _OnPair(Action[Any]):
    """A decision about a pair: the right over both sources, and the pair as it is now."""

    permission = SOURCE_MERGE
    needs_reason = True
    states: tuple[str, ...] = (PairState.OPEN,)

    def __init__(self, actor: Actor, pair: DuplicatePair, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.pair = pair

    def subject(self) -> DuplicatePair:
        """The pair."""
        return self.pair

    def check(self) -> None:
        """Both must be the actor's."""
        super().check()
        self.check_row(self.pair)

    def validate(self) -> None:
        """Hold the sources, then the pair, and look whether somebody else was quicker."""
        super().validate()
        self.hold()
        self.pair = DuplicatePair.objects.select_for_update().get(pk=self.pair.pk)
        if self.pair.state not in self.states:
            raise WrongStep

    def hold(self) -> None:
        """Both live, and held."""
        refuse_merged(self.pair.first_id, self.pair.second_id)

    def decide(self, state: str) -> None:
        """Write the decision on the pair."""
        before = self.pair.state
        self.pair.state, self.pair.note = state, self.reason[:500]
        self.pair.decided_by, self.pair.decided_at = self.actor.user, timezone.now()
        if state == PairState.OPEN:
            self.pair.decided_by, self.pair.decided_at, self.pair.note = None, None, ""
        self.pair.save()
        self.log(self.pair, before={"state": before}, after={"state": state})


class TellApart(_OnPair):
    """Say that two sources are two; no later search asks again."""

    code = "sources.duplicates.distinct"

    def perform(self) -> DuplicatePair:
        """Mark it."""
        self.decide(PairState.DISTINCT)
        return self.pair


class ReopenPair(_OnPair):
    """Take back that two sources are two."""

    code = "sources.duplicates.reopen"
    states = (PairState.DISTINCT,)

    def perform(self) -> DuplicatePair:
        """It waits again."""
        self.decide(PairState.OPEN)
        return self.pair


class MergeSources(_OnPair):
    """Let one source become part of the other.

    Parameters
    ----------
    stays
        The one of the two that goes on.
    taken
        Facts whose value is that of the absorbed: columns and keys of values, or the names of
        :data:`~lantian.apps.sources.merging.sides.TOGETHER`.
    both_years
        Count the activities of both in years for which both have some.
    seen
        :func:`~lantian.apps.sources.merging.sides.as_they_stand` as the person saw both; None does not ask.
    """

    code = "sources.merge"

    def __init__(
        self,
        actor: Actor,
        pair: DuplicatePair,
        stays: Source,
        *,
        taken: Iterable[str] = (),
        both_years: bool = False,
        seen: str | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, pair, reason=reason)
        self.stays_key, self.taken = stays.pk, list(dict.fromkeys(taken))
        self.both_years, self.seen = both_years, seen

    def validate(self) -> None:
        """One kind, both as they were seen, nothing that waits to be decided, and facts that there are."""
        super().validate()
        rows = {row.pk: row for row in Source.objects.filter(pk__in=(self.pair.first_id, self.pair.second_id))}
        if self.stays_key not in rows:
            raise Invalid(fields={"stays": __("Choose one of the two sources.")})
        self.kept = rows.pop(self.stays_key)
        (self.absorbed,) = rows.values()
        refuse_kinds(self.kept, self.absorbed)
        if self.seen is not None and self.seen != as_they_stand(self.kept.pk, self.absorbed.pk):
            raise Conflict(
                __("One of the two sources was changed since you opened the page. Look at both again, then decide.")
            )
        strange = set(self.taken) - set(fact_names(self.kept, self.absorbed))
        if strange:
            raise Invalid(__("There is no such fact: %(names)s.") % {"names": "、".join(sorted(strange))})
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        """Changes that wait would be about something else afterwards."""
        closed = {clash.closed.pk for clash in clashes(self.kept, self.absorbed)}
        waiting = [
            one
            for one in waiting_proposals(self.kept.pk, self.absorbed.pk)
            if one.source_id == self.absorbed.pk or one.entry_id in closed
        ]
        if waiting:
            raise Conflict(
                __("Proposed changes wait to be decided: %(names)s. Decide them or take them back, then merge.")
                % {"names": "、".join(f"{one.entry} ({one.entry.list})" for one in waiting[:5])}
            )

    def perform(self) -> Merge:
        """Move everything, and keep what moved."""
        now = timezone.now()
        row = Merge.objects.create(
            kept=self.kept,
            absorbed=self.absorbed,
            pair=self.pair,
            reason=self.reason[:500],
            done_by=self.actor.user,
            done_at=now,
        )
        before = Moving(self.actor, row, both_years=self.both_years, now=now).run(self.taken)
        try:
            row.kept.full_clean(validate_constraints=False)
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        if not self.actor.rows(Source.objects.filter(pk=row.kept.pk), SOURCE_MERGE).exists():
            raise NotFound
        self.decide(PairState.MERGED)
        row.after = as_they_stand(row.kept.pk, row.absorbed.pk)
        row.moved["after"] = parts_as_they_stand(*sorted((row.kept.pk, row.absorbed.pk)))
        row.save()
        after = keeping.flat(_now(row.kept, before))
        self.log(row.kept, before=keeping.flat(before), after={"absorbed": str(row.absorbed), **after})
        self.log(row.absorbed, before={"merged_into": None}, after={"merged_into": row.kept.pk})
        operators = [one for one in (row.kept.operator, row.absorbed.operator) if one is not None]
        self._tell(operators, row)
        return row

    def _tell(self, operators: list[Any], row: Merge) -> None:
        """The accounts of the enterprise see the record under another name from now on."""
        users = User.objects.filter(organisation__in=operators, is_active=True)
        self.notify(
            [user for user in users if user.may("sources.own.confirm")],
            "sources.merge",
            __("%(absorbed)s and %(kept)s are one source now: %(kept)s")
            % {"absorbed": row.absorbed, "kept": row.kept},
            body=row.reason,
            url=row.kept.get_absolute_url(),
        )


def _now(source: Source, before: dict[str, Any]) -> dict[str, Any]:
    """What the facts of a patch are now, in the form of a patch."""
    columns = [key for key in before if key != "values"]
    facts = {key: source.values.get(key) for key in before.get("values", {})}
    return {**snapshot(source, columns), "values": facts}


class UndoMerge(Action[Merge]):
    """Take a merge back, while nothing of the two sources has changed since."""

    code = "sources.merge_undo"
    permission = SOURCE_MERGE
    needs_reason = True

    def __init__(self, actor: Actor, row: Merge, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def subject(self) -> Merge:
        """The merge."""
        return self.row

    def check(self) -> None:
        """Both must be the actor's."""
        super().check()
        self.check_row(self.row)

    def validate(self) -> None:
        """It stands, and both sources stand as it left them."""
        super().validate()
        hold((self.row.kept_id, self.row.absorbed_id))
        self.row = Merge.objects.select_for_update().get(pk=self.row.pk)
        if self.row.undone_at is not None:
            raise WrongStep
        changed = changed_since(self.row)
        if changed:
            raise Conflict(
                __("Changed since the merge, so it cannot be taken back: %(what)s.") % {"what": "、".join(changed)}
            )

    def perform(self) -> Merge:
        """Everything goes home."""
        now, row = timezone.now(), self.row
        before = Back(self.actor, row, reason=self.reason, now=now).run()
        for source in (row.kept, row.absorbed):
            if not self.actor.rows(Source.objects.filter(pk=source.pk), SOURCE_MERGE).exists():
                raise NotFound
        row.undone_at, row.undone_by, row.undone_because = now, self.actor.user, self.reason[:500]
        row.save()
        pairs = DuplicatePair.objects.filter(Q(pk=row.pair_id or 0), state=PairState.MERGED)
        pairs.update(state=PairState.OPEN, decided_by=None, decided_at=None, note="")
        self.log(row, after={"kept": str(row.kept), "absorbed": str(row.absorbed)})
        self.log(row.kept, before=keeping.flat(before), after=keeping.flat(_now(row.kept, before)))
        self.log(row.absorbed, before={"merged_into": row.kept.pk}, after={"merged_into": None})
        return row


def changed_since(row: Merge) -> list[str]:
    """What of two sources is no longer as their merge left it, in words."""
    if as_they_stand(row.kept_id, row.absorbed_id) == row.after:
        return []
    words = {
        "sources": __("facts of the source"),
        "units": __("units"),
        "entries": __("entries of lists"),
        "grades": __("performance grades"),
        "subsidies": __("subsidies"),
        "proposals": __("proposed changes"),
        "activities": __("activities of the inventory"),
        "keys": __("keys"),
    }
    was = row.moved.get("after", {})
    now = parts_as_they_stand(*sorted((row.kept_id, row.absorbed_id)))
    return [said for name, said in words.items() if was.get(name) != now[name]] or [__("facts of the source")]
