"""What the accounts and security half of the foundation makes known when the app is loaded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


def register() -> None:
    """Signals, pages of the navigation, words of the log."""
    from lantian.apps.core import auth, history, navigation

    auth.connect()
    for label, url_name, icon, permission, order in (
        (_("Accounts"), "core:users", "users", "core.user.view", 10),
        (_("Roles"), "core:roles", "shield-check", "core.role.view", 20),
        (_("Online users"), "core:sessions", "device-desktop", "core.session.view", 30),
        (_("Security policy"), "core:policy", "shield-lock", "core.parameter.view", 40),
        (_("Action log"), "core:log", "history", "core.log.view", 50),
    ):
        navigation.register("admin", label, url_name, icon, permission, order)
    history.register_core()
    from lantian.apps.core import api_registry

    for prefix, name, tag in (
        ("/me", "me_router", gettext_noop("My account")),
        ("/users", "users_router", gettext_noop("Accounts")),
        ("/roles", "roles_router", gettext_noop("Roles")),
        ("/sessions", "sessions_router", gettext_noop("Online users")),
        ("/policy", "policy_router", gettext_noop("Security policy")),
        ("/log", "log_router", gettext_noop("Action log")),
    ):
        api_registry.register(prefix, f"lantian.apps.core.api.{name}", order=90, tag=tag)
