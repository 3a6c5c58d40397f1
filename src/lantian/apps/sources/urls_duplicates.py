"""Addresses of suspected duplicates."""

from __future__ import annotations

from django.urls import path

from lantian.apps.sources.views import duplicates

urlpatterns = [
    path("duplicates/", duplicates.PairList.as_view(), name="duplicates"),
    path("duplicates/search/", duplicates.DuplicatesSearch.as_view(), name="duplicates_search"),
    path("duplicates/<int:pk>/", duplicates.PairPage.as_view(), name="duplicate"),
    path("duplicates/<int:pk>/distinct/", duplicates.PairDistinct.as_view(), name="duplicate_distinct"),
    path("duplicates/<int:pk>/reopen/", duplicates.PairReopen.as_view(), name="duplicate_reopen"),
    path("duplicates/<int:pk>/undo/", duplicates.PairUndo.as_view(), name="duplicate_undo"),
    path("<int:pk>/merge/", duplicates.SourceMergeWith.as_view(), name="source_merge"),
]
