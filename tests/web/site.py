"""A small site on the bases of the foundation: what an app would write, without an app."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.i18n import set_language

from lantian.apps.core import lists, pages
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import Organisation
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.web import views


class OrganisationTable(lists.LedgerTable):
    name = tables.Column(verbose_name="Name")
    kind = lists.BadgeColumn(tones={"town": "green"}, verbose_name="Kind")
    region = tables.Column(verbose_name="Region")
    order = lists.NumberColumn(unit="件", verbose_name="Order")
    created_at = lists.DateColumn(verbose_name="Made")
    actions = lists.ActionsColumn(lambda record: [{"label": "Open", "url": f"/organisations/{record.pk}/"}])


class OrganisationFilter(lists.LedgerFilter):
    shown = 2
    q = lists.SearchFilter(["name", "short_name"])
    kind = django_filters.ChoiceFilter(choices=OrganisationKind.choices, label="Kind")
    order = django_filters.NumberFilter(label="Order")
    since = lists.DayFromFilter("created_at", label="Since")


class OrganisationList(lists.ListView):
    model = Organisation
    permission = "core.organisation.view"
    table_class = OrganisationTable
    filterset_class = OrganisationFilter
    title = "Organisations"
    breadcrumbs = (("Home", "home"),)
    empty_title = "No organisations yet."
    empty_url_name = "home"
    empty_label = "Import"
    empty_permission = "core.organisation.manage"

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("region")

    def get_page_actions(self) -> list[dict[str, Any]]:
        return [
            {"label": "Make one", "url": "/make/", "permission": "core.organisation.manage"},
            {"label": "For everybody", "url": "/all/"},
        ]


class ClosedList(OrganisationList):
    export_permission = "core.log.export"


class EmptyList(OrganisationList):
    def get_queryset(self) -> Any:
        return super().get_queryset().none()


class ForgottenPermission(OrganisationList):
    permission = None


class OrganisationPage(pages.DetailView):
    model = Organisation
    permission = "core.organisation.view"

    def get_facts(self) -> list[tuple[Any, Any]]:
        return [("Full name", self.object.name), ("Code", self.object.code)]


class NameForm(forms.Form):
    name = forms.CharField()


class RefusingPage(pages.ActionView):
    """Refuses as the action of the address would."""

    permission = "core.organisation.view"
    title = "Refusal"
    form_class = NameForm
    refusals: ClassVar[dict[str, Exception]] = {
        "field": Invalid(fields={"name": ["This name is taken."], "elsewhere": "Something else is wrong."}),
        "conflict": Conflict(),
        "reason": ReasonMissing(fields={"reason": "Why?"}),
        "denied": NotAllowed(),
        "missing": NotFound(),
    }

    def run(self, form: Any) -> Any:
        refusal = self.refusals.get(form.cleaned_data["name"])
        if refusal is not None:
            raise refusal


class ConfirmPage(pages.ConfirmView):
    model = Organisation
    permission = "core.organisation.view"
    title = "Close"
    question = "Close it?"
    consequences = ("Accounts are locked.",)

    def run(self, form: Any) -> Any:
        self.object.short_name = form.cleaned_data["reason"]
        self.object.save()


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("secret detail")


urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("style/", views.StyleView.as_view(), name="style"),
    path("healthz", views.healthz, name="healthz"),
    path("language/", set_language, name="set_language"),
    path("organisations/", OrganisationList.as_view(), name="organisations"),
    path("organisations/<int:pk>/", OrganisationPage.as_view(), name="organisation"),
    path("organisations/<int:pk>/close/", ConfirmPage.as_view(), name="close"),
    path("closed/", ClosedList.as_view()),
    path("none/", EmptyList.as_view()),
    path("forgotten/", ForgottenPermission.as_view()),
    path("refusing/", RefusingPage.as_view()),
    path("broken/", broken),
    path("suspicious/", suspicious),
    path("account/", include(([path("login/", views.StyleView.as_view(), name="login")], "core"))),
]

handler400 = "lantian.web.errors.bad_request"
handler403 = "lantian.web.errors.permission_denied"
handler404 = "lantian.web.errors.not_found"
handler500 = "lantian.web.errors.server_error"
