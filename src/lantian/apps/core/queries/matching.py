"""Which organisations of the register a document means by the names it uses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, OrganisationAlias, Region
from lantian.rules import names as rules

#: What a reason is called on the page.
REASONS = {
    rules.NAME: _("Full name"),
    rules.SHORT: _("Short name"),
    rules.ALIAS: _("Other name"),
    rules.FORMER: _("Former name"),
    rules.PREFIXED: _("Same name, place written differently"),
    rules.VARIANT: _("Usual other name of such a department"),
    rules.SIMILAR: _("Similar"),
}
SURE = rules.SURE
_ALIAS_REASONS = {"short": rules.SHORT, "former": rules.FORMER, "full": rules.NAME}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that may be meant.

    Attributes
    ----------
    score
        Between 0 and 1; from :data:`SURE` on it may be chosen beforehand.
    reason
        Code; :data:`REASONS` has its words.
    text
        The name of the register that agreed.
    """

    organisation: Organisation
    score: float
    reason: str
    text: str

    @property
    def reason_label(self) -> Any:
        """The words for the reason."""
        return REASONS[self.reason]


@lru_cache(maxsize=1)
def department_names() -> rules.DepartmentNames:
    """The book of generic department names."""
    book = resources.files("lantian.rules.books").joinpath("department_names.json").read_text("utf-8")
    return rules.DepartmentNames.from_book(json.loads(book))


def match_organisations(
    names: Iterable[str], region: Region | None = None, organisations: Any = None
) -> dict[str, list[Candidate]]:
    """Candidates for each name, best first.

    Parameters
    ----------
    names
        As the document writes them; each is answered under the text it came with.
    region
        The place whose document it is: 市生态环境局 and 环保局 then mean its own.
    organisations
        Queryset to choose from, such as what the actor may see; all that have not been merged by default.

    Notes
    -----
    Four queries, whatever the number of names; names of merged organisations lead to what they became.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    rows = organisations if organisations is not None else Organisation.objects.all()
    everything = {row.pk: row for row in rows.select_related(None).prefetch_related(None).order_by("pk")}
    others: dict[int, list[tuple[str, str]]] = {}
    for key, name, kind in OrganisationAlias.objects.filter(
        organisation__in=rows.order_by().values("pk")
    ).values_list("organisation_id", "name", "kind"):
        others.setdefault(key, []).append((name, _ALIAS_REASONS.get(kind, rules.ALIAS)))
    for row in everything.values():
        end = _survivor(row, everything)
        if end is not None and end.pk != row.pk:
            others.setdefault(end.pk, []).append((row.name, rules.FORMER))
    register = rules.Register(
        [
            rules.Known(row.pk, row.name, row.short_name, tuple(others.get(row.pk, ())), row.region_id)
            for row in everything.values()
            if row.merged_into_id is None
        ],
        _places({row.region_id for row in everything.values() if row.region_id} | _key(region)),
        department_names(),
    )
    home = region.pk if region is not None else None
    return {
        name: [
            Candidate(everything[found.key], found.score, found.reason, found.text)
            for found in register.match(name, home)
        ]
        for name in wanted
    }


def _key(region: Region | None) -> set[int]:
    return {region.pk} if region is not None else set()


def _survivor(row: Organisation, everything: dict[int, Organisation]) -> Organisation | None:
    seen: set[int] = set()
    while row.merged_into_id is not None:
        if row.pk in seen or row.merged_into_id not in everything:
            return None
        seen.add(row.pk)
        row = everything[row.merged_into_id]
    return row


def _places(keys: set[int]) -> dict[int, rules.Place]:
    """The places of organisations and everything above them."""
    paths = Region.objects.filter(pk__in=keys).values_list("path", flat=True)
    wanted = keys | {int(part) for path in paths for part in path.split("/") if part}
    return {
        key: rules.Place(
            key, name, short, level, tuple(int(part) for part in path.split("/") if part and int(part) != key)
        )
        for key, name, short, level, path in Region.objects.filter(pk__in=wanted).values_list(
            "pk", "name", "short_name", "level", "path"
        )
    }
