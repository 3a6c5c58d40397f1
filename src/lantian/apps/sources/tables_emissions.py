"""What sources emit, as a column of their list: tonnes a year of one pollutant in the latest inventory in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.db.models import Sum
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.sources.access import INVENTORY_VIEW
from lantian.apps.sources.emissions.telling import pollutants_of, tonnes
from lantian.apps.sources.models import Emission, InventoryRun

#: inventories in force that are looked through for a pollutant
_RUNS = 10


def latest_run(user: Any, pollutant: str = "") -> InventoryRun | None:
    """The latest inventory in force that the account may see and that has the pollutant; the widest place first."""
    if not user.may(INVENTORY_VIEW):
        return None
    runs = InventoryRun.objects.all().visible_to(user, INVENTORY_VIEW).filter(current=True, state="done")
    runs = runs.defer("gaps").order_by("-year", "region__depth", "-finished_at", "pk")
    return next((run for run in runs[:_RUNS] if not pollutant or pollutant in run.totals), None)


class EmittedColumn(tables.Column):
    """Tonnes a year of a pollutant, fetched for the rows that are shown or written next."""

    def __init__(self, run: InventoryRun, pollutant: str, user: Any) -> None:
        head = __("%(pollutant)s [t/a], %(year)s") % {"pollutant": pollutant, "year": run.year}
        attrs = {"th": {"class": "lt-num"}, "td": {"class": "lt-num"}}
        super().__init__(verbose_name=head, accessor="pk", orderable=False, empty_values=(), attrs=attrs)
        self.rows = Emission.objects.all().visible_to(user, INVENTORY_VIEW).filter(run=run, pollutant=pollutant)
        self.sums: dict[int, float] = {}

    def fetch(self, keys: Sequence[int]) -> None:
        """Sums of some sources."""
        rows = self.rows.filter(source__in=keys).order_by()
        self.sums |= dict(rows.values_list("source").annotate(sum=Sum("t")))

    def render(self, record: Any) -> str:
        """As many figures as say something."""
        return tonnes(self.sums.get(record.pk)) or display.ABSENT

    def value(self, record: Any) -> float | None:
        """Excel gets the number."""
        return self.sums.get(record.pk)


def emitted_column(user: Any, wanted: str) -> EmittedColumn | None:
    """The column for the pollutant that was asked for, else for the first; None where there is no inventory."""
    run = latest_run(user, wanted) or latest_run(user)
    if run is None:
        return None
    names = pollutants_of(run)
    if not names:
        return None
    return EmittedColumn(run, wanted if wanted in names else names[0], user)
