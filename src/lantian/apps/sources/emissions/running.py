"""An inventory computed from the activities of a year, and kept with the reason of every number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian import __version__
from lantian.apps.core import jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.core.models import Region
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.emissions.rows import Built, build, inventory_books
from lantian.apps.sources.models import Activity, Emission, InventoryRun
from lantian.rules.sources.books import Books
from lantian.rules.sources.details import Detail, by_class, class_of, detailed
from lantian.rules.sources.errors import Message
from lantian.rules.sources.inventory import Inventory, run
from lantian.rules.sources.layout import BY_NAME
from lantian.rules.sources.quality import grade_of
from lantian.rules.sources.results import Emission as Result

RUN = "sources.inventory.run"
#: gaps that a run keeps; their number is kept whole
MOST_GAPS = 5000
#: what `Emission.exact` holds
_EXACT = 80
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Computed:
    """An inventory, what it was computed from, and by which books."""

    built: Built
    books: Books
    inventory: Inventory
    details: tuple[Detail, ...]


def compute(actor: Actor, year: int, region: Region | None, *, abroad: bool) -> Computed:
    """Compute what the sources of a place emit in a year, from the activities that the actor may use."""
    mine = actor.rows(Activity.objects.all(), INVENTORY_RUN)
    # Totals of the statistics have no source, and so no owner: they are of the place.
    built = build(mine | Activity.objects.filter(source__isnull=True), year, region)
    books = inventory_books()
    inventory = run(built.rows, (), books, year, abroad=abroad)
    return Computed(built, books, inventory, detailed(inventory, built.rows, books))


def computed_again(row: InventoryRun) -> Computed:
    """The inventory of a run once more, for a file or a comparison, from what its account could use.

    Raises
    ------
    Conflict
        The activities or the books are not what they were.
    """
    actor = Actor(row.user) if row.user is not None else Actor.system(RUN)
    found = compute(actor, row.year, row.region, abroad=bool(row.basis.get("abroad")))
    if totals_of(found.inventory) != row.totals or found.built.digest != row.basis.get("digest"):
        raise Conflict(
            _(
                "The activities or the books have changed since this inventory was computed. Compute it again first."
            )
        )
    return found


def totals_of(inventory: Inventory) -> dict[str, str]:
    """Sums by pollutant [t], exact."""
    sums: dict[str, Fraction] = {}
    for entry in inventory.emissions:
        if entry.pollutant and entry.t is not None:
            sums[entry.pollutant] = sums.get(entry.pollutant, Fraction(0)) + entry.t
    return {name: str(t) for name, t in sums.items()}


def exact(value: Fraction) -> str:
    """A fraction as text; one that is too long for its column as a decimal with as many figures as it holds."""
    text = str(value)
    if len(text) <= _EXACT:
        return text
    with localcontext() as context:
        context.prec = 60
        return format((Decimal(value.numerator) / Decimal(value.denominator)).normalize(), "E")


def message_json(message: Message) -> list[Any]:
    """A message as JSON keeps it, to be said in any language."""
    return [
        message.message_id,
        {key: message_json(one) if isinstance(one, Message) else one for key, one in message.params.items()},
    ]


def message_of(kept: Sequence[Any]) -> Message:
    """The message again."""
    return Message(
        kept[0], **{key: message_of(one) if isinstance(one, list) else one for key, one in kept[1].items()}
    )


def _why(detail: Detail, activity: int | None) -> dict[str, Any]:
    entry, factor = detail.emission, detail.emission.factor
    return {
        "said": [message_json(one) for one in entry.why],
        "factor": None if factor is None else {
            "value": exact(factor.value), "unit": factor.unit, "source": factor.source, "grade": factor.grade,
            "region": factor.region, "year": factor.year, "abroad": factor.abroad, "own": factor.own,
        },
        "activity": None if detail.activity is None else {
            "value": exact(detail.activity.value), "unit": detail.activity.unit.text
        },
        "before": exact(detail.before),
        "unit": entry.unit,
        "sheet": entry.sheet,
        "row": entry.row,
        "activity_row": activity,
        "quality": grade_of(entry),
        "levels": list(detail.category.levels),
        "part": detail.category.part,
        "ten": [detail.ten.name, detail.ten.subsector],
    }  # fmt: skip


def emissions_of(row: InventoryRun, found: Computed) -> Iterator[Emission]:
    """Rows for the emissions of a run, not saved."""
    with_unit = Activity.objects.filter(year=row.year, unit__isnull=False)
    units = dict(with_unit.values_list("pk", "unit_id"))
    for detail in found.details:
        entry = detail.emission
        key = found.built.activities.get((BY_NAME[entry.sheet].key, entry.row))
        source = found.built.sources[entry.source_id]
        yield emission_of(detail, key, run=row, source_id=source, unit_id=units.get(key or 0))


def emission_of(detail: Detail, activity: int | None, **values: Any) -> Emission:
    """The row for an emission, not saved; `activity`: key of the activity that it was computed from."""
    category = detail.category
    return Emission(
        pollutant=detail.pollutant, level1=category.name[:24], level2=class_of(detail, 8)[1][:40],
        level3=(category.level2 or "")[:40], level4=(category.level4 or "")[:40], t=float(detail.t),
        exact=exact(detail.t), method=detail.emission.method or "", why=_why(detail, activity), **values,
    )  # fmt: skip


def gap_json(gap: Result, built: Built) -> dict[str, Any]:
    """A gap as the run keeps it: which row is to be mended, and why."""
    layout = BY_NAME.get(gap.sheet)
    return {
        "source": built.sources.get(gap.source_id),
        "source_id": gap.source_id,
        "unit": gap.unit,
        "pollutant": gap.pollutant,
        "sheet": gap.sheet,
        "row": gap.row,
        "column": layout.fields[gap.column - 1].heading if layout is not None and gap.column else "",
        "activity": built.activities.get((layout.key, gap.row)) if layout is not None else None,
        "code": gap.code,
        "said": [message_json(one) for one in gap.why],
    }


class StartRun(Action[InventoryRun]):
    """Begin to compute the inventory of a place and a year."""

    code = "sources.inventory.start"
    permission = INVENTORY_RUN

    def __init__(
        self,
        actor: Actor,
        year: int,
        region: Region,
        *,
        name: str = "",
        abroad: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.year, self.region, self.name, self.abroad = year, region, name, abroad

    def validate(self) -> None:
        """There is something to compute from."""
        super().validate()
        rows = Activity.objects.filter(year=self.year, source__region__path__startswith=self.region.path)
        if not self.actor.rows(rows, INVENTORY_RUN).exists():
            text = __("No activities of %(year)s are kept for this place. Import the workbook first.") % {
                "year": self.year
            }
            raise Invalid(fields={"year": text})

    def perform(self) -> InventoryRun:
        """Make the run and its job."""
        name = self.name or __("%(place)s, inventory of %(year)s") % {
            "place": self.region.name,
            "year": self.year,
        }
        row = InventoryRun.objects.create(
            year=self.year,
            region=self.region,
            name=name[:120],
            user=self.actor.user,
            basis={"abroad": self.abroad},
        )
        if not self.actor.rows(InventoryRun.objects.filter(pk=row.pk), INVENTORY_RUN).exists():
            raise NotFound
        row.job = jobs.start(RUN, {"run": row.pk}, __("Compute %(name)s") % {"name": name}, self.actor)
        row.save(update_fields=["job"])
        self.log(row, after={"year": self.year, "region": self.region.code, "abroad": self.abroad})
        return row


class FinishRun(Action[InventoryRun]):
    """Keep what was computed and make the run the one that the other rooms read."""

    code = "sources.inventory.finish"
    permission = INVENTORY_RUN

    def __init__(
        self, actor: Actor, row: InventoryRun, found: Computed, tick: Callable[[int, int], None] | None = None
    ) -> None:
        super().__init__(actor)
        self.row, self.found, self.tick = row, found, tick

    def perform(self) -> InventoryRun:
        """Write emissions, totals and gaps; a run that was broken off begins anew."""
        row, found = InventoryRun.objects.select_for_update().get(pk=self.row.pk), self.found
        if row.state == "done":
            raise Conflict
        Emission.objects.filter(run=row)._raw_delete("default")
        part: list[Emission] = []
        for at, entry in enumerate(emissions_of(row, found), 1):
            part.append(entry)
            if len(part) == _BATCH:
                Emission.objects.bulk_create(part)
                part = []
                if self.tick is not None:
                    self.tick(at, len(found.details))
        Emission.objects.bulk_create(part)
        gaps = found.inventory.gaps
        row.totals = totals_of(found.inventory)
        row.gaps = [gap_json(gap, found.built) for gap in gaps[:MOST_GAPS]]
        row.sources = len({detail.emission.source_id for detail in found.details})
        row.basis = {
            **row.basis,
            "version": __version__,
            "digest": found.built.digest,
            "rows": len(found.built.rows),
            "listed": len(found.built.sources),
            "gaps": len(gaps),
            "classes": _sums(by_class(found.details, 8)),
            "ten": _sums(by_class(found.details, 10)),
        }
        row.state, row.finished_at = "done", timezone.now()
        others = InventoryRun.objects.select_for_update().filter(
            year=row.year, region=row.region, current=True
        )
        others.exclude(pk=row.pk).update(current=False)
        row.current = True
        row.save()
        self.log(
            row,
            after={"totals": {name: float(Fraction(t)) for name, t in row.totals.items()}, "gaps": len(gaps)},
        )
        return row


def _sums(found: Mapping[tuple[str, str], Fraction]) -> list[list[str]]:
    return [[name, pollutant, str(t)] for (name, pollutant), t in found.items()]


class FailRun(Action[InventoryRun]):
    """Note that a run could not be computed."""

    code = "sources.inventory.fail"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, why: str) -> None:
        super().__init__(actor)
        self.row, self.why = row, why

    def perform(self) -> InventoryRun:
        """Write it."""
        InventoryRun.objects.filter(pk=self.row.pk).update(state="failed", finished_at=timezone.now())
        self.row.refresh_from_db()
        self.log(self.row, after={"error": self.why[:500]})
        return self.row
