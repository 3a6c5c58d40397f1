"""The units of the lines: names looked up for the whole file, and put together for each task."""

from __future__ import annotations

from typing import Any, TypeVar

from django.utils.translation import gettext as __

from lantian.apps.plans import ledger
from lantian.apps.plans.excel import parse
from lantian.apps.plans.excel.columns import ROLES
from lantian.apps.plans.excel.compare import Wanted
from lantian.apps.plans.excel.fresh import Fresh
from lantian.apps.plans.excel.meanings import Meanings
from lantian.apps.plans.excel.sheets import Line
from lantian.apps.plans.excel.telling import Teller
from lantian.apps.plans.models import Plan

Row = TypeVar("Row", Wanted, Fresh)


def _plan(one: Wanted | Fresh) -> Plan:
    return one.plan if isinstance(one, Fresh) else one.task.plan


class Settling:
    """Finds out what the names in the lines mean.

    Parameters
    ----------
    keep
        Take a name that nobody knows as a name; else it is an error.
    """

    def __init__(self, meanings: Meanings, teller: Teller, *, keep: bool) -> None:
        self.meanings, self.teller, self.keep = meanings, teller, keep
        self._near: dict[int, dict[str, list[str]]] = {}

    def look_up(self, rows: list[Wanted | Fresh]) -> None:
        """Look up all names of all lines, plan by plan, because the register is read as a whole."""
        plans: dict[int, Plan] = {}
        names: dict[int, set[str]] = {}
        for one in rows:
            if one.units:
                plan = plans.setdefault(_plan(one).pk, _plan(one))
                for listed in one.units.values():
                    for name in listed:
                        names.setdefault(plan.pk, set()).update({name, parse.person_of(name)[0]})
        for key, plan in plans.items():
            self.meanings.look_up(plan, sorted(names[key]))
        if self.keep:
            return
        unknown: dict[int, set[str]] = {}
        for one in rows:
            for listed in one.units.values():
                strange = {name for name in listed if self.meanings.settle(_plan(one), name) is None}
                unknown.setdefault(_plan(one).pk, set()).update(strange)
        self._near = {key: self.meanings.near(plans[key], sorted(listed)) for key, listed in unknown.items() if listed}

    def put_together(self, rows: list[Row]) -> list[Row]:
        """The lines whose names are known, with the units of their tasks; the others are told."""
        return [one for one in rows if not one.units or self._units(one)]

    def _units(self, one: Wanted | Fresh) -> bool:
        plan = _plan(one)
        stored = ledger.task_values(one.task)["units"] if isinstance(one, Wanted) else []
        before = {(unit["role"], unit["name"]): unit for unit in stored}
        units: list[dict[str, Any]] = [unit for unit in stored if unit["role"] not in one.units]
        right = True
        for role, listed in one.units.items():
            for name in listed:
                settled = self.meanings.settle(plan, name)
                if settled is None and not self.keep:
                    right = False
                    self._tell(one.line, role, name, self._near.get(plan.pk, {}).get(name, []))
                    continue
                known, person = settled or (name, "")
                fresh = {"role": role, "name": known, "literal": "", "from_default": False, "person": person}
                units.append(before.get((role, known)) or fresh)
        units.sort(key=lambda unit: ROLES.index(unit["role"]))
        if isinstance(one, Wanted):
            one.changes["units"] = units
        else:
            one.entry["units"] = units
        return right

    def _tell(self, line: Line, role: str, name: str, near: list[str]) -> None:
        message = __("There is no organisation “%(name)s”.") % {"name": name[:80]}
        if near:
            message += " " + __("Is one of these meant: %(names)s?") % {"names": "、".join(near)}
        message += " " + __("Write its name as the register has it, or add it to the register (also as another name).")
        self.teller.tell(line, role, "no_such_organisation", message)
