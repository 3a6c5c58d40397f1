"""A county's plan held against its province's, scored against a reader's list."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import Side, Status
from lantian.rules.conformity.sides import side_from_plan
from lantian.rules.documents.parse import parse_plan
from tests.rules.conformity.gold import HENAN_OVER_HUIJI, TARGETS_OVER_HUIJI
from tests.rules.conformity.gold_city import HENAN_OVER_JIYUAN
from tests.rules.conformity.scoring import Score, lower_name, place_of

pytestmark = pytest.mark.shared


def side(shared_dir: Path, name: str) -> Side:
    source = (shared_dir / "plans" / f"{name}.txt").read_text(encoding="utf-8")
    return side_from_plan(parse_plan(source), source)


@pytest.fixture(scope="module")
def sides() -> tuple[Side, Side]:
    shared = Path(__file__).resolve().parents[4] / "shared"
    if not (shared / "plans").is_dir():
        pytest.skip("the folder ../shared with the real plans and data is not beside this checkout")
    return side(shared, "henan-2017"), side(shared, "huiji-2017")


@pytest.fixture(scope="module")
def score(sides: tuple[Side, Side]) -> Score:
    upper, lower = sides
    tasks = {item.key: item for item in lower.tasks}
    targets = {item.key: str(at) for at, item in enumerate(lower.targets)}
    result = Score()
    for finding in compare(upper, lower):
        if not finding.is_target:
            place = place_of(finding.upper)
            names = [lower_name(item, tasks) for item in finding.lower]
            result.add(place, finding, HENAN_OVER_HUIJI[place], names)
            continue
        measure = finding.upper.measure
        assert measure is not None
        expected = TARGETS_OVER_HUIJI.get((measure.region, measure.indicator, measure.kind))
        if expected is not None:
            names = [targets[item.key] for item in finding.lower]
            result.add(f"{measure.region} {measure.indicator}", finding, expected, names)
    return result


def test_the_list_names_every_task_of_the_upper_plan_once(sides: tuple[Side, Side]) -> None:
    places = [place_of(item) for item in sides[0].tasks]

    assert sorted(HENAN_OVER_HUIJI) == sorted(places)


def test_recall_and_precision_on_the_readers_list_reach_the_bars(score: Score) -> None:
    print(
        f"\nrecall {score.recall:.3f}, precision {score.precision:.3f}, first reading {score.first_reading}"
    )
    print("\n".join(score.lines()))

    assert score.recall >= 0.9, score.wrong
    assert score.precision >= 0.8, score.wrong


@pytest.mark.parametrize("kind", ["carried", "missing", "deadline later", "amount looser"])
def test_each_kind_that_matters_reaches_the_bars_by_itself(score: Score, kind: str) -> None:
    assert score.found[kind] >= 0.9 * score.expected[kind], score.wrong
    assert score.right[kind] >= 0.8 * score.reported[kind], score.wrong


def test_a_pair_that_the_weights_were_not_set_on_reaches_the_bars_too(shared_dir: Path) -> None:
    upper, lower = side(shared_dir, "henan-2017"), side(shared_dir, "jiyuan-2016")
    tasks = {item.key: item for item in lower.tasks}
    result = Score()
    for finding in compare(upper, lower):
        place = place_of(finding.upper)
        if not finding.is_target and place.startswith("B"):
            names = [lower_name(item, tasks) for item in finding.lower]
            result.add(place, finding, HENAN_OVER_JIYUAN[place], names)
    print(
        f"\nrecall {result.recall:.3f}, precision {result.precision:.3f}, first reading {result.first_reading}"
    )
    print("\n".join(result.lines()))

    assert len(HENAN_OVER_JIYUAN) == sum(
        result.reported[kind] for kind in ("carried", "partly", "missing", "not_applicable")
    )
    assert result.recall >= 0.9, result.wrong
    assert result.precision >= 0.8, result.wrong


def test_three_of_four_named_lower_tasks_are_ones_that_a_reader_accepts(sides: tuple[Side, Side]) -> None:
    upper, lower = sides
    tasks = {item.key: item for item in lower.tasks}
    first = named = right = cases = 0
    for finding in compare(upper, lower):
        if finding.is_target or not finding.lower:
            continue
        expected = HENAN_OVER_HUIJI[place_of(finding.upper)]
        wanted = {*expected.core, *expected.also}
        if not wanted:
            continue
        names = [lower_name(item, tasks) for item in finding.lower]
        cases += 1
        first += names[0] in wanted
        named += len(names)
        right += sum(name in wanted for name in names)
    print(f"\nthe first of the named tasks is right {first}/{cases}, all of them {right}/{named}")

    assert first >= 0.88 * cases
    assert right >= 0.75 * named


def test_the_small_scattered_polluters_are_two_months_late(sides: tuple[Side, Side]) -> None:
    found = {place_of(finding.upper): finding for finding in compare(*sides) if not finding.is_target}

    finding = found["B三（一）3"]

    assert finding.status == Status.CARRIED
    assert finding.lower[0].number == "11"
    late = next(reason for reason in finding.reasons if reason.code == "deadline_later")
    assert late.params == {"upper": "2017-06-30", "lower": "2017-08-31", "days": "62"}


@pytest.mark.parametrize(
    "name", ["henan-2017", "huiji-2017", "jiyuan-2016", "zhengzhou-2018-winter", "shanyang-2022"]
)
def test_a_plan_carries_itself_with_the_same_dates_and_amounts(shared_dir: Path, name: str) -> None:
    plan = side(shared_dir, name)

    findings = compare(plan, plan)

    assert len(plan.tasks) + len(plan.targets) == len(findings)
    for finding in findings:
        assert finding.upper == finding.lower[0]
        assert finding.status == Status.CARRIED
        assert finding.deadline in {"same", "none"}
        assert finding.quantity in {"same", "none"}


def test_what_is_meant_for_other_cities_does_not_apply_to_a_city_outside(shared_dir: Path) -> None:
    upper, lower = side(shared_dir, "henan-2017"), side(shared_dir, "jiyuan-2016")

    found = {place_of(finding.upper): finding for finding in compare(upper, lower) if not finding.is_target}

    assert found["B三（六）3(2)"].status == Status.NOT_APPLICABLE
    assert found["B三（六）3(2)"].reasons[0].code == "other_places"
    assert found["B三（五）1"].status in {Status.CARRIED, Status.PARTLY}
