"""Places: list, tree, page with map, and changes in time."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import lists, pages
from lantian.apps.core import registry_actions as actions
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.forms import registry as registry_forms
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.regions import CodeKind, RegionLevel
from lantian.apps.core.queries import registry as queries
from lantian.apps.core.tables.registry import RegionTable
from lantian.rules import region_codes as codes

CRUMBS = ((_("Regions"), "core:regions"),)


class ActorFormMixin:
    """Forms of the register look things up as their actor sees them."""

    form_columns = 2

    def get_form_kwargs(self) -> dict[str, Any]:
        """Hand the actor to the form."""
        kwargs: dict[str, Any] = super().get_form_kwargs()  # type: ignore[misc]
        return {**kwargs, "actor": self.actor}  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two columns on a wide screen."""
        kwargs.setdefault("form_columns", self.form_columns)
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context


def day_of(request: HttpRequest) -> date:
    """The day that a tree is shown for."""
    try:
        return parse_date(request.GET.get("on", "")) or campaign_today()
    except ValueError:
        return campaign_today()


class RegionFilter(lists.LedgerFilter):
    """Filters of the list."""

    shown = 4
    q = lists.SearchFilter(["code", "name", "short_name"])
    level = django_filters.ChoiceFilter(label=_("Level"), choices=RegionLevel.choices)
    within = django_filters.CharFilter(
        label=_("Within (code or name)"),
        method="inside",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(("open", _("In use")), ("closed", _("Closed"))),
        method="in_state",
    )
    code_kind = django_filters.ChoiceFilter(label=_("Kind of code"), choices=CodeKind.choices)
    on = django_filters.DateFilter(label=_("As of day"), widget=lists.DayInput(), method="of_day")

    def inside(self, rows: Any, name: str, value: str) -> Any:
        """A place with everything in it."""
        text = value.strip().split()[0] if value.strip() else ""
        found = Region.objects.filter(code__in={text, codes.canonical(text), codes.prefix(text) or text})
        region = found.first() or Region.objects.filter(name=value.strip()).first()
        return rows.filter(path__startswith=region.path) if region is not None else rows.none()

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Open today, or not."""
        today = campaign_today()
        return rows.filter(queries.on_day(today)) if value == "open" else rows.exclude(queries.on_day(today))

    def of_day(self, rows: Any, name: str, value: date) -> Any:
        """What existed on a day."""
        return rows.filter(queries.on_day(value))


class RegionList(lists.ListView):
    """All places."""

    model = Region
    permission = "core.region.view"
    title = _("Regions")
    subtitle = _("Places by code, with the time in which they existed.")
    table_class = RegionTable
    filterset_class = RegionFilter
    empty_title = _("There are no places yet.")
    empty_hint = _("Import the list of places of your province or city; a template is there.")
    empty_url_name = "core:imports"
    empty_label = _("Import")
    empty_permission = "core.region.manage"

    def get_queryset(self) -> Any:
        """With parents."""
        return super().get_queryset().select_related("parent")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Tree, new, import."""
        return [
            {"label": _("Tree"), "url": reverse("core:region-tree"), "icon": "sitemap"},
            {
                "label": _("Import"),
                "url": reverse("core:import", args=["regions"]),
                "icon": "file-import",
                "permission": "core.region.manage",
            },
            {
                "label": _("New region"),
                "url": reverse("core:region-new"),
                "icon": "plus",
                "tone": "primary",
                "permission": "core.region.manage",
            },
        ]


class RegionTree(pages.Page):
    """The tree of a day; each branch is read when it is opened."""

    template_name = "core/registry/region_tree.html"
    permission = "core.region.view"
    title = _("Tree of regions")
    breadcrumbs = CRUMBS

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The top, opened as far as it is a single branch."""
        day = day_of(self.request)
        rows = Region.objects.all().visible_to(self.user, "core.region.view")
        nodes = list(queries.region_roots(rows, day))
        return super().get_context_data(nodes=nodes, day=day, expand=len(nodes) == 1, **kwargs)


class RegionChildren(pages.PageMixin, View):
    """One branch of the tree."""

    permission = "core.region.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The places straight below one."""
        rows = Region.objects.all().visible_to(self.user, "core.region.view")
        region = get_object_or_404(rows, pk=pk)
        day = day_of(request)
        return render(
            request,
            "core/registry/region_nodes.html",
            {"nodes": queries.region_children(rows, region, day), "day": day},
        )


class RegionSuggest(pages.PageMixin, View):
    """Suggestions for a field."""

    permission = "core.region.view"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Options for what was typed."""
        text = request.GET.get(request.GET.get("field", ""), "")
        rows = Region.objects.all().visible_to(self.user, "core.region.view").select_related("parent")
        options = [
            (
                queries.region_words(row),
                f"{row.get_level_display()} · {row.parent.name if row.parent else ''}",
            )
            for row in queries.suggest_regions(rows, text)
        ]
        return render(request, "core/widgets/suggestions.html", {"options": options})


class RegionView(pages.DetailView):
    """A place."""

    model = Region
    template_name = "core/registry/region.html"
    permission = "core.region.view"
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With its parent."""
        return super().get_queryset().select_related("parent")

    def get_subtitle(self) -> Any:
        """Level and code."""
        return f"{self.object.get_level_display()} · {self.object.code}"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is written about it."""
        region: Region = self.object
        return [
            (_("Code"), region.code),
            (_("Kind of code"), region.get_code_kind_display()),
            (_("Short name"), region.short_name),
            (_("Valid from"), region.valid_from),
            (_("Valid to (last day)"), region.valid_to),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Changes that are possible now."""
        region: Region = self.object
        manage = "core.region.manage"

        def button(label: Any, name: str, icon: str, tone: str = "") -> dict[str, Any]:
            url = reverse(f"core:region-{name}", args=[region.pk])
            return {"label": label, "url": url, "icon": icon, "permission": manage, "tone": tone}

        found = [button(_("Correct"), "edit", "edit")]
        if region.valid_to is None:
            found += [
                button(_("Rename or transfer"), "rename", "arrows-exchange"),
                button(_("Split"), "split", "arrows-split-2"),
                button(_("Merge"), "merge", "arrow-merge"),
                button(_("Close down"), "close", "circle-off", "danger"),
            ]
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What lies in it, where it came from and what it became, its outline and its organisations."""
        region: Region = self.object
        today = campaign_today()
        levels = dict(RegionLevel.choices)
        organisations = Organisation.objects.filter(region=region, merged_into__isnull=True)
        visible = organisations.visible_to(self.user, "core.organisation.view").order_by("order", "name")
        return super().get_context_data(
            ancestors=list(region.ancestors()),
            nodes=list(queries.region_children(Region.objects.all(), region, today)[:200]),
            day=today,
            counts=[
                (levels[level], count)
                for level, count in sorted(
                    queries.level_counts(region, today), key=lambda pair: codes.LEVELS.index(pair[0])
                )
            ],
            came_from=list(region.came_from.select_related("predecessor").order_by("-on")),
            became=list(region.became.select_related("successor").order_by("on")),
            boundary=queries.boundary_note(region),
            may_manage=self.user.may("core.region.manage"),
            organisations=list(visible[:30]),
            **kwargs,
        )


class RegionMap(pages.PageMixin, View):
    """The outlines of a place and of what lies in it."""

    permission = "core.region.view"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GeoJSON."""
        rows = Region.objects.all().visible_to(self.user, "core.region.view")
        region = get_object_or_404(rows, pk=pk)
        found = queries.map_of(region) or {"type": "FeatureCollection", "features": []}
        response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
        response["Content-Type"] = "application/geo+json"
        response["Cache-Control"] = "private, max-age=60"
        return response


class NewRegionView(ActorFormMixin, pages.ActionView):
    """A new place."""

    permission = "core.region.manage"
    title = _("New region")
    breadcrumbs = CRUMBS
    form_class = registry_forms.RegionForm
    cancel_url_name = "core:regions"

    def get_initial(self) -> dict[str, Any]:
        """Below the place whose page it was opened from."""
        parent = self.request.GET.get("parent", "")
        found = (
            Region.objects.filter(pk=int(parent)).first() if parent.isdigit() and len(parent) < 19 else None
        )
        if found is None:
            return super().get_initial()
        level = codes.LEVELS[min(codes.LEVELS.index(found.level) + 1, len(codes.LEVELS) - 1)]
        return {"parent": found, "level": level, "code": codes.prefix(found.code)}

    def run(self, form: Any) -> Region:
        """Make it."""
        return actions.CreateRegion(self.actor, **form.cleaned_data).execute()

    def get_done_url(self, result: Region) -> str:
        """To its page."""
        return reverse("core:region", args=[result.pk])


class _RegionAction(ActorFormMixin, pages.RowActionView):
    model = Region
    permission = "core.region.manage"
    breadcrumbs = CRUMBS

    def get_subtitle(self) -> Any:
        """Which place."""
        return f"{self.object.name} · {self.object.code}"

    def get_cancel_url(self) -> str:
        """Back to its page."""
        return reverse("core:region", args=[self.object.pk])

    def get_done_url(self, result: Any) -> str:
        """To the page of what came of it."""
        return reverse("core:region", args=[result.pk if isinstance(result, Region) else self.object.pk])


class EditRegionView(_RegionAction):
    """A correction."""

    title = _("Correct a region")
    form_class = registry_forms.RegionCorrectionForm

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        names = ("name", "short_name", "level", "code", "code_kind", "parent", "valid_from")
        return {name: getattr(self.object, name) for name in names}

    def run(self, form: Any) -> Region:
        """Correct it."""
        return actions.ChangeRegion(self.actor, self.object, **form.cleaned_data).execute()


class CloseRegionView(_RegionAction):
    """The end of a place."""

    title = _("Close a region")
    form_class = registry_forms.CloseForm
    form_columns = 1
    submit_label = _("Close down")

    def run(self, form: Any) -> Region:
        """Close it."""
        data = form.cleaned_data
        return actions.CloseRegion(self.actor, self.object, data["on"], reason=data["reason"]).execute()


class RenameRegionView(_RegionAction):
    """Another name, code or parent from a day on."""

    title = _("Rename or transfer a region")
    form_class = registry_forms.RegionRenameForm

    def get_initial(self) -> dict[str, Any]:
        """What holds today."""
        names = ("name", "short_name", "code", "parent")
        return {"on": campaign_today(), **{name: getattr(self.object, name) for name in names}}

    def run(self, form: Any) -> Region:
        """Do it."""
        data = dict(form.cleaned_data)
        return actions.RenameRegion(self.actor, self.object, data.pop("on"), **data).execute()


class MergeRegionView(_RegionAction):
    """A merger with others."""

    title = _("Merge regions")
    form_class = registry_forms.RegionMergeForm
    form_columns = 1
    submit_label = _("Merge")

    def run(self, form: Any) -> Region:
        """Do it."""
        data = form.cleaned_data
        goes_on = data["into"] == "self"
        regions = [*([] if goes_on else [self.object]), *data["others"]]
        try:
            return actions.MergeRegions(
                self.actor,
                regions,
                data["on"],
                into=self.object if goes_on else None,
                name=data["name"],
                code=data["code"],
                reason=data["reason"],
            ).execute()
        except Invalid as error:
            if "regions" in error.fields:
                error.fields["others"] = error.fields.pop("regions")
            raise


class SplitRegionView(_RegionAction):
    """A split into several."""

    title = _("Split a region")
    form_class = registry_forms.RegionSplitForm
    submit_label = _("Split")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form asks where each place below goes."""
        children = self.object.children.filter(valid_to__isnull=True).order_by("code")
        return {**super().get_form_kwargs(), "children": list(children)}

    def run(self, form: Any) -> Any:
        """Do it."""
        data = form.cleaned_data
        parts = [
            actions.RegionPart(
                data[f"code_{number}"],
                data[f"name_{number}"],
                children=[child for child in form.children if data.get(f"child_{child.pk}") == str(number)],
            )
            for number in range(1, form.PARTS + 1)
            if data[f"name_{number}"]
        ]
        return actions.SplitRegion(
            self.actor, self.object, data["on"], parts, heir=int(data["heir"]) - 1, reason=data["reason"]
        ).execute()

    def get_success_message(self, result: Any) -> Any:
        """Name what came of it."""
        return __("Split into %(names)s.") % {"names": "、".join(region.name for region in result)}
