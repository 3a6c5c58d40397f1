"""Suspected duplicates: the list, the search, a pair side by side, the decision, and the way back."""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.lists import ListView
from lantian.apps.core.models import Job
from lantian.apps.core.models.jobs import TERMINAL
from lantian.apps.core.pages import ActionView, ConfirmView, Page, RowMixin
from lantian.apps.sources import access
from lantian.apps.sources.actions.duplicates import (
    FIND,
    MergeSources,
    NamePair,
    ReopenPair,
    StartSearch,
    TellApart,
    UndoMerge,
    changed_since,
)
from lantian.apps.sources.choices import PairState
from lantian.apps.sources.filters_lists import SourceFilter
from lantian.apps.sources.forms_duplicates import MergeForm, SearchForm
from lantian.apps.sources.kinds import source_kind, unit_kind
from lantian.apps.sources.merging import finding, sides
from lantian.apps.sources.models import DuplicatePair, ListEntry, Merge, Source
from lantian.apps.sources.tables_duplicates import PAIR_TONES, PairFilter, PairTable
from lantian.apps.sources.tables_lists import STATE_TONES
from lantian.apps.sources.views.entries import SOURCES, told_grades

DUPLICATES = (_("Suspected duplicates"), "sources:duplicates")
#: sources that the page offers to choose from
_OFFERED = 20
_EARTH_M = 6_371_008.8


class PairList(ListView):
    """Pairs of sources that may be one: what is to be decided first, the surest first."""

    model = DuplicatePair
    permission = access.SOURCE_EDIT
    title = _("Suspected duplicates")
    subtitle = _("Sources that may be one and the same. Somebody decides each pair; nothing is merged by itself.")
    table_class = PairTable
    filterset_class = PairFilter
    export_permission = access.LIST_EXPORT
    template_name = "sources/duplicates_list.html"
    empty_title = _("No suspected duplicates.")
    empty_hint = _("Search for them, or name a pair on the page of a source.")
    empty_url_name = "sources:duplicates_search"
    empty_label = _("Search for duplicates")
    empty_permission = access.SOURCE_MERGE

    def get_queryset(self) -> Any:
        """With both sources; open pairs of which one has become part of a third are settled."""
        rank = Case(When(state=PairState.OPEN, then=Value(0)), default=Value(1))
        rows = super().get_queryset().select_related("first__region", "second").annotate(rank=rank)
        settled = DuplicatePair.objects.filter(state=PairState.OPEN).exclude(
            first__merged_into__isnull=True, second__merged_into__isnull=True
        )
        return rows.exclude(pk__in=settled.values("pk"))

    def get_table_kwargs(self) -> dict[str, Any]:
        """Open ones first; the page shows in one column what Excel gets in several."""
        whole = self.request.GET.get("export") == "xlsx"
        return {"exclude": () if whole else PairTable.ONLY_EXPORTED}

    def get_table(self, rows: Any) -> Any:
        """What waits first, the surest first, unless another order is asked for."""
        return super().get_table(rows if self.request.GET.get("sort") else rows.order_by("rank", "-score", "pk"))

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Search."""
        return [
            {
                "label": __("Search for duplicates"),
                "url": reverse("sources:duplicates_search"),
                "icon": "zoom-scan",
                "tone": "primary",
                "permission": access.SOURCE_MERGE,
            }
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the search that is at work, and the last one."""
        last = Job.objects.filter(kind=FIND).order_by("-created_at", "-pk").first()
        return super().get_context_data(
            job=last, at_work=last is not None and last.status not in TERMINAL, **kwargs
        )


class DuplicatesSearch(ActionView):
    """Say where to search, and begin."""

    permission = access.SOURCE_MERGE
    form_class = SearchForm
    title = _("Search for duplicates")
    subtitle = _(
        "Keys, names and positions are compared within each kind of source. What was decided stays decided."
    )
    submit_label = _("Search")
    success_message = ""
    cancel_url_name = "sources:duplicates"
    breadcrumbs = (DUPLICATES,)

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the actor, who sees places."""
        return super().get_form_kwargs() | {"actor": self.actor}

    def run(self, form: Any) -> Job:
        """Begin."""
        data = form.cleaned_data
        scope = finding.Scope(data["kind"], data["region"], data["list"], data["likeness"])
        job: Job = StartSearch(self.actor, scope).execute()
        return job

    def get_done_url(self, result: Job) -> str:
        """To the job, which tells how far it is."""
        return reverse("core:job", args=[result.pk])


class _OfPair(RowMixin):
    """A page about a pair."""

    model = DuplicatePair
    permission = access.SOURCE_EDIT
    breadcrumbs = (DUPLICATES,)

    def get_queryset(self) -> Any:
        """With both sources as the page shows them."""
        parts = ("region", "department", "town", "operator", "merged_into")
        names = [f"{side}__{part}" for side in ("first", "second") for part in parts]
        return super().get_queryset().select_related(*names, "decided_by__person", "named_by__person")

    @cached_property
    def sources(self) -> tuple[Source, Source]:
        """Both."""
        return self.object.first, self.object.second

    @cached_property
    def merge(self) -> Merge | None:
        """The merge of the two, while it stands."""
        keys = [source.pk for source in self.sources]
        rows = Merge.objects.standing().filter(kept__in=keys, absorbed__in=keys)
        return rows.select_related("kept", "absorbed", "done_by__person").first()

    def may_decide(self) -> bool:
        """Whether the account may say what becomes of the pair."""
        rows = DuplicatePair.objects.filter(pk=self.object.pk)
        return self.user.may(access.SOURCE_MERGE) and self.actor.rows(rows, access.SOURCE_MERGE).exists()


class PairPage(_OfPair, Page):
    """Two sources side by side, and the decision."""

    template_name = "sources/duplicates_pair.html"

    def get_title(self) -> Any:
        """Both names."""
        first, second = self.sources
        return first.name if first.name == second.name else f"{first.name} ／ {second.name}"

    def get_subtitle(self) -> str:
        """Kind and likeness."""
        words = [source_kind(self.object.first.kind)]
        if self.object.score:
            words.append(__("%(percent)s %% alike") % {"percent": round(self.object.score * 100)})
        return " · ".join(words)

    @cached_property
    def facts(self) -> list[sides.Fact]:
        """All facts of both."""
        return sides.facts_beside(*self.sources)

    @cached_property
    def offered(self) -> str:
        """The side that is offered to stay."""
        return sides.FIRST if sides.better(*self.sources) is self.sources[0] else sides.SECOND

    def form(self, data: Any = None) -> MergeForm:
        """The decision."""
        seen = sides.as_they_stand(*(source.pk for source in self.sources))
        return MergeForm(data, facts=self.facts, stays=self.offered, initial={"seen": seen, "years": "kept"})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Merge, or show what stands against it."""
        form = self.form(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            stays = self.sources[0 if data["stays"] == sides.FIRST else 1]
            try:
                MergeSources(
                    self.actor,
                    self.object,
                    stays,
                    taken=form.taken(),
                    both_years=data["years"] == "both",
                    seen=data["seen"],
                    reason=data["reason"],
                ).execute()
            except (NotAllowed, NotFound):
                raise
            except CoreError as error:
                said = "；".join(str(text) for text in error.fields.values()) or str(error)
                form.add_error(None, said)
                return self.render_to_response(self.get_context_data(form=form), status=error.status)
            messages.success(request, __("The two sources are one now; everything has moved to “%(name)s”.") % {"name": stays})
            return redirect("sources:duplicate", pk)
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Facts, what hangs on both, the map, and what can be done."""
        pair, first, second = self.object, *self.sources
        gone = [source for source in self.sources if source.merged_into_id is not None]
        deciding = pair.state == PairState.OPEN and not gone and self.may_decide()
        form = kwargs.pop("form", None) or (self.form() if deciding else None)
        if form is not None and not deciding:
            form = None
            messages.error(self.request, __("This step is not possible in this state. Load the page anew."))
        rows = [self._row(fact, form) for fact in self.facts]
        merge = self.merge
        return super().get_context_data(
            pair=pair,
            tone=PAIR_TONES[PairState(pair.state)],
            reasons=finding.told(pair.reasons),
            differing=[row for row in rows if not row["fact"].same],
            same=[row for row in rows if row["fact"].same],
            halves=[self._half(source) for source in self.sources],
            form=form,
            deciding=deciding,
            may_decide=self.may_decide(),
            settled=[{"source": source, "into": source.merged_into} for source in gone] if merge is None else [],
            merge=merge,
            changed=changed_since(merge) if merge is not None else [],
            moved=self._moved(merge) if merge is not None else [],
            ahead=self._ahead() if deciding else [],
            years=sorted(sides.activity_years(first) & sides.activity_years(second)),
            points=self._points(),
            distance=distance(first, second),
            tiles=settings.MAP_TILES,
            **kwargs,
        )

    @staticmethod
    def _row(fact: sides.Fact, form: MergeForm | None) -> dict[str, Any]:
        chosen = ""
        if form is not None and not fact.same:
            name = f"fact_{fact.key}"
            chosen = str(form.data.get(name, "") if form.is_bound else form.fields[name].initial)
        return {"fact": fact, "name": f"fact_{fact.key}", "chosen": chosen}

    def _half(self, source: Source) -> dict[str, Any]:
        """What hangs on one of the two."""
        entries = (
            ListEntry.objects.visible_to(self.user, access.SOURCE_VIEW)
            .filter(source=source)
            .select_related("list", "unit")
            .order_by("list__name", "unit_name", "pk")
        )
        listed = [{"entry": entry, "tone": STATE_TONES.get(entry.state, "grey")} for entry in entries[:100]]
        units = [
            {"kind": unit_kind(unit.kind), "unit": unit} for unit in source.units.order_by("kind", "number", "pk")[:100]
        ]
        return {
            "source": source,
            "entries": listed,
            "units": units,
            "keys": [key for key in source.keys.order_by("kind", "value") if key.kind != "code"],
            "grades": told_grades(source.grades.select_related("unit")),
            "counts": sides.counts_of(source).items(),
        }

    def _ahead(self) -> list[str]:
        """What a merge would do besides, and what stands against it."""
        first, second = self.sources
        kept, absorbed = (first, second) if self.offered == sides.FIRST else (second, first)
        found = [
            __("Both stand in “%(list)s”: one entry stays, the other is closed with your reason.")
            % {"list": clash.stays.list}
            for clash in sides.clashes(kept, absorbed)
        ]
        found += [
            __("Both have %(kind)s %(number)s: it is taken as one. If they are two, give one of them another number first.")
            % {"kind": unit_kind(own.kind), "number": own.number}
            for own, _other in sides.same_units(kept, absorbed)
        ]
        found += [
            __("A change of %(entry)s in “%(list)s” waits to be decided; decide it first.")
            % {"entry": one.entry, "list": one.entry.list}
            for one in sides.waiting_proposals(first.pk, second.pk)
        ]
        return list(dict.fromkeys(found))

    def _moved(self, merge: Merge) -> list[str]:
        """What moved, in numbers."""
        moved = merge.moved
        words = (
            (__("Units of sources"), len(moved.get("units", ())) + len(moved.get("same_units", ()))),
            (__("Entries of lists"), sum(1 for _key, patch in moved.get("entries", ()) if "source" in patch)),
            (__("Performance grades"), len(moved.get("grades", ()))),
            (__("Subsidies"), len(moved.get("subsidies", ()))),
            (__("Activities of the inventory"), len(moved.get("activities", ()))),
        )
        return [f"{label} {number}" for label, number in words if number]

    def _points(self) -> list[dict[str, Any]]:
        """Both on the map, where both have a position."""
        if any(source.lon is None for source in self.sources):
            return []
        return [
            {"at": [source.lat, source.lon], "name": source.name, "side": side}
            for source, side in zip(self.sources, (sides.FIRST, sides.SECOND), strict=True)
        ]


def distance(first: Source, second: Source) -> str:
    """How far two sources lie apart, in words; empty where one has no position."""
    if first.lon is None or first.lat is None or second.lon is None or second.lat is None:
        return ""
    middle = math.radians((first.lat + second.lat) / 2)
    x = math.radians(second.lon - first.lon) * math.cos(middle)
    metres = _EARTH_M * math.hypot(x, math.radians(second.lat - first.lat))
    return display.quantity(round(metres), "m") if metres < 10_000 else display.quantity(round(metres / 1000), "km")


class _PairConfirm(_OfPair, ConfirmView):
    """A decision with a reason, for whoever may merge."""

    permission = access.SOURCE_MERGE
    action: Any = None

    def get_title(self) -> Any:
        """What is done."""
        return self.title

    def get_subtitle(self) -> str:
        """Both names."""
        return " ／ ".join(source.name for source in self.sources)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the pair."""
        return [*super().get_breadcrumbs(), (str(self.object), self.object.get_absolute_url())]

    def run(self, form: Any) -> Any:
        """Decide."""
        return self.action(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class PairDistinct(_PairConfirm):
    """Say that they are two."""

    title = _("Two different sources")
    question = _("Are these two different sources?")
    consequences = (
        _("Both stay as they are."),
        _("No later search asks for this pair again; it can be opened again from here."),
    )
    tone = "primary"
    submit_label = _("Not the same")
    success_message = _("The pair is told apart.")
    action = TellApart


class PairReopen(_PairConfirm):
    """Take back that they are two."""

    title = _("Open the pair again")
    question = _("Shall this pair be decided anew?")
    tone = "primary"
    submit_label = _("Open the pair again")
    success_message = _("The pair waits to be decided.")
    action = ReopenPair


class PairUndo(_PairConfirm):
    """Take the merge of a pair back."""

    title = _("Take the merge back")
    question = _("Shall the two be two sources again?")
    consequences = (
        _("Facts, keys, units, entries, grades and subsidies go back to where they were."),
        _("This is possible only while nothing of the two has been changed since."),
    )
    submit_label = _("Take back")
    success_message = _("The merge has been taken back.")

    def run(self, form: Any) -> Any:
        """Take back."""
        if self.merge is None:
            raise Http404
        return UndoMerge(self.actor, self.merge, reason=form.cleaned_data["reason"]).execute()


class OtherFilter(SourceFilter):
    """By words alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.filters):
            if name != "search":
                self.filters.pop(name)


class SourceMergeWith(RowMixin, Page):
    """Choose the source that seems to be the same, by name or key."""

    model = Source
    permission = access.SOURCE_EDIT
    template_name = "sources/duplicates_choose.html"
    title = _("The same as another source?")
    breadcrumbs = (SOURCES,)

    def get_subtitle(self) -> str:
        """The source."""
        return " · ".join(filter(None, [self.object.name, self.object.uscc]))

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the source."""
        return [*super().get_breadcrumbs(), (str(self.object), self.object.get_absolute_url())]

    def others(self) -> Any:
        """Live sources of the kind that the account may change."""
        rows = Source.objects.visible_to(self.user, access.SOURCE_EDIT).live()
        return rows.filter(kind=self.object.kind).exclude(pk=self.object.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the words find, and pairs that are known already."""
        query = self.request.GET.get("search", "").strip()[:160]
        found: list[Source] = []
        if query:
            rows = OtherFilter({"search": query}, queryset=self.others(), request=self.request).qs
            found = list(rows.select_related("region", "town").order_by("name", "pk")[: _OFFERED + 1])
        pairs = DuplicatePair.objects.visible_to(self.user, access.SOURCE_EDIT).waiting()
        known = pairs.filter(first=self.object) | pairs.filter(second=self.object)
        return super().get_context_data(
            query=query,
            found=found[:_OFFERED],
            more=len(found) > _OFFERED,
            known=[
                {"pair": pair, "other": pair.second if pair.first_id == self.object.pk else pair.first}
                for pair in known.select_related("first", "second").order_by("-score", "pk")[:_OFFERED]
            ],
            **kwargs,
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the pair and go to it."""
        key = request.POST.get("other", "")
        if not (key.isascii() and key.isdigit() and len(key) < 16):
            raise Http404
        other = get_object_or_404(Source.objects.visible_to(self.user, access.SOURCE_EDIT), pk=int(key))
        try:
            pair = NamePair(self.actor, self.object, other).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            messages.error(request, str(error))
            return redirect("sources:source_merge", pk)
        return redirect(pair.get_absolute_url())

