"""Doors of source monitoring: from a file or message to the lake."""
