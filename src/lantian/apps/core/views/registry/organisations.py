"""Organisations: list, tree, page, and changes."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import lists, pages, related
from lantian.apps.core import registry_actions as actions
from lantian.apps.core.display import campaign_today
from lantian.apps.core.forms import registry as registry_forms
from lantian.apps.core.models import Organisation, OrganisationAlias, Person, Region, User
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.core.queries import registry as queries
from lantian.apps.core.tables.registry import OrganisationTable
from lantian.apps.core.views.registry.places import ActorFormMixin
from lantian.rules import region_codes as codes

CRUMBS = ((_("Organisations"), "core:organisations"),)
VIEW, MANAGE = "core.organisation.view", "core.organisation.manage"


class OrganisationFilter(lists.LedgerFilter):
    """Filters of the list."""

    shown = 4
    q = lists.SearchFilter(["name", "short_name", "code", "aliases__name"])
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=OrganisationKind.choices)
    within = django_filters.CharFilter(
        label=_("Region (code or name)"),
        method="inside",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(("open", _("In use")), ("closed", _("Closed")), ("merged", _("Merged"))),
        method="in_state",
    )
    under = django_filters.NumberFilter(
        label=_("Below the organisation with number"), method="below", widget=forms.NumberInput
    )

    def filter_queryset(self, queryset: Any) -> Any:
        """The search reads other names: a row must not come twice."""
        rows = super().filter_queryset(queryset)
        return rows.distinct() if self.form.cleaned_data.get("q") else rows

    def inside(self, rows: Any, name: str, value: str) -> Any:
        """A place with everything in it."""
        text = value.strip()
        first = text.split()[0] if text else ""
        wanted = {first, codes.canonical(first), codes.prefix(first) or first}
        region = Region.objects.filter(code__in=wanted).first() or Region.objects.filter(name=text).first()
        return rows.filter(region__path__startswith=region.path) if region is not None else rows.none()

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Open, closed, merged."""
        if value == "merged":
            return rows.filter(merged_into__isnull=False)
        rows = rows.filter(merged_into__isnull=True)
        today = campaign_today()
        return rows.filter(queries.on_day(today)) if value == "open" else rows.exclude(queries.on_day(today))

    def below(self, rows: Any, name: str, value: Any) -> Any:
        """An organisation with everything below it."""
        found = Organisation.objects.filter(pk=int(value)).first()
        return rows.filter(path__startswith=found.path) if found is not None else rows.none()


class OrganisationList(lists.ListView):
    """All organisations that one may see."""

    model = Organisation
    permission = VIEW
    title = _("Organisations")
    subtitle = _("Departments, towns, enterprises and teams.")
    table_class = OrganisationTable
    filterset_class = OrganisationFilter
    empty_title = _("There are no organisations yet.")
    empty_hint = _("Import a list from Excel, or make the first one.")
    empty_url_name = "core:organisation-new"
    empty_label = _("New organisation")
    empty_permission = MANAGE

    def get_queryset(self) -> Any:
        """With parents, places and numbers of people."""
        people = (
            Person.objects.filter(organisation=OuterRef("pk"), left_on__isnull=True)
            .order_by()
            .values("organisation")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return (
            super()
            .get_queryset()
            .select_related("parent", "region", "merged_into")
            .annotate(people_count=Coalesce(Subquery(people), 0))
        )

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Tree, new, import."""
        return [
            {"label": _("Tree"), "url": reverse("core:organisation-tree"), "icon": "sitemap"},
            {
                "label": _("Import"),
                "url": reverse("core:import", args=["organisations"]),
                "icon": "file-import",
                "permission": MANAGE,
            },
            {
                "label": _("New organisation"),
                "url": reverse("core:organisation-new"),
                "icon": "plus",
                "tone": "primary",
                "permission": MANAGE,
            },
        ]


def visible_nodes(user: Any, parent: Organisation | None) -> Any:
    """One branch of the tree as somebody may see it; the top is where the visible part begins."""
    rows = Organisation.objects.filter(merged_into__isnull=True).filter(queries.on_day(campaign_today()))
    seen = rows.visible_to(user, VIEW)
    if parent is not None:
        nodes = seen.filter(parent=parent)
    else:
        nodes = seen.exclude(parent__in=seen.order_by().values("pk"))
    below = seen.filter(parent=OuterRef("pk")).order_by().values("parent").annotate(n=Count("pk")).values("n")
    return (
        nodes.annotate(child_count=Coalesce(Subquery(below), 0))
        .select_related("region")
        .order_by("order", "name")
    )


class OrganisationTree(pages.Page):
    """The tree; each branch is read when it is opened."""

    template_name = "core/registry/organisation_tree.html"
    permission = VIEW
    title = _("Tree of organisations")
    breadcrumbs = CRUMBS

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The top."""
        return super().get_context_data(nodes=visible_nodes(self.user, None)[:500], **kwargs)


class OrganisationChildren(pages.PageMixin, View):
    """One branch of the tree."""

    permission = VIEW

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The organisations straight below one."""
        parent = get_object_or_404(Organisation.objects.all().visible_to(self.user, VIEW), pk=pk)
        nodes = visible_nodes(self.user, parent)[:1000]
        return render(request, "core/registry/organisation_nodes.html", {"nodes": nodes})


class OrganisationSuggest(pages.PageMixin, View):
    """Suggestions for a field."""

    permission = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """Options for what was typed."""
        text = request.GET.get(request.GET.get("field", ""), "")
        rows = Organisation.objects.all().visible_to(self.user, VIEW).select_related("parent", "region")
        options = [
            (
                queries.organisation_words(row),
                " · ".join(str(part) for part in (row.short_name, row.parent, row.region) if part),
            )
            for row in queries.suggest_organisations(rows, text)
        ]
        return render(request, "core/widgets/suggestions.html", {"options": options})


class OrganisationView(pages.DetailView):
    """An organisation."""

    model = Organisation
    template_name = "core/registry/organisation.html"
    permission = VIEW
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With what stands around it."""
        return super().get_queryset().select_related("parent", "region", "merged_into")

    def get_title(self) -> Any:
        """The full name."""
        return self.object.name

    def get_subtitle(self) -> Any:
        """Kind and place."""
        return " · ".join(str(part) for part in (self.object.get_kind_display(), self.object.region) if part)

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is written about it."""
        row: Organisation = self.object
        return [
            (_("Short name"), row.short_name),
            (_("Code"), row.code),
            (_("Kind"), row.get_kind_display()),
            (_("Region"), row.region),
            (_("Valid from"), row.valid_from),
            (_("Valid to (last day)"), row.valid_to),
        ]

    def may_manage(self) -> bool:
        """Whether this row may be changed."""
        if not hasattr(self, "_may_manage"):
            self._may_manage = self.user.may(MANAGE) and Organisation.objects.all().may_see(
                self.user, MANAGE, self.object.pk
            )
        return bool(self._may_manage)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What other rooms hold about it, and changes that are possible now."""
        around = related.links_for(self.request, self.object)
        if not self.may_manage() or self.object.merged_into_id is not None:
            return around

        def button(label: Any, name: str, icon: str, tone: str = "") -> dict[str, Any]:
            url = reverse(f"core:organisation-{name}", args=[self.object.pk])
            return {"label": label, "url": url, "icon": icon, "tone": tone}

        found = [
            button(_("Edit"), "edit", "edit", "primary"),
            button(_("Move"), "move", "arrows-move"),
            button(_("Merge"), "merge", "arrow-merge"),
        ]
        if self.object.valid_to is None:
            found.append(button(_("Close down"), "close", "circle-off", "danger"))
        return [*around, *found]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Names, people, posts, accounts and what stands below."""
        row: Organisation = self.object
        today = campaign_today()
        posts = list(
            row.posts.filter(queries.on_day(today), person__isnull=False)
            .select_related("person")
            .order_by("-is_head", "-is_contact", "title")[:100]
        )
        users = User.objects.filter(organisation=row).visible_to(self.user, "core.user.view")
        return super().get_context_data(
            ancestors=list(row.ancestors()),
            aliases=list(row.aliases.order_by("kind", "name")),
            alias_form=registry_forms.AliasForm() if self.may_manage() else None,
            may_manage=self.may_manage() and row.merged_into_id is None,
            may_people=self.user.may("core.person.manage"),
            absorbed=list(row.absorbed.order_by("-valid_to")),
            nodes=list(visible_nodes(self.user, row)[:200]),
            people=list(
                row.people.filter(left_on__isnull=True).visible_to(self.user, VIEW).order_by("name")[:100]
            ),
            posts=posts,
            holders={post.person_id for post in posts},
            users=list(users.select_related("person").order_by("username")[:100]),
            **kwargs,
        )


class NewOrganisationView(ActorFormMixin, pages.ActionView):
    """A new organisation."""

    permission = MANAGE
    title = _("New organisation")
    breadcrumbs = CRUMBS
    form_class = registry_forms.OrganisationForm
    cancel_url_name = "core:organisations"

    def get_initial(self) -> dict[str, Any]:
        """Below the organisation whose page it was opened from, or as the page says that sends here."""
        parent = self.request.GET.get("parent", "")
        rows = Organisation.objects.all().visible_to(self.user, VIEW).select_related("region")
        found = rows.filter(pk=int(parent)).first() if parent.isdigit() and len(parent) < 19 else None
        if found is None:
            given = {name: self.request.GET.get(name, "")[:120] for name in ("name", "code", "kind", "region")}
            return {**super().get_initial(), **{name: value for name, value in given.items() if value}}
        return {"parent": found, "region": found.region, "kind": "department", "order": 0}

    def run(self, form: Any) -> Organisation:
        """Make it."""
        return actions.CreateOrganisation(self.actor, **form.cleaned_data).execute()

    def get_done_url(self, result: Organisation) -> str:
        """To its page, or back to where it was needed."""
        return self.next_url or reverse("core:organisation", args=[result.pk])


class _OrganisationAction(ActorFormMixin, pages.RowActionView):
    model = Organisation
    permission = MANAGE
    breadcrumbs = CRUMBS

    def get_subtitle(self) -> Any:
        """Which organisation."""
        return self.object.name

    def get_cancel_url(self) -> str:
        """Back to its page."""
        return reverse("core:organisation", args=[self.object.pk])

    def get_done_url(self, result: Any) -> str:
        """To the page of what goes on."""
        return reverse(
            "core:organisation", args=[result.pk if isinstance(result, Organisation) else self.object.pk]
        )


class EditOrganisationView(_OrganisationAction):
    """A change."""

    title = _("Edit an organisation")
    form_class = registry_forms.OrganisationChangeForm

    def get_queryset(self) -> Any:
        """With what stands around it."""
        return super().get_queryset().select_related("parent", "region")

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        names = ("name", "short_name", "kind", "code", "parent", "region", "valid_from", "order")
        return {
            **{name: getattr(self.object, name) for name in names},
            "keep_former_name": True,
            "seen": self.object.updated_at.isoformat(),
        }

    def run(self, form: Any) -> Organisation:
        """Change it."""
        data = dict(form.cleaned_data)
        seen = parse_datetime(data.pop("seen") or "")
        return actions.ChangeOrganisation(self.actor, self.object, seen=seen, **data).execute()


class MoveOrganisationView(_OrganisationAction):
    """A new parent."""

    title = _("Move an organisation")
    form_class = registry_forms.MoveForm
    form_columns = 1
    submit_label = _("Move")

    def get_initial(self) -> dict[str, Any]:
        """The parent of today."""
        return {"parent": self.object.parent}

    def run(self, form: Any) -> Organisation:
        """Move it."""
        data = form.cleaned_data
        return actions.MoveOrganisation(
            self.actor, self.object, data["parent"], reason=data["reason"]
        ).execute()


class MergeOrganisationView(_OrganisationAction):
    """A merger into another one."""

    title = _("Merge an organisation")
    template_name = "core/registry/merge.html"
    form_class = registry_forms.MergeForm
    form_columns = 1
    submit_label = _("Merge")

    def run(self, form: Any) -> Organisation:
        """Merge it."""
        data = form.cleaned_data
        return actions.MergeOrganisation(
            self.actor, self.object, data["target"], on=data["on"], reason=data["reason"]
        ).execute()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What will be moved."""
        counts = queries.organisation_counts([self.object])[self.object.pk]
        return super().get_context_data(counts=counts, children=self.object.children.count(), **kwargs)


class CloseOrganisationView(_OrganisationAction):
    """The end of an organisation."""

    title = _("Close an organisation")
    form_class = registry_forms.CloseForm
    form_columns = 1
    submit_label = _("Close down")

    def run(self, form: Any) -> Organisation:
        """Close it."""
        data = form.cleaned_data
        return actions.CloseOrganisation(self.actor, self.object, data["on"], reason=data["reason"]).execute()


class AddAliasView(pages.RowActionView):
    """Another name."""

    model = Organisation
    permission = MANAGE
    title = _("Add a name")
    breadcrumbs = CRUMBS
    form_class = registry_forms.AliasForm

    def get_subtitle(self) -> Any:
        """Which organisation."""
        return self.object.name

    def get_cancel_url(self) -> str:
        """Back to its page."""
        return reverse("core:organisation", args=[self.object.pk])

    def get_done_url(self, result: Any) -> str:
        """Back to its page."""
        return self.get_cancel_url()

    def run(self, form: Any) -> Any:
        """Add it."""
        data = form.cleaned_data
        return actions.AddAlias(self.actor, self.object, data["name"], data["kind"]).execute()


class RemoveAliasView(pages.ConfirmView):
    """A name taken away."""

    model = OrganisationAlias
    permission = MANAGE
    title = _("Remove a name")
    breadcrumbs = CRUMBS
    form_class = pages.OptionalReasonForm

    def get_queryset(self) -> Any:
        """Names of organisations that one may change."""
        mine = Organisation.objects.all().visible_to(self.user, MANAGE).order_by().values("pk")
        return OrganisationAlias.objects.filter(organisation__in=mine).select_related("organisation")

    def get_question(self) -> Any:
        """Which name."""
        return __("Remove the name “%(name)s” of %(organisation)s?") % {
            "name": self.object.name,
            "organisation": self.object.organisation.name,
        }

    def get_cancel_url(self) -> str:
        """Back to the organisation."""
        return reverse("core:organisation", args=[self.object.organisation_id])

    def get_done_url(self, result: Any) -> str:
        """Back to the organisation."""
        return reverse("core:organisation", args=[result.pk])

    def run(self, form: Any) -> Any:
        """Remove it."""
        return actions.RemoveAlias(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()
