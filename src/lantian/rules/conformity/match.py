"""How much of a duty of the upper plan stands in the items of the lower one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lantian.rules.conformity.model import Item
from lantian.rules.conformity.profile import Profile, Segment, Weights
from lantian.rules.conformity.words import GENERAL, MEANS, OBJECT, PLACE, lexicon

#: What a mention of a concept is worth: in a heading, in the text where it is one of many things, at most in the text;
#: safeguards list everything (大力宣传锅炉拆改、黄标车淘汰…) without ordering it.
IN_HEADING, IN_PASSING, IN_TEXT, LISTED = 1.0, 0.4, 0.9, 0.15
#: and in the heading of the item that a sub-item belongs to.
IN_CONTEXT = 0.5
#: Share of a text's weight from which on a mention in it is no longer one in passing.
PROMINENT = 0.25
#: How the share of the subject, of all it names and of the wording make up the score of an item.
SCORE = (0.45, 0.3, 0.5)
#: Share of the upper plan's items from which on a pair of characters says nothing.
COMMON = 0.15
#: What is left of the share of a subject elsewhere than where the duty is meant for (居民小区堆场, not 工业堆场).
ELSEWHERE = 0.6
#: Most pairs of characters of an item that its wording is compared by, the rarest first.
MOST_PAIRS = 120
#: Items whose score is lower have nothing of a duty.
LEAST = 0.03
#: Weight that a text of few concepts must reach before its share counts in full.
SMOOTHING = 3.0


@dataclass(frozen=True, slots=True)
class Likeness:
    """An item of the lower plan beside a duty of the upper one; the shares are between 0 and 1.

    ``focus`` is how much of what the duty is about stands below, ``body`` how much of the rest that it names, ``words``
    how alike the wordings are.
    """

    lower: int
    segment: int
    focus: float
    body: float
    words: float
    score: float
    common: frozenset[str]


class Matcher:
    """The items of a lower plan, indexed for the duties of an upper one.

    Weights come from the upper plan alone, so that an item of the lower plan counts the same whatever stands beside it.
    """

    def __init__(self, upper: Sequence[Profile], lower: Sequence[Profile]) -> None:
        self.weights = Weights(upper)
        self.lower = lower
        self._common = COMMON * max(len(upper), 10)
        self._concepts: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
        self._pairs: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
        self._equal: dict[str, list[int]] = defaultdict(list)
        for index, profile in enumerate(lower):
            self._equal[profile.plain].append(index)
            for at, segment in enumerate(profile.segments):
                self._index(index, at, profile, segment)

    def _index(self, index: int, at: int, profile: Profile, segment: Segment) -> None:
        heading = segment.heading if at else profile.heading
        context = profile.parent | (profile.heading if at else frozenset())
        total = sum(self.weights.concept(name) * count for name, count in segment.concepts.items())
        for name in {*segment.concepts, *heading, *context}:
            if name in heading:
                worth = IN_HEADING
            elif name in segment.concepts:
                share = self.weights.concept(name) * segment.concepts[name] / total
                least = LISTED if profile.is_passage else IN_PASSING
                worth = least + (IN_TEXT - least) * min(1.0, share / PROMINENT)
            else:
                worth = IN_CONTEXT
            self._concepts[name].append((index, at, worth))
        for pair, value in self._vector(segment).items():
            self._pairs[pair].append((index, at, value))

    def _vector(self, segment: Segment) -> dict[str, float]:
        vector = {
            pair: (1 + math.log(count)) * self.weights.idf(pair)
            for pair, count in segment.pairs.items()
            if self.weights.count(pair) <= self._common
        }
        norm = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        telling = sorted(vector.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_PAIRS]
        return {pair: value / norm for pair, value in telling}

    def focus_of(self, upper: Profile) -> dict[str, float]:
        """What a duty is about, with weights.

        The objects of its heading, else its means, else the objects that it is a sub-item of, else what its text repeats.
        """
        book = lexicon().concepts
        for heading, kinds in (
            (upper.heading, (OBJECT, PLACE)),
            (upper.heading, (MEANS,)),
            (upper.parent, (OBJECT, PLACE)),
        ):
            names = sorted(name for name in heading if book[name].kind in kinds)
            if names:
                return {name: self.weights.concept(name) for name in names}
        weighed = sorted(
            (-count * self.weights.concept(name), name)
            for name, count in upper.whole.concepts.items()
            if book[name].kind in (OBJECT, PLACE)
        )
        return {name: self.weights.concept(name) for _weight, name in weighed[:3]}

    def rest_of(self, upper: Profile, focus: Mapping[str, float]) -> dict[str, float]:
        """What else a duty names, with weights."""
        book = lexicon().concepts
        return {
            name: self.weights.concept(name)
            for name in upper.whole.concepts
            if name not in focus and book[name].kind != GENERAL
        }

    def find(self, upper: Profile) -> list[Likeness]:
        """The items of the lower plan that have something of a duty, the best first; of each its best segment."""
        focus = self.focus_of(upper)
        rest = self.rest_of(upper, focus)
        about: dict[tuple[int, int], float] = defaultdict(float)
        named: dict[tuple[int, int], set[str]] = defaultdict(set)
        words: dict[tuple[int, int], float] = defaultdict(float)
        for name, weight in focus.items():
            for index, at, worth in self._concepts.get(name, ()):
                about[index, at] += weight * worth
                named[index, at].add(name)
        for name in rest:
            for index, at, _worth in self._concepts.get(name, ()):
                named[index, at].add(name)
        for pair, value in self._vector(upper.whole).items():
            for index, at, other in self._pairs.get(pair, ()):
                words[index, at] += value * other
        for index in self._equal.get(upper.plain, ()):
            words[index, 0] = 1.0
        of_focus = sum(focus.values()) or 1.0
        of_rest = max(sum(rest.values()), SMOOTHING)
        best: dict[int, Likeness] = {}
        nothing: set[str] = set()
        where = {name for name in focus if lexicon().concepts[name].kind == PLACE}
        for place in {*named, *words}:
            index, at = place
            names = named.get(place, nothing)
            focused = about.get(place, 0.0) / of_focus * (1.0 if where <= names else ELSEWHERE)
            shared = math.fsum(rest[name] for name in names if name in rest) / of_rest
            alike = min(1.0, words.get(place, 0.0))
            score = SCORE[0] * focused + SCORE[1] * shared + SCORE[2] * alike
            old = best.get(index)
            if score < LEAST or (old is not None and (score, -at) <= (old.score, -old.segment)):
                continue
            best[index] = Likeness(index, at, focused, shared, alike, score, frozenset(names))
        return sorted(
            best.values(),
            key=lambda one: (-one.score, -one.words, *self._rank(upper.item, one.lower), one.lower),
        )

    def _rank(self, upper: Item, index: int) -> tuple[bool, bool, bool, str]:
        """Between equal wordings: the one with the same dates and amounts, then the same number."""
        item = self.lower[index].item
        return (
            item.deadlines != upper.deadlines,
            item.quantities != upper.quantities,
            item.number != upper.number,
            item.key,
        )
