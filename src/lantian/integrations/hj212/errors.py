"""What can go wrong with the gateway.

GatewayError
├── RegistryRefused   a file of registrations that cannot be used; says which line and why
├── CommandRefused    a command to a station that the standard does not have, or whose values are out of bounds
├── LandingFailed     the landing file cannot be written (disk full, damaged); nothing was answered (temporary)
└── LandingRefused    a landing file that another version has made, or that another gateway holds
"""

from __future__ import annotations


class GatewayError(Exception):
    """Anything that the gateway refuses; ``code`` is stable, ``temporary`` says whether trying again can help."""

    code = "gateway"
    temporary = False


class RegistryRefused(GatewayError):
    """A file of registrations that cannot be used."""

    code = "registry_refused"


class CommandRefused(GatewayError):
    """A command that the standard does not have, or whose values are out of bounds."""

    code = "command_refused"


class LandingFailed(GatewayError):
    """The landing file could not be written; what was acknowledged before stands."""

    code = "landing_failed"
    temporary = True


class LandingRefused(GatewayError):
    """A landing file that another version has made, or that another gateway holds."""

    code = "landing_refused"
