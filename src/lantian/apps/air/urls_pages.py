"""Addresses of the pages of the air itself."""

from __future__ import annotations

from django.urls import path

from lantian.apps.air.views import compare, exclusions, now, outlines, rankings, region, why

urlpatterns = [
    path("", now.NowPage.as_view(), name="now"),
    path("regions/<int:pk>/", region.RegionPage.as_view(), name="region"),
    path("regions/<int:pk>/outlines.geojson", outlines.Outlines.as_view(), name="outlines"),
    path("regions/<int:pk>/why/<slug:item>/", why.WhyPage.as_view(), name="why"),
    path("compare/", compare.Compare.as_view(), name="compare"),
    path("rankings/", rankings.Rankings.as_view(), name="rankings"),
    path("exclusions/", exclusions.ExclusionList.as_view(), name="exclusions"),
    path("exclusions/new/", exclusions.ExclusionNew.as_view(), name="exclusion_new"),
    path("exclusions/<int:pk>/", exclusions.ExclusionView.as_view(), name="exclusion"),
    path(
        "exclusions/<int:pk>/withdraw/",
        exclusions.ExclusionWithdraw.as_view(),
        name="exclusion_withdraw",
    ),
]
