"""Addresses of imports of lists."""

from __future__ import annotations

from django.urls import path

from lantian.apps.sources.views import imports

urlpatterns = [
    path("imports/", imports.ImportList.as_view(), name="imports"),
    path("imports/new/", imports.ImportNew.as_view(), name="import_new"),
    path("imports/template/", imports.ImportTemplate.as_view(), name="import_template"),
    path("imports/<int:pk>/", imports.ImportView.as_view(), name="import"),
    path("imports/<int:pk>/state/", imports.ImportStateView.as_view(), name="import_state"),
    path("imports/<int:pk>/errors/", imports.ImportErrors.as_view(), name="import_errors"),
    path("imports/<int:pk>/apply/", imports.ImportApply.as_view(), name="import_apply"),
    path("imports/<int:pk>/cancel/", imports.ImportCancel.as_view(), name="import_cancel"),
    path("imports/<int:pk>/undo/", imports.ImportUndo.as_view(), name="import_undo"),
]
