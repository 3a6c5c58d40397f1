"""Addresses of the emission inventory."""

from __future__ import annotations

from django.urls import path

from lantian.apps.sources.views import inventory, inventory_compare

urlpatterns = [
    path("inventories/", inventory.InventoryList.as_view(), name="inventories"),
    path("inventories/new/", inventory.InventoryNew.as_view(), name="inventory_new"),
    path("inventories/<int:pk>/", inventory.InventoryPage.as_view(), name="inventory"),
    path("inventories/<int:pk>/file/", inventory.InventoryFile.as_view(), name="inventory_file"),
    path(
        "inventories/<int:pk>/comparison/",
        inventory_compare.InventoryComparison.as_view(),
        name="inventory_comparison",
    ),
    path(
        "inventories/<int:pk>/sources/<int:source>/",
        inventory.SourceEmissions.as_view(),
        name="inventory_source",
    ),
]
