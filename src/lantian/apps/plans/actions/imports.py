"""A document's way into the ledger: upload, read, decide, correct, map, confirm; or discard."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import ngettext

from lantian.apps.core import files, jobs
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.core.models import Attachment, Organisation, Region, User
from lantian.apps.plans import drafts, ledger, mapping, reader, values
from lantian.apps.plans.access import PLAN_IMPORT, PLAN_VIEW, TASK_VIEW
from lantian.apps.plans.choices import (
    IMPORT_STEPS,
    IN_PROGRESS,
    OPEN_FOR_CORRECTION,
    Decision,
    ImportStatus,
    PlanStatus,
)
from lantian.apps.plans.exceptions import EditConflict, NothingToRead, SameContent, StillOpen, WrongStep
from lantian.apps.plans.models import ImportContent, Plan, PlanImport, PlanText, ReadingWarning


class UploadPlan(Action[PlanImport]):
    """Take a document in: its text is got out at once, and a file that cannot be read is not kept.

    Parameters
    ----------
    data, filename
        The file; or
    text
        the text that was pasted.
    region
        The place that the plan is made for.
    year
        The year of dates without one; the reader finds it in the title by itself.
    again
        Import a text that is already there a second time.
    """

    code = "plans.import.upload"
    permission = PLAN_IMPORT

    def __init__(
        self,
        actor: Actor,
        *,
        region: Region | None,
        data: bytes | None = None,
        filename: str = "",
        text: str = "",
        name: str = "",
        year: int | None = None,
        again: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.data, self.filename, self.text = data, filename, text
        self.region, self.name, self.year, self.again = region, name.strip(), year, again

    def validate(self) -> None:
        """Get the text out, and refuse what is already there."""
        super().validate()
        if self.region is None:
            raise Invalid(fields={"region": __("Choose the place that the plan is made for.")})
        if self.data is not None and self.text.strip():
            raise Invalid(fields={"text": __("Choose a file or paste the text, not both.")})
        if self.data is not None:
            self.source = reader.from_file(self.data, self.filename)
        elif self.text:
            self.source = reader.from_paste(self.text)
        else:
            raise NothingToRead(fields={"file": NothingToRead.message})
        if not self.again:
            self._refuse_same()

    def _refuse_same(self) -> None:
        same = Q(text_sha256=self.source.sha256)
        plan = Plan.objects.filter(same).exclude(status=PlanStatus.WITHDRAWN).first()
        if plan is not None:
            mine = self.actor.rows(Plan.objects.filter(pk=plan.pk), PLAN_VIEW).exists()
            title = plan.title if mine else __("a plan of another organisation")
            raise SameContent(SameContent.message % {"title": title}, plan=plan.pk if mine else None)
        waiting = self.actor.rows(
            PlanImport.objects.filter(same, status__in=IN_PROGRESS), PLAN_IMPORT
        ).first()
        if waiting is not None:
            raise SameContent(
                __(
                    "Exactly this text is being imported already: “%(title)s”. Go on there, or tick “Import it again”."
                )
                % {"title": waiting.name},
                plan_import=waiting.pk,
            )

    def perform(self) -> PlanImport:
        """Keep the file and the text."""
        name = self.name or files.safe_name(self.filename) if self.filename else self.name
        if not name:
            name = next(
                (line.strip(" #*") for line in self.source.text.splitlines() if line.strip(" #*")), ""
            )
        row = PlanImport(
            name=name[:200],
            region=self.region,
            year=self.year,
            source_kind=self.source.kind,
            text_sha256=self.source.sha256,
            length=len(self.source.text),
            owner=self.actor.user,
        )
        row.save()
        # A person whose rights do not reach this place would never see the import again.
        if not self.actor.rows(PlanImport.objects.filter(pk=row.pk), PLAN_IMPORT).exists():
            raise Invalid(fields={"region": __("Your rights do not reach this place.")})
        if self.data is not None:
            row.attachment = files.store(
                self.data, self.filename, actor=self.actor, target=row, allowed=reader.ENDINGS
            )
            row.save(update_fields=["attachment"])
        ImportContent.objects.create(plan_import=row, text=self.source.text)
        self.log(
            row,
            after={
                "name": row.name,
                "place": str(self.region),
                "length": row.length,
                "sha256": row.text_sha256,
                "kind": row.source_kind,
                "notes": list(self.source.notes),
            },
        )
        return row


class _OnImport(Action[Any]):
    """What all steps share: the row under the right, and the states in which the step is possible."""

    permission = PLAN_IMPORT
    states: frozenset[str] = OPEN_FOR_CORRECTION

    def __init__(self, actor: Actor, row: PlanImport, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def subject(self) -> PlanImport:
        """The import."""
        return self.row

    def check(self) -> None:
        """Refuse imports of others."""
        super().check()
        self.check_row(self.row)

    def lock(self) -> PlanImport:
        """The row as it is now, held until the end of the transaction.

        Raises
        ------
        WrongStep
            If somebody has confirmed, discarded or withdrawn it in the meantime.
        """
        row = PlanImport.objects.select_for_update().get(pk=self.row.pk)
        if row.status not in self.states:
            raise WrongStep
        self.row = row
        return row

    def step(self, row: PlanImport, status: str) -> None:
        """Move to another state, if the table of steps allows it."""
        if status not in IMPORT_STEPS[row.status]:
            raise WrongStep
        row.status = status

    def done(self, row: PlanImport) -> None:
        """Count the change."""
        row.version += 1
        row.save()


class ReadImport(_OnImport):
    """Read the text into a draft; done by the worker where the text is long."""

    code = "plans.import.read"
    states = frozenset({ImportStatus.UPLOADED})

    def validate(self) -> None:
        """Read, outside of the transaction."""
        super().validate()
        if PlanImport.objects.get(pk=self.row.pk).status != ImportStatus.UPLOADED:
            raise WrongStep
        text = ImportContent.objects.only("text").get(pk=self.row.pk).text
        self.draft = reader.read(text)

    def perform(self) -> PlanImport:
        """Keep reading, draft and warnings; map the units whose names are known exactly."""
        row = self.lock()
        draft = self.draft
        ImportContent.objects.filter(pk=row.pk).update(reading=draft, draft=draft)
        ReadingWarning.objects.bulk_create(
            (
                ReadingWarning(
                    plan_import=row,
                    order=order,
                    code=item["code"][:60],
                    message=ledger.cut(item["message"], 600),
                    span_start=item["span"][0],
                    span_end=item["span"][1],
                )
                for order, item in enumerate([*draft["warnings"], *_own_warnings(draft)])
            ),
            batch_size=ledger.BATCH,
        )
        row.mapping = mapping.automatic(drafts.unit_names(draft), row.region)
        if row.year is None:
            row.year = _year(draft)
        row.error = row.error_code = ""
        self.step(row, ImportStatus.READ)
        self.done(row)
        self.log(row, after=_counts(draft))
        return row


def _own_warnings(draft: drafts.Draft) -> list[dict[str, Any]]:
    """What the page must say although the reader has no place for it."""
    found = []
    if not draft["tasks"]:
        found.append(
            {
                "code": "no_tasks",
                "message": __(
                    "No task with responsible units was found. Check whether this is an action plan; "
                    "tasks can be added by hand."
                ),
                "span": [0, 0],
            }
        )
    if not draft["meta"]["title"]:
        found.append(
            {"code": "no_title", "message": __("No title was found. Enter it by hand."), "span": [0, 0]}
        )
    known = {item["code"] for item in draft["warnings"]}
    return [item for item in found if item["code"] not in known]


def _year(draft: drafts.Draft) -> int | None:
    for text in (draft["meta"]["title"], *(item["title"] for item in draft["documents"])):
        digits = "".join(sign if sign.isascii() and sign.isdigit() else " " for sign in str(text)).split()
        years = [int(part) for part in digits if len(part) == 4 and 1990 <= int(part) <= 2100]
        if years:
            return years[0]
    issued = drafts.day(draft["meta"]["issued_on"])
    return issued.year if issued else None


def _counts(draft: drafts.Draft) -> dict[str, int]:
    counts = {listed: len(drafts.kept(draft, kind)) for kind, (listed, _prefix) in drafts.KINDS.items()}
    return {**counts, "warnings": len(draft["warnings"])}


def start_reading(actor: Actor, row: PlanImport) -> PlanImport:
    """Read at once, or let the worker do it where the text is long."""
    if row.length < reader.BACKGROUND_FROM:
        read: PlanImport = ReadImport(actor, row).execute()
        return read
    job = jobs.start("plans.read", {"plan_import": row.pk}, __("Read “%(name)s”") % {"name": row.name}, actor)
    PlanImport.objects.filter(pk=row.pk).update(job=job)
    row.refresh_from_db()
    return row


class DecideWarning(Action[ReadingWarning]):
    """Say what becomes of something that the reader could not decide."""

    code = "plans.import.decide"
    permission = PLAN_IMPORT

    def __init__(self, actor: Actor, warning: ReadingWarning, decision: str, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.warning, self.decision = warning, decision

    def subject(self) -> ReadingWarning:
        """The warning."""
        return self.warning

    def check(self) -> None:
        """Refuse warnings of others."""
        super().check()
        self.check_row(self.warning)

    def validate(self) -> None:
        """Refuse what is no decision."""
        super().validate()
        if self.decision not in Decision.values:
            raise Invalid(fields={"decision": __("Choose what becomes of this warning.")})

    def perform(self) -> ReadingWarning:
        """Keep the decision with name and time."""
        warning = ReadingWarning.objects.select_for_update().get(pk=self.warning.pk)
        again = self.decision == Decision.OPEN
        changed = self.save(
            warning,
            decision=self.decision,
            note=self.reason[:300],
            decided_by=None if again else self.actor.user,
            decided_at=None if again else timezone.now(),
        )
        self.unchanged = not changed
        return warning


class _OnDraft(_OnImport):
    """Steps that change the draft; entries carry a version of their own, so that two people can work on one import."""

    def __init__(self, actor: Actor, row: PlanImport, kind: str, *, reason: str = "") -> None:
        super().__init__(actor, row, reason=reason)
        if kind not in drafts.KINDS:
            raise NotFound
        self.kind = kind

    def content(self) -> ImportContent:
        """The draft, held until the end of the transaction."""
        return ImportContent.objects.select_for_update().get(pk=self.row.pk)

    def label(self, entry: Mapping[str, Any]) -> str:
        """How the log calls an entry of the draft."""
        named = (
            entry.get("title") or entry.get("indicator") or entry.get("what") or entry.get("problem") or ""
        )
        return f"{self.row.name} · {entry.get('number') or entry.get('key', '')} {named}"[:200]

    def keep(self, content: ImportContent, row: PlanImport) -> None:
        """Write the draft; what is corrected has to be mapped anew where it names other units."""
        content.save(update_fields=["draft"])
        if row.status == ImportStatus.MAPPED and self.kind == "task":
            names = drafts.unit_names(content.draft)
            fresh = mapping.automatic(
                {name: names[name] for name in names if name not in row.mapping}, row.region
            )
            row.mapping.update(fresh)
            if any(name not in row.mapping for name in names):
                self.step(row, ImportStatus.READ)
        elif self.kind == "task":
            names = drafts.unit_names(content.draft)
            row.mapping.update(
                mapping.automatic(
                    {name: names[name] for name in names if name not in row.mapping}, row.region
                )
            )
        self.done(row)


class EditEntry(_OnDraft):
    """Correct what was read, before it enters the ledger.

    Parameters
    ----------
    version
        The version of the entry that the person saw; None does not ask.
    """

    code = "plans.import.edit"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        row: PlanImport,
        kind: str,
        key: str,
        changes: Mapping[str, Any],
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, kind, reason=reason)
        self.key, self.changes, self.version = key, changes, version

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        self.clean = values.clean(self.kind, self.changes)

    def perform(self) -> dict[str, Any]:
        """Change the entry and log the difference."""
        row, content = self.lock(), self.content()
        entry = drafts.find(content.draft, self.kind, self.key)
        if entry is None:
            raise NotFound
        before, after = values.difference(entry, self.clean)
        _refuse_stale(self.version, entry.get("version", 1), before, after)
        if not after:
            self.unchanged = True
            return entry
        entry.update(copy.deepcopy(self.clean))
        entry["edited"] = True
        entry["version"] = entry.get("version", 1) + 1
        self.keep(content, row)
        self.log(row, before=before, after=after, label=self.label(entry))
        return entry


def _refuse_stale(seen: int | None, current: int, before: dict[str, str], after: dict[str, str]) -> None:
    if seen is not None and seen != current:
        raise EditConflict({name: (after[name], before.get(name, "")) for name in after}, current)


class AddEntry(_OnDraft):
    """Add a task, target, duty or sanction that the reader did not find."""

    code = "plans.import.add"
    needs_reason = True

    def __init__(
        self, actor: Actor, row: PlanImport, kind: str, entry: Mapping[str, Any], *, reason: str = ""
    ) -> None:
        super().__init__(actor, row, kind, reason=reason)
        self.entry = entry

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        self.clean = values.clean(self.kind, {**dict.fromkeys(values.REQUIRED[self.kind], ""), **self.entry})

    def perform(self) -> dict[str, Any]:
        """Put it at the end of its list."""
        row, content = self.lock(), self.content()
        entry = {**drafts.blank(self.kind), **self.clean, "key": drafts.next_key(content.draft, self.kind)}
        content.draft[drafts.KINDS[self.kind][0]].append(entry)
        self.keep(content, row)
        self.log(row, after=values.in_words(self.clean), label=self.label(entry))
        return entry


class RemoveEntry(_OnDraft):
    """Leave an entry out of the ledger, or take it in again; the reading keeps it."""

    code = "plans.import.remove"
    needs_reason = True

    def __init__(
        self, actor: Actor, row: PlanImport, kind: str, key: str, *, removed: bool = True, reason: str = ""
    ) -> None:
        super().__init__(actor, row, kind, reason=reason)
        self.key, self.removed = key, removed

    def perform(self) -> dict[str, Any]:
        """Set the mark."""
        row, content = self.lock(), self.content()
        entry = drafts.find(content.draft, self.kind, self.key)
        if entry is None:
            raise NotFound
        if entry["removed"] == self.removed:
            self.unchanged = True
            return entry
        entry["removed"] = self.removed
        self.keep(content, row)
        self.log(
            row,
            before={"removed": not self.removed},
            after={"removed": self.removed},
            label=self.label(entry),
        )
        return entry


class EditMeta(_OnImport):
    """Correct title, issuer, number and dates of the plan before it enters the ledger."""

    code = "plans.import.edit_head"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        row: PlanImport,
        changes: Mapping[str, Any],
        *,
        year: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.changes, self.year = changes, year

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        self.clean = clean_head(self.changes)

    def perform(self) -> dict[str, Any]:
        """Change the head and log the difference."""
        row = self.lock()
        content = ImportContent.objects.select_for_update().get(pk=row.pk)
        meta = content.draft["meta"]
        before, after = values.difference(
            {**meta, "year": row.year}, {**self.clean, "year": self.year or row.year}
        )
        if not after:
            self.unchanged = True
            return dict(meta)
        meta.update({**self.clean, "edited": True})
        content.save(update_fields=["draft"])
        row.year = self.year or row.year
        self.done(row)
        self.log(row, before=before, after=after)
        return dict(meta)


def clean_head(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Check the head of a plan; raises :class:`Invalid`."""
    lengths = {"title": 200, "issuer": 120, "document_number": 80, "filing_deadline": 80}
    errors: dict[str, Any] = {}
    clean: dict[str, Any] = {}
    for name, value in changes.items():
        if name in lengths:
            clean[name] = str(value or "").replace("\x00", "").strip()
            if len(clean[name]) > lengths[name]:
                errors[name] = __("At most %(count)s characters.") % {"count": lengths[name]}
        elif name in {"issued_on", "starts_on", "ends_on"}:
            day = drafts.day(value)
            if value and day is None:
                errors[name] = __("“%(value)s” is not a date.") % {"value": value}
            clean[name] = day.isoformat() if day else None
        elif name == "copied_to":
            listed = value if isinstance(value, list) else []
            clean[name] = [str(item).strip()[:120] for item in listed if str(item).strip()][:100]
        else:
            errors[name] = __("There is no such field.")
    if clean.get("starts_on") and clean.get("ends_on") and clean["starts_on"] > clean["ends_on"]:
        errors["ends_on"] = __("A period cannot end before it begins.")
    if "title" in clean and not clean["title"]:
        errors["title"] = __("This field must not be empty.")
    if errors:
        raise Invalid(fields=errors)
    return clean


class MapUnits(_OnImport):
    """Say which organisations the names in the plan mean.

    Parameters
    ----------
    choices
        name → keys of organisations; an empty list keeps the name without an organisation.
    finish
        Whether the step is done; names that nobody decided are then kept as names.
    """

    code = "plans.import.map"

    def __init__(
        self,
        actor: Actor,
        row: PlanImport,
        choices: Mapping[str, list[int]],
        *,
        finish: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.choices, self.finish = choices, finish

    def validate(self) -> None:
        """Refuse organisations that are not there or not to be seen."""
        super().validate()
        keys = {key for chosen in self.choices.values() for key in chosen}
        seen = self.actor.rows(Organisation.objects.filter(pk__in=keys), "core.organisation.view")
        missing = keys - set(seen.values_list("pk", flat=True))
        if missing:
            names = [name for name, chosen in self.choices.items() if missing & set(chosen)]
            raise Invalid(
                __("Unknown organisation for: %(names)s") % {"names": "、".join(names)},
                fields={"mapping": __("Choose organisations that exist and that you may see.")},
            )

    def perform(self) -> PlanImport:
        """Keep the choices."""
        row = self.lock()
        content = ImportContent.objects.only("draft").get(pk=row.pk)
        names = drafts.unit_names(content.draft)
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name, keys in self.choices.items():
            if name not in names:
                continue
            old = row.mapping.get(name)
            new = mapping.chosen(keys, collective=mapping.is_collective(name) or len(keys) > 1)
            if old is None or old.get("organisations", []) != new.get("organisations", []):
                before[name] = (old or {}).get("organisations")
                after[name] = new.get("organisations")
                row.mapping[name] = new
            elif old.get("how") != "picked":
                row.mapping[name] = {**old, "how": old.get("how", "picked")}
        if self.finish:
            for name in names:
                row.mapping.setdefault(name, mapping.chosen([], collective=mapping.is_collective(name)))
            if row.status != ImportStatus.MAPPED:
                self.step(row, ImportStatus.MAPPED)
                after["status"] = ImportStatus.MAPPED
        if not after:
            self.unchanged = True
            return row
        self.done(row)
        self.log(row, before=before or None, after=after)
        return row


class CreateMissingUnits(_OnImport):
    """Create an organisation for every name that nobody has decided, and map the names to them.

    Parameters
    ----------
    names
        Only these; by default all that are undecided, without the collective names.
    """

    code = "plans.import.create_units"

    def __init__(
        self, actor: Actor, row: PlanImport, names: list[str] | None = None, *, reason: str = ""
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.names = names

    def perform(self) -> list[Organisation]:
        """Create through the foundation's own action, which asks for its own right."""
        row = self.lock()
        content = ImportContent.objects.only("draft").get(pk=row.pk)
        wanted = mapping.missing(drafts.unit_names(content.draft), row.mapping)
        if self.names is not None:
            wanted = [name for name in wanted if name in set(self.names)]
        if not wanted:
            self.unchanged = True
            return []
        made = mapping.create(self.actor, wanted, row.region)
        for name, organisation in made.items():
            row.mapping[name] = {"organisations": [organisation.pk], "collective": False, "how": "created"}
        # Several names may have waited for an organisation that now exists (各镇 for its towns).
        names = drafts.unit_names(content.draft)
        row.mapping.update(
            mapping.automatic({name: names[name] for name in names if name not in row.mapping}, row.region)
        )
        self.done(row)
        self.log(row, after={"created": list(made)})
        return list(made.values())


def refuse_open_warnings(row: PlanImport, *, allowed: bool) -> int:
    """How many warnings nobody has decided.

    Raises
    ------
    StillOpen
        If there are any and they may not go along.
    """
    open_warnings = row.warnings.filter(decision=Decision.OPEN).count()
    if open_warnings and not allowed:
        raise StillOpen(
            ngettext(
                "%(count)s warning is not decided yet. Decide it, or confirm that it goes along undecided.",
                "%(count)s warnings are not decided yet. Decide them, or confirm that they go along undecided.",
                open_warnings,
            )
            % {"count": open_warnings},
            fields={"with_open_warnings": __("Tick this to take the open warnings along.")},
        )
    return open_warnings


class ConfirmImport(_OnImport):
    """Write the draft into the ledger in one go.

    Parameters
    ----------
    with_open_warnings
        Whether warnings that nobody has decided may go along; they stay with the plan.
    """

    code = "plans.import.confirm"
    #: what the text was said to be to a plan in the ledger; empty for a plan of its own
    mode: ClassVar[str] = ""

    def __init__(
        self, actor: Actor, row: PlanImport, *, with_open_warnings: bool = False, reason: str = ""
    ) -> None:
        super().__init__(actor, row, reason=reason)
        self.with_open_warnings = with_open_warnings

    def perform(self) -> Plan:
        """Write plan, text, headings, tasks, targets, duties and sanctions."""
        row = self.lock()
        open_warnings = refuse_open_warnings(row, allowed=self.with_open_warnings)
        content = ImportContent.objects.get(pk=row.pk)
        draft: drafts.Draft = content.draft or {}
        meta = draft["meta"]
        if (draft.get("revision") or {}).get("mode", "") != self.mode:
            raise WrongStep(
                __("This was said to be a newer text of a plan in the ledger. Compare it with that plan first.")
            )
        plan = Plan(
            title=ledger.cut(meta["title"] or row.name, 200),
            issuer=ledger.cut(meta["issuer"], 120),
            issuer_organisation_id=mapping.one(meta["issuer"], row.region),
            document_number=ledger.cut(meta["document_number"], 80),
            issued_on=drafts.day(meta["issued_on"]),
            filing_deadline=ledger.cut(meta["filing_deadline"], 80),
            copied_to=meta["copied_to"],
            region=row.region,
            year=row.year,
            status=PlanStatus.ACTIVE,
            attachment=row.attachment,
            text_sha256=row.text_sha256,
            spans=meta["spans"],
            created_by=row.owner or self.actor.user,
        )
        plan.save()
        PlanText.objects.create(plan=plan, content=content.text)
        counts = ledger.write(plan, draft, mapping.known(row.mapping))
        if row.attachment is not None:
            # From now on whoever sees the plan sees its file.
            attachment = Attachment.objects.get(pk=row.attachment_id)
            attachment.target = plan
            attachment.save(update_fields=["content_type", "object_id"])
        row.warnings.update(plan=plan)
        row.plan = plan
        self.step(row, ImportStatus.CONFIRMED)
        self.done(row)
        self.log(row, after={"plan": plan.pk, **counts})
        self.log(
            plan,
            action="plans.plan.create",
            after={"title": plan.title, "import": row.pk, "open_warnings": open_warnings, **counts},
        )
        self._tell(plan)
        return plan

    def _tell(self, plan: Plan) -> None:
        from lantian.apps.core.models import Grant, Role

        roles = [role.pk for role in Role.objects.all() if TASK_VIEW in role.permissions]
        grants = Grant.objects.holding_on(timezone.localdate()).filter(role__in=roles)
        users = User.objects.filter(
            pk__in=grants.values("user"),
            organisation__in=plan.parties.values("organisation"),
            is_active=True,
        )
        if self.actor.user is not None:
            users = users.exclude(pk=self.actor.user.pk)
        try:
            url = reverse("plans:plan", args=[plan.pk])
        except NoReverseMatch:  # the foundation alone, without pages
            url = ""
        self.notify(users, "plans.plan", __("New plan: %(title)s") % {"title": plan.title}, url=url)


class DiscardImport(_OnImport):
    """Give an import up before it has entered the ledger."""

    code = "plans.import.discard"
    states = IN_PROGRESS

    def perform(self) -> PlanImport:
        """Close it and take its file away."""
        row = self.lock()
        before = row.status
        self.step(row, ImportStatus.DISCARDED)
        if row.attachment is not None:
            Attachment.objects.filter(pk=row.attachment_id).update(removed_at=timezone.now())
        self.done(row)
        self.log(row, before={"status": before}, after={"status": row.status})
        return row
