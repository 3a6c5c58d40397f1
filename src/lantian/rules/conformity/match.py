"""How much of a duty of the upper plan stands in the items of the lower one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
class Enough:
    """From which share of the subject, likeness of the wording or score on an item is worth telling."""

    focus: float
    words: float
    score: float


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


Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


class _Postings:
    """In which segments of the lower plan each term stands, and with what value; of one term, each segment once."""

    def __init__(self) -> None:
        self._lists: dict[str, tuple[list[int], list[float]]] = {}
        self._arrays: dict[str, tuple[Places, Floats]] = {}
        self._none: tuple[Places, Floats] = (np.empty(0, np.intp), np.empty(0))

    def add(self, term: str, place: int, value: float) -> None:
        places, values = self._lists.setdefault(term, ([], []))
        places.append(place)
        values.append(value)

    def of(self, term: str) -> tuple[Places, Floats]:
        """The segments with a term, and the values there."""
        if term not in self._arrays:
            if term not in self._lists:
                return self._none
            places, values = self._lists.pop(term)
            self._arrays[term] = (np.array(places, np.intp), np.array(values))
        return self._arrays[term]


class Matcher:
    """The items of a lower plan, indexed for the duties of an upper one.

    Weights come from the upper plan alone, so that an item of the lower plan counts the same whatever stands beside it.
    """

    def __init__(self, upper: Sequence[Profile], lower: Sequence[Profile]) -> None:
        self.weights = Weights(upper)
        self.lower = lower
        self._common = COMMON * max(len(upper), 10)
        self._concepts = _Postings()
        self._pairs = _Postings()
        self._names: list[frozenset[str]] = []  # of each segment, the concepts
        self._equal: dict[str, list[int]] = defaultdict(list)
        items: list[int] = []
        segments: list[int] = []
        for index, profile in enumerate(lower):
            self._equal[profile.plain].append(len(items))
            for at, segment in enumerate(profile.segments):
                self._index(len(items), at, profile, segment)
                items.append(index)
                segments.append(at)
        self._items, self._segments = np.array(items, np.intp), np.array(segments, np.intp)

    def _index(self, place: int, at: int, profile: Profile, segment: Segment) -> None:
        heading = segment.heading if at else profile.heading
        context = profile.parent | (profile.heading if at else frozenset())
        total = sum(self.weights.concept(name) * count for name, count in segment.concepts.items())
        names = frozenset((*segment.concepts, *heading, *context))
        for name in names:
            if name in heading:
                worth = IN_HEADING
            elif name in segment.concepts:
                share = self.weights.concept(name) * segment.concepts[name] / total
                least = LISTED if profile.is_passage else IN_PASSING
                worth = least + (IN_TEXT - least) * min(1.0, share / PROMINENT)
            else:
                worth = IN_CONTEXT
            self._concepts.add(name, place, worth)
        self._names.append(names)
        for pair, value in self._vector(segment).items():
            self._pairs.add(pair, place, value)

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

    def find(self, upper: Profile, enough: Enough) -> list[Likeness]:
        """The items of the lower plan that have something of a duty, the best first; of each its best segment.

        Parameters
        ----------
        upper
            The duty.
        enough
            What an item must have to be worth telling; the best one is told in any case.
        """
        focus = self.focus_of(upper)
        rest = self.rest_of(upper, focus)
        count = len(self._items)
        about, shared, words = np.zeros(count), np.zeros(count), np.zeros(count)
        for name, weight in focus.items():
            places, worth = self._concepts.of(name)
            about[places] += weight * worth
        for name, weight in rest.items():
            shared[self._concepts.of(name)[0]] += weight
        for pair, value in self._vector(upper.whole).items():
            places, other = self._pairs.of(pair)
            words[places] += value * other
        words[self._equal.get(upper.plain, [])] = 1.0
        missing = np.zeros(count, np.bool_)
        for name in focus:
            if lexicon().concepts[name].kind == PLACE:
                here = np.zeros(count, np.bool_)
                here[self._concepts.of(name)[0]] = True
                missing |= ~here
        about = about / (sum(focus.values()) or 1.0) * np.where(missing, ELSEWHERE, 1.0)
        shared /= max(sum(rest.values()), SMOOTHING)
        words = np.minimum(1.0, words)
        score = SCORE[0] * about + SCORE[1] * shared + SCORE[2] * words
        found = np.flatnonzero(score >= LEAST)
        found = found[np.lexsort((self._segments[found], -score[found], self._items[found]))]
        found = found[
            np.flatnonzero(np.diff(self._items[found], prepend=-1))
        ]  # the best segment of each item
        telling = (about >= enough.focus) | (words >= enough.words) | (score >= enough.score)
        if len(found):
            telling |= score >= score[found].max()
        known = {*focus, *rest}
        best = [
            Likeness(
                int(self._items[place]),
                int(self._segments[place]),
                float(about[place]),
                float(shared[place]),
                float(words[place]),
                float(score[place]),
                self._names[place] & known,
            )
            for place in found[telling[found]]
        ]
        return sorted(
            best, key=lambda one: (-one.score, -one.words, *self._rank(upper.item, one.lower), one.lower)
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
