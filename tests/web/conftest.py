"""Accounts and rows for the pages of the frame."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from lantian.apps.core.models import Grant, LoginSession, Organisation, Region, Role, User


@pytest.fixture
def office(db: None) -> Organisation:
    region = Region.objects.create(code="990100", name="示例市", level="prefecture")
    return Organisation.objects.create(name="示例市攻坚办", kind="office", region=region)


@pytest.fixture
def log_in(office: Organisation) -> Callable[..., Client]:
    """A browser of an account with these permissions over all data."""

    def make(*permissions: str, language: str = "en") -> Client:
        number = User.objects.count()
        user = User.objects.create(
            username=f"user{number}",
            organisation=office,
            must_change_password=False,
            password_changed_at=timezone.now(),
            language=language,
        )
        role = Role.objects.create(code=f"role-{number}", name="Role", permissions=list(permissions))
        Grant.objects.create(user=user, role=role, scope="all")
        client = Client(raise_request_exception=False)
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        LoginSession.objects.get_or_create(
            session_key=client.session.session_key, defaults={"user": user, "last_seen_at": timezone.now()}
        )
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    return make


@pytest.fixture
def rows(office: Organisation) -> list[Organisation]:
    """47 organisations below the office."""
    kinds = ("town", "department", "enterprise")
    return [
        Organisation.objects.create(
            name=f"单位{number:02}", kind=kinds[number % 3], region=office.region, parent=office, order=number
        )
        for number in range(47)
    ]
