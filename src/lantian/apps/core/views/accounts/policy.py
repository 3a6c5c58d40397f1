"""The security policy: what holds, and changing it with a reason."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history, pages, parameters
from lantian.apps.core.account_actions import ChangePolicy
from lantian.apps.core.forms.accounts import PolicyForm
from lantian.apps.core.models import LogEntry


class PolicyView(pages.Page):
    """What holds, what the default is, and who changed it when and why."""

    permission = "core.parameter.view"
    template_name = "core/policy.html"
    title = _("Security policy")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change."""
        return [
            {
                "label": __("Change"),
                "url": reverse("core:policy_edit"),
                "icon": "pencil",
                "tone": "primary",
                "permission": "core.parameter.change",
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add values by group and the history."""
        values = parameters.everything()
        groups: dict[str, list[dict[str, Any]]] = {}
        for spec in parameters.specs():
            value = values[spec.key]
            groups.setdefault(str(spec.group), []).append(
                {
                    "spec": spec,
                    "value": spec.shown(value),
                    "default": spec.shown(spec.default),
                    "differs": value != spec.default,
                }
            )
        changes = LogEntry.objects.filter(action=ChangePolicy.code, result="done").order_by("-id")[:10]
        return super().get_context_data(
            groups=list(groups.items()), entries=history.tell(list(changes)), **kwargs
        )


class EditPolicyView(pages.ActionView):
    """Change parameters."""

    permission = "core.parameter.change"
    template_name = "core/policy_form.html"
    form_class = PolicyForm
    title = _("Change the security policy")
    breadcrumbs = ((_("Security policy"), "core:policy"),)
    cancel_url_name = "core:policy"
    success_message = _("The security policy has been changed. It holds everywhere within a few seconds.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add what holds."""
        return {**super().get_form_kwargs(), "values": parameters.everything()}

    def run(self, form: Any) -> dict[str, Any]:
        """Change what differs."""
        values = {key: value for key, value in form.cleaned_data.items() if key != "reason"}
        return ChangePolicy(self.actor, values, reason=form.cleaned_data["reason"]).execute()

    def get_success_message(self, result: dict[str, Any]) -> Any:
        """Say so if nothing differed."""
        return self.success_message if result else __("Nothing was changed.")
