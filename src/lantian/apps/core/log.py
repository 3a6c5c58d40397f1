"""Writing and checking the action log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from lantian.apps.core.models.log import LogChain, LogEntry, LogResult

if TYPE_CHECKING:
    from lantian.apps.core.actions import Actor

GENESIS = "0" * 64
#: Never written to the log, whatever model they stand in.
SECRET_FIELDS = frozenset({"password", "password_history", "digest", "session_key", "path", "depth"})
MAX_TEXT = 2000


def snapshot(instance: models.Model, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """The stored values of a row, as JSON; secrets are left out and long texts are cut.

    Parameters
    ----------
    instance
        A saved row.
    fields
        Names of fields; all concrete ones by default.
    """
    wanted = set(fields) if fields is not None else None
    values: dict[str, Any] = {}
    for field in instance._meta.concrete_fields:
        if field.name in SECRET_FIELDS or (wanted is not None and field.name not in wanted):
            continue
        if getattr(field, "auto_now", False):
            continue
        value = field.value_from_object(instance)
        if isinstance(value, str) and len(value) > MAX_TEXT:
            value = f"{value[:MAX_TEXT]}… ({len(value)})"
        values[field.name] = value
    result: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False))
    return result


def changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {key: before.get(key) for key in keys}, {key: after.get(key) for key in keys}


def digest(previous: str, entry: LogEntry) -> str:
    """The hash of an entry over its content and the hash before it."""
    content = [
        previous,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.action,
        entry.result,
        entry.user_id,
        entry.actor,
        entry.organisation_id,
        entry.organisation_name,
        entry.ip,
        entry.via,
        entry.object_type,
        entry.object_id,
        entry.object_label,
        entry.before,
        entry.after,
        entry.reason,
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return hashlib.sha256(text.encode()).hexdigest()


def append(entries: Iterable[LogEntry]) -> None:
    """Chain entries to the log; writers queue at the head of the chain."""
    with transaction.atomic():
        chain = LogChain.objects.select_for_update().filter(pk=1).first()
        if chain is None:
            LogChain.objects.get_or_create(pk=1, defaults={"head": GENESIS, "length": 0})
            chain = LogChain.objects.select_for_update().get(pk=1)
        listed = list(entries)
        for entry in listed:
            entry.previous_hash = chain.head
            entry.hash = chain.head = digest(chain.head, entry)
            chain.length += 1
        # In the order of the chain, so that their keys follow it.
        LogEntry.objects.bulk_create(listed, batch_size=500)
        chain.save()


def entry(
    actor: Actor,
    action: str,
    *,
    subject: models.Model | None = None,
    label: str = "",
    before: Any = None,
    after: Any = None,
    reason: str = "",
    result: str = LogResult.DONE,
    at: datetime | None = None,
) -> LogEntry:
    """Make an entry that has not been chained yet."""
    user = actor.user
    organisation = user.organisation if user is not None else None
    # JSON as the database will give it back, so that the hash can be checked later.
    plain = json.loads(json.dumps([before, after], cls=DjangoJSONEncoder, ensure_ascii=False))
    return LogEntry(
        at=at or timezone.now(),
        action=action,
        result=result,
        user=user if user is not None and user.pk else None,
        actor=(user.display_name if user is not None else actor.name)[:80],
        organisation=organisation,
        organisation_name=organisation.name if organisation is not None else "",
        ip=actor.ip,
        via=actor.via,
        object_type=subject._meta.label_lower if subject is not None else "",
        object_id=str(subject.pk) if subject is not None and subject.pk else "",
        object_label=(label or (str(subject) if subject is not None else ""))[:200],
        before=plain[0],
        after=plain[1],
        reason=reason[:500],
    )


def verify(batch: int = 2000) -> Iterator[tuple[int, str]]:
    """Walk the whole chain and yield ``(id, problem)`` for each entry that was changed, removed or slipped in."""
    previous, count = GENESIS, 0
    for row in LogEntry.objects.order_by("id").iterator(chunk_size=batch):
        count += 1
        if row.previous_hash != previous:
            yield row.pk, "gap"
        if digest(row.previous_hash, row) != row.hash:
            yield row.pk, "changed"
        previous = row.hash
    chain = LogChain.objects.filter(pk=1).first()
    if chain is not None and (chain.head != previous or chain.length != count):
        yield 0, "end"
