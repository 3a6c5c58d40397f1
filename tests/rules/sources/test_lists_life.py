"""The life of an entry: the whole table, and the procedure of frozen lists."""

from __future__ import annotations

import pytest

from lantian.rules.sources.list_life import CHANGING, STEPS, Need, State, before, needs


def test_an_entry_goes_from_being_proposed_over_the_list_to_being_removed() -> None:
    state = State.PROPOSED
    for name in ("check", "list", "propose_change", "approve_change", "remove", "propose_again"):
        assert state in before(name)
        state = next(step.after for step in STEPS if step.name == name and step.before == state)
    assert State.PROPOSED is state


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("proposed", {"check", "refuse", "send_back"}),
        ("checked", {"send_back", "list", "refuse"}),
        ("listed", {"propose_change", "remove"}),
        ("changed", {"approve_change", "refuse_change", "take_back_change"}),
        ("removed", {"propose_again"}),
    ],
)
def test_no_other_step_is_possible(state: str, names: set[str]) -> None:
    assert names == {step.name for step in STEPS if state in before(step.name)}


def test_a_step_of_no_name_leads_from_nowhere_and_needs_nothing() -> None:
    assert ((), frozenset()) == (before("jump"), needs("jump", frozen=True))


def test_nothing_enters_changes_or_leaves_a_frozen_list_without_an_announcement() -> None:
    for step in STEPS:
        assert Need.ANNOUNCEMENT not in needs(step.name)
        assert (step.name in CHANGING) == (Need.ANNOUNCEMENT in needs(step.name, frozen=True))
    touched = [step for step in STEPS if step.name in CHANGING]
    assert {(step.before, step.after) for step in touched} >= {("checked", "listed"), ("listed", "removed")}
    assert all(Need.APPROVAL in step.needs for step in touched)


def test_who_refuses_sends_back_or_changes_says_why() -> None:
    for name in ("refuse", "send_back", "propose_change", "approve_change", "refuse_change", "remove"):
        assert Need.REASON in needs(name), name
