"""Which organisations the unit names of a plan mean.

A decision is kept as ``{"organisations": [keys], "collective": bool, "how": …}``, where ``how`` is ``exact`` (the
register knows the name), ``collective`` (各镇 and the like, spread over what it stands for), ``created`` or ``picked``.
A decision without organisations keeps the name as a name. A name without a decision is open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.core.models.regions import RegionLevel
from lantian.apps.core.queries.matching import SURE, Candidate, match_organisations
from lantian.apps.core.registry_actions import CreateOrganisation
from lantian.apps.plans import ledger

Names = Iterable[str]
Choice = dict[str, Any]

#: A collective name that would mean more organisations than this is left to a person.
MOST = 150

_COLLECTIVE = re.compile(r"各|有关|相关|其他|所有|全体")
_TOWNS = re.compile(r"镇|乡|街道|办事处")
_COMMITTEES = re.compile(r"管委会|管理委员会|开发区|集聚区|园区")
_GOVERNMENTS = re.compile(
    r"(?:县|区|市)(?:[（(][^）)]*[）)])?(?:、.*)?(?:人民)?政府|各(?:省辖)?(?:县|区|市)+$|各县（市、区）"
)

_KINDS = (
    (re.compile(r"(?:镇|乡|街道|街道办|办事处|镇人民政府|乡人民政府|镇政府|乡政府)$"), OrganisationKind.TOWN),
    (re.compile(r"(?:管委会|管理委员会)$"), OrganisationKind.COMMITTEE),
    (re.compile(r"(?:公司|集团|厂|电厂|煤矿|银行)$"), OrganisationKind.ENTERPRISE),
    (re.compile(r"(?:县|区|市|省)(?:人民)?政府$"), OrganisationKind.GOVERNMENT),
    (re.compile(r"(?:攻坚办|大气办|攻坚战?领导小组办公室)$"), OrganisationKind.OFFICE),
)


def is_collective(name: str) -> bool:
    """Whether a name stands for several organisations (各镇、有关部门)."""
    return _COLLECTIVE.search(name) is not None


def chosen(organisations: Iterable[int], *, collective: bool, how: str = "picked") -> Choice:
    """A decision as it is kept."""
    return {"organisations": list(dict.fromkeys(organisations)), "collective": collective, "how": how}


def spread(names: Names, region: Region) -> dict[str, list[Organisation]]:
    """What collective names stand for in a place: its towns, its committees, the governments right below it."""
    wanted = [name for name in names if is_collective(name)]
    if not wanted:
        return {}
    today = timezone.localdate()
    rows = list(
        Organisation.objects.valid_on(today)
        .filter(
            region__path__startswith=region.path,
            merged_into__isnull=True,
            kind__in=[OrganisationKind.TOWN, OrganisationKind.COMMITTEE, OrganisationKind.GOVERNMENT],
        )
        .select_related("region")
        .order_by("path")
    )
    towns = [row for row in rows if row.kind == OrganisationKind.TOWN]
    committees = [row for row in rows if row.kind == OrganisationKind.COMMITTEE]
    governments = [
        row
        for row in rows
        if row.kind == OrganisationKind.GOVERNMENT
        and row.region is not None
        and row.region.parent_id == region.pk
        and row.region.level != RegionLevel.TOWN
    ]
    found: dict[str, list[Organisation]] = {}
    for name in wanted:
        meant: list[Organisation] = []
        if _TOWNS.search(name):
            meant += towns
        if _GOVERNMENTS.search(name):
            meant += governments
        if _COMMITTEES.search(name):
            meant += committees
        if 0 < len(meant) <= MOST:
            found[name] = meant
    return found


_TOWN_ENDS = re.compile(r"(?:人民政府|政府|街道办事处|街道办|办事处|街道)$")


def towns_named(names: Names, region: Region) -> dict[str, Choice]:
    """Towns and streets of the place by their own names: 河口镇 and 河口镇政府 are 河口镇人民政府."""
    known: dict[str, set[int]] = {}
    rows = Organisation.objects.filter(
        kind=OrganisationKind.TOWN, region__path__startswith=region.path, merged_into__isnull=True
    ).values_list("pk", "name", "region__name", "region__level")
    for key, name, place, level in rows:
        for word in {name, *([place] if level == RegionLevel.TOWN else [])}:
            known.setdefault(_TOWN_ENDS.sub("", word), set()).add(key)
    found: dict[str, Choice] = {}
    for name in names:
        keys = known.get(_TOWN_ENDS.sub("", name), set())
        if len(keys) == 1 and kind_of(name) == OrganisationKind.TOWN:
            found[name] = chosen(keys, collective=False, how="exact")
    return found


def automatic(names: Names, region: Region) -> dict[str, Choice]:
    """Decisions that need no person: names that the register knows for sure, and collective names."""
    wanted = list(names)
    found = {
        name: chosen([row.pk for row in rows], collective=True, how="collective")
        for name, rows in spread(wanted, region).items()
    }
    single = [name for name in wanted if not is_collective(name)]
    found.update(towns_named(single, region))
    single = [name for name in single if name not in found]
    for name, candidates in match_organisations(single, region).items():
        if not candidates or candidates[0].score < SURE:
            continue
        if len(candidates) == 1 or candidates[1].score < candidates[0].score:
            found[name] = chosen([candidates[0].organisation.pk], collective=False, how="exact")
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One name of the table in which people map units.

    Attributes
    ----------
    roles
        Role → number of tasks.
    chosen
        Organisations of the decision; empty where there is none or where the name stays a name.
    decided
        Whether there is a decision.
    suggestions
        Candidates with score and reason, best first.
    """

    name: str
    roles: dict[str, int]
    collective: bool
    decided: bool
    how: str
    chosen: list[Organisation]
    suggestions: list[Candidate]

    @property
    def count(self) -> int:
        """In how many roles of tasks the name stands."""
        return sum(self.roles.values())


def table(
    names: Mapping[str, dict[str, int]], decisions: Mapping[str, Choice], region: Region, visible: Any
) -> list[Line]:
    """The table: open names first, then in the order of the text.

    Parameters
    ----------
    visible
        Organisations that the actor may see; only these are suggested.
    """
    keys = {key for choice in decisions.values() for key in choice.get("organisations", ())}
    rows = Organisation.objects.in_bulk(keys)
    unsure = [
        name for name in names if decisions.get(name, {}).get("how") not in {"exact", "collective", "created"}
    ]
    candidates = match_organisations([name for name in unsure if not is_collective(name)], region, visible)
    lines = [
        Line(
            name,
            roles,
            is_collective(name),
            name in decisions,
            str(decisions.get(name, {}).get("how", "")),
            [rows[key] for key in decisions.get(name, {}).get("organisations", ()) if key in rows],
            candidates.get(name, [])[:5],
        )
        for name, roles in names.items()
    ]
    return sorted(lines, key=lambda line: line.decided)


def missing(names: Names, decisions: Mapping[str, Choice]) -> list[str]:
    """Names that nobody has decided and that can be created: not the collective ones."""
    return [name for name in names if name not in decisions and not is_collective(name)]


def known(decisions: Mapping[str, Choice]) -> ledger.Known:
    """What each name means, with organisations that were merged meanwhile replaced by what they became."""
    keys = {key for choice in decisions.values() for key in choice.get("organisations", ())}
    became: dict[int, int] = {}
    rows = dict(Organisation.objects.filter(pk__in=keys).values_list("pk", "merged_into"))
    open_keys = {key for key, target in rows.items() if target}
    for key in open_keys:
        target, seen = rows[key], {key}
        while target is not None and target not in seen:
            seen.add(target)
            after = Organisation.objects.filter(pk=target).values_list("merged_into", flat=True).first()
            if after is None:
                break
            target = after
        if target is not None:
            became[key] = target
    return {
        name: (
            list(
                dict.fromkeys(became.get(key, key) for key in choice.get("organisations", ()) if key in rows)
            ),
            bool(choice.get("collective")),
        )
        for name, choice in decisions.items()
    }


def one(name: str, region: Region) -> int | None:
    """The organisation that a name means for sure, or None."""
    choice = automatic([name], region).get(name) if name and not is_collective(name) else None
    return choice["organisations"][0] if choice else None


def kind_of(name: str) -> str:
    """What an organisation of this name probably is; people can change it on its page."""
    bare = re.sub(r"[（(][^（()）]*[）)]$", "", name)
    for pattern, kind in _KINDS:
        if pattern.search(bare):
            return str(kind)
    return str(OrganisationKind.DEPARTMENT)


_LEVEL_PREFIX = re.compile(r"^(?:省|市|区|县)(?!场|容|民|域|政(?!府))")


def full_name(name: str, region: Region) -> str:
    """A name with its place in front where the plan has only the level: 区环保局 in 云山区 is 云山区环保局."""
    if _LEVEL_PREFIX.match(name) and region.name.endswith(name[0]):
        return f"{region.name}{name[1:]}"
    return name


def create(actor: Actor, names: Iterable[str], region: Region) -> dict[str, Organisation]:
    """Create organisations for names, below the government of the place, through the foundation's action."""
    parent = (
        Organisation.objects.filter(kind=OrganisationKind.GOVERNMENT, region=region, merged_into__isnull=True)
        .order_by("pk")
        .first()
    )
    towns: dict[str, Region] = {}
    for place in Region.objects.filter(path__startswith=region.path, level=RegionLevel.TOWN):
        towns[place.name] = place
    made: dict[str, Organisation] = {}
    by_full_name: dict[str, Organisation] = {}
    for name in names:
        kind = kind_of(name)
        full = full_name(name, region)[:120]
        if full in by_full_name:
            made[name] = by_full_name[full]
            continue
        place = region
        if kind == OrganisationKind.TOWN:
            place = next((town for word, town in towns.items() if name.startswith(word)), region)
        made[name] = by_full_name[full] = CreateOrganisation(
            actor,
            name=full,
            kind=kind,
            region=place,
            parent=parent,
            reason=__("Named in a plan that is being imported"),
        ).execute()
    return made
