"""Which points stand for a place, and its days and periods with and without exclusions."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from lantian.apps.air import actions, queries, readings, statistics
from lantian.apps.air.models import Station
from lantian.apps.core.actions import Actor
from lantian.lake.air.scales import JUDGED
from lantian.rules.air.evaluation import evaluate_days, scheme_for
from lantian.rules.air.exclusions import Both
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.periods import period_of
from lantian.rules.air.validity import city_days

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test", via="cli")
TODAY = date(2026, 6, 10)


def place_of(region, first=date(2026, 1, 1), last=TODAY):
    return queries.places([region], first, last)[0]


def exclude(air, start, end, pollutants=("pm10",), station=None):
    return actions.AddExclusion(
        SYSTEM,
        region=None if station else air.city,
        station=station,
        start=start,
        end=end,
        pollutants=list(pollutants),
        kind="sand",
        reason="沙尘",
    ).execute()


def test_city_points_of_the_highest_control_stand_for_a_place(air) -> None:
    Station.objects.create(code="P1", name="省控", region=air.districts[0], kind="city", control="provincial")
    Station.objects.create(code="K1", name="县控", region=air.districts[0], kind="city", control="county")
    Station.objects.create(code="X1", name="停用", region=air.districts[0], kind="city", in_use=False)

    assert ("A1", "A2", "B1") == place_of(air.city).codes
    assert ("A1", "A2", "P1") == place_of(air.districts[0]).codes
    Station.objects.filter(code__in=("A1", "A2", "P1")).delete()
    assert ("K1",) == place_of(air.districts[0]).codes


def test_days_of_a_place_are_those_of_the_rules_and_follow_a_correction_at_once(air) -> None:
    for code, value in (("A1", 30), ("A2", 45), ("B1", 61)):
        air.hours(code, date(2026, 5, 1), date(2026, 5, 3), {"pm25": value})
    scheme = scheme_for(period_of("2026-05-01:2026-05-03"))

    found = queries.place_days(place_of(air.city), date(2026, 5, 1), date(2026, 5, 3), scheme)

    assert {Fraction(136_000, 3)} == {found.days[day]["pm25"] for day in found.days}
    assert 3 == len(found.days)
    air.hours("B1", date(2026, 5, 2), date(2026, 5, 2), {"pm25": 91})
    again = queries.place_days(place_of(air.city), date(2026, 5, 1), date(2026, 5, 3), scheme)
    assert Fraction(166_000, 3) == again.days[date(2026, 5, 2)]["pm25"]
    assert Fraction(136_000, 3) == again.days[date(2026, 5, 1)]["pm25"]


def test_an_evaluation_is_that_of_the_rules_on_the_same_days(air) -> None:
    air.hours(("A1", "A2", "B1"), date(2026, 5, 1), date(2026, 5, 31), lambda end: {"pm25": 20 + end.day})
    period = period_of("2026-05")

    found = queries.evaluation(place_of(air.city), period)

    scheme = scheme_for(period)
    days = [readings.station_days(code, period.first, period.last, scheme) for code in ("A1", "A2", "B1")]
    whole, few = city_days(days, JUDGED, scheme.book, uncounted=("o3_1h",))
    assert evaluate_days("晴川市", whole, period, scheme, few_points=few) == found
    assert 31 == found.statistics["PM2.5"].valid


def test_a_day_that_is_excluded_whole_is_taken_out_and_counts_towards_the_minimum(air) -> None:
    air.hours(
        ("A1", "A2", "B1"),
        date(2026, 5, 1),
        date(2026, 5, 31),
        lambda end: {"pm10": 600 if (end - timedelta(hours=1)).day == 7 else 60},
    )
    period, place = period_of("2026-05"), place_of(air.city)
    raw = queries.evaluation(place, period)

    row = exclude(air, datetime(2026, 5, 7, tzinfo=BEIJING), datetime(2026, 5, 8, tzinfo=BEIJING))

    found = queries.evaluation(place, period)
    assert (Decimal(77), Decimal(60)) == (raw.statistics["PM10"].mean, found.statistics["PM10"].mean)
    assert (30, 1) == (found.statistics["PM10"].valid, found.statistics["PM10"].removed)
    assert (raw.heavy_days, 1) == (found.heavy_days, raw.heavy_days)
    assert raw == queries.evaluation(place, period, excluding_events=False)
    assert raw.statistics == queries.evaluation(place, period, ignoring=frozenset({row.pk})).statistics
    actions.WithdrawExclusion(SYSTEM, row, reason="误录").execute()
    assert raw == queries.evaluation(place, period)


def test_of_a_day_that_is_excluded_in_part_the_mean_is_that_of_the_hours_left(air) -> None:
    def sand(end):
        return {"pm10": 500 if end.hour in (21, 22, 23) or end.hour == 0 else 50}

    air.hours(("A1", "A2", "B1"), date(2026, 5, 7), date(2026, 5, 7), sand)
    scheme = scheme_for(period_of("2026-05"))
    exclude(air, datetime(2026, 5, 7, 20, tzinfo=BEIJING), datetime(2026, 5, 8, tzinfo=BEIJING))

    found = queries.place_days(place_of(air.city), date(2026, 5, 7), date(2026, 5, 7), scheme)

    assert 50_000 == found.days[date(2026, 5, 7)]["pm10"]
    assert {} == found.removed
    exclude(air, datetime(2026, 5, 7, 10, tzinfo=BEIJING), datetime(2026, 5, 7, 11, tzinfo=BEIJING))
    fewer = queries.place_days(place_of(air.city), date(2026, 5, 7), date(2026, 5, 7), scheme)
    assert "pm10" not in fewer.days[date(2026, 5, 7)]
    assert {date(2026, 5, 7): frozenset({"pm10"})} == fewer.removed


def test_an_exclusion_of_one_station_leaves_the_others(air) -> None:
    for code, value in (("A1", 50), ("A2", 50), ("B1", 500)):
        air.hours(code, date(2026, 5, 7), date(2026, 5, 7), {"o3": value})
    scheme = scheme_for(period_of("2026-05"))
    exclude(
        air,
        datetime(2026, 5, 7, tzinfo=BEIJING),
        datetime(2026, 5, 8, tzinfo=BEIJING),
        ("o3",),
        air.stations["B1"],
    )

    found = queries.place_days(
        place_of(air.city), date(2026, 5, 7), date(2026, 5, 7), scheme, available=True
    )

    assert (50_000, 50_000) == (found.days[date(2026, 5, 7)]["o3"], found.days[date(2026, 5, 7)]["o3_1h"])


def test_last_year_is_judged_by_the_book_of_this_year(air) -> None:
    for year in (2025, 2026):
        air.hours(
            ("A1", "A2", "B1"), date(year, 5, 1), date(year, 5, 31), {"pm25": 40 if year == 2025 else 30}
        )

    found = statistics.compared(place_of(air.city, date(2025, 1, 1)), period_of("2026-05"))

    row = found.rows[0]
    assert (Decimal("30.0"), Decimal("40.0"), Decimal("-25.0")) == (row.value, row.before, row.change)
    assert found.before is not None
    assert (found.now.book, found.now.limits) == (found.before.book, found.before.limits)
    assert Decimal("1.00") == row.index


def test_hours_that_are_excluded_do_not_come_back_where_the_day_is_excluded_too(air) -> None:
    air.hours(("A1", "A2", "B1"), date(2026, 5, 6), date(2026, 5, 8), {"pm10": 300})
    exclude(air, datetime(2026, 5, 7, tzinfo=BEIJING), datetime(2026, 5, 8, tzinfo=BEIJING))
    exclude(air, datetime(2026, 5, 7, 22, tzinfo=BEIJING), datetime(2026, 5, 8, 2, tzinfo=BEIJING))
    scheme = scheme_for(period_of("2026-05"))

    found = queries.place_days(place_of(air.city), date(2026, 5, 6), date(2026, 5, 8), scheme)

    # Of the 8th two hours are excluded, and 22 are left.
    assert [True, False, True] == ["pm10" in found.days[date(2026, 5, day)] for day in (6, 7, 8)]
    assert {date(2026, 5, 7): frozenset({"pm10"})} == found.removed


def test_many_places_at_once_are_evaluated_as_by_the_rule_one_by_one(air) -> None:
    air.hours(
        ("A1", "A2", "B1"),
        date(2026, 4, 20),
        date(2026, 5, 31),
        lambda end: {
            "pm25": 20 + end.day,
            "pm10": 40 + 7 * end.hour,
            "o3": 300 if end.hour in (13, 14, 15, 16) and end.day % 3 == 0 else 70,
            "co": None if end.day == 5 and end.hour < 6 else 0.7,
        },
    )
    exclude(air, datetime(2026, 5, 9, tzinfo=BEIJING), datetime(2026, 5, 11, tzinfo=BEIJING), ("pm10", "o3"))
    exclude(air, datetime(2026, 5, 12, 3, tzinfo=BEIJING), datetime(2026, 5, 12, 5, tzinfo=BEIJING))
    exclude(
        air,
        datetime(2026, 5, 20, 6, tzinfo=BEIJING),
        datetime(2026, 5, 20, 18, tzinfo=BEIJING),
        ("pm25",),
        air.stations["B1"],
    )
    wanted = queries.places([air.city, *air.districts], date(2026, 1, 1), TODAY)
    for text in ("2026-05", "2026-04-25:2026-05-20", "2026"):
        period = period_of(text)
        scheme = scheme_for(period)
        found = queries.evaluations(wanted, period)
        for place, one in zip(wanted, found, strict=True):
            left = queries.place_days(place, period.first, period.last, scheme)
            whole = queries.place_days(place, period.first, period.last, scheme, excluding_events=False)
            expected = Both(
                evaluate_days(place.name, whole.days, period, scheme, few_points=whole.few),
                evaluate_days(
                    place.name, left.days, period, scheme, few_points=left.few, removed=left.removed
                ),
            )
            assert expected.shown() == one
            assert expected.shown(days="removed") == queries.evaluation(place, period, days="removed")
            assert expected.raw == queries.evaluation(place, period, excluding_events=False)
    assert 2 == found[0].statistics["O3"].removed


def test_what_the_office_sets_otherwise_holds_on_the_pages_from_then_on(
    air, settings, tmp_path, staff, client_of
) -> None:
    settings.DATA = tmp_path
    air.hours(("A1", "A2", "B1"), date(2026, 5, 1), date(2026, 5, 31))
    period, place, leader = period_of("2026-05"), place_of(air.city), client_of(staff["leader"])
    before = queries.evaluation(place, period).composite_index
    entry = {"book": "HJ 663-2026", "entry": "composite_digits", "value": 3, "grounds": "市攻坚办纪要"}
    file = tmp_path / "books" / "air-overrides.json"
    file.parent.mkdir()
    file.write_text(json.dumps([entry]), "utf-8")

    after = queries.evaluation(place, period).composite_index
    assert (-2, -3) == (before.as_tuple().exponent, after.as_tuple().exponent)
    page = leader.get("/air/rankings/?level=county&period=2026-05").content.decode()
    assert "composite_digits = 3（市攻坚办纪要）" in page

    file.write_text(json.dumps([{**entry, "value": 99}]), "utf-8")
    wrong = leader.get("/air/rankings/?level=county&period=2026-05")
    assert 503 == wrong.status_code
    assert "air-overrides.json" in wrong.content.decode()
    assert 200 == leader.get("/").status_code
    file.unlink()
    assert before == queries.evaluation(place, period).composite_index
