"""Ambient air: stations, what they measured, what it means, who is ahead, and what is left of a target."""
