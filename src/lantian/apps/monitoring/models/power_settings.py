"""What an office sets otherwise than the books of electricity."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.querysets import RowScope, ScopedManager


class PowerSetting(models.Model):
    """An entry of a book that the office has set otherwise; it holds for all enterprises."""

    book = models.CharField(_("Book"), max_length=20)
    entry = models.CharField(_("Entry"), max_length=40)
    #: as the office wrote it: an exact number
    value = models.CharField(_("Value of the office"), max_length=20)
    grounds = models.CharField(_("Grounds"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Set by")
    )
    set_at = models.DateTimeField(_("Set at"), default=timezone.now)

    objects = ScopedManager()
    #: belongs to no place: only whoever works for all of them has to do with it
    row_scope = RowScope()

    class Meta:
        verbose_name = _("Own figure of electricity supervision")
        verbose_name_plural = _("Own figures of electricity supervision")
        ordering = ["book", "entry"]
        constraints = [models.UniqueConstraint(fields=["book", "entry"], name="power_setting_once")]

    def __str__(self) -> str:
        return f"{self.book}.{self.entry}"
