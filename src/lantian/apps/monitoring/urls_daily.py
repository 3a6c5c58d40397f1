"""Addresses of warnings and daily reports."""

from __future__ import annotations

from django.urls import path

from lantian.apps.monitoring.views import daily_reports, warnings

urlpatterns = [
    path("warnings/", warnings.WarningList.as_view(), name="warnings"),
    path("warnings/new/", warnings.WarningNew.as_view(), name="warning_new"),
    path("warnings/<int:pk>/", warnings.WarningPage.as_view(), name="warning"),
    path("warnings/<int:pk>/level/", warnings.WarningLevelView.as_view(), name="warning_level"),
    path("warnings/<int:pk>/lift/", warnings.WarningLift.as_view(), name="warning_lift"),
    path("daily/reports/", daily_reports.ReportList.as_view(), name="daily_reports"),
    path("daily/reports/new/", daily_reports.ReportNew.as_view(), name="daily_report_new"),
    path("daily/reports/setting/", daily_reports.SettingPage.as_view(), name="daily_setting"),
    path("daily/reports/<int:pk>/", daily_reports.ReportPage.as_view(), name="daily_report"),
    path("daily/reports/<int:pk>/verify/", daily_reports.VerifyPage.as_view(), name="daily_verify"),
    path("daily/reports/<int:pk>/verify-all/", daily_reports.VerifyAllView.as_view(), name="daily_verify_all"),
    path("daily/reports/<int:pk>/remake/", daily_reports.RemakeView.as_view(), name="daily_remake"),
    path("daily/reports/<int:pk>/send/", daily_reports.ReportSend.as_view(), name="daily_send"),
    path("daily/reports/<int:pk>/correct/", daily_reports.ReportCorrect.as_view(), name="daily_correct"),
    path("daily/reports/<int:pk>/word/", daily_reports.ReportWord.as_view(), name="daily_report_word"),
]
