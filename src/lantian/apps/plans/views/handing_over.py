"""Open tasks whose person has left or whose unit is closed, and their way to somebody else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import CoreError, NotAllowed
from lantian.apps.core.exceptions import NotFound as Missing
from lantian.apps.core.forms.registry import OrganisationField
from lantian.apps.core.models import Organisation
from lantian.apps.core.pages import Page, put_errors
from lantian.apps.plans import orphans, queries, standing
from lantian.apps.plans.access import TASK_EDIT
from lantian.apps.plans.actions.handing_over import HandOver
from lantian.apps.plans.models import Task

#: tasks of one group on the page; the others follow once these are handed over
SHOWN = 200


class HandOverForm(forms.Form):
    """To whom the tasks of a group go."""

    organisation = forms.IntegerField(widget=forms.HiddenInput())
    person = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput())
    to = OrganisationField(label=_("Unit that takes over"), required=False)
    to_person = forms.CharField(label=_("Person who takes over"), required=False, max_length=60)
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept in the log together with your name.")
    )

    def __init__(self, *args: Any, group: orphans.Group | None = None, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: Any = self.fields["to"]
        to.rows = rows
        if group is None:
            return
        self.initial.update({"organisation": group.organisation.pk, "person": group.person})
        if group.kind == orphans.PERSON:
            to.help_text = _("Empty: it stays with the unit.")
            self.fields["to_person"].widget.attrs["list"] = f"people-{group.organisation.pk}"
            self.fields["to_person"].required = True
            self.initial["reason"] = _("The responsible person has left")
        else:
            to.required = True
            self.initial["reason"] = _("The unit is closed")


class HandOverView(Page):
    """All that is left behind, by person and by unit, each with a form for all its tasks."""

    permission = TASK_EDIT
    template_name = "plans/hand_over.html"
    title = _("Tasks to hand over")
    subtitle = _("Open tasks whose responsible person has left or whose unit is closed.")
    breadcrumbs = ((_("Action plans"), "plans:plans"), (_("Task ledger"), "plans:tasks"))

    def rows(self) -> Any:
        """Open tasks that the account may hand over."""
        mine = self.actor.rows(Task.objects.all(), TASK_EDIT)
        return queries.tasks(self.actor).filter(pk__in=mine.order_by().values("pk"))

    def visible(self) -> Any:
        """Organisations to choose from."""
        return Organisation.objects.all().visible_to(self.user, "core.organisation.view")

    def groups(self) -> list[orphans.Group]:
        """By person, then by unit."""
        today = campaign_today()
        rows = self.rows()
        return [group for kind in orphans.FINDERS for group in orphans.groups(self.actor, rows, kind, today)]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hand the chosen tasks over."""
        form = HandOverForm(request.POST, rows=self.visible())
        if not form.is_valid():
            return self.answer(form)
        data = form.cleaned_data
        source = Organisation.objects.filter(pk=data["organisation"]).first()
        if source is None:
            raise Missing
        keys = [int(key) for key in request.POST.getlist("task") if key.isdecimal()]
        try:
            number = HandOver(
                self.actor,
                keys,
                source,
                person=data["person"],
                to=data["to"],
                to_person=data["to_person"],
                reason=data["reason"],
            ).execute()
        except (NotAllowed, Missing):
            raise
        except CoreError as error:
            put_errors(form, error)
            return self.answer(form)
        said = ngettext("%(count)s task was handed over.", "%(count)s tasks were handed over.", number)
        messages.success(request, said % {"count": number})
        return HttpResponseRedirect(reverse("plans:hand_over"))

    def answer(self, form: HandOverForm) -> HttpResponse:
        """The page with what was refused in its place."""
        return self.render_to_response(self.get_context_data(refused=form), status=422)

    def get_context_data(self, refused: HandOverForm | None = None, **kwargs: Any) -> dict[str, Any]:
        """Groups with their tasks and forms."""
        listed = self.groups()
        keys = [task.pk for group in listed for task in group.tasks[:SHOWN]]
        lights = {row.pk: row for row in standing.with_light(Task._base_manager.filter(pk__in=keys))}
        shown: list[dict[str, Any]] = []
        for group in listed:
            form = HandOverForm(group=group, rows=self.visible(), auto_id=f"g{len(shown)}-%s")
            if refused is not None and (
                refused.data.get("organisation"),
                refused.data.get("person"),
            ) == (str(group.organisation.pk), group.person):
                form, refused = refused, None
            shown.append(
                {
                    "group": group,
                    "by_person": group.kind == orphans.PERSON,
                    "form": form,
                    "tasks": [lights[task.pk] for task in group.tasks[:SHOWN] if task.pk in lights],
                    "more": max(0, len(group.tasks) - SHOWN),
                }
            )
        return super().get_context_data(groups=shown, refused=refused, **kwargs)


def card(request: HttpRequest) -> DashboardCard | None:
    """What is left behind, on the home page of whoever may hand it over; nothing where nothing is."""
    actor = Actor.of(request)
    if not actor.may(TASK_EDIT):
        return None
    mine = actor.rows(Task.objects.all(), TASK_EDIT)
    rows = queries.tasks(actor).filter(pk__in=mine.order_by().values("pk"))
    counted = orphans.count(rows, campaign_today())
    if not any(counted.values()):
        return None
    return DashboardCard(
        _("Tasks to hand over"),
        "plans/cards/orphans.html",
        {"gone": counted[orphans.PERSON], "closed": counted[orphans.UNIT]},
        icon="user-off",
        url=reverse("plans:hand_over"),
    )
