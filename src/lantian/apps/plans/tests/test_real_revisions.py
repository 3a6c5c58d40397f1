"""Newer texts of the real plans: what was taken out is found, and nothing else."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.plans import actions
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.tests.material import Place
from lantian.apps.plans.tests.test_revising import compared, imported

pytestmark = pytest.mark.django_db

PLANS = ("henan-2017", "huiji-2017", "jiyuan-2016", "shanyang-2022", "zhengzhou-2018-winter")


def taken_in(name: str, shared_dir: Path, place: Place, office: Actor) -> Plan:
    path = shared_dir / "plans" / f"{name}.txt"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the shared folder")
    return actions.import_plan_from_text(
        office, path.read_text(encoding="utf-8"), name, place.district, mapping="keep_names"
    )


@pytest.mark.parametrize("name", PLANS)
def test_the_same_text_again_changes_nothing(
    name: str, shared_dir: Path, place: Place, office: Actor
) -> None:
    plan = taken_in(name, shared_dir, place, office)
    found = compared(imported(office, place, f"{plan.text.content.rstrip()}\n\n\n", "corrected", plan))

    assert found.counts() == {"changed": 0, "new": 0, "left": 0, "stays": 0, "same": plan.tasks.count()}
    for kind in ("target", "duty", "sanction"):
        assert found.of(kind, "changed", "new", "left") == []
    assert found.head == []


@pytest.mark.parametrize("name", PLANS)
def test_every_tenth_task_that_is_taken_out_is_the_one_that_is_left_out(
    name: str, shared_dir: Path, place: Place, office: Actor
) -> None:
    plan = taken_in(name, shared_dir, place, office)
    tasks: list[Task] = list(plan.tasks.order_by("order"))
    places = Counter((task.span_start, task.span_end) for task in tasks)
    # Parts of one item lie in the same place and cannot be cut out one by one.
    gone = [task for task in tasks[4::10] if places[task.span_start, task.span_end] == 1]
    text = plan.text.content
    for task in sorted(gone, key=lambda task: -(task.span_start or 0)):
        text = text[: task.span_start] + text[task.span_end :]
    found = compared(imported(office, place, text, "corrected", plan))

    assert {pair.row for pair in found.of("task", "left")} == set(gone)
    assert found.of("task", "new") == []
    # Where one of several parts went, its neighbours are counted anew.
    assert len(found.of("task", "changed")) <= 4
