"""A watched folder: complete files are imported and moved to ``done`` or ``failed``, with a report beside each.

A file counts as complete when its size and time have not changed between two looks. It stays where it is while it is
imported, so that a run that breaks off finds it again and goes on with it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.air import lake
from lantian.apps.air.doors import reading, whole
from lantian.apps.air.models import Door
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError
from lantian.rules.air.doors.layout import Choices

logger = logging.getLogger(__name__)
DONE, FAILED, SEEN = "done", "failed", ".lantian-seen.json"
_ENDINGS = {".csv", ".txt", ".gz", ".xlsx", ".xls", ".et", ".ods"}


class Folder:
    """A folder that is watched.

    Parameters
    ----------
    now
        Gives the time.
    choices
        What holds for all files of the folder.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        choices: Choices | None = None,
        actor: Actor | None = None,
    ) -> None:
        self.path, self.now = path, now
        self.choices = choices or Choices()
        self.actor = actor or Actor.system("air folder", via="job")

    def sweep(self) -> list[tuple[str, bool]]:
        """Import what has become complete; names of the files and whether they went in."""
        seen = self._seen()
        here = {file.name: self._mark(file) for file in sorted(self.path.iterdir()) if self._counts(file)}
        found = []
        for name, mark in here.items():
            if mark is not None and seen.get(name) == mark:
                found.append((name, self._take(self.path / name)))
        left = {name: mark for name, mark in here.items() if (self.path / name).exists()}
        self._remember(left)
        return found

    def _take(self, file: Path) -> bool:
        report: dict[str, Any] = {"file": file.name, "at": self.now().isoformat()}
        try:
            source = reading.Source(file, file.name, reading.office_overrides())
            outcome = whole.take(
                source, self.choices, door=Door.FOLDER, actor=self.actor, lake=lake(), now=self.now()
            )
        except CoreError as error:
            if not error.permanent:
                # It stays where it is and is gone on with at the next look.
                logger.warning("%s: %s", file.name, error)
                return False
            report |= {"code": error.code, "error": str(error)}
            for name in ("questions", "preview"):
                if name in error.data:
                    report[name] = error.data[name]
            self._away(file, FAILED, report)
            return False
        row = outcome.delivery
        assert row is not None
        report |= {
            "delivery": row.pk, "repeated": outcome.repeated, "rows": row.rows, "added": row.added,
            "corrected": row.corrected, "same": row.same, "held": row.held, "flagged": row.flagged, "counts": row.counts,
        }  # fmt: skip
        self._away(file, DONE, report)
        return True

    def _away(self, file: Path, where: str, report: dict[str, Any]) -> None:
        """The report first, then the file: a file that has moved has a report."""
        folder = self.path / where
        folder.mkdir(exist_ok=True)
        name, number = file.name, 1
        while (folder / name).exists():
            number += 1
            name = f"{file.name.split('.')[0]}-{number}{''.join(file.suffixes)}"
        text = json.dumps(report, ensure_ascii=False, indent=1)
        (folder / f"{name}.report.json").write_text(text, encoding="utf-8")
        file.replace(folder / name)
        logger.info("%s", __("%(file)s: %(where)s") % {"file": name, "where": where})

    @staticmethod
    def _counts(file: Path) -> bool:
        return file.is_file() and not file.name.startswith((".", "~")) and file.suffix.lower() in _ENDINGS

    @staticmethod
    def _mark(file: Path) -> list[int] | None:
        try:
            told = file.stat()
        except FileNotFoundError:
            return None
        return [told.st_size, told.st_mtime_ns] if told.st_size else None

    def _seen(self) -> dict[str, Any]:
        try:
            found = json.loads((self.path / SEEN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _remember(self, marks: dict[str, Any]) -> None:
        temporary = self.path / f"{SEEN}.new"
        temporary.write_text(json.dumps(marks), encoding="utf-8")
        temporary.replace(self.path / SEEN)
