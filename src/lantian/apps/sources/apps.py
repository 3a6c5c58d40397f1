"""Sources under control."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SourcesConfig(AppConfig):
    """Full-scope lists, one identity per source, and the emission inventory."""

    name = "lantian.apps.sources"
    label = "sources"
    verbose_name = _("Sources and lists")

    def ready(self) -> None:
        """Make the permissions and the pages of this room known."""
        from lantian.apps.core import files, merging
        from lantian.apps.core.models import Organisation, Region
        from lantian.apps.sources import access, dossier_ports, pages, words
        from lantian.apps.sources.emissions import importing
        from lantian.apps.sources.models import InventoryRun, StagedImport

        access.register()
        words.register()
        pages.register()
        dossier_ports.register_own()
        files.register_target(StagedImport, access.LIST_IMPORT)
        files.register_target(InventoryRun, access.INVENTORY_VIEW)
        importing.register()
        for holder in ("sources.Source", "sources.SourceList", "sources.ListEntry", "sources.Project"):
            merging.register_field(Region, holder, "region")
        for holder in ("sources.Source", "sources.ListEntry"):
            for field in ("department", "town", "operator"):
                merging.register_field(Organisation, holder, field)
        merging.register_field(Organisation, "sources.SourceList", "owner")
        merging.register_field(Organisation, "sources.Project", "organisation")
