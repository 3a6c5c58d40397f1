"""What the grid, the allocation and the files of an inventory refuse; codes are stable.

::

    SourcesError            see lantian.rules.sources.errors
    ├── GridError           a system of coordinates, a box or a size of cells that cannot be
    ├── OutlineError        an outline or a proxy that cannot be used
    ├── SeriesError         an hourly series that cannot be used
    └── ExportError         a file that cannot be written or continued
"""

from __future__ import annotations

from lantian.rules.sources.errors import SourcesError


class GridError(SourcesError):
    """A system of coordinates, a box or a size of cells that cannot be."""


class OutlineError(SourcesError):
    """An outline or a proxy that cannot be used."""


class SeriesError(SourcesError):
    """An hourly series that cannot be used."""


class ExportError(SourcesError):
    """A file that cannot be written or continued."""
