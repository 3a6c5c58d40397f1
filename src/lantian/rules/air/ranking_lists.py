"""The lists of rankings as books: by what a list orders, how it treats equal ones, whom it names; each entry with its mark.

References
----------
环办〔2014〕64号 and 环办监测〔2018〕19号 (levels), 城市环境空气质量变化程度排名方案 (2017-02-12), notes of provincial bulletins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from lantian.rules.air.books import Default
from lantian.rules.air.errors import BookError
from lantian.rules.air.evaluation_books import ROUNDED, UNROUNDED, UNSET
from lantian.rules.air.library import shipped
from lantian.rules.air.measures import Key, UnknownMeasure, key_of
from lantian.rules.air.reading import Reader

#: A list orders by its keys, or weighs a level and its change together.
ORDERED, COMBINED = "ordered", "combined"
COMPETITION, DENSE = "competition", "dense"
REMOVED, RAW = "removed", "raw"
NONE, GRADE_2_INDEX, GRADE_2_ALL = "none", "grade_2_index", "grade_2_all"
PLACES, VALUES = "places", "values"
WEIGHTS = ("weight_level", "weight_change")

_WORDS = {
    "ties": (COMPETITION, DENSE),
    "change_from": (ROUNDED, UNROUNDED),
    "left_out_of_worst": (NONE, GRADE_2_INDEX, GRADE_2_ALL),
    "statistics": (REMOVED, RAW),
    "days": (RAW, REMOVED),
}
_NUMBERS = {"best": (0, 1000), "worst": (0, 1000), "change_digits": (0, 4)}
_KEYS = ("key_1", "key_2", "key_3")
_OF_COMBINED = (*WEIGHTS, "combine", "level", "change")


@dataclass(frozen=True, slots=True)
class RankingList:
    """A list in which places stand in order.

    Attributes
    ----------
    document
        The document that orders or prints it.
    mark
        How sure it is that the list is so.
    kind
        ``ordered`` or ``combined``.
    """

    id: str
    title: str
    document: str
    mark: str
    kind: str
    note: str
    entries: Mapping[str, Default]

    def word(self, name: str) -> str:
        """An entry that is a word."""
        return str(self.entries[name].value)

    def number(self, name: str) -> int:
        """An entry that is a number."""
        return int(self.entries[name].value)

    def key(self, name: str) -> Key:
        """An entry that is a figure with its direction."""
        return key_of(self.word(name))

    @property
    def keys(self) -> tuple[Key, ...]:
        """The figures by which it orders, the second one deciding between those that are equal in the first."""
        names = ("level", "change") if self.kind == COMBINED else _KEYS
        return tuple(self.key(name) for name in names if self.word(name))

    @property
    def changes(self) -> bool:
        """Whether it needs a period to compare with."""
        return any(key.change for key in self.keys)

    @property
    def weights(self) -> tuple[int, int] | None:
        """The weights of level and change in per cent; None where they are not set."""
        found = [self.entries[name].value for name in WEIGHTS]
        return (int(found[0]), int(found[1])) if UNSET not in found else None

    @property
    def overridden(self) -> dict[str, Default]:
        """What the office has set otherwise."""
        return {name: entry for name, entry in self.entries.items() if entry.override}


@dataclass(frozen=True, slots=True)
class RankingLists:
    """The lists side by side."""

    lists: tuple[RankingList, ...]

    def of(self, name: str) -> RankingList | None:
        """The list of a name."""
        return next((one for one in self.lists if one.id == name), None)

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> RankingLists:
        """The lists with entries set otherwise by an office: ``{"book": id of the list, "entry", "value", "grounds"}`` each.

        Raises
        ------
        BookError
            The list or entry is unknown or settled, grounds are missing, or the value is none that it may have.
        """
        lists = {one.id: one for one in self.lists}
        for number, override in enumerate(overrides, 1):
            place = f"override {number}"
            found = lists.get(str(override.get("book")))
            if found is None:
                raise BookError("rankings", place, f"there is no list {override.get('book')!r}")
            name, grounds, value = str(override.get("entry")), override.get("grounds"), override.get("value")
            default = found.entries.get(name)
            if default is None:
                raise BookError(found.id, place, f"there is no entry {name!r}")
            if default.settled:
                raise BookError(
                    found.id, place, f"{name} is settled by its document and cannot be overridden"
                )
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(found.id, place, "it has no grounds")
            if not isinstance(value, int | str) or isinstance(value, bool):
                raise BookError(found.id, place, f"{value!r} is neither a whole number nor a word")
            changed = replace(default, value=value, override=grounds.strip())
            lists[found.id] = replace(found, entries={**found.entries, name: changed})
        # Weights are set one after the other; only together they have to make sense.
        for one in lists.values():
            _check(one)
        return RankingLists(tuple(lists[one.id] for one in self.lists))


def read_lists(record: Mapping[str, Any]) -> RankingLists:
    """The lists of a book, proved sound.

    Raises
    ------
    BookError
        A list stands twice, an entry is missing, unknown or out of range; it says where.
    """
    read = Reader(str(record.get("id") or "?"))
    defaults = _entries(read, read.get(record, "defaults", dict, "book"), "defaults")
    found: dict[str, RankingList] = {}
    for number, row in enumerate(read.get(record, "lists", list, "book"), 1):
        place = f"lists[{number}]"
        one = RankingList(
            read.get(row, "id", str, place),
            read.get(row, "title", str, place),
            read.get(row, "document", str, place),
            read.mark(row, place),
            str(row.get("kind", ORDERED)),
            read.get(row, "note", str, place),
            {**defaults, **_entries(read, read.get(row, "entries", dict, place), f"{place}.entries")},
        )
        if one.id in found:
            raise read.fail(place, f"{one.id!r} stands twice")
        _check(one)
        found[one.id] = one
    return RankingLists(tuple(found.values()))


def _entries(read: Reader, rows: Mapping[str, Any], place: str) -> dict[str, Default]:
    found = {}
    for name, row in rows.items():
        here = f"{place}.{name}"
        value = row.get("value")
        if not isinstance(value, int | str) or isinstance(value, bool):
            raise read.fail(f"{here}.value", "a whole number or a word is wanted")
        found[name] = Default(
            value, read.mark(row, here), read.get(row, "note", str, here), str(row.get("clause", ""))
        )
    return found


def _check(one: RankingList) -> None:
    def fail(name: str, problem: str) -> BookError:
        return BookError(one.id, f"entries.{name}", problem)

    if one.kind not in (ORDERED, COMBINED):
        raise BookError(one.id, "kind", f"{one.kind!r} is neither {ORDERED!r} nor {COMBINED!r}")
    for name, words in _WORDS.items():
        if name not in one.entries or one.entries[name].value not in words:
            raise fail(name, f"one of {', '.join(words)} is wanted")
    for name, (least, most) in _NUMBERS.items():
        value = one.entries[name].value if name in one.entries else None
        if not isinstance(value, int) or not least <= value <= most:
            raise fail(name, f"a whole number from {least} to {most} is wanted, not {value!r}")
    wanted = ("level", "change") if one.kind == COMBINED else ("key_1",)
    for name in (*wanted, *("key_2", "key_3")):
        text = str(one.entries[name].value) if name in one.entries else ""
        if not text and name not in wanted:
            continue
        try:
            key = key_of(text)
        except UnknownMeasure as error:
            raise fail(name, str(error)) from None
        if name in ("level", "change") and key.change != (name == "change"):
            raise fail(name, "a figure itself is wanted for the level, its change for the change")
    if one.kind == COMBINED:
        if one.word("combine") not in (UNSET, PLACES, VALUES):
            raise fail("combine", f"one of {UNSET}, {PLACES}, {VALUES} is wanted")
        values = [one.entries[name].value for name in WEIGHTS]
        if (UNSET in values) != (values == [UNSET, UNSET]):
            raise fail(WEIGHTS[0], "both weights are set, or none")
        if UNSET not in values and (
            not all(isinstance(value, int) and 0 <= value <= 100 for value in values)
            or sum(int(value) for value in values) != 100
        ):
            raise fail(WEIGHTS[0], "the weights are whole per cents and make 100 together")
    known = {*_WORDS, *_NUMBERS, *_KEYS, *(_OF_COMBINED if one.kind == COMBINED else ())}
    unknown = set(one.entries) - known
    if unknown:
        raise fail(min(unknown), "nothing of this name is known")


@lru_cache(maxsize=1)
def ranking_lists() -> RankingLists:
    """The lists that come with LanTian."""
    return read_lists(shipped("rankings.json"))


def plain_list(key: Key) -> RankingList:
    """A list that orders by one figure, with the usual treatment of everything else."""
    usual = ranking_lists().lists[0]
    named = ("key_2", "key_3", "best", "worst", "left_out_of_worst")
    defaults = {
        name: replace(entry, override="") for name, entry in usual.entries.items() if name not in named
    }
    record = shipped("rankings.json")["defaults"]
    for name in named:
        row = record[name]
        defaults[name] = Default(row["value"], row["mark"], row["note"])
    entry = Default(key.text, "K", "asked for")
    return RankingList("", "", "", "K", ORDERED, "", {**defaults, "key_1": entry})
