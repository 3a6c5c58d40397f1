"""States of devices."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeviceKind(models.TextChoices):
    """What a device watches."""

    CEMS = "cems", _("Stack gas")
    VOC = "voc", _("Volatile organics")
    FUME = "fume", _("Cooking fume")
    VAPOUR = "vapour", _("Oil vapour recovery")
    DUST = "dust", _("Construction dust")
    METER = "meter", _("Electricity monitoring")
    STATE = "state", _("Working condition")


class DeviceState(models.TextChoices):
    """Whether what a device sends is taken."""

    #: it reported without being known, and waits for somebody to say whose it is
    PARKED = "parked", _("Waiting for approval")
    ACTIVE = "active", _("In operation")
    SUSPENDED = "suspended", _("Suspended")
    RETIRED = "retired", _("Taken out of use")


class Protocol(models.TextChoices):
    """Edition of the protocol that a device speaks."""

    V2005 = "2005", "HJ/T 212-2005"
    V2017 = "2017", "HJ 212-2017"
    V2025 = "2025", "HJ 212-2025"
