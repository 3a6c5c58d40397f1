"""Bases of pages: who may open them, what stands above them, and how a refused action is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django.views.generic.edit import FormView

from lantian.apps.core import permissions
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError, NotAllowed, NotFound

Crumb = tuple[Any, str]


class PageMixin(AccessMixin):
    """A page of the site: log-in, permission, title, path to it, and the actions in its head.

    Attributes
    ----------
    permission
        Code that the account must carry; None asks for a log-in only. There is no page without a log-in here.
    title, subtitle
        Head of the page; override :meth:`get_title` where it depends on the row.
    breadcrumbs
        Pages above this one, as pairs of label and URL name.
    """

    request: HttpRequest
    permission: ClassVar[str | None] = None
    title: Any = ""
    subtitle: Any = ""
    breadcrumbs: ClassVar[Sequence[tuple[Any, str]]] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask for the log-in and the permission, and turn refusals into pages."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        if self.permission is not None:
            permissions.get(self.permission)
            if not self.user.may(self.permission):
                raise PermissionDenied(str(NotAllowed.message))
        try:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except NotFound as error:
            raise Http404(str(error)) from error
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error

    @property
    def user(self) -> Any:
        """The account behind the request."""
        return self.request.user

    @property
    def actor(self) -> Actor:
        """Who acts through this page."""
        return Actor.of(self.request)

    def get_title(self) -> Any:
        """Heading of the page."""
        return self.title

    def get_subtitle(self) -> Any:
        """A line below the heading."""
        return self.subtitle

    def get_breadcrumbs(self) -> list[Crumb]:
        """Pages above this one, as label and address."""
        crumbs: list[Crumb] = []
        for label, name in self.breadcrumbs:
            try:
                crumbs.append((label, reverse(name)))
            except NoReverseMatch:
                crumbs.append((label, ""))
        return crumbs

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Buttons in the head: dictionaries for the tag ``action_button`` (label, url, icon, tone, permission)."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the frame shows."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context.setdefault("page_title", self.get_title())
        context.setdefault("page_subtitle", self.get_subtitle())
        context.setdefault("breadcrumbs", self.get_breadcrumbs())
        context.setdefault(
            "page_actions",
            [
                action
                for action in self.get_page_actions()
                if not action.get("permission") or self.user.may(action["permission"])
            ],
        )
        return context


class Page(PageMixin, TemplateView):
    """A page with a template of its own."""


class RowMixin(PageMixin):
    """A page about one row, looked up among the rows that the account may see under ``permission``."""

    model: ClassVar[type[models.Model]]
    queryset: ClassVar[Any] = None
    pk_url_kwarg = "pk"
    kwargs: dict[str, Any]

    def get_queryset(self) -> Any:
        """Rows to look in; extend it with ``select_related`` and ``prefetch_related``."""
        if self.permission is None:
            raise TypeError(f"{type(self).__name__} shows rows but names no permission")
        rows: Any = self.queryset.all() if self.queryset is not None else self.model._default_manager.all()  # type: ignore[attr-defined]
        return rows.visible_to(self.user, self.permission)

    @property
    def object(self) -> Any:
        """The row of this page; read once."""
        if not hasattr(self, "_object"):
            self._object = get_object_or_404(self.get_queryset(), pk=self.kwargs[self.pk_url_kwarg])
        return self._object

    def get_title(self) -> Any:
        """The row's own name, unless the page names itself."""
        return self.title or str(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the row."""
        return super().get_context_data(object=self.object, **kwargs)


class DetailView(RowMixin, TemplateView):
    """A row with its facts; a page with more of its own extends ``lantian/detail.html``."""

    template_name = "lantian/detail.html"

    def get_facts(self) -> list[tuple[Any, Any]]:
        """Pairs of label and value for the card of facts."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the facts."""
        return super().get_context_data(facts=self.get_facts(), **kwargs)


class ActionFormMixin:
    """A form whose values go to an action; what the action refuses stands beside the fields it names."""

    request: HttpRequest
    success_message: Any = _("Saved.")
    submit_label: Any = _("Save")
    cancel_url_name = ""

    def run(self, form: Any) -> Any:
        """Execute the action with ``form.cleaned_data``; return what :meth:`get_done_url` needs."""
        raise NotImplementedError

    def get_done_url(self, result: Any) -> str:
        """Where to go afterwards."""
        return self.get_cancel_url()

    @property
    def next_url(self) -> str:
        """The page that the form was opened from, if it named one and it is ours."""
        back = self.request.POST.get("next") or self.request.GET.get("next") or ""
        host, secure = self.request.get_host(), self.request.is_secure()
        return back if back and url_has_allowed_host_and_scheme(back, {host}, secure) else ""

    def get_cancel_url(self) -> str:
        """Where the way back leads."""
        return self.next_url or (reverse(self.cancel_url_name) if self.cancel_url_name else reverse("home"))

    def get_success_message(self, result: Any) -> Any:
        """What is said afterwards; empty says nothing."""
        return self.success_message

    def form_valid(self, form: Any) -> HttpResponse:
        """Run the action and go on, or show what it refused."""
        try:
            result = self.run(form)
        except (NotAllowed, NotFound):
            raise
        except CoreError as error:
            put_errors(form, error)
            return self.form_invalid(form)  # type: ignore[attr-defined, no-any-return]
        said = self.get_success_message(result)
        if said:
            messages.success(self.request, said)
        return HttpResponseRedirect(self.get_done_url(result))

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """A refused form is not a success, neither for HTMX nor for a script."""
        form = context.get("form")
        if form is not None and form.is_bound and form.errors:
            kwargs.setdefault("status", 422)
        return super().render_to_response(context, **kwargs)  # type: ignore[misc, no-any-return]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the buttons."""
        kwargs.setdefault("submit_label", self.submit_label)
        kwargs.setdefault("cancel_url", self.get_cancel_url())
        kwargs.setdefault("next_url", self.next_url)
        return super().get_context_data(**kwargs)  # type: ignore[misc, no-any-return]


def put_errors(form: forms.Form, error: CoreError) -> None:
    """Put what an action refused beside the fields it names, and the rest above the form."""
    rest: list[str] = []
    for name, said in error.fields.items():
        texts = [str(text) for text in said] if isinstance(said, list | tuple) else [str(said)]
        if name in form.fields:
            for text in texts:
                form.add_error(name, text)
        else:
            rest.extend(texts)
    if rest or not error.fields:
        for text in rest or [str(error)]:
            form.add_error(None, text)


class ActionView(ActionFormMixin, PageMixin, FormView):
    """A form that runs an action (new rows, imports, settings)."""

    template_name = "lantian/form.html"


class RowActionView(ActionFormMixin, RowMixin, FormView):
    """A form that runs an action on one row (change, move, merge)."""

    template_name = "lantian/form.html"

    def get_cancel_url(self) -> str:
        """Back to the row where it has a page."""
        if not self.next_url and not self.cancel_url_name and hasattr(self.object, "get_absolute_url"):
            return str(self.object.get_absolute_url())
        return super().get_cancel_url()


class ReasonForm(forms.Form):
    """The reason for a change, which the log keeps."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the log together with your name."),
    )


class OptionalReasonForm(ReasonForm):
    """A reason that may be left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


class ConfirmView(RowActionView):
    """A question before something that cannot be taken back lightly, with a reason.

    Attributes
    ----------
    question, consequences
        What is asked, and what happens then.
    tone
        ``danger`` or ``primary``: the colour of the button.
    """

    template_name = "lantian/confirm.html"
    form_class = ReasonForm
    question: Any = ""
    consequences: ClassVar[Sequence[Any]] = ()
    tone = "danger"
    submit_label = _("Confirm")
    success_message: Any = _("Done.")

    def get_question(self) -> Any:
        """The question."""
        return self.question or __("Do you want to do this?")

    def get_consequences(self) -> Sequence[Any]:
        """What happens then, one sentence each."""
        return self.consequences

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the question."""
        return super().get_context_data(
            question=self.get_question(),
            consequences=self.get_consequences(),
            tone=self.tone,
            **kwargs,
        )
