"""Half a year of work on the demo plan: ten units, some ahead, some late, some sent back, some well proven."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from io import BytesIO
from typing import Any

from lantian.apps.core import files, log
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation, User
from lantian.apps.plans import actions, standing
from lantian.apps.plans.actions.adjusting import moved
from lantian.apps.plans.models import Plan, Task, TaskDeadline, TaskEvent, TaskQuantity, TaskStanding
from lantian.office.ledger import write_table

HALF_A_YEAR = 183
UNITS = 10
REPORT_EVERY = 21
WHOLE = Decimal(100)
#: tasks that get a file as proof
PROVEN_FILES = 6

REPORTS = (
    "已制定推进计划，落实到具体责任人。",
    "完成现场核查，台账已更新。",
    "按周调度，进度符合计划安排。",
    "完成阶段任务，资料已归档。",
    "组织联合检查一次，发现问题现场交办。",
    "已完成主体工作，正在整理验收资料。",
)
LATE_REPORTS = (
    "受资金到位影响，进度滞后，已倒排工期。",
    "部分点位改造未完成，已约谈责任单位。",
    "设备采购延期，正在协调。",
)
RETURN_REASON = "佐证材料不全：缺少现场照片和验收签字表，请补充后重新报送。"


@dataclass(frozen=True, slots=True)
class Course:
    """How a unit works on a task: its speed against the straight line, and what becomes of it.

    Attributes
    ----------
    speed
        Share of what the straight line asks.
    returned
        Handed in before the time and sent back once.
    """

    speed: Decimal
    returned: bool = False
    suspended: bool = False
    proven: bool = False


AHEAD = Course(Decimal("1.25"), proven=True)
STEADY = Course(Decimal("1.05"))
SLOW = Course(Decimal("0.7"))
SENT_BACK = Course(Decimal("1.2"), returned=True)
HELD_UP = Course(Decimal("0.5"), suspended=True)
COURSES = (AHEAD, STEADY, SLOW, AHEAD, SENT_BACK, STEADY, SLOW, AHEAD, STEADY, SENT_BACK, STEADY, HELD_UP)


@dataclass
class Story:
    """Writes events day by day; the log gets its entries in the order of time."""

    plan: Plan
    today: date
    start: date
    office: Actor
    entries: list[tuple[datetime, Any]] = field(default_factory=list)

    def happen(
        self, task: Task, kind: str, day: date, unit: Organisation, note: str = "", **extra: Any
    ) -> None:
        """Record one event as it would have been recorded on its day."""
        by_office = kind in {"accept", "milestone", "return", "suspend"}
        actor = self.office if by_office else self.account_of(unit)
        before = {"state": task.state, "percent": str(task.percent)}
        event = standing.record(
            task,
            kind,
            on=day,
            actor=actor,
            note=note,
            today=day,
            organisation=None if by_office else unit,
            **extra,
        )
        at = datetime(day.year, day.month, day.day, 1 + task.order % 8, task.order % 60, tzinfo=UTC)
        TaskEvent.objects.filter(pk=event.pk).update(recorded_at=at)
        entry = log.entry(
            actor,
            f"plans.task.{kind}",
            subject=task,
            before=before,
            after={"state": task.state, "percent": str(task.percent)},
            reason=note,
            at=at,
        )
        self.entries.append((at, entry))

    def account_of(self, unit: Organisation) -> Actor:
        """The account of a unit, or the house where it has none."""
        user = User.objects.filter(organisation=unit, is_active=True).order_by("pk").first()
        return Actor(user=user, via="web") if user is not None else Actor.system("demo", via="cli")

    def report(self, task: Task, day: date, unit: Organisation, share: Decimal, note: str) -> None:
        """Report a share; where things are counted, so many of them as the share makes."""
        for row in TaskQuantity.objects.filter(task=task, counts=True):
            whole = row.value == row.value.to_integral_value()
            done = row.value * share / WHOLE
            TaskQuantity.objects.filter(pk=row.pk).update(
                done=done.to_integral_value(ROUND_FLOOR) if whole and share < WHOLE else done
            )
        # Read anew: what was fetched with the task is older than this report.
        counted = standing.percent_from_amounts(Task.objects.get(pk=task.pk))
        self.happen(task, "report", day, unit, note, percent=share if counted is None else counted)


def load(plan: Plan, today: date, office: str = "gongjian") -> int:
    """Let ten units work on the plan from half a year ago until today.

    Parameters
    ----------
    office
        Who accepts.

    Returns
    -------
    int
        How many events were written.
    """
    start = max(plan.issued_on or today, today - timedelta(HALF_A_YEAR))
    if start >= today:
        return 0
    judge = User.objects.filter(username=office).first()
    story = Story(plan, today, start, Actor(user=judge, via="web"))
    tasks = list(plan.tasks.select_related("plan").order_by("order"))
    # The story has been kept from its first day on, not from the day on which the demo was made.
    TaskStanding.objects.filter(task__in=tasks).delete()
    standing.open_many(tasks, today=start)
    units = principals(plan)
    # The office accepts; what it leads itself somebody above would have to accept.
    doers = [unit.pk for unit in units.values() if judge is None or unit.pk != judge.organisation_id]
    busiest = [key for key, _count in Counter(doers).most_common(UNITS)]
    chosen = [task for task in tasks if task.pk in units and units[task.pk].pk in busiest]
    for number, task in enumerate(chosen):
        work(story, task, units[task.pk], COURSES[number % len(COURSES)], number)
    prove(story, chosen)
    log.append(entry for _at, entry in sorted(story.entries, key=lambda pair: pair[0]))
    leave_waiting(plan)
    return len(story.entries)


def leave_waiting(plan: Plan) -> None:
    """Leave something on the desks of today: a wish to adjust, a task to co-sign, and one handed down in parts.

    All three by the accounts of the demo, so that their rights hold here as well.
    """
    open_tasks = list(plan.tasks.filter(state__in=["in_progress", "returned"]).order_by("order"))
    used: set[int] = set()
    for name, leave in (("zhujian", ask_for_time), ("huanjing", hand_down), ("huanjing", ask_to_sign)):
        user = User.objects.filter(username=name).first()
        if user is None:
            continue
        for task in open_tasks:
            if task.pk not in used and leave(Actor(user, via="web"), Task.objects.get(pk=task.pk)):
                used.add(task.pk)
                break


def ask_for_time(actor: Actor, task: Task) -> bool:
    """Ask for thirty days more where the last day has not come yet."""
    last = standing.milestone_rows(task.deadlines.all())[-1:]
    if not last or last[0].end is None or not actions.AskAdjustment(actor, task, {}).is_possible():
        return False
    later = (last[0].end + timedelta(30)).isoformat()
    reason = "受连续降雨影响，部分工地停工，申请顺延一个月。"
    actions.AskAdjustment(actor, task, {"deadlines": moved(task, later)}, reason=reason).execute()
    return True


def hand_down(actor: Actor, task: Task) -> bool:
    """Give what is left of a counted task to three counties; what has been done stays with the unit above."""
    counted = standing.counted(task)
    counties = list(Organisation.objects.filter(kind="office", region__level="county").order_by("pk")[:3])
    possible = actions.HandDown(actor, task, []).is_possible()
    if not possible or len(counted) != 1 or len(counties) < 3 or task.parts.exists():
        return False
    row = counted[0]
    left = row.value - (row.done or Decimal(0))
    share = (left / 3).to_integral_value(ROUND_FLOOR)
    if share < 1:
        return False
    parts = [
        actions.Part(county, amounts={row.pk: share if number else left - 2 * share})
        for number, county in enumerate(counties)
    ]
    actions.HandDown(actor, task, parts, {row.pk: row.value - left}, reason="剩余任务分解到县区。").execute()
    return True


def ask_to_sign(actor: Actor, task: Task) -> bool:
    """Hand a task in and ask the units that cooperate to co-sign."""
    asked = [row.organisation for row in task.units.filter(role="cooperating") if row.organisation]
    submit = actions.SubmitTask(actor, task, note="任务已完成，提请配合单位会签后销号。", cosign=asked[:2])
    if not asked or task.parts.exists() or not submit.is_possible():
        return False
    submit.execute()
    return True


def principals(plan: Plan) -> dict[int, Organisation]:
    """The first organisation that answers for each task."""
    found: dict[int, Organisation] = {}
    for task in plan.tasks.prefetch_related("units__organisation"):
        mine = [unit.organisation for unit in task.units.all() if unit.principal and unit.organisation]
        if mine:
            found[task.pk] = mine[0]
    return found


def work(story: Story, task: Task, unit: Organisation, course: Course, number: int) -> None:
    """Let one unit work on one task until today or until it is closed out."""
    rows = standing.milestone_rows(task.deadlines.all())
    day = story.start + timedelta(3 + number % 9)
    end = rows[-1].end if rows and rows[-1].end else story.today + timedelta(60)
    begun = standing.line_start(task)
    words = LATE_REPORTS if course.speed < 1 else REPORTS
    step = 0
    share = Decimal(0)
    returned = False
    story.happen(task, "start", day, unit)
    while day < story.today:
        elapsed, days = (day - begun).days, max((end - begun).days, 1)
        share = min(WHOLE, (WHOLE * elapsed / days * course.speed).quantize(Decimal(1), ROUND_FLOOR))
        story.report(task, day, unit, share, words[step % len(words)])
        step += 1
        if course.suspended and step == 3:
            story.happen(
                task, "suspend", min(day + timedelta(2), story.today), unit, "上级政策调整，暂缓实施。"
            )
            return
        if share >= WHOLE:
            day += timedelta(2)
            if day > story.today:
                return
            story.happen(task, "submit", day, unit, "任务已完成，申请销号。", percent=task.percent)
            day += timedelta(4)
            if day > story.today:
                return
            if course.returned and not returned:
                returned = True
                story.happen(task, "return", day, unit, RETURN_REASON)
                day += timedelta(REPORT_EVERY)
                # Every other one is still waiting to be handed in again.
                if number % 2:
                    return
                continue
            story.happen(task, "accept", day, unit, "经现场核查，同意销号。", percent=WHOLE)
            return
        meet(story, task, unit, day, share)
        day += timedelta(REPORT_EVERY)


def meet(story: Story, task: Task, unit: Organisation, day: date, share: Decimal) -> None:
    """Have the next milestone accepted where the work has come so far and it is not the last one."""
    rows: list[TaskDeadline] = standing.milestone_rows(TaskDeadline.objects.filter(task=task))
    due = standing.lights.shares([standing.lights.Milestone(row.end, row.share) for row in rows if row.end])
    for row, needed in zip(rows[:-1], due[:-1], strict=True):
        if row.met_on is None and share >= needed and day + timedelta(3) <= story.today:
            story.happen(task, "submit", day, unit, "阶段任务已完成，申请核验。", percent=task.percent)
            story.happen(task, "milestone", day + timedelta(3), unit, "阶段任务核验通过。", deadline=row)
            return


def prove(story: Story, tasks: list[Task]) -> None:
    """Hang a list of what was done on the first tasks that are closed out."""
    closed = [task for task in tasks if task.state == "accepted"][:PROVEN_FILES]
    for task in closed:
        stream = BytesIO()
        rows: list[list[Any]] = [
            [number, event.on, event.get_kind_display(), event.percent, event.note]
            for number, event in enumerate(task.events.all(), 1)
        ]
        write_table(
            ["序号", "日期", "事项", "完成率（%）", "说明"], rows, f"{task.title[:20]}佐证清单", stream
        )
        files.AddAttachment(
            story.office, task, stream.getvalue(), f"{task.label}号任务佐证清单.xlsx", reason="演示数据"
        ).execute()
