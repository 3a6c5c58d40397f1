"""The page of a station."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import access
from lantian.apps.air.models import Station
from lantian.apps.air.views.stations import CRUMBS
from lantian.apps.core import pages


class StationView(pages.DetailView):
    """A station."""

    model = Station
    permission = access.STATION_VIEW
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With its place."""
        return super().get_queryset().select_related("region")

    def get_subtitle(self) -> Any:
        """Code, kind and who runs it."""
        station: Station = self.object
        return f"{station.code} · {station.get_kind_display()} · {station.get_control_display()}"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is written about it."""
        station: Station = self.object
        position = "" if station.lon is None else f"{station.lon:.5f}, {station.lat:.5f}"
        return [
            (_("Station code"), station.code),
            (_("Region"), station.region or station.city),
            (_("Kind of station"), station.get_kind_display()),
            (_("Controlled by"), station.get_control_display()),
            (_("Position (WGS-84)"), position),
            (_("In use since"), station.opened),
            (_("In use until (last day)"), station.closed or ("" if station.in_use else __("Not known"))),
            (_("Note"), station.note),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Correct and close, for who may."""
        station: Station = self.object
        if not self.actor.rows(Station.objects.filter(pk=station.pk), access.STATION_MANAGE).exists():
            return []
        found = [
            {"label": _("Correct"), "url": reverse("air:station_edit", args=[station.pk]), "icon": "edit"}
        ]
        if station.closed is None:
            url = reverse("air:station_close", args=[station.pk])
            found.append({"label": _("Take out of use"), "url": url, "icon": "circle-off", "tone": "danger"})
        return found
