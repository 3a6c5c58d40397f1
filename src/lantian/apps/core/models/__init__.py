"""State of the foundation: places, organisations, people, rights, log, files, notices and jobs."""

from lantian.apps.core.models.access import (
    ApiToken,
    DataScope,
    Grant,
    LoginSession,
    Parameter,
    Role,
    User,
)
from lantian.apps.core.models.files import Attachment
from lantian.apps.core.models.jobs import Job
from lantian.apps.core.models.log import LogChain, LogEntry, LogGuard
from lantian.apps.core.models.notices import Notification
from lantian.apps.core.models.organisations import Organisation, OrganisationAlias, Person, Post
from lantian.apps.core.models.regions import Region, RegionBoundary, RegionSuccession

__all__ = [
    "ApiToken",
    "Attachment",
    "DataScope",
    "Grant",
    "Job",
    "LogChain",
    "LogEntry",
    "LogGuard",
    "LoginSession",
    "Notification",
    "Organisation",
    "OrganisationAlias",
    "Parameter",
    "Person",
    "Post",
    "Region",
    "RegionBoundary",
    "RegionSuccession",
    "Role",
    "User",
]
