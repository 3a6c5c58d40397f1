"""Performance grades: the grade of a day, what is wrong with its record, who has to rise."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError
from lantian.rules.sources.grade_books import grade_library
from lantian.rules.sources.grades import (
    Graded,
    GradeEvent,
    check_events,
    expiring,
    grade_on,
    to_raise,
)

LIBRARY = grade_library()
SCHEME = LIBRARY.scheme_of("2020")
SHANYANG = "410811"


def event(kind: Any = "granted", grade: str = "B", day: str = "2021-01-01", **named: Any) -> GradeEvent:
    given = {"document": "公告", "approver_level": "province", **named}
    return GradeEvent(kind, grade, date.fromisoformat(day), **given)


def codes(*events: GradeEvent) -> list[str]:
    return [problem.code for problem in check_events(events, LIBRARY, SHANYANG)]


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2020-12-31", (None, "none_yet")),
        ("2021-01-01", ("B", "graded")),
        ("2021-12-31", ("B", "graded")),
        ("2022-01-01", (None, "expired")),
        ("2022-03-01", ("A", "graded")),
        ("2022-05-31", ("A", "graded")),
        ("2022-06-01", ("C", "graded")),
        ("2023-01-01", (None, "withdrawn")),
    ],
)
def test_the_latest_event_counts_until_its_last_day(day: str, found: tuple[str | None, str]) -> None:
    events = [
        event("withdrawn", "", "2023-01-01", cause="停产"),
        event("raised", "A", "2022-03-01", valid_to=date(2024, 12, 31)),
        event("lowered", "C", "2022-06-01", cause="抽查"),
        event(valid_to=date(2021, 12, 31)),
    ]
    standing = grade_on(events, date.fromisoformat(day))
    assert found == (standing.grade, standing.reason)


def test_what_is_annulled_never_was_and_of_one_day_the_later_entry_counts() -> None:
    events = [event(), event("raised", "A", "2021-05-01", annulled=True), event("granted", "C", "2021-01-01")]
    assert "C" == grade_on(events, date(2021, 6, 1)).grade


def test_an_enterprise_may_have_a_grade_in_each_of_its_industries() -> None:
    events = [event(industry="水泥", grade="A"), event(industry="铸造", grade="C", day="2022-01-01")]
    assert ["A", "C", "C"] == [
        grade_on(events, date(2022, 6, 1), industry).grade for industry in ("水泥", "铸造", None)
    ]


def test_grades_that_run_out_are_told_unless_they_are_followed() -> None:
    ends = event(valid_to=date(2022, 3, 31))
    span = date(2022, 3, 1), date(2022, 3, 31)
    assert [ends] == expiring([ends], *span)
    assert [] == expiring([ends], date(2022, 4, 1), date(2022, 4, 30))
    assert [] == expiring([ends, event("renewed", "B", "2022-04-01")], *span)


@pytest.mark.parametrize(
    ("left", "right", "found"),
    [
        ("A", "B", 1), ("B", "B-", 1), ("B-", "C", 1), ("C", "D", 1), ("leading", "B", 1), ("leading", "non_leading", 1),
        ("D", "A", -1), ("C", "C", 0), ("A", "leading", None), ("non_leading", "C", None), ("non_leading", "D", None),
        ("A+", "A", None),
    ],
)  # fmt: skip
def test_the_order_of_grades_leaves_open_what_no_document_settles(
    left: str, right: str, found: int | None
) -> None:
    assert found == SCHEME.compare(left, right)


@given(st.sampled_from(SCHEME.grades), st.sampled_from(SCHEME.grades), st.sampled_from(SCHEME.grades))
def test_the_order_is_an_order(left: str, middle: str, right: str) -> None:
    back = SCHEME.compare(right, left)
    assert SCHEME.compare(left, right) == (None if back is None else -back)
    if SCHEME.at_least(left, middle) and SCHEME.at_least(middle, right):
        assert SCHEME.at_least(left, right) in (True, None)


@pytest.mark.parametrize(
    ("region", "day", "scheme"),
    [
        ("410108", "2018-09-30", None),
        ("410108", "2018-10-01", "zhengzhou-2018"),
        ("410811", "2018-10-01", None),
        ("410108", "2019-07-01", "2019"),
        ("410811", "2020-06-30", "2019"),
        ("410811", "2020-07-01", "2020"),
    ],
)
def test_the_set_of_grades_goes_by_place_and_day(region: str, day: str, scheme: str | None) -> None:
    found = LIBRARY.scheme_on(region, date.fromisoformat(day))
    assert scheme == (found.id if found else None)


def test_the_guide_of_2020_has_39_industries() -> None:
    assert 39 == len(set(SCHEME.industries))


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([event()], []),
        ([event(day="2019-01-01")], ["no_scheme"]),
        ([event(grade="A+")], ["unknown_grade"]),
        ([event(grade="leading", industry="水泥")], ["not_of_industry"]),
        ([event(grade="leading", industry="平板玻璃")], []),
        ([event(valid_to=date(2020, 12, 31))], ["period"]),
        ([event(valid_to=date(2021, 1, 1))], []),
        ([event(document="")], ["no_evidence"]),
        ([event(document="", evidence="照片")], []),
        ([event(approver_level="city")], ["approver_level"]),
        ([event(grade="B-", approver_level="city")], []),
        # the guide of 2019 says nothing about who decides
        ([event(day="2020-01-01", approver_level="city")], []),
        ([event(), event("raised", "A", "2022-01-01")], []),
        ([event(), event("raised", "C", "2022-01-01")], ["not_better"]),
        ([event(), event("lowered", "C", "2022-01-01", cause="grades-shanyang-2022/requirements-not-kept")], []),
        ([event(), event("lowered", "C", "2022-01-01")], ["no_cause"]),
        ([event(), event("lowered", "A", "2022-01-01", cause="x")], ["not_worse"]),
        ([event(), event("lowered", "C", "2022-01-01", cause="nowhere/x")], ["unknown_cause"]),
        ([event(), event("lowered", "C", "2021-06-01", cause="grades-shanyang-2022/requirements-not-kept")], ["unknown_cause"]),
        ([event(grade="C"), event("lowered", "D", "2022-01-01", cause="grades-shanyang-2022/requirements-not-kept")],
         ["unknown_cause"]),
        ([event(), event("renewed", "B", "2022-01-01")], []),
        ([event(), event("renewed", "C", "2022-01-01")], ["not_same"]),
        ([event(grade="non_leading"), event("raised", "C", "2022-01-01")], ["order_unsettled"]),
        ([event(), event("withdrawn", "", "2022-01-01")], ["no_cause"]),
        ([event(), event("withdrawn", "", "2022-01-01", cause="停产"), event("granted", "A", "2022-06-01")], []),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_record_of_grades_is_named(events: list[GradeEvent], found: list[str]) -> None:
    assert found == codes(*events)


def rising(grade: str | None, industry: str, day: str, **named: Any) -> list[tuple[str, str, bool, bool]]:
    events = () if grade is None else (event(grade=grade, **named),)
    enterprise = Graded("E1", (industry,), events)
    found = to_raise([enterprise], LIBRARY, SHANYANG, date.fromisoformat(day))
    return [(one.reason, one.floor, one.overdue, one.season_control) for one in found]


@pytest.mark.parametrize(
    ("grade", "industry", "day", "found"),
    [
        ("B", "铸造", "2022-06-01", []),
        ("leading", "铸造", "2022-06-01", []),
        ("B-", "铸造", "2022-06-30", [("below_floor", "B", False, False)]),
        ("B-", "铸造", "2022-07-01", [("below_floor", "B", True, False)]),
        (None, "铸造", "2022-06-01", [("ungraded", "B", False, False)]),
        ("B", "水泥", "2022-06-01", [("below_floor", "A", False, False)]),
        ("A", "水泥", "2022-06-01", []),
        ("leading", "水泥", "2022-06-01", [("order_unsettled", "A", False, False)]),
        ("D", "制鞋", "2022-11-14", [("assisted", "", False, False)]),
        ("D", "制鞋", "2022-11-15", [("assisted", "", False, True)]),
        ("C", "制鞋", "2022-11-15", []),
        ("C", "铸造", "2023-01-01", []),
    ],
)
def test_who_has_to_rise_in_shanyang(
    grade: str | None, industry: str, day: str, found: list[tuple[str, str, bool, bool]]
) -> None:
    assert found == rising(grade, industry, day)


def test_an_expired_grade_has_to_be_renewed_to_count_for_the_floor() -> None:
    last = {"valid_to": date(2022, 5, 31)}
    assert [] == rising("B", "铸造", "2022-05-31", **last)
    assert [("ungraded", "B", False, False)] == rising("B", "铸造", "2022-06-01", **last)


def test_the_grade_of_another_industry_does_not_stand_for_this_one() -> None:
    enterprise = Graded(
        "E1", ("铸造", "水泥"), (event(grade="A", industry="水泥"), event(grade="C", industry="铸造"))
    )
    found = to_raise([enterprise], LIBRARY, SHANYANG, date(2022, 6, 1))
    assert [("铸造", "C")] == [(one.industry, one.standing.grade) for one in found]


def test_no_rule_of_shanyang_is_used_elsewhere() -> None:
    assert [] == to_raise([Graded("E1", ("铸造",), ())], LIBRARY, "410802", date(2022, 6, 1))


@given(
    st.lists(
        st.builds(
            GradeEvent,
            st.sampled_from(["granted", "raised", "lowered"]),
            st.sampled_from(SCHEME.grades),
            st.dates(date(2021, 1, 1), date(2021, 12, 31)),
            st.none() | st.dates(date(2021, 6, 1), date(2022, 6, 1)),
        ),
        max_size=5,
    ),
    st.dates(date(2020, 6, 1), date(2022, 12, 31)),
)
def test_a_later_event_never_changes_an_earlier_day(events: list[GradeEvent], day: date) -> None:
    later = GradeEvent("granted", "D", day + timedelta(days=1))
    assert grade_on(events, day) == grade_on([*events, later], day)


def own(**sections: Any) -> dict[str, Any]:
    return {
        "book": {"id": "own", "kind": "grades", "title": "本地", "document": "本地文件", "region": "410811",
                 "valid_from": "2022-01-01"},
        **sections,
    }  # fmt: skip


def row(**named: Any) -> dict[str, Any]:
    return {
        "id": "r",
        "clause": "1",
        "grade": "H",
        "label": "要求",
        "industries": ["制鞋"],
        "floor": "B",
        **named,
    }


def scheme(**named: Any) -> dict[str, Any]:
    return {
        "id": "s",
        "document": "文",
        "clause": "1",
        "grade": "H",
        "valid_from": "2027-01-01",
        "grades": ["A+", "A"],
        **named,
    }


def test_an_office_adds_a_floor_and_a_newer_set_of_grades() -> None:
    national = shipped("grades-national")
    library = LIBRARY.extended(
        [own(floors=[row()], schemes=[scheme(region="410811", valid_from="2026-01-01")])]
    )
    found = to_raise([Graded("E1", ("制鞋",), ())], library, SHANYANG, date(2022, 6, 1))
    assert ["own/r"] == [one.rule.key for one in found]
    at = library.scheme_on(SHANYANG, date(2026, 6, 1))
    assert at is not None
    assert (1, "2020") == (at.compare("A+", "A"), national["schemes"][2]["id"])


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (own(floors=[row(floor="Z")]), "floors[1].floor"),
        (own(floors=[row(industries=[])]), "floors[1].industries"),
        (own(floors=[row(), row()]), "floors[2]"),
        (own(floors=[row(clause="")]), "floors[1].clause"),
        (own(floors=[row(due="soon")]), "floors[1].due"),
        (own(floors="B"), "floors"),
        (own(approvers=[{"id": "a", "clause": "1", "grade": "H", "label": "x", "grades": ["A"], "level": "moon"}]),
         "approvers[1].level"),
        (own(approvers=[{"id": "a", "clause": "1", "grade": "H", "label": "x", "grades": ["A"], "level": "city",
                         "scheme": "1999"}]), "approvers[1].scheme"),
        (own(schemes=[scheme(id="2020")]), "schemes[1]"),
        (own(schemes=[scheme()]), "schemes[1]"),
        (own(schemes=[scheme(region="410811", grades=["A", "A"])]), "schemes[1].grades"),
        (own(schemes=[scheme(region="410811", unsettled=[["A", "Q"]])]), "schemes[1]"),
        (own(schemes=[scheme(region="410811", unsettled=[["A"]])]), "schemes[1].unsettled"),
        (own(schemes=[scheme(region="410811", valid_to="2026-01-01")]), "schemes[1].valid_to"),
        ({"book": {"id": "own", "kind": "admission"}}, "book.kind"),
        ({"book": {}}, "book"),
        (shipped("grades-shanyang-2022"), "book.id"),
    ],
)  # fmt: skip
def test_a_book_of_grades_that_is_not_sound_is_refused_with_its_place(
    record: dict[str, Any], place: str
) -> None:
    with pytest.raises(BookError) as caught:
        LIBRARY.extended([record])
    assert place == caught.value.place
