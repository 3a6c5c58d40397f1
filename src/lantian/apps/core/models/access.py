"""Accounts, roles with data scopes, tokens, sessions and the security policy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models.organisations import Organisation, Person
from lantian.apps.core.models.regions import Region
from lantian.apps.core.querysets import RowScope, ScopedManager, ScopedQuerySet


class UserManager(BaseUserManager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """Accounts are made by actions; the manager only offers what Django's log-in needs."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Find an account by its name, whatever the case."""
        return self.get(username=User.normalize_username(username or ""))


class User(AbstractBaseUser):
    """An account. Rights come from grants alone: there is no superuser."""

    username = models.CharField(_("User name"), max_length=60, unique=True)
    person = models.OneToOneField(
        Person, models.SET_NULL, null=True, blank=True, related_name="user", verbose_name=_("Person")
    )
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("Organisation"),
    )
    is_active = models.BooleanField(_("Active"), default=True)
    must_change_password = models.BooleanField(_("Must change the password"), default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    password_history = models.JSONField(default=list, blank=True)
    language = models.CharField(_("Language"), max_length=10, blank=True)
    is_machine = models.BooleanField(
        _("Machine account"), default=False, help_text=_("Uses the API by tokens only; nobody can log in with it.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    objects = UserManager()
    row_scope = RowScope(organisation="organisation", region="organisation__region", owner="pk")

    class Meta:
        verbose_name = _("Account")
        verbose_name_plural = _("Accounts")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep names in one form, so that the unique index and the lock-out know them whatever is typed."""
        self.username = self.normalize_username(self.username)
        super().save(*args, **kwargs)

    @classmethod
    def normalize_username(cls, username: Any) -> str:
        """One form for all ways of typing a name: half-width, small letters, no spaces around."""
        return unicodedata.normalize("NFKC", str(username)).strip().casefold()

    @property
    def display_name(self) -> str:
        """The person's name, else the account's."""
        return self.person.name if self.person_id and self.person is not None else self.username

    @cached_property
    def active_grants(self) -> list[Grant]:
        """Grants that hold today, with their roles; read once for each request."""
        if not self.is_active or not self.pk:
            return []
        return list(
            Grant.objects.holding_on(timezone.localdate())
            .filter(user=self)
            .select_related("role", "region")
            .prefetch_related("organisations")
        )

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Codes of everything that this account may do somewhere."""
        return frozenset(code for grant in self.active_grants for code in grant.role.permissions)

    def may(self, permission: str) -> bool:
        """Whether any grant carries the permission; for which rows is asked from the queryset."""
        return permission in self.permissions

    def may_all(self, permissions: Iterable[str]) -> bool:
        """Whether every one of the permissions is carried."""
        return all(self.may(code) for code in permissions)


class Role(models.Model):
    """A named set of permissions."""

    code = models.SlugField(_("Code"), max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=60)
    description = models.CharField(_("Description"), max_length=300, blank=True)
    permissions = models.JSONField(_("Permissions"), default=list)
    built_in = models.BooleanField(_("Built in"), default=False)
    #: Roles of one exclusive group may not be held by one account (系统管理员、安全管理员、审计员).
    exclusive_group = models.CharField(_("Exclusive group"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(default=100)

    objects = ScopedManager()
    row_scope = RowScope(public=True)

    class Meta:
        verbose_name = _("Role")
        verbose_name_plural = _("Roles")
        ordering = ["order", "name"]

    def __str__(self) -> str:
        return self.name


class DataScope(models.TextChoices):
    """The five data scopes, in the order and the words that users know."""

    ALL = "all", _("All data")
    CUSTOM = "custom", _("Chosen organisations")
    DEPARTMENT = "department", _("Own organisation")
    DEPARTMENT_AND_BELOW = "below", _("Own organisation and below")
    SELF = "self", _("Own data only")


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants by time."""

    def holding_on(self, day: date) -> GrantQuerySet:
        """Grants that hold on a day and have not been taken back."""
        return self.filter(
            models.Q(valid_from__isnull=True) | models.Q(valid_from__lte=day),
            models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=day),
            revoked_at__isnull=True,
        )


class Grant(models.Model):
    """A role given to an account, over a data scope and, if set, within a region."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants", verbose_name=_("Role"))
    scope = models.CharField(
        _("Data scope"), max_length=12, choices=DataScope.choices, default=DataScope.SELF
    )
    organisations: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        Organisation, blank=True, related_name="+", verbose_name=_("Chosen organisations")
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Only within region")
    )
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to (last day)"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("Grant")
        indexes = [models.Index(fields=["user", "revoked_at"])]

    def __str__(self) -> str:
        return f"{self.user} · {self.role} · {self.get_scope_display()}"


class TokenKind(models.TextChoices):
    """Whose token it is."""

    PERSONAL = "personal", _("Personal")
    MACHINE = "machine", _("Machine")


class ApiToken(models.Model):
    """A key to the API; only a hash of it is stored. It never carries more than its account may do."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=60)
    kind = models.CharField(max_length=10, choices=TokenKind.choices, default=TokenKind.PERSONAL)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    #: permission codes that the token may use
    scopes = models.JSONField(_("Scopes"), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("Expires"))
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="user__organisation", region="user__organisation__region", owner="user")

    class Meta:
        verbose_name = _("API token")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class LoginSession(models.Model):
    """One browser that is logged in; the number for each account is limited, and an administrator can end it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="login_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="user__organisation", region="user__organisation__region", owner="user")

    class Meta:
        verbose_name = _("Login session")
        ordering = ["-last_seen_at"]
        indexes = [models.Index(fields=["user", "ended_at"])]

    def __str__(self) -> str:
        return f"{self.user} {self.ip}"


class Parameter(models.Model):
    """A setting that an administrator may change while the system runs; defaults and types are in the code."""

    key = models.CharField(max_length=60, unique=True)
    value = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("Parameter")

    def __str__(self) -> str:
        return self.key
