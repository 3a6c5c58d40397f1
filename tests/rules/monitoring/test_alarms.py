"""Alarms: what grows into one, how grave it is, what a storm is, which steps lead on, and the figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.alarms import figures, findings, life, storms, words
from lantian.rules.monitoring.alarms.book import AlarmBook
from lantian.rules.monitoring.alarms.figures import Counts
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.alarms.growing import Standing, place
from lantian.rules.monitoring.alarms.storms import EVERYWHERE, Silent
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.errors import BookError, InputError

NOON = datetime(2026, 11, 20, 12, tzinfo=BEIJING)
HOUR, NOTHING = timedelta(hours=1), timedelta()
BOOK = AlarmBook()


def hour(first: int, last: int | None) -> tuple[datetime, datetime | None]:
    return NOON + first * HOUR, None if last is None else NOON + last * HOUR


def standing(key: int, first: int, last: int | None, count: int = 1, closed: bool = False) -> Standing:
    return Standing(key, *hour(first, last), count, closed)


def placed(rows: list[Standing], first: int, last: int | None, count: int = 1, gap: timedelta = NOTHING) -> tuple:
    found = place(rows, *hour(first, last), count, gap)
    return found.outcome, found.into, found.count


@pytest.mark.parametrize(
    ("rows", "finding", "wanted"),
    [
        ([], (0, 1), ("new", None, 1)),
        ([standing(1, 0, 1)], (1, 2), ("grown", 1, 2)),  # the neighbouring hour
        ([standing(1, 0, 1)], (2, 3), ("new", None, 1)),  # an hour between them
        ([standing(1, 0, 1)], (0, 1), ("same", 1, 1)),  # judged again
        ([standing(1, 0, 3, 3)], (1, 2), ("same", 1, 3)),
        ([standing(1, 0, 2, 2)], (0, 4, 4), ("grown", 1, 4)),  # the whole event judged anew
        ([standing(1, 0, None)], (0, None), ("same", 1, 1)),
        ([standing(1, 0, None)], (0, 5), ("grown", 1, 1)),  # it has ended
        ([standing(1, 0, 1), standing(2, 2, 3)], (1, 2), ("grown", 1, 3)),  # the hour that lay between two
        ([standing(1, 0, 2, 2, closed=True)], (0, 1), ("closed", 1, 2)),
        ([standing(1, 0, 2, 2, closed=True)], (2, 3), ("new", None, 1)),
        ([standing(1, 0, None, closed=True)], (0, None), ("closed", 1, 1)),
    ],
)
def test_a_finding_goes_to_the_alarm_whose_period_it_overlaps_or_adjoins(
    rows: list[Standing], finding: tuple, wanted: tuple
) -> None:
    assert placed(rows, *finding) == wanted


def test_what_a_closed_alarm_has_covered_is_not_asked_a_second_time() -> None:
    found = place([standing(1, 0, 2, 2, closed=True)], *hour(1, 4), 3, NOTHING)
    assert (found.outcome, found.begin, found.end) == ("new", *hour(2, 4))


def test_an_alarm_that_joins_two_names_the_one_that_it_absorbs() -> None:
    found = place([standing(7, 2, 3), standing(4, 0, 1)], *hour(1, 2), 1, NOTHING)
    assert (found.into, found.absorbed, found.begin, found.end) == (4, (7,), *hour(0, 3))


@given(st.permutations(range(12)), st.data())
def test_hours_become_the_same_alarms_in_whatever_order_and_however_often_they_come(
    order: list[int], data: st.DataObject
) -> None:
    hours = [one for one in order if data.draw(st.booleans())]
    rows: dict[int, Standing] = {}
    for first in [*hours, *hours]:
        found = place(list(rows.values()), *hour(first, first + 1), 1, NOTHING)
        for key in found.absorbed:
            del rows[key]
        key = found.into if found.into is not None else len(rows) + 100 * first
        rows[key] = Standing(key, found.begin, found.end, found.count)
    runs = sum(1 for before, after in pairwise([-9, *sorted(hours)]) if after - before > 1)
    assert len(rows) == runs
    assert sum(row.count for row in rows.values()) == len(hours)


def test_severity_comes_from_the_book_and_rises_with_the_multiple_and_the_number() -> None:
    assert BOOK.severity(words.EXCEED_HOUR) == "medium"
    assert BOOK.severity(words.EXCEED_HOUR, peak=Decimal("2")) == "high"
    assert BOOK.severity(words.EXCEED_HOUR, peak=Decimal("1.99"), count=3) == "medium"
    assert BOOK.severity(words.EXCEED_HOUR, count=4) == "high"
    assert BOOK.severity(words.OFFLINE, count=400) == "low"
    assert all(BOOK.severity(cause) in words.SEVERITIES for cause in words.CAUSES)
    assert all(BOOK.gap(cause) >= NOTHING for cause in words.CAUSES)


def test_what_the_house_has_set_itself_is_said_and_an_office_may_set_it_otherwise_with_grounds() -> None:
    assert all(reason.code == "starting_value" for reason in BOOK.severity_reasons(words.EXCEED_HOUR))
    change = {"book": "alarms", "entry": "severity.exceed_hour", "value": "high", "grounds": "晴环〔2026〕9号"}
    ours = AlarmBook(book("alarms").overridden([change]))
    assert ours.severity(words.EXCEED_HOUR) == "high"
    assert "晴环〔2026〕9号" in str(ours.severity_reasons(words.EXCEED_HOUR)[0])
    with pytest.raises(BookError):
        book("alarms").overridden([{**change, "grounds": ""}])
    with pytest.raises(BookError):
        book("alarms").overridden([{**change, "value": "grave"}])


def silent(device: int, minute: float, *, place: str = "/1/2/", source: int | None = None, interval: int = 5) -> Silent:
    since = NOON + timedelta(minutes=minute)
    places = (EVERYWHERE, "/1/", place)
    return Silent(device, device if source is None else source, places, since, since + timedelta(minutes=interval))


def test_devices_of_a_county_that_fall_silent_together_are_one_storm() -> None:
    rows = [silent(n, n % 5) for n in range(8)] + [silent(90, -300)]
    found = storms.storms(rows, {EVERYWHERE: 200, "/1/": 100, "/1/2/": 10}, BOOK)
    assert [(one.place, one.members, one.sources, one.total) for one in found] == [("/1/2/", tuple(range(8)), 8, 10)]


def test_a_gateway_that_is_down_is_one_storm_and_no_county_has_its_own() -> None:
    rows = [silent(n, n % 5, place=f"/1/{2 + n % 3}/") for n in range(30)]
    found = storms.storms(rows, {EVERYWHERE: 40, "/1/": 40, "/1/2/": 10, "/1/3/": 10, "/1/4/": 10}, BOOK)
    assert [(one.place, len(one.members)) for one in found] == [(EVERYWHERE, 30)]


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        ([silent(n, 0) for n in range(4)], 4),  # fewer than the least number
        ([silent(n, 0) for n in range(6)], 13),  # fewer than the share
        ([silent(n, 40 * n) for n in range(6)], 6),  # one after the other
        ([silent(n, 0, source=n % 2) for n in range(6)], 6),  # two plants without power
    ],
)
def test_a_few_devices_or_one_plant_or_silence_by_and_by_is_no_storm(rows: list[Silent], total: int) -> None:
    assert storms.storms(rows, {EVERYWHERE: 999, "/1/": 999, "/1/2/": total}, BOOK) == []


def test_a_meter_that_reports_each_quarter_of_an_hour_belongs_to_the_outage_of_those_that_report_each_minute() -> None:
    rows = [silent(n, 20, interval=1) for n in range(5)] + [silent(9, 7, interval=15)]
    found = storms.storms(rows, {EVERYWHERE: 99, "/1/": 99, "/1/2/": 6}, BOOK)
    assert found[0].members == (0, 1, 2, 3, 4, 9)
    assert storms.joins(silent(10, 18), "/1/2/", found[0].at, BOOK)
    assert not storms.joins(silent(10, 180), "/1/2/", found[0].at, BOOK)
    assert not storms.joins(silent(10, 18, place="/1/3/"), "/1/2/", found[0].at, BOOK)


def test_a_storm_is_over_when_most_are_back() -> None:
    assert [storms.is_over(10, returned, BOOK) for returned in (0, 7, 8, 10)] == [False, False, True, True]


def test_who_answers_never_closes() -> None:
    assert life.may_decide(None, None, 5, 3)  # the house itself
    assert life.may_decide(1, 2, 5, 3)
    assert not life.may_decide(5, 2, 5, 3)
    assert not life.may_decide(1, 3, 5, 3)


def test_steps_lead_only_from_where_the_table_says_and_every_state_can_be_left() -> None:
    everything = (life.HANDLE, life.CLOSE, life.ANSWER)
    assert {step.code for step in life.open_to(life.CLOSED, everything)} == {"reopen"}
    assert "close" not in {step.code for step in life.open_to(life.OPEN, (life.HANDLE, life.ANSWER))}
    assert life.open_to(life.OPEN, everything, folded=True) == []
    for state in life.STATES:
        assert life.open_to(state, everything)
    assert {step.target for step in life.STEPS.values()} | {life.OPEN} == set(life.STATES)


def test_rates_are_exact_and_absent_where_nothing_could_be_counted() -> None:
    counts = Counts(40, 30, 24, 21, 18, 16, {"confirmed": 7, "device_fault": 2, "false_alarm": 4, "explained": 3})
    found = figures.rates(counts, BOOK)
    assert found == figures.Rates(Fraction(7, 10), Fraction(3, 4), Fraction(9, 16), Fraction(1, 4))
    assert figures.rates(Counts(), BOOK) == figures.Rates(None, None, None, None)
    strict = AlarmBook(
        book("alarms").overridden([{"book": "alarms", "entry": "hit.counts", "value": "confirmed", "grounds": "x"}])
    )
    assert figures.rates(counts, strict).hit == Fraction(7, 16)
    assert [figures.percent(Fraction(*one)) for one in ((1, 3), (1, 16), (1, 2000))] == [
        Decimal("33.3"),
        Decimal("6.3"),
        Decimal("0.1"),
    ]
    assert figures.percent(None) is None


FINDING = Finding(words.EXCEED_HOUR, NOON, NOON + HOUR, source=1, unit=2, device=3, factor="a21026")


def test_findings_are_told_apart_by_outlet_cause_rule_and_factor() -> None:
    assert FINDING.key == "u2|exceed_hour||a21026"
    assert replace(FINDING, cause=words.OFFLINE).key == "d3|offline||a21026"
    assert replace(FINDING, unit=None).key.startswith("d3|")
    with pytest.raises(InputError):
        _ = replace(FINDING, unit=None, device=None, source=None).key


@pytest.mark.parametrize(
    "wrong",
    [
        {"cause": "hunger"},
        {"severity": "grave"},
        {"begin": NOON.replace(tzinfo=None)},
        {"end": NOON - HOUR},
        {"end": NOON + timedelta(days=500)},
        {"count": 0},
        {"rule": "R" * 99},
        {"evidence": Evidence(series=[Series("x", "", [(NOON, 1, "")] * 2001)])},
        {"evidence": Evidence(frames=["f"] * 99)},
    ],
)
def test_a_finding_that_cannot_be_or_is_too_large_is_refused(wrong: dict) -> None:
    findings.check(FINDING)
    with pytest.raises(InputError):
        findings.check(replace(FINDING, **wrong))


def test_the_curves_of_an_alarm_that_grows_are_joined_and_stay_within_bounds() -> None:
    def of(first: int, last: int, value: int) -> dict:
        points = [(NOON + timedelta(minutes=n), value, "N") for n in range(first, last)]
        return findings.record(replace(FINDING, evidence=Evidence(series=[Series("NOx", "mg/m3", points)])))

    joined = findings.merged(of(0, 1500, 1), of(1400, 2500, 2))
    points = joined["series"][0]["points"]
    assert len(joined["series"]) == 1
    assert len(points) == findings.MOST_POINTS
    assert points == sorted(points)
    assert points[-1][1:] == ["2", "N"]
    assert findings.merged(of(0, 1, 1), of(0, 1, 1)) == of(0, 1, 1)
