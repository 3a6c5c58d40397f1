"""Addresses of devices, monitored points, the gateway and marks."""

from __future__ import annotations

from django.urls import URLPattern, path

from lantian.apps.monitoring.views import (
    commands,
    daily,
    devices,
    enterprise,
    gateway,
    marks,
    new_passwords,
    points,
    rates,
)

urlpatterns: list[URLPattern] = [
    path("points/", points.PointList.as_view(), name="points"),
    path("points/map/", points.PointsMap.as_view(), name="points_map"),
    path("points/geo/", points.PointsGeo.as_view(), name="points_geo"),
    path("points/<int:pk>/", points.PointView.as_view(), name="point"),
    path("points/<int:pk>/limits/new/", points.LimitNew.as_view(), name="limit_new"),
    path("limits/<int:pk>/end/", points.LimitEnd.as_view(), name="limit_end"),
    path("enterprises/<int:pk>/", enterprise.EnterprisePage.as_view(), name="enterprise"),
    path("daily/", daily.DailyPage.as_view(), name="daily"),
    path("rates/", rates.RatesPage.as_view(), name="rates"),
    path("devices/", devices.DeviceList.as_view(), name="devices"),
    path("devices/new/", devices.DeviceNew.as_view(), name="device_new"),
    path("devices/keys/", devices.KeyList.as_view(), name="device_keys"),
    path("devices/sources/", devices.SourceSuggest.as_view(), name="source_suggest"),
    path("devices/<int:pk>/", devices.DeviceView.as_view(), name="device"),
    path("devices/<int:pk>/edit/", devices.DeviceEdit.as_view(), name="device_edit"),
    path("devices/<int:pk>/approve/", devices.DeviceApprove.as_view(), name="device_approve"),
    path("devices/<int:pk>/suspend/", devices.DeviceSuspend.as_view(), name="device_suspend"),
    path("devices/<int:pk>/resume/", devices.DeviceResume.as_view(), name="device_resume"),
    path("devices/<int:pk>/retire/", devices.DeviceRetire.as_view(), name="device_retire"),
    path("devices/<int:pk>/key/", devices.DeviceKey.as_view(), name="device_key"),
    path(
        "devices/<int:pk>/key/new/", new_passwords.NewPasswordPage.as_view(), name="device_new_password"
    ),
    path("commands/<int:pk>/key/cancel/", new_passwords.NewPasswordCancel.as_view(), name="new_password_cancel"),
    path("devices/<int:pk>/commands/", commands.CommandsPage.as_view(), name="commands"),
    path("commands/<int:pk>/cancel/", commands.CommandCancel.as_view(), name="command_cancel"),
    path("gateway/", gateway.GatewayPage.as_view(), name="gateway"),
    path("gateway/rejects/<int:pk>/", gateway.GatewayReject.as_view(), name="gateway_reject"),
    path("gateway/read/", gateway.GatewayDecode.as_view(), name="gateway_decode"),
    path("marks/", marks.MarkList.as_view(), name="marks"),
    path("marks/new/", marks.MarkNew.as_view(), name="mark_new"),
    path("marks/<int:pk>/", marks.MarkView.as_view(), name="mark"),
    path("marks/<int:pk>/check/", marks.MarkCheck.as_view(), name="mark_check"),
    path("marks/<int:pk>/withdraw/", marks.MarkWithdraw.as_view(), name="mark_withdraw"),
]
