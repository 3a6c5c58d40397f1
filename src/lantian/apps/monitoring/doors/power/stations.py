"""Meters on HJ 212 devices: what the gateway has brought into the lake becomes quarter hours of the register.

A look takes the days of which something has arrived since the last look, reads them again around what is new, and writes
only what differs. What another door has said of a quarter hour stays.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import F

from lantian.apps.air import lake as office_lake
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.choices_power import PER_UNIT, FeedMeasure, FeedUnit, PowerDoor
from lantian.apps.monitoring.doors.power import rejects, storing
from lantian.apps.monitoring.doors.power.storing import Judged
from lantian.apps.monitoring.models import MeterFeed, PowerReject
from lantian.apps.monitoring.power_books import office_book
from lantian.lake.errors import LakeError
from lantian.lake.power.reading import readings as stored_readings
from lantian.lake.power.tables import POWER_READING
from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.meters import moments
from lantian.rules.monitoring.meters.moments import QUARTER, quarter_of
from lantian.rules.monitoring.meters.readings import Kind, Reading

if TYPE_CHECKING:
    from lantian.lake.engines import Engine

logger = logging.getLogger(__name__)
#: looked at once more each time: gateways do not drain in the order in which they received
AGAIN = timedelta(hours=1)
#: supplements of older moments wait for the night, so that by day little of the lake is looked through
BY_DAY = timedelta(days=2)
#: each night, in case a gateway could not drain for long
AGAIN_BY_NIGHT = timedelta(days=3)
#: moments that lie ahead of the clock by more than this are none
AHEAD = timedelta(days=1)
#: days that are read at once, and feeds; together some hundred thousand rows of the lake
DAYS, FEEDS = 5, 20
_KINDS = {FeedMeasure.ENERGY: Kind.ENERGY, FeedMeasure.REGISTER: Kind.REGISTER}
_COLUMNS = (
    "mn", "st", "factor", "start", "end", "off", "clock", "flag", "rtd", "avg", "cou", "data",
)  # fmt: skip
_NOTHING_BAD = frozenset({None, "", "N"})
Span = tuple[datetime, datetime]


@dataclass(slots=True)
class Fetched:
    """What a look brought."""

    feeds: int = 0
    added: int = 0
    corrected: int = 0
    refused: int = 0
    #: quarter hours that stay as another door said them
    kept: int = 0


@dataclass(slots=True)
class _Value:
    """What a frame says of a factor at a moment."""

    value: Decimal | None
    end: datetime | None
    off: bool
    timed: bool


@dataclass(slots=True)
class _Fresh:
    """What has arrived of a feed: days with the first and the last moment in them."""

    days: dict[int, Span] = field(default_factory=dict)
    received: datetime | None = None
    last: datetime | None = None


def due() -> Any:
    """Feeds that are read: meter and device are in use, and belong to one enterprise."""
    rows = MeterFeed.objects.filter(
        meter__in_use=True, device__state=DeviceState.ACTIVE, device__source_id=F("meter__source_id")
    )
    return rows.select_related("meter", "device").order_by("pk")


def read_due(now: datetime, again: timedelta = AGAIN) -> Fetched:
    """Read what has arrived of all feeds.

    Parameters
    ----------
    again
        What arrived so long before the last look is looked at once more.

    Raises
    ------
    StoreBusy
        The lake cannot be read or written now; what was not read is read the next time.
    """
    from lantian.lake.engines import duck

    feeds = list(due())
    done = Fetched()
    if not feeds:
        return done
    back = timedelta(days=office_book("meters").whole("feed_back_days"))
    try:
        with duck(office_lake(), "512MB") as engine:
            fresh = _arrived(engine, feeds, now, back, again)
            for first, last, group in _groups(feeds, fresh):
                _read(engine, group, first, last, now, done)
    except LakeError as error:
        raise storing.StoreBusy(str(error)) from error
    for feed in feeds:
        _note(feed, fresh.get(feed.pk), now, again)
    done.feeds = len(fresh)
    return done


def _arrived(
    engine: Engine, feeds: Sequence[MeterFeed], now: datetime, back: timedelta, again: timedelta
) -> dict[int, _Fresh]:
    """Feed → what has arrived of it; one that was never read is read from before it was set."""
    from lantian.lake.stacks.reading import arrivals

    by_code: dict[tuple[str, str, str], list[MeterFeed]] = defaultdict(list)
    for feed in feeds:
        for code in feed.codes:
            by_code[feed.device.mn, COMMAND_OF[Period(feed.period)], code].append(feed)
    found: dict[int, _Fresh] = {}
    new: list[MeterFeed] = []
    current: list[MeterFeed] = []
    behind: list[MeterFeed] = []
    for feed in feeds:
        group = new if feed.read_to is None else current if feed.read_to - again > now - BY_DAY else behind
        group.append(feed)
    for group, first in ((new, now - back), (current, now - BY_DAY), (behind, now - back)):
        if not group:
            continue
        after = min((feed.read_to - again for feed in group if feed.read_to is not None), default=None)
        rows = arrivals(
            engine, first, now + AHEAD, after,
            mns={feed.device.mn for feed in group},
            cns={COMMAND_OF[Period(feed.period)] for feed in group},
            factors={code for feed in group for code in feed.codes},
        )  # fmt: skip
        here = {feed.pk for feed in group}
        for row in rows.to_pylist():
            for feed in by_code.get((row["mn"], row["cn"], row["factor"]), ()):
                if feed.pk in here and (feed.read_to is None or row["received"] > feed.read_to - again):
                    _take(found.setdefault(feed.pk, _Fresh()), row)
    return found


def _take(fresh: _Fresh, row: Mapping[str, Any]) -> None:
    low, high = fresh.days.get(row["day"], (row["first"], row["last"]))
    fresh.days[row["day"]] = min(low, row["first"]), max(high, row["last"])
    fresh.received = max(fresh.received or row["received"], row["received"])
    fresh.last = max(fresh.last or row["last"], row["last"])


def _groups(
    feeds: Sequence[MeterFeed], fresh: Mapping[int, _Fresh]
) -> Iterator[tuple[datetime, datetime, list[tuple[MeterFeed, Span]]]]:
    """Feeds with the span of each that is new, those of the same days together."""
    by_days: dict[tuple[int, int], list[tuple[MeterFeed, Span]]] = defaultdict(list)
    for feed in feeds:
        for days, span in _spans(fresh.get(feed.pk)):
            by_days[days].append((feed, span))
    for _days, members in sorted(by_days.items(), key=lambda item: item[0]):
        for at in range(0, len(members), FEEDS):
            part = members[at : at + FEEDS]
            yield min(span[0] for _feed, span in part), max(span[1] for _feed, span in part), part


def _spans(fresh: _Fresh | None) -> Iterator[tuple[tuple[int, int], Span]]:
    """Days in a row as one span, a few at a time."""
    if fresh is None:
        return
    listed = sorted(fresh.days)
    at = 0
    while at < len(listed):
        last = at
        while last + 1 < len(listed) and listed[last + 1] == listed[last] + 1 and last + 1 - at < DAYS:
            last += 1
        low, high = fresh.days[listed[at]][0], fresh.days[listed[last]][1]
        yield (listed[at], listed[last]), (low, high)
        at = last + 1


def _note(feed: MeterFeed, fresh: _Fresh | None, now: datetime, again: timedelta) -> None:
    """How far a feed has been read."""
    if fresh is None or fresh.received is None or fresh.last is None:
        if feed.read_to is None:
            # Nothing is there; what a gateway still holds back arrives behind this.
            MeterFeed.objects.filter(pk=feed.pk, read_to=None).update(read_to=now - AHEAD)
        return
    values = {
        "read_to": max(feed.read_to or fresh.received, fresh.received),
        # A clock that runs ahead tells of no moment that has not been.
        "last_at": min(max(feed.last_at or fresh.last, fresh.last), now),
    }
    # One that was set anew meanwhile is read from its beginning the next time.
    MeterFeed.objects.filter(pk=feed.pk, read_to=feed.read_to).update(**values)


# Values of the lake as readings ------------------------------------------------------------------------------------------


def _read(
    engine: Engine,
    group: Sequence[tuple[MeterFeed, Span]],
    first: datetime,
    last: datetime,
    now: datetime,
    done: Fetched,
) -> None:
    from lantian.lake.stacks.reading import read_values

    reach = 2 * _reach() + QUARTER
    feeds = [feed for feed, _span in group]
    rows = read_values(
        engine, first - reach, last + reach,
        mns={feed.device.mn for feed in feeds},
        cns={COMMAND_OF[Period(feed.period)] for feed in feeds},
        factors={code for feed in feeds for code in feed.codes},
        off=True, columns=[*_COLUMNS, "cn"],
    )  # fmt: skip
    by_code: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows.to_pylist():
        by_code[row["mn"], row["cn"], row["factor"]].append(row)
    items: list[Judged] = []
    for feed, span in group:
        cn = COMMAND_OF[Period(feed.period)]
        values = {code: _values(feed, by_code.get((feed.device.mn, cn, code), ())) for code in feed.codes}
        items += _readings(feed, values, span)
    _store(items, {feed.meter.number: feed.device.mn for feed in feeds}, now, done)


def _reach() -> timedelta:
    """How far a value tells of time before and after its own moment."""
    rules = office_book("meters")
    return timedelta(minutes=max(rules.whole("moment_holds_minutes"), rules.whole("counter_off_minutes")))


def _values(feed: MeterFeed, rows: Iterable[Mapping[str, Any]]) -> dict[datetime, _Value]:
    """Moment → what was said of it; where two system codes say something, that of electricity is taken."""
    moment = feed.period == Period.MOMENT
    columns: tuple[str, ...] = ("rtd", "data") if moment else ("avg", "data")
    if feed.measure == FeedMeasure.ENERGY:
        # The sum over the period, by the protocol; a logger without it sends the energy as its value.
        columns = ("cou", "avg", "data")
    found: dict[datetime, _Value] = {}
    for row in sorted(rows, key=lambda one: one["st"] == "44"):
        value = next((row[name] for name in columns if row[name] is not None), None)
        if row["flag"] not in _NOTHING_BAD:
            value = None
        found[row["start"]] = _Value(value, row["end"], row["off"], row["clock"] == "data")
    return found


def _readings(feed: MeterFeed, values: Mapping[str, dict[datetime, _Value]], span: Span) -> Iterator[Judged]:
    """The readings of a span, and what can be none with its reason."""
    if feed.period == Period.MOMENT:
        yield from _of_moments(feed, values, span)
    else:
        yield from _of_periods(feed, values, span)


def _of_moments(feed: MeterFeed, values: Mapping[str, dict[datetime, _Value]], span: Span) -> Iterator[Judged]:
    rules, reach = office_book("meters"), _reach()
    first, last = quarter_of(span[0] - reach), quarter_of(span[1] + reach) + QUARTER
    yield from _untimed(feed, values, first, last)
    points = _points(feed, values)
    # What came later elsewhere in time ends the waiting for what is missing here, too.
    known_to = max([*points, *([feed.last_at] if feed.last_at is not None else [])], default=None)
    if feed.measure == FeedMeasure.REGISTER:
        counters = {at: value for at, value in points.items() if value is not None}
        for end, (_at, shown) in sorted(moments.boundaries(counters, known_to, rules).items()):
            if first < end <= last:
                yield _judged(feed, end - QUARTER, end, shown)
        return
    least = rules.number("moments_covered_percent")
    for mean in moments.means(points, known_to, rules):
        if not first <= mean.start < last:
            continue
        end = mean.start + QUARTER
        if mean.value is not None:
            yield _judged(feed, mean.start, end, mean.value)
            continue
        said = Message(
            _("valid values hold in %(covered)s %% of the quarter hour; from %(least)s %% on it has a mean"),
            covered=f"{mean.covered_percent.normalize():f}", least=f"{least.normalize():f}",
        )  # fmt: skip
        yield _refused(feed, mean.start, end, Reason("few_moments", said))


def _untimed(
    feed: MeterFeed, values: Mapping[str, dict[datetime, _Value]], first: datetime, last: datetime
) -> Iterator[Judged]:
    """Quarter hours of values whose moment is not believed."""
    seen: set[tuple[datetime, bool]] = set()
    for of_code in values.values():
        for at, one in of_code.items():
            start = quarter_of(at)
            if (one.timed and not one.off) or not first <= start < last or (start, one.timed) in seen:
                continue
            seen.add((start, one.timed))
            yield _refused(feed, start, start + QUARTER, _wrong_time(one))


def _wrong_time(one: _Value) -> Reason:
    if one.timed:
        said = _("real-time values came long before or after their moment: look at the clock of the device")
        return Reason("clock_off", Message(said))
    return Reason("no_time", Message(_("the message names no time that can be")))


def _of_periods(feed: MeterFeed, values: Mapping[str, dict[datetime, _Value]], span: Span) -> Iterator[Judged]:
    main = values[feed.factors[0]]
    for start in sorted(main):
        one = main[start]
        if not span[0] <= start <= span[1]:
            continue
        if not one.timed:
            yield _refused(feed, start, one.end or start, _wrong_time(one))
            continue
        if one.end is None:
            said = _("how long a period of its minute data is stands nowhere: set the interval in the register of devices")
            yield _refused(feed, start, start, Reason("no_interval", Message(said)))
            continue
        value = _value(feed, {code: of_code.get(start) for code, of_code in values.items()})
        if value is None:
            said = _("the device marks the value as not valid, or there is no number")
            yield _refused(feed, start, one.end, Reason("not_valid", Message(said)))
            continue
        yield _judged(feed, start, one.end, value)


def _points(feed: MeterFeed, values: Mapping[str, dict[datetime, _Value]]) -> dict[datetime, Decimal | None]:
    """Moments that are believed, with what is read from all codes together."""
    good = {
        code: {at: one for at, one in of_code.items() if one.timed and not one.off} for code, of_code in values.items()
    }
    every = sorted({at for of_code in good.values() for at in of_code})
    return {at: _value(feed, {code: of_code.get(at) for code, of_code in good.items()}) for at in every}


def _value(feed: MeterFeed, at: Mapping[str, _Value | None]) -> Decimal | None:
    """What the codes of a moment say, in kW or kWh; None where one of them says nothing."""
    found: dict[str, Decimal] = {}
    for code, one in at.items():
        if one is None or one.value is None:
            return None
        found[code] = one.value
    if feed.measure == FeedMeasure.PHASES:
        return moments.apparent_kw(
            [found[code] for code in feed.factors], [found[code] for code in feed.currents], feed.power_factor or Decimal(1)
        )
    return found[feed.factors[0]] * PER_UNIT[FeedUnit(feed.unit)]


def _judged(feed: MeterFeed, start: datetime, end: datetime, value: Decimal) -> Judged:
    kind = _KINDS.get(FeedMeasure(feed.measure), Kind.POWER)
    reading = Reading(feed.meter.number, None if kind is Kind.REGISTER else start, end, kind, value)
    return Judged(feed.meter.number, reading, text=_text(feed, start, end))


def _refused(feed: MeterFeed, start: datetime, end: datetime, reason: Reason) -> Judged:
    return Judged(feed.meter.number, None, reason=reason, text=_text(feed, start, end))


def _text(feed: MeterFeed, start: datetime, end: datetime) -> str:
    """Which codes and when: of one time there is one text, however often it is looked at."""
    begin, over = start.astimezone(BEIJING), end.astimezone(BEIJING)
    return f"{COMMAND_OF[Period(feed.period)]} {','.join(feed.codes)} {begin:%Y-%m-%d %H:%M}–{over:%H:%M}"


# Into the lake -----------------------------------------------------------------------------------------------------------


def _store(items: Sequence[Judged], mns: Mapping[str, str], now: datetime, done: Fetched) -> None:
    """Write what differs from what is there; keep what cannot be used."""
    known = storing.known_meters(set(mns))
    judged = storing.judge(items, known, now)
    storing.compare(judged)
    others = _of_other_doors([item for item in judged if item.result == "corrected"])
    fresh = [item for item in judged if item.result in ("new", "corrected") and id(item) not in others]
    done.kept += len(others)
    if fresh:
        content = [f"{item.number} {item.good.end.isoformat()} {item.good}" for item in fresh if item.good is not None]
        stored = storing.store(
            fresh, known, door=PowerDoor.HJ212, batch=storing.batch_name("hj212", now.isoformat(), *content), now=now,
            actor="hj212",
        )  # fmt: skip
        done.added += stored.added
        done.corrected += stored.corrected
    by_meter: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        by_meter[item.number].append(item)
    for number, of_meter in by_meter.items():
        bad = [item for item in of_meter if item.reason is not None]
        for at in range(0, len(bad), rejects.MOST):
            part = bad[at : at + rejects.MOST]
            done.refused += rejects.keep(part, known, door=PowerDoor.HJ212, name=mns[number], now=now)
    # What could not be used when it was half there may be whole now.
    good = {(item.number, item.text) for item in judged if item.good is not None}
    texts = sorted({text for _number, text in good})
    for at in range(0, len(texts), 500):
        rows = PowerReject.objects.filter(
            door=PowerDoor.HJ212, taken_at__isnull=True, number__in=list(mns), text__in=texts[at : at + 500]
        )
        mended = [pk for pk, number, text in rows.values_list("pk", "number", "text") if (number, text) in good]
        if mended:
            PowerReject.objects.filter(pk__in=mended).update(taken_at=now)


def _of_other_doors(items: Sequence[Judged]) -> set[int]:
    """Those whose period another door has told of: a file or a person knows better than the next look at a device."""
    wanted = {(item.number, item.good.end): item for item in items if item.good is not None}
    if not wanted:
        return set()
    numbers = sorted({number for number, _end in wanted})
    ends = [end.astimezone(UTC) for _number, end in wanted]
    lake = office_lake()
    try:
        rows = stored_readings(lake, numbers, min(ends), max(ends), ("meter", "end", "door")).to_pylist()
        history = lake.history(POWER_READING, span=(min(ends), max(ends)), meter=numbers).to_pylist()
    except LakeError as error:
        raise storing.StoreBusy(str(error)) from error
    ours = {(row["meter"], row["end"]): row["door"] == PowerDoor.HJ212 for row in rows}
    for row in history:
        ours[row["meter"], row["end"]] = row["batch"].startswith("power-hj212-")
    return {id(item) for key, item in wanted.items() if not ours.get(key, True)}
