"""A newer text of a plan that is there already: what it is said to be, and its way into the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.core.models import Attachment, User
from lantian.apps.plans import drafts, ledger, mapping, revisions
from lantian.apps.plans.access import PLAN_IMPORT, TASK_EDIT, TASK_VIEW
from lantian.apps.plans.actions.imports import ConfirmImport, _OnImport, refuse_open_warnings
from lantian.apps.plans.choices import ImportStatus, PlanStatus
from lantian.apps.plans.exceptions import MoreHandedDown, TextMoved, WrongStep
from lantian.apps.plans.models import (
    ImportContent,
    Plan,
    PlanImport,
    PlanText,
    ReportingDuty,
    Sanction,
    Target,
    Task,
)
from lantian.apps.plans.revisions import Comparison, Mode
from lantian.apps.plans.rewriting import Rewrite

CHOICE = "revision"


def choice_of(draft: Mapping[str, Any]) -> dict[str, Any] | None:
    """What people have decided about a newer text; None where it is a plan of its own."""
    return draft.get(CHOICE)


def held(row: PlanImport) -> tuple[ImportContent, drafts.Draft]:
    """The draft of an import, held until the end of the transaction."""
    content = ImportContent.objects.select_for_update().get(pk=row.pk)
    if content.draft is None:
        raise WrongStep
    return content, content.draft


def plans_to_revise(actor: Actor) -> Any:
    """Plans in force that the actor may bring a newer text of."""
    allowed = actor.rows(Plan.objects.all(), TASK_EDIT)
    return actor.rows(Plan.objects.filter(status=PlanStatus.ACTIVE, pk__in=allowed.values("pk")), PLAN_IMPORT)


class ChooseRevision(_OnImport):
    """Say that a text is a plan of its own, or which plan it is a newer text of.

    Parameters
    ----------
    mode
        One of :class:`lantian.apps.plans.revisions.Mode`; empty for a plan of its own.
    """

    code = "plans.import.revision"

    def __init__(
        self, actor: Actor, row: PlanImport, mode: str, plan: Plan | None = None, *, reason: str = ""
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.mode, self.plan = mode, plan

    def validate(self) -> None:
        """The plan must be there, and the actor's to change."""
        super().validate()
        if not self.mode:
            self.plan = None
            return
        if self.mode not in Mode.values:
            raise Invalid(
                fields={"mode": __("“%(value)s” is not one of the choices.") % {"value": self.mode}}
            )
        if self.plan is None or not plans_to_revise(self.actor).filter(pk=self.plan.pk).exists():
            raise Invalid(fields={"plan": __("Choose the plan that this is a newer text of.")})

    def perform(self) -> PlanImport:
        """Keep it with the draft; a new choice forgets what was decided for another plan."""
        row = self.lock()
        content, draft = held(row)
        before = choice_of(draft)
        if self.plan is None:
            after = None
        elif before is not None and (before["mode"], before["plan"]) == (self.mode, self.plan.pk):
            after = before
        else:
            after = revisions.blank_choice(self.mode, self.plan.pk)
        if after == before:
            self.unchanged = True
            return row
        if after is None:
            del draft[CHOICE]
        else:
            draft[CHOICE] = after
        content.save(update_fields=["draft"])
        self.done(row)
        said = Mode(self.mode).label if self.mode else __("A plan of its own")
        self.log(row, after={"revision": str(said), **({"plan": self.plan.pk} if self.plan else {})})
        return row


class DecidePairs(_OnImport):
    """Pair and part entries by hand, and say what stays as the ledger has it.

    Parameters
    ----------
    pairs
        Kind → key of an entry → row; 0 makes the entry new, None leaves it to the comparison.
    fields
        Kind → key of an entry → fields in which the ledger stays.
    stay
        Kind → row → whether it stays although the newer text lacks it.
    """

    code = "plans.import.pair"

    def __init__(
        self,
        actor: Actor,
        row: PlanImport,
        *,
        pairs: Mapping[str, Mapping[str, int | None]] | None = None,
        fields: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        stay: Mapping[str, Mapping[int, bool]] | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.pairs, self.fields, self.stay = pairs or {}, fields or {}, stay or {}

    def perform(self) -> PlanImport:
        """Keep the decisions with the draft."""
        row = self.lock()
        content, draft = held(row)
        choice = choice_of(draft)
        if choice is None:
            raise WrongStep(__("Say first which plan this is a newer text of."))
        models: dict[str, Any] = {"task": Task, "target": Target, "duty": ReportingDuty, "sanction": Sanction}
        said: list[str] = []
        for kind, wanted in self.pairs.items():
            known = set(
                models[kind]._base_manager.filter(plan_id=choice["plan"]).values_list("pk", flat=True)
            )
            kept = choice["pairs"].setdefault(kind, {})
            for key, to in wanted.items():
                if drafts.find(draft, kind, key) is None or (to and to not in known):
                    raise NotFound
                if to:
                    # A row is one entry at most; whoever takes it last has it.
                    for other in [other for other, had in kept.items() if had == to and other != key]:
                        del kept[other]
                if to is None:
                    kept.pop(key, None)
                else:
                    kept[key] = to
                said.append(f"{key} → {to or '—'}")
        for kind, of_entry in self.fields.items():
            for key, names in of_entry.items():
                listed = [name for name in names if name in revisions.FIELDS[kind]]
                choice["fields"].setdefault(kind, {})[key] = listed
                said.append(f"{key}: {'、'.join(listed) or '—'}")
        for kind, rows in self.stay.items():
            for one, stays in rows.items():
                for name, on in (("stay", stays), ("go", not stays)):
                    listed = [key for key in choice[name].get(kind, []) if key != one]
                    choice[name][kind] = [*listed, one] if on else listed
                said.append(f"{one}: {__('stays') if stays else __('left out')}")
        if not said:
            self.unchanged = True
            return row
        content.save(update_fields=["draft"])
        self.done(row)
        self.log(row, after={"pairs": "；".join(said)[:500]})
        return row


class RevisePlan(_OnImport):
    """Take a corrected text in: tasks that are the same keep their state, progress, events and files.

    Parameters
    ----------
    seen
        Task → version, of the tasks that the person saw would be changed or left out; others are refused.
    with_open_warnings
        Whether warnings that nobody has decided may go along.
    with_excess
        Whether amounts may become smaller than what has been handed down of them; the log of the
        task then says so.
    """

    code = "plans.plan.revise"

    def __init__(
        self,
        actor: Actor,
        row: PlanImport,
        *,
        seen: Mapping[str, int] | None = None,
        with_open_warnings: bool = False,
        with_excess: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.seen, self.with_open_warnings, self.with_excess = seen, with_open_warnings, with_excess

    def perform(self) -> Plan:
        """Bring the plan in line with the newer text."""
        row = self.lock()
        refuse_open_warnings(row, allowed=self.with_open_warnings)
        content, draft = held(row)
        choice = choice_of(draft)
        if choice is None or choice["mode"] != Mode.CORRECTED:
            raise WrongStep(__("Say first which plan this is a newer text of."))
        plan = Plan.objects.select_for_update().get(pk=choice["plan"])
        if not plans_to_revise(self.actor).filter(pk=plan.pk).exists():
            raise WrongStep(__("The plan that this is a newer text of is not in force any more."))
        # Held, so that nobody reports between the comparison and the change.
        list(Task._base_manager.select_for_update().filter(plan=plan).order_by("pk").values_list("pk"))
        found = revisions.compare(plan, draft, choice)
        if self.seen is not None:
            refuse_moved(found, self.seen)
        excesses = found.excesses
        if excesses and not self.with_excess:
            raise MoreHandedDown(
                MoreHandedDown.message % {"amounts": "；".join(str(one) for one in excesses[:8])}
            )
        known = mapping.known(row.mapping)
        self._head(plan, row, draft["meta"], found)
        PlanText.objects.update_or_create(plan=plan, defaults={"content": content.text})
        work = Rewrite(plan, draft, found, known, today=campaign_today(), user=self.actor.user)
        work.tasks()
        counts = {**work.counts, **work.others()}
        ledger.refresh_parties([plan.pk])
        before = PlanImport.objects.filter(plan=plan).first()
        if before is not None:
            # One import is the source of a plan; the older one leads to the plan through what it became.
            before.warnings.update(plan=None)
            PlanImport.objects.filter(pk=before.pk).update(plan=None)
            older = ImportContent.objects.only("draft").get(pk=before.pk)
            older.draft = {**(older.draft or {}), "became": plan.pk}
            older.save(update_fields=["draft"])
        row.warnings.update(plan=plan)
        row.plan = plan
        self.step(row, ImportStatus.CONFIRMED)
        self.done(row)
        self.log(row, action="plans.import.confirm", after={"plan": plan.pk, **counts})
        self.log(
            plan,
            before={change.name: change.before for change in found.head if not change.kept} or None,
            after={
                **{change.name: change.after for change in found.head if not change.kept},
                **{name: number for name, number in counts.items() if number},
                "import": row.pk,
            },
        )
        self._log_rows(work)
        self._tell(plan, counts)
        for task in {one.task.pk: one.task for one in excesses}.values():
            said = "；".join(str(one) for one in excesses if one.task.pk == task.pk)
            self.log(task, action="plans.task.revise", after={"excess": said})
        return plan

    def _head(self, plan: Plan, row: PlanImport, meta: Mapping[str, Any], found: Comparison) -> None:
        for change in found.head:
            if change.kept:
                continue
            if change.name == "copied_to":
                plan.copied_to = meta["copied_to"]
            elif change.name == "issued_on":
                plan.issued_on = drafts.day(meta["issued_on"])
            else:
                setattr(plan, change.name, change.after)
            if change.name == "issuer":
                plan.issuer_organisation_id = mapping.one(plan.issuer, plan.region)
        plan.spans = meta["spans"]
        plan.text_sha256 = row.text_sha256
        if row.attachment is not None:
            plan.attachment = row.attachment
            attachment = Attachment.objects.get(pk=row.attachment_id)
            attachment.target = plan
            attachment.save(update_fields=["content_type", "object_id"])
        plan.version += 1
        plan.save()

    def _log_rows(self, work: Rewrite) -> None:
        for pair in work.changed:
            shown = [change for change in pair.changes if not change.kept]
            self.log(
                pair.row,
                action="plans.task.revise",
                before={change.name: change.before for change in shown} or None,
                after={
                    **{change.name: change.after for change in shown},
                    **({"dropped_on": None} if pair.revived else {}),
                },
            )
        for task in work.made:
            self.log(task, action="plans.task.create", after={"title": task.title})
        for task in work.left:
            self.log(task, action="plans.task.drop", after={"dropped_on": task.dropped_on})
        for row, before, after in work.rows:
            self.log(row, action=f"plans.{work.kinds[type(row)]}.revise", before=before, after=after)

    def _tell(self, plan: Plan, counts: Mapping[str, int]) -> None:
        users = User.objects.filter(
            pk__in=_holders(TASK_VIEW), organisation__in=plan.parties.values("organisation"), is_active=True
        )
        if self.actor.user is not None:
            users = users.exclude(pk=self.actor.user.pk)
        try:
            url = reverse("plans:plan", args=[plan.pk])
        except NoReverseMatch:  # the foundation alone, without pages
            url = ""
        body = __("%(changed)s tasks changed, %(new)s new, %(left)s left out.") % counts
        self.notify(
            users, "plans.plan", __("Corrected text: %(title)s") % {"title": plan.title}, body=body, url=url
        )


def _holders(permission: str) -> Any:
    from lantian.apps.core.models import Grant, Role

    roles = [role.pk for role in Role.objects.all() if permission in role.permissions]
    return Grant.objects.holding_on(timezone.localdate()).filter(role__in=roles).values("user")


def refuse_moved(found: Comparison, seen: Mapping[str, int]) -> None:
    """Tell where the plan was changed between the comparison that the person saw and now.

    Raises
    ------
    TextMoved
        With the tasks.
    """
    now = found.versions
    names = {str(pair.row.pk): str(pair.row) for pair in found.pairs["task"] if pair.row is not None}
    moved = [key for key in {**seen, **now} if seen.get(key) != now.get(key)]
    if moved:
        listed = [names.get(key, f"#{key}") for key in moved]
        raise TextMoved(
            TextMoved.message % {"tasks": "、".join(listed[:8]) + (" …" if len(listed) > 8 else "")}
        )


class ConfirmNextYear(ConfirmImport):
    """Take next year's text in as a plan of its own whose tasks go on with those of the plan before."""

    mode = Mode.NEXT

    def perform(self) -> Plan:
        """Write the plan, then say which task goes on with which."""
        _content, draft = held(self.row)
        choice = choice_of(draft)
        if choice is None or choice["mode"] != Mode.NEXT:
            raise WrongStep(__("Say first which plan this is a newer text of."))
        before = plans_to_revise(self.actor).filter(pk=choice["plan"]).first()
        if before is None:
            raise WrongStep(__("The plan that this is a newer text of is not in force any more."))
        found = revisions.compare(before, draft, choice)
        plan = super().perform()
        plan.previous = before
        plan.save(update_fields=["previous"])
        made = list(Task._base_manager.filter(plan=plan, parent__isnull=True).order_by("order"))
        entries = [pair for pair in found.pairs["task"] if pair.entry is not None]
        going_on = []
        for task, pair in zip(made, entries, strict=True):
            if pair.row is not None:
                task.continues = pair.row
                going_on.append(task)
        Task.objects.bulk_update(going_on, ["continues"], batch_size=ledger.BATCH)
        self.log(
            plan,
            action="plans.plan.next_year",
            after={"previous": before.title, "continued": len(going_on), "tasks": len(made)},
        )
        return plan
