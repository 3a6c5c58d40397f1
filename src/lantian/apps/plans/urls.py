"""Addresses of plans."""

from __future__ import annotations

from django.urls import path

from lantian.apps.plans.transitions import TRANSITIONS
from lantian.apps.plans.views import (
    board,
    calendar,
    comparing,
    entering,
    gantt,
    handing_over,
    imports,
    ledger,
    month,
    overview,
    revising,
    steps,
    targets,
    tasks,
    warning,
)

app_name = "plans"

urlpatterns = [
    path("", ledger.PlanList.as_view(), name="plans"),
    path("new/", entering.PlanNew.as_view(), name="plan_new"),
    path("<int:pk>/", overview.PlanView.as_view(), name="plan"),
    path("<int:pk>/tasks/new/", entering.TaskNew.as_view(), name="task_new"),
    path("<int:pk>/targets/new/", entering.TargetNew.as_view(), name="target_new"),
    path("<int:pk>/duties/new/", entering.DutyNew.as_view(), name="duty_new"),
    path("<int:pk>/sanctions/new/", entering.SanctionNew.as_view(), name="sanction_new"),
    path("<int:pk>/board/", board.BoardView.as_view(), name="plan_board"),
    path("<int:pk>/calendar/", calendar.CalendarView.as_view(), name="plan_calendar"),
    path("<int:pk>/gantt/", gantt.GanttView.as_view(), name="plan_gantt"),
    path("<int:pk>/text/", ledger.PlanTextView.as_view(), name="plan_text"),
    path("<int:pk>/edit/", ledger.PlanEditView.as_view(), name="plan_edit"),
    path("<int:pk>/warning/", warning.WarnDays.as_view(), name="plan_warning"),
    path("<int:pk>/withdraw/", ledger.PlanWithdrawView.as_view(), name="plan_withdraw"),
    path("<int:pk>/comparisons/", comparing.PlanComparisons.as_view(), name="plan_comparisons"),
    path("comparisons/<int:pk>/", comparing.ComparisonView.as_view(), name="comparison"),
    path("comparisons/<int:pk>/findings/<int:finding>/", comparing.FindingView.as_view(), name="finding"),
    path(
        "comparisons/<int:pk>/findings/<int:finding>/confirm/",
        comparing.FindingConfirm.as_view(),
        name="finding_confirm",
    ),
    path("tasks/", ledger.TaskList.as_view(), name="tasks"),
    path("tasks/<int:pk>/", tasks.TaskView.as_view(), name="task"),
    path("tasks/<int:pk>/edit/", ledger.TaskEditView.as_view(), name="task_edit"),
    *(
        path(
            f"tasks/<int:pk>/{row.step.replace('_', '-')}/",
            steps.StepView.as_view(step=row.step, permission=row.permission),
            name=f"task_{row.step}",
        )
        for row in TRANSITIONS.values()
    ),
    path("tasks/<int:pk>/cosigns/<int:cosign>/", steps.CosignView.as_view(), name="task_cosign"),
    path("tasks/<int:pk>/counted/", steps.CountedView.as_view(), name="task_counted"),
    path("tasks/<int:pk>/hand-down/", steps.HandDownView.as_view(), name="task_hand_down"),
    path("tasks/<int:pk>/adjust/", steps.AdjustView.as_view(), name="task_adjust"),
    path(
        "tasks/<int:pk>/adjustments/<int:adjustment>/approve/",
        steps.AdjustmentApprove.as_view(),
        name="adjustment_approve",
    ),
    path(
        "tasks/<int:pk>/adjustments/<int:adjustment>/refuse/",
        steps.AdjustmentRefuse.as_view(),
        name="adjustment_refuse",
    ),
    path(
        "tasks/<int:pk>/adjustments/<int:adjustment>/withdraw/",
        steps.AdjustmentWithdraw.as_view(),
        name="adjustment_withdraw",
    ),
    path("hand-over/", handing_over.HandOverView.as_view(), name="hand_over"),
    path("units/<int:pk>/", ledger.UnitTasks.as_view(), name="unit_tasks"),
    path("units/<int:pk>/month/", month.UnitMonth.as_view(), name="unit_month"),
    path("targets/", ledger.TargetList.as_view(), name="targets"),
    path("targets/<int:pk>/", targets.TargetPage.as_view(), name="target"),
    path("targets/<int:pk>/value/", targets.ReadingNew.as_view(), name="target_reading"),
    path("targets/<int:pk>/above/", targets.TargetUpper.as_view(), name="target_upper"),
    path("targets/<int:pk>/edit/", ledger.TargetEditView.as_view(), name="target_edit"),
    path("duties/", ledger.DutyList.as_view(), name="duties"),
    path("duties/<int:pk>/", ledger.DutyView.as_view(), name="duty"),
    path("duties/<int:pk>/edit/", ledger.DutyEditView.as_view(), name="duty_edit"),
    path("sanctions/", ledger.SanctionList.as_view(), name="sanctions"),
    path("sanctions/<int:pk>/", ledger.SanctionView.as_view(), name="sanction"),
    path("sanctions/<int:pk>/edit/", ledger.SanctionEditView.as_view(), name="sanction_edit"),
    path("imports/", imports.ImportList.as_view(), name="imports"),
    path("imports/new/", imports.UploadView.as_view(), name="import_new"),
    path("imports/<int:pk>/", imports.ImportView.as_view(), name="import"),
    path("imports/<int:pk>/check/", imports.CheckView.as_view(), name="import_check"),
    path("imports/<int:pk>/text/", imports.ChunkView.as_view(), name="import_text"),
    path("imports/<int:pk>/units/", imports.UnitsView.as_view(), name="import_units"),
    path("imports/<int:pk>/confirm/", imports.ImportConfirmView.as_view(), name="import_confirm"),
    path("imports/<int:pk>/revision/", revising.RevisionChoose.as_view(), name="import_revision"),
    path("imports/<int:pk>/compare/", revising.CompareView.as_view(), name="import_compare"),
    path("imports/<int:pk>/discard/", imports.DiscardView.as_view(), name="import_discard"),
    path("imports/<int:pk>/head/", imports.HeadView.as_view(), name="import_head"),
    path("imports/<int:pk>/head/edit/", imports.HeadEditView.as_view(), name="import_head_edit"),
    path("imports/<int:pk>/warnings/<int:warning>/", imports.WarningView.as_view(), name="import_warning"),
    path("imports/<int:pk>/<str:kind>/add/", imports.EntryAddView.as_view(), name="import_entry_add"),
    path("imports/<int:pk>/<str:kind>/<str:key>/", imports.EntryView.as_view(), name="import_entry"),
    path(
        "imports/<int:pk>/<str:kind>/<str:key>/edit/",
        imports.EntryEditView.as_view(),
        name="import_entry_edit",
    ),
    path(
        "imports/<int:pk>/<str:kind>/<str:key>/remove/",
        imports.EntryRemoveView.as_view(),
        name="import_entry_remove",
    ),
]
