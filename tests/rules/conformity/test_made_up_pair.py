"""A district's plan held against its city's, both written for the tests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import DeadlineChange, Finding, QuantityChange, Side, Status
from tests.rules.conformity.made_up import LOWER, UPPER, read


@pytest.fixture(scope="module")
def sides() -> tuple[Side, Side]:
    return read(UPPER), read(LOWER)


@pytest.fixture(scope="module")
def tasks(sides: tuple[Side, Side]) -> dict[str, Finding]:
    return {finding.upper.number or "": finding for finding in compare(*sides) if not finding.is_target}


def codes(finding: Finding) -> set[str]:
    return {reason.code for reason in finding.reasons}


def test_the_sides_know_their_places_and_levels(sides: tuple[Side, Side]) -> None:
    upper, lower = sides

    assert (upper.level, upper.regions[0]) == ("prefecture", "晴川市")
    assert (lower.level, lower.regions[:2]) == ("county", ("云山区", "晴川市"))
    assert [passage.title for passage in lower.passages] == ["发动群众"]


@pytest.mark.parametrize(
    ("number", "status", "lower", "deadline", "quantity"),
    [
        ("1", "carried", "1", "later", "same"),
        ("2", "carried", "2", "same", "looser"),
        ("3", "carried", "3", "none", "looser"),
        ("4", "carried", "4", "none", "looser"),
        ("5", "carried", "5", "earlier", "stricter"),
        ("6", "not_applicable", None, "none", "none"),
        ("7", "carried", "6", "same", "none"),
        ("8", "missing", None, "none", "none"),
        ("9", "not_applicable", None, "none", "none"),
        ("10", "carried", "7", "same", "none"),
        ("11", "carried", "8", "none", "same"),
        ("12", "carried", "（一）", "none", "none"),
    ],
)
def test_each_task_of_the_city_is_found_in_the_districts_plan(
    tasks: dict[str, Finding], number: str, status: str, lower: str | None, deadline: str, quantity: str
) -> None:
    finding = tasks[number]

    assert status == finding.status, finding.reasons
    assert lower == (finding.lower[0].number if finding.lower else None)
    assert (deadline, quantity) == (finding.deadline, finding.quantity), finding.reasons


def test_the_districts_share_is_compared_and_not_the_citys_total(tasks: dict[str, Finding]) -> None:
    heating, cars = tasks["2"], tasks["7"]

    looser = next(reason for reason in heating.reasons if reason.code == "quantity_looser")
    assert ("3200户" in looser.params["upper"], "3000户" in looser.params["lower"]) == (True, True)
    assert cars.quantity == QuantityChange.NONE


def test_the_reasons_name_units_and_places_that_a_duty_is_meant_for(tasks: dict[str, Finding]) -> None:
    assert codes(tasks["9"]) == {"above_only"}
    assert "市司法局" in tasks["9"].reasons[0].params["units"]
    assert codes(tasks["6"]) <= {"other_places", "others_only", "above_only"}


def test_targets_are_compared_for_the_own_place_and_not_for_others(sides: tuple[Side, Side]) -> None:
    found = {
        (finding.upper.measure.region, finding.upper.title.partition("年")[0]): finding
        for finding in compare(*sides)
        if finding.is_target and finding.upper.measure
    }

    assert (Status.CARRIED, QuantityChange.LOOSER) == (
        found["云山区", "PM2.5"].status,
        found["云山区", "PM2.5"].quantity,
    )
    assert (Status.CARRIED, QuantityChange.SAME) == (
        found["云山区", "PM10"].status,
        found["云山区", "PM10"].quantity,
    )
    assert (Status.CARRIED, QuantityChange.STRICTER) == (
        found["云山区", "优良天数"].status,
        found["云山区", "优良天数"].quantity,
    )
    assert found["河阳县", "PM2.5"].status == Status.NOT_APPLICABLE
    assert [f.status for key, f in found.items() if "重污染" in key[1]] == [Status.MISSING]


def test_findings_come_in_the_order_of_the_upper_plan_tasks_first(sides: tuple[Side, Side]) -> None:
    findings = compare(*sides)

    assert [*sides[0].tasks, *sides[0].targets] == [finding.upper for finding in findings]


def test_rows_of_a_ledger_without_texts_are_compared_by_titles_dates_and_amounts(
    sides: tuple[Side, Side],
) -> None:
    upper, lower = (
        replace(side, tasks=tuple(replace(task, text="") for task in side.tasks), passages=())
        for side in sides
    )

    found = {finding.upper.number: finding for finding in compare(upper, lower) if not finding.is_target}

    assert (Status.CARRIED, DeadlineChange.LATER) == (found["1"].status, found["1"].deadline)
    assert found["5"].quantity == QuantityChange.STRICTER
    assert found["8"].status == Status.MISSING


def test_an_empty_lower_plan_carries_nothing(sides: tuple[Side, Side]) -> None:
    empty = replace(sides[1], tasks=(), targets=(), passages=())

    statuses = {finding.status for finding in compare(sides[0], empty)}

    assert statuses == {Status.MISSING, Status.NOT_APPLICABLE}


def test_an_empty_upper_plan_asks_for_nothing(sides: tuple[Side, Side]) -> None:
    assert compare(replace(sides[0], tasks=(), targets=()), sides[1]) == []
