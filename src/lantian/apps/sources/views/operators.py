"""Which organisation runs a source."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.forms.registry import OrganisationField, RegistryForm
from lantian.apps.core.models import Organisation, User
from lantian.apps.core.pages import RowActionView
from lantian.apps.sources import access
from lantian.apps.sources.actions.sources import SetOperator
from lantian.apps.sources.models import Source


class OperatorForm(RegistryForm):
    """The organisation, by name or credit code."""

    operator = OrganisationField(
        label=_("Organisation that runs the source"),
        required=False,
        help_text=_("Type a part of the name or the credit code and choose; leave it empty to take it away."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed where the credit codes differ, or where an operator is taken away."),
    )

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if source.uscc:
            # The very enterprise may be chosen, whoever keeps its place in the register.
            field: Any = self.fields["operator"]
            field.rows = field.rows | Organisation.objects.filter(code=source.uscc)


class SourceOperator(RowActionView):
    """Set or take away the organisation that runs a source; its accounts see and confirm the record from then on."""

    model = Source
    permission = access.SOURCE_EDIT
    form_class = OperatorForm
    template_name = "sources/operator_form.html"
    title = _("Operator's account")
    success_message = _("The operator has been set.")

    def get_queryset(self) -> Any:
        """With what the form shows."""
        return super().get_queryset().select_related("operator", "region")

    def get_title(self) -> Any:
        """The step, not the source."""
        return self.title

    def get_subtitle(self) -> str:
        """Source and credit code."""
        return " · ".join(filter(None, [self.object.name, self.object.uscc]))

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the source."""
        return [
            (_("All sources"), reverse("sources:sources")),
            (str(self.object), self.object.get_absolute_url()),
        ]

    @cached_property
    def proposed(self) -> Organisation | None:
        """The organisation with the credit code of the source."""
        if not self.object.uscc:
            return None
        return Organisation.objects.filter(
            code=self.object.uscc, merged_into__isnull=True, valid_to__isnull=True
        ).first()

    def get_form_kwargs(self) -> dict[str, Any]:
        """For this actor and source."""
        return super().get_form_kwargs() | {"actor": self.actor, "source": self.object}

    def get_initial(self) -> dict[str, Any]:
        """Who runs it, or who does by the credit code."""
        return {"operator": self.object.operator or self.proposed}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who runs it today, who is proposed, which accounts it has, and where it is entered in the register."""
        source = self.object
        operator = source.operator
        shown = operator or self.proposed
        new = ""
        if self.proposed is None and self.user.may("core.organisation.manage"):
            query = {
                "kind": "enterprise",
                "name": source.name,
                "code": source.uscc,
                "next": self.request.path,
            }
            if source.region is not None:
                query["region"] = source.region.code
            new = f"{reverse('core:organisation-new')}?{urlencode(query)}"
        accounts = 0
        if shown is not None:
            accounts = User.objects.filter(organisation=shown, is_active=True).count()
        return super().get_context_data(
            operator=operator,
            proposed=self.proposed if operator is None else None,
            new_url=new,
            shown=shown,
            accounts=accounts,
            **kwargs,
        )

    def run(self, form: Any) -> Source:
        """Set it."""
        data = form.cleaned_data
        source: Source = SetOperator(
            self.actor, self.object, data["operator"], reason=data["reason"]
        ).execute()
        return source
