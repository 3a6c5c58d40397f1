"""Subsidies: what is due for which event and when, once; and where a payment stands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError, InputError
from lantian.rules.sources.grade_books import grade_library
from lantian.rules.sources.grades import GradeEvent
from lantian.rules.sources.subsidies import (
    OTHER_EVENTS,
    TRANSITIONS,
    OtherEvent,
    PaymentStep,
    Subject,
    SubsidyLibrary,
    claims,
    payment_of,
    subsidy_library,
)

LIBRARY, GRADES = subsidy_library(), grade_library()


def event(
    grade: str, published: str | None, kind: Any = "raised", level: str = "province", **named: Any
) -> GradeEvent:
    day = date.fromisoformat(published or "2022-03-01")
    return GradeEvent(
        kind,
        grade,
        named.pop("since", day),
        published_on=day if published else None,
        approver_level=level,
        **named,
    )


def outcome(
    *events: GradeEvent, library: SubsidyLibrary = LIBRARY, **named: Any
) -> tuple[list[Any], list[str]]:
    subject = Subject("E1", named.get("region", "410811"), named.get("industries", ("铸造",)), events)
    due, declined = claims(subject, library, GRADES, named.get("until", date(2022, 12, 31)))
    return [(claim.amount, claim.due_on) for claim in due], [claim.declined for claim in declined]


@pytest.mark.parametrize(
    ("grade", "amount"), [("A", "100000"), ("B", "50000"), ("leading", "50000"), ("B-", None), ("C", None)]
)
def test_shanyang_pays_for_a_and_for_b_and_leading(grade: str, amount: str | None) -> None:
    wanted = [(D(amount), date(2022, 3, 20))] if amount else []
    assert (wanted, []) == outcome(event(grade, "2022-03-20"))


@pytest.mark.parametrize(
    ("changes", "declined"),
    [
        ({"published": None}, ["not_published"]),
        ({"level": "city"}, ["not_by_province"]),
        ({"level": ""}, ["not_by_province"]),
        ({"level": "state"}, []),
        ({"published": "2021-12-31"}, ["before_plan"]),
        ({"kind": "renewed"}, ["renewal"]),
    ],
)
def test_what_does_not_make_a_claim_is_named(changes: dict[str, Any], declined: list[str]) -> None:
    found, reasons = outcome(event("A", **{"published": "2022-01-01", **changes}))
    assert (not declined, declined) == (bool(found), reasons)


def test_only_publications_within_the_plan_count() -> None:
    assert 1 == len(outcome(event("A", "2022-12-31"))[0])
    assert ([], []) == outcome(event("A", "2023-01-01"), until=date(2024, 1, 1))
    assert ([], []) == outcome(event("A", "2022-06-02"), until=date(2022, 6, 1))


def test_an_industry_outside_the_guide_is_not_paid() -> None:
    assert ([], ["not_of_guide"]) == outcome(event("A", "2022-03-20"), industries=("面包",))


def test_another_district_has_no_claim() -> None:
    assert ([], []) == outcome(event("A", "2022-03-20"), region="410802")


def test_a_grade_is_paid_once_however_long_it_is_kept() -> None:
    events = (
        event("A", "2022-02-01", valid_to=date(2022, 6, 30)),
        event("A", "2022-07-01", "renewed", valid_to=date(2022, 9, 30)),
        event("C", "2022-10-01", "lowered"),
        event("A", "2022-12-01"),
    )
    assert ([(D(100000), date(2022, 2, 1))], ["renewal", "paid_once"]) == outcome(*events)


def test_the_same_grade_granted_again_the_year_after_is_no_upgrade() -> None:
    events = event("B", "2021-02-01", "granted"), event("B", "2022-02-01", "granted")
    assert ([], ["before_plan", "renewal"]) == outcome(*events)


def override(entry: str, value: Any, **more: Any) -> dict[str, Any]:
    return {
        "book": "subsidies-shanyang-2022",
        "entry": entry,
        "value": value,
        "grounds": "财政局答复",
        **more,
    }


def test_a_after_b_is_paid_in_full_unless_the_office_sets_the_difference() -> None:
    events = event("B", "2022-02-01"), event("A", "2022-08-01")
    assert [D(50000), D(100000)] == [amount for amount, _day in outcome(*events)[0]]
    library = LIBRARY.overridden([override("after_lower", "difference")])
    assert [D(50000), D(50000)] == [amount for amount, _day in outcome(*events, library=library)[0]]


def test_b_after_a_is_not_paid_again() -> None:
    events = event("A", "2022-02-01"), event("B", "2022-08-01", "granted")
    assert ([(D(100000), date(2022, 2, 1))], ["already_better"]) == outcome(*events)


def test_grades_of_before_count_where_the_office_sets_so_and_are_due_when_the_plan_begins() -> None:
    library = LIBRARY.overridden([override("earlier", "yes")])
    assert ([(D(100000), date(2022, 1, 1))], []) == outcome(event("A", "2021-12-31"), library=library)
    ended = event("A", "2021-02-01", valid_to=date(2021, 12, 31))
    assert ([], []) == outcome(ended, library=library)


def test_a_claim_names_its_document_item_and_grounds() -> None:
    due, _declined = claims(
        Subject("E1", "410811", ("铸造",), (event("A", "2022-03-20"),)), LIBRARY, GRADES, date(2022, 12, 31)
    )
    assert ("24", "H", "SY22") == (due[0].rule.clause, due[0].rule.mark, due[0].rule.head.document_key)
    assert "grade A made public on 2022-03-20" in [str(message) for message in due[0].why]
    assert ("E1", "subsidies-shanyang-2022/grade-a", "A") == due[0].once_key


def test_what_a_plan_names_without_an_amount_stays_open_until_the_office_sets_it() -> None:
    subject = Subject("E1", "410811", (), others=(OtherEvent("boiler_replaced", date(2022, 5, 1)),))
    due, _declined = claims(subject, LIBRARY, GRADES, date(2022, 12, 31))
    assert [(None, date(2022, 5, 1))] == [(claim.amount, claim.due_on) for claim in due]
    library = LIBRARY.overridden([override("boiler", "30000")])
    assert [D(30000)] == [claim.amount for claim in claims(subject, library, GRADES, date(2022, 12, 31))[0]]
    assert [] == claims(subject, LIBRARY, GRADES, date(2022, 4, 30))[0]


def test_every_event_that_books_name_has_words_and_every_amount_an_item() -> None:
    assert {rule.event for rule in LIBRARY.rules} <= {"grade", *OTHER_EVENTS}
    assert all(rule.clause for rule in LIBRARY.rules)
    stated = {rule.key: rule.amount for rule in LIBRARY.rules if rule.amount is not None}
    assert {
        "subsidies-shanyang-2022/grade-a": D(100000),
        "subsidies-shanyang-2022/grade-b": D(50000),
    } == stated


@pytest.mark.parametrize(
    "wrong",
    [
        override("grade_a", "200000"),
        override("nothing", "1"),
        override("boiler", "1", grounds=""),
        override("boiler", "-1"),
        override("boiler", "0.001"),
        override("after_lower", "half"),
    ],
)
def test_what_the_plan_settles_stays_and_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BookError):
        LIBRARY.overridden([wrong])


def own(**named: Any) -> dict[str, Any]:
    rule = {"id": "r", "clause": "1", "grade": "H", "label": "补助", "event": "grade", "grades": ["B-"], "amount": "1000",
            "scheme": "2020", "published_by": "city", **named}  # fmt: skip
    head = {
        "id": "own",
        "kind": "subsidies",
        "title": "本地",
        "document": "本地文件",
        "region": "410811",
        "valid_from": "2022-01-01",
    }
    return {"book": head, "rules": [rule]}


def test_an_office_adds_a_subsidy() -> None:
    found, _reasons = outcome(event("B-", "2022-03-20", level="city"), library=LIBRARY.extended([own()]))
    assert [(D(1000), date(2022, 3, 20))] == found


@pytest.mark.parametrize(
    ("record", "place"),
    [
        (own(amount="free"), "rules[1].amount"),
        (own(amount=True), "rules[1].amount"),
        (own(amount="@much"), "rules[1].amount"),
        (own(event="party"), "rules[1].event"),
        (own(grades=[]), "rules[1].grades"),
        (own(published_by="moon"), "rules[1].published_by"),
        (own(earlier="maybe"), "rules[1].earlier"),
        (own(clause=""), "rules[1].clause"),
        ({**own(), "rules": [own()["rules"][0], {**own()["rules"][0], "id": "s"}]}, "rules[2]"),
        (shipped("subsidies-shanyang-2022"), "book.id"),
        (shipped("grades-shanyang-2022"), "book.kind"),
    ],
)
def test_a_book_of_subsidies_that_is_not_sound_is_refused_with_its_place(
    record: dict[str, Any], place: str
) -> None:
    with pytest.raises(BookError) as caught:
        LIBRARY.extended([record])
    assert place == caught.value.place


# --- payments ---


def steps(*states: Any) -> list[PaymentStep]:
    return [
        PaymentStep(state, date(2022, 5, at), None if state in ("requested", "refused") else D(50000), "文")
        for at, state in enumerate(states, 1)
    ]


def test_a_payment_goes_from_due_to_paid_and_may_be_taken_back() -> None:
    found = payment_of(D(50000), steps("requested", "approved", "paid", "recovered"))
    assert ("recovered", D(50000), D(50000), D(0)) == (found.state, found.paid, found.recovered, found.kept)
    assert "due" == payment_of(D(50000), []).state


def test_a_refused_request_may_be_made_again() -> None:
    assert "approved" == payment_of(D(50000), steps("requested", "refused", "requested", "approved")).state


@pytest.mark.parametrize(
    "states", [("paid",), ("approved",), ("requested", "paid"), ("requested", "approved", "recovered")]
)
def test_no_step_is_left_out(states: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        payment_of(D(50000), steps(*states))
    assert "transition" == caught.value.code


def test_steps_run_forward_in_time() -> None:
    late = [PaymentStep("requested", date(2022, 5, 2)), PaymentStep("approved", date(2022, 5, 1), D(1))]
    with pytest.raises(InputError) as caught:
        payment_of(D(50000), late)
    assert "order" == caught.value.code


@pytest.mark.parametrize(
    ("approved", "paid", "code"),
    [
        ("50000", "50000", None),
        ("50000.01", "1", "amount"),
        ("40000", "40000.01", "amount"),
        ("0", "0", "amount"),
    ],
)
def test_no_more_is_paid_than_approved_and_no_more_approved_than_due(
    approved: str, paid: str, code: str | None
) -> None:
    made = [
        PaymentStep("requested", date(2022, 5, 1)),
        PaymentStep("approved", date(2022, 5, 2), D(approved)),
        PaymentStep("paid", date(2022, 5, 3), D(paid)),
    ]
    if code is None:
        assert D(paid) == payment_of(D(50000), made).kept
        return
    with pytest.raises(InputError) as caught:
        payment_of(D(50000), made)
    assert code == caught.value.code


def test_money_is_taken_back_on_paper_only() -> None:
    made = [*steps("requested", "approved", "paid"), PaymentStep("recovered", date(2022, 6, 1), D(1))]
    with pytest.raises(InputError) as caught:
        payment_of(D(50000), made)
    assert "document" == caught.value.code


@given(st.lists(st.sampled_from(sorted(TRANSITIONS)), max_size=6))
def test_whatever_the_steps_nobody_keeps_more_than_is_due(states: list[Any]) -> None:
    try:
        found = payment_of(D(50000), steps(*states))
    except InputError:
        return
    assert D(0) <= found.kept <= found.paid <= found.approved <= D(50000)


grade_events = st.lists(
    st.builds(
        GradeEvent,
        st.sampled_from(["granted", "raised", "lowered", "renewed"]),
        st.sampled_from(["A", "B", "leading", "C"]),
        st.dates(date(2021, 6, 1), date(2022, 12, 31)),
        published_on=st.none() | st.dates(date(2021, 6, 1), date(2023, 3, 1)),
        approver_level=st.sampled_from(["", "city", "province"]),
    ),
    max_size=6,
)


@given(grade_events)
def test_no_source_gets_more_than_one_payment_a_grade(events: list[GradeEvent]) -> None:
    due, _declined = claims(
        Subject("E1", "410811", ("铸造",), tuple(events)), LIBRARY, GRADES, date(2023, 12, 31)
    )
    keys = [claim.once_key for claim in due]
    assert sorted(set(keys)) == sorted(keys)
    assert sum((claim.amount or D(0) for claim in due), D(0)) <= D(150000)
