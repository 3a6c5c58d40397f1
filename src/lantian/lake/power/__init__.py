"""Readings of electricity meters in the lake."""
