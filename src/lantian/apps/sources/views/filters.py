"""Saved filters of a list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as __
from django.views.generic import View

from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound
from lantian.apps.core.lists import STATE
from lantian.apps.core.pages import PageMixin
from lantian.apps.sources import access
from lantian.apps.sources.actions.filters import DeleteFilter, SaveFilter, ShareFilter
from lantian.apps.sources.models import SavedFilter, SourceList

#: the page of all sources, beside the codes of lists
SOURCES_PAGE = "sources"


def saved_for(user: Any, page: str) -> list[SavedFilter]:
    """Filters of a page: the account's own, and those that others share."""
    rows = SavedFilter.objects.filter(page=page).filter(Q(user=user) | Q(shared=True))
    return list(rows.select_related("user__person")[:60])


def tidy(query: str) -> str:
    """A filter without page, export and empty fields; the order stays."""
    given = QueryDict(query[:4000], mutable=True)
    for name in list(given):
        values = [value for value in given.getlist(name) if value]
        if not values or name in set(STATE) - {"sort"}:
            given.pop(name)
        else:
            given.setlist(name, values)
    return given.urlencode()


class _Post(PageMixin, View):
    """A button."""

    permission = access.SOURCE_VIEW
    http_method_names = ("post", "get")
    done = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An address that somebody typed leads to the lists."""
        self.prepare()
        return HttpResponseRedirect(reverse("sources:lists"))

    def prepare(self) -> None:
        """Look up what the address names."""

    def run(self) -> str:
        """Do it; gives where to go."""
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it and go back."""
        self.prepare()
        try:
            url = self.run()
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            texts = [str(text) for text in error.fields.values()] or [str(error)]
            messages.error(request, "；".join(texts))
            return HttpResponseRedirect(self.back())
        messages.success(request, self.done)
        return HttpResponseRedirect(url)

    def back(self) -> str:
        """The page that the button stands on."""
        return reverse("sources:lists")


class FilterSave(_Post):
    """Save the filter of a list; list 0 is the page of all sources."""

    listing: SourceList | None = None

    def prepare(self) -> None:
        """The list."""
        if self.kwargs["pk"]:  # type: ignore[attr-defined]
            rows = SourceList.objects.visible_to(self.user, access.SOURCE_VIEW)
            self.listing = get_object_or_404(rows, pk=self.kwargs["pk"])  # type: ignore[attr-defined]

    def back(self) -> str:
        """The list under its filter."""
        url = self.listing.get_absolute_url() if self.listing is not None else reverse("sources:sources")
        return f"{url}?{tidy(self.request.POST.get('query', ''))}"

    def run(self) -> str:
        """Keep it."""
        page = self.listing.type if self.listing is not None else SOURCES_PAGE
        SaveFilter(
            self.actor,
            page,
            self.request.POST.get("name", "")[:60],
            tidy(self.request.POST.get("query", "")),
            shared=bool(self.request.POST.get("shared")),
        ).execute()
        self.done = __("The filter has been saved.")
        return self.back()


class _OwnFilter(_Post):
    def prepare(self) -> None:
        """Only one's own."""
        self.row = get_object_or_404(SavedFilter, pk=self.kwargs["pk"], user=self.user)  # type: ignore[attr-defined]

    def back(self) -> str:
        """The page of the filter, if it is ours."""
        from django.utils.http import url_has_allowed_host_and_scheme

        url = self.request.POST.get("next", "")
        hosts = {self.request.get_host()}
        if url and url_has_allowed_host_and_scheme(url, hosts, self.request.is_secure()):
            return url
        return super().back()


class FilterShare(_OwnFilter):
    """Show a filter to everybody, or to oneself only again."""

    def run(self) -> str:
        """Turn it round."""
        row = ShareFilter(self.actor, self.row).execute()
        self.done = (
            __("The filter is now for everybody.") if row.shared else __("The filter is now for you only.")
        )
        return self.back()


class FilterDelete(_OwnFilter):
    """Delete a filter."""

    def run(self) -> str:
        """Delete it."""
        DeleteFilter(self.actor, self.row).execute()
        self.done = __("The filter has been deleted.")
        return self.back()
