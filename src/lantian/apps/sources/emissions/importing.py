"""The workbook of an inventory into the database: told first, then all sources without errors at once.

A source is known by its permit, the MN of its data logger, its number in this workbook together with its name, or the keys
of enterprises; what is not known is made new. The rows of a source and year replace those that were there. A source with
an error stays out with all of its rows: without one of its facilities it would be computed too high.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from openpyxl.utils import get_column_letter

from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers import registry
from lantian.apps.core.importers.base import Change, FileImport, said
from lantian.apps.sources import keeping
from lantian.apps.sources.access import INVENTORY_RUN
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.emissions.rows import WHERE, inventory_books, stored
from lantian.apps.sources.facts import Places
from lantian.apps.sources.identity import find, live
from lantian.apps.sources.models import Activity, Source, SourceKey, Unit
from lantian.office.errors import OfficeError
from lantian.office.inventory_workbook import read_inventory, template_bytes
from lantian.rules.names import normalised
from lantian.rules.sources.checks import default_area
from lantian.rules.sources.classification import parse_trade
from lantian.rules.sources.errors import SourcesError
from lantian.rules.sources.keys import cleaned
from lantian.rules.sources.layout import BY_KEY, BY_NAME
from lantian.rules.sources.permits import parse_permit
from lantian.rules.sources.placing import position_of
from lantian.rules.sources.rows import Row
from lantian.rules.sources.uscc import parse_uscc

#: problems that take nothing away
_NOTES = frozenset({"sheet_unknown", "column_unknown"})
#: facts of a source that the workbook has, and what people call them
_FACTS = ("name", "uscc", "permit", "trade", "region", "lon", "lat", "mn", "plate", "plate_colour")


@dataclass
class _Draft:
    """A source of the workbook, what it is found to be, and its rows."""

    row: Row
    facts: dict[str, Any]
    own: dict[str, Any]
    source: Source | None = None
    rows: list[Row] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)

    def activities(self) -> list[tuple[str, dict[str, Any]]]:
        """Sheet and cells of what is kept, that of the source first."""
        return [("sources", self.own), *((row.sheet, stored(row)) for row in self.rows)]


class ImportInventory(FileImport):
    """Activities of a year, with their sources.

    Parameters
    ----------
    year
        Rows of other years are left out; rows without a year belong to this one.
    facts
        ``take``: what the workbook says otherwise of a known source is taken over; else it is only told.
    """

    code = "sources.inventory.import"
    permission = INVENTORY_RUN
    accepts = frozenset({"xlsx", "xls"})
    subject_label = _("Activities of the inventory")
    partial = True

    def __init__(self, *args: Any, year: str = "", facts: str = "keep", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year_text, self.take = str(year), facts == "take"
        self.year = 0
        self.drafts: dict[str, _Draft] = {}
        self.totals: list[Row] = []
        self._bad: set[str] = set()

    # --- reading ---

    def read(self) -> None:
        """Read the workbook and find its sources."""
        if not (self.year_text.isdigit() and 1949 <= int(self.year_text) <= 2199):
            message = __("Write the year with four figures, as in 2025.")
            raise Invalid(message, fields={"year": message})
        self.year = int(self.year_text)
        try:
            book = read_inventory(self.content, self.filename)
        except OfficeError as error:
            raise Invalid(said(error), fields={"file": said(error)}) from error
        for problem in book.problems:
            if problem.code in _NOTES:
                self.report.note(
                    problem.code, problem.message.text(__).replace("%", "%%"), problem.row, problem.sheet
                )
                continue
            self._wrong(
                problem.sheet,
                problem.row,
                problem.column,
                problem.code,
                problem.message.text(__),
                problem.source_id,
            )
        self.report.rows = len(book.rows)
        self._sort(book.rows)
        self._find()
        self._compare()

    def _wrong(self, sheet: str, row: int, column: int, code: str, text: str, source: str) -> None:
        """Tell a problem; one that belongs to no source stops the whole file, for nobody knows what it takes away."""
        address = f"{sheet}!{get_column_letter(column) if column else ''}{row or ''}".rstrip("!")
        if source:
            self._bad.add(source)
        self.report.problem(code, text.replace("%", "%%"), row if source else 0, sheet, address)

    def _error(self, row: Row, key: str, error: SourcesError) -> None:
        self._wrong(
            BY_KEY[row.sheet].name,
            row.number,
            row.columns.get(key, 0),
            error.code,
            error.message.text(__),
            row.source_id,
        )

    def _sort(self, rows: tuple[Row, ...]) -> None:
        places, area = Places(), default_area(inventory_books())
        left = 0
        for row in rows:
            if row.sheet == "sources":
                if row.source_id in self.drafts:
                    text = __("The source “%(source)s” stands in this sheet twice.") % {
                        "source": row.source_id
                    }
                    self._wrong(BY_KEY["sources"].name, row.number, 1, "source_twice", text, row.source_id)
                    continue
                self.drafts[row.source_id] = self._draft(row, places, area)
        for row in rows:
            if row.sheet == "sources":
                continue
            if row.number_of("year") not in (None, self.year):
                left += 1
            elif row.sheet == "totals":
                self.totals.append(row)
            elif row.source_id in self.drafts:
                self.drafts[row.source_id].rows.append(row)
            elif row.source_id not in self._bad:
                text = __("The source “%(source)s” is not on the sheet of sources. Add it there.") % {
                    "source": row.source_id
                }
                self._wrong(BY_KEY[row.sheet].name, row.number, 1, "source_unknown", text, row.source_id)
        if left:
            self.report.note(
                "other_years", __("%(count)s rows of other years are left out."), 0, "", count=left
            )

    def _draft(self, row: Row, places: Places, area: Any) -> _Draft:
        """What a row of the sheet of sources says, each cell checked."""
        facts: dict[str, Any] = {"name": row.text("name")}
        own: dict[str, Any] = {key: row.text(key) for key in ("activity_grade", "proxy") if row.text(key)}
        checks: tuple[tuple[str, Callable[[str], Any]], ...] = (
            ("uscc", parse_uscc),
            ("permit", parse_permit),
        )
        for key, parse in checks:
            if row.text(key):
                try:
                    parse(row.text(key))
                    facts[key] = cleaned(row.text(key)).upper()
                except SourcesError as error:
                    self._error(row, key, error)
        for key in ("mn", "plate", "plate_colour"):
            if row.text(key):
                facts[key] = row.text(key)
        if row.text("trade"):
            try:
                facts["trade"] = parse_trade(row.text("trade"))
            except SourcesError as error:
                self._error(row, "trade", error)
            if facts.get("trade") != row.text("trade"):
                own["trade"] = row.text("trade")
        if row.text("region"):
            facts["region"] = places.region_for(row.text("region"))
            if facts["region"] is None:
                text = __("No place with the code %(code)s is kept here.") % {"code": row.text("region")}
                self._wrong(
                    BY_KEY["sources"].name,
                    row.number,
                    row.columns.get("region", 0),
                    "region_unknown",
                    text,
                    row.source_id,
                )
            elif facts["region"].code != row.text("region"):
                own["region"] = row.text("region")
        try:
            placed = position_of(row, area)
        except SourcesError as error:
            self._error(row, "longitude", error)
        else:
            if placed is not None:
                facts["lon"], facts["lat"] = round(placed.longitude, 7), round(placed.latitude, 7)
        return _Draft(row, {key: value for key, value in facts.items() if value}, own)

    def _find(self) -> None:
        """Which sources are known."""
        found: dict[int, str] = {}
        for number, draft in self.drafts.items():
            source = draft.source = self._known(number, draft.facts)
            if source is None:
                if "region" not in draft.facts and number not in self._bad:
                    text = __("A source that is new here needs the code of its region.")
                    self._wrong(
                        BY_KEY["sources"].name, draft.row.number, draft.row.columns.get("region", 0), "region_missing",
                        text, number,
                    )  # fmt: skip
                continue
            if source.pk in found:
                text = __("This is the same source as %(other)s: both have the keys of “%(name)s”.") % {
                    "other": found[source.pk],
                    "name": source.name,
                }
                self._wrong(BY_KEY["sources"].name, draft.row.number, 1, "same_source", text, number)
            found.setdefault(source.pk, number)
        mine = set(
            self.actor.rows(Source.objects.filter(pk__in=list(found)), INVENTORY_RUN).values_list(
                "pk", flat=True
            )
        )
        for key, number in found.items():
            if key not in mine:
                text = __("This source is kept by others and cannot be changed by you.")
                self._wrong(
                    BY_KEY["sources"].name, self.drafts[number].row.number, 1, "not_yours", text, number
                )

    @staticmethod
    def _known(number: str, facts: Mapping[str, Any]) -> Source | None:
        keys = SourceKey.objects.filter(until__isnull=True).select_related(
            "source__merged_into", "source__region"
        )
        pairs = [(KeyKind.PERMIT, facts.get("permit"))]
        pairs += [(KeyKind.MN, text) for text in str(facts.get("mn", "")).replace("，", "、").split("、")]
        for kind, text in pairs:
            held = keys.filter(kind=kind, value=keeping.key_value(text)).first() if text else None
            if held is not None:
                return live(held.source)
        name = normalised(facts["name"])
        for held in keys.filter(kind=KeyKind.LIST_NUMBER, where=WHERE, value=keeping.key_value(number)):
            former = SourceKey.objects.filter(
                source=held.source, kind=KeyKind.OLD_NAME, value=keeping.key_value(facts["name"]), merge__isnull=False
            )
            if normalised(held.source.name) == name or former.exists():
                return live(held.source)
        region = facts.get("region")
        known = {
            "name": facts["name"],
            "uscc": facts.get("uscc"),
            "permit_number": facts.get("permit"),
            "region_code": region.code if region is not None else None,
        }
        return find("enterprise", {key: value for key, value in known.items() if value})

    def _compare(self) -> None:
        """What changes."""
        keys = [draft.source.pk for draft in self.drafts.values() if draft.source is not None]
        there: dict[int, list[Activity]] = {}
        for row in Activity.objects.filter(source__in=keys, year=self.year).order_by("pk"):
            there.setdefault(row.source_id or 0, []).append(row)
        for number, draft in self.drafts.items():
            now = draft.activities()
            after = _counted(sheet for sheet, _values in now)
            if draft.source is None:
                self._change("create", number, draft, {}, after)
                continue
            draft.given = self._differing(draft)
            before = [(row.sheet, row.values) for row in there.get(draft.source.pk, ())]
            if not draft.given and _ordered(before) == _ordered(now):
                self.report.unchanged += 1
            else:
                old = _counted(sheet for sheet, _values in before)
                self._change("update", number, draft, old, {**after, **_said(draft.given)})
        if self.totals:
            self.report.changes.append(
                Change(
                    "update", self.totals[0].number, BY_KEY["totals"].name, {}, {"totals": len(self.totals)}
                )
            )

    def _change(
        self, kind: str, number: str, draft: _Draft, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        label = f"{number} {draft.facts['name']}"
        self.report.changes.append(Change(kind, draft.row.number, label, before, after))

    def _differing(self, draft: _Draft) -> dict[str, Any]:
        """Facts that a known source lacks, or has otherwise and that shall be taken over; the others are told."""
        source = draft.source
        assert source is not None
        given: dict[str, Any] = {}
        for key, value in draft.facts.items():
            has = getattr(source, key) if hasattr(source, key) else source.values.get(key)
            if has == value:
                continue
            if has in (None, "") or self.take:
                given[key] = value
            elif key not in ("lon", "lat") or abs(float(has) - float(value)) > 1e-5:
                self.report.note(
                    "differs", __("“%(name)s”: %(key)s is %(has)s here and %(value)s in the file; what is here stays."),
                    draft.row.number, BY_KEY["sources"].name,
                    name=source.name, key=_heading(key), has=has, value=value,
                )  # fmt: skip
        return given

    def _leave_out(self) -> None:
        """Sources with errors stay out with all of their rows."""
        super()._leave_out()
        rows = {self.drafts[number].row.number for number in self._bad if number in self.drafts}
        self.report.changes = [change for change in self.report.changes if change.row not in rows]
        for number in self._bad:
            self.drafts.pop(number, None)

    # --- writing ---

    def write(self) -> None:
        """Write sources, and their activities in place of those that were there."""
        now, made = timezone.now(), []
        total = len(self.drafts)
        for at, (number, draft) in enumerate(self.drafts.items(), 1):
            source = draft.source
            if source is None:
                source = draft.source = self._make(draft)
                made.append(source)
            elif draft.given:
                keeping.change(source, draft.given, self.actor, reason=self.reason)
            SourceKey.objects.get_or_create(
                source=source, kind=KeyKind.LIST_NUMBER, value=keeping.key_value(number), where=WHERE,
                defaults={"since": timezone.localdate()},
            )  # fmt: skip
            self.progress(at, total, __("%(done)s of %(total)s sources") % {"done": at, "total": total})
        keeping.keep_keys(made)
        seen = self.actor.rows(
            Source.objects.filter(pk__in=[source.pk for source in made]), INVENTORY_RUN
        ).count()
        if seen != len(made):
            raise Invalid(__("Some of the new sources lie outside of the places that you answer for."))
        sources = [draft.source for draft in self.drafts.values() if draft.source is not None]
        units: dict[tuple[int, str], list[int]] = {}
        for key, source_key, number in Unit.objects.filter(source__in=sources).values_list(
            "pk", "source_id", "number"
        ):
            units.setdefault((source_key, number), []).append(key)
        Activity.objects.filter(source__in=sources, year=self.year).delete()
        rows = []
        for draft in self.drafts.values():
            assert draft.source is not None
            for sheet, values in draft.activities():
                found = units.get((draft.source.pk, values.get("unit", "")), [])
                rows.append(
                    Activity(
                        source=draft.source, unit_id=found[0] if len(found) == 1 else None, year=self.year,
                        sheet=sheet, values=values, created_at=now, changed_at=now,
                    )
                )  # fmt: skip
        if self.totals:
            told = {(row.text("item"), row.text("region")) for row in self.totals}
            for old in Activity.objects.filter(source__isnull=True, year=self.year, sheet="totals"):
                if (old.values.get("item", ""), old.values.get("region", "")) in told:
                    old.delete()
            rows += [Activity(year=self.year, sheet="totals", values=stored(row)) for row in self.totals]
        Activity.objects.bulk_create(rows, batch_size=1000)

    def _make(self, draft: _Draft) -> Source:
        source = Source(kind="enterprise" if {"uscc", "permit", "mn"} & set(draft.facts) else _kind(draft))
        keeping.put(source, draft.facts)
        try:
            source.full_clean()
        except ValidationError as error:
            texts = [text for found in error.message_dict.values() for text in found]
            raise Invalid(f"{draft.row.source_id}: {'；'.join(texts)}") from error
        source.save()
        return source


#: sheet → kind of the source that has such rows
_KINDS = {
    "vehicles": "vehicle", "links": "road", "machines": "machine", "roads": "road", "sites": "site", "piles": "yard",
    "soils": "land", "animals": "livestock_farm", "fertilisers": "land", "burning": "land",
}  # fmt: skip


def _kind(draft: _Draft) -> str:
    return next((_KINDS[row.sheet] for row in draft.rows if row.sheet in _KINDS), "enterprise")


def _counted(sheets: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sheet in sheets:
        if sheet != "sources":
            found[sheet] = found.get(sheet, 0) + 1
    return found


def _ordered(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    return sorted(json.dumps([sheet, values], sort_keys=True) for sheet, values in rows)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) for key, value in given.items()}


_HEADINGS = {"lon": "longitude", "lat": "latitude"}


def _heading(key: str) -> str:
    return BY_KEY["sources"].field(_HEADINGS.get(key, key)).heading


def template() -> bytes:
    """The example workbook."""
    return template_bytes(inventory_books())


def register() -> None:
    """Offer the import on the import pages."""
    registry.register(
        registry.Importer(
            "inventory",
            _("Emission inventory"),
            _(
                "The workbook of activities: sources, fuels and products, facilities, monitors and the other sheets."
            ),
            ImportInventory,
            "sources:inventories",
            (
                registry.Option("year", _("Year"), help=_("Rows without a year belong to this one.")),
                registry.Option(
                    "facts",
                    _("Known sources that the file describes otherwise"),
                    (
                        ("keep", _("Keep what is here and tell the difference")),
                        ("take", _("Take over what the file says")),
                    ),
                    default="keep",
                ),
            ),
            fields={
                **{sheet.key: sheet.name for sheet in BY_NAME.values()},
                **{key: _heading(key) for key in _FACTS},
            },
            template=template,
        )
    )
