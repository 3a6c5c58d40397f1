"""What this part of the room makes known when it is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as __


def of_source(request: HttpRequest, source: Any) -> Iterator[dict[str, Any]]:
    """From the page of a source to what watches it."""
    from lantian.apps.monitoring.access import MONITORING_VIEW
    from lantian.apps.monitoring.models import Device

    user: Any = request.user
    if Device.objects.visible_to(user, MONITORING_VIEW).filter(source=source).exists():
        url = reverse("monitoring:enterprise", args=[source.pk])
        yield {"label": __("Monitoring"), "url": url, "icon": "timeline"}


def register() -> None:
    """Parameters, words of the log, the import, files of marks, the common axis, pages, cards, ways from sources."""
    from lantian.apps.core import api_registry, files, history, related
    from lantian.apps.monitoring import access, importers, importers_hours, pages, parameters, words_devices
    from lantian.apps.monitoring.models import DataMark
    from lantian.apps.monitoring.views import enterprise
    from lantian.apps.sources.merging import ports
    from lantian.apps.sources.models import Source

    parameters.register()
    history.register(words_devices.ACTIONS, words_devices.VALUES)
    importers.register()
    importers_hours.register()
    path = "lantian.apps.monitoring.api_commands.router"
    api_registry.register("/device-commands", path, order=64, tag="device-commands")
    files.register_target(DataMark, access.MONITORING_VIEW)
    enterprise.register()
    related.register(Source, of_source)
    ports.register("monitoring.Device", source="source", unit="unit")
    pages.register()
