"""Pages of source monitoring."""
