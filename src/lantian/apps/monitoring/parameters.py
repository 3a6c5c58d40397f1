"""What the office may set for monitored points."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import parameters

_OWN = _("A starting value of this system; no document that was read names one.")


def register() -> None:
    """Make them known."""
    group = _("Source monitoring")
    parameters.register(
        [
            parameters.Spec(
                "monitoring.late_minutes",
                group,
                _("A device is late when nothing came for"),
                65,
                5,
                1440,
                unit=_("minutes"),
                note=_OWN,
            ),
            parameters.Spec(
                "monitoring.offline_minutes",
                group,
                _("A device is offline when nothing came for"),
                180,
                10,
                10080,
                unit=_("minutes"),
                note=_OWN,
            ),
            parameters.Spec(
                "monitoring.mark_hours",
                group,
                _("Data must be marked after the end of the period within"),
                24,
                1,
                720,
                unit=_("hours"),
                note=_OWN,
            ),
            parameters.Spec(
                "monitoring.by_hand_days",
                group,
                _("Missing hourly data may be entered by hand up to"),
                31,
                1,
                366,
                unit=_("days back"),
                note=_OWN,
            ),
        ]
    )
