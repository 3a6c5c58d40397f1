"""What a text speaks of: the field's concepts, and pairs of characters where the field has no word for it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from lantian.rules.documents.traditional import TO_SIMPLIFIED

OBJECT, PLACE, MEANS, SECTOR, GENERAL = "object", "place", "means", "sector", "general"

_QUOTES = re.compile(r"[\s“”‘’\"'「」『』〔〕\[\]【】{}*#_$^]+")
_MARKS = re.compile(r"[^\w%㎡℃+/]+|[（）]+")
_FIGURES = re.compile(r"\d+(?:\.\d+)?")


def folded(text: str) -> str:
    """A text without differences of width, script and quotation; every other mark becomes ``|``.

    >>> folded("“双替代”、ＶＯＣｓ治理。")
    '双替代|vocs治理|'
    """
    text = unicodedata.normalize("NFKC", text.translate(TO_SIMPLIFIED)).casefold()
    return _MARKS.sub("|", _QUOTES.sub("", text))


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that plans speak of; ``kind`` is object, place, means, sector or general."""

    name: str
    kind: str


@dataclass(frozen=True)
class Lexicon:
    """The book of concepts, indexed by the first two characters of its words."""

    concepts: Mapping[str, Concept]
    by_head: Mapping[str, tuple[tuple[str, str], ...]]
    boilerplate: re.Pattern[str]

    def mentions(self, text: str) -> Iterator[tuple[int, str]]:
        """Where a folded text names a concept, the longest word first; a word inside a longer one does not count."""
        at, end = 0, len(text) - 1
        while at < end:
            for word, name in self.by_head.get(text[at : at + 2], ()):
                if text.startswith(word, at):
                    yield at, name
                    at += len(word)
                    break
            else:
                at += 1

    def pairs(self, text: str) -> Iterator[str]:
        """The pairs of characters of a folded text that are not phrases of the genre."""
        for piece in self.boilerplate.sub("|", _FIGURES.sub("|", text)).split("|"):
            for at in range(len(piece) - 1):
                yield piece[at : at + 2]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The book ``plan_concepts``."""
    book = json.loads(
        resources.files("lantian.rules.books").joinpath("plan_concepts.json").read_text("utf-8")
    )
    heads: dict[str, list[tuple[str, str]]] = {}
    concepts: dict[str, Concept] = {}
    for entry in book["concepts"]:
        name = entry["name"]
        concepts[name] = Concept(name, entry["kind"])
        for word in {folded(word) for word in (name, *entry["words"])}:
            heads.setdefault(word[:2], []).append((word, name))
    by_head = {
        head: tuple(sorted(words, key=lambda pair: (-len(pair[0]), pair))) for head, words in heads.items()
    }
    phrases = sorted({folded(phrase) for phrase in book["boilerplate"]}, key=lambda p: (-len(p), p))
    return Lexicon(concepts, by_head, re.compile("|".join(map(re.escape, phrases))))
