"""Addresses of the emission inventory."""

from __future__ import annotations

from django.urls import path

from lantian.apps.sources.views import (
    inventory,
    inventory_activities,
    inventory_compare,
    inventory_grid,
    inventory_tabs,
)

urlpatterns = [
    path("inventories/", inventory.InventoryList.as_view(), name="inventories"),
    path("inventories/new/", inventory.InventoryNew.as_view(), name="inventory_new"),
    path("inventories/<int:pk>/", inventory.InventoryPage.as_view(), name="inventory"),
    path("inventories/<int:pk>/file/", inventory.InventoryFile.as_view(), name="inventory_file"),
    path("inventories/<int:pk>/grid/", inventory_grid.InventoryGrid.as_view(), name="inventory_grid"),
    path("inventories/<int:pk>/grid/cells/", inventory_grid.InventoryCells.as_view(), name="inventory_cells"),
    path("inventories/<int:pk>/grid/cell/", inventory_grid.InventoryCell.as_view(), name="inventory_cell"),
    path(
        "inventories/<int:pk>/grid/geojson/",
        inventory_grid.InventoryGeojson.as_view(),
        name="inventory_geojson",
    ),
    path("inventories/<int:pk>/places/", inventory_tabs.InventoryPlaces.as_view(), name="inventory_places"),
    path("inventories/<int:pk>/times/", inventory_tabs.InventoryTimes.as_view(), name="inventory_times"),
    path(
        "inventories/<int:pk>/uncertainty/", inventory_tabs.InventorySpread.as_view(), name="inventory_spread"
    ),
    path("inventories/<int:pk>/check/", inventory_tabs.InventoryBalance.as_view(), name="inventory_balance"),
    path("inventories/<int:pk>/gaps/", inventory_tabs.InventoryGaps.as_view(), name="inventory_gaps"),
    path(
        "inventories/<int:pk>/prepare/", inventory_tabs.InventoryPrepare.as_view(), name="inventory_prepare"
    ),
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
    path(
        "inventories/<int:pk>/check/new/",
        inventory_activities.InventoryTotal.as_view(),
        name="inventory_total",
    ),
    path("activities/", inventory_activities.ActivityList.as_view(), name="activities"),
    path("activities/<int:pk>/", inventory_activities.ActivityPage.as_view(), name="activity"),
    path("activities/<int:pk>/edit/", inventory_activities.ActivityEdit.as_view(), name="activity_edit"),
    path("activities/<int:pk>/remove/", inventory_activities.ActivityRemove.as_view(), name="activity_remove"),
    path("activities/<int:pk>/factor/", inventory_activities.ActivityFactor.as_view(), name="activity_factor"),
    path(
        "<int:pk>/activities/<int:year>/",
        inventory_activities.SourceActivities.as_view(),
        name="source_activities",
    ),
    path(
        "<int:pk>/activities/<int:year>/new/<slug:sheet>/",
        inventory_activities.ActivityNew.as_view(),
        name="activity_new",
    ),
]
