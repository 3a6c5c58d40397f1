"""The register of stations."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access, actions, forms, tables
from lantian.apps.air.models import Station
from lantian.apps.core import lists, pages

CRUMBS = ((_("Stations"), "air:stations"),)


class StationList(lists.ListView):
    """All stations."""

    model = Station
    permission = access.STATION_VIEW
    title = _("Stations")
    subtitle = _("Where air is measured, with the time in which each station was in use.")
    table_class = tables.StationTable
    filterset_class = tables.StationFilter
    empty_title = _("There are no stations yet.")
    empty_hint = _("Import a list of stations as Excel or CSV; a template is there.")
    empty_url_name = "core:imports"
    empty_label = _("Import")
    empty_permission = access.STATION_MANAGE

    def get_queryset(self) -> Any:
        """With their places."""
        return super().get_queryset().select_related("region")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Import and add."""
        return [
            {
                "label": _("Import"),
                "url": reverse("core:import", args=["air-stations"]),
                "icon": "file-import",
                "permission": access.STATION_MANAGE,
            },
            {
                "label": _("New station"),
                "url": reverse("air:station_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": access.STATION_MANAGE,
            },
        ]


class _ActorForm:
    form_columns = 2

    def get_form_kwargs(self) -> dict[str, Any]:
        """Places are looked up as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor}  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Two columns on a wide screen."""
        kwargs.setdefault("form_columns", self.form_columns)
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context


class StationNew(_ActorForm, pages.ActionView):
    """A new station."""

    permission = access.STATION_MANAGE
    title = _("New station")
    breadcrumbs = CRUMBS
    form_class = forms.StationForm
    cancel_url_name = "air:stations"

    def run(self, form: Any) -> Station:
        """Add it."""
        return actions.AddStation(self.actor, **form.cleaned_data).execute()

    def get_done_url(self, result: Station) -> str:
        """To its page."""
        return result.get_absolute_url()


class StationEdit(_ActorForm, pages.RowActionView):
    """A correction."""

    model = Station
    permission = access.STATION_MANAGE
    title = _("Correct a station")
    breadcrumbs = CRUMBS
    form_class = forms.StationEditForm

    def get_subtitle(self) -> Any:
        """Which one."""
        return f"{self.object.name} · {self.object.code}"

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        names = [name for name in forms.StationEditForm.base_fields if name != "reason"]
        return {name: getattr(self.object, name) for name in names}

    def run(self, form: Any) -> Station:
        """Correct it."""
        return actions.ChangeStation(self.actor, self.object, **form.cleaned_data).execute()

    def get_done_url(self, result: Any) -> str:
        """Back to its page."""
        return str(self.object.get_absolute_url())


class StationClose(pages.RowActionView):
    """The last day."""

    model = Station
    permission = access.STATION_MANAGE
    title = _("Take a station out of use")
    breadcrumbs = CRUMBS
    form_class = forms.StationCloseForm
    submit_label = _("Take out of use")

    def get_subtitle(self) -> Any:
        """Which one."""
        return f"{self.object.name} · {self.object.code}"

    def run(self, form: Any) -> Station:
        """Close it."""
        data = form.cleaned_data
        return actions.CloseStation(self.actor, self.object, data["on"], reason=data["reason"]).execute()

    def get_done_url(self, result: Any) -> str:
        """Back to its page."""
        return str(self.object.get_absolute_url())
