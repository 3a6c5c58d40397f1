"""Addresses of source monitoring; each part of the room has its own file."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lantian.apps.monitoring import urls_power

app_name = "monitoring"
urlpatterns: list[URLPattern | URLResolver] = []
urlpatterns.append(path("", include("lantian.apps.monitoring.urls_devices")))
urlpatterns += urls_power.urlpatterns
urlpatterns.append(path("", include("lantian.apps.monitoring.urls_alarms")))
