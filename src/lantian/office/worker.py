"""A process of its own for reading PDF and Excel files.

The libraries for these formats are native code that reads what strangers upload.  In a process of its own a
crash is an error message, a hang ends with the time limit, memory is bounded, and no two threads share the
PDF library.

The parent calls :func:`call`; the child (``python -m lantian.office.worker JOB LIMITS``) takes the file on
standard input and answers with JSON on standard output.  Answers are plain data: a child that was taken
over by a crafted file cannot make the parent run anything.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from lantian.office import errors
from lantian.office.errors import CorruptFile, OfficeError, TimedOut, TooLarge, _
from lantian.office.limits import Deadline, Limits

#: how much longer than the time limit the child may live to say so itself [s]
_GRACE_SECONDS = 1.0
_OUT_OF_MEMORY = _("Reading the file takes more memory than allowed. Split it.")
ERRORS = {
    value.code: value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, OfficeError) and value is not OfficeError
}


def call(job: str, data: bytes, limits: Limits, deadline: Deadline) -> Any:
    """Run a job on a file in another process.

    Parameters
    ----------
    job
        ``pdf`` or ``sheets``.

    Raises
    ------
    OfficeError
        What the job raised; ``corrupt`` when the process died, ``timeout`` when it took too long.
    """
    settings = json.dumps({**dataclasses.asdict(limits), "seconds": max(0.1, deadline.remaining())})
    source = str(Path(__file__).resolve().parents[2])
    # the child gets no environment of ours (it may hold secrets), only what Python and the loader need
    needed = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
    environment = {name: os.environ[name] for name in needed if name in os.environ}
    environment["PYTHONPATH"] = source
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "lantian.office.worker", job, settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        output, _nothing = process.communicate(data, timeout=deadline.remaining() + _GRACE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TimedOut(seconds=f"{deadline.seconds:g}") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode == -signal.SIGABRT:
        # what native code does when it gets no memory
        raise TooLarge(_OUT_OF_MEMORY)
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise CorruptFile from error
    if "error" in answer:
        failure = answer["error"]
        if failure["code"] == TimedOut.code:
            raise TimedOut(seconds=f"{deadline.seconds:g}")
        raise ERRORS.get(failure["code"], CorruptFile)(failure["message_id"], **failure["params"])
    return answer["result"]


def _run(job: str, data: bytes, limits: Limits) -> Any:
    deadline = Deadline(limits.seconds)
    if job == "pdf":
        from lantian.office.pdf_text import pdf_text

        return dataclasses.asdict(pdf_text(data, limits, deadline))
    from lantian.office.calamine_reader import read_workbook

    return read_workbook(data, limits, deadline)


def bound_memory(size: int) -> None:
    """Let this process have no more address space than this [byte]; where the system knows such a limit."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Entry of the child process."""
    job, settings = sys.argv[1:3]
    limits = Limits(**json.loads(settings))
    data = sys.stdin.buffer.read()
    bound_memory(limits.worker_memory_bytes)
    answer: dict[str, Any]
    try:
        answer = {"result": _run(job, data, limits)}
    except OfficeError as error:
        answer = {"error": {"code": error.code, "message_id": error.message_id, "params": dict(error.params)}}
    except MemoryError:
        answer = {"error": {"code": TooLarge.code, "message_id": _OUT_OF_MEMORY, "params": {}}}
    json.dump(answer, sys.stdout, ensure_ascii=True)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
