"""What can go wrong before a plan is read.

DocumentError
└── PlanTooLarge   the text is longer than the reader accepts
"""

from __future__ import annotations


class DocumentError(ValueError):
    """A text that cannot be read as a plan; ``code`` is stable."""

    code = "document_error"


class PlanTooLarge(DocumentError):
    """The text is longer than the limit; `size` and `limit` in `unit` (bytes of UTF-8, or lines)."""

    code = "too_large"

    def __init__(self, size: int, limit: int, unit: str = "bytes") -> None:
        super().__init__(
            f"The text has {size} {unit}, more than the {limit} that a plan may have. Split it into its documents."
        )
        self.size = size
        self.limit = limit
        self.unit = unit
