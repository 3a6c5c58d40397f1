"""Own records of an enterprise: what waits, lacks or is old, its facts, and the forms by which it fills them in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views import View

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.pages import Page, RowActionView, RowMixin
from lantian.apps.sources import access, own, told
from lantian.apps.sources.actions.own import OwnAddUnit, OwnChangeEntry, OwnChangeSource, OwnConfirm
from lantian.apps.sources.actions.proposals import CHANGE, OwnPropose
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.facts import facts_of
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.forms_facts import FactForm
from lantian.apps.sources.kinds import source_kind, unit_kind
from lantian.apps.sources.models import ListEntry, Proposal, Source, SourceList
from lantian.apps.sources.tables_lists import STATE_TONES
from lantian.apps.sources.views.proposals import STEPS, TONES
from lantian.rules.sources.fields import Scope

OWN = (_("Own records"), "sources:own")
#: as many of its own proposals are shown on the page of a source
_ASKED = 20


class OwnSources(Page):
    """The sources of an enterprise, with what it has to do about each."""

    permission = access.OWN_CONFIRM
    template_name = "sources/own_sources.html"
    title = _("Own records")
    subtitle = _(
        "What the bureau has on its lists about your enterprise. Confirm what is right, and change what is not."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each source with its numbers."""
        sources = list(own.sources_of(self.user).select_related("region").order_by("name", "pk"))
        parts = own.parts_of(sources, timezone.localdate())
        return super().get_context_data(
            rows=[
                {"source": source, "kind": source_kind(source.kind), **numbers(parts[source.pk])}
                for source in sources
            ],
            organisation=self.user.organisation,
            **kwargs,
        )


def numbers(parts: list[own.Part]) -> dict[str, int]:
    """How many entries wait for the bureau, lack facts, or are to be confirmed."""
    listed = [part for part in parts if part.listed]
    return {
        "listed": len(listed),
        "waiting": sum(1 for part in listed if part.waiting is not None),
        "missing": sum(1 for part in listed if part.missing and part.waiting is None),
        "stale": sum(1 for part in listed if part.stale and part.waiting is None),
        "proposed": len(parts) - len(listed),
    }


class _OfOwn(RowMixin):
    """A page about a source that the account's organisation runs."""

    model = Source
    permission = access.OWN_CONFIRM

    def get_queryset(self) -> Any:
        """Only those, however wide the grant is."""
        return (
            own.sources_of(self.user)
            .select_related("region", "department", "town", "operator")
            .prefetch_related("units")
        )

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the own sources."""
        return [(OWN[0], reverse(OWN[1]))]

    @cached_property
    def parts(self) -> list[own.Part]:
        """Its entries."""
        return own.parts_of([self.object], timezone.localdate())[self.object.pk]


class OwnSource(_OfOwn, Page):
    """All facts of a source as the enterprise looks at them, part by part."""

    template_name = "sources/own_source.html"

    def get_subtitle(self) -> str:
        """Kind, place and who answers for it."""
        source = self.object
        words = [source_kind(source.kind), source.region.name if source.region is not None else ""]
        if source.department is not None:
            words.append(source.department.name)
        return " · ".join(filter(None, words))

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The page that everybody sees."""
        return [
            {
                "label": __("Page of the source"),
                "url": self.object.get_absolute_url(),
                "icon": "building-factory-2",
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The facts of the enterprise, then each entry, then what it has asked for."""
        source, parts = self.object, self.parts
        facts = facts_of(source)
        for part in parts:
            facts = {**part.facts, **facts}
        whole = own.source_type_of(source, parts)
        known = {part.entry.unit_id for part in parts}
        unlisted = [unit for unit in source.units.all() if unit.pk not in known]
        for unit in unlisted:
            unit.kind_words = unit_kind(unit.kind)
        groups = told.groups(whole, facts, source.region)
        return super().get_context_data(
            particulars=groups[0] if groups else None,
            changeable=any(part.changeable for part in parts),
            parts=[self._part(part) for part in parts],
            confirmable=sum(1 for part in parts if part.confirmable and part.stale),
            numbers=numbers(parts),
            unlisted=unlisted,
            lists=[
                {"list": row, "kind": unit_kind(type_of(row).subject)}
                for row in own.unit_lists(source, timezone.localdate())
            ],
            asked=self._asked(),
            days=own.CONFIRM_DAYS,
            **kwargs,
        )

    def _part(self, part: own.Part) -> dict[str, Any]:
        entry = part.entry
        groups = [
            group
            for group, scope in zip(
                told.groups(part.type, part.facts, entry.source.region),
                [scope for scope, _label in told.SCOPES if part.type.of_scope(scope)],
                strict=True,
            )
            if scope is not Scope.SOURCE
        ]
        own_proposal = (
            not part.listed
            and entry.state == EntryState.PROPOSED
            and entry.proposed_by is not None
            and entry.proposed_by.organisation_id == self.user.organisation_id
        )
        return {
            "part": part,
            "entry": entry,
            "groups": groups,
            "tone": STATE_TONES.get(entry.state, "grey"),
            "editable": own_proposal,
            "keys": bool(own.part_keys(part.type)),
            "waits": STEPS.get(part.waiting.step, "") if part.waiting is not None else "",
        }

    def _asked(self) -> list[Proposal]:
        rows = list(
            Proposal.objects.filter(source=self.object, origin="enterprise")
            .select_related("entry__list", "created_by__person", "decided_by__person")
            .order_by("-created_at", "-pk")[:_ASKED]
        )
        for row in rows:
            row.tone = TONES.get(row.state, "grey")  # type: ignore[attr-defined, call-overload]
            row.step_words = STEPS.get(row.step, row.step)  # type: ignore[attr-defined]
        return rows


class OwnConfirmed(_OfOwn, View):
    """Confirm one entry, or all that are to be confirmed."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the bureau to take the confirmation."""
        source = self.object
        key = request.POST.get("entry", "")
        entries = None if not key else [int(key)] if key.isdigit() and len(key) < 16 else []
        try:
            made = OwnConfirm(self.actor, source, entries).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request,
                ngettext(
                    "%(n)s record has been confirmed; the bureau looks at it.",
                    "%(n)s records have been confirmed; the bureau looks at them.",
                    len(made),
                )
                % {"n": len(made)},
            )
        return redirect("sources:own_source", source.pk)


class _OwnForm(_OfOwn, RowActionView):
    """A form with facts, as long as its part only."""

    form_class = FactForm
    template_name = "sources/lists_form.html"
    submit_label = _("Send to the bureau")
    success_message = _("It has been sent; the bureau checks each fact, and you see its answer here.")

    def get_title(self) -> Any:
        """What is filled in."""
        return self.title

    def get_subtitle(self) -> Any:
        """The source."""
        return self.object.name

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the source."""
        return [*super().get_breadcrumbs(), (self.object.name, self.get_cancel_url())]

    def get_cancel_url(self) -> str:
        """Back to the source."""
        return reverse("sources:own_source", args=[self.object.pk])


class OwnFacts(_OwnForm):
    """Fill in what the enterprise is."""

    title = _("Change the particulars")

    def get_form_kwargs(self) -> dict[str, Any]:
        """The facts that some list carries and that nothing waits for."""
        type_ = own.source_type_of(self.object, self.parts)
        keys = {one.key for one in type_.of_scope(Scope.SOURCE)} - own.OFFICE_KEYS
        return super().get_form_kwargs() | {
            "type_": type_,
            "known": facts_of(self.object),
            "keys": set(own.carriers(self.parts, keys)),
            "reason": "optional",
            "strict": False,
        }

    def run(self, form: Any) -> Any:
        """Ask for what differs."""
        return OwnChangeSource(
            self.actor, self.object, form.changed(), reason=form.cleaned_data["reason"]
        ).execute()


class OwnEntry(_OwnForm):
    """Fill in what a unit is and what stands in a list."""

    @cached_property
    def entry(self) -> ListEntry:
        """The entry that the address names, of this source."""
        rows = ListEntry.objects.filter(source=self.object).exclude(state=EntryState.REMOVED)
        rows = rows.select_related("list", "source__region", "source__department", "unit", "proposed_by")
        return get_object_or_404(rows, pk=self.kwargs["entry"])

    def get_title(self) -> Any:
        """The unit or the list."""
        return __("Change: %(what)s") % {"what": self.entry.unit_name or self.entry.list.name}

    def get_subtitle(self) -> Any:
        """Source and list."""
        return f"{self.object.name} · {self.entry.list.name}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Unit and entry; the facts of the enterprise have a form of their own."""
        type_, entry = type_of(self.entry.list), self.entry
        return super().get_form_kwargs() | {
            "type_": type_,
            "known": facts_of(entry.source, entry.unit, entry),
            "keys": own.part_keys(type_),
            "reason": "optional",
            "strict": False,
        }

    def run(self, form: Any) -> Any:
        """Ask for what differs; what is not on the list yet is corrected."""
        reason = form.cleaned_data["reason"]
        if self.entry.state == EntryState.LISTED:
            return OwnPropose(self.actor, self.entry, form.changed(), step=CHANGE, reason=reason).execute()
        return OwnChangeEntry(self.actor, self.entry, form.changed(), reason=reason).execute()


class OwnUnitNew(_OwnForm):
    """Propose a unit that the lists do not have."""

    success_message = _("The unit has been proposed; the bureau checks it and puts it on the list.")

    @cached_property
    def listing(self) -> SourceList:
        """The list of units that the address names."""
        lists = own.unit_lists(self.object, timezone.localdate())
        return get_object_or_404(SourceList, pk=self.kwargs["list"], pk__in=[row.pk for row in lists])

    def get_title(self) -> Any:
        """Which kind of unit."""
        return __("Add: %(what)s") % {"what": unit_kind(type_of(self.listing).subject)}

    def get_subtitle(self) -> Any:
        """Source and list."""
        return f"{self.object.name} · {self.listing.name}"

    def get_form_kwargs(self) -> dict[str, Any]:
        """The facts of a unit, those that must be there marked."""
        type_ = type_of(self.listing)
        return super().get_form_kwargs() | {
            "type_": type_,
            "keys": own.part_keys(type_),
            "reason": "optional",
            "strict": True,
        }

    def run(self, form: Any) -> Any:
        """Propose it."""
        return OwnAddUnit(
            self.actor, self.object, self.listing, form.given(), reason=form.cleaned_data["reason"]
        ).execute()
