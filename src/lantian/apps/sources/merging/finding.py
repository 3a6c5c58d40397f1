"""The search for sources that may be one: kind by kind over what an account sees, each pair kept with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.models import Region
from lantian.apps.sources.access import SOURCE_MERGE
from lantian.apps.sources.choices import EntryState, KeyKind, PairState
from lantian.apps.sources.emissions.running import message_json, message_of
from lantian.apps.sources.inserting import insert_values
from lantian.apps.sources.kinds import source_kind
from lantian.apps.sources.models import DuplicatePair, ListEntry, Source, SourceKey, SourceList, Unit
from lantian.rules.sources.duplicates import Candidate, Suspicion, suspected
from lantian.rules.sources.lists import SOURCE_KINDS

#: likeness from which on a pair is kept [%]
LIKENESS = 70
LEAST, MOST = 50, 99
#: kinds that have numbers and no names of their own: the same number is the same source already
NUMBERED = frozenset({"vehicle", "machine", "road", "land", "village", "trade"})
#: as many keys as one question of SQLite may hold, with room
_CHUNK = 5000
Progress = Callable[[int, int, str], None]


def kinds_searched() -> list[str]:
    """Kinds of sources in which duplicates are looked for."""
    return [kind for kind in SOURCE_KINDS if kind not in NUMBERED]


@dataclass(frozen=True, slots=True)
class Scope:
    """Among which sources is searched.

    Attributes
    ----------
    kind
        A kind of source; empty for all that have names.
    region, listing
        Only sources in a place and below it, and only those on a list.
    likeness
        From which on a pair is kept [%].
    """

    kind: str = ""
    region: Region | None = None
    listing: SourceList | None = None
    likeness: int = LIKENESS

    def kept(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "kind": self.kind,
            "region": self.region.pk if self.region is not None else None,
            "list": self.listing.pk if self.listing is not None else None,
            "likeness": self.likeness,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Scope:
        """Out of what a job keeps."""
        return cls(
            str(kept.get("kind") or ""),
            Region.objects.filter(pk=kept.get("region") or 0).first(),
            SourceList.objects.filter(pk=kept.get("list") or 0).first(),
            int(kept.get("likeness") or LIKENESS),
        )

    def words(self) -> str:
        """In words."""
        parts = [
            source_kind(self.kind) if self.kind else __("All kinds"),
            self.region.name if self.region is not None else "",
            self.listing.name if self.listing is not None else "",
            __("from %(percent)s %% on") % {"percent": self.likeness},
        ]
        return " · ".join(part for part in parts if part)

    def kinds(self) -> list[str]:
        """The kinds, one after the other."""
        return [kind for kind in kinds_searched() if not self.kind or kind == self.kind]

    def rows(self, actor: Actor) -> Any:
        """The sources that the actor may merge."""
        rows: Any = actor.rows(Source.objects.all(), SOURCE_MERGE)
        rows = rows.live()
        if self.region is not None:
            rows = rows.within(self.region)
        if self.listing is not None:
            on = ListEntry.objects.filter(list=self.listing).exclude(state=EntryState.REMOVED)
            rows = rows.filter(pk__in=on.order_by().values("source"))
        return rows.order_by("pk")


def _several(value: Any) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else str(value or "").replace("，", "、").split("、")
    return tuple(text for text in map(str, texts) if text.strip())


def candidates(rows: Any) -> list[Candidate]:
    """Sources as the rule compares them."""
    names: dict[int, list[str]] = {}
    numbers: dict[int, set[str]] = {}
    held = SourceKey.objects.filter(kind__in=(KeyKind.OLD_NAME, KeyKind.MN), source__in=rows.order_by().values("pk"))
    for key, kind, value in held.values_list("source", "kind", "value").iterator(chunk_size=_CHUNK):
        if kind == KeyKind.OLD_NAME:
            names.setdefault(key, []).append(value)
        else:
            numbers.setdefault(key, set()).add(value)
    units = Unit.objects.filter(kind="cems", source__in=rows.order_by().values("pk"))
    for key, values in units.values_list("source", "values").iterator(chunk_size=_CHUNK):
        numbers.setdefault(key, set()).update(_several(values.get("mn")))
    # Texts that many sources share are kept once.
    once: dict[str, str] = {}
    found = []
    columns = ("pk", "name", "uscc", "permit", "lon", "lat", "trade", "region__code", "address", "values__mn")
    for key, name, uscc, permit, lon, lat, trade, region, address, mn in rows.values_list(*columns).iterator(
        chunk_size=_CHUNK
    ):
        own = sorted({*numbers.get(key, ()), *_several(mn)})
        found.append(
            Candidate(
                str(key),
                (name, *names.get(key, ())),
                uscc,
                permit,
                tuple(own),
                lon,
                lat,
                once.setdefault(trade, trade),
                once.setdefault(region or "", region or ""),
                address,
            )
        )
    return found


def reasons_of(suspicion: Suspicion) -> list[dict[str, Any]]:
    """What speaks for and against it, as a pair keeps it."""
    return [
        {"code": reason.code, "said": message_json(reason.message), "weight": reason.weight}
        for reason in suspicion.reasons
    ]


def told(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """Kept reasons in the language of the page."""
    return [message_of(reason["said"]).text(__) for reason in reasons]


def likeness_of(first: Source, second: Source) -> Suspicion | None:
    """What the rule says of two sources; None where nothing makes them alike."""
    rows = Source.objects.filter(pk__in=(first.pk, second.pk)).order_by("pk")
    found = suspected(candidates(rows), least=0.0)
    return found[0] if found else None


class KeepPairs(Action[dict[str, int]]):
    """Keep what a search has found of one kind of source: new pairs, and likeness and reasons of open ones anew.

    What people have decided or named stays. An open pair among the searched that is no longer alike enough goes.
    """

    code = "sources.duplicates.find"
    permission = SOURCE_MERGE

    def __init__(
        self, actor: Actor, kind: str, scope: Scope, searched: Sequence[int], found: Sequence[Suspicion]
    ) -> None:
        super().__init__(actor)
        self.kind, self.scope, self.searched, self.found = kind, scope, set(searched), found

    def perform(self) -> dict[str, int]:
        """Write them, many at once."""
        now = timezone.now()
        rows = DuplicatePair.objects.filter(first__kind=self.kind)
        known = {
            (first, second): (key, state, named)
            for key, first, second, state, named in rows.values_list("pk", "first", "second", "state", "named_by")
        }
        # What others have merged or taken away since the reading is no candidate any more.
        alike = {tuple(sorted((int(one.left), int(one.right)))): one for one in self.found}
        there = _still_there({key for pair in alike for key in pair})
        new, again = [], []
        for (first, second), one in alike.items():
            if first not in there or second not in there:
                continue
            key, state, _named = known.get((first, second), (None, "", None))
            if key is None:
                new.append(
                    {
                        "first_id": first,
                        "second_id": second,
                        "score": one.score,
                        "reasons": reasons_of(one),
                        "state": PairState.OPEN.value,
                        "found_at": now,
                        "note": "",
                    }
                )
            elif state == PairState.OPEN:
                again.append(DuplicatePair(pk=key, score=one.score, reasons=reasons_of(one)))
        insert_values(DuplicatePair, new)
        DuplicatePair.objects.bulk_update(again, ["score", "reasons"], batch_size=500)
        least = self.scope.likeness / 100
        gone = [
            key
            for pair, (key, state, named) in known.items()
            if state == PairState.OPEN and named is None and pair not in alike and self.searched.issuperset(pair)
        ]
        taken = 0
        for at in range(0, len(gone), _CHUNK):
            taken += DuplicatePair.objects.filter(
                pk__in=gone[at : at + _CHUNK], score__gte=least, state=PairState.OPEN
            ).delete()[0]
        counts = {"new": len(new), "again": len(again), "gone": taken}
        self.log(None, label=source_kind(self.kind), after={"searched": len(self.searched), **counts})
        return counts


def _still_there(keys: set[int]) -> set[int]:
    listed, found = sorted(keys), set()
    for at in range(0, len(listed), _CHUNK):
        part = Source.objects.filter(Q(pk__in=listed[at : at + _CHUNK])).live()
        found.update(part.order_by().values_list("pk", flat=True))
    return found


def search(
    actor: Actor,
    scope: Scope,
    progress: Progress = lambda _done, _total, _words: None,
    *,
    skip: Iterable[str] = (),
    done: Callable[[str, Mapping[str, int]], None] = lambda _kind, _counts: None,
) -> dict[str, int]:
    """Search all kinds of a scope, one after the other; each is kept before the next begins.

    Parameters
    ----------
    progress
        Told how much is done, of how much, and at what the search is; what it raises ends the search.
    skip
        Kinds that an earlier run has searched.
    done
        Told which kind has been kept, with the numbers.
    """
    total = {"searched": 0, "new": 0, "again": 0, "gone": 0}
    passed = set(skip)
    kinds = [kind for kind in scope.kinds() if kind not in passed]
    for at, kind in enumerate(kinds):
        rows = scope.rows(actor).filter(kind=kind)

        def tick(part: int, whole: int, at: int = at, kind: str = kind) -> None:
            progress(at * 100 + 100 * part // max(whole, 1), 100 * len(kinds), source_kind(kind))

        tick(0, 1)
        compared = candidates(rows)
        found = suspected(compared, least=scope.likeness / 100, tick=tick) if len(compared) > 1 else []
        searched = [int(one.key) for one in compared]
        count = len(compared)
        del compared
        counts = KeepPairs(actor, kind, scope, searched, found).execute()
        for name, number in counts.items():
            total[name] += number
        total["searched"] += count
        done(kind, counts)
    return total
