"""What can go wrong with the lake.

LakeError
├── PlaceUnusable   a root that cannot be used
├── RowsRefused     rows that do not fit the table: unknown or missing columns, empty or repeated keys, a wrong month
├── KeysUnknown     a correction of rows that are not there
├── SchemaRefused   columns that cannot become what is asked, or a table that a newer version has written
├── StorageFailed   the disk or the object storage did not do what was asked (temporary)
├── Busy            another writer did not let go in time (temporary)
└── Conflict        other writers were faster each time (temporary)
"""

from __future__ import annotations


class LakeError(Exception):
    """Anything that the lake refuses; ``code`` is stable, ``temporary`` says whether trying again can help."""

    code = "lake"
    temporary = False


class PlaceUnusable(LakeError):
    """The root of a lake cannot be used."""

    code = "place_unusable"


class RowsRefused(LakeError):
    """Rows that do not fit the table; nothing was written."""

    code = "rows_refused"


class KeysUnknown(LakeError):
    """A correction of rows that are not there; nothing was written."""

    code = "keys_unknown"


class SchemaRefused(LakeError):
    """Columns that cannot become what is asked, or a table written by a newer version."""

    code = "schema_refused"


class StorageFailed(LakeError):
    """The disk or the object storage did not do what was asked; what was committed before stands."""

    code = "storage_failed"
    temporary = True


class Busy(LakeError):
    """Another writer of the same table did not let go in time."""

    code = "busy"
    temporary = True


class Conflict(LakeError):
    """Other writers of the same table were faster, again and again."""

    code = "conflict"
    temporary = True
