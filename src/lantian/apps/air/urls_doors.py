"""Addresses of the doors."""

from __future__ import annotations

from django.urls import path

from lantian.apps.air.views import doors, keys, quality, reviews

urlpatterns = [
    path("deliveries/", doors.DeliveryList.as_view(), name="deliveries"),
    path("deliveries/new/", doors.DeliveryNew.as_view(), name="delivery_new"),
    path("deliveries/<int:pk>/", doors.DeliveryView.as_view(), name="delivery"),
    path("deliveries/<int:pk>/state/", doors.DeliveryProgress.as_view(), name="delivery_state"),
    path("deliveries/<int:pk>/choose/", doors.DeliveryChoose.as_view(), name="delivery_choose"),
    path("deliveries/<int:pk>/import/", doors.DeliveryImport.as_view(), name="delivery_import"),
    path("deliveries/<int:pk>/cancel/", doors.DeliveryCancel.as_view(), name="delivery_cancel"),
    path("review/", reviews.DoubtList.as_view(), name="doubts"),
    path("review/decide/", reviews.DoubtDecide.as_view(), name="doubts_decide"),
    path("review/<int:pk>/", reviews.DoubtView.as_view(), name="doubt"),
    path("review/<int:pk>/decide/", reviews.DoubtOne.as_view(), name="doubt_decide"),
    path("stations/<int:pk>/correct/", reviews.HourCorrect.as_view(), name="hour_correct"),
    path("quality/", quality.QualityView.as_view(), name="quality"),
    path("keys/", keys.KeyList.as_view(), name="keys"),
    path("keys/new/", keys.KeyNew.as_view(), name="key_new"),
    path("keys/<int:pk>/revoke/", keys.KeyRevoke.as_view(), name="key_revoke"),
]
