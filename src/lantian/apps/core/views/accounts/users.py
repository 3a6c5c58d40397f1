"""Accounts: list, account page, making, changing, disabling, new passwords, roles given and taken."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import duties, lists, pages
from lantian.apps.core.account_actions import (
    CreateToken,
    CreateUser,
    DisableUser,
    EditUser,
    EnableUser,
    GiveGrant,
    ResetPassword,
    TakeGrant,
)
from lantian.apps.core.forms.accounts import (
    DisableForm,
    GrantForm,
    NewUserForm,
    TokenForm,
    UserForm,
)
from lantian.apps.core.models import Grant, Organisation, Role, User
from lantian.apps.core.queries import accounts as queries
from lantian.apps.core.tables.accounts import UserTable, state_of

CRUMBS = ((_("Accounts"), "core:users"),)


class UserFilter(lists.LedgerFilter):
    """Filters of the list."""

    shown = 4
    q = lists.SearchFilter(["username", "person__name", "person__mobile", "organisation__name"])
    organisation = django_filters.ModelChoiceFilter(
        label=_("Organisation and below"), queryset=lambda request: _organisations(request), method="below"
    )
    role = django_filters.ModelChoiceFilter(label=_("Role"), queryset=Role.objects.all(), method="holding")
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(
            ("active", _("Active")),
            ("pending", _("Password pending")),
            ("disabled", _("Disabled")),
            ("machine", _("Machine")),
            ("norole", _("Without a role")),
        ),
        method="in_state",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.form.fields["role"]
        field.label_from_instance = lambda role: __(role.name)

    def below(self, rows: Any, name: str, value: Organisation) -> Any:
        """An organisation with everything below it."""
        return rows.filter(organisation__path__startswith=value.path)

    def holding(self, rows: Any, name: str, value: Role) -> Any:
        """Who holds a role."""
        return queries.with_role(rows, value)

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """By state."""
        if value == "disabled":
            return rows.filter(is_active=False)
        rows = rows.filter(is_active=True)
        if value == "machine":
            return rows.filter(is_machine=True)
        if value == "pending":
            return rows.filter(must_change_password=True, is_machine=False)
        if value == "norole":
            return rows.exclude(pk__in=Grant.objects.filter(revoked_at__isnull=True).values("user"))
        return rows


def _organisations(request: HttpRequest | None) -> Any:
    if request is None:
        return Organisation.objects.none()
    return queries.organisations_for(request.user, "core.user.view")  # type: ignore[arg-type]


class UserList(lists.ListView):
    """All accounts that one may see."""

    model = User
    permission = "core.user.view"
    title = _("Accounts")
    table_class = UserTable
    filterset_class = UserFilter
    empty_title = _("There are no accounts in your data scope.")

    def get_queryset(self) -> Any:
        """With what the list shows."""
        return queries.accounts(super().get_queryset())

    def get_page_actions(self) -> list[dict[str, Any]]:
        """New account."""
        return [
            {
                "label": __("New account"),
                "url": reverse("core:user_new"),
                "icon": "plus",
                "tone": "primary",
                "permission": "core.user.create",
            }
        ]


class UserView(pages.DetailView):
    """One account: who it is, what it may do, where it is logged in."""

    model = User
    queryset = User.objects.select_related("person", "organisation")
    permission = "core.user.view"
    template_name = "core/user.html"
    breadcrumbs = CRUMBS

    def get_title(self) -> str:
        """The person's name."""
        return self.object.display_name

    def get_subtitle(self) -> str:
        """The account's name."""
        return self.object.username

    def get_facts(self) -> list[tuple[Any, Any]]:
        """Who it is."""
        user: User = self.object
        person = user.person
        return [
            (_("State"), state_of(user)[0]),
            (_("Organisation"), user.organisation.name if user.organisation else None),
            (_("Mobile phone"), person.mobile if person else None),
            (_("E-mail"), person.email if person else None),
            (_("Left on"), person.left_on if person else None),
            (_("Made on"), user.created_at),
            (_("Last log-in"), user.last_login),
            (_("Password set on"), user.password_changed_at),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """What can be done with it."""
        user: User = self.object
        key = [user.pk]
        found = [
            {"label": __("Edit"), "url": reverse("core:user_edit", args=key), "icon": "pencil", "permission": "core.user.create"}
        ]
        if user.pk == self.user.pk:
            return found
        if user.is_active and not user.is_machine:
            found.append(
                {
                    "label": __("Reset password"),
                    "url": reverse("core:user_reset_password", args=key),
                    "icon": "key",
                    "permission": "core.user.reset_password",
                }
            )
        name, label, icon, tone = (
            ("core:user_disable", __("Disable"), "user-off", "danger")
            if user.is_active
            else ("core:user_enable", __("Enable"), "user-check", "primary")
        )
        found.append(
            {"label": label, "url": reverse(name, args=key), "icon": icon, "tone": tone, "permission": "core.user.disable"}
        )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add grants, sessions, tokens."""
        grants = list(queries.grants_of(self.object))
        return super().get_context_data(
            grants=[grant for grant in grants if grant.revoked_at is None],
            former_grants=[grant for grant in grants if grant.revoked_at is not None],
            may_grant=self.user.may("core.role.grant") and self.object.pk != self.user.pk,
            may_token=self.object.is_machine and self.user.may("core.token.manage"),
            sessions=queries.sessions_of(self.object) if self.user.may("core.session.view") else None,
            may_end=self.user.may("core.session.end"),
            tokens=queries.tokens_of(self.object) if self.object.is_machine else None,
            strict=duties.is_strict(),
            **kwargs,
        )


class _UserFormMixin:
    """Choices of organisations that the administrator may keep accounts for."""

    user: Any
    form_columns = 2

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the choices."""
        return {
            **super().get_form_kwargs(),  # type: ignore[misc]
            "organisations": queries.organisations_for(self.user, "core.user.create"),
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In two columns."""
        return super().get_context_data(form_columns=2, **kwargs)  # type: ignore[misc, no-any-return]


class NewUserView(_UserFormMixin, pages.ActionView):
    """A new account; its one-time password is shown once."""

    permission = "core.user.create"
    title = _("New account")
    form_class = NewUserForm
    submit_label = _("Make the account")
    breadcrumbs = CRUMBS
    cancel_url_name = "core:users"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add people who have no account yet."""
        return {
            **super().get_form_kwargs(),
            "people": queries.people_without_account(self.user, "core.user.create"),
        }

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Make it and show the password, in this one answer only."""
        data = form.cleaned_data
        try:
            made = CreateUser(
                self.actor,
                username=data["username"],
                name=data["name"],
                person=data["person"],
                organisation=data["organisation"],
                mobile=data["mobile"],
                email=data["email"],
                language=data["language"],
                is_machine=data["is_machine"],
                reason=data["reason"],
            ).execute()
        except pages.NotAllowed:
            raise
        except pages.CoreError as error:
            pages.put_errors(form, error)
            return self.form_invalid(form)
        return secret_page(self.request, made.user, made.password, title=__("The account has been made"))


def secret_page(
    request: HttpRequest, user: User, password: str = "", *, title: str, token: str = ""
) -> HttpResponse:
    """A one-time password or a token, in an answer that no cache keeps."""
    response = render(
        request,
        "core/secret.html",
        {"page_title": title, "account": user, "password": password, "token": token},
    )
    response["Cache-Control"] = "no-store"
    return response


class EditUserView(_UserFormMixin, pages.RowActionView):
    """Who an account belongs to."""

    model = User
    queryset = User.objects.select_related("person", "organisation")
    permission = "core.user.create"
    form_class = UserForm
    title = _("Edit account")
    breadcrumbs = CRUMBS

    def get_form_kwargs(self) -> dict[str, Any]:
        """Machines have no person."""
        return {**super().get_form_kwargs(), "machine": self.object.is_machine}

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        user: User = self.object
        person = user.person
        return {
            "name": person.name if person else "",
            "organisation": user.organisation_id,
            "mobile": person.mobile if person else "",
            "email": person.email if person else "",
            "language": user.language,
        }

    def run(self, form: Any) -> User:
        """Change it."""
        data = form.cleaned_data
        return EditUser(
            self.actor,
            self.object,
            organisation=data["organisation"],
            name=data.get("name", ""),
            mobile=data.get("mobile", ""),
            email=data.get("email", ""),
            language=data.get("language", ""),
            reason=data["reason"],
        ).execute()

    def get_cancel_url(self) -> str:
        """The account."""
        return reverse("core:user", args=[self.object.pk])


class _OnUserConfirm(pages.ConfirmView):
    model = User
    queryset = User.objects.select_related("person", "organisation")
    breadcrumbs = CRUMBS

    def get_title(self) -> str:
        """What is done to whom."""
        return f"{self.title} · {self.object.display_name}"

    def get_cancel_url(self) -> str:
        """The account."""
        return reverse("core:user", args=[self.object.pk])


class DisableUserView(_OnUserConfirm):
    """Close an account."""

    permission = "core.user.disable"
    title = _("Disable account")
    form_class = DisableForm
    submit_label = _("Disable")
    success_message = _("The account has been disabled.")
    question = _("Disable this account?")
    consequences = (
        _("Its sessions end at once and its tokens are revoked."),
        _("Everything that it has done stays in the log and in the ledgers."),
        _("It can be enabled again."),
    )

    def run(self, form: Any) -> User:
        """Close it."""
        return DisableUser(
            self.actor, self.object, left=form.cleaned_data["left"], reason=form.cleaned_data["reason"]
        ).execute()


class EnableUserView(_OnUserConfirm):
    """Open an account again."""

    permission = "core.user.disable"
    title = _("Enable account")
    submit_label = _("Enable")
    tone = "primary"
    success_message = _("The account has been enabled. The password must be changed at the next log-in.")
    question = _("Enable this account again?")
    consequences = (
        _("Roles that were not taken back hold again."),
        _("The password must be changed at the next log-in; tokens stay revoked."),
    )

    def run(self, form: Any) -> User:
        """Open it."""
        return EnableUser(self.actor, self.object, reason=form.cleaned_data["reason"]).execute()


class ResetPasswordView(_OnUserConfirm):
    """Give an account a one-time password."""

    permission = "core.user.reset_password"
    title = _("Reset password")
    submit_label = _("Make a one-time password")
    form_class = pages.OptionalReasonForm
    question = _("Make a one-time password for this account?")
    consequences = (
        _("The old password stops working and all sessions end."),
        _("The new one is shown once and must be changed at the next log-in."),
        _("A lock after failed log-ins is lifted."),
    )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Make it and show it, in this one answer only."""
        action = ResetPassword(self.actor, self.object, reason=form.cleaned_data["reason"])
        try:
            user = action.execute()
        except (pages.NotAllowed, pages.NotFound):
            raise
        except pages.CoreError as error:
            pages.put_errors(form, error)
            return self.form_invalid(form)
        return secret_page(self.request, user, action.password, title=__("The password has been reset"))


class GiveGrantView(pages.RowActionView):
    """Give a role to an account."""

    model = User
    queryset = User.objects.select_related("person", "organisation")
    permission = "core.role.grant"
    template_name = "core/grant_form.html"
    form_class = GrantForm
    submit_label = _("Give the role")
    success_message = _("The role has been given.")
    breadcrumbs = CRUMBS

    def get_title(self) -> str:
        """To whom."""
        return __("Give a role to %(name)s") % {"name": self.object.display_name}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the choices."""
        return {
            **super().get_form_kwargs(),
            "organisations": queries.organisations_for(self.user, "core.role.grant"),
            "regions": queries.regions(),
        }

    def run(self, form: Any) -> Grant:
        """Give it."""
        data = form.cleaned_data
        return GiveGrant(
            self.actor,
            self.object,
            data["role"],
            data["scope"],
            organisations=list(data["organisations"]),
            region=data["region"],
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
            reason=data["reason"],
        ).execute()

    def get_cancel_url(self) -> str:
        """The account."""
        return reverse("core:user", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what it holds already."""
        return super().get_context_data(held=duties.open_grants(self.object), strict=duties.is_strict(), **kwargs)


class TakeGrantView(_OnUserConfirm):
    """Take a role back."""

    permission = "core.role.grant"
    submit_label = _("Take back")
    success_message = _("The role has been taken back.")
    consequences = (_("It ends with the next page that the person opens."), _("The grant stays in the history."))
    title = _("Take a role back")

    @cached_property
    def grant(self) -> Grant:
        """The grant of the address, if its account is in the data scope."""
        return get_object_or_404(
            Grant.objects.select_related("role", "region", "user", "user__person"),
            pk=self.kwargs["pk"],
            revoked_at__isnull=True,
            user__in=User.objects.all().visible_to(self.user, "core.role.grant"),
        )

    @property
    def object(self) -> User:
        """The account."""
        return self.grant.user

    def get_question(self) -> str:
        """Which role."""
        return __("Take the role %(role)s back from %(name)s?") % {
            "role": __(self.grant.role.name),
            "name": self.object.display_name,
        }

    def run(self, form: Any) -> Grant:
        """Take it."""
        return TakeGrant(self.actor, self.grant, reason=form.cleaned_data["reason"]).execute()


class MachineTokenView(pages.RowActionView):
    """A token for a machine account."""

    model = User
    queryset = User.objects.filter(is_machine=True)
    permission = "core.token.manage"
    template_name = "core/token_form.html"
    form_class = TokenForm
    submit_label = _("Make the token")
    breadcrumbs = CRUMBS

    def get_title(self) -> str:
        """For which machine."""
        return __("Token for %(name)s") % {"name": self.object.username}

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the account."""
        return {**super().get_form_kwargs(), "user": self.object}

    def get_cancel_url(self) -> str:
        """The account."""
        return reverse("core:user", args=[self.object.pk])

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Make it and show it once."""
        return make_token(self, form, self.object)


def make_token(view: Any, form: forms.Form, user: User) -> HttpResponse:
    """Make a token from a form and show its secret, in this one answer only."""
    data = form.cleaned_data
    try:
        made = CreateToken(
            view.actor, user, name=data["name"], scopes=data["scopes"], days=data["days"]
        ).execute()
    except (pages.NotAllowed, pages.NotFound):
        raise
    except pages.CoreError as error:
        pages.put_errors(form, error)
        response: HttpResponse = view.form_invalid(form)
        return response
    return secret_page(view.request, user, title=__("The token has been made"), token=made.secret)


