"""Changes that were asked for: what waits, what was before and what is wanted side by side, and the word on it."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views import View

from lantian.apps.core import lists, pages
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.sources import access, own
from lantian.apps.sources.actions.proposals import (
    ACCEPT,
    CHANGE,
    CONFIRM,
    REFUSE,
    REMOVE,
    Decide,
    DecideConfirmations,
    Withdraw,
)
from lantian.apps.sources.choices import ProposalOrigin, ProposalState
from lantian.apps.sources.models import Proposal, Source, SourceList

TONES = {
    ProposalState.WAITING: "yellow",
    ProposalState.APPROVED: "green",
    ProposalState.PARTLY: "blue",
    ProposalState.REFUSED: "red",
    ProposalState.WITHDRAWN: "grey",
}
STEPS = {
    CHANGE: _("Change of facts"),
    REMOVE: _("Removal from the list"),
    CONFIRM: _("The enterprise confirms its record"),
}
CRUMBS = ((_("Lists"), "sources:lists"), (_("Proposed changes"), "sources:proposals"))


class ProposalTable(lists.LedgerTable):
    """Proposed changes."""

    phone = "cards"
    source = tables.Column(linkify=lambda record: record.get_absolute_url(), verbose_name=_("Name"))
    list = tables.Column(accessor="entry__list__name", verbose_name=_("List"), order_by="entry__list__name")
    step = tables.Column(verbose_name=_("What is asked for"))
    origin = tables.Column(verbose_name=_("Asked by"))
    reason = lists.ClampColumn(verbose_name=_("Reason"), orderable=False)
    created_at = lists.DateColumn(verbose_name=_("Asked at"))
    state = lists.BadgeColumn(TONES, verbose_name=_("State"), order_by=("rank", "-created_at", "-pk"))

    class Meta:
        model = Proposal
        fields = ("source", "list", "step", "origin", "reason", "created_at", "state")
        # What waits first, then the newest.
        order_by = "state"

    def render_step(self, record: Proposal) -> Any:
        """In words, with how many facts."""
        words = str(STEPS.get(record.step, record.step))
        return f"{words} ({len(record.fields)})" if record.fields else words

    def value_step(self, record: Proposal) -> str:
        """For Excel."""
        return str(STEPS.get(record.step, record.step))


class ProposalFilter(lists.LedgerFilter):
    """By words, state, what is asked for, who asked, list, and whose word it waits for."""

    search = lists.SearchFilter(["source__name", "reason"])
    state = django_filters.ChoiceFilter(choices=ProposalState.choices, label=_("State"), empty_label=_("All"))
    step = django_filters.ChoiceFilter(
        choices=tuple(STEPS.items()), label=_("What is asked for"), empty_label=_("All")
    )
    turn = django_filters.ChoiceFilter(
        choices=(("mine", _("Mine to decide")),),
        label=_("Whose word"),
        empty_label=_("All"),
        method="by_turn",
    )
    origin = django_filters.ChoiceFilter(
        choices=ProposalOrigin.choices, label=_("Asked by"), empty_label=_("All")
    )
    list = django_filters.ModelChoiceFilter(
        field_name="entry__list",
        queryset=SourceList.objects.order_by("name"),
        label=_("List"),
        empty_label=_("All"),
    )

    class Meta:
        model = Proposal
        fields: tuple[str, ...] = ()

    def by_turn(self, queryset: Any, name: str, value: str) -> Any:
        """What waits for the word of whoever looks."""
        assert self.request is not None
        return queryset.filter(pk__in=own.to_decide(self.request.user).order_by().values("pk"))


class ProposalList(lists.ListView):
    """What was asked for: what waits first, then the newest."""

    model = Proposal
    permission = access.SOURCE_VIEW
    title = _("Proposed changes")
    subtitle = _(
        "Whoever asks does not decide: a listed entry changes only when somebody else has accepted it."
    )
    breadcrumbs = CRUMBS[:1]
    table_class = ProposalTable
    filterset_class = ProposalFilter
    empty_title = _("No change has been proposed.")
    empty_hint = _("Changes are proposed on the page of an entry, or by the enterprise itself.")

    def get_queryset(self) -> Any:
        """With source, list and who asked; what waits ranks before what is decided."""
        rank = Case(When(state=ProposalState.WAITING, then=Value(0)), default=Value(1))
        return super().get_queryset().select_related("source", "entry__list").annotate(rank=rank)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The records of one's own, for an enterprise."""
        return [
            {
                "label": __("Own records"),
                "url": reverse("sources:own"),
                "icon": "clipboard-check",
                "permission": access.OWN_CONFIRM,
            }
        ]


class ProposalPage(pages.RowMixin, pages.Page):
    """One proposed change: each fact before and after, and the word on it."""

    model = Proposal
    permission = access.SOURCE_VIEW
    template_name = "sources/proposals_proposal.html"
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With all that the page shows."""
        return (
            super()
            .get_queryset()
            .select_related(
                "source",
                "entry__list",
                "entry__source",
                "entry__unit",
                "announcement",
                "created_by__person",
                "decided_by__person",
            )
        )

    def get_subtitle(self) -> str:
        """List and what is asked for."""
        row: Proposal = self.object
        return f"{row.entry.list} · {STEPS.get(row.step, row.step)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Who asked, what, and whether this account may decide."""
        row: Proposal = self.object
        waits = row.state == ProposalState.WAITING
        may = waits and own.to_decide(self.user).filter(pk=row.pk).exists()
        mine = row.created_by_id == self.user.pk
        beside = own.confirmations_beside(row, self.user) if may and row.step == CONFIRM else []
        facts = [
            (_("List"), row.entry.list),
            (_("Entry of a list"), row.entry),
            (_("Asked by"), row.created_by.display_name if row.created_by is not None else "—"),
            (_("Asked at"), row.created_at),
            (_("Reason"), row.reason or "—"),
        ]
        if row.announcement is not None:
            facts.append((_("Number of the filing"), row.announcement.filing))
        if row.decided_by is not None:
            facts += [
                (_("Decided by"), row.decided_by.display_name),
                (_("Decided at"), row.decided_at),
                (_("Answer"), row.answer or "—"),
            ]
        return super().get_context_data(
            row=row,
            facts=facts,
            tone=TONES.get(ProposalState(row.state), "grey"),
            step_words=STEPS.get(row.step, row.step),
            deciding=may,
            withdrawing=waits and mine,
            own=mine,
            beside=beside,
            runs_it=Source.objects.filter(pk=row.source_id).run_by(self.user, access.OWN_CONFIRM).exists(),
            waits=waits,
            accept=ACCEPT,
            refuse=REFUSE,
            **kwargs,
        )


class _ProposalPost(pages.RowMixin, View):
    model = Proposal
    permission = access.SOURCE_VIEW
    done: Any = ""

    def act(self, request: HttpRequest) -> None:
        """What is done."""
        raise NotImplementedError

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it and go back to the proposal."""
        try:
            self.act(request)
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            texts = [str(text) for text in error.fields.values()]
            messages.error(request, "；".join(texts) or str(error))
        else:
            messages.success(request, str(self.done))
        return redirect(reverse("sources:proposal", args=[self.object.pk]))


class ProposalDecide(_ProposalPost):
    """Accept or refuse it, field by field; what an enterprise says of itself is decided by who checks, too."""

    done = _("The proposed change has been decided.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For whoever approves or checks; the action looks at the row."""
        user: Any = request.user
        if user.is_authenticated and not (user.may(access.ENTRY_APPROVE) or user.may(access.ENTRY_CHECK)):
            raise PermissionDenied(str(NotAllowed.message))
        return super().dispatch(request, *args, **kwargs)

    def act(self, request: HttpRequest) -> None:
        """As the form says."""
        answer = request.POST.get("answer", "")[:500]
        if request.POST.get("beside") == "on" and self.object.step == CONFIRM:
            DecideConfirmations(
                self.actor, self.object, accept=request.POST.get("verdict") != REFUSE, answer=answer
            ).execute()
            return
        verdicts = {
            one["key"]: request.POST[f"field_{one['key']}"]
            for one in self.object.fields
            if request.POST.get(f"field_{one['key']}") in (ACCEPT, REFUSE)
        }
        Decide(
            self.actor,
            self.object,
            accept=request.POST.get("verdict") != REFUSE,
            verdicts={} if request.POST.get("verdict") == REFUSE else verdicts,
            whys={one["key"]: request.POST.get(f"why_{one['key']}", "")[:200] for one in self.object.fields},
            answer=answer,
        ).execute()


class ProposalWithdraw(_ProposalPost):
    """Take back what oneself has asked for."""

    done = _("The proposed change has been taken back.")

    def act(self, request: HttpRequest) -> None:
        """Only one's own."""
        Withdraw(self.actor, self.object).execute()
