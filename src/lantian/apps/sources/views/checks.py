"""Lists held against each other: what is missing on which list, why, and the step that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import display
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.lists import ListView
from lantian.apps.core.pages import Page, PageMixin
from lantian.apps.sources import access
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.crossing import (
    CONSEQUENCES,
    Group,
    Told,
    concerned_by,
    coverage,
    groups_of,
    missing_kinds,
    missing_lists,
    told,
)
from lantian.apps.sources.grading import check_books
from lantian.apps.sources.models import ListEntry, Source, SourceList
from lantian.apps.sources.paging import PagedRows
from lantian.apps.sources.tables_checks import CheckFilter, CheckTable
from lantian.rules.sources.list_checks import Check, CheckLibrary
from lantian.rules.sources.lists import list_book

CHECKS = (_("Lists against each other"), "sources:checks")
#: parameter of the address: all checks of the books, whatever their place and day
ALL = "all"


def check_title(check: Check) -> str:
    """What is wrong."""
    return check.title if (get_language() or "").startswith("zh") else check.english


class _Checks:
    """What the pages of checks share."""

    request: HttpRequest

    @cached_property
    def anywhere(self) -> bool:
        """Whether all checks are shown, and not only those of documents that hold here today."""
        return self.request.GET.get("basis") == ALL

    @cached_property
    def library(self) -> CheckLibrary:
        """The books."""
        return check_books()

    def seen(self) -> Any:
        """The live sources that the account may see."""
        user: Any = self.user  # type: ignore[attr-defined]
        return Source.objects.visible_to(user, access.SOURCE_VIEW).live()

    def address(self, name: str, *args: Any) -> str:
        """An address with the same basis."""
        return reverse(name, args=args) + (f"?basis={ALL}" if self.anywhere else "")

    def basis_words(self, check: Check) -> str:
        """Number of the document, and the item."""
        return f"{self.library.documents.get(check.document, check.document)} {check.clause}".strip()


class ChecksPage(_Checks, Page):
    """All checks with how many sources each finds, and the coverage of a list by county."""

    permission = access.SOURCE_VIEW
    template_name = "sources/checks_overview.html"
    title = _("Lists against each other")
    subtitle = _(
        "What stands on one list and is missing on another; what is on no list is stopped and looked into."
    )

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The lists."""
        return [{"label": __("Lists"), "url": reverse("sources:lists"), "icon": "list-check"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Checks, and the coverage."""
        problem, groups = "", []
        try:
            groups = groups_of(self.library, display.campaign_today(), anywhere=self.anywhere)
        except Conflict as error:
            problem = str(error)
        rows = [
            {
                "code": group.code,
                "title": check_title(group.first),
                "bases": dict.fromkeys(self.basis_words(check) for check in group.checks),
                "consequences": dict.fromkeys(CONSEQUENCES[check.consequence] for check in group.checks),
                "url": self.address("sources:check", group.code),
                "count_url": self.address("sources:check_count", group.code),
            }
            for group in groups
        ]
        opened = set(SourceList.objects.values_list("type", flat=True))
        book = list_book().lists
        kinds = [
            one for one in book.values() if not one.is_of_units and not one.quantity and one.code in opened
        ]
        wanted = self.request.GET.get("list", "")
        chosen = next((one for one in kinds if one.code == wanted), kinds[0] if kinds else None)
        shares = coverage(chosen.code, self.seen()) if chosen is not None else []
        return super().get_context_data(
            checks=rows,
            problem=problem,
            anywhere=self.anywhere,
            kinds=kinds,
            chosen=chosen,
            shares=shares[:-1],
            whole=shares[-1] if shares else None,
            **kwargs,
        )


class _OneCheck(_Checks):
    """A check that the address names."""

    kwargs: dict[str, Any]

    @cached_property
    def group(self) -> Group:
        """It, in all documents that hold."""
        found = groups_of(self.library, display.campaign_today(), anywhere=self.anywhere)
        for group in found:
            if group.code == self.kwargs["code"]:
                return group
        raise Http404


class CheckCount(_OneCheck, PageMixin, View):
    """How many sources a check finds; asked for by the overview, check by check."""

    permission = access.SOURCE_VIEW

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The number, with the way to them."""
        count = concerned_by(self.group, self.seen(), display.campaign_today()).order_by().count()
        return render(
            request,
            "sources/checks_count.html",
            {"count": count, "url": self.address("sources:check", self.group.code)},
        )


class CheckPage(_OneCheck, ListView):
    """The sources that a check finds."""

    model = Source
    permission = access.SOURCE_VIEW
    table_class = CheckTable
    filterset_class = CheckFilter
    export_permission = access.LIST_EXPORT
    template_name = "sources/checks_check.html"
    breadcrumbs = (CHECKS,)
    empty_title = _("This check finds nothing.")

    def get_title(self) -> Any:
        """What is wrong."""
        return check_title(self.group.first)

    def get_queryset(self) -> Any:
        """What the account may see of it."""
        return concerned_by(self.group, super().get_queryset().live(), display.campaign_today())

    def get_table_kwargs(self) -> dict[str, Any]:
        """By name."""
        return {"order_by": ("name",)}

    def get_table(self, rows: Any) -> Any:
        """A page of it in two steps: all keys in one question, then those few rows."""
        return super().get_table(PagedRows(rows, self.fetch, whole=True))

    def fetch(self, keys: Any) -> list[Source]:
        """Sources with what was found of them and what can be done."""
        found = told(list(keys), self.group, display.campaign_today())
        self._waiting = {}
        waiting = (
            ListEntry.objects.visible_to(self.user, access.SOURCE_VIEW)
            .filter(source__in=keys, state__in=(EntryState.PROPOSED, EntryState.CHECKED))
            .select_related("list")
        )
        for entry in waiting:
            self._waiting[entry.list_id, entry.source_id, entry.unit_id] = entry
        rows = list(Source.objects.filter(pk__in=keys).select_related("region", "department").order_by())
        for row in rows:
            mine: Any = row
            mine.found = found.get(row.pk, [])
            checks = dict.fromkeys(one.finding.check for one in mine.found)
            mine.basis = list(dict.fromkeys(self.basis_words(check) for check in checks))
            mine.steps = self.steps(row, mine.found)
        return rows

    def steps(self, source: Source, found: list[Told]) -> list[dict[str, Any]]:
        """What mends it: an entry on the missing list; else the record of the source."""
        steps: dict[str, dict[str, Any]] = {}
        for one in found:
            lists = self.lists_for(one.finding.check, source, one)
            entry = self.waiting_for(lists, source, one)
            if entry is not None:
                url = entry.get_absolute_url()
                label = __("Proposed for %(list)s: open it") % {"list": entry.list.name}
                steps.setdefault(url, {"label": label, "url": url, "icon": "hourglass"})
            elif lists and self.user.may(access.ENTRY_PROPOSE):
                listing = lists[0]
                given = f"?source={source.pk}"
                if one.unit is not None and list_book().lists[listing.type].subject == one.unit.kind:
                    given += f"&unit={one.unit.pk}"
                label = __("Propose for %(list)s") % {"list": listing.name}
                if one.unit is not None:
                    label = f"{label}：{one.unit.number}"
                url = reverse("sources:entry_new", args=[listing.pk]) + given
                steps.setdefault(url, {"label": label, "url": url, "icon": "plus"})
            elif not lists and self.user.may(access.LIST_MANAGE):
                kinds = missing_kinds(one.finding.check, source, one.unit)
                if kinds:
                    url = f"{reverse('sources:list_new')}?type={kinds[0]}"
                    label = __("Open %(list)s first") % {"list": list_book().lists[kinds[0]].name}
                    steps.setdefault(url, {"label": label, "url": url, "icon": "list-check"})
        if not steps and self.user.may(access.SOURCE_EDIT):
            url = reverse("sources:source_edit", args=[source.pk])
            steps[url] = {"label": __("Correct the source"), "url": url, "icon": "pencil"}
        return list(steps.values())[:4]

    def waiting_for(self, lists: list[SourceList], source: Source, one: Told) -> ListEntry | None:
        """An entry that waits to be put on one of the lists."""
        unit = one.unit.pk if one.unit is not None else None
        found = (self._waiting.get((row.pk, source.pk, key)) for row in lists for key in (unit, None))
        return next((entry for entry in found if entry is not None), None)

    def lists_for(self, check: Check, source: Source, one: Told) -> list[SourceList]:
        """The lists on which it is missing; looked up once for a place and kind."""
        kind = one.unit.kind if one.unit is not None else source.kind
        key = (check.not_on, kind, source.kind, source.region_id)
        if key not in self._lists:
            self._lists[key] = missing_lists(check, source, one.unit)
        return self._lists[key]

    _waiting: dict[tuple[int, int, int | None], ListEntry]

    @cached_property
    def _lists(self) -> dict[Any, list[SourceList]]:
        return {}

    def export_columns(self) -> list[str]:
        """With what follows."""
        return [*super().export_columns(), __("What follows")]

    def export_rows(self) -> Iterator[list[Any]]:
        """Rows with their findings."""
        follows = "、".join(str(CONSEQUENCES[check.consequence]) for check in self.group.checks)
        for cells in super().export_rows():
            yield [*cells, follows]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the clauses of the documents."""
        return super().get_context_data(
            anywhere=self.anywhere,
            bases=[
                {
                    "words": self.basis_words(check),
                    "follows": CONSEQUENCES[check.consequence],
                    "on": [list_book().lists[code].name for code in sorted(check.on)],
                    "not_on": [list_book().lists[code].name for code in sorted(check.not_on)],
                    "industries": [industry.name for industry in check.industries],
                    "deduction": check.deduction_yuan,
                }
                for check in self.group.checks
            ],
            **kwargs,
        )
