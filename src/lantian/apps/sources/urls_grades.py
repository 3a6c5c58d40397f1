"""Addresses of performance grades, subsidies, proposed projects and files of sources."""

from __future__ import annotations

from django.urls import URLPattern, path

from lantian.apps.sources.views import dossier, grades, projects, subsidies

urlpatterns: list[URLPattern] = [
    path("grades/", grades.GradeLedger.as_view(), name="grades"),
    path("grades/new/", grades.GradeNew.as_view(), name="grade_new"),
    path("grades/raise/", grades.GradesRaise.as_view(), name="grades_raise"),
    path("grades/<int:pk>/annul/", grades.GradeAnnul.as_view(), name="grade_annul"),
    path("<int:pk>/grades/", grades.SourceGrades.as_view(), name="source_grades"),
    path("<int:pk>/grades/lower/", grades.GradeLower.as_view(), name="grade_lower"),
    path("subsidies/", subsidies.SubsidyLedger.as_view(), name="subsidies"),
    path("subsidies/find/", subsidies.SubsidiesFind.as_view(), name="subsidies_find"),
    path("subsidies/<int:pk>/", subsidies.SubsidyPage.as_view(), name="subsidy"),
    path("subsidies/<int:pk>/request/", subsidies.SubsidyRequest.as_view(), name="subsidy_request"),
    path("subsidies/<int:pk>/approve/", subsidies.SubsidyApprove.as_view(), name="subsidy_approve"),
    path("subsidies/<int:pk>/pay/", subsidies.SubsidyPay.as_view(), name="subsidy_pay"),
    path("subsidies/<int:pk>/refuse/", subsidies.SubsidyRefuse.as_view(), name="subsidy_refuse"),
    path("subsidies/<int:pk>/recover/", subsidies.SubsidyRecover.as_view(), name="subsidy_recover"),
    path("projects/", projects.ProjectLedger.as_view(), name="projects"),
    path("projects/new/", projects.ProjectNew.as_view(), name="project_new"),
    path("projects/<int:pk>/", projects.ProjectPage.as_view(), name="project"),
    path("projects/<int:pk>/edit/", projects.ProjectEdit.as_view(), name="project_edit"),
    path("projects/<int:pk>/decide/", projects.ProjectDecide.as_view(), name="project_decide"),
    path("<int:pk>/dossier/", dossier.SourceDossier.as_view(), name="dossier"),
]
