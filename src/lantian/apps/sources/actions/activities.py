"""Activities of a source that are entered by hand, the factor that is chosen for them, and totals of the statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.sources import keeping
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.emissions import by_hand
from lantian.apps.sources.emissions.rows import WHERE, numbers_of
from lantian.apps.sources.models import Activity, InventoryRun, Source, SourceKey, Unit
from lantian.rules.sources.books import EXTRA_POLLUTANTS, POLLUTANTS
from lantian.rules.sources.layout import BY_KEY

#: errors of a calculation that are told beside the field instead of as a gap: they can only be slips
_SLIPS = frozenset(
    {
        "unit_unknown", "unit_dimension", "own_factor_incomplete", "factor_unknown", "factor_twice", "factor_unit_unsettled",
        "pollutant_unknown", "technology_unknown", "technology_is_collection", "facility_pollutant_missing", "grounds_missing",
    }
)  # fmt: skip
_FIELD_OF = {
    "unit_unknown": "activity_unit", "unit_dimension": "activity_unit", "factor_unknown": "factor",
    "factor_unit_unsettled": "factor",
}  # fmt: skip
_FIRST, _LAST = 1949, 2199


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility of a form: key of the row that it changes, or 0; no texts: it is taken away."""

    key: int
    texts: Mapping[str, str] | None


def check_year(year: int) -> None:
    """Refuse what is no year."""
    if not _FIRST <= year <= _LAST:
        raise Invalid(fields={"year": __("Write the year with four figures, as in 2025.")})


class SaveActivity(Action[Activity]):
    """Enter or change an activity of a source in a year, with the facilities of its unit.

    Parameters
    ----------
    texts
        The fields of the sheet as they were typed.
    row
        The activity that is changed; None makes one.
    facilities
        Facilities of the same unit that are changed, added or taken away with it.
    """

    code = "sources.activity.save"
    permission = INVENTORY_RUN

    def __init__(
        self,
        actor: Actor,
        source: Source,
        year: int,
        sheet: str,
        texts: Mapping[str, str],
        *,
        row: Activity | None = None,
        facilities: Sequence[Facility] = (),
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.source, self.year, self.sheet, self.texts = source, year, sheet, texts
        self.row, self.facilities = row, facilities
        self.values: dict[str, Any] = {}
        self.equipment: list[tuple[int, dict[str, Any] | None]] = []

    def subject(self) -> Source:
        """The source."""
        return self.source

    def check(self) -> None:
        """The right over this source, and over the row."""
        super().check()
        self.check_row(self.source)
        if self.row is not None and (
            self.row.source_id != self.source.pk
            or not self.actor.rows(Activity.objects.filter(pk=self.row.pk), INVENTORY_RUN).exists()
        ):
            raise NotFound

    def validate(self) -> None:
        """Every field by the rules of the workbook, and the units by their dimension."""
        super().validate()
        check_year(self.year)
        if self.sheet not in by_hand.SHEETS:
            raise Invalid(fields={"sheet": __("Choose one.")})
        if self.source.merged_into_id is not None:
            raise Conflict(_("This source has become part of another. Enter its activities there."))
        self.values, wrong = by_hand.read(self.sheet, self.texts)
        fields: dict[str, Any] = {key: message.text(__) for key, message in wrong.items()}
        unit = str(self.values.get("unit", ""))
        for number, one in enumerate(self.facilities):
            if one.texts is None:
                self.equipment.append((one.key, None))
                continue
            held, wrong = by_hand.read("facilities", {**one.texts, "unit": unit})
            fields |= {f"facilities-{number}-{key}": message.text(__) for key, message in wrong.items()}
            self.equipment.append((one.key, held))
        if fields:
            raise Invalid(fields=fields)
        fields = self._slips()
        if fields:
            raise Invalid(fields=fields)

    def rows(self) -> tuple[list[Activity], list[int]]:
        """The activities of the source as they will be, and the keys of those that are of this one."""
        there = {row.pk: row for row in by_hand.rows_of(self.actor, self.source, self.year)}
        key = self.row.pk if self.row is not None else -1
        before = self.row.values if self.row is not None else {}
        mine = [key]
        for other in list(there.values()):
            if self._follows(other, before):
                mine.append(other.pk)
                there[other.pk] = by_hand.draft(
                    self.source, self.year, other.sheet, self._shared(other.values), other.pk
                )
        there[key] = by_hand.draft(self.source, self.year, self.sheet, self.values, key)
        for number, (held, values) in enumerate(self.equipment):
            if values is None:
                there.pop(held, None)
            else:
                own = held or -2 - number
                there[own] = by_hand.draft(self.source, self.year, "facilities", values, own)
                mine.append(own)
        return list(there.values()), mine

    def computed(self) -> tuple[by_hand.OfSource, list[dict[str, Any]], list[Any]]:
        """What the source would emit, what comes of this activity, and its gaps."""
        rows, mine = self.rows()
        found = by_hand.computed(rows, self.year)
        return found, *found.of_rows(mine)

    def _slips(self) -> dict[str, str]:
        _found, _told, gaps = self.computed()
        fields: dict[str, str] = {}
        for gap in gaps:
            if gap.code not in _SLIPS:
                continue
            layout = BY_KEY[self.sheet]
            if gap.sheet != layout.name:
                name = "facilities"
            else:
                place = _FIELD_OF.get(gap.code, "")
                named = layout.fields[gap.column - 1].key if gap.column else ""
                name = place if place in {field.key for field in layout.fields} else named or "unit"
            fields.setdefault(name, gap.why[0].text(__))
        return fields

    def _follows(self, other: Activity, before: Mapping[str, Any]) -> bool:
        """Rows that hold the factor of one pollutant of this activity change with it."""
        return (
            self.sheet == "activities"
            and other.sheet == "activities"
            and self.row is not None
            and other.pk != self.row.pk
            and bool(other.values.get("pollutant"))
            and by_hand.same(other.values, before)
        )

    def _shared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in values.items() if key not in by_hand.SHARED}
        return {**kept, **{key: self.values[key] for key in by_hand.SHARED if key in self.values}}

    def perform(self) -> Activity:
        """Write the row, those that follow it, and the facilities."""
        now, before = timezone.now(), dict(self.row.values) if self.row is not None else {}
        unit = _unit_of(self.source, str(self.values.get("unit", "")))
        if self.row is not None:
            for other in Activity.objects.filter(source=self.source, year=self.year, sheet="activities"):
                if self._follows(other, before):
                    Activity.objects.filter(pk=other.pk).update(
                        values=self._shared(other.values), unit=unit, changed_at=now
                    )
            self.row.values, self.row.unit, self.row.changed_at = self.values, unit, now
            self.row.save(update_fields=["values", "unit", "changed_at"])
            row = self.row
        else:
            row = Activity.objects.create(
                source=self.source, year=self.year, sheet=self.sheet, values=self.values, unit=unit
            )
        mine = Activity.objects.filter(source=self.source, year=self.year, sheet="facilities")
        equipment = []
        for key, values in self.equipment:
            if values is None:
                equipment.append(__("taken away"))
                mine.filter(pk=key).delete()
                continue
            equipment.append(by_hand.named("facilities", values))
            if key:
                mine.filter(pk=key).update(values=values, unit=unit, changed_at=now)
            else:
                Activity.objects.create(
                    source=self.source, year=self.year, sheet="facilities", values=values, unit=unit
                )
        _numbered(self.source)
        name = BY_KEY[self.sheet].name
        after: dict[str, Any] = {"year": self.year, "sheet": name, **by_hand.shown(self.sheet, self.values)}
        if equipment:
            after[BY_KEY["facilities"].name] = equipment
        old = {"year": self.year, "sheet": name, **by_hand.shown(self.sheet, before)} if before else None
        self.log(self.source, before=old, after=after)
        return row


def _unit_of(source: Source, number: str) -> Unit | None:
    found = list(Unit.objects.filter(source=source, number=number)[:2]) if number else []
    return found[0] if len(found) == 1 else None


def _numbered(source: Source) -> None:
    """Give a source the number that it has in the workbook, so that the workbook finds it again."""
    held = SourceKey.objects.filter(source=source, kind=KeyKind.LIST_NUMBER, where=WHERE, until__isnull=True)
    if not held.exists():
        number = numbers_of([source])[source.pk]
        SourceKey.objects.create(
            source=source, kind=KeyKind.LIST_NUMBER, value=keeping.key_value(number), where=WHERE,
            since=timezone.localdate(),
        )  # fmt: skip


class _OfActivity(Action[Any]):
    """An action on an activity that the actor may use."""

    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, row: Activity, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def check(self) -> None:
        """The right over the row."""
        super().check()
        if not self.actor.rows(Activity.objects.filter(pk=self.row.pk), INVENTORY_RUN).exists():
            raise NotFound

    def told(self) -> dict[str, Any]:
        """The row for the log."""
        name = BY_KEY[self.row.sheet].name
        return {
            "year": self.row.year, "sheet": name, **by_hand.shown(self.row.sheet, self.row.values)
        }  # fmt: skip


class RemoveActivity(_OfActivity):
    """Take an activity away; with it go the rows that hold the factors of its single pollutants."""

    code = "sources.activity.remove"
    needs_reason = True

    def perform(self) -> Any:
        """Delete it."""
        source, year = self.row.source, self.row.year
        gone = [self.row.pk]
        if source is not None and self.row.sheet == "activities" and not self.row.values.get("pollutant"):
            rows = Activity.objects.filter(source=source, year=year, sheet="activities")
            gone += [
                one.pk
                for one in rows
                if one.values.get("pollutant") and by_hand.same(one.values, self.row.values)
            ]
        self.log(source or self.row, before=self.told(), after=None)
        Activity.objects.filter(pk__in=gone).delete()
        return source


class ChooseFactor(_OfActivity):
    """Take another factor for a pollutant of an activity: one of the books, or an own value; or take that back.

    Parameters
    ----------
    name
        Name of a factor of the books (:attr:`Factor.name`); empty with an own value, or to take the choice back.
    value, unit
        An own factor.
    reason
        The grounds, which stand in the row and in the log.
    """

    code = "sources.activity.factor"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        row: Activity,
        pollutant: str,
        *,
        name: str = "",
        value: str = "",
        unit: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.pollutant, self.name, self.value, self.unit = pollutant, name, value, unit
        self.values: dict[str, Any] | None = None
        self.held: Activity | None = None

    def validate(self) -> None:
        """A factor that there is, and that gives a mass with the unit of the activity."""
        super().validate()
        if self.row.sheet != "activities" or self.row.source is None or self.row.year is None:
            raise Conflict(_("Only rows of the sheet of activities take another factor."))
        if self.pollutant not in POLLUTANTS + EXTRA_POLLUTANTS:
            raise Invalid(fields={"pollutant": __("Choose one.")})
        rows = by_hand.rows_of(self.actor, self.row.source, self.row.year)
        mine = [one for one in by_hand.group(rows, self.row) if one.values.get("pollutant") == self.pollutant]
        self.held = mine[0] if mine else None
        if not self.name and not self.value:
            if self.held is None:
                raise Conflict(_("No other factor was chosen for this pollutant."))
            return
        if self.name and self.value:
            raise Invalid(fields={"value": __("Choose a factor of the books or write an own one, not both.")})
        texts = {
            **by_hand.shown("activities", self.row.values), "pollutant": self.pollutant, "factor": self.name,
            "own_factor": self.value, "own_unit": self.unit if self.value else "", "own_grounds": self.reason,
        }  # fmt: skip
        values, wrong = by_hand.read("activities", texts)
        names = {"own_factor": "value", "own_unit": "unit", "own_grounds": "reason", "factor": "name"}
        if wrong:
            raise Invalid(fields={names.get(key, key): message.text(__) for key, message in wrong.items()})
        key = self.held.pk if self.held is not None else -1
        others = [one for one in rows if one.pk != key]
        found = by_hand.computed(
            [*others, by_hand.draft(self.row.source, self.row.year, "activities", values, key)], self.row.year
        )
        told, gaps = found.of_rows([key])
        slips = [gap for gap in gaps if gap.code in _SLIPS]
        if slips:
            field = "unit" if slips[0].code.startswith("unit_") and self.value else "value" if self.value else "name"
            raise Invalid(fields={field: slips[0].why[0].text(__)})
        if not told and gaps:
            raise Invalid(gaps[0].why[0].text(__))
        self.values = values

    def perform(self) -> Activity:
        """Write, change or take away the row of the pollutant."""
        row, now = self.row, timezone.now()
        before = by_hand.shown("activities", self.held.values) if self.held is not None else None
        if self.values is None:
            assert self.held is not None
            if self._alone():
                kept = {
                    key: value
                    for key, value in self.held.values.items()
                    if key not in ("factor", "own_factor", "own_unit", "own_grounds")
                }
                Activity.objects.filter(pk=self.held.pk).update(values=kept, changed_at=now)
            else:
                self.held.delete()
            self.log(row.source, before=before, after={"pollutant": self.pollutant, "factor": __("by the order of preference")})
        elif self.held is not None:
            Activity.objects.filter(pk=self.held.pk).update(values=self.values, changed_at=now)
            self.log(row.source, before=before, after=by_hand.shown("activities", self.values))
        else:
            Activity.objects.create(
                source=row.source, unit=row.unit, year=row.year, sheet="activities", values=self.values
            )
            self.log(row.source, before=before, after=by_hand.shown("activities", self.values))
        return row

    def _alone(self) -> bool:
        """Whether no row of the activity is left that is for all pollutants: then this one stays, without the choice."""
        assert self.row.source is not None and self.held is not None
        rows = by_hand.rows_of(self.actor, self.row.source, self.row.year or 0)
        return not any(not one.values.get("pollutant") for one in by_hand.group(rows, self.row))


class SaveTotal(Action[Activity]):
    """Enter or change a total of the statistics for the year of an inventory."""

    code = "sources.activity.total"
    permission = INVENTORY_RUN

    def __init__(self, actor: Actor, run: InventoryRun, texts: Mapping[str, str]) -> None:
        super().__init__(actor)
        self.run, self.texts = run, texts
        self.values: dict[str, Any] = {}

    def check(self) -> None:
        """The right over the inventory."""
        super().check()
        self.check_row(self.run)

    def validate(self) -> None:
        """Every field by the rules of the workbook; the place must be that of the inventory or below it."""
        super().validate()
        self.values, wrong = by_hand.read("totals", self.texts)
        if wrong:
            raise Invalid(fields={key: message.text(__) for key, message in wrong.items()})
        code, home = str(self.values.get("region", "")), self.run.region
        stem = (home.code if home is not None else "").rstrip("0")
        if code and home is not None and not code.startswith(stem + "0" * (len(stem) % 2)):
            raise Invalid(fields={"region": __("This place is not in the place of the inventory.")})

    def perform(self) -> Activity:
        """Put it in the place of an earlier one for the same item and place."""
        key = self.values.get("item", ""), self.values.get("region", "")
        before = None
        for old in Activity.objects.filter(source__isnull=True, year=self.run.year, sheet="totals"):
            if (old.values.get("item", ""), old.values.get("region", "")) == key:
                before = by_hand.shown("totals", old.values)
                old.delete()
        row = Activity.objects.create(year=self.run.year, sheet="totals", values=self.values)
        self.log(self.run, before=before, after=by_hand.shown("totals", self.values))
        return row
