"""How findings are scored against a reader's list.

A list says of each upper task three things: what became of it (carried, partly, missing, not_applicable), how the
deadline compares, and how the amount compares; the latter two only where there is something to compare.

- Each status is one finding; so is each deadline and each amount that is not ``none``.
- A status is right where it is the reader's first or second reading and, for what is carried or partly carried, at
  least one of the named lower tasks is one that the reader accepts.
- A deadline or amount is right where it is the reader's. Where the reader's list leaves it open, nothing is scored.
- Recall of a kind: expected findings of the kind that were found, of all expected ones. Precision of a kind: reported
  findings of the kind that are right, of all reported ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lantian.rules.conformity.model import SECTION_SEPARATOR, Finding, Item
from tests.rules.conformity.gold import Expected

_ORDINAL = re.compile(r"[一二三四五六七八九十]+(?=、)|（[一二三四五六七八九十]+）")


@dataclass
class Score:
    """Counts by kind of finding."""

    expected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    reported: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    first_reading: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found.total() / self.expected.total()

    @property
    def precision(self) -> float:
        return self.right.total() / self.reported.total()

    def lines(self) -> list[str]:
        kinds = sorted({*self.expected, *self.reported})
        return [
            f"{kind:24} recall {self.found[kind]}/{self.expected[kind]}  precision {self.right[kind]}/{self.reported[kind]}"
            for kind in kinds
        ]

    def add(self, place: str, finding: Finding, expected: Expected, names: Iterable[str]) -> None:
        """Score one finding; ``names`` are the lower tasks that it names, as the list writes them."""
        wanted = {*expected.core, *expected.also}
        named = set(names)
        status = str(finding.status)
        accepted = {expected.status, expected.or_}
        needs_lower = status in {"carried", "partly"} and bool(wanted)
        right = status in accepted and (not needs_lower or bool(named & wanted))
        self.first_reading += status == expected.status
        self._count(
            expected.status,
            status,
            right,
            place,
            f"{status} {sorted(named)}, expected {accepted - {''}} {sorted(wanted)}",
        )
        for label, got, want in (
            ("deadline", str(finding.deadline), expected.deadline),
            ("amount", str(finding.quantity), expected.quantity),
        ):
            if want is None:
                continue
            self._count(
                f"{label} {want}" if want != "none" else "",
                f"{label} {got}" if got != "none" else "",
                got == want,
                place,
                f"{label} {got}, expected {want}",
            )

    def _count(self, want: str, got: str, right: bool, place: str, words: str) -> None:
        if want:
            self.expected[want] += 1
            self.found[want] += right
        if got:
            self.reported[got] += 1
            self.right[got] += right
        if not right:
            self.wrong.append(f"{place}: {words}")


def place_of(item: Item) -> str:
    """Where an item stands, by ordinals: A一（一）1(1) is in the first document of a file with two."""
    parts = item.section.split(SECTION_SEPARATOR) if item.section else []
    letter = ""
    if parts and not _ORDINAL.match(parts[0]):
        letter = "A" if parts[0].startswith("关于") else "B"
        parts = parts[1:]
    ordinals = [found[0] for part in parts if (found := _ORDINAL.match(part))]
    return letter + "".join(ordinals) + (item.number or "")


def lower_name(item: Item, tasks: Mapping[str, Item]) -> str:
    """A lower task by its number, anything else by its place."""
    return (item.number or "") if tasks.get(item.key) == item else place_of(item)
