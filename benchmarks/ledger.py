"""Times of the task ledger with 200 plans and 20,000 tasks: ``python benchmarks/ledger.py`` (a database of its own)."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
os.environ.setdefault("LANTIAN_DATA", tempfile.mkdtemp(prefix="lantian-ledger-"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

PLANS, TASKS, UNITS = 200, 100, 60


def fill() -> Any:
    """Plans, chapters, tasks with five units and a deadline each; returns an account that sees everything."""
    from django.utils import timezone

    from lantian.apps.core.models import Grant, Organisation, Region, Role, User
    from lantian.apps.plans import ledger
    from lantian.apps.plans.models import Plan, Section, Task, TaskDeadline, TaskUnit

    place = Region.objects.create(code="9901", name="晴川市", level="prefecture")
    units = [Organisation.objects.create(name=f"晴川市第{n}局", region=place) for n in range(UNITS)]
    roles = ("lead", "responsible", "responsible", "cooperating", "cooperating")
    for number in range(PLANS):
        plan = Plan.objects.create(title=f"方案{number}", region=place, status="active", year=2024)
        chapters = [Section.objects.create(plan=plan, title=f"第{n}章", order=n) for n in range(10)]
        tasks = Task.objects.bulk_create(
            Task(
                plan=plan,
                section=chapters[n // 10],
                chapter=chapters[n // 10],
                order=n,
                number=str(n + 1),
                title=f"任务{number}-{n}",
                text="淘汰燃煤锅炉，推进清洁取暖，加强扬尘治理。" * 8,
                lead_name=units[(number + n) % UNITS].name,
                next_deadline=date(2024, 1, 1) + timedelta((number * 7 + n * 3) % 365),
            )
            for n in range(TASKS)
        )
        TaskUnit.objects.bulk_create(
            TaskUnit(task=task, role=role, organisation=unit, name=unit.name, order=k)
            for n, task in enumerate(tasks)
            for k, role in enumerate(roles)
            for unit in [units[(number + n + k) % UNITS]]
        )
        TaskDeadline.objects.bulk_create(TaskDeadline(task=task, end=task.next_deadline) for task in tasks)
        ledger.refresh_parties([plan.pk])
    user = User.objects.create(username="bench", organisation=units[0], password_changed_at=timezone.now())
    Grant.objects.create(user=user, role=Role.objects.get(code="campaign_office"), scope="all")
    return user


def main() -> None:
    """Fill a test database and print the time of each view."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.test.utils import setup_test_environment

    setup_test_environment()
    # The pages name their static files with hashes, as a served office does.
    call_command("collectstatic", interactive=False, verbosity=0)
    connection.creation.create_test_db(verbosity=0)
    try:
        started = time.perf_counter()
        user = fill()
        print(f"filled in {time.perf_counter() - started:.1f} s")
        client = Client()
        client.force_login(user)
        for query in (
            "",
            "?page=300",
            "?sort=next_deadline",
            "?sort=lead_name&page=100",
            "?plan=7",
            "?unit=5&role=lead",
            "?search=清洁取暖",
            "?due_from=2024-06-01&due_to=2024-06-30&size=100",
        ):
            spent = []
            for _round in range(5):
                started = time.perf_counter()
                status = client.get(f"/plans/tasks/{query}").status_code
                spent.append((time.perf_counter() - started) * 1000)
            low, middle, high = min(spent), statistics.median(spent), max(spent)
            print(f"{low:6.0f} {middle:6.0f} {high:6.0f} ms  {status}  {query or '(all)'}")
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


if __name__ == "__main__":
    main()
