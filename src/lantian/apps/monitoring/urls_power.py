"""Addresses of electricity supervision."""

from __future__ import annotations

from django.urls import path

from lantian.apps.monitoring.views import power, power_feeds, power_registry, power_settings

urlpatterns = [
    path("power/", power.PowerList.as_view(), name="power"),
    path("power/regions/", power.PowerRegions.as_view(), name="power_regions"),
    path("power/findings/", power.FindingList.as_view(), name="power_findings"),
    path("power/findings/<int:pk>/", power.FindingView.as_view(), name="power_finding"),
    path("power/enterprises/<int:pk>/", power.PowerSourceView.as_view(), name="power_source"),
    path("power/enterprises/<int:pk>/judge/", power.PowerJudge.as_view(), name="power_judge"),
    path("power/enterprises/<int:pk>/own/", power_registry.PowerSiteEdit.as_view(), name="power_site"),
    path("power/meters/", power_registry.MeterList.as_view(), name="power_meters"),
    path("power/meters/new/", power_registry.MeterNew.as_view(), name="power_meter_new"),
    path("power/meters/<int:pk>/edit/", power_registry.MeterEdit.as_view(), name="power_meter_edit"),
    path("power/meters/<int:pk>/retire/", power_registry.MeterRetire.as_view(), name="power_meter_retire"),
    path("power/feeds/", power_feeds.FeedList.as_view(), name="power_feeds"),
    path("power/meters/<int:pk>/feed/", power_feeds.FeedEdit.as_view(), name="power_feed"),
    path("power/meters/<int:pk>/feed/remove/", power_feeds.FeedRemove.as_view(), name="power_feed_remove"),
    path("power/orders/", power_registry.PeriodList.as_view(), name="power_periods"),
    path("power/orders/new/", power_registry.PeriodNew.as_view(), name="power_period_new"),
    path("power/orders/<int:pk>/", power_registry.PeriodView.as_view(), name="power_period"),
    path("power/orders/<int:pk>/edit/", power_registry.PeriodEdit.as_view(), name="power_period_edit"),
    path("power/orders/<int:pk>/withdraw/", power_registry.PeriodWithdraw.as_view(), name="power_period_withdraw"),
    path("power/refused/", power_registry.RejectList.as_view(), name="power_rejects"),
    path("power/refused/take/", power_registry.RejectTake.as_view(), name="power_rejects_take"),
    path("power/books/", power_settings.FigureList.as_view(), name="power_books"),
    path("power/books/<slug:book>/<slug:entry>/", power_settings.FigureSet.as_view(), name="power_book_set"),
    path("power/books/<slug:book>/<slug:entry>/back/", power_settings.FigureBack.as_view(), name="power_book_back"),
    path("power/keys/", power_registry.MeterKeyList.as_view(), name="power_keys"),
    path("power/keys/new/", power_registry.MeterKeyNew.as_view(), name="power_key_new"),
    path("power/keys/<int:pk>/revoke/", power_registry.MeterKeyRevoke.as_view(), name="power_key_revoke"),
]
