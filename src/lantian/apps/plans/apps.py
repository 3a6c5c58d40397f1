"""Action plans, their tasks and their targets."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """Plans that were read or typed in, with tasks, targets and duties."""

    name = "lantian.apps.plans"
    label = "plans"
    verbose_name = _("Action plans")

    def ready(self) -> None:
        """Make the permissions and the roles of this room known."""
        from lantian.apps.plans import access

        access.register()
