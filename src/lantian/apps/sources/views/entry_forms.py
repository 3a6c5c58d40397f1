"""Forms and steps of entries, and the form of a source."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.pages import ActionView, ConfirmView, OptionalReasonForm, RowActionView
from lantian.apps.sources import access
from lantian.apps.sources.actions.entries import (
    ChangeEntry,
    CheckEntry,
    ProposeEntry,
    PutOnList,
    RemoveEntry,
    ReturnEntry,
)
from lantian.apps.sources.actions.proposals import REMOVE, Propose
from lantian.apps.sources.actions.sources import ChangeSource
from lantian.apps.sources.facts import facts_of, split
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.forms_facts import FactForm, source_type
from lantian.apps.sources.models import ListEntry, Source, Unit
from lantian.apps.sources.views.lists import LISTS, OfList


class EntryNew(OfList, ActionView):
    """Propose an entry; of a source that is known, or of a new one."""

    permission = access.ENTRY_PROPOSE
    form_class = FactForm
    template_name = "sources/lists_form.html"
    title = _("Propose an entry")
    submit_label = _("Propose")
    success_message = _("The entry has been proposed.")

    @cached_property
    def source(self) -> Source | None:
        """The source that the address names."""
        key = self.request.GET.get("source", "")
        if not key.isdigit() or len(key) > 15:
            return None
        rows = Source.objects.visible_to(self.user, access.ENTRY_PROPOSE).live()
        return get_object_or_404(rows.select_related("region", "department"), pk=int(key))

    @cached_property
    def unit(self) -> Unit | None:
        """The unit that the address names, to fill the form with; only of the kind that the list is of."""
        key = self.request.GET.get("unit", "")
        if self.source is None or not key.isdigit() or len(key) > 15:
            return None
        return get_object_or_404(Unit, pk=int(key), source=self.source, kind=self.type.subject)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return self.list_crumbs()

    def get_form_kwargs(self) -> dict[str, Any]:
        """The fields of the list, filled with what is known of the source."""
        kwargs = super().get_form_kwargs()
        kwargs |= {"type_": self.type, "reason": "optional"}
        if self.source is not None:
            kwargs["known"] = facts_of(self.source, self.unit)
        return kwargs

    def get_cancel_url(self) -> str:
        """Back to the list."""
        return self.next_url or self.listing.get_absolute_url()

    def run(self, form: Any) -> ListEntry:
        """Propose it."""
        entry: ListEntry = ProposeEntry(
            self.actor,
            self.listing,
            form.given(),
            source=self.source,
            reason=form.cleaned_data["reason"],
        ).execute()
        return entry

    def get_done_url(self, result: Any) -> str:
        """On to the entry."""
        return str(result.get_absolute_url())


class _OfEntry:
    """A page below an entry."""

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below list and entry."""
        entry = self.object  # type: ignore[attr-defined]
        return [
            (LISTS[0], reverse(LISTS[1])),
            (entry.list.name, entry.list.get_absolute_url()),
            (str(entry), entry.get_absolute_url()),
        ]


class _EntryForm(_OfEntry, RowActionView):
    """A form with the facts of an entry."""

    model = ListEntry
    permission = access.ENTRY_PROPOSE
    form_class = FactForm
    template_name = "sources/lists_form.html"
    reason: ClassVar[str] = "optional"
    strict: ClassVar[bool] = False

    def get_queryset(self) -> Any:
        """With what the form shows."""
        return (
            super()
            .get_queryset()
            .select_related("list", "source__region", "source__department", "source__town", "unit")
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        """The fields of the list with what is known."""
        kwargs = super().get_form_kwargs()
        entry = self.object
        return kwargs | {
            "type_": type_of(entry.list),
            "known": facts_of(entry.source, entry.unit, entry),
            "reason": self.reason,
            "strict": self.strict,
        }


class EntryEdit(_EntryForm):
    """Correct an entry that is not on the list yet."""

    title = _("Edit the entry")

    def run(self, form: Any) -> ListEntry:
        """Write what differs."""
        entry: ListEntry = ChangeEntry(
            self.actor, self.object, form.changed(), reason=form.cleaned_data["reason"]
        ).execute()
        return entry


class EntryPropose(_EntryForm):
    """Ask for other facts of a listed entry."""

    title = _("Propose a change")
    submit_label = _("Propose")
    reason = "required"
    strict = True
    success_message = _("The change has been proposed; somebody else decides it.")

    def run(self, form: Any) -> Any:
        """Ask for what differs."""
        return Propose(self.actor, self.object, form.changed(), reason=form.cleaned_data["reason"]).execute()


class _Step(_OfEntry, ConfirmView):
    """A step of an entry."""

    model = ListEntry
    tone = "primary"
    form_class = OptionalReasonForm

    def get_queryset(self) -> Any:
        """With its list."""
        return super().get_queryset().select_related("list", "source", "unit")

    def get_title(self) -> Any:
        """The step."""
        return self.title

    def get_subtitle(self) -> Any:
        """The entry."""
        return f"{self.object} · {self.object.list}"


class EntryCheck(_Step):
    """Say that a proposed entry is right."""

    permission = access.ENTRY_CHECK
    title = _("Check the entry")
    question = _("Have you looked at this entry, and is it right?")
    consequences = (_("Somebody who did not propose it can then put it on the list."),)
    submit_label = _("It is right")
    success_message = _("The entry has been checked.")

    def run(self, form: Any) -> Any:
        """Check it."""
        return CheckEntry(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the list lacks is named in words and not by keys."""
        context = super().get_context_data(**kwargs)
        form = context["form"]
        entry = self.object
        if form.is_bound and form.non_field_errors():
            from lantian.apps.sources.facts import missing_of

            type_ = type_of(entry.list)
            facts = facts_of(entry.source, entry.unit, entry)
            missing = missing_of(type_, split(type_, facts))
            if missing:
                form.errors["__all__"] = form.error_class(
                    [
                        __("The list needs these facts: %(fields)s. Edit the entry first.")
                        % {"fields": "、".join(one.label for one in missing)}
                    ],
                    error_class="nonfield",
                )
        return context


class EntryPut(_Step):
    """Put a checked entry on the list."""

    permission = access.ENTRY_APPROVE
    title = _("Put on the list")
    question = _("Do you want to put this entry on the list?")
    consequences = (_("From then on it changes only by proposals that somebody else accepts."),)
    submit_label = _("Put on the list")
    success_message = _("The entry stands on the list.")

    def run(self, form: Any) -> Any:
        """List it."""
        return PutOnList(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class EntryReturn(_Step):
    """Send an entry back to who proposed it."""

    permission = access.ENTRY_CHECK
    form_class = ConfirmView.form_class
    title = _("Send back")
    question = _("Do you want to send this entry back?")
    consequences = (_("Who proposed it is told the reason, corrects it, and it is checked anew."),)
    submit_label = _("Send back")
    success_message = _("The entry has been sent back.")

    def run(self, form: Any) -> Any:
        """Return it."""
        return ReturnEntry(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class EntryRemove(_Step):
    """Take off an entry that is not on the list yet."""

    permission = access.ENTRY_PROPOSE
    form_class = ConfirmView.form_class
    tone = "danger"
    title = _("Take off")
    question = _("Do you want to take this entry off?")
    consequences = (_("It stays, marked, with its history; the source stays, too."),)
    submit_label = _("Take off")
    success_message = _("The entry has been taken off.")

    def run(self, form: Any) -> Any:
        """Mark it."""
        return RemoveEntry(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class EntryProposeRemoval(_Step):
    """Ask for taking a listed entry off."""

    permission = access.ENTRY_PROPOSE
    form_class = ConfirmView.form_class
    tone = "danger"
    title = _("Propose the removal")
    question = _("Do you want to propose that this entry is taken off the list?")
    consequences = (_("It stays on the list until somebody else has accepted this."),)
    submit_label = _("Propose")
    success_message = _("The removal has been proposed; somebody else decides it.")

    def run(self, form: Any) -> Any:
        """Ask for it."""
        return Propose(self.actor, self.object, step=REMOVE, reason=form.cleaned_data["reason"]).execute()


class SourceEdit(RowActionView):
    """Correct what is known of a source."""

    model = Source
    permission = access.SOURCE_EDIT
    form_class = FactForm
    template_name = "sources/lists_form.html"
    title = _("Correct the source")

    def get_queryset(self) -> Any:
        """With what the form shows."""
        return super().get_queryset().select_related("region", "department", "town")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the source."""
        return [
            (_("All sources"), reverse("sources:sources")),
            (str(self.object), self.object.get_absolute_url()),
        ]

    def get_form_kwargs(self) -> dict[str, Any]:
        """The facts of this kind of source."""
        facts = facts_of(self.object)
        return super().get_form_kwargs() | {
            "type_": source_type(self.object.kind, facts),
            "known": facts,
            "reason": "required",
        }

    def run(self, form: Any) -> Any:
        """Write what differs."""
        given = split(form.type, form.changed()).source
        return ChangeSource(self.actor, self.object, given, reason=form.cleaned_data["reason"]).execute()
