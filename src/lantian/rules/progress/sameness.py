"""Which task of a newer text is which task of the older one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

#: Likeness from which two tasks are taken for the same; below it one was dropped and another added.
LIKE = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Words:
    """A task as its words: where it stands, its number, its title and its text."""

    number: str
    title: str
    text: str = ""
    section: str = ""


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def _pairs(text: str) -> Counter[str]:
    folded = _folded(text)
    if len(folded) < 2:
        return Counter([folded] if folded else [])
    return Counter(folded[at : at + 2] for at in range(len(folded) - 1))


def _dice(one: Counter[str], other: Counter[str]) -> Fraction:
    size = one.total() + other.total()
    return Fraction(2 * (one & other).total(), size) if size else Fraction(0)


def same(old: Sequence[Words], new: Sequence[Words]) -> list[tuple[int | None, int | None]]:
    """Pair the tasks of two texts.

    Equal words come first, then the most alike; a number that stayed decides between equals. Tasks are compared only
    where they share rare pairs of characters, so that the cost grows with the length of the texts.

    Parameters
    ----------
    old, new
        Tasks in the order of their texts.

    Returns
    -------
    list of (int or None, int or None)
        Indices of the old and the new task; None on one side where a task was added or dropped. Pairs and added tasks
        in the order of the new text, dropped ones at the end.
    """
    titles = [[_pairs(task.title) for task in side] for side in (old, new)]
    bodies = [[_pairs(task.title + task.text) for task in side] for side in (old, new)]
    holders: dict[str, list[int]] = defaultdict(list)
    for index, pairs in enumerate(bodies[0]):
        for pair in pairs:
            holders[pair].append(index)
    scored: list[tuple[Fraction, int, int]] = []
    for index, pairs in enumerate(bodies[1]):
        rare = sorted(pairs, key=lambda pair: (len(holders.get(pair, ())), pair))
        shared: Counter[int] = Counter()
        for pair in [pair for pair in rare if holders.get(pair)][:24]:
            shared.update(holders[pair][:200])
        for candidate, _count in shared.most_common(12):
            title = _dice(titles[0][candidate], titles[1][index])
            body = _dice(bodies[0][candidate], pairs)
            likeness = (title + 2 * body) / 3
            if likeness < LIKE:
                continue
            if old[candidate].number == new[index].number:
                likeness += Fraction(1, 20)
            if _folded(old[candidate].section) == _folded(new[index].section):
                likeness += Fraction(1, 50)
            scored.append((likeness, candidate, index))
    scored.sort(key=lambda entry: (-entry[0], abs(entry[1] - entry[2]), entry[1], entry[2]))
    of_new: dict[int, int] = {}
    taken: set[int] = set()
    for _likeness, candidate, index in scored:
        if index not in of_new and candidate not in taken:
            of_new[index] = candidate
            taken.add(candidate)
    found: list[tuple[int | None, int | None]] = [(of_new.get(index), index) for index in range(len(new))]
    return [*found, *((index, None) for index in range(len(old)) if index not in taken)]
