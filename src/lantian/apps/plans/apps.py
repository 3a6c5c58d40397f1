"""Action plans, their tasks and their targets."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """Plans that were read or typed in, with tasks, targets and duties."""

    name = "lantian.apps.plans"
    label = "plans"
    verbose_name = _("Action plans")

    def ready(self) -> None:
        """Make the permissions and the roles of this room known, and what of it moves when organisations merge."""
        from lantian.apps.core import (
            api_registry,
            dashboard,
            files,
            merging,
            navigation,
            related,
            target_source,
        )
        from lantian.apps.core.models import Organisation, Region
        from lantian.apps.plans import (
            access,
            cards,
            importers,
            importers_targets,
            ledger,
            set_targets,
            standing,
            words,
            work,
        )
        from lantian.apps.plans import related as tasks_of
        from lantian.apps.plans.models import Plan, PlanImport, Target, Task
        from lantian.apps.plans.views import handing_over

        access.register()
        post_migrate.connect(standing.open_missing, sender=self, dispatch_uid="plans.standing")
        files.register_target(PlanImport, access.PLAN_IMPORT)
        files.register_target(Plan, access.PLAN_VIEW)
        files.register_target(Task, access.TASK_VIEW, access.TASK_EDIT)
        files.register_target(Target, access.TARGET_VIEW, access.TARGET_EDIT)
        work.register("plans.evidence", work.evidence)
        merging.register(Organisation, "plans.units", ledger.repoint)
        related.register(Organisation, tasks_of.of_organisation)
        for holder in ("plans.Plan", "plans.PlanImport", "plans.Target"):
            merging.register_field(Region, holder, "region")
        words.register()
        importers.register()
        importers_targets.register()
        target_source.register("plans", set_targets.of_plans)
        for label, url_name, icon, permission, order in (
            (_("Action plans"), "plans:plans", "files", access.PLAN_VIEW, 10),
            (_("Task ledger"), "plans:tasks", "list-check", access.TASK_VIEW, 20),
            (_("Targets"), "plans:targets", "target", access.TARGET_VIEW, 30),
            (_("Reporting duties"), "plans:duties", "send", access.PLAN_VIEW, 40),
            (_("Imports of plans"), "plans:imports", "file-import", access.PLAN_IMPORT, 50),
        ):
            navigation.register("plans", label, url_name, icon, permission, order)
        dashboard.register(cards.numbers, 10)
        dashboard.register(cards.deadlines, 20)
        dashboard.register(cards.my_unit, 15)
        dashboard.register(cards.duties, 40)
        dashboard.register(handing_over.card, 25)
        for order, (prefix, router) in enumerate(
            (
                ("/plans", "api_entering.plans_router"),
                ("/tasks", "api.tasks_router"),
                ("/task-work", "api_work.router"),
                ("/targets", "api.targets_router"),
                ("/reporting-duties", "api.duties_router"),
                ("/plan-imports", "api_revising.imports_router"),
            )
        ):
            api_registry.register(prefix, f"lantian.apps.plans.{router}", order=10 + order, tag="plans")
