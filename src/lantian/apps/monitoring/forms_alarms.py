"""Forms of the steps of an alarm."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.actions.alarm_steps import MOST_WORDS, PROOFS
from lantian.apps.monitoring.alarm_words import reasons
from lantian.apps.monitoring.choices_alarms import Verdict
from lantian.apps.plans.step_forms import ManyFilesField, ManyFilesInput


def _words(required: bool, label: Any = _("Words"), help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=MOST_WORDS,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NoteForm(forms.Form):
    """Words that may be left out."""

    text = _words(False)


class WhyForm(forms.Form):
    """Words that are wanted."""

    text = _words(True, _("Why"))


class AnswerForm(forms.Form):
    """Why it happened, in a word of the book and in words, with pictures or papers."""

    code = forms.ChoiceField(label=_("Reason"), choices=())
    text = _words(True, _("What happened, and what was done"))
    proofs = ManyFilesField(
        label=_("Proofs"),
        required=False,
        help_text=_("Pictures, log sheets, repair papers; at most 10 files of 50 MB each."),
        widget=ManyFilesInput(
            attrs={"multiple": True, "accept": ",".join(["image/*", *(f".{end}" for end in PROOFS)])}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["code"]
        field.choices = [("", "---------"), *reasons()]


class CloseForm(forms.Form):
    """The verdict."""

    verdict = forms.ChoiceField(label=_("Verdict of the alarm"), choices=Verdict.choices, widget=forms.RadioSelect)
    text = _words(False, help_text=_("Wanted for a false alarm: the rule is judged by it."))
