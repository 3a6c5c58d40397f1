"""Base templates, static files and the language catalogue."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """The shell around the pages of all apps."""

    name = "lantian.web"
    label = "web"

    def ready(self) -> None:
        """Put the home page at the head of the navigation."""
        from lantian.apps.core import navigation

        navigation.register("home", _("Overview"), "home", "home", order=0)

    def ready(self) -> None:
        """Make the kinds of jobs of all apps known: who orders one must know it as well as who does it."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("tasks")
