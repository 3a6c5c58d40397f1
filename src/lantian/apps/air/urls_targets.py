"""Addresses of the board of targets."""

from __future__ import annotations

from django.urls import path

from lantian.apps.air.views import targets

urlpatterns = [
    path("targets/", targets.Targets.as_view(), name="targets"),
    path("targets/<int:key>/", targets.TargetPage.as_view(), name="target"),
    path("targets/<int:key>/what-if/", targets.TargetWhatIf.as_view(), name="target_what_if"),
]
