"""Changes of stations and exclusions."""

from lantian.apps.air.actions.exclusions import AddExclusion, WithdrawExclusion
from lantian.apps.air.actions.stations import AddStation, ChangeStation, CloseStation

__all__ = ["AddExclusion", "AddStation", "ChangeStation", "CloseStation", "WithdrawExclusion"]
