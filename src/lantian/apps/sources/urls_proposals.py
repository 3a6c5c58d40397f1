"""Addresses of proposed changes."""

from __future__ import annotations

from django.urls import path

from lantian.apps.sources.views import checks, proposals

urlpatterns = [
    path("proposals/", proposals.ProposalList.as_view(), name="proposals"),
    path("proposals/<int:pk>/", proposals.ProposalPage.as_view(), name="proposal"),
    path("proposals/<int:pk>/decide/", proposals.ProposalDecide.as_view(), name="proposal_decide"),
    path("proposals/<int:pk>/withdraw/", proposals.ProposalWithdraw.as_view(), name="proposal_withdraw"),
    path("checks/", checks.ChecksPage.as_view(), name="checks"),
    path("checks/<slug:code>/", checks.CheckPage.as_view(), name="check"),
    path("checks/<slug:code>/count/", checks.CheckCount.as_view(), name="check_count"),
]
