"""An import taken back, while nobody has touched what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.sources import keeping
from lantian.apps.sources.access import LIST_IMPORT
from lantian.apps.sources.models import (
    DuplicatePair,
    ListEntry,
    Merge,
    Proposal,
    Source,
    SourceKey,
    StagedImport,
    StagedRow,
    Unit,
)

PART = 1000


def _moment(row: StagedRow) -> datetime:
    found = parse_datetime(row.made["at"])
    assert found is not None
    return found


def touched(staged: StagedImport, most: int = 20) -> list[str]:
    """What has been changed since an import wrote it, by name; empty where the import can be taken back."""
    found: list[str] = []
    # A row that several parts wrote must be as the last of them left it.
    seen: set[tuple[str, int]] = set()
    for rows in _parts(staged):
        for word, model, name in (
            ("entry", ListEntry, "entry_id_applied"),
            ("unit", Unit, "unit_id_applied"),
            ("source", Source, "source_id_applied"),
        ):
            wrote = {
                getattr(row, name): _moment(row)
                for row in rows
                if word in row.made and (word, getattr(row, name)) not in seen
            }
            seen |= {(word, key) for key in wrote}
            for thing in model.objects.filter(pk__in=wrote):
                if thing.changed_at != wrote[thing.pk]:
                    found.append(str(thing))
                    if len(found) >= most:
                        return found
        entries = [row.entry_id_applied for row in rows if row.made.get("entry") == "new"]
        sources = [row.source_id_applied for row in rows if row.made.get("source") == "new"]
        found += [str(one) for one in Proposal.objects.filter(entry__in=entries)[:most]]
        foreign = (
            ListEntry.objects.filter(source__in=sources)
            .exclude(pk__in=StagedRow.objects.filter(sheet__staged=staged).values("entry_id_applied"))
            .distinct()
        )
        found += [str(one) for one in foreign[:most]]
        used = Source.objects.filter(
            Q(grades__isnull=False)
            | Q(activities__isnull=False)
            | Q(subsidies__isnull=False)
            | Q(emissions__isnull=False),
            pk__in=sources,
        ).distinct()
        found += [str(one) for one in used[:most]]
        # A merge has moved what the import made, even where it was taken back since.
        every = [row.source_id_applied for row in rows if "source" in row.made]
        merged = Merge.objects.filter(Q(kept__in=every) | Q(absorbed__in=every)).select_related("kept", "absorbed")
        found += [
            __("%(absorbed)s (merged with %(kept)s)") % {"absorbed": one.absorbed, "kept": one.kept}
            for one in merged[:most]
        ]
        if len(found) >= most:
            return found[:most]
    return list(dict.fromkeys(found))


def _parts(staged: StagedImport) -> Any:
    """The applied rows, the last part first."""
    numbers = (
        StagedRow.objects.filter(sheet__staged=staged, part__isnull=False)
        .order_by("-part")
        .values_list("part", flat=True)
        .distinct()
    )
    for number in numbers:
        yield list(StagedRow.objects.filter(sheet__staged=staged, part=number).order_by("-row"))


class UndoPart(Action[int]):
    """Take back one part of an import."""

    code = "sources.list.import_undo"
    permission = LIST_IMPORT

    def __init__(
        self, actor: Actor, staged: StagedImport, rows: list[StagedRow], *, reason: str = ""
    ) -> None:
        super().__init__(actor, reason=reason)
        self.staged, self.rows = staged, rows

    def subject(self) -> StagedImport:
        """The import."""
        return self.staged

    def perform(self) -> int:
        """Remove what was made, and lay what was before over what was changed."""
        gone: dict[str, list[int]] = {"entry": [], "unit": [], "source": []}
        for row in self.rows:
            for word, model, key in (
                ("entry", ListEntry, row.entry_id_applied),
                ("unit", Unit, row.unit_id_applied),
                ("source", Source, row.source_id_applied),
            ):
                what = row.made.get(word)
                if what == "new":
                    gone[word].append(int(key or 0))
                elif what:
                    thing: Any = model.objects.get(pk=key)
                    keeping.change(thing, keeping.given_back(thing, what), self.actor, reason=self.reason)
        ListEntry.objects.filter(pk__in=gone["entry"])._raw_delete("default")
        Unit.objects.filter(pk__in=gone["unit"])._raw_delete("default")
        DuplicatePair.objects.filter(Q(first__in=gone["source"]) | Q(second__in=gone["source"]))._raw_delete(
            "default"
        )
        SourceKey.objects.filter(source__in=gone["source"])._raw_delete("default")
        Source.objects.filter(pk__in=gone["source"])._raw_delete("default")
        StagedRow.objects.filter(pk__in=[row.pk for row in self.rows]).update(part=None, made={})
        self.log(
            self.staged, after={"rows": len(self.rows), **{word: len(keys) for word, keys in gone.items()}}
        )
        return len(self.rows)


def undo(actor: Actor, staged: StagedImport, progress: Callable[[int, int], None]) -> int:
    """Take back all parts, the last one first.

    Raises
    ------
    Conflict
        Where something has been changed since; nothing is taken back then.
    """
    left = touched(staged)
    if left:
        raise Conflict(
            __("Changed since, so the import cannot be taken back as a whole: %(names)s.")
            % {"names": "、".join(left[:10])}
        )
    total = StagedRow.objects.filter(sheet__staged=staged, part__isnull=False).count()
    done = 0
    for rows in _parts(staged):
        with transaction.atomic():
            done += UndoPart(actor, staged, rows, reason=staged.name).execute()
        progress(done, total)
    return done
