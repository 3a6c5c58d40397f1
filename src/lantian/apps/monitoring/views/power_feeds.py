"""Pages of meters on HJ 212 devices."""

from __future__ import annotations

import logging
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import lists, pages
from lantian.apps.monitoring import access, forms_power, power_feeds, tables_power
from lantian.apps.monitoring.actions import power_feeds as actions
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.models import Device, Meter, MeterFeed
from lantian.apps.monitoring.views.power_registry import METERS
from lantian.lake.errors import LakeError

logger = logging.getLogger(__name__)
FEEDS = (*METERS, (_("Meters on HJ 212 devices"), "monitoring:power_feeds"))
#: devices of an enterprise of which is shown what they send
MOST_DEVICES = 10


class FeedList(lists.ListView):
    """Meters that are read from devices, and what they do."""

    model = MeterFeed
    permission = access.POWER_EDIT
    title = _("Meters on HJ 212 devices")
    subtitle = _("Which codes of which device are read as a meter, when the last value came, and why nothing comes.")
    breadcrumbs = METERS
    table_class = tables_power.FeedTable
    filterset_class = tables_power.FeedFilter
    empty_title = _("No meter is read from a device yet.")
    empty_hint = _("Choose “HJ 212 device” in the list of meters.")
    empty_url_name = "monitoring:power_meters"
    empty_label = _("Electricity meters")

    def get_queryset(self) -> Any:
        """With their meters and devices."""
        return super().get_queryset().select_related("meter__source", "device")


class FeedEdit(pages.RowActionView):
    """From which device and codes a meter is read."""

    model = Meter
    permission = access.POWER_EDIT
    title = _("Read a meter from an HJ 212 device")
    breadcrumbs = FEEDS
    form_class = forms_power.FeedForm
    template_name = "monitoring/power_feed.html"
    cancel_url_name = "monitoring:power_feeds"

    def get_subtitle(self) -> Any:
        """Which one, and whose."""
        return f"{self.object.number} · {self.object.source.name}"

    @property
    def feed(self) -> MeterFeed | None:
        """As it is set."""
        return MeterFeed.objects.filter(meter=self.object).select_related("meter", "device").first()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Devices as the actor sees them."""
        return {**super().get_form_kwargs(), "actor": self.actor, "meter": self.object}

    def get_initial(self) -> dict[str, Any]:
        """What is set now."""
        feed = self.feed
        if feed is None:
            return {}
        return {
            "device": str(feed.device_id),
            "factors": "、".join(feed.factors),
            "currents": "、".join(feed.currents),
            **{name: getattr(feed, name) for name in ("measure", "unit", "period", "power_factor", "grounds")},
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How it stands, and what the devices of the enterprise send."""
        now, feed = timezone.now(), self.feed
        rows = self.actor.rows(
            Device.objects.filter(source=self.object.source, state=DeviceState.ACTIVE), access.POWER_EDIT
        )
        devices = list(rows.order_by("mn")[:MOST_DEVICES])
        try:
            sent, unread = power_feeds.sent(devices, now), False
        except LakeError:
            logger.exception("what devices sent could not be read")
            sent, unread = {}, True
        kwargs.setdefault("form_columns", 2)
        return super().get_context_data(
            feed=feed,
            standing=power_feeds.standing(feed, now) if feed is not None else None,
            any_device=bool(devices),
            sent=[(device, sent.get(device.pk, [])) for device in devices],
            unread=unread,
            remove_url=reverse("monitoring:power_feed_remove", args=[self.object.pk]) if feed is not None else "",
            **kwargs,
        )

    def run(self, form: Any) -> MeterFeed:
        """Set it."""
        return actions.SetFeed(self.actor, self.object, **form.cleaned_data).execute()

    def get_done_url(self, result: MeterFeed) -> str:
        """To the list."""
        return reverse("monitoring:power_feeds")


class FeedRemove(pages.ConfirmView):
    """Read a meter from its device no more."""

    model = Meter
    permission = access.POWER_EDIT
    title = _("Read a meter from its device no more")
    breadcrumbs = FEEDS
    cancel_url_name = "monitoring:power_feeds"
    question = _("Shall this meter be read from its device no more?")
    consequences = (_("Its readings stay; new ones must come through another door."),)
    submit_label = _("Read it no more")

    def get_subtitle(self) -> Any:
        """Which one."""
        return self.object.number

    def run(self, form: Any) -> MeterFeed:
        """Take it away."""
        return actions.RemoveFeed(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()

    def get_done_url(self, result: MeterFeed) -> str:
        """To the list."""
        return reverse("monitoring:power_feeds")
