"""The gateway as a part of the site: it lends its pages to source monitoring."""

from django.apps import AppConfig


class Hj212Config(AppConfig):
    """No tables of its own: what is known of devices stands in the room of source monitoring."""

    name = "lantian.integrations.hj212"
    label = "hj212"

    def ready(self) -> None:
        """Lend what the pages need."""
        from lantian.integrations.hj212 import pages

        pages.register()
