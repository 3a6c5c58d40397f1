"""A task of the small place at work: who does it, who judges it, and how it comes to each state."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import Organisation
from lantian.apps.plans import standing
from lantian.apps.plans.actions import STEPS
from lantian.apps.plans.models import Plan, Task
from lantian.apps.plans.tests.material import Place

HOUSE = Actor.system("test")
TODAY = campaign_today()


def ago(days: int) -> date:
    return TODAY - timedelta(days)


def make_work(place: Place) -> SimpleNamespace:
    """A task of 200 boilers that the bureau answers for, with the housing bureau cooperating, and accounts."""
    plan = Plan.objects.create(title="方案", region=place.district, status="active", issued_on=ago(100))
    task = Task.objects.create(plan=plan, title="淘汰燃煤锅炉", number="12", order=5)
    first = task.deadlines.create(end=TODAY + timedelta(30), text="上半年")
    last = task.deadlines.create(end=TODAY + timedelta(90), text="年底前", order=1)
    boilers = task.quantities.create(what="燃煤锅炉", value=200, unit="台", counts=True)
    task.units.create(role="lead", name="区生态环境局", organisation=place.bureau, principal=True)
    task.units.create(role="responsible", name="河口镇", organisation=place.town_units[0], order=1)
    task.units.create(role="cooperating", name="区住建局", organisation=place.housing, order=2)
    after = Task.objects.create(plan=plan, title="下一条", number="13", order=6)
    for row in (task, after):
        row.last_deadline = last.end
        row.save()
    standing.open_many([task, after], today=ago(100))

    def account(role: str, organisation: Organisation) -> Actor:
        return Actor(place.user(role, organisation))

    return SimpleNamespace(
        place=place,
        plan=plan,
        task=task,
        after=after,
        first=first,
        last=last,
        boilers=boilers,
        bureau=account("department_officer", place.bureau),
        colleague=account("department_officer", place.bureau),
        housing=account("department_officer", place.housing),
        town=account("town_officer", place.town_units[0]),
        other_town=account("town_officer", place.town_units[1]),
        office=account("campaign_office", place.office),
        supervision=account("supervision", place.office),
        leader=account("leader", place.government),
    )


#: How a task comes to each state, as steps of the house.
WAYS: dict[str, tuple[str, ...]] = {
    "not_started": (),
    "in_progress": ("start",),
    "submitted": ("start", "submit"),
    "returned": ("start", "submit", "return"),
    "accepted": ("start", "submit", "accept"),
    "suspended": ("start", "suspend"),
}


def bring(task: Task, state: str) -> Task:
    for step in WAYS[state]:
        STEPS[step](HOUSE, task, on=ago(10), reason="因为").execute()
        task.refresh_from_db()
    assert state == task.state
    return task
