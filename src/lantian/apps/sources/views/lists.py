"""The overview of lists, and the ledger of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.lists import ListView
from lantian.apps.core.pages import Page
from lantian.apps.sources import access
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.exporting import cells_of, headings
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.filters_lists import EntryFilter
from lantian.apps.sources.kinds import document_words, subject_words
from lantian.apps.sources.models import ListEntry, SourceList
from lantian.apps.sources.paging import PagedRows
from lantian.apps.sources.tables_lists import EntryTable, fact_columns
from lantian.apps.sources.views.filters import saved_for, tidy
from lantian.rules.sources.lists import ListType, list_book

LISTS = (_("Lists"), "sources:lists")
#: rows of an export that are fetched at once
_CHUNK = 1000


class ListOverview(Page):
    """Every kind of list that the plans order, with the lists of this place."""

    permission = access.SOURCE_VIEW
    template_name = "sources/lists_overview.html"
    title = _("Lists")
    subtitle = _("What is not on the list is stopped and looked into.")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Open one, and what belongs to all of them."""
        return [
            {
                "label": __("Own fields"),
                "url": reverse("sources:fields"),
                "icon": "columns-3",
            },
            {
                "label": __("Open a list"),
                "url": reverse("sources:list_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": access.LIST_MANAGE,
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Groups, kinds, lists and how many entries stand where; counted in one question."""
        seen = ListEntry.objects.listed_to(self.user, access.SOURCE_VIEW)
        counts: dict[int, dict[str, int]] = {}
        for key, state, number in seen.order_by().values_list("list", "state").annotate(Count("pk")):
            counts.setdefault(key, {})[state] = number
        lists: dict[str, list[dict[str, Any]]] = {}
        for row in SourceList.objects.select_related("region", "owner"):
            mine = counts.get(row.pk, {})
            lists.setdefault(row.type, []).append(
                {
                    "row": row,
                    "listed": mine.get(EntryState.LISTED, 0),
                    "proposed": mine.get(EntryState.PROPOSED, 0),
                    "checked": mine.get(EntryState.CHECKED, 0),
                }
            )
        book = list_book()
        groups = []
        for code, (name, english) in book.groups.items():
            kinds = [
                {
                    "type": one,
                    "lists": lists.get(one.code, []),
                    "orders": [document_words(reference) for reference in one.named_in],
                    "subject": subject_words(one),
                }
                for one in book.lists.values()
                if one.group == code
            ]
            opened = sum(1 for kind in kinds if kind["lists"])
            groups.append(
                {
                    "code": code,
                    "name": name,
                    "english": english,
                    "kinds": kinds,
                    # Ninety kinds are a long page: what is kept stands first, the others open with a click.
                    "kept": [kind for kind in kinds if kind["lists"]],
                    "others": [kind for kind in kinds if not kind["lists"]],
                    "opened": opened,
                }
            )
        return super().get_context_data(
            groups=groups,
            opened=sum(group["opened"] for group in groups),
            kinds=len(book.lists),
            listed=sum(one.get(EntryState.LISTED, 0) for one in counts.values()),
            waiting=sum(
                one.get(EntryState.PROPOSED, 0) + one.get(EntryState.CHECKED, 0) for one in counts.values()
            ),
            may_open=self.user.may(access.LIST_MANAGE),
            **kwargs,
        )


class OfList:
    """A page about a list."""

    kwargs: dict[str, Any]

    @cached_property
    def listing(self) -> SourceList:
        """The list."""
        rows = SourceList.objects.visible_to(self.user, access.SOURCE_VIEW)  # type: ignore[attr-defined]
        return get_object_or_404(rows.select_related("region", "owner"), pk=self.kwargs["pk"])

    @cached_property
    def type(self) -> ListType:
        """Its kind, with the own fields of the office."""
        return type_of(self.listing)

    def list_crumbs(self) -> list[tuple[Any, str]]:
        """The path to it."""
        return [(LISTS[0], reverse(LISTS[1])), (self.listing.name, self.listing.get_absolute_url())]


def on_page(keys: Sequence[int]) -> Any:
    """Rows of a ledger with what their lines show."""
    return ListEntry.objects.filter(pk__in=keys).select_related("source", "unit", "region", "town")


class EntryList(OfList, ListView):
    """The ledger of a list."""

    model = ListEntry
    permission = access.SOURCE_VIEW
    table_class = EntryTable
    filterset_class = EntryFilter
    template_name = "sources/lists_list.html"
    results_template_name = "sources/lists_results.html"
    export_permission = access.LIST_EXPORT
    empty_title = _("Nothing stands on this list yet.")
    empty_hint = _("Propose entries by hand, or import the list from Excel.")
    breadcrumbs = (LISTS,)

    def get_title(self) -> str:
        """The name of the list."""
        return self.listing.name

    def get_subtitle(self) -> str:
        """Where it holds, who keeps it, and its version."""
        listing = self.listing
        words = [
            listing.region.name if listing.region is not None else "",
            listing.term,
            listing.get_state_display(),
            __("version %(number)s") % {"number": listing.version} if listing.version else "",
            __("kept by %(name)s") % {"name": listing.owner or "、".join(self.type.owners)},
        ]
        return " · ".join(word for word in words if word)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What can be done with the list."""
        key = [self.listing.pk]
        return [
            {
                "label": __("Propose an entry"),
                "url": reverse("sources:entry_new", args=key),
                "icon": "plus",
                "tone": "primary",
                "permission": access.ENTRY_PROPOSE,
            },
            {"label": __("Map"), "url": reverse("sources:list_map", args=key), "icon": "map"},
            {
                "label": __("Versions and differences"),
                "url": reverse("sources:list_versions", args=key),
                "icon": "versions",
            },
            {
                "label": __("Publish"),
                "url": reverse("sources:list_publish", args=key),
                "icon": "speakerphone",
                "permission": access.LIST_MANAGE,
            },
            {
                "label": __("Edit"),
                "url": reverse("sources:list_edit", args=key),
                "icon": "pencil",
                "permission": access.LIST_MANAGE,
            },
        ]

    def get_queryset(self) -> Any:
        """Entries of this list that the account may see."""
        return super().get_queryset().filter(list=self.listing)

    def get_filterset(self, rows: Any) -> EntryFilter:
        """With the fields of the list."""
        return EntryFilter(self.request.GET, queryset=rows, request=self.request, type_=self.type)

    def get_table_kwargs(self) -> dict[str, Any]:
        """Columns for what this kind of list must have."""
        assert isinstance(self.filterset, EntryFilter)
        hidden = ["choose"] if not self.may_change else []
        if not self.type.is_of_units:
            hidden.append("unit_name")
        return {
            "extra_columns": fact_columns(self.type, self.filterset.chosen),
            "exclude": hidden,
            "order_by": ("name",),
        }

    @cached_property
    def may_change(self) -> bool:
        """Whether rows can be chosen to do something with them."""
        steps = (access.ENTRY_PROPOSE, access.ENTRY_CHECK, access.ENTRY_APPROVE)
        return any(self.user.may(permission) for permission in steps)

    def get_table(self, rows: Any) -> Any:
        """A page of it in two steps."""
        assert isinstance(self.filterset, EntryFilter)
        return super().get_table(PagedRows(rows, on_page, whole=self.filterset.heavy))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the list."""
        query = tidy(self.request.GET.urlencode())
        saved = saved_for(self.user, self.listing.type)
        return super().get_context_data(
            listing=self.listing,
            type=self.type,
            may_change=self.may_change,
            saved=saved,
            saved_page=self.listing.pk,
            here=query,
            map_url=reverse("sources:list_map", args=[self.listing.pk]),
            **kwargs,
        )

    def export_columns(self) -> list[str]:
        """All columns of the list, as an import reads them."""
        return headings(self.type)

    def export_rows(self) -> Iterator[list[Any]]:
        """All facts in words; rows are fetched by parts, so that memory does not grow with the list."""
        data = self.table.data
        keys = list(data.data.values_list("pk", flat=True))
        for at in range(0, len(keys), _CHUNK):
            part = keys[at : at + _CHUNK]
            rows = ListEntry.objects.filter(pk__in=part).select_related(
                "source__region", "source__department", "unit"
            )
            found = {row.pk: row for row in rows}
            for key in part:
                yield cells_of(self.type, found[key])
