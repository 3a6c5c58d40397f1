"""Changes of stations and exclusions."""

from lantian.apps.air.actions.stations import AddStation, ChangeStation, CloseStation

__all__ = ["AddStation", "ChangeStation", "CloseStation"]
