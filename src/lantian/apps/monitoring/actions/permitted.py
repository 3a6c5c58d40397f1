"""Amounts that permits allow in a year: set from a year on, and ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.monitoring.access import DEVICE_EDIT
from lantian.apps.monitoring.choices_amounts import LABELS
from lantian.apps.monitoring.models import PermittedAmount
from lantian.apps.sources.models import Source, Unit

#: years that a permit may speak of
FIRST_YEAR, LAST_YEAR = 2000, 2100


class SetPermitted(Action[PermittedAmount]):
    """Set the amount of a pollutant for the years from one on; one that held until then ends the year before.

    Parameters
    ----------
    unit
        The outlet; None for the whole enterprise.
    tonnes
        [t/a]
    """

    code = "monitoring.permitted.set"
    permission = DEVICE_EDIT

    def __init__(
        self,
        actor: Actor,
        source: Source,
        *,
        factor: str,
        tonnes: Decimal,
        first_year: int,
        basis: str,
        unit: Unit | None = None,
        last_year: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.source, self.unit, self.factor, self.tonnes = source, unit, factor, tonnes
        self.first_year, self.last_year, self.basis = first_year, last_year, basis.strip()

    def subject(self) -> Source:
        """The source."""
        return self.source

    def check(self) -> None:
        """Ask for the right over the source."""
        super().check()
        self.check_row(self.source)

    @property
    def same(self) -> Any:
        """Amounts of the same place and pollutant."""
        return PermittedAmount.objects.filter(source=self.source, unit=self.unit, factor=self.factor)

    def validate(self) -> None:
        """Years follow each other, and it is said what sets it."""
        super().validate()
        wrong: dict[str, Any] = {}
        if self.factor not in LABELS:
            wrong["factor"] = __("Of this factor no amounts are kept.")
        if self.unit is not None and self.unit.source_id != self.source.pk:
            wrong["unit"] = __("This unit belongs to another source.")
        if self.tonnes <= 0:
            wrong["tonnes"] = __("A permitted amount lies above zero.")
        if not FIRST_YEAR <= self.first_year <= LAST_YEAR:
            wrong["first_year"] = __("A year lies from %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        if self.last_year is not None and not self.first_year <= self.last_year <= LAST_YEAR:
            wrong["last_year"] = __("The end lies before the beginning.")
        if not self.basis:
            wrong["basis"] = __("Say which permit sets it, and where it stands in it.")
        if wrong:
            raise Invalid(fields=wrong)
        if self.same.filter(first_year__gte=self.first_year).exists():
            raise Conflict(__("An amount from this year or from a later one is there already."))

    def perform(self) -> PermittedAmount:
        """Write it, and end the one before."""
        for former in self.same.filter(Q(last_year__isnull=True) | Q(last_year__gte=self.first_year)):
            self.save(former, last_year=self.first_year - 1)
        row = PermittedAmount()
        self.save(
            row, source=self.source, unit=self.unit, factor=self.factor, tonnes=self.tonnes,
            first_year=self.first_year, last_year=self.last_year, basis=self.basis, made_by=self.actor.user,
        )  # fmt: skip
        return row


class _OnPermitted(Action[PermittedAmount]):
    permission = DEVICE_EDIT

    def __init__(self, actor: Actor, row: PermittedAmount, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def subject(self) -> Source:
        """The source."""
        return self.row.source

    def check(self) -> None:
        """Ask for the right over it."""
        super().check()
        self.check_row(self.row)


class CorrectPermitted(_OnPermitted):
    """Correct the amount, the last year or the document of one that stands."""

    code = "monitoring.permitted.correct"

    def __init__(
        self, actor: Actor, row: PermittedAmount, *, tonnes: Decimal, last_year: int | None, basis: str, reason: str = ""
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.tonnes, self.last_year, self.basis = tonnes, last_year, basis.strip()

    def validate(self) -> None:
        """Its years do not reach into those of the next one."""
        super().validate()
        row = self.row
        if self.tonnes <= 0:
            raise Invalid(fields={"tonnes": __("A permitted amount lies above zero.")})
        if not self.basis:
            raise Invalid(fields={"basis": __("Say which permit sets it, and where it stands in it.")})
        if self.last_year is not None and not row.first_year <= self.last_year <= LAST_YEAR:
            raise Invalid(fields={"last_year": __("The end lies before the beginning.")})
        later = PermittedAmount.objects.filter(
            source=row.source_id, unit=row.unit_id, factor=row.factor, first_year__gt=row.first_year
        )
        if self.last_year is not None:
            later = later.filter(first_year__lte=self.last_year)
        if later.exists():
            raise Conflict(__("An amount from this year or from a later one is there already."))

    def perform(self) -> PermittedAmount:
        """Write it."""
        if not self.save(self.row, tonnes=self.tonnes, last_year=self.last_year, basis=self.basis):
            self.unchanged = True
        return self.row
