"""People and posts."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import lists, pages
from lantian.apps.core import registry_actions as actions
from lantian.apps.core.display import campaign_today
from lantian.apps.core.forms import registry as registry_forms
from lantian.apps.core.models import Organisation, Person, Post
from lantian.apps.core.queries import registry as queries
from lantian.apps.core.tables.registry import PersonTable
from lantian.apps.core.views.registry.places import ActorFormMixin

CRUMBS = ((_("People"), "core:people"),)
VIEW, MANAGE = "core.organisation.view", "core.person.manage"


class PersonFilter(lists.LedgerFilter):
    """Filters of the list."""

    q = lists.SearchFilter(["name", "mobile", "organisation__name", "organisation__short_name"])
    post = django_filters.CharFilter(
        label=_("Post"), method="holding", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(
            ("here", _("In office")),
            ("left", _("Left")),
            ("head", _("Heads")),
            ("contact", _("Contacts")),
        ),
        method="in_state",
    )

    def holding(self, rows: Any, name: str, value: str) -> Any:
        """Who holds a post."""
        posts = Post.objects.filter(queries.on_day(campaign_today()), title__icontains=value.strip())
        return rows.filter(pk__in=posts.values("person"))

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """By state."""
        if value == "left":
            return rows.filter(left_on__isnull=False)
        rows = rows.filter(left_on__isnull=True)
        if value == "here":
            return rows
        posts = Post.objects.filter(queries.on_day(campaign_today()))
        posts = posts.filter(is_head=True) if value == "head" else posts.filter(is_contact=True)
        return rows.filter(pk__in=posts.values("person"))


class PersonList(lists.ListView):
    """All people that one may see."""

    model = Person
    permission = VIEW
    title = _("People")
    subtitle = _("Who is named in plans or uses the system, with their posts.")
    table_class = PersonTable
    filterset_class = PersonFilter
    empty_title = _("There are no people yet.")
    empty_hint = _("Import a list from Excel, or add the first one.")
    empty_url_name = "core:person-new"
    empty_label = _("New person")
    empty_permission = MANAGE

    def get_queryset(self) -> Any:
        """With posts and accounts."""
        posts = Prefetch("posts", queries.open_posts(campaign_today()), to_attr="open_posts")
        return super().get_queryset().select_related("organisation", "user").prefetch_related(posts)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """New, import."""
        return [
            {
                "label": _("Import"),
                "url": reverse("core:import", args=["people"]),
                "icon": "file-import",
                "permission": MANAGE,
            },
            {
                "label": _("New person"),
                "url": reverse("core:person-new"),
                "icon": "plus",
                "tone": "primary",
                "permission": MANAGE,
            },
        ]


class PersonView(pages.DetailView):
    """Somebody."""

    model = Person
    template_name = "core/registry/person.html"
    permission = VIEW
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With organisation and account."""
        return super().get_queryset().select_related("organisation", "user")

    def get_subtitle(self) -> Any:
        """Where."""
        return self.object.organisation.name if self.object.organisation else ""

    def get_facts(self) -> list[tuple[Any, Any]]:
        """What is written about them."""
        person: Person = self.object
        account = getattr(person, "user", None)
        return [
            (_("Mobile phone"), person.mobile),
            (_("E-mail"), person.email),
            (_("Account"), account.username if account is not None else None),
            (_("Left on"), person.left_on),
        ]

    def may_manage(self) -> bool:
        """Whether this row may be changed."""
        return bool(self.user.may(MANAGE) and Person.objects.all().may_see(self.user, MANAGE, self.object.pk))

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Changes that are possible now."""
        if not self.may_manage():
            return []
        key = [self.object.pk]
        found: list[dict[str, Any]] = [
            {
                "label": _("Edit"),
                "url": reverse("core:person-edit", args=key),
                "icon": "edit",
                "tone": "primary",
            }
        ]
        if self.object.left_on is None:
            found += [
                {"label": _("New post"), "url": reverse("core:post-new", args=key), "icon": "plus"},
                {
                    "label": _("Leave"),
                    "url": reverse("core:person-leave", args=key),
                    "icon": "door-exit",
                    "tone": "danger",
                },
            ]
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Posts of today and of the past."""
        today = campaign_today()
        posts = list(self.object.posts.select_related("organisation").order_by("-valid_from", "-pk"))
        held = [post for post in posts if post.valid_to is None or post.valid_to >= today]
        return super().get_context_data(
            posts=held,
            former_posts=[post for post in posts if post not in held],
            may_manage=self.may_manage(),
            **kwargs,
        )


class NewPersonView(ActorFormMixin, pages.ActionView):
    """Somebody new."""

    permission = MANAGE
    title = _("New person")
    breadcrumbs = CRUMBS
    form_class = registry_forms.NewPersonForm
    cancel_url_name = "core:people"

    def get_initial(self) -> dict[str, Any]:
        """In the organisation whose page it was opened from."""
        key = self.request.GET.get("organisation", "")
        rows = Organisation.objects.all().visible_to(self.user, VIEW)
        found = rows.filter(pk=int(key)).first() if key.isdigit() and len(key) < 19 else None
        return {"organisation": found} if found is not None else super().get_initial()

    def run(self, form: Any) -> Person:
        """Add them."""
        return actions.CreatePerson(self.actor, **form.cleaned_data).execute()

    def get_done_url(self, result: Person) -> str:
        """To their page."""
        return reverse("core:person", args=[result.pk])


class _PersonAction(ActorFormMixin, pages.RowActionView):
    model = Person
    permission = MANAGE
    breadcrumbs = CRUMBS

    def get_queryset(self) -> Any:
        """With the organisation."""
        return super().get_queryset().select_related("organisation")

    def get_subtitle(self) -> Any:
        """Who."""
        organisation = self.object.organisation
        return f"{self.object.name} · {organisation.name}" if organisation else self.object.name

    def get_cancel_url(self) -> str:
        """Back to their page."""
        return reverse("core:person", args=[self.object.pk])

    def get_done_url(self, result: Any) -> str:
        """Back to their page."""
        return reverse("core:person", args=[self.object.pk])


class EditPersonView(_PersonAction):
    """A change."""

    title = _("Edit a person")
    form_class = registry_forms.PersonChangeForm

    def get_initial(self) -> dict[str, Any]:
        """What is written now."""
        names = ("name", "organisation", "mobile", "email")
        return {
            **{name: getattr(self.object, name) for name in names},
            "seen": self.object.updated_at.isoformat(),
        }

    def run(self, form: Any) -> Person:
        """Change it."""
        data = dict(form.cleaned_data)
        seen = parse_datetime(data.pop("seen") or "")
        return actions.ChangePerson(self.actor, self.object, seen=seen, **data).execute()


class LeavePersonView(_PersonAction):
    """Somebody leaves."""

    title = _("A person leaves")
    form_class = registry_forms.LeaveForm
    form_columns = 1

    def run(self, form: Any) -> Person:
        """Note it and end the posts."""
        data = form.cleaned_data
        return actions.LeavePerson(self.actor, self.object, data["on"], reason=data["reason"]).execute()


class NewPostView(_PersonAction):
    """A post for somebody."""

    title = _("New post")
    form_class = registry_forms.PostForm

    def get_initial(self) -> dict[str, Any]:
        """In their organisation."""
        return {"organisation": self.object.organisation, "valid_from": campaign_today()}

    def run(self, form: Any) -> Any:
        """Give it."""
        return actions.AssignPost(self.actor, self.object, **form.cleaned_data).execute()


class EndPostView(ActorFormMixin, pages.RowActionView):
    """The end of a post."""

    model = Post
    permission = MANAGE
    title = _("End a post")
    breadcrumbs = CRUMBS
    form_class = registry_forms.LeaveForm
    form_columns = 1

    def get_queryset(self) -> Any:
        """Posts of people that one may change."""
        mine = Person.objects.all().visible_to(self.user, MANAGE).order_by().values("pk")
        return Post.objects.filter(person__in=mine).select_related("person", "organisation")

    def get_subtitle(self) -> Any:
        """Which post."""
        return f"{self.object.person.name} · {self.object.organisation.name} · {self.object.title}"

    def get_form(self, form_class: Any = None) -> Any:
        """The day is the last day of the post."""
        form = super().get_form(form_class)
        form.fields["on"].label = _("Last day")
        return form

    def get_cancel_url(self) -> str:
        """Back to the person."""
        return reverse("core:person", args=[self.object.person_id])

    def get_done_url(self, result: Any) -> str:
        """Back to the person."""
        return self.get_cancel_url()

    def run(self, form: Any) -> Any:
        """End it."""
        data = form.cleaned_data
        return actions.EndPost(self.actor, self.object, data["on"], reason=data["reason"]).execute()
