"""A newer text of a plan that is there already: what it is, and what it changes, task by task."""

from __future__ import annotations

import json
import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.pages import Page
from lantian.apps.plans import actions, drafts, revisions, standing
from lantian.apps.plans.actions.revising import choice_of, plans_to_revise
from lantian.apps.plans.choices import OPEN_FOR_CORRECTION, Decision
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.revisions import Mode, Pair
from lantian.apps.plans.values import amount_in_words, date_in_words
from lantian.apps.plans.views.imports import KIND_LABELS, _Step

#: pairs on one page of the comparison
PER_PAGE = 50
TABS = (
    ("changed", _("With changes")),
    ("new", _("New")),
    ("left", _("Dropped")),
    ("stays", _("Stays")),
    ("same", _("Unchanged")),
    ("others", _("Targets, duties, sanctions")),
)
OTHERS = ("target", "duty", "sanction")


class RevisionChoose(_Step, Page):
    """Say what a text is to the plans that are there."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep it and go on to the comparison; or back to the last step."""
        mode, key = request.POST.get("mode", ""), request.POST.get("plan", "")
        plan = plans_to_revise(self.actor).filter(pk=int(key)).first() if key.isdecimal() else None
        last = reverse("plans:import_confirm", args=[self.object.pk])
        try:
            actions.ChooseRevision(self.actor, self.object, mode, plan).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            said = [str(text) for text in error.fields.values()] or [str(error)]
            messages.error(request, " ".join(said))
            return HttpResponseRedirect(last)
        return HttpResponseRedirect(reverse("plans:import_compare", args=[self.object.pk]) if mode else last)


class CompareView(_Step, Page):
    """What a newer text changes; pairs can be corrected, then it is taken in."""

    template_name = "plans/import_compare.html"
    title = _("Compare with the plan in the ledger")
    step = 4

    @cached_property
    def choice(self) -> dict[str, Any] | None:
        """What people have decided."""
        return choice_of(self.draft) if self.content.draft else None

    @cached_property
    def plan(self) -> Plan | None:
        """The plan that it is a newer text of, while it is in force and the actor's to change."""
        if self.choice is None:
            return None
        found: Plan | None = plans_to_revise(self.actor).filter(pk=self.choice["plan"]).first()
        return found

    @cached_property
    def found(self) -> revisions.Comparison:
        """The comparison."""
        assert self.plan is not None and self.choice is not None
        return revisions.compare(self.plan, self.draft, self.choice)

    @property
    def shown(self) -> str:
        """The tab in the address; else the first that holds something."""
        counts = self.counts
        wanted = self.request.GET.get("show", "")
        if wanted in dict(TABS):
            return wanted
        return next((name for name, _label in TABS if counts[name]), "same")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many stand in which tab."""
        others = sum(len(self.found.of(kind, "changed", "new", "left", "stays")) for kind in OTHERS)
        return {**self.found.counts(), "others": others}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only while it is open, and once it is said what it is a newer text of."""
        user: Any = request.user
        if user.is_authenticated and user.may(self.permission):
            if self.object.status not in OPEN_FOR_CORRECTION:
                return HttpResponseRedirect(reverse("plans:import", args=[self.object.pk]))
            if self.plan is None:
                return HttpResponseRedirect(reverse("plans:import_confirm", args=[self.object.pk]))
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep decisions, or take the text in."""
        try:
            if request.POST.get("do") == "apply":
                plan = self.apply()
                messages.success(request, __("The text is in the ledger."))
                return HttpResponseRedirect(reverse("plans:plan", args=[plan.pk]))
            actions.DecidePairs(self.actor, self.object, **self.decisions()).execute()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            said = [str(text) for text in error.fields.values()] or [str(error)]
            messages.error(request, " ".join(said))
        return HttpResponseRedirect(request.get_full_path())

    def apply(self) -> Plan:
        """Take it in as the person saw it."""
        assert self.choice is not None
        warnings = bool(self.request.POST.get("with_open_warnings"))
        if self.choice["mode"] == Mode.NEXT:
            later: Plan = actions.ConfirmNextYear(
                self.actor, self.object, with_open_warnings=warnings
            ).execute()
            return later
        try:
            seen = {
                str(key): int(version)
                for key, version in json.loads(self.request.POST.get("seen", "")).items()
            }
        except (ValueError, AttributeError, TypeError):
            seen = {}
        plan: Plan = actions.RevisePlan(
            self.actor,
            self.object,
            seen=seen,
            with_open_warnings=warnings,
            with_excess=bool(self.request.POST.get("with_excess")),
        ).execute()
        return plan

    def decisions(self) -> dict[str, Any]:
        """What was posted of the pairs that stood on the page."""
        post = self.request.POST
        pairs: dict[str, dict[str, int | None]] = {}
        fields: dict[str, dict[str, list[str]]] = {}
        stay: dict[str, dict[int, bool]] = {}
        for name in post:
            kind, _dash, rest = name.partition("-")
            what, _dash, key = rest.partition("-")
            if kind not in drafts.KINDS:
                continue
            if what == "part" and post.get(name):
                pairs.setdefault(kind, {})[key] = 0
            elif what == "again" and post.get(name):
                pairs.setdefault(kind, {})[key] = None
            elif what == "same" and (number := re.match(r"\s*#?(\d{1,15})\b", post.get(name, ""))):
                pairs.setdefault(kind, {})[key] = int(number[1])
            elif what == "shown":
                fields.setdefault(kind, {})[key] = post.getlist(f"{kind}-keep-{key}")
            elif what == "stay" and key.isdecimal() and post.get(name) in {"0", "1"}:
                stay.setdefault(kind, {})[int(key)] = post.get(name) == "1"
        return {"pairs": pairs, "fields": self._changed(fields), "stay": self._turned(stay)}

    def _changed(self, fields: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
        assert self.choice is not None
        had = self.choice["fields"]
        found: dict[str, dict[str, list[str]]] = {}
        for kind, listed in fields.items():
            for key, names in listed.items():
                if sorted(names) != sorted(had.get(kind, {}).get(key, [])):
                    found.setdefault(kind, {})[key] = names
        return found

    def _turned(self, stay: dict[str, dict[int, bool]]) -> dict[str, dict[int, bool]]:
        found: dict[str, dict[int, bool]] = {}
        for kind, listed in stay.items():
            now = {pair.row.pk: pair.stays for pair in self.found.pairs[kind] if pair.entry is None}
            for key, stays in listed.items():
                if key in now and now[key] != stays:
                    found.setdefault(kind, {})[key] = stays
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One tab of the comparison, and what it all comes to."""
        found, shown = self.found, self.shown
        if shown == "others":
            pairs = [pair for kind in OTHERS for pair in found.of(kind, "changed", "new", "left", "stays")]
        else:
            pairs = found.of("task", shown)
        page = Paginator(pairs, PER_PAGE).get_page(self.request.GET.get("page", 1))
        lights = lights_of([pair.row for pair in page if isinstance(pair.row, Task)])
        next_year = found.mode == Mode.NEXT
        here = reverse("plans:import_compare", args=[self.object.pk])
        return super().get_context_data(
            plan=self.plan,
            mode=dict(Mode.choices)[found.mode],
            next_year=next_year,
            head=[(change, revisions.marked(change)) for change in found.head],
            tabs_of=[
                (name, label, self.counts[name], f"{here}?show={name}")
                for name, label in TABS
                if self.counts[name] or name in {"changed", "new", "left"}
            ],
            counts=self.counts,
            shown=shown,
            page=page,
            pairs=[shown_pair(pair, lights) for pair in page],
            unpaired=[pair.row for pair in found.of("task", "left", "stays")],
            seen=json.dumps(found.versions, separators=(",", ":")),
            excesses=self.found.excesses if self.choice and self.choice["mode"] == Mode.CORRECTED else [],
            open_warnings=self.object.warnings.filter(decision=Decision.OPEN).count(),
            **kwargs,
        )


def lights_of(tasks: list[Task]) -> dict[int, Any]:
    """Light and share done of tasks; one query."""
    rows = standing.with_light(Task._base_manager.filter(pk__in=[task.pk for task in tasks]), dropped=None)
    return {row.pk: row for row in rows}


def shown_pair(pair: Pair, lights: dict[int, Any]) -> dict[str, Any]:
    """A pair as the page shows it."""
    entry, row = pair.entry, pair.row
    shown: dict[str, Any] = {
        "pair": pair,
        "kind": pair.kind,
        "kind_label": KIND_LABELS[pair.kind],
        "key": pair.key,
        "status": pair.status,
        "title": str(row) if row is not None else "",
        "changes": [(change, revisions.marked(change)) for change in pair.changes],
        "now": lights.get(row.pk) if row is not None and pair.kind == "task" else None,
        "url": reverse(f"plans:{pair.kind}", args=[row.pk]) if row is not None else "",
    }
    if entry is None or row is not None:
        return shown
    if pair.kind != "task":
        shown["title"] = " ".join(str(entry.get(name) or "") for name in revisions.KEYS[pair.kind])
        return shown
    shown["title"] = f"{entry['number']} {entry['title']}".strip()
    shown["lines"] = [
        text
        for text in (
            revisions.in_words("task", "units", entry["units"]),
            "；".join(date_in_words(item) for item in entry["deadlines"]),
            "；".join(amount_in_words(item) for item in entry["quantities"]),
        )
        if text
    ]
    return shown
