"""Where a lake lies: a folder of this machine or an address of object storage, and who may write there now."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lantian.lake.errors import Busy, PlaceUnusable

#: What the libraries below take for patterns or for parts of an address.
_UNUSABLE = frozenset("[]{}*?#%\\'\"\n\r\0")
#: Kinds of object storage that the libraries below know.
PROTOCOLS = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")
LOCKS = ".locks"
#: How folders begin into which an engine spills what does not fit into its memory.
SPILL = "spill-"


class Place:
    """The root of a lake.

    Parameters
    ----------
    root
        A folder, or an address such as ``s3://bucket/prefix``.
    options
        Options of the object storage as ``deltalake`` names them (``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID`` …).

    Raises
    ------
    PlaceUnusable
        If the address holds signs that would be taken for a pattern, or names a storage that is not known.
    """

    def __init__(self, root: str, options: Mapping[str, str] | None = None) -> None:
        self.remote = "://" in root
        if root.startswith("file://"):
            self.remote, root = False, root.removeprefix("file://")
        self.root = root.rstrip("/") if self.remote else str(Path(root).expanduser().absolute())
        if self.remote and self.protocol not in PROTOCOLS:
            raise PlaceUnusable(
                f"The lake cannot lie at {self.protocol}://…: no such storage is known."
                f" Name a folder, or an address that begins with one of {', '.join(PROTOCOLS)}."
            )
        self.options: dict[str, str] | None = dict(options) if options else None
        if found := sorted(set(self.root) & _UNUSABLE):
            raise PlaceUnusable(
                f"The lake cannot lie at {root!r}: its address must not hold {' '.join(found)!r}. Choose another folder."
            )

    @property
    def protocol(self) -> str:
        """``file``, or the kind of object storage."""
        return self.root.split("://")[0] if self.remote else "file"

    def uri(self, name: str, path: str = "") -> str:
        """The address of a table, or of a file of it."""
        return f"{self.root}/{name}/{path}" if path else f"{self.root}/{name}"

    @contextmanager
    def writing(self, name: str, patience: float) -> Iterator[None]:
        """Hold the only right to write a table and what stands beside it.

        The lock ends with the process, however that ends. Object storage knows no locks: there every commit is
        conditional on the version that was read (see :mod:`lantian.lake.commits`), and this does nothing.

        Raises
        ------
        Busy
            If another process or thread does not let go within `patience` [s].
        """
        if self.remote:
            yield
            return
        folder = Path(self.root) / LOCKS
        folder.mkdir(parents=True, exist_ok=True)
        # A lock of the open file, not of the process: threads of one process exclude each other, too.
        handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(handle, name, patience)
            yield
        finally:
            os.close(handle)

    def spill(self) -> Path:
        """Where an engine may put what does not fit into its memory: beside the data, for the system's folder for
        temporary files is often in memory itself."""
        root = Path(self.root)
        if self.remote or not os.access(root, os.W_OK):
            return Path(tempfile.gettempdir())
        folder = root / ".spill"
        folder.mkdir(exist_ok=True)
        return folder

    def filesystem(self) -> Any:
        """The object storage as an fsspec file system, for readers that know only that."""
        import fsspec

        return fsspec.filesystem(self.protocol, **_fsspec_options(self.protocol, self.options or {}))


def _take(handle: int, name: str, patience: float) -> None:
    end = time.monotonic() + patience
    pause = 0.001
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise Busy(
                    f"The table {name} is being written by another process for more than {patience:g} s. Try again later."
                ) from None
            time.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        else:
            return


def _fsspec_options(protocol: str, options: Mapping[str, str]) -> dict[str, Any]:
    """Options of ``deltalake`` as fsspec wants them; those of other storages than S3 have the same names there."""
    if protocol not in ("s3", "s3a"):
        return {key.lower(): value for key, value in options.items()}
    given = {key.lower().removeprefix("aws_"): value for key, value in options.items()}
    client = {
        name: given[key]
        for name, key in (("endpoint_url", "endpoint_url"), ("region_name", "region"))
        if given.get(key)
    }
    if "endpoint_url" not in client and given.get("endpoint"):
        client["endpoint_url"] = given["endpoint"]
    found: dict[str, Any] = {
        name: given[key]
        for name, key in (
            ("key", "access_key_id"),
            ("secret", "secret_access_key"),
            ("token", "session_token"),
        )
        if given.get(key)
    }
    if given.get("skip_signature", "").lower() in ("1", "true"):
        found["anon"] = True
    if given.get("virtual_hosted_style_request", "").lower() in ("1", "true"):
        found["config_kwargs"] = {"s3": {"addressing_style": "virtual"}}
    return {**found, "client_kwargs": client, "use_listings_cache": False, "skip_instance_cache": True}
