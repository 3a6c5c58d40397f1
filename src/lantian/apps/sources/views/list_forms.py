"""Opening, describing, publishing, freezing lists; their versions, and what differs between two days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, log
from lantian.apps.core.pages import ActionView, Page, RowActionView
from lantian.apps.sources import access
from lantian.apps.sources.actions.lists import AnnounceChange, EditList, OpenList, PublishList
from lantian.apps.sources.choices import EntryState
from lantian.apps.sources.forms_lists import AnnounceForm, ListForm, NewListForm, PublishForm
from lantian.apps.sources.history import EntryChange, difference
from lantian.apps.sources.models import ListEntry, SourceList
from lantian.apps.sources.told import Names, label_for
from lantian.apps.sources.views.lists import LISTS, OfList
from lantian.rules.sources.lists import list_book


class ListNew(ActionView):
    """Begin a list."""

    permission = access.LIST_MANAGE
    form_class = NewListForm
    title = _("Open a list")
    submit_label = _("Open the list")
    success_message = _("The list has been opened.")
    cancel_url_name = "sources:lists"
    breadcrumbs = (LISTS,)

    def get_initial(self) -> dict[str, Any]:
        """The kind that was chosen, and the home of the account."""
        home = self.user.organisation.region if self.user.organisation is not None else None
        wanted = self.request.GET.get("type", "")
        return {"type": wanted if wanted in list_book().lists else "", "region": home}

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the actor, who sees places and organisations."""
        return super().get_form_kwargs() | {"actor": self.actor}

    def run(self, form: Any) -> Any:
        """Open it."""
        values = dict(form.cleaned_data)
        return OpenList(self.actor, values.pop("type"), **values).execute()

    def get_done_url(self, result: Any) -> str:
        """On to the list."""
        return str(result.get_absolute_url())


class _OnList(RowActionView):
    """A form about a list."""

    model = SourceList
    permission = access.LIST_MANAGE
    template_name = "sources/lists_list_form.html"

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return [(LISTS[0], reverse(LISTS[1])), (self.object.name, self.object.get_absolute_url())]


class ListEdit(_OnList):
    """Name a list anew, or say who keeps it."""

    form_class = ListForm
    title = _("Edit the list")

    def get_initial(self) -> dict[str, Any]:
        """As it is."""
        row = self.object
        return {"name": row.name, "owner": row.owner, "note": row.note}

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the actor."""
        return super().get_form_kwargs() | {"actor": self.actor}

    def run(self, form: Any) -> Any:
        """Write it."""
        values = dict(form.cleaned_data)
        values["name"] = values["name"].strip() or list_book().lists[self.object.type].name
        return EditList(self.actor, self.object, **values).execute()


class ListPublish(_OnList):
    """Publish a version, and freeze the list where that is wanted."""

    form_class = PublishForm
    title = _("Publish the list")
    submit_label = _("Publish")

    def get_success_message(self, result: Any) -> str:
        """Number and size of the version."""
        return __("Version %(number)s with %(entries)s entries has been published.") % {
            "number": result.number,
            "entries": result.entries,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How many entries stand on it, and how many wait."""
        rows = ListEntry.objects.filter(list=self.object)
        waiting = rows.filter(state__in=[EntryState.PROPOSED, EntryState.CHECKED]).count()
        lines = [
            __("%(count)s entries stand on the list and will be in the version.")
            % {"count": rows.filter(state=EntryState.LISTED).count()}
        ]
        if waiting:
            lines.append(
                __("%(count)s entries wait to be checked or listed and will not be in it.")
                % {"count": waiting}
            )
        return super().get_context_data(lines=lines, **kwargs)

    def run(self, form: Any) -> Any:
        """Publish it."""
        return PublishList(self.actor, self.object, **form.cleaned_data).execute()

    def get_done_url(self, result: Any) -> str:
        """On to the versions."""
        return reverse("sources:list_versions", args=[self.object.pk])


class ListAnnounce(_OnList):
    """Enter that a change of a frozen list has been announced and filed."""

    form_class = AnnounceForm
    title = _("Enter an announcement")
    success_message = _("The announcement has been entered; changes can now be proposed.")

    def run(self, form: Any) -> Any:
        """Keep it."""
        return AnnounceChange(self.actor, self.object, **form.cleaned_data).execute()


class ListVersions(OfList, Page):
    """Versions of a list, announced changes, and the way to any difference."""

    permission = access.SOURCE_VIEW
    template_name = "sources/lists_versions.html"
    title = _("Versions and differences")

    def get_subtitle(self) -> str:
        """The list."""
        return str(self.listing)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the list."""
        return self.list_crumbs()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Versions, each with the moment of the one before it."""
        versions = list(self.listing.versions.select_related("published_by__person")[:200])
        for newer, older in pairwise(versions):
            newer.compare = f"from={_query(older.at)}&to={_query(newer.at)}"
        today = display.campaign_today()
        return super().get_context_data(
            listing=self.listing,
            versions=versions,
            announcements=list(self.listing.announcements.all()[:50]),
            first=(today - timedelta(30)).isoformat(),
            last=today.isoformat(),
            **kwargs,
        )


def _query(at: datetime) -> str:
    return at.isoformat().replace("+", "%2B")


KINDS = {"added": _("Came onto the list"), "removed": _("Went off the list"), "changed": _("Changed")}
TONES = {"added": "green", "removed": "red", "changed": "blue"}


class ListDiff(OfList, Page):
    """What came, went and changed between two days."""

    permission = access.SOURCE_VIEW
    template_name = "sources/lists_diff.html"
    title = _("Differences between two days")

    def get_subtitle(self) -> str:
        """The list."""
        return str(self.listing)

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the versions."""
        return [
            *self.list_crumbs(),
            (_("Versions and differences"), reverse("sources:list_versions", args=[self.listing.pk])),
        ]

    def moment(self, name: str, default: date) -> datetime:
        """A moment of the address; a day means its end, or now where it is today."""
        text = self.request.GET.get(name, "")
        try:
            at = parse_datetime(text)
            day = parse_date(text) if at is None or len(text) <= 10 else None
        except ValueError:
            at, day = None, None
        if at is not None and day is None:
            return at if timezone.is_aware(at) else at.replace(tzinfo=display.CAMPAIGN_TIME)
        end = datetime.combine(day or default, time.max, display.CAMPAIGN_TIME)
        return min(end, timezone.now())

    @cached_property
    def moments(self) -> tuple[datetime, datetime]:
        """From when to when."""
        today = display.campaign_today()
        return self.moment("from", today - timedelta(30)), self.moment("to", today)

    @cached_property
    def changes(self) -> list[EntryChange]:
        """All differences that the account may see."""
        seen = ListEntry.objects.visible_to(self.user, access.SOURCE_VIEW)
        return difference(self.listing, *self.moments, entries=seen)

    def lines(self, changes: Any) -> Iterator[dict[str, Any]]:
        """Changes in words."""
        names = Names()
        for change in changes:
            yield {
                "entry": change.entry,
                "kind": change.kind,
                "label": KINDS[change.kind],
                "tone": TONES[change.kind],
                "reason": change.reason,
                "actor": change.actor,
                "fields": [
                    (
                        label_for(one.key, one.scope, self.type),
                        names.words(one.key, one.before, one.scope, self.type),
                        names.words(one.key, one.after, one.scope, self.type),
                    )
                    for one in change.fields
                ],
            }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the Excel file."""
        if request.GET.get("export") == "xlsx" and self.user.may(access.LIST_EXPORT):
            return self.export()
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A page of the differences, of one kind where one is chosen."""
        wanted = self.request.GET.get("kind", "")
        counts = dict.fromkeys(KINDS, 0)
        for change in self.changes:
            counts[change.kind] += 1
        chosen = [one for one in self.changes if wanted not in KINDS or one.kind == wanted]
        page = Paginator(chosen, 50).get_page(self.request.GET.get("page"))
        query = self.request.GET.copy()
        for name in ("page", "kind", "export"):
            query.pop(name, None)
        first, second = self.moments
        return super().get_context_data(
            listing=self.listing,
            page_obj=page,
            lines=list(self.lines(page.object_list)),
            kinds=[(code, label, counts[code], TONES[code]) for code, label in KINDS.items()],
            kind=wanted if wanted in KINDS else "",
            query=query.urlencode(),
            first=first,
            second=second,
            first_day=first.astimezone(display.CAMPAIGN_TIME).date().isoformat(),
            second_day=second.astimezone(display.CAMPAIGN_TIME).date().isoformat(),
            can_export=self.user.may(access.LIST_EXPORT),
            **kwargs,
        )

    def export(self) -> HttpResponse:
        """All differences as a table, a row for each fact."""
        from lantian.office.ledger import write_table

        columns = [
            __("Difference"),
            __("Name"),
            __("Unit"),
            __("No."),
            __("Fact"),
            __("Before"),
            __("After"),
            __("Reason"),
            __("By"),
        ]
        rows: list[list[Any]] = []
        for line in self.lines(self.changes):
            entry = line["entry"]
            head = [str(line["label"]), entry.name, entry.unit_name, entry.number]
            for field, before, after in line["fields"] or [("", "", "")]:
                rows.append([*head, field, before, after, line["reason"], line["actor"]])
        first, second = (display.campaign_date(moment) for moment in self.moments)
        title = __("Differences of %(list)s") % {"list": self.listing.name}
        stream = BytesIO()
        write_table(columns, rows, f"{title} {first} – {second}", stream)
        log.append(
            [
                log.entry(
                    self.actor,
                    "core.list.export",
                    label=title,
                    after={"rows": len(rows), "filter": {"from": [first], "to": [second]}},
                )
            ]
        )
        response = HttpResponse(
            stream.getvalue(),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        day = display.campaign_today().strftime("%Y%m%d")
        response["Content-Disposition"] = (
            content_disposition_header(True, f"{title}_{day}.xlsx") or "attachment"
        )
        return response
