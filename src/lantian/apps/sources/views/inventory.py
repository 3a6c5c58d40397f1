"""Emission inventories: the list, a new one, one with its sums, sources, places, gaps and files, and why each number."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import django_tables2 as tables
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import display, files, jobs, lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.core.views.registry.operations import job_context
from lantian.apps.sources import access
from lantian.apps.sources.emissions import telling
from lantian.apps.sources.emissions.files import KINDS, StartFile
from lantian.apps.sources.emissions.running import StartRun
from lantian.apps.sources.models import Emission, InventoryRun, Source

INVENTORIES = (_("Emission inventories"), "sources:inventories")
STATES = {"running": _("Being computed"), "done": _("Computed"), "failed": _("Failed")}
TONES = {"running": "blue", "done": "green", "failed": "red"}


class InventoryTable(lists.LedgerTable):
    """Inventories."""

    name = tables.Column(linkify=True, verbose_name=_("Name"))
    year = tables.Column(verbose_name=_("Year"))
    region = tables.Column(accessor="region__name", verbose_name=_("Region"))
    state = tables.Column(verbose_name=_("State"))
    current = tables.Column(verbose_name=_("In force"))
    sources = lists.NumberColumn(verbose_name=_("Sources"))
    finished_at = lists.DateColumn(verbose_name=_("Computed at"))

    class Meta:
        model = InventoryRun
        fields = ("name", "year", "region", "state", "current", "sources", "finished_at")
        order_by = ("-year", "-finished_at")

    def render_state(self, value: str) -> Any:
        """In words."""
        return STATES.get(value, value)

    def render_current(self, value: bool) -> str:
        """Whether the other rooms read it."""
        return __("Yes") if value else ""


class InventoryList(lists.ListView):
    """All inventories."""

    model = InventoryRun
    permission = access.INVENTORY_VIEW
    table_class = InventoryTable
    title = _("Emission inventories")
    subtitle = _("Computed from the activities of a year; the one in force is what the other pages read.")
    empty_title = _("No inventory has been computed yet.")
    empty_hint = _("Import the workbook of activities, then compute the inventory of its year.")
    empty_url_name = "sources:inventory_new"
    empty_label = _("Compute an inventory")
    empty_permission = access.INVENTORY_RUN

    def get_queryset(self) -> Any:
        """With the place."""
        return super().get_queryset().select_related("region")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Import and compute."""
        return [
            {
                "label": _("Compute an inventory"), "url": reverse("sources:inventory_new"), "icon": "calculator",
                "tone": "primary", "permission": access.INVENTORY_RUN,
            },
            {
                "label": _("Import activities"), "url": reverse("core:import", args=["inventory"]), "icon": "upload",
                "permission": access.INVENTORY_RUN,
            },
            {"label": _("Activities"), "url": reverse("sources:activities"), "icon": "list-details"},
        ]  # fmt: skip


class RunForm(RegistryForm):
    """Place and year."""

    year = forms.IntegerField(label=_("Year"), min_value=1949, max_value=2199)
    region = RegionField(label=_("Region"))
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: place and year.")
    )
    abroad = forms.BooleanField(
        label=_("Fill gaps with factors from abroad; they are marked."), required=False
    )


class InventoryNew(pages.ActionView):
    """Compute an inventory."""

    permission = access.INVENTORY_RUN
    form_class = RunForm
    title = _("Compute an inventory")
    submit_label = _("Compute")
    success_message = ""
    cancel_url_name = "sources:inventories"
    breadcrumbs = (INVENTORIES,)

    def get_initial(self) -> dict[str, Any]:
        """The last whole year at home."""
        home = self.user.organisation.region if self.user.organisation is not None else None
        return {"year": display.campaign_today().year - 1, "region": home}

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the actor, who sees places."""
        return super().get_form_kwargs() | {"actor": self.actor}

    def run(self, form: Any) -> InventoryRun:
        """Begin."""
        values = dict(form.cleaned_data)
        return StartRun(self.actor, values.pop("year"), values.pop("region"), **values).execute()

    def get_done_url(self, result: InventoryRun) -> str:
        """To the inventory."""
        return result.get_absolute_url()


#: the pages of an inventory, in the order of its tabs
TABS = (
    (_("Overview"), "sources:inventory"),
    (_("Grid"), "sources:inventory_grid"),
    (_("Places"), "sources:inventory_places"),
    (_("Times"), "sources:inventory_times"),
    (_("Uncertainty"), "sources:inventory_spread"),
    (_("Check from above"), "sources:inventory_balance"),
    (_("Years compared"), "sources:inventory_comparison"),
    (_("Gaps"), "sources:inventory_gaps"),
)


class OfRun(pages.RowMixin):
    """Pages of one inventory."""

    model = InventoryRun
    permission = access.INVENTORY_VIEW
    breadcrumbs = (INVENTORIES,)

    def get_queryset(self) -> Any:
        """With what the pages show."""
        return super().get_queryset().select_related("region", "user__person", "job__user__person")

    def pollutant(self) -> str:
        """The pollutant of the address, if the inventory has it."""
        names = telling.pollutants_of(self.object)
        wanted = self.request.GET.get("pollutant", "")
        return wanted if wanted in names else next(iter(names), "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the tabs of a run that is done."""
        row = self.object
        if row.state == "done":
            kwargs["run_tabs"] = [
                (label, reverse(name, args=[row.pk]), *((row.basis.get("gaps", 0),) if "gaps" in name else ()))
                for label, name in TABS
            ]
        return super().get_context_data(**kwargs)


class InventoryPage(OfRun, pages.Page):
    """An inventory."""

    template_name = "sources/inventory_inventory.html"

    def get_subtitle(self) -> str:
        """Place, year and state."""
        row = self.object
        words = [str(row.region or ""), str(row.year), str(STATES.get(row.state, row.state))]
        return " · ".join(word for word in words if word)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The activities that it was computed from."""
        address = f"{reverse('sources:activities')}?year={self.object.year}"
        return [{"label": _("Activities of the year"), "url": address, "icon": "list-details"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sums, sources and files."""
        row, user, chosen = self.object, self.user, self.pollutant()
        waiting = row.job is not None and not jobs.is_over(row.job)
        context = job_context(row.job, user) if waiting else {}
        context.pop("result", None)
        if row.state == "done":
            system = 10 if self.request.GET.get("classes") == "10" else 8
            listed = telling.top(row, chosen, user)

            def address(source: int) -> str:
                return reverse("sources:inventory_source", args=[row.pk, source])

            for one in listed[: telling.TOP]:
                one["url"] = address(one["source"])
            found = telling.points(listed, address)
            context |= {
                "system": system,
                "sums": telling.table_of(row, system),
                "chosen": chosen,
                "total": telling.tonnes(Fraction(row.totals.get(chosen, "0"))),
                "top": listed[: telling.TOP],
                "points": found,
                "tiles": settings.MAP_TILES,
                "gap_count": row.basis.get("gaps", 0),
                "files": list(files.of(row)),
                "kinds": [(code, words) for code, (words, _end) in KINDS.items()],
                "may_run": user.may(access.INVENTORY_RUN),
            }
        return super().get_context_data(
            row=row,
            waiting=waiting,
            broken=row.state == "failed",
            **context,
            **kwargs,
        )


class SourceEmissions(OfRun, pages.Page):
    """Why a source emits what it does."""

    template_name = "sources/inventory_source.html"

    def get_title(self) -> str:
        """The source."""
        return str(self.source)

    @property
    def source(self) -> Source:
        """The source, if the account may see it."""
        rows = Source.objects.all().visible_to(self.user, access.INVENTORY_VIEW)
        found: Source = get_object_or_404(rows, pk=self.kwargs["source"])
        return found

    def get_subtitle(self) -> str:
        """The inventory."""
        return str(self.object)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below its inventory."""
        return [*super().get_breadcrumbs(), (str(self.object), self.object.get_absolute_url())]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each emission with its reasons."""
        rows = Emission.objects.filter(run=self.object, source=self.source).order_by("pollutant", "pk")[:300]
        kwargs["source"] = self.source
        return super().get_context_data(rows=[telling.explained(row) for row in rows], **kwargs)


class InventoryFile(OfRun, View):
    """Ask for a file."""

    permission = access.INVENTORY_RUN

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin to write it."""
        try:
            job = StartFile(self.actor, self.object, request.POST.get("kind", "")).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, "；".join(map(str, error.fields.values())) or str(error))
            return redirect(self.object.get_absolute_url())
        return redirect(reverse("core:job", args=[job.pk]))
