"""Readings of meters at the door: what a table says, what may be stored, and what a counter means."""
