"""Tags of source monitoring."""
