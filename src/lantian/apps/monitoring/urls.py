"""Addresses of source monitoring; each part of the room has its own file."""

from __future__ import annotations

from django.urls import include, path

app_name = "monitoring"
urlpatterns = [
    path("", include("lantian.apps.monitoring.urls_devices")),
    path("", include("lantian.apps.monitoring.urls_alarms")),
    path("", include("lantian.apps.monitoring.urls_amounts")),
    path("", include("lantian.apps.monitoring.urls_power")),
    path("", include("lantian.apps.monitoring.urls_daily")),
]
