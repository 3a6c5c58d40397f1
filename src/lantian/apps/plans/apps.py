"""Action plans, their tasks and their targets."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """Plans that were read or typed in, with tasks, targets and duties."""

    name = "lantian.apps.plans"
    label = "plans"
    verbose_name = _("Action plans")

    def ready(self) -> None:
        """Make the permissions and the roles of this room known, and what of it moves when organisations merge."""
        from lantian.apps.core import files, merging
        from lantian.apps.core.models import Organisation, Region
        from lantian.apps.plans import access, ledger, work
        from lantian.apps.plans.models import Plan, PlanImport, Target, Task

        access.register()
        files.register_target(PlanImport, access.PLAN_IMPORT)
        files.register_target(Plan, access.PLAN_VIEW)
        files.register_target(Task, access.TASK_VIEW, access.TASK_EDIT)
        files.register_target(Target, access.TARGET_VIEW, access.TARGET_EDIT)
        work.register("plans.evidence", work.evidence)
        merging.register(Organisation, "plans.units", ledger.repoint)
        for holder in ("plans.Plan", "plans.PlanImport", "plans.Target"):
            merging.register_field(Region, holder, "region")
