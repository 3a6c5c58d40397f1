"""The first step of an office: its place, its organisation and its administrators."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantian.apps.core import parameters
from lantian.apps.core.account_actions.grants import GiveGrant
from lantian.apps.core.account_actions.policy import POLICY
from lantian.apps.core.account_actions.users import CreateUser, WithPassword, check_username
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.core.models import DataScope, Organisation, Parameter, Region, Role, User
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.core.models.regions import CodeKind, RegionLevel

#: Key of the row that says that the office has been set up; unique, so that only one of two set-ups at once succeeds.
DONE = "setup.done"


def is_done() -> bool:
    """Whether there is an account already; the set-up page exists only while there is none."""
    return User.objects.exists()


class AlreadySetUp(Conflict):
    """The office exists."""

    code = "already_set_up"
    message = gettext_lazy("This system has been set up already. Log in with your account.")


@dataclass(frozen=True, slots=True)
class NewAdministrator:
    """Somebody who is to get an account at set-up."""

    name: str
    username: str


class SetUpOffice(Action[list[tuple[WithPassword, list[Role]]]]):
    """Make the region, the organisation and the administrators of an office.

    Parameters
    ----------
    system
        The one who sets up, with the password they have chosen.
    security
        None in a small office: the system administrator then keeps the rights too, and the separation is relaxed.
    officer
        Somebody of the campaign office who will import the first plan; optional.
    """

    code = "core.office.set_up"
    permission = None

    def __init__(
        self,
        actor: Actor,
        *,
        place: str,
        level: str,
        place_code: str = "",
        office: str,
        office_short: str = "",
        system: NewAdministrator,
        password: str,
        security: NewAdministrator | None,
        auditor: NewAdministrator,
        officer: NewAdministrator | None = None,
    ) -> None:
        super().__init__(actor)
        self.place, self.level, self.place_code = place.strip(), level, place_code.strip()
        self.office, self.office_short = office.strip(), office_short.strip()
        self.system, self.password, self.security, self.auditor = system, password, security, auditor
        self.officer = officer

    def check(self) -> None:
        """Only while nobody has an account."""
        super().check()
        if is_done():
            raise AlreadySetUp

    def validate(self) -> None:
        """Refuse what cannot be, all at once, before anything is written."""
        super().validate()
        fields: dict[str, list[str]] = {}
        for key, value in (("place", self.place), ("office", self.office)):
            if not value:
                fields[key] = [_("Please fill this in.")]
        if self.level not in RegionLevel.values:
            fields["level"] = [_("Choose one of the levels.")]
        if self.place_code and not re.fullmatch(r"\d{6}|\d{9}|\d{12}", self.place_code):
            fields["place_code"] = [_("A region code has 6, 9 or 12 digits; leave it empty if you do not know it.")]
        seen: set[str] = set()
        for key, person in self._people():
            if not person.name.strip():
                fields[f"{key}_name"] = [_("Give the name of the person.")]
            try:
                username = check_username(person.username)
            except Invalid as error:
                fields[f"{key}_username"] = list(error.fields["username"])
                continue
            if username in seen:
                fields[f"{key}_username"] = [_("Each person needs a user name of their own.")]
            seen.add(username)
        from lantian.apps.core import passwords
        from lantian.apps.core.models import Person

        found = passwords.problems(
            self.password,
            User(username=User.normalize_username(self.system.username), person=Person(name=self.system.name)),
        )
        if found:
            fields["password"] = found
        if fields:
            raise Invalid(fields=fields)

    def _people(self) -> list[tuple[str, NewAdministrator]]:
        listed = [("system", self.system), ("security", self.security), ("auditor", self.auditor), ("officer", self.officer)]
        return [(key, person) for key, person in listed if person is not None]

    def perform(self) -> list[tuple[WithPassword, list[Role]]]:
        """Write everything or nothing."""
        try:
            with transaction.atomic():
                Parameter.objects.create(key=DONE, value=True)
        except IntegrityError:
            raise AlreadySetUp from None
        if is_done():
            raise AlreadySetUp
        house = Actor.system("set-up")
        region = Region()
        self.save(
            region,
            name=self.place,
            level=self.level,
            code=self.place_code or "LOCAL-1",
            code_kind=CodeKind.STATUTORY if self.place_code else CodeKind.LOCAL,
        )
        organisation = Organisation()
        self.save(
            organisation,
            name=self.office,
            short_name=self.office_short,
            kind=OrganisationKind.OFFICE,
            region=region,
        )
        if self.security is None:
            Parameter.objects.update_or_create(
                key="account.separation", defaults={"value": parameters.RELAXED}
            )
            self.log(
                label=POLICY,
                before={"account.separation": parameters.STRICT},
                after={"account.separation": parameters.RELAXED},
            )
        wanted: list[tuple[NewAdministrator, list[str]]] = [
            (self.system, ["system_admin"] if self.security else ["system_admin", "security_admin"])
        ]
        if self.security is not None:
            wanted.append((self.security, ["security_admin"]))
        wanted.append((self.auditor, ["auditor"]))
        if self.officer is not None:
            wanted.append((self.officer, ["campaign_office"]))
        made: list[tuple[WithPassword, list[Role]]] = []
        for person, codes in wanted:
            account = CreateUser(
                house,
                username=person.username,
                name=person.name,
                organisation=organisation,
                password=self.password if person is self.system else None,
            ).execute()
            roles = list(Role.objects.filter(code__in=codes))
            for role in roles:
                GiveGrant(
                    house, account.user, role, DataScope.ALL, reason=_("First set-up of the office")
                ).execute()
            made.append((account, roles))
        self.after_commit(parameters.forget)
        return made
