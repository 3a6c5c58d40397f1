"""How a table of air data is laid out: told from its headings, its first rows and its name.

::

    wide    a row for a station and time, a column for each pollutant
    long    a row for a station, time and pollutant
    sites   a row for a time and pollutant, a column for each station or city (date, hour, type, 1001A, …)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lantian.rules.air.doors.errors import LayoutError
from lantian.rules.air.doors.headings import (
    CITY_CODE,
    CITY_NAME,
    CODE,
    DATE,
    END_TIME,
    ITEM,
    MONTH,
    NAME,
    START_TIME,
    TIME,
    TIME_OF_DAY,
    TYPE,
    UNKNOWN_UNIT,
    UTC_TIME,
    VALUE,
    YEAR,
    Heading,
    heading_of,
    item_in,
)
from lantian.rules.air.doors.items import (
    BEIJING,
    CITY,
    DAY,
    DAY_ITEMS,
    END,
    HOUR,
    HOUR_ITEMS,
    LONG,
    O3_EXTRA,
    SITES,
    START,
    STATION,
    UTC,
    WIDE,
    unit_of,
)

#: rows from the top among which the headings are looked for
SEARCHED_ROWS = 15
_TIMES = (TIME, UTC_TIME, START_TIME, END_TIME)
_CODE = re.compile(r"\d{3,6}[A-Za-z]{0,2}")
_NAME_HAS_CODE = re.compile(r"(?<![0-9A-Za-z])(\d{4}A)(?![0-9A-Za-z])")
_TIME_OF_DAY = re.compile(r"\d{1,2}[:时点]|T\d{2}|\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+\d|\d{10}")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says about a table; empty where the table itself is believed.

    Attributes
    ----------
    units
        Item → ``ug`` or ``mg``.
    zone, label
        ``beijing`` or ``utc``; ``end`` or ``start`` of the hour.
    station
        Code or name of the station of a table that names none.
    swap_o3
        Exchange the columns O3 and O3 24h, O3 8h and O3 8h 24h.
    unknown
        What happens with rows of unknown stations: ``hold`` or ``skip``.
    confirmed
        Questions that were answered with "it is as it stands".
    """

    units: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    label: str = ""
    station: str = ""
    swap_o3: bool = False
    unknown: str = "hold"
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ItemColumn:
    """A column of values."""

    place: int
    item: str
    heading: str
    unit: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything stands.

    Attributes
    ----------
    shape, of, interval
        ``wide``, ``long`` or ``sites``; ``station`` or ``city``; ``hour`` or ``day``.
    header_row
        Number of the row of headings, from 1.
    roles
        Role → place of its column.
    items
        Columns of values; none of a table of the shape ``long`` or ``sites``.
    entities
        Of the shape ``sites``: place and name of each station or city.
    units
        Item → unit where a heading says it.
    zone, label
        What the headings say, else what holds by custom: Beijing time, end of the hour.
    zone_said, label_said
        Whether a heading says so.
    station
        Station of a table that has no column for it, told from its name.
    """

    shape: str
    of: str
    interval: str
    header_row: int
    header: tuple[str, ...]
    roles: Mapping[str, int]
    items: tuple[ItemColumn, ...]
    entities: tuple[tuple[int, str], ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    zone: str = BEIJING
    label: str = END
    zone_said: bool = False
    label_said: bool = False
    station: str = ""

    @property
    def stored(self) -> tuple[str, ...]:
        """The items of the interval that are stored."""
        return HOUR_ITEMS if self.interval == HOUR else DAY_ITEMS

    @property
    def read(self) -> tuple[str, ...]:
        """The items that are read: the stored ones and those that serve a check only."""
        return (*HOUR_ITEMS, *O3_EXTRA) if self.interval == HOUR else DAY_ITEMS

    @property
    def unread(self) -> tuple[str, ...]:
        """Headings that are passed over."""
        used = {*self.roles.values(), *(column.place for column in self.items)}
        used |= {place for place, _name in self.entities}
        return tuple(name for place, name in enumerate(self.header) if place not in used and name.strip())

    @property
    def names_stations(self) -> bool:
        """Whether rows or columns say which station or city they belong to."""
        return bool(self.entities) or any(role in self.roles for role in (CODE, NAME, CITY_NAME, CITY_CODE))


def item_of(text: str, interval: str) -> str | None:
    """The item, as it is read of an hour or of a day, that a text names."""
    found = item_in(text)
    if found is None or interval == HOUR:
        return found if found in (*HOUR_ITEMS, *O3_EXTRA) else None
    # of a day, the mean of 24 h is the value itself, and the greatest 8 h mean is the one that counts
    found = {"o3_8h_24h": "o3_8h", "o3_24h": "o3"}.get(found, found.removesuffix("_24h"))
    return found if found in DAY_ITEMS else None


def layout_of(rows: Sequence[Sequence[str]], file_name: str = "") -> Layout:
    """The layout of a table from its first rows.

    Parameters
    ----------
    rows
        The first rows, cells as text; titles may stand above the headings.
    file_name
        May hold the code of the station.

    Raises
    ------
    LayoutError
        No layout can be told; the code says what is missing.
    """
    worst: LayoutError | None = None
    for number, row in enumerate(rows[:SEARCHED_ROWS], 1):
        headings = [heading_of(cell) for cell in row]
        telling = sum(1 for heading in headings if heading.role)
        if telling < 2:
            continue
        try:
            return _layout(headings, number, rows[number:], file_name)
        except LayoutError as error:
            worst = worst or error
    raise worst or LayoutError("no_header")


def _layout(
    headings: Sequence[Heading], number: int, below: Sequence[Sequence[str]], file_name: str
) -> Layout:
    roles: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if heading.role and heading.role != ITEM:
            if heading.role in roles:
                if heading.role in (NAME, CODE, CITY_NAME, TIME, DATE):
                    raise LayoutError("twice", heading.text, number)
                continue
            roles[heading.role] = place
    zone, label, zone_said, label_said = BEIJING, END, False, False
    if UTC_TIME in roles:
        zone, zone_said = UTC, True
    if END_TIME in roles:
        label_said = True
    elif START_TIME in roles and TIME not in roles:
        label, label_said = START, True
    if not any(role in roles for role in _TIMES) and DATE not in roles and not {YEAR, MONTH} <= set(roles):
        raise LayoutError("no_time", row=number)
    interval = _interval(roles, below)
    header = tuple(heading.text for heading in headings)
    shape = WIDE
    items: tuple[ItemColumn, ...] = ()
    entities: tuple[tuple[int, str], ...] = ()
    if TYPE in roles and VALUE in roles:
        shape = LONG
    else:
        items = _items(headings, interval, number)
        if TYPE in roles and len(items) < 2:
            shape = SITES
            entities = tuple(
                (place, heading.text.strip())
                for place, heading in enumerate(headings)
                if place not in roles.values() and heading.text.strip()
            )
            items = ()
            if not entities:
                raise LayoutError("no_station", row=number)
            if len({name for _place, name in entities}) != len(entities):
                names = [name for _place, name in entities]
                raise LayoutError("twice", next(name for name in names if names.count(name) > 1), number)
        elif not items:
            raise LayoutError("no_concentration", row=number)
    of = _of(roles, entities)
    found_code = _NAME_HAS_CODE.search(file_name)
    return Layout(
        shape,
        of,
        interval,
        number,
        header,
        roles,
        items,
        entities,
        {column.item: column.unit for column in items if column.unit},
        zone,
        label,
        zone_said,
        label_said,
        found_code[1] if found_code else "",
    )


def _interval(roles: Mapping[str, int], below: Sequence[Sequence[str]]) -> str:
    if TIME_OF_DAY in roles:
        return HOUR
    if YEAR in roles and not any(role in roles for role in (*_TIMES, DATE)):
        return DAY
    place = next(roles[role] for role in (UTC_TIME, END_TIME, TIME, START_TIME, DATE) if role in roles)
    cells = [row[place].strip() for row in below[:200] if len(row) > place and row[place].strip()]
    if not cells:
        return HOUR if any(role in roles for role in _TIMES) else DAY
    timed = sum(1 for cell in cells if _TIME_OF_DAY.search(cell))
    midnight = all(re.search(r"\s0{1,2}(:00){0,2}(\.0+)?$|T00:00(:00)?", cell) for cell in cells)
    if midnight and len(set(cells)) > 1:
        return DAY
    # a column called time is one of hours even where half of it cannot be read
    share = 2 if any(role in roles for role in _TIMES) else 1
    return HOUR if timed * share >= len(cells) and timed else DAY


def _items(headings: Sequence[Heading], interval: str, row: int) -> tuple[ItemColumn, ...]:
    found: dict[str, ItemColumn] = {}
    for place, heading in enumerate(headings):
        if heading.role != ITEM:
            continue
        item = item_of(heading.item, interval)
        if item is None:
            continue
        if heading.unit == UNKNOWN_UNIT:
            raise LayoutError("unit_unknown", heading.text, row)
        if item in found:
            if heading.item != item:
                continue
            if item_of(found[item].heading, HOUR) == item:
                raise LayoutError("twice", heading.text, row)
        found[item] = ItemColumn(place, item, heading.text, heading.unit)
    return tuple(sorted(found.values(), key=lambda column: column.place))


def _of(roles: Mapping[str, int], entities: Sequence[tuple[int, str]]) -> str:
    if entities:
        codes = sum(1 for _place, name in entities if _CODE.fullmatch(name))
        return STATION if codes * 2 >= len(entities) else CITY
    if CODE in roles or NAME in roles:
        return STATION
    return CITY if CITY_NAME in roles or CITY_CODE in roles else STATION


def units_of(layout: Layout, choices: Choices) -> dict[str, str]:
    """Unit in which each item stands in the table: by choice, else by heading, else by custom."""
    return {item: choices.units.get(item) or layout.units.get(item) or unit_of(item) for item in layout.read}
