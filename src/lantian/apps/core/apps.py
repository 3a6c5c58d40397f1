"""The room that every other app stands on."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Regions, organisations, people, roles, actions and their log, notices, jobs, attachments."""

    name = "lantian.apps.core"
    label = "core"
    verbose_name = _("Foundation")
