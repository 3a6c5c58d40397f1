"""Changes of the security policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from lantian.apps.core import duties, parameters
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.models import Parameter

#: What the log calls the policy; put into the language of the reader when it is shown.
POLICY = gettext_noop("Security policy")


class ChangePolicy(Action[dict[str, Any]]):
    """Set parameters of the security policy; says why."""

    code = "core.parameter.change"
    permission = "core.parameter.change"
    needs_reason = True

    def __init__(self, actor: Actor, values: Mapping[str, Any], *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.values = dict(values)

    def validate(self) -> None:
        """Refuse unknown keys and values outside of their limits, all at once."""
        super().validate()
        fields: dict[str, Any] = {}
        for key, value in self.values.items():
            try:
                self.values[key] = parameters.spec(key).clean(value)
            except Invalid as error:
                fields.update(error.fields)
            except parameters.UnknownParameter:
                fields[key] = [_("There is no such parameter.")]
        if fields:
            raise Invalid(fields=fields)

    def perform(self) -> dict[str, Any]:
        """Write what differs."""
        now = parameters.everything()
        changed = {key: value for key, value in self.values.items() if now[key] != value}
        separation = changed.get("account.separation")
        if separation == parameters.STRICT:
            names = [user.display_name for user in duties.offenders()]
            if names:
                raise Invalid(
                    fields={
                        "account.separation": [
                            _("These accounts hold several duties; take roles back first: %(names)s")
                            % {"names": "、".join(names)}
                        ]
                    }
                )
        for key, value in changed.items():
            Parameter.objects.update_or_create(key=key, defaults={"value": value})
        if changed:
            self.log(
                label=POLICY, before={key: now[key] for key in changed}, after=changed
            )
        self.unchanged = not changed
        if separation == parameters.RELAXED:
            self.notify(
                duties.holders("core.log.export"),
                "security",
                _("The separation of duties was relaxed"),
                body=self.reason,
            )
        self.after_commit(parameters.forget)
        return changed
