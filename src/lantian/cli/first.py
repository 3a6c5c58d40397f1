"""Set up an office at the console, by the same action as the page: ``create-admin``."""

from __future__ import annotations

import getpass
import sys

from lantian.cli import prepare
from lantian.cli.text import gettext as _


def _ask(question: str, default: str = "") -> str:
    shown = f"{question} [{default}]: " if default else f"{question}: "
    return input(shown).strip() or default


def _yes(question: str) -> bool:
    return _ask(question, "n").lower() in {"y", "yes", "是"}


def create_admin() -> int:
    """Ask, and make the place, the office and its administrators.

    Returns
    -------
    int
        Exit status.
    """
    try:
        prepare.django_setup()
        prepare.migrate()
    except prepare.NotReady as error:
        print(error, file=sys.stderr)
        return 1
    from django.conf import settings
    from django.utils import translation

    from lantian.apps.core import setup
    from lantian.apps.core.account_actions.office import NewAdministrator, SetUpOffice
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.exceptions import CoreError
    from lantian.apps.core.models.regions import RegionLevel

    translation.activate(settings.LANGUAGE_CODE)
    if not setup.is_needed():
        print(
            _("This system has accounts already. Log in, or reset a password on the page of the accounts."),
            file=sys.stderr,
        )
        return 1

    def person(title: str) -> NewAdministrator:
        print(f"\n{title}")
        return NewAdministrator(name=_ask(_("  Name of the person")), username=_ask(_("  User name")))

    try:
        place = _ask(_("Name of the place, for example a city or a district"))
        levels = list(RegionLevel.choices)
        for number, (_code, label) in enumerate(levels, 1):
            print(f"  {number} {label}")
        chosen = _ask(_("Its level (number)"))
        level = levels[int(chosen) - 1][0] if chosen.isdigit() and 0 < int(chosen) <= len(levels) else ""
        place_code = _ask(_("Its region code (may be left empty)"))
        office = _ask(_("Name of the office"))
        system = person(_("System administrator (you)"))
        password = getpass.getpass(_("  Password") + ": ")
        if getpass.getpass(_("  The same password again") + ": ") != password:
            print(_("The two passwords differ. Nothing was stored."), file=sys.stderr)
            return 1
        apart = _yes(_("Does another person give the rights (security administrator)? y/n"))
        security = person(_("Security administrator")) if apart else None
        auditor = person(_("Auditor (reads the action log)"))
        wants_officer = _yes(_("Add an account for the work with plans (campaign office)? y/n"))
        officer = person(_("Officer of the campaign office")) if wants_officer else None
    except (EOFError, KeyboardInterrupt):
        print("\n" + _("Ended. Nothing was stored."), file=sys.stderr)
        return 1
    try:
        made = SetUpOffice(
            Actor.system("console", via="cli"),
            place=place,
            level=level,
            place_code=place_code,
            office=office,
            system=system,
            password=password,
            security=security,
            auditor=auditor,
            officer=officer,
        ).execute()
    except CoreError as error:
        lines = [str(error)] + [f"  {text}" for texts in error.fields.values() for text in texts]
        print("\n".join([*lines, _("Nothing was stored.")]), file=sys.stderr)
        return 1
    setup.forget_token()
    print("\n" + _("The office is set up. One-time passwords are shown only here:"))
    for account, roles in made:
        names = "、".join(str(_(role.name)) for role in roles)
        shown = (
            _("(the password that you chose)")
            if account.user.username == made[0][0].user.username
            else account.password
        )
        print(f"  {account.user.username}  {account.user.display_name}  {names}  {shown}")
    return 0
