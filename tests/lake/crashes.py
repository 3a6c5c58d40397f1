"""Processes that die at a chosen moment: right after so many commits, before anything else is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from lantian.lake import commits


class Crash(BaseException):
    """The process is no more; no handler of errors sees it."""


@contextmanager
def crash_after(count: int) -> Iterator[list[int]]:
    """Let so many commits through, and crash after the last of them; gives how many there were."""
    seen = [0]
    commit = commits.conditional

    def counted(*arguments: Any, **named: Any) -> None:
        if count == 0:
            raise Crash
        commit(*arguments, **named)
        seen[0] += 1
        if seen[0] == count:
            raise Crash

    with mock.patch.object(commits, "conditional", counted):
        yield seen


def crashed(count: int, step: Callable[[], object]) -> bool:
    """Run a step that crashes after so many commits; whether it did, or was done before."""
    with crash_after(count):
        try:
            step()
        except Crash:
            return True
    return False
