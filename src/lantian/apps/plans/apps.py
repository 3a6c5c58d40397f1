"""Action plans, their tasks and their targets."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlansConfig(AppConfig):
    """Plans that were read or typed in, with tasks, targets and duties."""

    name = "lantian.apps.plans"
    label = "plans"
    verbose_name = _("Action plans")
