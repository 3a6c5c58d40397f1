"""The room that every other app stands on."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Regions, organisations, people, roles, actions and their log, notices, jobs, attachments."""

    name = "lantian.apps.core"
    label = "core"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        """Make the permissions and the built-in roles of the foundation known."""
        from lantian.apps.core import accounts_setup, registry_setup, roles
        from lantian.apps.core.permissions import register_core

        register_core()
        registry_setup.register()
        accounts_setup.register()
        roles.register(*roles.CORE_ROLES)
        post_migrate.connect(roles.install, sender=self, dispatch_uid="core.roles")
