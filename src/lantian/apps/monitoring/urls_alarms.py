"""Addresses of the desk of alarms."""

from __future__ import annotations

from django.urls import path

from lantian.apps.monitoring.views import alarms

urlpatterns = [
    path("alarms/", alarms.AlarmList.as_view(), name="alarms"),
    path("alarms/groups/", alarms.AlarmGroups.as_view(), name="alarm_groups"),
    path("alarms/figures/", alarms.AlarmFigures.as_view(), name="alarm_figures"),
    path("alarms/filter/", alarms.AlarmFilterSave.as_view(), name="alarm_filter_save"),
    path("alarms/take-up/", alarms.AlarmsTakeUp.as_view(), name="alarms_take_up"),
    path("alarms/<int:pk>/", alarms.AlarmPage.as_view(), name="alarm"),
    path("alarms/<int:pk>/acknowledge/", alarms.AlarmAcknowledge.as_view(), name="alarm_acknowledge"),
    path("alarms/<int:pk>/answer/", alarms.AlarmAnswer.as_view(), name="alarm_answer"),
    path("alarms/<int:pk>/send-back/", alarms.AlarmSendBack.as_view(), name="alarm_send_back"),
    path("alarms/<int:pk>/turn-over/", alarms.AlarmTurnOver.as_view(), name="alarm_turn_over"),
    path("alarms/<int:pk>/close/", alarms.AlarmClose.as_view(), name="alarm_close"),
    path("alarms/<int:pk>/reopen/", alarms.AlarmReopen.as_view(), name="alarm_reopen"),
]
