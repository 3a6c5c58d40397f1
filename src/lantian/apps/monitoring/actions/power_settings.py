"""Figures of electricity supervision that the office sets otherwise than the books, and takes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import DataScope
from lantian.apps.monitoring import power_books
from lantian.apps.monitoring.access import POWER_RULES
from lantian.apps.monitoring.models import PowerSetting
from lantian.rules.monitoring.book import Entry
from lantian.rules.monitoring.errors import BookError
from lantian.rules.monitoring.meters.readings import number_of


def for_all(user: Any) -> bool:
    """Whether an account may change what holds for every place: the right, and all data under it."""
    return any(
        POWER_RULES in grant.role.permissions and grant.scope == DataScope.ALL and grant.region is None
        for grant in getattr(user, "active_grants", ())
    )


class _OnFigure(Action[PowerSetting]):
    permission = POWER_RULES

    def __init__(self, actor: Actor, book: str, entry: str, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.book, self.entry = book, entry

    def check(self) -> None:
        """Whoever works for some places only does not change what holds for all."""
        super().check()
        if not self.actor.is_system and not for_all(self.actor.user):
            raise NotAllowed(permission=self.permission)

    def known(self) -> Entry:
        """The entry as the book has it.

        Raises
        ------
        NotFound
            There is none.
        """
        found = power_books.filed_book(self.book).entries.get(self.entry) if self.book in power_books.BOOKS else None
        if found is None:
            raise NotFound
        return found

    def stored(self) -> PowerSetting | None:
        """What is set now."""
        return PowerSetting.objects.select_for_update().filter(book=self.book, entry=self.entry).first()


class SetFigure(_OnFigure):
    """Set an entry of a book otherwise, within its bounds and with grounds.

    Parameters
    ----------
    value
        As it was written.
    grounds
        Which document or finding says so.
    """

    code = "monitoring.power_setting.set"

    def __init__(
        self, actor: Actor, book: str, entry: str, *, value: str, grounds: str, reason: str = ""
    ) -> None:
        super().__init__(actor, book, entry, reason=reason)
        self.value, self.grounds = value.strip(), grounds.strip()

    def validate(self) -> None:
        """A number in its bounds, whole where things are counted, in order with its neighbours."""
        super().validate()
        entry = self.known()
        if entry.settled:
            said = __("This figure stands in %(document)s and is not the office's to change.")
            raise Conflict(said % {"document": entry.document})
        wrong: dict[str, Any] = {}
        problem = self._value(entry)
        if problem:
            wrong["value"] = problem
        if not self.grounds:
            wrong["grounds"] = __("Write which document or finding says so.")
        if wrong:
            raise Invalid(fields=wrong)

    def _value(self, entry: Entry) -> str:
        """What is wrong with the value; empty if nothing."""
        try:
            number = number_of(self.value)
        except ValueError:
            number = None
        places = {"least": entry.least, "most": entry.most}
        if number is None:
            return __("Write a number from %(least)s to %(most)s.") % places
        if power_books.counted(entry) and number != number.to_integral_value():
            return __("Write a whole number from %(least)s to %(most)s.") % places
        try:
            power_books.set_otherwise(entry, number)
        except BookError:
            return __("Write a number from %(least)s to %(most)s.") % places
        if len(f"{number.normalize():f}") > PowerSetting._meta.get_field("value").max_length:  # type: ignore[operator]
            return __("This number has too many figures.")
        self.number = number
        return self._order(number)

    def _order(self, number: Decimal) -> str:
        beside = power_books.out_of_order(self.book, self.entry, number)
        if beside is None:
            return ""
        other, above = beside
        said = (
            __("It must lie above “%(label)s” (%(value)s %(unit)s).")
            if above
            else __("It must lie below “%(label)s” (%(value)s %(unit)s).")
        )
        return said % {"label": other.label, "value": other.value, "unit": other.unit}

    def perform(self) -> PowerSetting:
        """Write it; it holds from the next judging on."""
        power_books.forget()
        # Its neighbours may have been changed since they were looked at.
        problem = self._order(self.number)
        if problem:
            raise Invalid(fields={"value": problem})
        row = self.stored() or PowerSetting(book=self.book, entry=self.entry)
        value = f"{self.number.normalize():f}"
        if row.pk and (row.value, row.grounds) == (value, self.grounds):
            self.unchanged = True
            return row
        self.save(row, value=value, grounds=self.grounds, set_by=self.actor.user, set_at=timezone.now())
        self.after_commit(power_books.forget)
        return row


class TakeFigureBack(_OnFigure):
    """Take an own value back: what the book says holds again."""

    code = "monitoring.power_setting.take_back"
    needs_reason = True

    def perform(self) -> PowerSetting:
        """Remove it."""
        row = self.stored()
        if row is None:
            raise Conflict(__("The office has not set this figure."))
        power_books.forget()
        value = self.known().value
        beside = power_books.out_of_order(self.book, self.entry, value) if isinstance(value, Decimal) else None
        if beside is not None:
            said = __("What the book says would not fit “%(label)s” (%(value)s %(unit)s). Take that back first.")
            raise Conflict(said % {"label": beside[0].label, "value": beside[0].value, "unit": beside[0].unit})
        self.log(row, before={"value": row.value, "grounds": row.grounds}, after=None)
        row.delete()
        self.after_commit(power_books.forget)
        return row
