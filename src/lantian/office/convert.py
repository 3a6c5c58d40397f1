"""Old Word and WPS files made into .docx by LibreOffice, in a process that cannot outlive its time."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from lantian.office.errors import ConverterMissing, CorruptFile, EmptyFile, TimedOut, TooLarge
from lantian.office.limits import Deadline, Limits, size_text

#: no macros, no objects that start programs, no pictures or links fetched from elsewhere
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel"
oor:op="fuse"> <value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent"
 oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def find_converter() -> str | None:
    """Path of LibreOffice's program; None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_docx(
    data: bytes, kind: str, limits: Limits, deadline: Deadline, *, converter: str | None = None
) -> bytes:
    """Convert a .doc, .wps, .rtf or .odt file to .docx.

    Parameters
    ----------
    kind
        ``doc``, ``rtf`` or ``odt``; what the file really is, not what it is called.
    converter
        Path of LibreOffice's program; looked for where it is left out.

    Raises
    ------
    ConverterMissing
        LibreOffice is not installed.
    TimedOut
        The conversion took longer than ``limits.converter_seconds``.
    CorruptFile
        LibreOffice could not read the file.
    """
    program = converter or find_converter()
    if program is None:
        raise ConverterMissing(kind="." + kind)
    with tempfile.TemporaryDirectory(prefix="lantian-convert-", ignore_cleanup_errors=True) as folder:
        room = Path(folder)
        user = room / "profile" / "user"
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        source = room / f"document.{kind}"
        source.write_bytes(data)
        output = room / "out"
        _run(
            [
                program,
                f"-env:UserInstallation={(room / 'profile').as_uri()}",
                "--headless", "--invisible", "--norestore", "--nodefault", "--nolockcheck", "--nologo",
                "--convert-to", "docx:MS Word 2007 XML",
                "--outdir", str(output),
                str(source),
            ],
            room,
            deadline,
        )  # fmt: skip
        converted = output / "document.docx"
        if not converted.is_file():
            raise CorruptFile
        if converted.stat().st_size > limits.file_bytes:
            raise TooLarge(limit=size_text(limits.file_bytes))
        content = converted.read_bytes()
    if not content:
        raise EmptyFile
    return content


def _run(command: list[str], room: Path, deadline: Deadline) -> None:
    """Run a command in its own process group; the whole group ends with the time."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(room),
        "TMPDIR": str(room),
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=room,
        env=environment,
        start_new_session=True,
    )
    try:
        process.wait(timeout=deadline.remaining())
    except subprocess.TimeoutExpired as error:
        raise TimedOut(seconds=f"{deadline.seconds:g}") from error
    finally:
        # soffice is a script around the real program: end the group, whether or not the script is still there
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
