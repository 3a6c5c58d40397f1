"""Pages of an entry and of a source."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, related
from lantian.apps.core.lists import ListView
from lantian.apps.core.pages import Page, RowMixin
from lantian.apps.sources import access, told
from lantian.apps.sources.choices import EntryState, ProposalState
from lantian.apps.sources.facts import facts_of, missing_of, split
from lantian.apps.sources.fields import type_named, type_of
from lantian.apps.sources.filters_lists import SourceFilter
from lantian.apps.sources.grading import GRADE_TONES, grade_words, standings
from lantian.apps.sources.kinds import source_kind, unit_kind
from lantian.apps.sources.models import Grade, ListEntry, Proposal, Source
from lantian.apps.sources.paging import PagedRows
from lantian.apps.sources.tables_emissions import EmittedColumn, emitted_column
from lantian.apps.sources.tables_lists import STATE_TONES, SourceTable
from lantian.apps.sources.views.filters import SOURCES_PAGE, saved_for, tidy
from lantian.apps.sources.views.lists import LISTS
from lantian.rules.sources.fields import Scope

SOURCES = (_("All sources"), "sources:sources")


def address(name: str, *keys: Any) -> str:
    """An address of another part of the room; empty where that part is not there."""
    try:
        return reverse(name, args=keys)
    except NoReverseMatch:
        return ""


class EntryPage(RowMixin, Page):
    """An entry with everything that the list, the unit and the source say."""

    model = ListEntry
    permission = access.SOURCE_VIEW
    template_name = "sources/lists_entry.html"

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return (
            super()
            .get_queryset()
            .select_related(
                "list__region",
                "source__region",
                "source__department",
                "source__town",
                "source__operator",
                "unit",
                "proposed_by__person",
                "checked_by__person",
            )
        )

    @cached_property
    def type(self) -> Any:
        """Its kind of list."""
        return type_of(self.object.list)

    def get_subtitle(self) -> str:
        """List and number."""
        entry = self.object
        return " · ".join(word for word in (entry.list.name, entry.number) if word)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below its list."""
        listing = self.object.list
        return [(LISTS[0], reverse(LISTS[1])), (listing.name, listing.get_absolute_url())]

    def _may(self, permission: str) -> bool:
        rows = ListEntry.objects.filter(pk=self.object.pk)
        return self.user.may(permission) and self.actor.rows(rows, permission).exists()

    @cached_property
    def waiting(self) -> Proposal | None:
        """The change that waits to be decided."""
        return Proposal.objects.filter(entry=self.object, state=ProposalState.WAITING).first()

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What may be done in this state."""
        entry, key = self.object, [self.object.pk]
        found: list[dict[str, Any]] = []

        def offer(label: str, name: str, icon: str, tone: str = "") -> None:
            found.append(
                {"label": label, "url": reverse(f"sources:{name}", args=key), "icon": icon, "tone": tone}
            )

        proposes = self._may(access.ENTRY_PROPOSE)
        if entry.state in {EntryState.PROPOSED, EntryState.CHECKED}:
            checks, lists = self._may(access.ENTRY_CHECK), self._may(access.ENTRY_APPROVE)
            if checks and entry.state == EntryState.PROPOSED:
                offer(__("Check"), "entry_check", "checkbox", "primary")
            if lists and entry.state == EntryState.CHECKED and entry.proposed_by_id != self.user.pk:
                offer(__("Put on the list"), "entry_put", "list-check", "primary")
            if checks:
                offer(__("Send back"), "entry_return", "arrow-back-up")
            if proposes:
                offer(__("Edit"), "entry_edit", "pencil")
                offer(__("Take off"), "entry_remove", "trash", "danger")
        elif entry.state == EntryState.LISTED and proposes and self.waiting is None:
            offer(__("Propose a change"), "entry_propose", "pencil", "primary")
            offer(__("Propose the removal"), "entry_propose_removal", "trash", "danger")
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Facts, missing facts, past and other lists."""
        entry = self.object
        facts = facts_of(entry.source, entry.unit, entry)
        rows = [entry, entry.source, *([entry.unit] if entry.unit else [])]
        others = (
            ListEntry.objects.visible_to(self.user, access.SOURCE_VIEW)
            .filter(source=entry.source_id)
            .exclude(pk=entry.pk)
            .select_related("list")
        )
        waiting = self.waiting
        return super().get_context_data(
            groups=told.groups(self.type, facts, entry.source.region),
            missing=[one.label for one in missing_of(self.type, split(self.type, facts))],
            tone=STATE_TONES.get(entry.state, "grey"),
            past=told.past(rows, self.type, limit=50),
            others=list(others[:100]),
            waiting=waiting,
            waiting_url=address("sources:proposal", waiting.pk) if waiting else "",
            type=self.type,
            **kwargs,
        )


class SourcePage(RowMixin, Page):
    """A source: facts, units, keys, lists and its past."""

    model = Source
    permission = access.SOURCE_VIEW
    template_name = "sources/lists_source.html"
    breadcrumbs = (SOURCES,)

    def get_queryset(self) -> Any:
        """With what the page shows."""
        return (
            super()
            .get_queryset()
            .select_related("region", "department", "town", "operator", "merged_into")
            .prefetch_related("units", "keys")
        )

    def get_subtitle(self) -> str:
        """Kind and place."""
        source = self.object
        words = [source_kind(source.kind), source.region.name if source.region is not None else ""]
        return " · ".join(word for word in words if word)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change it, its grades, who runs it, and its file."""
        key = self.object.pk
        found = [
            {
                "label": __("Performance grades"),
                "url": reverse("sources:source_grades", args=[key]),
                "icon": "award",
            },
            {
                "label": __("Operator's account"),
                "url": reverse("sources:source_operator", args=[key]),
                "icon": "id-badge-2",
                "permission": access.SOURCE_EDIT,
            },
            {
                "label": __("Correct"),
                "url": reverse("sources:source_edit", args=[key]),
                "icon": "pencil",
                "permission": access.SOURCE_EDIT,
            },
        ]
        found += related.links_for(self.request, self.object)
        if self.object.merged_into_id is not None:
            found = []
        elif Source.objects.filter(pk=key).visible_to(self.user, access.SOURCE_EDIT).exists():
            found.append(
                {"label": __("Same as another?"), "url": reverse("sources:source_merge", args=[key]), "icon": "copy"}
            )
        dossier = address("sources:dossier", key)
        if dossier:
            found.insert(0, {"label": __("File as Word"), "url": dossier, "icon": "file-text"})
        if Source.objects.filter(pk=key).run_by(self.user, access.OWN_CONFIRM).exists():
            found.insert(
                0,
                {
                    "label": __("Own records"),
                    "url": reverse("sources:own_source", args=[key]),
                    "icon": "clipboard-check",
                    "tone": "primary",
                },
            )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything that is known of it."""
        source = self.object
        units: dict[str, list[dict[str, Any]]] = {}
        columns: dict[str, list[Any]] = {}
        listed = list(source.units.all())
        for unit in listed:
            if unit.kind not in columns:
                columns[unit.kind] = _unit_fields(unit.kind, [one for one in listed if one.kind == unit.kind])
            units.setdefault(unit.kind, []).append(
                {
                    "unit": unit,
                    "tone": STATE_TONES.get(unit.status, "grey"),
                    "cells": [
                        told.with_unit(field, told.shown(field, unit.values.get(field.key)))
                        for field in columns[unit.kind]
                    ],
                }
            )
        entries = list(
            ListEntry.objects.visible_to(self.user, access.SOURCE_VIEW)
            .filter(source=source)
            .select_related("list")
        )
        for entry in entries:
            entry.tone = STATE_TONES.get(entry.state, "grey")
        grades = Grade.objects.visible_to(self.user, access.SOURCE_VIEW).filter(source=source)
        return super().get_context_data(
            grades=told_grades(grades.select_related("unit")),
            pairs=told.source_pairs(source),
            units=[
                {"label": unit_kind(kind), "columns": columns[kind], "rows": rows}
                for kind, rows in units.items()
            ],
            keys=[key for key in source.keys.all() if key.kind != "code"],
            entries=entries,
            past=told.past([source, *listed, *entries], limit=80),
            tone=STATE_TONES.get(source.status, "grey"),
            **kwargs,
        )


def told_grades(rows: Any) -> list[dict[str, Any]]:
    """The grades that hold today, in words."""
    listed = list(rows)
    units = {row.unit_id: row.unit for row in listed}
    return [
        {
            "words": grade_words(standing.grade),
            "tone": GRADE_TONES.get(standing.grade, "grey"),
            "of": " ".join(str(word) for word in (units[unit], industry) if word),
            "until": standing.until,
        }
        for unit, industry, standing in standings(listed, display.campaign_today())
        if standing.grade
    ]


def _unit_fields(kind: str, units: list[Any]) -> list[Any]:
    """The facts that units of a kind have, in the order of the list of this kind."""
    from lantian.apps.sources.facts import home_of

    home = home_of(kind)
    if home is None:
        return []
    given = {key for unit in units for key in unit.values}
    return [field for field in type_named(home.code).of_scope(Scope.UNIT) if field.key in given][:8]


class SourcesPage(ListView):
    """All sources, on lists or not."""

    model = Source
    permission = access.SOURCE_VIEW
    table_class = SourceTable
    filterset_class = SourceFilter
    title = _("All sources")
    export_permission = access.LIST_EXPORT
    template_name = "sources/lists_sources.html"
    results_template_name = "sources/lists_results.html"
    empty_title = _("No source is known yet.")
    empty_hint = _("Sources come with the lists: propose an entry, or import a list.")

    def get_queryset(self) -> Any:
        """Those that have not become part of another."""
        return super().get_queryset().live()

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The map."""
        return [{"label": __("Map"), "url": reverse("sources:sources_map"), "icon": "map"}]

    @cached_property
    def emitted(self) -> EmittedColumn | None:
        """What they emit of the pollutant of the address."""
        return emitted_column(self.user, self.request.GET.get("pollutant", ""))

    def get_table_kwargs(self) -> dict[str, Any]:
        """By name within the kind."""
        more = [] if self.emitted is None else [("emitted", self.emitted)]
        return {"order_by": ("kind",), "extra_columns": more}

    def get_table(self, rows: Any) -> Any:
        """A page of it in two steps."""
        assert isinstance(self.filterset, SourceFilter)
        return super().get_table(PagedRows(rows, self._on_page, whole=self.filterset.heavy))

    def _on_page(self, keys: Any) -> Any:
        if self.emitted is not None:
            self.emitted.fetch(keys)
        return sources_on_page(keys)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the saved filters."""
        return super().get_context_data(
            saved=saved_for(self.user, SOURCES_PAGE),
            saved_page=0,
            here=tidy(self.request.GET.urlencode()),
            map_url=reverse("sources:sources_map"),
            **kwargs,
        )


def sources_on_page(keys: Any) -> Any:
    """Sources with what their lines show."""
    entries = ListEntry.objects.on_list().select_related("list")
    return (
        Source.objects.filter(pk__in=keys)
        .select_related("region", "town")
        .prefetch_related(Prefetch("entries", queryset=entries, to_attr="listed"))
    )
