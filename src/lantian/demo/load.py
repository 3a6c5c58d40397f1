"""Fill an empty data folder with the demo city, through the same actions that pages use."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from lantian.apps.core import account_actions, passwords
from lantian.apps.core import registry_actions as registry
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import Organisation, Region, Role
from lantian.apps.core.models.organisations import AliasKind
from lantian.apps.core.roles import built_in
from lantian.apps.plans import actions as plans
from lantian.apps.plans.models import Plan
from lantian.demo import (
    air,
    alarms,
    city,
    county_plan,
    daily,
    duplicates,
    emissions,
    gateway,
    grading,
    monitoring,
    own_books,
    power,
    progress,
    sources,
    target_values,
)
from lantian.demo.document import plan_document

REASON = "演示数据"
#: where the names and passwords of one data folder are kept, for its owner only
ACCOUNTS_FILE = "demo-accounts.json"


class NotEmpty(Exception):
    """The data folder holds an office of its own; the demo is not mixed into it."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """What the console shows of an account."""

    username: str
    password: str
    person: str
    organisation: str
    role: str


def load(
    folder: Path | None = None, year: int | None = None, say: Callable[[str], Any] = print
) -> list[DemoAccount]:
    """Load the demo city once and say who may log in; a second call says the same again.

    Parameters
    ----------
    folder
        The data folder; the accounts file is kept there. That of the settings by default.
    year
        The campaign year of the plan; this year by default.
    say
        Called with each line for the console.

    Returns
    -------
    list of DemoAccount
        One for each role.

    Raises
    ------
    NotEmpty
        If there are places or organisations that the demo has not made.
    """
    kept = (folder or settings.DATA) / ACCOUNTS_FILE
    if kept.is_file():
        accounts = [DemoAccount(**row) for row in json.loads(kept.read_text(encoding="utf-8"))]
        air.top_up(timezone.now())
        monitoring.top_up(timezone.now())
        power.top_up(timezone.now())
        say_accounts(accounts, say)
        return accounts
    if Organisation.objects.exists() or Region.objects.exists():
        raise NotEmpty
    actor = Actor.system("demo", via="cli")
    with transaction.atomic():
        say(_("Demo city: places and organisations…"))
        regions = load_regions(actor)
        organisations = load_organisations(actor, regions)
        say(_("Demo city: accounts and roles…"))
        accounts = load_accounts(actor, regions, organisations)
        say(_("Demo city: importing its action plan…"))
        today = campaign_today()
        # The campaign year half a year ago: so that there is half a year of work to show on every day of a year.
        plan = load_plan(actor, regions[city.CITY], year or (today - timedelta(progress.HALF_A_YEAR)).year)
        say(_("Demo city: half a year of work on its tasks…"))
        progress.load(plan, today)
        target_values.load(plan, today)
        say(_("Demo city: the plan of a district, held against the plan of the city…"))
        county = load_county_plan(actor, regions[county_plan.COUNTY], plan)
        progress.load(county, today, "yunshan")
        say(_("Demo city: its sources in seventeen lists…"))
        own_books.write(folder or settings.DATA, today.year)
        sources.load(actor, regions, today)
        say(_("Demo city: performance grades, subsidies and projects…"))
        grading.load(regions, today)
        say(_("Demo city: what it emitted last year…"))
        air.load_outlines(actor)
        emissions.load(regions[city.CITY], today)
        say(_("Demo city: sources that were entered twice…"))
        duplicates.load()
        say(_("Demo city: two years of its air, hour by hour…"))
        air.load(actor, regions, timezone.now())
        say(_("Demo city: its monitored points, with three days of values…"))
        monitoring.load(actor, today, timezone.now())
        say(_("Demo city: a month of alarms of its chimneys…"))
        alarms.load(timezone.now())
        say(_("Demo city: the electricity of ten enterprises…"))
        power.load(actor, regions, timezone.now())
        say(_("Demo city: a warning in force, with its daily reports…"))
        daily.load(regions[city.CITY], timezone.now())
    say(_("Demo city: its gateway, with good and bad packets…"))
    gateway.load((folder or settings.DATA) / "gateway", timezone.now())
    write_private(kept, json.dumps([asdict(account) for account in accounts], ensure_ascii=False, indent=1))
    say_accounts(accounts, say)
    return accounts


def say_accounts(accounts: list[DemoAccount], say: Callable[[str], Any]) -> None:
    """Print the accounts with their passwords, which are random in each data folder."""
    roles = {role.code: role.name for role in built_in()}
    say(_("All data are simulated. Accounts of the demo city (passwords are random in each data folder):"))
    for account in accounts:
        role = gettext(roles.get(account.role, account.role))
        say(f"    {account.username:<10} {account.password}  {role}  {account.organisation} {account.person}")


def load_regions(actor: Actor) -> dict[str, Region]:
    """The province, the city, its counties, towns and the development zone, by name."""
    regions: dict[str, Region] = {}

    def add(code: str, name: str, level: str, parent: str = "", short: str = "") -> None:
        regions[name] = registry.CreateRegion(
            actor,
            reason=REASON,
            code=code,
            name=name,
            short_name=short,
            level=level,
            code_kind="local",
            parent=regions.get(parent),
        ).execute()

    add(*city.PROVINCE, "province")
    add(city.CITY_CODE, city.CITY, "prefecture", city.PROVINCE[1], city.CITY.removesuffix("市"))
    for code, county, towns in city.COUNTIES:
        add(code, county, "county", city.CITY)
        for number, town in enumerate(towns, 1):
            add(f"{code}{number:03}", town, "town", county)
    code, name, _host = city.ZONE
    add(code, name, "county", city.CITY, "经开区")
    return regions


def load_organisations(actor: Actor, regions: dict[str, Region]) -> dict[str, Organisation]:
    """All organisations with their former names, by full name."""
    rows: dict[str, Organisation] = {}
    for order, unit in enumerate(city.organisations()):
        rows[unit.name] = registry.CreateOrganisation(
            actor,
            reason=REASON,
            name=unit.name,
            short_name=unit.short,
            kind=unit.kind,
            region=regions[unit.region],
            parent=rows.get(unit.parent),
            order=order,
            aliases=[(name, AliasKind.FORMER) for name in unit.former],
        ).execute()
    return rows


def load_accounts(
    actor: Actor, regions: dict[str, Region], organisations: dict[str, Organisation]
) -> list[DemoAccount]:
    """One account for each role, with a random password that need not be changed in the demo."""
    shown = []
    for account in city.ACCOUNTS:
        organisation = organisations[account.organisation]
        person = registry.CreatePerson(
            actor, reason=REASON, name=account.person, organisation=organisation, post=account.post
        ).execute()
        made = account_actions.CreateUser(
            actor,
            username=account.username,
            organisation=organisation,
            person=person,
            password=passwords.random_password(),
            reason=REASON,
        ).execute()
        role = Role.objects.get(code=account.role)
        account_actions.GiveGrant(
            actor,
            made.user,
            role,
            account.scope,
            region=regions.get(account.region),
            reason=REASON,
        ).execute()
        shown.append(
            DemoAccount(account.username, made.password, account.person, organisation.name, role.code)
        )
    return shown


def load_plan(actor: Actor, region: Region, year: int) -> Plan:
    """Write the city's plan as a Word document and take it through the import like any other."""
    name = f"{city.CITY}{year}年大气污染防治攻坚行动方案.docx"
    return plans.import_plan_from_text(actor, plan_document(year), name, region, year=year)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def load_county_plan(actor: Actor, region: Region, upper: Plan) -> Plan:
    """Import the plan of a district as text and compare it with the plan of the city."""
    assert upper.year is not None
    name = f"{county_plan.COUNTY}{upper.year}年大气污染防治攻坚实施方案"
    lower = plans.import_plan_from_text(
        actor, county_plan.county_plan(upper.year), name, region, "keep_names", year=upper.year
    )
    plans.ComparePlans(actor, lower, upper).execute()
    return lower
