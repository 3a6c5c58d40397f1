"""One step for many rows of a list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.pages import Page, put_errors
from lantian.apps.sources import access
from lantian.apps.sources.actions.bulk import CHECK, LIMIT, PERMISSIONS, PUT, REMOVAL, SET, BulkStep
from lantian.apps.sources.filters_lists import EntryFilter
from lantian.apps.sources.forms_facts import POSITION, FactForm
from lantian.apps.sources.models import ListEntry
from lantian.apps.sources.views.lists import OfList

STEPS = {
    SET: _("Set one field"),
    CHECK: _("Check"),
    PUT: _("Put on the list"),
    REMOVAL: _("Propose the removal"),
}


class ReasonField(forms.Form):
    """The reason, for all rows."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )


class ListBulk(OfList, Page):
    """Choose what is done with the rows that were chosen on the list, do it, and report what was refused."""

    permission = access.SOURCE_VIEW
    template_name = "sources/lists_bulk.html"
    title = _("Work on several rows")

    def get_subtitle(self) -> str:
        """The list."""
        return str(self.listing)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return self.list_crumbs()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Rows are chosen on the list."""
        return HttpResponseRedirect(self.listing.get_absolute_url())

    @cached_property
    def keys(self) -> list[int]:
        """The rows: those that were ticked, or everything that the filter of the list shows."""
        if self.request.POST.get("all"):
            rows = ListEntry.objects.visible_to(self.user, access.SOURCE_VIEW).filter(list=self.listing)
            query = QueryDict(self.request.POST.get("query", "")[:2000])
            found = EntryFilter(query, queryset=rows, request=self.request, type_=self.type).qs
            return list(found.order_by("name", "pk").values_list("pk", flat=True)[: LIMIT + 1])
        chosen = self.request.POST.getlist("row")[: LIMIT + 1]
        return [int(one) for one in chosen if one.isdigit() and len(one) < 16]

    @property
    def steps(self) -> list[tuple[str, Any]]:
        """What the account may do."""
        return [(step, label) for step, label in STEPS.items() if self.user.may(PERMISSIONS[step])]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask further, or do it."""
        step = request.POST.get("step", "")
        if step not in dict(self.steps):
            return self.answer()
        settable = {one.key for one in self.settable}
        key = request.POST.get("field", "")
        if step == SET and key not in settable:
            return self.answer(step)
        data = request.POST if request.POST.get("confirm") else None
        form: Any = (
            FactForm(data, type_=self.type, keys=[key], strict=False, reason="optional")
            if step == SET
            else ReasonField(data)
        )
        if data is None or not form.is_valid():
            return self.answer(step, key, form, 200 if data is None else 422)
        values = {key: form.cleaned_data[key]} if step == SET else {}
        try:
            report = BulkStep(
                self.actor, self.listing, step, self.keys, values=values, reason=form.cleaned_data["reason"]
            ).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form, error)
            return self.answer(step, key, form, 422)
        return self.render_to_response(
            self.get_context_data(listing=self.listing, report=report, step_label=STEPS[step])
        )

    @property
    def settable(self) -> list[Any]:
        """Fields that can be the same for many rows: not what identifies them, and no position."""
        keys = {key for keys in (self.type.natural_key, *self.type.other_keys) for key in keys}
        return [
            one
            for one in self.type.fields
            if one.key not in keys and one.key not in {"name", "list_number", *POSITION}
        ]

    def answer(self, step: str = "", key: str = "", form: Any = None, status: int = 200) -> HttpResponse:
        """The page with the next question."""
        count = len(self.keys)
        return self.render_to_response(
            self.get_context_data(
                listing=self.listing,
                keys=[] if self.request.POST.get("all") else self.keys,
                all=self.request.POST.get("all", ""),
                query=self.request.POST.get("query", ""),
                count=count,
                too_many=count > LIMIT,
                limit=LIMIT,
                steps=self.steps,
                step=step,
                step_label=STEPS.get(step, ""),
                fields=self.settable,
                field_key=key,
                form=form,
                nothing=__("Choose at least one row.") if not count else "",
            ),
            status=status,
        )
