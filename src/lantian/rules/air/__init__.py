"""Ambient air by the standards of China: limits and indices by the date of the data. Pure; dates are arguments."""
