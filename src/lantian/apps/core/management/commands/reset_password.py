"""``lantian manage reset_password NAME``: the way back for an administrator whom no other may reset."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from lantian.apps.core.account_actions import ResetPassword
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.models import User


class Command(BaseCommand):
    """Give an account a one-time password; whoever has the server's shell is trusted with it, and it is logged."""

    help = "Give an account a one-time password, which is printed once and must be changed at the next log-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The account, and why."""
        parser.add_argument("username")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, username: str, reason: str, **options: Any) -> None:
        """Reset it; the password alone goes to standard output."""
        user = User.objects.filter(username=User.normalize_username(username)).first()
        if user is None:
            raise CommandError(_("There is no account of the name %(name)s.") % {"name": username})
        try:
            who = f"cli:{getpass.getuser()}"
        except (KeyError, OSError):  # a container whose user has no name
            who = "cli"
        action = ResetPassword(Actor.system(who, via="cli"), user, reason=reason)
        try:
            action.execute()
        except CoreError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(action.password)
