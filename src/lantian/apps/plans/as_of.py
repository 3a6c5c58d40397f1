"""The day for which a view is asked, and by which clock."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.display import campaign_today
from lantian.apps.core.lists import DayInput
from lantian.apps.plans.choices import Clock


class AsOfForm(forms.Form):
    """Bound to the address; what is no day is told and counts as today."""

    day = forms.DateField(label=_("How it stood on"), required=False, widget=DayInput())
    clock = forms.ChoiceField(label=_("By what was known"), choices=Clock.choices, required=False)

    def __init__(self, data: Any) -> None:
        super().__init__({"day": data.get("day", ""), "clock": data.get("clock", "")})
        self.is_valid()

    @property
    def on(self) -> date | None:
        """The day; None for today."""
        found: date | None = self.cleaned_data.get("day")
        return None if found == campaign_today() else found

    @property
    def by(self) -> str:
        """The clock."""
        return self.cleaned_data.get("clock") or Clock.RECORDED

    @property
    def clock_label(self) -> Any:
        """The clock in words."""
        return Clock(self.by).label

    def query(self) -> dict[str, str]:
        """What of the address keeps the day."""
        return {"day": f"{self.on:%Y-%m-%d}", "clock": self.by} if self.on is not None else {}
