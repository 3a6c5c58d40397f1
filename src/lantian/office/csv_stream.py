"""CSV files of any length, read and written row by row: plain or gzip, UTF-8, UTF-16 or GB18030.

A file that is written appears under its name only when it is whole.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from lantian.office.errors import CorruptFile, EmptyFile, EncodingUnknown, TooLarge, UnsupportedType

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
#: bytes by which an encoding is told
_SAMPLE = 1_048_576
#: longest cell [characters]
_LONGEST_CELL = 131_072


def _(message_id: str) -> str:
    """Mark a message id for the catalogue."""
    return message_id


class CsvReader:
    """Rows of a CSV file.

    Attributes
    ----------
    encoding
        Encoding of the text.
    marked
        Whether the text begins with a byte order mark, as Excel writes it.
    header
        Cells of the first row.
    """

    def __init__(
        self, raw: IO[bytes], text: IO[str], encoding: str, marked: bool, delimiter: str = ","
    ) -> None:
        self.encoding, self.marked = encoding, marked
        self._raw = raw
        self._reader = csv.reader(text, delimiter=delimiter)
        self._row = 0
        with self._named():
            header = next(self._reader, None)
        if header is None:
            raise EmptyFile(_("The file is empty."))
        self._row = 1
        self.header = header

    def chunks(self, size: int) -> Iterator[tuple[int, list[list[str]]]]:
        """Number of the first row (the header is 1) and up to `size` rows; an empty line is a row without cells."""
        while True:
            with self._named():
                rows = list(islice(self._reader, size))
            if not rows:
                return
            first = self._row + 1
            self._row += len(rows)
            yield first, rows

    def position(self) -> int:
        """Bytes of the file that have been read, compressed or not."""
        return self._raw.tell()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError as error:
            raise EncodingUnknown(
                _(
                    "The text is not in one encoding (%(encoding)s up to row %(row)s). Save the file as UTF-8 and retry."
                ),
                encoding=self.encoding,
                row=self._reader.line_num,
            ) from error
        except csv.Error as error:
            if "field larger" in str(error):
                raise TooLarge(
                    _(
                        "Row %(row)s has a cell of more than %(limit)s characters. Is a quotation mark missing?"
                    ),
                    row=self._reader.line_num,
                    limit=_LONGEST_CELL,
                ) from error
            raise CorruptFile(
                _("Row %(row)s is no CSV: %(error)s."), row=self._reader.line_num, error=str(error)
            ) from error
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CorruptFile(
                _("The compressed file is damaged after row %(row)s (%(error)s)."),
                row=self._reader.line_num,
                error=str(error),
            ) from error


def _encoding(sample: bytes, whole: bool) -> tuple[str, bool]:
    if sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", True
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", True
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            decoder.decode(sample, final=whole)
        except UnicodeDecodeError:
            continue
        return encoding, False
    raise EncodingUnknown(_("The encoding of the text cannot be told. Save the file as UTF-8 and retry."))


@contextmanager
def open_csv(path: Path, *, delimiters: str = ",") -> Iterator[CsvReader]:
    """Open a CSV file, compressed or not; told by its content, not by its name.

    Parameters
    ----------
    delimiters
        Signs that may stand between cells; the one that is the most frequent in the first line does.

    Raises
    ------
    OfficeError
        The file is empty, damaged, no text, or in an unknown encoding.
    OSError
        It cannot be opened.
    """
    with path.open("rb") as raw:
        start = raw.read(4)
        raw.seek(0)
        if start == _ZIP:
            raise UnsupportedType(_("This is no CSV file. Save the table as CSV (UTF-8) and retry."))
        unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if start[:2] == _GZIP else raw
        buffered = io.BufferedReader(cast("Any", unpacked), _SAMPLE) if unpacked is not raw else unpacked
        try:
            sample = buffered.read(_SAMPLE)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CorruptFile(
                _("The compressed file is damaged after row %(row)s (%(error)s)."), row=0, error=str(error)
            ) from error
        encoding, marked = _encoding(sample, len(sample) < _SAMPLE)
        if encoding != "utf-16" and b"\0" in sample:
            raise UnsupportedType(_("This is no CSV file. Save the table as CSV (UTF-8) and retry."))
        stream = io.BufferedReader(cast("Any", _Joined(sample, buffered)), 262_144)
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
        first_line = sample[:65_536].decode(encoding, errors="ignore").partition("\n")[0]
        yield CsvReader(raw, text, encoding, marked, max(delimiters, key=first_line.count))


class _Joined(io.RawIOBase):
    """A sample that has been read, and the rest of its stream."""

    def __init__(self, sample: bytes, rest: IO[bytes]) -> None:
        self._sample: memoryview | None = memoryview(sample)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._sample is not None:
            size = min(len(buffer), len(self._sample))
            buffer[:size] = self._sample[:size]
            self._sample = self._sample[size:] if size < len(self._sample) else None
            if size:
                return size
        data = self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


Write = Callable[[Sequence[Sequence[str]]], None]


@contextmanager
def write_csv(path: Path, *, marked: bool = False) -> Iterator[Write]:
    """A function that writes rows into a CSV file in UTF-8, gzip where its name ends in ``.gz``.

    The file takes its place when everything is written; whatever happens before leaves nothing behind.

    Parameters
    ----------
    marked
        Begin with a byte order mark, by which Excel knows UTF-8.
    """
    if path.exists() and not path.is_file():
        # a pipe or device that somebody named on purpose
        with path.open("wb") as stream, _rows_into(stream, path, marked) as write:
            yield write
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".lantian-")
    try:
        with os.fdopen(handle, "wb") as stream, _rows_into(stream, path, marked) as write:
            yield write
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _rows_into(stream: IO[bytes], path: Path, marked: bool) -> Iterator[Write]:
    packed = path.suffix.lower() == ".gz"
    # The time and name of the moment do not belong into the file: the same table gives the same bytes.
    target = gzip.GzipFile("", "wb", 6, cast("Any", stream), mtime=0) if packed else stream
    text = io.TextIOWrapper(cast("IO[bytes]", target), encoding="utf-8", newline="", write_through=False)
    if marked:
        text.write("\ufeff")
    yield csv.writer(text, lineterminator="\n").writerows
    text.flush()
    text.detach()
    if packed:
        target.close()


def rows_to(stream: IO[str]) -> Write:
    """A function that writes rows as CSV to an open stream."""
    return csv.writer(stream, lineterminator="\n").writerows
