"""The one way in which state changes: right, values, change, log entry, and messages after the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from lantian.apps.core import log, permissions
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models.log import LogEntry, LogResult
from lantian.apps.core.models.notices import Notification

if TYPE_CHECKING:
    from django.http import HttpRequest

    from lantian.apps.core.models.access import User
    from lantian.apps.core.querysets import ScopedQuerySet

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account from a page, the API or the command line, or the system itself.

    Attributes
    ----------
    user
        The account, or None for the system and for devices.
    name
        What the log calls an actor without an account.
    via
        ``web``, ``api``, ``cli``, ``job``, ``device`` or ``system``.
    scopes
        For API tokens: the only permissions that may be used; None means all that the account has.
    """

    user: User | None
    name: str = ""
    ip: str | None = None
    via: str = "web"
    scopes: frozenset[str] | None = None

    @classmethod
    def of(cls, request: HttpRequest, via: str = "web") -> Self:
        """The logged-in account behind a request."""
        user: Any = request.user if request.user.is_authenticated else None
        return cls(user=user, name="" if user else "anonymous", ip=client_ip(request), via=via)

    @classmethod
    def system(cls, name: str = "system", via: str = "system") -> Self:
        """The house itself: set-up, demo, scheduled work. It may do everything and is named in the log."""
        return cls(user=None, name=name, via=via)

    @property
    def is_system(self) -> bool:
        """Whether this is the house itself, not a person and not an anonymous visitor."""
        return self.user is None and self.via in {"system", "cli", "job"}

    def may(self, permission: str) -> bool:
        """Whether the actor carries a permission."""
        permissions.get(permission)
        if self.is_system:
            return True
        if self.user is None or not self.user.is_active or not self.user.may(permission):
            return False
        return self.scopes is None or permission in self.scopes

    def rows(self, queryset: ScopedQuerySet, permission: str) -> ScopedQuerySet:
        """The rows of a queryset that the actor may use under a permission."""
        permissions.get(permission)
        if self.is_system:
            return queryset.all()
        if self.user is None or (self.scopes is not None and permission not in self.scopes):
            return queryset.none()
        return queryset.visible_to(self.user, permission)


def client_ip(request: HttpRequest) -> str | None:
    """The address of the caller; a proxy's header counts only where the settings say that there is a proxy."""
    from django.conf import settings

    if getattr(settings, "BEHIND_PROXY", False):
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        if forwarded:
            return forwarded.split(",")[-1].strip()[:45] or None
    return request.META.get("REMOTE_ADDR") or None


class ActionLoggedNothing(Exception):
    """A programming error: an action changed state without saying what it did."""


class Action(Generic[Result]):
    """One change of state.

    A subclass names its ``code`` (also the log's word for it) and ``permission``, takes its values in ``__init__``
    after calling ``super().__init__(actor, reason=…)``, and does its work in :meth:`perform`, where it calls
    :meth:`log` at least once. :meth:`check` may be extended for rights over the row; :meth:`validate` for values.
    Use ``SomeAction(actor, …).execute()``; never call :meth:`perform`.
    """

    code: ClassVar[str]
    permission: ClassVar[str | None]
    needs_reason: ClassVar[bool] = False

    def __init__(self, actor: Actor, *, reason: str = "") -> None:
        self.actor = actor
        self.reason = reason.strip()
        self._entries: list[LogEntry] = []
        self._after: list[Callable[[], None]] = []

    def check(self) -> None:
        """Refuse an actor without the right.

        Raises
        ------
        NotAllowed
            If the permission is missing.
        """
        if self.permission is not None and not self.actor.may(self.permission):
            raise NotAllowed(permission=self.permission)

    def check_row(self, row: models.Model, permission: str | None = None) -> None:
        """Refuse a row that is outside of the actor's data scope.

        Raises
        ------
        NotFound
            So that nobody learns of rows that are not theirs.
        """
        code = permission or self.permission
        manager: Any = type(row)._default_manager
        if code is None or not self.actor.rows(manager.filter(pk=row.pk), code).exists():
            raise NotFound(model=row._meta.label_lower)

    def validate(self) -> None:
        """Refuse values; raises :class:`Invalid`."""
        if self.needs_reason and not self.reason:
            raise ReasonMissing(fields={"reason": ReasonMissing.message})

    def subject(self) -> models.Model | None:
        """The row that a refusal is logged for."""
        return None

    def perform(self) -> Result:
        """Do the work inside the transaction."""
        raise NotImplementedError

    def log(
        self,
        subject: models.Model | None = None,
        *,
        before: Any = None,
        after: Any = None,
        label: str = "",
        action: str | None = None,
        result: str = LogResult.DONE,
    ) -> None:
        """Note what was done; written at the end of the same transaction."""
        self._entries.append(
            log.entry(
                self.actor,
                action or self.code,
                subject=subject,
                label=label,
                before=before,
                after=after,
                reason=self.reason,
                result=result,
            )
        )

    def save(self, row: models.Model, **values: Any) -> bool:
        """Set values, validate, save and log the difference; returns whether anything changed.

        Raises
        ------
        Invalid
            With the model's own field errors.
        """
        before = log.snapshot(row) if row.pk else {}
        new = not row.pk
        for name, value in values.items():
            setattr(row, name, value)
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid(fields=error.message_dict) from error
        row.save()
        old, now = log.changes(before, log.snapshot(row))
        if not now and not new:
            return False
        self.log(row, before=old or None, after=now)
        return True

    def notify(self, users: Iterable[User], kind: str, title: Any, *, body: Any = "", url: str = "") -> None:
        """Send messages inside the site once the change is committed."""
        receivers = [user for user in users if user is not None and user.is_active]

        def send() -> None:
            Notification.objects.bulk_create(
                [
                    Notification(recipient=user, kind=kind, title=str(title)[:200], body=str(body), url=url)
                    for user in receivers
                ]
            )

        self.after_commit(send)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run something when, and only when, the change has been committed."""
        self._after.append(call)

    def execute(self) -> Result:
        """Check, validate, perform, log; then send what was to be sent.

        Raises
        ------
        CoreError
            Whatever check, validate or perform refuse; nothing has been changed then. Refused rights are logged.
        """
        try:
            self.check()
        except (NotAllowed, NotFound):
            log.append(
                [
                    log.entry(
                        self.actor,
                        self.code,
                        subject=self.subject(),
                        reason=self.reason,
                        result=LogResult.DENIED,
                    )
                ]
            )
            raise
        with transaction.atomic():
            # Within the transaction, so that what a refusal was judged by can be locked until the change is written.
            self.validate()
            result = self.perform()
            if not self._entries and not self.unchanged:
                raise ActionLoggedNothing(type(self).__name__)
            if self._entries:
                log.append(self._entries)
            for call in self._after:
                transaction.on_commit(call)
        return result

    def perform_in(self, outer: Action[Any]) -> Result:
        """Perform inside of the transaction of another action, which logs and sends for both in one go.

        The caller has called :meth:`check` and :meth:`validate`, and lets the outer action fail where this one refuses.
        """
        result = self.perform()
        if not self._entries and not self.unchanged:
            raise ActionLoggedNothing(type(self).__name__)
        outer._entries += self._entries
        outer._after += self._after
        return result

    #: set by an action that found nothing to change
    unchanged = False
