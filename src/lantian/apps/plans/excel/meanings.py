"""Which organisations the names in the cells mean."""

from __future__ import annotations

from collections.abc import Iterable

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation
from lantian.apps.core.queries.matching import match_organisations
from lantian.apps.plans import ledger, mapping
from lantian.apps.plans.excel import parse
from lantian.apps.plans.models import Plan, TaskUnit

#: names that are offered where one is unknown
NEAR = 3


class Meanings:
    """The names of each plan: what they mean there already, and what the register says of others.

    Looked up for many names at once, because the register is read as a whole.
    """

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._plans: dict[int, dict[str, tuple[list[int], bool]]] = {}

    def of(self, plan: Plan) -> ledger.Known:
        """What names mean in a plan, as far as they have been looked up."""
        return self._plans.get(plan.pk, {})

    def look_up(self, plan: Plan, names: Iterable[str]) -> None:
        """Find out what names mean in a plan."""
        known = self._plans.setdefault(plan.pk, {})
        wanted = [name for name in dict.fromkeys(names) if name not in known]
        for at in range(0, len(wanted), ledger.BATCH):
            present = TaskUnit.objects.filter(task__plan=plan, name__in=wanted[at : at + ledger.BATCH])
            rows = present.order_by("name", "organisation").values_list("name", "organisation", "collective").distinct()
            for name, organisation, collective in rows:
                keys, _collective = known.setdefault(name, ([], collective))
                if organisation is not None and organisation not in keys:
                    keys.append(organisation)
        # A name that so far is a name alone may be in the register by now.
        known.update(mapping.known(mapping.automatic([name for name in wanted if not known.get(name, ([], False))[0]], plan.region)))

    def settle(self, plan: Plan, name: str) -> tuple[str, str] | None:
        """The name and the person of what stands in a cell; None where the name is unknown."""
        known = self.of(plan)
        if name in known or mapping.is_collective(name):
            return name, ""
        bare, person = parse.person_of(name)
        return (bare, person) if person and bare in known else None

    def near(self, plan: Plan, names: Iterable[str]) -> dict[str, list[str]]:
        """For each unknown name, names of the register that resemble it, among those that the actor may see."""
        seen = self.actor.rows(Organisation.objects.filter(merged_into__isnull=True), "core.organisation.view")
        found = match_organisations(names, plan.region, seen)
        return {name: [one.organisation.name for one in listed[:NEAR]] for name, listed in found.items()}
