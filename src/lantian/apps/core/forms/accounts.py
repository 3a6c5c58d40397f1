"""Forms of accounts, rights, sessions and the security policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import parameters, passwords, permissions
from lantian.apps.core.lists import DayInput
from lantian.apps.core.models import DataScope, Organisation, Person, Region, Role, User
from lantian.apps.core.models.regions import RegionLevel


def _secret(label: Any, autocomplete: str, **extra: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=passwords.LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **extra,
    )


def _username(label: Any = _("User name"), **extra: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        **extra,
    )


class LoginForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = _secret(_("Password"), "current-password")


class NewPasswordForm(forms.Form):
    """A password of one's own, typed twice."""

    password = _secret(_("New password"), "new-password")
    again = _secret(_("New password once more"), "new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = " ".join(passwords.rules())

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data = super().clean() or {}
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", __("The two passwords differ."))
        return data


class ChangePasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = _secret(_("Current password"), "current-password")
    field_order = ("current", "password", "again")


class SetUpForm(NewPasswordForm):
    """What an office says of itself when it starts."""

    place = forms.CharField(label=_("Place"), max_length=60, help_text=_("The city, district or town of the office."))
    level = forms.ChoiceField(label=_("Level"), choices=RegionLevel.choices, initial=RegionLevel.PREFECTURE)
    place_code = forms.CharField(
        label=_("Region code"), max_length=12, required=False, help_text=_("6, 9 or 12 digits; may be left empty.")
    )
    office = forms.CharField(label=_("Full name of the office"), max_length=120)
    office_short = forms.CharField(label=_("Short name"), max_length=60, required=False)
    mode = forms.ChoiceField(
        label=_("Administrators"),
        choices=(
            (parameters.STRICT, _("Three persons: system, security, audit (recommended)")),
            (parameters.RELAXED, _("Small office: one person keeps accounts and rights, another audits")),
        ),
        initial=parameters.STRICT,
        widget=forms.RadioSelect,
    )
    system_name = forms.CharField(label=_("Your name"), max_length=60)
    system_username = _username(_("Your user name"))
    security_name = forms.CharField(label=_("Name of the security administrator"), max_length=60, required=False)
    security_username = _username(_("User name of the security administrator"), required=False)
    auditor_name = forms.CharField(label=_("Name of the auditor"), max_length=60)
    auditor_username = _username(_("User name of the auditor"))
    officer_name = forms.CharField(label=_("Name of the campaign officer"), max_length=60, required=False)
    officer_username = _username(_("User name of the campaign officer"), required=False)

    def clean(self) -> dict[str, Any]:
        """The security administrator is needed unless the office is small; the officer may be left out whole."""
        data = super().clean()
        wanted = ["security"] if data.get("mode") == parameters.STRICT else []
        if data.get("officer_name") or data.get("officer_username"):
            wanted.append("officer")
        for who in wanted:
            for part in ("name", "username"):
                if not data.get(f"{who}_{part}"):
                    self.add_error(f"{who}_{part}", __("Please fill this in."))
        return data


class UserForm(forms.Form):
    """An account and the person behind it."""

    name = forms.CharField(label=_("Name of the person"), max_length=60)
    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none(), required=False
    )
    mobile = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the site")), *settings.LANGUAGES]
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, organisations: Any, machine: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations
        if machine:
            for name in ("name", "mobile", "email", "language"):
                del self.fields[name]


class NewUserForm(UserForm):
    """A new account, for somebody new, for somebody who is known, or for a machine."""

    username = _username(help_text=_("2 to 60 letters, digits or . @ - _; capital and small letters are the same."))
    is_machine = forms.BooleanField(
        label=_("Machine account"),
        required=False,
        help_text=_("For programs that use the API by tokens; nobody can log in with it."),
    )
    person = forms.ModelChoiceField(
        label=_("Somebody who is listed already"), queryset=Person.objects.none(), required=False
    )
    field_order = ("username", "name", "person", "organisation", "mobile", "email", "language", "is_machine", "reason")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people
        self.fields["name"].required = False
        self.fields["name"].help_text = _("For a new person; leave it empty if the person is listed already.")


class DisableForm(forms.Form):
    """Why an account is closed."""

    left = forms.BooleanField(
        label=_("The person has left"),
        required=False,
        help_text=_("Roles are taken back too, and the person is marked as having left today."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("Kept in the log.")
    )


class GrantForm(forms.Form):
    """A role over a data scope, within a region, for a time."""

    role = forms.ModelChoiceField(label=_("Role"), queryset=Role.objects.none())
    scope = forms.ChoiceField(label=_("Data scope"), choices=DataScope.choices, widget=forms.RadioSelect)
    organisations = forms.ModelMultipleChoiceField(
        label=_("Organisations chosen"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Only for the scope of chosen organisations."),
    )
    region = forms.ModelChoiceField(
        label=_("Only within region"),
        queryset=Region.objects.none(),
        required=False,
        help_text=_("Narrows the data scope to a place and everything below it."),
    )
    valid_from = forms.DateField(label=_("Valid from"), required=False, widget=DayInput())
    valid_to = forms.DateField(label=_("Valid to (last day)"), required=False, widget=DayInput())
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("Kept in the log.")
    )

    def __init__(self, *args: Any, organisations: Any, regions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = Role.objects.all()
        self.fields["role"].label_from_instance = lambda role: __(role.name)
        self.fields["organisations"].queryset = organisations
        self.fields["region"].queryset = regions


class GroupedPermissions(forms.CheckboxSelectMultiple):
    """Permissions under the headings of their groups; drawn by the template of the page."""


def permission_choices(only: frozenset[str] | None = None) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Permissions by group, all of them or only some."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for permission in permissions.known():
        if only is None or permission.code in only:
            groups.setdefault(str(permission.group), []).append((permission.code, permission.label))
    return list(groups.items())


class RoleForm(forms.Form):
    """A role of the office's own."""

    name = forms.CharField(label=_("Name"), max_length=60)
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    permissions = forms.MultipleChoiceField(label=_("Permissions"), widget=GroupedPermissions)
    reason = forms.CharField(label=_("Reason"), max_length=500, help_text=_("Kept in the log."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["permissions"].choices = permission_choices()


class ProfileForm(forms.Form):
    """What everybody may change about oneself."""

    mobile = forms.CharField(
        label=_("Mobile phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the site")), *settings.LANGUAGES]
    )


class TokenForm(forms.Form):
    """A token: what for, how long, and what it may do."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("What the token is for, and where it is kept."))
    days = forms.IntegerField(label=_("Valid for (days)"), initial=90, min_value=1)
    scopes = forms.MultipleChoiceField(label=_("May do"), widget=GroupedPermissions)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        from lantian.apps.core.account_actions.tokens import NEVER

        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = permission_choices(user.permissions - NEVER)
        longest = parameters.get("token.days")
        self.fields["days"].help_text = __("At most %(days)s days.") % {"days": longest}


class PolicyForm(forms.Form):
    """All parameters of the security policy, with the reason for the change."""

    reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )

    def __init__(self, *args: Any, values: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for spec in parameters.specs():
            field: forms.Field
            if spec.choices:
                field = forms.ChoiceField(choices=spec.choices, widget=forms.RadioSelect)
            else:
                field = forms.IntegerField(min_value=spec.minimum, max_value=spec.maximum)
            field.label, field.initial = spec.label, values[spec.key]
            field.help_text = spec.note
            self.fields[spec.key] = field

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Fields under their headings."""
        found: dict[str, list[Any]] = {}
        for spec in parameters.specs():
            found.setdefault(str(spec.group), []).append((self[spec.key], spec))
        return list(found.items())
