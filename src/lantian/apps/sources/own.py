"""What an enterprise sees of itself: its sources, what of their records waits, lacks or is old; and who decides its word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F

from lantian.apps.core.exceptions import NotFound
from lantian.apps.sources.access import ENTRY_APPROVE, ENTRY_CHECK, OWN_CONFIRM
from lantian.apps.sources.choices import EntryState, ListState, ProposalOrigin, ProposalState
from lantian.apps.sources.facts import Facts, facts_of, home_of, missing_of
from lantian.apps.sources.fields import type_named
from lantian.apps.sources.models import Announcement, ListEntry, Proposal, Source, SourceList
from lantian.rules.sources.fields import ListField, Scope
from lantian.rules.sources.lists import ListType

if TYPE_CHECKING:
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.models import User

#: A record that was not confirmed for so long is to be confirmed anew. No plan names a number: the default of the house.
CONFIRM_DAYS = 365
#: facts that the office keeps about an entry, and that an enterprise does not propose
OFFICE_KEYS = frozenset({"department", "list_number", "first_seen", "last_checked", "source_document"})


def sources_of(user: User) -> Any:
    """The sources that the account's own organisation runs."""
    return Source.objects.live().run_by(user, OWN_CONFIRM)


def refuse_foreign(actor: Actor, source: int) -> None:
    """Refuse a source that the actor's organisation does not run, however wide the grant is.

    Raises
    ------
    NotFound
    """
    if (
        actor.user is not None
        and not Source.objects.filter(pk=source).run_by(actor.user, OWN_CONFIRM).exists()
    ):
        raise NotFound(model="sources.source")


@dataclass(frozen=True, slots=True)
class Part:
    """An entry of a source as the enterprise looks at it."""

    entry: ListEntry
    type: ListType
    facts: dict[str, Any]
    #: what the list must have and the enterprise has not filled in
    missing: Sequence[ListField]
    #: a change or confirmation of it that waits to be decided
    waiting: Proposal | None
    confirmed_on: date | None
    #: never confirmed, or too long ago
    stale: bool
    #: on a frozen list without an announced change
    closed: bool

    @property
    def listed(self) -> bool:
        """Whether it stands on the list; until then nothing of it is confirmed or proposed."""
        return self.entry.state == EntryState.LISTED

    @property
    def changeable(self) -> bool:
        """Whether a change may be asked for."""
        return self.listed and self.waiting is None and not self.closed

    @property
    def confirmable(self) -> bool:
        """Whether the enterprise may say that it is right."""
        return self.listed and self.waiting is None and not self.missing

    @property
    def to_do(self) -> bool:
        """Whether the enterprise has something to do here."""
        return self.listed and self.waiting is None and (self.stale or bool(self.missing))


def parts_of(sources: Iterable[Source], today: date) -> dict[int, list[Part]]:
    """The entries of sources, with all that an enterprise has to know of them; by the key of the source."""
    found: dict[int, list[Part]] = {source.pk: [] for source in sources}
    entries = list(
        ListEntry.objects.filter(source__in=found)
        .exclude(state=EntryState.REMOVED)
        .select_related("list", "source__region", "source__department", "unit", "proposed_by")
        .order_by("source", F("unit__kind").asc(nulls_first=True), "list__type", "list", "pk")
    )
    waiting = {
        row.entry_id: row for row in Proposal.objects.filter(entry__in=entries, state=ProposalState.WAITING)
    }
    types: dict[str, ListType] = {}
    closed = _closed({entry.list_id: entry.list for entry in entries}.values(), today)
    for entry in entries:
        type_ = types.get(entry.list.type) or types.setdefault(entry.list.type, type_named(entry.list.type))
        facts = facts_of(entry.source, entry.unit, entry)
        missing = [one for one in missing_of(type_, Facts(given=facts)) if one.key not in OFFICE_KEYS]
        confirmed = confirmed_on(entry)
        found[entry.source_id].append(
            Part(
                entry=entry,
                type=type_,
                facts=facts,
                missing=missing,
                waiting=waiting.get(entry.pk),
                confirmed_on=confirmed,
                stale=confirmed is None or confirmed < today - timedelta(days=CONFIRM_DAYS),
                closed=entry.list_id in closed,
            )
        )
    return found


def confirmed_on(entry: ListEntry) -> date | None:
    """The day on which the enterprise last said that an entry is right, as far as the bureau has agreed."""
    text = entry.values.get("confirmed_on")
    return date.fromisoformat(text) if text else None


def _closed(lists: Iterable[SourceList], today: date) -> set[int]:
    frozen = {row.pk for row in lists if row.state == ListState.FROZEN}
    if not frozen:
        return set()
    opened = Announcement.objects.filter(list__in=frozen, closed_at__isnull=True, announced_on__lte=today)
    return frozen - {row.list_id for row in opened if row.until is None or row.until >= today}


def source_type_of(source: Source, parts: Sequence[Part]) -> ListType:
    """The facts of a source that any of its lists asks for, as one list."""
    from lantian.apps.sources.forms_facts import source_type

    whole = source_type(source.kind, facts_of(source))
    fields = {one.key: one for one in whole.fields}
    for part in parts:
        for one in part.type.of_scope(Scope.SOURCE):
            known = fields.get(one.key)
            if known is None or (one.required and not known.required):
                fields[one.key] = one
    return replace(whole, fields=tuple(fields.values()))


def carriers(parts: Sequence[Part], keys: Iterable[str]) -> dict[str, Part]:
    """Which entry a change of each fact of the source is asked for at: as few as possible, and none that waits."""
    wanted = set(keys)
    found: dict[str, Part] = {}
    opened = [
        (part, {one.key for one in part.type.of_scope(Scope.SOURCE)}) for part in parts if part.changeable
    ]
    opened.sort(key=lambda pair: (-len(pair[1] & wanted), pair[0].type.is_of_units, pair[0].entry.pk))
    for part, known in opened:
        for key in wanted & known:
            found.setdefault(key, part)
    return found


def part_keys(type_: ListType) -> list[str]:
    """The facts of the unit and of the entry that an enterprise may ask for."""
    return [one.key for one in type_.fields if one.scope is not Scope.SOURCE and one.key not in OFFICE_KEYS]


def unit_lists(source: Source, today: date) -> list[SourceList]:
    """Lists of units that a source could be given a further unit on."""
    from lantian.rules.sources.lists import list_book

    if source.kind != "enterprise":
        # Only enterprises consist of units.
        return []
    # The list that a kind of unit is at home on; what is confirmed for a season or an emergency the bureau chooses.
    kinds = [
        one.code for one in list_book().lists.values() if one.is_of_units and home_of(one.subject) is one
    ]
    path = source.region.path if source.region is not None else ""
    lists = [
        row
        for row in SourceList.objects.filter(type__in=kinds)
        .select_related("region")
        .order_by("type", "-term", "pk")
        if row.region is None or path.startswith(row.region.path)
    ]
    closed = _closed(lists, today)
    return [row for row in lists if row.pk not in closed]


def to_decide(user: User) -> Any:
    """Proposals that wait for the word of an account: never its own."""
    waiting = Proposal.objects.filter(state=ProposalState.WAITING).exclude(created_by=user)
    rows = waiting.visible_to(user, ENTRY_APPROVE)
    if user.may(ENTRY_CHECK):
        rows = rows | waiting.filter(origin=ProposalOrigin.ENTERPRISE).visible_to(user, ENTRY_CHECK)
    return rows


def confirmations_beside(proposal: Proposal, user: User, *, itself: bool = False) -> list[Proposal]:
    """Other confirmations of the same source that wait for the word of an account."""
    rows = to_decide(user).filter(source=proposal.source_id, step="confirm", origin=ProposalOrigin.ENTERPRISE)
    if not itself:
        rows = rows.exclude(pk=proposal.pk)
    return list(rows.select_related("entry__list").order_by("pk"))
