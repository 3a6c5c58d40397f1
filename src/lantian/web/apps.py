"""Base templates, static files and the language catalogue."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The shell around the pages of all apps."""

    name = "lantian.web"
    label = "web"
