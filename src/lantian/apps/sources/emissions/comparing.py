"""Two years of an inventory beside each other: by class, and by source with the reasons; by a job where they are large."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.models import Job
from lantian.apps.core.models.jobs import JobStatus
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.emissions.running import Computed, computed_again, message_json
from lantian.apps.sources.models import InventoryRun, Prepared
from lantian.rules.sources.comparison import PARTS, Change, Year, compare, summed

COMPARE = "sources.inventory.compare"
#: rows of a year up to which a page computes it again while somebody waits
MOST_ROWS = 20_000
#: changes of a pollutant that a comparison keeps, the greatest first
MOST_CHANGES = 500


def is_large(*runs: InventoryRun) -> bool:
    """Whether the comparison is for a job."""
    return max(int(run.basis.get("rows", 0)) for run in runs) > MOST_ROWS


def compared(old: InventoryRun, new: InventoryRun) -> dict[str, dict[str, Any]]:
    """For each pollutant, sums by class and the greatest changes [t], as they are kept.

    Raises
    ------
    Conflict
        The activities or the books of one of them have changed since.
    """
    again = [(run, computed_again(run)) for run in (old, new)]
    keys = {**again[0][1].built.sources, **again[1][1].built.sources}
    by_pollutant: dict[str, list[Change]] = {}
    for one in compare(*(_year(run, found) for run, found in again)):
        by_pollutant.setdefault(one.pollutant, []).append(one)
    return {
        pollutant: {"sums": _sums(changes), "changes": _greatest(changes, keys)}
        for pollutant, changes in by_pollutant.items()
    }


def _year(run: InventoryRun, found: Computed) -> Year:
    return Year(run.year, found.built.rows, found.inventory, found.details)


def _sums(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {
            "name": name, "before": float(one.before), "after": float(one.after),
            "parts": [float(one.parts[part]) for part in PARTS],
        }
        for (name, _pollutant), one in summed(changes, 8).items()
    ]  # fmt: skip


def _greatest(changes: Sequence[Change], keys: dict[str, int]) -> list[dict[str, Any]]:
    changed = sorted((one for one in changes if one.change), key=lambda one: -abs(one.change))
    return [
        {
            "source": keys.get(one.source_id), "name": one.name, "unit": one.unit, "before": float(one.before),
            "after": float(one.after), "said": [message_json(message) for message in one.why],
        }
        for one in changed[:MOST_CHANGES]
    ]  # fmt: skip


class KeepComparison(Action[Prepared]):
    """Keep a comparison at the later run."""

    code = "sources.inventory.comparison"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, other: InventoryRun, found: dict[str, Any]) -> None:
        super().__init__(actor)
        self.row, self.other, self.found = row, other, found

    def check(self) -> None:
        """The right over both."""
        super().check()
        self.check_row(self.row)
        self.check_row(self.other)

    def perform(self) -> Prepared:
        """Write it in the place of an earlier one."""
        Prepared.objects.filter(run=self.row, kind="years", key=str(self.other.pk)).delete()
        kept = Prepared.objects.create(run=self.row, kind="years", key=str(self.other.pk), head=self.found)
        self.log(self.row, after={"with": self.other.name})
        return kept


class StartComparison(Action[Job]):
    """Begin to compare two inventories of a place."""

    code = "sources.inventory.comparison_start"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: InventoryRun, other: InventoryRun) -> None:
        super().__init__(actor)
        self.row, self.other = row, other

    def check(self) -> None:
        """The right over both."""
        super().check()
        self.check_row(self.row)
        self.check_row(self.other)

    def validate(self) -> None:
        """Two that are done, of one place, which nobody compares at the moment."""
        super().validate()
        if self.row.state != "done" or self.other.state != "done" or self.row.region_id != self.other.region_id:
            raise Conflict(_("Only inventories of one place that have been computed to their end can be compared."))
        at_it = Job.objects.filter(kind=COMPARE, status__in=(JobStatus.QUEUED, JobStatus.RUNNING))
        if at_it.filter(parameters__run=self.row.pk, parameters__other=self.other.pk).exists():
            raise Conflict(_("These two are being compared already."))

    def perform(self) -> Job:
        """Start the job."""
        title = __("Compare %(new)s with %(old)s") % {"new": self.row.name, "old": self.other.name}
        job = jobs.start(COMPARE, {"run": self.row.pk, "other": self.other.pk}, title, self.actor)
        self.log(self.row, after={"with": self.other.name})
        return job
