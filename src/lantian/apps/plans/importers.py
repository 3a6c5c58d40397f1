"""The task ledger back from Excel: lines that are known change their tasks, the others are new ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from io import BytesIO
from typing import Any, cast

from django.db import transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError, Invalid, NotAllowed
from lantian.apps.core.importers import registry
from lantian.apps.core.importers.base import Change, FileImport
from lantian.apps.core.models import Grant, Organisation, Role, User
from lantian.apps.plans import exporters, ledger, queries, standing, values
from lantian.apps.plans.access import IMPORT, TASK_EDIT, TASK_VIEW
from lantian.apps.plans.actions.people import belongs_to
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.excel import cells, compare, fresh, overtaken, sheets
from lantian.apps.plans.excel.columns import BY_KEY, HEADINGS
from lantian.apps.plans.excel.compare import Wanted, WrongCell
from lantian.apps.plans.excel.fresh import Fresh
from lantian.apps.plans.excel.held import EditFromFile, Held, ReportFromFile
from lantian.apps.plans.excel.meanings import Meanings
from lantian.apps.plans.excel.settling import Settling
from lantian.apps.plans.excel.sheets import Line
from lantian.apps.plans.excel.telling import Teller
from lantian.apps.plans.models import Plan, Task, TaskQuantity, TaskUnit

CHUNK = 500
#: changes that the page lists; the file of all changes has the others
SHOWN = 500
#: characters of a cell that the page shows
CELL_SHOWN = 400
REFUSE, KEEP = "refuse", "keep"

class ImportTasks(FileImport):
    """Bring a ledger from Excel: every row under the rights that its task asks for on the page.

    Parameters
    ----------
    plan
        Key of the plan of new tasks whose row names none.
    units
        ``refuse`` makes an unknown unit an error, ``keep`` takes it as a name without an organisation.
    reason
        Why, for the log.
    """

    code = "plans.ledger.import"
    permission = IMPORT
    subject_label = _("Task ledger")
    partial = True

    def __init__(
        self, actor: Actor, content: bytes, filename: str, *, plan: Any = "", units: str = REFUSE, reason: str = "", **extra: Any
    ) -> None:
        super().__init__(actor, content, filename, reason=reason, **extra)
        self.report.most_shown = SHOWN
        self.plan_key, self.unknown_units = str(plan or ""), units or REFUSE
        self.wanted: list[Wanted] = []
        self.fresh: list[Fresh] = []
        self.meanings = Meanings(actor)
        self.parts: dict[int, Decimal] = {}
        self.waiting: set[int] = set()
        self.opened: set[int] = set()
        self.held: Held | None = None
        #: what the log gives as the reason of each change
        self.words = reason.strip() or __("Imported from the Excel file %(file)s") % {"file": self.filename[:200]}

    # Reading ---------------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Find the lines, and what each of them wants."""
        self.file = sheets.read(self.content, self.filename, self.report)
        self.teller = Teller(self.report, self.file)
        #: whether the file has all columns that its marks are made of
        self.complete = all(self.file.has(key) or BY_KEY[key].rare for key in cells.MARKED)
        known = [line for line in self.file.lines if line.number is not None]
        new = [line for line in self.file.lines if line.number is None]
        known = self._once(known)
        total = len(self.file.lines)
        self.progress(0, total, __("Comparing"))
        self._read_known(known, total)
        self._read_new(new, total, len(known))
        settling = Settling(self.meanings, self.teller, keep=self.unknown_units == KEEP)
        settling.look_up([*self.wanted, *self.fresh])
        self.wanted, self.fresh = settling.put_together(self.wanted), settling.put_together(self.fresh)
        self._check_all()
        for one in self.wanted:
            label = f"{one.task.label} {one.task.title}".strip()[:200]
            one.change = Change("update", one.line.row, label, _short(one.before), _short(one.after))
        for each in self.fresh:
            label = f"{each.entry['number']} {each.entry['title']}".strip()[:200]
            each.change = Change("create", each.line.row, label, {}, _short(each.after()))
        rows: list[Wanted | Fresh] = [*self.wanted, *self.fresh]
        self.report.changes = [row.change for row in rows if row.change is not None]

    def _once(self, lines: list[Line]) -> list[Line]:
        seen: dict[int, int] = {}
        kept: list[Line] = []
        for line in lines:
            assert line.number is not None
            if line.number.day:
                self.teller.tell(
                    line,
                    "id",
                    "a_past_day",
                    __("This row shows how the task stood on %(day)s; it cannot be imported. Export the ledger of today.")
                    % {"day": line.number.day},
                )
            elif line.number.task in seen:
                self.teller.tell(
                    line,
                    "id",
                    "row_twice",
                    __("This task stands in row %(row)d already. Remove one of the rows, or empty this cell for a new task.")
                    % {"row": seen[line.number.task]},
                )
            else:
                seen[line.number.task] = line.row
                kept.append(line)
        return kept

    def _untouched(self, line: Line) -> bool:
        """Whether a line reads as it did when the file was taken."""
        number = line.number
        if number is None or not number.mark:
            return False
        return self.complete and cells.mark(line.cells) == number.mark

    def _read_known(self, lines: list[Line], total: int) -> None:
        for at in range(0, len(lines), CHUNK):
            part = {line.number.task: line for line in lines[at : at + CHUNK] if line.number is not None}
            versions = dict(queries.tasks_ever(self.actor).filter(pk__in=part).order_by().values_list("pk", "version"))
            touched = [key for key in part if key in versions and not self._untouched(part[key])]
            self.report.unchanged += sum(key in versions for key in part) - len(touched)
            tasks = {task.pk: task for task in _whole(queries.tasks_ever(self.actor).filter(pk__in=touched))}
            rows: list[Wanted] = []
            for key, line in part.items():
                if key not in versions:
                    self.teller.tell(line, "id", "no_such_task", __("There is no such task: %(number)s.") % {"number": line.cells["id"]})
                elif key in tasks:
                    self._compare(line, tasks[key], rows)
            overtaken.tell(self.teller, rows)
            self.progress(at + len(part), total, __("Comparing"))

    def _compare(self, line: Line, task: Task, late: list[Wanted]) -> None:
        wanted = compare.differences(line, task, self.file)
        self._note_light(line, task)
        try:
            assert line.number is not None
            if wanted.after and line.number.version != task.version:
                if not compare.means_the_same(line, task, self.file):
                    late.append(wanted)
                    return
                wanted.drop(*list(wanted.after))
            compare.work_out(wanted)
        except WrongCell as error:
            self.teller.wrong(line, error)
            return
        if wanted.after and task.dropped_on is not None:
            message = __("A newer text of the plan has left this task out; nothing happens to it any more.")
            self.teller.tell(line, next(iter(wanted.after)), "wrong_step", message)
        elif wanted.after:
            self.wanted.append(wanted)
        else:
            self.report.unchanged += 1

    def _note_light(self, line: Line, task: Task) -> None:
        said = line.cells.get("light", "")
        if said:
            possible = {cells.light_words()[light] for light in compare.possible_lights(task, display.campaign_today())}
            if said not in possible:
                self.report.note(
                    "light_not_read",
                    __("The light follows from dates and progress; “%(said)s” is not taken over."),
                    line.row,
                    HEADINGS["light"],
                    said=said[:20],
                )

    # New tasks -------------------------------------------------------------------------------------------------------

    def _read_new(self, lines: list[Line], total: int, before: int) -> None:
        if not lines:
            return
        plans = {plan.pk: plan for plan in plans_for_new(self.actor)}
        by_title: dict[str, list[Plan]] = {}
        for plan in plans.values():
            by_title.setdefault(plan.title, []).append(plan)
        chosen = plans.get(int(self.plan_key)) if self.plan_key.isdigit() else None
        seen: dict[tuple[int, tuple[str, str, str]], int] = {}
        for number, line in enumerate(lines, 1):
            title = line.cells.get("plan", "")
            named = by_title.get(title, []) if title else []
            own = named[0] if len(named) == 1 else chosen if not title or chosen in named else None
            if own is None:
                self.teller.tell(line, "plan" if title else "", "which_plan", self._which_plan(title, named))
                continue
            try:
                found = fresh.entry_of(line, own)
            except WrongCell as error:
                self.teller.wrong(line, error)
                continue
            twin = (own.pk, found.key)
            if twin in seen:
                self.teller.tell(
                    line,
                    "title",
                    "row_twice",
                    __("The same task stands in row %(row)d already. Remove one of the rows.") % {"row": seen[twin]},
                )
                continue
            seen[twin] = line.row
            self.fresh.append(found)
            if number % CHUNK == 0:
                self.progress(before + number, total, __("Comparing"))
        self._refuse_known()

    def _which_plan(self, title: str, named: list[Plan]) -> str:
        if not self.actor.may(TASK_EDIT):
            return __("You may not add tasks. Rows of known tasks need their “%(id)s”.") % {"id": HEADINGS["id"]}
        if len(named) > 1:
            return __("Several plans are called “%(title)s”. Choose one when you upload the file.") % {"title": title[:80]}
        if title:
            return __("There is no plan “%(title)s” into which you may write tasks.") % {"title": title[:80]}
        return __(
            "This row has no “%(id)s”, so it is a new task; say to which plan it belongs: choose the plan when you upload"
            " the file, or write it into “%(plan)s”."
        ) % {"id": HEADINGS["id"], "plan": HEADINGS["plan"]}

    def _refuse_known(self) -> None:
        """A row without its number that is a task already would make it a second time."""
        for key in {one.plan.pk for one in self.fresh}:
            rows = Task._base_manager.filter(plan=key, dropped_on__isnull=True).values_list("number", "title", "text")
            present = {fresh.same_key(*row) for row in rows.iterator(chunk_size=2000)}
            bare = {row[:2] for row in present}
            kept: list[Fresh] = []
            for one in self.fresh:
                if one.plan.pk == key and (one.key in present or (not one.key[2] and one.key[:2] in bare)):
                    self.teller.tell(
                        one.line,
                        "title",
                        "task_exists",
                        __("The plan has this task already. To change it, export the ledger and keep its “%(id)s”.")
                        % {"id": HEADINGS["id"]},
                    )
                else:
                    kept.append(one)
            self.fresh = kept

    # Rights ----------------------------------------------------------------------------------------------------------

    def _check_all(self) -> None:
        """The rights and rules of each row, as on the page."""
        editable = self._mine([one.task.pk for one in self.wanted if one.changes], TASK_EDIT)
        reporting = [one.task for one in self.wanted if one.progress.says_something()]
        self.reach = self._mine([task.pk for task in reporting], ReportFromFile.permission or TASK_EDIT)
        for at in range(0, len(reporting), CHUNK):
            prefetch_related_objects(reporting[at : at + CHUNK], "events")
        self.parts = self._done_by_parts([one for one in self.wanted if one.progress.done])
        self.wanted = [one for one in self.wanted if self._check(one, editable)]
        self.fresh = [one for one in self.fresh if self._check_fresh(one)]

    def _mine(self, keys: list[int], permission: str) -> frozenset[int]:
        """The tasks among these that the actor may use under a permission."""
        found: set[int] = set()
        for at in range(0, len(keys), CHUNK):
            mine = self.actor.rows(Task.objects.filter(pk__in=keys[at : at + CHUNK]), permission)
            found.update(mine.order_by().values_list("pk", flat=True))
        return frozenset(found)

    def _check(self, one: Wanted, editable: frozenset[int]) -> bool:
        if one.changes and one.task.pk not in editable:
            first = next(key for key in one.after if BY_KEY[key].use == "task")
            self.teller.tell(
                one.line,
                first,
                "not_allowed",
                __(
                    "You may report progress of this task, but not change “%(heading)s”. Put it back; ask for an adjustment on"
                    " the page of the task."
                )
                % {"heading": HEADINGS[first]},
            )
            return False
        try:
            if one.changes:
                one.edit = EditFromFile(self.actor, one.task, one.changes, version=one.task.version, reason=self.words)
                one.edit.known, one.edit.waiting = self.meanings.of(one.task.plan), self.waiting
                one.edit.plans = self.opened
                one.edit.validate()
            if one.progress.says_something():
                one.report = self._report(one.task, one.progress, self._quantities(one.task, one))
                one.report.reach = self.reach
                one.report.check()
                one.report.check_state(one.task)
                one.report.validate()
                one.report.check_day(one.task)
                if "quantities" not in one.changes:
                    rows = cells.counted(one.task.quantities.all())
                    for place, said in one.progress.done.items():
                        _refuse_excess(said, rows[place].value, rows[place].unit, one.progress.note)
        except WrongCell as error:
            self.teller.wrong(one.line, error)
            return False
        except CoreError as error:
            self.teller.refused(one.line, one.after, error)
            return False
        return True

    def _check_fresh(self, one: Fresh) -> bool:
        try:
            one.entry["section"] = []
            clean = values.clean("task", {name: one.entry[name] for name in _CLEANED})
            one.entry.update(clean)
            if one.progress.says_something():
                self._check_progress_of_new(one)
        except WrongCell as error:
            self.teller.wrong(one.line, error)
            return False
        except CoreError as error:
            self.teller.refused(one.line, one.after(), error)
            return False
        return True

    def _check_progress_of_new(self, one: Fresh) -> None:
        action = self._report(Task(plan=one.plan), one.progress, one.progress.done)
        if not self.actor.may(action.permission or ""):
            raise NotAllowed(permission=action.permission)
        action.validate()
        counted = [item for item in one.entry["quantities"] if compare.counts(item)]
        for place, said in one.progress.done.items():
            _refuse_excess(said, Decimal(counted[place]["value"]), counted[place]["unit"], one.progress.note)

    def _done_by_parts(self, rows: list[Wanted]) -> dict[int, Decimal]:
        """What the parts that were handed down have done of each amount."""
        found: dict[int, Decimal] = {}
        keys = [row.pk for one in rows for row in cells.counted(one.task.quantities.all())]
        for at in range(0, len(keys), CHUNK):
            parts = TaskQuantity.objects.filter(part_of__in=keys[at : at + CHUNK], done__isnull=False)
            for whole, done in parts.values_list("part_of", "done"):
                if whole is not None and done is not None:
                    found[whole] = found.get(whole, Decimal(0)) + done
        return found

    def _quantities(self, task: Task, one: Wanted | Fresh) -> dict[int, Decimal]:
        """Amounts for the action, which counts what the task itself has done beside its parts."""
        rows = cells.counted(task.quantities.all())
        found: dict[int, Decimal] = {}
        for place, said in one.progress.done.items():
            # A changed amount may be a new row; then it has no parts either.
            if place < len(rows):
                own = said - self.parts.get(rows[place].pk, Decimal(0))
                if own < 0:
                    raise WrongCell(
                        "done",
                        "less_than_the_parts",
                        __("The parts that were handed down have done more than this already: %(done)s%(unit)s.")
                        % {"done": cells.number(self.parts[rows[place].pk]), "unit": rows[place].unit},
                    )
                found[rows[place].pk] = own
        return found

    def _report(self, task: Task, progress: compare.Progress, quantities: dict[int, Decimal]) -> ReportFromFile:
        return ReportFromFile(
            self.actor, task, on=progress.on, percent=progress.percent, quantities=quantities, note=progress.note
        )

    # Writing ---------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Change the known tasks through the actions of the page, and add the new ones."""
        total = len(self.wanted) + len(self.fresh)
        # What parts have done moves the tasks above: those go first, while they are as the file has them.
        self.wanted.sort(key=lambda one: (one.task.parent_id is not None, one.line.row))
        for at in range(0, len(self.wanted), CHUNK):
            part = self.wanted[at : at + CHUNK]
            self.held = Held(one.task.pk for one in part)
            for number, one in enumerate(part, at + 1):
                self._guarded(one, lambda one=one: self._change(one))
                self.progress(number, total, __("Writing"))
            self.held.write()
        self.held = None
        standing.refresh_many(sorted(self.waiting))
        ledger.refresh_parties(sorted(self.opened))
        for plan, listed in _by_plan(self.fresh):
            self._add(plan, listed, len(self.wanted), total)

    def _guarded(self, one: Wanted | Fresh, call: Any) -> None:
        """Run something for one row; what it refuses is the row's problem, and nothing of it is kept."""
        before = len(self.report.problems)
        entries = len(self._entries), len(self._after)
        try:
            # Where one row that is refused stops all, the whole transaction takes it back.
            with transaction.atomic() if self.skip_errors else nullcontext():
                call()
        except WrongCell as error:
            self.teller.wrong(one.line, error)
        except CoreError as error:
            self.teller.refused(one.line, one.after if isinstance(one, Wanted) else one.after(), error)
        if len(self.report.problems) > before:
            del self._entries[entries[0] :], self._after[entries[1] :]
            if self.held is not None and one.task is not None:
                self.held.forget(one.task.pk)
            self.report.changes = [change for change in self.report.changes if change is not one.change]
            if self.skip_errors:
                self._leave_out()

    def _change(self, one: Wanted) -> None:
        task: Task = one.task
        apart = self.held is None or task.pk not in self.held
        if one.edit is not None:
            one.edit.held = self.held
            task = one.edit.perform_in(self)
        if one.report is not None:
            one.report.held = self.held
            if one.edit is not None:
                # The edit has moved the version on, and amounts that it changed may be other rows.
                if apart:
                    getattr(task, "_prefetched_objects_cache", {}).clear()
                one.report.task, one.report.amounts = task, self._quantities(task, one)
            else:
                one.report.version = task.version
            one.report.perform_in(self)

    def _add(self, plan: Plan, rows: list[Fresh], done: int, total: int) -> None:
        tasks = fresh.write(plan, rows, self.meanings.of(plan))
        self.progress(done + len(tasks), total, __("Writing"))
        ledger.refresh_parties([plan.pk])
        rows = self._within_reach(rows)
        self.log(plan, after={"tasks": len(rows), "file": self.filename})
        self._tell_of(plan, rows)
        for one in rows:
            if one.progress.says_something() and one.task is not None:
                task = one.task
                self._guarded(one, lambda one=one, task=task: self._report_new(one, task))

    def _within_reach(self, rows: list[Fresh]) -> list[Fresh]:
        """Rows whose tasks the actor may change, as on the page; the others are refused."""
        keys = [one.task.pk for one in rows if one.task is not None]
        mine = self._mine(keys, TASK_EDIT)
        outside = [one for one in rows if one.task is not None and one.task.pk not in mine]
        for one in outside:
            refusal = Invalid(fields={"lead": __("Your rights do not reach a task of these units only.")})
            self._guarded(one, lambda refusal=refusal: _refuse(refusal))
        # Where such rows are left out on purpose, nothing else takes them back.
        Task.objects.filter(pk__in=[one.task.pk for one in outside if one.task is not None]).delete()
        return [one for one in rows if one not in outside]

    def _tell_of(self, plan: Plan, rows: list[Fresh]) -> None:
        """Tell the accounts of the units that answer for new tasks, each of them once."""
        keys = [one.task.pk for one in rows if one.task is not None]
        answering: dict[int, Organisation] = {}
        for at in range(0, len(keys), CHUNK):
            units = TaskUnit.objects.filter(task__in=keys[at : at + CHUNK], principal=True, organisation__isnull=False)
            for unit in units.select_related("organisation"):
                answering[unit.organisation_id or 0] = cast(Organisation, unit.organisation)
        roles = [role.pk for role in Role.objects.all() if TASK_VIEW in role.permissions]
        grants = Grant.objects.holding_on(timezone.localdate()).filter(role__in=roles)
        users = User.objects.filter(pk__in=grants.values("user"), is_active=True).select_related("organisation")
        self.notify(
            [user for user in users if user != self.actor.user and belongs_to(Actor(user), answering.values())],
            "plans.task",
            __("New tasks: %(title)s") % {"title": plan.title},
            body=self.filename,
            url=f"{reverse('plans:tasks')}?plan={plan.pk}",
        )

    def _report_new(self, one: Fresh, task: Task) -> None:
        action = self._report(task, one.progress, self._quantities(task, one))
        action.check()
        action.validate()
        action.perform_in(self)


def _refuse(error: CoreError) -> None:
    raise error


def _refuse_excess(said: Decimal, value: Decimal, unit: str, note: str) -> None:
    """More than the task asks for needs words."""
    if said > value and not note:
        raise WrongCell(
            "done",
            "more_than_asked",
            __("This is more than the %(value)s%(unit)s of the task. Say in “%(note)s” how it comes about.")
            % {"value": cells.number(value), "unit": unit, "note": HEADINGS["note"]},
        )


_CLEANED = ("number", "title", "subtitle", "text", "units", "deadlines", "quantities", "persons", "recurrence")


def _short(texts: dict[str, str]) -> dict[str, Any]:
    return {key: text if len(text) <= CELL_SHOWN else f"{text[: CELL_SHOWN - 1]}…" for key, text in texts.items()}


def _by_plan(rows: list[Fresh]) -> Iterator[tuple[Plan, list[Fresh]]]:
    plans: dict[int, tuple[Plan, list[Fresh]]] = {}
    for one in rows:
        plans.setdefault(one.plan.pk, (one.plan, []))[1].append(one)
    yield from plans.values()


def _whole(rows: Any) -> Any:
    """Tasks with every column of their units, dates and amounts."""
    units = Prefetch("units", queryset=TaskUnit.objects.select_related("organisation"))
    return rows.select_related("plan__region", "chapter", "section").prefetch_related(units, "deadlines", "quantities")


def plans_for_new(actor: Actor) -> Any:
    """Plans in force into which somebody may write tasks."""
    rows = actor.rows(Plan.objects.filter(status=PlanStatus.ACTIVE), TASK_EDIT) if actor.may(TASK_EDIT) else Plan.objects.none()
    return rows.select_related("region").order_by("-issued_on", "-pk")


def plan_choices(actor: Actor) -> list[tuple[str, str]]:
    """Plans to choose from when a file is uploaded."""
    return [(str(plan.pk), plan.title) for plan in plans_for_new(actor).only("title", "issued_on", "region")]


def template() -> bytes:
    """An empty ledger with its headings and the sheet that explains them."""
    target = BytesIO()
    exporters.write_template(target)
    return target.getvalue()


def register() -> None:
    """Offer the import on the pages of the foundation."""
    registry.register(
        registry.Importer(
            "tasks",
            _("Task ledger"),
            _(
                "The ledger that was exported here, changed in Excel or WPS: rows with a system number change their tasks"
                " and report progress. Rows without one are new tasks, also from an order that came as an Excel ledger."
            ),
            ImportTasks,
            "plans:tasks",
            (
                registry.Option(
                    "plan",
                    _("Plan of new tasks"),
                    plan_choices,
                    required=False,
                    help=_("Only for rows without a system number that do not name their plan."),
                ),
                registry.Option(
                    "units",
                    _("Units that the register does not know"),
                    (
                        (REFUSE, _("are errors")),
                        (KEEP, _("are kept as names and linked later")),
                    ),
                    default=REFUSE,
                ),
                registry.Option("reason", _("Reason"), required=False, help=_("Kept in the log together with your name.")),
            ),
            fields=HEADINGS,
            template=template,
        )
    )
