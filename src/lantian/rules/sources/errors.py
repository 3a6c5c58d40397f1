"""What the rules of sources refuse.

::

    SourcesError                anything below; ``code`` is stable, the message says what, where and how to mend
    ├── IdentifierError         a key that cannot be right; ``offer`` is what may have been meant
    ├── UnitError               a unit that is unknown, or of another dimension than is wanted
    ├── InputError              a quantity that cannot be: negative, a share above 1, missing
    ├── FactorError             no factor, several that are equally good, or one whose unit is not settled
    ├── DefinitionError         a field or list of an office that cannot be
    └── BookError               a book that is not sound

A message is an English id with ``%(name)s`` places and what goes into them, so nothing here needs a catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Parameter = str | int
Translate = Callable[[str], str]


def _(message_id: str) -> str:
    """Mark a message id for the catalogue."""
    return message_id


class Message:
    """A sentence in any language: an English id and what goes into its places.

    >>> str(Message("%(count)s rows", count=2))
    '2 rows'
    """

    __slots__ = ("message_id", "params")

    def __init__(self, message_id: str, **params: Parameter | Message) -> None:
        self.message_id = message_id
        self.params: Mapping[str, Parameter | Message] = params

    def text(self, translate: Translate = _) -> str:
        """The sentence; messages in its places are translated, too."""
        filled = {
            name: value.text(translate) if isinstance(value, Message) else value
            for name, value in self.params.items()
        }
        return translate(self.message_id) % filled

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Message({self.text()!r})"


class SourcesError(ValueError):
    """Anything that the rules of sources refuse; ``code`` is stable."""

    def __init__(self, code: str, message: Message) -> None:
        self.code = code
        self.message = message
        super().__init__(str(message))


class IdentifierError(SourcesError):
    """A key that cannot be right; ``offer`` is what may have been meant, or empty."""

    def __init__(self, code: str, message: Message, offer: str = "") -> None:
        super().__init__(code, message)
        self.offer = offer


class UnitError(SourcesError):
    """A unit that is unknown, or of another dimension than is wanted."""


class InputError(SourcesError):
    """A quantity that cannot be; ``field`` names it."""

    def __init__(self, code: str, message: Message, field: str = "") -> None:
        super().__init__(code, message)
        self.field = field


class FactorError(SourcesError):
    """No factor, several that are equally good, or one whose unit is not settled."""


class DefinitionError(SourcesError):
    """A field or list of an office that cannot be."""


class BookError(SourcesError):
    """A book that is not sound; `place` says where in it."""

    def __init__(self, book: str, place: str, problem: str) -> None:
        super().__init__(
            "book", Message(_("%(book)s, %(place)s: %(problem)s"), book=book, place=place, problem=problem)
        )
        self.book, self.place, self.problem = book, place, problem
