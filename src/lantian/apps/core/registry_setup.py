"""What the registry and operations half of the foundation makes known when the app is loaded."""

from __future__ import annotations


def register() -> None:
    """Targets of files, and how rows move when organisations or places become others."""
    from lantian.apps.core import files, merging
    from lantian.apps.core.importers import registry
    from lantian.apps.core.models import Organisation, Region

    files.register_core()
    registry.register_core()
    for holder, field in (
        ("core.User", "organisation"),
        ("core.Person", "organisation"),
        ("core.Post", "organisation"),
        ("core.OrganisationAlias", "organisation"),
    ):
        merging.register_field(Organisation, holder, field)
    merging.register_field(Region, "core.Grant", "region")
    merging.register_field(Region, "core.Organisation", "region")
