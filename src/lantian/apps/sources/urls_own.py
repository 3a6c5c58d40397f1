"""Addresses of the own records of enterprises."""

from __future__ import annotations

from django.urls import path

from lantian.apps.sources.views import own

urlpatterns = [
    path("own/", own.OwnSources.as_view(), name="own"),
    path("own/<int:pk>/", own.OwnSource.as_view(), name="own_source"),
    path("own/<int:pk>/confirm/", own.OwnConfirmed.as_view(), name="own_confirm"),
    path("own/<int:pk>/facts/", own.OwnFacts.as_view(), name="own_facts"),
    path("own/<int:pk>/entries/<int:entry>/", own.OwnEntry.as_view(), name="own_entry"),
    path("own/<int:pk>/units/<int:list>/new/", own.OwnUnitNew.as_view(), name="own_unit_new"),
]
