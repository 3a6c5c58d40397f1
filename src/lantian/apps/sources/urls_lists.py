"""Addresses of lists, their entries and sources."""

from __future__ import annotations

from django.urls import URLPattern, path

from lantian.apps.sources.views import (
    bulk,
    entries,
    entry_forms,
    filters,
    list_forms,
    lists,
    maps,
    operators,
    own_fields,
)

urlpatterns: list[URLPattern] = [
    path("lists/", lists.ListOverview.as_view(), name="lists"),
    path("lists/new/", list_forms.ListNew.as_view(), name="list_new"),
    path("lists/<int:pk>/", lists.EntryList.as_view(), name="list"),
    path("lists/<int:pk>/edit/", list_forms.ListEdit.as_view(), name="list_edit"),
    path("lists/<int:pk>/publish/", list_forms.ListPublish.as_view(), name="list_publish"),
    path("lists/<int:pk>/announce/", list_forms.ListAnnounce.as_view(), name="list_announce"),
    path("lists/<int:pk>/versions/", list_forms.ListVersions.as_view(), name="list_versions"),
    path("lists/<int:pk>/differences/", list_forms.ListDiff.as_view(), name="list_diff"),
    path("lists/<int:pk>/map/", maps.ListMap.as_view(), name="list_map"),
    path("lists/<int:pk>/points/", maps.ListPoints.as_view(), name="list_points"),
    path("lists/<int:pk>/rows/", bulk.ListBulk.as_view(), name="list_bulk"),
    path("lists/<int:pk>/filters/save/", filters.FilterSave.as_view(), name="filter_save"),
    path("filters/<int:pk>/share/", filters.FilterShare.as_view(), name="filter_share"),
    path("filters/<int:pk>/delete/", filters.FilterDelete.as_view(), name="filter_delete"),
    path("fields/", own_fields.FieldsPage.as_view(), name="fields"),
    path("fields/new/", own_fields.FieldNew.as_view(), name="field_new"),
    path("fields/<int:pk>/retire/", own_fields.FieldRetire.as_view(), name="field_retire"),
    path("lists/<int:pk>/entries/new/", entry_forms.EntryNew.as_view(), name="entry_new"),
    path("entries/<int:pk>/", entries.EntryPage.as_view(), name="entry"),
    path("entries/<int:pk>/edit/", entry_forms.EntryEdit.as_view(), name="entry_edit"),
    path("entries/<int:pk>/check/", entry_forms.EntryCheck.as_view(), name="entry_check"),
    path("entries/<int:pk>/put/", entry_forms.EntryPut.as_view(), name="entry_put"),
    path("entries/<int:pk>/return/", entry_forms.EntryReturn.as_view(), name="entry_return"),
    path("entries/<int:pk>/remove/", entry_forms.EntryRemove.as_view(), name="entry_remove"),
    path("entries/<int:pk>/propose/", entry_forms.EntryPropose.as_view(), name="entry_propose"),
    path(
        "entries/<int:pk>/propose-removal/",
        entry_forms.EntryProposeRemoval.as_view(),
        name="entry_propose_removal",
    ),
    path("", entries.SourcesPage.as_view(), name="sources"),
    path("map/", maps.SourcesMap.as_view(), name="sources_map"),
    path("points/", maps.SourcesPoints.as_view(), name="sources_points"),
    path("<int:pk>/", entries.SourcePage.as_view(), name="source"),
    path("<int:pk>/edit/", entry_forms.SourceEdit.as_view(), name="source_edit"),
    path("<int:pk>/operator/", operators.SourceOperator.as_view(), name="source_operator"),
]
