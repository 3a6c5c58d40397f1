"""The action log: search, an entry with what was before and after, export, proof of the chain."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history, lists, log, pages
from lantian.apps.core.models import LogChain, LogEntry
from lantian.apps.core.models.log import LogResult
from lantian.apps.core.tables.accounts import LogTable

#: The ways by which somebody acts.
VIA = {
    "web": _("Page"),
    "api": _("API"),
    "cli": _("Command line"),
    "job": _("Job"),
    "device": _("Device"),
    "system": _("System"),
}
#: Problems that are shown; the number of all is told.
SHOWN = 50


class LogFilter(lists.LedgerFilter):
    """Filters of the log."""

    shown = 4
    q = lists.SearchFilter(["actor", "object_label", "reason"])
    since = django_filters.DateFilter(
        label=_("From"), field_name="at", lookup_expr="date__gte", widget=lists.DayInput()
    )
    until = django_filters.DateFilter(
        label=_("To"), field_name="at", lookup_expr="date__lte", widget=lists.DayInput()
    )
    action = django_filters.ChoiceFilter(label=_("Action"), choices=history.actions)
    result = django_filters.ChoiceFilter(label=_("Result"), choices=LogResult.choices)
    object_type = django_filters.ChoiceFilter(label=_("Object type"), choices=history.object_types)
    object_id = django_filters.CharFilter(label=_("Number of the object"))
    organisation_name = django_filters.CharFilter(label=_("Organisation of the actor"), lookup_expr="icontains")
    ip = django_filters.CharFilter(label=_("IP address"), lookup_expr="startswith")
    via = django_filters.ChoiceFilter(
        label=_("Via"),
        choices=tuple(VIA.items()),
    )


class LogList(lists.ListView):
    """Entries within the data scope."""

    model = LogEntry
    permission = "core.log.view"
    export_permission = "core.log.export"
    title = _("Action log")
    table_class = LogTable
    filterset_class = LogFilter
    empty_title = _("Nothing has been noted yet.")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Proof."""
        return [
            {
                "label": __("Verify the chain"),
                "url": reverse("core:log_verify"),
                "icon": "shield-check",
                "permission": "core.log.export",
            }
        ]


class LogEntryView(pages.DetailView):
    """One entry in full."""

    model = LogEntry
    permission = "core.log.view"
    template_name = "core/log_entry.html"
    breadcrumbs = ((_("Action log"), "core:log"),)

    def get_title(self) -> str:
        """What was done."""
        return history.label_of(self.object.action)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Put it into words."""
        entry: LogEntry = self.object
        told = history.tell([entry])[0]
        return super().get_context_data(
            told=told,
            changes=[
                (name, told.before.get(name), told.after.get(name))
                for name in dict.fromkeys([*told.before, *told.after])
            ],
            **kwargs,
        )

    def get_facts(self) -> list[tuple[Any, Any]]:
        """Who, when, from where, on what."""
        entry: LogEntry = self.object
        return [
            (_("Time"), entry.at),
            (_("Result"), entry.get_result_display()),
            (_("Actor"), entry.actor),
            (_("Organisation"), entry.organisation_name),
            (_("IP address"), entry.ip),
            (_("Via"), VIA.get(entry.via, entry.via)),
            (_("Object"), history.object_words(entry)),
            (_("Reason"), entry.reason),
            (_("Code of the action"), entry.action),
        ]


class VerifyView(pages.PageMixin, pages.TemplateView):
    """Walk the whole chain: whether an entry was changed, removed or slipped in."""

    permission = "core.log.export"
    template_name = "core/log_verify.html"
    title = _("Verify the action log")
    breadcrumbs = ((_("Action log"), "core:log"),)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the length of the chain."""
        chain = LogChain.objects.filter(pk=1).first()
        return super().get_context_data(length=chain.length if chain else 0, form=forms.Form(), **kwargs)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Verify, and note in the log that it was done and what came out."""
        problems: list[tuple[int, str]] = []
        count = 0
        for key, problem in log.verify():
            count += 1
            if len(problems) < SHOWN:
                problems.append((key, problem))
        chain = LogChain.objects.filter(pk=1).first()
        length = chain.length if chain else 0
        log.append(
            [
                log.entry(
                    self.actor,
                    "core.log.verify",
                    label="Action log",
                    after={"entries": length, "problems": count},
                    result=LogResult.FAILED if count else LogResult.DONE,
                )
            ]
        )
        words = {
            "gap": __("The entry does not follow the one before it: something was removed or slipped in."),
            "changed": __("The entry was changed after it had been written."),
            "end": __("Entries at the end are missing."),
        }
        return self.render_to_response(
            self.get_context_data(
                done=True,
                count=count,
                verified=length,
                problems=[(key, words.get(problem, problem)) for key, problem in problems],
                head=chain.head if chain else "",
            )
        )
