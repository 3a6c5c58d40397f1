"""The life of an entry: the whole table, and the procedure of frozen lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lantian.rules.sources.errors import InputError
from lantian.rules.sources.list_life import (
    CHANGING,
    STEPS,
    Announcement,
    Need,
    State,
    allowed,
    check_step,
    step_of,
)

DAY = date(2018, 11, 20)
ANNOUNCED = Announcement("省人民政府网站", date(2018, 11, 20), "https://example.cn/1", "备〔2018〕1号")
GOOD = {"reason": "复核", "proposed_by": "a", "approved_by": "b", "announcement": ANNOUNCED}


def test_an_entry_goes_from_being_proposed_over_the_list_to_being_removed() -> None:
    state = State.PROPOSED
    for name in ("check", "list", "propose_change", "approve_change", "remove", "propose_again"):
        state = step_of(state, name).after
    assert State.PROPOSED is state


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("proposed", ["check", "refuse"]),
        ("checked", ["send_back", "list", "refuse"]),
        ("listed", ["propose_change", "remove"]),
        ("changed", ["approve_change", "refuse_change", "take_back_change"]),
        ("removed", ["propose_again"]),
        ("lost", []),
    ],
)
def test_no_other_step_is_possible(state: str, names: list[str]) -> None:
    assert names == [step.name for step in allowed(state)] == [step.name for step in allowed(state, True)]
    with pytest.raises(InputError) as caught:
        step_of(state, "jump")
    assert "step" == caught.value.code


def test_nothing_enters_changes_or_leaves_a_frozen_list_without_an_announcement() -> None:
    for state in State:
        for free, frozen in zip(allowed(state), allowed(state, frozen=True), strict=True):
            assert Need.ANNOUNCEMENT not in free.needs
            assert (free.name in CHANGING) == (Need.ANNOUNCEMENT in frozen.needs)
    touched = [step for step in STEPS if step.name in CHANGING]
    assert {(step.before, step.after) for step in touched} >= {("checked", "listed"), ("listed", "removed")}
    assert all(Need.APPROVAL in step.needs for step in touched)


def test_what_has_all_that_is_needed_passes() -> None:
    for state in State:
        for step in allowed(state, frozen=True):
            check_step(step, DAY, **GOOD)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "field", "change"),
    [
        ("reason_missing", "reason", {"reason": " "}),
        ("approval_missing", "approved_by", {"approved_by": ""}),
        ("same_person", "approved_by", {"approved_by": "a"}),
        ("announcement_missing", "announcement", {"announcement": None}),
        ("announcement_open", "by", {"announcement": replace(ANNOUNCED, by="")}),
        ("announcement_open", "where", {"announcement": replace(ANNOUNCED, where="")}),
        ("announcement_open", "filing_number", {"announcement": replace(ANNOUNCED, filing_number=" ")}),
        ("announcement_early", "on", {"announcement": replace(ANNOUNCED, on=date(2018, 11, 21))}),
    ],
)
def test_what_lacks_something_is_refused_with_its_name(
    code: str, field: str, change: dict[str, object]
) -> None:
    with pytest.raises(InputError) as caught:
        check_step(step_of("listed", "remove", frozen=True), DAY, **{**GOOD, **change})  # type: ignore[arg-type]
    assert (code, field) == (caught.value.code, caught.value.field)
