"""Times of the plan ledger with 200 plans, 20,000 tasks and 400,000 entries of their history.

``python benchmarks/ledger.py`` fills a database file of its own on SQLite, ``--postgres`` a database on a PostgreSQL
server that it starts for itself (or on that of ``LANTIAN_TEST_POSTGRES``). One plan is a wall of 40 chapters × 60 units.
``--data FOLDER`` keeps the SQLite file there and uses it again; ``--only WORD`` times the pages whose address holds a
word; ``--queries`` prints the slowest statements of each page, too. On a machine that does other work, too, the least
time and the processor time (of this process and of the server's that works for it) say more than the median.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

UNITS, WALL_CHAPTERS = 60, 40
PLANS, TASKS = 200, 88
#: events of each task, and as many entries of the log
EVENTS = 10
ROUNDS = 7


def dates_of(number: int, n: int, today: date) -> list[date]:
    """Two deadlines between half a year ago and half a year ahead."""
    first = today - timedelta(180) + timedelta((number * 7 + n * 3) % 300)
    return [first, first + timedelta(60)]


def fill() -> None:
    """Everything, with an account that sees all of it and one of a single department."""
    from django.utils import timezone

    from lantian.apps.core.display import campaign_today
    from lantian.apps.core.models import Grant, Organisation, Region, Role, User
    from lantian.apps.plans import ledger
    from lantian.apps.plans.models import (
        Plan,
        Section,
        Target,
        TargetReading,
        Task,
        TaskDeadline,
        TaskQuantity,
        TaskUnit,
    )

    today = campaign_today()
    place = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    units = [Organisation.objects.create(name=f"晴川市第{n}局", region=place, order=n) for n in range(UNITS)]
    roles = ("lead", "responsible", "responsible", "cooperating", "cooperating")
    for number in range(PLANS):
        plan = Plan.objects.create(
            title=f"方案{number}",
            region=place,
            status="active",
            year=today.year,
            issued_on=today - timedelta(200),
        )
        wall = number == 0
        chapters = [
            Section.objects.create(plan=plan, title=f"第{n + 1}章", order=n)
            for n in range(WALL_CHAPTERS if wall else 10)
        ]
        count = TASKS + WALL_CHAPTERS * UNITS if wall else TASKS
        tasks = Task.objects.bulk_create(
            Task(
                plan=plan,
                section=chapters[n % len(chapters)],
                chapter=chapters[n % len(chapters)],
                order=n,
                number=str(n + 1),
                title=f"任务{number}-{n}",
                text="淘汰燃煤锅炉，推进清洁取暖，加强扬尘治理。" * 8,
                lead_name=units[(number + n // len(chapters)) % UNITS].name,
                next_deadline=dates_of(number, n, today)[0],
                last_deadline=dates_of(number, n, today)[1],
            )
            for n in range(count)
        )
        TaskUnit.objects.bulk_create(
            TaskUnit(
                task=task, role=role, organisation=unit, name=unit.name, order=k, principal=role == "lead"
            )
            for n, task in enumerate(tasks)
            for k, role in enumerate((*roles, "lead") if n % 4 == 0 else roles)
            for unit in [units[(number + n // len(chapters) + k) % UNITS]]
        )
        TaskDeadline.objects.bulk_create(
            TaskDeadline(task=task, end=end, order=k)
            for n, task in enumerate(tasks)
            for k, end in enumerate(dates_of(number, n, today))
        )
        TaskQuantity.objects.bulk_create(
            TaskQuantity(task=task, what=f"工程{n % 30}", value=200, unit="台", counts=True, done=n % 201)
            for n, task in enumerate(tasks)
        )
        targets = Target.objects.bulk_create(
            Target(plan=plan, indicator=f"指标{n}", value=50, unit="微克/立方米", order=n) for n in range(20)
        )
        TargetReading.objects.bulk_create(
            TargetReading(target=target, on=today - timedelta(30 * n), value=40 + n)
            for target in targets
            for n in range(6)
        )
        ledger.refresh_parties([plan.pk])
        history(plan, tasks, today)
    office = User.objects.create(username="bench", organisation=units[0], password_changed_at=timezone.now())
    Grant.objects.create(user=office, role=Role.objects.get(code="campaign_office"), scope="all")
    bureau = User.objects.create(username="bureau", organisation=units[5], password_changed_at=timezone.now())
    Grant.objects.create(user=bureau, role=Role.objects.get(code="department_officer"), scope="department")
    fill_log(today)


def history(plan: Any, tasks: list[Any], today: date) -> None:
    """Half a year of events of each task, and how it stood from each of them on, by both clocks."""
    from lantian.apps.plans import standing
    from lantian.apps.plans.choices import Clock
    from lantian.apps.plans.models import OPEN_END, Task, TaskDeadline, TaskEvent, TaskStanding

    dates: dict[int, list[Any]] = {}
    for row in TaskDeadline.objects.filter(task__plan=plan):
        dates.setdefault(row.task_id, []).append(row)
    events: list[Any] = []
    standings: list[Any] = []
    for n, task in enumerate(tasks):
        task.plan = plan
        task._prefetched_objects_cache = {"deadlines": dates[task.pk]}
        last = ("report", "submit", "accept", "return", "suspend")[n % 5]
        kinds = ["start", *["report"] * (EVENTS - 3), "report" if last == "report" else "submit", last]
        mine = [
            TaskEvent(
                task=task,
                kind=kind,
                on=today - timedelta(190 - k * 18),
                state="in_progress",
                percent=Decimal(min(k * (9 + n % 4), 100)),
                note="按周调度，进度符合计划安排。",
            )
            for k, kind in enumerate(kinds)
        ]
        for k, event in enumerate(mine):
            event.pk = None
            event.state = standing.state_after(event, mine[k - 1].state if k else "not_started")
        if kinds[-1] == "accept":
            for row in dates[task.pk]:
                row.met_on = mine[-1].on
        keyed = list(mine)
        for k, event in enumerate(keyed):
            event.pk = k + 1  # for the order within a day; the database gives its own
        found = standing.timeline(task, keyed)
        for event in keyed:
            event.pk = None
        events.extend(mine)
        ends = [start for start, _one in found[1:]] + [OPEN_END]
        columns = ("state", "percent", "due_on", "yellow_from", "red_from", "behind_from")
        for (start, one), end in zip(found, ends, strict=True):
            values = {name: getattr(one, name) for name in columns}
            standings += [
                TaskStanding(task=task, clock=clock, start=start, end=end, **values) for clock in Clock.values
            ]
        for name in columns:
            setattr(task, name, getattr(found[-1][1], name))
        if kinds[-1] == "accept":
            task.accepted_on = mine[-1].on
    TaskEvent.objects.bulk_create(events, batch_size=2000)
    TaskStanding.objects.bulk_create(standings, batch_size=2000)
    TaskDeadline.objects.bulk_update(
        [row for rows in dates.values() for row in rows], ["met_on"], batch_size=500
    )
    Task.objects.bulk_update(
        tasks,
        ["state", "percent", "due_on", "yellow_from", "red_from", "behind_from", "accepted_on"],
        batch_size=500,
    )


def fill_log(today: date) -> None:
    """As many chained entries of the log as there are events."""
    from lantian.apps.core import log
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.models.log import LogChain, LogEntry
    from lantian.apps.plans.models import Task, TaskEvent

    actor = Actor.system("bench")
    chain, _made = LogChain.objects.get_or_create(pk=1, defaults={"head": log.GENESIS, "length": 0})
    rows: list[Any] = []
    labels = dict(Task.objects.values_list("pk", "title"))
    at = datetime(today.year - 1, 1, 1, tzinfo=UTC)
    for task, kind in TaskEvent.objects.values_list("task", "kind").iterator(chunk_size=5000):
        at += timedelta(seconds=60)
        row = log.entry(actor, f"plans.task.{kind}", label=labels[task], after={"percent": "10"}, at=at)
        row.object_type, row.object_id = "plans.task", str(task)
        row.previous_hash = chain.head
        row.hash = chain.head = log.digest(chain.head, row)
        chain.length += 1
        rows.append(row)
        if len(rows) == 5000:
            LogEntry.objects.bulk_create(rows)
            rows = []
    LogEntry.objects.bulk_create(rows)
    chain.save()


def pages(today: date) -> Iterator[str]:
    """Addresses of everything that is timed, for who sees all."""
    from lantian.apps.core.models import Organisation, Region
    from lantian.apps.plans.models import Plan, Task

    place = Region.objects.get(code="9901").pk
    keys = list(Plan.objects.order_by("pk").values_list("pk", flat=True))
    wall, plan = keys[0], keys[6]
    unit = Organisation.objects.get(name="晴川市第5局").pk
    task = Task.objects.filter(plan=plan).order_by("order").values_list("pk", flat=True)[3]
    month = f"{today:%Y-%m}"
    before = today - timedelta(45)
    first, last = today.replace(day=1), (today.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1)
    for query in (
        "",
        "?page=300",
        "?sort=next_deadline",
        "?sort=-next_deadline&page=200",
        "?sort=lead_name&page=100",
        "?sort=light",
        "?sort=-shown_percent&size=100",
        f"?plan={plan}",
        f"?plan={wall}&size=200",
        f"?unit={unit}&role=lead",
        f"?unit={unit}&role=principal&light=red",
        "?search=清洁取暖",
        "?light=red&size=100",
        "?state=returned",
        "?due=30&size=100",
        "?without=date",
        f"?due_from={first}&due_to={last}&size=100",
        f"?due_from={first}&due_to={last}&sort=next_deadline&size=200",
        f"?day={before}&clock=recorded",
        f"?day={before}&clock=known&light=red&sort=light&size=100",
        f"?day={before}&clock=known&sort=light",
        f"?place={place}",
        f"?place={place}&sort=light&size=100",
    ):
        yield f"/plans/tasks/{query}"
    yield from (
        f"/plans/tasks/{task}/",
        f"/plans/units/{unit}/",
        f"/plans/units/{unit}/month/",
        f"/plans/units/{unit}/month/?month={month}&role=",
        f"/plans/{wall}/",
        f"/plans/{plan}/",
        f"/plans/{wall}/board/",
        f"/plans/{wall}/board/?day={before}&clock=recorded",
        f"/plans/{wall}/board/?day={before}&clock=known&wall=1",
        f"/plans/{plan}/board/",
        f"/plans/{wall}/calendar/",
        f"/plans/{plan}/calendar/",
        f"/plans/{wall}/gantt/",
        f"/plans/{plan}/gantt/",
        "/",
        "/plans/",
        "/plans/targets/",
    )


def server_time() -> float:
    """Processor time of the server's process behind the connection [s]; 0 where it is none of this machine's."""
    from django.db import connection

    if connection.vendor != "postgresql" or connection.connection is None:
        return 0.0
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(told.read_text().split()[0]) / 1e9 if told.exists() else 0.0


def measure(client: Any, who: str, address: str, show_queries: bool) -> None:
    """Time one page and print it."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    spent, busy, served = [], [], []
    for _round in range(ROUNDS):
        started, worked, server = time.perf_counter(), time.process_time(), server_time()
        response = client.get(address)
        spent.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - worked) * 1000)
        served.append((server_time() - server) * 1000)
    low, middle, high = min(spent), statistics.median(spent), max(spent)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    size = len(response.content) // 1024
    print(
        f"{low:6.0f} {middle:6.0f} {high:6.0f} ms  cpu {statistics.median(busy):4.0f} + {statistics.median(served):3.0f} ms "
        f"{len(captured):4d} queries {size:6,d} kB  load {os.getloadavg()[0]:4.1f}  {response.status_code}  {who:6} {address}",
        flush=True,
    )
    if show_queries:
        for query in sorted(captured, key=lambda query: -float(query["time"]))[:3]:
            print(f"         {float(query['time']) * 1000:6.0f} ms  {query['sql'][:1500]}")


@contextmanager
def database(postgres: bool, folder: str) -> Iterator[None]:
    """Name data folder and server in the environment, before the settings are read."""
    with tempfile.TemporaryDirectory(prefix="lantian-ledger-") as made:
        os.environ["LANTIAN_DATA"] = folder or made
        if not postgres:
            yield
            return
        from lantian.cli import checks

        with checks.postgres() as address:
            if address is None:
                raise SystemExit("PostgreSQL is not installed")
            os.environ["LANTIAN_DATABASE_URL"] = address
            yield


@contextmanager
def filled(postgres: bool) -> Iterator[None]:
    """The tables, and what stands in them; a file that has been filled before is used as it is."""
    from django.core.management import call_command
    from django.db import connection

    from lantian.apps.core.models import User

    started = time.perf_counter()
    if not postgres:
        call_command("migrate", verbosity=0)
        if not User.objects.filter(username="bench").exists():
            fill()
            print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
        yield
        return
    connection.creation.create_test_db(verbosity=0)
    try:
        fill()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what the server does by itself after a while
        print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
        yield
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


def main() -> None:
    """Fill a database and print the time of each view."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--data", default="")
    parser.add_argument("--queries", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    with database(asked.postgres, asked.data):
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client

        from lantian.apps.core.display import campaign_today
        from lantian.apps.core.models import User
        from lantian.apps.core.models.log import LogEntry
        from lantian.apps.plans.models import Plan, Task, TaskEvent, TaskStanding

        # The pages name their static files with hashes, as a served office does.
        call_command("collectstatic", interactive=False, verbosity=0)
        with filled(asked.postgres):
            models = (Plan, Task, TaskEvent, LogEntry, TaskStanding)
            counts = ", ".join(f"{model.objects.count():,} {model.__name__}" for model in models)
            print(f"{connection.vendor}: {counts}", flush=True)
            # As a served office stands after its start.
            importlib.import_module("lantian.web.asgi")
            for name in ("bench", "bureau"):
                client = Client(
                    SERVER_NAME="localhost"
                )  # no test environment, which would watch each template
                client.force_login(User.objects.get(username=name))
                for address in pages(campaign_today()):
                    if asked.only in address:
                        measure(client, name, address, asked.queries)


if __name__ == "__main__":
    main()
