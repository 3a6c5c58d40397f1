"""When the report of key enterprises is due during warnings, what time it covers, and how two versions of it differ.

Hours are those of campaign time. The report of a day is about the whole day and is due on the next morning; the second
report, the practice of one city and off by default, is about the day itself up to an hour of the book.

References
----------
豫环攻坚办〔2017〕56号, 4(3): during orange and red warnings, each morning before nine o'clock the form of the day before, weekends
and holidays included; amounts and exceedances by automatic monitoring, running or stopped verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import BookError

#: levels of warnings, the mildest first
LEVELS = ("yellow", "orange", "red")
#: the form of the day before, and the second one of the day itself
DAY, SECOND = "day", "second"
PARTS = (DAY, SECOND)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a warning of one level held.

    Attributes
    ----------
    end
        Not included; None while it holds.
    """

    level: str
    begin: datetime
    end: datetime | None = None

    def meets(self, first: datetime, last: datetime) -> bool:
        """Whether it held at any moment from ``first`` on and before ``last``."""
        return self.begin < last and (self.end is None or self.end > first)


@dataclass(frozen=True, slots=True)
class Clock:
    """When a report is drafted, reminded of and due, and what time it covers; the end is not included."""

    first: datetime
    last: datetime
    draft: datetime
    reminder: datetime
    due: datetime


def at_hour(book: Book, name: str, day: date) -> datetime:
    """The moment of a day at an hour of the book; 8.5 is half past eight.

    Raises
    ------
    BookError
        It is no whole number of minutes.
    """
    minutes = book.number(name) * 60
    if minutes != minutes.to_integral_value():
        raise BookError(book.id, f"entries.{name}", "a whole number of minutes is wanted")
    return datetime.combine(day, time.min, BEIJING) + timedelta(minutes=int(minutes))


def clock(book: Book, day: date, part: str) -> Clock:
    """The hours of the report of a day.

    Raises
    ------
    BookError
        The draft would be made before what it covers has ended, or the hours do not follow each other.
    """
    first = datetime.combine(day, time.min, BEIJING)
    if part == SECOND:
        whole = book.whole("second.to")
        last, on = first + timedelta(hours=whole), day
    else:
        last, on = first + _ONE_DAY, day + _ONE_DAY
    found = Clock(first, last, *(at_hour(book, f"{part}.{name}", on) for name in ("draft", "reminder", "due")))
    if not found.last <= found.draft <= found.reminder <= found.due:
        raise BookError(book.id, f"entries.{part}", "end of the time, draft, reminder and due hour must follow each other")
    return found


def asks_for(book: Book, day: date, part: str, spans: Iterable[Span]) -> Span | None:
    """The warning by which the report of a day is due, the highest of them; None where none is.

    The clause leaves open whether the day before the first day of a warning and its last day are meant; ``day.counts`` of the
    book says how it is read.
    """
    if part == SECOND and book.choice("second") != "on":
        return None
    hours = clock(book, day, part)
    least = LEVELS.index(book.choice("least_level"))
    reading = book.choice("day.counts") if part == DAY else "day"
    instant = timedelta(microseconds=1)

    def counts(span: Span) -> bool:
        on_day = span.meets(hours.first, hours.last)
        in_the_morning = span.meets(hours.due - instant, hours.due)
        return (on_day and reading != "morning") or (in_the_morning and reading != "day")

    found = [span for span in spans if LEVELS.index(span.level) >= least and counts(span)]
    return max(found, key=lambda span: (LEVELS.index(span.level), span.begin), default=None)


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of an enterprise that is another one in the later version.

    Attributes
    ----------
    key
        The enterprise.
    field
        Which figure; ``added`` and ``left_out`` for enterprises that stand in one version only.
    """

    key: int
    field: str
    before: str
    after: str


def differences(
    before: Mapping[int, Mapping[str, object]], after: Mapping[int, Mapping[str, object]]
) -> list[Difference]:
    """What a corrected version says otherwise than the one before, enterprise by enterprise in the order of the later one.

    Parameters
    ----------
    before, after
        Enterprise → figure → value; a figure that only one side has counts as absent on the other.
    """
    found: list[Difference] = []
    for key, figures in after.items():
        if key not in before:
            found.append(Difference(key, "added", "", ""))
            continue
        old = before[key]
        for name in dict.fromkeys([*old, *figures]):
            was, now = old.get(name), figures.get(name)
            if _same(was, now):
                continue
            found.append(Difference(key, name, _text(was), _text(now)))
    found += [Difference(key, "left_out", "", "") for key in before if key not in after]
    return found


def _same(one: object, other: object) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one == other
    return one == other and type(one) is type(other)


def _text(value: object) -> str:
    return "" if value is None else str(value)
