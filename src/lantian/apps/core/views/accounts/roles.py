"""Roles: list, matrix of permissions, roles of the office's own."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import duties, lists, pages
from lantian.apps.core.account_actions import DeleteRole, SaveRole
from lantian.apps.core.forms.accounts import RoleForm, permission_choices
from lantian.apps.core.models import Grant, Role, User
from lantian.apps.core.tables.accounts import RoleTable

CRUMBS = ((_("Roles"), "core:roles"),)


def _open(prefix: str = "") -> Q:
    return Q(**{f"{prefix}revoked_at__isnull": True}) & (
        Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gte": timezone.localdate()})
    )


class RoleList(lists.ListView):
    """All roles."""

    model = Role
    permission = "core.role.view"
    title = _("Roles")
    table_class = RoleTable

    def get_queryset(self) -> Any:
        """With the number of accounts that hold each."""
        return (
            super()
            .get_queryset()
            .annotate(holders=Count("grants__user", filter=_open("grants__") & Q(grants__user__is_active=True), distinct=True))
        )

    def get_page_actions(self) -> list[dict[str, Any]]:
        """New role."""
        return [
            {
                "label": __("New role"),
                "url": reverse("core:role_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": "core.role.manage",
            }
        ]


class RoleView(pages.DetailView):
    """One role: what it carries and who holds it."""

    model = Role
    permission = "core.role.view"
    template_name = "core/role.html"
    breadcrumbs = CRUMBS

    def get_title(self) -> str:
        """Its name."""
        return __(self.object.name)

    def get_subtitle(self) -> str:
        """What it is for."""
        return __(self.object.description) if self.object.description else ""

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Copy always; change and delete only for own roles."""
        role: Role = self.object
        found = [
            {
                "label": __("Copy"),
                "url": f"{reverse('core:role_new')}?from={role.pk}",
                "icon": "copy",
                "permission": "core.role.manage",
            }
        ]
        if not role.built_in:
            found += [
                {
                    "label": __("Edit"),
                    "url": reverse("core:role_edit", args=[role.pk]),
                    "icon": "pencil",
                    "permission": "core.role.manage",
                },
                {
                    "label": __("Delete"),
                    "url": reverse("core:role_delete", args=[role.pk]),
                    "icon": "trash",
                    "tone": "danger",
                    "permission": "core.role.manage",
                },
            ]
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the matrix and the holders that one may see."""
        carried = set(self.object.permissions)
        holders = (
            Grant.objects.filter(_open(), role=self.object, user__is_active=True)
            .select_related("user", "user__person", "user__organisation", "region", "role")
            .order_by("user__username")
        )
        if self.user.may("core.user.view"):
            holders = holders.filter(user__in=User.objects.all().visible_to(self.user, "core.user.view"))
        else:
            holders = holders.none()
        return super().get_context_data(
            matrix=[
                (group, [(label, code in carried) for code, label in listed])
                for group, listed in permission_choices()
            ],
            holders=holders,
            duties=duties.labels(duties.duties_of(carried)),
            **kwargs,
        )


class _RoleFormView:
    """What making and changing share."""

    template_name = "core/role_form.html"
    form_class = RoleForm
    breadcrumbs = CRUMBS
    permission = "core.role.manage"
    actor: Any
    success_message = _("The role has been saved.")

    def save(self, role: Role, form: Any) -> Role:
        """Run the action."""
        data = form.cleaned_data
        return SaveRole(
            self.actor,
            role,
            name=data["name"],
            description=data["description"],
            carried=data["permissions"],
            reason=data["reason"],
        ).execute()

    def get_done_url(self, result: Role) -> str:
        """Its page."""
        return reverse("core:role", args=[result.pk])


class NewRoleView(_RoleFormView, pages.ActionView):
    """A new role, empty or as a copy of another."""

    title = _("New role")
    cancel_url_name = "core:roles"

    def get_initial(self) -> dict[str, Any]:
        """As the role that is copied."""
        key = self.request.GET.get("from", "")
        if not key.isdecimal():
            return {}
        source = Role.objects.all().visible_to(self.user, "core.role.view").filter(pk=key).first()
        if source is None:
            return {}
        return {
            "name": __("%(name)s (copy)") % {"name": __(source.name)},
            "description": __(source.description) if source.description else "",
            "permissions": source.permissions,
        }

    def run(self, form: Any) -> Role:
        """Make it."""
        return self.save(Role(), form)


class EditRoleView(_RoleFormView, pages.RowActionView):
    """Change a role of the office's own."""

    model = Role
    queryset = Role.objects.filter(built_in=False)
    title = _("Edit role")

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        role: Role = self.object
        return {"name": role.name, "description": role.description, "permissions": role.permissions}

    def run(self, form: Any) -> Role:
        """Change it."""
        return self.save(self.object, form)

    def get_cancel_url(self) -> str:
        """Its page."""
        return reverse("core:role", args=[self.object.pk])


class DeleteRoleView(pages.ConfirmView):
    """Delete a role that nobody was ever given."""

    model = Role
    queryset = Role.objects.filter(built_in=False)
    permission = "core.role.manage"
    breadcrumbs = CRUMBS
    title = _("Delete role")
    submit_label = _("Delete")
    question = _("Delete this role?")
    consequences = (_("Only a role that was never given to anybody can be deleted."),)
    success_message = _("The role has been deleted.")

    def run(self, form: Any) -> Role:
        """Delete it."""
        return DeleteRole(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()

    def get_cancel_url(self) -> str:
        """Its page."""
        return reverse("core:role", args=[self.kwargs["pk"]])

    def get_done_url(self, result: Any) -> str:
        """The list: the page is gone."""
        return reverse("core:roles")
