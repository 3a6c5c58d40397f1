"""The page of the documentation on states and steps says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lantian.apps.plans.access import ROLES
from lantian.apps.plans.choices import TaskState
from lantian.apps.plans.transitions import TRANSITIONS

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "task-states.md"
COLUMNS = {"campaign_office": 4, "supervision": 5, "department_officer": 6, "town_officer": 6}


def rows() -> dict[str, list[str]]:
    if not PAGE.is_file():
        pytest.skip("the documentation is not beside the program here")
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
        if len(cells) == 7 and cells[0] not in {"Step", "---"}:
            found[cells[0]] = cells
    return found


def test_the_table_of_steps_is_that_of_the_program() -> None:
    table = rows()
    assert set(table) == set(TRANSITIONS)
    for step, row in TRANSITIONS.items():
        _step, sources, target, permission, *_roles = table[step]
        assert set(re.split(r",\s*", sources)) == set(row.sources)
        assert (target, permission) == (row.target, row.permission)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.code)
def test_the_rights_of_the_table_are_those_of_the_roles(role: object) -> None:
    code, permissions = role.code, role.permissions  # type: ignore[attr-defined]
    for step, cells in rows().items():
        carried = TRANSITIONS[step].permission in permissions
        if code in COLUMNS:
            assert carried == (cells[COLUMNS[code]] == "yes"), (code, step)
        else:
            assert not carried, (code, step)


def test_the_page_names_every_state() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| `{state}` |" in text for state in TaskState.values)
