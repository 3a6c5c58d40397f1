"""Forms of performance grades and of the steps of subsidies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.display import campaign_today
from lantian.apps.core.lists import DayInput, LongSelect
from lantian.apps.sources.access import GRADE_MANAGE
from lantian.apps.sources.choices import ApproverLevel
from lantian.apps.sources.grading import grade_books, grade_words, region_code, trades_of
from lantian.apps.sources.models import Source
from lantian.rules.names import normalised


def _day(label: Any, *, required: bool = True, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput(), **kwargs)


class SourceField(forms.CharField):
    """A source by its name or one of its codes."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Full name, credit code or permit number."))
        super().__init__(max_length=160, **kwargs)
        self.user: Any = None

    def clean(self, value: Any) -> Any:
        """Find it among those of the account."""
        text = super().clean(value)
        if not text:
            return None
        rows = Source.objects.visible_to(self.user, GRADE_MANAGE).live()
        code = text.upper()
        for wanted in ({"uscc": code}, {"permit": code}, {"name_key": normalised(text)}):
            found = list(rows.filter(**wanted)[:2])
            if len(found) == 1:
                return found[0]
            if found:
                raise forms.ValidationError(
                    __("Several sources are known by this. Open the right one and enter the grade there.")
                )
        raise forms.ValidationError(__("No source of yours is known by this name or code."))


class GradeForm(forms.Form):
    """A grade of a source."""

    source = SourceField(label=_("Name of the source"))
    unit = forms.ChoiceField(label=_("Line or device"), required=False)
    industry = forms.ChoiceField(
        label=_("Trade of the grading"),
        required=False,
        widget=LongSelect,
        help_text=_("Empty: the grade of the whole enterprise."),
    )
    grade = forms.ChoiceField(label=_("Performance grade"))
    valid_from = _day(_("Valid from"))
    valid_to = _day(_("Valid to (last day)"), required=False)
    approver = forms.CharField(label=_("Approved by"), max_length=120)
    approver_level = forms.ChoiceField(label=_("Level of the approver"), choices=ApproverLevel.choices)
    approved_on = _day(_("Approved on"), required=False)
    published_on = _day(
        _("Made public on"),
        required=False,
        help_text=_("Subsidies depend on it: without this day nothing is due."),
    )
    notice = forms.CharField(label=_("Number of the notice"), max_length=120, required=False)
    evidence = forms.CharField(label=_("Evidence"), max_length=500, required=False)

    def __init__(self, *args: Any, source: Source | None = None, user: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        books, fields = grade_books(), self.fields
        units = [] if source is None else list(source.units.order_by("kind", "number"))
        if source is not None:
            del fields["source"]
        else:
            fields["source"].user = user  # type: ignore[attr-defined]
        if units:
            fields["unit"].choices = [  # type: ignore[attr-defined]
                ("", "—"),
                *((str(unit.pk), str(unit)) for unit in units),
            ]
        else:
            del fields["unit"]
        fields["industry"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((name, name) for name in trades_of(books)),
        ]
        grades = dict.fromkeys(grade for scheme in reversed(books.schemes) for grade in scheme.grades)
        if source is not None:
            here = books.scheme_on(region_code(source), campaign_today())
            if here is not None:
                grades = {**dict.fromkeys(here.grades), **grades}
        fields["grade"].choices = [(grade, grade_words(grade)) for grade in grades]  # type: ignore[attr-defined]
        self.units = {str(unit.pk): unit for unit in units}
        fields["valid_from"].initial = campaign_today()

    def given(self) -> dict[str, Any]:
        """The values of the grade."""
        values = dict(self.cleaned_data)
        values.pop("source", None)
        values["unit"] = self.units.get(values.pop("unit", "") or "")
        return values


class LowerForm(GradeForm):
    """A grade that is taken away, or lowered."""

    cause = forms.ChoiceField(
        label=_("Cause"), required=False, help_text=_("As the plan of the place names it.")
    )
    downgraded_because = forms.CharField(
        label=_("Reason for the downgrade"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("unit", "industry", "grade", "cause", "downgraded_because", "valid_from", "valid_to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        source = kwargs["source"]
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["grade"].choices = [  # type: ignore[attr-defined]
            *fields["grade"].choices,  # type: ignore[attr-defined]
            ("", __("no grade (withdrawn)")),
        ]
        fields["grade"].required = False
        region = region_code(source)
        causes = [
            rule for rule in grade_books().rules
            if rule.kind == "downgrade" and (not region or rule.head.holds(region, rule.head.valid_from))
        ]  # fmt: skip
        if causes:
            fields["cause"].choices = [  # type: ignore[attr-defined]
                ("", "—"),
                *((rule.key, f"{rule.label}（{rule.head.document} {rule.clause}）") for rule in causes),
            ]
        else:
            del fields["cause"]
        del fields["published_on"], fields["approved_on"]
        fields["approver"].label = _("Decided by")
        fields["approver_level"].required = False


class StepForm(forms.Form):
    """A step of a subsidy."""

    on = _day(_("Day"))
    amount = forms.DecimalField(label=_("Amount [yuan]"), max_digits=14, decimal_places=2, min_value=0)
    document = forms.CharField(label=_("Document or voucher"), max_length=120, required=False)
    reason = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, *args: Any, with_amount: bool = True, needs_reason: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = campaign_today()
        if not with_amount:
            del self.fields["amount"]
        self.fields["reason"].required = needs_reason
