"""Base templates, static files and the language catalogue."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """The shell around the pages of all apps."""

    name = "lantian.web"
    label = "web"

    def ready(self) -> None:
        """Put the home page at the head of the navigation, and make the kinds of jobs of all apps known."""
        from django.utils.module_loading import autodiscover_modules

        from lantian.apps.core import navigation

        navigation.register("home", _("Overview"), "home", "home", order=0)
        # Who orders a job must know its kind as well as who does it.
        autodiscover_modules("tasks")
