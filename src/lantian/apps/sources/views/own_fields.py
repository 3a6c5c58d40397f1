"""Fields that the office adds to lists."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.pages import ActionView, ConfirmView, Page
from lantian.apps.sources import access
from lantian.apps.sources.actions.fields import AddField, RetireField
from lantian.apps.sources.forms_lists import FieldForm, kind_words, scope_words
from lantian.apps.sources.models import OwnField
from lantian.apps.sources.views.lists import LISTS
from lantian.rules.sources.lists import list_book

FIELDS = (_("Own fields"), "sources:fields")


class FieldsPage(Page):
    """Own fields by kind of list, with those of the book for comparison."""

    permission = access.SOURCE_VIEW
    template_name = "sources/lists_fields.html"
    title = _("Own fields")
    subtitle = _("What the office asks for beyond the book of lists.")
    breadcrumbs = (LISTS,)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Add one."""
        return [
            {
                "label": __("Add a field"),
                "url": reverse("sources:field_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": access.FIELD_MANAGE,
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Fields under their lists; a label that a newer book brought is marked."""
        book = list_book().lists
        found: dict[str, list[dict[str, Any]]] = {}
        for row in OwnField.objects.all():
            known = book.get(row.type)
            labels = {field.label for field in known.fields} if known is not None else set()
            found.setdefault(row.type, []).append(
                {
                    "row": row,
                    "kind": kind_words(row.kind),
                    "scope": scope_words(row.scope),
                    "clash": row.label in labels,
                }
            )
        lists = [
            {"name": book[code].name if code in book else code, "rows": rows} for code, rows in found.items()
        ]
        return super().get_context_data(lists=lists, may=self.user.may(access.FIELD_MANAGE), **kwargs)


class FieldNew(ActionView):
    """Add a field to a list."""

    permission = access.FIELD_MANAGE
    form_class = FieldForm
    title = _("Add a field")
    submit_label = _("Add")
    success_message = _(
        "The field has been added; forms, tables and imports of the list have it from now on."
    )
    cancel_url_name = "sources:fields"
    breadcrumbs = (LISTS, FIELDS)

    def get_initial(self) -> dict[str, Any]:
        """The list that the address names."""
        wanted = self.request.GET.get("type", "")
        return {"type": wanted if wanted in list_book().lists else ""}

    def run(self, form: Any) -> Any:
        """Add it."""
        values = dict(form.cleaned_data)
        return AddField(self.actor, values.pop("type"), **values).execute()


class FieldRetire(ConfirmView):
    """Ask for a field no longer."""

    model = OwnField
    permission = access.FIELD_MANAGE
    title = _("Retire the field")
    question = _("Do you want to ask for this field no longer?")
    consequences = (
        _("Forms, tables and exports do not have it any more."),
        _("What was written stays with the entries and in their history."),
    )
    submit_label = _("Retire")
    success_message = _("The field is not asked for any more.")
    cancel_url_name = "sources:fields"
    breadcrumbs = (LISTS, FIELDS)

    def get_subtitle(self) -> str:
        """Which one."""
        return str(self.object.label)

    def run(self, form: Any) -> Any:
        """Retire it."""
        return RetireField(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()

    def get_done_url(self, result: Any) -> str:
        """Back to the fields."""
        return reverse("sources:fields")
