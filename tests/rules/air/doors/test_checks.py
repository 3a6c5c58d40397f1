"""Each check at the door lets the sound values in and holds the others with their reason."""

from __future__ import annotations

from datetime import datetime

import pytest

from lantian.rules.air.doors.book import door_book
from lantian.rules.air.doors.errors import TooManyHeld
from lantian.rules.air.doors.layout import Choices
from lantian.rules.air.doors.stations import Known, Register
from lantian.rules.air.doors.times import hour_number
from lantian.rules.air.errors import BookError
from tests.rules.air.doors.made_up import Through, hours_of

HEAD = ["time", "station", "pm25", "pm10", "co", "o3"]
NOON = "2026-03-01 12:00"


def one(*cells: str, **options: object) -> Through:
    return Through([HEAD, list(cells)], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "reason", "values"),
    [
        (("when", "a", "1", "2", "", ""), "bad_time", {"pm25": 1000, "pm10": 2000}),
        (("2026-03-01", "a", "1", "2", "", ""), "bad_time", {"pm25": 1000, "pm10": 2000}),
        (("2026-03-01 12:30", "a", "1", "2", "", ""), "half_hour", {"pm25": 1000, "pm10": 2000}),
        (("1970-03-01 12:00", "a", "1", "2", "", ""), "too_early", {"pm25": 1000, "pm10": 2000}),
        (("2031-03-01 12:00", "a", "1", "2", "", ""), "future", {"pm25": 1000, "pm10": 2000}),
        ((NOON, "a", "-3", "2", "", ""), "negative", {"pm25": None}),
        ((NOON, "a", "3001", "2", "", ""), "beyond", {"pm25": 3_001_000}),
        ((NOON, "a", "many", "2", "", ""), "not_a_number", {"pm25": None}),
        ((NOON, "a", "1e300", "2", "", ""), "too_large", {"pm25": None}),
    ],
)
def test_what_cannot_be_is_held_with_its_reason(cells: tuple[str, ...], reason: str, values: dict[str, int | None]) -> None:
    rows = [HEAD, list(cells), [NOON, "b", "1", "2", "0.5", "60"]]

    through = Through(rows)

    [held] = through.held
    assert (reason, values, 2) == (held.reason, dict(held.values), held.row)
    assert {"pm25": 1000, "pm10": 2000, "co": 500, "o3": 60_000} == through.at("b", NOON)


def test_the_rest_of_a_row_goes_in_and_the_text_is_kept() -> None:
    through = one(NOON, "a", "35°", "60", "0.5", "")

    assert {"pm10": 60_000, "co": 500} == through.at("a", NOON)
    assert {"pm25": "35°"} == dict(through.held[0].texts)


def test_bounds_can_be_set_otherwise_with_grounds() -> None:
    override = {"book": "LanTian doors", "entry": "most_pm25", "value": 100, "grounds": "range of the instrument"}

    assert not one(NOON, "a", "101", "150", "", "").held
    assert ["beyond"] == [held.reason for held in one(NOON, "a", "101", "150", "", "", overrides=[override]).held]
    with pytest.raises(BookError):
        door_book().overridden([{**override, "grounds": ""}])
    with pytest.raises(BookError):
        door_book().overridden([{**override, "entry": "most_dust"}])


def test_an_unknown_station_is_held_whole_or_left_out_by_choice() -> None:
    register = Register([Known("1316A", "烟厂", "郑州市")])
    rows = hours_of(["1316A", "7777A"], datetime(2026, 3, 1, 1), 5)

    held = Through(rows, register=register)
    skipped = Through(rows, Choices(unknown="skip"), register=register)

    assert 5 == len(held.stored) == len(skipped.stored)
    assert {"unknown_station": 30} == dict(held.checker.counts)
    assert {"7777A"} == {one.key.code for one in held.held}
    assert (0, 30) == (len(skipped.held), skipped.checker.skipped)


def test_a_sender_only_reports_its_own_stations() -> None:
    rows = hours_of(["1316A", "1317A"], datetime(2026, 3, 1, 1), 2)

    through = Through(rows, allowed=frozenset({"1316A"}))

    assert {"out_of_scope": 12} == dict(through.checker.counts)
    assert {"1316A"} == {station for station, _hour in through.stored}


def test_the_same_hour_twice_with_the_same_values_is_one() -> None:
    rows = hours_of(["a"], datetime(2026, 3, 1, 1), 5)

    through = Through([*rows, rows[3]])

    assert (5, 0, []) == (len(through.stored), len(through.held), through.twice)


def test_an_hour_that_comes_again_with_another_value_is_held_on_both_sides() -> None:
    rows = [*hours_of(["a"], datetime(2026, 3, 1, 1), 30), ["2026-03-01 02:00", "a", "99", "51", "", "", "", "61"]]

    through = Through(rows, size=7)

    assert {"pm10": 51_000, "so2": 6000, "no2": 31_000, "co": 600, "o3": 61_000} == through.at("a", "2026-03-01 02:00")
    assert [("repeated", "2026-03-01 02:00", {"pm25": 21_000}), ("repeated", "2026-03-01 02:00", {"pm25": 99_000})] == sorted(
        through.reasons(), key=str
    )
    assert [3, 32] == [held.row for held in through.held]
    assert 30 == len(through.stored)


def test_two_labels_of_one_station_meet_in_one_hour() -> None:
    register = Register([Known("1318A", "岗李水库", "郑州市")])
    rows = [
        ["time", "city", "station_name", "pm25"],
        [NOON, "郑州", "岗李水库(对照点)", "7"],
        [NOON, "郑州", "岗李水库", "8"],
    ]

    assert ["repeated", "repeated"] == [held.reason for held in Through(rows, register=register).held]


def test_co_in_micrograms_is_asked_about_and_read_by_the_answer() -> None:
    rows = hours_of(["a", "b"], datetime(2026, 3, 1, 1), 20)
    at = rows[0].index("co")
    micro = [rows[0], *([*row[:at], str(round(float(row[at]) * 1000)), *row[at + 1 :]] for row in rows[1:])]

    asked = Through(micro)
    [question] = asked.looked.surveyed.questions
    answered = Through(micro, Choices(units={"co": "ug"}))

    assert ("co_unit", "co", "ug") == (question.code, question.item, question.answer)
    assert Through(rows).stored == answered.stored
    assert not answered.questions


def test_co_in_milligrams_under_a_heading_of_micrograms_is_asked_about() -> None:
    rows = hours_of(["a"], datetime(2026, 3, 1, 1), 20)
    rows[0][rows[0].index("co")] = "CO(µg/m³)"

    [question] = Through(rows).looked.surveyed.questions

    assert ("co_unit", "mg") == (question.code, question.answer)
    assert [] == Through(rows, Choices(confirmed=frozenset({"co_unit:co"}))).questions


def test_particles_in_milligrams_are_asked_about() -> None:
    rows = [["time", "station", "pm10"], *([f"2026-03-01 {hour:02d}:00", "a", f"0.0{50 + hour}"] for hour in range(1, 20))]

    assert ["unit"] == Through(rows).questions
    assert {"pm10": 51_000} == Through(rows, Choices(units={"pm10": "mg"})).at("a", "2026-03-01 01:00")


def test_one_station_with_co_in_micrograms_among_others_is_held() -> None:
    rows = hours_of(["a", "b", "c"], datetime(2026, 3, 1, 1), 10)
    at = rows[0].index("co")
    rows = [row if row[1] != "b" else [*row[:at], str(20 + round(float(row[at]) * 50)), *row[at + 1 :]] for row in rows]

    through = Through(rows)

    assert {"co_unit": 10} == dict(through.checker.counts)
    assert {"b"} == {held.station for held in through.held}
    assert "co" not in through.at("b", "2026-03-01 01:00")
    assert "co" in through.at("a", "2026-03-01 01:00")


def test_exchanged_columns_of_o3_are_asked_about_and_put_back() -> None:
    head = ["time", "station", "o3", "o3_24h", "o3_8h", "o3_8h_24h"]
    right = [[f"2026-03-01 {hour:02d}:00", "a", str(60 + hour), "150", str(50 + hour), "120"] for hour in range(1, 20)]
    wrong = [[row[0], row[1], row[3], row[2], row[5], row[4]] for row in right]

    asked = Through([head, *wrong])

    assert [] == Through([head, *right]).questions
    assert ["o3_swapped"] == asked.questions
    assert {"o3": 61_000} == Through([head, *wrong], Choices(swap_o3=True)).at("a", "2026-03-01 01:00")


def test_a_single_hour_of_o3_above_its_maximum_is_held() -> None:
    head = ["time", "station", "pm25", "o3", "o3_24h"]
    rows = [[f"2026-03-01 {hour:02d}:00", "a", str(hour), str(60 + hour), "150"] for hour in range(1, 20)]
    rows[4][3] = "151"

    through = Through([head, *rows])

    assert [("o3_order", "2026-03-01 05:00", {"o3": 151_000})] == through.reasons()
    assert {"pm25": 5000} == through.at("a", "2026-03-01 05:00")


def test_rows_of_a_page_that_did_not_move_are_held() -> None:
    rows = hours_of(["a", "b"], datetime(2020, 4, 2, 1), 100)
    rows[1:1] = [["2017-01-04 10:00", "c", "7", "20", "6", "30", "0.3", "51"]]

    through = Through(rows)

    assert {"stale": 6} == dict(through.checker.counts)
    assert 200 == len(through.stored)


def test_a_short_history_with_a_gap_is_not_stale() -> None:
    rows = hours_of(["a"], datetime(2020, 4, 2, 1), 5) + hours_of(["a"], datetime(2020, 6, 2, 1), 5)[1:]

    assert not Through(rows).held


def frozen_rows(count: int, first: datetime = datetime(2026, 3, 1, 1)) -> list[list[str]]:
    rows = hours_of(["a"], first, count + 4)
    for row in rows[3 : 3 + count]:
        row[2] = "33"
    return rows


@pytest.mark.parametrize("size", [1, 5, 1_000])
def test_a_value_that_stands_still_goes_in_with_a_flag(size: int) -> None:
    through = Through(frozen_rows(8), size=size)

    [flag] = through.flags
    assert ("frozen", "a", "pm25", 8, 33_000) == (flag.reason, flag.station, flag.item, flag.hours, flag.value)
    assert hour_number(datetime(2026, 3, 1, 3)) == flag.first
    assert {"pm25": 33_000} == {"pm25": through.at("a", "2026-03-01 05:00")["pm25"]}
    assert [] == Through(frozen_rows(7), size=size).flags


def test_a_value_that_stands_still_is_seen_across_deliveries() -> None:
    rows = frozen_rows(8)[:11]
    tails: dict[str, object] = {}
    flags = []
    for row in rows[1:]:
        through = Through([rows[0], row], tails=tails)  # type: ignore[arg-type]
        tails = dict(through.checker.tails())
        flags += through.flags

    [flag] = flags
    assert ("frozen", "pm25", 8) == (flag.reason, flag.item, flag.hours)


def test_a_missing_hour_ends_a_run() -> None:
    rows = frozen_rows(12)
    del rows[8]

    assert [] == Through(rows).flags


def test_pm25_above_pm10_is_a_flag_only() -> None:
    rows = [["time", "station", "pm25", "pm10"], *([f"2026-03-01 {hour:02d}:00", "a", str(70 - hour), str(60 - hour % 2)] for hour in range(1, 15))]

    through = Through(rows)

    [flag] = through.flags
    assert ("pm_order", 9, 14) == (flag.reason, flag.hours, len(through.stored))


def test_more_than_anybody_can_look_at_stops_the_import() -> None:
    rows = hours_of(["a"], datetime(2031, 1, 1), 30)

    with pytest.raises(TooManyHeld) as caught:
        Through(rows, most_held=20)

    assert (20, "future") == (caught.value.most, caught.value.reason)


def test_a_preview_counts_all_and_tells_some() -> None:
    rows = hours_of(["a"], datetime(2031, 1, 1), 30)

    through = Through(rows)

    assert {"future": 180} == dict(through.checker.counts)
    assert 30 == through.checker.held_rows


def test_every_value_is_stored_flagged_or_held() -> None:
    rows = hours_of(["a", "b"], datetime(2026, 3, 1, 1), 48)
    rows[5][2] = "-1"
    rows[9][3] = "99999"
    rows[20][0] = "2026-03-01 12:30"
    rows.append([*rows[30][:2], "500", *rows[30][3:]])

    through = Through(rows)
    stored = sum(len(values) for values in through.stored.values())
    held = sum(len(one.values) for one in through.held)

    # an hour that came twice: its five agreeing values became one each
    assert 97 * 6 - 5 == stored + held
    assert stored == through.checker.stored


def test_the_day_after_tomorrow_has_not_been() -> None:
    now = hour_number(datetime(2026, 3, 1, 12))
    rows = [HEAD, *([f"2026-03-01 {hour:02d}:00", "a", str(hour), "60", "", ""] for hour in range(10, 15))]

    through = Through(rows, now=now)

    assert (hour_number(datetime(2026, 3, 1, 10)), now) == (through.checker.first, through.checker.last)
    assert ["2026-03-01 13:00", "2026-03-01 14:00"] == [when for _reason, when, _values in through.reasons()]
