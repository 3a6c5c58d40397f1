"""What the room of sources keeps."""

from lantian.apps.sources.models.admission import Project
from lantian.apps.sources.models.duplicates import DuplicatePair, Merge
from lantian.apps.sources.models.grades import Grade, Subsidy
from lantian.apps.sources.models.imports import StagedImport, StagedRow, StagedSheet
from lantian.apps.sources.models.inventory import Activity, Emission, InventoryRun, Prepared
from lantian.apps.sources.models.lists import (
    Announcement,
    ListEntry,
    ListVersion,
    OwnField,
    SavedFilter,
    SourceList,
)
from lantian.apps.sources.models.proposals import Proposal
from lantian.apps.sources.models.sources import Revision, Source, SourceKey, Unit

__all__ = [
    "Activity",
    "Announcement",
    "DuplicatePair",
    "Emission",
    "Grade",
    "InventoryRun",
    "ListEntry",
    "ListVersion",
    "Merge",
    "OwnField",
    "Prepared",
    "Project",
    "Proposal",
    "Revision",
    "SavedFilter",
    "Source",
    "SourceKey",
    "SourceList",
    "StagedImport",
    "StagedRow",
    "StagedSheet",
    "Subsidy",
    "Unit",
]
