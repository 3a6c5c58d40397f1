"""What the unit names mean that somebody types into a plan that is already in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from lantian.apps.core.queries.matching import SURE, Candidate, match_organisations
from lantian.apps.plans import ledger, mapping
from lantian.apps.plans.models import Plan, TaskUnit

#: candidates that are offered for one name
OFFERED = 5


def known_in(plan: Plan, names: Iterable[str]) -> dict[str, tuple[list[int], bool]]:
    """What names mean: what they mean elsewhere in the plan, else what the register knows for sure.

    Parameters
    ----------
    plan
        The plan that the names are typed into.
    names
        As typed.

    Returns
    -------
    dict
        Name → organisations and whether it is a collective name; names that nobody knows are not in it.
    """
    wanted = list(dict.fromkeys(names))
    found: dict[str, tuple[list[int], bool]] = {}
    present = (
        TaskUnit.objects.filter(task__plan=plan, name__in=wanted, organisation__isnull=False)
        .order_by()
        .values_list("name", "organisation", "collective")
        .annotate(number=Count("pk"))
        .order_by("name", "-number", "organisation")
    )
    for name, key, collective, _number in present:
        keys, _known = found.setdefault(name, ([], collective))
        # A single name that was linked in different ways means what it mostly means.
        if collective or not keys:
            keys.append(key)
    fresh = mapping.automatic([name for name in wanted if name not in found], plan.region)
    found.update(mapping.known(fresh))
    return found


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that nobody knows for sure, with what it may mean, best first."""

    name: str
    candidates: list[Candidate]

    @property
    def sure(self) -> bool:
        """Whether the best candidate may be chosen beforehand."""
        return bool(self.candidates) and self.candidates[0].score >= SURE


def unknown_in(plan: Plan, names: Iterable[str], visible: Any) -> list[Unknown]:
    """Names that have to be decided by a person, in the order in which they were typed.

    Parameters
    ----------
    visible
        Organisations that may be suggested.
    """
    wanted = list(dict.fromkeys(names))
    known = known_in(plan, wanted)
    # A collective name that stands for nothing in this place stays a name; there is nothing to choose.
    left = [name for name in wanted if name not in known and not mapping.is_collective(name)]
    candidates = match_organisations(left, plan.region, visible)
    return [Unknown(name, candidates.get(name, [])[:OFFERED]) for name in left]


def with_choices(known: ledger.Known, choices: Mapping[str, list[int]]) -> ledger.Known:
    """What names mean once a person has decided some of them; an empty list keeps a name as a name."""
    decided = {
        name: (list(keys), mapping.is_collective(name) or len(keys) > 1) for name, keys in choices.items()
    }
    return {**known, **decided}
