"""What the rules of monitoring refuse, and how they give reasons.

::

    MonitoringError     anything below; ``code`` is stable, the message says what, where and how to mend
    ├── InputError      data that cannot be: arrays of different lengths, a share above 1, a period that ends first
    └── BookError       a rule book or an override that is not sound (the one of the rules of sources)

A :class:`Reason` is no error: it says why a result is what it is, or why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from lantian.rules.sources.errors import BookError, Message, Parameter, Translate, _

__all__ = ["BookError", "InputError", "Message", "MonitoringError", "Parameter", "Reason", "Translate", "_"]


class MonitoringError(ValueError):
    """Anything that the rules of monitoring refuse; ``code`` is stable."""

    def __init__(self, code: str, message: Message) -> None:
        self.code = code
        self.message = message
        super().__init__(str(message))


class InputError(MonitoringError):
    """Data that cannot be judged as they were handed over."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a result is what it is; ``code`` is stable, the message is for people."""

    code: str
    message: Message

    def text(self, translate: Translate = _) -> str:
        """The sentence in a language."""
        return self.message.text(translate)

    def __str__(self) -> str:
        return str(self.message)
