"""A table from its rows to what is let in and what is held: two looks, the first at the whole, the second at each value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lantian.rules.air.doors.book import DoorBook, door_book
from lantian.rules.air.doors.checks import Checker, Part, Tail
from lantian.rules.air.doors.chunks import Reader
from lantian.rules.air.doors.errors import LayoutError, TooManyHeld
from lantian.rules.air.doors.layout import Choices, Layout
from lantian.rules.air.doors.stations import Register
from lantian.rules.air.doors.survey import Matching, Survey, Surveyed

Parts = Iterable[tuple[int, Sequence[Sequence[str]]]]


@dataclass(slots=True)
class Looked:
    """The first look at a table, and what the second one needs of it."""

    layout: Layout
    choices: Choices
    book: DoorBook
    surveyed: Surveyed
    matching: Matching
    not_items: int

    @property
    def unknown(self) -> list[str]:
        """Names of the stations that are not in the register."""
        return [
            key.text
            for key, code in zip(self.matching.keys, self.matching.codes, strict=True)
            if code is None
        ]

    @property
    def known(self) -> list[str]:
        """Codes of the stations that are."""
        return [code for code in self.matching.codes if code is not None]


def look(
    layout: Layout,
    choices: Choices,
    parts: Parts,
    register: Register | None,
    book: DoorBook | None = None,
    tick: Callable[[int], None] | None = None,
) -> Looked:
    """The first look at a whole table.

    Parameters
    ----------
    register
        The stations (or cities) that are known; None takes each as it is called.
    tick
        Told the number of rows that have been read.

    Raises
    ------
    LayoutError
        A row does not fit, or there are no rows.
    """
    book = book or door_book()
    reader, matching = Reader(layout, choices), Matching(register)
    survey = Survey(layout, choices, book)
    for chunk in reader.chunks(parts):
        survey.take(chunk, matching.of(reader.keys, chunk.station))
        if tick is not None:
            tick(reader.rows)
    if not reader.rows:
        raise LayoutError("no_rows")
    surveyed = survey.finish(matching.keys)
    return Looked(layout, choices, book, surveyed, matching, reader.not_items)


def too_many(most: int) -> Callable[[Counter[str]], TooManyHeld]:
    """What is raised when more rows are held than anybody can look at."""
    return lambda counts: TooManyHeld(most, counts.most_common(1)[0][0] if counts else "")


def check(
    looked: Looked,
    parts: Parts,
    *,
    now: int,
    allowed: frozenset[str] | None = None,
    tails: Mapping[str, Tail] | None = None,
    most_held: int | None = None,
    details: int = 100_000,
) -> tuple[Checker, Iterator[Part]]:
    """The second look: the checker, which counts, and what each part of the table comes to.

    Parameters
    ----------
    now
        The last hour (or day) that may have ended.
    most_held
        Held rows above which :class:`TooManyHeld` is raised; None counts on.
    """
    checker = Checker(
        looked.layout,
        looked.choices,
        looked.book,
        looked.matching,
        looked.surveyed,
        now=now,
        allowed=allowed,
        tails=tails,
        details=details if most_held is None else most_held,
        stop=None if most_held is None else too_many(most_held),
    )

    def found() -> Iterator[Part]:
        reader = Reader(looked.layout, looked.choices)
        for chunk in reader.chunks(parts):
            yield checker.take(chunk, looked.matching.of_again(reader.keys, chunk.station))
        yield checker.finish()

    return checker, found()
