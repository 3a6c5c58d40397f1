"""Addresses of ambient air."""

from __future__ import annotations

from django.urls import path

from lantian.apps.air import urls_doors, urls_pages, urls_targets
from lantian.apps.air.views import station, stations

app_name = "air"

urlpatterns = [
    *urls_pages.urlpatterns,
    path("stations/", stations.StationList.as_view(), name="stations"),
    path("stations/new/", stations.StationNew.as_view(), name="station_new"),
    path("stations/<int:pk>/", station.StationView.as_view(), name="station"),
    path("stations/<int:pk>/edit/", stations.StationEdit.as_view(), name="station_edit"),
    path("stations/<int:pk>/close/", stations.StationClose.as_view(), name="station_close"),
    *urls_targets.urlpatterns,
    *urls_doors.urlpatterns,
]
