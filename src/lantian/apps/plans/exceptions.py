"""Errors of action plans.

CoreError
├── Invalid
│   ├── NothingToRead        neither a file nor a text was handed in                            → 422
│   ├── UnreadableFile       the file cannot be read; ``data["office_code"]`` says why          → 422
│   └── StillOpen            an import is not ready for this step                               → 422
├── TooLarge
│   └── PlanTooLarge         the text is longer than a plan may be                              → 413
├── Conflict
│   ├── EditConflict         somebody else changed the entry; carries both versions             → 409
│   ├── WrongStep            the import has left the state in which this is possible            → 409
│   ├── WorkHangsOnIt        the plan cannot be withdrawn                                       → 409
│   ├── TextMoved            the plan was changed after a newer text had been compared with it  → 409
│   ├── OwnWork              who did the work wants to accept it                                → 409
│   └── SameContent          the text is already there; can be imported again on purpose        → 409
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import Conflict, Invalid, TooLarge


class NothingToRead(Invalid):
    """Neither a file nor a text was handed in."""

    code = "nothing_to_read"
    message = _("Choose a file or paste the text of the plan.")


class UnreadableFile(Invalid):
    """The file cannot be read; what the office reader said is the message."""

    code = "unreadable_file"
    message = _("This file cannot be read. Open it in Word or WPS and paste its text here instead.")


class StillOpen(Invalid):
    """An import is not ready for this step."""

    code = "still_open"
    message = _("This import is not ready for this step yet.")


class PlanTooLarge(TooLarge):
    """The text is longer than a plan may be."""

    code = "too_large"
    message = _("The text is longer than 2 MB. Split it into single plans and import them one by one.")


class EditConflict(Conflict):
    """Somebody else changed the entry in the meantime.

    Attributes
    ----------
    differences
        Field → ``(as you saw or entered it, as it is now)``.
    """

    code = "edit_conflict"
    message = _(
        "Somebody else has changed this entry since you opened it. Both versions are shown below; "
        "decide which values are right and save again."
    )

    def __init__(self, differences: dict[str, tuple[Any, Any]], current_version: int) -> None:
        super().__init__(differences=differences, current_version=current_version)
        self.differences = differences
        self.current_version = current_version


class WrongStep(Conflict):
    """The import has left the state in which this is possible."""

    code = "wrong_step"
    message = _("This import has moved on; load the page again to see where it stands.")


class WorkHangsOnIt(Conflict):
    """The plan cannot be withdrawn, because work hangs on it."""

    code = "work_hangs_on_it"
    permanent = True
    message = _("This plan cannot be withdrawn, because work already hangs on it.")


class TextMoved(Conflict):
    """The plan was changed after a newer text had been compared with it."""

    code = "text_moved"
    message = _(
        "These tasks were changed since you opened the comparison: %(tasks)s. "
        "Nothing has been taken in; look at the comparison again."
    )


class MoreHandedDown(Conflict):
    """A newer text leaves less of an amount than has been handed down of it."""

    code = "more_handed_down"
    message = _(
        "More has been handed down than the newer text leaves: %(amounts)s. Lower the parts first, or take the text in"
        " and say that they will be adjusted."
    )


class OwnWork(Conflict):
    """Who did the work, or asked for the change, cannot decide on it."""

    code = "own_work"
    permanent = True
    message = _("Whoever does the work cannot accept it. Somebody of the campaign office or of supervision has to.")


class SameContent(Conflict):
    """The text has been imported before."""

    code = "same_content"
    permanent = True
    message = _(
        "A plan with exactly this text is already there: “%(title)s”. "
        "Tick “Import it again” if you really want a second one."
    )
