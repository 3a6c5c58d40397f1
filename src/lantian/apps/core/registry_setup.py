"""What the registry and operations half of the foundation makes known when the app is loaded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


def register() -> None:
    """Targets of files, importers, pages, words of the log, and how rows move when something becomes another."""
    from lantian.apps.core import api_registry, files, history, merging, navigation
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
    for section, label, url_name, icon, permission, order in (
        ("base", _("Regions"), "core:regions", "map-2", "core.region.view", 10),
        ("base", _("Organisations"), "core:organisations", "building", "core.organisation.view", 20),
        ("base", _("People"), "core:people", "users-group", "core.organisation.view", 30),
        ("base", _("Import"), "core:imports", "file-import", "core.organisation.manage", 40),
        ("admin", _("Jobs"), "core:jobs", "progress", "core.job.view", 60),
    ):
        navigation.register(section, label, url_name, icon, permission, order)
    history.register(
        {
            "core.region.create": _("Region made"),
            "core.region.change": _("Region corrected"),
            "core.region.close": _("Region closed"),
            "core.region.rename": _("Region renamed or transferred"),
            "core.region.split": _("Region split"),
            "core.region.merge": _("Regions merged"),
            "core.region.import": _("Regions imported"),
            "core.boundary.import": _("Boundaries imported"),
            "core.organisation.create": _("Organisation made"),
            "core.organisation.change": _("Organisation changed"),
            "core.organisation.move": _("Organisation moved"),
            "core.organisation.merge": _("Organisation merged"),
            "core.organisation.close": _("Organisation closed"),
            "core.organisation.alias_add": _("Name added"),
            "core.organisation.alias_remove": _("Name removed"),
            "core.organisation.import": _("Organisations imported"),
            "core.person.create": _("Person added"),
            "core.person.change": _("Person changed"),
            "core.person.leave": _("Person left"),
            "core.person.import": _("People imported"),
            "core.post.assign": _("Post given"),
            "core.post.end": _("Post ended"),
            "core.job.start": _("Job started"),
            "core.job.stop": _("Job stopped"),
            "core.job.resume": _("Job resumed"),
            "core.attachment.add": _("File added"),
            "core.attachment.remove": _("File removed"),
            "core.import.upload": _("File for an import uploaded"),
            "core.import.confirm": _("Import confirmed"),
        },
        {
            "absorbed": _("Took in"),
            "became": _("Became"),
            "follows": _("Follows"),
            "children": _("Places or organisations below"),
            "moved": _("Moved rows"),
            "alias": _("Other name"),
            "posts_ended": _("Posts ended"),
            "stop_requested": _("Asked to stop"),
            "attachment": _("File"),
            "sha256": _("SHA-256 of the file"),
            "importer": _("Import"),
            "create": _("New"),
            "update": _("Changed"),
            "succeed": _("New periods"),
            "unchanged": _("As before"),
            "groups": _("By level"),
        },
    )
    for prefix, name, tag in (
        ("/regions", "regions_router", gettext_noop("Regions")),
        ("/organisations", "organisations_router", gettext_noop("Organisations")),
        ("/people", "people_router", gettext_noop("People")),
        ("/jobs", "jobs_router", gettext_noop("Jobs")),
        ("/imports", "imports_router", gettext_noop("Import")),
        ("/files", "files_router", gettext_noop("Files")),
        ("/notifications", "notifications_router", gettext_noop("Notifications")),
    ):
        api_registry.register(prefix, f"lantian.apps.core.api_registry_routes.{name}", order=80, tag=tag)
