"""Meters of half hours and hours, from the lake to states, suspicions and orders."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pyarrow as pa
import pytest

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.actions.power import AddPeriod
from lantian.apps.monitoring.models import Load, PowerCheck, PowerFinding, PowerSpan
from lantian.apps.monitoring.power_judging import judge_due, judge_site
from lantian.apps.monitoring.power_series import series_of, sites
from lantian.apps.monitoring.showing_power import notes_of, why_words
from lantian.apps.monitoring.tests.power_city import FIRST, NOW, Changes, Works, usual, write
from lantian.lake.power.tables import POWER_READING
from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.power.readings import MISSING

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
DAY, NEXT, TODAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING)


def periods(number: str, minutes: int, first: datetime, energies: list[int | None]) -> None:
    """Put periods in a row into the lake [Wh]."""
    step = timedelta(minutes=minutes)
    rows = [
        (first + step * turn, wh) for turn, wh in enumerate(energies) if wh is not None and first + step * (turn + 1) <= NOW
    ]
    utc = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "meter": [number] * len(rows), "start": pa.array([start for start, _wh in rows], utc),
            "end": pa.array([start + step for start, _wh in rows], utc),
            "energy_wh": pa.array([wh for _start, wh in rows], pa.int64()), "door": ["test"] * len(rows),
        }
    )  # fmt: skip
    lake().put(POWER_READING, table, batch=uuid4().hex)


def days(number: str, minutes: int, first: date, last: date, changes: Changes = usual) -> None:
    """Write whole days of a meter that gives a reading for so many minutes."""
    count = minutes // 15
    loads = [
        changes(number, first + timedelta(days=day), slot) for day in range((last - first).days + 1) for slot in range(96)
    ]
    wh = [None if load is None else round(load * 250) for load in loads]
    energies = [sum(wh[turn : turn + count]) for turn in range(0, len(wh), count)]  # type: ignore[arg-type]
    periods(number, minutes, at(first, 0), list(energies))


@pytest.fixture
def rough(mill: Works) -> Works:
    """The works: its first line by half hours, its facility by hours, the others by quarter hours."""
    write(lake(), ("P2", "W1"), FIRST, TODAY, NOW)
    days("P1", 30, FIRST, TODAY)
    days("T1", 60, FIRST, TODAY)
    Load.objects.update(fresh_from=NOW - timedelta(days=2))
    return mill


def judge(mill: Works) -> None:
    judge_site(sites([mill.source.pk])[0], NOW, DAY)


def test_usual_days_are_quiet_and_each_reason_says_how_long_a_reading_is(rough: Works) -> None:
    judge(rough)

    assert not PowerFinding.objects.exists()
    line, facility = rough.load("P1"), rough.load("T1")
    assert ("normal", "normal") == (line.state, facility.state)
    assert "30" in why_words(line.why) and "60" in why_words(facility.why)
    # The hour from nine on is not over: nothing is lost of it.
    assert (at(TODAY, 9), at(TODAY, 9)) == (line.judged_to, facility.judged_to)
    assert {"normal", "stopped"} == set(PowerSpan.objects.filter(load__in=[line, facility]).values_list("state", flat=True))


def test_an_hour_that_does_not_come_is_lost_only_an_hour_after_its_end(rough: Works) -> None:
    judge(rough)
    for minutes, lost in ((100, False), (125, True)):
        Load.objects.update(fresh_from=NOW)
        judge_due(at(TODAY, 9) + timedelta(minutes=minutes))
        assert lost == PowerSpan.objects.filter(load=rough.load("T1"), state="lost", end__gt=at(TODAY, 9)).exists()


@pytest.mark.parametrize(("hours", "count"), [(1, 0), (2, 1)])
def test_idle_treatment_is_told_where_it_surely_lasted(rough: Works, hours: int, count: int) -> None:
    periods("T1", 60, at(NEXT, 18), [500] * hours)

    judge(rough)

    found = list(PowerFinding.objects.filter(rule="E6"))
    assert count == len(found)
    if found:
        assert (at(NEXT, 18), at(NEXT, 20)) == (found[0].start, found[0].end)


def test_orders_are_held_against_it_and_say_so(rough: Works) -> None:
    AddPeriod(
        SYSTEM, name="橙色预警", kind="warning", document="", start=at(DAY, 12), end=at(NEXT, 12), demand="stop",
        percent=None, grace_minutes=0, region=rough.source.region, sources=[rough.source],
    ).execute()  # fmt: skip
    judge(rough)

    check = PowerCheck.objects.get(load=rough.load("P1"))
    assert "suspected" == check.outcome
    assert any("30" in note and "分钟" in note for note in notes_of(check.why))
    assert (check.due, check.present) == (96, 96)


def test_finer_periods_count_first_and_odd_ones_fill_the_half_hour_of_the_clock(mill: Works) -> None:
    periods("P1", 10, at(DAY, 0), [100, 200, 301, None, 400, 500])
    periods("P1", 60, at(DAY, 1), [999])
    periods("P1", 15, at(DAY, 1), [10, 20, 30, 40])
    periods("P1", 15, at(DAY, 2), [10])
    periods("P1", 60, at(DAY, 2), [999])
    periods("P1", 60, at(DAY, 3, 30), [999])
    periods("P1", 1440, at(NEXT, 0), [96_000])

    found = series_of(sites([mill.source.pk])[0], DAY, NEXT)[mill.load("P1").pk]

    row = found.day(DAY).tolist()
    assert [301, 300, MISSING, MISSING] == row[:4]
    assert [10, 20, 30, 40] == row[4:8]
    # An hour of which a quarter is known is not spread, nor one that is none of the clock, nor a day.
    assert [10, MISSING, MISSING, MISSING] == row[8:12]
    assert {MISSING} == set(row[12:]) == set(found.day(NEXT).tolist())
    assert [2, 2, 1, 1, 1] == [found.parts_of(DAY, slot) for slot in (0, 1, 2, 4, 8)]
