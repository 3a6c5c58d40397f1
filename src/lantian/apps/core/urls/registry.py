"""Addresses of places, organisations, people, imports, jobs, files and messages."""

from __future__ import annotations

from typing import Any

from django.urls import path

from lantian.apps.core.views.registry import imports, operations, organisations, people, places

urlpatterns: list[Any] = [
    path("regions/", places.RegionList.as_view(), name="regions"),
    path("regions/tree/", places.RegionTree.as_view(), name="region-tree"),
    path("regions/suggest/", places.RegionSuggest.as_view(), name="region-suggest"),
    path("regions/new/", places.NewRegionView.as_view(), name="region-new"),
    path("regions/<int:pk>/", places.RegionView.as_view(), name="region"),
    path("regions/<int:pk>/children/", places.RegionChildren.as_view(), name="region-children"),
    path("regions/<int:pk>/map.geojson", places.RegionMap.as_view(), name="region-map"),
    path("regions/<int:pk>/edit/", places.EditRegionView.as_view(), name="region-edit"),
    path("regions/<int:pk>/close/", places.CloseRegionView.as_view(), name="region-close"),
    path("regions/<int:pk>/rename/", places.RenameRegionView.as_view(), name="region-rename"),
    path("regions/<int:pk>/split/", places.SplitRegionView.as_view(), name="region-split"),
    path("regions/<int:pk>/merge/", places.MergeRegionView.as_view(), name="region-merge"),
    path("organisations/", organisations.OrganisationList.as_view(), name="organisations"),
    path("organisations/tree/", organisations.OrganisationTree.as_view(), name="organisation-tree"),
    path("organisations/suggest/", organisations.OrganisationSuggest.as_view(), name="organisation-suggest"),
    path("organisations/new/", organisations.NewOrganisationView.as_view(), name="organisation-new"),
    path("organisations/<int:pk>/", organisations.OrganisationView.as_view(), name="organisation"),
    path(
        "organisations/<int:pk>/children/",
        organisations.OrganisationChildren.as_view(),
        name="organisation-children",
    ),
    path(
        "organisations/<int:pk>/edit/", organisations.EditOrganisationView.as_view(), name="organisation-edit"
    ),
    path(
        "organisations/<int:pk>/move/", organisations.MoveOrganisationView.as_view(), name="organisation-move"
    ),
    path(
        "organisations/<int:pk>/merge/",
        organisations.MergeOrganisationView.as_view(),
        name="organisation-merge",
    ),
    path(
        "organisations/<int:pk>/close/",
        organisations.CloseOrganisationView.as_view(),
        name="organisation-close",
    ),
    path("organisations/<int:pk>/names/new/", organisations.AddAliasView.as_view(), name="alias-new"),
    path(
        "organisations/names/<int:pk>/remove/", organisations.RemoveAliasView.as_view(), name="alias-remove"
    ),
    path("people/", people.PersonList.as_view(), name="people"),
    path("people/new/", people.NewPersonView.as_view(), name="person-new"),
    path("people/<int:pk>/", people.PersonView.as_view(), name="person"),
    path("people/<int:pk>/edit/", people.EditPersonView.as_view(), name="person-edit"),
    path("people/<int:pk>/leave/", people.LeavePersonView.as_view(), name="person-leave"),
    path("people/<int:pk>/posts/new/", people.NewPostView.as_view(), name="post-new"),
    path("posts/<int:pk>/end/", people.EndPostView.as_view(), name="post-end"),
    path("imports/", imports.ImportIndex.as_view(), name="imports"),
    path("imports/jobs/<int:pk>/", imports.ImportJobView.as_view(), name="import-job"),
    path("imports/jobs/<int:pk>/state/", imports.ImportStateView.as_view(), name="import-state"),
    path("imports/jobs/<int:pk>/confirm/", imports.ConfirmImportView.as_view(), name="import-confirm"),
    path("imports/<slug:code>/", imports.UploadView.as_view(), name="import"),
    path("imports/<slug:code>/template.xlsx", imports.TemplateView.as_view(), name="import-template"),
    path("jobs/", operations.JobList.as_view(), name="jobs"),
    path("jobs/<int:pk>/", operations.JobView.as_view(), name="job"),
    path("jobs/<int:pk>/state/", operations.JobState.as_view(), name="job-state"),
    path("jobs/<int:pk>/stop/", operations.StopJobView.as_view(), name="job-stop"),
    path("jobs/<int:pk>/resume/", operations.ResumeJobView.as_view(), name="job-resume"),
    path("files/<int:pk>/", operations.DownloadView.as_view(), name="attachment"),
    path("files/<int:pk>/preview/", operations.DownloadView.as_view(inline=True), name="attachment-preview"),
    path("notifications/", operations.NotificationList.as_view(), name="notifications"),
    path("notifications/unread/", operations.UnreadView.as_view(), name="notifications-unread"),
    path("notifications/read/", operations.ReadAllView.as_view(), name="notifications-read"),
    path("notifications/<int:pk>/", operations.NotificationView.as_view(), name="notification"),
]
