"""Addresses of sources and lists; each part of the room has its own file."""

from __future__ import annotations

from django.urls import include, path

app_name = "sources"
urlpatterns = [
    path("", include("lantian.apps.sources.urls_lists")),
    path("", include("lantian.apps.sources.urls_imports")),
    path("", include("lantian.apps.sources.urls_proposals")),
    path("", include("lantian.apps.sources.urls_own")),
    path("", include("lantian.apps.sources.urls_duplicates")),
    path("", include("lantian.apps.sources.urls_grades")),
    path("", include("lantian.apps.sources.urls_inventory")),
]
