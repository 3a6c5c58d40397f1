"""Addresses of amounts and of what permits allow."""

from __future__ import annotations

from django.urls import path

from lantian.apps.monitoring.views import amounts

urlpatterns = [
    path("amounts/", amounts.AmountList.as_view(), name="amounts"),
    path("amounts/permitted/", amounts.PermittedList.as_view(), name="permitted"),
    path("amounts/permitted/<int:pk>/edit/", amounts.PermittedEdit.as_view(), name="permitted_edit"),
    path("enterprises/<int:pk>/amounts/", amounts.EnterpriseAmounts.as_view(), name="enterprise_amounts"),
    path("enterprises/<int:pk>/amounts/permitted/new/", amounts.PermittedNew.as_view(), name="permitted_new"),
    path("points/<int:pk>/amounts/", amounts.PointAmounts.as_view(), name="point_amounts"),
]
